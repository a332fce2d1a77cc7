//! Petitions that are answered together are as secret as each other, and whoever is kept from one is kept from all.

use serde_json::{Value, json};

use crate::improvements::cutting;
use crate::petition_merging::{field, id, merge, merged, unmerge};
use crate::petition_secrecy::{is_nothing_to, let_out, lists};
use crate::petitions::{Taken, account, act, assign, draft, get, letter, take, with};
use crate::support::{Answer, TestApp, person};

fn patch(app: &TestApp, user: &str, petition: &Taken, body: &Value) -> Answer {
    let tag = get(app, user, &petition.path);
    let tag = tag.headers.get("etag").map_or("\"v1\"", String::as_str).to_owned();
    app.call("PATCH", &petition.path).user(user).if_match(&tag).json(body).send()
}

fn secret(app: &TestApp, name: &str) -> Taken {
    let body = with(with(letter("SUGGESTION"), "confidential", json!(true)), "petitioner", json!({"name": name}));
    take(app, Some("clerk1"), &body)
}

fn accusing(app: &TestApp, taker: &str, users: &[&str]) -> Taken {
    let concerns: Value = users.iter().map(|user| json!({"kind": "ACCOUNT", "account_id": account(app, user)})).collect();
    take(app, Some(taker), &with(letter("SUGGESTION"), "concerns", concerns))
}

fn found(app: &TestApp, user: &str, text: &str) -> usize {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    app.get(&format!("/v1/petitions?{query}")).user(user).send().expect(200)["items"].as_array().unwrap().len()
}

