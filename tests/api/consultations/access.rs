//! Who sees what.

use serde_json::json;
use tailor::auth::scope::Scope;

use super::{Clinic, PATH, caller, coded, therapist};
use crate::on_both_databases;

on_both_databases! {
    fn an_app_sees_its_own_consultations_alone(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let path = intake.post(PATH, &coded(&id, "c_9f3a")).expect(201).header("location").to_owned();
        let admin = caller(&clinic.app, "boss", &[Scope::Admin]);
        for other in [clinic.app_named("other"), clinic.app_named("Intake"), admin] {
            for answer in [other.get(&path), other.patch(&path, &json!({"decision": null})), other.delete(&path)] {
                assert_eq!(answer.problem(404), "not_found");
            }
            for query in ["", "?client_ref=c_9f3a"] {
                let list = other.get(&format!("{PATH}{query}")).expect(200).json();
                assert_eq!((list["items"].as_array().unwrap().len(), &list["total"]), (0, &json!(0)));
            }
            assert!(other.with("Accept", "application/x-ndjson").get(PATH).expect(200).body.is_empty());
            other.delete("/v1/client-refs/c_9f3a").expect(204);
        }
        assert_eq!(intake.get(&path).expect(200).json()["decision"], "continue");
        // The same reference is another client elsewhere.
        let own = clinic.app_named("other");
        own.post(PATH, &coded(&id, "c_9f3a")).expect(201);
        assert_eq!(own.get(PATH).json()["total"], 1);
        intake.delete("/v1/client-refs/c_9f3a").expect(204);
        assert_eq!((&intake.get(PATH).json()["total"], &own.get(PATH).json()["total"]), (&json!(0), &json!(1)));
    }

    fn a_scope_of_its_own_is_needed(clinic: Clinic) {
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| !matches!(scope, Scope::Admin | Scope::ConsultationsWrite)).collect();
        let client = caller(&clinic.app, "intake", &others);
        let one = format!("{PATH}/01936f5e-8a00-7000-8000-000000000001");
        for answer in [client.get(PATH), client.post(PATH, &json!({})), client.get(&one), client.delete("/v1/client-refs/c")] {
            assert_eq!(answer.problem(403), "insufficient_scope");
        }
        assert_eq!(clinic.app.anonymous().get(PATH).problem(401), "unauthorized");
    }
}
