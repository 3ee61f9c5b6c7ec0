//! The columns of the registry's file that are read, found by their names.

use std::collections::HashMap;

use super::super::Broken;
use crate::exchange::cells::Cells;

/// How many taxonomies a provider may have, each with a licence.
pub const GROUPS: usize = 15;

/// A column that a file has once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Npi,
    EntityType,
    FamilyName,
    GivenName,
    MiddleName,
    Prefix,
    Suffix,
    Credentials,
    Line1,
    Line2,
    City,
    State,
    PostalCode,
    Country,
    Phone,
    DeactivatedOn,
    ReactivatedOn,
    Sex,
}

/// The names of the [`Field`]s in their order, where a column was renamed the newest first.
const NAMES: [&[&str]; 18] = [
    &["NPI"],
    &["Entity Type Code"],
    &["Provider Last Name (Legal Name)"],
    &["Provider First Name"],
    &["Provider Middle Name"],
    &["Provider Name Prefix Text"],
    &["Provider Name Suffix Text"],
    &["Provider Credential Text"],
    &["Provider First Line Business Practice Location Address"],
    &["Provider Second Line Business Practice Location Address"],
    &["Provider Business Practice Location Address City Name"],
    &["Provider Business Practice Location Address State Name"],
    &["Provider Business Practice Location Address Postal Code"],
    &["Provider Business Practice Location Address Country Code (If outside U.S.)"],
    &["Provider Business Practice Location Address Telephone Number"],
    &["NPI Deactivation Date"],
    &["NPI Reactivation Date"],
    &["Provider Sex Code", "Provider Gender Code"],
];

/// What the names of the columns of a group begin with; `_` and its number, from 1, follow.
const GROUP_NAMES: [&str; 4] = [
    "Healthcare Provider Taxonomy Code",
    "Provider License Number",
    "Provider License Number State Code",
    "Healthcare Provider Primary Taxonomy Switch",
];

/// Where the columns of a taxonomy and its licence are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Group {
    pub taxonomy: usize,
    pub number: usize,
    pub state: usize,
    /// `Y` for the provider's primary taxonomy.
    pub primary: usize,
}

/// Where the columns are.
#[derive(Clone, Debug)]
pub struct Header {
    width: usize,
    fields: [(usize, &'static str); NAMES.len()],
    groups: [Group; GROUPS],
}

impl Header {
    /// Finds the columns.
    ///
    /// # Errors
    /// Where columns are missing or stand twice; names all of them.
    pub fn find(header: &Cells) -> Result<Self, Broken> {
        let mut places = HashMap::with_capacity(header.len());
        let mut repeated = Vec::new();
        for (at, name) in header.iter().map(str::trim).enumerate() {
            if places.insert(name, at).is_some() {
                repeated.push(name);
            }
        }
        let mut missing = Vec::new();
        let fields = NAMES.map(|names| {
            names.iter().find_map(|name| Some((*places.get(name)?, *name))).unwrap_or_else(|| {
                missing.push(names.join(" or "));
                (0, "")
            })
        });
        let columns = GROUP_NAMES.map(|name| {
            let found: [Option<usize>; GROUPS] =
                std::array::from_fn(|at| places.get(format!("{name}_{}", at + 1).as_str()).copied());
            if found.iter().all(Option::is_none) {
                missing.push(format!("{name}_1 to {name}_{GROUPS}"));
            } else {
                let absent = found.iter().enumerate().filter(|(_, place)| place.is_none());
                missing.extend(absent.map(|(at, _)| format!("{name}_{}", at + 1)));
            }
            found.map(Option::unwrap_or_default)
        });
        // What else stands twice is not read, and does not matter.
        let is_read = |name: &&str| {
            let is_group = |(group, number): (&str, &str)| {
                GROUP_NAMES.contains(&group) && (1..=GROUPS).any(|at| at.to_string() == number)
            };
            NAMES.iter().any(|names| names.contains(name)) || name.rsplit_once('_').is_some_and(is_group)
        };
        let mut detail = Vec::new();
        if !missing.is_empty() {
            detail.push(format!("lacks columns of the registry's file: {}", missing.join(", ")));
        }
        let repeated: Vec<&str> = repeated.into_iter().filter(is_read).collect();
        if !repeated.is_empty() {
            detail.push(format!("names columns twice: {}", repeated.join(", ")));
        }
        if !detail.is_empty() {
            return Err(Broken::new(format!("The header {}.", detail.join("; it "))));
        }
        let [taxonomies, numbers, states, switches] = columns;
        let groups = std::array::from_fn(|at| Group {
            taxonomy: taxonomies[at],
            number: numbers[at],
            state: states[at],
            primary: switches[at],
        });
        Ok(Self { width: header.len(), fields, groups })
    }

    /// How many columns the file has.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The name that the file has for a column.
    #[must_use]
    pub const fn name(&self, field: Field) -> &'static str {
        self.fields[field as usize].1
    }

    /// The text of a column without white space around it; `None` where it is blank.
    #[must_use]
    pub fn text<'c>(&self, cells: &'c Cells, field: Field) -> Option<&'c str> {
        stated(cells, self.fields[field as usize].0)
    }

    /// The taxonomies with their licences.
    #[must_use]
    pub const fn groups(&self) -> &[Group; GROUPS] {
        &self.groups
    }
}

/// The name of the column of a group's taxonomy, the first group being 0.
#[must_use]
pub fn taxonomy_name(group: usize) -> String {
    format!("{}_{}", GROUP_NAMES[0], group + 1)
}

/// The cells of one record by their columns.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    pub header: &'r Header,
    pub cells: &'r Cells,
}

impl<'r> Record<'r> {
    /// The text of a column without white space around it; `None` where it is blank.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&'r str> {
        self.header.text(self.cells, field)
    }

    /// The text at a place of the record.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&'r str> {
        stated(self.cells, place)
    }
}

fn stated(cells: &Cells, place: usize) -> Option<&str> {
    cells.get(place).map(str::trim).filter(|text| !text.is_empty())
}
