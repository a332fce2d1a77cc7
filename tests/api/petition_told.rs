//! What petitioners are told counts once it has gone out: what is no longer so is stopped before it does, what reached nobody goes by the
//! next way, what went by a wrong way is told again, and calls stand until they are made.

use serde_json::{Value, json};

use crate::mails::with_relay;
use crate::petitions::{
    Taken, act, assign, get, hand_over, letter, note_call, note_letters, replied, status, take, waiting, with,
};
use crate::relay::{Mood, Relay};
use crate::serial::{at_once, log_in};
use crate::support::{Answer, TestApp};

const LIMIT: &str = "2026-12-02T23:59:59+08:00";
const STOPPED: &str = "2026-12-08T23:59:59+08:00";

fn view(app: &TestApp, petition: &Taken) -> Value {
    get(app, "chief1", &petition.path).expect(200).clone()
}

fn reached_by(contact: Value) -> Value {
    with(with(letter("INQUIRY"), "channel", json!("EMAIL")), "contact", contact)
}

fn assigned(app: &TestApp, contact: Value) -> Taken {
    let petition = take(app, Some("clerk1"), &reached_by(contact));
    assign(app, &petition, "clerk2");
    petition
}

fn ask(app: &TestApp, petition: &Taken, until: &str) -> Value {
    let ask = json!({"what": "請敘明地點", "due_on": until});
    act(app, "clerk2", petition, "request-supplement", &ask).expect(200).clone()
}

fn correct(app: &TestApp, user: &str, petition: &Taken, body: &Value) -> Answer {
    let tag = get(app, user, &petition.path).headers.get("etag").cloned().unwrap_or_default();
    app.call("PATCH", &petition.path).user(user).if_match(&tag).json(body).send()
}

fn to_contact(contact: Value) -> Value {
    json!({"contact": contact, "reason": "陳情人來電更正"})
}

/// The mails of a petition, the first first.
fn mails(app: &TestApp, petition: &Taken) -> Vec<Value> {
    let about = petition.path.trim_start_matches("/v1/");
    let listed = app.get(&format!("/v1/mails?about={about}")).user("chief1").send().expect(200)["items"].clone();
    listed.as_array().unwrap().iter().rev().cloned().collect()
}

fn mail_act(app: &TestApp, user: &str, mail: &Value, name: &str, body: &Value) -> Answer {
    let path = format!("/v1/mails/{}:{name}", mail["id"].as_str().unwrap());
    app.post(&path).user(user).if_match("*").once().json(body).send()
}

fn bounce(app: &TestApp, mail: &Value) {
    mail_act(app, "clerk1", mail, "report-bounce", &json!({"code": "5.1.1"})).expect(200);
}

/// By which ways a petitioner was told, or is to be, and whether that has gone out.
fn tellings(app: &TestApp, petition: &Taken) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    view(app, petition)["tellings"].as_array().unwrap().iter().map(|one| (text(&one["told_by"]), text(&one["status"]))).collect()
}

fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(way, status)| ((*way).to_owned(), (*status).to_owned())).collect()
}

fn notices(app: &TestApp, petition: &Taken) -> Vec<String> {
    let all = view(app, petition)["notices"].clone();
    all.as_array().unwrap().iter().map(|one| one["about"].as_str().unwrap().to_owned()).collect()
}

/// What the relay has got for an address: the subjects, in alphabetical order.
fn received(relay: &Relay, to: &str) -> Vec<String> {
    let letters = relay.letters();
    let mut subjects: Vec<String> =
        letters.iter().filter(|letter| letter.to == to).map(|letter| letter.headers()["subject"].clone()).collect();
    subjects.sort();
    subjects
}

fn called(app: &TestApp, petition: &Taken, date: &str) -> Vec<Value> {
    let record = petition.path.trim_start_matches("/v1/");
    let list = app.get(&format!("/v1/call-list?kind=PETITION&date={date}")).user("chief1").send().expect(200)["items"].clone();
    list.as_array().unwrap().iter().filter(|call| call["record"] == record).map(|call| call["status"].clone()).collect()
}

