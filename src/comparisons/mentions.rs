//! Where a text names problem areas of the catalog: by name, by a directory's label or in laypeople's words, whole words
//! in whatever case, accents, spelling and number.
//!
//! One pass over the words of a text, in time that is linear in it: phrases are looked up by their first word, the longest
//! that fits is taken, and the words that it took are not read again, so that "social anxiety" names no other anxiety.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::char::is_combining_mark;

use crate::catalog::{label::normalize, model::Catalog};

/// Phrases of the catalog that say nothing of a problem area where a therapist writes them, in the form of
/// [`normalize`].
const TOO_GENERAL: [&str; 16] = [
    "break up",
    "boundary",
    "coping skill",
    "cutting",
    "disorganized",
    "high standard",
    "impulsive",
    "insecure",
    "motivation",
    "need coping skill",
    "relapse",
    "relationship",
    "ritual",
    "splitting",
    "transitioning",
    "worry",
];

/// Phrases that are everyday words unless they are written in capitals.
const ONLY_IN_CAPITALS: [&str; 3] = ["add", "did", "odd"];

/// The phrases that name problem areas.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    /// By their first word, the longest first.
    phrases: HashMap<String, Vec<Phrase>>,
}

#[derive(Clone, Debug)]
struct Phrase {
    words: Vec<String>,
    /// Codes; several where they share the phrase.
    areas: Vec<String>,
}

/// A place of a text that names a problem area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention<'a> {
    pub area: &'a str,
    pub quote: &'a str,
    /// In Unicode scalar values of the text.
    pub start: usize,
    /// The first that is not part of it.
    pub end: usize,
}

impl Mentions {
    /// The names, labels and aliases of the catalog's problem areas.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let mut known: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for area in &catalog.problem_areas {
            let labels = catalog.labels.problem_area_labels.get(&area.code).into_iter().flatten();
            let code = area.code.replace('_', " ");
            for label in area.aliases.iter().chain(labels).chain([&area.name, &code]) {
                let words: Vec<String> = words(label).into_iter().map(|word| word.form).collect();
                let areas = known.entry(words).or_default();
                if !areas.contains(&area.code) {
                    areas.push(area.code.clone());
                }
            }
        }
        let mut phrases: HashMap<String, Vec<Phrase>> = HashMap::new();
        for (words, areas) in known {
            if let Some(first) = words.first().filter(|_| !TOO_GENERAL.contains(&words.join(" ").as_str())) {
                phrases.entry(first.clone()).or_default().push(Phrase { words, areas });
            }
        }
        for phrases in phrases.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len()));
        }
        Self { phrases }
    }

    /// Where the text names which problem area first, in the order of the text.
    #[must_use]
    pub fn find<'a>(&'a self, text: &'a str) -> Vec<Mention<'a>> {
        let words = words(text);
        let (mut found, mut at): (Vec<Mention<'a>>, usize) = (Vec::new(), 0);
        while let Some(first) = words.get(at) {
            let phrase =
                self.phrases.get(&first.form).into_iter().flatten().find(|one| one.fits(&words[at..]));
            let Some(phrase) = phrase else {
                at += 1;
                continue;
            };
            let last = words.get(at + phrase.words.len() - 1).unwrap_or(first);
            for area in &phrase.areas {
                if found.iter().all(|mention| mention.area != area) {
                    found.push(Mention {
                        area,
                        quote: text.get(first.bytes.0..last.bytes.1).unwrap_or_default(),
                        start: first.start,
                        end: last.end,
                    });
                }
            }
            at += phrase.words.len();
        }
        found
    }
}

