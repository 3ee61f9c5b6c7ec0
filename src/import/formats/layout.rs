//! What the records of a body are read by: nothing for JSON, the header for the formats that have one.

use serde_json::Value;

use super::{Broken, Content, nppes::Registry};
use crate::{
    exchange::{cells::Cells, columns::Columns},
    fault::Fault,
    import::model::UnmappedTerm,
    vocabulary::ImportFormat,
    web::decode::parse,
};

/// How records become rows.
#[derive(Clone, Debug)]
pub enum Layout {
    Json,
    Columns(Columns),
    Nppes(Registry),
}

/// What a record says.
#[derive(Debug)]
pub enum Said {
    /// A row of JSON, what is wrong with it as far as this can be seen here, and labels that could not be placed.
    Row { row: Value, faults: Vec<Fault>, terms: Vec<UnmappedTerm> },
    /// It is no row at all.
    Nothing(Fault),
    /// Not for this directory.
    NotOurs,
    /// The provider's number was deactivated.
    Retired,
}

impl Layout {
    /// Whether the first record of a body in this format is a header.
    #[must_use]
    pub const fn has_header(format: ImportFormat) -> bool {
        matches!(format, ImportFormat::Csv | ImportFormat::Nppes)
    }

    /// The layout of a format, by the header where it has one.
    ///
    /// # Errors
    /// Where the header is not the format's.
    pub fn new(format: ImportFormat, header: &Cells) -> Result<Self, Broken> {
        Ok(match format {
            ImportFormat::Ndjson | ImportFormat::Json => Self::Json,
            ImportFormat::Csv => {
                Self::Columns(Columns::of_header(header).map_err(|faults| Broken::new(faults.join(" ")))?)
            }
            ImportFormat::Nppes => Self::Nppes(Registry::of_header(header)?),
        })
    }

    /// The record's external id, read without the rest.
    #[must_use]
    pub fn external_id(&self, content: &Content) -> Option<String> {
        match (self, content) {
            (Self::Json, Content::Json(text)) => {
                #[derive(serde::Deserialize)]
                struct Head {
                    external_id: Option<String>,
                }
                serde_json::from_slice::<Head>(text).ok()?.external_id
            }
            (Self::Columns(columns), Content::Cells(cells)) => columns.external_id(cells).map(str::to_owned),
            (Self::Nppes(registry), Content::Cells(cells)) => registry.external_id(cells).map(str::to_owned),
            _ => None,
        }
    }

    /// What the record says.
    #[must_use]
    pub fn read(&self, content: &Content) -> Said {
        match (self, content) {
            (Self::Json, Content::Json(text)) => match parse::parse(text) {
                Ok((row, faults)) => Said::Row { row, faults, terms: Vec::new() },
                Err(fault) => Said::Nothing(fault),
            },
            (Self::Columns(columns), Content::Cells(cells)) => {
                let (row, mut faults) = columns.row(cells);
                match faults.pop() {
                    // Cells that do not fit the header say nothing.
                    Some(fault) if row.is_null() => Said::Nothing(fault),
                    last => {
                        faults.extend(last);
                        Said::Row { row, faults, terms: Vec::new() }
                    }
                }
            }
            (Self::Nppes(registry), Content::Cells(cells)) => registry.read(cells),
            // A cutter of the layout's format makes no other records.
            _ => Said::NotOurs,
        }
    }

    /// The column of the record that the part of the row at this JSON Pointer comes from, where the format has columns.
    #[must_use]
    pub fn column_in(&self, content: &Content, pointer: &str) -> Option<&str> {
        match (self, content) {
            (Self::Columns(columns), Content::Cells(cells)) => columns.column_in(cells, pointer),
            (Self::Nppes(registry), _) => registry.column_of(pointer),
            _ => None,
        }
    }
}
