//! The ceiling on PostgreSQL: `COPY` in its binary form, one for each table, in one transaction.

use std::{
    io::Cursor,
    pin::pin,
    time::{Duration, Instant},
};

use super::{TABLES, servers::run};
use futures_util::{SinkExt as _, TryStreamExt as _};

/// Bytes that are sent at once.
const PIECE: usize = 64 * 1024;

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
