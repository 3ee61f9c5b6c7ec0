//! Removal on request: the person is taken out everywhere at once, and stays out until an administrator lifts it.

use diesel::prelude::*;
use serde_json::{Value, json};
use tailor::{
    answers::sets::Sets,
    auth::scope::Scope,
    catalog::model::Catalog,
    directory::{
        examples,
        model::{ServerFields, Therapist},
        profiles::{self, ProfileError},
        removals,
        store::{self as rows, Removed},
    },
    each_backend,
    id::Id,
    store::{
        Store, StoreError,
        schema::{directory_changes as changes, therapist_licenses as licenses},
    },
};

use crate::{
    on_both_databases,
    support::{
        app::{App, Client, now},
        database::Database,
    },
};

const NPI: &str = "1234567893";

fn admin(app: &App) -> Client<'_> {
    app.with_scopes(&[Scope::Admin])
}

fn profile(source: &str, external_id: &str, npi: Option<&str>) -> Value {
    let mut profile = examples::therapist();
    profile["source"] = json!(source);
    profile["external_id"] = json!(external_id);
    profile["npi"] = json!(npi);
    profile
}

fn add(app: &App, source: &str, external_id: &str, npi: Option<&str>) -> String {
    let stored = app.writer().post("/v1/therapists", &profile(source, external_id, npi)).expect(201).json();
    stored["id"].as_str().expect("an id").to_owned()
}

/// Asks for the removal of a profile, without a body.
fn remove(app: &App, id: &str) -> crate::support::app::Answer {
    app.writer().send("POST", &format!("/v1/therapists/{id}/removal"), "", b"")
}

/// External ids of those whom a match finds.
fn matched(app: &App) -> Vec<String> {
    let request = json!({"problem_areas": [{"code": "ptsd"}], "explain": "none"});
    let answer = app.anonymous().post("/v1/matches", &request).expect(200).json();
    let results = answer["results"].as_array().expect("results");
    results.iter().map(|result| result["therapist"]["id"].as_str().expect("an id").to_owned()).collect()
}

/// What the change feed holds of a kind.
fn of_kind(app: &App, kind: &str) -> Vec<(String, i64)> {
    let rows: Vec<(Id, i64)> = app
        .assembly
        .foundation
        .store
        .read(|conn| -> Result<_, StoreError> {
            Ok(each_backend!(conn, c => changes::table
                .filter(changes::kind.eq(kind))
                .select((changes::therapist_id, changes::revision))
                .order(changes::sequence)
                .load(c))?)
        })
        .expect("the feed is read");
    rows.into_iter().map(|(id, revision)| (id.to_string(), revision)).collect()
}

