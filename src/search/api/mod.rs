//! Search over HTTP. What is searched for is not logged.

mod parameters;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, http::header::LINK, post, web::Data};
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use self::parameters::SearchQuery;
use super::{
    answer::{self, SearchAnswer, Telling},
    find::{Found, find},
    query::{Circle, Key, Query, digest},
    request::SearchRequest,
    resolve::Context,
};
use crate::{
    auth::{
        caller::{Caller, DirectoryReader},
        scope::Scope,
    },
    catalog::model::Catalog,
    clock::Clock,
    directory::view::View,
    fault::Fault,
    live::{Live, Snapshot},
    postal_codes::{
        model::{Position, Resolved},
        store as postal_codes,
    },
    store::Store,
    vocabulary::Status,
    web::{
        code::Code,
        compute::Compute,
        json::{Body, Json},
        page::{decode_cursor, encode_cursor, limit, next_link},
        problem::Problem,
        problem_responses::{ComputeProblems, ListProblems},
        query, storage,
    },
};

/// Searches in directories up to this size take less than a millisecond: less than it is worth to leave the worker for.
const LIGHT: usize = 100_000;

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_therapists).service(search_therapists);
}

/// What the handlers of searches work with.
#[derive(Clone, Debug)]
pub struct Search {
    pub live: Live,
    pub store: Store,
    pub catalog: Arc<Catalog>,
    pub clock: Clock,
    pub stale_after_days: u16,
    pub compute: Compute,
}

impl Search {
    fn context(&self) -> Context<'_> {
        let (catalog, stale_after_days) = (&*self.catalog, self.stale_after_days);
        Context { catalog, today: self.clock.today(), stale_after_days }
    }
}

/// What the rules of a search look at beside the search.
#[derive(Debug)]
pub struct SearchContext {
    catalog: Arc<Catalog>,
    today: NaiveDate,
}

impl Body for SearchRequest {
    type Context = SearchContext;

    fn context(request: &HttpRequest) -> Result<SearchContext, Problem> {
        let search = request
            .app_data::<Data<Search>>()
            .ok_or_else(|| Problem::internal("the application was assembled without a search"))?;
        Ok(SearchContext { catalog: search.catalog.clone(), today: search.clock.today() })
    }

    fn faults(&self, context: &SearchContext) -> Vec<Fault> {
        let context = Context { catalog: &context.catalog, today: context.today, stale_after_days: 0 };
        Query::resolve(self, &context, false).err().unwrap_or_default()
    }
}

/// Search profiles
///
/// Filters by every field that clients look for, by words and by distance; without a `sort` and `q` in the order in which
/// profiles were created. Repeat a parameter to ask for any of its values. The cursor stays right while others write.
///
/// Callers with `profiles:write` see profiles of every status; others see published ones, and a person whom several
/// sources list under one NPI once, as most recently confirmed.
#[utoipa::path(
    tag = "directory",
    params(SearchQuery),
    security((), ("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "A page of profiles.", body = SearchAnswer,
            headers(("Link" = String, description = "The next page, where there is one (RFC 8288)."))),
        ListProblems
    )
)]
#[get("/v1/therapists")]
pub async fn list_therapists(
    caller: DirectoryReader,
    query: query::Query<SearchQuery>,
    search: Data<Search>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = query.0.resolve(&search.context()).map_err(Problem::invalid_query)?;
    let (answer, next_cursor) = respond(&caller.0, asked, search, Problem::invalid_query).await?;
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = next_cursor {
        response.insert_header((LINK, next_link(&request, &cursor)));
    }
    Ok(response.content_type("application/json").body(answer))
}

/// Search profiles by a body
///
/// The same search as a body, for what should not stand in an address.
#[utoipa::path(
    tag = "directory",
    security((), ("bearer" = ["directory:read"])),
    request_body = SearchRequest,
    responses((status = 200, description = "A page of profiles.", body = SearchAnswer), ComputeProblems)
)]
#[post("/v1/therapists/search")]
pub async fn search_therapists(
    caller: DirectoryReader,
    body: Json<SearchRequest>,
    search: Data<Search>,
) -> Result<HttpResponse, Problem> {
    let query = Query::resolve(&body.0, &search.context(), false).map_err(Problem::invalid)?;
    let (answer, _) = respond(&caller.0, (body.0, query), search, Problem::invalid).await?;
    Ok(HttpResponse::Ok().content_type("application/json").body(answer))
}

/// A search, as it was asked and as the index answers it.
type Asked = (SearchRequest, Query);

/// The answer, and the cursor of the next page. `refuse` makes a problem of a fault of the request.
async fn respond(
    caller: &Caller,
    (request, mut query): Asked,
    search: Data<Search>,
    refuse: fn(Vec<Fault>) -> Problem,
) -> Result<(Vec<u8>, Option<String>), Problem> {
    query.all = View::of(caller) == View::Full;
    if !query.all && request.status.iter().any(|status| *status != Status::Published) {
        return Err(caller.lacks(Scope::ProfilesWrite));
    }
    // A cursor goes on with the search that it is of, and with no other.
    let list = format!("therapists:{:x}", digest(&request, query.all));
    if let Some(cursor) = &request.cursor {
        let detail = "This is no cursor of this search.";
        let fault = || Fault::new("/cursor", Code::InvalidCursor.as_str(), detail);
        query.after = Some(decode_cursor::<Key>(&list, cursor).map_err(|_| refuse(vec![fault()]))?);
    }
    query.limit = limit(request.limit);
    if let (Some(code), [country]) = (&request.postal_code, &request.country[..]) {
        let (code, country) = (code.clone(), country.clone());
        let found =
            storage::read(&search.store, move |conn| postal_codes::resolve(conn, &country, &code)).await?;
        let Position { latitude, longitude } = match found {
            Resolved::Found(position) => position,
            Resolved::UnknownCode => {
                let detail = "The table of the country's postal codes does not have this one.";
                return Err(refuse(vec![Fault::new(
                    "/postal_code",
                    Code::UnknownPostalCode.as_str(),
                    detail,
                )]));
            }
            Resolved::NoTable => {
                let detail = "There is no table of this country's postal codes: send coordinates as `near`.";
                return Err(Problem::new(Code::PostalCodesNotLoaded, detail));
            }
        };
        query.near = Some(Circle::around(latitude, longitude, request.radius_km));
    }
    let snapshot = search.live.snapshot();
    if snapshot.search.len() <= LIGHT {
        return run(&snapshot, &query, &list, &search);
    }
    let compute = search.compute.clone();
    compute.run(move || run(&snapshot, &query, &list, &search)).await
}

fn run(
    snapshot: &Snapshot,
    query: &Query,
    list: &str,
    search: &Search,
) -> Result<(Vec<u8>, Option<String>), Problem> {
    let found: Found = find(&snapshot.search, query);
    let next_cursor = found.next.as_ref().map(|key| encode_cursor(list, key)).transpose()?;
    let telling = Telling {
        all_contacts: query.all,
        distances: query.near.is_some(),
        today: search.clock.today(),
        stale_after_days: search.stale_after_days,
        directory_revision: snapshot.revision,
    };
    let answer = answer::write(&snapshot.search, &found, next_cursor.as_deref(), &telling)
        .ok_or_else(|| Problem::internal("a profile in the search index cannot be read"))?;
    Ok((answer, next_cursor))
}
