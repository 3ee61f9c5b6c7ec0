//! What a JSON Schema finds wrong, in the API's words: stable codes, and details that repeat nothing of the input.

use std::collections::HashSet;

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::{parse::MAX_FAULTS, pointer, schema::Shape};
use crate::{
    fault::{self, Fault},
    web::code::Code,
};

/// A fault, and whether the value under its pointer has to be taken out before the rest can be read.
#[derive(Debug)]
pub struct Finding {
    pub fault: Fault,
    pub spoils: bool,
}

/// A larger value is not compared with its schema, nor with rules beyond its type's: naming what is wrong with each of so
/// many parts would cost far more than sending them. No input that is right comes near.
const MAX_PARTS: usize = 5_000;

/// Whether the value has so many parts that they are not looked at one by one.
pub fn is_excessive(value: &Value) -> bool {
    parts(value, MAX_PARTS) >= MAX_PARTS
}

/// All that the schema finds wrong with the value, up to [`MAX_FAULTS`].
pub fn find(shape: &Shape, value: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_excessive(value) {
        return findings;
    }
    for error in shape.errors(value) {
        explain(shape, &error, &mut findings);
        if findings.len() >= MAX_FAULTS {
            break;
        }
    }
    // A value of the wrong type also misses its choices and its form: the type is what to tell.
    let mistyped = findings.iter().filter(|finding| finding.fault.code == Code::InvalidType.as_str());
    let mistyped = mistyped.map(|finding| finding.fault.pointer.clone()).collect::<HashSet<_>>();
    findings.retain(|Finding { fault, .. }| {
        fault.code == Code::InvalidType.as_str() || !mistyped.contains(&fault.pointer)
    });
    findings
}

/// How many values this one consists of, counted no further than the limit.
fn parts(value: &Value, limit: usize) -> usize {
    let (mut count, mut open) = (0, vec![value]);
    while let Some(value) = open.pop() {
        count += 1;
        if count + open.len() >= limit {
            return limit;
        }
        match value {
            Value::Array(array) => open.extend(array),
            Value::Object(object) => open.extend(object.values()),
            _ => {}
        }
    }
    count
}

