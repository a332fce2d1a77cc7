//! Sign-ups for shifts: every rule and its code, the waiting list, swaps, changes of shifts with people on them, and races for seats.

use serde_json::{Value, json};

use crate::cases::registered;
use crate::known::death;
use crate::serial::items;
use crate::shifts::{MONDAY, morning, shift, shift_at, status};
use crate::support::{Answer, TestApp};
use crate::volunteer_hours::own_record;
use crate::volunteers::{act, at, entry_at, field, get, insurance, made, member, reason, training, update, volunteer, with};

pub fn id_of(path: &str) -> Value {
    json!(path.rsplit('/').next().unwrap())
}

pub fn sign_up(app: &TestApp, user: &str, shift: &str, volunteer: &str, wait: bool) -> Answer {
    let body = json!({"volunteer_id": id_of(volunteer), "wait": wait});
    app.post(&format!("{shift}/signups")).user(user).once().json(&body).send()
}

pub fn signup_at(signup: &Value) -> String {
    format!("/v1/signups/{}", signup["id"].as_str().unwrap())
}

/// A seat for a volunteer.
pub fn seated(app: &TestApp, shift: &str, volunteer: &str) -> String {
    let signup = sign_up(app, "clerk1", shift, volunteer, false).expect(201).clone();
    assert_eq!(signup["status"], json!("PLACED"));
    signup_at(&signup)
}

/// A place on the waiting list.
pub fn waits(app: &TestApp, shift: &str, volunteer: &str) -> String {
    let signup = sign_up(app, "clerk1", shift, volunteer, true).expect(201).clone();
    assert_eq!(signup["status"], json!("WAITING"));
    signup_at(&signup)
}

fn check(app: &TestApp, shift: &str, volunteer: &str) -> Vec<String> {
    let query = format!("{shift}/signup-check?volunteer_id={}", id_of(volunteer).as_str().unwrap());
    let shown = get(app, "clerk1", &query).expect(200).clone();
    let codes = shown["blockers"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned());
    codes.collect()
}

fn counts(answer: &Answer) -> Value {
    answer.body["counts"][0].clone()
}

/// Trained and insured, but no full member yet.
fn trainee(app: &TestApp, number: u32) -> String {
    let path = at(&made(app, "clerk1", "/v1/volunteers", &volunteer(number)));
    made(app, "clerk1", &format!("{path}/trainings"), &training("BASIC", "2026-02-01"));
    made(app, "clerk1", &format!("{path}/trainings"), &training("SPECIAL", "2026-03-14"));
    made(app, "clerk1", &format!("{path}/insurances"), &insurance("2026-01-01", "2026-12-31"));
    path
}

#[test]
fn the_check_tells_every_blocker_and_the_refusal_names_the_first() {
    let app = TestApp::new();
    let shift = morning(&app, MONDAY, 1);
    let new = at(&made(&app, "clerk1", "/v1/volunteers", &volunteer(1)));
    assert_eq!(check(&app, &shift, &new), ["training_missing", "training_missing", "uninsured"]);
    let refused = sign_up(&app, "clerk1", &shift, &new, false);
    refused.refused(409, "training_missing");
    assert_eq!(refused.body["blockers"].as_array().unwrap().len(), 3);
    assert_eq!(counts(&refused), json!({"seats": 1, "taken": 0, "free": 1, "waiting": 0, "trainees": 0}));
    let ready = member(&app, 2);
    assert!(check(&app, &shift, &ready).is_empty());
    seated(&app, &shift, &ready);
    sign_up(&app, "clerk1", &shift, &ready, false).refused(409, "already_signed_up");
    let full = sign_up(&app, "clerk1", &shift, &member(&app, 3), false);
    full.refused(409, "shift_full");
    assert_eq!(counts(&full)["free"], json!(0));
}

#[test]
fn shifts_of_one_volunteer_neither_overlap_nor_crowd() {
    let app = TestApp::new();
    let who = member(&app, 1);
    seated(&app, &morning(&app, MONDAY, 1), &who);
    let at = |day: &str, from: &str, to: &str| shift_at(&made(&app, "clerk1", "/v1/shifts", &shift(day, from, to, 1)));
    sign_up(&app, "clerk1", &at(MONDAY, "11:00", "14:00"), &who, false).refused(409, "overlap");
    sign_up(&app, "clerk1", &at(MONDAY, "13:00", "17:00"), &who, false).refused(409, "rest_too_short");
    sign_up(&app, "clerk1", &at(MONDAY, "20:30", "22:00"), &who, false).refused(409, "one_shift_a_day");
    let night = with(shift("2026-11-29", "22:00", "23:00", 1), "ends_at", json!("2026-11-30T05:00:00+08:00"));
    let night = shift_at(&made(&app, "clerk1", "/v1/shifts", &night));
    sign_up(&app, "clerk1", &night, &who, false).refused(409, "rest_too_short");
    seated(&app, &at("2026-12-01", "08:30", "12:00"), &who);
}

