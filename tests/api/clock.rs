//! A clock that jumps by itself, ahead or back: the office does not go by it.

use std::time::Duration as Steady;

use chrono::Duration;
use serde_json::{Value, json};

use crate::case_desk::door;
use crate::cases::{act, at, birth, take};
use crate::protection::{BARRED, PROTECTED, ask, mark, order};
use crate::records::known;
use crate::support::{Answer, MONDAY, PASSWORD, TestApp, WEDNESDAY_9, booking, person};

const MOMENT: Steady = Steady::from_secs(5);
const HOUR: Steady = Steady::from_secs(3600);
/// Long enough for every age, limit and offer to run out.
const YEAR: Duration = Duration::days(400);

fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send()
}

/// An access token of a log-in of now.
fn token(app: &TestApp, username: &str) -> String {
    login(app, username, PASSWORD).expect(200)["access_token"].as_str().unwrap().to_owned()
}

fn trusted(app: &TestApp) -> bool {
    let metrics = app.get("/metrics").send();
    metrics.expect(200);
    metrics.text.contains("huzheng_clock_trusted 1")
}

#[test]
fn a_jump_ahead_suspends_nobody_until_the_clock_has_stood_by_it_for_an_hour() {
    let app = TestApp::new();
    assert!(trusted(&app));
    app.clock.go_on(YEAR, MOMENT);
    app.get("/v1/bookings").bearer(&token(&app, "clerk1")).send().expect(200);
    assert!(!trusted(&app), "it is told, and no password is old by it");
    app.clock.go_on(Duration::minutes(59), HOUR - Steady::from_secs(60));
    login(&app, "clerk2", PASSWORD).expect(200);
    app.clock.go_on(Duration::minutes(2), Steady::from_secs(120));
    login(&app, "clerk3", PASSWORD).refused(401, "invalid_credentials");
    assert!(trusted(&app));
}

#[test]
fn a_clock_that_was_set_on_purpose_is_trusted_at_once() {
    let app = TestApp::new();
    app.clock.go_on(YEAR, MOMENT);
    assert!(!trusted(&app));
    app.clock.advance(Duration::seconds(1));
    assert!(trusted(&app));
    login(&app, "clerk1", PASSWORD).refused(401, "invalid_credentials");
}

#[test]
fn a_jump_ahead_forgets_no_answer() {
    let app = TestApp::new();
    let send = || app.post("/v1/bookings").user("citizen1").key("one").json(&booking(WEDNESDAY_9)).send();
    send().expect(201);
    app.clock.go_on(YEAR, MOMENT);
    app.tick();
    app.clock.go_on(-YEAR, MOMENT);
    app.tick();
    let again = send();
    again.expect(201);
    assert!(again.headers.contains_key("idempotency-replayed"));
    app.clock.go_on(YEAR, MOMENT);
    app.tick();
    app.clock.go_on(Duration::hours(1), HOUR);
    app.tick();
    app.set_clock(MONDAY);
    let anew = send();
    assert_ne!(anew.status, 401);
    assert!(!anew.headers.contains_key("idempotency-replayed"), "past the while it is forgotten");
}

#[test]
fn a_jump_ahead_lets_no_offer_lapse_by_timer_or_request() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let wish = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25"});
    app.post("/v1/waitlist").user("citizen2").once().json(&wish).send().expect(201);
    let path = format!("/v1/bookings/{}:cancel", booked["id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match("\"v1\"").json(&json!({})).send().expect(200);
    let status = || -> Value { app.get("/v1/waitlist").user("citizen2").send().expect(200)["items"][0]["status"].clone() };
    assert_eq!(status(), "OFFERED");
    // A day on is past the offer, and before the slot.
    let day = Duration::hours(24);
    app.clock.go_on(day, MOMENT);
    app.tick();
    let hold = || app.post("/v1/holds").bearer(&token(&app, "citizen3")).once().json(&json!({"slot_id": WEDNESDAY_9})).send();
    hold().refused(409, "slot_taken");
    app.clock.go_on(-day, MOMENT);
    assert_eq!(status(), "OFFERED");
    app.clock.advance(day);
    hold().expect(201);
    app.clock.advance(-day);
    assert_eq!(status(), "EXPIRED");
}

#[test]
fn a_jump_ahead_makes_nobody_a_no_show() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    app.clock.go_on(Duration::hours(49), MOMENT);
    let missed = || {
        let call = app.post(&format!("{path}:no-show")).bearer(&token(&app, "clerk1")).if_match("\"v1\"");
        call.json(&json!({})).send()
    };
    missed().refused(409, "wrong_state");
    let shown = app.get(&path).bearer(&token(&app, "clerk1")).send();
    assert!(!shown.expect(200)["allowed_actions"].as_array().unwrap().contains(&json!("no-show")));
    app.clock.advance(Duration::seconds(1));
    missed().expect(200);
}

#[test]
fn a_lock_made_by_a_clock_that_ran_ahead_ends_with_its_return() {
    let app = TestApp::new();
    let settle = |jump: Duration| {
        app.clock.go_on(jump, MOMENT);
        assert!(!trusted(&app));
        app.clock.go_on(Duration::hours(1), HOUR);
        assert!(trusted(&app));
    };
    settle(YEAR);
    for _ in 0..5 {
        login(&app, "citizen1", "wrong").refused(401, "invalid_credentials");
    }
    login(&app, "citizen1", PASSWORD).refused(429, "login_locked");
    settle(-YEAR);
    login(&app, "citizen1", PASSWORD).expect(200);
}

/// What the office says that the time is.
fn office_now(app: &TestApp) -> String {
    app.get("/v1/office").send().expect(200)["now"].as_str().unwrap().to_owned()
}

