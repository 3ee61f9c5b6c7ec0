//! The server's public keys over HTTP.

use actix_web::{get, web::Data};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{keys::JwkSet, token::Tokens};
use crate::web::problem_responses::OpenProblems;

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.service(get_jwks);
}

/// Public keys
///
/// The keys with which this server signs its tokens (RFC 7517), for services that check them by themselves.
#[utoipa::path(tag = "auth", responses((status = 200, description = "The keys.", body = JwkSet), OpenProblems))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(tokens: Data<Tokens>) -> actix_web::web::Json<JwkSet> {
    actix_web::web::Json(tokens.keys().jwks())
}
