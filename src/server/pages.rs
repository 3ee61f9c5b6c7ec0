//! Pages for people, beside the API.

use actix_web::{HttpResponse, http::header::LOCATION, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::web::problem_pages;

/// Swagger UI and the explanations of problems.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    let to_docs = || async { HttpResponse::SeeOther().insert_header((LOCATION, "/docs/")).finish() };
    config
        .route("/", web::get().to(to_docs))
        .route("/docs", web::get().to(to_docs))
        .configure(problem_pages::routes)
        .service(
            SwaggerUi::new("/docs/{_:.*}").config(
                Config::new(["/openapi.json"])
                    .try_it_out_enabled(true)
                    .persist_authorization(true)
                    .display_request_duration(true)
                    .display_operation_id(true)
                    .validator_url("none"),
            ),
        );
}
