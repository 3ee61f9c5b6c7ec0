//! The rows of a profile, and what they mean.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::de::DeserializeOwned;

use crate::{
    answers::model::{Answer, SetVersion},
    directory::{
        claims::{ModalityClaim, ProblemAreaClaim, Style},
        model::{ContactPublic, Name, Provenance, Therapist},
        practice::{Availability, Fee, FreeConsultation, License, Location, SlidingScale},
    },
    id::Id,
    store::{
        StoreError,
        schema::{
            therapist_answers, therapist_fees, therapist_licenses, therapist_locations, therapist_modalities,
            therapist_problem_areas, therapists,
        },
        sql_types::Moment,
    },
};

/// Reads a stored code; the database's checks make an unknown one impossible.
pub(super) fn parse<T: std::str::FromStr>(code: &str) -> Result<T, StoreError> {
    code.parse().map_err(|_| StoreError::Corrupt(format!("unknown code {code}")))
}

/// Reads stored JSON, which only this program writes.
fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn parse_option<T: std::str::FromStr>(code: Option<&String>) -> Result<Option<T>, StoreError> {
    code.map(|code| parse(code)).transpose()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = therapists)]
pub(super) struct TherapistRow {
    pub(super) id: Id,
    source: String,
    pub(super) external_id: String,
    status: String,
    given_name: String,
    family_name: String,
    name_prefix: Option<String>,
    name_suffix: Option<String>,
    pronouns: Option<String>,
    gender: Option<String>,
    profession: String,
    npi: Option<String>,
    headline: Option<String>,
    bio: Option<String>,
    website: Option<String>,
    photo_url: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    email_public: bool,
    phone_public: bool,
    integration_style: Option<String>,
    directiveness: Option<i32>,
    emotional_intensity: Option<i32>,
    past_focus: Option<i32>,
    challenge: Option<i32>,
    homework: Option<String>,
    measures_progress: Option<bool>,
    sliding_scale_offered: Option<bool>,
    sliding_scale_minimum_amount: Option<i64>,
    sliding_scale_currency: Option<String>,
    free_consultation_offered: Option<bool>,
    free_consultation_minutes: Option<i32>,
    accepting: Option<String>,
    next_opening_on: Option<NaiveDate>,
    waitlist_weeks: Option<i32>,
    confirmed_at: Option<Moment>,
    revision: i64,
    import_id: Option<Id>,
    created_at: Moment,
    updated_at: Moment,
}

