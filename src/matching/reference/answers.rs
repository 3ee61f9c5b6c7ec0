//! Consultation answers: what they count, and which of their signals are named.

use crate::{
    catalog::model::Catalog,
    matching::{
        policy::Policy,
        profile::{PRACTICE_QUESTIONS, Profile, SignalBasis},
    },
};

/// What remarks say of one consultation answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnswerShown {
    pub is_answered: bool,
    /// The phrases of the positive signals that are named: declared ones, suggested ones.
    pub positive: [Vec<String>; 2],
    /// The same of the negative signals.
    pub negative: [Vec<String>; 2],
}

/// Section 3: the practice part of integration.
pub(super) fn practice(profile: &Profile, policy: &Policy) -> f64 {
    let table = &policy.tables.practice;
    let answer = |at: usize| match &profile.practice[at] {
        None => table.unanswered,
        Some(answer) => {
            let weights = answer.declared + table.suggested_signal * answer.suggested;
            (table.base + weights / table.signal_scale).clamp(0.0, 1.0)
        }
    };
    table.approaches_and_selection * answer(0)
        + table.role_of_relationship * answer(1)
        + table.when_stuck * answer(2)
}

/// Section 6: the signals of the catalog's question that an answer shows, as remarks name them.
pub(super) fn shown(profile: &Profile, question: usize, catalog: &Catalog, policy: &Policy) -> AnswerShown {
    let Some(answer) = &profile.practice[question] else { return AnswerShown::default() };
    let questions = &catalog.guidance.consultation.questions;
    let spec = questions.iter().find(|spec| spec.code == PRACTICE_QUESTIONS[question]);
    let has =
        |at: usize, basis| answer.signals.iter().any(|s| usize::from(s.signal) == at && s.basis == basis);
    let most = usize::from(policy.tables.explanation.signals_named);
    let named = |positive: bool| {
        let (mut declared, mut suggested) = (Vec::new(), Vec::new());
        for (at, signal) in spec.iter().flat_map(|spec| &spec.signals).enumerate() {
            let phrase = signal.phrase.clone().unwrap_or_else(|| signal.label.clone());
            if signal.positive == positive && has(at, SignalBasis::Declared) {
                declared.push(phrase);
            } else if signal.positive == positive && has(at, SignalBasis::Suggested) {
                suggested.push(phrase);
            }
        }
        declared.truncate(most);
        suggested.truncate(most - declared.len());
        [declared, suggested]
    };
    AnswerShown { is_answered: true, positive: named(true), negative: named(false) }
}
