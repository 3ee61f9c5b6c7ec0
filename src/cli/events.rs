//! Reads Server-Sent Events (WHATWG HTML, section 9.2.6), as far as this server writes them: lines end in line feeds.

use std::io::{self, BufRead, BufReader, Read};

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// The events of an answer, as they come.
pub(super) struct Events<R> {
    lines: BufReader<R>,
    last_id: Option<String>,
}

impl<R: Read> Events<R> {
    /// The events that `body` sends to somebody who has seen the one with `last_id`.
    pub(super) fn new(body: R, last_id: Option<String>) -> Self {
        Self { lines: BufReader::new(body), last_id }
    }

    /// The number of the last event, to name when connecting again.
    pub(super) fn last_id(self) -> Option<String> {
        self.last_id
    }

    /// The next event, when it is there; `None` at the end. An event that is cut off there is none.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(super) fn next(&mut self) -> io::Result<Option<Event>> {
        let (mut event, mut id, mut data) = (Event::default(), None, None::<String>);
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.lines.read_until(b'\n', &mut line)? == 0 || line.pop() != Some(b'\n') {
                return Ok(None);
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches('\r');
            let (field, value) = text.split_once(':').unwrap_or((text, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" if text.is_empty() => {
                    self.last_id = id.take().or(self.last_id.take());
                    if let Some(data) = data.take() {
                        return Ok(Some(Event { data, ..event }));
                    }
                    event = Event::default();
                }
                "id" if !value.contains('\0') => id = Some(value.to_owned()),
                "event" => value.clone_into(&mut event.name),
                "data" => {
                    data = Some(match data.take() {
                        Some(before) => format!("{before}\n{value}"),
                        None => value.to_owned(),
                    });
                }
                // A comment, the time to wait, or what a later standard adds.
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sse;

    fn read(text: &str) -> (Vec<(String, String)>, Option<String>) {
        let mut events = Events::new(text.as_bytes(), Some("before".to_owned()));
        let mut found = Vec::new();
        while let Some(Event { name, data }) = events.next().unwrap() {
            found.push((name, data));
        }
        (found, events.last_id())
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn what_the_server_writes_is_read_back() {
        let mut text = "retry: 2000\n\n:\n\n".to_owned();
        for (id, data) in [("7", "{\"a\": 1}"), ("8", "two\nlines: both"), ("9", "")] {
            let event = sse::Event { id, name: "progress", data };
            text.push_str(std::str::from_utf8(&event.to_bytes()).unwrap());
        }
        let events = ["{\"a\": 1}", "two\nlines: both", ""].map(|data| pair("progress", data)).to_vec();
        assert_eq!(read(&text), (events, Some("9".to_owned())));
    }

    #[test]
    fn what_is_cut_off_is_no_event() {
        let whole = "id: 1\nevent: a\ndata: x\n\nid: 2\nevent: b\ndata: y\n\n";
        let first = (vec![pair("a", "x")], Some("1".to_owned()));
        for cut in 24..whole.len() - 1 {
            assert_eq!(read(&whole[..cut]), first, "{cut}");
        }
        assert_eq!(read(whole).0.len(), 2);
        assert_eq!(read(""), (Vec::new(), Some("before".to_owned())));
    }

    #[test]
    fn oddities_of_other_servers_are_understood() {
        let (events, last) =
            read("event:x\r\ndata:  y\r\n\r\ndata\n\nid: 3\n\nid: a\0b\nnew: 1\n: data: z\n\n");
        assert_eq!((events, last), (vec![pair("x", " y"), pair("", "")], Some("3".to_owned())));
    }
}
