//! Who has which key now.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    changes::{Before, Key},
    columns::AT_ONCE,
};
use crate::{
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::therapists},
};

/// The profile that has a key, and whether everybody can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pub id: Id,
    pub is_public: bool,
}

/// The holders of these keys; a key that no profile has is left out.
///
/// # Errors
/// When the database fails.
pub fn holders(conn: &mut Connection, keys: &[&Key]) -> Result<HashMap<Key, Holder>, StoreError> {
    let mut of_source: HashMap<&str, Vec<&str>> = HashMap::new();
    for key in keys {
        of_source.entry(&key.source).or_default().push(&key.external_id);
    }
    let mut found = HashMap::new();
    for (source, external_ids) in of_source {
        for external_ids in external_ids.chunks(AT_ONCE) {
            let rows: Vec<(Id, (String, String, String))> = each_backend!(conn, c => therapists::table
                .filter(therapists::source.eq(source).and(therapists::external_id.eq_any(external_ids)))
                .select((therapists::id, (therapists::source, therapists::external_id, therapists::status)))
                .load(c))?;
            found.extend(rows.into_iter().map(|(id, columns)| {
                let Before { key, was_public } = Before::of(columns);
                (key, Holder { id, is_public: was_public })
            }));
        }
    }
    Ok(found)
}

/// The keys of the profiles with these ids, whatever else of them can be read; a missing one is left out.
///
/// # Errors
/// When the database fails.
pub fn keys(conn: &mut Connection, ids: &[Id]) -> Result<HashMap<Id, Key>, StoreError> {
    let mut found = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows: Vec<(Id, (String, String))> = each_backend!(conn, c => therapists::table
            .filter(therapists::id.eq_any(ids))
            .select((therapists::id, (therapists::source, therapists::external_id)))
            .load(c))?;
        found.extend(rows.into_iter().map(|(id, (source, external_id))| (id, Key { source, external_id })));
    }
    Ok(found)
}
