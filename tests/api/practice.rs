//! Consultation answers in the match: what they count, and what is said of them.

use serde_json::{Value, json};

use crate::{on_both_databases, support::app::App};

/// A published therapist with these consultation answers.
fn therapist(name: &str, answers: &Value) -> Value {
    json!({
        "source": "practice", "external_id": name, "status": "published",
        "name": {"given": name, "family": "Test"}, "profession": "psychologist",
        "languages": ["en"], "session_formats": ["video"],
        "modalities": [{"code": "cbt", "role": "foundation", "evidence_level": "certified"}],
        "problem_areas": [{"code": "panic", "focus": "primary"}],
        "licenses": [{"jurisdiction": "US-CA", "status": "active"}],
        "consultation_answers": answers
    })
}

fn add(app: &App, profile: &Value) -> String {
    app.writer().post("/v1/therapists", profile).expect(201).json()["id"].as_str().expect("an id").to_owned()
}

/// Puts the profile in the place of the stored one.
fn replace(app: &App, id: &str, profile: &Value) {
    let path = format!("/v1/therapists/{id}");
    let tag = app.writer().get(&path).header("etag").to_owned();
    app.writer().with("if-match", &tag).put(&path, profile).expect(200);
}

/// The results by given name, in order.
fn results(app: &App, explain: &str) -> Vec<(String, Value)> {
    let request = json!({"problem_areas": [{"code": "panic"}], "explain": explain});
    let answer = app.anonymous().post("/v1/matches", &request).expect(200).json();
    let results = answer["results"].as_array().expect("results").iter();
    let name = |result: &Value| {
        result["therapist"]["display_name"].as_str().unwrap().trim_end_matches(" Test").to_owned()
    };
    results.map(|result| (name(result), result.clone())).collect()
}

fn of<'a>(results: &'a [(String, Value)], name: &str) -> &'a Value {
    &results.iter().find(|(other, _)| other == name).expect("a result").1
}

fn integration(result: &Value) -> f64 {
    let components = result["components"].as_array().unwrap().iter();
    let of_it = components.filter(|component| component["component"] == "integration");
    of_it.map(|component| component["value"].as_f64().unwrap()).sum()
}

/// The remarks on answers.
fn said(result: &Value, list: &str) -> Vec<String> {
    let codes = [
        "explains_choice",
        "speaks_of_relationship",
        "plan_for_being_stuck",
        "questions_unanswered",
        "answer_to_ask_about",
    ];
    let remarks = result[list].as_array().unwrap().iter();
    let remarks = remarks.filter(|remark| codes.iter().any(|code| remark["code"] == *code));
    remarks
        .map(|remark| format!("{}: {}", remark["code"].as_str().unwrap(), remark["text"].as_str().unwrap()))
        .collect()
}

/// Equal up to the rounding of binary fractions.
#[track_caller]
fn assert_near(actual: f64, by_hand: f64) {
    assert!((actual - by_hand).abs() < 1e-9, "{actual} is not {by_hand}");
}