fn to_post(app: &TestApp, petition: &Taken) -> bool {
    let id = petition.path.rsplit('/').next().unwrap();
    let listed = app.get("/v1/petitions?queue=TO_POST&limit=100").user("chief1").send().expect(200)["items"].clone();
    listed.as_array().unwrap().iter().any(|one| one["id"] == id)
}

fn file(app: &TestApp, petition: &Taken) -> Answer {
    let filing = json!({"filing": {"ground": "NO_CONTENT"}, "reason": "未補充"});
    act(app, "chief1", petition, "file-without-reply", &filing)
}

fn not_met(at: &str) -> Vec<(String, String)> {
    vec![(at.to_owned(), "not_met".to_owned())]
}

#[test]
fn nobody_is_filed_for_want_of_what_they_were_never_asked() {
    let (app, relay) = with_relay();
    let ways = |name: &str| json!({"email": format!("{name}@example.org"), "address": "臺北市大安區和平東路一段1號"});
    relay.set(Mood::Refusing);
    let failed = assigned(&app, ways("failed"));
    assert_eq!(ask(&app, &failed, "2026-11-27")["supplements"][0]["told_by"], "MAIL");
    app.send_mail();
    let called_up = assigned(&app, json!({"email": "called@example.org", "phone": "0912345678"}));
    ask(&app, &called_up, "2026-11-27");
    app.send_mail();
    relay.set(Mood::Fine);
    let bounced = assigned(&app, ways("bounced"));
    ask(&app, &bounced, "2026-11-27");
    app.send_mail();
    assert_eq!(view(&app, &bounced)["due_at"], STOPPED, "the clock stands still once the request has gone out");
    bounce(&app, &mails(&app, &bounced)[0]);
    relay.set(Mood::Busy);
    let waits = assigned(&app, ways("waits"));
    ask(&app, &waits, "2026-11-27");
    app.send_mail();
    for (petition, way) in [(&failed, "LETTER"), (&called_up, "CALL"), (&bounced, "LETTER"), (&waits, "MAIL")] {
        let shown = view(&app, petition);
        assert_eq!((&shown["supplements"][0]["told_by"], &shown["due_at"]), (&json!(way), &json!(LIMIT)), "{way}");
        assert!(shown["supplements"][0]["reached_on"].is_null(), "{shown}");
    }
    assert_eq!(tellings(&app, &failed), told(&[("MAIL", "FAILED"), ("LETTER", "WAITING")]));
    assert!(to_post(&app, &failed) && !to_post(&app, &waits));
    assert_eq!(called(&app, &called_up, "2026-11-23"), ["TO_CALL"]);
    let history = get(&app, "chief1", &format!("{}/history", bounced.path)).expect(200)["items"].clone();
    assert_eq!(history.as_array().unwrap().last().unwrap()["action"], "told_otherwise");
    app.set_clock("2026-11-28T09:00:00+08:00");
    app.tick();
    for petition in [&failed, &called_up, &bounced, &waits] {
        assert_eq!(status(&app, petition), "ASSIGNED");
        let refused = file(&app, petition);
        assert_eq!(refused.fields(), not_met("/filing/ground"));
        assert!(refused.text.contains("行政程序法 §171"), "{}", refused.text);
    }
    // What asks for something by a day that has passed does not go out any more.
    assert_eq!((&mails(&app, &waits)[0]["status"], &mails(&app, &waits)[0]["stop"]), (&json!("STOPPED"), &json!("OUTDATED")));
    assert_eq!(tellings(&app, &failed), told(&[("MAIL", "FAILED"), ("LETTER", "STOPPED")]));
    assert!(called(&app, &called_up, "2026-11-28").is_empty());
    relay.set(Mood::Fine);
    app.send_mail();
    assert!(received(&relay, "waits@example.org").is_empty());
    // Nobody was asked in the period: whoever is in charge asks again.
    act(&app, "clerk2", &waits, "request-supplement", &json!({"what": "請敘明地點", "due_on": "2026-12-02"})).expect(200);
}

