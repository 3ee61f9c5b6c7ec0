//! Applies the embedded migrations, one process at a time.

use diesel::{backend::Backend, connection::SimpleConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Access, Database, StoreError, locks::Lock, postgres, sqlite};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

#[derive(Clone, Copy)]
enum Direction {
    /// At most so many.
    Up(usize),
    Down,
}

/// Applies every migration that the database at `url` lacks.
///
/// On SQLite all of them are one transaction that holds the write lock; on PostgreSQL each is one, under an advisory
/// lock. Two processes that start at once follow one another, and the second finds nothing to do.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn run(url: &str) -> Result<(), StoreError> {
    migrate(url, Direction::Up(usize::MAX))
}

/// Applies the first so many migrations to an empty database: for tests of what an upgrade finds.
///
/// # Errors
/// As [`run`].
pub fn run_first(url: &str, count: usize) -> Result<(), StoreError> {
    migrate(url, Direction::Up(count))
}

/// Takes every migration back, for the test that they can be.
///
/// # Errors
/// As [`run`].
pub fn revert_all(url: &str) -> Result<(), StoreError> {
    migrate(url, Direction::Down)
}

fn migrate(url: &str, direction: Direction) -> Result<(), StoreError> {
    let outcome = match Database::of(url)? {
        Database::Sqlite(path) => sqlite::open(path, Access::Write)?
            // Each migration's own transaction becomes a savepoint of this one.
            .immediate_transaction(|connection| apply(connection, SQLITE, direction)),
        Database::Postgres => {
            let mut connection = postgres::open(url, Access::Read)?;
            // The lock belongs to the connection and ends with it.
            connection.batch_execute(&format!("SELECT pg_advisory_lock({})", Lock::Migrations.key()))?;
            apply(&mut connection, POSTGRES, direction)
        }
    };
    outcome.map_err(|error| StoreError::Migration(error.to_string()))
}

fn apply<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
    direction: Direction,
) -> diesel::migration::Result<()> {
    match direction {
        Direction::Up(count) => {
            let pending = harness.pending_migrations(migrations)?;
            harness.run_migrations(&pending[..count.min(pending.len())]).map(|_| ())
        }
        Direction::Down => harness.revert_all_migrations(migrations).map(|_| ()),
    }
}
