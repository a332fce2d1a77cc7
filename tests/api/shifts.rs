//! Shifts of volunteers: planned, moved, generated, imported and taken back; and what closures do to them.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};
use crate::volunteers::{act, field, get, made, reason, update, with};

/// A Monday a week ahead; the clock stands on Monday 2026-11-23, 09:00.
pub const MONDAY: &str = "2026-11-30";

/// A shift of so many seats for whoever can do it.
pub fn shift(day: &str, from: &str, to: &str, seats: u32) -> Value {
    json!({
        "starts_at": format!("{day}T{from}:00+08:00"), "ends_at": format!("{day}T{to}:00+08:00"), "place": "一樓服務臺",
        "category": "GUIDANCE", "needs": [{"skill": null, "seats": seats}]
    })
}

pub fn shift_at(shift: &Value) -> String {
    format!("/v1/shifts/{}", shift["id"].as_str().unwrap())
}

/// A planned morning shift.
pub fn morning(app: &TestApp, day: &str, seats: u32) -> String {
    shift_at(&made(app, "clerk1", "/v1/shifts", &shift(day, "08:30", "12:00", seats)))
}

pub fn status(app: &TestApp, path: &str) -> Value {
    get(app, "clerk1", path).expect(200)["status"].clone()
}

pub fn template(name: &str, weekdays: &[&str]) -> Value {
    json!({
        "name": name, "place": "一樓服務臺", "category": "GUIDANCE", "needs": [{"skill": null, "seats": 2}], "weekdays": weekdays,
        "starts": "08:30:00", "lasts_minutes": 210, "from_on": "2026-11-23"
    })
}

fn send(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.post(path).user("clerk1").once().json(body).send()
}

fn generate(app: &TestApp, from: &str, to: &str, dry_run: bool) -> Answer {
    send(app, "/v1/shifts:generate", &json!({"from": from, "to": to, "dry_run": dry_run}))
}

fn steps(answer: &Answer, status: u16) -> Vec<String> {
    let steps = answer.expect(status)["steps"].as_array().unwrap().clone();
    steps.iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect()
}

fn delete(app: &TestApp, path: &str) -> Answer {
    let tag = get(app, "clerk1", path).etag().to_owned();
    app.call("DELETE", path).user("clerk1").if_match(&tag).send()
}

fn close(app: &TestApp, date: &str, part: &str, dry_run: bool) -> Answer {
    let body = json!({"date": date, "part": part, "reason": "颱風停止上班", "dry_run": dry_run});
    app.post("/v1/calendar/closures").user("chief1").once().json(&body).send()
}

#[test]
fn a_shift_is_planned_across_midnight_changed_cancelled_and_restored() {
    let app = TestApp::new();
    let night = with(shift(MONDAY, "22:00", "23:00", 1), "ends_at", json!("2026-12-01T06:00:00+08:00"));
    let planned = made(&app, "clerk1", "/v1/shifts", &night);
    let path = shift_at(&planned);
    assert_eq!((&planned["status"], &planned["ends_at"]), (&json!("PLANNED"), &json!("2026-12-01T06:00:00+08:00")));
    for day in [MONDAY, "2026-12-01"] {
        let listed = get(&app, "clerk1", &format!("/v1/shifts?from={day}&to={day}")).expect(200).clone();
        assert_eq!(listed["items"][0]["id"], planned["id"], "on {day}");
    }
    let tried = update(&app, "clerk1", &path, &json!({"place": "二樓", "reason": "搬遷", "dry_run": true})).expect(200).clone();
    assert_eq!((&tried["dry_run"], &tried["shift"]["place"]), (&json!(true), &json!("二樓")));
    assert_eq!(get(&app, "clerk1", &path).expect(200)["place"], json!("一樓服務臺"));
    update(&app, "clerk1", &path, &json!({"place": "二樓", "reason": "搬遷"})).expect(200);
    let history = get(&app, "clerk1", &format!("{path}/history")).expect(200).clone();
    assert_eq!(history["items"][1]["changes"][0]["pointer"], json!("/place"));
    act(&app, "clerk1", &path, "cancel", &reason()).expect(200);
    update(&app, "clerk1", &path, &json!({"place": "三樓", "reason": "搬遷"})).refused(409, "wrong_state");
    act(&app, "clerk1", &path, "restore", &reason()).expect(200);
    delete(&app, &path).expect(204);
    app.get(&path).user("volunteer1").send().refused(404, "not_found");
    act(&app, "clerk1", &path, "restore", &reason()).expect(200);
    assert_eq!(status(&app, &path), json!("PLANNED"));
}

