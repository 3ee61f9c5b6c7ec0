//! Writing profiles. What is acknowledged is committed, and seen by the matches of this node.

use actix_web::{
    HttpRequest, HttpResponse, delete,
    http::header::{ETAG, LOCATION},
    patch, post, put,
    web::{Data, block},
};
use chrono::{DateTime, Utc};

use super::{Directory, etag};
use crate::{
    auth::caller::{Caller, ProfileWriter},
    directory::{
        check,
        confirmations::NewConfirmation,
        model::Therapist,
        patch::{self as merge, Patch},
        profiles::{self, ProfileError},
    },
    id::Id,
    web::{
        decode::{Privacy, decode_value},
        etag::{Conditions, ETag},
        idempotency::IdempotencyHeader,
        json::Json,
        path::Path,
        problem::Problem,
        problem_responses::{CreateProblems, DeleteProblems, UpdateProblems},
        storage::key_use,
    },
};

/// Writes one profile off the worker, then brings the live index up to it.
pub(super) async fn write<T: Send + 'static>(
    directory: &Data<Directory>,
    f: impl FnOnce(&Directory, DateTime<Utc>) -> Result<(T, Id), ProfileError> + Send + 'static,
) -> Result<T, Problem> {
    write_all(directory, |directory, now| f(directory, now).map(|(value, id)| (value, vec![id]))).await
}

/// The same for several profiles.
pub(super) async fn write_all<T: Send + 'static>(
    directory: &Data<Directory>,
    f: impl FnOnce(&Directory, DateTime<Utc>) -> Result<(T, Vec<Id>), ProfileError> + Send + 'static,
) -> Result<T, Problem> {
    let directory = directory.clone();
    block(move || {
        let (value, ids) = f(&directory, directory.clock.now())?;
        if let Err(error) = directory.live.refresh(&ids) {
            // The write is committed, and saying otherwise would have it sent again; the follower makes up for the index.
            tracing::error!(%error, "profiles that were written are not in the live index yet");
        }
        Ok(value)
    })
    .await
    .map_err(Problem::internal)?
}

fn answer(directory: &Directory, therapist: Therapist, caller: &Caller, created: bool) -> HttpResponse {
    let presented = directory.present(therapist, caller);
    let mut response = if created { HttpResponse::Created() } else { HttpResponse::Ok() };
    if created {
        response.insert_header((LOCATION, format!("/v1/therapists/{}", presented.id)));
    }
    response.insert_header((ETAG, etag(&presented, caller).header())).json(presented)
}

/// Create a profile
///
/// With an `Idempotency-Key` the same request can be sent again within 24 hours without making a second profile.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters.", min_length = 1, max_length = 255)),
    request_body = Therapist,
    responses(
        (status = 201, description = "The profile as stored.", body = Therapist,
            headers(("Location", description = "Where it is."), ("ETag", description = "The revision."))),
        CreateProblems
    )
)]
#[post("/v1/therapists")]
pub async fn create_therapist(
    caller: ProfileWriter,
    key: IdempotencyHeader,
    body: Json<Therapist>,
    directory: Data<Directory>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (ProfileWriter(caller), Json(input)) = (caller, body);
    let key = key_use(key, &directory.idempotency_secret, caller.name(), &request);
    let created = write(&directory, move |directory, now| {
        let created =
            profiles::create(&directory.store, &directory.questions.sets(), &input, key.as_ref(), now)?;
        let id = created.therapist.id;
        Ok((created, id))
    })
    .await?;
    Ok(answer(&directory, created.therapist, &caller, true))
}

