//! A write is found when it is acknowledged.

use serde_json::{Value, json};

use super::{add, found};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    fn a_write_is_found_by_the_next_search(app: App) {
        let reader = app.anonymous();
        let revision = || app.anonymous().get("/v1/therapists").json()["directory_revision"].as_i64().unwrap();
        let before = revision();
        let id = add(&app, "A", &json!({"headline": "Schmerz"}));
        let path = format!("/v1/therapists/{id}");
        assert!(revision() > before);
        assert_eq!(found(&reader, "q=schmerz"), ["A"]);
        app.writer().patch(&path, &json!({"headline": "Trauer"})).expect(200);
        assert_eq!((found(&reader, "q=schmerz"), found(&reader, "q=trauer")), (vec![], vec!["A".to_owned()]));
        let mut stored = app.writer().get(&path).json();
        stored["bio"] = json!("Kummer");
        stored["headline"] = Value::Null;
        app.writer().put(&path, &stored).expect(200);
        assert_eq!((found(&reader, "q=trauer"), found(&reader, "q=kummer")), (vec![], vec!["A".to_owned()]));
        let answer = json!({"text": "We look at it together."});
        app.writer().put(&format!("{path}/consultation-answers/when_stuck"), &answer).expect(201);
        assert_eq!(found(&reader, "answered_questions=when_stuck"), ["A"]);
        app.writer().post(&format!("{path}/confirmations"), &json!({"fields": ["contact"], "method": "phone"})).expect(200);
        assert_eq!(found(&reader, "confirmed_within_days=1"), ["A"]);
        app.writer().patch(&path, &json!({"status": "draft"})).expect(200);
        assert_eq!((found(&reader, "q=kummer"), found(&app.writer(), "q=kummer")), (vec![], vec!["A".to_owned()]));
        app.writer().delete(&path).expect(204);
        assert_eq!(found(&app.writer(), "q=kummer"), Vec::<String>::new());
    }

    fn many_writes_of_one_profile_leave_its_last_words(app: App) {
        let id = add(&app, "A", &json!({}));
        add(&app, "B", &json!({"headline": "round"}));
        for round in 0..40 {
            app.writer().patch(&format!("/v1/therapists/{id}"), &json!({"headline": format!("round{round}")})).expect(200);
        }
        assert_eq!(found(&app.anonymous(), "q=round39"), ["A"]);
        assert_eq!(found(&app.anonymous(), "q=round&sort=display_name"), ["A", "B"]);
    }
}
