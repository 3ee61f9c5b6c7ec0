//! A profile that cannot be read holds up nobody but itself.

use serde_json::{Value, json};
use tailor::auth::scope::Scope;

use super::{add, ask, lines, patch, reader, told};
use crate::{on_both_databases, support::app::App};

/// Damages the stored answers of all profiles that have some, or mends them.
fn set_fields(app: &App, fields: &str) {
    let sql = format!("UPDATE therapist_answers SET fields = '{fields}'");
    app.assembly.foundation.store.write(|conn| conn.execute_batch(&sql)).expect("written");
}

fn listed(app: &App) -> Vec<String> {
    let list = app.anonymous().get("/v1/therapists?sort=display_name").expect(200).json();
    let mut ids: Vec<String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

on_both_databases! {
    fn the_feed_goes_on_past_it_and_tells_it_as_deleted(app: App) {
        let answers = json!({"consultation_answers": [{"question": "when_stuck", "signals": ["flexibility"]}]});
        add(&app, "acme", "1", &json!({}));
        let two = add(&app, "acme", "2", &answers);
        let start = told(&app, &reader(&app), "");
        assert_eq!(lines(&start.items), ["upsert 1 1", "upsert 2 1"]);
        patch(&app, &two, &json!({"headline": "Changed"}));
        set_fields(&app, "{");
        add(&app, "acme", "3", &json!({}));
        let since = format!("since={}", start.next);
        for client in [reader(&app), app.writer()] {
            let read = told(&app, &client, &since);
            assert_eq!(lines(&read.items), ["delete 2 2", "upsert 3 1"]);
            assert_eq!((&read.items[0]["source"], &read.items[0]["therapist"]), (&json!("acme"), &Value::Null));
        }
        // From the beginning nobody but those who see everything hears of it: it was not public when it was made.
        let (public, full) = (told(&app, &reader(&app), ""), told(&app, &app.writer(), ""));
        assert_eq!(lines(&public.items), ["upsert 1 1", "delete 2 2", "upsert 3 1"]);
        assert_eq!(lines(&full.items), ["upsert 1 1", "delete 2 2", "upsert 3 1"]);

        // Mended and written once more, it is back.
        set_fields(&app, "{}");
        patch(&app, &two, &json!({"headline": "Mended"}));
        let read = told(&app, &reader(&app), &format!("since={}", public.next));
        let mended = read.items.iter().find(|item| item["id"] == two.as_str()).expect("told");
        assert_eq!((&mended["kind"], &mended["therapist"]["headline"]), (&json!("upsert"), &json!("Mended")));
    }

    fn a_server_starts_and_exports_without_it(app: App) {
        let answers = json!({"consultation_answers": [{"question": "when_stuck", "signals": ["flexibility"]}]});
        let one = add(&app, "acme", "1", &json!({}));
        let two = add(&app, "acme", "2", &answers);
        let three = add(&app, "acme", "3", &json!({}));
        let mut all = vec![one.clone(), two.clone(), three.clone()];
        all.sort();
        assert_eq!(listed(&app), all);
        set_fields(&app, "[");
        let restarted = App::from(app.database.shared());
        let mut rest = vec![one, three];
        rest.sort();
        assert_eq!(listed(&restarted), rest);
        let file = restarted.with_scopes(&[Scope::DirectoryRead]).get("/v1/exports/therapists").expect(200);
        let ids: Vec<Value> = String::from_utf8(file.body).unwrap().lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["external_id"].clone()).collect();
        assert_eq!(ids, [json!("1"), json!("3")]);
        assert_eq!(restarted.anonymous().get(&format!("/v1/therapists/{two}")).problem(500), "internal");
        // A write that the damage does not touch is taken up as ever.
        patch(&restarted, &rest[0], &json!({"headline": "Changed"}));
        assert_eq!(listed(&restarted).len(), 2);
        ask(&reader(&restarted), "limit=1").expect(200);
    }
}
