//! Bytes that no office expects, at every operation of the contract: refused by name, and alike on both databases.

use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::contract::{example_of, operations};
use crate::promises::{USERS, filled, line};
use crate::support::{Answer, Call, PASSWORD, TestApp};

pub struct Target {
    pub id: String,
    pub method: &'static str,
    path: String,
    /// Names of the query parameters.
    pub query: Vec<String>,
    /// Content type of the body.
    takes: Option<String>,
}

pub fn targets() -> Vec<Target> {
    let target = |(path, method, operation): &(&str, String, &Value)| {
        let (method, _) = filled(method, path);
        let query = operation["parameters"].as_array().unwrap().iter().filter(|parameter| parameter["in"] == "query");
        let content = operation["requestBody"]["content"].as_object();
        Target {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            method,
            query: query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect(),
            takes: content.and_then(|content| content.keys().next().cloned()),
            path: (*path).to_owned(),
        }
    };
    operations().iter().map(target).collect()
}

impl Target {
    pub fn call<'a>(&self, app: &'a TestApp, suffix: &str) -> Call<'a> {
        self.at(app, &format!("{}{suffix}", filled(self.method, &self.path).1))
    }

    /// As somebody who may.
    fn at<'a>(&self, app: &'a TestApp, path: &str) -> Call<'a> {
        let line = line(&self.id);
        let call = app.call(self.method, path).once().if_match("\"v1\"");
        match USERS.iter().find(|(role, _)| line.reach(&[*role]).is_some()) {
            Some((_, user)) => call.user(user),
            None if line.is_public() => call,
            None => call.bearer(&app.client_token("agency-land")),
        }
    }

    pub fn send(&self, app: &TestApp, body: impl AsRef<[u8]>) -> Answer {
        let answer = self.call(app, "").raw(body, self.takes.as_deref().unwrap_or("application/json")).send();
        if self.id == "logout" {
            // The token is gone; the next one must differ.
            app.advance(chrono::Duration::seconds(1));
        }
        answer
    }
}

/// Operations that read a JSON body, with the contract's example of it.
pub fn with_json() -> Vec<(Target, Value)> {
    let json = targets().into_iter().filter(|target| target.takes.as_deref() == Some("application/json"));
    json.map(|target| (example_of(&target.id), target)).map(|(example, target)| (target, example)).collect()
}

/// Copies of a value, each with one text in it changed, and where.
fn spoiled(value: &Value, at: &str) -> Vec<(String, Value)> {
    let children: Vec<(String, Value)> = match value {
        Value::String(text) => return vec![(at.to_owned(), json!(format!("{text}\0x")))],
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item.clone())).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member.clone())).collect(),
        _ => return Vec::new(),
    };
    let spoil = |(name, child): &(String, Value)| {
        let changed = spoiled(child, &format!("{at}/{name}"));
        let put = |(pointer, child)| {
            let mut whole = value.clone();
            match &mut whole {
                Value::Array(items) => items[name.parse::<usize>().unwrap()] = child,
                whole => whole[name] = child,
            }
            (pointer, whole)
        };
        changed.into_iter().map(put).collect::<Vec<_>>()
    };
    children.iter().flat_map(spoil).collect()
}

#[test]
fn a_character_that_no_store_can_hold_is_refused_by_name_in_every_body() {
    let app = TestApp::new();
    let (mut tried, bodies) = (0, with_json());
    for (target, example) in &bodies {
        let mut spoiled = spoiled(example, "");
        spoiled.push(("/?".to_owned(), json!({"a\0b": 1})));
        for (pointer, body) in spoiled {
            let answer = target.send(&app, body.to_string());
            answer.refused(422, "invalid");
            let named = (answer.fields()[0].0.clone(), answer.fields()[0].1.clone());
            let hidden = pointer.split('/').map(|part| if part.bytes().any(|b| b.is_ascii_uppercase()) { "?" } else { part });
            let hidden = hidden.collect::<Vec<_>>().join("/");
            assert_eq!(named, (hidden, "character".to_owned()), "{}", target.id);
            tried += 1;
        }
    }
    assert!(bodies.len() > 40 && tried > 200, "{tried} texts in {} bodies", bodies.len());
}

