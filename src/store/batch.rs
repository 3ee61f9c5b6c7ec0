//! Writes many rows by few statements, which each connection prepares once.
//!
//! On SQLite a statement costs the more to prepare the more rows it takes, and those of many rows run fastest: one of a
//! fixed number of rows is prepared, and one of a single row for what is left over. On PostgreSQL every statement is a
//! journey to the server, so one takes all rows: an array for each column, which the server takes apart.

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, SingleValue},
    sqlite::{Sqlite, SqliteConnection},
};

/// Rows of the statement that SQLite runs again and again.
pub const ROWS: usize = 64;

diesel::define_sql_function! {
    /// The elements of an array, a row for each.
    fn unnest<T: SingleValue>(elements: Array<T>) -> T;
}

/// An `INSERT` of one row with the values of more rows behind it, [`ROWS`] in all. (Diesel's own batches are prepared
/// anew each time, unless the rows own their values.)
#[derive(Debug)]
pub struct Batch<Insert, Values> {
    pub insert: Insert,
    pub more: Vec<Values>,
}

impl<Insert, Values> QueryFragment<Sqlite> for Batch<Insert, Values>
where
    Insert: QueryFragment<Sqlite>,
    Values: QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.insert.walk_ast(out.reborrow())?;
        for values in &self.more {
            out.push_sql(", (");
            values.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        Ok(())
    }
}

/// Batches have one length, so that there is one statement for each table and its columns.
impl<Insert: QueryId, Values> QueryId for Batch<Insert, Values> {
    type QueryId = Batch<Insert::QueryId, ()>;
    const HAS_STATIC_QUERY_ID: bool = Insert::HAS_STATIC_QUERY_ID;
}

impl<Insert, Values> RunQueryDsl<SqliteConnection> for Batch<Insert, Values> {}

/// Inserts a row for every element of a slice: `insert_rows!(conn, table, slice, |element| { column: value, .. })`.
///
/// Its value is a `QueryResult<()>`; after an error the transaction is to be rolled back.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:ident, $rows:expr, |$row:ident| { $($column:ident: $value:expr),+ $(,)? }) => {
        (|| -> diesel::QueryResult<()> {
            let rows = $rows;
            match $conn {
                $crate::store::Connection::Sqlite(c) => {
                    let (batches, rest) = rows.as_chunks::<{ $crate::store::batch::ROWS }>();
                    for [$row, more @ ..] in batches {
                        let insert = diesel::insert_into($table::table).values(($($table::$column.eq($value),)+));
                        let values = more.iter().map(|$row| ($(
                            diesel::IntoSql::into_sql::<diesel::dsl::SqlTypeOf<$table::$column>>($value),
                        )+));
                        let more = values.collect();
                        $crate::store::batch::Batch { insert, more }.execute(&mut **c)?;
                        $crate::pace::give_way();
                    }
                    for $row in rest {
                        diesel::insert_into($table::table)
                            .values(($($table::$column.eq($value),)+))
                            .execute(&mut **c)?;
                    }
                }
                $crate::store::Connection::Postgres(c) => {
                    if !rows.is_empty() {
                        diesel::insert_into($table::table)
                            .values($crate::arrays!($table, rows, |$row| { $($column: $value),+ }))
                            .into_columns(($($table::$column,)+))
                            .execute(&mut **c)?;
                    }
                }
            }
            Ok(())
        })()
    };
}

/// As [`insert_rows!`], but a row with the same key is replaced where it is there. The first column is the key.
#[macro_export]
macro_rules! upsert_rows {
    (
        $conn:expr, $table:ident, $rows:expr,
        |$row:ident| { $key:ident: $id:expr, $($column:ident: $value:expr),+ $(,)? }
    ) => {
        (|| -> diesel::QueryResult<()> {
            let rows = $rows;
            let replaced = || ($($table::$column.eq(diesel::upsert::excluded($table::$column)),)+);
            match $conn {
                $crate::store::Connection::Sqlite(c) => {
                    for $row in rows {
                        diesel::insert_into($table::table)
                            .values(($table::$key.eq($id), $($table::$column.eq($value),)+))
                            .on_conflict($table::$key)
                            .do_update()
                            .set(replaced())
                            .execute(&mut **c)?;
                    }
                }
                $crate::store::Connection::Postgres(c) => {
                    if !rows.is_empty() {
                        diesel::insert_into($table::table)
                            .values($crate::arrays!($table, rows, |$row| { $key: $id, $($column: $value),+ }))
                            .into_columns(($table::$key, $($table::$column,)+))
                            .on_conflict($table::$key)
                            .do_update()
                            .set(replaced())
                            .execute(&mut **c)?;
                    }
                }
            }
            Ok(())
        })()
    };
}

/// The rows as PostgreSQL takes them apart: an array for each column.
#[macro_export]
macro_rules! arrays {
    ($table:ident, $rows:ident, |$row:ident| { $($column:ident: $value:expr),+ }) => {
        diesel::select(($($crate::store::batch::unnest(
            diesel::IntoSql::into_sql::<diesel::sql_types::Array<diesel::dsl::SqlTypeOf<$table::$column>>>(
                $rows
                    .iter()
                    .map(|$row| {
                        // Some columns are the same for all rows.
                        let _ = $row;
                        $value
                    })
                    .collect::<Vec<_>>(),
            ),
        ),)+))
    };
}
