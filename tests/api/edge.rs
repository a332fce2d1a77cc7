//! The edge: what happens around every request. Allowances, other origins, HEAD, connections, traces, metrics.

use std::io::{BufRead, BufReader, Read, Write};

use huzheng::accounts::AccountSettings;
use huzheng::config::Switch;
use serde_json::json;

use crate::support::{TestApp, WEDNESDAY_9};

#[test]
fn callers_beyond_their_allowance_are_told_when_to_come_back() {
    let app = TestApp::with(
        |config| {
            config.rate_limit = Switch::On;
            config.rate_limit_per_minute = 5;
        },
        "",
    );
    let first = app.get("/v1/office").send();
    assert_eq!(first.headers["ratelimit-policy"], "\"default\";q=5;w=60");
    assert!(first.headers["ratelimit"].starts_with("\"default\";r=4;t="), "{}", first.headers["ratelimit"]);
    let refused = (0..10).map(|_| app.get("/v1/office").send()).find(|a| a.status == 429).expect("the sixth is refused");
    refused.refused(429, "rate_limited");
    let wait: u32 = refused.headers["retry-after"].parse().unwrap();
    assert!(wait > 0);
    assert_eq!(refused.headers["ratelimit-policy"], "\"default\";q=5;w=60");
    assert_eq!(refused.headers["ratelimit"], format!("\"default\";r=0;t={wait}"));
    for _ in 0..10 {
        app.get("/healthz").send().expect(200);
        app.get("/readyz").send().expect(200);
    }
}

#[test]
fn a_refused_log_in_names_the_allowance_that_refused_it() {
    let app = TestApp::with(
        |config| {
            config.rate_limit = Switch::On;
            config.login_limit_per_minute = 3;
            config.of_mut::<AccountSettings>().login_failures = 2;
        },
        "",
    );
    let guess = || app.post("/v1/auth/login").json(&json!({"username": "citizen1", "password": "wrong"})).send();
    guess().refused(401, "invalid_credentials");
    guess().refused(401, "invalid_credentials");
    let locked = guess();
    locked.refused(429, "login_locked");
    assert_eq!(locked.headers["ratelimit-policy"], "\"login-failures\";q=2;w=900");
    let limited = guess();
    limited.refused(429, "rate_limited");
    assert_eq!(limited.headers["ratelimit-policy"], "\"login\";q=3;w=60");
    for refused in [locked, limited] {
        assert!(refused.headers["ratelimit"].contains(";r=0;t="), "{}", refused.headers["ratelimit"]);
        assert!(refused.headers["retry-after"].parse::<u32>().unwrap() > 0);
    }
}

