//! Personal status: what is registered of somebody ends what it must on every road, and gives it back when it is taken back.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, registered, review, revoke, take};
use crate::known::{GROWN, complete, death, declared, field, married, matter, named, named_person, paper, prove};
use crate::support::{Answer, FRIDAY_9, PASSWORD, TestApp, WEDNESDAY_9, booking, called, female, person, version};

fn certificate(person: &Value, applicant: &Value, relation: &str) -> Value {
    let mut applicant = applicant.clone();
    applicant["relation"] = json!(relation);
    json!({
        "kind": "TRANSCRIPT_ZH", "person": person, "applicant": applicant, "scope": "PERSON", "purpose": "就學", "copies": 1,
        "interest_proof": "債權憑證 115 年度司促字第 1 號"
    })
}

fn issue(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/certificates").user("clerk1").once().json(body).send()
}

fn letter(principal: &Value, scope: &str) -> Value {
    json!({"proxy_username": "proxy1", "principal": principal, "scope": scope, "valid_from": "2026-11-23", "valid_to": "2026-12-31"})
}

fn settle(app: &TestApp, difference: &Value, body: Value) -> Answer {
    let mut body = body;
    (body["document"], body["reason"]) = (json!({"kind": "ID_CARD", "number": "字第 7 號"}), json!("核對證件"));
    let path = format!("/v1/people/{}:settle", difference["person_id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match(&format!("\"v{}\"", difference["version"])).json(&body).send()
}

pub fn person_id(app: &TestApp, who: &Value) -> String {
    let search = json!({"national_id": who["national_id"], "reason": "查詢"});
    let found = app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200).clone();
    found["items"][0]["person_id"].as_str().unwrap().to_owned()
}

pub fn facts(app: &TestApp, id: &str) -> Vec<Value> {
    let list = app.get(&format!("/v1/people/{id}/facts?purpose=x")).user("clerk1").send();
    list.expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn a_number_with_anothers_name_opens_neither_certificate_nor_letter() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(7)).expect(201);
    let (right, wrong) = (person(7), named_person(7, "完全別人"));
    let refused = issue(&app, &certificate(&wrong, &wrong, "SELF"));
    let differences = refused.refused(409, "identity_unsettled")["differences"].clone();
    let pointers: Vec<&Value> = differences.as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
    assert_eq!(pointers, [&json!("/person/name"), &json!("/applicant/name")]);
    assert!(!refused.text.contains('測'), "{}", refused.text);
    issue(&app, &certificate(&right, &wrong, "INTERESTED_PERSON")).refused(409, "identity_unsettled");
    let note = |principal: &Value| app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(principal, "CASE")).send();
    assert_eq!(note(&wrong).refused(409, "identity_unsettled")["differences"][0]["pointer"], "/principal/name");
    note(&right).expect(201);
    // Somebody who only says so online is not given it either, and nothing of the register is told them.
    let stranger = declared(&app, "stranger", &wrong, "1990-05-04");
    let asked = app.post("/v1/certificates").bearer(&stranger).once().json(&certificate(&wrong, &wrong, "SELF")).send();
    let path = format!("/v1/certificates/{}", asked.expect(201)["id"].as_str().unwrap());
    let online = app.post(&format!("{path}:issue")).user("clerk1").if_match("\"v1\"").send();
    let difference = online.refused(409, "identity_unsettled")["differences"][0].clone();
    assert_eq!(difference["known_rank"], "SEEN");
    // The true person, whose paper says otherwise than a clerk once typed, is served in three calls.
    settle(&app, &difference, json!({"name": "完全別人"})).expect(200);
    issue(&app, &certificate(&wrong, &wrong, "SELF")).expect(201);
}

