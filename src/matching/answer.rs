//! What the engine answers, in the shape of the API.
//!
//! No sentence here or in what fills it promises an outcome or gives a per cent of match: `score` is an ordering value.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::{constraint::Constraint, profile::SignalBasis};
use crate::{
    catalog::model::{CautionKind, Dimension, Grade, Phase},
    id::Id,
    to_json::{ToJson, to_json, to_json_by_serde},
    vocabulary::Importance,
};

/// The ranking of a directory for one client's needs.
#[derive(Clone, Debug, Serialize)]
pub struct Ranking<'a, S> {
    /// Published profiles that were looked at: not hidden as stale, not excluded by id, one of each NPI.
    pub considered: u64,
    /// How many of them fail no constraint.
    pub eligible: u64,
    /// How many fail each constraint; a therapist counts under each.
    pub excluded: BTreeMap<Constraint, u64>,
    pub relaxations: Vec<Relaxation>,
    pub plan: Plan<'a>,
    pub results: Vec<MatchResult<'a, Listed<'a, S>>>,
}

/// One therapist explained, eligible or not.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation<'a, S> {
    pub eligible: bool,
    /// Empty when eligible.
    pub failed_constraints: Vec<Constraint>,
    pub plan: Plan<'a>,
    /// Always scored; `rank` and `tier` are null.
    pub result: MatchResult<'a, Listed<'a, S>>,
}

/// A therapist in an answer: the summary that the index keeps, and the distance where one was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Listed<'a, S> {
    #[serde(skip)]
    pub id: Id,
    #[serde(flatten)]
    pub summary: &'a S,
    /// To the nearest location, to one decimal; null without `near` or a known position.
    pub distance_km: Option<f64>,
}

/// What leaving one constraint out would bring.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Relaxation {
    pub constraint: Constraint,
    /// How many more the same request would find without this constraint. For `delivery`, which no field states: how many
    /// fail only it.
    pub admits: u64,
    /// The first step that admits at least one more; null where the constraint has no steps, or none of them admits any.
    pub smallest_step: Option<Step>,
}

/// The same request with one number changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius_km: Option<f64>,
    /// Of `max_fee`, in its currency's minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening_within_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_within_days: Option<u16>,
    /// How many more it would find.
    pub admits: u64,
}

/// One ranked therapist.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchResult<'a, T> {
    /// From 1; null where one therapist is explained.
    pub rank: Option<u32>,
    /// From 1: the order between tiers withstands other weights, the order within one does not. Null as `rank`.
    pub tier: Option<u32>,
    /// 0 to 1, to four decimals: orders the results of one request and means nothing beyond it.
    #[schema(minimum = 0, maximum = 1)]
    pub score: f64,
    pub therapist: T,
    /// Absent with `explain: none`, as all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<ComponentValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem_areas: Option<Vec<ProblemAreaFit<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<Remark<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Vec<Remark<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cautions: Option<Vec<Caution<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Only with `explain: full`, as all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<Vec<PhaseCover>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Vec<DimensionCover>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Vec<PreferenceMet<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practice: Option<PracticeFit<'a>>,
}

impl<'a, T> MatchResult<'a, T> {
    /// The same result with another view of the therapist.
    pub fn map<U>(self, view: impl FnOnce(T) -> U) -> MatchResult<'a, U> {
        MatchResult {
            rank: self.rank,
            tier: self.tier,
            score: self.score,
            therapist: view(self.therapist),
            components: self.components,
            problem_areas: self.problem_areas,
            reasons: self.reasons,
            gaps: self.gaps,
            cautions: self.cautions,
            confidence: self.confidence,
            phases: self.phases,
            dimensions: self.dimensions,
            preferences: self.preferences,
            practice: self.practice,
        }
    }
}

/// A part of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    ProblemFit,
    Preference,
    Practical,
    Integration,
}

/// What one component adds to the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComponentValue {
    pub component: Component,
    /// The effective weight: those of one answer add up to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: f64,
    #[schema(minimum = 0, maximum = 1)]
    pub value: f64,
    /// `weight` times `value`; the contributions add up to the score before rounding.
    #[schema(minimum = 0, maximum = 1)]
    pub contribution: f64,
}

/// How a therapist fits one problem area.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ProblemAreaFit<'a> {
    pub code: &'a str,
    /// Share of the client's need, by severity.
    pub weight: f64,
    #[schema(minimum = 0, maximum = 1)]
    pub fit: f64,
    /// How much the choice of treatment matters for this area.
    #[schema(minimum = 0, maximum = 1)]
    pub specificity: f64,
    /// The two modalities that counted most, at most.
    pub via: Vec<Via<'a>>,
    /// Only with `explain: full`: how well the modalities cover the area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// Only with `explain: full`: what the therapist's own declaration of the area says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tau: Option<f64>,
    /// Only with `explain: full`: every modality of the therapist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modalities: Option<Vec<ModalityShare<'a>>>,
}

/// A modality that counted for a problem area.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Via<'a> {
    pub modality: &'a str,
    /// Null where the catalog has no evidence for the pair and a rule counted.
    pub grade: Option<Grade>,
    /// Code of the rule whose recommendation counted more than the grade.
    pub rule: Option<&'a str>,
    /// How deep the claim to the modality is.
    #[schema(minimum = 0, maximum = 1)]
    pub depth: f64,
    /// Ids of sources of the catalog.
    pub sources: &'a [String],
}

/// What one modality brings to a problem area.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModalityShare<'a> {
    pub modality: &'a str,
    pub depth: f64,
    /// How the catalog rates it for the area, rules included.
    pub rating: f64,
    /// `rating` times `depth`.
    pub x: f64,
}

