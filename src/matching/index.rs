//! The directory of published profiles in memory.
//!
//! Blocks of columns behind shared pointers: a copy of an [`Index`] shares them all, a change copies the one block that it
//! touches, so that readers keep snapshots while a writer goes on.
//!
//! *Invariant*: of all profiles with one NPI exactly one is chosen, whatever was written in which order.

use std::{
    collections::{BTreeSet, HashMap},
    num::NonZeroU64,
    sync::Arc,
};

use super::{
    bits::SLOTS,
    codes::Codes,
    columns::Columns,
    model::Model,
    neighbourhood::neighbourhood,
    places::{Places, hash},
    policy::Policy,
    profile::Profile,
};
use crate::{catalog::model::Catalog, id::Id, pace::give_way};

/// The published profiles, each with a payload `S` that answers show, prepared for one catalog and one policy.
#[derive(Debug)]
pub struct Index<S> {
    model: Arc<Model>,
    blocks: Vec<Arc<Block<S>>>,
    /// The place of each profile, by id.
    places: Places,
    /// The places of the profiles of each NPI.
    npis: Places,
    codes: Codes,
    /// Places that were given up.
    free: Arc<Vec<u32>>,
    /// How many places were ever in use.
    used: u32,
}

/// One block: its columns, and what belongs to no column.
#[derive(Debug)]
pub(super) struct Block<S> {
    pub columns: Columns,
    payloads: Vec<Option<Arc<S>>>,
}

