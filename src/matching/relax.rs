//! How many a request considers, finds and leaves out, and what relaxing it would bring (section 4).

use std::collections::BTreeMap;

use chrono::Datelike as _;

use super::{
    answer::{Relaxation, Step},
    bits::{Bits, WORD, ones},
    budget::Budget,
    codes::Codes,
    columns::{Columns, UNKNOWN_DAY},
    constraint::Constraint,
    constraints::{Test, Tested, Tests},
    delivery::CONSTRAINTS,
    geo::{Bounds, Circle},
    needs::Needs,
    tables::RelaxationTable,
};

/// The largest radius that a request may state: a step beyond it could not be sent.
const MAX_RADIUS_KM: f64 = 20_000.0;
/// The largest fee that a request may state.
const MAX_AMOUNT: i64 = 1_000_000_000;

/// Counts over all blocks.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub considered: u64,
    pub eligible: u64,
    /// Of each that is tested for itself, then of those that depend on each other.
    counts: Vec<Count>,
    /// Eligible if no participants were asked for, where that changes the fee that is compared.
    eligible_for_nobody: Option<u64>,
    ladders: Vec<Ladder>,
}

/// How many fail a constraint, and how many would be found without it.
#[derive(Clone, Copy, Debug)]
struct Count {
    constraint: Constraint,
    fails: u64,
    admits: u64,
}

/// The steps of one constraint.
#[derive(Clone, Debug)]
struct Ladder {
    constraint: Constraint,
    kind: Kind,
    /// The values of the steps, rising, all beyond what was asked for.
    steps: Vec<f64>,
    /// How many more each step admits than the one before. Beyond the first step that admits somebody nothing is counted.
    admits: Vec<u64>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The circle of each step.
    Radius(Vec<Circle>),
    Fee(Option<Budget>),
    Opening {
        today: i32,
    },
    Confirmation {
        today: i32,
    },
}

impl Tally {
    pub(super) fn new(needs: &Needs, codes: &Codes, tests: &Tests, table: &RelaxationTable) -> Self {
        let asked = &needs.constraints;
        let today = needs.as_of.num_days_from_ce();
        let mut ladders = Vec::new();
        let mut ladder = |constraint, kind, steps: Vec<f64>| {
            let admits = vec![0; steps.len()];
            ladders.push(Ladder { constraint, kind, steps, admits });
        };
        if let (Some(near), Some(circle)) = (asked.near, tests.delivery.circle()) {
            let steps = table.radius_factors.iter().map(|factor| near.radius_km * factor);
            let steps: Vec<_> = steps.filter(|km| *km <= MAX_RADIUS_KM).collect();
            let circles = steps.iter().map(|km| circle.with_limit(*km)).collect();
            ladder(Constraint::Near, Kind::Radius(circles), steps);
        }
        if let Some(fee) = &asked.max_fee {
            let steps = table.fee_percent.iter().map(|percent| raise(fee.amount, *percent));
            let steps = steps.filter(|amount| (fee.amount + 1..=MAX_AMOUNT).contains(amount));
            ladder(
                Constraint::MaxFee,
                Kind::Fee(Budget::of(codes, &needs.constraints)),
                steps.map(|a| a as f64).collect(),
            );
        }
        let days = |ladder: &[u16], asked: u16| -> Vec<f64> {
            ladder.iter().filter(|days| **days > asked).map(|days| f64::from(*days)).collect()
        };
        if let Some(asked) = asked.opening_within_days {
            ladder(Constraint::OpeningWithinDays, Kind::Opening { today }, days(&table.opening_days, asked));
        }
        if let Some(asked) = asked.confirmed_within_days {
            let steps = days(&table.confirmation_days, asked);
            ladder(Constraint::ConfirmedWithinDays, Kind::Confirmation { today }, steps);
        }
        let names = tests.single.iter().map(|(name, _)| *name).chain(CONSTRAINTS);
        let counts = names.map(|constraint| Count { constraint, fails: 0, admits: 0 }).collect();
        Self { considered: 0, eligible: 0, counts, eligible_for_nobody: None, ladders }
    }

    /// Adds one tested block.
    pub(super) fn add(&mut self, tests: &Tests, tested: &Tested, columns: &Columns, considered: Bits) {
        self.considered += considered.count();
        self.eligible += tested.eligible.count();
        if let Some(eligible) = tested.eligible_for_nobody {
            *self.eligible_for_nobody.get_or_insert(0) += eligible.count();
        }
        let verdict = &tested.verdict;
        let (singles, joined) = self.counts.split_at_mut(tested.single.len());
        let alone = tested.one & verdict.passes;
        let is_alone = !alone.is_empty();
        for (count, fails) in singles.iter_mut().zip(&tested.single) {
            count.fails += fails.count();
            if is_alone {
                count.admits += fails.count_and(&alone);
            }
        }
        let joined = joined.iter_mut().zip(&verdict.fails).zip(&verdict.passes_without);
        for (((count, fails), passes), _) in joined.zip(tests.delivery.asked()).filter(|(_, asked)| *asked) {
            count.fails += fails.count_and(&considered);
            if !passes.is_empty() {
                count.admits += passes.count_and(&tested.none);
            }
        }
        if is_alone {
            for ((name, test), fails) in tests.single.iter().zip(&tested.single) {
                if matches!(test, Test::Fee { .. } | Test::Opening { .. } | Test::Confirmed { .. }) {
                    self.climb(*name, columns, *fails & alone);
                }
            }
        }
        self.climb(Constraint::Near, columns, tested.none & verdict.lacks_only_distance);
    }

