//! What is erased is gone, from the files too.

use std::{fs, path::PathBuf, sync::mpsc};

use chrono::Duration;
use diesel::{RunQueryDsl as _, sql_types::Text};
use serde_json::json;
use tailor::{
    consultations::{
        model::{Consultation, HeardAnswer},
        secret::seal::Sealed,
        store::{self as rows, Record, traces},
    },
    id::Id,
    store::{Connection, StoreError},
};

use super::{Clinic, PATH, coded, therapist, told};
use crate::on_both_databases;

/// Draws numbers that are the same each time.
struct Draw(u64);

impl Draw {
    /// Knuth's linear congruence; the upper bits are good enough.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

#[derive(diesel::QueryableByName)]
struct Folder {
    #[diesel(sql_type = Text)]
    folder: String,
}

/// The files of the database: on SQLite its log among them, on PostgreSQL all relations and statistics, but not the log,
/// which goes its own way.
fn files(clinic: &Clinic) -> Vec<PathBuf> {
    if let Some(path) = clinic.app.database.url.strip_prefix("sqlite://") {
        return ["", "-wal", "-shm"].iter().map(|suffix| PathBuf::from(format!("{path}{suffix}"))).collect();
    }
    let folder = clinic.app.assembly.foundation.store.write(|conn| -> Result<String, StoreError> {
        // Pages that are in memory only would say nothing.
        conn.execute_batch("CHECKPOINT")?;
        let Connection::Postgres(c) = conn else { panic!("another database") };
        let sql = "SELECT setting || '/base/' || oid AS folder FROM pg_settings, pg_database \
            WHERE name = 'data_directory' AND datname = current_database()";
        Ok(diesel::sql_query(sql).get_result::<Folder>(&mut **c)?.folder)
    });
    let entries = fs::read_dir(folder.expect("the folder is told")).expect("the folder is readable");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn shows(clinic: &Clinic, word: &str) -> bool {
    let holds = |path: PathBuf| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    };
    files(clinic).into_iter().any(holds)
}

/// Clients in no order, so that pages are split in their middle, with the marker's between those of others; then all of
/// them change, so that rows grow and move.
fn crowd(clinic: &Clinic, marker: &str) {
    let (id, intake) = (therapist(&clinic.app), clinic.intake());
    for n in 0..220_u32 {
        let scattered = n.wrapping_mul(2_654_435_761) >> 12;
        let client =
            if n % 11 == 3 { marker.to_owned() } else { format!("c{scattered:x}-kept-{}", "x".repeat(40)) };
        let path = intake.post(PATH, &coded(&id, &client)).expect(201).header("location").to_owned();
        if n % 3 == 0 {
            let answers = told(&id, "c")["answers"].clone();
            intake.patch(&path, &json!({"answers": answers})).expect(200);
        }
    }
    if !clinic.app.database.url.starts_with("sqlite") {
        let analyze = |conn: &mut Connection| conn.execute_batch("ANALYZE");
        clinic.app.assembly.foundation.store.write(analyze).expect("analyzed");
    }
}

#[derive(diesel::QueryableByName, Debug, PartialEq, Eq)]
struct Definition {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

/// Tables and indexes as the database tells them.
fn definitions(clinic: &Clinic) -> Vec<Definition> {
    let read = |conn: &mut Connection| -> Result<Vec<Definition>, StoreError> {
        Ok(match conn {
            Connection::Sqlite(c) => {
                let broken =
                    diesel::sql_query("SELECT \"table\" AS name, '' AS sql FROM pragma_foreign_key_check");
                assert_eq!(broken.load::<Definition>(&mut **c)?, []);
                diesel::sql_query("SELECT name, coalesce(sql, '') AS sql FROM sqlite_schema ORDER BY name")
                    .load(&mut **c)?
            }
            Connection::Postgres(c) => diesel::sql_query(
                "SELECT indexname::TEXT AS name, indexdef AS sql FROM pg_indexes ORDER BY 1",
            )
            .load(&mut **c)?,
        })
    };
    clinic.app.assembly.foundation.store.read(read).expect("read")
}

fn answers(conn: &mut Connection) -> Result<i64, StoreError> {
    use diesel::QueryDsl as _;
    use tailor::store::schema::consultation_answers::dsl::consultation_answers;
    Ok(tailor::each_backend!(conn, c => consultation_answers.count().get_result(c))?)
}

/// The therapist whom the crowd's consultations are about.
fn therapist_of(clinic: &Clinic) -> String {
    let list = clinic.intake().get(&format!("{PATH}?limit=1")).json();
    list["items"][0]["therapist_id"].as_str().expect("an id").to_owned()
}

on_both_databases! {
    fn erasing_a_client_leaves_nothing_in_the_files(clinic: Clinic) {
        let (marker, intake) = ("heron-7f-of-the-marsh", clinic.intake());
        let keyed = intake.with("Idempotency-Key", marker);
        crowd(&clinic, marker);
        keyed.post(PATH, &coded(&therapist_of(&clinic), marker)).expect(201);
        assert!(shows(&clinic, marker) && shows(&clinic, "-kept-"), "the files are read");
        assert!(!shows(&clinic, "marmoset"), "texts are encrypted");
        let erased = intake.delete(&format!("/v1/client-refs/{marker}")).expect(204);
        assert_eq!(erased.header("cache-control"), "no-store");
        assert_eq!(intake.get(&format!("{PATH}?client_ref={marker}")).json()["total"], 0);
        clinic.sweep();
        assert!(!shows(&clinic, marker), "nothing is left");
        assert!(shows(&clinic, "-kept-"), "the others are there");
        assert_eq!(intake.get(PATH).json()["total"], 200);
        // Again, and what never was.
        for client in [marker, "nobody", "maya%40example.org", "%00", &"x".repeat(300)] {
            intake.delete(&format!("/v1/client-refs/{client}")).expect(204);
        }
        assert_eq!(clinic.app.assembly.foundation.store.read(traces::left).unwrap(), traces::Traces::default());
    }

    fn what_its_time_is_over_for_is_gone_at_once_and_from_the_files_with_the_next_sweep(clinic: Clinic) {
        let (marker, intake) = ("heron-7f-of-the-marsh", clinic.intake());
        crowd(&clinic, marker);
        let id = therapist_of(&clinic);
        let mut long = told(&id, "stays-2000-days");
        long["retain_days"] = json!(2000);
        let kept = intake.post(PATH, &long).expect(201).header("location").to_owned();
        let one = intake.get(&format!("{PATH}?client_ref={marker}&limit=1")).json()["items"][0].clone();
        let path = format!("{PATH}/{}", one["id"].as_str().unwrap());
        clinic.app.pass(Duration::days(180) - Duration::microseconds(1));
        intake.get(&path).expect(200);
        clinic.app.pass(Duration::microseconds(1));
        for answer in [intake.get(&path), intake.delete(&path), intake.patch(&path, &json!({"retain_days": 3650}))] {
            assert_eq!(answer.problem(404), "not_found");
        }
        let list = intake.get(PATH).json();
        assert_eq!((&list["total"], list["items"].as_array().unwrap().len()), (&json!(1), 1));
        let export = intake.with("Accept", "application/x-ndjson").get(PATH);
        assert_eq!((export.header("tailor-total"), export.body.iter().filter(|byte| **byte == b'\n').count()), ("1", 1));
        assert!(shows(&clinic, marker), "not erased yet");
        assert_eq!(clinic.sweep().erased, 220);
        assert!(!shows(&clinic, marker) && !shows(&clinic, "-kept-"), "nothing is left");
        assert!(shows(&clinic, "stays-2000-days"));
        intake.get(&kept).expect(200);
        assert_eq!(clinic.sweep().erased, 0);
    }

    fn one_that_is_erased_or_ends_early_leaves_nothing_either(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let make = |client: &str| intake.post(PATH, &coded(&id, client)).expect(201).header("location").to_owned();
        let (deleted, shortened, changed) = (make("heron-deleted"), make("heron-shortened"), make("heron-changed"));
        clinic.app.pass(Duration::days(3));
        intake.delete(&deleted).expect(204);
        // The answer is the last that is seen of it.
        intake.patch(&shortened, &json!({"retain_days": 2})).expect(200);
        assert_eq!(intake.get(&shortened).problem(404), "not_found");
        let answers = json!([{"question": "when_stuck", "stuck_strategies": ["refer_on"]}]);
        intake.patch(&changed, &json!({"answers": answers})).expect(200);
        intake.patch(&changed, &json!({"answers": []})).expect(200);
        clinic.sweep();
        for word in ["heron-deleted", "heron-shortened", "refer_on"] {
            // The catalog has the codes of strategies in no table.
            assert!(!shows(&clinic, word), "{word}");
        }
        assert!(shows(&clinic, "heron-changed"));
    }

    /// Pages that were split and joined many times keep copies in their unused space, which no delete finds.
    fn copies_in_unused_space_are_gone_too(clinic: Clinic) {
        let now = clinic.app.assembly.clock.now();
        let (store, mut draw) = (&clinic.app.assembly.foundation.store, Draw(7));
        let record = |n: u32, draw: &mut Draw| {
            let is_marked = draw.below(10) == 0;
            let name = if is_marked { "heron" } else { "other" };
            let mut value = coded("01936f5e-8a00-7000-8000-000000000001", "x");
            value["client_ref"] = json!(format!("{:x}-{name}-{n}-{}", draw.below(1 << 30), "x".repeat(draw.below(60))));
            value["retain_days"] = json!(if is_marked { 1 } else { 2000 });
            value["question_set"] = json!({"code": "integrative-core", "version": 1});
            let mut consultation: Consultation = serde_json::from_value(value).expect("a consultation");
            let answer = consultation.answers.remove(0);
            for question in 0..draw.below(4) {
                let question = format!("{question}-{name}-{}", "q".repeat(draw.below(80)));
                consultation.answers.push(HeardAnswer { question, ..answer.clone() });
            }
            let mut id = [0; 16];
            id[12..].copy_from_slice(&u32::to_be_bytes(n));
            (consultation.id, consultation.created_at) = (Id::from_bytes(id), now);
            consultation.expires_at = consultation.end();
            Record { app: "intake".to_owned(), consultation, sealed: None }
        };
        let mut kept: Vec<Record> = Vec::new();
        for n in 0..60 {
            let written = store.write_erasing(|conn| -> Result<(), StoreError> {
                for at in 0..25 {
                    let record = record(n * 25 + at, &mut draw);
                    rows::insert(conn, &record)?;
                    kept.push(record);
                    if draw.below(5) < 2 {
                        // Longer than before: the page has to make room.
                        let at = draw.below(kept.len());
                        let other = &mut kept[at];
                        let bytes = vec![b's'; draw.below(900)];
                        other.sealed = Some(Sealed { key_id: "2026-11".to_owned(), bytes });
                        rows::update(conn, other, now)?;
                    }
                    if draw.below(10) == 0 {
                        let gone = kept.swap_remove(draw.below(kept.len()));
                        rows::erase(conn, &[gone.consultation.id], now)?;
                    }
                }
                Ok(())
            });
            written.expect("written");
        }
        assert!(shows(&clinic, "-heron-"));
        clinic.app.pass(Duration::days(1));
        assert!(clinic.sweep().erased > 50);
        assert!(!shows(&clinic, "-heron-"));
        assert!(shows(&clinic, "-other-"));
    }

    /// Tables that were made anew are the same tables, with the same rows, indexes and references.
    fn sweeping_changes_nothing_else(clinic: Clinic) {
        crowd(&clinic, "heron");
        let id = therapist_of(&clinic);
        let (store, intake) = (&clinic.app.assembly.foundation.store, clinic.intake());
        let export = || intake.with("Accept", "application/x-ndjson").get(PATH).expect(200).body;
        intake.delete("/v1/client-refs/heron").expect(204);
        let (rows, schema) = (export(), definitions(&clinic));
        for _ in 0..2 {
            clinic.sweep();
            assert_eq!(export(), rows);
            assert_eq!(definitions(&clinic), schema);
            store.write(|conn| traces::leave(conn, clinic.app.assembly.clock.now())).expect("written");
        }
        // References still hold: answers go with their consultation.
        intake.post(PATH, &told(&id, "last")).expect(201);
        let answers = || store.read(answers).expect("counted");
        let before = answers();
        intake.delete("/v1/client-refs/last").expect(204);
        assert_eq!(answers(), before - 2);
    }

    /// Somebody who reads the database for long keeps what was erased alive in its files, and the next sweep makes up for it.
    fn a_long_reader_delays_the_end_and_does_not_prevent_it(clinic: Clinic) {
        let (marker, intake) = ("heron-7f-of-the-marsh", clinic.intake());
        intake.post(PATH, &coded(&therapist(&clinic.app), marker)).expect(201);
        let consultations = &clinic.app.assembly.consultations;
        clinic.sweep();
        let (began, wait_for_begin) = mpsc::channel();
        let (end, wait_for_end) = mpsc::channel::<()>();
        let store = clinic.app.assembly.foundation.store.clone();
        let reader = std::thread::spawn(move || {
            store.read_apart(|conn| -> Result<(), StoreError> {
                traces::left(conn)?;
                began.send(()).expect("the test waits");
                let _ = wait_for_end.recv();
                Ok(())
            })
        });
        wait_for_begin.recv().expect("it reads");
        intake.delete(&format!("/v1/client-refs/{marker}")).expect(204);
        assert!(!consultations.sweep().expect("swept").is_done);
        assert!(shows(&clinic, marker), "the reader still needs it");
        let sizes = || files(&clinic).iter().map(|path| fs::metadata(path).expect("a file").len()).collect::<Vec<_>>();
        if clinic.app.database.url.starts_with("sqlite") {
            let before = sizes();
            assert!(!consultations.sweep().expect("swept").is_done);
            assert_eq!(sizes(), before, "nothing is rewritten in vain");
        }
        drop(end);
        reader.join().expect("no panic").expect("read");
        clinic.sweep();
        assert!(!shows(&clinic, marker));
    }
}
