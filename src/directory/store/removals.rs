//! Who was removed on request, in the database, and what keeps writers and removals apart.
//!
//! *Invariant*: no profile has the (source, external id) or the NPI of a removal. Both sides look before they write, so
//! neither may look while the other is under way. On SQLite there is one writer at a time. On PostgreSQL a removal holds
//! an advisory lock alone, and whoever gives a profile its identity holds the same lock together with others, each
//! before its first look and until its transaction ends.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::changes::{Before, Entry, record};
use crate::{
    directory::removals::{Removal, RemovedProfile},
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        locks::Lock,
        schema::{removals, therapists},
        sql_types::Moment,
    },
    vocabulary::ChangeKind,
};

/// How many values one query names: well below the number of parameters that either database takes.
const AT_ONCE: usize = 2000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = removals, treat_none_as_default_value = false)]
struct RemovalRow {
    id: Id,
    source: String,
    external_id: String,
    npi: Option<String>,
    removed_by: String,
    removed_at: Moment,
}

impl From<RemovalRow> for Removal {
    fn from(row: RemovalRow) -> Self {
        let RemovalRow { id, source, external_id, npi, removed_by, removed_at } = row;
        Self { id, source, external_id, npi, removed_by, removed_at: removed_at.into() }
    }
}

/// Keeps removals out until the transaction ends. Whoever gives profiles their identity calls it before the transaction
/// locks or writes any profile: called later it could wait for a removal that waits for the caller.
///
/// # Errors
/// When the database fails.
pub fn hold_off_removals(conn: &mut Connection) -> Result<(), StoreError> {
    Lock::Removals.hold_together(conn)
}

/// Keeps everybody out who gives profiles their identity, and waits for those who are about it.
pub(in crate::directory) fn hold_off_writers(conn: &mut Connection) -> Result<(), StoreError> {
    Lock::Removals.hold_alone(conn)
}

/// Which of the identities that were asked about are those of removals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    external_ids: HashSet<String>,
    npis: HashSet<String>,
}

impl Removed {
    /// Whether a profile with this external id in the source, or with this NPI, was removed on request.
    #[must_use]
    pub fn has(&self, external_id: Option<&str>, npi: Option<&str>) -> bool {
        external_id.is_some_and(|id| self.external_ids.contains(id))
            || npi.is_some_and(|npi| self.npis.contains(npi))
    }
}

/// Which of these external ids of `source`, and which of these NPIs, are those of removals. It stays so until the
/// transaction ends; what [`hold_off_removals`] says of its place in the transaction holds here too.
///
/// # Errors
/// When the database fails.
pub fn removed(
    conn: &mut Connection,
    source: &str,
    external_ids: &[&str],
    npis: &[&str],
) -> Result<Removed, StoreError> {
    hold_off_removals(conn)?;
    let mut removed = Removed::default();
    let any: Option<Id> = each_backend!(conn, c => removals::table.select(removals::id).first(c).optional())?;
    if any.is_none() {
        return Ok(removed);
    }
    for external_ids in external_ids.chunks(AT_ONCE) {
        let found: Vec<String> = each_backend!(conn, c => removals::table
            .filter(removals::source.eq(source).and(removals::external_id.eq_any(external_ids)))
            .select(removals::external_id)
            .load(c))?;
        removed.external_ids.extend(found);
    }
    for npis in npis.chunks(AT_ONCE) {
        let found: Vec<Option<String>> = each_backend!(conn, c => removals::table
            .filter(removals::npi.eq_any(npis))
            .select(removals::npi)
            .load(c))?;
        removed.npis.extend(found.into_iter().flatten());
    }
    Ok(removed)
}

/// A profile that is to be removed.
#[derive(Clone, Debug, Queryable)]
pub(in crate::directory) struct Doomed {
    pub(in crate::directory) id: Id,
    pub(in crate::directory) source: String,
    pub(in crate::directory) external_id: String,
    pub(in crate::directory) npi: Option<String>,
    pub(in crate::directory) revision: i64,
    status: String,
}

impl From<&Doomed> for RemovedProfile {
    fn from(profile: &Doomed) -> Self {
        let (source, external_id) = (profile.source.clone(), profile.external_id.clone());
        Self { therapist_id: profile.id, source, external_id }
    }
}

