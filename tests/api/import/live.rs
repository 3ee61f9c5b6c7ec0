//! The live index while an older PostgreSQL transaction keeps the change feed from showing what an import writes. On
//! SQLite there is no such time: a later transaction begins when the older one has ended.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use tailor::{
    auth::scope::Scope,
    directory::{profiles as rules, store as profiles},
    id::Id,
    import::run::{Runner, Step},
    live::{Feeder, Live},
    matching::policy::Policy,
    pace::Pace,
    store::{Connection, Store, StoreError},
};

use super::{Directory, ndjson, row};
use crate::support::{app::App, database::Database};

/// Does this within the time of a transaction that is older than whatever is written meanwhile.
fn while_an_older_one_runs<T>(store: &Store, f: impl FnOnce() -> T) -> T {
    let older = |conn: &mut Connection| -> Result<T, StoreError> {
        // It has its number from here on.
        conn.execute_batch("SELECT pg_current_xact_id()")?;
        Ok(f())
    };
    store.write(older).expect("a transaction")
}

/// The changes that the feed shows.
fn feed(store: &Store) -> usize {
    let changes = |conn: &mut Connection| profiles::changes_since(conn, (0, 0), 1000);
    store.read(changes).expect("read").len()
}

/// The headlines of what can be matched.
fn matchable(live: &Live) -> BTreeMap<Id, Option<String>> {
    let headline = |open: &[u8]| -> Option<String> {
        let summary: Value = serde_json::from_slice(&[open, b"}"].concat()).expect("an object");
        serde_json::from_value(summary["headline"].clone()).expect("a text or null")
    };
    live.snapshot().index.iter().map(|(id, summary)| (id, headline(summary.open()))).collect()
}

/// What somebody deletes or edits between an import's commit and its way into the index stays deleted and edited.
#[test]
fn nothing_is_resurrected() {
    let Some(database) = Database::postgres() else { return };
    let directory = Directory::from(database);
    let Runner { store, catalog, clock, questions, .. } = directory.runner.clone();
    let policy = Arc::new(Policy::embedded().expect("the policy is sound"));
    let live = Live::new(store.clone(), catalog, policy);
    live.load().expect("loaded");
    let feeder = Feeder::spawn(live.clone(), Pace::Background).expect("a thread");
    let expected = while_an_older_one_runs(&store, || {
        let id = directory.upload(&ndjson((1..=3).map(row)), false);
        let mut run = directory.runner.claim(id).expect("claimed");
        let Ok(Step::Advanced(written)) = directory.runner.step(&mut run) else { panic!("no chunk") };
        let ids: Vec<Id> = written.profiles.iter().map(|profile| profile.id).collect();
        let [deleted, edited, kept] = ids[..] else { panic!("{ids:?}") };
        let now = clock.now();
        rules::delete(&store, deleted, now, |_| true).expect("deleted");
        let headline = Some("By hand".to_owned());
        let edit = |stored: &tailor::directory::model::Therapist| {
            let mut next = stored.clone();
            next.headline.clone_from(&headline);
            Ok(next)
        };
        rules::change(&store, &questions.sets(), edited, now, |_| true, edit).expect("edited");
        // Whoever writes by hand brings it into the index first.
        live.refresh(&[deleted, edited]).expect("refreshed");
        assert_eq!(matchable(&live), BTreeMap::from([(edited, headline.clone())]));
        feeder.feed(written.profiles, written.others);
        feeder.wait();
        let expected = BTreeMap::from([(edited, headline), (kept, None)]);
        assert_eq!(matchable(&live), expected);
        live.refresh(&[]).expect("refreshed");
        assert_eq!(matchable(&live), expected);
        assert_eq!(feed(&store), 0, "the feed shows nothing of it yet");
        expected
    });
    // Other tests write on the same server.
    while feed(&store) < 5 {
        std::thread::yield_now();
    }
    live.refresh(&[]).expect("refreshed");
    assert_eq!(matchable(&live), expected);
}

/// Whoever sees that an import has succeeded finds its profiles in the next match, also a profile deleted since gone.
#[test]
fn what_was_imported_is_matched_before_the_feed_shows_it() {
    let Some(database) = Database::postgres() else { return };
    let app = App::from(database);
    let store = &app.assembly.foundation.store;
    let matched = || {
        let request = json!({"problem_areas": [{"code": "ptsd"}]});
        let answer = app.anonymous().post("/v1/matches", &request).expect(200).json();
        answer["results"].as_array().expect("results").len()
    };
    while_an_older_one_runs(store, || {
        let importer = app.with_scopes(&[Scope::ImportsWrite]);
        let body = ndjson((1..=3).map(row));
        let job = importer.send("POST", "/v1/imports?source=acme", "application/x-ndjson", body.as_bytes());
        let job = job.expect(202).json();
        let path = format!("/v1/imports/{}", job["id"].as_str().expect("an id"));
        while importer.get(&path).expect(200).json()["finished_at"] == Value::Null {
            std::thread::yield_now();
        }
        assert_eq!(matched(), 3);
        let stored = app.anonymous().get("/v1/therapists?external_id=A-2").expect(200).json();
        let id = stored["items"][0]["id"].as_str().expect("an id");
        app.writer().delete(&format!("/v1/therapists/{id}")).expect(204);
        assert_eq!((matched(), feed(store)), (2, 0));
    });
    assert_eq!(matched(), 2);
}
