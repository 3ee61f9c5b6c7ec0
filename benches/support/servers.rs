//! Where databases on PostgreSQL come from.

use tokio_postgres::{Client, NoTls};

use super::server;

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

/// Does some work on a connection of its own.
pub fn run<T>(url: &str, work: impl AsyncFnOnce(&mut Client) -> T) -> T {
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
