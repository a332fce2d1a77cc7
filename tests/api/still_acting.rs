//! Whoever acts lives and can act, on the day on which they do: judged at every step by what the register has come to say of that day
//! (民法 §6, §15, §77, §95, §550). And what rests on a paper that was found false waits for a true one.

use chrono::Duration;
use serde_json::{Value, json};

use crate::capacity::{born, certificate, custody, ruling, seal};
use crate::cases::{act, own, registered, review, take};
use crate::known::{complete, death, field, matter};
use crate::protection::{mark, order, record_of};
use crate::records::on;
use crate::relations::{as_applicant, as_party};
use crate::support::{Answer, TestApp, person};

const CONSENT: &str = "/representative/national_id";

fn paper(number: &str) -> Value {
    json!({"kind": "LEGAL_REP_CONSENT", "number": number})
}

fn submit(app: &TestApp, case: &Value) -> Answer {
    act(app, "clerk1", case, ":submit-for-review", &json!({}))
}

fn asks(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/certificates").user("clerk1").once().json(body).send()
}

fn issue(app: &TestApp, asked: &Value, body: &Value) -> Answer {
    let path = format!("/v1/certificates/{}:issue", asked["id"].as_str().unwrap());
    app.post(&path).user("chief1").if_match("*").json(body).send()
}

/// One that waits for another than whoever took it.
fn kinship(who: &Value) -> Value {
    let mut body = certificate(who, who, "LISTED_PURPOSE_APPLICANT");
    (body["kind"], body["papers"]) = (json!("KINSHIP"), json!(["PURPOSE_PROOF"]));
    body
}

/// A child of sixteen whose one parent has their rights by the register.
fn child_of(app: &TestApp, child: u32, parent: u32) {
    born(app, child, "2010-05-04");
    registered(app, &custody(app, child, &person(parent)));
}

/// A registered death of a day.
fn died(app: &TestApp, number: u32, day: &str) {
    let mut body = death(app, number);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    registered(app, &body);
}

/// The rights of a child given to another parent on a day.
fn given_to_another(app: &TestApp, child: u32, parent: u32, day: &str) {
    let mut later = custody(app, child, &person(parent));
    (later["event_on"], later["confirm_not_duplicate"]) = (json!(day), json!(true));
    registered(app, &later);
}

