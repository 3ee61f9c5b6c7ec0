//! Summaries in the database: which apps contribute, and what is published of each therapist.
//!
//! *Invariant*: at most one transaction at a time decides over a therapist's summary, and it sees every consultation that
//! was committed before it began to. On SQLite a writing transaction holds everything. On PostgreSQL it holds the
//! summary's row, and changes of the contributors hold an advisory lock that all others share.

mod contributors;
mod voices;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub use contributors::{contributors, mark, unmark};

use super::{
    model::{Numbers, Standing},
    rule::{self, Decision},
};
use crate::{
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        locks::Lock,
        schema::{consultation_summaries as summaries, therapists},
        sql_types::Moment,
    },
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = summaries)]
struct SummaryRow {
    edition: i64,
    batches: i64,
    document: Option<String>,
    published_at: Option<Moment>,
}

impl SummaryRow {
    fn numbers(&self) -> Result<Option<Numbers>, StoreError> {
        let document = self.document.as_deref().map(serde_json::from_str).transpose();
        document.map_err(|_| corrupt("unreadable numbers"))
    }

    fn standing(&self) -> Result<Standing, StoreError> {
        let live = self.numbers()?.map(|numbers| numbers.live).unwrap_or_default();
        Ok(Standing { edition: self.edition, batches: self.batches, live })
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in a summary of consultations"))
}

/// A published summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub edition: i64,
    pub numbers: Numbers,
    pub at: DateTime<Utc>,
}

/// What is published of the therapist; none where too few client references count.
///
/// # Errors
/// When the database fails.
pub fn published(conn: &mut Connection, therapist_id: Id) -> Result<Option<Published>, StoreError> {
    let Some(row) = row(conn, therapist_id)? else { return Ok(None) };
    let Some(numbers) = row.numbers()? else { return Ok(None) };
    let at = row.published_at.ok_or_else(|| corrupt("no time"))?.into();
    Ok(Some(Published { edition: row.edition, numbers, at }))
}

fn row(conn: &mut Connection, therapist_id: Id) -> Result<Option<SummaryRow>, StoreError> {
    Ok(each_backend!(conn, c => summaries::table
        .filter(summaries::therapist_id.eq(therapist_id))
        .select(SummaryRow::as_select())
        .first(c)
        .optional())?)
}

/// Keeps everybody else from deciding over the summaries of these therapists until the transaction ends.
///
/// A transaction that changes or erases consultations calls it with all therapists that they are about, before it writes
/// any of them, and [`touched`] for each after it. Called later it could wait for a publication that waits for the rows
/// which the caller has written.
///
/// # Errors
/// When the database fails.
pub fn hold(conn: &mut Connection, therapist_ids: &[Id]) -> Result<(), StoreError> {
    Lock::Summaries.hold_together(conn)?;
    let mut therapist_ids = therapist_ids.to_vec();
    // In one order, so that two who hold several wait for each other in turn.
    therapist_ids.sort_unstable();
    therapist_ids.dedup();
    for id in therapist_ids {
        hold_one(conn, id)?;
    }
    Ok(())
}

/// Makes the row that is held where there is none yet. A therapist without a profile has none: the row goes with it.
fn hold_one(conn: &mut Connection, therapist_id: Id) -> Result<(), StoreError> {
    let profile = therapists::table.filter(therapists::id.eq(therapist_id)).select(therapists::id);
    let profile: Option<Id> = match conn {
        Connection::Sqlite(c) => profile.first(&mut **c).optional()?,
        Connection::Postgres(c) => profile.for_key_share().first(&mut **c).optional()?,
    };
    if profile.is_none() {
        return Ok(());
    }
    each_backend!(conn, c => diesel::insert_into(summaries::table)
        .values((summaries::therapist_id.eq(therapist_id), summaries::edition.eq(0_i64), summaries::batches.eq(0_i64)))
        .on_conflict_do_nothing()
        .execute(c))?;
    if let Connection::Postgres(c) = conn {
        let row = summaries::table.filter(summaries::therapist_id.eq(therapist_id));
        row.select(summaries::therapist_id).for_update().first::<Id>(&mut **c).optional()?;
    }
    Ok(())
}

/// Publishes, replaces or withdraws the summary where the consultations about the therapist ask for it: called in the
/// transaction that created, changed or erased one of them.
///
/// # Errors
/// When the database fails.
pub fn touched(conn: &mut Connection, therapist_id: Id, now: DateTime<Utc>) -> Result<(), StoreError> {
    hold(conn, &[therapist_id])?;
    let Some(row) = row(conn, therapist_id)? else { return Ok(()) };
    let standing = row.standing()?;
    match rule::decide(&standing, voices::voices(conn, therapist_id, now)?) {
        Decision::Keep => Ok(()),
        Decision::Withdraw => write(conn, therapist_id, &standing, None, None),
        Decision::Publish(batches) => {
            let mut last = standing.batches;
            for (group, batch) in
                batches.iter().flat_map(|(group, all)| all.iter().map(move |one| (group, one)))
            {
                if batch.number > standing.batches {
                    voices::mark(conn, group, batch)?;
                    last = last.max(batch.number);
                }
            }
            let numbers = rule::numbers(&batches, &voices::answers_in(conn, &batches)?);
            let standing = Standing { edition: standing.edition + 1, batches: last, live: Vec::new() };
            write(conn, therapist_id, &standing, Some(&numbers), Some(now.into()))
        }
    }
}

fn write(
    conn: &mut Connection,
    therapist_id: Id,
    standing: &Standing,
    numbers: Option<&Numbers>,
    published_at: Option<Moment>,
) -> Result<(), StoreError> {
    let document = numbers.map(serde_json::to_string).transpose();
    let document = document.map_err(|_| corrupt("numbers that cannot be written"))?;
    each_backend!(conn, c => diesel::update(summaries::table.filter(summaries::therapist_id.eq(therapist_id)))
        .set((
            summaries::edition.eq(standing.edition),
            summaries::batches.eq(standing.batches),
            summaries::document.eq(document),
            summaries::published_at.eq(published_at),
        ))
        .execute(c))?;
    Ok(())
}
