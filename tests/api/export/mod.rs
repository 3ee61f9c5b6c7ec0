//! Exports: who gets which rows in which form and order, and that a file is whole, of one moment, or visibly cut.

mod access;
mod whole;

use csv_core::{ReadRecordResult, Reader};
use serde_json::{Value, json};
use tailor::{
    auth::scope::Scope,
    catalog::model::Catalog,
    exchange::{cells::Cells, columns::Columns, row::row},
    import::{
        model::{Import, NewImport},
        run::LEASE,
        upload::{Coding, ImportLimit, Upload},
    },
    synthetic::{self, codes::Codes},
    vocabulary::{ImportFormat, ImportMode, OnError},
};

use crate::support::app::{App, Client};

const PATH: &str = "/v1/exports/therapists";

/// Imports a file as the command line does.
fn import(app: &App, source: &str, body: &[u8]) -> Import {
    let new = NewImport {
        source: source.to_owned(),
        format: ImportFormat::Ndjson,
        mode: ImportMode::Upsert,
        on_error: OnError::Skip,
        max_archive_percent: 20,
        dry_run: false,
        created_by: "test".to_owned(),
    };
    let (store, clock) = (app.assembly.foundation.store.clone(), app.assembly.clock.clone());
    let mut upload =
        Upload::begin(store, clock, &new, Coding::Identity, ImportLimit(1 << 30)).expect("begun");
    upload.write(body).expect("written");
    let runner = app.assembly.runner();
    let job = upload.finish(|_| None, Some((runner.worker, LEASE))).expect("finished");
    runner.run_job(job.id, |_| ()).expect("the job ends")
}

/// A synthetic directory as a file, with `more` in each row.
fn rows(count: u64, more: &Value) -> Vec<u8> {
    let codes = Codes::from(&Catalog::embedded().expect("the catalog is sound"));
    let day = crate::support::app::now().date_naive();
    let mut file = Vec::new();
    for therapist in synthetic::directory(1, count, day, &codes) {
        let mut row = row(&therapist);
        for (field, value) in more.as_object().expect("fields") {
            row[field] = value.clone();
        }
        file.extend_from_slice(format!("{row}\n").as_bytes());
    }
    file
}

fn lines(file: &[u8]) -> Vec<Value> {
    assert!(file.is_empty() || file.ends_with(b"\n"));
    let lines = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("a line of JSON")).collect()
}

fn ids(file: &[u8]) -> Vec<String> {
    let id =
        |row: &Value| format!("{} {}", row["source"].as_str().unwrap(), row["external_id"].as_str().unwrap());
    lines(file).iter().map(id).collect()
}

fn reader(app: &App) -> Client<'_> {
    app.with_scopes(&[Scope::DirectoryRead])
}

fn exported(client: &Client<'_>, query: &str) -> Vec<u8> {
    let answer = client.get(&format!("{PATH}?{query}")).expect(200);
    assert_eq!(answer.header("tailor-total"), ids(&answer.body).len().to_string());
    answer.body
}

fn add(app: &App, source: &str, id: &str, extra: &Value) -> String {
    let mut profile = json!({
        "source": source, "external_id": id, "status": "published", "name": {"given": "A", "family": "B"},
        "profession": "counselor", "languages": ["en"], "session_formats": ["video"],
        "email": "a@example.org", "phone": "+14155550123",
    });
    for (field, value) in extra.as_object().expect("fields") {
        profile[field] = value.clone();
    }
    let stored = app.writer().post("/v1/therapists", &profile).expect(201).json();
    stored["id"].as_str().expect("an id").to_owned()
}

/// The records of a CSV file as the rows that they say.
fn records(mut file: &[u8]) -> Vec<Value> {
    let (mut reader, mut columns, mut found) = (Reader::new(), None, Vec::new());
    let (mut text, mut ends) = (vec![0; file.len() + 1], vec![0; 2000]);
    loop {
        let (result, read, _, count) = reader.read_record(file, &mut text, &mut ends);
        file = &file[read..];
        match result {
            ReadRecordResult::End => return found,
            ReadRecordResult::Record => {}
            ReadRecordResult::InputEmpty => continue,
            other => panic!("{other:?}"),
        }
        let starts = std::iter::once(&0).chain(&ends);
        let cells: Cells = starts
            .zip(&ends[..count])
            .map(|(start, end)| std::str::from_utf8(&text[*start..*end]).unwrap())
            .collect();
        match &columns {
            None => columns = Some(Columns::of_header(&cells).expect("known columns")),
            Some(columns) => {
                let (row, faults) = columns.row(&cells);
                assert_eq!(faults, []);
                found.push(row);
            }
        }
    }
}
