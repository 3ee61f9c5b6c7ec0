//! What makes a question set wrong beyond the bounds that its types state. The catalog's own set and published ones are
//! held against the same rules. Pure.

use std::collections::HashSet;

use super::guidance::{AnswerField, ConsultationQuestion, ConsultationSignal, FieldKind, QuestionSet};
use crate::fault::Fault;

/// The names of what every answer has, or an answer about it; no field of a question may have one of them.
pub const RESERVED_NAMES: [&str; 10] = [
    "question",
    "question_set",
    "text",
    "language",
    "signals",
    "answered_at",
    "coverage",
    "missing",
    "read",
    "rating",
];

/// Longest wording, in characters.
const MAX_WORDING: usize = 500;
/// Longest cue phrase, in characters.
const MAX_CUE: usize = 500;
/// Longest code, in characters.
const MAX_CODE: usize = 64;

/// Everything that is wrong with a set, each with a JSON Pointer into it. The bounds that `Validate` holds (lengths of
/// texts and lists, ranges of numbers) are not looked at again.
#[must_use]
pub fn faults(set: &QuestionSet) -> Vec<Fault> {
    let mut found = Found::default();
    found.form(is_set_code(&set.code), "/code", "This must be a code of [a-z0-9-].");
    found.filled("/about", &set.about);
    if let Some(note) = &set.weights_note {
        found.filled("/weights_note", note);
    }
    found.distinct("/questions", "/code", set.questions.iter().map(|question| question.code.as_str()));
    for (at, question) in set.questions.iter().enumerate() {
        found.question(&format!("/questions/{at}"), question);
    }
    let mut known = HashSet::new();
    for cue in cues(set) {
        if !known.insert((cue.question, cue.phrase)) {
            found.add(&cue.pointer, "duplicate", "This is a cue phrase of this question already.");
        }
        found.cue(&cue);
    }
    found.faults
}

/// A cue phrase and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CuePhrase<'a> {
    /// A JSON Pointer into the set.
    pub pointer: String,
    /// The place of its question in the set.
    pub question: usize,
    pub phrase: &'a str,
}

/// All cue phrases of a set, in its order.
pub fn cues(set: &QuestionSet) -> impl Iterator<Item = CuePhrase<'_>> {
    set.questions.iter().enumerate().flat_map(|(question, spec)| {
        spec.signals.iter().enumerate().flat_map(move |(signal, spec)| {
            spec.cue_phrases.iter().enumerate().map(move |(at, phrase)| {
                let pointer = format!("/questions/{question}/signals/{signal}/cue_phrases/{at}");
                CuePhrase { pointer, question, phrase }
            })
        })
    })
}

/// Whether the text can be the code of a question set.
fn is_set_code(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
}

