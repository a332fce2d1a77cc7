//! A clock that jumps ahead by itself: nothing that cannot be undone goes by it.

use std::time::Duration as Steady;

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, TestApp, WEDNESDAY_9, booking};

const MOMENT: Steady = Steady::from_secs(5);
const HOUR: Steady = Steady::from_secs(3600);
/// Long enough for every age, limit and offer to run out.
const YEAR: Duration = Duration::days(400);

fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send()
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
    let token = login(&app, "clerk1", PASSWORD).expect(200)["access_token"].as_str().unwrap().to_owned();
    app.get("/v1/bookings").bearer(&token).send().expect(200);
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
    app.clock.go_on(-YEAR, MOMENT);
    assert!(!send().headers.contains_key("idempotency-replayed"), "past the while it is forgotten");
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
    let early = json!({"username": "citizen3", "password": PASSWORD});
    let token = app.post("/v1/auth/login").json(&early).send().expect(200)["access_token"].as_str().unwrap().to_owned();
    let hold = || app.post("/v1/holds").bearer(&token).once().json(&json!({"slot_id": WEDNESDAY_9})).send();
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
    let token = login(&app, "clerk1", PASSWORD).expect(200)["access_token"].as_str().unwrap().to_owned();
    let missed = || app.post(&format!("{path}:no-show")).bearer(&token).if_match("\"v1\"").json(&json!({})).send();
    missed().refused(409, "wrong_state");
    let shown = app.get(&path).bearer(&token).send();
    assert!(!shown.expect(200)["allowed_actions"].as_array().unwrap().contains(&json!("no-show")));
    app.clock.advance(Duration::seconds(1));
    missed().expect(200);
}

#[test]
fn a_lock_made_by_a_clock_that_ran_ahead_ends_with_its_return() {
    let app = TestApp::new();
    app.clock.go_on(YEAR, MOMENT);
    for _ in 0..5 {
        login(&app, "citizen1", "wrong").refused(401, "invalid_credentials");
    }
    login(&app, "citizen1", PASSWORD).refused(429, "login_locked");
    app.clock.go_on(-YEAR, MOMENT);
    login(&app, "citizen1", PASSWORD).expect(200);
}
