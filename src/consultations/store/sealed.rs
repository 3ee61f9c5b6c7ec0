//! Which keys the stored text is under, and putting it under another one.

use diesel::{dsl::count_star, prelude::*};

use crate::{
    consultations::secret::seal::Sealed,
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::consultations},
};

/// How many consultations have free text under each key, by the ids of the keys.
///
/// # Errors
/// When the database fails.
pub fn under_keys(conn: &mut Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let rows: Vec<(Option<String>, i64)> = each_backend!(conn, c => consultations::table
        .filter(consultations::key_id.is_not_null())
        .group_by(consultations::key_id)
        .select((consultations::key_id, count_star()))
        .order(consultations::key_id)
        .load(c))?;
    Ok(rows.into_iter().filter_map(|(id, count)| Some((id?, count))).collect())
}

/// Free text that is not under the active key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedElsewhere {
    pub id: Id,
    pub app: String,
    pub sealed: Sealed,
}

/// The id, the app, the key and the ciphertext.
type SealedRow = (Id, String, Option<String>, Option<Vec<u8>>);

/// At most `limit` texts that are under one of these keys, in the order of ids, after `after`.
///
/// # Errors
/// When the database fails.
pub fn sealed_otherwise(
    conn: &mut Connection,
    key_ids: &[&str],
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<SealedElsewhere>, StoreError> {
    let rows: Vec<SealedRow> = each_backend!(conn, c => {
        let mut query = consultations::table
            .filter(consultations::key_id.eq_any(key_ids.iter().copied()))
            .select((consultations::id, consultations::app, consultations::key_id, consultations::secret))
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(consultations::id.gt(after));
        }
        query.order(consultations::id).limit(limit).load(c)
    })?;
    let sealed = |(id, app, key_id, bytes): SealedRow| {
        Some(SealedElsewhere { id, app, sealed: Sealed { key_id: key_id?, bytes: bytes? } })
    };
    Ok(rows.into_iter().filter_map(sealed).collect())
}

/// Puts `sealed` in the place of `before`, unless somebody wrote the consultation meanwhile. It stays the same revision.
///
/// # Errors
/// When the database fails.
pub fn reseal(conn: &mut Connection, id: Id, before: &Sealed, sealed: &Sealed) -> Result<bool, StoreError> {
    let written = each_backend!(conn, c => diesel::update(consultations::table)
        .filter(consultations::id.eq(id))
        .filter(consultations::secret.eq(&before.bytes))
        .set((consultations::key_id.eq(&sealed.key_id), consultations::secret.eq(&sealed.bytes)))
        .execute(c))?;
    Ok(written > 0)
}
