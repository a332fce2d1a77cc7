//! Texts and bounds of every body, by the contract: what cannot be seen, is blank or too long is refused by name, and
//! `null` says no more than a member that is missing.

use serde_json::{Value, json};

use crate::bodies::resolved;
use crate::bytes::{Target, targets, with_json};
use crate::contract::operation_of;
use crate::support::{Answer, TestApp};

/// A member of a body: where it stands, what it holds, and the form of a case in whose fields it stands.
pub struct Member {
    pub pointer: String,
    pub schema: Value,
    required: bool,
    form: Option<String>,
}

/// Every member of a schema, at whatever depth.
fn members(schema: &Value, at: &str, form: Option<&str>, found: &mut Vec<Member>) {
    let schema = resolved(schema);
    for choice in schema["oneOf"].as_array().into_iter().flatten() {
        members(choice, at, tag(choice).as_deref(), found);
    }
    let mut add = |pointer: String, schema: &Value, required: bool| {
        let own = resolved(schema).clone();
        found.push(Member { pointer: pointer.clone(), schema: own, required, form: form.map(ToOwned::to_owned) });
        members(schema, &pointer, form, found);
    };
    if !schema["items"].is_null() {
        add(format!("{at}/0"), &schema["items"], true);
    }
    if schema["additionalProperties"].is_object() {
        add(format!("{at}/part"), &schema["additionalProperties"], true);
    }
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        add(format!("{at}/{name}"), member, required(name));
    }
}

/// The `kind` that tells a choice from the others.
fn tag(choice: &Value) -> Option<String> {
    resolved(&resolved(choice)["properties"]["kind"])["enum"][0].as_str().map(ToOwned::to_owned)
}

/// Puts a value where a pointer leads, and on the way there what must stand there.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let Some((head, rest)) = pointer.strip_prefix('/').map(|path| path.split_once('/').unwrap_or((path, ""))) else {
        *body = value;
        return;
    };
    let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    if head == "0" {
        if body.get(0).is_none() {
            *body = json!([null]);
        }
        put(&mut body[0], &rest, value);
    } else {
        if !body.is_object() {
            *body = json!({});
        }
        put(&mut body[head], &rest, value);
    }
}

/// A type of case with that form.
fn type_with(app: &TestApp, form: &str) -> String {
    let list = app.get("/v1/case-types").send();
    let found = list.expect(200)["items"].as_array().unwrap().iter().find(|one| one["form"] == form).unwrap();
    found["code"].as_str().unwrap().to_owned()
}

/// Bodies to try: an operation, its example, and a member; those of a case's fields where a case is made, since the
/// others ask for a case first.
pub fn tried() -> Vec<(Target, Value, Member)> {
    let mut all = Vec::new();
    for (target, example) in with_json() {
        let mut found = Vec::new();
        members(&operation_of(&target.id)["requestBody"]["content"]["application/json"]["schema"], "", None, &mut found);
        let reached = found.into_iter().filter(|member| member.form.is_none() || target.id == "create_case");
        all.extend(
            reached.map(|member| (targets().into_iter().find(|other| other.id == target.id).unwrap(), example.clone(), member)),
        );
    }
    all
}

/// Asks as somebody who may; cases are made by a clerk, for anybody.
pub fn send(app: &TestApp, target: &Target, body: &Value) -> Answer {
    if target.id == "create_case" {
        return app.post("/v1/cases").user("clerk1").once().json(body).send();
    }
    target.send(app, body.to_string())
}

pub fn body_with(app: &TestApp, example: &Value, member: &Member, value: Value) -> Value {
    let mut body = example.clone();
    if let Some(form) = &member.form {
        body["type_code"] = json!(type_with(app, form));
        body["fields"] = json!({"kind": form});
    }
    put(&mut body, &member.pointer, value);
    body
}

/// The code with which an answer refuses what stands at a pointer.
pub fn code_at(answer: &Answer, pointer: &str) -> Option<String> {
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    errors.filter(|error| error["pointer"] == pointer).find_map(|error| error["code"].as_str().map(ToOwned::to_owned))
}

/// Whether a member holds a text of any kind: neither a name out of a list nor one of a form.
fn is_free_text(schema: &Value) -> bool {
    let is_text = schema["type"] == "string" || schema["type"][0] == "string";
    is_text && ["pattern", "format", "enum"].iter().all(|word| schema[*word].is_null())
}

const UNSEEN: [(&str, &str); 5] = [
    ("\u{1b}", "control_characters"),
    ("\u{85}", "control_characters"),
    ("\u{202e}", "invisible_characters"),
    ("\u{2066}", "invisible_characters"),
    ("\u{200b}", "invisible_characters"),
];

