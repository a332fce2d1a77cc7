//! By what right somebody applies: what a case asks for, a certificate of the same kind asks for as well.

use serde_json::{Value, json};

use crate::cases::{act, own, registered, take};
use crate::certificates::apply;
use crate::known::{complete, death, matter};
use crate::support::{TestApp, person};

fn field(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

fn with(mut who: Value, member: &str, value: &str) -> Value {
    who[member] = json!(value);
    who
}

/// A certificate about one, by another.
fn certificate(kind: &str, of: u32, by: u32, relation: &str) -> Value {
    json!({
        "kind": kind, "person": person(of), "applicant": with(person(by), "relation", relation),
        "scope": "PERSON", "purpose": "治喪", "copies": 1
    })
}

/// A case about one, by another, with what its type always asks for.
fn case(app: &TestApp, type_code: &str, (of, by): (u32, u32), (relation, fields): (&str, Value)) -> Value {
    let mut body = complete(app, own(type_code, of, fields, &[]));
    body["applicant"] = with(person(by), "relation", relation);
    body["confirm_not_duplicate"] = json!(true);
    body
}

/// Papers that a case still wants.
fn missing(app: &TestApp, body: &Value) -> Vec<String> {
    let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200).clone();
    let papers = told["missing_papers"].as_array().unwrap().iter();
    papers.map(|paper| paper["document"].as_str().unwrap().to_owned()).collect()
}

/// Issued once these papers are shown one after another, and refused before.
fn issued_by(app: &TestApp, mut body: Value, papers: &[&str]) {
    for paper in papers {
        let refused = apply(app, "clerk1", &body);
        assert_eq!(refused.fields(), [field("/papers", "required")], "before {paper}: {}", refused.text);
        let mut shown: Vec<Value> = body["papers"].as_array().cloned().unwrap_or_default();
        shown.push(json!(paper));
        body["papers"] = json!(shown);
    }
    let issued = apply(app, "clerk1", &body);
    let shown = body["papers"].as_array().cloned().unwrap_or_default();
    // What tells of kin waits for another clerk.
    let status = if body["kind"] == "KINSHIP" { "REQUESTED" } else { "ISSUED" };
    assert_eq!((&issued.expect(201)["status"], &issued.body["papers"]), (&json!(status), &json!(shown)));
}

fn common(matter: &str) -> Value {
    json!({"kind": "COMMON", "matter": matter})
}

#[test]
fn an_interested_person_proves_the_interest_whether_they_say_who_they_are_or_not() {
    let app = TestApp::new();
    let transcript =
        json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "訴訟", "copies": 1, "interest_proof": "債權憑證"});
    for type_code in ["RECORD_COPY", "RECORD_VIEW", "TRANSCRIPT_EN", "TRANSCRIPT_ZH"] {
        let fields = if type_code.starts_with("TRANSCRIPT") { transcript.clone() } else { common("閱覽") };
        let mut body = case(&app, type_code, (1, 2), ("INTERESTED_PERSON", fields));
        assert_eq!(missing(&app, &body), ["INTEREST_PROOF"], "{type_code}");
        body["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
        assert_eq!(registered(&app, &body)["circumstances"], json!(["APPLICANT_IS_AN_INTERESTED_PERSON"]), "{type_code}");
        let mut asked = certificate(type_code, 1, 2, "INTERESTED_PERSON");
        assert_eq!(apply(&app, "clerk1", &asked).fields(), [field("/interest_proof", "required")], "{type_code}");
        asked["interest_proof"] = json!("債權憑證");
        apply(&app, "clerk1", &asked).expect(201);
    }
}

#[test]
fn the_photograph_of_the_living_is_given_to_no_relative_of_the_dead() {
    let app = TestApp::new();
    let mut body = case(&app, "PHOTO_FILE", (1, 2), ("RELATIVE_OF_DECEASED", common("治喪")));
    assert_eq!(missing(&app, &body), ["KIN_PROOF", "DEATH_CERTIFICATE"]);
    let taken = take(&app, "clerk1", &body).expect(201).clone();
    let refused = act(&app, "clerk1", &taken, ":submit-for-review", &json!({}));
    assert_eq!(refused.refused(409, "documents_missing")["missing_papers"].as_array().unwrap().len(), 2);
    issued_by(&app, certificate("PHOTO_FILE", 1, 2, "RELATIVE_OF_DECEASED"), &["KIN_PROOF", "DEATH_CERTIFICATE"]);
    // What the register knows nobody shows.
    registered(&app, &death(&app, 1));
    assert_eq!(missing(&app, &body), ["KIN_PROOF"]);
    body["papers"].as_array_mut().unwrap().push(json!("KIN_PROOF"));
    registered(&app, &body);
    issued_by(&app, certificate("PHOTO_FILE", 1, 2, "RELATIVE_OF_DECEASED"), &["KIN_PROOF"]);
    issued_by(&app, certificate("PHOTO_FILE", 3, 3, "SELF"), &[]);
}

