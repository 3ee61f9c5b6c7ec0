//! Which slots of a block a query admits, by all filters and by all but one.

use super::{
    block::{Block, UNKNOWN_DAY, Vocabulary, external_key},
    field::Field,
    query::{Circle, EARTH_RADIUS_KM, MaxFee, Query},
    text::Word,
};
use crate::{
    matching::{
        bits::{Bits, SLOTS},
        geo::{self, nearest},
    },
    vocabulary::Participants,
};

/// A query in the numbers of one index.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    query: &'a Query,
    /// Codes that some profile has had; the others admit nobody.
    codes: Vec<(Field, Vec<u32>)>,
    /// The number of the fee's currency; `None` where no profile has ever had it.
    currency: Option<u32>,
    /// External ids with their keys.
    externals: Vec<(u64, &'a str)>,
    words: Vec<Word>,
}

/// What a query admits of one block.
#[derive(Debug)]
pub(super) struct Selected {
    /// By everything but the fields of [`Plan::opened`].
    wide: Bits,
    /// What each of these fields admits, in the order of the plan.
    opened: Vec<Bits>,
    pub admitted: Bits,
}

/// What is found out about the slots of one block on the way.
#[derive(Debug)]
pub(super) struct Scratch {
    pub scores: [u16; SLOTS],
    word: [u8; SLOTS],
    /// In kilometres; of slots without a position infinite.
    pub distances: [f64; SLOTS],
}

impl Scratch {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self { scores: [0; SLOTS], word: [0; SLOTS], distances: [f64::INFINITY; SLOTS] })
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(query: &'a Query, vocabulary: &Vocabulary) -> Self {
        let numbers =
            |values: &Vec<String>| values.iter().filter_map(|value| vocabulary.codes.get(value)).collect();
        let mut codes: Vec<(Field, Vec<u32>)> =
            query.any_of.iter().map(|(field, values)| (*field, numbers(values))).collect();
        // Those that facets look past stand last.
        codes.sort_by_key(|(field, _)| query.facets.contains(field));
        Self {
            query,
            codes,
            currency: query.max_fee.as_ref().and_then(|fee| vocabulary.codes.get(&fee.currency)),
            externals: query.external_ids.iter().map(|id| (external_key(id), id.as_str())).collect(),
            words: query.words.iter().map(|word| Word::of(word, &vocabulary.terms)).collect(),
        }
    }

    /// The fields that are filtered by and counted too.
    fn opened(&self) -> impl Iterator<Item = &(Field, Vec<u32>)> {
        self.codes.iter().filter(|(field, _)| self.query.facets.contains(field))
    }

    pub(super) fn select(&self, block: &Block, scratch: &mut Scratch) -> Selected {
        let mut wide = if self.query.all { block.live } else { block.listed };
        for (field, codes) in self.codes.iter().filter(|(field, _)| !self.query.facets.contains(field)) {
            wide &= self.under(block, *field, codes);
        }
        let opened: Vec<Bits> =
            self.opened().map(|(field, codes)| self.under(block, *field, codes)).collect();
        self.test_days(block, &mut wide);
        if !self.externals.is_empty() {
            retain(&mut wide, |slot| {
                let key = block.external_keys[slot];
                let mut alike = self.externals.iter().filter(|(known, _)| *known == key);
                alike.any(|(_, id)| {
                    block.payloads.get(slot).is_some_and(|payload| *payload.external_id == **id)
                })
            });
        }
        if let Some(fee) = &self.query.max_fee {
            match self.currency {
                None => wide = Bits::EMPTY,
                Some(currency) => retain(&mut wide, |slot| is_affordable(block, slot, fee, currency)),
            }
        }
        if let Some(circle) = &self.query.near {
            measure(block, circle, &mut wide, scratch);
        }
        if !self.words.is_empty() {
            self.score(block, &mut wide, scratch);
        }
        let admitted = opened.iter().fold(wide, |admitted, bits| admitted & *bits);
        Selected { wide, opened, admitted }
    }

    /// The slots that all filters but the field's own admit.
    pub(super) fn without(&self, field: Field, selected: &Selected) -> Bits {
        let others = self.opened().zip(&selected.opened).filter(|((opened, _), _)| *opened != field);
        others.fold(selected.wide, |admitted, (_, bits)| admitted & *bits)
    }

    fn under(&self, block: &Block, field: Field, codes: &[u32]) -> Bits {
        if field != Field::Jurisdiction {
            return block.sets.under_any(field, codes);
        }
        codes.iter().fold(Bits::EMPTY, |bits, code| bits | self.serving(block, *code))
    }

    /// The slots with an active licence in a jurisdiction today, or the right to serve it remotely.
    pub(super) fn serving(&self, block: &Block, jurisdiction: u32) -> Bits {
        let mut bits = block.sets.under(Field::RemoteJurisdictions, jurisdiction);
        for (slot, last) in block.licenses.under(u64::from(jurisdiction)) {
            if *last >= self.query.today {
                bits.set(usize::from(*slot));
            }
        }
        bits
    }

    fn test_days(&self, block: &Block, wide: &mut Bits) {
        let query = self.query;
        if let Some(until) = query.opening_until {
            let days = query.today..=until;
            retain(wide, |slot| block.opening[slot] != UNKNOWN_DAY && days.contains(&block.opening[slot]));
        }
        if let Some(since) = query.confirmed_since {
            retain(wide, |slot| block.confirmed_at[slot] >= since);
        }
        // Never confirmed counts as before all times.
        if let Some(since) = query.not_confirmed_since {
            retain(wide, |slot| block.confirmed_at[slot] < since);
        }
    }

    fn score(&self, block: &Block, wide: &mut Bits, scratch: &mut Scratch) {
        let Scratch { scores, word: counts, .. } = scratch;
        *scores = [0; SLOTS];
        for word in &self.words {
            if wide.is_empty() || !block.text.score(word, counts) {
                *wide = Bits::EMPTY;
                return;
            }
            retain(wide, |slot| {
                scores[slot] += u16::from(counts[slot]);
                counts[slot] > 0
            });
        }
    }
}

