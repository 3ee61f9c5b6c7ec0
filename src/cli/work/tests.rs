use std::sync::Arc;

use chrono::{Duration, TimeZone, Utc};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    clock::Clock,
    directory::store as profiles,
    import::{
        model::NewImport,
        upload::{Coding, ImportLimit, Upload},
    },
    questions::Questions,
    vocabulary::{ImportFormat, ImportMode, ImportStatus, OnError},
};

/// A database and the command line's worker.
struct Desk {
    runner: Runner,
    _folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("tailor.db").display())).unwrap();
        let catalog = Arc::new(Catalog::embedded().unwrap());
        store.write(|conn| profiles::sync_catalog(conn, &catalog)).unwrap();
        let vocabulary = Arc::new(Vocabulary::new(&catalog));
        let clock = Clock::fixed(Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap());
        let questions = Questions::built_in(&catalog);
        Self { runner: Runner::new(store, catalog, vocabulary, questions, clock), _folder: folder }
    }

    fn pass(&self, time: Duration) {
        let Clock::Fixed(micros) = &self.runner.clock else { unreachable!("the clock stands") };
        micros.fetch_add(time.num_microseconds().unwrap(), std::sync::atomic::Ordering::Relaxed);
    }

    /// A server's worker.
    fn server(&self) -> Runner {
        Runner { worker: Id::new(self.runner.clock.now()), ..self.runner.clone() }
    }

    /// Queues 2000 profiles whose family name is `family`, for `worker` where one is named, and a second passes.
    fn upload(&self, source: &str, family: &str, worker: Option<Id>) -> Id {
        let row = |at| json!({"external_id": format!("A-{at}"), "name": {"given": "A", "family": family}, "profession": "other"});
        let body: String = (0..2000).map(|at| format!("{}\n", row(at))).collect();
        let new = NewImport {
            source: source.to_owned(),
            format: ImportFormat::Ndjson,
            mode: ImportMode::Upsert,
            on_error: OnError::Skip,
            max_archive_percent: 20,
            dry_run: false,
            created_by: "test".to_owned(),
        };
        let Runner { store, clock, .. } = self.runner.clone();
        let mut upload = Upload::begin(store, clock, &new, Coding::Identity, ImportLimit(1 << 30)).unwrap();
        upload.write(body.as_bytes()).unwrap();
        let job = upload.finish(|_| None, worker.map(|worker| (worker, LEASE))).unwrap();
        self.pass(Duration::seconds(1));
        job.id
    }

    fn work(&self, id: Id, pause: impl FnMut()) -> Result<Import, Failure> {
        Work::new(self.runner.clone(), id, Interrupt::default(), Progress::begin(), pause).end()
    }

    fn job(&self, id: Id) -> Import {
        job(&self.runner.store, id).unwrap().unwrap()
    }

    /// The family names of the source, each once.
    fn families(&self, source: &str) -> Vec<String> {
        let mut families = Vec::new();
        let all = |conn: &mut crate::store::Connection| -> Result<(), StoreError> {
            profiles::all(conn, |batch| {
                let of_source = batch.into_iter().filter(|one| one.source.as_deref() == Some(source));
                families.extend(of_source.map(|one| one.name.family));
                Ok(())
            })
        };
        self.runner.store.read(all).unwrap();
        families.sort();
        families.dedup();
        families
    }

    fn sql(&self, sql: &str) {
        self.runner.store.write(|conn| conn.execute_batch(sql)).unwrap();
    }
}

fn never() {
    panic!("there is nothing to wait for");
}

/// What a stopped command line left is done first, and the later file has the last word. Other sources are left alone.
#[test]
fn an_older_file_of_the_source_is_done_first() {
    let desk = Desk::new();
    let monday = desk.upload("acme", "Monday", None);
    let other = desk.upload("other", "Other", None);
    let stopped = desk.server();
    assert!(matches!(stopped.step(&mut stopped.claim(monday).unwrap()), Ok(Step::Advanced(_))));
    desk.runner.store.write(|conn| jobs::release(conn, stopped.worker)).unwrap();
    let tuesday = desk.upload("acme", "Tuesday", Some(desk.runner.worker));
    assert!(matches!(desk.runner.claim(tuesday), Err(ImportError::Elsewhere)));
    let ended = desk.work(tuesday, never).unwrap();
    assert_eq!((ended.id, ended.status, ended.counts.updated), (tuesday, ImportStatus::Succeeded, 2000));
    assert_eq!((desk.job(monday).status, desk.job(monday).counts.created), (ImportStatus::Succeeded, 2000));
    assert_eq!(desk.families("acme"), ["Tuesday"]);
    assert_eq!(desk.job(other).status, ImportStatus::Queued);
}

