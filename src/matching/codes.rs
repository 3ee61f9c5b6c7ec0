//! Open codes (languages, plans, jurisdictions, communities, currencies) as numbers, and the keys of sets of slots.

use super::shards::Shards;
use crate::vocabulary::{AgeGroup, Gender, Participants, SessionFormat, Times};

/// The numbers of the open codes that some profile has had. Never forgets one.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    numbers: Shards<Box<str>, u32>,
    next: u32,
}

impl Codes {
    pub(super) fn new() -> Self {
        Self { numbers: Shards::new(), next: 0 }
    }

    /// The number of a code; `None` where no profile ever had it.
    pub(super) fn get(&self, code: &str) -> Option<u32> {
        self.numbers.get(code).copied()
    }

    pub(super) fn number(&mut self, code: &str) -> u32 {
        if let Some(known) = self.get(code) {
            return known;
        }
        let number = self.next;
        self.next += 1;
        self.numbers.insert(code.into(), number);
        number
    }
}

/// What a key with a number of its own is about.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Language = 1,
    Community,
    Insurance,
    /// A region or a country in which there is a location.
    Place,
    Remote,
    License,
    Fee,
    Modality,
}

const fn key(kind: Kind, number: u32) -> u64 {
    (kind as u64) << 40 | number as u64
}

pub(super) const fn language(number: u32) -> u64 {
    key(Kind::Language, number)
}

pub(super) const fn community(number: u32) -> u64 {
    key(Kind::Community, number)
}

pub(super) const fn insurance(number: u32) -> u64 {
    key(Kind::Insurance, number)
}

pub(super) const fn place(number: u32) -> u64 {
    key(Kind::Place, number)
}

pub(super) const fn remote(number: u32) -> u64 {
    key(Kind::Remote, number)
}

pub(super) const fn license(number: u32) -> u64 {
    key(Kind::License, number)
}

/// Fees are scored within one currency and one kind of participants.
pub(super) const fn fee(participants: Participants, currency: u32) -> u64 {
    key(Kind::Fee, currency) | (participants as u64) << 32
}

/// By the catalog's order.
pub(super) const fn modality(modality: u16) -> u64 {
    key(Kind::Modality, modality as u32)
}

// The closed vocabularies: few keys that most blocks have, below all others.

/// How many there are.
pub(super) const CLOSED: usize = COMMUNITIES_KNOWN as usize + 1;

const AGE_GROUPS: u64 = SessionFormat::ALL.len() as u64;
const PARTICIPANTS: u64 = AGE_GROUPS + AgeGroup::ALL.len() as u64;
const TIMES: u64 = PARTICIPANTS + Participants::ALL.len() as u64;
const GENDERS: u64 = TIMES + Times::ALL.len() as u64;

pub(super) const fn format(format: SessionFormat) -> u64 {
    format as u64
}

pub(super) const fn age_group(group: AgeGroup) -> u64 {
    AGE_GROUPS + group as u64
}

pub(super) const fn participants(participants: Participants) -> u64 {
    PARTICIPANTS + participants as u64
}

pub(super) const fn times(times: Times) -> u64 {
    TIMES + times as u64
}

pub(super) const fn gender(gender: Gender) -> u64 {
    GENDERS + gender as u64
}

/// Takes new clients.
pub(super) const ACCEPTING: u64 = GENDERS + Gender::ALL.len() as u64;
/// Has a location, whether its position is known or not.
pub(super) const LOCATED: u64 = ACCEPTING + 1;
/// States some language.
pub(super) const LANGUAGES_KNOWN: u64 = LOCATED + 1;
/// States some community.
pub(super) const COMMUNITIES_KNOWN: u64 = LANGUAGES_KNOWN + 1;
