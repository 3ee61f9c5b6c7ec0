//! A stored body as a reader, from any place on.

use std::io::{self, BufRead, Read};

use super::store::{self as rows, Part};
use crate::{
    id::Id,
    store::{Store, StoreError},
};

/// Bytes of a body that are one part, before they are compressed.
pub const PART_BYTES: usize = 1024 * 1024;
/// Profiles shrink to a fifth at the fastest level; slower ones gain little.
const LEVEL: i32 = 1;

/// A part of a body as it is stored.
///
/// # Errors
/// When the memory does not suffice.
pub fn pack(starts_at: i64, bytes: &[u8]) -> io::Result<Part> {
    Ok(Part { starts_at, body: zstd::bulk::compress(bytes, LEVEL)? })
}

/// Reads the body of an import, a part at a time.
#[derive(Debug)]
pub struct Body {
    store: Store,
    import_id: Id,
    bytes_total: i64,
    part_starts_at: i64,
    part: Vec<u8>,
    /// Where the reader stands in the part.
    at: usize,
}

impl Body {
    /// The body from its byte `at` on.
    #[must_use]
    pub const fn open(store: Store, import_id: Id, bytes_total: i64, at: i64) -> Self {
        Self { store, import_id, bytes_total, part_starts_at: at, part: Vec::new(), at: 0 }
    }

    /// The place of the next byte.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.part_starts_at + i64::try_from(self.at).unwrap_or(i64::MAX)
    }

    /// The place of the first byte of the part that is being read.
    #[must_use]
    pub const fn part_starts_at(&self) -> i64 {
        self.part_starts_at
    }

    fn next_part(&mut self) -> io::Result<()> {
        let position = self.position();
        let part = self
            .store
            .read(|conn| -> Result<_, StoreError> { rows::part_at(conn, self.import_id, position) })
            .map_err(io::Error::other)?
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        self.part = zstd::bulk::decompress(&part.body, PART_BYTES)?;
        self.part_starts_at = part.starts_at;
        self.at = usize::try_from(position - part.starts_at).unwrap_or(usize::MAX);
        // A part that ends before the place means that the one that holds it is missing.
        if self.at >= self.part.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl BufRead for Body {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position() >= self.bytes_total {
            return Ok(&[]);
        }
        if self.at >= self.part.len() {
            self.next_part()?;
        }
        Ok(&self.part[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.part.len());
    }
}

impl Read for Body {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}
