//! How a body is cut into records, and what a record says of a profile, by format.
//!
//! *Invariant*: a cutter that begins between two records, where another one stopped, cuts the same records.

pub mod csv;
pub mod cut;
pub mod json;
pub mod layout;
pub mod ndjson;
pub mod nppes;

use crate::exchange::cells::Cells;

/// Longest record, in bytes: more is no profile.
pub const MAX_RECORD: usize = 1024 * 1024;

/// A record of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The line on which it begins, from 1.
    pub line: i64,
    pub content: Content,
}

/// What stands in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// JSON text, perhaps malformed.
    Json(Vec<u8>),
    /// The cells of a CSV record.
    Cells(Cells),
}

/// Why a body cannot be read in its format at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Broken {
    /// For people; names the line, never what stands there.
    pub detail: String,
}

impl Broken {
    /// With these words.
    #[must_use]
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }

    /// A record that begins in this line is longer than [`MAX_RECORD`].
    fn too_long(line: i64) -> Self {
        Self::new(format!("The record that begins in line {line} is longer than {MAX_RECORD} bytes."))
    }
}

#[cfg(test)]
mod tests;
