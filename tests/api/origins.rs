//! Where a request comes from, seen past proxies, and the line in the log for whoever is turned away.

use huzheng::config::{ForwardedHeader, Switch};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Server, command};
use crate::support::{TestApp, unlike};

#[test]
fn no_forged_hop_opens_the_figures_to_the_outside() {
    for (header, inside, outside, junk) in [
        (ForwardedHeader::XForwardedFor, "127.0.0.1", "203.0.113.7", "unknown"),
        (ForwardedHeader::Forwarded, "for=127.0.0.1", "for=\"[2001:db8::7]:4711\"", "for=unknown"),
    ] {
        let app = TestApp::with(
            |config| {
                config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
                config.forwarded_header = header;
            },
            "",
        );
        let ask = |lines: &[&str]| {
            let call = app.get("/metrics");
            lines.iter().fold(call, |call, line| call.header(header.name(), line)).send()
        };
        ask(&[]).expect(200);
        ask(&[inside]).expect(200);
        for lines in [
            vec![outside],
            vec![inside, outside],
            vec![&format!("{inside}, {outside}")],
            vec![inside, &format!("{inside}, {outside}"), inside],
            vec![inside, junk],
            vec![&format!("{inside}, {junk}")],
            vec![junk],
            vec![""],
        ] {
            ask(&lines).refused(404, "not_found");
        }
    }
}

#[test]
fn the_header_that_the_proxies_do_not_write_is_anybodys_and_counts_for_nothing() {
    let app = TestApp::with(|config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()], "");
    let ask = |call: crate::support::Call| call.header("X-Forwarded-For", "203.0.113.7").send();
    ask(app.get("/metrics").header("Forwarded", "for=127.0.0.1")).refused(404, "not_found");
    app.get("/metrics").header("Forwarded", "for=203.0.113.7").send().expect(200);
}

#[test]
fn addresses_of_one_network_of_ipv6_share_an_allowance() {
    let app = TestApp::with(
        |config| {
            config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
            config.rate_limit = Switch::On;
            config.login_limit_per_minute = 2;
        },
        "",
    );
    let guess = |address: &str, name: &str| {
        let body = json!({"username": name, "password": "wrong"});
        app.post("/v1/auth/login").header("X-Forwarded-For", address).json(&body).send().status
    };
    assert_eq!(guess("2001:db8:1:2::1", "a"), 401);
    assert_eq!(guess("2001:db8:1:2:ffff::2", "b"), 401);
    assert_eq!(guess("[2001:db8:1:2:3:4:5:6]:80", "c"), 429, "the same /64");
    assert_eq!(guess("2001:db8:1:3::1", "d"), 401, "its neighbour");
    assert_eq!(guess("203.0.113.7", "e"), 401);
    assert_eq!(guess("203.0.113.8", "f"), 401);
    assert_eq!(guess("::ffff:203.0.113.7", "g"), 401);
    assert_eq!(guess("203.0.113.7:99", "h"), 429, "IPv4 counts by address, however it is written");
}

#[test]
fn whoever_is_turned_away_leaves_one_line_without_what_was_typed() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut office = command(folder.path());
    office.env("HUZHENG_TRUSTED_PROXIES", "127.0.0.0/8").stderr(std::fs::File::create(&log).unwrap());
    let (server, _) = Server::run(office);
    let token = server.token_of("citizen1");
    let typed = "Typed-in-the-wrong-place-7";
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let send = |method: &str, path: &str, token: &str, body: Value, trace: u8| {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", server.address));
        let request = request.header("traceparent", format!("00-{trace:032x}-00f067aa0ba902b7-01"));
        let request = request.header("Authorization", format!("Bearer {token}")).header("X-Forwarded-For", "203.0.113.7");
        let request = request.header("Content-Type", "application/json").body(body.to_string()).unwrap();
        agent.run(request).unwrap().status().as_u16()
    };
    let (head, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", unlike(signature));
    assert_eq!(send("POST", "/v1/auth/login", "", json!({"username": typed, "password": typed}), 1), 401);
    assert_eq!(send("GET", "/v1/users", &token, json!({}), 2), 403);
    assert_eq!(send("GET", "/v1/me", &forged, json!({}), 3), 401);
    assert_eq!(send("GET", "/v1/office", &forged, json!({}), 4), 200);
    assert_eq!(send("GET", "/v1/me", &token, json!({}), 5), 200);
    assert_eq!(send("POST", "/v1/auth/login", "", json!({"username": "clerk1", "password": typed}), 6), 401);
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(!text.contains(typed), "{text}");
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = |trace: u8| {
        let trace = format!("{trace:032x}");
        let fits = |line: &&Value| line["target"] == "huzheng::refused" && line["fields"]["trace_id"] == trace;
        let found: Vec<_> = lines.iter().filter(fits).map(|line| line["fields"].clone()).collect();
        assert!(found.len() <= 1, "{found:?}");
        found.first().cloned().unwrap_or_default()
    };
    let expected = [
        (1, "login", "invalid_credentials"),
        (2, "list_users", "forbidden"),
        (3, "get_me", "the signature or the claims' form is wrong"),
        (4, "get_office", "the signature or the claims' form is wrong"),
    ];
    for (trace, operation, reason) in expected {
        let line = line(trace);
        assert_eq!((&line["operation"], &line["reason"]), (&json!(operation), &json!(reason)), "{line}");
        assert_eq!(line["address"], "203.0.113.7");
        assert_eq!(line["actor"].as_str().unwrap().starts_with("accounts/"), trace == 2, "{line}");
        assert_eq!(line["named"], Value::Null, "{line}");
    }
    assert_eq!(line(5), Value::Null);
    assert!(line(6)["named"].as_str().unwrap().starts_with("users/"), "an account that is there: {}", line(6));
}
