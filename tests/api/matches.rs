//! Matches over HTTP: the golden cases of the model's own ideas, and what must not happen.

use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{app::App, database::Database},
};

/// A published therapist with these modalities (code, role) and, as their focus, these problem areas.
fn therapist(name: &str, modalities: &[(&str, &str)], areas: &[&str]) -> Value {
    let modalities: Vec<Value> = modalities
        .iter()
        .map(|(code, role)| json!({"code": code, "role": role, "evidence_level": "certified"}))
        .collect();
    let areas: Vec<Value> = areas.iter().map(|code| json!({"code": code, "focus": "primary"})).collect();
    json!({
        "source": "golden", "external_id": name, "status": "published",
        "name": {"given": name, "family": "Test"}, "profession": "psychologist",
        "languages": ["en"], "session_formats": ["video"], "modalities": modalities, "problem_areas": areas,
        "licenses": [{"jurisdiction": "US-CA", "status": "active"}]
    })
}

fn add(app: &App, profile: &Value) -> String {
    app.writer().post("/v1/therapists", profile).expect(201).json()["id"].as_str().expect("an id").to_owned()
}

fn ask(app: &App, request: &Value) -> Value {
    let answer = app.anonymous().post("/v1/matches", request).expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let answer = answer.json();
    check(&answer);
    answer
}

/// What holds for every answer: ranks and tiers count up, scores go down within a tier, contributions add up.
fn check(answer: &Value) {
    assert_eq!(answer["not_medical_advice"], true);
    let (mut last, mut tier) = (1.0, 1);
    for (at, result) in answer["results"].as_array().expect("results").iter().enumerate() {
        assert_eq!(result["rank"], at + 1);
        let score = result["score"].as_f64().expect("a score");
        if result["tier"] != tier {
            tier += 1;
            last = 1.0;
        }
        assert_eq!(result["tier"], tier, "tiers count up");
        assert!((0.0..=last).contains(&score), "scores go down within 0..1");
        last = score;
        let sum: f64 = result["components"]
            .as_array()
            .expect("components")
            .iter()
            .map(|component| component["contribution"].as_f64().expect("a number"))
            .sum();
        assert!((sum - score).abs() <= 0.5e-4 + 1e-12, "contributions {sum} add up to {score}");
    }
}

/// The given names of the results, in order.
fn names(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().expect("results");
    let name = |result: &Value| result["therapist"]["display_name"].as_str().expect("a name").to_owned();
    results.iter().map(|result| name(result).trim_end_matches(" Test").to_owned()).collect()
}

fn position(answer: &Value, name: &str) -> usize {
    names(answer).iter().position(|other| other == name).expect("the therapist is among the results")
}

fn areas(codes: &[(&str, &str)]) -> Value {
    codes.iter().map(|(code, severity)| json!({"code": code, "severity": severity})).collect()
}

