//! On random directories the engine gives what the reference gives, bit for bit, whatever was written in which order.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{collection::vec, prelude::*};
use tailor::{
    id::Id,
    matching::{index::Index, profile::Profile},
};

use crate::{
    random_world::{catalogs, needs, profiles, stalenesses},
    sameness::assert_same,
    world::{self, Payload},
};

/// One write to a directory.
#[derive(Clone, Debug)]
enum Change {
    Upsert(Box<Profile>),
    Remove(Id),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => profiles(24).prop_map(|profile| Change::Upsert(Box::new(profile))),
        1 => (0_u8..24).prop_map(|number| Change::Remove(world::id(number))),
    ]
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
        }
    }

    #[test]
    fn changes_leave_no_trace(
        catalog in catalogs(),
        changes in vec(changes(), 1..80),
        needs in needs(),
        staleness in stalenesses(),
    ) {
        let (catalog, policy) = (Arc::new(catalog), world::policy());
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
                Change::Remove(id) => {
                    prop_assert_eq!(index.remove(&id), profiles.remove(&id).is_some());
                }
            }
            prop_assert_eq!(index.len(), profiles.len());
        }
        snapshots.push((index, profiles));
        // A snapshot stays what it was, whatever was written since.
        for (index, profiles) in snapshots {
            let profiles: Vec<_> = profiles.into_values().collect();
            assert_same(&index, &profiles, &needs, &catalog, &policy, staleness);
            prop_assert!(profiles.iter().all(|profile| index.get(&profile.id).map(|p| **p == Payload::of(profile)) == Some(true)));
        }
    }
}
