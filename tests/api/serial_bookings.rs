//! Races over the rules of bookings: seats, days, holds, the waiting list, advisers, closures.

use chrono::Duration;
use serde_json::{Value, json};

use crate::identity::user;
use crate::serial::{CLIENTS, act, answered, at_once, id, items, log_in, made, once, reason};
use crate::support::{Answer, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, person};

const CITIZENS: [&str; CLIENTS] =
    ["citizen1", "citizen2", "citizen3", "citizen4", "citizen5", "citizen6", "citizen7", "citizen8"];
/// One adviser's session of Monday, a week from the clock's day.
const MONDAY_9: &str = "LEGAL_CONSULTATION-20261130T0900";

/// A time at the counter of Tuesday.
fn counter(number: usize) -> String {
    let minute = 8 * 60 + number * 15;
    format!("COUNTER-20261124T{:02}{:02}", minute / 60, minute % 60)
}

/// One of the five times of Wednesday's adviser.
fn wednesday(number: usize) -> String {
    let minute = 9 * 60 + number * 30;
    format!("LEGAL_CONSULTATION-20261125T{:02}{:02}", minute / 60, minute % 60)
}

fn number(client: usize) -> u32 {
    u32::try_from(client).unwrap() + 1
}

fn bookings(app: &TestApp, query: &str) -> Vec<Value> {
    items(app, "clerk1", &format!("/v1/bookings?limit=100&{query}"))
}

fn path(booking: &Value, act: &str) -> String {
    format!("/v1/bookings/{}{act}", id(booking))
}

fn hold(app: &TestApp, user: &str, slot: &str) -> Answer {
    app.post("/v1/holds").user(user).once().json(&json!({"slot_id": slot})).send()
}

fn wait(app: &TestApp, number: u32, from: &str, to: &str) -> Answer {
    let body = json!({"service": "LEGAL_CONSULTATION", "from": from, "to": to, "person": person(number)});
    app.post("/v1/waitlist").user("clerk1").once().json(&body).send()
}

/// How many seats of each slot of a service's day are free, by slot.
fn free(app: &TestApp, service: &str, day: &str) -> Vec<(String, u64, u64)> {
    let list = app.get(&format!("/v1/slots?service={service}&from={day}&to={day}&include_full=true")).send();
    let slot = |s: &Value| (id(s).to_owned(), s["free"].as_u64().unwrap(), s["capacity"].as_u64().unwrap());
    list.expect(200)["items"].as_array().unwrap().iter().map(slot).collect()
}

pub fn a_person_has_one_booking_a_day(app: &TestApp) {
    log_in(app, &["clerk1"]);
    once(&at_once(CLIENTS, |client| app.book_for(1, &counter(client))), "201", "409 already_booked");
    assert_eq!(bookings(app, "status=BOOKED").len(), 1);
    let taken: u64 = free(app, "COUNTER", "2026-11-24").iter().map(|(_, free, capacity)| capacity - free).sum();
    assert_eq!(taken, 1, "who is refused leaves no seat taken");
}

pub fn a_seat_is_booked_once(app: &TestApp) {
    log_in(app, &["clerk1"]);
    once(&at_once(CLIENTS, |client| app.book_for(number(client), WEDNESDAY_9)), "201", "409 slot_taken");
    assert_eq!(bookings(app, "status=BOOKED").len(), 1);
}

pub fn the_public_has_its_seats_and_no_more(app: &TestApp) {
    log_in(app, &CITIZENS);
    let answers = at_once(CLIENTS, |client| app.try_book(CITIZENS[client], &counter(0)));
    answered(&answers, &[("201", 2), ("409 slot_taken", 6)]);
}

pub fn a_caller_has_three_holds(app: &TestApp) {
    log_in(app, &["citizen1"]);
    let answers = at_once(CLIENTS, |client| hold(app, "citizen1", &counter(client)));
    answered(&answers, &[("201", 3), ("409 conflict", 5)]);
}

