//! The store: one set of queries on SQLite (embedded) or PostgreSQL, chosen by the URL at run time.
//!
//! *Invariants*: SQLite has one writer, which takes its lock before it reads (`BEGIN IMMEDIATE`), and readers that
//! cannot write (`query_only`). Every closure runs in one transaction: what it reads is one state of the database,
//! what it writes is kept whole or not at all. Acknowledged writes are flushed (`synchronous = FULL`).

pub mod batch;
pub mod erasing;
pub mod idempotency;
pub mod locks;
pub mod migrate;
mod postgres;
pub mod schema;
pub mod sql_types;
pub mod sqlite;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use diesel::{connection::SimpleConnection, result::DatabaseErrorKind, sqlite::SqliteConnection};

pub use postgres::PgConnection;

/// Expands one expression for whichever database the connection belongs to.
///
/// Diesel checks the expression for both. `MultiConnection` would need libpq and refuses `RETURNING`, `ON CONFLICT`
/// and batch inserts.
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::Connection::Sqlite(c) => {
                let $c = &mut **c;
                $body
            }
            $crate::store::Connection::Postgres(c) => {
                let $c = &mut **c;
                $body
            }
        }
    };
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database that this program speaks.
    #[error("DATABASE_URL must begin with sqlite:// or postgres://")]
    UnknownDatabase,
    /// The URL names no file: several connections share the database, which one in memory cannot be.
    #[error("DATABASE_URL must name a file, such as sqlite://tailor.db")]
    NoFile,
    /// No connection could be had in time.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database holds migrations that this program does not know, or one failed.
    #[error("the migrations could not be applied: {0}")]
    Migration(String),
    /// A row could not be read as what it should be: somebody else wrote to the database.
    #[error("the database holds an unreadable value: {0}")]
    Corrupt(String),
    /// Only the role to which a table belongs may rewrite it.
    #[error("the table {0} belongs to another role, and cannot be rewritten")]
    NotOwner(String),
    /// Anything else.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

impl StoreError {
    /// What was read is no value of its type, while the database itself answers.
    #[must_use]
    pub const fn is_unreadable(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::Query(diesel::result::Error::DeserializationError(_)))
    }

    /// The write broke a rule that rows be unique.
    #[must_use]
    pub const fn is_unique_violation(&self) -> bool {
        matches!(
            self,
            Self::Query(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
        )
    }
}

/// A connection to either database.
pub enum Connection {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Connection::Sqlite",
            Self::Postgres(_) => "Connection::Postgres",
        })
    }
}

impl Connection {
    /// Runs SQL that has no parameters and returns nothing.
    pub fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(each_backend!(self, c => c.batch_execute(sql))?)
    }
}

/// What a pooled connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// A connection in the pool; `in_transaction` stays set when a closure panicked, and the pool drops it then.
struct Pooled {
    connection: Connection,
    in_transaction: bool,
}

#[derive(Debug)]
struct Manager {
    url: String,
    access: Access,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = StoreError;

    fn connect(&self) -> Result<Pooled, StoreError> {
        let connection = match Database::of(&self.url)? {
            Database::Sqlite(path) => Connection::Sqlite(Box::new(sqlite::open(path, self.access)?)),
            Database::Postgres => Connection::Postgres(Box::new(postgres::open(&self.url, self.access)?)),
        };
        Ok(Pooled { connection, in_transaction: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), StoreError> {
        match &mut pooled.connection {
            // An open file does not go away.
            Connection::Sqlite(_) => Ok(()),
            connection @ Connection::Postgres(_) => connection.execute_batch("SELECT 1"),
        }
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.in_transaction
    }
}

/// Which database a URL means.
#[derive(Clone, Copy, Debug)]
pub enum Database<'a> {
    /// The path of the file.
    Sqlite(&'a str),
    Postgres,
}

impl<'a> Database<'a> {
    /// Reads the scheme of a `DATABASE_URL`.
    ///
    /// # Errors
    /// When it is neither `sqlite` nor `postgres`/`postgresql`.
    pub fn of(url: &'a str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            if path.is_empty() || path.contains(":memory:") {
                return Err(StoreError::NoFile);
            }
            return Ok(Self::Sqlite(path));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres);
        }
        Err(StoreError::UnknownDatabase)
    }
}

