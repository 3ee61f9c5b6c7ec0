//! A set of the slots of one block.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

/// How many profiles a block holds.
pub(crate) const SLOTS: usize = 1024;
const WORDS: usize = SLOTS / 64;

/// A set of slots, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bits([u64; WORDS]);

impl Bits {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);
    pub(crate) const FULL: Self = Self([u64::MAX; WORDS]);

    pub(crate) const fn set(&mut self, slot: usize) {
        self.0[slot / 64 % WORDS] |= 1 << (slot % 64);
    }

    pub(crate) const fn clear(&mut self, slot: usize) {
        self.0[slot / 64 % WORDS] &= !(1 << (slot % 64));
    }

    pub(crate) const fn has(&self, slot: usize) -> bool {
        self.0[slot / 64 % WORDS] >> (slot % 64) & 1 == 1
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The slots in the set, rising.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> + use<> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                word &= word.checked_sub(1)?;
                Some(at * 64 + bit)
            })
        })
    }

    fn zip(mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word = combine(*word, *other);
        }
        self
    }
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.zip(&other, |a, b| a & b)
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.zip(&other, |a, b| a | b)
    }
}

impl BitAndAssign for Bits {
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOrAssign for Bits {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl Not for Bits {
    type Output = Self;

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
    }
}
