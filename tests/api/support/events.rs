//! Server-Sent Events as `EventSource` reads them.

use std::io::{BufRead, BufReader};

use serde_json::Value;
use ureq::http::HeaderMap;

use super::app::Client;

/// A stream that is being read.
pub struct Events {
    pub headers: HeaderMap,
    lines: BufReader<ureq::BodyReader<'static>>,
}

/// What a client sees of an event.
#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: Value,
}

impl Events {
    /// Connects; without a last id for the first time.
    pub fn open(client: &Client<'_>, path: &str, last_event_id: &str) -> Self {
        // Most clients would take it compressed: then an event would wait for its block to fill.
        let client = client.with("Accept", "text/event-stream").with("Accept-Encoding", "gzip, br, zstd");
        let client =
            if last_event_id.is_empty() { client } else { client.with("Last-Event-ID", last_event_id) };
        let (headers, reader) = client.begin(path).into_reader();
        Self { headers, lines: BufReader::new(reader) }
    }

    /// The stream that another client has begun.
    pub fn of(response: ureq::http::Response<ureq::Body>) -> Self {
        let (head, body) = response.into_parts();
        Self { headers: head.headers, lines: BufReader::new(body.into_reader()) }
    }

    /// The next event; `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Event> {
        let (mut id, mut name, mut silence) = (None, None, 0);
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).expect("an unbroken stream") == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(':') {
                Some(("id", value)) => id = Some(value.trim().to_owned()),
                Some(("event", value)) => name = Some(value.trim().to_owned()),
                Some(("data", data)) => {
                    let data = serde_json::from_str(data).expect("JSON on one line");
                    return Some(Event { id: id.expect("an id"), name: name.expect("a type"), data });
                }
                Some(("retry", value)) => assert_eq!(value, " 2000"),
                Some(("", "")) => silence += 1,
                _ => assert_eq!(line, "\n"),
            }
            assert!(silence < 4, "nothing is told for a minute");
        }
    }
}
