//! Every filter, as a parameter and as a body, and what is wrong with one.

use chrono::Duration;
use serde_json::{Value, json};

use super::{add, found, posted};
use crate::{on_both_databases, support::app::App};

/// Every filter, as a query and as a body, that finds the first profile of the test alone.
fn filters() -> Vec<(&'static str, Value)> {
    vec![
        ("source=acme", json!({"source": ["acme"]})),
        ("external_id=A", json!({"external_id": ["A"]})),
        ("modalities=emdr&modalities=act", json!({"modalities": ["emdr", "act"]})),
        ("modality=emdr", json!({"modalities": ["emdr"]})),
        ("problem_areas=ptsd", json!({"problem_areas": ["ptsd"]})),
        ("problem_area=ptsd&problem_areas=grief", json!({"problem_areas": ["grief", "ptsd"]})),
        ("languages=es", json!({"languages": ["es-AR"]})),
        ("language=ES-mx", json!({"languages": ["ES"]})),
        ("session_formats=in_person", json!({"session_formats": ["in_person"]})),
        ("session_format=in_person&session_formats=chat", json!({"session_formats": ["chat", "in_person"]})),
        ("age_groups=older_adult", json!({"age_groups": ["older_adult"]})),
        ("participants=couple", json!({"participants": ["couple"]})),
        ("communities=lgbtq_affirming", json!({"communities": ["lgbtq_affirming"]})),
        ("insurance=aetna", json!({"insurance": ["aetna"]})),
        ("times=weekend", json!({"times": ["weekend"]})),
        ("jurisdiction=US-CA", json!({"jurisdiction": ["US-CA"]})),
        ("jurisdiction=US-AZ", json!({"jurisdiction": ["US-AZ"]})),
        ("remote_jurisdictions=US-AZ", json!({"remote_jurisdictions": ["US-AZ"]})),
        ("credentials=phd", json!({"credentials": ["PH.D"]})),
        ("gender=nonbinary&gender=man", json!({"gender": ["man", "nonbinary"]})),
        ("profession=psychologist", json!({"profession": ["psychologist"]})),
        ("accepting=accepting", json!({"accepting": ["accepting"]})),
        (
            "integration_style=assimilative_integration",
            json!({"integration_style": ["assimilative_integration"]}),
        ),
        ("homework=optional", json!({"homework": ["optional"]})),
        ("measures_progress=true", json!({"measures_progress": true})),
        ("country=US", json!({"country": ["US"]})),
        ("region=US-CA", json!({"region": ["US-CA"]})),
        ("city=san%20jose", json!({"city": ["SAN JOSÉ"]})),
        ("wheelchair_accessible=true", json!({"wheelchair_accessible": true})),
        ("sliding_scale=true", json!({"sliding_scale": true})),
        ("free_consultation=true", json!({"free_consultation": true})),
        ("max_fee=15000&currency=USD", json!({"max_fee": 15000, "currency": "USD"})),
        (
            "max_fee=18000&currency=USD&participants=couple",
            json!({"max_fee": 18000, "currency": "USD", "participants": ["couple"]}),
        ),
        ("opening_within_days=9", json!({"opening_within_days": 9})),
        ("confirmed_within_days=0", json!({"confirmed_within_days": 0})),
        ("answered_questions=when_stuck", json!({"answered_questions": ["when_stuck"]})),
        (
            "near=37.3,-121.9&radius_km=20",
            json!({"near": {"latitude": 37.3, "longitude": -121.9, "radius_km": 20}}),
        ),
    ]
}

