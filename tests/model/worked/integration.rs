//! Section 3, integration: phases, the whole person, consultation answers; and a whole score.
//!
//! | modality | phases | dimensions | depth |
//! |---|---|---|---|
//! | dbt, technique, trained | 1.0 0.2 0.6 | 0.6 1.0 0.8 0.4 0.2 | 0.8 · 0.8 = 0.64 |
//! | psychodynamic, foundation, certified | 0.1 1.0 0.1 | 0.6 0.8 0.2 0.1 0.2 | 1.0 · 0.9 = 0.90 |
//!
//! What the therapist can do: phases max(0.64, 0.09) = 0.64, max(0.128, 0.9) = 0.9, max(0.384, 0.09) = 0.384;
//! dimensions max(0.384, 0.54) = 0.54, max(0.64, 0.72) = 0.72, max(0.512, 0.18) = 0.512, max(0.256, 0.09) = 0.256,
//! max(0.128, 0.18) = 0.18.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Grade, Phase},
    matching::{
        needs::Needs,
        profile::Profile,
        rank::{Staleness, rank},
    },
    vocabulary::{EvidenceLevel, PhasePolicy, Risk, Role, Severity},
};

use super::{assert_all_near, assert_near, values, weights};
use crate::world;

fn catalog() -> Catalog {
    world::catalog(
        vec![
            world::modality("dbt", [1.0, 0.2, 0.6], [0.6, 1.0, 0.8, 0.4, 0.2]),
            world::modality("psychodynamic", [0.1, 1.0, 0.1], [0.6, 0.8, 0.2, 0.1, 0.2]),
        ],
        vec![
            world::area("patterns", Phase::Insight, 0.3, [0.5, 1.0, 0.5, 0.0, 0.0]),
            world::area("trauma", Phase::Stabilization, 0.9, [0.5, 1.0, 0.5, 1.0, 0.0]),
        ],
        vec![
            world::evidence("dbt", "trauma", Grade::Emerging),
            world::evidence("psychodynamic", "patterns", Grade::Moderate),
        ],
        Vec::new(),
    )
}

fn therapist(catalog: &Catalog) -> Profile {
    Profile {
        modalities: vec![
            world::claim(catalog, "dbt", Role::Technique, EvidenceLevel::Trained),
            world::claim(catalog, "psychodynamic", Role::Foundation, EvidenceLevel::Certified),
        ],
        practice: [Some(0.75), None, Some(1.0)],
        confirmed_at: Some(world::days_ago(105)),
        ..world::profile(1)
    }
}