#[test]
fn a_request_is_in_vain_where_it_has_reached_them_in_time_and_still_when_it_is_decided() {
    let (app, _relay) = with_relay();
    let address = || json!({"address": "臺北市大安區和平東路一段1號"});
    let (posted, handed, taken_back) = (assigned(&app, address()), assigned(&app, address()), assigned(&app, address()));
    let mailed = assigned(&app, json!({"email": "someone@example.org", "phone": "0912345678"}));
    for petition in [&posted, &handed, &taken_back, &mailed] {
        ask(&app, petition, "2026-11-27");
    }
    app.send_mail();
    let post = note_letters(&app, "clerk2", &posted, &waiting(&app, "clerk2", &posted, "LETTER"), "POSTED");
    assert_eq!(post.expect(200)["supplements"][0]["reached_on"], "2026-11-25", "a letter takes two days");
    hand_over(&app, "clerk2", &handed);
    hand_over(&app, "clerk2", &taken_back);
    note_letters(&app, "clerk2", &taken_back, &[json!(1)], "NOT_SENT").expect(200);
    assert_eq!(
        (view(&app, &taken_back)["due_at"].clone(), view(&app, &handed)["due_at"].clone()),
        (json!(LIMIT), json!(STOPPED))
    );
    app.set_clock("2026-11-28T09:00:00+08:00");
    app.tick();
    for petition in [&posted, &taken_back] {
        assert_eq!(file(&app, petition).fields(), not_met("/filing/ground"));
    }
    file(&app, &handed).expect(200);
    act(&app, "director1", &handed, "file-without-reply", &json!({"approve": true})).expect(200);
    file(&app, &mailed).expect(200);
    bounce(&app, &mails(&app, &mailed)[0]);
    let decided = act(&app, "director1", &mailed, "file-without-reply", &json!({"approve": true}));
    assert_eq!(decided.fields(), not_met("/approve"));
    assert_eq!(status(&app, &mailed), "FILING_PROPOSED");
}

#[test]
fn a_letter_is_noted_as_it_was_and_what_comes_back_goes_by_the_next_way() {
    let app = TestApp::new();
    let petition = assigned(&app, json!({"address": "臺北市大安區和平東路一段1號", "phone": "0912345678"}));
    ask(&app, &petition, "2026-12-01");
    let note = |body: &Value| act(&app, "clerk2", &petition, "note-letters", body);
    let field = |at: &str, code: &str| vec![(at.to_owned(), code.to_owned())];
    assert_eq!(note(&json!({"tellings": [9], "outcome": "POSTED"})).fields(), field("/tellings/0", "unknown"));
    assert_eq!(note(&json!({"tellings": [1], "outcome": "RETURNED"})).fields(), field("/tellings/0", "not_allowed"));
    assert_eq!(note(&json!({"tellings": [1], "outcome": "NOT_SENT"})).fields(), field("/reason", "required"));
    for on in ["2026-11-22", "2026-11-24"] {
        assert_eq!(note(&json!({"tellings": [1], "outcome": "POSTED", "on": on})).fields(), field("/on", "range"));
    }
    note(&json!({"tellings": [1], "outcome": "HANDED_OVER"})).expect(200);
    assert_eq!(note(&json!({"tellings": [1], "outcome": "POSTED"})).fields(), field("/tellings/0", "not_allowed"));
    let back = note(&json!({"tellings": [1], "outcome": "RETURNED"})).expect(200).clone();
    assert_eq!((&back["supplements"][0]["told_by"], &back["due_at"]), (&json!("CALL"), &json!(LIMIT)));
    assert_eq!(
        note(&json!({"tellings": [2], "outcome": "POSTED"})).fields(),
        field("/tellings/0", "not_allowed"),
        "it is a call"
    );
    app.set_clock("2026-11-24T09:00:00+08:00");
    note_call(&app, "clerk1", &petition, "REACHED").expect(200);
    let reached = view(&app, &petition);
    assert_eq!(
        (&reached["supplements"][0]["reached_on"], &reached["tellings"][1]["status"]),
        (&json!("2026-11-24"), &json!("TOLD"))
    );
    // What is told next does not go to where a letter came back from.
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    assert_eq!(view(&app, &petition)["notices"][0]["told_by"], "CALL");
}

