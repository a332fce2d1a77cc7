//! The contract as a document: up to date, complete, and the policy beside it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use huzheng::auth::Reach;
use huzheng::auth::policy;
use huzheng::domains::ALL;
use huzheng::states::Table;
use serde_json::Value;

use crate::support::CONTRACT;

/// Compares with a committed file; UPDATE=1 writes it instead.
fn golden(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "{path} is out of date: run UPDATE=1 cargo test contract");
}

/// The contract as it is committed.
fn published() -> String {
    huzheng::contract::text(&huzheng::contract::published(ALL, &CONTRACT, None))
}

/// The contract as a document, made once.
pub fn contract() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(&**CONTRACT).unwrap());
    &DOCUMENT
}

/// Every operation as (path, method, operation).
pub fn operations() -> &'static [(&'static str, String, &'static Value)] {
    static ALL: LazyLock<Vec<(&str, String, &Value)>> = LazyLock::new(|| {
        let paths = contract()["paths"].as_object().unwrap();
        let each = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.as_str(), method.to_uppercase(), operation))
        });
        each.collect()
    });
    &ALL
}

/// One operation by its id.
pub fn operation_of(id: &str) -> &'static Value {
    let found = operations().iter().find(|(_, _, operation)| operation["operationId"] == id);
    found.unwrap_or_else(|| panic!("{id} is no operation")).2
}

#[test]
fn the_committed_contract_is_up_to_date() {
    golden("openapi/openapi.json", &published());
}

#[test]
fn the_policy_is_the_one_agreed_on() {
    golden("tests/golden/policy.txt", &policy::print(ALL.policy()));
}

const LEGEND: &str =
    "An act: its name, operation, address, past tense, what it makes of whoever does it, and whom it is kept from;
below it the state before and the state after. An act without states begins a record; one without an operation is the
office's own machine's.
";

/// Acts by address that turn no state, each with its reason.
const STATELESS: [(&str, &str); 20] = [
    ("reveal_inquiry_contact", "reads"),
    ("reveal_on_site_contact", "reads"),
    ("reveal_petition", "reads"),
    ("reveal_protection_mark", "reads"),
    ("reveal_case", "reads"),
    ("reveal_case_contact", "reads"),
    ("reveal_certificate_contact", "reads"),
    ("reveal_booking_contact", "reads"),
    ("reveal_waitlist_contact", "reads"),
    ("reveal_maintenance_record", "reads"),
    ("reveal_volunteer_contact", "reads"),
    ("reveal_volunteer_application_contact", "reads"),
    ("reveal_promotion_partner_contact", "reads"),
    ("verify_draw", "reads"),
    ("rotate_agency_secret", "an agency has channels and no state"),
    ("approve_agency", "an agency has channels and no state"),
    ("reject_agency", "an agency has channels and no state"),
    ("end_session", "a log-in that has ended is shown no more"),
    ("strike_maintenance_record", "a line of a record book is struck by another line, and has no state"),
    ("strike_spot_check_entry", "a line of a record book is struck by another line, and has no state"),
];

#[test]
fn every_act_on_a_record_is_a_line_of_a_table() {
    let operations = operations();
    let path = |id: &str| operations.iter().find(|(_, _, operation)| operation["operationId"] == id).map(|(path, ..)| path);
    let acts: Vec<_> = ALL.acts().flat_map(|table| table.acts).filter_map(|act| Some((act.operation?.operation, act))).collect();
    for (id, act) in &acts {
        let path = path(id).unwrap_or_else(|| panic!("{id} is no operation"));
        assert!(path.ends_with(act.address), "{id} is at {path}, not at …{}", act.address);
    }
    for (at, _, operation) in operations.iter().filter(|(path, ..)| path.contains("}:")) {
        let id = operation["operationId"].as_str().unwrap();
        let told = acts.iter().any(|(known, _)| *known == id) || STATELESS.iter().any(|(stateless, _)| *stateless == id);
        assert!(told, "{id} ({at}) is in no table of acts");
    }
}

#[test]
fn the_transitions_are_those_agreed_on() {
    let tables: Vec<String> = ALL.acts().map(Table::print).collect();
    let text = format!("{LEGEND}\n{}", tables.join("\n"));
    golden("tests/golden/transitions.txt", &text);
}

