//! Whom a matter names keeps away from it, on whichever side of the desk (行政程序法 §32); and who was kept away is in the audit
//! log.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, registered, review, tag, take};
use crate::certificates::{apply, letter_of, transcript};
use crate::holders::name_holder;
use crate::identity::user;
use crate::known::{GROWN, code, complete, declared, field, married, matter, paper, prove};
use crate::records::{join, known, on};
use crate::status::person_id;
use crate::support::{Answer, TestApp, female, person};
use crate::unnumbered::passport;

const ONE: u32 = 91;
const OTHER: u32 = 92;

fn refused(answer: &Answer) {
    answer.refused(409, "own_request");
}

/// A marriage with two witnesses.
fn wedding(app: &TestApp, number: u32, witnesses: [u32; 2]) -> Value {
    let mut body = married(app, number, number + 1, GROWN);
    body["fields"]["witnesses"] = json!(witnesses.map(person));
    body
}

fn account(app: &TestApp, username: &str) -> Value {
    app.get("/v1/me").user(username).send().expect(200)["id"].clone()
}

/// The lines of the audit log for refusals of a kind.
fn kept(app: &TestApp, action: &str) -> Vec<Value> {
    let log = app.get(&format!("/v1/audit-log?action={action}")).user("director1").send();
    log.expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn a_witness_neither_takes_nor_reviews_nor_decides_on_nor_checks_the_case() {
    let app = TestApp::new();
    for (username, who) in [("clerk1", ONE), ("chief2", ONE), ("reviewer1", OTHER)] {
        name_holder(&app, username, &person(who), "director1");
    }
    refused(&take(&app, "clerk1", &wedding(&app, 31, [ONE, OTHER])));
    let case = take(&app, "clerk2", &wedding(&app, 31, [ONE, OTHER])).expect(201).clone();
    refused(&act(&app, "chief1", &case, ":assign", &json!({"clerk_id": account(&app, "clerk1")})));
    refused(&act(&app, "chief2", &case, ":submit-for-review", &json!({})));
    act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
    refused(&review(&app, "reviewer1", &case, "PASS"));
    let seen = app.get(&at(&case, "")).user("reviewer1").send().expect(200).clone();
    assert_eq!(seen["allowed_actions"], json!([]));
    review(&app, "reviewer2", &case, "PASS").expect(201);
    act(&app, "clerk2", &case, ":revoke", &json!({"reason": "重複登記", "office_error": false})).expect(200);
    refused(&act(&app, "chief2", &case, ":approve-change", &json!({})));
    act(&app, "chief1", &case, ":reject-change", &json!({"reason": "查無重複"})).expect(200);
    // Drawn by one of the witnesses, it is another's to check.
    let plan = app.post("/v1/spot-check-plans").user("chief1").json(&json!({"period": "115-11"})).send().expect(201).clone();
    let draw = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    app.post(&draw).user("chief2").if_match("*").json(&json!({})).send().expect(201);
    let check = app.get("/v1/spot-checks").user("chief1").send().expect(200)["items"][0].clone();
    let check = format!("/v1/spot-checks/{}", check["id"].as_str().unwrap());
    let tag = app.get(&check).user("chief1").send().etag().to_owned();
    refused(&app.post(&format!("{check}/findings")).user("chief2").if_match(&tag).json(&json!({"result": "CLEAR"})).send());
}

#[test]
fn nobody_makes_themselves_a_witness_of_what_they_work_on() {
    let app = TestApp::new();
    name_holder(&app, "clerk1", &person(ONE), "director1");
    let case = take(&app, "clerk1", &wedding(&app, 31, [903, 904])).expect(201).clone();
    let edit = |witnesses: [u32; 2]| {
        let fields = &wedding(&app, 31, witnesses)["fields"];
        let call = app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag(&app, &case));
        call.json(&json!({"fields": fields})).send()
    };
    refused(&edit([ONE, 904]));
    edit([903, 905]).expect(200);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &case, "PASS").expect(201);
    let number = person(ONE)["national_id"].clone();
    let changes = json!([{"pointer": "/fields/witnesses/0/national_id", "value": number}]);
    let body = json!({"changes": changes, "reason": "依證明更正", "office_error": false});
    refused(&act(&app, "clerk1", &case, ":correct", &body));
    act(&app, "chief1", &case, ":correct", &body).expect(200);
}

