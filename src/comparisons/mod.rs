//! The published answers of a few therapists side by side, with the client's problem areas marked where an answer speaks
//! to them.
//!
//! *Invariant*: what is asked is neither stored nor logged nor repeated.

pub mod api;
pub mod compare;
pub mod mentions;
pub mod model;
