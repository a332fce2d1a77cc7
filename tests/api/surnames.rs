//! Whose surname somebody can take by a change, and how often (民法 §1059, §1059-1; 姓名條例 §8).

use serde_json::{Value, json};

use crate::cases::{birth, papers_of, registered};
use crate::known::field;
use crate::relations::{as_applicant, as_party};
use crate::support::{Answer, TestApp, female, person};

/// The daughter of 李美玉 and 張大同, called after her father.
fn born(app: &TestApp) {
    let mut body = birth(70);
    for pointer in ["/parties/0/name", "/applicant/name"] {
        *body.pointer_mut(pointer).unwrap() = json!("李美玉");
    }
    body["parties"][1]["name"] = json!("張大同");
    (body["fields"]["child_name"], body["fields"]["national_id"]) = (json!("張小安"), female(71)["national_id"].clone());
    registered(app, &body);
}

/// A change of her surname, for which the mother applies with all papers but the parents' agreement and a court's ruling.
fn changed(app: &TestApp, (old, new): (&str, &str), reason: &str) -> Value {
    let child = json!({"name": old, "national_id": female(71)["national_id"]});
    let mother = json!({"name": "李美玉", "national_id": female(70)["national_id"]});
    let mut papers = papers_of(app, "NAME_SURNAME");
    papers.extend(["LEGAL_REP_PRESENT", "REPRESENTATIVE_PROOF"].map(Value::from));
    json!({
        "type_code": "NAME_SURNAME", "parties": [as_party(child, "SUBJECT")], "applicant": as_applicant(mother, "LEGAL_REPRESENTATIVE"),
        "fields": {"kind": "NAME", "old_name": old, "new_name": new, "reason": reason, "earlier_changes": 0, "barred": false},
        "papers": papers, "confirm_not_duplicate": true
    })
}

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").json(body).send()
}

/// The papers that are missing, and what a clerk is told to look at.
fn told(app: &TestApp, body: &Value) -> (Vec<Value>, Value) {
    let told = check(app, body).expect(200).clone();
    let missing = told["missing_papers"].as_array().unwrap().iter();
    (missing.map(|paper| paper["document"].clone()).collect(), told["register_hints"].clone())
}

#[test]
fn a_child_takes_the_other_parents_surname_once_as_both_agree() {
    let app = TestApp::new();
    born(&app);
    let wrong = check(&app, &changed(&app, ("張小安", "范小安"), "OTHER"));
    assert_eq!(wrong.fields(), [field("/fields/new_name", "surname_mismatch")], "{}", wrong.text);
    let mut body = changed(&app, ("張小安", "李小安"), "OTHER");
    assert_eq!(told(&app, &body), (vec![json!("SURNAME_AGREEMENT")], json!([])));
    body["papers"].as_array_mut().unwrap().push(json!("SURNAME_AGREEMENT"));
    registered(&app, &body);
    let mut again = changed(&app, ("李小安", "張小安"), "OTHER");
    let refused = check(&app, &again);
    assert_eq!(refused.fields(), [field("/fields/new_name", "already_registered")], "{}", refused.text);
    // A court declares it all the same, and asks nobody to agree.
    again["fields"]["by_court"] = json!(true);
    assert_eq!(told(&app, &again), (vec![json!("COURT_RULING")], json!([])));
    again["fields"]["new_name"] = json!("范小安");
    assert_eq!(check(&app, &again).fields(), [field("/fields/new_name", "surname_mismatch")]);
}

#[test]
fn a_change_by_an_adoption_or_an_acknowledgment_tells_where_the_register_has_none() {
    let app = TestApp::new();
    born(&app);
    let wrong = check(&app, &changed(&app, ("張小安", "范小安"), "ADOPTION_OR_PARENTAGE"));
    assert_eq!(wrong.fields(), [field("/fields/new_name", "surname_mismatch")], "{}", wrong.text);
    let mut body = changed(&app, ("張小安", "李小安"), "ADOPTION_OR_PARENTAGE");
    let unknown = json!([{"pointer": "/fields/reason", "kind": "PARENTAGE_UNKNOWN"}]);
    assert_eq!(told(&app, &body), (vec![], unknown));
    body["fields"]["by_court"] = json!(true);
    assert_eq!(check(&app, &body).fields(), [field("/fields/by_court", "not_allowed")]);
}

#[test]
fn where_the_register_has_no_parents_a_clerk_looks_at_the_surname() {
    let app = TestApp::new();
    let mut body = changed(&app, ("測試甲", "李試甲"), "OTHER");
    (body["parties"], body["applicant"]) = (json!([as_party(person(1), "SUBJECT")]), as_applicant(person(1), "SELF"));
    let (missing, hints) = told(&app, &body);
    assert_eq!((missing, hints), (vec![], json!([{"pointer": "/fields/new_name", "kind": "SURNAME_UNKNOWN"}])));
}
