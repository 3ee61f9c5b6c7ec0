//! The stored answers that summaries are made of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    summaries::{
        model::{Group, Kind, Voice},
        rule::{Answers, Batch, Batches},
    },
};

/// How many rows one statement names: well below the number of parameters that either database takes.
const AT_ONCE: usize = 2000;

type ConsultationRow = (Id, String, String, Moment, Moment, String, i32);
type MarkRow = (Id, String, bool, Option<i64>, Option<i64>);

/// The answers of all consultations about the therapist, by what they are counted for; in no order.
///
/// # Errors
/// When the database fails.
pub(super) fn voices(
    conn: &mut Connection,
    therapist_id: Id,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Group, Vec<Voice>>, StoreError> {
    let contributing: Vec<String> =
        each_backend!(conn, c => contributors::table.select(contributors::app).load(c))?;
    let contributing: BTreeSet<String> = contributing.into_iter().collect();
    let about = || consultations::table.filter(consultations::therapist_id.eq(therapist_id));
    let columns = (
        consultations::id,
        consultations::app,
        consultations::client_ref,
        consultations::created_at,
        consultations::expires_at,
        consultations::set_code,
        consultations::set_version,
    );
    let rows: Vec<ConsultationRow> = each_backend!(conn, c => about().select(columns).load(c))?;
    let marks = (
        answers::consultation_id,
        answers::question,
        answers::rating.is_not_null(),
        answers::heard_batch,
        answers::rated_batch,
    );
    let marks: Vec<MarkRow> = each_backend!(conn, c => answers::table
        .filter(answers::consultation_id.eq_any(about().select(consultations::id)))
        .select(marks)
        .load(c))?;
    let mut of: HashMap<Id, Vec<_>> = HashMap::with_capacity(rows.len());
    for (id, question, is_rated, heard_batch, rated_batch) in marks {
        of.entry(id).or_default().push((question, is_rated, heard_batch, rated_batch));
    }
    let mut voices: BTreeMap<Group, Vec<Voice>> = BTreeMap::new();
    for (consultation, app, client_ref, created_at, expires_at, code, version) in rows {
        let version = version.try_into().map_err(|_| corrupt("a version of no question set"))?;
        let set = SetVersion { code, version };
        let counts = contributing.contains(&app) && DateTime::from(expires_at) > now;
        for (question, is_rated, heard_batch, rated_batch) in of.remove(&consultation).unwrap_or_default() {
            let voice = |batch| Voice {
                consultation,
                reference: (app.clone(), client_ref.clone()),
                created_at: created_at.into(),
                batch,
                counts,
            };
            let group = |kind| Group { set: set.clone(), question: question.clone(), kind };
            voices.entry(group(Kind::Heard)).or_default().push(voice(heard_batch));
            // Who was counted with a rating that is gone is known by the mark.
            if is_rated || rated_batch.is_some() {
                voices.entry(group(Kind::Rated)).or_default().push(voice(rated_batch));
            }
        }
    }
    Ok(voices)
}

/// What the answers in the batches hold.
///
/// # Errors
/// When the database fails.
pub(super) fn answers_in(conn: &mut Connection, batches: &Batches) -> Result<Answers, StoreError> {
    let members = batches.values().flatten().flat_map(|batch| &batch.members);
    let ids: Vec<Id> = members.copied().collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = Answers::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows: Vec<(Id, String, Option<i32>, String)> = each_backend!(conn, c => answers::table
            .filter(answers::consultation_id.eq_any(ids))
            .select((answers::consultation_id, answers::question, answers::rating, answers::heard))
            .load(c))?;
        for (id, question, rating, heard) in rows {
            let heard = serde_json::from_str(&heard);
            let heard = heard.map_err(|_| corrupt("unreadable signals of a consultation"))?;
            found.insert((id, question), (rating, heard));
        }
    }
    Ok(found)
}

/// Marks the answers of a new batch.
///
/// # Errors
/// When the database fails.
pub(super) fn mark(conn: &mut Connection, group: &Group, batch: &Batch) -> Result<(), StoreError> {
    let rows = answers::table
        .filter(answers::consultation_id.eq_any(&batch.members))
        .filter(answers::question.eq(&group.question));
    each_backend!(conn, c => match group.kind {
        Kind::Heard => diesel::update(rows).set(answers::heard_batch.eq(batch.number)).execute(c),
        Kind::Rated => diesel::update(rows).set(answers::rated_batch.eq(batch.number)).execute(c),
    })?;
    Ok(())
}

/// Up to `limit` therapists after this one whom the app's consultations are about, in order.
///
/// # Errors
/// When the database fails.
pub(super) fn therapists_of(
    conn: &mut Connection,
    app: &str,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Id>, StoreError> {
    Ok(each_backend!(conn, c => {
        let mut of_app = consultations::table
            .filter(consultations::app.eq(app))
            .select(consultations::therapist_id)
            .distinct()
            .into_boxed();
        if let Some(after) = after {
            of_app = of_app.filter(consultations::therapist_id.gt(after));
        }
        of_app.order(consultations::therapist_id).limit(limit).load(c)
    })?)
}