impl<S> Index<S> {
    /// An empty directory for one catalog and one policy.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, policy: Arc<Policy>) -> Self {
        Self {
            model: Arc::new(Model::new(catalog, policy)),
            blocks: Vec::new(),
            places: Places::new(),
            npis: Places::new(),
            codes: Codes::new(),
            free: Arc::default(),
            used: 0,
        }
    }

    /// The catalog that everything here was worked out for.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.model.catalog
    }

    /// The policy that everything here was worked out for.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.model.policy
    }

    /// How many profiles there are, those that another profile of the same NPI hides included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The payload of a profile.
    #[must_use]
    pub fn get(&self, id: &Id) -> Option<&Arc<S>> {
        self.payload(self.place(id)?)
    }

    /// Every profile's id and payload, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &Arc<S>)> {
        self.blocks.iter().flat_map(|block| {
            let columns = &block.columns;
            columns.live.slots().filter_map(|slot| Some((columns.ids[slot], block.payloads[slot].as_ref()?)))
        })
    }

    /// The same profiles under another policy, from what is known here.
    #[must_use]
    pub fn rebuilt_for(&self, policy: Arc<Policy>) -> Self {
        let model = Arc::new(Model::new(Arc::clone(&self.model.catalog), policy));
        let mut rebuilt = Self { model: Arc::clone(&model), ..self.clone() };
        rebuilt.blocks.iter_mut().for_each(|block| Arc::make_mut(block).columns.rebuild(&model));
        rebuilt
    }

    /// Adds many profiles; of several with one id the last counts.
    ///
    /// Those of one jurisdiction and neighbourhood get places side by side, so that most requests find whole blocks without
    /// anybody for them: the more come at once, the better.
    pub fn bulk(&mut self, profiles: impl IntoIterator<Item = (Profile, Arc<S>)>) {
        let mut profiles: Vec<_> = profiles.into_iter().collect();
        let last: HashMap<Id, usize> = profiles.iter().enumerate().map(|(at, (p, _))| (p.id, at)).collect();
        let mut at = 0..;
        profiles.retain(|(profile, _)| last.get(&profile.id).copied() == at.next());
        profiles.sort_by_cached_key(|(profile, _)| neighbourhood(profile, &mut self.codes));
        let mut touched = BTreeSet::new();
        for (profile, payload) in profiles {
            touched.extend(self.put(&profile, payload));
            give_way();
        }
        for (_, block) in self.blocks.iter_mut().enumerate().filter(|(at, _)| touched.contains(at)) {
            let columns = &mut Arc::make_mut(block).columns;
            columns.sum_up();
            columns.shrink();
            give_way();
        }
    }

    /// Adds a profile, or puts it in the place of the one with the same id.
    pub fn upsert(&mut self, profile: &Profile, payload: Arc<S>) {
        let block = self.put(profile, payload).and_then(|block| self.blocks.get_mut(block));
        if let Some(block) = block {
            Arc::make_mut(block).columns.sum_up();
        }
    }

    /// Removes a profile; false where there is none with this id.
    pub fn remove(&mut self, id: &Id) -> bool {
        let Some(place) = self.place(id) else { return false };
        self.places.remove(hash(id.as_bytes()), place);
        let mut npi = None;
        if let Some((block, slot)) = self.block_mut(place) {
            npi = block.columns.npis[slot];
            block.columns.clear(slot);
            block.columns.sum_up();
            block.payloads[slot] = None;
        }
        Arc::make_mut(&mut self.free).push(place);
        if let Some(npi) = npi {
            self.npis.remove(npi_hash(npi), place);
            self.elect(npi);
        }
        true
    }

    /// Adds or replaces a profile, and gives the block that it is in.
    fn put(&mut self, profile: &Profile, payload: Arc<S>) -> Option<usize> {
        self.remove(&profile.id);
        let place = self.allocate();
        let model = Arc::clone(&self.model);
        let (at, slot) = split(place);
        let block = Arc::make_mut(self.blocks.get_mut(at)?);
        block.columns.fill(slot, profile, &model, &mut self.codes);
        block.payloads[slot] = Some(payload);
        let npi = block.columns.npis[slot];
        let blocks = &self.blocks;
        let id_hash = |place| at_place(blocks, place).map_or(0, |(c, slot)| hash(c.ids[slot].as_bytes()));
        self.places.insert(hash(profile.id.as_bytes()), place, id_hash);
        match npi {
            None => self.choose(place, true),
            Some(npi) => {
                let held = |place| at_place(blocks, place).and_then(|(c, slot)| c.npis[slot]);
                self.npis.insert(npi_hash(npi), place, |place| held(place).map_or(0, npi_hash));
                self.elect(npi);
            }
        }
        Some(at)
    }

    pub(super) fn model(&self) -> &Arc<Model> {
        &self.model
    }

    pub(super) const fn codes(&self) -> &Codes {
        &self.codes
    }

    /// The columns of every block, in the order of places.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Columns> {
        self.blocks.iter().map(|block| &block.columns)
    }

    /// The columns and the slot of a place.
    pub(super) fn at(&self, place: u32) -> Option<(&Columns, usize)> {
        at_place(&self.blocks, place)
    }

    pub(super) fn place(&self, id: &Id) -> Option<u32> {
        let is_of = |place| self.at(place).is_some_and(|(columns, slot)| columns.ids[slot] == *id);
        self.places.under(hash(id.as_bytes()), is_of).next()
    }

    pub(super) fn payload(&self, place: u32) -> Option<&Arc<S>> {
        let (block, slot) = split(place);
        self.blocks.get(block)?.payloads.get(slot)?.as_ref()
    }

    fn allocate(&mut self) -> u32 {
        if let Some(place) = self.free.last().copied() {
            Arc::make_mut(&mut self.free).pop();
            return place;
        }
        let place = self.used;
        self.used += 1;
        if split(place).0 == self.blocks.len() {
            let payloads = std::iter::repeat_with(|| None).take(SLOTS).collect();
            self.blocks.push(Arc::new(Block {
                columns: Columns::new(self.model.catalog.problem_areas.len()),
                payloads,
            }));
        }
        place
    }

    fn block_mut(&mut self, place: u32) -> Option<(&mut Block<S>, usize)> {
        let (block, slot) = split(place);
        self.blocks.get_mut(block).map(|block| (Arc::make_mut(block), slot))
    }

    fn choose(&mut self, place: u32, is_chosen: bool) {
        let known = self.at(place).map(|(columns, slot)| columns.chosen.has(slot));
        // A flag that stays as it is must not cost a copy of the block.
        if known != Some(is_chosen)
            && let Some((block, slot)) = self.block_mut(place)
        {
            match is_chosen {
                true => block.columns.chosen.set(slot),
                false => block.columns.chosen.clear(slot),
            }
        }
    }

    /// Chooses who counts of those with one NPI.
    fn elect(&mut self, npi: NonZeroU64) {
        let is_of = |place| self.at(place).is_some_and(|(columns, slot)| columns.npis[slot] == Some(npi));
        let holders: Vec<_> = self.npis.under(npi_hash(npi), is_of).collect();
        let standing = |place: &u32| self.at(*place).map(|(columns, slot)| columns.standing(slot));
        let winner = holders.iter().copied().max_by_key(standing);
        for place in holders {
            self.choose(place, Some(place) == winner);
        }
    }
}

fn at_place<S>(blocks: &[Arc<Block<S>>], place: u32) -> Option<(&Columns, usize)> {
    let (block, slot) = split(place);
    blocks.get(block).map(|block| (&block.columns, slot))
}

fn npi_hash(npi: NonZeroU64) -> u64 {
    hash(&npi.get().to_le_bytes())
}

/// The block and the slot of a place.
pub(super) const fn split(place: u32) -> (usize, usize) {
    (place as usize / SLOTS, place as usize % SLOTS)
}

/// The place of a slot of a block.
pub(super) const fn join(block: usize, slot: usize) -> u32 {
    (block * SLOTS + slot) as u32
}

impl<S> Clone for Index<S> {
    fn clone(&self) -> Self {
        Self {
            model: Arc::clone(&self.model),
            blocks: self.blocks.clone(),
            places: self.places.clone(),
            npis: self.npis.clone(),
            codes: self.codes.clone(),
            free: Arc::clone(&self.free),
            used: self.used,
        }
    }
}

impl<S> Clone for Block<S> {
    fn clone(&self) -> Self {
        Self { columns: self.columns.clone(), payloads: self.payloads.clone() }
    }
}
