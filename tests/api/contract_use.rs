//! The contract as those need it who write clients: everything that is wrong in one answer, what was read can be sent back, and
//! each refusal says how to go on.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, registered, take};
use crate::contract::contract;
use crate::exchange::{moved, notify};
use crate::holders::name_holder;
use crate::known::{GROWN, complete, declared, field, married, matter, transcript};
use crate::support::{Answer, TestApp, female, person};
use crate::unnumbered::passport;

fn check(app: &TestApp, user: &str, body: &Value) -> Answer {
    app.post("/v1/cases:check").user(user).json(body).send()
}

#[test]
fn a_check_judges_a_draft_as_a_draft() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["fields"].as_object_mut().unwrap().remove("child_name");
    assert_eq!(check(&app, "clerk1", &body).fields(), [field("/fields/child_name", "required")]);
    body["draft"] = json!(true);
    check(&app, "clerk1", &body).expect(200);
    take(&app, "clerk1", &body).expect(201);
    body["fields"]["weeks"] = json!(99);
    assert_eq!(check(&app, "clerk1", &body).fields(), take(&app, "clerk1", &body).fields());
}

#[test]
fn all_that_is_wrong_with_an_application_is_told_at_once() {
    let app = TestApp::new();
    let mut body = birth(1);
    let fields = body["fields"].as_object_mut().unwrap();
    fields.remove("child_name");
    fields.remove("birth_place");
    fields.insert("weeks".to_owned(), json!("39"));
    fields.insert("sex".to_owned(), json!("NONE"));
    fields.insert("hospital".to_owned(), json!("彰基"));
    fields.insert("birth_order".to_owned(), json!(99));
    body["applicant"]["relation"] = json!("UNDERTAKER");
    body["event_on"] = json!("2027-01-01");
    body["papers"] = json!(["NO_SUCH_PAPER"]);
    let told = take(&app, "clerk1", &body);
    told.refused(422, "invalid");
    for (pointer, code) in [
        ("/fields/child_name", "required"),
        ("/fields/birth_place", "required"),
        ("/fields/weeks", "invalid_type"),
        ("/fields/sex", "not_allowed"),
        ("/fields/hospital", "unknown_field"),
        ("/fields/birth_order", "range"),
        ("/applicant/relation", "not_allowed"),
        ("/event_on", "range"),
        ("/papers/0", "unknown"),
    ] {
        let fields = told.fields();
        let times = fields.iter().filter(|found| **found == field(pointer, code)).count();
        assert_eq!(times, 1, "{pointer} {code}: {fields:?}");
    }
}

#[test]
fn each_text_that_breaks_the_rule_of_its_type_is_named() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["parties"][0]["national_id"] = json!("N200000005");
    body["parties"][1]["national_id"] = json!("A123456780");
    body["parties"][1]["birth_on"] = json!("1993-02-30");
    body["event_on"] = json!("2026-02-30");
    let told = check(&app, "clerk1", &body);
    told.refused(422, "invalid");
    for (pointer, code) in [("/parties/0/national_id", "check_digit"), ("/parties/1/national_id", "check_digit")] {
        assert!(told.fields().contains(&field(pointer, code)), "{}", told.text);
    }
    for pointer in ["/parties/1/birth_on", "/event_on"] {
        assert!(told.fields().iter().any(|(at, _)| at == pointer), "{pointer}: {}", told.text);
    }
}

#[test]
fn a_body_that_lacks_members_names_them_all() {
    let app = TestApp::new();
    let told = app.post("/v1/cases").user("clerk1").once().json(&json!({"fields": {"kind": "BIRTH", "sex": 1}})).send();
    let wanted = ["/applicant", "/parties", "/type_code"].map(|pointer| field(pointer, "required"));
    assert!(wanted.iter().all(|one| told.fields().contains(one)), "{}", told.text);
    assert!(told.fields().contains(&field("/fields/sex", "invalid_type")), "{}", told.text);
}

