//! Reads JSON text into a value and finds what a plain reader overlooks: duplicate keys and control characters.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::pointer;
use crate::{fault::Fault, web::code::Code};

/// More than this many faults help nobody, and would let a small body ask for a large answer.
pub const MAX_FAULTS: usize = 1000;

/// The value of one JSON text (RFC 8259), with its duplicate keys and control characters; or why it is none.
pub fn parse(text: &[u8]) -> Result<(Value, Vec<Fault>), Fault> {
    let mut walk = Walk::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Read(&mut walk)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| malformed(&error))?;
    Ok((value, walk.faults))
}

/// The control characters in a value that was not read by [`parse`].
pub fn control_characters(value: &Value) -> Vec<Fault> {
    let mut walk = Walk::default();
    walk.visit(value);
    walk.faults
}

/// Tab, line feed and carriage return belong to text; every other control character (Unicode category Cc) does not:
/// databases refuse some of them, and terminals and logs obey others.
fn has_control_character(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

fn malformed(error: &serde_json::Error) -> Fault {
    // The messages of serde_json's own syntax errors are fixed texts: they repeat nothing of the input.
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or_default();
    Fault::new(
        "",
        Code::MalformedJson.as_str(),
        format!("The JSON text is malformed at line {}, column {}: {what}.", error.line(), error.column()),
    )
}

/// Where the reader is, and what it found.
#[derive(Default)]
struct Walk {
    pointer: String,
    faults: Vec<Fault>,
}

impl Walk {
    fn fault(&mut self, code: Code, detail: &'static str) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::new(self.pointer.as_str(), code.as_str(), detail));
        }
    }

    fn text(&mut self, text: &str, detail: &'static str) {
        if has_control_character(text) {
            self.fault(Code::ControlCharacter, detail);
        }
    }

    fn string(&mut self, text: &str) {
        self.text(text, "The text has a control character.");
    }

    fn key(&mut self, key: &str) {
        self.text(key, "The name of a field has a control character.");
    }

    /// Does something one level below.
    fn within<T>(&mut self, token: &str, f: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        pointer::push(&mut self.pointer, token);
        let result = f(self);
        self.pointer.truncate(length);
        result
    }

    fn visit(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.string(text),
            Value::Array(array) => {
                for (index, value) in array.iter().enumerate() {
                    self.within(&index.to_string(), |walk| walk.visit(value));
                }
            }
            Value::Object(object) => {
                for (key, value) in object {
                    self.key(key);
                    self.within(key, |walk| walk.visit(value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

struct Read<'a>(&'a mut Walk);

impl<'de> DeserializeSeed<'de> for Read<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Read<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        self.0.string(text);
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        self.0.string(&text);
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(value) =
            self.0.within(&array.len().to_string(), |walk| elements.next_element_seed(Read(walk)))?
        {
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.key(&key);
            let value = self.0.within(&key, |walk| {
                if object.contains_key(&key) {
                    walk.fault(Code::DuplicateKey, "The object has this key more than once.");
                }
                entries.next_value_seed(Read(walk))
            })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        Err(E::custom("unexpected end"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(String, &'static str)> {
        let (_, faults) = parse(text.as_bytes()).unwrap();
        faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn finds_duplicate_keys_and_control_characters_where_they_are() {
        assert_eq!(codes(r#"{"a": [{"b": 1, "b": 2}]}"#), [("/a/0/b".to_owned(), "duplicate_key")]);
        assert_eq!(codes(r#"{"a": "x\u0000"}"#), [("/a".to_owned(), "control_character")]);
        assert_eq!(codes("{\"a\": \"\u{85}\", \"b\u{7f}\": 1}").len(), 2);
        assert_eq!(codes(r#"{"a": "line\n\ttab\r"}"#), []);
    }

    #[test]
    fn says_where_the_text_breaks_and_repeats_nothing() {
        for text in ["", "{", "[1,]", "{\"secret\": tru}", "\"secret", "1 secret", "1e999", "\"\\ud800\""] {
            let fault = parse(text.as_bytes()).unwrap_err();
            assert_eq!(fault.code, "malformed_json");
            assert!(fault.detail.contains("line 1"), "{}", fault.detail);
            assert!(!fault.detail.contains("secret"), "{}", fault.detail);
        }
        let deep = "[".repeat(200);
        assert!(parse(deep.as_bytes()).unwrap_err().detail.contains("recursion limit"));
    }
}
