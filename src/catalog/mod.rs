//! The knowledge base: modalities, problem areas, evidence, techniques and rules, with their sources.
//!
//! *Invariant*: a [`model::Catalog`] exists only if every code it names exists; [`load`] refuses to build anything else.
//! It is information, not medical advice, and every answer built on it says so.

pub mod api;
mod check;
pub mod crisis;
mod files;
pub mod guidance;
pub mod integration;
pub mod label;
pub mod load;
pub mod model;
pub mod query;
pub mod question_rules;
pub mod vocabulary;
