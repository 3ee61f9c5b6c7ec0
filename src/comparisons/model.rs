//! What is compared, and the comparison.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    answers::{
        coverage::Missing,
        model::{Answer, Basis, SetVersion},
    },
    id::Id,
};

/// Whose answers to compare, and for which problem areas.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "therapist_ids": ["01936f5e-8a00-7000-8000-000000000001", "01936f5e-8a00-7000-8000-000000000002"],
    "problem_areas": ["ptsd", "relational_patterns"],
    "questions": ["approaches_and_selection", "when_stuck"]
}))]
pub struct ComparisonRequest {
    /// Each once; the answer keeps their order.
    #[validate(length(min = 1, max = 5))]
    #[schema(min_items = 1, max_items = 5)]
    pub therapist_ids: Vec<Id>,
    /// Codes of the catalog's problem areas, each once.
    #[serde(default)]
    #[validate(length(max = 12))]
    #[schema(max_items = 12, example = json!(["ptsd"]))]
    pub problem_areas: Vec<String>,
    /// Codes of questions of the catalog's question set, each once. Absent: all.
    #[serde(default)]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20, example = json!(["when_stuck"]))]
    pub questions: Option<Vec<String>>,
}

/// Answers side by side. Information, not medical advice.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = comparison_example)]
pub struct Comparison {
    /// The catalog's own.
    pub question_set: SetVersion,
    /// In the order of the request.
    pub therapists: Vec<ComparedTherapist>,
    /// In the order of the question set.
    pub questions: Vec<ComparedQuestion>,
    /// Always true.
    pub not_medical_advice: bool,
}

/// A therapist whose answers are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparedTherapist {
    pub id: Id,
    #[schema(example = "Dr. Maya Okafor")]
    pub display_name: String,
    #[schema(required)]
    pub headline: Option<String>,
    /// How many of the compared questions the therapist answers.
    #[schema(example = 2)]
    pub answered: usize,
}

/// One question with the answers of all therapists.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComparedQuestion {
    #[schema(example = "when_stuck")]
    pub code: String,
    /// How to ask it.
    pub wordings: Vec<String>,
    /// What to listen for.
    pub listen_for: String,
    /// One for each therapist, in the order of the request.
    pub answers: Vec<ComparedAnswer>,
    /// All signals of the question, in its order.
    pub signals: Vec<ComparedSignal>,
}

/// What one therapist answers to a question.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComparedAnswer {
    pub therapist_id: Id,
    /// Null where the therapist has not answered: that says nothing of how they work.
    #[schema(required)]
    pub answer: Option<Answer>,
    /// Share of the question's positive signals that the answer shows, by weight, 0 to 1; null without an answer that is
    /// read. It judges no person: nobody shows all of them.
    #[schema(required, minimum = 0, maximum = 1)]
    pub coverage: Option<f64>,
    /// The positive signals that the answer does not show, the weightiest first; empty without an answer that is read.
    pub missing: Vec<Missing>,
    /// False where the answer's text seems to be in another language than English, in which cue phrases are written.
    pub read: bool,
    /// Where the answer names the problem areas of the request, in their order.
    pub speaks_to: Vec<SpeaksTo>,
}

/// A place of an answer that names a problem area, be it to say what helps or that it is not treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpeaksTo {
    #[schema(example = "ptsd")]
    pub problem_area: String,
    pub basis: PlaceBasis,
    /// The structured field, where the basis is `field`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "approaches")]
    pub field: Option<String>,
    /// The approach that is used for the problem area.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "emdr")]
    pub modality: Option<String>,
    /// The words of the text that name it first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "post-traumatic stress")]
    pub quote: Option<String>,
    /// Where they begin, in Unicode scalar values of the answer's `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// Where they end: the first value that is not part of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
}

/// Where an answer names a problem area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceBasis {
    /// A structured field holds its code.
    Field,
    /// The text names it.
    Text,
}

/// Something to listen for, and whose answer shows it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComparedSignal {
    #[schema(example = "tries_other_techniques")]
    pub code: String,
    #[schema(example = "Tries other techniques")]
    pub label: String,
    pub listen_for: String,
    pub positive: bool,
    /// In the order of the request.
    pub shown_by: Vec<ShownBy>,
}

/// A therapist whose answer shows a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownBy {
    pub therapist_id: Id,
    pub basis: Basis,
    /// The words of the text that suggest it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// An answer as the server gave it, shortened.
fn comparison_example() -> serde_json::Value {
    serde_json::from_str(include_str!("comparison.json")).unwrap_or_default()
}
