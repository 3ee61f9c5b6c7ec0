//! The change feed for mirrors: what has happened to profiles since some place, in an order in which nothing is missed.
//!
//! *Invariants*: a profile is told as it is at the moment of the answer, so that a change that is told again does no harm
//! and one that a later change covers need not be told. Whoever follows from the beginning, or from an export, comes to
//! have what an export for the same caller has. Nobody is told of a profile that they never could see.

pub mod api;
mod covered;
pub mod feed;
pub mod model;
mod stream;
pub mod tidy;
