//! Bodies that do not come in as a whole or cannot be read: the answer says so at once, the directory is as before, and
//! the list of imports has a failed job.

use std::{
    cell::RefCell,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tailor::{auth::scope::Scope, directory::examples};

use super::row;
use crate::{
    on_both_databases,
    support::{
        app::{Answer, App, Client},
        database::Database,
    },
};

const NDJSON: &str = "application/x-ndjson";
const IMPORTS: &str = "/v1/imports?source=acme";

/// A server with a profile, and everything that was refused so far.
struct Refusing {
    app: App,
    /// Code and detail of each problem.
    problems: RefCell<Vec<(Value, Value)>>,
    directory: Value,
}

impl From<Database> for Refusing {
    fn from(database: Database) -> Self {
        Self::with(database, &[])
    }
}

impl Refusing {
    fn with(database: Database, flags: &[&str]) -> Self {
        let app = App::with(database, flags);
        app.writer().post("/v1/therapists", &examples::therapist()).expect(201);
        let directory = app.anonymous().get("/v1/therapists").json();
        assert_eq!(directory["total"], 1);
        Self { app, problems: RefCell::default(), directory }
    }

    fn importer(&self) -> Client<'_> {
        self.app.with_scopes(&[Scope::ImportsWrite])
    }

    /// That this answer is this problem, and all that became of the request is a failed job.
    #[track_caller]
    fn refuses(&self, answer: Answer, status: u16, code: &str) -> String {
        let problem = answer.json();
        assert_eq!(answer.problem(status), code);
        self.has_failed(&problem["code"], &problem["detail"]);
        problem["detail"].as_str().unwrap().to_owned()
    }

    /// That there is one more failed job, with this problem.
    #[track_caller]
    fn has_failed(&self, code: &Value, detail: &Value) {
        let mut problems = self.problems.borrow_mut();
        problems.push((code.clone(), detail.clone()));
        problems.sort_by_key(|problem| format!("{problem:?}"));
        let jobs = self.importer().get("/v1/imports").json();
        let mut found = Vec::new();
        for job in jobs["items"].as_array().unwrap() {
            assert_eq!(
                (&job["status"], &job["finished_at"]),
                (&json!("failed"), &json!("2026-11-22T12:00:00Z"))
            );
            assert!(job["counts"].as_object().unwrap().values().all(|count| count == 0));
            found.push((job["problem"]["code"].clone(), job["problem"]["detail"].clone()));
        }
        found.sort_by_key(|problem| format!("{problem:?}"));
        assert_eq!(found, *problems);
        assert_eq!(self.app.anonymous().get("/v1/therapists").json(), self.directory);
    }

    /// Sends the head of a request and so much of its body.
    fn send_raw(&self, head: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.app.address).expect("a connection");
        let token = self.app.token(&[Scope::ImportsWrite]);
        let head = format!(
            "POST {IMPORTS} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\nContent-Type: {NDJSON}\r\n{head}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        stream
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

on_both_databases! {
    /// The sender closes its side in the middle, with a length and in chunks, and still hears why.
    fn a_body_that_is_cut_off(server: Refusing) {
        let row = row(1).to_string() + "\n";
        let chunk = format!("{:x}\r\n{row}\r\n10\r\nhalf", row.len());
        for (head, body) in [("Content-Length: 100000", &row), ("Transfer-Encoding: chunked", &chunk)] {
            let mut stream = server.send_raw(head, body.as_bytes());
            stream.shutdown(Shutdown::Write).expect("closed");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
            let problem: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON");
            assert_eq!(problem["code"], "body_incomplete");
            server.has_failed(&problem["code"], &problem["detail"]);
        }
    }

    /// The sender is gone, so that nobody reads the answer: the list of imports still tells.
    fn a_sender_that_is_gone(server: Refusing) {
        let stream = server.send_raw("Content-Length: 100000", row(1).to_string().as_bytes());
        drop(stream);
        for _ in 0..1_000_000 {
            if server.importer().get("/v1/imports").json()["total"] == 1 {
                break;
            }
            std::thread::yield_now();
        }
        server.has_failed(&json!("body_incomplete"), &json!("The body ended before it was complete."));
    }

    fn a_compressed_body_that_is_cut_off(server: Refusing) {
        let body = gzip(row(1).to_string().repeat(100).as_bytes());
        let importer = server.app.with_scopes(&[Scope::ImportsWrite]).with("Content-Encoding", "gzip");
        for length in [1, 12, body.len() / 2, body.len() - 1] {
            let answer = importer.send("POST", IMPORTS, NDJSON, &body[..length]);
            server.refuses(answer, 400, "body_incomplete");
        }
        let answer = importer.send("POST", IMPORTS, NDJSON, b"not compressed at all");
        server.refuses(answer, 400, "body_incomplete");
    }

    /// A little that becomes a lot, and a lot that says so.
    fn a_body_that_is_too_long(database: Database) {
        let server = Refusing::with(database, &["--max-import-bytes", "1000000"]);
        let bomb = gzip(&vec![b'\n'; 20_000_000]);
        assert!(bomb.len() < 200_000);
        let importer = server.importer();
        let compressed = importer.with("Content-Encoding", "gzip").send("POST", IMPORTS, NDJSON, &bomb);
        server.refuses(compressed, 413, "payload_too_large");
        let file = importer.send("POST", &format!("{IMPORTS}&format=ndjson"), "application/gzip", &bomb);
        server.refuses(file, 413, "payload_too_large");
        let mut stream = server.send_raw("Content-Length: 1000001", b"");
        let mut answer = String::new();
        stream.shutdown(Shutdown::Write).expect("closed");
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        let detail = "The body is longer than the 1000000 bytes that one import may have.";
        server.has_failed(&json!("payload_too_large"), &json!(detail));
    }

    fn a_line_that_is_no_profile(server: Refusing) {
        let body = format!("{}\n{{\"bio\": \"{}\"}}\n", row(1), "x".repeat(50_000_000));
        let importer = server.importer();
        let refuses = |answer| {
            let detail = server.refuses(answer, 422, "invalid_file");
            assert_eq!(detail, "The record that begins in line 2 is longer than 1048576 bytes.");
        };
        // The answer is there long before the body, and is heard nevertheless.
        refuses(importer.send("POST", IMPORTS, NDJSON, body.as_bytes()));
        let compressed = gzip(body.as_bytes());
        refuses(importer.with("Content-Encoding", "gzip").send("POST", IMPORTS, NDJSON, &compressed));
    }

    /// What cannot be read in its format, with what is said of it.
    fn a_body_that_is_not_of_its_format(server: Refusing) {
        let mut latin = format!("{}\n{}\n", row(1), row(2)).into_bytes();
        let at = latin.len() - 10;
        latin[at] = 0xe9;
        let array = format!("[{},\n{}", row(1), row(2));
        let not_utf8 = format!("The file is not UTF-8 at its byte {}, in line 2.", at + 1);
        let cases: [(&str, &[u8], &str); 8] = [
            (NDJSON, &latin, &not_utf8),
            (NDJSON, b"{}\n{\"bio\": \"\xc3", "The file is not UTF-8 at its byte 13, in line 2."),
            ("application/json", array.as_bytes(), "The file ends before its JSON array does, in line 2."),
            ("application/json", b"", "The file is empty, where a JSON array was expected."),
            ("application/json", b"{\"items\": []}", "Line 1: the `[` of a JSON array was expected."),
            ("application/json", b"[]\n\n[]", "Line 3: nothing more after the JSON array was expected."),
            ("text/csv", b"", "The file is empty, where a header was expected."),
            (
                "text/csv",
                b"external_id,name_given,name_family,profession\n1,\"Maya\n2,Maya\n",
                "The file ends within the quotes of the record that begins in line 2.",
            ),
        ];
        for (media_type, body, wanted) in cases {
            let answer = server.importer().send("POST", IMPORTS, media_type, body);
            assert_eq!(server.refuses(answer, 422, "invalid_file"), wanted);
        }
    }

    /// Where nothing began to come in, there is no job.
    fn a_body_of_another_kind(server: Refusing) {
        for media_type in ["application/pdf", "text/plain", "multipart/form-data; boundary=x", ""] {
            let answer = server.importer().send("POST", IMPORTS, media_type, b"{}\n");
            assert_eq!(answer.problem(415), "unsupported_media_type");
        }
        let answer = server.importer().send("POST", &format!("{IMPORTS}&format=csv"), NDJSON, b"{}\n");
        assert_eq!(answer.problem(415), "unsupported_media_type");
        assert_eq!(server.importer().get("/v1/imports").json()["total"], 0);
    }

    /// A key is remembered with what it made, which here is nothing: the sender may try again with it.
    fn a_key_of_a_broken_body(server: Refusing) {
        let importer = server.app.with_scopes(&[Scope::ImportsWrite]).with("Idempotency-Key", "night-1");
        let refused = importer.send("POST", IMPORTS, "application/json", b"[");
        let accepted = importer.send("POST", &format!("{IMPORTS}&dry_run=true"), NDJSON, b"").expect(202).json();
        let again = importer.send("POST", &format!("{IMPORTS}&dry_run=true"), NDJSON, b"").expect(202).json();
        assert_eq!(accepted["id"], again["id"]);
        assert_eq!(refused.problem(422), "invalid_file");
        let jobs = server.importer().get("/v1/imports").json();
        assert_eq!(jobs["total"], 2);
    }
}
