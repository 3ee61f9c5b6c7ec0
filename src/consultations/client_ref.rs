//! The reference under which an app keeps its client: opaque, and never what names a person. Pure.

mod likely;

use std::{borrow::Cow, sync::LazyLock};

use regex::{RegexSet, RegexSetBuilder};
use uuid::Uuid;
use validator::ValidationError;

/// Longest reference.
pub const MAX_LENGTH: usize = 128;

/// Words before a number that say whose it is. `client-`, `c_` and the like say nothing, and are not among them.
const LABELS: &[&str] = &[
    "aadhaar",
    "aadhar",
    "ahv",
    "bsn",
    "call",
    "cell",
    "cellphone",
    "cf",
    "codicefiscale",
    "cpf",
    "cpr",
    "curp",
    "dni",
    "e164",
    "email",
    "fax",
    "fnr",
    "henkilotunnus",
    "hetu",
    "idnr",
    "insee",
    "mail",
    "mailto",
    "mob",
    "mobile",
    "nhs",
    "nhsno",
    "nie",
    "nif",
    "ni",
    "nino",
    "nir",
    "pan",
    "personnummer",
    "pesel",
    "phone",
    "pnr",
    "pps",
    "rrn",
    "sin",
    "sms",
    "ssn",
    "steuerid",
    "svnr",
    "tel",
    "telephone",
    "tfn",
    "tin",
    "whatsapp",
];

/// National numbers that have letters, in upper case and without separators; the numbers of days and months in them are
/// ones that exist.
const WITH_LETTERS: &[&str] = &[
    // United Kingdom, National Insurance number; with the prefixes that are not given out, and stand in examples.
    r"^[A-Z]{2}\d{6}[A-D]$",
    // Italy, codice fiscale; letters stand for digits where two people would have the same.
    r"^[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]$",
    // France, NIR of those born on Corsica.
    r"^[12]\d{2}(0[1-9]|1[0-2]|[2-9]\d)2[AB]\d{6}(\d{2})?$",
    // Germany, social insurance number.
    r"^\d{2}(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{2}[A-Z]\d{3}$",
    // Mexico, CURP.
    r"^[A-Z]{4}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[HMX][A-Z]{5}[A-Z\d]\d$",
    // India, permanent account number.
    r"^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$",
    // China, resident identity number.
    r"^\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]$",
];

static PATTERNS: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSetBuilder::new(WITH_LETTERS).build().ok());

/// The rule of a `client_ref`: 1 to 128 letters, digits and `._:~-`, a letter or digit among them, and nothing that looks like an e-mail address, a phone
/// number or a national number. What is empty or too long has a fault of its own.
///
/// # Errors
/// `personal_reference` or `invalid_format`; neither repeats the reference.
pub fn check(reference: &str) -> Result<(), ValidationError> {
    let fault =
        |code, message: &'static str| Err(ValidationError::new(code).with_message(Cow::Borrowed(message)));
    if reference.chars().nth(MAX_LENGTH).is_some() {
        return Ok(());
    }
    if is_personal(reference) {
        return fault(
            "personal_reference",
            "This looks like an e-mail address, a phone number or a national number; send an opaque reference that only your \
             system can resolve.",
        );
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:~-".contains(c);
    if !reference.chars().all(allowed) {
        return fault(
            "invalid_format",
            "This takes ASCII letters and digits and the signs `.`, `_`, `:`, `~` and `-`.",
        );
    }
    // In a path `.` and `..` are no names: clients and proxies leave them out.
    if !reference.is_empty() && !reference.contains(|c: char| c.is_ascii_alphanumeric()) {
        return fault("invalid_format", "This must have a letter or a digit.");
    }
    Ok(())
}

/// Whether the reference as a whole, what follows its labels, or a part with a telling shape looks like an address or number
/// of a person. A UUID never does, whatever its digits.
#[must_use]
pub fn is_personal(reference: &str) -> bool {
    if Uuid::try_parse(reference).is_ok() {
        return false;
    }
    if is_address(reference) || likely::is_personal(reference) {
        return true;
    }
    let mut rest = reference.trim_start_matches(is_separator);
    let mut is_labelled = false;
    loop {
        if is_number(rest) {
            return true;
        }
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest, |end| &rest[..end]);
        // A country may stand between the label and the number.
        let is_country = is_labelled && word.len() == 2 && word.bytes().all(|b| b.is_ascii_alphabetic());
        let length = if is_country { Some(2) } else { label(word) };
        let Some(length) = length else { return false };
        is_labelled = true;
        rest = rest[length..].trim_start_matches(is_separator);
    }
}

