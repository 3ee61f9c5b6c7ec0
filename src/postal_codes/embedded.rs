//! The table of the United States that comes with the program: `data/NOTICE.md` says from where.

use std::sync::LazyLock;

use flate2::read::GzDecoder;

use super::{formats, model::Position};

/// Read when it is first asked for; 33,791 areas in the order of their codes.
static AREAS: LazyLock<Vec<(Box<str>, Position)>> = LazyLock::new(|| {
    let text = GzDecoder::new(&include_bytes!("data/us_zcta_2021.tsv.gz")[..]);
    // It is part of the program, and a test reads all of it.
    let read = formats::read(std::io::BufReader::new(text), None, |_| ());
    read.map(|file| file.countries.into_values().flat_map(|country| country.positions()).collect())
        .unwrap_or_default()
});

/// Where the ZIP Code Tabulation Area with these five digits is.
#[must_use]
pub fn zip_code(code: &str) -> Option<Position> {
    let at = AREAS.binary_search_by(|(known, _)| (**known).cmp(code)).ok()?;
    AREAS.get(at).map(|(_, position)| *position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_is_read() {
        assert_eq!(AREAS.len(), 33_791);
        assert!(AREAS.iter().all(|(code, _)| code.len() == 5 && zip_code(code).is_some()));
        for unknown in ["", "00000", "9410", "941055", "SW1A"] {
            assert_eq!(zip_code(unknown), None, "{unknown}");
        }
    }

    /// Landmarks within the areas, to a twentieth of a degree (5 km or less).
    #[test]
    fn well_known_places_are_where_they_are() {
        for (code, latitude, longitude) in [
            ("94105", 37.789, -122.396),
            ("10001", 40.750, -73.997),
            ("60601", 41.886, -87.622),
            ("99501", 61.218, -149.863),
            ("96813", 21.307, -157.858),
            ("00901", 18.466, -66.110),
            ("96910", 13.475, 144.750),
        ] {
            let found = zip_code(code).unwrap();
            let near = |one: f64, other: f64| (one - other).abs() < 0.05;
            assert!(near(found.latitude, latitude) && near(found.longitude, longitude), "{code}: {found:?}");
        }
    }
}
