//! Published question sets in the database.

use chrono::{DateTime, Utc};
use diesel::{dsl::max, prelude::*};

use super::model::PublishError;
use crate::{
    answers::model::SetVersion,
    catalog::guidance::QuestionSet,
    each_backend,
    id::Id,
    store::{
        Connection, Store, StoreError,
        idempotency::{self, KeyUse, Known},
        schema::question_sets as sets,
        sql_types::Moment,
    },
};

/// Every published version, in the order of code and version.
///
/// # Errors
/// When the database fails.
pub fn versions(conn: &mut Connection) -> Result<Vec<SetVersion>, StoreError> {
    let rows: Vec<(String, i32)> = each_backend!(conn, c => sets::table
        .select((sets::code, sets::version))
        .order((sets::code, sets::version))
        .load(c))?;
    rows.into_iter().map(|(code, version)| Ok(SetVersion { code, version: from_stored(version)? })).collect()
}

/// One published version.
///
/// # Errors
/// When the database fails, or holds what is no question set.
pub fn find(conn: &mut Connection, wanted: &SetVersion) -> Result<Option<QuestionSet>, StoreError> {
    let Ok(version) = i32::try_from(wanted.version) else { return Ok(None) };
    let document: Option<String> = each_backend!(conn, c => sets::table
        .filter(sets::code.eq(&wanted.code).and(sets::version.eq(version)))
        .select(sets::document)
        .first(c)
        .optional())?;
    let read =
        |text: String| serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()));
    document.map(read).transpose()
}

/// Stores a set as the next version of its code; with an idempotency key, once.
///
/// # Errors
/// [`PublishError::NotNext`], [`PublishError::KeyReused`], or the store's.
pub fn publish(
    store: &Store,
    input: &QuestionSet,
    by: &str,
    key: Option<&KeyUse>,
    now: DateTime<Utc>,
) -> Result<QuestionSet, PublishError> {
    let attempt = || store.write(|conn| publish_once(conn, input, by, key, now));
    match attempt() {
        // The key was used elsewhere at the same moment: now it is known for what.
        Err(PublishError::Store(error)) if key.is_some() && error.is_unique_violation() => attempt(),
        outcome => outcome,
    }
}

fn publish_once(
    conn: &mut Connection,
    input: &QuestionSet,
    by: &str,
    key: Option<&KeyUse>,
    now: DateTime<Utc>,
) -> Result<QuestionSet, PublishError> {
    hold_off_publishers(conn)?;
    if let Some(key) = key {
        match idempotency::look_up(conn, key, now)? {
            Known::No => {}
            Known::Other => return Err(PublishError::KeyReused),
            Known::Same(id) => return Ok(made_before(conn, input, id)?),
        }
    }
    let newest: Option<i32> = each_backend!(conn, c => sets::table
        .filter(sets::code.eq(&input.code))
        .select(max(sets::version))
        .first(c))
    .map_err(StoreError::from)?;
    let next = newest.unwrap_or(0).saturating_add(1);
    let version = from_stored(next)?;
    // 0 stands for the next version.
    if ![0, version].contains(&input.version) {
        return Err(PublishError::NotNext(version));
    }
    let set = QuestionSet { version, published_at: Some(now), ..input.clone() };
    let document = serde_json::to_string(&set).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    each_backend!(conn, c => diesel::insert_into(sets::table)
        .values((
            sets::code.eq(&set.code),
            sets::version.eq(next),
            sets::document.eq(document),
            sets::published_by.eq(by),
            sets::published_at.eq(Moment(now)),
        ))
        .execute(c))
    .map_err(StoreError::from)?;
    if let Some(key) = key {
        idempotency::remember(conn, key, id_of(version), now)?;
    }
    Ok(set)
}

/// Lets publishers take turns: on SQLite as the only writer, on PostgreSQL by the table. Readers are not kept waiting.
fn hold_off_publishers(conn: &mut Connection) -> Result<(), StoreError> {
    match conn {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => conn.execute_batch("LOCK TABLE question_sets IN SHARE ROW EXCLUSIVE MODE"),
    }
}

/// What stands for a version where an id is kept: a request that is repeated names the code itself.
fn id_of(version: u32) -> Id {
    Id::from_bytes(u128::from(version).to_be_bytes())
}

/// What an earlier request with the same key, and so with the same code, made.
fn made_before(conn: &mut Connection, input: &QuestionSet, id: Id) -> Result<QuestionSet, StoreError> {
    let gone = || StoreError::Corrupt("an idempotency key that stands for no question set".to_owned());
    let version = u32::try_from(u128::from_be_bytes(*id.as_bytes())).map_err(|_| gone())?;
    find(conn, &SetVersion { code: input.code.clone(), version })?.ok_or_else(gone)
}

fn from_stored(version: i32) -> Result<u32, StoreError> {
    u32::try_from(version).map_err(|_| StoreError::Corrupt("a question set of a negative version".to_owned()))
}
