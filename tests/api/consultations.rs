//! Legal consultation: sessions, rota, conflicts of interest, outcomes, join links, referrals.

use serde_json::{Value, json};

use crate::advised::by_clerk;
use crate::support::{FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, version};

fn id(booking: &Value) -> &str {
    booking["id"].as_str().unwrap()
}

pub fn book_against(app: &TestApp, user: &str, slot: &str, opponent: &str) -> crate::support::Answer {
    let mut body = booking(slot);
    body["answers"]["opponent"] = json!(opponent);
    app.post("/v1/bookings").user(user).once().json(&body).send()
}

#[test]
fn sessions_follow_the_plan_and_the_rota() {
    let app = TestApp::new();
    let list = app.get("/v1/consultations/sessions?from=2026-11-23&to=2026-11-29").send();
    let items = list.expect(200)["items"].as_array().unwrap().clone();
    let who: Vec<_> = items.iter().map(|s| (s["date"].as_str().unwrap(), s["adviser"]["name"].as_str().unwrap())).collect();
    assert_eq!(who, [("2026-11-23", "許律師"), ("2026-11-25", "曾律師"), ("2026-11-27", "許律師"), ("2026-11-27", "曾律師")]);
    assert_eq!(items[0]["slots"].as_array().unwrap().len(), 5);
    assert!(items[2]["slots"].as_array().unwrap().iter().all(|s| s["capacity"] == 1), "each adviser's own slots");
    app.book("citizen1", FRIDAY_9);
    let list = app.get("/v1/consultations/sessions?from=2026-11-27&to=2026-11-27").send();
    let left = |session: usize| list.expect(200)["items"][session]["slots"][0]["free"].clone();
    assert_eq!((left(0), left(1)), (json!(0), json!(1)));
    let body = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風"});
    app.post("/v1/calendar/closures").user("chief1").json(&body).send().expect(201);
    let list = app.get("/v1/consultations/sessions?from=2026-11-25&to=2026-11-25").send();
    assert_eq!(list.expect(200)["items"][0]["status"], "CANCELLED");
}

#[test]
fn a_changed_rota_turns_bookings_into_conflicts() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let advisers = app.get("/v1/consultations/advisers").user("chief1").send();
    let first = advisers.expect(200)["items"][0]["id"].clone();
    let body = json!({"adviser_ids": [first], "reason": "曾律師請假"});
    let set = |tag: &str| app.call("PUT", "/v1/consultation-rota/2026-11-25").user("chief1").if_match(tag).json(&body).send();
    assert_eq!(set("\"v0\"").expect(200)["conflicts"].as_array().unwrap().len(), 1);
    set("\"v0\"").refused(412, "version_mismatch");
    app.book("citizen2", WEDNESDAY_9);
    let unknown = json!({"adviser_ids": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "reason": "x"});
    let refused = app.call("PUT", "/v1/consultation-rota/2026-11-25").user("chief1").if_match("\"v1\"").json(&unknown).send();
    assert_eq!(refused.fields(), [("/adviser_ids/0".into(), "not_allowed".into())]);
}

#[test]
fn an_adviser_never_advises_both_sides() {
    let app = TestApp::new();
    // Wednesday's adviser hears 王示範 (citizen1) against 林示範 (citizen2).
    book_against(&app, "citizen1", WEDNESDAY_9, "林 示範").expect(201);
    app.try_book("citizen2", WEDNESDAY_930).refused(409, "slot_taken");
    // On Friday another adviser sits as well, and is the one who is given.
    let friday = app.book("citizen2", FRIDAY_9);
    app.get(&format!("/v1/bookings/{}", id(&friday))).user("adviser1").send().expect(200);
    // The other way round: whoever names a client of that adviser as the opponent.
    book_against(&app, "citizen3", "LEGAL_CONSULTATION-20261125T1000", "王示範").refused(409, "slot_taken");
    book_against(&app, "citizen3", "LEGAL_CONSULTATION-20261125T1000", "張三").expect(201);
}

