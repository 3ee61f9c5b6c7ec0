//! A stored body as records, from any of them on.

use std::io::BufRead as _;

use super::{
    body::Body,
    formats::{
        Record,
        cut::{Cut, Cutter},
    },
    model::{Import, ImportError},
    spool::Spool,
    store::Progress,
};
use crate::store::Store;

/// Cuts the records of an import's body as they are asked for.
#[derive(Debug)]
pub struct Records {
    body: Body,
    cutter: Cutter,
    is_at_end: bool,
}

impl Records {
    /// All records of the body, the header included.
    #[must_use]
    pub fn from_start(store: &Store, import: &Import) -> Self {
        Self::new(store, import, 0, Cutter::at_start(import.format))
    }

    /// The records after those that were done.
    #[must_use]
    pub fn after(store: &Store, import: &Import, done: &Progress) -> Self {
        match done.bytes_read {
            0 => Self::from_start(store, import),
            at => Self::new(store, import, at, Cutter::after_record(import.format, done.lines_read)),
        }
    }

    fn new(store: &Store, import: &Import, at: i64, cutter: Cutter) -> Self {
        let body = Body::open(Spool::of(store), import.id, import.bytes_total, at);
        Self { body, cutter, is_at_end: false }
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// When the body cannot be read, or is not of its format.
    pub fn next_record(&mut self) -> Result<Option<Record>, ImportError> {
        while !self.is_at_end {
            let piece = self.body.fill_buf().map_err(ImportError::unreadable)?;
            if piece.is_empty() {
                self.is_at_end = true;
                return Ok(self.cutter.finish()?);
            }
            let (taken, record) = match self.cutter.cut(piece)? {
                Cut::More => (piece.len(), None),
                Cut::Record { taken, record } => (taken, Some(record)),
            };
            self.body.consume(taken);
            if record.is_some() {
                return Ok(record);
            }
        }
        Ok(None)
    }

    /// Whether the body ends behind the last record.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Lines of the body up to the end of the last record.
    #[must_use]
    pub const fn lines(&self) -> i64 {
        self.cutter.lines()
    }

    /// Bytes of the body up to the end of the last record.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.body.position()
    }

    /// Before this byte nothing of the body is needed any more.
    #[must_use]
    pub const fn needs_from(&self) -> i64 {
        self.body.part_starts_at()
    }
}
