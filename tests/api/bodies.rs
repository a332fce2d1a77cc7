//! Bodies by their shape, at every operation of the contract: an object is an object, wherever it stands.

use serde_json::{Value, json};

use crate::bytes::with_json;
use crate::contract::{contract, operation_of};
use crate::support::TestApp;

/// The schema itself, behind references and the choice between it and nothing.
pub fn resolved(schema: &Value) -> &Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return resolved(contract().pointer(&reference[1..]).unwrap());
    }
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let mut choices = choices.filter(|choice| choice["type"] != "null");
    match (choices.next(), choices.next()) {
        (Some(only), None) => resolved(only),
        _ => schema,
    }
}

/// Copies of a body in each of which one object, named by its pointer, is the array of its members' values.
fn flattened(schema: &Value, body: &Value) -> Vec<(String, Value)> {
    let schema = resolved(schema);
    if let Some(items) = body.as_array() {
        let of_item = |(at, item): (usize, &Value)| {
            let put = move |(pointer, item)| {
                let mut items = items.clone();
                items[at] = item;
                (format!("/{at}{pointer}"), Value::Array(items))
            };
            flattened(&schema["items"], item).into_iter().map(put).collect::<Vec<_>>()
        };
        return items.iter().enumerate().flat_map(of_item).collect();
    }
    let Some(members) = schema["properties"].as_object() else { return Vec::new() };
    let values = members.keys().map(|name| body[name].clone()).collect();
    let mut copies = vec![(String::new(), Value::Array(values))];
    for (name, schema) in members {
        let member = match &body[name] {
            Value::Null => json!({}),
            member => member.clone(),
        };
        copies.extend(flattened(schema, &member).into_iter().map(|(pointer, member)| {
            let mut whole = if body.is_object() { body.clone() } else { json!({}) };
            whole[name] = member;
            (format!("/{name}{pointer}"), whole)
        }));
    }
    copies
}

#[test]
fn an_array_is_no_object_in_any_body() {
    let app = TestApp::new();
    let mut tried = 0;
    for (target, example) in with_json() {
        for (pointer, body) in
            flattened(&operation_of(&target.id)["requestBody"]["content"]["application/json"]["schema"], &example)
        {
            let answer = target.send(&app, body.to_string());
            answer.refused(422, "invalid");
            let place = answer.fields().iter().position(|found| *found == (pointer.clone(), "invalid_type".to_owned()));
            let place = place.unwrap_or_else(|| panic!("{}: {body}: {}", target.id, answer.text));
            assert_eq!(answer.body["errors"][place]["detail"], "應為物件");
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}

#[test]
fn a_member_given_twice_is_refused_by_its_name_in_every_body() {
    let app = TestApp::new();
    let mut tried = 0;
    for (target, example) in with_json() {
        let text = example.to_string();
        for (name, member) in example.as_object().unwrap() {
            let twice = text.replacen('{', &format!("{{\"{name}\":{member},"), 1);
            let answer = target.send(&app, twice);
            answer.refused(422, "invalid");
            assert_eq!(answer.fields(), [(format!("/{name}"), "duplicate_field".to_owned())], "{}", target.id);
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}
