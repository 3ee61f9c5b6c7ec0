//! Summaries of consultations: counted over marked apps, published in steps, and never telling of one client.

use std::collections::BTreeMap;

use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};
use tailor::{
    auth::scope::Scope,
    directory::examples,
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{consultation_answers, consultation_summaries, consultations},
        sql_types::Moment,
    },
    summaries::{
        model::App as Contributor,
        store::{hold, mark, touched},
    },
};

use crate::{
    on_both_databases,
    support::app::{Answer, App, Client},
};

const CONTRIBUTORS: &str = "/v1/consultation/contributors";

fn admin(app: &App) -> Client<'_> {
    app.with_scopes(&[Scope::Admin])
}

fn therapist(app: &App, external_id: &str, status: &str) -> Id {
    let mut profile = examples::therapist();
    profile["external_id"] = json!(external_id);
    profile["status"] = json!(status);
    profile["npi"] = Value::Null;
    let created = app.writer().post("/v1/therapists", &profile).expect(201).json();
    serde_json::from_value(created["id"].clone()).expect("an id")
}

fn path(id: Id) -> String {
    format!("/v1/therapists/{id}/consultation-summary")
}

fn read(app: &App, id: Id) -> Answer {
    app.anonymous().get(&path(id)).expect(200)
}

/// One consultation about the therapist: who stored it about whom, and what the client heard.
struct Heard<'a> {
    by: &'a str,
    client: &'a str,
    rating: Option<i32>,
    signals: &'a [&'a str],
}

fn heard<'a>(by: &'a str, client: &'a str) -> Heard<'a> {
    Heard { by, client, rating: Some(4), signals: &["flexibility", "names_it_openly"] }
}

/// Stores the consultation as the feature that keeps consultations does.
fn insert(conn: &mut Connection, app: &App, id: Id, heard: &Heard<'_>) -> Result<Id, StoreError> {
    let now = app.assembly.clock.now();
    let consultation = Id::new(now);
    let row = (
        consultations::id.eq(consultation),
        consultations::app.eq(heard.by),
        consultations::therapist_id.eq(id),
        consultations::client_ref.eq(heard.client),
        consultations::set_code.eq("integrative-core"),
        consultations::set_version.eq(1),
        consultations::retain_days.eq(30),
        consultations::expires_at.eq(Moment(now + Duration::days(30))),
        consultations::revision.eq(1_i64),
        consultations::created_at.eq(Moment(now)),
        consultations::updated_at.eq(Moment(now)),
    );
    let answer = (
        consultation_answers::consultation_id.eq(consultation),
        consultation_answers::position.eq(0),
        consultation_answers::question.eq("when_stuck"),
        consultation_answers::rating.eq(heard.rating),
        consultation_answers::fields.eq("{}"),
        consultation_answers::heard.eq(json!(heard.signals).to_string()),
    );
    each_backend!(conn, c => {
        diesel::insert_into(consultations::table).values(row).execute(c)?;
        diesel::insert_into(consultation_answers::table).values(answer).execute(c)?;
    });
    touched(conn, id, now)?;
    Ok(consultation)
}

fn add(app: &App, id: Id, heard: &Heard<'_>) -> Id {
    app.pass(Duration::seconds(1));
    app.assembly.foundation.store.write(|conn| insert(conn, app, id, heard)).expect("stored")
}

fn add_all(app: &App, id: Id, by: &str, clients: std::ops::Range<usize>) -> Vec<Id> {
    clients.map(|client| add(app, id, &heard(by, &format!("c-{client}")))).collect()
}

fn erase(app: &App, id: Id, consultation: Id) {
    let now = app.assembly.clock.now();
    let erased = app.assembly.foundation.store.write(|conn| -> Result<(), StoreError> {
        hold(conn, &[id])?;
        each_backend!(conn, c => diesel::delete(consultations::table.filter(consultations::id.eq(consultation))).execute(c))?;
        touched(conn, id, now)
    });
    erased.expect("erased");
}

fn change(app: &App, id: Id, consultation: Id) {
    let now = app.assembly.clock.now();
    let changed = app.assembly.foundation.store.write(|conn| -> Result<(), StoreError> {
        hold(conn, &[id])?;
        let answers =
            consultation_answers::table.filter(consultation_answers::consultation_id.eq(consultation));
        let changed = (
            consultation_answers::heard.eq("[\"never_stuck\"]"),
            consultation_answers::heard_batch.eq(consultation_answers::heard_batch * 0),
        );
        each_backend!(conn, c => diesel::update(answers).set(changed).execute(c))?;
        touched(conn, id, now)
    });
    changed.expect("changed");
}

