//! What a search may ask, as query parameters and as a body.
//!
//! Bounds stand twice, for `validator` and for the document, side by side.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{field::Field, place::Near};
use crate::vocabulary::{
    Accepting, AgeGroup, Gender, Homework, Participants, Profession, SessionFormat, Status, Times,
};

/// How profiles are ordered; those that are equal, by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Sort {
    /// How well the words of `q` fit, the best first.
    #[serde(rename = "relevance")]
    Relevance,
    #[serde(rename = "-relevance")]
    RelevanceDown,
    /// How far the nearest location is from `near`, the nearest first.
    #[serde(rename = "distance")]
    Distance,
    #[serde(rename = "-distance")]
    DistanceDown,
    /// Unknown last, in both directions.
    #[serde(rename = "next_opening_on")]
    NextOpeningOn,
    #[serde(rename = "-next_opening_on")]
    NextOpeningOnDown,
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// The last changed first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDown,
    /// Case and accents do not count.
    #[serde(rename = "display_name")]
    DisplayName,
    #[serde(rename = "-display_name")]
    DisplayNameDown,
}

/// Writes both forms of a search from one list of filters, flat as they are sent: parts of a flattened structure could not
/// be checked one by one.
macro_rules! searches {
    ($($(#[$about:meta])* $filter:ident: $kind:ty,)+) => {
        /// A search. Several values of one filter ask for any of them, different filters for all. A profile that states
        /// nothing in a field passes no filter of that field.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(default, deny_unknown_fields)]
        #[schema(example = example)]
        pub struct SearchRequest {
            /// Words that the display name, credentials, headline or biography must have, all of them: each as it is, as
            /// the beginning of a longer word, or with one typo. At most 10 words.
            #[validate(length(max = 200))]
            #[schema(max_length = 200, example = "trauma emdr")]
            pub q: Option<String>,
            /// Adds the distance of the nearest location to each profile, and keeps those within `radius_km`.
            #[validate(nested)]
            pub near: Option<Near>,
            /// In place of `near`: the middle of what this postal code of the one `country` covers. `country` is no filter then.
            #[validate(length(min = 1, max = 32))]
            #[schema(min_length = 1, max_length = 32, example = "94105")]
            pub postal_code: Option<String>,
            /// Keeps the profiles with a location so near to `postal_code`; `near` has its own.
            #[validate(range(min = 0.1, max = 20_000.0))]
            #[schema(minimum = 0.1, maximum = 20_000, example = 25)]
            pub radius_km: Option<f64>,
            /// Absent: `relevance` with `q`, otherwise the order in which profiles were created.
            pub sort: Option<Sort>,
            /// Fields whose values are counted over the profiles that all filters but the field's own admit.
            #[validate(length(max = 30))]
            #[schema(max_items = 30)]
            pub facets: Vec<Field>,
            /// How many profiles a page has.
            #[validate(range(min = 1, max = 100))]
            #[schema(minimum = 1, maximum = 100, default = 20)]
            pub limit: Option<u32>,
            /// `next_cursor` of the page before.
            pub cursor: Option<String>,
            $($(#[$about])* pub $filter: $kind,)+
        }

        /// A search as query parameters.
        #[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(default, deny_unknown_fields)]
        pub struct SearchParameters {
            /// Words that the display name, credentials, headline or biography must have, all of them: each as it is, as
            /// the beginning of a longer word, or with one typo. At most 10 words.
            #[validate(length(max = 200))]
            #[param(max_length = 200, example = "trauma emdr")]
            pub q: Option<String>,
            /// Degrees north and east: adds the distance of the nearest location to each profile.
            #[param(example = "37.78,-122.41")]
            pub near: Option<String>,
            /// In place of `near`: the middle of what this postal code of the one `country` covers. `country` is no filter then.
            #[validate(length(min = 1, max = 32))]
            #[param(min_length = 1, max_length = 32, example = "94105")]
            pub postal_code: Option<String>,
            /// Keeps the profiles with a location so near to `near` or `postal_code`.
            #[validate(range(min = 0.1, max = 20_000.0))]
            #[param(minimum = 0.1, maximum = 20_000, example = 25)]
            pub radius_km: Option<f64>,
            /// Absent: `relevance` with `q`, otherwise the order in which profiles were created.
            #[param(inline)]
            pub sort: Option<Sort>,
            /// Fields whose values are counted over the profiles that all filters but the field's own admit: their names,
            /// with commas between them.
            #[param(example = json!(["modalities,languages"]))]
            pub facets: Vec<String>,
            /// How many profiles a page has.
            #[validate(range(min = 1, max = 100))]
            #[param(minimum = 1, maximum = 100, default = 20)]
            pub limit: Option<u32>,
            /// `next_cursor` of the page before.
            pub cursor: Option<String>,
            $($(#[$about])* pub $filter: $kind,)+
            /// The former name of `modalities`.
            pub modality: Vec<String>,
            /// The former name of `problem_areas`.
            pub problem_area: Vec<String>,
            /// The former name of `languages`.
            pub language: Vec<String>,
            /// The former name of `session_formats`.
            #[param(inline)]
            pub session_format: Vec<SessionFormat>,
        }

        impl SearchParameters {
            /// The search, with what is read from text. Former names are left out.
            pub(super) fn with(self, near: Option<Near>, facets: Vec<Field>) -> SearchRequest {
                let Self { q, postal_code, radius_km, sort, limit, cursor, $($filter,)+ .. } = self;
                let radius_km = radius_km.filter(|_| postal_code.is_some());
                SearchRequest { q, near, postal_code, radius_km, sort, facets, limit, cursor, $($filter,)+ }
            }
        }
    };
}

searches! {
    /// Profiles of this source.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["acme"]))]
    source: Vec<String>,
    /// Profiles with this id in their source.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["A-1001"]))]
    external_id: Vec<String>,
    /// Profiles in this status; other than `published` for callers with `profiles:write` only.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    status: Vec<Status>,
    /// Profiles that declare this modality: a code of the catalog.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["emdr"]))]
    #[param(example = json!(["emdr"]))]
    modalities: Vec<String>,
    /// Profiles that declare this problem area: a code of the catalog.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["ptsd"]))]
    #[param(example = json!(["ptsd"]))]
    problem_areas: Vec<String>,
    /// Profiles that name this language, compared by primary subtag: `es` finds `es-MX`, and the other way round.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["es"]))]
    #[param(example = json!(["es"]))]
    languages: Vec<String>,
    /// Profiles that offer this session format.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    session_formats: Vec<SessionFormat>,
    /// Profiles that see this age group.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    age_groups: Vec<AgeGroup>,
    /// Profiles that offer sessions with these participants.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    participants: Vec<Participants>,
    /// Profiles that name this community: a code of the catalog.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["lgbtq_affirming"]))]
    communities: Vec<String>,
    /// Profiles that take this plan: an open code, `[a-z0-9_]{2,64}`.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["aetna"]))]
    insurance: Vec<String>,
    /// Profiles with sessions at these times.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    times: Vec<Times>,
    /// Profiles with an active licence there, or that may serve it remotely.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["US-CA"]))]
    #[param(example = json!(["US-CA"]))]
    jurisdiction: Vec<String>,
    /// Profiles that may serve this jurisdiction remotely without its licence.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["US-AZ"]))]
    remote_jurisdictions: Vec<String>,
    /// Profiles with this degree or title: case, accents and full stops do not count.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["PsyD"]))]
    credentials: Vec<String>,
    /// Profiles of this gender.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    gender: Vec<Gender>,
    /// Profiles of this profession.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    profession: Vec<Profession>,
    /// Profiles that take new clients in this way.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    accepting: Vec<Accepting>,
    /// Profiles of this integration style: a code of the catalog.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["assimilative_integration"]))]
    integration_style: Vec<String>,
    /// Profiles that give this much work between sessions.
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    #[param(inline)]
    homework: Vec<Homework>,
    /// Profiles that say whether they track progress with measures.
    measures_progress: Option<bool>,
    /// Profiles with a location in this country: ISO 3166-1 alpha-2.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["US"]))]
    country: Vec<String>,
    /// Profiles with a location in this region: ISO 3166-2.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["US-CA"]))]
    region: Vec<String>,
    /// Profiles with a location in this city: case and accents do not count.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["San Francisco"]))]
    city: Vec<String>,
    /// `true`: profiles with a location that is accessible; `false`: that name only locations that are not.
    wheelchair_accessible: Option<bool>,
    /// Profiles that say whether they offer lower fees by income.
    sliding_scale: Option<bool>,
    /// Profiles that say whether they offer a first talk without charge.
    free_consultation: Option<bool>,
    /// Profiles with a fee of at most this, in minor units of `currency`: the lowest for `participants`, or of any where
    /// none are asked for or none is stated for them. Needs `currency`.
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 20000)]
    #[param(minimum = 0, maximum = 1_000_000_000)]
    max_fee: Option<i64>,
    /// ISO 4217, for `max_fee`: fees are never converted.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// Profiles whose next opening is within so many days from today.
    #[validate(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365, example = 30)]
    #[param(minimum = 0, maximum = 365)]
    opening_within_days: Option<u16>,
    /// Profiles confirmed within so many days before today.
    #[validate(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650, example = 90)]
    #[param(minimum = 0, maximum = 3650)]
    confirmed_within_days: Option<u16>,
    /// `true`: profiles never confirmed, or not within the operator's limit.
    due_for_confirmation: Option<bool>,
    /// Profiles that have answered this consultation question: its code.
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["when_stuck"]))]
    answered_questions: Vec<String>,
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "q": "trauma", "modalities": ["emdr"], "session_formats": ["in_person", "video"], "accepting": ["accepting"],
        "near": {"latitude": 37.78, "longitude": -122.41, "radius_km": 25}, "sort": "distance",
        "facets": ["languages", "insurance"], "limit": 20
    })
}
