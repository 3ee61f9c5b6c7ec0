//! The body of a match request.
//!
//! The bounds stand twice, for `validator` and for the document, side by side; codes of a standard's list are checked by
//! `Needs::resolve` against the list itself. Rules carry no message: the default code of each (`length`, `range`) becomes
//! a fault of the API's table, in words that never repeat the value.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    catalog::model::Phase,
    id::Id,
    vocabulary::{
        AgeGroup, Attitude, EvidenceLevel, Explain, Gender, Homework, Importance, Order, Participants,
        PhasePolicy, Risk, SessionFormat, Severity, Times,
    },
};

/// A client's needs. Never stored, never logged; nothing about the client is inferred from it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = example)]
pub struct MatchRequest {
    /// What the client brings, each problem area once.
    #[validate(length(min = 1, max = 12), nested)]
    #[schema(min_items = 1, max_items = 12)]
    pub problem_areas: Vec<ProblemAreaNeed>,
    /// The phase that the client is in; moves half of the need to it.
    #[serde(default)]
    pub phase: Option<Phase>,
    /// Whether half of the need of a severe or crisis area moves to stabilization; absent: as the policy says (`phased`).
    #[serde(default)]
    pub phase_policy: Option<PhasePolicy>,
    /// A danger that the asking app knows of. Crisis help is shown first; results are neither removed nor delayed.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// ISO 3166-1 alpha-2: whose crisis resources are shown. Absent: those of the jurisdiction's country.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", example = "US")]
    pub country: Option<String>,
    /// What the client would like.
    #[serde(default)]
    #[validate(nested)]
    pub preferences: Option<PreferencesRequest>,
    /// What has to hold.
    #[serde(default)]
    #[validate(nested)]
    pub constraints: Option<ConstraintsRequest>,
    /// Therapists who are not considered.
    #[serde(default)]
    #[validate(length(max = 1000))]
    #[schema(max_items = 1000)]
    pub exclude_ids: Vec<Id>,
    /// Absent: `score`.
    #[serde(default)]
    pub order: Option<Order>,
    /// How many results; absent: 20. Counts do not depend on it.
    #[serde(default)]
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// Absent: `summary`.
    #[serde(default)]
    pub explain: Option<Explain>,
    /// Code of the matching policy; absent: `default`.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "default")]
    pub policy: Option<String>,
    /// Orders equals; absent: today's date as the number YYYYMMDD.
    #[serde(default)]
    #[validate(range(min = 0, max = 9_007_199_254_740_991_u64))]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64, example = 7)]
    pub seed: Option<u64>,
}

/// A problem area that the client brings.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemAreaNeed {
    /// Code of a problem area of the catalog.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "ptsd")]
    pub code: String,
    /// Absent: `moderate`.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// What the client would like. `must` makes it a constraint; style and homework cannot be a `must`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesRequest {
    /// Each modality once.
    #[serde(default)]
    #[validate(length(max = 60), nested)]
    #[schema(max_items = 60)]
    pub modalities: Vec<ModalityPreference>,
    #[serde(default)]
    #[validate(nested)]
    pub genders: Option<GenderPreference>,
    /// Compared by primary subtag: `es` admits `es-MX`, and the other way round.
    #[serde(default)]
    #[validate(nested)]
    pub languages: Option<LanguagePreference>,
    #[serde(default)]
    #[validate(nested)]
    pub communities: Option<CommunityPreference>,
    #[serde(default)]
    #[validate(nested)]
    pub style: Option<StylePreference>,
    #[serde(default)]
    pub homework: Option<HomeworkPreference>,
}