pub fn a_hold_is_redeemed_once(app: &TestApp) {
    let held = hold(app, "clerk1", &counter(0)).expect(201).clone();
    let redeem = |client| {
        let mut body = booking(&counter(0));
        body.as_object_mut().unwrap().remove("slot_id");
        (body["hold_id"], body["person"]) = (held["id"].clone(), person(number(client)));
        app.post("/v1/bookings").user("clerk1").once().json(&body).send()
    };
    once(&at_once(CLIENTS, redeem), "201", "409 hold_expired");
}

pub fn a_person_waits_once_for_a_service(app: &TestApp) {
    log_in(app, &["clerk1"]);
    once(&at_once(CLIENTS, |_| wait(app, 1, "2026-11-25", "2026-11-25")), "201", "409 already_waiting");
}

pub fn an_adviser_hears_one_side(app: &TestApp) {
    log_in(app, &["clerk1"]);
    // Each names the other as the opponent, and there is one adviser.
    let book = |client: usize| {
        let mut body = booking(&wednesday(client));
        body["person"] = person(number(client));
        body["answers"]["opponent"] = person(number(1 - client))["name"].clone();
        app.post("/v1/bookings").user("clerk1").once().json(&body).send()
    };
    once(&at_once(2, book), "201", "409 adviser_conflict");
}

/// Two bookings of Wednesday, and those who wait for one.
fn both_cancelled(app: &TestApp, waiting: u32) -> Vec<Value> {
    let booked: Vec<Value> = [WEDNESDAY_9, WEDNESDAY_930]
        .iter()
        .zip(1..)
        .map(|(slot, person)| app.book_for(person, slot).expect(201).clone())
        .collect();
    for person in 0..waiting {
        wait(app, 10 + person, "2026-11-25", "2026-11-25").expect(201);
    }
    answered(&at_once(2, |client| act(app, "clerk1", &path(&booked[client], ":cancel"), &json!({}))), &[("200", 2)]);
    items(app, "clerk1", "/v1/waitlist?status=OFFERED")
}

pub fn one_person_who_waits_is_offered_one_seat(app: &TestApp) {
    let offered = both_cancelled(app, 1);
    assert_eq!(offered.len(), 1);
    // When what rests is free again, the other seat is anybody's.
    app.advance(Duration::minutes(6));
    let (kept, other) =
        if offered[0]["offered_slot_id"] == WEDNESDAY_9 { (WEDNESDAY_9, WEDNESDAY_930) } else { (WEDNESDAY_930, WEDNESDAY_9) };
    app.book_for(20, kept).refused(409, "slot_taken");
    app.book_for(20, other).expect(201);
}

pub fn two_people_who_wait_are_offered_a_seat_each(app: &TestApp) {
    let offered = both_cancelled(app, 2);
    let mut slots: Vec<&str> = offered.iter().map(|entry| entry["offered_slot_id"].as_str().unwrap()).collect();
    slots.sort_unstable();
    assert_eq!(slots, [WEDNESDAY_9, WEDNESDAY_930]);
}

pub fn an_offered_seat_is_taken_once(app: &TestApp) {
    let booked = app.book_for(1, WEDNESDAY_9).expect(201).clone();
    wait(app, 10, "2026-11-25", "2026-11-25").expect(201);
    act(app, "clerk1", &path(&booked, ":cancel"), &json!({})).expect(200);
    let answers = at_once(CLIENTS, |_| app.book_for(10, WEDNESDAY_9));
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)), "{answers:?}");
    assert_eq!(items(app, "clerk1", "/v1/waitlist?status=TAKEN").len(), 1);
    assert_eq!(bookings(app, "status=BOOKED").len(), 1);
}

pub fn a_seat_that_many_move_to_is_ones(app: &TestApp) {
    let booked: Vec<Value> = (0..5).map(|client| app.book_for(number(client), &wednesday(client)).expect(201).clone()).collect();
    let to_monday = |client: usize| act(app, "clerk1", &path(&booked[client], ":reschedule"), &json!({"slot_id": MONDAY_9}));
    once(&at_once(5, to_monday), "200", "409 slot_taken");
    app.advance(Duration::minutes(6));
    let left: u64 = free(app, "LEGAL_CONSULTATION", "2026-11-25").iter().map(|(_, free, _)| free).sum();
    assert_eq!(left, 1, "who could not move keeps the seat of before");
}

