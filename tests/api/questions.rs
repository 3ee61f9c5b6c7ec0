//! Question sets: published once, never changed; and analyses of answers, of which nothing is kept.

use serde_json::{Value, json};
use tailor::auth::scope::Scope;

use crate::{
    on_both_databases,
    support::app::{Answer, App, Client, now},
};

const PATH: &str = "/v1/consultation/question-sets";
const ANALYSES: &str = "/v1/consultation/analyses";

fn admin(app: &App) -> Client<'_> {
    app.with_scopes(&[Scope::Admin])
}

/// A sound set, without a version.
fn set(code: &str) -> Value {
    let mut set: Value = serde_json::from_str(include_str!("../../src/catalog/question_set.json")).unwrap();
    set["code"] = json!(code);
    set
}

fn versions(list: &Value) -> Vec<(String, u64)> {
    let version =
        |item: &Value| (item["code"].as_str().unwrap().to_owned(), item["version"].as_u64().unwrap());
    list["items"].as_array().unwrap().iter().map(version).collect()
}

fn analyze(app: &App, question: &str, text: &str, set: Option<(&str, u32)>) -> Answer {
    let mut asked = json!({"question": question, "text": text});
    if let Some((code, version)) = set {
        asked["question_set"] = json!({"code": code, "version": version});
    }
    app.anonymous().post(ANALYSES, &asked)
}

fn sorted(mut faults: Vec<(String, String)>) -> Vec<(String, String)> {
    faults.sort();
    faults
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
}

