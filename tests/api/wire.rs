//! What every operation shares: problems in two languages, pages, versions, retries.

use huzheng::office::OfficeSettings;
use serde_json::json;

use crate::cases::{act, birth, registered};
use crate::certificates::{apply, transcript};
use crate::contract::operations;
use crate::promises::{USERS, line};
use crate::support::{PASSWORD, TestApp, WEDNESDAY_9, booking, person, version};

#[test]
fn addresses_outside_the_contract_are_problems_too() {
    let app = TestApp::new();
    app.get("/v1/nothing").send().refused(404, "not_found");
    let answer = app.call("DELETE", "/v1/slots").send();
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.headers["allow"], "GET, HEAD");
    for path in ["/openapi.json", "/metrics", "/docs/", "/docs/index.html"] {
        let answer = app.post(path).send();
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], "GET, HEAD", "{path}");
    }
    let answer = app.get("/v1/bookings/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f:check-in").user("clerk1").send();
    assert!(matches!(answer.status, 404 | 405), "{}", answer.status);
}

#[test]
fn bad_bodies_name_the_field_and_the_rule_and_never_the_value() {
    let app = TestApp::new();
    let login = || app.post("/v1/auth/login");
    login().raw("{", "application/json").send().refused(400, "malformed");
    login().raw("x", "text/plain").send().refused(415, "unsupported_media_type");
    login().json(&json!({"username": "x".repeat(100_000), "password": "y"})).send().refused(413, "too_large");
    let answer = login().json(&json!({"username": "secret-value-7", "password": 5, "more": 1})).send();
    answer.refused(422, "invalid");
    assert!(!answer.text.contains("secret-value-7"));
    let answer = login().json(&json!({"username": "", "password": "y"})).send();
    assert_eq!(answer.fields(), [("/username".to_owned(), "length".to_owned())]);
    let answer = app
        .post("/v1/auth/register")
        .json(&json!({"username": "someone", "password": PASSWORD, "name": "王明",
        "national_id": "A123456788", "birth_on": "1990-01-01"}))
        .send();
    assert_eq!(answer.fields(), [("/national_id".to_owned(), "check_digit".to_owned())]);
    assert!(!answer.text.contains("A123456788"));
}

