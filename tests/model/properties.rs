//! What the model promises, whatever the directory (section 7).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::{collection::vec, prelude::*};
use tailor::{
    catalog::model::Catalog,
    id::Id,
    matching::{
        answer::Relaxation,
        constraint::Constraint,
        needs::{Near, Needs},
        policy::Policy,
        profile::{Claim, Declaration, Fee, Location, PracticeAnswer, Profile, ShownSignal, SignalBasis},
        rank::{Staleness, explain_one, rank},
        reference::without,
    },
    vocabulary::{EvidenceLevel, Focus, Participants, Role},
};

use crate::{
    random_world::{catalogs, needs, profiles},
    world,
};

fn distinct(profiles: Vec<Profile>) -> Vec<Profile> {
    let profiles: BTreeMap<_, _> = profiles.into_iter().map(|profile| (profile.id, profile)).collect();
    profiles.into_values().collect()
}

fn directories() -> impl Strategy<Value = Vec<Profile>> {
    vec(profiles(200), 0..30).prop_map(distinct)
}

/// Who is found, and what relaxing would bring.
fn found(
    catalog: &Arc<Catalog>,
    policy: &Arc<Policy>,
    profiles: &[Profile],
    needs: &Needs,
) -> (BTreeSet<Id>, Vec<Relaxation>) {
    let index = world::index(catalog, policy, profiles);
    let needs = Needs { limit: 1000, ..needs.clone() };
    let ranking = rank(&index, &needs, Staleness::Mark);
    assert_eq!(ranking.eligible, ranking.results.len() as u64);
    (ranking.results.iter().map(|result| result.therapist.id).collect(), ranking.relaxations)
}

/// The unrounded score and the fit of each problem area.
fn scored(catalog: &Arc<Catalog>, policy: &Arc<Policy>, profile: &Profile, needs: &Needs) -> (f64, Vec<f64>) {
    let index = world::index(catalog, policy, std::slice::from_ref(profile));
    let explained = explain_one(&index, &profile.id, needs, Staleness::Mark).unwrap().result;
    let score = explained.components.unwrap().iter().fold(0.0, |sum, component| sum + component.contribution);
    (score, explained.problem_areas.unwrap().iter().map(|area| area.fit).collect())
}

/// The radius is the one number that a request can make smaller without leaving its constraint out.
fn with_radius(needs: &Needs, radius_km: f64) -> Needs {
    let mut needs = needs.clone();
    needs.constraints.near = Some(Near { latitude: 37.4, longitude: -121.6, radius_km });
    needs
}

