//! The booking engine: slots, holds, bookings, waiting list, suspensions, calendars.

use serde_json::{Value, json};

use crate::support::{FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, person};

fn path(booking: &Value) -> String {
    format!("/v1/bookings/{}", booking["id"].as_str().unwrap())
}

fn slots(app: &TestApp, query: &str) -> Vec<Value> {
    app.get(&format!("/v1/slots?service=LEGAL_CONSULTATION&{query}")).send().expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn slots_follow_the_rule_of_the_plan() {
    let app = TestApp::new();
    let all = slots(&app, "from=2026-11-23&to=2026-11-29&include_full=true");
    let ids: Vec<_> = all.iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 15, "Monday, Wednesday, Friday, five slots of half an hour each: {ids:?}");
    assert_eq!((ids[0], ids[14]), ("LEGAL_CONSULTATION-20261123T0900", "LEGAL_CONSULTATION-20261127T1100"));
    let open = slots(&app, "from=2026-11-23&to=2026-11-29");
    assert_eq!(open.len(), 10, "Monday's booking closed on Sunday at 15:00");
    let friday: Vec<_> = open.iter().filter(|s| s["starts_at"].as_str().unwrap().starts_with("2026-11-27")).collect();
    assert!(friday.iter().all(|s| s["capacity"] == 2), "two advisers sit on Fridays");
    app.get("/v1/slots?service=NOTHING").send().refused(400, "invalid_parameter");
}

#[test]
fn the_window_opens_seven_days_before_and_closes_the_day_before_at_three() {
    let app = TestApp::new();
    app.set_clock("2026-11-24T14:59:59+08:00");
    app.try_book("citizen1", WEDNESDAY_9).expect(201);
    app.set_clock("2026-11-24T15:00:00+08:00");
    let late = app.try_book("citizen2", WEDNESDAY_930);
    assert_eq!(late.refused(409, "slot_not_bookable")["errors"][0]["code"], "before_cut_off");
    app.book_for(1, WEDNESDAY_930).expect(201);
    let early = app.try_book("citizen2", "LEGAL_CONSULTATION-20261202T0900");
    assert_eq!(early.refused(409, "slot_not_bookable")["errors"][0]["code"], "window_open");
    app.set_clock("2026-11-25T00:00:00+08:00");
    app.try_book("citizen2", "LEGAL_CONSULTATION-20261202T0900").expect(201);
}

#[test]
fn a_taken_slot_answers_with_alternatives() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let refused = app.try_book("citizen2", WEDNESDAY_9);
    let alternatives = refused.refused(409, "slot_taken")["alternatives"].as_array().unwrap();
    assert_eq!(alternatives[0]["id"], WEDNESDAY_930);
    app.book("citizen2", alternatives[0]["id"].as_str().unwrap());
}

#[test]
fn a_person_has_one_slot_a_day() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    app.try_book("citizen1", WEDNESDAY_930).refused(409, "already_booked");
    app.book("citizen1", FRIDAY_9);
}

#[test]
fn a_booking_says_where_it_came_from_and_hides_who_it_is_for() {
    let app = TestApp::new();
    let booked = app.book_for(5, WEDNESDAY_9);
    let booked = booked.expect(201);
    assert_eq!((booked["channel"].as_str(), booked["person"]["name"].as_str()), (Some("PHONE"), Some("測○戊")));
    assert_eq!(booked["contact"]["phone"], "0912***678");
    assert_eq!(booked["policy"]["late_minutes"], 15);
    let mut body = booking(FRIDAY_9);
    body["channel"] = json!("PHONE");
    app.post("/v1/bookings").user("citizen1").once().json(&body).send().refused(422, "invalid");
    body["channel"] = json!("COUNTER");
    let nobody = app.post("/v1/bookings").user("clerk1").once().json(&body).send();
    assert_eq!(nobody.fields(), [("/person".into(), "required".into())]);
    body["contact"] = json!({});
    body["person"] = person(6);
    let unreachable = app.post("/v1/bookings").user("clerk1").once().json(&body).send();
    assert_eq!(unreachable.fields(), [("/contact".into(), "required".into())]);
    body["contact"] = json!({"none_reason": "獨居長者，無電話"});
    app.post("/v1/bookings").user("clerk1").once().json(&body).send().expect(201);
}

