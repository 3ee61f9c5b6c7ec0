//! What the columns of each table hold of a profile.

use std::borrow::Cow;

use diesel::prelude::*;
use serde::Serialize;

use crate::{
    directory::{
        confirmations::Confirmation,
        model::{DIRECT, Therapist},
    },
    each_backend,
    id::Id,
    insert_rows,
    store::{
        Connection, StoreError,
        schema::{
            therapist_age_groups, therapist_answers, therapist_availability_times, therapist_communities,
            therapist_confirmations, therapist_credentials, therapist_fees, therapist_insurance,
            therapist_languages, therapist_licenses, therapist_locations, therapist_modalities,
            therapist_participants, therapist_problem_areas, therapist_remote_jurisdictions,
            therapist_session_formats, therapists,
        },
        sql_types::Moment,
    },
    upsert_rows,
};

/// Profiles that one statement names: well below the number of parameters that SQLite takes.
pub(super) const AT_ONCE: usize = 2000;

/// What becomes of the row that a profile has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// There is none, or the write fails.
    Never,
    Replaced,
}

/// Writes the profiles without their lists.
pub(super) fn write_profiles(
    conn: &mut Connection,
    profiles: &[&Therapist],
    stored: Stored,
) -> Result<(), StoreError> {
    macro_rules! columns {
        ($write:ident) => {
            $write!(conn, therapists, profiles, |t| {
                id: t.id,
                source: t.source.as_deref().unwrap_or(DIRECT),
                external_id: match &t.external_id {
                    Some(external_id) => Cow::Borrowed(external_id.as_str()),
                    None => Cow::Owned(t.id.to_string()),
                },
                status: t.status.code(),
                given_name: t.name.given.as_str(),
                family_name: t.name.family.as_str(),
                name_prefix: t.name.prefix.as_deref(),
                name_suffix: t.name.suffix.as_deref(),
                pronouns: t.pronouns.as_deref(),
                gender: t.gender.map(|gender| gender.code()),
                profession: t.profession.code(),
                npi: t.npi.as_deref(),
                headline: t.headline.as_deref(),
                bio: t.bio.as_deref(),
                website: t.website.as_deref(),
                photo_url: t.photo_url.as_deref(),
                email: t.email.as_deref(),
                phone: t.phone.as_deref(),
                email_public: t.contact_public.email,
                phone_public: t.contact_public.phone,
                integration_style: t.integration_style.as_deref(),
                directiveness: t.style.directiveness,
                emotional_intensity: t.style.emotional_intensity,
                past_focus: t.style.past_focus,
                challenge: t.style.challenge,
                homework: t.homework.map(|homework| homework.code()),
                measures_progress: t.measures_progress,
                sliding_scale_offered: t.sliding_scale.as_ref().map(|scale| scale.offered),
                sliding_scale_minimum_amount: t.sliding_scale.as_ref().and_then(|scale| scale.minimum_amount),
                sliding_scale_currency: t.sliding_scale.as_ref().and_then(|scale| scale.currency.as_deref()),
                free_consultation_offered: t.free_consultation.map(|free| free.offered),
                free_consultation_minutes: t.free_consultation.and_then(|free| free.minutes),
                accepting: t.availability.accepting.map(|accepting| accepting.code()),
                next_opening_on: t.availability.next_opening_on,
                waitlist_weeks: t.availability.waitlist_weeks,
                confirmed_at: t.confirmed_at.map(Moment),
                revision: t.revision,
                import_id: t.provenance.import_id,
                created_at: Moment(t.created_at),
                updated_at: Moment(t.updated_at),
            })
        };
    }
    match stored {
        Stored::Never => columns!(insert_rows)?,
        Stored::Replaced => columns!(upsert_rows)?,
    }
    Ok(())
}

/// JSON of what always can be written: its maps have texts for keys.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An item of a profile's list.
struct Item<T> {
    of: Id,
    at: i32,
    item: T,
}