/// The seats of Tuesday's counter that are taken, once those that rest are free.
fn taken(app: &TestApp) -> Vec<(String, u64)> {
    app.advance(Duration::minutes(6));
    let slots = free(app, "COUNTER", "2026-11-24").into_iter();
    slots.filter(|(_, free, capacity)| free < capacity).map(|(slot, free, capacity)| (slot, capacity - free)).collect()
}

pub fn a_booking_that_is_moved_at_once_has_one_seat(app: &TestApp) {
    let booked = app.book_for(1, &counter(0)).expect(201).clone();
    let to = |client: usize| act(app, "clerk1", &path(&booked, ":reschedule"), &json!({"slot_id": counter(1 + client)}));
    answered(&at_once(CLIENTS, to), &[("200", CLIENTS)]);
    let now = app.get(&path(&booked, "")).user("clerk1").send();
    let slot = now.expect(200)["slot_id"].as_str().unwrap().to_owned();
    assert_eq!(now.body["history"].as_array().unwrap().len(), 1 + 2 * CLIENTS);
    assert_eq!(taken(app), [(slot, 1)]);
}

pub fn a_booking_that_is_cancelled_and_moved_has_no_seat(app: &TestApp) {
    let booked = app.book_for(1, &counter(0)).expect(201).clone();
    let answers = at_once(2, |client| match client {
        0 => act(app, "clerk1", &path(&booked, ":cancel"), &reason()),
        _ => act(app, "clerk1", &path(&booked, ":reschedule"), &json!({"slot_id": counter(1)})),
    });
    answers[0].expect(200);
    assert!(answers[1].status == 200 || answers[1].body["code"] == "wrong_state", "{}", answers[1].text);
    assert_eq!(bookings(app, "status=CANCELLED").len(), 1);
    assert_eq!(taken(app), []);
}

pub fn a_cancelled_booking_stands_again_or_its_seat_is_anothers(app: &TestApp) {
    let booked = app.book_for(1, WEDNESDAY_9).expect(201).clone();
    act(app, "clerk1", &path(&booked, ":cancel"), &reason()).expect(200);
    // Once it rests no more the seat is anybody's.
    app.advance(Duration::minutes(6));
    log_in(app, &["clerk1"]);
    let answers = at_once(CLIENTS, |client| match client {
        0 => act(app, "clerk1", &path(&booked, ":reinstate"), &reason()),
        _ => app.book_for(1 + number(client), WEDNESDAY_9),
    });
    assert_eq!(answers.iter().filter(|answer| answer.status < 300).count(), 1, "{answers:?}");
    let lost = |answer: &&Answer| answer.status == 409 && answer.body["code"] == "slot_taken";
    assert_eq!(answers.iter().filter(lost).count(), CLIENTS - 1, "{answers:?}");
    assert_eq!(bookings(app, "status=BOOKED").len(), 1);
}

pub fn a_cancelled_booking_stands_again_once(app: &TestApp) {
    let booked = app.book_for(1, &counter(0)).expect(201).clone();
    act(app, "clerk1", &path(&booked, ":cancel"), &reason()).expect(200);
    once(&at_once(CLIENTS, |_| act(app, "clerk1", &path(&booked, ":reinstate"), &reason())), "200", "409 wrong_state");
    assert_eq!(taken(app), [(counter(0), 1)]);
}

pub fn no_shows_at_once_suspend_once(app: &TestApp) {
    let days = ["24", "25", "26", "27"];
    let booked = days.map(|day| app.book_for(1, &format!("COUNTER-202611{day}T0900")).expect(201).clone());
    app.sql("UPDATE bookings SET starts_at = '2026-11-23 00:30:00', ends_at = '2026-11-23 00:45:00'");
    let missed = at_once(days.len(), |client| act(app, "clerk1", &path(&booked[client], ":no-show"), &reason()));
    answered(&missed, &[("200", days.len())]);
    assert_eq!(items(app, "director1", "/v1/audit-log?action=booking.suspended").len(), 1);
}

