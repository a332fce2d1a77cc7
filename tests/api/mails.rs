//! Mail on its way: out of the outbox, to a relay that takes it, refuses it or hangs up; once each, whole, and sealed at rest.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Duration;
use huzheng::config::Config;
use huzheng::mail::{MailSettings, RelayTls};
use serde_json::{Value, json};

use crate::cases::take;
use crate::known::matter;
use crate::relay::{Mood, Relay};
use crate::serial::at_once;
use crate::support::{TestApp, send_mail};

pub const TO: &str = "someone@example.org";
const SAID: (&str, &str) = ("您的案件已收件", "您好：\n\n您的案件已收件。\n");

/// Hands mail to a relay, without TLS, from an address of the office's.
fn handing_to(relay: &Relay) -> impl Fn(&mut Config) + use<> {
    let port = relay.port;
    move |config| {
        let mail = config.of_mut::<MailSettings>();
        (mail.host, mail.port, mail.tls) = (Some("127.0.0.1".to_owned()), port, RelayTls::None);
        mail.from = Some("office@office.test".parse().unwrap());
    }
}

/// An office with a relay and further settings of mail.
fn with_settings(change: impl FnOnce(&mut MailSettings)) -> (TestApp, Relay) {
    let relay = Relay::start();
    let set = handing_to(&relay);
    let app = TestApp::with(
        move |config| {
            set(config);
            change(config.of_mut());
        },
        "",
    );
    (app, relay)
}

pub fn with_relay() -> (TestApp, Relay) {
    with_settings(|_| {})
}

/// A case, as mail about it names it.
pub fn case(app: &TestApp, user: &str, number: u32) -> String {
    format!("cases/{}", take(app, user, &matter(number)).expect(201)["id"].as_str().unwrap())
}

pub fn read(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/v1/mails/{id}")).user("clerk1").send().expect(200).clone()
}

/// How a mail stands: its status, how its last try ended, and with which code.
fn standing(app: &TestApp, id: &str) -> Value {
    let mail = read(app, id);
    json!([mail["status"], mail["last_outcome"], mail["reply_code"]])
}

fn message_ids(relay: &Relay) -> Vec<String> {
    relay.letters().iter().map(|letter| letter.headers()["message-id"].clone()).collect()
}

