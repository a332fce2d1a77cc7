//! Whose case it is, whatever the order of its parties; and that nobody represents themself, or consents for whom they do not
//! represent.

use serde_json::{Value, json};

use crate::capacity::{born, certificate, custody, ruling, seal};
use crate::cases::{at, move_in, own, papers_of, registered, take};
use crate::certificates::letter_of;
use crate::kinship::asks;
use crate::known::{GROWN, death, field, married, transcript};
use crate::relations::{adoption, as_applicant, as_party, guardianship, represented};
use crate::support::{Answer, TestApp, called, female, person};

const STRANGER: u32 = 501;
const OWNER: u32 = 502;

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").json(body).send()
}

fn is_mismatch(answer: &Answer) -> bool {
    let mut errors = answer.body["errors"].as_array().into_iter().flatten();
    errors.any(|one| one["pointer"] == "/applicant/relation" && one["code"] == "party_mismatch")
}

/// The same with the parties in the other order.
fn turned(mut body: Value) -> Value {
    body["parties"].as_array_mut().unwrap().reverse();
    body
}

/// Matters of one person: a move, a name, a number, words and an entry.
fn matters(of: u32) -> Vec<Value> {
    let name = json!({"kind": "NAME", "old_name": called(of), "new_name": "測名字", "reason": "CLERICAL_ERROR", "earlier_changes": 0, "barred": false});
    let common = json!({"kind": "COMMON", "matter": "註記"});
    let shown = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    vec![
        move_in(of),
        own("NAME_CORRECTION", of, name, &[]),
        own("OTHER_LAW", of, common.clone(), &[]),
        own("CERT_MOVE_RECORD", of, common, &[]),
        own("TRANSCRIPT_ZH", of, shown, &[]),
    ]
}

#[test]
fn a_stranger_applies_as_the_person_for_nobody_in_whichever_order_the_parties_stand() {
    let app = TestApp::new();
    for mut body in matters(OWNER) {
        let type_code = body["type_code"].clone();
        body["parties"].as_array_mut().unwrap().push(as_party(person(STRANGER), "OTHER"));
        for body in [body.clone(), turned(body.clone())] {
            assert!(!is_mismatch(&check(&app, &body)), "{type_code}: whose matter it is");
            let mut stranger = body;
            stranger["applicant"] = as_applicant(person(STRANGER), "SELF");
            assert!(is_mismatch(&check(&app, &stranger)), "{type_code}");
        }
    }
    // It is shown as theirs.
    let mut body = move_in(OWNER);
    body["parties"].as_array_mut().unwrap().push(as_party(person(STRANGER), "OTHER"));
    let case = take(&app, "clerk1", &turned(body)).expect(201).clone();
    let list = app.get("/v1/cases").user("clerk1").send().expect(200)["items"].as_array().unwrap().clone();
    let shown = list.iter().find(|one| one["id"] == case["id"]).unwrap();
    assert_eq!(shown["person"], case["parties"][1]["name"], "{shown}");
}

#[test]
fn a_letter_of_proxy_is_of_whom_the_case_is_about() {
    let app = TestApp::new();
    letter_of(&app, &person(OWNER));
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    let mut body = transcript(&app, None);
    body["applicant"] = as_applicant(proxy, "PROXY");
    let parties = |other: u32, subject: u32| json!([as_party(person(other), "OTHER"), as_party(person(subject), "SUBJECT")]);
    body["parties"] = parties(OWNER, STRANGER);
    for (body, place) in [(body.clone(), 1), (turned(body.clone()), 0)] {
        let refused = [field(&format!("/parties/{place}/national_id"), "no_letter_of_proxy")];
        assert_eq!(take(&app, "proxy1", &body).fields(), refused);
    }
    body["parties"] = parties(STRANGER, OWNER);
    let case = take(&app, "proxy1", &body).expect(201).clone();
    app.get(&at(&case, "")).user("proxy1").send().expect(200);
}

