//! Storing, reading and changing.

use serde_json::{Value, json};
use tailor::auth::scope::Scope;

use super::{Clinic, PATH, caller, coded, created, therapist, told};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    /// The examples of the document are a request and what becomes of it.
    fn the_documented_request_gives_the_documented_answer(clinic: Clinic) {
        let document = serde_json::to_value(tailor::server::document::document()).expect("JSON");
        let content = &document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"];
        let mut request = content["example"].clone();
        let documented = document["components"]["schemas"]["Consultation"]["example"].clone();
        assert_eq!(documented["therapist_id"], request["therapist_id"]);
        request["therapist_id"] = json!(therapist(&clinic.app));
        let mut answered = clinic.intake().post(PATH, &request).expect(201).json();
        answered["therapist_id"] = documented["therapist_id"].clone();
        answered["id"] = documented["id"].clone();
        if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
            std::fs::write("src/consultations/consultation.json", format!("{answered:#}\n")).expect("the file is written");
        }
        assert_eq!(answered, documented, "run with UPDATE=1");
    }

    fn a_consultation_is_stored_read_changed_and_erased(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let made = intake.post(PATH, &told(&id, "c_9f3a")).expect(201);
        let (path, body) = (made.header("location").to_owned(), made.json());
        assert_eq!((path.as_str(), made.header("etag"), made.header("cache-control")), (format!("{PATH}/{}", body["id"].as_str().unwrap()).as_str(), "\"1\"", "no-store"));
        assert_eq!((&body["revision"], &body["created_at"], &body["expires_at"]), (&json!(1), &json!("2026-11-22T12:00:00Z"), &json!("2027-05-21T12:00:00Z")));
        assert_eq!((&body["held_on"], &body["decision"], &body["retain_days"]), (&Value::Null, &Value::Null, &json!(180)));
        assert_eq!(body["question_set"], json!({"code": "integrative-core", "version": 1}));
        let stuck = &body["answers"][0];
        // Found in the text when it is read: nobody declared it.
        let found = stuck["signals"].as_array().unwrap().iter().find(|signal| signal["code"] == "names_it_openly").expect("a signal of the text");
        assert_eq!((&found["basis"], &found["positive"]), (&json!("text"), &json!(true)));
        assert!(stuck["coverage"].as_f64().unwrap() > 0.0 && !stuck["missing"].as_array().unwrap().is_empty());
        assert_eq!(body["answers"][1]["boundary_statement"], "No calls at night, said the pangolin.");
        let read = intake.get(&path).expect(200);
        assert_eq!((read.json(), read.header("cache-control"), read.header("etag")), (body.clone(), "no-store", "\"1\""));
        assert_eq!(intake.with("If-None-Match", "\"1\"").get(&path).expect(304).header("cache-control"), "no-store");

        clinic.app.pass(chrono::Duration::days(2));
        // What was read can be sent back, and changes nothing.
        let mut same = body.clone();
        same.as_object_mut().unwrap().remove("id");
        assert_eq!(intake.patch(&path, &same).expect(200).json(), body);
        let patch = json!({"decision": "declined", "held_on": "2026-11-23", "retain_days": 10});
        let changed = intake.with("If-Match", "\"1\"").patch(&path, &patch).expect(200);
        assert_eq!((changed.header("etag"), changed.header("cache-control")), ("\"2\"", "no-store"));
        let changed = changed.json();
        assert_eq!((&changed["decision"], &changed["held_on"], &changed["revision"]), (&json!("declined"), &json!("2026-11-23"), &json!(2)));
        assert_eq!((&changed["created_at"], &changed["updated_at"], &changed["expires_at"]), (&body["created_at"], &json!("2026-11-24T12:00:00Z"), &json!("2026-12-02T12:00:00Z")));
        assert_eq!(changed["answers"], body["answers"]);
        assert_eq!(intake.with("If-Match", "\"1\"").patch(&path, &patch).problem(412), "precondition_failed");
        // A list is replaced as a whole, null removes.
        let fewer = intake.patch(&path, &json!({"answers": [{"question": "when_stuck", "rating": 5}], "decision": null})).expect(200).json();
        assert_eq!((fewer["answers"].as_array().unwrap().len(), &fewer["answers"][0]["text"], &fewer["decision"]), (1, &json!(""), &Value::Null));
        assert_eq!(intake.get(&path).expect(200).json(), fewer);

        assert_eq!(intake.with("If-Match", "\"2\"").delete(&path).problem(412), "precondition_failed");
        assert_eq!(intake.with("If-Match", "\"3\"").delete(&path).expect(204).header("cache-control"), "no-store");
        for answer in [intake.get(&path), intake.delete(&path), intake.patch(&path, &json!({}))] {
            assert_eq!(answer.problem(404), "not_found");
        }
    }

    fn what_a_client_heard_is_declared_and_may_be_as_much_as_there_is(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let mut body = coded(&id, "c_9f3a");
        body["answers"][0]["signals"] = json!([
            "returns_to_talk", "flexibility", "consults", "refers_on",
            {"code": "blames_client", "positive": true, "weight": 9.0, "basis": "declared"},
            {"code": "never_stuck", "positive": false, "weight": -1.0, "basis": "text", "quote": "never", "start": 0, "end": 5}
        ]);
        let stored = intake.post(PATH, &body).expect(201).json();
        let heard: Vec<_> = stored["answers"][0]["signals"].as_array().unwrap().iter()
            .map(|signal| (signal["code"].as_str().unwrap(), signal["positive"].as_bool().unwrap(), signal["basis"].as_str().unwrap()))
            .collect();
        // In the order of the question, with what the question says of them; what a text suggested once is not taken over.
        let declared = |code, positive| (code, positive, "declared");
        assert_eq!(heard, [
            declared("flexibility", true), declared("returns_to_talk", true), declared("consults", true),
            declared("refers_on", true), declared("blames_client", false),
        ]);
        assert_eq!(stored["answers"][0]["rating"], 4);
        assert_eq!(stored["answers"][0]["flexibility"], "high");
    }

    fn an_idempotency_key_stores_once_and_brings_nothing_back(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let keyed = intake.with("Idempotency-Key", "heron-1");
        let first = keyed.post(PATH, &told(&id, "c_9f3a")).expect(201);
        let again = keyed.post(PATH, &told(&id, "c_9f3a")).expect(201);
        assert_eq!((again.json(), again.header("location")), (first.json(), first.header("location")));
        assert_eq!(keyed.post(PATH, &coded(&id, "c_9f3a")).problem(422), "idempotency_key_reused");
        // Another app's key of the same name is another key.
        clinic.app_named("other").with("Idempotency-Key", "heron-1").post(PATH, &told(&id, "c_9f3a")).expect(201);
        assert_eq!(intake.get(PATH).json()["total"], 1);
        intake.delete("/v1/client-refs/c_9f3a").expect(204);
        assert_eq!(keyed.post(PATH, &told(&id, "c_9f3a")).problem(409), "conflict");
        // Nor what ended by itself.
        let short = intake.with("Idempotency-Key", "heron-2");
        let mut body = coded(&id, "c_1");
        body["retain_days"] = json!(1);
        short.post(PATH, &body).expect(201);
        clinic.app.pass(chrono::Duration::hours(23));
        short.post(PATH, &body).expect(201);
        clinic.app.pass(chrono::Duration::minutes(59));
        assert_eq!(intake.get(PATH).json()["total"], 1);
        clinic.app.pass(chrono::Duration::minutes(1));
        assert_eq!(intake.get(PATH).json()["total"], 0);
    }

    fn many_requests_with_one_key_store_once(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let requests: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| clinic.intake().with("Idempotency-Key", "one").post(PATH, &told(&id, "c_9f3a")).status))
                .collect();
            requests.into_iter().map(|request| request.join().expect("an answer")).collect()
        });
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        assert!(statuses.contains(&201));
        assert_eq!(intake.get(PATH).json()["total"], 1);
    }

    /// The therapist must be one that the caller could find, as the directory shows it.
    fn a_therapist_whom_the_app_may_not_see_is_unknown(clinic: Clinic) {
        let mut draft = tailor::directory::examples::therapist();
        draft["status"] = json!("draft");
        draft["external_id"] = json!("draft-1");
        let hidden = created(&clinic.app, &draft);
        let expected = [("/therapist_id".to_owned(), "unknown_id".to_owned())];
        for id in [hidden.as_str(), "01936f5e-8a00-7000-8000-000000000001"] {
            assert_eq!(clinic.intake().post(PATH, &coded(id, "c_9f3a")).faults(), expected);
        }
        let both = caller(&clinic.app, "intake", &[Scope::ConsultationsWrite, Scope::ProfilesWrite]);
        both.post(PATH, &coded(&hidden, "c_9f3a")).expect(201);
        // The profile goes, what the client heard stays the app's.
        clinic.app.writer().delete(&format!("/v1/therapists/{hidden}")).expect(204);
        assert_eq!(clinic.intake().get(PATH).json()["total"], 1);
    }

    fn without_keys_codes_are_stored_and_free_text_is_not(app: App) {
        let id = therapist(&app);
        let intake = caller(&app, "intake", &[Scope::ConsultationsWrite]);
        for question in [
            json!({"question": "when_stuck", "text": "x"}),
            json!({"question": "role_of_relationship", "boundary_statement": "x"}),
        ] {
            let mut body = coded(&id, "c_9f3a");
            body["answers"] = json!([question]);
            assert_eq!(intake.post(PATH, &body).problem(503), "encryption_not_configured");
        }
        assert_eq!(intake.get(PATH).json()["total"], 0);
        let path = intake.post(PATH, &coded(&id, "c_9f3a")).expect(201).header("location").to_owned();
        let texts = json!({"answers": [{"question": "when_stuck", "text": "x"}]});
        assert_eq!(intake.patch(&path, &texts).problem(503), "encryption_not_configured");
        intake.patch(&path, &json!({"answers": [{"question": "when_stuck", "text": "", "rating": 1}]})).expect(200);
        assert_eq!(intake.get(&path).json()["answers"][0]["rating"], 1);
    }
}
