//! Removal on request: a therapist who does not want to be listed is taken out, and stays out until an administrator
//! lifts it, whoever sends the profile again.
//!
//! The promise is made to a person. Where the profile states an NPI, all profiles of that NPI go with it, from whatever
//! source, and come back together when the removal is lifted.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{profiles::ProfileError, store as rows};
use crate::{
    id::Id,
    store::{Connection, Store, StoreError},
};

/// A removal on request: no profile with this external id in the source, and none with this NPI, is taken up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "01936f5e-8a00-7000-8000-000000000001", "source": "acme", "external_id": "A-1001",
    "npi": "1234567893", "removed_by": "front-desk", "removed_at": "2026-11-22T12:00:00Z"}))]
pub struct Removal {
    pub id: Id,
    #[schema(example = "acme")]
    pub source: String,
    #[schema(example = "A-1001")]
    pub external_id: String,
    /// Null where the profile stated none: it is then known by its source and external id alone.
    #[schema(required, example = "1234567893")]
    pub npi: Option<String>,
    /// The caller who removed it.
    #[schema(example = "front-desk")]
    pub removed_by: String,
    pub removed_at: DateTime<Utc>,
}

/// A profile that a removal took out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemovedProfile {
    pub therapist_id: Id,
    #[schema(example = "acme")]
    pub source: String,
    #[schema(example = "A-1001")]
    pub external_id: String,
}

/// A removal with all that went with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemovalReport {
    #[serde(flatten)]
    pub removal: Removal,
    /// The profiles that were taken out, the one that was asked for first, then others of the same NPI. Each has a removal
    /// of its own.
    pub removed: Vec<RemovedProfile>,
}

/// Removes the profile, and all others with its NPI, if `may_remove` says yes to its revision.
///
/// # Errors
/// [`ProfileError::NotFound`], [`ProfileError::Stale`], or the store's.
pub fn remove(
    store: &Store,
    id: Id,
    removed_by: &str,
    now: DateTime<Utc>,
    may_remove: impl Fn(i64) -> bool,
) -> Result<RemovalReport, ProfileError> {
    store.write(|conn| {
        rows::hold_off_writers(conn)?;
        let profiles = rows::with_twins(conn, id)?;
        let revision = profiles.first().ok_or(ProfileError::NotFound)?.revision;
        if !may_remove(revision) {
            return Err(ProfileError::Stale);
        }
        let removals = rows::remove(conn, &profiles, removed_by, now)?;
        let removal = removals.into_iter().next().ok_or(ProfileError::NotFound)?;
        Ok(RemovalReport { removal, removed: profiles.iter().map(Into::into).collect() })
    })
}

/// Lifts a removal, and with it those of the same NPI, if `may_lift` says yes to it.
///
/// # Errors
/// [`ProfileError::NotFound`], [`ProfileError::Stale`], or the store's.
pub fn lift(store: &Store, id: Id, may_lift: impl Fn(&Removal) -> bool) -> Result<(), ProfileError> {
    store.write(|conn| {
        let removal = rows::removal(conn, id)?.ok_or(ProfileError::NotFound)?;
        if !may_lift(&removal) {
            return Err(ProfileError::Stale);
        }
        Ok(rows::lift(conn, &removal)?)
    })
}

/// Whether a profile of this identity was removed on request. What [`rows::hold_off_removals`] says of its place in the
/// transaction holds here too.
pub(super) fn is_removed(
    conn: &mut Connection,
    source: Option<&str>,
    external_id: Option<&str>,
    npi: Option<&str>,
) -> Result<bool, StoreError> {
    let removed = rows::removed(conn, source.unwrap_or_default(), external_id.as_slice(), npi.as_slice())?;
    Ok(removed.has(external_id, npi))
}
