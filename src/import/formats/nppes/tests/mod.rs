mod headers;
mod properties;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;
use crate::{
    answers::sets::Sets,
    catalog::model::Catalog,
    directory::{check, model::Therapist},
    import::model::UnmappedTerm,
    web::decode::{Privacy, decode_value},
};

/// Invented people in the file's 330 columns, every value quoted as the registry does.
const FIXTURE: &str = include_str!("fixture.csv");

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());

fn cells(line: &str) -> Cells {
    let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap();
    inner.split("\",\"").collect()
}

fn header() -> Cells {
    cells(FIXTURE.lines().next().unwrap())
}

fn registry() -> Registry {
    Registry::of_header(&header()).unwrap()
}

/// The record on this line of the fixture, of which the header is the first.
fn read(line: usize) -> Said {
    registry().read(&cells(FIXTURE.lines().nth(line - 1).unwrap()))
}

/// A record with nothing but this.
fn record(values: &[(&str, &str)]) -> Cells {
    header()
        .iter()
        .map(|column| values.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| *value))
        .collect()
}

fn row(said: Said) -> (Value, Vec<Fault>, Vec<UnmappedTerm>) {
    match said {
        Said::Row { row, faults, terms } => (row, faults, terms),
        said => panic!("{said:?}"),
    }
}

/// The row of a record in which nothing is wrong, with the terms that could not be placed.
fn sound(line: usize) -> (Value, Vec<(String, String)>) {
    let (row, faults, terms) = row(read(line));
    assert_eq!(faults, []);
    assert_eq!(decoder_faults(row.clone()), []);
    (row, terms.into_iter().map(|term| (term.field, term.term)).collect())
}

/// What is wrong with a row in the eyes of the decoder.
fn decoder_faults(row: Value) -> Vec<(String, &'static str)> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let sets = Sets::built_in(&CATALOG);
    let check = |profile: &Therapist| check::faults(profile, &CATALOG, &sets, today);
    match decode_value::<Therapist>(row, Privacy::Open, check) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect(),
    }
}

fn reported(field: &str, term: &str) -> (String, String) {
    (field.to_owned(), term.to_owned())
}

#[test]
fn a_provider_becomes_a_draft() {
    let expected = json!({
        "external_id": "1900000013",
        "npi": "1900000013",
        "status": "draft",
        "name": {"given": "Maya Leigh", "family": "O'Brien-McDonald", "prefix": "Dr."},
        "credentials": ["PH.D.", "LCSW"],
        "gender": "woman",
        "profession": "psychologist",
        "phone": "+14155550123",
        "licenses": [{"jurisdiction": "US-CA", "number": "PSY12345", "status": "pending"}],
        "locations": [{"line1": "1 MAIN ST", "line2": "STE 200", "city": "San Francisco", "region": "US-CA",
            "postal_code": "94105-1234", "country": "US"}],
    });
    assert_eq!(sound(2), (expected, vec![]));
}

#[test]
fn credentials_and_licences_stand_once() {
    let (row, terms) = sound(3);
    assert_eq!(row["credentials"], json!(["LCSW"]));
    assert_eq!(row["name"], json!({"given": "TJ", "family": "De La Cruz", "suffix": "Jr."}));
    assert_eq!(row["gender"], "man");
    assert_eq!(row["phone"], "+12125550147");
    let licenses = json!([
        {"jurisdiction": "US-NJ", "number": "SC-44", "status": "pending"},
        {"jurisdiction": "US-NY", "number": "R012345", "status": "pending"},
    ]);
    assert_eq!(row["licenses"], licenses);
    assert_eq!(row["locations"][0]["region"], "US-NY");
    assert_eq!(terms, []);
}

