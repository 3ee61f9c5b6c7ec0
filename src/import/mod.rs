//! Bulk import: a file of profiles as a job that ends, also after a crash.
//!
//! The body is stored first; a worker then reads it a chunk at a time. *Invariants*: the profiles of a chunk and the
//! place up to which the body is read are committed together, so that no row is lost and none is written twice. A
//! chunk is committed only by the worker that holds the job's lease. A dry run takes the same path and writes no
//! profile. No fault repeats a submitted value; the labels that the catalog could not place are listed for the importer.

pub mod api;
pub mod body;
pub mod commit;
pub mod formats;
pub mod inspect;
pub mod labels;
pub mod model;
pub mod patience;
pub mod plan;
pub mod reader;
pub mod records;
pub mod row;
mod rules;
pub mod run;
pub mod spool;
pub mod store;
pub mod upload;
pub mod worker;
