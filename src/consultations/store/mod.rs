//! Consultations in the database.
//!
//! *Invariants*: what is read belongs to one app and its time is not over; free text is here in encrypted form only; what
//! erases or replaces leaves a trace ([`traces`]) in the same transaction, until the files show nothing of it.

mod read;
mod rows;
mod sealed;
pub mod traces;
mod write;

pub use read::{Filter, Owned, count, find, key_ids, lock, lock_free, of_client, overdue, page};
pub use rows::Record;
pub use sealed::{reseal, sealed_otherwise, under_keys};
pub use write::{erase, insert, update};

/// The tables that hold what is to be erased.
pub const TABLES: [&str; 2] = ["consultations", "consultation_answers"];
