//! Single writes, one after the other: a profile over HTTP and a bare commit in turn.

use std::{path::Path, time::Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{program::quantile, server::agent};

/// Writes of each kind in all rounds together.
const WRITES: usize = 300;

/// One published profile, written over HTTP again and again.
struct Profile {
    agent: ureq::Agent,
    url: String,
    authorization: String,
    body: Value,
    written: usize,
}

impl Profile {
    fn first(url: &str, token: &str) -> Self {
        let agent = agent();
        let authorization = format!("Bearer {token}");
        let get = |url: String| -> Value {
            let answer = agent.get(url).header("Authorization", &authorization).call();
            answer.expect("an answer").body_mut().read_json().expect("JSON")
        };
        let list = get(format!("{url}/v1/therapists?limit=1"));
        let id = list["items"][0]["id"].as_str().expect("a profile");
        let url = format!("{url}/v1/therapists/{id}");
        let body = get(url.clone());
        Self { agent, url, authorization, body, written: 0 }
    }

    /// Milliseconds until a changed profile was acknowledged.
    fn write(&mut self) -> f64 {
        self.written += 1;
        self.body["headline"] = json!(format!("Written {} times", self.written));
        let body = self.body.to_string();
        let began = Instant::now();
        let request = self.agent.put(&self.url).header("Authorization", &self.authorization);
        let answer = request.header("Content-Type", "application/json").send(&body);
        let mut answer = answer.expect("an answer");
        let stored = answer.body_mut().read_to_vec().expect("a whole answer");
        let took = began.elapsed().as_secs_f64() * 1e3;
        assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(&stored));
        took
    }

    /// Matches see what was written last.
    fn assert_seen(&self, request: &Value) {
        let post = self.agent.post(format!("{}/match", self.url)).header("Content-Type", "application/json");
        let answer: Value = post
            .send(request.to_string())
            .and_then(|mut answer| answer.body_mut().read_json())
            .expect("an answer");
        assert_eq!(answer["result"]["therapist"]["headline"], self.body["headline"], "{answer}");
    }
}

/// A file with one table, on the same disk and with the program's own settings.
struct Bare {
    connection: Connection,
    row: String,
}

impl Bare {
    fn open(folder: &Path, row: String) -> Self {
        let connection = Connection::open(folder.join("bare.db")).expect("the file opens");
        connection.execute_batch(tailor::store::sqlite::PRAGMAS).expect("the settings are taken");
        let create = "CREATE TABLE profiles (id INTEGER PRIMARY KEY, body TEXT NOT NULL)";
        connection.execute_batch(create).expect("a table");
        Self { connection, row }
    }

    /// Milliseconds until one row was kept.
    fn write(&mut self) -> f64 {
        let began = Instant::now();
        let transaction = self.connection.transaction().expect("a transaction");
        let insert = "INSERT INTO profiles (body) VALUES (?)";
        transaction.execute(insert, [&self.row]).expect("a row");
        transaction.commit().expect("the row is kept");
        began.elapsed().as_secs_f64() * 1e3
    }
}

/// Measures and prints; `seen_by` is a match request that has to show what was written.
pub fn measure(folder: &Path, url: &str, token: &str, seen_by: &Value, rounds: usize) {
    let mut profile = Profile::first(url, token);
    let mut bare = Bare::open(folder, profile.body.to_string());
    let each = WRITES.div_ceil(rounds);
    profile.write();
    bare.write();
    let (mut of_bare, mut of_tailor, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let committed: Vec<f64> = (0..each).map(|_| bare.write()).collect();
        let written: Vec<f64> = (0..each).map(|_| profile.write()).collect();
        profile.assert_seen(seen_by);
        ratios.push(quantile(written.clone(), 0.5) / quantile(committed.clone(), 0.5));
        of_bare.extend(committed);
        of_tailor.extend(written);
    }
    let line = |name: &str, values: Vec<f64>| {
        let [p50, p99] = [0.5, 0.99].map(|share| quantile(values.clone(), share));
        println!("  {name:<28} p50 {p50:>7.2} ms   p99 {p99:>7.2} ms");
    };
    println!("one write after the other, {} of each", each * rounds);
    line("bare commit of one row", of_bare);
    line("PUT, acknowledged and seen", of_tailor);
    println!("  ratio of the medians         {:.2}", quantile(ratios, 0.5));
}
