//! Labels as directories write them -> codes of the catalog.
//!
//! Built once; a lookup of a known label is a few hash lookups. A label is never guessed: what does not resolve is
//! reported with the nearest codes, and letters with several meanings are reported with their candidates. What an
//! operator says a label means stands above all that, but below the codes themselves.

use std::{collections::HashMap, sync::Arc};

use super::{
    label::{normalize, reduce},
    model::Catalog,
};

mod table;

use table::{Meaning, Table};

/// What a label means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// This code.
    Code(&'a str),
    /// One of these codes, sorted; the label does not say which. One candidate where the other meaning is not in the catalog.
    Ambiguous(Vec<&'a str>),
    /// A practice that may not be declared, and why.
    Excluded { code: &'a str, reason: &'a str },
    /// Not known; at most three codes with labels like it, nearest first.
    Unknown { suggestions: Vec<&'a str> },
    /// Known, and by the operator's will nothing to keep.
    Passed,
}

/// What an operator says labels mean, by [`normalize`]d label: a code, or nothing where the label is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    pub modalities: HashMap<String, Option<String>>,
    pub problem_areas: HashMap<String, Option<String>>,
}

/// The labels of the catalog's modalities and problem areas. Cloning shares the catalog's.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    modalities: Arc<Table>,
    problem_areas: Arc<Table>,
    aliases: Arc<Aliases>,
}

impl Vocabulary {
    /// All labels of `catalog`: codes, names, abbreviations that are in use, aliases, and `labels.json`.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            modalities: Arc::new(Table::of_modalities(catalog)),
            problem_areas: Arc::new(Table::of_problem_areas(catalog)),
            aliases: Arc::default(),
        }
    }

    /// The same labels below these aliases, which take the place of earlier ones. The aliases' codes are believed.
    #[must_use]
    pub fn with_aliases(&self, aliases: Aliases) -> Self {
        Self { aliases: Arc::new(aliases), ..self.clone() }
    }

    /// The modality that `label` names: "Cognitive Behavioral (CBT)" -> `cbt`.
    #[must_use]
    pub fn modality(&self, label: &str) -> Resolution<'_> {
        resolve(&self.modalities, &self.aliases.modalities, label)
    }

    /// The problem area that `label` names: "Obsessive-Compulsive (OCD)" -> `ocd`.
    #[must_use]
    pub fn problem_area(&self, label: &str) -> Resolution<'_> {
        resolve(&self.problem_areas, &self.aliases.problem_areas, label)
    }
}

fn resolve<'a>(
    table: &'a Table,
    aliases: &'a HashMap<String, Option<String>>,
    label: &str,
) -> Resolution<'a> {
    let label = label.trim();
    // An exact code first: it is what a client of the API sends, also where its letters are ambiguous as a label, and
    // what an export holds, which no alias may change on its way back.
    if let Some(meaning) = table.exact(label) {
        return outcome(table, meaning);
    }
    let whole = normalize(label);
    if let Some(code) = aliases.get(&whole) {
        return code.as_deref().map_or(Resolution::Passed, Resolution::Code);
    }
    if let Some(at) = table.excluded_within(&whole) {
        return excluded(table, at);
    }
    if let Some(meaning) = table.meaning(&whole) {
        return outcome(table, meaning);
    }
    let parts = parts(label);
    let resolved = if parts.len() > 1 { from_parts(table, &parts) } else { None };
    resolved.unwrap_or_else(|| Resolution::Unknown { suggestions: table.nearest(&reduce(&whole)) })
}

fn outcome<'a>(table: &'a Table, meaning: &'a Meaning) -> Resolution<'a> {
    match meaning {
        Meaning::Code(code) => Resolution::Code(code),
        Meaning::Ambiguous(codes) => Resolution::Ambiguous(codes.iter().map(String::as_str).collect()),
        Meaning::Excluded(at) => excluded(table, *at),
        Meaning::Elsewhere => Resolution::Unknown { suggestions: Vec::new() },
    }
}

