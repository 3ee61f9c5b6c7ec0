//! Archives profiles without reading them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::changes::{ChangeKind, record};
use crate::{
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::therapists, sql_types::Moment},
    vocabulary::Status,
};

/// Archives those of these profiles that are still the source's and not archived, on behalf of an import, and tells how
/// many there were.
///
/// # Errors
/// When the database fails.
pub fn archive(
    conn: &mut Connection,
    source: &str,
    ids: &[Id],
    import_id: Id,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let archived: Vec<(Id, i64)> = each_backend!(conn, c => diesel::update(therapists::table)
        .filter(therapists::id.eq_any(ids).and(therapists::source.eq(source)))
        .filter(therapists::status.ne(Status::Archived.code()))
        .set((
            therapists::status.eq(Status::Archived.code()),
            therapists::revision.eq(therapists::revision + 1),
            therapists::import_id.eq(Some(import_id)),
            therapists::updated_at.eq(Moment(now)),
        ))
        .returning((therapists::id, therapists::revision))
        .get_results(c))?;
    let changes = archived.iter().map(|(id, revision)| (*id, *revision, now));
    record(conn, changes, ChangeKind::Upsert)?;
    Ok(i64::try_from(archived.len()).unwrap_or(i64::MAX))
}
