//! Parents, adopters, guardians: who may represent whom as the register has it, since when, until when.

use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, papers_of, registered, revoke, take};
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::records::found;
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, called, female, person};

const BORN: &str = "2015-05-04";

pub fn as_party(mut who: Value, role: &str) -> Value {
    who["role"] = json!(role);
    who
}

pub fn as_applicant(mut who: Value, relation: &str) -> Value {
    who["relation"] = json!(relation);
    who
}

/// A ruling on a child: who is its guardian from a day on, or that nobody is.
pub fn guardianship(app: &TestApp, child: u32, (guardian, event): (Option<u32>, &str), day: &str) -> Value {
    let fields = json!({"kind": "COMMON", "matter": "監護", "ground": "115 年度監宣字第 1 號", "event": event});
    let mut body = complete(app, own("GUARDIANSHIP", child, fields, &[]));
    body["parties"][0]["birth_on"] = json!(BORN);
    if let Some(guardian) = guardian {
        body["parties"].as_array_mut().unwrap().push(as_party(person(guardian), "GUARDIAN"));
    }
    body["applicant"] = as_applicant(person(guardian.unwrap_or(899)), "GUARDIAN");
    (body["event_on"], body["confirm_not_duplicate"]) = (json!(day), json!(true));
    body
}

/// The end of a ruling, at the guardian's word.
pub fn revoked_ruling(app: &TestApp, child: u32, guardian: u32, day: &str) -> Value {
    let mut body = guardianship(app, child, (None, "REVOKED"), day);
    body["applicant"] = as_applicant(person(guardian), "GUARDIAN");
    body
}

/// A parent's part in a matter of a child.
pub fn parental(app: &TestApp, type_code: &str, (child, parent): (Value, Value), relation: &str) -> Value {
    let mut body = complete(app, own(type_code, 1, json!({"kind": "COMMON", "matter": "認領"}), &[]));
    body["parties"] = json!([as_party(child, "SUBJECT"), parent]);
    let mut applicant = parent_of(&body);
    applicant["relation"] = json!(relation);
    (body["applicant"], body["event_on"], body["confirm_not_duplicate"]) = (applicant, json!("2026-11-20"), json!(true));
    body
}

fn parent_of(body: &Value) -> Value {
    let parent = &body["parties"][1];
    json!({"name": parent["name"], "national_id": parent["national_id"]})
}

