//! Protection marks on the roads beside applications: call lists, cases of both, acts after the entry, what staff tell, and who
//! moves what from whom.

use serde_json::{Value, json};

use crate::cases::{act, at, own, registered, review, take};
use crate::holders::name_holder;
use crate::known::{complete, matter, named, named_person};
use crate::protection::{BARRED, PROTECTED, ask, certificate, citizen, looking, mark, mark_act, order, record_of, told};
use crate::records::{join, joining, known, on};
use crate::support::{Answer, TestApp, person};

/// Marks a person of the register, from whom another is barred; the record.
fn marked(app: &TestApp, barred: &Value) -> String {
    let id = known(app, PROTECTED);
    mark(app, "clerk1", &id, &order(barred)).expect(201);
    id
}

/// A case by which somebody asks for another's transcript, and shows why.
fn of_interest(app: &TestApp, of: &Value, applicant: &Value) -> Value {
    let mut body = complete(app, looking(of, applicant));
    body["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
    body["fields"]["interest_proof"] = json!("債權憑證 115 年度司促字第 1 號");
    body
}

fn certificate_act(app: &TestApp, user: &str, id: &str, act: &str, body: &Value) -> Answer {
    app.post(&format!("/v1/certificates/{id}{act}")).user(user).if_match("*").json(body).send()
}

#[test]
fn the_call_list_shows_nobody_whom_the_record_itself_keeps_closed() {
    let app = TestApp::new();
    marked(&app, &person(BARRED));
    let asked = ask(&app, "citizen1", &person(PROTECTED), &citizen(&app)).expect(201)["id"].clone();
    let id = asked.as_str().unwrap();
    let contact = json!({"contact": {"phone": "0912345678", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"}});
    let path = format!("/v1/certificates/{id}/contact");
    app.call("PUT", &path).user("citizen1").if_match("*").json(&contact).send().expect(200);
    certificate_act(&app, "clerk1", id, ":issue", &json!({})).expect(200);
    name_holder(&app, "clerk2", &person(BARRED), "director1");
    name_holder(&app, "chief2", &person(PROTECTED), "director1");
    let reveal = |user: &str| {
        let body = json!({"kind": "CERTIFICATE", "reason": "通知領件"});
        app.post("/v1/call-list:reveal").user(user).json(&body).send()
    };
    let note = |user: &str| {
        let body = json!({"kind": "CERTIFICATE", "record": format!("certificates/{id}"), "status": "REACHED"});
        app.post("/v1/call-list:note").user(user).json(&body).send()
    };
    // Whoever is barred from the person, and the person: neither is the one to be called. To the one there is no such call.
    let listed = |user: &str| app.get("/v1/call-list?kind=CERTIFICATE").user(user).send();
    let reach = |user: &str| certificate_act(&app, user, id, ":reveal-contact", &json!({"reason": "x"}));
    reach("clerk2").refused(404, "not_found");
    reach("chief2").refused(409, "own_request");
    for answer in [reveal("clerk2"), listed("clerk2")] {
        assert_eq!(answer.expect(200)["items"], json!([]));
    }
    note("clerk2").refused(404, "not_found");
    for answer in [reveal("chief2"), listed("chief2")] {
        let call = &answer.expect(200)["items"][0];
        let shown = (&call["own_matter"], &call["name"], &call["contact"]);
        assert_eq!(shown, (&json!(true), &json!("○"), &Value::Null));
    }
    note("chief2").refused(409, "own_request");
    assert_eq!(reveal("clerk1").expect(200)["items"][0]["contact"]["phone"], "+886912345678");
    note("clerk1").expect(200);
}

#[test]
fn the_proxy_of_a_certificate_handles_no_contact_of_it_for_the_office() {
    let app = TestApp::new();
    known(&app, 111);
    let mut body = certificate(&person(111), &person(111));
    body["proxy"] = person(103);
    body["letter"] =
        json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "115 年 11 月 20 日委託書"}});
    body["contact"] = json!({"phone": "0912345678"});
    let at_counter = app.post("/v1/certificates").user("clerk1").once().json(&body).send().expect(201)["id"].clone();
    let online = ask(&app, "proxy1", &citizen(&app), &citizen(&app)).expect(201)["id"].clone();
    name_holder(&app, "clerk2", &person(103), "director1");
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    name_holder(&app, "reviewer1", &proxy, "director1");
    let reveal = |user: &str, id: &Value| {
        certificate_act(&app, user, id.as_str().unwrap(), ":reveal-contact", &json!({"reason": "通知領件"}))
    };
    reveal("clerk2", &at_counter).refused(409, "own_request");
    reveal("reviewer1", &online).refused(409, "own_request");
    let change = json!({"contact": {"phone": "0987654321"}, "reason": "更正"});
    let path = format!("/v1/certificates/{}/contact", at_counter.as_str().unwrap());
    app.call("PUT", &path).user("clerk2").if_match("*").json(&change).send().refused(409, "own_request");
    assert_eq!(reveal("clerk1", &at_counter).expect(200)["contact"]["phone"], "+886912345678");
    reveal("clerk1", &online).expect(200);
}

/// Lets a certificate rest on a case that is not registered, as certificates of before can.
fn rested(app: &TestApp, certificate: &Value, case: &Value) {
    let (certificate, case) = (certificate.as_str().unwrap(), case["id"].as_str().unwrap());
    app.sql(&format!("UPDATE certificates SET case_id = '{case}' WHERE id = '{certificate}'"));
}

#[test]
fn a_certificate_moves_with_its_case_by_a_supervisor_alone_and_without_its_contact() {
    let app = TestApp::new();
    let first = known(&app, 112);
    let mut body = matter(112);
    body["contact"] = json!({"phone": "0912345678"});
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let mut asked = certificate(&person(112), &person(112));
    asked["contact"] = json!({"phone": "0912345678"});
    let issued = app.post("/v1/certificates").user("clerk1").once().json(&asked).send().expect(201)["id"].clone();
    rested(&app, &issued, &case);
    let split = json!({
        "sources": [format!("cases/{}", case["id"].as_str().unwrap())],
        "person": {"name": "同號之人", "national_id": person(112)["national_id"]}, "reason": "統一編號重號"
    });
    on(&app, "clerk1", &first, ":part", &split).refused(403, "forbidden");
    on(&app, "chief1", &first, ":part", &split).expect(200);
    let path = format!("/v1/certificates/{}", issued.as_str().unwrap());
    for path in [at(&case, ""), path] {
        assert_eq!(app.get(&path).user("clerk1").send().expect(200)["contact"], Value::Null, "{path}");
    }
}

#[test]
fn what_somebody_applied_for_online_stays_with_its_case() {
    let app = TestApp::new();
    let theirs = record_of(&app, &citizen(&app));
    let mut body = matter(114);
    let mut party = citizen(&app);
    party["role"] = json!("SUBJECT");
    body["parties"] = json!([party]);
    body["applicant"] = citizen(&app);
    body["applicant"]["relation"] = json!("SELF");
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let asked = certificate(&citizen(&app), &citizen(&app));
    let asked = app.post("/v1/certificates").user("citizen1").once().json(&asked).send().expect(201)["id"].clone();
    rested(&app, &asked, &case);
    let other = known(&app, 113);
    let source = format!("cases/{}", case["id"].as_str().unwrap());
    let moved = json!({"sources": [source], "to_person_id": other, "reason": "重號"});
    on(&app, "chief1", &theirs, ":part", &moved).refused(409, "conflict");
}

#[test]
fn a_mark_that_is_entered_after_the_acceptance_stops_the_case_as_well() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let asked = of_interest(&app, &person(PROTECTED), &person(BARRED));
    let (case, reviewed) = (take(&app, "clerk1", &asked).expect(201).clone(), take(&app, "clerk1", &asked).expect(201).clone());
    act(&app, "clerk1", &reviewed, ":submit-for-review", &json!({})).expect(200);
    let plain = take(&app, "clerk1", &complete(&app, matter(115))).expect(201).clone();
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let refused = act(&app, "clerk1", &case, ":submit-for-review", &json!({}));
    assert!(refused.refused(409, "protected")["allowed_actions"].as_array().unwrap().contains(&json!("refuse")));
    review(&app, "reviewer1", &reviewed, "PASS").refused(409, "protected");
    assert_eq!(told(&app, "protection_mark.refused").len(), 2);
    act(&app, "clerk1", &plain, ":submit-for-review", &json!({})).expect(200);
    // Nor does a correction make somebody who is barred its applicant.
    let entered = registered(&app, &of_interest(&app, &person(PROTECTED), &person(103)));
    let barred = [("name", "/applicant/name"), ("national_id", "/applicant/national_id")];
    let changes: Vec<Value> =
        barred.iter().map(|(member, pointer)| json!({"pointer": pointer, "value": person(BARRED)[member]})).collect();
    let body = json!({"changes": changes, "reason": "申請人登載錯誤", "office_error": true});
    act(&app, "clerk1", &entered, ":correct", &body).refused(409, "protected");
}