#[test]
fn what_can_be_no_shift_is_refused() {
    let app = TestApp::new();
    let refused = |body: &Value| app.post("/v1/shifts").user("clerk1").once().json(body).send().fields();
    assert_eq!(refused(&shift(MONDAY, "12:00", "08:30", 1)), field("/ends_at", "range"));
    assert_eq!(refused(&shift("2026-11-20", "08:30", "12:00", 1)), field("/ends_at", "range"));
    let point = with(shift(MONDAY, "08:30", "12:00", 1), "service_point", json!("MARS"));
    assert_eq!(refused(&point), field("/service_point", "unknown"));
    let twice = json!([{"skill": "手語", "seats": 1}, {"skill": "手語", "seats": 1}]);
    assert_eq!(refused(&with(shift(MONDAY, "08:30", "12:00", 1), "needs", twice)), field("/needs/1/skill", "duplicate"));
    for user in ["volunteer1", "citizen1", "reviewer1", "director1"] {
        let body = shift(MONDAY, "08:30", "12:00", 1);
        app.post("/v1/shifts").user(user).once().json(&body).send().refused(403, "forbidden");
    }
}

#[test]
fn a_template_makes_each_office_day_once() {
    let app = TestApp::new();
    made(&app, "clerk1", "/v1/shift-templates", &template("上午", &["MON", "TUE", "SUN"]));
    assert_eq!(steps(&generate(&app, MONDAY, "2026-12-06", true), 200), ["ADDED", "ADDED"], "no Sunday is an office day");
    assert!(get(&app, "clerk1", "/v1/shifts").expect(200)["items"].as_array().unwrap().is_empty(), "a dry run makes nothing");
    let batch = generate(&app, MONDAY, "2026-12-06", false).expect(201).clone();
    let at = |number: usize| format!("/v1/shifts/{}", batch["steps"][number]["shift_id"].as_str().unwrap());
    let moved = json!({"starts_at": "2026-12-03T08:30:00+08:00", "ends_at": "2026-12-03T12:00:00+08:00", "reason": "改期"});
    update(&app, "clerk1", &at(0), &moved).expect(200);
    delete(&app, &at(1)).expect(204);
    assert!(steps(&generate(&app, MONDAY, "2026-12-06", false), 200).is_empty(), "moved and deleted ones are not made again");
    assert_eq!(get(&app, "clerk1", &at(0)).expect(200)["occurs_on"], json!(MONDAY));
}

#[test]
fn a_batch_is_undone_and_what_was_changed_since_is_kept() {
    let app = TestApp::new();
    made(&app, "clerk1", "/v1/shift-templates", &template("上午", &["MON", "TUE"]));
    let batch = generate(&app, MONDAY, "2026-12-06", false).expect(201).clone();
    let at = |number: usize| format!("/v1/shifts/{}", batch["steps"][number]["shift_id"].as_str().unwrap());
    update(&app, "clerk1", &at(1), &json!({"place": "二樓", "reason": "搬遷"})).expect(200);
    let undo = |dry_run: bool| {
        let body = json!({"batch_id": batch["id"], "reason": "選錯月份", "dry_run": dry_run});
        send(&app, "/v1/shifts:undo-batch", &body)
    };
    let before = app.contents();
    let tried = undo(true).expect(200).clone();
    assert_eq!((&tried["steps"][0]["undone"], &tried["steps"][1]["undone"]), (&json!("UNDONE"), &json!("KEPT")));
    assert_eq!(app.contents()["shifts"], before["shifts"]);
    undo(false).expect(200);
    undo(false).refused(409, "wrong_state");
    assert_eq!((status(&app, &at(0)), status(&app, &at(1))), (json!("UNDONE"), json!("PLANNED")));
    assert_eq!(steps(&generate(&app, MONDAY, "2026-12-06", false), 201), ["ADDED"], "what was undone can be made again");
    assert_eq!(status(&app, &at(0)), json!("PLANNED"));
}

