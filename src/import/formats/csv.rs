//! CSV (RFC 4180): one row a record.
//!
//! Cells may be quoted, and then hold commas, doubled quotes and ends of lines. Records end in LF or CRLF; those of
//! nothing but blank cells are passed over.

use std::fmt;

use csv_core::{ReadRecordResult, Reader};
use memchr::memchr_iter;

use super::{Broken, Content, MAX_RECORD, Record, cut::Cut};
use crate::exchange::cells::Cells;

/// Room for the text and for the cells of a record, to begin with.
const ROOM: (usize, usize) = (1024, 64);

/// Cuts records; the header is one.
pub struct Records {
    reader: Reader,
    lines: i64,
    /// The line on which the record under way begins.
    line: i64,
    /// Bytes that were taken of it.
    length: usize,
    /// The text of its cells without quotes; so much of it is written.
    text: Vec<u8>,
    written: usize,
    /// Where each of its cells ends in the text; so many are known.
    ends: Vec<usize>,
    cells: usize,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("lines", &self.lines)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Records {
    /// Begins with a record, of which the body has had so many lines before.
    #[must_use]
    pub fn after(lines: i64) -> Self {
        let mut reader = Reader::new();
        let (mut text, mut ends) = (vec![0; ROOM.0], vec![0; ROOM.1]);
        // A reader that has read nothing yet would take what looks like a byte order mark out of the middle of a body.
        let _ = reader.read_record(b"\n", &mut text, &mut ends);
        Self { reader, lines, line: 0, length: 0, text, written: 0, ends, cells: 0 }
    }

    /// Lines that ended so far.
    #[must_use]
    pub const fn lines(&self) -> i64 {
        self.lines
    }

    /// Takes the next piece, up to the end of the next record.
    ///
    /// # Errors
    /// Where a record is longer than [`MAX_RECORD`] or is not UTF-8.
    pub fn cut(&mut self, piece: &[u8]) -> Result<Cut, Broken> {
        let mut taken = 0;
        while taken < piece.len() {
            if self.length == 0 {
                taken += self.pass_over_line_ends(&piece[taken..]);
                self.line = self.lines + 1;
            }
            // One more is the end of the record.
            let room = MAX_RECORD + 1 - self.length;
            let rest = &piece[taken..];
            let rest = &rest[..rest.len().min(room)];
            if rest.is_empty() {
                break;
            }
            let (result, read) = self.read(rest);
            taken += read;
            match result {
                ReadRecordResult::Record => {
                    if let Some(record) = self.take()? {
                        return Ok(Cut::Record { taken, record });
                    }
                }
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::End if self.length > MAX_RECORD => {
                    return Err(Broken::too_long(self.line));
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        Ok(Cut::More)
    }

    /// The last record, if it ended with the body.
    ///
    /// # Errors
    /// Where the body ends within quotes; or as [`Records::cut`].
    pub fn finish(&mut self) -> Result<Option<Record>, Broken> {
        if self.length == 0 {
            return Ok(None);
        }
        let lines = self.lines;
        // The end of a line ends a record everywhere but within quotes.
        let cut = self.cut(b"\n")?;
        self.lines = lines;
        match cut {
            Cut::Record { record, .. } => Ok(Some(record)),
            Cut::More if self.length == 0 => Ok(None),
            Cut::More => {
                let line = self.line;
                Err(Broken::new(format!(
                    "The file ends within the quotes of the record that begins in line {line}."
                )))
            }
        }
    }

    /// What is no record: the LF of a CRLF, and empty lines.
    fn pass_over_line_ends(&mut self, piece: &[u8]) -> usize {
        let passed = piece.iter().take_while(|&&byte| matches!(byte, b'\r' | b'\n')).count();
        self.count_lines(&piece[..passed]);
        passed
    }

    fn read(&mut self, piece: &[u8]) -> (ReadRecordResult, usize) {
        let (text, ends) = (&mut self.text[self.written..], &mut self.ends[self.cells..]);
        let (result, read, written, cells) = self.reader.read_record(piece, text, ends);
        self.written += written;
        self.cells += cells;
        self.length += read;
        self.count_lines(&piece[..read]);
        (result, read)
    }

    fn count_lines(&mut self, text: &[u8]) {
        self.lines += i64::try_from(memchr_iter(b'\n', text).count()).unwrap_or(i64::MAX);
    }

    /// The record that ends here, unless it is blank.
    fn take(&mut self) -> Result<Option<Record>, Broken> {
        let (text, ends) = (&self.text[..self.written], &self.ends[..self.cells]);
        (self.length, self.written, self.cells) = (0, 0, 0);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        // Bytes of two cells may also make a character that neither of them has.
        let cells = std::str::from_utf8(text).ok().and_then(|text| Cells::of(text.to_owned(), ends.to_vec()));
        let not_utf8 = || Broken::new(format!("The record that begins in line {} is not UTF-8.", self.line));
        let cells = cells.ok_or_else(not_utf8)?;
        Ok(Some(Record { line: self.line, content: Content::Cells(cells) }))
    }
}
