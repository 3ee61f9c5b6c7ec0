//! JSON that is nearly right: one thing in it, or a few, is of another type, out of bounds, oddly written or too much.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};

/// How many ways [`retyped`] and [`bent`] have.
const RETYPES: u8 = 6;
const BENDS: u8 = 16;

/// A change of one part.
#[derive(Clone, Debug)]
pub struct Mutation {
    part: Index,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    /// Writes the same in another JSON type.
    Retype(u8),
    /// Writes a text or a number a little differently.
    Bend(u8),
    Remove,
    /// The part again: the next element of its list.
    Repeat,
    Add(&'static str, Value),
}

pub fn mutations(count: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<Mutation>> {
    let change = prop_oneof![
        4 => odd_values().prop_map(Change::Replace),
        4 => (0..RETYPES).prop_map(Change::Retype),
        6 => (0..BENDS).prop_map(Change::Bend),
        1 => Just(Change::Remove),
        1 => Just(Change::Repeat),
        2 => (names(), odd_values()).prop_map(|(name, value)| Change::Add(name, value)),
    ];
    vec((any::<Index>(), change).prop_map(|(part, change)| Mutation { part, change }), count)
}

const ODD_TEXTS: [&str; 59] = [
    "",
    " ",
    "x",
    "cbt",
    " cbt",
    "CBT",
    "ptsd",
    "technique",
    "Technique",
    "published",
    "individual",
    "US",
    "US\n",
    "us",
    "US-CA",
    "US-XX",
    "USA",
    "DE",
    "USD",
    "usd",
    "en",
    "en-US",
    "EN",
    "xx",
    "1234567893",
    "+14155550123",
    "https://example.org",
    "http://",
    "HTTPS://example.org",
    "a@example.org",
    "a@",
    "2026-11-22",
    "2026-1-2",
    "2026-02-30",
    " 2026-11-22",
    "+2026-11-22",
    "2026-11-22T10:00:00Z",
    "2026-11-22 10:00:00Z",
    "2026-11-22t10:00:00.5z",
    "2026-12-31T23:59:60Z",
    "2026-11-22T10:00:60Z",
    "2026-11-22T10:00Z",
    "01936f5e-8a00-7000-8000-000000000001",
    "01936F5E8A0070008000000000000001",
    "{01936f5e-8a00-7000-8000-000000000001}",
    "urn:uuid:01936f5e-8a00-7000-8000-000000000001",
    "0",
    "1",
    "true",
    "null",
    "a\u{0}",
    "a\u{7f}",
    "a\u{85}",
    "a\tb\n",
    "\u{e9}",
    "direct",
    "synthetic",
    "_a",
    "A-1",
];

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "id",
        "source",
        "display_name",
        "stale",
        "revision",
        "provenance",
        "created_at",
        "code",
        "role",
        "since",
        "status",
        "minutes",
        "expires_on",
        "next_opening_on",
        "confirmations",
        "npi",
        "country",
        "seed",
        "limit",
        "exclude_ids",
        "note",
        "fields",
        "other",
        "",
    ])
}

fn odd_values() -> impl Strategy<Value = Value> {
    let numbers = prop::sample::select(vec![
        json!(0),
        json!(-1),
        json!(1),
        json!(3),
        json!(4),
        json!(-3),
        json!(3.0),
        json!(-0.0),
        json!(2.5),
        json!(90),
        json!(90.000_001),
        json!(1920),
        json!(1919),
        json!(2100),
        json!(2101),
        json!(100),
        json!(101),
        json!(1_000_000_000),
        json!(1_000_000_001),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(1e15),
        json!(9_007_199_254_740_991_u64),
        json!(9_007_199_254_740_992_u64),
    ]);
    let texts = prop::sample::select(&ODD_TEXTS[..]);
    let lengths =
        prop::sample::select(vec![2, 3, 20, 21, 40, 41, 64, 65, 100, 101, 128, 129, 200, 201, 500, 501]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        numbers,
        texts.prop_map(Value::from),
        (lengths, prop::sample::select(vec!["x", "\u{e9}"])).prop_map(|(n, c)| Value::from(c.repeat(n))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((names(), inner), 0..3).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

/// The document with one thing changed, for each of its parts and each change that chance rarely brings together.
pub fn sweep(document: Value) -> impl Iterator<Item = Value> {
    let mut places = Vec::new();
    find(&document, &mut Vec::new(), &mut places);
    places.into_iter().flat_map(move |place| {
        let mut document = document.clone();
        let part = at(&mut document, &place).as_str();
        let is_form = part.is_some_and(|text| text.contains(|c: char| c.is_ascii_digit()));
        let texts = ODD_TEXTS.iter().filter(move |_| is_form).map(|text| Change::Replace(Value::from(*text)));
        let changes = (0..RETYPES).map(Change::Retype).chain((0..BENDS).map(Change::Bend)).chain(texts);
        changes.map(move |change| {
            let mut changed = document.clone();
            apply(&mut changed, &place, &change);
            changed
        })
    })
}

/// The document with all the changes, one after the other.
pub fn mutated(mut document: Value, mutations: &[Mutation]) -> Value {
    for Mutation { part, change } in mutations {
        let mut places = Vec::new();
        find(&document, &mut Vec::new(), &mut places);
        let place = &places[part.index(places.len())];
        apply(&mut document, place, change);
    }
    document
}

/// The way to every part: names of fields, or indices as text.
fn find(value: &Value, here: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    places.push(here.clone());
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, part) in parts {
        here.push(name);
        find(part, here, places);
        here.pop();
    }
}

fn at<'v>(document: &'v mut Value, place: &[String]) -> &'v mut Value {
    place.iter().fold(document, |value, name| match value {
        Value::Array(list) => &mut list[name.parse::<usize>().unwrap()],
        other => &mut other[name.as_str()],
    })
}

