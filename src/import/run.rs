//! Works on one job, a chunk at a time. The server's worker, the command line and the tests all go this way.
//!
//! A job goes through its steps: *checking* reads all rows and writes nothing, *writing* takes them, *archiving* puts
//! away what the file no longer has. Where the file as a whole decides whether anything is written it is checked first.

use std::sync::Arc;

use chrono::Duration;

use super::{
    commit::{self, Refused, Written},
    model::{Import, ImportError, ImportProblem},
    reader::Reader,
    row::Rules,
    spool::Spool,
    store::{self as rows, Claimed, Progress},
};
use crate::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    clock::Clock,
    id::Id,
    pace::Pace,
    questions::Questions,
    store::{Store, StoreError},
    vocabulary::ImportStep,
    web::code::Code,
};

/// How long a worker has a job without a sign of life.
pub const LEASE: Duration = Duration::seconds(60);
/// How often a chunk is read again because others wrote the same profiles.
const MAX_CONFLICTS: usize = 10;

/// What works on jobs. Cloning shares everything, the name included.
#[derive(Clone, Debug)]
pub struct Runner {
    pub store: Store,
    pub catalog: Arc<Catalog>,
    pub vocabulary: Arc<Vocabulary>,
    pub questions: Questions,
    pub clock: Clock,
    /// Under which name it leases jobs.
    pub worker: Id,
    pub pace: Pace,
}

/// A job under way. Dropping it at any time loses nothing that was committed.
#[derive(Debug)]
pub struct Run {
    pub import: Import,
    pub(super) progress: Progress,
    /// What rows are read by: one state of the operator's labels for the whole run.
    rules: Option<Arc<Rules>>,
    /// Reads the body ahead.
    reader: Option<Reader>,
    /// Up to which external id the profiles that the file lacks are archived.
    pub(super) archived_to: Option<String>,
    conflicts: usize,
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// A chunk was committed, with what was written.
    Advanced(Written),
    /// Nothing was committed: others wrote the same profiles meanwhile, and the chunk is read again.
    Again,
    /// The job has ended, by this worker or by somebody who cancelled it.
    Ended,
    /// Another worker has the job.
    Lost,
}

impl Runner {
    /// A runner with a name of its own.
    #[must_use]
    pub fn new(
        store: Store,
        catalog: Arc<Catalog>,
        vocabulary: Arc<Vocabulary>,
        questions: Questions,
        clock: Clock,
    ) -> Self {
        let worker = Id::new(clock.now());
        Self { store, catalog, vocabulary, questions, clock, worker, pace: Pace::Full }
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
                Step::Advanced(_) | Step::Again => {}
                Step::Ended => {
                    while self.sweep()? {}
                    return Ok(run.import);
                }
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
    /// [`ImportError::Elsewhere`] where another worker has it or an older one of its source is to be done first,
    /// [`ImportError::Ended`], [`ImportError::NotFound`], or
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
        Ok(Run { import, progress, rules: None, reader: None, archived_to: None, conflicts: 0 })
    }

    /// Commits the next chunk of the job, or the end of a step.
    ///
    /// # Errors
    /// When the body cannot be read or the database fails; the run is then to be dropped, and can be claimed again.
    pub fn step(&self, run: &mut Run) -> Result<Step, ImportError> {
        if run.progress.step == ImportStep::Archiving {
            return self.archive(run);
        }
        if run.has_read_all() {
            return self.finish_step(run);
        }
        let reader = match run.reader.take() {
            Some(reader) => reader,
            None => self.read_on(run)?,
        };
        let chunk = reader.next()?;
        match self.pace.hold(|| self.store.write(|conn| commit::chunk(conn, self, run, chunk))) {
            Ok((progress, written)) => {
                run.reader = Some(reader);
                run.conflicts = 0;
                Ok(run.advance(progress, written))
            }
            // Read again from where the job is done: what is stored has changed.
            Err(Refused::Conflict) if run.conflicts < MAX_CONFLICTS => {
                run.conflicts += 1;
                Ok(Step::Again)
            }
            Err(refused) => self.refused(run, refused),
        }
    }

