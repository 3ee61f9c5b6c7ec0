//! A stored body as a reader, from any place on.

use std::io::{self, BufRead, Read};

use super::spool::{Part, Parts, Spool};
use crate::id::Id;

/// Reads the body of an import, a part at a time.
#[derive(Debug)]
pub struct Body {
    parts: Parts,
    bytes_total: i64,
    part: Part,
    /// Where the reader stands in the part.
    at: usize,
}

impl Body {
    /// The body from its byte `at` on.
    #[must_use]
    pub const fn open(spool: Spool, import_id: Id, bytes_total: i64, at: i64) -> Self {
        let part = Part { starts_at: at, bytes: Vec::new() };
        Self { parts: spool.parts(import_id), bytes_total, part, at: 0 }
    }

    /// The place of the next byte.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.part.starts_at + i64::try_from(self.at).unwrap_or(i64::MAX)
    }

    /// The place of the first byte of the part that is being read.
    #[must_use]
    pub const fn part_starts_at(&self) -> i64 {
        self.part.starts_at
    }

    fn next_part(&mut self) -> io::Result<()> {
        let position = self.position();
        self.part = self.parts.at(position)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.at = usize::try_from(position - self.part.starts_at).unwrap_or(usize::MAX);
        Ok(())
    }
}

impl BufRead for Body {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position() >= self.bytes_total {
            return Ok(&[]);
        }
        if self.at >= self.part.bytes.len() {
            self.next_part()?;
        }
        Ok(&self.part.bytes[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.part.bytes.len());
    }
}

impl Read for Body {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}