#[test]
fn a_letter_that_was_posted_after_all_is_noted_and_its_reader_told_right() {
    let app = TestApp::new();
    let petition = assigned(&app, json!({"address": "臺北市大安區和平東路一段1號"}));
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "誤登他案"})).expect(200);
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "來文係他案"})).expect(200);
    assert_eq!(
        (tellings(&app, &petition), notices(&app, &petition)),
        (told(&[("LETTER", "STOPPED")]), vec!["WITHDRAWN".to_owned()])
    );
    note_letters(&app, "chief1", &petition, &[json!(1)], "POSTED").expect(200);
    assert_eq!(notices(&app, &petition), ["WITHDRAWN", "CORRECTED"]);
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "TOLD"), ("LETTER", "WAITING")]));
}

#[test]
fn a_final_reply_that_no_mail_brings_is_told_by_the_next_way_until_it_is() {
    let (app, relay) = with_relay();
    let petition = assigned(&app, json!({"email": "someone@example.org", "phone": "0912345678"}));
    assert_eq!(replied(&app, &petition, "FINAL")["replies"][0]["told_by"], json!(["MAIL"]));
    relay.set(Mood::Refusing);
    app.send_mail();
    assert_eq!(view(&app, &petition)["replies"][0]["told_by"], json!(["CALL"]));
    assert_eq!(called(&app, &petition, "2026-11-23"), ["TO_CALL"]);
    // Sent again, it has told them, and nobody need call.
    relay.set(Mood::Fine);
    mail_act(&app, "clerk1", &mails(&app, &petition)[0], "resend", &json!({"reason": "信箱已修復"})).expect(200);
    app.send_mail();
    assert_eq!(view(&app, &petition)["replies"][0]["told_by"], json!(["MAIL"]));
    assert!(called(&app, &petition, "2026-11-23").is_empty());
    assert_eq!(received(&relay, "someone@example.org"), ["陳情案件答復"]);
    // It comes back after all.
    app.advance(chrono::Duration::minutes(1));
    bounce(&app, &mails(&app, &petition)[0]);
    assert_eq!(called(&app, &petition, "2026-11-23"), ["TO_CALL"]);
    // What is told next does not go to an address that fails, until it is put right.
    act(&app, "director1", &petition, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    assert_eq!(view(&app, &petition)["notices"][0]["told_by"], "CALL");
    correct(&app, "chief1", &petition, &to_contact(json!({"email": "right@example.org", "phone": "0912345678"}))).expect(200);
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    assert_eq!(view(&app, &petition)["notices"][1]["told_by"], "MAIL");
}

#[test]
fn an_answer_that_has_not_gone_out_is_no_earlier_answer() {
    let app = TestApp::new();
    let of_one = || {
        let body = with(letter("INQUIRY"), "petitioner", crate::support::person(1));
        let petition = take(&app, Some("clerk1"), &body);
        assign(&app, &petition, "clerk2");
        petition
    };
    let id = |petition: &Taken| petition.path.rsplit('/').next().unwrap().to_owned();
    let answered = [of_one(), of_one()];
    for petition in &answered {
        replied(&app, petition, "FINAL");
    }
    let again = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "petitioner", crate::support::person(1)));
    let filing = json!({"ground": "ALREADY_ANSWERED", "earlier_ids": answered.each_ref().map(&id)});
    let file = || act(&app, "chief1", &again, "file-without-reply", &json!({"filing": filing, "reason": "一再陳情"}));
    assert_eq!(file().fields(), not_met("/filing/earlier_ids"));
    for petition in &answered {
        hand_over(&app, "clerk2", petition);
    }
    file().expect(200);
}