fn explain(shape: &Shape, error: &ValidationError<'_>, findings: &mut Vec<Finding>) {
    let at = error.instance_path().as_str();
    let mut add = |pointer: String, code: Code, detail: String, suggestions: Vec<String>| {
        // A text of the wrong form is still a text: the rule that knows the form says it better.
        let spoils = !matches!(code, Code::Duplicate | Code::InvalidFormat);
        let fault = Fault::new(pointer, code.as_str(), detail).suggest(suggestions);
        findings.push(Finding { fault, spoils });
    };
    let mut say = |code, detail: String| add(at.to_owned(), code, detail, Vec::new());
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = shape.property_names(at);
            for name in unexpected {
                let detail = "There is no such field here.".to_owned();
                add(
                    pointer::join(at, name),
                    Code::UnknownField,
                    detail,
                    fault::nearest(name, known.iter().copied()),
                );
            }
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            add(pointer::join(at, name), Code::Required, "This field is required.".to_owned(), Vec::new());
        }
        Kind::Type { kind } => say(Code::InvalidType, type_detail(kind)),
        Kind::Enum { options } => {
            let choices = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let (detail, suggestions) = choice(choices, error.instance());
            add(at.to_owned(), Code::InvalidChoice, detail, suggestions);
        }
        Kind::Constant { expected_value } => {
            let (detail, suggestions) = choice(std::slice::from_ref(expected_value), error.instance());
            add(at.to_owned(), Code::InvalidChoice, detail, suggestions);
        }
        Kind::Minimum { limit } => say(Code::TooSmall, format!("This must be at least {limit}.")),
        Kind::Maximum { limit } => say(Code::TooLarge, format!("This must be at most {limit}.")),
        Kind::ExclusiveMinimum { limit } => say(Code::TooSmall, format!("This must be more than {limit}.")),
        Kind::ExclusiveMaximum { limit } => say(Code::TooLarge, format!("This must be less than {limit}.")),
        Kind::MultipleOf { multiple_of } => {
            say(Code::InvalidStep, format!("This must be a multiple of {multiple_of}."));
        }
        Kind::MinLength { limit } => say(Code::TooShort, at_least(*limit, "character")),
        Kind::MaxLength { limit } => say(Code::TooLong, at_most(*limit, "character")),
        Kind::MinItems { limit } => say(Code::TooFew, at_least(*limit, "element")),
        Kind::MaxItems { limit } => say(Code::TooMany, at_most(*limit, "element")),
        Kind::MinProperties { limit } => say(Code::TooFew, at_least(*limit, "field")),
        Kind::MaxProperties { limit } => say(Code::TooMany, at_most(*limit, "field")),
        Kind::AdditionalItems { limit } => say(Code::TooMany, at_most(*limit as u64, "element")),
        Kind::Pattern { pattern } => {
            say(Code::InvalidFormat, format!("This must match the pattern `{pattern}`."));
        }
        Kind::Format { format } => {
            let (code, detail) = format_fault(format);
            say(code, detail);
        }
        Kind::UniqueItems => {
            for index in repeated(error.instance()) {
                let detail = "The list has this element already.".to_owned();
                add(pointer::join(at, &index.to_string()), Code::Duplicate, detail, Vec::new());
            }
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match pick(at, context) {
            Branch::Errors(errors) => errors.iter().for_each(|error| explain(shape, error, findings)),
            Branch::Tag(pointer, choices, instance) => {
                let (detail, suggestions) = choice(&choices, instance);
                add(pointer, Code::InvalidChoice, detail, suggestions);
            }
            Branch::None => say(Code::InvalidValue, "This has none of the accepted forms.".to_owned()),
        },
        Kind::PropertyNames { .. } => {
            say(Code::InvalidFormat, "The name of a field here does not have the accepted form.".to_owned());
        }
        // The server's own trouble with a pattern or a reference is no fault of the sender's.
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } | Kind::Referencing(_) => {
            tracing::error!(keyword = error.kind().keyword(), "a schema keyword could not be checked");
        }
        Kind::Contains
        | Kind::ContentEncoding { .. }
        | Kind::ContentMediaType { .. }
        | Kind::Custom { .. }
        | Kind::FalseSchema
        | Kind::FromUtf8 { .. }
        | Kind::Not { .. }
        | Kind::OneOfMultipleValid { .. }
        | Kind::UnevaluatedItems { .. } => say(Code::InvalidValue, "This is not accepted here.".to_owned()),
    }
}

fn at_least(limit: u64, what: &str) -> String {
    if limit == 1 {
        "This must not be empty.".to_owned()
    } else {
        format!("This needs at least {limit} {what}s.")
    }
}

fn at_most(limit: u64, what: &str) -> String {
    let plural = if limit == 1 { "" } else { "s" };
    format!("This takes at most {limit} {what}{plural}.")
}

fn type_detail(kind: &TypeKind) -> String {
    let word = |kind: JsonType| match kind {
        JsonType::Null => "null",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "text",
        JsonType::Array => "a list",
        JsonType::Object => "an object",
    };
    let mut words = match kind {
        TypeKind::Single(kind) => vec![word(*kind)],
        TypeKind::Multiple(kinds) => kinds.iter().map(word).collect(),
    };
    // "text or null" reads better than "null or text".
    words.sort_by_key(|word| *word == "null");
    format!("This must be {}.", words.join(" or "))
}

fn format_fault(format: &str) -> (Code, String) {
    let (code, form) = match format {
        "date" => (Code::InvalidDate, "a date such as 2026-11-22"),
        "date-time" => (Code::InvalidDate, "a time such as 2026-11-22T10:00:00Z"),
        "email" => (Code::InvalidEmail, "an e-mail address"),
        "uri" => (Code::InvalidUrl, "an absolute URL"),
        "uuid" => (Code::InvalidId, "a UUID"),
        other => return (Code::InvalidFormat, format!("This must have the format `{other}`.")),
    };
    (code, format!("This must be {form}."))
}

