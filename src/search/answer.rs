//! The answer of a search: profiles are put into it as they are kept, and only the rest is serialized.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    document::{Shown, Unpacker},
    facets::Facet,
    field::Field,
    find::Found,
    index::Index,
};
use crate::directory::{confirmations, model::Therapist};

/// A page of profiles.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// The profiles of this page.
    pub items: Vec<FoundTherapist>,
    /// Where the next page begins: send it as `cursor` with the same search. Null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The profiles of all pages together.
    pub total: u64,
    /// The values of each field that the request names in `facets`, counted; absent where it names none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false, value_type = BTreeMap<String, Facet>)]
    pub facets: BTreeMap<Field, Facet>,
    /// The number of the last change of the directory that the answer has.
    pub directory_revision: i64,
}

/// A profile, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundTherapist {
    #[serde(flatten)]
    pub therapist: Therapist,
    /// Kilometres from `near` to the nearest location, to one decimal; null where the profile has no position. Absent
    /// without `near`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = 3.2)]
    pub distance_km: Option<f64>,
}

/// What an answer depends on beside the query.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// The caller sees contacts that are not public.
    pub all_contacts: bool,
    /// Distances are told.
    pub distances: bool,
    pub today: NaiveDate,
    pub stale_after_days: u16,
    pub directory_revision: i64,
}

/// The part of an answer that follows its items.
#[derive(Serialize)]
struct Rest<'a> {
    next_cursor: Option<&'a str>,
    total: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facets: &'a BTreeMap<Field, Facet>,
    directory_revision: i64,
}

/// Writes the answer as JSON; `None` where a kept profile cannot be read.
#[must_use]
pub fn write(index: &Index, found: &Found, next_cursor: Option<&str>, telling: &Telling) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(4096 * (found.places.len() + 1));
    let mut unpacker: Unpacker<'_> = index.codec().unpacker();
    out.extend_from_slice(b"{\"items\":[");
    for (at, place) in found.places.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let (document, confirmed_at) = index.document(place.place)?;
        let confirmed_at = confirmed_at.and_then(DateTime::from_timestamp_micros);
        let stale = confirmations::is_stale(confirmed_at, telling.today, telling.stale_after_days);
        let distance = telling.distances.then_some(place.distance);
        unpacker.write(document, Shown { all_contacts: telling.all_contacts, stale, distance }, &mut out)?;
    }
    out.extend_from_slice(b"],");
    let rest = Rest {
        next_cursor,
        total: found.total,
        facets: &found.facets,
        directory_revision: telling.directory_revision,
    };
    let rest = serde_json::to_vec(&rest).ok()?;
    out.extend_from_slice(rest.strip_prefix(b"{")?);
    Some(out)
}
