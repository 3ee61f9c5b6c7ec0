//! What makes an answer wrong beyond the form of its single values.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use super::{
    fields::{Check, below},
    model::{Answer, Basis},
    sets::{Question, Sets},
};
use crate::{
    catalog::model::Catalog,
    fault::{Fault, nearest},
};

/// How many signals of one question may be declared.
pub const MAX_DECLARED: usize = 3;

/// The faults of one answer; `pointer` is where it stands. None repeats what the answer says.
#[must_use]
pub fn faults(answer: &Answer, pointer: &str, sets: &Sets, catalog: &Catalog) -> Vec<Fault> {
    let Some(set) = sets.of(answer.question_set.as_ref()) else {
        return vec![unknown_set(answer, pointer, sets)];
    };
    let Some(question) = set.question(&answer.question) else {
        let known = set.questions.iter().map(|question| question.spec.code.as_str());
        let fault = Fault::new(
            format!("{pointer}/question"),
            "unknown_code",
            "The question set has no question with this code.",
        );
        return vec![fault.suggest(nearest(&answer.question, known))];
    };
    let mut faults = Vec::new();
    for (name, value) in &answer.fields {
        let at = below(pointer, name);
        let Some(spec) = question.spec.answer_fields.iter().find(|spec| spec.field == *name) else {
            let known = question.spec.answer_fields.iter().map(|spec| spec.field.as_str());
            let detail = "An answer to this question has no such field.";
            faults.push(Fault::new(at, "unknown_field", detail).suggest(nearest(name, known)));
            continue;
        };
        if !value.is_null() {
            Check { spec, catalog, faults: &mut faults }.value(&at, value);
        }
    }
    signals(answer, pointer, question, &mut faults);
    faults
}

fn unknown_set(answer: &Answer, pointer: &str, sets: &Sets) -> Fault {
    let named = answer.question_set.as_ref();
    let named = named.map(|set| format!("{}:{}", set.code, set.version)).unwrap_or_default();
    let known: Vec<String> =
        sets.iter().map(|set| format!("{}:{}", set.version.code, set.version.version)).collect();
    let detail = "No question set with this code and version is published.";
    Fault::new(format!("{pointer}/question_set"), "unknown_code", detail)
        .suggest(nearest(&named, known.iter().map(String::as_str)))
}

fn signals(answer: &Answer, pointer: &str, question: &Question, faults: &mut Vec<Fault>) {
    let declared = answer.signals.iter().enumerate().filter(|(_, signal)| signal.basis == Basis::Declared);
    let mut seen = HashSet::new();
    for (index, signal) in declared.clone() {
        let at = || format!("{pointer}/signals/{index}");
        if !question.spec.signals.iter().any(|known| known.code == signal.code) {
            let known = question.spec.signals.iter().map(|known| known.code.as_str());
            let fault = Fault::new(at(), "unknown_code", "This is not a signal of this question.");
            faults.push(fault.suggest(nearest(&signal.code, known)));
        } else if !seen.insert(signal.code.as_str()) {
            faults.push(Fault::new(at(), "duplicate", "This is declared already."));
        }
    }
    if declared.count() > MAX_DECLARED {
        let detail = format!("At most {MAX_DECLARED} signals of a question may be declared.");
        faults.push(Fault::new(format!("{pointer}/signals"), "too_many", detail));
    }
}

/// The faults of all answers of a profile: of each, and of all together. `pointer` is where their list stands.
#[must_use]
pub fn faults_of_all(
    answers: &[Answer],
    pointer: &str,
    sets: &Sets,
    catalog: &Catalog,
    today: NaiveDate,
) -> Vec<Fault> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for (index, answer) in answers.iter().enumerate() {
        let at = format!("{pointer}/{index}");
        all.extend(faults(answer, &at, sets, catalog));
        if !seen.insert(answer.question.as_str()) {
            let detail = "A profile has one answer to each question.";
            all.push(Fault::new(format!("{at}/question"), "duplicate", detail));
        }
        let Some(day) = answer.answered_at.map(|moment| moment.date_naive()) else { continue };
        if !(1900..=9999).contains(&day.year()) {
            let detail = "This must be a moment between the years 1900 and 9999.";
            all.push(Fault::new(format!("{at}/answered_at"), "invalid_date", detail));
        } else if day > today.succ_opt().unwrap_or(today) {
            // A clock elsewhere may be a little ahead of this one, never a day.
            all.push(Fault::new(
                format!("{at}/answered_at"),
                "date_order",
                "This must not be in the future.",
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests;
