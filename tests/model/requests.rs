//! From the API's request to needs: what a request means, and every fault at once.

use serde_json::{Value, json};
use tailor::{
    catalog::model::{Catalog, Grade, Phase},
    fault::Fault,
    matching::{
        index::Index,
        needs::{Needs, Preferences},
        rank::{Staleness, rank},
        request::MatchRequest,
    },
    vocabulary::{Explain, Importance, Order, PhasePolicy, Severity},
};

use crate::world;

fn catalog() -> Catalog {
    let mut catalog = world::catalog(
        ["cbt", "emdr", "psychodynamic"].map(|code| world::modality(code, [0.0; 3], [0.0; 5])).to_vec(),
        vec![
            world::area("generalized_anxiety", Phase::Action, 0.5, [0.0; 5]),
            world::area("ptsd", Phase::Stabilization, 0.9, [0.0; 5]),
            world::area("relational_patterns", Phase::Insight, 0.3, [0.0; 5]),
            world::area("social_anxiety", Phase::Action, 0.5, [0.0; 5]),
        ],
        vec![world::evidence("emdr", "ptsd", Grade::Strong)],
        Vec::new(),
    );
    catalog.communities = ["bipoc", "lgbtq_affirming"].map(world::community).to_vec();
    catalog
}

fn resolve(request: Value) -> Result<Needs, Vec<Fault>> {
    let request: MatchRequest = serde_json::from_value(request).expect("of the request's type");
    Needs::resolve(&request, &catalog(), &world::policy(), world::today())
}

