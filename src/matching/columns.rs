//! One block of profiles as columns: what constraints, scores and explanations read.

use std::num::NonZeroU64;

use chrono::Datelike as _;

use super::{
    bits::{Bits, SLOTS, WORD, WORDS},
    ceilings::{Bounded, Ceilings},
    codes::{self, Codes},
    facets::Facets,
    geo::{Bounds, Position},
    lists::{Keyed, LastDays, Ragged},
    model::Model,
    practice::{Answered, Shown, practice},
    profile::{Claim, Declaration, Profile, primary_language},
    tables::PracticeTable,
};
use crate::{
    id::Id,
    vocabulary::{Accepting, Gender, Homework},
};

/// A day that a profile does not state.
pub(super) const UNKNOWN_DAY: i32 = i32::MIN;
/// An instant before all others: never confirmed.
const NEVER: i64 = i64::MIN;

/// A value of style that a profile does not state.
const UNSTATED: i8 = i8::MIN;

/// Facts that a profile states or not, apart from those with a column of their own.
pub(super) const FACT_LICENSED: u8 = 1;
pub(super) const FACT_FEES: u8 = 1 << 1;
/// One for each consultation question.
pub(super) const FACTS_ANSWERED: [u8; 3] = [1 << 2, 1 << 3, 1 << 4];

/// The columns of one block.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub ids: Vec<Id>,
    pub npis: Vec<Option<NonZeroU64>>,
    /// In use.
    pub live: Bits,
    /// In use, and of its NPI the one most recently confirmed.
    pub chosen: Bits,
    pub facets: Facets,
    /// The last days of active licences that expire, by jurisdiction; of several the latest.
    pub last_days: LastDays,
    /// The lowest fee, by participants and currency.
    pub fees: Keyed<u32>,
    pub claims: Ragged<Claim>,
    pub declarations: Ragged<Declaration>,
    pub positions: Ragged<Position>,
    /// Where the positions of the block lie, and those of each word of slots.
    pub bounds: Bounds,
    pub bounds_of_words: [Bounds; WORDS],
    /// The answers to consultation questions, in their order; which ones is in `facts`.
    answers: Ragged<Answered>,
    /// The signals of consultation answers that the catalog knows.
    pub signals: Ragged<Shown>,
    pub style: Vec<[i8; 4]>,
    pub homework: Vec<Option<Homework>>,
    pub gender: Vec<Option<Gender>>,
    /// Microseconds since the Unix epoch.
    confirmed_at: Vec<i64>,
    /// Days from the first of the common era, as `opening`.
    pub confirmed: Vec<i32>,
    pub opening: Vec<i32>,
    pub facts: Vec<u8>,
    pub ceilings: Ceilings,
}

impl Columns {
    pub(super) fn new(problem_areas: usize) -> Self {
        Self {
            ids: vec![Id::default(); SLOTS],
            npis: vec![None; SLOTS],
            live: Bits::EMPTY,
            chosen: Bits::EMPTY,
            facets: Facets::new(),
            last_days: LastDays::new(),
            fees: Keyed::new(),
            claims: Ragged::new(),
            declarations: Ragged::new(),
            positions: Ragged::new(),
            bounds: Bounds::NONE,
            bounds_of_words: [Bounds::NONE; WORDS],
            answers: Ragged::new(),
            signals: Ragged::new(),
            style: vec![[UNSTATED; 4]; SLOTS],
            homework: vec![None; SLOTS],
            gender: vec![None; SLOTS],
            confirmed_at: vec![NEVER; SLOTS],
            confirmed: vec![UNKNOWN_DAY; SLOTS],
            opening: vec![UNKNOWN_DAY; SLOTS],
            facts: vec![0; SLOTS],
            ceilings: Ceilings::new(problem_areas),
        }
    }

    /// Which of two profiles of one NPI counts: the later confirmed, then the smaller id. The greater rank wins.
    pub(super) fn standing(&self, slot: usize) -> (i64, std::cmp::Reverse<Id>) {
        (self.confirmed_at[slot], std::cmp::Reverse(self.ids[slot]))
    }

    /// What is stated of an axis of style.
    pub(super) fn style(&self, slot: usize, axis: usize) -> Option<i8> {
        self.style[slot].get(axis).copied().filter(|value| *value != UNSTATED)
    }

    /// The practice part of integration.
    pub(super) fn practice(&self, slot: usize, table: &PracticeTable) -> f64 {
        practice(self.answered(slot), table)
    }

    /// What the signals of the answer to each of the questions weigh.
    pub(super) fn answered(&self, slot: usize) -> [Option<&Answered>; 3] {
        let mut answers = self.answers.get(slot).iter();
        let facts = self.facts[slot];
        FACTS_ANSWERED.map(|fact| (facts & fact != 0).then(|| answers.next()).flatten())
    }

    /// Empties a slot.
    pub(super) fn clear(&mut self, slot: usize) {
        self.live.clear(slot);
        self.chosen.clear(slot);
        self.facets.clear(slot);
        self.last_days.clear(slot);
        self.fees.clear(slot);
        self.claims.set(slot, &[]);
        self.declarations.set(slot, &[]);
        self.positions.set(slot, &[]);
        self.answers.set(slot, &[]);
        self.signals.set(slot, &[]);
        self.npis[slot] = None;
    }

