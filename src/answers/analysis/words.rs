//! Words as they are compared: lower case without accents, contractions written out, British as American, stemmed.
//!
//! Cues and texts pass through the same functions, so that a word bent oddly is bent alike on both sides.

use frostem::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

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
        FILLERS.binary_search(&self.plain.as_str()).is_ok()
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
    let folded: String = written
        .chars()
        .map(|c| if is_apostrophe(c) { '\'' } else { c })
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == '\'')
        .collect();
    expand(folded.trim_matches('\'')).into_iter().filter(|word| !word.is_empty()).map(Word::new).collect()
}

/// Writes a contraction out.
fn expand(word: &str) -> Vec<&str> {
    if let Some((_, whole)) = SHORT_FORMS.iter().find(|(short, _)| *short == word) {
        return whole.split(' ').collect();
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

/// Contractions without an apostrophe and short spellings; only such as are no words of their own.
const SHORT_FORMS: [(&str, &str); 51] = [
    ("arent", "are not"),
    ("cannot", "can not"),
    ("cant", "can not"),
    ("cos", "because"),
    ("couldnt", "could not"),
    ("coz", "because"),
    ("cuz", "because"),
    ("didnt", "did not"),
    ("doesnt", "does not"),
    ("dont", "do not"),
    ("em", "them"),
    ("gonna", "going to"),
    ("gotta", "got to"),
    ("hadnt", "had not"),
    ("hasnt", "has not"),
    ("havent", "have not"),
    ("im", "i am"),
    ("isnt", "is not"),
    ("ive", "i have"),
    ("lemme", "let me"),
    ("let's", "let us"),
    ("lets", "let us"),
    ("neednt", "need not"),
    ("nevr", "never"),
    ("noone", "no one"),
    ("shouldnt", "should not"),
    ("teh", "the"),
    ("thats", "that is"),
    ("theres", "there is"),
    ("theyre", "they are"),
    ("theyve", "they have"),
    ("thier", "their"),
    ("tho", "though"),
    ("til", "until"),
    ("till", "until"),
    ("u", "you"),
    ("ur", "your"),
    ("wanna", "want to"),
    ("wasnt", "was not"),
    ("wat", "what"),
    ("wen", "when"),
    ("werent", "were not"),
    ("weve", "we have"),
    ("wont", "will not"),
    ("wouldnt", "would not"),
    ("wuold", "would"),
    ("youd", "you would"),
    ("youll", "you will"),
    ("youre", "you are"),
    ("youve", "you have"),
    ("yr", "your"),
];

/// The form in which the inflections of a word are equal.
fn stem(plain: &str) -> String {
    if let Ok(at) = IRREGULAR.binary_search_by_key(&plain, |(form, _)| *form) {
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
fn american(word: &str) -> String {
    let mut word = word.replacen("counsell", "counsel", 1).replacen("judgem", "judgm", 1);
    if word.contains("our") {
        for (british, american) in
            [("iour", "ior"), ("avour", "avor"), ("olour", "olor"), ("onour", "onor"), ("abour", "abor")]
        {
            word = word.replace(british, american);
        }
    }
    if word.len() > 5 {
        for (british, american) in
            [("isation", "ization"), ("ised", "ized"), ("ising", "izing"), ("ises", "izes"), ("ise", "ize")]
        {
            if let Some(base) = word.strip_suffix(british) {
                word = format!("{base}{american}");
                break;
            }
        }
    }
    word
}

/// Forms that no rule of endings brings together; sorted by the form.
const IRREGULAR: &[(&str, &str)] = &[
    ("am", "be"),
    ("an", "a"),
    ("are", "be"),
    ("became", "becom"),
    ("been", "be"),
    ("began", "begin"),
    ("begun", "begin"),
    ("being", "be"),
    ("broke", "break"),
    ("broken", "break"),
    ("brought", "bring"),
    ("built", "build"),
    ("came", "come"),
    ("caught", "catch"),
    ("centre", "center"),
    ("centred", "center"),
    ("children", "child"),
    ("chose", "choos"),
    ("chosen", "choos"),
    ("did", "do"),
    ("does", "do"),
    ("doing", "do"),
    ("done", "do"),
    ("drawn", "draw"),
    ("drew", "draw"),
    ("everybody", "everyon"),
    ("experiment", "experiment"),
    ("experimenting", "experiment"),
    ("experiments", "experiment"),
    ("fallen", "fall"),
    ("fell", "fall"),
    ("felt", "feel"),
    ("found", "find"),
    ("gave", "give"),
    ("given", "give"),
    ("goes", "go"),
    ("got", "get"),
    ("gotten", "get"),
    ("grew", "grow"),
    ("grown", "grow"),
    ("had", "have"),
    ("has", "have"),
    ("having", "have"),
    ("heard", "hear"),
    ("held", "hold"),
    ("is", "be"),
    ("kept", "keep"),
    ("knew", "know"),
    ("known", "know"),
    ("learnt", "learn"),
    ("lost", "lose"),
    ("made", "make"),
    ("meant", "mean"),
    ("met", "meet"),
    ("paid", "pay"),
    ("peoples", "peopl"),
    ("practise", "practic"),
    ("practised", "practic"),
    ("practising", "practic"),
    ("ran", "run"),
    ("said", "say"),
    ("sat", "sit"),
    ("saw", "see"),
    ("seen", "see"),
    ("sent", "send"),
    ("shown", "show"),
    ("somebody", "someon"),
    ("spoke", "speak"),
    ("spoken", "speak"),
    ("stood", "stand"),
    ("taken", "take"),
    ("taught", "teach"),
    ("threw", "throw"),
    ("thrown", "throw"),
    ("told", "tell"),
    ("took", "take"),
    ("understood", "understand"),
    ("was", "be"),
    ("went", "go"),
    ("were", "be"),
    ("written", "write"),
    ("wrote", "write"),
];

/// Whether a word tells how something is done.
fn is_adverb(plain: &str) -> bool {
    plain.len() > 5 && plain.ends_with("ly") && LY_THAT_COUNTS.binary_search(&plain).is_err()
}

/// Sorted.
const FILLERS: [&str; 40] = [
    "a",
    "absolutely",
    "actually",
    "ah",
    "all",
    "also",
    "always",
    "an",
    "basically",
    "certainly",
    "eh",
    "er",
    "even",
    "ever",
    "hopefully",
    "just",
    "kind",
    "like",
    "likely",
    "maybe",
    "might",
    "often",
    "oh",
    "perhaps",
    "please",
    "possibly",
    "pretty",
    "quite",
    "rather",
    "really",
    "simply",
    "so",
    "sometimes",
    "still",
    "the",
    "together",
    "truly",
    "um",
    "very",
    "well",
];

/// Words in -ly that are no adverbs of manner; sorted.
const LY_THAT_COUNTS: [&str; 13] = [
    "anomaly", "assembly", "barely", "daily", "family", "friendly", "hardly", "monthly", "rarely", "reply",
    "scarcely", "unlikely", "weekly",
];

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