#[test]
fn a_spouse_of_the_deceased_is_one_whoever_is_named_before_them() {
    let app = TestApp::new();
    let mut early = married(&app, 503, 504, GROWN);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    let mut body = death(&app, 503);
    body["parties"].as_array_mut().unwrap().insert(0, as_party(person(505), "OTHER"));
    body["applicant"] = as_applicant(female(506), "SPOUSE");
    for body in [body.clone(), turned(body.clone())] {
        assert_eq!(take(&app, "clerk1", &body).fields(), [field("/applicant/relation", "party_mismatch")]);
    }
    body["applicant"] = as_applicant(female(504), "SPOUSE");
    take(&app, "clerk1", &body).expect(201);
}

#[test]
fn nobody_beside_two_spouses_marries_or_divorces_them() {
    let app = TestApp::new();
    let wedding = married(&app, 511, 512, GROWN);
    let witnesses = wedding["fields"]["witnesses"].clone();
    let agreed = json!({"kind": "DIVORCE", "witnesses": witnesses});
    let ruled = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-20"});
    let mut abroad = wedding["fields"].clone();
    abroad["abroad"] = json!(true);
    let matters = [
        ("MARRIAGE", wedding["fields"].clone(), "BOTH_PARTIES"),
        ("MARRIAGE", abroad, "ONE_PARTY"),
        ("DIVORCE_AGREED", agreed.clone(), "BOTH_PARTIES"),
        ("MARRIAGE_END_748", agreed, "BOTH_PARTIES"),
        ("DIVORCE_COURT", ruled, "ONE_PARTY"),
        ("MARRIAGE_BOOKING", json!({"kind": "COMMON", "matter": "預約結婚登記"}), "ONE_PARTY"),
    ];
    for (type_code, fields, relation) in matters {
        let mut body = wedding.clone();
        (body["type_code"], body["fields"], body["papers"]) = (json!(type_code), fields, json!(papers_of(&app, type_code)));
        body["parties"].as_array_mut().unwrap().push(as_party(person(513), "SUBJECT"));
        for mut body in [body.clone(), turned(body.clone())] {
            body["applicant"] = as_applicant(person(513), relation);
            assert!(is_mismatch(&check(&app, &body)), "{type_code}");
            body["applicant"] = as_applicant(female(512), relation);
            assert!(!is_mismatch(&check(&app, &body)), "{type_code}: a spouse");
        }
    }
}

#[test]
fn nobody_is_their_own_legal_representative() {
    let app = TestApp::new();
    born(&app, 521, "2015-05-04");
    let adopted = {
        let mut body = adoption(&app, "ADOPTION", 521, &person(522), "2026-11-20");
        body["applicant"] = as_applicant(person(521), "LEGAL_REPRESENTATIVE");
        body
    };
    for refused in [
        represented(&app, 521, &person(521)),
        take(&app, "clerk1", &seal(&app, 521, &person(521), "LEGAL_REPRESENTATIVE")),
        take(&app, "clerk1", &adopted),
    ] {
        assert!(is_mismatch(&refused), "{}", refused.text);
    }
    let mut asked = certificate(&person(521), &person(521), "LEGAL_REPRESENTATIVE");
    asked["representative_paper"] = json!({"kind": "LEGAL_REP_CONSENT", "number": "字第 1 號"});
    let refused = app.post("/v1/certificates").user("clerk1").once().json(&asked).send();
    assert_eq!(refused.fields(), [field("/applicant/relation", "not_representative")]);
    asked["applicant"] = as_applicant(person(521), "SELF");
    asked["representative"] = person(521);
    let refused = app.post("/v1/certificates").user("clerk1").once().json(&asked).send();
    assert_eq!(refused.fields(), [field("/representative/national_id", "not_representative")]);
}

