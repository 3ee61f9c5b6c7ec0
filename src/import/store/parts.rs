//! Bodies, in parts as they are stored.

use diesel::prelude::*;

use crate::{
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::import_parts as parts},
};

/// Stores a part.
///
/// # Errors
/// When the database fails.
pub fn add_part(conn: &mut Connection, import_id: Id, starts_at: i64, body: &[u8]) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::insert_into(parts::table)
        .values((parts::import_id.eq(import_id), parts::starts_at.eq(starts_at), parts::body.eq(body)))
        .execute(c))?;
    Ok(())
}

/// The part that holds the byte at `at`, or the last one where the body ends before: where it begins, and its bytes.
///
/// # Errors
/// When the database fails.
pub fn part_at(conn: &mut Connection, import_id: Id, at: i64) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    Ok(each_backend!(conn, c => parts::table
        .filter(parts::import_id.eq(import_id).and(parts::starts_at.le(at)))
        .order(parts::starts_at.desc())
        .select((parts::starts_at, parts::body))
        .first(c)
        .optional())?)
}

/// Removes the parts that begin after `first` and before `end`.
///
/// # Errors
/// When the database fails.
pub fn drop_parts_between(
    conn: &mut Connection,
    import_id: Id,
    first: i64,
    end: i64,
) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::delete(parts::table)
        .filter(parts::import_id.eq(import_id).and(parts::starts_at.gt(first)).and(parts::starts_at.lt(end)))
        .execute(c))?;
    Ok(())
}
