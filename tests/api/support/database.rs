//! Every test runs on SQLite and on PostgreSQL, each with a database of its own.

use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};

use super::postgres;

/// A fresh database and what keeps it.
pub struct Database {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    /// A fresh SQLite file.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("tailor.db").display());
        Self { url, _folder: Some(folder) }
    }

    /// The same database, for another node; its first owner keeps it.
    pub fn shared(&self) -> Self {
        Self { url: self.url.clone(), _folder: None }
    }

    /// A fresh PostgreSQL database; none where PostgreSQL is not installed, which is said.
    pub fn postgres() -> Option<Self> {
        let Some(server) = postgres::server() else {
            println!("not run on PostgreSQL: its binaries (initdb, pg_ctl) were not found");
            return None;
        };
        Some(Self { url: server.fresh(), _folder: None })
    }

    /// The same database, for another server; what keeps it stays with this one.
    pub fn again(&self) -> Self {
        Self { url: self.url.clone(), _folder: None }
    }

    /// A PostgreSQL database without tables that sorts text as English does.
    pub fn postgres_in_english() -> Option<Self> {
        postgres::server().map(|server| Self { url: server.in_english(), _folder: None })
    }

    /// A PostgreSQL database without tables.
    pub fn empty_postgres() -> Option<Self> {
        postgres::server().map(|server| Self { url: server.empty(), _folder: None })
    }

    /// Runs statements as the database has them, without bringing its tables up to date first.
    pub fn execute(&self, sql: &str) {
        match self.url.strip_prefix("sqlite://") {
            Some(path) => SqliteConnection::establish(path)
                .expect("the file opens")
                .batch_execute(sql)
                .expect("the statement runs"),
            None => postgres::execute(&self.url, sql),
        }
    }
}

/// Defines each test twice: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$doc:meta])* fn $name:ident($argument:ident: $type:ty) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            fn run($argument: $type) $body

            #[test]
            fn sqlite() {
                run(<$type>::from($crate::support::database::Database::sqlite()));
            }

            #[test]
            fn postgres() {
                if let Some(database) = $crate::support::database::Database::postgres() {
                    run(<$type>::from(database));
                }
            }
        }
    )+};
}