pub fn an_outcome_is_recorded_once(app: &TestApp) {
    let booked = app.book_for(1, WEDNESDAY_9).expect(201).clone();
    app.set_clock("2026-11-25T09:28:00+08:00");
    log_in(app, &["clerk1"]);
    let path = format!("/v1/consultations/{}/outcome", id(&booked));
    let body = json!({"result": "ADVISED", "minutes": 25});
    once(&at_once(CLIENTS, |_| app.post(&path).user("clerk1").if_match("*").json(&body).send()), "201", "409 wrong_state");
}

fn refer(app: &TestApp, booking: &Value, body: &Value) -> Answer {
    app.post(&format!("/v1/consultations/{}/referrals", id(booking))).user("clerk1").once().json(body).send()
}

pub fn a_consultation_has_one_open_referral(app: &TestApp) {
    let booked = app.book_for(1, WEDNESDAY_9).expect(201).clone();
    let body = json!({"reason": "需面談", "consent": true});
    once(&at_once(CLIENTS, |_| refer(app, &booked, &body)), "201", "409 conflict");
    assert_eq!(items(app, "clerk1", "/v1/referrals").len(), 1);
}

pub fn the_desk_of_the_town_office_seats_one(app: &TestApp) {
    let booked: Vec<Value> = (0..5).map(|client| app.book_for(number(client), &wednesday(client)).expect(201).clone()).collect();
    let body = json!({"reason": "需面談", "consent": true, "slot_id": "LEGAL_REFERRAL-20261130T0900"});
    once(&at_once(5, |client| refer(app, &booked[client], &body)), "201", "409 slot_taken");
}

pub fn a_half_day_is_closed_once(app: &TestApp) {
    log_in(app, &["chief1"]);
    let body = json!({"date": "2026-11-25", "part": "AM", "reason": "颱風"});
    let close = |_| app.post("/v1/calendar/closures").user("chief1").once().json(&body).send();
    once(&at_once(CLIENTS, close), "201", "409 conflict");
    assert_eq!(items(app, "chief1", "/v1/calendar/closures").len(), 1);
}

pub fn an_account_is_one_advisers(app: &TestApp) {
    let new = json!({"username": "adviser9", "name": "陳律師", "roles": ["LEG"]});
    made(app, "admin1", "/v1/users", &new);
    let (path, tag) = user(app, "adviser9");
    let account = app.post(&format!("{path}:approve")).user("director1").if_match(&tag).send().expect(200)["id"].clone();
    log_in(app, &["chief1"]);
    let body = json!({"name": "陳律師", "account_id": account, "weekdays": ["TUE"]});
    let make = |_| app.post("/v1/consultations/advisers").user("chief1").once().json(&body).send();
    let answers = at_once(CLIENTS, make);
    once(&answers, "201", "409 conflict");
    let made = answers.iter().find(|answer| answer.status == 201).map(|answer| answer.body["id"].clone());
    assert!(answers.iter().all(|answer| answer.status == 201 || Some(&answer.body["standing_id"]) == made.as_ref()));
}

pub fn a_calendar_has_one_address(app: &TestApp) {
    log_in(app, &["citizen1"]);
    let answers = at_once(CLIENTS, |_| app.post("/v1/me/calendar-token").user("citizen1").json(&json!({})).send());
    answered(&answers, &[("200", CLIENTS)]);
    let works = |answer: &&Answer| app.get(answer.body["url"].as_str().unwrap()).send().status == 200;
    assert_eq!(answers.iter().filter(works).count(), 1);
}

pub fn a_number_is_one_persons(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let days = ["24", "25", "26", "27"];
    for (number, channel, hour) in [(1, "PHONE", "09"), (2, "COUNTER", "10")] {
        let answers = at_once(days.len(), |client| {
            let mut body = booking(&format!("COUNTER-202611{}T{hour}00", days[client]));
            (body["person"], body["channel"]) = (person(number), json!(channel));
            app.post("/v1/bookings").user("clerk1").once().json(&body).send()
        });
        answered(&answers, &[("201", days.len())]);
        assert!(answers.iter().all(|answer| answer.body["person"]["id"] == answers[0].body["person"]["id"]), "{channel}");
    }
}
