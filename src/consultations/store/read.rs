//! Reads consultations: of one app, and before their time is over.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::rows::{AnswerRow, ConsultationRow, Record};
use crate::{
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{consultation_answers as answers, consultations},
        sql_types::Moment,
    },
    vocabulary::Decision,
};

/// Whose consultations, and which of them: all that is asked for must hold.
#[derive(Clone, Debug)]
pub struct Filter {
    pub app: String,
    /// What ends now or earlier is not there.
    pub now: DateTime<Utc>,
    pub therapist_id: Option<Id>,
    pub client_ref: Option<String>,
    pub decision: Option<Decision>,
    pub held_from: Option<NaiveDate>,
    pub held_to: Option<NaiveDate>,
}

impl Filter {
    /// All that the app holds.
    #[must_use]
    pub const fn of(app: String, now: DateTime<Utc>) -> Self {
        let (therapist_id, client_ref, decision) = (None, None, None);
        Self { app, now, therapist_id, client_ref, decision, held_from: None, held_to: None }
    }
}

/// Adds the filter's conditions to a boxed query.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter = $filter;
        let mut query = $query
            .filter(consultations::app.eq(&filter.app))
            .filter(consultations::expires_at.gt(Moment(filter.now)));
        if let Some(id) = filter.therapist_id {
            query = query.filter(consultations::therapist_id.eq(id));
        }
        if let Some(client_ref) = &filter.client_ref {
            query = query.filter(consultations::client_ref.eq(client_ref));
        }
        if let Some(decision) = filter.decision {
            query = query.filter(consultations::decision.eq(decision.code()));
        }
        if let Some(day) = filter.held_from {
            query = query.filter(consultations::held_on.ge(day));
        }
        if let Some(day) = filter.held_to {
            query = query.filter(consultations::held_on.le(day));
        }
        query
    }};
}

/// How many consultations the filter admits.
///
/// # Errors
/// When the database fails.
pub fn count(conn: &mut Connection, filter: &Filter) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => {
        filtered!(consultations::table.select(diesel::dsl::count_star()).into_boxed(), filter).first(c)
    })?)
}

/// The ids of the keys under which what the filter admits is encrypted.
///
/// # Errors
/// When the database fails.
pub fn key_ids(conn: &mut Connection, filter: &Filter) -> Result<Vec<String>, StoreError> {
    let ids: Vec<Option<String>> = each_backend!(conn, c => {
        filtered!(consultations::table.select(consultations::key_id).into_boxed(), filter).distinct().load(c)
    })?;
    Ok(ids.into_iter().flatten().collect())
}

/// At most `limit` consultations that the filter admits, the newest first, those before `after` only.
///
/// # Errors
/// When the database fails.
pub fn page(
    conn: &mut Connection,
    filter: &Filter,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    let rows: Vec<ConsultationRow> = each_backend!(conn, c => {
        let mut query = filtered!(consultations::table.select(ConsultationRow::as_select()).into_boxed(), filter);
        if let Some(after) = after {
            query = query.filter(consultations::id.lt(after));
        }
        query.order(consultations::id.desc()).limit(limit).load(c)
    })?;
    complete(conn, rows)
}

/// The app's consultation with this id.
///
/// # Errors
/// When the database fails.
pub fn find(
    conn: &mut Connection,
    app: &str,
    id: Id,
    now: DateTime<Utc>,
) -> Result<Option<Record>, StoreError> {
    let rows: Vec<ConsultationRow> = each_backend!(conn, c => consultations::table
        .filter(consultations::id.eq(id).and(consultations::app.eq(app)))
        .filter(consultations::expires_at.gt(Moment(now)))
        .select(ConsultationRow::as_select())
        .load(c))?;
    Ok(complete(conn, rows)?.pop())
}

/// Holds the consultation until the transaction ends. On SQLite a writing transaction holds everything already.
///
/// # Errors
/// When the database fails.
pub fn lock(conn: &mut Connection, id: Id) -> Result<(), StoreError> {
    if let Connection::Postgres(c) = conn {
        let row = consultations::table.filter(consultations::id.eq(id)).select(consultations::id);
        row.for_update().first::<Id>(&mut **c).optional()?;
    }
    Ok(())
}

/// Those of these consultations that nobody else holds, held until the transaction ends. Waits for nobody.
///
/// # Errors
/// When the database fails.
pub fn lock_free(conn: &mut Connection, ids: &[Id]) -> Result<Vec<Id>, StoreError> {
    let Connection::Postgres(c) = conn else { return Ok(ids.to_vec()) };
    let rows = consultations::table.filter(consultations::id.eq_any(ids)).select(consultations::id);
    Ok(rows.for_update().skip_locked().load(&mut **c)?)
}

/// A consultation and whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Owned {
    pub id: Id,
    pub therapist_id: Id,
}

/// All that the app stored under the reference, those whose time is over among them.
///
/// # Errors
/// When the database fails.
pub fn of_client(conn: &mut Connection, app: &str, client_ref: &str) -> Result<Vec<Owned>, StoreError> {
    Ok(each_backend!(conn, c => consultations::table
        .filter(consultations::app.eq(app).and(consultations::client_ref.eq(client_ref)))
        .select((consultations::id, consultations::therapist_id))
        .load(c))?)
}

/// At most `limit` consultations whose time is over.
///
/// # Errors
/// When the database fails.
pub fn overdue(conn: &mut Connection, now: DateTime<Utc>, limit: i64) -> Result<Vec<Owned>, StoreError> {
    Ok(each_backend!(conn, c => consultations::table
        .filter(consultations::expires_at.le(Moment(now)))
        .select((consultations::id, consultations::therapist_id))
        .order((consultations::expires_at, consultations::id))
        .limit(limit)
        .load(c))?)
}

fn complete(conn: &mut Connection, rows: Vec<ConsultationRow>) -> Result<Vec<Record>, StoreError> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut found: Vec<AnswerRow> = each_backend!(conn, c => answers::table
        .filter(answers::consultation_id.eq_any(&ids))
        .select(AnswerRow::as_select())
        .load(c))?;
    found.sort_by_key(|row| row.position);
    let mut of: HashMap<Id, Vec<AnswerRow>> = HashMap::with_capacity(rows.len());
    for row in found {
        of.entry(row.consultation_id).or_default().push(row);
    }
    rows.into_iter()
        .map(|row| {
            let answers = of.remove(&row.id).unwrap_or_default();
            row.into_record(answers)
        })
        .collect()
}
