//! Intake by the register: names, relations, proxies, periods, drafts, and what a check tells whom.

use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, papers_of, registered, tag, take};
use crate::known::{complete, matter, named};
use crate::support::{Answer, TestApp, female, person};

fn field(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

fn check(app: &TestApp, user: Option<&str>, body: &Value) -> Answer {
    let call = app.post("/v1/cases:check").json(body);
    user.map_or_else(|| app.post("/v1/cases:check").json(body), |user| call.user(user)).send()
}

fn transcript(app: &TestApp) -> Value {
    let number = app.citizen_number(1);
    json!({
        "type_code": "TRANSCRIPT_ZH",
        "parties": [{"role": "SUBJECT", "name": "王示範", "national_id": number}],
        "applicant": {"name": "王示範", "national_id": number, "relation": "SELF"},
        "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 2}
    })
}

fn marriage(app: &TestApp) -> Value {
    let (mut a, mut b) = (person(1), female(2));
    (a["role"], b["role"]) = (json!("SPOUSE"), json!("SPOUSE"));
    (a["birth_on"], b["birth_on"]) = (json!("1980-01-01"), json!("1981-01-01"));
    let mut applicant = person(1);
    applicant["relation"] = json!("BOTH_PARTIES");
    json!({
        "type_code": "MARRIAGE", "parties": [a, b], "applicant": applicant,
        "fields": {"kind": "MARRIAGE", "abroad": true, "witnesses": []}, "papers": papers_of(app, "MARRIAGE")
    })
}

#[test]
fn the_relation_must_fit_the_parties() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["applicant"] = person(1);
    body["applicant"]["relation"] = json!("MOTHER");
    let mismatch = [field("/applicant/relation", "party_mismatch")];
    let told = take(&app, "clerk1", &body);
    assert_eq!(told.fields(), mismatch);
    assert!(told.text.contains("/applicant/national_id") && told.text.contains("MOTHER"), "both members: {}", told.text);
    body["applicant"]["relation"] = json!("FATHER");
    take(&app, "clerk1", &body).expect(201);
    let mut own = own("OTHER_LAW", 3, json!({"kind": "COMMON", "matter": "註記"}), &[]);
    own["applicant"]["national_id"] = person(4)["national_id"].clone();
    assert_eq!(take(&app, "clerk1", &own).fields(), mismatch);
    let mut married = marriage(&app);
    married["event_on"] = json!("2026-11-20");
    married["applicant"] = person(7);
    married["applicant"]["relation"] = json!("BOTH_PARTIES");
    assert_eq!(check(&app, None, &married).fields(), mismatch);
}

#[test]
fn a_name_that_is_not_the_registers_is_shown_to_staff_and_told_to_nobody_else() {
    let app = TestApp::new();
    take(&app, "clerk1", &birth(1)).expect(201);
    let mut body = birth(1);
    (body["parties"][1]["name"], body["confirm_not_duplicate"]) = (json!("測某"), json!(true));
    let taken = take(&app, "clerk1", &body).expect(201).clone();
    assert_eq!(taken["identity_differences"][0]["pointer"], "/parties/1/name", "{taken}");
    let mut online = transcript(&app);
    let mut stranger = person(1);
    (stranger["role"], stranger["name"]) = (json!("OTHER"), json!("某人"));
    online["parties"].as_array_mut().unwrap().push(stranger);
    let told = take(&app, "citizen1", &online);
    assert_eq!(told.expect(201).get("identity_differences"), None);
    check(&app, None, &body).expect(200);
    check(&app, Some("clerk1"), &body).expect(200);
}

