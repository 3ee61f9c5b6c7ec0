//! Reads whole profiles, many at a time: one query for each table, merged in memory.

use std::collections::HashMap;

use diesel::prelude::*;

use super::rows::{
    ConfirmationRow, FeeRow, LicenseRow, ListRow, LocationRow, ModalityRow, ProblemAreaRow, TherapistRow,
    parse,
};
use crate::{
    directory::model::Therapist,
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{
            therapist_age_groups, therapist_availability_times, therapist_communities,
            therapist_confirmations, therapist_credentials, therapist_fees, therapist_insurance,
            therapist_languages, therapist_licenses, therapist_locations, therapist_modalities,
            therapist_participants, therapist_problem_areas, therapist_remote_jurisdictions,
            therapist_session_formats, therapists,
        },
    },
};

/// How many profiles one query names: well below the number of parameters that either database takes.
const AT_ONCE: usize = 2000;

/// The profile with this id.
///
/// # Errors
/// When the database fails.
pub fn by_id(conn: &mut Connection, id: Id) -> Result<Option<Therapist>, StoreError> {
    Ok(by_ids(conn, &[id])?.pop())
}

/// Holds the profile until the transaction ends, so that nobody writes it in between. On SQLite a writing transaction
/// holds everything already.
///
/// # Errors
/// When the database fails.
pub fn lock(conn: &mut Connection, id: Id) -> Result<(), StoreError> {
    if let Connection::Postgres(c) = conn {
        therapists::table
            .filter(therapists::id.eq(id))
            .select(therapists::id)
            .for_update()
            .first::<Id>(&mut **c)
            .optional()?;
    }
    Ok(())
}

/// The profiles with these ids, in no order; a missing one is left out.
///
/// # Errors
/// When the database fails.
pub fn by_ids(conn: &mut Connection, ids: &[Id]) -> Result<Vec<Therapist>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let rows: Vec<TherapistRow> = each_backend!(conn, c => therapists::table
            .filter(therapists::id.eq_any(ids))
            .select(TherapistRow::as_select())
            .load(c))?;
        found.extend(complete(conn, rows)?);
    }
    Ok(found)
}

/// The profiles of `source` with these external ids, in no order.
///
/// # Errors
/// When the database fails.
pub fn by_external_ids(
    conn: &mut Connection,
    source: &str,
    external_ids: &[&str],
) -> Result<Vec<Therapist>, StoreError> {
    let mut found = Vec::with_capacity(external_ids.len());
    for external_ids in external_ids.chunks(AT_ONCE) {
        let rows: Vec<TherapistRow> = each_backend!(conn, c => therapists::table
            .filter(therapists::source.eq(source).and(therapists::external_id.eq_any(external_ids)))
            .select(TherapistRow::as_select())
            .load(c))?;
        found.extend(complete(conn, rows)?);
    }
    Ok(found)
}

/// Hands every profile with an id after `after` to `take`, in the order of ids, a batch at a time.
///
/// # Errors
/// When the database fails, or what `take` returns.
pub fn all(
    conn: &mut Connection,
    mut take: impl FnMut(Vec<Therapist>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after: Option<Id> = None;
    loop {
        let rows: Vec<TherapistRow> = each_backend!(conn, c => {
            let mut query = therapists::table.select(TherapistRow::as_select()).into_boxed();
            if let Some(after) = after {
                query = query.filter(therapists::id.gt(after));
            }
            query.order(therapists::id).limit(i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).load(c)
        })?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        take(complete(conn, rows)?)?;
    }
}

/// Adds their lists to the profiles, in the order of the rows.
pub(super) fn complete(conn: &mut Connection, rows: Vec<TherapistRow>) -> Result<Vec<Therapist>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let ids = ids.as_slice();
    let mut profiles = rows.into_iter().map(TherapistRow::into_therapist).collect::<Result<Vec<_>, _>>()?;
    let at: HashMap<Id, usize> = profiles.iter().enumerate().map(|(at, t)| (t.id, at)).collect();

    // One table at a time: its rows in order, each put at the end of its profile's list.
    macro_rules! structures {
        ($table:ident: $row:ty => $($field:ident).+) => {{
            let rows: Vec<$row> = each_backend!(conn, c => $table::table
                .filter($table::therapist_id.eq_any(ids))
                .order(($table::therapist_id, $table::position))
                .select(<$row>::as_select())
                .load(c))?;
            for row in rows {
                let (id, item) = row.into_item()?;
                if let Some(&at) = at.get(&id) {
                    profiles[at].$($field).+.push(item);
                }
            }
        }};
    }
    macro_rules! codes {
        ($table:ident => $($field:ident).+, $read:expr) => {{
            let rows: Vec<(Id, String)> = each_backend!(conn, c => $table::table
                .filter($table::therapist_id.eq_any(ids))
                .order(($table::therapist_id, $table::position))
                .select(($table::therapist_id, $table::code))
                .load(c))?;
            for (id, code) in rows {
                if let Some(&at) = at.get(&id) {
                    profiles[at].$($field).+.push($read(code)?);
                }
            }
        }};
    }
    let text = Ok::<String, StoreError>;
    structures!(therapist_modalities: ModalityRow => modalities);
    structures!(therapist_problem_areas: ProblemAreaRow => problem_areas);
    structures!(therapist_licenses: LicenseRow => licenses);
    structures!(therapist_locations: LocationRow => locations);
    structures!(therapist_fees: FeeRow => fees);
    codes!(therapist_credentials => credentials, text);
    codes!(therapist_languages => languages, text);
    codes!(therapist_communities => communities, text);
    codes!(therapist_remote_jurisdictions => remote_jurisdictions, text);
    codes!(therapist_insurance => insurance, text);
    codes!(therapist_session_formats => session_formats, |code: String| parse(&code));
    codes!(therapist_age_groups => age_groups, |code: String| parse(&code));
    codes!(therapist_participants => participants, |code: String| parse(&code));
    codes!(therapist_availability_times => availability.times, |code: String| parse(&code));

    let rows: Vec<ConfirmationRow> = each_backend!(conn, c => therapist_confirmations::table
        .filter(therapist_confirmations::therapist_id.eq_any(ids))
        .order((therapist_confirmations::therapist_id, therapist_confirmations::field_group))
        .select(ConfirmationRow::as_select())
        .load(c))?;
    for row in rows {
        let (id, confirmation) = row.into_item()?;
        if let Some(&at) = at.get(&id) {
            profiles[at].confirmations.push(confirmation);
        }
    }
    Ok(profiles)
}
