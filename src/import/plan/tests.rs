use std::sync::Arc;

use chrono::{NaiveDate, TimeZone};
use serde_json::{Value, json};

use super::*;
use crate::{
    answers::sets::Sets,
    catalog::{model::Catalog, vocabulary::Vocabulary},
    import::{
        formats::{Content, Record, layout::Layout},
        row::Rules,
    },
};

fn rows(profiles: &[Value]) -> Vec<Row> {
    let catalog = Catalog::embedded().unwrap();
    let rules = Rules {
        source: "acme".to_owned(),
        layout: Layout::Json,
        vocabulary: Arc::new(Vocabulary::new(&catalog)),
        sets: Arc::new(Sets::built_in(&catalog)),
        catalog: Arc::new(catalog),
        edition: 0,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    };
    let row = |(line, profile): (i64, &Value)| {
        let record = Record { line, content: Content::Json(profile.to_string().into_bytes()) };
        let digest = rules.digest(&record.content);
        rules.read(line, &record, digest)
    };
    (1..).zip(profiles).map(row).collect()
}

fn profile(external_id: &str, bio: &str) -> Value {
    json!({"external_id": external_id, "name": {"given": "Maya", "family": "Okafor"}, "profession": "psychologist", "bio": bio})
}

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, hour, 0, 0).unwrap()
}

fn order(hour: u32) -> Order {
    Order { mode: ImportMode::Upsert, import_id: Id::new(at(hour - 1)), now: at(hour) }
}

/// What the rows do where nothing was met before.
fn planned(profiles: &[Value], stored: Vec<Therapist>) -> Plan {
    plan(rows(profiles), Before { stored, ..Before::default() }, order(10))
}

fn stored(profiles: &[Value]) -> Vec<Therapist> {
    plan(rows(profiles), Before::default(), order(8)).created
}

fn counts(plan: &Plan) -> [i64; 5] {
    let Counts { read, created, updated, unchanged, rejected, .. } = plan.counts;
    [read, created, updated, unchanged, rejected]
}

#[test]
fn tells_new_changed_and_same_profiles_apart() {
    let known = stored(&[profile("A", "one"), profile("B", "two")]);
    let plan = planned(&[profile("A", "one"), profile("B", "other"), profile("C", "three")], known.clone());
    assert_eq!(counts(&plan), [3, 1, 1, 1, 0]);
    let updated = &plan.updated[0];
    assert_eq!((updated.id, updated.revision, updated.created_at), (known[1].id, 2, at(8)));
    assert_eq!(
        (updated.updated_at, updated.provenance.import_id),
        (at(10), Some(plan.created[0].provenance.import_id.unwrap()))
    );
    let digests: Vec<_> = plan.digests.iter().map(|(id, _, revision)| (*id, *revision)).collect();
    assert_eq!(digests, [(known[0].id, 1), (known[1].id, 2), (plan.created[0].id, 1)]);
}

