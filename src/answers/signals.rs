//! The signals of an answer: those that are declared stand above those that its text suggests.

use super::{
    model::{Basis, Signal},
    sets::Question,
};

/// The signals of an answer with this text: the declared ones with what the question says of them, and those that only
/// the text suggests; in the order of the question's signals, each once. Codes that the question does not have are left
/// out.
#[must_use]
pub fn of(question: &Question, text: &str, declared: &[Signal]) -> Vec<Signal> {
    let suggested = question.analyser.suggest(text);
    let signal = |(at, spec): (usize, &crate::catalog::guidance::ConsultationSignal)| {
        let is_declared = declared.iter().any(|one| one.basis == Basis::Declared && one.code == spec.code);
        let found = suggested.iter().find(|suggestion| suggestion.signal == at);
        (is_declared || found.is_some()).then(|| Signal {
            code: spec.code.clone(),
            positive: spec.positive,
            weight: spec.weight,
            basis: if is_declared { Basis::Declared } else { Basis::Text },
            quote: found.map(|suggestion| suggestion.quote.clone()),
            start: found.map(|suggestion| suggestion.start),
            end: found.map(|suggestion| suggestion.end),
        })
    };
    question.spec.signals.iter().enumerate().filter_map(signal).collect()
}
