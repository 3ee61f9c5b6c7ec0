//! The change feed: one row for every write of a profile, in the order in which readers may see them.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Bool},
};

use super::rows::parse;
use crate::{
    directory::model::{DIRECT, Therapist},
    each_backend,
    id::Id,
    insert_rows,
    store::{Connection, Store, StoreError, schema::directory_changes as changes, sql_types::Moment},
    vocabulary::{ChangeKind, Status},
};

/// A place in the feed: the writing transaction (0 on SQLite) and the change's number. Places are in the feed's order.
pub type Position = (i64, i64);

/// What a profile is known by where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub source: String,
    pub external_id: String,
}

/// A row of the change feed. What the profile is now, its own row tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub position: Position,
    pub therapist_id: Id,
    /// The profile's revision after the change.
    pub revision: i64,
    pub kind: ChangeKind,
    pub changed_at: DateTime<Utc>,
    /// Whether everybody could see the profile before the change.
    pub was_public: bool,
    /// The key that the profile had before, where the change took it away from somebody's sight: the profile was deleted
    /// or renamed, or everybody could see it before and cannot any more.
    pub former: Option<Key>,
}

/// What a profile was before a change.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub(super) key: Key,
    pub(super) was_public: bool,
}

impl Before {
    /// The stored source, external id and code of the status.
    pub(super) fn of((source, external_id, status): (String, String, String)) -> Self {
        Self { key: Key { source, external_id }, was_public: status == Status::Published.code() }
    }
}

/// A row for the feed.
pub(super) struct Entry<'a> {
    pub(super) therapist_id: Id,
    pub(super) revision: i64,
    pub(super) changed_at: DateTime<Utc>,
    pub(super) was_public: bool,
    pub(super) former: Option<&'a Key>,
}

impl<'a> Entry<'a> {
    /// A profile that was written, and what it was before where there was one.
    pub(super) fn written(therapist: &Therapist, before: Option<&'a Before>) -> Self {
        let source = therapist.source.as_deref().unwrap_or(DIRECT);
        let external_id = therapist.external_id.as_deref();
        let former = before.filter(|before| {
            let is_renamed =
                before.key.source != source || external_id.is_some_and(|id| before.key.external_id != id);
            is_renamed || (before.was_public && therapist.status != Status::Published)
        });
        Self {
            therapist_id: therapist.id,
            revision: therapist.revision,
            changed_at: therapist.updated_at,
            was_public: before.is_some_and(|before| before.was_public),
            former: former.map(|before| &before.key),
        }
    }

    /// A profile that has left the directory, or everybody's sight.
    pub(super) fn gone(id: Id, revision: i64, changed_at: DateTime<Utc>, before: &'a Before) -> Self {
        let (was_public, former) = (before.was_public, Some(&before.key));
        Self { therapist_id: id, revision, changed_at, was_public, former }
    }
}

/// Adds rows to the feed, in their order; called in the transaction that wrote the profiles.
pub(super) fn record<'a>(
    conn: &mut Connection,
    written: impl Iterator<Item = Entry<'a>>,
    kind: ChangeKind,
) -> Result<(), StoreError> {
    let written: Vec<_> = written.collect();
    insert_rows!(conn, changes, &written, |row| {
        therapist_id: row.therapist_id,
        revision: row.revision,
        kind: kind.code(),
        changed_at: Moment(row.changed_at),
        was_public: row.was_public,
        former_source: row.former.map(|key| key.source.as_str()),
        former_external_id: row.former.map(|key| key.external_id.as_str()),
    })?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = changes)]
struct ChangeRow {
    sequence: i64,
    therapist_id: Id,
    revision: i64,
    kind: String,
    transaction_id: i64,
    changed_at: Moment,
    was_public: bool,
    former_source: Option<String>,
    former_external_id: Option<String>,
}

impl ChangeRow {
    fn into_change(self) -> Result<Change, StoreError> {
        let former = self.former_source.zip(self.former_external_id);
        Ok(Change {
            position: (self.transaction_id, self.sequence),
            therapist_id: self.therapist_id,
            revision: self.revision,
            kind: parse(&self.kind)?,
            changed_at: self.changed_at.into(),
            was_public: self.was_public,
            former: former.map(|(source, external_id)| Key { source, external_id }),
        })
    }
}

// What the feed shows. On SQLite the order of places is that of the changes' numbers, as all transactions are 0. On PostgreSQL
// only the rows of transactions below the oldest one still running are shown, so that none that becomes visible later can have
// been passed over.

/// The changes after `position` in the feed's order, at most `limit`.
///
/// # Errors
/// When the database fails.
pub fn changes_since(
    conn: &mut Connection,
    position: Position,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let query = changes::table.limit(limit);
    let rows: Vec<ChangeRow> = match conn {
        Connection::Sqlite(c) => {
            let query = query.filter(changes::sequence.gt(position.1)).order(changes::sequence);
            query.select(ChangeRow::as_select()).load(&mut **c)?
        }
        Connection::Postgres(c) => query
            .filter(place_is(">", position))
            .filter(changes::transaction_id.lt(oldest_running()))
            .order((changes::transaction_id, changes::sequence))
            .select(ChangeRow::as_select())
            .load(&mut **c)?,
    };
    rows.into_iter().map(ChangeRow::into_change).collect()
}

/// The changes before `position`, the last one first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub fn changes_before(
    conn: &mut Connection,
    position: Position,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let query = changes::table.limit(limit);
    let rows: Vec<ChangeRow> = match conn {
        Connection::Sqlite(c) => {
            let query = query.filter(changes::sequence.lt(position.1)).order(changes::sequence.desc());
            query.select(ChangeRow::as_select()).load(&mut **c)?
        }
        Connection::Postgres(c) => query
            .filter(place_is("<", position))
            .filter(changes::transaction_id.lt(oldest_running()))
            .order((changes::transaction_id.desc(), changes::sequence.desc()))
            .select(ChangeRow::as_select())
            .load(&mut **c)?,
    };
    rows.into_iter().map(ChangeRow::into_change).collect()
}

