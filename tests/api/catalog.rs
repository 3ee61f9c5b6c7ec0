//! The knowledge base over HTTP.

use serde_json::Value;

use crate::support::{app::App, database::Database};

fn app() -> App {
    App::from(Database::sqlite())
}

/// All entries of a list, walked page by page.
fn walk(app: &App, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = app.anonymous().get(&format!("{path}{joint}limit=50{cursor}")).expect(200).json();
        found.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                assert_eq!(page["total"], found.len());
                return found;
            }
        }
    }
}

#[test]
fn every_list_can_be_walked_and_every_entry_read() {
    let app = app();
    let overview = app.anonymous().get("/v1/catalog").expect(200).json();
    assert_eq!(overview["not_medical_advice"], true);
    for kind in ["modalities", "problem-areas", "techniques", "dimensions", "phases", "integration-styles"] {
        let entries = walk(&app, &format!("/v1/catalog/{kind}"));
        assert_eq!(overview["counts"][kind.replace('-', "_")], entries.len(), "{kind}");
        let code = entries[0]["code"].as_str().expect("a code");
        let one = app.anonymous().get(&format!("/v1/catalog/{kind}/{code}")).expect(200);
        assert_eq!(one.json(), entries[0]);
        let tag = one.header("etag").to_owned();
        app.anonymous().with("If-None-Match", &tag).get(&format!("/v1/catalog/{kind}/{code}")).expect(304);
        assert_eq!(app.anonymous().get(&format!("/v1/catalog/{kind}/no_such")).problem(404), "not_found");
    }
    assert_eq!(walk(&app, "/v1/catalog/evidence").len(), overview["counts"]["evidence"]);
}

#[test]
fn evidence_is_filtered_and_says_what_it_rests_on() {
    let app = app();
    let rows = walk(&app, "/v1/catalog/evidence?modality=erp&problem_area=ocd");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["grade"], "strong");
    assert!(rows[0]["verified"].is_boolean());
    assert!(rows[0]["sources"][0]["title"].is_string());
    let cautions = walk(&app, "/v1/catalog/evidence?grade=caution");
    assert!(!cautions.is_empty() && cautions.iter().all(|row| row["caution_kind"].is_string()));
    let answer = app.anonymous().get("/v1/catalog/evidence?modality=cbd&grade=great&nope=1");
    let faults = answer.faults();
    let expected = [("/grade", "invalid_choice"), ("/nope", "unknown_parameter")];
    assert_eq!(faults, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    let answer = app.anonymous().get("/v1/catalog/evidence?modality=cbd").expect(400).json();
    assert_eq!(answer["errors"][0]["code"], "unknown_code");
    assert!(answer["errors"][0]["suggestions"].as_array().expect("suggestions").contains(&"cbt".into()));
}

#[test]
fn cursors_hold_for_their_own_list_only() {
    let app = app();
    let page = app.anonymous().get("/v1/catalog/modalities?limit=1").expect(200);
    assert!(page.header("link").contains("rel=\"next\""));
    let cursor = page.json()["next_cursor"].as_str().expect("a cursor").to_owned();
    let answer = app.anonymous().get(&format!("/v1/catalog/techniques?cursor={cursor}"));
    assert_eq!(answer.faults(), [("/cursor".to_owned(), "invalid_cursor".to_owned())]);
}