/// A coded remark with a plain sentence.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Remark<'a> {
    pub code: &'static str,
    pub text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem_area: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modality: Option<&'a str>,
}

/// One of the therapist's modalities that guidance is reserved about for a requested area.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Caution<'a> {
    pub modality: &'a str,
    pub problem_area: &'a str,
    /// Why the pair is graded `caution`; null where a rule says so.
    pub kind: Option<CautionKind>,
    /// Code of the rule that lists the modality among those to avoid.
    pub rule: Option<&'a str>,
    pub text: String,
    /// Ids of sources of the catalog.
    pub sources: &'a [String],
}

/// How much is known. Never part of the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Confidence {
    /// How recently the profile was confirmed.
    #[schema(minimum = 0, maximum = 1)]
    pub freshness: f64,
    /// How well the claims to the modalities under `via` are backed; null where there is none.
    #[schema(minimum = 0, maximum = 1)]
    pub evidence: Option<f64>,
    /// Share of the facts that matter which the profile states.
    #[schema(minimum = 0, maximum = 1)]
    pub completeness: f64,
}

/// A phase: how much of the need is there, how well the therapist's best modality serves it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct PhaseCover {
    pub phase: Phase,
    pub need: f64,
    pub capability: f64,
}

/// A dimension of the person: how much of the need is there, how well the therapist's best modality serves it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct DimensionCover {
    pub dimension: Dimension,
    pub need: f64,
    pub capability: f64,
}

/// A stated preference and how far it is satisfied.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PreferenceMet<'a> {
    /// `modalities`, `genders`, `languages`, `communities`, `homework`, or an axis of style.
    pub preference: &'static str,
    /// The modality, where the preference is about one.
    pub modality: Option<&'a str>,
    pub importance: Importance,
    #[schema(minimum = 0, maximum = 1)]
    pub satisfied: f64,
    /// `false`: the profile does not say, and a middle value was taken.
    pub known: bool,
}

/// The practice part of `integration`: what the therapist's answers to the consultation questions count.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PracticeFit<'a> {
    /// The values of the questions by their weights.
    #[schema(minimum = 0, maximum = 1)]
    pub value: f64,
    /// All that count, answered or not.
    pub questions: Vec<PracticeQuestion<'a>>,
}

/// What the answer to one question counts.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PracticeQuestion<'a> {
    #[schema(example = "when_stuck")]
    pub question: &'static str,
    /// Share of the practice part.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: f64,
    #[schema(minimum = 0, maximum = 1)]
    pub value: f64,
    /// `false`: there is no answer, and a middle value was taken.
    pub answered: bool,
    /// Sum of the signed weights of the declared signals.
    pub declared: f64,
    /// The same of the signals that only the text suggests; the policy says how far they count.
    pub suggested: f64,
    /// Those that the catalog's question has, in its order. The sums may count more of them where the answer is to a question
    /// of an operator's own set.
    pub signals: Vec<PracticeSignal<'a>>,
}

/// A signal that an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct PracticeSignal<'a> {
    #[schema(example = "flexibility")]
    pub code: &'a str,
    pub basis: SignalBasis,
    /// Signed, as the catalog's question set has it.
    #[schema(minimum = -1, maximum = 1)]
    pub weight: f64,
}

/// What integrative practice would usually offer, whoever the therapist is: phases in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Plan<'a> {
    pub phases: Vec<PlanPhase<'a>>,
}

/// One phase of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PlanPhase<'a> {
    pub phase: Phase,
    /// Codes of the problem areas that are worked on in this phase.
    pub problem_areas: Vec<&'a str>,
    /// Rules first, then by grade. None that guidance is reserved about for one of these areas.
    pub modalities: Vec<PlanModality<'a>>,
    /// Codes of techniques.
    pub techniques: Vec<&'a str>,
}

/// A modality of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PlanModality<'a> {
    pub code: &'a str,
    /// The area that it is offered for.
    pub problem_area: &'a str,
    /// Null where the catalog has no evidence for the pair and a rule names it.
    pub grade: Option<Grade>,
    /// Code of the rule that names it first-line.
    pub rule: Option<&'a str>,
    /// Ids of sources of the catalog.
    pub sources: Vec<&'a str>,
}

to_json_by_serde!(Phase, Dimension, Grade, CautionKind, Component, Importance, SignalBasis, Step);

to_json! {
    [] Relaxation { constraint, admits, smallest_step }
    ['a, T: ToJson] MatchResult<'a, T> {
        rank, tier, score, therapist;
        components, problem_areas, reasons, gaps, cautions, confidence, phases, dimensions, preferences, practice
    }
    [] ComponentValue { component, weight, value, contribution }
    ['a] ProblemAreaFit<'a> { code, weight, fit, specificity, via; coverage, tau, modalities }
    ['a] Via<'a> { modality, grade, rule, depth, sources }
    ['a] ModalityShare<'a> { modality, depth, rating, x }
    ['a] Remark<'a> { code, text; problem_area, modality }
    ['a] Caution<'a> { modality, problem_area, kind, rule, text, sources }
    [] Confidence { freshness, evidence, completeness }
    [] PhaseCover { phase, need, capability }
    [] DimensionCover { dimension, need, capability }
    ['a] PreferenceMet<'a> { preference, modality, importance, satisfied, known }
    ['a] PracticeFit<'a> { value, questions }
    ['a] PracticeQuestion<'a> { question, weight, value, answered, declared, suggested, signals }
    ['a] PracticeSignal<'a> { code, basis, weight }
    ['a] Plan<'a> { phases }
    ['a] PlanPhase<'a> { phase, problem_areas, modalities, techniques }
    ['a] PlanModality<'a> { code, problem_area, grade, rule, sources }
}
