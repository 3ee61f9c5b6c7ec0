//! What makes a consultation wrong beyond the form of its single values. Pure.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use super::model::{Consultation, HeardAnswer};
use crate::{
    answers::{
        self,
        model::{Answer, Basis},
        sets::{Question, Set, Sets},
    },
    catalog::model::Catalog,
    fault::{Fault, nearest},
};

/// All faults of a consultation whose single values have their form. None repeats what was sent.
#[must_use]
pub fn faults(consultation: &Consultation, sets: &Sets, catalog: &Catalog, today: NaiveDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(day) = consultation.held_on {
        if !(1900..=9999).contains(&day.year()) {
            faults.push(Fault::new(
                "/held_on",
                "invalid_date",
                "This must be a day between the years 1900 and 9999.",
            ));
        } else if day > today.succ_opt().unwrap_or(today) {
            // Somewhere it is tomorrow already.
            faults.push(Fault::new("/held_on", "date_order", "This must not be in the future."));
        }
    }
    let Some(set) = sets.of(consultation.question_set.as_ref()) else {
        faults.push(Fault::new("/question_set", "unknown_code", "There is no such published question set."));
        return faults;
    };
    let mut seen = HashSet::new();
    for (at, answer) in consultation.answers.iter().enumerate() {
        let pointer = format!("/answers/{at}");
        match set.question(&answer.question) {
            None => faults.push(unknown_question(&pointer, answer, set)),
            Some(_) if !seen.insert(answer.question.as_str()) => {
                let detail = "A consultation has one answer to each question.";
                faults.push(Fault::new(format!("{pointer}/question"), "duplicate", detail));
            }
            Some(question) => {
                let found = answers::check::faults(&as_answer(answer, set), &pointer, sets, catalog);
                faults.extend(found.into_iter().map(without_name));
                heard(answer, question, &pointer, &mut faults);
            }
        }
    }
    faults
}

/// An unknown field is the sender's own name: the fault points at what it stands in.
fn without_name(mut fault: Fault) -> Fault {
    if fault.code == "unknown_field"
        && let Some(parent) = fault.pointer.rfind('/')
    {
        fault.pointer.truncate(parent);
    }
    fault
}

fn unknown_question(pointer: &str, answer: &HeardAnswer, set: &Set) -> Fault {
    let known = set.questions.iter().map(|question| question.spec.code.as_str());
    let detail = "The question set has no question with this code.";
    Fault::new(format!("{pointer}/question"), "unknown_code", detail)
        .suggest(nearest(&answer.question, known))
}

/// The answer without what the client heard: a therapist claims at most three signals, a client hears as many as there are.
fn as_answer(answer: &HeardAnswer, set: &Set) -> Answer {
    Answer {
        question: answer.question.clone(),
        question_set: Some(set.version.clone()),
        text: String::new(),
        language: None,
        fields: answer.fields.clone(),
        signals: Vec::new(),
        answered_at: None,
    }
}

fn heard(answer: &HeardAnswer, question: &Question, pointer: &str, faults: &mut Vec<Fault>) {
    let mut seen = HashSet::new();
    let declared = answer.signals.iter().enumerate().filter(|(_, signal)| signal.basis == Basis::Declared);
    for (at, signal) in declared {
        let at = format!("{pointer}/signals/{at}");
        let known = || question.spec.signals.iter().map(|signal| signal.code.as_str());
        if !known().any(|code| code == signal.code) {
            let fault = Fault::new(at, "unknown_code", "This is not a signal of this question.");
            faults.push(fault.suggest(nearest(&signal.code, known())));
        } else if !seen.insert(signal.code.as_str()) {
            faults.push(Fault::new(at, "duplicate", "The list has this signal already."));
        }
    }
}

/// The consultation, which has no faults, as it is kept: with its question set, with the fields in one way of writing, and
/// with what was heard alone of the signals.
#[must_use]
pub fn settled(mut consultation: Consultation, sets: &Sets) -> Consultation {
    let Some(set) = sets.of(consultation.question_set.as_ref()) else { return consultation };
    consultation.question_set = Some(set.version.clone());
    for answer in &mut consultation.answers {
        let Some(question) = set.question(&answer.question) else { continue };
        let mut one = [as_answer(answer, set)];
        answers::settle::settle(&mut one, sets);
        let [settled] = one;
        answer.fields = settled.fields;
        answer.signals.retain(|signal| signal.basis == Basis::Declared);
        // Without a text nothing is suggested.
        answer.signals = answers::signals::of(question, "", &answer.signals);
        answer.coverage = Default::default();
    }
    consultation
}
