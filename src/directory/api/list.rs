//! The list of profiles, page by page.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::Directory;
use crate::{
    auth::caller::DirectoryReader,
    directory::{
        filters::{Filtered, TherapistFilters},
        model::Therapist,
        store::{self as rows, Filter},
    },
    id::Id,
    store::{Connection, StoreError},
    web::{
        page::{self, Page},
        problem::Problem,
        problem_responses::ListProblems,
        query::Query,
    },
};

const CURSOR: &str = "therapists:id";

/// Which page.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many profiles a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List profiles
///
/// In the order in which they were created; the cursor stays right while others write.
#[utoipa::path(
    tag = "directory",
    params(TherapistFilters, PageQuery),
    security((), ("bearer" = ["directory:read"])),
    responses((status = 200, description = "A page of profiles.", body = Page<Therapist>), ListProblems)
)]
#[get("/v1/therapists")]
pub async fn list_therapists(
    caller: DirectoryReader,
    query: Query<Filtered<PageQuery>>,
    directory: Data<Directory>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (DirectoryReader(caller), Query(Filtered { filters, rest: query })) = (caller, query);
    let limit = page::limit(query.limit);
    let after =
        query.cursor.as_deref().map(|cursor| page::decode_cursor::<Id>(CURSOR, cursor)).transpose()?;
    let today = directory.clock.today();
    let filter = filters.filter(&caller, &directory.catalog, today, directory.stale_after_days)?;
    let store = directory.store.clone();
    let (total, found) = block(move || store.read(|conn| read_page(conn, &filter, after, limit)))
        .await
        .map_err(Problem::internal)??;
    let next = found.get(limit).and_then(|_| found.get(limit - 1)).map(|last| last.id);
    let items = found.into_iter().take(limit).map(|t| directory.present(t, &caller)).collect();
    let next_cursor = next.map(|id| page::encode_cursor(CURSOR, &id)).transpose()?;
    Ok(Page { items, next_cursor, total: total.unsigned_abs() }.respond(&request))
}

/// The profiles of a page and one more, if there is one, in order; and how many there are on all pages.
fn read_page(
    conn: &mut Connection,
    filter: &Filter,
    after: Option<Id>,
    limit: usize,
) -> Result<(i64, Vec<Therapist>), StoreError> {
    let total = rows::count(conn, filter)?;
    let ids = rows::page(conn, filter, after, i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    let mut found = rows::by_ids(conn, &ids)?;
    found.sort_by_key(|therapist| therapist.id);
    Ok((total, found))
}
