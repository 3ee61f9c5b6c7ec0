//! How much of what a question asks for an answer shows, and what a client can still ask.

use serde::Serialize;
use utoipa::ToSchema;

use super::{model::Signal, sets::Question};
use crate::catalog::guidance::ConsultationQuestion;

/// How much of what the question asks for the answer shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Coverage {
    /// Share of the question's positive signals, by weight, 0 to 1. It judges no person: nobody shows all of them. Of an
    /// answer that is not read only what is declared counts, so that a low value says nothing.
    pub coverage: f64,
    /// The positive signals that are not there, the weightiest first; empty where the answer is not read.
    pub missing: Vec<Missing>,
    /// False where the text seems to be in another language than English, in which cue phrases are written: nothing is
    /// suggested by it, and what it does not show is unknown rather than missing.
    pub read: bool,
}

/// A signal that an answer does not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Missing {
    #[schema(example = "shared_choice")]
    pub code: String,
    /// What a client can ask to hear of it.
    #[schema(example = "How do you involve me in choosing?")]
    pub ask: String,
}

impl Coverage {
    /// How far `signals`, those of an answer with this text, cover the question.
    #[must_use]
    pub fn of(question: &Question, text: &str, signals: &[Signal]) -> Self {
        let read = question.analyser.reads(text);
        let shown = Self::by(&question.spec, signals);
        Self { read, missing: if read { shown.missing } else { Vec::new() }, ..shown }
    }

    /// How far `signals` cover the question where the answer is read.
    fn by(question: &ConsultationQuestion, signals: &[Signal]) -> Self {
        let shown = |code: &str| signals.iter().any(|signal| signal.code == code);
        let (mut all, mut found, mut missing) = (0.0, 0.0, Vec::new());
        for signal in question.signals.iter().filter(|signal| signal.positive) {
            all += signal.weight;
            if shown(&signal.code) {
                found += signal.weight;
            } else {
                missing.push(signal);
            }
        }
        missing.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        Self {
            coverage: if all > 0.0 { found / all } else { 0.0 },
            missing: missing
                .into_iter()
                .map(|signal| Missing {
                    code: signal.code.clone(),
                    ask: signal.ask.clone().unwrap_or_default(),
                })
                .collect(),
            read: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::{answers::sets::Sets, catalog::model::Catalog};

    static QUESTIONS: LazyLock<Vec<ConsultationQuestion>> =
        LazyLock::new(|| Catalog::embedded().unwrap().guidance.consultation.questions);

    fn by(question: &ConsultationQuestion, codes: &[&str]) -> Coverage {
        let signals: Vec<_> = codes.iter().map(|code| Signal::declared((*code).to_owned())).collect();
        Coverage::by(question, &signals)
    }

    #[test]
    fn what_an_unread_answer_does_not_show_is_not_missing() {
        let sets = Sets::built_in(&Catalog::embedded().unwrap());
        let question = sets.of(None).and_then(|set| set.question("when_stuck")).unwrap();
        let german =
            "Wenn es nicht weitergeht, spreche ich das offen an, und wir schauen gemeinsam auf die Ziele.";
        let declared = [Signal::declared("flexibility".to_owned())];
        let of = |text, signals| Coverage::of(question, text, signals);
        assert_eq!(of(german, &[]), Coverage { coverage: 0.0, missing: Vec::new(), read: false });
        assert_eq!(of(german, &declared), Coverage { coverage: 0.125, missing: Vec::new(), read: false });
        assert_eq!(of("", &declared), by(&question.spec, &["flexibility"]));
    }

    #[test]
    fn the_weightiest_that_is_missing_comes_first() {
        let question = &QUESTIONS[2];
        let nothing = by(question, &["never_stuck", "blames_client", "no_such_code"]);
        let codes: Vec<_> = nothing.missing.iter().map(|missing| missing.code.as_str()).collect();
        assert_eq!((nothing.coverage, codes.len()), (0.0, 11));
        assert_eq!(
            codes[..5],
            [
                "flexibility",
                "tries_other_techniques",
                "client_needs_over_theory",
                "body_focused_pivot",
                "returns_to_talk"
            ]
        );
        assert_eq!(nothing.missing[0].ask, "Would you change course if this does not help me?");
        // Five count 1 and six count 0.5.
        let some = by(question, &["flexibility", "consults", "never_stuck"]);
        assert!((some.coverage - 1.5 / 8.0).abs() < 1e-9);
        assert_eq!(some.missing[0].code, "tries_other_techniques");
        let without = ConsultationQuestion { signals: Vec::new(), ..question.clone() };
        assert_eq!(by(&without, &["flexibility"]), Coverage { read: true, ..Coverage::default() });
    }

    proptest! {
        /// What is shown and what is missing are all positive signals; one more never covers less; all cover all.
        #[test]
        fn each_signal_is_shown_or_missing(at in 0usize..3, shown in proptest::collection::vec(any::<bool>(), 15)) {
            let question = &QUESTIONS[at];
            let positive: Vec<_> = question.signals.iter().filter(|signal| signal.positive).map(|signal| signal.code.as_str()).collect();
            let codes: Vec<_> = positive.iter().copied().zip(&shown).filter(|(_, is)| **is).map(|(code, _)| code).collect();
            let part = by(question, &codes);
            prop_assert!((0.0..=1.0).contains(&part.coverage));
            prop_assert_eq!(part.missing.len() + codes.len(), positive.len());
            prop_assert!(part.missing.iter().all(|missing| !codes.contains(&missing.code.as_str()) && !missing.ask.is_empty()));
            if let Some(missing) = part.missing.first() {
                let more: Vec<_> = codes.iter().copied().chain([missing.code.as_str()]).collect();
                prop_assert!(by(question, &more).coverage > part.coverage);
            } else {
                prop_assert_eq!(part.coverage, 1.0);
            }
        }
    }
}
