//! Aliases in the database, and what can be done with one: each is one transaction.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::model::{Alias, AliasError};
use crate::{
    each_backend,
    id::Id,
    store::{
        Connection, Store, StoreError,
        idempotency::{self, KeyUse, Known},
        schema::catalog_aliases as aliases,
        sql_types::Moment,
    },
    vocabulary::AliasField,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = aliases, treat_none_as_null = true, treat_none_as_default_value = false)]
struct AliasRow {
    id: Id,
    field: String,
    label: String,
    label_key: String,
    code: Option<String>,
    revision: i64,
    created_at: Moment,
    updated_at: Moment,
}

impl From<&Alias> for AliasRow {
    fn from(alias: &Alias) -> Self {
        Self {
            id: alias.id,
            field: alias.field.code().to_owned(),
            label: alias.label.clone(),
            label_key: alias.key(),
            code: alias.code.clone(),
            revision: alias.revision,
            created_at: alias.created_at.into(),
            updated_at: alias.updated_at.into(),
        }
    }
}

impl AliasRow {
    fn into_alias(self) -> Result<Alias, StoreError> {
        let unknown = |_| StoreError::Corrupt("an alias of an unknown field".to_owned());
        Ok(Alias {
            field: self.field.parse().map_err(unknown)?,
            id: self.id,
            label: self.label,
            code: self.code,
            revision: self.revision,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// Which aliases to list: all that is asked for must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub field: Option<AliasField>,
    /// The label as it is compared.
    pub key: Option<String>,
}

/// Adds the filter's conditions to a boxed query.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query;
        if let Some(field) = $filter.field {
            query = query.filter(aliases::field.eq(field.code()));
        }
        if let Some(key) = &$filter.key {
            query = query.filter(aliases::label_key.eq(key));
        }
        query
    }};
}

/// The whole table, in the order in which it was made.
///
/// # Errors
/// When the database fails.
pub fn all(conn: &mut Connection) -> Result<Vec<Alias>, StoreError> {
    let rows: Vec<AliasRow> = each_backend!(conn, c => aliases::table
        .select(AliasRow::as_select())
        .order(aliases::id)
        .load(c))?;
    rows.into_iter().map(AliasRow::into_alias).collect()
}

/// How many aliases the filter admits.
///
/// # Errors
/// When the database fails.
pub fn count(conn: &mut Connection, filter: &Filter) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => {
        filtered!(aliases::table.select(diesel::dsl::count_star()).into_boxed(), filter).first(c)
    })?)
}

