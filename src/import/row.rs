//! One row of a file -> a profile, or everything that is wrong with it. Pure.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::{formats::ndjson::MAX_LINE, labels, model::UnmappedTerm};
use crate::{
    catalog::{model::Catalog, vocabulary::Vocabulary},
    directory::{check, model::Therapist},
    fault::Fault,
    web::{
        code::Code,
        decode::{Privacy, decode_value, parse, pointer},
    },
};

/// More faults of one row than this help nobody.
pub const MAX_FAULTS: usize = 100;
/// Longest external id, in characters.
const MAX_EXTERNAL_ID: usize = 128;

/// What rows are read by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The source that every row belongs to.
    pub source: &'a str,
    pub catalog: &'a Catalog,
    pub vocabulary: &'a Vocabulary,
    pub today: NaiveDate,
}

/// A row that was read.
#[derive(Debug)]
pub struct Row {
    /// The line of the file, from 1.
    pub line: i64,
    /// The id in the source, where it could be read.
    pub external_id: Option<String>,
    /// The profile, without the server's fields.
    pub profile: Result<Box<Therapist>, Vec<Fault>>,
    /// Labels that the catalog could not place.
    pub terms: Vec<UnmappedTerm>,
}

impl Row {
    /// A line that is too long to be read.
    #[must_use]
    pub fn too_long(line: i64) -> Self {
        let detail = format!("The line is longer than {MAX_LINE} bytes.");
        Self::refused(line, Fault::new("", Code::TooLong.as_str(), detail))
    }

    fn refused(line: i64, fault: Fault) -> Self {
        Self { line, external_id: None, profile: Err(vec![fault]), terms: Vec::new() }
    }

    /// Reads the JSON text of a row.
    #[must_use]
    pub fn read(line: i64, text: &[u8], rules: Rules<'_>) -> Self {
        let Ok(text) = std::str::from_utf8(text) else {
            let detail = "The line is not valid UTF-8.";
            return Self::refused(line, Fault::new("", Code::MalformedJson.as_str(), detail));
        };
        match parse::parse(text.as_bytes()) {
            Ok((value, faults)) => read_value(line, value, faults, rules),
            Err(mut fault) => {
                // A row is one line of its file; which one, the report tells.
                fault.detail = fault.detail.replace("at line 1, column", "at column");
                Self::refused(line, fault)
            }
        }
    }
}

fn read_value(line: i64, mut value: Value, mut faults: Vec<Fault>, rules: Rules<'_>) -> Row {
    let mut external_id = None;
    let mut labels = labels::Labels::default();
    if let Value::Object(row) = &mut value {
        external_id = row
            .get("external_id")
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty() && id.chars().nth(MAX_EXTERNAL_ID).is_none())
            .map(str::to_owned);
        if row.get("external_id").is_none_or(Value::is_null) {
            let detail = "A row needs the id that the profile has in its source.";
            faults.push(Fault::new("/external_id", Code::Required.as_str(), detail));
        }
        if row.get("source").and_then(Value::as_str).is_some_and(|source| source != rules.source) {
            let detail = "The row's source is not that of the import; it may be left out.";
            faults.push(Fault::new("/source", Code::SourceMismatch.as_str(), detail));
        }
        if row.get("source").is_none_or(Value::is_string) {
            row.insert("source".to_owned(), Value::from(rules.source));
        }
        labels = labels::resolve(row, rules.vocabulary);
        faults.append(&mut labels.faults);
    }
    let read = decode_value::<Therapist>(value, Privacy::Open, |profile| {
        check::faults(profile, rules.catalog, rules.today)
    });
    let profile = match read {
        Ok(profile) if faults.is_empty() => Ok(settled(Box::new(profile), rules)),
        Ok(_) => Err(sorted(faults)),
        Err(more) => {
            faults.extend(more.into_iter().filter_map(|fault| labels.place(fault)));
            Err(sorted(faults))
        }
    };
    Row { line, external_id, profile, terms: labels.terms }
}

/// The faults in the order of the row, each once.
fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by(|a, b| pointer::compare(&a.pointer, &b.pointer).then(a.code.cmp(b.code)));
    faults.dedup_by(|a, b| a.pointer == b.pointer && a.code == b.code);
    faults.truncate(MAX_FAULTS);
    faults
}

/// The profile as the directory will give it back, so that the same row is seen to be the same next time.
fn settled(mut profile: Box<Therapist>, rules: Rules<'_>) -> Box<Therapist> {
    profile.source = Some(rules.source.to_owned());
    for confirmation in &mut profile.confirmations {
        // Both databases keep microseconds.
        let kept = DateTime::from_timestamp_micros(confirmation.confirmed_at.timestamp_micros());
        confirmation.confirmed_at = kept.unwrap_or(confirmation.confirmed_at);
    }
    profile.confirmations.sort_by_key(|confirmation| confirmation.field_group.code());
    profile
}

#[cfg(test)]
mod tests;
