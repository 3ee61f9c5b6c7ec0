//! Bounds of scores, 64 slots at a time, in whole numbers of two bytes: who cannot be among the best is left out unscored.
//!
//! *Invariant*: a bound is never below the score, so that results are those of scoring everybody.

use chrono::Datelike as _;

use super::{
    bits::{WORD, ones},
    ceilings::{ONE, short_day},
    columns::Columns,
    components::Scorer,
    delivery::Delivery,
    tables::{FadeTable, OrderTable},
};

/// What a score of 1 is. The sum of a column for each of some hundred problem areas, rounded up, is still two bytes.
const UNIT: f64 = 60_000.0;
/// What the bounds of a word may be below the score by rounding errors of the score itself.
const SLACK: f64 = 1.0;
/// From so many slots of a word on, all of them are bounded at once.
const MANY: u32 = 6;

/// The bounds of one request.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    /// Problem areas, and what a whole of each column adds.
    areas: Vec<(usize, u16)>,
    integration: u16,
    freshness: Freshness,
    /// What everybody may have.
    rest: u16,
}

/// What a confirmation adds, by day.
#[derive(Clone, Copy, Debug)]
struct Freshness {
    /// The last day that adds nothing, and how many later the first is that adds all; days as [`short_day`] has them.
    from: u16,
    days: u16,
    /// By how many bits a number of days between them is shifted to fill two bytes.
    shift: u32,
    /// Half of what a whole adds.
    half: u16,
}

impl Quick {
    pub(super) fn new(scorer: &Scorer<'_>, delivery: &Delivery) -> Self {
        let today = scorer.needs.as_of.num_days_from_ce();
        let [fit, preference, practical, integration] = scorer.demand.weights;
        let others = f64::from(scorer.practical.others(delivery));
        let areas: Vec<_> =
            scorer.demand.areas.iter().map(|area| (area.problem_area, weight(fit * area.weight))).collect();
        // Each product is rounded down; freshness counts twice.
        let rounding = areas.len() as f64 + 3.0;
        let rest = (preference + practical * others / (1.0 + others)) * UNIT + rounding;
        Self {
            areas,
            integration: weight(integration),
            freshness: Freshness::new(
                &scorer.model.policy.tables.practical.freshness,
                today,
                practical / (1.0 + others),
            ),
            rest: rest.ceil() as u16,
        }
    }

    /// Adds to `found` each of these slots of a word whose bound is `least` or more, with it.
    pub(super) fn find(
        &self,
        columns: &Columns,
        (word, slots): (usize, u64),
        least: u16,
        mut found: impl FnMut(u16, usize),
    ) {
        if slots.count_ones() < MANY {
            for slot in ones(slots) {
                let bound = self.one(columns, word, slot);
                if bound >= least {
                    found(bound, word * WORD + slot);
                }
            }
            return;
        }
        let bounds = self.all(columns, word);
        if bounds.iter().fold(0, |most, bound| most.max(*bound)) >= least {
            for slot in ones(slots).filter(|slot| bounds[*slot] >= least) {
                found(bounds[slot], word * WORD + slot);
            }
        }
    }

    fn one(&self, columns: &Columns, word: usize, slot: usize) -> u16 {
        let at = |column: &[[u8; WORD]], weight| column.get(word).map_or(weight, |c| part(c[slot], weight));
        let areas = self.areas.iter().map(|(area, weight)| at(columns.ceilings.fits(*area), *weight));
        let integration = at(columns.ceilings.integrations(), self.integration);
        let freshness = columns.ceilings.days().get(word).map_or(0, |days| self.freshness.part(days[slot]));
        areas.fold(self.rest, |sum, part| sum + part) + integration + freshness
    }