#[test]
fn neither_a_hold_nor_a_move_leads_to_an_adviser_of_the_other_side() {
    let app = TestApp::new();
    book_against(&app, "citizen1", WEDNESDAY_9, "林示範").expect(201);
    let hold = |slot: &str| app.post("/v1/holds").user("citizen2").once().json(&json!({"slot_id": slot})).send();
    let with = |hold: &Value| {
        let body = json!({"hold_id": hold["id"], "contact": {"phone": "0912345678"}, "answers": {"topic": "FAMILY"}});
        app.post("/v1/bookings").user("citizen2").once().json(&body).send()
    };
    with(hold(WEDNESDAY_930).expect(201)).refused(409, "slot_taken");
    // On Friday the held seat is the barred adviser's: the other one, free again by then, is given instead.
    let other = app.book("citizen3", FRIDAY_9);
    let second = hold(FRIDAY_9);
    second.expect(201);
    let path = format!("/v1/bookings/{}:cancel", id(&other));
    app.post(&path).user("citizen3").if_match("\"v1\"").json(&json!({})).send().expect(200);
    app.clock.advance(chrono::Duration::minutes(6));
    let friday = with(&second.body);
    let friday = friday.expect(201);
    app.get(&format!("/v1/bookings/{}", id(friday))).user("adviser1").send().expect(200);
    app.book("citizen3", FRIDAY_9);
    let to = |slot: &str| {
        let path = format!("/v1/bookings/{}:reschedule", id(friday));
        app.post(&path).user("citizen2").once().if_match("\"v1\"").json(&json!({"slot_id": slot})).send()
    };
    to("LEGAL_CONSULTATION-20261125T1000").refused(409, "slot_taken");
    to("LEGAL_CONSULTATION-20261127T1030").expect(200);
}

#[test]
fn the_equal_slot_is_never_an_adviser_of_the_other_side() {
    let app = TestApp::new();
    app.set_clock("2026-11-24T09:00:00+08:00");
    book_against(&app, "citizen1", WEDNESDAY_9, "林示範").expect(201);
    let friday = app.book("citizen2", FRIDAY_9);
    let body = json!({"date": "2026-11-27", "part": "ALL", "reason": "颱風"});
    let closed = app.post("/v1/calendar/closures").user("chief1").json(&body).send();
    let conflict = &closed.expect(201)["conflicts"][0];
    assert_eq!(conflict["booking_id"], friday["id"]);
    assert_eq!(conflict["reserved_slot_id"], "LEGAL_CONSULTATION-20261130T0900", "Monday is the other adviser's");
}

#[test]
fn a_rota_is_read_with_its_version_and_names_nobody_twice_and_no_day_that_has_passed() {
    let app = TestApp::new();
    let path = "/v1/consultation-rota/2026-11-25";
    let rota = app.get(path).user("clerk1").send();
    assert_eq!((rota.expect(200)["set_by_hand"].as_bool(), version(&rota)), (Some(false), 0));
    let adviser = rota.body["adviser_ids"][0].clone();
    let set = |path: &str, tag: &str, ids: Value| {
        app.call("PUT", path).user("chief1").if_match(tag).json(&json!({"adviser_ids": ids, "reason": "調班"})).send()
    };
    let twice = set(path, "\"v0\"", json!([adviser, adviser]));
    assert_eq!(twice.fields(), [("/adviser_ids/1".into(), "unique".into())]);
    let past = set("/v1/consultation-rota/2026-11-20", "\"v0\"", json!([adviser]));
    assert_eq!(past.fields(), [("/date".into(), "range".into())]);
    set(path, rota.etag(), json!([])).expect(200);
    let rota = app.get(path).user("chief1").send();
    assert_eq!((rota.expect(200)["reason"].as_str(), version(&rota)), (Some("調班"), 1));
}

#[test]
fn answers_are_checked_by_name() {
    let app = TestApp::new();
    let mut body = booking(WEDNESDAY_9);
    body["answers"] = json!({"topic": "WEATHER"});
    let wrong = app.post("/v1/bookings").user("citizen1").once().json(&body).send();
    assert_eq!(wrong.fields(), [("/answers/topic".into(), "not_allowed".into())]);
    body["answers"] = json!({"topic": "LAND", "summary": "x".repeat(501)});
    let long = app.post("/v1/bookings").user("citizen1").once().json(&body).send();
    assert_eq!(long.fields(), [("/answers/summary".into(), "length".into())]);
    let mut body = booking("COUNTER-20261124T0900");
    body["answers"] = json!({"topic": "LAND"});
    let none = app.post("/v1/bookings").user("citizen1").once().json(&body).send();
    assert_eq!(none.fields(), [("/answers".into(), "unknown_field".into())]);
}

