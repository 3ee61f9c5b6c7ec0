//! The peer on PostgreSQL: the same profiles under the same ids.

use std::{error::Error, fmt::Write as _, io::Cursor, pin::pin};

use futures_util::SinkExt as _;
use tailor::{
    catalog::model::Catalog,
    directory::{model::Therapist, store as profiles},
    id::Id,
    matching::needs::Needs,
    store::{Store, StoreError},
};
use tokio::runtime::Runtime;
use tokio_postgres::{
    Client, NoTls, Statement,
    types::{FromSql, Type},
};

use super::{
    facts::{Facts, Winner},
    query,
    servers::Server,
    tables::{INDEXES, TABLES, rows},
};

/// Bytes that are sent at once.
const PIECE: usize = 64 * 1024;
/// Room for sorts and hashes, and pages that are in memory. Compiling a query to machine code costs more than it brings.
const SETTINGS: &str = "
    SET work_mem = '256MB';
    SET random_page_cost = 1.1;
    SET effective_cache_size = '4GB';
    SET jit = off;
";

/// A UUID as it comes.
struct Bytes([u8; 16]);

impl FromSql<'_> for Bytes {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::UUID
    }
}

/// A database that the program's own tables are in.
pub struct Database {
    store: Store,
    url: String,
}

impl Database {
    pub fn open(server: &Server) -> Self {
        let url = server.fresh();
        let store = Store::open(&url).expect("the database opens");
        let catalog = Catalog::embedded().expect("the catalog");
        let synced: Result<(), StoreError> = store.write(|conn| profiles::sync_catalog(conn, &catalog));
        synced.expect("the codes are written");
        Self { store, url }
    }

    pub fn take(&self, therapists: &[Therapist]) {
        let written: Result<(), StoreError> = self.store.write(|conn| profiles::insert(conn, therapists));
        written.expect("the profiles are written");
    }
}

pub struct Postgres {
    runtime: Runtime,
    client: Client,
}

impl Postgres {
    /// Adds what tuned SQL adds.
    pub fn prepare(database: &Database, facts: &Facts) -> Self {
        // The connection is driven by a thread of its own, as in a server.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let client = runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&database.url, NoTls).await.expect("the server answers");
            tokio::spawn(connection);
            client.batch_execute(SETTINGS).await.expect("the settings are taken");
            for table in TABLES {
                client.batch_execute(&table.create("UUID", "")).await.expect("a table");
                let mut text = String::new();
                rows(facts, &table, |id, numbers| {
                    let id = id.map(ToString::to_string);
                    let numbers = numbers.iter().map(f64::to_string);
                    let cells: Vec<String> = id.into_iter().chain(numbers).collect();
                    writeln!(text, "{}", cells.join("\t")).expect("memory");
                });
                let copy = format!("COPY {} FROM STDIN", table.name);
                let mut sink = pin!(client.copy_in(copy.as_str()).await.expect("a table"));
                for piece in text.as_bytes().chunks(PIECE) {
                    sink.feed(Cursor::new(piece.to_vec())).await.expect("rows");
                }
                sink.as_mut().finish().await.expect("the rows are taken");
            }
            client.batch_execute(INDEXES).await.expect("indexes");
            client.batch_execute("VACUUM ANALYZE").await.expect("statistics");
            client
        });
        Self { runtime, client }
    }

    pub fn eligible(&self, facts: &Facts, needs: &Needs) -> u64 {
        let count = format!("{} SELECT count(*) FROM eligible", query::eligible(facts, needs));
        let row = self.runtime.block_on(self.client.query_one(&count, &[])).expect("a count");
        row.get::<_, i64>(0).try_into().expect("a count")
    }

    pub fn statement(&self, facts: &Facts, needs: &Needs) -> Statement {
        let query = query::best(facts, needs);
        self.runtime
            .block_on(self.client.prepare(&query))
            .unwrap_or_else(|error| panic!("{error:?}: {query}"))
    }

    pub fn best(&self, statement: &Statement, has_preference: bool) -> Vec<Winner> {
        let rows = self.runtime.block_on(self.client.query(statement, &[])).expect("rows");
        let winner = |row: &tokio_postgres::Row| {
            let Bytes(id) = row.get(0);
            Winner {
                id: Id::from_bytes(id),
                problem_fit: row.get(1),
                preference: has_preference.then(|| row.get(2)),
                score: row.get(3),
            }
        };
        rows.iter().map(winner).collect()
    }
}