#[test]
fn every_text_of_every_body_is_refused_that_cannot_be_seen_or_is_blank() {
    let app = TestApp::new();
    let mut count = 0;
    for (target, example, member) in tried().iter().filter(|(_, _, member)| is_free_text(&member.schema)) {
        let least = usize::try_from(member.schema["minLength"].as_u64().unwrap_or(0).max(1)).unwrap();
        let ask = |text: &str| send(&app, target, &body_with(&app, example, member, json!(text)));
        let refused = |text: &str, code: &str| {
            let answer = ask(text);
            assert_eq!(answer.status, 422, "{} {} {text:?}: {}", target.id, member.pointer, answer.text);
            assert_eq!(code_at(&answer, &member.pointer).as_deref(), Some(code), "{} {text:?}: {}", target.id, answer.text);
            assert!(!answer.text.contains(text), "{} repeats {text:?}", target.id);
        };
        for (unseen, code) in UNSEEN {
            refused(&format!("{}{unseen}乙", "甲".repeat(least)), code);
        }
        refused(&"\u{3000}".repeat(least), "blank");
        // The same text without them is not refused for its characters, so that it is they that are found above.
        let sound = code_at(&ask(&"甲".repeat(least.max(2))), &member.pointer);
        let by_characters = |code: &String| UNSEEN.iter().any(|(_, unseen)| code == unseen) || code == "blank";
        assert!(!sound.as_ref().is_some_and(by_characters), "{} {}: {sound:?}", target.id, member.pointer);
        count += 1;
    }
    assert!(count > 150, "{count}");
}

#[test]
fn every_text_of_every_form_is_refused_that_cannot_be_seen() {
    let app = TestApp::new();
    let mut count = 0;
    for target in targets() {
        let content = &operation_of(&target.id)["requestBody"]["content"]["application/x-www-form-urlencoded"];
        let mut found = Vec::new();
        members(&content["schema"], "", None, &mut found);
        for member in found.iter().filter(|member| is_free_text(&member.schema)) {
            let answer = target.send(&app, format!("{}=a%E2%80%AEb", &member.pointer[1..]));
            answer.refused(400, "malformed");
            assert_eq!(code_at(&answer, &member.pointer).as_deref(), Some("invisible_characters"), "{}", answer.text);
            count += 1;
        }
    }
    assert!(count > 8, "{count}");
}

#[test]
fn passwords_take_any_character() {
    let app = TestApp::new();
    let mut count = 0;
    for (target, example, member) in tried().iter().filter(|(_, _, member)| member.schema["format"] == "password") {
        let body = body_with(&app, example, member, json!("\u{1b} \u{202e}Grün-Tee-um-vier"));
        let code = code_at(&target.send(&app, body.to_string()), &member.pointer);
        assert!(code.as_deref().is_none_or(|code| code == "wrong"), "{} {}: {code:?}", target.id, member.pointer);
        count += 1;
    }
    assert!(count >= 4, "{count}");
}

#[test]
fn every_bound_that_the_contract_states_is_kept() {
    let app = TestApp::new();
    let mut count = 0;
    for (target, example, member) in &tried() {
        let bound = |name: &str| member.schema[name].as_i64();
        let text = |length: i64| json!("甲".repeat(usize::try_from(length).unwrap()));
        let mut beyond = Vec::new();
        if is_free_text(&member.schema) {
            beyond.extend(bound("maxLength").map(|most| (text(most + 1), "length")));
            beyond.extend(bound("minLength").filter(|least| *least > 0).map(|least| (text(least - 1), "length")));
        }
        if member.schema["type"] == "integer" || member.schema["type"][0] == "integer" {
            beyond.extend(bound("maximum").map(|most| (json!(most + 1), "range")));
            beyond.extend(bound("minimum").filter(|least| *least > 0).map(|least| (json!(least - 1), "range")));
        }
        for (value, code) in beyond {
            let answer = send(&app, target, &body_with(&app, example, member, value));
            let found = code_at(&answer, &member.pointer);
            // What a byte cannot hold is no number of its kind.
            let kept = found.as_deref().is_some_and(|found| found == code || (code == "range" && found == "invalid_type"));
            assert!(kept, "{} {}: {}", target.id, member.pointer, answer.text);
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn null_says_the_same_as_a_member_that_is_missing() {
    let (app, other) = (TestApp::new(), TestApp::new());
    let (mut optional, mut required) = (0, 0);
    for (target, example, member) in tried().iter().filter(|(_, _, member)| member.form.is_none()) {
        let name = member.pointer.rsplit('/').next().unwrap();
        // What stands in no example has parents of which all else is missing.
        let Some(parent) = member.pointer.strip_suffix(&format!("/{name}")).filter(|parent| example.pointer(parent).is_some())
        else {
            continue;
        };
        // What may be any value may be null.
        let any = member.schema["type"].is_null() && member.schema["oneOf"].is_null();
        if any || target.method == "PATCH" || name == "0" || name == "part" {
            continue;
        }
        let null = body_with(&app, example, member, Value::Null);
        if member.required {
            let answer = send(&app, target, &null);
            assert!(code_at(&answer, &member.pointer).is_some(), "{} {}: {}", target.id, member.pointer, answer.text);
            required += 1;
            continue;
        }
        let mut missing = example.clone();
        missing.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        // On two offices that know the same, so that neither meets what the other has made.
        let (given, left_out) = (send(&app, target, &null), send(&other, target, &missing));
        let errors = |answer: &Answer| answer.body["errors"].clone();
        let at = format!("{} {}: {} {}", target.id, member.pointer, given.text, left_out.text);
        assert_eq!((given.status, errors(&given)), (left_out.status, errors(&left_out)), "{at}");
        optional += 1;
    }
    assert!(optional > 60 && required > 100, "{optional} {required}");
}
