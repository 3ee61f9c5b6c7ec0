//! Matches over HTTP: who fits a client's needs, and exactly why.
//!
//! *Invariants*: a request is neither stored nor logged, and no answer repeats it. Crisis help comes first and never
//! removes or delays a result.

pub mod api;
pub mod model;
pub mod safety;
