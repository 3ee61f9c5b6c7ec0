//! The words of one block's texts, and how well a word that is asked for fits each slot.

use std::sync::Arc;

use super::terms::{Term, Terms};
use crate::matching::bits::{Bits, SLOTS};

/// Where in a profile a word stands, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Name,
    Credentials,
    Headline,
    Bio,
}

impl Part {
    const ALL: [Self; 4] = [Self::Name, Self::Credentials, Self::Headline, Self::Bio];

    /// What a word that stands here counts.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Name => 10,
            Self::Credentials => 6,
            Self::Headline => 3,
            Self::Bio => 1,
        }
    }
}

/// What a word counts that is the one asked for, begins with it, or is a typo away.
pub const EXACT: u8 = 10;
pub const PREFIX: u8 = 7;
pub const TYPO: u8 = 4;
/// A shorter word has too many others a typo away.
pub const MIN_TYPO_LETTERS: usize = 4;

/// Changed slots that a block keeps beside its sorted words before it sorts anew.
const MAX_LOOSE: usize = 32;

/// A word of a profile and its weightiest part.
pub(super) type Said = (Term, Part);

/// The words of one block.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    sorted: Arc<Sorted>,
    /// Slots whose words are not those of `sorted`.
    changed: Option<Box<Bits>>,
    loose: Vec<(u16, Arc<[Said]>)>,
}

/// Words in order, each with the slots that have it.
#[derive(Debug, Default)]
struct Sorted {
    terms: Vec<Term>,
    /// Where the slots of each word begin; one more than there are words.
    starts: Vec<u32>,
    /// The slot and, above it, the part.
    slots: Vec<u16>,
}

const fn packed(slot: u16, part: Part) -> u16 {
    (part as u16) << 10 | slot
}

const fn slot_of(packed: u16) -> usize {
    packed as usize % SLOTS
}

fn part_of(packed: u16) -> Part {
    Part::ALL.get(usize::from(packed >> 10)).copied().unwrap_or(Part::Bio)
}

impl Sorted {
    /// The words from one on that `admits` takes, with the slots of each.
    fn from(&self, from: Term, admits: impl Fn(&Term) -> bool) -> impl Iterator<Item = (&Term, &[u16])> {
        let begin = self.terms.partition_point(|term| *term < from);
        let terms = self.terms.iter().enumerate().skip(begin);
        terms.take_while(move |(_, term)| admits(term)).map(|(at, term)| (term, self.slots_at(at)))
    }

    fn slots_at(&self, at: usize) -> &[u16] {
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        self.slots.get(bound(at)..bound(at + 1)).unwrap_or_default()
    }
}

impl Text {
    /// Says what a slot's words are.
    pub(super) fn set(&mut self, slot: usize, words: &[Said]) {
        let slot = slot as u16;
        let changed = self.changed.get_or_insert_with(|| Box::new(Bits::EMPTY));
        if changed.has(usize::from(slot)) {
            self.loose.retain(|(known, _)| *known != slot);
        }
        changed.set(usize::from(slot));
        if !words.is_empty() {
            self.loose.push((slot, words.into()));
        }
    }

    /// Whether enough slots have changed that sorting pays.
    pub(super) const fn is_loose(&self) -> bool {
        self.loose.len() > MAX_LOOSE
    }

    /// Sorts where every slot has changed: while a directory is loaded, loose words would take much room.
    pub(super) fn settle_if_full(&mut self) {
        if self.loose.len() == SLOTS {
            self.settle();
        }
    }

