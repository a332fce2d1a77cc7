//! Protection marks against every part that somebody has in an application: whom it names, in whichever role and order, who acts,
//! comes and consents; and against staff whom no number tells.

use serde_json::{Value, json};

use crate::capacity::{born, custody, seal};
use crate::cases::{act, at, own, registered, revoke, take};
use crate::holders::name_holder;
use crate::known::{GROWN, complete, married, matter, named, named_person};
use crate::protection::{BARRED, PROTECTED, ask, mark, mark_act, order, record_of};
use crate::records::{known, on};
use crate::relations::{adoption, as_applicant, as_party, guardianship};
use crate::support::{Answer, TestApp, called, female, person};

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").json(body).send()
}

/// An application that names these, in this order, by somebody of a relation.
fn naming(type_code: &str, fields: &Value, parties: &[(&str, u32)], (by, relation): (u32, &str)) -> Value {
    let mut body = own(type_code, by, fields.clone(), &[]);
    body["parties"] = parties.iter().map(|(role, number)| as_party(person(*number), role)).collect();
    body["applicant"] = as_applicant(person(by), relation);
    body["confirm_not_duplicate"] = json!(true);
    body
}

fn protected(answer: &Answer) {
    answer.refused(409, "protected");
}

#[test]
fn no_entry_that_shows_whom_a_mark_protects_is_handed_to_the_barred_in_whichever_role() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let transcript = json!({"kind": "TRANSCRIPT", "scope": "WHOLE", "purpose": "訴訟", "copies": 1});
    let household = json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": false});
    let (barred, marked) = (BARRED, PROTECTED);
    let shows = [
        ("KINSHIP", &transcript, [("SUBJECT", barred), ("SUBJECT", marked)], "LISTED_PURPOSE_APPLICANT"),
        ("KINSHIP", &transcript, [("SPOUSE", marked), ("SUBJECT", barred)], "LISTED_PURPOSE_APPLICANT"),
        ("RECORD_VIEW", &transcript, [("MOTHER", marked), ("SUBJECT", barred)], "INTERESTED_PERSON"),
        ("RECORD_COPY", &transcript, [("SUBJECT", barred), ("MEMBER", marked)], "SELF"),
        ("TRANSCRIPT_ZH", &transcript, [("SUBJECT", barred), ("MEMBER", marked)], "SELF"),
        ("CERT_MARRIAGE", &transcript, [("SUBJECT", barred), ("SPOUSE", marked)], "SELF"),
        ("HC_REISSUE", &household, [("SUBJECT", barred), ("MEMBER", marked)], "HOUSEHOLD_HEAD"),
    ];
    for (type_code, fields, parties, relation) in shows {
        let asked = check(&app, &naming(type_code, fields, &parties, (BARRED, relation)));
        assert_eq!((asked.status, &asked.body["code"]), (409, &json!("protected")), "{type_code} {parties:?}: {}", asked.text);
        // Whom the mark protects asks as before, and so does anybody else.
        let other = naming(type_code, fields, &[("SUBJECT", 103), ("MEMBER", barred)], (103, relation));
        assert_ne!(check(&app, &other).body["code"], "protected", "{type_code}");
        assert_ne!(check(&app, &naming(type_code, fields, &parties, (PROTECTED, relation))).body["code"], "protected");
    }
    // What concerns both is taken all the same.
    let wedding = married(&app, BARRED, PROTECTED, GROWN);
    assert_ne!(check(&app, &wedding).body["code"], "protected");
}

