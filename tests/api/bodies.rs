//! Bodies by their shape, at every operation of the contract: an object is an object, wherever it stands.

use serde_json::{Value, json};

use crate::bytes::with_json;
use crate::cases::birth;
use crate::contract::{contract, operation_of};
use crate::support::{Answer, TestApp};

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

/// Where a name out of a list stands in a body, or may.
fn names_in(schema: &Value, body: &Value, at: &str) -> Vec<String> {
    let schema = resolved(schema);
    if schema["enum"].is_array() {
        return vec![at.to_owned()];
    }
    if let Some(items) = body.as_array() {
        let within = |(index, item): (usize, &Value)| names_in(&schema["items"], item, &format!("{at}/{index}"));
        return items.iter().enumerate().flat_map(within).collect();
    }
    let members = schema["properties"].as_object().into_iter().flatten();
    let members = members.filter(|(name, member)| body[*name].is_object() || !resolved(member)["properties"].is_object());
    members.flat_map(|(name, member)| names_in(member, &body[name], &format!("{at}/{name}"))).collect()
}

#[test]
fn every_text_of_a_problem_fits_its_schema_whatever_it_lists() {
    let app = TestApp::new();
    let bound = |schema: &str| contract()["components"]["schemas"][schema]["properties"]["detail"]["maxLength"].as_u64().unwrap();
    let (most, most_of_field) = (bound("ProblemBase"), bound("ProblemField"));
    let fits = |answer: &Answer, at: &str| {
        let length = |text: &Value| text.as_str().unwrap().chars().count() as u64;
        assert!(length(&answer.body["detail"]) <= most, "{at}: {}", answer.text);
        let errors = answer.body["errors"].as_array().unwrap();
        assert!(errors.iter().all(|error| length(&error["detail"]) <= most_of_field), "{at}: {}", answer.text);
        assert!(errors.iter().any(|error| error["code"] == "not_allowed"), "{at}: {}", answer.text);
    };
    let mut tried = 0;
    for (target, example) in with_json() {
        let schema = &operation_of(&target.id)["requestBody"]["content"]["application/json"]["schema"];
        for pointer in names_in(schema, &example, "") {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let mut body = example.clone();
            match body.pointer_mut(parent) {
                Some(Value::Object(members)) => _ = members.insert(name.to_owned(), json!("NO_SUCH_NAME")),
                Some(Value::Array(items)) => items[name.parse::<usize>().unwrap()] = json!("NO_SUCH_NAME"),
                _ => panic!("{}: {pointer}", target.id),
            }
            for language in ["zh-TW", "en"] {
                let call = target.call(&app, "").header("Accept-Language", language);
                let answer = call.raw(body.to_string(), "application/json").send();
                answer.refused(422, "invalid");
                fits(&answer, &format!("{} {pointer}", target.id));
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "{tried}");
    let mut body = birth(1);
    body["applicant"]["relation"] = json!("NO_SUCH_NAME");
    let told = app.post("/v1/cases:check").user("clerk1").header("Accept-Language", "en").json(&body).send();
    let text = told.refused(422, "invalid")["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(text.starts_with("one of ") && text.ends_with(", …"), "{text}");
}

#[test]
fn what_is_no_object_is_no_body_anywhere() {
    let app = TestApp::new();
    for (target, _) in with_json() {
        for body in ["null", "true", "1", "\"{}\"", "[]"] {
            let answer = target.send(&app, body);
            answer.refused(422, "invalid");
            assert_eq!(answer.fields(), [(String::new(), "invalid_type".to_owned())], "{}: {body}", target.id);
        }
    }
}
