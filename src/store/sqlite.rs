//! Opens SQLite files.

use diesel::{Connection as _, connection::SimpleConnection, sqlite::SqliteConnection};

use super::{Access, StoreError};

/// Settings of every connection. The busy timeout comes first: already switching to WAL may meet somebody's lock.
pub const PRAGMAS: &str = "
    PRAGMA busy_timeout = 10000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
";

/// Opens the file at `path`, creating it where it is missing.
pub(super) fn open(path: &str, access: Access) -> Result<SqliteConnection, StoreError> {
    let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("{path}: {error}"));
    // The file holds contacts that are nobody else's business: it is made with its owner's rights alone.
    #[cfg(unix)]
    if access == Access::Write {
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.create(true).append(true).open(path).map_err(|error| unavailable(&error))?;
    }
    let mut connection = SqliteConnection::establish(path).map_err(|error| unavailable(&error))?;
    connection.batch_execute(PRAGMAS).map_err(|error| unavailable(&error))?;
    if access == Access::Read {
        connection.batch_execute("PRAGMA query_only = ON").map_err(|error| unavailable(&error))?;
    }
    Ok(connection)
}
