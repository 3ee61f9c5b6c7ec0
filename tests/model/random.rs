//! On random directories the engine gives what the reference gives, bit for bit, whatever was written in which order.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{collection::vec, prelude::*};
use tailor::{
    id::Id,
    matching::{
        index::Index,
        needs::{Constraints, Needs, Preferences},
        policy::Policy,
        profile::Profile,
        rank::rank,
    },
};

use crate::{
    random_world::{catalogs, needs, profiles, stalenesses},
    sameness::{assert_same, assert_same_ranking, assert_written},
    world::{self, Payload},
};

/// One write to a directory.
#[derive(Clone, Debug)]
enum Change {
    Upsert(Box<Profile>),
    Bulk(Vec<Profile>),
    Remove(Id),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => profiles(24).prop_map(|profile| Change::Upsert(Box::new(profile))),
        1 => vec(profiles(24), 0..12).prop_map(Change::Bulk),
        1 => (0_u8..24).prop_map(|number| Change::Remove(world::id(number))),
    ]
}

/// The default policy with other numbers in everything that is worked out before a request comes.
fn policies() -> impl Strategy<Value = Policy> {
    let numbers = (0.5_f64..8.0, 0.0_f64..=1.0, 0.0_f64..=1.0, 0.0_f64..=1.0, 0.0_f64..=1.0, 0_u16..60);
    numbers.prop_map(|(budget, level, second, undeclared, share, full_days)| {
        let mut policy = Policy::clone(&world::policy());
        policy.tables.depth.budget = budget;
        policy.tables.depth.evidence_level.trained = level;
        policy.tables.coverage.second_modality = second;
        policy.tables.coverage.first_line_floor = level;
        policy.tables.declaration.undeclared = undeclared / 2.0;
        policy.tables.practice.unanswered = undeclared;
        policy.tables.practice.suggested_signal = second;
        policy.tables.integration.phases = share;
        policy.tables.integration.whole_person = (1.0 - share) / 2.0;
        policy.tables.integration.practice = (1.0 - share) / 2.0;
        policy.tables.practical.freshness.full_days = full_days;
        policy.weights.integration = share;
        policy
    })
}

/// So many profiles that are much alike, in no order, as a directory of several blocks.
fn many(few: &[Profile], count: u32) -> Vec<Profile> {
    let profiles = few.iter().cycle().zip(0..count).map(|(profile, number)| {
        let mut id = [0; 16];
        id[12..].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
        Profile { id: Id::from_bytes(id), npi: None, ..profile.clone() }
    });
    profiles.collect()
}

/// The same without what makes bounds wider: they are as close to scores as they ever are.
fn plain(needs: Needs) -> Needs {
    let constraints = Constraints { accepting: needs.constraints.accepting, ..Constraints::default() };
    Needs { constraints, preferences: Preferences::default(), ..needs }
}

proptest! {
    // Some of these take thousands of comparisons with a slow oracle.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_blocks_rank_as_the_reference_does(
        catalog in catalogs(),
        few in vec(profiles(200), 60),
        needs in prop_oneof![needs(), needs().prop_map(plain)],
        staleness in stalenesses(),
        kept in 1_u32..4,
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let mut profiles = many(&few, 2500);
        let mut index = Index::new(Arc::clone(&catalog), Arc::clone(&policy));
        let payload = |profile: &Profile| Arc::new(Payload::of(profile));
        let (first, later) = profiles.split_at(2000);
        index.bulk(first.iter().map(|profile| (profile.clone(), payload(profile))));
        later.iter().for_each(|profile| index.upsert(profile, payload(profile)));
        // Holes in every block.
        for number in (0..profiles.len()).step_by(7).rev().filter(|number| number % kept as usize == 0) {
            prop_assert!(index.remove(&profiles.remove(number).id));
        }
        assert_same_ranking(&index, &profiles, &needs, &catalog, &policy, staleness);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_directory_ranks_as_the_reference_does(
        catalog in catalogs(),
        profiles in vec(profiles(200), 0..40),
        needs in vec(needs(), 3),
        staleness in stalenesses(),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
        let profiles: BTreeMap<_, _> = profiles.into_iter().map(|profile| (profile.id, profile)).collect();
        let profiles: Vec<_> = profiles.into_values().collect();
        let index = world::index(&catalog, &policy, &profiles);
        for needs in &needs {
            assert_same(&index, &profiles, needs, &catalog, &policy, staleness);
            assert_written(rank(&index, needs, staleness));
        }
    }

    #[test]
    fn changes_leave_no_trace(
        catalog in catalogs(),
        changes in vec(changes(), 1..80),
        needs in needs(),
        staleness in stalenesses(),
        other in policies(),
    ) {
        let (catalog, policy, other) = (Arc::new(catalog), world::policy(), Arc::new(other));
        let mut index = Index::new(Arc::clone(&catalog), Arc::clone(&policy));
        let mut profiles = BTreeMap::new();
        let mut snapshots = Vec::new();
        for (at, change) in changes.into_iter().enumerate() {
            if at % 20 == 10 {
                snapshots.push((index.clone(), profiles.clone()));
            }
            match change {
                Change::Upsert(profile) => {
                    index.upsert(&profile, Arc::new(Payload::of(&profile)));
                    profiles.insert(profile.id, *profile);
                }
                Change::Bulk(several) => {
                    let writes = several.iter().map(|profile| (profile.clone(), Arc::new(Payload::of(profile))));
                    index.bulk(writes);
                    profiles.extend(several.into_iter().map(|profile| (profile.id, profile)));
                }
                Change::Remove(id) => {
                    prop_assert_eq!(index.remove(&id), profiles.remove(&id).is_some());
                }
            }
            prop_assert_eq!(index.len(), profiles.len());
        }
        // Whatever happened before: the columns of another policy are those of a directory that never had this one.
        let rebuilt = index.rebuilt_for(Arc::clone(&other));
        let written: Vec<_> = profiles.values().cloned().collect();
        assert_same(&rebuilt, &written, &needs, &catalog, &other, staleness);
        let fresh = world::index(&catalog, &other, &written);
        let answers = [&rebuilt, &fresh].map(|index| serde_json::to_string(&rank(index, &needs, staleness)).unwrap());
        prop_assert_eq!(&answers[0], &answers[1]);
        snapshots.push((index, profiles));
        // A snapshot stays what it was, whatever was written since.
        for (index, profiles) in snapshots {
            let profiles: Vec<_> = profiles.into_values().collect();
            assert_same(&index, &profiles, &needs, &catalog, &policy, staleness);
            prop_assert!(profiles.iter().all(|profile| index.get(&profile.id).map(|p| **p == Payload::of(profile)) == Some(true)));
        }
    }
}
