//! A therapist's published answers, one by one. They are part of the profile: its tag, its revisions, its change feed.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{ETAG, LOCATION},
    put,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Directory, etag,
    write::{may_write, write},
};
use crate::{
    answers::sets::Sets,
    auth::caller::{Caller, DirectoryReader, ProfileWriter},
    directory::{
        answers::{self, NewAnswer, PublishedAnswer},
        model::Therapist,
        profiles::{self, ProfileError},
        store as rows,
        view::View,
    },
    fault::Fault,
    id::Id,
    store::StoreError,
    web::{
        etag::Conditions,
        json::{Body, PrivateJson},
        page::Page,
        path::Path,
        problem::Problem,
        problem_responses::{DeleteProblems, ReadProblems, UpdateProblems},
    },
};

/// Which answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AnswerPath {
    /// The id, as the server gave it.
    id: Id,
    /// Code of the question.
    #[param(example = "approaches_and_selection")]
    question: String,
}

/// What an answer is held against.
#[derive(Debug)]
pub struct AnswerContext {
    /// That of the path.
    question: String,
    directory: Data<Directory>,
}

impl Body for NewAnswer {
    type Context = AnswerContext;

    const MAY_ASK: bool = true;

    fn context(request: &HttpRequest) -> Result<AnswerContext, Problem> {
        let directory = Directory::of(request)?;
        let question = request.match_info().query("question").to_owned();
        Ok(AnswerContext { question, directory: directory.clone() })
    }

    fn faults(&self, context: &AnswerContext) -> Vec<Fault> {
        let sets = context.directory.sets_of([self.answer()]);
        if !asks(&sets, &context.question) {
            // Nothing is at this address.
            return Vec::new();
        }
        self.faults(&context.question, &sets, &context.directory.catalog)
    }
}

/// Whether any set has the question.
fn asks(sets: &Sets, question: &str) -> bool {
    sets.iter().any(|set| set.question(question).is_some())
}

/// The profile as this caller may see it, and the question sets of its answers.
async fn read(
    directory: &Data<Directory>,
    id: Id,
    caller: &Caller,
) -> Result<(Therapist, Arc<Sets>), Problem> {
    let reader = directory.clone();
    let found = block(move || -> Result<_, StoreError> {
        let Some(therapist) = reader.store.read(|conn| rows::by_id(conn, id))? else { return Ok(None) };
        let sets = reader.sets_of(therapist.consultation_answers.iter().flatten());
        Ok(Some((therapist, sets)))
    })
    .await
    .map_err(Problem::internal)??;
    let (therapist, sets) =
        found.filter(|(t, _)| View::of(caller).admits(t)).ok_or_else(Problem::not_found)?;
    Ok((directory.present(therapist, caller), sets))
}

/// List a therapist's answers
///
/// What the therapist answers to the questions that a client should ask, in the order of the questions' codes. All of them
/// are on the one page. The tag is that of the profile.
#[utoipa::path(
    tag = "directory",
    params(Id),
    security((), ("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "The answers.", body = Page<PublishedAnswer>,
            headers(("ETag", description = "The profile's revision."))),
        (status = 304, description = "Nothing changed since the revision of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/therapists/{id}/consultation-answers")]
pub async fn list_consultation_answers(
    caller: DirectoryReader,
    id: Path<Id>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let DirectoryReader(caller) = caller;
    let (mut therapist, sets) = read(&directory, *id, &caller).await?;
    let all = therapist.consultation_answers.take().unwrap_or_default();
    let items: Vec<_> = all.into_iter().map(|answer| PublishedAnswer::new(answer, &sets)).collect();
    let total = items.len() as u64;
    conditions.respond(&etag(&therapist, &caller), &Page { items, next_cursor: None, total })
}

