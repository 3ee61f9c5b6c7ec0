use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    answers::random::{CATALOG, SETS, answers},
    catalog::guidance::FieldKind,
};

fn answer(value: &Value) -> Answer {
    serde_json::from_value(value.clone()).unwrap()
}

/// Pointer, code and first suggestion of each fault.
fn found(value: &Value) -> Vec<String> {
    let line = |fault: Fault| {
        let suggested = fault.suggestions.first().map(|first| format!(" -> {first}")).unwrap_or_default();
        format!("{} {}{suggested}", fault.pointer, fault.code)
    };
    faults(&answer(value), "", &SETS, &CATALOG).into_iter().map(line).collect()
}

/// The faults of an answer with one field more.
fn of_field(question: &str, name: &str, value: Value) -> Vec<String> {
    let mut answer = json!({"question": question});
    if question == "pace" {
        answer["question_set"] = json!({"code": "my-clinic", "version": 2});
    }
    answer[name] = value;
    found(&answer)
}

#[test]
fn each_field_is_held_against_its_kind() {
    let approaches = |value| of_field("approaches_and_selection", "approaches", value);
    for (question, name, value, expected) in [
        ("when_stuck", "flexibilty", json!("high"), "/flexibilty unknown_field -> flexibility"),
        ("when_stuck", "homework", json!("regular"), "/homework unknown_field"),
        ("when_stuck", "a/b~", json!(1), "/a~1b~0 unknown_field"),
        ("when_stuck", "flexibility", json!("hihg"), "/flexibility unknown_code -> high"),
        ("when_stuck", "flexibility", json!(1), "/flexibility invalid_type"),
        ("when_stuck", "flexibility", json!(["high"]), "/flexibility invalid_type"),
        ("when_stuck", "stuck_strategies", json!("name_it"), "/stuck_strategies invalid_type"),
        ("when_stuck", "stuck_strategies", json!(["name_it", 1]), "/stuck_strategies/1 invalid_type"),
        ("when_stuck", "stuck_strategies", json!(["name_it", "name_it"]), "/stuck_strategies/1 duplicate"),
        ("when_stuck", "stuck_strategies", json!(["nmae_it"]), "/stuck_strategies/0 unknown_code -> name_it"),
        ("when_stuck", "stuck_strategies", json!(vec!["name_it"; 101]), "/stuck_strategies too_many"),
        ("when_stuck", "pivot_modalities", json!(["emdrr"]), "/pivot_modalities/0 unknown_code -> emdr"),
        ("when_stuck", "review_interval_sessions", json!(0), "/review_interval_sessions too_small"),
        ("when_stuck", "review_interval_sessions", json!(201), "/review_interval_sessions too_large"),
        ("when_stuck", "review_interval_sessions", json!(1.5), "/review_interval_sessions invalid_type"),
        ("when_stuck", "review_interval_sessions", json!(1e300), "/review_interval_sessions invalid_type"),
        ("when_stuck", "review_interval_sessions", json!("6"), "/review_interval_sessions invalid_type"),
        ("role_of_relationship", "uses_here_and_now", json!("yes"), "/uses_here_and_now invalid_type"),
        ("role_of_relationship", "boundary_statement", json!(" \n"), "/boundary_statement too_short"),
        (
            "role_of_relationship",
            "boundary_statement",
            json!("x".repeat(2001)),
            "/boundary_statement too_long",
        ),
        ("role_of_relationship", "boundary_statement", json!({"x": 1}), "/boundary_statement invalid_type"),
        ("approaches_and_selection", "integration_type", json!("eclectic"), "/integration_type unknown_code"),
        ("approaches_and_selection", "phases_used", json!(["any"]), "/phases_used/0 unknown_code"),
        (
            "approaches_and_selection",
            "dimensions_addressed",
            json!(["body"]),
            "/dimensions_addressed/0 unknown_code",
        ),
        ("pace", "own_0", json!("slwo"), "/own_0 unknown_code -> slow"),
        ("pace", "own_1", json!(["no_such_technique_at_all"]), "/own_1/0 unknown_code"),
        ("pace", "own_3", json!(-6), "/own_3 too_small"),
        ("pace", "own_4", json!("x".repeat(11)), "/own_4 too_long"),
        ("pace", "own_5", json!([{"modality": "cbt", "role": "lead"}]), "/own_5/0/role invalid_choice"),
        ("pace", "homework", json!("regular"), "/homework unknown_field"),
    ] {
        let found = of_field(question, name, value.clone());
        assert_eq!(found.len(), 1, "{name} {value}: {found:?}");
        assert!(found[0].starts_with(expected), "{found:?} is not {expected}");
    }
    for (value, expected) in [
        (json!("cbt"), vec!["/approaches invalid_type"]),
        (json!(["cbt"]), vec!["/approaches/0 invalid_type"]),
        (json!([{"role": "support"}]), vec!["/approaches/0/modality required"]),
        (json!([{"modality": null}]), vec!["/approaches/0/modality required"]),
        (json!([{"modality": 1}]), vec!["/approaches/0/modality invalid_type"]),
        (json!([{"modality": "cbtt"}]), vec!["/approaches/0/modality unknown_code -> cbt"]),
        (json!([{"modality": "cbt"}, {"modality": "cbt"}]), vec!["/approaches/1/modality duplicate"]),
        (
            json!([{"modality": "cbt", "role": "foundaton", "phase": "later", "training_level": 3, "share": 2,
                "used_for": ["ptds", "panic", "panic"], "since": 2012}]),
            vec![
                "/approaches/0/phase invalid_choice",
                "/approaches/0/role invalid_choice -> foundation",
                "/approaches/0/share too_large",
                "/approaches/0/since unknown_field",
                "/approaches/0/training_level invalid_type",
                "/approaches/0/used_for/0 unknown_code -> ptsd",
                "/approaches/0/used_for/2 duplicate",
            ],
        ),
        (
            json!([{"modality": "cbt", "share": -0.1, "used_for": "panic"}]),
            vec!["/approaches/0/share too_small", "/approaches/0/used_for invalid_type"],
        ),
        (json!([{"modality": "cbt", "share": "half"}]), vec!["/approaches/0/share invalid_type"]),
        (json!(vec![json!({"modality": "cbt"}); 21]), vec!["/approaches too_many"]),
    ] {
        assert_eq!(approaches(value.clone()), expected, "{value}");
    }
}

