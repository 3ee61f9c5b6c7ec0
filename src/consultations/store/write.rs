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
    insert_answers(conn, record)
}

fn insert_answers(conn: &mut Connection, record: &Record) -> Result<(), StoreError> {
    for row in AnswerRow::all_of(&record.consultation)? {
        each_backend!(conn, c => diesel::insert_into(answers::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// Replaces the consultation with this id.
///
/// # Errors
/// When the database fails.
pub fn update(conn: &mut Connection, record: &Record, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = ConsultationRow::of(record)?;
    let id = record.consultation.id;
    each_backend!(conn, c => diesel::update(consultations::table.filter(consultations::id.eq(id)))
        .set(&row)
        .execute(c))?;
    each_backend!(conn, c => diesel::delete(answers::table.filter(answers::consultation_id.eq(id))).execute(c))?;
    insert_answers(conn, record)?;
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
