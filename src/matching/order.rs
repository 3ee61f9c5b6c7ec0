//! The order of results and their tiers (section 5).

use std::cmp::{Ordering, Reverse};

use xxhash_rust::xxh3::xxh3_64;

use super::{components::Score, tables::OrderTable};
use crate::{id::Id, vocabulary::Order};

/// A therapist who may be among the results.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub place: u32,
    pub id: Id,
    /// Comes after all who are not (`TAILOR_STALE=demote`).
    pub is_demoted: bool,
    pub score: Score,
    /// The score as the order sees it: rounded, as a whole number.
    pub rounded: u64,
    pub hash: u64,
    /// Has an opening soon enough to take its full turn.
    pub has_opening: bool,
}

/// A score as the order sees it, half away from zero, as a whole number of the last decimal place.
pub(super) fn rounded(score: f64, table: &OrderTable) -> u64 {
    (score * scale(table)).round() as u64
}

/// The score that such a number stands for.
pub(super) fn unrounded(rounded: u64, table: &OrderTable) -> f64 {
    rounded as f64 / scale(table)
}

fn scale(table: &OrderTable) -> f64 {
    10_f64.powi(i32::from(table.decimals))
}

/// What orders equals: rotates with the seed, and is the same on every machine.
pub(super) fn hash(seed: u64, id: &Id) -> u64 {
    let mut bytes = [0; 24];
    let (first, second) = bytes.split_at_mut(8);
    first.copy_from_slice(&seed.to_le_bytes());
    second.copy_from_slice(id.as_bytes());
    xxh3_64(&bytes)
}

impl Candidate {
    /// The better comes first.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let key = |c: &Self| (c.is_demoted, Reverse(c.rounded), c.hash, c.id);
        key(self).cmp(&key(other))
    }
}

/// The tier of each candidate, from 1; `candidates` come in their order.
pub(super) fn tiers(candidates: &[Candidate], weights: &[f64; 4], delta: f64) -> Vec<u32> {
    let mut tiers = Vec::with_capacity(candidates.len());
    let mut tier = 0;
    let mut first: Option<&Candidate> = None;
    for candidate in candidates {
        let joins = first.is_some_and(|first| {
            first.is_demoted == candidate.is_demoted
                && !outranks(&first.score.values, &candidate.score.values, weights, delta)
        });
        if !joins {
            tier += 1;
            first = Some(candidate);
        }
        tiers.push(tier);
    }
    tiers
}

/// Whether no weights within ±`delta` of these put `b` above `a`.
fn outranks(a: &[f64; 4], b: &[f64; 4], weights: &[f64; 4], delta: f64) -> bool {
    let (mut lead, mut swing) = (0.0, 0.0);
    for ((a, b), weight) in a.iter().zip(b).zip(weights) {
        lead += weight * (a - b);
        swing += weight * (a - b).abs();
    }
    lead > delta * swing
}

/// Candidates with their tiers, in the order that was asked for.
pub(super) fn arrange(
    candidates: Vec<Candidate>,
    order: Order,
    weights: &[f64; 4],
    table: &OrderTable,
) -> Vec<(u32, Candidate)> {
    let tiers = tiers(&candidates, weights, table.tier_delta);
    let mut arranged: Vec<_> = tiers.into_iter().zip(candidates).collect();
    if order == Order::Rotate {
        let turning = arranged.len().min(usize::from(table.rotate_window));
        arranged[..turning].sort_by(|(tier, a), (other, b)| {
            let turns = turn(b, table).total_cmp(&turn(a, table));
            tier.cmp(other).then(turns).then(a.id.cmp(&b.id))
        });
    }
    arranged
}

/// A weighted draw without randomness: the greater goes first (Efraimidis and Spirakis, with the hash for the random number).
fn turn(candidate: &Candidate, table: &OrderTable) -> f64 {
    // 52 bits and a half: strictly between 0 and 1.
    let unit = ((candidate.hash >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
    let weight = if candidate.has_opening { table.rotate_opening } else { table.rotate_no_opening };
    unit.powf(1.0 / weight)
}