#[test]
fn an_outcome_is_recorded_once_from_the_start_on() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let outcome = |user: &str| {
        let body = json!({"result": "ADVISED", "minutes": 25, "note": "已說明"});
        app.post(&format!("/v1/consultations/{}/outcome", id(&booked))).user(user).if_match("*").json(&body).send()
    };
    outcome("adviser2").refused(409, "wrong_state");
    app.set_clock("2026-11-25T09:28:00+08:00");
    outcome("adviser1").refused(404, "not_found");
    assert_eq!(outcome("adviser2").expect(201)["status"], "DONE");
    outcome("adviser2").refused(409, "wrong_state");
}

#[test]
fn an_outcome_follows_a_booking_that_was_closed_at_the_desk() {
    let app = TestApp::new();
    let (done, missed) = (app.book("citizen1", WEDNESDAY_9), app.book("citizen2", WEDNESDAY_930));
    app.set_clock("2026-11-25T09:46:00+08:00");
    let act = |booking: &Value, action: &str, tag: &str| {
        app.post(&format!("/v1/bookings/{}:{action}", id(booking))).user("chief1").if_match(tag).json(&json!({})).send()
    };
    act(&missed, "no-show", "\"v1\"").expect(200);
    app.set_clock("2026-11-25T09:10:00+08:00");
    act(&done, "check-in", "\"v1\"").expect(200);
    act(&done, "complete", "\"v2\"").expect(200);
    app.set_clock("2026-11-25T09:50:00+08:00");
    let outcome = |booking: &Value, body: Value| {
        app.post(&format!("/v1/consultations/{}/outcome", id(booking))).user("adviser2").if_match("*").json(&body).send()
    };
    let silent = outcome(&done, json!({"result": "ADVISED"}));
    assert_eq!(silent.fields(), [("/minutes".into(), "required".into())]);
    outcome(&missed, json!({"result": "ADVISED", "minutes": 5})).refused(409, "wrong_state");
    assert_eq!(outcome(&done, json!({"result": "ADVISED", "minutes": 25})).expect(201)["status"], "DONE");
    let noted = outcome(&missed, json!({"result": "NO_SHOW"}));
    assert_eq!((noted.expect(201)["status"].as_str(), &noted.body["minutes"]), (Some("NO_SHOW"), &json!(0)));
    outcome(&done, json!({"result": "ADVISED", "minutes": 25})).refused(409, "wrong_state");
}

#[test]
fn an_outcome_is_struck_with_its_booking_and_recorded_anew() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.set_clock("2026-11-25T09:28:00+08:00");
    let outcome = |body: Value| {
        app.post(&format!("/v1/consultations/{}/outcome", id(&booked))).user("adviser2").if_match("*").json(&body).send()
    };
    assert_eq!(outcome(json!({"result": "NO_SHOW"})).expect(201)["status"], "NO_SHOW");
    let back = app.post(&format!("/v1/bookings/{}:take-back", id(&booked))).user("adviser2").if_match("*");
    back.json(&json!({"reason": "誤按"})).send().expect(200);
    assert_eq!(outcome(json!({"result": "ADVISED", "minutes": 25})).expect(201)["status"], "DONE");
}

