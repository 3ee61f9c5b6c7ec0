//! Answers side by side: in the order asked, with signals and the client's problem areas, for whoever may see them.

use serde_json::{Value, json};
use tailor::directory::examples;

use crate::{
    on_both_databases,
    support::app::{Answer, App},
};

const PATH: &str = "/v1/consultation/comparisons";

/// A profile with these answers; its id.
fn therapist(app: &App, name: &str, status: &str, answers: &Value) -> String {
    let mut profile = examples::therapist();
    profile["external_id"] = json!(name);
    profile["name"] = json!({"given": name, "family": "Test"});
    profile["status"] = json!(status);
    profile["npi"] = Value::Null;
    profile["consultation_answers"] = answers.clone();
    app.writer().post("/v1/therapists", &profile).expect(201).json()["id"].as_str().expect("an id").to_owned()
}

fn compare(app: &App, request: &Value) -> Answer {
    app.anonymous().post(PATH, request)
}

const TEXT: &str =
    "Für Sie: when therapy stalls I try a different technique. With post-traumatic stress we go slowly.";

fn answers() -> Value {
    let (set, at) = (json!({"code": "integrative-core", "version": 1}), "2026-11-01T09:00:00Z");
    json!([
        {"question": "when_stuck", "question_set": set, "answered_at": at, "text": TEXT, "language": "en", "stuck_strategies": ["change_technique"], "signals": [{"code": "flexibility", "positive": true, "weight": 1.0, "basis": "declared"}]},
        {"question": "approaches_and_selection", "question_set": set, "answered_at": at, "text": "I treat PTSD with EMDR.", "approaches": [
            {"modality": "psychodynamic", "role": "foundation", "used_for": ["relational_patterns", "ptsd"]},
            {"modality": "emdr", "role": "technique", "used_for": ["ptsd"]}
        ]}
    ])
}

/// The one of a list whose field has this value.
fn of<'a>(list: &'a Value, field: &str, value: &str) -> &'a Value {
    list.as_array().expect("a list").iter().find(|one| one[field] == value).expect("it is there")
}