/// An older file that a server works on is waited for, however long it takes.
#[test]
fn an_older_file_that_a_server_has_is_waited_for() {
    let desk = Desk::new();
    let monday = desk.upload("acme", "Monday", None);
    let server = desk.server();
    let mut run = server.claim(monday).unwrap();
    let tuesday = desk.upload("acme", "Tuesday", Some(desk.runner.worker));
    let mut waited = 0;
    let ended = desk.work(tuesday, || {
        waited += 1;
        assert_eq!(desk.job(tuesday).status, ImportStatus::Queued);
        // Longer than the command line's own lease, at the end.
        desk.pass(LEASE / 2);
        assert!(matches!(server.step(&mut run), Ok(Step::Advanced(_) | Step::Ended)));
    });
    assert!(waited > 2, "{waited}");
    assert_eq!(ended.unwrap().counts.updated, 2000);
    assert_eq!(desk.families("acme"), ["Tuesday"]);
}

/// An older file whose worker died is taken over when its lease has run out.
#[test]
fn an_older_file_of_a_dead_worker_is_taken_over() {
    let desk = Desk::new();
    let monday = desk.upload("acme", "Monday", None);
    let server = desk.server();
    let mut run = server.claim(monday).unwrap();
    assert!(matches!(server.step(&mut run), Ok(Step::Advanced(_))));
    let tuesday = desk.upload("acme", "Tuesday", Some(desk.runner.worker));
    let ended = desk.work(tuesday, || desk.pass(LEASE)).unwrap();
    assert_eq!((ended.id, desk.job(monday).counts.created), (tuesday, 2000));
    assert_eq!(desk.families("acme"), ["Tuesday"]);
}

/// An older file that fails says so and does not keep the later one.
#[test]
fn an_older_file_that_fails_does_not_matter() {
    let desk = Desk::new();
    let monday = desk.upload("acme", "Monday", None);
    crate::import::spool::Spool::of(&desk.runner.store).remove(monday);
    let tuesday = desk.upload("acme", "Tuesday", Some(desk.runner.worker));
    assert_eq!(desk.work(tuesday, never).unwrap().counts.created, 2000);
    assert_eq!(desk.job(monday).status, ImportStatus::Failed);
}

/// A server that starts on the file takes the job over, and may have ended it before the command line asks.
#[test]
fn a_job_that_somebody_else_has_ended_is_reported() {
    let desk = Desk::new();
    let id = desk.upload("acme", "Monday", Some(desk.runner.worker));
    desk.runner.store.write(jobs::take_all_over).unwrap();
    desk.server().run_job(id, |_| ()).unwrap();
    let ended = desk.work(id, never).unwrap();
    assert_eq!((ended.status, ended.counts.created), (ImportStatus::Succeeded, 2000));
}

/// A failure of the database that passes leaves no trace.
#[test]
fn a_failure_that_passes_is_survived() {
    let desk = Desk::new();
    let id = desk.upload("acme", "Monday", Some(desk.runner.worker));
    desk.sql("ALTER TABLE import_seen RENAME COLUMN line TO gone");
    let mut paused = 0;
    let ended = desk.work(id, || {
        paused += 1;
        if paused == 2 {
            desk.sql("ALTER TABLE import_seen RENAME COLUMN gone TO line");
        }
    });
    assert_eq!((ended.unwrap().counts.created, paused), (2000, 2));
}

/// One that stays fails the job, at the third try.
#[test]
fn a_failure_that_stays_fails_the_job() {
    let desk = Desk::new();
    let id = desk.upload("acme", "Monday", Some(desk.runner.worker));
    desk.sql("ALTER TABLE import_seen RENAME COLUMN line TO gone");
    let mut paused = 0;
    let ended = desk.work(id, || paused += 1).unwrap();
    assert_eq!((ended.status, paused), (ImportStatus::Failed, 2));
    assert_eq!(ended.problem.unwrap().code, "internal");
}
