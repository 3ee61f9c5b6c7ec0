//! Archives profiles without reading them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::changes::{Before, Entry, record};
use crate::{
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::therapists, sql_types::Moment},
    vocabulary::{ChangeKind, Status},
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
    let stored = therapists::table
        .filter(therapists::id.eq_any(ids).and(therapists::source.eq(source)))
        .select((therapists::id, (therapists::source, therapists::external_id, therapists::status)))
        .order(therapists::id);
    // Held, so that what they were is still so when they are archived.
    let stored: Vec<(Id, (String, String, String))> = match conn {
        Connection::Sqlite(c) => stored.load(&mut **c)?,
        Connection::Postgres(c) => stored.for_no_key_update().load(&mut **c)?,
    };
    let before: HashMap<Id, Before> =
        stored.into_iter().map(|(id, columns)| (id, Before::of(columns))).collect();
    let held: Vec<Id> = before.keys().copied().collect();
    let archived: Vec<(Id, i64)> = each_backend!(conn, c => diesel::update(therapists::table)
        .filter(therapists::id.eq_any(&held))
        .filter(therapists::status.ne(Status::Archived.code()))
        .set((
            therapists::status.eq(Status::Archived.code()),
            therapists::revision.eq(therapists::revision + 1),
            therapists::import_id.eq(Some(import_id)),
            therapists::updated_at.eq(Moment(now)),
        ))
        .returning((therapists::id, therapists::revision))
        .get_results(c))?;
    let withdrawn = archived.iter().filter_map(|(id, revision)| {
        let before = before.get(id)?;
        let former = before.was_public.then_some(&before.key);
        Some(Entry { former, ..Entry::gone(*id, *revision, now, before) })
    });
    record(conn, withdrawn, ChangeKind::Upsert)?;
    Ok(i64::try_from(archived.len()).unwrap_or(i64::MAX))
}
