use chrono::{NaiveDate, TimeZone};
use serde_json::{Value, json};

use super::*;
use crate::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    import::row::Rules,
};

fn rows(profiles: &[Value]) -> Vec<Row> {
    let catalog = Catalog::embedded().unwrap();
    let vocabulary = Vocabulary::new(&catalog);
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let rules = Rules { source: "acme", catalog: &catalog, vocabulary: &vocabulary, today };
    (1..)
        .zip(profiles)
        .map(|(line, profile)| Row::read(line, profile.to_string().as_bytes(), rules))
        .collect()
}

fn profile(external_id: &str, bio: &str) -> Value {
    json!({"external_id": external_id, "name": {"given": "Maya", "family": "Okafor"}, "profession": "psychologist", "bio": bio})
}

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, hour, 0, 0).unwrap()
}

/// What the rows do where nothing was met before.
fn planned(profiles: &[Value], stored: Vec<Therapist>) -> Plan {
    plan(&rows(profiles), HashMap::new(), stored, Id::new(at(9)), at(10))
}

fn stored(profiles: &[Value]) -> Vec<Therapist> {
    plan(&rows(profiles), HashMap::new(), Vec::new(), Id::new(at(7)), at(8)).created
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
    assert_eq!(plan.written(), [plan.created[0].id, updated.id]);
}

#[test]
fn the_first_of_equal_ids_counts_wherever_it_stands() {
    let mut invalid = profile("C", "x");
    invalid["npi"] = json!("1");
    let chunk = [profile("A", "one"), profile("A", "two"), profile("B", "x"), invalid, profile("C", "x")];
    let met = HashMap::from([("B".to_owned(), 3_000)]);
    let plan = plan(&rows(&chunk), met, Vec::new(), Id::new(at(9)), at(10));
    assert_eq!(counts(&plan), [5, 1, 0, 0, 4]);
    let line = |row: &Rejected| format!("{} {}: {}", row.line, row.faults[0].code, row.faults[0].detail);
    let rejected = plan.rejected.iter().map(line).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(rejected, @r"
    2 duplicate_external_id: Line 1 has the same external id; the first one counts.
    3 duplicate_external_id: Line 3000 has the same external id; the first one counts.
    4 invalid_format: This must match the pattern `^[12][0-9]{9}$`.
    5 duplicate_external_id: Line 4 has the same external id; the first one counts.
    ");
    assert_eq!(plan.met, [("A".to_owned(), 1), ("C".to_owned(), 4)]);
}

#[test]
fn confirmations_of_a_row_replace_stored_ones_and_their_absence_does_not() {
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
    let reconfirmed = planned(&[first], known.clone());
    assert_eq!(counts(&reconfirmed), [1, 0, 1, 0, 0]);
    assert!(reconfirmed.reconfirmed.contains(&known[0].id));
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
