//! Columns that hold several values a slot, and sets of slots by key.

use super::bits::{Bits, SLOTS};

/// Several values a slot, stored without gaps.
#[derive(Clone, Debug)]
pub(crate) struct Ragged<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Clone> Ragged<T> {
    pub(crate) fn new() -> Self {
        Self { starts: vec![0; SLOTS + 1], items: Vec::new() }
    }

    pub(crate) fn get(&self, slot: usize) -> &[T] {
        self.items.get(self.range(slot)).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, slot: usize, items: &[T]) {
        let range = self.range(slot);
        let (before, after) = (range.len(), items.len());
        self.items.splice(range, items.iter().cloned());
        for start in self.starts.iter_mut().skip(slot + 1) {
            *start = (*start as usize + after - before) as u32;
        }
    }

    /// Every value with its slot, slots rising.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        (0..SLOTS).flat_map(|slot| self.get(slot).iter().map(move |item| (slot, item)))
    }

    fn range(&self, slot: usize) -> std::ops::Range<usize> {
        let at = |slot: usize| self.starts.get(slot).map_or(0, |start| *start as usize);
        at(slot)..at(slot + 1)
    }
}

/// One value for some slots under each key, such as the last day of a licence by jurisdiction.
#[derive(Clone, Debug)]
pub(crate) struct Keyed<T>(Vec<(u64, Vec<(u16, T)>)>);

impl<T: Copy> Keyed<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// All slots with a value under this key, rising.
    pub(crate) fn under(&self, key: u64) -> &[(u16, T)] {
        match self.0.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.0.get(at).map_or(&[], |(_, values)| values),
            Err(_) => &[],
        }
    }

    pub(crate) fn get(&self, key: u64, slot: usize) -> Option<T> {
        let values = self.under(key);
        let at = values.binary_search_by_key(&slot, |(slot, _)| usize::from(*slot)).ok()?;
        values.get(at).map(|(_, value)| *value)
    }

    pub(crate) fn set(&mut self, key: u64, slot: usize, value: T) {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).unwrap_or_else(|at| {
            self.0.insert(at, (key, Vec::new()));
            at
        });
        let Some((_, values)) = self.0.get_mut(at) else { return };
        match values.binary_search_by_key(&slot, |(slot, _)| usize::from(*slot)) {
            Ok(at) => values.iter_mut().skip(at).take(1).for_each(|(_, old)| *old = value),
            Err(at) => values.insert(at, (slot as u16, value)),
        }
    }

    pub(crate) fn clear(&mut self, slot: usize) {
        for (_, values) in &mut self.0 {
            if let Ok(at) = values.binary_search_by_key(&slot, |(slot, _)| usize::from(*slot)) {
                values.remove(at);
            }
        }
        self.0.retain(|(_, values)| !values.is_empty());
    }
}

/// A set of slots under each key, such as those who speak a language.
#[derive(Clone, Debug)]
pub(super) struct Facets(Vec<(u64, Bits)>);

impl Facets {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn under(&self, key: u64) -> Bits {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).ok();
        at.and_then(|at| self.0.get(at)).map_or(Bits::EMPTY, |(_, bits)| *bits)
    }

    pub(super) fn under_any(&self, keys: &[u64]) -> Bits {
        keys.iter().fold(Bits::EMPTY, |bits, key| bits | self.under(*key))
    }

    pub(super) fn set(&mut self, key: u64, slot: usize) {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).unwrap_or_else(|at| {
            self.0.insert(at, (key, Bits::EMPTY));
            at
        });
        if let Some((_, bits)) = self.0.get_mut(at) {
            bits.set(slot);
        }
    }

    pub(super) fn clear(&mut self, slot: usize) {
        for (_, bits) in &mut self.0 {
            bits.clear(slot);
        }
        self.0.retain(|(_, bits)| !bits.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_columns_keep_their_neighbours() {
        let mut column = Ragged::new();
        column.set(3, &[1, 2]);
        column.set(0, &[7]);
        column.set(1023, &[9]);
        column.set(3, &[4, 5, 6]);
        column.set(0, &[]);
        assert_eq!(
            column.iter().map(|(slot, item)| (slot, *item)).collect::<Vec<_>>(),
            [(3, 4), (3, 5), (3, 6), (1023, 9)]
        );
    }

    #[test]
    fn keyed_columns_forget_a_slot() {
        let mut column = Keyed::new();
        column.set(5, 10, 'a');
        column.set(5, 2, 'b');
        column.set(1, 10, 'c');
        column.set(5, 10, 'd');
        assert_eq!(
            (column.under(5), column.get(5, 10), column.get(4, 10)),
            ([(2, 'b'), (10, 'd')].as_slice(), Some('d'), None)
        );
        column.clear(10);
        assert_eq!((column.under(5), column.under(1)), ([(2, 'b')].as_slice(), [].as_slice()));
    }
}
