//! What the catalog knows: modalities, problem areas, the evidence between them, techniques and rules.
//!
//! All lists are sorted by code, so that an index into a list is an order by code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{guidance::Guidance, label::LabelGuide};

/// A phase of therapy, in the order in which an integrative course usually passes through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Stabilization,
    Insight,
    Action,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 3] = [Self::Stabilization, Self::Insight, Self::Action];
}

/// A dimension of the person in which a problem is felt and a modality works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    Cognitive,
    Affective,
    Behavioral,
    Somatic,
    Spiritual,
}

impl Dimension {
    /// All dimensions, in the order of the reference data.
    pub const ALL: [Self; 5] =
        [Self::Cognitive, Self::Affective, Self::Behavioral, Self::Somatic, Self::Spiritual];
}

/// How well a modality is supported for a problem area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Strong,
    Moderate,
    Emerging,
    Practice,
    Caution,
}

/// How strongly (0 to 1, editorial estimates) something is present in each dimension.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionProfile {
    pub cognitive: f64,
    pub affective: f64,
    pub behavioral: f64,
    pub somatic: f64,
    pub spiritual: f64,
}

impl DimensionProfile {
    /// The values in the order of [`Dimension::ALL`].
    #[must_use]
    pub const fn values(&self) -> [f64; 5] {
        [self.cognitive, self.affective, self.behavioral, self.somatic, self.spiritual]
    }
}

/// How well (0 to 1, editorial estimates) a modality serves each phase.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseProfile {
    pub stabilization: f64,
    pub insight: f64,
    pub action: f64,
}

impl PhaseProfile {
    /// The values in the order of [`Phase::ALL`].
    #[must_use]
    pub const fn values(&self) -> [f64; 3] {
        [self.stabilization, self.insight, self.action]
    }
}

/// How much (0 to 1) a modality works by talking and by doing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TalkingDoing {
    pub talking: f64,
    pub doing: f64,
}

/// The place a modality usually takes in an integrative practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypicalRole {
    Foundation,
    Technique,
    Either,
}

/// A therapy approach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Modality {
    pub code: String,
    pub name: String,
    pub abbreviation: Option<String>,
    /// The abbreviation was made up for the reference data: do not show it to people.
    #[serde(default)]
    pub abbreviation_is_coined: bool,
    pub aliases: Vec<String>,
    pub family: String,
    pub dimensions: DimensionProfile,
    pub phases: PhaseProfile,
    pub style: TalkingDoing,
    pub typical_role: TypicalRole,
    pub description: String,
    pub in_source_article: bool,
    /// A profile may declare it; `false` where the catalog knows it only to warn of it.
    pub directory_listable: bool,
    /// Notes on letters that also name something else.
    #[serde(default)]
    pub ambiguous_terms: Vec<String>,
}

/// What a client may bring to therapy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemArea {
    pub code: String,
    pub name: String,
    pub category: String,
    /// Phrases in laypeople's words, lower case.
    pub aliases: Vec<String>,
    /// ICD-10-CM codes as pointers for search, not diagnoses; may be empty.
    pub icd10cm: Vec<String>,
    /// Crisis help is shown before any result.
    pub crisis: bool,
    /// The phase that usually comes first.
    pub phase: Phase,
    pub dimensions: DimensionProfile,
    pub description: String,
    pub in_source_article: bool,
    /// 0 to 1: how much the choice of treatment matters for this area.
    pub specificity: f64,
}

/// A single tool of a modality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Technique {
    pub code: String,
    pub name: String,
    pub modality: String,
    pub dimension: Dimension,
    pub problem_areas: Vec<String>,
    /// Usually practised between sessions.
    pub homework: bool,
    pub description: String,
    pub in_source_article: bool,
}

/// Why a pair is graded `caution`; only `harm_or_no_benefit` is a claim of harm or of no benefit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CautionKind {
    NotRoutine,
    Timing,
    ScreenFirst,
    FormMatters,
    HarmOrNoBenefit,
}

