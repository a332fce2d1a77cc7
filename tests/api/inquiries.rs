//! Inquiries: asked by anybody, answered in time, checked by another, put right where an answer was wrong.

use serde_json::{Value, json};

use crate::cases::registered;
use crate::holders::name_holder;
use crate::known::{complete, matter};
use crate::mails::with_relay;
use crate::protection::{BARRED, PROTECTED, mark, order};
use crate::relay::Mood;
use crate::support::{Answer, TestApp, called, person};
use crate::uploads::{Upload, content, text};

/// An inquiry as its taker knows it.
pub struct Asked {
    pub path: String,
    pub number: String,
    pub secret: String,
}

/// A question over the telephone.
pub fn by_phone() -> Value {
    json!({"channel": "PHONE", "topic": "REGISTRATION", "question": "請問遷入登記要帶什麼？"})
}

/// A question over the API, with these ways to reach whoever asks.
pub fn online(contact: Value) -> Value {
    json!({"topic": "SEAL", "question": "印鑑證明可以委託嗎？", "asker": {"name": called(61)}, "contact": contact})
}

pub fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn send(app: &TestApp, user: Option<&str>, body: &Value) -> Answer {
    let call = app.post("/v1/inquiries").once().json(body);
    match user {
        Some(user) => call.user(user).send(),
        None => call.send(),
    }
}

pub fn ask(app: &TestApp, user: Option<&str>, body: &Value) -> Asked {
    let made = send(app, user, body);
    made.expect(201);
    let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
    Asked { path: made.headers["location"].clone(), number: text("number"), secret: text("secret") }
}

pub fn get(app: &TestApp, user: &str, path: &str) -> Answer {
    app.get(path).user(user).send()
}

/// Acts at the version that stands.
pub fn act(app: &TestApp, user: &str, asked: &Asked, name: &str, body: &Value) -> Answer {
    let tag = get(app, "director1", &asked.path);
    let tag = tag.headers.get("etag").map_or("\"v1\"", String::as_str).to_owned();
    app.post(&format!("{}:{name}", asked.path)).user(user).once().if_match(&tag).json(body).send()
}

pub fn answer() -> Value {
    json!({"text": "請攜帶國民身分證、印章及戶口名簿。", "laws": ["戶籍法 §17"]})
}

pub fn correction() -> Value {
    json!({"text": "另須附居住證明。", "laws": ["戶籍法 §17"], "reason": "先前漏未告知居住證明"})
}

