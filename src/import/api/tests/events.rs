//! Following an import, as far as a test can do it without a connection.

use std::{future::poll_fn, pin::Pin, time::Duration};

use actix_web::body::{BoxBody, MessageBody};
use tokio::time::timeout;

use super::*;
use crate::{id::Id, import::run::Step};

/// A stream that is being read.
struct Followed {
    status: StatusCode,
    headers: header::HeaderMap,
    body: BoxBody,
}

impl Followed {
    /// What is sent next; `None` at the end. The followers of the fixture look only when they are nudged, so that what
    /// waits for a nudge that nobody gave is found out.
    async fn next(&mut self) -> Option<String> {
        let next = poll_fn(|cx| Pin::new(&mut self.body).poll_next(cx));
        let bytes = timeout(Duration::from_secs(60), next).await.expect("it was nudged")?;
        Some(String::from_utf8(bytes.map_err(|_| "bytes").unwrap().to_vec()).unwrap())
    }

    /// The next event: its number, its type and its data.
    async fn event(&mut self) -> (u64, String, Value) {
        let text = self.next().await.expect("an event");
        let mut fields = text.trim_end().lines().map(|line| line.split_once(": ").unwrap());
        let mut field = |name| fields.next().filter(|field| field.0 == name).unwrap().1.to_owned();
        let (id, event, data) = (field("id"), field("event"), field("data"));
        (id.parse().unwrap(), event, serde_json::from_str(&data).unwrap())
    }
}

impl Fixture {
    async fn follow(&self, id: Id, last: &str) -> Followed {
        let (app, _) = App::new()
            .app_data(Data::new(self.imports.clone()))
            .app_data(Data::new(self.imports.clock.clone()))
            .app_data(Data::new(self.tokens.clone()))
            .into_utoipa_app()
            .configure(routes)
            .split_for_parts();
        let mut request = self.request(Method::GET, &format!("/v1/imports/{id}/events"));
        if !last.is_empty() {
            request = request.insert_header(("Last-Event-ID", last));
        }
        let response = call_service(&init_service(app).await, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        Followed { status, headers, body: response.into_body().boxed() }
    }

    /// The same, past what every stream begins with.
    async fn followed(&self, id: Id) -> Followed {
        let mut stream = self.follow(id, "").await;
        assert_eq!(stream.status, 200);
        assert_eq!(stream.next().await.unwrap(), "retry: 2000\n\n");
        stream
    }

    fn queued(&self, rows: usize) -> Id {
        let coding = Coding::Identity;
        let Imports { store, clock, .. } = self.imports.clone();
        let mut upload = Upload::begin(store, clock, &new(), coding, ImportLimit(1 << 20)).unwrap();
        (0..rows).for_each(|number| upload.write(row(number).as_bytes()).unwrap());
        upload.finish(|_| None, None).unwrap().id
    }
}

#[actix_web::test]
async fn whoever_follows_is_told_of_a_change_at_once() {
    let fixture = Fixture::new();
    let id = fixture.queued(3);
    let mut stream = fixture.followed(id).await;
    let (queued, event, data) = stream.event().await;
    assert_eq!((event.as_str(), &data["status"]), ("progress", &json!("queued")));
    let mut run = fixture.runner.claim(id).unwrap();
    fixture.imports.followers.nudge();
    let (running, event, data) = stream.event().await;
    assert_eq!((event.as_str(), &data["status"]), ("progress", &json!("running")));
    // Another job's progress is no news of this one, nor are several nudges several events.
    fixture.imports.followers.nudge();
    while !matches!(fixture.runner.step(&mut run).unwrap(), Step::Ended) {}
    fixture.imports.followers.nudge();
    fixture.imports.followers.nudge();
    let (ended, event, data) = stream.event().await;
    assert_eq!((event.as_str(), &data["status"]), ("ended", &json!("succeeded")));
    assert_eq!(data, serde_json::to_value(&run.import).unwrap());
    assert!(queued < running && running < ended);
    assert_eq!(stream.next().await, None);
}

#[actix_web::test]
async fn streams_are_counted_and_closed() {
    let fixture = Fixture::new();
    let id = fixture.queued(1);
    let mut first = fixture.followed(id).await;
    let second = fixture.followed(id).await;
    let refused = fixture.follow(id, "").await;
    assert_eq!(
        (refused.status.as_u16(), refused.headers.get("retry-after").unwrap().as_bytes()),
        (503, &b"10"[..])
    );
    // Whoever goes away leaves room.
    drop(second);
    let mut third = fixture.followed(id).await;
    first.event().await;
    third.event().await;
    fixture.streams.close();
    assert_eq!((first.next().await, third.next().await), (None, None));
    assert_eq!(fixture.follow(id, "").await.status, 503);
}

#[actix_web::test]
async fn a_job_that_is_removed_has_no_more_events() {
    let fixture = Fixture::new();
    let id = fixture.queued(1);
    let mut stream = fixture.followed(id).await;
    stream.event().await;
    fixture.imports.store.write(|conn| rows::delete(conn, id)).unwrap();
    fixture.imports.followers.nudge();
    assert_eq!(stream.next().await, None);
    assert_eq!(fixture.follow(id, "").await.status, 404);
}
