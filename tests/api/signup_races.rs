//! Races for seats at shifts: whatever happens at once, a seat is one volunteer's, and what is free is given once.

use serde_json::{Value, json};

use crate::serial::{answered, at_once, items, log_in, once};
use crate::shifts::{MONDAY, morning, status};
use crate::signups::{id_of, seated, sign_up, waits};
use crate::support::TestApp;
use crate::volunteers::{act, get, member};

/// Seats of a shift that are taken, as its sign-ups say.
fn taken(app: &TestApp, shift: &str) -> usize {
    let all = items(app, "clerk1", &format!("/v1/signups?limit=200&shift_id={}", id_of(shift).as_str().unwrap()));
    all.iter().filter(|one| one["status"] == "PLACED" || one["status"] == "OFFERED").count()
}

pub fn a_seat_of_a_shift_is_one_volunteers(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let shift = morning(app, MONDAY, 1);
    let members: Vec<String> = (1..=8).map(|number| member(app, number)).collect();
    // A hundred at once, of whom each tries again and again.
    let answers = at_once(100, |client| sign_up(app, "clerk1", &shift, &members[client % members.len()], false));
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.status == 409));
    assert_eq!(taken(app, &shift), 1);
}

pub fn a_volunteer_has_one_of_two_seats_at_a_time(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let shifts: Vec<String> = (0..8).map(|_| morning(app, MONDAY, 1)).collect();
    let who = member(app, 1);
    once(&at_once(8, |client| sign_up(app, "clerk1", &shifts[client], &who, false)), "201", "409 overlap");
}

pub fn a_freed_seat_is_given_once(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let shift = morning(app, MONDAY, 2);
    let seats = [1, 2].map(|number| seated(app, &shift, &member(app, number)));
    let places: Vec<String> = (3..=5).map(|number| waits(app, &shift, &member(app, number))).collect();
    let newcomers = [6, 7].map(|number| member(app, number));
    let answers = at_once(4, |client| match client {
        0 | 1 => act(app, "clerk1", &seats[client], "cancel", &json!({})),
        _ => sign_up(app, "clerk1", &shift, &newcomers[client - 2], false),
    });
    answered(&answers, &[("200", 2), ("409 shift_full", 2)]);
    let given: Vec<Value> = places.iter().map(|place| status(app, place)).collect();
    assert_eq!(given, [json!("OFFERED"), json!("OFFERED"), json!("WAITING")]);
    assert_eq!(taken(app, &shift), 2);
}

pub fn a_seat_is_passed_on_or_given_back(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let shift = morning(app, MONDAY, 1);
    let seat = seated(app, &shift, &member(app, 1));
    let taker = member(app, 2);
    waits(app, &shift, &member(app, 3));
    app.post(&format!("{seat}/swap-requests")).user("clerk1").once().json(&json!({})).send().expect(201);
    let tag = get(app, "clerk1", &seat).etag().to_owned();
    at_once(2, |client| {
        if client == 0 {
            return app.post(&format!("{seat}:cancel")).user("clerk1").once().if_match(&tag).json(&json!({})).send();
        }
        let body = json!({"volunteer_id": id_of(&taker)});
        app.post(&format!("{seat}/swap-requests:accept")).user("clerk1").once().json(&body).send()
    });
    assert_eq!(taken(app, &shift), 1);
}

pub fn a_closed_day_leaves_no_seat(app: &TestApp) {
    log_in(app, &["clerk1", "chief1"]);
    let shift = morning(app, MONDAY, 4);
    let members: Vec<String> = (1..=4).map(|number| member(app, number)).collect();
    let answers = at_once(5, |client| {
        if client == 4 {
            let body = json!({"date": MONDAY, "part": "ALL", "reason": "颱風停止上班"});
            return app.post("/v1/calendar/closures").user("chief1").once().json(&body).send();
        }
        sign_up(app, "clerk1", &shift, &members[client], false)
    });
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.status == 409));
    assert_eq!(status(app, &shift), json!("CANCELLED"));
    let closure = answers[4].expect(201);
    let named = closure["shifts"][0]["volunteer_ids"].as_array().unwrap().len();
    assert_eq!(named, taken(app, &shift), "whoever was signed up by then is told of");
}
