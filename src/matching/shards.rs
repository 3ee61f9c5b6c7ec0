//! A map in many small parts, so that a copy shares all of them and a change copies one.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use crate::id::Id;

const SHARDS: usize = 256;

/// A key that spreads over the shards.
pub(crate) trait Key: Copy + Eq + Hash {
    fn shard(&self) -> usize;
}

impl Key for Id {
    fn shard(&self) -> usize {
        usize::from(self.as_bytes()[15])
    }
}

impl Key for u64 {
    fn shard(&self) -> usize {
        usize::from(self.to_le_bytes()[0])
    }
}

/// A map whose copies are cheap.
#[derive(Clone, Debug)]
pub(crate) struct Shards<K, V>(Vec<Arc<HashMap<K, V>>>);

impl<K: Key, V: Clone> Shards<K, V> {
    pub(crate) fn new() -> Self {
        Self(std::iter::repeat_with(Arc::default).take(SHARDS).collect())
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key.shard() % SHARDS)?.get(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if let Some(shard) = self.0.get_mut(key.shard() % SHARDS) {
            Arc::make_mut(shard).insert(key, value);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        // A key that is not there must not cost a copy.
        self.get(key)?;
        Arc::make_mut(self.0.get_mut(key.shard() % SHARDS)?).remove(key)
    }
}
