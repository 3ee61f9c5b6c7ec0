//! The ceiling on PostgreSQL: `COPY` in its binary form, one for each table, in one transaction.

use std::{
    io::Cursor,
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, TryStreamExt as _};
use tokio_postgres::{Client, NoTls};

use super::{TABLES, server};

/// Bytes that are sent at once.
const PIECE: usize = 64 * 1024;

/// Where fresh databases come from.
pub enum Server {
    /// One of this process.
    Private(server::Server),
    /// The URL of somebody else's.
    Given(String),
}

impl Server {
    /// The server that the environment names, or a private one where its binaries are found. It keeps what it
    /// acknowledges, as a server in use does.
    pub fn find() -> Option<Self> {
        if let Ok(url) = std::env::var("TAILOR_BENCH_POSTGRES") {
            return Some(Self::Given(url));
        }
        server::start("-c shared_buffers=256MB -c max_wal_size=4GB").map(Self::Private)
    }

    /// The URL of a new database without tables, or with them.
    pub fn fresh(&self) -> String {
        match self {
            Self::Private(server) => server.fresh(),
            Self::Given(url) => {
                let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
                let create = format!("CREATE DATABASE {name}");
                run(url, async |client| client.batch_execute(&create).await.expect("a database"));
                let mut fresh: url::Url = url.parse().expect("a URL");
                fresh.set_path(&name);
                fresh.into()
            }
        }
    }
}

fn run<T>(url: &str, work: impl AsyncFnOnce(&mut Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
        let connection = tokio::spawn(connection);
        let outcome = work(&mut client).await;
        drop(client);
        connection.await.expect("no panic").expect("the connection holds");
        outcome
    })
}

/// All rows of each table, as `COPY` hands them out.
pub fn read(url: &str) -> Vec<Vec<u8>> {
    run(url, async |client| {
        let mut tables = Vec::new();
        for table in TABLES {
            let sql = format!("COPY {table} TO STDOUT (FORMAT binary)");
            let stream = client.copy_out(sql.as_str()).await.expect("a table");
            let pieces: Vec<_> = stream.try_collect().await.expect("rows");
            tables.push(pieces.iter().flat_map(|piece| piece.iter().copied()).collect());
        }
        tables
    })
}

/// Writes the rows; how long it took until they were kept.
pub fn write(url: &str, tables: &[Vec<u8>]) -> Duration {
    run(url, async |client| {
        let began = Instant::now();
        let transaction = client.transaction().await.expect("a transaction");
        for (table, rows) in TABLES.iter().zip(tables) {
            let sql = format!("COPY {table} FROM STDIN (FORMAT binary)");
            let mut sink = pin!(transaction.copy_in(sql.as_str()).await.expect("a table"));
            for piece in rows.chunks(PIECE) {
                sink.feed(Cursor::new(piece.to_vec())).await.expect("rows");
            }
            sink.as_mut().finish().await.expect("the rows are taken");
        }
        transaction.commit().await.expect("the rows are kept");
        began.elapsed()
    })
}
