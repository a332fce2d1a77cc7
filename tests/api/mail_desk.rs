//! What the office sees of its mail, and does with what reached nobody.

use serde_json::{Value, json};

use crate::cases::take;
use crate::holders::name_holder;
use crate::known::matter;
use crate::mails::{TO, case, read, with_relay};
use crate::protection::{BARRED, PROTECTED, mark, order};
use crate::relay::{Mood, Relay};
use crate::support::{Answer, TestApp, person};

const SAID: (&str, &str) = ("通知", "內文");

fn act(app: &TestApp, user: &str, id: &str, act: &str, body: &Value) -> Answer {
    app.post(&format!("/v1/mails/{id}:{act}")).user(user).if_match("*").json(body).send()
}

fn because() -> Value {
    json!({"reason": "當事人來電表示未收到"})
}

/// The ids in a list.
fn listed(app: &TestApp, user: &str, query: &str) -> Vec<String> {
    let list = app.get(&format!("/v1/mails{query}")).user(user).send().expect(200).clone();
    list["items"].as_array().unwrap().iter().map(|mail| mail["id"].as_str().unwrap().to_owned()).collect()
}

/// An office with a relay, and a mail that it has taken.
fn sent() -> (TestApp, Relay, String, String) {
    let (app, relay) = with_relay();
    let about = case(&app, "clerk1", 1);
    let id = app.mail(TO, &about, SAID);
    app.send_mail();
    (app, relay, about, id)
}

#[test]
fn mail_is_seen_by_whoever_sees_what_it_is_about() {
    let app = TestApp::new();
    let (here, there) = (case(&app, "clerk1", 1), case(&app, "clerk4", 2));
    let mut ids = Vec::new();
    for about in [&here, &there, &here, &"nobody-tells-of/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f".to_owned()] {
        ids.push(app.mail(TO, about, SAID));
        app.advance(chrono::Duration::seconds(1));
    }
    let newest_first = |all: &[usize]| all.iter().map(|n| ids[*n].clone()).collect::<Vec<_>>();
    for user in ["clerk1", "chief1", "director1"] {
        assert_eq!(listed(&app, user, ""), newest_first(&[2, 1, 0]), "{user}: what no domain tells of is nobody's");
        app.get(&format!("/v1/mails/{}", ids[3])).user(user).send().refused(404, "not_found");
    }
    assert_eq!(listed(&app, "clerk4", ""), newest_first(&[1]), "a branch desk sees its own");
    app.get(&format!("/v1/mails/{}", ids[0])).user("clerk4").send().refused(404, "not_found");
    act(&app, "clerk4", &ids[0], "resend", &because()).refused(404, "not_found");
    assert_eq!(listed(&app, "clerk1", &format!("?about={there}")), newest_first(&[1]));
    assert_eq!(listed(&app, "clerk4", &format!("?about={here}")), newest_first(&[]));
    assert_eq!(listed(&app, "clerk1", "?status=SENT"), newest_first(&[]));
    app.get("/v1/mails").user("citizen1").send().refused(403, "forbidden");
    app.get("/v1/mails").user("reviewer1").send().refused(403, "forbidden");
    // Whoever sees fewer is told of fewer, on every page.
    for (user, total) in [("clerk1", 3), ("clerk4", 1)] {
        let (mut found, mut query) = (Vec::new(), "limit=1&include_total=true".to_owned());
        loop {
            let page = app.get(&format!("/v1/mails?{query}")).user(user).send().expect(200).clone();
            assert_eq!((&page["total"], page["items"].as_array().unwrap().len()), (&json!(total), 1), "{user}");
            found.push(page["items"][0]["id"].as_str().unwrap().to_owned());
            let Some(next) = page["next"].as_str() else { break };
            query = format!("limit=1&include_total=true&cursor={next}");
        }
        assert_eq!(found, listed(&app, user, ""), "{user}");
    }
}

#[test]
fn staff_who_are_barred_find_no_mail_about_whom_a_mark_protects() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &matter(PROTECTED)).expect(201).clone();
    let about = format!("cases/{}", case["id"].as_str().unwrap());
    let id = app.mail(TO, &about, SAID);
    name_holder(&app, "clerk2", &person(BARRED), "chief1");
    let found = |user: &str| listed(&app, user, &format!("?about={about}"));
    assert_eq!(found("clerk2"), [id.as_str()]);
    let protected = case["parties"][0]["person_id"].as_str().unwrap();
    mark(&app, "clerk1", protected, &order(&person(BARRED))).expect(201);
    assert_eq!((found("clerk2"), found("clerk1")), (Vec::new(), vec![id.clone()]));
    assert!(listed(&app, "clerk2", "").is_empty());
    let total = app.get("/v1/mails?include_total=true").user("clerk2").send().expect(200)["total"].clone();
    assert_eq!(total, 0);
    app.get(&format!("/v1/mails/{id}")).user("clerk2").send().refused(404, "not_found");
    for (act_on, body) in [("resend", because()), ("settle", because()), ("report-bounce", json!({"code": "5.1.1"}))] {
        act(&app, "clerk2", &id, act_on, &body).refused(404, "not_found");
    }
}

