//! The directory: therapist profiles, who confirmed them when, and the feed of their changes.
//!
//! *Invariants*: `(source, external_id)` is unique. Every write of a profile raises its revision and adds a row to
//! the change feed in the same transaction. An unknown code of the catalog cannot be stored. Nobody who was removed on
//! request has a profile.

pub mod answers;
pub mod api;
pub mod check;
pub mod claims;
pub mod confirmations;
pub mod examples;
pub mod filters;
pub mod model;
pub mod patch;
pub mod practice;
pub mod profiles;
pub mod removals;
pub mod store;
pub mod view;
