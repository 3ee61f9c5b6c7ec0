use chrono::NaiveDate;
use serde_json::{Value, json};

use super::*;
use crate::directory::examples;

fn read(text: &str) -> Row {
    read_bytes(text.as_bytes())
}

fn read_bytes(text: &[u8]) -> Row {
    let catalog = Catalog::embedded().unwrap();
    let vocabulary = Vocabulary::new(&catalog);
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let rules = Rules {
        source: "acme".to_owned(),
        layout: Layout::Json,
        vocabulary: Arc::new(vocabulary),
        sets: Arc::new(Sets::built_in(&catalog)),
        catalog: Arc::new(catalog),
        edition: 0,
        today,
    };
    let record = Record { line: 7, content: Content::Json(text.to_vec()) };
    let digest = rules.digest(&record.content);
    rules.read(7, &record, digest)
}

fn row(mut change: Value) -> Value {
    let mut row = json!({"external_id": "A-1", "name": {"given": "Maya", "family": "Okafor"}, "profession": "psychologist"});
    row.as_object_mut().unwrap().append(change.as_object_mut().unwrap());
    row
}

/// The profile, or its faults.
fn settled(row: Row) -> Result<Box<Therapist>, Vec<Fault>> {
    match row.reading {
        Reading::Profile(profile) => Ok(profile),
        Reading::Faulty(faults) => Err(faults.into_iter().map(|located| located.fault).collect()),
        other => panic!("{other:?}"),
    }
}

fn profile(text: &str) -> Box<Therapist> {
    settled(read(text)).unwrap()
}

fn faults(text: &str) -> Vec<Fault> {
    settled(read(text)).unwrap_err()
}