/// Makes something of a profile unknown, and makes it known and perfect.
type Case<'a> = (fn(&mut Profile), &'a dyn Fn(&mut Profile));

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_of_writing_changes_nothing(
        catalog in catalogs(),
        (profiles, shuffled) in directories().prop_flat_map(|profiles| (Just(profiles.clone()), Just(profiles).prop_shuffle())),
        needs in needs(),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let turned: Vec<_> = shuffled
            .into_iter()
            .map(|mut profile| {
                profile.modalities.reverse();
                profile.problem_areas.reverse();
                profile.locations.reverse();
                profile.licenses.reverse();
                profile.fees.reverse();
                profile.practice.iter_mut().flatten().for_each(|answer| answer.signals.reverse());
                profile
            })
            .collect();
        let (index, other) = (world::index(&catalog, &policy, &profiles), world::index(&catalog, &policy, &turned));
        let answers = [index, other].map(|index| {
            serde_json::to_string(&rank(&index, &needs, Staleness::Demote { days: 90 })).unwrap()
        });
        prop_assert_eq!(&answers[0], &answers[1]);
    }

    #[test]
    fn every_value_is_on_its_scale_and_contributions_add_up(
        catalog in catalogs(),
        profiles in directories(),
        needs in needs(),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let index = world::index(&catalog, &policy, &profiles);
        for profile in &profiles {
            let result = explain_one(&index, &profile.id, &needs, Staleness::Mark).unwrap().result;
            let components = result.components.unwrap();
            let areas = result.problem_areas.unwrap();
            let confidence = result.confidence.unwrap();
            let mut values = vec![result.score, confidence.freshness, confidence.completeness];
            values.extend(confidence.evidence);
            values.extend(components.iter().flat_map(|c| [c.weight, c.value, c.contribution]));
            values.extend(areas.iter().flat_map(|a| [a.weight, a.fit, a.specificity]));
            values.extend(areas.iter().flat_map(|a| [a.coverage, a.tau]).flatten());
            values.extend(areas.iter().flat_map(|a| &a.via).map(|via| via.depth));
            values.extend(result.phases.unwrap().iter().flat_map(|p| [p.capability]));
            values.extend(result.dimensions.unwrap().iter().map(|d| d.capability));
            values.extend(result.preferences.unwrap().iter().map(|p| p.satisfied));
            prop_assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "{:?}", values);
            let sum = components.iter().fold(0.0, |sum, component| sum + component.contribution);
            prop_assert_eq!((sum * 10_000.0).round() / 10_000.0, result.score);
            let weights: f64 = components.iter().map(|component| component.weight).sum();
            prop_assert!((weights - 1.0).abs() < 1e-12);
            let shares: f64 = areas.iter().map(|area| area.weight).sum();
            prop_assert!((shares - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn ticking_every_box_gains_nothing(catalog in catalogs(), profile in profiles(1), needs in needs()) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let rating = |modality: usize, area: usize| {
            let one = Profile {
                modalities: vec![Claim { modality: modality as u16, role: Role::Foundation, level: EvidenceLevel::OutcomeVerified }],
                ..world::profile(1)
            };
            let index = world::index(&catalog, &policy, &[one]);
            let needs = world::needs(vec![tailor::matching::needs::Concern { problem_area: area, severity: tailor::vocabulary::Severity::Mild }]);
            explain_one(&index, &world::id(1), &needs, Staleness::Mark).unwrap().result.problem_areas.unwrap()[0].coverage.unwrap()
        };
        let before = scored(&catalog, &policy, &profile, &needs).1;
        // Every modality that treats none of the requested areas, claimed as strongly as possible.
        let mut boastful = profile.clone();
        for modality in 0..catalog.modalities.len() {
            let treats = needs.problem_areas.iter().any(|area| rating(modality, area.problem_area) > 0.0);
            let claims = profile.modalities.iter().any(|claim| usize::from(claim.modality) == modality);
            if !treats && !claims {
                boastful.modalities.push(Claim { modality: modality as u16, role: Role::Foundation, level: EvidenceLevel::OutcomeVerified });
            }
        }
        for (before, after) in before.iter().zip(scored(&catalog, &policy, &boastful, &needs).1) {
            prop_assert!(after <= *before, "{} > {}", after, before);
        }
        // Every area that is not requested, declared as the very focus.
        let mut boastful = profile;
        for area in 0..catalog.problem_areas.len() {
            if needs.problem_areas.iter().all(|concern| concern.problem_area != area) {
                boastful.problem_areas.push(Declaration { problem_area: area as u16, focus: Focus::Primary });
            }
        }
        for (before, after) in before.iter().zip(scored(&catalog, &policy, &boastful, &needs).1) {
            prop_assert!(after <= *before, "{} > {}", after, before);
        }
    }

    #[test]
    fn a_constraint_never_enlarges_and_relaxations_tell_the_truth(
        catalog in catalogs(),
        profiles in directories(),
        needs in needs(),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let (all, relaxations) = found(&catalog, &policy, &profiles, &needs);
        for constraint in Constraint::ALL {
            let Some(relaxed) = without(&needs, constraint) else { continue };
            let (more, _) = found(&catalog, &policy, &profiles, &relaxed);
            let admits = relaxations.iter().find(|r| r.constraint == constraint).map_or(0, |r| r.admits);
            prop_assert_eq!(admits, more.len().saturating_sub(all.len()) as u64, "{:?}", constraint);
            prop_assert!(all.is_subset(&more), "{:?}", constraint);
        }
        for relaxation in &relaxations {
            let Some(step) = relaxation.smallest_step else { continue };
            let mut stepped = needs.clone();
            let constraints = &mut stepped.constraints;
            if let (Some(near), Some(radius_km)) = (&mut constraints.near, step.radius_km) {
                near.radius_km = radius_km;
            }
            if let (Some(fee), Some(amount)) = (&mut constraints.max_fee, step.amount) {
                fee.amount = amount;
            }
            constraints.opening_within_days = step.opening_within_days.or(constraints.opening_within_days);
            constraints.confirmed_within_days = step.confirmed_within_days.or(constraints.confirmed_within_days);
            let (more, _) = found(&catalog, &policy, &profiles, &stepped);
            prop_assert_eq!(step.admits, (more.len() - all.len()) as u64, "{:?}", relaxation.constraint);
        }
    }

    #[test]
    fn a_smaller_radius_finds_a_part(
        catalog in catalogs(),
        profiles in directories(),
        needs in needs(),
        (smaller, larger) in (1.0_f64..20.0, 20.0_f64..80.0),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let finds = |km| found(&catalog, &policy, &profiles, &with_radius(&needs, km)).0;
        prop_assert!(finds(smaller).is_subset(&finds(larger)));
    }

    #[test]
    fn an_unknown_never_beats_what_is_known_to_be_perfect(
        catalog in catalogs(),
        profile in profiles(1),
        needs in needs(),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let score = |profile: &Profile| scored(&catalog, &policy, profile, &needs).0;
        let cases: [Case<'_>; 8] = [
            (|p| p.confirmed_at = None, &|p| p.confirmed_at = Some(world::days_ago(0))),
            (|p| p.next_opening_on = None, &|p| p.next_opening_on = Some(world::today())),
            (|p| p.practice = [None, None, None], &|p| {
                let perfect = PracticeAnswer { declared: 3.0, ..PracticeAnswer::default() };
                p.practice = [Some(perfect.clone()), Some(perfect.clone()), Some(perfect)];
            }),
            (|p| p.gender = None, &|p| p.gender = needs.preferences.genders.as_ref().map(|w| w.any_of[0])),
            (|p| p.homework = None, &|p| p.homework = needs.preferences.homework.map(|w| w.value)),
            (|p| p.style = [None; 4], &|p| p.style = needs.preferences.style.map_or([None; 4], |w| w.axes)),
            (|p| p.locations.clear(), &|p| {
                let near = needs.constraints.near.map(|near| (near.latitude, near.longitude));
                p.locations = vec![Location { position: near, region: None, country: "US".to_owned() }];
            }),
            (|p| p.fees.clear(), &|p| {
                let participants = needs.constraints.participants.unwrap_or(Participants::Individual);
                let currency = needs.constraints.max_fee.as_ref().map_or("USD", |fee| &fee.currency).to_owned();
                p.fees = vec![Fee { participants, amount: 0, currency }];
            }),
        ];
        for (at, (forget, perfect)) in cases.into_iter().enumerate() {
            let (mut unknown, mut known) = (profile.clone(), profile.clone());
            forget(&mut unknown);
            perfect(&mut known);
            prop_assert!(score(&unknown) <= score(&known), "case {}", at);
        }
    }

    #[test]
    fn answers_worth_the_prior_change_only_what_is_known(
        catalog in catalogs(),
        profile in profiles(1),
        needs in needs(),
        which in 0_usize..3,
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let explained = |answer: Option<PracticeAnswer>| {
            let mut profile = profile.clone();
            profile.practice = [None, None, None];
            profile.practice[which] = answer;
            let index = world::index(&catalog, &policy, &[profile]);
            let mut result = serde_json::to_value(explain_one(&index, &world::id(0), &needs, Staleness::Mark).unwrap()).unwrap();
            let known = result["result"]["confidence"]["completeness"].take().as_f64().unwrap();
            let is_practice = |gap: &serde_json::Value| gap["code"] == "questions_unanswered";
            let gaps = result["result"]["gaps"].as_array_mut().unwrap();
            let asked = gaps.iter().filter(|gap| is_practice(gap)).map(ToString::to_string).collect::<Vec<_>>();
            gaps.retain(|gap| !is_practice(gap));
            // The full explanation names what was answered, and what it counts.
            if let Some(question) = result["result"].pointer_mut(&format!("/practice/questions/{which}")) {
                for input in ["answered", "declared", "suggested"] {
                    question[input].take();
                }
            }
            (result, known, asked)
        };
        let unanswered = explained(None);
        // Nothing, or what weighs as much for as against.
        for (declared, suggested) in [(0.0, 0.0), (0.5, -1.0)] {
            let answered = explained(Some(PracticeAnswer { declared, suggested, signals: Vec::new() }));
            prop_assert_eq!(&answered.0, &unanswered.0);
            prop_assert_eq!(answered.1, unanswered.1 + 0.125);
            prop_assert_ne!(&answered.2, &unanswered.2);
        }
    }

    #[test]
    fn a_positive_signal_never_lowers_the_score_and_counts_half_where_suggested(
        catalog in catalogs(),
        profile in profiles(1),
        needs in needs(),
        (which, signal) in (0_usize..3, 0_u8..6),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let weight = world::SIGNALS[usize::from(signal)];
        let with = |declared: f64, suggested: f64, basis| {
            let mut profile = profile.clone();
            let answer = profile.practice[which].get_or_insert_default();
            answer.declared += declared;
            answer.suggested += suggested;
            answer.signals.push(ShownSignal { signal, basis });
            scored(&catalog, &policy, &profile, &needs).0
        };
        let before = scored(&catalog, &policy, &profile, &needs).0;
        let declared = with(weight, 0.0, SignalBasis::Declared);
        let suggested = with(0.0, weight, SignalBasis::Suggested);
        prop_assert!(before <= suggested && suggested <= declared, "{} {} {}", before, suggested, declared);
        let half = with(weight / 2.0, 0.0, SignalBasis::Declared);
        prop_assert_eq!(suggested.to_bits(), half.to_bits());
    }
}
