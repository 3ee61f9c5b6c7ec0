//! Takes the free text out of a consultation before it is stored, puts it back where it is read, and says what it shows.

use std::{collections::BTreeMap, mem};

use serde_json::Value;

use super::{model::Consultation, secret::seal::FreeText};
use crate::{
    answers::{coverage::Coverage, model::Signal, sets::Sets, signals},
    catalog::guidance::FieldKind,
};

/// The name under which an answer's own text is kept; no field of a question has it.
const TEXT: &str = "text";

/// Takes all free text out: the text of each answer and its fields that are text. `None` where it cannot be told which
/// fields are text, because the set or a question of it is not known.
pub fn take(consultation: &mut Consultation, sets: &Sets) -> Option<FreeText> {
    let set = sets.of(consultation.question_set.as_ref())?;
    let mut taken = FreeText::new();
    for answer in &mut consultation.answers {
        let mut texts = BTreeMap::new();
        let text = mem::take(&mut answer.text);
        if !text.is_empty() {
            texts.insert(TEXT.to_owned(), text);
        }
        let specs = &set.question(&answer.question)?.spec.answer_fields;
        for spec in specs.iter().filter(|spec| spec.kind == FieldKind::Text) {
            if let Some(Value::String(text)) = answer.fields.remove(&spec.field) {
                texts.insert(spec.field.clone(), text);
            }
        }
        if !texts.is_empty() {
            taken.insert(answer.question.clone(), texts);
        }
    }
    Some(taken)
}

/// Puts back what [`take`] took out.
pub fn put_back(consultation: &mut Consultation, mut taken: FreeText) {
    for answer in &mut consultation.answers {
        for (name, text) in taken.remove(&answer.question).unwrap_or_default() {
            if name == TEXT {
                answer.text = text;
            } else {
                answer.fields.insert(name, Value::String(text));
            }
        }
    }
}

/// Adds what is seen in every reading: the signals that the texts suggest, and how far the answers cover their questions.
pub fn present(consultation: &mut Consultation, sets: &Sets) {
    let set = sets.of(consultation.question_set.as_ref());
    for answer in &mut consultation.answers {
        let Some(question) = set.and_then(|set| set.question(&answer.question)) else { continue };
        let signals: Vec<Signal> = signals::of(question, &answer.text, &answer.signals);
        answer.coverage = Coverage::of(question, &answer.text, &signals);
        answer.signals = signals;
    }
}