/// The database behind pools of readers and writers. Cloning shares the pools.
#[derive(Clone)]
pub struct Store {
    url: Arc<str>,
    readers: r2d2::Pool<Manager>,
    writers: r2d2::Pool<Manager>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens (and on SQLite creates) the database and applies the migrations that are missing, under a lock.
    ///
    /// # Errors
    /// When the URL is unknown, the database cannot be reached or a migration fails.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        migrate::run(url)?;
        let (readers, writers) = match Database::of(url)? {
            Database::Sqlite(_) => (4, 1),
            Database::Postgres => (8, 8),
        };
        Ok(Self {
            url: url.into(),
            readers: pool(url, Access::Read, readers)?,
            writers: pool(url, Access::Write, writers)?,
        })
    }

    /// A folder beside an SQLite file, for what need not be in it; `None` on PostgreSQL, where nodes share no disk.
    #[must_use]
    pub fn folder_beside(&self, name: &str) -> Option<PathBuf> {
        match Database::of(&self.url) {
            Ok(Database::Sqlite(path)) => Some(PathBuf::from(format!("{path}-{name}"))),
            Ok(Database::Postgres) | Err(_) => None,
        }
    }

    /// Runs `f` on one unchanging state of the database.
    ///
    /// # Errors
    /// What `f` returns, or [`StoreError`] when the database fails.
    pub fn read<T, E>(&self, f: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        transaction(&self.readers, Access::Read, f)
    }

    /// As [`Store::read`], on a connection of its own: for what takes so long that it must not keep others from the pool.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_apart<T, E>(&self, f: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let manager = Manager { url: self.url.to_string(), access: Access::Read };
        within(&mut r2d2::ManageConnection::connect(&manager)?, Access::Read, f)
    }

    /// Runs `f` and keeps everything it wrote, or nothing where it fails.
    ///
    /// # Errors
    /// What `f` returns, or [`StoreError`] when the database fails.
    pub fn write<T, E>(&self, f: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        transaction(&self.writers, Access::Write, f)
    }
}

fn pool(url: &str, access: Access, size: u32) -> Result<r2d2::Pool<Manager>, StoreError> {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(matches!(Database::of(url)?, Database::Postgres))
        .connection_timeout(Duration::from_secs(10))
        .build(Manager { url: url.to_owned(), access })
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn transaction<T, E>(
    pool: &r2d2::Pool<Manager>,
    access: Access,
    f: impl FnOnce(&mut Connection) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<StoreError>,
{
    let mut pooled = pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    within(&mut pooled, access, f)
}

fn within<T, E>(
    pooled: &mut Pooled,
    access: Access,
    f: impl FnOnce(&mut Connection) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<StoreError>,
{
    let begin = match (&pooled.connection, access) {
        (Connection::Sqlite(_), Access::Read) => "BEGIN",
        (Connection::Sqlite(_), Access::Write) => "BEGIN IMMEDIATE",
        (Connection::Postgres(_), Access::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        // Who waited for a lock must see what its holder committed, whatever the server begins with otherwise.
        (Connection::Postgres(_), Access::Write) => "BEGIN ISOLATION LEVEL READ COMMITTED",
    };
    // Beginning fails only where the database cannot be had: it is gone, or somebody else holds it for too long.
    pooled.connection.execute_batch(begin).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    pooled.in_transaction = true;
    match f(&mut pooled.connection) {
        Ok(value) => {
            pooled.connection.execute_batch("COMMIT")?;
            pooled.in_transaction = false;
            Ok(value)
        }
        Err(error) => {
            // Where the roll-back fails too the connection is dropped, and the database rolls back by itself.
            if pooled.connection.execute_batch("ROLLBACK").is_ok() {
                pooled.in_transaction = false;
            }
            Err(error)
        }
    }
}