/// Marks somebody until the next day; the record.
fn marked(app: &TestApp) -> String {
    let id = known(app, PROTECTED);
    let mut body = order(&person(BARRED));
    (body["from_on"], body["until_on"]) = (json!("2026-11-23"), json!("2026-11-24"));
    assert_eq!(mark(app, "clerk1", &id, &body).expect(201)["in_force"], true);
    id
}

fn is_protected(app: &TestApp, id: &str) -> bool {
    ask(app, "clerk1", &person(PROTECTED), &person(BARRED)).refused(409, "protected");
    let marks = app.get(&format!("/v1/people/{id}/protection-marks")).user("clerk1").send();
    marks.expect(200)["items"][0]["in_force"].as_bool().unwrap()
}

#[test]
fn a_jump_ahead_ends_no_mark_and_no_limit_and_dates_nothing() {
    let app = TestApp::new();
    let id = marked(&app);
    let waiting = take(&app, "clerk1", &door(5)).expect(201).clone();
    act(&app, "clerk1", &waiting, "/one-time-notice", &json!({})).expect(201);
    app.clock.go_on(YEAR, MOMENT);
    app.tick();
    assert!(is_protected(&app, &id));
    act(&app, "clerk1", &waiting, ":refuse", &json!({"reason": "未補正"})).refused(409, "wrong_state");
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    assert!(case["number"].as_str().unwrap().starts_with("115-"), "{}", case["number"]);
    let shown = app.get(&at(&case, "")).user("clerk1").send();
    assert!(shown.expect(200)["received_at"].as_str().unwrap().starts_with("2026-11-23T09:0"), "{}", shown.text);
    assert!(office_now(&app).starts_with("2026-11-23T09:0"));
    assert!(!trusted(&app));
}

#[test]
fn a_clock_that_falls_back_is_noticed_and_set_right_at_once() {
    let app = TestApp::new();
    let id = marked(&app);
    for back in [Duration::hours(1), Duration::days(1)] {
        app.clock.go_on(-back, MOMENT);
        assert!(is_protected(&app, &id));
        assert!(office_now(&app).starts_with("2026-11-23T09:0"));
        assert!(!trusted(&app));
        let text = app.get("/metrics").send().text;
        let ahead = text.lines().find_map(|line| line.strip_prefix("huzheng_clock_ahead_seconds ")).unwrap();
        assert!(ahead.parse::<i64>().unwrap() < -3000, "{ahead}");
        app.clock.go_on(back, MOMENT);
        assert!(trusted(&app), "the right clock is no jump");
    }
}

#[test]
fn a_mark_protects_also_by_a_clock_of_before_its_first_day() {
    let app = TestApp::new();
    let id = marked(&app);
    app.set_clock("2026-11-22T09:00:00+08:00");
    assert!(is_protected(&app, &id));
}

#[test]
fn where_nobody_can_tell_the_time_nothing_is_done_until_the_clock_is_right() {
    let app = TestApp::new();
    let newest = app.now() - Duration::days(10);
    app.clock.resume(Some(newest), None);
    assert!(!trusted(&app));
    app.get("/readyz").send().refused(503, "store_unavailable");
    let told = login(&app, "clerk1", PASSWORD);
    assert!(told.refused(503, "store_unavailable")["detail"].as_str().unwrap().contains("時鐘"), "{}", told.text);
    assert!(told.headers.contains_key("retry-after"));
    assert!(office_now(&app).starts_with("2026-11-13T09:00"), "what anybody may read goes by what the store holds");
    app.tick();
    // Ten days were a jump: the office had rested for one.
    app.clock.go_on(-Duration::days(9), MOMENT);
    app.get("/readyz").send().expect(200);
    login(&app, "clerk1", PASSWORD).expect(200);
    assert!(trusted(&app) && office_now(&app).starts_with("2026-11-14T09:0"));
}

#[test]
fn after_a_rest_that_was_long_indeed_the_clock_is_believed_in_an_hour() {
    let app = TestApp::new();
    app.clock.resume(Some(app.now() - Duration::days(10)), None);
    app.get("/readyz").send().refused(503, "store_unavailable");
    app.clock.go_on(Duration::hours(1), HOUR);
    app.get("/readyz").send().expect(200);
    assert!(trusted(&app) && office_now(&app).starts_with("2026-11-23T10:00"));
    login(&app, "clerk1", PASSWORD).expect(200);
}

#[test]
fn a_start_goes_by_no_clock_that_lies_behind_what_the_office_has_written() {
    let app = TestApp::new();
    let id = marked(&app);
    let written = app.now();
    app.clock.go_on(-Duration::days(1), MOMENT);
    app.clock.resume(Some(written), None);
    assert!(!trusted(&app) && is_protected(&app, &id));
    assert!(office_now(&app).starts_with("2026-11-23T09:0"));
    app.clock.go_on(Duration::days(1) + Duration::hours(2), MOMENT);
    assert!(trusted(&app) && office_now(&app).starts_with("2026-11-23T11:0"), "however long the start took");
}

#[test]
fn nodes_whose_clocks_differ_as_trusted_ones_may_take_each_others_tokens() {
    let app = TestApp::new();
    let of_another = app.token("clerk1");
    let asked = || app.get("/v1/bookings").bearer(&of_another).send();
    for seconds in [-8, -50, -120] {
        app.set_clock(MONDAY);
        app.advance(Duration::seconds(seconds));
        asked().expect(200);
    }
    app.advance(Duration::seconds(-1));
    asked().refused(401, "unauthenticated");
    app.set_clock(MONDAY);
    app.advance(Duration::seconds(15 * 60 + 6));
    asked().refused(401, "unauthenticated");
}