#[test]
fn people_see_their_own_bookings_only() {
    let app = TestApp::new();
    let first = app.book("citizen1", WEDNESDAY_9);
    app.book("citizen2", WEDNESDAY_930);
    app.get(&path(&first)).user("citizen1").send().expect(200);
    app.get(&path(&first)).user("citizen2").send().refused(404, "not_found");
    app.get(&path(&first)).user("adviser1").send().refused(404, "not_found");
    app.get(&path(&first)).user("adviser2").send().expect(200);
    let count = |user: &str| app.get("/v1/bookings?include_total=true").user(user).send().expect(200)["total"].clone();
    assert_eq!(
        (count("citizen1"), count("clerk1"), count("adviser1"), count("adviser2")),
        (json!(1), json!(2), json!(0), json!(2))
    );
    let cancel = app.post(&format!("{}:cancel", path(&first))).user("citizen2").if_match("\"v1\"").json(&json!({})).send();
    cancel.refused(404, "not_found");
}

#[test]
fn a_hold_keeps_the_slot_until_it_is_booked_or_expires() {
    let app = TestApp::new();
    let hold = |user: &str, slot: &str| app.post("/v1/holds").user(user).once().json(&json!({"slot_id": slot})).send();
    let held = hold("citizen1", WEDNESDAY_9);
    assert_eq!(held.expect(201)["expires_at"], "2026-11-23T09:10:00+08:00");
    hold("citizen2", WEDNESDAY_9).refused(409, "slot_taken");
    app.try_book("citizen2", WEDNESDAY_9).refused(409, "slot_taken");
    let with = |hold: &Value| {
        let mut body = booking(WEDNESDAY_9);
        body.as_object_mut().unwrap().remove("slot_id");
        body["hold_id"] = hold["id"].clone();
        body
    };
    let stranger = app.post("/v1/bookings").user("citizen2").once().json(&with(&held.body)).send();
    stranger.refused(409, "hold_expired");
    app.post("/v1/bookings").user("citizen1").once().json(&with(&held.body)).send().expect(201);

    let second = hold("citizen3", WEDNESDAY_930);
    second.expect(201);
    app.clock.advance(chrono::Duration::minutes(11));
    app.book("citizen4", WEDNESDAY_930);
    let late = app.post("/v1/bookings").user("citizen3").once().json(&with(&second.body)).send();
    late.refused(409, "hold_expired");
}

#[test]
fn a_hold_given_back_is_free_at_once_and_three_are_enough() {
    let app = TestApp::new();
    let hold = |slot: &str| app.post("/v1/holds").user("citizen1").once().json(&json!({"slot_id": slot})).send();
    let first = hold(WEDNESDAY_9);
    first.expect(201);
    let back = || app.call("DELETE", &first.headers["location"]).user("citizen1").if_match(first.etag()).send();
    assert_eq!(back().status, 204);
    app.book("citizen2", WEDNESDAY_9);
    // Sent again it is answered alike, and does nothing; to another it is no hold of theirs.
    assert_eq!(back().status, 204);
    app.tick();
    assert_eq!(back().status, 204);
    app.get(&first.headers["location"]).user("citizen1").send().refused(404, "not_found");
    let others = app.call("DELETE", &first.headers["location"]).user("citizen3").if_match(first.etag()).send();
    others.refused(404, "not_found");
    let told = app.get("/v1/audit-log?action=hold.deleted").user("director1").send().expect(200)["items"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1);
    for time in ["0930", "1000", "1030"] {
        hold(&format!("LEGAL_CONSULTATION-20261125T{time}")).expect(201);
    }
    hold("LEGAL_CONSULTATION-20261125T1100").refused(409, "conflict");
}

