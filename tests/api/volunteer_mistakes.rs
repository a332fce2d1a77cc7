//! What is put right of volunteers, and leaves a trace: absences, membership, contacts; and who is a volunteer no more.

use serde_json::{Value, json};

use crate::cases::registered;
use crate::known::death;
use crate::support::{TestApp, person};
use crate::volunteers::{act, at, blockers, field, get, made, member, update, volunteer};

#[test]
fn a_wrong_absence_is_put_right_and_the_state_follows() {
    let app = TestApp::new();
    let path = member(&app, 1);
    act(&app, "clerk1", &path, "suspend", &json!({"reason": "出國"})).expect(200);
    let correct = |absence: Value| {
        let body = json!({"place": 0, "absence": absence, "reason": "起訖日誤植"});
        act(&app, "clerk2", &path, "correct-absence", &body)
    };
    let suspended = |from: &str, until: &str| json!({"kind": "SUSPENDED", "from_on": from, "until_on": until});
    assert_eq!(correct(suspended("2026-11-24", "2026-11-25")).fields(), field("/absence/from_on", "range"));
    assert_eq!(correct(suspended("2026-11-20", "2026-11-19")).fields(), field("/absence/until_on", "range"));
    let past = correct(suspended("2026-11-20", "2026-11-21")).expect(200).clone();
    assert_eq!((&past["status"], &past["suspended_until"]), (&json!("ACTIVE"), &Value::Null));
    assert_eq!(blockers(&app, &path, "2026-11-20"), ["SUSPENDED"]);
    assert!(blockers(&app, &path, "2026-11-23").is_empty());
    let ahead = correct(suspended("2026-11-20", "2026-11-25")).expect(200).clone();
    assert_eq!((&ahead["status"], &ahead["suspended_until"]), (&json!("SUSPENDED"), &json!("2026-11-25")));
    let none = json!({"place": 1, "absence": null, "reason": "誤登他人"});
    assert_eq!(act(&app, "clerk2", &path, "correct-absence", &none).fields(), field("/place", "unknown"));
    let never = correct(Value::Null).expect(200).clone();
    assert_eq!((&never["status"], &never["absences"]), (&json!("ACTIVE"), &json!([])));
    assert!(blockers(&app, &path, "2026-11-20").is_empty());
    let history = get(&app, "clerk1", &format!("{path}/history?limit=100")).expect(200)["items"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["act"], &last["changes"][0]["pointer"]), (&json!("absence_corrected"), &json!("/absences")));
    assert_eq!(last["changes"][0]["after"], json!([]));
}

#[test]
fn whoever_entered_a_volunteer_does_not_say_since_when_they_are_a_full_member() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let correction = json!({"member_from": "2026-02-08", "reason": "日期誤植"});
    update(&app, "clerk1", &path, &correction).refused(409, "same_person");
    assert_eq!(update(&app, "clerk2", &path, &correction).expect(200)["member_from"], "2026-02-08");
}

#[test]
fn a_contact_that_is_changed_keeps_a_trace_and_what_staff_learned_stays_masked() {
    let app = TestApp::new();
    let path = at(&get(&app, "volunteer1", "/v1/volunteers").expect(200)["items"][0]);
    let put = |user: &str, body: &Value| {
        let tag = get(&app, "director1", &path).etag().to_owned();
        app.call("PUT", &format!("{path}/contact")).user(user).if_match(&tag).json(body).send().expect(200).clone()
    };
    put("clerk1", &json!({"contact": {"phone": "0987654321"}, "reason": "向原單位查得"}));
    assert_eq!(get(&app, "volunteer1", &path).expect(200)["contact"]["masked"], json!(true));
    put("volunteer1", &json!({"contact": {"phone": "0911111111"}}));
    assert_eq!(get(&app, "volunteer1", &path).expect(200)["contact"]["masked"], json!(false));
    let history = get(&app, "clerk1", &format!("{path}/history?limit=100")).expect(200)["items"].clone();
    let lines: Vec<Value> = history.as_array().unwrap().iter().filter(|line| line["act"] == "contact_changed").cloned().collect();
    assert_eq!((lines.len(), &lines[0]["reason"]), (2, &json!("向原單位查得")), "{history}");
    assert!(!history.to_string().contains("987654321"), "{history}");
}

#[test]
fn a_volunteer_is_found_by_a_number_that_travels_in_the_body() {
    let app = TestApp::new();
    let entered = made(&app, "clerk1", "/v1/volunteers", &volunteer(1));
    let search = |user: &str, number: &Value| {
        let body = json!({"national_id": number, "reason": "民眾詢問志工身分"});
        app.post("/v1/volunteers:search").user(user).json(&body).send()
    };
    let number = person(1)["national_id"].clone();
    let found = search("clerk1", &number).expect(200).clone();
    assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["id"]), (1, &entered["id"]));
    assert_eq!(search("clerk1", &person(2)["national_id"]).expect(200)["items"], json!([]));
    search("volunteer1", &number).refused(403, "forbidden");
    let log = get(&app, "director1", "/v1/audit-log?limit=100").expect(200).to_string();
    assert!(log.contains("volunteer.searched"));
}

#[test]
fn the_dead_serve_no_more_and_what_they_did_stays() {
    let app = TestApp::new();
    let path = member(&app, 1);
    registered(&app, &death(&app, 1));
    assert!(blockers(&app, &path, "2026-11-20").is_empty());
    assert_eq!(blockers(&app, &path, "2026-11-21"), ["DECEASED"]);
}

#[test]
fn nobody_of_the_office_enters_themself_by_a_number_that_nobody_knows() {
    let app = TestApp::new();
    app.name_holder("clerk2", 8);
    app.post("/v1/volunteers").user("clerk2").once().json(&volunteer(8)).send().refused(409, "own_request");
}
