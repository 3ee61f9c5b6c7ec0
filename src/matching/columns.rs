//! One block of profiles as columns: what constraints, scores and explanations read.

use chrono::Datelike as _;

use super::{
    bits::{Bits, SLOTS},
    ceilings::Ceilings,
    codes::{self, Codes},
    depth::spread,
    geo::Position,
    lists::{Facets, Keyed, Ragged},
    model::Model,
    practice::{Shown, practice},
    profile::{Claim, Declaration, Profile, primary_language},
};
use crate::{
    id::Id,
    vocabulary::{Accepting, Gender, Homework, Participants},
};

/// A day that a profile does not state.
pub(super) const UNKNOWN_DAY: i32 = i32::MIN;
/// An instant before all others: never confirmed.
const NEVER: i64 = i64::MIN;

/// Facts that a profile states or not, apart from those with a column of their own.
pub(super) const FACT_LICENSED: u8 = 1;
pub(super) const FACT_FEES: u8 = 1 << 1;
/// One for each consultation question.
pub(super) const FACTS_ANSWERED: [u8; 3] = [1 << 2, 1 << 3, 1 << 4];

/// The columns of one block.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub ids: Vec<Id>,
    pub npis: Vec<Option<u64>>,
    /// In use.
    pub live: Bits,
    /// In use, and of its NPI the one most recently confirmed.
    pub chosen: Bits,
    pub facets: Facets,
    /// The last day of an active licence, by jurisdiction; of several the latest.
    pub licenses: Keyed<i32>,
    /// The lowest fee, by participants and currency: what is scored, and what a budget is held against.
    pub fees: Keyed<i64>,
    pub claims: Ragged<Claim>,
    pub declarations: Ragged<Declaration>,
    pub positions: Ragged<Position>,
    pub spread: Vec<f64>,
    /// The practice part of integration.
    pub practice: Vec<f64>,
    /// The signals of consultation answers that the catalog knows.
    pub signals: Ragged<Shown>,
    pub style: Vec<[Option<i8>; 4]>,
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
            licenses: Keyed::new(),
            fees: Keyed::new(),
            claims: Ragged::new(),
            declarations: Ragged::new(),
            positions: Ragged::new(),
            spread: vec![1.0; SLOTS],
            practice: vec![0.0; SLOTS],
            signals: Ragged::new(),
            style: vec![[None; 4]; SLOTS],
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

    /// Empties a slot.
    pub(super) fn clear(&mut self, slot: usize) {
        self.live.clear(slot);
        self.chosen.clear(slot);
        self.facets.clear(slot);
        self.licenses.clear(slot);
        self.fees.clear(slot);
        self.claims.set(slot, &[]);
        self.declarations.set(slot, &[]);
        self.positions.set(slot, &[]);
        self.signals.set(slot, &[]);
        self.npis[slot] = None;
    }

    /// Fills an empty slot.
    pub(super) fn fill(&mut self, slot: usize, profile: &Profile, model: &Model, codes: &mut Codes) {
        let claims = profile.claims(model.catalog.modalities.len());
        let declarations = profile.declarations(model.catalog.problem_areas.len());
        self.live.set(slot);
        self.ids[slot] = profile.id;
        self.npis[slot] = profile.npi;
        self.spread[slot] = spread(&claims, &model.policy.tables.depth);
        self.practice[slot] = practice(&profile.practice, &model.policy.tables.practice);
        self.style[slot] = profile.style;
        self.homework[slot] = profile.homework;
        self.gender[slot] = profile.gender;
        self.confirmed_at[slot] = profile.confirmed_at.map_or(NEVER, |at| at.timestamp_micros());
        self.confirmed[slot] =
            profile.confirmed_at.map_or(UNKNOWN_DAY, |at| at.date_naive().num_days_from_ce());
        self.opening[slot] = profile.next_opening_on.map_or(UNKNOWN_DAY, |day| day.num_days_from_ce());
        self.facts[slot] = facts(profile);
        self.ceilings.fill(slot, model, &claims, self.spread[slot], &declarations);
        self.claims.set(slot, &claims);
        self.declarations.set(slot, &declarations);
        self.signals.set(slot, &Shown::all(&profile.practice));
        let positions: Vec<_> = profile
            .locations
            .iter()
            .filter_map(|location| location.position)
            .map(|(latitude, longitude)| Position::new(latitude, longitude))
            .collect();
        self.positions.set(slot, &positions);
        self.fill_facets(slot, profile, codes);
        self.fill_keyed(slot, profile, codes);
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
        for license in profile.licenses.iter().filter(|license| license.active) {
            let key = codes::license(codes.number(&license.jurisdiction));
            let last = license.expires_on.map_or(i32::MAX, |day| day.num_days_from_ce());
            let known = self.licenses.get(key, slot).unwrap_or(i32::MIN);
            self.licenses.set(key, slot, last.max(known));
        }
        for fee in profile.fees.iter().filter(|fee| fee.amount >= 0) {
            let key = codes::fee(fee.participants, codes.number(&fee.currency));
            let known = self.fees.get(key, slot).unwrap_or(i64::MAX);
            self.fees.set(key, slot, fee.amount.min(known));
            let any = codes::budget(None, codes.number(&fee.currency));
            let known = self.fees.get(any, slot).unwrap_or(i64::MAX);
            self.fees.set(any, slot, fee.amount.min(known));
        }
        for fee in profile.fees.iter().filter(|fee| fee.amount >= 0) {
            let currency = codes.number(&fee.currency);
            for &participants in Participants::ALL {
                let own = self.fees.get(codes::fee(participants, currency), slot);
                if let Some(amount) = own.or_else(|| self.fees.get(codes::budget(None, currency), slot)) {
                    self.fees.set(codes::budget(Some(participants), currency), slot, amount);
                }
            }
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
