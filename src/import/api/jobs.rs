//! The jobs: listed, read, cancelled.

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::{Validate, ValidationError};

use super::Imports;
use crate::{
    auth::caller::Importer,
    id::Id,
    import::{
        model::{Import, ImportError},
        store as rows,
    },
    store::StoreError,
    vocabulary::ImportStatus,
    web::{
        etag::{Conditions, ETag},
        page::{self, Asked, Page},
        path::Path,
        problem::Problem,
        problem_responses::{DeleteProblems, ListProblems, ReadProblems},
        query::Query,
        storage,
    },
};

const CURSOR: &str = "imports:id";

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportsQuery {
    /// How many imports a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[validate(custom(function = "cursor_rule"))]
    cursor: Option<String>,
}

fn cursor_rule(cursor: &str) -> Result<(), ValidationError> {
    page::cursor_rule::<Id>(CURSOR, cursor)
}

/// List imports
///
/// The newest first.
#[utoipa::path(
    tag = "imports",
    params(ImportsQuery),
    security(("bearer" = ["imports:write"])),
    responses((status = 200, description = "A page of imports.", body = Page<Import>), ListProblems)
)]
#[get("/v1/imports")]
pub async fn list_imports(
    _caller: Importer,
    query: Query<ImportsQuery>,
    imports: Data<Imports>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::<Id>::of(CURSOR, query.0.limit, query.0.cursor.as_deref())?;
    let (total, found) = storage::read(&imports.store, move |conn| -> Result<_, StoreError> {
        Ok((rows::count(conn)?, rows::page(conn, asked.after, asked.to_read())?))
    })
    .await?;
    Ok(asked.page(total, found, |import| import.id)?.respond(&request))
}

/// Read an import
///
/// Ask again until `finished_at` is set: the status is then `succeeded`, `failed` or `cancelled`. `succeeded` may have
/// rejected rows.
#[utoipa::path(
    tag = "imports",
    params(Id),
    security(("bearer" = ["imports:write"])),
    responses(
        (status = 200, description = "The import.", body = Import, headers(("ETag", description = "Its state."))),
        (status = 304, description = "Nothing changed since the state of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/imports/{id}")]
pub async fn get_import(
    _caller: Importer,
    id: Path<Id>,
    conditions: Conditions,
    imports: Data<Imports>,
) -> Result<HttpResponse, Problem> {
    let found = storage::read(&imports.store, move |conn| rows::by_id(conn, *id)).await?;
    let (import, _) = found.ok_or_else(Problem::not_found)?;
    let bytes = serde_json::to_vec(&import).map_err(Problem::internal)?;
    conditions.respond(&ETag::content(&bytes), &import)
}

/// Cancel an import
///
/// When this is answered no further row will be written; rows that were written stay. Cancelling again changes nothing.
#[utoipa::path(
    tag = "imports",
    params(Id),
    security(("bearer" = ["imports:write"])),
    responses((status = 200, description = "The cancelled import.", body = Import), DeleteProblems)
)]
#[delete("/v1/imports/{id}")]
pub async fn cancel_import(
    _caller: Importer,
    id: Path<Id>,
    imports: Data<Imports>,
) -> Result<HttpResponse, Problem> {
    let (store, now) = (imports.store.clone(), imports.clock.now());
    let cancelled = block(move || {
        store.write(|conn| {
            rows::cancel(conn, *id, now)?;
            let (import, _) = rows::by_id(conn, *id)?.ok_or(ImportError::NotFound)?;
            match import.status {
                ImportStatus::Cancelled => Ok(import),
                _ => Err(ImportError::Ended),
            }
        })
    });
    let import = cancelled.await.map_err(Problem::internal)??;
    imports.followers.nudge();
    // What only the work on it needed is swept away.
    imports.nudge.send();
    Ok(HttpResponse::Ok().json(import))
}