on_both_databases! {
    fn a_plan_for_being_stuck_counts_and_is_shown(app: App) {
        let stuck = json!([{"question": "when_stuck", "signals": ["tries_other_techniques", "reviews_goals_progress"]}]);
        let id = add(&app, &therapist("Answers", &stuck));
        add(&app, &therapist("Silent", &json!([])));
        for explain in ["summary", "full"] {
            let results = results(&app, explain);
            assert_eq!((results[0].0.as_str(), results[1].0.as_str()), ("Answers", "Silent"));
            let (answers, silent) = (&results[0].1, &results[1].1);
            // (1 + 0.5) / 4 above the prior, of which 0.35 is the question's share and 0.30 that of the answers.
            assert_near(integration(answers) - integration(silent), 0.30 * 0.35 * 0.375);
            let weight = answers["components"][2]["weight"].as_f64().unwrap();
            let scores = answers["score"].as_f64().unwrap() - silent["score"].as_f64().unwrap();
            assert!((scores - weight * 0.30 * 0.35 * 0.375).abs() <= 1e-4, "{scores}");
            let confidence = |result: &Value| result["confidence"]["completeness"].as_f64().unwrap();
            assert_near(confidence(answers) - confidence(silent), 1.0 / 8.0);
            assert_eq!(said(answers, "reasons"), ["plan_for_being_stuck: Names a plan for being stuck: changes technique, reviews progress."]);
            assert_eq!(said(silent, "reasons"), [""; 0]);
            assert_eq!(said(answers, "gaps"), ["questions_unanswered: Has not answered how approaches are chosen, what role the relationship plays."]);
            let unanswered = said(silent, "gaps");
            assert!(unanswered.len() == 1 && unanswered[0].ends_with("what happens when therapy is stuck."), "{unanswered:?}");
        }
        let before = results(&app, "summary");
        replace(&app, &id, &therapist("Answers", &json!([])));
        let after = results(&app, "summary");
        let (answers, silent) = (of(&after, "Answers"), of(&after, "Silent"));
        assert_eq!(silent["score"], of(&before, "Silent")["score"]);
        for field in ["score", "components", "reasons", "gaps", "cautions", "confidence"] {
            assert_eq!(answers[field], silent[field], "{field}");
        }
    }

    fn what_a_text_suggests_counts_half_and_says_so(app: App) {
        // A cue phrase as it stands in the question set, so that the analyser surely finds it.
        let text = json!([{"question": "role_of_relationship", "text": "We build trust."}]);
        add(&app, &therapist("Text", &text));
        let declared = json!([{"question": "role_of_relationship", "signals": ["trust"]}]);
        add(&app, &therapist("Declared", &declared));
        add(&app, &therapist("Silent", &json!([])));
        let results = results(&app, "summary");
        let names: Vec<_> = results.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Declared", "Text", "Silent"]);
        let above = |name: &str| integration(of(&results, name)) - integration(of(&results, "Silent"));
        assert_near(above("Declared"), 0.30 * 0.25 * 0.25);
        assert_near(above("Text"), 0.30 * 0.25 * 0.125);
        assert_eq!(said(of(&results, "Declared"), "reasons"), ["speaks_of_relationship: Speaks of the relationship: trust."]);
        assert_eq!(said(of(&results, "Text"), "reasons"), ["speaks_of_relationship: The text of an answer suggests a view of the relationship: trust."]);
    }

    fn what_speaks_against_an_answer_is_something_to_ask_about(app: App) {
        add(&app, &therapist("Rigid", &json!([{"question": "when_stuck", "signals": ["never_stuck"]}])));
        add(&app, &therapist("Silent", &json!([])));
        let results = results(&app, "summary");
        assert_eq!(results[0].0, "Silent");
        let rigid = of(&results, "Rigid");
        assert_near(integration(of(&results, "Silent")) - integration(rigid), 0.30 * 0.35 * 0.25);
        assert_eq!(said(rigid, "reasons"), [""; 0]);
        assert_eq!(said(rigid, "gaps")[1..], ["answer_to_ask_about: An answer says that therapy never gets stuck; ask about it."]);
    }

    /// The part can be worked out again from what `full` shows of it.
    fn the_full_explanation_shows_what_the_practice_part_is_made_of(app: App) {
        let answers = json!([
            {"question": "role_of_relationship", "text": "We build trust."},
            {"question": "when_stuck", "signals": ["tries_other_techniques", "never_stuck"]}
        ]);
        add(&app, &therapist("Answers", &answers));
        assert!(results(&app, "summary")[0].1.get("practice").is_none());
        let result = results(&app, "full")[0].1.clone();
        let unanswered = json!({
            "question": "approaches_and_selection", "weight": 0.4, "value": 0.5, "answered": false, "declared": 0.0, "suggested": 0.0, "signals": []
        });
        let relationship = json!({
            "question": "role_of_relationship", "weight": 0.25, "value": 0.625, "answered": true, "declared": 0.0, "suggested": 1.0,
            "signals": [{"code": "trust", "basis": "text", "weight": 1.0}]
        });
        let stuck = json!({
            "question": "when_stuck", "weight": 0.35, "value": 0.5, "answered": true, "declared": 0.0, "suggested": 0.0,
            "signals": [{"code": "tries_other_techniques", "basis": "declared", "weight": 1.0}, {"code": "never_stuck", "basis": "declared", "weight": -1.0}]
        });
        assert_eq!(result["practice"]["questions"], json!([unanswered, relationship, stuck]));
        assert_near(result["practice"]["value"].as_f64().unwrap(), 0.4 * 0.5 + 0.25 * 0.625 + 0.35 * 0.5);
        let best = |list: &str, of: &str| {
            let parts = result[list].as_array().unwrap().iter();
            let need: f64 = parts.clone().map(|part| part["need"].as_f64().unwrap()).sum();
            parts.map(|part| part["need"].as_f64().unwrap() * part[of].as_f64().unwrap()).sum::<f64>() / need
        };
        let by_hand = 0.35 * best("phases", "capability") + 0.35 * best("dimensions", "capability") + 0.30 * result["practice"]["value"].as_f64().unwrap();
        assert_near(integration(&result), by_hand);
    }
}
