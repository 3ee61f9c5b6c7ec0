//! Words as they are compared: lower case without accents, contractions written out, British as American, stemmed.
//!
//! Cues and texts pass through the same functions, so that a word bent oddly is bent alike on both sides.

use std::borrow::Cow;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::forms::{FILLERS, IRREGULAR, LY_THAT_COUNTS, SHORT_FORMS};

/// One word in two forms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    /// Lower case, without accents.
    pub plain: String,
    /// The form in which inflections are equal.
    pub stem: String,
}

impl Word {
    fn new(plain: &str) -> Self {
        Self { plain: plain.to_owned(), stem: stem(plain) }
    }

    /// A word that neither adds nor changes much, so that a cue matches over it.
    pub fn is_filler(&self) -> bool {
        self.says_nothing() || is_adverb(&self.plain)
    }

    /// A helping verb, over which the parts of a cue are joined.
    pub fn is_helper(&self) -> bool {
        HELPERS.contains(&self.plain.as_str())
    }

    /// A filler that no cue can consist of.
    pub fn says_nothing(&self) -> bool {
        place(&FILLERS, &self.plain, |word| word).is_some()
    }
}

const HELPERS: [&str; 13] =
    ["would", "will", "can", "could", "may", "shall", "should", "must", "do", "does", "have", "has", "am"];

/// Whether `c` stands for an apostrophe within a word.
pub(super) const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{ff07}' | '`' | '\u{b4}')
}

/// The words of one written word: several where it is a contraction, none where nothing but marks is left.
pub(super) fn words_of(written: &str) -> Vec<Word> {
    let folded = fold(written);
    expand(folded.trim_matches('\'')).into_iter().filter(|word| !word.is_empty()).map(Word::new).collect()
}

/// Lower case without accents, one kind of apostrophe, and no other marks.
fn fold(written: &str) -> String {
    let straight = written.chars().map(|c| if is_apostrophe(c) { '\'' } else { c });
    let counts = |c: &char| c.is_alphanumeric() || *c == '\'';
    if written.is_ascii() {
        return straight.map(|c| c.to_ascii_lowercase()).filter(counts).collect();
    }
    straight.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).filter(counts).collect()
}

/// Writes a contraction out.
fn expand(word: &str) -> Vec<&str> {
    if let Some(at) = place(&SHORT_FORMS, word, |(short, _)| short) {
        return SHORT_FORMS[at].1.split(' ').collect();
    }
    let Some((base, ending)) = word.rsplit_once('\'') else { return vec![word] };
    match ending {
        "t" => match base.strip_suffix('n') {
            Some("ca") => vec!["can", "not"],
            Some("wo") => vec!["will", "not"],
            Some("sha") => vec!["shall", "not"],
            Some("ai") => vec!["is", "not"],
            Some(base) => vec![base, "not"],
            None => vec![base],
        },
        "d" => vec![base, "would"],
        "ll" => vec![base, "will"],
        "re" => vec![base, "are"],
        "ve" => vec![base, "have"],
        "m" => vec![base, "am"],
        "s" if TAKES_IS.contains(&base) => vec![base, "is"],
        "s" | "" => vec![base],
        _ => match base {
            "d" => vec!["do", ending],
            "y" => vec!["you", ending],
            _ => vec![base, ending],
        },
    }
}

const TAKES_IS: [&str; 15] = [
    "he",
    "here",
    "how",
    "it",
    "nothing",
    "she",
    "that",
    "there",
    "this",
    "what",
    "when",
    "where",
    "who",
    "why",
    "everything",
];

/// The form in which the inflections of a word are equal.
fn stem(plain: &str) -> String {
    if let Some(at) = place(IRREGULAR, plain, |(form, _)| form) {
        return IRREGULAR[at].1.to_owned();
    }
    if !plain.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return plain.to_owned();
    }
    let american = american(plain);
    let stemmer = Stemmer::new(Algorithm::English);
    stemmer.stem(&american).into_owned()
}

/// British endings as American ones. Words that merely look alike ("promise") are bent in every text and every cue.
fn american(word: &str) -> Cow<'_, str> {
    let endings =
        [("isation", "ization"), ("ised", "ized"), ("ising", "izing"), ("ises", "izes"), ("ise", "ize")];
    let ending = endings.iter().find(|(british, _)| word.len() > 5 && word.ends_with(british));
    let within: [(&str, &str); 7] = [
        ("counsell", "counsel"),
        ("judgem", "judgm"),
        ("iour", "ior"),
        ("avour", "avor"),
        ("olour", "olor"),
        ("onour", "onor"),
        ("abour", "abor"),
    ];
    // Most words have none of them, and cost no allocation.
    let changes = ending.is_some() || word.contains("ou") || word.contains("judgem");
    if !changes {
        return Cow::Borrowed(word);
    }
    let mut word = match ending {
        Some((british, american)) => format!("{}{american}", word.strip_suffix(british).unwrap_or(word)),
        None => word.to_owned(),
    };
    for (british, american) in within {
        if word.contains(british) {
            word = word.replace(british, american);
        }
    }
    Cow::Owned(word)
}

/// Where a table of words, sorted by `word_of`, has `word`: only words with the same first letter are compared.
fn place<T>(table: &[T], word: &str, word_of: impl Fn(&T) -> &str) -> Option<usize> {
    let first = |entry: &T| word_of(entry).as_bytes().first().copied();
    let letter = word.as_bytes().first().copied();
    let start = table.partition_point(|entry| first(entry) < letter);
    let alike = table[start..].iter().take_while(|entry| first(entry) == letter);
    alike.into_iter().position(|entry| word_of(entry) == word).map(|at| start + at)
}

/// Whether a word tells how something is done.
fn is_adverb(plain: &str) -> bool {
    plain.len() > 5 && plain.ends_with("ly") && !LY_THAT_COUNTS.contains(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(written: &str) -> String {
        let words: Vec<_> = words_of(written).into_iter().map(|word| word.plain).collect();
        words.join(" ")
    }

    #[test]
    fn tables_are_sorted() {
        assert!(IRREGULAR.is_sorted_by_key(|(form, _)| *form));
        assert!(SHORT_FORMS.is_sorted_by_key(|(form, _)| *form));
        assert!(FILLERS.is_sorted());
        assert!(LY_THAT_COUNTS.is_sorted());
    }

    #[test]
    fn contractions_are_written_out() {
        for (written, whole) in [
            ("don\u{2019}t", "do not"),
            ("Won't", "will not"),
            ("CAN\u{2018}T", "can not"),
            ("we're", "we are"),
            ("I'd", "i would"),
            ("it's", "it is"),
            ("client's", "client"),
            ("clients'", "clients"),
            ("d'you", "do you"),
            ("dont", "do not"),
            ("na\u{ef}ve", "naive"),
            ("'", ""),
        ] {
            assert_eq!(plain(written), whole, "{written}");
        }
    }

    #[test]
    fn inflections_are_equal() {
        for (one, other) in [
            ("flexible", "flexibility"),
            ("stabilise", "stabilizing"),
            ("behavioural", "behavioral"),
            ("practising", "practice"),
            ("is", "were"),
            ("chosen", "choose"),
            ("became", "become"),
            ("judgement", "judgment"),
        ] {
            assert_eq!(words_of(one)[0].stem, words_of(other)[0].stem, "{one}, {other}");
        }
        assert_ne!(words_of("experiment")[0].stem, words_of("experience")[0].stem);
    }
}
