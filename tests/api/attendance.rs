//! Attendance: checked in and out, missed and excused, taken back, in bulk, and closed by itself; and the hours that come of it.

use serde_json::{Value, json};

use crate::serial::{at_once, items, log_in};
use crate::shifts::{morning, shift, shift_at, status};
use crate::signups::{seated, sign_up, signup_at};
use crate::support::{Answer, TestApp};
use crate::volunteer_hours::own_record;
use crate::volunteers::{act, field, get, made, member, reason};

/// The shift of the tests: a Monday morning, which has begun when the clock is set.
const DAY: &str = "2026-11-30";

fn begin(app: &TestApp, at: &str) {
    app.set_clock(&format!("{DAY}T{at}:00+08:00"));
}

fn id_of(path: &str) -> Value {
    json!(path.rsplit('/').next().unwrap())
}

fn hours(app: &TestApp, volunteer: &str) -> Vec<Value> {
    items(app, "clerk1", &format!("{volunteer}/hours"))
}

fn own(app: &TestApp, path: &str, name: &str, body: &Value) -> Answer {
    let tag = get(app, "volunteer1", path).etag().to_owned();
    app.post(&format!("{path}:{name}")).user("volunteer1").once().if_match(&tag).json(body).send()
}

#[test]
fn what_was_served_goes_to_the_ledger_and_is_struck_with_its_mark() {
    let app = TestApp::new();
    let who = member(&app, 1);
    let signup = seated(&app, &morning(&app, DAY, 1), &who);
    begin(&app, "07:00");
    assert_eq!(act(&app, "clerk1", &signup, "check-in", &json!({})).fields(), field("/at", "range"));
    begin(&app, "08:20");
    act(&app, "clerk1", &signup, "check-in", &json!({})).expect(200);
    begin(&app, "12:10");
    let left = act(&app, "clerk1", &signup, "check-out", &json!({})).expect(200).clone();
    assert_eq!((&left["status"], &left["presence"]), (&json!("SERVED"), &json!("SEEN_BY_CLERK")));
    let line = hours(&app, &who)[0].clone();
    assert_eq!((&line["minutes"], &line["presence"], &line["status"]), (&json!(220), &json!("SEEN_BY_CLERK"), &json!("ENTERED")));
    let right = json!({"at": format!("{DAY}T12:00:00+08:00"), "reason": "誤植"});
    act(&app, "clerk1", &signup, "check-out", &right).expect(200);
    let standing: Vec<Value> = hours(&app, &who).into_iter().filter(|line| line["status"] == "ENTERED").collect();
    assert_eq!((standing.len(), &standing[0]["minutes"]), (1, &json!(210)));
    act(&app, "clerk1", &signup, "undo", &reason()).expect(200);
    assert_eq!(status(&app, &signup), json!("CHECKED_IN"));
    assert!(hours(&app, &who).iter().all(|line| line["status"] != "ENTERED"));
}

#[test]
fn who_checks_in_by_themself_is_no_registrar_of_their_hours() {
    let app = TestApp::new();
    let who = own_record(&app);
    let signup = seated(&app, &morning(&app, DAY, 1), &who);
    begin(&app, "08:30");
    let early = json!({"at": format!("{DAY}T08:10:00+08:00")});
    assert_eq!(own(&app, &signup, "check-in", &early).fields(), field("/at", "not_allowed"));
    let there = own(&app, &signup, "check-in", &json!({})).expect(200).clone();
    assert_eq!(there["presence"], json!("OWN_CHECK_IN"));
    begin(&app, "12:00");
    own(&app, &signup, "check-out", &json!({})).expect(200);
    let line = hours(&app, &who)[0].clone();
    assert_eq!((&line["status"], &line["registrar"], &line["minutes"]), (&json!("CLAIMED"), &Value::Null, &json!(210)));
    own(&app, &signup, "undo", &reason()).refused(403, "forbidden");
}

#[test]
fn what_was_forgotten_is_closed_at_the_end_of_the_shift_and_says_so() {
    let app = TestApp::new();
    let who = member(&app, 1);
    let signup = seated(&app, &morning(&app, DAY, 1), &who);
    begin(&app, "08:30");
    act(&app, "clerk1", &signup, "check-in", &json!({})).expect(200);
    begin(&app, "13:59");
    app.tick();
    assert_eq!(status(&app, &signup), json!("CHECKED_IN"));
    begin(&app, "14:00");
    app.tick();
    let closed = get(&app, "clerk1", &signup).expect(200).clone();
    assert_eq!((&closed["status"], &closed["closed_by_timer"]), (&json!("SERVED"), &json!(true)));
    assert_eq!(closed["checked_out_at"], json!(format!("{DAY}T12:00:00+08:00")));
    let history = items(&app, "clerk1", &format!("{signup}/history"));
    assert_eq!(history.last().unwrap()["reason"], json!("未簽退，系統以班次結束時刻簽退"));
    act(&app, "clerk1", &signup, "undo", &reason()).expect(200);
    app.tick();
    assert_eq!(status(&app, &signup), json!("CHECKED_IN"), "what was undone is somebody's to see to");
}

