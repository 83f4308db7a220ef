//! Payloads made from a request's JSON schema: one that fits its shape, and some that cannot.

use schemars::Schema;
use serde_json::{Map, Value, json};

/// How many fields have to be there.
pub(crate) fn required(schema: &Schema) -> usize {
    schema.get("required").and_then(Value::as_array).map_or(0, Vec::len)
}

/// A payload of the right shape. What it means may still be refused.
pub(crate) fn right(schema: &Schema) -> String {
    value(schema.as_value(), schema.as_value()).to_string()
}

/// Payloads that no request of this schema can be read from.
pub(crate) fn wrong(schema: &Schema) -> Vec<String> {
    let mut wrong: Vec<String> =
        ["[1,", "{\"a\": }", "7", "\"text\"", "true", "\u{0}"].map(str::to_owned).into();
    if required(schema) > 0 {
        wrong.push("{}".to_owned());
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for field in properties.into_iter().flat_map(Map::keys) {
        let mut payload = value(schema.as_value(), schema.as_value());
        payload[field] = json!({ "neither": ["this", "nor", "that"] });
        wrong.push(payload.to_string());
    }
    wrong
}

fn value(schema: &Value, root: &Value) -> Value {
    if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
        let found = root.pointer(place.trim_start_matches('#')).expect("a schema holds what it refers to");
        return value(found, root);
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(first) = schema.get("enum").and_then(|all| all.get(0)) {
        return first.clone();
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema.get(choice).and_then(|all| all.get(0)) {
            return value(first, root);
        }
    }
    let kind = schema.get("type");
    match kind.and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str())).unwrap_or("null") {
        "string" if schema.get("format").is_some_and(|format| format == "uuid") => {
            json!("6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44")
        }
        "string" => json!("a"),
        "integer" | "number" => json!(1),
        "boolean" => json!(false),
        "array" => json!([]),
        "object" => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let fields = required.filter_map(|name| {
                let name = name.as_str()?;
                Some((name.to_owned(), value(&schema["properties"][name], root)))
            });
            Value::Object(fields.collect())
        }
        _ => Value::Null,
    }
}
