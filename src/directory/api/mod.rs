//! Profiles over HTTP.

mod answers;
mod one;
mod removals;
mod write;

use std::sync::Arc;

use actix_web::{HttpRequest, web::Data};
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    check,
    confirmations::{self, NewConfirmation},
    model::Therapist,
    patch::Patch,
    profiles::ProfileError,
    view::View,
};
use crate::{
    answers::{model::Answer, sets::Sets},
    auth::caller::Caller,
    catalog::model::Catalog,
    clock::Clock,
    fault::Fault,
    live::Live,
    questions::Questions,
    store::Store,
    web::{code::Code, etag::ETag, json::Body, problem::Problem},
};

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(write::create_therapist)
        .service(one::get_therapist)
        .service(write::replace_therapist)
        .service(write::patch_therapist)
        .service(write::delete_therapist)
        .service(write::confirm_therapist)
        .service(answers::list_consultation_answers)
        .service(answers::get_consultation_answer)
        .service(answers::put_consultation_answer)
        .service(answers::delete_consultation_answer)
        .service(removals::remove_therapist)
        .service(removals::list_removals)
        .service(removals::get_removal)
        .service(removals::lift_removal);
}

/// What the handlers of profiles work with.
#[derive(Clone, Debug)]
pub struct Directory {
    pub store: Store,
    pub live: Live,
    pub catalog: Arc<Catalog>,
    pub questions: Questions,
    pub clock: Clock,
    pub stale_after_days: u16,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
}

impl Directory {
    /// The application's own.
    fn of(request: &HttpRequest) -> Result<&Data<Self>, Problem> {
        let directory = request.app_data::<Data<Self>>();
        directory.ok_or_else(|| Problem::internal("the application was assembled without a directory"))
    }

    /// The question sets with those that these answers name. Waits: for a thread of its own.
    fn sets_of<'a>(&self, answers: impl IntoIterator<Item = &'a Answer>) -> Arc<Sets> {
        self.questions.knowing_those_of(answers, &self.store)
    }

    /// The profile as this caller may see it.
    fn present(&self, mut therapist: Therapist, caller: &Caller) -> Therapist {
        therapist.stale =
            confirmations::is_stale(therapist.confirmed_at, self.clock.today(), self.stale_after_days);
        View::of(caller).limit(&mut therapist);
        therapist
    }
}

/// The tag of a profile as it is presented.
fn etag(presented: &Therapist, caller: &Caller) -> ETag {
    let tag = ETag::revision(presented.revision);
    match (View::of(caller) == View::Full, presented.stale) {
        (true, false) => tag,
        (true, true) => tag.variant("stale"),
        (false, false) => tag.variant("public"),
        (false, true) => tag.variant("public-stale"),
    }
}

/// What the rules of a profile look at beside the profile.
#[derive(Debug)]
pub struct ProfileContext {
    directory: Data<Directory>,
    today: NaiveDate,
}

impl Body for Therapist {
    type Context = ProfileContext;

    const MAY_ASK: bool = true;

    fn context(request: &HttpRequest) -> Result<ProfileContext, Problem> {
        let directory = Directory::of(request)?;
        Ok(ProfileContext { directory: directory.clone(), today: directory.clock.today() })
    }

    fn faults(&self, context: &ProfileContext) -> Vec<Fault> {
        let sets = context.directory.sets_of(self.consultation_answers.iter().flatten());
        check::faults(self, &context.directory.catalog, &sets, context.today)
    }
}

impl Body for NewConfirmation {
    type Context = ();

    fn context(_: &HttpRequest) -> Result<(), Problem> {
        Ok(())
    }

    fn faults(&self, (): &()) -> Vec<Fault> {
        check::confirmation_faults(self)
    }
}

crate::plain_bodies!(Patch);

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::NotFound => Self::not_found(),
            ProfileError::Stale => Self::from(Code::PreconditionFailed),
            ProfileError::Taken => Self::new(
                Code::AlreadyExists,
                "Another profile has this source and external id; find it with the filters `source` and `external_id`.",
            ),
            ProfileError::Removed => Self::new(
                Code::RemovedOnRequest,
                "The therapist with this external id in the source, or with this NPI, asked to be removed; an administrator \
                 can lift the removal, which `GET /v1/removals` finds by `source` and `external_id` or by `npi`.",
            ),
            ProfileError::Invalid(faults) => Self::invalid(faults),
            ProfileError::KeyReused => Self::from(Code::IdempotencyKeyReused),
            ProfileError::KeyGone => Self::new(
                Code::Conflict,
                "What the request with this Idempotency-Key made has been removed since.",
            ),
            ProfileError::Store(error) => error.into(),
        }
    }
}
