//! What a caller may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A permission that a token carries. `admin` includes all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    #[serde(rename = "admin")]
    Admin,
    /// Write profiles and see those that are not published, with all contacts.
    #[serde(rename = "profiles:write")]
    ProfilesWrite,
    /// Read the directory.
    #[serde(rename = "directory:read")]
    DirectoryRead,
    /// Rank therapists.
    #[serde(rename = "match:run")]
    MatchRun,
    /// Import profiles in bulk.
    #[serde(rename = "imports:write")]
    ImportsWrite,
    /// Keep what clients heard in consultations.
    #[serde(rename = "consultations:write")]
    ConsultationsWrite,
}

/// No scope has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope {0:?}; the scopes are {known}", known = Scope::ALL.map(Scope::code).join(", "))]
pub struct UnknownScope(String);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::Admin,
        Self::ProfilesWrite,
        Self::DirectoryRead,
        Self::MatchRun,
        Self::ImportsWrite,
        Self::ConsultationsWrite,
    ];

    /// The scope as tokens and the OpenAPI document write it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::ProfilesWrite => "profiles:write",
            Self::DirectoryRead => "directory:read",
            Self::MatchRun => "match:run",
            Self::ImportsWrite => "imports:write",
            Self::ConsultationsWrite => "consultations:write",
        }
    }

    /// Reads a list of scopes, separated by spaces (RFC 6749, section 3.3) or commas.
    ///
    /// # Errors
    /// When one of them is unknown.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, UnknownScope> {
        text.split([' ', ',']).filter(|name| !name.is_empty()).map(str::parse).collect()
    }
}

impl std::str::FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.code() == name).ok_or_else(|| UnknownScope(name.to_owned()))
    }
}