on_both_databases! {
    fn every_filter_finds_its_own(app: App) {
        let id = add(&app, "A", &json!({
            "source": "acme", "modalities": [{"code": "emdr"}], "problem_areas": [{"code": "ptsd"}], "languages": ["es-MX"],
            "session_formats": ["in_person"], "age_groups": ["older_adult"], "participants": ["couple"],
            "communities": ["lgbtq_affirming"], "insurance": ["aetna"],
            "licenses": [{"jurisdiction": "US-CA", "status": "active", "expires_on": "2026-11-22"}],
            "remote_jurisdictions": ["US-AZ"], "credentials": ["Ph.D."], "gender": "nonbinary", "profession": "psychologist",
            "integration_style": "assimilative_integration", "homework": "optional", "measures_progress": true,
            "locations": [{"city": "San José", "region": "US-CA", "country": "US", "latitude": 37.33, "longitude": -121.89, "wheelchair_accessible": true}],
            "sliding_scale": {"offered": true}, "free_consultation": {"offered": true},
            "fees": [{"participants": "individual", "amount": 15000, "currency": "USD"}, {"participants": "couple", "amount": 18000, "currency": "USD"}],
            "availability": {"accepting": "accepting", "next_opening_on": "2026-12-01", "times": ["weekend"]},
            "consultation_answers": [{"question": "when_stuck", "text": "We look at it together."}]
        }));
        let fields = json!({"fields": ["licenses", "locations", "availability"], "method": "phone"});
        app.writer().post(&format!("/v1/therapists/{id}/confirmations"), &fields).expect(200);
        add(&app, "B", &json!({
            "modalities": [{"code": "cbt"}], "measures_progress": false, "sliding_scale": {"offered": false}, "gender": "woman",
            "licenses": [{"jurisdiction": "US-CA", "status": "active", "expires_on": "2026-11-21"}],
            "locations": [{"country": "GB", "latitude": 51.5, "longitude": -0.1, "wheelchair_accessible": false}],
            "fees": [{"participants": "individual", "amount": 15001, "currency": "USD"}, {"amount": 1, "currency": "EUR"}],
            "availability": {"accepting": "not_accepting", "next_opening_on": "2026-12-02"}
        }));
        add(&app, "C", &json!({}));
        let reader = app.anonymous();
        for (query, body) in filters() {
            assert_eq!(found(&reader, query), ["A"], "{query}");
            assert_eq!(posted(&reader, &body), ["A"], "{body}");
        }
        for (query, expected) in [
            ("measures_progress=false", vec!["B"]),
            ("wheelchair_accessible=false", vec!["B"]),
            ("sliding_scale=false", vec!["B"]),
            ("free_consultation=false", vec![]),
            ("max_fee=15001&currency=USD", vec!["A", "B"]),
            ("max_fee=1&currency=EUR", vec!["B"]),
            ("max_fee=1&currency=GBP", vec![]),
            ("opening_within_days=10", vec!["A", "B"]),
            ("due_for_confirmation=true", vec!["B", "C"]),
            ("due_for_confirmation=false", vec!["A", "B", "C"]),
            ("modalities=emdr&modality=cbt", vec!["A", "B"]),
            ("modalities=emdr&gender=woman", vec![]),
            ("source=acme&source=lists", vec!["A", "B", "C"]),
            ("answered_questions=nobody_asked", vec![]),
            ("near=51.5,-0.1&radius_km=1", vec!["B"]),
        ] {
            assert_eq!(found(&reader, query), expected, "{query}");
        }
        // Tomorrow the licence has ended, and the remote right has not.
        app.pass(Duration::days(1));
        assert_eq!(found(&reader, "jurisdiction=US-CA"), Vec::<String>::new());
        assert_eq!(found(&reader, "jurisdiction=US-AZ"), ["A"]);
        assert_eq!(found(&reader, "opening_within_days=8"), ["A"]);
    }

    fn a_wrong_search_names_every_fault(app: App) {
        let long = format!("/v1/therapists?q={}", "x".repeat(201));
        let words = format!("/v1/therapists?q={}", ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"].join("+"));
        for (path, expected) in [
            (long.as_str(), vec![("/q", "too_long")]),
            (words.as_str(), vec![("/q", "too_many")]),
            ("/v1/therapists?q=%01", vec![("/q", "control_character")]),
            ("/v1/therapists?q=!!", vec![("/q", "invalid_value")]),
            ("/v1/therapists?sort=relevance", vec![("/sort", "inconsistent")]),
            ("/v1/therapists?sort=-distance&q=a", vec![("/sort", "inconsistent")]),
            ("/v1/therapists?sort=name", vec![("/sort", "invalid_choice")]),
            ("/v1/therapists?near=here", vec![("/near", "invalid_format")]),
            ("/v1/therapists?near=91,0&radius_km=0", vec![("/radius_km", "too_small")]),
            ("/v1/therapists?near=91,0", vec![("/near", "invalid_format")]),
            ("/v1/therapists?radius_km=5", vec![("/near", "required")]),
            ("/v1/therapists?max_fee=5", vec![("/currency", "required")]),
            ("/v1/therapists?currency=USD", vec![("/max_fee", "required")]),
            ("/v1/therapists?max_fee=5&currency=usd", vec![("/currency", "invalid_currency")]),
            ("/v1/therapists?facets=modality,nothing", vec![("/facets", "invalid_choice"), ("/facets", "invalid_choice")]),
            ("/v1/therapists?modalities=cbd&modality=cbd", vec![("/modalities", "unknown_code"), ("/modality", "unknown_code")]),
            ("/v1/therapists?communities=everybody&integration_style=none",
                vec![("/communities", "unknown_code"), ("/integration_style", "unknown_code")]),
            ("/v1/therapists?country=USA&region=California&insurance=A&remote_jurisdictions=x",
                vec![("/insurance", "invalid_format"), ("/remote_jurisdictions", "invalid_jurisdiction"), ("/country", "invalid_country"), ("/region", "invalid_jurisdiction")]),
            ("/v1/therapists?opening_within_days=366&confirmed_within_days=-1",
                vec![("/confirmed_within_days", "too_small"), ("/opening_within_days", "too_large")]),
            ("/v1/therapists?wheelchair_accessible=yes&times=noon&modalty=cbt",
                vec![("/modalty", "unknown_parameter"), ("/times/0", "invalid_choice"), ("/wheelchair_accessible", "invalid_type")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(pointer, code)| (pointer.to_owned(), code.to_owned())).collect();
            assert_eq!(app.anonymous().get(path).faults(), expected, "{path}");
        }
        let answer = app.anonymous().get("/v1/therapists?facets=modality").json();
        assert_eq!(answer["errors"][0]["suggestions"][0], "modalities");
        let body = json!({
            "modalities": ["cbt", "cbd"], "modality": ["cbt"], "near": {"latitude": 91, "longitude": 0, "radius": 3}, "sort": "distance",
            "facets": ["modalities", "name"], "limit": 0, "languages": "es", "q": "a\u{1}", "currency": "USD", "cursor": "x"
        });
        let faults = app.anonymous().post("/v1/therapists/search", &body).expect(422).faults();
        for expected in [
            ("/modalities/1", "unknown_code"), ("/modality", "unknown_field"), ("/near/latitude", "too_large"),
            ("/near/radius", "unknown_field"), ("/facets/1", "invalid_choice"), ("/limit", "too_small"),
            ("/languages", "invalid_type"), ("/q", "control_character"), ("/max_fee", "required"),
        ] {
            assert!(faults.contains(&(expected.0.to_owned(), expected.1.to_owned())), "{expected:?} of {faults:?}");
        }
        let cursor = app.anonymous().post("/v1/therapists/search", &json!({"cursor": "x"})).expect(422).faults();
        assert_eq!(cursor, [("/cursor".to_owned(), "invalid_cursor".to_owned())]);
    }

    fn the_body_is_a_route_of_its_own(app: App) {
        let path = "/v1/therapists/search";
        assert_eq!(app.anonymous().send("POST", path, "text/plain", b"{}").problem(415), "unsupported_media_type");
        let answer = app.anonymous().get(path).expect(405);
        assert_eq!(answer.header("allow"), "OPTIONS, POST");
        assert_eq!(app.anonymous().send("POST", path, "application/json", b"{").problem(400), "malformed_json");
        let found = app.anonymous().post(path, &json!({})).expect(200);
        assert_eq!(found.header("cache-control"), app.anonymous().get("/v1/therapists").header("cache-control"));
        let head = app.anonymous().send("HEAD", "/v1/therapists?q=a", "", b"").expect(200);
        assert_eq!((head.header("content-type"), head.body.len()), ("application/json", 0));
        assert_eq!(app.anonymous().post(path, &json!({"status": ["draft"]})).problem(401), "unauthorized");
        assert_eq!(app.anonymous().get("/v1/therapists?status=draft").problem(401), "unauthorized");
        assert_eq!(app.writer().post(path, &json!({"status": ["draft"]})).expect(200).json()["total"], 0);
    }
}
