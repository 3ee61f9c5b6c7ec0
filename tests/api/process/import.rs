//! `tailor import`: what it prints, what it survives, and how it follows a server.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{ChildStderr, Command, Stdio},
    thread::JoinHandle,
};

use chrono::Duration;
use serde_json::json;
use tailor::{
    clock::Clock,
    id::Id,
    import::{
        model::NewImport,
        store as jobs,
        upload::{Coding, ImportLimit, Upload},
    },
    store::{Store, StoreError},
    vocabulary::{ImportFormat, ImportMode, ImportStatus, OnError},
};

use super::*;
use crate::support::events::Events;

fn signal(process: &Child, name: &str) {
    let status = Command::new("kill").args([name, &process.id().to_string()]).status().expect("kill runs");
    assert!(status.success());
}

fn rows(count: usize) -> String {
    let row = |number| json!({"external_id": format!("A-{number}"), "name": {"given": "A", "family": "B"}, "profession": "other"});
    (0..count).map(|number| format!("{}\n", row(number))).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

/// Reads up to the line that says that somebody asked to stop.
fn until_stopping(stderr: &mut BufReader<ChildStderr>) {
    let mut line = String::new();
    while !line.starts_with("stopping") {
        line.clear();
        assert!(stderr.read_line(&mut line).expect("a line") > 0, "it ended without a word");
    }
}

fn rest(mut stderr: BufReader<ChildStderr>) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).expect("text");
    text
}

fn database(folder: &Path) -> Store {
    Store::open(&format!("sqlite://{}", folder.join("tailor.db").display())).expect("the store opens")
}

/// The beginning of an upload, straight into the database.
fn begin(folder: &Path) -> Upload {
    let new = NewImport {
        source: "acme".to_owned(),
        format: ImportFormat::Ndjson,
        mode: ImportMode::Upsert,
        on_error: OnError::Skip,
        max_archive_percent: 20,
        dry_run: false,
        created_by: "test".to_owned(),
    };
    let limit = ImportLimit(1 << 20);
    Upload::begin(database(folder), Clock::System, &new, Coding::Identity, limit).expect("begun")
}

/// A server that is asked to stop ends the streams of events, instead of waiting until it must break them off.
#[test]
fn a_stopping_server_ends_its_streams() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(folder.path(), &[]);
    let token = token(folder.path());
    let upload = begin(folder.path());
    // A worker that is not there has it for as long as the test takes.
    let nobody = (Id::new(Clock::System.now()), Duration::hours(1));
    let job = upload.finish(|_| None, Some(nobody)).expect("finished");
    let stream = ureq::get(format!("{}/v1/imports/{}/events", server.url, job.id))
        .header("Authorization", format!("Bearer {token}"))
        .call()
        .expect("a stream");
    let mut events = Events::of(stream);
    assert_eq!(events.next().expect("an event").name, "progress");
    signal(&server.process, "-TERM");
    assert!(events.next().is_none(), "the stream ends, and is not broken off");
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
}

