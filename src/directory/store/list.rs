//! Lists profiles by filters, in the order of their ids: an id never changes its place, so a cursor stays right while
//! others write.

use diesel::prelude::*;

use super::filter::{Filter, filtered};
use crate::{
    each_backend,
    id::Id,
    store::{Connection, StoreError, schema::therapists},
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

/// The ids of at most `limit` profiles that the filter admits, after `after`, in order.
///
/// # Errors
/// When the database fails.
pub fn page(
    conn: &mut Connection,
    filter: &Filter,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Id>, StoreError> {
    Ok(each_backend!(conn, c => {
        let mut query = filtered!(therapists::table.select(therapists::id).into_boxed(), filter);
        if let Some(after) = after {
            query = query.filter(therapists::id.gt(after));
        }
        query.order(therapists::id).limit(limit).load(c)
    })?)
}
