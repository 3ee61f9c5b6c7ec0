//! A search as the index answers it: checked, with days instead of "within", and free of the catalog.

use serde::{Deserialize, Serialize};

use super::{
    field::Field,
    request::{SearchRequest, Sort},
};
use crate::{id::Id, matching::geo::Position, vocabulary::Participants};

/// The mean radius of the earth (IUGG), in kilometres, as the matching policy has it.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;
/// How many values of a facet are told.
pub const MAX_BUCKETS: usize = 100;

/// A search that the index can answer.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Whether profiles of every status and every row of an NPI are looked at, or those that the public sees.
    pub all: bool,
    /// Any of the values within a field.
    pub any_of: Vec<(Field, Vec<String>)>,
    /// Any of these; empty: whichever.
    pub external_ids: Vec<String>,
    pub max_fee: Option<MaxFee>,
    /// The next opening is from today to this day.
    pub opening_until: Option<i32>,
    /// Microseconds since the Unix epoch.
    pub confirmed_since: Option<i64>,
    /// Never confirmed, or before this.
    pub not_confirmed_since: Option<i64>,
    /// Where distances are measured from. That of a postal code is looked up by whoever has the tables.
    pub near: Option<Circle>,
    /// Folded.
    pub words: Vec<String>,
    /// `None`: by ids.
    pub sort: Option<Sort>,
    /// As [`super::entry::day_number`] has it.
    pub today: i32,
    pub facets: Vec<Field>,
    pub limit: usize,
    pub after: Option<Key>,
}

/// The most that a session may cost.
#[derive(Clone, Debug)]
pub struct MaxFee {
    pub amount: i64,
    pub currency: String,
    /// Empty: whoever takes part.
    pub participants: Vec<Participants>,
}

/// A place, and how far around it; `None`: however far.
#[derive(Clone, Copy, Debug)]
pub struct Circle {
    pub(super) centre: Position,
    pub radius_km: Option<f64>,
}

impl Circle {
    /// Around WGS 84 degrees north and east.
    #[must_use]
    pub fn around(latitude: f64, longitude: f64, radius_km: Option<f64>) -> Self {
        Self { centre: Position::new(latitude, longitude), radius_km }
    }
}

/// What a profile is sorted by: a cursor holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Rising with the order; 0 where names decide.
    #[serde(rename = "n")]
    pub number: i64,
    /// The folded display name, where it decides.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub id: Id,
}

/// What two pages of one walk have in common, as a number: everything but the page and the facets.
#[must_use]
pub fn digest(request: &SearchRequest, all: bool) -> u64 {
    let mut walk = request.clone();
    walk.cursor = None;
    walk.limit = None;
    walk.facets = Vec::new();
    // Writing cannot fail: there is no map, and no number that is none.
    let text = serde_json::to_vec(&(walk, all)).unwrap_or_default();
    xxhash_rust::xxh3::xxh3_64(&text)
}
