//! Words: what they find, and in which order.

use serde_json::json;

use super::{add, found, posted};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    fn words_find_whole_words_beginnings_and_typos(app: App) {
        let named = |given: &str, family: &str| json!({"name": {"given": given, "family": family}});
        add(&app, "A", &named("Zoë", "González-Ruiz"));
        add(&app, "B", &json!({"headline": "Working with gonzález and others", "credentials": ["Psy.D."]}));
        add(&app, "C", &json!({"bio": "I trained with Gonzalez in trauma therapy."}));
        add(&app, "D", &json!({"name": {"given": "Seán", "family": "O’Brien"}, "bio": "Trauma."}));
        let reader = app.anonymous();
        for (q, expected) in [
            // Name before headline before biography.
            ("gonzalez", vec!["A", "B", "C"]),
            ("GONZ%C3%81LEZ", vec!["A", "B", "C"]),
            ("gonz", vec!["A", "B", "C"]),
            ("gonzales", vec!["A", "B", "C"]),
            ("gnozalez", vec!["A", "B", "C"]),
            ("gonzallez", vec!["A", "B", "C"]),
            ("gonsales", vec![]),
            ("honzalez", vec![]),
            ("zoe+gonzalez", vec!["A"]),
            ("trauma+gonzalez", vec!["C"]),
            ("trauma", vec!["C", "D"]),
            ("psyd", vec!["B"]),
            ("obrien", vec!["D"]),
            ("o%27brien", vec!["D"]),
            ("brien+sean", vec!["D"]),
            ("ruiz", vec!["A"]),
            ("riuz", vec!["A"]),
            ("zeo", vec![]),
            ("test", vec!["B", "C"]),
            ("", vec!["A", "B", "C", "D"]),
            ("trauma&languages=en&sort=-relevance", vec!["C", "D"]),
        ] {
            assert_eq!(found(&reader, &format!("q={q}")), expected, "{q}");
        }
        assert_eq!(posted(&reader, &json!({"q": "Gonzàlez", "limit": 2})), ["A", "B"]);
    }

    fn a_nearer_word_comes_first(app: App) {
        let named = |family: &str| json!({"name": {"given": "X", "family": family}});
        for (name, family) in [("typo", "Marten"), ("prefix", "Martins"), ("exact", "Martin")] {
            add(&app, name, &named(family));
        }
        add(&app, "headline", &json!({"headline": "martin"}));
        assert_eq!(found(&app.anonymous(), "q=martin"), ["exact", "prefix", "typo", "headline"]);
        assert_eq!(found(&app.anonymous(), "q=martin&sort=-relevance"), ["headline", "typo", "prefix", "exact"]);
        assert_eq!(found(&app.anonymous(), "q=martin&sort=display_name"), ["headline", "typo", "exact", "prefix"]);
    }
}