#[test]
fn only_what_took_place_or_stands_bars_an_adviser_and_so_does_a_conflict_once_found() {
    let app = TestApp::new();
    let against = |user: &str, slot: &str, opponent: &str| {
        let mut body = booking(slot);
        body["answers"] = json!({"topic": "LAND", "opponent": opponent});
        app.post("/v1/bookings").user(user).once().json(&body).send()
    };
    let opponent = app.citizen_number(2);
    let booked = app.book("citizen2", WEDNESDAY_9);
    against("citizen1", WEDNESDAY_930, &opponent).refused(409, "slot_taken");
    app.post(&format!("/v1/bookings/{}:cancel", id(&booked))).user("citizen2").if_match("*").json(&json!({})).send().expect(200);
    let heard = against("citizen1", WEDNESDAY_930, &opponent);
    heard.expect(201);
    app.set_clock("2026-11-25T09:40:00+08:00");
    let found = app.post(&format!("/v1/consultations/{}/outcome", id(&heard.body))).user("adviser2").if_match("*");
    found.json(&json!({"result": "CONFLICT"})).send().expect(201);
    // On Wednesdays the same adviser sits alone, which staff are told.
    let citizen = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    by_clerk(&app, "LEGAL_CONSULTATION-20261202T0900", &citizen, None).refused(409, "adviser_conflict");
}

#[test]
fn a_missed_consultation_counts_as_a_no_show() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.set_clock("2026-11-25T09:20:00+08:00");
    let body = json!({"result": "NO_SHOW", "minutes": 0});
    let noted = app.post(&format!("/v1/consultations/{}/outcome", id(&booked))).user("clerk1").if_match("*").json(&body).send();
    assert_eq!(noted.expect(201)["status"], "NO_SHOW");
}

#[test]
fn the_join_link_works_around_the_slot_for_those_who_sit_in_it() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let address = format!("/v1/consultations/{}/join", id(&booked));
    assert_eq!(booked["join_url"], address.as_str());
    assert_eq!(app.book("citizen2", "COUNTER-20261124T0900")["join_url"], Value::Null);
    let join = |user: &str| app.get(&address).user(user).send();
    let early = join("citizen1");
    assert_eq!(early.refused(409, "link_not_open")["opens_at"], "2026-11-25T08:50:00+08:00");
    app.set_clock("2026-11-25T08:50:00+08:00");
    let mine = join("citizen1").expect(200)["join_url"].as_str().unwrap().to_owned();
    let theirs = join("adviser2").expect(200)["join_url"].as_str().unwrap().to_owned();
    let room = |url: &str| url.split('?').next().unwrap().to_owned();
    assert_eq!(room(&mine), room(&theirs));
    assert_ne!(mine, theirs, "each side has a token of its own");
    join("citizen2").refused(404, "not_found");
    app.set_clock("2026-11-25T09:40:00+08:00");
    join("citizen1").refused(409, "link_not_open");
}

#[test]
fn a_referral_offers_a_slot_at_the_town_office() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let refer = |consent: bool| {
        let body = json!({"reason": "需面談", "consent": consent});
        app.post(&format!("/v1/consultations/{}/referrals", id(&booked))).user("clerk1").once().json(&body).send()
    };
    refer(false).refused(422, "invalid");
    let made = refer(true);
    assert_eq!(made.expect(201)["slot_id"], "LEGAL_REFERRAL-20261123T0930");
    let again = refer(true);
    assert_eq!(again.refused(409, "conflict")["standing_id"], made.body["id"]);
    assert_eq!(again.body["detail"], "此諮詢已有轉介尚待答覆");
    let act = |user: &str, action: &str| {
        app.post(&format!("/v1/referrals/{}:{action}", id(&made.body))).user(user).if_match("*").send()
    };
    act("citizen2", "accept").refused(404, "not_found");
    let accepted = act("citizen1", "accept");
    assert_eq!(accepted.expect(200)["status"], "ACCEPTED");
    let desk =
        app.get(&format!("/v1/bookings/{}", accepted.body["accepted_booking_id"].as_str().unwrap())).user("citizen1").send();
    assert_eq!(desk.expect(200)["service_code"], "LEGAL_REFERRAL");
    act("citizen1", "decline").refused(409, "wrong_state");
    app.try_book("citizen2", "LEGAL_REFERRAL-20261130T0900").refused(409, "slot_not_bookable");
}

