//! Bookings hit by closures and changes: what is kept for them, and what they may do.

use serde_json::{Value, json};

use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, person};

const MONDAY_9: &str = "LEGAL_CONSULTATION-20261130T0900";

fn path(booking: &Value) -> String {
    format!("/v1/bookings/{}", booking["id"].as_str().unwrap())
}

fn close(app: &TestApp, date: &str, part: &str) -> Answer {
    let body = json!({"date": date, "part": part, "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").json(&body).send()
}

fn move_to(app: &TestApp, user: &str, booking: &Value, slot: &str) -> Answer {
    let path = format!("{}:reschedule", path(booking));
    app.post(&path).user(user).once().if_match("\"v1\"").json(&json!({"slot_id": slot})).send()
}

fn conflict(app: &TestApp, user: &str, booking: &Value) -> Value {
    app.get(&path(booking)).user(user).send().expect(200)["conflict"].clone()
}

fn change_service(app: &TestApp, code: &str, dry_run: bool, change: impl Fn(&mut Value)) -> Answer {
    let service = app.get(&format!("/v1/services/{code}")).send();
    let mut body = service.body.clone();
    change(&mut body["booking"]);
    app.call("PUT", &format!("/v1/services/{code}"))
        .user("chief1")
        .if_match(service.etag())
        .json(&json!({"service": body, "dry_run": dry_run}))
        .send()
}

#[test]
fn a_slot_lost_on_the_same_morning_is_moved_or_cancelled_without_notice() {
    let app = TestApp::new();
    let (first, second) = (app.book("citizen1", WEDNESDAY_9), app.book("citizen2", WEDNESDAY_930));
    app.set_clock("2026-11-25T08:30:00+08:00");
    let allowed = |user: &str| app.get(&path(&first)).user(user).send().expect(200)["allowed_actions"].clone();
    assert_eq!((allowed("citizen1"), allowed("reviewer1")), (json!([]), json!([])));
    assert_eq!(allowed("clerk1"), json!(["reschedule", "cancel", "check-in"]));
    close(&app, "2026-11-25", "AM").expect(201);
    assert_eq!(allowed("citizen1"), json!(["reschedule", "cancel"]));
    app.post(&format!("{}:cancel", path(&second))).user("citizen2").if_match("\"v1\"").json(&json!({})).send().expect(200);
    // The kept slot is there to take even when its cut-off has passed for everyone else.
    app.set_clock("2026-11-26T16:00:00+08:00");
    app.try_book("citizen3", FRIDAY_9).refused(409, "slot_not_bookable");
    assert_eq!(move_to(&app, "citizen1", &first, FRIDAY_9).expect(200)["slot_id"], FRIDAY_9);
}

#[test]
fn nobody_comes_or_fails_to_come_to_an_office_that_is_closed() {
    let app = TestApp::new();
    let (first, second) = (app.book("citizen1", WEDNESDAY_9), app.book("citizen2", WEDNESDAY_930));
    let third = app.book("citizen3", "LEGAL_CONSULTATION-20261125T1000");
    app.set_clock("2026-11-25T09:20:00+08:00");
    let act = |booking: &Value, action: &str| {
        app.post(&format!("{}:{action}", path(booking))).user("clerk1").if_match("*").json(&json!({})).send()
    };
    act(&first, "no-show").expect(200);
    app.set_clock("2026-11-25T10:00:00+08:00");
    act(&third, "complete").expect(200);
    // Announced when the morning is half over: who had not come by then has missed nothing.
    let hit = close(&app, "2026-11-25", "AM").expect(201)["bookings"].as_array().unwrap().len();
    assert_eq!(hit, 2);
    // What was noted as done was not, and is a conflict like the others.
    let back = app.post(&format!("{}:take-back", path(&third))).user("clerk1").if_match("*");
    assert_eq!(back.json(&json!({"reason": "誤按"})).send().expect(200)["conflict"]["cause"], "CLOSURE");
    for booking in [&first, &second, &third] {
        let shown = app.get(&path(booking)).user("clerk1").send().expect(200).clone();
        assert_eq!((&shown["status"], &shown["allowed_actions"]), (&json!("BOOKED"), &json!(["reschedule", "cancel"])));
        for action in ["no-show", "check-in", "complete"] {
            act(booking, action).refused(409, "wrong_state");
        }
    }
    let kept = conflict(&app, "citizen1", &first)["reserved_slot_id"].as_str().unwrap().to_owned();
    let moved = app.post(&format!("{}:reschedule", path(&first))).user("citizen1").once().if_match("*");
    assert_eq!(moved.json(&json!({"slot_id": kept})).send().expect(200)["slot_id"], kept);
}

#[test]
fn the_kept_slot_may_lie_beyond_the_window_and_in_a_place_for_the_counter() {
    let app = TestApp::new();
    change_service(&app, "LEGAL_CONSULTATION", false, |rule| rule["online_seats"] = json!(1)).expect(200);
    let booked = app.book("citizen1", WEDNESDAY_9);
    for date in ["2026-11-27", "2026-11-30", "2026-12-02"] {
        close(&app, date, "ALL").expect(201);
    }
    let slot = "LEGAL_CONSULTATION-20261204T0900";
    app.sql(
        "INSERT INTO claims SELECT 'advisers/' || id, 1995940, 0, 'BOOKING', 'somebody', NULL FROM advisers \
         WHERE id = (SELECT MIN(id) FROM advisers)",
    );
    assert_eq!(close(&app, "2026-11-25", "ALL").expect(201)["conflicts"][0]["reserved_slot_id"], slot);
    app.try_book("citizen2", slot).refused(409, "slot_not_bookable");
    move_to(&app, "citizen1", &booked, slot).expect(200);
}

#[test]
fn what_is_kept_is_on_a_day_on_which_the_person_has_nothing() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.book("citizen1", FRIDAY_9);
    assert_eq!(close(&app, "2026-11-25", "ALL").expect(201)["conflicts"][0]["reserved_slot_id"], MONDAY_9);
    app.try_book("citizen1", "LEGAL_CONSULTATION-20261130T1000").refused(409, "already_booked");
    move_to(&app, "citizen1", &booked, MONDAY_9).expect(200);
}

