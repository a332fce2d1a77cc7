//! Protection marks, obeyed on every road; and what those outside the office never learn of others.

use serde_json::{Value, json};

use crate::cases::{act, at, move_in, take};
use crate::holders::name_holder;
use crate::known::{complete, field, matter, named_person, transcript};
use crate::records::{found, join, known, on};
use crate::support::{Answer, TestApp, person};

/// Whom the marks protect, and whom they bar.
pub const PROTECTED: u32 = 101;
pub const BARRED: u32 = 102;

pub fn order(barred: &Value) -> Value {
    json!({
        "ground": "FAMILY_VIOLENCE_ORDER", "order": {"number": "彰化地方法院 115 年度家護字第 12 號", "dated_on": "2026-11-20"},
        "barred": [barred], "from_on": "2026-11-20", "until_on": "2026-12-31", "reason": "法院核發保護令"
    })
}

pub fn mark(app: &TestApp, user: &str, id: &str, body: &Value) -> Answer {
    app.post(&format!("/v1/people/{id}/protection-marks")).user(user).once().json(body).send()
}

/// Acts on a mark at its version of now.
pub fn mark_act(app: &TestApp, user: &str, mark: &Value, act: &str) -> Answer {
    let path = format!("/v1/protection-marks/{}", mark["id"].as_str().unwrap());
    let tag = app.get(&path).user("director1").send().etag().to_owned();
    app.post(&format!("{path}{act}")).user(user).if_match(&tag).json(&json!({"reason": "核對完畢"})).send()
}

/// An application for somebody's transcript by somebody else, or by themself.
pub fn certificate(of: &Value, applicant: &Value) -> Value {
    let mut asks = applicant.clone();
    asks["relation"] = if of == applicant { json!("SELF") } else { json!("INTERESTED_PERSON") };
    json!({
        "kind": "TRANSCRIPT_ZH", "person": of, "applicant": asks, "purpose": "訴訟", "copies": 1,
        "interest_proof": "債權憑證 115 年度司促字第 1 號"
    })
}

pub fn ask(app: &TestApp, user: &str, of: &Value, applicant: &Value) -> Answer {
    app.post("/v1/certificates").user(user).once().json(&certificate(of, applicant)).send()
}

pub fn citizen(app: &TestApp) -> Value {
    json!({"name": "王示範", "national_id": app.citizen_number(1)})
}

pub fn record_of(app: &TestApp, who: &Value) -> String {
    found(app, who)[0]["person_id"].as_str().unwrap().to_owned()
}

pub fn told(app: &TestApp, action: &str) -> Vec<Value> {
    let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200)["items"].clone();
    log.as_array().unwrap().iter().filter(|line| line["action"] == action).cloned().collect()
}

