//! The advisory locks of PostgreSQL, in one place so that no two of them are one. On SQLite, where one writer at a time holds
//! everything, they do nothing.

use super::{Connection, StoreError};

/// What a lock keeps apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Processes that migrate at once.
    Migrations,
    /// Removals, and writers who give profiles their identity.
    Removals,
    /// Changes of the contributors, and whoever decides over a summary.
    Summaries,
}

impl Lock {
    /// Any number that nobody else uses: the names in ASCII.
    pub(super) const fn key(self) -> i64 {
        match self {
            Self::Migrations => 0x7461_696c_6f72,
            Self::Removals => 0x0072_656d_6f76_6564,
            Self::Summaries => 0x7375_6d6d_6172_6965,
        }
    }

    /// Holds the lock alone until the transaction ends; waits for all who hold it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn hold_alone(self, conn: &mut Connection) -> Result<(), StoreError> {
        self.take(conn, "pg_advisory_xact_lock")
    }

    /// Holds the lock together with others until the transaction ends; waits for whoever holds it alone.
    ///
    /// # Errors
    /// When the database fails.
    pub fn hold_together(self, conn: &mut Connection) -> Result<(), StoreError> {
        self.take(conn, "pg_advisory_xact_lock_shared")
    }

    fn take(self, conn: &mut Connection, function: &str) -> Result<(), StoreError> {
        match conn {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(_) => conn.execute_batch(&format!("SELECT {function}({})", self.key())),
        }
    }
}
