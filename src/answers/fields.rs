//! What the structured fields of an answer hold.

use serde_json::{Map, Value};

use crate::{
    catalog::{
        guidance::{AnswerField, FieldKind, FieldVocabulary},
        model::Catalog,
    },
    fault::{Fault, nearest},
};

/// The fields of the built-in question set, with what its data says of them: other question sets may have these names
/// for the same kind only, because the document of the API and the columns of CSV files name them.
pub const BUILT_IN: [(&str, FieldKind, &str); 15] = [
    (
        "approaches",
        FieldKind::Approaches,
        "The approaches that the therapist draws from, each with its role, what it is used for, and the phase in which it comes.",
    ),
    ("selection_principles", FieldKind::Codes, "What decides between approaches."),
    ("integration_type", FieldKind::Code, "How the approaches are brought together."),
    ("phases_used", FieldKind::Codes, "The phases of the work that the answer names."),
    ("homework", FieldKind::Code, "How much is practised between sessions."),
    ("dimensions_addressed", FieldKind::Codes, "The dimensions of the person that the answer speaks of."),
    ("relationship_themes", FieldKind::Codes, "What the relationship is for."),
    ("centrality", FieldKind::Code, "How central the relationship is to the work."),
    (
        "uses_here_and_now",
        FieldKind::Boolean,
        "Whether what happens between the two in the room is spoken of.",
    ),
    ("feedback_practice", FieldKind::Code, "How feedback on the relationship is asked for."),
    ("boundary_statement", FieldKind::Text, "What the therapist says of boundaries."),
    ("stuck_strategies", FieldKind::Codes, "What the therapist does when therapy stalls."),
    ("pivot_modalities", FieldKind::Codes, "The modalities that the therapist turns to."),
    ("flexibility", FieldKind::Code, "How willing the therapist is to change course."),
    ("review_interval_sessions", FieldKind::Integer, "After how many sessions progress is reviewed."),
];

/// The most approaches of one answer.
pub const MAX_APPROACHES: usize = 20;
/// The most codes of one field, and of what one approach is used for.
pub const MAX_CODES: usize = 100;
/// The most characters of a text whose field names no bound.
const MAX_TEXT: u32 = 8000;

/// What an approach is to the work.
pub const ROLES: [&str; 3] = ["foundation", "technique", "support"];
/// When an approach comes.
pub const PHASES: [&str; 4] = ["stabilization", "insight", "action", "any"];
/// How far somebody is trained in an approach.
pub const TRAINING_LEVELS: [&str; 3] = ["introductory", "trained", "certified"];
/// The members of an approach.
pub const APPROACH: [&str; 6] = ["modality", "role", "used_for", "phase", "share", "training_level"];

/// The part of a pointer that names a member.
pub(super) fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The number that a value is, where it is a whole one that can be told from its neighbours.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
    })
}

