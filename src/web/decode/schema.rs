//! The JSON Schema of an input type, as the OpenAPI document has it, ready to check values with.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, OnceLock, RwLock},
};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::strict::MAX_SKIPPED;

/// How many references and levels are followed before a schema counts as endless.
const MAX_DEPTH: usize = 32;

/// A schema, compiled once for each type.
#[derive(Debug)]
pub struct Shape {
    document: Value,
    validator: Option<Validator>,
    /// The names of the root's `readOnly` fields; `None` where there are others, deeper.
    read_only: Option<Vec<String>>,
}

impl Shape {
    /// The shape of a body.
    pub fn of_body<T: ToSchema + 'static>() -> Arc<Self> {
        cached(TypeId::of::<(Self, T)>(), || {
            let mut schemas = vec![(T::name().into_owned(), T::schema())];
            T::schemas(&mut schemas);
            let schemas = schemas.into_iter().collect::<std::collections::BTreeMap<_, _>>();
            let schemas = serde_json::to_value(schemas).unwrap_or_default();
            let root = format!("#/components/schemas/{}", T::name());
            json!({"$ref": root, "components": {"schemas": schemas}})
        })
    }

    /// The shape of a query: an object with one property for each parameter.
    pub fn of_query<T: IntoParams + 'static>() -> Arc<Self> {
        cached(TypeId::of::<T>(), || {
            let mut properties = Map::new();
            let mut required = Vec::new();
            for parameter in T::into_params(|| None) {
                if parameter.required == utoipa::openapi::Required::True {
                    required.push(Value::from(parameter.name.as_str()));
                }
                let schema = serde_json::to_value(&parameter.schema).unwrap_or_default();
                properties.insert(parameter.name, schema);
            }
            json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
        })
    }

    fn build(mut document: Value) -> Self {
        let known = document.pointer("/components/schemas").cloned().unwrap_or_default();
        tidy(&mut document, &known);
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .offline()
            .build(&document)
            .map_err(
                |error| tracing::error!(%error, "a schema does not compile; its faults come one at a time"),
            )
            .ok();
        let mut shape = Self { document, validator, read_only: None };
        shape.read_only = shape.read_only_fields();
        shape
    }

    fn read_only_fields(&self) -> Option<Vec<String>> {
        let is_read_only = |schema: &Value| schema["readOnly"] == true;
        let root = self.expand(vec![&self.document]);
        let properties = root.iter().filter_map(|schema| schema["properties"].as_object()).flatten();
        let names = properties.filter(|(_, property)| is_read_only(property)).map(|(name, _)| name.clone());
        let names: Vec<String> = names.collect();
        let mut marks = 0;
        let mut open = vec![&self.document];
        while let Some(part) = open.pop() {
            marks += usize::from(is_read_only(part));
            match part {
                Value::Object(object) => open.extend(object.values()),
                Value::Array(array) => open.extend(array),
                _ => {}
            }
        }
        (marks == names.len() && marks <= MAX_SKIPPED).then_some(names)
    }

    /// The names of the fields that the server sets itself (`readOnly`), if all of them are fields of the root; `None`
    /// where [`Self::prepare`] is needed to take them out.
    pub fn read_only(&self) -> Option<&[String]> {
        self.read_only.as_deref()
    }

    /// Whether the schema compiles; tests ask it of every body and query.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.validator.is_some()
    }

    /// Whether the value has the form that the schema asks for. A type without a sound schema asks for none; a test holds
    /// that every body has one.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        self.validator.as_ref().is_none_or(|validator| validator.is_valid(value))
    }

    /// Compares the value with the schema.
    pub fn errors<'a>(&'a self, value: &'a Value) -> Vec<jsonschema::ValidationError<'a>> {
        self.validator.iter().flat_map(|validator| validator.iter_errors(value)).collect()
    }

    /// The schema that holds the keyword at this location of the document.
    pub fn around(&self, keyword: &str) -> Option<&Value> {
        keyword.rsplit_once('/').and_then(|(parent, _)| self.document.pointer(parent))
    }

    /// Takes out what the server sets itself (`readOnly`), and writes whole numbers as integers: JSON Schema counts
    /// `295.0` as one, serde does not.
    pub fn prepare(&self, value: &mut Value) {
        self.prepare_at(value, &self.expand(vec![&self.document]));
    }

    fn prepare_at(&self, value: &mut Value, schemas: &[&Value]) {
        if schemas.is_empty() {
            return;
        }
        match value {
            Value::Object(object) => object.retain(|name, value| {
                let property = self.step(schemas, name, true);
                if property.iter().any(|schema| schema["readOnly"] == true) {
                    return false;
                }
                // Most members are neither, and spreading out what they may be costs more than reading them.
                if value.is_object() || value.is_array() || value.is_number() {
                    self.prepare_at(value, &self.expand(property));
                }
                true
            }),
            Value::Array(array) => {
                let items = self.expand(self.step(schemas, "0", true));
                array.iter_mut().for_each(|element| self.prepare_at(element, &items));
            }
            Value::Number(number) if !number.is_i64() && !number.is_u64() => {
                let takes = |name| schemas.iter().any(|schema| has_type(schema, name));
                if let Some(whole) = number.as_f64().and_then(whole)
                    && takes("integer")
                    && !takes("number")
                {
                    *value = Value::from(whole);
                }
            }
            _ => {}
        }
    }

    /// The schemas of the part at this place, with alternatives spread out; none when the schema does not name it.
    pub fn at(&self, pointer: &str) -> Vec<&Value> {
        let mut schemas = self.expand(vec![&self.document]);
        for token in super::pointer::tokens(pointer) {
            schemas = self.expand(self.step(&schemas, &token, true));
        }
        schemas
    }

    /// The leading part of the pointer that the schema names: declared properties and indices, no names of the sender's.
    pub fn known_part<'p>(&self, pointer: &'p str) -> &'p str {
        let mut schemas = self.expand(vec![&self.document]);
        let mut length = 0;
        for raw in pointer.split('/').skip(1) {
            let token = raw.replace("~1", "/").replace("~0", "~");
            schemas = self.expand(self.step(&schemas, &token, false));
            if schemas.is_empty() {
                break;
            }
            length += raw.len() + 1;
        }
        pointer.get(..length).unwrap_or_default()
    }

    /// The names of the properties that an object at this place may have.
    pub fn property_names(&self, pointer: &str) -> Vec<&str> {
        let objects = self.at(pointer).into_iter().filter_map(|schema| schema["properties"].as_object());
        objects.flat_map(Map::keys).map(String::as_str).collect()
    }

    /// The schemas of a declared property or an array's elements; and of a map's values, whose names are the sender's.
    fn step<'a>(&'a self, schemas: &[&'a Value], token: &str, of_maps: bool) -> Vec<&'a Value> {
        let is_index = token.bytes().all(|b| b.is_ascii_digit());
        let child = |schema: &&'a Value| {
            let property = schema.get("properties").and_then(|all| all.get(token));
            let element = || schema.get("items").filter(|items| is_index && items.is_object());
            let value = || schema.get("additionalProperties").filter(|values| of_maps && values.is_object());
            property.or_else(element).or_else(value)
        };
        schemas.iter().filter_map(child).collect()
    }

    /// Follows references and spreads alternatives.
    fn expand<'a>(&'a self, schemas: Vec<&'a Value>) -> Vec<&'a Value> {
        let mut expanded = Vec::new();
        let mut open = schemas.into_iter().map(|schema| (schema, 0)).collect::<Vec<_>>();
        while let Some((schema, depth)) = open.pop() {
            if depth > MAX_DEPTH || expanded.len() > 256 {
                continue;
            }
            expanded.push(schema);
            let target = schema["$ref"].as_str().and_then(|reference| self.resolve(reference));
            open.extend(target.map(|target| (target, depth + 1)));
            for keyword in ["oneOf", "anyOf", "allOf"] {
                let branches = schema[keyword].as_array().into_iter().flatten();
                open.extend(branches.map(|branch| (branch, depth + 1)));
            }
        }
        expanded
    }

    fn resolve(&self, reference: &str) -> Option<&Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }

    /// Some value that the schema accepts, to stand in for a part that it did not.
    pub fn placeholder(&self, schema: &Value) -> Value {
        self.placeholder_at(schema, 0)
    }

    fn placeholder_at(&self, schema: &Value, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|reference| self.resolve(reference)) {
            return self.placeholder_at(target, depth + 1);
        }
        for keyword in ["const", "default"] {
            if let Some(value) = schema.get(keyword) {
                return value.clone();
            }
        }
        if let Some(value) = schema["enum"].as_array().and_then(|all| all.iter().find(|v| !v.is_null())) {
            return value.clone();
        }
        for keyword in ["oneOf", "anyOf"] {
            let branches = schema[keyword].as_array();
            let branch = branches.and_then(|all| all.iter().find(|branch| branch["type"] != "null"));
            if let Some(branch) = branch {
                return self.placeholder_at(branch, depth + 1);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let objects = parts.iter().map(|part| self.placeholder_at(part, depth + 1));
            let fields = objects.filter_map(|part| part.as_object().cloned()).flatten();
            return Value::Object(fields.collect());
        }
        self.plain(schema, depth)
    }

    fn plain(&self, schema: &Value, depth: usize) -> Value {
        let number = |keyword: &str| schema[keyword].as_f64();
        if has_type(schema, "object") {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let field = |name: &str| {
                let property = schema["properties"].get(name)?;
                Some((name.to_owned(), self.placeholder_at(property, depth + 1)))
            };
            return Value::Object(required.filter_map(field).collect());
        }
        if has_type(schema, "array") {
            let count = schema["minItems"].as_u64().unwrap_or(0).min(16);
            let element = |_| self.placeholder_at(&schema["items"], depth + 1);
            return Value::Array((0..count).map(element).collect());
        }
        if has_type(schema, "string") {
            return Value::from(match schema["format"].as_str() {
                Some("date") => "2000-01-01".to_owned(),
                Some("date-time") => "2000-01-01T00:00:00Z".to_owned(),
                Some("uuid") => uuid::Uuid::nil().to_string(),
                Some("uri") => "https://example.org/".to_owned(),
                Some("email") => "x@example.org".to_owned(),
                _ => "x".repeat(schema["minLength"].as_u64().unwrap_or(0).min(4096) as usize),
            });
        }
        if has_type(schema, "integer") || has_type(schema, "number") {
            let low = number("minimum").or_else(|| number("exclusiveMinimum").map(|n| n + 1.0));
            let high = number("maximum").or_else(|| number("exclusiveMaximum").map(|n| n - 1.0));
            let value = low.unwrap_or(0.0).min(high.unwrap_or(f64::MAX));
            return whole(value).map_or_else(|| Value::from(value), Value::from);
        }
        if has_type(schema, "boolean") { Value::Bool(false) } else { Value::Null }
    }
}

