//! The web kit: what every route needs and no feature owns. It knows no feature; features build on it.
//!
//! *Invariants*: every answer with a status of 400 or more is a [`problem::Problem`]; no answer repeats a submitted
//! value; no log line and no metric carries a path, a query, a header or a body.

pub mod accept;
pub mod body;
pub mod code;
pub mod compute;
pub mod decode;
pub mod edge;
#[cfg(test)]
mod edge_tests;
pub mod etag;
pub mod framework;
pub mod guard;
pub mod head;
pub mod idempotency;
pub mod json;
pub mod media_type;
pub mod metrics;
pub mod page;
pub mod path;
pub mod problem;
pub mod problem_pages;
pub mod problem_responses;
pub mod query;
pub mod request_id;
pub mod request_log;
pub mod routes;
pub mod sse;
pub mod storage;
#[cfg(test)]
mod wire_tests;
