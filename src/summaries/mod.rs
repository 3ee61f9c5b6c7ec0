//! What clients heard from a therapist, counted over many of them and published in steps, so that no single one shows.
//!
//! `docs/consultation-summaries.md` says what is published when, and which attacks that stops. *Invariants*: only
//! consultations of apps that an administrator marked count, each client reference once, in batches of five that come and
//! go whole, in whatever order consultations come, change and go.

pub mod api;
pub mod model;
pub mod rule;
pub mod store;
