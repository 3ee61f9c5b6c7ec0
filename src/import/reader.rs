//! Reads a body ahead of whoever writes: a thread that cuts it into records and, with some others, makes rows of them.
//!
//! What it finds unchanged is judged by the directory as it is while it reads. A change or a deletion that comes between
//! that and the chunk's commit is one that came after the row.

use std::{
    collections::HashMap,
    num::NonZero,
    panic::resume_unwind,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::{
    formats::{Record, layout::Layout},
    model::{Import, ImportError},
    records::Records,
    row::{Row, Rules},
    store::{self as rows, Progress},
};
use crate::{
    pace::{Pace, give_way},
    store::{Store, StoreError},
};

/// Rows of a chunk: enough that a transaction is worth its while, few enough that other writers need not wait long.
const CHUNK_ROWS: usize = 500;
/// A chunk also ends after this many bytes.
const CHUNK_BYTES: i64 = 4 * 1024 * 1024;
/// Chunks that are read ahead.
const AHEAD: usize = 2;
/// Most threads that make rows of one chunk: reading takes two to three times as long as writing. One processor is left to
/// who writes.
const MAX_THREADS: usize = 3;

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
        let records = Records::after(&store, import, &progress);
        let skips_header = progress.bytes_read == 0 && Layout::has_header(import.format);
        let (sender, receiver) = sync_channel(AHEAD);
        let (rows_read, hands) = (progress.counts.read, Hands::new(pace));
        let mut work = Work { store, records, rules, skips_header, rows_read, hands };
        let run = move || {
            pace.settle_last();
            work.send_all(&sender);
        };
        named().spawn(run).map_err(ImportError::Thread)?;
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

fn named() -> thread::Builder {
    thread::Builder::new().name("import-reader".to_owned())
}

struct Work {
    store: Store,
    records: Records,
    rules: Arc<Rules>,
    skips_header: bool,
    rows_read: i64,
    hands: Hands,
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
        let starts_at = self.records.position();
        // A chunk ends where a record does, so that another worker can go on from there.
        while records.len() < CHUNK_ROWS && self.records.position() - starts_at < CHUNK_BYTES {
            let Some(record) = self.records.next_record()? else { break };
            if !std::mem::take(&mut self.skips_header) {
                records.push(record);
            }
        }
        Ok(Chunk {
            rows: self.read(&records)?,
            lines_read: self.records.lines(),
            bytes_read: self.records.position(),
            needs_from: self.records.needs_from(),
            is_last: self.records.is_at_end(),
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
        let records: Vec<_> = (first..).zip(records.iter().zip(external_ids)).collect();
        Ok(self.hands.rows(&self.rules, &records, &known))
    }
}

/// What makes rows of records.
#[derive(Clone, Copy)]
struct Hands {
    threads: usize,
    pace: Pace,
}

/// A record with its number, and the external id that it says.
type Numbered<'a> = (i64, (&'a Record, Option<String>));

impl Hands {
    fn new(pace: Pace) -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self { threads: (processors - 1).clamp(1, MAX_THREADS), pace }
    }

    /// The rows in the order of the records; `known` are the digests of the records that made the stored profiles.
    fn rows<'a>(
        self,
        rules: &Rules,
        records: &'a [Numbered<'a>],
        known: &HashMap<String, Vec<u8>>,
    ) -> Vec<Row> {
        let row = |(number, (record, external_id)): &Numbered<'_>| {
            let digest = rules.digest(&record.content);
            match external_id {
                Some(id) if known.get(id).is_some_and(|known| *known == digest) => {
                    Rules::unchanged(*number, record, id.clone(), digest)
                }
                _ => rules.read(*number, record, digest),
            }
        };
        let given_way = |row| {
            give_way();
            row
        };
        let rows = |records: &[Numbered<'_>]| records.iter().map(row).map(given_way).collect::<Vec<Row>>();
        let share = records.len().div_ceil(self.threads).max(1);
        let (mine, others) = records.split_at(records.len().min(share));
        thread::scope(|scope| {
            let begin = |part: &'a [Numbered<'a>]| {
                let read = move || {
                    self.pace.settle_last();
                    rows(part)
                };
                // Without a thread the part is read here.
                named().spawn_scoped(scope, read).map_err(|_| part)
            };
            let others: Vec<_> = others.chunks(share).map(begin).collect();
            let mut all = rows(mine);
            for part in others {
                all.extend(match part {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                    Err(part) => rows(part),
                });
            }
            all
        })
    }
}

#[cfg(test)]
mod tests;
