//! Holds, offers and the waiting list: who comes first when a seat comes free.

use serde_json::{Value, json};

use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, version};

fn path(booking: &Value) -> String {
    format!("/v1/bookings/{}", booking["id"].as_str().unwrap())
}

fn wait(app: &TestApp, user: &str, from: &str, to: &str) -> Answer {
    let body = json!({"service": "LEGAL_CONSULTATION", "from": from, "to": to});
    let answer = app.post("/v1/waitlist").user(user).once().json(&body).send();
    answer.expect(201);
    answer
}

fn wait_for_wednesday(app: &TestApp, user: &str) -> Answer {
    wait(app, user, "2026-11-25", "2026-11-25")
}

fn status(app: &TestApp, user: &str) -> Value {
    app.get("/v1/waitlist").user(user).send().expect(200)["items"][0]["status"].clone()
}

fn cancel(app: &TestApp, booking: &Value) {
    app.post(&format!("{}:cancel", path(booking))).user("clerk1").if_match("\"v1\"").json(&json!({})).send().expect(200);
}

fn hold(app: &TestApp, user: &str, slot: &str) -> Answer {
    app.post("/v1/holds").user(user).once().json(&json!({"slot_id": slot})).send()
}

fn suspend(app: &TestApp, user: &str) {
    app.sql(&format!(
        "INSERT INTO booking_suspensions SELECT id, person_id, '2026-11-20 00:00:00', '2027-05-20 00:00:00', '' \
         FROM accounts WHERE username = '{user}'"
    ));
}

fn free(app: &TestApp, service: &str, slot: &str) -> Value {
    let day = &slot[slot.len() - 13..slot.len() - 5];
    let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    let list = app.get(&format!("/v1/slots?service={service}&from={day}&to={day}&include_full=true")).send();
    list.expect(200)["items"].as_array().unwrap().iter().find(|s| s["id"] == slot).unwrap()["free"].clone()
}

#[test]
fn a_seat_is_offered_to_the_first_who_may_take_it() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.book("citizen2", WEDNESDAY_930);
    suspend(&app, "citizen3");
    for user in ["citizen2", "citizen3", "citizen4"] {
        wait_for_wednesday(&app, user);
    }
    cancel(&app, &booked);
    assert_eq!(
        (status(&app, "citizen2"), status(&app, "citizen3"), status(&app, "citizen4")),
        (json!("WAITING"), json!("WAITING"), json!("OFFERED"))
    );
}

#[test]
fn a_seat_is_not_offered_to_whom_its_adviser_advised_against() {
    let app = TestApp::new();
    let mut against = booking(WEDNESDAY_930);
    against["answers"]["opponent"] = json!("陳示範");
    app.post("/v1/bookings").user("citizen2").once().json(&against).send().expect(201);
    let booked = app.book("citizen1", WEDNESDAY_9);
    wait_for_wednesday(&app, "citizen3");
    wait_for_wednesday(&app, "citizen4");
    cancel(&app, &booked);
    assert_eq!((status(&app, "citizen3"), status(&app, "citizen4")), (json!("WAITING"), json!("OFFERED")));
}

#[test]
fn an_offer_is_taken_after_the_cut_off_by_booking_or_by_moving() {
    let app = TestApp::new();
    let (first, second) = (app.book("citizen1", WEDNESDAY_9), app.book("citizen2", WEDNESDAY_930));
    let elsewhere = app.book("citizen4", FRIDAY_9);
    wait_for_wednesday(&app, "citizen3");
    wait_for_wednesday(&app, "citizen4");
    app.set_clock("2026-11-24T16:00:00+08:00");
    cancel(&app, &first);
    cancel(&app, &second);
    app.try_book("citizen5", WEDNESDAY_9).refused(409, "slot_not_bookable");
    app.book("citizen3", WEDNESDAY_9);
    let moved = app.post(&format!("{}:reschedule", path(&elsewhere))).user("citizen4").once().if_match("\"v1\"");
    moved.json(&json!({"slot_id": WEDNESDAY_930})).send().expect(200);
    assert_eq!((status(&app, "citizen3"), status(&app, "citizen4")), (json!("TAKEN"), json!("TAKEN")));
}

#[test]
fn an_offer_lasts_at_most_half_of_the_time_left() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let entry = wait_for_wednesday(&app, "citizen2");
    app.set_clock("2026-11-25T07:00:00+08:00");
    cancel(&app, &booked);
    let offered = app.get(&entry.headers["location"]).user("citizen2").send();
    assert_eq!(offered.expect(200)["offer_expires_at"], "2026-11-25T08:00:00+08:00");
}

