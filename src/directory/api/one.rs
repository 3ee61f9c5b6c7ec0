//! One profile.

use actix_web::{HttpResponse, get, web::Data};

use super::{Directory, etag};
use crate::{
    auth::caller::DirectoryReader,
    directory::{model::Therapist, store as rows, view::View},
    id::Id,
    web::{etag::Conditions, path::Path, problem::Problem, problem_responses::ReadProblems, storage},
};

/// Read a profile
///
/// Callers without `profiles:write` see published profiles only, and contacts only where `contact_public` allows it.
/// Send the `ETag` as `If-None-Match` to be told whether anything changed.
#[utoipa::path(
    tag = "directory",
    params(Id),
    security((), ("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "The profile.", body = Therapist, headers(("ETag", description = "The revision."))),
        (status = 304, description = "Nothing changed since the revision of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/therapists/{id}")]
pub async fn get_therapist(
    caller: DirectoryReader,
    id: Path<Id>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let DirectoryReader(caller) = caller;
    let found = storage::read(&directory.store, move |conn| rows::by_id(conn, *id)).await?;
    let therapist = found.filter(|t| View::of(&caller).admits(t)).ok_or_else(Problem::not_found)?;
    let presented = directory.present(therapist, &caller);
    conditions.respond(&etag(&presented, &caller), &presented)
}