#[test]
fn a_change_of_name_starts_from_the_registers_name_three_times_at_most() {
    let app = TestApp::new();
    let rename = |old: &str, new: &str| {
        let fields = json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
        let mut body = own("NAME_GIVEN", 1, fields, &[]);
        (body["papers"], body["confirm_not_duplicate"]) = (json!(papers_of(&app, "NAME_GIVEN")), json!(true));
        (body["applicant"]["name"], body["parties"][0]["name"]) = (json!(old), json!(old));
        body
    };
    registered(&app, &rename("測試甲", "測試二"));
    let mut wrong = rename("測試二", "測試三");
    wrong["fields"]["old_name"] = json!("測試甲");
    assert_eq!(take(&app, "clerk1", &wrong).fields(), [field("/fields/old_name", "party_mismatch")]);
    (wrong["applicant"]["name"], wrong["parties"][0]["name"]) = (json!("測試甲"), json!("測試甲"));
    let differs = take(&app, "clerk1", &wrong).expect(201).clone();
    assert_eq!(differs["identity_differences"][0]["pointer"], "/fields/old_name", "{differs}");
    registered(&app, &rename("測試二", "測試三"));
    registered(&app, &rename("測試三", "測試四"));
    assert_eq!(take(&app, "clerk1", &rename("測試四", "測試五")).fields(), [field("/fields/earlier_changes", "range")]);
}

