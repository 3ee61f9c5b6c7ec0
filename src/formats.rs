//! Formats of single values, checked against the real lists where a standard keeps one.
//!
//! Messages never repeat the value: it may be somebody's.

pub mod open;
pub mod times;

use std::borrow::Cow;

use validator::{ValidateEmail, ValidationError};

type Check = Result<(), ValidationError>;

fn fault(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(Cow::Borrowed(message))
}

fn require(holds: bool, code: &'static str, message: &'static str) -> Check {
    if holds { Ok(()) } else { Err(fault(code, message)) }
}

/// The stable code of a check's error.
#[must_use]
pub fn code_of(error: &ValidationError) -> &'static str {
    match error.code {
        Cow::Borrowed(code) => code,
        Cow::Owned(_) => "invalid_format",
    }
}

/// An ISO 3166-1 alpha-2 country.
pub fn country(code: &str) -> Check {
    require(
        rust_iso3166::from_alpha2(code).is_some(),
        "invalid_country",
        "This is not an ISO 3166-1 alpha-2 country code such as US.",
    )
}

/// An ISO 3166-2 subdivision.
pub fn subdivision(code: &str) -> Check {
    require(
        rust_iso3166::iso3166_2::from_code(code).is_some(),
        "invalid_jurisdiction",
        "This is not an ISO 3166-2 subdivision code such as US-CA.",
    )
}

/// An ISO 3166-2 subdivision, or a whole country where licences are national.
pub fn jurisdiction(code: &str) -> Check {
    country(code).or_else(|_| subdivision(code)).map_err(|_| {
        fault(
            "invalid_jurisdiction",
            "This is not an ISO 3166-2 subdivision such as US-CA, nor an ISO 3166-1 country such as GB.",
        )
    })
}

/// An ISO 4217 currency.
pub fn currency(code: &str) -> Check {
    require(
        iso_currency::Currency::from_code(code).is_some(),
        "invalid_currency",
        "This is not an ISO 4217 currency code such as USD.",
    )
}

/// The canonical form of a BCP 47 language tag whose primary language is in ISO 639; `None` for any other text.
fn canonical_language(tag: &str) -> Option<String> {
    let parsed = oxilangtag::LanguageTag::parse_and_normalize(tag).ok()?;
    let primary = parsed.primary_language();
    is_known_primary(primary).then(|| parsed.into_inner())
}

/// Whether ISO 639 has the primary language.
fn is_known_primary(language: &str) -> bool {
    isolang::Language::from_639_1(language).or_else(|| isolang::Language::from_639_3(language)).is_some()
}

/// A language tag in whatever case: for requests, which are compared by the primary language only.
pub fn known_language(tag: &str) -> Check {
    require(
        canonical_language(tag).is_some(),
        "invalid_language",
        "This is not a BCP 47 language tag such as en or pt-BR.",
    )
}

/// A language tag in its canonical case: for what is stored.
pub fn language(tag: &str) -> Check {
    // Most tags are a language and nothing else: there is nothing to parse.
    let is_bare = matches!(tag.len(), 2 | 3) && tag.bytes().all(|b| b.is_ascii_lowercase());
    let canonical = if is_bare {
        is_known_primary(tag)
    } else {
        canonical_language(tag).is_some_and(|canonical| canonical == tag)
    };
    require(
        canonical,
        "invalid_language",
        "This is not a BCP 47 language tag in canonical case such as en or pt-BR.",
    )
}

/// A telephone number in E.164: a plus sign, then 7 to 15 digits, the first not 0.
pub fn phone(number: &str) -> Check {
    let digits = number.strip_prefix('+').unwrap_or_default();
    require(
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0'),
        "invalid_phone",
        "This is not a telephone number in E.164 form such as +14155550123.",
    )
}

/// An e-mail address as HTML's input element accepts it.
pub fn email(address: &str) -> Check {
    require(address.validate_email(), "invalid_email", "This is not an e-mail address.")
}

/// An absolute `http` or `https` URL with a host and without credentials.
pub fn web_url(text: &str) -> Check {
    // The parser mends what a reader of the profile would not: white space, another case of the scheme.
    let plain = (text.starts_with("http://") || text.starts_with("https://"))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let sound = plain
        && url::Url::parse(text).is_ok_and(|url| {
            url.host_str().is_some() && url.username().is_empty() && url.password().is_none()
        });
    require(sound, "invalid_url", "This is not an absolute http or https URL.")
}

/// A National Provider Identifier: ten digits of which the last is the Luhn check digit over `80840` and the rest
/// (45 CFR 162.406; the prefix is the one of ISO/IEC 7812 for US health applications).
pub fn npi(number: &str) -> Check {
    require(
        has_npi_check_digit(number),
        "invalid_npi",
        "This is not a National Provider Identifier: ten digits, the last a check digit.",
    )
}

fn has_npi_check_digit(number: &str) -> bool {
    if number.len() != 10 || !number.bytes().all(|b| b.is_ascii_digit()) || !number.starts_with(['1', '2']) {
        return false;
    }
    // The prefix 80840 adds 24 to the sum of the doubled digits, whatever follows.
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match place % 2 {
                0 => digit,
                _ => digit * 2 / 10 + digit * 2 % 10,
            }
        })
        .sum();
    (sum + 24).is_multiple_of(10)
}

/// A name of a source: lower-case letters, digits, dot, dash and underscore, beginning with a letter or digit.
pub fn source(name: &str) -> Check {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let allowed = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    require(
        begins && allowed && name.len() <= 64,
        "invalid_format",
        "This must be 1 to 64 lower-case letters, digits, dots, dashes or underscores, beginning with a letter or digit.",
    )
}

/// An open code such as an insurance plan: `[a-z0-9_]{2,64}`.
pub fn open_code(code: &str) -> Check {
    require(
        (2..=64).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
        "invalid_format",
        "This must be 2 to 64 lower-case letters, digits or underscores.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npi_check_digits_are_those_of_the_standard() {
        // The worked example of the NPI check digit specification.
        assert!(npi("1234567893").is_ok());
        for wrong in ["1234567890", "123456789", "12345678930", "3234567893", "", "12345678٩3"] {
            assert!(npi(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn codes_are_held_against_the_real_lists() {
        for right in ["US-CA", "US-PR", "GB-SCT", "GB", "DE-BY"] {
            assert!(jurisdiction(right).is_ok(), "{right}");
        }
        for wrong in ["US-XX", "XX", "us-ca", "California", ""] {
            assert!(jurisdiction(wrong).is_err(), "{wrong}");
        }
        for right in ["en", "es-MX", "zh-Hant", "yue"] {
            assert!(language(right).is_ok(), "{right}");
        }
        for wrong in ["xx", "EN", "english", "en-us", "e", ""] {
            assert!(language(wrong).is_err(), "{wrong}");
        }
        assert!(currency("USD").is_ok() && currency("usd").is_err() && currency("ABC").is_err());
    }

    #[test]
    fn telephone_numbers_and_addresses() {
        assert!(phone("+14155550123").is_ok());
        for wrong in ["14155550123", "+04155550123", "+1 415 555", "+1234567890123456", "+"] {
            assert!(phone(wrong).is_err(), "{wrong}");
        }
        assert!(web_url("https://example.org/a?b").is_ok());
        for wrong in [
            "javascript:alert(1)",
            "ftp://example.org",
            "example.org",
            " https://example.org",
            "HTTPS://example.org",
            "https://u:p@example.org",
            "https://",
        ] {
            assert!(web_url(wrong).is_err(), "{wrong}");
        }
    }
}
