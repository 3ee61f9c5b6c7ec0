//! Reads what a schema has let through, part by part: where serde still refuses a part, the part is replaced and the
//! rest is read on.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::{pointer, schema::Shape, schema_faults};
use crate::{fault::Fault, web::code::Code};

/// Each round reads the whole value again, so that their number must not follow the size of the input.
const MAX_ROUNDS: usize = 32;

/// The value with the parts under `mended` taken out or replaced; those and what serde itself refuses are added to
/// `mended` and `faults`. `None` when nothing readable is left.
pub fn decode_rest<T: DeserializeOwned>(
    shape: &Shape,
    value: &mut Value,
    mended: &mut Vec<String>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let mut attempts = HashMap::<String, u8>::new();
    for pointer in mended.iter() {
        mend(shape, value, pointer.clone(), 0, &mut attempts)?;
    }
    for _ in 0..MAX_ROUNDS + mended.len().min(MAX_ROUNDS) {
        let error = match serde_path_to_error::deserialize(&*value) {
            Ok(input) => return Some(input),
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let at = pointer_of(error.path());
        let Refusal { pointer, code, detail, suggestions } = read(&at, &message, value);
        // The schema has found all absent fields; one that is absent only now follows from what was put in beside it.
        let follows = |spot: &String| code == Code::Required && pointer::is_within(spot, &at);
        let known = mended.iter().any(|spot| pointer::is_within(&pointer, spot) || follows(spot));
        if !known {
            faults.push(Fault::new(pointer.as_str(), code.as_str(), detail).suggest(suggestions));
        }
        if code == Code::UnknownField {
            pointer::replace(value, &pointer, None);
            continue;
        }
        if !known {
            mended.push(pointer.clone());
        }
        let stage = u8::from(code == Code::Required);
        mend(shape, value, pointer, stage, &mut attempts)?;
    }
    None
}

/// First takes the part out, then puts something acceptable in its place, then gives up its parent.
fn mend(
    shape: &Shape,
    value: &mut Value,
    mut pointer: String,
    stage: u8,
    attempts: &mut HashMap<String, u8>,
) -> Option<()> {
    loop {
        let attempt = attempts.entry(pointer.clone()).or_default();
        *attempt = (*attempt).max(stage);
        while *attempt < 2 {
            *attempt += 1;
            let placeholder = (*attempt == 2).then(|| {
                let schemas = shape.at(&pointer);
                schemas.first().map_or(Value::Null, |schema| shape.placeholder(schema))
            });
            if pointer::replace(value, &pointer, placeholder) {
                return Some(());
            }
        }
        let (parent, _) = pointer::split(&pointer)?;
        pointer = parent.to_owned();
    }
}

struct Refusal {
    pointer: String,
    code: Code,
    detail: String,
    suggestions: Vec<String>,
}

/// What serde's message means. Its own words are not passed on: they repeat the value.
fn read(at: &str, message: &str, value: &Value) -> Refusal {
    let refusal = |pointer: String, code: Code, detail: &str| Refusal {
        pointer,
        code,
        detail: detail.to_owned(),
        suggestions: Vec::new(),
    };
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        return refusal(pointer::join(at, quoted), Code::Required, "This field is required.");
    }
    if message.starts_with("unknown field") {
        // Some deserializers point at the field already, others at its object.
        let at = match pointer::split(at) {
            Some((_, last)) if last == quoted => at.to_owned(),
            _ => pointer::join(at, quoted),
        };
        return refusal(at, Code::UnknownField, "There is no such field here.");
    }
    let found = value.pointer(at).unwrap_or(&Value::Null);
    if message.starts_with("unknown variant") {
        // The known names come last, so that nothing of the value can stand behind this separator.
        let names = message.rsplit_once(", expected ").map(|(_, names)| names).unwrap_or_default();
        let names = names.split('`').skip(1).step_by(2).map(Value::from).collect::<Vec<_>>();
        let (detail, suggestions) = schema_faults::choice(&names, found);
        return Refusal { pointer: at.to_owned(), code: Code::InvalidChoice, detail, suggestions };
    }
    match found {
        _ if message.starts_with("invalid type") => {
            refusal(at.to_owned(), Code::InvalidType, "This is not of the type that belongs here.")
        }
        Value::Number(number) if number.as_f64().is_some_and(|number| number < 0.0) => {
            refusal(at.to_owned(), Code::TooSmall, "This number is below what can be stored.")
        }
        Value::Number(_) => {
            refusal(at.to_owned(), Code::TooLarge, "This number is above what can be stored.")
        }
        Value::String(_) => {
            refusal(at.to_owned(), Code::InvalidFormat, "This does not have the form that belongs here.")
        }
        _ => refusal(at.to_owned(), Code::InvalidValue, "This does not have the accepted form."),
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer::push(&mut pointer, &index.to_string()),
            Segment::Map { key } => pointer::push(&mut pointer, key),
            Segment::Enum { variant } => pointer::push(&mut pointer, variant),
            Segment::Unknown => break,
        }
    }
    pointer
}