#[test]
fn what_comes_to_a_merged_petition_tells_the_handler_of_the_other_nobody() {
    let app = TestApp::new();
    let (main, other) = (secret(&app, "王小明"), secret(&app, "林秋香"));
    merge(&app, "chief1", &other, &id(&main)).refused(403, "forbidden");
    merge(&app, "chief2", &other, &id(&main)).expect(200);
    act(&app, "chief2", &main, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    act(&app, "chief2", &other, "supplement", &json!({"text": "我是林秋香，與王小明同住。"})).expect(200);
    let mut reply = draft("FINAL");
    let written = "林秋香、王小明兩位所陳均已改善。";
    reply["text"] = json!(written);
    act(&app, "clerk3", &main, "draft-reply", &reply).expect(200);
    act(&app, "director1", &main, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk3", &main, "reply", &json!({})).expect(200);
    for round in ["before", "after"] {
        for user in ["clerk3", "chief1", "director1"] {
            for one in [&main, &other] {
                let shown = get(&app, user, &one.path);
                shown.expect(200);
                // Whoever wrote the reply reads their own words.
                let of_others = if user == "clerk3" { shown.text.replace(written, "") } else { shown.text.clone() };
                assert!(!of_others.contains("林秋香") && !of_others.contains("王小明"), "{round} {user}: {of_others}");
            }
            assert_eq!((found(&app, user, "林秋香"), found(&app, user, "王小明")), (0, 0), "{round} {user}");
            assert_eq!(found(&app, user, "所陳均已改善"), 2, "{round} {user}: the control");
        }
        assert_eq!(found(&app, "chief2", "林秋香"), 2, "its custodian reads the replies as they were sent");
        app.take_in_words();
    }
    // A piece of the one tells of the other as little.
    let piece = json!({"subject": "同住", "body": "林秋香與王小明同住。", "writer": "PETITIONER", "reason": "一信二事"});
    let made = act(&app, "chief2", &main, "split", &piece);
    made.expect(201);
    let piece = get(&app, "chief1", &made.headers["location"]);
    assert!(piece.expect(200)["body"] == "＊＊＊與＊＊＊同住。", "{}", piece.text);
    assert!(get(&app, "chief2", &made.headers["location"]).text.contains("林秋香"), "the control");
    // Nor once it is on its own: what was said together stays.
    act(&app, "chief2", &other, "unmerge", &json!({"reason": "並非同一事由"})).expect(200);
    for one in [&main, &other] {
        let shown = get(&app, "chief1", &one.path);
        assert!(!shown.text.contains("林秋香") && !shown.text.contains("王小明"), "{}", shown.text);
    }
    assert!(get(&app, "chief2", &main.path).text.contains("林秋香"), "the control");
}

#[test]
fn a_mark_on_the_one_guards_all_until_its_custodian_releases_them() {
    let app = TestApp::new();
    let before = lists(&app, "director1");
    let (main, other) = merged(&app, "SUGGESTION");
    assign(&app, &main, "clerk3");
    patch(&app, "chief1", &main, &json!({"whistleblower": true})).expect(200);
    for petition in [&main, &other] {
        is_nothing_to(&app, "director1", petition, &before);
        get(&app, "clerk3", &petition.path).refused(404, "not_found");
        get(&app, "chief2", &petition.path).expect(200);
    }
    act(&app, "chief2", &main, "withdraw", &json!({"reason": "陳情人撤回"})).refused(409, "conflict");
    let out = act(&app, "chief2", &other, "unmerge", &json!({"reason": "並非同一事由"}));
    assert_eq!((&out.expect(200)["status"], &out.body["confidential"]), (&json!("QUARANTINE"), &json!(true)));
    is_nothing_to(&app, "director1", &other, &before);
    // Released together where they are merged.
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    patch(&app, "chief1", &main, &json!({"whistleblower": true})).expect(200);
    patch(&app, "chief2", &main, &json!({"concerns": []})).expect(200);
    act(&app, "chief2", &main, "screen", &json!({"accept": true, "reason": "已設定對象"})).expect(200);
    for petition in [&main, &other] {
        get(&app, "director1", &petition.path).expect(200);
        get(&app, "clerk1", &petition.path).refused(404, "not_found");
    }
}

#[test]
fn whoever_handles_the_one_loses_it_where_they_are_kept_from_the_other() {
    let app = TestApp::new();
    app.name_holder("clerk3", 9);
    let (main, third) = (take(&app, Some("clerk4"), &letter("RIGHTS")), take(&app, Some("clerk4"), &letter("RIGHTS")));
    merge(&app, "chief1", &third, &id(&main)).expect(200);
    for (handler, other) in [
        ("clerk2", accusing(&app, "clerk4", &["clerk2"])),
        ("clerk3", take(&app, Some("clerk4"), &with(letter("RIGHTS"), "petitioner", person(9)))),
    ] {
        assign(&app, &main, handler);
        get(&app, handler, &third.path).expect(200);
        let shown = merge(&app, "chief1", &other, &id(&main));
        assert!(shown.expect(200)["handler_id"].is_null(), "{handler}");
        for one in [&main, &third, &other] {
            assert!(get(&app, "chief1", &one.path).expect(200)["handler_id"].is_null(), "{handler}");
            get(&app, handler, &one.path).refused(404, "not_found");
        }
        unmerge(&app, &other).expect(200);
    }
}

#[test]
fn nothing_of_those_that_are_merged_with_one_that_names_staff_goes_into_the_feed() {
    let app = TestApp::new();
    let (main, other) = (take(&app, Some("clerk4"), &letter("SUGGESTION")), accusing(&app, "clerk4", &["clerk2"]));
    let events = || app.contents()["events"].iter().filter(|row| row.contains(&id(&main))).count();
    let before = events();
    assert!(before > 0, "the control");
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assign(&app, &main, "clerk3");
    assert_eq!(events(), before);
    unmerge(&app, &other).expect(200);
    act(&app, "clerk3", &main, "draft-reply", &draft("FINAL")).expect(200);
    assert!(events() > before);
}

#[test]
fn what_is_merged_with_one_that_names_staff_is_told_on_in_no_opinion() {
    let app = TestApp::new();
    let (main, other) = (take(&app, Some("clerk4"), &letter("SUGGESTION")), accusing(&app, "clerk4", &["clerk2"]));
    let opinion = with(with(cutting(), "source", json!("PETITION")), "petition_id", json!(id(&main)));
    let enter = || app.post("/v1/opinion-items").user("chief1").once().json(&opinion).send();
    enter().expect(201);
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assert_eq!(enter().fields(), field("/petition_id", "unknown"));
}

#[test]
fn into_which_petition_one_is_merged_is_told_to_whoever_sees_that_one() {
    let app = TestApp::new();
    // Looks after what is secret, and sees nothing else.
    app.sql("UPDATE accounts SET duties = '[\"PETITION_CUSTODIAN\"]' WHERE username = 'clerk4'");
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let report = take(&app, Some("clerk1"), &with(letter("REPORT"), "confidential", json!(false)));
    let_out(&app, &report, "chief2", &json!([]));
    merge(&app, "chief2", &report, &id(&main)).expect(200);
    get(&app, "clerk4", &main.path).refused(404, "not_found");
    assert_eq!(get(&app, "clerk4", &report.path).expect(200)["merged_into_id"], Value::Null);
    assert_eq!(get(&app, "chief1", &report.path).expect(200)["merged_into_id"], json!(id(&main)), "the control");
}
