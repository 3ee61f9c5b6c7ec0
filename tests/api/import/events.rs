//! Following an import over a connection, as `EventSource` does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tailor::{
    auth::scope::Scope,
    id::Id,
    import::{
        model::NewImport,
        run::{LEASE, Runner, Step},
        upload::{Coding, ImportLimit, Upload},
        worker::{self, Worker},
    },
    vocabulary::{ImportFormat, ImportMode, OnError},
};

use super::{Directory, ndjson, row};
use crate::{
    on_both_databases,
    support::{
        app::{Answer, App},
        events::{Event, Events},
    },
};

/// Begins to follow a job.
fn open(app: &App, id: &str, last_event_id: &str) -> Events {
    let importer = app.with_scopes(&[Scope::ImportsWrite]);
    Events::open(&importer, &format!("/v1/imports/{id}/events"), last_event_id)
}

/// The ids of a job's events are numbers that rise.
fn number(event: &Event) -> u64 {
    event.id.parse().expect("a number")
}

/// A job of the server's database that a worker of the test has: the server's own leaves it alone.
fn reserved(app: &App, rows: usize) -> (Runner, Id, String) {
    let runner = app.assembly.runner();
    let new = NewImport {
        source: "acme".to_owned(),
        format: ImportFormat::Ndjson,
        mode: ImportMode::Upsert,
        on_error: OnError::Skip,
        max_archive_percent: 20,
        dry_run: false,
        created_by: "test".to_owned(),
    };
    let Runner { store, clock, .. } = runner.clone();
    let mut upload =
        Upload::begin(store, clock, &new, Coding::Identity, ImportLimit(1 << 30)).expect("begun");
    upload.write(ndjson((0..rows).map(row)).as_bytes()).expect("written");
    let job = upload.finish(|_| None, Some((runner.worker, LEASE))).expect("finished");
    (runner, job.id, job.id.to_string())
}

fn get(app: &App, path: &str, last_event_id: &str) -> Answer {
    app.with_scopes(&[Scope::ImportsWrite]).with("Last-Event-ID", last_event_id).get(path)
}

on_both_databases! {
    /// Every state is told once, as it is read, before the job goes on; here by a worker that this node does not know.
    fn every_state_is_told_as_it_comes(app: App) {
        let (runner, id, name) = reserved(&app, 700);
        let path = format!("/v1/imports/{name}");
        let mut stream = open(&app, &name, "");
        let header = |name: &str| stream.headers.get(name).expect(name).to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-accel-buffering"), "no");
        assert_eq!(header("content-encoding"), "identity");
        let present = || app.with_scopes(&[Scope::Admin]).get(&path).expect(200).json();
        let queued = stream.next().expect("the present state");
        assert_eq!((queued.name.as_str(), &queued.data), ("progress", &present()));
        assert_eq!(queued.data["status"], "queued");
        // Whoever has seen the present state hears of the next one.
        let mut resumed = open(&app, &name, &queued.id);
        let mut run = runner.claim(id).expect("claimed");
        let mut last = number(&queued);
        loop {
            let event = stream.next().expect("a change");
            assert!(number(&event) > last, "{} after {last}", event.id);
            assert_eq!((event.name.as_str(), &event.data), ("progress", &present()));
            assert_eq!(event.data["status"], "running");
            if last == number(&queued) {
                assert_eq!(resumed.next().expect("a change").id, event.id);
            }
            last = number(&event);
            if matches!(runner.step(&mut run).expect("a step"), Step::Ended) {
                break;
            }
        }
        for stream in [&mut stream, &mut resumed] {
            let mut event = stream.next().expect("the end");
            while event.name == "progress" {
                event = stream.next().expect("the end");
            }
            assert_eq!((event.name.as_str(), &event.data), ("ended", &present()));
            assert_eq!((&event.data["status"], &event.data["counts"]["created"]), (&"succeeded".into(), &700.into()));
            assert!(number(&event) > last);
            assert!(stream.next().is_none(), "the stream ends");
        }
    }

    /// `EventSource` connects again whenever a stream ends, and stops at 204.
    fn an_ended_job_is_told_once(app: App) {
        let (runner, id, name) = reserved(&app, 3);
        let queued = open(&app, &name, "").next().expect("the present state").id;
        runner.run_job(id, |_| ()).expect("ended");
        let path = format!("/v1/imports/{name}/events");
        let mut last = String::new();
        // What is not an id of this job, or not of its end, counts as nothing.
        for seen in ["", "none", "-1", "99999999999999999999999", &queued] {
            let mut stream = open(&app, &name, seen);
            let event = stream.next().expect("the end");
            assert_eq!((event.name.as_str(), &event.data["status"]), ("ended", &"succeeded".into()));
            assert!(stream.next().is_none());
            last = event.id;
        }
        let answer = get(&app, &path, &last).expect(204);
        assert!(answer.body.is_empty());
        let nothing = "/v1/imports/01936f5e-8a00-7000-8000-000000000001/events";
        assert_eq!(get(&app, nothing, &last).problem(404), "not_found");
        let json = app.with_scopes(&[Scope::ImportsWrite]).with("Accept", "application/json").get(&path);
        assert_eq!(json.problem(406), "not_acceptable");
    }

    /// A job that this node works on, and one that somebody cancels.
    fn the_end_is_told_however_it_comes(app: App) {
        let importer = app.with_scopes(&[Scope::ImportsWrite]);
        let rows = ndjson((0..1200).map(row));
        let job = importer.send("POST", "/v1/imports?source=own", "application/x-ndjson", rows.as_bytes()).expect(202).json();
        let mut stream = open(&app, job["id"].as_str().expect("an id"), "");
        let mut told = Vec::new();
        while let Some(event) = stream.next() {
            told.push(event);
        }
        let (end, before) = told.split_last().expect("events");
        assert_eq!((end.name.as_str(), &end.data["counts"]["created"]), ("ended", &1200.into()));
        assert!(before.iter().all(|event| event.name == "progress"));
        assert!(told.is_sorted_by(|one, next| number(one) < number(next)));
        let (_, _, name) = reserved(&app, 3);
        let mut stream = open(&app, &name, "");
        stream.next().expect("the present state");
        importer.delete(&format!("/v1/imports/{name}")).expect(200);
        let end = stream.next().expect("the end");
        assert_eq!((end.name.as_str(), &end.data["status"]), ("ended", &"cancelled".into()));
        assert!(stream.next().is_none());
    }
    /// The worker says that a job came forward also where nothing is written: whoever follows wants to know.
    fn the_worker_tells_of_every_step(directory: Directory) {
        let id = directory.upload(&ndjson((0..700).map(row)), true);
        let told = Arc::new(AtomicUsize::new(0));
        let count = told.clone();
        let worker = Worker::spawn(directory.runner.clone(), move |event| {
            match event {
                worker::Event::Advanced(written) => assert!(written.profiles.is_empty()),
                worker::Event::Ending => return,
                worker::Event::Began | worker::Event::Ended => {}
            }
            count.fetch_add(1, Ordering::SeqCst);
        });
        let worker = worker.expect("a thread");
        worker.nudge().send();
        while directory.job(id).finished_at.is_none() {
            std::thread::yield_now();
        }
        worker.stop();
        let told = told.load(Ordering::SeqCst);
        assert!(told >= 3, "the beginning, every chunk and the end, but {told}");
    }
}