#[test]
fn pages_of_an_allowed_origin_can_read_every_refusal() {
    let app = TestApp::with(
        |config| {
            config.cors_origins = vec!["https://front.example".to_owned()];
            config.rate_limit = Switch::On;
            config.rate_limit_per_minute = 4;
        },
        "",
    );
    let preflight = app
        .call("OPTIONS", "/v1/bookings")
        .header("Origin", "https://front.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization, idempotency-key, x-request-id")
        .send();
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.headers["access-control-allow-origin"], "https://front.example");
    let ask = |path: &str| app.get(path).header("Origin", "https://front.example").send();
    let mut answers = vec![ask("/v1/me"), ask("/v1/nothing"), ask("/panics"), ask("/v1/office?x=1")];
    answers.push((0..10).map(|_| ask("/v1/office")).find(|a| a.status == 429).unwrap());
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(statuses, [401, 404, 500, 400, 429]);
    for answer in &answers {
        assert_eq!(answer.headers["access-control-allow-origin"], "https://front.example", "{}", answer.status);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    for answer in &answers {
        let exposed = &answer.headers["access-control-expose-headers"];
        assert!(exposed.contains("retry-after") && exposed.contains("ratelimit-policy"), "{}: {exposed}", answer.status);
    }
    for path in ["/v1/nothing", "/panics"] {
        let foreign = app.get(path).header("Origin", "https://evil.example").send();
        assert!(!foreign.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[test]
fn pages_of_an_allowed_origin_can_read_what_is_refused_before_the_application() {
    let app = TestApp::with(
        |config| {
            config.cors_origins = vec!["https://front.example".to_owned()];
            config.request_patience_seconds = 1;
        },
        "",
    );
    let head = "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    for (length, status) in [(90_000, 413), (50, 408)] {
        for (origin, allowed) in [("https://front.example", true), ("https://evil.example", false)] {
            let mut stream = std::net::TcpStream::connect(&app.address).unwrap();
            stream.write_all(format!("{head}Origin: {origin}\r\nContent-Length: {length}\r\n\r\n{{").as_bytes()).unwrap();
            let mut answered = String::new();
            stream.read_to_string(&mut answered).unwrap();
            let answered = answered.to_lowercase();
            assert!(answered.starts_with(&format!("http/1.1 {status}")), "{answered}");
            assert_eq!(answered.contains("access-control-allow-origin: https://front.example"), allowed, "{answered}");
            let exposes = answered.split("access-control-expose-headers: ").nth(1).and_then(|rest| rest.lines().next());
            assert_eq!(exposes.is_some_and(|names| names.contains("retry-after")), allowed, "{answered}");
        }
    }
}

#[test]
fn a_body_in_a_coding_is_refused_by_the_name_of_its_header() {
    let app = TestApp::new();
    for (target, example) in crate::bytes::with_json() {
        for coding in ["gzip", "br", "identity, gzip", "x"] {
            let call = target.call(&app, "").header("Content-Encoding", coding);
            let answer = call.raw(example.to_string(), "application/json").send();
            answer.refused(415, "unsupported_media_type");
            assert_eq!(answer.fields(), [("#Content-Encoding".to_owned(), "not_allowed".to_owned())], "{}", target.id);
        }
    }
    let form = app.post("/v1/oauth/token").header("Content-Encoding", "gzip").form(&[("grant_type", "client_credentials")]);
    form.send().refused(415, "unsupported_media_type");
    let plain = app.post("/v1/auth/login").header("Content-Encoding", "Identity");
    plain.json(&json!({"username": "citizen1", "password": "wrong"})).send().refused(401, "invalid_credentials");
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let app = TestApp::new();
    let (get, head) = (app.get("/v1/services/COUNTER").send(), app.call("HEAD", "/v1/services/COUNTER").send());
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!((head.etag(), &head.headers["content-length"]), (get.etag(), &get.text.len().to_string()));
    assert_eq!(app.call("HEAD", "/v1/me").send().status, 401);
    assert_eq!(app.call("HEAD", "/v1/nothing").send().status, 404);
    assert_eq!(app.call("HEAD", "/v1/auth/login").send().status, 405);
}

#[test]
fn a_callers_request_id_is_taken_over_when_it_is_a_uuid() {
    let app = TestApp::new();
    let id = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";
    let answer = app.get("/v1/nothing").header("X-Request-Id", id).send();
    assert_eq!((answer.headers["x-request-id"].as_str(), answer.body["trace_id"].as_str()), (id, Some(id)));
    let answer = app.get("/v1/nothing").header("X-Request-Id", "A123456789").send();
    assert!(!answer.headers["x-request-id"].contains("A123456789") && !answer.text.contains("A123456789"));
}

#[test]
fn a_refusal_before_the_body_is_read_keeps_the_connection() {
    let app = TestApp::new();
    let stream = std::net::TcpStream::connect(&app.address).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..3 {
        let body = format!("{{\"slot_id\":\"{}\"}}", "x".repeat(20_000));
        let head = format!(
            "POST /v1/holds HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        (&stream).write_all(head.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        (&stream).write_all(body.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        reader.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 401"), "{line:?}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            let lower = line.to_ascii_lowercase();
            assert!(!lower.starts_with("connection: close"));
            length = lower.strip_prefix("content-length: ").map_or(length, |n| n.trim().parse().unwrap());
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
    }
}

#[test]
fn every_answer_carries_the_security_headers() {
    let app = TestApp::with(|config| config.cors_origins = vec!["https://front.example".to_owned()], "");
    for path in ["/v1/office", "/v1/nothing", "/docs/", "/openapi.json"] {
        let answer = app.get(path).send();
        for name in ["x-content-type-options", "content-security-policy", "referrer-policy", "x-request-id", "cache-control"] {
            assert!(answer.headers.contains_key(name), "{path} lacks {name}");
        }
    }
    let own = app.get("/v1/office").header("Origin", "https://front.example").send();
    assert_eq!(own.headers["access-control-allow-origin"], "https://front.example");
    let foreign = app.get("/v1/office").header("Origin", "https://evil.example").send();
    assert!(!foreign.headers.contains_key("access-control-allow-origin"));
}

#[test]
fn metrics_name_routes_and_no_ids() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let id = booked["id"].as_str().unwrap();
    app.get(&format!("/v1/bookings/{id}")).user("citizen1").send().expect(200);
    let metrics = app.get("/metrics").send();
    assert!(metrics.text.contains(r#"route="/v1/bookings/{id}""#), "{}", metrics.text);
    assert!(!metrics.text.contains(id));
    app.get("/panics").send().refused(500, "internal");
    let metrics = app.get("/metrics").send();
    assert!(metrics.text.contains(r#"route="unknown",status="500"} 1"#), "a panic is counted: {}", metrics.text);
    let closed = TestApp::with(|config| config.metrics_allow = Vec::new(), "");
    closed.get("/metrics").send().refused(404, "not_found");
}

#[test]
fn the_connection_survives_a_large_body_and_a_panic() {
    let app = TestApp::new();
    for _ in 0..3 {
        app.get("/panics").send().refused(500, "internal");
        app.post("/v1/auth/login").raw("x".repeat(300_000), "application/json").send().refused(413, "too_large");
        app.get("/healthz").send().expect(200);
    }
}