#[test]
fn every_line_of_the_policy_has_its_operation() {
    let ids: Vec<String> = operations().iter().map(|(_, _, o)| o["operationId"].as_str().unwrap().to_owned()).collect();
    for line in ALL.policy() {
        assert!(ids.iter().any(|id| id == line.operation), "{} is in no route", line.operation);
    }
    assert_eq!(ids.len(), ALL.policy().count());
}

#[test]
fn every_operation_says_what_it_is() {
    for (path, method, operation) in operations() {
        let at = format!("{method} {path}");
        for member in ["summary", "description", "operationId", "tags", "security", "responses"] {
            assert!(!operation[member].is_null(), "{at} lacks {member}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{at} {status} lacks a description");
            if status.starts_with(['4', '5']) {
                assert!(!response["content"]["application/problem+json"].is_null(), "{at} {status} is no problem document");
            }
        }
    }
}

#[test]
fn every_request_body_has_an_example() {
    let contract = contract();
    for (path, method, operation) in operations() {
        let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
        for media in content.values() {
            let reference = media["schema"]["$ref"].as_str().unwrap_or("");
            let name = reference.rsplit('/').next().unwrap();
            let schema = &contract["components"]["schemas"][name];
            let has = !media["example"].is_null() || !schema["example"].is_null() || !schema["examples"].is_null();
            let trivial = schema["properties"].as_object().is_none_or(serde_json::Map::is_empty);
            assert!(has || trivial, "{method} {path}: {name} has no example");
        }
    }
}

#[test]
fn every_example_keeps_its_own_schema() {
    let schemas = contract()["components"]["schemas"].as_object().unwrap();
    let examples = |schema: &Value| {
        let many = schema["examples"].as_array().cloned().unwrap_or_default();
        many.into_iter().chain(Some(schema["example"].clone()).filter(|example| !example.is_null())).collect::<Vec<_>>()
    };
    let mut found = 0;
    for (name, schema) in schemas {
        for example in examples(schema) {
            fits(schema, &example).unwrap_or_else(|fault| panic!("{name}: its example breaks it: {fault}"));
            found += 1;
        }
    }
    assert!(found > 100, "{found}");
}

/// The contract's example of an operation's body; an empty object where there is none.
pub fn example_of(id: &str) -> Value {
    let contract = contract();
    let media = &operation_of(id)["requestBody"]["content"]["application/json"];
    let name = media["schema"]["$ref"].as_str().unwrap_or("").rsplit('/').next().unwrap().to_owned();
    let example =
        [&media["example"], &contract["components"]["schemas"][&name]["example"]].into_iter().find(|e| !e.is_null()).cloned();
    example.unwrap_or_else(|| serde_json::json!({}))
}

/// Name of the schema of an operation's body.
pub fn body_of(id: &str) -> String {
    let reference = &operation_of(id)["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    reference.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// What the contract says of one operation's answers.
struct Operation {
    path: &'static str,
    answers: &'static Value,
    /// The codes that its refusals can have.
    codes: Vec<String>,
}

/// Every operation by method and number of parts of its address, the narrower addresses first.
static OPERATIONS: LazyLock<HashMap<(String, usize), Vec<Operation>>> = LazyLock::new(|| {
    let mut all: HashMap<_, Vec<Operation>> = HashMap::new();
    for (path, method, operation) in operations() {
        let answers = &operation["responses"];
        let each = answers.as_object().unwrap().values();
        let codes = each.flat_map(|answer| codes_of(&answer["content"]["application/problem+json"]["schema"])).collect();
        all.entry((method.clone(), path.split('/').count())).or_default().push(Operation { path, answers, codes });
    }
    for alike in all.values_mut() {
        alike.sort_by_key(|operation| operation.path.split('/').map(|part| part.contains('{')).collect::<Vec<_>>());
        alike.sort_by_key(|operation| !operation.path.rsplit('/').next().unwrap().contains(':'));
    }
    all
});

/// What the contract says of a request, if it knows its address.
fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let address = path.split('?').next().unwrap();
    let method = if method == "HEAD" { "GET" } else { method };
    let alike = OPERATIONS.get(&(method.to_owned(), address.split('/').count()))?;
    let is = |pattern: &str, part: &str| match pattern.split_once('{').zip(pattern.split_once('}')) {
        Some(((before, _), (_, after))) => {
            part.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|name| !name.is_empty())
        }
        None => pattern == part,
    };
    alike.iter().find(|operation| operation.path.split('/').zip(address.split('/')).all(|(pattern, part)| is(pattern, part)))
}

