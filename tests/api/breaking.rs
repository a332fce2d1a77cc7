//! What may change in the contract: a client of the last released one must go on, unless the version says otherwise.
//! Releasing a contract is copying `openapi/openapi.json` to `openapi/released.json`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Two contracts beside each other, and what a client of the old one would stumble over.
struct Change<'v> {
    old: &'v Value,
    new: &'v Value,
}

/// Everything in the new contract that breaks a client of the old one.
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let change = Change { old, new };
    let mut found = Vec::new();
    for (path, item) in members(&old["paths"]) {
        for (method, operation) in members(item) {
            let at = format!("{} {path}", method.to_uppercase());
            match &new["paths"][path][method] {
                Value::Null => found.push(format!("{at} is gone")),
                now => found.extend(change.operation(operation, now).into_iter().map(|what| format!("{at}: {what}"))),
            }
        }
    }
    found
}

/// Whether a version may break what the one before it promised: a new major one, and a new minor one before 1.0.0.
fn may_break(old: &str, new: &str) -> bool {
    let parts = |version: &str| version.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
    let (old, new) = (parts(old), parts(new));
    new[0] > old[0] || (new[0] == 0 && old[0] == 0 && new[1] > old[1])
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn texts(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn resolved<'v>(root: &'v Value, value: &'v Value) -> &'v Value {
    match value["$ref"].as_str() {
        Some(reference) => root.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

/// A schema as the plain ones between which it leaves the choice.
fn choices(root: &Value, schema: &Value) -> Vec<Value> {
    let schema = resolved(root, schema);
    for word in ["oneOf", "anyOf"] {
        if let Some(list) = schema[word].as_array() {
            return list.iter().flat_map(|choice| choices(root, choice)).collect();
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = json!({"properties": {}, "required": []});
        for part in parts.iter().flat_map(|part| choices(root, part)) {
            for (name, value) in members(&part) {
                match (&mut whole[name], value) {
                    (Value::Object(all), Value::Object(more)) => all.extend(more.clone()),
                    (Value::Array(all), Value::Array(more)) => all.extend(more.clone()),
                    (all, more) => *all = more.clone(),
                }
            }
        }
        return vec![whole];
    }
    match schema["type"].as_array() {
        Some(types) => types
            .iter()
            .map(|kind| {
                let mut one = schema.clone();
                one["type"] = kind.clone();
                one
            })
            .collect(),
        None => vec![schema.clone()],
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Sent by clients: whatever was taken must be taken.
    In,
    /// Read by clients: nothing may come that did not come before, but for new names in an enumeration.
    Out,
}

impl Change<'_> {
    fn operation(&self, old: &Value, new: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if old["operationId"] != new["operationId"] {
            found.push("operationId is another".to_owned());
        }
        let scopes = |operation: &Value| -> BTreeSet<String> {
            let each = operation["security"].as_array().into_iter().flatten().flat_map(|one| members(one).map(|(_, v)| v));
            each.flat_map(texts).map(ToOwned::to_owned).collect()
        };
        let open = |operation: &Value| operation["security"].as_array().is_none_or(Vec::is_empty);
        if (open(old) && !open(new)) || !scopes(new).is_subset(&scopes(old)) {
            found.push("it asks for another permission".to_owned());
        }
        found.extend(self.parameters(old, new));
        found.extend(self.request(&old["requestBody"], &new["requestBody"]));
        for (status, response) in members(&old["responses"]) {
            let (old, new) = (resolved(self.old, response), resolved(self.new, &new["responses"][status]));
            if new.is_null() {
                if status.starts_with('2') {
                    found.push(format!("it answers {status} no more"));
                }
                continue;
            }
            found.extend(self.content(old, new, Way::Out).into_iter().map(|what| format!("{status}: {what}")));
        }
        found
    }

    fn parameters(&self, old: &Value, new: &Value) -> Vec<String> {
        let all = |root: &Value, operation: &Value| -> Vec<Value> {
            let each = operation["parameters"].as_array().into_iter().flatten();
            each.map(|parameter| resolved(root, parameter).clone()).collect()
        };
        let (old, new) = (all(self.old, old), all(self.new, new));
        let same = |a: &Value, b: &Value| a["in"] == b["in"] && a["name"] == b["name"];
        let mut found = Vec::new();
        for before in &old {
            let name = &before["name"];
            let Some(now) = new.iter().find(|now| same(before, now)) else {
                found.push(format!("parameter {name} is gone"));
                continue;
            };
            if now["required"] == true && before["required"] != true {
                found.push(format!("parameter {name} is required now"));
            }
            found.extend(self.fits(&before["schema"], &now["schema"], Way::In, &format!("parameter {name}"), 0));
        }
        let added = new.iter().filter(|now| now["required"] == true && !old.iter().any(|before| same(before, now)));
        found.extend(added.map(|now| format!("parameter {} is new and required", now["name"])));
        found
    }

    fn request(&self, old: &Value, new: &Value) -> Vec<String> {
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let mut found = Vec::new();
        if new["required"] == true && old["required"] != true {
            found.push("a body is required now".to_owned());
        }
        found.extend(self.content(old, new, Way::In));
        found
    }

    fn content(&self, old: &Value, new: &Value, way: Way) -> Vec<String> {
        let mut found = Vec::new();
        for (media, before) in members(&old["content"]) {
            match &new["content"][media] {
                Value::Null => found.push(format!("{media} is gone")),
                now => found.extend(self.fits(&before["schema"], &now["schema"], way, "body", 0)),
            }
        }
        found
    }

    /// Whether every value that one side gives is one that the other takes, and nothing that was there is gone.
    fn fits(&self, old: &Value, new: &Value, way: Way, at: &str, depth: usize) -> Vec<String> {
        // Deep enough for every schema; those that hold themselves end here.
        if depth > 12 || old.is_null() {
            return Vec::new();
        }
        let (old, new) = (choices(self.old, old), choices(self.new, new));
        let (given, taken) = match way {
            Way::In => (&old, &new),
            Way::Out => (&new, &old),
        };
        let mut found = Vec::new();
        for one in given {
            let tried = taken.iter().map(|other| match way {
                Way::In => self.plain(one, other, way, at, depth),
                Way::Out => self.plain(other, one, way, at, depth),
            });
            let best = tried.min_by_key(Vec::len);
            found.extend(best.unwrap_or_else(|| vec![format!("{at} is gone")]));
        }
        found
    }

    fn plain(&self, old: &Value, new: &Value, way: Way, at: &str, depth: usize) -> Vec<String> {
        let (given, taken) = if way == Way::In { (old, new) } else { (new, old) };
        let mut found = Vec::new();
        if !taken["type"].is_null() && given["type"] != taken["type"] {
            return vec![format!("{at} is of another type")];
        }
        let wider = given["format"] == "int32" && taken["format"] == "int64";
        if !taken["format"].is_null() && given["format"] != taken["format"] && !wider {
            found.push(format!("{at} has another format"));
        }
        if !taken["enum"].is_null() {
            let (offered, known) = (texts(&given["enum"]), texts(&taken["enum"]));
            if offered.is_empty() || (way == Way::In && !offered.is_subset(&known)) {
                found.push(format!("{at} takes fewer values"));
            }
        }
        if way == Way::In {
            found.extend(bounds(given, taken).into_iter().map(|bound| format!("{at} has a narrower {bound}")));
        }
        found.extend(self.object(old, new, way, at, depth));
        if !old["items"].is_null() {
            found.extend(self.fits(&old["items"], &new["items"], way, &format!("{at}[]"), depth + 1));
        }
        found
    }

    fn object(&self, old: &Value, new: &Value, way: Way, at: &str, depth: usize) -> Vec<String> {
        let (before, now) = (texts(&old["required"]), texts(&new["required"]));
        let mut found = Vec::new();
        for (name, property) in members(&old["properties"]) {
            let at = format!("{at}.{name}");
            match &new["properties"][name] {
                Value::Null => found.push(format!("{at} is gone")),
                now => found.extend(self.fits(property, now, way, &at, depth + 1)),
            }
        }
        match way {
            Way::In => found.extend(now.difference(&before).map(|name| format!("{at}.{name} is required now"))),
            Way::Out => found.extend(before.difference(&now).map(|name| format!("{at}.{name} may be missing now"))),
        }
        found
    }
}

/// Bounds that refuse what was within them before.
fn bounds(given: &Value, taken: &Value) -> Vec<&'static str> {
    let number = |schema: &Value, name: &str| schema[name].as_f64();
    let upper = ["maximum", "maxLength", "maxItems"]
        .into_iter()
        .filter(|name| number(taken, name).is_some_and(|most| number(given, name).is_none_or(|before| before > most)));
    let lower = ["minimum", "minLength", "minItems"].into_iter().filter(|name| {
        number(taken, name).is_some_and(|least| number(given, name).unwrap_or(f64::MIN) < least)
            && !(*name != "minimum" && taken[*name] == 0)
    });
    let pattern = ["pattern"].into_iter().filter(|name| !taken[*name].is_null() && given[*name] != taken[*name]);
    upper.chain(lower).chain(pattern).collect()
}

fn read(path: &str) -> Value {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn a_client_of_the_last_released_contract_goes_on_unless_the_version_rises() {
    let (released, contract) = (read("openapi/released.json"), read("openapi/openapi.json"));
    let version = |contract: &Value| contract["info"]["version"].as_str().unwrap().to_owned();
    let found = breaks(&released, &contract);
    let (old, new) = (version(&released), version(&contract));
    assert!(found.is_empty() || may_break(&old, &new), "{old} to {new} breaks clients:\n{}", found.join("\n"));
}

#[test]
fn a_new_major_version_may_break_and_before_the_first_a_new_minor_one() {
    let pairs = [("0.1.0", "0.2.0", true), ("0.1.0", "0.1.1", false), ("0.9.3", "1.0.0", true), ("1.0.0", "1.1.0", false)];
    for (old, new, expected) in pairs {
        assert_eq!(may_break(old, new), expected, "{old} to {new}");
    }
    assert!(may_break("1.4.2", "2.0.0") && !may_break("0.2.0", "0.2.0"));
}

/// A small contract with one of everything.
fn small() -> Value {
    json!({
        "paths": {"/things": {"post": {
            "operationId": "create_thing",
            "security": [{"oauth2": ["thing.write"]}],
            "parameters": [
                {"$ref": "#/components/parameters/Page"},
                {"name": "If-Match", "in": "header", "required": false, "schema": {"type": "string"}}
            ],
            "requestBody": {"required": false, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Input"}}}},
            "responses": {
                "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "409": {"content": {"application/problem+json": {"schema": {"type": "object", "properties": {"code": {"type": "string"}}}}}}
            }
        }}},
        "components": {
            "parameters": {"Page": {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}},
            "schemas": {
                "Input": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string", "maxLength": 40},
                    "kind": {"type": "string", "enum": ["A", "B"]},
                    "note": {"oneOf": [{"type": "string"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Input"}}
                }},
                "Thing": {"allOf": [
                    {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
                    {"type": "object", "properties": {"state": {"type": "string", "enum": ["NEW"]}, "count": {"type": "integer"}}}
                ]}
            }
        }
    })
}

/// Sets what a pointer names; `null` takes it away.
fn changed(pointer: &str, value: Value) -> Value {
    let mut contract = small();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    match (contract.pointer_mut(parent).unwrap(), value) {
        (Value::Object(object), Value::Null) => {
            object.remove(&name).unwrap();
        }
        (Value::Object(object), value) => {
            object.insert(name, value);
        }
        (Value::Array(list), Value::Null) => {
            list.remove(name.parse().unwrap());
        }
        (Value::Array(list), value) => list.push(value),
        _ => panic!("{pointer} leads nowhere"),
    }
    contract
}

const POST: &str = "/paths/~1things/post";
const INPUT: &str = "/components/schemas/Input";
const THING: &str = "/components/schemas/Thing/allOf";

#[test]
fn whatever_a_client_would_stumble_over_is_found() {
    let post = |rest: &str| format!("{POST}{rest}");
    let input = |rest: &str| format!("{INPUT}{rest}");
    let thing = |rest: &str| format!("{THING}{rest}");
    let required = json!({"name": "reason", "in": "query", "required": true, "schema": {"type": "string"}});
    let pairs = [
        ("/paths/~1things".to_owned(), json!(null), "is gone"),
        (post(""), json!(null), "is gone"),
        (post("/operationId"), json!("make_thing"), "operationId"),
        (post("/security"), json!([{"oauth2": ["thing.approve"]}]), "permission"),
        (post("/parameters/0"), json!(null), "parameter \"page\" is gone"),
        (post("/parameters/9"), required, "\"reason\" is new and required"),
        (post("/parameters/1/required"), json!(true), "\"If-Match\" is required now"),
        (post("/requestBody/required"), json!(true), "a body is required"),
        (post("/responses/201"), json!(null), "answers 201 no more"),
        (post("/responses/201/content"), json!({"text/plain": {}}), "application/json is gone"),
        ("/components/parameters/Page/schema/maximum".to_owned(), json!(50), "narrower maximum"),
        ("/components/parameters/Page/schema/minimum".to_owned(), json!(2), "narrower minimum"),
        (input("/properties/kind/enum/0"), json!(null), "fewer values"),
        (input("/properties/note"), json!({"type": "string"}), "another type"),
        (input("/properties/name/maxLength"), json!(20), "narrower maxLength"),
        (input("/properties/name/pattern"), json!("^[a-z]+$"), "narrower pattern"),
        (input("/properties/name/type"), json!("integer"), "another type"),
        (input("/properties/note"), json!(null), "body.note is gone"),
        (input("/required/9"), json!("kind"), "body.kind is required now"),
        (thing("/1/properties/count"), json!(null), "body.count is gone"),
        (thing("/1/properties/count/type"), json!("string"), "another type"),
        (thing("/1/properties/count/type"), json!(["integer", "null"]), "another type"),
        (thing("/0/properties/id/format"), json!("date"), "another format"),
        (thing("/0/required/0"), json!(null), "body.id may be missing now"),
        (thing("/1/properties/state/enum"), json!(null), "fewer values"),
        (post("/responses/409/content/application~1problem+json/schema/properties/code"), json!(null), "body.code is gone"),
    ];
    for (pointer, value, expected) in pairs {
        let found = breaks(&small(), &changed(&pointer, value));
        assert!(found.iter().any(|what| what.contains(expected)), "{pointer}: {found:?}");
    }
}

#[test]
fn whatever_leaves_clients_alone_is_let_through() {
    assert_eq!(breaks(&small(), &small()), [""; 0]);
    let optional = json!({"name": "reason", "in": "query", "required": false, "schema": {"type": "string"}});
    let pairs = [
        (POST.to_owned() + "/parameters/9", optional),
        (POST.to_owned() + "/responses/404", json!({"description": "not there"})),
        (POST.to_owned() + "/responses/409", json!(null)),
        (POST.to_owned() + "/security", json!([])),
        ("/paths/~1others".to_owned(), json!({"get": {"operationId": "list_others"}})),
        ("/components/parameters/Page/schema/maximum".to_owned(), json!(200)),
        (INPUT.to_owned() + "/properties/kind/enum/9", json!("C")),
        (INPUT.to_owned() + "/properties/extra", json!({"type": "string"})),
        (INPUT.to_owned() + "/properties/name/type", json!(["string", "null"])),
        (INPUT.to_owned() + "/required/0", json!(null)),
        (THING.to_owned() + "/1/properties/state/enum/9", json!("OLD")),
        (THING.to_owned() + "/1/properties/more", json!({"type": "string"})),
        (THING.to_owned() + "/1/required", json!(["count"])),
    ];
    for (pointer, value) in pairs {
        assert_eq!(breaks(&small(), &changed(&pointer, value)), [""; 0], "{pointer}");
    }
}
