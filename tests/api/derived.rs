//! Circumstances of a checklist that follow from what a case says: nobody avoids a paper by silence.

use serde_json::{Value, json};

use crate::cases::{move_in, own};
use crate::known::complete;
use crate::relations::{as_applicant, guardianship};
use crate::support::{TestApp, female, person};

/// The circumstances of an application that shows no paper, and the papers that it misses by them.
fn seen(app: &TestApp, body: &Value) -> (Vec<String>, Vec<String>) {
    let mut body = body.clone();
    body["papers"] = json!([]);
    let told = app.post("/v1/cases:check").user("clerk1").json(&body).send().expect(200).clone();
    let texts = |list: &Value| list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let circumstances = texts(&told["circumstances"]);
    let by = |paper: &&Value| circumstances.iter().any(|one| paper["when"] == one.as_str());
    let missing = told["missing_papers"].as_array().unwrap().iter().filter(by);
    (circumstances.clone(), missing.map(|paper| paper["document"].as_str().unwrap().to_owned()).collect())
}

fn one(circumstance: &str, papers: &[&str]) -> (Vec<String>, Vec<String>) {
    (vec![circumstance.to_owned()], papers.iter().map(|paper| (*paper).to_owned()).collect())
}

#[test]
fn whoever_moves_shows_where_to() {
    let app = TestApp::new();
    let mut body = move_in(801);
    assert_eq!(seen(&app, &body), one("JOINS_A_HOUSEHOLD", &["NEW_HOUSE_HH_CERT"]));
    body["fields"]["new_household"] = json!(true);
    assert_eq!(seen(&app, &body), one("NEW_HOUSEHOLD_AT_THE_ADDRESS", &["RESIDENCE_PROOF"]));
}

#[test]
fn a_child_under_14_is_led() {
    let app = TestApp::new();
    let card = |born: &str, applicant: Value| {
        let mut body = own("ID_FIRST", 811, json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01"}), &[]);
        (body["parties"][0]["birth_on"], body["applicant"]) = (json!(born), applicant);
        body
    };
    let led = |body: &Value| seen(&app, body).1.contains(&"LEGAL_REP_PRESENT".to_owned());
    assert!(led(&card("2012-11-24", as_applicant(female(42), "LEGAL_REPRESENTATIVE"))));
    assert!(!led(&card("2012-11-23", as_applicant(person(811), "SELF"))));
    let mut passport =
        own("PASSPORT_ID", 812, json!({"kind": "PASSPORT", "document": "ID_CARD", "photo_matches": true, "present": true}), &[]);
    passport["parties"][0]["birth_on"] = json!("1990-05-04");
    assert_eq!(seen(&app, &passport), one("14_AND_OVER", &["ID_CARD"]));
}

#[test]
fn a_court_gives_grown_people_a_guardian() {
    let app = TestApp::new();
    let mut ruling = guardianship(&app, 821, (Some(822), "DECLARED"), "2026-11-01");
    assert_eq!(seen(&app, &ruling).0, [""; 0], "a child can have one without a court");
    ruling["fields"]["by_declaration"] = json!(true);
    assert_eq!(seen(&app, &ruling), one("APPOINTED_BY_COURT", &["COURT_RULING"]));
    ruling["fields"].as_object_mut().unwrap().remove("by_declaration");
    ruling["parties"][0]["birth_on"] = json!("1980-01-01");
    assert_eq!(seen(&app, &ruling), one("APPOINTED_BY_COURT", &["COURT_RULING"]));
}

#[test]
fn an_interested_person_shows_proof() {
    let app = TestApp::new();
    let fields = json!({"kind": "TRANSCRIPT", "scope": "PART", "purpose": "訴訟", "copies": 1, "interest_proof": "債權憑證"});
    let mut body = complete(&app, own("TRANSCRIPT_ZH", 831, fields, &[]));
    body["applicant"] = as_applicant(person(832), "INTERESTED_PERSON");
    assert_eq!(seen(&app, &body), one("APPLICANT_IS_AN_INTERESTED_PERSON", &["INTEREST_PROOF"]));
}
