//! Imports at the level of the store and the worker, a step at a time: what is written, what is reported, and that a
//! crash or a second worker changes neither.

mod answers;
mod events;
mod live;
mod modes;
mod refused;
mod resilience;
mod rows;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{TimeZone, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};
use tailor::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    clock::Clock,
    directory::{model::Therapist, store as profiles},
    each_backend,
    id::Id,
    import::{
        model::{Counts, Import, NewImport, RowFault},
        run::{Run, Runner, Step},
        spool::Spool,
        store as kept,
        upload::{Coding, ImportLimit, Upload},
    },
    questions::Questions,
    store::{Connection, Store, StoreError, schema::directory_changes},
    vocabulary::{ImportFormat, ImportMode, OnError},
};

use crate::support::database::Database;

/// A directory to import into.
struct Directory {
    runner: Runner,
    micros: Arc<AtomicI64>,
    _database: Database,
}

impl From<Database> for Directory {
    fn from(database: Database) -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
        let Clock::Fixed(micros) = Clock::fixed(now) else { unreachable!("the clock stands") };
        let store = Store::open(&database.url).expect("the store opens");
        let catalog = Arc::new(Catalog::embedded().expect("the catalog is sound"));
        store.write(|conn| profiles::sync_catalog(conn, &catalog)).expect("the catalog is in the database");
        let vocabulary = Arc::new(Vocabulary::new(&catalog));
        let questions = Questions::built_in(&catalog);
        let runner = Runner::new(store, catalog, vocabulary, questions, Clock::Fixed(micros.clone()));
        Self { runner, micros, _database: database }
    }
}

/// An upsert that skips what is faulty.
fn plain() -> NewImport {
    NewImport {
        source: "acme".to_owned(),
        format: ImportFormat::Ndjson,
        mode: ImportMode::Upsert,
        on_error: OnError::Skip,
        max_archive_percent: 20,
        dry_run: false,
        created_by: "test".to_owned(),
    }
}

/// A row whose id and bio follow from its number.
fn row(number: usize) -> Value {
    json!({
        "external_id": format!("A-{number}"), "status": "published", "profession": "psychologist",
        "name": {"given": "Maya", "family": format!("Okafor {number}")},
        "modalities": ["Cognitive Behavioral (CBT)", {"code": "emdr", "role": "foundation", "evidence_level": "certified"}],
        "problem_areas": [{"code": "ptsd", "focus": "primary"}], "languages": ["en"], "session_formats": ["video"],
        "licenses": [{"jurisdiction": "US-CA", "type": "PSY", "number": number.to_string(), "status": "active"}],
        "confirmations": [{"field_group": "licenses", "method": "phone", "confirmed_at": "2026-11-01T10:00:00Z"}],
    })
}

fn ndjson(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

impl Directory {
    /// The beginning of an upload.
    fn begin(&self, dry_run: bool, limit: u64) -> Upload {
        self.begin_as(&NewImport { dry_run, ..plain() }, limit)
    }

    fn begin_as(&self, new: &NewImport, limit: u64) -> Upload {
        let Runner { store, clock, .. } = self.runner.clone();
        Upload::begin(store, clock, new, Coding::Identity, ImportLimit(limit)).expect("begun")
    }

    /// Queues a body.
    fn upload(&self, body: &str, dry_run: bool) -> Id {
        self.upload_as(body, &NewImport { dry_run, ..plain() })
    }

    fn upload_as(&self, body: &str, new: &NewImport) -> Id {
        let mut upload = self.begin_as(new, 1 << 30);
        upload.write(body.as_bytes()).expect("written");
        upload.finish(|_| None, None).expect("finished").id
    }

    fn import(&self, body: &str) -> Import {
        self.import_as(body, &plain())
    }

    fn import_as(&self, body: &str, new: &NewImport) -> Import {
        let id = self.upload_as(body, new);
        self.runner.run_job(id, |_| ()).expect("the job ends")
    }

    /// Whether anything of the job's body is kept.
    fn has_body(&self, id: Id) -> bool {
        Spool::of(&self.runner.store).has(id).expect("read")
    }

    /// Another worker, as on another node.
    fn other_runner(&self) -> Runner {
        Runner { worker: Id::new(self.runner.clock.now()), ..self.runner.clone() }
    }

    fn pass(&self, time: chrono::Duration) {
        let micros = time.num_microseconds().expect("a short time");
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn read<T>(&self, f: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> T {
        self.runner.store.read(f).expect("read")
    }

    fn write<T>(&self, f: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> T {
        self.runner.store.write(f).expect("written")
    }

    fn job(&self, id: Id) -> Import {
        self.read(|conn| kept::by_id(conn, id)).expect("there is such a job").0
    }

    fn faults(&self, id: Id) -> Vec<RowFault> {
        self.read(|conn| kept::fault_page(conn, id, (0, -1), 10_000))
            .into_iter()
            .map(|(_, fault)| fault)
            .collect()
    }

    /// All profiles without what differs from run to run, in the order of their external ids.
    fn profiles(&self) -> Vec<Value> {
        let mut all: Vec<Therapist> = Vec::new();
        self.read(|conn| {
            profiles::all(conn, |batch| {
                all.extend(batch);
                Ok(())
            })
        });
        all.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        let plain = |therapist: Therapist| {
            let mut value = serde_json::to_value(therapist).expect("a profile is JSON");
            for field in ["id", "created_at", "updated_at", "provenance"] {
                value.as_object_mut().expect("an object").remove(field);
            }
            value
        };
        all.into_iter().map(plain).collect()
    }

    /// How many changes were recorded. The feed itself waits for the transactions of all tests that share the server.
    fn changes(&self) -> i64 {
        self.read(|conn| Ok(each_backend!(conn, c => directory_changes::table.count().get_result(c))?))
    }
}

fn counts(import: &Import) -> [i64; 5] {
    let Counts { read, created, updated, unchanged, rejected, .. } = import.counts;
    [read, created, updated, unchanged, rejected]
}

/// A body of several chunks with every kind of row.
fn mixed() -> String {
    let mut body = ndjson((0..1200).map(row));
    body.insert_str(0, "\u{feff}\r\n");
    body.push_str("   \nno json\n");
    body.push_str(&ndjson([row(3), row(1199)]));
    body.push_str(&json!({"external_id": "B", "modalities": ["Enrgy Wrk"]}).to_string());
    body.push_str("\r\n");
    body.push_str(row(2000).to_string().as_str());
    body
}

fn to_the_end(runner: &Runner, run: &mut Run) -> Vec<Id> {
    let mut written = Vec::new();
    loop {
        match runner.step(run).expect("a step") {
            Step::Advanced(now) => written.extend(now.profiles.iter().map(|profile| profile.id)),
            Step::Again => {}
            Step::Ended => return written,
            Step::Lost => panic!("the job was lost"),
        }
    }
}
