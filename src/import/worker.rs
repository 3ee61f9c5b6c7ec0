//! The server's own thread for imports.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    commit::Written,
    model::ImportError,
    patience::{Patience, Verdict},
    run::{Run, Runner, Step},
    store as rows,
};
use crate::{
    id::Id,
    store::{Connection, StoreError},
};

/// How often the queue is looked at without a nudge: for jobs that other nodes left.
const POLL: Duration = Duration::from_secs(5);
/// How long a failing job is left alone before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells the worker that there is something to do. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Nudge(SyncSender<()>);

impl Nudge {
    /// Wakes the worker; a worker that is busy will look again by itself.
    pub fn send(&self) {
        let _ = self.0.try_send(());
    }
}

/// What a worker tells.
#[derive(Debug)]
pub enum Event {
    /// A job was taken.
    Began,
    /// A chunk was committed.
    Advanced(Written),
    /// The next that is committed may be the end of the job: what was told before is to be done by then.
    Ending,
    /// The job has ended.
    Ended,
}

/// A thread that works on the jobs of the queue, one after the other.
#[derive(Debug)]
pub struct Worker {
    nudge: Nudge,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread. `on_event` is told what it does.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn spawn(runner: Runner, on_event: impl Fn(Event) + Send + 'static) -> io::Result<Self> {
        let (sender, wake) = sync_channel(1);
        let stopping = Arc::new(AtomicBool::new(false));
        let mut work =
            Work { runner, on_event, wake, stopping: stopping.clone(), patience: Patience::default() };
        let (is_ready, ready) = sync_channel::<()>(1);
        let run = move || {
            work.runner.pace.settle();
            work.tidy("taken over", |conn, _| rows::take_all_over(conn));
            drop(is_ready);
            work.until_stopped();
        };
        let thread = thread::Builder::new().name("import".to_owned()).spawn(run)?;
        // Only then can anybody have a lease of this server's time. It ends by the sender being dropped.
        let _ = ready.recv();
        Ok(Self { nudge: Nudge(sender), stopping, thread: Some(thread) })
    }

    /// What wakes this worker.
    #[must_use]
    pub fn nudge(&self) -> Nudge {
        self.nudge.clone()
    }

    /// Stops after the chunk under way and waits for it. The job goes on when a worker takes it again.
    pub fn stop(mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the import worker panicked");
        }
    }

    fn ask_to_stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.nudge.send();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.ask_to_stop();
    }
}

struct Work<F> {
    runner: Runner,
    on_event: F,
    wake: Receiver<()>,
    stopping: Arc<AtomicBool>,
    patience: Patience,
}

