//! A revocation that was a mistake is undone by two people: the entry stands again with its own day, and all that followed from it.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, own, papers_of, registered, revoke, take};
use crate::certificates::{apply, transcript};
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::records::found;
use crate::relations::{as_party, guardianship};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};
use crate::unnumbered::passport;
use crate::what_comes_back::all_papers;

fn reinstatement() -> Value {
    json!({"reason": "誤撤他案，原登記無誤", "office_error": false})
}

/// Proposes and approves a reinstatement.
pub fn reinstate(app: &TestApp, case: &Value) -> Answer {
    let proposed = act(app, "clerk1", case, ":reinstate", &reinstatement());
    if proposed.status != 200 {
        return proposed;
    }
    assert_eq!(proposed.body["status"], "REVOKED", "proposed only");
    act(app, "chief1", case, ":approve-change", &json!({}))
}

fn born(parents: u32, child: u32) -> Value {
    let mut body = birth(parents);
    body["fields"]["national_id"] = female(child)["national_id"].clone();
    body
}

fn status(app: &TestApp, case: &Value) -> Value {
    app.get(&at(case, "")).user("clerk1").send().expect(200)["status"].clone()
}

fn divorce(app: &TestApp, one: u32, other: u32) -> Value {
    let mut body = married(app, one, other, GROWN);
    body["type_code"] = json!("DIVORCE_AGREED");
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    body["papers"] = json!(papers_of(app, "DIVORCE_AGREED"));
    body
}

fn standing(app: &TestApp, who: &Value, kind: &str) -> Vec<Value> {
    let all = facts(app, &person_id(app, who));
    all.into_iter().filter(|fact| fact["kind"] == kind && fact["struck_at"].is_null()).collect()
}

#[test]
fn a_marriage_that_was_revoked_by_mistake_stands_again_since_its_own_day() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 31, 32, GROWN));
    app.advance(Duration::days(7));
    act(&app, "clerk1", &case, ":reinstate", &reinstatement()).refused(409, "wrong_state");
    assert_eq!(revoke(&app, &case)["allowed_actions"], json!(["reinstate"]));
    assert!(standing(&app, &person(31), "MARRIAGE").is_empty());
    app.advance(Duration::days(7));
    let proposed = act(&app, "clerk1", &case, ":reinstate", &reinstatement());
    assert_eq!(
        (&proposed.expect(200)["status"], &proposed.body["allowed_actions"]),
        (&json!("REVOKED"), &json!(["withdraw-change"]))
    );
    act(&app, "clerk1", &case, ":reinstate", &reinstatement()).refused(409, "conflict");
    act(&app, "clerk1", &case, ":approve-change", &json!({})).refused(403, "forbidden");
    act(&app, "clerk1", &case, ":withdraw-change", &json!({"reason": "再查"})).expect(200);
    act(&app, "chief1", &case, ":approve-change", &json!({})).refused(409, "wrong_state");
    act(&app, "chief1", &case, ":reinstate", &reinstatement()).expect(200);
    act(&app, "chief1", &case, ":approve-change", &json!({})).refused(409, "own_request");
    act(&app, "chief2", &case, ":reject-change", &json!({"reason": "證明不足"})).expect(200);
    assert_eq!(status(&app, &case), "REVOKED");
    assert_eq!(reinstate(&app, &case).expect(200)["status"], "REGISTERED");
    for who in [person(31), female(32)] {
        let held = standing(&app, &who, "MARRIAGE");
        assert_eq!((held.len(), &held[0]["valid_from"]), (1, &json!("2026-11-23")));
    }
    let again = take(&app, "clerk1", &married(&app, 31, 33, GROWN));
    assert_eq!(again.fields(), [field("/parties/0/national_id", "already_married")]);
    // Both stay: the history, the changes and the lines of the book.
    let history = app.get(&at(&case, "/history?limit=100")).user("clerk1").send().expect(200)["items"].clone();
    let told: Vec<&str> = history.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert!(told.contains(&"revoked") && told.last() == Some(&"reinstated"), "{told:?}");
    let changes = app.get(&at(&case, "/changes")).user("clerk1").send().expect(200)["items"].clone();
    let last = changes.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["status"]), (&json!("REINSTATE"), &json!("APPROVED")));
    let book = app.get("/v1/record-books/maintenance").user("chief1").send().expect(200)["items"].clone();
    let kinds: Vec<&Value> = book.as_array().unwrap().iter().map(|line| &line["kind"]).collect();
    assert!(kinds.len() == 2 && kinds.contains(&&json!("REINSTATE")), "{book}");
    // What stands again can be corrected and revoked as before.
    assert_eq!(revoke(&app, &case)["status"], "REVOKED");
}