#[test]
fn an_import_shows_what_it_adds_changes_and_deletes() {
    let app = TestApp::new();
    let row = |key: &str, from: &str| json!({"key": key, "shift": shift(MONDAY, from, "12:00", 1)});
    let import = |rows: Value, dry_run: bool| {
        let body = json!({"from": MONDAY, "to": MONDAY, "rows": rows, "dry_run": dry_run});
        send(&app, "/v1/shifts:import", &body)
    };
    let by_hand = morning(&app, MONDAY, 1);
    let first = json!([row("A", "08:30"), row("B", "08:30")]);
    assert_eq!(steps(&import(first.clone(), false), 201), ["ADDED", "ADDED"]);
    assert!(steps(&import(first, false), 200).is_empty(), "the same again does nothing");
    let second = json!([row("A", "09:00"), row("C", "08:30")]);
    let before = app.contents();
    assert_eq!(steps(&import(second.clone(), true), 200), ["CHANGED", "ADDED", "DELETED"]);
    assert_eq!(app.contents()["shifts"], before["shifts"]);
    let batch = import(second, false).expect(201).clone();
    assert_eq!(status(&app, &by_hand), json!("PLANNED"), "what was planned here is left alone");
    send(&app, "/v1/shifts:undo-batch", &json!({"batch_id": batch["id"], "reason": "誤傳"})).expect(200);
    let listed = get(&app, "clerk1", &format!("/v1/shifts?from={MONDAY}&to={MONDAY}")).expect(200).clone();
    let keys: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, [&Value::Null, &json!("A"), &json!("B")]);
    assert_eq!(listed["items"][1]["starts_at"], json!("2026-11-30T08:30:00+08:00"));
    let twice = json!([row("A", "08:30"), row("A", "09:00")]);
    assert_eq!(import(twice, true).fields(), field("/rows/1/key", "duplicate"));
}

#[test]
fn a_closure_cancels_shifts_and_its_withdrawal_lets_them_take_place() {
    let app = TestApp::new();
    let (morning, afternoon) =
        (morning(&app, MONDAY, 1), shift_at(&made(&app, "clerk1", "/v1/shifts", &shift(MONDAY, "13:00", "17:00", 1))));
    let tried = close(&app, MONDAY, "AM", true).expect(200).clone();
    assert_eq!(tried["shifts"].as_array().unwrap().len(), 1);
    assert_eq!((&tried["shifts"][0]["takes_place"], status(&app, &morning)), (&json!(false), json!("PLANNED")));
    let closure = close(&app, MONDAY, "AM", false).expect(201).clone();
    assert_eq!((status(&app, &morning), status(&app, &afternoon)), (json!("CANCELLED"), json!("PLANNED")));
    act(&app, "clerk1", &morning, "restore", &reason()).refused(409, "office_closed");
    let late = shift(MONDAY, "09:00", "12:00", 1);
    app.post("/v1/shifts").user("clerk1").once().json(&late).send().refused(409, "office_closed");
    let path = format!("/v1/calendar/closures/{}", closure["id"].as_str().unwrap());
    let tag = get(&app, "chief1", &path).etag().to_owned();
    app.call("DELETE", &path).user("chief1").if_match(&tag).send().expect(204);
    assert_eq!(status(&app, &morning), json!("PLANNED"));
}
