//! The work of the command line on its import, in the order of the queue and beside whatever server works on it too.

use super::{Failure, interrupt::Interrupt, progress::Progress};
use crate::{
    id::Id,
    import::{
        model::{Import, ImportError},
        patience::{Patience, Verdict},
        run::{LEASE, Run, Runner, Step},
        store as jobs,
    },
    store::{Store, StoreError},
};

/// A job of the command line, from its place in the queue to its end.
pub(super) struct Work<P> {
    runner: Runner,
    id: Id,
    interrupt: Interrupt,
    progress: Progress,
    /// Waits a little before the next look.
    pause: P,
    patience: Patience,
    /// The job that the progress is of.
    shown: Id,
}

/// What comes after a look at the queue.
enum Next {
    /// The job has ended.
    Ended(Box<Import>),
    /// There is more to do at once.
    Go,
    /// Somebody else works, or a failure may pass.
    Wait,
}

impl<P: FnMut()> Work<P> {
    pub(super) fn new(runner: Runner, id: Id, interrupt: Interrupt, progress: Progress, pause: P) -> Self {
        Self { runner, id, interrupt, progress, pause, patience: Patience::default(), shown: id }
    }

    /// Works on the job to its end, or waits for whoever does; before it on the older ones of its source that have not
    /// ended, so that of two files the later one has the last word.
    ///
    /// # Errors
    /// Where somebody asked to stop, or the database cannot be used: a server goes on with the job.
    pub(super) fn end(mut self) -> Result<Import, Failure> {
        let outcome = self.go_on();
        self.progress.finish();
        let id = self.id;
        let rest = format!(
            "what was written stays, and the import {id} goes on when a server runs on this database \
             (`tailor serve`); `DELETE /v1/imports/{id}` cancels it"
        );
        match outcome {
            Ok(Some(import)) => Ok(import),
            Ok(None) => {
                self.release();
                Err(format!("stopped: {rest}").into())
            }
            Err(error) => {
                if !matches!(error, ImportError::Store(StoreError::Unavailable(_))) {
                    self.release();
                }
                Err(format!("{error}; {rest}").into())
            }
        }
    }

    /// The job's end; `None` where somebody asked to stop before it.
    fn go_on(&mut self) -> Result<Option<Import>, ImportError> {
        while !self.interrupt.is_asked() {
            let next = match self.next() {
                Err(error) => {
                    self.bear(self.id, error)?;
                    Next::Wait
                }
                Ok(next) => next,
            };
            match next {
                Next::Ended(import) => return Ok(Some(*import)),
                Next::Go => {}
                Next::Wait => (self.pause)(),
            }
        }
        Ok(None)
    }

    /// Does what is to be done first among the jobs of the source.
    fn next(&mut self) -> Result<Next, ImportError> {
        let Some(turn) = self.runner.store.read(|conn| jobs::turn(conn, self.id))? else {
            self.show(self.id)?;
            let ended = job(&self.runner.store, self.id)?.ok_or(ImportError::NotFound)?;
            self.progress.seen(&ended);
            return Ok(Next::Ended(Box::new(ended)));
        };
        self.show(turn.id)?;
        if turn.is_free_for(self.runner.worker, self.runner.clock.now()) {
            match self.runner.claim(turn.id) {
                Ok(run) => return self.work_on(run),
                // Somebody was faster, and may have ended it already.
                Err(ImportError::Elsewhere | ImportError::Ended | ImportError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(import) = job(&self.runner.store, turn.id)? {
            self.progress.seen(&import);
        }
        self.patience.reached();
        Ok(Next::Wait)
    }

    fn work_on(&mut self, mut run: Run) -> Result<Next, ImportError> {
        while !self.interrupt.is_asked() {
            let step = match self.runner.step(&mut run) {
                Ok(step) => step,
                Err(error) => match self.bear(run.import.id, error) {
                    Ok(()) => return Ok(Next::Wait),
                    Err(error @ ImportError::Store(StoreError::Unavailable(_))) => return Err(error),
                    Err(error) => self.runner.fail(&mut run, &error)?,
                },
            };
            self.progress.seen(&run.import);
            match step {
                Step::Advanced(_) => self.patience.advanced(),
                Step::Again => {}
                Step::Ended => {
                    self.sweep();
                    return Ok(if run.import.id == self.id {
                        Next::Ended(Box::new(run.import))
                    } else {
                        Next::Go
                    });
                }
                Step::Lost => return Ok(Next::Wait),
            }
        }
        Ok(Next::Go)
    }

    /// Nothing, where the failure may pass; otherwise the failure.
    fn bear(&mut self, id: Id, error: ImportError) -> Result<(), ImportError> {
        match self.patience.judge(id, &error, self.runner.clock.now()) {
            Verdict::Again => {}
            // For longer nobody would keep the job for this worker.
            Verdict::Unreachable(time) if time < LEASE => {}
            Verdict::Unreachable(_) | Verdict::Fail => return Err(error),
        }
        tracing::warn!(%error, import = %id, "the import waits");
        Ok(())
    }

    /// Shows the progress of this job, after the end of the one that was shown before.
    fn show(&mut self, id: Id) -> Result<(), ImportError> {
        if self.shown == id {
            return Ok(());
        }
        let before = job(&self.runner.store, self.shown)?;
        let of_before = before.filter(|_| self.shown != self.id);
        if let Some(before) = &of_before {
            self.progress.seen(before);
        }
        self.progress.finish();
        if let Some(problem) = of_before.and_then(|before| before.problem) {
            eprintln!("the import {} failed: {}", self.shown, problem.detail);
        }
        if id == self.id {
            eprintln!("now the import {id}");
        } else {
            eprintln!("first the import {id}, an older one of this source that has not ended");
        }
        self.progress = Progress::begin();
        self.shown = id;
        Ok(())
    }

    /// Removes what only the work needed.
    fn sweep(&self) {
        while !self.interrupt.is_asked() {
            match self.runner.sweep() {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    // Whoever ends the next job does it.
                    return tracing::warn!(%error, "what an import needed could not be swept away");
                }
            }
        }
    }

    /// Lets anybody go on at once.
    fn release(&self) {
        let worker = self.runner.worker;
        let outcome =
            self.runner.store.write(|conn| -> Result<_, StoreError> { jobs::release(conn, worker) });
        if let Err(error) = outcome {
            // Not needed: leases run out by themselves.
            tracing::warn!(%error, "the import could not be released");
        }
    }
}

fn job(store: &Store, id: Id) -> Result<Option<Import>, ImportError> {
    Ok(store.read(|conn| jobs::by_id(conn, id))?.map(|(import, _)| import))
}

#[cfg(test)]
mod tests;
