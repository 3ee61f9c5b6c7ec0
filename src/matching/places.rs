//! Where profiles are, by hash, in many small parts, so that a copy shares all of them and a change copies one.
//!
//! Only places are kept: what is hashed stands in the columns of the place.

use std::sync::Arc;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

const PARTS: usize = 256;

/// Places by the hash of something that stands there; several may have the same.
#[derive(Clone, Debug)]
pub(super) struct Places(Vec<Arc<HashTable<u32>>>);

impl Places {
    pub(super) fn new() -> Self {
        Self(std::iter::repeat_with(Arc::default).take(PARTS).collect())
    }

    /// The places under a hash of which `is` holds.
    pub(super) fn under(&self, hash: u64, is: impl Fn(u32) -> bool) -> impl Iterator<Item = u32> {
        let part = self.0.get(part(hash)).into_iter();
        part.flat_map(move |part| part.iter_hash(hash).copied()).filter(move |place| is(*place))
    }

    /// `hash_of` is that of a place that was put in before.
    pub(super) fn insert(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        if let Some(part) = self.0.get_mut(part(hash)) {
            Arc::make_mut(part).insert_unique(hash, place, |place| hash_of(*place));
        }
    }

    pub(super) fn remove(&mut self, hash: u64, place: u32) {
        if let Some(part) = self.0.get_mut(part(hash))
            && let Ok(entry) = Arc::make_mut(part).find_entry(hash, |known| *known == place)
        {
            entry.remove();
        }
    }
}

/// The hash of what places are looked up by.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The tables use the other bits of a hash.
const fn part(hash: u64) -> usize {
    (hash >> 32) as usize % PARTS
}
