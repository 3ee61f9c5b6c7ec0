//! The matching policy: every number of the model, as data that is stored, versioned and served.
//!
//! *Invariant*: a [`Policy`] was checked by [`Policy::parse`], and its `hash` is that of its numbers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::tables::Tables;

/// The policy that is used where a request names none.
const DEFAULT: &str = include_str!("data/default-policy.json");

/// A matching policy: weights and tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[schema(example = "default")]
    pub code: String,
    /// Rises with every change of a number; a published version never changes.
    #[schema(example = 1)]
    pub version: u32,
    /// SHA-256, in hex, of the canonical JSON (keys sorted, no white space) of everything but this field.
    #[serde(default)]
    pub hash: String,
    pub weights: Weights,
    pub tables: Tables,
}

/// The weight of each component (section 3), 0 or more. A component that does not apply to a request gives its weight to the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// How well the therapist's modalities and declared areas fit the problem areas.
    pub problem_fit: f64,
    /// How much of what the client prefers is met.
    pub preference: f64,
    /// Freshness of the profile, distance, opening, fee.
    pub practical: f64,
    /// Phases, whole person and the therapist's own answers on integrative practice.
    pub integration: f64,
    /// Off; reserved.
    pub track_record: f64,
}

/// Which policy an answer was computed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyReference {
    #[schema(example = "default")]
    pub code: String,
    #[schema(example = 1)]
    pub version: u32,
    /// SHA-256 of the policy's canonical JSON, in hex.
    pub hash: String,
}

/// The policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the policy is not valid JSON of its type: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the policy's {0} is out of range")]
    Range(&'static str),
}

impl Policy {
    /// The policy that comes with the server.
    ///
    /// # Errors
    /// When the embedded file is broken: a fault of the build that a test finds.
    pub fn embedded() -> Result<Self, PolicyError> {
        Self::parse(DEFAULT)
    }

    /// Reads, checks and hashes a policy.
    ///
    /// # Errors
    /// When it is not of the type, or a number would make a value leave 0 to 1.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        let policy: Self = serde_json::from_str(json)?;
        policy.hashed()
    }

    /// The same policy, checked, with the hash of its numbers.
    ///
    /// # Errors
    /// When a number would make a value leave 0 to 1.
    pub fn hashed(mut self) -> Result<Self, PolicyError> {
        self.check()?;
        let mut value = serde_json::to_value(&self)?;
        if let Value::Object(fields) = &mut value {
            fields.remove("hash");
        }
        let mut text = String::new();
        write_canonical(&value, &mut text);
        self.hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(self)
    }

    /// How answers name this policy.
    #[must_use]
    pub fn reference(&self) -> PolicyReference {
        PolicyReference { code: self.code.clone(), version: self.version, hash: self.hash.clone() }
    }

    fn check(&self) -> Result<(), PolicyError> {
        let weights = self.weights;
        let all = [weights.problem_fit, weights.preference, weights.practical, weights.integration];
        let sound = all.iter().all(|weight| weight.is_finite() && *weight >= 0.0);
        let always = weights.problem_fit + weights.practical + weights.integration;
        if !sound || always <= 0.0 || weights.track_record != 0.0 {
            return Err(PolicyError::Range("weights"));
        }
        self.tables.out_of_range().map_or(Ok(()), |name| Err(PolicyError::Range(name)))
    }
}

/// Writes JSON with sorted keys, whatever order the map keeps.
fn write_canonical(value: &Value, text: &mut String) {
    let mut list = |open: char, close: char, items: &mut dyn Iterator<Item = (Option<&String>, &Value)>| {
        text.push(open);
        for (at, (key, item)) in items.enumerate() {
            if at > 0 {
                text.push(',');
            }
            if let Some(key) = key {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
            }
            write_canonical(item, text);
        }
        text.push(close);
    };
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            list('{', '}', &mut fields.into_iter().map(|(key, item)| (Some(key), item)));
        }
        Value::Array(items) => list('[', ']', &mut items.iter().map(|item| (None, item))),
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_policy_is_sound_and_its_hash_is_that_of_its_numbers() {
        let policy = Policy::embedded().unwrap();
        assert_eq!((policy.code.as_str(), policy.version, policy.hash.len()), ("default", 1, 64));
        // What was served reads back to the same policy, whoever reordered its keys.
        let served = serde_json::to_string(&policy).unwrap();
        assert_eq!(Policy::parse(&served).unwrap(), policy);
        let mut other = policy.clone();
        other.weights.preference = 0.3;
        assert_ne!(other.hashed().unwrap().hash, policy.hash);
    }

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let mut text = String::new();
        write_canonical(&serde_json::json!({"b": [{"d": 1, "c": null}], "a": "\""}), &mut text);
        assert_eq!(text, r#"{"a":"\"","b":[{"c":null,"d":1}]}"#);
    }

    #[test]
    fn a_policy_that_could_leave_the_scale_is_refused() {
        let sound = Policy::embedded().unwrap();
        for spoil in [
            |p: &mut Policy| p.weights.problem_fit = f64::NAN,
            |p: &mut Policy| p.weights.track_record = 0.1,
            |p: &mut Policy| p.tables.depth.budget = 0.0,
            |p: &mut Policy| p.tables.coverage.first_line_floor = 1.5,
            |p: &mut Policy| p.tables.integration.practice = 0.9,
            |p: &mut Policy| p.tables.practical.freshness.zero_days = 30,
        ] {
            let mut broken = sound.clone();
            spoil(&mut broken);
            assert!(broken.hashed().is_err());
        }
    }
}
