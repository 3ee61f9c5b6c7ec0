//! A cell as a value of JSON.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::{
    fields::{Form, Things},
    list,
};
use crate::{fault::Fault, web::decode::parse};

/// What a cell of this form says; `None` where it says nothing.
///
/// A cell that is not of its form is a fault, whose pointer begins at the value, and stays a text: the place is not
/// empty. What a text must be, the profile's own rules know.
pub(super) fn value(form: Form, cell: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let word = cell.trim();
    match form {
        Form::Text => (!cell.is_empty()).then(|| Value::from(cell)),
        _ if word.is_empty() => None,
        Form::Word => Some(Value::from(word)),
        Form::Number => Some(number(word).unwrap_or_else(|| {
            faults.push(Fault::new("", "invalid_type", "This must be a number such as 50 or -122.394."));
            Value::from(word)
        })),
        Form::YesNo => Some(yes_no(word).map_or_else(
            || {
                let detail = "This must be `true` or `false`; `yes`, `no`, `1` and `0` are read too.";
                faults.push(Fault::new("", "invalid_type", detail));
                Value::from(word)
            },
            Value::Bool,
        )),
        Form::Joined => {
            let codes = word.split('+').map(str::trim).filter(|code| !code.is_empty());
            some(codes.map(Value::from).collect())
        }
        Form::List | Form::Signals => {
            some(list::values(cell).map(list::plain).map(Cow::into_owned).map(Value::String).collect())
        }
        Form::Things(things) => {
            let one = |(at, written)| {
                let before = faults.len();
                let value = thing(things, written, faults);
                place(faults, before, || format!("/{at}"));
                value
            };
            some(list::values(cell).enumerate().map(one).collect())
        }
        Form::Thing(things) => Some(thing(things, cell, faults)),
        Form::Members => match parse::parse(word.as_bytes()) {
            Ok((members @ Value::Object(_), found)) => {
                faults.extend(found);
                Some(members)
            }
            Ok(_) | Err(_) => {
                faults.push(Fault::new("", "invalid_type", "This must be an object of JSON."));
                None
            }
        },
    }
}

/// Whether a cell of this form says anything.
pub(super) fn says(form: Form, cell: &str) -> bool {
    match form {
        Form::Text => !cell.is_empty(),
        _ => !cell.trim().is_empty(),
    }
}

/// Puts the faults from `before` on below another part of the row.
pub(super) fn place(faults: &mut [Fault], before: usize, parent: impl Fn() -> String) {
    for fault in faults.iter_mut().skip(before) {
        fault.pointer.insert_str(0, &parent());
    }
}

fn some(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

fn thing(things: &Things, written: &str, faults: &mut Vec<Fault>) -> Value {
    let mut rest = Some(written);
    let mut object = Map::new();
    let last = things.parts.len().saturating_sub(1);
    for (at, (name, form)) in things.parts.iter().enumerate() {
        let Some(written) = rest else { break };
        let (part, after) = if at == last { (written, None) } else { list::cut(written, b':') };
        rest = after;
        let part = list::plain(part);
        if at == 0 && rest.is_none() && things.bare {
            return Value::String(part.into_owned());
        }
        let before = faults.len();
        if let Some(value) = value(*form, &part, faults) {
            object.insert((*name).to_owned(), value);
        }
        place(faults, before, || format!("/{name}"));
    }
    Value::Object(object)
}

/// A number as JSON writes it.
fn number(word: &str) -> Option<Value> {
    serde_json::from_str::<Number>(word).ok().map(Value::Number)
}

fn yes_no(word: &str) -> Option<bool> {
    let is = |others: [&str; 3]| others.iter().any(|other| word.eq_ignore_ascii_case(other));
    match () {
        () if is(["true", "yes", "1"]) => Some(true),
        () if is(["false", "no", "0"]) => Some(false),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::fields::FIELDS, *};

    fn read(column: &str, cell: &str) -> (Value, Vec<(String, &'static str)>) {
        let field = FIELDS.iter().find(|field| field.column() == column).unwrap();
        let mut faults = Vec::new();
        let value = value(field.form, cell, &mut faults).unwrap_or_default();
        (value, faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect())
    }

    #[track_caller]
    fn sound(column: &str, cell: &str) -> Value {
        let (value, faults) = read(column, cell);
        assert_eq!(faults, []);
        value
    }

    #[test]
    fn texts_are_kept_and_words_are_trimmed() {
        assert_eq!(sound("bio", " a\r\n\"b\" "), " a\r\n\"b\" ");
        assert_eq!(sound("bio", " "), " ");
        assert_eq!(sound("gender", " woman\u{a0}"), "woman");
        for column in ["bio", "gender", "phone", "style_challenge", "languages", "modalities"] {
            assert_eq!(sound(column, ""), Value::Null);
        }
        assert_eq!((sound("gender", " "), sound("languages", " ; ;")), (Value::Null, Value::Null));
    }

    #[test]
    fn numbers_and_answers_are_written_as_such() {
        assert_eq!(sound("style_challenge", " -2 "), -2);
        assert_eq!(sound("sliding_scale_minimum_amount", "1e3"), 1000.0);
        assert_eq!(["TRUE", "yes", " 1 "].map(|cell| sound("measures_progress", cell)), [true; 3]);
        assert_eq!(["False", "NO", "0"].map(|cell| sound("measures_progress", cell)), [false; 3]);
        let wrong = vec![(String::new(), "invalid_type")];
        for cell in ["$90", "1,000", "0x1", "NaN", "1e999", "+1", ".5", "\"1\"", "٣"] {
            assert_eq!(read("style_challenge", cell), (json!(cell), wrong.clone()));
        }
        assert_eq!(read("measures_progress", "maybe"), (json!("maybe"), wrong));
    }

    #[test]
    fn things_may_leave_out_their_later_parts() {
        assert_eq!(
            sound(
                "modalities",
                "Cognitive Behavioral (CBT); emdr:technique ;ifs::trained;act:::2012;dbt:; a\\:b"
            ),
            json!([
                "Cognitive Behavioral (CBT)",
                {"code": "emdr", "role": "technique"},
                {"code": "ifs", "evidence_level": "trained"},
                {"code": "act", "since": 2012},
                {"code": "dbt"},
                "a:b",
            ])
        );
        assert_eq!(
            sound("problem_areas", "ptsd:primary;Grief"),
            json!([{"code": "ptsd", "focus": "primary"}, "Grief"])
        );
        assert_eq!(
            sound("confirmations", "contact:phone:2026-11-01T10:00:00Z;licenses"),
            json!([
                {"field_group": "contact", "method": "phone", "confirmed_at": "2026-11-01T10:00:00Z"},
                {"field_group": "licenses"},
            ])
        );
        let (value, faults) = read("modalities", "cbt;emdr:technique:trained:2012:more");
        assert_eq!(value[1]["since"], "2012:more");
        assert_eq!(faults, [("/1/since".to_owned(), "invalid_type")]);
    }
}
