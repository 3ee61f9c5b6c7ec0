//! Profiles: created, read, replaced, patched, deleted.

use serde_json::{Value, json};
use tailor::directory::examples;

use crate::{on_both_databases, support::app::App};

/// A profile with only what must be there.
fn minimal() -> Value {
    json!({"name": {"given": "Ada", "family": "Osei"}, "profession": "counselor"})
}

/// What the server adds, taken away.
fn sent(mut profile: Value) -> Value {
    let object = profile.as_object_mut().expect("an object");
    for field in [
        "id",
        "display_name",
        "confirmed_at",
        "confirmations",
        "stale",
        "provenance",
        "revision",
        "created_at",
        "updated_at",
    ] {
        object.remove(field).expect("the server adds it");
    }
    profile
}

on_both_databases! {
    /// Everything that the contract's example says comes back as it was sent.
    fn a_profile_comes_back_as_it_was_sent(app: App) {
        let created = app.writer().post("/v1/therapists", &examples::therapist()).expect(201);
        let location = created.header("location").to_owned();
        let mut body = created.json();
        assert_eq!(location, format!("/v1/therapists/{}", body["id"].as_str().unwrap()));
        assert_eq!(created.header("etag"), "\"1.stale\"");
        assert_eq!(body["display_name"], "Dr. Maya Okafor");
        assert_eq!(body["provenance"], json!({"source": "acme", "import_id": null}));
        assert_eq!(app.writer().get(&location).expect(200).json(), body);
        // What was read can be sent back, server fields and all, and changes nothing.
        assert_eq!(app.writer().put(&location, &body).expect(200).json(), body);
        let mut expected = examples::therapist();
        // What the example leaves out comes back as unknown.
        for field in ["bio", "email", "photo_url"] {
            expected[field] = Value::Null;
        }
        expected["name"]["suffix"] = Value::Null;
        expected["modalities"][1]["since"] = Value::Null;
        expected["locations"][0]["line2"] = Value::Null;
        expected["consultation_answers"] = json!([]);
        body = sent(body);
        assert_eq!(body, expected);
    }

    fn defaults_are_the_smaller_claims(app: App) {
        let mut profile = minimal();
        profile["modalities"] = json!([{"code": "cbt"}]);
        profile["problem_areas"] = json!([{"code": "panic"}]);
        let stored = app.writer().post("/v1/therapists", &profile).expect(201).json();
        assert_eq!(stored["status"], "draft");
        assert_eq!(stored["source"], "direct");
        assert_eq!(stored["external_id"], stored["id"]);
        assert_eq!(
            stored["modalities"][0],
            json!({"code": "cbt", "role": "technique", "evidence_level": "self_declared", "since": null})
        );
        assert_eq!(stored["problem_areas"][0]["focus"], "secondary");
        assert_eq!(stored["contact_public"], json!({"email": false, "phone": false}));
    }

    fn a_replacement_makes_unknown_what_it_leaves_out(app: App) {
        let created = app.writer().post("/v1/therapists", &examples::therapist()).expect(201).json();
        let path = format!("/v1/therapists/{}", created["id"].as_str().unwrap());
        let next = minimal();
        let replaced = app.writer().put(&path, &next).expect(200);
        assert_eq!(replaced.header("etag"), "\"2.stale\"");
        let replaced = replaced.json();
        assert_eq!(replaced["revision"], 2);
        assert_eq!((&replaced["source"], &replaced["external_id"]), (&json!("acme"), &json!("A-1001")), "who it is stays");
        assert_eq!(replaced["modalities"], json!([]));
        assert_eq!(replaced["npi"], Value::Null);
        assert_eq!(app.writer().get(&path).expect(200).json(), replaced);
    }

    fn a_merge_patch_changes_only_what_it_names(app: App) {
        let created = app.writer().post("/v1/therapists", &examples::therapist()).expect(201).json();
        let path = format!("/v1/therapists/{}", created["id"].as_str().unwrap());
        let patch = json!({"headline": null, "availability": {"accepting": "not_accepting"}, "languages": ["de"]});
        let patched = app.writer().patch(&path, &patch).expect(200).json();
        let mut expected = created;
        expected["headline"] = Value::Null;
        expected["availability"]["accepting"] = json!("not_accepting");
        expected["languages"] = json!(["de"]);
        expected["revision"] = json!(2);
        assert_eq!(patched, expected);
        let faults = app.writer().patch(&path, &json!({"languages": [], "npi": "1", "nope": 1})).faults();
        let expected =
            [("/languages", "required"), ("/nope", "unknown_field"), ("/npi", "invalid_format"), ("/npi", "too_short")];
        assert_eq!(faults, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        assert_eq!(app.writer().get(&path).expect(200).json()["revision"], 2, "nothing was written");
    }

    fn stale_writers_are_told(app: App) {
        let created = app.writer().post("/v1/therapists", &minimal()).expect(201);
        let path = created.header("location").to_owned();
        let tag = created.header("etag").to_owned();
        app.writer().with("If-Match", &tag).patch(&path, &json!({"pronouns": "they/them"})).expect(200);
        for method in ["PATCH", "PUT", "DELETE"] {
            let body = if method == "DELETE" { String::new() } else { minimal().to_string() };
            let media_type = if method == "DELETE" { "" } else { "application/json" };
            let answer = app.writer().with("If-Match", &tag).send(method, &path, media_type, body.as_bytes());
            assert_eq!(answer.problem(412), "precondition_failed", "{method}");
        }
        // Whoever meant to write what is not there yet hears of that, and not of a header that was not sent.
        let there = app.writer().with("If-None-Match", "*").put(&path, &minimal()).expect(412).json();
        assert!(there["detail"].as_str().unwrap().contains("`If-None-Match`"), "{there}");
        let now = app.writer().get(&path).expect(200);
        let unchanged = app.writer().with("If-None-Match", now.header("etag")).get(&path).expect(304);
        for answer in [&now, &unchanged] {
            let vary = answer.header("vary").to_lowercase();
            assert!(vary.contains("authorization") && vary.contains("accept-encoding"), "{vary}");
        }
        app.writer().with("If-Match", now.header("etag")).delete(&path).expect(204);
        assert_eq!(app.writer().get(&path).problem(404), "not_found");
        assert_eq!(app.writer().delete(&path).problem(404), "not_found");
    }

    fn one_source_has_one_profile_of_an_external_id(app: App) {
        app.writer().post("/v1/therapists", &examples::therapist()).expect(201);
        assert_eq!(app.writer().post("/v1/therapists", &examples::therapist()).problem(409), "already_exists");
        let mut other = examples::therapist();
        other["external_id"] = json!("A-1002");
        let other = app.writer().post("/v1/therapists", &other).expect(201).json();
        let path = format!("/v1/therapists/{}", other["id"].as_str().unwrap());
        let answer = app.writer().patch(&path, &json!({"external_id": "A-1001"}));
        assert_eq!(answer.problem(409), "already_exists");
    }

    /// An unpublished profile, and contacts that are not public, are for writers only.
    fn readers_see_what_is_public(app: App) {
        let mut profile = examples::therapist();
        profile["email"] = json!("maya@example.org");
        let path = app.writer().post("/v1/therapists", &profile).expect(201).header("location").to_owned();
        let seen = app.anonymous().get(&path).expect(200).json();
        assert_eq!(seen["email"], Value::Null);
        assert_eq!(seen["phone"], "+14155550123");
        assert_eq!(app.writer().get(&path).expect(200).json()["email"], "maya@example.org");
        app.writer().patch(&path, &json!({"status": "suspended"})).expect(200);
        assert_eq!(app.anonymous().get(&path).problem(404), "not_found");
        assert_eq!(app.anonymous().get("/v1/therapists").expect(200).json()["total"], 0);
        assert_eq!(app.writer().get("/v1/therapists").expect(200).json()["total"], 1);
        assert_eq!(app.anonymous().get("/v1/therapists?status=suspended&status=published").problem(401), "unauthorized");
    }

    fn an_idempotency_key_makes_one_profile(app: App) {
        let caller = app.writer().with("Idempotency-Key", "key-1");
        let first = caller.post("/v1/therapists", &minimal()).expect(201).json();
        let again = caller.post("/v1/therapists", &minimal()).expect(201);
        assert_eq!(again.header("location"), format!("/v1/therapists/{}", first["id"].as_str().unwrap()));
        assert_eq!(again.json(), first);
        let mut other = minimal();
        other["pronouns"] = json!("she/her");
        assert_eq!(caller.post("/v1/therapists", &other).problem(422), "idempotency_key_reused");
        assert_eq!(app.writer().get("/v1/therapists").json()["total"], 1);
        app.pass(chrono::Duration::hours(25));
        let later = app.writer().with("Idempotency-Key", "key-1").post("/v1/therapists", &other).expect(201).json();
        assert_ne!(later["id"], first["id"]);
        app.writer().delete(&format!("/v1/therapists/{}", later["id"].as_str().unwrap())).expect(204);
        let gone = app.writer().with("Idempotency-Key", "key-1").post("/v1/therapists", &other);
        assert_eq!(gone.problem(409), "conflict");
    }

    /// Many requests with one key at once: one profile, and the same answer to all.
    fn one_key_used_at_once_makes_one_profile(app: App) {
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let caller = app.writer().with("Idempotency-Key", "key-1");
            let requests: Vec<_> = (0..8)
                .map(|_| {
                    let caller = caller.clone();
                    scope.spawn(move || caller.post("/v1/therapists", &minimal()).expect(201).json())
                })
                .collect();
            requests.into_iter().map(|request| request.join().expect("an answer")).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(app.writer().get("/v1/therapists").json()["total"], 1);
    }

    /// Writers without `If-Match` follow one another: no write is lost half way, and every one raises the revision.
    fn writers_at_once_follow_one_another(app: App) {
        let path = app.writer().post("/v1/therapists", &minimal()).expect(201).header("location").to_owned();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (app, path) = (&app, &path);
                scope.spawn(move || {
                    app.writer().patch(path, &json!({"headline": format!("headline {n}")})).expect(200);
                });
            }
        });
        assert_eq!(app.writer().get(&path).json()["revision"], 9);
    }
}
