//! What queries ask by, at every operation of the contract: bounds in their order, names and codes that there are.

use serde_json::{Value, json};

use crate::bytes::{Target, targets};
use crate::cases::{birth, take};
use crate::contract::{contract, operation_of};
use crate::known::field;
use crate::support::{TestApp, female};

/// Codes of tables that the office keeps: one that is in none is a slip, and no reason for an empty list.
const CODES: [&str; 6] = ["service", "type", "kind", "agency", "service_point", "village_code"];

/// Texts that may be anything of their form.
const FREE: [&str; 11] = ["about", "q", "cursor", "token", "rule", "actor", "action", "purpose", "legal_basis", "month", "at"];

/// The query parameters of an operation, with whether they are required and what they hold.
fn parameters(id: &str) -> Vec<(String, bool, Value)> {
    let operation = operation_of(id);
    let resolved = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => contract().pointer(&reference[1..]).unwrap().clone(),
        None => value.clone(),
    };
    let all = operation["parameters"].as_array().unwrap().iter().map(resolved).filter(|parameter| parameter["in"] == "query");
    all.map(|one| (one["name"].as_str().unwrap().to_owned(), one["required"] == true, resolved(&one["schema"]))).collect()
}

/// A value that the operation takes where it requires one.
fn usual(name: &str) -> &'static str {
    match name {
        "service" => "COUNTER",
        "at" => "2026-11-25T09:00:00%2B08:00",
        "from" => "2026-11-23",
        "rule" => "7WD",
        "by" => "TYPE",
        "measure" => "RECEIVED",
        "token" => "aaaaaaaaaaaaaaaaaaaaaaaa",
        _ => "x",
    }
}

/// Asks with these values and the usual ones for whatever else is required.
fn refused(app: &TestApp, target: &Target, asked: &[(&str, &str)], (name, code): (&str, Option<&str>)) {
    let others =
        parameters(&target.id).into_iter().filter(|(name, required, _)| *required && asked.iter().all(|(n, _)| n != name));
    let others: Vec<String> = others.map(|(name, ..)| format!("{name}={}", usual(&name))).collect();
    let asked = asked.iter().map(|(name, value)| format!("{name}={value}"));
    let query = asked.chain(others).collect::<Vec<_>>().join("&");
    let answer = target.call(app, &format!("?{query}")).send();
    answer.refused(400, "invalid_parameter");
    let fields = answer.fields();
    assert_eq!(fields[0].0, format!("?{name}"), "{} {query}: {fields:?}", target.id);
    assert!(code.is_none_or(|code| fields[0].1 == code), "{} {query}: {fields:?}", target.id);
}

#[test]
fn a_last_day_before_the_first_is_refused_alike_by_every_operation() {
    let app = TestApp::new();
    let mut tried = 0;
    for target in targets().iter().filter(|target| ["from", "to"].iter().all(|name| target.query.iter().any(|n| n == name))) {
        refused(&app, target, &[("from", "2026-11-30"), ("to", "2026-11-29")], ("to", Some("range")));
        tried += 1;
    }
    assert!(tried >= 9, "{tried}");
}

#[test]
fn a_value_that_no_parameter_can_have_is_refused_by_its_name() {
    let app = TestApp::new();
    let (mut tried, mut codes) = (0, 0);
    for target in targets() {
        for (name, _, schema) in parameters(&target.id) {
            let name = name.as_str();
            let (value, code) = match (schema["type"].as_str(), schema["format"].as_str()) {
                _ if schema["enum"].is_array() => ("NO_SUCH", Some("not_allowed")),
                (Some("boolean"), _) => ("perhaps", Some("invalid_type")),
                (Some("integer"), _) => ("many", Some("invalid_type")),
                (Some("string"), Some(_)) => ("2026-13-41", None),
                _ if CODES.contains(&name) => ("NO_SUCH", Some("unknown")),
                _ if FREE.contains(&name) => continue,
                _ => panic!("{}: is {name} a code or a free text?", target.id),
            };
            refused(&app, &target, &[(name, value)], (name, code));
            tried += 1;
            codes += usize::from(CODES.contains(&name));
        }
    }
    assert!(tried > 100 && codes >= 9, "{tried} parameters, {codes} codes");
}

#[test]
fn a_code_that_there_is_none_of_is_unknown_in_bodies_too() {
    let app = TestApp::new();
    let client =
        |scopes: Value, agency: Value| json!({"name": "x", "scopes": scopes, "agency_code": agency, "expires_on": "2027-11-22"});
    for (user, path, body, pointer) in [
        ("clerk1", "/v1/waitlist", json!({"service": "NOPE", "from": "2026-11-24", "to": "2026-11-30"}), "/service"),
        ("citizen1", "/v1/holds", json!({"slot_id": "NOPE"}), "/slot_id"),
        ("admin1", "/v1/clients", client(json!([]), json!("NOPE")), "/agency_code"),
        ("admin1", "/v1/clients", client(json!(["no.such"]), Value::Null), "/scopes/0"),
        ("chief1", "/v1/calendar/closures", json!({"date": "2026-11-30", "part": "ALL", "area": "NOPE", "reason": "x"}), "/area"),
    ] {
        let told = app.post(path).user(user).once().json(&body).send();
        assert_eq!(told.fields(), [field(pointer, "unknown")], "{path}: {}", told.text);
    }
}

#[test]
fn an_integer_is_written_as_in_json() {
    let app = TestApp::new();
    let mut tried = 0;
    for target in targets() {
        for (name, ..) in parameters(&target.id).iter().filter(|(_, _, schema)| schema["type"] == "integer") {
            for text in ["05", "%2B5", "0x5", ""] {
                refused(&app, &target, &[(name, text)], (name, Some("invalid_type")));
            }
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_parameter_given_twice_is_refused_by_its_name() {
    let app = TestApp::new();
    for target in targets() {
        for (name, _, schema) in parameters(&target.id) {
            let value = match (schema["type"].as_str(), schema["format"].as_str(), schema["enum"][0].as_str()) {
                (_, _, Some(choice)) => choice.to_owned(),
                (Some("boolean"), ..) => "true".to_owned(),
                (Some("integer"), ..) => schema["minimum"].as_i64().unwrap_or(1).to_string(),
                (_, Some("date"), _) => "2026-11-25".to_owned(),
                (_, Some("uuid"), _) => "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f".to_owned(),
                _ => usual(&name).to_owned(),
            };
            refused(&app, &target, &[(&name, &value), (&name, &value)], (&name, Some("duplicate_field")));
        }
    }
}

#[test]
fn a_search_comes_in_pages_as_lists_do() {
    let app = TestApp::new();
    let cases: Vec<String> =
        (1..=3).map(|n| take(&app, "clerk1", &birth(n)).expect(201)["id"].as_str().unwrap().to_owned()).collect();
    let body = json!({"national_id": female(1)["national_id"], "reason": "查詢"});
    let search = |query: &str| {
        let answer = app.post(&format!("/v1/cases:search?{query}")).user("chief1").json(&body).send();
        answer.expect(200).clone()
    };
    let person = search("")["person_id"].as_str().unwrap().to_owned();
    app.sql(&format!("UPDATE cases SET applicant_id = '{person}'"));
    let (mut found, mut query) = (Vec::new(), "limit=2&include_total=true".to_owned());
    loop {
        let page = search(&query);
        assert_eq!(page["total"], 3);
        found.extend(page["items"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("limit=2&include_total=true&cursor={next}");
    }
    found.reverse();
    assert_eq!(found, cases);
    app.post("/v1/cases:search?limit=101").user("chief1").json(&body).send().refused(400, "invalid_parameter");
}
