//! Server-Sent Events (WHATWG HTML, section 9.2): how they are written, how many streams of them may be open, and how
//! they end with the server.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{CONTENT_ENCODING, CONTENT_TYPE},
    web::Bytes,
};
use futures_util::{
    Stream, StreamExt as _,
    future::{Either, select},
    stream,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

use crate::web::{edge::NO_STORE, problem::Problem};

/// The media type of a stream of events.
pub const EVENT_STREAM: &str = "text/event-stream";
/// Tells a client how many milliseconds to wait before it connects again.
const RETRY: &[u8] = b"retry: 2000\n\n";
/// A comment, which clients pass over.
const COMMENT: &[u8] = b":\n\n";
/// A stream without news sends a comment this often: proxies close what is silent, and that a client is gone is seen
/// only by writing to it.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Seconds after which a client may ask again where too many streams are open.
const RETRY_AFTER: u64 = 10;

/// One event.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What a client that connects again names in `Last-Event-ID`. It has neither line breaks nor U+0000.
    pub id: &'a str,
    /// The type of the event. It has no line breaks.
    pub name: &'a str,
    /// Any text; its line breaks arrive as line feeds.
    pub data: &'a str,
}

impl Event<'_> {
    /// The event as it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut text = format!("id: {}\nevent: {}\n", self.id, self.name);
        for line in self.data.replace("\r\n", "\n").split(['\n', '\r']) {
            text.push_str("data: ");
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
        Bytes::from(text)
    }
}

/// What a client that connects again says it has seen; `None` where the header is absent or is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

impl FromRequest for LastEventId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
        ready(Ok(Self(value.map(|value| value.trim().to_owned()))))
    }
}

/// The open streams of a server. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Streams {
    free: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

impl Streams {
    /// Streams of which at most so many are open at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(most)), closing: watch::Sender::new(false) }
    }

    /// Streams that end with these, of which so many more are open at once.
    #[must_use]
    pub fn beside(&self, most: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(most)), closing: self.closing.clone() }
    }

    /// Room for one more stream.
    ///
    /// # Errors
    /// 503 where there is none, or the server is about to stop.
    pub fn open(&self) -> Result<Room, Problem> {
        let permit = self.free.clone().try_acquire_owned().map_err(|_| Problem::unavailable(RETRY_AFTER))?;
        if *self.closing.borrow() {
            return Err(Problem::unavailable(RETRY_AFTER));
        }
        Ok(Room { _permit: permit, closing: self.closing.subscribe(), _streams: self.clone() })
    }

    /// Ends all streams after the event under way: a server that waits for its answers to end would wait for ever.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// Room for one stream, until it is dropped.
#[derive(Debug)]
pub struct Room {
    _permit: OwnedSemaphorePermit,
    closing: watch::Receiver<bool>,
    /// Keeps the other end of `closing`.
    _streams: Streams,
}

impl Room {
    /// What the future comes to; `None` where the streams are closed before that.
    pub async fn unless_closed<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let closed = pin!(self.closing.wait_for(|closing| *closing));
        match select(closed, pin!(future)).await {
            Either::Left(_) => None,
            Either::Right((output, _)) => Some(output),
        }
    }
}

/// The answer that sends `events` (each as of [`Event::to_bytes`]) as they come, uncompressed and kept by nobody.
pub fn respond(room: Room, events: impl Stream<Item = Bytes> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, EVENT_STREAM))
        // Whoever compresses gathers; this keeps the server's own compression away.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .insert_header(NO_STORE)
        .streaming(paced(room, events, HEARTBEAT).map(Ok::<_, Infallible>))
}

/// The events with what keeps the connection alive between them, until they end or the streams are closed.
fn paced<S: Stream<Item = Bytes>>(room: Room, events: S, heartbeat: Duration) -> impl Stream<Item = Bytes> {
    let begin = Paced { events: Box::pin(events), room, heartbeat, is_begun: false };
    stream::unfold(begin, |mut paced| async move { paced.next().await.map(|bytes| (bytes, paced)) })
}

struct Paced<S> {
    events: Pin<Box<S>>,
    room: Room,
    heartbeat: Duration,
    is_begun: bool,
}

