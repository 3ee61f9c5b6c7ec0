//! The engine: tests the constraints over whole blocks, scores who passes, explains the winners.

use chrono::Datelike as _;

use super::{
    answer::{Explanation, Listed, MatchResult, Ranking},
    bits::Bits,
    columns::{Columns, UNKNOWN_DAY},
    components::{Score, Scorer},
    constraint::Constraint,
    constraints::{Tested, Tests},
    delivery::Delivery,
    explain::{Explainer, Subject},
    index::{Index, join, split},
    needs::Needs,
    order::{Candidate, arrange, hash, rounded, unrounded},
    plan::plan,
    quick::Quick,
    race::{Race, Waiting},
    relax::Tally,
};
use crate::{
    id::Id,
    vocabulary::{Explain, Order},
};

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
        let is_stale = |day: i32| day == UNKNOWN_DAY || today - day > i32::from(days);
        Bits::of(&columns.confirmed, |day| is_stale(*day))
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
    let field = Field { index, needs, scorer: &scorer, delivery: &tests.delivery };
    let quick = Quick::new(&scorer, &tests.delivery);
    let mut race = Race::new(window, table);
    let mut tested = Tested::default();
    let excluded = excluded_places(index, needs);
    let today = needs.as_of.num_days_from_ce();
    for (block, columns) in index.columns().enumerate() {
        let stale = staleness.stale(columns, today);
        let mut considered = columns.chosen;
        for place in excluded.iter().filter(|place| split(**place).0 == block) {
            considered.clear(split(*place).1);
        }
        if matches!(staleness, Staleness::Hide { .. }) {
            considered &= !stale;
        }
        tests.run(columns, considered, &mut tested);
        tally.add(&tests, &tested, columns, considered);
        for (slots, is_demoted) in [(tested.eligible & !stale, false), (tested.eligible & stale, true)] {
            for word in slots.words() {
                let Some(least) = race.least(is_demoted) else { break };
                let enter = |bound, slot| race.enter(is_demoted, bound, join(block, slot));
                quick.find(columns, word, least, enter);
                if race.is_full() {
                    race.settle(|race, waiting| field.candidate(race, waiting));
                }
            }
        }
    }
    race.settle(|race, waiting| field.candidate(race, waiting));
    let mut arranged = arrange(race.into_sorted(), needs.order, &scorer.demand.weights, table);
    arranged.truncate(needs.limit);
    let explainer = Explainer::new(model, needs, &scorer, &tests.delivery);
    let results = arranged.iter().enumerate().filter_map(|(at, (tier, candidate))| {
        let mut result = explain(index, &explainer, candidate.place, Some(candidate.score))?;
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

/// Those among whom the best are sought.
struct Field<'a, S> {
    index: &'a Index<S>,
    needs: &'a Needs,
    scorer: &'a Scorer<'a>,
    delivery: &'a Delivery,
}

impl<S> Field<'_, S> {
    /// One who waits, scored; `None` where they cannot be among the best.
    fn candidate(&self, race: &Race<'_>, waiting: Waiting) -> Option<Candidate> {
        let (columns, slot) = self.index.at(waiting.place())?;
        let table = &self.scorer.model.policy.tables.order;
        let may_take = |score: f64| race.may_take(waiting.is_demoted(), rounded(score, table));
        let cheap = self.scorer.cheap(columns, slot, self.delivery);
        if !may_take(self.scorer.ceiling(columns, slot, cheap)) {
            return None;
        }
        let score = self.scorer.finish(columns, slot, cheap);
        if !may_take(score.total) {
            return None;
        }
        let id = columns.ids[slot];
        let opening = self.scorer.practical.opening_days(columns, slot);
        Some(Candidate {
            place: waiting.place(),
            id,
            is_demoted: waiting.is_demoted(),
            score,
            rounded: rounded(score.total, table),
            hash: hash(self.needs.seed, &id),
            has_opening: opening.is_some_and(|days| days <= i32::from(table.rotate_opening_days)),
        })
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
    let mut failed = {
        let mut tested = Tested::default();
        tests.run(columns, Bits::FULL, &mut tested);
        tests.failed(&tested, slot)
    };
    let is_stale = staleness.stale(columns, needs.as_of.num_days_from_ce()).has(slot);
    let not_considered = [
        (Constraint::ExcludeIds, needs.exclude_ids.binary_search(id).is_ok()),
        (Constraint::Stale, is_stale && matches!(staleness, Staleness::Hide { .. })),
        (Constraint::Npi, !columns.chosen.has(slot)),
    ];
    failed.extend(not_considered.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name));
    let scorer = Scorer::new(model, index.codes(), needs);
    let explainer = Explainer::new(model, needs, &scorer, &tests.delivery);
    let result = explain(index, &explainer, place, None)?;
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
    score: Option<Score>,
) -> Option<MatchResult<'a, Listed<'a, S>>> {
    let (columns, slot) = index.at(place)?;
    let summary = index.payload(place)?.as_ref();
    let parts = explainer.scorer.parts(columns, slot, explainer.delivery);
    // To a tenth of a kilometre: no client needs more.
    let distance_km = parts.distance_km.map(|km| (km * 10.0).round() / 10.0);
    let listed = Listed { id: columns.ids[slot], summary, distance_km };
    let score = score.unwrap_or_else(|| explainer.scorer.score(columns, slot, explainer.delivery));
    let table = &index.model().policy.tables.order;
    let shown = unrounded(rounded(score.total, table), table);
    if explainer.needs.explain == Explain::None {
        return Some(MatchResult::bare(shown, listed));
    }
    let subject = Subject::new(explainer, columns, slot, score, parts);
    Some(explainer.explain(&subject, shown, listed))
}

fn excluded_places<S>(index: &Index<S>, needs: &Needs) -> Vec<u32> {
    needs.exclude_ids.iter().filter_map(|id| index.place(id)).collect()
}
