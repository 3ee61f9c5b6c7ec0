use chrono::{Duration, NaiveDate};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::answers::{
    check::faults_of_all,
    random::{CATALOG, SETS, answers},
};

fn settled(list: Value) -> Vec<Answer> {
    let mut answers: Vec<Answer> = serde_json::from_value(list).unwrap();
    settle(&mut answers, &SETS);
    answers
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn what_may_be_left_out_is_filled_in_and_what_says_nothing_is_dropped() {
    let answers = settled(json!([
        {"question": "when_stuck", "review_interval_sessions": 6.0, "flexibility": null, "stuck_strategies": [],
         "signals": [{"code": "consults", "basis": "text", "weight": 9}, "flexibility"]},
        {"question": "approaches_and_selection", "answered_at": "2026-11-01T10:00:00.123456789Z",
         "approaches": [{"modality": "cbt", "role": null, "used_for": [], "share": 1}]},
    ]));
    assert_eq!(
        serde_json::to_value(&answers).unwrap(),
        json!([
            {"question": "approaches_and_selection", "question_set": {"code": "integrative-core", "version": 1}, "text": "",
             "approaches": [{"modality": "cbt", "share": 1.0}], "signals": [], "answered_at": "2026-11-01T10:00:00.123456Z"},
            {"question": "when_stuck", "question_set": {"code": "integrative-core", "version": 1}, "text": "",
             "review_interval_sessions": 6,
             "signals": [{"code": "flexibility", "positive": true, "weight": 1.0, "basis": "declared"}], "answered_at": null},
        ])
    );
}

#[test]
fn an_answer_of_an_unknown_set_stays_as_it_is() {
    let list = json!([{"question": "x", "question_set": {"code": "gone", "version": 1}, "a": null,
        "signals": [{"code": "b", "positive": true, "weight": 0.5, "basis": "text", "quote": "q", "start": 0, "end": 1}]}]);
    let before: Vec<Answer> = serde_json::from_value(list.clone()).unwrap();
    assert_eq!(settled(list), before);
}

#[test]
fn an_answer_is_dated_by_what_it_says_then_by_the_stored_one_that_says_the_same_then_now() {
    let now = at("2026-11-22T12:00:00.000000999Z");
    let dated = |list: Value, stored: &[Answer], now| {
        let mut answers = settled(list);
        date(&mut answers, stored, now);
        answers[0].answered_at.unwrap()
    };
    let said =
        json!([{"question": "when_stuck", "text": "a", "flexibility": "high", "signals": ["consults"]}]);
    let mut stored = settled(said.clone());
    date(&mut stored, &[], now);
    assert_eq!(stored[0].answered_at, Some(at("2026-11-22T12:00:00Z")), "both databases keep microseconds");
    let later = now + Duration::days(1);
    assert_eq!(dated(said.clone(), &stored, later), stored[0].answered_at.unwrap());
    let mut suggested = stored.clone();
    suggested[0]
        .signals
        .push(crate::answers::model::Signal { basis: Basis::Text, ..stored[0].signals[0].clone() });
    assert_eq!(dated(said.clone(), &suggested, later), stored[0].answered_at.unwrap());
    for (name, value) in [
        ("text", json!("b")),
        ("language", json!("en")),
        ("flexibility", json!("low")),
        ("signals", json!([])),
        ("question", json!("role_of_relationship")),
    ] {
        let mut other = said.clone();
        other[0][name] = value;
        other[0].as_object_mut().unwrap().retain(|key, _| name != "question" || key != "flexibility");
        assert_eq!(dated(other, &stored, later), kept(later), "{name}");
    }
    let mut given = said;
    given[0]["answered_at"] = json!("2020-01-01T00:00:00Z");
    assert_eq!(dated(given, &stored, later), at("2020-01-01T00:00:00Z"));
}

proptest! {
    #[test]
    fn settling_is_done_once_and_makes_no_fault(mut answers in answers()) {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        settle(&mut answers, &SETS);
        date(&mut answers, &[], at("2026-11-22T12:00:00.123456789Z"));
        prop_assert_eq!(faults_of_all(&answers, "", &SETS, &CATALOG, today), []);
        let mut again = answers.clone();
        settle(&mut again, &SETS);
        date(&mut again, &answers, at("2026-11-23T12:00:00Z"));
        prop_assert_eq!(&again, &answers);
        // As the databases keep it, and as it is sent and received.
        let sent = serde_json::to_string(&answers).unwrap();
        let read: Vec<Answer> = serde_json::from_str(&sent).unwrap();
        prop_assert_eq!(&read, &answers);
        // An answer that leaves its date out again is the stored one.
        let mut undated = answers.clone();
        undated.iter_mut().for_each(|answer| answer.answered_at = None);
        date(&mut undated, &answers, at("2026-11-23T12:00:00Z"));
        prop_assert_eq!(&undated, &answers);
    }
}
