//! The answers of a profile one by one: what is sent of them and what is received.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use validator::{Validate, ValidationErrors};

use super::model::Therapist;
use crate::{
    answers::{
        check,
        coverage::Coverage,
        model::Answer,
        schema,
        sets::{Question, Sets},
    },
    catalog::model::Catalog,
    fault::Fault,
};

/// The most answers of a profile.
pub const MAX_ANSWERS: usize = 20;

/// A therapist's answer, and how much of what the question asks for it shows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PublishedAnswer {
    #[serde(flatten)]
    pub answer: Answer,
    #[serde(flatten)]
    pub coverage: Option<Coverage>,
}

impl PublishedAnswer {
    /// The answer beside its question; where the question set is not known here, nothing is said of its coverage.
    #[must_use]
    pub fn new(answer: Answer, sets: &Sets) -> Self {
        let set = sets.of(answer.question_set.as_ref());
        let question = set.and_then(|set| set.question(&answer.question));
        let of = |question: &Question| Coverage::of(question, &answer.text, &answer.signals);
        Self { coverage: question.map(of), answer }
    }
}

/// An answer as it is put: the path names the question.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct NewAnswer(Answer);

impl NewAnswer {
    /// The answer to the question of the path. When it was given, the server says.
    #[must_use]
    pub fn to(self, question: &str) -> Answer {
        Answer { question: question.to_owned(), answered_at: None, ..self.0 }
    }

    /// As it was sent: with whatever question it says.
    #[must_use]
    pub const fn answer(&self) -> &Answer {
        &self.0
    }

    /// What is wrong with it as an answer to this question, which some question set has.
    #[must_use]
    pub fn faults(&self, question: &str, sets: &Sets, catalog: &Catalog) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.0.question.is_empty() && self.0.question != question {
            faults.push(Fault::new(
                "/question",
                "inconsistent",
                "This must be the question of the path, or absent.",
            ));
        }
        match sets.of(self.0.question_set.as_ref()) {
            Some(set) if set.question(question).is_none() => faults.push(Fault::new(
                "/question_set",
                "inconsistent",
                "This question set does not have the question of the path.",
            )),
            _ => faults.extend(check::faults(&self.clone().to(question), "", sets, catalog)),
        }
        faults
    }
}

impl Validate for NewAnswer {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.0.validate()
    }
}

#[expect(deprecated, reason = "as all other schemas, whose derive writes `example`")]
impl PartialSchema for NewAnswer {
    fn schema() -> RefOr<Schema> {
        let question = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("May be left out; otherwise it must be that of the path."));
        let answered_at = ObjectBuilder::from(schema::moment("When the answer was given.")).read_only(true);
        let coverage = ObjectBuilder::new().schema_type(Type::Number).read_only(true);
        let missing = ObjectBuilder::new().schema_type(Type::Array).read_only(true);
        let read = ObjectBuilder::new().schema_type(Type::Boolean).read_only(true);
        let mut example = schema::example();
        if let Some(members) = example.as_object_mut() {
            members.remove("question");
        }
        schema::members()
            .property("question", question)
            .property("answered_at", answered_at)
            .property("coverage", coverage)
            .property("missing", missing)
            .property("read", read)
            .description(Some(
                "An answer to the question of the path. What the server adds is accepted and ignored, so that what was read \
                 can be sent back.",
            ))
            .example(Some(example))
            .into()
    }
}

impl ToSchema for NewAnswer {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("NewAnswer")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schema::part_schemas(schemas);
    }
}

/// The profile's answer to this question.
#[must_use]
pub fn find<'t>(therapist: &'t Therapist, question: &str) -> Option<&'t Answer> {
    therapist.consultation_answers.iter().flatten().find(|answer| answer.question == question)
}

/// The profile with this answer in the place of the one to the same question; whether there was one.
///
/// # Errors
/// The fault of a profile that would have too many answers.
pub fn with(stored: &Therapist, answer: Answer) -> Result<(Therapist, bool), Fault> {
    let (mut next, was_there) = without(stored, &answer.question);
    let answers = next.consultation_answers.get_or_insert_default();
    if answers.len() >= MAX_ANSWERS {
        let detail = format!("A profile has at most {MAX_ANSWERS} answers; delete one first.");
        return Err(Fault::new("", "too_many", detail));
    }
    answers.push(answer);
    Ok((next, was_there))
}

/// The profile without the answer to this question; whether there was one.
#[must_use]
pub fn without(stored: &Therapist, question: &str) -> (Therapist, bool) {
    let mut next = stored.clone();
    let answers = next.consultation_answers.get_or_insert_default();
    let before = answers.len();
    answers.retain(|answer| answer.question != question);
    let was_there = answers.len() < before;
    (next, was_there)
}
