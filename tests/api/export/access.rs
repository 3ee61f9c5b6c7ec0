//! Who gets which rows, in which form and order.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::json;
use tailor::auth::scope::Scope;

use super::{PATH, add, exported, ids, lines, reader, records};
use crate::{
    on_both_databases,
    support::{app::App, database::Database},
};

on_both_databases! {
    /// Also where public reading is on, and whatever the filters.
    fn only_a_known_caller_exports_and_sees_what_is_theirs(app: App) {
        add(&app, "acme", "1", &json!({}));
        add(&app, "acme", "2", &json!({"contact_public": {"email": true, "phone": false}}));
        add(&app, "acme", "3", &json!({"status": "draft"}));
        app.anonymous().get("/v1/therapists").expect(200);
        assert_eq!(app.anonymous().get(PATH).problem(401), "unauthorized");
        for scope in [Scope::MatchRun, Scope::ImportsWrite, Scope::ConsultationsWrite] {
            assert_eq!(app.with_scopes(&[scope]).get(PATH).problem(403), "insufficient_scope");
        }
        let seen = lines(&exported(&reader(&app), ""));
        let contacts: Vec<_> = seen.iter().map(|row| (row["external_id"].as_str().unwrap(), row.get("email").is_some(), row.get("phone").is_some())).collect();
        assert_eq!(contacts, [("1", false, false), ("2", true, false)]);
        assert_eq!(reader(&app).get(&format!("{PATH}?status=draft")).problem(403), "insufficient_scope");
        for scope in [Scope::ProfilesWrite, Scope::Admin] {
            let full = lines(&exported(&app.with_scopes(&[scope]), ""));
            assert_eq!(full.len(), 3);
            assert!(full.iter().all(|row| row["email"] == "a@example.org" && row["phone"] == "+14155550123"));
            assert_eq!(ids(&exported(&app.with_scopes(&[scope]), "status=draft")), ["acme 3"]);
        }
        let private = reader(&app).with("Accept", "text/csv").get(PATH).expect(200);
        let text = String::from_utf8(private.body).unwrap();
        assert_eq!((text.matches("a@example.org").count(), text.matches("+14155550123").count()), (1, 0));
    }

    fn filters_are_those_of_the_list(app: App) {
        add(&app, "acme", "1", &json!({"modalities": [{"code": "cbt"}], "problem_areas": [{"code": "panic"}],
            "licenses": [{"jurisdiction": "US-CA", "status": "active"}], "availability": {"accepting": "accepting"}}));
        add(&app, "acme", "2", &json!({"modalities": [{"code": "emdr"}], "languages": ["es"], "session_formats": ["in_person"]}));
        let id = add(&app, "other", "3", &json!({"modalities": [{"code": "cbt"}], "remote_jurisdictions": ["US-CA"]}));
        app.writer().post(&format!("/v1/therapists/{id}/confirmations"), &json!({"fields": ["contact", "licenses"], "method": "phone"})).expect(200);
        for (query, expected) in [
            ("", vec!["acme 1", "acme 2", "other 3"]),
            ("modality=cbt", vec!["acme 1", "other 3"]),
            ("modality=cbt&modality=emdr&source=acme", vec!["acme 1", "acme 2"]),
            ("source=other&source=acme&external_id=3&external_id=2", vec!["acme 2", "other 3"]),
            ("source=other&source=nobody", vec!["other 3"]),
            ("problem_area=panic", vec!["acme 1"]),
            ("jurisdiction=US-CA", vec!["acme 1", "other 3"]),
            ("language=es&session_format=in_person", vec!["acme 2"]),
            ("accepting=accepting", vec!["acme 1"]),
            ("due_for_confirmation=true", vec!["acme 1", "acme 2"]),
            ("source=nobody", vec![]),
        ] {
            assert_eq!(ids(&exported(&reader(&app), query)), expected, "{query}");
        }
        for path in [PATH, "/v1/therapists"] {
            let query = "source=Not%20A%20Source!&source=acme&source=&jurisdiction=California&language=Spanish&modality=cbd";
            let expected = [("/source", "invalid_format"), ("/source", "invalid_format"), ("/jurisdiction", "invalid_jurisdiction"),
                ("/language", "invalid_language"), ("/modality", "unknown_code")];
            let answer = reader(&app).get(&format!("{path}?{query}")).expect(400);
            assert!(!String::from_utf8_lossy(&answer.body).contains("Source!"), "no answer repeats a value");
            assert_eq!(answer.faults(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        }
        let wrong = reader(&app).get(&format!("{PATH}?modality=cbd&modality=cbt")).expect(400).json();
        assert_eq!((&wrong["errors"][0]["pointer"], &wrong["errors"][0]["suggestions"][0]), (&json!("/modality"), &json!("cbt")));
        let faults = reader(&app).get(&format!("{PATH}?format=xml&limit=3&status=gone")).faults();
        let expected = [("/format", "invalid_choice"), ("/limit", "unknown_parameter"), ("/status/0", "invalid_choice")];
        assert_eq!(faults, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    }

    fn the_format_is_what_the_caller_would_rather_have(app: App) {
        add(&app, "acme", "1", &json!({"headline": "two\nlines, and \"quotes\""}));
        let ask = |query: &str, accept: Option<&str>| {
            let client = reader(&app);
            let client = accept.map_or(client.clone(), |accept| client.with("Accept", accept));
            client.get(&format!("{PATH}{query}"))
        };
        for (query, accept, expected) in [
            ("", None, "application/x-ndjson"),
            ("", Some("*/*"), "application/x-ndjson"),
            ("", Some("application/*"), "application/x-ndjson"),
            ("", Some("text/csv"), "text/csv; charset=utf-8"),
            ("", Some("text/*;q=0.3, application/x-ndjson;q=0.2"), "text/csv; charset=utf-8"),
            ("", Some("application/x-ndjson;q=0, */*"), "text/csv; charset=utf-8"),
            ("?format=csv", None, "text/csv; charset=utf-8"),
            ("?format=csv", Some("application/x-ndjson"), "text/csv; charset=utf-8"),
            ("?format=ndjson", Some("text/html"), "application/x-ndjson"),
        ] {
            let answer = ask(query, accept).expect(200);
            assert_eq!(answer.header("content-type"), expected, "{query} {accept:?}");
            let kind = if expected.contains("csv") { "csv" } else { "ndjson" };
            let name = format!("attachment; filename=\"therapists-2026-11-22.{kind}\"");
            assert_eq!(answer.header("content-disposition"), name);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("vary"), "accept, Origin, Access-Control-Request-Method, Access-Control-Request-Headers, authorization, accept-encoding");
            assert_eq!(answer.header("tailor-total"), "1");
            let rows = if kind == "csv" { records(&answer.body) } else { lines(&answer.body) };
            assert_eq!(rows[0]["headline"], "two\nlines, and \"quotes\"");
        }
        for accept in ["application/json", "text/csv;q=0", "text/csv;q=0, application/x-ndjson;q=0.0, */*;q=0", ""] {
            assert_eq!(ask("", Some(accept)).problem(406), "not_acceptable", "{accept}");
        }
        let none = ask("?source=nobody&format=csv", None).expect(200);
        assert!(none.body.starts_with(b"source,") || none.body.starts_with(b"external_id,"), "a header, always");
        assert_eq!((records(&none.body).len(), ask("?source=nobody", None).expect(200).body.len()), (0, 0));
    }

    fn a_head_is_that_of_the_export(app: App) {
        add(&app, "acme", "1", &json!({}));
        add(&app, "acme", "2", &json!({"status": "draft"}));
        let client = reader(&app);
        for (client, query) in [
            (client.clone(), ""),
            (client.clone(), "?format=csv"),
            (client.clone(), "?source=nobody"),
            (client.with("Accept", "text/csv"), "?source=acme"),
            (client.with("Accept-Encoding", "gzip"), ""),
            (app.writer(), ""),
        ] {
            let path = format!("{PATH}{query}");
            let (whole, head) = (client.begin(&path), client.send("HEAD", &path, "", b"").expect(200));
            let (mut of_whole, mut of_head) = (whole.headers(), head.headers());
            // It waits for the transactions of all tests that share the server, and may have gone on in between.
            let revision = |headers: &mut BTreeMap<String, String>| headers.remove("tailor-directory-revision").unwrap().parse::<i64>().unwrap();
            assert!(revision(&mut of_whole) <= revision(&mut of_head));
            assert_eq!((of_whole, head.body.len()), (of_head, 0), "{query}");
            whole.expect(200);
        }
        assert_eq!(app.anonymous().send("HEAD", PATH, "", b"").expect(401).header("www-authenticate"), "Bearer");
        assert_eq!(client.send("HEAD", &format!("{PATH}?modality=cbd"), "", b"").status, 400);
        assert_eq!(client.with("Accept", "text/html").send("HEAD", PATH, "", b"").status, 406);
    }
}

/// Whatever language the database speaks.
#[test]
fn rows_are_in_the_order_of_their_bytes() {
    let databases = [Some(Database::sqlite()), Database::postgres(), Database::postgres_in_english()];
    for database in databases.into_iter().flatten() {
        let app = App::from(database);
        let mut expected = Vec::new();
        for source in ["b", "a-z", "a.b", "a1", "a", "a_"] {
            for id in
                ["b", "B", "a", "Z", "é", "e", "_x", "-x", "10", "9", "a b", "ab", "漢", "😀", "\u{ffee}"]
            {
                add(&app, source, id, &json!({}));
                expected.push((source, id));
            }
        }
        expected.sort_unstable();
        let expected: Vec<String> = expected.iter().map(|(source, id)| format!("{source} {id}")).collect();
        assert_eq!(ids(&exported(&app.writer(), "")), expected, "{}", app.database.url);
        app.pass(Duration::days(1));
        let answer = reader(&app).get(PATH);
        assert_eq!(
            answer.header("content-disposition"),
            "attachment; filename=\"therapists-2026-11-23.ndjson\""
        );
    }
}
