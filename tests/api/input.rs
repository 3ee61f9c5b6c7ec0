//! Bad input: every fault is named, nothing is written, nothing breaks.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tailor::{auth::scope::Scope, directory::examples, server::document::document};

use crate::support::{
    app::App,
    database::Database,
    operations::{Operation, concrete, operations},
};

fn faults_of(profile: &Value) -> Vec<(String, String)> {
    App::from(Database::sqlite()).writer().post("/v1/therapists", profile).faults()
}

#[test]
fn every_fault_of_a_profile_is_named_at_once() {
    let mut profile = examples::therapist();
    for (pointer, value) in [
        ("/name/given", json!("")),
        ("/profession", json!("wizard")),
        ("/npi", json!("1234567890")),
        ("/website", json!("javascript:alert(1)")),
        ("/phone", json!("555-0123")),
        ("/integration_style", json!("integrated")),
        ("/modalities/0/code", json!("psychodynamics")),
        ("/modalities/0/since", json!(2090)),
        ("/problem_areas/0/code", json!("ptds")),
        ("/style/challenge", json!(4)),
        ("/languages/1", json!("es-mx")),
        ("/communities/0", json!("lgbtq")),
        ("/licenses/0/jurisdiction", json!("US-XX")),
        ("/licenses/0/expires_on", json!("2028-02-30")),
        ("/remote_jurisdictions/1", json!("US-AZ")),
        ("/locations/0/region", json!("DE-BY")),
        ("/locations/0/latitude", json!(137.0)),
        ("/fees/0/amount", json!(-1)),
        ("/fees/0/currency", json!("DOL")),
        ("/sliding_scale/currency", Value::Null),
        ("/insurance/0", json!("Aetna!")),
        ("/availability/waitlist_weeks", json!("many")),
    ] {
        *profile.pointer_mut(pointer).expect("the example has it") = value;
    }
    profile["favourite_colour"] = json!("blue");
    let found = faults_of(&profile);
    for (pointer, code) in [
        ("/availability/waitlist_weeks", "invalid_type"),
        ("/communities/0", "unknown_code"),
        ("/favourite_colour", "unknown_field"),
        ("/fees/0/amount", "too_small"),
        ("/fees/0/currency", "invalid_currency"),
        ("/insurance/0", "invalid_format"),
        ("/integration_style", "unknown_code"),
        ("/languages/1", "invalid_language"),
        ("/licenses/0/expires_on", "invalid_date"),
        ("/licenses/0/jurisdiction", "invalid_jurisdiction"),
        ("/locations/0/latitude", "too_large"),
        ("/locations/0/region", "inconsistent"),
        ("/modalities/0/code", "unknown_code"),
        ("/modalities/0/since", "too_large"),
        ("/name/given", "too_short"),
        ("/npi", "invalid_npi"),
        ("/phone", "invalid_phone"),
        ("/problem_areas/0/code", "unknown_code"),
        ("/profession", "invalid_choice"),
        ("/remote_jurisdictions/1", "duplicate"),
        ("/sliding_scale/currency", "required"),
        ("/style/challenge", "too_large"),
        ("/website", "invalid_url"),
    ] {
        assert!(found.contains(&(pointer.to_owned(), code.to_owned())), "{pointer} {code} in {found:#?}");
    }
}

#[test]
fn suggestions_name_the_nearest_codes() {
    let app = App::from(Database::sqlite());
    let profile = json!({"name": {"given": "A", "family": "B"}, "profession": "other",
        "modalities": [{"code": "psychodynamics"}], "communities": ["lgbtq_afirming"]});
    let answer = app.writer().post("/v1/therapists", &profile).expect(422).json();
    let suggested = |at: usize| answer["errors"][at]["suggestions"][0].clone();
    assert_eq!((suggested(0), suggested(1)), (json!("lgbtq_affirming"), json!("psychodynamic")));
    assert!(!answer.to_string().contains("psychodynamics"), "no answer repeats a value");
}

