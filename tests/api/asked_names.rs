//! Certificates that were asked for in a name that is not the register's, and of somebody of whom nothing is registered any more.

use serde_json::{Value, json};

use crate::capacity::certificate;
use crate::cases::{birth, own, registered, revoke, take};
use crate::certificates::{apply, letter_of};
use crate::known::{complete, field, named_person};
use crate::reinstatements::reinstate;
use crate::relations::{as_applicant, as_party};
use crate::support::{Answer, TestApp, female, person};

fn issue(app: &TestApp, asked: &Answer) -> Answer {
    let path = format!("/v1/certificates/{}:issue", asked.expect(201)["id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match("*").json(&json!({})).send()
}

/// Where what was asked for names somebody otherwise.
fn otherwise(answer: &Answer) -> Vec<Value> {
    let differences = answer.refused(409, "identity_unsettled")["differences"].as_array().unwrap();
    differences.iter().map(|one| one["pointer"].clone()).collect()
}

#[test]
fn what_was_asked_for_online_in_another_name_is_not_issued() {
    let app = TestApp::new();
    let number = app.citizen_number(1);
    let called = |name: &str| json!({"name": name, "national_id": number});
    let asked = |who: &Value| apply(&app, "citizen1", &certificate(who, who, "SELF"));
    assert_eq!(otherwise(&issue(&app, &asked(&called("王亂寫")))), ["/person", "/applicant"]);
    issue(&app, &asked(&called("王示範"))).expect(200);
    let mut interested = certificate(&person(801), &called("林亂寫"), "INTERESTED_PERSON");
    interested["interest_proof"] = json!("債權憑證");
    assert_eq!(otherwise(&issue(&app, &apply(&app, "citizen1", &interested))), ["/applicant"]);
    // A proxy names whom they act for as the register does.
    letter_of(&app, &person(802));
    let wrong = named_person(802, "王亂寫");
    let by_proxy = apply(&app, "proxy1", &certificate(&wrong, &wrong, "SELF"));
    assert_eq!(otherwise(&issue(&app, &by_proxy)), ["/person", "/applicant"]);
    // Somebody who was proven by an electronic identity has no other name either, though nobody has seen a paper of theirs.
    let mut second = json!({"name": "林示範", "national_id": app.citizen_number(2)});
    app.sql("UPDATE people SET name_rank = 'CLAIMED' WHERE id IN (SELECT person_id FROM accounts WHERE username = 'citizen2')");
    issue(&app, &apply(&app, "citizen2", &certificate(&second, &second, "SELF"))).expect(200);
    second["name"] = json!("林亂寫");
    let other = apply(&app, "citizen2", &certificate(&second, &second, "SELF"));
    assert_eq!(otherwise(&issue(&app, &other)), ["/person", "/applicant"]);
    // A name that was taken back since is nobody's.
    let fields = json!({"kind": "NAME", "old_name": "王示範", "new_name": "王新名", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = complete(&app, own("NAME_GIVEN", 1, fields, &[]));
    body["parties"] = json!([as_party(called("王示範"), "SUBJECT")]);
    body["applicant"] = as_applicant(called("王示範"), "SELF");
    let case = registered(&app, &body);
    let (one, other) = (asked(&called("王新名")), asked(&called("王新名")));
    issue(&app, &one).expect(200);
    revoke(&app, &case);
    assert_eq!(otherwise(&issue(&app, &other)), ["/person", "/applicant"]);
}

#[test]
fn nothing_is_certified_of_somebody_whose_birth_was_revoked() {
    let app = TestApp::new();
    let mut body = birth(811);
    body["fields"]["national_id"] = female(812)["national_id"].clone();
    let case = registered(&app, &body);
    let child = json!({"name": "測小安", "national_id": female(812)["national_id"]});
    let mut asked = certificate(&child, &person(813), "INTERESTED_PERSON");
    asked["interest_proof"] = json!("債權憑證");
    apply(&app, "clerk1", &asked).expect(201);
    let fields = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "訴訟", "copies": 1, "interest_proof": "債權憑證"});
    let mut shown = complete(&app, own("TRANSCRIPT_ZH", 813, fields, &[]));
    shown["parties"] = json!([as_party(child.clone(), "SUBJECT")]);
    (shown["applicant"], shown["confirm_not_duplicate"]) = (as_applicant(person(813), "INTERESTED_PERSON"), json!(true));
    take(&app, "clerk1", &shown).expect(201);
    revoke(&app, &case);
    apply(&app, "clerk1", &asked).refused(409, "conflict");
    assert_eq!(take(&app, "clerk1", &shown).fields(), [field("/parties/0/national_id", "not_registered")]);
    reinstate(&app, &case).expect(200);
    apply(&app, "clerk1", &asked).expect(201);
}
