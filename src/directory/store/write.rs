//! Writes profiles, each with its row in the change feed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{
    changes::{Before, Entry, record},
    columns::{AT_ONCE, Stored, delete_lists, insert_confirmations, insert_lists, write_profiles},
};
use crate::{
    catalog::model::Catalog,
    directory::{
        confirmations::{Confirmation, NewConfirmation},
        model::Therapist,
    },
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{
            catalog_communities, catalog_modalities, catalog_problem_areas, therapist_confirmations,
            therapists,
        },
    },
    vocabulary::ChangeKind,
};

/// Writes the catalog's codes, which profiles refer to by foreign keys.
///
/// # Errors
/// When the database fails.
pub fn sync_catalog(conn: &mut Connection, catalog: &Catalog) -> Result<(), StoreError> {
    let modalities: Vec<_> = catalog
        .modalities
        .iter()
        .map(|m| {
            (
                catalog_modalities::code.eq(&m.code),
                catalog_modalities::directory_listable.eq(m.directory_listable),
            )
        })
        .collect();
    let areas: Vec<_> =
        catalog.problem_areas.iter().map(|p| catalog_problem_areas::code.eq(&p.code)).collect();
    let communities: Vec<_> =
        catalog.communities.iter().map(|t| catalog_communities::code.eq(&t.code)).collect();
    each_backend!(conn, c => {
        diesel::insert_into(catalog_modalities::table).values(&modalities).on_conflict_do_nothing().execute(c)?;
        diesel::insert_into(catalog_problem_areas::table).values(&areas).on_conflict_do_nothing().execute(c)?;
        diesel::insert_into(catalog_communities::table).values(&communities).on_conflict_do_nothing().execute(c)?;
    });
    Ok(())
}

/// Stores new profiles, complete with their server fields.
///
/// # Errors
/// When the database fails; [`StoreError::is_unique_violation`] where `(source, external_id)` or the id is taken.
pub fn insert(conn: &mut Connection, therapists: &[Therapist]) -> Result<(), StoreError> {
    let profiles = by_id(therapists);
    write_profiles(conn, &profiles, Stored::Never)?;
    insert_lists(conn, &profiles)?;
    insert_confirmations(conn, &confirmations_of(&profiles), None)?;
    record(conn, therapists.iter().map(|therapist| Entry::written(therapist, None)), ChangeKind::Upsert)
}

/// Replaces stored profiles (but not their confirmations) whose revision is one below the given one, and tells how many
/// of them there are. Where they are fewer than given somebody else wrote in between, and nothing is written. No
/// profile may be given twice.
///
/// # Errors
/// When the database fails; [`StoreError::is_unique_violation`] where `(source, external_id)` is taken.
pub fn update(conn: &mut Connection, therapists: &[Therapist]) -> Result<usize, StoreError> {
    let profiles = by_id(therapists);
    let previous = hold_previous(conn, &profiles)?;
    if previous.len() == profiles.len() {
        write_profiles(conn, &profiles, Stored::Replaced)?;
        delete_lists(conn, &profiles)?;
        insert_lists(conn, &profiles)?;
        let written = therapists.iter().map(|t| Entry::written(t, previous.get(&t.id)));
        record(conn, written, ChangeKind::Upsert)?;
    }
    Ok(previous.len())
}

/// The profiles in the order of their ids: in it rows go to the ends of their tables' indexes, and writers that meet
/// wait for each other in turn.
fn by_id(therapists: &[Therapist]) -> Vec<&Therapist> {
    let mut profiles: Vec<&Therapist> = therapists.iter().collect();
    profiles.sort_unstable_by_key(|profile| profile.id);
    profiles
}

