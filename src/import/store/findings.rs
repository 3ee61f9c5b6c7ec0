//! What was found out about the rows of a job: their faults, unknown labels, and which external ids were met.

use std::collections::HashMap;

use diesel::{prelude::*, upsert::excluded};

use crate::{
    each_backend,
    id::Id,
    import::{
        model::{RowFault, UnmappedTerm},
        plan::Rejected,
    },
    store::{
        Connection, StoreError,
        schema::{import_faults as faults, import_seen as seen, import_terms as terms},
    },
};

/// Rows that one statement takes: their columns stay below the number of parameters that either database takes.
const ROWS_AT_ONCE: usize = 2000;
/// Labels that a job tells of.
const MAX_TERMS: i64 = 200;

fn list_of(json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json)
        .map_err(|_| StoreError::Corrupt("the suggestions of an import are no list".to_owned()))
}

fn json_of(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

/// Keeps the faults of rejected rows.
///
/// # Errors
/// When the database fails.
pub fn add_faults(conn: &mut Connection, import_id: Id, rejected: &[Rejected]) -> Result<(), StoreError> {
    let rows: Vec<_> = rejected
        .iter()
        .flat_map(|row| {
            (0i32..).zip(&row.faults).map(move |(position, located)| {
                (
                    faults::import_id.eq(import_id),
                    faults::line.eq(row.line),
                    faults::position.eq(position),
                    faults::external_id.eq(row.external_id.as_deref()),
                    faults::column_name.eq(located.column.as_deref()),
                    faults::pointer.eq(located.fault.pointer.as_str()),
                    faults::code.eq(located.fault.code),
                    faults::detail.eq(located.fault.detail.as_str()),
                    faults::suggestions.eq(json_of(&located.fault.suggestions)),
                )
            })
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        each_backend!(conn, c => diesel::insert_into(faults::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// How many faults were kept.
///
/// # Errors
/// When the database fails.
pub fn count_faults(conn: &mut Connection, import_id: Id) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => faults::table.filter(faults::import_id.eq(import_id)).count().get_result(c))?)
}

/// The faults after the given line and position, in the order of the file, each with its position; at most `limit`.
///
/// # Errors
/// When the database fails.
pub fn fault_page(
    conn: &mut Connection,
    import_id: Id,
    after: (i64, i32),
    limit: i64,
) -> Result<Vec<(i32, RowFault)>, StoreError> {
    type Row = (i64, i32, Option<String>, Option<String>, String, String, String, String);
    let (line, position) = after;
    let rows: Vec<Row> = each_backend!(conn, c => faults::table
        .filter(faults::import_id.eq(import_id))
        .filter(faults::line.gt(line).or(faults::line.eq(line).and(faults::position.gt(position))))
        .order((faults::line, faults::position))
        .limit(limit)
        .select((
            faults::line,
            faults::position,
            faults::external_id,
            faults::column_name,
            faults::pointer,
            faults::code,
            faults::detail,
            faults::suggestions,
        ))
        .load(c))?;
    rows.into_iter()
        .map(|(line, position, external_id, column, pointer, code, detail, suggestions)| {
            let suggestions = list_of(&suggestions)?;
            Ok((position, RowFault { line, external_id, column, pointer, code, detail, suggestions }))
        })
        .collect()
}

/// Counts labels that the catalog could not place.
///
/// # Errors
/// When the database fails.
pub fn add_terms(conn: &mut Connection, import_id: Id, found: &[UnmappedTerm]) -> Result<(), StoreError> {
    let rows: Vec<_> = found
        .iter()
        .map(|term| {
            (
                terms::import_id.eq(import_id),
                terms::field.eq(term.field.as_str()),
                terms::term.eq(term.term.as_str()),
                terms::occurrences.eq(term.count),
                terms::suggestions.eq(json_of(&term.suggestions)),
            )
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        each_backend!(conn, c => diesel::insert_into(terms::table)
            .values(rows)
            .on_conflict((terms::import_id, terms::field, terms::term))
            .do_update()
            .set(terms::occurrences.eq(terms::occurrences + excluded(terms::occurrences)))
            .execute(c))?;
    }
    Ok(())
}

/// The labels that stood most often in the file.
pub(super) fn frequent_terms(conn: &mut Connection, import_id: Id) -> Result<Vec<UnmappedTerm>, StoreError> {
    let rows: Vec<(String, String, i64, String)> = each_backend!(conn, c => terms::table
        .filter(terms::import_id.eq(import_id))
        .order((terms::occurrences.desc(), terms::field, terms::term))
        .limit(MAX_TERMS)
        .select((terms::field, terms::term, terms::occurrences, terms::suggestions))
        .load(c))?;
    rows.into_iter()
        .map(|(field, term, count, suggestions)| {
            Ok(UnmappedTerm { field, term, count, suggestions: list_of(&suggestions)? })
        })
        .collect()
}

/// Those of the external ids that the job has met, with the lines where it did.
///
/// # Errors
/// When the database fails.
pub fn seen_before(
    conn: &mut Connection,
    import_id: Id,
    external_ids: &[&str],
) -> Result<HashMap<String, i64>, StoreError> {
    let mut found = HashMap::new();
    for external_ids in external_ids.chunks(ROWS_AT_ONCE) {
        let rows: Vec<(String, i64)> = each_backend!(conn, c => seen::table
            .filter(seen::import_id.eq(import_id).and(seen::external_id.eq_any(external_ids)))
            .select((seen::external_id, seen::line))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Remembers external ids and the lines where the job met them.
///
/// # Errors
/// When the database fails.
pub fn mark_seen(conn: &mut Connection, import_id: Id, met: &[(String, i64)]) -> Result<(), StoreError> {
    let rows: Vec<_> = met
        .iter()
        .map(|(external_id, line)| {
            (seen::import_id.eq(import_id), seen::external_id.eq(external_id), seen::line.eq(*line))
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        each_backend!(conn, c => diesel::insert_into(seen::table).values(rows).execute(c))?;
    }
    Ok(())
}