#[test]
fn a_move_keeps_number_and_history_and_frees_the_old_slot() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.book("citizen2", WEDNESDAY_930);
    let to = |slot: &str, tag: &str| {
        let call = app.post(&format!("{}:reschedule", path(&booked))).user("citizen1").once().if_match(tag);
        call.json(&json!({"slot_id": slot})).send()
    };
    to(WEDNESDAY_930, "\"v1\"").refused(409, "slot_taken");
    assert_eq!(app.get(&path(&booked)).user("citizen1").send().expect(200)["slot_id"], WEDNESDAY_9, "the old slot is kept");
    let moved = to(FRIDAY_9, "\"v1\"");
    let moved = moved.expect(200);
    assert_eq!((&moved["number"], moved["slot_id"].as_str()), (&booked["number"], Some(FRIDAY_9)));
    let history: Vec<_> = moved["history"].as_array().unwrap().iter().map(|h| h["status"].as_str().unwrap()).collect();
    assert_eq!(history, ["BOOKED", "MOVED", "BOOKED"]);
    // The day is free again, the slot after its rest.
    app.try_book("citizen3", WEDNESDAY_9).refused(409, "slot_taken");
    app.clock.advance(chrono::Duration::minutes(6));
    app.book("citizen3", WEDNESDAY_9);
    to("LEGAL_CONSULTATION-20261127T0901", "\"v2\"").refused(409, "slot_not_bookable");
    to("COUNTER-20261127T0900", "\"v2\"").refused(422, "invalid");
}

#[test]
fn cancelling_has_its_notice_and_is_done_once() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let cancel = |user: &str, tag: &str| {
        app.post(&format!("{}:cancel", path(&booked))).user(user).if_match(tag).json(&json!({"reason": "臨時有事"})).send()
    };
    app.set_clock("2026-11-25T07:30:00+08:00");
    cancel("citizen1", "\"v1\"").refused(409, "wrong_state");
    cancel("clerk1", "\"v1\"").expect(200);
    assert_eq!(cancel("clerk1", "\"v2\"").refused(409, "wrong_state")["allowed_actions"], json!(["reinstate"]));
}

#[test]
fn a_day_at_the_desk_goes_from_check_in_to_done() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let act = |action: &str, tag: &str| {
        app.post(&format!("{}:{action}", path(&booked))).user("clerk1").if_match(tag).json(&json!({})).send()
    };
    act("check-in", "\"v1\"").refused(409, "wrong_state");
    act("complete", "\"v1\"").refused(409, "wrong_state");
    app.set_clock("2026-11-25T09:10:00+08:00");
    act("no-show", "\"v1\"").refused(409, "wrong_state");
    assert_eq!(act("check-in", "\"v1\"").expect(200)["status"], "CHECKED_IN");
    assert_eq!(act("complete", "\"v2\"").expect(200)["status"], "DONE");
    app.set_clock("2026-11-25T09:50:00+08:00");
    assert_eq!(act("no-show", "\"v3\"").refused(409, "wrong_state")["allowed_actions"], json!(["take-back"]));
}

#[test]
fn what_was_noted_by_mistake_is_taken_back_with_a_reason() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.set_clock("2026-11-25T09:10:00+08:00");
    let act = |user: &str, action: &str, body: Value| {
        app.post(&format!("{}:{action}", path(&booked))).user(user).if_match("*").json(&body).send()
    };
    let why = || json!({"reason": "誤按"});
    act("clerk1", "check-in", json!({})).expect(200);
    assert_eq!(act("clerk1", "take-back", json!({})).fields(), [("/reason".into(), "required".into())]);
    act("citizen1", "take-back", why()).refused(403, "forbidden");
    assert_eq!(act("clerk1", "take-back", why()).expect(200)["status"], "BOOKED");
    act("clerk1", "take-back", why()).refused(409, "wrong_state");
    // Over video nobody stands at the counter: it may be completed without a check-in.
    assert_eq!(act("clerk1", "complete", json!({})).expect(200)["status"], "DONE");
    assert_eq!(act("clerk1", "take-back", why()).expect(200)["status"], "BOOKED");
    app.set_clock("2026-11-25T09:20:00+08:00");
    act("clerk1", "no-show", json!({})).expect(200);
    let back = act("chief1", "take-back", why());
    assert_eq!(back.expect(200)["allowed_actions"], json!(["reschedule", "cancel", "complete", "no-show"]));
    let history = app.get(&path(&booked)).user("clerk1").send().expect(200)["history"].clone();
    let lines: Vec<(&str, &str)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["status"].as_str().unwrap(), line["reason"].as_str().unwrap()))
        .collect();
    let by_mistake = ("BOOKED", "誤按");
    let expected = [("BOOKED", ""), ("CHECKED_IN", ""), by_mistake, ("DONE", ""), by_mistake, ("NO_SHOW", ""), by_mistake];
    assert_eq!(lines, expected);
    // The day is the person's again, as it was before.
    let id = booked["id"].as_str().unwrap();
    assert!(app.contents()["claims"].iter().any(|row| row.contains(id)));
}

