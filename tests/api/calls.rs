//! A day's call list: bookings, lost slots, missing papers, certificates that are ready, and what the dead have left open.

use serde_json::{Value, json};

use crate::cases::{own, registered, revoke, take};
use crate::known::death;
use crate::reaching::{at, call, calls, logged, own_records, read};
use crate::support::{FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, person};

#[test]
fn the_days_bookings_are_one_list_to_call_by() {
    let app = TestApp::new();
    let mut body = booking(WEDNESDAY_9);
    (body["person"], body["channel"], body["contact"]["language"]) = (person(5), json!("PHONE"), json!("HAKKA"));
    let first = app.post("/v1/bookings").user("clerk1").once().json(&body).send().expect(201).clone();
    let mut silent = booking(WEDNESDAY_930);
    (silent["person"], silent["contact"]) = (person(6), json!({"none_reason": "獨居，無電話"}));
    let second = app.post("/v1/bookings").user("clerk1").once().json(&silent).send().expect(201).clone();
    app.book_for(7, FRIDAY_9).expect(201);
    let day = "date=2026-11-25";
    let both = [call("BOOKING", "bookings", &first, "TO_CALL"), call("BOOKING", "bookings", &second, "TO_CALL")];
    assert_eq!(calls(&app, day), both);
    assert_eq!(calls(&app, &format!("{day}&limit=1")), both[..1]);
    assert_eq!(calls(&app, &format!("{day}&service_point=XIANXI")), []);
    let list = read(&app, "clerk1", &format!("/v1/call-list?{day}"));
    let (one, other) = (&list["items"][0], &list["items"][1]);
    assert_eq!(
        (&one["name"], &one["contact"]["phone"], &one["contact"]["language"]),
        (&json!("測○戊"), &json!("0912***678"), &json!("HAKKA"))
    );
    assert_eq!((&other["contact"]["phone"], &other["contact"]["none_reason"]), (&Value::Null, &json!("獨居，無電話")));
    // A branch desk calls its own.
    assert_eq!(read(&app, "clerk3", &format!("/v1/call-list?{day}"))["items"], json!([]));
    app.get("/v1/call-list").user("adviser1").send().refused(403, "forbidden");
    let whole =
        app.post("/v1/call-list:reveal").user("clerk1").json(&json!({"date": "2026-11-25", "reason": "通知當日預約"})).send();
    let shown = &whole.expect(200)["items"][0];
    assert_eq!((&shown["name"], &shown["contact"]["phone"]), (&json!("測試戊"), &json!("+886912345678")));
    assert_eq!(logged(&app, "call_list.revealed"), 2);
    let unexplained = app.post("/v1/call-list:reveal").user("clerk1").json(&json!({"date": "2026-11-25"})).send();
    assert_eq!(unexplained.fields(), [("/reason".to_owned(), "required".to_owned())]);
    // What came of the calls.
    let note = |record: &Value, status: &str| {
        let record = format!("bookings/{}", record["id"].as_str().unwrap());
        let body = json!({"date": "2026-11-25", "kind": "BOOKING", "record": record, "status": status});
        app.post("/v1/call-list:note").user("clerk1").json(&body).send()
    };
    assert_eq!(note(&first, "REACHED").expect(200)["status"], "REACHED");
    note(&second, "NOT_REACHED").expect(200);
    assert_eq!(calls(&app, &format!("{day}&status=REACHED")), [call("BOOKING", "bookings", &first, "REACHED")]);
    let back = note(&first, "TO_CALL");
    assert_eq!(back.expect(200)["called_at"], Value::Null);
    let list = app.get(&format!("/v1/call-list?{day}&status=TO_CALL")).user("clerk1").send().expect(200)["items"].clone();
    assert_eq!((list[0]["status"].clone(), list[0]["called_at"].clone()), (json!("TO_CALL"), Value::Null));
    assert_eq!(calls(&app, &format!("{day}&status=REACHED")), []);
    note(&json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"}), "REACHED").refused(404, "not_found");
}

#[test]
fn whoever_was_told_wrong_by_a_closure_is_told_right() {
    let app = TestApp::new();
    let (first, second) = (app.book("citizen1", WEDNESDAY_9), app.book("citizen2", WEDNESDAY_930));
    let closure = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").json(&closure).send().expect(201);
    let listed = |records: &[&Value]| {
        let mut found: Vec<_> = calls(&app, "kind=CONFLICT").into_iter().map(|(_, record, _)| record).collect();
        let mut wanted: Vec<_> = records.iter().map(|record| format!("bookings/{}", record["id"].as_str().unwrap())).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
    };
    listed(&[&first, &second]);
    // Whoever cancels by themselves need not be told of it; whoever's booking the office cancels must.
    let cancel = |user: &str, booked: &Value| {
        let path = format!("{}:cancel", at("bookings", booked));
        app.post(&path).user(user).if_match("*").json(&json!({"reason": "未辦公"})).send().expect(200).clone()
    };
    cancel("citizen2", &second);
    listed(&[&first]);
    cancel("clerk1", &first);
    listed(&[&first]);
    let third = app.book("citizen3", FRIDAY_9);
    let closure = json!({"date": "2026-11-27", "part": "ALL", "reason": "颱風停止上班"});
    let friday = app.post("/v1/calendar/closures").user("chief1").json(&closure).send();
    assert_eq!(friday.expect(201)["bookings"].as_array().unwrap().len(), 1);
    listed(&[&first, &third]);
    let path = at("calendar/closures", &friday.body);
    let undone = app.call("DELETE", &path).user("chief1").if_match("*").send();
    assert!(undone.status < 300, "{}", undone.text);
    // It stands again, and they have been told that it does not.
    listed(&[&first, &third]);
    app.set_clock("2026-11-24T09:00:00+08:00");
    listed(&[]);
}

#[test]
fn whoever_was_told_that_the_office_cancelled_is_told_that_it_stands_again() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let closure = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風停止上班"});
    let closed = app.post("/v1/calendar/closures").user("chief1").json(&closure).send().expect(201).clone();
    let act = |user: &str, act: &str| {
        let path = format!("{}{act}", at("bookings", &booked));
        app.post(&path).user(user).if_match("*").json(&json!({"reason": "颱風"})).send()
    };
    act("clerk1", ":cancel").expect(200);
    assert_eq!(calls(&app, "kind=CONFLICT").len(), 1);
    // There is no slot to stand in as long as the office is closed.
    act("clerk1", ":reinstate").refused(409, "slot_not_bookable");
    app.call("DELETE", &at("calendar/closures", &closed)).user("chief1").if_match("*").send();
    app.set_clock("2026-11-24T09:00:00+08:00");
    assert_eq!(calls(&app, "kind=CONFLICT"), []);
    act("clerk1", ":reinstate").expect(200);
    let listed = calls(&app, "kind=CONFLICT");
    assert_eq!((listed.len(), listed[0].1.as_str()), (1, format!("bookings/{}", booked["id"].as_str().unwrap()).as_str()));
    // Whoever takes it back by themselves knows.
    act("citizen1", ":cancel").expect(200);
    act("citizen1", ":reinstate").expect(200);
    assert_eq!(calls(&app, "kind=CONFLICT").len(), 1);
    app.set_clock("2026-11-25T08:00:00+08:00");
    assert_eq!(calls(&app, "kind=CONFLICT"), []);
}

