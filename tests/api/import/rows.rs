//! What becomes of the rows of a file.

use serde_json::json;
use tailor::{import::model::RowFault, vocabulary::ImportStatus};

use super::{Directory, counts, mixed, ndjson, row};
use crate::on_both_databases;

on_both_databases! {
    /// Good rows are taken, bad ones reported with every fault, its line and its place.
    fn good_rows_are_taken_and_bad_ones_reported(directory: Directory) {
        let import = directory.import(&mixed());
        assert_eq!(import.status, ImportStatus::Succeeded);
        assert_eq!(counts(&import), [1205, 1201, 0, 0, 4]);
        assert_eq!((import.bytes_read, import.problem.clone()), (import.bytes_total, None));
        assert!(import.started_at.is_some() && import.finished_at.is_some());
        let line = |fault: RowFault| format!("{} {:?} {} {} {:?}", fault.line, fault.external_id, fault.pointer, fault.code, fault.suggestions);
        let faults = directory.faults(import.id).into_iter().map(line).collect::<Vec<_>>().join("\n");
        insta::allow_duplicates! { insta::assert_snapshot!(faults, @r#"
        1203 None  malformed_json []
        1204 Some("A-3") /external_id duplicate_external_id []
        1205 Some("A-1199") /external_id duplicate_external_id []
        1206 Some("B") /modalities/0 unknown_code []
        1206 Some("B") /name required []
        1206 Some("B") /profession required []
        "#) };
        let terms: Vec<_> = import.unmapped_terms.iter().map(|t| (t.field.as_str(), t.term.as_str(), t.count)).collect();
        assert_eq!(terms, [("modalities", "Enrgy Wrk", 1)]);
        assert_eq!(directory.profiles().len(), 1201);
        assert_eq!(directory.changes(), 1201);
        let stored = &directory.profiles()[0];
        assert_eq!((&stored["source"], &stored["modalities"][0]["code"]), (&json!("acme"), &json!("cbt")));
        assert_eq!(stored["confirmed_at"], json!("2026-11-01T10:00:00Z"));
    }

    /// The same file again changes nothing, not even the feed.
    fn the_same_file_again_changes_nothing(directory: Directory) {
        directory.import(&mixed());
        let (before, changes) = (directory.profiles(), directory.changes());
        directory.pass(chrono::Duration::days(1));
        let again = directory.import(&mixed());
        assert_eq!(counts(&again), [1205, 0, 0, 1201, 4]);
        assert_eq!(directory.profiles(), before);
        assert_eq!(directory.changes(), changes);
    }

    /// A changed row is a new revision; confirmations are replaced by other ones and kept where a row has none.
    fn changed_rows_become_new_revisions(directory: Directory) {
        directory.import(&ndjson((0..3).map(row)));
        let mut changed = row(1);
        changed["bio"] = json!("new");
        changed.as_object_mut().unwrap().remove("confirmations");
        let mut reconfirmed = row(2);
        reconfirmed["confirmations"][0]["confirmed_at"] = json!("2026-11-20T10:00:00Z");
        let import = directory.import(&ndjson([row(0), changed, reconfirmed]));
        assert_eq!(counts(&import), [3, 0, 2, 1, 0]);
        assert_eq!(directory.changes(), 5);
        let stored: Vec<_> = directory.profiles().iter().map(|t| (t["revision"].clone(), t["confirmed_at"].clone())).collect();
        let expected = [(1, "2026-11-01T10:00:00Z"), (2, "2026-11-01T10:00:00Z"), (2, "2026-11-20T10:00:00Z")];
        assert_eq!(stored, expected.map(|(revision, at)| (json!(revision), json!(at))));
    }

    /// A dry run counts and reports what the real run will, and writes nothing.
    fn a_dry_run_counts_as_the_real_one_and_writes_nothing(directory: Directory) {
        directory.import(&ndjson((0..100).map(row)));
        let (before, changes) = (directory.profiles(), directory.changes());
        let id = directory.upload(&mixed(), true);
        let dry = directory.runner.run_job(id, |_| ()).expect("the dry run ends");
        assert!(dry.dry_run);
        assert_eq!(directory.profiles(), before);
        assert_eq!(directory.changes(), changes);
        let real = directory.import(&mixed());
        assert_eq!(dry.counts, real.counts);
        assert_eq!(counts(&real), [1205, 1101, 0, 100, 4]);
        assert_eq!(directory.faults(dry.id), directory.faults(real.id));
        assert_eq!(dry.unmapped_terms, real.unmapped_terms);
    }

}