#[test]
fn an_offer_that_ran_out_is_first_of_all_the_next_persons() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    wait_for_wednesday(&app, "citizen2");
    wait_for_wednesday(&app, "citizen3");
    cancel(&app, &booked);
    app.advance(chrono::Duration::minutes(121));
    app.try_book("citizen4", WEDNESDAY_9).refused(409, "slot_taken");
    app.tick();
    assert_eq!((status(&app, "citizen2"), status(&app, "citizen3")), (json!("EXPIRED"), json!("OFFERED")));
    // When nobody waits any more, it is whoever's comes first.
    app.advance(chrono::Duration::minutes(121));
    app.book("citizen4", WEDNESDAY_9);
    assert_eq!(status(&app, "citizen3"), "EXPIRED");
}

#[test]
fn holds_given_back_or_run_out_go_to_those_who_wait() {
    let app = TestApp::new();
    let first = hold(&app, "citizen1", WEDNESDAY_9);
    first.expect(201);
    hold(&app, "citizen1", WEDNESDAY_930).expect(201);
    wait_for_wednesday(&app, "citizen2");
    wait_for_wednesday(&app, "citizen3");
    let back = |tag: &str| app.call("DELETE", &first.headers["location"]).user("citizen1").if_match(tag).send();
    back("\"v9\"").refused(412, "version_mismatch");
    assert_eq!(back("\"v1\"").status, 204);
    assert_eq!((status(&app, "citizen2"), status(&app, "citizen3")), (json!("OFFERED"), json!("WAITING")));
    app.advance(chrono::Duration::minutes(11));
    app.try_book("citizen4", WEDNESDAY_930).refused(409, "slot_taken");
    app.tick();
    assert_eq!(status(&app, "citizen3"), "OFFERED");
    app.book("citizen3", WEDNESDAY_930);
}

#[test]
fn a_slot_kept_for_a_booking_goes_to_those_who_wait_when_it_is_no_longer_needed() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let body = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風"});
    let closed = app.post("/v1/calendar/closures").user("chief1").json(&body).send();
    closed.expect(201);
    wait(&app, "citizen2", "2026-11-27", "2026-11-27");
    assert_eq!(app.call("DELETE", &closed.headers["location"]).user("chief1").if_match(closed.etag()).send().status, 204);
    let entry = app.get("/v1/waitlist").user("citizen2").send().expect(200)["items"][0].clone();
    assert_eq!(entry["offered_slot_id"], FRIDAY_9);
    // A slot that is closed cannot be offered: the person waits on.
    let body = json!({"date": "2026-11-27", "part": "ALL", "reason": "颱風"});
    app.post("/v1/calendar/closures").user("chief1").json(&body).send().expect(201);
    assert_eq!(status(&app, "citizen2"), "WAITING");
}

#[test]
fn the_held_seat_is_the_one_that_is_booked() {
    let app = TestApp::new();
    let slot = "COUNTER-20261124T0900";
    let held = hold(&app, "citizen1", slot);
    let path = &held.headers["location"];
    assert_eq!(app.get(path).user("citizen1").send().etag(), held.etag());
    app.get(path).user("citizen2").send().refused(404, "not_found");
    app.clock.advance(chrono::Duration::minutes(1));
    let booked = app.book("citizen1", slot);
    assert_eq!(free(&app, "COUNTER", slot), 3);
    app.get(path).user("citizen1").send().refused(404, "not_found");
    let lines = |booking: &Value| {
        let history = booking["history"].as_array().unwrap().clone();
        history.iter().map(|l| (l["status"].clone(), l["at"].clone())).collect::<Vec<_>>()
    };
    let expected = [(json!("HELD"), json!("2026-11-23T09:00:00+08:00")), (json!("BOOKED"), json!("2026-11-23T09:01:00+08:00"))];
    assert_eq!(lines(&booked), expected);
    assert_eq!(lines(app.get(&self::path(&booked)).user("citizen1").send().expect(200)), expected);
    // Moving takes a hold too.
    let other = "COUNTER-20261124T1000";
    hold(&app, "citizen1", other).expect(201);
    let moved = app.post(&format!("{}:reschedule", self::path(&booked))).user("citizen1").once().if_match("\"v1\"");
    moved.json(&json!({"slot_id": other})).send().expect(200);
    assert_eq!(free(&app, "COUNTER", other), 3);
}

#[test]
fn an_offered_seat_is_the_one_that_is_booked() {
    let app = TestApp::new();
    let booked = app.book("citizen1", FRIDAY_9);
    wait(&app, "citizen2", "2026-11-27", "2026-11-27");
    cancel(&app, &booked);
    assert_eq!(status(&app, "citizen2"), "OFFERED");
    app.book("citizen2", FRIDAY_9);
    assert_eq!((status(&app, "citizen2"), free(&app, "LEGAL_CONSULTATION", FRIDAY_9)), (json!("TAKEN"), json!(1)));
}

