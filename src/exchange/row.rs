//! A profile as a row to import.

use serde_json::{Map, Value};

use crate::directory::model::Therapist;

/// The fields that the server adds.
const OF_THE_SERVER: [&str; 8] =
    ["id", "display_name", "confirmed_at", "stale", "provenance", "revision", "created_at", "updated_at"];

/// The profile as a row to import: without the server's fields but `confirmations`, without `source`, which whoever
/// imports the row names, and without what it does not state; signals of answers are codes. Members are in alphabetical
/// order.
#[must_use]
pub fn row(therapist: &Therapist) -> Value {
    let mut row = row_with_source(therapist);
    if let Value::Object(fields) = &mut row {
        fields.remove("source");
        let answers = fields.get_mut("consultation_answers").and_then(Value::as_array_mut);
        answers.into_iter().flatten().filter_map(Value::as_object_mut).for_each(declare);
    }
    row
}

/// Names the declared signals of an answer by their codes. What its text suggests is found anew.
fn declare(answer: &mut Map<String, Value>) {
    let Some(Value::Array(signals)) = answer.get_mut("signals") else { return };
    signals.retain_mut(|signal| {
        let is_declared = signal["basis"] == "declared";
        *signal = signal["code"].take();
        is_declared
    });
    if signals.is_empty() {
        answer.remove("signals");
    }
}

/// The same row with its `source`: what leaves the directory says where it came from.
#[must_use]
pub fn row_with_source(therapist: &Therapist) -> Value {
    // Every map of a profile has strings for keys and every number is finite, so this always is an object.
    let Ok(Value::Object(mut fields)) = serde_json::to_value(therapist) else {
        return Value::Object(Map::new());
    };
    fields.retain(|name, _| !OF_THE_SERVER.contains(&name.as_str()));
    // An empty list of modalities is worth saying: it is a profile that names none.
    let silent = fields.get("modalities").is_some_and(states_nothing);
    let answers = fields.get_mut("consultation_answers").and_then(Value::as_array_mut);
    for answer in answers.into_iter().flatten().filter_map(Value::as_object_mut) {
        // An answer without a text may leave it out.
        answer.retain(|name, value| name != "text" || *value != "");
    }
    let mut row = Value::Object(fields);
    prune(&mut row);
    if let (true, Value::Object(fields)) = (silent, &mut row) {
        fields.insert("modalities".to_owned(), Value::Array(Vec::new()));
    }
    row
}

/// Drops the members of objects that state nothing: a reader takes their absence for the same.
fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|_, field| !states_nothing(field));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn states_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
