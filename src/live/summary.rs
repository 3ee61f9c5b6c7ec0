//! What an answer shows of a therapist: kept in memory, so that a match never waits for the database.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    directory::{claims::ModalityClaim, model::Therapist},
    id::Id,
    to_json::by_serde,
    vocabulary::{Profession, SessionFormat},
};

/// A therapist in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Summary<'a> {
    pub id: Id,
    #[schema(example = "Dr. Maya Okafor")]
    pub display_name: &'a str,
    pub headline: Option<&'a str>,
    pub credentials: &'a [String],
    pub profession: Profession,
    pub modalities: &'a [ModalityClaim],
    pub session_formats: &'a [SessionFormat],
    pub next_opening_on: Option<NaiveDate>,
    /// The oldest confirmation of the field groups that the profile fills; null where one was never confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Therapist> for Summary<'a> {
    fn from(therapist: &'a Therapist) -> Self {
        Self {
            id: therapist.id,
            display_name: &therapist.display_name,
            headline: therapist.headline.as_deref(),
            credentials: &therapist.credentials,
            profession: therapist.profession,
            modalities: &therapist.modalities,
            session_formats: &therapist.session_formats,
            next_opening_on: therapist.availability.next_opening_on,
            confirmed_at: therapist.confirmed_at,
        }
    }
}

/// A summary as it is kept: written once for all answers, in one piece of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The summary in JSON, but for the brace that ends it: answers add to it.
    open: Box<[u8]>,
    pub confirmed_at: Option<DateTime<Utc>>,
}

impl Written {
    /// The summary in JSON, as an object that is not closed yet.
    #[must_use]
    pub fn open(&self) -> &[u8] {
        &self.open
    }
}

impl From<&Summary<'_>> for Written {
    fn from(summary: &Summary<'_>) -> Self {
        let mut open = Vec::with_capacity(1024);
        by_serde(summary, &mut open);
        open.pop();
        Self { open: open.into(), confirmed_at: summary.confirmed_at }
    }
}

impl From<&Therapist> for Written {
    fn from(therapist: &Therapist) -> Self {
        Self::from(&Summary::from(therapist))
    }
}
