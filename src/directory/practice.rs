//! Where, when and on what terms a therapist can be seen.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::formats;
use crate::vocabulary::{Accepting, LicenseStatus, Participants, Times};

/// A licence to practise in one jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// ISO 3166-2 subdivision, or an ISO 3166-1 alpha-2 country where licences are national.
    #[validate(custom(function = "formats::jurisdiction"))]
    #[schema(min_length = 2, max_length = 6, pattern = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$", example = "US-CA")]
    pub jurisdiction: String,
    /// The board's own word for the kind of licence.
    #[serde(default, rename = "type")]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "PSY")]
    pub kind: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "12345")]
    pub number: Option<String>,
    pub status: LicenseStatus,
    /// Last day on which it is valid; null: it does not expire.
    #[serde(default, deserialize_with = "formats::times::day")]
    #[schema(example = "2028-05-31")]
    pub expires_on: Option<NaiveDate>,
}

/// A place where the therapist sees clients in person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Downtown")]
    pub label: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "1 Main St")]
    pub line1: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub line2: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "San Francisco")]
    pub city: Option<String>,
    /// ISO 3166-2 subdivision of `country`.
    #[serde(default)]
    #[validate(custom(function = "formats::subdivision"))]
    #[schema(min_length = 4, max_length = 6, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$", example = "US-CA")]
    pub region: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 16))]
    #[schema(min_length = 1, max_length = 16, example = "94105")]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[validate(custom(function = "formats::country"))]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", example = "US")]
    pub country: String,
    /// WGS 84 degrees north; with `longitude` or not at all.
    #[serde(default)]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90, maximum = 90, example = 37.789)]
    pub latitude: Option<f64>,
    /// WGS 84 degrees east; with `latitude` or not at all.
    #[serde(default)]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180, maximum = 180, example = -122.394)]
    pub longitude: Option<f64>,
    #[serde(default)]
    #[schema(example = true)]
    pub wheelchair_accessible: Option<bool>,
}

/// What a session costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Absent: `individual`.
    #[serde(default = "individual")]
    #[schema(default = "individual")]
    pub participants: Participants,
    /// Length of the session in minutes.
    #[serde(default)]
    #[validate(range(min = 5, max = 600))]
    #[schema(minimum = 5, maximum = 600, example = 50)]
    pub minutes: Option<i32>,
    /// In minor units of `currency`: 18000 is 180.00 USD.
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 18000)]
    pub amount: i64,
    /// ISO 4217.
    #[validate(custom(function = "formats::currency"))]
    #[schema(min_length = 3, max_length = 3, pattern = "^[A-Z]{3}$", example = "USD")]
    pub currency: String,
}

const fn individual() -> Participants {
    Participants::Individual
}

/// Lower fees by income.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlidingScale {
    pub offered: bool,
    /// In minor units of `currency`; needs `currency`.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 9000)]
    pub minimum_amount: Option<i64>,
    /// ISO 4217.
    #[serde(default)]
    #[validate(custom(function = "formats::currency"))]
    #[schema(min_length = 3, max_length = 3, pattern = "^[A-Z]{3}$", example = "USD")]
    pub currency: Option<String>,
}

/// A first talk without charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreeConsultation {
    pub offered: bool,
    #[serde(default)]
    #[validate(range(min = 1, max = 240))]
    #[schema(minimum = 1, maximum = 240, example = 15)]
    pub minutes: Option<i32>,
}

/// Whether and when a new client can begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Availability {
    /// The four values of FHIR Da Vinci PDex Plan-Net; null: unknown.
    #[schema(example = "accepting")]
    pub accepting: Option<Accepting>,
    #[serde(deserialize_with = "formats::times::day")]
    #[schema(example = "2026-12-01")]
    pub next_opening_on: Option<NaiveDate>,
    #[validate(range(min = 0, max = 520))]
    #[schema(minimum = 0, maximum = 520)]
    pub waitlist_weeks: Option<i32>,
    #[validate(length(max = 3))]
    #[schema(max_items = 3)]
    pub times: Vec<Times>,
}
