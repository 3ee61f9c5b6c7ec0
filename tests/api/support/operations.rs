//! The operations of the OpenAPI document.

use serde_json::Value;

/// One method of one path.
pub struct Operation {
    /// In upper case.
    pub method: String,
    pub path: String,
    pub value: Value,
}

/// All operations that the document describes.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, value) in item.as_object().expect("operations") {
            if matches!(method.as_str(), "get" | "put" | "post" | "delete" | "patch") {
                found.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    value: value.clone(),
                });
            }
        }
    }
    assert!(found.len() > 10, "the document has operations");
    found
}

/// The path with ids that nothing has.
pub fn concrete(path: &str) -> String {
    path.replace("{id}", "01936f5e-8a00-7000-8000-000000000001")
        .replace("{question}", "approaches_and_selection")
        .replace("{code}", "default")
        .replace("{version}", "1")
}