on_both_databases! {
    /// Anxiety rooted in childhood neglect, as it shows: worry, low self-worth, the same story in every relationship. Who
    /// treats the symptom and the why comes before who treats one of them.
    fn an_integrator_before_pure_therapists(app: App) {
        let focus = ["generalized_anxiety", "low_self_worth"];
        add(&app, &therapist("Integrator", &[("psychodynamic", "foundation"), ("cbt", "technique")], &focus));
        add(&app, &therapist("Behavioural", &[("cbt", "foundation")], &focus));
        add(&app, &therapist("Dynamic", &[("psychodynamic", "foundation")], &focus));
        let neglect = [("generalized_anxiety", "moderate"), ("low_self_worth", "moderate"), ("relational_patterns", "moderate")];
        let answer = ask(&app, &json!({"problem_areas": areas(&neglect)}));
        assert_eq!(names(&answer)[0], "Integrator");
        let via: Vec<&str> = answer["results"][0]["problem_areas"].as_array().unwrap().iter()
            .flat_map(|area| area["via"].as_array().unwrap())
            .map(|via| via["modality"].as_str().unwrap())
            .collect();
        assert!(via.contains(&"cbt") && via.contains(&"psychodynamic"), "both are named as the reason");
    }

    /// Ticking every box gains nothing: the specialist comes first.
    fn a_specialist_before_one_who_ticks_every_box(app: App) {
        let catalog = app.anonymous().get("/v1/catalog/modalities?limit=100").json();
        let codes: Vec<&str> = catalog["items"].as_array().unwrap().iter()
            .filter(|modality| modality["directory_listable"] == true)
            .map(|modality| modality["code"].as_str().unwrap())
            .collect();
        let mut many: Vec<(&str, &str)> = codes.iter().filter(|code| **code != "erp").take(24).map(|code| (*code, "technique")).collect();
        many.push(("erp", "technique"));
        assert_eq!(many.len(), 25);
        add(&app, &therapist("Everything", &many, &["ocd"]));
        add(&app, &therapist("Specialist", &[("erp", "foundation"), ("cbt", "technique")], &["ocd"]));
        let answer = ask(&app, &json!({"problem_areas": areas(&[("ocd", "severe")])}));
        assert_eq!(names(&answer), ["Specialist", "Everything"]);
    }

    /// PTSD: EMDR, prolonged exposure or CPT before somatic work alone before none of them.
    fn trauma_treatments_in_the_order_of_the_evidence(app: App) {
        for (name, code) in [("Emdr", "emdr"), ("Exposure", "prolonged_exposure"), ("Cpt", "cpt"),
            ("Somatic", "somatic_experiencing"), ("Neither", "gottman")] {
            add(&app, &therapist(name, &[(code, "foundation")], &["ptsd"]));
        }
        let answer = ask(&app, &json!({"problem_areas": areas(&[("ptsd", "severe")])}));
        for name in ["Emdr", "Exposure", "Cpt"] {
            assert!(position(&answer, name) < position(&answer, "Somatic"), "{name}: {:?}", names(&answer));
        }
        assert_eq!(names(&answer)[3..], ["Somatic", "Neither"]);
        let via = &answer["results"][0]["problem_areas"][0]["via"][0];
        assert_eq!(via["grade"], "strong");
        assert!(!via["sources"].as_array().unwrap().is_empty(), "says what it rests on");
    }

    /// Self-harm: DBT first, and help before anything else.
    fn self_harm_shows_help_and_dbt_first(app: App) {
        for (name, code) in [("Dbt", "dbt"), ("Cbt", "cbt"), ("Dynamic", "psychodynamic"), ("Art", "art_therapy")] {
            add(&app, &therapist(name, &[(code, "foundation")], &["self_harm"]));
        }
        let request = json!({"problem_areas": areas(&[("self_harm", "severe")]), "constraints": {"jurisdiction": "US-CA"}});
        let answer = app.anonymous().post("/v1/matches", &request).expect(200);
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert!(text.starts_with("{\"safety\":{"), "help comes first");
        let answer = answer.json();
        assert_eq!(names(&answer)[0], "Dbt");
        assert_eq!(answer["results"].as_array().unwrap().len(), 4, "help removes nobody");
        let safety = &answer["safety"];
        assert_eq!((&safety["level"], &safety["reasons"]), (&json!("acute"), &json!(["self_harm"])));
        assert_eq!(safety["resources"][0]["phone"], "911", "the jurisdiction's country");
        assert_eq!(safety["resources"][1]["phone"], "988");
        assert_eq!(safety["resources"][0]["verify_before_deployment"], true);
        let plan = &answer["plan"]["phases"][0];
        assert_eq!((&plan["phase"], &plan["modalities"][0]["code"]), (&json!("stabilization"), &json!("dbt")));
    }

    /// OCD: exposure with response prevention, and the plan says so.
    fn ocd_asks_for_response_prevention(app: App) {
        for (name, modalities) in [
            ("Erp", vec![("erp", "foundation"), ("cbt", "technique")]),
            ("ErpAlone", vec![("erp", "foundation")]),
            ("Act", vec![("act", "foundation")]),
            ("Dynamic", vec![("psychodynamic", "foundation")]),
        ] {
            add(&app, &therapist(name, &modalities, &["ocd"]));
        }
        let answer = ask(&app, &json!({"problem_areas": areas(&[("ocd", "moderate")])}));
        assert_eq!(names(&answer), ["Erp", "ErpAlone", "Act", "Dynamic"]);
        assert_eq!(answer["results"][0]["problem_areas"][0]["via"][0]["modality"], "erp");
        let recommended: Vec<&Value> = answer["plan"]["phases"].as_array().unwrap().iter()
            .flat_map(|phase| phase["modalities"].as_array().unwrap())
            .map(|modality| &modality["code"])
            .collect();
        assert_eq!(recommended[0], "erp");
    }

    /// Insight is there but the body keeps reacting: somatic work or EMDR beside talking.
    fn stuck_in_the_body_asks_for_more_than_talk(app: App) {
        add(&app, &therapist("TalkAndBody", &[("psychodynamic", "foundation"), ("somatic_experiencing", "technique")], &["somatic_stuckness"]));
        add(&app, &therapist("TalkAndEmdr", &[("psychodynamic", "foundation"), ("emdr", "technique")], &["somatic_stuckness"]));
        add(&app, &therapist("TalkOnly", &[("psychodynamic", "foundation")], &["somatic_stuckness"]));
        let answer = ask(&app, &json!({"problem_areas": areas(&[("somatic_stuckness", "moderate")])}));
        assert_eq!(names(&answer)[2], "TalkOnly");
    }

    fn another_constraint_never_adds_results(app: App) {
        for (name, extra) in [
            ("A", json!({"gender": "woman", "insurance": ["aetna"], "availability": {"accepting": "accepting"}})),
            ("B", json!({"gender": "man", "age_groups": ["adult"], "availability": {"accepting": "not_accepting"}})),
            ("C", json!({"languages": ["es"], "fees": [{"amount": 30000, "currency": "USD"}]})),
            ("D", json!({"session_formats": ["in_person"], "locations": [{"country": "US", "region": "US-CA", "latitude": 34.05, "longitude": -118.24}]})),
            ("E", json!({"licenses": [{"jurisdiction": "US-NY", "status": "active"}], "confirmations": []})),
        ] {
            let mut profile = therapist(name, &[("cbt", "foundation")], &["panic"]);
            for (field, value) in extra.as_object().unwrap() {
                profile[field] = value.clone();
            }
            add(&app, &profile);
        }
        let constraints = json!({
            "jurisdiction": "US-CA", "near": {"latitude": 37.78, "longitude": -122.41, "radius_km": 25},
            "session_formats": ["video"], "age_group": "adult", "participants": "individual", "languages": ["en"],
            "max_fee": {"amount": 20000, "currency": "USD"}, "insurance": ["aetna"], "accepting": true,
            "times": ["weekday_evening"], "opening_within_days": 30, "confirmed_within_days": 90, "min_evidence_level": "certified"
        });
        let ids = |constraints: &Value| -> Vec<String> {
            let answer = ask(&app, &json!({"problem_areas": areas(&[("panic", "moderate")]), "constraints": constraints}));
            assert_eq!(answer["considered"], 5);
            assert_eq!(answer["eligible"], answer["results"].as_array().unwrap().len());
            names(&answer)
        };
        let all = ids(&json!({}));
        assert_eq!(all.len(), 5);
        for (first, value) in constraints.as_object().unwrap() {
            let one = ids(&json!({first: value}));
            assert!(one.iter().all(|name| all.contains(name)));
            for (second, other) in constraints.as_object().unwrap() {
                let two = ids(&json!({first: value, second: other}));
                assert!(two.iter().all(|name| one.contains(name)), "{first} and {second}");
            }
        }
    }

    /// What is acknowledged is seen by the next match: created, changed, unpublished, deleted.
    fn a_write_is_seen_by_the_next_match(app: App) {
        let request = json!({"problem_areas": areas(&[("panic", "moderate")])});
        let id = add(&app, &therapist("One", &[("cbt", "foundation")], &["panic"]));
        let path = format!("/v1/therapists/{id}");
        let first = ask(&app, &request);
        assert_eq!(names(&first), ["One"]);
        app.writer().patch(&path, &json!({"name": {"given": "Other"}})).expect(200);
        let second = ask(&app, &request);
        assert_eq!(names(&second), ["Other"]);
        assert!(second["directory_revision"].as_i64() > first["directory_revision"].as_i64());
        app.writer().patch(&path, &json!({"status": "suspended"})).expect(200);
        assert_eq!(ask(&app, &request)["considered"], 0);
        assert_eq!(app.anonymous().post(&format!("{path}/match"), &request).problem(404), "not_found");
        app.writer().patch(&path, &json!({"status": "published"})).expect(200);
        assert_eq!(ask(&app, &request)["considered"], 1);
        app.writer().delete(&path).expect(204);
        assert_eq!(ask(&app, &request)["considered"], 0);
    }

    fn an_excluded_therapist_is_explained_too(app: App) {
        let id = add(&app, &therapist("One", &[("cbt", "foundation")], &["panic"]));
        let path = format!("/v1/therapists/{id}/match");
        let mut request = json!({"problem_areas": areas(&[("panic", "moderate")]),
            "constraints": {"jurisdiction": "US-NY", "languages": ["fr"], "accepting": true}});
        let answer = app.anonymous().post(&path, &request).expect(200).json();
        assert_eq!(answer["eligible"], false);
        let mut failed: Vec<&str> = answer["failed_constraints"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        failed.sort_unstable();
        assert_eq!(failed, ["accepting", "jurisdiction", "languages"]);
        let result = &answer["result"];
        assert!(result["score"].as_f64().unwrap() > 0.0, "scored all the same");
        assert_eq!((&result["rank"], &result["tier"]), (&Value::Null, &Value::Null));
        assert_eq!(result["therapist"]["id"], id.as_str());
        request["constraints"] = json!({});
        let answer = app.anonymous().post(&path, &request).expect(200).json();
        assert_eq!((&answer["eligible"], &answer["failed_constraints"]), (&json!(true), &json!([])));
    }

    /// The same request on the same directory gives the same bytes; another seed may order equals otherwise.
    fn the_same_question_gets_the_same_bytes(app: App) {
        for n in 0..12 {
            add(&app, &therapist(&format!("T{n}"), &[("cbt", "foundation")], &["panic"]));
        }
        let request = json!({"problem_areas": areas(&[("panic", "moderate")]), "seed": 1, "limit": 12});
        let first = app.anonymous().post("/v1/matches", &request).expect(200);
        let again = app.anonymous().post("/v1/matches", &request).expect(200);
        assert_eq!(first.body, again.body);
        let orders: std::collections::BTreeSet<Vec<String>> = (1..=5)
            .map(|seed| names(&ask(&app, &json!({"problem_areas": areas(&[("panic", "moderate")]), "seed": seed, "limit": 12}))))
            .collect();
        assert!(orders.len() > 1, "exposure rotates with the seed");
    }

    fn relaxations_tell_what_a_step_would_bring(app: App) {
        let mut near = therapist("Near", &[("cbt", "foundation")], &["panic"]);
        near["session_formats"] = json!(["in_person"]);
        near["locations"] = json!([{"country": "US", "region": "US-CA", "latitude": 37.79, "longitude": -122.4}]);
        let mut far = near.clone();
        far["external_id"] = json!("Far");
        far["name"]["given"] = json!("Far");
        // About 30 km south.
        far["locations"][0]["latitude"] = json!(37.52);
        add(&app, &near);
        add(&app, &far);
        let mut request = json!({"problem_areas": areas(&[("panic", "moderate")]),
            "constraints": {"near": {"latitude": 37.79, "longitude": -122.4, "radius_km": 25}}});
        let answer = ask(&app, &request);
        assert_eq!(names(&answer), ["Near"]);
        assert_eq!(answer["excluded"], json!({"near": 1}));
        let relaxation = &answer["relaxations"][0];
        assert_eq!((&relaxation["constraint"], &relaxation["admits"]), (&json!("near"), &json!(1)));
        assert_eq!(relaxation["smallest_step"], json!({"radius_km": 37.5, "admits": 1}));
        request["constraints"]["near"]["radius_km"] = json!(37.5);
        assert_eq!(ask(&app, &request)["eligible"], 2);
    }
}

#[test]
fn stale_profiles_are_marked_demoted_or_hidden() {
    for (mode, expected) in
        [("mark", vec!["Old", "New"]), ("demote", vec!["New", "Old"]), ("hide", vec!["New"])]
    {
        let app = App::with(Database::sqlite(), &["--stale", mode, "--public-read", "true"]);
        let mut old =
            therapist("Old", &[("cbt", "foundation"), ("exposure_therapy", "technique")], &["panic"]);
        old["email"] = json!("old@example.org");
        let mut new = therapist("New", &[("gottman", "foundation")], &[]);
        new["email"] = json!("new@example.org");
        for (profile, wait) in [(&old, 100), (&new, 0)] {
            let id = add(&app, profile);
            let confirmation = json!({"fields": ["contact", "licenses"], "method": "phone"});
            app.writer().post(&format!("/v1/therapists/{id}/confirmations"), &confirmation).expect(200);
            app.pass(chrono::Duration::days(wait));
        }
        let answer = ask(&app, &json!({"problem_areas": areas(&[("panic", "moderate")])}));
        assert_eq!(names(&answer), expected, "{mode}");
        let old = answer["results"].as_array().unwrap().iter().find(|r| r["therapist"]["stale"] == true);
        assert_eq!(old.is_some(), mode != "hide");
    }
}

#[test]
fn a_request_is_refused_with_every_fault() {
    let app = App::from(Database::sqlite());
    let request = json!({
        "problem_areas": [{"code": "ptsd"}, {"code": "ptsd"}, {"code": "ptds"}],
        "preferences": {"homework": {"value": "optional", "importance": "must"}, "modalities": [{"code": "cbd", "attitude": "prefer"}]},
        "constraints": {"jurisdiction": "US-XX", "near": {"latitude": 91, "longitude": 0, "radius_km": 5}, "session_formats": [],
            "languages": ["english"], "max_fee": {"amount": 1, "currency": "ABC"}},
        "limit": 101, "policy": "other", "country": "XX", "surprise": 1
    });
    let answer = app.anonymous().post("/v1/matches", &request).expect(422);
    let suggestions = answer.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|error| error["pointer"] == "/problem_areas/2/code")
        .unwrap()["suggestions"]
        .clone();
    assert_eq!(suggestions[0], "ptsd");
    let faults = answer.faults();
    for (pointer, code) in [
        ("", "unknown_field"),
        ("/constraints/jurisdiction", "invalid_jurisdiction"),
        ("/constraints/languages/0", "invalid_language"),
        ("/constraints/max_fee/currency", "invalid_currency"),
        ("/constraints/near/latitude", "too_large"),
        ("/constraints/session_formats", "too_few"),
        ("/country", "invalid_country"),
        ("/limit", "too_large"),
        ("/policy", "unknown_code"),
        ("/preferences/homework/importance", "must_not_allowed"),
        ("/preferences/modalities/0/code", "unknown_code"),
        ("/problem_areas/1/code", "duplicate"),
        ("/problem_areas/2/code", "unknown_code"),
    ] {
        assert!(faults.contains(&(pointer.to_owned(), code.to_owned())), "{pointer} {code} in {faults:?}");
    }
}