/// What the value of a field is held against.
pub(super) struct Check<'a> {
    pub spec: &'a AnswerField,
    pub catalog: &'a Catalog,
    pub faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    /// Names all that is wrong with the field's value; `at` is where it stands.
    pub fn value(&mut self, at: &str, value: &Value) {
        let spec = self.spec;
        match (spec.kind, value) {
            (FieldKind::Code, Value::String(code)) => self.code(at, code),
            (FieldKind::Code, _) => self.say(at, "invalid_type", "This must be a code."),
            (FieldKind::Codes, Value::Array(codes)) => self.codes(at, codes, |check, at, code| {
                check.code(at, code);
            }),
            (FieldKind::Codes, _) => self.say(at, "invalid_type", "This must be a list of codes."),
            (FieldKind::Boolean, Value::Bool(_)) => {}
            (FieldKind::Boolean, _) => self.say(at, "invalid_type", "This must be true or false."),
            (FieldKind::Integer, value) => match whole(value) {
                None => self.say(at, "invalid_type", "This must be a whole number."),
                Some(number) if spec.minimum.is_some_and(|least| number < least) => {
                    let least = spec.minimum.unwrap_or_default();
                    self.say(at, "too_small", &format!("This must be at least {least}."));
                }
                Some(number) if spec.maximum.is_some_and(|most| number > most) => {
                    let most = spec.maximum.unwrap_or_default();
                    self.say(at, "too_large", &format!("This must be at most {most}."));
                }
                Some(_) => {}
            },
            (FieldKind::Text, Value::String(text)) => {
                let most = spec.max_length.unwrap_or(MAX_TEXT);
                if text.trim().is_empty() {
                    self.say(at, "too_short", "This must not be blank; null says that there is none.");
                } else if usize::try_from(most).is_ok_and(|most| text.chars().nth(most).is_some()) {
                    self.say(at, "too_long", &format!("This must be at most {most} characters long."));
                }
            }
            (FieldKind::Text, _) => self.say(at, "invalid_type", "This must be text."),
            (FieldKind::Approaches, Value::Array(approaches)) => self.approaches(at, approaches),
            (FieldKind::Approaches, _) => self.say(at, "invalid_type", "This must be a list of approaches."),
        }
    }

    /// The name is said too, since a pointer may have to leave out the names of fields of operators' own sets.
    fn fault(&self, at: &str, code: &'static str, detail: &str) -> Fault {
        Fault::new(at, code, format!("`{}`: {detail}", self.spec.field))
    }

    fn say(&mut self, at: &str, code: &'static str, detail: &str) {
        self.faults.push(self.fault(at, code, detail));
    }

    fn unknown<'k>(&mut self, at: &str, detail: &str, code: &str, known: impl Iterator<Item = &'k str>) {
        self.faults.push(self.fault(at, "unknown_code", detail).suggest(nearest(code, known)));
    }

    /// A code of the field's own values or of its list of the catalog.
    fn code(&mut self, at: &str, code: &str) {
        let Self { spec, catalog, .. } = *self;
        let terms = match spec.vocabulary {
            None => {
                if !spec.values.iter().any(|value| value == code) {
                    let detail = format!("This must be one of `{}`.", spec.values.join("`, `"));
                    self.unknown(at, &detail, code, spec.values.iter().map(String::as_str));
                }
                return;
            }
            Some(FieldVocabulary::Modalities) => return self.modality(at, code),
            Some(FieldVocabulary::ProblemAreas) => return self.problem_area(at, code),
            Some(FieldVocabulary::Techniques) => {
                if catalog.technique(code).is_none() {
                    let known = catalog.techniques.iter().map(|technique| technique.code.as_str());
                    self.unknown(at, "This is not a technique of the catalog.", code, known);
                }
                return;
            }
            Some(FieldVocabulary::IntegrationStyles) => &catalog.integration_styles,
            Some(FieldVocabulary::Phases) => &catalog.phases,
            Some(FieldVocabulary::Dimensions) => &catalog.dimensions,
        };
        if !terms.iter().any(|term| term.code == code) {
            self.unknown(
                at,
                "This is not a code of the catalog.",
                code,
                terms.iter().map(|term| term.code.as_str()),
            );
        }
    }

    fn modality(&mut self, at: &str, code: &str) {
        let catalog = self.catalog;
        match catalog.modality(code) {
            Some(modality) if modality.directory_listable => {}
            Some(_) => {
                let detail = "The catalog knows this modality only to warn of it; nobody can declare it.";
                self.say(at, "not_listable", detail);
            }
            None => {
                let listable = catalog.modalities.iter().filter(|modality| modality.directory_listable);
                let known = listable.map(|modality| modality.code.as_str());
                self.unknown(at, "This is not a modality of the catalog.", code, known);
            }
        }
    }

    fn problem_area(&mut self, at: &str, code: &str) {
        let catalog = self.catalog;
        if catalog.problem_area(code).is_none() {
            let known = catalog.problem_areas.iter().map(|area| area.code.as_str());
            self.unknown(at, "This is not a problem area of the catalog.", code, known);
        }
    }

    fn codes(&mut self, at: &str, codes: &[Value], check: impl Fn(&mut Self, &str, &str)) {
        if codes.len() > MAX_CODES {
            return self.say(at, "too_many", &format!("This takes at most {MAX_CODES} codes."));
        }
        for (index, code) in codes.iter().enumerate() {
            let at = format!("{at}/{index}");
            match code.as_str() {
                None => self.say(&at, "invalid_type", "This must be a code."),
                Some(_) if codes[..index].contains(code) => {
                    self.say(&at, "duplicate", "This stands in the list already.");
                }
                Some(code) => check(self, &at, code),
            }
        }
    }

    fn approaches(&mut self, at: &str, approaches: &[Value]) {
        if approaches.len() > MAX_APPROACHES {
            return self.say(at, "too_many", &format!("This takes at most {MAX_APPROACHES} approaches."));
        }
        let modality = |approach: &Value| approach.get("modality").and_then(Value::as_str).map(str::to_owned);
        for (index, approach) in approaches.iter().enumerate() {
            let at = format!("{at}/{index}");
            let Value::Object(members) = approach else {
                self.say(&at, "invalid_type", "This must be an object with a `modality`.");
                continue;
            };
            self.approach(&at, members);
            let own = modality(approach);
            if own.is_some() && approaches[..index].iter().any(|other| modality(other) == own) {
                self.say(&format!("{at}/modality"), "duplicate", "Each modality stands once.");
            }
        }
    }

    fn approach(&mut self, at: &str, members: &Map<String, Value>) {
        if members.get("modality").is_none_or(Value::is_null) {
            self.say(&format!("{at}/modality"), "required", "An approach needs its `modality`.");
        }
        let says_nothing = |name: &str, value: &Value| value.is_null() && APPROACH.contains(&name);
        for (name, value) in members.iter().filter(|(name, value)| !says_nothing(name, value)) {
            let at = below(at, name);
            match (name.as_str(), value) {
                ("modality", Value::String(code)) => self.modality(&at, code),
                ("role", Value::String(code)) => self.choice(&at, code, &ROLES),
                ("phase", Value::String(code)) => self.choice(&at, code, &PHASES),
                ("training_level", Value::String(code)) => self.choice(&at, code, &TRAINING_LEVELS),
                ("modality" | "role" | "phase" | "training_level", _) => {
                    self.say(&at, "invalid_type", "This must be a code.");
                }
                ("used_for", Value::Array(codes)) => self.codes(&at, codes, |check, at, code| {
                    check.problem_area(at, code);
                }),
                ("used_for", _) => self.say(&at, "invalid_type", "This must be a list of problem areas."),
                ("share", value) => match value.as_f64() {
                    None => self.say(&at, "invalid_type", "This must be a number from 0 to 1."),
                    Some(share) if share < 0.0 => self.say(&at, "too_small", "This must be at least 0."),
                    Some(share) if share > 1.0 => self.say(&at, "too_large", "This must be at most 1."),
                    Some(_) => {}
                },
                _ => {
                    let fault = self.fault(&at, "unknown_field", "An approach has no such field.");
                    self.faults.push(fault.suggest(nearest(name, APPROACH)));
                }
            }
        }
    }

    fn choice(&mut self, at: &str, code: &str, choices: &[&str]) {
        if !choices.contains(&code) {
            let detail = format!("This must be one of `{}`.", choices.join("`, `"));
            let fault = self.fault(at, "invalid_choice", &detail);
            self.faults.push(fault.suggest(nearest(code, choices.iter().copied())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_built_in_fields_are_those_of_the_data() {
        let catalog = Catalog::embedded().unwrap();
        let fields =
            catalog.guidance.consultation.questions.iter().flat_map(|question| &question.answer_fields);
        let known: Vec<_> =
            fields.map(|spec| (spec.field.as_str(), spec.kind, spec.description.as_str())).collect();
        assert_eq!(known, BUILT_IN);
        let names: BTreeSet<_> = BUILT_IN.iter().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), BUILT_IN.len(), "one column each");
    }
}
