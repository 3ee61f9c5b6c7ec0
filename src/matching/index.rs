//! The directory of published profiles in memory.
//!
//! Blocks of columns behind shared pointers: a copy of an [`Index`] shares them all, a change copies the one block that it
//! touches, so that readers keep snapshots while a writer goes on.
//!
//! *Invariant*: of all profiles with one NPI exactly one is chosen, whatever was written in which order.

use std::sync::Arc;

use super::{
    bits::SLOTS, codes::Codes, columns::Columns, model::Model, policy::Policy, profile::Profile,
    shards::Shards,
};
use crate::{catalog::model::Catalog, id::Id};

/// The published profiles, each with a payload `S` that answers show, prepared for one catalog and one policy.
#[derive(Debug)]
pub struct Index<S> {
    model: Arc<Model>,
    blocks: Vec<Arc<Block<S>>>,
    /// The place of each profile.
    places: Shards<Id, u32>,
    /// The places of all profiles of one NPI.
    npis: Shards<u64, Holders>,
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

/// Those who share an NPI; nearly always one.
#[derive(Clone, Debug)]
enum Holders {
    One(u32),
    Several(Box<[u32]>),
}

impl Holders {
    fn places(&self) -> &[u32] {
        match self {
            Self::One(place) => std::slice::from_ref(place),
            Self::Several(places) => places,
        }
    }

    fn of(places: &[u32]) -> Option<Self> {
        match places {
            [] => None,
            [place] => Some(Self::One(*place)),
            several => Some(Self::Several(several.into())),
        }
    }
}

impl<S> Index<S> {
    /// An empty directory for one catalog and one policy.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, policy: Arc<Policy>) -> Self {
        Self {
            model: Arc::new(Model::new(catalog, policy)),
            blocks: Vec::new(),
            places: Shards::new(),
            npis: Shards::new(),
            codes: Codes::default(),
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
        self.payload(*self.places.get(id)?)
    }

    /// Every profile's id and payload, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &Arc<S>)> {
        self.blocks.iter().flat_map(|block| {
            let columns = &block.columns;
            columns.live.slots().filter_map(|slot| Some((columns.ids[slot], block.payloads[slot].as_ref()?)))
        })
    }

    /// Adds many profiles; of several with one id the last counts.
    pub fn bulk(&mut self, profiles: impl IntoIterator<Item = (Profile, Arc<S>)>) {
        for (profile, payload) in profiles {
            self.upsert(&profile, payload);
        }
    }

    /// Adds a profile, or puts it in the place of the one with the same id.
    pub fn upsert(&mut self, profile: &Profile, payload: Arc<S>) {
        self.remove(&profile.id);
        let place = self.allocate();
        let mut codes = std::mem::take(&mut self.codes);
        let model = Arc::clone(&self.model);
        if let Some((block, slot)) = self.block_mut(place) {
            block.columns.fill(slot, profile, &model, &mut codes);
            block.payloads[slot] = Some(payload);
        }
        self.codes = codes;
        self.places.insert(profile.id, place);
        match profile.npi {
            None => self.choose(place, true),
            Some(npi) => {
                let mut holders =
                    self.npis.get(&npi).map_or_else(Vec::new, |holders| holders.places().to_vec());
                holders.push(place);
                self.elect(npi, &holders);
            }
        }
    }

    /// Removes a profile; false where there is none with this id.
    pub fn remove(&mut self, id: &Id) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        let mut npi = None;
        if let Some((block, slot)) = self.block_mut(place) {
            npi = block.columns.npis[slot];
            block.columns.clear(slot);
            block.payloads[slot] = None;
        }
        Arc::make_mut(&mut self.free).push(place);
        if let Some(npi) = npi {
            let holders = self.npis.get(&npi).map_or_else(Vec::new, |holders| holders.places().to_vec());
            let left: Vec<_> = holders.into_iter().filter(|holder| *holder != place).collect();
            self.elect(npi, &left);
        }
        true
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
        let (block, slot) = split(place);
        self.blocks.get(block).map(|block| (&block.columns, slot))
    }

    pub(super) fn place(&self, id: &Id) -> Option<u32> {
        self.places.get(id).copied()
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

    fn elect(&mut self, npi: u64, holders: &[u32]) {
        let standing = |place: &u32| self.at(*place).map(|(columns, slot)| columns.standing(slot));
        let winner = holders.iter().copied().max_by_key(standing);
        for place in holders {
            self.choose(*place, Some(*place) == winner);
        }
        match Holders::of(holders) {
            Some(holders) => self.npis.insert(npi, holders),
            None => {
                self.npis.remove(&npi);
            }
        }
    }
}

/// The block and the slot of a place.
pub(super) const fn split(place: u32) -> (usize, usize) {
    (place as usize / SLOTS, place as usize % SLOTS)
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
