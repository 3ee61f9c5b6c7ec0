//! Reads profiles in the order in which they are exported: by source and external id, as bytes on both databases.

use diesel::{dsl::min, prelude::*};

use super::{
    filter::{Filter, filtered},
    read::{complete, readable},
    rows::TherapistRow,
};
use crate::{
    directory::model::Therapist,
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{therapist_answers, therapist_fees, therapist_licenses, therapist_locations, therapists},
    },
};

/// Profiles that are in memory at once.
const AT_ONCE: usize = 500;

/// The most entries that a profile has in each list of structures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    pub licenses: usize,
    pub locations: usize,
    pub fees: usize,
    pub answers: usize,
}

/// Hands the profiles that the filter admits to `take`, in the order of (source, external id), a batch at a time.
///
/// The columns are declared so that they sort by their bytes. Going through one source after the other lets every
/// batch be read from the index of both columns: it is found at once, however far the batch before came.
///
/// # Errors
/// When the database fails, or what `take` returns.
pub fn in_order<E: From<StoreError>>(
    conn: &mut Connection,
    filter: &Filter,
    mut take: impl FnMut(Vec<Therapist>) -> Result<(), E>,
) -> Result<(), E> {
    let mut source = next_source(conn, filter, None)?;
    while let Some(current) = source {
        let mut after = None;
        loop {
            let rows = batch(conn, filter, &current, after.as_deref())?;
            let is_last = rows.len() < AT_ONCE;
            after = rows.last().map(|row| row.external_id.clone());
            if !rows.is_empty() {
                take(complete_readable(conn, rows)?)?;
            }
            if is_last {
                break;
            }
        }
        source = next_source(conn, filter, Some(&current))?;
    }
    Ok(())
}

/// Adds their lists to the profiles, in the order of the rows; one that cannot be read is left out.
fn complete_readable(conn: &mut Connection, rows: Vec<TherapistRow>) -> Result<Vec<Therapist>, StoreError> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    match complete(conn, rows) {
        Err(error) if error.is_unreadable() => {
            let mut found = readable(conn, &ids)?;
            found.sort_by_key(|therapist| ids.iter().position(|id| *id == therapist.id));
            Ok(found)
        }
        outcome => outcome,
    }
}

/// The first source after `after` that the filter names; whether it admits a profile of it is not asked.
fn next_source(
    conn: &mut Connection,
    filter: &Filter,
    after: Option<&str>,
) -> Result<Option<String>, StoreError> {
    Ok(each_backend!(conn, c => {
        let mut query = therapists::table.select(min(therapists::source)).into_boxed();
        if !filter.source.is_empty() {
            query = query.filter(therapists::source.eq_any(&filter.source));
        }
        if let Some(after) = after {
            query = query.filter(therapists::source.gt(after));
        }
        query.first(c)
    })?)
}

/// The first profiles of this source, after an external id, that the filter admits.
fn batch(
    conn: &mut Connection,
    filter: &Filter,
    source: &str,
    after: Option<&str>,
) -> Result<Vec<TherapistRow>, StoreError> {
    Ok(each_backend!(conn, c => {
        let mut query = filtered!(therapists::table.select(TherapistRow::as_select()).into_boxed(), filter)
            .filter(therapists::source.eq(source));
        if let Some(after) = after {
            query = query.filter(therapists::external_id.gt(after));
        }
        query.order(therapists::external_id).limit(i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).load(c)
    })?)
}

/// How long the lists of the profiles are that the filter admits.
///
/// # Errors
/// When the database fails.
pub fn longest(conn: &mut Connection, filter: &Filter) -> Result<Longest, StoreError> {
    macro_rules! longest {
        ($table:ident) => {{
            let last: Option<i32> = each_backend!(conn, c => {
                let admitted = filtered!(therapists::table.select(therapists::id).into_boxed(), filter);
                $table::table
                    .filter($table::therapist_id.eq_any(admitted))
                    .select(diesel::dsl::max($table::position))
                    .first(c)
            })?;
            last.map_or(0, |last| usize::try_from(last).map_or(0, |last| last + 1))
        }};
    }
    Ok(Longest {
        licenses: longest!(therapist_licenses),
        locations: longest!(therapist_locations),
        fees: longest!(therapist_fees),
        answers: longest!(therapist_answers),
    })
}