/// A matter of somebody for which another has an interest.
fn of_interest(app: &TestApp, who: u32, by: u32) -> Value {
    let mut body = complete(app, matter(who));
    body["applicant"] = as_applicant(person(by), "INTERESTED_PERSON");
    body["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
    body
}

/// A seal of a child by themselves, with the consent of somebody who takes part for that.
fn consented(app: &TestApp, child: u32, parent: u32) -> Value {
    let mut body = seal(app, child, &person(child), "SELF");
    body["parties"].as_array_mut().unwrap().push(as_party(person(parent), "LEGAL_REPRESENTATIVE"));
    body
}

fn transcript(app: &TestApp, who: u32) -> Value {
    let fields = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    let mut body = complete(app, own("TRANSCRIPT_ZH", who, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

/// Refused for what the register has come to say of somebody.
#[track_caller]
fn stopped(answer: &Answer, pointer: &str, code: &str) {
    answer.refused(409, "conflict");
    assert!(answer.fields().contains(&field(pointer, code)), "{}", answer.text);
}

#[test]
fn the_dead_consent_to_nothing_on_any_road() {
    let app = TestApp::new();
    child_of(&app, 701, 702);
    let by = |body: &Value| {
        let mut body = body.clone();
        (body["representative_paper"], body["representative"]) = (paper("字第 1 號"), person(702));
        asks(&app, &body)
    };
    let (child, own) = (person(701), certificate(&person(701), &person(701), "SELF"));
    by(&own).expect(201);
    let waits = by(&kinship(&child)).expect(201).clone();
    died(&app, 702, "2026-11-20");
    let deceased = [field(CONSENT, "person_deceased")];
    assert_eq!(by(&own).fields(), deceased);
    assert_eq!(by(&kinship(&child)).fields(), deceased);
    assert_eq!(issue(&app, &waits, &json!({})).fields(), deceased);
    let letter = json!({
        "proxy_username": "proxy1", "principal": child, "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31",
        "representative_paper": paper("字第 1 號"), "representative": person(702)
    });
    let letter = app.post("/v1/letters-of-proxy").user("clerk1").once().json(&letter).send();
    assert_eq!(letter.fields(), deceased);
    for mut body in [matter(701), transcript(&app, 701), seal(&app, 701, &child, "SELF")] {
        body["parties"].as_array_mut().unwrap().push(as_party(person(702), "LEGAL_REPRESENTATIVE"));
        let refused = take(&app, "clerk1", &body);
        refused.refused(422, "invalid");
        assert!(refused.fields().contains(&field("/parties/1/national_id", "person_deceased")), "{}", refused.text);
    }
    // A mark asks for whoever consents, and not for the dead.
    mark(&app, "clerk1", &record_of(&app, &child), &order(&person(703))).expect(201);
    assert_eq!(by(&own).fields(), deceased);
}

#[test]
fn a_consent_is_judged_anew_at_each_step_by_the_day_on_which_it_was_given() {
    let app = TestApp::new();
    child_of(&app, 711, 712);
    child_of(&app, 713, 714);
    let taken = |child: u32, parent: u32| {
        let [waits, passes] = [0, 1].map(|_| take(&app, "clerk1", &consented(&app, child, parent)).expect(201).clone());
        submit(&app, &passes).expect(200);
        (waits, passes)
    };
    let (ward, others) = (taken(711, 712), taken(713, 714));
    // Both of that day, and entered since.
    registered(&app, &ruling(&app, "GUARDIANSHIP", (712, 715)));
    given_to_another(&app, 713, 716, "2026-11-22");
    for ((waits, passes), code) in [(&ward, "no_capacity"), (&others, "not_representative")] {
        stopped(&submit(&app, waits), "/parties/1/national_id", code);
        stopped(&review(&app, "reviewer1", passes, "PASS"), "/parties/1/national_id", code);
    }
    // Returned all the same, and taken anew by whoever consents now.
    review(&app, "reviewer1", &others.1, "RETURN").expect(201);
    let anew = take(&app, "clerk1", &consented(&app, 713, 716)).expect(201).clone();
    submit(&app, &anew).expect(200);
    review(&app, "reviewer1", &anew, "PASS").expect(201);
}

#[test]
fn what_becomes_of_whoever_consented_takes_nothing_from_an_entry_and_opens_none() {
    let app = TestApp::new();
    child_of(&app, 721, 722);
    let entry = take(&app, "clerk1", &consented(&app, 721, 722)).expect(201).clone();
    let mut asked = transcript(&app, 721);
    asked["parties"].as_array_mut().unwrap().push(as_party(person(722), "LEGAL_REPRESENTATIVE"));
    let asked = take(&app, "clerk1", &asked).expect(201).clone();
    app.set_clock("2026-11-24T09:00:00+08:00");
    given_to_another(&app, 721, 723, "2026-11-24");
    submit(&app, &entry).expect(200);
    review(&app, "reviewer1", &entry, "PASS").expect(201);
    stopped(&submit(&app, &asked), "/parties/1/national_id", "not_representative");
}

#[test]
fn whoever_died_before_they_applied_never_did_and_whoever_died_since_has() {
    let app = TestApp::new();
    app.set_clock("2026-11-24T09:00:00+08:00");
    let taken = |by: u32| {
        let case = take(&app, "clerk1", &of_interest(&app, 731, by)).expect(201).clone();
        let submitted = take(&app, "clerk1", &of_interest(&app, 732, by)).expect(201).clone();
        submit(&app, &submitted).expect(200);
        (case, submitted)
    };
    let (dead, dying, frail) = (taken(733), taken(734), taken(735));
    died(&app, 733, "2026-11-23");
    registered(&app, &ruling(&app, "GUARDIANSHIP", (735, 736)));
    for ((waits, passes), code) in [(&dead, "person_deceased"), (&frail, "no_capacity")] {
        stopped(&submit(&app, waits), "/applicant/national_id", code);
        stopped(&review(&app, "reviewer1", passes, "PASS"), "/applicant/national_id", code);
    }
    app.set_clock("2026-11-25T09:00:00+08:00");
    died(&app, 734, "2026-11-25");
    let (waits, passes) = dying;
    submit(&app, &waits).expect(200);
    review(&app, "reviewer1", &waits, "PASS").expect(201);
    review(&app, "reviewer1", &passes, "PASS").expect(201);
    // Nobody applies after their death, and whoever works on the case names nobody anew who has died.
    assert!(
        take(&app, "clerk1", &of_interest(&app, 731, 734)).fields().contains(&field("/applicant/national_id", "person_deceased"))
    );
}

#[test]
fn an_entry_is_handed_to_nobody_who_has_died_since_they_asked() {
    let app = TestApp::new();
    let [waits, passes] = [741, 742].map(|who| take(&app, "clerk1", &transcript(&app, who)).expect(201).clone());
    submit(&app, &passes).expect(200);
    app.set_clock("2026-11-24T09:00:00+08:00");
    for who in [741, 742] {
        died(&app, who, "2026-11-24");
    }
    stopped(&submit(&app, &waits), "/applicant/national_id", "person_deceased");
    stopped(&review(&app, "reviewer1", &passes, "PASS"), "/applicant/national_id", "person_deceased");
}

#[test]
fn whoever_comes_of_age_meanwhile_is_handed_an_entry_without_a_consent() {
    let app = TestApp::new();
    born(&app, 746, "2008-11-24");
    registered(&app, &custody(&app, 746, &person(747)));
    let mut asked = transcript(&app, 746);
    asked["parties"].as_array_mut().unwrap().push(as_party(person(747), "LEGAL_REPRESENTATIVE"));
    let asked = take(&app, "clerk1", &asked).expect(201).clone();
    app.set_clock("2026-11-24T09:00:00+08:00");
    submit(&app, &asked).expect(200);
    review(&app, "reviewer1", &asked, "PASS").expect(201);
}

#[test]
fn a_certificate_is_issued_by_the_letter_of_nobody_to_whom_it_was_given_and_who_has_died() {
    let app = TestApp::new();
    let principal = person(751);
    let letter = json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "委託書第 1 號"}});
    let mut comes = kinship(&principal);
    (comes["proxy"], comes["letter"]) = (person(752), letter.clone());
    let mut own_name = certificate(&principal, &person(753), "PROXY");
    (own_name["kind"], own_name["papers"], own_name["letter"]) = (json!("KINSHIP"), json!(["PURPOSE_PROOF"]), letter);
    let [comes, own_name] = [comes, own_name].map(|body| asks(&app, &body).expect(201).clone());
    for who in [752, 753] {
        died(&app, who, "2026-11-23");
    }
    let refused = issue(&app, &comes, &json!({}));
    assert_eq!(refused.refused(409, "conflict")["detail"], "代理人已登記死亡，委任關係消滅（民法 §550）");
    issue(&app, &own_name, &json!({})).refused(409, "conflict");
}

#[test]
fn what_waits_on_a_false_paper_is_issued_by_a_true_one() {
    let app = TestApp::new();
    child_of(&app, 761, 762);
    child_of(&app, 763, 762);
    // One paper for two children, and a letter that rests on nothing of it.
    let by = |child: u32| {
        let mut body = kinship(&person(child));
        (body["representative_paper"], body["representative"]) = (paper("同字第 7 號"), person(762));
        asks(&app, &body).expect(201).clone()
    };
    let (first, second) = (by(761), by(763));
    let put_off = format!("/v1/certificates/{}:refuse", second["id"].as_str().unwrap());
    app.post(&put_off).user("clerk2").if_match("*").json(&json!({"reason": "待查"})).send().expect(200);
    let id = record_of(&app, &person(761));
    let strike = |number: &str| {
        on(&app, "clerk2", &id, ":strike-document", &json!({"document": paper(number), "reason": "同意書經查為偽造"}))
    };
    assert_eq!(strike("同字第 8 號").fields(), [field("/document/number", "not_found")]);
    strike("同字第 7 號").expect(200);
    assert_eq!(strike("同字第 7 號").fields(), [field("/document/number", "not_found")], "nothing rests on it any more");
    app.advance(Duration::seconds(1));
    let reopen = format!("/v1/certificates/{}:reopen", second["id"].as_str().unwrap());
    app.post(&reopen).user("chief1").if_match("*").json(&json!({"reason": "續辦"})).send().expect(200);
    for one in [&first, &second] {
        assert_eq!(issue(&app, one, &json!({})).fields(), [field("/representative_paper", "required")]);
        let shown = json!({"representative_paper": paper("真字第 1 號"), "representative": person(762)});
        assert_eq!(issue(&app, one, &shown).expect(200)["status"], "ISSUED");
    }
    let log = app.get("/v1/audit-log?action=certificate.paper_struck").user("director1").send().expect(200)["items"].clone();
    assert_eq!(log.as_array().unwrap().len(), 2);
}
