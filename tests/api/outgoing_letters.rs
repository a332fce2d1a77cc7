//! Letters: whoever is told by post gets one, printed by whoever may know who it is, and marked as printed.

use serde_json::{Value, json};

use crate::petitions::{Taken, act, assign, get, letter, replied, take, with};
use crate::reader::Reading;
use crate::support::{Answer, TestApp};

fn about(petition: &Taken) -> String {
    petition.path.trim_start_matches("/v1/").to_owned()
}

/// The letters about a petition that somebody sees, the oldest first.
fn letters(app: &TestApp, user: &str, petition: &Taken) -> Vec<Value> {
    let list = get(app, user, &format!("/v1/outgoing-letters?about={}", about(petition)));
    let mut items = list.expect(200)["items"].as_array().unwrap().clone();
    items.reverse();
    items
}

fn at(letter: &Value) -> String {
    format!("/v1/outgoing-letters/{}", letter["id"].as_str().unwrap())
}

fn print(app: &TestApp, user: &str, letter: &Value) -> Reading {
    Reading::of(&app.get(&format!("{}/letter.pdf", at(letter))).user(user).bytes())
}

fn change(app: &TestApp, user: &str, letter: &Value, name: &str, body: &Value) -> Answer {
    let read = get(app, user, &at(letter));
    let tag = read.headers.get("etag").map_or("*", String::as_str).to_owned();
    let call = app.post(&format!("{}:{name}", at(letter))).user(user).once().if_match(&tag);
    if body.is_null() { call.send() } else { call.json(body).send() }
}

fn subjects(letters: &[Value]) -> Vec<&str> {
    letters.iter().map(|letter| letter["subject"].as_str().unwrap()).collect()
}

#[test]
fn whatever_is_told_by_post_is_a_letter_that_a_clerk_prints_and_marks() {
    let app = TestApp::new();
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    let body = with(with(letter("RIGHTS"), "against_decision", decision), "petitioner", json!({"name": "王𥕢𠮷"}));
    let petition = take(&app, Some("clerk1"), &body);
    assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "extend", &json!({"days": 15, "reason": "須向他機關調閱資料"})).expect(200);
    act(&app, "chief1", &petition, "extend", &json!({"approve": true})).expect(200);
    act(&app, "clerk2", &petition, "request-supplement", &json!({"what": "請敘明地點", "due_on": "2026-11-27"})).expect(200);
    act(&app, "clerk2", &petition, "supplement", &json!({"text": "地點在一樓"})).expect(200);
    replied(&app, &petition, "FINAL");
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "誤送"})).expect(200);
    act(&app, "chief1", &petition, "transfer", &json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"})).expect(200);
    let all = letters(&app, "clerk1", &petition);
    let expected = ["訴願教示", "陳情案件延長辦理期限", "請補充陳情資料", "陳情案件答復", "陳情案件續行辦理", "陳情案件移送"];
    assert_eq!(subjects(&all), expected);
    for one in &all {
        assert_eq!((&one["recipient"], &one["status"], &one["language"]), (&json!("王○𠮷"), &json!("TO_PRINT"), &json!("zh-TW")));
    }
    let whole =
        ["王𥕢⬚U+20BB7", "臺北市大安區和平東路一段1號", "彰化縣和美戶政事務所", "民國 115-11-23", "04-7560000", &petition.number];
    let own: [&[&str]; 6] = [
        &["2026-12-21 止", "訴願法"],
        &["延長 15 日", "須向他機關調閱資料"],
        &["2026-11-27", "請敘明地點"],
        &["依規定辦理。", "法令依據：戶籍法 §17", "救濟方式：如有不服，得提起訴願。"],
        &["誤辦"],
        &["彰化縣和美鎮公所"],
    ];
    for ((one, subject), parts) in all.iter().zip(expected).zip(own) {
        let reading = print(&app, "clerk1", one);
        let printed = reading.text();
        for part in whole.iter().chain(parts).chain([&subject]) {
            assert!(printed.contains(part), "{part} in {printed}");
        }
        assert!(reading.metadata.contains("<pdfuaid:part>1<") && reading.fonts.iter().all(|(_, embedded)| *embedded));
    }
    let printed = change(&app, "clerk1", &all[0], "mark-printed", &Value::Null);
    assert_eq!(
        (&printed.expect(200)["status"], &printed.body["printed_at"]),
        (&json!("PRINTED"), &json!("2026-11-23T09:00:00+08:00"))
    );
    assert_eq!(printed.body["allowed_actions"], json!(["print-again"]));
    change(&app, "clerk1", &all[0], "mark-printed", &Value::Null).refused(409, "wrong_state");
    let why = json!({"reason": "列印時卡紙"});
    assert_eq!(change(&app, "clerk1", &all[0], "print-again", &why).expect(200)["status"], "TO_PRINT");
    assert_eq!(change(&app, "clerk1", &all[1], "settle", &json!({"reason": "已當面告知"})).expect(200)["status"], "SETTLED");
    let waiting = get(&app, "clerk1", "/v1/outgoing-letters?status=TO_PRINT&include_total=true");
    assert_eq!(waiting.expect(200)["total"], 5);
}