fn excluded(table: &Table, at: usize) -> Resolution<'_> {
    let (code, reason) = table.exclusion(at);
    Resolution::Excluded { code, reason }
}

/// What the parts of a label mean together; `None` where none of them means anything.
///
/// The words before the first bracket or dash are what is meant. Letters beside them name it again and may only decide
/// where those words are unknown but fit, or narrow what they say: "Dialectical (DBT)", "Mindfulness-Based (MBCT)".
fn from_parts<'a>(table: &'a Table, parts: &[&str]) -> Option<Resolution<'a>> {
    let meanings: Vec<(&str, Option<&'a Meaning>)> =
        parts.iter().map(|part| (*part, table.meaning(&normalize(part)))).collect();
    let (main, main_meaning) = *meanings.first()?;
    if matches!(main_meaning, Some(Meaning::Elsewhere)) {
        return Some(Resolution::Unknown { suggestions: Vec::new() });
    }
    let mut codes: Vec<(&str, &'a str)> = Vec::new();
    let mut candidates: Option<Vec<&'a str>> = None;
    for (part, meaning) in &meanings {
        match meaning {
            Some(Meaning::Excluded(_)) => return meaning.map(|meaning| outcome(table, meaning)),
            Some(Meaning::Code(code)) if codes.iter().all(|(_, known)| known != code) => {
                codes.push((part, code));
            }
            Some(Meaning::Ambiguous(several)) => {
                let several: Vec<&'a str> = several.iter().map(String::as_str).collect();
                candidates = Some(candidates.map_or(several.clone(), |before| common(&before, &several)));
            }
            _ => {}
        }
    }
    match codes.as_slice() {
        [] => {
            let mut candidates = candidates?;
            if main_meaning.is_none() {
                candidates.retain(|code| table.fits(main, code));
            }
            Some(match candidates.as_slice() {
                [] => Resolution::Unknown { suggestions: table.nearest(&reduce(&normalize(main))) },
                [only] if main_meaning.is_none() || narrowed(&meanings) => Resolution::Code(only),
                _ => Resolution::Ambiguous(candidates),
            })
        }
        [(part, code)] => {
            let by_letters_alone = main_meaning.is_none() && is_abbreviation(part);
            if by_letters_alone && !table.fits(main, code) {
                return Some(Resolution::Unknown { suggestions: table.nearest(&reduce(&normalize(main))) });
            }
            Some(Resolution::Code(code))
        }
        several => {
            let narrower = several.iter().find(|(part, code)| {
                is_abbreviation(part)
                    && several.iter().all(|(other, name)| name == code || table.fits_name(other, code))
            });
            Some(match narrower {
                Some((_, code)) => Resolution::Code(code),
                None => {
                    let mut codes: Vec<&str> = several.iter().map(|(_, code)| *code).collect();
                    codes.sort_unstable();
                    Resolution::Ambiguous(codes)
                }
            })
        }
    }
}

/// Whether two parts, each ambiguous, left one meaning in common: "EFT (couples)".
fn narrowed(meanings: &[(&str, Option<&Meaning>)]) -> bool {
    meanings.iter().filter(|(_, meaning)| matches!(meaning, Some(Meaning::Ambiguous(_)))).count() > 1
}

fn common<'a>(some: &[&'a str], others: &[&'a str]) -> Vec<&'a str> {
    some.iter().filter(|code| others.contains(code)).copied().collect()
}

/// Whether `part` is written as letters rather than words: "CBT-I", "Tf-CBT".
fn is_abbreviation(part: &str) -> bool {
    let letters = part.chars().filter(|c| c.is_alphanumeric()).count();
    letters <= 6 && part.chars().filter(|c| c.is_uppercase()).count() * 2 > letters && !part.contains(' ')
}

/// The parts of a label between brackets, slashes, commas and spaced dashes.
fn parts(label: &str) -> Vec<&str> {
    label
        .split(['(', ')', '[', ']', '/', ',', ';', ':', '|', '\u{2013}', '\u{2014}'])
        .flat_map(|part| part.split(" - "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
