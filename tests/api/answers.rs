//! A therapist's published answers: one by one, within the profile, and in files.

use diesel::prelude::*;
use serde_json::{Value, json};
use tailor::{
    auth::scope::Scope,
    each_backend,
    store::{Connection, StoreError, schema::directory_changes as feed},
};

use crate::{
    on_both_databases,
    support::app::{Answer, App},
};

const SETS: &str = "/v1/consultation/question-sets";

/// The contract's request.
fn contract() -> Value {
    json!({
        "text": "I draw from two schools.", "language": "en",
        "approaches": [{"modality": "psychodynamic", "role": "foundation", "used_for": ["relational_patterns"], "phase": "insight"}],
        "selection_principles": ["assessment", "phase", "client_preference"], "homework": "regular",
        "signals": ["names_several_approaches"],
    })
}

/// A profile with only what must be there, and this.
fn add(app: &App, extra: &Value) -> String {
    let mut profile = json!({
        "status": "published", "name": {"given": "Ada", "family": "Osei"}, "profession": "counselor", "languages": ["en"],
        "session_formats": ["video"],
    });
    for (field, value) in extra.as_object().expect("fields") {
        profile[field] = value.clone();
    }
    app.writer().post("/v1/therapists", &profile).expect(201).header("location").to_owned()
}

fn changes(app: &App) -> i64 {
    let count = |conn: &mut Connection| -> Result<i64, StoreError> {
        Ok(each_backend!(conn, c => feed::table.count().get_result(c))?)
    };
    app.assembly.foundation.store.read(count).expect("counted")
}