#[test]
fn a_list_names_people_as_the_case_did() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 1, 2, GROWN));
    let issued = issue(&app, &certificate(&person(1), &person(3), "INTERESTED_PERSON")).expect(201).clone();
    let fields = json!({"kind": "NAME", "old_name": "測試甲", "new_name": "測姓埋名", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    registered(&app, &complete(&app, own("NAME_GIVEN", 1, fields, &[])));
    let spouse = declared(&app, "spouse", &female(2), "1981-01-01");
    let code = app.post("/v1/me/identity-code").bearer(&spouse).send().expect(200)["code"].as_str().unwrap().to_owned();
    let mut shown = paper(&code, &female(2));
    shown["person"]["birth_on"] = json!("1981-01-01");
    let password = prove(&app, &shown).expect(201)["initial_password"].as_str().unwrap().to_owned();
    let log_in = |password: &str| {
        let body = json!({"username": "spouse", "password": password});
        app.post("/v1/auth/login").json(&body).send().expect(200)["access_token"].as_str().unwrap().to_owned()
    };
    let change = json!({"current_password": password, "new_password": "Amsel-singt-um-5"});
    assert_eq!(app.post("/v1/auth/password").bearer(&log_in(&password)).json(&change).send().status, 204);
    let spouse = log_in("Amsel-singt-um-5");
    let names = |who: &str| {
        let call = app.get("/v1/cases?type=MARRIAGE");
        let list = if who == "spouse" { call.bearer(&spouse) } else { call.user(who) }.send().expect(200).clone();
        list["items"][0]["person"].as_str().unwrap().to_owned()
    };
    assert_eq!((names("spouse"), names("clerk1")), ("測○甲".to_owned(), "測○甲".to_owned()));
    let path = format!("/v1/certificates/{}", issued["id"].as_str().unwrap());
    assert_eq!(app.get(&path).user("clerk1").send().expect(200)["person"], "測○甲");
    let theirs = app.get(&format!("/v1/cases?person_id={}", person_id(&app, &female(2)))).user("clerk1").send();
    assert_eq!(theirs.expect(200)["items"][0]["id"], case["id"]);
    assert_eq!(theirs.body["items"].as_array().unwrap().len(), 1);
}

/// What a citizen with an account and a proxy can do for somebody: log in, act for themselves, act through the proxy.
fn roads(app: &TestApp, token: &str, who: &Value, slot: &str) -> Vec<u16> {
    let mut booked = booking(slot);
    booked["person"] = who.clone();
    let by_proxy = app.post("/v1/bookings").user("proxy1").once().json(&booked).send();
    if by_proxy.status == 201 {
        let path = format!("/v1/bookings/{}:cancel", by_proxy.body["id"].as_str().unwrap());
        app.post(&path).user("clerk1").if_match(by_proxy.etag()).json(&json!({"reason": "x"})).send().expect(200);
    }
    let counter = issue(app, &certificate(who, who, "SELF"));
    let waits = json!({"service": "LEGAL_CONSULTATION", "person": who, "from": "2026-11-25", "to": "2026-12-04"});
    let waits = app.post("/v1/waitlist").user("clerk1").once().json(&waits).send();
    if waits.status == 201 {
        let path = format!("/v1/waitlist/{}", waits.body["id"].as_str().unwrap());
        assert_eq!(app.call("DELETE", &path).user("clerk1").if_match(waits.etag()).send().status, 204);
    }
    let me = app.get("/v1/me").bearer(token).send();
    let log_in = app.post("/v1/auth/login").json(&json!({"username": "citizen2", "password": PASSWORD})).send();
    let scope = letter(who, if slot == WEDNESDAY_9 { "CASE" } else { "BOOKING" });
    let mut scope = scope;
    (scope["valid_from"], scope["valid_to"]) = (json!("2027-03-01"), json!("2027-03-02"));
    let noted = app.post("/v1/letters-of-proxy").user("clerk1").json(&scope).send();
    if noted.status == 201 {
        let path = format!("/v1/letters-of-proxy/{}:revoke", noted.body["id"].as_str().unwrap());
        app.post(&path).user("clerk1").if_match(noted.etag()).send().expect(200);
    }
    [by_proxy, counter, waits, me, log_in, noted].iter().map(|answer| answer.status).collect()
}

#[test]
fn a_registered_death_ends_every_road_and_its_revocation_opens_them_again() {
    let app = TestApp::new();
    let who = json!({"name": "林示範", "national_id": app.citizen_number(2)});
    let (token, refresh) = {
        let tokens = app.post("/v1/auth/login").json(&json!({"username": "citizen2", "password": PASSWORD})).send();
        let tokens = tokens.expect(200).clone();
        (tokens["access_token"].as_str().unwrap().to_owned(), tokens["refresh_token"].clone())
    };
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&who, "BOOKING")).send().expect(201);
    assert_eq!(roads(&app, &token, &who, WEDNESDAY_9), [201, 201, 201, 200, 200, 201]);
    let mut dead = death(&app, 21);
    (dead["parties"][0]["name"], dead["parties"][0]["national_id"]) = (who["name"].clone(), who["national_id"].clone());
    let case = registered(&app, &dead);
    assert_eq!(roads(&app, &token, &who, WEDNESDAY_9), [422, 422, 422, 401, 401, 422]);
    assert_eq!(app.post("/v1/auth/refresh").json(&json!({"refresh_token": refresh})).send().status, 401);
    assert_eq!(issue(&app, &certificate(&who, &who, "SELF")).fields(), [field("/applicant/national_id", "person_deceased")]);
    // Others are given what the law gives them of the dead.
    issue(&app, &certificate(&who, &person(3), "INTERESTED_PERSON")).expect(201);
    revoke(&app, &case);
    assert_eq!(roads(&app, &token, &who, FRIDAY_9), [201, 201, 201, 200, 200, 201]);
}

