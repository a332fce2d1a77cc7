//! A petition before it is entered: whom it concerns loses it from its receipt on, it is made secret and put right at once, and whoever
//! took it down says how it came.

use serde_json::{Value, json};

use crate::inquiries;
use crate::mails::with_relay;
use crate::petition_custody::{not_allowed, of, patch};
use crate::petition_secrecy::{is_nothing_to, lists};
use crate::petitions::{Taken, act, assign, confirm, field, get, letter, mailed, replied, send, status, take, track, with};
use crate::relay::{Letter, Mood, Relay};
use crate::support::{Answer, TestApp};

fn without(mut body: Value, member: &str) -> Value {
    body.as_object_mut().unwrap().remove(member);
    body
}

#[test]
fn whom_a_petition_concerns_loses_it_before_its_address_is_confirmed() {
    for accused in ["clerk1", "chief1", "director1"] {
        let app = TestApp::new();
        let before = lists(&app, accused);
        let petition = take(&app, None, &mailed("RIGHTS"));
        assert_ne!(lists(&app, accused), before, "the control: {accused} sees what concerns nobody");
        let shown = get(&app, "chief2", &petition.path).expect(200).clone();
        assert_eq!(shown["allowed_actions"], json!(["update", "withdraw", "note-letters"]));
        let named = patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &[accused])}));
        assert_eq!(named.expect(200)["status"], "AWAITING_CONFIRMATION");
        is_nothing_to(&app, accused, &petition, &before);
        app.sql(&format!("UPDATE petitions SET confirm_hash = '{}' WHERE id IS NOT NULL", app.secret_hash("the-code")));
        assert_eq!(confirm(&app, &petition, "the-code").expect(200)["status"], "RECEIVED");
        is_nothing_to(&app, accused, &petition, &before);
    }
}

#[test]
fn what_is_made_secret_before_its_address_is_confirmed_is_its_custodians_alone_at_once() {
    for (user, marks, entered) in [
        ("clerk1", json!({"confidential": true}), "RECEIVED"),
        ("chief1", json!({"whistleblower": true}), "QUARANTINE"),
        ("director1", json!({"kind": "REPORT", "reason": "實為檢舉"}), "QUARANTINE"),
    ] {
        let app = TestApp::new();
        let before = ["clerk1", "chief1", "director1"].map(|user| (user, lists(&app, user)));
        let petition = take(&app, None, &mailed("RIGHTS"));
        let marked = patch(&app, user, &petition, &marks);
        assert_eq!(
            (&marked.expect(200)["status"], &marked.body["confidential"]),
            (&json!("AWAITING_CONFIRMATION"), &json!(true))
        );
        for (user, before) in &before {
            is_nothing_to(&app, user, &petition, before);
        }
        assert_eq!(get(&app, "chief2", &petition.path).expect(200)["petitioners"], Value::Null, "until it is revealed");
        app.sql(&format!("UPDATE petitions SET confirm_hash = '{}' WHERE id IS NOT NULL", app.secret_hash("the-code")));
        assert_eq!(confirm(&app, &petition, "the-code").expect(200)["status"], entered, "{marks}");
        assert_eq!(get(&app, "director1", &petition.path).status == 200, entered == "RECEIVED", "{marks}");
    }
}

#[test]
fn what_waits_to_be_confirmed_is_withdrawn() {
    let app = TestApp::new();
    let petition = take(&app, None, &mailed("SUGGESTION"));
    act(&app, "chief1", &petition, "withdraw", &json!({"reason": "陳情人來電撤回"})).expect(200);
    assert_eq!(status(&app, &petition), "WITHDRAWN");
    let again = act(&app, "chief1", &petition, "reopen", &json!({"new_facts": "另有新事證"}));
    assert_eq!(again.expect(200)["status"], "SCREENING", "nobody has confirmed it");
}

#[test]
fn a_code_that_has_not_gone_out_to_a_mistyped_address_never_does() {
    let (app, relay) = with_relay();
    relay.set(Mood::Busy);
    let petition = take(&app, None, &mailed("SUGGESTION"));
    app.send_mail();
    app.advance(chrono::Duration::minutes(2));
    let right = json!({"contact": {"email": "somebody@example.org"}, "reason": "來電更正"});
    patch(&app, "chief1", &petition, &right).expect(200);
    relay.set(Mood::Fine);
    app.advance(chrono::Duration::hours(12));
    app.send_mail();
    assert_eq!((codes(&relay, "someone@example.org").len(), codes(&relay, "somebody@example.org").len()), (0, 1));
    let shown = get(&app, "chief1", &petition.path).expect(200)["tellings"].clone();
    let told = |one: &Value| json!([one["about"], one["told_by"], one["status"]]);
    let told: Vec<Value> = shown.as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, [json!(["CONFIRMATION", "MAIL", "STOPPED"]), json!(["CONFIRMATION", "MAIL", "TOLD"])]);
    let about = petition.path.trim_start_matches("/v1/");
    let mails = get(&app, "chief1", &format!("/v1/mails?about={about}")).expect(200)["items"].clone();
    assert_eq!((&mails[1]["stop"], &mails[1]["allowed_actions"]), (&json!("ADDRESS_CORRECTED"), &json!([])));
    // Withdrawn, nobody is asked to confirm it any more.
    relay.set(Mood::Busy);
    let other = take(&app, None, &mailed("SUGGESTION"));
    act(&app, "chief1", &other, "withdraw", &json!({"reason": "陳情人來電撤回"})).expect(200);
    relay.set(Mood::Fine);
    app.send_mail();
    assert_eq!(relay.letters().len(), 1);
}

