//! Profiles in the database. Every write adds its row to `directory_changes` in the same transaction.

mod archive;
mod changes;
mod columns;
mod count;
mod export;
mod filter;
mod keys;
mod read;
mod removals;
mod rows;
mod write;

pub use archive::archive;
pub use changes::{
    Change, Key, Position, adopt_changes, changes_before, changes_since, directory_revision, drop_changes,
    latest_change, position_of,
};
pub use count::count;
pub use export::{Longest, in_order, longest};
pub use filter::Filter;
pub use keys::{Holder, holders, keys};
pub use read::{Walk, all, by_external_ids, by_id, by_ids, lock, readable, revisions};
pub use removals::{RemovalFilter, Removed, count_removals, hold_off_removals, removal, removals, removed};
pub(super) use removals::{hold_off_writers, lift, remove, with_twins};
pub use write::{confirm, delete, insert, replace_confirmations, sync_catalog, update};