#[test]
fn each_type_tells_the_roles_of_its_parties() {
    let app = TestApp::new();
    let roles = |code: &str| app.get(&format!("/v1/case-types/{code}")).send().expect(200)["party_roles"].clone();
    assert_eq!(
        roles("BIRTH"),
        json!([
            {"roles": ["MOTHER"], "at_least": 0, "at_most": 1}, {"roles": ["FATHER"], "at_least": 0, "at_most": 1},
            {"roles": ["SUBJECT", "HOUSEHOLD_HEAD"], "at_least": 0, "at_most": null}
        ])
    );
    assert_eq!(roles("DIVORCE_AGREED"), json!([{"roles": ["SPOUSE"], "at_least": 2, "at_most": 2}]));
    // What hangs on the fields: a guardianship that ends names no guardian, and a spouse abroad stands in the fields.
    assert_eq!(roles("GUARDIANSHIP")[1], json!({"roles": ["GUARDIAN"], "at_least": 0, "at_most": null}));
    assert_eq!(roles("MARRIAGE"), json!([{"roles": ["SPOUSE"], "at_least": 1, "at_most": 2}]));
    let text = |schema: &str, member: &str| {
        let member = &contract()["components"]["schemas"][schema]["properties"][member];
        member["description"].as_str().or_else(|| member["oneOf"][0]["description"].as_str()).unwrap_or("").to_owned()
    };
    assert!(text("CaseTypeView", "party_roles").contains("exactly two"));
    for schema in ["PartyInput", "ApplicantInput", "ProxyInput", "PersonSearch"] {
        assert!(contract()["components"]["schemas"][schema].to_string().contains("of the two is required"), "{schema}");
    }
    let mut two = birth(1);
    let mut second = female(2);
    second["role"] = json!("MOTHER");
    two["parties"].as_array_mut().unwrap().push(second);
    assert_eq!(take(&app, "clerk1", &two).fields(), [field("/parties", "parties")]);
}

#[test]
fn spouses_with_a_number_are_not_told_that_one_needs_a_number() {
    let app = TestApp::new();
    let mut wedding = married(&app, 1, 2, GROWN);
    let foreigner = json!({"role": "SPOUSE", "name": "NGUYEN THI MINH", "identified_by": passport("C1234567")});
    wedding["parties"][1] = foreigner.clone();
    wedding["parties"][0]["role"] = json!("SUBJECT");
    let fields = check(&app, "clerk1", &wedding).fields();
    assert!(fields.contains(&field("/parties", "parties")), "{fields:?}");
    assert!(!fields.contains(&field("/parties", "required")), "{fields:?}");
    let mut second = foreigner;
    (second["name"], second["identified_by"]) = (json!("TRAN VAN HUNG"), passport("C7654321"));
    second["role"] = json!("SPOUSE");
    wedding["parties"][0] = second;
    let fields = check(&app, "clerk1", &wedding).fields();
    assert!(fields.contains(&field("/parties", "required")), "{fields:?}");
}

#[test]
fn what_a_case_shows_of_its_people_can_be_sent_back() {
    let app = TestApp::new();
    let mut wedding = married(&app, 3, 4, GROWN);
    let identity = passport("C1234567");
    let foreigner = json!({"role": "SPOUSE", "name": "NGUYEN THI MINH", "identified_by": identity, "birth_on": "1990-01-01"});
    wedding["parties"][1] = foreigner;
    wedding["papers"].as_array_mut().unwrap().push(json!("SPOUSE_PASSPORT"));
    let case = take(&app, "clerk1", &wedding).expect(201).clone();
    let party = &case["parties"][1];
    assert_eq!((&party["identified_by"]["number"], party.get("national_id")), (&json!("C1****67"), None));
    assert_eq!(case["parties"][0].get("identified_by"), None);
    let whole = app.post(&at(&case, ":reveal")).user("clerk1").json(&json!({"reason": "核對"})).send().expect(200).clone();
    let read = |party: &Value| {
        let mut sent = json!({});
        for member in ["role", "name", "national_id", "identified_by", "birth_on"] {
            if let Some(value) = party.get(member) {
                sent[member] = value.clone();
            }
        }
        sent
    };
    let parties: Vec<Value> = whole["parties"].as_array().unwrap().iter().map(read).collect();
    let sent = app.call("PATCH", &at(&case, "")).user("clerk1").if_match("\"v1\"").json(&json!({"parties": parties})).send();
    assert_eq!(crate::support::version(&sent), 1, "nothing changed: {}", sent.text);
}