#[test]
fn a_call_stands_until_it_is_made_over_whatever_holiday() {
    let app = TestApp::new();
    app.set_clock("2027-02-03T16:30:00+08:00");
    let petition = assigned(&app, json!({"phone": "0912345678"}));
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    for day in ["2027-02-03", "2027-02-11", "2027-03-31"] {
        assert_eq!(called(&app, &petition, day), ["TO_CALL"], "{day}");
    }
    app.set_clock("2027-02-11T09:00:00+08:00");
    note_call(&app, "clerk1", &petition, "NOT_REACHED").expect(200);
    assert_eq!(called(&app, &petition, "2027-02-12"), ["NOT_REACHED"]);
    app.advance(chrono::Duration::minutes(1));
    note_call(&app, "clerk1", &petition, "REACHED").expect(200);
    assert_eq!(called(&app, &petition, "2027-02-11"), ["REACHED"]);
    assert!(called(&app, &petition, "2027-02-12").is_empty());
    app.advance(chrono::Duration::minutes(1));
    note_call(&app, "clerk1", &petition, "TO_CALL").expect(200);
    assert_eq!(called(&app, &petition, "2027-02-12"), ["TO_CALL"], "noted by mistake");
    // It need not be made any more once what it tells is no longer so.
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "來電者非陳情人"})).expect(200);
    assert!(called(&app, &petition, "2027-02-12").is_empty());
}