#[test]
fn a_suspension_falls_with_a_no_show_on_which_it_rests() {
    let app = TestApp::new();
    let mut missed = Vec::new();
    for day in ["25", "27", "30"] {
        let booked = app.book("citizen1", &format!("LEGAL_CONSULTATION-202611{day}T0900"));
        app.set_clock(&format!("2026-11-{day}T09:20:00+08:00"));
        app.post(&format!("{}:no-show", path(&booked))).user("clerk1").if_match("*").json(&json!({})).send().expect(200);
        missed.push(booked);
    }
    let last = app.book("citizen1", "LEGAL_CONSULTATION-20261202T0900");
    app.set_clock("2026-12-02T09:20:00+08:00");
    let no_show = || app.post(&format!("{}:no-show", path(&last))).user("clerk1").if_match("*").json(&json!({})).send();
    let take_back = |booking: &Value| {
        let path = format!("{}:take-back", path(booking));
        app.post(&path).user("clerk1").if_match("*").json(&json!({"reason": "當事人已到場"})).send()
    };
    no_show().expect(200);
    let slot = "LEGAL_CONSULTATION-20261204T0900";
    app.try_book("citizen1", slot).refused(409, "booking_suspended");
    take_back(&missed[0]).expect(200);
    let lifted = app.get("/v1/audit-log?action=booking.suspension_lifted").user("director1").send();
    assert_eq!(lifted.expect(200)["items"].as_array().unwrap().len(), 1);
    // The other three still count: with one more there are four again.
    take_back(&last).expect(200);
    no_show().expect(200);
    app.book("citizen1", slot);
    app.set_clock("2026-12-04T09:20:00+08:00");
    let booked =
        app.get("/v1/bookings?status=BOOKED&from=2026-12-04&to=2026-12-04").user("citizen1").send().body["items"][0].clone();
    app.post(&format!("{}:no-show", path(&booked))).user("clerk1").if_match("*").json(&json!({})).send().expect(200);
    app.try_book("citizen1", "LEGAL_CONSULTATION-20261207T0900").refused(409, "booking_suspended");
}

#[test]
fn the_fourth_no_show_suspends_online_booking_for_six_months() {
    let app = TestApp::new();
    for day in ["25", "27", "30"] {
        let slot = format!("LEGAL_CONSULTATION-202611{day}T0900");
        let booked = app.book("citizen1", &slot);
        app.set_clock(&format!("2026-11-{day}T09:20:00+08:00"));
        let missed = app.post(&format!("{}:no-show", path(&booked))).user("clerk1").if_match("\"v1\"").json(&json!({})).send();
        missed.expect(200);
    }
    let booked = app.book("citizen1", "LEGAL_CONSULTATION-20261202T0900");
    app.set_clock("2026-12-02T09:20:00+08:00");
    app.post(&format!("{}:no-show", path(&booked))).user("clerk1").if_match("\"v1\"").json(&json!({})).send().expect(200);
    app.try_book("citizen1", "LEGAL_CONSULTATION-20261204T0900").refused(409, "booking_suspended");
    let why = app.get("/v1/slots/explain?service=LEGAL_CONSULTATION&at=2026-12-04T09:00:00%2B08:00").user("citizen1").send();
    let rules = why.expect(200)["rules"].as_array().unwrap().clone();
    assert_eq!(rules.iter().find(|r| r["rule"] == "not_suspended").unwrap()["passed"], false);
    app.set_clock("2027-06-03T09:00:00+08:00");
    app.try_book("citizen1", "LEGAL_CONSULTATION-20270604T0900").expect(201);
}

