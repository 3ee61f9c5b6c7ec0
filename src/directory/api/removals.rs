//! Removal on request, and lifting it.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, delete,
    dev::Payload,
    get,
    http::header::LOCATION,
    post,
    web::{Data, block},
};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use validator::{Validate, ValidationError};

use super::{Directory, write::write_all};
use crate::{
    auth::caller::{Admin, ProfileWriter},
    directory::{
        removals::{self, Removal, RemovalReport},
        store::{self as rows, RemovalFilter},
    },
    fault::Fault,
    formats,
    id::Id,
    store::StoreError,
    web::{
        body,
        code::Code,
        decode::{
            parse::{self, MAX_FAULTS},
            pointer,
        },
        etag::{Conditions, ETag},
        media_type,
        page::{self, Asked, Page},
        path::Path,
        problem::Problem,
        problem_responses::{DeleteProblems, ListProblems, ReadProblems, UpdateProblems},
        query::Query,
        storage,
    },
};

const CURSOR: &str = "removals:id";

/// The body of a request that says everything by its path: nothing, or `{}`. A field is refused, since it would be lost.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

impl FromRequest for NoBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        async move {
            media_type::of(&request)?;
            let body = body::read(&request, payload).await?;
            let faults = if body.trim_ascii().is_empty() { Vec::new() } else { content_faults(&body) };
            if faults.is_empty() { Ok(Self) } else { Err(Problem::invalid(faults)) }
        }
        .boxed_local()
    }
}

/// What is wrong with a body that should have been `{}`.
fn content_faults(body: &[u8]) -> Vec<Fault> {
    let value = match parse::parse(body) {
        Ok((value, _)) => value,
        Err(fault) => return vec![fault],
    };
    let Value::Object(fields) = value else {
        return vec![Fault::new("", Code::InvalidType.as_str(), "This must be an object.")];
    };
    let unknown = |name: &String| {
        let mut at = String::new();
        pointer::push(&mut at, name);
        Fault::new(at, Code::UnknownField.as_str(), "There is no such field here.")
    };
    fields.keys().take(MAX_FAULTS).map(unknown).collect()
}

/// Remove on request
///
/// The therapist asked not to be listed. The profile is deleted, and with it every other profile of the same NPI, from
/// whatever source; `removed` names them. None of them is taken up again, by an import or one by one, until an
/// administrator lifts the removal. The change feed tells mirrors that this was a removal. No body is needed.
#[utoipa::path(
    tag = "directory",
    security(("bearer" = ["profiles:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to remove.")),
    responses(
        (status = 200, description = "The removal, and the profiles that it took out.", body = RemovalReport,
            headers(("Location", description = "The removal, for administrators."))),
        UpdateProblems
    )
)]
#[post("/v1/therapists/{id}/removal")]
pub async fn remove_therapist(
    caller: ProfileWriter,
    id: Path<Id>,
    conditions: Conditions,
    _body: NoBody,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let (ProfileWriter(caller), id) = (caller, *id);
    let report = write_all(&directory, move |directory, now| {
        let may_remove = |revision| conditions.allow_write(Some(&ETag::revision(revision))).is_ok();
        let report = removals::remove(&directory.store, id, caller.name(), now, may_remove)?;
        let ids = report.removed.iter().map(|profile| profile.therapist_id).collect();
        Ok((report, ids))
    })
    .await?;
    let location = format!("/v1/removals/{}", report.removal.id);
    Ok(HttpResponse::Ok().insert_header((LOCATION, location)).json(report))
}

/// Which removals: all that is given must hold.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemovalsQuery {
    /// Removals of profiles of this source.
    #[validate(custom(function = "formats::source"))]
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9._-]*$", example = "acme")]
    source: Option<String>,
    /// Removals of profiles that had this id in their source.
    #[validate(length(min = 1, max = 128))]
    #[param(min_length = 1, max_length = 128, example = "A-1001")]
    external_id: Option<String>,
    /// Removals of profiles with this National Provider Identifier.
    #[validate(custom(function = "formats::npi"))]
    #[param(min_length = 10, max_length = 10, pattern = "^[12][0-9]{9}$", example = "1234567893")]
    npi: Option<String>,
    /// How many removals a page has.
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

/// List removals
///
/// The newest first.
#[utoipa::path(
    tag = "removals",
    params(RemovalsQuery),
    security(("bearer" = ["admin"])),
    responses((status = 200, description = "A page of removals.", body = Page<Removal>), ListProblems)
)]
#[get("/v1/removals")]
pub async fn list_removals(
    _caller: Admin,
    query: Query<RemovalsQuery>,
    directory: Data<Directory>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Query(RemovalsQuery { source, external_id, npi, limit, cursor }) = query;
    let asked = Asked::<Id>::of(CURSOR, limit, cursor.as_deref())?;
    let filter = RemovalFilter { source, external_id, npi };
    let (total, found) = storage::read(&directory.store, move |conn| -> Result<_, StoreError> {
        let found = rows::removals(conn, &filter, asked.after, asked.to_read())?;
        Ok((rows::count_removals(conn, &filter)?, found))
    })
    .await?;
    Ok(asked.page(total, found, |removal| removal.id)?.respond(&request))
}

/// Read a removal
///
/// Whom it keeps out, who asked for it to be done, and when.
#[utoipa::path(
    tag = "removals",
    params(Id),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, description = "The removal.", body = Removal, headers(("ETag", description = "Its content."))),
        (status = 304, description = "The same as under the `ETag` of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/removals/{id}")]
pub async fn get_removal(
    _caller: Admin,
    id: Path<Id>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let found = storage::read(&directory.store, move |conn| rows::removal(conn, *id)).await?;
    let removal = found.ok_or_else(Problem::not_found)?;
    conditions.respond(&etag(&removal), &removal)
}

/// Lift a removal
///
/// The therapist wants to be listed again. With the removal go the others of the same NPI. No profile comes back by
/// itself: the next import that has it, or a request, brings it.
#[utoipa::path(
    tag = "removals",
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the removal to lift.")),
    security(("bearer" = ["admin"])),
    responses((status = 204, description = "Lifted."), DeleteProblems)
)]
#[delete("/v1/removals/{id}")]
pub async fn lift_removal(
    _caller: Admin,
    id: Path<Id>,
    conditions: Conditions,
    directory: Data<Directory>,
) -> Result<HttpResponse, Problem> {
    let store = directory.store.clone();
    let may_lift = move |removal: &Removal| conditions.allow_write(Some(&etag(removal))).is_ok();
    block(move || removals::lift(&store, *id, may_lift)).await.map_err(Problem::internal)??;
    Ok(HttpResponse::NoContent().finish())
}

/// A removal has no revisions: its latest doing is its state.
fn etag(removal: &Removal) -> ETag {
    ETag::content(format!("{} {} {:?}", removal.removed_at, removal.removed_by, removal.npi).as_bytes())
}
