//! Bookings and places on the waiting list found by whom they are for, with nothing personal in an address.

use serde_json::{Value, json};

use crate::known::{field, named_person};
use crate::records::on;
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, person};

fn search(app: &TestApp, user: &str, what: &str, mut by: Value) -> Answer {
    by["reason"] = json!("民眾來電查詢");
    app.post(&format!("/v1/{what}:search")).user(user).json(&by).send()
}

fn found(app: &TestApp, what: &str, by: Value) -> Vec<Value> {
    let answer = search(app, "clerk2", what, by);
    answer.expect(200)["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
}

fn book(app: &TestApp, who: &Value, slot: &str, contact: &Value) -> Value {
    let mut body = booking(slot);
    (body["person"], body["channel"], body["contact"]) = (who.clone(), json!("COUNTER"), contact.clone());
    app.post("/v1/bookings").user("clerk1").once().json(&body).send().expect(201).clone()
}

#[test]
fn a_booking_is_found_by_name_telephone_and_number() {
    let app = TestApp::new();
    let first = book(
        &app,
        &named_person(5, "黃溫"),
        WEDNESDAY_9,
        &json!({"phone": "04-7551234 分機 12", "other_phones": ["0912345678"]}),
    );
    let second = book(&app, &named_person(6, "王小明"), FRIDAY_9, &json!({"phone": "0987654321"}));
    let (one, other) = (vec![first["id"].clone()], vec![second["id"].clone()]);
    for name in ["黃溫", "黄 温"] {
        assert_eq!(found(&app, "bookings", json!({"name": name})), one, "{name}");
    }
    for phone in ["0912-345-678", "+886 912 345 678", "(04) 755-1234", "047551234#99"] {
        assert_eq!(found(&app, "bookings", json!({"phone": phone})), one, "{phone}");
    }
    let number = second["number"].as_str().unwrap();
    assert_eq!(found(&app, "bookings", json!({"number": format!(" {} ", number.to_lowercase())})), other);
    // All that is given must fit.
    assert_eq!(found(&app, "bookings", json!({"name": "王小明", "number": number})), other);
    for nobody in [
        json!({"name": "黃溫", "number": number}),
        json!({"name": "黃"}),
        json!({"phone": "0912345679"}),
        json!({"number": "B115-00000-00000"}),
    ] {
        assert_eq!(found(&app, "bookings", nobody.clone()), Vec::<Value>::new(), "{nobody}");
    }
    let shown = search(&app, "chief1", "bookings", json!({"name": "黃溫"}));
    let shown = &shown.expect(200)["items"][0];
    assert_eq!((&shown["person"]["name"], &shown["contact"]["masked"]), (&json!("黃○"), &json!(true)));
}

#[test]
fn a_search_names_somebody_and_says_why() {
    let app = TestApp::new();
    let wanted = [field("/name", "required")];
    assert_eq!(search(&app, "clerk2", "bookings", json!({})).fields(), wanted);
    assert_eq!(search(&app, "clerk2", "waitlist", json!({})).fields(), wanted);
    let silent = app.post("/v1/bookings:search").user("clerk2").json(&json!({"name": "王小明"})).send();
    assert_eq!(silent.fields(), [field("/reason", "required")]);
    let wrong = search(&app, "clerk2", "bookings", json!({"phone": "12"}));
    wrong.refused(422, "invalid");
}

#[test]
fn what_is_found_is_logged_with_the_reason_and_bounded() {
    let app = TestApp::new();
    let all: Vec<Value> = [WEDNESDAY_9, WEDNESDAY_930, FRIDAY_9]
        .into_iter()
        .zip(11..)
        .map(|(slot, number)| book(&app, &named_person(number, "王小明"), slot, &json!({"phone": "0912345678"})))
        .collect();
    let page = |after: &str| {
        let body = json!({"name": "王小明", "reason": "民眾來電查詢"});
        let path = format!("/v1/bookings:search?limit=2&include_total=true{after}");
        app.post(&path).user("clerk2").json(&body).send().expect(200).clone()
    };
    let first = page("");
    assert_eq!((first["items"].as_array().unwrap().len(), &first["total"]), (2, &json!(3)));
    let rest = page(&format!("&cursor={}", first["next"].as_str().unwrap()));
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let log = app.get("/v1/audit-log?action=booking.searched").user("director1").send().expect(200).clone();
    let lines = log["items"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["purpose"]), (all.len(), &json!("民眾來電查詢")));
    assert!(!log.to_string().contains("王小明") && !log.to_string().contains("912345678"));
    // A branch desk finds what takes place there, and this does not.
    app.sql("UPDATE accounts SET service_point = 'XIANXI' WHERE username = 'clerk2'");
    assert_eq!(found(&app, "bookings", json!({"phone": "0912345678"})), Vec::<Value>::new());
}

