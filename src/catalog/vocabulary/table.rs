//! The labels of one kind of entry, ready for lookup.

use std::collections::{HashMap, HashSet};

use crate::catalog::{
    label::{AmbiguousLabel, normalize, reduce},
    model::Catalog,
};

/// What one label means.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Code(String),
    Ambiguous(Vec<String>),
    /// Where it stands among the exclusions.
    Excluded(usize),
    /// Something the catalog does not have.
    Elsewhere,
}

/// Labels in their normalised forms.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    codes: HashMap<String, Meaning>,
    full: HashMap<String, Meaning>,
    /// By the forms without optional words; asked only after `full`.
    reduced: HashMap<String, Meaning>,
    /// The words of all labels of a code, and of its name.
    words: HashMap<String, Words>,
    /// Reduced forms that may be suggested, with their code.
    suggestible: Vec<(String, String)>,
    exclusions: Vec<(String, String)>,
    /// Full forms of excluded practices, which exclude every label they stand in.
    excluded: Vec<(String, usize)>,
}

#[derive(Clone, Debug, Default)]
struct Words {
    labels: HashSet<String>,
    name: HashSet<String>,
}

impl Table {
    pub(super) fn of_modalities(catalog: &Catalog) -> Self {
        let mut table = Self::default();
        table.exclude_practices(catalog);
        for modality in &catalog.modalities {
            let shown = modality.abbreviation.iter().filter(|_| !modality.abbreviation_is_coined);
            let labels = modality.aliases.iter().chain(shown);
            if modality.directory_listable {
                table.add(&modality.code, &modality.name, labels);
            } else {
                table.refuse(&modality.code, &modality.name, labels, &modality.description);
            }
        }
        table.add_shared(&catalog.labels.ambiguous.modalities, &catalog.labels.elsewhere);
        table
    }

    pub(super) fn of_problem_areas(catalog: &Catalog) -> Self {
        let mut table = Self::default();
        table.exclude_practices(catalog);
        for area in &catalog.problem_areas {
            let labels = catalog.labels.problem_area_labels.get(&area.code).into_iter().flatten();
            table.add(&area.code, &area.name, area.aliases.iter().chain(labels));
        }
        table.add_shared(&catalog.labels.ambiguous.problem_areas, &[]);
        table
    }

    fn exclude_practices(&mut self, catalog: &Catalog) {
        for practice in &catalog.guidance.excluded_practices {
            let at = self.exclusions.len();
            self.exclusions.push((practice.code.clone(), practice.reason.clone()));
            for label in practice.aliases.iter().chain([&practice.name]) {
                self.excluded.push((normalize(label), at));
            }
        }
    }

    fn add<'l>(&mut self, code: &str, name: &str, labels: impl Iterator<Item = &'l String>) {
        self.codes.insert(code.to_owned(), Meaning::Code(code.to_owned()));
        let mut words = Words { name: words_of(name), ..Words::default() };
        let own = [normalize(name), normalize(code)];
        for full in labels.map(|label| normalize(label)).chain(own) {
            let reduced = reduce(&full);
            words.labels.extend(reduced.split(' ').map(str::to_owned));
            insert(&mut self.full, full, code);
            if !reduced.is_empty() {
                insert(&mut self.reduced, reduced.clone(), code);
                self.suggestible.push((reduced, code.to_owned()));
            }
        }
        self.words.insert(code.to_owned(), words);
    }

    /// A modality that exists in the catalog only to warn of it.
    fn refuse<'l>(&mut self, code: &str, name: &str, labels: impl Iterator<Item = &'l String>, reason: &str) {
        let at = self.exclusions.len();
        self.exclusions.push((code.to_owned(), reason.to_owned()));
        self.codes.insert(code.to_owned(), Meaning::Excluded(at));
        for full in labels.map(|label| normalize(label)).chain([normalize(name)]) {
            self.full.insert(full, Meaning::Excluded(at));
        }
    }

    /// Labels that stand above the entries' own: a listed ambiguity wins over an alias.
    fn add_shared(&mut self, ambiguous: &[AmbiguousLabel], elsewhere: &[String]) {
        for label in ambiguous {
            let mut candidates = label.candidates.clone();
            candidates.sort_unstable();
            let full = normalize(&label.label);
            let meaning = Meaning::Ambiguous(candidates);
            self.reduced.entry(reduce(&full)).or_insert_with(|| meaning.clone());
            self.full.insert(full, meaning);
        }
        for label in elsewhere {
            let full = normalize(label);
            self.reduced.entry(reduce(&full)).or_insert(Meaning::Elsewhere);
            self.full.insert(full, Meaning::Elsewhere);
        }
    }

    pub(super) fn exact(&self, code: &str) -> Option<&Meaning> {
        self.codes.get(code)
    }

    /// What a normalised label means: as it stands, without optional words, without qualifiers.
    pub(super) fn meaning(&self, normalized: &str) -> Option<&Meaning> {
        let known = |form: &str| self.full.get(form).or_else(|| self.reduced.get(&reduce(form)));
        known(normalized).or_else(|| {
            let words = normalized.split(' ').filter(|word| !QUALIFIERS.contains(word));
            let bare = words.collect::<Vec<_>>().join(" ");
            if bare.is_empty() || bare == normalized { None } else { known(&bare) }
        })
    }

    /// The excluded practice that a normalised label offers, in whatever words around it.
    pub(super) fn excluded_within(&self, normalized: &str) -> Option<usize> {
        if normalized.split(' ').any(|word| AFTERMATH.contains(&word)) {
            return None;
        }
        let padded = format!(" {normalized} ");
        self.excluded.iter().find(|(form, _)| padded.contains(&format!(" {form} "))).map(|(_, at)| *at)
    }

    pub(super) fn exclusion(&self, at: usize) -> (&str, &str) {
        self.exclusions.get(at).map_or(("", ""), |(code, reason)| (code, reason))
    }

    /// The reduced forms that two entries share, though no full label is shared.
    #[cfg(test)]
    pub(super) fn shared_forms(&self) -> impl Iterator<Item = &str> {
        let ambiguous = self.reduced.iter().filter(|(_, meaning)| matches!(meaning, Meaning::Ambiguous(_)));
        ambiguous.map(|(form, _)| form.as_str())
    }

    /// Whether all words of `part` occur in the labels of `code`.
    pub(super) fn fits(&self, part: &str, code: &str) -> bool {
        self.words.get(code).is_some_and(|words| within(part, &words.labels))
    }

    /// Whether all words of `part` occur in the name of `code`.
    pub(super) fn fits_name(&self, part: &str, code: &str) -> bool {
        self.words.get(code).is_some_and(|words| within(part, &words.name))
    }

    /// At most three codes with labels like `reduced`, nearest first; never an excluded one.
    pub(super) fn nearest(&self, reduced: &str) -> Vec<&str> {
        let mut found: Vec<(f64, f64, &str)> = Vec::new();
        for (form, code) in &self.suggestible {
            let likeness = likeness(reduced, form);
            if likeness >= LIKE_ENOUGH {
                // Of equals, the one that begins alike: people get the beginning of a word right.
                found.push((likeness, strsim::jaro_winkler(reduced, form), code));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(b.2)));
        let mut codes: Vec<&str> = Vec::new();
        for (_, _, code) in found {
            if codes.len() < 3 && !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }
}

