//! A mirror that follows comes to have what the directory has, however it follows and whoever writes.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use tailor::{
    auth::scope::Scope, catalog::model::Catalog, changes::tidy, clock::Clock, directory::model::Therapist,
    exchange::row::row_with_source, synthetic, synthetic::codes::Codes,
};

use super::{add, ask, profile, reader, stream, text};
use crate::{
    on_both_databases,
    support::app::{App, Client, now},
};

type Rows = BTreeMap<String, Value>;

/// The profiles of somebody who follows, as rows of an export.
#[derive(Clone, Default)]
struct Mirror {
    by_id: Rows,
    /// By source and external id, as an export knows them.
    by_key: Rows,
    /// The query of the next answer.
    since: String,
    has_ended: bool,
}

fn key(of: &Value) -> String {
    format!("{} {}", of["source"], of["external_id"])
}

/// What an export has, by source and external id, and its number.
fn exported(client: &Client<'_>) -> (Rows, String) {
    let answer = client.get("/v1/exports/therapists").expect(200);
    let lines = answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let rows = lines.map(|line| serde_json::from_slice(line).expect("a row"));
    let rows = rows.map(|row: Value| (key(&row), row)).collect();
    (rows, answer.header("tailor-directory-revision").to_owned())
}

impl Mirror {
    fn of_export(client: &Client<'_>) -> Self {
        let (by_key, number) = exported(client);
        Self { by_key, since: format!("since={number}"), ..Self::default() }
    }

    fn apply(&mut self, item: &Value) {
        let id = text(&item["id"]);
        if !item["former"].is_null() {
            self.by_key.remove(&key(&item["former"]));
        }
        if item["kind"] == "upsert" {
            let therapist: Therapist = serde_json::from_value(item["therapist"].clone()).expect("a profile");
            let row = row_with_source(&therapist);
            assert_eq!(key(&row), key(item));
            self.by_key.insert(key(item), row.clone());
            self.by_id.insert(id, row);
        } else {
            assert!(item["therapist"].is_null() && item["former"].is_null());
            self.by_id.remove(&id);
            self.by_key.remove(&key(item));
        }
        self.has_ended |= item["source"] == "zeta";
    }

    /// One answer.
    fn step(&mut self, client: &Client<'_>, query: &str) -> bool {
        let page = ask(client, &format!("{}&{query}", self.since)).expect(200).json();
        let items = page["items"].as_array().expect("items");
        items.iter().for_each(|item| self.apply(item));
        self.since = format!("since={}", text(&page["next"]));
        !items.is_empty()
    }

    /// Answer after answer until the last profile was told.
    fn follow(mut self, client: &Client<'_>, query: &str) -> Self {
        while !self.has_ended {
            let news = self.step(client, query);
            assert!(news || !query.contains("wait=60"), "nothing is told for a minute");
        }
        self
    }

    /// By streams that break off now and then.
    fn stream(mut self, client: &Client<'_>) -> Self {
        let mut last = String::new();
        while !self.has_ended {
            let mut stream = stream::open(client, &self.since, &last);
            for _ in 0..23 {
                if self.has_ended {
                    break;
                }
                let event = stream.next().expect("an event");
                assert_eq!(event.name, event.data["kind"]);
                self.apply(&event.data);
                last = event.id;
            }
        }
        self
    }

    #[track_caller]
    fn equals(&self, expected: &Rows, name: &str) {
        for (key, row) in &self.by_key {
            assert_eq!(Some(row), expected.get(key), "{name}: {key}");
        }
        assert_eq!(self.by_key.len(), expected.len(), "{name} lacks something");
    }

    /// The same by id, for those who followed from the beginning.
    #[track_caller]
    fn wholly_equals(&self, expected: &Rows, name: &str) {
        self.equals(expected, name);
        let by_id: Rows = self.by_id.values().map(|row| (key(row), row.clone())).collect();
        assert_eq!(by_id.len(), self.by_id.len(), "{name}: two under one key");
        assert!(by_id == *expected, "{name} differs by id");
    }
}

/// Pseudo-random writes to few profiles under few keys, so that everything meets everything.
struct Writer<'a> {
    app: &'a App,
    ids: &'a Mutex<Vec<String>>,
    state: u64,
}

