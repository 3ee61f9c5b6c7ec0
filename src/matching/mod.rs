//! The matching engine: ranks therapists for a client's needs and says why. Pure: no I/O, no clock, no async, cannot fail.
//!
//! [`profile::Profile`] goes into an [`index::Index`]; a [`request::MatchRequest`] becomes [`needs::Needs`];
//! [`rank::rank`] turns both into an [`answer::Ranking`].
//!
//! *Invariants*: the same index, needs and policy give the same answer, bit for bit, whatever the order in which profiles
//! came in; every value is in 0 to 1; every score is the sum of its components' contributions;
//! [`reference`](mod@reference) computes the same from the same, one profile at a time.

pub mod answer;
pub(crate) mod bits;
mod bounds;
mod budget;
mod cautions;
mod ceilings;
mod codes;
mod columns;
mod components;
pub mod constraint;
mod constraints;
mod coverage;
mod delivery;
mod demand;
mod depth;
mod explain;
mod facets;
pub(crate) mod geo;
pub mod index;
pub(crate) mod lists;
mod model;
pub mod needs;
mod neighbourhood;
mod order;
mod places;
mod plan;
pub mod policy;
mod practical;
mod practice;
pub mod profile;
mod quick;
mod race;
pub mod rank;
mod rating;
pub mod reference;
mod relax;
mod remarks;
pub mod request;
mod resolve;
mod said;
pub(crate) mod shards;
pub mod tables;
mod wishes;
