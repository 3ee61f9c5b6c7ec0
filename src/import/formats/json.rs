//! A JSON array: one row an element.
//!
//! Only the frame is read here: what stands in an element may be malformed, and is then a row that is rejected.

use memchr::{memchr_iter, memchr2};

use super::{Broken, Content, MAX_RECORD, Record, cut::Cut};

/// Where the cutter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the array.
    Start,
    /// After its `[`.
    Opened,
    /// After a comma.
    Comma,
    /// Within an element.
    Element,
    /// After an element.
    After,
    /// After the `]` of the array.
    Closed,
}

/// Cuts the elements of an array.
#[derive(Debug)]
pub struct Elements {
    lines: i64,
    place: Place,
    /// The line on which the element under way begins.
    line: i64,
    /// What is there of it.
    text: Vec<u8>,
    /// How many of its objects and arrays are open; none within a string or another scalar.
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

impl Elements {
    /// Begins at the start of a body.
    #[must_use]
    pub const fn at_start() -> Self {
        Self {
            lines: 0,
            place: Place::Start,
            line: 0,
            text: Vec::new(),
            depth: 0,
            in_string: false,
            is_escaped: false,
        }
    }

    /// Goes on right after an element, of which the body has had so many lines.
    #[must_use]
    pub fn after(lines: i64) -> Self {
        Self { lines, place: Place::After, ..Self::at_start() }
    }

    /// Lines that ended so far.
    #[must_use]
    pub const fn lines(&self) -> i64 {
        self.lines
    }

    /// Takes the next piece, up to the end of the next element.
    ///
    /// # Errors
    /// Where the body is no array, or an element is longer than [`MAX_RECORD`].
    pub fn cut(&mut self, piece: &[u8]) -> Result<Cut, Broken> {
        let mut taken = 0;
        while let Some(&byte) = piece.get(taken) {
            if self.place == Place::Element {
                let rest = &piece[taken..];
                let end = self.end_of_element(rest);
                let text = &rest[..end.unwrap_or(rest.len())];
                self.keep(text)?;
                taken += text.len();
                if end.is_some() {
                    self.place = Place::After;
                    let content = Content::Json(std::mem::take(&mut self.text));
                    return Ok(Cut::Record { taken, record: Record { line: self.line, content } });
                }
            } else if is_space(byte) {
                self.lines += i64::from(byte == b'\n');
                taken += 1;
            } else {
                self.place = self.enter(byte)?;
                // The first byte of an element is read with the rest of it.
                taken += usize::from(self.place != Place::Element);
            }
        }
        Ok(Cut::More)
    }

    /// The body is at its end.
    ///
    /// # Errors
    /// Where the array is not.
    pub fn finish(&self) -> Result<(), Broken> {
        match self.place {
            Place::Closed => Ok(()),
            Place::Start => Err(Broken::new("The file is empty, where a JSON array was expected.")),
            Place::Opened | Place::Comma | Place::Element | Place::After => {
                let line = self.lines + 1;
                Err(Broken::new(format!("The file ends before its JSON array does, in line {line}.")))
            }
        }
    }

    /// Where this byte of the frame leads.
    fn enter(&mut self, byte: u8) -> Result<Place, Broken> {
        let wanted = match (self.place, byte) {
            (Place::Start, b'[') => return Ok(Place::Opened),
            (Place::Opened | Place::After, b']') => return Ok(Place::Closed),
            (Place::After, b',') => return Ok(Place::Comma),
            (Place::Opened | Place::Comma, b',' | b']' | b'}' | b':') => "an element of the JSON array",
            (Place::Opened | Place::Comma, _) => {
                self.line = self.lines + 1;
                return Ok(Place::Element);
            }
            (Place::Start, _) => "the `[` of a JSON array",
            (Place::After | Place::Element, _) => "a comma or the `]` of the JSON array",
            (Place::Closed, _) => "nothing more after the JSON array",
        };
        Err(Broken::new(format!("Line {}: {wanted} was expected.", self.lines + 1)))
    }

    /// Where the element under way ends, if it does so in this piece.
    fn end_of_element(&mut self, piece: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            if self.is_escaped {
                self.is_escaped = false;
                at += 1;
                continue;
            }
            if self.in_string {
                at += memchr2(b'"', b'\\', &piece[at..])?;
                self.is_escaped = piece[at] == b'\\';
                self.in_string = self.is_escaped;
                at += 1;
                if !self.in_string && self.depth == 0 {
                    return Some(at);
                }
                continue;
            }
            let is_first = at == 0 && self.text.is_empty();
            match byte {
                b'"' | b'{' | b'[' | b'}' | b']' | b',' if self.depth == 0 && !is_first => return Some(at),
                _ if self.depth == 0 && is_space(byte) => return Some(at),
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn keep(&mut self, text: &[u8]) -> Result<(), Broken> {
        if self.text.len() + text.len() > MAX_RECORD {
            return Err(Broken::too_long(self.line));
        }
        self.lines += i64::try_from(memchr_iter(b'\n', text).count()).unwrap_or(i64::MAX);
        self.text.extend_from_slice(text);
        Ok(())
    }
}

/// White space of JSON (RFC 8259, section 2).
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