#[test]
fn a_letter_tells_who_is_behind_a_petition_to_those_alone_who_know() {
    let app = TestApp::new();
    let secret = take(&app, Some("clerk1"), &with(letter("RIGHTS"), "confidential", json!(true)));
    act(&app, "chief2", &secret, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    act(&app, "chief2", &secret, "reopen", &json!({"mistake": "誤登"})).expect(200);
    act(&app, "chief2", &secret, "assign", &json!({"handler_id": crate::petitions::account(&app, "clerk2")})).expect(200);
    get(&app, "clerk2", &secret.path).expect(200);
    let all = letters(&app, "chief2", &secret);
    assert_eq!(subjects(&all), ["陳情案件已撤回", "陳情案件續行辦理"]);
    for user in ["clerk2", "clerk1", "chief1", "director1"] {
        assert!(letters(&app, user, &secret).is_empty(), "{user}");
        for end in ["", "/letter.pdf"] {
            get(&app, user, &format!("{}{end}", at(&all[0]))).refused(404, "not_found");
        }
        for (name, body) in
            [("mark-printed", Value::Null), ("settle", json!({"reason": "x"})), ("print-again", json!({"reason": "x"}))]
        {
            change(&app, user, &all[0], name, &body).refused(404, "not_found");
        }
    }
    assert!(print(&app, "chief2", &all[0]).text().contains("王小明"));
    change(&app, "chief2", &all[0], "mark-printed", &Value::Null).expect(200);
    // Each look is in the log, and nothing of it in the feed.
    let record = about(&secret);
    let log = get(&app, "chief2", "/v1/audit-log?action=outgoing_letter.read");
    let rows = app.contents();
    assert!(log.status == 403 || log.text.contains(&record), "{}", log.text);
    let stands = |table: &str, word: &str| rows[table].iter().any(|row| row.contains(&record) && row.contains(word));
    assert!(stands("audit_log", "outgoing_letter.read") && stands("audit_log", "outgoing_letter.printed"));
    assert!(!stands("events", "outgoing_letter"), "a gap in the feed would tell of it");
    // Nobody reads in the store what a letter says, nor to whom it goes.
    let kept = rows["outgoing_letters"].join(" ");
    assert!(!kept.contains("王小明") && !kept.contains("撤回"), "{kept}");
}

#[test]
fn each_of_a_group_gets_a_letter_in_their_language_with_the_right_name() {
    let app = TestApp::new();
    let mut body = letter("SUGGESTION");
    body["petitioner"] = json!({"name": "Łucja Wężyk"});
    (body["language"], body["others"]) = (json!("en"), json!([{"name": "林小安"}, {"name": "陳小華"}]));
    let group = take(&app, Some("clerk1"), &body);
    assign(&app, &group, "clerk2");
    assert_eq!(replied(&app, &group, "FINAL")["replies"][0]["told_by"], json!(["LETTER", "LETTER", "LETTER"]));
    let all = letters(&app, "clerk1", &group);
    assert_eq!(subjects(&all), ["Reply to your petition"; 3]);
    for (one, name) in all.iter().zip(["Łucja Wężyk", "林小安", "陳小華"]) {
        let reading = print(&app, "clerk1", one);
        let text = reading.text();
        assert!(text.contains(name) && text.contains("Hemei Household Registration Office"), "{name} in {text}");
        assert!(text.contains("Page 1 of 1") && reading.metadata.contains(">en<"), "{reading:?}");
    }
    // What is printed stays as it was; what waits goes to the right name.
    change(&app, "clerk1", &all[1], "mark-printed", &Value::Null).expect(200);
    let tag = get(&app, "clerk1", &group.path).etag().to_owned();
    let names = json!({"others": [{"name": "林曉安"}, {"name": "陳曉華"}], "reason": "姓名誤植"});
    app.call("PATCH", &group.path).user("clerk1").if_match(&tag).json(&names).send().expect(200);
    let again = letters(&app, "clerk1", &group);
    let names: Vec<_> = again.iter().map(|one| print(&app, "clerk1", one).text()).collect();
    assert!(names[1].contains("林小安") && names[2].contains("陳曉華"), "{names:?}");
}

#[test]
fn what_is_told_again_before_it_is_printed_is_one_letter_to_the_address_that_is_right() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    let correct = |address: &str| {
        let tag = get(&app, "clerk1", &petition.path).etag().to_owned();
        let body = json!({"contact": {"address": address}, "reason": "地址有誤"});
        app.call("PATCH", &petition.path).user("clerk1").if_match(&tag).json(&body).send().expect(200).clone()
    };
    assert_eq!(correct("彰化縣和美鎮彰美路五段1號")["replies"][0]["told_by"], json!(["LETTER"]));
    let all = letters(&app, "clerk1", &petition);
    assert_eq!(subjects(&all), ["陳情案件答復"]);
    let text = print(&app, "clerk1", &all[0]).text();
    assert!(text.contains("彰化縣和美鎮彰美路五段1號") && !text.contains("臺北市"), "{text}");
    change(&app, "clerk1", &all[0], "mark-printed", &Value::Null).expect(200);
    correct("彰化縣和美鎮彰美路五段2號");
    assert_eq!(letters(&app, "clerk1", &petition).len(), 2, "what went to a wrong address goes to the right one");
}
