//! Which codes of the NUCC Health Care Provider Taxonomy the directory lists, and as which profession.

use super::super::Broken;
use crate::vocabulary::Profession;

const TABLE: &str = include_str!("taxonomies.tsv");
/// What the codes of behavioral health begin with: all of NUCC's grouping of such providers, psychiatrists, and nurses who
/// specialize in mental health.
const BEHAVIORAL: [&str; 5] = ["10", "163WP08", "2084P", "363LP08", "364SP08"];

/// How the directory takes a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Listed(Profession),
    /// No psychotherapist's.
    Elsewhere,
    /// It looks like one of behavioral health, and the table does not have it.
    Unknown,
}

/// The table of codes.
#[derive(Clone, Debug)]
pub struct Taxonomies {
    /// In the order of the codes; those that are known and not listed have no profession.
    codes: Vec<(&'static str, Option<Profession>)>,
}

impl Taxonomies {
    /// The table of this release.
    ///
    /// # Errors
    /// Where a line of it is not understood: that is a fault of the release.
    pub fn of_release() -> Result<Self, Broken> {
        let mut codes = Vec::new();
        for (at, line) in TABLE.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let broken =
                || Broken::new(format!("Line {} of the server's table of taxonomies is damaged.", at + 1));
            let mut columns = line.split('\t');
            let (Some(code), Some(profession), Some(_name), None) =
                (columns.next(), columns.next(), columns.next(), columns.next())
            else {
                return Err(broken());
            };
            let profession = match profession {
                "-" => None,
                profession => Some(profession.parse().map_err(|_| broken())?),
            };
            codes.push((code, profession));
        }
        codes.sort_unstable_by_key(|(code, _)| *code);
        Ok(Self { codes })
    }

    /// How the directory takes this code.
    #[must_use]
    pub fn standing(&self, code: &str) -> Standing {
        match self.codes.binary_search_by_key(&code, |(code, _)| *code) {
            Ok(at) => self.codes[at].1.map_or(Standing::Elsewhere, Standing::Listed),
            Err(_) if BEHAVIORAL.iter().any(|beginning| code.starts_with(beginning)) => Standing::Unknown,
            Err(_) => Standing::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        let table = Taxonomies::of_release().unwrap();
        assert!(table.codes.len() > 50);
        let mut seen = HashSet::new();
        for (code, _) in &table.codes {
            let sound = code.len() == 10
                && code.ends_with('X')
                && code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
            assert!(sound && seen.insert(*code), "{code}");
        }
    }

    #[test]
    fn a_code_is_listed_known_or_reported() {
        let table = Taxonomies::of_release().unwrap();
        for (code, profession) in [
            ("103TC0700X", Profession::Psychologist),
            ("1041C0700X", Profession::SocialWorker),
            ("101YM0800X", Profession::Counselor),
            ("106H00000X", Profession::MarriageFamilyTherapist),
            ("102L00000X", Profession::Psychoanalyst),
            ("2084P0800X", Profession::Psychiatrist),
            ("363LP0808X", Profession::PsychiatricNurse),
            ("221700000X", Profession::ArtTherapist),
            ("225A00000X", Profession::Other),
        ] {
            assert_eq!(table.standing(code), Standing::Listed(profession), "{code}");
        }
        // Behavior technicians, pain medicine, internal medicine, neurology, and no code at all.
        for code in ["106S00000X", "2084P2900X", "207R00000X", "2084N0400X", "", "103"] {
            let standing = if code == "103" { Standing::Unknown } else { Standing::Elsewhere };
            assert_eq!(table.standing(code), standing, "{code}");
        }
        for code in ["101YZ9999X", "103TZ9999X", "107A00000X", "2084P9999X", "363LP0899X", "364SP0899X"] {
            assert_eq!(table.standing(code), Standing::Unknown, "{code}");
        }
    }
}
