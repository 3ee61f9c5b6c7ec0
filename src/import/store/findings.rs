//! What was found out about the rows of a job: their faults, unknown labels, and which external ids were met.

use std::collections::{HashMap, HashSet};

use diesel::{prelude::*, upsert::excluded};

use crate::{
    each_backend,
    id::Id,
    import::{
        model::{RowFault, UnmappedTerm},
        plan::{Place, Rejected},
    },
    insert_rows,
    store::{
        Connection, StoreError,
        schema::{import_faults as faults, import_seen as seen, import_terms as terms},
    },
};

/// Rows that one statement takes: their columns stay below the number of parameters that either database takes.
const ROWS_AT_ONCE: usize = 2000;
/// Labels that a job tells of.
const MAX_TERMS: i64 = 200;
/// Different labels that a job counts: a file that has more has no labels there.
const MAX_COUNTED: i64 = 5000;

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
    let found: Vec<_> = rejected
        .iter()
        .flat_map(|row| (0i32..).zip(&row.faults).map(move |(position, located)| (row, position, located)))
        .collect();
    insert_rows!(conn, faults, &found, |found| {
        import_id: import_id,
        line: found.0.line,
        row_number: found.0.row_number,
        position: found.1,
        external_id: found.0.external_id.as_deref(),
        column_name: found.2.column.as_deref(),
        pointer: found.2.fault.pointer.as_str(),
        code: found.2.fault.code,
        detail: found.2.fault.detail.as_str(),
        suggestions: json_of(&found.2.fault.suggestions),
    })?;
    Ok(())
}

/// How many faults were kept.
///
/// # Errors
/// When the database fails.
pub fn count_faults(conn: &mut Connection, import_id: Id) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => faults::table.filter(faults::import_id.eq(import_id)).count().get_result(c))?)
}

/// The faults after the given row and position, in the order of the file, each with its position; at most `limit`.
///
/// # Errors
/// When the database fails.
pub fn fault_page(
    conn: &mut Connection,
    import_id: Id,
    after: (i64, i32),
    limit: i64,
) -> Result<Vec<(i32, RowFault)>, StoreError> {
    type Row = (i64, i64, i32, Option<String>, Option<String>, String, String, String, String);
    let (row_number, position) = after;
    let rows: Vec<Row> = each_backend!(conn, c => faults::table
        .filter(faults::import_id.eq(import_id))
        // Said once more, as what is said with OR is not looked up in the index.
        .filter(faults::row_number.ge(row_number))
        .filter(
            faults::row_number
                .gt(row_number)
                .or(faults::row_number.eq(row_number).and(faults::position.gt(position))),
        )
        .order((faults::row_number, faults::position))
        .limit(limit)
        .select((
            faults::row_number,
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
        .map(|(row_number, line, position, external_id, column, pointer, code, detail, suggestions)| {
            let suggestions = list_of(&suggestions)?;
            Ok((
                position,
                RowFault { row_number, line, external_id, column, pointer, code, detail, suggestions },
            ))
        })
        .collect()
}

/// Counts labels that the catalog could not place, up to a number of different ones.
///
/// # Errors
/// When the database fails.
pub fn add_terms(conn: &mut Connection, import_id: Id, found: &[UnmappedTerm]) -> Result<(), StoreError> {
    if found.is_empty() {
        return Ok(());
    }
    let counted: i64 = each_backend!(conn, c => {
        terms::table.filter(terms::import_id.eq(import_id)).count().get_result(c)
    })?;
    let mut room = usize::try_from(MAX_COUNTED - counted).unwrap_or(0);
    let known: HashSet<(String, String)> = match room >= found.len() {
        true => HashSet::new(),
        false => each_backend!(conn, c => terms::table
            .filter(terms::import_id.eq(import_id))
            .select((terms::field, terms::term))
            .load(c))?
        .into_iter()
        .collect(),
    };
    let mut has_room = |term: &&UnmappedTerm| {
        let is_known = known.contains(&(term.field.clone(), term.term.clone()));
        let fits = is_known || room > 0;
        room -= usize::from(fits && !is_known);
        fits
    };
    let rows: Vec<_> = found
        .iter()
        .filter(|term| has_room(term))
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

/// Those of the external ids that the job has met, with the rows in which it did.
///
/// # Errors
/// When the database fails.
pub fn seen_before(
    conn: &mut Connection,
    import_id: Id,
    external_ids: &[&str],
) -> Result<HashMap<String, Place>, StoreError> {
    let mut found = HashMap::new();
    for external_ids in external_ids.chunks(ROWS_AT_ONCE) {
        let rows: Vec<(String, i64, i64)> = each_backend!(conn, c => seen::table
            .filter(seen::import_id.eq(import_id).and(seen::external_id.eq_any(external_ids)))
            .select((seen::external_id, seen::row_number, seen::line))
            .load(c))?;
        found.extend(rows.into_iter().map(|(id, row_number, line)| (id, Place { row_number, line })));
    }
    Ok(found)
}

/// Remembers external ids and the rows in which the job met them.
///
/// # Errors
/// When the database fails.
pub fn mark_seen(conn: &mut Connection, import_id: Id, met: &[(String, Place)]) -> Result<(), StoreError> {
    insert_rows!(conn, seen, met, |met| {
        import_id: import_id,
        external_id: met.0.as_str(),
        line: met.1.line,
        row_number: met.1.row_number,
    })?;
    Ok(())
}
