//! The program's own way into the database.

use std::{
    sync::{Arc, mpsc::channel},
    time::{Duration, Instant},
};

use tailor::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    clock::Clock,
    directory::{model::Therapist, store as profiles},
    exchange,
    id::Id,
    import::{
        model::NewImport,
        run::Runner,
        store as jobs,
        upload::{Coding, ImportLimit, Upload},
        worker::{Event, Worker},
    },
    live::{Feeder, Live},
    matching::policy::Policy,
    pace::Pace,
    questions::Questions,
    store::{Store, StoreError},
    synthetic::{self, codes::Codes},
    vocabulary::{ImportFormat, ImportMode, ImportStatus, OnError},
};

/// Profiles that are handed to the store at once: as many as an import's chunk has.
const AT_ONCE: usize = 500;
/// Bytes that a server gets of a body at once.
const PIECE: usize = 64 * 1024;

/// A file to import.
pub struct File {
    rows: usize,
    body: Vec<u8>,
}

impl File {
    /// A file of so many synthetic profiles, one a line.
    pub fn of(rows: usize) -> Self {
        let codes = Codes::from(&Catalog::embedded().expect("the catalog"));
        let count = u64::try_from(rows).expect("a count");
        let mut body = Vec::new();
        for therapist in synthetic::directory(1, count, Clock::System.today(), &codes) {
            serde_json::to_writer(&mut body, &exchange::row::row(&therapist)).expect("a row");
            body.push(b'\n');
        }
        Self { rows, body }
    }

    pub fn megabytes(&self) -> f64 {
        f64::from(u32::try_from(self.body.len()).unwrap_or(u32::MAX)) / 1e6
    }
}

/// The migrated database with the codes that profiles refer to.
pub fn open(url: &str) -> (Store, Arc<Catalog>) {
    let catalog = Arc::new(Catalog::embedded().expect("the catalog"));
    let store = Store::open(url).expect("the database opens");
    let synced: Result<(), StoreError> = store.write(|conn| profiles::sync_catalog(conn, &catalog));
    synced.expect("the codes are written");
    (store, catalog)
}

/// Imports the file twice, as the server does it: how long each took, and the profiles that are there then.
pub fn imported(url: &str, file: &File) -> (Duration, Duration, Vec<Therapist>) {
    let (store, catalog) = open(url);
    let policy = Arc::new(Policy::embedded().expect("the policy"));
    let live = Live::new(store.clone(), catalog.clone(), policy);
    live.load().expect("the index is loaded");
    let vocabulary = Arc::new(Vocabulary::new(&catalog));
    let questions = Questions::built_in(&catalog);
    let runner = Runner::new(store.clone(), catalog, vocabulary, questions, Clock::System);
    let feeder = Feeder::spawn(live.clone(), Pace::Full).expect("a thread");
    let (ended, wait) = channel();
    let worker = Worker::spawn(runner, move |event| match event {
        Event::Advanced(written) => feeder.feed(written.profiles, written.others),
        Event::Ending => feeder.wait(),
        Event::Ended => ended.send(()).expect("somebody waits"),
        Event::Began => {}
    });
    let worker = worker.expect("a thread");
    let import = || {
        let began = Instant::now();
        let id = upload(&store, &file.body);
        worker.nudge().send();
        wait.recv().expect("the job ends");
        let took = began.elapsed();
        let job: Result<_, StoreError> = store.read(|conn| jobs::by_id(conn, id));
        let (job, _) = job.expect("the job is read").expect("there is a job");
        assert_eq!(job.status, ImportStatus::Succeeded, "{:?}", job.problem);
        (took, job.counts)
    };
    let rows = i64::try_from(file.rows).expect("a count");
    let (first, counts) = import();
    assert_eq!((counts.read, counts.created), (rows, rows));
    let (again, counts) = import();
    assert_eq!((counts.read, counts.unchanged), (rows, rows));
    assert_eq!(live.snapshot().revision, rows, "the live index has them");
    worker.stop();

    let mut stored = Vec::with_capacity(file.rows);
    let read: Result<(), StoreError> = store.read(|conn| {
        profiles::all(conn, |batch| {
            stored.extend(batch);
            Ok(())
        })
    });
    read.expect("the profiles are read");
    (first, again, stored)
}

fn upload(store: &Store, body: &[u8]) -> Id {
    let new = NewImport {
        source: "synthetic".to_owned(),
        format: ImportFormat::Ndjson,
        mode: ImportMode::Upsert,
        on_error: OnError::Skip,
        max_archive_percent: 20,
        dry_run: false,
        created_by: "bench".to_owned(),
    };
    let limit = ImportLimit(u64::MAX);
    let mut upload =
        Upload::begin(store.clone(), Clock::System, &new, Coding::Identity, limit).expect("an upload");
    for piece in body.chunks(PIECE) {
        upload.write(piece).expect("the body is stored");
    }
    upload.finish(|_| None, None).expect("a job").id
}

/// Writes the profiles through the store alone, in one transaction.
pub fn stored(url: &str, therapists: &[Therapist]) -> Duration {
    let (store, _) = open(url);
    let began = Instant::now();
    let written: Result<(), StoreError> =
        store.write(|conn| therapists.chunks(AT_ONCE).try_for_each(|batch| profiles::insert(conn, batch)));
    written.expect("the profiles are written");
    began.elapsed()
}
