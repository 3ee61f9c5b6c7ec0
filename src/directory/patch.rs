//! JSON Merge Patch (RFC 7396) on profiles.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors};

use super::model::Therapist;

/// A merge patch of a profile: any of its fields; `null` removes. The patched profile is checked as a whole.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Patch(Map<String, Value>);

impl Validate for Patch {
    /// The patched profile is validated, not the patch.
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

/// What a replacement keeps where it does not name it: unlike the patch, it cannot say that by leaving it out.
const KEPT: &str = "consultation_answers";

impl Patch {
    /// Whether the patch says anything of the answers.
    #[must_use]
    pub fn names_answers(&self) -> bool {
        self.0.contains_key(KEPT)
    }
}

/// The replacement of the stored profile that the patch makes, as JSON.
#[must_use]
pub fn apply(stored: &Therapist, patch: Patch) -> Value {
    let mut target = serde_json::to_value(stored).unwrap_or_default();
    let is_named = patch.names_answers();
    merge(&mut target, Value::Object(patch.0));
    if let Value::Object(profile) = &mut target {
        if !is_named {
            profile.remove(KEPT);
        } else if !profile.contains_key(KEPT) {
            profile.insert(KEPT.to_owned(), Value::Array(Vec::new()));
        }
    }
    target
}

/// RFC 7396, section 2.
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_rfc_7396() {
        for (mut original, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            merge(&mut original, patch);
            assert_eq!(original, result);
        }
    }
}
