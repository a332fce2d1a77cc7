//! What a mandate opens, whatever the order of the parties, and what it opens no longer: of a legal representative, and of a proxy
//! who applies in their own name.

use serde_json::{Value, json};

use crate::capacity::{certificate, custody};
use crate::cases::{at, registered, revoke, take};
use crate::certificates::letter_of;
use crate::known::{GROWN, married, transcript};
use crate::relations::{adoption, as_applicant, as_party, guardianship};
use crate::support::{TestApp, female, person};

fn citizen(app: &TestApp) -> Value {
    json!({"name": "王示範", "national_id": app.citizen_number(1)})
}

fn is_open(app: &TestApp, user: &str, case: &Value) -> bool {
    let list = app.get("/v1/cases").user(user).send().expect(200)["items"].clone();
    let listed = list.as_array().unwrap().iter().any(|one| one["id"] == case["id"]);
    let seen = app.get(&at(case, "")).user(user).send().status;
    assert_eq!(listed, seen == 200, "the list shows what can be read");
    listed
}

#[test]
fn a_parent_follows_the_adoption_that_they_applied_for_whoever_is_named_first() {
    let app = TestApp::new();
    let ruling = registered(&app, &custody(&app, 201, &citizen(&app)));
    let mut body = adoption(&app, "ADOPTION", 201, &person(202), "2026-11-20");
    body["applicant"] = as_applicant(citizen(&app), "LEGAL_REPRESENTATIVE");
    for _ in 0..2 {
        let case = take(&app, "clerk1", &body).expect(201).clone();
        assert!(is_open(&app, "citizen1", &case), "{}", body["parties"]);
        body["parties"].as_array_mut().unwrap().reverse();
    }
    // Whoever consents too.
    body["parties"].as_array_mut().unwrap().push(as_party(citizen(&app), "LEGAL_REPRESENTATIVE"));
    body["applicant"] = as_applicant(person(202), "ADOPTER");
    let case = take(&app, "clerk1", &body).expect(201).clone();
    assert!(is_open(&app, "citizen1", &case));
    let mut later = custody(&app, 201, &female(203));
    (later["event_on"], later["confirm_not_duplicate"]) = (json!("2026-11-22"), json!(true));
    let later = registered(&app, &later);
    assert!(!is_open(&app, "citizen1", &case));
    revoke(&app, &later);
    assert!(is_open(&app, "citizen1", &case) && is_open(&app, "citizen1", &ruling));
}

#[test]
fn a_guardian_follows_the_wards_divorce_on_whichever_side_the_ward_stands() {
    let app = TestApp::new();
    let mut early = married(&app, 134, 135, GROWN);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    let mut ruling = guardianship(&app, 1, (Some(136), "DECLARED"), "2026-11-01");
    ruling["parties"] = json!([as_party(female(135), "SUBJECT"), as_party(citizen(&app), "GUARDIAN")]);
    ruling["applicant"] = as_applicant(citizen(&app), "GUARDIAN");
    registered(&app, &ruling);
    let mut divorce = early.clone();
    divorce["type_code"] = json!("DIVORCE_COURT");
    divorce["papers"] = json!(crate::cases::papers_of(&app, "DIVORCE_COURT"));
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-20"});
    divorce["event_on"] = json!("2026-11-20");
    let mut taken = Vec::new();
    divorce["applicant"] = as_applicant(citizen(&app), "LEGAL_REPRESENTATIVE");
    for _ in 0..2 {
        taken.push(take(&app, "clerk1", &divorce).expect(201).clone());
        divorce["parties"].as_array_mut().unwrap().reverse();
    }
    for case in &taken {
        assert!(is_open(&app, "citizen1", case));
    }
    let mut changed = guardianship(&app, 1, (Some(136), "CHANGED"), "2026-11-21");
    changed["parties"] = json!([as_party(female(135), "SUBJECT"), as_party(person(136), "GUARDIAN")]);
    changed["applicant"] = as_applicant(person(136), "GUARDIAN");
    registered(&app, &changed);
    for case in &taken {
        assert!(!is_open(&app, "citizen1", case));
    }
}

#[test]
fn what_a_proxy_applied_for_in_their_own_name_is_closed_with_the_letter() {
    let app = TestApp::new();
    let principal = person(5);
    let letter = letter_of(&app, &principal);
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    let asked = app.post("/v1/certificates").user("proxy1").once().json(&certificate(&principal, &proxy, "PROXY")).send();
    let asked = format!("/v1/certificates/{}", asked.expect(201)["id"].as_str().unwrap());
    let mut draft = transcript(&app, None);
    draft["parties"][0] = as_party(principal.clone(), "SUBJECT");
    draft["applicant"] = as_applicant(proxy, "PROXY");
    let draft = take(&app, "proxy1", &draft).expect(201).clone();
    let certificates = || app.get("/v1/certificates").user("proxy1").send().expect(200)["items"].as_array().unwrap().len();
    assert!(is_open(&app, "proxy1", &draft));
    assert_eq!((app.get(&asked).user("proxy1").send().status, certificates()), (200, 1));
    app.post(&format!("{letter}:revoke")).user("clerk1").if_match("*").send().expect(200);
    assert!(!is_open(&app, "proxy1", &draft));
    assert_eq!((app.get(&asked).user("proxy1").send().status, certificates()), (404, 0));
    let why = json!({"reason": "不辦了"});
    let contact = json!({"contact": {"phone": "0912345678"}});
    for path in [at(&draft, ""), asked.clone()] {
        let put = app.call("PUT", &format!("{path}/contact")).user("proxy1").if_match("*").json(&contact).send();
        put.refused(404, "not_found");
        app.post(&format!("{path}:withdraw")).user("proxy1").if_match("*").json(&why).send().refused(404, "not_found");
    }
    // To the office nothing has changed, and a new letter opens it again.
    app.get(&asked).user("clerk1").send().expect(200);
    letter_of(&app, &principal);
    assert!(is_open(&app, "proxy1", &draft));
    app.get(&asked).user("proxy1").send().expect(200);
}