#[test]
fn a_corrected_entry_is_reinstated_as_corrected() {
    let app = TestApp::new();
    let case = registered(&app, &born(50, 60));
    correct(&app, &case, json!([{"pointer": "/fields/child_name", "value": "測小寧"}])).expect(200);
    revoke(&app, &case);
    assert_eq!(found(&app, &female(60))[0]["found_by"], "EMPTY");
    assert_eq!(reinstate(&app, &case).expect(200)["status"], "CORRECTED");
    let child = person_id(&app, &female(60));
    let names: Vec<Value> =
        facts(&app, &child).into_iter().filter(|fact| fact["is_todays"] == true && fact["kind"] == "NAME").collect();
    assert_eq!(names[0]["value"], "測小寧");
    assert_eq!((found(&app, &female(60)).len(), &found(&app, &female(60))[0]["found_by"]), (1, &json!("CURRENT")));
}

#[test]
fn a_divorce_ends_the_reinstated_marriage_and_a_marriage_is_not_revoked_under_its_divorce() {
    let app = TestApp::new();
    let wedding = registered(&app, &married(&app, 41, 42, GROWN));
    app.advance(Duration::days(1));
    let divorced = registered(&app, &divorce(&app, 41, 42));
    let refused = act(&app, "clerk1", &wedding, ":revoke", &json!({"reason": "誤登", "office_error": false}));
    refused.refused(409, "conflict");
    revoke(&app, &divorced);
    revoke(&app, &wedding);
    let refused = act(&app, "clerk1", &divorced, ":reinstate", &reinstatement());
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "not_registered")], "{}", refused.text);
    assert_eq!(reinstate(&app, &wedding).expect(200)["status"], "REGISTERED");
    assert_eq!(reinstate(&app, &divorced).expect(200)["status"], "REGISTERED");
    assert_eq!(standing(&app, &person(41), "MARRIAGE_END")[0]["valid_from"], "2026-11-24");
    take(&app, "clerk1", &married(&app, 41, 43, GROWN)).expect(201);
}

#[test]
fn what_was_revoked_before_an_entry_was_taken_its_own_papers_have_shown() {
    let app = TestApp::new();
    let wedding = registered(&app, &married(&app, 44, 45, GROWN));
    app.advance(Duration::days(1));
    revoke(&app, &wedding);
    app.advance(Duration::days(1));
    // The register has no marriage: a paper shows it.
    let mut body = divorce(&app, 44, 45);
    body["papers"] = all_papers(&app, "DIVORCE_AGREED");
    let divorced = registered(&app, &body);
    app.advance(Duration::days(1));
    revoke(&app, &divorced);
    assert_eq!(reinstate(&app, &divorced).expect(200)["status"], "REGISTERED");
}