impl<F: Fn(Event)> Work<F> {
    fn until_stopped(&mut self) {
        while !self.is_stopping() {
            let pause = match self.drain() {
                Ok(()) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "imports wait");
                    PAUSE
                }
            };
            if self.is_stopping() || self.wake.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                break;
            }
        }
        self.tidy("released", rows::release);
    }

    fn tidy(&self, what: &str, f: impl FnOnce(&mut Connection, Id) -> Result<(), StoreError>) {
        let outcome: Result<(), StoreError> = self.runner.store.write(|conn| f(conn, self.runner.worker));
        if let Err(error) = outcome {
            // Not needed: leases run out by themselves.
            tracing::warn!(%error, "leases of imports could not be {what}");
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Works until the queue is empty and nothing is left of what was in it.
    fn drain(&mut self) -> Result<(), ImportError> {
        while !self.is_stopping() {
            if let Some(mut run) = self.runner.claim_next()? {
                (self.on_event)(Event::Began);
                // A job that makes the worker panic must not take it along.
                let worked = panic::catch_unwind(AssertUnwindSafe(|| self.work_on(&mut run)));
                let panicked = |_| Err(ImportError::Thread(io::Error::other("the worker panicked")));
                if let Err(error) = worked.unwrap_or_else(panicked) {
                    self.failed(&mut run, error)?;
                }
                self.sweep_some();
            } else if !self.runner.sweep()? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn work_on(&mut self, run: &mut Run) -> Result<(), ImportError> {
        while !self.is_stopping() {
            // What comes next may be seen to end the job.
            if run.has_read_all() {
                (self.on_event)(Event::Ending);
            }
            match self.runner.step(run)? {
                Step::Advanced(written) => {
                    self.patience.advanced();
                    (self.on_event)(Event::Advanced(written));
                }
                Step::Again => {}
                Step::Ended => {
                    let import = &run.import;
                    tracing::info!(import = %import.id, status = import.status.code(), read = import.counts.read, "an import ended");
                    (self.on_event)(Event::Ended);
                    break;
                }
                Step::Lost => break,
            }
        }
        Ok(())
    }

    /// Removes some of what is left of jobs that have ended: under constant load the queue is never empty. Where that
    /// fails no job has failed, and none waits for it.
    fn sweep_some(&self) {
        if let Err(error) = self.runner.sweep() {
            tracing::warn!(%error, "what ended imports left behind could not be removed");
        }
    }

    /// A job that fails again and again must not hold up the others.
    fn failed(&mut self, run: &mut Run, error: ImportError) -> Result<(), ImportError> {
        match self.patience.judge(run.import.id, &error, self.runner.clock.now()) {
            Verdict::Again | Verdict::Unreachable(_) => Err(error),
            Verdict::Fail => {
                (self.on_event)(Event::Ending);
                self.runner.fail(run, &error)?;
                (self.on_event)(Event::Ended);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::{
        catalog::{model::Catalog, vocabulary::Vocabulary},
        clock::Clock,
        directory,
        import::{
            model::NewImport,
            upload::{Coding, ImportLimit, Upload},
        },
        questions::Questions,
        store::Store,
        vocabulary::{ImportFormat, ImportMode, ImportStatus, OnError},
    };

    /// What jobs leave behind is nobody's failure.
    #[test]
    fn a_failing_sweep_holds_up_no_job() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("t.db").display())).unwrap();
        let catalog = Arc::new(Catalog::embedded().unwrap());
        store.write(|conn| directory::store::sync_catalog(conn, &catalog)).unwrap();
        let vocabulary = Arc::new(Vocabulary::new(&catalog));
        let questions = Questions::built_in(&catalog);
        let runner = Runner::new(store.clone(), catalog, vocabulary, questions, Clock::System);
        let upload = |source: &str| {
            let new = NewImport {
                source: source.to_owned(),
                format: ImportFormat::Ndjson,
                mode: ImportMode::Upsert,
                on_error: OnError::Skip,
                max_archive_percent: 20,
                dry_run: false,
                created_by: "tester".to_owned(),
            };
            let limit = ImportLimit(1 << 20);
            let mut upload =
                Upload::begin(store.clone(), runner.clock.clone(), &new, Coding::Identity, limit).unwrap();
            let row = r#"{"external_id": "1", "name": {"given": "A", "family": "B"}, "profession": "other"}"#;
            upload.write(row.as_bytes()).unwrap();
            upload.finish(|_| None, None).unwrap().id
        };
        let jobs = [upload("first"), upload("second")];
        // Which external ids a job has met is removed when it has ended.
        let forbid =
            "CREATE TRIGGER kept BEFORE DELETE ON import_seen BEGIN SELECT RAISE(ABORT, 'kept'); END";
        store.write(|conn| conn.execute_batch(forbid)).unwrap();
        let (told, (_nudge, wake)) = (Rc::new(RefCell::new(Vec::new())), sync_channel(1));
        let telling = told.clone();
        let on_event = move |event: Event| telling.borrow_mut().push(matches!(event, Event::Ended));
        let (stopping, patience) = (Arc::default(), Patience::default());
        let mut work = Work { runner, on_event, wake, stopping, patience };
        assert!(work.drain().is_err(), "with nothing else to do the failure is told");
        for job in jobs {
            let (job, _) = store.read(|conn| rows::by_id(conn, job)).unwrap().unwrap();
            assert_eq!((job.status, job.counts.created), (ImportStatus::Succeeded, 1));
        }
        assert_eq!(told.borrow().iter().filter(|ended| **ended).count(), 2);
    }
}
