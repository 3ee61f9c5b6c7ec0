//! What the catalog knows beyond modalities and evidence: how integrative work goes, what is never listed, the questions
//! a client may ask, and where to find help in a crisis.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::crisis::CrisisGuide;
use super::model::{CautionKind, Dimension, Grade, Phase, Term};

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
    pub consultation: ConsultationGuide,
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

/// How integrative work is understood: principles, pillars, dimensions, phases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationGuide {
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub notice: String,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub compiled: String,
    pub guiding_question: String,
    pub differential_therapeutics: Option<Term>,
    pub principles: Vec<Term>,
    pub pillars: Vec<Pillar>,
    pub integration_styles: Vec<Term>,
    pub alliance_factors: Vec<CoreTerm>,
    pub alliance_note: AllianceNote,
    pub dimensions: Vec<DimensionGuide>,
    pub styles: Vec<StyleGuide>,
    pub phases: Vec<PhaseGuide>,
    pub phase_note: String,
    pub worked_examples: Vec<WorkedExample>,
    pub expected_outcomes: Vec<CoreTerm>,
    pub benefits: Vec<Benefit>,
    pub model_targets: ModelTargets,
    pub example_modalities: Vec<String>,
}

/// A term that belongs to the core of its list or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreTerm {
    pub code: String,
    pub name: String,
    pub description: String,
    pub core: bool,
}

/// One of the three pillars of integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pillar {
    pub code: String,
    pub name: String,
    pub description: String,
    pub also_called: Vec<String>,
    pub integration_style: String,
    pub typical_foundations: Vec<String>,
    pub example: Option<PillarExample>,
}

/// A foundation with methods layered on it, for one problem area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PillarExample {
    pub foundation: String,
    pub layered: Vec<String>,
    pub problem_area: String,
}

/// What is claimed of the therapeutic alliance, and what the evidence says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllianceNote {
    pub source_article_claim: String,
    pub evidence: String,
    pub sources: Vec<String>,
}

/// A dimension of the person with its focus and examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionGuide {
    pub code: Dimension,
    pub name: String,
    pub description: String,
    pub focus: String,
    pub example_techniques: Vec<String>,
    pub example_modalities: Vec<String>,
    pub note: Option<String>,
    pub sources: Vec<String>,
}

/// Talking or doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StyleGuide {
    pub code: String,
    pub name: String,
    pub description: String,
    pub modalities: Vec<String>,
}

/// A phase of the phased plan: what serves it and how one sees that it is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseGuide {
    pub code: Phase,
    pub name: String,
    pub description: String,
    pub modalities: Vec<String>,
    /// Also used in the phase.
    pub also: Vec<String>,
    pub techniques: Vec<String>,
    pub exit_signs: Vec<String>,
    pub sources: Vec<String>,
}

/// An example of modalities used one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkedExample {
    pub code: String,
    pub steps: Vec<String>,
    pub text: String,
    pub in_source_article: bool,
}

/// What an integrative course is said to bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    pub code: String,
    pub name: String,
}

/// The levels that the integrative model names, and which dimension each is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelTargets {
    pub levels: Vec<String>,
    pub note: String,
    /// Levels that bear another name than their dimension.
    pub map: BTreeMap<String, Dimension>,
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

/// The questions a client may ask in a first consultation: one immutable version of a question set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationGuide {
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub notice: String,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub compiled: String,
    /// Code of the question set.
    pub question_set: String,
    pub version: u32,
    pub about: String,
    pub weights_note: String,
    pub questions: Vec<ConsultationQuestion>,
}

/// One question, what to listen for in its answer, and the fields of a stored answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationQuestion {
    pub code: String,
    pub wordings: Vec<String>,
    pub purpose: String,
    pub listen_for: String,
    pub example_answer: String,
    pub signals: Vec<ConsultationSignal>,
    pub answer_fields: Vec<AnswerField>,
}

/// Something an answer may show, with phrases that suggest it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationSignal {
    pub code: String,
    pub label: String,
    pub listen_for: String,
    pub positive: bool,
    pub in_source_article: bool,
    /// Above 0 where `positive`, below 0 otherwise.
    pub weight: f64,
    /// Lower case; matched as whole words, negation respected.
    pub cue_phrases: Vec<String>,
}

/// A structured field of an answer. Every field is optional.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerField {
    pub field: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// The fields of each item, with their meaning, where the field is a list of objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub items: BTreeMap<String, String>,
    /// The codes allowed, where the field takes codes of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}
