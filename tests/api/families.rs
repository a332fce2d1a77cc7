//! What an office sees for itself of a family: parents who are married, children under age, by agreement or by a court.

use serde_json::{Value, json};

use crate::cases::{act, birth, papers_of, registered, revoke, take};
use crate::known::{complete, death, married};
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
    assert_eq!(seen(&app, &birth(1)), (vec![], vec![]), "of a marriage elsewhere the register tells nothing");
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
    dead["parties"][0] = json!({"role": "DECEASED", "name": "王小安", "national_id": female(12)["national_id"]});
    registered(&app, &dead);
    assert_eq!(seen(&app, &divorce(&app, 11)), (vec![], vec![]));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn the_rights_of_a_parent_come_by_agreement_or_by_a_court() {
    let app = TestApp::new();
    let mut child = person(21);
    child["birth_on"] = json!("2015-05-04");
    let mut body = parental(&app, "PARENTAL_RIGHTS", (child, as_party(person(22), "FATHER")), "PARENT_ONE_OR_BOTH");
    body["papers"].as_array_mut().unwrap().retain(|paper| paper != "PARENTAL_AGREEMENT");
    assert_eq!(seen(&app, &body), (strings(&["BY_AGREEMENT"]), strings(&["PARENTAL_AGREEMENT"])));
    body["fields"]["ground"] = json!("115 年度家親聲字第 1 號");
    assert_eq!(seen(&app, &body), (strings(&["BY_COURT"]), strings(&["COURT_RULING"])));
    // What is named goes before.
    body["circumstances"] = json!(["BY_AGREEMENT"]);
    assert_eq!(seen(&app, &body), (strings(&["BY_AGREEMENT"]), strings(&["PARENTAL_AGREEMENT"])));
    body["circumstances"] = json!([]);
    body["fields"]["event"] = json!("REVOKED");
    assert_eq!(seen(&app, &body), (vec![], vec![]));
    assert_eq!(seen(&app, &complete(&app, body)), (vec![], vec![]));
}
