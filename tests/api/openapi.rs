//! The OpenAPI document: committed, complete, and true to what the server does.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tailor::{auth::scope::Scope, server::document::document};

use crate::{
    on_both_databases,
    support::{
        app::App,
        database::Database,
        operations::{Operation, concrete, operations},
    },
};

/// Compares a committed file with what it should be; `UPDATE=1` rewrites it.
fn committed(path: &str, expected: &str) {
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(path, expected).expect("the file is written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{path} is out of date: run the tests once with UPDATE=1 and commit it");
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let document = document();
    let mut json = document.to_pretty_json().expect("JSON");
    json.push('\n');
    committed("openapi/openapi.json", &json);
    committed("openapi/openapi.yaml", &document.to_yaml().expect("YAML"));
}

#[test]
fn every_operation_is_described() {
    let document = serde_json::to_value(document()).expect("JSON");
    let tags: BTreeSet<&str> =
        document["tags"].as_array().expect("tags").iter().filter_map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    let mut missing = Vec::new();
    for Operation { method, path, value } in operations(&document) {
        let mut need = |holds: bool, what: &str| {
            if !holds {
                missing.push(format!("{method} {path}: {what}"));
            }
        };
        let text = |field: &str| value[field].as_str().is_some_and(|text| !text.trim().is_empty());
        need(text("summary"), "summary");
        need(text("description"), "description");
        need(
            value["tags"]
                .as_array()
                .is_some_and(|own| own.iter().all(|tag| tags.contains(tag.as_str().unwrap()))),
            "a declared tag",
        );
        let id = value["operationId"].as_str().unwrap_or_default().to_owned();
        need(!id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "operationId");
        need(ids.insert(id), "a unique operationId");
        let responses = value["responses"].as_object().expect("responses");
        need(responses.contains_key("500"), "the shared problems");
        let secured = value["security"].to_string().contains("bearer");
        need(!secured || (responses.contains_key("401") && responses.contains_key("403")), "401 and 403");
        for (media_type, content) in value["requestBody"]["content"].as_object().into_iter().flatten() {
            let has_example =
                |schema: &Value| schema.get("example").is_some() || schema.get("examples").is_some();
            let schema = resolve(&document, &content["schema"]);
            need(
                has_example(content) || has_example(schema) || media_type != "application/json",
                "an example of the request",
            );
        }
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            need(
                parameter["description"].as_str().is_some(),
                &format!("a description of {}", parameter["name"]),
            );
        }
    }
    assert!(missing.is_empty(), "missing in the document:\n{}", missing.join("\n"));
}

/// An example that its own schema refuses misleads whoever copies it.
#[test]
fn every_example_is_valid() {
    let document = serde_json::to_value(document()).expect("JSON");
    let mut faults = Vec::new();
    let mut checked = 0;
    let mut check = |place: &str, schema: &Value, example: &Value| {
        let mut root = schema.clone();
        root["components"] = document["components"].clone();
        let validator = jsonschema::draft202012::new(&root).expect("a schema");
        checked += 1;
        faults.extend(
            validator.iter_errors(example).map(|error| format!("{place}{}: {error}", error.instance_path())),
        );
    };
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        if let Some(example) = schema.get("example") {
            check(name, schema, example);
        }
        for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(example) = schema.get("example") {
                check(&format!("{name}.{property}"), schema, example);
            }
        }
    }
    for (name, response) in document["components"]["responses"].as_object().expect("responses") {
        let content = &response["content"]["application/problem+json"];
        check(name, &content["schema"], &content["example"]);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(checked > 60, "only {checked} examples were found");
}

/// What a schema points at.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("the reference holds"),
        None => schema,
    }
}

/// Whether an operation is open where the operator allows it, and the scopes that it names; `None` where it needs none.
fn scopes(operation: &Operation) -> Option<(bool, Vec<String>)> {
    let schemes = operation.value["security"].as_array().expect("every operation says what it needs");
    let open = schemes.iter().any(|scheme| scheme.as_object().is_some_and(serde_json::Map::is_empty));
    let scopes = schemes.iter().filter_map(|scheme| scheme["bearer"].as_array()).flatten();
    let scopes: Vec<String> = scopes.filter_map(|scope| scope.as_str().map(str::to_owned)).collect();
    (!scopes.is_empty()).then_some((open, scopes))
}