#[test]
fn a_mark_protects_at_once_and_it_takes_two_to_lift_it() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let made = mark(&app, "clerk1", &id, &order(&person(BARRED)));
    let body = made.expect(201).clone();
    assert_eq!((&body["status"], &body["in_force"], &body["confirmed_by"]), (&json!("STANDING"), &json!(true), &Value::Null));
    assert_eq!(body["barred"][0]["name"], "測○○○乙", "{body}");
    assert_eq!(app.get(&format!("/v1/people/{id}")).user("clerk1").send().expect(200)["protected"], true);
    let asked = || ask(&app, "clerk1", &person(PROTECTED), &person(BARRED));
    asked().refused(409, "protected");
    // It hinders neither whom it protects nor anybody else.
    ask(&app, "clerk1", &person(PROTECTED), &person(PROTECTED)).expect(201);
    ask(&app, "clerk1", &person(PROTECTED), &person(103)).expect(201);
    ask(&app, "clerk1", &person(BARRED), &person(BARRED)).expect(201);
    mark_act(&app, "clerk1", &body, ":confirm").refused(409, "own_request");
    let confirmed = mark_act(&app, "clerk2", &body, ":confirm");
    assert!(confirmed.expect(200)["confirmed_by"].is_string());
    mark_act(&app, "reviewer1", &body, ":confirm").refused(409, "wrong_state");
    assert_eq!(mark_act(&app, "clerk1", &body, ":lift").expect(200)["status"], "LIFT_ASKED");
    asked().refused(409, "protected");
    mark_act(&app, "clerk2", &body, ":lift").refused(403, "forbidden");
    assert_eq!(mark_act(&app, "clerk1", &body, ":keep").expect(200)["status"], "STANDING");
    mark_act(&app, "chief1", &body, ":lift").expect(200);
    mark_act(&app, "chief1", &body, ":lift").refused(409, "own_request");
    let path = format!("/v1/protection-marks/{}:lift", body["id"].as_str().unwrap());
    let blindly = app.post(&path).user("director1").if_match("*").json(&json!({"reason": "x"})).send();
    blindly.refused(428, "precondition_required");
    let lifted = mark_act(&app, "director1", &body, ":lift");
    assert_eq!((&lifted.expect(200)["status"], &lifted.body["in_force"]), (&json!("LIFTED"), &json!(false)));
    let acts: Vec<&str> =
        lifted.body["history"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(acts, ["entered", "confirmed", "lift_asked", "kept", "lift_asked", "lifted"]);
    asked().expect(201);
    assert_eq!(told(&app, "protection_mark.refused").len(), 2);
    let line = &told(&app, "protection_mark.refused")[0];
    assert_eq!((&line["person_id"], line["subject"].as_str().unwrap().starts_with("protection-marks/")), (&json!(id), true));
}

#[test]
fn a_mark_ends_with_its_last_day() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let mut body = order(&person(BARRED));
    body["until_on"] = json!("2026-11-25");
    mark(&app, "clerk1", &id, &body).expect(201);
    app.set_clock("2026-11-25T23:59:00+08:00");
    ask(&app, "clerk1", &person(PROTECTED), &person(BARRED)).refused(409, "protected");
    app.set_clock("2026-11-26T00:00:00+08:00");
    ask(&app, "clerk1", &person(PROTECTED), &person(BARRED)).expect(201);
}

#[test]
fn what_a_mark_says_is_judged_and_no_correction_protects_less() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut body = order(&person(BARRED));
        change(&mut body);
        mark(&app, "clerk1", &id, &body).fields()
    };
    assert_eq!(refused(&|body| body["order"] = Value::Null), [field("/order", "required")]);
    assert_eq!(refused(&|body| body["ground"] = json!("OWN_BAR")), [field("/order", "not_allowed")]);
    assert_eq!(refused(&|body| body["from_on"] = json!("2026-11-24")), [field("/from_on", "range")]);
    assert_eq!(refused(&|body| body["until_on"] = json!("2026-11-22")), [field("/until_on", "range")]);
    assert_eq!(refused(&|body| body["order"]["dated_on"] = json!("2026-11-24")), [field("/order/dated_on", "range")]);
    assert_eq!(refused(&|body| body["barred"] = json!([person(PROTECTED)])), [field("/barred/0/national_id", "same_person")]);
    let made = mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201).clone();
    let path = format!("/v1/protection-marks/{}", made["id"].as_str().unwrap());
    let correct = |body: &Value| {
        let tag = app.get(&path).user("clerk2").send().etag().to_owned();
        app.call("PATCH", &path).user("clerk2").if_match(&tag).json(body).send()
    };
    let narrows = |body: &Value, at: &str| assert_eq!(correct(body).fields(), [field(at, "narrows")], "{body}");
    let before = app.get(&path).user("clerk2").send().etag().to_owned();
    correct(&json!({})).expect(200);
    assert_eq!(app.get(&path).user("clerk2").send().etag(), before, "what changes nothing wants no reason");
    assert_eq!(correct(&json!({"until_on": null})).fields(), [field("/reason", "required")]);
    narrows(&json!({"until_on": "2026-12-01", "reason": "x"}), "/until_on");
    narrows(&json!({"barred": [person(103)], "reason": "x"}), "/barred");
    mark_act(&app, "clerk1", &made, ":lift").expect(200);
    let wider = json!({"barred": [person(BARRED), person(103)], "until_on": null, "reason": "法院延長保護令"});
    let corrected = correct(&wider);
    assert_eq!((&corrected.expect(200)["status"], &corrected.body["until_on"]), (&json!("STANDING"), &Value::Null));
    ask(&app, "clerk1", &person(PROTECTED), &person(103)).refused(409, "protected");
    mark_act(&app, "chief1", &made, ":keep").refused(409, "wrong_state");
}