#[test]
fn it_is_refused_by_name_in_every_parameter_and_path() {
    let app = TestApp::new();
    let mut tried = 0;
    for target in targets() {
        for name in &target.query {
            let answer = target.call(&app, &format!("?{name}=a%00b")).send();
            answer.refused(400, "invalid_parameter");
            assert_eq!(answer.fields(), [(format!("?{name}"), "character".to_owned())], "{}", target.id);
            tried += 1;
        }
        let parameters = target.path.split('{').skip(1).map(|part| part.split('}').next().unwrap());
        for name in parameters {
            for value in ["a%00b", "%00", "%ff", "%ed%a0%80", "a%0d%0ab", "%f0%9f%98%80"] {
                let path = target.path.replace(&format!("{{{name}}}"), value);
                let answer = target.at(&app, &filled(target.method, &path).1).json(&json!({})).send();
                assert!((400..500).contains(&answer.status), "{} {path}: {}", target.id, answer.text);
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
    let answer = app.get("/v1/services/a%00b").send();
    answer.refused(404, "not_found");
    assert_eq!(answer.fields(), [("{code}".to_owned(), "character".to_owned())]);
}

#[test]
fn it_is_refused_in_every_form_credential_and_cursor() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let app = TestApp::new();
    let forms = targets().into_iter().filter(|target| target.takes.as_deref().is_some_and(|kind| kind.ends_with("urlencoded")));
    let mut tried = 0;
    for target in forms {
        for name in ["grant_type", "client_id", "client_secret", "refresh_token", "token", "scope"] {
            let answer = target.send(&app, format!("{name}=a%00b"));
            answer.refused(400, "malformed");
            assert_eq!(answer.fields(), [(format!("/{name}"), "character".to_owned())], "{}", target.id);
            assert_eq!(answer.body["error"], "invalid_request");
            tried += 1;
        }
    }
    assert!(tried >= 18, "{tried}");
    let token = |pair: &str| {
        let basic = format!("Basic {}", STANDARD.encode(pair));
        app.post("/v1/oauth/token").header("Authorization", &basic).form(&[("grant_type", "client_credentials")]).send()
    };
    for pair in [format!("county\0:{PASSWORD}"), "county:\0".to_owned(), "county%00:x".to_owned(), "\0".to_owned()] {
        token(&pair).refused(401, "invalid_client");
    }
    for number in 1..=2u32 {
        app.book_for(number, &format!("COUNTER-20261124T{:02}00", 8 + number)).expect(201);
    }
    let page = app.get("/v1/bookings?limit=1").user("clerk1").send();
    let cursor = URL_SAFE_NO_PAD.decode(page.expect(200)["next"].as_str().unwrap()).unwrap();
    let mut cursor: Value = serde_json::from_slice(&cursor).unwrap();
    cursor["p"] = json!(format!("{}\0", cursor["p"].as_str().unwrap()));
    let cursor = URL_SAFE_NO_PAD.encode(cursor.to_string());
    app.get(&format!("/v1/bookings?limit=1&cursor={cursor}")).user("clerk1").send().refused(400, "invalid_cursor");
}

#[test]
fn bodies_that_are_no_json_or_beyond_all_measure_are_refused_by_every_operation() {
    let app = TestApp::new();
    let deep = |open: &str, close: &str| open.repeat(10_000) + &close.repeat(10_000);
    for (target, example) in with_json() {
        let text = example.to_string();
        let bodies: [Vec<u8>; 8] = [
            br#"{"a":"\ud800"}"#.to_vec(),
            br#"{"a":"\udc00\ud800"}"#.to_vec(),
            b"{\"a\":\"\xff\xfe\"}".to_vec(),
            b"{\"a\":\"\xed\xa0\x80\"}".to_vec(),
            b"{\"a\":\"\0\"}".to_vec(),
            deep("[", "]").into(),
            deep("{\"a\":", "}").into(),
            format!("{text}{text}").into(),
        ];
        for body in bodies {
            let answer = target.send(&app, &body);
            assert!(matches!(answer.status, 400 | 422), "{} {}: {}", target.id, String::from_utf8_lossy(&body), answer.text);
        }
        for number in ["9007199254740993", "18446744073709551616", "-9223372036854775809", "1e400", "1e-400"] {
            let changed = text.replace(|c: char| c.is_ascii_digit(), "0");
            for body in [format!("{{\"a\":{number}}}"), changed.replacen(":0", &format!(":{number}"), 1)] {
                let answer = target.send(&app, body);
                assert!(answer.status < 500, "{} {number}: {}", target.id, answer.text);
            }
        }
        let twice = text.replacen('{', "{\"reason\":\"x\",\"reason\":\"y\",", 1);
        assert!(target.send(&app, twice).status < 500, "{}", target.id);
    }
    let large = "x".repeat(10 * 1024 * 1024);
    for path in ["/v1/auth/login", "/v1/auth/register"] {
        // So much is still read to its end; beyond it the connection is closed while the caller sends.
        app.post(path).raw(&large[..3 * 1024 * 1024], "application/json").send().refused(413, "too_large");
        let mut stream = std::net::TcpStream::connect(&app.address).unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", large.len());
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(large.as_bytes()));
        let mut answered = Vec::new();
        let read = stream.read_to_end(&mut answered);
        assert!(sent.is_err() || read.is_err() || answered.starts_with(b"HTTP/1.1 413"), "{path}");
    }
    app.get("/readyz").send().expect(200);
}
