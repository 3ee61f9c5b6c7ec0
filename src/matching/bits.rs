//! A set of the slots of one block.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

/// How many profiles a block holds.
pub(crate) const SLOTS: usize = 1024;
/// How many slots a word has.
pub(crate) const WORD: usize = 64;
/// How many words a block has.
pub(crate) const WORDS: usize = SLOTS / WORD;

/// A set of slots, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits([u64; WORDS]);

impl Bits {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);
    pub(crate) const FULL: Self = Self([u64::MAX; WORDS]);

    /// The slots of whose value `is` holds.
    pub(crate) fn of<T>(values: &[T], is: impl Fn(&T) -> bool) -> Self {
        let mut bits = Self::EMPTY;
        for (word, values) in bits.0.iter_mut().zip(values.chunks(WORD)) {
            *word = values.iter().rev().fold(0, |word, value| word << 1 | u64::from(is(value)));
        }
        bits
    }

    pub(crate) const fn set(&mut self, slot: usize) {
        self.0[slot / 64 % WORDS] |= 1 << (slot % 64);
    }

    pub(crate) const fn clear(&mut self, slot: usize) {
        self.0[slot / 64 % WORDS] &= !(1 << (slot % 64));
    }

    pub(crate) const fn has(&self, slot: usize) -> bool {
        self.0[slot / 64 % WORDS] >> (slot % 64) & 1 == 1
    }

    /// 64 slots, by the number of their word.
    #[inline]
    pub(crate) const fn word(&self, word: usize) -> u64 {
        self.0[word % WORDS]
    }

    #[inline]
    pub(crate) const fn set_word(&mut self, word: usize, slots: u64) {
        self.0[word % WORDS] = slots;
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many slots are in both sets.
    pub(crate) fn count_and(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Each word with a slot in the set: its number, and its slots as bits.
    pub(crate) fn words(&self) -> impl Iterator<Item = (usize, u64)> + use<> {
        self.0.into_iter().enumerate().filter(|(_, word)| *word != 0)
    }

    /// The slots in the set, rising.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> + use<> {
        self.words().flat_map(|(at, word)| ones(word).map(move |bit| at * WORD + bit))
    }

    #[inline(always)]
    fn zip(mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word = combine(*word, *other);
        }
        self
    }
}

/// The places of the ones of a word, rising.
pub(crate) fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        word &= word.checked_sub(1)?;
        Some(bit)
    })
}

impl BitAnd for Bits {
    type Output = Self;

    #[inline]
    fn bitand(self, other: Self) -> Self {
        self.zip(&other, |a, b| a & b)
    }
}

impl BitOr for Bits {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        self.zip(&other, |a, b| a | b)
    }
}

impl BitAndAssign for Bits {
    #[inline]
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOrAssign for Bits {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl Not for Bits {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        self.zip(&Self::EMPTY, |a, _| !a)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back_in_order() {
        let mut bits = Bits::EMPTY;
        for slot in [1023, 0, 64, 63, 500] {
            bits.set(slot);
        }
        bits.clear(500);
        assert_eq!(bits.slots().collect::<Vec<_>>(), [0, 63, 64, 1023]);
        assert_eq!((bits.count(), (!bits).count()), (4, 1020));
        assert!(bits.has(63) && !bits.has(62) && !bits.is_empty());
        assert_eq!((bits & Bits::FULL) | Bits::EMPTY, bits);
        let of: Vec<usize> = (0..SLOTS).collect();
        assert_eq!(Bits::of(&of, |slot| bits.has(*slot)), bits);
    }
}
