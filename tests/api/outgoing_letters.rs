//! Letters: whoever is told by post gets one, printed by whoever may know who it is, marked, posted, and stopped where it is no longer so.

use serde_json::{Value, json};

use crate::petitions::{Taken, act, assign, get, hand_over, letter, note_letters, replied, take, waiting, with};
use crate::reader::Reading;
use crate::support::{Answer, TestApp};

fn about(petition: &Taken) -> String {
    petition.path.trim_start_matches("/v1/").to_owned()
}

/// The letters about a petition that somebody sees, the oldest first.
pub fn letters(app: &TestApp, user: &str, petition: &Taken) -> Vec<Value> {
    let list = get(app, user, &format!("/v1/outgoing-letters?about={}", about(petition)));
    let mut items = list.expect(200)["items"].as_array().unwrap().clone();
    items.reverse();
    items
}

pub fn at(letter: &Value) -> String {
    format!("/v1/outgoing-letters/{}", letter["id"].as_str().unwrap())
}

pub fn print(app: &TestApp, user: &str, letter: &Value) -> Reading {
    Reading::of(&app.get(&format!("{}/letter.pdf", at(letter))).user(user).bytes())
}

pub fn change(app: &TestApp, user: &str, letter: &Value, name: &str, body: &Value) -> Answer {
    let read = get(app, user, &at(letter));
    let tag = read.headers.get("etag").map_or("*", String::as_str).to_owned();
    let call = app.post(&format!("{}:{name}", at(letter))).user(user).once().if_match(&tag);
    if body.is_null() { call.send() } else { call.json(body).send() }
}

fn subjects(letters: &[Value]) -> Vec<&str> {
    letters.iter().map(|letter| letter["subject"].as_str().unwrap()).collect()
}

pub fn statuses(letters: &[Value]) -> Vec<&str> {
    letters.iter().map(|letter| letter["status"].as_str().unwrap()).collect()
}

/// Puts right what was taken down.
pub fn correct(app: &TestApp, petition: &Taken, body: &Value) -> Answer {
    let tag = get(app, "clerk1", &petition.path).etag().to_owned();
    app.call("PATCH", &petition.path).user("clerk1").if_match(&tag).json(body).send()
}

/// By which ways it is told, and whether that has gone out.
pub fn tellings(app: &TestApp, petition: &Taken) -> Vec<(String, String)> {
    let shown = get(app, "chief1", &petition.path).expect(200)["tellings"].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    shown.as_array().unwrap().iter().map(|one| (text(&one["told_by"]), text(&one["status"]))).collect()
}

pub fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(way, status)| ((*way).to_owned(), (*status).to_owned())).collect()
}

pub fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

