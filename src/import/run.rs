//! Works on one job, a chunk at a time. The server's worker, the command line and the tests all go this way.

use std::sync::Arc;

use chrono::Duration;

use super::{
    body::Body,
    formats::ndjson::{Line, read_line},
    model::{Import, ImportError, ImportProblem},
    plan::{Plan, plan},
    row::{Row, Rules},
    store::{self as rows, Claimed, Progress},
};
use crate::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    clock::Clock,
    directory::store as profiles,
    id::Id,
    store::{Connection, Store, StoreError},
    vocabulary::ImportFormat,
    web::code::Code,
};

/// Rows of a chunk: enough that a transaction is worth its while, few enough that other writers need not wait long.
const CHUNK_ROWS: usize = 500;
/// A chunk also ends after this many bytes.
const CHUNK_BYTES: u64 = 4 * 1024 * 1024;
/// How long a worker has a job without a sign of life.
pub const LEASE: Duration = Duration::seconds(60);
/// How often a chunk is tried while others write the same profiles.
const MAX_TRIES: usize = 10;

/// What works on jobs. Cloning shares everything, the name included.
#[derive(Clone, Debug)]
pub struct Runner {
    pub store: Store,
    pub catalog: Arc<Catalog>,
    pub vocabulary: Arc<Vocabulary>,
    pub clock: Clock,
    /// Under which name it leases jobs.
    pub worker: Id,
}

/// A job under way. Dropping it at any time loses nothing that was committed.
#[derive(Debug)]
pub struct Run {
    pub import: Import,
    progress: Progress,
    body: Body,
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// A chunk was committed; these profiles were written.
    Advanced(Vec<Id>),
    /// The job has ended, by this worker or by somebody who cancelled it.
    Ended,
    /// Another worker has the job.
    Lost,
}

/// A piece of the body.
struct Chunk {
    rows: Vec<Row>,
    /// The progress after the chunk, apart from its counts.
    lines_read: i64,
    bytes_read: i64,
}

/// Why a chunk was not committed.
enum Refused {
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

impl Runner {
    /// A runner with a name of its own.
    #[must_use]
    pub fn new(store: Store, catalog: Arc<Catalog>, vocabulary: Arc<Vocabulary>, clock: Clock) -> Self {
        let worker = Id::new(clock.now());
        Self { store, catalog, vocabulary, clock, worker }
    }

    /// Works on one job to its end; `progress` sees it after every chunk.
    ///
    /// # Errors
    /// As [`Runner::claim`]; [`ImportError::Elsewhere`] also where another worker took the job over.
    pub fn run_job(&self, id: Id, mut progress: impl FnMut(&Import)) -> Result<Import, ImportError> {
        let mut run = self.claim(id)?;
        loop {
            let step = match self.step(&mut run) {
                Err(error) => self.fail(&mut run, &error)?,
                Ok(step) => step,
            };
            progress(&run.import);
            match step {
                Step::Advanced(_) => {}
                Step::Ended => return Ok(run.import),
                Step::Lost => return Err(ImportError::Elsewhere),
            }
        }
    }

    /// Takes the next job of the queue, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn claim_next(&self) -> Result<Option<Run>, ImportError> {
        let now = self.clock.now();
        if !self.store.read(rows::has_unfinished)? {
            return Ok(None);
        }
        let queue = self.store.write(|conn| -> Result<_, StoreError> {
            rows::discard_stale_uploads(conn, now)?;
            rows::unfinished(conn, self.worker, now)
        })?;
        for id in queue {
            match self.claim(id) {
                Err(ImportError::Elsewhere | ImportError::Ended | ImportError::NotFound) => {}
                Err(ImportError::Store(StoreError::Corrupt(cause))) => {
                    // A newer node may have made it, which then works on it.
                    tracing::warn!(%cause, import = %id, "an import is not understood");
                }
                outcome => return outcome.map(Some),
            }
        }
        Ok(None)
    }

    /// Takes this job.
    ///
    /// # Errors
    /// [`ImportError::Elsewhere`] where another worker has it, [`ImportError::Ended`], [`ImportError::NotFound`], or
    /// the store's.
    pub fn claim(&self, id: Id) -> Result<Run, ImportError> {
        let now = self.clock.now();
        let (import, progress) = self.store.write(|conn| {
            let claimed = rows::claim(conn, id, self.worker, now, now + LEASE)?;
            let (import, progress) = rows::by_id(conn, id)?.ok_or(ImportError::NotFound)?;
            match claimed {
                Claimed::Yes => Ok((import, progress)),
                Claimed::No if import.finished_at.is_some() => Err(ImportError::Ended),
                Claimed::No => Err(ImportError::Elsewhere),
            }
        })?;
        let body = Body::open(self.store.clone(), id, import.bytes_total, progress.bytes_read);
        Ok(Run { import, progress, body })
    }

    /// Commits the next chunk of the job, or its end.
    ///
    /// # Errors
    /// When the body cannot be read or the database fails; the run is then to be dropped, and can be claimed again.
    pub fn step(&self, run: &mut Run) -> Result<Step, ImportError> {
        let chunk = self.read_chunk(run)?;
        if chunk.bytes_read == run.progress.bytes_read {
            return self.end(run, None);
        }
        for _ in 0..MAX_TRIES {
            match self.store.write(|conn| self.commit(conn, run, &chunk)) {
                Ok((progress, written)) => {
                    run.progress = progress;
                    run.import.counts = progress.counts;
                    run.import.bytes_read = progress.bytes_read;
                    return Ok(Step::Advanced(written));
                }
                Err(Refused::Conflict) => {}
                Err(Refused::NotOurs) => return self.gone(run),
                Err(Refused::Failed(error)) => return Err(error.into()),
            }
        }
        Err(ImportError::Contended)
    }