#[test]
fn a_freed_slot_goes_to_the_first_who_waits_and_then_to_the_next() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let wait = |user: &str| {
        let body = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25"});
        app.post("/v1/waitlist").user(user).once().json(&body).send()
    };
    let (first, second) = (wait("citizen2"), wait("citizen3"));
    first.expect(201);
    second.expect(201);
    wait("citizen2").refused(409, "already_waiting");
    app.post(&format!("{}:cancel", path(&booked))).user("citizen1").if_match("\"v1\"").json(&json!({})).send().expect(200);
    let entry = |user: &str| app.get("/v1/waitlist").user(user).send().expect(200)["items"][0].clone();
    assert_eq!(
        (entry("citizen2")["status"].as_str(), entry("citizen2")["offered_slot_id"].as_str()),
        (Some("OFFERED"), Some(WEDNESDAY_9))
    );
    assert_eq!(entry("citizen3")["status"], "WAITING");
    app.try_book("citizen3", WEDNESDAY_9).refused(409, "slot_taken");

    app.advance(chrono::Duration::minutes(121));
    app.tick();
    assert_eq!((entry("citizen2")["status"].as_str(), entry("citizen3")["status"].as_str()), (Some("EXPIRED"), Some("OFFERED")));
    app.try_book("citizen4", WEDNESDAY_9).refused(409, "slot_taken");
    app.book("citizen3", WEDNESDAY_9);
    assert_eq!(entry("citizen3")["status"], "TAKEN");
}

#[test]
fn leaving_the_waiting_list_passes_the_offer_on() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let body = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-27"});
    let entry = app.post("/v1/waitlist").user("citizen2").once().json(&body).send();
    app.post(&format!("{}:cancel", path(&booked))).user("citizen1").if_match("\"v1\"").json(&json!({})).send().expect(200);
    let leave = |user: &str| app.call("DELETE", &entry.headers["location"]).user(user).if_match("*").send();
    leave("citizen3").refused(404, "not_found");
    assert_eq!(leave("citizen2").status, 204);
    app.book("citizen3", WEDNESDAY_9);
    assert_eq!((leave("citizen2").status, leave("clerk1").status), (204, 204), "they wait no more, whoever says so again");
    leave("citizen3").refused(404, "not_found");
    let told = app.get("/v1/audit-log?action=waitlist.left").user("director1").send().expect(200)["items"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1);
    let far = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2027-11-27"});
    app.post("/v1/waitlist").user("citizen2").once().json(&far).send().refused(422, "invalid");
}

#[test]
fn every_rule_is_explained_with_the_next_bookable_times() {
    let app = TestApp::new();
    let explain = |at: &str| app.get(&format!("/v1/slots/explain?service=LEGAL_CONSULTATION&at={at}")).send().expect(200).clone();
    let tuesday = explain("2026-11-24T09:00:00%2B08:00");
    assert_eq!(tuesday["bookable"], false);
    let failed: Vec<_> =
        tuesday["rules"].as_array().unwrap().iter().filter(|r| r["passed"] == false).map(|r| r["rule"].clone()).collect();
    assert_eq!(failed, [json!("slot_exists")]);
    assert_eq!(tuesday["next"][0]["id"], WEDNESDAY_9);
    let wednesday = explain("2026-11-25T01:00:00Z");
    assert_eq!((wednesday["bookable"].as_bool(), wednesday["slot_id"].as_str()), (Some(true), Some(WEDNESDAY_9)));
    app.book("citizen1", WEDNESDAY_9);
    assert_eq!(explain("2026-11-25T09:00:00%2B08:00")["bookable"], false);
}

