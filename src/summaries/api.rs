//! Summaries of consultations, and the apps whose consultations count in them, over HTTP.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, put,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{App, ConsultationSummary, Contributor},
    store as rows,
};
use crate::{
    auth::caller::{Admin, DirectoryReader},
    clock::Clock,
    directory::{store::by_id, view::View},
    id::Id,
    questions::Questions,
    store::{Store, StoreError},
    web::{
        etag::{Conditions, ETag},
        page::{self, Page},
        path::Path,
        problem::Problem,
        problem_responses::{ListProblems, ReadProblems},
        query::Query,
    },
};

const CURSOR: &str = "contributors:app";

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(get_consultation_summary)
        .service(list_contributors)
        .service(mark_contributor)
        .service(unmark_contributor);
}

/// Read what clients heard
///
/// What clients of contributing apps heard when they asked the therapist, as counts over batches of five client references
/// that come and go whole: a new consultation does not show by itself, and one that is erased takes four others along. Send
/// the `ETag` as `If-None-Match` to be told whether it was replaced.
#[utoipa::path(
    tag = "consultation",
    params(Id),
    security((), ("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "The summary, published or not.", body = ConsultationSummary,
            headers(("ETag", description = "The edition; 0 where nothing is published."))),
        (status = 304, description = "The same as under the `ETag` of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/therapists/{id}/consultation-summary")]
pub async fn get_consultation_summary(
    caller: DirectoryReader,
    id: Path<Id>,
    conditions: Conditions,
    store: Data<Store>,
    questions: Data<Questions>,
) -> Result<HttpResponse, Problem> {
    let (DirectoryReader(caller), id) = (caller, *id);
    let read = move |conn: &mut _| -> Result<_, StoreError> {
        Ok(match by_id(conn, id)?.filter(|therapist| View::of(&caller).admits(therapist)) {
            Some(_) => Some(rows::published(conn, id)?),
            None => None,
        })
    };
    let summary = move || -> Result<(i64, ConsultationSummary), Problem> {
        Ok(match store.read(read)?.ok_or_else(Problem::not_found)? {
            None => (0, ConsultationSummary::unpublished(id)),
            Some(rows::Published { edition, numbers, at }) => {
                let sets = questions.knowing(numbers.questions.iter().map(|one| Some(&one.set)), &store)?;
                (edition, ConsultationSummary::published(id, &numbers, at.date_naive(), &sets))
            }
        })
    };
    let (edition, summary) = block(summary).await.map_err(Problem::internal)??;
    conditions.respond(&ETag::revision(edition), &summary)
}

/// Which contributors.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContributorsQuery {
    /// How many contributors a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List contributors
///
/// The apps whose consultations count in summaries, in the order of their names.
#[utoipa::path(
    tag = "consultation",
    params(ContributorsQuery),
    security(("bearer" = ["admin"])),
    responses((status = 200, description = "A page of contributors.", body = Page<Contributor>), ListProblems)
)]
#[get("/v1/consultation/contributors")]
pub async fn list_contributors(
    _caller: Admin,
    query: Query<ContributorsQuery>,
    store: Data<Store>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Query(ContributorsQuery { limit, cursor }) = query;
    let limit = page::limit(limit);
    let after = cursor.as_deref().map(|cursor| page::decode_cursor::<String>(CURSOR, cursor)).transpose()?;
    let all = block(move || store.read(rows::contributors)).await.map_err(Problem::internal)??;
    let total = all.len();
    let is_later = |one: &Contributor| after.as_ref().is_none_or(|after| one.app > *after);
    let mut items: Vec<Contributor> = all.into_iter().filter(is_later).take(limit + 1).collect();
    let next = items.get(limit).and_then(|_| items.get(limit - 1)).map(|last| last.app.clone());
    items.truncate(limit);
    let next_cursor = next.map(|app| page::encode_cursor(CURSOR, &app)).transpose()?;
    Ok(Page { items, next_cursor, total: total.try_into().unwrap_or(u64::MAX) }.respond(&request))
}

/// Mark a contributor
///
/// The app's consultations count in summaries from now on, those that it has stored already among them. Mark only apps
/// whose consultations are of real clients, each under one reference: an app that makes up consultations can bend a
/// summary, and can single out the consultations of others in it.
#[utoipa::path(
    tag = "consultation",
    params(("app" = String, Path, description = "The subject of the app's tokens.", min_length = 1, max_length = 255, example = "intake-app")),
    security(("bearer" = ["admin"])),
    responses(
        (status = 201, description = "The contributor.", body = Contributor),
        (status = 204, description = "It was marked already."),
        ReadProblems
    )
)]
#[put("/v1/consultation/contributors/{app}")]
pub async fn mark_contributor(
    caller: Admin,
    app: Path<App>,
    store: Data<Store>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Problem> {
    let (Admin(caller), now) = (caller, clock.now());
    let marked = block(move || rows::mark(&store, &app, caller.name(), now)).await;
    Ok(match marked.map_err(Problem::internal)?? {
        Some(contributor) => HttpResponse::Created().json(contributor),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Unmark a contributor
///
/// The app's consultations no longer count, nor do those of others that are in a batch of five with one of them; they count
/// as before when it is marked again.
#[utoipa::path(
    tag = "consultation",
    params(("app" = String, Path, description = "The subject of the app's tokens.", min_length = 1, max_length = 255, example = "intake-app")),
    security(("bearer" = ["admin"])),
    responses((status = 204, description = "It no longer contributes."), ReadProblems)
)]
#[delete("/v1/consultation/contributors/{app}")]
pub async fn unmark_contributor(
    _caller: Admin,
    app: Path<App>,
    store: Data<Store>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Problem> {
    let now = clock.now();
    let was_marked = block(move || rows::unmark(&store, &app, now)).await.map_err(Problem::internal)??;
    if was_marked { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::not_found()) }
}
