//! Sets of slots by key, such as those who speak a language.

use super::{bits::Bits, codes::CLOSED};

/// Odd, with its ones spread: the upper bits of a product with it depend on all of a key (Knuth's multiplicative hashing).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A set of slots under each key. Keys of closed vocabularies have theirs by number; any other is found in a table of places,
/// as a request asks every block for the same few.
#[derive(Clone, Debug)]
pub(super) struct Facets {
    closed: Vec<Bits>,
    keys: Vec<u64>,
    sets: Vec<Bits>,
    /// By hash: the place of a key plus one, or 0. At least twice as long as there are keys, a power of two.
    table: Vec<u32>,
}

impl Facets {
    pub(super) fn new() -> Self {
        Self { closed: vec![Bits::EMPTY; CLOSED], keys: Vec::new(), sets: Vec::new(), table: vec![0; 2] }
    }

    #[inline]
    pub(super) fn under(&self, key: u64) -> &Bits {
        match usize::try_from(key).ok().and_then(|key| self.closed.get(key)) {
            Some(set) => set,
            None => self.open(key),
        }
    }

    fn open(&self, key: u64) -> &Bits {
        self.find(key).and_then(|at| self.sets.get(at)).unwrap_or(&Bits::EMPTY)
    }

    pub(super) fn under_any(&self, keys: &[u64]) -> Bits {
        match keys {
            [key] => *self.under(*key),
            keys => keys.iter().fold(Bits::EMPTY, |bits, key| bits | *self.under(*key)),
        }
    }

    pub(super) fn has(&self, key: u64, slot: usize) -> bool {
        self.under(key).has(slot)
    }

    pub(super) fn set(&mut self, key: u64, slot: usize) {
        if let Some(set) = usize::try_from(key).ok().and_then(|key| self.closed.get_mut(key)) {
            set.set(slot);
            return;
        }
        let at = self.find(key).unwrap_or_else(|| {
            self.keys.push(key);
            self.sets.push(Bits::EMPTY);
            if self.keys.len() * 2 > self.table.len() {
                self.index(self.table.len() * 2);
            } else {
                self.enter(self.keys.len() - 1);
            }
            self.keys.len() - 1
        });
        if let Some(set) = self.sets.get_mut(at) {
            set.set(slot);
        }
    }

    pub(super) fn clear(&mut self, slot: usize) {
        self.closed.iter_mut().chain(&mut self.sets).for_each(|set| set.clear(slot));
        if self.sets.iter().any(Bits::is_empty) {
            let mut sets = self.sets.iter();
            self.keys.retain(|_| sets.next().is_some_and(|set| !set.is_empty()));
            self.sets.retain(|set| !set.is_empty());
            self.index(self.table.len());
        }
    }

    /// Gives back what was reserved for more keys.
    pub(super) fn shrink(&mut self) {
        self.keys.shrink_to_fit();
        self.sets.shrink_to_fit();
    }

    fn find(&self, key: u64) -> Option<usize> {
        let mut at = self.home(key);
        loop {
            let place = (*self.table.get(at)? as usize).checked_sub(1)?;
            if self.keys.get(place) == Some(&key) {
                return Some(place);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// Where the search for a key begins.
    fn home(&self, key: u64) -> usize {
        (key.wrapping_mul(SPREAD) >> 32) as usize & (self.table.len() - 1)
    }

    /// Makes the table anew, of so many places.
    fn index(&mut self, length: usize) {
        self.table = vec![0; length];
        (0..self.keys.len()).for_each(|place| self.enter(place));
    }

    fn enter(&mut self, place: usize) {
        let Some(key) = self.keys.get(place) else { return };
        let mut at = self.home(*key);
        while self.table.get(at).is_some_and(|taken| *taken != 0) {
            at = (at + 1) & (self.table.len() - 1);
        }
        if let Some(free) = self.table.get_mut(at) {
            *free = place as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_forgotten_with_their_last_slot() {
        let full = |key: u64| (key << 40) | (key % 3);
        let mut facets = Facets::new();
        for key in 0..500_u64 {
            facets.set(full(key), (key % 1000) as usize);
            facets.set(full(key), 1023);
        }
        assert!((0..500).all(|key| facets.has(full(key), key as usize)));
        assert_eq!(facets.under(7), &Bits::EMPTY);
        facets.clear(1023);
        facets.clear(250);
        let left: Vec<_> = (0..500_u64).filter(|key| !facets.under(full(*key)).is_empty()).collect();
        assert_eq!(left, (0..500).filter(|key| *key != 250).collect::<Vec<_>>());
        facets.set(250, 4);
        assert_eq!(facets.under_any(&[250, full(1), full(250)]).slots().collect::<Vec<_>>(), [1, 4]);
    }
}