/// A change of a child's name by somebody who says that they represent it, which is not kept.
pub fn represented(app: &TestApp, child: u32, by: &Value) -> Answer {
    let fields = json!({"kind": "NAME", "old_name": called(child), "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = complete(app, own("NAME_GIVEN", child, fields, &[]));
    body["parties"][0]["birth_on"] = json!(BORN);
    body["applicant"] = as_applicant(by.clone(), "LEGAL_REPRESENTATIVE");
    body["confirm_not_duplicate"] = json!(true);
    take(app, "clerk1", &body)
}

fn not_representative() -> Vec<(String, String)> {
    vec![field("/applicant/relation", "not_representative")]
}

fn todays(app: &TestApp, who: &Value, kind: &str) -> Vec<Value> {
    let all = facts(app, &person_id(app, who)).into_iter();
    all.filter(|fact| fact["kind"] == kind && fact["is_todays"] == true).collect()
}

#[test]
fn the_latest_ruling_on_a_guardian_holds_until_it_is_revoked() {
    let app = TestApp::new();
    registered(&app, &guardianship(&app, 103, (Some(104), "DECLARED"), "2026-11-01"));
    represented(&app, 103, &person(104)).expect(201);
    assert_eq!(represented(&app, 103, &person(105)).fields(), not_representative());
    let changed = registered(&app, &guardianship(&app, 103, (Some(105), "CHANGED"), "2026-11-10"));
    represented(&app, 103, &person(105)).expect(201);
    assert_eq!(represented(&app, 103, &person(104)).fields(), not_representative());
    // One that is entered late of a day before changes nothing today.
    registered(&app, &guardianship(&app, 103, (Some(106), "DECLARED"), "2025-01-02"));
    represented(&app, 103, &person(105)).expect(201);
    let today = todays(&app, &person(103), "GUARDIANSHIP");
    assert_eq!((today.len(), &today[0]["valid_from"], &today[0]["value"]), (1, &json!("2026-11-10"), &json!("GUARDIAN")));
    // The dead represent nobody: who does is told by papers again.
    let dead = registered(&app, &death(&app, 105));
    represented(&app, 103, &person(107)).expect(201);
    revoke(&app, &dead);
    assert_eq!(represented(&app, 103, &person(107)).fields(), not_representative());
    let ended = registered(&app, &revoked_ruling(&app, 103, 105, "2026-11-20"));
    represented(&app, 103, &person(107)).expect(201);
    assert_eq!(todays(&app, &person(103), "GUARDIANSHIP")[0]["value"], "REVOKED");
    revoke(&app, &ended);
    assert_eq!(represented(&app, 103, &person(107)).fields(), not_representative());
    revoke(&app, &changed);
    represented(&app, 103, &person(104)).expect(201);
    let mut elsewhere = matter(108);
    elsewhere["fields"]["event"] = json!("REVOKED");
    assert_eq!(take(&app, "clerk1", &elsewhere).fields(), [field("/fields/event", "not_allowed")]);
    assert_eq!(
        take(&app, "clerk1", &guardianship(&app, 109, (None, "CHANGED"), "2026-11-20")).fields(),
        [field("/parties", "parties")]
    );
}

#[test]
fn a_letter_of_proxy_ends_with_a_guardianship_for_good_unless_that_was_entered_by_mistake() {
    let app = TestApp::new();
    let letter = json!({"proxy_username": "proxy1", "principal": person(31), "scope": "BOOKING", "valid_from": "2026-11-23", "valid_to": "2026-12-31"});
    let note = || app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send();
    note().expect(201);
    let book = |slot: &str| {
        let mut body = crate::support::booking(slot);
        body["person"] = person(31);
        app.post("/v1/bookings").user("proxy1").once().json(&body).send()
    };
    let grown = |body: Value| {
        let mut body = body;
        body["parties"][0]["birth_on"] = json!("1980-01-01");
        body
    };
    let ended = [field("/person/national_id", "no_letter_of_proxy")];
    let mistaken = registered(&app, &grown(guardianship(&app, 31, (Some(32), "DECLARED"), "2026-11-01")));
    assert_eq!(book(crate::support::WEDNESDAY_9).fields(), ended);
    revoke(&app, &mistaken);
    book(crate::support::WEDNESDAY_9).expect(201);
    registered(&app, &grown(guardianship(&app, 31, (Some(32), "DECLARED"), "2026-11-02")));
    registered(&app, &grown(revoked_ruling(&app, 31, 32, "2026-11-10")));
    assert_eq!(book(crate::support::FRIDAY_9).fields(), ended);
    // A new letter is made, which the old one does not block.
    note().expect(201);
    book(crate::support::FRIDAY_9).expect(201);
    assert_eq!(note().refused(409, "conflict")["errors"][0]["code"], "overlaps");
}

pub fn adoption(app: &TestApp, type_code: &str, child: u32, adopter: &Value, day: &str) -> Value {
    let (mut young, mut old) = (as_party(person(child), "ADOPTEE"), as_party(adopter.clone(), "ADOPTER"));
    (young["birth_on"], old["birth_on"]) = (json!(BORN), json!("1980-01-01"));
    let fields = json!({
        "kind": "ADOPTION", "court_ruling": "彰化地方法院 115 年度司養聲字第 3 號", "final_on": day, "surname_from": "FATHER",
        "adopts_spouses_child": false
    });
    json!({
        "type_code": type_code, "parties": [old, young], "applicant": as_applicant(adopter.clone(), "ADOPTER"), "event_on": day,
        "fields": fields, "papers": papers_of(app, type_code), "confirm_not_duplicate": true
    })
}

#[test]
fn a_child_is_adopted_by_one_person_or_by_spouses_and_its_parents_rest_until_that_ends() {
    let app = TestApp::new();
    registered(&app, &married(&app, 202, 204, GROWN));
    represented(&app, 201, &person(205)).expect(201);
    let first = registered(&app, &adoption(&app, "ADOPTION", 201, &person(202), "2026-11-02"));
    let parent = todays(&app, &person(201), "PARENT")[0].clone();
    assert_eq!((&parent["value"], &parent["valid_from"]), (&json!("ADOPTER"), &json!("2026-11-02")));
    let taken = [field("/parties/1/national_id", "already_adopted")];
    assert_eq!(take(&app, "clerk1", &adoption(&app, "ADOPTION", 201, &person(203), "2026-11-10")).fields(), taken);
    assert_eq!(take(&app, "clerk1", &adoption(&app, "ADOPTION", 201, &person(202), "2026-11-10")).fields(), taken);
    represented(&app, 201, &person(202)).expect(201);
    assert_eq!(represented(&app, 201, &person(205)).fields(), not_representative(), "a natural parent's rights are suspended");
    // The adopter's spouse may be the parent who goes on, and may adopt as well.
    represented(&app, 201, &female(204)).expect(201);
    let second = registered(&app, &{
        let mut body = adoption(&app, "ADOPTION", 201, &female(204), "2026-11-23");
        body["parties"][0]["birth_on"] = json!(GROWN.1);
        body["event_on"] = json!("2026-11-23");
        body
    });
    revoke(&app, &second);
    let end = registered(&app, &adoption(&app, "ADOPTION_END", 201, &person(202), "2026-11-12"));
    represented(&app, 201, &person(205)).expect(201);
    take(&app, "clerk1", &adoption(&app, "ADOPTION", 201, &person(203), "2026-11-14")).expect(201);
    revoke(&app, &end);
    assert_eq!(represented(&app, 201, &person(205)).fields(), not_representative());
    revoke(&app, &first);
    represented(&app, 201, &person(205)).expect(201);
}

#[test]
fn an_acknowledgment_reaches_back_to_the_birth_and_names_a_father() {
    let app = TestApp::new();
    let mut child = person(111);
    child["birth_on"] = json!(BORN);
    let father = as_party(person(112), "FATHER");
    registered(&app, &parental(&app, "PARENTAGE", (child.clone(), father.clone()), "ACKNOWLEDGER"));
    let parent = todays(&app, &person(111), "PARENT")[0].clone();
    assert_eq!((&parent["value"], &parent["valid_from"]), (&json!("FATHER"), &json!(BORN)));
    let mut rights = parental(&app, "PARENTAL_RIGHTS", (child.clone(), father.clone()), "PARENT_ONE_OR_BOTH");
    rights["event_on"] = json!("2026-11-12");
    registered(&app, &rights);
    assert_eq!(todays(&app, &person(111), "CUSTODY")[0]["valid_from"], "2026-11-12");
    // Nobody is their own father, a man no mother, and a parent is older than the child.
    let refused = |child: &Value, parent: Value| {
        take(&app, "clerk1", &parental(&app, "PARENTAGE", (child.clone(), parent), "ACKNOWLEDGER")).fields()
    };
    assert_eq!(refused(&child, as_party(person(111), "FATHER")), [field("/parties/1/national_id", "same_person")]);
    assert_eq!(refused(&child, as_party(person(113), "MOTHER")), [field("/parties/1/national_id", "pattern")]);
    assert_eq!(refused(&child, as_party(female(113), "FATHER")), [field("/parties/1/national_id", "pattern")]);
    let mut young = as_party(person(114), "FATHER");
    young["birth_on"] = json!("2016-01-01");
    assert_eq!(refused(&child, young.clone()), [field("/parties/1/birth_on", "range")]);
    // Nor does another part beside it keep the day of a parent from being looked at.
    let mut twice = parental(&app, "PARENTAGE", (child.clone(), young.clone()), "ACKNOWLEDGER");
    young["role"] = json!("OTHER");
    twice["parties"].as_array_mut().unwrap().push(young);
    assert_eq!(take(&app, "clerk1", &twice).fields(), [field("/parties/1/birth_on", "range")]);
    let ward = guardianship(&app, 115, (Some(115), "DECLARED"), "2026-11-20");
    assert_eq!(take(&app, "clerk1", &ward).fields(), [field("/parties/1/national_id", "same_person")]);
    let mut swapped = birth(116);
    (swapped["parties"][0]["role"], swapped["parties"][1]["role"]) = (json!("FATHER"), json!("MOTHER"));
    swapped["applicant"]["relation"] = json!("FATHER");
    let sexes = ["/parties/0/national_id", "/parties/1/national_id"].map(|pointer| field(pointer, "pattern"));
    assert_eq!(take(&app, "clerk1", &swapped).fields(), sexes);
}

/// A birth with the child's number.
fn born(parents: u32, child: &Value, name: &str, order: u8) -> Value {
    let mut body = birth(parents);
    let fields = &mut body["fields"];
    (fields["national_id"], fields["child_name"]) = (child["national_id"].clone(), json!(name));
    (fields["birth_order"], fields["multiple"]) = (json!(order), json!(2));
    body["confirm_not_duplicate"] = json!(true);
    body
}

fn number(app: &TestApp, case: &Value, value: impl Into<Value>) -> Answer {
    correct(app, case, json!([{"pointer": "/fields/national_id", "value": value.into()}]))
}

#[test]
fn a_number_that_was_entered_by_mistake_is_its_owners() {
    let app = TestApp::new();
    let case = registered(&app, &born(50, &female(60), "測小安", 1));
    let child = person_id(&app, &female(60));
    number(&app, &case, female(61)["national_id"].clone()).expect(200);
    assert_eq!(found(&app, &female(60)), [] as [Value; 0]);
    // Whoever has it comes to the counter and is nobody else.
    let mut owners = own("OTHER_LAW", 1, json!({"kind": "COMMON", "matter": "註記"}), &[]);
    (owners["parties"][0], owners["applicant"]) = (as_party(female(60), "SUBJECT"), as_applicant(female(60), "SELF"));
    let theirs = take(&app, "clerk1", &owners).expect(201).clone();
    assert_eq!(theirs["identity_differences"], json!([]));
    assert_ne!(theirs["parties"][0]["person_id"], json!(child));
    number(&app, &case, female(60)["national_id"].clone()).refused(409, "conflict");
    // What a later case has given stays today's, and the birth is corrected all the same.
    let fields = json!({
        "kind": "UID", "old_number": female(61)["national_id"], "new_number": female(62)["national_id"], "reason": "DUPLICATE"
    });
    let mut change = complete(&app, own("UID_CHANGE", 1, fields, &[]));
    let mut subject = as_party(female(61), "SUBJECT");
    subject["name"] = json!("測小安");
    // A newborn applies by a parent, whom a paper shows.
    let applicant = as_applicant(female(50), "LEGAL_REPRESENTATIVE");
    (change["parties"], change["applicant"], change["event_on"]) = (json!([subject]), applicant, json!("2026-11-20"));
    change["papers"].as_array_mut().unwrap().push(json!("REPRESENTATIVE_PROOF"));
    registered(&app, &change);
    correct(&app, &case, json!([{"pointer": "/fields/weeks", "value": 40}])).expect(200);
    assert_eq!(found(&app, &female(62))[0]["person_id"], json!(child));
    assert_eq!(found(&app, &female(61))[0]["found_by"], "FORMER");
    number(&app, &case, female(63)["national_id"].clone()).expect(200);
    assert_eq!((&found(&app, &female(62))[0]["found_by"], found(&app, &female(61)).len()), (&json!("CURRENT"), 0));
    assert_eq!(found(&app, &female(63))[0]["found_by"], "FORMER");
    number(&app, &case, female(62)["national_id"].clone()).refused(409, "conflict");
}

#[test]
fn swapped_numbers_of_twins_are_corrected() {
    let app = TestApp::new();
    let one = registered(&app, &born(50, &female(61), "測小大", 1));
    let other = registered(&app, &born(50, &female(60), "測小二", 2));
    let ids = [person_id(&app, &female(61)), person_id(&app, &female(60))];
    number(&app, &one, female(60)["national_id"].clone()).refused(409, "conflict");
    number(&app, &one, Value::Null).expect(200);
    number(&app, &other, female(61)["national_id"].clone()).expect(200);
    number(&app, &one, female(60)["national_id"].clone()).expect(200);
    for (who, id) in [(female(60), &ids[0]), (female(61), &ids[1])] {
        let all = found(&app, &who);
        assert_eq!((all.len(), &all[0]["person_id"], &all[0]["found_by"]), (1, &json!(id), &json!("CURRENT")));
        assert_eq!(todays(&app, &who, "PARENT").len(), 2);
    }
}

#[test]
fn a_true_birthday_is_entered_though_the_marriage_was_too_early() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 71, 72, GROWN));
    let corrected = correct(&app, &case, json!([{"pointer": "/parties/1/birth_on", "value": "2012-01-01"}]));
    corrected.expect(200);
    assert_eq!(todays(&app, &female(72), "BIRTH_ON")[0]["value"], "2012-01-01");
    let next = take(&app, "clerk1", &married(&app, 73, 74, (GROWN.0, "2012-01-01")));
    assert_eq!(next.fields(), [field("/parties/1/birth_on", "too_young")]);
}