#[test]
fn a_correction_of_the_applicants_name_alone_is_judged_as_the_application_is() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let entered = registered(&app, &of_interest(&app, &person(PROTECTED), &person(103)));
    mark(&app, "clerk1", &id, &order(&json!({"name": "林罕名"}))).expect(201);
    let correct = |name: &str| {
        let changes = json!([{"pointer": "/applicant/name", "value": name}]);
        act(&app, "clerk1", &entered, ":correct", &json!({"changes": changes, "reason": "登載錯誤", "office_error": true}))
    };
    correct("林罕名").refused(409, "protected");
    correct("林常名").expect(200);
}

/// A case of the protected and a citizen, said in words.
pub fn of_both(app: &TestApp) -> Value {
    let fields = json!({
        "kind": "COMMON", "matter": "住址補註彰美路五段", "before": "彰美路五段1號", "after": "線西鄉和線路100巷5號", "ground": "和線路租約"
    });
    let mut body = own("OTHER_LAW", PROTECTED, fields, &[]);
    body["confirm_not_duplicate"] = json!(true);
    body["contact"] = json!({"phone": "0912345678", "address": "彰化縣線西鄉線西村2鄰和線路100巷5號"});
    let mut party = citizen(app);
    party["role"] = json!("OTHER");
    body["parties"].as_array_mut().unwrap().push(party);
    take(app, "clerk1", &body).expect(201).clone()
}

