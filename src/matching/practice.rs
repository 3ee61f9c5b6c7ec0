//! Consultation answers: what they count (section 3), and what is said of them (section 6).
//!
//! No sentence judges a person: each says what an answer says, and whether the therapist declares it or the text of the
//! answer only suggests it.

use super::{
    answer::{PracticeFit, PracticeQuestion, PracticeSignal, Remark},
    columns::FACTS_ANSWERED,
    explain::{Explainer, Subject},
    profile::{PRACTICE_QUESTIONS, PracticeAnswer, ShownSignal, SignalBasis},
    remarks::remark,
    tables::PracticeTable,
};

/// A signal that the answer to one of the questions shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Index into [`PRACTICE_QUESTIONS`].
    question: u8,
    signal: ShownSignal,
}

impl Shown {
    /// The signals of all answers, in the order of questions and signals.
    pub(super) fn all(answers: &[Option<PracticeAnswer>; 3]) -> Vec<Self> {
        let answers = (0..).zip(answers).filter_map(|(question, answer)| Some((question, answer.as_ref()?)));
        let of_one = |(question, answer): (u8, &PracticeAnswer)| {
            answer.shown().into_iter().map(move |signal| Self { question, signal })
        };
        answers.flat_map(of_one).collect()
    }
}

/// What the signals of one answer weigh: the declared ones, those that the text suggests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answered {
    declared: f64,
    suggested: f64,
}

impl Answered {
    /// Of those questions that were answered, in their order.
    pub(super) fn all(answers: &[Option<PracticeAnswer>; 3]) -> Vec<Self> {
        let answers = answers.iter().flatten();
        answers.map(|answer| Self { declared: answer.declared, suggested: answer.suggested }).collect()
    }

    fn value(&self, table: &PracticeTable) -> f64 {
        let value = table.answer(self.declared + table.suggested_signal * self.suggested);
        if value.is_nan() { table.unanswered } else { value }
    }
}

/// What each question counts, in the order of [`PRACTICE_QUESTIONS`].
const fn weights(table: &PracticeTable) -> [f64; 3] {
    [table.approaches_and_selection, table.role_of_relationship, table.when_stuck]
}

/// The practice part of integration: three answers, an unanswered one at the prior.
pub(super) fn practice(answers: [Option<&Answered>; 3], table: &PracticeTable) -> f64 {
    let [approaches, relationship, stuck] =
        answers.map(|answer| answer.map_or(table.unanswered, |answer| answer.value(table)));
    table.approaches_and_selection * approaches
        + table.role_of_relationship * relationship
        + table.when_stuck * stuck
}

/// The practice part as it came about: question by question, with the signals that count.
pub(super) fn fit<'a>(explainer: &Explainer<'a, '_>, subject: &Subject<'a>) -> PracticeFit<'a> {
    let table = &explainer.model.policy.tables.practice;
    let asked =
        PRACTICE_QUESTIONS.into_iter().zip(weights(table)).zip(subject.columns.answered(subject.slot));
    let question =
        |(at, ((question, weight), answered)): (usize, ((_, _), Option<&Answered>))| PracticeQuestion {
            question,
            weight,
            value: answered.map_or(table.unanswered, |answered| answered.value(table)),
            answered: answered.is_some(),
            declared: answered.map_or(0.0, |answered| answered.declared),
            suggested: answered.map_or(0.0, |answered| answered.suggested),
            signals: signals(explainer, subject, at),
        };
    PracticeFit {
        value: subject.columns.practice(subject.slot, table),
        questions: asked.enumerate().map(question).collect(),
    }
}

fn signals<'a>(
    explainer: &Explainer<'a, '_>,
    subject: &Subject<'a>,
    question: usize,
) -> Vec<PracticeSignal<'a>> {
    let shown = subject.columns.signals.get(subject.slot).iter();
    shown
        .filter(|shown| usize::from(shown.question) == question)
        .filter_map(|shown| {
            let Known { code, weight, .. } = known(explainer, shown)?;
            Some(PracticeSignal { code, basis: shown.signal.basis, weight })
        })
        .collect()
}

/// What the catalog says of a signal.
struct Known<'a> {
    code: &'a str,
    /// How a sentence names it.
    spoken: &'a str,
    positive: bool,
    weight: f64,
}

