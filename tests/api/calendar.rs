//! Days, closures, days set by hand, deadlines.

use serde_json::json;

use crate::support::{TestApp, WEDNESDAY_9};

#[test]
fn days_are_those_of_the_government_and_the_office() {
    let app = TestApp::new();
    let days = app.get("/v1/calendar/days?from=2026-11-27&to=2026-11-30").send();
    let items = days.expect(200)["items"].as_array().unwrap();
    let kinds: Vec<_> = items.iter().map(|d| d["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["WORKDAY", "EXTENDED", "REST", "WORKDAY"]);
    assert_eq!(items[0]["roc_date"], "115-11-27");
    assert!(items[0]["opens"].as_str().unwrap().starts_with("08:00"));
    let future = app.get("/v1/calendar/days?from=2031-06-02&to=2031-06-02").send();
    assert_eq!(future.expect(200)["items"][0]["provisional"], true);
    app.get("/v1/calendar/days?from=2026-01-01&to=2028-01-01").send().refused(400, "invalid_parameter");
    app.get("/v1/calendar/days?from=2026-02-30").send().refused(400, "invalid_parameter");
}

#[test]
fn deadlines_follow_the_administrative_procedure_act() {
    let app = TestApp::new();
    let due = |query: &str| {
        let answer = app.get(&format!("/v1/deadlines/preview?{query}")).send();
        answer.expect(200)["due_at"].as_str().unwrap().to_owned()
    };
    assert_eq!(due("from=2026-11-23&rule=5D"), "2026-11-30T12:00:00+08:00");
    assert_eq!(due("from=2026-11-23&rule=7WD"), "2026-12-02T23:59:59+08:00");
    assert_eq!(due("from=2026-11-23&rule=BIRTH"), "2027-01-22T23:59:59+08:00");
    app.get("/v1/deadlines/preview?from=2026-11-23&rule=0D").send().refused(400, "invalid_parameter");
}

#[test]
fn a_closure_is_tried_made_worked_off_and_undone() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let id = booked["id"].as_str().unwrap();
    let path = format!("/v1/bookings/{id}");
    let close = |dry_run: bool| {
        let body = json!({"date": "2026-11-25", "part": "AM", "reason": "颱風停止上班", "dry_run": dry_run});
        app.post("/v1/calendar/closures").user("chief1").json(&body).send()
    };
    let trial = close(true);
    assert_eq!(trial.expect(200)["conflicts"][0]["booking_id"], id);
    assert_eq!(trial.body["conflicts"][0]["reserved_slot_id"], "LEGAL_CONSULTATION-20261127T0900");
    assert!(app.get(&path).user("citizen1").send().expect(200)["conflict"].is_null(), "a trial changes nothing");

    let closed = close(false);
    assert_eq!(closed.expect(201)["conflicts"][0]["reserved_slot_id"], "LEGAL_CONSULTATION-20261127T0900");
    close(false).refused(409, "conflict");
    let note = app.get(&path).user("citizen1").send();
    assert_eq!(note.expect(200)["conflict"]["cause"], "CLOSURE");
    let slots = app.get("/v1/slots?service=LEGAL_CONSULTATION&from=2026-11-25&to=2026-11-25&include_full=true").send();
    assert_eq!(slots.expect(200)["items"], json!([]));
    let open = app.get("/v1/booking-conflicts?resolved=false").user("clerk1").send();
    assert_eq!(open.expect(200)["items"].as_array().unwrap().len(), 1);

    // Two advisers sit on Friday. The place kept for this booking is nobody else's, and its own to take.
    app.try_book("citizen3", "LEGAL_CONSULTATION-20261127T0900").expect(201);
    app.try_book("citizen2", "LEGAL_CONSULTATION-20261127T0900").refused(409, "slot_taken");
    let to = json!({"slot_id": "LEGAL_CONSULTATION-20261127T0900"});
    let moved = app.post(&format!("{path}:reschedule")).user("citizen1").once().if_match(note.etag()).json(&to).send();
    assert!(moved.expect(200)["conflict"].is_null());

    let undo = app.call("DELETE", &closed.headers["location"]).user("chief1").send();
    assert_eq!(undo.status, 204);
    app.try_book("citizen2", WEDNESDAY_9).expect(201);
}

#[test]
fn undoing_a_closure_gives_back_the_slot_and_frees_the_one_kept() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let body = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風"});
    let closed = app.post("/v1/calendar/closures").user("director1").json(&body).send();
    closed.expect(201);
    let undo = || app.call("DELETE", &closed.headers["location"]).user("director1").send();
    assert_eq!(undo().status, 204);
    undo().refused(404, "not_found");
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    assert!(app.get(&path).user("citizen1").send().expect(200)["conflict"].is_null());
    app.try_book("citizen2", "LEGAL_CONSULTATION-20261127T0900").expect(201);
    app.try_book("citizen3", WEDNESDAY_9).refused(409, "slot_taken");
}

#[test]
fn a_branch_closure_leaves_the_office_open() {
    let app = TestApp::new();
    let body = json!({"date": "2026-11-25", "part": "ALL", "area": "XIANXI", "reason": "停電"});
    let closed = app.post("/v1/calendar/closures").user("chief1").json(&body).send();
    assert_eq!(closed.expect(201)["conflicts"], json!([]));
    app.try_book("citizen1", WEDNESDAY_9).expect(201);
    let nowhere = json!({"date": "2026-11-25", "part": "ALL", "area": "TAIPEI", "reason": "停電"});
    app.post("/v1/calendar/closures").user("chief1").json(&nowhere).send().refused(422, "invalid");
}

#[test]
fn a_day_set_by_hand_has_a_version_and_a_reason() {
    let app = TestApp::new();
    let body = json!({"kind": "HOLIDAY", "reason": "地方慶典"});
    let set = |tag: &str| app.call("PUT", "/v1/calendar/days/2026-11-25").user("chief1").if_match(tag).json(&body).send();
    app.call("PUT", "/v1/calendar/days/2026-11-25").user("chief1").json(&body).send().refused(428, "precondition_required");
    assert_eq!(set("\"v0\"").expect(200)["day"]["kind"], "HOLIDAY");
    set("\"v0\"").refused(412, "version_mismatch");
    set("\"v1\"").expect(200);
    app.try_book("citizen1", WEDNESDAY_9).refused(409, "slot_not_bookable");
}
