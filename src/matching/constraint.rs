//! The names of constraints.

use serde::Serialize;
use utoipa::ToSchema;

use crate::to_json::to_json_by_serde;

/// A constraint, by the field of the request that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    SessionFormats,
    Jurisdiction,
    Near,
    /// `session_formats`, `jurisdiction` and `near` each hold, but no single format satisfies all of them.
    Delivery,
    AgeGroup,
    Participants,
    Languages,
    MaxFee,
    Insurance,
    Accepting,
    Times,
    OpeningWithinDays,
    ConfirmedWithinDays,
    MinEvidenceLevel,
    #[serde(rename = "preferences.modalities")]
    PreferredModalities,
    #[serde(rename = "preferences.genders")]
    PreferredGenders,
    #[serde(rename = "preferences.languages")]
    PreferredLanguages,
    #[serde(rename = "preferences.communities")]
    PreferredCommunities,
    /// Only where one therapist is explained: named in `exclude_ids`.
    ExcludeIds,
    /// Only where one therapist is explained: not confirmed for so long that the operator hides the profile.
    Stale,
    /// Only where one therapist is explained: another profile of the same NPI was confirmed more recently.
    Npi,
}

impl Constraint {
    /// Every constraint that a ranking counts, in the order in which answers name them.
    pub const ALL: [Self; 18] = [
        Self::SessionFormats,
        Self::Jurisdiction,
        Self::Near,
        Self::Delivery,
        Self::AgeGroup,
        Self::Participants,
        Self::Languages,
        Self::MaxFee,
        Self::Insurance,
        Self::Accepting,
        Self::Times,
        Self::OpeningWithinDays,
        Self::ConfirmedWithinDays,
        Self::MinEvidenceLevel,
        Self::PreferredModalities,
        Self::PreferredGenders,
        Self::PreferredLanguages,
        Self::PreferredCommunities,
    ];
}

to_json_by_serde!(Constraint);
