//! Keys: rotation, and what happens where one is missing.

use std::{process::Command, sync::mpsc, time::Duration};

use serde_json::json;
use tailor::{
    auth::scope::Scope,
    consultations::{secret::keys::Keyring, store as rows},
    id::Id,
    store::{Store, StoreError},
};

use super::{Clinic, PATH, beside, caller, coded, sweep, therapist, told};
use crate::{on_both_databases, support::database::Database};

fn under_keys(store: &Store) -> Vec<(String, i64)> {
    store.read(rows::under_keys).expect("read")
}

on_both_databases! {
    fn a_new_key_takes_over_and_the_old_one_can_go(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let paths: Vec<String> = (0..3)
            .map(|n| intake.post(PATH, &told(&id, &format!("c_{n}"))).expect(201).header("location").to_owned())
            .collect();
        intake.post(PATH, &coded(&id, "c_coded")).expect(201);
        let before = intake.get(&paths[0]).json();
        let store = &clinic.app.assembly.foundation.store;
        assert_eq!(under_keys(store), [("2026-11".to_owned(), 3)]);

        Keyring::add_to(&clinic.keys(), "2026-12").expect("a second key");
        let keys = clinic.keys();
        let rotated = beside(&clinic, &["--consultation-keys", keys.to_str().unwrap()]);
        let intake = caller(&rotated, "intake", &[Scope::ConsultationsWrite]);
        // Its own thread may have begun already: whoever did it, it is done once both have swept.
        sweep(&rotated.assembly.consultations);
        assert_eq!(under_keys(store), [("2026-12".to_owned(), 3)]);
        let after = intake.get(&paths[0]);
        assert_eq!((after.json(), after.header("etag")), (before.clone(), "\"1\""), "it is no change");
        intake.post(PATH, &told(&id, "c_3")).expect(201);
        assert_eq!(under_keys(store), [("2026-12".to_owned(), 4)]);

        // The old key is taken out of the file, and nobody misses it.
        let mut file: serde_json::Value = serde_json::from_slice(&std::fs::read(&keys).unwrap()).unwrap();
        file["keys"].as_object_mut().unwrap().remove("2026-11");
        let later = clinic.folder.path().join("later.json");
        std::fs::write(&later, file.to_string()).unwrap();
        let app = beside(&clinic, &["--consultation-keys", later.to_str().unwrap()]);
        assert_eq!(caller(&app, "intake", &[Scope::ConsultationsWrite]).get(&paths[0]).expect(200).json(), before);
    }

    fn without_its_key_a_text_is_not_read_and_can_be_erased(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let path = intake.post(PATH, &told(&id, "c_told")).expect(201).header("location").to_owned();
        intake.post(PATH, &told(&id, "c_other")).expect(201);
        let plain = intake.post(PATH, &coded(&id, "c_coded")).expect(201).header("location").to_owned();
        let other = clinic.folder.path().join("other.json");
        Keyring::add_to(&other, "2027-01").unwrap();
        for flags in [vec![], vec!["--consultation-keys", other.to_str().unwrap()]] {
            let app = beside(&clinic, &flags);
            let intake = caller(&app, "intake", &[Scope::ConsultationsWrite]);
            let export = intake.with("Accept", "application/x-ndjson").get(PATH);
            for answer in [intake.get(&path), intake.patch(&path, &json!({"decision": null})), intake.get(PATH), export] {
                let problem = answer.expect(503).json();
                assert_eq!(problem["code"], "encryption_not_configured");
                let detail = problem["detail"].as_str().unwrap();
                assert!(detail.contains("`2026-11`") && !detail.contains("marmoset"), "{detail}");
            }
            intake.get(&plain).expect(200);
            assert_eq!(sweep(&app.assembly.consultations).resealed, 0);
        }
        let blind = beside(&clinic, &[]);
        let intake = caller(&blind, "intake", &[Scope::ConsultationsWrite]);
        intake.delete(&path).expect(204);
        intake.delete("/v1/client-refs/c_other").expect(204);
        assert_eq!(intake.get(PATH).expect(200).json()["total"], 1);
    }
}

