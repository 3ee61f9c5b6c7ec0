//! Serde, as strict as a JSON Schema: the short way for input that is right.
//!
//! What derived types read from JSON is wider than their schemas: a list for a structure, an object for a choice,
//! repeated and unknown names in parts that are skipped. The reader here refuses all that, and refuses also what it
//! cannot judge: types that look at the input before they know what they read (tagged and flattened ones), but for
//! those that ask to by name (`formats::open`), maps and tuples. *Invariant*: what it takes, and the type's rules take, the schema takes, with the same value. A refusal says
//! nothing about the input: the schema judges it then.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
        Visitor,
        value::{CowStrDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use super::parse::{has_control_character, is_clean};
use crate::formats::open;

/// The names of fields of the root whose values are skipped; no more than the bits of [`Fields::skipped`].
pub const MAX_SKIPPED: usize = 32;

/// The value that the JSON text is, if that is plain to see. The fields of the root that `skip` names, at most
/// [`MAX_SKIPPED`], are left out.
pub fn read_text<T: DeserializeOwned>(text: &[u8], skip: &[String]) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(text).ok()?);
    let value = T::deserialize(Strict { inner: &mut deserializer, skip }).ok()?;
    deserializer.end().ok().map(|()| value)
}

/// The same for a value that is JSON already.
pub fn read_value<T: DeserializeOwned>(value: &Value, skip: &[String]) -> Option<T> {
    T::deserialize(Strict { inner: value, skip }).ok()
}

struct Strict<'s, D> {
    inner: D,
    skip: &'s [String],
}

impl<D> Strict<'_, D> {
    /// Of a part below the root.
    const fn part(inner: D) -> Self {
        Self { inner, skip: &[] }
    }
}

fn refuse<T, E: Error>() -> Result<T, E> {
    Err(E::custom("not plain"))
}

/// For what JSON writes in one way.
macro_rules! forward {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )+};
}

/// For what has to be judged by the schema.
macro_rules! refuse {
    ($($method:ident($($argument:ty),*))+) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, D::Error> {
            refuse()
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<'_, D> {
    type Error = D::Error;

    forward! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    refuse! {
        deserialize_any() deserialize_ignored_any() deserialize_identifier() deserialize_map() deserialize_unit()
        deserialize_unit_struct(&'static str) deserialize_tuple(usize)
        deserialize_tuple_struct(&'static str, usize) deserialize_char() deserialize_bytes()
        deserialize_byte_buf() deserialize_i128() deserialize_u128()
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(Text(visitor))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_string(Text(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(Perhaps(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        match name {
            open::NAME => visitor.visit_newtype_struct(AnyForm(self.inner)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_seq(List(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Structure { visitor, skip: self.skip })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(Choice(visitor))
    }
}

/// For types that take input of any form, and are as strict with it as their schemas.
struct AnyForm<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AnyForm<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Any(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Whatever comes; all parts of it are looked at as those of other types are.
struct Any<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Any<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.0.visit_bool(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.0.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.0.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        // The schema's way makes an integer of it where it has to be one.
        if value.fract() == 0.0 { refuse() } else { self.0.visit_f64(value) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        Text(self.0).visit_str(text)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        Text(self.0).visit_borrowed_str(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        List(self.0).visit_seq(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        Structure { visitor: self.0, skip: &[] }.visit_map(entries)
    }
}

/// A text without control characters.
struct Text<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Text<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        if has_control_character(text) { refuse() } else { self.0.visit_str(text) }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        if has_control_character(text) { refuse() } else { self.0.visit_borrowed_str(text) }
    }
}

/// A choice, written as the text that names it.
struct Choice<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Choice<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        let name: StrDeserializer<'_, E> = name.into_deserializer();
        self.0.visit_enum(name)
    }
}

struct Perhaps<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Perhaps<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict::part(deserializer))
    }
}

struct List<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for List<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Elements(elements))
    }
}

struct Elements<A>(A);

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Part(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// A structure, written as an object.
struct Structure<'s, V> {
    visitor: V,
    skip: &'s [String],
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Structure<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Fields { entries, skip: self.skip, skipped: 0 })
    }
}

struct Fields<'s, A> {
    entries: A,
    skip: &'s [String],
    /// Which of `skip` were met, one bit each.
    skipped: u32,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        // The structure itself refuses names that it does not know or has met before.
        while let Some(Name(name)) = self.entries.next_key::<Name<'de>>()? {
            let Some(at) = self.skip.iter().position(|skipped| *skipped == name) else {
                if has_control_character(&name) {
                    return refuse();
                }
                let name: CowStrDeserializer<'de, A::Error> = name.into_deserializer();
                return seed.deserialize(name).map(Some);
            };
            let bit = 1 << at;
            if self.skipped & bit != 0 {
                return refuse();
            }
            self.skipped |= bit;
            self.entries.next_value_seed(Skipped)?;
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.entries.next_value_seed(Part(seed))
    }
}

struct Part<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Part<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict::part(deserializer))
    }
}

/// A value that is not kept, and still must not hold what no value may.
struct Skipped;

impl<'de> DeserializeSeed<'de> for Skipped {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if is_clean(deserializer)? { Ok(()) } else { refuse() }
    }
}

/// The name of a field; without escapes, as almost all are, it is not copied.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Found;

        impl<'de> Visitor<'de> for Found {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
        }

        deserializer.deserialize_str(Found)
    }
}

#[cfg(test)]
mod tests;
