//! Which erasures may still show in the files of the database.
//!
//! A trace is left in the transaction that erases, and taken out once the tables were rewritten: so the rewriting is made up
//! for, whatever comes between.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types::BigInt};

use crate::{
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::consultation_traces as traces},
};

/// Remembers that the running transaction erases.
///
/// # Errors
/// When the database fails.
pub fn leave(conn: &mut Connection, now: DateTime<Utc>) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::insert_into(traces::table).values(traces::id.eq(Id::new(now))).execute(c))?;
    Ok(())
}

/// What is to be rewritten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Those that a rewriting takes away.
    pub settled: Vec<Id>,
    /// Those whose rows some transaction may still see, so that PostgreSQL would keep them.
    pub unsettled: usize,
}

/// The traces that are left.
///
/// # Errors
/// When the database fails.
pub fn left(conn: &mut Connection) -> Result<Traces, StoreError> {
    let rows: Vec<(Id, i64)> =
        each_backend!(conn, c => traces::table.select((traces::id, traces::transaction_id)).load(c))?;
    if rows.is_empty() {
        return Ok(Traces::default());
    }
    let horizon = horizon(conn)?;
    let settled: Vec<Id> = rows.iter().filter(|(_, by)| *by < horizon).map(|(id, _)| *id).collect();
    Ok(Traces { unsettled: rows.len() - settled.len(), settled })
}

/// Takes traces out: the files no longer show what was erased.
///
/// # Errors
/// When the database fails.
pub fn forget(conn: &mut Connection, ids: &[Id]) -> Result<(), StoreError> {
    for ids in ids.chunks(1000) {
        each_backend!(conn, c => diesel::delete(traces::table.filter(traces::id.eq_any(ids))).execute(c))?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Horizon {
    #[diesel(sql_type = BigInt)]
    horizon: i64,
}

/// The number below which no transaction of this database sees what was erased. Sessions tell 32 bits of theirs, which are
/// counted back from the newest.
const HORIZON: &str = "
    WITH now AS (SELECT pg_current_snapshot() AS seen),
    held AS (
        SELECT unnest(ARRAY[backend_xid, backend_xmin]) AS held FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND (datname IS NULL OR datname = current_database())
        UNION ALL SELECT xmin FROM pg_replication_slots
        UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database())
    SELECT least(
        pg_snapshot_xmin(seen)::TEXT::BIGINT,
        (SELECT min(newest - mod(newest - held::TEXT::BIGINT + 4294967296, 4294967296))
            FROM held, (SELECT pg_snapshot_xmax(seen)::TEXT::BIGINT AS newest FROM now) AS of WHERE held IS NOT NULL)
    ) AS horizon FROM now";

fn horizon(conn: &mut Connection) -> Result<i64, StoreError> {
    match conn {
        // The log is shortened only when nobody reads an older state.
        Connection::Sqlite(_) => Ok(i64::MAX),
        Connection::Postgres(c) => Ok(diesel::sql_query(HORIZON).get_result::<Horizon>(&mut **c)?.horizon),
    }
}