    /// Sorts what has changed in.
    pub(super) fn settle(&mut self) {
        let changed = self.changed.take().map_or(Bits::EMPTY, |changed| *changed);
        let mut added: Vec<(Term, u16)> = Vec::new();
        for (slot, words) in self.loose.drain(..) {
            added.extend(words.iter().map(|(term, part)| (*term, packed(slot, *part))));
        }
        added.sort_unstable();
        let mut added = added.into_iter().peekable();
        let old = &self.sorted;
        let mut new =
            Sorted { slots: Vec::with_capacity(old.slots.len() + added.len()), ..Sorted::default() };
        let mut old_terms = old.terms.iter().enumerate().peekable();
        loop {
            let known = old_terms.peek().map(|(_, term)| **term);
            let Some(term) = known.into_iter().chain(added.peek().map(|(term, _)| *term)).min() else {
                break;
            };
            let begin = new.slots.len();
            if let Some((at, _)) = old_terms.next_if(|(_, old)| **old == term) {
                new.slots.extend(old.slots_at(at).iter().filter(|slot| !changed.has(slot_of(**slot))));
            }
            while let Some((_, slot)) = added.next_if(|(known, _)| *known == term) {
                new.slots.push(slot);
            }
            if new.slots.len() > begin {
                new.terms.push(term);
                new.starts.push(begin as u32);
            }
        }
        new.starts.push(new.slots.len() as u32);
        new.terms.shrink_to_fit();
        new.starts.shrink_to_fit();
        new.slots.shrink_to_fit();
        self.sorted = Arc::new(new);
    }

    /// What the word counts in each slot, into `scores`; false where no slot has it.
    pub(super) fn score(&self, word: &Word, scores: &mut [u8; SLOTS]) -> bool {
        *scores = [0; SLOTS];
        let mut any = false;
        let mut count = |slots: &[u16], fit: u8, scores: &mut [u8; SLOTS]| {
            any = any || !slots.is_empty();
            for slot in slots {
                let counts = part_of(*slot).weight() * fit;
                if let Some(score) = scores.get_mut(slot_of(*slot)) {
                    *score = counts.max(*score);
                }
            }
        };
        if let Some(last) = word.last_key {
            let first = Term { key: word.first_key, number: 0 };
            for (_, slots) in self.sorted.from(first, |term| term.key <= last) {
                count(slots, PREFIX, scores);
            }
        }
        for (term, fit) in &word.listed {
            for (_, slots) in self.sorted.from(*term, |found| found == term) {
                count(slots, *fit, scores);
            }
        }
        if let Some(changed) = &self.changed {
            changed.slots().for_each(|slot| scores[slot] = 0);
        }
        for (slot, words) in &self.loose {
            for (term, part) in words.iter() {
                count(&[packed(*slot, *part)], word.fit(term), scores);
            }
        }
        any
    }
}

/// A word that is asked for, and the words of the directory that fit it.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Words with keys from here on to the next begin with it.
    first_key: u64,
    /// `None` where it is too long for keys to tell.
    last_key: Option<u64>,
    /// Other words that fit, and how well.
    listed: Vec<(Term, u8)>,
}

impl Word {
    pub(super) fn of(word: &str, terms: &Terms) -> Self {
        let first_key = super::terms::key(word);
        let last_key =
            (word.len() <= 8).then(|| first_key | u64::MAX.checked_shr(word.len() as u32 * 8).unwrap_or(0));
        let mut listed = Vec::new();
        if word.chars().count() >= MIN_TYPO_LETTERS && word.chars().all(char::is_alphabetic) {
            listed.extend(terms.alike(word).into_iter().map(|term| (term, TYPO)));
        }
        if last_key.is_none() {
            listed.extend(terms.beginning_with(word).into_iter().map(|term| (term, PREFIX)));
        }
        listed.extend(terms.get(word).map(|term| (term, EXACT)));
        Self { first_key, last_key, listed }
    }

    /// How well a word of the directory fits; 0: not at all.
    fn fit(&self, term: &Term) -> u8 {
        let begins = self.last_key.is_some_and(|last| (self.first_key..=last).contains(&term.key));
        let listed = self.listed.iter().filter(|(known, _)| known == term).map(|(_, fit)| *fit);
        listed.max().unwrap_or(0).max(if begins { PREFIX } else { 0 })
    }
}
