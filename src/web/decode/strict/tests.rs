use std::collections::BTreeMap;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Technique,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Place {
    Region { code: String },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Open {
    code: Option<String>,
    role: Option<Role>,
    since: Option<u16>,
    share: Option<f64>,
    inner: Option<Box<Open>>,
    list: Option<Vec<Role>>,
    place: Option<Place>,
    map: Option<BTreeMap<String, u8>>,
    pair: Option<(u8, u8)>,
}

fn read(text: &str) -> Option<Open> {
    let skip = ["id".to_owned(), "stale".to_owned()];
    let read = read_text(text.as_bytes(), &skip);
    // A value has no repeated names; all else is the same.
    if let Ok(value) = serde_json::from_str::<Value>(text)
        && value.to_string().len() == text.len()
    {
        assert_eq!(read_value(&value, &skip), read, "{text}");
    }
    read
}

#[test]
fn takes_what_is_plain() {
    let open =
        read(r#"{"code":"a\u0062","inner":{"code":null},"list":["technique"],"share":5,"since":2012}"#);
    let open = open.unwrap();
    assert_eq!((open.code.as_deref(), open.since, open.share), (Some("ab"), Some(2012), Some(5.0)));
    assert_eq!((open.inner.unwrap().code, open.list), (None, Some(vec![Role::Technique])));
    assert!(read(r#" { "\u0063ode" : "x\ty" , "id" : [{"a": 1, "b": "\n"}], "stale": 1e5 } "#).is_some());
}

#[test]
fn refuses_what_serde_alone_would_take() {
    for text in [
        r#"[null,null,null,null,null,null,null,null,null]"#,
        r#"{"inner":["x"]}"#,
        r#"{"role":{"technique":null}}"#,
        r#"{"list":[{"technique":null}]}"#,
        r#"{"code":"\u0000"}"#,
        r#"{"code":"\u0085"}"#,
        r#"{"other":1}"#,
        r#"{"inner":{"id":1}}"#,
        r#"{"id":1,"id":1}"#,
        r#"{"id":{"a":1,"a":2}}"#,
        r#"{"id":"\u0000"}"#,
        r#"{"id":{"\u0000":1}}"#,
        r#"{"place":{"code":"US-CA","kind":"region"}}"#,
        r#"{"map":{"a":1}}"#,
        r#"{"pair":[1,2]}"#,
    ] {
        assert!(read(text).is_none(), "{text}");
    }
}

#[test]
fn refuses_what_serde_refuses() {
    for text in [
        "",
        "null",
        "{} {}",
        r#"{"since":3.0}"#,
        r#"{"since":"3"}"#,
        r#"{"since":-0}"#,
        r#"{"since":65536}"#,
        r#"{"share":"1"}"#,
        r#"{"share":1e999}"#,
        r#"{"code":1}"#,
        r#"{"code":"a","code":"a"}"#,
        r#"{"role":"other"}"#,
        r#"{"code":"\ud800"}"#,
    ] {
        assert!(read(text).is_none(), "{text}");
    }
    assert!(read_text::<Open>(b"{\"code\":\"\xff\"}", &[]).is_none());
    let deep = format!("{}{}", r#"{"inner":"#.repeat(200), "}".repeat(200));
    assert!(read(&deep).is_none());
}
