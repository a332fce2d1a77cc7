//! Registration cases: intake, notices, review, corrections, clocks, queues, and who sees what.

use serde_json::{Value, json};

use crate::reader::Reading;
use crate::support::{Answer, TestApp, female, person};

/// Papers of a birth by the mother, all of them, with the acknowledgment of a father of whom no marriage is known.
pub const BIRTH_PAPERS: [&str; 6] = ["ID_CARD", "SEAL_OR_SIGNATURE", "HH_CERT", "BIRTH_CERTIFICATE", "ACK_PROOF", "PARENTS_ID"];

/// An application for a birth, by invented parents.
pub fn birth(number: u32) -> Value {
    let (mut mother, mut father) = (female(number), person(number));
    (mother["role"], father["role"]) = (json!("MOTHER"), json!("FATHER"));
    (mother["birth_on"], father["birth_on"]) = (json!("1995-05-04"), json!("1993-02-11"));
    let mut applicant = female(number);
    applicant["relation"] = json!("MOTHER");
    json!({
        "type_code": "BIRTH", "event_on": "2026-11-10", "parties": [mother, father], "applicant": applicant,
        "fields": {
            "kind": "BIRTH", "child_name": "測小安", "sex": "FEMALE", "surname_from": "FATHER", "birth_place": "HOSPITAL",
            "certificate_number": format!("出字第 {number:07} 號"), "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1
        },
        "papers": BIRTH_PAPERS
    })
}

/// An application of one person for themself.
pub fn own(type_code: &str, number: u32, fields: Value, papers: &[&str]) -> Value {
    let (mut subject, mut applicant) = (person(number), person(number));
    (subject["role"], applicant["relation"]) = (json!("SUBJECT"), json!("SELF"));
    json!({"type_code": type_code, "parties": [subject], "applicant": applicant, "fields": fields, "papers": papers})
}

pub fn move_in(number: u32) -> Value {
    let fields = json!({
        "kind": "MOVE_IN", "from_address": "臺中市北區三民路一段2號", "to_address": "彰化縣和美鎮和東里1鄰彰美路五段1號",
        "extent": "MEMBERS", "household_head": "王大明", "new_household": false
    });
    let mut body = own("MOVE_IN", number, fields, &[]);
    body["event_on"] = json!("2026-11-20");
    body
}

/// What the office sees for itself in most cases of the suite: their papers are shown with those that are always asked for.
const SEEN: [&str; 3] = ["ALWAYS", "APPOINTED_BY_COURT", "EACH_PARTY"];

/// All papers that a type always asks for, with every alternative; of the rights of a parent those by agreement.
pub fn papers_of(app: &TestApp, type_code: &str) -> Vec<Value> {
    let list = app.get(&format!("/v1/case-types/{type_code}")).send();
    let papers = list.expect(200)["papers"].as_array().unwrap().clone();
    let is_seen = |paper: &Value| SEEN.iter().any(|when| paper["when"] == *when);
    let is_asked = |paper: &Value| is_seen(paper) || paper["one_of"].is_string() && paper["when"] != "BY_COURT";
    papers.into_iter().filter(is_asked).map(|paper| paper["document"].clone()).collect()
}

pub fn take(app: &TestApp, user: &str, body: &Value) -> Answer {
    app.post("/v1/cases").user(user).once().json(body).send()
}

pub fn at(case: &Value, act: &str) -> String {
    format!("/v1/cases/{}{act}", case["id"].as_str().unwrap())
}

/// The version that a case has now.
pub fn tag(app: &TestApp, case: &Value) -> String {
    app.get(&at(case, "")).user("director1").send().etag().to_owned()
}

pub fn act(app: &TestApp, user: &str, case: &Value, act: &str, body: &Value) -> Answer {
    let tag = tag(app, case);
    app.post(&at(case, act)).user(user).if_match(&tag).json(body).send()
}

pub fn review(app: &TestApp, user: &str, case: &Value, result: &str) -> Answer {
    let finding = json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"});
    let findings = if result == "PASS" { json!([]) } else { json!([finding]) };
    act(app, user, case, "/reviews", &json!({"result": result, "findings": findings}))
}

/// Corrects a registered case by two people.
pub fn correct(app: &TestApp, case: &Value, changes: Value) -> Answer {
    let body = json!({"changes": changes, "reason": "依證明更正", "office_error": false});
    let proposed = act(app, "clerk1", case, ":correct", &body);
    if proposed.status != 200 {
        return proposed;
    }
    act(app, "chief1", case, ":approve-change", &json!({}))
}

/// Revokes a registered case by two people.
pub fn revoke(app: &TestApp, case: &Value) -> Value {
    act(app, "clerk1", case, ":revoke", &json!({"reason": "重複登記", "office_error": false})).expect(200);
    act(app, "chief1", case, ":approve-change", &json!({})).expect(200).clone()
}