/// The length of the label that the word is, or with which it runs into a number (`tel4155550123`).
fn label(word: &str) -> Option<usize> {
    let word = word.to_ascii_lowercase();
    let is_before_number = |label: &str| {
        let rest = word.strip_prefix(label);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    LABELS.iter().filter(|label| is_before_number(label)).map(|label| label.len()).max()
}

/// What people write between the digits of a number.
fn is_separator(c: char) -> bool {
    matches!(c, '.' | '_' | ':' | '~' | '-' | '+' | '(' | ')' | '/' | ' ' | '\u{a0}')
}

fn is_address(text: &str) -> bool {
    if text.contains('@') {
        return true;
    }
    // "maya-at-example.org"
    let text = text.to_ascii_lowercase();
    let ends_in_a_domain = |rest: &str| {
        rest.rsplit_once('.').is_some_and(|(host, top)| {
            !host.is_empty() && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
    };
    text.match_indices("at").any(|(at, word)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        before.len() > 1
            && before.ends_with(is_separator)
            && after.starts_with(is_separator)
            && ends_in_a_domain(after.trim_start_matches(is_separator))
    })
}

fn is_number(text: &str) -> bool {
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || is_separator(c)) {
        return false;
    }
    let core: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    if core.bytes().all(|byte| byte.is_ascii_digit()) {
        // Phone numbers (E.164) and the national numbers of most countries.
        return (7..=15).contains(&core.len());
    }
    PATTERNS.as_ref().is_some_and(|patterns| patterns.is_match(&core))
        || is_spanish(&core)
        || is_finnish(&core)
        || is_irish(&core)
}

/// Spain: eight digits (or X, Y, Z and seven) and the letter that they give.
fn is_spanish(core: &str) -> bool {
    let (number, letter) = match core.as_bytes() {
        [first @ b'X'..=b'Z', rest @ .., letter] if rest.len() == 7 => {
            (digits(rest).map(|number| u64::from(first - b'X') * 10_000_000 + number), *letter)
        }
        [rest @ .., letter] if rest.len() == 8 => (digits(rest), *letter),
        _ => return false,
    };
    given(number, 23, b"TRWAGMYFPDXBNJZSQVHLCKE") == Some(letter)
}

/// Finland: the day of birth, a sign of the century where it was not taken for a separator, a number, and the letter or
/// digit that both give.
fn is_finnish(core: &str) -> bool {
    let (day, number, letter) = match core.as_bytes() {
        [day @ .., b'A'..=b'F' | b'U'..=b'Y', a, b, c, letter] if day.len() == 6 => {
            (day, [*a, *b, *c], *letter)
        }
        [day @ .., a, b, c, letter] if day.len() == 6 => (day, [*a, *b, *c], *letter),
        _ => return false,
    };
    let whole = [day, &number].concat();
    let exists = matches!(digits(&day[..2]), Some(1..=31)) && matches!(digits(&day[2..4]), Some(1..=12));
    exists && given(digits(&whole), 31, b"0123456789ABCDEFHJKLMNPRSTUVWXY") == Some(letter)
}

/// Ireland: seven digits and the letter that they give, and perhaps another one.
fn is_irish(core: &str) -> bool {
    let (number, letter, second) = match core.as_bytes() {
        [number @ .., letter] if number.len() == 7 => (number, *letter, 0),
        [number @ .., letter, second @ b'A'..=b'I'] if number.len() == 7 => {
            (number, *letter, u64::from(second - b'A') + 1)
        }
        _ => return false,
    };
    let Some(_) = digits(number) else { return false };
    let weighted: u64 =
        number.iter().zip((2..=8).rev()).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
    given(Some(weighted + second * 9), 23, b"WABCDEFGHIJKLMNOPQRSTUV") == Some(letter)
}

fn digits(bytes: &[u8]) -> Option<u64> {
    bytes
        .iter()
        .try_fold(0u64, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')))
}

fn given(number: Option<u64>, modulus: u64, letters: &[u8]) -> Option<u8> {
    usize::try_from(number? % modulus).ok().and_then(|at| letters.get(at).copied())
}

#[cfg(test)]
mod tests;
