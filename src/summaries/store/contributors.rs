//! Which apps contribute. A change decides anew over every summary that it bears on, in the same transaction.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{LOCK, contributions, touched};
use crate::{
    each_backend,
    store::{
        Connection, Store, StoreError, schema::consultation_contributors as contributors, sql_types::Moment,
    },
    summaries::model::{App, Contributor},
};

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
    store.write_erasing(|conn| {
        hold_all(conn)?;
        let row = ContributorRow {
            app: app.name().to_owned(),
            marked_by: marked_by.to_owned(),
            marked_at: now.into(),
        };
        let added = each_backend!(conn, c => diesel::insert_into(contributors::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 0 {
            return Ok(None);
        }
        decide_anew(conn, app, now)?;
        Ok(Some(row.into()))
    })
}

/// Ends the app's contributions: its consultations no longer count. `false` where it was no contributor.
///
/// # Errors
/// When the database fails.
pub fn unmark(store: &Store, app: &App, now: DateTime<Utc>) -> Result<bool, StoreError> {
    store.write_erasing(|conn| {
        hold_all(conn)?;
        let removed = each_backend!(conn, c => diesel::delete(contributors::table)
            .filter(contributors::app.eq(app.name()))
            .execute(c))?;
        if removed > 0 {
            decide_anew(conn, app, now)?;
        }
        Ok(removed > 0)
    })
}

/// Keeps everybody else from deciding over any summary: who contributes must not change while somebody counts.
fn hold_all(conn: &mut Connection) -> Result<(), StoreError> {
    match conn {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => conn.execute_batch(&format!("SELECT pg_advisory_xact_lock({LOCK})")),
    }
}

fn decide_anew(conn: &mut Connection, app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    for therapist_id in contributions::therapists_of(conn, app.name())? {
        touched(conn, therapist_id, now)?;
    }
    Ok(())
}
