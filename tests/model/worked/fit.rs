//! Sections 1 and 2: a specialist and somebody who ticks every box.
//!
//! | pair | grade | rule | γ* |
//! |---|---|---|---|
//! | cbt, insomnia | moderate | | 0.75 |
//! | cbt_i, insomnia | strong | | 1.00 |
//! | hypnotherapy, insomnia | caution | | 0 |
//! | act, meaning | emerging | second line: 0.40 | 0.50, the grade counts |
//! | existential, meaning | practice | first line: 0.60 | 0.60, the rule counts |
//!
//! σ: insomnia 0.9 (the method matters), meaning 0.2. Severe insomnia and mild meaning: w = 3/4 and 1/4.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Grade, Phase},
    matching::{
        answer::{Listed, MatchResult},
        profile::{Declaration, Profile},
        rank::{Staleness, rank},
    },
    vocabulary::{EvidenceLevel, Focus, Role, Severity},
};

use super::{assert_all_near, assert_near, values};
use crate::world::{self, Payload};

fn catalog() -> Catalog {
    let modalities = ["act", "cbt", "cbt_i", "existential", "hypnotherapy"];
    let mut areas = vec![
        world::area("insomnia", Phase::Action, 0.9, [0.0; 5]),
        world::area("meaning", Phase::Insight, 0.2, [0.0; 5]),
    ];
    areas.extend((0..22).map(|at| world::area(&format!("other_{at:02}"), Phase::Insight, 0.5, [0.0; 5])));
    world::catalog(
        modalities.map(|code| world::modality(code, [0.0; 3], [0.0; 5])).to_vec(),
        areas,
        vec![
            world::evidence("cbt", "insomnia", Grade::Moderate),
            world::evidence("cbt_i", "insomnia", Grade::Strong),
            world::evidence("hypnotherapy", "insomnia", Grade::Caution),
            world::evidence("act", "meaning", Grade::Emerging),
            world::evidence("existential", "meaning", Grade::Practice),
        ],
        vec![world::rule("meaning_rule", &["meaning"], &["existential"], &["act"], &[])],
    )
}

/// Runs `check` on the one result for a therapist.
fn with_result(
    catalog: Catalog,
    profile: impl FnOnce(&Catalog) -> Profile,
    check: impl FnOnce(&MatchResult<'_, Listed<'_, Payload>>),
) {
    let needs = world::needs(vec![
        world::concern(&catalog, "insomnia", Severity::Severe),
        world::concern(&catalog, "meaning", Severity::Mild),
    ]);
    let profile = profile(&catalog);
    let index = world::index(&Arc::new(catalog), &world::policy(), &[profile]);
    check(&rank(&index, &needs, Staleness::Mark).results[0]);
}

#[test]
fn a_specialist() {
    // Σρ = 1.0 + 0.8 = 1.8, within the budget of 4: spread 1.
    let specialist = |catalog: &Catalog| Profile {
        modalities: vec![
            world::claim(catalog, "cbt_i", Role::Foundation, EvidenceLevel::Certified), // 1.0 · 1 · 0.9 = 0.90
            world::claim(catalog, "cbt", Role::Technique, EvidenceLevel::Trained), // 0.8 · 1 · 0.8 = 0.64
        ],
        problem_areas: vec![Declaration { problem_area: 0, focus: Focus::Primary }],
        ..world::profile(1)
    };
    with_result(catalog(), specialist, |result| {
        let areas = result.problem_areas.as_ref().unwrap();
        let [insomnia, meaning] = areas.as_slice() else { panic!("two areas") };
        assert_all_near(&[insomnia.weight, meaning.weight], &[0.75, 0.25]);

        // x: cbt 0.75 · 0.64 = 0.48, cbt_i 1.00 · 0.90 = 0.90.
        let x: Vec<_> = insomnia.modalities.as_ref().unwrap().iter().flat_map(|m| [m.depth, m.x]).collect();
        assert_all_near(&x, &[0.64, 0.48, 0.9, 0.9]);
        let via: Vec<_> = insomnia.via.iter().map(|via| (via.modality, via.grade, via.rule)).collect();
        assert_eq!(via, [("cbt_i", Some(Grade::Strong), None), ("cbt", Some(Grade::Moderate), None)]);
        // cov = 0.90 + 0.30 · (1 − 0.90) · 0.48 = 0.9144.
        assert_near(insomnia.coverage.unwrap(), 0.9144);
        // One declared area counts in full: τ = 0.5 + 0.5 · 1.0 · min(1, 23/16) = 1.
        assert_near(insomnia.tau.unwrap(), 1.0);
        // fit = 0.9 · 0.9144 + 0.1 · 1 = 0.92296.
        assert_near(insomnia.fit, 0.922_96);

        // Nothing for meaning: cov 0, τ 0.5, fit = 0.8 · 0.5 = 0.4.
        assert_all_near(&[meaning.coverage.unwrap(), meaning.tau.unwrap(), meaning.fit], &[0.0, 0.5, 0.4]);
        assert!(meaning.via.is_empty());
        // problem_fit = 0.75 · 0.92296 + 0.25 · 0.4 = 0.79222.
        assert_near(values(result)[0], 0.792_22);
        // Both modalities under `via`: (0.9 + 0.8) / 2.
        assert_near(result.confidence.unwrap().evidence.unwrap(), 0.85);
    });
}

