//! Following by Server-Sent Events, as `EventSource` does.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};
use ureq::http::HeaderMap;

use super::{PATH, add, ask, patch, reader, text, told};
use crate::{
    on_both_databases,
    support::app::{App, Begun, Client},
};

/// A stream that is being read.
pub(super) struct Stream {
    headers: HeaderMap,
    lines: BufReader<ureq::BodyReader<'static>>,
}

/// What a client sees of an event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) data: Value,
}

impl Stream {
    pub(super) fn open(client: &Client<'_>, query: &str, last_event_id: &str) -> Self {
        let client = client.with("Accept", "text/event-stream").with("Accept-Encoding", "gzip, br, zstd");
        let client =
            if last_event_id.is_empty() { client } else { client.with("Last-Event-ID", last_event_id) };
        let (headers, reader) = client.begin(&format!("{PATH}?{query}")).into_reader();
        Self { headers, lines: BufReader::new(reader) }
    }

    /// The next event; `None` at the end of the stream.
    pub(super) fn next(&mut self) -> Option<Event> {
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

    /// The next event about acme's profiles.
    fn of_acme(&mut self) -> Event {
        loop {
            let event = self.next().expect("an event");
            if event.data["source"] == "acme" {
                return event;
            }
        }
    }
}

on_both_databases! {
    fn a_stream_tells_what_there_is_and_what_comes(app: App) {
        let one = add(&app, "acme", "1", &json!({}));
        let two = add(&app, "acme", "2", &json!({"status": "draft"}));
        let start = told(&app, &app.writer(), "");
        let mut stream = Stream::open(&reader(&app), "", "");
        let header = |name: &str| stream.headers.get(name).expect(name).to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-encoding"), "identity");
        assert!(header("vary").starts_with("accept"), "{}", header("vary"));
        let first = stream.of_acme();
        let listed = ask(&reader(&app), "limit=1").expect(200).json();
        assert_eq!((first.name.as_str(), &first.data), ("upsert", &listed["items"][0]));
        assert_eq!(first.id, text(&listed["next"]), "the id is the place");
        let mut later = Stream::open(&app.writer(), &format!("since={}", start.next), "");
        patch(&app, &two, &json!({"status": "published"}));
        assert_eq!(stream.of_acme().data["id"], two.as_str());
        app.writer().delete(&format!("/v1/therapists/{one}")).expect(204);
        let end = stream.of_acme();
        assert_eq!((end.name.as_str(), &end.data["external_id"], &end.data["therapist"]), ("delete", &json!("1"), &Value::Null));
        app.writer().send("POST", &format!("/v1/therapists/{two}/removal"), "", b"").expect(200);
        assert_eq!(stream.of_acme().name, "removal");
        let told: Vec<String> = (0..3).map(|_| later.of_acme().name).collect();
        // What is gone when it is told of is told as gone.
        assert!(told[0] == "upsert" || told[0] == "delete", "{told:?}");
        assert_eq!(told[1..], ["delete", "removal"]);
        // Whoever connects again goes on, whatever `since` said; what is no place is ignored.
        let mut again = Stream::open(&app.writer(), "since=0", &end.id);
        assert_eq!(again.of_acme().name, "removal");
        let mut again = Stream::open(&app.writer(), &format!("since={}", end.id), "nonsense");
        assert_eq!(again.of_acme().name, "removal");
    }

    /// Those who wait are few enough; those who only ask are always answered.
    fn followers_have_bounds(app: App) {
        let next = told(&app, &reader(&app), "").next;
        let stream = reader(&app).with("Accept", "text/event-stream");
        let open: Vec<Begun> = (0..64).map(|_| stream.begin(PATH)).collect();
        assert!(open.iter().all(|begun| begun.status() == 200));
        let refused = stream.get(PATH);
        assert_eq!(refused.header("retry-after"), "10");
        assert_eq!(refused.problem(503), "unavailable");
        assert_eq!(ask(&reader(&app), &format!("since={next}&wait=1")).problem(503), "unavailable");
        ask(&reader(&app), "wait=60").expect(200);
        ask(&reader(&app), &format!("since={next}")).expect(200);
    }
}