#[test]
fn whoever_is_barred_is_known_by_every_number_and_record_or_by_the_name_alone() {
    let app = TestApp::new();
    let (id, barred) = (known(&app, PROTECTED), known(&app, BARRED));
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let (twin, other) = (known(&app, 104), known(&app, 105));
    ask(&app, "clerk1", &person(PROTECTED), &person(104)).expect(201);
    join(&app, &twin, &barred).expect(200);
    ask(&app, "clerk1", &person(PROTECTED), &person(104)).refused(409, "protected");
    ask(&app, "clerk1", &person(105), &person(BARRED)).expect(201);
    join(&app, &other, &id).expect(200);
    ask(&app, "clerk1", &person(105), &person(BARRED)).refused(409, "protected");
    let by_name = known(&app, 106);
    mark(&app, "clerk1", &by_name, &order(&json!({"name": "林大同"}))).expect(201);
    ask(&app, "clerk1", &person(106), &named_person(107, "林大同")).refused(409, "protected");
    ask(&app, "clerk1", &person(106), &person(108)).expect(201);
}

#[test]
fn online_whoever_is_barred_is_answered_as_anybody_without_a_right() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let barred = citizen(&app);
    let before = ask(&app, "citizen1", &person(PROTECTED), &barred);
    mark(&app, "clerk1", &id, &order(&barred)).expect(201);
    let asked = ask(&app, "citizen1", &person(PROTECTED), &barred);
    let shape = |answer: &Answer| {
        let mut body = answer.expect(201).clone();
        (body["id"], body["requested_at"]) = (Value::Null, Value::Null);
        body
    };
    assert_eq!(shape(&before), shape(&asked));
    let path = format!("/v1/certificates/{}", asked.body["id"].as_str().unwrap());
    let on = |act: &str, body: Value| app.post(&format!("{path}:{act}")).user("clerk1").if_match("\"v1\"").json(&body).send();
    on("issue", json!({})).refused(409, "protected");
    on("refuse", json!({"reason": "當事人受家庭暴力保護"})).expect(200);
    let seen = app.get(&path).user("citizen1").send();
    assert_eq!(seen.expect(200)["reason"], "不符申請資格（戶籍法 §65）");
    assert!(!seen.text.contains("保護"), "{}", seen.text);
    assert_eq!(told(&app, "certificate.refused")[0]["purpose"], "當事人受家庭暴力保護");
    // The check asks the register nothing for whoever is no staff.
    let check = |user: &str| app.post("/v1/cases:check").user(user).json(&looking(&person(PROTECTED), &barred)).send();
    assert_ne!(check("citizen1").body["code"], "protected");
    check("clerk1").refused(409, "protected");
}

/// The same as a case.
pub fn looking(of: &Value, applicant: &Value) -> Value {
    let (mut subject, mut asks) = (of.clone(), applicant.clone());
    (subject["role"], asks["relation"]) = (json!("SUBJECT"), json!("INTERESTED_PERSON"));
    json!({
        "type_code": "TRANSCRIPT_ZH", "parties": [subject], "applicant": asks,
        "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "訴訟", "copies": 1}, "confirm_not_duplicate": true
    })
}

#[test]
fn cases_ask_for_nobody_in_the_name_of_whoever_is_barred() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    take(&app, "clerk1", &looking(&person(PROTECTED), &person(BARRED))).refused(409, "protected");
    let mut by_proxy = complete(&app, move_in(PROTECTED));
    let proxy = |number: u32| {
        let mut proxy = person(number);
        (proxy["reason"], proxy["dated_on"]) = (json!("住院"), json!("2026-11-20"));
        proxy
    };
    by_proxy["proxy"] = proxy(BARRED);
    take(&app, "clerk1", &by_proxy).refused(409, "protected");
    by_proxy["proxy"] = proxy(103);
    let case = take(&app, "clerk1", &by_proxy);
    let case = case.expect(201).clone();
    let tag = app.get(&at(&case, "")).user("clerk1").send().etag().to_owned();
    let edit = json!({"proxy": proxy(BARRED)});
    let edited = app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag).json(&edit).send();
    assert!(edited.refused(409, "protected")["allowed_actions"].is_array());
    assert_eq!(told(&app, "protection_mark.refused").len(), 3);
}