/// Takes an application through to the register.
pub fn registered(app: &TestApp, body: &Value) -> Value {
    let case = take(app, "clerk1", body).expect(201).clone();
    act(app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(app, "reviewer1", &case, "PASS").expect(201);
    app.get(&at(&case, "")).user("clerk1").send().expect(200).clone()
}

/// How many cases stand in a queue.
pub fn count_of(app: &TestApp, user: &str, queue: &str) -> Value {
    let queues = app.get("/v1/queues").user(user).send();
    let queues = queues.expect(200)["items"].as_array().unwrap();
    queues.iter().find(|one| one["queue"] == queue).unwrap()["count"].clone()
}

#[test]
fn all_75_types_are_published_with_their_papers() {
    let app = TestApp::new();
    let list = app.get("/v1/case-types").send();
    assert_eq!(list.expect(200)["items"].as_array().unwrap().len(), 75);
    let birth = app.get("/v1/case-types/BIRTH").send();
    assert_eq!((birth.expect(200)["period"].as_str(), birth.body["form"].as_str()), (Some("60D"), Some("BIRTH")));
    app.get("/v1/case-types/NONE").send().refused(404, "not_found");
}

#[test]
fn a_case_keeps_the_version_under_which_it_began() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let old = app.get("/v1/case-types/BIRTH").send();
    let mut rules = old.expect(200).clone();
    for member in ["code", "version", "valid_from", "party_roles"] {
        rules.as_object_mut().unwrap().remove(member);
    }
    rules["papers"] = json!([]);
    let body = json!({"valid_from": "2026-11-23", "reason": "簡化", "rules": rules});
    let put =
        |user: &str, tag: &str, body: &Value| app.call("PUT", "/v1/case-types/BIRTH").user(user).if_match(tag).json(body).send();
    assert_eq!(put("chief1", old.etag(), &body).expect(200)["version"], 2);
    put("chief1", old.etag(), &body).refused(412, "version_mismatch");
    let mut early = body.clone();
    early["valid_from"] = json!("2026-11-22");
    put("chief1", "\"v2\"", &early).refused(422, "invalid");
    let mut next = birth(2);
    next["papers"] = json!([]);
    assert_eq!(take(&app, "clerk1", &next).expect(201)["type_version"], 2);
    assert_eq!(app.get(&at(&case, "")).user("clerk1").send().expect(200)["type_version"], 1);
}

#[test]
fn one_call_takes_a_birth_with_number_and_clock() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1));
    let body = case.expect(201);
    assert_eq!(body["number"], "115-HEMEI-000001");
    assert_eq!((body["status"].as_str(), body["late"].as_bool()), (Some("ACCEPTED"), Some(false)));
    assert_eq!(body["legal_due_on"], "2027-01-11", "sixty days end on Saturday 9 January: Monday");
    assert_eq!(body["due"]["at"], "2026-11-23T23:59:59+08:00");
    assert_eq!(body["applicant"]["national_id"].as_str().unwrap().len(), 10);
    assert!(body["applicant"]["national_id"].as_str().unwrap().contains("*****"));
    assert_eq!(body["fields"]["child_name"], "測○安");
    assert_eq!(body["missing_papers"], json!([]));
    assert_eq!(case.headers["location"], at(body, ""));
}

#[test]
fn numbers_run_without_gaps_per_service_point_whatever_is_refused_between() {
    let app = TestApp::new();
    take(&app, "clerk1", &birth(1)).expect(201);
    take(&app, "clerk1", &birth(1)).refused(409, "possible_duplicate");
    let mut broken = birth(2);
    broken["event_on"] = json!("2027-01-01");
    take(&app, "clerk1", &broken).refused(422, "invalid");
    assert_eq!(take(&app, "clerk2", &birth(3)).expect(201)["number"], "115-HEMEI-000002");
    assert_eq!(take(&app, "clerk3", &birth(4)).expect(201)["number"], "115-XIANXI-000001");
}