#[test]
fn whoever_is_suspended_holds_nothing() {
    let app = TestApp::new();
    suspend(&app, "citizen1");
    hold(&app, "citizen1", WEDNESDAY_9).refused(409, "booking_suspended");
    hold(&app, "citizen2", WEDNESDAY_9).expect(201);
}

#[test]
fn a_place_on_the_waiting_list_is_read_and_left_by_its_tag() {
    let app = TestApp::new();
    let entry = wait_for_wednesday(&app, "citizen1");
    let path = &entry.headers["location"];
    app.get(path).user("citizen2").send().refused(404, "not_found");
    let read = app.get(path).user("chief1").send();
    assert_eq!((read.expect(200)["status"].as_str(), version(&read)), (Some("WAITING"), 1));
    let leave = |tag: &str| app.call("DELETE", path).user("citizen1").if_match(tag).send();
    leave("\"v2\"").refused(412, "version_mismatch");
    assert_eq!(leave("\"v1\"").status, 204);
    assert_eq!(version(&app.get(path).user("citizen1").send()), 2);
}

fn explain(app: &TestApp, user: &str, at: &str) -> Value {
    let path = format!("/v1/slots/explain?service=LEGAL_CONSULTATION&at={at}%2B08:00");
    app.get(&path).user(user).send().expect(200).clone()
}

fn failed(explained: &Value) -> Vec<&str> {
    let rules = explained["rules"].as_array().unwrap();
    rules.iter().filter(|r| r["passed"] == false).map(|r| r["rule"].as_str().unwrap()).collect()
}

#[test]
fn the_explanation_knows_whoever_asks() {
    let app = TestApp::new();
    hold(&app, "citizen1", WEDNESDAY_9).expect(201);
    assert_eq!(explain(&app, "citizen1", "2026-11-25T09:00:00")["bookable"], true);
    assert_eq!(failed(&explain(&app, "citizen2", "2026-11-25T09:00:00")), ["seat_free"]);
    app.book("citizen1", WEDNESDAY_9);
    let day_taken = explain(&app, "citizen1", "2026-11-25T09:30:00");
    assert_eq!((failed(&day_taken), &day_taken["next"][0]["id"]), (vec!["one_per_day"], &json!(FRIDAY_9)));
    suspend(&app, "citizen4");
    assert_eq!(explain(&app, "citizen4", "2026-11-25T09:30:00")["next"], json!([]));
    for at in ["2026-11-25T09:10:00", "2026-11-25T09:30:30"] {
        let between = explain(&app, "citizen2", at);
        assert_eq!(failed(&between), ["slot_exists"]);
        let rule = between["rules"].as_array().unwrap().iter().find(|r| r["rule"] == "slot_exists").unwrap().clone();
        assert!(rule["reason"]["en"].as_str().unwrap().contains("09:00, 09:30"), "{rule}");
    }
}

#[test]
fn the_explanation_tells_nothing_of_advisers_in_conflict() {
    let app = TestApp::new();
    let mut against = booking(WEDNESDAY_9);
    against["answers"]["opponent"] = json!("林示範");
    app.post("/v1/bookings").user("citizen1").once().json(&against).send().expect(201);
    let told = |user: &str| explain(&app, user, "2026-11-25T09:30:00");
    assert_eq!(told("citizen2")["bookable"], true);
    assert_eq!(told("citizen2"), told("citizen3"), "whom nobody is advised against");
}

#[test]
fn a_place_ends_once_its_days_are_over_and_staff_see_whose_it_is() {
    let app = TestApp::new();
    wait_for_wednesday(&app, "citizen2");
    let own = app.get("/v1/waitlist").user("citizen2").send().expect(200)["items"][0].clone();
    let shown = app.get("/v1/waitlist").user("clerk1").send().expect(200)["items"][0].clone();
    assert_eq!(own["person_name"], Value::Null);
    assert!(shown["person_name"].as_str().is_some_and(|name| name.contains('○')), "{shown}");
    app.set_clock("2026-11-25T23:00:00+08:00");
    app.tick();
    assert_eq!(status(&app, "citizen2"), "WAITING");
    app.set_clock("2026-11-26T00:00:05+08:00");
    app.tick();
    assert_eq!(status(&app, "citizen2"), "EXPIRED");
    let log = app.get("/v1/audit-log?action=waitlist.expired").user("director1").send();
    assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 1);
    wait(&app, "citizen2", "2026-11-27", "2026-11-27");
}