#[test]
fn a_proxy_applies_with_the_letter_on_record() {
    let app = TestApp::new();
    let case = take(&app, "proxy1", &transcript(&app)).expect(201).clone();
    assert_eq!(
        (case["proxy"]["name"].as_str(), case["proxy"]["dated_on"].as_str()),
        (Some("何代理"), Some("2026-11-23")),
        "{case}"
    );
    let documents: Vec<_> = case["missing_papers"].as_array().unwrap().iter().map(|p| p["when"].clone()).collect();
    assert!(documents.contains(&json!("PROXY_APPLIES")), "{documents:?}");
    assert_eq!(case["allowed_actions"], json!(["edit", "withdraw"]));
    assert!(take(&app, "citizen1", &transcript(&app)).refused(409, "possible_duplicate")["matches"].is_array());
    let mut other = transcript(&app);
    other["proxy"] = person(9);
    (other["proxy"]["reason"], other["proxy"]["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    assert_eq!(take(&app, "proxy1", &other).fields(), [field("/proxy/national_id", "not_allowed")]);
}

#[test]
fn a_draft_of_ones_own_is_edited_by_the_rules_by_which_it_is_begun() {
    let app = TestApp::new();
    let body = transcript(&app);
    let own = take(&app, "citizen1", &body).expect(201).clone();
    let path = format!("/v1/cases/{}", own["id"].as_str().unwrap());
    let edit = |user: &str, change: &Value| app.call("PATCH", &path).user(user).if_match("*").json(change).send();
    let mut strange = body["applicant"].clone();
    (strange["name"], strange["national_id"]) = (person(77)["name"].clone(), person(77)["national_id"].clone());
    for relation in ["SELF", "INTERESTED_PERSON", "LEGAL_REPRESENTATIVE"] {
        strange["relation"] = json!(relation);
        let mut other = body.clone();
        other["applicant"] = strange.clone();
        let refused = [field("/applicant/national_id", "no_letter_of_proxy")];
        assert_eq!(take(&app, "citizen1", &other).fields(), refused, "{relation}");
        assert_eq!(edit("citizen1", &json!({"applicant": strange})).fields(), refused, "{relation}");
    }
    let seen = app.get(&path).user("citizen1").send().expect(200).clone();
    assert_eq!(seen["applicant"], own["applicant"]);
    let copies = |copies: u32| json!({"fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": copies}});
    assert_eq!(edit("citizen1", &copies(3)).expect(200)["fields"]["copies"], 3);
    act(&app, "citizen1", &own, ":withdraw", &json!({"reason": "改由代理人申請"})).expect(200);
    // By a proxy too, who stays the one who comes and is nobody else.
    let brought = take(&app, "proxy1", &body).expect(201).clone();
    let path = format!("/v1/cases/{}", brought["id"].as_str().unwrap());
    let edit = |change: &Value| app.call("PATCH", &path).user("proxy1").if_match("*").json(change).send();
    assert_eq!(edit(&copies(4)).expect(200)["proxy"]["name"], "何代理");
    assert_eq!(edit(&json!({"applicant": strange})).fields(), [field("/applicant/national_id", "no_letter_of_proxy")]);
    let mut proxy = person(9);
    (proxy["reason"], proxy["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    assert_eq!(edit(&json!({"proxy": proxy})).fields(), [field("/proxy/national_id", "not_allowed")]);
    act(&app, "clerk1", &brought, ":accept", &json!({})).expect(200);
}

#[test]
fn a_letter_of_proxy_older_than_a_year_is_refused() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["proxy"] = person(9);
    (body["proxy"]["reason"], body["proxy"]["dated_on"]) = (json!("住院"), json!("2025-11-22"));
    assert_eq!(take(&app, "clerk1", &body).fields(), [field("/proxy/dated_on", "too_old")]);
    body["proxy"]["dated_on"] = json!("2025-11-23");
    take(&app, "clerk1", &body).expect(201);
}

#[test]
fn parties_read_a_case_and_the_applicant_acts_on_it() {
    let app = TestApp::new();
    let mut body = transcript(&app);
    let guest = json!({"role": "OTHER", "name": "林示範", "national_id": app.citizen_number(2)});
    body["parties"].as_array_mut().unwrap().push(guest);
    let case = take(&app, "citizen1", &body).expect(201).clone();
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    // What somebody says of others is nothing of theirs until the office has met them.
    app.get(&path).user("citizen2").send().refused(404, "not_found");
    let patch = |user: &str| {
        let tag = tag(&app, &case);
        app.call("PATCH", &path).user(user).if_match(&tag).json(&json!({"papers": ["ID_CARD"]})).send()
    };
    patch("citizen2").refused(404, "not_found");
    patch("citizen1").expect(200);
    act(&app, "clerk1", &case, ":accept", &json!({})).expect(200);
    assert_eq!(app.get(&path).user("citizen2").send().expect(200)["allowed_actions"], json!([]));
    act(&app, "citizen2", &case, ":withdraw", &json!({"reason": "x"})).refused(403, "forbidden");
    patch("citizen2").refused(403, "forbidden");
    assert_eq!(patch("citizen1").refused(409, "wrong_state")["allowed_actions"], json!(["withdraw"]));
    act(&app, "citizen1", &case, ":withdraw", &json!({"reason": "不需要了"})).expect(200);
    let history = app.get(&format!("{path}/history")).user("citizen1").send();
    let actors: Vec<_> = history.expect(200)["items"].as_array().unwrap().iter().map(|l| l["actor"].clone()).collect();
    assert_eq!(actors[2], "CLK");
    assert!(actors[0].as_str().unwrap().starts_with("accounts/"));
    assert_eq!(history.body["items"][3]["reason"], "不需要了");
}

#[test]
fn a_marriage_abroad_has_thirty_days_and_a_period_ends_at_monday_noon() {
    let app = TestApp::new();
    let mut body = marriage(&app);
    assert_eq!(check(&app, None, &body).fields(), [field("/event_on", "required")]);
    body["event_on"] = json!("2026-10-22");
    // Thirty days end on Saturday 21 November: Monday noon.
    let told = check(&app, None, &body);
    assert_eq!((told.expect(200)["legal_due_on"].as_str(), told.body["late"].as_bool()), (Some("2026-11-23"), Some(false)));
    app.set_clock("2026-11-23T12:00:01+08:00");
    assert_eq!(check(&app, None, &body).expect(200)["late"], true);
    body["fields"]["abroad"] = json!(false);
    assert_eq!(check(&app, None, &body).fields(), [field("/fields/witnesses", "parties"), field("/event_on", "range")]);
    body["event_on"] = json!("2008-05-22");
    assert_eq!(check(&app, None, &body).expect(200)["legal_due_on"], "2008-06-23", "a ceremony sufficed until 2008-05-23");
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let clock = app.get(&format!("/v1/cases/{}/clock", case["id"].as_str().unwrap())).user("clerk1").send();
    assert_eq!(clock.expect(200)["legal"]["due_on"], "2008-06-23");
    assert_eq!(clock.body["legal"]["ledger"][0]["kind"], "FIRST_DAY");
}

#[test]
fn a_check_tells_each_caller_what_the_intake_would() {
    let app = TestApp::new();
    take(&app, "clerk1", &birth(1)).expect(201);
    let duplicates = |user| check(&app, user, &birth(1)).expect(200)["possible_duplicates"].as_array().unwrap().len();
    assert_eq!((duplicates(Some("clerk1")), duplicates(None), duplicates(Some("chief1"))), (1, 0, 0));
    let mut elsewhere = birth(2);
    elsewhere["service_point"] = json!("HEMEI");
    assert_eq!(check(&app, Some("clerk3"), &elsewhere).fields(), [field("/service_point", "not_allowed")]);
    elsewhere["service_point"] = json!("TAIPEI");
    assert_eq!(check(&app, None, &elsewhere).fields(), [field("/service_point", "unknown")]);
    let mut own = transcript(&app);
    own["type_code"] = json!("BIRTHPLACE");
    own["fields"] = json!({"kind": "COMMON", "matter": "出生地登記"});
    assert_eq!(check(&app, Some("citizen1"), &own).fields(), [field("/type_code", "not_allowed")]);
    own["channel"] = json!("ONLINE");
    assert_eq!(check(&app, Some("citizen1"), &own).fields(), [field("/channel", "not_allowed")]);
    check(&app, Some("citizen2"), &transcript(&app)).refused(422, "invalid");
}

#[test]
fn a_draft_may_be_incomplete_until_it_is_accepted() {
    let app = TestApp::new();
    let mut body = birth(1);
    body.as_object_mut().unwrap().remove("event_on");
    body["fields"] = json!({"kind": "BIRTH", "child_name": "測小安"});
    body["draft"] = json!(true);
    let mut wrong = body.clone();
    wrong["fields"]["weeks"] = json!("many");
    assert_eq!(take(&app, "clerk1", &wrong).fields(), [field("/fields/weeks", "invalid_type")]);
    let draft = take(&app, "clerk1", &body).expect(201).clone();
    act(&app, "clerk1", &draft, ":accept", &json!({})).refused(422, "invalid");
    let path = format!("/v1/cases/{}", draft["id"].as_str().unwrap());
    let patch = |patch: Value| {
        let tag = tag(&app, &draft);
        app.call("PATCH", &path).user("clerk1").if_match(&tag).json(&patch).send()
    };
    let mut proxy = person(9);
    (proxy["reason"], proxy["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    let set = patch(json!({"proxy": proxy, "event_on": "2026-09-01"}));
    assert!(set.expect(200)["proxy"].is_object() && set.body["event_on"].is_string());
    let removed = patch(json!({"proxy": null, "event_on": null}));
    assert_eq!((&removed.expect(200)["proxy"], &removed.body["event_on"]), (&Value::Null, &Value::Null));
    patch(json!({"fields": birth(1)["fields"], "event_on": "2026-09-01"})).expect(200);
    let accepted = act(&app, "clerk1", &draft, ":accept", &json!({}));
    assert_eq!(
        (accepted.expect(200)["late"].as_bool(), accepted.body["legal_due_on"].as_str()),
        (Some(true), Some("2026-11-02"))
    );
}

#[test]
fn a_case_taken_off_site_says_whose_office_is_told() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["off_site"] = json!(true);
    assert_eq!(take(&app, "clerk1", &body).fields(), [field("/registered_area", "required")]);
    for (area, code) in [("臺中", "pattern"), ("彰化縣和美鎮", "not_allowed")] {
        body["registered_area"] = json!(area);
        assert_eq!(take(&app, "clerk1", &body).fields(), [field("/registered_area", code)]);
    }
    body["registered_area"] = json!("臺中市北區");
    let case = take(&app, "clerk1", &body);
    assert_eq!(case.expect(201)["registered_office"], "臺中市北區戶政事務所");
}

#[test]
fn transcripts_as_cases_follow_the_rules_of_certificates() {
    let app = TestApp::new();
    let fields = json!({"kind": "TRANSCRIPT", "scope": "WHOLE", "purpose": "繼承登記", "copies": 2, "sheets": 3});
    let mut body = own("TRANSCRIPT_ZH", 1, fields, &[]);
    assert_eq!(take(&app, "clerk1", &body).expect(201)["fee_twd"], 90);
    body["applicant"] = person(2);
    body["applicant"]["relation"] = json!("INTERESTED_PERSON");
    let part = [field("/fields/interest_proof", "required"), field("/fields/scope", "not_allowed")];
    assert_eq!(take(&app, "clerk1", &body).fields(), part);
    let english = own("TRANSCRIPT_EN", 3, json!({"kind": "TRANSCRIPT", "scope": "WHOLE", "purpose": "留學", "copies": 3}), &[]);
    assert_eq!(take(&app, "clerk1", &english).expect(201)["fee_twd"], 130);
    let seal = own("SEAL_REGISTER", 4, json!({"kind": "SEAL", "village_code": "10007030-999"}), &[]);
    assert_eq!(take(&app, "clerk1", &seal).fields(), [field("/fields/village_code", "unknown")]);
}

#[test]
fn reasons_and_notes_hold_no_personal_number() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let words = format!("同{}案", person(8)["national_id"].as_str().unwrap());
    let number = |pointer: &str| [field(pointer, "personal_number")];
    let refused = act(&app, "clerk1", &case, ":revoke", &json!({"reason": words, "office_error": false}));
    assert_eq!(refused.fields(), number("/reason"));
    let finding = json!({"error_code": "OTHER", "severity": "MINOR", "cause": "OTHER", "note": words});
    let found = act(&app, "reviewer1", &case, "/reviews", &json!({"result": "ERROR", "findings": [finding]}));
    assert_eq!(found.fields(), number("/findings/0/note"));
    assert!(found.body["errors"][0]["detail"].as_str().unwrap().contains("統一編號"));
    let notice = json!({"notes": [{"document": "ID_CARD", "note": words}]});
    assert_eq!(act(&app, "clerk1", &case, "/one-time-notice", &notice).fields(), number("/notes/0/note"));
    correct(&app, &case, json!([{"pointer": "/fields/weeks", "value": 40}])).expect(200);
}

#[test]
fn a_check_by_staff_tells_who_is_known_otherwise_and_a_citizen_is_told_nothing() {
    let app = TestApp::new();
    take(&app, "clerk1", &named(matter(9), "林志名")).expect(201);
    let body = named(complete(&app, matter(9)), "林志明");
    let told = check(&app, Some("clerk1"), &body).expect(200)["identity_differences"].clone();
    let pointers: Vec<_> = told.as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
    assert_eq!(pointers, ["/parties/0/name", "/applicant/name"]);
    assert_eq!(told[0]["known_rank"], "SEEN");
    assert_eq!(check(&app, Some("clerk1"), &named(matter(9), "林志名")).expect(200)["identity_differences"], json!([]));
    assert_eq!(check(&app, None, &body).expect(200)["identity_differences"], json!([]));
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let shown: Vec<_> = case["identity_differences"].as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
    assert_eq!(shown, pointers);
    let mut own = transcript(&app);
    let other = json!({"role": "OTHER", "name": "別人", "national_id": person(9)["national_id"]});
    own["parties"].as_array_mut().unwrap().push(other);
    assert_eq!(check(&app, Some("citizen1"), &own).expect(200)["identity_differences"], json!([]));
}