/// Holds an answer that the suite has received against the contract: every member is there that must be and none that is
/// not named, each of the type, size and choice stated.
#[track_caller]
pub fn check_answer(method: &str, path: &str, status: u16, body: &Value) {
    let Some(Operation { path, answers, .. }) = operation(method, path) else { return };
    let answer = &answers[status.to_string()];
    assert!(!answer.is_null(), "{method} {path} answers {status}, which its contract lacks");
    let schema = &answer["content"]["application/json"]["schema"];
    if let Err(fault) = fits(schema, body) {
        panic!("{method} {path} answers {status} against its contract: {fault}");
    }
}

/// Headers that the contract declares wherever they are sent; others are on every answer.
const DECLARED: [&str; 9] = [
    "Content-Language",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Vary",
    "WWW-Authenticate",
];

/// Holds the headers of an answer that the suite has received against the contract: none is sent that the contract does
/// not declare, and each is there that it declares, but those that it says are there "Only" at times. What was made is
/// found where its `Location` says.
#[track_caller]
pub fn check_headers(method: &str, path: &str, status: u16, sent: &HashMap<String, String>) {
    let Some(Operation { path, answers, .. }) = operation(method, path) else { return };
    let answer = &answers[status.to_string()];
    // Whatever the framework refuses by itself.
    if answer.is_null() {
        return;
    }
    let at = format!("{method} {path} answers {status}");
    for name in DECLARED {
        let declared = answer["headers"].as_object().and_then(|headers| headers.get(name));
        let declared = declared.map(|header| match header["$ref"].as_str() {
            Some(reference) => contract().pointer(&reference[1..]).unwrap(),
            None => header,
        });
        // Whether pages of other origins may read an answer is settled before any operation is asked.
        let value = sent.get(&name.to_ascii_lowercase()).filter(|value| name != "Vary" || value.contains("accept-"));
        match (value, declared) {
            (Some(_), None) => panic!("{at} with {name}, which its contract does not declare"),
            (None, Some(header)) if !header["description"].as_str().unwrap().starts_with("Only") => {
                panic!("{at} without {name}, which its contract declares");
            }
            _ => {}
        }
    }
    if status == 201 {
        let place = &sent["location"];
        assert!(operation("GET", place).is_some(), "{at} with the location {place}, which nothing answers");
    }
}

#[test]
#[should_panic(expected = "GET /v1/office answers 200 with Location, which its contract does not declare")]
fn a_header_that_the_contract_does_not_declare_is_noticed() {
    let sent = [("etag", "\"1\""), ("location", "/")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    check_headers("GET", "/v1/office", 200, &sent.into());
}

#[test]
#[should_panic(expected = "GET /v1/office answers 200 without ETag, which its contract declares")]
fn a_header_that_the_contract_declares_in_vain_is_noticed() {
    check_headers("GET", "/v1/office", 200, &HashMap::new());
}

/// Whether an operation has a parameter of this name, and whether it is required.
fn parameter(operation: &Value, name: &str) -> Option<bool> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(|one| one["$ref"].as_str().map_or(one, |reference| contract().pointer(&reference[1..]).unwrap()))
        .find(|one| one["name"] == name)
        .map(|one| one["required"] == true)
}

#[test]
fn every_list_comes_in_pages() {
    let mut lists = 0;
    for (path, method, operation) in operations() {
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let schema = schema["$ref"].as_str().map_or(schema, |reference| contract().pointer(&reference[1..]).unwrap());
        assert_ne!(schema["type"], "array", "{method} {path} answers a bare list");
        let members = &schema["properties"];
        // The items of a record are a part of it, as papers are of a notice.
        let is_record = || members.as_object().unwrap().keys().any(|name| name == "id" || name.ends_with("_id"));
        // A search is a list whose question stands in no address.
        let is_list = path.ends_with(":search") || (method == "GET" && !members["items"].is_null() && !is_record());
        if !is_list {
            continue;
        }
        lists += 1;
        for name in ["next", "total"] {
            assert!(!members[name].is_null(), "{method} {path} answers without {name}");
        }
        for name in ["cursor", "limit", "include_total"] {
            assert_eq!(parameter(operation, name), Some(false), "{method} {path} does not take {name}");
        }
    }
    assert!(lists > 30, "{lists}");
}

