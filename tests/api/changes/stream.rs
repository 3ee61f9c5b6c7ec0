//! Following by Server-Sent Events, as `EventSource` does.

use serde_json::{Value, json};

use super::{PATH, add, ask, patch, reader, text, told};
use crate::{
    on_both_databases,
    support::{
        app::{App, Begun, Client},
        events::{Event, Events},
    },
};

/// Begins to follow.
pub(super) fn open(client: &Client<'_>, query: &str, last_event_id: &str) -> Events {
    Events::open(client, &format!("{PATH}?{query}"), last_event_id)
}

/// The next event about acme's profiles.
fn of_acme(stream: &mut Events) -> Event {
    loop {
        let event = stream.next().expect("an event");
        if event.data["source"] == "acme" {
            return event;
        }
    }
}

on_both_databases! {
    fn a_stream_tells_what_there_is_and_what_comes(app: App) {
        let one = add(&app, "acme", "1", &json!({}));
        let two = add(&app, "acme", "2", &json!({"status": "draft"}));
        let start = told(&app, &app.writer(), "");
        let mut stream = open(&reader(&app), "", "");
        let header = |name: &str| stream.headers.get(name).expect(name).to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-encoding"), "identity");
        assert!(header("vary").starts_with("accept"), "{}", header("vary"));
        let first = of_acme(&mut stream);
        let listed = ask(&reader(&app), "limit=1").expect(200).json();
        assert_eq!((first.name.as_str(), &first.data), ("upsert", &listed["items"][0]));
        assert_eq!(first.id, text(&listed["next"]), "the id is the place");
        let mut later = open(&app.writer(), &format!("since={}", start.next), "");
        patch(&app, &two, &json!({"status": "published"}));
        assert_eq!(of_acme(&mut stream).data["id"], two.as_str());
        app.writer().delete(&format!("/v1/therapists/{one}")).expect(204);
        let end = of_acme(&mut stream);
        assert_eq!((end.name.as_str(), &end.data["external_id"], &end.data["therapist"]), ("delete", &json!("1"), &Value::Null));
        app.writer().send("POST", &format!("/v1/therapists/{two}/removal"), "", b"").expect(200);
        assert_eq!(of_acme(&mut stream).name, "removal");
        let told: Vec<String> = (0..3).map(|_| of_acme(&mut later).name).collect();
        // What is gone when it is told of is told as gone.
        assert!(told[0] == "upsert" || told[0] == "delete", "{told:?}");
        assert_eq!(told[1..], ["delete", "removal"]);
        // Whoever connects again goes on, whatever `since` said; what is no place is ignored.
        let mut again = open(&app.writer(), "since=0", &end.id);
        assert_eq!(of_acme(&mut again).name, "removal");
        let mut again = open(&app.writer(), &format!("since={}", end.id), "nonsense");
        assert_eq!(of_acme(&mut again).name, "removal");
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
