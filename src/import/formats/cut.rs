//! Cuts a body that comes in pieces into records.

use super::{Broken, Record, csv::Records, json::Elements, ndjson::Lines};
use crate::vocabulary::ImportFormat;

/// What a piece of the body came to.
#[derive(Debug)]
pub enum Cut {
    /// All of the piece was taken, and no record ended in it.
    More,
    /// A record ended after so many bytes of the piece; the rest of it was not taken.
    Record { taken: usize, record: Record },
}

/// Cuts records. For `csv` and `nppes` the first one, at the start of the body, is the header.
///
/// However the body is cut into pieces, the records are the same. After an error it is of no more use.
#[derive(Debug)]
pub struct Cutter {
    inner: Inner,
    /// How many bytes of a byte order mark were met at the start of the body; none once anything else was.
    mark: Option<usize>,
}

#[derive(Debug)]
enum Inner {
    Lines(Lines),
    Elements(Elements),
    Records(Box<Records>),
}

/// What may stand at the start of a body and says nothing.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

impl Cutter {
    /// Begins at the start of a body.
    #[must_use]
    pub fn at_start(format: ImportFormat) -> Self {
        let inner = match format {
            ImportFormat::Ndjson => Inner::Lines(Lines::after(0)),
            ImportFormat::Json => Inner::Elements(Elements::at_start()),
            ImportFormat::Csv | ImportFormat::Nppes => Inner::Records(Box::new(Records::after(0))),
        };
        Self { inner, mark: Some(0) }
    }

    /// Goes on right after a record, of which the body has had so many lines.
    #[must_use]
    pub fn after_record(format: ImportFormat, lines: i64) -> Self {
        let inner = match format {
            ImportFormat::Ndjson => Inner::Lines(Lines::after(lines)),
            ImportFormat::Json => Inner::Elements(Elements::after(lines)),
            ImportFormat::Csv | ImportFormat::Nppes => Inner::Records(Box::new(Records::after(lines))),
        };
        Self { inner, mark: None }
    }

    /// Lines that ended so far.
    #[must_use]
    pub const fn lines(&self) -> i64 {
        match &self.inner {
            Inner::Lines(lines) => lines.ended(),
            Inner::Elements(elements) => elements.lines(),
            Inner::Records(records) => records.lines(),
        }
    }

    /// Takes the next piece of the body, up to the end of the next record.
    ///
    /// # Errors
    /// Where the body is not of the format, or a record is longer than [`super::MAX_RECORD`].
    pub fn cut(&mut self, piece: &[u8]) -> Result<Cut, Broken> {
        let passed = self.pass_over_mark(piece)?;
        Ok(match self.inner.cut(&piece[passed..])? {
            Cut::More => Cut::More,
            Cut::Record { taken, record } => Cut::Record { taken: passed + taken, record },
        })
    }

    /// The body is at its end: the last record, if it ended with the body.
    ///
    /// # Errors
    /// Where the body ends in the middle.
    pub fn finish(&mut self) -> Result<Option<Record>, Broken> {
        self.end_mark()?;
        match &mut self.inner {
            Inner::Lines(lines) => lines.finish(),
            Inner::Elements(elements) => elements.finish().map(|()| None),
            Inner::Records(records) => records.finish(),
        }
    }

    /// How many bytes of the piece are of a byte order mark.
    fn pass_over_mark(&mut self, piece: &[u8]) -> Result<usize, Broken> {
        let Some(met) = self.mark else { return Ok(0) };
        let wanted = &BYTE_ORDER_MARK[met..];
        let same = piece.iter().zip(wanted).take_while(|(byte, wanted)| byte == wanted).count();
        self.mark = Some(met + same);
        if same == wanted.len() {
            self.mark = None;
        } else if same < piece.len() {
            self.end_mark()?;
        }
        Ok(same)
    }

    /// What began like a byte order mark and is none belongs to the body.
    fn end_mark(&mut self) -> Result<(), Broken> {
        if let Some(met) = self.mark.take() {
            // No record ends in it.
            self.inner.cut(&BYTE_ORDER_MARK[..met])?;
        }
        Ok(())
    }
}

impl Inner {
    fn cut(&mut self, piece: &[u8]) -> Result<Cut, Broken> {
        match self {
            Self::Lines(lines) => lines.cut(piece),
            Self::Elements(elements) => elements.cut(piece),
            Self::Records(records) => records.cut(piece),
        }
    }
}
