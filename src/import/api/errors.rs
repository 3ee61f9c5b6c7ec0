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
use validator::Validate;

use super::Imports;
use crate::{
    auth::caller::Importer,
    id::Id,
    import::{
        model::{ImportError, RowFault},
        store as rows,
    },
    store::{Connection, Store, StoreError},
    web::{
        page::{self, Page},
        path::Path,
        problem::Problem,
        problem_responses::ReadProblems,
        query::Query,
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
    cursor: Option<String>,
}

/// List the faults of an import
///
/// Everything that is wrong with the rejected rows, in the order of the file; at most 100 faults of a row. Also while
/// the import is running. With `Accept: application/x-ndjson` all of it, one fault a line, without pages.
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
    let (id, limit) = (*id, page::limit(query.0.limit));
    let cursor = query.0.cursor.as_deref();
    let after = cursor.map(|cursor| page::decode_cursor(CURSOR, cursor)).transpose()?.unwrap_or(START);
    let store = imports.store.clone();
    let (total, mut found) = block(move || store.read(|conn| read_page(conn, id, after, limit)))
        .await
        .map_err(Problem::internal)??;
    if wants_ndjson(&request) {
        return Ok(download(id, imports.store.clone()));
    }
    let next = found.get(limit).and_then(|_| found.get(limit - 1)).map(|(at, last)| (last.row_number, *at));
    found.truncate(limit);
    let next_cursor = next.map(|key| page::encode_cursor(CURSOR, &key)).transpose()?;
    let items = found.into_iter().map(|(_, fault)| fault).collect();
    Ok(Page { items, next_cursor, total: total.unsigned_abs() }.respond(&request))
}

/// The faults of a page and one more, if there is one, with their positions; and how many there are on all pages.
fn read_page(
    conn: &mut Connection,
    id: Id,
    after: (i64, i32),
    limit: usize,
) -> Result<(i64, Vec<(i32, RowFault)>), ImportError> {
    rows::by_id(conn, id)?.ok_or(ImportError::NotFound)?;
    let found = rows::fault_page(conn, id, after, i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    Ok((rows::count_faults(conn, id)?, found))
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
