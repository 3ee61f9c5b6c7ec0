//! Query strings as typed, checked values.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::{Ready, ready};
use url::form_urlencoded;
use utoipa::IntoParams;
use validator::Validate;

use crate::{
    fault::{self, Fault},
    web::{
        code::Code,
        decode::{
            Privacy, examine, no_more_rules, parse, pointer,
            schema::{Shape, has_type},
        },
        problem::Problem,
    },
};

/// A query that was read and checked by the parameters that the type documents. A list takes its parameter repeated:
/// `modality=cbt&modality=emdr`. Where it fails, the answer is 400 and names every fault at once.
///
/// Enums and newtypes among the parameters need `#[param(inline)]`, so that the document has their values in place.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// The same for input that nobody's logs may see a part of: no answer names a parameter that the API does not have.
#[derive(Debug)]
pub struct PrivateQuery<T>(pub T);

impl<T> FromRequest for PrivateQuery<T>
where
    T: DeserializeOwned + Validate + IntoParams + 'static,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = decode(request.query_string(), Privacy::Private);
        ready(query.map(Self).map_err(Problem::invalid_query))
    }
}

impl<T> FromRequest for Query<T>
where
    T: DeserializeOwned + Validate + IntoParams + 'static,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(decode_query(request.query_string()).map(Self).map_err(Problem::invalid_query))
    }
}

/// The value that the query string is, or everything that is wrong with it.
pub fn decode_query<T>(query: &str) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate + IntoParams + 'static,
{
    decode(query, Privacy::Open)
}

fn decode<T>(query: &str, privacy: Privacy) -> Result<T, Vec<Fault>>
where
    T: DeserializeOwned + Validate + IntoParams + 'static,
{
    let shape = Shape::of_query::<T>();
    let (value, faults) = collect(&shape, query);
    examine::<T>(&shape, value, faults, privacy, no_more_rules).map_err(|faults| {
        let mut faults = faults;
        faults.iter_mut().for_each(name_parameter);
        faults
    })
}

/// Gathers the parameters into an object, with the JSON types that their schemas ask for.
fn collect(shape: &Shape, query: &str) -> (Value, Vec<Fault>) {
    let mut object = Map::new();
    let mut faults = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let at = pointer::join("", &name);
        // Decoding puts this character where the bytes are no UTF-8.
        if text.contains('\u{fffd}') || name.contains('\u{fffd}') {
            faults.push(Fault::new(at.as_str(), Code::InvalidFormat.as_str(), "This is not valid UTF-8."));
        }
        let schemas = shape.at(&at);
        if schemas.is_empty() {
            let known = shape.property_names("");
            let fault = Fault::new(at, Code::UnknownParameter.as_str(), "There is no such query parameter.");
            faults.push(fault.suggest(fault::nearest(&name, known.iter().copied())));
            continue;
        }
        if schemas.iter().any(|schema| has_type(schema, "array")) {
            let value = typed(&shape.at(&pointer::join(&at, "0")), &text);
            match object.entry(name.into_owned()).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(list) => list.push(value),
                other => *other = value,
            }
        } else if object.insert(name.into_owned(), typed(&schemas, &text)).is_some() {
            faults.push(Fault::new(
                at,
                Code::RepeatedParameter.as_str(),
                "The query parameter takes one value.",
            ));
        }
    }
    let value = Value::Object(object);
    faults.extend(parse::control_characters(&value));
    (value, faults)
}

/// The text as the JSON type that the schema takes; as text where it is none of it, for the schema to refuse.
fn typed(schemas: &[&Value], text: &str) -> Value {
    let takes = |name| schemas.iter().any(|schema| has_type(schema, name));
    if takes("string") {
        return Value::from(text);
    }
    let number = || match text.parse::<i64>() {
        Ok(number) => Some(Value::from(number)),
        Err(_) => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
    };
    let value = match text {
        "true" | "false" if takes("boolean") => Some(Value::from(text == "true")),
        text if takes("integer") || takes("number") => {
            // Rust also reads `+1`, `inf` and `1.`; JSON's numbers are enough here.
            let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'e' | b'E'));
            plain.then(number).flatten()
        }
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}

fn name_parameter(fault: &mut Fault) {
    if fault.code == Code::UnknownField.as_str() {
        fault.code = Code::UnknownParameter.as_str();
    }
    if !fault.detail.contains("query parameter")
        && let Some(name) = pointer::tokens(&fault.pointer).next()
    {
        fault.detail = format!("Query parameter `{name}`: {}", fault.detail);
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use utoipa::ToSchema;

    use super::*;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Sort {
        Name,
        Distance,
    }

    #[derive(Debug, Deserialize, Validate, IntoParams)]
    #[expect(dead_code, reason = "read through Debug only")]
    #[serde(deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    struct Search {
        q: Option<String>,
        #[serde(default)]
        #[validate(length(max = 3))]
        modality: Vec<String>,
        #[serde(default)]
        #[param(inline)]
        sort: Option<Sort>,
        #[validate(range(min = 1, max = 100))]
        #[param(minimum = 1, maximum = 100)]
        limit: Option<u32>,
        radius_km: Option<f64>,
        remote: Option<bool>,
    }

    fn search(query: &str) -> String {
        match decode_query::<Search>(query) {
            Ok(search) => format!("{search:?}"),
            Err(faults) => {
                let line = |f: Fault| format!("{} {}: {} {:?}", f.pointer, f.code, f.detail, f.suggestions);
                faults.into_iter().map(line).collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn reads_repeated_and_typed_parameters() {
        insta::assert_snapshot!(
            search("modality=cbt&modality=emdr&limit=20&radius_km=2.5&remote=true&sort=distance&q=42"),
            @r#"Search { q: Some("42"), modality: ["cbt", "emdr"], sort: Some(Distance), limit: Some(20), radius_km: Some(2.5), remote: Some(true) }"#
        );
        insta::assert_snapshot!(search(""), @"Search { q: None, modality: [], sort: None, limit: None, radius_km: None, remote: None }");
    }

    #[test]
    fn names_every_fault() {
        insta::assert_snapshot!(
            search("limit=0&limit=x&radius_km=inf&remote=yes&sort=nam&modalty=cbt&q=%00&q=%FF"),
            @r#"
        /limit invalid_type: Query parameter `limit`: This must be a whole number. []
        /limit repeated_parameter: The query parameter takes one value. []
        /modalty unknown_parameter: There is no such query parameter. ["modality"]
        /q invalid_format: Query parameter `q`: This is not valid UTF-8. []
        /q repeated_parameter: The query parameter takes one value. []
        /radius_km invalid_type: Query parameter `radius_km`: This must be a number. []
        /remote invalid_type: Query parameter `remote`: This must be true or false. []
        /sort invalid_choice: Query parameter `sort`: This must be one of `name`, `distance`. ["name"]
        "#
        );
        insta::assert_snapshot!(search("limit=101&modality=1&modality=2&modality=3&modality=4"), @r"
        /limit too_large: Query parameter `limit`: This must be at most 100. []
        /modality too_many: Query parameter `modality`: This must be at most 3 elements long. []
        ");
        insta::assert_snapshot!(search("limit=99999999999&radius_km=+1"), @r"
        /limit too_large: Query parameter `limit`: This must be at most 100. []
        /radius_km invalid_type: Query parameter `radius_km`: This must be a number. []
        ");
    }
}
