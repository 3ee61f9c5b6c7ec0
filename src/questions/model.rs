//! What can be wrong with a set that somebody publishes, and with an answer that somebody wants analysed. Pure.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    answers::{
        analysis::check_cue,
        coverage::Coverage,
        fields::BUILT_IN,
        model::{SetVersion, Signal},
        sets::{Question, Set, Sets},
        signals,
    },
    catalog::{
        guidance::QuestionSet,
        question_rules::{self, CuePhrase},
    },
    fault::{Fault, nearest},
    store::StoreError,
};

/// Why a question set is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The request names a version that is not the next one, which is this.
    #[error("the next version is {0}")]
    NotNext(u32),
    /// The idempotency key stood for another request.
    #[error("the idempotency key stood for another request")]
    KeyReused,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that is wrong with a set that somebody publishes beside those of `sets`.
#[must_use]
pub fn faults(set: &QuestionSet, sets: &Sets) -> Vec<Fault> {
    let mut faults = question_rules::faults(set);
    let told: HashSet<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
    // Of a cue phrase that is wrong as a text nothing more is said.
    let sound = |cue: &CuePhrase<'_>| !told.contains(&cue.pointer);
    faults.extend(question_rules::cues(set).filter(sound).filter_map(|cue| {
        check_cue(cue.phrase)
            .err()
            .map(|error| Fault::new(cue.pointer, "invalid_format", format!("This {error}.")))
    }));
    if sets.of(None).is_some_and(|own| own.version.code == set.code) {
        let detail =
            "This is the code of the set that comes with the catalog; publish under a code of your own.";
        faults.push(Fault::new("/code", "invalid_value", detail));
    }
    for (at, question) in set.questions.iter().enumerate() {
        for (number, field) in question.answer_fields.iter().enumerate() {
            let known = BUILT_IN.iter().find(|(name, ..)| *name == field.field);
            if known.is_some_and(|(_, kind, _)| *kind != field.kind) {
                let pointer = format!("/questions/{at}/answer_fields/{number}/type");
                let detail = "The set that comes with the catalog has a field of this name and another type.";
                let parts = ["type", "field"]
                    .map(|member| format!("/questions/{at}/answer_fields/{number}/{member}"));
                faults.push(Fault::new(pointer, "inconsistent", detail).of_parts(parts));
            }
        }
    }
    faults
}

/// A version of a question set as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedQuestionSet {
    #[schema(example = "integrative-core")]
    pub code: String,
    #[schema(example = 1)]
    pub version: u32,
    /// What the questions are for.
    pub about: String,
    /// When the version was published; null for the set that comes with the catalog.
    #[schema(required)]
    pub published_at: Option<DateTime<Utc>>,
    #[schema(example = 3)]
    pub question_count: usize,
    /// The signals of all questions together.
    #[schema(example = 38)]
    pub signal_count: usize,
    pub links: QuestionSetLinks,
}

/// Where more of a question set is.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionSetLinks {
    /// The version with all it holds.
    #[serde(rename = "self")]
    #[schema(example = "/v1/consultation/question-sets/integrative-core/versions/1")]
    pub this: String,
}

impl From<&QuestionSet> for ListedQuestionSet {
    fn from(set: &QuestionSet) -> Self {
        Self {
            code: set.code.clone(),
            version: set.version,
            about: set.about.clone(),
            published_at: set.published_at,
            question_count: set.questions.len(),
            signal_count: set.questions.iter().map(|question| question.signals.len()).sum(),
            links: QuestionSetLinks { this: address(&set.code, set.version) },
        }
    }
}

/// Where a version is.
#[must_use]
pub fn address(code: &str, version: u32) -> String {
    format!("/v1/consultation/question-sets/{code}/versions/{version}")
}