#[test]
fn clerks_at_once_get_numbers_of_their_own() {
    let app = TestApp::new();
    app.token("clerk1");
    let numbers: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
        let app = &app;
        let threads: Vec<_> = (0..8u32)
            .map(|thread| {
                scope.spawn(move || {
                    let take =
                        |n: u32| take(app, "clerk1", &birth(thread * 10 + n)).expect(201)["number"].as_str().unwrap().to_owned();
                    (1..=5).map(take).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(numbers.len(), 40);
    assert_eq!(numbers.last().unwrap(), "115-HEMEI-000040");
}

#[test]
fn every_broken_rule_is_named_with_its_law() {
    let app = TestApp::new();
    let refuse = |body: &Value| {
        let answer = app.post("/v1/cases:check").header("Accept-Language", "en").json(body).send();
        answer.refused(422, "invalid");
        (answer.fields(), answer.text)
    };
    let fields_of = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let mut body = birth(1);
    body["event_on"] = json!("2010-01-01");
    body["applicant"]["relation"] = json!("UNDERTAKER");
    body["papers"] = json!(["ID_CARD", "PHOTO"]);
    body["circumstances"] = json!(["FULL_MOON"]);
    let (fields, text) = refuse(&body);
    for wanted in [
        fields_of("/event_on", "range"),
        fields_of("/applicant/relation", "not_allowed"),
        fields_of("/papers/1", "unknown"),
        fields_of("/circumstances/0", "unknown"),
    ] {
        assert!(fields.contains(&wanted), "{wanted:?} in {fields:?}");
    }
    assert!(text.contains("戶籍法 §6"), "{text}");
    let mut body = birth(1);
    body["fields"]["weight_g"] = json!(20000);
    assert_eq!(refuse(&body).0, [fields_of("/fields/weight_g", "range")]);
    body["fields"] = json!({"kind": "BIRTH", "child_name": "測小安"});
    assert_eq!(refuse(&body).0[0].1, "required");
    body["fields"] = json!({"kind": "DEATH"});
    assert_eq!(refuse(&body).0, [fields_of("/fields/kind", "not_allowed")]);
    let mut body = birth(1);
    body["type_code"] = json!("NONE");
    assert_eq!(refuse(&body).0, [fields_of("/type_code", "unknown")]);
    let mut body = birth(1);
    body["channel"] = json!("FAX");
    assert_eq!(refuse(&body).0, [fields_of("/channel", "not_allowed")]);
}

#[test]
fn the_forms_know_their_law() {
    let app = TestApp::new();
    let (one, two) = (person(1)["national_id"].clone(), female(2)["national_id"].clone());
    let witness = |n: u32| person(n);
    let cases = [
        // Two witnesses who are no parties, both of age (民法 §980, §982).
        ("MARRIAGE", json!({"kind": "MARRIAGE", "abroad": false, "witnesses": [witness(1), witness(1)]}), "/fields/witnesses"),
        ("UID_CHANGE", json!({"kind": "UID", "old_number": two, "new_number": one, "reason": "DUPLICATE"}), "/fields/old_number"),
        (
            "NAME_GIVEN",
            json!({"kind": "NAME", "old_name": "王小明", "new_name": "王曉明", "reason": "SPECIAL_REASON", "earlier_changes": 3, "barred": false}),
            "/fields/earlier_changes",
        ),
        ("ID_REISSUE", json!({"kind": "ID_CARD", "photo_taken_on": "2026-01-01"}), "/fields/loss_report_number"),
        ("ID_REPLACE", json!({"kind": "ID_CARD", "photo_taken_on": "2024-01-01"}), "/fields/photo_taken_on"),
        (
            "PASSPORT_ID",
            json!({"kind": "PASSPORT", "document": "ID_CARD", "photo_matches": true, "present": false}),
            "/fields/present",
        ),
        (
            "DOOR_CERT",
            json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"}),
            "/fields/act",
        ),
        (
            "DOOR_NEW",
            json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮線西村1鄰彰美路1號"}),
            "/fields/address",
        ),
        (
            "MOVE_OUT",
            json!({"kind": "MOVE_OUT", "from_address": "彰化縣和美鎮和東里1鄰彰美路五段1號", "extent": "MEMBERS", "abroad": true, "left_on": "2026-01-01"}),
            "/fields/left_on",
        ),
    ];
    for (code, fields, pointer) in cases {
        let mut body = own(code, 1, fields, &[]);
        body["event_on"] = json!("2026-11-20");
        if code == "MARRIAGE" {
            let (mut a, mut b) = (person(1), female(2));
            (a["role"], b["role"]) = (json!("SPOUSE"), json!("SPOUSE"));
            body["parties"] = json!([a, b]);
            body["applicant"]["relation"] = json!("BOTH_PARTIES");
        }
        let answer = app.post("/v1/cases:check").json(&body).send();
        answer.refused(422, "invalid");
        assert!(answer.fields().iter().any(|(at, _)| at == pointer), "{code}: {}", answer.text);
    }
}

#[test]
fn a_late_application_is_accepted_and_marked() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["event_on"] = json!("2026-09-01");
    let check = app.post("/v1/cases:check").json(&body).send();
    assert_eq!(check.expect(200)["late"], true);
    assert_eq!(take(&app, "clerk1", &body).expect(201)["late"], true);
}

#[test]
fn twins_are_two_cases_once_somebody_says_so() {
    let app = TestApp::new();
    let first = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let mut second = birth(1);
    second["fields"]["child_name"] = json!("測小寧");
    let refused = take(&app, "clerk1", &second);
    let matches = &refused.refused(409, "possible_duplicate")["matches"];
    assert_eq!((matches[0]["id"].clone(), matches[0]["number"].clone()), (first["id"].clone(), first["number"].clone()));
    second["draft"] = json!(true);
    second["confirm_not_duplicate"] = json!(true);
    let draft = take(&app, "clerk1", &second).expect(201).clone();
    // The verdict is remembered: the acceptance does not ask again.
    assert_eq!(act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200)["status"], "ACCEPTED");
}

#[test]
fn the_notice_is_whole_once_given_and_stops_the_clock() {
    let app = TestApp::new();
    let mut body = own(
        "DOOR_NEW",
        5,
        json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"}),
        &[],
    );
    body["applicant"]["relation"] = json!("OWNER");
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let missing = case["missing_papers"].as_array().unwrap().len();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
    let given = act(&app, "clerk1", &case, "/one-time-notice", &json!({"given_how": "HANDED"}));
    assert_eq!(given.expect(201)["items"].as_array().unwrap().len(), missing);
    assert_eq!(given.body["due_on"], "2026-12-07", "ten working days");
    act(&app, "clerk1", &case, "/one-time-notice", &json!({"given_how": "HANDED"})).refused(409, "not_told_once");
    let clock = app.get(&at(&case, "/clock")).user("clerk1").send();
    assert_eq!(
        (clock.expect(200)["stopped"].as_bool(), clock.body["stretches"][1]["kind"].as_str()),
        (Some(true), Some("STOPPED"))
    );
    // Two days later the papers come in; the limit has moved by those two days.
    let before = case["due"]["at"].as_str().unwrap().to_owned();
    app.set_clock("2026-11-25T10:00:00+08:00");
    for n in 1..=missing {
        let tag = tag(&app, &case);
        let path = at(&case, &format!("/one-time-notice/items/{n}"));
        app.call("PATCH", &path).user("clerk1").if_match(&tag).json(&json!({"received": true})).send().expect(200);
    }
    let now = app.get(&at(&case, "")).user("clerk1").send().expect(200).clone();
    assert_eq!((now["status"].as_str(), now["missing_papers"].as_array().unwrap().len()), (Some("ACCEPTED"), 0));
    assert_eq!((before.as_str(), now["due"]["at"].as_str().unwrap()), ("2026-11-30T23:59:59+08:00", "2026-12-02T23:59:59+08:00"));
    act(&app, "clerk1", &case, "/one-time-notice", &json!({"given_how": "HANDED"})).refused(409, "not_told_once");
    let fact = json!({"given_how": "PHONE", "new_fact": "土地已移轉", "further_documents": ["ID_CARD"]});
    assert_eq!(act(&app, "clerk1", &case, "/one-time-notice", &fact).expect(201)["complete"], false);
}

#[test]
fn the_notice_prints_as_text_and_as_pdf() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["papers"] = json!(["ID_CARD"]);
    let case = take(&app, "clerk1", &body).expect(201).clone();
    app.get(&at(&case, "/one-time-notice")).user("clerk1").send().refused(404, "not_found");
    act(
        &app,
        "clerk1",
        &case,
        "/one-time-notice",
        &json!({"given_how": "HANDED", "notes": [{"document": "BIRTH_CERTIFICATE", "note": "醫院開立，姓氏為𥕢或𠮷"}]}),
    )
    .expect(201);
    let text = app.get(&at(&case, "/one-time-notice.txt")).user("clerk1").send();
    assert_eq!(text.headers["content-type"], "text/plain; charset=utf-8");
    for part in ["一次告知單", "出生登記", "出生證明書", "醫院開立", "戶籍法施行細則第20條"] {
        assert!(text.text.contains(part), "{part} in {}", text.text);
    }
    let path = at(&case, "/one-time-notice.pdf");
    let pdf = app.get(&path).user("clerk1").bytes();
    let reading = Reading::of(&pdf);
    let printed = reading.text();
    for line in text.text.lines().filter(|line| !line.contains("出生證明書") && !line.contains("醫院")) {
        for part in line.split(['　', ' ']) {
            assert!(printed.contains(part.trim_start_matches(['□', '■']).trim_end_matches('.')), "{part} in {printed}");
        }
    }
    for part in ["出生證明書", "醫院開立，姓氏為𥕢或⬚U+20BB7", "□"] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
    assert!(reading.fonts.iter().all(|(_, embedded)| *embedded) && !reading.fonts.is_empty(), "{:?}", reading.fonts);
    for part in ["<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<", "2026-11-23T09:00:00+08:00"] {
        assert!(reading.metadata.contains(part), "{part} in {}", reading.metadata);
    }
    app.set_clock("2026-11-25T10:00:00+08:00");
    assert!(app.get(&path).user("clerk1").bytes() == pdf, "of the day on which it was given, whenever it is printed");
}

#[test]
fn clerk_and_reviewer_are_two_people_and_pass_registers() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    review(&app, "reviewer1", &case, "PASS").refused(409, "wrong_state");
    act(&app, "clerk2", &case, ":submit-for-review", &json!({})).refused(409, "assigned_to_other");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let returned = review(&app, "reviewer1", &case, "RETURN");
    assert_eq!(returned.expect(201)["case_status"], "RETURNED");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    // Taken by the first reviewer: the second is kept out, a supervisor is not.
    review(&app, "reviewer2", &case, "PASS").refused(409, "assigned_to_other");
    let none = act(&app, "reviewer1", &case, "/reviews", &json!({"result": "ERROR"}));
    none.refused(422, "invalid");
    review(&app, "reviewer1", &case, "ERROR").expect(201);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    assert_eq!(review(&app, "reviewer1", &case, "PASS").expect(201)["case_status"], "REGISTERED");
    let history = app.get(&at(&case, "/history")).user("clerk1").send();
    let actions: Vec<_> =
        history.expect(200)["items"].as_array().unwrap().iter().map(|l| l["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["accepted", "submitted", "returned", "submitted", "found_wrong", "submitted", "registered"]);
    let reviews = app.get(&at(&case, "/reviews")).user("clerk1").send();
    assert_eq!(reviews.expect(200)["items"].as_array().unwrap().len(), 3);
}

#[test]
fn nobody_reviews_their_own_case_even_with_both_roles() {
    let app = TestApp::new();
    app.sql("UPDATE accounts SET roles = '[\"CLK\",\"REV\"]' WHERE username = 'clerk1'");
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "clerk1", &case, "PASS").refused(409, "same_person");
    let me = app.get("/v1/me").user("clerk1").send().expect(200)["id"].clone();
    act(&app, "chief1", &case, ":assign", &json!({"reviewer_id": me})).refused(409, "same_person");
}

#[test]
fn a_case_is_handed_over_by_a_supervisor_only() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let second = app.get("/v1/me").user("clerk2").send().expect(200)["id"].clone();
    let branch = app.get("/v1/me").user("clerk3").send().expect(200)["id"].clone();
    act(&app, "clerk2", &case, ":assign", &json!({"clerk_id": second})).refused(409, "assigned_to_other");
    act(&app, "chief1", &case, ":assign", &json!({"clerk_id": branch})).refused(422, "invalid");
    act(&app, "chief1", &case, ":assign", &json!({})).refused(422, "invalid");
    assert_eq!(
        act(&app, "chief1", &case, ":assign", &json!({"clerk_id": second, "reason": "請假"})).expect(200)["clerk_id"],
        second
    );
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "assigned_to_other");
    act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn a_marriage_by_proxy_waits_for_the_offices_approval() {
    let app = TestApp::new();
    let (mut a, mut b) = (person(1), female(2));
    (a["role"], b["role"]) = (json!("SPOUSE"), json!("SPOUSE"));
    (a["birth_on"], b["birth_on"]) = (json!("1990-01-01"), json!("1991-01-01"));
    let mut applicant = person(1);
    applicant["relation"] = json!("BOTH_PARTIES");
    let mut proxy = person(9);
    (proxy["reason"], proxy["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    let body = json!({
        "type_code": "MARRIAGE", "parties": [a, b], "applicant": applicant, "proxy": proxy, "event_on": "2026-11-23",
        "fields": {"kind": "MARRIAGE", "abroad": false, "witnesses": [person(3), person(4)]},
        "papers": ([papers_of(&app, "MARRIAGE"), vec![json!("POWER_OF_ATTORNEY"), json!("PROXY_ID")]].concat())
    });
    let case = take(&app, "clerk1", &body).expect(201).clone();
    assert_eq!(case["proxy"]["needs_approval"], true);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "proxy_not_approved");
    act(&app, "chief1", &case, ":approve-proxy", &json!({"reason": "住院屬實"})).expect(200);
    act(&app, "chief1", &case, ":approve-proxy", &json!({"reason": "再一次"})).refused(409, "wrong_state");
    // What was approved is no more what is asked for.
    let mut other = body["proxy"].clone();
    other["reason"] = json!("出國");
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    let edit = |change: &Value| app.call("PATCH", &path).user("clerk1").if_match("*").json(change).send();
    assert_eq!(edit(&json!({"proxy": other})).expect(200)["proxy"]["approved_by"], Value::Null);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "proxy_not_approved");
    act(&app, "chief1", &case, ":approve-proxy", &json!({"reason": "出國屬實"})).expect(200);
    let mut witnesses = body["fields"].clone();
    witnesses["witnesses"] = json!([person(3), person(5)]);
    assert_eq!(edit(&json!({"fields": witnesses})).expect(200)["proxy"]["approved_by"], Value::Null);
    act(&app, "chief1", &case, ":approve-proxy", &json!({"reason": "出國屬實"})).expect(200);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let mut never = own("NAT_ACQUIRE", 6, json!({"kind": "NATIONALITY", "nationality": "越南"}), &[]);
    never["proxy"] = body["proxy"].clone();
    let check = app.post("/v1/cases:check").json(&never).send();
    assert!(check.fields().contains(&("/proxy".to_owned(), "not_allowed".to_owned())), "{}", check.text);
}

