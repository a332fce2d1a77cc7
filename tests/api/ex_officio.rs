//! What the office enters without an application: of which types, after a demand that nobody followed, and by a supervisor.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, registered, review, tag, take};
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::reaching::{call, calls};
use crate::relations::{as_party, parental};
use crate::status::person_id;
use crate::support::{Answer, TestApp, female, person};

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

#[test]
fn whoever_is_concerned_is_told_what_the_office_has_entered_by_itself() {
    let app = TestApp::new();
    let list = |day: &str| calls(&app, &format!("date={day}&kind=ENTRY"));
    let case = take(&app, "clerk1", &found(&app, 3)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "chief1", &case, "PASS").expect(201);
    assert_eq!(list("2026-11-23"), [], "of somebody without kin there is nobody to tell");
    let mut child = person(11);
    child["birth_on"] = json!("2015-05-04");
    let mut ruled = by_office(parental(&app, "PARENTAGE", (child, as_party(person(12), "FATHER")), "ACKNOWLEDGER"));
    (ruled["event_on"], ruled["fields"]["ground"]) = (json!("2026-09-01"), json!("彰化地方法院 115 年度親字第 1 號"));
    let ruled = take(&app, "clerk1", &complete(&app, ruled)).expect(201).clone();
    act(&app, "clerk1", &ruled, ":submit-for-review", &json!({})).expect(200);
    assert_eq!(list("2026-11-23"), [], "not before it is registered");
    review(&app, "chief1", &ruled, "PASS").expect(201);
    let to_call = [call("ENTRY", "cases", &ruled, "TO_CALL")];
    assert_eq!((list("2026-11-22"), list("2026-11-23")), (vec![], to_call.to_vec()));
    assert_eq!((list("2026-12-02"), list("2026-12-03")), (to_call.to_vec(), vec![]), "for seven working days");
    let record = format!("cases/{}", ruled["id"].as_str().unwrap());
    let note = json!({"date": "2026-11-24", "kind": "ENTRY", "record": record, "status": "REACHED"});
    app.post("/v1/call-list:note").user("clerk1").json(&note).send().expect(200);
    assert_eq!(list("2026-11-25"), [call("ENTRY", "cases", &ruled, "REACHED")]);
}

#[test]
fn of_the_dead_their_next_of_kin_is_told() {
    let app = TestApp::new();
    let mut wedding = married(&app, 1, 2, GROWN);
    (wedding["fields"]["abroad"], wedding["event_on"]) = (json!(true), json!("2020-05-05"));
    let told = check(&app, &wedding).expect(200)["missing_papers"].clone();
    let missing = told.as_array().unwrap().iter().map(|paper| paper["document"].clone());
    wedding["papers"].as_array_mut().unwrap().extend(missing);
    registered(&app, &wedding);
    let case = take(&app, "clerk1", &found(&app, 1)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "chief1", &case, "PASS").expect(201);
    let list = app.get("/v1/call-list?kind=ENTRY").user("clerk1").send().expect(200)["items"].clone();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list[0]["person_id"], json!(person_id(&app, &female(2))));
}

#[test]
fn whoever_an_error_of_the_office_concerns_is_told_of_its_correction() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    correct(&app, &case, json!([{"pointer": "/fields/weeks", "value": 38}])).expect(200);
    assert_eq!(calls(&app, "kind=ENTRY"), [], "what was applied for is known to whoever applied");
    let changes = json!([{"pointer": "/fields/weeks", "value": 40}]);
    let body = json!({"changes": changes, "reason": "登打錯誤", "office_error": true});
    act(&app, "clerk1", &case, ":correct", &body).expect(200);
    assert_eq!(calls(&app, "kind=ENTRY"), []);
    act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200);
    let each = call("ENTRY", "cases", &case, "TO_CALL");
    assert_eq!(calls(&app, "kind=ENTRY"), [each.clone(), each], "both parents, and not the child");
}
