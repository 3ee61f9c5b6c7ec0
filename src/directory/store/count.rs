//! Counts profiles by filters.

use diesel::prelude::*;

use super::filter::{Filter, filtered};
use crate::{
    each_backend,
    store::{Connection, StoreError},
};

/// How many profiles the filter admits.
///
/// # Errors
/// When the database fails.
pub fn count(conn: &mut Connection, filter: &Filter) -> Result<i64, StoreError> {
    Ok(each_backend!(conn, c => {
        filtered!(therapists::table.select(diesel::dsl::count_star()).into_boxed(), filter).first(c)
    })?)
}