impl Phrase {
    /// Whether the text goes on with this phrase, within a sentence.
    fn fits(&self, text: &[Word<'_>]) -> bool {
        let is_one = |(at, (word, form)): (usize, (&Word<'_>, &String))| {
            word.form == *form && (at == 0 || !word.begins_sentence)
        };
        let fits = text.len() >= self.words.len() && text.iter().zip(&self.words).enumerate().all(is_one);
        fits && (!ONLY_IN_CAPITALS.contains(&self.words.join(" ").as_str())
            || text.first().is_some_and(|word| word.written.chars().all(char::is_uppercase)))
    }
}

/// A word of a text.
#[derive(Debug)]
struct Word<'a> {
    written: &'a str,
    /// As it is compared.
    form: String,
    bytes: (usize, usize),
    /// In Unicode scalar values.
    start: usize,
    end: usize,
    /// The end of a sentence stands before it.
    begins_sentence: bool,
}

/// The words of a text: letters, digits and the apostrophes between them; `&` is one too.
fn words(text: &str) -> Vec<Word<'_>> {
    let signs: Vec<(usize, char)> = text.char_indices().collect();
    let is_letter = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let is_within = |at: usize| match signs.get(at) {
        Some((_, c)) if is_letter(*c) => true,
        Some((_, '\'' | '\u{2019}')) => signs.get(at + 1).is_some_and(|(_, next)| is_letter(*next)),
        _ => false,
    };
    let (mut found, mut at, mut begins_sentence) = (Vec::new(), 0, true);
    while let Some((byte, c)) = signs.get(at) {
        let start = at;
        at += 1;
        if c.is_alphanumeric() {
            while is_within(at) {
                at += 1;
            }
        } else if *c != '&' {
            begins_sentence |= matches!(c, '.' | '!' | '?' | ';' | '\u{2026}');
            continue;
        }
        let end = signs.get(at).map_or(text.len(), |(byte, _)| *byte);
        let written = text.get(*byte..end).unwrap_or_default();
        let form = if written == "&" { "and".to_owned() } else { normalize(written) };
        if !form.is_empty() {
            found.push(Word { written, form, bytes: (*byte, end), start, end: at, begins_sentence });
            begins_sentence = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static MENTIONS: LazyLock<Mentions> = LazyLock::new(|| Mentions::new(&Catalog::embedded().unwrap()));

    #[test]
    fn names_are_found_as_whole_words_however_they_are_written() {
        for (text, expected) in [
            ("EMDR helps with PTSD.", vec![("ptsd", "PTSD")]),
            ("I treat post-traumatic  stress disorders", vec![("ptsd", "post-traumatic  stress disorders")]),
            ("Tráuma, and then shame", vec![("ptsd", "Tráuma"), ("shame", "shame")]),
            ("for generalised anxiety", vec![("generalized_anxiety", "generalised anxiety")]),
            ("When social anxiety keeps you home", vec![("social_anxiety", "social anxiety")]),
            ("Asperger’s", vec![("autism", "Asperger’s")]),
            ("ptsdx, xptsd, ashamed", vec![]),
            ("What did you add? It was odd.", vec![]),
            ("DID, ADD and ODD", vec![("dissociation", "DID"), ("adhd", "ADD"), ("child_behavior", "ODD")]),
            ("My clients carry chronic. Pain is next.", vec![]),
            ("our relationship, its boundaries and a ritual to end; cutting-edge coping skills", vec![]),
            ("I have a way with trauma & PTSD", vec![("ptsd", "trauma & PTSD")]),
            ("", vec![]),
        ] {
            let found: Vec<_> = MENTIONS.find(text).iter().map(|one| (one.area, one.quote)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_phrase_of_several_areas_names_them_all_and_the_first_place_counts() {
        let found = MENTIONS.find("Ä eating disorders; anorexia");
        let areas: Vec<_> = found.iter().map(|one| (one.area, one.quote, one.start, one.end)).collect();
        let of = |area| (area, "eating disorders", 2, 18);
        assert_eq!(areas, [of("anorexia"), of("binge_eating"), of("bulimia")]);
    }

    #[test]
    fn what_is_left_out_is_in_the_catalog() {
        let catalog = Catalog::embedded().unwrap();
        let labels = catalog.labels.problem_area_labels.values().flatten();
        let known: Vec<String> = catalog
            .problem_areas
            .iter()
            .flat_map(|area| &area.aliases)
            .chain(labels)
            .map(|label| normalize(label))
            .collect();
        for phrase in TOO_GENERAL.iter().chain(&ONLY_IN_CAPITALS) {
            assert!(known.iter().any(|one| one == phrase), "{phrase}");
        }
    }

    #[test]
    fn every_problem_area_can_be_named() {
        let catalog = Catalog::embedded().unwrap();
        for area in &catalog.problem_areas {
            let found = MENTIONS.find(&area.name);
            assert!(found.iter().any(|one| one.area == area.code), "{} by its name", area.code);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn quotes_stand_where_they_say(text in "(ptsd|social anxiety|[ .,'&’]|\\PC|did|DID|eating disorder|é){0,20}") {
                let mut before = 0;
            for one in MENTIONS.find(&text) {
                prop_assert!(one.start >= before && one.end > one.start);
                let quote: String = text.chars().skip(one.start).take(one.end - one.start).collect();
                prop_assert_eq!(&quote, one.quote);
                before = one.start;
            }
        }
    }
}
