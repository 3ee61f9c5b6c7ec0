//! The matching model: worked examples that a reader can follow, random directories, and the properties it promises.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod properties;
mod random;
mod random_world;
mod requests;
mod sameness;
mod worked;
mod world;
