//! Papers of which one or another is asked for, and which of them a case itself tells.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, move_in, own, papers_of, registered, revoke, tag, take};
use crate::known::{GROWN, death, married, matter};
use crate::reinstatements::reinstate;
use crate::relations::{as_party, parental};
use crate::support::{TestApp, person};
use crate::unnumbered::passport;

/// An application with what its type asks for whatever the circumstances, and no alternative.
fn without(app: &TestApp, mut body: Value) -> Value {
    let type_code = body["type_code"].as_str().unwrap().to_owned();
    let one = app.get(&format!("/v1/case-types/{type_code}")).send().expect(200).clone();
    let is_alternative = |paper: &Value| {
        one["papers"].as_array().unwrap().iter().any(|line| line["document"] == *paper && line["one_of"].is_string())
    };
    let papers = papers_of(app, &type_code).into_iter().filter(|paper| !is_alternative(paper));
    body["papers"] = papers.collect();
    body
}

/// Papers that are missing, each with the code of its alternatives.
fn missing(app: &TestApp, body: &Value) -> Vec<(String, Value)> {
    let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200).clone();
    let papers = told["missing_papers"].as_array().unwrap().iter();
    papers.map(|paper| (paper["document"].as_str().unwrap().to_owned(), paper["one_of"].clone())).collect()
}

fn one_of(group: &str, documents: &[&str]) -> Vec<(String, Value)> {
    documents.iter().map(|document| ((*document).to_owned(), json!(group))).collect()
}

#[test]
fn a_death_is_shown_by_one_paper_or_another() {
    let app = TestApp::new();
    let mut body = without(&app, death(&app, 1));
    let all = ["DEATH_CERTIFICATE", "FOREIGN_PAPERS", "DEATH_NOTIFICATION"];
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_DEATH", &all));
    for (circumstance, document) in [
        ("NOT_ALREADY_RECEIVED_BY_NOTIFICATION", "DEATH_CERTIFICATE"),
        ("DIED_ABROAD", "FOREIGN_PAPERS"),
        ("RECEIVED_BY_NOTIFICATION", "DEATH_NOTIFICATION"),
    ] {
        body["circumstances"] = json!([circumstance]);
        assert_eq!(missing(&app, &body), one_of("PROOF_OF_DEATH", &[document]), "{circumstance}");
    }
    body["circumstances"] = json!([]);
    for document in all {
        let mut shown = body.clone();
        shown["papers"].as_array_mut().unwrap().push(json!(document));
        assert_eq!(missing(&app, &shown), [], "{document}");
    }
}

#[test]
fn the_one_notice_lists_alternatives_and_one_of_them_suffices() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &without(&app, death(&app, 1))).expect(201).clone();
    let refused = act(&app, "clerk1", &case, ":submit-for-review", &json!({}));
    assert_eq!(refused.refused(409, "documents_missing")["missing_papers"].as_array().unwrap().len(), 3);
    let given = act(&app, "clerk1", &case, "/one-time-notice", &json!({}));
    let items = given.expect(201)["items"].as_array().unwrap().clone();
    assert_eq!(items.iter().filter(|item| item["one_of"] == "PROOF_OF_DEATH").count(), 3);
    let text = app.get(&at(&case, "/one-time-notice.txt")).user("clerk1").send();
    assert!(text.text.contains("（與第 2、3 項擇一）"), "{}", text.text);
    let tick = |n: u32, received: bool| {
        let tag = tag(&app, &case);
        let path = at(&case, &format!("/one-time-notice/items/{n}"));
        app.call("PATCH", &path).user("clerk1").if_match(&tag).json(&json!({"received": received})).send().expect(200).clone()
    };
    assert_eq!(tick(2, true)["complete"], true);
    assert_eq!(tick(2, false)["complete"], false);
    assert_eq!(tick(1, true)["complete"], true);
    // What a new fact asks for is asked for by itself.
    let fact = json!({"new_fact": "死亡證明書有疑義", "further_documents": ["DEATH_NOTIFICATION"]});
    assert_eq!(act(&app, "clerk1", &case, "/one-time-notice", &fact).expect(201)["complete"], false);
    assert_eq!(tick(4, true)["complete"], true);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn a_move_tells_by_itself_which_household_is_shown() {
    let app = TestApp::new();
    let mut body = without(&app, move_in(1));
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_RESIDENCE", &["NEW_HOUSE_HH_CERT"]));
    body["fields"]["new_household"] = json!(true);
    let proof = one_of("PROOF_OF_RESIDENCE", &["RESIDENCE_PROOF"]);
    assert_eq!(missing(&app, &body), proof);
    // Nobody gets round it by naming the opposite.
    body["circumstances"] = json!(["JOINS_A_HOUSEHOLD"]);
    assert_eq!(missing(&app, &body), proof);
    body["papers"].as_array_mut().unwrap().push(json!("RESIDENCE_PROOF"));
    assert_eq!(registered(&app, &body)["circumstances"], json!(["NEW_HOUSEHOLD_AT_THE_ADDRESS"]));
}

