//! What a therapist says of their way of working: modalities, problem areas, style.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::vocabulary::{EvidenceLevel, Focus, Role};

/// A modality that a therapist integrates, and how well the claim is backed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModalityClaim {
    /// Code of a modality of the catalog that is `directory_listable`.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "psychodynamic")]
    pub code: String,
    /// The place it takes in the therapist's work. Absent: `technique`, the smaller claim.
    #[serde(default = "technique")]
    #[schema(default = "technique")]
    pub role: Role,
    /// What backs the claim. Absent: `self_declared`, the weakest.
    #[serde(default = "self_declared")]
    #[schema(default = "self_declared")]
    pub evidence_level: EvidenceLevel,
    /// The year since when the therapist has worked with it.
    #[serde(default)]
    #[validate(range(min = 1920, max = 2100))]
    #[schema(minimum = 1920, maximum = 2100, example = 2012)]
    pub since: Option<i32>,
}

const fn technique() -> Role {
    Role::Technique
}

const fn self_declared() -> EvidenceLevel {
    EvidenceLevel::SelfDeclared
}

/// A problem area that a therapist declares to work with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemAreaClaim {
    /// Code of a problem area of the catalog.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "ptsd")]
    pub code: String,
    /// Absent: `secondary`, the smaller claim.
    #[serde(default = "secondary")]
    #[schema(default = "secondary")]
    pub focus: Focus,
}

const fn secondary() -> Focus {
    Focus::Secondary
}

/// How the therapist works, on axes from -3 to 3 (after the Cooper-Norcross Inventory of Preferences); null: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Style {
    /// -3 the client leads, 3 the therapist leads.
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3, example = 1)]
    pub directiveness: Option<i32>,
    /// -3 reserved, 3 intense.
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3, example = -1)]
    pub emotional_intensity: Option<i32>,
    /// -3 on the present, 3 on the past.
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3, example = 2)]
    pub past_focus: Option<i32>,
    /// -3 warm support, 3 focused challenge.
    #[validate(range(min = -3, max = 3))]
    #[schema(minimum = -3, maximum = 3, example = 0)]
    pub challenge: Option<i32>,
}
