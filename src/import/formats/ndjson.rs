//! Newline-delimited JSON: one row a line.

use memchr::memchr;

use super::{Broken, Content, MAX_RECORD, Record, cut::Cut};

/// Cuts lines. They end in LF or CRLF; those of nothing but white space are passed over.
#[derive(Debug, Default)]
pub struct Lines {
    ended: i64,
    /// What is there of the line under way.
    text: Vec<u8>,
}

impl Lines {
    /// Begins with a line, of which the body has had so many before.
    #[must_use]
    pub const fn after(lines: i64) -> Self {
        Self { ended: lines, text: Vec::new() }
    }

    /// Lines that ended so far.
    #[must_use]
    pub const fn ended(&self) -> i64 {
        self.ended
    }

    /// Takes the next piece, up to the end of the next record.
    ///
    /// # Errors
    /// Where a line is longer than [`MAX_RECORD`].
    pub fn cut(&mut self, piece: &[u8]) -> Result<Cut, Broken> {
        let mut taken = 0;
        while taken < piece.len() {
            let rest = &piece[taken..];
            let end = memchr(b'\n', rest);
            let text = &rest[..end.unwrap_or(rest.len())];
            // One more may be the CR of a CRLF.
            if self.text.len() + text.len() > MAX_RECORD + 1 {
                return Err(Broken::too_long(self.ended + 1));
            }
            self.text.extend_from_slice(text);
            taken += text.len();
            if end.is_some() {
                taken += 1;
                let line = self.ended + 1;
                let content = self.take()?;
                self.ended = line;
                if let Some(content) = content {
                    return Ok(Cut::Record { taken, record: Record { line, content } });
                }
            }
        }
        Ok(Cut::More)
    }

    /// The last line, if it ended with the body.
    ///
    /// # Errors
    /// Where it is longer than [`MAX_RECORD`].
    pub fn finish(&mut self) -> Result<Option<Record>, Broken> {
        Ok(self.take()?.map(|content| Record { line: self.ended + 1, content }))
    }

    /// What stands in the line that ends here, unless it is blank.
    fn take(&mut self) -> Result<Option<Content>, Broken> {
        if self.text.last() == Some(&b'\r') {
            self.text.pop();
        }
        if self.text.len() > MAX_RECORD {
            return Err(Broken::too_long(self.ended + 1));
        }
        if self.text.iter().all(u8::is_ascii_whitespace) {
            self.text.clear();
            return Ok(None);
        }
        Ok(Some(Content::Json(std::mem::take(&mut self.text))))
    }
}
