//! Reads JSON text into a value and finds what a plain reader overlooks: duplicate keys and control characters.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, map::Entry};

use super::pointer;
use crate::{fault::Fault, web::code::Code};

/// More than this many faults help nobody, and would let a small body ask for a large answer.
pub const MAX_FAULTS: usize = 1000;

/// The value of one JSON text (RFC 8259), with its duplicate keys and control characters; or why it is none.
pub fn parse(text: &[u8]) -> Result<(Value, Vec<Fault>), Fault> {
    let mut faults = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Read { at: Place::Root, faults: &mut faults }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| malformed(&error))?;
    Ok((value, faults))
}

/// Reads any value away; whether it has neither duplicate keys nor control characters.
pub(super) fn is_clean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let mut faults = Vec::new();
    Read { at: Place::Root, faults: &mut faults }.deserialize(deserializer)?;
    Ok(faults.is_empty())
}

/// The control characters in a value that was not read by [`parse`].
pub fn control_characters(value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    visit(value, Place::Root, &mut faults);
    faults
}

fn visit(value: &Value, at: Place<'_>, faults: &mut Vec<Fault>) {
    match value {
        Value::String(text) => at.string(text, faults),
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                visit(value, Place::Element(&at, index), faults);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                at.key(key, faults);
                visit(value, Place::Field(&at, key), faults);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Tab, line feed and carriage return belong to text; every other control character (Unicode category Cc) does not:
/// databases refuse some of them, and terminals and logs obey others.
#[must_use]
pub fn has_control_character(text: &str) -> bool {
    // In UTF-8 the upper ones, U+0080 to U+009F, begin with C2; almost no text has a byte that asks for the closer look.
    let is_suspect = |byte: u8| byte < 0x20 || byte == 0x7f || byte == 0xc2;
    text.bytes().fold(false, |any, byte| any | is_suspect(byte)) && text.chars().any(is_control_character)
}

pub(super) fn is_control_character(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
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

/// Where the reader is. Written as a pointer only where there is a fault.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Element(&'a Self, usize),
    Field(&'a Self, &'a str),
}

impl Place<'_> {
    /// As it is told. Each fault has its own, so that it must not follow the size of the input.
    fn pointer(&self) -> String {
        let (mut pointer, token) = match self {
            Self::Root => return String::new(),
            Self::Element(parent, index) => (parent.pointer(), &*index.to_string()),
            Self::Field(parent, key) => (parent.pointer(), *key),
        };
        pointer::push_told(&mut pointer, token);
        pointer
    }

    fn fault(&self, code: Code, detail: &'static str, faults: &mut Vec<Fault>) {
        if faults.len() < MAX_FAULTS {
            faults.push(Fault::new(self.pointer(), code.as_str(), detail));
        }
    }

    fn string(&self, text: &str, faults: &mut Vec<Fault>) {
        if has_control_character(text) {
            self.fault(Code::ControlCharacter, "The text has a control character.", faults);
        }
    }

    fn key(&self, key: &str, faults: &mut Vec<Fault>) {
        if has_control_character(key) {
            self.fault(Code::ControlCharacter, "The name of a field has a control character.", faults);
        }
    }
}

struct Read<'a> {
    at: Place<'a>,
    faults: &'a mut Vec<Fault>,
}

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
        self.at.string(text, self.faults);
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        self.at.string(&text, self.faults);
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let Self { at, faults } = self;
        let mut array = Vec::new();
        while let Some(value) =
            elements.next_element_seed(Read { at: Place::Element(&at, array.len()), faults })?
        {
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let Self { at, faults } = self;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            at.key(&key, faults);
            match object.entry(key) {
                Entry::Vacant(entry) => {
                    let value =
                        entries.next_value_seed(Read { at: Place::Field(&at, entry.key()), faults })?;
                    entry.insert(value);
                }
                Entry::Occupied(mut entry) => {
                    let here = Place::Field(&at, entry.key());
                    here.fault(Code::DuplicateKey, "The object has this key more than once.", faults);
                    let value = entries.next_value_seed(Read { at: here, faults })?;
                    entry.insert(value);
                }
            }
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