#[test]
fn a_draft_is_edited_accepted_withdrawn_or_refused() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["draft"] = json!(true);
    let draft = take(&app, "clerk1", &body).expect(201).clone();
    assert_eq!((draft["status"].as_str(), draft["number"].is_null()), (Some("DRAFT"), true));
    let tag = tag(&app, &draft);
    let patch = json!({"event_on": "2026-11-12", "fields": {
        "kind": "BIRTH", "child_name": "測小寧", "sex": "MALE", "surname_from": "MOTHER", "birth_place": "CLINIC",
        "certificate_number": "出字第 2 號", "weight_g": 2900, "weeks": 38, "birth_order": 2, "multiple": 1
    }});
    let edit = || app.call("PATCH", &at(&draft, "")).user("clerk1").if_match(&tag).json(&patch).send();
    assert_eq!(edit().expect(200)["fields"]["child_name"], "測○寧");
    edit().refused(412, "version_mismatch");
    act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200);
    act(&app, "clerk1", &draft, ":accept", &json!({})).refused(409, "wrong_state");
    act(&app, "clerk1", &draft, ":refuse", &json!({"reason": "逾期未補正"})).expect(200);
    let refused = act(&app, "clerk1", &draft, ":withdraw", &json!({"reason": "撤回"}));
    assert_eq!(refused.refused(409, "wrong_state")["allowed_actions"], json!([]));
    let other = take(&app, "clerk1", &birth(2)).expect(201).clone();
    assert_eq!(act(&app, "clerk1", &other, ":withdraw", &json!({"reason": "撤回"})).expect(200)["status"], "WITHDRAWN");
}

