//! Draws from a seeded stream. Everything is an integer, so that a row is the same bytes on every platform and with
//! every version of the crates that offer distributions.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// What is drawn. Each topic has a stream of its own, so that one more draw in one of them leaves the others alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Topic {
    Twin = 1,
    Person = 2,
    Npi = 3,
    Leaning = 4,
    Home = 5,
    Licenses = 6,
    Locations = 7,
    Clients = 8,
    Claims = 9,
    Formats = 10,
    Terms = 11,
    Openings = 12,
    Contact = 13,
    Freshness = 14,
    Words = 15,
    Answers = 16,
}

/// The stream of one topic of one row.
#[derive(Debug)]
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of `topic` for row `number` of the directory that `seed` names.
    pub(super) fn new(seed: u64, number: u64, topic: Topic) -> Self {
        let mut key = [0; 32];
        let parts = seed.to_le_bytes().into_iter().chain(number.to_le_bytes()).chain([topic as u8]);
        for (byte, part) in key.iter_mut().zip(parts) {
            *byte = part;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 up to but without `bound`; 0 where `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // The bias of this reduction is below bound / 2^32: far finer than any share of the directory.
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.below(span))
    }

    /// The smaller of two such numbers: small ones are more frequent.
    pub(super) fn rather_low(&mut self, low: i32, high: i32) -> i32 {
        self.between(low, high).min(self.between(low, high))
    }

    /// True in `chance` of a hundred cases.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// True in `chance` of a thousand cases.
    pub(super) fn permille(&mut self, chance: u32) -> bool {
        self.below(1000) < chance
    }

    /// `value` in `chance` of a hundred cases: a field that not every profile fills.
    pub(super) fn maybe<T>(&mut self, chance: u32, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.percent(chance).then(|| value(self))
    }

    /// One element, each as likely; none of an empty list.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from.get(at as usize)
    }

    /// One value of a fixed table of values and their weights.
    pub(super) fn weighted<T: Copy, const N: usize>(&mut self, from: &[(T, u32); N]) -> T {
        const { assert!(N > 0, "a table has a first row") }
        let mut left = self.below(from.iter().map(|(_, weight)| weight).sum());
        for &(value, weight) in from {
            if left < weight {
                return value;
            }
            left -= weight;
        }
        from[0].0
    }

    /// One element, as likely as it weighs; none where nothing weighs anything.
    pub(super) fn by_weight<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u32) -> Option<&'a T> {
        let mut left = self.below(from.iter().map(&weight).sum());
        from.iter().find(|element| {
            let weight = weight(element);
            let found = left < weight;
            left = left.saturating_sub(weight);
            found
        })
    }

    /// Up to `count` different places of `weights`, in the order drawn; a drawn place weighs nothing afterwards.
    pub(super) fn several(&mut self, count: usize, weights: &mut [u32]) -> Vec<usize> {
        let mut total: u32 = weights.iter().sum();
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count && total > 0 {
            let mut left = self.below(total);
            for (at, weight) in weights.iter_mut().enumerate() {
                if left < *weight {
                    total -= *weight;
                    *weight = 0;
                    drawn.push(at);
                    break;
                }
                left -= *weight;
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_row_and_topic() {
        let first = |seed, number, topic| Draw::new(seed, number, topic).0.next_u64();
        let mut seen = [
            first(1, 1, Topic::Person),
            first(1, 1, Topic::Words),
            first(1, 2, Topic::Person),
            first(2, 1, Topic::Person),
        ];
        seen.sort_unstable();
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(first(1, 1, Topic::Person), first(1, 1, Topic::Person));
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut draw = Draw::new(7, 7, Topic::Terms);
        for _ in 0..1000 {
            assert!((-3..=3).contains(&draw.between(-3, 3)));
            assert_eq!(draw.weighted(&[('a', 0), ('b', 1)]), 'b');
            assert_eq!(draw.by_weight(&[0, 5, 0], |&weight| weight), Some(&5));
        }
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.by_weight(&[0, 0], |&weight| weight), None);
        assert_eq!(draw.pick::<u8>(&[]), None);
        let mut drawn = draw.several(9, &mut [1, 0, 3, 2]);
        drawn.sort_unstable();
        assert_eq!(drawn, [0, 2, 3], "each place that weighs something, once");
    }
}