#[test]
fn a_letter_ends_with_the_guardianship_of_its_principal() {
    let app = TestApp::new();
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&person(31), "BOOKING")).send().expect(201);
    let book = |slot: &str| {
        let mut body = booking(slot);
        body["person"] = person(31);
        app.post("/v1/bookings").user("proxy1").once().json(&body).send()
    };
    book(WEDNESDAY_9).expect(201);
    let mut body = complete(
        &app,
        own("GUARDIANSHIP", 31, json!({"kind": "COMMON", "matter": "監護宣告", "ground": "115 年度監宣字第 1 號"}), &[]),
    );
    let mut guardian = person(32);
    guardian["role"] = json!("GUARDIAN");
    body["parties"].as_array_mut().unwrap().push(guardian);
    body["applicant"] = person(32);
    (body["applicant"]["relation"], body["event_on"]) = (json!("GUARDIAN"), json!("2026-11-20"));
    let case = registered(&app, &body);
    assert_eq!(book(FRIDAY_9).fields(), [field("/person/national_id", "no_letter_of_proxy")]);
    revoke(&app, &case);
    book(FRIDAY_9).expect(201);
}

#[test]
fn whoever_is_assisted_still_acts_through_a_letter() {
    let app = TestApp::new();
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&person(35), "BOOKING")).send().expect(201);
    let mut body = complete(&app, own("ASSISTANCE", 35, json!({"kind": "COMMON", "matter": "輔助宣告"}), &[]));
    let mut assistant = person(36);
    assistant["role"] = json!("GUARDIAN");
    body["parties"].as_array_mut().unwrap().push(assistant);
    body["applicant"] = person(36);
    (body["applicant"]["relation"], body["event_on"]) = (json!("ASSISTANT"), json!("2026-11-20"));
    registered(&app, &body);
    let mut booked = booking(WEDNESDAY_9);
    booked["person"] = person(35);
    app.post("/v1/bookings").user("proxy1").once().json(&booked).send().expect(201);
}

