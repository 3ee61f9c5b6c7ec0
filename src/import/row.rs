//! One record of a file -> a profile, or everything that is wrong with it. Pure.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::{
    formats::{
        Content, Record,
        layout::{Layout, Said},
    },
    labels,
    model::UnmappedTerm,
};
use crate::{
    answers::{sets::Sets, settle},
    catalog::{model::Catalog, vocabulary::Vocabulary},
    directory::{check, model::Therapist},
    fault::Fault,
    web::{
        code::Code,
        decode::{Privacy, decode_value, parse::has_control_character, pointer},
    },
};

mod plain;

/// More faults of one row than this help nobody.
pub const MAX_FAULTS: usize = 100;
/// Longest external id, in characters.
const MAX_EXTERNAL_ID: usize = 128;

/// Tells records apart, together with all that decides what they mean.
pub type Digest = [u8; 16];

/// What records are read by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The source that every row belongs to.
    pub source: String,
    pub layout: Layout,
    pub catalog: Arc<Catalog>,
    /// The catalog's labels and the operator's own.
    pub vocabulary: Arc<Vocabulary>,
    /// The question sets that answers may be of.
    pub sets: Arc<Sets>,
    /// Differs where one record may mean something else: another catalog, other labels, other question sets, another
    /// header.
    pub edition: u64,
    pub today: NaiveDate,
}

/// A record that was read.
#[derive(Debug)]
pub struct Row {
    /// Which record of the file it is, from 1.
    pub number: i64,
    /// The line of the file on which it begins, from 1.
    pub line: i64,
    /// The id in the source, where it could be read.
    pub external_id: Option<String>,
    pub reading: Reading,
    /// Labels that the catalog could not place.
    pub terms: Vec<UnmappedTerm>,
    pub digest: Digest,
}

/// What a record comes to.
#[derive(Debug)]
pub enum Reading {
    /// The profile, without the server's fields.
    Profile(Box<Therapist>),
    Faulty(Vec<Located>),
    /// The very record from which the stored profile was made, which nobody changed since.
    Unchanged,
    /// Not for this directory.
    NotOurs,
    /// The provider is no longer active: a profile that is there is archived.
    Retired,
}

/// A fault, and the column it is in where the format has columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    pub fault: Fault,
    pub column: Option<String>,
}

impl From<Fault> for Located {
    fn from(fault: Fault) -> Self {
        Self { fault, column: None }
    }
}

impl Rules {
    /// The record's digest.
    #[must_use]
    pub fn digest(&self, content: &Content) -> Digest {
        let digest = match content {
            Content::Json(text) => xxh3_128_with_seed(text, self.edition),
            Content::Cells(cells) => {
                let mut text = Vec::new();
                for cell in cells.iter() {
                    text.extend_from_slice(&cell.len().to_le_bytes());
                    text.extend_from_slice(cell.as_bytes());
                }
                xxh3_128_with_seed(&text, self.edition)
            }
        };
        digest.to_le_bytes()
    }

    /// The record's external id, read without the rest; `None` where there is no sound one.
    #[must_use]
    pub fn external_id(&self, content: &Content) -> Option<String> {
        self.layout.external_id(content).filter(|id| is_external_id(id))
    }

    /// A record that is known to say what it said when the stored profile was made.
    #[must_use]
    pub fn unchanged(number: i64, record: &Record, external_id: String, digest: Digest) -> Row {
        let (line, external_id) = (record.line, Some(external_id));
        Row { number, line, external_id, reading: Reading::Unchanged, terms: Vec::new(), digest }
    }

    /// Reads a record as a whole.
    #[must_use]
    pub fn read(&self, number: i64, record: &Record, digest: Digest) -> Row {
        if let Content::Json(text) = &record.content
            && let Some(profile) = plain::read(text, self)
        {
            let (line, external_id) = (record.line, profile.external_id.clone());
            return Row {
                number,
                line,
                external_id,
                reading: Reading::Profile(profile),
                terms: Vec::new(),
                digest,
            };
        }
        self.read_closely(number, record, digest)
    }