/// Words around a label that say how somebody works, not what with; dropped only where the label is otherwise unknown.
const QUALIFIERS: [&str; 22] = [
    "1",
    "2",
    "3",
    "ii",
    "iii",
    "level",
    "approach",
    "based",
    "certification",
    "certified",
    "clinician",
    "informed",
    "intervention",
    "method",
    "model",
    "practice",
    "practitioner",
    "provider",
    "specialist",
    "technique",
    "trained",
    "treatment",
];

/// Words with which a label speaks of help after an excluded practice, not of the practice.
const AFTERMATH: [&str; 7] = ["after", "former", "harm", "recovering", "recovery", "survivor", "surviving"];

/// From here on a label is like another: a letter or two apart, or most words shared.
const LIKE_ENOUGH: f64 = 0.75;

fn insert(forms: &mut HashMap<String, Meaning>, form: String, code: &str) {
    match forms.get_mut(&form) {
        None => {
            forms.insert(form, Meaning::Code(code.to_owned()));
        }
        Some(Meaning::Code(known)) if known == code => {}
        // Only reduced forms and declared ambiguities come here: the loader refuses other labels shared by two entries.
        Some(meaning) => {
            let mut codes = match std::mem::replace(meaning, Meaning::Elsewhere) {
                Meaning::Code(known) => vec![known],
                Meaning::Ambiguous(codes) => codes,
                Meaning::Excluded(_) | Meaning::Elsewhere => Vec::new(),
            };
            codes.push(code.to_owned());
            codes.sort_unstable();
            codes.dedup();
            *meaning = Meaning::Ambiguous(codes);
        }
    }
}

fn words_of(label: &str) -> HashSet<String> {
    reduce(&normalize(label)).split(' ').map(str::to_owned).collect()
}

fn within(part: &str, words: &HashSet<String>) -> bool {
    let part = words_of(part);
    !part.contains("") && part.is_subset(words)
}

/// 0 to 1: alike letter by letter, or by the words that both have.
fn likeness(one: &str, other: &str) -> f64 {
    let (shorter, longer) =
        if one.len() < other.len() { (one.len(), other.len()) } else { (other.len(), one.len()) };
    // The distance is at least the difference in length: no need to count where it is too much already.
    let by_letters =
        if shorter * 4 >= longer * 3 { strsim::normalized_damerau_levenshtein(one, other) } else { 0.0 };
    by_letters.max(by_words(one, other))
}

fn by_words(one: &str, other: &str) -> f64 {
    let one: HashSet<&str> = one.split(' ').collect();
    let other: HashSet<&str> = other.split(' ').collect();
    let shared = one.intersection(&other).count();
    if shared < 2 { 0.0 } else { ratio(2 * shared, one.len() + other.len()) }
}

fn ratio(part: usize, whole: usize) -> f64 {
    // Word counts of labels: far below where an f64 would round.
    f64::from(u32::try_from(part).unwrap_or(u32::MAX)) / f64::from(u32::try_from(whole).unwrap_or(u32::MAX))
}
