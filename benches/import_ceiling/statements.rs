//! The ceiling on SQLite: prepared statements, one for each table, in one transaction.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, params_from_iter, types::Value};

use super::TABLES;

/// A table's rows as they stand in it.
pub struct Rows {
    insert: String,
    rows: Vec<Vec<Value>>,
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("the file opens");
    connection.execute_batch(tailor::store::sqlite::PRAGMAS).expect("the settings are taken");
    connection
}

/// All rows, each table's in the order in which they were written.
pub fn read(path: &Path) -> Vec<Rows> {
    let connection = open(path);
    let rows_of = |table: &&str| {
        let mut statement =
            connection.prepare(&format!("SELECT * FROM {table} ORDER BY rowid")).expect("a table");
        let columns = statement.column_count();
        let places = vec!["?"; columns].join(", ");
        let values = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect();
        let rows = statement.query_map([], values).expect("a query").collect::<Result<_, _>>();
        Rows { insert: format!("INSERT INTO {table} VALUES ({places})"), rows: rows.expect("rows") }
    };
    TABLES.iter().map(rows_of).collect()
}

/// Writes the rows; how long it took until they were kept.
pub fn write(path: &Path, tables: &[Rows]) -> Duration {
    let mut connection = open(path);
    let began = Instant::now();
    let transaction = connection.transaction().expect("a transaction");
    for table in tables {
        let mut statement = transaction.prepare(&table.insert).expect("a statement");
        for row in &table.rows {
            statement.execute(params_from_iter(row)).expect("a row");
        }
    }
    transaction.commit().expect("the rows are kept");
    began.elapsed()
}