#[test]
fn an_age_tells_whether_the_card_or_the_household_certificate_is_shown() {
    let app = TestApp::new();
    let fields = json!({"kind": "PASSPORT", "document": "ID_CARD", "photo_matches": true, "present": true});
    let mut body = without(&app, own("PASSPORT_ID", 1, fields, &[]));
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_IDENTITY", &["ID_CARD", "HH_CERT"]));
    body["parties"][0]["birth_on"] = json!("1990-05-04");
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_IDENTITY", &["ID_CARD"]));
}

#[test]
fn whoever_lost_the_card_shows_the_household_certificate_or_another_paper() {
    let app = TestApp::new();
    let fields = json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01", "loss_report_number": "115-001234"});
    let mut body = without(&app, own("ID_REISSUE", 1, fields, &[]));
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_IDENTITY", &["HH_CERT", "SECOND_PHOTO_ID"]));
    // What one of them has shown it shows again, once a revocation is undone.
    let mut shown = body.clone();
    shown["papers"].as_array_mut().unwrap().push(json!("HH_CERT"));
    let case = registered(&app, &shown);
    revoke(&app, &case);
    assert_eq!(reinstate(&app, &case).expect(200)["status"], "REGISTERED");
    body["circumstances"] = json!(["TO_CONFIRM_IDENTITY"]);
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_IDENTITY", &["SECOND_PHOTO_ID"]));
}

/// Which of two papers an application asks for that shows none, though whoever must be there is.
fn asks(app: &TestApp, body: &Value, papers: [&str; 2]) -> [bool; 2] {
    let mut body = body.clone();
    body["papers"].as_array_mut().unwrap().retain(|paper| paper == "BOTH_PARTIES_PRESENT");
    let missing = missing(app, &body);
    papers.map(|paper| missing.iter().any(|(document, _)| document == paper))
}

#[test]
fn nobody_hands_in_a_card_who_has_none() {
    let app = TestApp::new();
    let cards = |body: &Value| asks(&app, body, ["OLD_ID_CARD", "ID_CARD"]);
    assert_eq!(cards(&move_in(1)), [true, true]);
    let mut child = move_in(2);
    child["parties"][0]["birth_on"] = json!("2015-05-04");
    assert_eq!(cards(&child), [false, false]);
    // By the 14th birthday everybody has one, and so may whoever moves with a child.
    let mut grown = child.clone();
    grown["parties"][0]["birth_on"] = json!("2012-11-23");
    assert_eq!(cards(&grown), [true, true]);
    let mut with_member = child.clone();
    with_member["parties"].as_array_mut().unwrap().push(as_party(person(3), "MEMBER"));
    assert_eq!(cards(&with_member), [true, false]);
    child["papers"] = json!([]);
    let shown: Vec<String> = missing(&app, &child).into_iter().map(|(document, _)| document).collect();
    child["papers"] = json!(shown);
    registered(&app, &child);
    // Of the dead the age counts at which they died.
    for (born, died, asked) in
        [("2026-11-19", "2026-11-20", false), ("2006-05-04", "2016-05-05", false), ("1950-01-01", "2026-11-20", true)]
    {
        let mut body = death(&app, 4);
        (body["parties"][0]["birth_on"], body["event_on"], body["fields"]["died_on"]) = (json!(born), json!(died), json!(died));
        assert_eq!(asks(&app, &body, ["DECEASED_ID", "ID_CARD"]), [asked, true], "{born}");
    }
}

