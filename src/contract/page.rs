//! The contract for the documentation page: the same in the words of OpenAPI 3.0, which the page opens many times faster.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// The published contract, as the documentation page reads it.
pub fn for_page(published: &OpenApi) -> Value {
    let mut page = serde_json::to_value(published).expect("the contract is plain data");
    page["openapi"] = json!("3.0.3");
    older(&mut page);
    page
}

fn older(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(older),
        Value::Object(members) => {
            let names: Vec<String> = members.keys().filter(|name| *name != "example" && *name != "default").cloned().collect();
            for name in names {
                members.get_mut(&name).into_iter().for_each(older);
            }
            nullable(members);
            let first = members.get_mut("examples").and_then(Value::as_array_mut).filter(|all| !all.is_empty());
            if let Some(first) = first.map(|all| all.swap_remove(0)) {
                members.remove("examples");
                members.insert("example".to_owned(), first);
            }
        }
        _ => {}
    }
}

/// `null` among the types or the choices becomes `nullable`.
fn nullable(schema: &mut Map<String, Value>) {
    let null = json!({"type": "null"});
    if let Some(Value::Array(types)) = schema.get("type") {
        let kind = types.iter().find(|kind| *kind != "null").cloned().unwrap_or_else(|| json!("string"));
        schema.insert("type".to_owned(), kind);
        schema.insert("nullable".to_owned(), json!(true));
    }
    for among in ["oneOf", "anyOf"] {
        if let Some(Value::Array(choices)) = schema.get_mut(among)
            && choices.contains(&null)
        {
            choices.retain(|choice| *choice != null);
            schema.insert("nullable".to_owned(), json!(true));
        }
    }
}
