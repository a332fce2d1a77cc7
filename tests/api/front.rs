//! The front door: the page for people, its icon, the documentation page, the contract on the wire, and the problems.

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

#[test]
fn the_front_page_speaks_chinese_or_english_and_leads_to_the_other() {
    let app = TestApp::new();
    let chinese = app.get("/").send();
    chinese.expect(200);
    assert_eq!(chinese.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(chinese.headers["content-language"], "zh-TW");
    assert!(chinese.text.contains("開啟文件頁面") && chinese.text.contains("href=\"/?lang=en\""), "{}", chinese.text);
    let english = app.get("/").header("Accept-Language", "en").send();
    assert!(english.text.contains("Open the documentation") && english.text.contains("href=\"/?lang=zh\""));
    assert_eq!(app.get("/?lang=en").send().text, english.text);
    assert_eq!(app.get("/?lang=zh").header("Accept-Language", "en").send().text, chinese.text);
    for page in [&chinese, &english] {
        assert!(page.headers["vary"].contains("accept-language"), "{:?}", page.headers);
        assert!(!page.text.contains("<script") && page.text.contains("name=\"viewport\""));
        assert!(page.headers["content-security-policy"].starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(page.text.contains("citizen1") && !page.text.contains(PASSWORD));
    }
}

#[test]
fn only_a_demo_tells_of_demo_accounts() {
    let app = TestApp::with(|config| config.demo = Some(false), "");
    let page = app.get("/").send();
    assert!(page.text.contains("開啟文件頁面") && !page.text.contains("citizen1"), "{}", page.text);
    assert!(page.text.ends_with("</html>\n"));
}

#[test]
fn the_icon_answers() {
    let app = TestApp::new();
    let icon = app.get("/favicon.ico").bytes();
    assert_eq!(icon[..4], [0, 0, 1, 0]);
    app.call("DELETE", "/favicon.ico").send().refused(405, "method_not_allowed");
}

#[test]
fn public_documents_are_compressed_for_those_who_can_read_it_and_kept_by_tag() {
    let app = TestApp::new();
    for path in ["/openapi.json", "/docs/", "/docs/swagger-ui-bundle.js", "/"] {
        let plain = app.get(path).send();
        plain.expect(200);
        assert!(!plain.headers.contains_key("content-encoding"), "{path}");
        assert!(plain.headers["vary"].contains("accept-encoding"), "{path}: {:?}", plain.headers);
        let zipped = app.get(path).header("Accept-Encoding", "gzip, br").bytes();
        assert!(zipped.starts_with(&[0x1f, 0x8b]), "{path}");
        // The larger ones shrink to less than a third.
        assert!(plain.text.len() < 100_000 || zipped.len() * 3 < plain.text.len(), "{path}: {}", zipped.len());
        let again = app.get(path).header("If-None-Match", plain.etag()).send();
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        assert_eq!(again.headers["cache-control"], "public, no-cache");
        let other = app.get(path).header("Accept-Encoding", "gzip").header("If-None-Match", plain.etag());
        assert!(other.bytes().starts_with(&[0x1f, 0x8b]), "{path}: one tag for two bodies");
    }
}

#[test]
fn answers_about_people_are_never_compressed() {
    let app = TestApp::new();
    let me = app.get("/v1/me").user("citizen1").header("Accept-Encoding", "gzip").send();
    assert!(!me.headers.contains_key("content-encoding"));
}

#[test]
fn the_contract_names_the_address_that_clients_use() {
    let app = TestApp::new();
    assert_eq!(app.get("/openapi.json").send().body["servers"][0]["url"], "http://office.test");
    let app = TestApp::with(|config| config.public_url = None, "");
    assert_eq!(app.get("/openapi.json").send().body["servers"][0]["url"], "/");
}

#[test]
fn every_problem_is_listed_and_explained() {
    let app = TestApp::new();
    let list = app.get("/problems").send();
    let items = list.expect(200)["items"].as_array().unwrap();
    assert_eq!(items.len(), huzheng::domains::ALL.problems().len());
    for item in items {
        let one = app.get(item["type"].as_str().unwrap()).send();
        assert_eq!(one.expect(200), item);
        assert_eq!(item["document"]["code"], item["code"]);
        assert!(item["title"]["zh"].is_string() && item["remedy"]["en"].is_string());
        for member in item["members"].as_array().unwrap() {
            let shown = !item["document"][member["name"].as_str().unwrap()].is_null();
            assert_eq!(shown, member["always"] == true, "{item}");
        }
    }
    let page = app.get("/problems?limit=5&include_total=true").send();
    assert_eq!((page.body["items"].as_array().unwrap().len(), &page.body["total"]), (5, &json!(items.len())));
    assert_eq!(page.body["items"].as_array().unwrap()[..], items[..5]);
}

#[test]
fn the_documentation_page_has_the_contract_in_words_that_it_reads_quickly() {
    let app = TestApp::new();
    let start = app.get("/docs/swagger-initializer.js").send();
    assert!(start.text.contains("/docs/openapi.json"), "{}", start.text);
    let page = app.get("/docs/openapi.json").send();
    let contract = app.get("/openapi.json").send();
    assert_eq!(page.expect(200)["openapi"], "3.0.3");
    let addresses = |body: &Value| body["paths"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(addresses(&page.body), addresses(contract.expect(200)));
    assert!(!page.text.contains("\"null\""), "3.0 knows no type null");
    let next = &page.body["components"]["schemas"]["NextCursor"];
    assert_eq!((&next["type"], &next["nullable"]), (&json!("string"), &json!(true)));
}

/// A log-in by the documentation page, as a browser sends it.
fn grant(app: &TestApp, password: &str, site: Option<&str>) -> crate::support::Answer {
    let form = [("grant_type", "password"), ("username", "citizen1"), ("password", password)];
    let call = app.post("/v1/oauth/token").header("Authorization", "Basic Og==").form(&form);
    site.into_iter().fold(call, |call, site| call.header("Sec-Fetch-Site", site)).send()
}

#[test]
fn the_documentation_page_logs_in_by_user_name_and_password_and_nobody_else_does_so_there() {
    let app = TestApp::new();
    let answer = grant(&app, PASSWORD, Some("same-origin"));
    let token = answer.expect(200)["access_token"].as_str().unwrap();
    assert_eq!(answer.body["token_type"], "Bearer");
    app.get("/v1/me").bearer(token).send().expect(200);
    for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
        let refused = grant(&app, PASSWORD, site);
        assert_eq!(refused.refused(400, "malformed")["error"], "unsupported_grant_type");
    }
    for _ in 0..5 {
        assert_eq!(grant(&app, "wrong", Some("same-origin")).refused(400, "invalid_grant")["error"], "invalid_grant");
    }
    grant(&app, PASSWORD, Some("same-origin")).refused(429, "login_locked");
    app.post("/v1/auth/login").json(&json!({"username": "citizen1", "password": PASSWORD})).send().refused(429, "login_locked");
}

#[test]
fn files_are_files_in_the_contract_and_nothing_breaks_a_call_by_itself() {
    let contract = crate::contract::contract();
    for (path, method, operation) in crate::contract::operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            for (media, content) in response["content"].as_object().into_iter().flatten() {
                if !media.ends_with("json") {
                    assert_eq!(content["schema"]["type"], "string", "{method} {path} {status}");
                    let bytes = content["schema"]["format"] == "binary";
                    assert_eq!(bytes, !media.starts_with("text/"), "{method} {path} {media}");
                }
            }
        }
        for parameter in operation["parameters"].as_array().unwrap() {
            let conditional = ["If-Match", "If-None-Match", "Idempotency-Key"].iter().any(|name| parameter["name"] == *name);
            let example = !parameter["example"].is_null() || !parameter["schema"]["default"].is_null();
            assert!(!conditional || !example, "{method} {path}: {parameter}");
        }
    }
    assert_eq!(contract["servers"][0]["url"], "/");
}
