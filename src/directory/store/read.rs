//! Reads whole profiles, many at a time: one query for each table, merged in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use diesel::prelude::*;

use super::rows::{
    AnswerRow, FeeRow, LicenseRow, ListRow, LocationRow, ModalityRow, ProblemAreaRow, TherapistRow, parse,
};
use crate::{
    directory::{confirmations::Confirmation, model::Therapist},
    each_backend,
    id::Id,
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

/// Those of the profiles with these ids that can be read, in no order. One that cannot, because somebody else wrote to the
/// database or a newer version of this program did, is logged with its id and left out, so that it holds up none of the
/// others.
///
/// # Errors
/// When the database fails.
pub fn readable(conn: &mut Connection, ids: &[Id]) -> Result<Vec<Therapist>, StoreError> {
    match (by_ids(conn, ids), ids) {
        (Err(error), [id]) if error.is_unreadable() => {
            tracing::error!(therapist = %id, %error, "a profile cannot be read, and is left out");
            Ok(Vec::new())
        }
        (Err(error), _) if error.is_unreadable() => {
            let (first, second) = ids.split_at(ids.len() / 2);
            let mut found = readable(conn, first)?;
            found.extend(readable(conn, second)?);
            Ok(found)
        }
        (outcome, _) => outcome,
    }
}

/// The revisions of the profiles with these ids; a missing one is left out.
///
/// # Errors
/// When the database fails.
pub fn revisions(conn: &mut Connection, ids: &[Id]) -> Result<HashMap<Id, i64>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let rows: Vec<(Id, i64)> = each_backend!(conn, c => therapists::table
            .filter(therapists::id.eq_any(ids))
            .select((therapists::id, therapists::revision))
            .load(c))?;
        found.extend(rows);
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

/// A walk through all profiles in the order of ids, which several threads may go on at once: each batch is read by one.
#[derive(Debug, Default)]
pub struct Walk(Mutex<Option<Id>>);

impl Walk {
    /// The next profiles that can be read, in the order of ids; `None` when all were handed out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next(&self, conn: &mut Connection) -> Result<Option<Vec<Therapist>>, StoreError> {
        let ids = self.next_ids(conn)?;
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(None) };
        match between(conn, *first, *last) {
            Err(error) if error.is_unreadable() => {
                let mut found = readable(conn, &ids)?;
                found.sort_unstable_by_key(|therapist| therapist.id);
                Ok(Some(found))
            }
            outcome => outcome.map(Some),
        }
    }

    /// Others wait until it is known where the batch ends; its profiles are read without them.
    fn next_ids(&self, conn: &mut Connection) -> Result<Vec<Id>, StoreError> {
        let mut after = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<Id> = each_backend!(conn, c => {
            let mut query = therapists::table.select(therapists::id).into_boxed();
            if let Some(after) = *after {
                query = query.filter(therapists::id.gt(after));
            }
            query.order(therapists::id).limit(i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).load(c)
        })?;
        *after = ids.last().copied().or(*after);
        Ok(ids)
    }
}

/// Hands every profile that can be read to `take`, in the order of ids, a batch at a time.
///
/// # Errors
/// When the database fails, or what `take` returns.
pub fn all(
    conn: &mut Connection,
    mut take: impl FnMut(Vec<Therapist>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let walk = Walk::default();
    while let Some(batch) = walk.next(conn)? {
        take(batch)?;
    }
    Ok(())
}

/// The profiles from one id to another, both included, in the order of ids.
fn between(conn: &mut Connection, first: Id, last: Id) -> Result<Vec<Therapist>, StoreError> {
    let rows: Vec<TherapistRow> = each_backend!(conn, c => therapists::table
        .filter(therapists::id.between(first, last))
        .select(TherapistRow::as_select())
        .order(therapists::id)
        .load(c))?;
    with_lists(conn, rows, Those::Between(first, last))
}

/// Adds their lists to the profiles, in the order of the rows.
pub(super) fn complete(conn: &mut Connection, rows: Vec<TherapistRow>) -> Result<Vec<Therapist>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    with_lists(conn, rows, Those::Named(&ids))
}

/// Whose lists are read.
#[derive(Clone, Copy)]
enum Those<'a> {
    Named(&'a [Id]),
    /// All from one id to another, both included.
    Between(Id, Id),
}