fn retain(bits: &mut Bits, mut keep: impl FnMut(usize) -> bool) {
    for slot in bits.slots() {
        if !keep(slot) {
            bits.clear(slot);
        }
    }
}

/// Works out the distance of each slot, and keeps those within the circle.
fn measure(block: &Block, circle: &Circle, wide: &mut Bits, scratch: &mut Scratch) {
    let Circle { centre, radius_km } = circle;
    let within = radius_km.map(|limit| geo::Circle::new(*centre, limit, EARTH_RADIUS_KM));
    retain(wide, |slot| {
        let positions = block.positions.get(slot);
        if within.is_some_and(|within| !positions.iter().any(|position| within.has(position))) {
            return false;
        }
        scratch.distances[slot] = nearest(centre, positions, EARTH_RADIUS_KM).unwrap_or(f64::INFINITY);
        true
    });
}

/// Whether the lowest fee for any of the participants, or of any where none are named or none is stated for them, is low
/// enough.
fn is_affordable(block: &Block, slot: usize, limit: &MaxFee, currency: u32) -> bool {
    let fees = block.fees.get(slot).iter().filter(|(_, stated, _)| *stated == currency);
    let lowest = |who: Option<Participants>| {
        let own = fees.clone().filter(|(participants, ..)| who.is_none_or(|who| who == *participants));
        own.map(|(.., amount)| *amount).min()
    };
    let any = lowest(None);
    let fits = |amount: Option<i64>| amount.is_some_and(|amount| amount <= limit.amount);
    match limit.participants.as_slice() {
        [] => fits(any),
        asked => asked.iter().any(|who| fits(lowest(Some(*who)).or(any))),
    }
}