#[test]
fn a_letter_of_proxy_rests_while_its_holder_is_barred() {
    let app = TestApp::new();
    let principal = citizen(&app);
    let id = record_of(&app, &principal);
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    let apply = || ask(&app, "proxy1", &principal, &principal);
    apply().expect(201);
    let made = mark(&app, "clerk1", &id, &order(&proxy)).expect(201).clone();
    assert_eq!(apply().fields(), [field("/applicant/national_id", "no_letter_of_proxy")]);
    let letter = json!({
        "proxy_username": "proxy1", "principal": principal, "scope": "CASE", "valid_from": "2027-11-23", "valid_to": "2027-12-31"
    });
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send().refused(409, "protected");
    mark_act(&app, "clerk1", &made, ":lift").expect(200);
    mark_act(&app, "chief1", &made, ":lift").expect(200);
    apply().expect(201);
    // Of somebody who is barred by name alone it is revoked.
    mark(&app, "clerk1", &id, &order(&json!({"name": "何代理"}))).expect(201);
    apply().refused(422, "invalid");
    let letters = app.get("/v1/letters-of-proxy").user("proxy1").send().expect(200)["items"].clone();
    assert!(letters.as_array().unwrap().iter().all(|letter| letter["revoked_at"].is_string()), "{letters}");
}

#[test]
fn a_party_who_is_barred_sees_no_place_of_whom_the_mark_protects() {
    let app = TestApp::new();
    let mut body = complete(&app, move_in(PROTECTED));
    let mut party = citizen(&app);
    party["role"] = json!("OTHER");
    body["parties"].as_array_mut().unwrap().push(party);
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let seen = || app.get(&at(&case, "")).user("citizen1").send();
    assert!(seen().expect(200)["fields"]["to_address"].as_str().unwrap().contains("和美鎮"));
    mark(&app, "clerk1", case["parties"][0]["person_id"].as_str().unwrap(), &order(&citizen(&app))).expect(201);
    seen().refused(404, "not_found");
    let staff = app.get(&at(&case, "")).user("clerk1").send().expect(200).clone();
    assert_eq!((&staff["parties"][0]["protected"], &staff["parties"][1]["protected"]), (&json!(true), &json!(false)));
}

#[test]
fn a_member_of_staff_who_is_barred_does_and_sees_nothing_of_it() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let case = take(&app, "clerk1", &matter(PROTECTED)).expect(201).clone();
    let made = mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201).clone();
    name_holder(&app, "clerk2", &person(BARRED), "director1");
    let refused = |answer: Answer| _ = answer.refused(409, "own_request");
    refused(app.get(&format!("/v1/people/{id}/protection-marks")).user("clerk2").send());
    refused(app.get(&format!("/v1/protection-marks/{}", made["id"].as_str().unwrap())).user("clerk2").send());
    refused(app.get(&format!("/v1/people/{id}/facts?purpose=x")).user("clerk2").send());
    app.post(&at(&case, ":reveal")).user("clerk2").json(&json!({"reason": "x"})).send().refused(404, "not_found");
    refused(take(&app, "clerk2", &complete(&app, matter(PROTECTED))));
    refused(mark_act(&app, "clerk2", &made, ":lift"));
    app.post(&at(&case, ":reveal")).user("clerk1").json(&json!({"reason": "核對"})).send().expect(200);
}

