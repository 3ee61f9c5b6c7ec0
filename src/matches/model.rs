//! What a match answers: the engine's ranking, with what makes it reproducible and with crisis help first.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::safety::Safety;
use crate::{
    directory::confirmations,
    live::summary::{Summary, Written},
    matching::{
        answer::{Listed, MatchResult, Plan, Relaxation},
        constraint::Constraint,
        policy::PolicyReference,
    },
    to_json::{ToJson, field, to_json, to_json_by_serde},
};

/// A version of the catalog.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CatalogReference {
    #[schema(example = "0123456789abcdef")]
    pub version: String,
}

/// Ranked and explained therapists. Information, not medical advice.
#[derive(Debug, ToSchema)]
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
#[derive(Debug, ToSchema)]
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

/// A therapist of an answer, to be written in the shape of `ListedShape`.
#[derive(Debug)]
pub struct ListedTherapist<'a> {
    summary: &'a Written,
    distance_km: Option<f64>,
    stale: bool,
}

/// A therapist in an answer.
#[derive(Debug, Serialize, ToSchema)]
struct ListedShape<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    /// To the nearest location; null without `near` or a known position.
    #[schema(example = 3.2)]
    distance_km: Option<f64>,
    /// Not confirmed within the operator's limit.
    stale: bool,
}

impl PartialSchema for ListedTherapist<'_> {
    fn schema() -> RefOr<Schema> {
        ListedShape::schema()
    }
}

impl ToSchema for ListedTherapist<'_> {
    fn name() -> Cow<'static, str> {
        "ListedTherapist".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ListedShape::schemas(schemas);
    }
}

impl ToJson for ListedTherapist<'_> {
    fn to_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.summary.open());
        field(",\"distance_km\":", &self.distance_km, out);
        field(",\"stale\":", &self.stale, out);
        out.push(b'}');
    }
}

impl<'a> ListedTherapist<'a> {
    /// The engine's view of a therapist, with its freshness on the day.
    #[must_use]
    pub fn on(listed: &Listed<'a, Written>, today: NaiveDate, stale_after_days: u16) -> Self {
        Self {
            summary: listed.summary,
            distance_km: listed.distance_km,
            stale: confirmations::is_stale(listed.summary.confirmed_at, today, stale_after_days),
        }
    }
}

to_json_by_serde!(Safety, PolicyReference, CatalogReference);

to_json! {
    ['a] MatchAnswer<'a> {
        safety, policy, catalog, directory_revision, as_of, seed, considered, eligible, excluded, relaxations, plan,
        results, not_medical_advice
    }
    ['a] ExplainAnswer<'a> {
        safety, policy, catalog, directory_revision, as_of, seed, eligible, failed_constraints, plan, result,
        not_medical_advice
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{examples, model::Therapist};

    #[test]
    fn a_listed_therapist_is_written_as_its_schema_says() {
        let therapist: Therapist = serde_json::from_value(examples::therapist()).unwrap();
        let summary = Summary::from(&therapist);
        let (today, kept) = (NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(), Written::from(&summary));
        let listed = Listed { id: therapist.id, summary: &kept, distance_km: Some(3.2) };
        let mut written = Vec::new();
        ListedTherapist::on(&listed, today, 180).to_json(&mut written);
        let shape = ListedShape { summary, distance_km: Some(3.2), stale: true };
        assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&shape).unwrap());
    }
}
