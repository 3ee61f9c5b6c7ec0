//! Profiles in the database. Every write adds its row to `directory_changes` in the same transaction.

mod changes;
mod list;
mod read;
mod rows;
mod write;

pub use changes::{Change, changes_since, directory_revision, latest_change};
pub use list::{Filter, count, page};
pub use read::{all, by_external_ids, by_id, by_ids, lock};
pub use write::{confirm, delete, insert, replace_confirmations, sync_catalog, update};
