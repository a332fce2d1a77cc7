//! What was cancelled or left is taken back: a booking has its seat again while nobody else has it, a place on the waiting list its
//! turn while no offer has gone past it.

use chrono::Duration;
use serde_json::{Value, json};

use crate::known::field;
use crate::reaching::at;
use crate::support::{Answer, TestApp, WEDNESDAY_9, WEDNESDAY_930};

fn on(app: &TestApp, user: &str, booked: &Value, act: &str, body: &Value) -> Answer {
    app.post(&format!("{}{act}", at("bookings", booked))).user(user).if_match("*").json(body).send()
}

fn why() -> Value {
    json!({"reason": "誤按取消"})
}

fn cancelled(app: &TestApp, user: &str, slot: &str) -> Value {
    let booked = app.book(user, slot);
    on(app, user, &booked, ":cancel", &json!({})).expect(200).clone()
}

#[test]
fn a_cancelled_booking_stands_again_as_it_was() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    on(&app, "citizen1", &booked, ":reinstate", &json!({})).refused(409, "wrong_state");
    let actions = on(&app, "citizen1", &booked, ":cancel", &json!({})).expect(200)["allowed_actions"].clone();
    assert_eq!(actions, json!(["reinstate"]));
    let stale = app.post(&format!("{}:reinstate", at("bookings", &booked))).user("citizen1").if_match("\"v1\"");
    stale.json(&json!({})).send().refused(412, "version_mismatch");
    let again = on(&app, "citizen1", &booked, ":reinstate", &json!({})).expect(200).clone();
    for member in ["number", "slot_id", "starts_at", "person", "contact", "join_url"] {
        assert_eq!(again[member], booked[member], "{member}");
    }
    let told: Vec<&Value> = again["history"].as_array().unwrap().iter().map(|line| &line["status"]).collect();
    assert_eq!((&again["status"], told), (&json!("BOOKED"), vec![&json!("BOOKED"), &json!("CANCELLED"), &json!("BOOKED")]));
    // Whoever's calendar said that it is cancelled is told right.
    let ics = app.get(&format!("{}/calendar.ics", at("bookings", &booked))).user("adviser2").send();
    assert!(ics.text.contains("METHOD:PUBLISH") && ics.text.contains("SEQUENCE:2"), "{}", ics.text);
    let seats = app.get("/v1/bookings?status=BOOKED").user("adviser2").send().expect(200)["items"].clone();
    assert_eq!(seats[0]["id"], booked["id"]);
    // By the secret as by the account.
    let secret = json!({"number": booked["number"], "secret": booked["secret"]});
    let token = app.post("/v1/bookings:lookup").json(&secret).send().expect(200)["access_token"].as_str().unwrap().to_owned();
    for act in [":cancel", ":reinstate"] {
        let path = format!("{}{act}", at("bookings", &booked));
        app.post(&path).bearer(&token).if_match("*").json(&json!({})).send().expect(200);
    }
    // Staff say why: it is somebody else's.
    on(&app, "clerk1", &booked, ":cancel", &json!({})).expect(200);
    assert_eq!(on(&app, "clerk1", &booked, ":reinstate", &json!({})).fields(), [field("/reason", "required")]);
    on(&app, "citizen2", &booked, ":reinstate", &json!({})).refused(404, "not_found");
    let again = on(&app, "clerk1", &booked, ":reinstate", &why()).expect(200).clone();
    assert_eq!(again["history"].as_array().unwrap().last().unwrap()["reason"], why()["reason"]);
    let log = app.get("/v1/audit-log?action=booking.reinstated").user("director1").send().expect(200)["items"].clone();
    assert_eq!(log.as_array().unwrap().len(), 3);
}

#[test]
fn a_cancelled_booking_stands_no_more_once_its_seat_is_anothers() {
    let app = TestApp::new();
    let first = cancelled(&app, "citizen1", WEDNESDAY_9);
    app.try_book("citizen2", WEDNESDAY_9).refused(409, "slot_taken");
    app.advance(Duration::minutes(6));
    let second = app.book("citizen2", WEDNESDAY_9);
    let refused = on(&app, "citizen1", &first, ":reinstate", &json!({}));
    assert!(!refused.refused(409, "slot_taken")["alternatives"].as_array().unwrap().is_empty());
    on(&app, "clerk1", &first, ":reinstate", &why()).refused(409, "slot_taken");
    // Whoever waits goes first.
    let wait = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25"});
    app.post("/v1/waitlist").user("citizen3").once().json(&wait).send().expect(201);
    on(&app, "citizen2", &second, ":cancel", &json!({})).expect(200);
    on(&app, "citizen2", &second, ":reinstate", &json!({})).refused(409, "slot_taken");
    // One slot a person and day.
    let other = cancelled(&app, "citizen4", WEDNESDAY_930);
    app.book("citizen4", "LEGAL_CONSULTATION-20261125T1000");
    on(&app, "citizen4", &other, ":reinstate", &json!({})).refused(409, "already_booked");
}