    /// Counts each of these slots at the first step that admits it.
    fn climb(&mut self, constraint: Constraint, columns: &Columns, slots: Bits) {
        let mut ladders = self.ladders.iter_mut();
        if slots.is_empty() {
            return;
        }
        let Some(ladder) = ladders.find(|ladder| ladder.constraint == constraint) else { return };
        if ladder.is_beyond(&columns.bounds) {
            return;
        }
        for (word, slots) in slots.words() {
            if !ladder.is_beyond(&columns.bounds_of_words[word]) {
                ones(slots).for_each(|slot| ladder.count(columns, word * WORD + slot));
            }
        }
    }

    /// How many fail each constraint that somebody fails.
    pub(super) fn excluded(&self) -> BTreeMap<Constraint, u64> {
        let failing = self.counts.iter().filter(|count| count.fails > 0);
        failing.map(|count| (count.constraint, count.fails)).collect()
    }

    /// Each constraint that alone keeps somebody out.
    pub(super) fn relaxations(&self) -> Vec<Relaxation> {
        let mut admits: BTreeMap<_, _> = self.counts.iter().map(|c| (c.constraint, c.admits)).collect();
        if let Some(eligible) = self.eligible_for_nobody {
            admits.insert(Constraint::Participants, eligible.saturating_sub(self.eligible));
        }
        let admitting = admits.iter().filter(|(_, admits)| **admits > 0);
        admitting
            .map(|(constraint, admits)| {
                let ladder = self.ladders.iter().find(|ladder| ladder.constraint == *constraint);
                let smallest_step = ladder.and_then(Ladder::smallest_step);
                Relaxation { constraint: *constraint, admits: *admits, smallest_step }
            })
            .collect()
    }
}

impl Ladder {
    /// How many steps are asked for: only the first that admits anybody is told.
    fn asked(&self) -> usize {
        let first = self.admits.iter().position(|admits| *admits > 0);
        first.map_or(self.steps.len(), |first| first + 1)
    }

    /// Whether no position within these bounds is admitted by any step that is asked for.
    fn is_beyond(&self, bounds: &Bounds) -> bool {
        match &self.kind {
            Kind::Radius(circles) => {
                let last = circles.get(..self.asked()).and_then(<[Circle]>::last);
                last.is_none_or(|last| last.is_beyond(bounds))
            }
            Kind::Fee(_) | Kind::Opening { .. } | Kind::Confirmation { .. } => false,
        }
    }

    /// Counts a slot at the first step that admits it.
    fn count(&mut self, columns: &Columns, slot: usize) {
        let step = self.step(columns, slot, self.asked());
        if let Some(count) = step.and_then(|step| self.admits.get_mut(step)) {
            *count += 1;
        }
    }

    /// The first of so many steps that admits a slot.
    fn step(&self, columns: &Columns, slot: usize, steps: usize) -> Option<usize> {
        let value = match &self.kind {
            Kind::Radius(circles) => {
                let positions = columns.positions.get(slot);
                let admits = |circle: &Circle| positions.iter().any(|position| circle.has(position));
                let last = circles.get(..steps)?.last()?;
                return if admits(last) { circles.iter().position(admits) } else { None };
            }
            Kind::Fee(budget) => budget.as_ref()?.amount(columns, slot).map(f64::from),
            Kind::Opening { today } => since(*today, columns.opening[slot]),
            Kind::Confirmation { today } => since(columns.confirmed[slot], *today),
        }?;
        self.steps.iter().take(steps).position(|step| value <= *step)
    }

    fn smallest_step(&self) -> Option<Step> {
        let (value, admits) = self.steps.iter().zip(&self.admits).find(|(_, admits)| **admits > 0)?;
        let step = Step { admits: *admits, ..Step::default() };
        Some(match &self.kind {
            Kind::Radius(_) => Step { radius_km: Some(*value), ..step },
            Kind::Fee(_) => Step { amount: Some(*value as i64), ..step },
            Kind::Opening { .. } => Step { opening_within_days: Some(*value as u16), ..step },
            Kind::Confirmation { .. } => Step { confirmed_within_days: Some(*value as u16), ..step },
        })
    }
}

/// A fee raised by so many per cent, fractions of a minor unit left out.
fn raise(amount: i64, percent: u32) -> i64 {
    amount.saturating_add(amount.saturating_mul(i64::from(percent)) / 100)
}

/// Days from one day to another; `None` where a day is unknown or the second comes before the first.
fn since(from: i32, to: i32) -> Option<f64> {
    let known = from != UNKNOWN_DAY && to != UNKNOWN_DAY && from <= to;
    known.then(|| f64::from(to - from))
}