/// The grade of one modality for one problem area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub modality: String,
    pub problem_area: String,
    pub grade: Grade,
    pub weight: f64,
    /// The phase in which the pair is usually used.
    pub phase: Phase,
    /// Ids of sources.
    pub sources: Vec<String>,
    /// A text other than the source article that supports the row was seen; `false`: check before showing it as a fact.
    pub verified: bool,
    pub note: String,
    /// The evidence comes from a related condition.
    #[serde(default)]
    pub extrapolated: bool,
    pub caution_kind: Option<CautionKind>,
}

/// Where a statement of the catalog comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub title: String,
    pub body: String,
    pub year: Option<u16>,
    pub kind: String,
    /// What was read of it.
    pub seen: String,
    pub locator: String,
}

/// A differential-therapeutics rule: what to offer first for which condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub code: String,
    pub condition: String,
    pub problem_areas: Vec<String>,
    pub first_line: Vec<String>,
    pub second_line: Vec<String>,
    pub avoid: Vec<String>,
    pub techniques: Vec<String>,
    pub phase: Phase,
    pub dimensions: Vec<Dimension>,
    /// 1 comes first.
    pub priority: u8,
    /// Id of a source.
    pub source: String,
    pub in_source_article: bool,
    pub rationale: String,
}

/// A code with its name and meaning: families, categories, dimensions, phases, integration styles, communities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub code: String,
    pub name: String,
    pub description: String,
    /// Ids of sources; may be empty.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// The knowledge base: immutable once loaded, cross-checked, every list sorted by code.
///
/// *Invariant*: every code that one entry names exists (`catalog::load` refuses to build anything else).
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Hash of the embedded data and of the operator's extensions.
    pub version: String,
    /// The date on which the reference data was compiled.
    pub compiled: String,
    /// What the data is and is not: information, not medical advice.
    pub notice: String,
    pub modalities: Vec<Modality>,
    pub problem_areas: Vec<ProblemArea>,
    pub techniques: Vec<Technique>,
    /// Sorted by (modality, problem area).
    pub evidence: Vec<Evidence>,
    pub sources: BTreeMap<String, Source>,
    pub rules: Vec<Rule>,
    pub families: Vec<Term>,
    pub categories: Vec<Term>,
    /// In the order of [`Dimension::ALL`].
    pub dimensions: Vec<Term>,
    /// In the order of [`Phase::ALL`].
    pub phases: Vec<Term>,
    pub integration_styles: Vec<Term>,
    pub communities: Vec<Term>,
    /// Integration, stalls, excluded practices, consultation questions, crisis help.
    pub guidance: Guidance,
    /// How labels of real directories are read.
    pub labels: LabelGuide,
}

impl Catalog {
    /// Where `code` stands among the modalities.
    #[must_use]
    pub fn modality_index(&self, code: &str) -> Option<usize> {
        self.modalities.binary_search_by(|m| m.code.as_str().cmp(code)).ok()
    }

    /// Where `code` stands among the problem areas.
    #[must_use]
    pub fn problem_area_index(&self, code: &str) -> Option<usize> {
        self.problem_areas.binary_search_by(|p| p.code.as_str().cmp(code)).ok()
    }

    /// The modality with this code.
    #[must_use]
    pub fn modality(&self, code: &str) -> Option<&Modality> {
        self.modality_index(code).map(|at| &self.modalities[at])
    }

    /// The problem area with this code.
    #[must_use]
    pub fn problem_area(&self, code: &str) -> Option<&ProblemArea> {
        self.problem_area_index(code).map(|at| &self.problem_areas[at])
    }

    /// The technique with this code.
    #[must_use]
    pub fn technique(&self, code: &str) -> Option<&Technique> {
        self.techniques.binary_search_by(|t| t.code.as_str().cmp(code)).ok().map(|at| &self.techniques[at])
    }

    /// The graded evidence for one pair, if there is any.
    #[must_use]
    pub fn evidence(&self, modality: &str, problem_area: &str) -> Option<&Evidence> {
        self.evidence
            .binary_search_by(|e| {
                (e.modality.as_str(), e.problem_area.as_str()).cmp(&(modality, problem_area))
            })
            .ok()
            .map(|at| &self.evidence[at])
    }
}