fn items<'a, L: IntoIterator>(
    profiles: &[&'a Therapist],
    list: impl Fn(&'a Therapist) -> L,
) -> Vec<Item<L::Item>> {
    let mut items = Vec::new();
    for profile in profiles {
        items.extend((0..).zip(list(profile)).map(|(at, item)| Item { of: profile.id, at, item }));
    }
    items
}

/// Writes all lists of these profiles but their confirmations.
pub(super) fn insert_lists(conn: &mut Connection, profiles: &[&Therapist]) -> Result<(), StoreError> {
    insert_rows!(conn, therapist_modalities, &items(profiles, |t| &t.modalities), |row| {
        therapist_id: row.of,
        position: row.at,
        code: row.item.code.as_str(),
        role: row.item.role.code(),
        evidence_level: row.item.evidence_level.code(),
        since: row.item.since,
    })?;
    insert_rows!(conn, therapist_problem_areas, &items(profiles, |t| &t.problem_areas), |row| {
        therapist_id: row.of,
        position: row.at,
        code: row.item.code.as_str(),
        focus: row.item.focus.code(),
    })?;
    insert_rows!(conn, therapist_licenses, &items(profiles, |t| &t.licenses), |row| {
        therapist_id: row.of,
        position: row.at,
        jurisdiction: row.item.jurisdiction.as_str(),
        kind: row.item.kind.as_deref(),
        number: row.item.number.as_deref(),
        status: row.item.status.code(),
        expires_on: row.item.expires_on,
    })?;
    insert_rows!(conn, therapist_locations, &items(profiles, |t| &t.locations), |row| {
        therapist_id: row.of,
        position: row.at,
        label: row.item.label.as_deref(),
        line1: row.item.line1.as_deref(),
        line2: row.item.line2.as_deref(),
        city: row.item.city.as_deref(),
        region: row.item.region.as_deref(),
        postal_code: row.item.postal_code.as_deref(),
        country: row.item.country.as_str(),
        latitude: row.item.latitude,
        longitude: row.item.longitude,
        wheelchair_accessible: row.item.wheelchair_accessible,
    })?;
    insert_rows!(conn, therapist_fees, &items(profiles, |t| &t.fees), |row| {
        therapist_id: row.of,
        position: row.at,
        participants: row.item.participants.code(),
        minutes: row.item.minutes,
        amount: row.item.amount,
        currency: row.item.currency.as_str(),
    })?;
    insert_rows!(conn, therapist_answers, &items(profiles, |t| t.consultation_answers.iter().flatten()), |row| {
        therapist_id: row.of,
        position: row.at,
        question: row.item.question.as_str(),
        set_code: row.item.question_set.as_ref().map_or("", |set| set.code.as_str()),
        set_version: row.item.question_set.as_ref().map_or(0, |set| i32::try_from(set.version).unwrap_or(i32::MAX)),
        answer_text: row.item.text.as_str(),
        language: row.item.language.as_deref(),
        fields: json(&row.item.fields),
        signals: json(&row.item.signals),
        answered_at: Moment(row.item.answered_at.unwrap_or_default()),
    })?;
    macro_rules! codes {
        ($($table:ident => |$t:ident| $codes:expr),* $(,)?) => {$(
            insert_rows!(conn, $table, &items(profiles, |$t| $codes), |row| {
                therapist_id: row.of,
                position: row.at,
                code: row.item,
            })?;
        )*};
    }
    codes!(
        therapist_credentials => |t| t.credentials.iter().map(String::as_str),
        therapist_languages => |t| t.languages.iter().map(String::as_str),
        therapist_communities => |t| t.communities.iter().map(String::as_str),
        therapist_remote_jurisdictions => |t| t.remote_jurisdictions.iter().map(String::as_str),
        therapist_insurance => |t| t.insurance.iter().map(String::as_str),
        therapist_session_formats => |t| t.session_formats.iter().map(|code| code.code()),
        therapist_age_groups => |t| t.age_groups.iter().map(|code| code.code()),
        therapist_participants => |t| t.participants.iter().map(|code| code.code()),
        therapist_availability_times => |t| t.availability.times.iter().map(|code| code.code()),
    );
    Ok(())
}

/// Takes away all lists of these profiles but their confirmations.
pub(super) fn delete_lists(conn: &mut Connection, profiles: &[&Therapist]) -> Result<(), StoreError> {
    macro_rules! clear {
        ($ids:ident: $($table:ident),* $(,)?) => {$(
            each_backend!(conn, c => diesel::delete($table::table.filter($table::therapist_id.eq_any(&$ids))).execute(c))?;
        )*};
    }
    for profiles in profiles.chunks(AT_ONCE) {
        let ids: Vec<Id> = profiles.iter().map(|profile| profile.id).collect();
        clear!(
            ids: therapist_modalities,
            therapist_problem_areas,
            therapist_licenses,
            therapist_locations,
            therapist_fees,
            therapist_credentials,
            therapist_languages,
            therapist_communities,
            therapist_remote_jurisdictions,
            therapist_insurance,
            therapist_session_formats,
            therapist_age_groups,
            therapist_participants,
            therapist_availability_times,
            therapist_answers,
        );
    }
    Ok(())
}

/// Writes confirmations, each of the profile with the id, all with one note.
pub(super) fn insert_confirmations(
    conn: &mut Connection,
    confirmations: &[(Id, &Confirmation)],
    note: Option<&str>,
) -> Result<(), StoreError> {
    Ok(insert_rows!(conn, therapist_confirmations, confirmations, |row| {
        therapist_id: row.0,
        field_group: row.1.field_group.code(),
        method: row.1.method.code(),
        note: note,
        confirmed_at: Moment(row.1.confirmed_at),
    })?)
}
