//! A file is whole, of one moment, or visibly cut; imports read it back.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use actix_web::rt::System;
use diesel::prelude::*;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tailor::{
    directory::{
        store::{self as profiles, Filter},
        view::View,
    },
    each_backend,
    exchange::row::row_with_source,
    export::{
        rows::{Export, Opened},
        stream::{self, Cut, Patience, Pieces, Slots},
    },
    id::Id,
    store::{Connection, StoreError, schema::directory_changes as feed},
    vocabulary::ExportFormat,
};

use super::{PATH, add, exported, ids, import, lines, reader, records, rows};
use crate::{
    on_both_databases,
    support::{app::App, database::Database},
};

/// An empty directory on a database of the same kind.
fn another(app: &App) -> App {
    App::from(match app.database.url.starts_with("sqlite") {
        true => Database::sqlite(),
        false => Database::postgres().expect("it was there a moment ago"),
    })
}

/// An export without the network between.
struct Slow {
    system: actix_web::rt::SystemRunner,
    slots: Slots,
    opened: Opened,
    pieces: Pieces,
}

impl Slow {
    fn begin(app: &App, patience: Patience) -> Self {
        let export = Export { filter: Filter::default(), view: View::Full, format: ExportFormat::Ndjson };
        let slots = Slots::new(1);
        let slot = slots.take().expect("room");
        let (opened, pieces) =
            stream::begin(app.assembly.foundation.store.clone(), export, patience, slot).expect("a thread");
        let system = System::new();
        let opened = system.block_on(opened).expect("no panic").expect("begun");
        Self { system, slots, opened, pieces }
    }

    /// Waits until it has given its place back, by itself.
    fn end(&self) {
        let begun = Instant::now();
        while self.slots.take().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it waits for its client");
            std::thread::yield_now();
        }
    }

    fn next(&mut self) -> Option<Result<Vec<u8>, Cut>> {
        self.system.block_on(self.pieces.next()).map(|piece| piece.map(|bytes| bytes.to_vec()))
    }

    /// The rest, and how it ends.
    fn rest(&mut self) -> (Vec<u8>, Option<Cut>) {
        let mut rest = Vec::new();
        loop {
            match self.next() {
                Some(Ok(piece)) => rest.extend(piece),
                Some(Err(cut)) => return (rest, Some(cut)),
                None => return (rest, None),
            }
        }
    }
}

/// What the change feed has after the export, put into it: what a mirror does.
fn followed(app: &App, file: &[u8], revision: i64) -> BTreeMap<String, Value> {
    let mut mirror: BTreeMap<String, Value> = lines(file).into_iter().map(|row| (key(&row), row)).collect();
    let read = |conn: &mut Connection| -> Result<_, StoreError> {
        // The table itself: the feed waits for the transactions of all tests that share the server.
        let columns = (feed::transaction_id, feed::sequence, feed::therapist_id);
        let all: Vec<(i64, i64, Id)> = each_backend!(conn, c => feed::table.select(columns).load(c))?;
        let at = all.iter().find(|(_, sequence, _)| *sequence == revision);
        let at = at.map_or((0, 0), |(transaction, sequence, _)| (*transaction, *sequence));
        let later = all.into_iter().filter(|(transaction, sequence, _)| (*transaction, *sequence) > at);
        profiles::by_ids(conn, &later.map(|(_, _, id)| id).collect::<Vec<_>>())
    };
    for therapist in app.assembly.foundation.store.read(read).expect("the changes are read") {
        let row = row_with_source(&therapist);
        mirror.insert(key(&row), row);
    }
    mirror
}

/// Answers to all questions, one of them without a text.
fn answering() -> Value {
    json!({"consultation_answers": [
        {"question": "when_stuck", "text": "I name it;\nwe \"review\" our goals: always, because no one is never stuck.", "language": "en",
         "stuck_strategies": ["name_it", "review_goals"], "review_interval_sessions": 6, "signals": ["consults"]},
        {"question": "approaches_and_selection", "answered_at": "2026-11-01T10:00:00.123456Z", "homework": "regular",
         "approaches": [{"modality": "cbt", "role": "technique", "used_for": ["panic", "ocd"], "share": 0.35}, {"modality": "emdr"}]},
        {"question": "role_of_relationship", "uses_here_and_now": false, "boundary_statement": " a;b:c ", "text": "You feel safe."},
    ]})
}

