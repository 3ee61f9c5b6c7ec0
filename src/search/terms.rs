//! Every word that a profile has had, with a number each, and the words that look like another.
//!
//! Words are never forgotten, as the codes of the matching engine: a directory's vocabulary grows far slower than it is
//! written. *Invariant*: a number never changes its word.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

use super::shared::Grown;

const SHARDS: usize = 256;

/// Words, or open codes, by number and numbers by word. A copy shares nearly everything.
#[derive(Clone, Debug)]
pub(super) struct Names {
    shards: Vec<Arc<HashMap<Arc<str>, u32, RandomState>>>,
    names: Grown<Arc<str>>,
}

impl Default for Names {
    fn default() -> Self {
        Self { shards: std::iter::repeat_with(Arc::default).take(SHARDS).collect(), names: Grown::default() }
    }
}

fn shard(name: &str) -> usize {
    let mix = |hash: usize, byte: u8| hash.wrapping_mul(31).wrapping_add(usize::from(byte));
    name.bytes().fold(name.len(), mix) % SHARDS
}

impl Names {
    /// The number of a name; `None` where no profile ever had it.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.shards.get(shard(name))?.get(name).copied()
    }

    pub(super) fn name(&self, number: u32) -> Option<&Arc<str>> {
        self.names.get(number as usize)
    }

    /// The number of a name, and whether it is new.
    fn add(&mut self, name: &str) -> (u32, bool) {
        if let Some(known) = self.get(name) {
            return (known, false);
        }
        let number = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        if let Some(shard) = self.shards.get_mut(shard(&name)) {
            Arc::make_mut(shard).insert(name, number);
        }
        (number, true)
    }

    pub(super) fn number(&mut self, name: &str) -> u32 {
        self.add(name).0
    }
}

/// What is looked at of a word before the word itself.
#[derive(Clone, Copy, Debug)]
struct Look {
    letters: u32,
    length: u16,
    number: u32,
    key: u64,
}

/// The first eight bytes of a word, so that keys stand in the order of words.
pub(super) fn key(word: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(word.bytes()).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(bytes)
}

/// The set of a word's letters, folded into 32 bits: one typo changes two of them at most.
fn letters(word: &str) -> u32 {
    word.chars().fold(0, |set, c| set | 1 << (c as u32 & 31))
}

/// The words of texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    names: Names,
    /// By their first letter.
    looks: HashMap<char, Grown<Look>>,
}

/// A word of the directory, as blocks find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub key: u64,
    pub number: u32,
}

impl Terms {
    pub(super) fn number(&mut self, word: &str) -> Term {
        let (number, is_new) = self.names.add(word);
        let key = key(word);
        if is_new && let Some(first) = word.chars().next() {
            let length = word.chars().count() as u16;
            self.looks.entry(first).or_default().push(Look { letters: letters(word), length, number, key });
        }
        Term { key, number }
    }

    pub(super) fn get(&self, word: &str) -> Option<Term> {
        self.names.get(word).map(|number| Term { key: key(word), number })
    }

    fn looks(&self, word: &str) -> impl Iterator<Item = &Look> {
        let first = word.chars().next().and_then(|first| self.looks.get(&first));
        first.into_iter().flat_map(Grown::iter)
    }

    fn word(&self, look: &Look) -> &str {
        self.names.name(look.number).map_or("", |name| name)
    }

    /// The words that begin with this one of more than eight bytes, itself left out.
    pub(super) fn beginning_with(&self, word: &str) -> Vec<Term> {
        let key = key(word);
        let begins = |look: &&Look| {
            look.key == key && self.word(look).strip_prefix(word).is_some_and(|rest| !rest.is_empty())
        };
        self.looks(word).filter(begins).map(|look| Term { key: look.key, number: look.number }).collect()
    }

    /// The words that are one typo away from this one and begin with the same letter.
    pub(super) fn alike(&self, word: &str) -> Vec<Term> {
        let (set, length) = (letters(word), word.chars().count());
        let alike = |look: &&Look| {
            (look.letters ^ set).count_ones() <= 2
                && usize::from(look.length).abs_diff(length) <= 1
                && is_one_typo(word, self.word(look))
        };
        self.looks(word).filter(alike).map(|look| Term { key: look.key, number: look.number }).collect()
    }
}

/// Whether one word becomes the other by one letter too many, one too few, one other letter or two letters in a row
/// that changed places.
#[must_use]
pub fn is_one_typo(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let before = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[before..], &other[before..]);
    let after = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&one[..one.len() - after], &other[..other.len() - after]) {
        ([_], [_] | []) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_typo_is_one_step_of_damerau() {
        for (one, other) in [
            ("gonzales", "gonzalez"),
            ("garcia", "garca"),
            ("smith", "smiht"),
            ("anna", "ana"),
            ("müller", "muller"),
        ] {
            assert!(is_one_typo(one, other) && is_one_typo(other, one), "{one} {other}");
        }
        for (one, other) in [("smith", "smith"), ("smith", "smyths"), ("abcd", "badc"), ("", "ab")] {
            assert!(!is_one_typo(one, other) && !is_one_typo(other, one), "{one} {other}");
        }
    }

    proptest! {
        /// The quick looks drop no word that a comparison with every word finds.
        #[test]
        fn looks_find_what_comparing_all_finds(words in prop::collection::vec("[abcü]{1,11}", 1..60), asked in "[abcü]{1,11}") {
            let mut terms = Terms::default();
            for word in &words {
                terms.number(word);
            }
            let all: BTreeSet<&str> = words.iter().map(String::as_str).collect();
            let names = |found: Vec<Term>| -> BTreeSet<String> {
                found.iter().map(|term| terms.names.name(term.number).unwrap().to_string()).collect()
            };
            let first = asked.chars().next();
            let wanted: BTreeSet<String> = all.iter()
                .filter(|word| word.chars().next() == first && is_one_typo(&asked, word)).map(|w| (*w).to_owned()).collect();
            prop_assert_eq!(names(terms.alike(&asked)), wanted);
            if asked.len() > 8 {
                let wanted: BTreeSet<String> =
                    all.iter().filter(|word| word.starts_with(&asked) && **word != asked).map(|w| (*w).to_owned()).collect();
                prop_assert_eq!(names(terms.beginning_with(&asked)), wanted);
            }
            for word in all {
                prop_assert_eq!(terms.get(word), Some(terms.number(word)));
            }
        }
    }
}
