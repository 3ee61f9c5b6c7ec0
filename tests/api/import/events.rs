//! Following an import over a connection, as `EventSource` does.

use std::{
    io::{BufRead, BufReader},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
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
use ureq::http::HeaderMap;

use super::{Directory, ndjson, row};
use crate::{
    on_both_databases,
    support::app::{Answer, App},
};

/// A stream that is being read.
struct Stream {
    headers: HeaderMap,
    lines: BufReader<ureq::BodyReader<'static>>,
}

/// What a client sees of an event.
#[derive(Debug)]
struct Event {
    id: u64,
    name: String,
    data: Value,
}

impl Stream {
    fn open(app: &App, id: &str, last_event_id: &str) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
        let mut request = agent
            .get(format!("http://{}/v1/imports/{id}/events", app.address))
            .header("Authorization", format!("Bearer {}", app.token(&[Scope::ImportsWrite])))
            // Most clients would take it compressed: then an event would wait for its block to fill.
            .header("Accept-Encoding", "gzip, br, zstd");
        if !last_event_id.is_empty() {
            request = request.header("Last-Event-ID", last_event_id);
        }
        let response = request.call().expect("a stream");
        let headers = response.headers().clone();
        Self { headers, lines: BufReader::new(response.into_body().into_reader()) }
    }

    /// The next event; `None` at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        let (mut id, mut name, mut silence) = (None, None, 0);
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).expect("an unbroken stream") == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(':') {
                Some(("id", value)) => id = Some(value.trim().parse().expect("a number")),
                Some(("event", value)) => name = Some(value.trim().to_owned()),
                Some(("data", data)) => {
                    let data = serde_json::from_str(data).expect("JSON on one line");
                    return Some(Event { id: id.expect("an id"), name: name.expect("a type"), data });
                }
                Some(("retry", value)) => assert_eq!(value, " 2000"),
                Some(("", "")) => silence += 1,
                _ => assert_eq!(line, "\n"),
            }
            assert!(silence < 4, "nothing is told for a minute");
        }
    }
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
        let mut stream = Stream::open(&app, &name, "");
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
        let mut resumed = Stream::open(&app, &name, &queued.id.to_string());
        let mut run = runner.claim(id).expect("claimed");
        let mut last = queued.id;
        loop {
            let event = stream.next().expect("a change");
            assert!(event.id > last, "{} after {last}", event.id);
            assert_eq!((event.name.as_str(), &event.data), ("progress", &present()));
            assert_eq!(event.data["status"], "running");
            if last == queued.id {
                assert_eq!(resumed.next().expect("a change").id, event.id);
            }
            last = event.id;
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
            assert!(event.id > last);
            assert!(stream.next().is_none(), "the stream ends");
        }
    }

    /// `EventSource` connects again whenever a stream ends, and stops at 204.
    fn an_ended_job_is_told_once(app: App) {
        let (runner, id, name) = reserved(&app, 3);
        let queued = Stream::open(&app, &name, "").next().expect("the present state").id;
        runner.run_job(id, |_| ()).expect("ended");
        let path = format!("/v1/imports/{name}/events");
        let mut last = String::new();
        // What is not an id of this job, or not of its end, counts as nothing.
        for seen in ["", "none", "-1", "99999999999999999999999", &queued.to_string()] {
            let mut stream = Stream::open(&app, &name, seen);
            let event = stream.next().expect("the end");
            assert_eq!((event.name.as_str(), &event.data["status"]), ("ended", &"succeeded".into()));
            assert!(stream.next().is_none());
            last = event.id.to_string();
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
        let mut stream = Stream::open(&app, job["id"].as_str().expect("an id"), "");
        let mut told = Vec::new();
        while let Some(event) = stream.next() {
            told.push(event);
        }
        let (end, before) = told.split_last().expect("events");
        assert_eq!((end.name.as_str(), &end.data["counts"]["created"]), ("ended", &1200.into()));
        assert!(before.iter().all(|event| event.name == "progress"));
        assert!(told.is_sorted_by(|one, next| one.id < next.id));
        let (_, _, name) = reserved(&app, 3);
        let mut stream = Stream::open(&app, &name, "");
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