#[test]
fn number_and_secret_open_one_booking_and_no_other() {
    let app = TestApp::new();
    let mine = app.book_for(1, WEDNESDAY_9).expect(201).clone();
    let other = app.book_for(2, WEDNESDAY_930).expect(201).clone();
    let look = |number: &Value, secret: &Value| {
        app.post("/v1/bookings:lookup").json(&json!({"number": number, "secret": secret})).send()
    };
    look(&mine["number"], &other["secret"]).refused(404, "not_found");
    let found = look(&mine["number"], &mine["secret"]);
    let token = found.expect(200)["access_token"].as_str().unwrap().to_owned();
    app.get(&path(&mine)).bearer(&token).send().expect(200);
    app.get(&path(&other)).bearer(&token).send().refused(404, "not_found");
    app.get("/v1/bookings").bearer(&token).send().refused(403, "forbidden");
    let moved = app
        .post(&format!("{}:reschedule", path(&mine)))
        .bearer(&token)
        .once()
        .if_match("\"v1\"")
        .json(&json!({"slot_id": FRIDAY_9}))
        .send();
    moved.expect(200);
    app.post(&format!("{}:cancel", path(&mine))).bearer(&token).if_match("\"v2\"").json(&json!({})).send().expect(200);
}

#[test]
fn calendars_keep_their_uid_and_count_their_sequence() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let ics = || app.get(&format!("{}/calendar.ics", path(&booked))).user("citizen1").send();
    let line = |text: &str, name: &str| text.lines().find(|l| l.starts_with(name)).unwrap_or_default().to_owned();
    let first = ics();
    assert!(first.headers["content-type"].starts_with("text/calendar"));
    assert_eq!(line(&first.text, "DTSTART"), "DTSTART:20261125T010000Z");
    assert_eq!((line(&first.text, "SEQUENCE"), line(&first.text, "METHOD")), ("SEQUENCE:0".into(), "METHOD:PUBLISH".into()));
    assert!(!first.text.contains('王'), "the calendar names no person");
    app.post(&format!("{}:cancel", path(&booked))).user("citizen1").if_match("\"v1\"").json(&json!({})).send().expect(200);
    let last = ics();
    assert_eq!(line(&last.text, "UID"), line(&first.text, "UID"));
    assert_eq!((line(&last.text, "SEQUENCE"), line(&last.text, "METHOD")), ("SEQUENCE:1".into(), "METHOD:CANCEL".into()));
    assert_eq!(line(&last.text, "STATUS"), "STATUS:CANCELLED");

    app.book("citizen2", WEDNESDAY_930);
    let own = app.post("/v1/me/calendar-token").user("adviser2").send();
    let url = own.expect(200)["url"].as_str().unwrap().to_owned();
    assert_eq!(app.get(&url).send().text.matches("BEGIN:VEVENT").count(), 2, "the adviser's sessions, the cancelled one too");
    let newer = app.post("/v1/me/calendar-token").user("adviser2").send();
    app.get(&url).send().refused(404, "not_found");
    assert_eq!(app.get(newer.body["url"].as_str().unwrap()).send().status, 200);
}

#[test]
fn changed_hours_list_conflicts_and_leave_the_bookings_policy() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let service = app.get("/v1/services/LEGAL_CONSULTATION").send();
    let mut changed = service.body.clone();
    changed["booking"]["weekly"] =
        json!([{"day": "WED", "from": "14:00:00", "to": "16:00:00"}, {"day": "FRI", "from": "09:00:00", "to": "11:30:00"}]);
    changed["booking"]["late_minutes"] = json!(5);
    let put = |dry_run: bool, tag: &str, service: &Value| {
        let body = json!({"service": service, "dry_run": dry_run});
        app.call("PUT", "/v1/services/LEGAL_CONSULTATION").user("chief1").if_match(tag).json(&body).send()
    };
    let trial = put(true, "\"v1\"", &changed);
    assert_eq!(trial.expect(200)["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!(slots(&app, "from=2026-11-25&to=2026-11-25").len(), 4, "a trial changes nothing");
    let real = put(false, "\"v1\"", &changed);
    assert_eq!(real.expect(200)["conflicts"][0]["reserved_slot_id"], "LEGAL_CONSULTATION-20261125T1400");
    let kept = app.get(&path(&booked)).user("citizen1").send();
    assert_eq!(kept.expect(200)["policy"]["late_minutes"], 15);
    assert_eq!(kept.body["conflict"]["cause"], "HOURS");
    changed["booking"]["slot_minutes"] = json!(20);
    put(false, "\"v2\"", &changed).refused(422, "invalid");
}