on_both_databases! {
    fn answers_stand_side_by_side_in_the_order_asked(app: App) {
        let one = therapist(&app, "One", "published", &answers());
        let two = therapist(&app, "Two", "published", &json!([]));
        let request = json!({"therapist_ids": [two, one], "problem_areas": ["relational_patterns", "ptsd", "insomnia"]});
        let answer = compare(&app, &request).expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let comparison = answer.json();
        assert_eq!(comparison["question_set"], json!({"code": "integrative-core", "version": 1}));
        assert_eq!(comparison["not_medical_advice"], true);
        let headline = examples::therapist()["headline"].clone();
        let listed = |id: &str, name: &str, answered: usize| json!({"id": id, "display_name": name, "headline": headline, "answered": answered});
        assert_eq!(comparison["therapists"], json!([listed(&two, "Two Test", 0), listed(&one, "One Test", 2)]));
        let codes: Vec<_> = comparison["questions"].as_array().unwrap().iter().map(|question| question["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["approaches_and_selection", "role_of_relationship", "when_stuck"]);

        let stuck = &comparison["questions"][2];
        assert!(stuck["wordings"].as_array().unwrap().len() == 2 && stuck["listen_for"].is_string());
        let unanswered = json!({"therapist_id": two, "answer": null, "coverage": null, "missing": [], "read": true, "speaks_to": []});
        assert_eq!(stuck["answers"][0], unanswered);
        let given = &stuck["answers"][1];
        assert_eq!(given["therapist_id"], json!(one));
        assert_eq!((&given["answer"]["text"], &given["answer"]["language"]), (&json!(TEXT), &json!("en")));
        assert_eq!(given["answer"]["stuck_strategies"], json!(["change_technique"]));
        assert!(given["answer"]["answered_at"] == "2026-11-01T09:00:00Z" && given["answer"]["question_set"]["version"] == 1);
        let coverage = given["coverage"].as_f64().unwrap();
        assert!(coverage > 0.0 && coverage < 1.0);
        assert!(given["missing"].as_array().unwrap().iter().all(|one| one["code"] != "flexibility"));
        assert_eq!(of(&given["answer"]["signals"], "code", "flexibility")["basis"], "declared");
        let quote = "post-traumatic stress";
        let start = TEXT.chars().count() - quote.len() - " we go slowly.".len();
        let end = start + quote.len();
        assert_eq!(given["speaks_to"], json!([{"problem_area": "ptsd", "basis": "text", "quote": quote, "start": start, "end": end}]));

        let flexibility = of(&stuck["signals"], "code", "flexibility");
        assert_eq!((&flexibility["label"], &flexibility["positive"]), (&json!("Flexibility"), &json!(true)));
        assert_eq!(flexibility["shown_by"][0]["therapist_id"], json!(one));
        assert_eq!(flexibility["shown_by"][0]["basis"], "declared");
        assert_eq!(of(&stuck["signals"], "code", "blames_client")["shown_by"], json!([]));
        assert_eq!(stuck["signals"].as_array().unwrap().len(), 15, "all signals of the question");

        let field = |area: &str, modality: &str| json!({"problem_area": area, "basis": "field", "field": "approaches", "modality": modality});
        let text = json!({"problem_area": "ptsd", "basis": "text", "quote": "PTSD", "start": 8, "end": 12});
        let places = json!([field("relational_patterns", "psychodynamic"), field("ptsd", "psychodynamic"), field("ptsd", "emdr"), text]);
        assert_eq!(comparison["questions"][0]["answers"][1]["speaks_to"], places);

        let some = json!({"therapist_ids": [one], "questions": ["when_stuck"]});
        let some = compare(&app, &some).expect(200).json();
        assert_eq!((some["questions"].as_array().unwrap().len(), &some["therapists"][0]["answered"]), (1, &json!(1)));
        assert_eq!(some["questions"][0]["answers"][0]["speaks_to"], json!([]), "no problem area was asked for");
    }

    fn hidden_and_unknown_therapists_are_one_fault_each(app: App) {
        let shown = therapist(&app, "Shown", "published", &answers());
        let hidden = therapist(&app, "Hidden", "draft", &answers());
        let unknown = "01936f5e-8a00-7000-8000-000000000001";
        let request = json!({"therapist_ids": [unknown, shown, hidden]});
        let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        let both = vec![fault("/therapist_ids/0", "unknown_id"), fault("/therapist_ids/2", "unknown_id")];
        let answer = compare(&app, &request);
        assert!(!String::from_utf8_lossy(&answer.body).contains(unknown), "echoed");
        assert_eq!(answer.faults(), both);
        // Whoever writes profiles sees those that are not published.
        assert_eq!(app.writer().post(PATH, &request).faults(), [fault("/therapist_ids/0", "unknown_id")]);
        let seen = app.writer().post(PATH, &json!({"therapist_ids": [hidden, shown]})).expect(200).json();
        assert_eq!(seen["therapists"][0]["display_name"], "Hidden Test");
    }

    fn every_fault_of_a_request_is_named(app: App) {
        let id = therapist(&app, "Shown", "published", &json!([]));
        let unknown = "01936f5e-8a00-7000-8000-000000000001";
        let ids = |count: usize| (0..count).map(|n| format!("01936f5e-8a00-7000-8000-{n:012}")).collect::<Vec<_>>();
        for (request, expected) in [
            (json!({}), vec![("/therapist_ids", "required")]),
            (json!({"therapist_ids": []}), vec![("/therapist_ids", "too_few")]),
            (json!({"therapist_ids": ids(6)}), vec![("/therapist_ids", "too_many")]),
            (json!({"therapist_ids": [id, "x", id]}), vec![("/therapist_ids/1", "invalid_id"), ("/therapist_ids/2", "duplicate")]),
            (
                json!({"therapist_ids": [unknown, "x", id, unknown, 7], "questions": ["when_stuk"], "note": 1}),
                vec![("", "unknown_field"), ("/questions/0", "unknown_code"), ("/therapist_ids/0", "unknown_id"), ("/therapist_ids/1", "invalid_id"),
                    ("/therapist_ids/3", "duplicate"), ("/therapist_ids/4", "invalid_type")],
            ),
            (json!({"therapist_ids": [id, id]}), vec![("/therapist_ids/1", "duplicate")]),
            (json!({"therapist_ids": [id], "problem_areas": vec!["ptsd"; 13]}), vec![("/problem_areas", "too_many")]),
            (
                json!({"therapist_ids": [id], "problem_areas": ["ptsd", "ptds", "ptsd"], "questions": ["when_stuk"]}),
                vec![("/problem_areas/1", "unknown_code"), ("/problem_areas/2", "duplicate"), ("/questions/0", "unknown_code")],
            ),
            (json!({"therapist_ids": [id], "questions": []}), vec![("/questions", "too_few")]),
            (json!({"therapist_ids": [id], "note": "x"}), vec![("", "unknown_field")]),
        ] {
            let mut faults = compare(&app, &request).faults();
            faults.sort();
            let expected: Vec<_> = expected.into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect();
            assert_eq!(faults, expected, "{request}");
        }
        let suggested = compare(&app, &json!({"therapist_ids": [id], "problem_areas": ["ptds"]})).expect(422).json();
        assert_eq!(suggested["errors"][0]["suggestions"][0], "ptsd");
    }
}
