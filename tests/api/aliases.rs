//! The operator's alias table: an administrator's alone, one alias for all spellings of a label.

use serde_json::{Value, json};
use tailor::{
    aliases::{
        model::{Alias, digest},
        store as rows,
    },
    auth::scope::Scope,
};

use crate::{
    on_both_databases,
    support::app::{App, Client},
};

const PATH: &str = "/v1/catalog/aliases";

fn admin(app: &App) -> Client<'_> {
    app.with_scopes(&[Scope::Admin])
}

fn alias(label: &str, code: Option<&str>) -> Value {
    json!({"field": "modalities", "label": label, "code": code})
}

fn all(app: &App) -> Vec<Alias> {
    app.assembly.foundation.store.read(rows::all).expect("the table is read")
}

on_both_databases! {
    fn an_alias_is_made_read_changed_and_deleted(app: App) {
        let admin = admin(&app);
        let created = admin.post(PATH, &alias("Energy Work", Some("somatic_experiencing"))).expect(201);
        let (path, tag) = (created.header("location").to_owned(), created.header("etag").to_owned());
        let mut expected = alias("Energy Work", Some("somatic_experiencing"));
        let body = created.json();
        assert_eq!(path, format!("{PATH}/{}", body["id"].as_str().unwrap()));
        assert_eq!(tag, "\"1\"");
        for (field, value) in [("revision", json!(1)), ("created_at", json!("2026-11-22T12:00:00Z")), ("updated_at", json!("2026-11-22T12:00:00Z"))] {
            expected[field] = value;
        }
        expected["id"] = body["id"].clone();
        assert_eq!(body, expected);
        assert_eq!(admin.get(&path).expect(200).json(), body);
        admin.with("If-None-Match", &tag).get(&path).expect(304);
        // What was read can be sent back, and changes nothing.
        app.pass(chrono::Duration::minutes(1));
        assert_eq!(admin.put(&path, &body).expect(200).json(), body);
        let passed = admin.with("If-Match", &tag).put(&path, &alias("Energy work", None)).expect(200);
        assert_eq!(passed.header("etag"), "\"2\"");
        let passed = passed.json();
        assert_eq!((&passed["label"], &passed["code"], &passed["revision"]), (&json!("Energy work"), &Value::Null, &json!(2)));
        assert_eq!((&passed["created_at"], &passed["updated_at"]), (&body["created_at"], &json!("2026-11-22T12:01:00Z")));
        assert_eq!(admin.with("If-Match", &tag).put(&path, &body).problem(412), "precondition_failed");
        assert_eq!(admin.with("If-Match", &tag).delete(&path).problem(412), "precondition_failed");
        assert_eq!(admin.get(&path).expect(200).json(), passed);
        admin.with("If-Match", "\"2\"").delete(&path).expect(204);
        for answer in [admin.get(&path), admin.delete(&path), admin.put(&path, &body)] {
            assert_eq!(answer.problem(404), "not_found");
        }
    }

    fn a_field_has_one_alias_for_all_spellings_of_a_label(app: App) {
        let admin = admin(&app);
        admin.post(PATH, &alias("Energy Work", Some("somatic_experiencing"))).expect(201);
        assert_eq!(admin.post(PATH, &alias("ENERGY-WORKS!", None)).problem(409), "already_exists");
        admin.post(PATH, &json!({"field": "problem_areas", "label": "energy work", "code": "ptsd"})).expect(201);
        let other = admin.post(PATH, &alias("Reiki", None)).expect(201).header("location").to_owned();
        assert_eq!(admin.put(&other, &alias("energy work", None)).problem(409), "already_exists");
        assert_eq!(admin.get(&other).json()["label"], "Reiki", "nothing was written");
        // Its own label in another spelling is no other's.
        assert_eq!(admin.put(&other, &alias("REIKI", None)).expect(200).json()["revision"], 2);
    }

    fn every_fault_is_named_and_suggests_what_may_be_meant(app: App) {
        let admin = admin(&app);
        for (body, expected) in [
            (json!({}), vec![("/code", "required"), ("/field", "required"), ("/label", "required")]),
            (json!({"field": "modalities", "label": "Reiki"}), vec![("/code", "required")]),
            (json!({"field": "communities", "label": "x", "code": null, "note": 1}), vec![("/field", "invalid_choice"), ("/note", "unknown_field")]),
            (alias("", Some("")), vec![("/code", "too_short"), ("/label", "too_short")]),
            (alias(" \t", Some("ptsd")), vec![("/code", "unknown_code"), ("/label", "too_short")]),
            (alias("--", None), vec![("/label", "invalid_format")]),
            (alias("a\u{0}b", None), vec![("/label", "control_character")]),
            (alias(&"x".repeat(201), None), vec![("/label", "too_long")]),
            (alias("Debriefing", Some("critical_incident_debriefing")), vec![("/code", "not_listable")]),
            (alias("cbt", Some("act")), vec![("/label", "inconsistent")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect();
            assert_eq!(admin.post(PATH, &body).faults(), expected, "{body}");
        }
        let unknown = admin.post(PATH, &alias("Energy Work", Some("cbd"))).expect(422).json();
        assert_eq!((&unknown["errors"][0]["code"], &unknown["errors"][0]["suggestions"][0]), (&json!("unknown_code"), &json!("cbt")));
        // Labels at the bounds, one whose comparison is three times as long among them.
        for label in ["x".repeat(200), "한".repeat(200), "𝔐".repeat(200), "'&'".repeat(66) + "&x"] {
            admin.post(PATH, &alias(&label, None)).expect(201);
        }
        assert_eq!(admin.post(PATH, &alias(&"\u{fdfa}".repeat(200), None)).faults()[0].1, "too_long");
        assert_eq!(all(&app).len(), 4);
    }

    fn the_list_is_walked_and_filtered(app: App) {
        let admin = admin(&app);
        for n in 0..5 {
            admin.post(PATH, &alias(&format!("Label {n}"), None)).expect(201);
            app.pass(chrono::Duration::seconds(1));
        }
        admin.post(PATH, &json!({"field": "problem_areas", "label": "Label 1", "code": "ptsd"})).expect(201);
        let labels = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
        };
        let first = admin.get(&format!("{PATH}?limit=2&field=modalities")).expect(200);
        let next = first.header("link").to_owned();
        assert_eq!((labels(&first.json()), &first.json()["total"]), (vec!["Label 0".to_owned(), "Label 1".to_owned()], &json!(5)));
        let path = next.strip_prefix('<').and_then(|link| link.split_once('>')).expect("a link").0;
        assert_eq!(labels(&admin.get(path).expect(200).json()), ["Label 2", "Label 3"]);
        let found = admin.get(&format!("{PATH}?label=labels-1")).expect(200).json();
        assert_eq!((labels(&found).len(), &found["total"], &found["next_cursor"]), (2, &json!(2), &Value::Null));
        let found = admin.get(&format!("{PATH}?label=LABEL%201&field=problem_areas")).expect(200).json();
        assert_eq!((&found["total"], &found["items"][0]["code"]), (&json!(1), &json!("ptsd")));
        let faults = admin.get(&format!("{PATH}?limit=0&field=x&label=&lable=1")).faults();
        let expected = [("/field", "invalid_choice"), ("/label", "too_short"), ("/lable", "unknown_parameter"), ("/limit", "too_small")];
        assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    }

    fn an_idempotency_key_makes_one_alias(app: App) {
        let admin = admin(&app).with("Idempotency-Key", "key-1");
        let first = admin.post(PATH, &alias("Reiki", None)).expect(201);
        let again = admin.post(PATH, &alias("Reiki", None)).expect(201);
        assert_eq!((again.json(), again.header("location")), (first.json(), first.header("location")));
        assert_eq!(admin.post(PATH, &alias("Crystals", None)).problem(422), "idempotency_key_reused");
        admin.delete(first.header("location")).expect(204);
        assert_eq!(admin.post(PATH, &alias("Reiki", None)).problem(409), "conflict");
    }

    fn only_administrators_see_the_table(app: App) {
        let path = admin(&app).post(PATH, &alias("Reiki", None)).expect(201).header("location").to_owned();
        let others = app.with_scopes(&[Scope::ProfilesWrite, Scope::ImportsWrite, Scope::DirectoryRead]);
        for answer in [others.get(PATH), others.get(&path), others.delete(&path), others.put(&path, &alias("x", None)), others.post(PATH, &alias("x", None))] {
            assert_eq!(answer.problem(403), "insufficient_scope");
        }
        assert_eq!(app.anonymous().get(PATH).problem(401), "unauthorized");
        assert_eq!(all(&app).len(), 1);
    }

    /// Imports tell by the digest whether rows that were read before mean the same today.
    fn the_digest_follows_what_the_table_means(app: App) {
        let admin = admin(&app);
        let empty = digest(&all(&app));
        let path = admin.post(PATH, &alias("Energy Work", None)).expect(201).header("location").to_owned();
        let passed = digest(&all(&app));
        assert_ne!(passed, empty);
        admin.put(&path, &alias("Energy Work", Some("cbt"))).expect(200);
        assert_ne!(digest(&all(&app)), passed);
        admin.put(&path, &alias("ENERGY WORK", None)).expect(200);
        assert_eq!(digest(&all(&app)), passed, "a spelling is no meaning");
        admin.delete(&path).expect(204);
        assert_eq!(digest(&all(&app)), empty);
    }

    /// One label sent by many at once is one alias, and writers of one alias follow one another.
    fn administrators_at_once_make_one_alias(app: App) {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let requests: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| admin(&app).post(PATH, &alias("Reiki", None)).status))
                .collect();
            requests.into_iter().map(|request| request.join().expect("an answer")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        let path = format!("{PATH}/{}", all(&app)[0].id);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (app, path) = (&app, &path);
                scope.spawn(move || admin(app).put(path, &alias(&format!("Reiki {n}"), None)).expect(200));
            }
        });
        assert_eq!(admin(&app).get(&path).expect(200).json()["revision"], 9);
    }
}