/// Fails where the two answers are not the same bytes under the same tag.
#[track_caller]
fn assert_same(one: &Answer, other: &Answer) {
    assert_eq!((&one.body, one.header("etag")), (&other.body, other.header("etag")));
}

fn signals(summary: &Value) -> BTreeMap<String, u64> {
    let signals = summary["questions"][0]["signals"].as_array().expect("signals");
    let count = |one: &Value| (one["code"].as_str().unwrap().to_owned(), one["heard"].as_u64().unwrap());
    signals.iter().map(count).filter(|(_, heard)| *heard > 0).collect()
}

on_both_databases! {
    fn a_summary_is_published_in_steps_of_five(app: App) {
        let id = therapist(&app, "1", "published");
        admin(&app).put(&format!("{CONTRIBUTORS}/intake"), &json!({})).expect(201);
        let nothing = json!({
            "therapist_id": id, "published": false, "consultations": null, "published_on": null, "questions": [],
            "minimum": 5, "step": 5, "not_medical_advice": true
        });
        let none = read(&app, id);
        assert_eq!((none.json(), none.header("etag")), (nothing, "\"0\""));
        add_all(&app, id, "intake", 0..4);
        assert_same(&read(&app, id), &none);
        add(&app, id, &Heard { by: "intake", client: "c-4", rating: None, signals: &["flexibility", "blames_client"] });
        let first = read(&app, id);
        let summary = first.json();
        assert_eq!((&summary["published"], &summary["consultations"], &summary["published_on"]), (&json!(true), &json!(5), &json!("2026-11-22")));
        let question = &summary["questions"][0];
        assert_eq!((&question["question"], &question["answered"], &question["ratings"]), (&json!("when_stuck"), &json!(5), &Value::Null));
        assert_eq!(question["question_set"], json!({"code": "integrative-core", "version": 1}));
        assert_eq!(question["signals"].as_array().unwrap().len(), 15, "all signals of the question");
        assert_eq!(question["signals"][0], json!({"code": "flexibility", "label": "Flexibility", "positive": true, "heard": 4}));
        let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(code, heard)| ((*code).to_owned(), *heard)).collect::<BTreeMap<_, _>>();
        assert_eq!(signals(&summary), counts(&[("flexibility", 4), ("names_it_openly", 4)]), "neither all nor one alone");
        assert_eq!(first.header("etag"), "\"1\"");
        assert_eq!(first.header("cache-control"), "private, no-cache");
        app.anonymous().with("If-None-Match", "\"1\"").get(&path(id)).expect(304);
        // Four more. With the first of them five have given a rating, until it goes again.
        let more = add_all(&app, id, "intake", 5..9);
        assert_eq!(read(&app, id).json()["questions"][0]["ratings"]["count"], 5);
        change(&app, id, more[0]);
        erase(&app, id, more[0]);
        let third = read(&app, id);
        assert_eq!((third.json(), third.header("etag")), (first.json(), "\"3\""));
        add_all(&app, id, "intake", 9..10);
        assert_same(&read(&app, id), &third);
        add_all(&app, id, "intake", 10..11);
        let second = read(&app, id).json();
        assert_eq!((&second["consultations"], &second["questions"][0]["answered"]), (&json!(10), &json!(10)));
        assert_eq!(signals(&second), counts(&[("flexibility", 8), ("names_it_openly", 8)]), "four of each five");
        let ratings = json!({"count": 5, "mean": 4.0, "counts": [
            {"rating": 1, "count": 0}, {"rating": 2, "count": 0}, {"rating": 3, "count": 0}, {"rating": 4, "count": 4}, {"rating": 5, "count": 0}]});
        assert_eq!(second["questions"][0]["ratings"], ratings, "of nine who gave one, four were counted with somebody who is gone");
    }

    fn only_marked_apps_and_each_client_once(app: App) {
        let id = therapist(&app, "1", "published");
        let admin = admin(&app);
        add_all(&app, id, "intake", 0..3);
        add_all(&app, id, "other", 0..9);
        admin.put(&format!("{CONTRIBUTORS}/intake"), &json!({})).expect(201);
        // One client who asked often, and one app whose reference is another's.
        for _ in 0..9 {
            add(&app, id, &heard("intake", "c-0"));
        }
        assert_eq!(read(&app, id).json()["published"], false);
        admin.put(&format!("{CONTRIBUTORS}/other"), &json!({})).expect(201);
        let both = read(&app, id);
        assert_eq!(both.json()["consultations"], 10, "three of the one and seven of the other's nine");
        admin.delete(&format!("{CONTRIBUTORS}/intake")).expect(204);
        assert_eq!(read(&app, id).json()["consultations"], 5, "one batch is of the other alone");
        admin.delete(&format!("{CONTRIBUTORS}/other")).expect(204);
        let withdrawn = read(&app, id);
        assert_eq!((&withdrawn.json()["published"], withdrawn.header("etag")), (&json!(false), "\"0\""));
        // Who was counted together comes back together.
        admin.put(&format!("{CONTRIBUTORS}/other"), &json!({})).expect(201);
        admin.put(&format!("{CONTRIBUTORS}/intake"), &json!({})).expect(201);
        assert_eq!(read(&app, id).json(), both.json());
        add_all(&app, id, "other", 9..12);
        assert_eq!(read(&app, id).json()["consultations"], 15, "three, nine and three others");
    }

    fn one_consultation_more_does_not_show_and_one_less_takes_five_along(app: App) {
        let id = therapist(&app, "1", "published");
        admin(&app).put(&format!("{CONTRIBUTORS}/intake"), &json!({})).expect(201);
        let stored = add_all(&app, id, "intake", 0..10);
        let published = read(&app, id);
        assert_eq!((&published.json()["consultations"], published.header("etag")), (&json!(10), "\"2\""));
        let waiting = add_all(&app, id, "intake", 10..14);
        change(&app, id, waiting[0]);
        erase(&app, id, waiting[0]);
        assert_same(&read(&app, id), &published);
        // What was counted and is changed or erased takes its batch along; those who are left of it are never counted again.
        change(&app, id, stored[0]);
        let first = read(&app, id);
        let question = |answer: &Answer| answer.json()["questions"][0].clone();
        assert_eq!((&question(&first)["answered"], &question(&first)["ratings"]["count"]), (&json!(5), &json!(10)), "its rating is as it was");
        for _ in 0..6 {
            change(&app, id, stored[0]);
            assert_same(&read(&app, id), &first);
        }
        erase(&app, id, stored[0]);
        let second = read(&app, id);
        assert_eq!((&question(&second)["answered"], &question(&second)["ratings"]["count"]), (&json!(5), &json!(5)));
        add_all(&app, id, "intake", 1..5);
        assert_same(&read(&app, id), &second);
        // What ends with its time is not counted either, and a summary of too few is withdrawn.
        app.pass(Duration::days(30));
        app.assembly.foundation.store.write(|conn| touched(conn, id, app.assembly.clock.now())).expect("decided");
        assert_eq!(read(&app, id).json()["published"], false);
    }

    /// Of six who rated the answer and four who did not, the first and the four go: the rating of the first must not be what is
    /// missing then.
    fn those_who_gave_no_rating_hide_nobody_who_did(app: App) {
        let id = therapist(&app, "1", "published");
        admin(&app).put(&format!("{CONTRIBUTORS}/intake"), &json!({})).expect(201);
        let ratings = [2, 2, 5, 5, 5, 5].map(Some).into_iter().chain([None; 4]);
        let stored: Vec<Id> = (0..).zip(ratings).map(|(client, rating): (u32, _)| {
            add(&app, id, &Heard { by: "intake", client: &format!("c-{client}"), rating, signals: &[] })
        }).collect();
        let counts = || {
            let counts = read(&app, id).json()["questions"][0]["ratings"]["counts"].clone();
            counts.as_array().map(|counts| counts.iter().map(|one| one["count"].as_u64().expect("a count")).collect::<Vec<_>>())
        };
        assert_eq!(counts(), Some(vec![0, 2, 0, 0, 3]));
        for at in [9, 8, 7, 6, 0] {
            erase(&app, id, stored[at]);
            assert!([None, Some(vec![0, 2, 0, 0, 3])].contains(&counts()), "{:?}", counts());
        }
        assert_eq!(counts(), None);
    }

    fn a_summary_is_seen_with_its_therapist_and_goes_with_it(app: App) {
        let (shown, hidden) = (therapist(&app, "1", "published"), therapist(&app, "2", "draft"));
        admin(&app).put(&format!("{CONTRIBUTORS}/intake"), &json!({})).expect(201);
        for id in [shown, hidden] {
            add_all(&app, id, "intake", 0..5);
        }
        assert_eq!(read(&app, shown).json()["published"], true);
        assert_eq!(app.anonymous().get(&path(hidden)).problem(404), "not_found");
        assert_eq!(app.writer().get(&path(hidden)).expect(200).json()["published"], true);
        assert_eq!(app.anonymous().get(&path(Id::new(app.assembly.clock.now()))).problem(404), "not_found");
        app.writer().delete(&format!("/v1/therapists/{shown}")).expect(204);
        assert_eq!(app.writer().get(&path(shown)).problem(404), "not_found");
        // The consultations are the apps', and may still come and go.
        add_all(&app, shown, "intake", 5..6);
        let left: Vec<Id> = app.assembly.foundation.store.read(|conn| -> Result<_, StoreError> {
            Ok(each_backend!(conn, c => consultation_summaries::table.select(consultation_summaries::therapist_id).load(c))?)
        }).expect("rows");
        assert_eq!(left, [hidden]);
    }

    fn contributors_are_marked_listed_and_unmarked(app: App) {
        let admin = admin(&app);
        for (name, status) in [("b", 201), ("a%20b", 201), ("B", 201), ("b", 204)] {
            admin.put(&format!("{CONTRIBUTORS}/{name}"), &json!({})).expect(status);
        }
        let list = admin.get(CONTRIBUTORS).expect(200).json();
        let marked = |app: &str| json!({"app": app, "marked_by": "tester", "marked_at": "2026-11-22T12:00:00Z"});
        assert_eq!(list, json!({"items": [marked("B"), marked("a b"), marked("b")], "next_cursor": null, "total": 3}));
        let first = admin.get(&format!("{CONTRIBUTORS}?limit=2")).expect(200);
        assert_eq!(first.json()["items"], json!([marked("B"), marked("a b")]));
        let next = first.header("link").strip_prefix('<').and_then(|link| link.split_once('>')).expect("a link").0.to_owned();
        assert_eq!(admin.get(&next).expect(200).json(), json!({"items": [marked("b")], "next_cursor": null, "total": 3}));
        admin.delete(&format!("{CONTRIBUTORS}/b")).expect(204);
        assert_eq!(admin.delete(&format!("{CONTRIBUTORS}/b")).problem(404), "not_found");
        for name in ["a%00b", &"x".repeat(256)] {
            assert_eq!(admin.put(&format!("{CONTRIBUTORS}/{name}"), &json!({})).problem(404), "not_found");
        }
        admin.put(&format!("{CONTRIBUTORS}/{}", "x".repeat(255)), &json!({})).expect(201);
    }

    fn writers_at_once_lose_nothing_and_publish_once(app: App) {
        let id = therapist(&app, "1", "published");
        let contributor = |name: &str| Contributor::try_from(name.to_owned()).expect("a name");
        let store = &app.assembly.foundation.store;
        mark(store, &contributor("intake"), "tester", app.assembly.clock.now()).expect("marked");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let (app, contributor) = (&app, &contributor);
                scope.spawn(move || {
                    for n in 0..8 {
                        let client = format!("c-{writer}-{n}");
                        store.write(|conn| insert(conn, app, id, &heard("intake", &client))).expect("stored");
                        let row = store.write(|conn| insert(conn, app, id, &heard("unmarked", &client))).expect("stored");
                        erase(app, id, row);
                    }
                    mark(store, &contributor(&format!("app-{writer}")), "tester", app.assembly.clock.now()).expect("marked");
                });
            }
        });
        // Whoever came first: of sixty-four clients twelve groups of five, one edition for each.
        let summary = read(&app, id);
        assert_eq!((&summary.json()["consultations"], summary.header("etag")), (&json!(60), "\"12\""));
        let counted = || -> BTreeMap<Id, Option<i64>> {
            let rows: Vec<(Id, Option<i64>)> = store.read(|conn| -> Result<_, StoreError> {
                let columns = (consultation_answers::consultation_id, consultation_answers::heard_batch);
                Ok(each_backend!(conn, c => consultation_answers::table.select(columns).load(c))?)
            }).expect("rows");
            rows.into_iter().collect()
        };
        let rows = counted();
        let mut batches: BTreeMap<i64, usize> = BTreeMap::new();
        rows.values().flatten().for_each(|batch| *batches.entry(*batch).or_default() += 1);
        assert_eq!((rows.len(), batches.len()), (64, 12));
        assert!(batches.values().all(|members| *members == 5), "{batches:?}");
        // One of each of four batches goes, all at once.
        let gone: BTreeMap<i64, Id> = rows.iter().filter_map(|(id, batch)| batch.map(|batch| (batch, *id))).collect();
        std::thread::scope(|scope| {
            for row in gone.into_values().take(4) {
                scope.spawn({
                    let app = &app;
                    move || erase(app, id, row)
                });
            }
        });
        assert_eq!(read(&app, id).json()["consultations"], 40);
        assert_eq!(counted().len(), 60);
    }
}