#[test]
fn whoever_is_barred_neither_moves_nor_applies_for_whom_a_mark_protects() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let moved = crate::cases::move_in(1)["fields"].clone();
    let address = json!({"kind": "COMMON", "matter": "受送達處所"});
    let common = json!({"kind": "COMMON", "matter": "到府服務"});
    let applied = [
        naming("MOVE_IN", &moved, &[("SUBJECT", PROTECTED)], (BARRED, "HOUSEHOLD_HEAD")),
        naming("MOVE_IN", &moved, &[("SUBJECT", BARRED), ("MEMBER", PROTECTED)], (BARRED, "SELF")),
        naming("DELIVERY_ADDRESS", &address, &[("SUBJECT", PROTECTED)], (BARRED, "PREMISES_OWNER")),
        naming("HOME_VISIT", &common, &[("SUBJECT", PROTECTED)], (BARRED, "RELATIVE")),
        naming("HOUSEHOLD_MERGE", &common, &[("SUBJECT", BARRED), ("SUBJECT", PROTECTED)], (BARRED, "SELF")),
        naming("OTHER_LAW", &common, &[("SUBJECT", BARRED), ("SUBJECT", PROTECTED)], (BARRED, "SELF")),
        naming("CORRECTION", &common, &[("OTHER", 103), ("SUBJECT", PROTECTED)], (BARRED, "INTERESTED_PERSON")),
    ];
    for body in applied {
        protected(&check(&app, &body));
        let mut free = body.clone();
        free["applicant"] = as_applicant(person(103), body["applicant"]["relation"].as_str().unwrap());
        assert_ne!(check(&app, &free).body["code"], "protected", "{body}");
    }
    // A birth and a death are reported by duty.
    let mut death = crate::known::death(&app, PROTECTED);
    death["applicant"] = as_applicant(person(BARRED), "HOUSEHOLD_HEAD");
    assert_ne!(check(&app, &death).body["code"], "protected");
    // Nor does anybody come as a proxy in a case that names them.
    let mut wedding = married(&app, 103, PROTECTED, GROWN);
    wedding["proxy"] = person(BARRED);
    (wedding["proxy"]["reason"], wedding["proxy"]["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    wedding["parties"][1] = as_party(person(PROTECTED), "SPOUSE");
    protected(&check(&app, &wedding));
}

#[test]
fn whoever_is_barred_represents_nobody_in_whichever_order_the_parties_stand() {
    let app = TestApp::new();
    let child = known(&app, PROTECTED);
    mark(&app, "clerk1", &child, &order(&female(BARRED))).expect(201);
    let mut adopted = adoption(&app, "ADOPTION", PROTECTED, &person(103), "2026-11-20");
    adopted["applicant"] = as_applicant(female(BARRED), "LEGAL_REPRESENTATIVE");
    for turn in 0..2 {
        protected(&check(&app, &adopted));
        adopted["parties"].as_array_mut().unwrap().reverse();
        assert_eq!(adopted["parties"][turn]["role"], "ADOPTEE");
    }
}

#[test]
fn whoever_is_barred_names_whom_a_mark_protects_in_no_part_of_what_is_their_own_matter() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let common = json!({"kind": "COMMON", "matter": "登記"});
    for type_code in ["INITIAL", "HEAD_CHANGE", "HOUSEHOLD_MERGE", "OTHER_LAW"] {
        for role in ["SPOUSE", "MOTHER", "DECEASED", "ADOPTEE", "HOUSEHOLD_HEAD", "OTHER"] {
            let by = |number: u32| naming(type_code, &common, &[("SUBJECT", number), (role, PROTECTED)], (number, "SELF"));
            protected(&check(&app, &by(BARRED)));
            assert_ne!(check(&app, &by(103)).body["code"], "protected", "{type_code} {role}");
        }
    }
    let parties = [("SUBJECT", 104), ("SUBJECT", PROTECTED)];
    let of_child = |by: u32| naming("BIRTHDATE_CORRECTION", &common, &parties, (by, "LEGAL_REPRESENTATIVE"));
    protected(&check(&app, &of_child(BARRED)));
    assert_ne!(check(&app, &of_child(103)).body["code"], "protected");
    // What concerns both is taken all the same.
    for (type_code, role, relation) in [("PARENTAGE", "MOTHER", "ACKNOWLEDGER"), ("DIVORCE_COURT", "SPOUSE", "ONE_PARTY")] {
        let body = naming(type_code, &common, &[("SUBJECT", 104), (role, PROTECTED)], (BARRED, relation));
        assert_ne!(check(&app, &body).body["code"], "protected", "{type_code}");
    }
}