#[test]
fn territories_are_subdivisions() {
    let (row, _) = sound(4);
    assert_eq!(row["licenses"][0]["jurisdiction"], "US-PR");
    assert_eq!(row["locations"][0]["region"], "US-PR");
    assert_eq!(row["locations"][0]["postal_code"], "00901");
    assert_eq!(row["name"]["family"], "Rivera Peña");
    let (row, _) = sound(16);
    let place = json!({"line1": "15 Beach Rd", "city": "Hagåtña", "region": "US-GU", "postal_code": "96910", "country": "US"});
    assert_eq!(row["locations"], json!([place]));
    assert_eq!(row["name"], json!({"given": "deShawn", "family": "van der Berg"}));
    assert_eq!(row["profession"], "art_therapist");
    let associated = record(&[
        ("NPI", "1234567893"),
        ("Entity Type Code", "1"),
        ("Provider Business Practice Location Address State Name", "MH"),
        ("Healthcare Provider Taxonomy Code_1", "103T00000X"),
    ]);
    let (row, _, terms) = self::row(registry().read(&associated));
    assert_eq!((row["locations"].clone(), terms), (json!([{"country": "MH"}]), vec![]));
}

#[test]
fn the_primary_taxonomy_decides_among_those_that_are_listed() {
    // Internal medicine comes first, and its licence is not a psychiatrist's.
    let (row, _) = sound(5);
    assert_eq!(row["profession"], "psychiatrist");
    assert_eq!(row["licenses"], json!([{"jurisdiction": "US-WA", "number": "MD-2", "status": "pending"}]));
    assert_eq!(row.get("gender"), None);
    let professions = |switches: [&str; 3]| {
        let codes = ["207R00000X", "106H00000X", "101YM0800X"];
        let names: Vec<(String, &str)> = (1..)
            .zip(codes.into_iter().zip(switches))
            .flat_map(|(at, (code, switch))| {
                [
                    (format!("Healthcare Provider Taxonomy Code_{at}"), code),
                    (format!("Healthcare Provider Primary Taxonomy Switch_{at}"), switch),
                ]
            })
            .collect();
        let mut values = vec![("NPI", "1234567893"), ("Entity Type Code", "1")];
        values.extend(names.iter().map(|(name, value)| (name.as_str(), *value)));
        row_of(&values)["profession"].clone()
    };
    assert_eq!(professions(["N", "N", "Y"]), "counselor");
    assert_eq!(professions(["Y", "N", "N"]), "marriage_family_therapist");
    assert_eq!(professions(["", "", ""]), "marriage_family_therapist");
    assert_eq!(professions(["N", "Y", "Y"]), "marriage_family_therapist");
}

fn row_of(values: &[(&str, &str)]) -> Value {
    row(registry().read(&record(values))).0
}

#[test]
fn states_that_are_no_jurisdiction_are_reported() {
    let (row, terms) = sound(6);
    assert_eq!(terms, [reported("location_states", "AE"), reported("license_states", "AE")]);
    assert_eq!(row["licenses"], json!([{"jurisdiction": "US-TX", "number": "RN77", "status": "pending"}]));
    assert_eq!(row["locations"][0].get("region"), None);
    assert_eq!(row["profession"], "psychiatric_nurse");
    assert_eq!(row["name"]["family"], "Smith III");
    let (row, terms) = sound(14);
    assert_eq!(terms, [reported("license_states", "ZZ")]);
    // The first number is masked; the telephone number lacks a digit.
    assert_eq!(row["licenses"], json!([{"jurisdiction": "US-NV", "number": "LPC6", "status": "pending"}]));
    assert_eq!(row["locations"][0]["region"], "US-NV");
    assert_eq!(row.get("phone"), None);
}

#[test]
fn practices_abroad() {
    let (row, terms) = sound(15);
    assert_eq!(row["locations"][0]["region"], "CA-ON");
    assert_eq!(row["locations"][0]["postal_code"], "K1A 0B1");
    assert_eq!((row["phone"].as_str(), terms), (Some("+16135550100"), vec![]));
    let (row, terms) = sound(19);
    assert_eq!(row["locations"][0]["country"], "DE");
    assert_eq!((row["locations"][0].get("region"), row.get("phone")), (None, None));
    assert_eq!(terms, [reported("location_states", "BAVARIA")]);
    assert_eq!(row["profession"], "other");
}

#[test]
fn organisations_and_other_professions_are_not_ours() {
    for line in [7, 10, 11] {
        assert!(matches!(read(line), Said::NotOurs), "line {line}");
    }
}