#[test]
fn a_citizen_applies_online_for_themself_and_the_office_accepts() {
    let app = TestApp::new();
    let number = app.citizen_number(1);
    let body = json!({
        "type_code": "TRANSCRIPT_ZH",
        "parties": [{"role": "SUBJECT", "name": "王示範", "national_id": number}],
        "applicant": {"name": "王示範", "national_id": number, "relation": "SELF"},
        "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 2}
    });
    let case = take(&app, "citizen1", &body).expect(201).clone();
    assert_eq!(
        (case["status"].as_str(), case["channel"].as_str(), case["fee_twd"].as_i64()),
        (Some("DRAFT"), Some("ONLINE"), Some(30))
    );
    assert_eq!(case["allowed_actions"], json!(["edit", "withdraw"]));
    let list = app.get("/v1/cases").user("citizen1").send();
    assert_eq!(list.expect(200)["items"].as_array().unwrap().len(), 1);
    app.get(&at(&case, "")).user("citizen2").send().refused(404, "not_found");
    assert_eq!(
        app.get("/v1/cases").user("proxy1").send().expect(200)["items"],
        json!([]),
        "a letter opens what the proxy brings"
    );
    act(&app, "clerk1", &case, ":accept", &json!({})).expect(200);
    // Not for others, not what the ministry has not announced, not by another channel.
    let mut other = body.clone();
    other["applicant"]["national_id"] = crate::support::person(77)["national_id"].clone();
    assert_eq!(take(&app, "citizen1", &other).fields(), [("/applicant/national_id".to_owned(), "no_letter_of_proxy".to_owned())]);
    let birth = json!({"type_code": "BIRTHPLACE", "parties": body["parties"], "applicant": body["applicant"],
        "fields": {"kind": "COMMON", "matter": "出生地登記"}});
    let refused = take(&app, "citizen1", &birth);
    // A channel that nobody has named is no member to mend.
    assert_eq!(refused.fields(), [("/type_code".to_owned(), "not_allowed".to_owned())]);
    assert_eq!(refused.body["errors"][0]["detail"], "此類案件不受理 ONLINE，受理管道：COUNTER（戶籍法 §27）");
}

