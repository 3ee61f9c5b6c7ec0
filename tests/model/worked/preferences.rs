//! Section 3, preferences: one therapist, every kind of preference, one `must`.
//!
//! | preference | importance | therapist | satisfied |
//! |---|---|---|---|
//! | avoid cbt | nice 1 | declares it | 0 |
//! | prefer emdr | strong 2 | declares it | 1 |
//! | directiveness 2 | nice 1 | −1 | 1 − 3/6 = 0.5 |
//! | genders: woman | nice 1 | not stated | 0.5 |
//! | languages: es | strong 2 | es-MX | 1 |
//! | communities: bipoc | strong 2 | veterans | 0 |
//! | homework: optional | nice 1 | regular, its neighbour | 0.5 |
//!
//! Σ importance = 10, Σ importance · satisfied = 2 + 0.5 + 0.5 + 2 + 0.5 = 5.5: preference 0.55.
//! Nothing covers the area (σ 0.5): fit 0.25. Confirmed today: practical 1. Integration: practice alone, 0.3 · 0.5 = 0.15.
//! score = 0.45 · 0.25 + 0.25 · 0.55 + 0.15 · 1 + 0.15 · 0.15 = 0.4225.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Phase},
    matching::{
        constraint::Constraint,
        needs::{AnyOf, HomeworkWish, ModalityWish, Needs, Preferences, StyleWish},
        profile::Profile,
        rank::{Staleness, explain_one, rank},
    },
    vocabulary::{Attitude, EvidenceLevel, Gender, Homework, Importance, Role, Severity},
};

use super::{assert_all_near, values, weights};
use crate::world;

fn catalog() -> Catalog {
    world::catalog(
        ["cbt", "emdr"].map(|code| world::modality(code, [0.0; 3], [0.0; 5])).to_vec(),
        vec![world::area("stress", Phase::Action, 0.5, [0.0; 5])],
        Vec::new(),
        Vec::new(),
    )
}

fn therapist(catalog: &Catalog) -> Profile {
    Profile {
        modalities: vec![
            world::claim(catalog, "cbt", Role::Foundation, EvidenceLevel::Certified),
            world::claim(catalog, "emdr", Role::Technique, EvidenceLevel::Trained),
        ],
        style: [Some(-1), None, None, None],
        homework: Some(Homework::Regular),
        languages: vec!["en".to_owned(), "es-MX".to_owned()],
        communities: vec!["veterans".to_owned()],
        ..world::profile(1)
    }
}

fn needs(catalog: &Catalog) -> Needs {
    let wish = |code: &str, attitude, importance| {
        let modality = catalog.modality_index(code).unwrap();
        ModalityWish { modality, attitude, importance }
    };
    let any_of = |code: &str| AnyOf { any_of: vec![code.to_owned()], importance: Importance::Strong };
    Needs {
        preferences: Preferences {
            modalities: vec![
                wish("cbt", Attitude::Avoid, Importance::Nice),
                wish("emdr", Attitude::Prefer, Importance::Strong),
            ],
            style: Some(StyleWish { axes: [Some(2), None, None, None], importance: Importance::Nice }),
            genders: Some(AnyOf { any_of: vec![Gender::Woman], importance: Importance::Nice }),
            languages: Some(any_of("es")),
            communities: Some(any_of("bipoc")),
            homework: Some(HomeworkWish { value: Homework::Optional, importance: Importance::Nice }),
        },
        ..world::needs(vec![world::concern(catalog, "stress", Severity::Moderate)])
    }
}

#[test]
fn each_preference_is_weighed_by_its_importance() {
    let catalog = catalog();
    let (profile, needs) = (therapist(&catalog), needs(&catalog));
    let index = world::index(&Arc::new(catalog), &world::policy(), &[profile]);
    let ranking = rank(&index, &needs, Staleness::Mark);
    let result = &ranking.results[0];
    let met: Vec<_> = result
        .preferences
        .as_ref()
        .unwrap()
        .iter()
        .map(|p| (p.preference, p.modality, p.satisfied, p.known))
        .collect();
    let expected = [
        ("modalities", Some("cbt"), 0.0, true),
        ("modalities", Some("emdr"), 1.0, true),
        ("directiveness", None, 0.5, true),
        ("genders", None, 0.5, false),
        ("languages", None, 1.0, true),
        ("communities", None, 0.0, true),
        ("homework", None, 0.5, true),
    ];
    assert_eq!(met, expected);
    assert_all_near(&weights(result), &[0.45, 0.25, 0.15, 0.15]);
    assert_all_near(&values(result), &[0.25, 0.55, 1.0, 0.15]);
    assert_eq!(result.score, 0.4225);
    let codes = |remarks: &Option<Vec<_>>| -> Vec<&str> {
        remarks
            .as_ref()
            .unwrap()
            .iter()
            .map(|remark: &tailor::matching::answer::Remark<'_>| remark.code)
            .collect()
    };
    assert_eq!(codes(&result.reasons), ["preferred_modality", "speaks_language", "fresh"]);
    let gaps = [
        "no_rated_modality_for",
        "phase_uncovered",
        "preference_unmet",
        "preference_unknown",
        "preference_unmet",
        "questions_unanswered",
    ];
    assert_eq!(codes(&result.gaps), gaps);
}

#[test]
fn a_must_is_a_constraint_and_not_weighed() {
    let catalog = catalog();
    let profile = therapist(&catalog);
    // Only musts: the component does not apply. Avoided but declared, and a gender that is not stated: both fail.
    let mut needs = needs(&catalog);
    needs.preferences = Preferences {
        modalities: vec![ModalityWish { importance: Importance::Must, ..needs.preferences.modalities[0] }],
        genders: Some(AnyOf { any_of: vec![Gender::Woman], importance: Importance::Must }),
        languages: Some(AnyOf { any_of: vec!["es".to_owned()], importance: Importance::Must }),
        ..Preferences::default()
    };
    let index = world::index(&Arc::new(catalog), &world::policy(), &[profile]);
    let ranking = rank(&index, &needs, Staleness::Mark);
    assert_eq!((ranking.considered, ranking.eligible, ranking.relaxations.len()), (1, 0, 0));
    let failed = [Constraint::PreferredModalities, Constraint::PreferredGenders];
    assert_eq!(ranking.excluded.into_iter().collect::<Vec<_>>(), failed.map(|constraint| (constraint, 1)));
    let explained = explain_one(&index, &world::id(1), &needs, Staleness::Mark).unwrap();
    assert_eq!(explained.failed_constraints, failed);
    assert_eq!(
        serde_json::json!(failed),
        serde_json::json!(["preferences.modalities", "preferences.genders"])
    );
    assert_all_near(&weights(&explained.result), &[0.6, 0.2, 0.2]);
    assert_all_near(&values(&explained.result), &[0.25, 1.0, 0.15]);
}