/// Declared signals, whatever the text suggests beside them.
fn declared(answer: &Value) -> Vec<&str> {
    let signals = answer["signals"].as_array().expect("signals").iter();
    signals
        .filter(|signal| signal["basis"] == "declared")
        .map(|signal| signal["code"].as_str().unwrap())
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

on_both_databases! {
    fn an_answer_is_put_read_replaced_and_deleted(app: App) {
        let profile = add(&app, &json!({}));
        let list = format!("{profile}/consultation-answers");
        let path = format!("{list}/approaches_and_selection");
        assert_eq!(app.anonymous().get(&list).expect(200).json(), json!({"items": [], "next_cursor": null, "total": 0}));
        assert_eq!(app.anonymous().get(&path).problem(404), "not_found");
        assert_eq!(app.writer().delete(&path).problem(404), "not_found");

        let before = changes(&app);
        let put = app.writer().put(&path, &contract()).expect(201);
        assert_eq!((put.header("location"), put.header("etag")), (path.as_str(), "\"2.stale\""));
        let put = put.json();
        for (field, value) in [
            ("question", json!("approaches_and_selection")),
            ("question_set", json!({"code": "integrative-core", "version": 1})),
            ("answered_at", json!("2026-11-22T12:00:00Z")),
            ("homework", json!("regular")),
            ("approaches", contract()["approaches"].clone()),
        ] {
            assert_eq!(put[field], value);
        }
        assert_eq!(declared(&put), ["names_several_approaches"]);
        assert_eq!(put["signals"].as_array().unwrap().iter().find(|s| s["basis"] == "declared").unwrap()["weight"], 1.0);
        assert!(put["coverage"].as_f64().unwrap() > 0.0 && put["missing"].as_array().unwrap().iter().all(|m| m["ask"].is_string()));
        assert_eq!(changes(&app), before + 1);

        // As anybody sees it, and as part of the profile.
        let read = app.anonymous().get(&path).expect(200);
        assert_eq!((read.json(), read.header("etag")), (put.clone(), "\"2.public-stale\""));
        let whole = app.anonymous().get(&profile).expect(200);
        assert_eq!(whole.header("etag"), read.header("etag"));
        let mut nested = put.clone();
        for follows in ["coverage", "missing", "read"] {
            nested.as_object_mut().unwrap().remove(follows);
        }
        assert_eq!(whole.json()["consultation_answers"], json!([nested]));
        let items = app.anonymous().get(&list).expect(200);
        assert_eq!(items.header("etag"), read.header("etag"));
        assert_eq!(items.json(), json!({"items": [put], "next_cursor": null, "total": 1}));
        app.anonymous().with("If-None-Match", read.header("etag")).get(&path).expect(304);
        app.anonymous().with("If-None-Match", read.header("etag")).get(&list).expect(304);

        // What was read can be sent back, whatever the server added, and changes nothing.
        app.pass(chrono::Duration::hours(1));
        let same = app.writer().put(&path, &put).expect(200);
        assert_eq!((same.header("etag"), same.json()), ("\"2.stale\"", put.clone()));
        assert_eq!(app.writer().put(&path, &contract()).expect(200).json(), put);
        assert_eq!(changes(&app), before + 1);

        let mut other = contract();
        other["homework"] = json!("none");
        other["approaches"] = Value::Null;
        let replaced = app.writer().put(&path, &other).expect(200);
        assert_eq!(replaced.header("etag"), "\"3.stale\"");
        let replaced = replaced.json();
        assert_eq!((&replaced["answered_at"], &replaced["homework"]), (&json!("2026-11-22T13:00:00Z"), &json!("none")));
        assert!(replaced.get("approaches").is_none(), "null is the same as absent");

        assert_eq!(app.writer().delete(&path).expect(204).body, b"");
        assert_eq!(app.anonymous().get(&path).problem(404), "not_found");
        assert_eq!(app.writer().get(&profile).json()["revision"], 4);
        assert_eq!(changes(&app), before + 3);
    }

    /// A match sees what this node acknowledged.
    fn a_write_is_in_the_live_index_before_it_is_answered(app: App) {
        let profile = add(&app, &json!({}));
        let revision = || {
            let asked = json!({"problem_areas": [{"code": "panic"}]});
            app.anonymous().post("/v1/matches", &asked).expect(200).json()["directory_revision"].as_i64().unwrap()
        };
        let path = format!("{profile}/consultation-answers/when_stuck");
        let before = revision();
        app.writer().put(&path, &json!({"flexibility": "high"})).expect(201);
        let then = revision();
        app.writer().delete(&path).expect(204);
        assert!(before < then && then < revision());
    }

    fn stale_writers_are_told(app: App) {
        let profile = add(&app, &json!({}));
        let path = format!("{profile}/consultation-answers/when_stuck");
        let tag = app.writer().get(&profile).expect(200).header("etag").to_owned();
        let put = app.writer().with("If-Match", &tag).put(&path, &json!({"text": "a"})).expect(201);
        let stale = app.writer().with("If-Match", &tag);
        assert_eq!(stale.put(&path, &json!({"text": "b"})).problem(412), "precondition_failed");
        assert_eq!(stale.delete(&path).problem(412), "precondition_failed");
        assert_eq!(stale.patch(&profile, &json!({"pronouns": "she/her"})).problem(412), "precondition_failed");
        app.writer().with("If-Match", put.header("etag")).delete(&path).expect(204);
    }

    fn only_writers_write_and_only_published_profiles_are_seen(app: App) {
        let profile = add(&app, &json!({}));
        let list = format!("{profile}/consultation-answers");
        let path = format!("{list}/when_stuck");
        let body = json!({"text": "a"});
        assert_eq!(app.anonymous().put(&path, &body).problem(401), "unauthorized");
        assert_eq!(app.anonymous().delete(&path).problem(401), "unauthorized");
        for scope in [Scope::DirectoryRead, Scope::ConsultationsWrite, Scope::MatchRun] {
            assert_eq!(app.with_scopes(&[scope]).put(&path, &body).problem(403), "insufficient_scope");
            assert_eq!(app.with_scopes(&[scope]).delete(&path).problem(403), "insufficient_scope");
        }
        app.writer().put(&path, &body).expect(201);
        app.with_scopes(&[Scope::DirectoryRead]).get(&path).expect(200);
        app.writer().patch(&profile, &json!({"status": "draft"})).expect(200);
        for hidden in [&list, &path] {
            assert_eq!(app.anonymous().get(hidden).problem(404), "not_found");
            assert_eq!(app.with_scopes(&[Scope::DirectoryRead]).get(hidden).problem(404), "not_found");
            app.writer().get(hidden).expect(200);
        }
    }

    fn a_path_that_names_nothing_is_not_found(app: App) {
        let profile = add(&app, &json!({}));
        let nobody = "/v1/therapists/01936f5e-8a00-7000-8000-000000000001/consultation-answers";
        let body = json!({"text": "a"});
        for path in [
            format!("{profile}/consultation-answers/when_stuk"),
            format!("{nobody}/when_stuck"),
            "/v1/therapists/nobody/consultation-answers/when_stuck".to_owned(),
        ] {
            assert_eq!(app.writer().put(&path, &body).problem(404), "not_found", "{path}");
            assert_eq!(app.writer().get(&path).problem(404), "not_found");
            assert_eq!(app.writer().delete(&path).problem(404), "not_found");
        }
        assert_eq!(app.writer().get(nobody).problem(404), "not_found");
        assert_eq!(app.writer().get(&profile).json()["revision"], 1);
    }

    /// All at once, and nothing of what was sent: neither values nor names.
    fn every_fault_is_named_and_nothing_is_repeated(app: App) {
        let profile = add(&app, &json!({}));
        let put = |question: &str, body: &Value| -> Answer {
            let answer = app.writer().put(&format!("{profile}/consultation-answers/{question}"), body);
            assert!(!String::from_utf8_lossy(&answer.body).contains("canary"), "{}", String::from_utf8_lossy(&answer.body));
            answer
        };
        let faults = put("approaches_and_selection", &json!({
            "question": "when_stuck", "text": 5, "language": "canary", "homework": "canary", "integration_type": ["canary"],
            "selection_principles": ["assessment", "assesment", "assessment"], "canary": "canary", "flexibility": "high",
            "approaches": [{"modality": "canary", "role": "canary", "canary": 1, "used_for": ["canary"], "share": 2}, {"phase": "any"}],
            "signals": ["canary", {"code": "shared_choice", "basis": "declared", "canary": 1}],
        })).faults();
        assert_eq!(faults, pairs(&[
            // A name of the sender's, and a field that another question has.
            ("", "unknown_field"),
            ("/approaches/0", "unknown_field"),
            ("/approaches/0/modality", "unknown_code"),
            ("/approaches/0/role", "invalid_choice"),
            ("/approaches/0/share", "too_large"),
            ("/approaches/0/used_for/0", "unknown_code"),
            ("/approaches/1/modality", "required"),
            ("/flexibility", "unknown_field"),
            ("/homework", "unknown_code"),
            ("/integration_type", "invalid_type"),
            ("/language", "invalid_language"),
            ("/question", "inconsistent"),
            ("/selection_principles/1", "unknown_code"),
            ("/selection_principles/2", "duplicate"),
            ("/signals/0", "unknown_code"),
            ("/signals/1", "unknown_field"),
            ("/text", "invalid_type"),
        ]));
        for (body, expected) in [
            (json!([]), ("", "invalid_type")),
            (json!({"text": "x".repeat(8001)}), ("/text", "too_long")),
            (json!({"text": "a\u{7}b"}), ("/text", "control_character")),
            (json!({"signals": "flexibility"}), ("/signals", "invalid_type")),
            (json!({"signals": [5]}), ("/signals/0", "invalid_type")),
            (json!({"signals": ["flexibility", "consults", "refers_on", "never_stuck"]}), ("/signals", "too_many")),
            (json!({"signals": ["consults", "consults"]}), ("/signals/1", "duplicate")),
            (json!({"review_interval_sessions": 201}), ("/review_interval_sessions", "too_large")),
            (json!({"review_interval_sessions": 1.5}), ("/review_interval_sessions", "invalid_type")),
            (json!({"pivot_modalities": ["a", {}]}), ("/pivot_modalities/0", "unknown_code")),
            (json!({"question_set": {"code": "canary", "version": 1}}), ("/question_set", "unknown_code")),
            (json!({"question_set": {"code": "integrative-core", "version": 0}}), ("/question_set/version", "too_small")),
            (json!({"question_set": "integrative-core"}), ("/question_set", "invalid_type")),
        ] {
            let found = put("when_stuck", &body).faults();
            assert_eq!(found[0], pairs(&[expected])[0], "{body}");
        }
        let suggestions = put("when_stuck", &json!({"flexibility": "hihg"})).expect(422).json()["errors"][0]["suggestions"].clone();
        assert_eq!(suggestions, json!(["high"]));
        // So much that its rules are not asked one by one.
        let many = vec!["name_it"; 6_000];
        assert_eq!(put("when_stuck", &json!({"stuck_strategies": many})).problem(422), "invalid_input");
        assert_eq!(put("when_stuck", &json!({"canary": many})).problem(422), "invalid_input");
        assert_eq!(app.writer().get(&profile).json()["revision"], 1);
    }

    fn an_operators_own_set_has_fields_of_its_own(app: App) {
        let profile = add(&app, &json!({}));
        let path = format!("{profile}/consultation-answers/first_step");
        let named = json!({"code": "my-clinic", "version": 1});
        let body = json!({"question_set": named, "tempo": "slow", "first_review_after_weeks": 4.0, "text": "a"});
        assert_eq!(app.writer().put(&path, &body).problem(404), "not_found");
        let mut set: Value = serde_json::from_str(include_str!("../../src/catalog/question_set.json")).unwrap();
        app.with_scopes(&[Scope::Admin]).post(SETS, &set).expect(201);
        let put = app.writer().put(&path, &body).expect(201).json();
        assert_eq!((&put["question_set"], &put["first_review_after_weeks"]), (&named, &json!(4)));
        // The sets are told apart: this question is not in the one that an answer without a set means.
        let without = app.writer().put(&path, &json!({"tempo": "slow"})).faults();
        assert_eq!(without, pairs(&[("/question_set", "inconsistent")]));
        // Names of a published set are no secret, but only the document's names are pointed at: the details name them.
        let wrong = json!({"question_set": named, "tempo": "canary", "phases_named": ["canary"], "first_homework": " "});
        let answer = app.writer().put(&path, &wrong).expect(422).json();
        let details: Vec<&str> = answer["errors"].as_array().unwrap().iter().map(|e| e["detail"].as_str().unwrap()).collect();
        assert_eq!(details.len(), 3);
        for name in ["`tempo`: ", "`phases_named`: ", "`first_homework`: "] {
            assert!(details.iter().any(|detail| detail.starts_with(name)), "{details:?}");
        }
        // On the routes of profiles the fields are pointed at.
        let patch = json!({"consultation_answers": [{"question": "first_step", "question_set": named, "tempo": "slwo"}]});
        let answer = app.writer().patch(&profile, &patch).expect(422).json();
        assert_eq!((&answer["errors"][0]["pointer"], &answer["errors"][0]["suggestions"]), (&json!("/consultation_answers/0/tempo"), &json!(["slow"])));
        // A published version stays what it was.
        set["questions"][0]["answer_fields"] = json!([]);
        app.with_scopes(&[Scope::Admin]).post(SETS, &set).expect(201);
        assert_eq!(app.anonymous().get(&path).expect(200).json(), put);
    }

    /// `PUT` of a profile keeps the answers that it does not name; a list replaces them, also an empty one.
    fn answers_are_part_of_the_profile(app: App) {
        let answers = json!([
            {"question": "when_stuck", "text": "We look at it.", "signals": ["consults"]},
            {"question": "approaches_and_selection", "answered_at": "2026-01-01T10:00:00.123456789+01:00"},
        ]);
        let profile = add(&app, &json!({"consultation_answers": answers}));
        let first = app.writer().get(&profile).expect(200).json();
        let stored = &first["consultation_answers"];
        assert_eq!((&stored[0]["question"], &stored[0]["answered_at"]), (&json!("approaches_and_selection"), &json!("2026-01-01T09:00:00.123456Z")));
        assert_eq!((&stored[1]["question"], &stored[1]["answered_at"]), (&json!("when_stuck"), &json!("2026-11-22T12:00:00Z")));
        app.pass(chrono::Duration::hours(1));

        // What was read can be sent back and changes nothing; neither does what leaves out what the server fills in.
        assert_eq!(app.writer().put(&profile, &first).expect(200).json(), first);
        let mut bare = first.clone();
        bare["consultation_answers"] = answers;
        assert_eq!(app.writer().put(&profile, &bare).expect(200).json(), first);

        let mut without = first.clone();
        without.as_object_mut().unwrap().remove("consultation_answers");
        without["pronouns"] = json!("she/her");
        let kept = app.writer().put(&profile, &without).expect(200).json();
        assert_eq!((&kept["consultation_answers"], &kept["revision"]), (stored, &json!(2)));
        let patched = app.writer().patch(&profile, &json!({"pronouns": null})).expect(200).json();
        assert_eq!(&patched["consultation_answers"], stored);

        // A list is replaced as a whole; the answer that says the same keeps its date.
        let list = json!([{"question": "when_stuck", "text": "We look at it.", "signals": ["consults"]}, {"question": "role_of_relationship", "centrality": "central"}]);
        let patched = app.writer().patch(&profile, &json!({"consultation_answers": list})).expect(200).json();
        let dates: Vec<_> = patched["consultation_answers"].as_array().unwrap().iter().map(|a| (a["question"].as_str().unwrap(), a["answered_at"].as_str().unwrap())).collect();
        assert_eq!(dates, [("role_of_relationship", "2026-11-22T13:00:00Z"), ("when_stuck", "2026-11-22T12:00:00Z")]);
        for nothing in [Value::Null, json!([])] {
            app.writer().patch(&profile, &json!({"consultation_answers": list})).expect(200);
            let patched = app.writer().patch(&profile, &json!({"consultation_answers": nothing})).expect(200).json();
            assert_eq!(patched["consultation_answers"], json!([]));
        }
    }

    fn every_fault_of_a_profiles_answers_is_named(app: App) {
        let profile = add(&app, &json!({}));
        let answers = json!([
            {"question": "when_stuck", "flexibilty": "high", "signals": ["consult"], "answered_at": "2026-11-24T00:00:00Z", "language": "EN"},
            {"question": "when_stuck", "pivot_modalities": ["emdrr"], "review_interval_sessions": 0},
            {"question": "when_stcuk"},
            {"text": "a"},
            {"question": "when_stuck", "question_set": {"code": "my-clinic", "version": 1}, "answered_at": "yesterday"},
        ]);
        let expected = pairs(&[
            ("/consultation_answers/0/answered_at", "date_order"),
            ("/consultation_answers/0/flexibilty", "unknown_field"),
            ("/consultation_answers/0/language", "invalid_language"),
            ("/consultation_answers/0/signals/0", "unknown_code"),
            ("/consultation_answers/1/pivot_modalities/0", "unknown_code"),
            ("/consultation_answers/1/question", "duplicate"),
            ("/consultation_answers/1/review_interval_sessions", "too_small"),
            ("/consultation_answers/2/question", "unknown_code"),
            ("/consultation_answers/3/question", "required"),
            ("/consultation_answers/4/answered_at", "invalid_date"),
            ("/consultation_answers/4/question", "duplicate"),
            ("/consultation_answers/4/question_set", "unknown_code"),
        ]);
        assert_eq!(app.writer().patch(&profile, &json!({"consultation_answers": answers})).faults(), expected);
        let many = vec![json!({"question": "when_stuck"}); 21];
        let faults = app.writer().patch(&profile, &json!({"consultation_answers": many})).faults();
        assert!(faults.contains(&("/consultation_answers".to_owned(), "too_many".to_owned())));
        // An answer has no part that only its own route adds.
        let faults = app.writer().patch(&profile, &json!({"consultation_answers": [{"question": "when_stuck", "coverage": 1}]})).faults();
        assert_eq!(faults, pairs(&[("/consultation_answers/0/coverage", "unknown_field")]));
        assert_eq!(app.writer().get(&profile).json()["revision"], 1);
    }
}
