//! Erasing so that the files of the database no longer show what was there.
//!
//! A deleted row stays in a file until something else is written over it. On SQLite `secure_delete` writes zeros over what
//! is deleted, but a page that was split may keep copies of rows in its unused space, which no later delete finds, and the
//! write-ahead log has all pages as they were. On PostgreSQL `VACUUM` frees the space of dead rows and leaves their bytes.
//! So tables with what must be erased are written by [`Store::write_erasing`] only, and rewritten as a whole by
//! [`Store::rewrite`] after something was erased.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
    sqlite::SqliteConnection,
};

use super::{Access, Connection, Manager, Store, StoreError, transaction};

/// How long the rewriting waits for readers of the log: they may be long, and writers wait as long.
const PATIENCE: &str = "PRAGMA busy_timeout = 2000";
/// On PostgreSQL everybody who comes later waits behind the lock that is waited for.
const LOCK_PATIENCE: &str = "SET lock_timeout = '2s'";

impl Store {
    /// As [`Store::write`]; on SQLite what is deleted, replaced or moved to another page is written over with zeros.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_erasing<T, E>(&self, f: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        transaction(&self.writers, Access::Write, |conn| {
            let Connection::Sqlite(_) = conn else { return f(conn) };
            conn.execute_batch("PRAGMA secure_delete = ON")?;
            let outcome = f(conn);
            // Other writers need not pay for it. What was freed is zeros already: the pragma says what happens from now on.
            conn.execute_batch("PRAGMA secure_delete = OFF")?;
            outcome
        })
    }

    /// Writes these tables anew with what they hold and without what they once held, and shortens SQLite's log to
    /// nothing. On PostgreSQL that is `VACUUM FULL`: rows that a transaction may still see are kept.
    ///
    /// Takes time and space in proportion to the tables. On SQLite other writers wait meanwhile, on PostgreSQL whoever
    /// uses these tables. `false` where a reader holds the log for so long that it has to be tried again.
    ///
    /// # Errors
    /// When the database fails, or on PostgreSQL somebody uses a table for too long, or one belongs to another role.
    pub fn rewrite(&self, tables: &[&str]) -> Result<bool, StoreError> {
        let manager = Manager { url: self.url.to_string(), access: Access::Write };
        match r2d2::ManageConnection::connect(&manager)?.connection {
            Connection::Sqlite(mut c) => {
                // A log that a reader holds would grow by all that is rewritten, and again each time it is tried.
                if !shorten_log(&mut c)? {
                    return Ok(false);
                }
                rewrite_sqlite(&mut c, tables)?;
                shorten_log(&mut c)
            }
            mut conn @ Connection::Postgres(_) => {
                conn.execute_batch(LOCK_PATIENCE)?;
                let before = files(&mut conn, tables)?;
                conn.execute_batch(&format!("VACUUM FULL {}", tables.join(", ")))?;
                let after = files(&mut conn, tables)?;
                // To whom a table does not belong, PostgreSQL says so in a warning and leaves it as it is.
                let kept =
                    tables.iter().zip(before.iter().zip(&after)).find(|(_, (before, after))| before == after);
                kept.map_or(Ok(true), |(table, _)| Err(StoreError::NotOwner((*table).to_owned())))
            }
        }
    }
}

#[derive(QueryableByName)]
struct TableFile {
    #[diesel(sql_type = BigInt)]
    file: i64,
}

/// The numbers of the files in which PostgreSQL has these tables.
fn files(conn: &mut Connection, tables: &[&str]) -> Result<Vec<i64>, StoreError> {
    let Connection::Postgres(c) = conn else { return Ok(Vec::new()) };
    let file = |table: &&str| {
        diesel::sql_query("SELECT pg_relation_filenode($1::regclass)::bigint AS file")
            .bind::<Text, _>(*table)
            .get_result::<TableFile>(&mut **c)
    };
    tables.iter().map(file).map(|row| Ok(row?.file)).collect()
}

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text)]
    sql: String,
}

/// Each table is made anew from its own definition and takes its rows over; all pages of the old one become zeros.
fn rewrite_sqlite(c: &mut SqliteConnection, tables: &[&str]) -> Result<(), StoreError> {
    // Without these, other tables' references would follow the old table, and its rows take theirs along.
    diesel::connection::SimpleConnection::batch_execute(
        c,
        "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; PRAGMA secure_delete = ON",
    )?;
    c.immediate_transaction(|c| {
        for table in tables {
            let definitions = |c: &mut SqliteConnection, kind: &str| {
                diesel::sql_query(
                    "SELECT sql FROM sqlite_schema WHERE type = ? AND tbl_name = ? AND sql IS NOT NULL",
                )
                .bind::<Text, _>(kind)
                .bind::<Text, _>(*table)
                .load::<Definition>(c)
            };
            let (own, indexes) = (definitions(c, "table")?, definitions(c, "index")?);
            let mut steps = vec![format!("ALTER TABLE {table} RENAME TO {table}_before")];
            steps.extend(own.into_iter().map(|definition| definition.sql));
            steps.push(format!("INSERT INTO {table} SELECT * FROM {table}_before"));
            steps.push(format!("DROP TABLE {table}_before"));
            steps.extend(indexes.into_iter().map(|definition| definition.sql));
            for step in steps {
                diesel::sql_query(step).execute(c)?;
            }
        }
        Ok(())
    })
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// Brings SQLite's log into the file and shortens it to nothing; `false` where a reader still needs it.
fn shorten_log(c: &mut SqliteConnection) -> Result<bool, StoreError> {
    diesel::connection::SimpleConnection::batch_execute(c, PATIENCE)?;
    let outcome = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(c)?;
    diesel::connection::SimpleConnection::batch_execute(c, super::sqlite::PRAGMAS)?;
    Ok(outcome.busy == 0)
}
