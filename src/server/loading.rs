//! Refuses what needs the directory for as long as it is being loaded.

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::RETRY_AFTER,
    middleware::Next,
    web::Data,
};

use super::Assembly;
use crate::web::{code::Code, problem::Problem};

/// How long a client is asked to wait: a directory of 100,000 profiles takes a few seconds.
const RETRY_AFTER_SECONDS: u64 = 2;

/// The problem that stands for every answer of the directory until it is loaded.
pub(super) fn still_loading() -> Problem {
    Problem::new(Code::Unavailable, "The directory is being loaded into memory.")
        .header(RETRY_AFTER, RETRY_AFTER_SECONDS.to_string())
}

/// The middleware, for `middleware::from_fn`: what begins with `/v1/` waits for the directory.
pub(super) async fn until_loaded<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_loaded = request.app_data::<Data<Assembly>>().is_none_or(|assembly| assembly.live.is_loaded());
    if !is_loaded && request.path().starts_with("/v1/") {
        return Ok(request.error_response(still_loading()));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}