#[test]
fn problems_speak_the_callers_language() {
    let app = TestApp::new();
    let zh = app.get("/v1/nothing").send();
    let en = app.get("/v1/nothing").header("Accept-Language", "zh;q=0.5, en-GB").send();
    assert_eq!(zh.body["title"], "查無資料");
    assert_eq!(en.body["title"], "Nothing is there for you");
    assert_eq!((zh.headers["content-language"].as_str(), en.headers["content-language"].as_str()), ("zh-TW", "en"));
    let trace = app.get("/v1/nothing").header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").send();
    assert_eq!(trace.body["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let kind = zh.body["type"].as_str().unwrap();
    assert_eq!(app.get(kind).send().expect(200)["code"], "not_found");
    app.get("/problems/no-such-code").send().refused(404, "not_found");
}

#[test]
fn unknown_and_wrong_query_parameters_are_refused_by_name() {
    let app = TestApp::new();
    let answer = app.get("/v1/slots?service=LEGAL_CONSULTATION&page=2").send();
    answer.refused(400, "invalid_parameter");
    assert_eq!(answer.fields(), [("?page".to_owned(), "unknown_field".to_owned())]);
    for query in ["limit=0", "limit=101", "limit=x", "cursor=", "include_total=maybe"] {
        let answer = app.get(&format!("/v1/bookings?{query}")).user("clerk1").send();
        answer.refused(400, "invalid_parameter");
    }
    for path in
        ["/v1/slots?service=COUNTER&from=", "/v1/calendar/days?from=", "/v1/consultations/sessions?to=", "/v1/bookings?to="]
    {
        let answer = app.get(&format!("{path}%2B262142-12-31")).user("clerk1").send();
        answer.refused(400, "invalid_parameter");
    }
    app.get("/v1/bookings?cursor=AAAA").user("clerk1").send().refused(400, "invalid_cursor");
}

#[test]
fn a_list_of_a_bounded_stretch_is_whole_unless_pages_are_asked_for() {
    let app = TestApp::new();
    let lists = [
        "/v1/slots?service=COUNTER&include_full=true",
        "/v1/calendar/days?from=2026-11-01",
        "/v1/consultations/sessions?from=2026-11-23&to=2026-12-23",
        "/v1/consultations/advisers?",
        "/v1/services?",
        "/v1/case-types?",
        "/v1/agencies?",
    ];
    for list in lists {
        let whole = app.get(list).user("chief1").send();
        assert!(whole.expect(200)["next"].is_null() && whole.body.get("total").is_none(), "{list}");
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app.get(&format!("{list}&limit=2&include_total=true{cursor}")).user("chief1").send();
            let found = page.expect(200)["items"].as_array().unwrap();
            assert!(found.len() <= 2, "{list}");
            assert_eq!(page.body["total"], whole.body["items"].as_array().unwrap().len(), "{list}");
            items.extend(found.clone());
            let Some(next) = page.body["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(items, *whole.body["items"].as_array().unwrap(), "{list}");
    }
    app.get("/v1/slots?service=COUNTER&limit=1001").send().refused(400, "invalid_parameter");
    app.get("/v1/services?cursor=AAAA").send().refused(400, "invalid_cursor");
}

#[test]
fn a_cursor_walks_the_whole_list_and_fits_no_other() {
    let app = TestApp::new();
    for number in 1..=7u32 {
        app.book_for(number, &format!("COUNTER-20261124T{:02}00", 8 + number)).expect(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/bookings?limit=3&include_total=true".to_owned());
    let mut pages = 0;
    loop {
        let page = app.get(&path).user("clerk1").send();
        let page = page.expect(200);
        assert_eq!(page["total"], 7);
        seen.extend(page["items"].as_array().unwrap().iter().map(|b| b["slot_id"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/bookings?limit=3&include_total=true&cursor={next}");
        let other = app.get(&format!("/v1/bookings?status=DONE&cursor={next}")).user("clerk1").send();
        other.refused(400, "invalid_cursor");
    }
    assert_eq!(pages, 3);
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (7, &sorted), "each once, by start");
}

#[test]
fn short_lists_come_in_pages_too() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let change = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "更正", "office_error": true});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    let of_case = |list: &str| format!("/v1/cases/{}/{list}?", case["id"].as_str().unwrap());
    let others = ["/v1/queues?", "/v1/quality/error-rates?by=MONTH&"].map(ToOwned::to_owned);
    for list in ["history", "reviews", "changes"].map(of_case).into_iter().chain(others) {
        let whole = app.get(&format!("{list}limit=100&include_total=true")).user("chief1").send();
        let all = whole.expect(200)["items"].as_array().unwrap().clone();
        assert_eq!((whole.body["total"].as_u64(), &whole.body["next"]), (Some(all.len() as u64), &json!(null)), "{list}");
        let (mut seen, mut path) = (Vec::new(), format!("{list}limit=1"));
        loop {
            let page = app.get(&path).user("chief1").send().expect(200).clone();
            seen.extend(page["items"].as_array().unwrap().clone());
            let Some(cursor) = page["next"].as_str() else { break };
            path = format!("{list}limit=1&cursor={cursor}");
        }
        assert!(!all.is_empty() && seen == all, "{list}");
    }
}

#[test]
fn versions_guard_changes_and_spare_reads() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    let read = app.get(&path).user("citizen1").send();
    assert_eq!(version(&read), 1);
    let again = app.get(&path).user("citizen1").header("If-None-Match", read.etag()).send();
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let cancel = || app.post(&format!("{path}:cancel")).user("citizen1").json(&json!({}));
    cancel().send().refused(428, "precondition_required");
    cancel().if_match("\"v7\"").send().refused(412, "version_mismatch");
    let cancelled = cancel().if_match("\"v1\"").send();
    assert_eq!((cancelled.expect(200)["status"].as_str(), version(&cancelled)), (Some("CANCELLED"), 2));
    let office = app.get("/v1/services/COUNTER").send();
    assert_eq!(app.get("/v1/services/COUNTER").header("If-None-Match", office.etag()).send().status, 304);
}

#[test]
fn what_may_be_done_by_now_is_no_304() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    let read = |tag: &str| app.get(&path).user("clerk1").header("If-None-Match", tag).send();
    let before = app.get(&path).user("clerk1").send();
    assert_eq!(read(before.etag()).status, 304);
    assert_eq!(app.get(&path).user("adviser2").header("If-None-Match", before.etag()).send().status, 200, "another may do less");
    app.set_clock("2026-11-25T09:05:00+08:00");
    let after = read(before.etag());
    assert_ne!(after.expect(200)["allowed_actions"], before.body["allowed_actions"]);
    assert_eq!((version(&after), version(&before)), (1, 1), "the record itself stands");
    let cancel = app.post(&format!("{path}:cancel")).user("clerk1").json(&json!({"reason": "臨時有事"}));
    cancel.if_match(before.etag()).send().expect(200);
}

#[test]
fn any_version_may_be_named_of_a_record_that_is_there() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let cancel = |id: &str| app.post(&format!("/v1/bookings/{id}:cancel")).user("citizen1").if_match("*").json(&json!({})).send();
    cancel(booked["id"].as_str().unwrap()).expect(200);
    cancel("019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f").refused(404, "not_found");
}

#[test]
fn whatever_stands_a_second_later_is_304() {
    let app = TestApp::new();
    let mut asked = 0;
    for (path, method, operation) in operations() {
        let parameters = operation["parameters"].as_array().unwrap();
        let required = parameters.iter().any(|parameter| parameter["required"] == true);
        if *path == "/v1/services"
            || method != "GET"
            || required
            || !parameters.iter().any(|parameter| parameter["name"] == "If-None-Match")
        {
            continue;
        }
        let line = line(operation["operationId"].as_str().unwrap());
        let user = USERS.iter().find(|(role, _)| line.reach(&[*role]).is_some()).map(|(_, user)| app.token(user));
        let token = user.unwrap_or_else(|| app.client_token("agency-land"));
        let first = app.get(path).bearer(&token).send();
        first.expect(200);
        app.clock.advance(chrono::Duration::seconds(1));
        let again = app.get(path).bearer(&token).header("If-None-Match", first.etag()).send();
        assert_eq!(again.status, 304, "{path}: {} {}", first.text, again.text);
        asked += 1;
    }
    assert!(asked > 20, "{asked}");
}

#[test]
fn a_retry_has_one_effect_and_the_same_bytes() {
    let app = TestApp::new();
    let send = |slot: &str| app.post("/v1/bookings").user("citizen1").key("again").json(&booking(slot)).send();
    let (first, second) = (send(WEDNESDAY_9), send(WEDNESDAY_9));
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(first.text, second.text);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(first.headers["location"], second.headers["location"]);
    send("LEGAL_CONSULTATION-20261127T0900").refused(422, "idempotency_mismatch");
    let missing = app.post("/v1/bookings").user("citizen2").json(&booking(WEDNESDAY_9)).send();
    missing.refused(428, "precondition_required");
    assert_eq!(app.get("/v1/bookings?include_total=true").user("clerk1").send().expect(200)["total"], 1);
}

#[test]
fn a_refused_request_leaves_no_trace_and_may_be_repeated() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let body = booking(WEDNESDAY_9);
    let send = || app.post("/v1/bookings").user("citizen2").key("later").json(&body).send();
    send().refused(409, "slot_taken");
    app.sql("DELETE FROM claims WHERE resource LIKE 'advisers/%'");
    send().expect(201);
}

