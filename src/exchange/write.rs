//! Profiles as records of a CSV file (RFC 4180).

use csv_core::{Terminator, WriteResult, Writer, WriterBuilder};
use serde_json::{Map, Value};

use super::{
    cells::Cells,
    fields::{FIELDS, Field, Form, GROUPS, Group, Things},
    list,
};
use crate::directory::model::Therapist;

/// How many elements of each list have columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    pub licenses: usize,
    pub locations: usize,
    pub fees: usize,
    pub answers: usize,
}

impl Widths {
    /// As many as the profile needs.
    #[must_use]
    pub fn of(therapist: &Therapist) -> Self {
        let Therapist { licenses, locations, fees, consultation_answers, .. } = therapist;
        Self {
            licenses: licenses.len(),
            locations: locations.len(),
            fees: fees.len(),
            answers: consultation_answers.iter().flatten().count(),
        }
    }

    /// As many as either needs.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            licenses: self.licenses.max(other.licenses),
            locations: self.locations.max(other.locations),
            fees: self.fees.max(other.fees),
            answers: self.answers.max(other.answers),
        }
    }

    /// In the order of [`GROUPS`].
    const fn each(self) -> [usize; GROUPS.len()] {
        [self.licenses, self.locations, self.fees, self.answers]
    }
}

/// The header: the columns of all fields, then of so many elements of the lists.
#[must_use]
pub fn header(widths: &Widths) -> Cells {
    let mut cells = Cells::default();
    for name in FIELDS.iter().map(Field::column) {
        cells.push(&name);
    }
    for (group, width) in GROUPS.iter().zip(widths.each()) {
        for number in 1..=width {
            group.fields.iter().for_each(|(field, _)| cells.push(&group.column(number, field)));
        }
    }
    cells
}

/// The cells of a row that [`super::row`] made, below that header. The widths must be at least those of the profile:
/// there is no column for what is beyond them.
#[must_use]
pub fn cells(row: &Value, widths: &Widths) -> Cells {
    let mut cells = Cells::default();
    let mut text = String::new();
    let mut push = |form: Form, value: Option<&Value>| {
        text.clear();
        value.into_iter().for_each(|value| write(form, value, &mut text));
        cells.push(&text);
    };
    for Field { object, name, form } in FIELDS {
        let parent = if object.is_empty() { Some(row) } else { row.get(object) };
        push(*form, parent.and_then(|parent| parent.get(name)));
    }
    for (group, width) in GROUPS.iter().zip(widths.each()) {
        for at in 0..width {
            let element = row.get(group.list).and_then(|list| list.get(at));
            for (name, form) in group.fields {
                match form {
                    Form::Members => push(*form, element.and_then(|element| rest(group, element)).as_ref()),
                    form => push(*form, element.and_then(|element| element.get(name))),
                }
            }
        }
    }
    cells
}

/// What an element says beside its columns; `None` where that is nothing.
fn rest(group: &Group, element: &Value) -> Option<Value> {
    let is_column = |form: &Form| !matches!(form, Form::Members);
    let has_column = |name: &str| group.fields.iter().any(|(field, form)| *field == name && is_column(form));
    let members = element.as_object()?.iter().filter(|(name, _)| !has_column(name));
    let members: Map<_, _> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// The code of a declared signal: in a row it is a code, or an object that says so.
fn declared(signal: &Value) -> Option<&str> {
    let code = || signal.get("code").filter(|_| signal["basis"] == "declared").and_then(Value::as_str);
    signal.as_str().or_else(code)
}

/// Writes a value into its cell.
fn write(form: Form, value: &Value, out: &mut String) {
    match (form, value) {
        (Form::List, Value::Array(values)) => {
            separated(values, out, |value, out| list::escape(value.as_str().unwrap_or_default(), false, out));
        }
        (Form::Signals, Value::Array(values)) => {
            let codes: Vec<Value> = values.iter().filter_map(declared).map(Value::from).collect();
            write(Form::List, &Value::Array(codes), out);
        }
        (Form::Joined, Value::Array(values)) => {
            let codes: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            out.push_str(&codes.join("+"));
        }
        (Form::Thing(things), thing @ Value::Object(_)) => write_thing(things, thing, out),
        (Form::Members, members @ Value::Object(_)) => out.push_str(&members.to_string()),
        (Form::Things(things), Value::Array(values)) => {
            separated(values, out, |value, out| write_thing(things, value, out));
        }
        (_, Value::String(text)) => out.push_str(text),
        (_, Value::Number(number)) => out.push_str(&number.to_string()),
        (_, Value::Bool(yes)) => out.push_str(if *yes { "true" } else { "false" }),
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => {}
    }
}

fn separated(values: &[Value], out: &mut String, write: impl Fn(&Value, &mut String)) {
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(';');
        }
        write(value, out);
    }
}

fn write_thing(things: &Things, thing: &Value, out: &mut String) {
    if let Value::String(label) = thing {
        return list::escape(label, true, out);
    }
    let last = things.parts.iter().rposition(|(name, _)| thing.get(name).is_some()).unwrap_or_default();
    let mut text = String::new();
    for (at, (name, form)) in things.parts.iter().enumerate().take(last + 1) {
        if at > 0 {
            out.push(':');
        }
        text.clear();
        thing.get(name).into_iter().for_each(|part| write(*form, part, &mut text));
        list::escape(&text, at + 1 < things.parts.len(), out);
    }
    if things.bare && last == 0 {
        // Without the colon it would be a label.
        out.push(':');
    }
}

/// Appends a record, quoted as RFC 4180 asks, and a line feed: records end as lines of NDJSON do. A cell that a
/// spreadsheet would run as a formula is written as it is.
pub fn line(cells: &Cells, out: &mut Vec<u8>) {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).build();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            whole(out, |buffer| writer.delimiter(buffer));
        }
        write_cell(&mut writer, cell.as_bytes(), out);
    }
    whole(out, |buffer| writer.terminator(buffer));
}

fn write_cell(writer: &mut Writer, mut cell: &[u8], out: &mut Vec<u8>) {
    let mut buffer = [0; 512];
    loop {
        let (result, read, written) = writer.field(cell, &mut buffer);
        out.extend_from_slice(&buffer[..written]);
        cell = &cell[read..];
        match result {
            WriteResult::InputEmpty => return,
            WriteResult::OutputFull => {}
        }
    }
}

/// Writes what ends a cell: a few bytes at most.
fn whole(out: &mut Vec<u8>, write: impl FnOnce(&mut [u8]) -> (WriteResult, usize)) {
    let mut buffer = [0; 8];
    let (_, written) = write(&mut buffer);
    out.extend_from_slice(&buffer[..written]);
}
