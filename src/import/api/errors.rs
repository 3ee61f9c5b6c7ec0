//! What was wrong with the rows of an import: page by page, or all of it as a download.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{Accept, CONTENT_DISPOSITION, Header as _},
    web::{Bytes, Data, block},
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::{Validate, ValidationError};

use super::Imports;
use crate::{
    auth::caller::Importer,
    id::Id,
    import::{
        model::{ImportError, RowFault},
        store as rows,
    },
    store::{Store, StoreError},
    web::{
        page::{self, Asked, Page},
        path::Path,
        problem::Problem,
        problem_responses::ReadProblems,
        query::Query,
        storage,
    },
};

const CURSOR: &str = "import-errors:row";
const NDJSON: &str = "application/x-ndjson";
/// Before the first fault.
const START: (i64, i32) = (0, -1);
/// Faults that a download reads at once.
const READ_AT_ONCE: i64 = 1000;

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ErrorsQuery {
    /// How many faults a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[validate(custom(function = "cursor_rule"))]
    cursor: Option<String>,
}

fn cursor_rule(cursor: &str) -> Result<(), ValidationError> {
    page::cursor_rule::<(i64, i32)>(CURSOR, cursor)
}

/// List the faults of an import
///
/// Everything that is wrong with the rejected rows, in the order of the file; at most 100 faults of a row. Also while
/// the import is running. With `Accept: application/x-ndjson` all of it, one fault a line; `limit` and `cursor`
/// are refused then.
#[utoipa::path(
    tag = "imports",
    params(Id, ErrorsQuery),
    security(("bearer" = ["imports:write"])),
    responses(
        (status = 200, description = "A page of faults, or all of them.", content(
            (Page<RowFault> = "application/json"),
            (RowFault = "application/x-ndjson")
        )),
        ReadProblems
    )
)]
#[get("/v1/imports/{id}/errors")]
pub async fn list_import_errors(
    _caller: Importer,
    id: Path<Id>,
    query: Query<ErrorsQuery>,
    imports: Data<Imports>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let is_lines = wants_ndjson(&request);
    if is_lines {
        page::refuse_in_lines(query.0.limit, query.0.cursor.as_deref())?;
    }
    let asked = Asked::<(i64, i32)>::of(CURSOR, query.0.limit, query.0.cursor.as_deref())?;
    let (total, found) = storage::read(&imports.store, move |conn| {
        rows::by_id(conn, id)?.ok_or(ImportError::NotFound)?;
        let found = rows::fault_page(conn, id, asked.after.unwrap_or(START), asked.to_read())?;
        Ok::<_, ImportError>((rows::count_faults(conn, id)?, found))
    })
    .await?;
    if is_lines {
        return Ok(download(id, imports.store.clone()));
    }
    let page = asked.page(total, found, |(at, fault)| (fault.row_number, *at))?;
    Ok(page.map(|(_, fault)| fault).respond(&request))
}

/// Whether the caller would rather have lines than a page.
fn wants_ndjson(request: &HttpRequest) -> bool {
    let ranked = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let mut ranges = ranked.iter().map(|range| range.essence_str());
    let decisive = [NDJSON, "application/json", "application/*", "*/*"];
    ranges.find(|range| decisive.contains(range)) == Some(NDJSON)
}

fn download(id: Id, store: Store) -> HttpResponse {
    let name = format!("attachment; filename=\"import-{id}-errors.ndjson\"");
    HttpResponse::Ok()
        .content_type(NDJSON)
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(lines(id, store))
}

/// All faults, read a piece at a time as the connection takes them.
fn lines(id: Id, store: Store) -> impl Stream<Item = Result<Bytes, Problem>> {
    let store = Arc::new(store);
    stream::try_unfold(START, move |after| {
        let store = store.clone();
        async move {
            let found = block(move || -> Result<_, StoreError> {
                store.read(|conn| rows::fault_page(conn, id, after, READ_AT_ONCE))
            })
            .await
            .map_err(Problem::internal)??;
            let Some((at, last)) = found.last() else { return Ok(None) };
            let next = (last.row_number, *at);
            let mut text = Vec::new();
            for (_, fault) in &found {
                serde_json::to_writer(&mut text, fault).map_err(Problem::internal)?;
                text.push(b'\n');
            }
            Ok(Some((Bytes::from(text), next)))
        }
    })
}
