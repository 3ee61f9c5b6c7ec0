//! One consultation.

use actix_web::{
    HttpResponse, get,
    web::{Data, block},
};

use super::{etag, unstored};
use crate::{
    auth::caller::ConsultationWriter,
    consultations::{Consultations, model::Consultation},
    id::Id,
    web::{etag::Conditions, path::Path, problem::Problem, problem_responses::ReadProblems},
};

/// Read a consultation
///
/// One that the caller stored; for everybody else, administrators among them, it is not there. The signals that a text
/// suggests are found when it is read. Send the `ETag` as `If-None-Match` to be told whether anything changed.
#[utoipa::path(
    tag = "consultations",
    params(Id),
    security(("bearer" = ["consultations:write"])),
    responses(
        (status = 200, description = "The consultation.", body = Consultation, headers(("ETag", description = "The revision."))),
        (status = 304, description = "Nothing changed since the revision of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/consultations/{id}")]
pub async fn get_consultation(
    caller: ConsultationWriter,
    id: Path<Id>,
    conditions: Conditions,
    consultations: Data<Consultations>,
) -> Result<HttpResponse, Problem> {
    let ConsultationWriter(caller) = caller;
    let found = block(move || {
        let found = consultations.read(caller.name(), *id)?;
        Ok::<_, Problem>(consultations.presented(found)?)
    });
    let consultation = found.await.map_err(Problem::internal)??;
    conditions.respond(&etag(&consultation), &consultation).map(unstored)
}
