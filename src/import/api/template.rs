//! The file to begin with.

use actix_web::{
    HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};

use crate::{
    auth::caller::Importer,
    exchange::template::template,
    web::{
        etag::{Conditions, ETag},
        problem::Problem,
        problem_responses::ReadProblems,
    },
};

/// Download the template of a CSV file
///
/// A header of all columns, with those of two licences, two locations and two fees (more are numbered on), and one
/// record as an example: a draft that imports as it is. Which columns there are and how cells are written is described
/// in `docs/import-csv.md`.
#[utoipa::path(
    tag = "imports",
    security(("bearer" = ["imports:write"])),
    responses(
        (
            status = 200, description = "The template.", body = String, content_type = "text/csv",
            headers(("ETag", description = "Its state."), ("Content-Disposition", description = "A name for the file."))
        ),
        (status = 304, description = "Nothing changed since the state of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/imports/template.csv")]
pub async fn get_import_template(_caller: Importer, conditions: Conditions) -> Result<HttpResponse, Problem> {
    let file = template();
    conditions.respond_with(&ETag::content(&file), |mut response| {
        response
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"therapists.csv\""))
            .body(file.clone())
    })
}
