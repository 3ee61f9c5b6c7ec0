//! Search: which profiles a request finds, in which order, how many of each kind. Pure but for `api`: no I/O, no clock.
//!
//! [`entry::Entry`] goes into an [`index::Index`]; a [`request::SearchRequest`] becomes a [`query::Query`];
//! [`find::find`] turns both into what is answered.
//!
//! *Invariants*: the same profiles and query give the same answer whatever the order in which profiles came in; what one
//! profile scores does not depend on the others, so that a cursor keeps its place while others write.

pub mod answer;
pub mod api;
mod block;
pub mod document;
pub mod entry;
pub mod facets;
pub mod field;
pub mod find;
pub mod fold;
pub mod index;
pub mod place;
pub mod query;
pub mod request;
pub mod resolve;
mod select;
mod sets;
mod shared;
pub mod terms;
pub mod text;