#[test]
fn nobody_learns_by_a_key_that_two_numbers_are_one_human() {
    let app = TestApp::new();
    let (one, other) = (known(&app, 111), known(&app, 112));
    let naming = |number: u32| {
        let mut party = person(number);
        party["role"] = json!("OTHER");
        take(&app, "citizen1", &transcript(&app, Some(party))).expect(201).clone()
    };
    let cases = [naming(111), naming(112), naming(111)];
    join(&app, &one, &other).expect(200);
    for case in &cases {
        act(&app, "clerk1", case, ":accept", &json!({"confirm_not_duplicate": true})).expect(200);
    }
    let keys = |user: &str| {
        let key = |case: &Value| app.get(&at(case, "")).user(user).send().expect(200)["parties"][1]["person_id"].clone();
        [key(&cases[0]), key(&cases[1]), key(&cases[2])]
    };
    let outside = keys("citizen1");
    assert_eq!(outside, [0, 1, 2].map(|n: usize| cases[n]["parties"][1]["person_id"].clone()), "nor by its acceptance");
    assert_eq!((outside[0] == outside[1], outside[0] == outside[2]), (false, true));
    assert!(!outside.contains(&json!(one)) && !outside.contains(&json!(other)));
    assert_eq!(keys("clerk1"), [json!(one), json!(other), json!(one)], "each is kept of the record of its number");
    // One's own key is the record's.
    let me = app.get("/v1/me").user("citizen1").send().expect(200)["person"]["id"].clone();
    assert_eq!(app.get(&at(&cases[0], "")).user("citizen1").send().expect(200)["parties"][0]["person_id"], me);
}

#[test]
fn the_person_of_today_stands_beside_an_old_case_for_staff_alone() {
    let app = TestApp::new();
    let mut body = matter(113);
    let mut party = citizen(&app);
    party["role"] = json!("OTHER");
    body["parties"].as_array_mut().unwrap().push(party);
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let id = case["parties"][0]["person_id"].as_str().unwrap().to_owned();
    let settle = json!({"name": "葉新名", "document": {"kind": "ID_CARD", "number": "字第 113 號"}, "reason": "改名"});
    on(&app, "clerk1", &id, ":settle", &settle).expect(200);
    let seen = |path: &str| app.get(path).user("citizen1").send();
    let staff = app.get(&at(&case, "")).user("clerk1").send().expect(200).clone();
    assert_eq!(staff["parties"][0]["today"]["name"], "葉○名");
    for path in [at(&case, ""), "/v1/cases".to_owned(), at(&case, "/history"), at(&case, "/clock")] {
        let answer = seen(&path);
        answer.expect(200);
        assert!(!answer.text.contains('葉') && !answer.text.contains("\"today\""), "{path}: {}", answer.text);
    }
    // Of a case of before names were kept the register has no others to show than today's.
    app.sql(&format!("DELETE FROM case_named WHERE case_id = '{}'", case["id"].as_str().unwrap()));
    let old = seen(&at(&case, ""));
    assert_eq!(
        (&old.expect(200)["parties"][0]["name"], &old.body["parties"][0]["national_id"]),
        (&json!("○"), &json!("**********"))
    );
    assert_eq!(old.body["parties"][1]["name"], "王示範", "oneself");
    assert!(!seen("/v1/cases").text.contains('葉'));
}

#[test]
fn facts_are_shown_for_a_purpose_to_whose_duty_it_is() {
    let app = TestApp::new();
    let id = known(&app, 114);
    let path = format!("/v1/people/{id}/facts");
    let look = |user: &str| app.get(&format!("{path}?purpose=%E9%87%90%E6%B8%85")).user(user).send();
    let without = app.get(&path).user("clerk1").send();
    without.refused(400, "invalid_parameter");
    assert_eq!(without.fields(), [field("?purpose", "required")]);
    look("clerk1").expect(200);
    assert_eq!(told(&app, "person.looked_up")[0]["purpose"], "釐清");
    look("reviewer1").refused(403, "forbidden");
    // A branch desk looks into those of whom it has something at hand.
    look("clerk4").refused(403, "forbidden");
    take(&app, "clerk4", &matter(114)).expect(201);
    look("clerk4").expect(200);
    name_holder(&app, "clerk1", &person(114), "director1");
    look("clerk1").refused(409, "own_request");
    look("clerk2").expect(200);
}
