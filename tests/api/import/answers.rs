//! Answers to consultation questions in the rows of a file.

use serde_json::{Value, json};
use tailor::{
    catalog::guidance::QuestionSet, exchange::template, import::model::NewImport, questions,
    vocabulary::ImportFormat,
};

use super::{Directory, counts, ndjson, plain, row};
use crate::on_both_databases;

/// A row that answers two questions, in whatever form rows may.
fn answering(number: usize) -> Value {
    let mut row = row(number);
    row["consultation_answers"] = json!([
        {"question": "when_stuck", "text": "I name it, and we look at it together.", "stuck_strategies": ["name_it"], "pivot_modalities": null,
         "signals": ["consults", {"code": "flexibility", "positive": true, "weight": 1, "basis": "declared"}, {"code": "no_more", "basis": "text"}]},
        {"question": "approaches_and_selection", "answered_at": "2026-11-01T10:00:00Z",
         "approaches": [{"modality": "cbt", "share": 1, "phase": null}]},
    ]);
    row
}

/// The answers of the first profile.
fn answers(directory: &Directory) -> Value {
    directory.profiles()[0]["consultation_answers"].clone()
}

fn csv() -> NewImport {
    NewImport { format: ImportFormat::Csv, ..plain() }
}

/// Row, pointer, code and column of each fault.
fn faults(directory: &Directory, id: tailor::id::Id) -> Vec<String> {
    let line = |fault: tailor::import::model::RowFault| {
        format!("{} {} {} {}", fault.line, fault.pointer, fault.code, fault.column.unwrap_or_default())
    };
    directory.faults(id).into_iter().map(line).collect()
}

