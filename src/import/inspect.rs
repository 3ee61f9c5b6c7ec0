//! Looks at a body while it comes in, so that one that cannot be read is refused before anything is done with it.

use std::str::from_utf8;

use super::formats::{
    Broken, Content, Record,
    cut::{Cut, Cutter},
    layout::Layout,
};
use crate::vocabulary::ImportFormat;

/// The header ends within so many bytes of the body, so within its first part.
pub const MAX_HEADER: usize = 256 * 1024;

/// What is known of a body so far: that it is UTF-8, that its records can be cut, and that its header is the format's.
#[derive(Debug)]
pub struct Inspection {
    format: ImportFormat,
    cutter: Cutter,
    awaits_header: bool,
    /// Bytes that the cutter took.
    cut: usize,
    /// A character of which the rest is still to come: its first bytes.
    begun: Vec<u8>,
}

impl Inspection {
    /// Begins at the start of a body.
    #[must_use]
    pub fn new(format: ImportFormat) -> Self {
        Self {
            format,
            cutter: Cutter::at_start(format),
            awaits_header: Layout::has_header(format),
            cut: 0,
            begun: Vec::with_capacity(4),
        }
    }

    /// Looks at the next bytes.
    ///
    /// # Errors
    /// Where the body is not UTF-8 or not of the format.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let mut rest = bytes;
        while let (false, Some((&next, others))) = (self.begun.is_empty(), rest.split_first()) {
            self.begun.push(next);
            rest = others;
            match from_utf8(&self.begun) {
                Ok(_) => {
                    let character = std::mem::take(&mut self.begun);
                    self.cut(&character)?;
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(self.not_utf8()),
            }
        }
        match from_utf8(rest) {
            Ok(_) => self.cut(rest),
            Err(error) => {
                let (text, other) = rest.split_at(error.valid_up_to());
                self.cut(text)?;
                if error.error_len().is_some() {
                    return Err(self.not_utf8());
                }
                self.begun.extend_from_slice(other);
                Ok(())
            }
        }
    }

    /// The body is at its end.
    ///
    /// # Errors
    /// Where it ends in the middle, or where there is no header.
    pub fn finish(&mut self) -> Result<(), Broken> {
        if !self.begun.is_empty() {
            return Err(self.not_utf8());
        }
        if let Some(record) = self.cutter.finish()? {
            self.look_at(&record)?;
        }
        if self.awaits_header {
            return Err(Broken::new("The file is empty, where a header was expected."));
        }
        Ok(())
    }

    fn not_utf8(&self) -> Broken {
        let (byte, line) = (self.cut + 1, self.cutter.lines() + 1);
        Broken::new(format!("The file is not UTF-8 at its byte {byte}, in line {line}."))
    }

    fn cut(&mut self, mut text: &[u8]) -> Result<(), Broken> {
        // A header that is too long is refused at the same place however it came.
        if self.awaits_header && self.cut + text.len() > MAX_HEADER {
            let (first, rest) = text.split_at(MAX_HEADER - self.cut);
            self.cut_records(first)?;
            if self.awaits_header {
                return Err(Broken::new(format!("The header does not end within {MAX_HEADER} bytes.")));
            }
            text = rest;
        }
        self.cut_records(text)
    }

    fn cut_records(&mut self, mut text: &[u8]) -> Result<(), Broken> {
        self.cut += text.len();
        while let Cut::Record { taken, record } = self.cutter.cut(text)? {
            text = &text[taken..];
            self.look_at(&record)?;
        }
        Ok(())
    }

    fn look_at(&mut self, record: &Record) -> Result<(), Broken> {
        if let (true, Content::Cells(header)) = (self.awaits_header, &record.content) {
            Layout::new(self.format, header)?;
            self.awaits_header = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn inspect(format: ImportFormat, pieces: &[&[u8]]) -> Result<(), Broken> {
        let mut inspection = Inspection::new(format);
        pieces.iter().try_for_each(|piece| inspection.take(piece))?;
        inspection.finish()
    }

    fn refusal(format: ImportFormat, body: &[u8]) -> String {
        inspect(format, &[body]).unwrap_err().detail
    }

    proptest! {
        #[test]
        fn bytes_that_are_not_utf8_are_found_where_they_are(
            text in "[aé€😀\n]{0,12}", tail in vec(any::<u8>(), 0..6), size in 1_usize..5,
        ) {
            let body: Vec<u8> = text.bytes().chain(tail).collect();
            let pieces: Vec<&[u8]> = body.chunks(size).collect();
            let wanted = from_utf8(&body).map(|_| ()).map_err(|error| {
                let at = error.valid_up_to();
                let line = 1 + body[..at].iter().filter(|&&byte| byte == b'\n').count();
                Broken::new(format!("The file is not UTF-8 at its byte {}, in line {line}.", at + 1))
            });
            prop_assert_eq!(&inspect(ImportFormat::Ndjson, &[&body]), &wanted);
            prop_assert_eq!(&inspect(ImportFormat::Ndjson, &pieces), &wanted);
        }
    }

    #[test]
    fn an_empty_body_has_no_rows_or_no_frame() {
        for body in [&b""[..], b"\xef\xbb\xbf", b"\r\n\n"] {
            assert_eq!(inspect(ImportFormat::Ndjson, &[body]), Ok(()));
            assert_eq!(
                refusal(ImportFormat::Json, body),
                "The file is empty, where a JSON array was expected."
            );
            for format in [ImportFormat::Csv, ImportFormat::Nppes] {
                assert_eq!(refusal(format, body), "The file is empty, where a header was expected.");
            }
        }
    }

    #[test]
    fn a_header_ends_early() {
        let wanted = "The header does not end within 262144 bytes.";
        let blank = vec![b'\n'; MAX_HEADER + 1];
        assert_eq!(refusal(ImportFormat::Csv, &blank), wanted);
        let pieces: Vec<&[u8]> = blank.chunks(1000).collect();
        assert_eq!(inspect(ImportFormat::Csv, &pieces).unwrap_err().detail, wanted);
        assert_eq!(refusal(ImportFormat::Nppes, "x".repeat(MAX_HEADER + 1).as_bytes()), wanted);
    }
}
