//! The change feed over HTTP.

use std::{io, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{HeaderValue, VARY},
    web::{Data, block},
};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::{Validate, ValidationError};

use super::{
    feed::{self, FeedError, Read, Since, Viewer},
    model::ChangePage,
    stream::{AT_ONCE, Follower},
    tidy::{Pace, Tidy},
};
use crate::{
    auth::caller::DirectoryCopier,
    clock::Clock,
    directory::{store::Position, view::View},
    fault::Fault,
    live::Live,
    store::{Store, StoreError},
    web::{
        accept,
        code::Code,
        decode::rule_faults::flaw,
        edge::NO_STORE,
        page,
        problem::Problem,
        problem_responses::ListProblems,
        query::Query,
        routes::not_acceptable,
        sse::{self, EVENT_STREAM, LastEventId, Streams},
    },
};

/// Names the feed in its places, so that it takes no cursor of a list.
const FEED: &str = "changes";
/// The media types, in the order in which they are offered.
const OFFERS: [&str; 2] = ["application/json", EVENT_STREAM];
/// What is said of a `since` that is none.
const NO_PLACE: &str = "This is neither a place of the feed nor the number of an export.";
/// Changes of a page where the request names no `limit`.
const DEFAULT_LIMIT: u32 = 500;
/// Clients that a node has waiting or following at once.
const AT_MOST: usize = 64;
/// How long a stream lasts: whoever goes on with another one shows a token that still holds.
const LONGEST: Duration = Duration::from_secs(900);

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_changes);
}

/// What the handler works with.
#[derive(Clone, Debug)]
pub struct Changes {
    store: Store,
    pub(super) live: Live,
    clock: Clock,
    stale_after_days: u16,
    streams: Streams,
    pub(super) longest: Duration,
    /// Ends with the last of these.
    _tidy: Arc<Tidy>,
}

impl Changes {
    /// The feed of this node, whose followers end with the server's other streams.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(
        store: Store,
        live: Live,
        clock: Clock,
        stale_after_days: u16,
        streams: &Streams,
    ) -> io::Result<Self> {
        let tidy = Arc::new(Tidy::spawn(store.clone(), clock.clone(), Pace::default())?);
        let streams = streams.beside(AT_MOST);
        Ok(Self { store, live, clock, stale_after_days, streams, longest: LONGEST, _tidy: tidy })
    }

    /// What there is to tell now.
    pub(super) async fn read(&self, view: View, since: Since, limit: usize) -> Result<Read, FeedError> {
        let viewer = Viewer { view, today: self.clock.today(), stale_after_days: self.stale_after_days };
        let store = self.store.clone();
        block(move || store.read(|conn| feed::read(conn, viewer, since, limit)))
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// What there is to tell as soon as there is something, at the latest after `wait`.
    async fn read_within(
        &self,
        view: View,
        since: Since,
        limit: usize,
        wait: Duration,
    ) -> Result<Read, Problem> {
        let until = Instant::now() + wait;
        let mut read = self.read(view, since, limit).await?;
        if wait.is_zero() || !read.told.is_empty() {
            return Ok(read);
        }
        let mut room = self.streams.open()?;
        let mut news = self.live.place();
        while read.told.is_empty() && Instant::now() < until {
            let at = read.next;
            if !read.more {
                let waited = room.unless_closed(timeout_at(until, news.wait_for(|place| *place > at))).await;
                let Some(Ok(_)) = waited else { break };
            }
            read = self.read(view, Since::Place(at), limit).await?;
        }
        Ok(read)
    }
}

/// From where on, how much, and how long to wait for it.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// `next` of the answer before, or `Tailor-Directory-Revision` of an export. Absent: from the beginning, all that there
    /// is.
    #[validate(custom(function = "form_of_since"))]
    #[param(example = "0")]
    since: Option<String>,
    /// Seconds to wait where there is nothing to tell yet: the answer comes as soon as there is. Streams of events wait
    /// anyhow.
    #[validate(range(max = 60))]
    #[param(minimum = 0, maximum = 60, default = 0)]
    wait: Option<u32>,
    /// How many changes to go through at most; several of one profile are told as one, so that there may be fewer items.
    /// Streams of events are not bounded by it.
    #[validate(range(min = 1, max = 1000))]
    #[param(minimum = 1, maximum = 1000, default = 500)]
    limit: Option<u32>,
}

