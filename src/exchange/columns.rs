//! The flat columns of a CSV file, and what a record of them says of a profile.

use std::collections::BTreeMap;

use serde_json::{Map, Value, map::Entry};

use super::{
    cells::Cells,
    fields::Form,
    header::{self, Place},
    read,
};
use crate::fault::Fault;

/// The columns that a file has, by its header.
#[derive(Clone, Debug)]
pub struct Columns {
    /// As they stand in the file.
    names: Vec<String>,
    /// The place of the external id.
    external_id: usize,
    /// The fields of the row itself.
    own: Vec<Leaf>,
    /// Those of its objects, by the object's name.
    objects: Vec<(&'static str, Vec<Leaf>)>,
    /// Those of the elements of its lists, by the list's name. The elements are in the order of their numbers.
    lists: Vec<(&'static str, Vec<Vec<Leaf>>)>,
}

/// A field and the place of its column.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    at: usize,
    name: &'static str,
    form: Form,
}

impl Columns {
    /// The columns that the header names, in any order and case, or everything that is wrong with it.
    ///
    /// # Errors
    /// One sentence for each unknown, repeated or missing column. None repeats an unknown name.
    pub fn of_header(header: &Cells) -> Result<Self, Vec<String>> {
        let places = header::places(header)?;
        let mut names = Vec::with_capacity(places.len());
        let (mut own, mut objects, mut lists) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for (at, (name, place)) in places.into_iter().enumerate() {
            names.push(name);
            match place {
                Place::Field(field) => {
                    let leaf = Leaf { at, name: field.name, form: field.form };
                    match field.object {
                        "" => own.push(leaf),
                        object => objects.entry(object).or_insert_with(Vec::new).push(leaf),
                    }
                }
                Place::InGroup(group, number, name, form) => lists
                    .entry(group.list)
                    .or_insert_with(BTreeMap::new)
                    .entry(number)
                    .or_insert_with(Vec::new)
                    .push(Leaf { at, name, form }),
            }
        }
        let external_id =
            own.iter().find(|leaf: &&Leaf| leaf.name == "external_id").map_or(0, |leaf| leaf.at);
        let lists = lists.into_iter().map(|(list, elements)| (list, elements.into_values().collect()));
        Ok(Self { names, external_id, own, objects: objects.into_iter().collect(), lists: lists.collect() })
    }

    /// The record's external id, if it has one.
    #[must_use]
    pub fn external_id<'c>(&self, cells: &'c Cells) -> Option<&'c str> {
        cells.get(self.external_id).filter(|id| !id.is_empty())
    }

    /// The record as a row of JSON, and what of it cannot be put so.
    ///
    /// A record with another number of cells than the header is no row, as its cells may stand in the wrong columns: it
    /// is null, with the fault `too_few` or `too_many` of the whole. Empty cells beyond the header do not count.
    #[must_use]
    pub fn row(&self, cells: &Cells) -> (Value, Vec<Fault>) {
        if let Some(fault) = self.miscounted(cells) {
            return (Value::Null, vec![fault]);
        }
        let mut faults = Vec::new();
        let mut row = fill(&self.own, cells, &mut faults);
        // A list of modalities that is empty is a profile that names none, and rows say so.
        if self.own.iter().any(|leaf| leaf.name == "modalities") && !row.contains_key("modalities") {
            row.insert("modalities".to_owned(), Value::Array(Vec::new()));
        }
        for (name, leaves) in &self.objects {
            let before = faults.len();
            let object = fill(leaves, cells, &mut faults);
            read::place(&mut faults, before, || format!("/{name}"));
            // Of a missing name, the missing parts are to be named.
            if !object.is_empty() || *name == "name" {
                row.insert((*name).to_owned(), Value::Object(object));
            }
        }
        for (list, elements) in &self.lists {
            let mut stated = Vec::new();
            for leaves in elements {
                let before = faults.len();
                let element = fill(leaves, cells, &mut faults);
                read::place(&mut faults, before, || format!("/{list}/{}", stated.len()));
                if !element.is_empty() {
                    stated.push(Value::Object(element));
                }
            }
            if !stated.is_empty() {
                row.insert((*list).to_owned(), Value::Array(stated));
            }
        }
        (Value::Object(row), faults)
    }

    fn miscounted(&self, cells: &Cells) -> Option<Fault> {
        let (header, record) = (self.names.len(), cells.len());
        let detail = || format!("The record has {record} cells, and the header {header}.");
        if record < header {
            return Some(Fault::new("", "too_few", detail()));
        }
        let beyond = (header..record).any(|at| cells.get(at).is_some_and(|cell| !cell.trim().is_empty()));
        beyond.then(|| Fault::new("", "too_many", detail()))
    }

    /// The column that the part of the row at this JSON Pointer comes from, in a record that leaves out no element
    /// before others: for an object as a whole its first column, for the whole row none.
    #[must_use]
    pub fn column_of(&self, pointer: &str) -> Option<&str> {
        self.find(pointer, |_| true)
    }

    /// The column that the part of this record's row at this JSON Pointer comes from: the second element of a list may
    /// stand in the third group of columns where the first or second group is empty.
    #[must_use]
    pub fn column_in(&self, cells: &Cells, pointer: &str) -> Option<&str> {
        let says = |leaf: &Leaf| cells.get(leaf.at).is_some_and(|cell| read::says(leaf.form, cell));
        self.find(pointer, |element| element.iter().any(says))
    }

    /// The column of a part of a row that has the elements of which `has` is true.
    fn find(&self, pointer: &str, has: impl Fn(&[Leaf]) -> bool) -> Option<&str> {
        let mut tokens = pointer.split('/').skip(1);
        let first = tokens.next()?;
        let leaf = if let Some(leaf) = self.own.iter().find(|leaf| leaf.name == first) {
            leaf
        } else {
            let leaves = if let Some((_, leaves)) = self.objects.iter().find(|(name, _)| *name == first) {
                leaves
            } else {
                let (_, elements) = self.lists.iter().find(|(list, _)| *list == first)?;
                let index = tokens.next().map_or(Some(0), |index| index.parse().ok())?;
                elements.iter().filter(|element| has(element)).nth(index)?
            };
            match tokens.next() {
                Some(name) => {
                    let rest = || leaves.iter().find(|leaf| matches!(leaf.form, Form::Members));
                    leaves.iter().find(|leaf| leaf.name == name).or_else(rest)?
                }
                None => leaves.first()?,
            }
        };
        self.names.get(leaf.at).map(String::as_str)
    }
}