#[test]
fn several_matters_of_one_record_are_noted_each_by_its_moment() {
    let app = TestApp::new();
    let petition = assigned(&app, json!({"phone": "0912345678"}));
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    app.advance(chrono::Duration::hours(1));
    note_call(&app, "clerk1", &petition, "REACHED").expect(200);
    act(&app, "chief1", &petition, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    assert_eq!(called(&app, &petition, "2026-11-23"), ["REACHED", "TO_CALL"]);
    let note = |about_at: &str, status: &str| {
        let record = petition.path.trim_start_matches("/v1/");
        let body = json!({"kind": "PETITION", "record": record, "status": status, "about_at": about_at});
        app.post("/v1/call-list:note").user("clerk1").once().json(&body).send()
    };
    app.advance(chrono::Duration::hours(1));
    note("2026-11-23T09:00:00+08:00", "TO_CALL").expect(200);
    assert_eq!(tellings(&app, &petition)[0].1, "STOPPED", "it is withdrawn no more");
    note("2026-11-23T10:00:00+08:00", "REACHED").expect(200);
    assert_eq!(tellings(&app, &petition), told(&[("CALL", "STOPPED"), ("CALL", "TOLD")]));
    note("2026-11-23T11:00:00+08:00", "REACHED").refused(404, "not_found");
}

#[test]
fn mail_about_what_was_taken_back_never_goes_out() {
    let (app, relay) = with_relay();
    relay.set(Mood::Busy);
    let by_mail = || json!({"email": "someone@example.org"});
    let (reply, withdrawn, away, appeal) =
        (assigned(&app, by_mail()), assigned(&app, by_mail()), assigned(&app, by_mail()), assigned(&app, by_mail()));
    replied(&app, &reply, "FINAL");
    act(&app, "clerk1", &withdrawn, "withdraw", &json!({"reason": "誤登他案"})).expect(200);
    act(&app, "clerk2", &away, "transfer", &json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"})).expect(200);
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"});
    correct(&app, "clerk1", &appeal, &json!({"against_decision": decision, "reason": "漏登"})).expect(200);
    app.send_mail();
    app.advance(chrono::Duration::minutes(2));
    for petition in [&reply, &withdrawn] {
        act(&app, "chief1", petition, "reopen", &json!({"mistake": "誤辦"})).expect(200);
    }
    act(&app, "chief1", &away, "transfer-back", &json!({"reason": "誤送"})).expect(200);
    correct(&app, "clerk1", &appeal, &json!({"against_decision": null, "reason": "誤認"})).expect(200);
    for petition in [&reply, &withdrawn, &away, &appeal] {
        let sent = mails(&app, petition);
        assert_eq!((sent.len(), &sent[0]["status"], &sent[0]["stop"]), (1, &json!("STOPPED"), &json!("OUTDATED")));
        assert_eq!((&sent[0]["attempts"], &sent[0]["allowed_actions"]), (&json!(1), &json!([])));
        mail_act(&app, "chief1", &sent[0], "resend", &json!({"reason": "再寄"})).refused(409, "conflict");
        assert!(notices(&app, petition).iter().all(|about| about == "WITHDRAWN"), "nothing was told that would be put right");
    }
    relay.set(Mood::Fine);
    app.advance(chrono::Duration::hours(12));
    app.send_mail();
    assert!(relay.letters().is_empty());
    let log = app.get("/v1/audit-log?action=mail.stopped").user("director1").send().expect(200)["items"].clone();
    assert_eq!(log.as_array().unwrap().len(), 4);
    // What had gone out is put right.
    replied_again(&app, &reply);
    app.send_mail();
    act(&app, "chief1", &reply, "reopen", &json!({"mistake": "誤辦"})).expect(200);
    app.send_mail();
    assert_eq!(received(&relay, "someone@example.org"), ["陳情案件答復", "陳情案件續行辦理"]);
}

/// Assigned and answered once more.
fn replied_again(app: &TestApp, petition: &Taken) {
    assign(app, petition, "clerk2");
    replied(app, petition, "FINAL");
}

#[test]
fn a_corrected_address_stops_what_waits_to_go_to_the_wrong_one() {
    let (app, relay) = with_relay();
    relay.set(Mood::Busy);
    let petition = assigned(&app, json!({"email": "wrong@example.org"}));
    replied(&app, &petition, "FINAL");
    app.send_mail();
    app.advance(chrono::Duration::minutes(2));
    correct(&app, "clerk1", &petition, &to_contact(json!({"email": "right@example.org"}))).expect(200);
    let sent = mails(&app, &petition);
    assert_eq!((&sent[0]["status"], &sent[0]["stop"]), (&json!("STOPPED"), &json!("ADDRESS_CORRECTED")));
    relay.set(Mood::Fine);
    app.advance(chrono::Duration::hours(12));
    app.send_mail();
    assert_eq!((received(&relay, "wrong@example.org").len(), received(&relay, "right@example.org").len()), (0, 1));
    assert_eq!(tellings(&app, &petition), told(&[("MAIL", "STOPPED"), ("MAIL", "TOLD")]));
    mail_act(&app, "chief1", &sent[0], "resend", &json!({"reason": "再寄"})).refused(409, "conflict");
}

#[test]
fn all_that_went_by_a_wrong_way_and_still_stands_is_told_again() {
    let (app, relay) = with_relay();
    let against = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"});
    let cases: [(&str, &[&str]); 6] = [
        ("extended", &["陳情案件延長辦理期限"]),
        ("transferred", &["陳情案件移送"]),
        ("withdrawn", &["陳情案件已撤回"]),
        ("appeal", &["訴願教示", "陳情案件以訴願辦理"]),
        ("asked", &["請補充陳情資料"]),
        ("answered", &["陳情案件部分答復", "陳情案件答復"]),
    ];
    for (case, subjects) in cases {
        let (wrong, right) = (format!("wrong-{case}@example.org"), format!("right-{case}@example.org"));
        let mut body = reached_by(json!({"email": wrong, "phone": "0912345678"}));
        if case == "appeal" {
            body["against_decision"] = against.clone();
        }
        let petition = take(&app, Some("clerk1"), &body);
        assign(&app, &petition, "clerk2");
        match case {
            "extended" => {
                act(&app, "clerk2", &petition, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
                act(&app, "chief1", &petition, "extend", &json!({"approve": true})).expect(200);
            }
            "transferred" => {
                let away = json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"});
                act(&app, "clerk2", &petition, "transfer", &away).expect(200);
            }
            "withdrawn" => _ = act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200),
            "appeal" => _ = act(&app, "clerk1", &petition, "treat-as-appeal", &json!({"reason": "不服"})).expect(200),
            "asked" => _ = ask(&app, &petition, "2026-11-27"),
            _ => {
                replied(&app, &petition, "PARTIAL");
                replied(&app, &petition, "FINAL");
            }
        }
        app.send_mail();
        let mut wanted: Vec<String> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
        wanted.sort();
        assert_eq!(received(&relay, &wrong), wanted, "{case}");
        // Another telephone number makes no mail wrong.
        correct(&app, "clerk1", &petition, &to_contact(json!({"email": wrong, "phone": "0922333444"}))).expect(200);
        app.send_mail();
        assert_eq!(received(&relay, &wrong).len(), subjects.len(), "{case}");
        correct(&app, "clerk1", &petition, &to_contact(json!({"email": right, "phone": "0922333444"}))).expect(200);
        if case == "asked" {
            assert_eq!(view(&app, &petition)["due_at"], LIMIT, "whom it has not reached the clock does not wait for");
        }
        app.send_mail();
        assert_eq!(received(&relay, &right), wanted, "{case}");
        let told = tellings(&app, &petition);
        let count = |status: &str| told.iter().filter(|(_, one)| one == status).count();
        assert_eq!((count("ASTRAY"), count("TOLD")), (subjects.len(), subjects.len()), "{case}: {told:?}");
    }
}

#[test]
fn what_was_told_of_one_that_was_taken_back_tells_nothing_of_the_next() {
    let (app, relay) = with_relay();
    let petition = assigned(&app, json!({"email": "someone@example.org", "phone": "0912345678"}));
    let extend = |days: u32| {
        app.advance(chrono::Duration::minutes(1));
        act(&app, "clerk2", &petition, "extend", &json!({"days": days, "reason": "須查證"})).expect(200);
        act(&app, "chief1", &petition, "extend", &json!({"approve": true})).expect(200);
    };
    extend(5);
    app.send_mail();
    act(&app, "chief1", &petition, "revoke-extension", &json!({"reason": "誤核"})).expect(200);
    app.send_mail();
    extend(3);
    relay.set(Mood::Refusing);
    app.send_mail();
    assert_eq!(view(&app, &petition)["extension"]["told_by"], "CALL", "nobody has told them of the second one");
    assert_eq!(called(&app, &petition, "2026-11-23"), ["TO_CALL"]);
    mail_act(&app, "clerk1", &mails(&app, &petition)[0], "resend", &json!({"reason": "再寄"})).refused(409, "conflict");
    // A letter that had been stopped, and was posted after all, takes nothing of what goes out in its place.
    let petition = assigned(&app, json!({"address": "臺北市大安區和平東路一段1號"}));
    ask(&app, &petition, "2026-11-27");
    let put = json!({"what": "請敘明時間", "reason": "誤植"});
    act(&app, "clerk2", &petition, "correct-supplement-request", &put).expect(200);
    note_letters(&app, "clerk2", &petition, &[json!(1)], "HANDED_OVER").expect(200);
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "TOLD"), ("LETTER", "WAITING")]));
}

