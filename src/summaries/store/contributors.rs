//! Which apps contribute. A change decides anew over every summary that it bears on.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{touched, voices};
use crate::{
    each_backend,
    store::{
        Connection, Store, StoreError, locks::Lock, schema::consultation_contributors as contributors,
        sql_types::Moment,
    },
    summaries::model::{App, Contributor},
};

/// How many summaries are decided over in one transaction.
const AT_ONCE: i64 = 50;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = contributors)]
struct ContributorRow {
    app: String,
    marked_by: String,
    marked_at: Moment,
}

impl From<ContributorRow> for Contributor {
    fn from(row: ContributorRow) -> Self {
        Self { app: row.app, marked_by: row.marked_by, marked_at: row.marked_at.into() }
    }
}

/// All contributors, in the order of their names' bytes: an administrator marks few.
///
/// # Errors
/// When the database fails.
pub fn contributors(conn: &mut Connection) -> Result<Vec<Contributor>, StoreError> {
    let rows: Vec<ContributorRow> =
        each_backend!(conn, c => contributors::table.select(ContributorRow::as_select()).load(c))?;
    let mut found: Vec<Contributor> = rows.into_iter().map(Contributor::from).collect();
    found.sort_by(|a, b| a.app.cmp(&b.app));
    Ok(found)
}

/// Marks the app as a contributor; none where it is one already.
///
/// # Errors
/// When the database fails.
pub fn mark(
    store: &Store,
    app: &App,
    marked_by: &str,
    now: DateTime<Utc>,
) -> Result<Option<Contributor>, StoreError> {
    let row =
        ContributorRow { app: app.name().to_owned(), marked_by: marked_by.to_owned(), marked_at: now.into() };
    let added = store.write_erasing(|conn| -> Result<_, StoreError> {
        // Who contributes must not change while somebody counts.
        Lock::Summaries.hold_alone(conn)?;
        Ok(each_backend!(conn, c => diesel::insert_into(contributors::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?)
    })?;
    decide_anew(store, app, now)?;
    Ok((added > 0).then(|| row.into()))
}

/// Ends the app's contributions: its consultations no longer count. `false` where it was no contributor.
///
/// # Errors
/// When the database fails.
pub fn unmark(store: &Store, app: &App, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let removed = store.write_erasing(|conn| -> Result<_, StoreError> {
        // Who contributes must not change while somebody counts.
        Lock::Summaries.hold_alone(conn)?;
        Ok(each_backend!(conn, c => diesel::delete(contributors::table)
            .filter(contributors::app.eq(app.name()))
            .execute(c))?)
    })?;
    decide_anew(store, app, now)?;
    Ok(removed > 0)
}

/// Decides over every summary that the app bears on, some in one transaction, so that nobody waits for all of them. Where it
/// is cut off, the same request does the rest; whoever stores or erases a consultation does it for its therapist.
fn decide_anew(store: &Store, app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let therapists = store.read(|conn| voices::therapists_of(conn, app.name(), after, AT_ONCE))?;
        let Some(last) = therapists.last() else { return Ok(()) };
        after = Some(*last);
        store.write_erasing(|conn| -> Result<(), StoreError> {
            super::hold(conn, &therapists)?;
            therapists.iter().try_for_each(|therapist_id| touched(conn, *therapist_id, now))
        })?;
    }
}
