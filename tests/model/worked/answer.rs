//! Section 6: the shape of a result at each level of explanation.

use std::sync::Arc;

use serde_json::json;
use tailor::{
    catalog::model::{Grade, Phase},
    matching::{
        needs::Needs,
        profile::{Declaration, Profile},
        rank::{Staleness, rank},
    },
    vocabulary::{EvidenceLevel, Explain, Focus, Role, Severity},
};

use crate::world;

#[test]
fn explanations_grow_with_what_is_asked_for() {
    let catalog = Arc::new(world::catalog(
        vec![world::modality("erp", [1.0; 3], [1.0; 5]), world::modality("yoga", [0.0; 3], [0.0; 5])],
        vec![world::area("ocd", Phase::Action, 1.0, [1.0; 5])],
        vec![world::evidence("erp", "ocd", Grade::Strong), world::evidence("yoga", "ocd", Grade::Caution)],
        Vec::new(),
    ));
    // erp: 1.0 · 1 · 1.0 = 1, which covers everything; answers to all three questions, fully positive.
    let profile = Profile {
        modalities: vec![
            world::claim(&catalog, "erp", Role::Foundation, EvidenceLevel::OutcomeVerified),
            world::claim(&catalog, "yoga", Role::Technique, EvidenceLevel::SelfDeclared),
        ],
        problem_areas: vec![Declaration { problem_area: 0, focus: Focus::Primary }],
        practice: [
            world::answered(&[0, 1, 3], &[]),
            world::answered(&[0], &[2, 4]),
            world::answered(&[], &[0, 1, 2, 3, 4]),
        ],
        ..world::profile(1)
    };
    let index = world::index(&catalog, &world::policy(), &[profile]);
    let answer = |explain| {
        let needs = Needs { explain, ..world::needs(vec![world::concern(&catalog, "ocd", Severity::Mild)]) };
        serde_json::to_value(&rank(&index, &needs, Staleness::Mark).results[0]).unwrap()
    };
    let therapist = json!({"number": 1, "distance_km": null});
    assert_eq!(answer(Explain::None), json!({"rank": 1, "tier": 1, "score": 1.0, "therapist": therapist}));
    let summary = json!({
        "rank": 1, "tier": 1, "score": 1.0, "therapist": therapist,
        "components": [
            {"component": "problem_fit", "weight": 0.6, "value": 1.0, "contribution": 0.6},
            {"component": "practical", "weight": 0.2, "value": 1.0, "contribution": 0.2},
            {"component": "integration", "weight": 0.2, "value": 1.0, "contribution": 0.2},
        ],
        "problem_areas": [{"code": "ocd", "weight": 1.0, "fit": 1.0, "specificity": 1.0, "via": [
            {"modality": "erp", "grade": "strong", "rule": null, "depth": 1.0, "sources": ["erp_ocd"]},
        ]}],
        "reasons": [
            {"code": "strong_evidence", "text": "The evidence for ERP in ocd is graded strong.",
             "problem_area": "ocd", "modality": "erp"},
            {"code": "declared_focus", "text": "Names ocd as a focus of the practice.", "problem_area": "ocd"},
            {"code": "integrates_phases", "text": "Has modalities for the phases that this need passes through."},
            {"code": "explains_choice", "text": "Says how approaches are chosen: does a, does b, does d."},
            {"code": "speaks_of_relationship",
             "text": "Speaks of the relationship: does a; the text also suggests: does c, does e."},
            {"code": "plan_for_being_stuck",
             "text": "The text of an answer suggests a plan for being stuck: does a, does b, does c, does d."},
            {"code": "fresh", "text": "The profile was confirmed within the last 30 days."},
        ],
        "gaps": [],
        "cautions": [{"modality": "yoga", "problem_area": "ocd", "kind": "not_routine", "rule": null,
                      "text": "YOGA is not advised as a routine choice for ocd.", "sources": ["yoga_ocd"]}],
        "confidence": {"freshness": 1.0, "evidence": 1.0, "completeness": 0.5},
    });
    let mut rounded = answer(Explain::Summary);
    round(&mut rounded);
    assert_eq!(rounded, summary);
    let full = answer(Explain::Full);
    let added: Vec<_> = full.as_object().unwrap().keys().filter(|key| summary.get(key).is_none()).collect();
    assert_eq!(added, ["dimensions", "phases", "practice", "preferences"]);
    assert_eq!(
        full["problem_areas"][0]["modalities"][0],
        json!({"modality": "erp", "depth": 1.0, "rating": 1.0, "x": 1.0})
    );
}

/// Rounds away the last digits of binary fractions.
fn round(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(round),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(round),
        serde_json::Value::Number(number) if number.is_f64() => {
            *value = json!((number.as_f64().unwrap() * 1e9).round() / 1e9);
        }
        _ => {}
    }
}
