//! Answers a query: one page, how many there are in all, and the facets.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap},
};

use super::{
    block::{Block, UNKNOWN_DAY},
    facets::{Counts, Facet},
    field::Field,
    index::{Index, split},
    query::{Key, Query},
    request::Sort,
    select::{Plan, Scratch, Selected},
    terms::key,
};
use crate::{id::Id, matching::bits::SLOTS};

/// What a query finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// One page, in order.
    pub places: Vec<Place>,
    /// How many the query admits on all pages.
    pub total: u64,
    /// Where the next page begins.
    pub next: Option<Key>,
    pub facets: BTreeMap<Field, Facet>,
}

/// A profile that is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub(super) place: u32,
    pub id: Id,
    /// In kilometres; `None` where the query names no place or the profile has no position.
    pub distance: Option<f64>,
}

/// Answers `query` from `index`.
#[must_use]
pub fn find(index: &Index, query: &Query) -> Found {
    use Sort as S;
    let after = query.after.as_ref();
    let numbered = |rank: &dyn Fn(&Block, usize, &Scratch) -> i64| {
        let after = after.map(|key| (key.number, key.id));
        walk(
            index,
            query,
            after,
            |block, slot, scratch| (rank(block, slot, scratch), block.ids[slot]),
            |(number, id)| Key { number: *number, name: None, id: *id },
        )
    };
    // Distances are not negative: such numbers are in the order of their bits.
    let distance = |scratch: &Scratch, slot: usize| scratch.distances[slot].to_bits().cast_signed();
    match query.sort {
        None => walk(
            index,
            query,
            after.map(|key| key.id),
            |block, slot, _| block.ids[slot],
            |id| Key { number: 0, name: None, id: *id },
        ),
        Some(S::Relevance) => numbered(&|_, slot, scratch| -i64::from(scratch.scores[slot])),
        Some(S::RelevanceDown) => numbered(&|_, slot, scratch| i64::from(scratch.scores[slot])),
        Some(S::Distance) => numbered(&|_, slot, scratch| distance(scratch, slot)),
        Some(S::DistanceDown) => numbered(&|_, slot, scratch| match distance(scratch, slot) {
            unknown if scratch.distances[slot].is_infinite() => unknown,
            known => -known,
        }),
        Some(S::NextOpeningOn) => numbered(&|block, slot, _| match block.opening[slot] {
            UNKNOWN_DAY => i64::MAX,
            day => i64::from(day),
        }),
        Some(S::NextOpeningOnDown) => numbered(&|block, slot, _| match block.opening[slot] {
            UNKNOWN_DAY => i64::MAX,
            day => -i64::from(day),
        }),
        Some(S::UpdatedAt) => numbered(&|block, slot, _| block.updated_at[slot]),
        Some(S::UpdatedAtDown) => numbered(&|block, slot, _| block.updated_at[slot].saturating_neg()),
        Some(S::DisplayName) => walk(
            index,
            query,
            after.map(|key| (Name::of(key), key.id)),
            |block, slot, _| (Name::at(block, slot), block.ids[slot]),
            |(name, id)| Key { number: 0, name: Some(name.text().to_owned()), id: *id },
        ),
        Some(S::DisplayNameDown) => walk(
            index,
            query,
            after.map(|key| (Reverse(Name::of(key)), key.id)),
            |block, slot, _| (Reverse(Name::at(block, slot)), block.ids[slot]),
            |(Reverse(name), id)| Key { number: 0, name: Some(name.text().to_owned()), id: *id },
        ),
    }
}

/// A name as it is compared: its first bytes decide nearly always, so that the rest is seldom looked up.
#[derive(Clone, Copy, Debug)]
struct Name<'a> {
    key: u64,
    text: Text<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Text<'a> {
    Given(&'a str),
    At(&'a Block, usize),
}

impl<'a> Name<'a> {
    fn of(after: &'a Key) -> Self {
        let name = after.name.as_deref().unwrap_or_default();
        Self { key: key(name), text: Text::Given(name) }
    }

    fn at(block: &'a Block, slot: usize) -> Self {
        Self { key: block.name_keys[slot], text: Text::At(block, slot) }
    }

    fn text(&self) -> &'a str {
        match self.text {
            Text::Given(text) => text,
            Text::At(block, slot) => block.name(slot),
        }
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Name<'_> {}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key).then_with(|| self.text().cmp(other.text()))
    }
}

/// Goes through all blocks in the order of `rank`.
fn walk<'a, K: Ord + Copy>(
    index: &'a Index,
    query: &'a Query,
    after: Option<K>,
    rank: impl Fn(&'a Block, usize, &Scratch) -> K,
    cursor: impl Fn(&K) -> Key,
) -> Found {
    let vocabulary = index.vocabulary();
    let plan = Plan::of(query, vocabulary);
    let mut counts = Counts::of(query);
    let mut scratch = Scratch::new();
    // The best so far, the last of them on top; one more than the page tells whether there is another.
    let mut best: BinaryHeap<(K, Ranked)> = BinaryHeap::with_capacity(query.limit + 2);
    let mut total = 0;
    for (at, block) in index.blocks().enumerate() {
        let selected: Selected = plan.select(block, &mut scratch);
        counts.iter_mut().for_each(|counts| counts.add(&plan, block, &selected));
        total += selected.admitted.count();
        for slot in selected.admitted.slots() {
            let key = rank(block, slot, &scratch);
            if after.is_some_and(|after| key <= after) {
                continue;
            }
            if best.len() > query.limit && best.peek().is_some_and(|(last, _)| *last <= key) {
                continue;
            }
            let distance = query.near.map(|_| scratch.distances[slot]).filter(|km| km.is_finite());
            best.push((key, Ranked { place: (at * SLOTS + slot) as u32, distance }));
            if best.len() > query.limit + 1 {
                best.pop();
            }
        }
    }
    let mut best = best.into_sorted_vec();
    let is_last = best.len() <= query.limit;
    best.truncate(query.limit);
    let next = if is_last { None } else { best.last().map(|(key, _)| cursor(key)) };
    let places = best.iter().filter_map(|(_, Ranked { place, distance })| {
        let (block, slot) = index.at(*place)?;
        Some(Place { place: *place, id: block.ids[slot], distance: *distance })
    });
    let facets = counts.into_iter().map(|counts| counts.finish(vocabulary)).collect();
    Found { places: places.collect(), total, next, facets }
}

/// What goes with a key. Keys are never equal, because ids are not.
#[derive(Clone, Copy, Debug)]
struct Ranked {
    place: u32,
    distance: Option<f64>,
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.cmp(&other.place)
    }
}

impl Index {
    /// The kept profile of a place, and when it was last confirmed: microseconds since the Unix epoch.
    pub(super) fn document(&self, place: u32) -> Option<(&super::document::Document, Option<i64>)> {
        let (block, slot) = split(place);
        let block = self.blocks().nth(block)?;
        let confirmed_at = block.confirmed_at.get(slot).copied().filter(|at| *at != super::block::NEVER);
        Some((block.payloads.get(slot)?.document.as_ref()?, confirmed_at))
    }
}