#[test]
fn a_stale_version_is_told_the_one_that_stands() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(5)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let recall =
        |tag: &str| app.post(&at(&case, ":recall")).user("clerk1").if_match(tag).json(&json!({"reason": "漏附文件"})).send();
    let stale = recall("\"v1\"");
    assert_eq!((&stale.refused(412, "version_mismatch")["version"], stale.etag()), (&json!(2), "\"v2\""));
    recall(stale.etag()).expect(200);
}

#[test]
fn whoever_waits_twice_is_shown_where_they_wait() {
    let app = TestApp::new();
    let wish = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-30"});
    let wait = || app.post("/v1/waitlist").user("citizen2").once().json(&wish).send();
    let standing = wait().expect(201)["id"].clone();
    let again = wait();
    assert_eq!(again.refused(409, "already_waiting")["waitlist_entry_id"], standing);
    assert_eq!(again.fields(), [field("/service", "duplicate")]);
    let entry = app.get(&format!("/v1/waitlist/{}", standing.as_str().unwrap())).user("citizen2").send();
    assert_eq!(entry.expect(200)["from_on"], "2026-11-25");
}

#[test]
fn an_application_for_a_certificate_is_withdrawn_and_taken_up_again() {
    let app = TestApp::new();
    let token = declared(&app, "mistaken", &person(60), "1990-05-04");
    let mut applicant = person(60);
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": "TRANSCRIPT_ZH", "person": person(60), "applicant": applicant, "purpose": "就學", "copies": 1});
    let asked = app.post("/v1/certificates").bearer(&token).once().json(&body).send().expect(201).clone();
    assert_eq!(asked["allowed_actions"], json!(["withdraw"]));
    let path = |act: &str| format!("/v1/certificates/{}{act}", asked["id"].as_str().unwrap());
    let why = json!({"reason": "誤申請"});
    app.post(&path(":withdraw")).user("citizen2").if_match("\"v1\"").json(&why).send().refused(404, "not_found");
    let withdrawn = app.post(&path(":withdraw")).bearer(&token).if_match("\"v1\"").json(&why).send();
    let shown = withdrawn.expect(200);
    assert_eq!((&shown["status"], &shown["reason"]), (&json!("WITHDRAWN"), &json!("誤申請")));
    assert_eq!(shown["allowed_actions"], json!([]));
    let issue = app.post(&path(":issue")).user("clerk1").if_match("\"v2\"").json(&json!({})).send();
    issue.refused(409, "wrong_state");
    app.post(&path(":reopen")).user("clerk1").if_match("\"v2\"").json(&why).send().refused(403, "forbidden");
    let again = app.post(&path(":reopen")).user("chief1").if_match("\"v2\"").json(&json!({"reason": "非申請人之意"})).send();
    assert_eq!((&again.expect(200)["status"], &again.body["reason"]), (&json!("REQUESTED"), &Value::Null));
    let refused = app.post(&path(":refuse")).user("clerk1").if_match(again.etag()).json(&json!({"reason": "不符"})).send();
    let undone = app.post(&path(":reopen")).user("chief1").if_match(refused.etag()).json(&why).send();
    assert_eq!(undone.expect(200)["status"], "REQUESTED");
    // Once issued it is voided, by somebody else than whoever issued it.
    let paper = json!({"document": {"kind": "ID_CARD", "number": "製證字第 60 號"}});
    let issued = app.post(&path(":issue")).user("clerk1").if_match(undone.etag()).json(&paper).send();
    issued.expect(200);
    app.post(&path(":withdraw")).bearer(&token).if_match(issued.etag()).json(&why).send().refused(409, "wrong_state");
    app.post(&path(":void")).user("clerk1").if_match(issued.etag()).json(&why).send().refused(409, "same_person");
    let voided = app.post(&path(":void")).user("clerk2").if_match(issued.etag()).json(&why).send();
    assert_eq!((&voided.expect(200)["status"], &voided.body["reason"]), (&json!("VOIDED"), &json!("誤申請")));
}