#[test]
fn quota_and_times_at_which_somebody_can_come_are_kept_and_a_supervisor_may_force_them() {
    let app = TestApp::new();
    let who = member(&app, 1);
    let mut profile = get(&app, "clerk1", &who).expect(200)["profile"].clone();
    profile["availability"] = json!([{"weekday": "MON", "part": "AM"}]);
    profile["most_shifts_a_month"] = json!(1);
    update(&app, "clerk1", &who, &json!({"profile": profile, "reason": "志工更新"})).expect(200);
    let tuesday = morning(&app, "2026-12-01", 1);
    sign_up(&app, "clerk1", &tuesday, &who, false).refused(409, "unavailable");
    seated(&app, &morning(&app, "2026-12-07", 1), &who);
    sign_up(&app, "clerk1", &morning(&app, "2026-12-14", 1), &who, false).refused(409, "quota");
    let forced = |user: &str| {
        let body = json!({"volunteer_id": id_of(&who), "force_reason": "該班無人可代"});
        app.post(&format!("{tuesday}/signups")).user(user).once().json(&body).send()
    };
    forced("clerk1").refused(403, "forbidden");
    let signup = forced("chief1").expect(201).clone();
    assert_eq!(signup["is_forced"], json!(true));
    let history = get(&app, "clerk1", &format!("{}/history", signup_at(&signup))).expect(200).clone();
    assert_eq!(history["items"][0]["reason"], json!("該班無人可代"));
}

#[test]
fn the_law_is_not_forced() {
    let app = TestApp::new();
    let new = at(&made(&app, "clerk1", "/v1/volunteers", &volunteer(1)));
    let body = json!({"volunteer_id": id_of(&new), "force_reason": "該班無人可代"});
    let shift = morning(&app, MONDAY, 1);
    app.post(&format!("{shift}/signups")).user("chief1").once().json(&body).send().refused(409, "training_missing");
}

#[test]
fn the_gate_is_judged_on_the_day_of_the_shift() {
    let app = TestApp::new();
    let who = member(&app, 1);
    seated(&app, &morning(&app, "2026-12-31", 1), &who);
    let after = morning(&app, "2027-01-04", 1);
    let refused = sign_up(&app, "clerk1", &after, &who, false);
    refused.refused(409, "uninsured");
    assert_eq!(refused.body["blockers"][0]["reason"], json!("INSURANCE_EXPIRED"));
    made(&app, "clerk1", &format!("{who}/insurances"), &insurance("2027-01-01", "2027-12-31"));
    seated(&app, &after, &who);
}

#[test]
fn a_minor_serves_with_consent_alone() {
    let app = TestApp::new();
    let mut pupil = volunteer(1);
    pupil["person"]["birth_on"] = json!("2010-05-04");
    let who = at(&made(&app, "clerk1", "/v1/volunteers", &pupil));
    made(&app, "clerk1", &format!("{who}/trainings"), &training("BASIC", "2026-02-01"));
    made(&app, "clerk1", &format!("{who}/trainings"), &training("SPECIAL", "2026-03-14"));
    made(&app, "clerk1", &format!("{who}/insurances"), &insurance("2026-01-01", "2026-12-31"));
    sign_up(&app, "clerk1", &morning(&app, MONDAY, 1), &who, false).refused(409, "consent_missing");
}

#[test]
fn a_changed_fact_lists_the_signups_it_breaks_and_drops_none() {
    let app = TestApp::new();
    let who = at(&made(&app, "clerk1", "/v1/volunteers", &volunteer(1)));
    made(&app, "clerk1", &format!("{who}/trainings"), &training("BASIC", "2026-02-01"));
    let special = made(&app, "clerk1", &format!("{who}/trainings"), &training("SPECIAL", "2026-03-14"));
    made(&app, "clerk1", &format!("{who}/insurances"), &insurance("2026-01-01", "2026-12-31"));
    act(&app, "chief1", &who, "activate", &json!({"member_from": "2026-04-01", "reason": "實習期滿"})).expect(200);
    let signup = seated(&app, &morning(&app, MONDAY, 1), &who);
    assert!(items(&app, "clerk1", "/v1/signups/broken").is_empty());
    act(&app, "clerk1", &entry_at(&special), "withdraw", &reason()).expect(200);
    let broken = items(&app, "clerk1", "/v1/signups/broken");
    assert_eq!(broken[0]["breaks"][0]["code"], json!("training_missing"));
    assert_eq!(status(&app, &signup), json!("PLACED"));
}