fn apply(document: &mut Value, place: &[String], change: &Change) {
    match change {
        Change::Replace(value) => at(document, place).clone_from(value),
        Change::Retype(how) => {
            let part = at(document, place);
            *part = retyped(part.take(), *how);
        }
        Change::Bend(how) => {
            let part = at(document, place);
            *part = bent(part.take(), *how);
        }
        Change::Add(name, value) => {
            if let Value::Object(object) = at(document, place) {
                object.insert((*name).to_owned(), value.clone());
            }
        }
        Change::Remove | Change::Repeat => {
            let Some((last, parent)) = place.split_last() else { return };
            match at(document, parent) {
                Value::Object(object) => {
                    object.remove(last);
                }
                Value::Array(list) => {
                    let index = last.parse::<usize>().unwrap();
                    if matches!(change, Change::Remove) {
                        list.remove(index);
                    } else {
                        list.insert(index, list[index].clone());
                    }
                }
                _ => {}
            }
        }
    }
}

fn retyped(value: Value, how: u8) -> Value {
    match (how, value) {
        (0, value) => json!([value]),
        // As serde would take structures and choices.
        (1, Value::Object(object)) => object.into_iter().map(|(_, value)| value).collect(),
        (1, Value::String(text)) => json!({ text: null }),
        (2, Value::String(text)) => json!({ text: {} }),
        (2, Value::Array(list)) => {
            list.into_iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        (3, Value::Number(number)) => Value::from(number.to_string()),
        (3, Value::Bool(yes)) => Value::from(u8::from(yes)),
        (3, Value::String(text)) => text.parse::<i64>().map_or(Value::Null, Value::from),
        (4, Value::Number(number)) => number.as_f64().map_or(Value::Null, Value::from),
        (4, Value::Object(object)) => {
            object.into_iter().map(|(name, value)| json!({ name: value })).collect()
        }
        (4, Value::Array(list)) => list.into_iter().next().unwrap_or_default(),
        (5, _) => Value::Null,
        (_, value) => value,
    }
}

fn bent(value: Value, how: u8) -> Value {
    match value {
        Value::String(text) => Value::from(match how {
            0 => format!("{text} "),
            1 => format!(" {text}"),
            2 => format!("{text}\n"),
            3 => format!("{text}\u{0}"),
            4 => text.to_uppercase(),
            5 => text.to_lowercase(),
            6 => text.repeat(2),
            7 => text.replace("-0", "-"),
            8 => text.replace(['T', 't'], " "),
            9 => text.replace('Z', "+00:00"),
            10 => text.replace('-', ""),
            11 => text.replace("://", ":"),
            12 => text.chars().skip(1).collect(),
            13 => text.replace('-', "\u{2212}"),
            14 => format!("{text}{}", "x".repeat(9_000)),
            _ => format!("{text}\u{85}"),
        }),
        Value::Number(number) => match (how, number.as_i64(), number.as_f64().unwrap_or_default()) {
            (0..4, Some(whole), _) => Value::from(whole.wrapping_neg()),
            (4..8, Some(whole), _) => Value::from(whole.saturating_mul(1_000_000)),
            (8..12, Some(whole), _) => Value::from(whole.saturating_add(1000)),
            (0..4, None, number) => Value::from(-number),
            (4..8, None, number) => Value::from(number * 1e6),
            (.., number) => Value::from(number + 0.5),
        },
        Value::Array(list) => match how {
            0..8 => list.iter().chain(&list).cloned().collect(),
            _ => (0..70).filter_map(|at| list.get(at % list.len().max(1)).cloned()).collect(),
        },
        other => other,
    }
}
