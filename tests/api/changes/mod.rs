//! The change feed: who is told what, from where on, and how soon.

mod access;
mod late;
mod mirror;
mod stream;
mod unreadable;
mod waiting;

use serde_json::{Value, json};
use tailor::auth::scope::Scope;

use crate::support::app::{Answer, App, Client};

const PATH: &str = "/v1/changes";

/// Somebody who sees published profiles only.
fn reader(app: &App) -> Client<'_> {
    app.with_scopes(&[Scope::DirectoryRead])
}

fn profile(source: &str, id: &str, extra: &Value) -> Value {
    let mut profile = json!({
        "source": source, "external_id": id, "status": "published", "name": {"given": "A", "family": "B"},
        "profession": "counselor", "languages": ["en"], "session_formats": ["video"],
        "email": "a@example.org", "phone": "+14155550123",
    });
    for (field, value) in extra.as_object().expect("fields") {
        profile[field] = value.clone();
    }
    profile
}

fn add(app: &App, source: &str, id: &str, extra: &Value) -> String {
    let stored = app.writer().post("/v1/therapists", &profile(source, id, extra)).expect(201).json();
    stored["id"].as_str().expect("an id").to_owned()
}

fn patch(app: &App, id: &str, fields: &Value) {
    app.writer().patch(&format!("/v1/therapists/{id}"), fields).expect(200);
}

fn ask(client: &Client<'_>, query: &str) -> Answer {
    client.get(&format!("{PATH}?{query}"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// What a client has been told since some place.
struct Told {
    items: Vec<Value>,
    next: String,
}

/// Everything after `since` (a query) until somebody is told of the profile `last`. The feed on PostgreSQL waits for the
/// transactions of all tests that share the server, so that what was just written may take a moment.
fn told_until(client: &Client<'_>, since: &str, last: &str) -> Told {
    let mut items: Vec<Value> = Vec::new();
    let mut query = since.to_owned();
    loop {
        let page = ask(client, &format!("{query}&wait=60")).expect(200).json();
        let found = page["items"].as_array().expect("items").clone();
        assert!(!found.is_empty(), "nothing is told for a minute");
        items.extend(found);
        let next = text(&page["next"]);
        if items.iter().any(|item| item["id"] == last) && page["more"] == false {
            return Told { items, next };
        }
        query = format!("since={next}");
    }
}

/// Everything after `since` up to now: to the creation of a profile that is left out of it.
fn told(app: &App, client: &Client<'_>, since: &str) -> Told {
    let mark = add(app, "mark", &tailor::id::Id::new(crate::support::app::now()).to_string(), &json!({}));
    let mut told = told_until(client, since, &mark);
    told.items.retain(|item| item["source"] != "mark");
    told
}

/// Kind, external id and revision of each.
fn brief(items: &[Value]) -> Vec<(String, String, i64)> {
    let brief = |item: &Value| {
        let id = item["external_id"].as_str().unwrap_or_default().to_owned();
        (text(&item["kind"]), id, item["revision"].as_i64().expect("a number"))
    };
    items.iter().map(brief).collect()
}

/// The same, as tests write it.
fn lines(items: &[Value]) -> Vec<String> {
    brief(items).into_iter().map(|(kind, id, revision)| format!("{kind} {id} {revision}")).collect()
}
