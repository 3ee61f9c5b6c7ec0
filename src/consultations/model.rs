//! A consultation: what a client heard when asking a therapist, as it is sent, received and kept.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema,
        schema::{ArrayBuilder, SchemaType, Type},
    },
};
use validator::Validate;

use super::client_ref;
use crate::{
    answers::{
        coverage::{Coverage, Missing},
        model::{SetVersion, Signal},
        schema,
    },
    fault::Fault,
    formats,
    id::Id,
    store::StoreError,
    vocabulary::Decision,
};

/// Days for which a consultation is kept where nothing is said.
const RETAIN_DAYS: u16 = 180;
/// The most signals of one answer.
const MAX_SIGNALS: usize = 60;

/// What a client heard when asking a therapist, seen by the app alone that stored it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = example)]
pub struct Consultation {
    /// The server's id.
    #[serde(default)]
    #[schema(read_only)]
    pub id: Id,
    /// Whom the client asked; stays as it is.
    pub therapist_id: Id,
    /// The app's own opaque reference to its client, of letters, digits and `._:~-`; stays as it is. One that looks like an
    /// e-mail address, a phone number or a national number is refused.
    #[validate(length(min = 1, max = 128), custom(function = "client_ref::check"))]
    #[schema(min_length = 1, max_length = 128, example = "c_9f3a")]
    pub client_ref: String,
    /// The day of the consultation, 1900 or later and not in the future.
    #[serde(default)]
    pub held_on: Option<NaiveDate>,
    /// What was asked. Absent: the set that comes with the catalog, `integrative-core`.
    #[serde(default)]
    #[validate(nested)]
    pub question_set: Option<SetVersion>,
    /// What was heard, each question of the set at most once.
    #[serde(default)]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50)]
    pub answers: Vec<HeardAnswer>,
    /// What the client made of it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Days, from `created_at` on, for which the consultation is kept.
    #[serde(default = "retain_days")]
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650, default = 180)]
    pub retain_days: u16,
    /// Rises by one with every change.
    #[serde(default)]
    #[schema(read_only)]
    pub revision: i64,
    #[serde(default)]
    #[schema(read_only)]
    pub created_at: DateTime<Utc>,
    #[serde(default)]
    #[schema(read_only)]
    pub updated_at: DateTime<Utc>,
    /// The moment from which on nobody sees it; it is erased then.
    #[serde(default)]
    #[schema(read_only)]
    pub expires_at: DateTime<Utc>,
}

/// What a client heard in answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
pub struct HeardAnswer {
    /// Code of the question.
    #[serde(default)]
    pub question: String,
    /// What was said, in the client's words; may be empty. Kept encrypted.
    #[serde(default)]
    #[validate(length(max = 8000))]
    pub text: String,
    /// BCP 47 tag of the text.
    #[serde(default)]
    #[validate(custom(function = "formats::language"))]
    pub language: Option<String>,
    /// How the client rates the answer, 1 to 5.
    #[serde(default)]
    #[validate(range(min = 1, max = 5))]
    pub rating: Option<u8>,
    /// The question's structured fields that were heard. Those that are text are kept encrypted.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
    /// In a request what the client heard; what the text suggests is left out of it, and found anew in every answer.
    #[serde(default)]
    #[validate(length(max = 60))]
    pub signals: Vec<Signal>,
    #[serde(flatten, skip_deserializing)]
    pub coverage: Coverage,
}

/// Why a consultation was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ConsultationError {
    #[error("there is no such consultation")]
    NotFound,
    #[error("the consultation is not the one that the writer saw")]
    Stale,
    #[error("the consultation would not be valid")]
    Invalid(Vec<Fault>),
    #[error("the idempotency key stands for another request")]
    KeyReused,
    #[error("what the idempotency key made is gone")]
    KeyGone,
    #[error("two requests used one idempotency key at once")]
    KeyTaken,
    #[error("there are no keys to encrypt free text with")]
    NotConfigured,
    /// The key with this id is not in the file.
    #[error("free text is encrypted under the key {0}, which is not there")]
    UnknownKey(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

const fn retain_days() -> u16 {
    RETAIN_DAYS
}

impl Consultation {
    /// When its time is over.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.created_at + Duration::days(i64::from(self.retain_days))
    }
}

/// As [`crate::answers::model::Answer`], with a rating, and with what the server adds to read.
impl PartialSchema for HeardAnswer {
    fn schema() -> RefOr<Schema> {
        let signal = OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String).description(Some("The code of a signal.")))
            .item(Ref::from_schema_name(Signal::name()));
        let signals = ArrayBuilder::new().items(signal).max_items(Some(MAX_SIGNALS)).description(Some(
            "In a request codes of what the client heard, or the objects that an answer had, of which those that the text \
             suggests are dropped. In an answer objects: heard ones are `declared`, and those that the text suggests are found \
             anew each time.",
        ));
        let rating = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
            .description(Some("How the client rates the answer."))
            .minimum(Some(1))
            .maximum(Some(5));
        let read_only = |object: ObjectBuilder| object.read_only(true);
        let coverage = ObjectBuilder::new()
            .schema_type(Type::Number)
            .description(Some("Share of the question's positive signals, by weight, 0 to 1."));
        let missing = ArrayBuilder::new()
            .items(Ref::from_schema_name(Missing::name()))
            .description(Some("The positive signals that are not there, the weightiest first."));
        // A list cannot be marked as read-only by itself.
        let missing = OneOfBuilder::new().item(missing).read_only(true);
        let read = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("False where the text seems to be in another language than English."));
        let mut object = schema::members()
            .property("question", ObjectBuilder::new().schema_type(Type::String).description(Some("Code of the question.")))
            .required("question")
            .property("signals", signals)
            .property("rating", rating)
            .property("coverage", read_only(coverage))
            .property("missing", missing)
            .property("read", read_only(read))
            .description(Some(
                "What a client heard in answer to one question. Beside the fields of the built-in set it takes those that the \
                 question has in its own set; each is optional, and null is the same as absent.",
            ))
            .build();
        // All answers of a consultation are of its own set.
        object.properties.remove("question_set");
        object.into()
    }
}

impl ToSchema for HeardAnswer {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("HeardAnswer")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schema::part_schemas(schemas);
        schemas.push((Missing::name().into_owned(), Missing::schema()));
    }
}

/// A consultation as the server answers it.
fn example() -> Value {
    serde_json::from_str(include_str!("consultation.json")).unwrap_or_default()
}
