//! Promises over all operations, driven by the contract: no token, a wrong role, another's record.

use huzheng::auth::Role;
use huzheng::auth::policy::Line;
use huzheng::domains::ALL;
use huzheng::error::Code;
use serde_json::json;

use crate::contract::{example_of, operations};
use crate::support::TestApp;

/// A demo account that has the role.
pub const USERS: [(Role, &str); 9] = [
    (Role::Citizen, "citizen1"),
    (Role::Proxy, "proxy1"),
    (Role::Volunteer, "volunteer1"),
    (Role::Clerk, "clerk1"),
    (Role::Reviewer, "reviewer1"),
    (Role::Chief, "chief1"),
    (Role::Director, "director1"),
    (Role::Adviser, "adviser1"),
    (Role::Administrator, "admin1"),
];

pub fn line(id: &str) -> &'static Line {
    ALL.policy().find(|line| line.operation == id).unwrap()
}

/// A path with an id that is nobody's, and the method.
pub fn filled(method: &str, path: &str) -> (&'static str, String) {
    let path = path
        .replace("{id}", "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f")
        .replace("{delivery_id}", "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f")
        .replace("{booking_id}", "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f")
        .replace("{date}", "2026-11-25")
        .replace("{month}", "2026-10")
        .replace("{n}", "1")
        .replace("{roc_year}", "115")
        .replace("{number}", "9999")
        .replace("{code}", "COUNTER");
    let method = match method {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        _ => "DELETE",
    };
    (method, path)
}

/// The operations with a policy.
fn guarded() -> Vec<(&'static Line, &'static str, String)> {
    let filled = operations().iter().map(|(path, method, operation)| {
        let (method, path) = filled(method, path);
        (line(operation["operationId"].as_str().unwrap()), method, path)
    });
    filled.filter(|(line, _, _)| !line.is_public()).collect()
}

#[test]
fn without_a_token_every_guarded_operation_answers_401() {
    let app = TestApp::new();
    for (line, method, path) in guarded() {
        let answer = app.call(method, &path).json(&json!({})).send();
        assert_eq!(answer.status, 401, "{}: {}", line.operation, answer.text);
        answer.refused(401, "unauthenticated");
        assert!(answer.headers["www-authenticate"].starts_with("Bearer"));
        let stale = app.call(method, &path).bearer("not.a.token").json(&json!({})).send();
        stale.refused(401, "unauthenticated");
    }
}

#[test]
fn every_role_outside_the_policy_is_refused_with_403() {
    let app = TestApp::new();
    for (line, method, path) in guarded() {
        for (role, user) in USERS {
            let answer = app.call(method, &path).user(user).once().if_match("\"v1\"").json(&json!({})).send();
            if line.reach(&[role]).is_none() {
                assert_eq!(answer.status, 403, "{} as {user}: {}", line.operation, answer.text);
                answer.refused(403, "forbidden");
            } else if line.operation != "logout" {
                assert!(!matches!(answer.status, 401 | 403 | 500), "{} as {user}: {}", line.operation, answer.text);
            }
            if line.operation == "logout" {
                app.advance(chrono::Duration::seconds(1));
            }
        }
    }
}

#[test]
fn a_parameter_outside_the_contract_is_refused_by_every_operation() {
    let app = TestApp::new();
    for (path, method, operation) in operations() {
        let line = line(operation["operationId"].as_str().unwrap());
        let own = operation["parameters"].as_array().unwrap().iter().filter(|p| p["in"] == "query");
        let own: Vec<&str> = own.map(|p| p["name"].as_str().unwrap()).collect();
        let (method, path) = filled(method, path);
        for name in ["no_such_parameter", "limit", "cursor", "include_total", "dry_run"] {
            if own.contains(&name) {
                continue;
            }
            let call = app.call(method, &format!("{path}?{name}=1")).json(&json!({}));
            let call = match USERS.iter().find(|(role, _)| line.reach(&[*role]).is_some()) {
                Some((_, user)) => call.user(user),
                None if line.is_public() => call,
                None => call.bearer(&app.client_token("agency-land")),
            };
            let answer = call.send();
            answer.refused(400, "invalid_parameter");
            assert_eq!(answer.fields(), [(format!("?{name}"), "unknown_field".to_owned())], "{}", line.operation);
        }
    }
}

/// Operations that need a body before they look anything up, or that name no single record.
const NOT_BY_ID: [&str; 0] = [];

#[test]
fn a_record_that_is_not_there_answers_404() {
    let app = TestApp::new();
    for (line, method, path) in guarded() {
        if !path.contains("019a5c3e") || NOT_BY_ID.contains(&line.operation) {
            continue;
        }
        let user = USERS.iter().find(|(role, _)| line.reach(&[*role]).is_some()).map(|(_, user)| *user);
        let token = user.map_or_else(|| app.client_token("agency-land"), |user| app.token(user));
        let user = user.unwrap_or("agency-land");
        // The contract's own example: whatever else it says, it is read before anything is looked up.
        let body = example_of(line.operation);
        let answer = app.call(method, &path).bearer(&token).once().if_match("\"v1\"").json(&body).send();
        assert_eq!(answer.status, 404, "{} as {user}: {}", line.operation, answer.text);
        answer.refused(404, "not_found");
    }
}

/// Codes that no test over HTTP can bring about yet; the list may only shrink.
const UNREACHED: [Code; 3] = [Code::NOT_ACCEPTABLE, Code::CURSOR_EXPIRED, Code::OVERLOADED];

#[test]
fn every_code_is_brought_about_by_some_test() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let tests: String = files.collect();
    for code in ALL.problems() {
        let quoted = format!("\"{}\"", code.as_str());
        let tested = tests.contains(&quoted);
        assert_eq!(!tested, UNREACHED.contains(&code), "{quoted}");
    }
}