/// Replace a profile
///
/// What is absent becomes unknown; the server's own fields and the confirmations are kept. With `If-Match` only where
/// nobody else wrote in between. A replacement that changes nothing makes no new revision.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to replace.")),
    request_body = Therapist,
    responses(
        (status = 200, description = "The profile as stored.", body = Therapist, headers(("ETag", description = "The revision."))),
        UpdateProblems
    )
)]
#[put("/v1/therapists/{id}")]
pub async fn replace_therapist(
    caller: ProfileWriter,
    id: Path<Id>,
    conditions: Conditions,
    body: Json<Therapist>,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let (ProfileWriter(caller), Json(input), id) = (caller, body, *id);
    let stored = write(&directory, move |directory, now| {
        let (store, sets) = (&directory.store, directory.questions.sets());
        let stored = profiles::change(store, &sets, id, now, may_write(&conditions), |_| Ok(input))?;
        Ok((stored, id))
    })
    .await?;
    Ok(answer(&directory, stored, &caller, false))
}

/// Change a profile
///
/// JSON Merge Patch (RFC 7396): members replace, `null` removes, lists are replaced as a whole.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to change.")),
    request_body(content(
        (Patch = "application/merge-patch+json", example = json!({"headline": "Taking new clients", "pronouns": null})),
        (Patch = "application/json", example = json!({"headline": "Taking new clients", "pronouns": null}))
    )),
    responses(
        (status = 200, description = "The profile as stored.", body = Therapist, headers(("ETag", description = "The revision."))),
        UpdateProblems
    )
)]
#[patch("/v1/therapists/{id}")]
pub async fn patch_therapist(
    caller: ProfileWriter,
    id: Path<Id>,
    conditions: Conditions,
    body: Json<Patch>,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let (ProfileWriter(caller), Json(patch), id) = (caller, body, *id);
    let stored = write(&directory, move |directory, now| {
        let store = &directory.store;
        if patch.names_answers() {
            directory.questions.reload(store)?;
        }
        let sets = directory.questions.sets();
        let faults = |t: &Therapist| check::faults(t, &directory.catalog, &sets, now.date_naive());
        let stored = profiles::change(store, &sets, id, now, may_write(&conditions), |stored| {
            let patched = merge::apply(stored, patch);
            decode_value(patched, Privacy::Open, faults).map_err(ProfileError::Invalid)
        })?;
        Ok((stored, id))
    })
    .await?;
    Ok(answer(&directory, stored, &caller, false))
}

/// Delete a profile
///
/// The change feed tells mirrors. For a removal that imports must respect, ask for a removal on request instead.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to delete.")),
    responses((status = 204, description = "Deleted."), DeleteProblems)
)]
#[delete("/v1/therapists/{id}")]
pub async fn delete_therapist(
    _caller: ProfileWriter,
    id: Path<Id>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    write(&directory, move |directory, now| {
        profiles::delete(&directory.store, id, now, may_write(&conditions)).map(|()| ((), id))
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Confirm field groups
///
/// Somebody confirmed today that these field groups are right. `confirmed_at` of the profile is the oldest confirmation
/// of the groups that it fills.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision that was confirmed.")),
    request_body = NewConfirmation,
    responses(
        (status = 200, description = "The profile with its confirmations.", body = Therapist, headers(("ETag", description = "The revision."))),
        UpdateProblems
    )
)]
#[post("/v1/therapists/{id}/confirmations")]
pub async fn confirm_therapist(
    caller: ProfileWriter,
    id: Path<Id>,
    conditions: Conditions,
    body: Json<NewConfirmation>,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let (ProfileWriter(caller), Json(confirmation), id) = (caller, body, *id);
    let stored = write(&directory, move |directory, now| {
        let stored = profiles::confirm(&directory.store, id, &confirmation, now, may_write(&conditions))?;
        Ok((stored, id))
    })
    .await?;
    Ok(answer(&directory, stored, &caller, false))
}

/// Whether the request's conditions let it write over the stored profile.
pub(super) fn may_write(conditions: &Conditions) -> impl Fn(&Therapist) -> bool {
    |stored| conditions.allow_write(Some(&ETag::revision(stored.revision))).is_ok()
}
