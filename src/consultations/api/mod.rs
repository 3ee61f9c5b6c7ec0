//! Consultations over HTTP: each caller sees its own. What is sent is not repeated in an error, no cache keeps an answer.

mod erase;
mod export;
mod list;
mod one;
mod write;

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web::Data};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::{Validate, ValidationErrors};

use super::{
    Consultations, check, free_text,
    model::{Consultation, ConsultationError},
};
use crate::{
    auth::caller::Caller,
    directory::{self, view::View},
    fault::Fault,
    id::Id,
    store::{Connection, StoreError},
    web::{code::Code, edge::NO_STORE, etag::ETag, json::Body, problem::Problem},
};

/// Where the references of clients are; what follows is nobody's business.
pub const CLIENT_REF: &str = "/v1/client-refs/{client_ref}";

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_consultations)
        .service(write::create_consultation)
        .service(one::get_consultation)
        .service(write::patch_consultation)
        .service(erase::delete_consultation)
        .service(erase::erase_client_ref);
}

/// What the rules of a consultation look at beside it.
#[derive(Debug)]
pub struct ConsultationContext {
    consultations: Data<Consultations>,
    view: View,
}

impl Body for Consultation {
    type Context = ConsultationContext;

    const MAY_ASK: bool = true;

    fn context(request: &HttpRequest) -> Result<ConsultationContext, Problem> {
        let consultations = request
            .app_data::<Data<Consultations>>()
            .ok_or_else(|| Problem::internal("the application was assembled without consultations"))?;
        let view = View::of(&Caller::admitted(request));
        Ok(ConsultationContext { consultations: consultations.clone(), view })
    }

    fn faults(&self, context: &ConsultationContext) -> Vec<Fault> {
        let Consultations { questions, catalog, clock, .. } = &**context.consultations;
        let mut faults = check::faults(self, &questions.sets(), catalog, clock.today());
        // A set that is not known here may be known to another node: it is looked for before the consultation is stored.
        faults.retain(|fault| fault.pointer != "/question_set");
        faults
    }

    fn further(&self, context: &ConsultationContext) -> Vec<Fault> {
        let view = context.view;
        let faults = context.consultations.faults(self, |conn, id| is_visible(conn, id, view));
        faults.unwrap_or_else(|error| {
            tracing::warn!(%error, "what a consultation names could not be looked up");
            Vec::new()
        })
    }
}

/// Whether there is a therapist with this id whom the app may know.
fn is_visible(conn: &mut Connection, id: Id, view: View) -> Result<bool, StoreError> {
    Ok(directory::store::by_id(conn, id)?.is_some_and(|therapist| view.admits(&therapist)))
}

/// A merge patch of a consultation: any of its fields but `therapist_id` and `client_ref`; `null` removes. The patched
/// consultation is checked as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct ConsultationPatch(Map<String, Value>);

impl Validate for ConsultationPatch {
    /// The patched consultation is validated, not the patch.
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

crate::plain_bodies!(ConsultationPatch);

impl From<ConsultationError> for Problem {
    fn from(error: ConsultationError) -> Self {
        match error {
            ConsultationError::NotFound => Self::not_found(),
            ConsultationError::Stale => Self::from(Code::PreconditionFailed),
            ConsultationError::Invalid(faults) => Self::invalid(faults),
            ConsultationError::KeyReused => Self::from(Code::IdempotencyKeyReused),
            ConsultationError::KeyGone => Self::new(
                Code::Conflict,
                "What the request with this Idempotency-Key made has been erased since.",
            ),
            ConsultationError::KeyTaken => Self::from(Code::IdempotencyInProgress),
            ConsultationError::NotConfigured => Self::from(Code::EncryptionNotConfigured),
            ConsultationError::UnknownKey(id) => Self::new(
                Code::EncryptionNotConfigured,
                format!("Free text is encrypted under the key `{id}`, which this server does not have."),
            ),
            ConsultationError::Store(error) => error.into(),
        }
    }
}

/// The tag of a consultation.
fn etag(consultation: &Consultation) -> ETag {
    ETag::revision(consultation.revision)
}

impl Consultations {
    /// The consultation as its app reads it.
    fn presented(&self, mut consultation: Consultation) -> Result<Consultation, StoreError> {
        let sets = self.questions.knowing([consultation.question_set.as_ref()], &self.store)?;
        free_text::present(&mut consultation, &sets);
        Ok(consultation)
    }
}

/// The answer, which no cache may keep.
fn unstored(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(CACHE_CONTROL, NO_STORE.1);
    answer
}
