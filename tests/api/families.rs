//! What an office sees for itself of a family: parents who are married, children under age, by agreement or by a court.

use serde_json::{Value, json};

use crate::cases::{act, birth, own, papers_of, registered, review, revoke, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::{as_party, parental};
use crate::support::{TestApp, female, person};

/// What the check finds: circumstances, and papers that are missing.
fn seen(app: &TestApp, body: &Value) -> (Vec<String>, Vec<String>) {
    let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200).clone();
    let texts = |list: &Value, member: &str| -> Vec<String> {
        let one = |item: &Value| if member.is_empty() { item.clone() } else { item[member].clone() };
        list.as_array().unwrap().iter().map(|item| one(item).as_str().unwrap().to_owned()).collect()
    };
    (texts(&told["circumstances"], ""), texts(&told["missing_papers"], "document"))
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn wed(app: &TestApp, number: u32) -> Value {
    registered(app, &married(app, number, number, ("1993-02-11", "1995-05-04")))
}

/// A birth with the child's number.
fn born(parents: u32, child: u32, day: &str) -> Value {
    let mut body = birth(parents);
    (body["event_on"], body["fields"]["national_id"]) = (json!(day), female(child)["national_id"].clone());
    body["confirm_not_duplicate"] = json!(true);
    body
}

fn divorce(app: &TestApp, number: u32) -> Value {
    let mut body = married(app, number, number, ("1993-02-11", "1995-05-04"));
    body["type_code"] = json!("DIVORCE_AGREED");
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    body["papers"] = json!(papers_of(app, "DIVORCE_AGREED"));
    body
}

#[test]
fn parents_of_whom_the_register_has_the_marriage_agree_on_the_surname() {
    let app = TestApp::new();
    let acknowledged = (strings(&["BY_ACKNOWLEDGMENT"]), vec![]);
    assert_eq!(seen(&app, &birth(1)), acknowledged, "of a marriage elsewhere the register tells nothing");
    let wedding = wed(&app, 1);
    let asked = (strings(&["PARENTS_MARRIED"]), strings(&["SURNAME_AGREEMENT"]));
    assert_eq!(seen(&app, &birth(1)), asked);
    let mut named = birth(1);
    named["circumstances"] = json!(["PARENTS_MARRIED"]);
    assert_eq!(seen(&app, &named), asked, "once");
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
    let mut drawn = birth(1);
    drawn["fields"]["surname_from"] = json!("LOT");
    assert_eq!(seen(&app, &drawn), (vec![], vec![]));
    let mut other = birth(1);
    other["parties"][1] = as_party(person(2), "FATHER");
    assert!(!seen(&app, &other).0.contains(&"PARENTS_MARRIED".to_owned()));
    revoke(&app, &wedding);
    // The case has the father's acknowledgment.
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn spouses_with_a_child_under_age_agree_on_its_care_before_they_part() {
    let app = TestApp::new();
    wed(&app, 11);
    assert_eq!(seen(&app, &divorce(&app, 11)), (vec![], vec![]));
    let mut child = born(11, 12, "2026-11-10");
    child["papers"].as_array_mut().unwrap().push(json!("SURNAME_AGREEMENT"));
    registered(&app, &child);
    let asked = (strings(&["MINOR_CHILDREN"]), strings(&["PARENTAL_AGREEMENT"]));
    assert_eq!(seen(&app, &divorce(&app, 11)), asked);
    let case = take(&app, "clerk1", &divorce(&app, 11)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
    // A child of one of the two only asks for nothing, nor one who has died.
    wed(&app, 13);
    let mut alone = born(13, 14, "2026-11-10");
    alone["parties"].as_array_mut().unwrap().pop();
    alone["fields"]["surname_from"] = json!("MOTHER");
    registered(&app, &alone);
    assert_eq!(seen(&app, &divorce(&app, 13)), (vec![], vec![]));
    let mut dead = death(&app, 1);
    dead["parties"][0] = json!({"role": "DECEASED", "name": "測小安", "national_id": female(12)["national_id"]});
    registered(&app, &dead);
    assert_eq!(seen(&app, &divorce(&app, 11)), (vec![], vec![]));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn the_rights_of_a_parent_come_by_agreement_or_by_a_court() {
    let app = TestApp::new();
    let mut child = person(21);
    child["birth_on"] = json!("2015-05-04");
    let father = as_party(person(22), "FATHER");
    registered(&app, &parental(&app, "PARENTAGE", (child.clone(), father.clone()), "ACKNOWLEDGER"));
    let mut body = parental(&app, "PARENTAL_RIGHTS", (child, father), "PARENT_ONE_OR_BOTH");
    body["papers"].as_array_mut().unwrap().retain(|paper| paper != "PARENTAL_AGREEMENT");
    assert_eq!(seen(&app, &body), (strings(&["BY_AGREEMENT"]), strings(&["PARENTAL_AGREEMENT"])));
    body["fields"]["ground"] = json!("115 年度家親聲字第 1 號");
    assert_eq!(seen(&app, &body), (strings(&["BY_COURT"]), strings(&["COURT_RULING"])));
    // What is named goes before.
    body["circumstances"] = json!(["BY_AGREEMENT"]);
    assert_eq!(seen(&app, &body), (strings(&["BY_AGREEMENT"]), strings(&["PARENTAL_AGREEMENT"])));
    body["circumstances"] = json!([]);
    body["fields"]["event"] = json!("REVOKED");
    // Of rights that the register does not have it cannot tell that they end.
    let unknown = strings(&["RELATION_UNKNOWN"]);
    assert_eq!(seen(&app, &body), (unknown.clone(), strings(&["PARENTAL_AGREEMENT", "COURT_RULING", "RELATION_PROOF"])));
    let mut whole = complete(&app, body);
    whole["papers"].as_array_mut().unwrap().push(json!("RELATION_PROOF"));
    assert_eq!(seen(&app, &whole), (unknown, vec![]));
}

#[test]
fn a_guardian_has_no_part_in_the_rights_of_a_parent() {
    let app = TestApp::new();
    let mut child = person(31);
    child["birth_on"] = json!("2015-05-04");
    let mut body = parental(&app, "PARENTAL_RIGHTS", (child, as_party(person(32), "FATHER")), "PARENT_ONE_OR_BOTH");
    body["parties"].as_array_mut().unwrap().push(as_party(person(33), "GUARDIAN"));
    let fields = |body: &Value| app.post("/v1/cases:check").user("clerk1").json(body).send().fields();
    assert_eq!(fields(&body), [field("/parties/2/role", "not_allowed")]);
    body["parties"].as_array_mut().unwrap().remove(1);
    let alone = fields(&body);
    assert!(alone.contains(&field("/parties/1/role", "not_allowed")), "{alone:?}");
    assert!(alone.contains(&field("/parties", "parties")), "{alone:?}");
}

#[test]
fn a_spouse_is_named_once() {
    let app = TestApp::new();
    let mut twice = married(&app, 41, 42, GROWN);
    (twice["fields"]["spouse_name"], twice["fields"]["spouse_nationality"]) = (json!("NGUYEN THI HOA"), json!("越南"));
    let told = app.post("/v1/cases:check").user("clerk1").json(&twice).send();
    assert_eq!(told.fields(), [field("/fields/spouse_name", "not_both")]);
}

#[test]
fn whoever_cannot_come_registers_a_seal_by_a_proxy_who_says_why() {
    let app = TestApp::new();
    let by_proxy = |type_code: &str, reason: Option<&str>| {
        let fields = json!({"kind": "SEAL", "village_code": "10007030-002"});
        let mut body = complete(&app, own(type_code, 51, fields, &[]));
        if let Some(reason) = reason {
            body["fields"]["proxy_reason"] = json!(reason);
        }
        body["proxy"] = person(52);
        (body["proxy"]["reason"], body["proxy"]["dated_on"]) = (json!("重病住院"), json!("2026-11-20"));
        body
    };
    for type_code in ["SEAL_REGISTER", "SEAL_CHANGE"] {
        let care = (strings(&["SERIOUS_ILLNESS_OR_CANNOT_WALK"]), strings(&["CARE_PROOF", "POWER_OF_ATTORNEY", "PROXY_ID"]));
        assert_eq!(seen(&app, &by_proxy(type_code, Some("重病"))), care);
        // From abroad, or from where nobody comes and goes, the letter itself is attested.
        let mut abroad = by_proxy(type_code, Some("旅居國外"));
        abroad["circumstances"] = json!(["ABROAD_OR_IN_AN_INSTITUTION"]);
        assert_eq!(seen(&app, &abroad).1, strings(&["POWER_OF_ATTORNEY", "PROXY_ID", "ATTESTED_LETTER"]));
        let told = app.post("/v1/cases:check").user("clerk1").json(&by_proxy(type_code, None)).send();
        assert_eq!(told.fields(), [field("/fields/proxy_reason", "required")], "{type_code}");
        let mut made = by_proxy(type_code, Some("重病"));
        made["papers"].as_array_mut().unwrap().extend([json!("POWER_OF_ATTORNEY"), json!("PROXY_ID")]);
        let unseen = take(&app, "clerk1", &made).expect(201).clone();
        act(&app, "chief1", &unseen, ":approve-proxy", &json!({"reason": "核對委託書"}));
        let missing = act(&app, "clerk1", &unseen, ":submit-for-review", &json!({}));
        assert_eq!(missing.refused(409, "documents_missing")["missing_papers"][0]["document"], "CARE_PROOF");
        made["papers"].as_array_mut().unwrap().push(json!("CARE_PROOF"));
        made["confirm_not_duplicate"] = json!(true);
        let made = take(&app, "clerk1", &made).expect(201).clone();
        act(&app, "chief1", &made, ":approve-proxy", &json!({"reason": "核對委託書"}));
        act(&app, "clerk1", &made, ":submit-for-review", &json!({})).expect(200);
        crate::cases::review(&app, "reviewer1", &made, "PASS").expect(201);
    }
    let told = app.post("/v1/cases:check").user("clerk1").json(&by_proxy("SEAL_CANCEL", Some("重病"))).send();
    assert_eq!(told.fields(), [field("/proxy", "not_allowed")]);
}

/// A child who was found, by the institution that cares for it.
fn foundling() -> Value {
    let mut body = birth(61);
    let child = json!({"role": "SUBJECT", "name": "測小安", "birth_on": "2026-11-10",
        "identified_by": {"kind": "NO_NUMBER", "reason": "NOT_YET_GIVEN"}});
    body["parties"] = json!([child]);
    body["applicant"] = json!({"name": "彰化育幼院", "identified_by": {"kind": "ORGANISATION", "number": "04595257"},
        "relation": "CHILD_WELFARE_INSTITUTION"});
    body["fields"]["surname_from"] = json!("GUARDIAN");
    body["papers"] = json!(["ID_CARD", "SEAL_OR_SIGNATURE", "HH_CERT", "FOUNDLING_PROOF"]);
    body
}

#[test]
fn a_foundling_is_registered_and_nobody_asks_for_parents() {
    let app = TestApp::new();
    let mut without = foundling();
    without["papers"].as_array_mut().unwrap().pop();
    let told = strings(&["NO_PARENTS", "APPLICANT_WITHOUT_CARD", "OUTSIDE_THE_HOUSEHOLD"]);
    assert_eq!(seen(&app, &without), (told, strings(&["FOUNDLING_PROOF"])));
    assert_eq!(registered(&app, &foundling())["status"], "REGISTERED");
    let fields = |body: &Value| app.post("/v1/cases:check").user("clerk1").json(body).send().fields();
    // Nobody gets round the papers of parents by saying so, nor is a child nobody's of whom a parent is named.
    let mut named = birth(62);
    named["circumstances"] = json!(["NO_PARENTS"]);
    named["papers"].as_array_mut().unwrap().pop();
    assert_eq!(seen(&app, &named), (strings(&["BY_ACKNOWLEDGMENT"]), strings(&["PARENTS_ID"])));
    let mut of_somebody = birth(62);
    of_somebody["fields"]["surname_from"] = json!("GUARDIAN");
    assert!(fields(&of_somebody).contains(&field("/fields/surname_from", "not_allowed")));
    let mut motherless = foundling();
    motherless["fields"]["surname_from"] = json!("LOT");
    assert_eq!(fields(&motherless), [field("/parties", "parties")]);
    // The number that the office assigns is the child's own.
    let mut numbered = foundling();
    numbered["fields"]["national_id"] = female(63)["national_id"].clone();
    assert_eq!(fields(&numbered), [field("/parties/0/identified_by", "party_mismatch")]);
    numbered["parties"][0] =
        json!({"role": "SUBJECT", "name": "測小安", "birth_on": "2026-11-10", "national_id": female(63)["national_id"]});
    numbered["confirm_not_duplicate"] = json!(true);
    let case = registered(&app, &numbered);
    assert_eq!(case["parties"].as_array().unwrap().len(), 1);
    crate::cases::correct(&app, &case, json!([{"pointer": "/fields/weeks", "value": 38}])).expect(200);
}

#[test]
fn a_birth_too_close_to_another_of_the_mother_is_looked_at_by_a_supervisor() {
    let app = TestApp::new();
    let hints = |body: &Value| {
        let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200)["register_hints"].clone();
        told.as_array().unwrap().iter().map(|hint| hint["kind"].clone()).collect::<Vec<_>>()
    };
    let body = |child: u32, day: &str| {
        let mut body = born(71, child, day);
        (body["fields"]["child_name"], body["fields"]["birth_order"]) = (json!("測小二"), json!(2));
        body
    };
    registered(&app, &born(71, 81, "2026-05-20"));
    let close = [json!("BIRTH_TOO_CLOSE")];
    // With it, or one night later, it is a twin; from the 181st day on a child was conceived since (民法 §1062).
    for day in ["2026-05-20", "2026-05-21", "2026-11-17", "2025-11-20"] {
        assert_eq!(hints(&body(82, day)), [] as [Value; 0], "{day}");
    }
    for day in ["2026-05-22", "2026-08-20", "2026-11-16", "2026-03-01"] {
        assert_eq!(hints(&body(82, day)), close, "{day}");
    }
    let case = take(&app, "clerk1", &body(82, "2026-08-20")).expect(201).clone();
    assert_eq!(case["register_hints"], json!([{"pointer": "/event_on", "kind": "BIRTH_TOO_CLOSE"}]));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let refused = review(&app, "reviewer1", &case, "PASS");
    refused.refused(403, "forbidden");
    assert!(refused.text.contains("民法 §1062"), "{}", refused.text);
    review(&app, "chief1", &case, "PASS").expect(201);
}

#[test]
fn a_certificate_of_a_marriage_that_nobody_knows_is_looked_at_by_a_supervisor() {
    let app = TestApp::new();
    let asked = |number: u32| {
        let mut body = complete(&app, own("CERT_MARRIAGE", number, json!({"kind": "COMMON", "matter": "結婚證明"}), &[]));
        body["confirm_not_duplicate"] = json!(true);
        let case = take(&app, "clerk1", &body).expect(201).clone();
        act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
        case
    };
    let unknown = asked(74);
    assert_eq!(unknown["register_hints"], json!([{"pointer": "/parties/0", "kind": "MARRIAGE_UNKNOWN"}]));
    let refused = review(&app, "reviewer1", &unknown, "PASS");
    refused.refused(403, "forbidden");
    assert!(refused.text.contains("戶籍法 §66-1"), "{}", refused.text);
    review(&app, "chief1", &unknown, "PASS").expect(201);
    wed(&app, 75);
    let known = asked(75);
    assert_eq!(known["register_hints"], json!([]));
    review(&app, "reviewer1", &known, "PASS").expect(201);
}

/// Rights of a parent by a court's ruling.
fn ruled(app: &TestApp, mut rights: Value) -> Value {
    rights["fields"]["ground"] = json!("115 年度家親聲字第 1 號");
    let list = app.get("/v1/case-types/PARENTAL_RIGHTS").send().expect(200)["papers"].clone();
    rights["papers"] = list.as_array().unwrap().iter().map(|paper| paper["document"].clone()).collect();
    rights
}

#[test]
fn parents_who_marry_while_one_of_them_alone_has_the_rights_are_a_hint() {
    let app = TestApp::new();
    let case = registered(&app, &born(25, 26, "2026-11-10"));
    let child = json!({"name": "測小安", "national_id": female(26)["national_id"]});
    let rights = parental(&app, "PARENTAL_RIGHTS", (child, as_party(female(25), "MOTHER")), "PARENT_ONE_OR_BOTH");
    let wedding = married(&app, 25, 25, ("1993-02-11", "1995-05-04"));
    let hints = || app.post("/v1/cases:check").user("clerk1").json(&wedding).send().expect(200)["register_hints"].clone();
    assert_eq!(hints(), json!([]));
    // What they have agreed on ends with the wedding; what a court has ruled is looked at.
    let agreed = registered(&app, &rights);
    assert_eq!(hints(), json!([]));
    revoke(&app, &agreed);
    let rights = registered(&app, &ruled(&app, rights));
    let children = json!([case["parties"][2]["person_id"]]);
    assert_eq!(hints(), json!([{"pointer": "/parties", "kind": "CUSTODY_OF_ONE", "person_ids": children}]));
    revoke(&app, &rights);
    assert_eq!(hints(), json!([]));
}
