//! Labels as directories write them, and the form in which two spellings of one label are equal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How labels of real directories are read, beyond names and aliases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelGuide {
    #[serde(default, skip_serializing)]
    pub notice: String,
    #[serde(default, skip_serializing)]
    pub compiled: String,
    pub about: String,
    pub ambiguous: AmbiguousLabels,
    /// Names of approaches that the catalog does not have, so that their abbreviation is not taken for a namesake's.
    pub elsewhere: Vec<String>,
    /// Names that directories use for a problem area, by its code; kept apart from the phrases of clients.
    pub problem_area_labels: BTreeMap<String, Vec<String>>,
}

/// Labels that name more than one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmbiguousLabels {
    pub modalities: Vec<AmbiguousLabel>,
    pub problem_areas: Vec<AmbiguousLabel>,
}

/// A label that does not decide by itself; one candidate where the other meaning is not in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmbiguousLabel {
    pub label: String,
    pub candidates: Vec<String>,
    pub note: String,
}

/// The form in which spellings are compared: lower case without accents, punctuation as spaces, `&` as "and",
/// British endings as American ones, plurals as singulars.
///
/// Both sides of a comparison pass through it, so that a word it bends oddly is bent alike on both.
#[must_use]
pub fn normalize(label: &str) -> String {
    let mut plain = String::with_capacity(label.len());
    for c in label.nfkd() {
        match c {
            '&' | '+' => plain.push_str(" and "),
            '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}' => {}
            c if is_combining_mark(c) => {}
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    let mut out = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&american_singular(word));
    }
    // "LGBTQ+" and "& more" end in an "and" that joins nothing.
    while let Some(rest) = out.strip_suffix(" and") {
        out.truncate(rest.len());
    }
    out
}

/// A normalised label without the words that labels carry or drop at will: "psychotherapy", "disorder", "and".
///
/// Empty where nothing else is left.
#[must_use]
pub fn reduce(normalized: &str) -> String {
    let kept: Vec<&str> = normalized.split(' ').filter(|word| !OPTIONAL_WORDS.contains(word)).collect();
    kept.join(" ")
}

const OPTIONAL_WORDS: [&str; 13] = [
    "and",
    "the",
    "of",
    "a",
    "therapy",
    "psychotherapy",
    "therapist",
    "disorder",
    "issue",
    "problem",
    "concern",
    "difficulty",
    "support",
];

fn american_singular(word: &str) -> String {
    let mut word = word
        .replace("iour", "ior")
        .replace("colour", "color")
        .replace("counsell", "counsel")
        .replace("isation", "ization")
        .replace("paed", "ped");
    for (british, american) in [
        ("ised", "ized"),
        ("ising", "izing"),
        ("ise", "ize"),
        ("yse", "yze"),
        ("ogramme", "ogram"),
        ("ogrammes", "ogram"),
    ] {
        if let Some(stem) = word.strip_suffix(british) {
            word = format!("{stem}{american}");
            break;
        }
    }
    match word.as_str() {
        "centred" => return "centered".to_owned(),
        "centre" => return "center".to_owned(),
        "therapies" => return "therapy".to_owned(),
        _ => {}
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 3) {
        return format!("{stem}y");
    }
    let keeps_its_s = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    if word.len() > 3 && word.ends_with('s') && !keeps_its_s {
        word.pop();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_label_are_equal() {
        for (one, other) in [
            ("Cognitive-Behavioural  Therapy", "cognitive behavioral therapy"),
            ("Acceptance & Commitment", "acceptance and commitment"),
            ("Eye Movement Desensitisation", "eye movement desensitization"),
            ("Person-Centred Counselling", "person centered counseling"),
            ("Mentalisation–based", "mentalization based"),
            ("Psychoéducation", "psychoeducation"),
            ("Gottman’s Method", "gottmans method"),
            ("Panic Attacks", "panic attack"),
            ("Phobias", "phobia"),
            ("Parenting programmes", "parenting program"),
            ("LGBTQ+", "lgbtq"),
        ] {
            assert_eq!(normalize(one), normalize(other));
        }
    }

    #[test]
    fn different_labels_stay_different() {
        assert_ne!(normalize("Emotion-Focused"), normalize("Emotionally Focused"));
        assert_ne!(normalize("stress"), normalize("stres"));
        assert_eq!(normalize("ibs"), "ibs");
    }

    #[test]
    fn optional_words_leave() {
        assert_eq!(reduce(&normalize("Acceptance and Commitment Therapy")), "acceptance commitment");
        assert_eq!(reduce("therapy"), "");
    }
}
