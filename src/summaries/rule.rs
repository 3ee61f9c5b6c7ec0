//! When a summary is published, replaced or withdrawn, and what its numbers are. Pure.
//!
//! *Invariants*: what is published is of a multiple of [`GROUP`] client references. Two publications in a row differ by
//! at least [`GROUP`] of them. The numbers follow from the counted consultations alone, whatever led to them.

use std::collections::BTreeMap;

use super::model::{Contribution, GROUP, Numbers, QuestionNumbers, RatingNumbers, Standing};
use crate::{answers::model::SetVersion, id::Id};

/// What happens to a therapist's summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It can no longer be read, because too few count.
    Withdraw,
    /// It is replaced by the numbers of these consultations.
    Publish { counted: Vec<Id>, numbers: Numbers },
}

/// What happens to the summary now that these consultations of contributing apps are there, in whatever order they are
/// given.
#[must_use]
pub fn decide(standing: &Standing, contributions: Vec<Contribution>) -> Decision {
    let stayed = |one: &Contribution| one.counted_in == Some(standing.edition) && standing.edition > 0;
    let mut chosen = newest(contributions);
    // How many are counted already and still as they were. They come first, so that what is cut off is what nobody misses;
    // and they are counted before it is, so that what is cut off never makes the difference.
    let kept = chosen.iter().filter(|one| stayed(one)).count();
    chosen.sort_by_key(|one| (!stayed(one), one.created_at, one.id));
    chosen.truncate(whole(chosen.len()));
    if chosen.is_empty() {
        return if standing.published { Decision::Withdraw } else { Decision::Keep };
    }
    let fresh = chosen.len().saturating_sub(kept);
    let lost = standing.counted.saturating_sub(kept);
    // A reference that changed, or came back, is both fresh and lost: the greater number is surely of different ones.
    if fresh.max(lost) < GROUP {
        return Decision::Keep;
    }
    chosen.sort_by_key(|one| (one.created_at, one.id));
    Decision::Publish { counted: chosen.iter().map(|one| one.id).collect(), numbers: numbers(&chosen) }
}

/// The newest contribution of each client reference.
fn newest(mut contributions: Vec<Contribution>) -> Vec<Contribution> {
    contributions.sort_by(|a, b| {
        let reference = (&a.app, &a.client_ref).cmp(&(&b.app, &b.client_ref));
        reference.then((b.created_at, b.id).cmp(&(a.created_at, a.id)))
    });
    contributions.dedup_by(|later, first| (&later.app, &later.client_ref) == (&first.app, &first.client_ref));
    contributions
}

/// The greatest multiple of [`GROUP`] that is not above `count`.
const fn whole(count: usize) -> usize {
    count - count % GROUP
}

/// The rating that a client gave the answer to a question, and what they heard in it.
type Answered<'a> = (Option<i32>, &'a [String]);

/// The numbers of contributions that are in the order of time.
fn numbers(counted: &[Contribution]) -> Numbers {
    let mut asked: BTreeMap<(&SetVersion, &str), Vec<Answered<'_>>> = BTreeMap::new();
    for contribution in counted {
        for (question, rating, heard) in &contribution.answers {
            asked.entry((&contribution.set, question)).or_default().push((*rating, heard));
        }
    }
    let questions = asked.into_iter().filter_map(|((set, question), mut answers)| {
        answers.truncate(whole(answers.len()));
        (!answers.is_empty()).then(|| QuestionNumbers {
            set: set.clone(),
            question: question.to_owned(),
            answered: answers.len(),
            heard: heard(&answers),
            ratings: ratings(answers.iter().filter_map(|(rating, _)| *rating)),
        })
    });
    Numbers { consultations: counted.len(), questions: questions.collect() }
}

fn heard(answers: &[Answered<'_>]) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, codes) in answers {
        for (at, code) in codes.iter().enumerate() {
            if !codes[..at].contains(code) {
                *counts.entry(code).or_default() += 1;
            }
        }
    }
    let blunted = counts.into_iter().map(|(code, count)| (code.to_owned(), blunt(count, answers.len())));
    blunted.filter(|(_, count)| *count > 0).collect()
}

fn ratings(given: impl Iterator<Item = i32>) -> Option<RatingNumbers> {
    let mut given: Vec<usize> =
        given.filter(|rating| (1..=5).contains(rating)).filter_map(|rating| rating.try_into().ok()).collect();
    given.truncate(whole(given.len()));
    let (count, sum) = (given.len(), given.iter().sum::<usize>());
    (count > 0).then(|| RatingNumbers {
        count,
        mean_halves: (4 * sum + count) / (2 * count),
        counts: [1, 2, 3, 4, 5]
            .map(|rating| blunt(given.iter().filter(|one| **one == rating).count(), count)),
    })
}

/// A count of `all` such that neither one alone nor all of them can be told: at most one below the truth.
const fn blunt(count: usize, all: usize) -> usize {
    if count == 1 || count == all { count - 1 } else { count }
}

#[cfg(test)]
mod tests;
