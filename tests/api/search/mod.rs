//! Search over HTTP: filters, words, places, sorts, facets and pages, and what a write changes.

mod answers;
mod filters;
mod pages;
mod places;
mod words;
mod writes;

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::app::{App, Client};

/// Adds a published profile whose external id and given name are `name`, a moment after the one before, and tells its
/// id.
fn add(app: &App, name: &str, extra: &Value) -> String {
    app.pass(Duration::milliseconds(1));
    let mut profile = json!({
        "source": "lists", "external_id": name, "status": "published", "name": {"given": name, "family": "Test"},
        "profession": "counselor", "languages": ["en"], "session_formats": ["video"]
    });
    for (field, value) in extra.as_object().expect("fields") {
        profile[field] = value.clone();
    }
    let stored = app.writer().post("/v1/therapists", &profile).expect(201).json();
    stored["id"].as_str().expect("an id").to_owned()
}

/// The external ids of a page, in order.
fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item["external_id"].as_str().expect("an id").to_owned()).collect()
}

/// What a query finds, in order.
fn found(client: &Client<'_>, query: &str) -> Vec<String> {
    let page = client.get(&format!("/v1/therapists?{query}")).expect(200).json();
    assert_eq!(page["total"], page["items"].as_array().expect("items").len(), "{query}");
    names(&page)
}

/// What a body finds, in order.
fn posted(client: &Client<'_>, body: &Value) -> Vec<String> {
    names(&client.post("/v1/therapists/search", body).expect(200).json())
}
