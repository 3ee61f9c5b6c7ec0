//! What a match answers: the engine's ranking, with what makes it reproducible and with crisis help first.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::safety::Safety;
use crate::{
    directory::confirmations,
    live::summary::Summary,
    matching::{
        answer::{Listed, MatchResult, Plan, Relaxation},
        constraint::Constraint,
        policy::PolicyReference,
    },
};

/// A version of the catalog.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CatalogReference {
    #[schema(example = "0123456789abcdef")]
    pub version: String,
}

/// Ranked and explained therapists. Information, not medical advice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = match_example)]
pub struct MatchAnswer<'a> {
    /// Crisis help, first; null where the request names no crisis.
    pub safety: Option<Safety>,
    pub policy: PolicyReference,
    pub catalog: CatalogReference,
    /// The number of the last change of the directory that the server knew of.
    #[schema(example = 4711)]
    pub directory_revision: i64,
    /// The date, in UTC, for which everything was computed.
    pub as_of: NaiveDate,
    pub seed: u64,
    /// Published profiles that were looked at.
    pub considered: u64,
    /// How many of them fail no constraint.
    pub eligible: u64,
    /// For each constraint how many fail it; a therapist counts under each.
    #[schema(example = json!({"jurisdiction": 960, "near": 201}))]
    pub excluded: BTreeMap<Constraint, u64>,
    /// What leaving one constraint out, or a step less of it, would bring.
    pub relaxations: Vec<Relaxation>,
    /// What integrative practice would usually offer, whoever the therapist is.
    pub plan: Plan<'a>,
    pub results: Vec<MatchResult<'a, ListedTherapist<'a>>>,
    /// Always true.
    pub not_medical_advice: bool,
}

/// One therapist explained for the same needs, eligible or not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = explain_example)]
pub struct ExplainAnswer<'a> {
    /// Crisis help, first; null where the request names no crisis.
    pub safety: Option<Safety>,
    pub policy: PolicyReference,
    pub catalog: CatalogReference,
    /// The number of the last change of the directory that the server knew of.
    #[schema(example = 4711)]
    pub directory_revision: i64,
    /// The date, in UTC, for which everything was computed.
    pub as_of: NaiveDate,
    pub seed: u64,
    pub eligible: bool,
    /// Empty when eligible.
    #[schema(example = json!(["near"]))]
    pub failed_constraints: Vec<Constraint>,
    /// What integrative practice would usually offer, whoever the therapist is.
    pub plan: Plan<'a>,
    /// Always scored; `rank` and `tier` are null.
    pub result: MatchResult<'a, ListedTherapist<'a>>,
    /// Always true.
    pub not_medical_advice: bool,
}

/// A therapist in an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedTherapist<'a> {
    #[serde(flatten)]
    pub summary: &'a Summary,
    /// To the nearest location; null without `near` or a known position.
    #[schema(example = 3.2)]
    pub distance_km: Option<f64>,
    /// Not confirmed within the operator's limit.
    pub stale: bool,
}

impl<'a> ListedTherapist<'a> {
    /// The engine's view of a therapist, with its freshness on the day.
    #[must_use]
    pub fn on(listed: &Listed<'a, Summary>, today: NaiveDate, stale_after_days: u16) -> Self {
        Self {
            summary: listed.summary,
            distance_km: listed.distance_km,
            stale: confirmations::is_stale(listed.summary.confirmed_at, today, stale_after_days),
        }
    }
}

/// An answer as the server gave it, shortened.
fn match_example() -> Value {
    serde_json::from_str(include_str!("match_answer.json")).unwrap_or_default()
}

/// An answer as the server gave it, shortened.
fn explain_example() -> Value {
    serde_json::from_str(include_str!("explain_answer.json")).unwrap_or_default()
}