#[test]
fn whoever_sees_a_mail_that_waits_stops_it_by_hand_and_it_is_told_otherwise() {
    let (app, relay) = with_relay();
    relay.set(Mood::Busy);
    let petition = assigned(&app, json!({"email": "someone@example.org", "phone": "0912345678"}));
    replied(&app, &petition, "FINAL");
    let mail = mails(&app, &petition)[0].clone();
    assert_eq!(mail["allowed_actions"], json!(["stop"]));
    mail_act(&app, "clerk1", &mail, "stop", &json!({})).refused(422, "invalid");
    let stopped = mail_act(&app, "clerk1", &mail, "stop", &json!({"reason": "信箱係他人所有"}));
    let shown = stopped.expect(200);
    assert_eq!(
        (&shown["status"], &shown["stop"], &shown["stop_reason"]),
        (&json!("STOPPED"), &json!("BY_HAND"), &json!("信箱係他人所有"))
    );
    mail_act(&app, "clerk1", &mail, "stop", &json!({"reason": "再停"})).refused(409, "wrong_state");
    assert!(app.contents()["mails"].iter().all(|row| !row.contains("他人所有")), "sealed as every reason");
    assert_eq!(view(&app, &petition)["replies"][0]["told_by"], json!(["CALL"]));
    assert_eq!(called(&app, &petition, "2026-11-23"), ["TO_CALL"]);
    relay.set(Mood::Fine);
    app.send_mail();
    assert!(relay.letters().is_empty());
    // Stopped by mistake, it goes.
    mail_act(&app, "clerk1", &mail, "resend", &json!({"reason": "誤停"})).expect(200);
    app.send_mail();
    assert_eq!((relay.letters().len(), called(&app, &petition, "2026-11-23").len()), (1, 0));
    // One that a node hands over now cannot be stopped.
    let other = assigned(&app, json!({"email": "other@example.org"}));
    replied(&app, &other, "FINAL");
    let mail = mails(&app, &other)[0].clone();
    app.sql(&format!(
        "UPDATE mails SET lease = 'held', leased_until = '2026-11-23 01:10:00' WHERE id = '{}'",
        mail["id"].as_str().unwrap()
    ));
    mail_act(&app, "clerk1", &mail, "stop", &json!({"reason": "有誤"})).refused(409, "conflict");
    assert_eq!(mails(&app, &other)[0]["allowed_actions"], json!([]));
}

