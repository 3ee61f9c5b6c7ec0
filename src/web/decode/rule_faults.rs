//! What a type's own rules (`validator`) find wrong, as faults with JSON Pointers.
//!
//! A rule gives a code of the table and words of its own with [`flaw`]. It may point deeper than its field with the
//! parameter `pointer`, and name what may have been meant with the parameter `suggestions`.

use std::borrow::Cow;

use serde_json::Value;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::pointer;
use crate::{fault::Fault, web::code::Code};

/// What a custom rule answers: a code of the table and a sentence. The sentence must not repeat the value.
#[must_use]
pub fn flaw(code: Code, detail: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code.as_str()).with_message(detail.into())
}

/// The same, for a part below the field that the rule is on: `/2/code`.
#[must_use]
pub fn flaw_at(
    pointer: impl Into<String>,
    code: Code,
    detail: impl Into<Cow<'static, str>>,
) -> ValidationError {
    let mut error = flaw(code, detail);
    error.params.insert(Cow::Borrowed("pointer"), Value::from(pointer.into()));
    error
}

/// All faults in a rule's findings.
pub fn find(errors: &ValidationErrors) -> Vec<Fault> {
    let mut faults = Vec::new();
    collect(errors, "", &mut faults);
    faults
}

fn collect(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        // Rules on a whole struct or list come under these names; raw identifiers keep their prefix.
        let pointer = match field.as_ref() {
            "__all__" | "_tmp_validator" => at.to_owned(),
            name => pointer::join(at, name.trim_start_matches("r#")),
        };
        match kind {
            ValidationErrorsKind::Struct(errors) => collect(errors, &pointer, faults),
            ValidationErrorsKind::List(elements) => {
                for (index, errors) in elements {
                    collect(errors, &pointer::join(&pointer, &index.to_string()), faults);
                }
            }
            ValidationErrorsKind::Field(errors) => faults.extend(errors.iter().map(|e| fault(e, &pointer))),
        }
    }
}

fn fault(error: &ValidationError, at: &str) -> Fault {
    let (code, default) = meaning(error);
    // Without a message of its own, the rule's default text would repeat the value.
    let detail = error.message.clone().map_or(default, Cow::into_owned);
    let below = error.params.get("pointer").and_then(Value::as_str).unwrap_or_default();
    let suggestions = error.params.get("suggestions").and_then(Value::as_array);
    let suggestions = suggestions.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Fault::new(format!("{at}{below}"), code.as_str(), detail).suggest(suggestions)
}

/// The table's code and words for a rule that has none of its own.
fn meaning(error: &ValidationError) -> (Code, String) {
    let limit = |name: &str| error.params.get(name).filter(|limit| !limit.is_null());
    let value = error.params.get("value").unwrap_or(&Value::Null);
    let range = |small: Code, large: Code, size: Option<f64>, unit: &str| {
        let least = limit("min").or_else(|| limit("equal"));
        let most = limit("max").or_else(|| limit("equal"));
        let is_small = size.zip(least.and_then(Value::as_f64)).is_some_and(|(size, least)| size < least);
        match (least, most) {
            (Some(least), _) if is_small => (small, format!("This must be at least {least}{unit}.")),
            (_, Some(most)) => (large, format!("This must be at most {most}{unit}.")),
            (Some(least), None) => (small, format!("This must be at least {least}{unit}.")),
            (None, None) => (Code::InvalidValue, "This is not within its bounds.".to_owned()),
        }
    };
    match error.code.as_ref() {
        "length" => match value {
            Value::Array(list) => {
                range(Code::TooFew, Code::TooMany, Some(list.len() as f64), " elements long")
            }
            Value::Object(map) => range(Code::TooFew, Code::TooMany, Some(map.len() as f64), " fields long"),
            text => {
                let size = text.as_str().map(|text| text.chars().count() as f64);
                range(Code::TooShort, Code::TooLong, size, " characters long")
            }
        },
        "range" => range(Code::TooSmall, Code::TooLarge, value.as_f64(), ""),
        "email" => (Code::InvalidEmail, "This must be an e-mail address.".to_owned()),
        "url" => (Code::InvalidUrl, "This must be an absolute URL.".to_owned()),
        "required" => (Code::Required, "This field is required.".to_owned()),
        "regex" => (Code::InvalidFormat, "This does not have the accepted form.".to_owned()),
        code => {
            let code = Code::parse(code).unwrap_or(Code::InvalidValue);
            (code, code.about().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;

    #[derive(Validate)]
    struct Inner {
        #[validate(range(min = 1, max = 5))]
        rating: i32,
    }

    fn no_twins(list: &[String]) -> Result<(), ValidationError> {
        if list.len() == 2 && list[0] == list[1] {
            return Err(flaw_at("/1", Code::Duplicate, "The list has this element already."));
        }
        Ok(())
    }

    #[derive(Validate)]
    #[validate(schema(function = "whole"))]
    struct Outer {
        #[validate(length(max = 3))]
        r#type: String,
        #[validate(length(min = 1), custom(function = "no_twins"))]
        tags: Vec<String>,
        #[validate(nested)]
        inner: Vec<Inner>,
        #[validate(email)]
        email: Option<String>,
    }

    fn whole(outer: &Outer) -> Result<(), ValidationError> {
        if outer.inner.len() == 2 {
            return Err(ValidationError::new("date_order"));
        }
        Ok(())
    }

    #[test]
    fn a_list_at_the_root_has_indices_only() {
        let faults = find(&vec![Inner { rating: 1 }, Inner { rating: 9 }].validate().unwrap_err());
        assert_eq!(faults[0].pointer, "/1/rating");
    }

    #[test]
    fn names_every_rule_with_a_pointer_and_never_the_value() {
        let outer = Outer {
            r#type: "secret".into(),
            tags: vec!["secret".into(), "secret".into()],
            inner: vec![Inner { rating: 3 }, Inner { rating: 77 }],
            email: Some("secret".into()),
        };
        let mut faults = find(&outer.validate().unwrap_err());
        faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        let found =
            faults.iter().map(|f| format!("{} {} {}", f.pointer, f.code, f.detail)).collect::<Vec<_>>();
        insta::assert_snapshot!(found.join("\n"), @r"
        /email invalid_email This must be an e-mail address.
        /inner/1/rating too_large This must be at most 5.
        /tags/1 duplicate The list has this element already.
        /type too_long This must be at most 3 characters long.
        ");
        assert!(!found.join("").contains("secret") && !found.join("").contains("77"));
    }
}
