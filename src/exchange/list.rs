//! Several values in one cell: separated by `;`, parts of a value by `:`.
//!
//! A backslash before `;`, `:`, another backslash or white space makes that character part of the value; before
//! anything else it is itself. White space around a value is dropped, unless a backslash stands before it.

use std::borrow::Cow;

/// The text up to the first separator that is not part of a value, and what follows that separator.
pub(super) fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => at += 2,
            byte if byte == separator => return (&text[..at], Some(&text[at + 1..])),
            _ => at += 1,
        }
    }
    (text, None)
}

/// The values of a cell as they are written, but for empty ones.
pub(super) fn values(cell: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(cell);
    let next = move || {
        let (value, after) = cut(rest?, b';');
        rest = after;
        Some(value)
    };
    std::iter::from_fn(next).filter(|value| !value.trim().is_empty())
}

/// What a value says that is written so.
pub(super) fn plain(written: &str) -> Cow<'_, str> {
    let written = written.trim_start();
    let mut end = written.trim_end().len();
    if ends_in_escape(&written[..end])
        && let Some(space) = written[end..].chars().next()
    {
        end += space.len_utf8();
    }
    let written = &written[..end];
    if !written.contains('\\') {
        return Cow::Borrowed(written);
    }
    let mut value = String::with_capacity(written.len());
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped =
            chars.next_if(|next| c == '\\' && (matches!(next, ';' | ':' | '\\') || next.is_whitespace()));
        value.push(escaped.unwrap_or(c));
    }
    Cow::Owned(value)
}

/// Whether the last backslash takes the next character: an even number of them are pairs.
fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Writes a value so that [`plain`] gives it back: colons are kept apart from separators where it is a part that
/// others follow.
pub(super) fn escape(value: &str, colons: bool, out: &mut String) {
    // One escape at each end keeps all the white space there.
    let last = value.char_indices().next_back().map_or(0, |(at, _)| at);
    for (at, c) in value.char_indices() {
        let at_an_end = (at == 0 || at == last) && c.is_whitespace();
        if at_an_end || matches!(c, ';' | '\\') || (colons && c == ':') {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(cell: &str) -> Vec<Cow<'_, str>> {
        values(cell).map(plain).collect()
    }

    #[test]
    fn values_are_read_as_people_write_them() {
        assert_eq!(read("en; es ;;\n fr;"), ["en", "es", "fr"]);
        assert_eq!(read(r"a\;b;c\\;d\:e;\x"), ["a;b", r"c\", "d:e", r"\x"]);
        assert_eq!(read(r"\ a\ ;b\"), [" a ", r"b\"]);
        assert_eq!(read(" ; "), [""; 0]);
        assert_eq!(cut(r"a\:b:c:d", b':'), (r"a\:b", Some("c:d")));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(written in prop::collection::vec("[ \n\u{a0}a;:\\\\é\u{3000}]{1,6}", 0..5), colons: bool) {
            let mut cell = String::new();
            for value in &written {
                escape(value, colons, &mut cell);
                cell.push(';');
            }
            prop_assert_eq!(read(&cell), written.clone());
            if let (true, Some(first)) = (colons, written.first()) {
                let mut parts = String::new();
                escape(first, true, &mut parts);
                parts.push_str(":rest:of it");
                let (part, rest) = cut(&parts, b':');
                prop_assert_eq!(plain(part), first.as_str());
                prop_assert_eq!(rest, Some("rest:of it"));
            }
        }
    }
}