#[test]
fn who_may_approve_is_said_in_the_contract_and_while_something_waits() {
    let app = TestApp::new();
    let case = registered(&app, &birth(6));
    let change = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "第二胎", "office_error": false});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    let changes = || app.get(&at(&case, "/changes")).user("clerk1").send().expect(200)["items"][0]["approvable_by"].clone();
    assert_eq!(changes(), json!(["CHF", "DIR"]));
    act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200);
    assert_eq!(changes(), json!([]));
    let contract = app.get("/openapi.json").send().expect(200).clone();
    let said = |path: &str, method: &str| contract["paths"][path][method]["description"].as_str().unwrap().to_owned();
    let approval = said("/v1/cases/{id}:approve-change", "post");
    assert!(approval.contains("**Who**: `CHF`, `DIR` (any). Never by whoever asked for it (`own_request`)"), "{approval}");
    assert!(said("/v1/case-types", "get").contains("**Who**: everybody"));
}

#[test]
fn an_acknowledgement_after_the_answer_stands() {
    let app = TestApp::new();
    let case = moved(&app, 7);
    let made = notify(&app, &case, &["LAND"]).expect(201)["deliveries"][0].clone();
    assert_eq!(made["agency_code"], "LAND");
    let land = app.client_token("agency-land");
    app.get("/v1/agency-queue").bearer(&land).send().expect(200);
    let say = |act: &str| {
        let path = format!("/v1/agency-queue/{}:{act}", made["id"].as_str().unwrap());
        app.post(&path).bearer(&land).send()
    };
    say("update").expect(200);
    let late = say("acknowledge");
    assert_eq!((&late.expect(200)["status"], &late.body["corrected_by"]), (&json!("UPDATED"), &Value::Null));
}

#[test]
fn a_check_refuses_what_the_clerk_may_not_take() {
    let app = TestApp::new();
    take(&app, "clerk2", &complete(&app, matter(91))).expect(201);
    name_holder(&app, "clerk1", &person(91), "director1");
    for answer in [check(&app, "clerk1", &matter(91)), take(&app, "clerk1", &matter(91))] {
        answer.refused(409, "own_request");
    }
    check(&app, "clerk2", &matter(91)).expect(200);
}

#[test]
fn people_see_their_own_name_and_number_whole_in_their_cases_and_nobody_elses() {
    let app = TestApp::new();
    let mut other = person(71);
    other["role"] = json!("OTHER");
    let case = take(&app, "citizen1", &transcript(&app, Some(other))).expect(201).clone();
    let known = |of: &Value| (of["name"].clone(), of["national_id"].clone());
    let (whole, masked) = ((json!("王示範"), json!(app.citizen_number(1))), known(&case["parties"][1]));
    assert_eq!((known(&case["parties"][0]), known(&case["applicant"])), (whole.clone(), whole));
    assert!(masked.0.as_str().unwrap().contains('○') && masked.1.as_str().unwrap().contains('*'), "{masked:?}");
    act(&app, "clerk1", &case, ":accept", &json!({"confirm_not_duplicate": true})).expect(200);
    let seen = |user: &str| app.get(&at(&case, "")).user(user).send().expect(200)["parties"].clone();
    assert_eq!(known(&seen("citizen1")[0]).0, "王示範");
    assert_eq!(known(&seen("citizen1")[1]), masked);
    assert_eq!(known(&seen("clerk1")[0]).0, "王○範");
}
