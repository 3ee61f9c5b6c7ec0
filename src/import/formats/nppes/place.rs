//! Where a provider practises: states, postal codes and telephone numbers as the registry writes them.

use serde_json::{Map, Value};

use super::{
    header::{Field, Record},
    names,
};
use crate::formats;

/// States in association with the US: the registry has them among its states, ISO 3166 among the countries.
const ASSOCIATED: [&str; 3] = ["FM", "MH", "PW"];
/// Territories that ISO 3166 has both among the countries and among the subdivisions of the US, as the registry's states.
const TERRITORIES: [&str; 6] = ["AS", "GU", "MP", "PR", "UM", "VI"];

/// The ISO 3166 code of one of the registry's states, by its postal code or its name; `None` for what is no place of
/// jurisdiction, such as `ZZ` and the military's `AE`.
#[must_use]
pub fn state(text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    if ASSOCIATED.contains(&text.as_str()) {
        return Some(text);
    }
    let code = format!("US-{text}");
    if formats::subdivision(&code).is_ok() {
        return Some(code);
    }
    let us = rust_iso3166::from_alpha2("US")?;
    let named = us.subdivisions()?.iter().find(|state| state.name.eq_ignore_ascii_case(&text))?;
    Some(named.code.to_owned())
}

/// The practice location, where the record says anything of it, and a state that could not be placed.
#[must_use]
pub fn location(record: Record<'_>) -> (Option<Value>, Option<&str>) {
    let state = record.text(Field::State);
    let others = [Field::Line1, Field::Line2, Field::City, Field::PostalCode];
    if state.is_none() && others.iter().all(|field| record.text(*field).is_none()) {
        return (None, None);
    }
    let (country, region) = country_and_region(country(record), state);
    let is_placed = region.is_some() || ASSOCIATED.contains(&country.as_str());
    (Some(value(record, country, region)), state.filter(|_| !is_placed))
}

/// The country as ISO 3166 has it, and the code of the state where it is a subdivision of that country.
fn country_and_region(country: String, written: Option<&str>) -> (String, Option<String>) {
    if TERRITORIES.contains(&country.as_str()) {
        return ("US".to_owned(), Some(format!("US-{country}")));
    }
    if country == "US" {
        return match written.and_then(state) {
            Some(code) if ASSOCIATED.contains(&code.as_str()) => (code, None),
            region => (country, region),
        };
    }
    let code = written.map(|state| format!("{country}-{}", state.to_ascii_uppercase()));
    let region = code.filter(|code| formats::subdivision(code).is_ok());
    (country, region)
}

fn value(record: Record<'_>, country: String, region: Option<String>) -> Value {
    let postal_code = record.text(Field::PostalCode).map(|code| match country.as_str() {
        "US" => zip_code(code),
        _ => code.to_owned(),
    });
    let parts = [
        ("line1", record.text(Field::Line1).map(str::to_owned)),
        ("line2", record.text(Field::Line2).map(str::to_owned)),
        ("city", record.text(Field::City).map(names::plain)),
        ("region", region),
        ("postal_code", postal_code),
        ("country", Some(country)),
    ];
    let stated = parts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
    Value::Object(stated.collect::<Map<_, _>>())
}

/// The country; the registry names it outside of the US only.
fn country(record: Record<'_>) -> String {
    record.text(Field::Country).map_or_else(|| "US".to_owned(), str::to_ascii_uppercase)
}

/// Nine digits as people write them; without the last four where they say nothing.
fn zip_code(code: &str) -> String {
    match code.split_at_checked(5) {
        Some((zip, "0000")) if is_digits(zip) => zip.to_owned(),
        Some((zip, more)) if more.len() == 4 && is_digits(code) => format!("{zip}-{more}"),
        _ => code.to_owned(),
    }
}

/// The telephone number in E.164 form; `None` for one that is not of the North American plan, or not whole.
#[must_use]
pub fn phone(record: Record<'_>) -> Option<String> {
    let country = country(record);
    if country != "US" && country != "CA" && !TERRITORIES.contains(&country.as_str()) {
        return None;
    }
    let written = record.text(Field::Phone)?;
    let digits: String =
        written.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '+' | '/')).collect();
    let number = match digits.len() {
        11 => digits.strip_prefix('1')?,
        _ => &digits,
    };
    // Neither an area nor an exchange begins with 0 or 1.
    let begins = |at: usize| number.as_bytes().get(at).is_some_and(|digit| *digit >= b'2');
    (number.len() == 10 && is_digits(number) && begins(0) && begins(3)).then(|| format!("+1{number}"))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_jurisdictions() {
        for (written, code) in [
            ("CA", "US-CA"),
            ("dc", "US-DC"),
            ("PR", "US-PR"),
            ("GU", "US-GU"),
            ("VI", "US-VI"),
            ("AS", "US-AS"),
            ("MP", "US-MP"),
            ("MH", "MH"),
            ("California", "US-CA"),
            ("NEW YORK", "US-NY"),
        ] {
            assert_eq!(state(written).as_deref(), Some(code), "{written}");
            assert!(formats::jurisdiction(code).is_ok());
        }
        for none in ["ZZ", "AE", "AP", "AA", "XX", "BAVARIA", "", "C", "CA-1", "Å"] {
            assert_eq!(state(none), None, "{none}");
        }
    }

    #[test]
    fn postal_codes_of_nine_digits_have_a_dash() {
        for (written, read) in [
            ("941051234", "94105-1234"),
            ("94105-1234", "94105-1234"),
            ("94105", "94105"),
            ("941050000", "94105"),
            ("4105", "4105"),
            ("94105é12", "94105é12"),
            ("ABCDEFGHI", "ABCDEFGHI"),
        ] {
            assert_eq!(zip_code(written), read);
        }
    }
}
