//! An answer to a question of a question set: its text, its structured fields, and the signals that it shows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use crate::formats::{self, open};

/// One version of a question set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetVersion {
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "integrative-core")]
    pub code: String,
    #[validate(range(min = 1))]
    #[schema(minimum = 1, example = 1)]
    pub version: u32,
}

/// What a signal rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Whoever gave the answer says so.
    Declared,
    /// The text suggests it.
    Text,
}

/// Something that an answer shows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    #[schema(example = "names_several_approaches")]
    pub code: String,
    /// Ignored in a request, as all that follows but `basis`.
    #[schema(required = false)]
    pub positive: bool,
    /// What it counts, with the sign of `positive`, as the question set says.
    #[schema(required = false)]
    pub weight: f64,
    pub basis: Basis,
    /// The words of the text that suggest it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Where they begin, in Unicode scalar values of `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// Where they end: the first value that is not part of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
}

/// An answer as it is stored, sent and received; its schema is in [`super::schema`].
#[derive(Clone, Debug, PartialEq, Serialize, Validate)]
pub struct Answer {
    /// Code of the question.
    pub question: String,
    /// Absent: the newest version of `integrative-core`.
    #[validate(nested)]
    pub question_set: Option<SetVersion>,
    #[validate(length(max = 8000))]
    pub text: String,
    /// BCP 47 tag of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = "formats::language"))]
    pub language: Option<String>,
    /// The question's structured fields that the answer fills.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
    /// In a request codes, at most 3 of them declared; what the text suggests is taken out and found anew.
    #[validate(length(max = 60))]
    pub signals: Vec<Signal>,
    /// Absent: now, where anything changes.
    pub answered_at: Option<DateTime<Utc>>,
}

/// By hand, because a derived flattened structure looks at its members before it knows what they are: strict readers
/// refuse it.
impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const KNOWN: &[&str] = &["question", "question_set", "text", "language", "signals", "answered_at"];

        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Known {
            question: String,
            question_set: Option<SetVersion>,
            text: String,
            language: Option<String>,
            signals: Vec<Signal>,
            #[serde(deserialize_with = "formats::times::moment_or_null")]
            answered_at: Option<DateTime<Utc>>,
        }

        let (known, fields) = open::members(deserializer, KNOWN)?;
        let Known { question, question_set, text, language, signals, answered_at } = known;
        Ok(Self { question, question_set, text, language, fields, signals, answered_at })
    }
}

/// A signal is a code, or the object that an answer had.
impl<'de> Deserialize<'de> for Signal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Object {
            code: String,
            #[serde(default)]
            positive: bool,
            #[serde(default)]
            weight: f64,
            basis: Basis,
            #[serde(default)]
            quote: Option<String>,
            #[serde(default)]
            start: Option<usize>,
            #[serde(default)]
            end: Option<usize>,
        }

        open::text_or(deserializer, Self::declared, |object: Object| {
            let Object { code, positive, weight, basis, quote, start, end } = object;
            Self { code, positive, weight, basis, quote, start, end }
        })
    }
}

impl Signal {
    /// A declared signal, of which the question set has still to say what it counts.
    #[must_use]
    pub const fn declared(code: String) -> Self {
        Self {
            code,
            positive: false,
            weight: 0.0,
            basis: Basis::Declared,
            quote: None,
            start: None,
            end: None,
        }
    }
}
