//! Writes profiles as the rows of a file.

use std::{io, mem};

use super::ExportError;
use crate::{
    directory::{
        model::Therapist,
        store::{self, Filter},
        view::View,
    },
    exchange::{
        row::row_with_source,
        write::{self, Widths},
    },
    store::{Connection, StoreError},
    vocabulary::ExportFormat,
};

/// Bytes after which a piece of the file is handed over: the last row may make it longer.
pub const PIECE: usize = 64 * 1024;

/// What to export, and how.
#[derive(Clone, Debug)]
pub struct Export {
    pub filter: Filter,
    pub view: View,
    pub format: ExportFormat,
}

/// What is known before the first row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The number of the change up to which the export surely has everything; 0 before the first one. Whoever follows
    /// the change feed from there misses nothing, and may meet a change that the export has already.
    pub revision: i64,
    /// How many profiles there are.
    pub total: i64,
}

impl Opened {
    /// What is known of an export of these profiles.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of(conn: &mut Connection, filter: &Filter) -> Result<Self, StoreError> {
        let (_, revision) = store::latest_change(conn)?;
        Ok(Self { revision, total: store::count(conn, filter)? })
    }
}

/// Writes all of it: tells `opened` what is known first, then hands the file to `take` in pieces.
///
/// The connection is to be in one transaction all the while, so that everything is read from one state.
///
/// # Errors
/// When the database fails, or what `take` returns.
pub fn write(
    conn: &mut Connection,
    export: &Export,
    opened: impl FnOnce(Opened) -> Result<(), ExportError>,
    mut take: impl FnMut(Vec<u8>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let Export { filter, view, format } = export;
    let known = Opened::of(conn, filter)?;
    let form = Form::of(conn, filter, *format)?;
    opened(known)?;
    let mut piece = Vec::new();
    form.begin(&mut piece);
    store::in_order(conn, filter, |batch| {
        for mut therapist in batch {
            view.limit(&mut therapist);
            form.put(&therapist, &mut piece)?;
            if piece.len() >= PIECE {
                take(mem::take(&mut piece))?;
            }
        }
        Ok::<_, ExportError>(())
    })?;
    if piece.is_empty() { Ok(()) } else { take(piece) }
}

/// How rows are written.
enum Form {
    Ndjson,
    Csv(Widths),
}

impl Form {
    /// A CSV file has a column for every element of the longest lists, which its header names before any row is read.
    fn of(conn: &mut Connection, filter: &Filter, format: ExportFormat) -> Result<Self, StoreError> {
        Ok(match format {
            ExportFormat::Ndjson => Self::Ndjson,
            ExportFormat::Csv => {
                let store::Longest { licenses, locations, fees, answers } = store::longest(conn, filter)?;
                Self::Csv(Widths { licenses, locations, fees, answers })
            }
        })
    }

    fn begin(&self, out: &mut Vec<u8>) {
        if let Self::Csv(widths) = self {
            write::line(&write::header(widths), out);
        }
    }

    fn put(&self, therapist: &Therapist, out: &mut Vec<u8>) -> io::Result<()> {
        let row = row_with_source(therapist);
        match self {
            Self::Ndjson => {
                serde_json::to_writer(&mut *out, &row)?;
                out.push(b'\n');
            }
            Self::Csv(widths) => write::line(&write::cells(&row, widths), out),
        }
        Ok(())
    }
}