impl Found {
    fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: &str) {
        self.faults.push(Fault::new(pointer, code, detail));
    }

    /// A fault of the object at `at` that follows from these members of it.
    fn contradiction(&mut self, at: &str, members: &[&str], detail: &str) {
        self.of_members(at.to_owned(), "inconsistent", at, members, detail);
    }

    /// A member of the object at `at` that others of it ask for.
    fn lacking(&mut self, at: &str, member: &str, because_of: &str, detail: &str) {
        self.of_members(format!("{at}/{member}"), "required", at, &[member, because_of], detail);
    }

    fn of_members(&mut self, pointer: String, code: &'static str, at: &str, members: &[&str], detail: &str) {
        let parts = members.iter().map(|member| format!("{at}/{member}"));
        self.faults.push(Fault::new(pointer, code, detail).of_parts(parts));
    }

    fn form(&mut self, holds: bool, pointer: impl Into<String>, detail: &str) {
        if !holds {
            self.add(pointer, "invalid_format", detail);
        }
    }

    fn filled(&mut self, pointer: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(pointer, "too_short", "This must not be blank.");
        }
    }

    /// No text of the list at `list` may stand twice; `member` is where each stands in its element.
    fn distinct<'a>(&mut self, list: &str, member: &str, texts: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for (at, text) in texts.enumerate() {
            if !seen.insert(text) {
                self.add(format!("{list}/{at}{member}"), "duplicate", "This stands in the list already.");
            }
        }
    }

    fn question(&mut self, at: &str, question: &ConsultationQuestion) {
        self.form(is_code(&question.code), format!("{at}/code"), "This must be a code of [a-z0-9_].");
        for (name, text) in [
            ("purpose", &question.purpose),
            ("listen_for", &question.listen_for),
            ("example_answer", &question.example_answer),
        ] {
            self.filled(format!("{at}/{name}"), text);
        }
        self.distinct(&format!("{at}/wordings"), "", question.wordings.iter().map(String::as_str));
        for (number, wording) in question.wordings.iter().enumerate() {
            let at = format!("{at}/wordings/{number}");
            if wording.chars().count() > MAX_WORDING {
                self.add(&at, "too_long", "This must be at most 500 characters long.");
            }
            self.filled(at, wording);
        }
        let signals = question.signals.iter();
        self.distinct(&format!("{at}/signals"), "/code", signals.map(|signal| signal.code.as_str()));
        for (number, signal) in question.signals.iter().enumerate() {
            self.signal(&format!("{at}/signals/{number}"), signal);
        }
        let fields = question.answer_fields.iter();
        self.distinct(&format!("{at}/answer_fields"), "/field", fields.map(|field| field.field.as_str()));
        for (number, field) in question.answer_fields.iter().enumerate() {
            self.field(&format!("{at}/answer_fields/{number}"), field);
        }
    }

    fn signal(&mut self, at: &str, signal: &ConsultationSignal) {
        self.form(is_code(&signal.code), format!("{at}/code"), "This must be a code of [a-z0-9_].");
        self.filled(format!("{at}/label"), &signal.label);
        if let Some(phrase) = &signal.phrase {
            self.filled(format!("{at}/phrase"), phrase);
        }
        self.filled(format!("{at}/listen_for"), &signal.listen_for);
        if signal.weight == 0.0 || signal.positive != (signal.weight > 0.0) {
            let detail = "The weight must be above 0 where `positive` is true, below 0 otherwise.";
            self.contradiction(at, &["weight", "positive"], detail);
        }
        match &signal.ask {
            Some(ask) => self.filled(format!("{at}/ask"), ask),
            None if signal.positive => {
                self.lacking(at, "ask", "positive", "A positive signal needs a question to ask for it.");
            }
            None => {}
        }
    }

    fn cue(&mut self, CuePhrase { pointer, phrase, .. }: &CuePhrase<'_>) {
        let is_spaced = phrase.split(' ').any(str::is_empty) || phrase.contains(['\t', '\r', '\n']);
        if phrase.chars().count() > MAX_CUE {
            self.add(pointer, "too_long", "This must be at most 500 characters long.");
        }
        if phrase.trim().is_empty() {
            self.add(pointer, "too_short", "This must not be blank.");
        } else if phrase.to_lowercase() != *phrase {
            self.add(pointer, "invalid_format", "This must be in lower case.");
        } else if is_spaced {
            self.add(pointer, "invalid_format", "This must have single spaces, and only between words.");
        }
    }

    fn field(&mut self, at: &str, field: &AnswerField) {
        self.form(is_code(&field.field), format!("{at}/field"), "This must be a name of [a-z0-9_].");
        if RESERVED_NAMES.contains(&field.field.as_str()) {
            self.add(format!("{at}/field"), "invalid_value", "This is the name of what every answer has.");
        }
        self.filled(format!("{at}/description"), &field.description);
        self.distinct(&format!("{at}/values"), "", field.values.iter().map(String::as_str));
        for (number, value) in field.values.iter().enumerate() {
            let fits = is_code(value) && (1..=MAX_CODE).contains(&value.len());
            self.form(fits, format!("{at}/values/{number}"), "This must be a code of [a-z0-9_]{1,64}.");
        }
        let is_coded = matches!(field.kind, FieldKind::Code | FieldKind::Codes);
        let lists = usize::from(!field.values.is_empty()) + usize::from(field.vocabulary.is_some());
        let lists_of = ["type", "values", "vocabulary"];
        if is_coded && lists != 1 {
            self.contradiction(at, &lists_of, "A `code` or `codes` needs either `values` or a `vocabulary`.");
        }
        if !is_coded && lists != 0 {
            self.contradiction(at, &lists_of, "Only a `code` or `codes` has `values` or a `vocabulary`.");
        }
        self.numbers(at, field);
    }

    fn numbers(&mut self, at: &str, field: &AnswerField) {
        let is_integer = field.kind == FieldKind::Integer;
        for (name, bound) in [("minimum", field.minimum), ("maximum", field.maximum)] {
            if is_integer && bound.is_none() {
                self.lacking(at, name, "type", "An `integer` needs both bounds.");
            }
        }
        if !is_integer && (field.minimum.is_some() || field.maximum.is_some()) {
            let members = ["type", "minimum", "maximum"];
            self.contradiction(at, &members, "Only an `integer` has a `minimum` and a `maximum`.");
        }
        if field.minimum.zip(field.maximum).is_some_and(|(least, most)| least > most) {
            self.contradiction(at, &["minimum", "maximum"], "`minimum` must not be above `maximum`.");
        }
        match (field.kind, field.max_length) {
            (FieldKind::Text, None) => {
                self.lacking(at, "max_length", "type", "A `text` needs its greatest length.");
            }
            (FieldKind::Text, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                self.contradiction(at, &["type", "max_length"], "Only a `text` has a `max_length`.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use validator::Validate as _;

    use super::*;
    use crate::catalog::model::Catalog;

    fn example() -> Value {
        serde_json::from_str(include_str!("question_set.json")).unwrap()
    }

    /// Pointer and code of each fault of the example with one part replaced, or taken out where it is null.
    fn changed(pointer: &str, value: Value) -> Vec<String> {
        let mut set = example();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match set.pointer_mut(parent).unwrap() {
            Value::Object(fields) if value.is_null() => drop(fields.remove(name)),
            Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
            other => other[name.parse::<usize>().unwrap()] = value,
        }
        let set: QuestionSet = serde_json::from_value(set).unwrap();
        faults(&set).into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn the_built_in_set_and_the_example_are_sound() {
        let built_in = Catalog::embedded().unwrap().guidance.consultation;
        let example: QuestionSet = serde_json::from_value(example()).unwrap();
        for set in [built_in, example] {
            assert!(set.validate().is_ok() && faults(&set).is_empty());
        }
    }

    #[test]
    fn every_rule_speaks_and_says_where() {
        let (question, signal) = ("/questions/0", "/questions/0/signals/0");
        let field = |n: u8| format!("/questions/0/answer_fields/{n}");
        for (at, value, expected) in [
            ("/code".to_owned(), json!("My_Clinic"), "/code invalid_format"),
            ("/about".to_owned(), json!(" \n"), "/about too_short"),
            ("/weights_note".to_owned(), json!(" "), "/weights_note too_short"),
            (format!("{question}/code"), json!("first-step"), "/questions/0/code invalid_format"),
            (format!("{question}/purpose"), json!(" "), "/questions/0/purpose too_short"),
            (format!("{question}/example_answer"), json!("\t"), "/questions/0/example_answer too_short"),
            (format!("{question}/wordings/0"), json!(""), "/questions/0/wordings/0 too_short"),
            (format!("{question}/wordings"), json!(["Why?", "Why?"]), "/questions/0/wordings/1 duplicate"),
            (format!("{question}/wordings/0"), json!("x".repeat(501)), "/questions/0/wordings/0 too_long"),
            (format!("{signal}/code"), json!("Plan"), "/questions/0/signals/0/code invalid_format"),
            (format!("{signal}/weight"), json!(-0.5), "/questions/0/signals/0 inconsistent"),
            (format!("{signal}/weight"), json!(0), "/questions/0/signals/0 inconsistent"),
            (format!("{signal}/ask"), Value::Null, "/questions/0/signals/0/ask required"),
            (format!("{signal}/phrase"), json!(" "), "/questions/0/signals/0/phrase too_short"),
            (format!("{signal}/ask"), json!(" "), "/questions/0/signals/0/ask too_short"),
            (format!("{signal}/cue_phrases/0"), json!(" "), "/questions/0/signals/0/cue_phrases/0 too_short"),
            (
                format!("{signal}/cue_phrases/0"),
                json!("My plan"),
                "/questions/0/signals/0/cue_phrases/0 invalid_format",
            ),
            (
                format!("{signal}/cue_phrases/0"),
                json!("my  plan"),
                "/questions/0/signals/0/cue_phrases/0 invalid_format",
            ),
            (
                format!("{signal}/cue_phrases/0"),
                json!("a".repeat(501)),
                "/questions/0/signals/0/cue_phrases/0 too_long",
            ),
            (
                "/questions/0/signals/1/cue_phrases/0".to_owned(),
                json!("the first step is"),
                "/questions/0/signals/1/cue_phrases/0 duplicate",
            ),
            (
                "/questions/0/signals/1/code".to_owned(),
                json!("names_a_first_step"),
                "/questions/0/signals/1/code duplicate",
            ),
            (field(0) + "/field", json!("rating"), "/questions/0/answer_fields/0/field invalid_value"),
            (field(0) + "/field", json!("Phase"), "/questions/0/answer_fields/0/field invalid_format"),
            (field(0) + "/field", json!("tempo"), "/questions/0/answer_fields/1/field duplicate"),
            (field(0) + "/values", json!(["a"]), "/questions/0/answer_fields/0 inconsistent"),
            (field(0) + "/vocabulary", Value::Null, "/questions/0/answer_fields/0 inconsistent"),
            (field(0) + "/type", json!("boolean"), "/questions/0/answer_fields/0 inconsistent"),
            (field(0) + "/minimum", json!(1), "/questions/0/answer_fields/0 inconsistent"),
            (field(0) + "/max_length", json!(1), "/questions/0/answer_fields/0 inconsistent"),
            (field(1) + "/values", json!(["a", "a"]), "/questions/0/answer_fields/1/values/1 duplicate"),
            (field(1) + "/values", json!([""]), "/questions/0/answer_fields/1/values/0 invalid_format"),
            (field(1) + "/values", json!([]), "/questions/0/answer_fields/1 inconsistent"),
            (field(2) + "/minimum", json!(53), "/questions/0/answer_fields/2 inconsistent"),
            (field(2) + "/maximum", Value::Null, "/questions/0/answer_fields/2/maximum required"),
            (field(3) + "/max_length", Value::Null, "/questions/0/answer_fields/3/max_length required"),
        ] {
            assert_eq!(changed(&at, value.clone()), [expected], "{at} as {value}");
        }
        let mut twice = example();
        twice["questions"] = json!([twice["questions"][0], twice["questions"][0]]);
        let found = faults(&serde_json::from_value(twice).unwrap());
        assert_eq!((found.len(), found[0].pointer.as_str()), (1, "/questions/1/code"));
    }
}