/// Compares both columns of a place on PostgreSQL, which looks this up in its index; the same said column by column it does not.
fn place_is(
    comparison: &str,
    (transaction, sequence): Position,
) -> Box<dyn BoxableExpression<changes::table, Pg, SqlType = Bool>> {
    let places = sql::<Bool>("(transaction_id, sequence) ").sql(comparison);
    Box::new(places.sql(" (").bind::<BigInt, _>(transaction).sql(", ").bind::<BigInt, _>(sequence).sql(")"))
}

/// The oldest PostgreSQL transaction that may still write.
fn oldest_running() -> diesel::expression::SqlLiteral<BigInt> {
    sql("pg_snapshot_xmin(pg_current_snapshot())::TEXT::BIGINT")
}

/// Where the feed stands now: the position after which [`changes_since`] would show nothing.
///
/// # Errors
/// When the database fails.
pub fn latest_change(conn: &mut Connection) -> Result<Position, StoreError> {
    let query = changes::table.select((changes::transaction_id, changes::sequence));
    let latest: Option<Position> = match conn {
        Connection::Sqlite(c) => query.order(changes::sequence.desc()).first(&mut **c).optional()?,
        Connection::Postgres(c) => query
            .filter(changes::transaction_id.lt(oldest_running()))
            .order((changes::transaction_id.desc(), changes::sequence.desc()))
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

/// A position from which on nothing is missed by whoever has everything up to the change with this number; `None` where
/// there was no such change yet. Where it can no longer be told which transaction made the change, that is the beginning.
///
/// # Errors
/// When the database fails.
pub fn position_of(conn: &mut Connection, sequence: i64) -> Result<Option<Position>, StoreError> {
    if sequence > directory_revision(conn)? {
        return Ok((sequence == 0).then_some((0, 0)));
    }
    let query = changes::table.filter(changes::sequence.eq(sequence)).select(changes::transaction_id);
    match conn {
        Connection::Sqlite(_) => Ok(Some((0, sequence))),
        Connection::Postgres(c) => {
            let transaction: Option<i64> = query.first(&mut **c).optional()?;
            let position = transaction.map_or((0, 0), |transaction| (transaction, sequence));
            // A number that no export gave may be of a change that the feed does not show yet.
            Ok(Some(position.min(latest_change(conn)?)))
        }
    }
}

/// Drops these changes from the feed, by their numbers: at most as many as a statement may name.
///
/// # Errors
/// When the database fails.
pub fn drop_changes(conn: &mut Connection, sequences: &[i64]) -> Result<usize, StoreError> {
    Ok(each_backend!(conn, c => diesel::delete(changes::table)
        .filter(changes::sequence.eq_any(sequences))
        .execute(c))?)
}

/// Puts the changes of another PostgreSQL cluster, whose dump was restored in this one, at the beginning of the feed:
/// the numbers of its transactions mean nothing here, and those that are yet to come here would keep them hidden.
///
/// # Errors
/// When the database fails.
pub fn adopt_changes(store: &Store) -> Result<(), StoreError> {
    // Whoever can be seen without being of this cluster's past.
    let foreign = || {
        let next = sql::<BigInt>("pg_snapshot_xmax(pg_current_snapshot())::TEXT::BIGINT");
        changes::table.filter(changes::transaction_id.ge(next))
    };
    let found: Option<i64> = store.read(|conn| match conn {
        Connection::Sqlite(_) => Ok::<_, StoreError>(None),
        Connection::Postgres(c) => Ok(foreign().select(changes::sequence).first(&mut **c).optional()?),
    })?;
    if found.is_none() {
        return Ok(());
    }
    let adopted = store.write(|conn| match conn {
        Connection::Sqlite(_) => Ok::<_, StoreError>(0),
        Connection::Postgres(c) => {
            Ok(diesel::update(foreign()).set(changes::transaction_id.eq(0)).execute(&mut **c)?)
        }
    })?;
    tracing::info!(changes = adopted, "changes of another database cluster begin the feed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use diesel::{
        QueryableByName,
        connection::{Connection as _, InstrumentationEvent},
        sql_query,
        sql_types::Text,
    };

    use super::*;

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// However long the feed is, a place in it is gone to, not searched for.
    #[test]
    fn the_feed_is_read_from_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("t.db").display())).unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        store
            .read(|conn| {
                let Connection::Sqlite(c) = conn else { unreachable!("a database of SQLite") };
                let told = Arc::clone(&asked);
                c.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                    if let InstrumentationEvent::StartQuery { query, .. } = event {
                        told.lock().unwrap().push(query.to_string());
                    }
                });
                changes_since(conn, (0, 7), 10)?;
                changes_before(conn, (0, 7), 10)?;
                let Connection::Sqlite(c) = conn else { unreachable!("a database of SQLite") };
                c.set_instrumentation(|_: InstrumentationEvent<'_>| {});
                let asked = std::mem::take(&mut *asked.lock().unwrap());
                let mut steps: Vec<String> = Vec::new();
                for query in asked.iter().filter(|query| query.starts_with("SELECT")) {
                    let plan: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(&mut **c)?;
                    steps.extend(plan.into_iter().map(|step| step.detail));
                }
                let of =
                    |bound: &str| format!("SEARCH directory_changes USING INTEGER PRIMARY KEY ({bound})");
                assert_eq!(steps, [of("rowid>?"), of("rowid<?")]);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