#[test]
fn whoever_consents_is_the_one_to_do_so_as_the_register_has_it_or_shows_a_paper() {
    let app = TestApp::new();
    born(&app, 531, "2010-05-04");
    let consenting = |minor: u32, by: u32, role: &str| {
        let mut body = seal(&app, minor, &person(minor), "SELF");
        body["parties"].as_array_mut().unwrap().push(as_party(person(by), role));
        take(&app, "clerk1", &body)
    };
    let refused = [field("/parties/1/national_id", "not_representative")];
    for role in ["LEGAL_REPRESENTATIVE", "GUARDIAN"] {
        let case = consenting(531, 532, role).expect(201).clone();
        assert!(asks(&case, "REPRESENTATIVE_PROOF") && !asks(&case, "LEGAL_REP_CONSENT"), "{role}: {case}");
        assert_eq!(case["circumstances"], json!(["REPRESENTATIVE_UNKNOWN"]));
    }
    let mut guarded = guardianship(&app, 531, (Some(532), "DECLARED"), "2026-11-01");
    guarded["parties"][0]["birth_on"] = json!("2010-05-04");
    registered(&app, &guarded);
    for role in ["LEGAL_REPRESENTATIVE", "GUARDIAN"] {
        let case = consenting(531, 532, role).expect(201).clone();
        assert!(!asks(&case, "REPRESENTATIVE_PROOF") && !asks(&case, "LEGAL_REP_CONSENT"), "{role}: {case}");
        assert_eq!(consenting(531, 533, role).fields(), refused, "{role}");
    }
    // Of whoever is under assistance the assistant consents.
    registered(&app, &ruling(&app, "ASSISTANCE", (534, 535)));
    let case = consenting(534, 535, "LEGAL_REPRESENTATIVE").expect(201).clone();
    assert!(!asks(&case, "REPRESENTATIVE_PROOF") && !asks(&case, "LEGAL_REP_CONSENT"), "{case}");
    assert_eq!(consenting(534, 536, "LEGAL_REPRESENTATIVE").fields(), refused);
    // On a certificate too.
    let asked = |representative: u32| {
        let mut body = certificate(&person(531), &person(531), "SELF");
        body["representative_paper"] = json!({"kind": "LEGAL_REP_CONSENT", "number": "同意書第 1 號"});
        body["representative"] = person(representative);
        app.post("/v1/certificates").user("clerk1").once().json(&body).send()
    };
    asked(532).expect(201);
    assert_eq!(asked(533).fields(), [field("/representative/national_id", "not_representative")]);
}

#[test]
fn a_parent_under_age_acts_for_the_child_with_the_consent_of_their_own_representative() {
    let app = TestApp::new();
    born(&app, 541, "2010-05-04");
    born(&app, 542, "2025-01-02");
    let mut rights = custody(&app, 542, &person(541));
    rights["papers"].as_array_mut().unwrap().push(json!("LEGAL_REP_CONSENT"));
    registered(&app, &rights);
    let case = take(&app, "clerk1", &seal(&app, 542, &person(541), "LEGAL_REPRESENTATIVE")).expect(201).clone();
    assert!(asks(&case, "LEGAL_REP_CONSENT") && !asks(&case, "REPRESENTATIVE_PROOF"), "{case}");
    let mut asked = certificate(&person(542), &person(541), "LEGAL_REPRESENTATIVE");
    let apply = |body: &Value| app.post("/v1/certificates").user("clerk1").once().json(body).send();
    assert_eq!(apply(&asked).fields(), [field("/representative_paper", "required")]);
    asked["representative_paper"] = json!({"kind": "LEGAL_REP_CONSENT", "number": "同意書第 1 號"});
    apply(&asked).expect(201);
    // Where the law lets minors act alone, they do for the child as well.
    let mut card = own("ID_FIRST", 542, json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01"}), &[]);
    card["applicant"] = as_applicant(person(541), "LEGAL_REPRESENTATIVE");
    assert!(!asks(check(&app, &card).expect(200), "LEGAL_REP_CONSENT"));
}
