//! The alias table over HTTP: an administrator's alone.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{ETAG, LOCATION},
    post, put,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::{Validate, ValidationError};

use super::{
    model::{Alias, AliasError},
    store::{self as rows, Filter},
};
use crate::{
    auth::caller::Admin,
    catalog::{label::normalize, model::Catalog},
    clock::Clock,
    fault::Fault,
    id::Id,
    store::{Store, StoreError},
    vocabulary::AliasField,
    web::{
        code::Code,
        etag::{Conditions, ETag},
        idempotency::IdempotencyHeader,
        json::{Body, Json},
        page::{self, Asked, Page},
        path::Path,
        problem::Problem,
        problem_responses::{CreateProblems, DeleteProblems, ListProblems, ReadProblems, UpdateProblems},
        query::Query,
        storage::{self, key_use},
    },
};

const CURSOR: &str = "aliases:id";

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_aliases)
        .service(create_alias)
        .service(get_alias)
        .service(replace_alias)
        .service(delete_alias);
}

/// What the handlers of aliases work with.
#[derive(Clone, Debug)]
pub struct AliasTable {
    pub store: Store,
    pub clock: Clock,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
}

impl Body for Alias {
    type Context = Arc<Catalog>;

    fn context(request: &HttpRequest) -> Result<Arc<Catalog>, Problem> {
        let catalog = request.app_data::<Data<Catalog>>();
        let catalog =
            catalog.ok_or_else(|| Problem::internal("the application was assembled without a catalog"))?;
        Ok(catalog.clone().into_inner())
    }

    fn faults(&self, catalog: &Arc<Catalog>) -> Vec<Fault> {
        self.faults(catalog)
    }
}

impl From<AliasError> for Problem {
    fn from(error: AliasError) -> Self {
        match error {
            AliasError::NotFound => Self::not_found(),
            AliasError::Stale => Self::from(Code::PreconditionFailed),
            AliasError::Taken => Self::new(
                Code::AlreadyExists,
                "The field has an alias of this label, perhaps in another spelling; find it with the filters `field` and \
                 `label`.",
            ),
            AliasError::KeyReused => Self::from(Code::IdempotencyKeyReused),
            AliasError::KeyGone => Self::new(
                Code::Conflict,
                "What the request with this Idempotency-Key made has been removed since.",
            ),
            AliasError::Store(error) => error.into(),
        }
    }
}

/// Which aliases: all that is given must hold.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AliasesQuery {
    /// Aliases of this field.
    #[param(inline)]
    field: Option<AliasField>,
    /// Aliases of this label, in whatever spelling.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200, example = "Energy Work")]
    label: Option<String>,
    /// How many aliases a page has.
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

/// List aliases
///
/// In the order in which they were made.
#[utoipa::path(
    tag = "aliases",
    params(AliasesQuery),
    security(("bearer" = ["admin"])),
    responses((status = 200, description = "A page of aliases.", body = Page<Alias>), ListProblems)
)]
#[get("/v1/catalog/aliases")]
pub async fn list_aliases(
    _caller: Admin,
    query: Query<AliasesQuery>,
    table: Data<AliasTable>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Query(AliasesQuery { field, label, limit, cursor }) = query;
    let asked = Asked::<Id>::of(CURSOR, limit, cursor.as_deref())?;
    let filter = Filter { field, key: label.as_deref().map(normalize) };
    let (total, found) = storage::read(&table.store, move |conn| -> Result<_, StoreError> {
        Ok((rows::count(conn, &filter)?, rows::page(conn, &filter, asked.after, asked.to_read())?))
    })
    .await?;
    Ok(asked.page(total, found, |alias| alias.id)?.respond(&request))
}