#[test]
fn whoever_applied_as_a_proxy_does_nothing_with_the_certificate_and_is_shown_whatever_becomes_of_them() {
    let app = TestApp::new();
    letter_of(&app, &person(5));
    let asked = apply(&app, "proxy1", &transcript(5)).expect(201).clone();
    let path = format!("/v1/certificates/{}", asked["id"].as_str().unwrap());
    let proxy = app.get(&path).user("clerk1").send().expect(200)["proxy"].clone();
    assert!(proxy.is_string(), "{asked}");
    let (account, tag) = user(&app, "proxy1");
    app.post(&format!("{account}:suspend")).user("admin1").if_match(&tag).send().expect(200);
    let list = app.get("/v1/certificates").user("clerk1").send().expect(200).clone();
    for seen in [&app.get(&path).user("clerk1").send().expect(200).clone(), &list["items"][0]] {
        assert_eq!(seen["proxy"], proxy);
    }
}

#[test]
fn who_was_kept_from_an_act_stands_in_the_audit_log_once_an_hour() {
    let app = TestApp::new();
    name_holder(&app, "clerk1", &person(ONE), "director1");
    for _ in 0..3 {
        refused(&take(&app, "clerk1", &wedding(&app, 31, [ONE, OTHER])));
    }
    let case = take(&app, "clerk2", &wedding(&app, 31, [ONE, OTHER])).expect(201).clone();
    refused(&act(&app, "chief1", &case, ":assign", &json!({"clerk_id": account(&app, "clerk1")})));
    let lines = kept(&app, "own_request.refused");
    let told: Vec<_> = lines.iter().map(|line| (&line["operation"], &line["subject"])).collect();
    let record = json!(format!("cases/{}", case["id"].as_str().unwrap()));
    assert_eq!(told, [(&json!("assign_case"), &record), (&json!("create_case"), &json!("cases"))]);
    let actor = format!("accounts/{}", account(&app, "clerk1").as_str().unwrap());
    assert_eq!((&lines[1]["actor"], &lines[1]["client"]), (&json!(actor), &json!("huzheng")));
    assert_eq!((kept(&app, "same_person.refused").len(), kept(&app, "holder_required.refused").len()), (0, 0));
    act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
    app.sql("UPDATE accounts SET holder = NULL WHERE username = 'reviewer1'");
    review(&app, "reviewer1", &case, "PASS").refused(409, "holder_required");
    assert_eq!(kept(&app, "holder_required.refused")[0]["operation"], "create_review");
    let proof = app.get("/v1/audit-log:verify").user("director1").send();
    assert_eq!(proof.expect(200)["intact"], true);
}

#[test]
fn a_flood_of_refusals_does_not_fill_the_audit_log() {
    let app = TestApp::new();
    name_holder(&app, "clerk1", &person(ONE), "director1");
    let records: Vec<Value> =
        (0..70).map(|_| take(&app, "clerk2", &wedding(&app, 31, [ONE, OTHER])).expect(201).clone()).collect();
    for case in &records {
        let withdraw = app.post(&at(case, ":withdraw")).user("clerk1").if_match("*").json(&json!({"reason": "不辦了"}));
        refused(&withdraw.send());
    }
    let log = app.get("/v1/audit-log?action=own_request.refused&include_total=true&limit=1").user("director1").send();
    let total = log.expect(200)["total"].as_i64().unwrap();
    assert!((60..=62).contains(&total), "{total}");
}

#[test]
fn nobody_is_offered_to_settle_alone_what_an_account_was_proven_by() {
    let app = TestApp::new();
    let token = declared(&app, "owner", &person(80), "1990-05-04");
    let id = known(&app, 80);
    let settles = |user: &str| {
        let seen = app.get(&format!("/v1/people/{id}")).user(user).send().expect(200).clone();
        seen["allowed_actions"].as_array().unwrap().contains(&json!("settle"))
    };
    assert!(settles("clerk2") && settles("chief1"));
    prove(&app, &paper(&code(&app, &token), &person(80))).expect(201);
    assert!(!settles("clerk2") && settles("chief1"));
}

