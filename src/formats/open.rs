//! JSON whose form its type does not say: values of any kind, and objects whose members may have any name.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, StringDeserializer},
    },
};
use serde_json::{Map, Number, Value, map::Entry};

/// The name by which a type asks a reader to be shown input of any form (`deserialize_newtype_struct`, and then
/// `deserialize_any`). Who asks by it is as strict as its schema without help: a strict reader hands it only what it has
/// looked at, where it refuses others who look before they know what they read.
pub const NAME: &str = "tailor::formats::open";

/// A value of any form. An object that has a name twice is none.
#[derive(Debug)]
pub struct Open(pub Value);

impl<'de> Deserialize<'de> for Open {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, AnyForm).map(Self)
    }
}

struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
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

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Open(value)) = elements.next_element()? {
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            match object.entry(name) {
                Entry::Vacant(entry) => entry.insert(entries.next_value::<Open>()?.0),
                Entry::Occupied(_) => return Err(A::Error::custom("a name stands twice")),
            };
        }
        Ok(Value::Object(object))
    }
}

/// Reads an object into the structure `T`, which has the members of these names, and all others beside it, none of them
/// twice.
pub fn members<'de, T, D>(
    deserializer: D,
    known: &'static [&'static str],
) -> Result<(T, BTreeMap<String, Value>), D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_struct("", known, Members { known, structure: PhantomData })
}

struct Members<T> {
    known: &'static [&'static str],
    structure: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = (T, BTreeMap<String, Value>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        let mut others = BTreeMap::new();
        let known = Known { entries, known: self.known, others: &mut others };
        let structure = T::deserialize(MapAccessDeserializer::new(known))?;
        Ok((structure, others))
    }
}

/// Shows a structure only the members that it has.
struct Known<'o, A> {
    entries: A,
    known: &'static [&'static str],
    others: &'o mut BTreeMap<String, Value>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Known<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        while let Some(name) = self.entries.next_key::<String>()? {
            if self.known.contains(&name.as_str()) {
                let name: StringDeserializer<A::Error> = name.into_deserializer();
                return seed.deserialize(name).map(Some);
            }
            let Open(value) = self.entries.next_value()?;
            if self.others.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.entries.next_value_seed(seed)
    }
}

/// Reads a text, or an object of the structure `O`.
pub fn text_or<'de, O, T, D>(
    deserializer: D,
    text: fn(String) -> T,
    object: fn(O) -> T,
) -> Result<T, D::Error>
where
    O: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_newtype_struct(NAME, TextOr { text, object })
}

struct TextOr<O, T> {
    text: fn(String) -> T,
    object: fn(O) -> T,
}

impl<'de, O: Deserialize<'de>, T> Visitor<'de> for TextOr<O, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or an object")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok((self.text)(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        O::deserialize(MapAccessDeserializer::new(entries)).map(self.object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Known {
        name: Option<String>,
    }

    struct Whole(Known, BTreeMap<String, Value>);

    impl<'de> Deserialize<'de> for Whole {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            members(deserializer, &["name"]).map(|(known, others)| Self(known, others))
        }
    }

    #[test]
    fn members_that_are_not_known_are_kept_as_they_are() {
        let others =
            json!({"a": [1, -1, 0.5, true, null, {"b": "c"}], "z": {}, "zz": 18_446_744_073_709_551_615_u64});
        let mut all = others.clone();
        all["name"] = json!("Maya");
        for Whole(known, rest) in
            [serde_json::from_value(all.clone()).unwrap(), serde_json::from_str(&all.to_string()).unwrap()]
        {
            assert_eq!(known, Known { name: Some("Maya".to_owned()) });
            assert_eq!(json!(rest), others);
        }
    }

    #[test]
    fn no_name_stands_twice() {
        for text in
            [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"b":1}]}"#, r#"{"name":null,"name":null}"#, "[null]", "1"]
        {
            assert!(serde_json::from_str::<Whole>(text).is_err(), "{text}");
        }
    }
}
