//! One provider of the registry as a row of JSON.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{
    header::{Field, Group, Record},
    names, place,
};
use crate::{
    import::model::UnmappedTerm,
    vocabulary::{Gender, LicenseStatus, Profession, Status},
};

/// Longest credential of a profile, in characters.
const MAX_CREDENTIAL: usize = 40;
/// More credentials than this a profile does not take.
const MAX_CREDENTIALS: usize = 20;
/// Longest part of a term that is reported, in characters.
const MAX_TERM: usize = 200;

/// The provider as a row, and what of it could not be placed. `groups` are the taxonomies that the directory lists.
#[must_use]
pub fn row(record: Record<'_>, profession: Profession, groups: &[Group]) -> (Value, Vec<UnmappedTerm>) {
    let mut terms = Vec::new();
    let (location, unplaced) = place::location(record);
    terms.extend(unplaced.map(|state| term("location_states", state)));
    let parts = [
        ("external_id", record.text(Field::Npi).map(Value::from)),
        ("npi", record.text(Field::Npi).map(Value::from)),
        // The registry knows neither a language nor a session format, without which nobody is published.
        ("status", Some(Value::from(Status::Draft.code()))),
        ("name", Some(name(record))),
        ("credentials", list(credentials(record, &mut terms))),
        ("gender", gender(record).map(|gender| Value::from(gender.code()))),
        ("profession", Some(Value::from(profession.code()))),
        ("phone", place::phone(record).map(Value::from)),
        ("licenses", list(licenses(record, groups, &mut terms))),
        ("locations", list(location.into_iter().collect())),
    ];
    (object(parts), terms)
}

/// A term that was met once. U+FFFD stands for its control characters, some of which databases refuse.
#[must_use]
pub fn term(field: &str, term: &str) -> UnmappedTerm {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let term = term.chars().take(MAX_TERM).map(shown).collect();
    UnmappedTerm { field: field.to_owned(), term, count: 1, suggestions: Vec::new() }
}

fn object<const N: usize>(parts: [(&str, Option<Value>); N]) -> Value {
    let stated = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(stated.collect::<Map<_, _>>())
}

fn list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

fn name(record: Record<'_>) -> Value {
    // All given names in one, as FHIR has them.
    let given: Vec<String> = [Field::GivenName, Field::MiddleName]
        .into_iter()
        .filter_map(|f| record.text(f))
        .map(names::given)
        .collect();
    let has_given = record.text(Field::GivenName).is_some();
    object([
        ("given", has_given.then(|| Value::from(given.join(" ")))),
        ("family", record.text(Field::FamilyName).map(|text| Value::from(names::family(text)))),
        ("prefix", record.text(Field::Prefix).map(|text| Value::from(names::plain(text)))),
        ("suffix", record.text(Field::Suffix).map(|text| Value::from(names::suffix(text)))),
    ])
}

fn credentials(record: Record<'_>, terms: &mut Vec<UnmappedTerm>) -> Vec<Value> {
    let mut seen = HashSet::new();
    let mut credentials = Vec::new();
    let written = record.text(Field::Credentials).unwrap_or_default();
    for credential in written.split([',', ';']).map(str::trim) {
        if !credential.contains(char::is_alphanumeric) || !seen.insert(credential.to_uppercase()) {
            continue;
        }
        if credential.chars().nth(MAX_CREDENTIAL).is_some() || credentials.len() == MAX_CREDENTIALS {
            terms.push(term("credentials", credential));
        } else {
            credentials.push(Value::from(credential));
        }
    }
    credentials
}

fn gender(record: Record<'_>) -> Option<Gender> {
    match record.text(Field::Sex)? {
        "F" => Some(Gender::Woman),
        "M" => Some(Gender::Man),
        _ => None,
    }
}

/// The licences, each once whatever taxonomies it stands with.
fn licenses(record: Record<'_>, groups: &[Group], terms: &mut Vec<UnmappedTerm>) -> Vec<Value> {
    let mut seen = HashSet::new();
    let mut licenses = Vec::new();
    for group in groups {
        // Every board's numbers have a digit: `PENDING`, `NONE` and the registry's masks for numbers that are nobody's
        // business, such as `$$$$$$$$$`, are no numbers.
        let number = record.at(group.number).filter(|number| number.contains(|c: char| c.is_ascii_digit()));
        let (Some(number), Some(written)) = (number, record.at(group.state)) else { continue };
        let Some(jurisdiction) = place::state(written) else {
            terms.push(term("license_states", written));
            continue;
        };
        // The registry keeps the number that the provider once stated, and never learns what became of the licence.
        let license =
            json!({"jurisdiction": jurisdiction, "number": number, "status": LicenseStatus::Pending.code()});
        if seen.insert((jurisdiction, number)) {
            licenses.push(license);
        }
    }
    licenses
}