#[test]
fn a_join_makes_nobody_both_parents_of_a_child() {
    let app = TestApp::new();
    let mut body = birth(50);
    body["fields"]["national_id"] = female(60)["national_id"].clone();
    registered(&app, &body);
    let (mother, father) = (person_id(&app, &female(50)), person_id(&app, &person(50)));
    for (from, into) in [(&mother, &father), (&father, &mother)] {
        let answer = join(&app, from, into);
        answer.refused(409, "conflict");
        assert_eq!(answer.fields(), [field("/into_person_id", "same_person")]);
    }
}

#[test]
fn what_the_office_sees_for_itself_follows_the_case() {
    let app = TestApp::new();
    let plain = married(&app, 1, 2, GROWN);
    let mut foreign = plain.clone();
    foreign["parties"][1] = json!({
        "role": "SPOUSE", "name": "NGUYEN THI MINH", "birth_on": "1981-01-01",
        "identified_by": {"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C1234567"}
    });
    let case = take(&app, "clerk1", &foreign).expect(201).clone();
    let seen = |case: &Value| (case["circumstances"].clone(), case["missing_papers"].as_array().unwrap().len());
    assert_eq!(seen(&case), (json!(["FOREIGN_PARTY"]), 1));
    let edit = |body: Value| {
        let call = app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag(&app, &case));
        call.json(&body).send().expect(200).clone()
    };
    assert_eq!(seen(&edit(json!({"parties": plain["parties"]}))), (json!([]), 0));
    // What was named stays until it is named no more.
    assert_eq!(seen(&edit(json!({"circumstances": ["MARRIED_ABROAD"]}))).0, json!(["MARRIED_ABROAD"]));
    assert_eq!(seen(&edit(json!({"parties": foreign["parties"]}))).0, json!(["MARRIED_ABROAD", "FOREIGN_PARTY"]));
    assert_eq!(seen(&edit(json!({"circumstances": []}))).0, json!(["FOREIGN_PARTY"]));
}

/// A birth whose father shows no paper at all.
fn birth_of_unknown(number: u32, name: &Value, birth_on: &str) -> Value {
    let mut body = birth(number);
    body["parties"][1] = json!({
        "name": name, "identified_by": {"kind": "NO_NUMBER", "reason": "UNKNOWN"}, "role": "FATHER", "birth_on": birth_on
    });
    (body["fields"]["surname_from"], body["confirm_not_duplicate"]) = (json!("MOTHER"), json!(true));
    body
}

/// The record of somebody in the office, and an application, which nobody works on, of a birth whose father nothing tells from them.
fn father_alike(app: &TestApp) -> (Value, Value) {
    let mut theirs = matter(ONE);
    theirs["parties"][0]["birth_on"] = json!("1988-03-09");
    let own = take(app, "clerk2", &theirs).expect(201)["parties"][0]["person_id"].clone();
    name_holder(app, "clerk1", &person(ONE), "director1");
    let case = take(app, "clerk2", &birth_of_unknown(43, &person(ONE)["name"], "1988-03-09")).expect(201).clone();
    app.sql(&format!("UPDATE cases SET clerk = NULL WHERE id = '{}'", case["id"].as_str().unwrap()));
    (own, case)
}

#[test]
fn whom_no_number_tells_from_a_member_of_staff_is_theirs_until_a_supervisor_says_that_it_is_another_human() {
    let app = TestApp::new();
    let (own, case) = father_alike(&app);
    let name = person(ONE)["name"].clone();
    // A name alone is many people's, and so are a name and another day.
    take(&app, "clerk1", &birth_of_unknown(41, &name, "1988-03-10")).expect(201);
    take(&app, "clerk1", &birth_of_unknown(42, &json!("林別人"), "1988-03-09")).expect(201);
    refused(&take(&app, "clerk1", &birth_of_unknown(44, &name, "1988-03-09")));
    let withdraw = || act(&app, "clerk1", &case, ":withdraw", &json!({"reason": "不辦了"}));
    refused(&withdraw());
    let father = case["parties"][1]["person_id"].as_str().unwrap();
    let note = |user: &str, reason: &str| on(&app, user, father, ":part", &json!({"to_person_id": own, "reason": reason}));
    refused(&note("clerk1", "非本人"));
    note("clerk2", "非同一人").refused(403, "forbidden");
    note("chief1", "同名同日生，經查非同一人").expect(200);
    withdraw().expect(200);
    // Of the next one it is to be seen anew.
    refused(&take(&app, "clerk1", &birth_of_unknown(44, &name, "1988-03-09")));
    let reasons = app.contents()["person_joins"].join("");
    assert!(!reasons.contains("經查"), "{reasons}");
}

