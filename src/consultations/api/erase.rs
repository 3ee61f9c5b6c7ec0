//! Erasing consultations.

use actix_web::{
    HttpResponse, delete,
    web::{Data, block},
};

use super::{etag, unstored};
use crate::{
    auth::caller::ConsultationWriter,
    consultations::Consultations,
    id::Id,
    web::{
        etag::Conditions,
        path::Path,
        problem::Problem,
        problem_responses::{DeleteProblems, ListProblems},
    },
};

/// Erase a consultation
///
/// With all that it holds. The database's files show nothing of it soon after.
#[utoipa::path(
    tag = "consultations",
    security(("bearer" = ["consultations:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to erase.")),
    responses((status = 204, description = "Erased."), DeleteProblems)
)]
#[delete("/v1/consultations/{id}")]
pub async fn delete_consultation(
    caller: ConsultationWriter,
    id: Path<Id>,
    conditions: Conditions,
    consultations: Data<Consultations>,
) -> Result<HttpResponse, Problem> {
    let ConsultationWriter(caller) = caller;
    let erased = block(move || {
        let may_erase = |stored: &_| conditions.allow_write(Some(&etag(stored))).is_ok();
        consultations.erase(caller.name(), *id, may_erase)
    });
    erased.await.map_err(Problem::internal)??;
    Ok(unstored(HttpResponse::NoContent().finish()))
}

/// Erase a client
///
/// Everything that the calling app stored under the reference. Also where there is nothing, and where the text is none that
/// a reference could be: whoever erases wants it gone, and need not know whether it was there.
#[utoipa::path(
    tag = "consultations",
    security(("bearer" = ["consultations:write"])),
    params(("client_ref" = String, Path, description = "The app's reference to its client.", example = "c_9f3a")),
    responses((status = 204, description = "Nothing is left under the reference."), ListProblems)
)]
#[delete("/v1/client-refs/{client_ref}")]
pub async fn erase_client_ref(
    caller: ConsultationWriter,
    client_ref: Path<String>,
    consultations: Data<Consultations>,
) -> Result<HttpResponse, Problem> {
    let (ConsultationWriter(caller), Path(client_ref)) = (caller, client_ref);
    // No database stores it, and PostgreSQL takes it for a fault.
    if !client_ref.contains('\0') {
        let erased = block(move || consultations.erase_client(caller.name(), &client_ref));
        erased.await.map_err(Problem::internal)??;
    }
    Ok(unstored(HttpResponse::NoContent().finish()))
}
