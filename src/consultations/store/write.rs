//! Writes and erases consultations. Callers are in [`crate::store::Store::write_erasing`].

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{
    rows::{AnswerRow, ConsultationRow, Record},
    traces,
};
use crate::{
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{consultation_answers as answers, consultations},
    },
};

/// Stores a new consultation.
///
/// # Errors
/// When the database fails.
pub fn insert(conn: &mut Connection, record: &Record) -> Result<(), StoreError> {
    let row = ConsultationRow::of(record)?;
    each_backend!(conn, c => diesel::insert_into(consultations::table).values(&row).execute(c))?;
    insert_answers(conn, AnswerRow::all_of(&record.consultation)?)
}

fn insert_answers(conn: &mut Connection, rows: Vec<AnswerRow>) -> Result<(), StoreError> {
    for row in rows {
        each_backend!(conn, c => diesel::insert_into(answers::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// Replaces the consultation with this id.
///
/// # Errors
/// When the database fails.
pub fn update(conn: &mut Connection, record: &Record, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (row, id) = (ConsultationRow::of(record)?, record.consultation.id);
    let one = consultations::table.filter(consultations::id.eq(id));
    let set: Option<(String, i32)> = each_backend!(conn, c => one
        .select((consultations::set_code, consultations::set_version))
        .first(c)
        .optional())?;
    let is_same_set = set.is_some_and(|(code, version)| row.is_of_set(&code, version));
    each_backend!(conn, c => diesel::update(one).set(&row).execute(c))?;
    let of_it = || answers::table.filter(answers::consultation_id.eq(id));
    let stored: Vec<AnswerRow> = each_backend!(conn, c => of_it().select(AnswerRow::as_select()).load(c))?;
    let mut rows = AnswerRow::all_of(&record.consultation)?;
    for row in &mut rows {
        if let Some(stored) = stored.iter().find(|stored| stored.is_of(row)) {
            row.replace(stored, is_same_set);
        }
    }
    each_backend!(conn, c => diesel::delete(of_it()).execute(c))?;
    insert_answers(conn, rows)?;
    traces::leave(conn, now)
}

/// Erases the consultations with these ids; how many there were.
///
/// # Errors
/// When the database fails.
pub fn erase(conn: &mut Connection, ids: &[Id], now: DateTime<Utc>) -> Result<usize, StoreError> {
    let erased = each_backend!(conn, c => diesel::delete(consultations::table.filter(consultations::id.eq_any(ids)))
        .execute(c))?;
    if erased > 0 {
        traces::leave(conn, now)?;
    }
    Ok(erased)
}
