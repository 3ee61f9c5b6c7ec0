//! Who works on a job: a lease that is renewed with every chunk.
//!
//! *Invariant*: whoever writes for a job first renews the lease in the same transaction, which also locks the job's
//! row. The times only decide when somebody else may take over; that nobody writes beside them is the row's doing.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::jobs::{self, UNFINISHED, UPLOADING};
use crate::{
    each_backend,
    id::Id,
    import::model::{ImportError, ImportProblem},
    store::{Connection, StoreError, schema::imports, sql_types::Moment},
    vocabulary::ImportStatus,
};

/// A worker's try to get a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is the worker's.
    Yes,
    /// It is another's, waits for an older one of its source, or has ended.
    No,
}

/// The job of a source that is to be done before all others of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub id: Id,
    leased_by: Option<Id>,
    leased_until: Option<Moment>,
}

impl Turn {
    /// Whether `worker` may take it.
    #[must_use]
    pub fn is_free_for(&self, worker: Id, now: DateTime<Utc>) -> bool {
        self.leased_by == Some(worker) || self.leased_until.is_none_or(|until| until.0 < now)
    }
}

/// The oldest job that has not ended of the source that the job `id` is of: `id` itself, or one that it waits for.
/// `None` where `id` has ended or never was.
///
/// # Errors
/// When the database fails.
pub fn turn(conn: &mut Connection, id: Id) -> Result<Option<Turn>, StoreError> {
    let source: Option<String> = each_backend!(conn, c => imports::table
        .filter(imports::id.eq(id).and(imports::status.eq_any(UNFINISHED)))
        .select(imports::source)
        .first(c)
        .optional())?;
    let Some(source) = source else { return Ok(None) };
    let first: Option<(Id, Option<Id>, Option<Moment>)> = each_backend!(conn, c => imports::table
        .filter(imports::source.eq(source).and(imports::status.eq_any(UNFINISHED)))
        .order((imports::created_at, imports::id))
        .select((imports::id, imports::leased_by, imports::leased_until))
        .first(c)
        .optional())?;
    Ok(first.map(|(id, leased_by, leased_until)| Turn { id, leased_by, leased_until }))
}

/// Whether any job has not ended.
///
/// # Errors
/// When the database fails.
pub fn has_unfinished(conn: &mut Connection) -> Result<bool, StoreError> {
    let any: Option<Id> = each_backend!(conn, c => imports::table
        .filter(imports::status.eq_any(UNFINISHED).or(imports::status.eq(UPLOADING)))
        .select(imports::id)
        .first(c)
        .optional())?;
    Ok(any.is_some())
}

/// The jobs that `worker` may take, in the order of the queue: of one source, only the oldest that has not ended, so
/// that of two files the later one has the last word.
///
/// # Errors
/// When the database fails.
pub fn unfinished(conn: &mut Connection, worker: Id, now: DateTime<Utc>) -> Result<Vec<Id>, StoreError> {
    type Row = (Id, String, Option<Id>, Option<Moment>);
    let rows: Vec<Row> = each_backend!(conn, c => imports::table
        .filter(imports::status.eq_any(UNFINISHED))
        .order((imports::created_at, imports::id))
        .select((imports::id, imports::source, imports::leased_by, imports::leased_until))
        .load(c))?;
    let mut sources = Vec::new();
    let mut free = Vec::new();
    for (id, source, leased_by, leased_until) in rows {
        if sources.contains(&source) {
            continue;
        }
        sources.push(source);
        if (Turn { id, leased_by, leased_until }).is_free_for(worker, now) {
            free.push(id);
        }
    }
    Ok(free)
}

