//! Section 6, the plan: phases in order, rules first, nothing that guidance is reserved about.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Evidence, Grade, Phase, Rule},
    matching::{
        needs::Needs,
        rank::{Staleness, rank},
    },
    vocabulary::{PhasePolicy, Severity},
};

use crate::world;

/// Trauma begins with stabilization, relational patterns with insight; a rule about trauma belongs to insight.
fn catalog() -> Catalog {
    let in_phase = |evidence: Evidence, phase| Evidence { phase, ..evidence };
    let rule = world::rule("flashbacks", &["trauma"], &["somatic"], &[], &["debriefing"]);
    let mut catalog = world::catalog(
        ["dbt", "debriefing", "emdr", "psychodynamic", "somatic", "yoga"]
            .map(|code| world::modality(code, [0.0; 3], [0.0; 5]))
            .to_vec(),
        vec![
            world::area("patterns", Phase::Insight, 0.3, [0.0; 5]),
            world::area("trauma", Phase::Stabilization, 0.9, [0.0; 5]),
        ],
        vec![
            in_phase(world::evidence("dbt", "trauma", Grade::Emerging), Phase::Stabilization),
            in_phase(world::evidence("debriefing", "trauma", Grade::Practice), Phase::Stabilization),
            in_phase(world::evidence("yoga", "trauma", Grade::Caution), Phase::Stabilization),
            world::evidence("emdr", "trauma", Grade::Strong),
            world::evidence("psychodynamic", "patterns", Grade::Moderate),
            world::evidence("yoga", "patterns", Grade::Strong),
        ],
        vec![Rule { techniques: vec!["grounding".to_owned()], ..rule }],
    );
    catalog.techniques = vec![
        world::technique("bilateral", "emdr", &["trauma"]),
        world::technique("grounding", "somatic", &["trauma"]),
        world::technique("wise_mind", "dbt", &["trauma"]),
    ];
    catalog
}

#[test]
fn rules_come_first_and_cautions_not_at_all() {
    let catalog = Arc::new(catalog());
    let needs = world::needs(vec![
        world::concern(&catalog, "patterns", Severity::Moderate),
        world::concern(&catalog, "trauma", Severity::Moderate),
    ]);
    let index = world::index(&catalog, &world::policy(), &[]);
    let plan = serde_json::to_value(rank(&index, &needs, Staleness::Mark).plan).unwrap();
    let expected = serde_json::json!({"phases": [
        // The rule lists debriefing among those to avoid; yoga is graded caution for trauma.
        {"phase": "stabilization", "problem_areas": ["trauma"], "techniques": ["wise_mind"], "modalities": [
            {"code": "dbt", "problem_area": "trauma", "grade": "emerging", "rule": null, "sources": ["dbt_trauma"]},
        ]},
        // Strong for patterns, yet not named while trauma is worked on in the same phase: yoga.
        {"phase": "insight", "problem_areas": ["patterns", "trauma"], "techniques": ["grounding", "bilateral"], "modalities": [
            {"code": "somatic", "problem_area": "trauma", "grade": null, "rule": "flashbacks", "sources": ["article"]},
            {"code": "emdr", "problem_area": "trauma", "grade": "strong", "rule": null, "sources": ["emdr_trauma"]},
            {"code": "psychodynamic", "problem_area": "patterns", "grade": "moderate", "rule": null,
             "sources": ["psychodynamic_patterns"]},
        ]},
    ]});
    assert_eq!(plan, expected);
}

#[test]
fn severe_areas_begin_with_stabilization_unless_told_otherwise() {
    let catalog = Arc::new(catalog());
    let needs = world::needs(vec![world::concern(&catalog, "patterns", Severity::Severe)]);
    let index = world::index(&catalog, &world::policy(), &[]);
    let phases = |needs: &Needs| -> Vec<_> {
        rank(&index, needs, Staleness::Mark).plan.phases.iter().map(|phase| phase.phase).collect()
    };
    assert_eq!(phases(&needs), [Phase::Stabilization, Phase::Insight]);
    let direct = Needs { phase_policy: PhasePolicy::Direct, ..needs };
    assert_eq!(phases(&direct), [Phase::Insight]);
    assert_eq!(phases(&Needs { phase: Some(Phase::Action), ..direct }), [Phase::Insight, Phase::Action]);
}
