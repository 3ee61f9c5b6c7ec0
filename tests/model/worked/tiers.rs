//! Section 5: order, tiers, ties, turns.
//!
//! One area with σ = 1 and one strong modality, held as a foundation: fit is the depth, which is the level's ε.
//! The modality serves no phase and no dimension, so that integration is 0.3 · practice. Weights 0.6, 0.2, 0.2.
//!
//! | | ε | freshness | practice | score |
//! |---|---|---|---|---|
//! | 1 | 0.9 | today: 1 | 0.5 | 0.54 + 0.20 + 0.03 = 0.77 |
//! | 2 | 0.8 | today: 1 | 0.5 | 0.48 + 0.20 + 0.03 = 0.71 |
//! | 3 | 1.0 | 90 days: 0.6 | 0.5 | 0.60 + 0.12 + 0.03 = 0.75 |
//! | 4 | 0.7 | today: 1 | 1.0 | 0.42 + 0.20 + 0.06 = 0.68 |
//!
//! Order 1, 3, 2, 4. Differences times weight, and whether the tier's first robustly outranks (lead > 0.2 · swing):
//! 1 over 3: −0.06 + 0.08 = 0.02, swing 0.14 · 0.2 = 0.028: no, 3 joins.
//! 1 over 2: 0.06, swing 0.06 · 0.2 = 0.012: yes, 2 starts tier 2.
//! 2 over 4: 0.06 − 0.03 = 0.03, swing 0.09 · 0.2 = 0.018: yes, 4 starts tier 3.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Grade, Phase},
    id::Id,
    matching::{
        answer::Ranking,
        index::Index,
        needs::Needs,
        profile::Profile,
        rank::{Staleness, rank},
    },
    vocabulary::{EvidenceLevel, Order, Role, Severity},
};

use crate::world::{self, Payload};

fn catalog() -> Catalog {
    world::catalog(
        vec![world::modality("erp", [0.0; 3], [0.0; 5])],
        vec![world::area("ocd", Phase::Action, 1.0, [0.0; 5])],
        vec![world::evidence("erp", "ocd", Grade::Strong)],
        Vec::new(),
    )
}

fn therapist(catalog: &Catalog, number: u8, level: EvidenceLevel) -> Profile {
    Profile {
        modalities: vec![world::claim(catalog, "erp", Role::Foundation, level)],
        ..world::profile(number)
    }
}

fn directory() -> (Index<Payload>, Needs) {
    let catalog = catalog();
    let profiles = [
        Profile {
            next_opening_on: Some(world::in_days(10)),
            ..therapist(&catalog, 1, EvidenceLevel::Certified)
        },
        therapist(&catalog, 2, EvidenceLevel::Trained),
        Profile {
            confirmed_at: Some(world::days_ago(90)),
            ..therapist(&catalog, 3, EvidenceLevel::OutcomeVerified)
        },
        Profile {
            practice: [
                world::answered(&[0, 2], &[]),
                world::answered(&[2, 4], &[]),
                world::answered(&[0, 4], &[]),
            ],
            ..therapist(&catalog, 4, EvidenceLevel::Supervised)
        },
    ];
    let needs = world::needs(vec![world::concern(&catalog, "ocd", Severity::Mild)]);
    (world::index(&Arc::new(catalog), &world::policy(), &profiles), needs)
}

/// Number, tier and score of each result.
fn table(ranking: &Ranking<'_, Payload>) -> Vec<(u8, u32, f64)> {
    ranking.results.iter().map(|r| (r.therapist.summary.number, r.tier.unwrap(), r.score)).collect()
}

#[test]
fn a_tier_ends_where_other_weights_could_no_longer_turn_the_order() {
    let (index, needs) = directory();
    let ranking = rank(&index, &needs, Staleness::Mark);
    assert_eq!(table(&ranking), [(1, 1, 0.77), (3, 1, 0.75), (2, 2, 0.71), (4, 3, 0.68)]);
    let ranks: Vec<_> = ranking.results.iter().map(|result| result.rank).collect();
    assert_eq!(ranks, [Some(1), Some(2), Some(3), Some(4)]);
    // The limit cuts the list and nothing else.
    let two = rank(&index, &Needs { limit: 2, ..needs }, Staleness::Mark);
    assert_eq!(table(&two), [(1, 1, 0.77), (3, 1, 0.75)]);
    assert_eq!((two.considered, two.eligible), (4, 4));
}

#[test]
fn stale_profiles_are_marked_demoted_or_hidden() {
    let (index, needs) = directory();
    let demoted = rank(&index, &needs, Staleness::Demote { days: 89 });
    assert_eq!(table(&demoted), [(1, 1, 0.77), (2, 2, 0.71), (4, 3, 0.68), (3, 4, 0.75)]);
    // Stale is what is older than the limit.
    assert_eq!(table(&rank(&index, &needs, Staleness::Demote { days: 90 })).len(), 4);
    assert_eq!(rank(&index, &needs, Staleness::Hide { days: 90 }).considered, 4);
    let hidden = rank(&index, &needs, Staleness::Hide { days: 89 });
    assert_eq!((hidden.considered, table(&hidden)), (3, vec![(1, 1, 0.77), (2, 2, 0.71), (4, 3, 0.68)]));
}

/// xxh3-64 over the seed, least byte first, and the bytes of the id.
fn hash(seed: u64, id: Id) -> u64 {
    xxhash_rust::xxh3::xxh3_64(&[&seed.to_le_bytes()[..], id.as_bytes()].concat())
}

#[test]
fn turns_stay_within_a_tier_and_favour_who_has_an_opening() {
    let (index, needs) = directory();
    let mut firsts = 0;
    for seed in 0..200 {
        let turned = rank(&index, &Needs { order: Order::Rotate, seed, ..needs.clone() }, Staleness::Mark);
        let order = table(&turned);
        assert_eq!(order[2..], [(2, 2, 0.71), (4, 3, 0.68)]);
        // u to the power of 1/c: the first has an opening within 30 days (c = 1), the third none (c = 0.5).
        let u = |number| ((hash(seed, world::id(number)) >> 12) as f64 + 0.5) / 2_f64.powi(52);
        let first = if u(1) > u(3).powi(2) { 1 } else { 3 };
        assert_eq!(order[0].0, first);
        firsts += u32::from(first == 1);
    }
    // Two of three times in the long run.
    assert!((115..=152).contains(&firsts), "{firsts}");
}

#[test]
fn equals_are_ordered_by_the_seed() {
    let catalog = catalog();
    let needs = world::needs(vec![world::concern(&catalog, "ocd", Severity::Mild)]);
    let equals: Vec<_> = (1..=9).map(|number| therapist(&catalog, number, EvidenceLevel::Trained)).collect();
    let index = world::index(&Arc::new(catalog), &world::policy(), &equals);
    for seed in [7, 20_261_122] {
        let ranking = rank(&index, &Needs { seed, ..needs.clone() }, Staleness::Mark);
        let mut expected: Vec<_> = (1..=9).collect();
        expected.sort_by_key(|number| hash(seed, world::id(*number)));
        let numbers: Vec<_> = table(&ranking).into_iter().map(|(number, tier, _)| (number, tier)).collect();
        assert_eq!(numbers, expected.into_iter().map(|number| (number, 1)).collect::<Vec<_>>());
    }
    assert_eq!(needs.seed, 20_261_122);
}
