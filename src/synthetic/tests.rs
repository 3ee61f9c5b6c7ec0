//! What a directory of rows looks like as a whole: sound, as frequent in everything as meant, and the same every time.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use validator::Validate;

use super::{tables::Claimable, *};
use crate::{
    answers::sets::Sets,
    catalog::model::Catalog,
    directory::{
        check,
        confirmations::{confirmed_at, is_stale},
    },
    exchange::row::row,
    vocabulary::{Accepting, Profession, SessionFormat},
};

pub(super) fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn catalog() -> Catalog {
    Catalog::embedded().unwrap()
}

pub(super) fn codes() -> Codes {
    Codes::from(&catalog())
}

pub(super) fn rows(count: u64) -> Vec<Therapist> {
    directory(1, count, as_of(), &codes()).collect()
}

/// The share, in percent, of the rows of which `holds` is true.
fn share(rows: &[Therapist], holds: impl Fn(&Therapist) -> bool) -> f64 {
    rows.iter().filter(|row| holds(row)).count() as f64 * 100.0 / rows.len() as f64
}

#[test]
fn the_tables_know_the_codes_of_the_catalog() {
    let (catalog, tables) = (catalog(), Tables::get());
    let claimable = |table: &[Claimable]| table.iter().map(|row| row.code).collect::<BTreeSet<_>>();
    let listable = catalog.modalities.iter().filter(|m| m.directory_listable).map(|m| &*m.code);
    assert_eq!(claimable(&tables.modalities), listable.collect());
    let areas = catalog.problem_areas.iter().map(|p| &*p.code);
    assert_eq!(claimable(&tables.problem_areas), areas.collect());
    let communities: BTreeSet<&str> = tables.communities.iter().map(|c| c.code).collect();
    assert_eq!(communities, catalog.communities.iter().map(|c| &*c.code).collect());
}

#[test]
fn every_row_is_sound() {
    let catalog = catalog();
    let sets = Sets::built_in(&catalog);
    for row in rows(2_000) {
        let number = row.external_id.as_deref().unwrap();
        assert_eq!(row.validate(), Ok(()), "{number}");
        assert_eq!(check::faults(&row, &catalog, &sets, as_of()), [], "{number}");
    }
}

#[test]
fn a_catalog_without_codes_gives_sound_rows_too() {
    let nothing = Codes::new(&[], &[], &[], &[]);
    for row in directory(1, 200, as_of(), &nothing) {
        assert_eq!(row.validate(), Ok(()));
        assert_eq!(row.modalities, []);
    }
}

#[test]
fn a_row_reads_back_as_the_profile_it_was_made_of() {
    for profile in rows(300) {
        let row = row(&profile);
        assert!(row.get("source").is_none() && row.get("modalities").is_some());
        let mut read: Therapist = serde_json::from_value(row).unwrap();
        read.source.clone_from(&profile.source);
        read.display_name.clone_from(&profile.display_name);
        read.confirmed_at = profile.confirmed_at;
        assert_eq!(read, profile);
    }
}

#[test]
fn biographies_name_the_modalities_within_their_length() {
    let rows = rows(1_000);
    let codes = codes();
    for row in &rows {
        let Some(bio) = &row.bio else { continue };
        let words = bio.split_whitespace().count();
        assert!(words::WORDS.contains(&words), "{words} words: {bio}");
        assert!(!bio.contains(['{', '}']) && !bio.contains("  "), "{bio}");
        if let Some(first) = row.modalities.first() {
            assert!(bio.contains(codes.modality_phrase(&first.code).unwrap()), "{bio}");
        }
    }
    let headlines = rows.iter().filter_map(|row| row.headline.as_deref());
    assert!(headlines.into_iter().all(|text| !text.contains(['{', '}'])));
}

#[test]
fn shares_are_those_of_a_real_directory() {
    let rows = rows(4_000);
    let code = |row: &Therapist| row.modalities.len();
    let fresh = |row: &Therapist| !is_stale(confirmed_at(row), as_of(), 90);
    let shares: [(&str, f64, std::ops::Range<f64>); 18] = [
        ("published", share(&rows, |r| r.status == Status::Published), 91.0..95.0),
        ("accepting", share(&rows, accepting), 69.5..74.5),
        ("video", share(&rows, |r| r.session_formats.contains(&SessionFormat::Video)), 78.0..84.0),
        ("in person", share(&rows, |r| r.session_formats.contains(&SessionFormat::InPerson)), 56.0..63.0),
        ("placed in person", share(&rows, |r| r.locations.iter().any(|l| l.latitude.is_some())), 53.0..62.0),
        ("insurance", share(&rows, |r| !r.insurance.is_empty()), 57.0..64.0),
        ("aetna", share(&rows, |r| r.insurance.iter().any(|i| i == "aetna")), 22.0..29.0),
        ("sliding scale", share(&rows, |r| r.sliding_scale.as_ref().is_some_and(|s| s.offered)), 32.0..38.0),
        ("no modalities", share(&rows, |r| code(r) == 0), 0.5..1.6),
        ("3 to 10 modalities", share(&rows, |r| (3..=10).contains(&code(r))), 93.0..97.0),
        ("20 modalities and more", share(&rows, |r| code(r) >= 20), 3.0..5.0),
        ("fresh", share(&rows, fresh), 62.0..68.0),
        ("never confirmed", share(&rows, |r| confirmed_at(r).is_none()), 12.5..17.5),
        ("npi", share(&rows, |r| r.npi.is_some()), 77.5..82.5),
        ("biography", share(&rows, |r| r.bio.is_some()), 61.0..67.0),
        ("English", share(&rows, |r| r.languages.iter().any(|l| l == "en")), 98.0..99.9),
        ("Spanish", share(&rows, |r| r.languages.iter().any(|l| l == "es")), 9.0..16.0),
        ("counselors", share(&rows, |r| r.profession == Profession::Counselor), 31.0..36.0),
    ];
    for (what, share, range) in shares {
        println!("{what}: {share:.1} %");
        assert!(range.contains(&share), "{what}: {share:.1} %, not within {range:?}");
    }
    let bytes: usize = rows.iter().map(|r| row(r).to_string().len()).sum();
    println!("{} bytes a row", bytes / rows.len());
    assert!((1_500..3_400).contains(&(bytes / rows.len())));
}

pub(super) fn accepting(row: &Therapist) -> bool {
    row.availability.accepting == Some(Accepting::Accepting)
}