/// What was mailed to an address, and the code in each.
fn codes(relay: &Relay, to: &str) -> Vec<String> {
    let letters = relay.letters();
    let texts = letters.iter().filter(|letter| letter.to.contains(to)).map(Letter::text);
    let code = |text: String| {
        let link = text.split_whitespace().find(|word| word.contains("/petitions/confirm#")).expect("a link").to_owned();
        link.rsplit('.').next().unwrap().to_owned()
    };
    texts.map(code).collect()
}

#[test]
fn a_mistyped_address_is_put_right_and_a_new_code_goes_there_alone() {
    let (app, relay) = with_relay();
    let petition = take(&app, None, &mailed("SUGGESTION"));
    app.send_mail();
    let wrong = codes(&relay, "someone@example.org");
    let contact = json!({"contact": {"email": "somebody@example.org"}});
    assert_eq!(patch(&app, "chief1", &petition, &contact).fields(), field("/reason", "required"));
    patch(&app, "chief1", &petition, &with(contact.clone(), "reason", json!("來電更正"))).expect(200);
    app.send_mail();
    let right = codes(&relay, "somebody@example.org");
    assert_eq!((wrong.len(), right.len(), relay.letters().len()), (1, 1, 2));
    confirm(&app, &petition, &wrong[0]).refused(404, "not_found");
    assert_eq!(status(&app, &petition), "AWAITING_CONFIRMATION");
    // Said again, nothing is sent; another telephone number is no other address.
    let same = json!({"contact": {"email": "somebody@example.org", "phone": "0912345678"}, "reason": "補電話"});
    patch(&app, "chief1", &petition, &same).expect(200);
    app.send_mail();
    assert_eq!(relay.letters().len(), 2);
    assert_eq!(confirm(&app, &petition, &right[0]).expect(200)["status"], "RECEIVED");
    // Without an address there is nothing to wait for: a section chief looks at it.
    let petition = take(&app, None, &mailed("SUGGESTION"));
    patch(&app, "chief1", &petition, &json!({"contact": {"phone": "0912345678"}, "reason": "無電子郵件"})).expect(200);
    app.tick();
    assert_eq!(status(&app, &petition), "SCREENING");
}

/// The mails of a petition, the newest first.
fn mails(app: &TestApp, petition: &Taken) -> Vec<Value> {
    let about = petition.path.trim_start_matches("/v1/");
    get(app, "chief1", &format!("/v1/mails?about={about}")).expect(200)["items"].as_array().unwrap().clone()
}

fn resend(app: &TestApp, user: &str, mail: &Value, body: &Value) -> Answer {
    let path = format!("/v1/mails/{}:resend", mail["id"].as_str().unwrap());
    app.post(&path).user(user).if_match("*").once().json(body).send()
}

#[test]
fn a_code_goes_to_no_address_but_the_one_that_it_proves() {
    let (app, relay) = with_relay();
    let petition = take(&app, None, &with(mailed("SUGGESTION"), "contact", json!({"email": "stranger@example.org"})));
    app.send_mail();
    let elsewhere = json!({"reason": "陳情人來電更正", "to": "true@example.org"});
    resend(&app, "chief1", &mails(&app, &petition)[0], &elsewhere).refused(409, "conflict");
    app.send_mail();
    assert_eq!((relay.letters().len(), mails(&app, &petition)[0]["status"].clone()), (1, json!("SENT")), "nothing has changed");
    // Put right in the record, whatever is told later goes there too.
    let right = json!({"contact": {"email": "true@example.org"}, "reason": "陳情人來電更正"});
    patch(&app, "chief1", &petition, &right).expect(200);
    app.send_mail();
    let code = codes(&relay, "true@example.org");
    assert_eq!(confirm(&app, &petition, &code[0]).expect(200)["status"], "RECEIVED");
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    app.send_mail();
    let went = |to: &str| relay.letters().iter().filter(|letter| letter.to == to).count();
    assert_eq!((went("stranger@example.org"), went("true@example.org")), (1, 2), "the code of before, and no more");
}