#[test]
fn a_mark_that_bars_one_member_of_staff_by_their_number_bars_no_namesake_of_theirs() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let case = take(&app, "clerk1", &matter(PROTECTED)).expect(201).clone();
    for (user, number) in [("clerk2", 150), ("chief2", 151), ("reviewer2", 152)] {
        name_holder(&app, user, &named_person(number, "林同仁"), "director1");
    }
    mark(&app, "clerk1", &id, &order(&named_person(150, "林同仁"))).expect(201);
    let kept = ["clerk2", "chief2", "reviewer2"].map(|user| is_kept_off(&app, user, &case));
    assert_eq!(kept, [true, false, false]);
    // Nor a namesake at the counter, whose own number tells them from the member of staff.
    ask(&app, "clerk1", &person(PROTECTED), &named_person(153, "林同仁")).expect(201);
    ask(&app, "clerk1", &person(PROTECTED), &named_person(150, "林同仁")).refused(409, "protected");
}

#[test]
fn a_guardian_who_is_barred_from_one_spouse_still_represents_the_other() {
    let app = TestApp::new();
    let mut early = married(&app, 134, 135, GROWN);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    let mut ruling = guardianship(&app, 1, (Some(136), "DECLARED"), "2026-11-01");
    ruling["parties"][0] = as_party(female(135), "SUBJECT");
    registered(&app, &ruling);
    let mut divorce = early.clone();
    divorce["type_code"] = json!("DIVORCE_COURT");
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-20"});
    (divorce["event_on"], divorce["applicant"]) = (json!("2026-11-20"), as_applicant(person(136), "LEGAL_REPRESENTATIVE"));
    let marked = |who: &Value| mark(&app, "clerk1", &record_of(&app, who), &order(&person(136))).expect(201).clone();
    let mut both = || {
        let first = check(&app, &divorce).body["code"].clone();
        divorce["parties"].as_array_mut().unwrap().reverse();
        [first, check(&app, &divorce).body["code"].clone()]
    };
    marked(&person(134));
    assert!(!both().contains(&json!("protected")));
    marked(&female(135));
    assert_eq!(both(), ["protected", "protected"]);
}

