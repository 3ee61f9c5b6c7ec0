//! A profile as a row to import.

use serde_json::{Map, Value};

use crate::directory::model::Therapist;

/// The fields that the server adds, and the source, which whoever imports the row names.
const NOT_OF_A_ROW: [&str; 9] = [
    "id",
    "source",
    "display_name",
    "confirmed_at",
    "stale",
    "provenance",
    "revision",
    "created_at",
    "updated_at",
];

/// The profile as a row to import: without the server's fields but `confirmations`, without `source`, and without what
/// it does not state.
#[must_use]
pub fn row(therapist: &Therapist) -> Value {
    // Every map of a profile has strings for keys and every number is finite, so this always is an object.
    let Ok(Value::Object(mut fields)) = serde_json::to_value(therapist) else {
        return Value::Object(Map::new());
    };
    fields.retain(|name, _| !NOT_OF_A_ROW.contains(&name.as_str()));
    // An empty list of modalities is worth saying: it is a profile that names none.
    let silent = fields.get("modalities").is_some_and(states_nothing);
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
