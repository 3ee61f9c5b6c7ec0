//! Who is among the best: the bounds decide who is scored, and in which order.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    mem,
};

use super::{bits::WORD, order::Candidate, quick, tables::OrderTable};

/// How many wait before any is scored: the best bounds among many soon tell whom to leave out.
const FIRST: usize = 512;
/// How many wait later on.
const LATER: usize = 128;
/// How many of those who wait are put in order at once.
const SORTED: usize = 32;

/// The best candidates so far, and those who may be.
#[derive(Debug)]
pub(super) struct Race<'a> {
    most: usize,
    table: &'a OrderTable,
    /// The worst of them on top.
    best: BinaryHeap<Worst>,
    waiting: Vec<Waiting>,
}

/// One who may be among the best, in one number: the less is scored first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting(u64);

impl Waiting {
    fn new(is_demoted: bool, bound: u16, place: u32) -> Self {
        Self(u64::from(is_demoted) << 48 | u64::from(!bound) << 32 | u64::from(place))
    }

    pub(super) const fn is_demoted(self) -> bool {
        self.0 >> 48 != 0
    }

    const fn bound(self) -> u16 {
        !((self.0 >> 32) as u16)
    }

    pub(super) const fn place(self) -> u32 {
        self.0 as u32
    }
}

impl<'a> Race<'a> {
    pub(super) fn new(most: usize, table: &'a OrderTable) -> Self {
        Self { most, table, best: BinaryHeap::new(), waiting: Vec::with_capacity(FIRST + WORD) }
    }

    /// The least bound of one who can be among the best; `None` where nobody can.
    pub(super) fn least(&self, is_demoted: bool) -> Option<u16> {
        if self.best.len() < self.most {
            return Some(0);
        }
        let Worst(worst) = self.best.peek()?;
        match (worst.is_demoted, is_demoted) {
            (false, true) => None,
            (true, false) => Some(0),
            _ => Some(quick::least(worst.rounded, self.table)),
        }
    }

    /// Whether a candidate with this score can be among the best.
    pub(super) fn may_take(&self, is_demoted: bool, rounded: u64) -> bool {
        let better = |Worst(worst): &Worst| {
            (is_demoted, Reverse(rounded)) <= (worst.is_demoted, Reverse(worst.rounded))
        };
        self.best.len() < self.most || self.best.peek().is_some_and(better)
    }

    /// Lets one wait.
    #[inline]
    pub(super) fn enter(&mut self, is_demoted: bool, bound: u16, place: u32) {
        self.waiting.push(Waiting::new(is_demoted, bound, place));
    }

    /// Whether so many wait that some should be scored.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= if self.best.len() < self.most { FIRST } else { LATER }
    }

    /// Scores those who wait, the best bounds first, until nobody who is left can be among the best.
    pub(super) fn settle(&mut self, score: impl Fn(&Self, Waiting) -> Option<Candidate>) {
        let mut waiting = mem::take(&mut self.waiting);
        let mut left = waiting.as_mut_slice();
        'all: while !left.is_empty() {
            let (next, others) = split_best(left);
            for one in next {
                // Whoever comes later has no better bound.
                if self.least(one.is_demoted()).is_none_or(|least| one.bound() < least) {
                    break 'all;
                }
                if let Some(candidate) = score(self, *one) {
                    debug_assert!(
                        quick::reaches(one.bound(), candidate.score.total),
                        "a bound below a score"
                    );
                    self.best.push(Worst(candidate));
                }
                if self.best.len() > self.most {
                    self.best.pop();
                }
            }
            left = others;
        }
        waiting.clear();
        self.waiting = waiting;
    }

    pub(super) fn into_sorted(self) -> Vec<Candidate> {
        self.best.into_sorted_vec().into_iter().map(|Worst(candidate)| candidate).collect()
    }
}

/// Some of the best, in order, and the others.
fn split_best(waiting: &mut [Waiting]) -> (&mut [Waiting], &mut [Waiting]) {
    if waiting.len() > SORTED {
        waiting.select_nth_unstable(SORTED);
    }
    let (best, others) = waiting.split_at_mut(waiting.len().min(SORTED));
    best.sort_unstable();
    (best, others)
}

/// A candidate whose greater is the one that comes later.
#[derive(Debug)]
struct Worst(Candidate);

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Worst {}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.compare(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        id::Id,
        matching::{components::Score, order, policy::Policy},
    };

    fn candidate(place: usize, is_demoted: bool, total: f64, table: &OrderTable) -> Candidate {
        Candidate {
            place: place as u32,
            id: Id::default(),
            is_demoted,
            score: Score { values: [total; 4], total },
            rounded: order::rounded(total, table),
            hash: (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            has_opening: false,
        }
    }

    proptest! {
        #[test]
        fn the_best_of_all_win_however_close_their_bounds(
            // Scores that often coincide, or differ by less than what the order sees.
            field in vec((any::<bool>(), 0_u32..12_000), 0..1500),
            most in 1_usize..40,
        ) {
            let table = Policy::embedded().unwrap().tables.order;
            let field: Vec<_> = field.into_iter().enumerate().collect();
            let field: Vec<_> =
                field.into_iter().map(|(at, (late, n))| candidate(at, late, f64::from(n) / 12_000.0, &table)).collect();
            let mut race = Race::new(most, &table);
            let score = |race: &Race<'_>, one: Waiting| {
                let candidate = field[one.place() as usize];
                race.may_take(one.is_demoted(), candidate.rounded).then_some(candidate)
            };
            for candidate in &field {
                let bound = quick::closest(candidate.score.total);
                if race.least(candidate.is_demoted).is_some_and(|least| bound >= least) {
                    race.enter(candidate.is_demoted, bound, candidate.place);
                }
                if race.is_full() {
                    race.settle(score);
                }
            }
            race.settle(score);
            let found: Vec<_> = race.into_sorted().iter().map(|candidate| candidate.place).collect();
            let mut expected = field.clone();
            expected.sort_by(Candidate::compare);
            expected.truncate(most);
            prop_assert_eq!(found, expected.iter().map(|candidate| candidate.place).collect::<Vec<_>>());
        }
    }
}
