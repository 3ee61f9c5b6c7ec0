//! The shapes of the data files that hold more than one list. Unknown fields are refused: a misspelt key is a lost fact.

use std::{collections::BTreeMap, num::NonZeroU32};

use serde::Deserialize;

use super::{
    guidance::{ConsultationQuestion, Critique, ExcludedPractice, Grading, PivotMove, QuestionSet},
    model::{Evidence, Modality, ProblemArea, Rule, Source, Technique, Term},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModalitiesFile {
    pub notice: String,
    pub compiled: String,
    pub scales_note: String,
    pub families: Vec<Term>,
    pub modalities: Vec<Modality>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProblemAreasFile {
    #[serde(rename = "notice")]
    _notice: String,
    #[serde(rename = "compiled")]
    _compiled: String,
    pub icd_note: String,
    pub crisis_note: String,
    pub specificity_note: String,
    pub categories: Vec<Term>,
    pub problem_areas: Vec<ProblemArea>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceFile {
    #[serde(rename = "notice")]
    _notice: String,
    #[serde(rename = "compiled")]
    _compiled: String,
    pub header: Grading,
    pub sources: BTreeMap<String, Source>,
    pub evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TechniquesFile {
    #[serde(rename = "notice")]
    _notice: String,
    #[serde(rename = "compiled")]
    _compiled: String,
    pub techniques: Vec<Technique>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesFile {
    #[serde(rename = "notice")]
    _notice: String,
    #[serde(rename = "compiled")]
    _compiled: String,
    pub about: String,
    pub rules: Vec<Rule>,
    pub stall_pivot_moves: Vec<PivotMove>,
    pub excluded_practices: Vec<ExcludedPractice>,
    pub critiques: Vec<Critique>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommunitiesFile {
    #[serde(rename = "notice")]
    _notice: String,
    #[serde(rename = "compiled")]
    _compiled: String,
    pub about: String,
    pub communities: Vec<Term>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionsFile {
    #[serde(rename = "notice")]
    _notice: String,
    #[serde(rename = "compiled")]
    _compiled: String,
    pub code: String,
    pub version: NonZeroU32,
    pub about: String,
    pub weights_note: String,
    pub questions: Vec<ConsultationQuestion>,
}

impl QuestionsFile {
    /// The set that the file holds, which nobody published.
    pub fn into_set(self) -> QuestionSet {
        QuestionSet {
            code: self.code,
            version: self.version.get(),
            about: self.about,
            weights_note: Some(self.weights_note),
            published_at: None,
            questions: self.questions,
        }
    }
}
