//! How integrative work goes: its principles, pillars, styles, dimensions and phases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Dimension, Phase, Term};

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
