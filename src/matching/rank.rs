//! The engine: tests the constraints over whole blocks, scores who passes, explains the winners.

use std::collections::BinaryHeap;

use chrono::Datelike as _;

use super::{
    answer::{Explanation, Listed, MatchResult, Ranking},
    bits::Bits,
    columns::{Columns, UNKNOWN_DAY},
    components::Scorer,
    constraint::Constraint,
    constraints::Tests,
    explain::{Explainer, Subject},
    index::{Index, split},
    needs::Needs,
    order::{Candidate, arrange, hash, rounded, unrounded},
    plan::plan,
    relax::Tally,
};
use crate::{id::Id, vocabulary::Order};

/// What is done with profiles that nobody confirmed for long (`TAILOR_STALE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Staleness {
    /// Nothing; answers say how old a confirmation is.
    #[default]
    Mark,
    /// They come after all fresh ones, in tiers of their own.
    Demote { days: u16 },
    /// They are not considered.
    Hide { days: u16 },
}

impl Staleness {
    const fn days(self) -> Option<u16> {
        match self {
            Self::Mark => None,
            Self::Demote { days } | Self::Hide { days } => Some(days),
        }
    }

    /// Those never confirmed, or not within the days.
    fn stale(self, columns: &Columns, today: i32) -> Bits {
        let Some(days) = self.days() else { return Bits::EMPTY };
        let mut stale = Bits::EMPTY;
        for (slot, confirmed) in columns.confirmed.iter().enumerate() {
            if *confirmed == UNKNOWN_DAY || today - confirmed > i32::from(days) {
                stale.set(slot);
            }
        }
        stale
    }
}

/// Ranks the directory for one client's needs.
#[must_use]
pub fn rank<'a, S>(index: &'a Index<S>, needs: &Needs, staleness: Staleness) -> Ranking<'a, S> {
    let model = index.model();
    let table = &model.policy.tables.order;
    let tests = Tests::new(model, index.codes(), needs);
    let scorer = Scorer::new(model, index.codes(), needs);
    let mut tally = Tally::new(needs, index.codes(), &tests, &model.policy.tables.relaxation);
    let window = match needs.order {
        Order::Score => needs.limit,
        Order::Rotate => needs.limit.max(usize::from(table.rotate_window)),
    };
    let mut best = Best::new(window);
    let excluded = excluded_places(index, needs);
    let today = needs.as_of.num_days_from_ce();
    for (block, columns) in index.columns().enumerate() {
        let stale = staleness.stale(columns, today);
        let mut considered = columns.chosen;
        for place in &excluded {
            if split(*place).0 == block {
                considered.clear(split(*place).1);
            }
        }
        if matches!(staleness, Staleness::Hide { .. }) {
            considered &= !stale;
        }
        let tested = tests.run(columns, considered);
        tally.add(&tests, &tested, columns, considered);
        let sets = scorer.wishes.sets(columns);
        for slot in tested.eligible.slots() {
            let is_demoted = stale.has(slot);
            if best.is_full() {
                let ceiling = scorer.ceiling(columns, slot, &sets, &tests.delivery);
                if !best.may_take(is_demoted, rounded(ceiling, table)) {
                    continue;
                }
            }
            let score = scorer.score(columns, slot, &sets, &tests.delivery);
            let rounded = rounded(score.total, table);
            if best.may_take(is_demoted, rounded) {
                let id = columns.ids[slot];
                let opening = scorer.practical.opening_days(columns, slot);
                best.offer(Candidate {
                    place: (block * super::bits::SLOTS + slot) as u32,
                    id,
                    is_demoted,
                    score,
                    rounded,
                    hash: hash(needs.seed, &id),
                    has_opening: opening.is_some_and(|days| days <= i32::from(table.rotate_opening_days)),
                });
            }
        }
    }
    let mut arranged = arrange(best.into_sorted(), needs.order, &scorer.demand.weights, table);
    arranged.truncate(needs.limit);
    let explainer = Explainer::new(model, needs, &scorer, &tests.delivery);
    let results = arranged.iter().enumerate().filter_map(|(at, (tier, candidate))| {
        let mut result = explain(index, &explainer, candidate.place)?;
        result.rank = u32::try_from(at + 1).ok();
        result.tier = Some(*tier);
        Some(result)
    });
    Ranking {
        considered: tally.considered,
        eligible: tally.eligible,
        excluded: tally.excluded(),
        relaxations: tally.relaxations(),
        plan: plan(model, needs),
        results: results.collect(),
    }
}

