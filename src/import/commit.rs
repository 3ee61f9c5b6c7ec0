//! What a worker does for a job in one transaction: a chunk of rows, the end of a step, a chunk of archived profiles.
//!
//! *Invariant*: each first renews the lease, which locks the job's row, so that nobody else writes for the job meanwhile
//! and a job that was cancelled writes nothing more.

use super::{
    model::{Counts, ImportProblem},
    plan::{Before, Order, Plan, plan},
    reader::Chunk,
    row::{Reading, Row},
    run::{LEASE, Run, Runner},
    spool::Spool,
    store::{self as rows, Claimed, Progress},
};
use crate::{
    directory::{model::Therapist, store as profiles},
    id::Id,
    store::{Connection, StoreError},
    vocabulary::{ImportMode, ImportStep, OnError},
    web::code::Code,
};

/// Profiles that are archived in one transaction.
const ARCHIVED_AT_ONCE: i64 = 500;

/// The profiles that a transaction wrote.
#[derive(Debug, Default)]
pub struct Written {
    /// As they are now.
    pub profiles: Vec<Therapist>,
    /// Those that were changed without being read.
    pub others: Vec<Id>,
}

/// Why nothing was committed.
#[derive(Debug)]
pub enum Refused {
    /// Somebody wrote the same profiles meanwhile.
    Conflict,
    /// The lease or the job is gone.
    NotOurs,
    Failed(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn renew(conn: &mut Connection, runner: &Runner, run: &Run) -> Result<(), Refused> {
    let until = runner.clock.now() + LEASE;
    match rows::renew(conn, run.import.id, runner.worker, until)? {
        Claimed::Yes => Ok(()),
        Claimed::No => Err(Refused::NotOurs),
    }
}

/// Takes the rows of a chunk: the progress after it, and what was written.
///
/// # Errors
/// As [`Refused`] says.
pub fn chunk(
    conn: &mut Connection,
    runner: &Runner,
    run: &Run,
    chunk: Chunk,
) -> Result<(Progress, Written), Refused> {
    renew(conn, runner, run)?;
    let id = run.import.id;
    let is_writing = run.progress.step == ImportStep::Writing && !run.import.dry_run;
    let before = before(conn, run, &chunk.rows)?;
    let order = Order { mode: run.import.mode, import_id: id, now: runner.clock.now() };
    let plan = plan(chunk.rows, before, order);
    if is_writing {
        write(conn, &plan)?;
        rows::keep(conn, &plan.digests)?;
    }
    rows::mark_seen(conn, id, &plan.met)?;
    rows::add_faults(conn, id, &plan.rejected)?;
    rows::add_terms(conn, id, &plan.terms)?;
    let progress = Progress {
        step: run.progress.step,
        counts: run.progress.counts.plus(plan.counts),
        lines_read: chunk.lines_read,
        bytes_read: chunk.bytes_read,
    };
    rows::advance(conn, id, &progress)?;
    if is_writing || run.import.dry_run {
        Spool::of(&runner.store).drop_before(conn, id, chunk.needs_from)?;
    }
    let profiles =
        if is_writing { plan.created.into_iter().chain(plan.updated).collect() } else { Vec::new() };
    Ok((progress, Written { profiles, others: Vec::new() }))
}

/// What the directory and the job know of the rows.
fn before(conn: &mut Connection, run: &Run, chunk: &[Row]) -> Result<Before, StoreError> {
    let ids: Vec<&str> = chunk.iter().filter_map(|row| row.external_id.as_deref()).collect();
    let met = rows::seen_before(conn, run.import.id, &ids)?;
    let compared: Vec<&str> = chunk
        .iter()
        .filter(|row| matches!(row.reading, Reading::Profile(_) | Reading::Retired))
        .filter_map(|row| row.external_id.as_deref())
        .collect();
    let npis: Vec<&str> = chunk
        .iter()
        .filter_map(|row| match &row.reading {
            Reading::Profile(profile) => profile.npi.as_deref(),
            _ => None,
        })
        .collect();
    // Before the profiles are looked at: from here on nobody is removed until all is committed.
    let removed = profiles::removed(conn, &run.import.source, &compared, &npis)?;
    let stored = profiles::by_external_ids(conn, &run.import.source, &compared)?;
    Ok(Before { met, stored, removed })
}

/// Writes the profiles of a chunk with their rows in the change feed.
fn write(conn: &mut Connection, plan: &Plan) -> Result<(), Refused> {
    let refused = |error: StoreError| match error.is_unique_violation() {
        true => Refused::Conflict,
        false => Refused::Failed(error),
    };
    if !plan.created.is_empty() {
        profiles::insert(conn, &plan.created).map_err(refused)?;
    }
    if !plan.updated.is_empty()
        && profiles::update(conn, &plan.updated).map_err(refused)? < plan.updated.len()
    {
        return Err(Refused::Conflict);
    }
    let reconfirmed: Vec<_> =
        plan.updated.iter().filter(|profile| plan.reconfirmed.contains(&profile.id)).collect();
    profiles::replace_confirmations(conn, &reconfirmed)?;
    Ok(())
}

/// All rows of a step are done: the next step, or `None` where the job has ended.
///
/// # Errors
/// As [`Refused`] says.
pub fn step(conn: &mut Connection, runner: &Runner, run: &Run) -> Result<Option<Progress>, Refused> {
    renew(conn, runner, run)?;
    let (id, now, import) = (run.import.id, runner.clock.now(), &run.import);
    let mut progress = run.progress;
    if progress.step == ImportStep::Checking {
        let missing = match import.mode {
            ImportMode::ReplaceSource => rows::missing(conn, import)?,
            ImportMode::Upsert | ImportMode::Create => rows::Missing::default(),
        };
        if let Some(problem) = objection(run, missing) {
            // Nothing was written, and nothing will be.
            progress.counts = Counts { created: 0, updated: 0, archived: 0, ..progress.counts };
            rows::advance(conn, id, &progress)?;
            rows::fail(conn, id, &problem, now)?;
            return Ok(None);
        }
        if !import.dry_run {
            if rows::forget_findings(conn, id)? {
                // There may be more: this step ends with its next try.
                return Ok(Some(progress));
            }
            let counts = Counts::default();
            progress = Progress { step: ImportStep::Writing, counts, lines_read: 0, bytes_read: 0 };
            rows::advance(conn, id, &progress)?;
            return Ok(Some(progress));
        }
        progress.counts.archived += missing.profiles;
        rows::advance(conn, id, &progress)?;
    } else if import.mode == ImportMode::ReplaceSource {
        progress.step = ImportStep::Archiving;
        rows::advance(conn, id, &progress)?;
        return Ok(Some(progress));
    }
    rows::succeed(conn, id, now)?;
    Ok(None)
}

/// Why a file that was checked as a whole is not taken.
fn objection(run: &Run, missing: rows::Missing) -> Option<ImportProblem> {
    let (import, counts) = (&run.import, run.progress.counts);
    if import.on_error == OnError::Abort && counts.rejected > 0 {
        let detail =
            format!("{} of {} rows are rejected; nothing was written.", counts.rejected, counts.read);
        return Some(ImportProblem::new(Code::RowsRejected, detail));
    }
    if missing.profiles > 0 && missing.nameless_rows > 0 {
        let detail = format!(
            "{} profiles of this source are not in the file, but {} of its rows have no readable external id and may be \
             theirs; nothing was written.",
            missing.profiles, missing.nameless_rows
        );
        return Some(ImportProblem::new(Code::RowsUnidentified, detail));
    }
    let percent = import.max_archive_percent;
    (missing.profiles * 100 > i64::from(percent) * missing.of).then(|| {
        let detail = format!(
            "{} of the {} profiles of this source are not in the file, and at most {percent} % may be archived; \
             nothing was written.",
            missing.profiles, missing.of
        );
        ImportProblem::new(Code::ArchiveLimitExceeded, detail)
    })
}

/// Archives the next profiles that the file no longer has; `None` where the job has ended.
///
/// # Errors
/// As [`Refused`] says.
pub fn archived(
    conn: &mut Connection,
    runner: &Runner,
    run: &Run,
) -> Result<Option<(Progress, String, Written)>, Refused> {
    renew(conn, runner, run)?;
    let (id, now) = (run.import.id, runner.clock.now());
    // Before any profile is locked: a removal locks several too.
    profiles::hold_off_removals(conn)?;
    let after = run.archived_to.as_deref();
    let found = rows::next_missing(conn, &run.import, after, ARCHIVED_AT_ONCE)?;
    let Some((_, last)) = found.last() else {
        rows::succeed(conn, id, now)?;
        return Ok(None);
    };
    let ids: Vec<Id> = found.iter().map(|(id, _)| *id).collect();
    let archived = profiles::archive(conn, &run.import.source, &ids, id, now)?;
    let mut progress = run.progress;
    progress.counts.archived += archived;
    rows::advance(conn, id, &progress)?;
    Ok(Some((progress, last.clone(), Written { profiles: Vec::new(), others: ids })))
}