#[test]
fn a_closure_that_takes_the_kept_slot_keeps_another() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    close(&app, "2026-11-25", "ALL").expect(201);
    assert_eq!(conflict(&app, "citizen1", &booked)["reserved_slot_id"], FRIDAY_9);
    let second = close(&app, "2026-11-27", "ALL");
    assert_eq!(second.expect(201)["conflicts"][0]["reserved_slot_id"], MONDAY_9);
    assert_eq!(conflict(&app, "citizen1", &booked)["reserved_slot_id"], MONDAY_9);
    move_to(&app, "citizen1", &booked, MONDAY_9).expect(200);
}

#[test]
fn undoing_one_of_two_causes_leaves_the_other() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let (morning, day) = (close(&app, "2026-11-25", "AM"), close(&app, "2026-11-25", "ALL"));
    let undo = |closure: &Answer| app.call("DELETE", &closure.headers["location"]).user("chief1").if_match("*").send();
    undo(&morning);
    let open = app.get("/v1/booking-conflicts?resolved=false").user("clerk1").send();
    assert_eq!(open.expect(200)["items"][0]["cause_id"], day.body["id"]);
    let nobody = json!({"adviser_ids": [], "reason": "律師請假"});
    let rota = app.call("PUT", "/v1/consultation-rota/2026-11-25").user("chief1").if_match("\"v0\"").json(&nobody).send();
    rota.expect(200);
    undo(&day);
    let left = conflict(&app, "citizen1", &booked);
    assert_eq!((left["cause"].as_str(), left["reserved_slot_id"].as_str()), (Some("ROTA"), Some(FRIDAY_9)));
    let back = json!({"adviser_ids": [adviser_of(&app)], "reason": "恢復"});
    app.call("PUT", "/v1/consultation-rota/2026-11-25").user("chief1").if_match("\"v1\"").json(&back).send().expect(200);
    assert!(conflict(&app, "citizen1", &booked).is_null());
}

/// The adviser who sits on Wednesdays.
fn adviser_of(app: &TestApp) -> Value {
    let advisers = app.get("/v1/consultations/advisers").user("chief1").send();
    let all = advisers.expect(200)["items"].as_array().unwrap().clone();
    all.into_iter().find(|a| a["weekdays"].as_array().unwrap().contains(&json!("WED"))).unwrap()["id"].clone()
}

