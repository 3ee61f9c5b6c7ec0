//! The rows of a consultation, and what they mean.

use std::{collections::BTreeMap, fmt::Display};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use crate::{
    answers::{
        coverage::Coverage,
        model::{SetVersion, Signal},
    },
    consultations::{
        model::{Consultation, HeardAnswer},
        secret::seal::Sealed,
    },
    id::Id,
    store::{
        StoreError,
        schema::{consultation_answers, consultations},
        sql_types::Moment,
    },
};

/// A consultation as it is stored: its free text taken out and sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub app: String,
    pub consultation: Consultation,
    /// None where there is no free text.
    pub sealed: Option<Sealed>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = consultations, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ConsultationRow {
    pub(super) id: Id,
    app: String,
    therapist_id: Id,
    client_ref: String,
    held_on: Option<NaiveDate>,
    set_code: String,
    set_version: i32,
    decision: Option<String>,
    retain_days: i32,
    expires_at: Moment,
    key_id: Option<String>,
    secret: Option<Vec<u8>>,
    revision: i64,
    created_at: Moment,
    updated_at: Moment,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = consultation_answers, treat_none_as_default_value = false)]
pub(super) struct AnswerRow {
    pub(super) consultation_id: Id,
    pub(super) position: i32,
    question: String,
    rating: Option<i32>,
    language: Option<String>,
    fields: String,
    heard: String,
    heard_batch: Option<i64>,
    rated_batch: Option<i64>,
}

/// Says what is wrong and nothing of what is there.
fn corrupt(_: impl Display) -> StoreError {
    StoreError::Corrupt("a row of a consultation".to_owned())
}

impl ConsultationRow {
    pub(super) fn of(record: &Record) -> Result<Self, StoreError> {
        let Record { app, consultation, sealed } = record;
        let set = consultation.question_set.as_ref().ok_or_else(|| corrupt("no question set"))?;
        Ok(Self {
            id: consultation.id,
            app: app.clone(),
            therapist_id: consultation.therapist_id,
            client_ref: consultation.client_ref.clone(),
            held_on: consultation.held_on,
            set_code: set.code.clone(),
            set_version: set.version.try_into().map_err(corrupt)?,
            decision: consultation.decision.map(|decision| decision.code().to_owned()),
            retain_days: consultation.retain_days.into(),
            expires_at: consultation.expires_at.into(),
            key_id: sealed.as_ref().map(|sealed| sealed.key_id.clone()),
            secret: sealed.as_ref().map(|sealed| sealed.bytes.clone()),
            revision: consultation.revision,
            created_at: consultation.created_at.into(),
            updated_at: consultation.updated_at.into(),
        })
    }

    pub(super) fn is_of_set(&self, code: &str, version: i32) -> bool {
        self.set_code == code && self.set_version == version
    }

    pub(super) fn into_record(self, answers: Vec<AnswerRow>) -> Result<Record, StoreError> {
        let decision = self.decision.map(|code| code.parse()).transpose().map_err(corrupt)?;
        let answers = answers.into_iter().map(AnswerRow::into_answer).collect::<Result<_, _>>()?;
        let version = self.set_version.try_into().map_err(corrupt)?;
        Ok(Record {
            app: self.app,
            consultation: Consultation {
                id: self.id,
                therapist_id: self.therapist_id,
                client_ref: self.client_ref,
                held_on: self.held_on,
                question_set: Some(SetVersion { code: self.set_code, version }),
                answers,
                decision,
                retain_days: self.retain_days.try_into().map_err(corrupt)?,
                revision: self.revision,
                created_at: self.created_at.into(),
                updated_at: self.updated_at.into(),
                expires_at: self.expires_at.into(),
            },
            sealed: self.key_id.zip(self.secret).map(|(key_id, bytes)| Sealed { key_id, bytes }),
        })
    }
}

impl AnswerRow {
    pub(super) fn all_of(consultation: &Consultation) -> Result<Vec<Self>, StoreError> {
        let row = |(at, answer): (usize, &HeardAnswer)| {
            let heard: Vec<&str> = answer.signals.iter().map(|signal| signal.code.as_str()).collect();
            Ok(Self {
                consultation_id: consultation.id,
                position: at.try_into().map_err(corrupt)?,
                question: answer.question.clone(),
                rating: answer.rating.map(i32::from),
                language: answer.language.clone(),
                fields: serde_json::to_string(&answer.fields).map_err(corrupt)?,
                heard: serde_json::to_string(&heard).map_err(corrupt)?,
                heard_batch: None,
                rated_batch: None,
            })
        };
        consultation.answers.iter().enumerate().map(row).collect()
    }

    /// Takes on what summaries have marked on the row that this one replaces: what is counted and not the same any longer
    /// is never counted again.
    pub(super) fn replace(&mut self, stored: &Self, is_same_set: bool) {
        let carried =
            |batch: Option<i64>, is_same: bool| batch.map(|number| if is_same { number } else { 0 });
        self.heard_batch = carried(stored.heard_batch, is_same_set && self.heard == stored.heard);
        self.rated_batch = carried(stored.rated_batch, is_same_set && self.rating == stored.rating);
    }

    /// Whether both are of the same question.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.question == other.question
    }

    fn into_answer(self) -> Result<HeardAnswer, StoreError> {
        let fields: BTreeMap<String, Value> = serde_json::from_str(&self.fields).map_err(corrupt)?;
        let heard: Vec<String> = serde_json::from_str(&self.heard).map_err(corrupt)?;
        Ok(HeardAnswer {
            question: self.question,
            text: String::new(),
            language: self.language,
            rating: self.rating.map(TryInto::try_into).transpose().map_err(corrupt)?,
            fields,
            signals: heard.into_iter().map(Signal::declared).collect(),
            coverage: Coverage::default(),
        })
    }
}
