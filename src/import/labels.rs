//! Labels of modalities and problem areas, as real directories write them, become codes of the catalog.
//!
//! An entry is a bare label, `"Cognitive Behavioral (CBT)"`, or an object whose `code` is a code or a label. Pure.

use serde_json::{Map, Value, json};

use super::model::UnmappedTerm;
use crate::{
    catalog::vocabulary::{Resolution, Vocabulary},
    fault::Fault,
    web::{
        code::Code,
        decode::{parse::has_control_character, pointer},
    },
};

/// More entries than a profile may have are not looked at.
const MAX_ENTRIES: usize = 60;
/// A longer text is no label; likening it to all labels would take long.
const MAX_LABEL: usize = 200;

/// What became of the labels of a row.
#[derive(Debug, Default)]
pub struct Labels {
    /// What is wrong with them.
    pub faults: Vec<Fault>,
    /// Those that the catalog could not place.
    pub terms: Vec<UnmappedTerm>,
    lists: Vec<List>,
}

/// Where the entries of a list stood before bare labels were written as objects, and repeated and passed ones left out.
#[derive(Debug)]
struct List {
    field: &'static str,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    index: usize,
    is_bare: bool,
    is_unresolved: bool,
}

/// What became of one label.
enum Placed<'v> {
    Code(&'v str),
    /// The operator has it passed over.
    Passed,
    /// The fault is noted.
    Not,
}

struct Kind {
    field: &'static str,
    one: &'static str,
    several: &'static str,
    resolve: for<'v> fn(&'v Vocabulary, &str) -> Resolution<'v>,
}

const KINDS: [Kind; 2] = [
    Kind { field: "modalities", one: "modality", several: "modalities", resolve: Vocabulary::modality },
    Kind {
        field: "problem_areas",
        one: "problem area",
        several: "problem areas",
        resolve: Vocabulary::problem_area,
    },
];

/// Writes codes in the place of the labels of a row.
pub fn resolve(row: &mut Map<String, Value>, vocabulary: &Vocabulary) -> Labels {
    let mut labels = Labels::default();
    for kind in &KINDS {
        if let Some(Value::Array(list)) = row.get_mut(kind.field) {
            labels.resolve_list(kind, list, vocabulary);
        }
    }
    labels
}

impl Labels {
    fn resolve_list(&mut self, kind: &Kind, list: &mut Vec<Value>, vocabulary: &Vocabulary) {
        if list.len() > MAX_ENTRIES {
            list.truncate(MAX_ENTRIES);
            let detail = format!("The list must be at most {MAX_ENTRIES} elements long.");
            self.faults.push(Fault::new(format!("/{}", kind.field), Code::TooMany.as_str(), detail));
        }
        let mut kept = Vec::with_capacity(list.len());
        let mut entries = Vec::with_capacity(list.len());
        for (index, mut value) in std::mem::take(list).into_iter().enumerate() {
            let is_bare = value.is_string();
            let mut is_unresolved = false;
            let label = if is_bare { value.as_str() } else { value.get("code").and_then(Value::as_str) };
            // What is no label at all is for the decoder to refuse.
            if let Some(label) = label.map(str::trim).filter(|label| !label.is_empty()) {
                let at = || format!("/{}/{index}{}", kind.field, if is_bare { "" } else { "/code" });
                match self.resolve_label(kind, at, label, vocabulary) {
                    // A bare label claims nothing but its code: saying it twice says it once.
                    Placed::Code(code)
                        if is_bare && kept.iter().any(|other: &Value| other["code"] == code) =>
                    {
                        continue;
                    }
                    Placed::Code(code) if is_bare => value = json!({"code": code}),
                    Placed::Code(code) if value["code"] == code => {}
                    Placed::Code(code) => value["code"] = Value::from(code),
                    Placed::Passed => continue,
                    Placed::Not if is_bare => continue,
                    Placed::Not => is_unresolved = true,
                }
            }
            kept.push(value);
            entries.push(Entry { index, is_bare, is_unresolved });
        }
        *list = kept;
        self.lists.push(List { field: kind.field, entries });
    }