#[test]
fn whoever_approves_sees_the_marriage_that_was_concluded_meanwhile() {
    let app = TestApp::new();
    let first = registered(&app, &married(&app, 51, 52, GROWN));
    revoke(&app, &first);
    app.advance(Duration::days(1));
    let second = registered(&app, &married(&app, 53, 52, GROWN));
    act(&app, "clerk1", &first, ":reinstate", &reinstatement()).expect(200);
    let approve = |body: Value| act(&app, "chief1", &first, ":approve-change", &body);
    let shown = approve(json!({})).refused(409, "register_contradicts")["contradictions"].clone();
    assert_eq!((&shown[0]["earlier_case_id"], &shown[0]["later_case_id"]), (&first["id"], &second["id"]), "{shown}");
    assert_eq!(status(&app, &first), "REVOKED");
    // Nobody trusts by law in the revocation of a marriage.
    let later = approve(json!({"confirm_contradictions": "LATER"}));
    assert_eq!(later.fields(), [field("/confirm_contradictions", "not_allowed")], "{}", later.text);
    assert_eq!(approve(json!({"confirm_contradictions": "EARLIER"})).expect(200)["status"], "REGISTERED");
    assert_eq!(status(&app, &second), "REVOKED");
    // The void one does not come back against it.
    act(&app, "clerk1", &second, ":reinstate", &reinstatement()).expect(200);
    let refused = act(&app, "chief2", &second, ":approve-change", &json!({"confirm_contradictions": "EARLIER"}));
    refused.refused(409, "conflict");
}

#[test]
fn a_name_a_number_and_a_seal_come_back() {
    let app = TestApp::new();
    let rename = |old: &str, new: &str| {
        let fields = json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
        let mut body = complete(&app, own("NAME_GIVEN", 1, fields, &[]));
        (body["applicant"]["name"], body["confirm_not_duplicate"]) = (json!(old), json!(true));
        body["parties"][0]["name"] = json!(old);
        body
    };
    let name = |who: &Value| {
        let all = facts(&app, &person_id(&app, who));
        all.iter().find(|fact| fact["kind"] == "NAME" && fact["is_todays"] == true).unwrap()["value"].clone()
    };
    let first = registered(&app, &rename("測試甲", "測試一"));
    app.advance(Duration::seconds(1));
    registered(&app, &rename("測試一", "測試二"));
    app.advance(Duration::seconds(1));
    revoke(&app, &first);
    reinstate(&app, &first).expect(200);
    assert_eq!(name(&person(1)), "測試二", "the later change goes on");
    revoke(&app, &first);
    app.advance(Duration::days(1));
    registered(&app, &rename("測試二", "測試三"));
    reinstate(&app, &first).expect(200);
    let seal = |code: &str| complete(&app, own(code, 2, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]));
    let registration = registered(&app, &seal("SEAL_REGISTER"));
    revoke(&app, &registration);
    let other = registered(&app, &{
        let mut body = seal("SEAL_REGISTER");
        body["confirm_not_duplicate"] = json!(true);
        body
    });
    act(&app, "clerk1", &registration, ":reinstate", &reinstatement()).refused(409, "conflict");
    revoke(&app, &other);
    reinstate(&app, &registration).expect(200);
    assert_eq!(take(&app, "clerk1", &seal("SEAL_REGISTER")).fields(), [field("/parties/0/national_id", "already_registered")]);
    let fields = json!({"kind": "UID", "old_number": person(3)["national_id"], "new_number": person(103)["national_id"], "reason": "DUPLICATE"});
    let mut change = complete(&app, own("UID_CHANGE", 3, fields, &[]));
    change["event_on"] = json!("2026-11-20");
    let change = registered(&app, &change);
    revoke(&app, &change);
    reinstate(&app, &change).expect(200);
    assert_eq!(found(&app, &person(103))[0]["found_by"], "CURRENT");
    revoke(&app, &change);
    take(&app, "clerk1", &matter(103)).expect(201);
    act(&app, "clerk1", &change, ":reinstate", &reinstatement()).refused(409, "conflict");
}

