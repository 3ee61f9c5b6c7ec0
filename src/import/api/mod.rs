//! Imports over HTTP.

mod create;
mod errors;
pub mod events;
mod jobs;
mod template;

use utoipa_actix_web::service_config::ServiceConfig;

use self::events::Followers;
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
        // Before the route of one job, which would take the name for an id.
        .service(template::get_import_template)
        .service(jobs::get_import)
        .service(jobs::cancel_import)
        .service(events::follow_import)
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
    /// Who follows imports as they go.
    pub followers: Followers,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::NotFound => Self::not_found(),
            ImportError::Ended => Self::new(Code::Conflict, "The import has ended already."),
            ImportError::CutOff
            | ImportError::Corrupt
            | ImportError::TooLong(_)
            | ImportError::BodyGone
            | ImportError::Broken(_) => {
                let (code, detail) = error.refusal();
                Self::new(code, detail)
            }
            ImportError::KeyReused => Self::from(Code::IdempotencyKeyReused),
            ImportError::KeyGone => Self::new(
                Code::Conflict,
                "What the request with this Idempotency-Key made has been removed since.",
            ),
            ImportError::Store(error) => error.into(),
            ImportError::Elsewhere
            | ImportError::Contended
            | ImportError::Disk(_)
            | ImportError::Thread(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests;