#[test]
fn a_mail_that_was_on_its_way_counts_as_gone_out_and_is_not_tried_again() {
    let (app, relay) = with_relay();
    let petition = assigned(&app, json!({"email": "someone@example.org"}));
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "誤登他案"})).expect(200);
    let mail = mails(&app, &petition)[0]["id"].as_str().unwrap().to_owned();
    let held = "lease = 'held', leased_until = '2026-11-23 01:10:00'";
    app.sql(&format!("UPDATE mails SET {held} WHERE id = '{mail}'"));
    app.advance(chrono::Duration::minutes(1));
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "誤登"})).expect(200);
    let waits = mails(&app, &petition);
    assert_eq!((&waits[0]["status"], &waits[0]["stop"]), (&json!("WAITING"), &json!("OUTDATED")));
    assert_eq!(notices(&app, &petition), ["WITHDRAWN", "TAKEN_UP_AGAIN"], "they may have been told");
    app.advance(chrono::Duration::minutes(30));
    app.send_mail();
    assert_eq!(received(&relay, "someone@example.org"), ["陳情案件續行辦理"]);
    // Whoever held it never came back.
    app.tick();
    assert_eq!(mails(&app, &petition)[0]["status"], "STOPPED");
    assert_eq!(tellings(&app, &petition), told(&[("MAIL", "STOPPED"), ("MAIL", "TOLD")]));
}

/// A mail that races with what makes it wrong: either it was stopped and never came, or it came and was put right.
#[test]
fn what_is_stopped_is_never_handed_over_afterwards() {
    let (app, relay) = with_relay();
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"});
    let petitions: Vec<Taken> = (0..14)
        .map(|n| {
            let contact = json!({"email": format!("someone{n}@example.org")});
            take(&app, Some("clerk1"), &with(reached_by(contact), "against_decision", decision.clone()))
        })
        .collect();
    log_in(&app, &["clerk1", "chief1"]);
    let gone = json!({"against_decision": null, "reason": "誤認"});
    at_once(3, |client| {
        if client == 0 {
            app.send_mail();
            return;
        }
        for petition in petitions.iter().skip(client - 1).step_by(2) {
            correct(&app, "clerk1", petition, &gone).expect(200);
        }
    });
    app.advance(chrono::Duration::minutes(30));
    app.send_mail();
    for (n, petition) in petitions.iter().enumerate() {
        let came = received(&relay, &format!("someone{n}@example.org"));
        let is_stopped = mails(&app, petition).iter().any(|mail| mail["status"] == "STOPPED");
        let told = notices(&app, petition);
        if is_stopped {
            assert_eq!((came.len(), told.len()), (0, 0), "{n}: {came:?} {told:?}");
        } else {
            assert_eq!((came.len(), told), (2, vec!["CORRECTED".to_owned()]), "{n}: {came:?}");
        }
    }
}

#[test]
fn whoever_must_act_still_acts_at_the_version_that_they_saw_before_a_mail_went_out() {
    let (app, _relay) = with_relay();
    let petition = assigned(&app, json!({"email": "someone@example.org"}));
    ask(&app, &petition, "2026-11-27");
    let seen = get(&app, "clerk2", &petition.path).etag().to_owned();
    app.send_mail();
    assert_eq!(view(&app, &petition)["tellings"][0]["status"], "TOLD");
    let came = app.post(&format!("{}:supplement", petition.path)).user("clerk2").once().if_match(&seen);
    came.json(&json!({"text": "地點在一樓"})).send().expect(200);
}
