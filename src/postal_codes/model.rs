//! Postal codes as they are compared, positions, and what looking one up comes to.

use std::fmt;

/// Characters of the longest postal code, once folded.
pub const MAX_CODE: usize = 20;
/// The country whose table is embedded.
pub const US: &str = "US";
/// Countries of ISO 3166-1 whose postal codes are ZIP codes of the United States.
const ZIP_TERRITORIES: [&str; 5] = ["AS", "GU", "MP", "PR", "VI"];

/// A place: WGS 84, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// -90 to 90, north positive.
    pub latitude: f64,
    /// -180 to 180, east positive.
    pub longitude: f64,
}

impl Position {
    /// The position, or nothing where a number is out of range.
    #[must_use]
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let holds = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        holds.then_some(Self { latitude, longitude })
    }
}

/// What looking up a postal code comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved {
    /// The middle of what the postal code covers.
    Found(Position),
    /// The country has a table, and the postal code is not in it.
    UnknownCode,
    /// The country has no table.
    NoTable,
}

/// Whose data a table is, which is also the format of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The postal codes of GeoNames, any country.
    GeoNames,
    /// The ZIP Code Tabulation Areas of the Census Bureau's gazetteer, United States.
    CensusGazetteer,
}

impl Source {
    /// The source as the database has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::GeoNames => "geonames",
            Self::CensusGazetteer => "census_gazetteer",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GeoNames => "GeoNames",
            Self::CensusGazetteer => "US Census gazetteer",
        })
    }
}

/// A postal code as codes are compared: in upper case, without white space and hyphens. `None` for what cannot be one:
/// without a letter or digit, with other characters than those of ASCII, or longer than [`MAX_CODE`].
#[must_use]
pub fn fold(code: &str) -> Option<String> {
    let mut folded = String::new();
    for c in code.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}')) {
        if !c.is_ascii_alphanumeric() || folded.len() == MAX_CODE {
            return None;
        }
        folded.push(c.to_ascii_uppercase());
    }
    (!folded.is_empty()).then_some(folded)
}

/// The codes under which a table may have a folded postal code, the closest first: the code itself, and what it begins
/// with where tables of the country are known to have that only.
#[must_use]
pub fn forms<'a>(country: &str, folded: &'a str) -> Vec<&'a str> {
    let mut forms = vec![folded];
    forms.extend(shorter(country, folded).and_then(|length| folded.get(..length)));
    forms
}

/// How many characters of a full postal code the table may have in its place.
fn shorter(country: &str, folded: &str) -> Option<usize> {
    let (bytes, length) = (folded.as_bytes(), folded.len());
    let digits = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_digit);
    let letters = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_alphabetic);
    match country {
        // ZIP+4: the area, then the four digits of a block.
        _ if has_zip_codes(country) => (length == 9 && digits(0, 9)).then_some(5),
        // The outward code; the inward code behind it is a digit and two letters.
        "GB" | "GG" | "IM" | "JE" => {
            let inward = length.checked_sub(3).filter(|outward| (2..=4).contains(outward))?;
            (digits(inward, inward + 1) && letters(inward + 1, length)).then_some(inward)
        }
        // The forward sortation area.
        "CA" => (length == 6).then_some(3),
        // The routing key of an Eircode.
        "IE" | "MT" => (length == 7).then_some(3),
        // Four digits; the two letters behind them tell the street.
        "NL" => (length == 6 && digits(0, 4) && letters(4, 6)).then_some(4),
        _ => None,
    }
}

/// Whether the country's postal codes are ZIP codes.
#[must_use]
pub fn has_zip_codes(country: &str) -> bool {
    country == US || ZIP_TERRITORIES.contains(&country)
}

/// Several positions of one postal code, as one: their mean on the sphere, so that those on both sides of the 180th
/// meridian meet there and not in Africa.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    first: Position,
    sum: [f64; 3],
    /// Whether all are the first one.
    is_same: bool,
}

impl Mean {
    /// Of one position, which is its own mean exactly.
    #[must_use]
    pub fn of(position: Position) -> Self {
        Self { first: position, sum: vector(position), is_same: true }
    }

    /// Adds another position.
    pub fn add(&mut self, position: Position) {
        self.is_same &= position == self.first;
        for (sum, part) in self.sum.iter_mut().zip(vector(position)) {
            *sum += part;
        }
    }