#[test]
fn every_box_ticked() {
    // Five foundations, each with verified outcomes: Σρ = 5, spread 4/5, every depth 0.8.
    let boaster = |catalog: &Catalog| Profile {
        modalities: catalog
            .modalities
            .iter()
            .map(|modality| {
                world::claim(catalog, &modality.code, Role::Foundation, EvidenceLevel::OutcomeVerified)
            })
            .collect(),
        ..world::profile(1)
    };
    with_result(catalog(), boaster, |result| {
        let areas = result.problem_areas.as_ref().unwrap();
        let [insomnia, meaning] = areas.as_slice() else { panic!("two areas") };
        // x: cbt_i 0.8, cbt 0.6; cov = 0.8 + 0.3 · 0.2 · 0.6 = 0.836; fit = 0.9 · 0.836 + 0.1 · 0.5 = 0.8024.
        assert_all_near(&[insomnia.coverage.unwrap(), insomnia.fit], &[0.836, 0.8024]);
        // x: existential 0.48, act 0.40; cov = 0.48 + 0.3 · 0.52 · 0.40 = 0.5424; fit = 0.2 · 0.5424 + 0.8 · 0.5 = 0.50848.
        assert_all_near(&[meaning.coverage.unwrap(), meaning.fit], &[0.5424, 0.508_48]);
        let via: Vec<_> = meaning.via.iter().map(|via| (via.modality, via.grade, via.rule)).collect();
        assert_eq!(
            via,
            [
                ("existential", Some(Grade::Practice), Some("meaning_rule")),
                ("act", Some(Grade::Emerging), None)
            ]
        );
        assert_eq!(meaning.via[0].sources, ["existential_meaning", "article"]);
        // problem_fit = 0.75 · 0.8024 + 0.25 · 0.50848 = 0.72892: less than the specialist's.
        assert_near(values(result)[0], 0.728_92);
        // Hypnotherapy adds nothing and is reported.
        let cautions: Vec<_> =
            result.cautions.as_ref().unwrap().iter().map(|c| (c.modality, c.problem_area)).collect();
        assert_eq!(cautions, [("hypnotherapy", "insomnia")]);
    });
}

#[test]
fn declaring_fades_with_the_number_of_areas() {
    // n declared, focus: τ of insomnia.
    for (n, focus, tau) in [
        (8, Focus::Primary, 1.0),      // (24 − 8) / 16 = 1
        (16, Focus::Primary, 0.75),    // (24 − 16) / 16 = 0.5
        (20, Focus::Secondary, 0.575), // 0.5 + 0.5 · 0.6 · 0.25
        (24, Focus::Primary, 0.5),     // says nothing
    ] {
        let declared = |_: &Catalog| Profile {
            problem_areas: (0..n).map(|problem_area| Declaration { problem_area, focus }).collect(),
            ..world::profile(1)
        };
        with_result(catalog(), declared, |result| {
            let insomnia = &result.problem_areas.as_ref().unwrap()[0];
            // fit = 0.9 · 0 + 0.1 · τ.
            assert_all_near(&[insomnia.tau.unwrap(), insomnia.fit], &[tau, 0.1 * tau]);
        });
    }
}