/// On SQLite nobody else writes meanwhile.
#[test]
fn a_text_that_somebody_writes_is_left_for_the_next_sweep() {
    let Some(database) = Database::postgres() else { return };
    let clinic = Clinic::from(database);
    let (id, intake) = (therapist(&clinic.app), clinic.intake());
    let path = intake.post(PATH, &told(&id, "c_held")).expect(201).header("location").to_owned();
    intake.post(PATH, &told(&id, "c_free")).expect(201);
    let held: Id = path.rsplit('/').next().expect("an id").parse().expect("an id");
    let (began, wait_for_begin) = mpsc::channel();
    let (end, wait_for_end) = mpsc::channel::<()>();
    let store = &clinic.app.assembly.foundation.store;
    let writer = store.clone();
    let writer = std::thread::spawn(move || {
        writer.write(|conn| -> Result<(), StoreError> {
            rows::lock(conn, held)?;
            began.send(()).expect("the test waits");
            // Only who waits for this row lets the time run out.
            let _ = wait_for_end.recv_timeout(Duration::from_secs(20));
            Ok(())
        })
    });
    wait_for_begin.recv().expect("it is held");
    Keyring::add_to(&clinic.keys(), "2026-12").expect("a second key");
    let rotated = beside(&clinic, &["--consultation-keys", clinic.keys().to_str().unwrap()]);
    let consultations = &rotated.assembly.consultations;
    // The other text is put under the new key by this sweep or by the server's own, which may be under way.
    while under_keys(store) == [("2026-11".to_owned(), 2)] {
        assert!(!consultations.sweep().expect("swept").is_done);
    }
    assert_eq!(under_keys(store), [("2026-11".to_owned(), 1), ("2026-12".to_owned(), 1)]);
    drop(end);
    writer.join().expect("no panic").expect("written");
    sweep(consultations);
    assert_eq!(under_keys(store), [("2026-12".to_owned(), 2)]);
}

#[test]
fn the_program_makes_keys_and_tells_which_are_needed() {
    let clinic = Clinic::from(crate::support::database::Database::sqlite());
    let id = therapist(&clinic.app);
    clinic.intake().post(PATH, &told(&id, "c_told")).expect(201);
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tailor"));
        command.current_dir(clinic.folder.path()).args(args).env_remove("TAILOR_CONSULTATION_KEYS");
        let output = command.args(["--database-url", &clinic.app.database.url]).output().expect("it runs");
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (done, said) = run(&["check", "--consultation-keys", "keys.json"]);
    assert!(done && said.contains("1 under the key 2026-11 (active)"), "{said}");
    let (done, said) = run(&["consultation-keys", "keys.json", "--id", "2026-12"]);
    assert!(done && said.contains("active 2026-12; keys 2026-11, 2026-12"), "{said}");
    let (done, said) = run(&["check", "--consultation-keys", "keys.json"]);
    assert!(done && said.contains("1 under the key 2026-11 (older)"), "{said}");
    let (done, said) = run(&["check"]);
    assert!(!done && said.contains("1 under the key 2026-11 (not in the file)"), "{said}");
    let (done, said) = run(&["consultation-keys", "keys.json", "--id", "2026-12"]);
    assert!(!done && said.contains("has a key with this id already"), "{said}");
    let (done, said) = run(&["consultation-keys"]);
    assert!(!done && said.contains("TAILOR_CONSULTATION_KEYS"), "{said}");
    std::fs::write(clinic.folder.path().join("bad.json"), "{}").unwrap();
    let (done, said) = run(&["check", "--consultation-keys", "bad.json"]);
    assert!(!done && said.contains("cannot be used"), "{said}");
}
