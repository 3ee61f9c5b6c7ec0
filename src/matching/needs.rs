//! What one client needs: a match's input once every code is resolved and every bound checked.

use chrono::{Datelike, NaiveDate};

use crate::{
    catalog::model::Phase,
    id::Id,
    vocabulary::{
        AgeGroup, Attitude, EvidenceLevel, Explain, Gender, Homework, Importance, Order, Participants,
        PhasePolicy, Risk, SessionFormat, Severity, Times,
    },
};

/// A client's needs.
///
/// *Invariant*: made by [`Needs::resolve`], or by a test that keeps its rules: each problem area once, in
/// the catalog's order; at least one; indices within the catalog.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    pub problem_areas: Vec<Concern>,
    /// Where the client says they are; moves half of the need there.
    pub phase: Option<Phase>,
    pub phase_policy: PhasePolicy,
    pub risk: Option<Risk>,
    pub preferences: Preferences,
    pub constraints: Constraints,
    /// Sorted.
    pub exclude_ids: Vec<Id>,
    pub order: Order,
    /// How many results are given; counts do not depend on it.
    pub limit: usize,
    pub explain: Explain,
    pub seed: u64,
    /// The date, in UTC, for which everything is computed.
    pub as_of: NaiveDate,
}

/// A problem area that the client brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concern {
    /// Index into the catalog's problem areas.
    pub problem_area: usize,
    pub severity: Severity,
}

/// What the client would like. A `must` is a constraint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preferences {
    /// Each modality once, in the catalog's order.
    pub modalities: Vec<ModalityWish>,
    pub style: Option<StyleWish>,
    pub genders: Option<AnyOf<Gender>>,
    /// Primary subtags, sorted.
    pub languages: Option<AnyOf<String>>,
    pub communities: Option<AnyOf<String>>,
    pub homework: Option<HomeworkWish>,
}

/// A feeling about a modality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModalityWish {
    /// Index into the catalog's modalities.
    pub modality: usize,
    pub attitude: Attitude,
    pub importance: Importance,
}

/// A wish for any of several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf<T> {
    pub any_of: Vec<T>,
    pub importance: Importance,
}

/// A wish for a style: each stated axis is one preference. Never `must`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StyleWish {
    /// In the order of [`StyleAxis::ALL`](super::profile::StyleAxis::ALL), −3 to 3.
    pub axes: [Option<i8>; 4],
    pub importance: Importance,
}

/// A wish for an amount of homework. Never `must`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HomeworkWish {
    pub value: Homework,
    pub importance: Importance,
}

/// What has to hold. Absent: no constraint. Lists are any-of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// ISO 3166-2, or ISO 3166-1 alpha-2.
    pub jurisdiction: Option<String>,
    pub near: Option<Near>,
    pub session_formats: Option<Vec<SessionFormat>>,
    pub age_group: Option<AgeGroup>,
    pub participants: Option<Participants>,
    /// Primary subtags, sorted.
    pub languages: Option<Vec<String>>,
    pub max_fee: Option<MaxFee>,
    pub insurance: Option<Vec<String>>,
    /// Only therapists who take new clients.
    pub accepting: bool,
    pub times: Option<Vec<Times>>,
    pub opening_within_days: Option<u16>,
    pub confirmed_within_days: Option<u16>,
    pub min_evidence_level: Option<EvidenceLevel>,
}

/// A circle on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// WGS 84 degrees.
    pub latitude: f64,
    pub longitude: f64,
    pub radius_km: f64,
}

/// The most that a session may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxFee {
    /// In minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

impl Needs {
    /// Needs that state nothing but their problem areas.
    #[must_use]
    pub fn of(problem_areas: Vec<Concern>, as_of: NaiveDate) -> Self {
        Self {
            problem_areas,
            phase: None,
            phase_policy: PhasePolicy::Phased,
            risk: None,
            preferences: Preferences::default(),
            constraints: Constraints::default(),
            exclude_ids: Vec::new(),
            order: Order::Score,
            limit: 20,
            explain: Explain::Summary,
            seed: default_seed(as_of),
            as_of,
        }
    }
}

/// The seed where a request gives none: the date as the number YYYYMMDD, so that exposure rotates by day.
#[must_use]
pub fn default_seed(as_of: NaiveDate) -> u64 {
    let year = u64::try_from(as_of.year()).unwrap_or(0);
    year * 10_000 + u64::from(as_of.month()) * 100 + u64::from(as_of.day())
}
