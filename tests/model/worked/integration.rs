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
        policy::Policy,
        profile::{PracticeAnswer, Profile, ShownSignal, SignalBasis},
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
        // 0.5 + (1 + 0.5 · 0) / 4 = 0.75; unanswered; 0.5 + (1 + 0.5 + 0.5 · (1 + 1 + 0.5 − 0.5)) / 4 = 1.125, at most 1
        practice: [world::answered(&[0], &[]), None, world::answered(&[0, 1], &[2, 4, 3, 7])],
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

/// What the practice part is, and everything that is said of the answers.
fn practice(answers: [Option<PracticeAnswer>; 3], policy: &Arc<Policy>) -> (f64, [Vec<String>; 2]) {
    let catalog = catalog();
    let needs = world::needs(vec![world::concern(&catalog, "patterns", Severity::Moderate)]);
    // Without a modality the phases and dimensions are 0, so that integration is 0.30 · practice.
    let profile = Profile { practice: answers, ..world::profile(1) };
    let index = world::index(&Arc::new(catalog), policy, &[profile]);
    let ranking = rank(&index, &needs, Staleness::Mark);
    let result = &ranking.results[0];
    let said = [&result.reasons, &result.gaps].map(|remarks| {
        let remarks = remarks.as_ref().unwrap().iter();
        remarks
            .filter(|remark| CODES.contains(&remark.code))
            .map(|remark| format!("{}: {}", remark.code, remark.text))
            .collect()
    });
    (values(result)[2] / 0.3, said)
}

const CODES: [&str; 5] = [
    "explains_choice",
    "speaks_of_relationship",
    "plan_for_being_stuck",
    "questions_unanswered",
    "answer_to_ask_about",
];

#[test]
fn an_answer_is_its_signals() {
    let policy = world::policy();
    let value = |answer: PracticeAnswer| {
        let (value, _) = practice([Some(answer.clone()), Some(answer.clone()), Some(answer)], &policy);
        value
    };
    // clamp(0.5 + (declared + 0.5 · suggested) / 4, 0, 1)
    for (declared, suggested, by_hand) in [
        (0.0, 0.0, 0.5),
        (1.5, 0.0, 0.875),
        (0.0, 1.5, 0.6875),
        (1.0, -1.0, 0.625),
        (3.0, 0.0, 1.0),
        (-1.0, 0.0, 0.25),
        (-1.0, -4.0, 0.0),
    ] {
        assert_near(value(PracticeAnswer { declared, suggested, signals: Vec::new() }), by_hand);
    }
}

#[test]
fn how_far_a_suggestion_counts_is_the_policys() {
    let mut other = Policy::clone(&world::policy());
    other.tables.practice.suggested_signal = 0.0;
    other.tables.practice.unanswered = 0.25;
    // approaches 0.5 + 1 / 4 = 0.75, relationship 0.25, stuck 0.5: 0.4 · 0.75 + 0.25 · 0.25 + 0.35 · 0.5
    let answers = [world::answered(&[0], &[2, 4]), None, world::answered(&[], &[2, 4])];
    assert_near(practice(answers.clone(), &Arc::new(other)).0, 0.5375);
    // By the default policy 0.5 + (1 + 1) / 4 = 1, 0.5, 0.5 + 1 / 4 = 0.75: 0.4 + 0.125 + 0.2625
    assert_near(practice(answers, &world::policy()).0, 0.7875);
}

#[test]
fn answers_are_spoken_of() {
    let says = |answers| practice(answers, &world::policy()).1;
    let unanswered = says([None, None, None]);
    assert_eq!(unanswered[0], [""; 0]);
    assert_eq!(
        unanswered[1],
        [
            "questions_unanswered: Has not answered how approaches are chosen, what role the relationship plays, \
          what happens when therapy is stuck."
        ]
    );
    let [reasons, gaps] = says([
        world::answered(&[2, 0], &[6]),
        world::answered(&[], &[1, 6, 7]),
        world::answered(&[1], &[0, 3]),
    ]);
    assert_eq!(
        reasons,
        [
            "explains_choice: Says how approaches are chosen: does a, does c.",
            "speaks_of_relationship: The text of an answer suggests a view of the relationship: does b.",
            "plan_for_being_stuck: Names a plan for being stuck: does b; the text also suggests: does a, does d.",
        ]
    );
    assert_eq!(
        gaps,
        [
            "answer_to_ask_about: The text of an answer suggests that does g; ask about it.",
            "answer_to_ask_about: The text of an answer suggests that does g and that does h; ask about it.",
        ]
    );
    // At most four are named, declared ones first; an answer that shows nothing is not spoken of.
    let [reasons, gaps] = says([world::answered(&[3, 4, 7], &[0, 1, 2]), world::answered(&[], &[]), None]);
    assert_eq!(
        reasons,
        [
            "explains_choice: Says how approaches are chosen: does d, does e; the text also suggests: does a, does b."
        ]
    );
    assert_eq!(
        gaps,
        [
            "questions_unanswered: Has not answered what happens when therapy is stuck.",
            "answer_to_ask_about: An answer says that does h; ask about it.",
        ]
    );
}

/// With the catalog's own signals.
#[test]
fn a_plan_for_being_stuck_is_named() {
    let catalog = Arc::new(Catalog::embedded().unwrap());
    let signals = |question: usize, codes: &[&str]| {
        let known = &catalog.guidance.consultation.questions[question].signals;
        let at = |code: &&str| known.iter().position(|signal| signal.code == **code).unwrap();
        codes
            .iter()
            .map(|code| ShownSignal { signal: at(code) as u8, basis: SignalBasis::Declared })
            .collect()
    };
    let answer = |question, codes| {
        Some(PracticeAnswer { signals: signals(question, codes), ..PracticeAnswer::default() })
    };
    let profile = Profile {
        practice: [
            answer(0, &["connects_theory_to_issue", "one_method_for_everyone"]),
            answer(1, &["trust", "safety"]),
            answer(2, &["reviews_goals_progress", "tries_other_techniques", "never_stuck"]),
        ],
        ..world::profile(1)
    };
    let needs = world::needs(vec![world::concern(&catalog, "panic", Severity::Moderate)]);
    let index = world::index(&catalog, &world::policy(), &[profile]);
    let ranking = rank(&index, &needs, Staleness::Mark);
    let texts = [&ranking.results[0].reasons, &ranking.results[0].gaps].map(|remarks| {
        let remarks = remarks.as_ref().unwrap().iter();
        remarks
            .filter(|remark| CODES.contains(&remark.code))
            .map(|remark| remark.text.as_ref())
            .collect::<Vec<_>>()
    });
    assert_eq!(
        texts[0],
        [
            "Says how approaches are chosen: connects methods to the client's issues.",
            "Speaks of the relationship: safety, trust.",
            "Names a plan for being stuck: changes technique, reviews progress.",
        ]
    );
    assert_eq!(
        texts[1],
        [
            "An answer says that one method is for everyone; ask about it.",
            "An answer says that therapy never gets stuck; ask about it.",
        ]
    );
}

#[test]
fn every_signal_of_the_catalog_has_a_phrase() {
    for question in Catalog::embedded().unwrap().guidance.consultation.questions {
        for signal in question.signals {
            let phrase = signal.phrase.unwrap_or_default();
            let stands_within_a_sentence = phrase.starts_with(|c: char| c.is_lowercase());
            assert!(stands_within_a_sentence && !phrase.ends_with('.'), "{}: {phrase:?}", signal.code);
        }
    }
}