#[test]
fn nothing_that_was_said_in_words_of_whom_a_mark_protects_is_shown_to_the_barred() {
    let app = TestApp::new();
    let case = of_both(&app);
    let id = case["parties"][0]["person_id"].as_str().unwrap().to_owned();
    let notice = at(&case, "/one-time-notice");
    app.post(&notice).user("clerk1").if_match("*").json(&json!({"given_how": "PHONE"})).send().expect(201);
    mark(&app, "clerk1", &id, &order(&citizen(&app))).expect(201);
    name_holder(&app, "clerk2", &citizen(&app), "director1");
    let hidden = |answer: &Answer, user: &str| {
        answer.expect(200);
        for word in ["彰美路", "和線路", "HEMEI", "線西", "租約"] {
            assert!(!answer.text.contains(word), "{user} {word}: {}", answer.text);
        }
    };
    // Whoever is named beside them, and is nobody of whom something is entered, is shown nothing of it; to staff who are barred there is no
    // such case.
    for user in ["citizen1", "clerk2"] {
        for form in ["", "/history", "/one-time-notice"] {
            app.get(&at(&case, form)).user(user).send().refused(404, "not_found");
        }
        for form in ["", ".txt", ".pdf"] {
            app.get(&format!("{notice}{form}")).user(user).send().refused(404, "not_found");
        }
        let list = app.get("/v1/cases?limit=100").user(user).send();
        assert!(!list.expect(200).to_string().contains(case["id"].as_str().unwrap()), "{user}: {}", list.text);
    }
    let search = json!({"national_id": person(PROTECTED)["national_id"], "reason": "查詢"});
    hidden(&app.post("/v1/cases:search").user("clerk2").json(&search).send(), "clerk2");
    // Everybody else sees it as before.
    let seen = app.get(&at(&case, "")).user("clerk1").send();
    assert_eq!((&seen.expect(200)["number"], &seen.body["fields"]["before"]), (&case["number"], &json!("彰美路五段1號")));
    app.get(&notice).user("clerk1").send().expect(200);
}