#[test]
fn another_human_has_another_record_and_a_reinstated_birth_is_refused_their_number() {
    let app = TestApp::new();
    let first = registered(&app, &born(50, 60));
    let child = person_id(&app, &female(60));
    app.sql(&format!(
        "INSERT INTO seals (id, person_id, status, village_code, case_id, registered_at) VALUES ('{child}', '{child}', 'ACTIVE', '10007030-002', '{}', '2026-11-23 01:00:00')",
        take(&app, "clerk1", &matter(61)).expect(201)["id"].as_str().unwrap()
    ));
    revoke(&app, &first);
    // The seal that rested on the birth has ended with it, and nothing stands of the record.
    let other = registered(&app, &born(51, 60));
    let records = found(&app, &female(60));
    let of = |by: &str| records.iter().find(|one| one["found_by"] == by).map(|one| one["person_id"].clone());
    assert_eq!(of("EMPTY"), Some(json!(child)));
    assert!(of("CURRENT").is_some_and(|id| id != json!(child)), "{records:?}");
    let refused = act(&app, "clerk1", &first, ":reinstate", &reinstatement());
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/fields/national_id", "taken")]);
    revoke(&app, &other);
    reinstate(&app, &first).expect(200);
    let again = found(&app, &female(60));
    let current = again.iter().find(|one| one["found_by"] == "CURRENT").unwrap();
    assert_eq!(current["person_id"], json!(child));
    let log = app.get("/v1/audit-log?action=seal.restored").user("director1").send();
    assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_birth_is_revoked_and_reinstated_with_what_is_registered_of_the_child() {
    let app = TestApp::new();
    let case = registered(&app, &born(50, 60));
    let mut dead = death(&app, 60);
    (dead["parties"][0]["name"], dead["parties"][0]["national_id"]) = (json!("測小安"), female(60)["national_id"].clone());
    let dead = registered(&app, &dead);
    let refused = act(&app, "clerk1", &case, ":revoke", &json!({"reason": "誤登", "office_error": false}));
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "later_entry")]);
    revoke(&app, &dead);
    revoke(&app, &case);
    let refused = act(&app, "clerk1", &dead, ":reinstate", &reinstatement());
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "not_registered")], "{}", refused.text);
    assert_eq!(reinstate(&app, &case).expect(200)["status"], "REGISTERED");
    assert_eq!(reinstate(&app, &dead).expect(200)["status"], "REGISTERED");
    assert_eq!(found(&app, &female(60)).len(), 1);
}

/// What is said of somebody that stands, by whom it was said.
fn said(app: &TestApp, id: &str) -> Vec<String> {
    let all = facts(app, id).into_iter().filter(|fact| fact["struck_at"].is_null());
    let mut said: Vec<String> = all
        .map(|fact| json!([fact["kind"], fact["value"], fact["rank"], fact["source"], fact["is_todays"]]).to_string())
        .collect();
    said.sort();
    said
}

#[test]
fn what_was_seen_of_a_child_since_its_birth_stands_again_with_that() {
    let app = TestApp::new();
    let birth = registered(&app, &born(50, 60));
    let child = person_id(&app, &female(60));
    app.advance(Duration::seconds(1));
    let asked = |guardian: u32| {
        let mut body = guardianship(&app, 60, (Some(guardian), "DECLARED"), "2026-11-20");
        let who = json!({"name": "測小安", "national_id": female(60)["national_id"], "birth_on": "2026-11-10"});
        body["parties"][0] = as_party(who, "SUBJECT");
        take(&app, "clerk1", &body).expect(201).clone()
    };
    let (first, second) = (asked(61), asked(62));
    app.advance(Duration::seconds(1));
    let before = said(&app, &child);
    let of = |said: &[String], case: &Value| said.iter().any(|line| line.contains(case["id"].as_str().unwrap()));
    assert!(of(&before, &first) && of(&before, &second), "{before:?}");
    revoke(&app, &birth);
    assert_eq!(said(&app, &child), Vec::<String>::new());
    app.advance(Duration::seconds(1));
    reinstate(&app, &birth).expect(200);
    assert_eq!(said(&app, &child), before);
    // What has come to nothing meanwhile says nothing any more.
    revoke(&app, &birth);
    act(&app, "clerk1", &second, ":withdraw", &json!({"reason": "不辦了"})).expect(200);
    reinstate(&app, &birth).expect(200);
    let after = said(&app, &child);
    assert!(of(&after, &first) && !of(&after, &second), "{after:?}");
}