/// Ctrl-C ends an import between two chunks, and the next server goes on at once.
#[test]
fn a_stopped_import_goes_on_later() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rows.ndjson", &rows(30_000));
    let store = database(folder.path());
    let mut process = tailor(folder.path(), &["import", "rows.ndjson", "--source", "acme"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stderr = BufReader::new(process.stderr.take().expect("standard error"));
    let find = || {
        let found = store.read(|conn| -> Result<_, StoreError> { jobs::page(conn, None, 1) }).expect("read");
        found.into_iter().find(|job| job.counts.read > 0)
    };
    let id = loop {
        if let Some(job) = find() {
            break job.id;
        }
    };
    // Most chunks are still to come, and it looks for a signal before each.
    signal(&process, "-INT");
    until_stopping(&mut stderr);
    let told = rest(stderr);
    assert!(told.contains(&format!("the import {id} goes on when a server runs")), "{told}");
    assert_eq!(process.wait().expect("it ends").code(), Some(1));
    let (job, _) = store.read(|conn| jobs::by_id(conn, id)).expect("read").expect("it is kept");
    assert_eq!((job.status, job.finished_at), (ImportStatus::Running, None));
    assert!((1..30_000).contains(&job.counts.created), "{:?}", job.counts);
    drop(store);
    let server = Server::start(folder.path(), &[]);
    let token = token(folder.path());
    let counts = loop {
        let job = server.get(&format!("/v1/imports/{id}"), &token);
        if job["status"] != "running" {
            assert_eq!(job["status"], "succeeded");
            break job["counts"].clone();
        }
    };
    assert_eq!((&counts["read"], &counts["created"]), (&30_000.into(), &30_000.into()));
}

/// What a stopped import left of an older file is done before a later file of the same source, which has the last word.
#[test]
fn files_of_one_source_are_written_in_their_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut monday = begin(folder.path());
    monday.write(rows(20).as_bytes()).expect("written");
    let monday = monday.finish(|_| None, None).expect("finished").id;
    write(folder.path(), "tuesday.ndjson", &rows(20).replace("\"B\"", "\"Tuesday\""));
    let output = run(folder.path(), &["import", "tuesday.ndjson", "--source", "acme"]);
    let counts =
        "succeeded: 20 read, 0 created, 20 updated, 0 unchanged, 0 archived, 0 rejected, 0 skipped\n";
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), (counts, Some(0)));
    let told = text(&output.stderr);
    assert!(told.contains(&format!("first the import {monday}, an older one of this source")), "{told}");
    let export = text(&run(folder.path(), &["export"]).stdout);
    assert_eq!((export.lines().count(), export.matches("Tuesday").count()), (20, 20));
    assert!(!database(folder.path()).read(jobs::has_unfinished).expect("read"));
}

/// Ctrl-C before the file was read leaves nothing but the record of it.
#[test]
fn a_stopped_upload_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = database(folder.path());
    let mut process = tailor(folder.path(), &["import", "-", "--source", "acme"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = process.stdin.take().expect("standard input");
    let mut stderr = BufReader::new(process.stderr.take().expect("standard error"));
    stdin.write_all(rows(10).as_bytes()).expect("it reads");
    while !store.read(jobs::has_unfinished).expect("read") {}
    signal(&process, "-INT");
    until_stopping(&mut stderr);
    drop(stdin);
    let told = rest(stderr);
    assert!(told.contains("nothing was imported"), "{told}");
    assert_eq!(process.wait().expect("it ends").code(), Some(1));
    assert!(!store.read(jobs::has_unfinished).expect("read"));
    let job = store.read(|conn| jobs::page(conn, None, 1)).expect("read").remove(0);
    assert_eq!(
        (job.status, job.problem.expect("a problem").code.as_str()),
        (ImportStatus::Failed, "body_incomplete")
    );
}

/// Of many faults some are shown, and all are had in a file; the same through a server.
#[test]
fn many_faults_go_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rows.ndjson", &format!("{}{}", rows(5), "no json\n".repeat(150)));
    let import = ["import", "rows.ndjson", "--source", "acme"];
    let here = run(folder.path(), &[&import[..], &["--errors", "here.ndjson"]].concat());
    let counts =
        "succeeded: 155 read, 5 created, 0 updated, 0 unchanged, 0 archived, 150 rejected, 0 skipped\n";
    assert_eq!((here.status.code(), text(&here.stdout).as_str()), (Some(2), counts));
    let shown =
        |output: &Output| text(&output.stderr).lines().filter(|line| line.starts_with("line ")).count();
    assert_eq!(shown(&here), 100);
    assert!(text(&here.stderr).contains("… and 50 more; here.ndjson has them all"), "{}", text(&here.stderr));
    let faults = std::fs::read_to_string(folder.path().join("here.ndjson")).expect("the faults");
    let lines: Vec<Value> = faults.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (lines.len(), &lines[149]["line"], &lines[149]["code"]),
        (150, &155.into(), &"malformed_json".into())
    );
    let again = run(folder.path(), &import);
    assert!(
        text(&again.stderr).contains("… and 50 more; import with `--errors FILE`"),
        "{}",
        text(&again.stderr)
    );

    let server = Server::start(folder.path(), &[]);
    let token = token(folder.path());
    let remote = [&import[..], &["--url", &server.url, "--token", &token]].concat();
    let there = run(folder.path(), &[&remote[..], &["--errors", "there.ndjson"]].concat());
    assert_eq!((there.status.code(), shown(&there)), (Some(2), 100));
    assert_eq!(std::fs::read_to_string(folder.path().join("there.ndjson")).expect("the faults"), faults);
    let told = text(&run(folder.path(), &remote).stderr);
    assert!(told.contains(&format!("… and 50 more; see {}/v1/imports/", server.url)), "{told}");
}