#[test]
fn kinship_is_certified_for_a_purpose_that_is_shown_and_a_house_for_whoever_has_a_right_to_it() {
    let app = TestApp::new();
    for (kind, relations, paper) in [
        ("KINSHIP", ["LISTED_PURPOSE_APPLICANT", "LISTED_PURPOSE_APPLICANT"], "PURPOSE_PROOF"),
        ("DOOR_CERT", ["OWNER", "OCCUPANT"], "OWNER_PROOF"),
    ] {
        for relation in relations {
            issued_by(&app, certificate(kind, 1, 2, relation), &[paper]);
        }
        let mut by_proxy = certificate(kind, 1, 2, "PROXY");
        by_proxy["letter"] = json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "委託書"}});
        issued_by(&app, by_proxy, &[paper]);
    }
    let mut other = certificate("KINSHIP", 1, 2, "LISTED_PURPOSE_APPLICANT");
    other["papers"] = json!(["PURPOSE_PROOF", "OWNER_PROOF"]);
    assert_eq!(apply(&app, "clerk1", &other).fields(), [field("/papers/1", "unknown")]);
}

#[test]
fn a_household_certificate_is_the_heads() {
    let app = TestApp::new();
    let fields = json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": true});
    for kind in ["HC_FIRST", "HC_REISSUE", "HC_REPLACE"] {
        assert_eq!(missing(&app, &case(&app, kind, (1, 1), ("HOUSEHOLD_HEAD", fields.clone()))), Vec::<String>::new());
        assert_eq!(missing(&app, &case(&app, kind, (1, 2), ("HOUSEHOLD_HEAD", fields.clone()))), ["HEAD_PROOF"], "{kind}");
        issued_by(&app, certificate(kind, 1, 1, "HOUSEHOLD_HEAD"), &[]);
        issued_by(&app, certificate(kind, 1, 2, "HOUSEHOLD_HEAD"), &["HEAD_PROOF"]);
    }
    // Online nobody shows a paper.
    let head = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    let mut body = certificate("HC_REISSUE", 1, 1, "HOUSEHOLD_HEAD");
    body["applicant"] = with(head.clone(), "relation", "HOUSEHOLD_HEAD");
    assert_eq!(apply(&app, "citizen1", &body).fields(), [field("/applicant/relation", "not_allowed")]);
    body["papers"] = json!(["HEAD_PROOF"]);
    assert_eq!(apply(&app, "citizen1", &body).fields(), [field("/papers", "not_allowed")]);
    (body["person"], body["papers"]) = (head, json!([]));
    assert!(apply(&app, "citizen1", &body).expect(201).get("papers").is_none(), "to staff only");
}

#[test]
fn whoever_owns_the_premises_and_whoever_asks_for_statistics_show_their_papers_unasked() {
    let app = TestApp::new();
    let owner = case(&app, "DELIVERY_ADDRESS", (1, 2), ("PREMISES_OWNER", common("送達地址")));
    assert_eq!(missing(&app, &owner), ["OWNER_PROOF"]);
    assert_eq!(missing(&app, &case(&app, "POP_STATS", (1, 1), ("ANYONE", common("人口統計資料")))), ["ID_CARD"]);
}

#[test]
fn a_certificate_rests_on_an_entry_of_one_of_its_people_alone() {
    let app = TestApp::new();
    let on = |mut body: Value, case: &Value| {
        body["case_id"] = case["id"].clone();
        apply(&app, "clerk1", &body)
    };
    let own = |number: u32| certificate("TRANSCRIPT_ZH", number, number, "SELF");
    let mut entry = complete(&app, matter(3));
    entry["parties"].as_array_mut().unwrap().push(with(person(4), "role", "OTHER"));
    let entry = registered(&app, &entry);
    let mismatch = [field("/case_id", "party_mismatch")];
    assert_eq!(on(own(1), &entry).fields(), mismatch);
    assert_eq!(on(own(4), &entry).fields(), mismatch, "only named in it");
    let mut interested = certificate("TRANSCRIPT_ZH", 1, 3, "INTERESTED_PERSON");
    interested["interest_proof"] = json!("繼承系統表");
    on(interested, &entry).expect(201);
    on(own(3), &entry).expect(201);
    let mut copied = case(&app, "RECORD_COPY", (1, 2), ("INTERESTED_PERSON", common("閱覽")));
    copied["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
    let copied = registered(&app, &copied);
    assert_eq!(on(own(2), &copied).fields(), mismatch, "only applied for it");
    on(own(1), &copied).expect(201);
}

#[test]
fn a_certificate_rests_on_nothing_that_is_not_registered() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &matter(1)).expect(201).clone();
    let on_it = || {
        let mut body = certificate("TRANSCRIPT_ZH", 1, 1, "SELF");
        body["case_id"] = case["id"].clone();
        apply(&app, "clerk1", &body)
    };
    assert_eq!(on_it().fields(), [field("/case_id", "not_allowed")], "it waits for its review");
    act(&app, "clerk1", &case, ":withdraw", &json!({"reason": "不辦了"})).expect(200);
    assert_eq!(on_it().fields(), [field("/case_id", "not_allowed")], "it came to nothing");
}