fn track(app: &TestApp, number: &str, secret: &str) -> Answer {
    app.post("/v1/inquiries:track").json(&json!({"number": number, "secret": secret})).send()
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn a_question_by_telephone_is_answered_at_once_and_checked_by_another() {
    let app = TestApp::new();
    let asked = ask(&app, Some("clerk1"), &by_phone());
    let open = get(&app, "clerk1", &asked.path).expect(200).clone();
    assert_eq!((&open["status"], &open["rule"]), (&json!("OPEN"), &json!("20MIN")));
    assert_eq!(open["due_at"], "2026-11-23T09:20:00+08:00");
    app.advance(chrono::Duration::minutes(12));
    let answered = act(&app, "clerk1", &asked, "answer", &answer()).expect(200).clone();
    assert_eq!(answered["minutes_to_answer"], json!({"office": 12, "calendar": 12}));
    assert_eq!((&answered["late"], &answered["answers"][0]["told_by"]), (&json!(false), &json!("SPOKEN")));
    act(&app, "clerk1", &asked, "answer", &answer()).refused(409, "wrong_state");
    act(&app, "clerk1", &asked, "check", &json!({})).refused(403, "forbidden");
    let tag = get(&app, "chief1", &asked.path).etag().to_owned();
    let check = |user: &str, tag: &str| app.post(&format!("{}:check", asked.path)).user(user).once().if_match(tag).send();
    check("chief1", "*").refused(428, "precondition_required");
    assert_eq!(check("chief1", &tag).expect(200)["status"], "CHECKED");
    // What a section chief answers another checks.
    let asked = ask(&app, Some("chief1"), &by_phone());
    act(&app, "chief1", &asked, "answer", &answer()).expect(200);
    let tag = get(&app, "chief1", &asked.path).etag().to_owned();
    let check = |user: &str| app.post(&format!("{}:check", asked.path)).user(user).once().if_match(&tag).send();
    check("chief1").refused(409, "same_person");
    assert_eq!(check("director1").expect(200)["checked_by"].as_str().map(|by| by.starts_with("accounts/")), Some(true));
}

#[test]
fn minutes_are_of_the_office_and_of_the_clock_apart_and_follow_the_calendar() {
    let app = TestApp::new();
    app.set_clock("2026-11-23T16:50:00+08:00");
    let asked = ask(&app, Some("clerk1"), &by_phone());
    assert_eq!(get(&app, "clerk1", &asked.path).expect(200)["due_at"], "2026-11-24T08:10:00+08:00");
    app.set_clock("2026-11-24T08:20:00+08:00");
    let answered = act(&app, "clerk1", &asked, "answer", &answer()).expect(200).clone();
    assert_eq!(answered["minutes_to_answer"], json!({"office": 30, "calendar": 930}));
    assert_eq!(answered["late"], true);
    // A morning that turns out to have been closed takes the lateness away.
    let closed = json!({"date": "2026-11-24", "part": "AM", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closed).send().expect(201);
    let shown = get(&app, "clerk1", &asked.path).expect(200).clone();
    assert_eq!((&shown["minutes_to_answer"]["office"], &shown["late"]), (&json!(10), &json!(false)));
    assert_eq!(shown["due_at"], "2026-11-24T12:10:00+08:00");
}

#[test]
fn an_answer_is_entered_afterwards_with_its_own_time() {
    let app = TestApp::new();
    let body = with(by_phone(), "asked_at", json!("2026-11-23T08:30:00+08:00"));
    let asked = ask(&app, Some("clerk1"), &body);
    let at = |at: &str| with(answer(), "answered_at", json!(at));
    for wrong in ["2026-11-23T08:29:59+08:00", "2026-11-23T09:00:01+08:00"] {
        assert_eq!(act(&app, "clerk1", &asked, "answer", &at(wrong)).fields(), field("/answered_at", "range"), "{wrong}");
    }
    let answered = act(&app, "clerk1", &asked, "answer", &at("2026-11-23T08:33:00+08:00")).expect(200).clone();
    assert_eq!((&answered["minutes_to_answer"]["office"], &answered["late"]), (&json!(3), &json!(false)));
    assert_eq!(answered["answers"][0]["entered_at"], "2026-11-23T09:00:00+08:00");
    let late = with(by_phone(), "asked_at", json!("2026-11-23T09:00:01+08:00"));
    assert_eq!(send(&app, Some("clerk1"), &late).fields(), field("/asked_at", "range"));
    let mailbox = ask(&app, Some("clerk1"), &with(by_phone(), "channel", json!("MAILBOX")));
    let refused = act(&app, "clerk1", &mailbox, "answer", &at("2026-11-23T09:00:00+08:00"));
    assert_eq!(refused.fields(), field("/answered_at", "not_allowed"));
}

#[test]
fn anybody_asks_and_staff_alone_enter_what_comes_otherwise() {
    let app = TestApp::new();
    for (user, body, at) in [
        (None, by_phone(), "/channel"),
        (Some("citizen1"), by_phone(), "/channel"),
        (None, with(online(json!({"phone": "0912345678"})), "service_point", json!("HEMEI")), "/service_point"),
        (None, with(online(json!({"phone": "0912345678"})), "asked_at", json!("2026-11-23T08:30:00+08:00")), "/asked_at"),
    ] {
        assert_eq!(send(&app, user, &body).fields(), field(at, "not_allowed"));
    }
    let nobody = with(online(json!({"phone": "0912345678"})), "asker", Value::Null);
    assert_eq!(send(&app, None, &nobody).fields(), field("/asker", "required"));
    assert_eq!(send(&app, None, &with(online(json!({})), "contact", json!({}))).fields(), field("/contact", "required"));
    let point = with(by_phone(), "service_point", json!("NO_SUCH"));
    assert_eq!(send(&app, Some("clerk1"), &point).fields(), field("/service_point", "unknown"));
    app.post("/v1/inquiries").json(&by_phone()).send().refused(428, "precondition_required");
    // Without a name and without a way to be reached, it is read by number and secret.
    let asked = ask(&app, None, &json!({"topic": "SERVICE", "question": "星期六有開嗎？"}));
    let open = track(&app, &asked.number, &asked.secret).expect(200).clone();
    assert_eq!((&open["status"], &open["due_at"]), (&json!("OPEN"), &json!("2026-11-26T23:59:59+08:00")));
    assert_eq!(act(&app, "clerk1", &asked, "answer", &answer()).expect(200)["answers"][0]["told_by"], "TRACKING");
    let read = track(&app, &asked.number, &asked.secret).expect(200).clone();
    assert_eq!((&read["answer"]["text"], &read["answer"]["corrects"]), (&answer()["text"], &json!(false)));
}

#[test]
fn a_wrong_number_and_a_wrong_secret_of_an_inquiry_look_alike() {
    let app = TestApp::new();
    let asked = ask(&app, None, &online(json!({"phone": "0912345678"})));
    let mut wrong = track(&app, "115-Q00000000", &asked.secret).refused(404, "not_found").clone();
    let mut secret = track(&app, &asked.number, "x").refused(404, "not_found").clone();
    wrong["trace_id"] = Value::Null;
    secret["trace_id"] = Value::Null;
    assert_eq!(wrong, secret);
}

#[test]
fn a_citizen_sees_their_own_inquiries_and_no_others() {
    let app = TestApp::new();
    let own = ask(&app, Some("citizen1"), &json!({"topic": "SERVICE", "question": "規費多少？"}));
    let other = ask(&app, Some("citizen2"), &online(json!({"email": "someone@example.org"})));
    act(&app, "clerk1", &own, "answer", &answer()).expect(200);
    let shown = get(&app, "citizen1", &own.path).expect(200).clone();
    assert_eq!((&shown["answers"][0]["text"], &shown["allowed_actions"]), (&answer()["text"], &json!([])));
    get(&app, "citizen1", &other.path).refused(404, "not_found");
    let listed = get(&app, "citizen1", "/v1/inquiries?include_total=true").expect(200).clone();
    assert_eq!((&listed["total"], &listed["items"][0]["number"]), (&json!(1), &json!(own.number)));
    assert_eq!(get(&app, "citizen2", &other.path).expect(200)["contact"]["email"], "someone@example.org", "whole, to themselves");
    let masked = get(&app, "clerk1", &other.path).expect(200)["contact"].clone();
    assert_eq!((&masked["email"], &masked["masked"]), (&json!("s***@example.org"), &json!(true)));
    app.post(&format!("{}:answer", own.path))
        .user("citizen1")
        .once()
        .if_match("*")
        .json(&answer())
        .send()
        .refused(403, "forbidden");
}

#[test]
fn a_branch_desk_sees_its_own_inquiries() {
    let app = TestApp::new();
    let here = ask(&app, Some("clerk1"), &by_phone());
    let there = ask(&app, Some("clerk3"), &by_phone());
    assert_eq!(get(&app, "clerk1", &there.path).expect(200)["service_point"], "XIANXI");
    get(&app, "clerk3", &here.path).refused(404, "not_found");
    app.post(&format!("{}:answer", here.path))
        .user("clerk3")
        .once()
        .if_match("*")
        .json(&answer())
        .send()
        .refused(404, "not_found");
    let listed = get(&app, "clerk3", "/v1/inquiries?include_total=true");
    assert_eq!(listed.expect(200)["total"], 1);
}

/// The subjects of the mails of an inquiry, the newest first.
fn mails(app: &TestApp, asked: &Asked) -> Vec<String> {
    let about = asked.path.trim_start_matches("/v1/");
    let listed = get(app, "director1", &format!("/v1/mails?about={about}")).expect(200)["items"].as_array().unwrap().clone();
    let subject = |mail: &Value| {
        let whole = get(app, "director1", &format!("/v1/mails/{}", mail["id"].as_str().unwrap())).expect(200).clone();
        whole["subject"].as_str().unwrap().to_owned()
    };
    listed.iter().map(subject).collect()
}

fn calls(app: &TestApp, day: &str) -> Vec<Value> {
    let list = get(app, "clerk1", &format!("/v1/call-list?date={day}&kind=ANSWER"));
    list.expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn whoever_was_told_wrong_is_told_right_by_mail_or_by_a_call() {
    let (app, _relay) = with_relay();
    let mailed = ask(&app, Some("clerk1"), &with(online(json!({"email": "someone@example.org"})), "channel", json!("EMAIL")));
    let given = act(&app, "clerk1", &mailed, "answer", &answer()).expect(200)["answers"][0].clone();
    assert_eq!((&given["told_by"], &given["told_at"]), (&json!("MAIL"), &Value::Null));
    app.send_mail();
    assert!(get(&app, "clerk1", &mailed.path).expect(200)["answers"][0]["told_at"].is_string());
    let missing = json!({"text": "另須附居住證明。"});
    assert_eq!(act(&app, "clerk2", &mailed, "correct", &missing).fields(), field("/reason", "required"));
    app.advance(chrono::Duration::seconds(1));
    let corrected = act(&app, "clerk2", &mailed, "correct", &correction()).expect(200).clone();
    let answers = corrected["answers"].as_array().unwrap().clone();
    assert_eq!(answers.len(), 2, "what was said stays readable");
    assert_eq!(answers[1]["corrects_because"], correction()["reason"]);
    assert_eq!(corrected["answered_at"], answers[0]["at"], "the first answer ended the clock");
    assert_eq!(mails(&app, &mailed), ["更正先前之答復", "您的詢問已答復"]);
    assert_eq!(track(&app, &mailed.number, &mailed.secret).expect(200)["answer"]["corrects"], true);
    // Spoken first, so that there is a call for what corrects it.
    let spoken = with(with(by_phone(), "asker", json!({"name": called(62)})), "contact", json!({"phone": "0912345678"}));
    let spoken = ask(&app, Some("clerk1"), &spoken);
    act(&app, "clerk1", &spoken, "answer", &answer()).expect(200);
    assert_eq!(calls(&app, "2026-11-23").len(), 0);
    assert_eq!(act(&app, "clerk1", &spoken, "correct", &correction()).expect(200)["answers"][1]["told_by"], "CALL");
    let listed = calls(&app, "2026-11-23");
    assert_eq!((listed.len(), &listed[0]["number"]), (1, &json!(spoken.number)));
    assert_eq!(calls(&app, "2027-02-11").len(), 1, "until they are reached");
    act(&app, "clerk1", &spoken, "reopen", &json!({"reason": "誤登"})).expect(200);
    assert_eq!(calls(&app, "2026-11-23").len(), 0, "nothing stands that would be told");
    // Anyone may have typed an address over the API: what goes there says nothing.
    let typed = ask(&app, None, &online(json!({"email": "someone@example.org"})));
    assert_eq!(act(&app, "clerk1", &typed, "answer", &answer()).expect(200)["answers"][0]["told_by"], "MAIL_NOTICE");
    assert_eq!(mails(&app, &typed).len(), 1);
    let reached = with(online(json!({"phone": "0912345678"})), "language", json!("en"));
    let reached = ask(&app, None, &reached);
    assert_eq!(act(&app, "clerk1", &reached, "answer", &answer()).expect(200)["answers"][0]["told_by"], "CALL");
}

/// How the mails of an inquiry stand, the newest first: state, why it was stopped, and the masked address.
fn standing(app: &TestApp, asked: &Asked) -> Vec<Value> {
    let about = asked.path.trim_start_matches("/v1/");
    let listed = get(app, "director1", &format!("/v1/mails?about={about}")).expect(200)["items"].as_array().unwrap().clone();
    listed.iter().map(|mail| json!([mail["status"], mail["stop"], mail["to"]])).collect()
}

#[test]
fn an_answer_that_has_not_gone_out_is_stopped_with_what_it_says() {
    let (app, relay) = with_relay();
    relay.set(Mood::Busy);
    let by_mail = with(online(json!({"email": "wrong@example.org"})), "channel", json!("EMAIL"));
    let asked = ask(&app, Some("clerk1"), &by_mail);
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
    app.send_mail();
    app.advance(chrono::Duration::minutes(2));
    act(&app, "clerk2", &asked, "correct", &correction()).expect(200);
    let outdated = json!(["STOPPED", "OUTDATED", "w***@example.org"]);
    assert_eq!(standing(&app, &asked), [json!(["WAITING", null, "w***@example.org"]), outdated.clone()]);
    assert_eq!(mails(&app, &asked)[0], "您的詢問已答復", "nobody was told what was wrong");
    app.advance(chrono::Duration::minutes(2));
    let tag = get(&app, "clerk1", &asked.path).etag().to_owned();
    let put = json!({"contact": {"email": "right@example.org"}, "reason": "來電更正"});
    app.call("PUT", &format!("{}/contact", asked.path)).user("clerk1").if_match(&tag).json(&put).send().expect(200);
    let corrected = json!(["STOPPED", "ADDRESS_CORRECTED", "w***@example.org"]);
    assert_eq!(standing(&app, &asked), [json!(["WAITING", null, "r***@example.org"]), corrected, outdated]);
    relay.set(Mood::Fine);
    app.advance(chrono::Duration::hours(12));
    app.send_mail();
    assert_eq!(relay.letters().iter().map(|letter| letter.to.clone()).collect::<Vec<_>>(), ["right@example.org"]);
    // Opened again before it goes out, nothing is told of it.
    let other = ask(&app, Some("clerk1"), &by_mail);
    act(&app, "clerk1", &other, "answer", &answer()).expect(200);
    act(&app, "clerk1", &other, "reopen", &json!({"reason": "誤登他案"})).expect(200);
    app.send_mail();
    assert_eq!(relay.letters().len(), 1);
}

#[test]
fn whoever_is_reached_by_no_mail_is_called_with_the_answer() {
    let (app, relay) = with_relay();
    let contact = json!({"email": "someone@example.org", "phone": "0912345678"});
    let asked = ask(&app, Some("clerk1"), &with(online(contact), "channel", json!("EMAIL")));
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
    relay.set(Mood::Refusing);
    app.send_mail();
    let given = get(&app, "clerk1", &asked.path).expect(200)["answers"][0].clone();
    assert_eq!((&given["told_by"], &given["told_at"]), (&json!("CALL"), &Value::Null));
    assert_eq!(calls(&app, "2026-11-23").len(), 1);
    let note = |status: &str| {
        let body = json!({"kind": "ANSWER", "record": asked.path.trim_start_matches("/v1/"), "status": status});
        app.post("/v1/call-list:note").user("clerk1").once().json(&body).send().expect(200).clone()
    };
    app.advance(chrono::Duration::minutes(1));
    note("REACHED");
    assert!(get(&app, "clerk1", &asked.path).expect(200)["answers"][0]["told_at"].is_string());
    assert_eq!((calls(&app, "2026-11-23").len(), calls(&app, "2026-11-24").len()), (1, 0));
    app.advance(chrono::Duration::minutes(1));
    note("TO_CALL");
    assert_eq!(calls(&app, "2026-11-24").len(), 1, "what was noted by mistake is taken back");
}

#[test]
fn an_answer_that_went_to_the_right_address_after_all_is_not_told_again() {
    let (app, relay) = with_relay();
    let asked = ask(&app, Some("clerk1"), &with(online(json!({"email": "right@example.org"})), "channel", json!("EMAIL")));
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
    app.send_mail();
    let told_at = || get(&app, "clerk1", &asked.path).expect(200)["answers"][0]["told_at"].clone();
    let before = told_at();
    assert!(before.is_string());
    for email in ["wrong@example.org", "right@example.org"] {
        let tag = get(&app, "clerk1", &asked.path).etag().to_owned();
        let put = json!({"contact": {"email": email}, "reason": "來電更正"});
        app.call("PUT", &format!("{}/contact", asked.path)).user("clerk1").if_match(&tag).json(&put).send().expect(200);
    }
    assert_eq!(told_at(), before);
    app.send_mail();
    assert_eq!(relay.letters().len(), 1, "they have it");
}

#[test]
fn a_call_that_was_not_made_after_all_told_nothing_that_the_next_answer_would_correct() {
    let (app, _relay) = with_relay();
    let asked = ask(&app, Some("clerk1"), &with(online(json!({"phone": "0912345678"})), "channel", json!("EMAIL")));
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
    let note = |status: &str| {
        let record = asked.path.trim_start_matches("/v1/");
        let body = json!({"kind": "ANSWER", "record": record, "status": status, "about_at": "2026-11-23T09:00:00+08:00"});
        app.post("/v1/call-list:note").user("clerk1").once().json(&body).send().expect(200);
    };
    note("REACHED");
    app.advance(chrono::Duration::minutes(5));
    act(&app, "clerk2", &asked, "correct", &correction()).expect(200);
    app.advance(chrono::Duration::minutes(5));
    note("TO_CALL");
    let answers = get(&app, "clerk1", &asked.path).expect(200)["answers"].clone();
    assert_eq!((&answers[0]["told_at"], &answers[1]["told_at"]), (&Value::Null, &Value::Null));
    assert_eq!(calls(&app, "2026-11-23").len(), 1, "with the answer that stands");
    // Told by mail instead, it is the first answer that they hear.
    let tag = get(&app, "clerk1", &asked.path).etag().to_owned();
    let put = json!({"contact": {"email": "someone@example.org"}, "reason": "來電更正"});
    app.call("PUT", &format!("{}/contact", asked.path)).user("clerk1").if_match(&tag).json(&put).send().expect(200);
    assert_eq!(mails(&app, &asked), ["您的詢問已答復"]);
}

#[test]
fn whom_a_mail_reaches_after_all_is_called_no_more_and_whom_it_did_not_reach_is_told_of_no_mistake() {
    let (app, _relay) = with_relay();
    let contact = json!({"email": "someone@example.org", "phone": "0912345678"});
    let asked = ask(&app, Some("clerk1"), &with(online(contact), "channel", json!("EMAIL")));
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
    let about = asked.path.trim_start_matches("/v1/").to_owned();
    let mail = get(&app, "clerk1", &format!("/v1/mails?about={about}")).expect(200)["items"][0]["id"].clone();
    let does = |name: &str, body: &Value| {
        app.advance(chrono::Duration::minutes(1));
        let call = app.post(&format!("/v1/mails/{}:{name}", mail.as_str().unwrap())).user("clerk1").if_match("*");
        call.once().json(body).send().expect(200);
        app.send_mail();
        let given = get(&app, "clerk1", &asked.path).expect(200)["answers"][0].clone();
        (given["told_by"].clone(), given["told_at"].is_string(), calls(&app, "2026-11-23").len())
    };
    assert_eq!(does("stop", &json!({"reason": "信箱係他人所有"})), (json!("CALL"), false, 1));
    assert_eq!(does("resend", &json!({"reason": "誤停"})), (json!("MAIL"), true, 0));
    assert_eq!(does("report-bounce", &json!({"code": "5.1.1"})), (json!("CALL"), false, 1));
    let put = act(&app, "clerk2", &asked, "correct", &correction()).expect(200).clone();
    assert_eq!((&put["answers"][0]["told_at"], &put["answers"][1]["told_by"]), (&Value::Null, &json!("CALL")));
}

#[test]
fn an_inquiry_is_closed_without_an_answer_and_opened_again_with_a_reason() {
    let app = TestApp::new();
    let asked = ask(&app, Some("clerk1"), &by_phone());
    assert_eq!(act(&app, "clerk1", &asked, "close", &json!({})).fields(), field("/reason", "required"));
    let closed = act(&app, "clerk1", &asked, "close", &json!({"reason": "來電中斷，未留電話"})).expect(200).clone();
    assert_eq!((&closed["status"], &closed["answered_at"]), (&json!("CLOSED"), &Value::Null));
    assert_eq!(track(&app, &asked.number, &asked.secret).expect(200)["reason"], "來電中斷，未留電話");
    let refused = act(&app, "clerk1", &asked, "answer", &answer()).refused(409, "wrong_state").clone();
    assert_eq!(refused["allowed_actions"], json!(["reopen"]));
    act(&app, "clerk1", &asked, "correct", &correction()).refused(409, "wrong_state");
    act(&app, "chief1", &asked, "check", &json!({})).refused(409, "wrong_state");
    assert_eq!(act(&app, "clerk2", &asked, "reopen", &json!({"reason": "再次來電"})).expect(200)["status"], "OPEN");
    act(&app, "clerk2", &asked, "answer", &answer()).expect(200);
    // Answered on the wrong one: whoever asked is told with the next answer.
    act(&app, "clerk2", &asked, "reopen", &json!({"reason": "誤登他案"})).expect(200);
    assert_eq!(track(&app, &asked.number, &asked.secret).expect(200)["answer"], Value::Null);
    act(&app, "clerk2", &asked, "answer", &answer()).expect(200);
    assert_eq!(track(&app, &asked.number, &asked.secret).expect(200)["answer"]["corrects"], true);
}

fn petition() -> Value {
    json!({"reason": "要求查明承辦過程", "petition": {
        "kind": "RIGHTS", "channel": "LETTER", "subject": "申請過程查明", "body": "請查明本人申請遷入登記之辦理過程。",
        "petitioner": {"name": called(61)}, "contact": {"address": "臺北市大安區和平東路一段1號"}
    }})
}

#[test]
fn an_inquiry_becomes_a_petition_that_is_followed_by_itself() {
    let app = TestApp::new();
    let asked = ask(&app, Some("clerk1"), &by_phone());
    let mut wrong = petition();
    wrong["petition"]["received_on"] = json!("2026-11-24");
    assert_eq!(act(&app, "clerk1", &asked, "open-petition", &wrong).fields(), field("/petition/received_on", "range"));
    let opened = act(&app, "clerk1", &asked, "open-petition", &petition()).expect(200).clone();
    let (number, secret) = (opened["petition"]["number"].as_str().unwrap(), opened["petition"]["secret"].as_str().unwrap());
    let tracked = app.post("/v1/petitions:track").json(&json!({"number": number, "secret": secret})).send();
    assert_eq!((&tracked.expect(200)["status"], &opened["status"]), (&json!("RECEIVED"), &json!("PETITION")));
    let seen = |user: &str| get(&app, user, &asked.path).expect(200)["petition_id"].is_string();
    assert!(seen("chief1") && !seen("clerk2"), "to whoever sees the petition");
    assert!(get(&app, "chief1", &asked.path).expect(200).get("petition").is_none(), "shown once");
    act(&app, "clerk1", &asked, "answer", &answer()).refused(409, "wrong_state");
    assert!(
        act(&app, "clerk1", &asked, "reopen", &json!({"reason": "誤開"})).expect(200)["petition_id"].is_string(),
        "it came of it"
    );
    // The channel follows that of the inquiry: a spoken one waits to be signed.
    let mut spoken = petition();
    spoken["petition"].as_object_mut().unwrap().remove("channel");
    let opened = act(&app, "clerk1", &asked, "open-petition", &spoken).expect(200)["petition"].clone();
    let tracked = app.post("/v1/petitions:track").json(&opened).send();
    assert_eq!(tracked.expect(200)["status"], "AWAITING_SIGNATURE");
}

#[test]
fn a_petition_out_of_an_inquiry_brings_its_attachments_along() {
    let app = TestApp::new();
    let asked = ask(&app, Some("clerk1"), &by_phone());
    let (mine, theirs) = (text(&app, Some("clerk1"), "門牌照片"), text(&app, Some("clerk2"), "別人的"));
    let with_one = |upload: &Upload| {
        let mut body = petition();
        body["petition"]["attachments"] = json!([upload.attachment()]);
        act(&app, "clerk1", &asked, "open-petition", &body)
    };
    assert_eq!(with_one(&theirs).fields(), field("/petition/attachments/0/upload_id", "unknown"));
    with_one(&mine).expect(200);
    assert_eq!(content(&app, "chief1", &mine).text, "門牌照片", "read by whoever reads the petition");
}

#[test]
fn a_limit_that_has_passed_is_told_once_in_office_hours() {
    let app = TestApp::new();
    let asked = ask(&app, Some("clerk1"), &by_phone());
    let id = asked.path.rsplit('/').next().unwrap().to_owned();
    let told = || app.contents()["events"].iter().filter(|row| row.contains("inquiry.overdue") && row.contains(&id)).count();
    app.set_clock("2026-11-23T20:00:00+08:00");
    app.tick();
    assert_eq!(told(), 0, "nobody is there");
    let queued = |queue: &str| {
        let listed = get(&app, "chief1", &format!("/v1/inquiries?queue={queue}&channel=PHONE")).expect(200)["items"].clone();
        listed.as_array().unwrap().iter().any(|one| one["number"] == asked.number.as_str())
    };
    assert!(queued("OVERDUE") && queued("TO_ANSWER") && !queued("TO_CHECK"));
    app.set_clock("2026-11-24T09:00:00+08:00");
    app.tick();
    app.tick();
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    assert_eq!(told(), 1);
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
    assert!(!queued("OVERDUE") && queued("TO_CHECK"));
}

#[test]
fn what_is_asked_stands_nowhere_in_the_clear_and_a_contact_is_revealed_with_a_reason() {
    let app = TestApp::new();
    let body = with(online(json!({"phone": "0912345678"})), "question", json!("我是測試六一，門牌𠮷野路鬆脫👍怎麼辦"));
    let asked = ask(&app, None, &body);
    assert_eq!(get(&app, "clerk1", &asked.path).expect(200)["question"], body["question"], "to the last character");
    act(&app, "clerk1", &asked, "answer", &with(answer(), "text", json!("請至和美辦公室𠮷櫃"))).expect(200);
    for (table, rows) in app.contents() {
        let told = |row: &String| row.contains("𠮷野路") || row.contains("𠮷櫃");
        assert!(!rows.iter().any(told), "{table}");
    }
    let reveal = |body: &Value| app.post(&format!("{}:reveal-contact", asked.path)).user("clerk1").json(body).send();
    assert_eq!(reveal(&json!({})).fields(), field("/reason", "required"));
    let shown = reveal(&json!({"reason": "回電"})).expect(200).clone();
    assert_eq!((&shown["name"], &shown["contact"]["phone"]), (&json!(called(61)), &json!("+886912345678")));
    let logged = app.get("/v1/audit-log?action=inquiry.contact_revealed").user("director1").send();
    assert_eq!(logged.expect(200)["items"].as_array().unwrap().len(), 1);
    let change = |app: &TestApp, asked: &Asked, body: &Value| {
        let tag = get(app, "clerk1", &asked.path).etag().to_owned();
        app.call("PUT", &format!("{}/contact", asked.path)).user("clerk1").if_match(&tag).json(body).send()
    };
    let put = json!({"contact": {"email": "right@example.org"}, "reason": "來電更正"});
    assert_eq!(change(&app, &asked, &put).expect(200)["contact"]["email"], "r***@example.org");
    assert_eq!(act(&app, "clerk1", &asked, "correct", &correction()).expect(200)["answers"][1]["told_by"], "MAIL");
    let nobody = ask(&app, None, &json!({"topic": "SERVICE", "question": "規費多少？"}));
    change(&app, &nobody, &put).refused(409, "conflict");
    app.post(&format!("{}:reveal-contact", nobody.path))
        .user("clerk1")
        .json(&json!({"reason": "回電"}))
        .send()
        .refused(404, "not_found");
}

#[test]
fn nobody_answers_in_their_own_matter() {
    let app = TestApp::new();
    app.name_holder("clerk2", 63);
    let asker = json!({"name": called(63), "national_id": person(63)["national_id"]});
    let asked = ask(&app, Some("clerk1"), &with(with(by_phone(), "asker", asker), "contact", json!({"phone": "0912345678"})));
    act(&app, "clerk2", &asked, "answer", &answer()).refused(409, "own_request");
    assert_eq!(get(&app, "clerk2", &asked.path).expect(200)["allowed_actions"], json!([]));
    act(&app, "clerk1", &asked, "answer", &answer()).expect(200);
}

#[test]
fn whoever_is_barred_from_somebodys_data_finds_no_inquiry_and_no_complaint_of_theirs() {
    let app = TestApp::new();
    name_holder(&app, "clerk2", &person(BARRED), "chief1");
    let case = registered(&app, &complete(&app, matter(PROTECTED)));
    mark(&app, "clerk1", case["parties"][0]["person_id"].as_str().unwrap(), &order(&person(BARRED))).expect(201);
    let asked =
        ask(&app, Some("clerk1"), &with(with(by_phone(), "asker", person(PROTECTED)), "contact", json!({"phone": "0912345678"})));
    let mut complaint = crate::on_site::complaint();
    complaint["complainant"] = person(PROTECTED);
    let complained = crate::on_site::enter(&app, "clerk1", &complaint);
    let count = |user: &str, list: &str| {
        get(&app, user, &format!("/v1/{list}?from=2026-11-23&include_total=true")).expect(200)["total"].clone()
    };
    let other = ask(&app, Some("clerk1"), &by_phone());
    let counts =
        ["clerk1", "clerk2"].map(|user| ["inquiries", "on-site-complaints"].map(|list| count(user, list).as_i64().unwrap()));
    assert_eq!(counts[0], [counts[1][0] + 1, counts[1][1] + 1]);
    for path in [&asked.path, &complained] {
        get(&app, "clerk2", path).refused(404, "not_found");
        let reveal = app.post(&format!("{path}:reveal-contact")).user("clerk2").json(&json!({"reason": "回電"})).send();
        reveal.refused(404, "not_found");
        get(&app, "clerk1", path).expect(200);
    }
    act(&app, "clerk1", &asked, "close", &json!({"reason": "來電中斷"})).expect(200);
    get(&app, "clerk2", &other.path).expect(200);
}

#[test]
fn a_double_click_asks_once_and_answers_once() {
    let app = TestApp::new();
    let send = || app.post("/v1/inquiries").user("clerk1").key("one-key").json(&by_phone()).send();
    let (first, second) = (send(), send());
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.headers.get("idempotency-replayed").map(String::as_str), Some("true"));
    let asked = Asked { path: first.headers["location"].clone(), number: String::new(), secret: String::new() };
    let answer =
        || app.post(&format!("{}:answer", asked.path)).user("clerk1").key("two").if_match("\"v1\"").json(&answer()).send();
    assert_eq!(answer().expect(200), answer().expect(200));
    assert_eq!(get(&app, "clerk1", &asked.path).expect(200)["answers"].as_array().unwrap().len(), 1);
}

pub fn an_inquiry_is_answered_once(app: &TestApp) {
    let asked = ask(app, Some("clerk1"), &by_phone());
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post(&format!("{}:answer", asked.path)).user(user).once().if_match("*").json(&answer()).send()
    });
    crate::serial::once(&answers, "200", "409 wrong_state");
    assert_eq!(get(app, "clerk1", &asked.path).expect(200)["answers"].as_array().unwrap().len(), 1);
}