/// Without a terminal the last state is told once, plainly.
#[test]
fn progress_without_a_terminal_is_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rows.ndjson", &rows(20));
    let size = rows(20).len() as f64 / 1000.0;
    let output = run(folder.path(), &["import", "rows.ndjson", "--source", "acme", "--token", "x"]);
    assert_eq!(output.status.code(), Some(0));
    let told = text(&output.stderr);
    let end = format!("succeeded: 100 %, 20 rows, {size:.1} kB of {size:.1} kB, 0 rejected, in ");
    assert_eq!(told.matches(&end).count(), 1, "{told}");
    assert!(!told.contains(['\r', '\u{1b}']), "nothing that only a terminal understands: {told:?}");
    assert!(told.contains("a token, but no --url"), "{told}");
}

#[test]
fn wrong_arguments_are_told_before_anything_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rows.ndjson", &rows(2));
    let import = |flags: &[&str]| {
        let output = run(folder.path(), &[&["import", "rows.ndjson", "--source", "acme"], flags].concat());
        assert_eq!(output.status.code(), Some(1), "{flags:?}");
        text(&output.stderr)
    };
    let told = import(&["--format", "xlsx"]);
    assert!(told.contains("[possible values: ndjson, csv, json, nppes]"), "{told}");
    assert!(import(&["--mode", "replace"]).contains("[possible values: upsert, create, replace_source]"));
    assert!(import(&["--on-error", "stop"]).contains("[possible values: skip, abort]"));
    assert!(import(&["--max-archive-percent", "101"]).contains("0..=100"));
    assert!(import(&["--errors", "./rows.ndjson"]).contains("the file that is imported"));
    assert!(import(&["--errors", "no/such/folder"]).contains("--errors no/such/folder"));
    assert!(import(&["--url", "http://127.0.0.1:1"]).contains("--token"));
    // Nobody listens there.
    let told = import(&["--url", "http://127.0.0.1:1/", "--token", "x"]);
    assert!(told.contains("http://127.0.0.1:1: ") && told.contains("refused"), "{told}");
    assert_eq!(std::fs::read_to_string(folder.path().join("rows.ndjson")).expect("it is there"), rows(2));
}

/// What a server of a script is asked, and answers: each request on a connection of its own.
struct Scripted {
    url: String,
    thread: JoinHandle<Vec<String>>,
}

impl Scripted {
    fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let thread = std::thread::spawn(move || {
            let answer = |text: String| {
                let (mut connection, _) = listener.accept().expect("a connection");
                let asked = read_request(&connection);
                connection.write_all(text.as_bytes()).expect("it reads");
                asked
            };
            answers.into_iter().map(answer).collect()
        });
        Self { url, thread }
    }
}

/// The head of a request, past whose body is read.
fn read_request(connection: &TcpStream) -> String {
    let (mut lines, mut head) = (BufReader::new(connection), String::new());
    while !head.ends_with("\r\n\r\n") {
        assert!(lines.read_line(&mut head).expect("a line") > 0, "{head}");
    }
    let head = head.to_lowercase();
    let mut body = String::new();
    while head.contains("transfer-encoding: chunked") && !body.ends_with("\n0\r\n\r\n") {
        assert!(lines.read_line(&mut body).expect("a line") > 0, "{body}");
    }
    head
}

