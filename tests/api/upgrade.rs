//! Databases of older versions, with what was in them.

use serde_json::{Value, json};
use tailor::{auth::scope::Scope, store::migrate};

use crate::support::{
    app::{App, Client},
    database::Database,
};

/// Ids of a profile and of three imports.
const PROFILE: &str = "01936f5e-8a00-7000-8000-0000000000a1";
const DONE: &str = "01936f5e-8a00-7000-8000-0000000000b1";
const BEGUN: &str = "01936f5e-8a00-7000-8000-0000000000b2";
const QUEUED: &str = "01936f5e-8a00-7000-8000-0000000000b3";
const DRY_RUN: &str = "01936f5e-8a00-7000-8000-0000000000b4";

const TIME: &str = "'2026-11-01T10:00:00.000000Z'";

/// How either database writes bytes and ids.
struct Literals {
    is_sqlite: bool,
}

impl Literals {
    fn bytes(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.is_sqlite { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") }
    }

    fn id(&self, id: &str) -> String {
        if self.is_sqlite { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") }
    }

    /// A job with its body.
    fn import(&self, id: &str, state: &str, read: (i64, i64, i64), dry_run: bool, body: &str) -> String {
        let (rows, lines, bytes) = read;
        let (id, total) = (self.id(id), body.len());
        let part = self.bytes(&zstd::bulk::compress(body.as_bytes(), 1).expect("compressed"));
        let (status, ended) = if state == "succeeded" { (state, TIME) } else { (state, "NULL") };
        // The last part goes with its job.
        let part = match state {
            "succeeded" => String::new(),
            _ => format!("INSERT INTO import_parts (import_id, starts_at, body) VALUES ({id}, 0, {part});"),
        };
        format!(
            "INSERT INTO imports (id, source, format, mode, dry_run, status, rows_read, rows_created, rows_updated,
                 rows_unchanged, rows_archived, rows_rejected, lines_read, bytes_read, bytes_total, created_by,
                 created_at, finished_at)
             VALUES ({id}, 'acme', 'ndjson', 'upsert', {dry_run}, '{status}', {rows}, {rows}, 0, 0, 0, 0, {lines},
                 {bytes}, {total}, 'cron', {TIME}, {ended});
             {part}"
        )
    }
}

fn row(number: usize, family: &str) -> String {
    let name = json!({"given": "Maya", "family": family});
    let row = json!({
        "external_id": format!("A-{number}"), "status": "published", "name": name, "profession": "psychologist",
        "languages": ["en"], "session_formats": ["video"],
    });
    format!("{row}\n")
}

/// A profile, an import that has ended with a fault, one that was cut off after its first row, one that waits and a dry
/// run that waits, as the second version of the tables holds them.
fn fill(database: &Database) {
    migrate::run_first(&database.url, 2).expect("the older tables");
    let literals = Literals { is_sqlite: database.url.starts_with("sqlite") };
    let (profile, done, begun) = (literals.id(PROFILE), literals.id(DONE), literals.id(BEGUN));
    database.execute(&format!(
        "INSERT INTO catalog_modalities (code, directory_listable) VALUES ('emdr', TRUE);
         INSERT INTO therapists (id, source, external_id, status, given_name, family_name, profession, email_public,
             phone_public, revision, created_at, updated_at)
         VALUES ({profile}, 'acme', 'A-1', 'published', 'Maya', 'Okafor', 'psychologist', TRUE, FALSE, 3, {TIME}, {TIME});
         INSERT INTO therapist_modalities (therapist_id, position, code, role, evidence_level)
         VALUES ({profile}, 0, 'emdr', 'technique', 'trained');
         INSERT INTO therapist_languages (therapist_id, position, code) VALUES ({profile}, 0, 'en');
         INSERT INTO therapist_session_formats (therapist_id, position, code) VALUES ({profile}, 0, 'video');
         INSERT INTO directory_changes (therapist_id, revision, kind, changed_at)
         VALUES ({profile}, 3, 'upsert', {TIME}), ({begun}, 1, 'delete', {TIME});"
    ));
    let first = row(7, "First");
    let read = (1, 1, i64::try_from(first.len()).expect("short"));
    let queued = row(1, "Married") + &row(2, "New") + "{\"external_id\": \"B\"}\n";
    for sql in [
        literals.import(DONE, "succeeded", (0, 0, 0), false, ""),
        literals.import(BEGUN, "running", read, false, &(first + &row(7, "Again") + &row(8, "Second"))),
        literals.import(QUEUED, "queued", (0, 0, 0), false, &queued),
        literals.import(DRY_RUN, "queued", (0, 0, 0), true, &(row(2, "New") + &row(3, "Never"))),
    ] {
        database.execute(&sql);
    }
    database.execute(&format!(
        "INSERT INTO import_seen (import_id, external_id, line) VALUES ({begun}, 'A-7', 1);
         INSERT INTO import_faults (import_id, line, position, external_id, pointer, code, detail, suggestions)
         VALUES ({done}, 9, 0, 'A-9', '/npi', 'invalid_npi', 'not an NPI', '[]'),
             ({done}, 12, 1, NULL, '/name', 'required', 'This field is required.', '[]');"
    ));
}

/// The job, once it has ended.
fn ended(importer: &Client<'_>, id: &str) -> Value {
    for _ in 0..1_000_000 {
        let job = importer.get(&format!("/v1/imports/{id}")).expect(200).json();
        if !job["finished_at"].is_null() {
            return job;
        }
        std::thread::yield_now();
    }
    panic!("the job does not end");
}

/// Nothing of what was there is lost, and what was to be done is done.
#[test]
fn rows_of_the_second_version_are_taken_along() {
    for database in [Some(Database::sqlite()), Database::empty_postgres()].into_iter().flatten() {
        fill(&database);
        let app = App::from(database);
        let importer = app.with_scopes(&[Scope::ImportsWrite]);
        let counts = |id: &str| {
            let job = ended(&importer, id);
            assert_eq!(job["status"], "succeeded", "{job}");
            ["read", "created", "updated", "rejected"]
                .map(|name| job["counts"][name].as_i64().expect("a count"))
        };
        // Of two rows with one external id the first wins, also where an older version has read it.
        assert_eq!(counts(BEGUN), [3, 2, 0, 1]);
        assert_eq!(counts(QUEUED), [3, 1, 1, 1]);
        assert_eq!(counts(DRY_RUN), [2, 1, 0, 0]);
        let faults =
            |id: &str| importer.get(&format!("/v1/imports/{id}/errors")).expect(200).json()["items"].clone();
        let old = faults(DONE);
        let told = [
            &old[0]["row_number"],
            &old[0]["line"],
            &old[0]["pointer"],
            &old[1]["row_number"],
            &old[1]["code"],
        ];
        assert_eq!(told, [&json!(9), &json!(9), &json!("/npi"), &json!(12), &json!("required")]);
        assert_eq!(faults(BEGUN)[0]["code"], "duplicate_external_id");

        let writer = app.writer();
        let all = writer.get("/v1/therapists").expect(200).json();
        let mut found: Vec<_> = all["items"].as_array().expect("a list").iter().collect();
        found.sort_by_key(|profile| profile["external_id"].to_string());
        let names = found.iter().map(|profile| profile["name"]["family"].as_str().expect("a name"));
        // The first row of the import that was cut off is not read again, and A-7 is not in this database.
        assert_eq!(names.collect::<Vec<_>>(), ["Married", "New", "Second"]);
        let profile = writer.get(&format!("/v1/therapists/{PROFILE}")).expect(200).json();
        assert_eq!((&profile["revision"], &profile["status"]), (&json!(4), &json!("published")));
    }
}

/// A published profile of the sixth version of the tables, a contributing app, and what six clients heard: the summary of the
/// first five is published.
fn fill_summary(database: &Database) {
    migrate::run_first(&database.url, 6).expect("the older tables");
    let literals = Literals { is_sqlite: database.url.starts_with("sqlite") };
    let profile = literals.id(PROFILE);
    database.execute(&format!(
        "INSERT INTO therapists (id, source, external_id, status, given_name, family_name, profession, email_public,
             phone_public, revision, created_at, updated_at)
         VALUES ({profile}, 'acme', 'A-1', 'published', 'Maya', 'Okafor', 'psychologist', TRUE, FALSE, 3, {TIME}, {TIME});
         INSERT INTO therapist_languages (therapist_id, position, code) VALUES ({profile}, 0, 'en');
         INSERT INTO therapist_session_formats (therapist_id, position, code) VALUES ({profile}, 0, 'video');
         INSERT INTO consultation_contributors (app, marked_by, marked_at) VALUES ('tester', 'admin', {TIME});
         INSERT INTO consultation_summaries (therapist_id, edition, counted, document, published_at)
         VALUES ({profile}, 1, 5, '{{}}', {TIME});"
    ));
    for client in 0..6 {
        let id = literals.id(&format!("01936f5e-8a00-7000-8000-0000000000c{client}"));
        let counted_in = if client < 5 { "1" } else { "NULL" };
        database.execute(&format!(
            "INSERT INTO consultations (id, app, therapist_id, client_ref, set_code, set_version, retain_days, expires_at,
                 counted_in, revision, created_at, updated_at)
             VALUES ({id}, 'tester', {profile}, 'old-{client}', 'integrative-core', 1, 180,
                 '2027-05-01T00:00:00.000000Z', {counted_in}, 1, {TIME}, {TIME});
             INSERT INTO consultation_answers (consultation_id, position, question, rating, fields, heard)
             VALUES ({id}, 0, 'when_stuck', 4, '{{}}', '[\"flexibility\"]');"
        ));
    }
}

