//! The profiles of a source that a file no longer has, and what is left of jobs that have ended.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use crate::{
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{
            import_faults as faults, import_parts as parts, import_seen as seen, import_terms as terms,
            imports, therapists,
        },
    },
    vocabulary::Status,
};

/// Rows and parts that are swept away in one transaction: little enough that other writers need not wait long.
const ROWS_AT_ONCE: i64 = 5000;
const PARTS_AT_ONCE: i64 = 50;

/// How many profiles of a source a file lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    pub profiles: i64,
    /// Of so many; archived ones count in neither.
    pub of: i64,
}

/// The profiles of the source, but for archived ones, whose external ids the job has not met.
macro_rules! missing {
    ($import_id:expr, $source:expr) => {
        therapists::table
            .filter(therapists::source.eq($source).and(therapists::status.ne(Status::Archived.code())))
            .filter(not(exists(
                seen::table
                    .filter(seen::import_id.eq($import_id))
                    .filter(seen::external_id.eq(therapists::external_id)),
            )))
    };
}

/// Counts what the file lacks, when all of it was read.
///
/// # Errors
/// When the database fails.
pub fn missing(conn: &mut Connection, import_id: Id, source: &str) -> Result<Missing, StoreError> {
    let all = therapists::table
        .filter(therapists::source.eq(source).and(therapists::status.ne(Status::Archived.code())))
        .count();
    let (of, profiles) = each_backend!(conn, c => {
        (all.get_result(c)?, missing!(import_id, source).count().get_result(c)?)
    });
    Ok(Missing { profiles, of })
}

/// The next profiles that the file lacks, after this external id: their ids and external ids, in order.
///
/// # Errors
/// When the database fails.
pub fn next_missing(
    conn: &mut Connection,
    import_id: Id,
    source: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(Id, String)>, StoreError> {
    // No external id is empty.
    let after = after.unwrap_or_default();
    Ok(each_backend!(conn, c => missing!(import_id, source)
        .filter(therapists::external_id.gt(after))
        .order(therapists::external_id)
        .limit(limit)
        .select((therapists::id, therapists::external_id))
        .load(c))?)
}

/// Forgets what was found out about the rows, before they are read again.
///
/// # Errors
/// When the database fails.
pub fn forget_findings(conn: &mut Connection, import_id: Id) -> Result<(), StoreError> {
    each_backend!(conn, c => {
        diesel::delete(faults::table.filter(faults::import_id.eq(import_id))).execute(c)?;
        diesel::delete(terms::table.filter(terms::import_id.eq(import_id))).execute(c)?
    });
    Ok(())
}

/// Removes some of what only the work on jobs that have ended needed; `false` where nothing was left.
///
/// # Errors
/// When the database fails.
pub fn sweep(conn: &mut Connection) -> Result<bool, StoreError> {
    let rows: Vec<(Id, String)> = each_backend!(conn, c => seen::table
        .inner_join(imports::table.on(imports::id.eq(seen::import_id)))
        .filter(imports::finished_at.is_not_null())
        .order((seen::import_id, seen::external_id))
        .limit(ROWS_AT_ONCE)
        .select((seen::import_id, seen::external_id))
        .load(c))?;
    // In order: the rows of one job from its first to the last of them that was found.
    if let Some((import_id, last)) =
        rows.first().and_then(|(first, _)| rows.iter().rfind(|(id, _)| id == first))
    {
        each_backend!(conn, c => diesel::delete(seen::table)
            .filter(seen::import_id.eq(import_id).and(seen::external_id.le(last)))
            .execute(c))?;
        return Ok(true);
    }
    let left: Vec<(Id, i64)> = each_backend!(conn, c => parts::table
        .inner_join(imports::table.on(imports::id.eq(parts::import_id)))
        .filter(imports::finished_at.is_not_null())
        .order((parts::import_id, parts::starts_at))
        .limit(PARTS_AT_ONCE)
        .select((parts::import_id, parts::starts_at))
        .load(c))?;
    if let Some((import_id, last)) =
        left.first().and_then(|(first, _)| left.iter().rfind(|(id, _)| id == first))
    {
        each_backend!(conn, c => diesel::delete(parts::table)
            .filter(parts::import_id.eq(import_id).and(parts::starts_at.le(last)))
            .execute(c))?;
        return Ok(true);
    }
    Ok(false)
}