/// The row as a CSV file says it: what texts suggest is not written.
fn flat(mut row: Value) -> Value {
    let answers = row.get_mut("consultation_answers").and_then(Value::as_array_mut);
    for answer in answers.into_iter().flatten().filter_map(Value::as_object_mut) {
        let Some(Value::Array(signals)) = answer.remove("signals") else { continue };
        let declared = signals.iter().filter(|signal| signal["basis"] == "declared");
        let codes: Vec<Value> = declared.map(|signal| signal["code"].clone()).collect();
        if !codes.is_empty() {
            answer.insert("signals".to_owned(), Value::Array(codes));
        }
    }
    row
}

fn key(row: &Value) -> String {
    format!("{} {}", row["source"], row["external_id"])
}

on_both_databases! {
    /// Export, import into an empty directory, export: the same bytes.
    fn what_was_exported_is_imported_as_the_same(app: App) {
        let mut body = rows(700, &json!({}));
        body.extend_from_slice(b"no json\n{\"external_id\": \"X\"}\n");
        body.extend_from_slice(&rows(1, &json!({"external_id": "bare", "status": "draft", "modalities": ["Cognitive Behavioral (CBT)"]})));
        assert_eq!((import(&app, "acme", &body).counts.created, import(&app, "other", &rows(30, &answering())).counts.created), (701, 30));
        assert!(String::from_utf8_lossy(&exported(&app.writer(), "")).contains(r#""basis":"declared","code":"consults""#));
        let (first, mut sources) = (exported(&app.writer(), ""), Vec::new());
        let copy = another(&app);
        for source in ["acme", "other"] {
            let file = exported(&app.writer(), &format!("source={source}"));
            let end = import(&copy, source, &file);
            assert_eq!((end.counts.created, end.counts.rejected), (end.counts.read, 0));
            assert_eq!(import(&app, source, &file).counts.unchanged, end.counts.read, "it is what is there already");
            sources.extend(file);
        }
        assert_eq!(sources, first, "the sources one after the other are the whole");
        assert_eq!(exported(&copy.writer(), ""), first);
        let csv = |app: &App, query: &str| app.writer().get(&format!("{PATH}?format=csv{query}")).expect(200).body;
        assert_eq!(csv(&app, ""), csv(&copy, ""));
        assert_eq!(records(&csv(&app, "")), lines(&first).into_iter().map(flat).collect::<Vec<_>>());
        // By way of a CSV file, whose columns are those that this source needs.
        let third = another(&app);
        let by_csv: Vec<u8> = records(&csv(&app, "&source=acme")).iter().flat_map(|row| format!("{row}\n").into_bytes()).collect();
        assert_eq!(import(&third, "acme", &by_csv).counts.created, 701);
        assert_eq!(csv(&third, ""), csv(&app, "&source=acme"));
        let by_csv: Vec<u8> = records(&csv(&app, "&source=other")).iter().flat_map(|row| format!("{row}\n").into_bytes()).collect();
        assert_eq!(import(&third, "other", &by_csv).counts.created, 30);
        assert_eq!(exported(&third.writer(), "source=other"), exported(&app.writer(), "source=other"), "signals are found anew");
    }

    /// However long it takes: what is written meanwhile is not in it, not even in part; the feed has it.
    fn an_export_is_of_one_moment(app: App) {
        import(&app, "acme", &rows(700, &json!({})));
        let before = exported(&app.writer(), "");
        let mut slow = Slow::begin(&app, Patience::default());
        assert_eq!(slow.opened.total, 700);
        let mut file = slow.next().expect("a piece").expect("rows");
        assert!(file.len() * 3 < before.len(), "most is to come");
        let all = app.writer().get("/v1/therapists?limit=100").json()["items"].clone();
        for (at, profile) in all.as_array().unwrap().iter().enumerate() {
            let path = format!("/v1/therapists/{}", profile["id"].as_str().unwrap());
            match at % 3 {
                0 => app.writer().delete(&path).expect(204),
                1 => app.writer().patch(&path, &json!({"headline": "later"})).expect(200),
                _ => app.writer().patch(&path, &json!({"external_id": format!("~{at}")})).expect(200),
            };
        }
        import(&app, "acme", &rows(700, &json!({"headline": "later still"})));
        add(&app, "zeta", "new", &json!({}));
        let (rest, cut) = slow.rest();
        file.extend(rest);
        assert!(file == before && cut.is_none(), "the file is torn");
        let after = exported(&app.writer(), "");
        assert_ne!(after, before);
        // Whoever is gone or renamed is told by the feed as an id; the rows of the others are those of the directory.
        let mirror = followed(&app, &file, slow.opened.revision);
        for row in lines(&after) {
            assert_eq!(mirror.get(&key(&row)), Some(&row));
        }
    }

    /// A number up to which everything is there: everything, but for what runs beside it on the same PostgreSQL server.
    fn the_revision_is_that_of_the_last_change(app: App) {
        let revision = || reader(&app).get(PATH).expect(200).header("tailor-directory-revision").parse::<i64>().unwrap();
        assert_eq!(revision(), 0);
        let id = add(&app, "acme", "1", &json!({}));
        app.writer().delete(&format!("/v1/therapists/{id}")).expect(204);
        let last = app.assembly.foundation.store.read(profiles::directory_revision).unwrap();
        let exact = app.database.url.starts_with("sqlite");
        assert!(revision() == last || (!exact && revision() < last), "{} of {last}", revision());
    }

    /// A client that takes nothing is not waited for; what it has already is cut.
    fn a_client_that_takes_nothing_is_cut_off(app: App) {
        import(&app, "acme", &rows(600, &json!({})));
        let whole = exported(&app.writer(), "");
        let (none, hour) = (Duration::ZERO, Duration::from_secs(3600));
        for patience in [Patience { piece: none, whole: hour }, Patience { piece: hour, whole: none }] {
            let mut slow = Slow::begin(&app, patience);
            slow.end();
            let (file, cut) = slow.rest();
            assert_eq!(cut, Some(Cut));
            assert!(!file.is_empty() && file.len() < whole.len() && whole.starts_with(&file));
        }
        let mut slow = Slow::begin(&app, Patience::default());
        let (file, cut) = slow.rest();
        assert!(cut.is_none() && file == whole);
    }

    /// Two at once; the third is told to come again, and may as soon as one has ended or was given up.
    fn a_few_exports_are_under_way_at_once(app: App) {
        import(&app, "acme", &rows(400, &json!({"bio": "😀".repeat(8000)})));
        let client = app.writer();
        let (first, second) = (client.begin(PATH), client.begin(PATH));
        let third = client.get(PATH);
        assert_eq!(third.header("retry-after"), "30");
        assert_eq!(third.problem(503), "unavailable");
        client.get("/v1/therapists").expect(200);
        // Only what takes rows takes a place.
        assert_eq!(client.send("HEAD", PATH, "", b"").expect(200).header("tailor-total"), "400");
        assert_eq!(lines(&first.expect(200)).len(), 400);
        let fourth = client.begin(PATH);
        drop(second);
        // The server learns of it when it writes.
        let freed = (0..1_000_000).any(|_| {
            std::thread::yield_now();
            client.get(&format!("{PATH}?source=nobody")).status == 200
        });
        assert!(freed, "an export that was given up keeps its place");
        assert_eq!(lines(&fourth.expect(200)).len(), 400);
    }

    /// A file that ends too soon must not look like one that ends, compressed or not.
    fn a_failure_in_the_middle_cuts_the_body(app: App) {
        import(&app, "acme", &rows(600, &json!({})));
        app.assembly.foundation.store.write(|conn| -> Result<_, StoreError> {
            // A moment that nobody could have written.
            let sql = match conn {
                Connection::Sqlite(_) => "UPDATE therapists SET updated_at = 'never'",
                Connection::Postgres(_) => "UPDATE therapists SET updated_at = 'infinity'",
            };
            conn.execute_batch(&format!("{sql} WHERE external_id = (SELECT max(external_id) FROM therapists)"))
        }).unwrap();
        for coding in ["identity", "gzip", "br", "zstd"] {
            let answer = app.writer().with("Accept-Encoding", coding).begin(PATH);
            assert_eq!(answer.status(), 200);
            assert!(answer.read().is_err(), "{coding}: the body looks whole");
        }
        assert_eq!(ids(&exported(&app.writer(), "source=nobody")).len(), 0, "the places are free again");
    }
}