#[test]
fn whatever_is_told_by_post_is_a_letter_that_a_clerk_prints_and_marks_and_posts() {
    let app = TestApp::new();
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    let body = with(with(letter("RIGHTS"), "against_decision", decision), "petitioner", json!({"name": "王𥕢𠮷"}));
    let petition = take(&app, Some("clerk1"), &body);
    assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "extend", &json!({"days": 15, "reason": "須向他機關調閱資料"})).expect(200);
    act(&app, "chief1", &petition, "extend", &json!({"approve": true})).expect(200);
    act(&app, "clerk2", &petition, "request-supplement", &json!({"what": "請敘明地點", "due_on": "2026-11-27"})).expect(200);
    let first = letters(&app, "clerk1", &petition);
    assert_eq!(statuses(&first), ["TO_PRINT"; 3]);
    let printed = change(&app, "clerk1", &first[0], "mark-printed", &Value::Null);
    assert_eq!(
        (&printed.expect(200)["status"], &printed.body["printed_at"]),
        (&json!("PRINTED"), &json!("2026-11-23T09:00:00+08:00"))
    );
    assert_eq!(printed.body["allowed_actions"], json!(["print-again", "stop"]));
    change(&app, "clerk1", &first[0], "mark-printed", &Value::Null).refused(409, "wrong_state");
    assert_eq!(change(&app, "clerk1", &first[0], "print-again", &because("列印時卡紙")).expect(200)["status"], "TO_PRINT");
    let to_print = get(&app, "clerk1", "/v1/outgoing-letters?status=TO_PRINT&include_total=true");
    assert_eq!(to_print.expect(200)["total"], 3);
    let post = |app: &TestApp| {
        let waits = waiting(app, "chief1", &petition, "LETTER");
        note_letters(app, "chief1", &petition, &waits, "POSTED").expect(200);
    };
    post(&app);
    act(&app, "clerk2", &petition, "supplement", &json!({"text": "地點在一樓"})).expect(200);
    replied(&app, &petition, "FINAL");
    post(&app);
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "誤送"})).expect(200);
    post(&app);
    act(&app, "chief1", &petition, "transfer", &json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"})).expect(200);
    let all = letters(&app, "clerk1", &petition);
    let expected = ["訴願教示", "陳情案件延長辦理期限", "請補充陳情資料", "陳情案件答復", "陳情案件續行辦理", "陳情案件移送"];
    assert_eq!((subjects(&all), statuses(&all)), (expected.to_vec(), vec!["SENT", "SENT", "SENT", "SENT", "SENT", "TO_PRINT"]));
    for one in &all {
        assert_eq!((&one["recipient"], &one["language"]), (&json!("王○𠮷"), &json!("zh-TW")));
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
    assert_eq!(
        change(&app, "clerk1", &all[0], "print-again", &because("補印")).refused(409, "wrong_state")["allowed_actions"],
        json!([])
    );
}

#[test]
fn a_letter_tells_who_is_behind_a_petition_to_those_alone_who_know() {
    let app = TestApp::new();
    let secret = take(&app, Some("clerk1"), &with(letter("RIGHTS"), "confidential", json!(true)));
    act(&app, "chief2", &secret, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    hand_over(&app, "chief2", &secret);
    act(&app, "chief2", &secret, "reopen", &json!({"mistake": "誤登"})).expect(200);
    act(&app, "chief2", &secret, "assign", &json!({"handler_id": crate::petitions::account(&app, "clerk2")})).expect(200);
    get(&app, "clerk2", &secret.path).expect(200);
    let all = letters(&app, "chief2", &secret);
    assert_eq!((subjects(&all), statuses(&all)), (vec!["陳情案件已撤回", "陳情案件續行辦理"], vec!["SENT", "TO_PRINT"]));
    for user in ["clerk2", "clerk1", "chief1", "director1"] {
        assert!(letters(&app, user, &secret).is_empty(), "{user}");
        for end in ["", "/letter.pdf"] {
            get(&app, user, &format!("{}{end}", at(&all[1]))).refused(404, "not_found");
        }
        for (name, body) in [("mark-printed", Value::Null), ("stop", because("x")), ("print-again", because("x"))] {
            change(&app, user, &all[1], name, &body).refused(404, "not_found");
        }
    }
    assert!(print(&app, "chief2", &all[1]).text().contains("王小明"));
    change(&app, "chief2", &all[1], "mark-printed", &Value::Null).expect(200);
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
fn whoever_loses_sight_of_a_petition_loses_its_letters_with_it() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    let all = letters(&app, "clerk1", &petition);
    let tag = get(&app, "clerk1", &at(&all[0])).etag().to_owned();
    let mark = || app.post(&format!("{}:mark-printed", at(&all[0]))).user("clerk1").key("printed-once").if_match(&tag).send();
    assert_eq!(mark().expect(200)["status"], "PRINTED");
    let again = mark();
    assert_eq!(again.expect(200)["status"], "PRINTED", "a double click is one act");
    assert_eq!(again.headers["idempotency-replayed"], "true");
    correct(&app, &petition, &json!({"confidential": true})).expect(200);
    mark().refused(404, "not_found");
    get(&app, "clerk1", &format!("{}/letter.pdf", at(&all[0]))).refused(404, "not_found");
    assert!(letters(&app, "clerk1", &petition).is_empty());
}

#[test]
fn each_of_a_group_gets_a_letter_in_their_language_with_the_right_name() {
    let app = TestApp::new();
    let mut body = letter("SUGGESTION");
    body["petitioner"] = json!({"name": "Łucja Dębska"});
    (body["language"], body["others"]) = (json!("en"), json!([{"name": "林小安"}, {"name": "陳小華"}]));
    let group = take(&app, Some("clerk1"), &body);
    assign(&app, &group, "clerk2");
    assert_eq!(replied(&app, &group, "FINAL")["replies"][0]["told_by"], json!(["LETTER", "LETTER", "LETTER"]));
    let all = letters(&app, "clerk1", &group);
    assert_eq!(subjects(&all), ["Reply to your petition"; 3]);
    for (one, name) in all.iter().zip(["Łucja Dębska", "林小安", "陳小華"]) {
        let reading = print(&app, "clerk1", one);
        let text = reading.text();
        assert!(text.contains(name) && text.contains("Hemei Household Registration Office"), "{name} in {text}");
        assert!(text.contains("Page 1 of 1") && reading.metadata.contains(">en<"), "{reading:?}");
    }
    // What was printed with a wrong name is printed again, and whoever has just printed it marks nothing.
    change(&app, "clerk1", &all[1], "mark-printed", &Value::Null).expect(200);
    let printed = app.get(&format!("{}/letter.pdf", at(&all[2]))).user("clerk2").send();
    let others = |names: Value| json!({"others": names, "reason": "姓名誤植"});
    correct(&app, &group, &others(json!([{"name": "林曉安"}, {"name": "陳曉華"}]))).expect(200);
    let mark = app.post(&format!("{}:mark-printed", at(&all[2]))).user("clerk2").once().if_match(printed.etag());
    mark.send().refused(412, "version_mismatch");
    let again = letters(&app, "clerk1", &group);
    assert_eq!(statuses(&again), ["TO_PRINT"; 3]);
    let names: Vec<_> = again.iter().map(|one| print(&app, "clerk1", one).text()).collect();
    assert!(names[1].contains("林曉安") && names[2].contains("陳曉華"), "{names:?}");
    // Whoever is named no more gets none.
    correct(&app, &group, &others(json!([{"name": "林曉安"}]))).expect(200);
    let left = letters(&app, "clerk1", &group);
    assert_eq!((statuses(&left), &left[2]["stop"]), (vec!["TO_PRINT", "TO_PRINT", "STOPPED"], &json!("OUTDATED")));
    change(&app, "clerk1", &left[2], "print-again", &because("誤停")).refused(409, "conflict");
}

#[test]
fn a_letter_goes_to_the_address_that_is_right_and_keeps_the_one_to_which_it_went() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    let move_to = |address: &str| {
        correct(&app, &petition, &json!({"contact": {"address": address}, "reason": "地址有誤"})).expect(200);
        letters(&app, "clerk1", &petition)
    };
    change(&app, "clerk1", &letters(&app, "clerk1", &petition)[0], "mark-printed", &Value::Null).expect(200);
    let (first, second) = ("彰化縣和美鎮彰美路五段1號", "彰化縣和美鎮彰美路五段2號");
    let all = move_to(first);
    assert_eq!((subjects(&all), statuses(&all)), (vec!["陳情案件答復"], vec!["TO_PRINT"]), "it is printed again");
    let text = print(&app, "clerk1", &all[0]).text();
    assert!(text.contains(first) && !text.contains("臺北市"), "{text}");
    hand_over(&app, "clerk2", &petition);
    let all = move_to(second);
    assert_eq!(statuses(&all), ["SENT", "TO_PRINT"], "what went to a wrong address goes to the right one");
    for (one, address) in all.iter().zip([first, second]) {
        let text = print(&app, "clerk1", one).text();
        assert!(text.contains(address), "{address} in {text}");
    }
}

#[test]
fn what_is_no_longer_so_is_not_printed_and_what_is_stopped_by_hand_is_told_by_the_next_way() {
    let app = TestApp::new();
    let contact = json!({"address": "臺北市大安區和平東路一段1號", "phone": "0912345678"});
    let petition = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "contact", contact));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    let one = || letters(&app, "clerk1", &petition)[0].clone();
    let stopped = change(&app, "clerk1", &one(), "stop", &because("地址係他人所有"));
    assert_eq!(
        (&stopped.expect(200)["stop"], &stopped.body["stop_reason"], &stopped.body["allowed_actions"]),
        (&json!("BY_HAND"), &json!("地址係他人所有"), &json!(["print-again"]))
    );
    assert!(app.contents()["outgoing_letters"].iter().all(|row| !row.contains("他人所有")), "sealed as every reason");
    get(&app, "clerk1", &format!("{}/letter.pdf", at(&one()))).refused(409, "wrong_state");
    change(&app, "clerk1", &one(), "stop", &because("再停")).refused(409, "wrong_state");
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "STOPPED"), ("CALL", "WAITING")]));
    let history = get(&app, "chief1", &format!("{}/history", petition.path)).expect(200)["items"].clone();
    assert_eq!(history.as_array().unwrap().last().unwrap()["action"], "told_otherwise");
    // Stopped by mistake, it goes; and nobody need call once it has.
    assert_eq!(change(&app, "clerk1", &one(), "print-again", &because("誤停")).expect(200)["status"], "TO_PRINT");
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "WAITING"), ("CALL", "WAITING")]));
    let note = |outcome: &str| note_letters(&app, "chief1", &petition, &[json!(1)], outcome).expect(200).clone();
    note("POSTED");
    assert_eq!(
        (one()["status"].clone(), tellings(&app, &petition)),
        (json!("SENT"), told(&[("LETTER", "TOLD"), ("CALL", "STOPPED")]))
    );
    note("NOT_SENT");
    assert_eq!(one()["status"], "PRINTED");
    // What it says was taken back.
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "誤送"})).expect(200);
    let outdated = one();
    assert_eq!((&outdated["status"], &outdated["stop"]), (&json!("STOPPED"), &json!("OUTDATED")));
    assert_eq!(outdated["allowed_actions"], json!([]));
    change(&app, "clerk1", &outdated, "print-again", &because("再印")).refused(409, "conflict");
    // Posted before it was stopped, and come back.
    note("POSTED");
    assert_eq!(one()["status"], "SENT");
    note("RETURNED");
    assert_eq!((&one()["status"], &one()["allowed_actions"]), (&json!("RETURNED"), &json!([])));
}

#[test]
fn the_body_that_had_sent_a_petition_on_gets_a_letter_without_the_petitioners_address() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "forwarded_by", json!("彰化縣政府")));
    let filing = json!({"ground": "NOT_COMPETENT", "sent_also_to": ["彰化縣和美鎮公所"]});
    act(&app, "chief1", &petition, "file-without-reply", &json!({"filing": filing, "reason": "非本所主管"})).expect(200);
    act(&app, "director1", &petition, "file-without-reply", &json!({"approve": true})).expect(200);
    let all = letters(&app, "clerk1", &petition);
    assert_eq!(subjects(&all), ["轉來陳情案件處理情形"]);
    let text = print(&app, "clerk1", &all[0]).text().replace(' ', "");
    for part in ["彰化縣政府", "行政程序法第173條第3款", &petition.number] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("臺北市") && !text.contains("王小明"), "{text}");
    change(&app, "clerk1", &all[0], "stop", &because("已以公文函復")).expect(200);
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "STOPPED")]), "nobody writes to it once more");
}
