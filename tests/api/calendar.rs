//! Days, closures, days set by hand, deadlines.

use serde_json::json;

use crate::contract::example_of;
use crate::support::{TestApp, WEDNESDAY_9, version};

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
    let rule = |query: &str| app.get(&format!("/v1/deadlines/preview?{query}")).send().expect(200)["rule"].clone();
    let rules = ["ADDRESS_CHANGE", "INQUIRY", "SUGGESTION", "REPORT", "RIGHTS", "PETITION_INQUIRY", "GENERAL"];
    assert_eq!(rules.map(|name| rule(&format!("from=2026-11-23&rule={name}"))), ["30D", "7WD", "15D", "30D", "30D", "7WD", "2M"]);
    assert_eq!(rule("from=2018-03-01&rule=BIRTH"), "60D", "a type also counts for days before its first version");
    let provisional =
        |from: &str| app.get(&format!("/v1/deadlines/preview?from={from}&rule=30D")).send().body["provisional"].clone();
    assert_eq!(["2026-11-23", "2027-12-20", "2031-06-02"].map(provisional), [false, true, true]);
    app.get("/v1/deadlines/preview?from=2026-11-23&rule=TRANSCRIPT").send().refused(400, "invalid_parameter");
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
    let hit = &trial.expect(200)["bookings"][0];
    assert_eq!((&hit["id"], &hit["number"]), (&booked["id"], &booked["number"]));
    assert_eq!((&trial.body["shifts"], &trial.body["deadlines"]), (&json!([]), &json!([])));
    assert_eq!(trial.expect(200)["conflicts"][0]["booking_id"], id);
    assert_eq!(trial.body["conflicts"][0]["reserved_slot_id"], "LEGAL_CONSULTATION-20261127T0900");
    assert!(app.get(&path).user("citizen1").send().expect(200)["conflict"].is_null(), "a trial changes nothing");

    let closed = close(false);
    assert_eq!(closed.expect(201)["conflicts"][0]["reserved_slot_id"], "LEGAL_CONSULTATION-20261127T0900");
    let again = close(false);
    assert_eq!(again.refused(409, "conflict")["standing_id"], closed.body["id"]);
    assert_eq!(again.body["detail"], "該日該時段已公告停止上班");
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

    let undo = app.call("DELETE", &closed.headers["location"]).user("chief1").if_match(closed.etag()).send();
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
    let undo = || app.call("DELETE", &closed.headers["location"]).user("director1").if_match("\"v1\"").send();
    app.call("DELETE", &closed.headers["location"]).user("director1").send().refused(428, "precondition_required");
    assert_eq!(undo().status, 204);
    assert_eq!(undo().status, 204, "sent again it does nothing");
    let told = app.get("/v1/audit-log?action=closure.withdrawn").user("director1").send().expect(200)["items"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1);
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
    let read = || app.get("/v1/calendar/days/2026-11-25").send();
    let before = read();
    assert_eq!((before.expect(200)["kind"].as_str(), before.etag().starts_with("\"v1.")), (Some("HOLIDAY"), true));
    set(before.etag()).expect(200);
    set(before.etag()).refused(412, "version_mismatch");
    let body = json!({"date": "2026-11-27", "part": "AM", "reason": "颱風"});
    let friday = || app.get("/v1/calendar/days/2026-11-27").send();
    let open = friday();
    app.post("/v1/calendar/closures").user("chief1").json(&body).send().expect(201);
    assert_ne!(friday().etag(), open.etag(), "what is shown has changed, though nothing was set");
    app.get("/v1/calendar/days/9999-01-01").send().refused(404, "not_found");
    app.try_book("citizen1", WEDNESDAY_9).refused(409, "slot_not_bookable");
}

#[test]
fn a_day_without_office_hours_takes_none() {
    let app = TestApp::new();
    for kind in ["REST", "HOLIDAY", "CLOSURE"] {
        let body = json!({"kind": kind, "opens": "08:00:00", "closes": "12:00:00", "reason": "地方慶典"});
        let set = app.call("PUT", "/v1/calendar/days/2026-11-25").user("chief1").if_match("\"v0\"").json(&body).send();
        set.refused(422, "invalid");
        assert_eq!(set.fields(), [("/opens".to_owned(), "not_allowed".to_owned())]);
    }
}