fn known<'a>(explainer: &Explainer<'a, '_>, shown: &Shown) -> Option<Known<'a>> {
    let question = explainer.model.question(usize::from(shown.question))?;
    let question = explainer.model.catalog.guidance.consultation.questions.get(question)?;
    let signal = question.signals.get(usize::from(shown.signal.signal))?;
    Some(Known {
        code: &signal.code,
        spoken: signal.phrase.as_deref().unwrap_or(&signal.label),
        positive: signal.positive,
        weight: signal.weight,
    })
}

/// How the answers to one question are spoken of.
struct Wording {
    /// Of the reason that names the positive signals.
    code: &'static str,
    declared: &'static str,
    suggested: &'static str,
    /// What is asked.
    asked: &'static str,
}

/// In the order of [`PRACTICE_QUESTIONS`].
const WORDINGS: [Wording; 3] = [
    Wording {
        code: "explains_choice",
        declared: "Says how approaches are chosen",
        suggested: "The text of an answer suggests how approaches are chosen",
        asked: "how approaches are chosen",
    },
    Wording {
        code: "speaks_of_relationship",
        declared: "Speaks of the relationship",
        suggested: "The text of an answer suggests a view of the relationship",
        asked: "what role the relationship plays",
    },
    Wording {
        code: "plan_for_being_stuck",
        declared: "Names a plan for being stuck",
        suggested: "The text of an answer suggests a plan for being stuck",
        asked: "what happens when therapy is stuck",
    },
];

/// One reason for each answer with positive signals.
pub(super) fn reasons<'a>(
    explainer: &Explainer<'a, '_>,
    subject: &Subject<'a>,
) -> impl Iterator<Item = Remark<'a>> {
    WORDINGS.iter().enumerate().filter_map(|(question, wording)| {
        let Named { declared, suggested } = Named::of(explainer, subject, question, true);
        let (declared, suggested) = (declared.join(", "), suggested.join(", "));
        let text = match (declared.as_str(), suggested.as_str()) {
            ("", "") => return None,
            (declared, "") => format!("{}: {declared}.", wording.declared),
            ("", suggested) => format!("{}: {suggested}.", wording.suggested),
            (declared, suggested) => {
                format!("{}: {declared}; the text also suggests: {suggested}.", wording.declared)
            }
        };
        Some(remark(wording.code, text))
    })
}

/// What was not answered, and what in an answer is worth asking about.
pub(super) fn gaps<'a>(explainer: &Explainer<'a, '_>, subject: &Subject<'a>) -> Vec<Remark<'a>> {
    let mut gaps = Vec::new();
    let facts = subject.columns.facts[subject.slot];
    let unanswered: Vec<_> = WORDINGS
        .iter()
        .zip(FACTS_ANSWERED)
        .filter(|(_, answered)| facts & answered == 0)
        .map(|(wording, _)| wording.asked)
        .collect();
    if !unanswered.is_empty() {
        gaps.push(remark("questions_unanswered", format!("Has not answered {}.", unanswered.join(", "))));
    }
    for question in 0..WORDINGS.len() {
        let Named { declared, suggested } = Named::of(explainer, subject, question, false);
        let said = [("An answer says", declared), ("The text of an answer suggests", suggested)];
        for (speaks, phrases) in said.into_iter().filter(|(_, phrases)| !phrases.is_empty()) {
            let text = format!("{speaks} that {}; ask about it.", phrases.join(" and that "));
            gaps.push(remark("answer_to_ask_about", text));
        }
    }
    gaps
}

/// The signals of one answer as a remark names them, at most as many as the policy says, declared ones first.
struct Named<'a> {
    declared: Vec<&'a str>,
    suggested: Vec<&'a str>,
}

impl<'a> Named<'a> {
    fn of(explainer: &Explainer<'a, '_>, subject: &Subject<'a>, question: usize, positive: bool) -> Self {
        let most = usize::from(explainer.model.policy.tables.explanation.signals_named);
        let with = |basis, most| -> Vec<&'a str> {
            let shown = subject.columns.signals.get(subject.slot).iter();
            shown
                .filter(|shown| usize::from(shown.question) == question && shown.signal.basis == basis)
                .filter_map(|shown| known(explainer, shown))
                .filter(|signal| signal.positive == positive)
                .map(|signal| signal.spoken)
                .take(most)
                .collect()
        };
        let declared = with(SignalBasis::Declared, most);
        let suggested = with(SignalBasis::Suggested, most.saturating_sub(declared.len()));
        Self { declared, suggested }
    }
}