#[test]
fn a_trainee_sits_beside_and_fills_no_seat() {
    let app = TestApp::new();
    let shift = morning(&app, MONDAY, 1);
    let learner = trainee(&app, 1);
    let signup = sign_up(&app, "clerk1", &shift, &learner, false).expect(201).clone();
    assert_eq!((&signup["as_trainee"], &signup["status"]), (&json!(true), &json!("PLACED")));
    seated(&app, &shift, &member(&app, 2));
    let full = sign_up(&app, "clerk1", &shift, &member(&app, 3), false);
    assert_eq!(counts(&full), json!({"seats": 1, "taken": 1, "free": 0, "waiting": 0, "trainees": 1}));
}

#[test]
fn a_training_asks_for_no_training() {
    let app = TestApp::new();
    let course = with(shift(MONDAY, "09:00", "12:00", 1), "kind", json!("VOLUNTEER_TRAINING"));
    let course = shift_at(&made(&app, "clerk1", "/v1/shifts", &course));
    let new = at(&made(&app, "clerk1", "/v1/volunteers", &volunteer(1)));
    made(&app, "clerk1", &format!("{new}/insurances"), &insurance("2026-01-01", "2026-12-31"));
    let signup = sign_up(&app, "clerk1", &course, &new, false).expect(201).clone();
    assert_eq!(signup["as_trainee"], json!(false));
}

#[test]
fn seats_ask_for_skills_and_whoever_can_do_more_makes_room() {
    let app = TestApp::new();
    let needs = json!([{"skill": null, "seats": 1}, {"skill": "手語", "seats": 1}]);
    let shift = shift_at(&made(&app, "clerk1", "/v1/shifts", &with(shift(MONDAY, "08:30", "12:00", 1), "needs", needs)));
    let signs = member(&app, 1);
    let mut profile = get(&app, "clerk1", &signs).expect(200)["profile"].clone();
    profile["skills"] = json!(["手語"]);
    update(&app, "clerk1", &signs, &json!({"profile": profile, "reason": "志工更新"})).expect(200);
    seated(&app, &shift, &signs);
    seated(&app, &shift, &member(&app, 2));
    let two_without = morning(&app, "2026-12-01", 1);
    seated(&app, &two_without, &member(&app, 3));
    sign_up(&app, "clerk1", &shift, &member(&app, 4), false).refused(409, "shift_full");
}

#[test]
fn a_seat_that_becomes_free_is_given_in_order_by_all_rules() {
    let app = TestApp::new();
    let shift = morning(&app, MONDAY, 1);
    let (first, second, third) = (member(&app, 1), member(&app, 2), member(&app, 3));
    let seat = seated(&app, &shift, &first);
    let (stepped_over, next) = (waits(&app, &shift, &second), waits(&app, &shift, &third));
    // By now the one who waits longest has another shift at that time.
    seated(&app, &morning(&app, MONDAY, 1), &second);
    act(&app, "clerk1", &seat, "cancel", &json!({})).expect(200);
    assert_eq!((status(&app, &stepped_over), status(&app, &next)), (json!("WAITING"), json!("OFFERED")));
    let called = items(&app, "clerk1", "/v1/call-list?date=2026-11-23&kind=SHIFT");
    assert_eq!(
        called.iter().map(|call| &call["record"]).collect::<Vec<_>>(),
        [&json!(format!("signups/{}", id_of(&next).as_str().unwrap()))]
    );
    act(&app, "clerk1", &next, "decline-place", &json!({})).expect(200);
    assert_eq!(status(&app, &stepped_over), json!("WAITING"));
    seated(&app, &shift, &first);
}