#[test]
fn no_reason_of_staff_tells_the_barred_that_a_mark_stands() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let looked = take(&app, "clerk1", &of_interest(&app, &person(PROTECTED), &citizen(&app))).expect(201).clone();
    let both = of_both(&app);
    let asks = || ask(&app, "citizen1", &person(PROTECTED), &citizen(&app)).expect(201)["id"].as_str().unwrap().to_owned();
    let (withdrawn, voided, own) = (asks(), asks(), asks());
    certificate_act(&app, "clerk1", &voided, ":issue", &json!({})).expect(200);
    mark(&app, "clerk1", &id, &order(&citizen(&app))).expect(201);
    let why = json!({"reason": "當事人受家庭暴力保護"});
    certificate_act(&app, "clerk1", &withdrawn, ":withdraw", &why).expect(200);
    certificate_act(&app, "clerk2", &voided, ":void", &why).expect(200);
    certificate_act(&app, "citizen1", &own, ":withdraw", &json!({"reason": "不需要了"})).expect(200);
    let reason = |id: &str| app.get(&format!("/v1/certificates/{id}")).user("citizen1").send().expect(200)["reason"].clone();
    let no_right = json!("不符申請資格（戶籍法 §65）");
    assert_eq!((reason(&withdrawn), reason(&voided), reason(&own)), (no_right.clone(), no_right.clone(), json!("不需要了")));
    for case in [&both, &looked] {
        act(&app, "clerk1", case, ":refuse", &why).expect(200);
    }
    let history = app.get(&at(&looked, "/history")).user("citizen1").send();
    let last = history.expect(200)["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["reason"]), (&json!("refused"), &no_right));
    assert!(!history.text.contains("保護"), "{}", history.text);
    app.get(&at(&both, "/history")).user("citizen1").send().refused(404, "not_found");
    assert_eq!(told(&app, "case.refused")[0]["purpose"], "當事人受家庭暴力保護");
}

#[test]
fn another_name_or_a_mistyped_number_lets_nobody_pass_who_is_barred() {
    let app = TestApp::new();
    let id = known(&app, 116);
    mark(&app, "clerk1", &id, &order(&json!({"name": "林大同"}))).expect(201);
    let case = take(&app, "clerk1", &named(matter(117), "林大同")).expect(201).clone();
    ask(&app, "clerk1", &person(116), &named_person(117, "林大同")).refused(409, "protected");
    let settle = json!({"name": "林小同", "document": {"kind": "ID_CARD", "number": "字第 117 號"}, "reason": "改名"});
    on(&app, "clerk1", case["parties"][0]["person_id"].as_str().unwrap(), ":settle", &settle).expect(200);
    ask(&app, "clerk1", &person(116), &named_person(117, "林小同")).refused(409, "protected");
    // A number by which nobody of that name is known may be mistyped: the name counts then.
    let other = known(&app, 118);
    let mistyped = json!({"name": person(119)["name"], "national_id": person(199)["national_id"]});
    mark(&app, "clerk1", &other, &order(&mistyped)).expect(201);
    let asked = || ask(&app, "clerk1", &person(118), &person(119));
    asked().refused(409, "protected");
    ask(&app, "clerk1", &person(118), &person(120)).expect(201);
    // Two of one name are two people, once either is known by their number.
    take(&app, "clerk1", &named(matter(199), person(119)["name"].as_str().unwrap())).expect(201);
    asked().expect(201);
}