#[test]
fn every_secured_operation_wants_its_scope() {
    let app = App::with(Database::sqlite(), &["--public-read", "false"]);
    let document = serde_json::to_value(document()).expect("JSON");
    let mut secured = 0;
    for operation in operations(&document) {
        let Some((_, scopes)) = scopes(&operation) else { continue };
        secured += 1;
        let (method, path) = (operation.method.as_str(), concrete(&operation.path));
        let call = |client: crate::support::app::Client<'_>| {
            let media_type = if matches!(method, "GET" | "DELETE") { "" } else { "application/json" };
            let body: &[u8] = if media_type.is_empty() { b"" } else { b"{}" };
            client.send(method, &path, media_type, body)
        };
        let answer = call(app.anonymous());
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
        assert_eq!(answer.problem(401), "unauthorized", "{method} {path}");
        let bad = call(app.anonymous().with("Authorization", "Bearer nonsense"));
        assert_eq!(bad.problem(401), "invalid_token", "{method} {path}");
        for scope in Scope::ALL {
            let status = call(app.with_scopes(&[scope])).status;
            let reads = scope == Scope::ProfilesWrite && scopes.contains(&"directory:read".to_owned());
            let allowed = scope == Scope::Admin || reads || scopes.iter().any(|name| name == scope.code());
            assert_eq!(status == 403, !allowed, "{method} {path} with {} answers {status}", scope.code());
        }
    }
    assert!(secured >= 8, "the document names secured operations");
}

#[test]
fn open_operations_want_no_token() {
    let app = App::from(Database::sqlite());
    let document = serde_json::to_value(document()).expect("JSON");
    for operation in operations(&document) {
        let open = scopes(&operation).is_none_or(|(open, _)| open);
        if operation.method == "GET" && open {
            let status = app.anonymous().get(&concrete(&operation.path)).status;
            assert!(matches!(status, 200 | 404), "{} answers {status}", operation.path);
        }
    }
}

on_both_databases! {
    /// Swagger UI fills examples of parameters in, so that they are sent as they stand.
    fn the_examples_of_query_parameters_work_as_typed(app: App) {
        let document = serde_json::to_value(document()).expect("JSON");
        let anybody = app.with_scopes(&Scope::ALL);
        for Operation { method, path, value } in operations(&document) {
            let parameters = value["parameters"].as_array().into_iter().flatten();
            let examples = parameters.filter(|parameter| parameter["in"] == "query" && !parameter["example"].is_null());
            for parameter in examples.filter(|_| method == "GET" && !path.contains('{')) {
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let values = parameter["example"].as_array().cloned().unwrap_or_else(|| vec![parameter["example"].clone()]);
                let pairs = values.iter().map(|value| (text(&parameter["name"]), text(value)));
                let pair = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                let answer = anybody.get(&format!("{path}?{pair}"));
                // Some only make sense beside another one, and some only where there is a table of postal codes.
                let own = format!("/{}", text(&parameter["name"]));
                let alone = ["required", "inconsistent"];
                let faults = if answer.status == 200 { Vec::new() } else { answer.faults() };
                assert!(faults.iter().all(|(at, code)| *at != own || alone.contains(&code.as_str())), "{path}?{pair}: {faults:?}");
            }
        }
    }

    fn the_document_is_served_in_both_formats(app: App) {
        let served = app.anonymous().get("/openapi.json").expect(200).json();
        assert_eq!(served, serde_json::to_value(document()).expect("JSON"));
        assert_eq!(served["openapi"], "3.1.0");
        let yaml = app.anonymous().get("/openapi.yaml").expect(200);
        assert!(yaml.body.starts_with(b"openapi: 3.1.0"));
    }
}