    /// Fills an empty slot.
    pub(super) fn fill(&mut self, slot: usize, profile: &Profile, model: &Model, codes: &mut Codes) {
        let claims = profile.claims(model.catalog.modalities.len());
        let declarations = profile.declarations(model.catalog.problem_areas.len());
        self.live.set(slot);
        self.ids[slot] = profile.id;
        self.npis[slot] = profile.npi.and_then(npi_key);
        self.style[slot] = profile.style.map(|axis| axis.unwrap_or(UNSTATED));
        self.homework[slot] = profile.homework;
        self.gender[slot] = profile.gender;
        self.confirmed_at[slot] = profile.confirmed_at.map_or(NEVER, |at| at.timestamp_micros());
        self.confirmed[slot] =
            profile.confirmed_at.map_or(UNKNOWN_DAY, |at| at.date_naive().num_days_from_ce());
        self.opening[slot] = profile.next_opening_on.map_or(UNKNOWN_DAY, |day| day.num_days_from_ce());
        self.facts[slot] = facts(profile);
        self.claims.set(slot, &claims);
        self.declarations.set(slot, &declarations);
        self.answers.set(slot, &Answered::all(&profile.practice));
        self.signals.set(slot, &Shown::all(&profile.practice));
        let positions: Vec<_> = profile
            .locations
            .iter()
            .filter_map(|location| location.position)
            .map(|(latitude, longitude)| Position::new(latitude, longitude))
            .collect();
        self.positions.set(slot, &positions);
        for claim in &claims {
            self.facets.set(codes::modality(claim.modality), slot);
        }
        self.fill_facets(slot, profile, codes);
        self.fill_keyed(slot, profile, codes);
        self.bound(slot, model);
    }

    /// Everything that depends on the policy, anew.
    pub(super) fn rebuild(&mut self, model: &Model) {
        for slot in self.live.slots() {
            self.bound(slot, model);
        }
    }

    fn bound(&mut self, slot: usize, model: &Model) {
        let practice = self.practice(slot, &model.policy.tables.practice);
        let claims = self.claims.get(slot);
        let declarations = self.declarations.get(slot);
        let confirmed = self.confirmed[slot];
        let confirmed = (confirmed != UNKNOWN_DAY).then_some(confirmed);
        self.ceilings.fill(slot, model, &Bounded { claims, declarations, practice, confirmed });
    }

    /// Brings what sums the block up to its slots.
    pub(super) fn sum_up(&mut self) {
        self.bounds_of_words = std::array::from_fn(|word| {
            Bounds::of((word * WORD..(word + 1) * WORD).flat_map(|slot| self.positions.get(slot)))
        });
        self.bounds = self.bounds_of_words.iter().fold(Bounds::NONE, |all, bounds| all.and(bounds));
    }

    /// Gives back what was reserved for more, once a block is full.
    pub(super) fn shrink(&mut self) {
        self.facets.shrink();
        self.last_days.shrink();
        self.fees.shrink();
        self.claims.shrink();
        self.declarations.shrink();
        self.positions.shrink();
        self.answers.shrink();
        self.signals.shrink();
    }

    fn fill_facets(&mut self, slot: usize, profile: &Profile, codes: &mut Codes) {
        let mut set = |key: u64| self.facets.set(key, slot);
        for tag in &profile.languages {
            set(codes::language(codes.number(&primary_language(tag))));
            set(codes::LANGUAGES_KNOWN);
        }
        for code in &profile.communities {
            set(codes::community(codes.number(code)));
            set(codes::COMMUNITIES_KNOWN);
        }
        profile.insurance.iter().for_each(|code| set(codes::insurance(codes.number(code))));
        profile.remote_jurisdictions.iter().for_each(|code| set(codes::remote(codes.number(code))));
        for location in &profile.locations {
            set(codes::LOCATED);
            set(codes::place(codes.number(&location.country)));
            location.region.iter().for_each(|region| set(codes::place(codes.number(region))));
        }
        profile.session_formats.iter().for_each(|format| set(codes::format(*format)));
        profile.age_groups.iter().for_each(|group| set(codes::age_group(*group)));
        profile.participants.iter().for_each(|who| set(codes::participants(*who)));
        profile.times.iter().for_each(|times| set(codes::times(*times)));
        profile.gender.iter().for_each(|gender| set(codes::gender(*gender)));
        if profile.accepting == Some(Accepting::Accepting) {
            set(codes::ACCEPTING);
        }
    }

    fn fill_keyed(&mut self, slot: usize, profile: &Profile, codes: &mut Codes) {
        let active = || profile.licenses.iter().filter(|license| license.active);
        for license in active() {
            let key = codes::license(codes.number(&license.jurisdiction));
            let of_place = || active().filter(|other| other.jurisdiction == license.jurisdiction);
            // Of several of one place the latest counts, and one that does not expire is the latest.
            if !self.facets.has(key, slot)
                && of_place().all(|license| license.expires_on.is_some())
                && let Some(day) = of_place().filter_map(|license| license.expires_on).max()
            {
                self.last_days.set(key, slot, day.num_days_from_ce());
            }
            self.facets.set(key, slot);
        }
        for fee in profile.fees.iter().filter(|fee| fee.amount >= 0) {
            let key = codes::fee(fee.participants, codes.number(&fee.currency));
            let known = self.fees.get(key, slot).unwrap_or(u32::MAX);
            self.fees.set(key, slot, u32::try_from(fee.amount).unwrap_or(u32::MAX).min(known));
        }
    }
}

fn facts(profile: &Profile) -> u8 {
    let mut facts = 0;
    if !profile.licenses.is_empty() || !profile.remote_jurisdictions.is_empty() {
        facts |= FACT_LICENSED;
    }
    if profile.fees.iter().any(|fee| fee.amount >= 0) {
        facts |= FACT_FEES;
    }
    for (answer, fact) in profile.practice.iter().zip(FACTS_ANSWERED) {
        if answer.is_some() {
            facts |= fact;
        }
    }
    facts
}

/// An NPI as columns keep it. They have ten digits; the one number that has no successor is none.
pub(super) const fn npi_key(npi: u64) -> Option<NonZeroU64> {
    NonZeroU64::new(npi.wrapping_add(1))
}
