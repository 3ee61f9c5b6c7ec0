//! Reads the files in which postal codes are published, line by line. What a file is, its first line tells.
//!
//! - GeoNames: twelve columns between tabs, no header: country, postal code, place, three pairs of names and codes, latitude,
//!   longitude, accuracy. A postal code has a line for each of its places: it gets their mean ([`Mean`]).
//! - US Census gazetteer of ZIP Code Tabulation Areas: columns between tabs or, since 2025, bars, with a header that has
//!   `GEOID`, `INTPTLAT` and `INTPTLONG`.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read as _},
};

use super::model::{Mean, Position, Source, US, fold};

/// Bytes of the longest line that is read.
const MAX_LINE: u64 = 1 << 16;
/// Columns of a GeoNames file.
const GEONAMES_COLUMNS: usize = 12;

/// What is wrong with one line, which is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The first line of the file is 1.
    pub line: u64,
    /// What, for people; never repeats what stands there.
    pub detail: &'static str,
}

/// Why a file cannot be read as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("a ZIP archive: unzip it first, and load the text file that is in it")]
    Archive,
    #[error("neither the postal codes of GeoNames nor the ZIP code gazetteer of the US Census Bureau")]
    UnknownFormat,
    #[error("a gazetteer of the US Census Bureau, but of something else than ZIP Code Tabulation Areas")]
    OtherGazetteer,
    #[error("the ZIP code gazetteer of the US Census Bureau has no other country than US")]
    OtherCountry,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The postal codes of one country.
#[derive(Clone, Debug, Default)]
pub struct Country(BTreeMap<Box<str>, Mean>);

impl Country {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each postal code, folded, and where it is; in the order of the codes.
    pub fn positions(self) -> impl Iterator<Item = (Box<str>, Position)> {
        self.0.into_iter().map(|(code, mean)| (code, mean.position()))
    }
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct File {
    pub source: Source,
    /// Under their ISO 3166-1 alpha-2 codes.
    pub countries: BTreeMap<String, Country>,
    /// Lines that were left out because something is wrong with them.
    pub faulty: u64,
}

/// Reads a whole file; where `only` names a country, its lines alone. Each faulty line is left out and told.
///
/// Takes memory for each postal code, though not for each line: a million of them stay below 200 MB.
///
/// # Errors
/// [`ReadError`] where the file is in neither format, has not what `only` names, or cannot be read.
pub fn read(
    mut input: impl BufRead,
    only: Option<&str>,
    mut on_fault: impl FnMut(Fault),
) -> Result<File, ReadError> {
    let mut line = Vec::new();
    let Some(mut is_whole) = next(&mut input, &mut line)? else { return Err(ReadError::UnknownFormat) };
    let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
    if text.starts_with(b"PK\x03\x04") {
        return Err(ReadError::Archive);
    }
    let format = Format::of(text)?;
    if matches!(format, Format::Census { .. }) && only.is_some_and(|country| country != US) {
        return Err(ReadError::OtherCountry);
    }
    let mut file = File { source: format.source(), countries: BTreeMap::new(), faulty: 0 };
    let mut number = 1;
    let mut is_row = matches!(format, Format::GeoNames);
    let mut bare = text.to_vec();
    loop {
        let row = match (is_row && !bare.trim_ascii().is_empty(), is_whole) {
            (false, _) => Ok(None),
            (true, false) => Err("longer than any line of such a file"),
            (true, true) => format.row(&bare, only),
        };
        match row {
            Ok(None) => {}
            Ok(Some(row)) => file.add(row),
            Err(detail) => {
                file.faulty += 1;
                on_fault(Fault { line: number, detail });
            }
        }
        let Some(whole) = next(&mut input, &mut bare)? else { return Ok(file) };
        (is_whole, is_row) = (whole, true);
        number += 1;
    }
}

impl File {
    fn add(&mut self, row: Row<'_>) {
        if !self.countries.contains_key(row.country) {
            self.countries.insert(row.country.to_owned(), Country::default());
        }
        if let Some(country) = self.countries.get_mut(row.country) {
            country
                .0
                .entry(row.code.into_boxed_str())
                .and_modify(|mean| mean.add(row.position))
                .or_insert_with(|| Mean::of(row.position));
        }
    }
}

/// Reads the next line without its end. `None` at the end of the file, `false` where the line is too long to be read whole.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if input.by_ref().take(MAX_LINE).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let is_whole = line.ends_with(b"\n") || (line.len() as u64) < MAX_LINE;
    if !is_whole {
        input.skip_until(b'\n')?;
    }
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(is_whole))
}