#[test]
fn missing_papers_and_certificates_that_are_ready_are_called_about() {
    let app = TestApp::new();
    let fields = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    let mut body = own("DOOR_NEW", 1, fields, &[]);
    (body["applicant"]["relation"], body["contact"]) = (json!("OWNER"), json!({"phone": "0912345678"}));
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let notice = app.post(&format!("{}/one-time-notice", at("cases", &case))).user("clerk1").if_match("*");
    notice.json(&json!({"given_how": "PHONE"})).send().expect(201);
    assert_eq!(calls(&app, "kind=PAPERS"), [call("PAPERS", "cases", &case, "TO_CALL")]);
    assert_eq!(calls(&app, "date=2026-11-24&kind=PAPERS"), []);
    let records = own_records(&app);
    let certificate = &records[3].1;
    assert_eq!(calls(&app, "kind=CERTIFICATE"), []);
    let issue = app.post(&format!("{}:issue", at("certificates", certificate))).user("clerk1").if_match("*");
    issue.json(&json!({})).send().expect(200);
    assert_eq!(calls(&app, "kind=CERTIFICATE"), [call("CERTIFICATE", "certificates", certificate, "TO_CALL")]);
}

#[test]
fn what_the_dead_have_booked_is_noted_never_cancelled_and_stands_again_with_the_revocation() {
    let app = TestApp::new();
    let mut body = booking(FRIDAY_9);
    body["person"] = person(21);
    let booked = app.post("/v1/bookings").user("clerk1").once().json(&body).send().expect(201).clone();
    let mut by_phone = booking(WEDNESDAY_9);
    (by_phone["person"], by_phone["channel"]) = (person(21), json!("PHONE"));
    let by_phone = app.post("/v1/bookings").user("clerk1").once().json(&by_phone).send().expect(201).clone();
    let waits = json!({"service": "COUNTER", "from": "2026-11-25", "to": "2026-11-30", "person": person(21)});
    let place = app.post("/v1/waitlist").user("clerk1").once().json(&waits).send().expect(201).clone();
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(21), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
    });
    let letter = app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send().expect(201).clone();
    let dead = || {
        let mut found = calls(&app, "kind=DECEASED");
        found.sort();
        found
    };
    assert_eq!(dead(), []);
    let case = registered(&app, &death(&app, 21));
    let mut noted = vec![
        call("DECEASED", "bookings", &booked, "TO_CALL"),
        call("DECEASED", "bookings", &by_phone, "TO_CALL"),
        call("DECEASED", "waitlist", &place, "TO_CALL"),
        call("DECEASED", "letters-of-proxy", &letter, "TO_CALL"),
    ];
    noted.sort();
    assert_eq!(dead(), noted);
    let path = at("bookings", &booked);
    let seen = read(&app, "clerk1", &path);
    assert_eq!((&seen["status"], &seen["conflict"]["cause"]), (&json!("BOOKED"), &json!("DEATH")));
    assert_eq!(seen["allowed_actions"], json!(["reschedule", "cancel"]));
    let open = read(&app, "clerk1", "/v1/booking-conflicts?cause=DEATH&resolved=false");
    assert_eq!(open["items"][0]["cause_id"], json!(format!("cases/{}", case["id"].as_str().unwrap())));
    // Whoever has the number and the secret learns nothing of it.
    let pair = json!({"number": booked["number"], "secret": booked["secret"]});
    assert_eq!(app.post("/v1/bookings:lookup").json(&pair).send().expect(200)["booking"]["conflict"], Value::Null);
    // A closure of the same day changes nothing of it, nor does its undoing.
    let closure = json!({"date": "2026-11-27", "part": "ALL", "reason": "颱風停止上班"});
    let closed = app.post("/v1/calendar/closures").user("chief1").json(&closure).send().expect(201).clone();
    app.call("DELETE", &at("calendar/closures", &closed)).user("chief1").if_match("*").send();
    assert_eq!(read(&app, "clerk1", &path)["conflict"]["cause"], "DEATH");
    revoke(&app, &case);
    assert_eq!(dead(), []);
    let seen = read(&app, "clerk1", &path);
    assert_eq!((&seen["status"], &seen["conflict"]), (&json!("BOOKED"), &Value::Null));
    assert_eq!(read(&app, "clerk1", &at("waitlist", &place))["status"], "WAITING");
}
