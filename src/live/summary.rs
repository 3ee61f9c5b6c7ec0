//! What an answer shows of a therapist: kept in memory, so that a match never waits for the database.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    directory::{claims::ModalityClaim, model::Therapist},
    id::Id,
    vocabulary::{Profession, SessionFormat},
};

/// A therapist in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Summary {
    pub id: Id,
    #[schema(example = "Dr. Maya Okafor")]
    pub display_name: String,
    pub headline: Option<String>,
    pub credentials: Vec<String>,
    pub profession: Profession,
    pub modalities: Vec<ModalityClaim>,
    pub session_formats: Vec<SessionFormat>,
    pub next_opening_on: Option<NaiveDate>,
    /// The oldest confirmation of the field groups that the profile fills; null where one was never confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
}

impl From<&Therapist> for Summary {
    fn from(therapist: &Therapist) -> Self {
        Self {
            id: therapist.id,
            display_name: therapist.display_name.clone(),
            headline: therapist.headline.clone(),
            credentials: therapist.credentials.clone(),
            profession: therapist.profession,
            modalities: therapist.modalities.clone(),
            session_formats: therapist.session_formats.clone(),
            next_opening_on: therapist.availability.next_opening_on,
            confirmed_at: therapist.confirmed_at,
        }
    }
}