#[test]
fn while_a_seat_rests_it_is_had_again_whatever_the_cut_off_says() {
    let app = TestApp::new();
    let (first, second) = (app.book("citizen1", WEDNESDAY_9), app.book("citizen2", WEDNESDAY_930));
    app.set_clock("2026-11-24T16:00:00+08:00");
    for (user, booked) in [("citizen1", &first), ("citizen2", &second)] {
        on(&app, user, booked, ":cancel", &json!({})).expect(200);
    }
    on(&app, "citizen1", &first, ":reinstate", &json!({})).expect(200);
    app.advance(Duration::minutes(6));
    on(&app, "citizen2", &second, ":reinstate", &json!({})).refused(409, "slot_not_bookable");
    // No longer than until it begins.
    app.set_clock("2026-11-25T09:30:00+08:00");
    let late = on(&app, "clerk1", &second, ":reinstate", &why());
    assert_eq!(late.refused(409, "wrong_state")["allowed_actions"], json!([]));
}

fn wait(app: &TestApp, user: &str) -> Value {
    let body = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-24", "to": "2026-11-25"});
    app.post("/v1/waitlist").user(user).once().json(&body).send().expect(201).clone()
}

fn turn(app: &TestApp, user: &str, place: &Value, act: &str, body: &Value) -> Answer {
    app.post(&format!("{}{act}", at("waitlist", place))).user(user).if_match("*").json(body).send()
}

fn status(app: &TestApp, place: &Value) -> Value {
    app.get(&at("waitlist", place)).user("clerk1").send().expect(200)["status"].clone()
}

#[test]
fn whoever_leaves_the_waiting_list_by_mistake_has_their_place_again() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let (first, second) = (wait(&app, "citizen2"), wait(&app, "citizen3"));
    turn(&app, "citizen2", &first, ":reinstate", &json!({})).refused(409, "wrong_state");
    assert_eq!(turn(&app, "clerk1", &first, ":give-up", &json!({})).fields(), [field("/reason", "required")]);
    let left = turn(&app, "clerk1", &first, ":give-up", &json!({"reason": "誤認為重複登記"})).expect(200).clone();
    assert_eq!((&left["status"], &left["reason"]), (&json!("CANCELLED"), &json!("誤認為重複登記")));
    let seen = app.get(&at("waitlist", &first)).user("citizen2").send().expect(200).clone();
    assert_eq!((&seen["reason"], &seen["left_at"]), (&left["reason"], &left["left_at"]));
    turn(&app, "citizen2", &first, ":give-up", &json!({})).refused(409, "wrong_state");
    turn(&app, "citizen3", &first, ":reinstate", &json!({})).refused(404, "not_found");
    assert_eq!(turn(&app, "clerk1", &first, ":reinstate", &json!({})).fields(), [field("/reason", "required")]);
    let again = turn(&app, "citizen2", &first, ":reinstate", &json!({})).expect(200).clone();
    assert_eq!((&again["status"], &again["reason"], &again["left_at"]), (&json!("WAITING"), &Value::Null, &Value::Null));
    // By DELETE as well, and still before whoever joined behind.
    assert_eq!(app.call("DELETE", &at("waitlist", &first)).user("citizen2").if_match("*").send().status, 204);
    turn(&app, "clerk1", &first, ":reinstate", &why()).expect(200);
    on(&app, "citizen1", &booked, ":cancel", &json!({})).expect(200);
    assert_eq!((status(&app, &first), status(&app, &second)), (json!("OFFERED"), json!("WAITING")));
}

#[test]
fn whoever_comes_back_once_an_offer_has_gone_past_them_waits_at_the_end() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let (first, second, third) = (wait(&app, "citizen2"), wait(&app, "citizen3"), wait(&app, "citizen4"));
    turn(&app, "citizen2", &first, ":give-up", &json!({})).expect(200);
    on(&app, "citizen1", &booked, ":cancel", &json!({})).expect(200);
    assert_eq!(status(&app, &second), "OFFERED");
    turn(&app, "citizen2", &first, ":reinstate", &json!({})).expect(200);
    app.post(&format!("{}:decline", at("waitlist", &second))).user("citizen3").if_match("*").send().expect(200);
    assert_eq!(
        [&first, &second, &third].map(|place| status(&app, place)),
        [json!("WAITING"), json!("WAITING"), json!("OFFERED")]
    );
}

#[test]
fn whoever_comes_back_another_day_waits_at_the_end_and_after_the_last_day_not_at_all() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let (first, second) = (wait(&app, "citizen2"), wait(&app, "citizen3"));
    turn(&app, "citizen2", &first, ":give-up", &json!({})).expect(200);
    app.set_clock("2026-11-24T09:00:00+08:00");
    // Nobody waits twice for a service.
    let anew = wait(&app, "citizen2");
    let refused = turn(&app, "citizen2", &first, ":reinstate", &json!({}));
    assert_eq!(refused.refused(409, "already_waiting")["waitlist_entry_id"], anew["id"]);
    turn(&app, "citizen2", &anew, ":give-up", &json!({})).expect(200);
    turn(&app, "citizen2", &first, ":reinstate", &json!({})).expect(200);
    on(&app, "citizen1", &booked, ":cancel", &json!({})).expect(200);
    assert_eq!((status(&app, &first), status(&app, &second)), (json!("WAITING"), json!("OFFERED")));
    turn(&app, "citizen2", &first, ":give-up", &json!({})).expect(200);
    app.set_clock("2026-11-26T09:00:00+08:00");
    turn(&app, "citizen2", &first, ":reinstate", &json!({})).refused(409, "wrong_state");
}