#[test]
fn excused_and_missed_are_two_things_and_three_missed_suspend_as_long_as_they_stand() {
    let app = TestApp::new();
    let who = member(&app, 1);
    let days = ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"];
    let signups: Vec<String> = days.iter().map(|day| seated(&app, &morning(&app, day, 1), &who)).collect();
    let next = morning(&app, "2026-12-14", 1);
    act(&app, "clerk1", &signups[0], "no-show", &reason()).refused(409, "wrong_state");
    let sick = json!({"reason": "發燒", "reported_at": "2026-11-23T09:00:00+08:00"});
    act(&app, "clerk1", &signups[0], "excuse", &sick).expect(200);
    app.set_clock("2026-11-27T13:00:00+08:00");
    let late = json!({"reason": "發燒", "reported_at": "2026-11-25T09:00:00+08:00"});
    assert_eq!(act(&app, "clerk1", &signups[1], "excuse", &late).fields(), field("/reported_at", "range"));
    for signup in &signups[1..3] {
        act(&app, "clerk1", signup, "no-show", &reason()).expect(200);
    }
    let check = || {
        let query = format!("{next}/signup-check?volunteer_id={}", id_of(&who).as_str().unwrap());
        get(&app, "clerk1", &query).expect(200)["blockers"].clone()
    };
    assert_eq!(check(), json!([]), "what was excused counts to no suspension");
    act(&app, "clerk1", &signups[3], "no-show", &reason()).expect(200);
    assert_eq!(check(), json!([{"code": "suspended", "reason": null, "signup_id": id_of(&signups[3])}]));
    sign_up(&app, "clerk1", &next, &who, false).refused(409, "suspended");
    act(&app, "clerk1", &signups[2], "undo", &reason()).expect(200);
    assert_eq!(check(), json!([]), "a mark that is taken back lifts it at once");
}

#[test]
fn many_are_marked_by_the_body_that_showed_it_before() {
    let app = TestApp::new();
    let shift = morning(&app, DAY, 3);
    let (came, missed) = (member(&app, 1), member(&app, 2));
    let signups = [seated(&app, &shift, &came), seated(&app, &shift, &missed)];
    begin(&app, "13:00");
    let lines = format!(
        "{},SERVED,08:30,11:30\n{}\tNO_SHOW\n",
        id_of(&signups[0]).as_str().unwrap(),
        id_of(&signups[1]).as_str().unwrap()
    );
    let bulk = |dry_run: bool| {
        let body = json!({"shift_id": id_of(&shift), "lines": lines, "reason": "簽到表", "dry_run": dry_run});
        app.post("/v1/signups:bulk").user("clerk1").once().json(&body).send()
    };
    let before = app.contents();
    let tried = bulk(true).expect(200).clone();
    assert_eq!(
        (&tried["marks"][0]["to"], &tried["marks"][1]["outcome"]),
        (&json!(format!("{DAY}T11:30:00+08:00")), &json!("NO_SHOW"))
    );
    let after = app.contents();
    assert_eq!((&after["signups"], &after["volunteer_hours"]), (&before["signups"], &before["volunteer_hours"]));
    let done = bulk(false).expect(200).clone();
    assert_eq!(done["marks"], tried["marks"]);
    assert_eq!(signups.each_ref().map(|one| status(&app, one)), [json!("SERVED"), json!("NO_SHOW")]);
    let line = hours(&app, &came)[0].clone();
    assert_eq!((&line["minutes"], &line["presence"]), (&json!(180), &json!("BULK")));
    bulk(false).refused(409, "wrong_state");
    let nobody = json!({"shift_id": id_of(&shift), "lines": "無此人,SERVED", "reason": "簽到表"});
    assert_eq!(app.post("/v1/signups:bulk").user("clerk1").once().json(&nobody).send().fields(), field("/lines/0", "unknown"));
}

#[test]
fn nobody_of_the_office_marks_their_own() {
    let app = TestApp::new();
    let who = member(&app, 8);
    let signup = seated(&app, &morning(&app, DAY, 1), &who);
    app.name_holder("clerk2", 8);
    begin(&app, "08:30");
    act(&app, "clerk2", &signup, "check-in", &json!({})).refused(409, "own_request");
    act(&app, "clerk1", &signup, "check-in", &json!({})).expect(200);
}

#[test]
fn hours_survive_the_change_of_their_shift_and_a_training_is_no_service() {
    let app = TestApp::new();
    let who = member(&app, 1);
    let mut course = shift(DAY, "08:30", "12:00", 1);
    course["kind"] = json!("VOLUNTEER_TRAINING");
    let course = shift_at(&made(&app, "clerk1", "/v1/shifts", &course));
    let signup = signup_at(sign_up(&app, "clerk1", &course, &who, false).expect(201));
    begin(&app, "08:30");
    act(&app, "clerk1", &signup, "check-in", &json!({})).expect(200);
    begin(&app, "11:30");
    act(&app, "clerk1", &signup, "check-out", &json!({})).expect(200);
    act(&app, "clerk1", &course, "cancel", &reason()).expect(200);
    let line = hours(&app, &who)[0].clone();
    assert_eq!((&line["kind"], &line["minutes"], &line["status"]), (&json!("TRAINING"), &json!(180), &json!("ENTERED")));
}

pub fn a_signup_is_marked_once(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let who = member(app, 1);
    let signup = seated(app, &morning(app, DAY, 1), &who);
    begin(app, "08:30");
    log_in(app, &["clerk1"]);
    let tag = get(app, "clerk1", &signup).etag().to_owned();
    let answers = at_once(8, |client| {
        let (name, body) = if client % 2 == 0 { ("check-in", json!({})) } else { ("no-show", reason()) };
        app.post(&format!("{signup}:{name}")).user("clerk1").once().if_match(&tag).json(&body).send()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}
