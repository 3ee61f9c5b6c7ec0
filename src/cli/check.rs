//! `tailor check`: whether database, catalog and index agree.

use std::{collections::BTreeSet, process::ExitCode};

use super::Failure;
use crate::{
    clock::Clock,
    config::Settings,
    consultations,
    directory::{check, store as rows},
    postal_codes::store as postal_codes,
    server::Assembly,
    vocabulary::Status,
};

/// Reads every stored profile, holds it against the catalog and its own rules, and compares the index with what is
/// published. Exit status 1 where something disagrees.
pub(super) fn check(settings: &Settings, clock: Clock) -> Result<ExitCode, Failure> {
    super::require_database(settings)?;
    let assembly = Assembly::open(settings, clock)?;
    assembly.live.load()?;
    let (today, sets) = (assembly.clock.today(), assembly.foundation.questions.sets());
    let (mut profiles, mut faulty) = (0u64, 0u64);
    let mut published = BTreeSet::new();
    assembly.foundation.store.read(|conn| {
        rows::all(conn, |batch| {
            for therapist in batch {
                profiles += 1;
                if therapist.status == Status::Published {
                    published.insert(therapist.id);
                }
                for fault in check::faults(&therapist, &assembly.foundation.catalog, &sets, today) {
                    faulty += 1;
                    println!("{} {} {}: {}", therapist.id, fault.pointer, fault.code, fault.detail);
                }
            }
            Ok(())
        })
    })?;
    let snapshot = assembly.live.snapshot();
    let missing = published.iter().filter(|id| snapshot.index.get(id).is_none()).count();
    let extra = snapshot.index.len().saturating_sub(published.len() - missing);
    println!(
        "catalog {}; {profiles} profiles, {} published; {faulty} faults; index: {missing} missing, {extra} too many",
        assembly.foundation.catalog.version,
        published.len()
    );
    for table in assembly.foundation.store.read(postal_codes::loaded)? {
        let at = table.loaded_at.format("%F");
        println!("{} postal codes of {}, from {}, loaded on {at}", table.codes, table.country, table.source);
    }
    let unreadable = unreadable_consultations(&assembly)?;
    Ok(if faulty == 0 && missing == 0 && extra == 0 && unreadable == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says under which keys the free text of consultations is; how many of them no key is there for.
fn unreadable_consultations(assembly: &Assembly) -> Result<i64, Failure> {
    let keyring = assembly.consultations.keyring.as_ref();
    let mut unreadable = 0;
    for (id, count) in assembly.foundation.store.read(consultations::store::under_keys)? {
        let state = match keyring {
            Some(keyring) if keyring.active() == id => "active",
            Some(keyring) if keyring.key(&id).is_some() => "older",
            _ => {
                unreadable += count;
                "not in the file"
            }
        };
        println!("consultations with free text: {count} under the key {id} ({state})");
    }
    Ok(unreadable)
}
