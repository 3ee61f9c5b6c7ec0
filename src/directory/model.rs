//! A therapist's profile, as it is stored, sent and received: one shape for all three.
//!
//! The fields that the server adds are marked read-only: they are accepted and ignored in a request, so that what was
//! read can be sent back. Scalars that the profile does not state are null, lists are empty: both mean *unknown*.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    claims::{ModalityClaim, ProblemAreaClaim, Style},
    confirmations::{self, Confirmation},
    practice::{Availability, Fee, FreeConsultation, License, Location, SlidingScale},
};
use crate::{
    answers::model::Answer,
    formats,
    id::Id,
    vocabulary::{AgeGroup, Gender, Homework, Participants, Profession, SessionFormat, Status},
};

/// A therapist's profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = crate::directory::examples::therapist)]
pub struct Therapist {
    /// The server's id.
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub id: Id,
    /// The directory or system the profile comes from. Absent: `direct`, and in a replacement what it was.
    #[serde(default)]
    #[validate(custom(function = "formats::source"))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9._-]*$", example = "acme")]
    pub source: Option<String>,
    /// The profile's id there; `(source, external_id)` is unique. Absent: the server's id, and in a
    /// replacement what it was.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, example = "A-1001")]
    pub external_id: Option<String>,
    /// Absent: `draft`. Only `published` profiles are seen by anonymous callers and matched.
    #[serde(default = "draft")]
    #[schema(default = "draft")]
    pub status: Status,
    #[validate(nested)]
    pub name: Name,
    /// The name as one line.
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only, example = "Dr. Maya Okafor")]
    pub display_name: String,
    /// Degrees and titles after the name, in order.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20, example = json!(["PsyD"]))]
    pub credentials: Vec<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "she/her")]
    pub pronouns: Option<String>,
    #[serde(default)]
    pub gender: Option<Gender>,
    pub profession: Profession,
    /// US National Provider Identifier, checked by its Luhn digit.
    #[serde(default)]
    #[validate(custom(function = "formats::npi"))]
    #[schema(min_length = 10, max_length = 10, pattern = "^[12][0-9]{9}$", example = "1234567893")]
    pub npi: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub headline: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 8000))]
    #[schema(min_length = 1, max_length = 8000)]
    pub bio: Option<String>,
    #[serde(default)]
    #[validate(length(max = 500), custom(function = "formats::web_url"))]
    #[schema(max_length = 500, pattern = "^https?://", example = "https://example.org")]
    pub website: Option<String>,
    #[serde(default)]
    #[validate(length(max = 500), custom(function = "formats::web_url"))]
    #[schema(max_length = 500, pattern = "^https?://")]
    pub photo_url: Option<String>,
    /// Leaves the server only where `contact_public.email` is true or to callers with `profiles:write`.
    #[serde(default)]
    #[validate(length(max = 254), custom(function = "formats::email"))]
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// E.164. Leaves the server only where `contact_public.phone` is true or to callers with `profiles:write`.
    #[serde(default)]
    #[validate(custom(function = "formats::phone"))]
    #[schema(min_length = 8, max_length = 16, pattern = "^\\+[1-9][0-9]{6,14}$", example = "+14155550123")]
    pub phone: Option<String>,
    #[serde(default)]
    pub contact_public: ContactPublic,
    /// Code of an integration style of the catalog.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "assimilative_integration")]
    pub integration_style: Option<String>,
    /// An empty list is valid: nothing is known of how the therapist works.
    #[serde(default)]
    #[validate(length(max = 60), nested)]
    #[schema(max_items = 60)]
    pub modalities: Vec<ModalityClaim>,
    #[serde(default)]
    #[validate(length(max = 60), nested)]
    #[schema(max_items = 60)]
    pub problem_areas: Vec<ProblemAreaClaim>,
    #[serde(default)]
    #[validate(nested)]
    pub style: Style,
    /// Work between sessions.
    #[serde(default)]
    pub homework: Option<Homework>,
    /// Tracks progress with measures.
    #[serde(default)]
    pub measures_progress: Option<bool>,
    /// BCP 47 tags, the best spoken first. A published profile has at least one.
    #[serde(default)]
    #[validate(length(max = 30))]
    #[schema(max_items = 30, example = json!(["en", "es"]))]
    pub languages: Vec<String>,
    #[serde(default)]
    #[validate(length(max = 4))]
    #[schema(max_items = 4)]
    pub age_groups: Vec<AgeGroup>,
    #[serde(default)]
    #[validate(length(max = 4))]
    #[schema(max_items = 4)]
    pub participants: Vec<Participants>,
    /// Codes of communities of the catalog.
    #[serde(default)]
    #[validate(length(max = 60))]
    #[schema(max_items = 60, example = json!(["lgbtq_affirming"]))]
    pub communities: Vec<String>,
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub licenses: Vec<License>,
    /// Jurisdictions that an interstate compact or other rule lets the therapist serve remotely without their licence.
    #[serde(default)]
    #[validate(length(max = 60))]
    #[schema(max_items = 60, example = json!(["US-AZ", "US-NV"]))]
    pub remote_jurisdictions: Vec<String>,
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub locations: Vec<Location>,
    /// A published profile has at least one.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[schema(max_items = 4)]
    pub session_formats: Vec<SessionFormat>,
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub fees: Vec<Fee>,
    #[serde(default)]
    #[validate(nested)]
    pub sliding_scale: Option<SlidingScale>,
    /// Open codes of plans, `[a-z0-9_]{2,64}`.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100, example = json!(["aetna"]))]
    pub insurance: Vec<String>,
    #[serde(default)]
    #[validate(nested)]
    pub free_consultation: Option<FreeConsultation>,
    #[serde(default)]
    #[validate(nested)]
    pub availability: Availability,
    /// What the therapist answers to the questions that a client should ask, at most one answer to each question. Absent,
    /// in a replacement and in an import: what they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub consultation_answers: Option<Vec<Answer>>,
    /// When each field group was last confirmed, and how. Taken over from imports; otherwise ignored in requests.
    #[serde(default)]
    #[validate(length(max = 4), nested)]
    #[schema(max_items = 4)]
    pub confirmations: Vec<Confirmation>,
    /// The oldest confirmation of the field groups that the profile fills; null if one of them was never confirmed.
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Not confirmed within the operator's limit (`TAILOR_STALE_AFTER_DAYS`).
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub stale: bool,
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub provenance: Provenance,
    /// Rises by one with every change.
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub revision: i64,
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub created_at: DateTime<Utc>,
    #[serde(default, deserialize_with = "ignored")]
    #[schema(read_only)]
    pub updated_at: DateTime<Utc>,
}

