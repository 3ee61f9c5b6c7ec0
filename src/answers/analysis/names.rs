//! Names of modalities and problem areas in texts.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    cue::Cue,
    language::Language,
    patterns::{Named, Patterns, Span},
    text::{Text, Token},
};
use crate::catalog::model::Catalog;

/// How modalities and problem areas are written, and the rules of the language; shared by the analysers of all questions.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct ModalityNames {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    modalities: Names,
    problems: Names,
    pub language: Language,
}

impl ModalityNames {
    /// Reads names, abbreviations that are not coined, and aliases from the catalog.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let shared = Shared {
            modalities: Names::new(modalities(catalog)),
            problems: Names::new(problems(catalog)),
            language: Language::new(),
        };
        Self { shared: Arc::new(shared) }
    }
}

impl Shared {
    /// The names in `text`; pairs are left to whoever knows which names the speaker takes back.
    pub fn find(&self, text: &Text) -> (Named, Vec<(usize, Span)>) {
        let modalities = self.modalities.find(text);
        let named = Named {
            modalities: modalities.iter().map(|(_, span)| *span).collect(),
            pairs: Vec::new(),
            problems: self.problems.find(text).into_iter().map(|(_, span)| span).collect(),
        };
        (named, modalities)
    }

    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let names = self.modalities.patterns.stems().chain(self.problems.patterns.stems());
        names.chain(self.language.patterns.stems())
    }
}

/// Most letters that the end of a name may lack.
const ENDING: usize = 2;
/// Most words from one modality to the next that still name them together.
const TOGETHER: usize = 150;

/// Each name with the nearest different one before it.
pub(super) fn pairs(names: &[(usize, Span)]) -> Vec<Span> {
    let mut pairs = Vec::new();
    // The last name, and the last one of something else.
    let mut last: Option<(usize, Span)> = None;
    let mut other: Option<(usize, Span)> = None;
    for name in names {
        if last.is_some_and(|last| last.0 != name.0) {
            other = last;
        }
        if let Some((_, before)) = other
            && name.1.start - before.end <= TOGETHER
        {
            pairs.push(Span { start: before.start, end: name.1.end });
        }
        last = Some(*name);
    }
    pairs
}

#[derive(Debug)]
struct Names {
    patterns: Patterns,
    /// For each pattern its name.
    of: Vec<Name>,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    /// What it names.
    what: usize,
    /// Whether it must be written in capitals.
    capitals: bool,
    /// Fewest letters of its first word.
    letters: usize,
}

impl Name {
    fn new(name: &str, what: usize) -> Self {
        // "Mindfulness" is not "mind", nor "supportive" "support", though their stems are.
        let letters = if name.contains([' ', '-']) { 0 } else { name.len().saturating_sub(ENDING) };
        Self { what, capitals: needs_capitals(name), letters }
    }

    fn is_written(&self, first: &Token) -> bool {
        (!self.capitals || first.capitals) && (first.mended || first.word.plain.len() >= self.letters)
    }
}

impl Names {
    fn new(names: BTreeSet<(String, usize)>) -> Self {
        let mut cues = Vec::new();
        let mut of = Vec::new();
        for (name, what) in names {
            // "IFS" is not "if", and "ACT" no "acting".
            let exact = name.len() < 6 && !name.contains(' ');
            if let Some(cue) = Cue::literal(&name, exact) {
                cues.push(cue);
                of.push(Name::new(&name, what));
            }
        }
        Self { patterns: Patterns::new(&cues), of }
    }

    /// From left to right, the longest name at each place.
    fn find(&self, text: &Text) -> Vec<(usize, Span)> {
        let mut found: Vec<_> = self
            .patterns
            .find(text, &Named::default())
            .into_iter()
            .map(|hit| (&self.of[hit.cue], hit.span))
            .filter(|(name, span)| name.is_written(&text.tokens[span.start]))
            .map(|(name, span)| (name.what, span))
            .collect();
        found.sort_by_key(|(what, span)| (span.start, usize::MAX - span.end, *what));
        let mut names: Vec<(usize, Span)> = Vec::new();
        for name in found {
            if names.last().is_none_or(|last| last.1.end <= name.1.start) {
                names.push(name);
            }
        }
        names
    }
}

