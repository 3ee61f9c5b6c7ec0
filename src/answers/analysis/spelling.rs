//! Slips of the pen: a word that nothing knows becomes the known word it was meant to be.
//!
//! Only swapped neighbours, doubled letters and vowels left out or put in are mended, and only in longer words: other
//! changes more often lead from one real word to another.

use std::collections::{BTreeMap, HashSet};

/// Shortest stem that is mended, the shortest in which one vowel may be another, and in which there may be two slips.
const SHORT: usize = 5;
const LONG: usize = 8;
const VERY_LONG: usize = 10;
/// Longest stem that is looked at.
const MAX: usize = 24;

/// Stems that are known.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    known: HashSet<String>,
    alike: BTreeMap<(u8, u32), Vec<String>>,
}

impl Spelling {
    pub fn learn<'a>(&mut self, stems: impl Iterator<Item = &'a str>) {
        for stem in stems {
            if self.known.insert(stem.to_owned())
                && stem.len() >= SHORT
                && let Some(key) = key(stem)
            {
                self.alike.entry(key).or_default().push(stem.to_owned());
            }
        }
    }

    pub fn knows(&self, stem: &str) -> bool {
        self.known.contains(stem)
    }

    /// The known stem of which `stem` is a slip, if there is one.
    pub fn mend(&self, stem: &str) -> Option<&str> {
        if stem.len() + 1 < SHORT || stem.len() > MAX {
            return None;
        }
        let alike = self.alike.get(&key(stem)?)?;
        alike.iter().find(|known| is_slip(stem, known)).map(String::as_str)
    }
}

/// First letter and set of consonants, which those slips leave as they are; none for other than small letters.
fn key(stem: &str) -> Option<(u8, u32)> {
    let first = *stem.as_bytes().first()?;
    let mut consonants = 0;
    for byte in stem.bytes() {
        match byte {
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' => {}
            b'b'..=b'z' => consonants |= 1 << (byte - b'a'),
            _ => return None,
        }
    }
    Some((first, consonants))
}

fn is_slip(stem: &str, known: &str) -> bool {
    match strsim::osa_distance(stem, known) {
        1 => {
            same_letters(stem, known)
                || skeleton(stem) == skeleton(known) && (known.len() >= LONG || stem.len() != known.len())
        }
        2 => known.len() >= VERY_LONG && skeleton(stem) == skeleton(known),
        _ => false,
    }
}

fn same_letters(one: &str, other: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<u8> = word.bytes().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// The consonants of a word, a doubled one once.
fn skeleton(word: &str) -> Vec<u8> {
    let mut letters: Vec<u8> = word.bytes().collect();
    letters.dedup();
    letters.retain(|byte| !matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'));
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_mended_and_other_words_left() {
        let mut spelling = Spelling::default();
        spelling.learn(
            ["chang", "psychodynam", "stubborn", "adapt", "learn", "check", "trust", "bother", "brother"]
                .into_iter(),
        );
        for (slip, meant) in [
            ("chnag", "chang"),
            ("pyschodynam", "psychodynam"),
            ("psychodinam", "psychodynam"),
            ("stuborn", "stubborn"),
            ("lern", "learn"),
            ("chekc", "check"),
            ("brothr", "brother"),
        ] {
            assert_eq!(spelling.mend(slip), Some(meant), "{slip}");
        }
        for other in ["adopt", "chanc", "thrust", "lean", "", "\u{fc}ber", "trust2"] {
            assert_eq!(spelling.mend(other), None, "{other}");
        }
    }
}
