//! What clients heard from a therapist, counted over many of them and published in steps, so that no single one shows.
//!
//! `docs/consultation-summaries.md` says what is published when, and which attacks that stops. *Invariants*: only
//! consultations of apps that an administrator marked count, each client reference once. A summary is of at least five
//! references. Two summaries that follow each other differ by at least five references, in whatever order consultations
//! come, change and go.

pub mod api;
pub mod model;
pub mod rule;
pub mod store;
