//! The model once more, as plainly as it can be written: one profile at a time, no columns, nothing kept.
//!
//! The oracle of the tests: the engine must give the same, bit for bit. It shares with the engine the types that go in and
//! come out, and no computation.

mod answers;
mod constraints;
mod scores;

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::NaiveDate;

use super::{
    answer::{Relaxation, Step},
    constraint::Constraint,
    needs::{MaxFee, Near, Needs},
    policy::Policy,
    profile::Profile,
    rank::Staleness,
};
use crate::{
    catalog::model::Catalog,
    id::Id,
    vocabulary::{Importance, Order},
};
pub use answers::AnswerShown;
pub use constraints::failed_constraints;
pub use scores::{AreaScore, Scored, score};

/// What the reference computes of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceRanking {
    pub considered: u64,
    pub eligible: u64,
    pub excluded: BTreeMap<Constraint, u64>,
    pub relaxations: Vec<Relaxation>,
    pub results: Vec<ReferenceResult>,
}

/// What the reference computes of one result.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceResult {
    pub id: Id,
    pub rank: u32,
    pub tier: u32,
    /// Rounded.
    pub score: f64,
    pub scored: Scored,
}

/// Ranks the profiles, which may have several of one NPI, but each id once.
#[must_use]
pub fn rank(
    profiles: &[Profile],
    needs: &Needs,
    catalog: &Catalog,
    policy: &Policy,
    staleness: Staleness,
) -> ReferenceRanking {
    let considered: Vec<&Profile> = profiles
        .iter()
        .filter(|profile| is_most_recent(profile, profiles))
        .filter(|profile| !needs.exclude_ids.contains(&profile.id))
        .filter(
            |profile| !matches!(staleness, Staleness::Hide { days } if is_stale(profile, needs.as_of, days)),
        )
        .collect();
    let failed: Vec<_> =
        considered.iter().map(|profile| failed_constraints(profile, needs, catalog, policy)).collect();
    let mut excluded = BTreeMap::new();
    for constraint in failed.iter().flatten() {
        *excluded.entry(*constraint).or_default() += 1;
    }
    let eligible: Vec<&Profile> =
        considered.iter().zip(&failed).filter(|(_, failed)| failed.is_empty()).map(|(p, _)| *p).collect();
    let finds = |needs: &Needs| {
        let fails_none = |profile: &&&Profile| failed_constraints(profile, needs, catalog, policy).is_empty();
        considered.iter().filter(fails_none).count() as u64
    };
    let found = eligible.len() as u64;
    let mut relaxations = Vec::new();
    for constraint in Constraint::ALL {
        let admits = match without(needs, constraint) {
            Some(relaxed) => finds(&relaxed).saturating_sub(found),
            None => failed.iter().filter(|failed| **failed == [constraint]).count() as u64,
        };
        if admits > 0 {
            let steps = steps(needs, constraint, policy);
            let smallest_step = steps.into_iter().find_map(|(relaxed, step)| {
                let admits = finds(&relaxed) - found;
                (admits > 0).then_some(Step { admits, ..step })
            });
            relaxations.push(Relaxation { constraint, admits, smallest_step });
        }
    }
    ReferenceRanking {
        considered: considered.len() as u64,
        eligible: found,
        excluded,
        relaxations,
        results: order(&eligible, needs, catalog, policy, staleness),
    }
}

/// Profiles of one NPI are one therapist: the most recently confirmed counts, of equal ones that with the smaller id.
fn is_most_recent(profile: &Profile, profiles: &[Profile]) -> bool {
    let rank =
        |profile: &Profile| (profile.confirmed_at.map(|at| at.timestamp_micros()), Reverse(profile.id));
    profile.npi.is_none()
        || !profiles.iter().any(|other| other.npi == profile.npi && rank(other) > rank(profile))
}

fn is_stale(profile: &Profile, as_of: NaiveDate, days: u16) -> bool {
    let age = profile.confirmed_at.map(|at| (as_of - at.date_naive()).num_days());
    age.is_none_or(|age| age > i64::from(days))
}

/// The same needs without one constraint; `None` for the one that no field states.
#[must_use]
pub fn without(needs: &Needs, constraint: Constraint) -> Option<Needs> {
    let mut relaxed = needs.clone();
    let constraints = &mut relaxed.constraints;
    let wishes = &mut relaxed.preferences;
    match constraint {
        Constraint::SessionFormats => constraints.session_formats = None,
        Constraint::Jurisdiction => constraints.jurisdiction = None,
        Constraint::Near => constraints.near = None,
        Constraint::AgeGroup => constraints.age_group = None,
        Constraint::Participants => constraints.participants = None,
        Constraint::Languages => constraints.languages = None,
        Constraint::MaxFee => constraints.max_fee = None,
        Constraint::Insurance => constraints.insurance = None,
        Constraint::Accepting => constraints.accepting = false,
        Constraint::Times => constraints.times = None,
        Constraint::OpeningWithinDays => constraints.opening_within_days = None,
        Constraint::ConfirmedWithinDays => constraints.confirmed_within_days = None,
        Constraint::MinEvidenceLevel => constraints.min_evidence_level = None,
        Constraint::PreferredModalities => {
            wishes.modalities.retain(|wish| wish.importance != Importance::Must);
        }
        Constraint::PreferredGenders => wishes.genders = None,
        Constraint::PreferredLanguages => wishes.languages = None,
        Constraint::PreferredCommunities => wishes.communities = None,
        Constraint::Delivery | Constraint::ExcludeIds | Constraint::Stale | Constraint::Npi => return None,
    }
    Some(relaxed)
}