impl<S: Stream<Item = Bytes>> Paced<S> {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.is_begun {
            self.is_begun = true;
            return Some(Bytes::from_static(RETRY));
        }
        match self.room.unless_closed(timeout(self.heartbeat, self.events.next())).await? {
            Ok(next) => next,
            Err(_) => Some(Bytes::from_static(COMMENT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn text(bytes: Option<Bytes>) -> String {
        String::from_utf8(bytes.expect("bytes").to_vec()).expect("UTF-8")
    }

    #[test]
    fn an_event_keeps_its_lines() {
        let event = Event { id: "7", name: "progress", data: "{\"a\": 1}" };
        assert_eq!(event.to_bytes(), "id: 7\nevent: progress\ndata: {\"a\": 1}\n\n");
        let event = Event { id: "7", name: "x", data: "a\r\nb\n\rid: 8" };
        assert_eq!(event.to_bytes(), "id: 7\nevent: x\ndata: a\ndata: b\ndata: \ndata: id: 8\n\n");
    }

    #[actix_web::test]
    async fn what_was_seen_is_text_or_absent() {
        let of = |value: &[u8]| {
            let request = TestRequest::get().insert_header(("Last-Event-ID", value)).to_http_request();
            LastEventId::from_request(&request, &mut Payload::None).into_inner().unwrap().0
        };
        assert_eq!(of(b" 12 "), Some("12".to_owned()));
        assert_eq!(of(b"\xff"), None);
        let bare = TestRequest::get().to_http_request();
        assert_eq!(LastEventId::extract(&bare).await.unwrap(), LastEventId(None));
    }

    #[actix_web::test]
    async fn a_silent_stream_shows_that_it_lives() {
        let room = Streams::new(1).open().unwrap();
        let mut sent = pin!(paced(room, stream::pending(), Duration::from_millis(1)));
        assert_eq!(text(sent.next().await), "retry: 2000\n\n");
        assert_eq!(text(sent.next().await), ":\n\n");
        assert_eq!(text(sent.next().await), ":\n\n");
    }

    #[actix_web::test]
    async fn a_stream_ends_with_its_events() {
        let room = Streams::new(1).open().unwrap();
        let events = stream::iter(["a", "b"].map(|text| Bytes::from_static(text.as_bytes())));
        let sent: Vec<Bytes> = paced(room, events, HEARTBEAT).collect().await;
        assert_eq!(sent, ["retry: 2000\n\n", "a", "b"]);
    }

    #[actix_web::test]
    async fn closing_ends_every_stream_and_lets_none_begin() {
        let streams = Streams::new(3);
        let mut one = pin!(paced(streams.open().unwrap(), stream::pending(), HEARTBEAT));
        assert_eq!(text(one.next().await), "retry: 2000\n\n");
        let other = paced(streams.open().unwrap(), stream::pending(), HEARTBEAT);
        streams.close();
        assert_eq!(one.next().await, None);
        assert_eq!(other.count().await, 1, "the beginning, and then the end");
        assert_eq!(streams.open().unwrap_err().code().as_str(), "unavailable");
    }

    #[actix_web::test]
    async fn streams_beside_others_have_their_own_room_and_end_with_them() {
        let streams = Streams::new(1);
        let beside = streams.beside(1);
        let (_one, mut other) = (streams.open().unwrap(), beside.open().unwrap());
        assert_eq!(beside.open().unwrap_err().code().as_str(), "unavailable");
        assert_eq!(other.unless_closed(std::future::ready(7)).await, Some(7));
        streams.close();
        assert_eq!(other.unless_closed(std::future::pending::<()>()).await, None);
        drop(other);
        assert_eq!(beside.open().unwrap_err().code().as_str(), "unavailable");
    }

    #[test]
    fn room_that_is_left_is_free_again() {
        let streams = Streams::new(2);
        let (first, _second) = (streams.open().unwrap(), streams.open().unwrap());
        assert_eq!(streams.open().unwrap_err().code().as_str(), "unavailable");
        drop(first);
        assert!(streams.open().is_ok());
    }
}