#[test]
fn a_marriage_that_a_later_one_was_trusted_against_ends_again_with_that() {
    let app = TestApp::new();
    registered(&app, &married(&app, 31, 32, GROWN));
    app.advance(Duration::days(1));
    let divorced = registered(&app, &divorce(&app, 31, 32));
    app.advance(Duration::days(1));
    let second = registered(&app, &married(&app, 31, 33, GROWN));
    act(&app, "clerk1", &divorced, ":revoke", &json!({"reason": "離婚無效", "office_error": false})).expect(200);
    let later = json!({"confirm_contradictions": "LATER"});
    act(&app, "chief1", &divorced, ":approve-change", &later).expect(200);
    let ended = || [person(31), female(32)].map(|who| standing(&app, &who, "MARRIAGE_END").len());
    assert_eq!(ended(), [1, 1]);
    revoke(&app, &second);
    assert_eq!(ended(), [0, 0]);
    reinstate(&app, &second).expect(200);
    assert_eq!(ended(), [1, 1]);
}

#[test]
fn certificates_of_an_entry_are_void_with_it_and_valid_again_with_it() {
    let app = TestApp::new();
    let wedding = registered(&app, &married(&app, 5, 6, GROWN));
    app.advance(Duration::seconds(1));
    let mut body = transcript(5);
    (body["kind"], body["scope"]) = (json!("CERT_MARRIAGE"), json!("PERSON"));
    body.as_object_mut().unwrap().remove("sheets");
    let certified = apply(&app, "clerk1", &body).expect(201).clone();
    let shown = apply(&app, "clerk1", &transcript(5)).expect(201).clone();
    let birth = registered(&app, &born(50, 60));
    app.advance(Duration::seconds(1));
    let mut of_child = transcript(60);
    (of_child["person"]["name"], of_child["person"]["national_id"]) = (json!("測小安"), female(60)["national_id"].clone());
    of_child["applicant"] =
        json!({"name": female(50)["name"], "national_id": female(50)["national_id"], "relation": "LEGAL_REPRESENTATIVE"});
    of_child["representative_paper"] = json!({"kind": "HH_CERT", "number": "和戶字第 1 號"});
    let of_child = apply(&app, "clerk1", &of_child).expect(201).clone();
    app.advance(Duration::seconds(1));
    revoke(&app, &wedding);
    revoke(&app, &birth);
    let now = |one: &Value| {
        let path = format!("/v1/certificates/{}", one["id"].as_str().unwrap());
        let one = app.get(&path).user("clerk2").send().expect(200).clone();
        (one["status"].clone(), one["outdated"].clone())
    };
    let (void, valid, outdated) =
        ((json!("VOIDED"), json!(false)), (json!("ISSUED"), json!(false)), (json!("ISSUED"), json!(true)));
    assert_eq!((now(&certified), now(&of_child), now(&shown)), (void.clone(), void, outdated));
    let path = format!("/v1/certificates/{}:reinstate", certified["id"].as_str().unwrap());
    app.post(&path).user("clerk2").if_match("*").json(&json!({"reason": "誤作廢"})).send().refused(409, "conflict");
    app.advance(Duration::seconds(1));
    reinstate(&app, &wedding).expect(200);
    reinstate(&app, &birth).expect(200);
    assert_eq!((now(&certified), now(&of_child), now(&shown)), (valid.clone(), valid.clone(), valid));
    let proof = json!({"serial": certified["serial"], "check_code": certified["check_code"]});
    assert_eq!(app.post("/v1/certificates:verify").json(&proof).send().expect(200)["genuine"], true);
}