/// Create an alias
///
/// The imports that begin from now on read the label as it says, and a label whose `code` is null is passed over without
/// a fault. An alias stands above the catalog's own labels; a code of the catalog, written as a code, always means itself.
/// With an `Idempotency-Key` the same request can be sent again within 24 hours without making a second alias.
#[utoipa::path(
    tag = "aliases",
    security(("bearer" = ["admin"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters.", min_length = 1, max_length = 255)),
    request_body = Alias,
    responses(
        (status = 201, description = "The alias as stored.", body = Alias,
            headers(("Location", description = "Where it is."), ("ETag", description = "The revision."))),
        CreateProblems
    )
)]
#[post("/v1/catalog/aliases")]
pub async fn create_alias(
    caller: Admin,
    key: IdempotencyHeader,
    body: Json<Alias>,
    table: Data<AliasTable>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (Admin(caller), Json(input)) = (caller, body);
    let key = key_use(key, &table.idempotency_secret, caller.name(), &request);
    let (store, now) = (table.store.clone(), table.clock.now());
    let alias =
        block(move || rows::create(&store, &input, key.as_ref(), now)).await.map_err(Problem::internal)??;
    let location = format!("/v1/catalog/aliases/{}", alias.id);
    let tag = ETag::revision(alias.revision).header();
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).insert_header((ETAG, tag)).json(alias))
}

/// Read an alias
///
/// What one label means to this operator.
#[utoipa::path(
    tag = "aliases",
    params(Id),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, description = "The alias.", body = Alias, headers(("ETag", description = "The revision."))),
        (status = 304, description = "Nothing changed since the revision of `If-None-Match`."),
        ReadProblems
    )
)]
#[get("/v1/catalog/aliases/{id}")]
pub async fn get_alias(
    _caller: Admin,
    id: Path<Id>,
    conditions: Conditions,
    table: Data<AliasTable>,
) -> Result<HttpResponse, Problem> {
    let found = storage::read(&table.store, move |conn| rows::by_id(conn, *id)).await?;
    let alias = found.ok_or_else(Problem::not_found)?;
    conditions.respond(&ETag::revision(alias.revision), &alias)
}

/// Replace an alias
///
/// With `If-Match` only where nobody else wrote in between. Profiles that were imported before stay as they are until
/// they are imported again.
#[utoipa::path(
    tag = "aliases",
    security(("bearer" = ["admin"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to replace.")),
    request_body = Alias,
    responses(
        (status = 200, description = "The alias as stored.", body = Alias, headers(("ETag", description = "The revision."))),
        UpdateProblems
    )
)]
#[put("/v1/catalog/aliases/{id}")]
pub async fn replace_alias(
    _caller: Admin,
    id: Path<Id>,
    conditions: Conditions,
    body: Json<Alias>,
    table: Data<AliasTable>,
) -> Result<HttpResponse, Problem> {
    let (Json(input), store, now) = (body, table.store.clone(), table.clock.now());
    let alias = block(move || rows::replace(&store, *id, &input, now, may_write(&conditions)))
        .await
        .map_err(Problem::internal)??;
    let tag = ETag::revision(alias.revision).header();
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).json(alias))
}

/// Delete an alias
///
/// The label means again what the catalog says of it.
#[utoipa::path(
    tag = "aliases",
    security(("bearer" = ["admin"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to delete.")),
    responses((status = 204, description = "Deleted."), DeleteProblems)
)]
#[delete("/v1/catalog/aliases/{id}")]
pub async fn delete_alias(
    _caller: Admin,
    id: Path<Id>,
    conditions: Conditions,
    table: Data<AliasTable>,
) -> Result<HttpResponse, Problem> {
    let store = table.store.clone();
    block(move || rows::delete(&store, *id, may_write(&conditions))).await.map_err(Problem::internal)??;
    Ok(HttpResponse::NoContent().finish())
}

/// Whether the request's conditions let it write over the stored alias.
fn may_write(conditions: &Conditions) -> impl Fn(&Alias) -> bool {
    |stored| conditions.allow_write(Some(&ETag::revision(stored.revision))).is_ok()
}