on_both_databases! {
    fn nested_answers_are_settled_and_the_same_file_again_changes_nothing(directory: Directory) {
        let file = ndjson((0..3).map(answering));
        assert_eq!(counts(&directory.import(&file)), [3, 3, 0, 0, 0]);
        let stored = answers(&directory);
        assert_eq!((&stored[0]["question"], &stored[0]["answered_at"]), (&json!("approaches_and_selection"), &json!("2026-11-01T10:00:00Z")));
        assert_eq!(stored[0]["approaches"], json!([{"modality": "cbt", "share": 1.0}]));
        assert_eq!((&stored[1]["question"], &stored[1]["answered_at"]), (&json!("when_stuck"), &json!("2026-11-22T10:00:00Z")));
        assert_eq!(stored[1]["question_set"], json!({"code": "integrative-core", "version": 1}));
        assert!(stored[1].get("pivot_modalities").is_none());
        let declared = stored[1]["signals"].as_array().unwrap().iter().filter(|signal| signal["basis"] == "declared");
        assert_eq!(declared.map(|signal| signal["code"].as_str().unwrap()).collect::<Vec<_>>(), ["flexibility", "consults"]);
        assert!(!stored.to_string().contains("no_more"));

        let (before, changes) = (directory.profiles(), directory.changes());
        directory.pass(chrono::Duration::days(1));
        assert_eq!(counts(&directory.import(&file)), [3, 0, 0, 3, 0]);
        // Also where the rows are read again: spaces make them other records.
        let spaced = file.replace("\"question\":", "\"question\": ");
        assert_eq!(counts(&directory.import(&spaced)), [3, 0, 0, 3, 0]);
        assert_eq!((directory.profiles(), directory.changes()), (before, changes));
    }

    /// Only what an answer says gives it a new date.
    fn a_changed_answer_is_a_new_revision(directory: Directory) {
        directory.import(&ndjson([answering(0)]));
        directory.pass(chrono::Duration::days(1));
        let mut changed = answering(0);
        changed["consultation_answers"][0]["text"] = json!("We wait.");
        changed["bio"] = json!("new");
        let dry = directory.upload(&ndjson([changed.clone()]), true);
        assert_eq!(counts(&directory.runner.run_job(dry, |_| ()).expect("the dry run ends")), [1, 0, 1, 0, 0]);
        assert_eq!(answers(&directory)[1]["answered_at"], json!("2026-11-22T10:00:00Z"));
        assert_eq!(counts(&directory.import(&ndjson([changed.clone()]))), [1, 0, 1, 0, 0]);
        assert_eq!((&answers(&directory)[1]["answered_at"], &directory.profiles()[0]["revision"]), (&json!("2026-11-23T10:00:00Z"), &json!(2)));
        directory.pass(chrono::Duration::days(1));
        changed["bio"] = json!("newer");
        directory.import(&ndjson([changed]));
        assert_eq!(answers(&directory)[1]["answered_at"], json!("2026-11-23T10:00:00Z"));
    }

    /// A row that says nothing of answers keeps them, one that says an empty list takes them away.
    fn answers_that_a_row_does_not_name_are_kept(directory: Directory) {
        directory.import(&ndjson([answering(0)]));
        let stored = answers(&directory);
        let mut silent = row(0);
        silent["bio"] = json!("new");
        assert_eq!(counts(&directory.import(&ndjson([silent.clone()]))), [1, 0, 1, 0, 0]);
        assert_eq!(answers(&directory), stored);
        let plain_csv = "external_id,name_given,name_family,profession\nA-0,Maya,Okafor,psychologist\n";
        assert_eq!(counts(&directory.import_as(plain_csv, &csv())), [1, 0, 1, 0, 0]);
        assert_eq!(answers(&directory), stored);
        silent["consultation_answers"] = json!([]);
        assert_eq!(counts(&directory.import(&ndjson([silent]))), [1, 0, 1, 0, 0]);
        assert_eq!(answers(&directory), json!([]));
    }

    fn faults_of_answers_say_where_they_are(directory: Directory) {
        let mut faulty = answering(0);
        faulty["consultation_answers"][0]["flexibility"] = json!("hihg");
        faulty["consultation_answers"][1]["tempo"] = json!("slow");
        faulty["consultation_answers"][1]["approaches"][0]["modality"] = json!("cbtt");
        let import = directory.import(&ndjson([faulty, answering(1)]));
        assert_eq!(counts(&import), [2, 1, 0, 0, 1]);
        assert_eq!(faults(&directory, import.id), [
            "1 /consultation_answers/0/flexibility unknown_code ",
            "1 /consultation_answers/1/approaches/0/modality unknown_code ",
            "1 /consultation_answers/1/tempo unknown_field ",
        ]);
    }

    fn the_columns_of_answers_are_read(directory: Directory) {
        let file = String::from_utf8(template::template()).expect("UTF-8");
        let import = directory.import_as(&file, &csv());
        assert_eq!((counts(&import), faults(&directory, import.id)), ([1, 1, 0, 0, 0], vec![]));
        let stored = answers(&directory);
        assert_eq!(stored[0]["approaches"][1], json!({"modality": "cbt", "role": "technique", "phase": "any", "used_for": ["panic", "ocd"], "share": 0.4, "training_level": "trained"}));
        assert_eq!((&stored[1]["review_interval_sessions"], &stored[1]["answered_at"]), (&json!(6), &json!("2026-11-01T10:00:00Z")));
        let columns = "external_id,name_given,name_family,profession,consultation_answer_2_question,consultation_answer_2_question_set,\
                       consultation_answer_2_approaches,consultation_answer_2_uses_here_and_now,consultation_answer_2_fields,consultation_answer_2_signals\n";
        let file = format!("{columns}B,M,O,other,approaches_and_selection,integrative-core:x,cbtt:lead,perhaps,\"{{\"\"tempo\"\": 1}}\",shared_chioce\n\
                            C,M,O,other,approaches_and_selection,integrative-core:1,cbtt:lead,perhaps,\"{{\"\"tempo\"\": 1}}\",shared_chioce\n");
        let import = directory.import_as(&file, &csv());
        let found: Vec<_> = faults(&directory, import.id).into_iter().map(|fault| fault.replace("consultation_answer", "c")).collect();
        assert_eq!(found, [
            "2 /cs/0/approaches/0/modality unknown_code c_2_approaches",
            "2 /cs/0/approaches/0/role invalid_choice c_2_approaches",
            "2 /cs/0/question_set/version invalid_type c_2_question_set",
            "2 /cs/0/signals/0 unknown_code c_2_signals",
            "2 /cs/0/tempo unknown_field c_2_fields",
            "2 /cs/0/uses_here_and_now invalid_type c_2_uses_here_and_now",
            "3 /cs/0/approaches/0/modality unknown_code c_2_approaches",
            "3 /cs/0/approaches/0/role invalid_choice c_2_approaches",
            "3 /cs/0/signals/0 unknown_code c_2_signals",
            "3 /cs/0/tempo unknown_field c_2_fields",
            "3 /cs/0/uses_here_and_now invalid_type c_2_uses_here_and_now",
        ]);
    }

    /// A record may mean something else once its question set is published, wherever that was.
    fn a_set_that_was_published_since_is_known(directory: Directory) {
        let mut row = answering(0);
        row["consultation_answers"] = json!([{"question": "first_step", "question_set": {"code": "my-clinic", "version": 1}, "tempo": "slow"}]);
        let file = ndjson([row]);
        let import = directory.import(&file);
        assert_eq!(faults(&directory, import.id), ["1 /consultation_answers/0/question_set unknown_code "]);
        let set: Value = serde_json::from_str(include_str!("../../../src/catalog/question_set.json")).expect("JSON");
        let mut set = set;
        set["version"] = json!(1);
        let set: QuestionSet = serde_json::from_value(set).expect("a set");
        questions::store::publish(&directory.runner.store, &set, "other node", None, directory.runner.clock.now()).expect("published");
        assert_eq!(counts(&directory.import(&file)), [1, 1, 0, 0, 0]);
        assert_eq!(answers(&directory)[0]["tempo"], "slow");
    }
}
