//! The rows of a profile, and what they mean.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    directory::{
        claims::{ModalityClaim, ProblemAreaClaim, Style},
        confirmations::Confirmation,
        model::{self, ContactPublic, Name, Provenance, Therapist},
        practice::{Availability, Fee, FreeConsultation, License, Location, SlidingScale},
    },
    id::Id,
    store::{
        StoreError,
        schema::{
            therapist_confirmations, therapist_fees, therapist_licenses, therapist_locations,
            therapist_modalities, therapist_problem_areas, therapists,
        },
        sql_types::Moment,
    },
};

/// Reads a stored code; the database's checks make an unknown one impossible.
pub(super) fn parse<T: std::str::FromStr>(code: &str) -> Result<T, StoreError> {
    code.parse().map_err(|_| StoreError::Corrupt(format!("unknown code {code}")))
}

fn parse_option<T: std::str::FromStr>(code: Option<&String>) -> Result<Option<T>, StoreError> {
    code.map(|code| parse(code)).transpose()
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = therapists, treat_none_as_null = true, treat_none_as_default_value = false)]
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

impl From<&Therapist> for TherapistRow {
    fn from(t: &Therapist) -> Self {
        Self {
            id: t.id,
            source: t.source.clone().unwrap_or_else(model::direct),
            external_id: t.external_id.clone().unwrap_or_else(|| t.id.to_string()),
            status: t.status.code().to_owned(),
            given_name: t.name.given.clone(),
            family_name: t.name.family.clone(),
            name_prefix: t.name.prefix.clone(),
            name_suffix: t.name.suffix.clone(),
            pronouns: t.pronouns.clone(),
            gender: t.gender.map(|g| g.code().to_owned()),
            profession: t.profession.code().to_owned(),
            npi: t.npi.clone(),
            headline: t.headline.clone(),
            bio: t.bio.clone(),
            website: t.website.clone(),
            photo_url: t.photo_url.clone(),
            email: t.email.clone(),
            phone: t.phone.clone(),
            email_public: t.contact_public.email,
            phone_public: t.contact_public.phone,
            integration_style: t.integration_style.clone(),
            directiveness: t.style.directiveness,
            emotional_intensity: t.style.emotional_intensity,
            past_focus: t.style.past_focus,
            challenge: t.style.challenge,
            homework: t.homework.map(|h| h.code().to_owned()),
            measures_progress: t.measures_progress,
            sliding_scale_offered: t.sliding_scale.as_ref().map(|s| s.offered),
            sliding_scale_minimum_amount: t.sliding_scale.as_ref().and_then(|s| s.minimum_amount),
            sliding_scale_currency: t.sliding_scale.as_ref().and_then(|s| s.currency.clone()),
            free_consultation_offered: t.free_consultation.map(|f| f.offered),
            free_consultation_minutes: t.free_consultation.and_then(|f| f.minutes),
            accepting: t.availability.accepting.map(|a| a.code().to_owned()),
            next_opening_on: t.availability.next_opening_on,
            waitlist_weeks: t.availability.waitlist_weeks,
            confirmed_at: t.confirmed_at.map(Moment),
            revision: t.revision,
            import_id: t.provenance.import_id,
            created_at: t.created_at.into(),
            updated_at: t.updated_at.into(),
        }
    }
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
pub(super) trait ListRow: Sized {
    type Item;

    fn of(therapist_id: Id, position: i32, item: &Self::Item) -> Self;
    fn into_item(self) -> Result<(Id, Self::Item), StoreError>;
}

/// A row with its table, and how it stands for the item of the list.
macro_rules! list_row {
    (
        $row:ident in $table:ident for $item:ty { $($field:ident: $type:ty),* $(,)? }
        of($from:ident) { $($to_row:expr),* $(,)? }
        item($r:ident) $to_item:expr
    ) => {
        #[derive(Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub(super) struct $row {
            therapist_id: Id,
            position: i32,
            $($field: $type),*
        }

        impl ListRow for $row {
            type Item = $item;

            fn of(therapist_id: Id, position: i32, $from: &$item) -> Self {
                list_row!(@build therapist_id, position, [$($field),*], [$($to_row),*])
            }

            fn into_item(self) -> Result<(Id, $item), StoreError> {
                let $r = self;
                Ok(($r.therapist_id, $to_item))
            }
        }
    };
    (@build $id:ident, $position:ident, [$($field:ident),*], [$($value:expr),*]) => {
        Self { therapist_id: $id, position: $position, $($field: $value),* }
    };
}