#[test]
fn a_branch_clerk_sees_the_own_service_point_only() {
    let app = TestApp::new();
    let main = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let branch = take(&app, "clerk3", &birth(2)).expect(201).clone();
    app.get(&at(&main, "")).user("clerk3").send().refused(404, "not_found");
    app.get(&at(&main, "/history")).user("clerk3").send().refused(404, "not_found");
    app.get(&at(&main, "/clock")).user("clerk4").send().refused(404, "not_found");
    app.post(&at(&main, ":reveal")).user("clerk3").json(&json!({"reason": "x"})).send().refused(404, "not_found");
    app.get(&at(&branch, "")).user("clerk1").send().expect(200);
    let count = |user: &str, path: &str| app.get(path).user(user).send().expect(200)["items"].as_array().unwrap().len();
    assert_eq!((count("clerk3", "/v1/cases"), count("clerk4", "/v1/cases"), count("clerk1", "/v1/cases")), (1, 0, 2));
    assert_eq!(count("clerk4", "/v1/cases?service_point=HEMEI"), 0);
    let search = |user: &str| {
        let body = json!({"national_id": female(1)["national_id"], "reason": "查詢"});
        app.post("/v1/cases:search").user(user).json(&body).send().expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!((search("clerk1"), search("clerk3")), (1, 0));
    let totals = |user: &str| app.get("/v1/cases?include_total=true").user(user).send().expect(200)["total"].clone();
    assert_eq!((totals("clerk1"), totals("clerk3")), (json!(2), json!(1)));
    let queue = |user: &str| count_of(&app, user, "DUE_SOON");
    assert_eq!((queue("chief1"), queue("clerk3"), queue("clerk4")), (json!(2), json!(1), json!(0)), "due soon");
    let mut elsewhere = birth(3);
    elsewhere["service_point"] = json!("HEMEI");
    assert_eq!(take(&app, "clerk3", &elsewhere).fields(), [("/service_point".to_owned(), "not_allowed".to_owned())]);
}

#[test]
fn the_list_filters_and_pages() {
    let app = TestApp::new();
    for n in 1..=5 {
        take(&app, "clerk1", &birth(n)).expect(201);
    }
    take(&app, "clerk2", &move_in(9)).expect(201);
    let list = |query: &str| app.get(&format!("/v1/cases?{query}")).user("chief1").send();
    let count = |query: &str| list(query).expect(200)["items"].as_array().unwrap().len();
    assert_eq!((count("type=BIRTH"), count("type=MOVE_IN"), count("status=DRAFT"), count("channel=COUNTER")), (5, 1, 0, 6));
    assert_eq!((count("from=2026-11-23&to=2026-11-23"), count("to=2026-11-22"), count("from=2026-11-24")), (6, 0, 0));
    assert_eq!((count("due_before=2026-11-23"), count("overdue=true")), (6, 0));
    list("overdue=true&status=DRAFT").refused(400, "invalid_parameter");
    let first = list("limit=4");
    let next = first.expect(200)["next"].as_str().unwrap().to_owned();
    let second = list(&format!("limit=4&cursor={next}"));
    assert_eq!(second.expect(200)["items"].as_array().unwrap().len(), 2);
    let me = app.get("/v1/me").user("clerk2").send().expect(200)["id"].as_str().unwrap().to_owned();
    assert_eq!(count(&format!("clerk_id={me}")), 1);
}

#[test]
fn a_case_shows_whole_only_for_a_reason_and_in_the_log() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let whole = app.post(&at(&case, ":reveal")).user("clerk1").json(&json!({"reason": "核對申請書"})).send();
    assert_eq!(whole.expect(200)["fields"]["child_name"], "測小安");
    assert_eq!(whole.body["applicant"]["national_id"], female(1)["national_id"]);
    app.post(&at(&case, ":reveal")).user("clerk1").json(&json!({})).send().refused(422, "invalid");
    let log = app.get("/v1/audit-log?action=case.revealed").user("director1").send();
    assert_eq!(log.expect(200)["items"][0]["purpose"], "核對申請書");
}