/// Counted once more beside what was published before, those five would tell of the sixth.
#[test]
fn what_a_former_summary_counted_is_kept_and_never_counted_again() {
    for database in [Some(Database::sqlite()), Database::empty_postgres()].into_iter().flatten() {
        fill_summary(&database);
        let app = App::from(database);
        let intake = app.with_scopes(&[Scope::ConsultationsWrite]);
        let stored = || intake.get("/v1/consultations").expect(200).json()["total"].clone();
        let summary = || {
            let summary = app.anonymous().get(&format!("/v1/therapists/{PROFILE}/consultation-summary"));
            summary.expect(200).json()["consultations"].clone()
        };
        let store = |client: &str| {
            let consultation = json!({
                "therapist_id": PROFILE, "client_ref": client,
                "answers": [{"question": "when_stuck", "signals": ["flexibility"], "rating": 4}]
            });
            intake.post("/v1/consultations", &consultation).expect(201);
        };
        assert_eq!((stored(), summary()), (json!(6), Value::Null), "kept, and withdrawn");
        ["new-1", "new-2", "new-3"].into_iter().for_each(store);
        assert_eq!(summary(), Value::Null, "with the sixth they are four");
        store("new-4");
        assert_eq!((stored(), summary()), (json!(10), json!(5)));
    }
}