on_both_databases! {
    /// The profile and its twins of other sources are gone from the database, the index and the lists before the answer;
    /// the feed says that it was a removal.
    fn a_removal_takes_the_person_out_everywhere(app: App) {
        let asked = add(&app, "acme", "A-1", Some(NPI));
        let twin = add(&app, "beta", "B-1", Some(NPI));
        let other = add(&app, "beta", "B-2", None);
        app.writer().patch(&format!("/v1/therapists/{twin}"), &json!({"headline": "changed"})).expect(200);
        assert_eq!(matched(&app).len(), 2, "the two of one NPI are matched once");
        let answer = remove(&app, &asked).expect(200);
        assert_eq!(matched(&app), [other.as_str()]);
        let report = answer.json();
        let id = report["id"].as_str().expect("an id");
        assert_eq!(answer.header("location"), format!("/v1/removals/{id}"));
        let removal = json!({"id": id, "source": "acme", "external_id": "A-1", "npi": NPI, "removed_by": "tester", "removed_at": "2026-11-22T12:00:00Z"});
        let mut expected = removal.clone();
        expected["removed"] = json!([
            {"therapist_id": asked, "source": "acme", "external_id": "A-1"},
            {"therapist_id": twin, "source": "beta", "external_id": "B-1"},
        ]);
        assert_eq!(report, expected);
        for gone in [&asked, &twin] {
            assert_eq!(app.writer().get(&format!("/v1/therapists/{gone}")).problem(404), "not_found");
            assert_eq!(remove(&app, gone).problem(404), "not_found");
        }
        assert_eq!(app.writer().get("/v1/therapists").expect(200).json()["total"], 1);
        assert_eq!(of_kind(&app, "removal"), [(asked, 2), (twin, 3)]);
        assert_eq!(of_kind(&app, "delete"), []);
        let left: i64 = app.assembly.foundation.store.read(|conn| -> Result<_, StoreError> {
            Ok(each_backend!(conn, c => licenses::table.count().get_result(c))?)
        }).expect("the licences are counted");
        assert_eq!(left, 1, "the licences went with their profiles");
        assert_eq!(admin(&app).get(&format!("/v1/removals/{id}")).expect(200).json(), removal);
    }

    fn nobody_brings_the_person_back(app: App) {
        remove(&app, &add(&app, "acme", "A-1", Some(NPI))).expect(200);
        remove(&app, &add(&app, "acme", "A-2", None)).expect(200);
        let other = add(&app, "beta", "A-2", None);
        let path = format!("/v1/therapists/{other}");
        let writer = app.writer();
        let answer = writer.post("/v1/therapists", &profile("acme", "A-1", None));
        assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains("administrator")));
        for answer in [
            answer,
            writer.post("/v1/therapists", &profile("acme", "A-2", None)),
            writer.post("/v1/therapists", &profile("gamma", "G-1", Some(NPI))),
            writer.patch(&path, &json!({"npi": NPI})),
            writer.patch(&path, &json!({"source": "acme"})),
            writer.put(&path, &profile("acme", "A-1", None)),
        ] {
            assert_eq!(answer.problem(409), "removed_on_request");
        }
        assert_eq!(writer.get(&path).expect(200).json()["revision"], 1, "nothing was written");
        assert_eq!(writer.patch(&path, &json!({"headline": "new"})).expect(200).json()["revision"], 2);
        assert_eq!(writer.get("/v1/therapists").json()["total"], 1);
        assert_eq!(matched(&app), [other.as_str()]);
    }

    /// A lifted removal lets the person back in wherever the person was: all of one NPI come back together.
    fn an_administrator_lifts_a_removal(app: App) {
        let asked = add(&app, "acme", "A-1", Some(NPI));
        add(&app, "beta", "B-1", Some(NPI));
        app.pass(chrono::Duration::seconds(1));
        let path = remove(&app, &asked).expect(200).header("location").to_owned();
        app.pass(chrono::Duration::seconds(1));
        remove(&app, &add(&app, "acme", "A-2", None)).expect(200);
        let admin = admin(&app);
        let found = |query: &str| -> Vec<String> {
            let page = admin.get(&format!("/v1/removals{query}")).expect(200).json();
            page["items"].as_array().unwrap().iter().map(|item| item["external_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found("")[0], "A-2", "the newest first");
        assert_eq!(found(&format!("?npi={NPI}")).len(), 2);
        assert_eq!(found("?source=acme&external_id=A-1"), ["A-1"]);
        let first = admin.get("/v1/removals?limit=1").expect(200);
        assert!(first.header("link").contains("rel=\"next\""));
        assert_eq!(first.json()["total"], 3);
        let cursor = first.json()["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(found(&format!("?cursor={cursor}")).len(), 2);
        let faults = admin.get("/v1/removals?npi=12&source=A&nope=1").faults();
        assert!(faults.contains(&("/nope".to_owned(), "unknown_parameter".to_owned())), "{faults:?}");

        let tag = admin.get(&path).expect(200).header("etag").to_owned();
        admin.with("If-None-Match", &tag).get(&path).expect(304);
        assert_eq!(admin.with("If-Match", "\"other\"").delete(&path).problem(412), "precondition_failed");
        admin.with("If-Match", &tag).delete(&path).expect(204);
        for answer in [admin.get(&path), admin.delete(&path)] {
            assert_eq!(answer.problem(404), "not_found");
        }
        assert_eq!(found(""), ["A-2"]);
        add(&app, "beta", "B-1", Some(NPI));
        let back = add(&app, "acme", "A-1", Some(NPI));
        // And can ask again.
        let again = remove(&app, &back).expect(200).json();
        assert_eq!(again["removed"].as_array().map(Vec::len), Some(2));
    }

    fn only_those_who_may_remove_and_lift(app: App) {
        let id = add(&app, "acme", "A-1", Some(NPI));
        let reader = app.with_scopes(&[Scope::DirectoryRead, Scope::ImportsWrite]);
        let path = format!("/v1/therapists/{id}/removal");
        assert_eq!(app.anonymous().send("POST", &path, "", b"").problem(401), "unauthorized");
        assert_eq!(reader.send("POST", &path, "", b"").problem(403), "insufficient_scope");
        let removal = remove(&app, &id).expect(200).header("location").to_owned();
        for answer in [app.writer().get("/v1/removals"), app.writer().get(&removal), app.writer().delete(&removal)] {
            assert_eq!(answer.problem(403), "insufficient_scope");
        }
        admin(&app).get(&removal).expect(200);
    }

    fn a_removal_needs_no_body_and_keeps_none(app: App) {
        let id = add(&app, "acme", "A-1", None);
        let path = format!("/v1/therapists/{id}/removal");
        let stale = app.writer().with("If-Match", "\"7\"").post(&path, &json!({}));
        assert_eq!(stale.problem(412), "precondition_failed");
        let told = app.writer().post(&path, &json!({"reason": "asked by telephone"}));
        assert_eq!(told.faults(), [("/reason".to_owned(), "unknown_field".to_owned())]);
        assert_eq!(app.writer().send("POST", &path, "application/json", b"{").problem(400), "malformed_json");
        assert_eq!(app.writer().post(&path, &json!([])).faults(), [(String::new(), "invalid_type".to_owned())]);
        assert_eq!(app.writer().get(&format!("/v1/therapists/{id}")).expect(200).header("etag"), "\"1.stale\"");
        app.writer().with("If-Match", "\"1.stale\"").post(&path, &json!({})).expect(200);
        assert_eq!(matched(&app), Vec::<String>::new());
    }

    /// Who stands among the removals and is listed nevertheless, by a hand that went past the server, can be removed again.
    fn a_removal_of_somebody_removed_is_the_same_one(app: App) {
        let first = remove(&app, &add(&app, "acme", "A-1", None)).expect(200).json();
        app.pass(chrono::Duration::days(1));
        let mut past: Therapist = serde_json::from_value(profile("acme", "A-1", Some(NPI))).expect("a profile");
        let at = app.assembly.clock.now();
        let id = Id::new(at);
        past.stamp(ServerFields { id, revision: 1, import_id: None, created_at: at, updated_at: at });
        app.assembly.foundation.store.write(|conn| rows::insert(conn, &[past])).expect("inserted");
        let again = remove(&app, &id.to_string()).expect(200).json();
        assert_eq!((&again["id"], &again["npi"], &again["removed_at"]), (&first["id"], &json!(NPI), &json!("2026-11-23T12:00:00Z")));
        assert_eq!(admin(&app).get("/v1/removals").expect(200).json()["total"], 1);
    }

    /// What an import asks of a chunk.
    fn a_chunk_is_told_who_was_removed(app: App) {
        let ask = |source: &str, ids: &[&str], npis: &[&str]| -> Removed {
            app.assembly.foundation.store.write(|conn| rows::removed(conn, source, ids, npis)).expect("asked")
        };
        assert_eq!(ask("acme", &["A-1"], &[NPI]), Removed::default());
        remove(&app, &add(&app, "acme", "A-1", Some(NPI))).expect(200);
        remove(&app, &add(&app, "acme", "A-2", None)).expect(200);
        let many: Vec<String> = (0..5000).map(|n| format!("A-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let removed = ask("acme", &many, &["1000000004", NPI]);
        for (external_id, npi, expected) in [
            (Some("A-1"), None, true),
            (Some("A-2"), Some("1000000004"), true),
            (Some("A-3"), Some(NPI), true),
            (None, Some(NPI), true),
            (Some("A-3"), Some("1000000004"), false),
            (None, None, false),
        ] {
            assert_eq!(removed.has(external_id, npi), expected, "{external_id:?} {npi:?}");
        }
        let elsewhere = ask("beta", &many, &[]);
        assert!(!elsewhere.has(Some("A-1"), None), "an external id is one of its source");
        assert!(ask("beta", &[], &[NPI]).has(Some("B-1"), Some(NPI)), "an NPI is one everywhere");
    }

    /// However creations and the removal of one person fall together, nobody of that NPI is listed in the end.
    fn writers_at_once_do_not_bring_the_person_back(app: App) {
        let asked = add(&app, "acme", "A-0", Some(NPI));
        let changed = add(&app, "acme", "A-1", None);
        std::thread::scope(|scope| {
            let app = &app;
            for n in 0..6 {
                scope.spawn(move || {
                    let answer = app.writer().post("/v1/therapists", &profile("beta", &format!("B-{n}"), Some(NPI)));
                    assert!(matches!(answer.status, 201 | 409), "{}", answer.status);
                });
            }
            scope.spawn(move || {
                let answer = app.writer().patch(&format!("/v1/therapists/{changed}"), &json!({"npi": NPI}));
                assert!(matches!(answer.status, 200 | 409), "{}", answer.status);
            });
            scope.spawn(move || remove(app, &asked).expect(200));
        });
        let listed = app.writer().get("/v1/therapists").expect(200).json();
        let npis: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["npi"].clone()).collect();
        assert!(npis.iter().all(Value::is_null), "{npis:?}");
        assert_eq!(matched(&app).len(), npis.len());
        assert_eq!(app.writer().post("/v1/therapists", &profile("gamma", "G", Some(NPI))).problem(409), "removed_on_request");
    }
}

/// On PostgreSQL, where writers run side by side: while one gives a profile its identity no removal goes on, and while a
/// removal goes on nobody gives a profile its identity. The other side gives up waiting, so that neither is held up.
#[test]
fn removals_and_writers_wait_for_one_another() {
    let Some(database) = Database::postgres() else { return };
    let store = Store::open(&database.url).expect("the store opens");
    let impatient = Store::open(&format!("{}&options=-c%20lock_timeout%3D50", database.url)).expect("again");
    let sets = Sets::built_in(&Catalog::embedded().expect("the catalog"));
    let person = |external_id: &str, npi: Option<&str>| -> Therapist {
        let mut profile = profile("acme", external_id, npi);
        // The database has no catalog here.
        for list in ["modalities", "problem_areas", "communities"] {
            profile[list] = json!([]);
        }
        serde_json::from_value(profile).expect("a profile")
    };
    let create = |store: &Store, external_id: &str, npi| {
        profiles::create(store, &sets, &person(external_id, npi), None, now())
            .map(|created| created.therapist.id)
    };
    let gave_up = |error: ProfileError| match error {
        ProfileError::Store(StoreError::Query(error)) => error.to_string().contains("lock timeout"),
        other => panic!("{other}"),
    };
    let asked = create(&store, "A-1", Some(NPI)).expect("created");
    let other = create(&store, "A-2", None).expect("created");

    let changed = profiles::change(
        &store,
        &sets,
        other,
        now(),
        |_| {
            let error =
                removals::remove(&impatient, asked, "tester", now(), |_| true).expect_err("must wait");
            gave_up(error)
        },
        |_| Ok(person("A-2", Some(NPI))),
    );
    assert_eq!(changed.expect("changed").revision, 2);

    let report = removals::remove(&store, asked, "tester", now(), |_| {
        gave_up(create(&impatient, "A-3", Some(NPI)).expect_err("must wait"))
    });
    assert_eq!(
        report.expect("removed").removed.len(),
        2,
        "what was committed before the removal goes with it"
    );
    assert!(matches!(create(&impatient, "A-3", Some(NPI)), Err(ProfileError::Removed)));
}
