//! The store alone: migrations, and that the schema file tells the truth.

use std::collections::BTreeMap;

use diesel::{prelude::*, sql_types::Text};
use tailor::store::{Connection, Store, StoreError, migrate};

use crate::support::database::Database;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// Tables and their columns as the database itself tells them.
fn columns(url: &str) -> BTreeMap<String, Vec<String>> {
    let rows = Store::open(url)
        .expect("the store opens")
        .read(|conn| -> Result<Vec<Column>, StoreError> {
            Ok(match conn {
                Connection::Sqlite(c) => diesel::sql_query(
                    "SELECT m.name AS table_name, p.name AS column_name FROM sqlite_master m, \
                     pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid",
                )
                .load(&mut **c)?,
                Connection::Postgres(c) => diesel::sql_query(
                    "SELECT table_name::TEXT, column_name::TEXT FROM information_schema.columns \
                     WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
                )
                .load(&mut **c)?,
            })
        })
        .expect("the columns are read");
    let mut tables = BTreeMap::<_, Vec<_>>::new();
    for row in rows {
        tables.entry(row.table_name).or_default().push(row.column_name);
    }
    tables.retain(|name, _| name != "__diesel_schema_migrations" && name != "sqlite_sequence");
    tables
}

/// Tables and their columns as `schema.rs` tells them.
fn schema() -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::<_, Vec<_>>::new();
    let mut table = String::new();
    let mut renamed = None;
    for line in include_str!("../../src/store/schema.rs").lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
        } else if let Some(name) = line.strip_prefix("#[sql_name = \"") {
            renamed = name.strip_suffix("\"]");
        } else if let Some((name, _)) = line.split_once(" -> ") {
            tables.entry(table.clone()).or_default().push(renamed.take().unwrap_or(name).to_owned());
        }
    }
    tables
}

#[test]
fn both_databases_have_the_columns_of_the_schema_file() {
    let expected = schema();
    assert!(expected.len() > 20, "the schema file was read");
    assert_eq!(columns(&Database::sqlite().url), expected);
    if let Some(database) = Database::postgres() {
        assert_eq!(columns(&database.url), expected);
    }
}

#[test]
fn migrations_go_up_down_and_up_again() {
    for database in [Some(Database::sqlite()), Database::empty_postgres()].into_iter().flatten() {
        migrate::run(&database.url).expect("up");
        let first = columns(&database.url);
        migrate::revert_all(&database.url).expect("down");
        migrate::run(&database.url).expect("up again");
        assert_eq!(columns(&database.url), first);
    }
}

#[test]
fn processes_that_start_at_once_migrate_once() {
    for database in [Some(Database::sqlite()), Database::empty_postgres()].into_iter().flatten() {
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate::run(&database.url))).collect();
            for start in starts {
                start.join().expect("no panic").expect("migrated");
            }
        });
        assert_eq!(columns(&database.url), schema());
    }
}

#[test]
fn an_unknown_database_is_named_as_the_fault() {
    let error = Store::open("mysql://localhost/tailor").expect_err("no such database");
    assert_eq!(error.to_string(), "DATABASE_URL must begin with sqlite:// or postgres://");
}
