//! Tables of postal codes in the database, and where a postal code is.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{
    embedded,
    formats::Country,
    model::{Position, Resolved, Source, fold, forms, has_zip_codes},
};
use crate::{
    each_backend, formats, insert_rows,
    store::{
        Connection, Store, StoreError,
        schema::{postal_code_tables as tables, postal_codes as codes},
        sql_types::Moment,
    },
};

/// Rows that are written at a time.
const AT_ONCE: usize = 4096;

/// Where a postal code is.
///
/// `country` is an ISO 3166-1 alpha-2 code in upper case; `postal_code` is taken as people write it ([`fold`]), and by its
/// shorter form where the table has that only ([`forms`]). For the United States and the territories that have ZIP codes, the
/// embedded table answers where the operator loaded none. Reads by primary key, one to three times.
///
/// # Errors
/// When the database fails.
pub fn resolve(conn: &mut Connection, country: &str, postal_code: &str) -> Result<Resolved, StoreError> {
    if formats::country(country).is_err() {
        return Ok(Resolved::NoTable);
    }
    let folded = fold(postal_code);
    let forms = folded.as_deref().map(|folded| forms(country, folded)).unwrap_or_default();
    for form in &forms {
        if let Some(position) = position(conn, country, form)? {
            return Ok(Resolved::Found(position));
        }
    }
    if is_loaded(conn, country)? {
        return Ok(Resolved::UnknownCode);
    }
    if !has_zip_codes(country) {
        return Ok(Resolved::NoTable);
    }
    let found = forms.iter().find_map(|form| embedded::zip_code(form));
    Ok(found.map_or(Resolved::UnknownCode, Resolved::Found))
}

fn position(conn: &mut Connection, country: &str, code: &str) -> Result<Option<Position>, StoreError> {
    let row: Option<(f64, f64)> = each_backend!(conn, c => codes::table
        .filter(codes::country.eq(country))
        .filter(codes::postal_code.eq(code))
        .select((codes::latitude, codes::longitude))
        .first(c)
        .optional())?;
    Ok(row.map(|(latitude, longitude)| Position { latitude, longitude }))
}

fn is_loaded(conn: &mut Connection, country: &str) -> Result<bool, StoreError> {
    Ok(each_backend!(conn, c => diesel::select(diesel::dsl::exists(
        tables::table.filter(tables::country.eq(country))
    ))
    .get_result(c))?)
}

/// Puts a country's postal codes in place of those it had, in one transaction: whoever looks one up meanwhile sees the one
/// table or the other.
///
/// # Errors
/// When the database fails; then the country has what it had.
pub fn replace(
    store: &Store,
    country: &str,
    source: Source,
    table: Country,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    store.write(|conn| {
        let row = (
            tables::source.eq(source.code()),
            tables::codes.eq(i64::try_from(table.len()).unwrap_or(i64::MAX)),
            tables::loaded_at.eq(Moment(now)),
        );
        // First of all, so that of two who load one country at once the one waits for the other.
        each_backend!(conn, c => diesel::insert_into(tables::table)
            .values((tables::country.eq(country), row))
            .on_conflict(tables::country)
            .do_update()
            .set(row)
            .execute(c))?;
        each_backend!(conn, c => diesel::delete(codes::table.filter(codes::country.eq(country))).execute(c))?;
        let mut rows = table.positions();
        loop {
            let piece: Vec<_> = rows.by_ref().take(AT_ONCE).collect();
            if piece.is_empty() {
                return Ok(());
            }
            insert_rows!(conn, codes, &piece[..], |row| {
                country: country,
                postal_code: &*row.0,
                latitude: row.1.latitude,
                longitude: row.1.longitude,
            })?;
        }
    })
}

/// The table of a country, as it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Whose data it is, as [`Source::code`] names it.
    pub source: String,
    /// How many postal codes it has.
    pub codes: i64,
    pub loaded_at: DateTime<Utc>,
}

/// The tables that the operator loaded, in the order of their countries.
///
/// # Errors
/// When the database fails.
pub fn loaded(conn: &mut Connection) -> Result<Vec<Loaded>, StoreError> {
    let rows: Vec<(String, String, i64, Moment)> = each_backend!(conn, c => tables::table
        .select((tables::country, tables::source, tables::codes, tables::loaded_at))
        .order(tables::country)
        .load(c))?;
    let loaded = |(country, source, codes, at): (_, _, _, Moment)| Loaded {
        country,
        source,
        codes,
        loaded_at: at.into(),
    };
    Ok(rows.into_iter().map(loaded).collect())
}