/// The ladder of a constraint: the same needs with each step that goes beyond what was asked for.
fn steps(needs: &Needs, constraint: Constraint, policy: &Policy) -> Vec<(Needs, Step)> {
    let table = &policy.tables.relaxation;
    let mut steps = Vec::new();
    let mut step = |change: &dyn Fn(&mut Needs), step: Step| {
        let mut relaxed = needs.clone();
        change(&mut relaxed);
        steps.push((relaxed, step));
    };
    let asked = &needs.constraints;
    if let (Constraint::Near, Some(near)) = (constraint, asked.near) {
        for radius_km in table.radius_factors.iter().map(|factor| near.radius_km * factor) {
            if radius_km <= 20_000.0 {
                let change = |needs: &mut Needs| needs.constraints.near = Some(Near { radius_km, ..near });
                step(&change, Step { radius_km: Some(radius_km), ..Step::default() });
            }
        }
    }
    if let (Constraint::MaxFee, Some(fee)) = (constraint, &asked.max_fee) {
        for percent in &table.fee_percent {
            let amount = fee.amount + fee.amount * i64::from(*percent) / 100;
            if amount > fee.amount && amount <= 1_000_000_000 {
                let currency = fee.currency.clone();
                let change = move |needs: &mut Needs| {
                    needs.constraints.max_fee = Some(MaxFee { amount, currency: currency.clone() });
                };
                step(&change, Step { amount: Some(amount), ..Step::default() });
            }
        }
    }
    if let (Constraint::OpeningWithinDays, Some(asked)) = (constraint, asked.opening_within_days) {
        for days in table.opening_days.iter().copied().filter(|days| *days > asked) {
            let change = |needs: &mut Needs| needs.constraints.opening_within_days = Some(days);
            step(&change, Step { opening_within_days: Some(days), ..Step::default() });
        }
    }
    if let (Constraint::ConfirmedWithinDays, Some(asked)) = (constraint, asked.confirmed_within_days) {
        for days in table.confirmation_days.iter().copied().filter(|days| *days > asked) {
            let change = |needs: &mut Needs| needs.constraints.confirmed_within_days = Some(days);
            step(&change, Step { confirmed_within_days: Some(days), ..Step::default() });
        }
    }
    steps
}

/// An eligible therapist on the way to a rank.
struct Entry<'p> {
    profile: &'p Profile,
    scored: Scored,
    score: f64,
    hash: u64,
    is_demoted: bool,
    tier: u32,
}

fn order(
    eligible: &[&Profile],
    needs: &Needs,
    catalog: &Catalog,
    policy: &Policy,
    staleness: Staleness,
) -> Vec<ReferenceResult> {
    let table = &policy.tables.order;
    let scale = 10_f64.powi(i32::from(table.decimals));
    let mut entries: Vec<Entry> = eligible
        .iter()
        .map(|profile| {
            let scored = score(profile, needs, catalog, policy);
            let seeded = [needs.seed.to_le_bytes().as_slice(), profile.id.as_bytes().as_slice()].concat();
            Entry {
                profile,
                score: (scored.total * scale).round() / scale,
                scored,
                hash: xxhash_rust::xxh3::xxh3_64(&seeded),
                is_demoted: matches!(staleness, Staleness::Demote { days } if is_stale(profile, needs.as_of, days)),
                tier: 0,
            }
        })
        .collect();
    entries.sort_by(|a, b| {
        let demoted = a.is_demoted.cmp(&b.is_demoted);
        demoted
            .then(b.score.total_cmp(&a.score))
            .then(a.hash.cmp(&b.hash))
            .then(a.profile.id.cmp(&b.profile.id))
    });
    let mut first = 0;
    for at in 0..entries.len() {
        let starts = at == 0
            || entries[first].is_demoted != entries[at].is_demoted
            || robustly_outranks(&entries[first].scored, &entries[at].scored, table.tier_delta);
        if starts {
            first = at;
        }
        entries[at].tier = if at == 0 { 1 } else { entries[at - 1].tier + u32::from(starts) };
    }
    if needs.order == Order::Rotate {
        let turn = |entry: &Entry| {
            let u = ((entry.hash >> 12) as f64 + 0.5) / 2_f64.powi(52);
            let opening = entry.profile.next_opening_on.map(|day| (day - needs.as_of).num_days());
            let soon = opening.is_some_and(|days| (0..=i64::from(table.rotate_opening_days)).contains(&days));
            u.powf(1.0 / if soon { table.rotate_opening } else { table.rotate_no_opening })
        };
        let window = entries.len().min(usize::from(table.rotate_window));
        entries[..window].sort_by(|a, b| {
            a.tier.cmp(&b.tier).then(turn(b).total_cmp(&turn(a))).then(a.profile.id.cmp(&b.profile.id))
        });
    }
    let ranked = entries.into_iter().take(needs.limit).zip(1..);
    ranked
        .map(|(entry, rank)| ReferenceResult {
            id: entry.profile.id,
            rank,
            tier: entry.tier,
            score: entry.score,
            scored: entry.scored,
        })
        .collect()
}

/// Whether no weights within ±δ of the policy's put the second above the first.
fn robustly_outranks(a: &Scored, b: &Scored, delta: f64) -> bool {
    let differences: Vec<_> =
        a.components.iter().zip(&b.components).map(|((weight, a), (_, b))| (*weight, a - b)).collect();
    let lead = differences.iter().fold(0.0, |sum, (weight, difference)| sum + weight * difference);
    let swing = differences.iter().fold(0.0, |sum, (weight, difference)| sum + weight * difference.abs());
    lead > delta * swing
}