    /// The chunks that are still to come.
    fn read_on(&self, run: &mut Run) -> Result<Reader, ImportError> {
        let rules = match &run.rules {
            Some(rules) => rules.clone(),
            None => run.rules.insert(Arc::new(Rules::of(self, &run.import)?)).clone(),
        };
        Reader::spawn(self.store.clone(), &run.import, run.progress, rules, self.pace)
    }

    /// All rows are done.
    fn finish_step(&self, run: &mut Run) -> Result<Step, ImportError> {
        run.reader = None;
        match self.store.write(|conn| commit::step(conn, self, run)) {
            Ok(Some(progress)) => Ok(run.advance(progress, Written::default())),
            Ok(None) => {
                self.look_again(run)?;
                Ok(Step::Ended)
            }
            Err(refused) => self.refused(run, refused),
        }
    }

    fn archive(&self, run: &mut Run) -> Result<Step, ImportError> {
        match self.pace.hold(|| self.store.write(|conn| commit::archived(conn, self, run))) {
            Ok(Some((progress, archived_to, written))) => {
                run.archived_to = Some(archived_to);
                Ok(run.advance(progress, written))
            }
            Ok(None) => {
                self.look_again(run)?;
                Ok(Step::Ended)
            }
            Err(refused) => self.refused(run, refused),
        }
    }

    fn refused(&self, run: &mut Run, refused: Refused) -> Result<Step, ImportError> {
        match refused {
            Refused::NotOurs => self.gone(run),
            Refused::Conflict => Err(ImportError::Contended),
            Refused::Failed(error) => Err(error.into()),
        }
    }

    /// Ends the job with the problem that stands for `error`, of which the log has the cause.
    ///
    /// # Errors
    /// When the database fails.
    pub fn fail(&self, run: &mut Run, error: &ImportError) -> Result<Step, ImportError> {
        tracing::error!(%error, import = %run.import.id, "an import failed");
        let problem = match error {
            ImportError::Broken(broken) => ImportProblem::new(Code::InvalidFile, broken.detail.as_str()),
            ImportError::BodyGone => {
                ImportProblem::new(Code::Internal, "A part of the stored body is missing or damaged.")
            }
            ImportError::Contended => ImportProblem::new(
                Code::Internal,
                "Other writers kept changing the same profiles; import the file again.",
            ),
            ImportError::NotFound
            | ImportError::Ended
            | ImportError::Elsewhere
            | ImportError::CutOff
            | ImportError::Corrupt
            | ImportError::TooLong(_)
            | ImportError::KeyReused
            | ImportError::KeyGone
            | ImportError::Disk(_)
            | ImportError::Thread(_)
            | ImportError::Store(_) => ImportProblem::new(
                Code::Internal,
                "The server failed while it worked on this import; the cause is in its log.",
            ),
        };
        let (id, now) = (run.import.id, self.clock.now());
        let ended = self.store.write(|conn| -> Result<bool, StoreError> {
            if rows::renew(conn, id, self.worker, now + LEASE)? == Claimed::No {
                return Ok(false);
            }
            rows::fail(conn, id, &problem, now)?;
            Ok(true)
        })?;
        if !ended {
            return self.gone(run);
        }
        self.look_again(run)?;
        Ok(Step::Ended)
    }

    /// Removes some of what only the work on jobs that have ended needed; `false` where nothing was left.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sweep(&self) -> Result<bool, ImportError> {
        if self.store.read(rows::has_left_over)? {
            return Ok(self.store.write(rows::sweep)?);
        }
        Spool::of(&self.store).sweep()?;
        Ok(false)
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
}

impl Run {
    /// Whether every row was read in this step: what comes next ends it.
    #[must_use]
    pub const fn has_read_all(&self) -> bool {
        self.progress.bytes_read >= self.import.bytes_total
    }

    fn advance(&mut self, progress: Progress, written: Written) -> Step {
        self.progress = progress;
        self.import.step = Some(progress.step);
        self.import.counts = progress.counts;
        self.import.bytes_read = progress.bytes_read;
        Step::Advanced(written)
    }
}
