//! What the stored consultations add to summaries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::corrupt;
use crate::{
    answers::model::SetVersion,
    each_backend,
    id::Id,
    store::{
        Connection, StoreError,
        schema::{consultation_answers as answers, consultation_contributors as contributors, consultations},
        sql_types::Moment,
    },
    summaries::model::Contribution,
};

/// How many rows one statement names: well below the number of parameters that either database takes.
const AT_ONCE: usize = 2000;

type ConsultationRow = (Id, String, String, Moment, String, i32, Option<i64>);
type AnswerRow = (Id, i32, String, Option<i32>, String);

/// What the unexpired consultations of contributing apps about the therapist add to the summary, in no order.
///
/// # Errors
/// When the database fails.
pub fn contributed(
    conn: &mut Connection,
    therapist_id: Id,
    now: DateTime<Utc>,
) -> Result<Vec<Contribution>, StoreError> {
    /// The consultations that count, with these columns.
    macro_rules! counting {
        ($columns:expr) => {
            consultations::table
                .filter(consultations::therapist_id.eq(therapist_id))
                .filter(consultations::expires_at.gt(Moment(now)))
                .filter(consultations::app.eq_any(contributors::table.select(contributors::app)))
                .select($columns)
        };
    }
    let columns = (
        consultations::id,
        consultations::app,
        consultations::client_ref,
        consultations::created_at,
        consultations::set_code,
        consultations::set_version,
        consultations::counted_in,
    );
    let rows: Vec<ConsultationRow> = each_backend!(conn, c => counting!(columns).load(c))?;
    let heard: Vec<AnswerRow> = each_backend!(conn, c => answers::table
        .filter(answers::consultation_id.eq_any(counting!(consultations::id)))
        .select((answers::consultation_id, answers::position, answers::question, answers::rating, answers::heard))
        .load(c))?;
    let mut answers: HashMap<Id, Vec<_>> = HashMap::with_capacity(rows.len());
    for (id, position, question, rating, heard) in heard {
        let heard: Vec<String> =
            serde_json::from_str(&heard).map_err(|_| corrupt("unreadable signals of a consultation"))?;
        answers.entry(id).or_default().push((position, (question, rating, heard)));
    }
    let contribution = |row: ConsultationRow| {
        let (id, app, client_ref, created_at, code, version, counted_in) = row;
        let version = version.try_into().map_err(|_| corrupt("a version of no question set"))?;
        let mut answers = answers.remove(&id).unwrap_or_default();
        answers.sort_by_key(|(position, _)| *position);
        Ok(Contribution {
            id,
            app,
            client_ref,
            created_at: created_at.into(),
            set: SetVersion { code, version },
            answers: answers.into_iter().map(|(_, answer)| answer).collect(),
            counted_in,
        })
    };
    rows.into_iter().map(contribution).collect()
}

/// Marks these consultations as counted by the edition.
///
/// # Errors
/// When the database fails.
pub fn mark_counted(conn: &mut Connection, ids: &[Id], edition: i64) -> Result<(), StoreError> {
    for ids in ids.chunks(AT_ONCE) {
        each_backend!(conn, c => diesel::update(consultations::table.filter(consultations::id.eq_any(ids)))
            .set(consultations::counted_in.eq(Some(edition)))
            .execute(c))?;
    }
    Ok(())
}

/// Takes the marks of earlier editions from the consultations about the therapist.
///
/// # Errors
/// When the database fails.
pub fn uncount(conn: &mut Connection, therapist_id: Id) -> Result<(), StoreError> {
    each_backend!(conn, c => diesel::update(consultations::table)
        .filter(consultations::therapist_id.eq(therapist_id))
        .filter(consultations::counted_in.is_not_null())
        .set(consultations::counted_in.eq(None::<i64>))
        .execute(c))?;
    Ok(())
}

/// The therapists whom the app's consultations are about, in order.
///
/// # Errors
/// When the database fails.
pub fn therapists_of(conn: &mut Connection, app: &str) -> Result<Vec<Id>, StoreError> {
    Ok(each_backend!(conn, c => consultations::table
        .filter(consultations::app.eq(app))
        .select(consultations::therapist_id)
        .distinct()
        .order(consultations::therapist_id)
        .load(c))?)
}