#[test]
fn a_mail_arrives_whole_and_says_that_a_machine_has_sent_it() {
    let (app, relay) = with_settings(|mail| {
        mail.bounces = Some("bounces+{id}@office.test".to_owned());
        mail.reply_to = Some("desk@office.test".parse().unwrap());
    });
    let subject = "𠮷田👍先生的陳情案 115-HEMEI-000001 已於本日收件，並將於法定期限內以書面答復您，敬請留意後續通知";
    let long = "很長的一行".repeat(400);
    let text = format!("𠮷田先生：\n\n.點在行首\n..\n.\n{long}\n👨‍👩‍👧‍👦 = 100 %\ttab \n");
    let id = app.mail(TO, &case(&app, "clerk1", 1), (subject, &text));
    assert_eq!(standing(&app, &id), json!(["WAITING", null, null]));
    app.send_mail();
    let letters = relay.letters();
    let [letter] = letters.as_slice() else { panic!("{}", letters.len()) };
    assert_eq!((letter.from.as_str(), letter.to.as_str()), (format!("bounces+{id}@office.test").as_str(), TO));
    let headers = letter.headers();
    for (name, value) in [
        ("message-id", format!("<{id}.1@office.test>").as_str()),
        ("date", "Mon, 23 Nov 2026 01:00:00 +0000"),
        ("to", TO),
        ("reply-to", "desk@office.test"),
        ("subject", subject),
        ("auto-submitted", "auto-generated"),
        ("x-auto-response-suppress", "All"),
        ("content-language", "zh-TW"),
        ("mime-version", "1.0"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert_eq!(headers["from"].replace('"', ""), "彰化縣和美戶政事務所 <office@office.test>");
    assert_eq!(letter.text().trim_end_matches('\n'), text.trim_end_matches('\n'));
    assert_eq!(standing(&app, &id), json!(["SENT", "ACCEPTED", null]));
    assert_eq!(read(&app, &id)["sent_at"], "2026-11-23T09:00:00+08:00");
    app.send_mail();
    assert_eq!(relay.letters().len(), 1, "once");
}

#[test]
fn what_is_written_without_a_relay_waits() {
    let app = TestApp::new();
    let about = case(&app, "clerk1", 1);
    let id = app.mail(TO, &about, SAID);
    app.advance(Duration::hours(2));
    app.send_mail();
    assert_eq!(standing(&app, &id), json!(["WAITING", null, null]));
    let figures = app.get("/metrics").send();
    for line in ["huzheng_mail_waiting 1", "huzheng_mail_oldest_seconds 7200", "huzheng_mail_failed 0"] {
        assert!(figures.text.lines().any(|told| told == line), "{line}: {}", figures.text);
    }
    // Once there is one, it goes.
    let relay = Relay::start();
    send_mail(&app.another_node(handing_to(&relay)));
    assert_eq!((relay.letters().len(), standing(&app, &id)), (1, json!(["SENT", "ACCEPTED", null])));
}

#[test]
fn a_text_that_nobody_could_mean_is_not_even_written() {
    let (app, relay) = with_relay();
    let about = case(&app, "clerk1", 1);
    for (subject, text) in [
        ("您好 {name}", "內文"),
        ("通知", "案號 <<number>>"),
        ("通知", "{{ link }}"),
        ("通知\r\nBcc: other@example.org", "內文"),
        ("通知\nX: y", "內文"),
        ("通知", "內\u{0}文"),
        ("", "內文"),
    ] {
        let refused = app.try_mail(TO, &about, (subject, text)).unwrap_err();
        assert!(refused.starts_with("a mail's text is refused"), "{refused}");
        assert!(!refused.contains("name") && !refused.contains("Bcc"), "{refused}");
    }
    assert!(app.try_mail(TO, "cases", SAID).is_err() && app.try_mail(TO, "cases/1", SAID).is_err());
    assert!("other@example.org\r\nDATA".parse::<huzheng::people::Email>().is_err());
    app.send_mail();
    assert_eq!((relay.letters().len(), relay.heard().len(), app.contents()["mails"].len()), (0, 0, 0));
}

#[test]
fn what_a_relay_refuses_for_now_is_tried_again_with_growing_pauses_and_given_up_after_days() {
    let (app, relay) = with_relay();
    let ids = [1, 2].map(|number| app.mail(&format!("someone{number}@example.org"), &case(&app, "clerk1", number), SAID));
    relay.set(Mood::Busy);
    app.send_mail();
    for id in &ids {
        assert_eq!(standing(&app, id), json!(["WAITING", "DEFERRED", 451]));
        assert_eq!(read(&app, id)["next_at"], "2026-11-23T09:01:00+08:00");
    }
    app.send_mail();
    app.advance(Duration::minutes(1));
    app.send_mail();
    assert_eq!(
        (&read(&app, &ids[0])["next_at"], &read(&app, &ids[0])["attempts"]),
        (&json!("2026-11-23T09:03:00+08:00"), &json!(2))
    );
    relay.set(Mood::Fine);
    app.advance(Duration::minutes(2));
    app.sql(&format!("UPDATE mails SET next_at = '2030-01-01 00:00:00' WHERE id = '{}'", ids[1]));
    app.send_mail();
    assert_eq!(standing(&app, &ids[0]), json!(["SENT", "ACCEPTED", null]));
    assert_eq!(message_ids(&relay), [format!("<{}.1@office.test>", ids[0])]);
    relay.set(Mood::Busy);
    app.sql("UPDATE mails SET next_at = '2026-11-26 01:00:00' WHERE status = 'WAITING'");
    app.set_clock("2026-11-26T09:00:00+08:00");
    app.send_mail();
    assert_eq!(standing(&app, &ids[1]), json!(["FAILED", "DEFERRED", 451]));
}

#[test]
fn what_a_relay_refuses_for_good_is_given_up_with_the_code_alone() {
    let (app, relay) = with_relay();
    let about = case(&app, "clerk1", 1);
    let id = app.mail(TO, &about, SAID);
    relay.set(Mood::Refusing);
    app.send_mail();
    assert_eq!(standing(&app, &id), json!(["FAILED", "REFUSED", 550]));
    assert!(app.contents().values().flatten().all(|row| !row.contains("no such user")));
    relay.set(Mood::Fine);
    app.advance(Duration::days(1));
    app.send_mail();
    assert!(relay.letters().is_empty());
    let log = app.get("/v1/audit-log?action=mail.failed").user("director1").send();
    assert_eq!(log.expect(200)["items"][0]["subject"], json!(about));
    let figures = app.get("/metrics").send();
    assert!(figures.text.lines().any(|told| told == "huzheng_mail_failed 1"), "{}", figures.text);
}

#[test]
fn a_refusal_of_the_office_is_no_fault_of_the_mail() {
    let (app, relay) = with_relay();
    let id = app.mail(TO, &case(&app, "clerk1", 1), SAID);
    for (mood, outcome, code) in
        [(Mood::Strange, "SENDER_REFUSED", 530), (Mood::Closed, "NO_CONNECTION", 554), (Mood::Fine, "ACCEPTED", 0)]
    {
        relay.set(mood);
        app.send_mail();
        let code = if code == 0 { Value::Null } else { json!(code) };
        let status = if mood == Mood::Fine { "SENT" } else { "WAITING" };
        assert_eq!(standing(&app, &id), json!([status, outcome, code]));
        app.advance(Duration::hours(6));
    }
}

#[test]
fn a_connection_that_is_lost_behind_the_text_brings_the_same_mail_once_more() {
    let (app, relay) = with_relay();
    let id = app.mail(TO, &case(&app, "clerk1", 1), SAID);
    relay.set(Mood::HangingUp);
    app.send_mail();
    assert_eq!(standing(&app, &id), json!(["WAITING", "NO_CONNECTION", null]));
    relay.set(Mood::Fine);
    app.advance(Duration::minutes(1));
    app.send_mail();
    app.send_mail();
    assert_eq!(standing(&app, &id)[0], "SENT");
    let letters = relay.letters();
    assert_eq!((letters.len(), &letters[0].raw), (2, &letters[1].raw), "to the last byte");
}

#[test]
fn what_a_dead_node_held_is_taken_up_with_its_claim_and_is_the_same_mail() {
    let (app, relay) = with_relay();
    let id = app.mail(TO, &case(&app, "clerk1", 1), SAID);
    app.send_mail();
    // The node that sent it died before it was marked.
    app.sql("UPDATE mails SET status = 'WAITING', sent_at = NULL, lease = 'dead', leased_until = '2026-11-23 01:10:00'");
    app.send_mail();
    assert_eq!(
        (relay.letters().len(), standing(&app, &id)[0].clone()),
        (1, json!("WAITING")),
        "somebody may still be sending it"
    );
    app.advance(Duration::minutes(10));
    app.send_mail();
    assert_eq!(standing(&app, &id)[0], "SENT");
    let letters = relay.letters();
    assert_eq!((letters.len(), &letters[0].raw), (2, &letters[1].raw));
}

#[test]
fn nothing_is_said_to_a_relay_that_offers_no_tls_where_it_must() {
    for tls in [RelayTls::Starttls, RelayTls::Implicit] {
        let (app, relay) = with_settings(|mail| {
            mail.tls = tls;
            mail.timeout_seconds = 1;
            (mail.user, mail.password) = (Some("office".to_owned()), Some("a secret of ours".to_owned()));
        });
        let id = app.mail(TO, &case(&app, "clerk1", 1), SAID);
        app.send_mail();
        let standing = standing(&app, &id);
        assert!(standing[0] == "WAITING" && ["NO_TLS", "NO_CONNECTION"].contains(&standing[1].as_str().unwrap()), "{standing}");
        assert!(tls != RelayTls::Starttls || standing[1] == "NO_TLS", "{standing}");
        let heard = relay.heard();
        assert!(
            heard.iter().all(|line| !["MAIL", "AUTH", "RCPT", "DATA"].iter().any(|verb| line.starts_with(verb))),
            "{heard:?}"
        );
        assert!(relay.letters().is_empty());
    }
}

#[test]
fn one_address_has_its_share_of_the_hour() {
    let (app, relay) = with_settings(|mail| mail.hourly_limit = 2);
    let about = case(&app, "clerk1", 1);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(app.mail(TO, &about, SAID));
        app.advance(Duration::seconds(1));
    }
    let other = app.mail("other@example.org", &about, SAID);
    app.send_mail();
    let sent = |id: &str| standing(&app, id)[0] == "SENT";
    assert!(sent(&ids[0]) && sent(&ids[1]) && !sent(&ids[2]) && sent(&other));
    assert_eq!(read(&app, &ids[2])["next_at"], "2026-11-23T10:00:03+08:00");
    app.advance(Duration::minutes(59));
    app.send_mail();
    assert!(!sent(&ids[2]));
    app.advance(Duration::minutes(1));
    app.send_mail();
    assert!(sent(&ids[2]));
    assert_eq!(relay.letters().len(), 4);
}

/// Nodes that send the same outbox at one moment; SQLite has one.
fn nodes(app: &TestApp, relay: &Relay, change: impl Fn(&mut MailSettings)) -> Vec<Arc<huzheng::node::Node>> {
    let set = handing_to(relay);
    let node = |_| {
        app.another_node(|config| {
            set(config);
            change(config.of_mut());
        })
    };
    (0..if app.uses_postgres() { 3 } else { 1 }).map(node).collect()
}

#[test]
fn nodes_that_send_at_once_send_each_mail_once() {
    let (app, relay) = (TestApp::new(), Relay::start());
    let about = case(&app, "clerk1", 1);
    let ids: HashSet<String> = (0..30).map(|n| app.mail(&format!("someone{n}@example.org"), &about, SAID)).collect();
    let nodes = nodes(&app, &relay, |_| {});
    at_once(nodes.len(), |node| send_mail(&nodes[node]));
    // What one held when another looked is due no more.
    send_mail(&nodes[0]);
    let sent = message_ids(&relay);
    assert_eq!(sent.len(), 30);
    assert_eq!(sent.into_iter().collect::<HashSet<_>>(), ids.iter().map(|id| format!("<{id}.1@office.test>")).collect());
}

/// However many nodes send: a line of the list in `serial`.
pub fn an_address_has_its_share_of_the_hour(app: &TestApp) {
    let relay = Relay::start();
    let about = case(app, "clerk1", 1);
    for _ in 0..12 {
        app.mail(TO, &about, SAID);
    }
    let nodes = nodes(app, &relay, |mail| mail.hourly_limit = 5);
    at_once(nodes.len(), |node| send_mail(&nodes[node]));
    assert!(relay.letters().len() <= 5, "{}", relay.letters().len());
    app.advance(Duration::minutes(1));
    send_mail(&nodes[0]);
    assert_eq!(relay.letters().len(), 5);
}

#[test]
fn nothing_of_a_mail_stands_in_the_clear() {
    let (app, relay) = with_relay();
    let id = app.mail("canary-1@example.org", &case(&app, "clerk1", 1), ("林罕名君的案件", "林罕名君您好"));
    let clear = || {
        let contents = app.contents();
        let holds = |text: &str| {
            contents.iter().find(|(_, rows)| rows.iter().any(|row| row.contains(text))).map(|(table, _)| table.clone())
        };
        ["canary-1", "林罕名"].into_iter().find_map(holds)
    };
    assert_eq!(clear(), None);
    app.send_mail();
    assert!(relay.letters()[0].text().contains("林罕名"));
    let report = json!({"code": "5.1.1", "text": "550 <canary-1@example.org>: 林罕名 no such user"});
    app.post(&format!("/v1/mails/{id}:report-bounce")).user("clerk1").if_match("*").json(&report).send().expect(200);
    assert_eq!(clear(), None);
    let shown = app.get(&format!("/v1/mails/{id}")).user("clerk1").send();
    assert_eq!((&shown.expect(200)["to"], &shown.body["subject"]), (&json!("c***@example.org"), &json!("林罕名君的案件")));
    assert_eq!(shown.body["bounce_text"], "550 <c***@example.org>: 林罕名 no such user");
    assert!(!shown.text.contains("您好") && !shown.text.contains("canary-1"), "{}", shown.text);
}

#[test]
fn texts_are_emptied_once_their_time_is_over_and_what_waits_is_kept() {
    let (app, relay) = with_settings(|mail| mail.text_days = 30);
    let about = case(&app, "clerk1", 1);
    let id = app.mail(TO, &about, SAID);
    app.send_mail();
    app.advance(Duration::days(29));
    app.tick();
    assert_eq!((&read(&app, &id)["has_text"], &read(&app, &id)["subject"]), (&json!(true), &json!(SAID.0)));
    relay.set(Mood::Busy);
    let waits = app.mail("other@example.org", &about, SAID);
    app.sql(&format!("UPDATE mails SET created_at = '2026-01-01 00:00:00' WHERE id = '{waits}'"));
    app.advance(Duration::days(2));
    app.tick();
    let emptied = app.get(&format!("/v1/mails/{id}")).user("clerk1").send();
    assert_eq!((&emptied.expect(200)["has_text"], emptied.body.get("subject")), (&json!(false), None));
    assert_eq!(emptied.body["allowed_actions"], json!(["report-bounce"]));
    let again = app.post(&format!("/v1/mails/{id}:resend")).user("clerk1").if_match(emptied.etag());
    again.json(&json!({"reason": "未收到"})).send().refused(409, "conflict");
    assert_eq!(read(&app, &waits)["has_text"], true);
}