/// What the cells say of the fields of one object.
fn fill(leaves: &[Leaf], cells: &Cells, faults: &mut Vec<Fault>) -> Map<String, Value> {
    let (mut object, mut members) = (Map::new(), Vec::new());
    for leaf in leaves {
        let before = faults.len();
        match cells.get(leaf.at).and_then(|cell| read::value(leaf.form, cell, faults)) {
            Some(Value::Object(found)) if matches!(leaf.form, Form::Members) => members.push(found),
            Some(value) => _ = object.insert(leaf.name.to_owned(), value),
            None => {}
        }
        if !matches!(leaf.form, Form::Members) || members.is_empty() {
            read::place(faults, before, || format!("/{}", leaf.name));
        }
    }
    for (name, value) in members.into_iter().flatten() {
        match object.entry(name) {
            Entry::Vacant(entry) => _ = entry.insert(value),
            Entry::Occupied(entry) => {
                let detail = "A column of its own says this too.";
                faults.push(Fault::new(format!("/{}", entry.key()), "duplicate_key", detail));
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const REQUIRED: &str = "external_id,name_given,name_family,profession";

    /// The cells of a record without quotes.
    fn cells(record: &str) -> Cells {
        record.split(',').collect()
    }

    fn columns(more: &str) -> Columns {
        Columns::of_header(&cells(&format!("{REQUIRED},{more}"))).unwrap()
    }

    fn row(columns: &Columns, more: &str) -> (Value, Vec<(String, &'static str)>) {
        let (row, faults) = columns.row(&cells(&format!("A-1,Maya,Okafor,counselor,{more}")));
        (row, faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect())
    }

    #[test]
    fn names_are_read_in_any_order_and_case() {
        let header = cells("\u{feff}Profession, NAME_family,Style_Challenge,external_id ,name_given,,");
        let columns = Columns::of_header(&header).unwrap();
        let record = cells("counselor,Okafor,-2,A-1,Maya,,");
        assert_eq!(columns.external_id(&record), Some("A-1"));
        let row = json!({
            "external_id": "A-1", "name": {"given": "Maya", "family": "Okafor"}, "profession": "counselor",
            "style": {"challenge": -2},
        });
        assert_eq!(columns.row(&record), (row, vec![]));
        assert_eq!(columns.column_of("/name/family"), Some("NAME_family"));
    }

    #[test]
    fn all_that_is_wrong_with_a_header_is_told_at_once() {
        let header = "\u{feff}external_id,nmae_given,phone,maya@example.org,,name_family,Phone,location_21_city,\
                      locaton_3_city,license_02_type,fee_0_amount,license_1_typ,license_1";
        let faults = Columns::of_header(&cells(header)).unwrap_err();
        insta::assert_snapshot!(faults.join("\n"), @r#"
        Column 2 has a name that no column of a profile has; perhaps `name_given` is meant.
        Column 4 has a name that no column of a profile has.
        Column 5 has no name.
        Column 7 repeats column 3, `phone`.
        Column 8 is beyond the 20 locations that a profile may have.
        Column 9 has a name that no column of a profile has; perhaps `location_3_city` or `location_3_country` or `location_3_latitude` is meant.
        Column 10 has a name that no column of a profile has; perhaps `license_2_type` or `license_2_number` or `license_2_status` is meant.
        Column 11 has a name that no column of a profile has; perhaps `fee_1_amount` or `fee_1_minutes` is meant.
        Column 12 has a name that no column of a profile has; perhaps `license_1_type` or `license_1_status` or `license_1_expires_on` is meant.
        Column 13 has a name that no column of a profile has; perhaps `license_1_type` or `license_1_number` or `license_1_status` is meant.
        The column `name_given` is missing.
        The column `profession` is missing.
        "#);
        let one = |header: &str| Columns::of_header(&cells(header)).unwrap_err().join(" ");
        insta::assert_snapshot!(one("external_id;name_given"), @"The header is one cell; the cells must be separated by commas.");
        insta::assert_snapshot!(one(&["x"; 1100].join(",")), @"The header has 1100 columns; a profile has at most 1016.");
        let many = Columns::of_header(&cells(&format!("{REQUIRED}{}", ",x".repeat(500)))).unwrap_err();
        assert_eq!((many.len(), many[20].as_str()), (21, "480 more such faults are not listed."));
        assert_eq!(Columns::of_header(&Cells::default()).unwrap_err().len(), 4);
    }

    #[test]
    fn elements_of_lists_are_dense_whatever_groups_are_empty() {
        let columns =
            columns("location_3_city,location_1_city,location_1_latitude,location_10_country,fee_2_amount");
        let more = "Reno,, ,US,cheap";
        let (found, faults) = row(&columns, more);
        assert_eq!(found["locations"], json!([{"city": "Reno"}, {"country": "US"}]));
        assert_eq!(found["fees"], json!([{"amount": "cheap"}]));
        assert_eq!(faults, [("/fees/0/amount".to_owned(), "invalid_type")]);
        let record = cells(&format!("A-1,Maya,Okafor,counselor,{more}"));
        let of = |pointer| (columns.column_of(pointer), columns.column_in(&record, pointer));
        assert_eq!(of("/locations/0/city"), (Some("location_1_city"), Some("location_3_city")));
        assert_eq!(of("/locations/1/country"), (None, Some("location_10_country")));
        assert_eq!(of("/locations/1"), (Some("location_3_city"), Some("location_10_country")));
        assert_eq!(of("/locations/2/country"), (Some("location_10_country"), None));
        assert_eq!(of("/fees/0/amount"), (Some("fee_2_amount"), Some("fee_2_amount")));
        assert_eq!(of("/licenses/0/type"), (None, None));
    }

    #[test]
    fn a_part_of_a_row_is_found_in_its_column() {
        let columns = columns("modalities,availability_times,fee_1_amount,languages");
        for (pointer, column) in [
            ("", None),
            ("/", None),
            ("/shoe_size", None),
            ("/name/prefix", None),
            ("/name", Some("name_given")),
            ("/name/family", Some("name_family")),
            ("/modalities/3/code", Some("modalities")),
            ("/modalities", Some("modalities")),
            ("/languages/0", Some("languages")),
            ("/availability/times/1", Some("availability_times")),
            ("/fees", Some("fee_1_amount")),
            ("/fees/0", Some("fee_1_amount")),
            ("/fees/0/currency", None),
            ("/fees/x", None),
            ("/fees/99999999999999999999", None),
        ] {
            assert_eq!(columns.column_of(pointer), column, "{pointer}");
        }
    }

    #[test]
    fn a_record_has_as_many_cells_as_the_header() {
        let columns = columns("bio");
        for (more, fault) in [("x, ,", None), ("x,y", Some("too_many")), ("x,,y", Some("too_many"))] {
            let (found, faults) = row(&columns, more);
            assert_eq!(faults.first().map(|(_, code)| *code), fault, "{more}");
            assert_eq!(found.is_null(), fault.is_some());
        }
        let (found, faults) = columns.row(&cells("A-1,Maya,Okafor,counselor"));
        assert_eq!((found, faults.len(), faults[0].code), (Value::Null, 1, "too_few"));
        insta::assert_snapshot!(faults[0].detail, @"The record has 4 cells, and the header 5.");
        assert_eq!(columns.row(&Cells::default()).1[0].code, "too_few");
        assert_eq!(columns.external_id(&Cells::default()), None);
        assert_eq!(columns.external_id(&cells(",Maya")), None);
    }

    #[test]
    fn a_row_without_a_name_lacks_its_parts() {
        let (row, faults) = columns("modalities").row(&cells(",,,,"));
        assert_eq!((row, faults), (json!({"name": {}, "modalities": []}), vec![]));
    }
}
