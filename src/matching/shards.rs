//! A map in many small parts, so that a copy shares all of them and a change copies one.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, sync::Arc};

use xxhash_rust::xxh3::xxh3_64;

use crate::id::Id;

const SHARDS: usize = 256;

/// A key that spreads over the shards, the same whether it is owned or borrowed.
pub(crate) trait Key: Eq + Hash {
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

impl Key for str {
    fn shard(&self) -> usize {
        xxh3_64(self.as_bytes()) as usize
    }
}

impl<K: Key + ?Sized> Key for Box<K> {
    fn shard(&self) -> usize {
        K::shard(self)
    }
}

/// A map whose copies are cheap.
#[derive(Clone, Debug)]
pub(crate) struct Shards<K, V>(Vec<Arc<HashMap<K, V>>>);

impl<K: Clone + Eq + Hash, V: Clone> Shards<K, V> {
    pub(crate) fn new() -> Self {
        Self(std::iter::repeat_with(Arc::default).take(SHARDS).collect())
    }

    pub(crate) fn get<Q: Key + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key.shard() % SHARDS)?.get(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V)
    where
        K: Key,
    {
        if let Some(shard) = self.0.get_mut(key.shard() % SHARDS) {
            Arc::make_mut(shard).insert(key, value);
        }
    }

    pub(crate) fn remove<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        // A key that is not there must not cost a copy.
        self.get(key)?;
        Arc::make_mut(self.0.get_mut(key.shard() % SHARDS)?).remove(key)
    }
}
