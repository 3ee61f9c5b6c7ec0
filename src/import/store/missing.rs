//! The profiles of a source that a file no longer has, and what is left of jobs that have ended.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use crate::{
    each_backend,
    id::Id,
    import::model::Import,
    store::{
        Connection, StoreError,
        schema::{
            import_faults as faults, import_parts as parts, import_seen as seen, import_terms as terms,
            imports, therapists,
        },
        sql_types::Moment,
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
    /// Rejected rows without a readable external id.
    pub nameless_rows: i64,
}

/// The profiles of the source that the file may be expected to have: those that are not archived and were there before
/// it came.
macro_rules! expected {
    ($import:expr) => {
        therapists::table
            .filter(therapists::source.eq(&$import.source))
            .filter(therapists::status.ne(Status::Archived.code()))
            .filter(therapists::created_at.le(Moment($import.created_at)))
    };
}

/// Those of them whose external ids the job has not met.
macro_rules! missing {
    ($import:expr) => {
        expected!($import).filter(not(exists(
            seen::table
                .filter(seen::import_id.eq($import.id))
                .filter(seen::external_id.eq(therapists::external_id)),
        )))
    };
}

/// Counts what the file lacks, when all of it was read.
///
/// # Errors
/// When the database fails.
pub fn missing(conn: &mut Connection, import: &Import) -> Result<Missing, StoreError> {
    let nameless = faults::table
        .filter(faults::import_id.eq(import.id).and(faults::external_id.is_null()))
        // Each row once.
        .filter(faults::position.eq(0))
        .count();
    let (of, profiles, nameless_rows) = each_backend!(conn, c => (
        expected!(import).count().get_result(c)?,
        missing!(import).count().get_result(c)?,
        nameless.get_result(c)?,
    ));
    Ok(Missing { profiles, of, nameless_rows })
}

/// The next profiles that the file lacks, after this external id: their ids and external ids, in order.
///
/// # Errors
/// When the database fails.
pub fn next_missing(
    conn: &mut Connection,
    import: &Import,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(Id, String)>, StoreError> {
    // No external id is empty.
    let after = after.unwrap_or_default();
    Ok(each_backend!(conn, c => missing!(import)
        .filter(therapists::external_id.gt(after))
        .order(therapists::external_id)
        .limit(limit)
        .select((therapists::id, therapists::external_id))
        .load(c))?)
}

/// Forgets some of what was found out about the rows, before they are read again; `false` where nothing was left.
///
/// # Errors
/// When the database fails.
pub fn forget_findings(conn: &mut Connection, import_id: Id) -> Result<bool, StoreError> {
    let of_job = faults::table.filter(faults::import_id.eq(import_id));
    let last: Option<i64> = each_backend!(conn, c => of_job
        .order((faults::row_number, faults::position))
        .offset(ROWS_AT_ONCE)
        .select(faults::row_number)
        .first(c)
        .optional())?;
    let before = last.unwrap_or(i64::MAX);
    let forgotten = each_backend!(conn, c => {
        diesel::delete(terms::table.filter(terms::import_id.eq(import_id))).execute(c)?
            + diesel::delete(of_job.filter(faults::row_number.le(before))).execute(c)?
    });
    Ok(forgotten > 0)
}

/// A job that has ended and of whose work something is left: rows, or parts of its body.
fn left_over(conn: &mut Connection) -> Result<(Option<Id>, Option<Id>), StoreError> {
    let ended = imports::table.filter(imports::finished_at.is_not_null()).select(imports::id);
    Ok(each_backend!(conn, c => (
        ended.filter(exists(seen::table.filter(seen::import_id.eq(imports::id)))).first(c).optional()?,
        ended.filter(exists(parts::table.filter(parts::import_id.eq(imports::id)))).first(c).optional()?,
    )))
}

/// Whether anything is left of the work on jobs that have ended.
///
/// # Errors
/// When the database fails.
pub fn has_left_over(conn: &mut Connection) -> Result<bool, StoreError> {
    Ok(left_over(conn)? != (None, None))
}

/// Removes some of what only the work on jobs that have ended needed; `false` where nothing was left.
///
/// # Errors
/// When the database fails.
pub fn sweep(conn: &mut Connection) -> Result<bool, StoreError> {
    let (with_rows, with_parts) = left_over(conn)?;
    if let Some(id) = with_rows {
        let rows = seen::table.filter(seen::import_id.eq(id));
        let last: Option<String> = each_backend!(conn, c => rows
            .order(seen::external_id)
            .offset(ROWS_AT_ONCE)
            .select(seen::external_id)
            .first(c)
            .optional())?;
        each_backend!(conn, c => match last {
            Some(last) => diesel::delete(rows.filter(seen::external_id.le(last))).execute(c)?,
            None => diesel::delete(rows).execute(c)?,
        });
    } else if let Some(id) = with_parts {
        let of_job = parts::table.filter(parts::import_id.eq(id));
        let last: Option<i64> = each_backend!(conn, c => of_job
            .order(parts::starts_at)
            .offset(PARTS_AT_ONCE)
            .select(parts::starts_at)
            .first(c)
            .optional())?;
        each_backend!(conn, c => {
            diesel::delete(of_job.filter(parts::starts_at.le(last.unwrap_or(i64::MAX)))).execute(c)?
        });
    }
    Ok(with_rows.is_some() || with_parts.is_some())
}
