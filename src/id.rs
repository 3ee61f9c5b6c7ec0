//! Identifiers of everything the server stores: UUID version 7 (RFC 9562), so that ids sort by creation.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// The id of a stored thing: a UUID version 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Uuid, example = "01936f5e-8a00-7000-8000-000000000001")]
pub struct Id(Uuid);

impl Id {
    /// A new id whose leading 48 bits are `now` in milliseconds and whose rest is random.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let mut random = [0u8; 10];
        // A failing random source would only make ids predictable, never equal to an existing key: inserts would refuse it.
        let _ = getrandom::fill(&mut random);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The sixteen bytes of the id, most significant first.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id with these sixteen bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

/// With hyphens, as the schema has it, and in no other form.
impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hyphenated;

        impl Visitor<'_> for Hyphenated {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a UUID with hyphens")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                // Of the forms that a UUID is written in, only this one has this length.
                let is_hyphenated = text.len() == uuid::fmt::Hyphenated::LENGTH;
                let id = text.parse().ok().filter(|_| is_hyphenated);
                id.ok_or_else(|| E::custom("not a UUID with hyphens"))
            }
        }

        deserializer.deserialize_str(Hyphenated)
    }
}

impl From<Uuid> for Id {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<Id> for Uuid {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
