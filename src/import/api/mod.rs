//! Imports over HTTP.

mod create;
mod errors;
mod jobs;

use utoipa_actix_web::service_config::ServiceConfig;

use super::{model::ImportError, upload::ImportLimit, worker::Nudge};
use crate::{
    clock::Clock,
    store::Store,
    web::{code::Code, problem::Problem},
};

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create::create_import)
        .service(jobs::list_imports)
        .service(jobs::get_import)
        .service(jobs::cancel_import)
        .service(errors::list_import_errors);
}

/// What the handlers of imports work with.
#[derive(Clone, Debug)]
pub struct Imports {
    pub store: Store,
    pub clock: Clock,
    pub limit: ImportLimit,
    /// Wakes the worker of this node.
    pub nudge: Nudge,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::NotFound => Self::not_found(),
            ImportError::Ended => Self::new(Code::Conflict, "The import has ended already."),
            ImportError::Corrupt => {
                Self::new(Code::BodyIncomplete, "The body cannot be decompressed as a whole.")
            }
            ImportError::TooLong(limit) => Self::new(
                Code::PayloadTooLarge,
                format!("The body is longer than the {limit} bytes that one import may have."),
            ),
            ImportError::BodyGone => {
                Self::new(Code::BodyIncomplete, "The body came in so slowly that the upload was given up.")
            }
            ImportError::KeyReused => Self::from(Code::IdempotencyKeyReused),
            ImportError::KeyGone => Self::new(
                Code::Conflict,
                "What the request with this Idempotency-Key made has been removed since.",
            ),
            ImportError::Store(error) => error.into(),
            ImportError::Elsewhere | ImportError::Contended => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests;
