//! Sets of the slots of one block, by field and code.

use super::field::Field;
use crate::matching::bits::Bits;

/// Slots up to which a list of them takes less than a bit for each slot of the block.
const FEW: usize = 64;

#[derive(Clone, Debug)]
enum Set {
    Few(Vec<u16>),
    Many(Box<Bits>),
}

impl Set {
    fn bits(&self) -> Bits {
        match self {
            Self::Few(slots) => {
                let mut bits = Bits::EMPTY;
                slots.iter().for_each(|slot| bits.set(usize::from(*slot)));
                bits
            }
            Self::Many(bits) => **bits,
        }
    }

    fn count_in(&self, among: &Bits) -> u64 {
        match self {
            Self::Few(slots) => slots.iter().filter(|slot| among.has(usize::from(**slot))).count() as u64,
            Self::Many(bits) => (**bits & *among).count(),
        }
    }

    fn set(&mut self, slot: usize) {
        match self {
            Self::Few(slots) if slots.contains(&(slot as u16)) => {}
            Self::Few(slots) if slots.len() < FEW => slots.push(slot as u16),
            Self::Few(_) => {
                let mut bits = self.bits();
                bits.set(slot);
                *self = Self::Many(Box::new(bits));
            }
            Self::Many(bits) => bits.set(slot),
        }
    }

    fn clear(&mut self, slot: usize) {
        match self {
            Self::Few(slots) => slots.retain(|known| usize::from(*known) != slot),
            Self::Many(bits) => bits.clear(slot),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Few(slots) => slots.is_empty(),
            Self::Many(bits) => bits.is_empty(),
        }
    }
}

const fn key(field: Field, code: u32) -> u64 {
    (field as u64) << 32 | code as u64
}

/// The slots of each code of each field, in the order of both.
#[derive(Clone, Debug)]
pub(super) struct Sets {
    sets: Vec<(u64, Set)>,
    /// The slots that state anything in a field.
    known: Box<[Bits; Field::COUNT]>,
}

impl Sets {
    pub(super) fn new() -> Self {
        Self { sets: Vec::new(), known: Box::new([Bits::EMPTY; Field::COUNT]) }
    }

    pub(super) fn under(&self, field: Field, code: u32) -> Bits {
        let at = self.sets.binary_search_by_key(&key(field, code), |(key, _)| *key).ok();
        at.and_then(|at| self.sets.get(at)).map_or(Bits::EMPTY, |(_, set)| set.bits())
    }

    pub(super) fn under_any(&self, field: Field, codes: &[u32]) -> Bits {
        codes.iter().fold(Bits::EMPTY, |bits, code| bits | self.under(field, *code))
    }

    /// The slots that state anything in the field.
    pub(super) fn known(&self, field: Field) -> Bits {
        self.known.get(field as usize).copied().unwrap_or(Bits::EMPTY)
    }

    /// Every code that some slot has in the field, and how many of these slots have it.
    pub(super) fn counts<'a>(
        &'a self,
        field: Field,
        among: &'a Bits,
    ) -> impl Iterator<Item = (u32, u64)> + 'a {
        let begin = self.sets.partition_point(|(known, _)| *known < key(field, 0));
        let sets = self.sets.iter().skip(begin);
        sets.take_while(move |(known, _)| *known <= key(field, u32::MAX))
            .map(|(key, set)| (*key as u32, set.count_in(among)))
    }

    pub(super) fn set(&mut self, field: Field, code: u32, slot: usize) {
        let key = key(field, code);
        let at = self.sets.binary_search_by_key(&key, |(key, _)| *key).unwrap_or_else(|at| {
            self.sets.insert(at, (key, Set::Few(Vec::new())));
            at
        });
        if let Some((_, set)) = self.sets.get_mut(at) {
            set.set(slot);
        }
        self.state(field, slot);
    }

    /// Notes that the slot states something in the field.
    pub(super) fn state(&mut self, field: Field, slot: usize) {
        if let Some(known) = self.known.get_mut(field as usize) {
            known.set(slot);
        }
    }

    pub(super) fn clear(&mut self, slot: usize) {
        self.known.iter_mut().for_each(|known| known.clear(slot));
        for (_, set) in &mut self.sets {
            set.clear(slot);
        }
        self.sets.retain(|(_, set)| !set.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::bits::SLOTS;

    proptest! {
        /// Few or many, a set has what was put in and not taken out.
        #[test]
        fn sets_have_what_was_put_in(steps in prop::collection::vec((any::<bool>(), 0..200_usize), 0..400)) {
            let (mut sets, mut plain) = (Sets::new(), [false; SLOTS]);
            for (add, slot) in steps {
                if add { sets.set(Field::Status, 7, slot) } else { sets.clear(slot) }
                plain[slot] = add;
            }
            let wanted: Vec<usize> = (0..SLOTS).filter(|slot| plain[*slot]).collect();
            prop_assert_eq!(sets.under(Field::Status, 7).slots().collect::<Vec<_>>(), &wanted[..]);
            prop_assert_eq!(sets.known(Field::Status).slots().collect::<Vec<_>>(), &wanted[..]);
            let counts: Vec<_> = sets.counts(Field::Status, &Bits::FULL).collect();
            let expected: Vec<_> = if wanted.is_empty() { vec![] } else { vec![(7, wanted.len() as u64)] };
            prop_assert_eq!(counts, expected);
            prop_assert_eq!(sets.counts(Field::Modalities, &Bits::FULL).count(), 0);
        }
    }
}
