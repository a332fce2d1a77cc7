//! Whom the office tells of what has become of an entry: everybody of whom it was who has not applied for that, whosever mistake it was
//! (行政程序法 §110; 戶籍法施行細則 §15).

use serde_json::{Value, json};

use crate::case_corrections::remarried_widow;
use crate::cases::{act, birth, own, registered, revoke, take};
use crate::known::{GROWN, complete, death, married};
use crate::reaching::read;
use crate::reinstatements::reinstate;
use crate::relations::adoption;
use crate::status::person_id;
use crate::support::{TestApp, female, person};
use crate::taken_out::{amend, replaced};

/// The calls about what has become of a case, each with whom it is to and how to reach them.
fn calls(app: &TestApp, case: &Value) -> Vec<(Value, Value)> {
    let record = json!(format!("cases/{}", case["id"].as_str().unwrap()));
    let list = read(app, "clerk1", "/v1/call-list?kind=ENTRY")["items"].clone();
    let about = list.as_array().unwrap().iter().filter(|call| call["record"] == record);
    about.map(|call| (call["person_id"].clone(), call["contact"].clone())).collect()
}

fn sorted(mut people: Vec<Value>) -> Vec<Value> {
    people.sort_by_key(ToString::to_string);
    people
}

/// Asserts that these are told of a case, each by a call of their own, and nobody else.
#[track_caller]
fn told(app: &TestApp, case: &Value, whom: &[Value]) {
    let called = sorted(calls(app, case).into_iter().map(|(person, _)| person).collect());
    assert_eq!(called, sorted(whom.iter().map(|one| json!(person_id(app, one))).collect()));
}

fn revoked_as_earlier(app: &TestApp, case: &Value) {
    act(app, "clerk1", case, ":revoke", &json!({"reason": "登錄錯誤", "office_error": false})).expect(200);
    act(app, "chief1", case, ":approve-change", &json!({})).refused(409, "register_contradicts");
    act(app, "chief1", case, ":approve-change", &json!({"confirm_contradictions": "EARLIER"})).expect(200);
}

#[test]
fn both_spouses_of_a_marriage_that_another_change_has_shown_to_be_void_are_told_and_so_is_the_one_who_lives() {
    let app = TestApp::new();
    let (dead, second) = remarried_widow(&app);
    told(&app, &second, &[]);
    revoked_as_earlier(&app, &dead);
    told(&app, &second, &[person(43), female(42)]);
    told(&app, &dead, &[person(41)]);
}

#[test]
fn whoever_was_adopted_and_has_adopted_by_an_adoption_that_is_void_is_told() {
    let app = TestApp::new();
    let of = |type_code: &str, adopter: u32, day: &str| adoption(&app, type_code, 61, &person(adopter), day);
    registered(&app, &of("ADOPTION", 62, "2026-10-01"));
    let end = registered(&app, &of("ADOPTION_END", 62, "2026-11-01"));
    let second = registered(&app, &of("ADOPTION", 63, "2026-11-10"));
    revoked_as_earlier(&app, &end);
    told(&app, &second, &[person(61), person(63)]);
    told(&app, &end, &[person(61), person(62)]);
}

#[test]
fn whoever_was_entered_as_the_applicant_by_mistake_is_told_and_so_is_whoever_is_now() {
    for office_error in [true, false] {
        let app = TestApp::new();
        let mut body = death(&app, 41);
        body["contact"] = json!({"phone": "0912345678"});
        let case = registered(&app, &body);
        amend(&app, &case, &replaced(&["/applicant"], &female(901)), &[], office_error).expect(200);
        told(&app, &case, &[female(900), female(901)]);
        for (person, contact) in calls(&app, &case) {
            assert_eq!(contact, Value::Null, "{person}");
        }
        // Nobody is told of who applies as before.
        let other = registered(&app, &death(&app, 42));
        amend(&app, &other, &json!([{"pointer": "/fields/place", "value": "秀傳醫院"}]), &[], false).expect(200);
        told(&app, &other, &[]);
    }
}

#[test]
fn a_spouse_who_is_taken_out_or_put_in_is_told_whosever_mistake_it_was() {
    for (office_error, others) in [(false, vec![]), (true, vec![person(51)])] {
        let app = TestApp::new();
        let wedding = registered(&app, &married(&app, 51, 52, GROWN));
        amend(&app, &wedding, &replaced(&["/parties/1"], &female(53)), &[], office_error).expect(200);
        told(&app, &wedding, &[others, vec![female(52), female(53)]].concat());
    }
}

#[test]
fn all_of_whom_an_entry_is_are_told_that_it_fell_and_that_it_stands_again() {
    let app = TestApp::new();
    let wedding = registered(&app, &married(&app, 54, 55, GROWN));
    let both = [person(54), female(55)];
    told(&app, &wedding, &[]);
    revoke(&app, &wedding);
    told(&app, &wedding, &both);
    // Who was called about the one is called about the other as well.
    let record = format!("cases/{}", wedding["id"].as_str().unwrap());
    for one in &both {
        let note = json!({"kind": "ENTRY", "record": record, "person_id": person_id(&app, one), "status": "REACHED"});
        app.post("/v1/call-list:note").user("clerk1").json(&note).send().expect(200);
    }
    let waiting = || read(&app, "clerk1", "/v1/call-list?kind=ENTRY&status=TO_CALL")["items"].as_array().unwrap().len();
    assert_eq!(waiting(), 0);
    app.advance(chrono::Duration::seconds(1));
    reinstate(&app, &wedding).expect(200);
    told(&app, &wedding, &both);
    assert_eq!(waiting(), 2);
    // Of a child its parents are told.
    let born = registered(&app, &birth(56));
    revoke(&app, &born);
    told(&app, &born, &[female(56), person(56)]);
}

#[test]
fn whoever_has_applied_for_a_revocation_knows_of_it() {
    let app = TestApp::new();
    let asks = |wedding: &Value, number: u32| {
        let fields = json!({"kind": "COMMON", "matter": "登記自始不存在", "revokes": wedding["number"]});
        let mut body = complete(&app, own("REVOCATION", number, fields, &[]));
        (body["event_on"], body["confirm_not_duplicate"]) = (json!("2026-11-20"), json!(true));
        take(&app, "clerk1", &body).expect(201).clone()
    };
    let [first, second] = [61, 63].map(|number| registered(&app, &married(&app, number, number + 1, GROWN)));
    asks(&first, 61);
    let given_up = asks(&second, 63);
    act(&app, "clerk1", &given_up, ":withdraw", &json!({"reason": "申請人撤回"})).expect(200);
    for wedding in [&first, &second] {
        revoke(&app, wedding);
    }
    told(&app, &first, &[female(62)]);
    // Who took it back has asked for nothing.
    told(&app, &second, &[person(63), female(64)]);
    // That it stands again nobody has applied for.
    app.advance(chrono::Duration::seconds(1));
    reinstate(&app, &first).expect(200);
    told(&app, &first, &[person(61), female(62)]);
}