impl Writer<'_> {
    fn draw(&mut self, below: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }

    fn key(&mut self) -> (String, String) {
        let source = if self.draw(2) == 0 { "acme" } else { "beta" };
        (source.to_owned(), format!("w{}", self.draw(12)))
    }

    fn status(&mut self) -> &'static str {
        ["published", "published", "draft", "suspended"][usize::try_from(self.draw(4)).expect("few")]
    }

    fn write(&mut self) {
        let client = self.app.writer();
        let known = self.ids.lock().expect("ids").clone();
        let at = usize::try_from(self.draw(known.len().max(1) as u64)).expect("few");
        let path = format!("/v1/therapists/{}", known.get(at).map_or("none", String::as_str));
        let number = self.draw(1_000_000);
        let answer = match self.draw(16) {
            0..4 => {
                let ((source, id), status) = (self.key(), self.status());
                let answer =
                    client.post("/v1/therapists", &profile(&source, &id, &json!({"status": status})));
                if answer.status == 201 {
                    self.ids.lock().expect("ids").push(text(&answer.json()["id"]));
                }
                answer
            }
            4..7 => client.patch(&path, &json!({"headline": format!("{number}")})),
            7..10 => {
                let status = self.status();
                client.patch(
                    &path,
                    &json!({"status": status, "contact_public": {"email": number.is_multiple_of(2)}}),
                )
            }
            10..13 => {
                let (source, id) = self.key();
                client.patch(&path, &json!({"source": source, "external_id": id}))
            }
            13 => client
                .post(&format!("{path}/confirmations"), &json!({"fields": ["contact"], "method": "phone"})),
            14 if number.is_multiple_of(8) => client.send("POST", &format!("{path}/removal"), "", b""),
            _ => client.delete(&path),
        };
        assert!(matches!(answer.status, 200 | 201 | 204 | 404 | 409 | 412), "{answer:?}");
    }
}

/// An import over HTTP, to its end.
fn import(app: &App, mode: &str, rows: &[Value]) {
    let client = app.with_scopes(&[Scope::Admin]);
    let body: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let path = format!("/v1/imports?source=acme&mode={mode}&max_archive_percent=100");
    let job = client.send("POST", &path, "application/x-ndjson", body.as_bytes()).expect(202).json();
    let path = format!("/v1/imports/{}", text(&job["id"]));
    loop {
        let job = client.get(&path).expect(200).json();
        if !job["finished_at"].is_null() {
            assert_eq!(job["status"], "succeeded", "{job}");
            return;
        }
    }
}

fn rows(seed: u64, count: u64) -> Vec<Value> {
    let codes = Codes::from(&Catalog::embedded().expect("the catalog is sound"));
    let synthetic = synthetic::directory(seed, count, now().date_naive(), &codes);
    let rows = synthetic.map(|therapist| tailor::exchange::row::row(&therapist));
    // Half of them under the keys of the other writers.
    let named = |(n, mut row): (usize, Value)| {
        row["external_id"] = json!(format!("w{n}"));
        row["npi"] = Value::Null;
        row
    };
    rows.enumerate().map(named).collect()
}