#[test]
fn one_who_waits_twice_gets_one_seat_of_two_that_overlap() {
    let app = TestApp::new();
    let (one, other) = (morning(&app, MONDAY, 1), morning(&app, MONDAY, 1));
    let seats = [seated(&app, &one, &member(&app, 1)), seated(&app, &other, &member(&app, 2))];
    let who = member(&app, 3);
    let places = [waits(&app, &one, &who), waits(&app, &other, &who)];
    for seat in &seats {
        act(&app, "clerk1", seat, "cancel", &json!({})).expect(200);
    }
    assert_eq!(places.map(|place| status(&app, &place)), [json!("OFFERED"), json!("WAITING")]);
}

#[test]
fn volunteers_sign_up_within_the_windows_and_see_their_own_alone() {
    let app = TestApp::new();
    let own = own_record(&app);
    let mine = |shift: &str| app.post(&format!("{shift}/signups")).user("volunteer1").once().json(&json!({})).send();
    mine(&morning(&app, "2027-03-01", 1)).refused(409, "not_open_yet");
    let soon = shift_at(&made(&app, "clerk1", "/v1/shifts", &shift("2026-11-23", "09:30", "12:00", 1)));
    mine(&soon).refused(409, "too_late");
    let other = sign_up(&app, "clerk1", &soon, &member(&app, 1), false).expect(201).clone();
    get(&app, "volunteer1", &signup_at(&other)).refused(404, "not_found");
    assert!(items(&app, "volunteer1", "/v1/signups").is_empty());
    let anothers = json!({"volunteer_id": other["volunteer_id"]});
    app.post(&format!("{soon}/signups")).user("volunteer1").once().json(&anothers).send().refused(404, "not_found");
    let missing = app.post(&format!("{soon}/signups")).user("clerk1").once().json(&json!({})).send();
    assert_eq!(missing.fields(), field("/volunteer_id", "required"));
    let later = mine(&morning(&app, MONDAY, 1)).expect(201).clone();
    assert_eq!(later["volunteer_id"], id_of(&own));
    app.set_clock("2026-11-29T12:00:00+08:00");
    let path = signup_at(&later);
    let tag = get(&app, "volunteer1", &path).etag().to_owned();
    app.post(&format!("{path}:cancel")).user("volunteer1").if_match(&tag).json(&json!({})).send().refused(409, "too_late");
    act(&app, "clerk1", &path, "cancel", &json!({})).expect(200);
}

#[test]
fn a_suspension_looks_ahead_and_releases_with_a_reason() {
    let app = TestApp::new();
    let (shift, who) = (morning(&app, MONDAY, 1), member(&app, 1));
    let (signup, next) = (seated(&app, &shift, &who), waits(&app, &shift, &member(&app, 2)));
    let later = seated(&app, &morning(&app, "2026-12-14", 1), &who);
    let suspension = |dry_run: bool| json!({"reason": "出國", "until_on": "2026-12-06", "dry_run": dry_run});
    let before = app.contents();
    let told = act(&app, "chief1", &who, "suspend", &suspension(true)).expect(200).clone();
    assert!(told["touched"].as_array().unwrap().iter().any(|one| one["kind"] == "SIGNUP"));
    assert_eq!(app.contents()["signups"], before["signups"]);
    act(&app, "chief1", &who, "suspend", &suspension(false)).expect(200);
    assert_eq!((status(&app, &signup), status(&app, &next)), (json!("RELEASED"), json!("OFFERED")));
    assert_eq!(status(&app, &later), json!("PLACED"), "they are back by then");
    sign_up(&app, "clerk1", &morning(&app, "2026-12-01", 1), &who, false).refused(409, "suspended");
    act(&app, "chief1", &who, "reinstate", &reason()).expect(200);
    assert_eq!(status(&app, &signup), json!("RELEASED"), "nothing comes back by itself");
}

#[test]
fn what_the_dead_are_signed_up_for_is_released_and_they_are_no_candidates() {
    let app = TestApp::new();
    let (shift, who) = (morning(&app, MONDAY, 1), member(&app, 1));
    let signup = seated(&app, &shift, &who);
    registered(&app, &death(&app, 1));
    assert_eq!(status(&app, &signup), json!("RELEASED"));
    let candidates = items(&app, "clerk1", &format!("{shift}/candidates"));
    let ready = candidates.iter().find(|one| one["volunteer_id"] == id_of(&who)).map(|one| one["ready"].clone());
    assert_ne!(ready, Some(json!(true)));
}