#[test]
fn a_clerks_correction_waits_for_a_supervisor_and_makes_a_line() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let body = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "第二胎", "office_error": true});
    assert_eq!(act(&app, "clerk1", &case, ":correct", &body).expect(200)["status"], "REGISTERED");
    act(&app, "clerk1", &case, ":correct", &body).refused(409, "conflict");
    let changes = app.get(&at(&case, "/changes")).user("clerk1").send();
    assert_eq!(changes.expect(200)["items"][0]["status"], "PROPOSED");
    let corrected = act(&app, "chief1", &case, ":approve-change", &json!({}));
    assert_eq!(
        (corrected.expect(200)["status"].as_str(), corrected.body["fields"]["birth_order"].as_i64()),
        (Some("CORRECTED"), Some(2))
    );
    act(&app, "chief1", &case, ":approve-change", &json!({})).refused(409, "wrong_state");
    // What the form refuses is refused here too.
    let wrong = json!({"changes": [{"pointer": "/fields/birth_order", "value": 200}], "reason": "x", "office_error": false});
    assert_eq!(act(&app, "chief1", &case, ":correct", &wrong).fields(), [("/changes/0/value".to_owned(), "range".to_owned())]);
    let unknown = json!({"changes": [{"pointer": "/fields/nothing/at/all", "value": 1}], "reason": "x", "office_error": false});
    act(&app, "chief1", &case, ":correct", &unknown).refused(422, "invalid");
    let third = json!({"changes": [{"pointer": "/fields/birth_order", "value": 3}], "reason": "第三胎", "office_error": false});
    act(&app, "clerk1", &case, ":correct", &third).expect(200);
    act(&app, "chief2", &case, ":reject-change", &json!({"reason": "無誤"})).expect(200);
    assert_eq!(revoke(&app, &case)["status"], "REVOKED");
    act(&app, "chief1", &case, ":correct", &body).refused(409, "wrong_state");
}

#[test]
fn nobody_approves_a_change_of_their_own() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let me = app.get("/v1/me").user("chief1").send().expect(200)["id"].as_str().unwrap().to_owned();
    app.sql(&format!("UPDATE cases SET clerk = '{me}'"));
    let body = json!({"reason": "重複", "office_error": false});
    assert_eq!(act(&app, "chief1", &case, ":revoke", &body).expect(200)["status"], "REGISTERED", "proposed only");
    let own = act(&app, "chief1", &case, ":approve-change", &json!({}));
    assert_eq!(own.refused(409, "own_request")["allowed_actions"], json!(["withdraw-change"]));
    act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
}

#[test]
fn a_chiefs_own_correction_waits_for_another_supervisor() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let body = json!({"changes": [{"pointer": "/fields/weeks", "value": 40}], "reason": "誤繕", "office_error": false});
    assert_eq!(act(&app, "chief1", &case, ":correct", &body).expect(200)["status"], "REGISTERED");
    act(&app, "chief1", &case, ":approve-change", &json!({})).refused(409, "own_request");
    assert_eq!(act(&app, "director1", &case, ":approve-change", &json!({})).expect(200)["status"], "CORRECTED");
}

#[test]
fn an_old_number_finds_the_person_of_today() {
    let app = TestApp::new();
    let old = person(1)["national_id"].clone();
    let new = person(100)["national_id"].clone();
    let fields = json!({"kind": "UID", "old_number": old, "new_number": new, "reason": "DUPLICATE"});
    let mut body = own("UID_CHANGE", 1, fields, &[]);
    body["papers"] = json!(papers_of(&app, "UID_CHANGE"));
    body["event_on"] = json!("2026-11-20");
    let case = registered(&app, &body);
    let search = |number: &Value| {
        app.post("/v1/cases:search")
            .user("clerk1")
            .json(&json!({"national_id": number, "reason": "查詢"}))
            .send()
            .expect(200)
            .clone()
    };
    let (by_old, by_new) = (search(&old), search(&new));
    assert_eq!((by_old["person_id"].clone(), by_old["former_number"].as_bool()), (by_new["person_id"].clone(), Some(true)));
    assert_eq!((by_new["former_number"].as_bool(), by_new["items"][0]["id"].clone()), (Some(false), case["id"].clone()));
    assert_eq!(search(&person(55)["national_id"])["person_id"], Value::Null);
    assert_eq!(case["notification"]["trigger"], "UID");
    // Somebody else's number is refused when it comes to be registered.
    let fields = json!({"kind": "UID", "old_number": person(2)["national_id"], "new_number": old, "reason": "DUPLICATE"});
    let mut second = own("UID_CHANGE", 2, fields, &[]);
    (second["papers"], second["event_on"]) = (body["papers"].clone(), body["event_on"].clone());
    assert_eq!(take(&app, "clerk1", &second).fields(), [("/fields/new_number".to_owned(), "taken".to_owned())]);
}