#[test]
fn a_correction_of_the_day_of_birth_says_the_day() {
    let app = TestApp::new();
    let mut grown = complete(&app, own("BIRTHDATE_CORRECTION", 71, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    let mut seen = matter(71);
    seen["parties"][0]["birth_on"] = json!("1990-05-04");
    take(&app, "clerk1", &seen).expect(201);
    let check = app.post("/v1/cases:check").user("clerk1").json(&grown).send();
    let required = [field("/parties/0/birth_on", "required")];
    assert_eq!((check.fields(), take(&app, "clerk1", &grown).fields()), (required.to_vec(), required.to_vec()));
    grown["parties"][0]["birth_on"] = json!("1991-06-05");
    let corrected = registered(&app, &grown);
    revoke(&app, &corrected);
    reinstate(&app, &corrected).expect(200);
    let all = facts(&app, &person_id(&app, &person(71)));
    let today = all.iter().find(|fact| fact["kind"] == "BIRTH_ON" && fact["is_todays"] == true).unwrap();
    assert_eq!((&today["value"], &today["rank"]), (&json!("1991-06-05"), &json!("REGISTERED")));
}

#[test]
fn a_spouse_known_by_name_alone_is_identified_later_and_then_divorced_or_dies() {
    let app = TestApp::new();
    let mut wedding = married(&app, 95, 96, GROWN);
    wedding["parties"].as_array_mut().unwrap().truncate(1);
    (wedding["fields"]["spouse_name"], wedding["fields"]["spouse_nationality"]) = (json!("NGUYEN THI HOA"), json!("越南"));
    wedding["papers"].as_array_mut().unwrap().push(json!("SPOUSE_PASSPORT"));
    let wedding = registered(&app, &wedding);
    let spouse =
        json!({"role": "SPOUSE", "name": "NGUYEN THI HOA", "identified_by": passport("C7654321"), "birth_on": "1990-02-03"});
    let mut ended = divorce(&app, 95, 96);
    ended["parties"][1] = spouse.clone();
    let not_married = [field("/parties/0/national_id", "not_married")];
    let check = app.post("/v1/cases:check").user("clerk1").json(&ended).send();
    assert_eq!((check.fields(), take(&app, "clerk1", &ended).fields()), (not_married.to_vec(), not_married.to_vec()));
    let added = |pointer: &str, value: &Value| correct(&app, &wedding, json!([{"pointer": pointer, "value": value}]));
    assert_eq!(added("/parties/2", &spouse).fields(), [field("/changes/0/pointer", "unknown_field")]);
    let mut other = spouse.clone();
    other["role"] = json!("OTHER");
    assert_eq!(added("/parties/1", &other).fields(), [field("/changes/0/value/role", "not_allowed")]);
    let corrected = added("/parties/1", &spouse).expect(200).clone();
    let parties = corrected["parties"].as_array().unwrap();
    assert_eq!((parties.len(), &parties[1]["role"]), (2, &json!("SPOUSE")));
    assert!(corrected["fields"].get("spouse_name").is_none(), "{corrected}");
    assert_eq!(added("/parties/1", &spouse).fields(), [field("/changes/0/pointer", "unknown_field")]);
    let book = app.get("/v1/record-books/maintenance").user("chief1").send();
    assert!(!book.expect(200).to_string().contains("C7654321"));
    assert_eq!(standing(&app, &person(95), "MARRIAGE")[0]["other_person_id"], parties[1]["person_id"]);
    let ended = registered(&app, &ended);
    revoke(&app, &ended);
    let mut dead = death(&app, 95);
    dead["parties"][0] = json!({"role": "DECEASED", "name": "NGUYEN THI HOA", "identified_by": passport("C7654321")});
    (dead["event_on"], dead["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
    registered(&app, &dead);
    app.advance(Duration::days(1));
    take(&app, "clerk1", &married(&app, 95, 97, GROWN)).expect(201);
}
