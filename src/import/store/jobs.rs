//! The jobs: made, read, brought forward, ended.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::findings;
use crate::{
    each_backend,
    id::Id,
    import::model::{Counts, Import, ImportProblem, NewImport},
    store::{Connection, StoreError, schema::imports, sql_types::Moment},
    vocabulary::{ImportStatus, ImportStep},
    web::code::Code,
};

/// The status of a job whose body is still coming in: nobody sees it, nobody works on it.
pub(super) const UPLOADING: &str = "uploading";
/// The statuses of a job that waits for a worker or has one.
pub(super) const UNFINISHED: [&str; 2] = [ImportStatus::Queued.code(), ImportStatus::Running.code()];

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = imports, treat_none_as_default_value = false)]
struct ImportRow {
    id: Id,
    source: String,
    format: String,
    mode: String,
    dry_run: bool,
    status: String,
    rows_read: i64,
    rows_created: i64,
    rows_updated: i64,
    rows_unchanged: i64,
    rows_archived: i64,
    rows_rejected: i64,
    lines_read: i64,
    bytes_read: i64,
    bytes_total: i64,
    created_by: String,
    created_at: Moment,
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    problem_code: Option<String>,
    problem_detail: Option<String>,
    leased_by: Option<Id>,
    leased_until: Option<Moment>,
    on_error: String,
    rows_skipped: i64,
    max_archive_percent: i32,
    step: String,
}

/// Up to where a job is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: ImportStep,
    pub counts: Counts,
    pub lines_read: i64,
    pub bytes_read: i64,
}

fn parse<T: std::str::FromStr>(code: &str) -> Result<T, StoreError> {
    code.parse().map_err(|_| StoreError::Corrupt("an import has an unknown code".to_owned()))
}

impl ImportRow {
    const fn counts(&self) -> Counts {
        Counts {
            read: self.rows_read,
            created: self.rows_created,
            updated: self.rows_updated,
            unchanged: self.rows_unchanged,
            archived: self.rows_archived,
            rejected: self.rows_rejected,
            skipped: self.rows_skipped,
        }
    }

    fn complete(self, conn: &mut Connection) -> Result<(Import, Progress), StoreError> {
        let progress = Progress {
            step: parse(&self.step)?,
            counts: self.counts(),
            lines_read: self.lines_read,
            bytes_read: self.bytes_read,
        };
        let status: ImportStatus = parse(&self.status)?;
        let problem = match (&self.problem_code, self.problem_detail) {
            (Some(code), Some(detail)) => {
                let code = Code::parse(code)
                    .ok_or_else(|| StoreError::Corrupt("an import has an unknown problem".to_owned()))?;
                Some(ImportProblem::new(code, detail))
            }
            _ => None,
        };
        let import = Import {
            id: self.id,
            step: (status == ImportStatus::Running).then_some(progress.step),
            status,
            source: self.source,
            format: parse(&self.format)?,
            mode: parse(&self.mode)?,
            on_error: parse(&self.on_error)?,
            max_archive_percent: self.max_archive_percent,
            dry_run: self.dry_run,
            counts: progress.counts,
            bytes_read: self.bytes_read,
            bytes_total: self.bytes_total,
            created_at: self.created_at.into(),
            started_at: self.started_at.map(Into::into),
            finished_at: self.finished_at.map(Into::into),
            problem,
            unmapped_terms: findings::frequent_terms(conn, self.id)?,
        };
        Ok((import, progress))
    }
}

/// Begins a job whose body is still to come, kept until `kept_until` unless renewed.
///
/// # Errors
/// When the database fails.
pub fn insert(
    conn: &mut Connection,
    id: Id,
    new: &NewImport,
    now: DateTime<Utc>,
    kept_until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = ImportRow {
        id,
        source: new.source.clone(),
        format: new.format.code().to_owned(),
        mode: new.mode.code().to_owned(),
        dry_run: new.dry_run,
        status: UPLOADING.to_owned(),
        rows_read: 0,
        rows_created: 0,
        rows_updated: 0,
        rows_unchanged: 0,
        rows_archived: 0,
        rows_rejected: 0,
        lines_read: 0,
        bytes_read: 0,
        bytes_total: 0,
        created_by: new.created_by.clone(),
        created_at: now.into(),
        started_at: None,
        finished_at: None,
        problem_code: None,
        problem_detail: None,
        leased_by: Some(id),
        leased_until: Some(kept_until.into()),
        rows_skipped: 0,
        on_error: new.on_error.code().to_owned(),
        max_archive_percent: new.max_archive_percent,
        step: new.first_step().code().to_owned(),
    };
    each_backend!(conn, c => diesel::insert_into(imports::table).values(&row).execute(c))?;
    Ok(())
}

/// The body is stored as a whole: from here on the job will end. `lease` keeps it for one worker. `false` where the
/// upload was given up meanwhile.
///
/// # Errors
/// When the database fails.
pub fn mark_uploaded(
    conn: &mut Connection,
    id: Id,
    bytes_total: i64,
    now: DateTime<Utc>,
    lease: Option<(Id, DateTime<Utc>)>,
) -> Result<bool, StoreError> {
    let marked = each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::id.eq(id).and(imports::status.eq(UPLOADING)))
        .set((
            imports::status.eq(ImportStatus::Queued.code()),
            imports::bytes_total.eq(bytes_total),
            imports::created_at.eq(Moment(now)),
            imports::leased_by.eq(lease.map(|(worker, _)| worker)),
            imports::leased_until.eq(lease.map(|(_, until)| Moment(until))),
        ))
        .execute(c))?;
    Ok(marked == 1)
}

