//! The matching model: worked examples that a reader can follow, random directories, and the properties it promises.
//!
//! Beside them, that the short way to a decoded body or row takes nothing else than the long way does; and how well signals are found in the texts of consultations.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod consultation;
mod decoding;
mod mutation;
mod properties;
mod random;
mod random_world;
mod requests;
mod sameness;
mod search;
mod worked;
mod world;
