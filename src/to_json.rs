//! JSON written straight to its bytes, for the answers that are asked for most: a match is found in less time than a
//! general serializer takes to write it down.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::NaiveDate;
use serde::Serialize;

/// What is written as JSON (RFC 8259) without asking a serializer for each of its parts.
pub trait ToJson {
    /// Adds the value to what is written.
    fn to_json(&self, out: &mut Vec<u8>);
}

/// Writes a value as serde has it.
pub fn by_serde<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let begin = out.len();
    // Bytes take everything, and what comes here has no maps but those with texts for keys.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(begin);
        out.extend_from_slice(b"null");
    }
}

/// Writes the fields of structures under their names, in this order; those behind the semicolon only where they are stated.
macro_rules! to_json {
    ($([$($generics:tt)*] $name:ty { $($field:ident),* $(; $($stated:ident),+)? })+) => {$(
        impl<$($generics)*> $crate::to_json::ToJson for $name {
            fn to_json(&self, out: &mut Vec<u8>) {
                let Self { $($field,)* $($($stated,)+)? } = self;
                let begin = out.len();
                $($crate::to_json::field(concat!(",\"", stringify!($field), "\":"), $field, out);)*
                $($(if let Some(value) = $stated {
                    $crate::to_json::field(concat!(",\"", stringify!($stated), "\":"), value, out);
                })+)?
                $crate::to_json::enclose(begin, out);
            }
        }
    )+};
}

/// What serde writes well: numbers, dates, and types that are words.
macro_rules! to_json_by_serde {
    ($($name:ty),+) => {$(
        impl $crate::to_json::ToJson for $name {
            fn to_json(&self, out: &mut Vec<u8>) {
                $crate::to_json::by_serde(self, out);
            }
        }
    )+};
}

pub(crate) use {to_json, to_json_by_serde};

/// Adds a value behind a comma and a name.
pub(crate) fn field(name: &str, value: &(impl ToJson + ?Sized), out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    value.to_json(out);
}

/// Makes an object of the fields that were added since: the first comma begins it.
pub(crate) fn enclose(begin: usize, out: &mut Vec<u8>) {
    match out.get_mut(begin) {
        Some(first) => *first = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

to_json_by_serde!(bool, f64, i32, i64, u16, u32, u64, NaiveDate);

impl ToJson for str {
    fn to_json(&self, out: &mut Vec<u8>) {
        // All bytes are looked at, so that many of them can be at once.
        let needs_escape = |byte: &u8| *byte < b' ' || matches!(*byte, b'"' | b'\\');
        if self.as_bytes().iter().fold(false, |any, byte| any | needs_escape(byte)) {
            return by_serde(self, out);
        }
        out.reserve(self.len() + 2);
        out.push(b'"');
        out.extend_from_slice(self.as_bytes());
        out.push(b'"');
    }
}

impl ToJson for String {
    fn to_json(&self, out: &mut Vec<u8>) {
        self.as_str().to_json(out);
    }
}

impl ToJson for Cow<'_, str> {
    fn to_json(&self, out: &mut Vec<u8>) {
        (**self).to_json(out);
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn to_json(&self, out: &mut Vec<u8>) {
        (**self).to_json(out);
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.to_json(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: ToJson> ToJson for [T] {
    fn to_json(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (at, value) in self.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            value.to_json(out);
        }
        out.push(b']');
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        self.as_slice().to_json(out);
    }
}

/// Keys are words.
impl<K: ToJson, V: ToJson> ToJson for BTreeMap<K, V> {
    fn to_json(&self, out: &mut Vec<u8>) {
        let begin = out.len();
        for (key, value) in self {
            out.push(b',');
            key.to_json(out);
            out.push(b':');
            value.to_json(out);
        }
        enclose(begin, out);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Serialize)]
    struct Stated {
        text: String,
        list: Vec<Option<f64>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
    }

    to_json! {
        [] Stated { text, list; count }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_serde_writes(
            text in any::<String>(),
            list in prop::collection::vec(any::<Option<f64>>(), 0..4),
            count in any::<Option<u64>>(),
            map in prop::collection::btree_map("[a-z\"]{0,4}", any::<bool>(), 0..4),
        ) {
            let stated = Stated { text, list, count };
            let mut out = b"before ".to_vec();
            stated.to_json(&mut out);
            map.to_json(&mut out);
            let expected = [serde_json::to_vec(&stated).unwrap(), serde_json::to_vec(&map).unwrap()].concat();
            prop_assert_eq!(out, [b"before ".as_slice(), &expected].concat());
        }
    }
}
