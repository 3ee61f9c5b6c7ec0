//! Of every format: the pieces in which a body comes do not matter, and cutting can go on after any record.

use proptest::{collection::vec, prelude::*, sample};
use serde_json::Value;

use super::{
    cut::{Cut, Cutter},
    *,
};
use crate::vocabulary::ImportFormat;

/// What a body came to: its records, each with the place in the body and the lines after it, and how it ended.
#[derive(Debug, PartialEq)]
struct Found {
    records: Vec<(usize, i64, Record)>,
    end: Result<i64, Broken>,
}

fn cut(mut cutter: Cutter, pieces: &[&[u8]]) -> Found {
    let mut records = Vec::new();
    let mut at = 0;
    let mut outcome = || -> Result<i64, Broken> {
        for piece in pieces {
            let mut rest = *piece;
            loop {
                match cutter.cut(rest)? {
                    Cut::More => break,
                    Cut::Record { taken, record } => {
                        rest = &rest[taken..];
                        at += taken;
                        records.push((at, cutter.lines(), record));
                    }
                }
            }
            at += rest.len();
        }
        if let Some(record) = cutter.finish()? {
            records.push((at, cutter.lines(), record));
        }
        Ok(cutter.lines())
    };
    let end = outcome();
    Found { records, end }
}

fn whole(format: ImportFormat, body: &[u8]) -> Found {
    cut(Cutter::at_start(format), &[body])
}

/// Records as their lines and what stands in them.
fn texts(format: ImportFormat, body: &str) -> Vec<(i64, String)> {
    let found = whole(format, body.as_bytes());
    assert!(found.end.is_ok(), "{:?}", found.end);
    found.records.into_iter().map(|(_, _, record)| (record.line, text(&record.content))).collect()
}

fn text(content: &Content) -> String {
    match content {
        Content::Json(text) => String::from_utf8_lossy(text).into_owned(),
        Content::Cells(cells) => cells.iter().collect::<Vec<_>>().join("|"),
    }
}

fn broken(format: ImportFormat, body: &[u8]) -> String {
    whole(format, body).end.unwrap_err().detail
}

