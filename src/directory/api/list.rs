//! The list of profiles, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::Directory;
use crate::{
    auth::caller::DirectoryReader,
    directory::{
        filters::{Filtered, TherapistFilters},
        model::Therapist,
        store as rows,
    },
    id::Id,
    store::StoreError,
    web::{
        page::{Asked, Page},
        problem::Problem,
        problem_responses::ListProblems,
        query::Query,
        storage,
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
    let asked = Asked::<Id>::of(CURSOR, query.limit, query.cursor.as_deref())?;
    let today = directory.clock.today();
    let filter = filters.filter(&caller, &directory.catalog, today, directory.stale_after_days)?;
    let (total, found) = storage::read(&directory.store, move |conn| -> Result<_, StoreError> {
        let ids = rows::page(conn, &filter, asked.after, asked.to_read())?;
        let mut found = rows::by_ids(conn, &ids)?;
        found.sort_by_key(|therapist| therapist.id);
        Ok((rows::count(conn, &filter)?, found))
    })
    .await?;
    let page = asked.page(total, found, |therapist| therapist.id)?;
    Ok(page.map(|therapist| directory.present(therapist, &caller)).respond(&request))
}
