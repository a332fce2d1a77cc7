//! What the office enters without an application: of which types, after a demand that nobody followed, and by a supervisor.

use serde_json::{Value, json};

use crate::cases::{act, at, review, tag, take};
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::relations::{as_party, parental};
use crate::support::{Answer, TestApp, person};

fn demand() -> Value {
    json!({"number": "彰和戶字第1150000456號", "dated_on": "2026-11-02", "until_on": "2026-11-10"})
}

/// An application as the office's own.
fn by_office(mut body: Value) -> Value {
    let agency = json!({"kind": "AGENCY", "number": "376480000A"});
    body["applicant"] = json!({"name": "彰化縣和美戶政事務所", "identified_by": agency, "relation": "EX_OFFICIO"});
    body["ex_officio"] = json!({"reason": "逾期未申請，經催告仍不申請", "demand": demand()});
    body["papers"] = json!([]);
    body
}

/// A death whose period of law ended on 2026-10-01.
fn found(app: &TestApp, number: u32) -> Value {
    let mut body = by_office(death(app, number));
    body["papers"] = json!(["DEATH_NOTIFICATION"]);
    (body["event_on"], body["fields"]["died_on"]) = (json!("2026-09-01"), json!("2026-09-01"));
    body
}

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").header("Accept-Language", "en").json(body).send()
}

#[test]
fn a_clerk_enters_what_nobody_applied_for_and_a_supervisor_registers_it() {
    let app = TestApp::new();
    let told = check(&app, &found(&app, 1));
    assert_eq!((&told.expect(200)["missing_papers"], &told.body["late"]), (&json!([]), &json!(true)));
    let case = take(&app, "clerk1", &found(&app, 1)).expect(201).clone();
    assert_eq!(case["ex_officio"]["demand"], demand());
    let patched = |change: &Value| {
        let tag = tag(&app, &case);
        app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag).json(change).send()
    };
    assert_eq!(patched(&json!({"ex_officio": null})).fields(), [field("/ex_officio", "required")]);
    let reason = json!({"ex_officio": {"reason": "獨居者無人申請", "demand": demand()}});
    assert_eq!(patched(&reason).expect(200)["ex_officio"]["reason"], "獨居者無人申請");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &case, "PASS").refused(403, "forbidden");
    assert_eq!(review(&app, "chief1", &case, "PASS").expect(201)["case_status"], "REGISTERED");
    let dead = take(&app, "clerk1", &married(&app, 1, 2, GROWN)).fields();
    assert!(dead.contains(&field("/parties/0/national_id", "person_deceased")), "{dead:?}");
    assert!(take(&app, "clerk1", &matter(3)).expect(201).get("ex_officio").is_none());
}

#[test]
fn a_demand_comes_after_the_period_leaves_seven_days_and_has_run_out() {
    let app = TestApp::new();
    let with = |pointer: &str, value: Value| {
        let mut body = found(&app, 1);
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = check(&app, &body);
        if answer.status == 200 { Vec::new() } else { answer.fields() }
    };
    let dated = [field("/ex_officio/demand/dated_on", "range")];
    assert_eq!(with("/ex_officio/demand/dated_on", json!("2026-10-01")), dated, "the last day to apply");
    assert!(with("/ex_officio/demand/dated_on", json!("2026-10-02")).is_empty());
    assert_eq!(with("/ex_officio/demand/dated_on", json!("2026-11-24"))[0], dated[0]);
    let until = [field("/ex_officio/demand/until_on", "range")];
    for day in ["2026-11-08", "2026-11-23", "2026-12-01"] {
        assert_eq!(with("/ex_officio/demand/until_on", json!(day)), until, "{day}");
    }
    assert!(with("/ex_officio/demand/until_on", json!("2026-11-09")).is_empty());
    assert_eq!(with("/ex_officio", json!({"reason": "無人申請"})), [field("/ex_officio/demand", "required")]);
    assert_eq!(with("/ex_officio", json!(null)), [field("/ex_officio", "required")]);
}

#[test]
fn only_the_office_enters_and_only_what_the_law_lists() {
    let app = TestApp::new();
    let mut human = found(&app, 1);
    human["applicant"] = person(9);
    human["applicant"]["relation"] = json!("EX_OFFICIO");
    assert_eq!(check(&app, &human).fields(), [field("/applicant/national_id", "not_allowed")]);
    let mut applied = death(&app, 1);
    applied["ex_officio"] = json!({"reason": "無人申請"});
    assert_eq!(check(&app, &applied).fields(), [field("/ex_officio", "not_allowed")]);
    let wedding = by_office(married(&app, 1, 2, GROWN));
    assert!(check(&app, &wedding).fields().contains(&field("/applicant/relation", "not_allowed")));
    // Parentage rests on a court, a declaration of death needs no demand (戶籍法 §48-1).
    let mut child = person(11);
    child["birth_on"] = json!("2015-05-04");
    let mut parentage = by_office(parental(&app, "PARENTAGE", (child, as_party(person(12), "FATHER")), "ACKNOWLEDGER"));
    parentage["event_on"] = json!("2026-09-01");
    let told = check(&app, &parentage);
    assert_eq!(told.fields(), [field("/fields/ground", "required")]);
    assert!(told.text.contains("戶籍法 §48-2"), "{}", told.text);
    parentage["fields"]["ground"] = json!("彰化地方法院 115 年度親字第 1 號");
    check(&app, &parentage).expect(200);
    let mut declared = found(&app, 21);
    (declared["type_code"], declared["fields"]["manner"]) = (json!("DEATH_PRESUMED"), json!("DECLARED"));
    (declared["ex_officio"], declared["papers"]) = (json!({"reason": "法院通知死亡宣告確定"}), json!([]));
    check(&app, &declared).expect(200);
    let mut early = complete(&app, declared);
    early["proxy"] = person(22);
    (early["proxy"]["reason"], early["proxy"]["dated_on"]) = (json!("出國"), json!("2026-11-20"));
    assert!(check(&app, &early).fields().contains(&field("/proxy", "not_allowed")));
}
