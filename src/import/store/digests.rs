//! Which row each profile was last imported from, as a digest: the same row again need not be looked at.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{import_digests as digests, therapists},
    },
    upsert_rows,
};

/// Profiles that one query names: well below the number of parameters that SQLite takes.
const AT_ONCE: usize = 2000;

/// The digests of those profiles of `source` with these external ids that have still the revision which they had when
/// they were imported, by external id.
///
/// # Errors
/// When the database fails.
pub fn known(
    conn: &mut Connection,
    source: &str,
    external_ids: &[&str],
) -> Result<HashMap<String, Vec<u8>>, StoreError> {
    let mut found = HashMap::with_capacity(external_ids.len());
    for external_ids in external_ids.chunks(AT_ONCE) {
        // No join: PostgreSQL reads whole tables for one while it has no statistics of them, as after a first import.
        let profiles: Vec<(Id, String, i64)> = each_backend!(conn, c => therapists::table
            .filter(therapists::source.eq(source).and(therapists::external_id.eq_any(external_ids)))
            .select((therapists::id, therapists::external_id, therapists::revision))
            .load(c))?;
        let ids: Vec<Id> = profiles.iter().map(|(id, ..)| *id).collect();
        let digests: Vec<(Id, i64, Vec<u8>)> = each_backend!(conn, c => digests::table
            .filter(digests::therapist_id.eq_any(&ids))
            .select((digests::therapist_id, digests::revision, digests::digest))
            .load(c))?;
        let mut digests: HashMap<(Id, i64), Vec<u8>> =
            digests.into_iter().map(|(id, revision, digest)| ((id, revision), digest)).collect();
        found.extend(
            profiles.into_iter().filter_map(|(id, external_id, revision)| {
                Some((external_id, digests.remove(&(id, revision))?))
            }),
        );
    }
    Ok(found)
}

/// Keeps the digests of rows with the profiles that were made of them and the revisions that these have now. No profile
/// may be given twice.
///
/// # Errors
/// When the database fails.
pub fn keep(conn: &mut Connection, rows: &[(Id, [u8; 16], i64)]) -> Result<(), StoreError> {
    upsert_rows!(conn, digests, rows, |row| {
        therapist_id: row.0,
        digest: row.1.as_slice(),
        revision: row.2,
    })?;
    Ok(())
}
