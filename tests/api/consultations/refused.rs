//! What is refused, and that every fault is named at once.

use serde_json::{Value, json};

use super::{Clinic, PATH, coded, therapist};
use crate::on_both_databases;

fn expected(faults: &[(&str, &str)]) -> Vec<(String, String)> {
    faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
}

on_both_databases! {
    fn every_fault_is_named(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let with = |changes: Value| {
            let mut body = coded(&id, "c_9f3a");
            for (name, value) in changes.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };
        let answer = |answer: Value| with(json!({"answers": [answer]}));
        for (body, faults) in [
            (json!({}), vec![("/client_ref", "required"), ("/therapist_id", "required")]),
            (json!([]), vec![("", "invalid_type")]),
            (with(json!({"client_ref": ""})), vec![("/client_ref", "too_short")]),
            (with(json!({"client_ref": "x".repeat(129)})), vec![("/client_ref", "too_long")]),
            (with(json!({"client_ref": "a b"})), vec![("/client_ref", "invalid_format")]),
            (with(json!({"client_ref": "maya@example.org"})), vec![("/client_ref", "personal_reference")]),
            (with(json!({"client_ref": "+1 (415) 555-0123"})), vec![("/client_ref", "personal_reference")]),
            (with(json!({"client_ref": "ssn-123-45-6789"})), vec![("/client_ref", "personal_reference")]),
            (with(json!({"therapist_id": "x"})), vec![("/therapist_id", "invalid_id")]),
            (with(json!({"held_on": "2026-11-24"})), vec![("/held_on", "date_order")]),
            (with(json!({"held_on": "1899-12-31"})), vec![("/held_on", "invalid_date")]),
            (with(json!({"held_on": "2026-02-30"})), vec![("/held_on", "invalid_date")]),
            (with(json!({"retain_days": 0, "decision": "perhaps"})), vec![("/decision", "invalid_choice"), ("/retain_days", "too_small")]),
            (with(json!({"retain_days": 3651})), vec![("/retain_days", "too_large")]),
            (with(json!({"retain_days": null})), vec![("/retain_days", "invalid_type")]),
            (with(json!({"question_set": {"code": "integrative-core", "version": 99}})), vec![("/question_set", "unknown_code")]),
            (with(json!({"colour": 1})), vec![("", "unknown_field")]),
            (answer(json!({"question": "who_am_i"})), vec![("/answers/0/question", "unknown_code")]),
            (answer(json!({"text": "x"})), vec![("/answers/0/question", "required")]),
            (answer(json!({"question": "when_stuck", "rating": 6, "language": "xx-unknown"})), vec![("/answers/0/language", "invalid_language"), ("/answers/0/rating", "too_large")]),
            (answer(json!({"question": "when_stuck", "rating": 0})), vec![("/answers/0/rating", "too_small")]),
            (answer(json!({"question": "when_stuck", "rating": 4.5})), vec![("/answers/0/rating", "invalid_type")]),
            (answer(json!({"question": "when_stuck", "text": "x".repeat(8001)})), vec![("/answers/0/text", "too_long")]),
            (answer(json!({"question": "when_stuck", "colour": 1})), vec![("/answers/0", "unknown_field")]),
            (answer(json!({"question": "when_stuck", "answered_at": "2026-11-20T12:00:00Z"})), vec![("/answers/0", "unknown_field")]),
            (answer(json!({"question": "when_stuck", "signals": ["flexibility", "safety", "flexibility"]})), vec![("/answers/0/signals/1", "unknown_code"), ("/answers/0/signals/2", "duplicate")]),
            (answer(json!({"question": "when_stuck", "flexibility": "very", "stuck_strategies": ["name_it", "sing"], "review_interval_sessions": 0})), vec![
                ("/answers/0/flexibility", "unknown_code"), ("/answers/0/review_interval_sessions", "too_small"), ("/answers/0/stuck_strategies/1", "unknown_code"),
            ]),
            (answer(json!({"question": "role_of_relationship", "boundary_statement": "x".repeat(2001)})), vec![("/answers/0/boundary_statement", "too_long")]),
            (answer(json!({"question": "role_of_relationship", "boundary_statement": 7})), vec![("/answers/0/boundary_statement", "invalid_type")]),
            (with(json!({"answers": [{"question": "when_stuck"}, {"question": "when_stuck"}]})), vec![("/answers/1/question", "duplicate")]),
            (with(json!({"answers": vec![json!({"question": "when_stuck"}); 51]})), vec![("/answers", "too_many")]),
        ] {
            assert_eq!(intake.post(PATH, &body).faults(), expected(&faults), "{body}");
        }
        assert_eq!(intake.get(PATH).json()["total"], 0);
        // At the bounds.
        for changes in [
            json!({"held_on": "2026-11-23"}), json!({"held_on": "1900-01-01"}), json!({"retain_days": 1}), json!({"retain_days": 3650}),
            json!({"client_ref": "x".repeat(128)}), json!({"answers": []}),
            json!({"answers": [{"question": "when_stuck", "text": "x".repeat(8000), "language": "pt-BR", "rating": null, "homework": null}]}),
        ] {
            let refused = changes["answers"][0]["homework"].is_null() && changes["answers"][0].get("homework").is_some();
            let answer = intake.post(PATH, &with(changes));
            if refused {
                // Null says nothing of a field, but the question must have it.
                assert_eq!(answer.faults(), expected(&[("/answers/0", "unknown_field")]));
            } else {
                answer.expect(201);
            }
        }
    }

    /// Whatever finds them: the form, the type's rules, the question set, the directory.
    fn faults_of_all_kinds_are_named_at_once(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let unknown = "01936f5e-8a00-7000-8000-000000000001";
        let nobodys_set = json!({"code": "nobody", "version": 1});
        let bad = json!({
            "therapist_id": unknown, "client_ref": "maya@example.org", "question_set": nobodys_set, "decision": "perhaps",
            "retain_days": "x", "colour": 1, "answers": [{"question": "when_stuck", "rating": 9, "text": 7}],
        });
        let all = [
            ("", "unknown_field"), ("/answers/0/rating", "too_large"), ("/answers/0/text", "invalid_type"), ("/client_ref", "personal_reference"),
            ("/decision", "invalid_choice"), ("/question_set", "unknown_code"), ("/retain_days", "invalid_type"), ("/therapist_id", "unknown_id"),
        ];
        assert_eq!(intake.post(PATH, &bad).faults(), expected(&all));
        // Where nothing is wrong with the form.
        let mut sound = coded(unknown, "c_9f3a");
        sound["question_set"] = nobodys_set;
        assert_eq!(intake.post(PATH, &sound).faults(), expected(&[("/question_set", "unknown_code"), ("/therapist_id", "unknown_id")]));
        sound["question_set"] = Value::Null;
        sound["answers"] = json!([{"question": "who_am_i"}]);
        let both = [("/answers/0/question", "unknown_code"), ("/therapist_id", "unknown_id")];
        assert_eq!(intake.post(PATH, &sound).faults(), expected(&both));
        assert_eq!(intake.get(PATH).json()["total"], 0);

        let path = intake.post(PATH, &coded(&id, "c_9f3a")).expect(201).header("location").to_owned();
        let mut patch = bad;
        patch["client_ref"] = json!("c_1");
        let all = [
            ("", "unknown_field"), ("/answers/0/rating", "too_large"), ("/answers/0/text", "invalid_type"), ("/client_ref", "invalid_value"),
            ("/decision", "invalid_choice"), ("/question_set", "unknown_code"), ("/retain_days", "invalid_type"), ("/therapist_id", "invalid_value"),
        ];
        assert_eq!(intake.patch(&path, &patch).faults(), expected(&all));
    }

    /// Another request with the key of one that was done gets what that one made, also when its therapist is gone.
    fn a_key_stands_for_what_it_made_whatever_became_of_the_therapist(clinic: Clinic) {
        let id = therapist(&clinic.app);
        let keyed = clinic.intake().with("Idempotency-Key", "k");
        let made = keyed.post(PATH, &coded(&id, "c_9f3a")).expect(201).json();
        clinic.app.writer().patch(&format!("/v1/therapists/{id}"), &json!({"status": "draft"})).expect(200);
        assert_eq!(keyed.post(PATH, &coded(&id, "c_9f3a")).expect(201).json(), made);
    }

    fn references_that_are_no_names_or_personal_are_refused(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        for (reference, code) in [
            (".", "invalid_format"), ("..", "invalid_format"), ("ref-415-555-0123", "personal_reference"),
            ("P-123-45-6789", "personal_reference"), ("john.doe.gmail.com", "personal_reference"),
        ] {
            assert_eq!(intake.post(PATH, &coded(&id, reference)).faults(), expected(&[("/client_ref", code)]), "{reference}");
        }
        for reference in ["c-2024-000123", "client-42", "01936f5e-8a00-7000-8000-000000000001", "01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            intake.post(PATH, &coded(&id, reference)).expect(201);
        }
    }

    fn a_patch_is_checked_as_the_whole_that_it_makes(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let path = intake.post(PATH, &coded(&id, "c_9f3a")).expect(201).header("location").to_owned();
        for (patch, faults) in [
            (json!({"client_ref": "c_1", "therapist_id": "01936f5e-8a00-7000-8000-000000000001"}), vec![("/client_ref", "invalid_value"), ("/therapist_id", "invalid_value")]),
            (json!({"therapist_id": null}), vec![("/therapist_id", "required")]),
            (json!({"held_on": "2026-12-24"}), vec![("/held_on", "date_order")]),
            (json!({"colour": 1}), vec![("", "unknown_field")]),
            (json!({"answers": null, "retain_days": -1}), vec![("/retain_days", "too_small")]),
            (json!({"answers": {"0": {"question": "when_stuck"}}}), vec![("/answers", "invalid_type")]),
            (json!({"question_set": {"version": 2}}), vec![("/question_set", "unknown_code")]),
        ] {
            assert_eq!(intake.patch(&path, &patch).faults(), expected(&faults), "{patch}");
        }
        assert_eq!(intake.patch(&path, &json!([1])).status, 422);
        let read = intake.get(&path).expect(200).json();
        assert_eq!((&read["revision"], &read["client_ref"]), (&json!(1), &json!("c_9f3a")));
        // What is the same may be named, and what the server adds.
        intake.patch(&path, &json!({"client_ref": "c_9f3a", "revision": 70, "id": "x"})).expect(200);
    }
}