/// The pointer and the code of each fault.
fn faults(request: Value) -> Vec<(String, &'static str)> {
    let faults = resolve(request).expect_err("faults");
    faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

/// The request of the contract.
fn whole() -> Value {
    json!({
        "problem_areas": [{"code": "relational_patterns", "severity": "moderate"}, {"code": "ptsd", "severity": "severe"}],
        "phase": null, "risk": null, "country": "US",
        "preferences": {
            "modalities": [{"code": "emdr", "attitude": "prefer", "importance": "strong"}],
            "genders": {"any_of": ["woman"], "importance": "nice"},
            "languages": {"any_of": ["es-MX"], "importance": "must"},
            "communities": {"any_of": ["lgbtq_affirming"], "importance": "strong"},
            "style": {"directiveness": 2, "importance": "nice"},
            "homework": {"value": "optional", "importance": "nice"}
        },
        "constraints": {
            "jurisdiction": "US-CA", "near": {"latitude": 37.78, "longitude": -122.41, "radius_km": 25},
            "session_formats": ["in_person", "video"], "age_group": "adult", "participants": "individual",
            "languages": ["en"], "max_fee": {"amount": 20000, "currency": "USD"}, "insurance": ["aetna"],
            "accepting": true, "times": ["weekday_evening"], "opening_within_days": 30,
            "confirmed_within_days": 90, "min_evidence_level": null
        },
        "exclude_ids": [], "order": "score", "limit": 20, "explain": "summary", "policy": "default", "seed": 7
    })
}

#[test]
fn the_whole_request_resolves() {
    let needs = resolve(whole()).unwrap();
    // In the order of the catalog.
    let areas: Vec<_> = needs.problem_areas.iter().map(|area| (area.problem_area, area.severity)).collect();
    assert_eq!(areas, [(1, Severity::Severe), (2, Severity::Moderate)]);
    assert_eq!(needs.preferences.languages.as_ref().unwrap().any_of, ["es"]);
    assert_eq!((needs.limit, needs.seed, needs.constraints.accepting), (20, 7, true));
    // What comes out of it is an answer, over whatever directory.
    let index: Index<()> = Index::new(std::sync::Arc::new(catalog()), world::policy());
    let ranking = serde_json::to_value(rank(&index, &needs, Staleness::Mark)).unwrap();
    assert_eq!(
        (&ranking["considered"], &ranking["excluded"], &ranking["results"]),
        (&json!(0), &json!({}), &json!([]))
    );
}

#[test]
fn what_a_request_leaves_out_has_a_default() {
    let needs = resolve(json!({"problem_areas": [{"code": "ptsd"}]})).unwrap();
    assert_eq!(needs.problem_areas[0].severity, Severity::Moderate);
    assert_eq!((needs.order, needs.explain, needs.limit), (Order::Score, Explain::Summary, 20));
    assert_eq!((needs.phase_policy, needs.seed), (PhasePolicy::Phased, 20_261_122));
    assert_eq!(needs.preferences, Preferences::default());
    let preferences = json!({"modalities": [{"code": "cbt", "attitude": "avoid"}]});
    let needs = resolve(json!({"problem_areas": [{"code": "ptsd"}], "preferences": preferences})).unwrap();
    assert_eq!(needs.preferences.modalities[0].importance, Importance::Nice);
}

#[test]
fn every_fault_is_named_at_once_and_nothing_is_echoed() {
    let request = json!({
        "problem_areas": [{"code": "zzsecret"}, {"code": "ptsd"}, {"code": "ptsd"}],
        "country": "zzsecret",
        "preferences": {
            "modalities": [{"code": "emdr", "attitude": "prefer"}, {"code": "emdr", "attitude": "avoid"},
                           {"code": "zzsecret", "attitude": "prefer"}],
            "genders": {"any_of": []},
            "languages": {"any_of": ["en", "zzsecret"]},
            "communities": {"any_of": ["zzsecret"]},
            "style": {"directiveness": 4, "importance": "must"},
            "homework": {"value": "none", "importance": "must"}
        },
        "constraints": {
            "jurisdiction": "US-ZZ", "near": {"latitude": 91, "longitude": -181, "radius_km": 0},
            "session_formats": [], "languages": ["xx"], "max_fee": {"amount": -1, "currency": "zzsecret"},
            "insurance": ["ZZSECRET"], "times": [], "opening_within_days": 366, "confirmed_within_days": 3651
        },
        "limit": 101, "policy": "zzsecret", "seed": 9_007_199_254_740_992_u64
    });
    let mut found = faults(request.clone());
    found.sort_unstable();
    let expected = [
        ("/constraints/confirmed_within_days", "too_large"),
        ("/constraints/insurance/0", "invalid_format"),
        ("/constraints/jurisdiction", "invalid_jurisdiction"),
        ("/constraints/languages/0", "invalid_language"),
        ("/constraints/max_fee/amount", "too_small"),
        ("/constraints/max_fee/currency", "invalid_currency"),
        ("/constraints/near/latitude", "too_large"),
        ("/constraints/near/longitude", "too_small"),
        ("/constraints/near/radius_km", "too_small"),
        ("/constraints/opening_within_days", "too_large"),
        ("/constraints/session_formats", "too_few"),
        ("/constraints/times", "too_few"),
        ("/country", "invalid_country"),
        ("/limit", "too_large"),
        ("/policy", "unknown_code"),
        ("/preferences/communities/any_of/0", "unknown_code"),
        ("/preferences/genders/any_of", "too_few"),
        ("/preferences/homework/importance", "must_not_allowed"),
        ("/preferences/languages/any_of/1", "invalid_language"),
        ("/preferences/modalities/1/code", "duplicate"),
        ("/preferences/modalities/2/code", "unknown_code"),
        ("/preferences/style/directiveness", "too_large"),
        ("/preferences/style/importance", "must_not_allowed"),
        ("/problem_areas/0/code", "unknown_code"),
        ("/problem_areas/2/code", "duplicate"),
        ("/seed", "too_large"),
    ];
    let expected: Vec<_> = expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect();
    assert_eq!(found, expected);
    let answer = serde_json::to_string(&resolve(request).unwrap_err()).unwrap().to_lowercase();
    assert!(!answer.contains("zzsecret"), "{answer}");
}

#[test]
fn bounds_hold_at_their_edges() {
    assert_eq!(faults(json!({"problem_areas": []})), [("/problem_areas".to_owned(), "too_few")]);
    let many: Vec<_> = (0..13).map(|_| json!({"code": "ptsd"})).collect();
    assert_eq!(faults(json!({"problem_areas": many}))[0], ("/problem_areas".to_owned(), "too_many"));
    let mut edge = whole();
    edge["limit"] = json!(100);
    edge["constraints"]["near"] = json!({"latitude": -90, "longitude": 180, "radius_km": 0.1});
    edge["constraints"]["opening_within_days"] = json!(0);
    edge["seed"] = json!(9_007_199_254_740_991_u64);
    assert!(resolve(edge.clone()).is_ok());
    edge["constraints"]["jurisdiction"] = json!("DE");
    assert!(resolve(edge.clone()).is_ok());
    edge["constraints"]["jurisdiction"] = json!("us-ca");
    assert_eq!(faults(edge), [("/constraints/jurisdiction".to_owned(), "invalid_jurisdiction")]);
}

#[test]
fn unknown_codes_get_the_nearest_known_ones() {
    let suggestions =
        |code: &str| resolve(json!({"problem_areas": [{"code": code}]})).unwrap_err()[0].suggestions.clone();
    assert_eq!(suggestions("pstd"), ["ptsd"]);
    assert_eq!(suggestions("anxiety"), ["generalized_anxiety", "social_anxiety"]);
    assert!(suggestions("qqqqqq").is_empty());
}

#[test]
fn unknown_fields_are_refused() {
    for request in [
        json!({"problem_areas": [{"code": "ptsd", "weight": 1}]}),
        json!({"problem_areas": [{"code": "ptsd"}], "name": "x"}),
        json!({"problem_areas": [{"code": "ptsd"}], "constraints": {"near": {"latitude": 1, "longitude": 1, "radius_km": 1, "unit": "mi"}}}),
    ] {
        assert!(serde_json::from_value::<MatchRequest>(request).is_err());
    }
}
