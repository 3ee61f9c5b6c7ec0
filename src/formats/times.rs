//! Days and moments in the one form that RFC 3339 gives them, which is the form of JSON Schema's `date` and `date-time`.
//!
//! `chrono` itself reads more: spaces, signs, months of one digit.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// Reads a day such as `2026-11-22`, or null; for `deserialize_with`.
pub fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    Ok(Option::<Day>::deserialize(deserializer)?.map(|Day(day)| day))
}

/// Reads a moment such as `2026-11-22T10:00:00Z`; for `deserialize_with`.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    deserializer.deserialize_str(Form { name: "a time such as 2026-11-22T10:00:00Z", read: moment_of })
}

/// Reads such a moment, or null; for `deserialize_with`.
pub fn moment_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(Option::<Moment>::deserialize(deserializer)?.map(|Moment(moment)| moment))
}

struct Moment(DateTime<Utc>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        moment(deserializer).map(Self)
    }
}

struct Day(NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Form { name: "a date such as 2026-11-22", read: day_of }).map(Self)
    }
}

/// A text of one form.
struct Form<T> {
    name: &'static str,
    read: fn(&[u8]) -> Option<T>,
}

impl<T> Visitor<'_> for Form<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text.as_bytes()).ok_or_else(|| E::custom("not of the form"))
    }
}

fn day_of(text: &[u8]) -> Option<NaiveDate> {
    let [year @ .., b'-', m, n, b'-', d, e] = text else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(digits(year)?).ok()?, digits(&[*m, *n])?, digits(&[*d, *e])?)
}

fn moment_of(text: &[u8]) -> Option<DateTime<Utc>> {
    let (day, time) = text.split_at_checked(10)?;
    let [b'T' | b't', h, i, b':', m, n, b':', s, t, rest @ ..] = time else { return None };
    let (hour, minute, second) = (digits(&[*h, *i])?, digits(&[*m, *n])?, digits(&[*s, *t])?);
    let (nanosecond, zone) = fraction(rest)?;
    // `chrono` has a leap second as nanoseconds above a second.
    let is_leap = second == 60;
    let (second, above) = if is_leap { (59, 1_000_000_000) } else { (second, 0) };
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond + above)?;
    let moment = day_of(day)?.and_time(time).checked_sub_offset(offset(zone)?)?.and_utc();
    // Leap seconds end a day of UTC.
    let is_possible = !is_leap || moment.time() >= NaiveTime::from_hms_opt(23, 59, 59)?;
    is_possible.then_some(moment)
}

/// The nanoseconds, further digits cut off, and what follows them.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = text.split_at_checked(length).filter(|(fraction, _)| !fraction.is_empty())?;
    let places = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    Some((places.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), rest))
}

fn offset(zone: &[u8]) -> Option<FixedOffset> {
    let (sign, h, i, m, n) = match zone {
        b"Z" | b"z" => return FixedOffset::east_opt(0),
        [b'+', h, i, b':', m, n] => (1, h, i, m, n),
        [b'-', h, i, b':', m, n] => (-1, h, i, m, n),
        _ => return None,
    };
    let (hours, minutes) = (digits(&[*h, *i])?, digits(&[*m, *n])?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok().filter(|_| hours < 24 && minutes < 60)?;
    FixedOffset::east_opt(sign * seconds)
}

/// The number that up to nine digits are.
fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use jsonschema::Validator;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn schema(format: &str) -> Validator {
        jsonschema::options().should_validate_formats(true).build(&json!({"format": format})).unwrap()
    }

    /// Whether the reader takes what both the schema and `chrono` take, and reads the same.
    fn agree<T>(format: &str, read: fn(&[u8]) -> Option<T>, text: &str)
    where
        T: for<'de> Deserialize<'de> + PartialEq + fmt::Debug,
    {
        let value = Value::from(text);
        let expected = schema(format).is_valid(&value).then(|| serde_json::from_value(value).ok()).flatten();
        assert_eq!(read(text.as_bytes()), expected, "{text:?}");
    }

    #[test]
    fn days_are_those_of_the_schema() {
        for text in [
            "2026-11-22",
            "2024-02-29",
            "2023-02-29",
            "2026-1-22",
            " 2026-11-22",
            "2026-11-22 ",
            "+2026-11-22",
            "-2026-11-22",
            "12026-11-22",
            "0000-01-01",
            "0000-00-01",
            "2026-11-31",
            "2026-13-01",
            "20261122",
            "",
            "2026-11-2\u{662}",
            "2026-11-22T00:00:00Z",
            "２026-11-22",
        ] {
            agree("date", day_of, text);
        }
        assert!(day_of(b"2024-02-29").is_some());
    }

    #[test]
    fn moments_are_those_of_the_schema() {
        for text in [
            "2026-11-22T10:00:00Z",
            "2026-11-22t10:00:00z",
            "2026-11-22 10:00:00Z",
            "2026-11-22T10:00:00",
            "2026-11-22T10:00Z",
            "2026-11-22T10:00:00.Z",
            "2026-11-22T10:00:00.1Z",
            "2026-11-22T10:00:00,1Z",
            "2026-11-22T10:00:00.1234567891234Z",
            "2026-11-22T10:00:00+02:00",
            "2026-11-22T10:00:00-23:59",
            "2026-11-22T10:00:00+24:00",
            "2026-11-22T10:00:00+01:60",
            "2026-11-22T10:00:00+0200",
            "2026-11-22T10:00:00+02",
            "2026-11-22T10:00:00 Z",
            "2026-11-22T10:00:00ZZ",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:60:00Z",
            "2026-11-22T10:00:61Z",
            "2026-12-31T23:59:60Z",
            "2026-12-31T23:59:60.5Z",
            "2026-12-31T22:59:60Z",
            "2026-12-31T18:59:60-05:00",
            "2027-01-01T04:29:60+04:30",
            "2026-12-31T23:59:60+01:00",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "2026-11-22T10:00:00\u{2212}02:00",
            "2026-11-22T1\u{661}:00:00Z",
            "2026-11-22T",
            "2026-11-22",
            "",
        ] {
            agree("date-time", moment_of, text);
        }
        assert!(moment_of(b"2027-01-01T04:29:60+04:30").is_some());
    }

    proptest! {
        #[test]
        fn near_moments_agree(text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,12})?(Z|z|[+-][0-2][0-9]:[0-6][0-9])?") {
            agree("date-time", moment_of, &text);
            agree("date", day_of, &text[..10]);
        }

        #[test]
        fn leap_seconds_agree(hour in 0..24, minute in 0..60, sign in "[+-]") {
            for (h, m) in [(23, 59), (hour, 59), (hour, minute)] {
                agree("date-time", moment_of, &format!("2016-12-31T{h:02}:{m:02}:60{sign}{hour:02}:{minute:02}"));
                agree("date-time", moment_of, &format!("2016-12-31T{h:02}:{m:02}:60.25{sign}00:00"));
            }
        }
    }
}