#[test]
fn nobody_ends_a_protection_alone_by_parting_records() {
    let app = TestApp::new();
    let (one, other) = (known(&app, PROTECTED), known(&app, 121));
    join(&app, &one, &other).expect(200);
    mark(&app, "clerk1", &one, &order(&person(BARRED))).expect(201);
    let asked = |number: u32| ask(&app, "clerk1", &person(number), &person(BARRED));
    asked(121).refused(409, "protected");
    on(&app, "chief2", &one, ":part", &json!({"reason": "並非同一人"})).expect(200);
    asked(PROTECTED).refused(409, "protected");
    asked(121).refused(409, "protected");
    let marks = |id: &str| {
        let list = app.get(&format!("/v1/people/{id}/protection-marks")).user("clerk1").send().expect(200)["items"].clone();
        list.as_array().unwrap().clone()
    };
    assert_eq!((marks(&one).len(), marks(&other).len()), (1, 1));
    let copy = &marks(&other)[0];
    assert_eq!((&copy["person_id"], &copy["in_force"], &copy["confirmed_at"]), (&json!(other), &json!(true), &Value::Null));
    assert_eq!(told(&app, "protection_mark.entered").len(), 2);
    // Nor by moving a case to another record.
    let case = take(&app, "clerk1", &complete(&app, matter(PROTECTED))).expect(201).clone();
    let twin = named_person(PROTECTED, "同號之人");
    let split = json!({
        "sources": [format!("cases/{}", case["id"].as_str().unwrap())], "reason": "統一編號重號",
        "person": {"name": twin["name"], "national_id": twin["national_id"]}
    });
    on(&app, "clerk1", &one, ":part", &split).expect(200);
    ask(&app, "clerk1", &twin, &person(BARRED)).refused(409, "protected");
}

#[test]
fn a_branch_desk_acts_on_nobody_of_whom_it_has_no_matter_at_hand() {
    let app = TestApp::new();
    let (id, other) = (known(&app, 122), known(&app, 123));
    // A mark protects at once, wherever somebody asks for it.
    let entered = mark(&app, "clerk4", &id, &order(&person(BARRED))).expect(201).clone();
    assert_eq!(entered["allowed_actions"], json!([]));
    let path = format!("/v1/protection-marks/{}", entered["id"].as_str().unwrap());
    let forbidden = |answer: Answer| _ = answer.refused(403, "forbidden");
    forbidden(app.get(&path).user("clerk4").send());
    forbidden(app.get(&format!("/v1/people/{id}/protection-marks")).user("clerk4").send());
    for act in [":confirm", ":lift"] {
        forbidden(mark_act(&app, "clerk4", &entered, act));
    }
    let document = json!({"kind": "ID_CARD", "number": "字第 122 號"});
    let settle = json!({"birth_on": "1990", "document": document, "reason": "證件"});
    forbidden(on(&app, "clerk4", &id, ":settle", &settle));
    forbidden(on(&app, "clerk4", &id, ":join", &joining(&other)));
    forbidden(on(&app, "clerk4", &id, ":part", &json!({"reason": "x"})));
    forbidden(on(&app, "clerk4", &id, ":strike-document", &json!({"document": document, "reason": "偽造"})));
    assert_eq!(app.get(&format!("/v1/people/{id}")).user("clerk4").send().expect(200)["allowed_actions"], json!([]));
    mark_act(&app, "clerk2", &entered, ":confirm").expect(200);
    take(&app, "clerk4", &matter(122)).expect(201);
    app.get(&path).user("clerk4").send().expect(200);
    on(&app, "clerk4", &id, ":settle", &settle).expect(200);
}