/// At most `limit` aliases that the filter admits, after `after`, in the order in which they were made.
///
/// # Errors
/// When the database fails.
pub fn page(
    conn: &mut Connection,
    filter: &Filter,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Alias>, StoreError> {
    let rows: Vec<AliasRow> = each_backend!(conn, c => {
        let mut query = filtered!(aliases::table.select(AliasRow::as_select()).into_boxed(), filter);
        if let Some(after) = after {
            query = query.filter(aliases::id.gt(after));
        }
        query.order(aliases::id).limit(limit).load(c)
    })?;
    rows.into_iter().map(AliasRow::into_alias).collect()
}

/// The alias with this id.
///
/// # Errors
/// When the database fails.
pub fn by_id(conn: &mut Connection, id: Id) -> Result<Option<Alias>, StoreError> {
    let row: Option<AliasRow> = each_backend!(conn, c => aliases::table
        .filter(aliases::id.eq(id))
        .select(AliasRow::as_select())
        .first(c)
        .optional())?;
    row.map(AliasRow::into_alias).transpose()
}

/// Stores a new alias; with an idempotency key, once.
///
/// # Errors
/// [`AliasError::Taken`], [`AliasError::KeyReused`], [`AliasError::KeyGone`], or the store's.
pub fn create(
    store: &Store,
    input: &Alias,
    key: Option<&KeyUse>,
    now: DateTime<Utc>,
) -> Result<Alias, AliasError> {
    let attempt = || store.write(|conn| create_once(conn, input, key, now));
    match attempt() {
        // Of two requests with one key that ran at once the later one finds what the earlier one made.
        Err(AliasError::Taken) if key.is_some() => attempt(),
        outcome => outcome,
    }
}

fn create_once(
    conn: &mut Connection,
    input: &Alias,
    key: Option<&KeyUse>,
    now: DateTime<Utc>,
) -> Result<Alias, AliasError> {
    if let Some(key) = key {
        match idempotency::look_up(conn, key, now)? {
            Known::No => {}
            Known::Other => return Err(AliasError::KeyReused),
            Known::Same(id) => return by_id(conn, id)?.ok_or(AliasError::KeyGone),
        }
    }
    let alias = Alias { id: Id::new(now), revision: 1, created_at: now, updated_at: now, ..input.clone() };
    let row = AliasRow::from(&alias);
    each_backend!(conn, c => diesel::insert_into(aliases::table).values(&row).execute(c)).map_err(taken)?;
    if let Some(key) = key {
        idempotency::remember(conn, key, alias.id, now)
            .map_err(|error| if error.is_unique_violation() { AliasError::Taken } else { error.into() })?;
    }
    Ok(alias)
}

/// The error, or [`AliasError::Taken`] where the field has the label already.
fn taken(error: diesel::result::Error) -> AliasError {
    let error = StoreError::from(error);
    if error.is_unique_violation() { AliasError::Taken } else { AliasError::Store(error) }
}

/// Replaces the alias, if `may_replace` says yes to the stored one. Nothing is written where that is the same.
///
/// # Errors
/// [`AliasError::NotFound`], [`AliasError::Stale`], [`AliasError::Taken`], or the store's.
pub fn replace(
    store: &Store,
    id: Id,
    input: &Alias,
    now: DateTime<Utc>,
    may_replace: impl Fn(&Alias) -> bool,
) -> Result<Alias, AliasError> {
    store.write(|conn| {
        let stored = lock(conn, id)?.ok_or(AliasError::NotFound)?;
        if !may_replace(&stored) {
            return Err(AliasError::Stale);
        }
        let meaning = |alias: &Alias| (alias.field, alias.label.clone(), alias.code.clone());
        if meaning(input) == meaning(&stored) {
            return Ok(stored);
        }
        let (revision, created_at) = (stored.revision + 1, stored.created_at);
        let alias = Alias { id, revision, created_at, updated_at: now, ..input.clone() };
        let row = AliasRow::from(&alias);
        each_backend!(conn, c => diesel::update(aliases::table.filter(aliases::id.eq(id))).set(&row).execute(c))
            .map_err(taken)?;
        Ok(alias)
    })
}

/// Deletes the alias, if `may_delete` says yes to the stored one.
///
/// # Errors
/// [`AliasError::NotFound`], [`AliasError::Stale`], or the store's.
pub fn delete(store: &Store, id: Id, may_delete: impl Fn(&Alias) -> bool) -> Result<(), AliasError> {
    store.write(|conn| {
        let stored = lock(conn, id)?.ok_or(AliasError::NotFound)?;
        if !may_delete(&stored) {
            return Err(AliasError::Stale);
        }
        each_backend!(conn, c => diesel::delete(aliases::table.filter(aliases::id.eq(id))).execute(c))
            .map_err(StoreError::from)?;
        Ok(())
    })
}

/// The alias, held until the transaction ends, so that nobody writes it in between. On SQLite a writing transaction
/// holds everything already.
fn lock(conn: &mut Connection, id: Id) -> Result<Option<Alias>, StoreError> {
    if let Connection::Postgres(c) = conn {
        aliases::table
            .filter(aliases::id.eq(id))
            .select(aliases::id)
            .for_update()
            .first::<Id>(&mut **c)
            .optional()?;
    }
    by_id(conn, id)
}
