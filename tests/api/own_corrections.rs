//! Corrections that name whoever works on them, whether the office has a record of them or not (行政程序法 §32).

use serde_json::{Value, json};

use crate::cases::{act, at, registered};
use crate::holders::name_holder;
use crate::known::complete;
use crate::protection::looking;
use crate::support::{TestApp, person};

fn naming(of: &str, who: u32) -> Value {
    let change = |member: &str| json!({"pointer": format!("{of}/{member}"), "value": person(who)[member]});
    json!({"changes": [change("national_id"), change("name")], "reason": "依證明更正", "office_error": true})
}

#[test]
fn nobody_proposes_or_decides_on_a_correction_that_names_themselves() {
    let app = TestApp::new();
    for (user, number) in [("clerk1", 301), ("chief2", 302), ("director1", 303)] {
        let approver = if user == "director1" { "chief1" } else { "director1" };
        name_holder(&app, user, &person(number), approver);
    }
    for (number, of) in [(311, "/parties/0"), (312, "/applicant")] {
        let mut body = complete(&app, looking(&person(number), &person(number + 10)));
        body["fields"]["interest_proof"] = json!("債權憑證 115 年度司促字第 1 號");
        body["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
        let case = registered(&app, &body);
        let own = |user: &str, to: &str, body: &Value| _ = act(&app, user, &case, to, body).refused(409, "own_request");
        let reject = || act(&app, "chief1", &case, ":reject-change", &json!({"reason": "證明不符"})).expect(200).clone();
        own("clerk1", ":correct", &naming(of, 301));
        act(&app, "clerk1", &case, ":correct", &naming(of, 302)).expect(200);
        own("chief2", ":approve-change", &json!({}));
        own("chief2", ":reject-change", &json!({"reason": "不正確"}));
        let seen = |user: &str| app.get(&at(&case, "")).user(user).send().expect(200)["allowed_actions"].to_string();
        assert!(!seen("chief2").contains("change"), "{}", seen("chief2"));
        assert!(seen("chief1").contains("approve-change"), "{}", seen("chief1"));
        reject();
        act(&app, "clerk1", &case, ":correct", &naming(of, 303)).expect(200);
        own("director1", ":approve-change", &json!({}));
        reject();
    }
}