#[test]
fn a_mail_that_went_to_another_address_says_nothing_of_the_one_that_there_is_now() {
    let (app, relay) = with_relay();
    relay.set(Mood::Refusing);
    let petition = take(&app, None, &mailed("SUGGESTION"));
    app.send_mail();
    let refused = mails(&app, &petition)[0].clone();
    assert_eq!(refused["status"], "FAILED");
    resend(&app, "chief1", &refused, &json!({"reason": "更正", "to": "somebody@example.org"})).refused(409, "conflict");
    relay.set(Mood::Fine);
    let right = json!({"contact": {"email": "somebody@example.org", "phone": "0912345678"}, "reason": "來電更正"});
    patch(&app, "chief1", &petition, &right).expect(200);
    app.send_mail();
    confirm(&app, &petition, &codes(&relay, "somebody@example.org")[0]).expect(200);
    assign(&app, &petition, "clerk2");
    // What goes wrong with the address of before is held against no other one, and nothing goes there any more.
    let settle = format!("/v1/mails/{}", refused["id"].as_str().unwrap());
    let settled = json!({"reason": "信箱已更正"});
    app.post(&format!("{settle}:settle")).user("clerk1").if_match("*").once().json(&settled).send().expect(200);
    let bounce = app.post(&format!("{settle}:report-bounce")).user("clerk1").if_match("*").once();
    bounce.json(&json!({"code": "5.1.1"})).send().expect(200);
    resend(&app, "chief1", &refused, &json!({"reason": "誤登"})).refused(409, "conflict");
    app.advance(chrono::Duration::minutes(1));
    assert_eq!(replied(&app, &petition, "FINAL")["replies"][0]["told_by"], json!(["MAIL"]));
    // To the address that there is it may be sent again, whoever names it.
    app.send_mail();
    let reply = mails(&app, &petition)[0].clone();
    resend(&app, "chief1", &reply, &json!({"reason": "未收到", "to": "Somebody@example.org"})).expect(200);
    app.send_mail();
    let elsewhere = json!({"reason": "更正", "to": "stranger@example.org"});
    resend(&app, "chief1", &reply, &elsewhere).refused(409, "conflict");
}

#[test]
fn the_answer_to_an_inquiry_goes_to_no_address_but_its_own() {
    let (app, relay) = with_relay();
    let body = inquiries::online(json!({"email": "stranger@example.org"}));
    let asked = inquiries::ask(&app, Some("clerk1"), &with(body, "channel", json!("EMAIL")));
    inquiries::act(&app, "clerk1", &asked, "answer", &inquiries::answer()).expect(200);
    app.send_mail();
    let about = asked.path.trim_start_matches("/v1/");
    let mail = get(&app, "chief1", &format!("/v1/mails?about={about}")).expect(200)["items"][0].clone();
    let elsewhere = json!({"reason": "來電更正", "to": "true@example.org"});
    resend(&app, "chief1", &mail, &elsewhere).refused(409, "conflict");
    app.send_mail();
    assert_eq!(relay.letters().len(), 1);
}

#[test]
fn whoever_works_in_the_office_says_by_which_channel_something_came() {
    let app = TestApp::new();
    for user in ["clerk1", "chief1", "director1"] {
        let refused = send(&app, Some(user), &without(letter("INQUIRY"), "channel"));
        assert_eq!(refused.fields(), field("/channel", "required"), "{user}");
        let asked = app.post("/v1/inquiries").user(user).once().json(&without(inquiries::by_phone(), "channel")).send();
        assert_eq!(asked.fields(), field("/channel", "required"), "{user}");
    }
    for user in [None, Some("citizen1")] {
        let taken = take(&app, user, &without(letter("INQUIRY"), "channel"));
        assert_eq!(get(&app, "chief1", &taken.path).expect(200)["channel"], "MAILBOX", "anybody else writes themself");
    }
}

#[test]
fn what_a_clerk_has_entered_as_of_the_mailbox_is_put_right_and_its_secret_ends_once_it_concerns_them() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk2"), &with(letter("RIGHTS"), "channel", json!("MAILBOX")));
    let right = json!({
        "channel": "EMAIL", "subject": "門牌鬆脫", "body": "門牌已脫落。", "received_on": "2026-11-20", "reason": "登錄有誤"
    });
    let shown = patch(&app, "chief1", &petition, &right);
    assert_eq!((&shown.expect(200)["channel"], &shown.body["subject"]), (&json!("EMAIL"), &json!("門牌鬆脫")));
    track(&app, &petition.number, &petition.secret).expect(200);
    let mailbox = take(&app, Some("clerk2"), &with(letter("RIGHTS"), "channel", json!("MAILBOX")));
    for petition in [&petition, &mailbox] {
        let named = patch(&app, "chief1", petition, &json!({"concerns": of(&app, &["clerk2"])}));
        let renewed = named.expect(200)["renewed_secret"].as_str().unwrap().to_owned();
        track(&app, &petition.number, &petition.secret).refused(404, "not_found");
        track(&app, &petition.number, &renewed).expect(200);
    }
    // What somebody has written themself is theirs: its words, and its secret.
    let own = take(&app, None, &with(letter("RIGHTS"), "channel", json!("MAILBOX")));
    let words = json!({"subject": "門牌鬆脫", "reason": "登錄有誤"});
    not_allowed(&patch(&app, "chief1", &own, &words), "/subject");
    assert!(patch(&app, "chief1", &own, &json!({"concerns": of(&app, &["clerk2"])})).expect(200).get("renewed_secret").is_none());
    track(&app, &own.number, &own.secret).expect(200);
}