/// A feeling about a modality.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModalityPreference {
    /// Code of a modality of the catalog.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "emdr")]
    pub code: String,
    pub attitude: Attitude,
    /// Absent: `nice`.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// A wish for a therapist of any of these genders.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenderPreference {
    #[validate(length(min = 1, max = 4))]
    #[schema(min_items = 1, max_items = 4)]
    pub any_of: Vec<Gender>,
    /// Absent: `nice`.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// A wish for a therapist who speaks any of these languages.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanguagePreference {
    /// BCP 47 tags.
    #[validate(length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30, example = json!(["es"]))]
    pub any_of: Vec<String>,
    /// Absent: `nice`.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// A wish for a therapist who serves any of these communities.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommunityPreference {
    /// Codes of communities of the catalog.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_items = 1, max_items = 60, example = json!(["lgbtq_affirming"]))]
    pub any_of: Vec<String>,
    /// Absent: `nice`.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// A wish for a style: each axis that is given is one preference.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StylePreference {
    /// − the client leads, + the therapist leads.
    #[serde(default)]
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3, example = 2)]
    pub directiveness: Option<i8>,
    /// − reserved, + intense.
    #[serde(default)]
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3)]
    pub emotional_intensity: Option<i8>,
    /// − present, + past.
    #[serde(default)]
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3)]
    pub past_focus: Option<i8>,
    /// − warm support, + focused challenge.
    #[serde(default)]
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3)]
    pub challenge: Option<i8>,
    /// `nice` or `strong`; absent: `nice`.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// A wish for an amount of homework.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HomeworkPreference {
    pub value: Homework,
    /// `nice` or `strong`; absent: `nice`.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// What has to hold. Absent: no constraint. Lists are any-of; all constraints hold together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstraintsRequest {
    /// Where the client is: ISO 3166-2, or ISO 3166-1 alpha-2 where licences are national.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 6, pattern = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$", example = "US-CA")]
    pub jurisdiction: Option<String>,
    #[serde(default)]
    #[validate(nested)]
    pub near: Option<NearRequest>,
    #[serde(default)]
    #[validate(length(min = 1, max = 4))]
    #[schema(min_items = 1, max_items = 4)]
    pub session_formats: Option<Vec<SessionFormat>>,
    #[serde(default)]
    pub age_group: Option<AgeGroup>,
    #[serde(default)]
    pub participants: Option<Participants>,
    /// BCP 47 tags, compared by primary subtag: `es` admits `es-MX`, and the other way round.
    #[serde(default)]
    #[validate(length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30, example = json!(["en"]))]
    pub languages: Option<Vec<String>>,
    /// A therapist who states no fee in this currency passes.
    #[serde(default)]
    #[validate(nested)]
    pub max_fee: Option<MaxFeeRequest>,
    /// Open codes of plans, `[a-z0-9_]{2,64}`.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, example = json!(["aetna"]))]
    pub insurance: Option<Vec<String>>,
    /// `true`: only therapists who take new clients. `false` is no constraint.
    #[serde(default)]
    pub accepting: Option<bool>,
    #[serde(default)]
    #[validate(length(min = 1, max = 3))]
    #[schema(min_items = 1, max_items = 3)]
    pub times: Option<Vec<Times>>,
    /// Days from today.
    #[serde(default)]
    #[validate(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365, example = 30)]
    pub opening_within_days: Option<u16>,
    /// Days before today.
    #[serde(default)]
    #[validate(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650, example = 90)]
    pub confirmed_within_days: Option<u16>,
    /// Some modality that is rated for a requested area is claimed at this level or better.
    #[serde(default)]
    pub min_evidence_level: Option<EvidenceLevel>,
}

/// A circle on the map. A therapist who works remotely passes from anywhere, unless only `in_person` is asked for.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NearRequest {
    /// WGS 84 degrees north.
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90, maximum = 90, example = 37.78)]
    pub latitude: f64,
    /// WGS 84 degrees east.
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180, maximum = 180, example = -122.41)]
    pub longitude: f64,
    #[validate(range(min = 0.1, max = 20_000.0))]
    #[schema(minimum = 0.1, maximum = 20_000, example = 25)]
    pub radius_km: f64,
}

/// The most that a session may cost. Never converted: only fees in this currency are compared.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaxFeeRequest {
    /// In minor units of `currency`: 20000 is 200.00 USD.
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 20000)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(min_length = 3, max_length = 3, pattern = "^[A-Z]{3}$", example = "USD")]
    pub currency: String,
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "problem_areas": [{"code": "ptsd", "severity": "severe"}, {"code": "relational_patterns"}],
        "preferences": {
            "modalities": [{"code": "emdr", "attitude": "prefer", "importance": "strong"}],
            "languages": {"any_of": ["es"], "importance": "nice"}
        },
        "constraints": {"jurisdiction": "US-CA", "session_formats": ["in_person", "video"], "accepting": true},
        "limit": 5, "explain": "summary", "seed": 7
    })
}