/// Takes the job for `worker` until `until`, if it is free and no older one of its source is still to be done.
///
/// # Errors
/// When the database fails.
pub fn claim(
    conn: &mut Connection,
    id: Id,
    worker: Id,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Claimed, StoreError> {
    // What is asked here stays true until the transaction ends: a job that has ended does not come back, and none that
    // is queued meanwhile is older.
    if turn(conn, id)?.is_none_or(|turn| turn.id != id) {
        return Ok(Claimed::No);
    }
    let is_free = imports::leased_until.is_null().or(imports::leased_until.lt(Some(Moment(now))));
    let claimed = each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::id.eq(id).and(imports::status.eq_any(UNFINISHED)))
        .filter(is_free.or(imports::leased_by.eq(Some(worker))))
        .set((
            imports::status.eq(ImportStatus::Running.code()),
            imports::leased_by.eq(Some(worker)),
            imports::leased_until.eq(Some(Moment(until))),
        ))
        .execute(c))?;
    if claimed == 0 {
        return Ok(Claimed::No);
    }
    each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::id.eq(id).and(imports::started_at.is_null()))
        .set(imports::started_at.eq(Some(Moment(now))))
        .execute(c))?;
    Ok(Claimed::Yes)
}

/// Keeps the job for `worker` until `until`, and its row until the transaction ends; [`Claimed::No`] where it was lost.
///
/// # Errors
/// When the database fails.
pub fn renew(conn: &mut Connection, id: Id, worker: Id, until: DateTime<Utc>) -> Result<Claimed, StoreError> {
    let renewed = each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::id.eq(id).and(imports::leased_by.eq(Some(worker))))
        .filter(imports::status.eq(ImportStatus::Running.code()))
        .set(imports::leased_until.eq(Some(Moment(until))))
        .execute(c))?;
    Ok(if renewed == 0 { Claimed::No } else { Claimed::Yes })
}

/// Gives up what `worker` has, so that anybody may go on at once.
///
/// # Errors
/// When the database fails.
pub fn release(conn: &mut Connection, worker: Id) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::leased_by.eq(Some(worker)).and(imports::status.eq_any(UNFINISHED)))
        .set((imports::leased_by.eq(None::<Id>), imports::leased_until.eq(None::<Moment>)))
        .execute(c))?;
    Ok(())
}

/// Gives up what a process left behind that had this SQLite file before; on PostgreSQL it may be another node's, whose
/// lease must run out.
///
/// # Errors
/// When the database fails.
pub fn take_all_over(conn: &mut Connection) -> Result<(), StoreError> {
    if let Connection::Sqlite(c) = conn {
        diesel::update(imports::table.filter(imports::status.eq_any(UNFINISHED)))
            .set((imports::leased_by.eq(None::<Id>), imports::leased_until.eq(None::<Moment>)))
            .execute(&mut **c)?;
    }
    Ok(())
}

/// Keeps an upload until `until`; [`Claimed::No`] where it was given up.
///
/// # Errors
/// When the database fails.
pub fn renew_upload(conn: &mut Connection, id: Id, until: DateTime<Utc>) -> Result<Claimed, StoreError> {
    let renewed = each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::id.eq(id).and(imports::status.eq(UPLOADING)))
        .set(imports::leased_until.eq(Some(Moment(until))))
        .execute(c))?;
    Ok(if renewed == 0 { Claimed::No } else { Claimed::Yes })
}

/// Gives up the uploads that nobody has renewed: their sender or their node is gone. Their jobs have failed.
///
/// # Errors
/// When the database fails.
pub fn discard_stale_uploads(conn: &mut Connection, now: DateTime<Utc>) -> Result<(), StoreError> {
    let stale: Vec<Id> = each_backend!(conn, c => imports::table
        .filter(imports::status.eq(UPLOADING).and(imports::leased_until.lt(Some(Moment(now)))))
        .select(imports::id)
        .load(c))?;
    let (code, detail) = ImportError::CutOff.refusal();
    let problem = ImportProblem::new(code, detail);
    stale.into_iter().try_for_each(|id| jobs::fail_upload(conn, id, &problem, now))
}