#[test]
fn the_office_says_how_to_reach_it_and_spares_those_who_know() {
    let app = TestApp::with(|config| config.of_mut::<OfficeSettings>().office_telephone = "04-7561234".to_owned(), "");
    let first = app.get("/v1/office").send();
    let contact = &first.expect(200)["contact"];
    assert_eq!((contact["telephone"].as_str(), contact["documentation"].as_str()), (Some("04-7561234"), Some("/docs/")));
    assert!(contact["address"]["zh"].as_str().unwrap().contains("和美"));
    assert_eq!(first.body["now"], "2026-11-23T09:00:00+08:00");
    app.advance(chrono::Duration::seconds(5));
    let again = app.get("/v1/office").header("If-None-Match", first.etag()).send();
    assert_eq!((again.status, again.headers["cache-control"].as_str()), (304, "public, no-cache"));
    app.set_clock("2027-01-01T00:00:01+08:00");
    let later = app.get("/v1/office").header("If-None-Match", first.etag()).send();
    assert_eq!(later.expect(200)["roc_year"], 116);
}

#[test]
fn wrong_types_are_named_in_the_callers_language_and_not_in_that_of_the_code() {
    let app = TestApp::new();
    let cases = [
        ("/v1/auth/login", "[]", "應為物件", "expected an object"),
        ("/v1/auth/login", r#"{"username": 5, "password": "x"}"#, "應為字串", "expected a string"),
        ("/v1/auth/login", r#"{"username": "u", "password": {"a": 1}}"#, "應為字串", "expected a string"),
        ("/v1/auth/login", "7", "應為物件", "expected an object"),
    ];
    for (path, body, zh, en) in cases {
        for (language, words) in [("zh-TW", zh), ("en", en)] {
            let answer = app.post(path).header("Accept-Language", language).raw(body, "application/json").send();
            assert_eq!(answer.refused(422, "invalid")["errors"][0]["detail"], words, "{body}");
        }
    }
    let close = |body: serde_json::Value| app.post("/v1/calendar/closures").user("chief1").json(&body).send();
    let answer = close(json!({"date": "2026-11-31", "part": "NOON", "reason": "x"}));
    assert_eq!(answer.refused(422, "invalid")["errors"][0]["pointer"], "/date");
    assert!(answer.body["errors"][0]["detail"].as_str().unwrap().contains("YYYY-MM-DD"));
    let answer = close(json!({"date": "2026-11-30", "part": "NOON", "reason": "x"}));
    let error = &answer.refused(422, "invalid")["errors"][0];
    assert_eq!((error["code"].as_str(), error["detail"].as_str()), (Some("not_allowed"), Some("應為 AM、PM、ALL 之一")));
    let answer = close(json!({"date": "2026-11-30", "part": "AM", "reason": "x", "dry_run": "yes"}));
    assert_eq!(answer.refused(422, "invalid")["errors"][0]["detail"], "應為 true 或 false");
    let answer = app.get("/v1/bookings?limit=many").user("clerk1").send();
    assert_eq!(answer.refused(400, "invalid_parameter")["errors"][0]["detail"], "應為數字");
}

#[test]
fn a_whole_number_is_an_integer_however_it_is_written() {
    let app = TestApp::new();
    let mut body = birth(1);
    let send = |body: &serde_json::Value| app.post("/v1/cases").user("clerk1").once().json(body).send();
    body["fields"]["birth_order"] = json!(1.5);
    assert_eq!(send(&body).fields(), [("/fields/birth_order".to_owned(), "invalid_type".to_owned())]);
    body["fields"]["birth_order"] = json!(1.0);
    assert_eq!(send(&body).expect(201)["fields"]["birth_order"], json!(1));
    let mut body = transcript(1);
    body["copies"] = json!(2.0);
    assert_eq!(apply(&app, "clerk1", &body).expect(201)["copies"], json!(2));
    body["copies"] = json!(2.5);
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/copies".to_owned(), "invalid_type".to_owned())]);
}

#[test]
fn personal_numbers_stand_nowhere_in_the_clear() {
    let app = TestApp::new();
    let answer = app.book_for(4711, WEDNESDAY_9);
    let number = person(4711)["national_id"].as_str().unwrap().to_owned();
    assert!(!answer.text.contains(&number));
    assert!(!app.get("/metrics").send().text.contains(&number));
    if !app.uses_postgres() {
        for suffix in ["", "-wal"] {
            let file = std::fs::read(format!("{}{suffix}", app.database_file().display())).unwrap_or_default();
            let needle = number.as_bytes();
            assert!(!file.windows(needle.len()).any(|w| w == needle), "found in the database file{suffix}");
        }
    }
}

#[test]
fn a_key_is_one_value_of_visible_characters() {
    let app = TestApp::new();
    let book = || app.post("/v1/bookings").user("citizen1").json(&booking(WEDNESDAY_9));
    for key in ["a b", "", "中"] {
        let answer = book().key(key).send();
        answer.refused(400, "malformed");
        assert_eq!(answer.fields()[0].0, "#Idempotency-Key", "{key:?}");
    }
    book().key("one").key("two").send().refused(400, "malformed");
    book().bearer("another").key("one").send().refused(401, "unauthenticated");
    book().key("!~").send().expect(201);
}

#[test]
fn what_was_shown_once_is_shown_by_no_key_to_whoever_may_not_see_it_any_more() {
    let app = TestApp::new();
    let take = || app.post("/v1/cases").user("clerk1").key("K").json(&birth(1)).send();
    let case = take().expect(201)["id"].as_str().unwrap().to_owned();
    let reveal = || app.post(&format!("/v1/cases/{case}:reveal")).user("clerk1").key("R").json(&json!({"reason": "核對"})).send();
    reveal().expect(200);
    assert!(!reveal().headers.contains_key("idempotency-replayed"), "each look leaves its own line");
    let lines = app.get("/v1/audit-log?action=case.revealed").user("director1").send();
    assert_eq!(lines.expect(200)["items"].as_array().unwrap().len(), 2);
    assert!(take().headers.contains_key("idempotency-replayed"));
    app.sql("UPDATE accounts SET service_point = 'SHENGANG' WHERE username = 'clerk1'");
    app.get(&format!("/v1/cases/{case}")).user("clerk1").send().refused(404, "not_found");
    reveal().refused(404, "not_found");
    take().refused(422, "idempotency_mismatch");
}
