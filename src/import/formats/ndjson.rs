//! Newline-delimited JSON: one row a line.

use std::io::{self, BufRead};

/// A longer line is no profile: it is passed over without being kept in memory.
pub const MAX_LINE: usize = 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What stands in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing but white space.
    Blank,
    /// The line without its end.
    Text(Vec<u8>),
    /// More than [`MAX_LINE`] bytes.
    TooLong,
}

/// The next line and how many bytes of the body it takes with its end; `None` at the end of the body.
///
/// A byte order mark counts as nothing where `is_first` says that this is the first line. Lines end in LF or CRLF.
///
/// # Errors
/// When the body cannot be read.
pub fn read_line(body: &mut impl BufRead, is_first: bool) -> io::Result<Option<(Line, u64)>> {
    let mut line = Vec::new();
    let mut length = 0;
    let mut is_too_long = false;
    loop {
        let available = body.fill_buf()?;
        if available.is_empty() {
            break;
        }
        let end = available.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(available.len(), |at| at + 1);
        let text = &available[..end.unwrap_or(taken)];
        is_too_long = is_too_long || line.len() + text.len() > MAX_LINE;
        if is_too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(text);
        }
        body.consume(taken);
        length += taken as u64;
        if end.is_some() {
            break;
        }
    }
    if length == 0 {
        return Ok(None);
    }
    if is_too_long {
        return Ok(Some((Line::TooLong, length)));
    }
    if is_first && line.starts_with(BOM) {
        line.drain(..BOM.len());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let line = if line.iter().all(u8::is_ascii_whitespace) { Line::Blank } else { Line::Text(line) };
    Ok(Some((line, length)))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(body: &[u8]) -> Vec<(Line, u64)> {
        // A reader whose buffer is smaller than most lines.
        let mut reader = BufReader::with_capacity(3, body);
        let mut lines = Vec::new();
        while let Some(line) = read_line(&mut reader, lines.is_empty()).unwrap() {
            lines.push(line);
        }
        lines
    }

    fn text(text: &str) -> Line {
        Line::Text(text.into())
    }

    #[test]
    fn ends_of_lines_and_byte_order_marks_belong_to_no_row() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"a\nbcdef\r\ng"), [(text("a"), 2), (text("bcdef"), 7), (text("g"), 1)]);
        assert_eq!(
            lines("\u{feff}a\n\u{feff}b\n".as_bytes()),
            [(text("a"), 5), (Line::Text("\u{feff}b".into()), 5)]
        );
        assert_eq!(lines(b"\n \t\r\na"), [(Line::Blank, 1), (Line::Blank, 4), (text("a"), 1)]);
        assert_eq!(lines("\u{feff}".as_bytes()), [(Line::Blank, 3)]);
    }

    #[test]
    fn a_line_may_be_long_but_not_too_long() {
        let (long, too_long) = ("x".repeat(MAX_LINE), "x".repeat(MAX_LINE + 1));
        let body = format!("{long}\n{too_long}\na");
        let lines = lines(body.as_bytes());
        assert_eq!(lines[0], (Line::Text(long.into_bytes()), MAX_LINE as u64 + 1));
        assert_eq!(lines[1], (Line::TooLong, MAX_LINE as u64 + 2));
        assert_eq!(lines[2], (text("a"), 1));
    }

    #[test]
    fn lengths_add_up_to_the_body() {
        let body = b"\xef\xbb\xbf{}\r\n\n\xff\xfe\n  \nlast";
        assert_eq!(lines(body).iter().map(|(_, length)| length).sum::<u64>(), body.len() as u64);
    }
}