/// A change of a child's name by somebody who says that they represent it.
fn renamed_by(app: &TestApp, child: u32, born: &str, by: u32) -> Answer {
    let fields = json!({"kind": "NAME", "old_name": called(child), "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = complete(app, own("NAME_GIVEN", child, fields, &[]));
    body["parties"][0]["birth_on"] = json!(born);
    body["applicant"] = person(by);
    (body["applicant"]["relation"], body["confirm_not_duplicate"]) = (json!("LEGAL_REPRESENTATIVE"), json!(true));
    take(app, "clerk1", &body)
}

#[test]
fn nobody_represents_whom_the_register_says_that_they_do_not() {
    let app = TestApp::new();
    let refused = [field("/applicant/relation", "not_representative")];
    let mut grown = matter(101);
    grown["parties"][0]["birth_on"] = json!("1990-05-04");
    take(&app, "clerk1", &grown).expect(201);
    renamed_by(&app, 101, "1990-05-04", 102).expect(201);
    let mut grown = complete(&app, own("BIRTHDATE_CORRECTION", 101, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    grown["parties"][0]["birth_on"] = json!("1990-05-04");
    registered(&app, &grown);
    assert_eq!(renamed_by(&app, 101, "1990-05-04", 102).fields(), refused, "of age, as is registered");
    // Who the parents are is not known here: the papers tell.
    let mut child = matter(103);
    child["parties"][0]["birth_on"] = json!("2015-05-04");
    take(&app, "clerk1", &child).expect(201);
    renamed_by(&app, 103, "2015-05-04", 102).expect(201);
    // A court gives the rights to one of the parents.
    let mut rights = complete(&app, own("PARENTAL_RIGHTS", 103, json!({"kind": "COMMON", "matter": "由父行使負擔"}), &[]));
    let mut father = person(104);
    father["role"] = json!("FATHER");
    rights["parties"].as_array_mut().unwrap().push(father);
    rights["applicant"] = person(104);
    (rights["applicant"]["relation"], rights["event_on"]) = (json!("PARENT_ONE_OR_BOTH"), json!("2026-11-20"));
    // Nor that this is the father.
    rights["papers"].as_array_mut().unwrap().push(json!("RELATION_PROOF"));
    let rights = registered(&app, &rights);
    assert_eq!(renamed_by(&app, 103, "2015-05-04", 102).fields(), refused, "not the custodian");
    renamed_by(&app, 103, "2015-05-04", 104).expect(201);
    revoke(&app, &rights);
    renamed_by(&app, 103, "2015-05-04", 102).expect(201);
}

#[test]
fn an_acknowledged_child_has_a_parent_and_a_lost_nationality_ends_a_seal() {
    let app = TestApp::new();
    let mut body = complete(&app, own("PARENTAGE", 111, json!({"kind": "COMMON", "matter": "認領"}), &[]));
    let mut father = person(112);
    father["role"] = json!("FATHER");
    body["parties"].as_array_mut().unwrap().push(father);
    body["applicant"] = person(112);
    (body["applicant"]["relation"], body["event_on"]) = (json!("ACKNOWLEDGER"), json!("2026-11-20"));
    registered(&app, &body);
    let kinds = |number: u32| -> Vec<String> {
        let all = facts(&app, &person_id(&app, &person(number)));
        all.iter().filter(|fact| fact["rank"] == "REGISTERED").map(|fact| fact["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(111), ["PARENT"]);
    let seal = complete(&app, own("SEAL_REGISTER", 113, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]));
    registered(&app, &seal);
    let change = complete(&app, own("SEAL_CHANGE", 113, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]));
    let waiting = take(&app, "clerk1", &change).expect(201).clone();
    act(&app, "clerk1", &waiting, ":submit-for-review", &json!({})).expect(200);
    let permission = json!({"number": "台內戶字第1150123456號", "permitted_on": "2026-11-20"});
    let fields = json!({"kind": "NATIONALITY", "nationality": "越南", "permission": permission});
    let mut loss = complete(&app, own("NAT_LOSS", 113, fields, &[]));
    loss["event_on"] = json!("2026-11-20");
    let lost = registered(&app, &loss);
    app.advance(Duration::seconds(1));
    assert_eq!(kinds(113), ["NATIONALITY"]);
    assert_eq!(take(&app, "clerk1", &change).fields(), [field("/parties/0/national_id", "not_national")]);
    review(&app, "reviewer1", &waiting, "PASS").refused(409, "conflict");
    revoke(&app, &lost);
    review(&app, "reviewer1", &waiting, "PASS").expect(201);
}

#[test]
fn a_widow_who_has_married_again_is_shown_before_the_declaration_of_death_is_taken_back() {
    let app = TestApp::new();
    let first = registered(&app, &married(&app, 41, 42, GROWN));
    let dead = registered(&app, &{
        let mut body = death(&app, 41);
        (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
        (body["type_code"], body["fields"]["manner"]) = (json!("DEATH_PRESUMED"), json!("DECLARED"));
        body["applicant"]["relation"] = json!("PETITIONER");
        complete(&app, body)
    });
    app.advance(Duration::days(1));
    let second = registered(&app, &married(&app, 43, 42, GROWN));
    act(&app, "clerk1", &dead, ":revoke", &json!({"reason": "登錄錯人", "office_error": true})).expect(200);
    let approve = |body: Value| act(&app, "chief1", &dead, ":approve-change", &body);
    let shown = approve(json!({})).refused(409, "register_contradicts")["contradictions"][0].clone();
    assert_eq!((&shown["earlier_case_id"], &shown["later_case_id"]), (&first["id"], &second["id"]));
    approve(json!({"confirm_contradictions": "LATER"})).expect(200);
    // The husband lives and is free; the marriage of before has ended by the later one.
    let mut third = married(&app, 41, 44, GROWN);
    third["event_on"] = json!("2026-11-24");
    take(&app, "clerk1", &third).expect(201);
    let holds = |who: &Value| {
        let all = facts(&app, &person_id(&app, who));
        all.iter().filter(|fact| fact["kind"] == "MARRIAGE" && fact["is_todays"] == true).count()
    };
    assert_eq!((holds(&female(42)), holds(&person(41))), (1, 0));
    // Once the later one is found void, the earlier one stands again.
    revoke(&app, &second);
    assert_eq!((holds(&female(42)), holds(&person(41))), (1, 1));
}

#[test]
fn a_marriage_entered_late_does_not_reach_into_a_later_one() {
    let app = TestApp::new();
    registered(&app, &married(&app, 51, 52, GROWN));
    let mut earlier = married(&app, 51, 53, GROWN);
    earlier["event_on"] = json!("2005-05-05");
    let taken = [field("/parties/0/national_id", "already_married")];
    assert_eq!(take(&app, "clerk1", &earlier).fields(), taken);
    // How it ended comes first, and is not kept out by the marriage of today.
    let mut divorce = earlier.clone();
    divorce["type_code"] = json!("DIVORCE_COURT");
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "99 年度婚字第 1 號", "final_on": "2010-03-01"});
    (divorce["event_on"], divorce["applicant"]["relation"]) = (json!("2010-03-01"), json!("ONE_PARTY"));
    registered(&app, &complete(&app, divorce));
    registered(&app, &earlier);
}

#[test]
fn nobody_dies_before_what_they_have_done_since() {
    let app = TestApp::new();
    registered(&app, &married(&app, 61, 62, GROWN));
    let early = [field("/fields/died_on", "later_entry")];
    assert_eq!(take(&app, "clerk1", &death(&app, 61)).fields(), early);
    let mut body = death(&app, 61);
    (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
    let case = registered(&app, &body);
    let back = correct(&app, &case, json!([{"pointer": "/fields/died_on", "value": "2026-11-22"}]));
    back.refused(409, "conflict");
}

#[test]
fn what_a_case_says_beside_what_it_is_about_is_settled_by_a_paper() {
    let app = TestApp::new();
    registered(&app, &named(complete(&app, matter(71)), "測試誤"));
    let case = take(&app, "clerk1", &complete(&app, matter(71))).expect(201).clone();
    let difference = &case["identity_differences"][0];
    assert_eq!(difference["known_rank"], "SEEN");
    settle(&app, difference, json!({"name": "測試庚甲", "birth_on": "1990-05-04"})).expect(200);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    // A birthday that is corrected by a case of its own is registered.
    let mut corrected = complete(&app, own("BIRTHDATE_CORRECTION", 71, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    corrected["parties"][0]["birth_on"] = json!("1991-06-05");
    registered(&app, &corrected);
    let known = facts(&app, &person_id(&app, &person(71)));
    let today = known.iter().find(|fact| fact["kind"] == "BIRTH_ON" && fact["is_todays"] == true).unwrap();
    assert_eq!((&today["value"], &today["rank"]), (&json!("1991-06-05"), &json!("REGISTERED")));
}

#[test]
fn a_settlement_says_what_a_paper_can_say() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(72)).expect(201);
    declared(&app, "stranger", &named_person(72, "別人"), "1990-05-04");
    let search = json!({"national_id": person(72)["national_id"], "reason": "查詢"});
    let found = app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200)["items"].clone();
    let at = |n: usize| json!({"person_id": found[n]["person_id"], "version": 1});
    assert_eq!(settle(&app, &at(0), json!({"birth_on": "2050-01-01"})).fields(), [field("/birth_on", "range")]);
    assert_eq!(settle(&app, &at(0), json!({})).fields(), [field("/name", "required")]);
    let claimed = json!({"person_id": found[1]["person_id"], "version": 2});
    settle(&app, &claimed, json!({"name": "別人"})).refused(409, "conflict");
    settle(&app, &at(0), json!({"name": "測試庚乙", "birth_on": "1990"})).expect(200);
}

#[test]
fn nobody_is_known_by_a_case_that_came_to_nothing() {
    let app = TestApp::new();
    for (number, end) in [(73, ":withdraw"), (74, ":refuse")] {
        let case = take(&app, "clerk1", &named(matter(number), "測試誤")).expect(201).clone();
        act(&app, "clerk1", &case, end, &json!({"reason": "登錄錯誤"})).expect(200);
        let next = take(&app, "clerk1", &matter(number)).expect(201).clone();
        assert_eq!(next["identity_differences"], json!([]), "{end}");
    }
}

#[test]
fn both_parents_of_a_child_hold() {
    let app = TestApp::new();
    let mut body = birth(80);
    body["fields"]["national_id"] = female(81)["national_id"].clone();
    registered(&app, &body);
    let parents = facts(&app, &person_id(&app, &female(81)));
    let parents: Vec<&Value> = parents.iter().filter(|fact| fact["kind"] == "PARENT").collect();
    assert_eq!(parents.len(), 2);
    assert!(parents.iter().all(|fact| fact["is_todays"] == true));
}

#[test]
fn twins_another_spouse_and_another_note_are_no_duplicates() {
    let app = TestApp::new();
    let mut twin = birth(90);
    twin["fields"]["multiple"] = json!(2);
    twin["confirm_not_duplicate"] = json!(false);
    take(&app, "clerk1", &twin).expect(201);
    take(&app, "clerk1", &twin).refused(409, "possible_duplicate");
    (twin["fields"]["child_name"], twin["fields"]["birth_order"]) = (json!("測小二"), json!(2));
    twin["fields"]["certificate_number"] = json!("出字第 0000091 號");
    take(&app, "clerk1", &twin).expect(201);
    let mut note = own("OTHER_LAW", 91, json!({"kind": "COMMON", "matter": "註記一"}), &[]);
    take(&app, "clerk1", &note).expect(201);
    take(&app, "clerk1", &note).refused(409, "possible_duplicate");
    note["fields"]["matter"] = json!("註記二");
    take(&app, "clerk1", &note).expect(201);
    let mut marriage = married(&app, 92, 93, GROWN);
    marriage["confirm_not_duplicate"] = json!(false);
    take(&app, "clerk1", &marriage).expect(201);
    marriage["parties"][1] = married(&app, 92, 94, GROWN)["parties"][1].clone();
    take(&app, "clerk1", &marriage).expect(201);
}

#[test]
fn a_proven_principal_gives_a_letter_and_takes_it_back() {
    let app = TestApp::new();
    let who = json!({"name": "陳示範", "national_id": app.citizen_number(3)});
    let give =
        |user: &str, principal: &Value| app.post("/v1/letters-of-proxy").user(user).json(&letter(principal, "CASE")).send();
    let given = give("citizen3", &who);
    given.expect(201);
    assert_eq!(give("citizen2", &who).fields(), [field("/principal/national_id", "not_allowed")]);
    give("citizen9", &json!({"name": "蔡示範", "national_id": app.citizen_number(9)})).refused(403, "forbidden");
    let path = format!("/v1/letters-of-proxy/{}:revoke", given.body["id"].as_str().unwrap());
    app.post(&path).user("citizen2").if_match("*").send().refused(404, "not_found");
    app.post(&path).user("citizen3").if_match(given.etag()).send().expect(200);
    assert_eq!(version(&app.get(path.trim_end_matches(":revoke")).user("citizen3").send()), 2);
}