#[test]
fn a_deactivated_number_is_retired_unless_it_was_reactivated() {
    assert!(matches!(read(8), Said::Retired));
    assert_eq!(sound(9).0["profession"], "marriage_family_therapist");
    let said = |from, to| {
        registry().read(&record(&[
            ("NPI", "1234567893"),
            ("Entity Type Code", "1"),
            ("Healthcare Provider Taxonomy Code_1", "103T00000X"),
            ("NPI Deactivation Date", from),
            ("NPI Reactivation Date", to),
        ]))
    };
    assert!(matches!(said("01/05/2020", ""), Said::Retired));
    assert!(matches!(said("02/05/2020", "01/31/2020"), Said::Retired));
    assert_eq!(row(said("01/05/2020", "01/05/2020")).1, []);
    assert_eq!(row(said("", "01/05/2020")).1, []);
    for (from, to) in [("2020-01-05", "01/06/2020"), ("01/05/2020", "13/41/2020")] {
        let faults = row(said(from, to)).1;
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["invalid_date"]);
        assert!(faults[0].detail.contains("NPI Reactivation Date"), "{}", faults[0].detail);
    }
}

#[test]
fn an_unknown_code_of_behavioral_health_is_reported_and_not_guessed() {
    let (row, faults, terms) = self::row(read(12));
    let fault = Fault::new(
        "/profession",
        "unknown_code",
        "The code in Healthcare Provider Taxonomy Code_2 is not known.",
    );
    assert_eq!(faults, [fault]);
    let term = |code| UnmappedTerm { field: "taxonomies".into(), term: code, count: 1, suggestions: vec![] };
    assert_eq!(terms, [term("101YZ9999X".to_owned())]);
    // The fault of the code is the only one.
    assert_eq!(decoder_faults(row), []);
    // Who has a known one as well is taken by that.
    let (row, terms) = sound(13);
    assert_eq!(
        (row["profession"].as_str(), terms),
        (Some("psychologist"), vec![reported("taxonomies", "103TZ9999X")])
    );
}

#[test]
fn what_the_row_cannot_be_is_the_decoders_to_say() {
    let (bad_number, ..) = row(read(17));
    assert_eq!(decoder_faults(bad_number), [("/npi".to_owned(), "invalid_npi")]);
    let (nameless, ..) = row(read(18));
    assert_eq!(decoder_faults(nameless), [("/name/given".to_owned(), "required")]);
}

#[test]
fn a_record_that_is_none_is_said_to_be_none() {
    let registry = registry();
    let fault = |cells: &Cells| match registry.read(cells) {
        Said::Nothing(fault) => (fault.pointer, fault.code, fault.detail),
        said => panic!("{said:?}"),
    };
    let short: Cells = ["1234567893", "1"].into_iter().collect();
    let (pointer, code, detail) = fault(&short);
    assert_eq!((pointer.as_str(), code), ("", "inconsistent"));
    assert_eq!(detail, "The record has 2 values where the header has 330 columns.");
    let (_, code, detail) = fault(&record(&[("NPI", "1234567893")]));
    assert_eq!((code, detail.as_str()), ("invalid_choice", "Entity Type Code must be 1 or 2."));
    assert_eq!(registry.external_id(&short), Some("1234567893"));
    for (number, id) in [
        ("1234567893", Some("1234567893")),
        ("  ", None),
        ("1234567890", None),
        ("123456789", None),
        ("12345678930", None),
        ("123456789X", None),
        ("Okafor", None),
    ] {
        assert_eq!(registry.external_id(&record(&[("NPI", number)])), id, "{number:?}");
    }
}

#[test]
fn parts_of_a_row_have_their_columns() {
    let registry = registry();
    for (pointer, column) in [
        ("/npi", Some("NPI")),
        ("/external_id", Some("NPI")),
        ("/name/family", Some("Provider Last Name (Legal Name)")),
        ("/credentials/3", Some("Provider Credential Text")),
        ("/gender", Some("Provider Sex Code")),
        ("/locations/0/postal_code", Some("Provider Business Practice Location Address Postal Code")),
        ("/licenses/0/number", None),
        ("/profession", None),
        ("", None),
    ] {
        assert_eq!(registry.column_of(pointer), column, "{pointer}");
    }
}

#[test]
fn terms_show_that_they_had_control_characters() {
    let term = provider::term("taxonomies", "1\0A\n");
    assert_eq!(term.term, "1\u{fffd}A\u{fffd}");
}
