//! The header of a CSV file: which column says what.

use std::collections::HashMap;

use super::{
    cells::Cells,
    fields::{FIELDS, Field, Form, GROUPS, Group, REQUIRED},
};
use crate::fault::nearest;

/// More sentences than this help nobody.
const MOST_FAULTS: usize = 20;

/// What a column says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Field(&'static Field),
    /// A field of the element with this number.
    InGroup(&'static Group, usize, &'static str, Form),
}

/// Why a column says nothing.
enum Unplaced {
    Unnamed,
    Unknown(Vec<String>),
    /// A profile has fewer elements.
    Beyond(&'static Group),
}

/// What each column says, and its name in the file. Empty cells at the end of the header are no columns.
///
/// # Errors
/// A sentence for everything that is wrong. None repeats an unknown name: a file without a header begins with somebody.
pub(super) fn places(header: &Cells) -> Result<Vec<(String, Place)>, Vec<String>> {
    let mut names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    while names.last().is_some_and(|name| name.is_empty()) {
        names.pop();
    }
    if names.len() > all() {
        let detail = format!("The header has {} columns; a profile has at most {}.", names.len(), all());
        return Err(vec![detail]);
    }
    if let [one] = names.as_slice()
        && one.contains([';', '\t'])
    {
        return Err(vec!["The header is one cell; the cells must be separated by commas.".to_owned()]);
    }
    let mut places = Vec::with_capacity(names.len());
    let mut faults = Vec::new();
    let mut seen = HashMap::new();
    for (at, name) in names.into_iter().enumerate() {
        let known = name.to_ascii_lowercase();
        let place = match place(&known) {
            Ok(place) => place,
            Err(unplaced) => {
                faults.push(unplaced.sentence(at + 1));
                continue;
            }
        };
        if let Some(first) = seen.get(&known) {
            faults.push(format!("Column {} repeats column {first}, `{known}`.", at + 1));
        }
        seen.entry(known).or_insert(at + 1);
        places.push((name.to_owned(), place));
    }
    let missing = REQUIRED.iter().filter(|name| !seen.contains_key(**name));
    faults.extend(missing.map(|name| format!("The column `{name}` is missing.")));
    if faults.is_empty() { Ok(places) } else { Err(shortened(faults)) }
}

/// How many columns there are for a profile.
fn all() -> usize {
    FIELDS.len() + GROUPS.iter().map(|group| group.most * group.fields.len()).sum::<usize>()
}

fn shortened(mut faults: Vec<String>) -> Vec<String> {
    let more = faults.len().saturating_sub(MOST_FAULTS);
    if more > 0 {
        faults.truncate(MOST_FAULTS);
        faults.push(format!("{more} more such faults are not listed."));
    }
    faults
}

impl Unplaced {
    fn sentence(self, number: usize) -> String {
        match self {
            Self::Unnamed => format!("Column {number} has no name."),
            Self::Beyond(group) => {
                format!(
                    "Column {number} is beyond the {} {} that a profile may have.",
                    group.most, group.list
                )
            }
            Self::Unknown(suggestions) if suggestions.is_empty() => {
                format!("Column {number} has a name that no column of a profile has.")
            }
            Self::Unknown(suggestions) => format!(
                "Column {number} has a name that no column of a profile has; perhaps `{}` is meant.",
                suggestions.join("` or `")
            ),
        }
    }
}

/// What the column with this name in lower case says.
fn place(name: &str) -> Result<Place, Unplaced> {
    if name.is_empty() {
        return Err(Unplaced::Unnamed);
    }
    if let Some(field) = FIELDS.iter().find(|field| is_column_of(field, name)) {
        return Ok(Place::Field(field));
    }
    for group in &GROUPS {
        let Some((number, field)) = numbered(group, name) else { continue };
        let Some((field, form)) = group.fields.iter().find(|(known, _)| *known == field) else { continue };
        return match number {
            number if number > group.most => Err(Unplaced::Beyond(group)),
            number => Ok(Place::InGroup(group, number, field, *form)),
        };
    }
    let number =
        name.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse().ok()).unwrap_or(1);
    let of_group = |group: &Group| {
        let number = number.clamp(1, group.most);
        group.fields.iter().map(|(field, _)| group.column(number, field)).collect::<Vec<_>>()
    };
    let known: Vec<String> =
        FIELDS.iter().map(Field::column).chain(GROUPS.iter().flat_map(of_group)).collect();
    Err(Unplaced::Unknown(nearest(name, known.iter().map(String::as_str))))
}

fn is_column_of(field: &Field, name: &str) -> bool {
    match field.object {
        "" => name == field.name,
        object => name.strip_prefix(object).and_then(|rest| rest.strip_prefix('_')) == Some(field.name),
    }
}

/// The number and the field that a column of the group names: `license_2_type` is `type` of number 2.
fn numbered<'n>(group: &Group, name: &'n str) -> Option<(usize, &'n str)> {
    let (number, field) = name.strip_prefix(group.one)?.strip_prefix('_')?.split_once('_')?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    Some((is_plain.then(|| number.parse().ok())??, field))
}
