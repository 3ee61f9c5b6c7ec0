use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::id::Id;

#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Role {
    Foundation,
    Technique,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Modality {
    #[validate(length(min = 1, max = 8))]
    #[schema(min_length = 1, max_length = 8)]
    code: String,
    role: Role,
    second: Option<Role>,
    since: Option<u16>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Name {
    #[validate(length(max = 5, message = "The name is too long."))]
    given: String,
    family: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Place {
    Point { latitude: f64, longitude: f64 },
    Region { code: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Profile {
    #[serde(default)]
    #[schema(read_only)]
    id: Option<Id>,
    #[validate(nested)]
    name: Name,
    #[validate(custom(function = "check_npi"))]
    npi: Option<String>,
    #[serde(default)]
    #[validate(nested, length(max = 4))]
    #[schema(max_items = 4)]
    modalities: Vec<Modality>,
    #[schema(minimum = 1, maximum = 5)]
    rating: Option<i32>,
    born: Option<NaiveDate>,
    main: Option<Modality>,
    place: Option<Place>,
    #[serde(default)]
    notes: BTreeMap<String, u8>,
}

fn check_npi(text: &str) -> Result<(), validator::ValidationError> {
    if text == "1234567893" { Ok(()) } else { Err(rule_faults::flaw(Code::InvalidNpi, "This is no NPI.")) }
}

fn profile(text: &str, privacy: Privacy) -> String {
    match decode::<Profile>(text.as_bytes(), privacy, no_more_rules) {
        Ok(profile) => format!("{profile:?}"),
        Err(faults) => {
            let line = |fault: Fault| {
                let guess = if fault.suggestions.is_empty() {
                    String::new()
                } else {
                    format!(" {:?}", fault.suggestions)
                };
                format!("{} {}: {}{guess}", fault.pointer, fault.code, fault.detail)
            };
            faults.into_iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

fn open(text: &str) -> String {
    profile(text, Privacy::Open)
}

#[test]
fn valid_input_is_read() {
    assert!(Shape::of_body::<Profile>().is_sound());
    let text = r#"{"name": {"given": "Maya", "family": "Okafor"}, "npi": "1234567893",
        "modalities": [{"code": "emdr", "role": "technique", "second": null, "since": 2012}],
        "place": {"kind": "region", "code": "US-CA"}, "notes": {"free": 1}}"#;
    insta::assert_snapshot!(open(text), @r#"Profile { id: None, name: Name { given: "Maya", family: "Okafor" }, npi: Some("1234567893"), modalities: [Modality { code: "emdr", role: Technique, second: None, since: Some(2012) }], rating: None, born: None, main: None, place: Some(Region { code: "US-CA" }), notes: {"free": 1} }"#);
}

#[test]
fn all_faults_come_at_once() {
    let text = r#"{"name": {"given": "Maximiliane"}, "npi": "42", "rating": 9, "born": "2001-02-30", "extra": 1,
        "modalities": [{"code": "", "role": "foundatoin"}, {"code": "emdr", "role": "technique", "since": "x"}, 7,
                       {"role": "technique", "sinze": 1}],
        "main": {"code": "far too long", "role": null}, "place": {"kind": "point", "latitude": "x"},
        "notes": {"a": 256, "b\u0000": 1}}"#;
    insta::assert_snapshot!(open(text), @r#"
        /born invalid_date: This must be a date such as 2026-11-22.
        /extra unknown_field: There is no such field here.
        /main/code too_long: This takes at most 8 characters.
        /main/role invalid_type: This must be text.
        /modalities/0/code too_short: This must not be empty.
        /modalities/0/role invalid_choice: This must be one of `foundation`, `technique`. ["foundation"]
        /modalities/1/since invalid_type: This must be a whole number or null.
        /modalities/2 invalid_type: This must be an object.
        /modalities/3/code required: This field is required.
        /modalities/3/sinze unknown_field: There is no such field here. ["since"]
        /name/family required: This field is required.
        /name/given too_long: The name is too long.
        /notes control_character: The name of a field has a control character.
        /notes/a too_large: This number is above what can be stored.
        /npi invalid_npi: This is no NPI.
        /place/latitude invalid_type: This must be a number.
        /place/longitude required: This field is required.
        /rating too_large: This must be at most 5.
        "#);
}

#[test]
fn the_rules_of_the_sound_parts_speak_beside_the_schema() {
    // The required `name` is unusable, and still the rule of `npi` is heard.
    insta::assert_snapshot!(open(r#"{"name": "Maya", "npi": "42"}"#), @r"
        /name invalid_type: This must be an object.
        /npi invalid_npi: This is no NPI.
        ");
    insta::assert_snapshot!(open(r#"{"npi": "42", "modalities": [{"code": "toolongcode", "role": "x"}]}"#), @r"
        /modalities/0/code too_long: This takes at most 8 characters.
        /modalities/0/role invalid_choice: This must be one of `foundation`, `technique`.
        /name required: This field is required.
        /npi invalid_npi: This is no NPI.
        ");
}

#[test]
fn alternatives_are_told_apart_by_their_tag() {
    let place =
        |place: &str| open(&format!(r#"{{"name": {{"given": "M", "family": "O"}}, "place": {place}}}"#));
    insta::assert_snapshot!(place(r#"{"kind": "regoin"}"#), @r#"/place/kind invalid_choice: This must be one of `point`, `region`. ["region"]"#);
    insta::assert_snapshot!(place(r#"{"kind": "region"}"#), @"/place/code required: This field is required.");
    insta::assert_snapshot!(place("7"), @"/place invalid_type: This must be an object.");
}

#[test]
fn what_the_server_sets_is_ignored_whatever_it_is() {
    let text = r#"{"id": ["anything"], "name": {"given": "Maya", "family": "Okafor"}}"#;
    assert!(
        decode::<Profile>(text.as_bytes(), Privacy::Open, no_more_rules)
            .is_ok_and(|profile| profile.id.is_none())
    );
    let text = r#"{"id": "01936f5e-8a00-7000-8000-000000000001", "name": {"given": "M", "family": "O"}}"#;
    assert!(
        decode::<Profile>(text.as_bytes(), Privacy::Open, no_more_rules)
            .is_ok_and(|profile| profile.id.is_none())
    );
    let text = format!(r#"{{"\u0069d": "{}", "name": {{"given": "Maya", "family": "O"}}}}"#, Id::default());
    assert!(
        decode::<Profile>(text.as_bytes(), Privacy::Open, no_more_rules)
            .is_ok_and(|profile| profile.id.is_none())
    );
}

#[test]
fn a_whole_number_may_be_written_as_a_fraction() {
    let text = r#"{"name": {"given": "Maya", "family": "Okafor"}, "rating": 3.0, "notes": {"a": 7.0}}"#;
    let profile = decode::<Profile>(text.as_bytes(), Privacy::Open, no_more_rules).unwrap();
    assert_eq!(profile.rating, Some(3));
}

#[test]
fn private_faults_name_nothing_of_the_senders() {
    let text = r#"{"name": {"given": "Maya", "family": "Okafor", "my_secret": 1}, "my_secret": 2, "my_secret": 3,
        "notes": {"my_secret": 999}, "modalities": [{"code": "emdr", "role": "my_secret"}], "rating": 77777}"#;
    let faults = profile(text, Privacy::Private);
    insta::assert_snapshot!(faults, @r"
         duplicate_key: The object has this key more than once.
         unknown_field: There is no such field here.
        /modalities/0/role invalid_choice: This must be one of `foundation`, `technique`.
        /name unknown_field: There is no such field here.
        /notes too_large: This number is above what can be stored.
        /rating too_large: This must be at most 5.
        ");
    assert!(!faults.contains("secret") && !faults.contains("77777"));
}

#[test]
fn other_documents_are_refused_as_a_whole() {
    insta::assert_snapshot!(open("[]"), @" invalid_type: This must be an object.");
    insta::assert_snapshot!(open("null"), @" invalid_type: This must be an object.");
    insta::assert_snapshot!(open("{"), @" malformed_json: The JSON text is malformed at line 1, column 1: EOF while parsing an object.");
}

#[test]
fn a_flood_of_faults_is_cut_off() {
    let text = format!(r#"{{"modalities": [{}0]}}"#, "0,".repeat(4_000));
    let faults = decode::<Profile>(text.as_bytes(), Privacy::Open, no_more_rules).unwrap_err();
    assert_eq!(faults.len(), parse::MAX_FAULTS);
    let text = format!(r#"{{"modalities": [{}0]}}"#, "0,".repeat(100_000));
    assert!(decode::<Profile>(text.as_bytes(), Privacy::Open, no_more_rules).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z\u{0}~/]{0,12}".prop_map(Value::from),
        prop_oneof!["emdr", "technique", "2001-02-03", "1234567893", "point"].prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("id"),
        Just("name"),
        Just("given"),
        Just("family"),
        Just("npi"),
        Just("modalities"),
        Just("code"),
        Just("role"),
        Just("second"),
        Just("since"),
        Just("rating"),
        Just("born"),
        Just("main"),
        Just("place"),
        Just("kind"),
        Just("latitude"),
        Just("notes"),
        Just("other"),
        Just("a/b~c"),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_explained(value in any_json()) {
        let text = value.to_string();
        for privacy in [Privacy::Open, Privacy::Private] {
            match decode::<Profile>(text.as_bytes(), privacy, no_more_rules) {
                Ok(profile) => prop_assert!(profile.validate().is_ok()),
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    for fault in faults {
                        prop_assert!(fault.pointer.is_empty() || fault.pointer.starts_with('/'));
                        prop_assert!(Code::parse(fault.code).is_some_and(Code::is_fault));
                        prop_assert!(!(privacy == Privacy::Private && fault.pointer.contains("other")));
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_explained(text in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(decode::<Profile>(&text, Privacy::Private, no_more_rules).is_err());
    }
}

#[test]
fn the_answer_does_not_grow_with_the_names_in_the_body() {
    let key = "k~".repeat(200_000);
    let texts: serde_json::Map<_, _> = (0..2000).map(|at| (at.to_string(), json!("\u{1}"))).collect();
    let deep = |leaf: Value| (0..100).fold(leaf, |inner, _| json!({"d".repeat(1000): inner}));
    let bodies = [
        json!({&key: texts}),
        json!({&key: {&key: texts}}),
        json!({"notes": {&key: "\u{1}", "x": deep(json!(texts))}}),
        deep(json!(texts)),
        json!({&key: 1, "name": {&key: 1}, "main": {&key: 1}, "modalities": [{&key: 1}], "notes": {&key: -1}}),
    ];
    for body in bodies {
        for privacy in [Privacy::Open, Privacy::Private] {
            let of_text = decode::<Profile>(body.to_string().as_bytes(), privacy, no_more_rules).unwrap_err();
            let of_value = decode_value::<Profile>(body.clone(), privacy, no_more_rules).unwrap_err();
            assert_eq!(of_text, of_value);
            let longest = of_text.iter().map(|fault| fault.pointer.len()).max().unwrap();
            assert!(longest < 2000, "{longest}");
            assert!(of_text.len() <= 1000);
        }
    }
}