#[test]
fn a_death_and_a_move_end_the_seal() {
    let app = TestApp::new();
    let seal = |code: &str, n: u32| {
        let mut body = own(code, n, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]);
        body["papers"] = json!(papers_of(&app, code));
        body
    };
    registered(&app, &seal("SEAL_REGISTER", 1));
    let at_the_counter = |code: &str, n: u32| {
        let check = app.post("/v1/cases:check").user("clerk1").json(&seal(code, n)).send();
        assert_eq!(check.fields(), take(&app, "clerk1", &seal(code, n)).fields());
        check.fields()
    };
    let found = |code: &str| [("/parties/0/national_id".to_owned(), code.to_owned())];
    for code in ["SEAL_CHANGE", "SEAL_CANCEL"] {
        assert_eq!(at_the_counter(code, 2), found("not_registered"));
    }
    assert_eq!(at_the_counter("SEAL_REGISTER", 1), found("already_registered"));
    let mut dead = person(1);
    dead["role"] = json!("DECEASED");
    let mut applicant = person(3);
    applicant["relation"] = json!("SPOUSE");
    let body = json!({
        "type_code": "DEATH", "event_on": "2026-11-23", "parties": [dead], "applicant": applicant, "papers": papers_of(&app, "DEATH"),
        "fields": {"kind": "DEATH", "died_on": "2026-11-23", "manner": "NATURAL", "place": "自宅", "certificate_number": "死字 1 號"}
    });
    registered(&app, &body);
    let log = app.get("/v1/audit-log?action=seal.ended").user("director1").send();
    assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn limits_that_come_near_or_pass_are_told_once_in_office_hours() {
    let app = TestApp::new();
    take(&app, "clerk1", &birth(1)).expect(201);
    let told = |action: &str| {
        let log = app.get(&format!("/v1/audit-log?action={action}")).user("director1").send();
        log.expect(200)["items"].as_array().unwrap().len()
    };
    app.tick();
    app.tick();
    assert_eq!((told("case.due_soon"), told("case.overdue")), (1, 0));
    app.set_clock("2026-11-24T03:00:00+08:00");
    app.tick();
    assert_eq!(told("case.overdue"), 0, "at night nobody is told");
    app.set_clock("2026-11-24T08:30:00+08:00");
    app.tick();
    app.tick();
    assert_eq!((told("case.due_soon"), told("case.overdue")), (1, 1));
}

#[test]
fn every_refused_transition_names_what_the_caller_may_do() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let statuses = [
        "DRAFT",
        "ACCEPTED",
        "AWAITING_DOCUMENTS",
        "IN_REVIEW",
        "RETURNED",
        "REGISTERED",
        "REFUSED",
        "WITHDRAWN",
        "CORRECTED",
        "REVOKED",
    ];
    let finding = json!({"error_code": "OTHER", "severity": "MINOR", "cause": "OTHER", "note": "x"});
    let acts = [
        ("accept", ":accept", "clerk1", json!({})),
        ("submit-for-review", ":submit-for-review", "clerk1", json!({})),
        ("withdraw", ":withdraw", "clerk1", json!({"reason": "x"})),
        ("refuse", ":refuse", "clerk1", json!({"reason": "x"})),
        ("one-time-notice", "/one-time-notice", "clerk1", json!({"given_how": "HANDED"})),
        ("reviews", "/reviews", "reviewer1", json!({"result": "PASS"})),
        ("reviews", "/reviews", "reviewer1", json!({"result": "RETURN", "findings": [finding]})),
        (
            "correct",
            ":correct",
            "chief1",
            json!({"changes": [{"pointer": "/fields/weeks", "value": 40}], "reason": "x", "office_error": false}),
        ),
        ("revoke", ":revoke", "chief1", json!({"reason": "x", "office_error": false})),
    ];
    for status in statuses {
        for (name, path, user, body) in &acts {
            app.sql(&format!("UPDATE cases SET status = '{status}', reviewer = NULL"));
            app.sql("DELETE FROM case_changes");
            let allowed = app.get(&at(&case, "")).user(user).send().expect(200)["allowed_actions"].clone();
            let answer = act(&app, user, &case, path, body);
            assert!(answer.status < 500, "{name} in {status}: {}", answer.text);
            if allowed.as_array().unwrap().contains(&json!(name)) {
                assert_ne!(answer.body["code"], "wrong_state", "{name} in {status}: {}", answer.text);
            } else {
                assert_eq!((answer.status, &answer.body["allowed_actions"]), (409, &allowed), "{name} in {status}");
            }
        }
    }
}