#[test]
fn a_place_on_the_waiting_list_is_found_by_name_and_telephone() {
    let app = TestApp::new();
    let mut waits = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25"});
    (waits["person"], waits["contact"]) = (named_person(6, "王小明"), json!({"phone": "0912345678"}));
    let place = app.post("/v1/waitlist").user("clerk1").once().json(&waits).send().expect(201).clone();
    let booked = book(&app, &named_person(7, "王小明"), WEDNESDAY_9, &json!({"phone": "0912345678"}));
    let one = vec![place["id"].clone()];
    assert_eq!(found(&app, "waitlist", json!({"name": "王小明"})), one);
    assert_eq!(found(&app, "waitlist", json!({"phone": "0912345678", "name": "王 小明"})), one);
    assert_eq!(found(&app, "waitlist", json!({"phone": "0987654321"})), Vec::<Value>::new());
    assert_eq!(found(&app, "bookings", json!({"phone": "0912345678"})), [booked["id"].clone()]);
    app.sql("UPDATE accounts SET service_point = 'XIANXI' WHERE username = 'clerk2'");
    assert_eq!(found(&app, "waitlist", json!({"name": "王小明"})), Vec::<Value>::new());
}

#[test]
fn whoever_is_called_or_reached_otherwise_is_found_by_that_alone() {
    let app = TestApp::new();
    let booked = book(&app, &person(5), WEDNESDAY_9, &json!({"phone": "0912345678"}));
    let one = vec![booked["id"].clone()];
    let id = booked["person"]["id"].as_str().unwrap();
    let settle = json!({"name": "王小明", "document": {"kind": "ID_CARD", "number": "字第 5 號"}, "reason": "證件"});
    on(&app, "clerk1", id, ":settle", &settle).expect(200);
    assert_eq!(found(&app, "bookings", json!({"name": "王小明"})), one);
    assert_eq!(found(&app, "bookings", json!({"name": person(5)["name"]})), Vec::<Value>::new());
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    let tag = app.get(&path).user("clerk1").send().etag().to_owned();
    let change = json!({"contact": {"phone": "0987654321"}, "reason": "換號"});
    app.call("PUT", &format!("{path}/contact")).user("clerk1").if_match(&tag).json(&change).send().expect(200);
    assert_eq!(found(&app, "bookings", json!({"phone": "0987654321"})), one);
    assert_eq!(found(&app, "bookings", json!({"phone": "0912345678"})), Vec::<Value>::new());
}

#[test]
fn what_was_kept_before_is_found_after_the_next_start() {
    let app = TestApp::new();
    let booked = book(&app, &person(5), WEDNESDAY_9, &json!({"phone": "0912345678"}));
    app.sql("UPDATE people SET name_index = NULL, likeness_index = NULL, namesake_index = NULL, numbered = NULL");
    app.sql("UPDATE contacts SET phones = NULL");
    app.sql("DELETE FROM contact_phones");
    let by = [json!({"name": person(5)["name"]}), json!({"phone": "0912345678"})];
    for one in &by {
        assert_eq!(found(&app, "bookings", one.clone()), Vec::<Value>::new());
    }
    app.start_again();
    for one in by {
        assert_eq!(found(&app, "bookings", one), [booked["id"].clone()]);
    }
}