/// Whether a name in small letters is another word: two letters, or one of the list.
fn needs_capitals(name: &str) -> bool {
    name.len() < 3 || ALSO_WORDS.contains(&name.to_lowercase().as_str())
}

const ALSO_WORDS: [&str; 14] =
    ["act", "add", "art", "cat", "met", "net", "odd", "pact", "pat", "ret", "rest", "sit", "star", "map"];

/// What follows the name of a method, and may be left out or be another of these.
const HEADS: [&str; 16] = [
    "therapy",
    "psychotherapy",
    "treatment",
    "training",
    "approach",
    "work",
    "counselling",
    "techniques",
    "tools",
    "lens",
    "theory",
    "model",
    "ideas",
    "methods",
    "perspective",
    "thinking",
];

/// Adjectives that are names of methods only with one of [`HEADS`].
const COMMON: [&str; 13] = [
    "attachment",
    "behavioural",
    "cognitive",
    "exposure",
    "interpersonal",
    "narrative",
    "relational",
    "schema",
    "systemic",
    "analytic",
    "experiential",
    "parts",
    "dynamic",
];

fn modalities(catalog: &Catalog) -> BTreeSet<(String, usize)> {
    let mut names = BTreeSet::new();
    // To combine is no method of its own.
    for (at, modality) in catalog.modalities.iter().enumerate().filter(|(_, m)| m.family != "integrative") {
        let abbreviation = modality.abbreviation.iter().filter(|_| !modality.abbreviation_is_coined);
        for written in [&modality.name].into_iter().chain(&modality.aliases).chain(abbreviation) {
            let written = written.split(['(', '/']).next().unwrap_or_default().trim().to_lowercase();
            let base = HEADS.iter().find_map(|head| written.strip_suffix(head)).map(str::trim);
            if let Some(base) = base.filter(|base| is_name(base)) {
                if COMMON.contains(&base) {
                    names.extend(HEADS.iter().map(|head| (format!("{base} {head}"), at)));
                } else {
                    names.insert((base.to_owned(), at));
                }
            }
            if COMMON.contains(&written.as_str()) {
                names.extend(HEADS.iter().map(|head| (format!("{written} {head}"), at)));
            } else if written != "analysis" {
                names.insert((written, at));
            }
        }
    }
    names
}

/// Whether the name of a method stands without "therapy": adjectives and names of several words do, "art" does not.
fn is_name(base: &str) -> bool {
    let endings = ["ic", "al", "ed", "ian", "ive", "based", "focused"];
    COMMON.contains(&base)
        || base.contains("and commitment")
        || base.contains(['-', ' ']) && endings.iter().any(|ending| base.ends_with(ending))
        || base.len() > 6 && endings.iter().any(|ending| base.ends_with(ending))
}

/// Names and short phrases; sentences of clients ("i can't sleep") name nothing that a therapist would say.
fn problems(catalog: &Catalog) -> BTreeSet<(String, usize)> {
    let mut names = BTreeSet::new();
    for (at, area) in catalog.problem_areas.iter().enumerate() {
        let labels = catalog.labels.problem_area_labels.get(&area.code).into_iter().flatten();
        for written in [&area.name].into_iter().chain(&area.aliases).chain(labels) {
            for part in written.to_lowercase().split([',', ':', '/', ';', '(', ')']) {
                for part in part.split(" and ").flat_map(|part| part.split(" or ")) {
                    let words: Vec<_> = part.split_whitespace().collect();
                    let spoken = words.iter().any(|word| SPOKEN.contains(word));
                    if !words.is_empty() && words.len() < 4 && !spoken {
                        names.insert((words.join(" "), at));
                    }
                }
            }
        }
    }
    names
}

/// Words of phrases that are no names.
const SPOKEN: [&str; 22] = [
    "i",
    "i'm",
    "i've",
    "my",
    "me",
    "you",
    "we",
    "can't",
    "won't",
    "don't",
    "always",
    "isn't",
    "what",
    "who",
    "he",
    "she",
    "help",
    "support",
    "need",
    "therapy",
    "therapist",
    "counselling",
];