#[test]
fn a_parent_who_is_barred_consents_to_nothing_and_whoever_consents_for_the_protected_is_named() {
    let app = TestApp::new();
    let father = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    born(&app, PROTECTED, "2009-11-25");
    registered(&app, &custody(&app, PROTECTED, &father));
    let body = |consents: Option<&Value>| {
        let mut body = seal(&app, PROTECTED, &person(PROTECTED), "SELF");
        body["parties"].as_array_mut().unwrap().extend(consents.map(|who| as_party(who.clone(), "LEGAL_REPRESENTATIVE")));
        body
    };
    take(&app, "clerk1", &body(None)).expect(201);
    let taken = take(&app, "clerk1", &body(Some(&father))).expect(201).clone();
    let child = taken["parties"][0]["person_id"].as_str().unwrap();
    let marked = mark(&app, "clerk1", child, &order(&father)).expect(201).clone();
    protected(&take(&app, "clerk1", &body(Some(&father))));
    // Of what was taken before, nothing goes on.
    act(&app, "clerk1", &taken, ":submit-for-review", &json!({})).refused(409, "protected");
    let unnamed = take(&app, "clerk1", &body(None));
    assert_eq!(unnamed.fields(), [("/parties".to_owned(), "required".to_owned())], "{}", unnamed.text);
    // On a certificate too.
    let paper = json!({"kind": "LEGAL_REP_CONSENT", "number": "同意書第 1 號"});
    let certificate = |representative: Option<&Value>| {
        let mut asked = crate::capacity::certificate(&person(PROTECTED), &person(PROTECTED), "SELF");
        asked["representative_paper"] = paper.clone();
        if let Some(who) = representative {
            asked["representative"] = who.clone();
        }
        app.post("/v1/certificates").user("clerk1").once().json(&asked).send()
    };
    assert_eq!(certificate(None).fields(), [("/representative".to_owned(), "required".to_owned())]);
    protected(&certificate(Some(&father)));
    let refused = certificate(Some(&person(103)));
    assert_eq!(refused.fields(), [("/representative/national_id".to_owned(), "not_representative".to_owned())]);
    let mut later = custody(&app, PROTECTED, &person(103));
    (later["event_on"], later["confirm_not_duplicate"]) = (json!("2026-11-22"), json!(true));
    let later = registered(&app, &later);
    let issued = certificate(Some(&person(103))).expect(201).clone();
    assert_eq!(issued["representative"], "測○○○丙", "{issued}");
    revoke(&app, &later);
    mark_act(&app, "clerk1", &marked, ":lift").expect(200);
    mark_act(&app, "chief1", &marked, ":lift").expect(200);
    certificate(None).expect(201);
    certificate(Some(&father)).expect(201);
    take(&app, "clerk1", &body(None)).expect(201);
}

#[test]
fn whoever_consents_and_is_not_known_to_the_office_is_judged_as_they_are_named() {
    let app = TestApp::new();
    born(&app, PROTECTED, "2009-11-25");
    mark(&app, "clerk1", &record_of(&app, &person(PROTECTED)), &order(&json!({"name": "林大同"}))).expect(201);
    let consenting = |who: &Value| {
        let mut body = seal(&app, PROTECTED, &person(PROTECTED), "SELF");
        body["parties"].as_array_mut().unwrap().push(as_party(who.clone(), "LEGAL_REPRESENTATIVE"));
        take(&app, "clerk1", &body)
    };
    protected(&consenting(&named_person(108, "林大同")));
    consenting(&person(109)).expect(201);
}

/// What a member of staff is told of a matter of whom they are barred from.
fn is_kept_off(app: &TestApp, user: &str, case: &Value) -> bool {
    app.post(&at(case, ":reveal")).user(user).json(&json!({"reason": "x"})).send().status == 404
}

#[test]
fn staff_whom_a_mark_bars_by_name_alone_keep_away_from_it() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let case = take(&app, "clerk1", &matter(PROTECTED)).expect(201).clone();
    name_holder(&app, "clerk2", &named_person(150, "林罕名"), "director1");
    let foreign = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C1234567"});
    let mistyped = named_person(151, "林罕名");
    let barred = [json!({"name": "林罕名"}), mistyped, json!({"name": "林罕名", "identified_by": foreign})];
    for one in barred {
        assert!(!is_kept_off(&app, "clerk2", &case));
        let made = mark(&app, "clerk1", &id, &order(&one)).expect(201).clone();
        assert!(is_kept_off(&app, "clerk2", &case), "{one}");
        assert!(!is_kept_off(&app, "clerk1", &case), "{one}");
        let path = format!("/v1/protection-marks/{}", made["id"].as_str().unwrap());
        app.get(&path).user("clerk2").send().refused(409, "own_request");
        app.get(&at(&case, "")).user("clerk2").send().refused(404, "not_found");
        mark_act(&app, "chief1", &made, ":lift").expect(200);
        mark_act(&app, "director1", &made, ":lift").expect(200);
    }
    // Whoever has both name and number is another of that name.
    let mut other = own("OTHER_LAW", 152, json!({"kind": "COMMON", "matter": "註記"}), &[]);
    for whose in ["/parties/0/name", "/applicant/name"] {
        *other.pointer_mut(whose).unwrap() = json!("林罕名");
    }
    take(&app, "clerk1", &complete(&app, other)).expect(201);
    mark(&app, "clerk1", &id, &order(&named_person(152, "林罕名"))).expect(201);
    assert!(!is_kept_off(&app, "clerk2", &case));
}

