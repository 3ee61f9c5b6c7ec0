//! The bounds of a request (its `validator` rules) as faults with JSON Pointers, in words that never repeat the value.

use std::fmt::Write as _;

use serde_json::Value;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::fault::Fault;

/// Adds every broken bound to `faults`, in the order of the fields' names.
pub(super) fn collect(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    let mut fields: Vec<_> = errors.errors().iter().collect();
    fields.sort_unstable_by_key(|(field, _)| *field);
    for (field, kind) in fields {
        let mut pointer = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Struct(errors) => collect(errors, &pointer, faults),
            ValidationErrorsKind::List(elements) => {
                let length = pointer.len();
                for (index, errors) in elements {
                    let _ = write!(pointer, "/{index}");
                    collect(errors, &pointer, faults);
                    pointer.truncate(length);
                }
            }
            ValidationErrorsKind::Field(errors) => faults.extend(errors.iter().map(|e| fault(e, &pointer))),
        }
    }
}

fn fault(error: &ValidationError, pointer: &str) -> Fault {
    let limit = |name: &str| error.params.get(name).filter(|limit| !limit.is_null());
    let (size, unit, [small, large]) = match (error.code.as_ref(), error.params.get("value")) {
        ("length", Some(Value::Array(list))) => {
            (Some(list.len() as f64), " elements long", ["too_few", "too_many"])
        }
        ("length", Some(Value::String(text))) => {
            (Some(text.chars().count() as f64), " characters long", ["too_short", "too_long"])
        }
        (_, value) => (value.and_then(Value::as_f64), "", ["too_small", "too_large"]),
    };
    let is_small = size.zip(limit("min").and_then(Value::as_f64)).is_some_and(|(size, least)| size < least);
    match (limit("min").filter(|_| is_small), limit("max")) {
        (Some(least), _) => Fault::new(pointer, small, format!("This must be at least {least}{unit}.")),
        (None, Some(most)) => Fault::new(pointer, large, format!("This must be at most {most}{unit}.")),
        (None, None) => Fault::new(pointer, "invalid_value", "This is not within its bounds."),
    }
}