/// The choices as a sentence, and the ones that come near to what was sent.
pub fn choice(choices: &[Value], instance: &Value) -> (String, Vec<String>) {
    let names = choices.iter().filter_map(Value::as_str).collect::<Vec<_>>();
    if names.is_empty() {
        return ("This is none of the accepted values.".to_owned(), Vec::new());
    }
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let suggestions =
        instance.as_str().map(|text| fault::nearest(text, names.iter().copied())).unwrap_or_default();
    let detail = if names.len() == 1 {
        format!("This must be {list}.")
    } else {
        format!("This must be one of {list}.")
    };
    (detail, suggestions)
}

/// The indices of the elements that stand in the list before.
fn repeated(list: &Value) -> Vec<usize> {
    let mut seen = HashSet::new();
    let elements = list.as_array().into_iter().flatten().enumerate();
    elements.filter(|(_, element)| !seen.insert(element.to_string())).map(|(index, _)| index).collect()
}

/// Which of several alternatives the sender meant.
enum Branch<'e> {
    Errors(Vec<&'e ValidationError<'static>>),
    /// None of them: the tag that tells them apart has an unknown value.
    Tag(String, Vec<Value>, &'e Value),
    None,
}

fn pick<'e>(at: &str, context: &'e [Vec<ValidationError<'static>>]) -> Branch<'e> {
    let is_here = |error: &ValidationError<'_>| error.instance_path().as_str() == at;
    let wrong_type = |errors: &[ValidationError<'_>]| {
        errors.iter().any(|error| is_here(error) && matches!(error.kind(), Kind::Type { .. }))
    };
    let only_null = |errors: &[ValidationError<'_>]| {
        let is_null = |error: &ValidationError<'_>| {
            matches!(error.kind(), Kind::Type { kind: TypeKind::Single(JsonType::Null) })
        };
        errors.iter().all(is_null)
    };
    let real = context.iter().filter(|errors| !only_null(errors)).collect::<Vec<_>>();
    if let [only] = real.as_slice() {
        return Branch::Errors(only.iter().collect());
    }
    let typed = real.iter().filter(|errors| !wrong_type(errors)).copied().collect::<Vec<_>>();
    match typed.as_slice() {
        [] => {
            return real.first().map_or(Branch::None, |errors| {
                Branch::Errors(errors.iter().filter(|error| is_here(error)).take(1).collect())
            });
        }
        [only] => return Branch::Errors(only.iter().collect()),
        _ => {}
    }
    let tag = |errors: &'e Vec<ValidationError<'static>>| errors.iter().find_map(|error| tag_of(at, error));
    let matching = typed.iter().filter(|errors| tag(errors).is_none()).copied().collect::<Vec<_>>();
    match matching.as_slice() {
        [only] => Branch::Errors(only.iter().collect()),
        [] => {
            let tags = typed.iter().filter_map(|errors| tag(errors)).collect::<Vec<_>>();
            let Some((pointer, instance, _)) = tags.first().cloned() else { return Branch::None };
            let choices = tags.into_iter().filter(|tag| tag.0 == pointer).flat_map(|tag| tag.2).collect();
            Branch::Tag(pointer, choices, instance)
        }
        several => {
            let fewest = several.iter().map(|errors| errors.len()).min().unwrap_or_default();
            let mut best = several.iter().filter(|errors| errors.len() == fewest);
            match (best.next(), best.next()) {
                (Some(only), None) => Branch::Errors(only.iter().collect()),
                _ => Branch::None,
            }
        }
    }
}

/// The field right below `at` whose fixed value the error misses: what tells the alternatives apart.
fn tag_of<'e>(at: &str, error: &'e ValidationError<'static>) -> Option<(String, &'e Value, Vec<Value>)> {
    let path = error.instance_path().as_str();
    let is_field = pointer::split(path).is_some_and(|(parent, _)| parent == at) || path == at;
    let choices = match error.kind() {
        Kind::Constant { expected_value } => vec![expected_value.as_ref().clone()],
        Kind::Enum { options } => options.as_array().cloned().unwrap_or_default(),
        _ => return None,
    };
    is_field.then(|| (path.to_owned(), error.instance().as_ref(), choices))
}
