//! Health, metrics and the OpenAPI document.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Assembly, loading};
use crate::directory::store::directory_revision;
use crate::web::{
    edge::Edge, metrics::TEXT_FORMAT, problem::Problem, problem_responses::OpenProblems, storage,
};

/// Adds health and the document.
pub fn routes(config: &mut ServiceConfig) {
    config.service(get_liveness).service(get_readiness).service(get_openapi_json).service(get_openapi_yaml);
}

/// Adds the metrics.
pub fn metrics_routes(config: &mut ServiceConfig) {
    config.service(get_metrics);
}

/// What is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`: otherwise the answer is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Liveness
///
/// The process answers.
#[utoipa::path(tag = "operations", responses((status = 200, description = "Alive.", body = Health), OpenProblems))]
#[get("/livez")]
pub async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Readiness
///
/// The database answers and the live index is loaded.
#[utoipa::path(tag = "operations", responses((status = 200, description = "Ready.", body = Health), OpenProblems))]
#[get("/readyz")]
pub async fn get_readiness(assembly: Data<Assembly>) -> Result<HttpResponse, Problem> {
    if !assembly.live.is_loaded() {
        return Err(loading::still_loading());
    }
    storage::read(&assembly.foundation.store, directory_revision).await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Metrics
///
/// Counts and durations by route template, in the Prometheus text format.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain"), OpenProblems)
)]
#[get("/metrics")]
pub async fn get_metrics(edge: Data<Edge>) -> Result<HttpResponse, Problem> {
    let text = edge.metrics.render().map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type(TEXT_FORMAT).body(text))
}

/// The OpenAPI document as it is served.
#[derive(Clone, Debug)]
pub struct Document {
    pub json: String,
    pub yaml: String,
}

/// OpenAPI document (JSON)
///
/// This document, OpenAPI 3.1.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The document.", content_type = "application/json", body = Object), OpenProblems)
)]
#[get("/openapi.json")]
pub async fn get_openapi_json(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.json.clone())
}

/// OpenAPI document (YAML)
///
/// This document, OpenAPI 3.1.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The document.", content_type = "application/yaml", body = String), OpenProblems)
)]
#[get("/openapi.yaml")]
pub async fn get_openapi_yaml(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(document.yaml.clone())
}
