//! The list, its filters, and the export.

use chrono::Duration;
use serde_json::{Value, json};

use super::{Clinic, PATH, coded, created, ids, therapist, told};
use crate::on_both_databases;

on_both_databases! {
    fn the_list_is_walked_from_the_newest_on(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let mut made: Vec<String> = (0..7)
            .map(|n| {
                clinic.app.pass(Duration::seconds(1));
                intake.post(PATH, &coded(&id, &format!("c_{n}"))).expect(201).json()["id"].as_str().unwrap().to_owned()
            })
            .collect();
        made.reverse();
        let first = intake.get(&format!("{PATH}?limit=3")).expect(200);
        assert_eq!(first.header("cache-control"), "no-store");
        let next = first.header("link").to_owned();
        let first = first.json();
        assert_eq!((ids(&first), &first["total"]), (made[..3].iter().map(String::as_str).collect(), &json!(7)));
        // One more, and one less, do not shift the walk.
        clinic.app.pass(Duration::seconds(1));
        intake.post(PATH, &coded(&id, "c_new")).expect(201);
        intake.delete(&format!("{PATH}/{}", made[2])).expect(204);
        let path = next.strip_prefix('<').and_then(|link| link.split_once('>')).expect("a link").0;
        let second = intake.get(path).expect(200).json();
        assert_eq!(ids(&second), made[3..6].iter().map(String::as_str).collect::<Vec<_>>());
        let cursor = second["next_cursor"].as_str().expect("a cursor");
        let third = intake.get(&format!("{PATH}?limit=3&cursor={cursor}")).expect(200).json();
        assert_eq!((ids(&third), &third["next_cursor"]), (vec![made[6].as_str()], &Value::Null));
    }

    fn filters_hold_together(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        let mut profile = tailor::directory::examples::therapist();
        profile["external_id"] = json!("other");
        profile["npi"] = Value::Null;
        let other = created(&clinic.app, &profile);
        for (client, therapist, day, decision) in [
            ("a", &id, json!("2026-11-01"), json!("continue")), ("a", &other, json!("2026-11-05"), json!("declined")),
            ("b", &id, json!("2026-11-05"), json!("declined")), ("b", &id, Value::Null, Value::Null),
        ] {
            let mut body = coded(therapist, client);
            (body["held_on"], body["decision"]) = (day, decision);
            intake.post(PATH, &body).expect(201);
        }
        let total = |query: &str| intake.get(&format!("{PATH}?{query}")).expect(200).json()["total"].as_u64().unwrap();
        for (query, expected) in [
            ("", 4), ("client_ref=a", 2), ("client_ref=A", 0), (&format!("therapist_id={id}"), 3),
            (&format!("therapist_id={id}&client_ref=b"), 2), ("decision=declined", 2), ("held_from=2026-11-02", 2),
            ("held_to=2026-11-01", 1), ("held_from=2026-11-05&held_to=2026-11-05&decision=declined&client_ref=b", 1),
            // No reference has this form: nothing is found.
            ("client_ref=maya%40example.org", 0), ("client_ref=", 0),
        ] {
            assert_eq!(total(query), expected, "{query}");
        }
        let faults = intake.get(&format!("{PATH}?decision=x&limit=0&held_from=y&therapist_id=z&heron=1")).faults();
        let expected = [("", "unknown_parameter"), ("/decision", "invalid_choice"), ("/held_from", "invalid_date"), ("/limit", "too_small"), ("/therapist_id", "invalid_id")];
        assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
        assert_eq!(intake.get(&format!("{PATH}?held_from=2026-11-02&held_to=2026-11-01")).faults()[0].1, "date_order");
        assert_eq!(intake.get(&format!("{PATH}?cursor=nonsense")).faults()[0].1, "invalid_cursor");
        let faults = intake.get(&format!("{PATH}?cursor=nonsense&limit=0&held_from=2026-11-02&held_to=2026-11-01")).faults();
        let expected = [("/cursor", "invalid_cursor"), ("/held_to", "date_order"), ("/limit", "too_small")];
        assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
        // Lines have no pages, so that a bound on them would be passed over.
        let lines = intake.with("Accept", "application/x-ndjson");
        assert_eq!(lines.get(&format!("{PATH}?limit=1")).faults(), [("/limit".to_owned(), "inconsistent".to_owned())]);
    }

    /// More than are read at once: every consultation stands in the file once, as it is read by itself.
    fn the_export_has_all_that_the_app_holds(clinic: Clinic) {
        let (id, intake) = (therapist(&clinic.app), clinic.intake());
        intake.post(PATH, &told(&id, "c_told")).expect(201);
        clinic.app.pass(Duration::seconds(1));
        for n in 0..250 {
            intake.post(PATH, &coded(&id, &format!("c_{}", n % 2))).expect(201);
        }
        clinic.app_named("other").post(PATH, &coded(&id, "c_0")).expect(201);
        let file = intake.with("Accept", "application/x-ndjson").get(PATH).expect(200);
        let heads = ["content-type", "tailor-total", "cache-control"].map(|name| file.header(name));
        assert_eq!(heads, ["application/x-ndjson", "251", "no-store"]);
        assert!(file.header("vary").contains("accept"), "{}", file.header("vary"));
        let lines: Vec<Value> = String::from_utf8(file.body).unwrap().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let of: Vec<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
        assert!(of.is_sorted_by(|a, b| a > b), "the newest first, each once");
        assert_eq!(lines.len(), 251);
        assert_eq!(*lines.last().unwrap(), intake.get(&format!("{PATH}?client_ref=c_told")).json()["items"][0]);
        let some = intake.with("Accept", "application/x-ndjson").get(&format!("{PATH}?client_ref=c_1")).expect(200);
        assert_eq!((some.header("tailor-total"), some.body.iter().filter(|byte| **byte == b'\n').count()), ("125", 125));
        assert!(intake.with("Accept", "*/*").get(PATH).expect(200).json()["items"].is_array());
        assert_eq!(intake.with("Accept", "text/csv").get(PATH).problem(406), "not_acceptable");
    }
}