/// The profile with this id and then all others with its NPI, in the order of their ids; empty where there is no such
/// profile. They are held until the transaction ends.
pub(in crate::directory) fn with_twins(conn: &mut Connection, id: Id) -> Result<Vec<Doomed>, StoreError> {
    let columns = (
        therapists::id,
        therapists::source,
        therapists::external_id,
        therapists::npi,
        therapists::revision,
        therapists::status,
    );
    let npi = therapists::table.filter(therapists::id.eq(id)).select(therapists::npi);
    let npi: Option<Option<String>> = each_backend!(conn, c => npi.first(c).optional())?;
    let Some(npi) = npi else { return Ok(Vec::new()) };
    // In the order of their ids, as everybody holds therapists: no two wait for each other.
    let all = therapists::table
        .filter(therapists::id.eq(id).or(therapists::npi.eq(npi).and(therapists::npi.is_not_null())))
        .select(columns)
        .order(therapists::id);
    let mut found: Vec<Doomed> = match conn {
        Connection::Sqlite(c) => all.load(&mut **c)?,
        Connection::Postgres(c) => all.for_update().load(&mut **c)?,
    };
    let Some(at) = found.iter().position(|profile| profile.id == id) else { return Ok(Vec::new()) };
    found[..=at].rotate_right(1);
    Ok(found)
}

/// Deletes these profiles, with a row for each in the change feed and among the removals; answers with the removals in
/// the same order. What was removed before under the same (source, external id) is one removal, the latest.
pub(in crate::directory) fn remove(
    conn: &mut Connection,
    profiles: &[Doomed],
    removed_by: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Removal>, StoreError> {
    let ids: Vec<Id> = profiles.iter().map(|profile| profile.id).collect();
    for ids in ids.chunks(AT_ONCE) {
        each_backend!(conn, c => diesel::delete(therapists::table.filter(therapists::id.eq_any(ids))).execute(c))?;
    }
    let before = |p: &Doomed| Before::of((p.source.clone(), p.external_id.clone(), p.status.clone()));
    let before: Vec<(&Doomed, Before)> = profiles.iter().map(|profile| (profile, before(profile))).collect();
    let gone =
        before.iter().map(|(profile, before)| Entry::gone(profile.id, profile.revision + 1, now, before));
    record(conn, gone, ChangeKind::Removal)?;
    profiles.iter().map(|profile| put_up(conn, profile, removed_by, now)).collect()
}

fn put_up(
    conn: &mut Connection,
    profile: &Doomed,
    removed_by: &str,
    now: DateTime<Utc>,
) -> Result<Removal, StoreError> {
    let row = RemovalRow {
        id: Id::new(now),
        source: profile.source.clone(),
        external_id: profile.external_id.clone(),
        npi: profile.npi.clone(),
        removed_by: removed_by.to_owned(),
        removed_at: now.into(),
    };
    let row: RemovalRow = each_backend!(conn, c => diesel::insert_into(removals::table)
        .values(&row)
        .on_conflict((removals::source, removals::external_id))
        .do_update()
        .set((
            removals::npi.eq(&row.npi),
            removals::removed_by.eq(&row.removed_by),
            removals::removed_at.eq(row.removed_at),
        ))
        .returning(RemovalRow::as_returning())
        .get_result(c))?;
    Ok(row.into())
}

/// Which removals to list: all that is asked for must hold.
#[derive(Clone, Debug, Default)]
pub struct RemovalFilter {
    pub source: Option<String>,
    pub external_id: Option<String>,
    pub npi: Option<String>,
}

/// Adds the filter's conditions to a boxed query.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query;
        if let Some(source) = &$filter.source {
            query = query.filter(removals::source.eq(source));
        }
        if let Some(external_id) = &$filter.external_id {
            query = query.filter(removals::external_id.eq(external_id));
        }
        if let Some(npi) = &$filter.npi {
            query = query.filter(removals::npi.eq(npi));
        }
        query
    }};
}

/// How many removals the filter admits.
///
/// # Errors
/// When the database fails.
pub fn count_removals(conn: &mut Connection, filter: &RemovalFilter) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => {
        filtered!(removals::table.select(diesel::dsl::count_star()).into_boxed(), filter).first(c)
    })?)
}

/// At most `limit` removals that the filter admits, older than `before`, the newest first.
///
/// # Errors
/// When the database fails.
pub fn removals(
    conn: &mut Connection,
    filter: &RemovalFilter,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<Removal>, StoreError> {
    let rows: Vec<RemovalRow> = each_backend!(conn, c => {
        let mut query = filtered!(removals::table.select(RemovalRow::as_select()).into_boxed(), filter);
        if let Some(before) = before {
            query = query.filter(removals::id.lt(before));
        }
        query.order(removals::id.desc()).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(Removal::from).collect())
}

/// The removal with this id.
///
/// # Errors
/// When the database fails.
pub fn removal(conn: &mut Connection, id: Id) -> Result<Option<Removal>, StoreError> {
    let row: Option<RemovalRow> = each_backend!(conn, c => removals::table
        .filter(removals::id.eq(id))
        .select(RemovalRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Removal::from))
}

/// Takes this removal away, and the others of its NPI.
pub(in crate::directory) fn lift(conn: &mut Connection, removal: &Removal) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::delete(removals::table.filter(removals::id.eq(removal.id))).execute(c))?;
    if let Some(npi) = &removal.npi {
        each_backend!(conn, c => diesel::delete(removals::table.filter(removals::npi.eq(npi))).execute(c))?;
    }
    Ok(())
}