#[test]
fn the_first_of_equal_ids_counts_wherever_it_stands() {
    let mut invalid = profile("C", "x");
    invalid["npi"] = json!("1");
    let chunk = [profile("A", "one"), profile("A", "two"), profile("B", "x"), invalid, profile("C", "x")];
    let met = HashMap::from([("B".to_owned(), Place { row_number: 2_900, line: 3_000 })]);
    let plan = plan(rows(&chunk), Before { met, ..Before::default() }, order(10));
    assert_eq!(counts(&plan), [5, 1, 0, 0, 4]);
    let line = |row: &Rejected| {
        let fault = &row.faults[0].fault;
        format!("{} {}: {}", row.line, fault.code, fault.detail)
    };
    let rejected = plan.rejected.iter().map(line).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(rejected, @r"
    2 duplicate_external_id: Row 1, on line 1, has the same external id; the first one counts.
    3 duplicate_external_id: Row 2900, on line 3000, has the same external id; the first one counts.
    4 invalid_format: This must match the pattern `^[12][0-9]{9}$`.
    5 duplicate_external_id: Row 4, on line 4, has the same external id; the first one counts.
    ");
    let at = |number| Place { row_number: number, line: number };
    assert_eq!(plan.met, [("A".to_owned(), at(1)), ("C".to_owned(), at(4))]);
}

#[test]
fn of_the_confirmations_of_a_row_and_the_stored_ones_the_newer_count() {
    let confirmed = |at: &str| json!([{"field_group": "contact", "method": "phone", "confirmed_at": at}]);
    let mut first = profile("A", "one");
    first["confirmations"] = confirmed("2026-11-01T00:00:00Z");
    let known = stored(&[first.clone()]);
    assert_eq!(counts(&planned(&[first.clone()], known.clone())), [1, 0, 0, 1, 0]);
    assert_eq!(counts(&planned(&[profile("A", "one")], known.clone())), [1, 0, 0, 1, 0]);

    let changed = planned(&[profile("A", "other")], known.clone());
    assert_eq!(changed.updated[0].confirmations, known[0].confirmations);
    assert!(changed.reconfirmed.is_empty());

    first["confirmations"] = confirmed("2026-11-20T00:00:00Z");
    let reconfirmed = planned(&[first.clone()], known.clone());
    assert_eq!(counts(&reconfirmed), [1, 0, 1, 0, 0]);
    assert!(reconfirmed.reconfirmed.contains(&known[0].id));

    // What is stored is newer, or says more.
    first["confirmations"] = confirmed("2026-10-01T00:00:00Z");
    assert_eq!(counts(&planned(&[first.clone()], known.clone())), [1, 0, 0, 1, 0]);
    first["confirmations"] =
        json!([{"field_group": "licenses", "method": "phone", "confirmed_at": "2026-10-01T00:00:00Z"}]);
    let added = planned(&[first], known);
    assert_eq!(added.updated[0].confirmations.len(), 2);
}

#[test]
fn unknown_labels_are_counted() {
    let with = |id: &str, label: &str| {
        let mut row = profile(id, "x");
        row["modalities"] = json!([label, "Reiki Tantra"]);
        row
    };
    let plan = planned(&[with("A", "Enrgy Wrk"), with("B", " Enrgy Wrk ")], Vec::new());
    let terms: Vec<_> = plan.terms.iter().map(|term| (term.term.as_str(), term.count)).collect();
    assert_eq!(terms, [("Enrgy Wrk", 2), ("Reiki Tantra", 2)]);
}

/// A row of each reading.
fn read_as(line: i64, external_id: &str, reading: Reading) -> Row {
    Row {
        number: line,
        line,
        external_id: Some(external_id.to_owned()),
        reading,
        terms: Vec::new(),
        digest: [0; 16],
    }
}

#[test]
fn where_only_new_profiles_are_wanted_known_ones_are_rejected() {
    let known = stored(&[profile("A", "one")]);
    let mut chunk = rows(&[profile("A", "two"), profile("B", "x")]);
    chunk.push(read_as(3, "C", Reading::Unchanged));
    let order = Order { mode: ImportMode::Create, ..order(10) };
    let plan = plan(chunk, Before { stored: known, ..Before::default() }, order);
    assert_eq!(counts(&plan), [3, 1, 0, 0, 2]);
    let codes: Vec<_> = plan.rejected.iter().map(|row| (row.line, row.faults[0].fault.code)).collect();
    assert_eq!(codes, [(1, "already_exists"), (3, "already_exists")]);
}

#[test]
fn a_provider_who_retired_is_archived_once_and_never_made() {
    let known = stored(&[profile("A", "one")]);
    let chunk = |id| vec![read_as(1, id, Reading::Retired)];
    let plan_of = |id, stored| plan(chunk(id), Before { stored, ..Before::default() }, order(10));
    let first = plan_of("A", known.clone());
    assert_eq!((first.counts.archived, first.updated[0].status), (1, Status::Archived));
    assert_eq!((first.updated[0].revision, first.digests.len()), (2, 0));
    let second = plan_of("A", first.updated);
    assert_eq!((second.counts.unchanged, second.updated.len()), (1, 0));
    assert_eq!(plan_of("Z", known).counts.skipped, 1);
}

#[test]
fn a_file_that_is_read_again_meets_its_own_rows() {
    let at = |row_number| Place { row_number, line: 1 };
    let met = HashMap::from([("A".to_owned(), at(1)), ("B".to_owned(), at(9))]);
    let chunk = rows(&[profile("A", "one"), profile("B", "two")]);
    let plan = plan(chunk, Before { met, ..Before::default() }, order(10));
    assert_eq!(counts(&plan), [2, 1, 0, 0, 1]);
    assert_eq!(plan.met, []);
}
