//! Input to typed values: either the value, or everything that is wrong with it at once.
//!
//! Input that is right takes a short way: a strict reader and the type's own rules say yes. What fails there is judged
//! by the type's JSON Schema, which finds all structural faults; faulty parts are then taken out, so that the rules of
//! the sound rest still speak. *Invariants*: no fault repeats a submitted value; the short way takes nothing that the
//! schema refuses (`tests/model/decoding.rs`).

pub mod parse;
pub mod pointer;
pub mod rule_faults;
pub mod schema;
pub mod schema_faults;
mod serde_faults;
mod strict;

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use self::{parse::MAX_FAULTS, schema::Shape};
use crate::{fault::Fault, web::code::Code};

/// Whether faults may name the sender's own field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// `unknown_field` points at the unknown field.
    Open,
    /// Pointers hold only names that the API has: `unknown_field` points at the parent.
    Private,
}

/// The value that the JSON text is, or everything that is wrong with it: with its structure, by its type's rules, and
/// by `check`, which looks where those two cannot. Text that is no JSON at all gives the one fault `malformed_json`.
pub fn decode<T>(text: &[u8], privacy: Privacy, check: impl Fn(&T) -> Vec<Fault>) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate + ToSchema + 'static,
{
    decode_asking(text, privacy, check, no_more_rules)
}

/// The same with rules that are looked at only where something is wrong already: those that whoever takes the value looks
/// at anyhow, so that their faults are named beside the others.
pub fn decode_asking<T>(
    text: &[u8],
    privacy: Privacy,
    check: impl Fn(&T) -> Vec<Fault>,
    further: impl Fn(&T) -> Vec<Fault>,
) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate + ToSchema + 'static,
{
    if let Some(input) = read_plain(text).filter(|input| keeps_rules(input, &check)) {
        return Ok(input);
    }
    let (value, faults) = parse::parse(text).map_err(|fault| vec![fault])?;
    examine_asking(&Shape::of_body::<T>(), value, faults, privacy, check, further)
}

/// The value that the JSON text is, if that is plain to see and it has the form that its type's schema asks for; bounds
/// and formats are for the type's rules. `None` says nothing about the text: [`decode`] does.
pub fn read_plain<T>(text: &[u8]) -> Option<T>
where
    T: DeserializeOwned + ToSchema + 'static,
{
    strict::read_text(text, Shape::of_body::<T>().read_only()?)
}

fn keeps_rules<T: Validate>(input: &T, check: impl Fn(&T) -> Vec<Fault>) -> bool {
    input.validate().is_ok() && check(input).is_empty()
}

/// The same for a value that is JSON already.
pub fn decode_value<T>(
    value: Value,
    privacy: Privacy,
    check: impl Fn(&T) -> Vec<Fault>,
) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate + ToSchema + 'static,
{
    let shape = Shape::of_body::<T>();
    let plain = shape.read_only().and_then(|names| strict::read_value(&value, names));
    if let Some(input) = plain.filter(|input| keeps_rules(input, &check)) {
        return Ok(input);
    }
    let faults = parse::control_characters(&value);
    examine(&shape, value, faults, privacy, check)
}

/// For input whose type says everything about it.
pub const fn no_more_rules<T>(_: &T) -> Vec<Fault> {
    Vec::new()
}

/// Reads a value by its shape. `faults` are what is known to be wrong with it.
pub fn examine<T>(
    shape: &Shape,
    value: Value,
    faults: Vec<Fault>,
    privacy: Privacy,
    check: impl Fn(&T) -> Vec<Fault>,
) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate,
{
    examine_asking(shape, value, faults, privacy, check, no_more_rules)
}

fn examine_asking<T>(
    shape: &Shape,
    mut value: Value,
    mut faults: Vec<Fault>,
    privacy: Privacy,
    check: impl Fn(&T) -> Vec<Fault>,
    further: impl Fn(&T) -> Vec<Fault>,
) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate,
{
    shape.prepare(&mut value);
    // Serde alone would also take a list for a structure and an object for a choice.
    if faults.is_empty()
        && shape.admits(&value)
        && let Ok(input) = T::deserialize(&value)
        && keeps_rules(&input, &check)
    {
        return Ok(input);
    }
    let mut mended = Vec::new();
    for finding in schema_faults::find(shape, &value) {
        if finding.spoils {
            mended.push(finding.fault.pointer.clone());
        }
        faults.push(finding.fault);
    }
    let is_excessive = schema_faults::is_excessive(&value);
    let unknown: HashSet<&str> = faults
        .iter()
        .filter(|fault| fault.code == Code::UnknownField.as_str())
        .map(|fault| fault.pointer.as_str())
        .collect();
    for pointer in &unknown {
        pointer::replace(&mut value, pointer, None);
    }
    mended.retain(|pointer| !unknown.contains(pointer.as_str()));
    let input = serde_faults::decode_rest::<T>(shape, &mut value, &mut mended, &mut faults);
    if let Some(input) = &input {
        // What a rule says of a part that was put in or taken out here, the sender did not cause.
        let is_touched = |at: &String| {
            mended.iter().any(|spot| pointer::is_within(at, spot) || pointer::is_within(spot, at))
        };
        let touched = |fault: &Fault| match fault.parts.as_slice() {
            [] => is_touched(&fault.pointer),
            parts => parts.iter().any(is_touched),
        };
        let broken = input.validate().err().map(|errors| rule_faults::find(&errors)).unwrap_or_default();
        let more = if is_excessive { Vec::new() } else { [check(input), further(input)].concat() };
        let broken: Vec<Fault> = broken.into_iter().chain(more).filter(|fault| !touched(fault)).collect();
        // A rule that knows the form says better what is wrong with it than the schema's pattern.
        let vague = |fault: &Fault| fault.code == Code::InvalidFormat.as_str();
        faults.retain(|fault| !vague(fault) || broken.iter().all(|better| better.pointer != fault.pointer));
        faults.extend(broken);
    }
    match input {
        // What is right was returned above; of so large an input the rules were not asked what is wrong.
        Some(input) if faults.is_empty() && !is_excessive => Ok(input),
        _ => Err(settle(shape, faults, privacy)),
    }
}

/// The faults as they are answered: in document order, each once, private where asked, with pointers of bounded size.
fn settle(shape: &Shape, mut faults: Vec<Fault>, privacy: Privacy) -> Vec<Fault> {
    for fault in &mut faults {
        fault.pointer = pointer::told(std::mem::take(&mut fault.pointer));
    }
    if faults.is_empty() {
        faults.push(Fault::new("", Code::InvalidValue.as_str(), "This does not have the accepted form."));
    }
    let sort = |faults: &mut Vec<Fault>| {
        faults.sort_by(|a, b| pointer::compare(&a.pointer, &b.pointer).then(a.code.cmp(b.code)));
    };
    sort(&mut faults);
    faults.dedup_by(|a, b| a.pointer == b.pointer && a.code == b.code);
    if privacy == Privacy::Private {
        for fault in &mut faults {
            let length = shape.known_part(&fault.pointer).len();
            fault.pointer.truncate(length);
        }
        // Faults of several parts that all are told as their parent's stay apart where they say different things.
        sort(&mut faults);
        faults.dedup_by(|a, b| a.pointer == b.pointer && a.code == b.code && a.detail == b.detail);
    }
    faults.truncate(MAX_FAULTS);
    faults
}

#[cfg(test)]
mod tests;