#[test]
fn staff_whom_a_mark_bars_by_a_name_of_before_or_in_latin_letters_keep_away_as_well() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let case = take(&app, "clerk1", &matter(PROTECTED)).expect(201).clone();
    let bars = |name: &str, user: &str| {
        assert!(!is_kept_off(&app, user, &case), "{name}");
        mark(&app, "clerk1", &id, &order(&json!({"name": name}))).expect(201);
        assert!(is_kept_off(&app, user, &case), "{name}");
    };
    let record = |number: u32, name: &str| {
        let taken = take(&app, "clerk1", &named(matter(number), name)).expect(201).clone();
        taken["parties"][0]["person_id"].as_str().unwrap().to_owned()
    };
    // Of the register: what they were called before, and what their passport says.
    let renamed = record(160, "林舊名");
    let settle = |id: &str, member: &str, name: &str| {
        let body = json!({member: name, "document": {"kind": "PASSPORT", "number": "300000160"}, "reason": "核對證件"});
        on(&app, "clerk1", id, ":settle", &body).expect(200);
    };
    settle(&renamed, "name", "林新名");
    name_holder(&app, "clerk2", &named_person(160, "林新名"), "director1");
    bars("林舊名", "clerk2");
    let traveller = record(161, "林遠行");
    settle(&traveller, "romanised_name", "LIN, YUAN-HSING");
    name_holder(&app, "chief2", &named_person(161, "林遠行"), "director1");
    bars("Lin Yuan Hsing", "chief2");
    ask(&app, "clerk1", &person(PROTECTED), &named_person(161, "林遠行")).refused(409, "protected");
    // Of the account alone: the same number with another name.
    for name in ["林前名", "林後名"] {
        name_holder(&app, "reviewer2", &named_person(162, name), "director1");
    }
    bars("林前名", "reviewer2");
}

#[test]
fn names_that_marks_and_holders_had_before_they_were_indexed_are_found_from_a_start_on() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let case = take(&app, "clerk1", &matter(PROTECTED)).expect(201).clone();
    name_holder(&app, "clerk2", &named_person(150, "林罕名"), "director1");
    mark(&app, "clerk1", &id, &order(&json!({"name": "林罕名"}))).expect(201);
    app.sql("DELETE FROM protection_names");
    assert!(!is_kept_off(&app, "clerk2", &case));
    app.start_again();
    assert!(is_kept_off(&app, "clerk2", &case));
}

#[test]
fn a_certificate_is_found_by_no_staff_who_are_barred() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let asked = ask(&app, "clerk1", &person(PROTECTED), &person(PROTECTED)).expect(201)["id"].clone();
    let path = format!("/v1/certificates/{}", asked.as_str().unwrap());
    let contact = json!({"contact": {"phone": "0912345678"}, "reason": "通知領件"});
    app.call("PUT", &format!("{path}/contact")).user("clerk1").if_match("*").json(&contact).send().expect(200);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    name_holder(&app, "clerk2", &person(BARRED), "director1");
    assert_eq!(called(BARRED), person(BARRED)["name"]);
    app.get(&path).user("clerk2").send().refused(404, "not_found");
    app.post(&format!("{path}:void")).user("clerk2").if_match("*").json(&json!({"reason": "x"})).send().refused(404, "not_found");
    assert_eq!(app.get("/v1/certificates").user("clerk2").send().expect(200)["items"], json!([]));
    let seen = app.get(&path).user("clerk1").send();
    assert_eq!((&seen.expect(200)["contact"]["phone"], &seen.body["purpose"]), (&json!("0912***678"), &json!("訴訟")));
}