    /// The bounds of all slots of a word.
    fn all(&self, columns: &Columns, word: usize) -> [u16; WORD] {
        let mut sums = [self.rest; WORD];
        if let Some(days) = columns.ceilings.days().get(word) {
            sums.iter_mut().zip(days).for_each(|(sum, day)| *sum += self.freshness.part(*day));
        }
        let mut add = |column: &[[u8; WORD]], weight| match column.get(word) {
            Some(column) => sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += part(*value, weight)),
            None => sums.iter_mut().for_each(|sum| *sum += weight),
        };
        add(columns.ceilings.integrations(), self.integration);
        self.areas.iter().for_each(|(area, weight)| add(columns.ceilings.fits(*area), *weight));
        sums
    }
}

/// The least bound that a score has which the order sees as `rounded`.
pub(super) fn least(rounded: u64, table: &OrderTable) -> u16 {
    let score = (rounded as f64 - 0.5) / 10_f64.powi(i32::from(table.decimals));
    (score * UNIT - SLACK).clamp(0.0, f64::from(u16::MAX)) as u16
}

/// Whether a bound is one of this score.
pub(super) fn reaches(bound: u16, score: f64) -> bool {
    f64::from(bound) >= score * UNIT - SLACK
}

/// The least bound of a score.
#[cfg(test)]
pub(super) fn closest(score: f64) -> u16 {
    (score * UNIT).ceil() as u16
}

/// What 256 256ths of a column add, so that [`ONE`] of them are this share of a whole.
fn weight(share: f64) -> u16 {
    (share * UNIT * 256.0 / ONE).ceil() as u16
}

fn part(value: u8, weight: u16) -> u16 {
    high(u16::from(value) << 8, weight)
}

/// The upper half of a product: one instruction for many values at once.
fn high(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

impl Freshness {
    fn new(table: &FadeTable, today: i32, share: f64) -> Self {
        let days = table.zero_days.saturating_sub(table.full_days).max(1);
        let shift = days.leading_zeros();
        let whole = f64::from(days << shift) / 65_536.0;
        Self {
            // What lies beyond the last short day adds all.
            from: short_day(today - i32::from(table.zero_days)).min(u16::MAX - days),
            days,
            shift,
            half: (share * UNIT / 2.0 / whole).ceil() as u16,
        }
    }

    fn part(&self, day: u16) -> u16 {
        let days = day.saturating_sub(self.from);
        // The lesser of two, in what many values at once can be asked for everywhere.
        let days = days - days.saturating_sub(self.days);
        high(days << self.shift, self.half) * 2
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::{ceilings::UNKNOWN_SHORT_DAY, practical::fade};

    proptest! {
        #[test]
        fn a_part_is_the_least_whole_number_that_will_do(value in 0_u8..=255, share in 0.0_f64..=1.0) {
            let exact = share * f64::from(value) / ONE * UNIT;
            // Rounded down, which the bound makes up for.
            let bound = f64::from(part(value, weight(share))) + 1.0;
            prop_assert!(exact <= bound && bound <= exact + 2.0, "{exact} {bound}");
        }

        #[test]
        fn freshness_is_bounded_closely(
            full_days in 0_u16..400,
            fading in 1_u16..400,
            share in 0.0_f64..=1.0,
            // Now, and when short days end.
            today in prop_oneof![739_000_i32..741_000, 784_000_i32..786_000],
            ago in prop_oneof![-10_i32..900, Just(i32::MAX)],
        ) {
            let table = FadeTable { full_days, zero_days: full_days + fading };
            let day = if ago == i32::MAX { UNKNOWN_SHORT_DAY } else { short_day(today - ago) };
            let exact = share * fade(&table, ago) * UNIT;
            let bound = f64::from(Freshness::new(&table, today, share).part(day)) + 2.0;
            let is_close = bound <= exact + 5.0 || today > 784_000;
            prop_assert!(exact <= bound && is_close, "{exact} {bound}");
        }

        #[test]
        fn a_bound_that_reaches_a_score_is_not_left_out(score in 0.0_f64..=1.0, decimals in 2_u8..6) {
            let scale = 10_f64.powi(i32::from(decimals));
            let table = OrderTable { decimals, ..crate::matching::policy::Policy::embedded().unwrap().tables.order };
            let bound = closest(score);
            prop_assert!(reaches(bound, score) && least((score * scale).round() as u64, &table) <= bound);
        }
    }
}
