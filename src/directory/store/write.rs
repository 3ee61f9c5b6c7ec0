//! Writes profiles, each with its row in the change feed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{
    changes::{ChangeKind, record},
    rows::{
        ConfirmationRow, FeeRow, LicenseRow, ListRow, LocationRow, ModalityRow, ProblemAreaRow, TherapistRow,
    },
};
use crate::{
    catalog::model::Catalog,
    directory::{confirmations::NewConfirmation, model::Therapist},
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{
            catalog_communities, catalog_modalities, catalog_problem_areas, therapist_age_groups,
            therapist_availability_times, therapist_communities, therapist_confirmations,
            therapist_credentials, therapist_fees, therapist_insurance, therapist_languages,
            therapist_licenses, therapist_locations, therapist_modalities, therapist_participants,
            therapist_problem_areas, therapist_remote_jurisdictions, therapist_session_formats, therapists,
        },
    },
};

/// Rows that one statement inserts: their columns stay below the number of parameters that either database takes.
const ROWS_AT_ONCE: usize = 600;

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
    let rows: Vec<TherapistRow> = therapists.iter().map(TherapistRow::from).collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        each_backend!(conn, c => diesel::insert_into(therapists::table).values(rows).execute(c))?;
    }
    insert_lists(conn, therapists)?;
    let confirmations: Vec<_> = therapists
        .iter()
        .flat_map(|t| t.confirmations.iter().map(|c| ConfirmationRow::of(t.id, c, None)))
        .collect();
    insert_confirmations(conn, &confirmations)?;
    record(conn, therapists.iter().map(|t| (t.id, t.revision, t.updated_at)), ChangeKind::Upsert)
}

/// Replaces stored profiles (but not their confirmations) whose revision is one below the given one, and tells how many there were: fewer than
/// given where somebody else wrote in between (the caller then rolls back).
///
/// # Errors
/// When the database fails; [`StoreError::is_unique_violation`] where `(source, external_id)` is taken.
pub fn update(conn: &mut Connection, therapists: &[Therapist]) -> Result<usize, StoreError> {
    let mut updated = 0;
    for therapist in therapists {
        let row = TherapistRow::from(therapist);
        updated += each_backend!(conn, c => diesel::update(therapists::table)
            .filter(therapists::id.eq(row.id).and(therapists::revision.eq(therapist.revision - 1)))
            .set(&row)
            .execute(c))?;
    }
    if updated < therapists.len() {
        return Ok(updated);
    }
    delete_lists(conn, &therapists.iter().map(|t| t.id).collect::<Vec<_>>())?;
    insert_lists(conn, therapists)?;
    record(conn, therapists.iter().map(|t| (t.id, t.revision, t.updated_at)), ChangeKind::Upsert)?;
    Ok(updated)
}

/// Deletes the profile if it has this revision; `false` where it has not.
///
/// # Errors
/// When the database fails.
pub fn delete(conn: &mut Connection, id: Id, revision: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let deleted = each_backend!(conn, c => diesel::delete(therapists::table)
        .filter(therapists::id.eq(id).and(therapists::revision.eq(revision)))
        .execute(c))?;
    if deleted == 0 {
        return Ok(false);
    }
    record(conn, std::iter::once((id, revision + 1, now)), ChangeKind::Delete)?;
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
    let row = TherapistRow::from(therapist);
    let updated = each_backend!(conn, c => diesel::update(therapists::table)
        .filter(therapists::id.eq(row.id).and(therapists::revision.eq(therapist.revision - 1)))
        .set(&row)
        .execute(c))?;
    if updated == 0 {
        return Ok(false);
    }
    let groups: Vec<&str> = confirmation.fields.iter().map(|group| group.code()).collect();
    each_backend!(conn, c => diesel::delete(therapist_confirmations::table)
        .filter(therapist_confirmations::therapist_id.eq(therapist.id))
        .filter(therapist_confirmations::field_group.eq_any(&groups))
        .execute(c))?;
    let confirmed = therapist.confirmations.iter().filter(|c| confirmation.fields.contains(&c.field_group));
    let rows: Vec<_> =
        confirmed.map(|c| ConfirmationRow::of(therapist.id, c, confirmation.note.as_deref())).collect();
    insert_confirmations(conn, &rows)?;
    record(
        conn,
        std::iter::once((therapist.id, therapist.revision, therapist.updated_at)),
        ChangeKind::Upsert,
    )?;
    Ok(true)
}