impl TherapistRow {
    /// The profile without its lists.
    pub(super) fn into_therapist(self) -> Result<Therapist, StoreError> {
        let name = Name {
            given: self.given_name,
            family: self.family_name,
            prefix: self.name_prefix,
            suffix: self.name_suffix,
        };
        Ok(Therapist {
            id: self.id,
            provenance: Provenance { source: self.source.clone(), import_id: self.import_id },
            source: Some(self.source),
            external_id: Some(self.external_id),
            status: parse(&self.status)?,
            display_name: name.display(),
            name,
            credentials: Vec::new(),
            pronouns: self.pronouns,
            gender: parse_option(self.gender.as_ref())?,
            profession: parse(&self.profession)?,
            npi: self.npi,
            headline: self.headline,
            bio: self.bio,
            website: self.website,
            photo_url: self.photo_url,
            email: self.email,
            phone: self.phone,
            contact_public: ContactPublic { email: self.email_public, phone: self.phone_public },
            integration_style: self.integration_style,
            modalities: Vec::new(),
            problem_areas: Vec::new(),
            style: Style {
                directiveness: self.directiveness,
                emotional_intensity: self.emotional_intensity,
                past_focus: self.past_focus,
                challenge: self.challenge,
            },
            homework: parse_option(self.homework.as_ref())?,
            measures_progress: self.measures_progress,
            languages: Vec::new(),
            age_groups: Vec::new(),
            participants: Vec::new(),
            communities: Vec::new(),
            licenses: Vec::new(),
            remote_jurisdictions: Vec::new(),
            locations: Vec::new(),
            session_formats: Vec::new(),
            fees: Vec::new(),
            sliding_scale: self.sliding_scale_offered.map(|offered| SlidingScale {
                offered,
                minimum_amount: self.sliding_scale_minimum_amount,
                currency: self.sliding_scale_currency,
            }),
            insurance: Vec::new(),
            free_consultation: self
                .free_consultation_offered
                .map(|offered| FreeConsultation { offered, minutes: self.free_consultation_minutes }),
            availability: Availability {
                accepting: parse_option(self.accepting.as_ref())?,
                next_opening_on: self.next_opening_on,
                waitlist_weeks: self.waitlist_weeks,
                times: Vec::new(),
            },
            consultation_answers: Some(Vec::new()),
            confirmations: Vec::new(),
            confirmed_at: self.confirmed_at.map(Into::into),
            stale: false,
            revision: self.revision,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// A row of one of a profile's lists of structures.
pub(super) trait ListRow {
    type Item;

    /// The profile, the place in its list, and what stands there.
    fn into_item(self) -> Result<(Id, i32, Self::Item), StoreError>;
}

/// A row with its table, and the item of the list that it stands for.
macro_rules! list_row {
    ($row:ident in $table:ident { $($field:ident: $type:ty),* $(,)? } item($r:ident): $item:ty = $to_item:expr) => {
        #[derive(Queryable, Selectable)]
        #[diesel(table_name = $table)]
        pub(super) struct $row {
            therapist_id: Id,
            position: i32,
            $($field: $type),*
        }

        impl ListRow for $row {
            type Item = $item;

            fn into_item(self) -> Result<(Id, i32, $item), StoreError> {
                let $r = self;
                Ok(($r.therapist_id, $r.position, $to_item))
            }
        }
    };
}

list_row! {
    ModalityRow in therapist_modalities {
        code: String, role: String, evidence_level: String, since: Option<i32>,
    }
    item(r): ModalityClaim = ModalityClaim {
        role: parse(&r.role)?, evidence_level: parse(&r.evidence_level)?, since: r.since, code: r.code,
    }
}

list_row! {
    ProblemAreaRow in therapist_problem_areas { code: String, focus: String }
    item(r): ProblemAreaClaim = ProblemAreaClaim { focus: parse(&r.focus)?, code: r.code }
}

list_row! {
    LicenseRow in therapist_licenses {
        jurisdiction: String, kind: Option<String>, number: Option<String>, status: String, expires_on: Option<NaiveDate>,
    }
    item(r): License = License {
        status: parse(&r.status)?, jurisdiction: r.jurisdiction, kind: r.kind, number: r.number, expires_on: r.expires_on,
    }
}

list_row! {
    LocationRow in therapist_locations {
        label: Option<String>, line1: Option<String>, line2: Option<String>, city: Option<String>,
        region: Option<String>, postal_code: Option<String>, country: String,
        latitude: Option<f64>, longitude: Option<f64>, wheelchair_accessible: Option<bool>,
    }
    item(r): Location = Location {
        label: r.label, line1: r.line1, line2: r.line2, city: r.city, region: r.region, postal_code: r.postal_code,
        country: r.country, latitude: r.latitude, longitude: r.longitude, wheelchair_accessible: r.wheelchair_accessible,
    }
}

list_row! {
    FeeRow in therapist_fees { participants: String, minutes: Option<i32>, amount: i64, currency: String }
    item(r): Fee = Fee { participants: parse(&r.participants)?, minutes: r.minutes, amount: r.amount, currency: r.currency }
}

list_row! {
    AnswerRow in therapist_answers {
        question: String, set_code: String, set_version: i32, answer_text: String, language: Option<String>,
        fields: String, signals: String, answered_at: Moment,
    }
    item(r): Answer = Answer {
        question: r.question,
        question_set: Some(SetVersion { code: r.set_code, version: u32::try_from(r.set_version).unwrap_or(0) }),
        text: r.answer_text,
        language: r.language,
        fields: from_json(&r.fields)?,
        signals: from_json(&r.signals)?,
        answered_at: Some(r.answered_at.into()),
    }
}
