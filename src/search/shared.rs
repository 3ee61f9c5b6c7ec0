//! Lists in parts, so that a copy shares all of them and a change copies one.

use std::sync::Arc;

/// How many elements a part holds.
const PART: usize = 256;

/// A list that grows at its end; copies are cheap.
#[derive(Clone, Debug)]
pub(super) struct Grown<T>(Vec<Arc<Vec<T>>>);

impl<T> Default for Grown<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Grown<T> {
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / PART)?.get(at % PART)
    }

    pub(super) fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * PART + last.len())
    }

    pub(super) fn push(&mut self, item: T) {
        match self.0.last_mut().filter(|part| part.len() < PART) {
            Some(part) => Arc::make_mut(part).push(item),
            None => self.0.push(Arc::new(vec![item])),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|part| part.iter())
    }
}

/// How many slots a part of [`Slots`] holds.
const FEW: usize = 32;

/// One value for each slot of a block, or none.
#[derive(Clone, Debug)]
pub(super) struct Slots<T>(Vec<Arc<Vec<Option<T>>>>);

impl<T: Clone> Slots<T> {
    pub(super) fn new(slots: usize) -> Self {
        let empty = Arc::new(vec![None; FEW]);
        Self(vec![empty; slots.div_ceil(FEW)])
    }

    pub(super) fn get(&self, slot: usize) -> Option<&T> {
        self.0.get(slot / FEW)?.get(slot % FEW)?.as_ref()
    }

    pub(super) fn set(&mut self, slot: usize, value: Option<T>) {
        if let Some(part) = self.0.get_mut(slot / FEW)
            && let Some(place) = Arc::make_mut(part).get_mut(slot % FEW)
        {
            *place = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_keep_what_they_had() {
        let mut list = Grown::default();
        (0..600).for_each(|n| list.push(n));
        let before = list.clone();
        list.push(600);
        assert_eq!((before.len(), list.len(), Grown::<u8>::default().len()), (600, 601, 0));
        assert_eq!((before.get(600), list.get(600), list.get(256)), (None, Some(&600), Some(&256)));
        assert!(list.iter().copied().eq(0..=600));

        let mut slots = Slots::new(100);
        slots.set(99, Some('a'));
        let before = slots.clone();
        slots.set(99, None);
        slots.set(0, Some('b'));
        assert_eq!((before.get(99), slots.get(99), slots.get(0)), (Some(&'a'), None, Some(&'b')));
        assert_eq!((before.get(0), before.get(100), before.get(5000)), (None, None, None));
    }
}