#[test]
fn a_foreign_applicant_shows_no_national_card() {
    let app = TestApp::new();
    let mut body = birth(5);
    let mother = json!({"name": "NGUYEN THI MINH", "identified_by": passport("C5000001")});
    (body["parties"][0], body["applicant"]) = (as_party(mother.clone(), "MOTHER"), mother);
    (body["parties"][0]["birth_on"], body["applicant"]["relation"]) = (json!("1995-05-04"), json!("MOTHER"));
    assert_eq!(asks(&app, &body, ["ID_CARD", "PARENTS_ID"]), [false, true]);
    assert_eq!(asks(&app, &birth(5), ["ID_CARD", "PARENTS_ID"]), [true, true]);
}

#[test]
fn what_stands_in_the_place_of_a_paper_is_asked_for_alone() {
    let app = TestApp::new();
    let mut wedding = married(&app, 5, 6, GROWN);
    let papers = ["MARRIAGE_PAPER", "FOREIGN_PAPERS"];
    assert_eq!(asks(&app, &wedding, papers), [true, false]);
    (wedding["fields"]["abroad"], wedding["event_on"]) = (json!(true), json!("2020-05-05"));
    assert_eq!(asks(&app, &wedding, papers), [false, true]);
    let mut acknowledged = parental(&app, "PARENTAGE", (person(7), as_party(person(8), "FATHER")), "ACKNOWLEDGER");
    let papers = ["ACK_PROOF", "COURT_RULING"];
    assert_eq!(asks(&app, &acknowledged, papers), [true, false]);
    acknowledged["circumstances"] = json!(["BY_COURT_DECISION"]);
    assert_eq!(asks(&app, &acknowledged, papers), [false, true]);
}

#[test]
fn a_first_card_is_given_by_the_household_certificate_or_a_paper_with_a_photograph() {
    let app = TestApp::new();
    let mut body = without(&app, own("ID_FIRST", 9, json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01"}), &[]));
    body["parties"][0]["birth_on"] = json!("2012-11-23");
    assert_eq!(missing(&app, &body), one_of("PROOF_OF_IDENTITY", &["HH_CERT", "SECOND_PHOTO_ID"]));
    body["papers"].as_array_mut().unwrap().push(json!("SECOND_PHOTO_ID"));
    assert_eq!(missing(&app, &body), []);
}

#[test]
fn a_new_version_states_alternatives_of_its_own() {
    let app = TestApp::new();
    let one = app.get("/v1/case-types/OTHER_LAW").send();
    let mut rules = one.expect(200).clone();
    for member in ["code", "version", "valid_from", "party_roles"] {
        rules.as_object_mut().unwrap().remove(member);
    }
    let paper = |document: &str| json!({"document": document, "name": {"zh": "證明文件", "en": "Proof"}, "form": "ORIGINAL", "when": "ALWAYS", "one_of": "PROOF"});
    rules["papers"] = json!([paper("COURT_RULING"), paper("MEDIATION_RECORD")]);
    let body = json!({"valid_from": "2026-11-23", "reason": "合併應備文件", "rules": rules});
    app.call("PUT", "/v1/case-types/OTHER_LAW").user("chief1").if_match(one.etag()).json(&body).send().expect(200);
    let mut asked = matter(1);
    assert_eq!(missing(&app, &asked), one_of("PROOF", &["COURT_RULING", "MEDIATION_RECORD"]));
    asked["papers"] = json!(["MEDIATION_RECORD"]);
    assert_eq!(missing(&app, &asked), []);
}
