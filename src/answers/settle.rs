//! An answer as it is stored: what a request may leave out or write in several ways is there in one way.
//!
//! *Invariants*: settling twice is settling once; what had no fault has none when it is settled.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    fields::whole,
    model::{Answer, Basis},
    sets::{Question, Sets},
    signals,
};
use crate::catalog::guidance::FieldKind;

/// Settles answers without faults, in the order of their questions. Of those whose question set is not known here nothing
/// is changed.
pub fn settle(answers: &mut [Answer], sets: &Sets) {
    for answer in answers.iter_mut() {
        answer.answered_at = answer.answered_at.map(kept);
        let Some(set) = sets.of(answer.question_set.as_ref()) else { continue };
        let Some(question) = set.question(&answer.question) else { continue };
        answer.question_set = Some(set.version.clone());
        fields(answer, question);
        answer.signals = signals::of(question, &answer.text, &answer.signals);
    }
    answers.sort_by(|a, b| a.question.cmp(&b.question));
}

/// Dates settled answers that do not say when they were given: as the stored answer to the same question where that is
/// the same otherwise, now where it is not. What a text suggests follows from the text, and says nothing of its date.
pub fn date(answers: &mut [Answer], stored: &[Answer], now: DateTime<Utc>) {
    for answer in answers.iter_mut().filter(|answer| answer.answered_at.is_none()) {
        let same = stored.iter().find(|stored| says_the_same(stored, answer));
        answer.answered_at = same.and_then(|stored| stored.answered_at).or(Some(kept(now)));
    }
}

/// Both databases keep microseconds.
fn kept(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
}

fn says_the_same(one: &Answer, other: &Answer) -> bool {
    let declared = |answer: &Answer| {
        let declared = answer.signals.iter().filter(|signal| signal.basis == Basis::Declared);
        declared.map(|signal| signal.code.clone()).collect::<Vec<_>>()
    };
    one.question == other.question
        && one.question_set == other.question_set
        && one.text == other.text
        && one.language == other.language
        && one.fields == other.fields
        && declared(one) == declared(other)
}

fn fields(answer: &mut Answer, question: &Question) {
    answer.fields.retain(|name, value| {
        let spec = question.spec.answer_fields.iter().find(|spec| spec.field == *name);
        match spec.map(|spec| spec.kind) {
            Some(FieldKind::Integer) => {
                if let Some(number) = whole(value) {
                    *value = Value::from(number);
                }
            }
            Some(FieldKind::Approaches) => value.as_array_mut().into_iter().flatten().for_each(approach),
            Some(FieldKind::Code | FieldKind::Codes | FieldKind::Boolean | FieldKind::Text) | None => {}
        }
        says_something(value)
    });
}

fn approach(approach: &mut Value) {
    let Value::Object(members) = approach else { return };
    members.retain(|_, value| says_something(value));
    if let Some(share) = members.get_mut("share")
        && let Some(number) = share.as_f64()
    {
        *share = Value::from(number);
    }
}

/// Null and an empty list both mean that nothing is said.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests;
