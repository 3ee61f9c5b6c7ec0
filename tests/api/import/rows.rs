//! What becomes of the rows of a file.

use serde_json::json;
use tailor::{
    import::model::{NewImport, RowFault},
    vocabulary::{ImportFormat, ImportStatus},
};

use super::{Directory, counts, mixed, ndjson, plain, row};
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

    /// PostgreSQL takes no U+0000 in a text: wherever it stands in a row, that row alone is rejected.
    fn control_characters_cost_their_rows_and_no_others(directory: Directory) {
        let with = |number: usize, field: &str, value: serde_json::Value| {
            let mut row = row(number);
            row[field] = value;
            row
        };
        let import = directory.import(&ndjson([
            row(1),
            with(2, "external_id", json!("A-\0")),
            with(3, "modalities", json!(["Enrgy\0Wrk", "C\0BT", "Enrgy Wrk"])),
            with(4, "problem_areas", json!([{"code": "Tra\0ma"}])),
            with(5, "shoe\0size", json!("9\0")),
            with(6, "bio", json!("\0")),
            row(7),
        ]));
        assert_eq!((import.status, counts(&import)), (ImportStatus::Succeeded, [7, 2, 0, 0, 5]));
        let terms: Vec<_> = import.unmapped_terms.iter().map(|term| term.term.as_str()).collect();
        assert_eq!(terms, ["Enrgy Wrk"]);
        let line = |fault: RowFault| format!("{} {:?} {} {}", fault.line, fault.external_id, fault.pointer, fault.code);
        let faults = directory.faults(import.id).into_iter().map(line).collect::<Vec<_>>().join("\n");
        insta::allow_duplicates! { insta::assert_snapshot!(faults, @r#"
        2 None /external_id control_character
        3 Some("A-3") /modalities/0 control_character
        3 Some("A-3") /modalities/1 control_character
        3 Some("A-3") /modalities/2 unknown_code
        4 Some("A-4") /problem_areas/0/code control_character
        5 Some("A-5")  control_character
        5 Some("A-5") /shoe�size control_character
        5 Some("A-5") /shoe�size unknown_field
        6 Some("A-6") /bio control_character
        "#) };
        assert_eq!(directory.profiles().len(), 2);
    }

    /// The same in the cells of a table.
    fn control_characters_cost_their_records_and_no_others(directory: Directory) {
        let body = "external_id,name_given,name_family,profession,bio,modalities,style_challenge\n\
            A-1,Maya,Okafor,psychologist,,emdr,1\n\
            A-\0,Maya,Okafor,psychologist,,emdr,1\n\
            A-3,Ma\0ya,Okafor,psychologist,a\0b,\0,1\n\
            A-4,Maya,Okafor,psycho\0logist,,em\0dr;C\0BT:technique,1\0\n\
            A-5,Maya,Okafor,psychologist,,emdr,\0,\0\n\
            A-6,Maya,Okafor,psychologist,,emdr,1\n";
        let import = directory.import_as(body, &NewImport { format: ImportFormat::Csv, ..plain() });
        assert_eq!((import.status, counts(&import)), (ImportStatus::Succeeded, [6, 2, 0, 0, 4]));
        assert_eq!(import.unmapped_terms, []);
        let line = |fault: RowFault| format!("{} {:?} {} {:?} {}", fault.line, fault.external_id, fault.pointer, fault.column, fault.code);
        let faults = directory.faults(import.id).into_iter().map(line).collect::<Vec<_>>().join("\n");
        insta::allow_duplicates! { insta::assert_snapshot!(faults, @r#"
        3 None /external_id Some("external_id") control_character
        4 Some("A-3") /bio Some("bio") control_character
        4 Some("A-3") /modalities/0 Some("modalities") control_character
        4 Some("A-3") /name/given Some("name_given") control_character
        5 Some("A-4") /modalities/0 Some("modalities") control_character
        5 Some("A-4") /modalities/1/code Some("modalities") control_character
        5 Some("A-4") /profession Some("profession") control_character
        5 Some("A-4") /profession Some("profession") invalid_choice
        5 Some("A-4") /style/challenge Some("style_challenge") control_character
        5 Some("A-4") /style/challenge Some("style_challenge") invalid_type
        6 None  None too_many
        "#) };
        assert_eq!(directory.profiles().len(), 2);
    }

    /// A row whose long names would be repeated in a thousand faults is told of in little.
    fn what_is_told_of_a_row_does_not_grow_with_its_names(directory: Directory) {
        let mut long = row(1);
        let texts: serde_json::Map<_, _> = (0..500).map(|at| (at.to_string(), json!("\0"))).collect();
        long["k".repeat(100_000)] = json!(texts);
        let import = directory.import(&ndjson([long, row(2)]));
        assert_eq!((import.status, counts(&import)), (ImportStatus::Succeeded, [2, 1, 0, 0, 1]));
        let faults = directory.faults(import.id);
        assert_eq!(faults.len(), 100);
        assert!(faults.iter().all(|fault| fault.pointer.len() < 300), "{:?}", faults[0]);
    }
}