    /// The mean, to the millionth of a degree; of positions that cancel each other out the first.
    #[must_use]
    pub fn position(&self) -> Position {
        let [x, y, z] = self.sum;
        let across = x.hypot(y);
        if self.is_same || across.hypot(z) < 1e-9 {
            return self.first;
        }
        let rounded = |radians: f64| (radians.to_degrees() * 1e6).round() / 1e6;
        let (latitude, longitude) = (rounded(z.atan2(across)), rounded(y.atan2(x)));
        Position::new(latitude, longitude).unwrap_or(self.first)
    }
}

fn vector(position: Position) -> [f64; 3] {
    let (latitude, longitude) = (position.latitude.to_radians(), position.longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_compared_without_case_spaces_and_hyphens() {
        for (written, folded) in [
            (" sw1a 1aa ", "SW1A1AA"),
            ("94105-1234", "941051234"),
            ("00\u{2013}950", "00950"),
            ("k1a\u{a0}0b1", "K1A0B1"),
        ] {
            assert_eq!(fold(written).as_deref(), Some(folded), "{written}");
        }
        for wrong in ["", " - ", "94105\0", "9410é", "1/2", &"1".repeat(MAX_CODE + 1)] {
            assert_eq!(fold(wrong), None, "{wrong:?}");
        }
        assert_eq!(fold(&"1".repeat(MAX_CODE)).map(|code| code.len()), Some(MAX_CODE));
    }

    #[test]
    fn full_codes_have_a_shorter_form_where_tables_have_that() {
        for (country, code, all) in [
            ("US", "941051234", &["941051234", "94105"][..]),
            ("PR", "009011234", &["009011234", "00901"]),
            ("US", "94105", &["94105"]),
            ("US", "94105123A", &["94105123A"]),
            ("GB", "SW1A1AA", &["SW1A1AA", "SW1A"]),
            ("GB", "M11AE", &["M11AE", "M1"]),
            ("JE", "JE23AB", &["JE23AB", "JE2"]),
            ("GB", "SW1A", &["SW1A"]),
            ("GB", "1AA", &["1AA"]),
            ("CA", "K1A0B1", &["K1A0B1", "K1A"]),
            ("CA", "K1A", &["K1A"]),
            ("IE", "D02X285", &["D02X285", "D02"]),
            ("NL", "1011AB", &["1011AB", "1011"]),
            ("DE", "941051234", &["941051234"]),
        ] {
            assert_eq!(forms(country, code), all, "{country} {code}");
        }
    }

    #[test]
    fn a_mean_lies_between_its_positions() {
        let at = |latitude, longitude| Position::new(latitude, longitude).unwrap();
        let mean = |positions: &[Position]| {
            let mut mean = Mean::of(positions[0]);
            positions[1..].iter().for_each(|position| mean.add(*position));
            mean.position()
        };
        assert_eq!(mean(&[at(0.123_456_78, 9.0)]), at(0.123_456_78, 9.0));
        assert_eq!(mean(&[at(0.123_456_78, 9.0); 3]), at(0.123_456_78, 9.0));
        assert_eq!(mean(&[at(0.0, 10.0), at(0.0, 20.0)]), at(0.0, 15.0));
        assert_eq!(mean(&[at(0.0, 10.0), at(0.0, 10.0), at(0.0, 10.3)]).longitude, 10.1);
        assert_eq!(mean(&[at(0.0, 179.0), at(0.0, -179.0)]).longitude.abs(), 180.0);
        assert_eq!(mean(&[at(0.0, 0.0), at(0.0, 180.0)]), at(0.0, 0.0));
        assert_eq!(Position::new(f64::NAN, 0.0), None);
        assert_eq!(Position::new(90.1, 0.0), None);
    }

    proptest! {
        #[test]
        fn any_text_folds_to_itself_once_folded(text in any::<String>(), country in "[A-Z]{2}") {
            if let Some(folded) = fold(&text) {
                prop_assert_eq!(fold(&folded), Some(folded.clone()));
                for form in forms(&country, &folded) {
                    prop_assert!(!form.is_empty() && folded.starts_with(form));
                }
            }
        }
    }
}