fn certified(app: &TestApp, kind: &str, who: &Value) -> Answer {
    let body = json!({
        "kind": kind, "person": who, "applicant": as_applicant(who.clone(), "SELF"), "scope": "PERSON", "purpose": "簽證", "copies": 1
    });
    app.post("/v1/certificates").user("clerk1").once().json(&body).send()
}

#[test]
fn a_marriage_that_the_register_does_not_hold_is_not_certified() {
    let app = TestApp::new();
    // Of entries of before the register a paper tells.
    certified(&app, "CERT_MARRIAGE", &person(81)).expect(201);
    let case = registered(&app, &married(&app, 81, 82, GROWN));
    certified(&app, "CERT_MARRIAGE", &female(82)).expect(201);
    certified(&app, "CERT_DIVORCE", &female(82)).refused(409, "conflict");
    let mut asked = complete(&app, own("CERT_DIVORCE", 81, json!({"kind": "COMMON", "matter": "離婚證明"}), &[]));
    asked["confirm_not_duplicate"] = json!(true);
    assert_eq!(take(&app, "clerk1", &asked).fields(), [field("/parties/0/national_id", "not_registered")]);
    revoke(&app, &case);
    certified(&app, "CERT_MARRIAGE", &female(82)).refused(409, "conflict");
}

#[test]
fn a_paper_of_each_party_is_missed() {
    let app = TestApp::new();
    let mut body = married(&app, 91, 92, GROWN);
    body["papers"].as_array_mut().unwrap().retain(|paper| paper != "PHOTO");
    let case = take(&app, "clerk1", &body).expect(201).clone();
    assert_eq!(case["missing_papers"][0]["document"], "PHOTO");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
}