/// Bodies that are mostly what their format is made of, sound or not.
fn body(format: ImportFormat) -> BoxedStrategy<Vec<u8>> {
    let words: &[&[u8]] = match format {
        ImportFormat::Ndjson => {
            &[b"{}", b"a", b" ", b"\n", b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xef", b"\xff"]
        }
        ImportFormat::Json => &[
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"\"",
            b"\\",
            b"1",
            b" ",
            b"\n",
            b"\r\n",
            b"\xef\xbb\xbf",
            b"\xff",
        ],
        ImportFormat::Csv | ImportFormat::Nppes => &[
            b",",
            b"\"",
            b"\"\"",
            b"a",
            b";",
            b" ",
            b"\n",
            b"\r\n",
            b"\r",
            b"\xef\xbb\xbf",
            b"\xef",
            b"\xc3\xa9",
            b"\xff",
        ],
    };
    let anything = vec(sample::select(words), 0..40).prop_map(|words| words.concat());
    // Few arrays come about by chance.
    let element = sample::select(vec![
        "{\"a\": [1, \"]\\\"\"]}",
        "[\n]",
        "\"x, \\\\\"",
        "12",
        "nul",
        "{:}",
        "{\n\"b\":{}}",
    ]);
    let space = sample::select(vec!["", " ", "\n", "\r\n\t"]);
    let array =
        (vec((element, space.clone(), space), 0..8), sample::select(vec!["]", "]\n", "", ",]", "]x"]));
    let array = array.prop_map(|(elements, end)| {
        let elements: Vec<_> =
            elements.into_iter().map(|(text, before, after)| format!("{before}{text}{after}")).collect();
        format!("[{}{end}", elements.join(",")).into_bytes()
    });
    if format == ImportFormat::Json { prop_oneof![anything, array].boxed() } else { anything.boxed() }
}

fn format_and_body() -> impl Strategy<Value = (ImportFormat, Vec<u8>)> {
    sample::select(ImportFormat::ALL).prop_flat_map(|format| (Just(format), body(format)))
}

proptest! {
    #[test]
    fn pieces_do_not_matter((format, body) in format_and_body(), cuts in vec(any::<sample::Index>(), 0..8)) {
        let found = whole(format, &body);
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        prop_assert_eq!(&cut(Cutter::at_start(format), &bytes), &found);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        places.sort_unstable();
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in places.into_iter().chain([body.len()]) {
            pieces.push(&body[start..end]);
            start = end;
        }
        prop_assert_eq!(&cut(Cutter::at_start(format), &pieces), &found);
    }

    #[test]
    fn cutting_goes_on_after_any_record((format, body) in format_and_body()) {
        let found = whole(format, &body);
        for (number, (at, lines, _)) in found.records.iter().enumerate() {
            let rest = cut(Cutter::after_record(format, *lines), &[&body[*at..]]);
            prop_assert_eq!(&rest.end, &found.end);
            let later = found.records[number + 1..].iter().map(|(end, lines, record)| (end - at, *lines, record.clone()));
            prop_assert_eq!(rest.records, later.collect::<Vec<_>>());
        }
    }

    #[test]
    fn records_begin_after_the_one_before((format, body) in format_and_body()) {
        let ends = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count() as i64;
        let mut before = 0;
        for (at, lines, record) in whole(format, &body).records {
            prop_assert_eq!(lines, ends(&body[..at]));
            prop_assert!((before + 1..=lines + 1).contains(&record.line));
            before = lines;
        }
    }

    #[test]
    fn arrays_are_read_as_a_json_reader_does(value in json(), pretty in any::<bool>()) {
        let array = Value::Array(value);
        let body = if pretty { serde_json::to_string_pretty(&array) } else { serde_json::to_string(&array) }.unwrap();
        let found = whole(ImportFormat::Json, body.as_bytes());
        prop_assert!(found.end.is_ok());
        let read = found.records.iter().map(|(_, _, record)| serde_json::from_str(&text(&record.content)).unwrap());
        prop_assert_eq!(Value::Array(read.collect()), array);
    }

    #[test]
    fn cells_come_back_as_they_were_written(rows in vec(vec("[a\"\r\n,; é]{0,6}", 1..5), 0..6), crlf in any::<bool>()) {
        let mut body = String::new();
        for row in &rows {
            let cells: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            body.push_str(&cells.join(","));
            body.push_str(if crlf { "\r\n" } else { "\n" });
        }
        let found = whole(ImportFormat::Csv, body.as_bytes());
        prop_assert!(found.end.is_ok());
        let said = |row: &&Vec<String>| row.iter().any(|cell| cell.contains(|c: char| !c.is_ascii_whitespace()));
        let wanted: Vec<_> = rows.iter().filter(said).map(|row| Content::Cells(row.iter().map(String::as_str).collect())).collect();
        prop_assert_eq!(found.records.into_iter().map(|(_, _, record)| record.content).collect::<Vec<_>>(), wanted);
    }
}

/// The elements of an array.
fn json() -> impl Strategy<Value = Vec<Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a\"\\\\\\[\\]{},\n]{0,6}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a\"\\\\]{0,3}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    vec(value, 0..6)
}

#[test]
fn lines_are_records() {
    let lines = |body| texts(ImportFormat::Ndjson, body);
    assert_eq!(lines(""), []);
    assert_eq!(lines("\u{feff}"), []);
    assert_eq!(lines("a\n\n \t\r\nb\r\nc"), [(1, "a".into()), (4, "b".into()), (5, "c".into())]);
    assert_eq!(lines("\u{feff}a\n\u{feff}b\n"), [(1, "a".into()), (2, "\u{feff}b".into())]);
}