/// Whether the schema takes this JSON type, alone or among others.
pub fn has_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(only) => only == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    }
}

fn whole(number: f64) -> Option<i64> {
    // Beyond 2^53 a double no longer tells neighbouring integers apart.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// Drops required marks of `readOnly` properties, which are taken out of values, and references to schemas that the
/// type does not bring along.
fn tidy(schema: &mut Value, known: &Value) {
    match schema {
        Value::Object(object) => {
            let properties = object.get("properties").and_then(Value::as_object).into_iter().flatten();
            let names = properties.filter(|(_, property)| property["readOnly"] == true);
            let names = names.map(|(name, _)| Value::from(name.as_str())).collect::<Vec<_>>();
            if let Some(Value::Array(required)) = object.get_mut("required") {
                required.retain(|name| !names.contains(name));
            }
            let dangles = |reference: &str| {
                reference.strip_prefix("#/components/schemas/").is_none_or(|name| known.get(name).is_none())
            };
            if object.get("$ref").and_then(Value::as_str).is_some_and(dangles) {
                object.remove("$ref");
            }
            object.values_mut().for_each(|value| tidy(value, known));
        }
        Value::Array(array) => array.iter_mut().for_each(|value| tidy(value, known)),
        _ => {}
    }
}

/// A memory, not a setting: what it holds follows from the types alone.
fn cached(key: TypeId, document: impl FnOnce() -> Value) -> Arc<Shape> {
    static SHAPES: OnceLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = OnceLock::new();
    let shapes = SHAPES.get_or_init(RwLock::default);
    if let Some(shape) = shapes.read().ok().and_then(|shapes| shapes.get(&key).cloned()) {
        return shape;
    }
    let shape = Arc::new(Shape::build(document()));
    if let Ok(mut shapes) = shapes.write() {
        shapes.insert(key, Arc::clone(&shape));
    }
    shape
}
