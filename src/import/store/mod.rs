//! Imports in the database: the jobs and who works on them, their bodies, and what was found out about their rows.

mod digests;
mod findings;
mod jobs;
mod lease;
mod missing;
mod parts;

pub use digests::{keep, known};
pub use findings::{add_faults, add_terms, count_faults, fault_page, mark_seen, seen_before};
pub use jobs::{
    Progress, advance, by_id, cancel, count, delete, fail, fail_upload, insert, is_over, mark_uploaded, page,
    succeed,
};
pub use lease::{
    Claimed, Turn, claim, discard_stale_uploads, has_unfinished, release, renew, renew_upload, take_all_over,
    turn, unfinished,
};
pub use missing::{Missing, forget_findings, has_left_over, missing, next_missing, sweep};
pub use parts::{add_part, drop_parts_between, part_at};
