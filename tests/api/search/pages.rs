//! Pages: sorts, cursors, and what they keep while others write.

use chrono::Duration;
use serde_json::{Value, json};

use super::{add, found, names};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    fn sorts_have_two_directions(app: App) {
        let opening = |day: Value| json!({"availability": {"next_opening_on": day}});
        for (name, day) in [("b", json!("2026-12-02")), ("Á", Value::Null), ("c", json!("2026-12-01"))] {
            app.pass(Duration::seconds(1));
            add(&app, name, &opening(day));
        }
        let reader = app.anonymous();
        for (sort, expected) in [
            ("next_opening_on", ["c", "b", "Á"]),
            ("-next_opening_on", ["b", "c", "Á"]),
            ("updated_at", ["b", "Á", "c"]),
            ("-updated_at", ["c", "Á", "b"]),
            ("display_name", ["Á", "b", "c"]),
            ("-display_name", ["c", "b", "Á"]),
        ] {
            assert_eq!(found(&reader, &format!("sort={sort}")), expected, "{sort}");
        }
        assert_eq!(found(&reader, ""), ["b", "Á", "c"]);
    }

    /// Whoever is there all the time is met once, whoever comes and goes before and behind the cursor.
    fn a_sorted_walk_is_stable_while_others_write(app: App) {
        for name in ["b", "d", "f", "h", "j", "l"] {
            add(&app, name, &json!({"headline": format!("trauma {name}")}));
        }
        for walk in ["sort=display_name", "q=trauma&sort=-display_name", "q=trauma"] {
            let mut met = Vec::new();
            let mut path = format!("/v1/therapists?limit=2&{walk}");
            for step in 0.. {
                let page = app.anonymous().get(&path).expect(200);
                met.extend(names(&page.json()));
                let link = page.header("link").to_owned();
                let Some(next) = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
                next.clone_into(&mut path);
                let id = add(&app, ["a", "e", "z"][step % 3], &json!({"source": format!("w{step}"), "headline": "trauma"}));
                if step == 1 {
                    app.writer().delete(&format!("/v1/therapists/{id}")).expect(204);
                }
            }
            let mut kept: Vec<_> = met.iter().filter(|name| "bdfhjl".contains(name.as_str())).cloned().collect();
            if walk.contains("-display") { kept.reverse() }
            assert_eq!(kept, ["b", "d", "f", "h", "j", "l"], "{walk}");
            let mut once = met.clone();
            once.sort();
            once.dedup();
            assert!(once.len() <= met.len());
            for item in app.writer().get("/v1/therapists?limit=100").json()["items"].as_array().unwrap() {
                if item["source"] != "lists" {
                    app.writer().delete(&format!("/v1/therapists/{}", item["id"].as_str().unwrap())).expect(204);
                }
            }
        }
    }

    fn a_cursor_goes_on_with_its_own_search(app: App) {
        for name in ["a", "b", "c"] {
            add(&app, name, &json!({}));
        }
        let page = app.anonymous().get("/v1/therapists?limit=1&q=test&languages=en").expect(200).json();
        let cursor = page["next_cursor"].as_str().unwrap();
        // Page and facets may change, and the way of asking.
        let next = app.anonymous().get(&format!("/v1/therapists?limit=2&q=test&languages=en&facets=gender&cursor={cursor}")).expect(200).json();
        assert_eq!(names(&next), ["b", "c"]);
        let body = json!({"q": "test", "languages": ["en"], "cursor": cursor});
        assert_eq!(names(&app.anonymous().post("/v1/therapists/search", &body).expect(200).json()), ["b", "c"]);
        for other in ["q=tests&languages=en", "q=test", "q=test&languages=en&sort=display_name", "q=test&languages=en&near=1,2"] {
            let faults = app.anonymous().get(&format!("/v1/therapists?{other}&cursor={cursor}")).expect(400).faults();
            assert_eq!(faults, [("/cursor".to_owned(), "invalid_cursor".to_owned())], "{other}");
        }
        let of_another = app.writer().get(&format!("/v1/therapists?q=test&languages=en&cursor={cursor}")).expect(400).faults();
        assert_eq!(of_another[0].1, "invalid_cursor");
    }
}