/// A person's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Maya")]
    pub given: String,
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Okafor")]
    pub family: String,
    #[serde(default)]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "Dr.")]
    pub prefix: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20)]
    pub suffix: Option<String>,
}

impl Name {
    /// The name as one line: prefix, given, family, suffix.
    #[must_use]
    pub fn display(&self) -> String {
        let parts = [self.prefix.as_deref(), Some(&self.given), Some(&self.family), self.suffix.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Whether anybody may read the address and the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactPublic {
    #[schema(default = false)]
    pub email: bool,
    #[schema(default = false)]
    pub phone: bool,
}

/// Where a profile came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provenance {
    pub source: String,
    /// The import that last wrote the profile; null where it was written one by one.
    pub import_id: Option<Id>,
}

/// What the server knows of a profile beside what was sent.
#[derive(Clone, Copy, Debug)]
pub struct ServerFields {
    pub id: Id,
    pub revision: i64,
    pub import_id: Option<Id>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Therapist {
    /// Sets the server's fields and those that follow from others, `stale` apart.
    pub fn stamp(&mut self, server: ServerFields) {
        self.id = server.id;
        self.revision = server.revision;
        self.created_at = server.created_at;
        self.updated_at = server.updated_at;
        let source = self.source.get_or_insert_with(|| DIRECT.to_owned()).clone();
        self.provenance = Provenance { source, import_id: server.import_id };
        self.external_id.get_or_insert_with(|| server.id.to_string());
        self.consultation_answers.get_or_insert_default();
        self.display_name = self.name.display();
        self.confirmed_at = confirmations::confirmed_at(self);
        self.stale = false;
    }

    /// The fields that the server set.
    #[must_use]
    pub const fn server_fields(&self) -> ServerFields {
        ServerFields {
            id: self.id,
            revision: self.revision,
            import_id: self.provenance.import_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The source of profiles that name none.
pub const DIRECT: &str = "direct";

const fn draft() -> Status {
    Status::Draft
}

/// Accepts any value and keeps none: for fields that the server sets.
fn ignored<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default,
{
    IgnoredAny::deserialize(deserializer).map(|_| T::default())
}