#[test]
fn a_whole_score() {
    let catalog = catalog();
    let needs = world::needs(vec![
        world::concern(&catalog, "patterns", Severity::Moderate),
        world::concern(&catalog, "trauma", Severity::Moderate),
    ]);
    let profile = therapist(&catalog);
    let index = world::index(&Arc::new(catalog), &world::policy(), &[profile]);
    let ranking = rank(&index, &needs, Staleness::Mark);
    let result = &ranking.results[0];

    // Need by phase: patterns 0.5 · (0.2 0.6 0.2), trauma 0.5 · (0.6 0.2 0.2).
    let phases: Vec<_> =
        result.phases.as_ref().unwrap().iter().flat_map(|p| [p.need, p.capability]).collect();
    assert_all_near(&phases, &[0.4, 0.64, 0.4, 0.9, 0.2, 0.384]);
    // phases = 0.4 · 0.64 + 0.4 · 0.9 + 0.2 · 0.384 = 0.6928

    // Need by dimension: 0.5 · (0.5+0.5, 1+1, 0.5+0.5, 0+1, 0) = (0.5 1 0.5 0.5 0), over its sum of 2.5.
    let dimensions: Vec<_> =
        result.dimensions.as_ref().unwrap().iter().flat_map(|d| [d.need, d.capability]).collect();
    assert_all_near(&dimensions, &[0.2, 0.54, 0.4, 0.72, 0.2, 0.512, 0.2, 0.256, 0.0, 0.18]);
    // whole person = 0.2 · 0.54 + 0.4 · 0.72 + 0.2 · 0.512 + 0.2 · 0.256 = 0.5496
    // practice = 0.40 · 0.75 + 0.25 · 0.5 (unanswered) + 0.35 · 1 = 0.775
    // integration = 0.35 · 0.6928 + 0.35 · 0.5496 + 0.30 · 0.775 = 0.66734

    // patterns: x = 0.75 · 0.9 = 0.675, fit = 0.3 · 0.675 + 0.7 · 0.5 = 0.5525
    // trauma: x = 0.5 · 0.64 = 0.32, fit = 0.9 · 0.32 + 0.1 · 0.5 = 0.338
    let fits: Vec<_> = result.problem_areas.as_ref().unwrap().iter().map(|area| area.fit).collect();
    assert_all_near(&fits, &[0.5525, 0.338]);

    // No preference: 0.45, 0.15 and 0.15 over 0.75. Practical is freshness alone: (180 − 105) / 150 = 0.5.
    assert_all_near(&weights(result), &[0.6, 0.2, 0.2]);
    assert_all_near(&values(result), &[0.445_25, 0.5, 0.667_34]);
    // 0.6 · 0.44525 + 0.2 · 0.5 + 0.2 · 0.66734 = 0.500618
    let contributions: Vec<_> = result.components.as_ref().unwrap().iter().map(|c| c.contribution).collect();
    assert_all_near(&contributions, &[0.267_15, 0.1, 0.133_468]);
    assert_eq!(result.score, 0.5006);
}

#[test]
fn need_moves_in_order() {
    let catalog = catalog();
    // Severe trauma beside moderate patterns: w = 0.6 and 0.4.
    let base = world::needs(vec![
        world::concern(&catalog, "patterns", Severity::Moderate),
        world::concern(&catalog, "trauma", Severity::Severe),
    ]);
    let profile = therapist(&catalog);
    let index = world::index(&Arc::new(catalog), &world::policy(), &[profile]);
    let need = |needs: &Needs| -> Vec<f64> {
        let ranking = rank(&index, needs, Staleness::Mark);
        ranking.results[0].phases.as_ref().unwrap().iter().map(|phase| phase.need).collect()
    };
    // patterns 0.4 · (0.2 0.6 0.2) = (0.08 0.24 0.08); trauma 0.6 · (0.6 0.2 0.2) = (0.36 0.12 0.12).
    let direct = Needs { phase_policy: PhasePolicy::Direct, ..base.clone() };
    assert_all_near(&need(&direct), &[0.44, 0.36, 0.20]);
    // Half of trauma's share moves: (0.18 0.06 0.06) + 0.3 on stabilization = (0.48 0.06 0.06).
    assert_all_near(&need(&base), &[0.56, 0.30, 0.14]);
    // The client says insight: half of all: (0.28 0.15 0.07) + 0.5.
    let insight = Needs { phase: Some(Phase::Insight), ..base };
    assert_all_near(&need(&insight), &[0.28, 0.65, 0.07]);
    // Acute: half of that again, to stabilization: (0.14 0.325 0.035) + 0.5.
    let acute = Needs { risk: Some(Risk::Acute), ..insight.clone() };
    assert_all_near(&need(&acute), &[0.64, 0.325, 0.035]);
    let elevated = Needs { risk: Some(Risk::Elevated), ..insight.clone() };
    assert_eq!(need(&elevated), need(&insight));
}

#[test]
fn an_answer_is_its_signals() {
    let table = &world::policy().tables.practice;
    // clamp(0.5 + Σ / 4, 0, 1)
    for (signals, value) in [(0.0, 0.5), (1.5, 0.875), (3.0, 1.0), (-1.0, 0.25), (-3.0, 0.0)] {
        assert_near(table.answer(signals), value);
    }
}
