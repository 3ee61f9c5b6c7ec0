//! One block of profiles: the columns that filters, sorts and facets read.

use std::{cmp::Reverse, sync::Arc};

use super::{
    document::Document,
    entry::Entry,
    field::Field,
    sets::Sets,
    shared::Slots,
    terms::{Names, Terms, key},
    text::{Said, Text},
};
use crate::{
    id::Id,
    matching::{
        bits::{Bits, SLOTS},
        geo::Position,
        lists::{Keyed, Ragged},
    },
    vocabulary::Participants,
};

/// A day that a profile does not state.
pub(super) const UNKNOWN_DAY: i32 = i32::MIN;
/// An instant before all others: never confirmed.
pub(super) const NEVER: i64 = i64::MIN;

/// What a session costs: for whom, in the currency of this number, in minor units.
pub(super) type Fee = (Participants, u32, i64);

/// What belongs to a profile and to no column.
#[derive(Debug)]
pub(super) struct Payload {
    pub document: Option<Document>,
    /// The display name, folded.
    pub name: Box<str>,
    pub external_id: Box<str>,
    pub npi: Option<u64>,
}

/// What is looked at of an external id before the id itself.
pub(super) fn external_key(external_id: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(external_id.as_bytes())
}

/// The numbers of what profiles are found by.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    /// Codes of all fields, and currencies.
    pub codes: Names,
    pub terms: Terms,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub ids: Vec<Id>,
    /// In use.
    pub live: Bits,
    /// Published, and of its NPI the published one most recently confirmed.
    pub listed: Bits,
    pub published: Bits,
    pub sets: Sets,
    /// The last day of an active licence, by the jurisdiction's number; of several the latest.
    pub licenses: Keyed<i32>,
    pub fees: Ragged<Fee>,
    pub positions: Ragged<Position>,
    pub confirmed_at: Vec<i64>,
    pub updated_at: Vec<i64>,
    pub opening: Vec<i32>,
    /// The first bytes of the folded display name.
    pub name_keys: Vec<u64>,
    /// Hashes of external ids.
    pub external_keys: Vec<u64>,
    pub text: Text,
    pub payloads: Slots<Arc<Payload>>,
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            ids: vec![Id::default(); SLOTS],
            live: Bits::EMPTY,
            listed: Bits::EMPTY,
            published: Bits::EMPTY,
            sets: Sets::new(),
            licenses: Keyed::new(),
            fees: Ragged::new(),
            positions: Ragged::new(),
            confirmed_at: vec![NEVER; SLOTS],
            updated_at: vec![0; SLOTS],
            opening: vec![UNKNOWN_DAY; SLOTS],
            name_keys: vec![0; SLOTS],
            external_keys: vec![0; SLOTS],
            text: Text::default(),
            payloads: Slots::new(SLOTS),
        }
    }

    /// Which of two published profiles of one NPI is listed: the later confirmed, then the smaller id. The greater wins.
    pub(super) fn standing(&self, slot: usize) -> (i64, Reverse<Id>) {
        (self.confirmed_at[slot], Reverse(self.ids[slot]))
    }

    /// The folded display name.
    pub(super) fn name(&self, slot: usize) -> &str {
        self.payloads.get(slot).map_or("", |payload| &payload.name)
    }

    /// Empties a slot.
    pub(super) fn clear(&mut self, slot: usize) {
        self.live.clear(slot);
        self.listed.clear(slot);
        self.published.clear(slot);
        self.sets.clear(slot);
        self.licenses.clear(slot);
        self.fees.set(slot, &[]);
        self.positions.set(slot, &[]);
        self.text.set(slot, &[]);
        self.payloads.set(slot, None);
    }

    /// Fills an empty slot.
    pub(super) fn fill(&mut self, slot: usize, entry: Entry<'_>, vocabulary: &mut Vocabulary) {
        let Vocabulary { codes, terms } = vocabulary;
        self.live.set(slot);
        self.ids[slot] = entry.id;
        if entry.is_published {
            self.published.set(slot);
        }
        for (field, code) in &entry.codes {
            let code = codes.number(code);
            self.sets.set(*field, code, slot);
            // Which of a jurisdiction's slots serve it today is worked out from licences and rights.
            if *field == Field::RemoteJurisdictions {
                self.sets.set(Field::Jurisdiction, code, slot);
            }
        }
        if entry.states_jurisdiction {
            self.sets.state(Field::Jurisdiction, slot);
        }
        for (jurisdiction, last) in entry.licenses {
            let code = codes.number(jurisdiction);
            self.sets.set(Field::Jurisdiction, code, slot);
            let number = u64::from(code);
            let known = self.licenses.get(number, slot).unwrap_or(i32::MIN);
            self.licenses.set(number, slot, last.max(known));
        }
        let fees: Vec<Fee> = entry
            .fees
            .into_iter()
            .map(|(who, currency, amount)| (who, codes.number(currency), amount))
            .collect();
        self.fees.set(slot, &fees);
        self.positions.set(slot, &entry.positions);
        self.confirmed_at[slot] = entry.confirmed_at.unwrap_or(NEVER);
        self.updated_at[slot] = entry.updated_at;
        self.opening[slot] = entry.opening.unwrap_or(UNKNOWN_DAY);
        self.name_keys[slot] = key(&entry.name);
        self.external_keys[slot] = external_key(entry.external_id);
        let mut said: Vec<Said> = entry.words.iter().map(|(word, part)| (terms.number(word), part)).collect();
        // Of the parts that have a word the weightiest stands first.
        said.sort_unstable();
        said.dedup_by_key(|(term, _)| term.number);
        self.text.set(slot, &said);
        let payload = Payload {
            document: entry.document,
            name: entry.name.into_boxed_str(),
            external_id: entry.external_id.into(),
            npi: entry.npi,
        };
        self.payloads.set(slot, Some(Arc::new(payload)));
    }
}