fn answer(status: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn job(status: &str, read: i64) -> String {
    let ended = if status == "succeeded" { json!("2026-11-22T10:00:00Z") } else { Value::Null };
    let counts = json!({"read": read, "created": read, "updated": 0, "unchanged": 0, "archived": 0, "rejected": 0, "skipped": 0});
    json!({"id": "01936f5e-8a00-7000-8000-000000000001", "status": status, "step": null, "source": "acme", "format": "ndjson",
        "mode": "upsert", "on_error": "skip", "max_archive_percent": 20, "dry_run": false, "counts": counts, "bytes_read": 1,
        "bytes_total": 1, "created_at": "2026-11-22T10:00:00Z", "started_at": null, "finished_at": ended, "problem": null,
        "unmapped_terms": []})
    .to_string()
}

const JSON: &str = "application/json";

fn no_faults() -> String {
    answer("200 OK", JSON, r#"{"items": [], "next_cursor": null, "total": 0}"#)
}

fn import_through(server: Scripted, file: &str, content: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), file, content);
    let args = ["import", file, "--source", "acme", "--url", &server.url, "--token", "x"];
    let output = run(folder.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let counts = "succeeded: 7 read, 7 created, 0 updated, 0 unchanged, 0 archived, 0 rejected, 0 skipped\n";
    assert_eq!(text(&output.stdout), counts);
    server.thread.join().expect("every answer was fetched")
}

/// A stream that breaks off is taken up again where it broke off.
#[test]
fn a_broken_stream_is_taken_up_again() {
    let event = |id: u64, name: &str, job: &str| format!("id: {id}\nevent: {name}\ndata: {job}\n\n");
    let stream = |events: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{events}\r\n",
            events.len()
        )
    };
    let asked = import_through(
        Scripted::start(vec![
            answer("202 Accepted", JSON, &job("queued", 0)),
            // Neither the chunked body nor the last event is complete.
            stream(&(event(12, "progress", &job("running", 3)) + "id: 13\nevent: prog")),
            answer("503 Service Unavailable", "application/problem+json", "{}"),
            stream(&event(20, "ended", &job("succeeded", 7))),
            no_faults(),
        ]),
        "rows.ndjson",
        &rows(3),
    );
    let path = "/v1/imports/01936f5e-8a00-7000-8000-000000000001";
    assert!(asked[0].starts_with("post /v1/imports?source=acme&format=ndjson&mode=upsert"), "{}", asked[0]);
    assert!(asked[0].contains("content-type: application/x-ndjson\r\n"), "{}", asked[0]);
    assert!(asked[1].starts_with(&format!("get {path}/events ")) && !asked[1].contains("last-event-id"));
    assert!(asked[2].starts_with(&format!("get {path} ")));
    assert!(asked[3].starts_with(&format!("get {path}/events ")), "{}", asked[3]);
    assert!(asked[3].contains("last-event-id: 12\r\n"), "{}", asked[3]);
    assert!(asked[4].starts_with(&format!("get {path}/errors?limit=100 ")));
}

/// A server without events is asked again and again.
#[test]
fn where_there_are_no_events_the_job_is_asked_for() {
    let asked = import_through(
        Scripted::start(vec![
            answer("202 Accepted", JSON, &job("queued", 0)),
            answer("404 Not Found", "application/problem+json", "{}"),
            answer("200 OK", JSON, &job("running", 3)),
            answer("200 OK", JSON, &job("succeeded", 7)),
            no_faults(),
        ]),
        "rows.CSV",
        "external_id\n1\n",
    );
    assert!(
        asked[0].contains("&format=csv&") && asked[0].contains("content-type: text/csv\r\n"),
        "{}",
        asked[0]
    );
    assert!(asked[1].contains("/events ") && !asked[3].contains("/events "));
}