/// Follow the directory
///
/// Everything that has happened to profiles since some place, deletions and removals too, in an order in which nothing is
/// missed. A mirror that starts with an export and its `Tailor-Directory-Revision`, or with nothing and from the beginning,
/// and goes on from every answer's `next`, comes to have what the directory has. It may meet a change again, never miss one.
///
/// A profile is told whole and as it is now, as lists show it to the caller; several changes of it in one answer may be told
/// as the last one. Callers with `profiles:write` follow all profiles; to others those that are not published are not there,
/// and one that is no longer published is a `delete`. After a change of what a caller may see, a mirror begins anew.
///
/// With `wait` the answer comes as soon as there is something to tell, at the latest after that many seconds, then without
/// items. With `Accept: text/event-stream` it is a stream of Server-Sent Events (WHATWG HTML, section 9.2): the type is the
/// `kind`, `data` the item on one line, `id` its place, to go on from in `Last-Event-ID` (what is none is ignored) or
/// `since`. A comment every 15 seconds shows that the stream lives. It ends after 15 minutes: connect again, with a token
/// that still holds.
///
/// A place that the feed has not reached is refused: the directory was restored from an older state, and the mirror begins
/// anew.
#[utoipa::path(
    tag = "changes",
    params(
        ChangesQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "For streams: the `id` of the last event that was seen; stands above `since`."),
    ),
    security(("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "What there is to tell.",
            content((ChangePage = "application/json"), (String = "text/event-stream", example = "id: eyJ2IjoxLCJsaXN0IjoiY2hhbmdlcyIsImtleSI6WzAsNDcxMV19A0zSxqguEUI\nevent: delete\ndata: {\"sequence\":4711,\"id\":\"01936f5e-8a00-7000-8000-000000000001\",\"kind\":\"delete\",\"revision\":3,\"changed_at\":\"2026-11-22T12:00:00Z\",\"source\":\"acme\",\"external_id\":\"A-1001\",\"former\":null,\"therapist\":null}\n\n"))),
        ListProblems
    )
)]
#[get("/v1/changes")]
pub async fn list_changes(
    DirectoryCopier(caller): DirectoryCopier,
    Query(query): Query<ChangesQuery>,
    last: LastEventId,
    changes: Data<Changes>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let view = View::of(&caller);
    let accept = accept::of(request.headers());
    let offer = accept.map_or(Some(0), |accept| accept::preferred(&accept, &OFFERS));
    let is_stream = offer.and_then(|at| OFFERS.get(at)).ok_or_else(not_acceptable)? == &EVENT_STREAM;
    let asked = since(query.since.as_deref()).ok_or_else(|| no_place(NO_PLACE))?;
    let mut response = if is_stream {
        let seen = last.0.and_then(|id| place(&id));
        let first = changes.read(view, seen.unwrap_or(asked), AT_ONCE).await?;
        let room = changes.streams.open()?;
        sse::respond(room, Follower::new(changes, view, first).events())
    } else {
        let limit = usize::try_from(query.limit.unwrap_or(DEFAULT_LIMIT)).map_err(Problem::internal)?;
        let wait = Duration::from_secs(query.wait.unwrap_or_default().into());
        let Read { told, next, more } = changes.read_within(view, asked, limit, wait).await?;
        let items = told.into_iter().map(|(_, change)| change).collect();
        HttpResponse::Ok().insert_header(NO_STORE).json(ChangePage { items, next: token(next)?, more })
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// A place as clients have it.
pub(super) fn token(place: Position) -> Result<String, Problem> {
    page::encode_cursor(FEED, &place)
}

fn place(token: &str) -> Option<Since> {
    page::decode_cursor::<Position>(FEED, token).ok().map(Since::Place)
}

/// From where on the request asks; `None` where the text says nothing of the kind.
fn since(text: Option<&str>) -> Option<Since> {
    let Some(text) = text else { return Some(Since::Place((0, 0))) };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok().map(Since::Export) } else { place(text) }
}

fn form_of_since(text: &str) -> Result<(), ValidationError> {
    since(Some(text)).map(|_| ()).ok_or_else(|| flaw(Code::InvalidCursor, NO_PLACE))
}

fn no_place(why: &str) -> Problem {
    let detail = format!("Query parameter `since`: {why}");
    Problem::invalid_query(vec![Fault::new("/since", Code::InvalidCursor.as_str(), detail)])
}

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Ahead => no_place("The feed has not come to this place; a mirror begins anew."),
            FeedError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use actix_web::web::Bytes;
    use chrono::{DateTime, Utc};
    use futures_util::{StreamExt as _, future::join};
    use serde_json::json;

    use super::{super::model::EXAMPLE_PLACE, *};
    use crate::{
        catalog::model::Catalog,
        directory::{
            model::{ServerFields, Therapist},
            store as rows,
        },
        id::Id,
        matching::policy::Policy,
    };

    /// The feed of a fresh directory, with room for one follower.
    struct Fixture {
        changes: Changes,
        streams: Streams,
        _folder: tempfile::TempDir,
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&format!("sqlite://{}", folder.path().join("t.db").display())).unwrap();
            let (catalog, policy) = (Catalog::embedded().unwrap(), Policy::embedded().unwrap());
            let live = Live::new(store.clone(), Arc::new(catalog), Arc::new(policy));
            live.load().unwrap();
            let streams = Streams::new(1);
            let mut changes = Changes::new(store, live, Clock::fixed(now()), 90, &streams).unwrap();
            changes.streams = streams.beside(1);
            Self { changes, streams, _folder: folder }
        }

        fn add(&self, external_id: &str) -> Id {
            let mut therapist: Therapist = serde_json::from_value(json!({
                "source": "acme", "external_id": external_id, "status": "published",
                "name": {"given": "A", "family": "B"}, "profession": "other",
            }))
            .unwrap();
            let id = Id::new(now());
            let (created_at, updated_at) = (now(), now());
            therapist.stamp(ServerFields { id, revision: 1, import_id: None, created_at, updated_at });
            self.changes.store.write(|conn| rows::insert(conn, &[therapist])).unwrap();
            id
        }

        /// Waits until somebody has the one room that there is.
        async fn until_somebody_waits(&self) {
            while self.changes.streams.open().is_ok() {
                tokio::task::yield_now().await;
            }
        }
    }

    const BEGINNING: Since = Since::Place((0, 0));
    const LONG: Duration = Duration::from_secs(3600);

    #[actix_web::test]
    async fn a_stopping_server_lets_nobody_wait() {
        let fixture = Fixture::new();
        let stop = async {
            fixture.until_somebody_waits().await;
            fixture.streams.close();
        };
        let (read, ()) = join(fixture.changes.read_within(View::Full, BEGINNING, 10, LONG), stop).await;
        let read = read.unwrap();
        assert_eq!((read.told.len(), read.next, read.more), (0, (0, 0), false));
    }

    #[actix_web::test]
    async fn whoever_waits_is_woken_by_the_live_index() {
        let fixture = Fixture::new();
        let write = async {
            fixture.until_somebody_waits().await;
            let id = fixture.add("1");
            fixture.changes.live.refresh(&[id]).unwrap();
            id
        };
        let (read, id) = join(fixture.changes.read_within(View::Full, BEGINNING, 10, LONG), write).await;
        let told: Vec<Id> = read.unwrap().told.into_iter().map(|(_, change)| change.id).collect();
        assert_eq!(told, [id]);
    }

    #[actix_web::test]
    async fn a_stream_ends_by_itself() {
        let mut fixture = Fixture::new();
        fixture.add("1");
        for longest in [Duration::ZERO, Duration::from_millis(20)] {
            fixture.changes.longest = longest;
            let changes = Data::new(fixture.changes.clone());
            let first = changes.read(View::Public, BEGINNING, AT_ONCE).await.unwrap();
            let mut events = pin!(Follower::new(changes, View::Public, first).events());
            let event: Bytes = events.next().await.expect("what was read is told");
            let event = std::str::from_utf8(&event).unwrap();
            assert!(event.contains("\nevent: upsert\ndata: {\"sequence\":1,"), "{event}");
            assert_eq!(events.next().await, None);
        }
    }

    #[test]
    fn a_place_is_told_from_a_number() {
        assert_eq!(since(None).unwrap(), BEGINNING);
        assert_eq!(since(Some("0")).unwrap(), Since::Export(0));
        assert_eq!(since(Some("0042")).unwrap(), Since::Export(42));
        assert_eq!(token((0, 4711)).unwrap(), EXAMPLE_PLACE);
        let place = (i64::MAX, 7);
        assert_eq!(since(Some(&token(place).unwrap())).unwrap(), Since::Place(place));
        for bad in ["", " 1", "+1", "-1", "1a", "9223372036854775808"] {
            assert_eq!(since(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn the_feed_is_tidied_now_and_then() {
        let fixture = Fixture::new();
        let id = fixture.add("1");
        let store = &fixture.changes.store;
        let read = || store.read(|conn| rows::changes_since(conn, (0, 0), 10)).unwrap();
        store
            .write(|conn| {
                let mut next = rows::by_id(conn, id)?.unwrap();
                let server = next.server_fields();
                next.stamp(ServerFields { revision: 2, ..server });
                rows::update(conn, &[next])
            })
            .unwrap();
        assert_eq!(read().len(), 2);
        let clock = Clock::fixed(now() + chrono::Duration::days(31));
        let often = Pace { first: Duration::from_millis(1), every: Duration::from_secs(3600) };
        let tidy = Tidy::spawn(store.clone(), clock, often).unwrap();
        while read().len() > 1 {
            std::thread::yield_now();
        }
        drop(tidy);
        assert_eq!(read()[0].revision, 2);
    }
}