/// The faults as lines; of a row that is right, the profile's modalities and problem areas.
fn outcome(row: &Value) -> String {
    let read = read(&row.to_string());
    assert_eq!(read.line, 7);
    assert!(matches!(read.reading, Reading::Faulty(_)) || read.terms.is_empty());
    match settled(read) {
        Ok(profile) => {
            let areas = profile.problem_areas.iter().map(|claim| &claim.code);
            profile
                .modalities
                .iter()
                .map(|claim| &claim.code)
                .chain(areas)
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        }
        Err(faults) => {
            let line = |f: Fault| format!("{} {}: {} {:?}", f.pointer, f.code, f.detail, f.suggestions);
            faults.into_iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn a_row_belongs_to_the_source_of_its_import() {
    let mut profile = examples::therapist();
    profile.as_object_mut().unwrap().remove("source");
    let row = read(&profile.to_string());
    assert_eq!(row.external_id.as_deref(), Some("A-1001"));
    assert_eq!(settled(row).unwrap().source.as_deref(), Some("acme"));
}

#[test]
fn what_the_server_adds_is_ignored() {
    let mut sent = examples::therapist();
    sent["confirmations"] = json!([
        {"field_group": "licenses", "method": "phone", "confirmed_at": "2026-11-01T10:00:00.123456789Z"},
        {"field_group": "contact", "method": "email", "confirmed_at": "2026-11-02T10:00:00+02:00"},
    ]);
    let plain = profile(&sent.to_string());
    sent["revision"] = json!(9);
    sent["id"] = json!("whatever");
    assert_eq!(profile(&sent.to_string()), plain);
    let kept: Vec<_> = plain.confirmations.iter().map(|c| c.confirmed_at.to_rfc3339()).collect();
    assert_eq!(kept, ["2026-11-02T08:00:00+00:00", "2026-11-01T10:00:00.123456+00:00"]);
}

#[test]
fn labels_of_real_directories_become_codes() {
    let row = row(json!({
        "modalities": ["Cognitive Behavioral (CBT)", {"code": "Internal Family Systems (IFS)", "role": "foundation"}, "CBT", "ifs", "emdr"],
        "problem_areas": ["Obsessive-Compulsive (OCD)", {"code": "ptsd"}],
    }));
    insta::assert_snapshot!(outcome(&row), @"cbt ifs emdr ocd ptsd");
    let profile = profile(&row.to_string());
    assert_eq!(profile.modalities[1].role, crate::vocabulary::Role::Foundation);
}

#[test]
fn what_the_catalog_cannot_place_is_said_where_it_stands() {
    let row = row(json!({
        "modalities": ["CBT", "Cognitive Behavioral Therapy", "EFT", "Enrgy Wrk", {"code": "Conversion Therapy", "role": "lead"}, {"code": "cbt"}],
        "problem_areas": [{"code": "Trama"}, {"code": "Trama"}, 7, ""],
    }));
    insta::assert_snapshot!(outcome(&row), @r#"
    /modalities/2 ambiguous_code: This name may mean several modalities of the catalog. ["eft_couples", "emotion_focused"]
    /modalities/3 unknown_code: No modality of the catalog has this name. []
    /modalities/4/code excluded_practice: This directory does not list this practice: Opposed by APA and other bodies as ineffective and harmful; unlawful in many places. []
    /modalities/4/role invalid_choice: This must be one of `foundation`, `technique`. []
    /modalities/5/code duplicate: This stands in the list already. []
    /problem_areas/0/code unknown_code: No problem area of the catalog has this name. ["ptsd"]
    /problem_areas/1/code unknown_code: No problem area of the catalog has this name. ["ptsd"]
    /problem_areas/2 invalid_type: This must be an object. []
    /problem_areas/3 invalid_type: This must be an object. []
    "#);
    let terms: Vec<_> =
        read(&row.to_string()).terms.into_iter().map(|term| (term.field, term.term)).collect();
    insta::assert_snapshot!(format!("{terms:?}"), @r#"[("modalities", "EFT"), ("modalities", "Enrgy Wrk"), ("modalities", "Conversion Therapy"), ("problem_areas", "Trama"), ("problem_areas", "Trama")]"#);
}

#[test]
fn all_faults_are_told_at_once() {
    let row = json!({
        "source": "other", "name": {"given": " ", "family": ""}, "npi": "1234567890", "languages": ["xx-1"], "shoe_size": 9,
        "status": "published", "homework": "sometimes", "fees": [{"participants": "individual", "amount": -1, "currency": "USD"}],
    });
    insta::assert_snapshot!(outcome(&row), @r#"
    /external_id required: A row needs the id that the profile has in its source. []
    /fees/0/amount too_small: This must be at least 0. []
    /homework invalid_choice: This must be one of `none`, `optional`, `regular`. []
    /languages/0 invalid_language: This is not a BCP 47 language tag in canonical case such as en or pt-BR. []
    /name/family too_short: This must not be empty. []
    /name/given too_short: This must not be blank. []
    /npi invalid_npi: This is not a National Provider Identifier: ten digits, the last a check digit. []
    /profession required: This field is required. []
    /session_formats required: A published profile needs at least one session format. []
    /shoe_size unknown_field: There is no such field here. []
    /source source_mismatch: The row's source is not that of the import; it may be left out. []
    "#);
}

#[test]
fn a_text_that_is_no_profile_is_refused_without_repeating_it() {
    for text in [
        "secret",
        "{\"secret\": ",
        "[\"secret\"]",
        "\"secret\"",
        "null",
        "{}",
        "{\"external_id\": {\"secret\": 1}}",
    ] {
        let row = read(text);
        assert_eq!(row.external_id, None);
        for fault in settled(row).unwrap_err() {
            assert!(!fault.detail.contains("secret") && !fault.detail.contains("line 1"), "{fault:?}");
        }
    }
    insta::assert_snapshot!(faults("{\"a\": tru}")[0].detail, @r#"The JSON text is malformed at column 10: expected ident."#);
    let twice = "{\"external_id\": \"A\", \"external_id\": \"B\", \"name\": {\"given\": \"M\", \"family\": \"O\"}, \"profession\": \"other\"}";
    let faults = faults(twice);
    assert_eq!((faults[0].pointer.as_str(), faults[0].code), ("/external_id", "duplicate_key"));
    let binary = settled(read_bytes(b"{\"external_id\": \"\xff\"}")).unwrap_err();
    assert_eq!(binary[0].code, "malformed_json");
}

#[test]
fn many_or_long_labels_are_not_looked_up() {
    let long = outcome(&row(json!({"modalities": ["x".repeat(500_000)]})));
    insta::assert_snapshot!(long, @r#"/modalities/0 too_long: The name must be at most 200 characters long. []"#);
    let many = read(&row(json!({"modalities": vec!["Enrgy Wrk"; 100_000]})).to_string());
    assert_eq!(many.terms.len(), 60);
    assert_eq!(settled(many).unwrap_err().len(), 61);
}

#[test]
fn an_external_id_with_a_control_character_is_none() {
    for id in ["A\0", "\u{1b}[2J", "\u{85}"] {
        let row = read(&row(json!({"external_id": id})).to_string());
        assert_eq!(row.external_id, None);
        let faults = settled(row).unwrap_err();
        assert_eq!((faults[0].pointer.as_str(), faults[0].code), ("/external_id", "control_character"));
        assert!(faults.iter().all(|fault| fault.pointer == "/external_id"), "{faults:?}");
    }
    assert_eq!(read(&row(json!({"external_id": "A\t1"})).to_string()).external_id.as_deref(), Some("A\t1"));
}