#[test]
fn every_act_on_a_shared_record_names_its_version() {
    let operations = operations();
    let shown: Vec<&str> = operations.iter().filter(|(_, method, _)| method == "GET").map(|(path, ..)| *path).collect();
    for (path, method, operation) in operations {
        let line = crate::promises::line(operation["operationId"].as_str().unwrap());
        let acts = match method.as_str() {
            "GET" => false,
            "POST" => path.contains("}:"),
            _ => true,
        };
        // Whoever sees a record whole changes nothing of it.
        if !acts || line.scope.ends_with(".read") {
            continue;
        }
        // What is the caller's own and nobody else's is changed by nobody else: an agency's answers to its queue.
        let own = line.grants.iter().all(|(_, reach)| *reach == Reach::Own);
        assert_eq!(parameter(operation, "If-Match"), (!own).then_some(true), "{method} {path}");
        let record = path.split(':').next().unwrap();
        let is_shown = shown.iter().any(|shown| shown.contains('{') && record.starts_with(shown));
        assert!(own || is_shown, "{method} {path} wants a version that no GET tells");
    }
    for (path, method, operation) in operations {
        assert_ne!(parameter(operation, "If-Match"), Some(false), "{method} {path}: a version is required or not asked for");
    }
}

#[test]
fn a_post_that_is_answered_anew_takes_no_key_and_every_other_one_does() {
    for (path, method, operation) in operations() {
        let line = crate::promises::line(operation["operationId"].as_str().unwrap());
        let says =
            operation["description"].as_str().unwrap().contains("Sent again it is answered anew: it takes no `Idempotency-Key`");
        assert_eq!(says, line.anew, "{method} {path}");
        // RFC 6749 knows no keys: a token that is lost is asked for anew.
        let takes = method == "POST" && !line.anew;
        assert_eq!(parameter(operation, "Idempotency-Key"), takes.then_some(line.needs_key), "{method} {path}");
    }
}

/// The object that has the members of all parts; those of a later part are narrower.
fn all_of(parts: &[Value]) -> Value {
    let mut whole = serde_json::json!({"type": "object", "properties": {}, "required": []});
    for part in parts {
        let part = part["$ref"].as_str().map_or(part, |reference| contract().pointer(&reference[1..]).unwrap());
        let properties = part["properties"].as_object().expect("a part has members").clone();
        whole["properties"].as_object_mut().unwrap().extend(properties);
        whole["required"].as_array_mut().unwrap().extend(part["required"].as_array().into_iter().flatten().cloned());
    }
    whole
}

/// Says where a value does not fit a schema, and why.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(contract().pointer(&reference[1..]).unwrap(), value).map_err(|fault| format!("{fault} ({reference})"));
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let faults: Vec<String> = choices.iter().filter_map(|choice| fits(choice, value).err()).collect();
            return if faults.len() < choices.len() { Ok(()) } else { Err(format!("none of: {}", faults.join("; "))) };
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return fits(&all_of(parts), value);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !(kinds.is_empty() || kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number"))) {
        return Err(format!("a {kind}, not a {}", kinds.join(" or ")));
    }
    if schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        return Err(format!("{value} is no choice"));
    }
    let within = |size: f64, least: &str, most: &str| {
        let (least, most) = (schema[least].as_f64().unwrap_or(f64::MIN), schema[most].as_f64().unwrap_or(f64::MAX));
        if (least..=most).contains(&size) { Ok(()) } else { Err(format!("{size} is not within {least} to {most}")) }
    };
    match value {
        Value::Number(number) => within(number.as_f64().unwrap(), "minimum", "maximum"),
        Value::String(text) => within(text.chars().count() as f64, "minLength", "maxLength"),
        Value::Array(items) => {
            within(items.len() as f64, "minItems", "maxItems")?;
            let each = items.iter().enumerate();
            each.map(|(at, item)| (at, fits(&schema["items"], item)))
                .try_for_each(|(at, fit)| fit.map_err(|f| format!("[{at}]: {f}")))
        }
        Value::Object(members) => {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    return Err(format!("{name} is missing"));
                }
            }
            let Some(known) = schema["properties"].as_object() else { return Ok(()) };
            members.iter().try_for_each(|(name, member)| match known.get(name) {
                Some(schema) => fits(schema, member).map_err(|fault| format!("{name}: {fault}")),
                None if schema["additionalProperties"].is_null() || schema["additionalProperties"] == false => {
                    Err(format!("{name} is not named"))
                }
                None => Ok(()),
            })
        }
        _ => Ok(()),
    }
}