struct Row<'a> {
    country: &'a str,
    code: String,
    position: Position,
}

/// How a file is written.
enum Format {
    GeoNames,
    /// Where the columns are.
    Census {
        separator: u8,
        code: usize,
        latitude: usize,
        longitude: usize,
    },
}

impl Format {
    /// The format whose first line this is.
    fn of(line: &[u8]) -> Result<Self, ReadError> {
        for separator in [b'\t', b'|'] {
            let names: Vec<_> = columns(line, separator).collect();
            let place = |name: &str| names.iter().position(|column| *column == name.as_bytes());
            if let (Some(code), Some(latitude), Some(longitude)) =
                (place("GEOID"), place("INTPTLAT"), place("INTPTLONG"))
            {
                // Counties have identifiers of five digits too, but also a name and a state.
                return match (place("USPS"), place("NAME")) {
                    (None, None) => Ok(Self::Census { separator, code, latitude, longitude }),
                    _ => Err(ReadError::OtherGazetteer),
                };
            }
        }
        let is_country = line.get(..2).is_some_and(|country| country.iter().all(u8::is_ascii_uppercase));
        if is_country && line.get(2) == Some(&b'\t') && columns(line, b'\t').count() == GEONAMES_COLUMNS {
            return Ok(Self::GeoNames);
        }
        Err(ReadError::UnknownFormat)
    }

    const fn source(&self) -> Source {
        match self {
            Self::GeoNames => Source::GeoNames,
            Self::Census { .. } => Source::CensusGazetteer,
        }
    }

    /// What a line says; `None` where it is of another country than the one that is asked for.
    fn row<'a>(&self, line: &'a [u8], only: Option<&str>) -> Result<Option<Row<'a>>, &'static str> {
        let (separator, places) = match *self {
            Self::GeoNames => (b'\t', [1, 9, 10]),
            Self::Census { separator, code, latitude, longitude } => (separator, [code, latitude, longitude]),
        };
        let columns: Vec<_> = columns(line, separator).collect();
        let is_census = matches!(self, Self::Census { .. });
        let country = if is_census { US } else { country(columns.first().copied().unwrap_or_default())? };
        if only.is_some_and(|only| only != country) {
            return Ok(None);
        }
        if !is_census && columns.len() != GEONAMES_COLUMNS {
            return Err("not twelve columns between tabs");
        }
        let text = |place: usize| {
            let bytes = columns.get(place).ok_or("fewer columns than the header has")?;
            std::str::from_utf8(bytes).map_err(|_| "not in UTF-8")
        };
        let [code, latitude, longitude] = places;
        let code = fold(text(code)?).ok_or("no postal code")?;
        if is_census && !(code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err("GEOID is not five digits");
        }
        let degrees =
            |place| text(place)?.parse::<f64>().map_err(|_| "latitude or longitude is not a number");
        let position = Position::new(degrees(latitude)?, degrees(longitude)?)
            .ok_or("latitude or longitude is out of range")?;
        Ok(Some(Row { country, code, position }))
    }
}

/// The columns of a line, without the blanks around them.
fn columns(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    line.split(move |byte| *byte == separator).map(<[u8]>::trim_ascii)
}

fn country(column: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(column)
        .ok()
        .filter(|code| crate::formats::country(code).is_ok())
        .ok_or("the first column is not an ISO 3166-1 alpha-2 country")
}

#[cfg(test)]
mod tests;
