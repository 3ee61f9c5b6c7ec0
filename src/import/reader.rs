//! Reads a body ahead of whoever writes: a thread that cuts it into records and makes rows of them.
//!
//! What it finds unchanged is judged by the directory as it is while it reads. A change or a deletion that comes between
//! that and the chunk's commit is one that came after the row.

use std::{
    collections::HashMap,
    io::BufRead as _,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::{
    body::Body,
    formats::{
        Record,
        cut::{Cut, Cutter},
        layout::Layout,
    },
    model::{Import, ImportError},
    pace::Pace,
    row::{Row, Rules},
    spool::Spool,
    store::{self as rows, Progress},
};
use crate::store::{Store, StoreError};

/// Rows of a chunk: enough that a transaction is worth its while, few enough that other writers need not wait long.
const CHUNK_ROWS: usize = 500;
/// A chunk also ends after this many bytes.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Chunks that are read ahead.
const AHEAD: usize = 2;

/// A piece of the body.
#[derive(Debug)]
pub struct Chunk {
    pub rows: Vec<Row>,
    /// Lines and bytes of the body up to the end of the chunk.
    pub lines_read: i64,
    pub bytes_read: i64,
    /// Before this byte nothing of the body is needed any more.
    pub needs_from: i64,
    /// The body ends here.
    pub is_last: bool,
}

/// The chunks of a body, one after the other. Dropping it ends the thread.
#[derive(Debug)]
pub struct Reader(Receiver<Result<Chunk, ImportError>>);

impl Reader {
    /// Reads the rest of an import's body from where it is done.
    ///
    /// # Errors
    /// [`ImportError::Thread`] when the system gives no thread.
    pub fn spawn(
        store: Store,
        import: &Import,
        progress: Progress,
        rules: Arc<Rules>,
        pace: Pace,
    ) -> Result<Self, ImportError> {
        let body = Body::open(Spool::of(&store), import.id, import.bytes_total, progress.bytes_read);
        let cutter = match progress.bytes_read {
            0 => Cutter::at_start(import.format),
            _ => Cutter::after_record(import.format, progress.lines_read),
        };
        let skips_header = progress.bytes_read == 0 && Layout::has_header(import.format);
        let (sender, receiver) = sync_channel(AHEAD);
        let mut work = Work { store, body, cutter, rules, skips_header, rows_read: progress.counts.read };
        let run = move || {
            pace.settle();
            work.send_all(&sender);
        };
        thread::Builder::new().name("import-reader".to_owned()).spawn(run).map_err(ImportError::Thread)?;
        Ok(Self(receiver))
    }

    /// The next chunk.
    ///
    /// # Errors
    /// When the body cannot be read or the database fails.
    pub fn next(&self) -> Result<Chunk, ImportError> {
        self.0.recv().unwrap_or_else(|_| Err(ImportError::Thread(std::io::ErrorKind::Interrupted.into())))
    }
}

struct Work {
    store: Store,
    body: Body,
    cutter: Cutter,
    rules: Arc<Rules>,
    skips_header: bool,
    rows_read: i64,
}

impl Work {
    fn send_all(&mut self, sender: &SyncSender<Result<Chunk, ImportError>>) {
        loop {
            let chunk = self.chunk();
            let goes_on = matches!(&chunk, Ok(chunk) if !chunk.is_last);
            // Nobody waits for it any more: the run was dropped.
            if sender.send(chunk).is_err() || !goes_on {
                return;
            }
        }
    }

    fn chunk(&mut self) -> Result<Chunk, ImportError> {
        let mut records = Vec::with_capacity(CHUNK_ROWS);
        let mut bytes = 0;
        let mut is_last = false;
        // A chunk ends where a record does, so that another worker can go on from there.
        let mut is_within = false;
        while !is_last && (is_within || (records.len() < CHUNK_ROWS && bytes < CHUNK_BYTES)) {
            let piece = self.body.fill_buf().map_err(ImportError::unreadable)?;
            let (taken, record) = if piece.is_empty() {
                is_last = true;
                (0, self.cutter.finish()?)
            } else {
                match self.cutter.cut(piece)? {
                    Cut::More => (piece.len(), None),
                    Cut::Record { taken, record } => (taken, Some(record)),
                }
            };
            is_within = !is_last && record.is_none();
            self.body.consume(taken);
            bytes += taken;
            if let Some(record) = record
                && !std::mem::take(&mut self.skips_header)
            {
                records.push(record);
            }
        }
        Ok(Chunk {
            rows: self.read(&records)?,
            lines_read: self.cutter.lines(),
            bytes_read: self.body.position(),
            needs_from: self.body.part_starts_at(),
            is_last,
        })
    }

    /// Makes rows of records; of those that made the stored profiles, without reading them.
    fn read(&mut self, records: &[Record]) -> Result<Vec<Row>, ImportError> {
        let external_ids: Vec<_> =
            records.iter().map(|record| self.rules.external_id(&record.content)).collect();
        let ids: Vec<&str> = external_ids.iter().flatten().map(String::as_str).collect();
        let known: HashMap<String, Vec<u8>> = self
            .store
            .read(|conn| -> Result<_, StoreError> { rows::known(conn, &self.rules.source, &ids) })?;
        let first = self.rows_read + 1;
        self.rows_read += i64::try_from(records.len()).unwrap_or(i64::MAX);
        let row = |(number, (record, external_id)): (i64, (&Record, Option<String>))| {
            let digest = self.rules.digest(&record.content);
            match external_id {
                Some(id) if known.get(&id).is_some_and(|known| *known == digest) => {
                    Rules::unchanged(number, record, id, digest)
                }
                _ => self.rules.read(number, record, digest),
            }
        };
        Ok((first..).zip(records.iter().zip(external_ids)).map(row).collect())
    }
}
