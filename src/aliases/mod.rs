//! An operator's own table of labels: what the sources write, and the code of the catalog that it means here.
//!
//! Imports report the labels that the catalog cannot place; the operator says here once what they mean, and the next
//! import knows it. *Invariants*: a field has one alias for all spellings of a label; a code that is written is one of
//! the catalog that profiles can declare; a code of the catalog cannot be given another meaning.

pub mod api;
pub mod model;
pub mod store;