/// An answer to be analysed.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "question": "when_stuck",
    "text": "If we get stuck I will name it, and we look together at what to change.",
    "question_set": {"code": "integrative-core", "version": 1}
}))]
pub struct NewAnalysis {
    /// Code of the question that the text answers.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "when_stuck")]
    pub question: String,
    /// What was said or written.
    #[validate(length(max = 8000))]
    #[schema(max_length = 8000)]
    pub text: String,
    /// Absent: the set that comes with the catalog, `integrative-core`.
    #[serde(default)]
    #[validate(nested)]
    pub question_set: Option<SetVersion>,
}

/// What an answer's text suggests. Nothing of it is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = analysis_example)]
pub struct Analysis {
    /// The version of the question set by which the text was read.
    pub question_set: SetVersion,
    #[schema(example = "when_stuck")]
    pub question: String,
    /// In the order of the question's signals, each once, with the words that suggest it.
    pub signals: Vec<Signal>,
    #[serde(flatten)]
    pub coverage: Coverage,
    /// Always true.
    pub not_medical_advice: bool,
}

impl NewAnalysis {
    /// The set and the question that the text answers.
    ///
    /// # Errors
    /// Where there is no such set among `sets`, or no such question in it: faults that repeat neither.
    pub fn place(&self, sets: &Sets) -> Result<(Arc<Set>, usize), Vec<Fault>> {
        let Some(set) = sets.of(self.question_set.as_ref()) else {
            return Err(vec![Fault::new(
                "/question_set",
                "unknown_code",
                "There is no such published question set.",
            )]);
        };
        let codes = || set.questions.iter().map(|question| question.spec.code.as_str());
        let at = codes().position(|code| code == self.question);
        at.map(|at| (set.clone(), at)).ok_or_else(|| {
            let unknown =
                Fault::new("/question", "unknown_code", "This is not a question of the question set.");
            vec![unknown.suggest(nearest(&self.question, codes()))]
        })
    }
}

impl Analysis {
    /// Reads `text` as an answer to one question of the set.
    #[must_use]
    pub fn of(set: &Set, question: &Question, text: &str) -> Self {
        let signals = signals::of(question, text, &[]);
        Self {
            question_set: set.version.clone(),
            question: question.spec.code.clone(),
            coverage: Coverage::of(question, text, &signals),
            signals,
            not_medical_advice: true,
        }
    }
}

fn analysis_example() -> serde_json::Value {
    serde_json::json!({
        "question_set": {"code": "integrative-core", "version": 1},
        "question": "when_stuck",
        "signals": [
            {"code": "names_it_openly", "positive": true, "weight": 0.5, "basis": "text", "quote": "name it", "start": 23, "end": 30}
        ],
        "coverage": 0.0625,
        "missing": [{"code": "flexibility", "ask": "Would you change course if this does not help me?"}],
        "read": true,
        "not_medical_advice": true
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{
        guidance::{AnswerField, FieldKind},
        model::Catalog,
    };

    #[test]
    fn the_catalogs_own_set_could_be_published_under_another_code() {
        let catalog = Catalog::embedded().unwrap();
        let (mut set, sets) = (catalog.guidance.consultation.clone(), Sets::built_in(&catalog));
        let pointers = |set: &QuestionSet| -> Vec<String> {
            faults(set, &sets).into_iter().map(|fault| fault.pointer).collect()
        };
        assert_eq!(pointers(&set), ["/code"]);
        set.code = "my-clinic".to_owned();
        assert!(pointers(&set).is_empty());
        // Its fields have columns and types in the document of the API, which another set cannot give a name.
        let homework =
            set.questions[0].answer_fields.iter_mut().find(|field| field.field == "homework").unwrap();
        homework.values.push("daily".to_owned());
        let other = AnswerField { kind: FieldKind::Boolean, values: Vec::new(), ..homework.clone() };
        assert!(pointers(&set).is_empty());
        set.questions[2].answer_fields.push(other);
        assert_eq!(pointers(&set), ["/questions/2/answer_fields/4/type"]);
    }
}
