//! Profiles over HTTP.

mod list;
mod one;
mod write;

use std::sync::Arc;

use actix_web::{HttpRequest, web::Data};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    check,
    confirmations::{self, NewConfirmation},
    model::Therapist,
    patch::Patch,
    profiles::ProfileError,
};
use crate::{
    auth::{caller::Caller, scope::Scope},
    catalog::model::Catalog,
    clock::Clock,
    fault::Fault,
    live::Live,
    store::{Store, StoreError},
    web::{code::Code, etag::ETag, json::Body, problem::Problem},
};

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list::list_therapists)
        .service(write::create_therapist)
        .service(one::get_therapist)
        .service(write::replace_therapist)
        .service(write::patch_therapist)
        .service(write::delete_therapist)
        .service(write::confirm_therapist);
}

/// What the handlers of profiles work with.
#[derive(Clone, Debug)]
pub struct Directory {
    pub store: Store,
    pub live: Live,
    pub catalog: Arc<Catalog>,
    pub clock: Clock,
    pub stale_after_days: u16,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
}

impl Directory {
    /// When a profile must have been confirmed to count as fresh now.
    fn fresh_since(&self) -> DateTime<Utc> {
        let day = self.clock.today() - Days::new(u64::from(self.stale_after_days));
        day.and_time(NaiveTime::MIN).and_utc()
    }

    /// The profile as this caller may see it: contacts only where they are public or the caller writes profiles.
    fn present(&self, mut therapist: Therapist, caller: &Caller) -> Therapist {
        therapist.stale =
            confirmations::is_stale(therapist.confirmed_at, self.clock.today(), self.stale_after_days);
        if !caller.may(Scope::ProfilesWrite) {
            let public = therapist.contact_public;
            therapist.email = therapist.email.filter(|_| public.email);
            therapist.phone = therapist.phone.filter(|_| public.phone);
        }
        therapist
    }

    /// Whether the caller may know that the profile exists.
    fn may_see(caller: &Caller, therapist: &Therapist) -> bool {
        therapist.status == crate::vocabulary::Status::Published || caller.may(Scope::ProfilesWrite)
    }
}

/// The tag of a profile as it is presented.
fn etag(presented: &Therapist, caller: &Caller) -> ETag {
    let tag = ETag::revision(presented.revision);
    match (caller.may(Scope::ProfilesWrite), presented.stale) {
        (true, false) => tag,
        (true, true) => tag.variant("stale"),
        (false, false) => tag.variant("public"),
        (false, true) => tag.variant("public-stale"),
    }
}

/// What the rules of a profile look at beside the profile.
#[derive(Debug)]
pub struct ProfileContext {
    catalog: Arc<Catalog>,
    today: NaiveDate,
}

impl Body for Therapist {
    type Context = ProfileContext;

    fn context(request: &HttpRequest) -> Result<ProfileContext, Problem> {
        let directory = request
            .app_data::<Data<Directory>>()
            .ok_or_else(|| Problem::internal("the application was assembled without a directory"))?;
        Ok(ProfileContext { catalog: directory.catalog.clone(), today: directory.clock.today() })
    }

    fn faults(&self, context: &ProfileContext) -> Vec<Fault> {
        check::faults(self, &context.catalog, context.today)
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

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the database is not available");
                Self::unavailable(5)
            }
            StoreError::Query(cause) => Self::internal(cause),
            StoreError::Corrupt(cause) | StoreError::Migration(cause) => Self::internal(cause),
            error @ (StoreError::UnknownDatabase | StoreError::NoFile) => Self::internal(error),
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::NotFound => Self::not_found(),
            ProfileError::Stale => Self::from(Code::PreconditionFailed),
            ProfileError::Taken => Self::new(
                Code::AlreadyExists,
                "Another profile has this source and external id; find it with the filters `source` and `external_id`.",
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