#[test]
fn nobody_sends_or_settles_mail_in_a_matter_of_their_own() {
    let (app, _, _, id) = sent();
    name_holder(&app, "clerk2", &person(1), "director1");
    act(&app, "clerk2", &id, "resend", &because()).refused(409, "own_request");
    act(&app, "clerk2", &id, "report-bounce", &json!({"code": "5.1.1"})).expect(200);
    act(&app, "clerk2", &id, "settle", &because()).refused(409, "own_request");
    act(&app, "clerk1", &id, "settle", &because()).expect(200);
}

#[test]
fn an_account_of_which_nobody_knows_who_works_with_it_settles_no_mail() {
    let (app, _, _, id) = sent();
    app.sql("UPDATE accounts SET holder = NULL WHERE username = 'clerk2'");
    act(&app, "clerk2", &id, "resend", &because()).refused(409, "holder_required");
}

#[test]
fn a_mail_is_sent_again_as_another_one_and_to_a_corrected_address_by_a_supervisor() {
    let (app, relay, _, id) = sent();
    let again = act(&app, "clerk1", &id, "resend", &because());
    assert_eq!(
        (&again.expect(200)["status"], &again.body["attempts"], again.body.get("sent_at")),
        (&json!("WAITING"), &json!(0), None)
    );
    act(&app, "clerk1", &id, "resend", &because()).refused(409, "wrong_state");
    app.send_mail();
    let corrected = json!({"reason": "地址有誤", "to": "right@example.org"});
    act(&app, "clerk1", &id, "resend", &corrected).refused(403, "forbidden");
    assert_eq!(read(&app, &id)["status"], "SENT", "nothing has changed");
    assert_eq!(act(&app, "chief1", &id, "resend", &corrected).expect(200)["to"], "r***@example.org");
    app.send_mail();
    let letters = relay.letters();
    let told: Vec<(String, String)> =
        letters.iter().map(|letter| (letter.to.clone(), letter.headers()["message-id"].clone())).collect();
    let expected = [(TO, 1), (TO, 2), ("right@example.org", 3)];
    assert_eq!(told, expected.map(|(to, round)| (to.to_owned(), format!("<{id}.{round}@office.test>"))));
    assert!(letters.iter().all(|letter| letter.text().trim_end() == SAID.1));
    let log = app.get("/v1/audit-log?action=mail.resent").user("director1").send();
    let lines = log.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!((lines.len(), &lines[0]["purpose"]), (2, &json!("地址有誤")));
    assert!(!log.text.contains("right@example.org"));
}

#[test]
fn what_comes_back_is_told_to_the_office_until_somebody_sees_to_it() {
    let (app, _, about, id) = sent();
    let path = format!("/v1/mails/{id}:report-bounce");
    let hook = app.client_token("county");
    let report = |body: &Value| app.post(&path).bearer(&hook).if_match("*").json(body).send();
    for wrong in ["550", "3.1.1", "5.1", "5.1.1 ", "5.1.1234", ""] {
        report(&json!({"code": wrong})).refused(422, "invalid");
    }
    let told = report(&json!({"code": "5.1.1", "text": format!("<{TO}>: user unknown")}));
    assert_eq!((&told.expect(200)["status"], &told.body["bounce_code"]), (&json!("BOUNCED"), &json!("5.1.1")));
    report(&json!({"code": "5.1.1"})).refused(409, "wrong_state");
    app.get("/v1/mails").bearer(&hook).send().refused(403, "forbidden");
    assert_eq!(listed(&app, "clerk1", "?status=BOUNCED"), [id.as_str()]);
    assert_eq!(read(&app, &id)["bounce_text"], "<s***@example.org>: user unknown");
    let log = app.get("/v1/audit-log?action=mail.bounced").user("director1").send();
    assert_eq!(log.expect(200)["items"][0]["subject"], json!(about));
    let settled = act(&app, "clerk1", &id, "settle", &json!({"reason": "已另寄書面通知"}));
    assert_eq!(
        (&settled.expect(200)["status"], &settled.body["allowed_actions"]),
        (&json!("SETTLED"), &json!(["report-bounce", "resend"]))
    );
    assert!(listed(&app, "clerk1", "?status=BOUNCED").is_empty());
    act(&app, "clerk1", &id, "settle", &because()).refused(409, "wrong_state");
    report(&json!({"code": "5.1.1"})).expect(200);
    act(&app, "clerk1", &id, "resend", &because()).expect(200);
    report(&json!({"code": "5.1.1"})).refused(409, "wrong_state");
    app.send_mail();
    let shown = read(&app, &id);
    assert_eq!((&shown["status"], shown.get("bounce_code"), shown.get("bounce_text")), (&json!("SENT"), None, None));
}

#[test]
fn a_mail_that_was_refused_is_settled_or_sent_again() {
    let (app, relay) = with_relay();
    let about = case(&app, "clerk1", 1);
    let ids = ["one@example.org", "other@example.org"].map(|to| app.mail(to, &about, SAID));
    act(&app, "clerk1", &ids[0], "settle", &because()).refused(409, "wrong_state");
    relay.set(Mood::Refusing);
    app.send_mail();
    assert_eq!(listed(&app, "clerk1", "?status=FAILED").len(), 2);
    act(&app, "clerk1", &ids[0], "settle", &because()).expect(200);
    act(&app, "clerk1", &ids[1], "resend", &because()).expect(200);
    relay.set(Mood::Fine);
    app.send_mail();
    assert_eq!((&read(&app, &ids[0])["status"], &read(&app, &ids[1])["status"]), (&json!("SETTLED"), &json!("SENT")));
}