    /// The label's code, or that it is passed over; where it has neither the fault is noted.
    fn resolve_label<'v>(
        &mut self,
        kind: &Kind,
        at: impl Fn() -> String,
        label: &str,
        vocabulary: &'v Vocabulary,
    ) -> Placed<'v> {
        if label.len() > MAX_LABEL && label.chars().nth(MAX_LABEL).is_some() {
            let detail = format!("The name must be at most {MAX_LABEL} characters long.");
            self.faults.push(Fault::new(at(), Code::TooLong.as_str(), detail));
            return Placed::Not;
        }
        // Such a label is not looked up, which might pass over the characters, nor kept as a term: databases refuse some.
        if has_control_character(label) {
            self.faults.push(Fault::new(
                at(),
                Code::ControlCharacter.as_str(),
                "The text has a control character.",
            ));
            return Placed::Not;
        }
        let (code, detail, suggestions) = match (kind.resolve)(vocabulary, label) {
            Resolution::Code(code) => return Placed::Code(code),
            Resolution::Passed => return Placed::Passed,
            Resolution::Ambiguous(candidates) => {
                let detail = format!("This name may mean several {} of the catalog.", kind.several);
                (Code::AmbiguousCode, detail, candidates)
            }
            Resolution::Excluded { reason, .. } => {
                let detail = format!("This directory does not list this practice: {reason}");
                (Code::ExcludedPractice, detail, Vec::new())
            }
            Resolution::Unknown { suggestions } => {
                (Code::UnknownCode, format!("No {} of the catalog has this name.", kind.one), suggestions)
            }
        };
        let suggestions: Vec<String> = suggestions.into_iter().map(str::to_owned).collect();
        self.terms.push(UnmappedTerm {
            field: kind.field.to_owned(),
            term: label.to_owned(),
            count: 1,
            suggestions: suggestions.clone(),
        });
        self.faults.push(Fault::new(at(), code.as_str(), detail).suggest(suggestions));
        Placed::Not
    }

    /// The fault of the row with codes, as one of the row with labels; `None` where the label's own fault says it.
    #[must_use]
    pub fn place(&self, mut fault: Fault) -> Option<Fault> {
        for List { field, entries } in &self.lists {
            let mut tokens = pointer::tokens(&fault.pointer);
            let Some(entry) = (tokens.next().as_deref() == Some(*field))
                .then(|| tokens.next()?.parse::<usize>().ok())
                .flatten()
                .and_then(|at| entries.get(at))
            else {
                continue;
            };
            let rest: Vec<String> = tokens.collect();
            let is_code = rest.first().is_some_and(|name| name == "code");
            if is_code && entry.is_unresolved {
                return None;
            }
            let mut at = format!("/{field}/{}", entry.index);
            rest.iter()
                .filter(|_| !(is_code && entry.is_bare))
                .for_each(|token| pointer::push(&mut at, token));
            fault.pointer = at;
            break;
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{label::normalize, model::Catalog, vocabulary::Aliases};

    /// What a label means to an operator who has some passed over leaves no trace, and faults stay where they belong.
    #[test]
    fn labels_that_are_passed_over_are_dropped_and_nothing_else_moves() {
        let passed = |label: &str| (normalize(label), None);
        let vocabulary = Vocabulary::new(&Catalog::embedded().unwrap()).with_aliases(Aliases {
            modalities: [
                passed("Reiki"),
                (normalize("Energy Work"), Some("somatic_experiencing".to_owned())),
            ]
            .into(),
            problem_areas: [passed("Other")].into(),
        });
        let mut row = json!({
            "modalities": ["Reiki", "CBT", {"code": "reiki", "role": "lead"}, "Enrgy Wrk", {"code": "Energy Work"}, "energy works"],
            "problem_areas": ["other"],
        });
        let labels = resolve(row.as_object_mut().unwrap(), &vocabulary);
        assert_eq!(
            row,
            json!({"modalities": [{"code": "cbt"}, {"code": "somatic_experiencing"}], "problem_areas": []})
        );
        let faults: Vec<_> = labels.faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(faults, [("/modalities/3", "unknown_code")]);
        assert_eq!(labels.terms.iter().map(|term| term.term.as_str()).collect::<Vec<_>>(), ["Enrgy Wrk"]);
        for (at, place) in
            [("/modalities/0/code", "/modalities/1"), ("/modalities/1/role", "/modalities/4/role")]
        {
            let placed = labels.place(Fault::new(at, "duplicate", "")).unwrap();
            assert_eq!(placed.pointer, place);
        }
    }
}
