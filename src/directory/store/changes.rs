//! The change feed: one row for every write of a profile, in the order in which readers may see them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    each_backend,
    id::Id,
    insert_rows,
    store::{Connection, StoreError, schema::directory_changes as changes, sql_types::Moment},
};

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Upsert,
    Delete,
    /// Deleted because the therapist asked for it: a mirror must not bring the profile back either.
    Removal,
}

impl ChangeKind {
    const fn code(self) -> &'static str {
        match self {
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::Removal => "removal",
        }
    }
}

/// A row of the change feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The writing transaction (0 on SQLite) and the change's number: the feed's order.
    pub position: (i64, i64),
    /// Which profile changed: what it is now, or that it is gone, its row tells.
    pub therapist_id: Id,
}

/// Adds rows to the feed, in their order; called in the transaction that wrote the profiles.
pub(super) fn record(
    conn: &mut Connection,
    written: impl Iterator<Item = (Id, i64, DateTime<Utc>)>,
    kind: ChangeKind,
) -> Result<(), StoreError> {
    let written: Vec<_> = written.collect();
    insert_rows!(conn, changes, &written, |row| {
        therapist_id: row.0,
        revision: row.1,
        kind: kind.code(),
        changed_at: Moment(row.2),
    })?;
    Ok(())
}

/// The changes after `position` in the feed's order, at most `limit`.
///
/// On PostgreSQL only those of transactions below the oldest one still running are shown, so that none that becomes
/// visible later can have been passed over.
///
/// # Errors
/// When the database fails.
pub fn changes_since(
    conn: &mut Connection,
    position: (i64, i64),
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let (transaction, sequence) = position;
    let after = changes::transaction_id
        .gt(transaction)
        .or(changes::transaction_id.eq(transaction).and(changes::sequence.gt(sequence)));
    let columns = (changes::transaction_id, changes::sequence, changes::therapist_id);
    let order = (changes::transaction_id, changes::sequence);
    let rows: Vec<(i64, i64, Id)> = match conn {
        Connection::Sqlite(c) => {
            changes::table.filter(after).select(columns).order(order).limit(limit).load(&mut **c)?
        }
        Connection::Postgres(c) => changes::table
            .filter(after)
            .filter(changes::transaction_id.lt(oldest_running()))
            .select(columns)
            .order(order)
            .limit(limit)
            .load(&mut **c)?,
    };
    let change =
        |(transaction, sequence, therapist_id)| Change { position: (transaction, sequence), therapist_id };
    Ok(rows.into_iter().map(change).collect())
}

/// The oldest PostgreSQL transaction that may still write.
fn oldest_running() -> diesel::expression::SqlLiteral<diesel::sql_types::BigInt> {
    diesel::dsl::sql("pg_snapshot_xmin(pg_current_snapshot())::TEXT::BIGINT")
}

/// Where the feed stands now: the position after which [`changes_since`] would show nothing.
///
/// # Errors
/// When the database fails.
pub fn latest_change(conn: &mut Connection) -> Result<(i64, i64), StoreError> {
    let columns = (changes::transaction_id, changes::sequence);
    let order = (changes::transaction_id.desc(), changes::sequence.desc());
    let latest: Option<(i64, i64)> = match conn {
        Connection::Sqlite(c) => changes::table.select(columns).order(order).first(&mut **c).optional()?,
        Connection::Postgres(c) => changes::table
            .filter(changes::transaction_id.lt(oldest_running()))
            .select(columns)
            .order(order)
            .first(&mut **c)
            .optional()?,
    };
    Ok(latest.unwrap_or((0, 0)))
}

/// The number of the latest change that is committed.
///
/// # Errors
/// When the database fails.
pub fn directory_revision(conn: &mut Connection) -> Result<i64, StoreError> {
    let latest: Option<i64> =
        each_backend!(conn, c => changes::table.select(diesel::dsl::max(changes::sequence)).first(c))?;
    Ok(latest.unwrap_or(0))
}
