//! Who is told what of which profiles, and from where on.

use serde_json::{Value, json};
use tailor::{auth::scope::Scope, web::page};

use super::{PATH, add, ask, lines, patch, reader, text, told, told_until};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    fn every_fault_of_a_query_is_named(app: App) {
        let faults = ask(&reader(&app), "since=nonsense&wait=61&limit=0&heron=1").faults();
        let expected = [("/heron", "unknown_parameter"), ("/limit", "too_small"), ("/since", "invalid_cursor"), ("/wait", "too_large")];
        assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    }

    /// Also where public reading is on: it is to be known who has copies.
    fn only_a_known_caller_follows(app: App) {
        app.anonymous().get("/v1/therapists").expect(200);
        assert_eq!(app.anonymous().get(PATH).problem(401), "unauthorized");
        for scope in [Scope::MatchRun, Scope::ImportsWrite, Scope::ConsultationsWrite] {
            assert_eq!(app.with_scopes(&[scope]).get(PATH).problem(403), "insufficient_scope");
        }
        for scope in [Scope::DirectoryRead, Scope::ProfilesWrite, Scope::Admin] {
            let answer = app.with_scopes(&[scope]).get(PATH).expect(200);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("content-type"), "application/json");
            assert!(answer.header("vary").starts_with("accept"), "{}", answer.header("vary"));
            let page = answer.json();
            assert_eq!((&page["items"], &page["more"]), (&json!([]), &json!(false)));
            let again = ask(&reader(&app), &format!("since={}", text(&page["next"]))).expect(200).json();
            assert_eq!(again, page, "an empty feed has a place too");
        }
        let odd = reader(&app).with("Accept", "text/csv").get(PATH);
        assert_eq!(odd.problem(406), "not_acceptable");
    }

    /// Every kind, whole.
    fn a_change_tells_what_a_mirror_needs(app: App) {
        let writer = app.writer();
        let one = add(&app, "acme", "1", &json!({}));
        let two = add(&app, "acme", "2", &json!({}));
        let three = add(&app, "acme", "3", &json!({"status": "draft"}));
        let first = told(&app, &writer, "");
        assert_eq!(lines(&first.items), ["upsert 1 1", "upsert 2 1", "upsert 3 1"]);
        let profile = writer.get(&format!("/v1/therapists/{one}")).expect(200).json();
        let expected = json!({
            "sequence": first.items[0]["sequence"], "id": one, "kind": "upsert", "revision": 1,
            "changed_at": "2026-11-22T12:00:00Z", "source": "acme", "external_id": "1", "former": null,
            "therapist": profile,
        });
        assert_eq!(first.items[0], expected);
        assert!(first.items[0]["sequence"].as_i64().is_some_and(|number| number > 0));
        app.pass(chrono::Duration::seconds(5));
        writer.delete(&format!("/v1/therapists/{one}")).expect(204);
        writer.send("POST", &format!("/v1/therapists/{two}/removal"), "", b"").expect(200);
        let path = format!("/v1/therapists/{three}/confirmations");
        writer.post(&path, &json!({"fields": ["contact"], "method": "phone"})).expect(200);
        let then = told(&app, &writer, &format!("since={}", first.next));
        assert_eq!(lines(&then.items), ["delete 1 2", "removal 2 2", "upsert 3 2"]);
        let expected = json!({
            "sequence": then.items[0]["sequence"], "id": one, "kind": "delete", "revision": 2,
            "changed_at": "2026-11-22T12:00:05Z", "source": "acme", "external_id": "1", "former": null,
            "therapist": null,
        });
        assert_eq!(then.items[0], expected);
        assert_eq!(then.items[2]["therapist"]["confirmations"][0]["field_group"], "contact");
        // From the beginning: what is gone is told as gone, and only once more than it need be.
        let all = told(&app, &writer, "").items;
        assert!(all.iter().all(|item| item["therapist"].is_null() == (item["id"] != three)), "{all:?}");
        assert_eq!(told(&app, &writer, &format!("since={}", then.next)).items, Vec::<Value>::new());
    }

    /// To those who see published profiles only a profile ends where it is no longer published, and one that never was is
    /// not spoken of.
    fn what_is_no_longer_published_is_told_as_deleted(app: App) {
        let shown = add(&app, "acme", "shown", &json!({"contact_public": {"email": true, "phone": false}}));
        let draft = add(&app, "acme", "draft", &json!({"status": "draft"}));
        let reader = reader(&app);
        let first = told(&app, &reader, "");
        assert_eq!(lines(&first.items), ["upsert shown 1"]);
        let seen = &first.items[0]["therapist"];
        assert_eq!((&seen["email"], &seen["phone"]), (&json!("a@example.org"), &Value::Null));
        let listed = reader.get("/v1/therapists?source=acme").expect(200).json();
        assert_eq!(seen, &listed["items"][0], "as lists show it");
        let writer = app.writer();
        let mut since = format!("since={}", first.next);
        let mut full = since.clone();
        for (fields, expected, expected_in_full) in [
            (json!({"status": "suspended"}), vec!["delete shown 2"], vec!["upsert shown 2", "upsert draft 2"]),
            (json!({"headline": "hidden"}), vec![], vec!["upsert shown 3", "upsert draft 3"]),
            (json!({"status": "published"}), vec!["upsert shown 4", "upsert draft 4"], vec!["upsert shown 4", "upsert draft 4"]),
            (json!({"status": "archived"}), vec!["delete shown 5", "delete draft 5"], vec!["upsert shown 5", "upsert draft 5"]),
        ] {
            for id in [&shown, &draft] {
                patch(&app, id, &fields);
            }
            let news = told(&app, &reader, &since);
            assert_eq!(lines(&news.items), expected, "{fields}");
            assert!(news.items.iter().all(|item| item["therapist"].is_null() == (item["kind"] == "delete")));
            since = format!("since={}", news.next);
            let news = told(&app, &writer, &full);
            assert_eq!(lines(&news.items), expected_in_full, "{fields}");
            assert!(news.items.iter().all(|item| item["former"].is_null()));
            full = format!("since={}", news.next);
        }
        // Nor is it told what becomes of the hidden ones, and a removal of them least of all.
        writer.delete(&format!("/v1/therapists/{shown}")).expect(204);
        writer.send("POST", &format!("/v1/therapists/{draft}/removal"), "", b"").expect(200);
        assert_eq!(lines(&told(&app, &reader, &since).items), Vec::<String>::new());
        assert_eq!(lines(&told(&app, &writer, &full).items), ["delete shown 6", "removal draft 6"]);
    }

    /// Mirrors know profiles by their ids, or by source and external id: these then hear what a key was before.
    fn a_renamed_profile_leaves_its_key(app: App) {
        let (writer, reader) = (app.writer(), reader(&app));
        let one = add(&app, "acme", "A", &json!({}));
        let hidden = add(&app, "acme", "H", &json!({"status": "draft"}));
        let start = format!("since={}", told(&app, &writer, "").next);
        patch(&app, &one, &json!({"external_id": "B"}));
        patch(&app, &hidden, &json!({"external_id": "I", "status": "published"}));
        let news = told(&app, &writer, &start).items;
        assert_eq!(lines(&news), ["upsert B 2", "upsert I 2"]);
        let former: Vec<&Value> = news.iter().map(|item| &item["former"]).collect();
        assert_eq!(former, [&json!({"source": "acme", "external_id": "A"}), &json!({"source": "acme", "external_id": "H"})]);
        let news = told(&app, &reader, &start).items;
        assert_eq!((lines(&news), &news[1]["former"]), (vec!["upsert B 2".to_owned(), "upsert I 2".to_owned()], &Value::Null));
        // Once somebody else has the key, it is not for dropping; whoever sees only the other one is not told so.
        let other = add(&app, "acme", "A", &json!({"status": "draft"}));
        let former = |client| told(&app, client, &start).items[0]["former"].clone();
        assert_eq!((former(&writer), &former(&reader)["external_id"]), (Value::Null, &json!("A")));
        patch(&app, &other, &json!({"status": "published"}));
        assert_eq!((former(&writer), former(&reader)), (Value::Null, Value::Null));
        // Renamed twice: each key is told.
        patch(&app, &one, &json!({"external_id": "C"}));
        patch(&app, &one, &json!({"source": "beta"}));
        let news = told(&app, &writer, &start).items;
        let told: Vec<String> = news.iter().filter(|item| item["id"] == one.as_str()).map(|item| format!("{} {}", item["former"]["source"], item["former"]["external_id"])).collect();
        assert_eq!(told, ["null null", "\"acme\" \"B\"", "\"acme\" \"C\""]);
        // Back under its first key it has left nothing.
        app.writer().delete(&format!("/v1/therapists/{other}")).expect(204);
        patch(&app, &one, &json!({"source": "acme", "external_id": "B"}));
        let news = super::told(&app, &writer, &start).items;
        assert!(news.iter().all(|item| item["former"]["external_id"] != "B"), "{news:?}");
    }

    /// Page by page, however small, it is the same; several changes of one profile in a page are told once.
    fn pages_go_on_from_one_another(app: App) {
        let ids: Vec<String> = (0..7).map(|n| add(&app, "acme", &n.to_string(), &json!({}))).collect();
        for (round, id) in ids.iter().cycle().take(21).enumerate() {
            patch(&app, id, &json!({"headline": format!("round {round}")}));
        }
        // From here on everything is shown, so that no page ends between two changes of one profile.
        told(&app, &app.writer(), "");
        let whole = told(&app, &app.writer(), "").items;
        assert_eq!(lines(&whole), (0..7).map(|n| format!("upsert {n} 4")).collect::<Vec<_>>());
        for limit in [1, 2, 5, 14, 15, 1000] {
            let (mut items, mut query, mut pages) = (Vec::new(), format!("limit={limit}"), 0);
            loop {
                let page = ask(&app.writer(), &query).expect(200).json();
                let found = page["items"].as_array().expect("items").clone();
                assert!(found.len() <= limit);
                items.extend(found.into_iter().filter(|item| item["source"] == "acme"));
                pages += 1;
                query = format!("limit={limit}&since={}", text(&page["next"]));
                if page["more"] == false {
                    break;
                }
            }
            assert!(pages >= 28_usize.div_ceil(limit), "{pages} pages of {limit}");
            for (n, id) in ids.iter().enumerate() {
                let last = items.iter().rfind(|item| item["id"] == id.as_str()).expect("told");
                assert_eq!(last, &whole[n], "limit {limit}");
            }
        }
    }

    fn a_place_is_one_of_this_feed(app: App) {
        add(&app, "acme", "1", &json!({}));
        let reader = reader(&app);
        let next = told(&app, &reader, "").next;
        let list = app.writer().get("/v1/therapists?limit=1").expect(200).json();
        let of_list = text(&list["next_cursor"]);
        let cut = &next[..next.len() - 1];
        let ahead = page::encode_cursor("changes", &(i64::MAX, i64::MAX)).expect("a place");
        let unknown = "99999999999999999999999";
        for bad in ["", "x", "-1", "1.5", "4711", unknown, cut, &of_list, &ahead] {
            let query = format!("since={bad}");
            assert_eq!(ask(&reader, &query).faults(), [("/since".to_owned(), "invalid_cursor".to_owned())], "{bad}");
            let answer = reader.with("Accept", "text/event-stream").get(&format!("{PATH}?{query}"));
            assert_eq!(answer.problem(400), "invalid_query");
        }
        for (query, pointer, code) in [
            ("limit=0", "/limit", "too_small"),
            ("limit=1001", "/limit", "too_large"),
            ("wait=61", "/wait", "too_large"),
            ("wait=-1", "/wait", "too_small"),
            ("wait=soon", "/wait", "invalid_type"),
            ("sinse=1", "/sinse", "unknown_parameter"),
            ("since=0&since=0", "/since", "repeated_parameter"),
        ] {
            assert_eq!(ask(&reader, query).faults(), [(pointer.to_owned(), code.to_owned())], "{query}");
        }
        ask(&reader, "limit=1&wait=0&since=0").expect(200);
        ask(&reader, "limit=1000&wait=60&since=0").expect(200);
    }

    /// The number of an export is a place too.
    fn a_mirror_goes_on_from_an_export(app: App) {
        let number = || -> i64 {
            let export = app.writer().get("/v1/exports/therapists").expect(200);
            export.header("tailor-directory-revision").parse().expect("a number")
        };
        assert_eq!(number(), 0);
        let first = add(&app, "acme", "1", &json!({}));
        let second = add(&app, "acme", "2", &json!({}));
        assert_eq!(told_until(&app.writer(), "since=0", &second).items.len(), 2);
        let numbered = number();
        assert!(numbered > 0);
        assert_eq!(told(&app, &app.writer(), &format!("since={numbered}")).items, Vec::<Value>::new());
        patch(&app, &first, &json!({"headline": "later"}));
        assert_eq!(lines(&told(&app, &app.writer(), &format!("since={numbered}")).items), ["upsert 1 2"]);
        let too_far = ask(&app.writer(), &format!("since={}", numbered + 1000));
        assert_eq!(too_far.faults(), [("/since".to_owned(), "invalid_cursor".to_owned())]);
    }
}