list_row! {
    ModalityRow in therapist_modalities for ModalityClaim {
        code: String, role: String, evidence_level: String, since: Option<i32>,
    }
    of(m) { m.code.clone(), m.role.code().to_owned(), m.evidence_level.code().to_owned(), m.since }
    item(r) ModalityClaim { role: parse(&r.role)?, evidence_level: parse(&r.evidence_level)?, since: r.since, code: r.code }
}

list_row! {
    ProblemAreaRow in therapist_problem_areas for ProblemAreaClaim { code: String, focus: String }
    of(p) { p.code.clone(), p.focus.code().to_owned() }
    item(r) ProblemAreaClaim { focus: parse(&r.focus)?, code: r.code }
}

list_row! {
    LicenseRow in therapist_licenses for License {
        jurisdiction: String, kind: Option<String>, number: Option<String>, status: String, expires_on: Option<NaiveDate>,
    }
    of(l) { l.jurisdiction.clone(), l.kind.clone(), l.number.clone(), l.status.code().to_owned(), l.expires_on }
    item(r) License {
        status: parse(&r.status)?, jurisdiction: r.jurisdiction, kind: r.kind, number: r.number, expires_on: r.expires_on,
    }
}

list_row! {
    LocationRow in therapist_locations for Location {
        label: Option<String>, line1: Option<String>, line2: Option<String>, city: Option<String>,
        region: Option<String>, postal_code: Option<String>, country: String,
        latitude: Option<f64>, longitude: Option<f64>, wheelchair_accessible: Option<bool>,
    }
    of(l) {
        l.label.clone(), l.line1.clone(), l.line2.clone(), l.city.clone(), l.region.clone(), l.postal_code.clone(),
        l.country.clone(), l.latitude, l.longitude, l.wheelchair_accessible,
    }
    item(r) Location {
        label: r.label, line1: r.line1, line2: r.line2, city: r.city, region: r.region, postal_code: r.postal_code,
        country: r.country, latitude: r.latitude, longitude: r.longitude, wheelchair_accessible: r.wheelchair_accessible,
    }
}

list_row! {
    FeeRow in therapist_fees for Fee { participants: String, minutes: Option<i32>, amount: i64, currency: String }
    of(f) { f.participants.code().to_owned(), f.minutes, f.amount, f.currency.clone() }
    item(r) Fee { participants: parse(&r.participants)?, minutes: r.minutes, amount: r.amount, currency: r.currency }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = therapist_confirmations, treat_none_as_default_value = false)]
pub(super) struct ConfirmationRow {
    therapist_id: Id,
    field_group: String,
    method: String,
    note: Option<String>,
    confirmed_at: Moment,
}

impl ConfirmationRow {
    pub(super) fn of(therapist_id: Id, confirmation: &Confirmation, note: Option<&str>) -> Self {
        Self {
            therapist_id,
            field_group: confirmation.field_group.code().to_owned(),
            method: confirmation.method.code().to_owned(),
            note: note.map(str::to_owned),
            confirmed_at: confirmation.confirmed_at.into(),
        }
    }

    pub(super) fn into_item(self) -> Result<(Id, Confirmation), StoreError> {
        let confirmation = Confirmation {
            field_group: parse(&self.field_group)?,
            method: parse(&self.method)?,
            confirmed_at: self.confirmed_at.into(),
        };
        Ok((self.therapist_id, confirmation))
    }
}
