//! Long polls.

use std::time::{Duration, Instant};

use serde_json::json;
use tailor::clock::Clock;

use super::{add, ask, patch, reader, text, told};
use crate::{
    on_both_databases,
    support::app::{App, now},
};

/// The longest that a client can ask to wait. What comes in half that time was woken.
const LONG: Duration = Duration::from_secs(60);

on_both_databases! {
    fn waiting_ends_without_news_where_there_are_none(app: App) {
        add(&app, "acme", "1", &json!({}));
        let next = told(&app, &reader(&app), "").next;
        let begun = Instant::now();
        let page = ask(&reader(&app), &format!("since={next}&wait=1")).expect(200).json();
        assert!(begun.elapsed() >= Duration::from_secs(1));
        assert_eq!(page, json!({"items": [], "next": next, "more": false}));
        // Where there is something to tell nobody waits.
        let begun = Instant::now();
        let page = ask(&reader(&app), "wait=60").expect(200).json();
        assert!(!page["items"].as_array().expect("items").is_empty() && begun.elapsed() < LONG / 2);
    }

    /// By writes of this node and of another one, one after the other, each told while it is waited for.
    fn whoever_waits_is_woken(app: App) {
        let id = add(&app, "acme", "1", &json!({}));
        let other = App::start(app.database.again(), &[], Clock::fixed(now()));
        let mut next = told(&app, &app.writer(), "").next;
        for (round, writer) in [&app, &app, &other, &other, &app].into_iter().enumerate() {
            let begun = Instant::now();
            let page = std::thread::scope(|scope| {
                let query = format!("since={next}&wait=60");
                let app = &app;
                let waits = scope.spawn(move || ask(&app.writer(), &query).expect(200).json());
                patch(writer, &id, &json!({"headline": format!("round {round}")}));
                waits.join().expect("an answer")
            });
            assert!(begun.elapsed() < LONG / 2, "woken by the end of its time");
            assert_eq!(page["items"][0]["therapist"]["headline"], format!("round {round}"));
            next = text(&page["next"]);
        }
    }

    /// What the caller is not to know wakes nobody, and they need not go through it again.
    fn what_is_hidden_is_passed_over(app: App) {
        let draft = add(&app, "acme", "draft", &json!({"status": "draft"}));
        let next = told(&app, &reader(&app), "").next;
        let full = format!("since={next}");
        patch(&app, &draft, &json!({"headline": "still a draft"}));
        // Once it is in the feed.
        let seen = ask(&app.writer(), &format!("{full}&wait=60")).expect(200).json();
        assert_eq!(seen["items"][0]["id"], draft.as_str());
        let page = ask(&reader(&app), &format!("{full}&wait=1")).expect(200).json();
        assert_eq!((&page["items"], &page["next"]), (&json!([]), &seen["next"]));
    }
}
