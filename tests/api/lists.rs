//! The list of profiles: filters, cursors, and what is due for confirmation.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::app::{App, Client},
};

fn add(app: &App, name: &str, extra: &Value) -> String {
    let mut profile = json!({
        "source": "lists", "external_id": name, "status": "published", "name": {"given": name, "family": "T"},
        "profession": "counselor", "languages": ["en"], "session_formats": ["video"]
    });
    for (field, value) in extra.as_object().expect("fields") {
        profile[field] = value.clone();
    }
    let stored = app.writer().post("/v1/therapists", &profile).expect(201).json();
    stored["id"].as_str().expect("an id").to_owned()
}

fn names(client: &Client<'_>, query: &str) -> BTreeSet<String> {
    let page = client.get(&format!("/v1/therapists?{query}")).expect(200).json();
    let items = page["items"].as_array().expect("items");
    assert_eq!(page["total"], items.len(), "{query}");
    items.iter().map(|item| item["external_id"].as_str().expect("an id").to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

on_both_databases! {
    fn filters_are_any_of_within_and_all_of_between(app: App) {
        add(&app, "A", &json!({"modalities": [{"code": "cbt"}, {"code": "act"}], "problem_areas": [{"code": "panic"}],
            "licenses": [{"jurisdiction": "US-CA", "status": "active"}], "availability": {"accepting": "accepting"}}));
        add(&app, "B", &json!({"modalities": [{"code": "emdr"}], "problem_areas": [{"code": "ptsd"}], "languages": ["en", "es"],
            "licenses": [{"jurisdiction": "US-CA", "status": "expired"}], "availability": {"accepting": "not_accepting"}}));
        add(&app, "C", &json!({"modalities": [{"code": "cbt"}], "session_formats": ["in_person"],
            "remote_jurisdictions": ["US-CA"], "source": "other"}));
        add(&app, "D", &json!({"status": "draft", "modalities": [{"code": "cbt"}]}));
        add(&app, "E", &json!({"licenses": [{"jurisdiction": "US-CA", "status": "active", "expires_on": "2026-11-21"}]}));
        let reader = app.anonymous();
        for (query, expected) in [
            ("", vec!["A", "B", "C", "E"]),
            ("modality=cbt", vec!["A", "C"]),
            ("modality=cbt&modality=emdr", vec!["A", "B", "C"]),
            ("modality=cbt&problem_area=panic", vec!["A"]),
            ("problem_area=ptsd&problem_area=panic", vec!["A", "B"]),
            ("jurisdiction=US-CA", vec!["A", "C"]),
            ("language=es", vec!["B"]),
            ("session_format=in_person", vec!["C"]),
            ("accepting=accepting&accepting=not_accepting", vec!["A", "B"]),
            ("source=other", vec!["C"]),
            ("external_id=A&external_id=B&source=lists", vec!["A", "B"]),
            ("status=published", vec!["A", "B", "C", "E"]),
        ] {
            assert_eq!(names(&reader, query), set(&expected), "{query}");
        }
        assert_eq!(names(&app.writer(), ""), set(&["A", "B", "C", "D", "E"]));
        assert_eq!(names(&app.writer(), "status=draft"), set(&["D"]));
    }

    fn a_wrong_query_names_every_fault(app: App) {
        let answer = app.anonymous().get("/v1/therapists?limit=0&accepting=maybe&modalty=cbt&cursor=x");
        let expected = [("/accepting/0", "invalid_choice"), ("/limit", "too_small"), ("/modalty", "unknown_parameter")];
        assert_eq!(answer.faults(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        let answer = app.anonymous().get("/v1/therapists?modality=cbd").expect(400).json();
        assert_eq!(answer["errors"][0]["pointer"], "/modality");
        assert_eq!(answer["errors"][0]["suggestions"][0], "cbt");
        assert_eq!(app.anonymous().get("/v1/therapists?cursor=x").faults()[0].1, "invalid_cursor");
        assert_eq!(app.anonymous().get("/v1/therapists/not-an-id").problem(404), "not_found");
    }

    /// A walk meets everybody who is there all the time once, whoever comes and goes meanwhile.
    fn a_walk_is_stable_while_others_write(app: App) {
        let ids: Vec<String> = (0..9).map(|n| {
            app.pass(Duration::milliseconds(1));
            add(&app, &format!("T{n}"), &json!({}))
        }).collect();
        let mut met = Vec::new();
        let mut path = "/v1/therapists?limit=2".to_owned();
        for step in 0.. {
            let page = app.anonymous().get(&path).expect(200);
            met.extend(page.json()["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let link = page.header("link").to_owned();
            let Some(next) = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
            next.clone_into(&mut path);
            match step {
                0 => app.writer().delete(&format!("/v1/therapists/{}", ids[0])).expect(204),
                1 => app.writer().delete(&format!("/v1/therapists/{}", ids[8])).expect(204),
                _ => app.writer().patch(&format!("/v1/therapists/{}", ids[1]), &json!({"headline": format!("{step}")})).expect(200),
            };
        }
        assert_eq!(met, ids[..8]);
    }

    /// Freshness: each group is confirmed by itself, the oldest of the filled groups counts.
    fn confirmations_are_by_field_group(app: App) {
        let id = add(&app, "A", &json!({"phone": "+14155550123", "licenses": [{"jurisdiction": "US-CA", "status": "active"}]}));
        let path = format!("/v1/therapists/{id}");
        let confirm = |fields: Value| {
            let body = json!({"fields": fields, "method": "phone", "note": "front desk"});
            app.writer().post(&format!("{path}/confirmations"), &body).expect(200).json()
        };
        assert_eq!(names(&app.anonymous(), "due_for_confirmation=true"), set(&["A"]));
        let first = confirm(json!(["contact"]));
        assert_eq!((&first["confirmed_at"], &first["stale"]), (&Value::Null, &json!(true)), "licences never were");
        app.pass(Duration::days(10));
        let second = confirm(json!(["licenses", "locations"]));
        assert_eq!(second["confirmed_at"], "2026-11-22T12:00:00Z", "the older of the two counts");
        assert_eq!(second["stale"], false);
        assert_eq!(second["revision"], 3);
        assert_eq!(second["confirmations"].as_array().unwrap().len(), 3);
        assert_eq!(second["confirmations"][0], json!({"field_group": "contact", "method": "phone", "confirmed_at": "2026-11-22T12:00:00Z"}));
        assert!(!second.to_string().contains("front desk"), "notes are the operator's own");
        assert_eq!(names(&app.anonymous(), "due_for_confirmation=true"), set(&[]));
        // What is not about a confirmed group leaves the confirmations alone.
        app.writer().patch(&path, &json!({"headline": "new"})).expect(200);
        app.pass(Duration::days(80));
        assert_eq!(app.anonymous().get(&path).json()["stale"], false, "the ninetieth day");
        let tag = app.anonymous().get(&path).header("etag").to_owned();
        app.pass(Duration::days(1));
        let stale = app.anonymous().get(&path).expect(200);
        assert_eq!(stale.json()["stale"], true);
        assert_ne!(stale.header("etag"), tag, "what is told changed");
        assert_eq!(names(&app.anonymous(), "due_for_confirmation=true"), set(&["A"]));
        let faults = app.writer().post(&format!("{path}/confirmations"), &json!({"fields": ["contact", "contact"], "method": "guess"})).faults();
        let expected = [("/fields/1", "duplicate"), ("/method", "invalid_choice")];
        assert_eq!(faults, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    }
}