#[test]
fn elements_are_records() {
    let elements = |body| texts(ImportFormat::Json, body);
    assert_eq!(elements("[]"), []);
    assert_eq!(elements("\u{feff}\n [\n] \n"), []);
    assert_eq!(
        elements("[\n {\"a\": \"]},\\\"\",\n \"b\": [1]},\r\n\r\n \"x\" , 12,tru ]\n"),
        [
            (2, "{\"a\": \"]},\\\"\",\n \"b\": [1]}".into()),
            (5, "\"x\"".into()),
            (5, "12".into()),
            (5, "tru".into())
        ]
    );
    let wrong = |body: &str| broken(ImportFormat::Json, body.as_bytes());
    assert_eq!(wrong(""), "The file is empty, where a JSON array was expected.");
    assert_eq!(wrong("\n{}"), "Line 2: the `[` of a JSON array was expected.");
    assert_eq!(wrong("[{}\n{}]"), "Line 2: a comma or the `]` of the JSON array was expected.");
    assert_eq!(wrong("[{} 1]"), "Line 1: a comma or the `]` of the JSON array was expected.");
    assert_eq!(wrong("[1\"a\"]"), "Line 1: a comma or the `]` of the JSON array was expected.");
    for body in ["[,{}]", "[{},,{}]", "[{},]", "[}]", "[:]"] {
        assert_eq!(wrong(body), "Line 1: an element of the JSON array was expected.");
    }
    for body in ["[", "[{}", "[{},", "[12", "[\"]", "[{]"] {
        assert_eq!(wrong(body), "The file ends before its JSON array does, in line 1.");
    }
    assert_eq!(wrong("[]\n[]"), "Line 2: nothing more after the JSON array was expected.");
}

#[test]
fn quoted_lines_are_one_record() {
    let records = |body| texts(ImportFormat::Csv, body);
    assert_eq!(records("\u{feff}\r\n"), []);
    assert_eq!(
        records("\u{feff}id,name\r\n\r\n1,\"O\"\"Hara,\nMaya\"\r\n , ,\r\n\"\",\"\"\n\u{feff}2,\"b\""),
        [(1, "id|name".into()), (3, "1|O\"Hara,\nMaya".into()), (7, "\u{feff}2|b".into())]
    );
    assert_eq!(
        broken(ImportFormat::Csv, b"id\n1\n\"2\n3\n"),
        "The file ends within the quotes of the record that begins in line 3."
    );
    assert_eq!(broken(ImportFormat::Csv, b"id\n\xff\n"), "The record that begins in line 2 is not UTF-8.");
    assert_eq!(
        broken(ImportFormat::Csv, b"id\n\xc3,\xa9\n"),
        "The record that begins in line 2 is not UTF-8."
    );
}

#[test]
fn a_record_may_be_long_but_not_too_long() {
    let long = |length: usize| "x".repeat(length);
    let quoted = |length: usize| format!("\"{}\"", "\n".repeat(length - 3) + "x");
    type Case<'a> = (ImportFormat, &'a str, &'a dyn Fn(usize) -> String, &'a str, i64);
    let cases: [Case<'_>; 6] = [
        (ImportFormat::Ndjson, "a\n", &long, "\r\nb", 2),
        (ImportFormat::Ndjson, "a\n", &long, "", 2),
        (ImportFormat::Json, "[\n", &quoted, ",2]", 2),
        (ImportFormat::Json, "[\n", &long, "]", 2),
        (ImportFormat::Csv, "id\n\n", &quoted, "\r\nb", 3),
        (ImportFormat::Csv, "id\n\n", &long, "", 3),
    ];
    for (format, before, record, after, line) in cases {
        let body = |length: usize| format!("{before}{}{after}", record(length)).into_bytes();
        let longest = whole(format, &body(MAX_RECORD));
        assert!(longest.end.is_ok() && longest.records.iter().any(|(_, _, record)| record.line == line));
        let wanted = format!("The record that begins in line {line} is longer than 1048576 bytes.");
        assert_eq!(broken(format, &body(MAX_RECORD + 1)), wanted);
        let too_long = body(MAX_RECORD + 1);
        let pieces: Vec<&[u8]> = too_long.chunks(4096).collect();
        assert_eq!(cut(Cutter::at_start(format), &pieces).end.unwrap_err().detail, wanted);
    }
}

/// A record of nothing but cells takes room for their ends, and no more.
#[test]
fn many_cells_are_kept() {
    let body = ",".repeat(MAX_RECORD - 1) + "x";
    let found = whole(ImportFormat::Csv, body.as_bytes());
    let Content::Cells(cells) = &found.records[0].2.content else { panic!("cells") };
    assert_eq!((cells.len(), cells.get(MAX_RECORD - 1)), (MAX_RECORD, Some("x")));
}
