//! What an import does with the rows, by its mode, and that a dry run tells it.

use tailor::{
    import::{
        model::{Counts, Import, NewImport},
        run::Step,
    },
    vocabulary::{ImportFormat, ImportMode, ImportStatus, ImportStep, OnError},
};

use super::{Directory, counts, mixed, ndjson, plain, row};
use crate::on_both_databases;

fn replace(max_archive_percent: i32) -> NewImport {
    NewImport { mode: ImportMode::ReplaceSource, max_archive_percent, ..plain() }
}

fn problem(import: &Import) -> &str {
    assert_eq!(import.status, ImportStatus::Failed);
    &import.problem.as_ref().expect("a problem").code
}

/// The external ids of the profiles that are not archived.
fn listed(directory: &Directory) -> Vec<String> {
    let profiles = directory.profiles();
    let listed = profiles.iter().filter(|profile| profile["status"] != "archived");
    listed.map(|profile| profile["external_id"].as_str().expect("an id").to_owned()).collect()
}

on_both_databases! {
    /// `create` takes what is new, and rejects what is there even where it is the same.
    fn create_leaves_what_is_there(directory: Directory) {
        directory.import(&ndjson((0..3).map(row)));
        let mut changed = row(1);
        changed["bio"] = "new".into();
        let create = NewImport { mode: ImportMode::Create, ..plain() };
        let import = directory.import_as(&ndjson([row(0), changed, row(7)]), &create);
        assert_eq!(counts(&import), [3, 1, 0, 0, 2]);
        let faults: Vec<_> = directory.faults(import.id).into_iter().map(|f| (f.line, f.pointer, f.code)).collect();
        let exists = |line| (line, "/external_id".to_owned(), "already_exists".to_owned());
        assert_eq!(faults, [exists(1), exists(2)]);
        assert!(directory.profiles().iter().all(|profile| profile["bio"].is_null() && profile["revision"] == 1));
    }

    /// `replace_source` archives what the file lacks; what it has in a faulty row stays as it is.
    fn replace_source_archives_what_the_file_lacks(directory: Directory) {
        directory.import(&ndjson((0..1100).map(row)));
        let mut other = plain();
        other.source = "other".to_owned();
        directory.import_as(&ndjson((0..5).map(row)), &other);
        let mut faulty = row(1);
        faulty["npi"] = "1".into();
        let body = ndjson([faulty].into_iter().chain((2..550).map(row)).chain([row(2000)]));
        let dry = directory.import_as(&body, &NewImport { dry_run: true, ..replace(51) });
        let changes = directory.changes();
        let import = directory.import_as(&body, &replace(51));
        assert_eq!((counts(&import), import.counts.archived), ([550, 1, 0, 548, 1], 551));
        assert_eq!(dry.counts, import.counts);
        assert_eq!(directory.changes() - changes, 552);
        assert_eq!(listed(&directory).len(), 550 + 5);
        assert!(listed(&directory).contains(&"A-1".to_owned()));
        // Again: nothing is left to do.
        let again = directory.import_as(&body, &replace(51));
        assert_eq!((counts(&again), again.counts.archived), ([550, 0, 0, 549, 1], 0));
        // What comes back is listed again.
        let back = directory.import_as(&ndjson((0..1100).map(row)), &replace(51));
        assert_eq!((back.counts.updated, back.counts.archived), (551, 1));
    }

    /// A file that lacks too much is not taken at all, as a truncated one would be.
    fn too_much_is_not_archived(directory: Directory) {
        directory.import(&ndjson((0..10).map(row)));
        let (before, changes) = (directory.profiles(), directory.changes());
        let body = ndjson((3..12).map(row));
        for dry_run in [true, false] {
            let import = directory.import_as(&body, &NewImport { dry_run, ..replace(29) });
            assert_eq!(problem(&import), "archive_limit_exceeded");
            assert_eq!((counts(&import), import.counts.archived), ([9, 0, 0, 7, 0], 0));
        }
        assert_eq!((directory.profiles(), directory.changes()), (before, changes));
        assert_eq!(directory.import_as(&body, &replace(30)).counts.archived, 3);
        let empty = directory.import_as("", &replace(99));
        assert_eq!(problem(&empty), "archive_limit_exceeded");
        assert_eq!(directory.import_as("", &replace(100)).counts.archived, 9);
    }

    /// `abort` writes nothing where one row is faulty, wherever it stands, and all of it where none is.
    fn abort_writes_all_or_nothing(directory: Directory) {
        let abort = NewImport { on_error: OnError::Abort, ..plain() };
        for dry_run in [true, false] {
            let import = directory.import_as(&mixed(), &NewImport { dry_run, ..abort.clone() });
            assert_eq!(problem(&import), "rows_rejected");
            assert_eq!(counts(&import), [1205, 0, 0, 0, 4]);
            assert_eq!(directory.faults(import.id).len(), 6);
            assert_eq!((directory.profiles().len(), directory.changes()), (0, 0));
        }
        let import = directory.import_as(&ndjson((0..1200).map(row)), &abort);
        assert_eq!((import.status, counts(&import)), (ImportStatus::Succeeded, [1200, 1200, 0, 0, 0]));
        assert_eq!(directory.changes(), 1200);
    }

    /// A dry run counts and reports what the real run will, in every mode, and writes nothing.
    fn a_dry_run_tells_what_the_real_one_will_do(directory: Directory) {
        directory.import(&ndjson((0..1000).map(row)));
        let mut changed = row(3);
        changed["bio"] = "new".into();
        let mut body = mixed().replace(&row(3).to_string(), &changed.to_string());
        body = body.replace(&format!("{}\n", row(0)), "");
        for &mode in ImportMode::ALL {
            for &on_error in OnError::ALL {
                let new = NewImport { mode, on_error, dry_run: true, ..plain() };
                let (before, changes) = (directory.profiles(), directory.changes());
                let dry = directory.import_as(&body, &new);
                assert_eq!((directory.profiles(), directory.changes()), (before, changes));
                let real = directory.import_as(&body, &NewImport { dry_run: false, ..new });
                assert_eq!((dry.status, dry.counts), (real.status, real.counts), "{mode:?} {on_error:?}");
                assert_eq!(directory.faults(dry.id), directory.faults(real.id));
                assert_eq!(dry.unmapped_terms, real.unmapped_terms);
                assert!(real.counts.read == 1204, "{:?}", real.counts);
            }
        }
    }

    /// Wherever a process dies, in whatever step, the next one ends the job as if nothing had happened.
    fn a_crash_in_any_step_changes_nothing(directory: Directory) {
        directory.import(&ndjson((0..3000).map(row)));
        let order = NewImport { on_error: OnError::Abort, ..replace(60) };
        let id = directory.upload_as(&ndjson((1600..3100).map(row)), &order);
        let mut steps = Vec::new();
        let end = loop {
            let runner = directory.other_runner();
            directory.pass(chrono::Duration::minutes(2));
            let mut run = runner.claim(id).expect("the lease has run out");
            steps.extend(run.import.step);
            if matches!(runner.step(&mut run).expect("a step"), Step::Ended) {
                break run.import;
            }
        };
        assert_eq!(end.status, ImportStatus::Succeeded);
        let expected =
            Counts { read: 1500, created: 100, unchanged: 1400, archived: 1600, ..Counts::default() };
        assert_eq!(end.counts, expected);
        assert_eq!(directory.changes(), 3000 + 100 + 1600);
        steps.dedup();
        assert_eq!(steps, [ImportStep::Checking, ImportStep::Writing, ImportStep::Archiving]);
    }

    /// Somebody's edit of a profile is undone by the next import of the same row: the file is what the source says.
    fn an_edited_profile_is_no_longer_the_row_it_was(directory: Directory) {
        directory.import(&ndjson((0..3).map(row)));
        let (store, now) = (&directory.runner.store, directory.runner.clock.now());
        let edited = directory.read(|conn| tailor::directory::store::by_external_ids(conn, "acme", &["A-1"]));
        tailor::directory::profiles::change(store, &directory.runner.questions.sets(), edited[0].id, now, |_| true, |stored| {
            Ok(tailor::directory::model::Therapist { bio: Some("mine".to_owned()), ..stored.clone() })
        })
        .expect("changed");
        let import = directory.import(&ndjson((0..3).map(row)));
        assert_eq!(counts(&import), [3, 0, 1, 2, 0]);
        assert!(directory.profiles()[1]["bio"].is_null());
        assert_eq!(counts(&directory.import(&ndjson((0..3).map(row)))), [3, 0, 0, 3, 0]);
    }

    /// Rows of the same profiles in other formats: CSV and one JSON array come to the same directory.
    fn every_format_says_the_same(directory: Directory) {
        let rows: Vec<_> = (0..700).map(row).collect();
        directory.import(&ndjson(rows.clone()));
        let array = serde_json::Value::Array(rows).to_string();
        let json = NewImport { format: ImportFormat::Json, ..plain() };
        assert_eq!(counts(&directory.import_as(&array, &json)), [700, 0, 0, 700, 0]);
        let mut csv = "external_id,status,name_given,name_family,profession,modalities,problem_areas,languages,\
            session_formats,license_1_jurisdiction,license_1_type,license_1_number,license_1_status,confirmations\n".to_owned();
        for at in 0..700 {
            csv.push_str(&format!(
                "A-{at},published,Maya,Okafor {at},psychologist,Cognitive Behavioral (CBT);emdr:foundation:certified,\
                 ptsd:primary,en,video,US-CA,PSY,{at},active,licenses:phone:2026-11-01T10:00:00Z\n"
            ));
        }
        let flat = NewImport { format: ImportFormat::Csv, ..plain() };
        assert_eq!(counts(&directory.import_as(&csv, &flat)), [700, 0, 0, 700, 0]);
    }

    /// Rows are told apart where they all stand on one line, as a serializer without line ends writes them.
    fn rows_of_one_line_are_told_apart(directory: Directory) {
        let mut faulty = row(2);
        faulty["npi"] = "1".into();
        let mut again = row(1);
        again["bio"] = "later".into();
        let mut rows = vec![row(0), row(1), again.clone(), faulty.clone(), faulty];
        rows.extend((3..1100).map(row));
        rows.push(again);
        let array = serde_json::Value::Array(rows).to_string();
        let json = NewImport { format: ImportFormat::Json, ..plain() };
        let dry = directory.import_as(&array, &NewImport { dry_run: true, ..json.clone() });
        let real = directory.import_as(&array, &json);
        assert_eq!((real.status, counts(&real)), (ImportStatus::Succeeded, [1103, 1099, 0, 0, 4]));
        assert_eq!(dry.counts, real.counts);
        let faults = directory.faults(real.id);
        assert_eq!(directory.faults(dry.id), faults);
        let places: Vec<_> = faults.iter().map(|fault| (fault.row_number, fault.line, fault.code.as_str())).collect();
        let expected = [
            (3, 1, "duplicate_external_id"), (4, 1, "invalid_format"), (4, 1, "too_short"),
            (5, 1, "duplicate_external_id"), (5, 1, "invalid_format"), (5, 1, "too_short"), (1103, 1, "duplicate_external_id"),
        ];
        assert_eq!(places, expected);
        assert!(directory.profiles().iter().all(|profile| profile["bio"].is_null()));
    }

    /// Whose row cannot be read is not taken for gone.
    fn a_row_without_a_readable_id_keeps_others_from_being_archived(directory: Directory) {
        directory.import(&ndjson((0..10).map(row)));
        let (before, changes) = (directory.profiles(), directory.changes());
        let body = format!("{}no json\n", ndjson((0..9).map(row)));
        let import = directory.import_as(&body, &replace(100));
        assert_eq!(problem(&import), "rows_unidentified");
        assert_eq!((directory.profiles(), directory.changes()), (before, changes));
        // Where nothing is missing it is a rejected row like others.
        let whole = format!("{}no json\n", ndjson((0..10).map(row)));
        assert_eq!(counts(&directory.import_as(&whole, &replace(0))), [11, 0, 0, 10, 1]);
    }

    /// Wherever a process dies, a file with a header goes on with its columns, and an array within its frame.
    fn a_crash_changes_nothing_in_any_format(directory: Directory) {
        let rows: Vec<_> = (0..1700).map(|at| {
            let mut wide = row(at);
            wide["bio"] = format!("wide, \"quoted\"\n{}", "x".repeat(1500)).into();
            wide
        }).collect();
        let array = serde_json::to_string_pretty(&rows).expect("JSON");
        let mut csv = "external_id,status,name_given,name_family,profession,bio,languages,session_formats\r\n".to_owned();
        for at in 0..1700 {
            csv.push_str(&format!(
                "B-{at},published,Maya,Okafor,psychologist,\"wide, \"\"quoted\"\"\n{}\",en,video\r\n",
                "x".repeat(1500)
            ));
        }
        for (format, body) in [(ImportFormat::Json, array), (ImportFormat::Csv, csv)] {
            let id = directory.upload_as(&body, &NewImport { format, ..plain() });
            let mut crashes = 0;
            let end = loop {
                let runner = directory.other_runner();
                directory.pass(chrono::Duration::minutes(2));
                let mut run = runner.claim(id).expect("the lease has run out");
                if matches!(runner.step(&mut run).expect("a step"), Step::Ended) {
                    break run.import;
                }
                crashes += 1;
            };
            assert!(crashes >= 4);
            assert_eq!((end.status, counts(&end)), (ImportStatus::Succeeded, [1700, 1700, 0, 0, 0]), "{format:?}");
        }
        assert_eq!(directory.changes(), 3400);
    }

    /// An operator's own labels are used by the next import, and make unchanged rows worth reading again.
    fn the_next_import_knows_new_aliases(directory: Directory) {
        let mut foreign = row(1);
        foreign["modalities"] = serde_json::json!(["Enrgy Wrk", "cbt"]);
        let body = ndjson([row(0), foreign]);
        assert_eq!(counts(&directory.import(&body)), [2, 1, 0, 0, 1]);
        directory.write(|conn| conn.execute_batch(
            "INSERT INTO catalog_aliases (id, field, label, label_key, code, revision, created_at, updated_at)
             SELECT id, 'modalities', 'Enrgy Wrk', 'enrgy wrk', 'emdr', 1, created_at, updated_at FROM therapists",
        ));
        let import = directory.import(&body);
        assert_eq!(counts(&import), [2, 1, 0, 1, 0]);
        assert!(import.unmapped_terms.is_empty());
        assert_eq!(directory.profiles()[1]["modalities"][0]["code"], "emdr");
    }

    /// Who asked to be removed is not brought back, under the same id or the same number in another source.
    fn who_was_removed_stays_away(directory: Directory) {
        let mut known = row(1);
        known["npi"] = "1234567893".into();
        let body = ndjson([row(0), known.clone()]);
        directory.import(&body);
        let (store, now) = (&directory.runner.store, directory.runner.clock.now());
        let listed = directory.read(|conn| tailor::directory::store::by_external_ids(conn, "acme", &["A-1"]));
        tailor::directory::removals::remove(store, listed[0].id, "test", now, |_| true).expect("removed");
        let again = directory.import(&body);
        assert_eq!(counts(&again), [2, 0, 0, 1, 1]);
        assert_eq!(directory.faults(again.id)[0].code, "removed_on_request");
        known["external_id"] = "Z-9".into();
        let elsewhere = directory.import_as(&ndjson([known]), &NewImport { source: "other".to_owned(), ..plain() });
        assert_eq!(directory.faults(elsewhere.id)[0].code, "removed_on_request");
        assert_eq!(directory.profiles().len(), 1);
    }
}