#[test]
fn closures_are_listed_and_read_with_their_version() {
    let app = TestApp::new();
    let close = |date: &str| {
        let body = json!({"date": date, "part": "ALL", "reason": "颱風"});
        app.post("/v1/calendar/closures").user("chief1").json(&body).send()
    };
    let (first, second) = (close("2026-11-25"), close("2026-11-26"));
    assert_eq!((first.status, version(&second)), (201, 1));
    let dates = |query: &str| -> Vec<String> {
        let list = app.get(&format!("/v1/calendar/closures{query}")).send();
        list.expect(200)["items"].as_array().unwrap().iter().map(|c| c["date"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(dates(""), ["2026-11-25", "2026-11-26"]);
    assert_eq!(dates("?from=2026-11-26&to=2026-12-31"), ["2026-11-26"]);
    let path = &first.headers["location"];
    let read = app.get(path).send();
    assert_eq!((read.expect(200)["reason"].as_str(), version(&read)), (Some("颱風"), 1));
    app.call("DELETE", path).user("chief1").if_match("\"v7\"").send().refused(412, "version_mismatch");
    assert_eq!(app.call("DELETE", path).user("chief1").if_match(read.etag()).send().status, 204);
    assert_eq!(dates(""), ["2026-11-26"]);
    assert_eq!(dates("?include_withdrawn=true").len(), 2);
    let gone = app.get(path).send();
    assert_eq!((gone.expect(200)["withdrawn_at"].is_string(), version(&gone)), (true, 2));
}

#[test]
fn a_closed_service_point_closes_what_takes_place_there() {
    let app = TestApp::new();
    let service = app.get("/v1/services/COUNTER").send();
    let mut moved = service.expect(200).clone();
    moved["booking"]["service_point"] = json!("XIANXI");
    app.call("PUT", "/v1/services/COUNTER")
        .user("chief1")
        .if_match(service.etag())
        .json(&json!({"service": moved}))
        .send()
        .expect(200);
    let there = app.book_for(1, "COUNTER-20261125T0900");
    app.book("citizen1", WEDNESDAY_9);
    let body = json!({"date": "2026-11-25", "part": "ALL", "area": "XIANXI", "reason": "停電"});
    let closed = app.post("/v1/calendar/closures").user("chief1").json(&body).send();
    let hit: Vec<_> = closed.expect(201)["bookings"].as_array().unwrap().iter().map(|b| b["id"].clone()).collect();
    assert_eq!(hit, [there.body["id"].clone()]);
    assert_eq!(closed.body["day"]["kind"], "CLOSURE");
    assert_eq!(app.get("/v1/calendar/days/2026-11-25").send().expect(200)["kind"], "WORKDAY");
    app.book_for(2, "COUNTER-20261125T0930").refused(409, "slot_not_bookable");
    moved["booking"]["service_point"] = json!("TAIPEI");
    let unknown =
        app.call("PUT", "/v1/services/COUNTER").user("chief1").if_match("\"v2\"").json(&json!({"service": moved})).send();
    unknown.refused(422, "invalid");
}

#[test]
fn a_closure_moves_the_limits_of_open_cases_and_its_undoing_moves_them_back() {
    let app = TestApp::new();
    let mut body = example_of("create_case");
    body["channel"] = json!("COUNTER");
    let taken = app.post("/v1/cases").user("clerk1").once().json(&body).send();
    let path = taken.headers["location"].clone();
    let due = || app.get(&path).user("clerk1").send().expect(200)["due"]["at"].as_str().unwrap().to_owned();
    let before = due();
    let close = |dry_run: bool| {
        let body = json!({"date": before[..10], "part": "ALL", "reason": "颱風", "dry_run": dry_run});
        app.post("/v1/calendar/closures").user("chief1").json(&body).send()
    };
    let trial = close(true);
    let moved = &trial.expect(200)["deadlines"][0];
    assert_eq!((&moved["id"], moved["before"].as_str()), (&taken.body["id"], Some(before.as_str())));
    assert_eq!(due(), before, "a trial changes nothing");
    let closed = close(false);
    assert_eq!(closed.expect(201)["deadlines"], trial.body["deadlines"]);
    assert_eq!(Some(due().as_str()), closed.body["deadlines"][0]["after"].as_str());
    assert!(due() > before);
    let undo = app.call("DELETE", &closed.headers["location"]).user("chief1").if_match(closed.etag()).send();
    assert_eq!((undo.status, due()), (204, before.clone()));
}
