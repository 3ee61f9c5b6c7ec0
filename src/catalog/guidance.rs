//! What the catalog knows beyond modalities and evidence: where to move when therapy stalls, what is never listed, and the
//! questions that a client may ask.

use std::{collections::BTreeMap, num::NonZeroU32};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    crisis::CrisisGuide,
    integration::IntegrationGuide,
    model::{CautionKind, Grade},
};

/// Guidance beside the lists of the catalog; part of [`super::model::Catalog`] and checked with it.
#[derive(Clone, Debug, Default)]
pub struct Guidance {
    pub notes: Notes,
    pub grading: Grading,
    pub integration: IntegrationGuide,
    /// Where to move when therapy stalls.
    pub pivot_moves: Vec<PivotMove>,
    pub excluded_practices: Vec<ExcludedPractice>,
    pub critiques: Vec<Critique>,
    pub consultation: QuestionSet,
    pub crisis: CrisisGuide,
}

/// What the numbers and codes of the lists are, and are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notes {
    pub scales: String,
    pub icd: String,
    pub crisis: String,
    pub specificity: String,
    pub rules: String,
    pub communities: String,
}

/// How evidence is graded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// One weight per grade, no exceptions.
    pub weights: BTreeMap<Grade, f64>,
    pub weights_fixed: bool,
    /// The meaning of each grade.
    pub grades: BTreeMap<Grade, String>,
    pub caution_kinds: BTreeMap<CautionKind, String>,
    pub verified_meaning: String,
    pub extrapolated_meaning: String,
    pub phase_meaning: String,
    pub counts: EvidenceCounts,
}

/// How many rows of evidence there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceCounts {
    pub total: usize,
    pub strong: usize,
    pub moderate: usize,
    pub emerging: usize,
    pub practice: usize,
    pub caution: usize,
    pub verified: usize,
    pub extrapolated: usize,
}

/// A move when therapy stalls: from which modalities to which, and what then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PivotMove {
    pub code: String,
    /// How the stall looks.
    pub stall: String,
    pub problem_areas: Vec<String>,
    /// May be empty: whatever the modality.
    pub from_modalities: Vec<String>,
    pub pivot_to: Vec<String>,
    pub techniques: Vec<String>,
    pub then: String,
    pub in_source_article: bool,
}

/// A practice that is never listed or matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcludedPractice {
    pub code: String,
    pub name: String,
    pub reason: String,
    pub action: String,
    pub sources: Vec<String>,
    pub verified: bool,
    /// Labels under which it is offered.
    pub aliases: Vec<String>,
}

/// What critics say of a modality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Critique {
    pub code: String,
    pub modality: String,
    pub text: String,
    pub source: String,
}

/// Questions that a client may ask in a consultation: one version of a question set, which never changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = question_set_example)]
pub struct QuestionSet {
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9-]+$", example = "my-clinic")]
    pub code: String,
    /// Absent in a request: the next version of the set, 1 for a new set.
    #[serde(default, deserialize_with = "from_one")]
    #[schema(minimum = 1, example = 1)]
    pub version: u32,
    /// What the questions are for.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub about: String,
    /// What the weights mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub weights_note: Option<String>,
    /// When the version was published; null for the set that comes with the catalog.
    #[serde(default)]
    #[schema(read_only)]
    pub published_at: Option<DateTime<Utc>>,
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub questions: Vec<ConsultationQuestion>,
}

/// One question, what to listen for in its answer, and the fields of a stored answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationQuestion {
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_]+$")]
    pub code: String,
    /// Ways to put the question, the first one first; each at most 500 characters long.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub wordings: Vec<String>,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub purpose: String,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub listen_for: String,
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000)]
    pub example_answer: String,
    #[validate(length(min = 1, max = 60), nested)]
    #[schema(min_items = 1, max_items = 60)]
    pub signals: Vec<ConsultationSignal>,
    #[validate(length(max = 40), nested)]
    #[schema(max_items = 40)]
    pub answer_fields: Vec<AnswerField>,
}

/// Something an answer may show, with phrases that suggest it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationSignal {
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_]+$")]
    pub code: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
    /// What stands for the label within a sentence: of a negative signal a clause that follows "says that".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub phrase: Option<String>,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub listen_for: String,
    pub positive: bool,
    /// Whether the article has it on which the catalog's own set rests; other sets leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_source_article: Option<bool>,
    /// Above 0 where `positive`, below 0 otherwise.
    #[validate(range(min = -1.0, max = 1.0))]
    #[schema(minimum = -1, maximum = 1)]
    pub weight: f64,
    /// What a client can ask to hear of it; every positive signal has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub ask: Option<String>,
    /// Lower case, each at most 500 characters long: words, groups `(a|b)`, gaps `..` and classes `{client}`, matched as whole
    /// words, negation respected; `docs/cues.md` of the program has the language with examples.
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub cue_phrases: Vec<String>,
}

/// A structured field of an answer, beside `text` and `signals`, which every answer may have. Every field is optional.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerField {
    /// Its name in an answer; none that every answer has.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_]+$")]
    pub field: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub description: String,
    /// The codes that a `code` or the `codes` are of, where they are the field's own: `[a-z0-9_]{1,64}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub values: Vec<String>,
    /// The list of the catalog that a `code` or the `codes` are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<FieldVocabulary>,
    /// The least `integer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = -1_000_000_000, max = 1_000_000_000))]
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub minimum: Option<i64>,
    /// The greatest `integer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = -1_000_000_000, max = 1_000_000_000))]
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub maximum: Option<i64>,
    /// Most characters of a `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 8000))]
    #[schema(minimum = 1, maximum = 8000)]
    pub max_length: Option<u32>,
}

/// What a field of an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One code of the field's values or vocabulary.
    Code,
    /// Several of them, each once.
    Codes,
    Boolean,
    Integer,
    Text,
    /// Approaches: objects of `modality`, `role`, `used_for`, `phase`, `share` and `training_level`.
    Approaches,
}

/// The lists of the catalog whose codes a field of an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldVocabulary {
    Modalities,
    ProblemAreas,
    Techniques,
    IntegrationStyles,
    Phases,
    Dimensions,
}

/// A version that is written down begins at 1; the 0 of an absent one cannot be sent.
fn from_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = NonZeroU32::deserialize(deserializer)?;
    Ok(version.get())
}

fn question_set_example() -> Value {
    serde_json::from_str(include_str!("question_set.json")).unwrap_or_default()
}