    /// The same for any record, part by part: slower where nothing is wrong.
    #[must_use]
    pub fn read_closely(&self, number: i64, record: &Record, digest: Digest) -> Row {
        let line = record.line;
        let bare =
            |external_id, reading| Row { number, line, external_id, reading, terms: Vec::new(), digest };
        match self.layout.read(&record.content) {
            Said::Row { row, faults, terms } => {
                let mut row = self.read_value((number, line), row, faults, digest);
                row.terms.extend(terms);
                if let Reading::Faulty(faults) = &mut row.reading {
                    for located in faults {
                        let column = self.layout.column_in(&record.content, &located.fault.pointer);
                        located.column = column.map(str::to_owned);
                    }
                }
                row
            }
            Said::Nothing(mut fault) => {
                // Which line of the file it is, the report tells.
                fault.detail = fault.detail.replace("at line 1, column", "at column");
                bare(None, Reading::Faulty(vec![fault.into()]))
            }
            Said::NotOurs => bare(None, Reading::NotOurs),
            Said::Retired => bare(self.external_id(&record.content), Reading::Retired),
        }
    }

    fn read_value(
        &self,
        (number, line): (i64, i64),
        mut value: Value,
        mut faults: Vec<Fault>,
        digest: Digest,
    ) -> Row {
        let mut external_id = None;
        let mut labels = labels::Labels::default();
        if let Value::Object(row) = &mut value {
            external_id = row
                .get("external_id")
                .and_then(Value::as_str)
                .filter(|id| is_external_id(id))
                .map(str::to_owned);
            if row.get("external_id").is_none_or(Value::is_null) {
                let detail = "A row needs the id that the profile has in its source.";
                faults.push(Fault::new("/external_id", Code::Required.as_str(), detail));
            }
            if row.get("source").and_then(Value::as_str).is_some_and(|source| source != self.source) {
                let detail = "The row's source is not that of the import; it may be left out.";
                faults.push(Fault::new("/source", Code::SourceMismatch.as_str(), detail));
                // Its id is another source's, and takes none of this one's.
                external_id = None;
            }
            if row.get("source").is_none_or(Value::is_string) {
                row.insert("source".to_owned(), Value::from(self.source.as_str()));
            }
            labels = labels::resolve(row, &self.vocabulary);
            faults.append(&mut labels.faults);
        }
        let read = decode_value::<Therapist>(value, Privacy::Open, |profile| {
            check::faults(profile, &self.catalog, &self.sets, self.today)
        });
        let reading = match read {
            Ok(profile) if faults.is_empty() => Reading::Profile(Box::new(self.settled(profile))),
            Ok(_) => Reading::Faulty(sorted(faults)),
            Err(more) => {
                faults.extend(more.into_iter().filter_map(|fault| labels.place(fault)));
                Reading::Faulty(sorted(faults))
            }
        };
        Row { number, line, external_id, reading, terms: labels.terms, digest }
    }

    /// The profile as the directory will give it back, so that the same row is seen to be the same next time.
    fn settled(&self, mut profile: Therapist) -> Therapist {
        profile.source = Some(self.source.clone());
        for confirmation in &mut profile.confirmations {
            // Both databases keep microseconds.
            let kept = DateTime::from_timestamp_micros(confirmation.confirmed_at.timestamp_micros());
            confirmation.confirmed_at = kept.unwrap_or(confirmation.confirmed_at);
        }
        profile.confirmations.sort_by_key(|confirmation| confirmation.field_group.code());
        // When an answer was given that does not say, is decided beside the stored one.
        if let Some(answers) = &mut profile.consultation_answers {
            settle::settle(answers, &self.sets);
        }
        profile
    }
}

fn is_external_id(id: &str) -> bool {
    !id.is_empty() && id.chars().nth(MAX_EXTERNAL_ID).is_none() && !has_control_character(id)
}

/// The faults in the order of the row, each once.
fn sorted(mut faults: Vec<Fault>) -> Vec<Located> {
    faults.sort_by(|a, b| pointer::compare(&a.pointer, &b.pointer).then(a.code.cmp(b.code)));
    faults.dedup_by(|a, b| a.pointer == b.pointer && a.code == b.code);
    faults.truncate(MAX_FAULTS);
    faults.into_iter().map(Located::from).collect()
}

#[cfg(test)]
mod tests;