#[test]
fn that_it_is_another_human_falls_with_the_false_paper_that_said_so() {
    let app = TestApp::new();
    let (own, case) = father_alike(&app);
    let withdraw = || act(&app, "clerk1", &case, ":withdraw", &json!({"reason": "不辦了"}));
    let father = case["parties"][1]["person_id"].as_str().unwrap();
    let note = |number: &str| {
        let paper = json!({"kind": "COURT_RULING", "number": number});
        let noted = json!({"to_person_id": own, "document": paper, "reason": "經查非同一人"});
        on(&app, "chief1", father, ":part", &noted).expect(200);
        paper
    };
    let strike = |paper: &Value| {
        let struck = json!({"document": paper, "reason": "判決係偽造"});
        on(&app, "chief2", father, ":strike-document", &struck)
    };
    let paper = note("115 年度家字第 9 號");
    strike(&paper).expect(200);
    assert_eq!(strike(&paper).fields(), [field("/document/number", "not_found")]);
    refused(&withdraw());
    note("115 年度家字第 10 號");
    withdraw().expect(200);
}

#[test]
fn a_correction_to_whom_no_number_tells_from_a_member_of_staff_is_not_theirs_to_decide_on() {
    let app = TestApp::new();
    let mut theirs = matter(ONE);
    theirs["parties"][0]["birth_on"] = json!("1988-03-09");
    take(&app, "clerk2", &theirs).expect(201);
    name_holder(&app, "chief2", &person(ONE), "director1");
    let mut body = complete(&app, matter(50));
    let other = json!({"role": "OTHER", "name": "阮文明", "birth_on": "1988-03-09", "identified_by": passport("C5100001")});
    body["parties"].as_array_mut().unwrap().push(other);
    let case = registered(&app, &body);
    let name = json!({"pointer": "/parties/1/name", "value": person(ONE)["name"]});
    let paper = json!({"pointer": "/parties/1/identified_by", "value": passport("C5100002")});
    for changes in [json!([name]), json!([name, paper])] {
        let body = json!({"changes": changes, "reason": "登載錯誤", "office_error": false});
        act(&app, "clerk1", &case, ":correct", &body).expect(200);
        refused(&act(&app, "chief2", &case, ":approve-change", &json!({})));
        act(&app, "chief1", &case, ":reject-change", &json!({"reason": "查無錯誤"})).expect(200);
    }
    let other = json!([{"pointer": "/parties/1/name", "value": "阮文雄"}]);
    let body = json!({"changes": other, "reason": "登載錯誤", "office_error": false});
    act(&app, "clerk1", &case, ":correct", &body).expect(200);
    act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
}

#[test]
fn a_namesake_with_a_number_of_their_own_is_somebody_else() {
    let app = TestApp::new();
    let born = |number: u32, name: &Value| {
        let mut body = matter(number);
        (body["parties"][0]["birth_on"], body["parties"][0]["name"]) = (json!("1988-03-09"), name.clone());
        body["applicant"]["name"] = name.clone();
        body
    };
    let name = person(ONE)["name"].clone();
    take(&app, "clerk2", &born(ONE, &name)).expect(201);
    name_holder(&app, "clerk1", &person(ONE), "director1");
    take(&app, "clerk1", &born(OTHER, &name)).expect(201);
}

#[test]
fn whom_no_number_tells_from_a_relative_is_kept_from_the_clerk_whose_relative_it_may_be() {
    let app = TestApp::new();
    let mut wedding = married(&app, 31, 32, GROWN);
    wedding["parties"][1]["birth_on"] = json!("1990-05-04");
    registered(&app, &wedding);
    name_holder(&app, "clerk1", &person(31), "director1");
    refused(&take(&app, "clerk1", &birth_of_unknown(43, &female(32)["name"], "1990-05-04")));
    take(&app, "clerk1", &birth_of_unknown(44, &female(32)["name"], "1991-05-04")).expect(201);
}
