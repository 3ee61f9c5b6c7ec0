//! How many a request considers, finds and leaves out, and what relaxing it would bring (section 4).

use std::collections::BTreeMap;

use chrono::Datelike as _;

use super::{
    answer::{Relaxation, Step},
    bits::Bits,
    codes::Codes,
    columns::{Columns, UNKNOWN_DAY},
    constraint::Constraint,
    constraints::{Test, Tested, Tests, budget_key},
    delivery::CONSTRAINTS,
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
    fails: BTreeMap<Constraint, u64>,
    admits: BTreeMap<Constraint, u64>,
    /// Eligible if no participants were asked for, where that changes the fee that is compared.
    eligible_for_nobody: Option<u64>,
    ladders: Vec<Ladder>,
}

/// The steps of one constraint.
#[derive(Clone, Debug)]
struct Ladder {
    constraint: Constraint,
    kind: Kind,
    /// The values of the steps, rising, all beyond what was asked for.
    steps: Vec<f64>,
    /// How many more each step admits than the one before.
    admits: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Radius,
    Fee { key: Option<u64> },
    Opening { today: i32 },
    Confirmation { today: i32 },
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
        if let Some(near) = asked.near {
            let steps = table.radius_factors.iter().map(|factor| near.radius_km * factor);
            ladder(Constraint::Near, Kind::Radius, steps.filter(|km| *km <= MAX_RADIUS_KM).collect());
        }
        if let Some(fee) = &asked.max_fee {
            let steps = table.fee_percent.iter().map(|percent| raise(fee.amount, *percent));
            let steps = steps.filter(|amount| (fee.amount + 1..=MAX_AMOUNT).contains(amount));
            ladder(
                Constraint::MaxFee,
                Kind::Fee { key: budget_key(codes, &needs.constraints) },
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
        let mut fails: BTreeMap<_, _> = tests.single.iter().map(|(name, _)| (*name, 0)).collect();
        fails.extend(CONSTRAINTS.map(|name| (name, 0)));
        Self { considered: 0, eligible: 0, admits: fails.clone(), fails, eligible_for_nobody: None, ladders }
    }

    /// Adds one tested block.
    pub(super) fn add(&mut self, tests: &Tests, tested: &Tested, columns: &Columns, considered: Bits) {
        self.considered += considered.count();
        self.eligible += tested.eligible.count();
        if let Some(eligible) = tested.eligible_for_nobody {
            *self.eligible_for_nobody.get_or_insert(0) += eligible.count();
        }
        let delivered = tested.verdict.fails.into_iter().fold(Bits::FULL, |passes, fails| passes & !fails);
        for ((name, test), fails) in tests.single.iter().zip(&tested.single) {
            *self.fails.entry(*name).or_default() += fails.count();
            let admitted = *fails & tested.one & delivered;
            *self.admits.entry(*name).or_default() += admitted.count();
            if matches!(test, Test::Fee { .. } | Test::Opening { .. } | Test::Confirmed { .. }) {
                self.climb(*name, columns, admitted, |_, _| None);
            }
        }
        let verdict = &tested.verdict;
        for ((name, fails), passes) in CONSTRAINTS.into_iter().zip(verdict.fails).zip(verdict.passes_without)
        {
            *self.fails.entry(name).or_default() += (fails & considered).count();
            *self.admits.entry(name).or_default() += (tested.none & passes & !delivered).count();
        }
        if let Some(circle) = tests.delivery.circle() {
            let far = tested.none & !delivered & verdict.lacks_only_distance;
            self.climb(Constraint::Near, columns, far, |columns, slot| circle.distance(columns, slot));
        }
    }

    /// Counts each of these slots at the first step that admits it.
    fn climb(
        &mut self,
        constraint: Constraint,
        columns: &Columns,
        slots: Bits,
        distance: impl Fn(&Columns, usize) -> Option<f64>,
    ) {
        let Some(ladder) = self.ladders.iter_mut().find(|ladder| ladder.constraint == constraint) else {
            return;
        };
        for slot in slots.slots() {
            let value = match ladder.kind {
                Kind::Radius => distance(columns, slot),
                Kind::Fee { key } => {
                    key.and_then(|key| columns.fees.get(key, slot)).map(|amount| amount as f64)
                }
                Kind::Opening { today } => since(today, columns.opening[slot]),
                Kind::Confirmation { today } => since(columns.confirmed[slot], today),
            };
            let step = value.and_then(|value| ladder.steps.iter().position(|step| value <= *step));
            if let Some(count) = step.and_then(|step| ladder.admits.get_mut(step)) {
                *count += 1;
            }
        }
    }

    /// How many fail each constraint that somebody fails.
    pub(super) fn excluded(&self) -> BTreeMap<Constraint, u64> {
        self.fails.iter().filter(|(_, count)| **count > 0).map(|(name, count)| (*name, *count)).collect()
    }

    /// Each constraint that alone keeps somebody out.
    pub(super) fn relaxations(&self) -> Vec<Relaxation> {
        let mut admits = self.admits.clone();
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
    fn smallest_step(&self) -> Option<Step> {
        let (value, admits) = self.steps.iter().zip(&self.admits).find(|(_, admits)| **admits > 0)?;
        let step = Step { admits: *admits, ..Step::default() };
        Some(match self.kind {
            Kind::Radius => Step { radius_km: Some(*value), ..step },
            Kind::Fee { .. } => Step { amount: Some(*value as i64), ..step },
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