/// Read a therapist's answer
///
/// The answer to one question, with the signals that it shows and what a client can still ask. The tag is that of the
/// profile.
#[utoipa::path(
    tag = "directory",
    params(AnswerPath),
    security((), ("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "The answer.", body = PublishedAnswer,
            headers(("ETag", description = "The profile's revision."))),
        (status = 304, description = "Nothing changed since the revision of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/therapists/{id}/consultation-answers/{question}")]
pub async fn get_consultation_answer(
    caller: DirectoryReader,
    path: Path<AnswerPath>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let (DirectoryReader(caller), Path(AnswerPath { id, question })) = (caller, path);
    let (therapist, sets) = read(&directory, id, &caller).await?;
    let answer = answers::find(&therapist, &question).cloned().ok_or_else(Problem::not_found)?;
    let published = PublishedAnswer::new(answer, &sets);
    conditions.respond(&etag(&therapist, &caller), &published)
}

/// Put a therapist's answer
///
/// Stores the answer to one question, or replaces it as a whole. The fields are those that the question has in its question
/// set; what is wrong with them is told all at once, and repeats nothing of the answer. Signals that the text suggests are
/// added to those that are declared. An answer that changes nothing makes no new revision of the profile.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(
        AnswerPath,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the profile's revision to change.")
    ),
    request_body = NewAnswer,
    responses(
        (status = 200, description = "The answer as stored, in the place of another.", body = PublishedAnswer,
            headers(("ETag", description = "The profile's revision."))),
        (status = 201, description = "The answer as stored, where there was none.", body = PublishedAnswer,
            headers(("Location", description = "Where it is."), ("ETag", description = "The profile's revision."))),
        UpdateProblems
    )
)]
#[put("/v1/therapists/{id}/consultation-answers/{question}")]
pub async fn put_consultation_answer(
    caller: ProfileWriter,
    path: Path<AnswerPath>,
    conditions: Conditions,
    body: PrivateJson<NewAnswer>,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let (ProfileWriter(caller), Path(AnswerPath { id, question }), PrivateJson(body)) = (caller, path, body);
    let (sets, answer) = (directory.questions.sets(), body.to(&question));
    if !asks(&sets, &question) {
        return Err(Problem::not_found());
    }
    let known = sets.clone();
    let (stored, replaced) = write(&directory, move |directory, now| {
        let mut replaced = false;
        let stored = profiles::change(&directory.store, &known, id, now, may_write(&conditions), |stored| {
            let (next, was_there) =
                answers::with(stored, answer).map_err(|fault| ProfileError::Invalid(vec![fault]))?;
            replaced = was_there;
            Ok(next)
        })?;
        Ok(((stored, replaced), id))
    })
    .await?;
    let presented = directory.present(stored, &caller);
    let answer = answers::find(&presented, &question).cloned().ok_or_else(Problem::not_found)?;
    let mut response = if replaced { HttpResponse::Ok() } else { HttpResponse::Created() };
    if !replaced {
        response.insert_header((LOCATION, format!("/v1/therapists/{id}/consultation-answers/{question}")));
    }
    let published = PublishedAnswer::new(answer, &sets);
    Ok(response.insert_header((ETAG, etag(&presented, &caller).header())).json(published))
}

/// Delete a therapist's answer
///
/// The question is unanswered then.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(
        AnswerPath,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the profile's revision to change.")
    ),
    responses((status = 204, description = "Deleted."), DeleteProblems)
)]
#[delete("/v1/therapists/{id}/consultation-answers/{question}")]
pub async fn delete_consultation_answer(
    _caller: ProfileWriter,
    path: Path<AnswerPath>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let Path(AnswerPath { id, question }) = path;
    let sets = directory.questions.sets();
    write(&directory, move |directory, now| {
        profiles::change(&directory.store, &sets, id, now, may_write(&conditions), |stored| {
            let (next, was_there) = answers::without(stored, &question);
            if was_there { Ok(next) } else { Err(ProfileError::NotFound) }
        })?;
        Ok(((), id))
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