#[test]
fn nobody_holds_the_video_session_and_the_town_desk_on_one_monday() {
    let app = TestApp::new();
    app.set_clock("2026-11-24T09:00:00+08:00");
    let booked = app.book("citizen1", "LEGAL_CONSULTATION-20261130T0900");
    let body = json!({"reason": "需面談", "consent": true, "slot_id": "LEGAL_REFERRAL-20261130T1030"});
    let made = app.post(&format!("/v1/consultations/{}/referrals", id(&booked))).user("clerk1").once().json(&body).send();
    made.refused(409, "already_booked");
    // Nor by way of an offer for a Monday that was still free, or of the first free one.
    let wednesday = app.book("citizen1", WEDNESDAY_9);
    let refer = |body: Value| {
        app.post(&format!("/v1/consultations/{}/referrals", id(&wednesday))).user("clerk1").once().json(&body).send()
    };
    let later = refer(json!({"reason": "需面談", "consent": true}));
    assert_eq!(later.expect(201)["slot_id"], "LEGAL_REFERRAL-20261207T0900", "the Monday of the video session is passed over");
    app.set_clock("2026-12-01T09:00:00+08:00");
    app.sql("UPDATE referrals SET offer_expires_at = '2026-12-06 00:00:00'; UPDATE claims SET expires_at = '2026-12-06 00:00:00' WHERE holder_kind = 'OFFER'");
    app.book("citizen1", "LEGAL_CONSULTATION-20261207T0930");
    let accept = app.post(&format!("/v1/referrals/{}:accept", id(&later.body))).user("citizen1").if_match("*").send();
    accept.refused(409, "already_booked");
}

#[test]
fn a_taken_desk_answers_with_alternatives() {
    let app = TestApp::new();
    let refer = |user: &str, slot: &str| {
        let booked = app.book(user, slot);
        let body = json!({"reason": "需面談", "consent": true, "slot_id": "LEGAL_REFERRAL-20261130T0900"});
        app.post(&format!("/v1/consultations/{}/referrals", id(&booked))).user("clerk1").once().json(&body).send()
    };
    refer("citizen1", WEDNESDAY_9).expect(201);
    let second = refer("citizen2", FRIDAY_9);
    assert_eq!(second.refused(409, "slot_taken")["alternatives"][0]["id"], "LEGAL_REFERRAL-20261130T0930");
    let booked = app.book("citizen3", "LEGAL_CONSULTATION-20261125T0930");
    let body = json!({"reason": "需面談", "consent": true, "slot_id": FRIDAY_9});
    let wrong = app.post(&format!("/v1/consultations/{}/referrals", id(&booked))).user("clerk1").once().json(&body).send();
    wrong.refused(409, "slot_not_bookable");
}

#[test]
fn single_referrals_are_read_by_their_person_with_a_tag() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let body = json!({"reason": "需面談", "consent": true});
    let made = app.post(&format!("/v1/consultations/{}/referrals", id(&booked))).user("clerk1").once().json(&body).send();
    let path = format!("/v1/referrals/{}", id(made.expect(201)));
    app.get(&path).user("citizen2").send().refused(404, "not_found");
    let read = app.get(&path).user("citizen1").send();
    assert_eq!((read.expect(200)["status"].as_str(), version(&read)), (Some("OFFERED"), 1));
    let decline = |tag: &str| app.post(&format!("{path}:decline")).user("citizen1").if_match(tag).send();
    decline("\"v7\"").refused(412, "version_mismatch");
    let declined = decline("\"v1\"");
    declined.expect(200);
    assert_eq!((version(&declined), version(&app.get(&path).user("clerk1").send())), (2, 2));
}

#[test]
fn a_referral_expires_by_itself() {
    let app = TestApp::new();
    app.set_clock("2026-11-24T09:00:00+08:00");
    let booked = app.book("citizen1", WEDNESDAY_9);
    let body = json!({"reason": "需面談", "consent": true});
    let made = app.post(&format!("/v1/consultations/{}/referrals", id(&booked))).user("clerk1").once().json(&body).send();
    made.expect(201);
    app.advance(chrono::Duration::hours(49));
    app.tick();
    let list = app.get("/v1/referrals?status=EXPIRED").user("citizen1").send();
    assert_eq!(list.expect(200)["items"].as_array().unwrap().len(), 1);
    app.post(&format!("/v1/referrals/{}:accept", id(&made.body)))
        .user("citizen1")
        .if_match("*")
        .send()
        .refused(409, "wrong_state");
}