on_both_databases! {
    /// Mirrors follow in every way while several write on two nodes, and all end with what an export has.
    fn a_mirror_equals_an_export(app: App) {
        let other = App::start(app.database.again(), &[], Clock::fixed(now()));
        import(&app, "upsert", &rows(1, 24));
        let ids = Mutex::new(Vec::new());
        let done = AtomicBool::new(false);
        let (app, other, ids, done) = (&app, &other, &ids, &done);
        let (writer, reader) = (app.writer(), reader(app));
        let begin = Mirror::default;
        let (full, public) = std::thread::scope(|scope| {
            let mut full = Vec::new();
            let mut public = Vec::new();
            full.push(("pages", scope.spawn(|| begin().follow(&writer, "limit=7"))));
            full.push(("polls", scope.spawn(|| begin().follow(&other.writer(), "wait=60"))));
            full.push(("events", scope.spawn(|| begin().stream(&writer))));
            public.push(("public polls", scope.spawn(|| begin().follow(&reader, "limit=3&wait=60"))));
            public.push(("public events", scope.spawn(|| begin().stream(&reader))));
            let exporting = scope.spawn(|| {
                let (mut full, mut public) = (Vec::new(), Vec::new());
                while !done.load(Ordering::SeqCst) && full.len() < 12 {
                    full.push(Mirror::of_export(&writer));
                    public.push(Mirror::of_export(&reader));
                }
                let follow = |mirrors: Vec<Mirror>, client| -> Vec<Mirror> {
                    mirrors.into_iter().map(|mirror| mirror.follow(client, "wait=60")).collect()
                };
                (follow(full, &writer), follow(public, &reader))
            });
            let writers: Vec<_> = [(app, 1), (app, 2), (other, 3)].into_iter().map(|(app, state)| {
                scope.spawn(move || {
                    let mut writer = Writer { app, ids, state };
                    (0..60).for_each(|_| writer.write());
                })
            }).collect();
            for seed in 2..5 {
                import(app, "replace_source", &rows(seed, 10 + seed));
            }
            writers.into_iter().for_each(|writer| writer.join().expect("written"));
            done.store(true, Ordering::SeqCst);
            add(app, "zeta", "last", &json!({}));
            let (of_export, public_of_export) = exporting.join().expect("followed");
            let join = |mirrors: Vec<(&'static str, std::thread::ScopedJoinHandle<'_, Mirror>)>| -> Vec<_> {
                mirrors.into_iter().map(|(name, mirror)| (name, mirror.join().expect("followed"))).collect()
            };
            ((join(full), of_export), (join(public), public_of_export))
        });
        for (client, (mirrors, of_export)) in [(writer, full), (reader, public)] {
            let (expected, _) = exported(&client);
            assert!(expected.len() > 4, "there is something to compare");
            mirrors.iter().for_each(|(name, mirror)| mirror.wholly_equals(&expected, name));
            assert!(!of_export.is_empty());
            of_export.iter().for_each(|mirror| mirror.equals(&expected, "export and changes"));
        }
    }

    /// Wherever a mirror stopped, it goes on from there, also after what later changes cover has left the feed.
    fn a_place_holds_when_the_feed_is_tidied(app: App) {
        let ids = Mutex::new(Vec::new());
        let mut writer = Writer { app: &app, ids: &ids, state: 77 };
        let clients = [app.writer(), reader(&app)];
        let mut live = [Mirror::default(), Mirror::default()];
        let mut stopped: [Vec<Mirror>; 2] = Default::default();
        for round in 0..24 {
            (0..10).for_each(|_| writer.write());
            for (at, client) in clients.iter().enumerate() {
                while live[at].step(client, "limit=4") {}
                stopped[at].push(live[at].clone());
                if round % 3 == 0 {
                    stopped[at].push(Mirror::of_export(client));
                }
            }
        }
        add(&app, "zeta", "last", &json!({}));
        for (mirror, client) in live.into_iter().zip(&clients) {
            mirror.follow(client, "wait=60").wholly_equals(&exported(client).0, "before");
        }
        let store = &app.assembly.foundation.store;
        assert_eq!(tidy::drop_covered(store, now()).expect("tidied"), 0, "nothing is older than now");
        let later = now() + chrono::Duration::seconds(1);
        let dropped = tidy::drop_covered(store, later).expect("tidied");
        assert!(dropped > 30, "only {dropped} changes were dropped");
        assert_eq!(tidy::drop_covered(store, later).expect("tidied"), 0, "nothing is left to drop");
        for (client, stopped) in clients.iter().zip(stopped) {
            let (expected, _) = exported(client);
            let mut whole = 0;
            for mirror in stopped {
                let knows_ids = mirror.by_id.len() == mirror.by_key.len();
                let mirror = mirror.follow(client, "wait=60");
                mirror.equals(&expected, "stopped");
                if knows_ids {
                    mirror.wholly_equals(&expected, "stopped, by id");
                    whole += 1;
                }
            }
            assert!(whole >= 24);
            Mirror::default().follow(client, "limit=9&wait=60").wholly_equals(&expected, "new");
        }
    }
}
