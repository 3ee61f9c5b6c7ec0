//! The JSON Schema of answers, written by hand: the fields of the built-in question set are documented with their types,
//! and the fields of operators' own sets are admitted beside them. What they may hold, [`super::check`] knows.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat,
        schema::{AdditionalProperties, ArrayBuilder, SchemaType, Type},
    },
};

use super::{
    fields::{BUILT_IN, MAX_APPROACHES, MAX_CODES, PHASES, ROLES, TRAINING_LEVELS},
    model::{Answer, Basis, SetVersion, Signal},
};
use crate::catalog::guidance::FieldKind;

/// The most characters of an answer's text, and the most signals, as the rules of [`Answer`] have them.
const MAX_TEXT: usize = 8000;
const MAX_SIGNALS: usize = 60;

/// An answer that somebody might give.
#[must_use]
pub fn example() -> Value {
    json!({
        "question": "approaches_and_selection",
        "text": "I draw from psychodynamic work for the why and CBT for the week. First we stabilize, then we look deeper.",
        "language": "en",
        "approaches": [
            {"modality": "psychodynamic", "role": "foundation", "used_for": ["relational_patterns"], "phase": "insight"}
        ],
        "selection_principles": ["assessment", "phase", "client_preference"],
        "homework": "regular",
        "signals": ["names_several_approaches"],
    })
}

#[expect(deprecated, reason = "as all other schemas, whose derive writes `example`")]
impl PartialSchema for Answer {
    fn schema() -> RefOr<Schema> {
        let question =
            ObjectBuilder::new().schema_type(Type::String).description(Some("Code of the question."));
        let answered_at = moment("When it was given. Absent: now, where anything changes.");
        members()
            .property("question", question.examples(["when_stuck"]))
            .required("question")
            .property("answered_at", answered_at)
            .description(Some(
                "An answer to a question of a question set. Beside the fields of the built-in set it takes those that the \
                 question has in its own set; each is optional, and null is the same as absent.",
            ))
            .example(Some(example()))
            .into()
    }
}

impl ToSchema for Answer {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Answer")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        part_schemas(schemas);
    }
}

/// The schemas that [`members`] point at.
pub fn part_schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((SetVersion::name().into_owned(), SetVersion::schema()));
    schemas.push((Signal::name().into_owned(), Signal::schema()));
    schemas.push((Basis::name().into_owned(), Basis::schema()));
}

/// What every answer has, in requests and in answers, but for its question and its date.
#[must_use]
pub fn members() -> ObjectBuilder {
    let question_set = OneOfBuilder::new()
        .item(nothing())
        .item(Ref::from_schema_name(SetVersion::name()))
        .description(Some("Absent: the newest version of `integrative-core`."));
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(MAX_TEXT))
        .description(Some("What the answer says, in its own words; may be empty."));
    let language = ObjectBuilder::new()
        .schema_type(or_null(Type::String))
        .description(Some("BCP 47 tag of the text."))
        .examples(["en"]);
    let signal = OneOfBuilder::new()
        .item(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("The code of a declared signal.")),
        )
        .item(Ref::from_schema_name(Signal::name()));
    let signals = ArrayBuilder::new().items(signal).max_items(Some(MAX_SIGNALS)).description(Some(
        "In a request codes of signals that are declared, at most 3, or the objects that an answer had, of which those that \
         the text suggests are dropped and found anew. In an answer objects.",
    ));
    let known = ObjectBuilder::new()
        .property("question_set", question_set)
        .property("text", text)
        .property("language", language)
        .property("signals", signals)
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    BUILT_IN.iter().fold(known, |object, (name, kind, about)| object.property(*name, field(*kind, about)))
}

/// A moment, or null.
#[must_use]
pub fn moment(about: &str) -> Object {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new()
        .schema_type(or_null(Type::String))
        .format(Some(format))
        .description(Some(about))
        .build()
}

fn field(kind: FieldKind, about: &str) -> Schema {
    let plain =
        |kind| ObjectBuilder::new().schema_type(or_null(kind)).description(Some(about)).build().into();
    match kind {
        FieldKind::Code | FieldKind::Text => plain(Type::String),
        FieldKind::Boolean => plain(Type::Boolean),
        FieldKind::Integer => plain(Type::Integer),
        FieldKind::Codes => codes(about),
        FieldKind::Approaches => ArrayBuilder::new()
            .schema_type(or_null(Type::Array))
            .description(Some(about))
            .max_items(Some(MAX_APPROACHES))
            .items(approach())
            .build()
            .into(),
    }
}

fn codes(about: &str) -> Schema {
    ArrayBuilder::new()
        .schema_type(or_null(Type::Array))
        .description(Some(about))
        .max_items(Some(MAX_CODES))
        .items(ObjectBuilder::new().schema_type(Type::String))
        .build()
        .into()
}

fn approach() -> ObjectBuilder {
    let choice = |choices: &[&str], about: &str| {
        let choices = choices.iter().map(|choice| Value::from(*choice)).chain([Value::Null]);
        ObjectBuilder::new()
            .schema_type(or_null(Type::String))
            .description(Some(about))
            .enum_values(Some(choices))
    };
    let modality = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Code of a modality of the catalog that profiles may declare; each stands once."))
        .examples(["psychodynamic"]);
    let share = ObjectBuilder::new()
        .schema_type(or_null(Type::Number))
        .description(Some("Its part of the work."))
        .minimum(Some(0.0))
        .maximum(Some(1.0));
    ObjectBuilder::new()
        .property("modality", modality)
        .required("modality")
        .property("role", choice(&ROLES, "What it is to the work."))
        .property("used_for", codes("Codes of the problem areas of the catalog that it is used for."))
        .property("phase", choice(&PHASES, "When it comes."))
        .property("share", share)
        .property("training_level", choice(&TRAINING_LEVELS, "How far the therapist is trained in it."))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn nothing() -> Object {
    ObjectBuilder::new().schema_type(Type::Null).build()
}

fn or_null(kind: Type) -> SchemaType {
    SchemaType::from_iter([kind, Type::Null])
}