#[test]
fn a_published_profile_says_how_it_can_be_reached() {
    let profile =
        json!({"name": {"given": "A", "family": "B"}, "profession": "other", "status": "published"});
    let expected = [("/languages", "required"), ("/session_formats", "required")];
    assert_eq!(faults_of(&profile), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

/// A year that one database could not write, or not read back, is refused before it reaches either.
#[test]
fn times_are_of_a_plausible_year() {
    let mut profile = examples::therapist();
    profile["licenses"][0]["expires_on"] = json!("1066-10-14");
    profile["availability"]["next_opening_on"] = json!("+12026-01-01");
    for year in ["-0044", "1066", "+262142"] {
        profile["confirmations"] = json!([{"field_group": "contact", "method": "phone", "confirmed_at": format!("{year}-03-15T00:00:00Z")}]);
        let found: Vec<String> = faults_of(&profile).into_iter().map(|(pointer, _)| pointer).collect();
        let expected =
            ["/availability/next_opening_on", "/confirmations/0/confirmed_at", "/licenses/0/expires_on"];
        assert_eq!(found, expected, "{year}");
    }
}

#[test]
fn what_only_warns_cannot_be_declared() {
    let profile = json!({"name": {"given": "A", "family": "B"}, "profession": "other",
        "modalities": [{"code": "critical_incident_debriefing"}]});
    assert_eq!(faults_of(&profile), [("/modalities/0/code".to_owned(), "not_listable".to_owned())]);
}

#[test]
fn bodies_that_are_no_json_are_refused_by_what_they_are() {
    let app = App::from(Database::sqlite());
    let writer = app.writer();
    let send = |media_type: &str, body: &[u8]| writer.send("POST", "/v1/therapists", media_type, body);
    assert_eq!(send("application/json", b"{\"name\":").problem(400), "malformed_json");
    assert_eq!(send("application/json", b"\xff\xfe").problem(400), "malformed_json");
    for media_type in
        ["text/plain", "application/json; charset=utf-16", "application/json; charset=\"ISO-8859-1\""]
    {
        assert_eq!(send(media_type, b"{}").problem(415), "unsupported_media_type");
    }
    assert_eq!(send("application/json; charset=\"UTF-8\"", b"{").problem(400), "malformed_json");
    let removal = "/v1/therapists/01936f5e-8a00-7000-8000-000000000001/removal";
    assert_eq!(
        writer.send("POST", removal, "application/json; charset=utf-16", b"{}").problem(415),
        "unsupported_media_type"
    );
    assert_eq!(
        writer.send("POST", removal, "application/json; charset=utf-8", b"{}").problem(404),
        "not_found"
    );
    assert_eq!(send("application/json", &vec![b' '; 2 << 20]).problem(413), "payload_too_large");
    assert_eq!(
        writer
            .with("Content-Encoding", "compress")
            .send("POST", "/v1/therapists", "application/json", b"{}")
            .problem(415),
        "unsupported_media_type"
    );
    assert_eq!(writer.with("Accept", "text/html").get("/v1/therapists").problem(406), "not_acceptable");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(send("application/json", deep.as_bytes()).problem(400), "malformed_json");
    let control = json!({"name": {"given": "A\u{0}", "family": "B"}, "profession": "other"}).to_string();
    assert_eq!(
        send("application/json", control.as_bytes()).faults(),
        [("/name/given".to_owned(), "control_character".to_owned())]
    );
    let twice = br#"{"name": {"given": "A", "family": "B"}, "profession": "other", "profession": "other"}"#;
    assert_eq!(
        send("application/json", twice).faults(),
        [("/profession".to_owned(), "duplicate_key".to_owned())]
    );
    assert_eq!(app.writer().get("/v1/therapists").json()["total"], 0, "nothing was written");
}

/// A list where a structure belongs is refused, though a reader by position could make sense of it.
#[test]
fn structures_are_objects_and_choices_are_texts() {
    let app = App::from(Database::sqlite());
    for (field, value) in [
        ("name", json!(["A", "B"])),
        ("contact_public", json!([true, true])),
        ("gender", json!({"woman": null})),
        ("modalities", json!([["cbt"]])),
        ("style", json!([1, 1, 1, 1])),
    ] {
        let mut profile = examples::therapist();
        profile[field] = value;
        let faults = app.writer().post("/v1/therapists", &profile).faults();
        assert!(
            faults.iter().all(|(pointer, _)| pointer.starts_with(&format!("/{field}"))),
            "{field}: {faults:?}"
        );
    }
    for request in [
        json!([[{"code": "ptsd"}]]),
        json!({"problem_areas": [["ptsd", "severe"]]}),
        json!({"problem_areas": [{"code": "ptsd"}], "constraints": ["US-CA"]}),
        json!({"problem_areas": [{"code": "ptsd"}], "risk": {"elevated": null}}),
    ] {
        app.anonymous().post("/v1/matches", &request).expect(422);
    }
}

/// A body that is wrong in ten thousand places is refused without looking at each of them.
#[test]
fn a_flood_of_wrong_codes_is_refused_for_its_number() {
    let app = App::from(Database::sqlite());
    let areas: Vec<Value> = (0..30_000).map(|n| json!({"code": format!("abcdef{n}")})).collect();
    let faults = app.anonymous().post("/v1/matches", &json!({"problem_areas": areas})).faults();
    assert_eq!(faults, [("/problem_areas".to_owned(), "too_many".to_owned())]);
}

#[test]
fn wrong_methods_and_paths_are_problems_too() {
    let app = App::from(Database::sqlite());
    let answer = app.anonymous().send("PATCH", "/v1/matches", "application/json", b"{}");
    assert_eq!(answer.header("allow"), "OPTIONS, POST");
    assert_eq!(answer.problem(405), "method_not_allowed");
    assert_eq!(app.anonymous().get("/v1/nothing").problem(404), "not_found");
    let head = app.anonymous().send("HEAD", "/v1/catalog", "", b"").expect(200);
    assert!(head.body.is_empty());
    let problem = app.anonymous().get("/v1/nothing").json();
    let page = app.anonymous().get(problem["type"].as_str().expect("a reference")).expect(200);
    assert!(page.header("content-type").starts_with("text/html"), "the type explains itself");
    let named = app.anonymous().with("X-Request-Id", "mine-1").get("/v1/nothing");
    assert_eq!(
        (named.header("x-request-id"), named.json()["request_id"].as_str()),
        ("mine-1", Some("mine-1"))
    );
    let replaced = app.anonymous().with("X-Request-Id", "not mine").get("/livez");
    assert_ne!(replaced.header("x-request-id"), "not mine");
}

/// Also where another path's parameter could take the last part for its value.
#[test]
fn every_path_has_the_methods_of_the_document_and_no_others() {
    let app = App::from(Database::sqlite());
    let document = serde_json::to_value(document()).expect("JSON");
    let known = operations(&document);
    let mut refused = 0;
    for path in known.iter().map(|operation| &operation.path).collect::<BTreeSet<_>>() {
        let mut methods: BTreeSet<&str> =
            known.iter().filter(|one| one.path == *path).map(|one| one.method.as_str()).collect();
        methods.insert("OPTIONS");
        if methods.contains("GET") {
            methods.insert("HEAD");
        }
        let allow = methods.iter().copied().collect::<Vec<_>>().join(", ");
        for method in ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "BREW"] {
            if !methods.contains(method) {
                let answer = app.anonymous().send(method, &concrete(path), "", b"").expect(405);
                assert_eq!(answer.header("allow"), allow, "{method} {path}");
                refused += 1;
            }
        }
        let options = app.anonymous().send("OPTIONS", &concrete(path), "", b"").expect(204);
        assert_eq!(options.header("allow"), allow, "{path}");
    }
    assert!(refused > 100, "only {refused} were refused");
}

/// A parameter that nobody reads was meant for something; where none is taken it is not even named.
#[test]
fn every_operation_refuses_parameters_that_it_does_not_have() {
    let app = App::from(Database::sqlite());
    let document = serde_json::to_value(document()).expect("JSON");
    let (mut without, mut with) = (0, 0);
    for Operation { method, path, value } in operations(&document) {
        let parameters = value["parameters"].as_array().into_iter().flatten();
        let takes_query = parameters.filter(|parameter| parameter["in"] == "query").count() > 0;
        let caller = app.with_scopes(&[Scope::Admin]);
        let answer = caller.send(&method, &format!("{}?canary=bird", concrete(&path)), "", b"").expect(400);
        // Where clients' matters are asked for, not even a name is repeated.
        let is_private = path.starts_with("/v1/consultations");
        let pointer = if takes_query && !is_private { "/canary" } else { "" };
        let fault = (pointer.to_owned(), "unknown_parameter".to_owned());
        assert!(!answer.json()["detail"].as_str().is_some_and(|text| text.contains("canary")));
        assert!(answer.faults().contains(&fault), "{method} {path}");
        *if takes_query { &mut with } else { &mut without } += 1;
    }
    assert!(with > 4 && without > 20, "{with} operations with parameters, {without} without");
    for page in [
        "/",
        "/docs",
        "/docs/",
        "/docs/index.css",
        "/docs/swagger-ui.css",
        "/problems/",
        "/problems/not_found",
    ] {
        let status = app.anonymous().get(&format!("{page}?v=1")).status;
        assert!(matches!(status, 200 | 303), "{page} answers {status}");
    }
}

#[test]
fn an_answer_repeats_no_long_name_for_each_fault_below_it() {
    let texts: serde_json::Map<_, _> = (0..2000).map(|at| (at.to_string(), json!("\u{1}"))).collect();
    let body = json!({"k".repeat(700_000): texts});
    let app = App::from(Database::sqlite());
    let answer = app.writer().post("/v1/therapists", &body).expect(422).json();
    assert!(answer["errors"].as_array().is_some_and(|errors| errors.len() > 900));
    assert!(answer.to_string().len() < 500_000);
}
