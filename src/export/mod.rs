//! Exports: the directory as a stream of rows that imports read back.
//!
//! *Invariants*: an export is one state of the directory, whatever is written meanwhile. Its rows are in the order of
//! (source, external id) as bytes, so that the same profiles are the same file on either database. Memory does not
//! grow with the directory. A body that is not whole never looks as if it were.

pub mod api;
pub mod rows;
pub mod stream;

use std::io;

use crate::store::StoreError;

/// Why an export did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a row could not be written: {0}")]
    Write(#[from] io::Error),
    #[error("whoever asked for it has gone")]
    Gone,
    #[error("whoever asked for it did not take it in time")]
    Late,
}
