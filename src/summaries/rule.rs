//! Which answers are counted in a summary, and what its numbers are. Pure.
//!
//! *Invariants*: all that is published is made of batches of [`GROUP`] client references, each blunted by itself, which
//! count whole or not at all. No answer is ever in two batches of a group, so that no two of them differ by fewer references,
//! whatever was published before.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{GROUP, Group, Kind, Numbers, QuestionNumbers, RatingNumbers, Standing, Voice};
use crate::id::Id;

/// What an answer holds: the client's rating of it, 1 to 5, and the codes of what they heard.
pub type Answer = (Option<i32>, Vec<String>);
/// The answers by consultation and question.
pub type Answers = BTreeMap<(Id, String), Answer>;

/// Five client references that are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its number among those of the therapist, from 1 on.
    pub number: i64,
    /// The consultations.
    pub members: Vec<Id>,
}

/// The batches that count, in the order of their numbers.
pub type Batches = BTreeMap<Group, Vec<Batch>>;

/// What happens to a therapist's summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It can no longer be read, because too few count.
    Withdraw,
    /// It is replaced by the numbers of these batches. Those with numbers above [`Standing::batches`] are new.
    Publish(Batches),
}

/// What happens to the summary now that these voices are there, in whatever order they are given.
#[must_use]
pub fn decide(standing: &Standing, voices: BTreeMap<Group, Vec<Voice>>) -> Decision {
    let mut last = standing.batches;
    let batches = voices.into_iter().map(|(group, voices)| (group, batches(voices, &mut last)));
    let batches: Batches = batches.filter(|(_, batches)| !batches.is_empty()).collect();
    if numbers_of(&batches) == standing.live {
        Decision::Keep
    } else if batches.is_empty() {
        Decision::Withdraw
    } else {
        Decision::Publish(batches)
    }
}

/// The numbers of the batches, in order.
fn numbers_of(batches: &Batches) -> Vec<i64> {
    let mut numbers: Vec<i64> = batches.values().flatten().map(|batch| batch.number).collect();
    numbers.sort_unstable();
    numbers
}

/// The batches of one group: those that are whole still, and those that the others suffice for.
fn batches(mut voices: Vec<Voice>, last: &mut i64) -> Vec<Batch> {
    let mut formed: BTreeMap<i64, Vec<&Voice>> = BTreeMap::new();
    for voice in &voices {
        if let Some(number) = voice.batch.filter(|number| *number > 0) {
            formed.entry(number).or_default().push(voice);
        }
    }
    let is_whole = |members: &[&Voice]| members.len() == GROUP && members.iter().all(|voice| voice.counts);
    let ids = |members: &[&Voice]| members.iter().map(|voice| voice.consultation).collect();
    let whole = formed.into_iter().filter(|(_, members)| is_whole(members));
    let mut live: Vec<Batch> =
        whole.map(|(number, members)| Batch { number, members: ids(&members) }).collect();

    // Whoever was ever in a batch is never in another: two batches that share somebody tell of the others in them.
    let bound: BTreeSet<(String, String)> =
        voices.iter().filter(|voice| voice.batch.is_some()).map(|voice| voice.reference.clone()).collect();
    voices.retain(|voice| voice.counts && !bound.contains(&voice.reference));
    // Of each reference the newest.
    voices.sort_by(|a, b| {
        a.reference
            .cmp(&b.reference)
            .then((b.created_at, b.consultation).cmp(&(a.created_at, a.consultation)))
    });
    voices.dedup_by(|later, first| later.reference == first.reference);
    voices.sort_by_key(|voice| (voice.created_at, voice.consultation));
    for members in voices.chunks_exact(GROUP) {
        *last += 1;
        live.push(Batch { number: *last, members: members.iter().map(|voice| voice.consultation).collect() });
    }
    live
}

/// What is published of these batches.
#[must_use]
pub fn numbers(batches: &Batches, answers: &Answers) -> Numbers {
    let questions: Vec<QuestionNumbers> = batches
        .iter()
        .filter(|(group, _)| group.kind == Kind::Heard)
        .map(|(group, heard_by)| {
            let rated_by = batches.get(&Group { kind: Kind::Rated, ..group.clone() });
            let of = |batches: &[Batch]| -> Vec<Vec<&Answer>> {
                let answer = |id: &Id| answers.get(&(*id, group.question.clone()));
                batches.iter().map(|batch| batch.members.iter().filter_map(answer).collect()).collect()
            };
            QuestionNumbers {
                set: group.set.clone(),
                question: group.question.clone(),
                answered: heard_by.len() * GROUP,
                heard: heard(&of(heard_by)),
                ratings: rated_by.map(|rated_by| ratings(&of(rated_by))),
            }
        })
        .collect();
    let consultations = questions.iter().map(|question| question.answered).max().unwrap_or(0);
    Numbers { consultations, questions, live: numbers_of(batches) }
}

fn heard(batches: &[Vec<&Answer>]) -> BTreeMap<String, usize> {
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    for batch in batches {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, codes) in batch {
            let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
            codes.into_iter().for_each(|code| *counts.entry(code).or_default() += 1);
        }
        for (code, count) in counts {
            *heard.entry(code.to_owned()).or_default() += blunt(count);
        }
    }
    heard.retain(|_, count| *count > 0);
    heard
}

fn ratings(batches: &[Vec<&Answer>]) -> RatingNumbers {
    let given = |batch: &[&Answer], rating: i32| batch.iter().filter(|(one, _)| *one == Some(rating)).count();
    let counts = [1, 2, 3, 4, 5].map(|rating| batches.iter().map(|batch| blunt(given(batch, rating))).sum());
    let (told, sum) = (1..)
        .zip(counts)
        .fold((0, 0), |(told, sum), (rating, count): (usize, usize)| (told + count, sum + rating * count));
    // Of the blunted counts: the mean of the true ones would give away what is blunted.
    let mean_halves = (told > 0).then(|| (4 * sum + told) / (2 * told));
    RatingNumbers { count: batches.len() * GROUP, mean_halves, counts }
}

/// A count of five such that neither a single voice nor that all agree can be told: at most one below the truth.
const fn blunt(count: usize) -> usize {
    if count == 1 || count == GROUP { count - 1 } else { count }
}

#[cfg(test)]
mod tests;