#[test]
fn fewer_seats_than_people_are_refused_until_it_is_said_who_leaves() {
    let app = TestApp::new();
    let shift = morning(&app, MONDAY, 2);
    let (stays, leaves) = (seated(&app, &shift, &member(&app, 1)), seated(&app, &shift, &member(&app, 2)));
    let fewer = |leaving: Value, dry_run: bool| {
        let needs = json!([{"skill": null, "seats": 1}]);
        update(&app, "clerk1", &shift, &json!({"needs": needs, "leaving": leaving, "reason": "減班", "dry_run": dry_run}))
    };
    let refused = fewer(json!([]), false);
    refused.refused(409, "more_people_than_seats");
    assert_eq!(refused.body["people"].as_array().unwrap().len(), 2);
    let tried = fewer(json!([id_of(&leaves)]), true).expect(200).clone();
    assert_eq!(tried["people"][1]["leaves"], json!(true));
    assert_eq!(status(&app, &leaves), json!("PLACED"));
    fewer(json!([id_of(&leaves)]), false).expect(200);
    assert_eq!((status(&app, &stays), status(&app, &leaves)), (json!("PLACED"), json!("RELEASED")));
    let next = waits(&app, &shift, &member(&app, 3));
    let more = json!({"needs": [{"skill": null, "seats": 2}], "reason": "增班"});
    update(&app, "clerk1", &shift, &more).expect(200);
    assert_eq!(status(&app, &next), json!("OFFERED"), "a raised need promotes");
}

#[test]
fn a_shift_that_is_moved_keeps_its_people_and_shows_what_they_break() {
    let app = TestApp::new();
    let (shift, who) = (morning(&app, MONDAY, 1), member(&app, 1));
    let signup = seated(&app, &shift, &who);
    seated(&app, &morning(&app, "2026-12-01", 1), &who);
    let moved = |dry_run: bool| {
        json!({
            "starts_at": "2026-12-01T08:30:00+08:00", "ends_at": "2026-12-01T12:00:00+08:00", "reason": "改期", "dry_run": dry_run
        })
    };
    let tried = update(&app, "clerk1", &shift, &moved(true)).expect(200).clone();
    assert_eq!(tried["people"][0]["breaks"][0]["code"], json!("overlap"));
    update(&app, "clerk1", &shift, &moved(false)).expect(200);
    assert_eq!(status(&app, &signup), json!("PLACED"));
}

#[test]
fn a_cancelled_shift_keeps_no_seat_and_gives_it_back_to_those_who_still_can() {
    let app = TestApp::new();
    let (shift, stays, elsewhere) = (morning(&app, MONDAY, 2), member(&app, 1), member(&app, 2));
    let (one, other) = (seated(&app, &shift, &stays), seated(&app, &shift, &elsewhere));
    let tag = get(&app, "clerk1", &shift).etag().to_owned();
    app.call("DELETE", &shift).user("clerk1").if_match(&tag).send().refused(409, "shift_has_people");
    act(&app, "clerk1", &shift, "cancel", &reason()).expect(200);
    seated(&app, &morning(&app, MONDAY, 1), &elsewhere);
    act(&app, "clerk1", &shift, "restore", &reason()).expect(200);
    assert_eq!((status(&app, &one), status(&app, &other)), (json!("PLACED"), json!("RELEASED")));
}

#[test]
fn a_closure_names_who_is_touched() {
    let app = TestApp::new();
    let (shift, who) = (morning(&app, MONDAY, 1), member(&app, 1));
    seated(&app, &shift, &who);
    let body = json!({"date": MONDAY, "part": "ALL", "reason": "颱風停止上班", "dry_run": true});
    let tried = app.post("/v1/calendar/closures").user("chief1").once().json(&body).send().expect(200).clone();
    assert_eq!(tried["shifts"][0]["volunteer_ids"], json!([id_of(&who)]));
}

#[test]
fn candidates_are_ranked_with_reasons() {
    let app = TestApp::new();
    let shift = with(shift(MONDAY, "08:30", "12:00", 1), "service_point", json!("HEMEI"));
    let shift = shift_at(&made(&app, "clerk1", "/v1/shifts", &shift));
    let (ready, new) = (member(&app, 1), at(&made(&app, "clerk1", "/v1/volunteers", &volunteer(2))));
    let all = items(&app, "clerk1", &format!("{shift}/candidates"));
    let place = |path: &str| all.iter().position(|one| one["volunteer_id"] == id_of(path)).unwrap();
    assert!(place(&ready) < place(&new));
    assert_eq!(all[place(&ready)]["reasons"], json!(["PREFERS_PLACE", "NO_OTHER_SHIFT"]));
    get(&app, "volunteer1", &format!("{shift}/candidates")).refused(403, "forbidden");
}