/// Explains one therapist for the same needs, also where a constraint leaves them out; `None` where the index has no such id.
#[must_use]
pub fn explain_one<'a, S>(
    index: &'a Index<S>,
    id: &Id,
    needs: &Needs,
    staleness: Staleness,
) -> Option<Explanation<'a, S>> {
    let model = index.model();
    let place = index.place(id)?;
    let (columns, slot) = index.at(place)?;
    let tests = Tests::new(model, index.codes(), needs);
    let mut failed = tests.failed(&tests.run(columns, Bits::FULL), slot);
    let is_stale = staleness.stale(columns, needs.as_of.num_days_from_ce()).has(slot);
    let not_considered = [
        (Constraint::ExcludeIds, needs.exclude_ids.binary_search(id).is_ok()),
        (Constraint::Stale, is_stale && matches!(staleness, Staleness::Hide { .. })),
        (Constraint::Npi, !columns.chosen.has(slot)),
    ];
    failed.extend(not_considered.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name));
    let scorer = Scorer::new(model, index.codes(), needs);
    let explainer = Explainer::new(model, needs, &scorer, &tests.delivery);
    let result = explain(index, &explainer, place)?;
    Some(Explanation {
        eligible: failed.is_empty(),
        failed_constraints: failed,
        plan: plan(model, needs),
        result,
    })
}

fn explain<'a, S>(
    index: &'a Index<S>,
    explainer: &Explainer<'a, '_>,
    place: u32,
) -> Option<MatchResult<'a, Listed<'a, S>>> {
    let (columns, slot) = index.at(place)?;
    let summary = index.payload(place)?.as_ref();
    let subject = Subject::new(explainer, columns, slot);
    // To a tenth of a kilometre: no client needs more.
    let distance_km = subject.parts.distance_km.map(|km| (km * 10.0).round() / 10.0);
    let listed = Listed { id: columns.ids[slot], summary, distance_km };
    let table = &index.model().policy.tables.order;
    let score = unrounded(rounded(subject.score.total, table), table);
    Some(explainer.explain(&subject, score, listed))
}

fn excluded_places<S>(index: &Index<S>, needs: &Needs) -> Vec<u32> {
    needs.exclude_ids.iter().filter_map(|id| index.place(id)).collect()
}

/// The best so many candidates.
struct Best {
    most: usize,
    /// The worst of them on top.
    heap: BinaryHeap<Worst>,
}

impl Best {
    const fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    fn is_full(&self) -> bool {
        self.heap.len() >= self.most
    }

    /// Whether a candidate with this score can be among the best.
    fn may_take(&self, is_demoted: bool, rounded: u64) -> bool {
        let better = |Worst(worst): &Worst| {
            (is_demoted, std::cmp::Reverse(rounded)) <= (worst.is_demoted, std::cmp::Reverse(worst.rounded))
        };
        self.heap.len() < self.most || self.heap.peek().is_some_and(better)
    }

    fn offer(&mut self, candidate: Candidate) {
        self.heap.push(Worst(candidate));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }

    fn into_sorted(self) -> Vec<Candidate> {
        self.heap.into_sorted_vec().into_iter().map(|Worst(candidate)| candidate).collect()
    }
}

/// A candidate whose greater is the one that comes later.
struct Worst(Candidate);

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Worst {}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&other.0)
    }
}