#[test]
fn fewer_places_are_conflicts_only_where_they_are_all_taken() {
    let app = TestApp::new();
    let (full, half) = ("COUNTER-20261124T0900", "COUNTER-20261124T1000");
    for number in 0..4 {
        app.book_for(number, full).expect(201);
    }
    let kept: Vec<_> = (4..6).map(|number| app.book_for(number, half).expect(201).clone()).collect();
    let fewer = |rule: &mut Value| rule["seats"] = json!(2);
    let hit = |answer: &Answer| answer.expect(200)["conflicts"].as_array().unwrap().len();
    assert_eq!(hit(&change_service(&app, "COUNTER", true, fewer)), 2);
    assert_eq!(hit(&change_service(&app, "COUNTER", false, fewer)), 2);
    assert!(kept.iter().all(|booking| conflict(&app, "clerk1", booking).is_null()));
    app.book_for(6, half).refused(409, "slot_taken");
    let cancel = app.post(&format!("{}:cancel", path(&kept[0]))).user("chief1").if_match("\"v1\"").json(&json!({})).send();
    cancel.expect(200);
    app.clock.advance(chrono::Duration::minutes(6));
    app.book_for(6, half).expect(201);
}

#[test]
fn the_public_and_the_counter_each_have_their_places() {
    let app = TestApp::new();
    let slot = "COUNTER-20261124T0900";
    app.book_for(1, slot).expect(201);
    app.book_for(2, slot).expect(201);
    let listed = || {
        let list = app.get("/v1/slots?service=COUNTER&from=2026-11-24&to=2026-11-24&include_full=true").send();
        list.expect(200)["items"].as_array().unwrap().iter().find(|s| s["id"] == slot).unwrap().clone()
    };
    assert_eq!((listed()["free"].as_u64(), listed()["open"].as_bool()), (Some(2), Some(true)));
    app.book("citizen1", slot);
    app.book("citizen2", slot);
    app.try_book("citizen3", slot).refused(409, "slot_taken");
    // Advisers' places are counted like any others.
    change_service(&app, "LEGAL_CONSULTATION", false, |rule| rule["online_seats"] = json!(1)).expect(200);
    app.book("citizen1", FRIDAY_9);
    app.try_book("citizen2", FRIDAY_9).refused(409, "slot_taken");
    app.book_for(3, FRIDAY_9).expect(201);
}

#[test]
fn moving_and_cancelling_have_notices_of_their_own() {
    let app = TestApp::new();
    let change = |rule: &mut Value| {
        rule["cancel_notice_minutes"] = json!(60);
        rule["move_notice_minutes"] = json!(1440);
    };
    change_service(&app, "LEGAL_CONSULTATION", false, change).expect(200);
    let booked = app.book("citizen1", WEDNESDAY_9);
    assert_eq!(booked["policy"]["change_notice_hours"], 2, "the older member stays");
    app.set_clock("2026-11-25T07:30:00+08:00");
    assert_eq!(app.get(&path(&booked)).user("citizen1").send().expect(200)["allowed_actions"], json!(["cancel"]));
    let refused = move_to(&app, "citizen1", &booked, FRIDAY_9);
    assert_eq!(refused.refused(409, "wrong_state")["allowed_actions"], json!(["cancel"]));
    app.post(&format!("{}:cancel", path(&booked))).user("citizen1").if_match("\"v1\"").json(&json!({})).send().expect(200);
}

#[test]
fn chiefs_change_bookings_and_reviewers_read_them() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    assert_eq!(app.get(&format!("{}/calendar.ics", path(&booked))).user("reviewer1").send().status, 200);
    assert_eq!(move_to(&app, "chief1", &booked, FRIDAY_9).expect(200)["slot_id"], FRIDAY_9);
    let cancel =
        |user: &str| app.post(&format!("{}:cancel", path(&booked))).user(user).if_match("\"v2\"").json(&json!({})).send();
    cancel("reviewer1").refused(403, "forbidden");
    cancel("chief1").expect(200);
    let mut body = booking(WEDNESDAY_9);
    body["person"] = person(9);
    app.post("/v1/bookings").user("chief1").once().json(&body).send().refused(403, "forbidden");
}