#[test]
fn an_answer_that_is_not_the_contracts_is_noticed() {
    use serde_json::json;
    let page = json!({"type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "maxItems": 1, "items": {"type": ["string", "null"], "maxLength": 2}}, "kind": {"enum": ["A"]}
    }});
    for right in [json!({"items": []}), json!({"items": [null]}), json!({"items": ["福安"], "kind": "A"})] {
        fits(&page, &right).unwrap();
    }
    for (wrong, fault) in [
        (json!({"kind": "A"}), "items is missing"),
        (json!({"items": null}), "items: a null, not a array"),
        (json!({"items": ["a", "b"]}), "items: 2 is not within"),
        (json!({"items": ["abc"]}), "items: [0]: 3 is not within"),
        (json!({"items": [1]}), "items: [0]: a integer, not a string or null"),
        (json!({"items": [], "kind": "B"}), "kind: \"B\" is no choice"),
        (json!({"items": [], "more": 1}), "more is not named"),
    ] {
        let found = fits(&page, &wrong).unwrap_err();
        assert!(found.starts_with(fault), "{found}");
    }
}

/// The codes between which a schema of problems leaves the choice.
fn codes_of(schema: &Value) -> Vec<String> {
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().flat_map(codes_of).collect();
    }
    let Some(reference) = schema["$ref"].as_str() else { return Vec::new() };
    let schema = contract().pointer(&reference[1..]).unwrap();
    if schema["oneOf"].is_array() {
        return codes_of(schema);
    }
    vec![schema["allOf"][1]["properties"]["code"]["enum"][0].as_str().unwrap().to_owned()]
}

/// Holds a refusal that the suite has received against the contract: its code is among those of the operation, and it
/// carries the members of its code and no others.
#[track_caller]
pub fn check_refusal(method: &str, path: &str, problem: &Value) {
    let code = problem["code"].as_str().expect("a problem has a code");
    let known = ALL.problems().into_iter().find(|known| known.as_str() == code).expect("codes are listed");
    const COMMON: [&str; 7] = ["type", "title", "status", "code", "detail", "errors", "trace_id"];
    for name in problem.as_object().unwrap().keys() {
        assert!(COMMON.contains(&name.as_str()) || known.carries(name), "{code} carries {name}, which the contract lacks");
    }
    for carried in known.members() {
        let there = !problem[carried.member.name].is_null();
        assert!(there || !carried.always, "{code} lacks {}", carried.member.name);
    }
    // What no operation has answered is the framework's own: an address or a method that is not ours.
    if let Some(operation) = operation(method, path).filter(|_| code != "method_not_allowed") {
        let named = operation.codes.iter().any(|named| named == code);
        assert!(named, "{method} {} answers {code}, which its contract does not name", operation.path);
    }
}

#[test]
#[should_panic(expected = "GET /v1/office answers not_found, which its contract does not name")]
fn a_refusal_that_the_contract_does_not_name_is_noticed() {
    check_refusal("GET", "/v1/office", &serde_json::json!({"code": "not_found"}));
}

#[test]
#[should_panic(expected = "wrong_state lacks allowed_actions")]
fn a_refusal_without_what_its_code_always_carries_is_noticed() {
    check_refusal("GET", "/v1/office", &serde_json::json!({"code": "wrong_state"}));
}

/// Marks of a Chinese sentence; names of laws, which an English one quotes as they are, have none but commas of a list.
const CHINESE_MARKS: [char; 9] = ['（', '）', '，', '。', '；', '：', '「', '」', '！'];

/// Every summary and description within, with its place.
fn sentences<'v>(at: &str, value: &'v Value, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !name.starts_with("example")) {
                let at = format!("{at}/{name}");
                match member.as_str().filter(|_| ["summary", "description", "title"].contains(&name.as_str())) {
                    Some(text) => found.push((at, text)),
                    None => sentences(&at, member, found),
                }
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| sentences(&format!("{at}/{n}"), item, found)),
        _ => {}
    }
}

#[test]
fn english_sentences_have_english_punctuation() {
    let mut found = Vec::new();
    sentences("", contract(), &mut found);
    let problems = ALL.problems();
    for code in &problems {
        for (what, text) in [("title", code.title()), ("remedy", code.remedy())] {
            let text = text.en.into_owned();
            assert!(!text.contains(CHINESE_MARKS) && !text.contains('、'), "{code:?} {what}: {text}");
        }
    }
    assert!(found.len() > 1_000, "{}", found.len());
    for (at, text) in found {
        assert!(!text.contains(CHINESE_MARKS), "{at}: {text}");
    }
}
