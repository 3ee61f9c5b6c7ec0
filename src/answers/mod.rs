//! Answers to consultation questions: what they hold, how they are checked, and what their text suggests. Pure.

pub mod analysis;
pub mod check;
pub mod coverage;
pub mod fields;
pub mod model;
#[cfg(test)]
pub mod random;
pub mod schema;
pub mod sets;
pub mod settle;
pub mod signals;