/// Every bound that a request's schema states is the one that is enforced: at it no fault, past it one.
#[test]
fn the_bounds_of_the_document_are_those_enforced() {
    let app = App::from(Database::sqlite());
    let document = serde_json::to_value(document()).expect("JSON");
    let mut tried = 0;
    for operation in operations(&document) {
        let content = &operation.value["requestBody"]["content"]["application/json"];
        if content.is_null() || operation.method == "PATCH" {
            continue;
        }
        let schema = resolve(&document, &content["schema"]);
        let example = schema["example"].clone();
        let caller = app.with_scopes(&[Scope::Admin]);
        let faults_at = |body: &Value, pointer: &str| -> bool {
            let answer = caller.send(
                &operation.method,
                &concrete(&operation.path),
                "application/json",
                body.to_string().as_bytes(),
            );
            if answer.status != 422 {
                assert!(
                    matches!(answer.status, 200 | 201 | 404 | 409),
                    "{} {}",
                    operation.path,
                    answer.status
                );
                return false;
            }
            answer.faults().iter().any(|(at, _)| at == pointer)
        };
        for bound in bounds(&document, schema, &example, "") {
            for (value, holds) in bound.tries {
                let mut body = example.clone();
                set(&mut body, &bound.pointer, value.clone());
                let faulty = faults_at(&body, &bound.pointer);
                assert_eq!(
                    faulty, !holds,
                    "{} {}: {} with {value}",
                    operation.path, bound.pointer, bound.name
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "only {tried} bounds were tried");
}

struct Bound {
    pointer: String,
    name: &'static str,
    /// Values, and whether the bound admits them.
    tries: Vec<(Value, bool)>,
}

fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').expect("below the root");
    let parent = body.pointer_mut(parent).expect("the example has it");
    match parent {
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        other => other[name] = value,
    }
}

/// The bounds of a schema at the places that the example has, or whose parents it has.
fn bounds(document: &Value, schema: &Value, example: &Value, pointer: &str) -> Vec<Bound> {
    let mut schema = resolve(document, schema);
    if let Some(branch) =
        schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"))
    {
        schema = resolve(document, branch);
    }
    let mut found = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["readOnly"] == true {
            continue;
        }
        let at = format!("{pointer}/{name}");
        found.extend(own(document, property, &example[name], &at));
        if example[name].is_object() {
            found.extend(bounds(document, property, &example[name], &at));
        }
        if let Some(first) = example[name].as_array().and_then(|items| items.first()) {
            found.extend(bounds(document, &property["items"], first, &format!("{at}/0")));
        }
    }
    found
}

fn own(document: &Value, property: &Value, example: &Value, pointer: &str) -> Vec<Bound> {
    let mut found = Vec::new();
    let mut add = |name: &'static str, tries: Vec<(Value, bool)>| {
        found.push(Bound { pointer: pointer.to_owned(), name, tries });
    };
    let plain = property["pattern"].is_null() && property["format"].is_null();
    let text = |length: u64| Value::from("x".repeat(usize::try_from(length).expect("short")));
    if let Some(max) = property["maxLength"].as_u64() {
        // A value of that length that no list has is a fault of another kind: only past the bound is sure.
        if plain && !["code", "style", "policy", "question"].iter().any(|name| pointer.ends_with(name)) {
            let free = !matches!(
                pointer.rsplit('/').next(),
                Some("email" | "jurisdiction" | "currency" | "country")
            );
            if free {
                add("maxLength", vec![(text(max), true)]);
            }
        }
        add("maxLength", vec![(text(max + 1), false)]);
    }
    if let Some(min) = property["minLength"].as_u64().filter(|min| *min > 0) {
        add("minLength", vec![(text(min - 1), false)]);
    }
    if let Some(max) = property["maximum"].as_i64() {
        add("maximum", vec![(json!(max + 1), false)]);
        if !pointer.ends_with("/since") {
            add("maximum", vec![(json!(max), true)]);
        }
    }
    if let Some(min) = property["minimum"].as_i64() {
        add("minimum", vec![(json!(min), true), (json!(min - 1), false)]);
    }
    if let (Some(max), Some(first)) =
        (property["maxItems"].as_u64(), example.as_array().and_then(|items| items.first()))
    {
        let many = vec![first.clone(); usize::try_from(max + 1).expect("short")];
        add("maxItems", vec![(Value::from(many), false)]);
    }
    if let Some(min) = property["minItems"].as_u64().filter(|min| *min > 0) {
        let few = vec![Value::Null; usize::try_from(min - 1).expect("short")];
        add("minItems", vec![(Value::from(few), false)]);
    }
    let target = resolve(document, property);
    let target = target["oneOf"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["type"] != "null"))
        .unwrap_or(target);
    if let Some(values) = resolve(document, target)["enum"].as_array() {
        let mut tries: Vec<_> =
            values.iter().filter(|value| !value.is_null()).map(|value| (value.clone(), true)).collect();
        tries.push((json!("no_such_value"), false));
        // A `must` on style and homework is refused for a reason of its own.
        tries.retain(|(value, _)| value != "must");
        add("enum", tries);
    }
    found
}

/// No operation asks for `If-Match`, so that none may say it does.
#[test]
fn preconditions_are_not_said_to_be_required() {
    let document = serde_json::to_value(document()).expect("JSON");
    for Operation { method, path, value } in operations(&document) {
        assert!(value["responses"].get("428").is_none(), "{method} {path}");
    }
    assert!(document["components"]["responses"].get("PreconditionRequired").is_none());
}
