//! The peer on SQLite: the database that the import filled.

use std::path::Path;

use rusqlite::{Connection, Statement, params_from_iter, types::Value};
use tailor::{id::Id, matching::needs::Needs, store::sqlite::PRAGMAS};

use super::{
    facts::{Facts, Winner},
    query,
    tables::{INDEXES, TABLES, rows},
};

/// The whole file stays in memory, whatever the program itself allows its connections.
const ROOM: &str = "PRAGMA cache_size = -4194304; PRAGMA mmap_size = 17179869184;";

pub struct Sqlite(Connection);

impl Sqlite {
    /// Adds what tuned SQL adds.
    pub fn prepare(database: &Path, facts: &Facts) -> Self {
        let mut connection = Connection::open(database).expect("the file opens");
        connection.execute_batch(PRAGMAS).expect("the settings are taken");
        connection.execute_batch(ROOM).expect("the settings are taken");
        let transaction = connection.transaction().expect("a transaction");
        for table in TABLES {
            transaction.execute_batch(&table.create("BLOB", "WITHOUT ROWID")).expect("a table");
            let places = vec!["?"; table.width()].join(", ");
            let insert = format!("INSERT INTO {} VALUES ({places})", table.name);
            let mut insert = transaction.prepare(&insert).expect("a statement");
            rows(facts, &table, |id, numbers| {
                let id = id.map(|id| Value::Blob(id.as_bytes().to_vec()));
                let numbers = numbers.iter().map(|number| Value::Real(*number));
                insert.execute(params_from_iter(id.into_iter().chain(numbers))).expect("a row");
            });
        }
        transaction.execute_batch(INDEXES).expect("indexes");
        transaction.commit().expect("the rows are kept");
        connection.execute_batch("ANALYZE").expect("statistics");
        Self(connection)
    }

    pub fn eligible(&self, facts: &Facts, needs: &Needs) -> u64 {
        let count = format!("{} SELECT count(*) FROM eligible", query::eligible(facts, needs));
        self.0
            .query_row(&count, [], |row| row.get::<_, i64>(0))
            .expect("a count")
            .try_into()
            .expect("a count")
    }

    pub fn statement(&self, facts: &Facts, needs: &Needs) -> Statement<'_> {
        self.0.prepare(&query::best(facts, needs)).expect("a statement")
    }
}

pub fn best(statement: &mut Statement<'_>, has_preference: bool) -> Vec<Winner> {
    let winner = |row: &rusqlite::Row<'_>| {
        let preference: f64 = row.get(2)?;
        Ok(Winner {
            id: Id::from_bytes(row.get(0)?),
            problem_fit: row.get(1)?,
            preference: has_preference.then_some(preference),
            score: row.get(3)?,
        })
    };
    statement.query_map([], winner).expect("a query").collect::<Result<_, _>>().expect("rows")
}