/// Replaces the confirmations of these profiles by those they carry.
///
/// # Errors
/// When the database fails.
pub fn replace_confirmations(conn: &mut Connection, profiles: &[&Therapist]) -> Result<(), StoreError> {
    use therapist_confirmations as confirmations;
    for profiles in profiles.chunks(ROWS_AT_ONCE) {
        let ids: Vec<Id> = profiles.iter().map(|t| t.id).collect();
        each_backend!(conn, c => diesel::delete(confirmations::table.filter(confirmations::therapist_id.eq_any(&ids)))
            .execute(c))?;
        let rows: Vec<_> = profiles
            .iter()
            .flat_map(|t| t.confirmations.iter().map(|c| ConfirmationRow::of(t.id, c, None)))
            .collect();
        insert_confirmations(conn, &rows)?;
    }
    Ok(())
}

fn insert_confirmations(conn: &mut Connection, rows: &[ConfirmationRow]) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        each_backend!(conn, c => diesel::insert_into(therapist_confirmations::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Takes away all lists of these profiles.
fn delete_lists(conn: &mut Connection, ids: &[Id]) -> Result<(), StoreError> {
    macro_rules! clear {
        ($($table:ident),* $(,)?) => {
            for ids in ids.chunks(ROWS_AT_ONCE) {
                $(each_backend!(conn, c => diesel::delete($table::table.filter($table::therapist_id.eq_any(ids))).execute(c))?;)*
            }
        };
    }
    clear!(
        therapist_modalities,
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
    );
    Ok(())
}

/// Writes all lists of these profiles.
fn insert_lists(conn: &mut Connection, profiles: &[Therapist]) -> Result<(), StoreError> {
    fn rows_of<R: ListRow>(profiles: &[Therapist], list: impl Fn(&Therapist) -> &[R::Item]) -> Vec<R> {
        let of =
            |t: &Therapist| (0..).zip(list(t)).map(|(at, item)| R::of(t.id, at, item)).collect::<Vec<_>>();
        profiles.iter().flat_map(of).collect()
    }
    macro_rules! structures {
        ($($table:ident: $row:ty => $field:ident),* $(,)?) => {$(
            for rows in rows_of::<$row>(profiles, |t| &t.$field).chunks(ROWS_AT_ONCE) {
                each_backend!(conn, c => diesel::insert_into($table::table).values(rows).execute(c))?;
            }
        )*};
    }
    macro_rules! codes {
        ($($table:ident => |$t:ident| $codes:expr),* $(,)?) => {$(
            let rows: Vec<_> = profiles
                .iter()
                .flat_map(|$t| {
                    let id = $t.id;
                    (0i32..).zip($codes).map(move |(at, code)| {
                        ($table::therapist_id.eq(id), $table::position.eq(at), $table::code.eq(code))
                    })
                })
                .collect();
            for rows in rows.chunks(ROWS_AT_ONCE) {
                each_backend!(conn, c => diesel::insert_into($table::table).values(rows).execute(c))?;
            }
        )*};
    }
    structures!(
        therapist_modalities: ModalityRow => modalities,
        therapist_problem_areas: ProblemAreaRow => problem_areas,
        therapist_licenses: LicenseRow => licenses,
        therapist_locations: LocationRow => locations,
        therapist_fees: FeeRow => fees,
    );
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