    /// Ends the job with the problem that stands for `error`, of which the log has the cause.
    ///
    /// # Errors
    /// When the database fails.
    pub fn fail(&self, run: &mut Run, error: &ImportError) -> Result<Step, ImportError> {
        tracing::error!(%error, import = %run.import.id, "an import failed");
        let detail = match error {
            ImportError::BodyGone => "A part of the stored body is missing or damaged.",
            ImportError::Contended => "Other writers kept changing the same profiles; import the file again.",
            ImportError::NotFound
            | ImportError::Ended
            | ImportError::Elsewhere
            | ImportError::Corrupt
            | ImportError::TooLong(_)
            | ImportError::KeyReused
            | ImportError::KeyGone
            | ImportError::Store(_) => {
                "The server failed while it worked on this import; the cause is in its log."
            }
        };
        self.end(run, Some(&ImportProblem::new(Code::Internal, detail)))
    }

    fn end(&self, run: &mut Run, problem: Option<&ImportProblem>) -> Result<Step, ImportError> {
        let (id, now) = (run.import.id, self.clock.now());
        let ended = self.store.write(|conn| -> Result<bool, StoreError> {
            if rows::renew(conn, id, self.worker, now + LEASE)? == Claimed::No {
                return Ok(false);
            }
            match problem {
                Some(problem) => rows::fail(conn, id, problem, now)?,
                None => rows::succeed(conn, id, now)?,
            }
            Ok(true)
        })?;
        if !ended {
            return self.gone(run);
        }
        self.look_again(run)?;
        Ok(Step::Ended)
    }

    /// The job is no longer this worker's: it was cancelled, or somebody took it over.
    fn gone(&self, run: &mut Run) -> Result<Step, ImportError> {
        self.look_again(run)?;
        Ok(if run.import.finished_at.is_some() { Step::Ended } else { Step::Lost })
    }

    fn look_again(&self, run: &mut Run) -> Result<(), ImportError> {
        let found = self.store.read(|conn| rows::by_id(conn, run.import.id))?;
        (run.import, run.progress) = found.ok_or(ImportError::NotFound)?;
        Ok(())
    }

    fn read_chunk(&self, run: &mut Run) -> Result<Chunk, ImportError> {
        let Run { import, progress, body } = run;
        let rules = Rules {
            source: &import.source,
            catalog: &self.catalog,
            vocabulary: &self.vocabulary,
            today: self.clock.today(),
        };
        let mut chunk =
            Chunk { rows: Vec::new(), lines_read: progress.lines_read, bytes_read: progress.bytes_read };
        let mut bytes = 0;
        while chunk.rows.len() < CHUNK_ROWS && bytes < CHUNK_BYTES {
            let line = match import.format {
                ImportFormat::Ndjson => read_line(body, chunk.bytes_read == 0).map_err(unreadable)?,
            };
            let Some((line, length)) = line else { break };
            bytes += length;
            chunk.bytes_read = body.position();
            chunk.lines_read += 1;
            match line {
                Line::Blank => {}
                Line::TooLong => chunk.rows.push(Row::too_long(chunk.lines_read)),
                Line::Text(text) => chunk.rows.push(Row::read(chunk.lines_read, &text, rules)),
            }
        }
        Ok(chunk)
    }

    fn commit(
        &self,
        conn: &mut Connection,
        run: &Run,
        chunk: &Chunk,
    ) -> Result<(Progress, Vec<Id>), Refused> {
        let (id, now) = (run.import.id, self.clock.now());
        // First, so that the job's row is locked until all is committed.
        if rows::renew(conn, id, self.worker, now + LEASE)? == Claimed::No {
            return Err(Refused::NotOurs);
        }
        let ids: Vec<&str> = chunk.rows.iter().filter_map(|row| row.external_id.as_deref()).collect();
        let met = rows::seen_before(conn, id, &ids)?;
        let stored = profiles::by_external_ids(conn, &run.import.source, &ids)?;
        let plan = plan(&chunk.rows, met, stored, id, now);
        if !run.import.dry_run {
            write(conn, &plan)?;
        }
        rows::mark_seen(conn, id, &plan.met)?;
        rows::add_faults(conn, id, &plan.rejected)?;
        rows::add_terms(conn, id, &plan.terms)?;
        let progress = Progress {
            counts: run.progress.counts.plus(plan.counts),
            lines_read: chunk.lines_read,
            bytes_read: chunk.bytes_read,
        };
        rows::advance(conn, id, &progress)?;
        // The first part stays: formats with a header need it to go on.
        rows::drop_parts_between(conn, id, 0, run.body.part_starts_at())?;
        let written = if run.import.dry_run { Vec::new() } else { plan.written() };
        Ok((progress, written))
    }
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

/// What a failing reader means: the database's failure, or a body that is not whole.
fn unreadable(error: std::io::Error) -> ImportError {
    match error.downcast::<StoreError>() {
        Ok(error) => ImportError::Store(error),
        Err(_) => ImportError::BodyGone,
    }
}