#[test]
fn a_modality_that_the_catalog_only_warns_of_is_not_named() {
    let warned = CATALOG.modalities.iter().find(|modality| !modality.directory_listable).unwrap();
    let of = |question, name, value| of_field(question, name, value);
    let approach = json!([{"modality": warned.code}]);
    assert_eq!(
        of("approaches_and_selection", "approaches", approach),
        ["/approaches/0/modality not_listable"]
    );
    assert_eq!(
        of("when_stuck", "pivot_modalities", json!([warned.code])),
        ["/pivot_modalities/0 not_listable"]
    );
}

#[test]
fn the_question_and_its_set_must_be_known() {
    assert_eq!(found(&json!({"question": "when_stcuk"})), ["/question unknown_code -> when_stuck"]);
    assert_eq!(found(&json!({"question": "pace"})), ["/question unknown_code"]);
    for (code, version, suggested) in
        [("my-clinic", 3, "my-clinic:2"), ("integrativ-core", 1, "integrative-core:1")]
    {
        let set = json!({"code": code, "version": version});
        let expected = format!("/question_set unknown_code -> {suggested}");
        assert_eq!(found(&json!({"question": "when_stuck", "question_set": set, "x": 1})), [expected]);
    }
}

#[test]
fn at_most_three_signals_are_declared_and_what_a_text_suggested_does_not_count() {
    let of = |signals: Value| found(&json!({"question": "when_stuck", "signals": signals}));
    assert_eq!(of(json!(["flexibility", "consults", "refers_on"])), [""; 0]);
    assert_eq!(of(json!(["flexibility", "consults", "refers_on", "never_stuck"])), ["/signals too_many"]);
    assert_eq!(
        of(json!(["flexiblity", "safety"])),
        ["/signals/0 unknown_code -> flexibility", "/signals/1 unknown_code"]
    );
    let object = |basis: &str| json!({"code": "consults", "basis": basis, "positive": false, "weight": 7, "quote": "x", "start": 1, "end": 2});
    assert_eq!(of(json!(["consults", object("declared")])), ["/signals/1 duplicate"]);
    assert_eq!(
        of(json!(["consults", object("text"), {"code": "no_such", "basis": "text"}, "refers_on"])),
        [""; 0]
    );
}

#[test]
fn a_profile_answers_each_question_once_and_not_in_the_future() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let all = |list: Value| {
        let answers: Vec<Answer> = serde_json::from_value(list).unwrap();
        let found = faults_of_all(&answers, "/a", &SETS, &CATALOG, today);
        found.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>()
    };
    let at = |moment: &str| json!([{"question": "when_stuck", "answered_at": moment}]);
    assert_eq!(
        all(json!([{"question": "when_stuck"}, {"question": "when_stuck"}])),
        ["/a/1/question duplicate"]
    );
    assert_eq!(all(at("2026-11-23T23:59:59Z")), [""; 0]);
    assert_eq!(all(at("2026-11-24T00:00:00Z")), ["/a/0/answered_at date_order"]);
    assert_eq!(all(at("1899-12-31T23:59:59Z")), ["/a/0/answered_at invalid_date"]);
}

/// Whatever stands in an answer, no detail repeats it.
#[test]
fn no_fault_repeats_what_was_said() {
    let canary = "canaryvalue";
    let answer = answer(&json!({
        "question": "approaches_and_selection", "homework": canary, "selection_principles": [canary],
        "approaches": [{"modality": canary, "role": canary, "used_for": [canary], canary: 1}], canary: canary,
        "signals": [canary],
    }));
    let found = faults(&answer, "", &SETS, &CATALOG);
    assert_eq!(found.len(), 8);
    assert!(found.iter().all(|fault| !fault.detail.contains(canary)), "{found:?}");
}

proptest! {
    #[test]
    fn what_is_drawn_without_faults_has_none(answers in answers()) {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        prop_assert_eq!(faults_of_all(&answers, "", &SETS, &CATALOG, today), []);
    }

    /// A value of another kind is not taken in the place of a field.
    #[test]
    fn a_value_of_another_kind_is_a_fault(at in 0..15_usize, number in -3_i64..300) {
        let (name, kind, _) = crate::answers::fields::BUILT_IN[at];
        let questions = &CATALOG.guidance.consultation.questions;
        let question = questions.iter().find(|q| q.answer_fields.iter().any(|f| f.field == name)).unwrap();
        let taken = [
            (json!(number), kind == FieldKind::Integer && (1..=200).contains(&number)),
            (json!(true), kind == FieldKind::Boolean),
            (json!("some text"), kind == FieldKind::Text),
            (json!([[]]), false),
            (json!({}), false),
            (json!([]), matches!(kind, FieldKind::Codes | FieldKind::Approaches)),
            (Value::Null, true),
        ];
        for (value, is_taken) in taken {
            prop_assert_eq!(of_field(&question.code, name, value.clone()).is_empty(), is_taken, "{} {}", name, value);
        }
    }
}