/// What is stored of those profiles that have the revision below the given one. On PostgreSQL they are held until the
/// transaction ends; on SQLite a writing transaction holds everything already.
fn hold_previous(conn: &mut Connection, profiles: &[&Therapist]) -> Result<HashMap<Id, Before>, StoreError> {
    let columns = (
        therapists::id,
        therapists::revision,
        (therapists::source, therapists::external_id, therapists::status),
    );
    let mut found = HashMap::with_capacity(profiles.len());
    for profiles in profiles.chunks(AT_ONCE) {
        let ids = profiles.iter().map(|profile| profile.id);
        let stored =
            therapists::table.filter(therapists::id.eq_any(ids)).select(columns).order(therapists::id);
        let stored: Vec<(Id, i64, (String, String, String))> = match conn {
            Connection::Sqlite(c) => stored.load(&mut **c)?,
            Connection::Postgres(c) => stored.for_no_key_update().load(&mut **c)?,
        };
        let next: HashMap<Id, i64> = profiles.iter().map(|profile| (profile.id, profile.revision)).collect();
        let previous = stored.into_iter().filter(|(id, stored, _)| next.get(id) == Some(&(stored + 1)));
        found.extend(previous.map(|(id, _, columns)| (id, Before::of(columns))));
    }
    Ok(found)
}

/// Deletes the profile if it has this revision; `false` where it has not.
///
/// # Errors
/// When the database fails.
pub fn delete(conn: &mut Connection, id: Id, revision: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let deleted: Option<(String, String, String)> = each_backend!(conn, c => diesel::delete(therapists::table)
        .filter(therapists::id.eq(id).and(therapists::revision.eq(revision)))
        .returning((therapists::source, therapists::external_id, therapists::status))
        .get_result(c)
        .optional())?;
    let Some(before) = deleted.map(Before::of) else { return Ok(false) };
    record(conn, std::iter::once(Entry::gone(id, revision + 1, now, &before)), ChangeKind::Delete)?;
    Ok(true)
}

/// Stores a profile's new confirmations with its next revision: `therapist` has both already. `false` where somebody
/// else wrote in between.
///
/// # Errors
/// When the database fails.
pub fn confirm(
    conn: &mut Connection,
    therapist: &Therapist,
    confirmation: &NewConfirmation,
) -> Result<bool, StoreError> {
    let previous = hold_previous(conn, &[therapist])?;
    let Some(before) = previous.get(&therapist.id) else { return Ok(false) };
    write_profiles(conn, &[therapist], Stored::Replaced)?;
    let groups: Vec<&str> = confirmation.fields.iter().map(|group| group.code()).collect();
    each_backend!(conn, c => diesel::delete(therapist_confirmations::table)
        .filter(therapist_confirmations::therapist_id.eq(therapist.id))
        .filter(therapist_confirmations::field_group.eq_any(&groups))
        .execute(c))?;
    let confirmed = therapist.confirmations.iter().filter(|c| confirmation.fields.contains(&c.field_group));
    let confirmed: Vec<_> = confirmed.map(|confirmation| (therapist.id, confirmation)).collect();
    insert_confirmations(conn, &confirmed, confirmation.note.as_deref())?;
    record(conn, std::iter::once(Entry::written(therapist, Some(before))), ChangeKind::Upsert)?;
    Ok(true)
}

/// Replaces the confirmations of these profiles by those they carry.
///
/// # Errors
/// When the database fails.
pub fn replace_confirmations(conn: &mut Connection, profiles: &[&Therapist]) -> Result<(), StoreError> {
    for profiles in profiles.chunks(AT_ONCE) {
        let ids = profiles.iter().map(|profile| profile.id);
        each_backend!(conn, c => diesel::delete(therapist_confirmations::table)
            .filter(therapist_confirmations::therapist_id.eq_any(ids))
            .execute(c))?;
    }
    insert_confirmations(conn, &confirmations_of(profiles), None)
}

fn confirmations_of<'a>(profiles: &[&'a Therapist]) -> Vec<(Id, &'a Confirmation)> {
    let of = |profile: &&'a Therapist| {
        let id = profile.id;
        profile.confirmations.iter().map(move |confirmation| (id, confirmation))
    };
    profiles.iter().flat_map(of).collect()
}