on_both_databases! {
    fn a_version_is_published_and_read_by_anybody(app: App) {
        let published = admin(&app).post(PATH, &set("my-clinic")).expect(201);
        let (path, tag) = (published.header("location").to_owned(), published.header("etag").to_owned());
        assert_eq!(path, format!("{PATH}/my-clinic/versions/1"));
        let mut expected = set("my-clinic");
        expected["version"] = json!(1);
        expected["published_at"] = json!("2026-11-22T12:00:00Z");
        assert_eq!(published.json(), expected);
        let anybody = app.anonymous();
        let read = anybody.get(&path).expect(200);
        assert_eq!((read.json(), read.header("etag")), (expected.clone(), tag.as_str()));
        anybody.with("If-None-Match", &tag).get(&path).expect(304);
        // What was read can be changed and sent back as the next version.
        app.pass(chrono::Duration::minutes(1));
        let mut next = expected.clone();
        next["version"] = json!(2);
        next["about"] = json!("Shorter.");
        let second = admin(&app).post(PATH, &next).expect(201);
        next["published_at"] = json!("2026-11-22T12:01:00Z");
        assert_eq!(second.json(), next);
        assert_ne!(second.header("etag"), tag);
        assert_eq!(anybody.get(&path).expect(200).json(), expected, "a published version stays");
        let newest = anybody.get(&format!("{PATH}/my-clinic")).expect(200);
        assert_eq!((newest.json(), newest.header("etag")), (next, second.header("etag")));
        anybody.with("If-None-Match", second.header("etag")).get(&format!("{PATH}/my-clinic")).expect(304);
        for unknown in ["my-clinic/versions/3", "my-clinic/versions/0", "my-clinic/versions/-1", "my-clinic/versions/x",
            "my-clinic/versions/99999999999", "my-clinic/versions/4294967295", "other/versions/1", "other", "MY-CLINIC"] {
            assert_eq!(anybody.get(&format!("{PATH}/{unknown}")).problem(404), "not_found", "{unknown}");
        }
    }

    fn the_catalogs_own_set_is_there_and_nobody_elses(app: App) {
        let own = app.anonymous().get(&format!("{PATH}/integrative-core")).expect(200).json();
        assert_eq!(app.anonymous().get(&format!("{PATH}/integrative-core/versions/1")).expect(200).json(), own);
        assert_eq!((&own["version"], &own["published_at"]), (&json!(1), &Value::Null));
        assert_eq!(codes(&own["questions"]), ["approaches_and_selection", "role_of_relationship", "when_stuck"]);
        assert_eq!(own["questions"][0]["signals"][7]["ask"], "How do you involve me in choosing?");
        for question in own["questions"].as_array().unwrap() {
            for signal in question["signals"].as_array().unwrap() {
                assert_eq!(signal["positive"], signal["ask"].is_string(), "{signal}");
            }
        }
        assert!(own.get("notice").is_none());
        // As it is, its rules hold; its name is taken.
        let expected = [("/code".to_owned(), "invalid_value".to_owned())];
        assert_eq!(admin(&app).post(PATH, &own).faults(), expected);
        let mut copy = own;
        copy["code"] = json!("integrative-core-copy");
        admin(&app).post(PATH, &copy).expect(201);
    }

    fn a_version_is_the_next_one_or_refused(app: App) {
        let numbered = |version: u64| {
            let mut set = set("my-clinic");
            set["version"] = json!(version);
            admin(&app).post(PATH, &set)
        };
        assert_eq!(numbered(2).problem(409), "conflict");
        numbered(1).expect(201);
        assert_eq!(numbered(1).problem(409), "conflict");
        assert_eq!(numbered(3).problem(409), "conflict");
        assert_eq!(numbered(u64::from(u32::MAX)).problem(409), "conflict");
        assert_eq!(numbered(0).faults(), [("/version".to_owned(), "too_small".to_owned())]);
        assert_eq!(numbered(2).expect(201).json()["version"], 2);
        assert_eq!(admin(&app).post(PATH, &set("my-clinic")).expect(201).json()["version"], 3);
    }

    fn a_version_cannot_be_changed_or_removed(app: App) {
        let path = admin(&app).post(PATH, &set("my-clinic")).expect(201).header("location").to_owned();
        let before = app.anonymous().get(&path).expect(200).json();
        for path in [path.as_str(), &format!("{PATH}/my-clinic")] {
            let admin = admin(&app);
            for answer in [admin.put(path, &set("my-clinic")), admin.patch(path, &json!({"about": "x"})), admin.delete(path)] {
                assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
                assert_eq!(answer.problem(405), "method_not_allowed");
            }
        }
        assert_eq!(app.anonymous().get(&path).expect(200).json(), before);
    }

    fn only_administrators_publish(app: App) {
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Admin).collect();
        assert_eq!(app.with_scopes(&others).post(PATH, &set("my-clinic")).problem(403), "insufficient_scope");
        assert_eq!(app.anonymous().post(PATH, &set("my-clinic")).problem(401), "unauthorized");
        assert_eq!(app.anonymous().get(PATH).expect(200).json()["total"], 1);
    }

    fn the_list_is_walked_and_filtered(app: App) {
        for code in ["b", "a", "b", "my-clinic"] {
            admin(&app).post(PATH, &set(code)).expect(201);
        }
        let first = app.anonymous().get(&format!("{PATH}?limit=2")).expect(200);
        let of = |code: &str, version| (code.to_owned(), version);
        assert_eq!((versions(&first.json()), &first.json()["total"]), (vec![of("a", 1), of("b", 1)], &json!(5)));
        let path = first.header("link").strip_prefix('<').and_then(|link| link.split_once('>')).expect("a link").0.to_owned();
        // Published in front of the cursor or behind it: no version stands twice, none is missing.
        admin(&app).post(PATH, &set("a")).expect(201);
        let next = app.anonymous().get(&path).expect(200).json();
        assert_eq!(versions(&next), [of("b", 2), of("integrative-core", 1)]);
        let last = app.anonymous().get(&format!("{PATH}?limit=2&cursor={}", next["next_cursor"].as_str().unwrap())).expect(200).json();
        assert_eq!((versions(&last), &last["next_cursor"]), (vec![of("my-clinic", 1)], &Value::Null));
        let found = app.anonymous().get(&format!("{PATH}?code=b")).expect(200).json();
        assert_eq!((versions(&found), &found["total"]), (vec![of("b", 1), of("b", 2)], &json!(2)));
        assert_eq!(app.anonymous().get(&format!("{PATH}?code=c")).expect(200).json()["items"], json!([]));
        let faults = app.anonymous().get(&format!("{PATH}?limit=101&code=&version=1&cursor=x")).faults();
        let expected = [("/code", "too_short"), ("/cursor", "invalid_cursor"), ("/limit", "too_large"), ("/version", "unknown_parameter")];
        assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    }

    fn every_fault_of_a_set_is_named_at_once(app: App) {
        let mut bad = set("My Clinic");
        bad["notice"] = json!("x");
        bad["weights_note"] = json!(" ");
        let question = &mut bad["questions"][0];
        question["code"] = json!("first-step");
        question["wordings"] = json!(["Why?", "Why?", ""]);
        question["purpose"] = json!("");
        let signal = &mut question["signals"][0];
        signal["weight"] = json!(1.5);
        signal["ask"] = Value::Null;
        signal["cue_phrases"] = json!(["The first step is", "we begin with", "we begin with", ""]);
        let signal = &mut question["signals"][1];
        signal["code"] = json!("names_a_first_step");
        signal["weight"] = json!(1);
        let fields = &mut question["answer_fields"];
        fields[0]["field"] = json!("text");
        fields[0]["vocabulary"] = json!("colours");
        fields[1]["values"] = json!(["slow", "slow", "Fast"]);
        fields[2]["minimum"] = json!(60);
        fields[3]["max_length"] = json!(8001);
        fields.as_array_mut().unwrap().push(json!({"field": "tempo", "type": "boolean", "description": "x", "max_length": 3}));
        let found = admin(&app).post(PATH, &bad).faults();
        let mut expected: Vec<(String, String)> = [
            ("/code", "invalid_format"),
            ("/notice", "unknown_field"),
            ("/weights_note", "too_short"),
            ("/questions/0/code", "invalid_format"),
            ("/questions/0/wordings/1", "duplicate"),
            ("/questions/0/wordings/2", "too_short"),
            ("/questions/0/purpose", "too_short"),
            ("/questions/0/signals/0/weight", "too_large"),
            ("/questions/0/signals/0/ask", "required"),
            ("/questions/0/signals/0/cue_phrases/0", "invalid_format"),
            ("/questions/0/signals/0/cue_phrases/2", "duplicate"),
            ("/questions/0/signals/0/cue_phrases/3", "too_short"),
            ("/questions/0/signals/1", "inconsistent"),
            ("/questions/0/signals/1/code", "duplicate"),
            ("/questions/0/answer_fields/0/field", "invalid_value"),
            ("/questions/0/answer_fields/0/vocabulary", "invalid_choice"),
            ("/questions/0/answer_fields/1/values/1", "duplicate"),
            ("/questions/0/answer_fields/1/values/2", "invalid_format"),
            ("/questions/0/answer_fields/2", "inconsistent"),
            ("/questions/0/answer_fields/3/max_length", "too_large"),
            ("/questions/0/answer_fields/4", "inconsistent"),
            ("/questions/0/answer_fields/4/field", "duplicate"),
        ]
        .map(|(at, code)| (at.to_owned(), code.to_owned()))
        .to_vec();
        let mut found_sorted = found;
        found_sorted.sort();
        expected.sort();
        assert_eq!(found_sorted, expected);
        let nothing = admin(&app).post(PATH, &json!({})).faults();
        assert_eq!(nothing.len(), 3, "{nothing:?}");
        assert_eq!(app.anonymous().get(PATH).expect(200).json()["total"], 1, "nothing was published");
    }

    /// What contradicts something readable is named beside what cannot be read.
    fn contradictions_are_named_beside_what_is_missing(app: App) {
        let mut bad = set("my-clinic");
        let question = &mut bad["questions"][0];
        let signal = question["signals"][0].as_object_mut().unwrap();
        signal.remove("label");
        signal.insert("weight".to_owned(), json!(-0.5));
        // Of a weight nothing is said where it is not known which sign it needs.
        question["signals"][1].as_object_mut().unwrap().remove("positive");
        let field = question["answer_fields"][2].as_object_mut().unwrap();
        field.remove("description");
        field.insert("minimum".to_owned(), json!(60));
        let expected = [
            ("/questions/0/answer_fields/2", "inconsistent"), ("/questions/0/answer_fields/2/description", "required"),
            ("/questions/0/signals/0", "inconsistent"), ("/questions/0/signals/0/label", "required"),
            ("/questions/0/signals/1/positive", "required"),
        ];
        assert_eq!(sorted(admin(&app).post(PATH, &bad).faults()), expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    }

    fn a_cue_phrase_that_is_too_long_is_one_fault(app: App) {
        let mut bad = set("my-clinic");
        bad["questions"][0]["signals"][0]["cue_phrases"][0] = json!("a".repeat(501));
        let expected = ("/questions/0/signals/0/cue_phrases/0".to_owned(), "too_long".to_owned());
        assert_eq!(admin(&app).post(PATH, &bad).faults(), [expected]);
    }

    fn what_only_the_catalogs_own_set_says_may_be_left_out(app: App) {
        let mut own = set("my-clinic");
        own.as_object_mut().unwrap().remove("weights_note");
        assert!(own["questions"][0]["signals"][0].get("in_source_article").is_none());
        let published = admin(&app).post(PATH, &own).expect(201).json();
        own["version"] = json!(1);
        own["published_at"] = published["published_at"].clone();
        assert_eq!(published, own);
    }

    fn the_list_is_short_and_says_where_the_rest_is(app: App) {
        let published = admin(&app).post(PATH, &set("my-clinic")).expect(201).json();
        let answer = app.anonymous().get(PATH).expect(200);
        assert!(answer.body.len() < 2_000, "{}", answer.body.len());
        let own = &answer.json()["items"][1];
        let questions = published["questions"].as_array().unwrap();
        let signals: usize = questions.iter().map(|question| question["signals"].as_array().unwrap().len()).sum();
        let expected = json!({
            "code": "my-clinic", "version": 1, "about": published["about"], "published_at": published["published_at"],
            "question_count": questions.len(), "signal_count": signals, "links": {"self": format!("{PATH}/my-clinic/versions/1")},
        });
        assert_eq!(*own, expected);
        let path = own["links"]["self"].as_str().unwrap();
        assert_eq!(app.anonymous().get(path).expect(200).json(), published);
    }

    fn every_fault_of_an_analysis_is_named(app: App) {
        let asked = json!({"question": "when_stuck", "text": 7, "question_set": {"code": "nobody", "version": 1}, "note": 1});
        let expected = [("", "unknown_field"), ("/question_set", "unknown_code"), ("/text", "invalid_type")];
        assert_eq!(app.anonymous().post(ANALYSES, &asked).faults(), expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    }

    fn an_idempotency_key_makes_one_version(app: App) {
        let keyed = |code: &str| admin(&app).with("Idempotency-Key", "key-1").post(PATH, &set(code));
        let first = keyed("my-clinic").expect(201);
        admin(&app).post(PATH, &set("my-clinic")).expect(201);
        app.pass(chrono::Duration::hours(1));
        let again = keyed("my-clinic").expect(201);
        assert_eq!((again.json(), again.header("location"), again.header("etag")), (first.json(), first.header("location"), first.header("etag")));
        assert_eq!(keyed("other").problem(422), "idempotency_key_reused");
        assert_eq!(app.anonymous().get(&format!("{PATH}?code=my-clinic")).expect(200).json()["total"], 2);
        app.pass(chrono::Duration::hours(24));
        assert_eq!(keyed("my-clinic").expect(201).json()["version"], 3);
    }

    /// Of publishers at once each gets a version of its own, or hears that its number is taken.
    fn publishers_at_once_lose_no_version(app: App) {
        let publish = |body: Value, key: Option<&str>| {
            let client = admin(&app);
            let client = key.map_or(client.clone(), |key| client.with("Idempotency-Key", key));
            let answer = client.post(PATH, &body);
            (answer.status, answer.header("location").to_owned())
        };
        let at_once = |body: &Value, key: Option<&str>| -> Vec<(u16, String)> {
            std::thread::scope(|scope| {
                let requests: Vec<_> = (0..8).map(|_| scope.spawn(|| publish(body.clone(), key))).collect();
                requests.into_iter().map(|request| request.join().expect("an answer")).collect()
            })
        };
        let mut all = at_once(&set("my-clinic"), None);
        all.sort();
        let mut expected: Vec<_> = (1..=8).map(|n| (201, format!("{PATH}/my-clinic/versions/{n}"))).collect();
        expected.sort();
        assert_eq!(all, expected);
        let mut ninth = set("my-clinic");
        ninth["version"] = json!(9);
        let statuses: Vec<u16> = at_once(&ninth, None).into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
        let same = at_once(&set("other"), Some("one-key"));
        assert!(same.iter().all(|answer| *answer == (201, format!("{PATH}/other/versions/1"))), "{same:?}");
        assert_eq!(app.anonymous().get(PATH).expect(200).json()["total"], 11);
    }

    /// Also what another node published is known where somebody names it, and after a restart.
    fn nodes_learn_of_each_others_sets(app: App) {
        let other = App::from(app.database.shared());
        let text = "The first step is to sleep.";
        let named = Some(("my-clinic", 1));
        assert_eq!(analyze(&other, "first_step", text, named).faults(), [("/question_set".to_owned(), "unknown_code".to_owned())]);
        let published = admin(&app).post(PATH, &set("my-clinic")).expect(201).json();
        assert_eq!(codes(&analyze(&app, "first_step", text, named).expect(200).json()["signals"]), ["names_a_first_step"]);
        assert_eq!(codes(&analyze(&other, "first_step", text, named).expect(200).json()["signals"]), ["names_a_first_step"]);
        admin(&app).post(PATH, &set("my-clinic")).expect(201);
        assert_eq!(other.anonymous().get(&format!("{PATH}/my-clinic")).expect(200).json()["version"], 2);
        admin(&app).post(PATH, &set("my-clinic")).expect(201);
        assert_eq!(other.anonymous().get(&format!("{PATH}/my-clinic/versions/3")).expect(200).json()["version"], 3);
        admin(&app).post(PATH, &set("my-clinic")).expect(201);
        assert_eq!(other.anonymous().get(PATH).expect(200).json()["total"], 5);
        assert_eq!(admin(&other).post(PATH, &set("my-clinic")).expect(201).json()["version"], 5);
        let restarted = App::from(app.database.shared());
        let sets = restarted.assembly.foundation.questions.sets();
        assert_eq!(sets.iter().count(), 6, "what is published is loaded at start");
        let first = restarted.anonymous().get(&format!("{PATH}/my-clinic/versions/1")).expect(200).json();
        assert_eq!(first, published);
    }

    fn an_analysis_names_signals_and_what_is_missing(app: App) {
        let text = "Ähm – we decide together, and between sessions you practise.";
        let answer = analyze(&app, "approaches_and_selection", text, None).expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let analysis = answer.json();
        assert_eq!((&analysis["question_set"], &analysis["question"]), (&json!({"code": "integrative-core", "version": 1}), &json!("approaches_and_selection")));
        assert_eq!(analysis["not_medical_advice"], true);
        let shown = codes(&analysis["signals"]);
        assert!(shown.contains(&"shared_choice") && shown.contains(&"practical_skills_homework"), "{shown:?}");
        for signal in analysis["signals"].as_array().unwrap() {
            assert_eq!(signal["basis"], "text");
            let place = |name: &str| usize::try_from(signal[name].as_u64().unwrap()).unwrap();
            let quote: String = text.chars().skip(place("start")).take(place("end") - place("start")).collect();
            assert_eq!(signal["quote"], json!(quote));
        }
        let coverage = analysis["coverage"].as_f64().unwrap();
        assert!(coverage > 0.0 && coverage < 1.0);
        let missing = codes(&analysis["missing"]);
        assert!(shown.iter().all(|code| !missing.contains(code)), "{missing:?}");
        assert_eq!(analysis["missing"][0]["code"], "connects_theory_to_issue");
        assert_eq!(analysis["missing"][0]["ask"], "Which method would you use for what brings me here?");
        let named = analyze(&app, "approaches_and_selection", text, Some(("integrative-core", 1))).expect(200).json();
        assert_eq!(named, analysis);
        let nothing = analyze(&app, "when_stuck", "", None).expect(200).json();
        assert_eq!((&nothing["signals"], &nothing["coverage"], nothing["missing"].as_array().unwrap().len()), (&json!([]), &json!(0.0), 11));
        assert_eq!(nothing["read"], true);
        let german = "Wenn es nicht weitergeht, spreche ich das offen an, und wir schauen gemeinsam auf die Ziele.";
        let unread = analyze(&app, "when_stuck", german, None).expect(200).json();
        assert_eq!((&unread["read"], &unread["signals"], &unread["missing"]), (&json!(false), &json!([]), &json!([])));
        // Longer than what is read on the worker itself.
        let long = analyze(&app, "approaches_and_selection", &"We decide together. ".repeat(400), None).expect(200).json();
        assert!(codes(&long["signals"]).contains(&"shared_choice"), "{long}");
        let expected = |faults: &[(&str, &str)]| -> Vec<(String, String)> {
            faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
        };
        for (body, faults) in [
            (json!({}), expected(&[("/question", "required"), ("/text", "required")])),
            (json!({"question": "why", "text": ""}), expected(&[("/question", "unknown_code")])),
            (json!({"question": "why", "text": "x".repeat(8001)}), expected(&[("/question", "unknown_code"), ("/text", "too_long")])),
            (json!({"question": "when_stuck", "text": "", "secret": 1}), expected(&[("", "unknown_field")])),
            (json!({"question": "when_stuck", "text": "", "question_set": {"code": "x", "version": 1}}), expected(&[("/question_set", "unknown_code")])),
            (json!({"question": "when_stuck", "text": "", "question_set": {"code": "integrative-core", "version": 2}}), expected(&[("/question_set", "unknown_code")])),
            (json!({"question": "when_stuck", "text": "", "question_set": {"code": "integrative-core", "version": -1}}), expected(&[("/question_set/version", "too_small")])),
        ] {
            assert_eq!(app.anonymous().post(ANALYSES, &body).faults(), faults, "{body}");
        }
        let near = app.anonymous().post(ANALYSES, &json!({"question": "when_stuk", "text": ""})).expect(422).json();
        assert_eq!(near["errors"][0]["suggestions"], json!(["when_stuck"]));
    }

    fn analyses_want_the_scope_where_the_operator_says_so(app: App) {
        let closed = App::start(app.database.shared(), &["--public-read", "false"], tailor::clock::Clock::fixed(now()));
        assert_eq!(analyze(&closed, "when_stuck", "", None).problem(401), "unauthorized");
        let asked = json!({"question": "when_stuck", "text": ""});
        closed.with_scopes(&[Scope::MatchRun]).post(ANALYSES, &asked).expect(200);
        assert_eq!(closed.with_scopes(&[Scope::DirectoryRead]).post(ANALYSES, &asked).problem(403), "insufficient_scope");
        closed.anonymous().get(PATH).expect(200);
    }
}
