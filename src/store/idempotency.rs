//! What `Idempotency-Key`s stood for: a fingerprint of the request and the id of what it made, for 24 hours.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use super::{Connection, StoreError, schema::idempotency_keys as keys, sql_types::Moment};
use crate::{each_backend, id::Id};

/// How long a key is kept.
const KEPT_FOR: Duration = Duration::hours(24);

/// A caller's use of a key for one request.
#[derive(Clone, Debug)]
pub struct KeyUse {
    pub caller: String,
    pub key: String,
    /// A keyed hash of the request.
    pub fingerprint: Vec<u8>,
    /// The status that the answer has where the request succeeds.
    pub status: u16,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing, or nothing any longer.
    No,
    /// It stood for this very request, which made the thing with this id.
    Same(Id),
    /// It stood for another request.
    Other,
}

/// What the key stood for.
///
/// # Errors
/// When the database fails.
pub fn look_up(conn: &mut Connection, used: &KeyUse, now: DateTime<Utc>) -> Result<Known, StoreError> {
    let row: Option<(Vec<u8>, Id, Moment)> = each_backend!(conn, c => keys::table
        .filter(keys::caller.eq(&used.caller).and(keys::key.eq(&used.key)))
        .select((keys::fingerprint, keys::resource_id, keys::created_at))
        .first(c)
        .optional())?;
    Ok(match row {
        Some((_, _, created_at)) if created_at.0 + KEPT_FOR <= now => Known::No,
        Some((fingerprint, id, _)) if fingerprint == used.fingerprint => Known::Same(id),
        Some(_) => Known::Other,
        None => Known::No,
    })
}

/// Remembers that the key's request made `resource_id`, and forgets the keys whose time is over.
///
/// # Errors
/// When the database fails; [`StoreError::is_unique_violation`] where another request used the key meanwhile.
pub fn remember(
    conn: &mut Connection,
    used: &KeyUse,
    resource_id: Id,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::delete(keys::table.filter(keys::created_at.le(Moment(now - KEPT_FOR)))).execute(c))?;
    each_backend!(conn, c => diesel::insert_into(keys::table)
        .values((
            keys::caller.eq(&used.caller),
            keys::key.eq(&used.key),
            keys::fingerprint.eq(&used.fingerprint),
            keys::status.eq(i32::from(used.status)),
            keys::resource_id.eq(resource_id),
            keys::created_at.eq(Moment(now)),
        ))
        .execute(c))?;
    Ok(())
}
