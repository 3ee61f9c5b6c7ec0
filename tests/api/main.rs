//! The tests of the whole: the production assembly over HTTP, on SQLite and on PostgreSQL.
//!
//! Where the PostgreSQL binaries are found a private server is started; `TAILOR_TEST_POSTGRES=require` demands it.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and is told by the environment where to run"
)]

mod aliases;
mod answers;
mod batches;
mod catalog;
mod changes;
mod comparisons;
mod consultations;
mod export;
mod import;
mod input;
mod lists;
mod loading;
mod matches;
mod openapi;
mod postal_codes;
mod practice;
mod privacy;
mod process;
mod profiles;
mod questions;
mod removals;
mod search;
mod store;
mod summaries;
mod support;
mod template;
mod tokens;
mod upgrade;
