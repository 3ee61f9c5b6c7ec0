//! All profiles of the directory in memory, whatever their status.
//!
//! Blocks behind shared pointers, as in the matching engine: a copy of an [`Index`] shares them all, a change copies the
//! one block that it touches. *Invariant*: of all published profiles with one NPI exactly one is listed, whatever was
//! written in which order.

use std::sync::Arc;

use super::{
    block::{Block, Vocabulary},
    document::Codec,
    entry::Entry,
};
use crate::{
    catalog::model::Catalog,
    id::Id,
    matching::{bits::SLOTS, shards::Shards},
    pace::give_way,
};

/// The profiles, found by id, filter and word.
#[derive(Clone, Debug)]
pub struct Index {
    codec: Codec,
    vocabulary: Vocabulary,
    blocks: Vec<Arc<Block>>,
    places: Shards<Id, u32>,
    /// The places of all published profiles of one NPI.
    npis: Shards<u64, Box<[u32]>>,
    /// Places that were given up.
    free: Arc<Vec<u32>>,
    /// How many places were ever in use.
    used: u32,
    /// Blocks whose words have changed since [`Index::settle`].
    unsettled: Vec<u32>,
}

impl Index {
    /// An empty directory. The catalog's codes help to keep profiles small.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            codec: Codec::new(catalog),
            vocabulary: Vocabulary::default(),
            blocks: Vec::new(),
            places: Shards::new(),
            npis: Shards::new(),
            free: Arc::default(),
            used: 0,
            unsettled: Vec::new(),
        }
    }

    /// What packs profiles for this index.
    #[must_use]
    pub const fn codec(&self) -> &Codec {
        &self.codec
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a profile, or puts it in the place of the one with the same id. [`Index::settle`] after the last of many.
    pub fn upsert(&mut self, entry: Entry<'_>) {
        self.remove(&entry.id);
        let place = self.allocate();
        let (block, slot) = split(place);
        let (id, npi, is_published) = (entry.id, entry.npi, entry.is_published);
        if let Some(block) = self.blocks.get_mut(block) {
            let block = Arc::make_mut(block);
            block.fill(slot, entry, &mut self.vocabulary);
            block.text.settle_if_full();
        }
        self.note(block);
        self.places.insert(id, place);
        match npi {
            _ if !is_published => {}
            None => self.list(place, true),
            Some(npi) => {
                let mut holders = self.holders(npi);
                holders.push(place);
                self.elect(npi, &holders);
            }
        }
    }

    /// Removes a profile; false where there is none with this id.
    pub fn remove(&mut self, id: &Id) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        let (block, slot) = split(place);
        let mut npi = None;
        if let Some(block) = self.blocks.get_mut(block).map(Arc::make_mut) {
            npi = block.payloads.get(slot).and_then(|payload| payload.npi);
            block.clear(slot);
        }
        self.note(block);
        Arc::make_mut(&mut self.free).push(place);
        if let Some(npi) = npi {
            let mut holders = self.holders(npi);
            holders.retain(|holder| *holder != place);
            self.elect(npi, &holders);
        }
        true
    }

    /// Sorts the words of what was changed into their blocks, where enough was.
    pub fn settle(&mut self) {
        for block in std::mem::take(&mut self.unsettled) {
            if let Some(block) = self.blocks.get_mut(block as usize).filter(|block| block.text.is_loose()) {
                Arc::make_mut(block).text.settle();
                give_way();
            }
        }
    }

    pub(super) fn blocks(&self) -> impl ExactSizeIterator<Item = &Block> {
        self.blocks.iter().map(|block| &**block)
    }

    pub(super) const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The block and the slot of a place.
    pub(super) fn at(&self, place: u32) -> Option<(&Block, usize)> {
        let (block, slot) = split(place);
        self.blocks.get(block).map(|block| (&**block, slot))
    }

    fn note(&mut self, block: usize) {
        let block = block as u32;
        // The last ones are the likeliest.
        if !self.unsettled.iter().rev().any(|known| *known == block) {
            self.unsettled.push(block);
        }
    }

    fn allocate(&mut self) -> u32 {
        if let Some(place) = self.free.last().copied() {
            Arc::make_mut(&mut self.free).pop();
            return place;
        }
        let place = self.used;
        self.used += 1;
        if split(place).0 == self.blocks.len() {
            self.blocks.push(Arc::new(Block::new()));
        }
        place
    }

    fn holders(&self, npi: u64) -> Vec<u32> {
        self.npis.get(&npi).map_or_else(Vec::new, |places| places.to_vec())
    }

    fn list(&mut self, place: u32, is_listed: bool) {
        let (block, slot) = split(place);
        let Some(block) = self.blocks.get_mut(block) else { return };
        // A flag that stays as it is must not cost a copy of the block.
        if block.listed.has(slot) != is_listed {
            let block = Arc::make_mut(block);
            match is_listed {
                true => block.listed.set(slot),
                false => block.listed.clear(slot),
            }
        }
    }

    fn elect(&mut self, npi: u64, holders: &[u32]) {
        let standing = |place: &u32| self.at(*place).map(|(block, slot)| block.standing(slot));
        let winner = holders.iter().copied().max_by_key(standing);
        for place in holders {
            self.list(*place, Some(*place) == winner);
        }
        if holders.is_empty() {
            self.npis.remove(&npi);
        } else {
            self.npis.insert(npi, holders.into());
        }
    }
}

/// The block and the slot of a place.
pub(super) const fn split(place: u32) -> (usize, usize) {
    (place as usize / SLOTS, place as usize % SLOTS)
}
