//! A half day closed: a closed afternoon moves each limit that ends on its day, a closed morning none (行政程序法 §48).

use serde_json::{Value, json};

use crate::case_desk::door;
use crate::cases::{act, at, birth, take};
use crate::support::{Answer, TestApp};

fn close(app: &TestApp, date: &str, part: &str) -> Answer {
    let body = json!({"date": date, "part": part, "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").json(&body).send()
}

fn reopen(app: &TestApp, closed: &Answer) {
    let undone = app.call("DELETE", &closed.headers["location"]).user("chief1").if_match(closed.etag()).send();
    assert_eq!(undone.status, 204);
}

/// The limits that a closure has moved of a case, and to when.
fn moved(closed: &Answer, case: &Value) -> Vec<(Value, Value)> {
    let all = closed.expect(201)["deadlines"].as_array().unwrap();
    all.iter().filter(|one| one["id"] == case["id"]).map(|one| (one["limit"].clone(), one["after"].clone())).collect()
}

#[test]
fn a_closed_afternoon_moves_the_last_day_of_a_period_and_a_closed_morning_does_not() {
    let app = TestApp::new();
    let due = |rule: &str| {
        let path = format!("/v1/deadlines/preview?from=2026-11-23&rule={rule}");
        let shown = app.get(&path).send().expect(200).clone();
        (shown["due_at"].as_str().unwrap().to_owned(), shown["ledger"].as_array().unwrap().last().unwrap()["kind"].clone())
    };
    let at_the_end_of = |day: &str, kind: &str| (format!("{day}T23:59:59+08:00"), json!(kind));
    let morning = close(&app, "2026-11-25", "AM");
    assert_eq!(due("2D"), at_the_end_of("2026-11-25", "COUNTED"));
    reopen(&app, &morning);
    close(&app, "2026-11-25", "PM").expect(201);
    for rule in ["2D", "2WD"] {
        assert_eq!(due(rule), at_the_end_of("2026-11-26", "MOVED"), "{rule}");
    }
    // Working days that are half closed count all the same.
    assert_eq!(due("3WD"), at_the_end_of("2026-11-26", "COUNTED"));
    // A Friday leads over Saturday to Monday noon, and to Monday's end where its morning is closed.
    close(&app, "2026-11-27", "PM").expect(201);
    assert_eq!(due("4D"), ("2026-11-30T12:00:00+08:00".to_owned(), json!("MOVED_TO_MONDAY_NOON")));
    close(&app, "2026-11-30", "AM").expect(201);
    assert_eq!(due("4D"), at_the_end_of("2026-11-30", "MOVED"));
}

#[test]
fn a_closed_afternoon_of_one_service_point_moves_no_limit() {
    let app = TestApp::new();
    let body = json!({"date": "2026-11-25", "part": "PM", "area": "XIANXI", "reason": "停電"});
    app.post("/v1/calendar/closures").user("chief1").json(&body).send().expect(201);
    let shown = app.get("/v1/deadlines/preview?from=2026-11-23&rule=2D").send();
    assert_eq!(shown.expect(200)["due_on"], "2026-11-25");
}

#[test]
fn a_closed_afternoon_moves_the_offices_limit_that_for_papers_and_the_period_of_law() {
    let app = TestApp::new();
    let waiting = take(&app, "clerk1", &door(5)).expect(201).clone();
    act(&app, "clerk1", &waiting, "/one-time-notice", &json!({})).expect(201);
    let notice = || app.get(&at(&waiting, "/one-time-notice")).user("clerk1").send().expect(200)["due_on"].clone();
    assert_eq!(notice(), "2026-12-07");
    assert!(moved(&close(&app, "2026-12-07", "AM"), &waiting).is_empty());
    let closed = close(&app, "2026-12-07", "PM");
    assert_eq!(notice(), "2026-12-08");
    assert!(moved(&closed, &waiting).contains(&(json!("PAPERS"), json!("2026-12-08T23:59:59+08:00"))), "{:?}", closed.body);
    reopen(&app, &closed);

    // Sixty days from 23 September end on a Sunday: Monday 23 November.
    app.set_clock("2026-11-24T09:00:00+08:00");
    let mut late = birth(1);
    late["event_on"] = json!("2026-09-23");
    let late = take(&app, "clerk1", &late).expect(201).clone();
    let seen = || {
        let shown = app.get(&at(&late, "")).user("clerk1").send().expect(200).clone();
        (shown["legal_due_on"].clone(), shown["late"].clone(), shown["due"]["at"].clone())
    };
    let before = (json!("2026-11-23"), json!(true), json!("2026-11-24T23:59:59+08:00"));
    assert_eq!(seen(), before);
    // Announced afterwards as well.
    let closed = close(&app, "2026-11-23", "PM");
    assert_eq!(moved(&closed, &late), [(json!("LEGAL"), json!("2026-11-24T23:59:59+08:00"))]);
    assert_eq!(seen().1, json!(false));
    let today = close(&app, "2026-11-24", "PM");
    let both = moved(&today, &late);
    assert!(both.contains(&(json!("OFFICE"), json!("2026-11-25T23:59:59+08:00"))), "{both:?}");
    assert!(both.contains(&(json!("LEGAL"), json!("2026-11-25T23:59:59+08:00"))), "{both:?}");
    reopen(&app, &today);
    reopen(&app, &closed);
    assert_eq!(seen(), before);
}