/// The query of a table of lists, for those profiles alone.
macro_rules! of_those {
    ($table:ident, $columns:expr, $those:expr) => {{
        let query = $table::table.select($columns).into_boxed();
        match $those {
            Those::Named(ids) => query.filter($table::therapist_id.eq_any(ids)),
            Those::Between(first, last) => query.filter($table::therapist_id.between(first, last)),
        }
    }};
}

fn with_lists(
    conn: &mut Connection,
    rows: Vec<TherapistRow>,
    those: Those<'_>,
) -> Result<Vec<Therapist>, StoreError> {
    let mut profiles = rows.into_iter().map(TherapistRow::into_therapist).collect::<Result<Vec<_>, _>>()?;
    let at: HashMap<Id, usize> = profiles.iter().enumerate().map(|(at, t)| (t.id, at)).collect();

    macro_rules! structures {
        ($table:ident: $row:ty => $($field:ident).+) => {{
            let rows: Vec<$row> = each_backend!(conn, c => of_those!($table, <$row>::as_select(), those).load(c))?;
            for (at, item) in in_order(&at, rows.into_iter().map(ListRow::into_item))? {
                profiles[at].$($field).+.push(item);
            }
        }};
    }
    macro_rules! codes {
        ($table:ident => $($field:ident).+, $read:expr) => {{
            let columns = ($table::therapist_id, $table::position, $table::code);
            let rows: Vec<(Id, i32, String)> = each_backend!(conn, c => of_those!($table, columns, those).load(c))?;
            let items = rows.into_iter().map(|(id, position, code)| Ok((id, position, $read(code)?)));
            for (at, code) in in_order(&at, items)? {
                profiles[at].$($field).+.push(code);
            }
        }};
    }
    let text = Ok::<String, StoreError>;
    structures!(therapist_modalities: ModalityRow => modalities);
    structures!(therapist_problem_areas: ProblemAreaRow => problem_areas);
    structures!(therapist_licenses: LicenseRow => licenses);
    structures!(therapist_locations: LocationRow => locations);
    structures!(therapist_fees: FeeRow => fees);
    let rows: Vec<AnswerRow> =
        each_backend!(conn, c => of_those!(therapist_answers, AnswerRow::as_select(), those).load(c))?;
    for (at, answer) in in_order(&at, rows.into_iter().map(ListRow::into_item))? {
        profiles[at].consultation_answers.get_or_insert_default().push(answer);
    }
    codes!(therapist_credentials => credentials, text);
    codes!(therapist_languages => languages, text);
    codes!(therapist_communities => communities, text);
    codes!(therapist_remote_jurisdictions => remote_jurisdictions, text);
    codes!(therapist_insurance => insurance, text);
    codes!(therapist_session_formats => session_formats, |code: String| parse(&code));
    codes!(therapist_age_groups => age_groups, |code: String| parse(&code));
    codes!(therapist_participants => participants, |code: String| parse(&code));
    codes!(therapist_availability_times => availability.times, |code: String| parse(&code));

    use therapist_confirmations as confirmations;
    let columns = (
        confirmations::therapist_id,
        confirmations::field_group,
        confirmations::method,
        confirmations::confirmed_at,
    );
    let rows: Vec<(Id, String, String, Moment)> =
        each_backend!(conn, c => of_those!(confirmations, columns, those).load(c))?;
    let items = rows.into_iter().map(|(id, field_group, method, confirmed_at)| {
        let method = parse(&method)?;
        Ok((
            id,
            field_group.clone(),
            Confirmation { field_group: parse(&field_group)?, method, confirmed_at: confirmed_at.0 },
        ))
    });
    for (at, confirmation) in in_order(&at, items)? {
        profiles[at].confirmations.push(confirmation);
    }
    Ok(profiles)
}

/// Items with the place of their profile, in order: sorting the few of each profile here costs less than asking the
/// database for it, which finds them by profile but not by position.
fn in_order<P: Ord, T>(
    at: &HashMap<Id, usize>,
    items: impl Iterator<Item = Result<(Id, P, T), StoreError>>,
) -> Result<impl Iterator<Item = (usize, T)>, StoreError> {
    let mut found = Vec::with_capacity(items.size_hint().0);
    for item in items {
        let (id, position, item) = item?;
        if let Some(&at) = at.get(&id) {
            found.push((at, position, item));
        }
    }
    found.sort_by(|(one, first, _), (other, second, _)| (one, first).cmp(&(other, second)));
    Ok(found.into_iter().map(|(at, _, item)| (at, item)))
}