/// Removes a job and everything about it.
///
/// # Errors
/// When the database fails.
pub fn delete(conn: &mut Connection, id: Id) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::delete(imports::table.filter(imports::id.eq(id))).execute(c))?;
    Ok(())
}

/// The job with this id, and up to where it is done.
///
/// # Errors
/// When the database fails.
pub fn by_id(conn: &mut Connection, id: Id) -> Result<Option<(Import, Progress)>, StoreError> {
    let row: Option<ImportRow> = each_backend!(conn, c => imports::table
        .filter(imports::id.eq(id).and(imports::status.ne(UPLOADING)))
        .select(ImportRow::as_select())
        .first(c)
        .optional())?;
    row.map(|row| row.complete(conn)).transpose()
}

/// Whether the job has ended, or never was.
///
/// # Errors
/// When the database fails.
pub fn is_over(conn: &mut Connection, id: Id) -> Result<bool, StoreError> {
    let unfinished: Option<Id> = each_backend!(conn, c => imports::table
        .filter(imports::id.eq(id).and(imports::finished_at.is_null()))
        .select(imports::id)
        .first(c)
        .optional())?;
    Ok(unfinished.is_none())
}

/// How many jobs there are.
///
/// # Errors
/// When the database fails.
pub fn count(conn: &mut Connection) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => imports::table.filter(imports::status.ne(UPLOADING)).count().get_result(c))?)
}

/// At most `limit` jobs older than `before`, the newest first.
///
/// # Errors
/// When the database fails.
pub fn page(conn: &mut Connection, before: Option<Id>, limit: i64) -> Result<Vec<Import>, StoreError> {
    let rows: Vec<ImportRow> = each_backend!(conn, c => {
        let mut query =
            imports::table.filter(imports::status.ne(UPLOADING)).select(ImportRow::as_select()).into_boxed();
        if let Some(before) = before {
            query = query.filter(imports::id.lt(before));
        }
        query.order(imports::id.desc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(|row| row.complete(conn).map(|(import, _)| import)).collect()
}

/// Writes up to where the job is done.
///
/// # Errors
/// When the database fails.
pub fn advance(conn: &mut Connection, id: Id, progress: &Progress) -> Result<(), StoreError> {
    let Progress { step, counts, lines_read, bytes_read } = *progress;
    each_backend!(conn, c => diesel::update(imports::table.filter(imports::id.eq(id)))
        .set((
            imports::rows_read.eq(counts.read),
            imports::rows_created.eq(counts.created),
            imports::rows_updated.eq(counts.updated),
            imports::rows_unchanged.eq(counts.unchanged),
            imports::rows_archived.eq(counts.archived),
            imports::rows_rejected.eq(counts.rejected),
            imports::rows_skipped.eq(counts.skipped),
            imports::step.eq(step.code()),
            imports::lines_read.eq(lines_read),
            imports::bytes_read.eq(bytes_read),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends the job well.
///
/// # Errors
/// When the database fails.
pub fn succeed(conn: &mut Connection, id: Id, now: DateTime<Utc>) -> Result<(), StoreError> {
    end(conn, id, &UNFINISHED, ImportStatus::Succeeded, None, now).map(|_| ())
}

/// Ends the job with a problem.
///
/// # Errors
/// When the database fails.
pub fn fail(
    conn: &mut Connection,
    id: Id,
    problem: &ImportProblem,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    end(conn, id, &UNFINISHED, ImportStatus::Failed, Some(problem), now).map(|_| ())
}

/// Ends a job whose body will not come in as a whole, if it is still coming in: what is there of the body goes, and the
/// job is seen from here on.
///
/// # Errors
/// When the database fails.
pub fn fail_upload(
    conn: &mut Connection,
    id: Id,
    problem: &ImportProblem,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    end(conn, id, &[UPLOADING], ImportStatus::Failed, Some(problem), now).map(|_| ())
}

/// Ends the job if it has not ended yet; `false` where it has. Waits for the chunk that is being committed.
///
/// # Errors
/// When the database fails.
pub fn cancel(conn: &mut Connection, id: Id, now: DateTime<Utc>) -> Result<bool, StoreError> {
    end(conn, id, &UNFINISHED, ImportStatus::Cancelled, None, now)
}

/// What only the work needed is swept away afterwards, a little at a time.
fn end(
    conn: &mut Connection,
    id: Id,
    from: &[&str],
    status: ImportStatus,
    problem: Option<&ImportProblem>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = each_backend!(conn, c => diesel::update(imports::table)
        .filter(imports::id.eq(id).and(imports::status.eq_any(from)))
        .set((
            imports::status.eq(status.code()),
            imports::finished_at.eq(Some(Moment(now))),
            imports::problem_code.eq(problem.map(|problem| problem.code.as_str())),
            imports::problem_detail.eq(problem.map(|problem| problem.detail.as_str())),
            imports::leased_by.eq(None::<Id>),
            imports::leased_until.eq(None::<Moment>),
        ))
        .execute(c))?;
    Ok(ended == 1)
}
