//! Races with real threads: exactly one winner, the rest coded refusals. RACE_ATTEMPTS sets the size.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use serde_json::json;

use crate::support::{TestApp, WEDNESDAY_9, booking, person};

const CLIENTS: u32 = 64;

fn attempts() -> u32 {
    std::env::var("RACE_ATTEMPTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

/// 100 places: 25 slots of the counter with four places each.
fn slots() -> Vec<String> {
    let times = (0..25).map(|n| 8 * 60 + n * 15);
    times.map(|minute| format!("COUNTER-20261124T{:02}{:02}", minute / 60, minute % 60)).collect()
}

/// Lets 64 clients race for the same places; answers by status and code.
fn race(app: &TestApp, slots: &[String], attempts: u32) -> BTreeMap<(u16, String), u32> {
    app.token("clerk1");
    let (next, results, start) = (AtomicU32::new(0), Mutex::new(BTreeMap::new()), Barrier::new(CLIENTS as usize));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                start.wait();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= attempts {
                        return;
                    }
                    let slot = &slots[(number.wrapping_mul(2_654_435_761) >> 8) as usize % slots.len()];
                    let mut body = booking(slot);
                    body["person"] = person(number);
                    let answer = app.post("/v1/bookings").user("clerk1").once().json(&body).send();
                    if answer.status == 409 && answer.body["code"] == "slot_taken" {
                        assert!(answer.body["alternatives"].is_array());
                    }
                    let code = answer.body["code"].as_str().unwrap_or("").to_owned();
                    *results.lock().unwrap().entry((answer.status, code)).or_insert(0) += 1;
                }
            });
        }
    });
    results.into_inner().unwrap()
}

/// How many bookings stand on each slot.
fn sold(app: &TestApp) -> BTreeMap<String, u32> {
    let (mut sold, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/bookings?status=BOOKED&limit=100{cursor}")).user("clerk1").send();
        for booking in page.expect(200)["items"].as_array().unwrap() {
            *sold.entry(booking["slot_id"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return sold,
        }
    }
}

#[test]
fn a_hundred_places_are_sold_exactly_once_each() {
    let app = TestApp::new();
    let results = race(&app, &slots(), attempts());
    assert_eq!(results.get(&(201, String::new())), Some(&100), "{results:?}");
    assert_eq!(results.get(&(409, "slot_taken".to_owned())), Some(&(attempts() - 100)), "{results:?}");
    let sold = sold(&app);
    assert!(sold.len() == 25 && sold.values().all(|n| *n == 4), "{sold:?}");
}

#[test]
fn without_the_unique_key_places_are_sold_twice() {
    // The control: the same engine over a claim table whose key is gone.
    let without_key = "DROP TABLE claims; CREATE TABLE claims (resource TEXT NOT NULL, tick BIGINT NOT NULL, seat INTEGER NOT NULL, \
                       holder_kind TEXT NOT NULL, holder_id TEXT NOT NULL, expires_at TIMESTAMP);";
    let app = TestApp::with(|_| {}, without_key);
    let results = race(&app, &slots(), 300);
    assert!(results[&(201, String::new())] > 100, "{results:?}");
}

#[test]
fn holds_that_expire_moves_that_swap_and_closures_lose_nothing() {
    let app = TestApp::new();
    app.token("clerk1");
    app.token("chief1");
    let slots = slots();
    let numbers = AtomicU32::new(0);
    thread::scope(|scope| {
        for client in 0..16usize {
            let (app, slots, numbers) = (&app, &slots, &numbers);
            scope.spawn(move || {
                for turn in 0..12usize {
                    let slot = &slots[(client * 7 + turn * 5) % slots.len()];
                    let mut body = booking(slot);
                    body["person"] = person(numbers.fetch_add(1, Ordering::Relaxed));
                    match turn % 4 {
                        0 => {
                            let hold = app.post("/v1/holds").user("clerk1").once().json(&json!({"slot_id": slot})).send();
                            assert!(matches!(hold.status, 201 | 409), "{}", hold.text);
                            app.clock.advance(chrono::Duration::seconds(17));
                        }
                        1 => {
                            let other = &slots[(client * 7 + turn * 5 + 3) % slots.len()];
                            let booked = app.post("/v1/bookings").user("clerk1").once().json(&body).send();
                            assert!(matches!(booked.status, 201 | 409), "{}", booked.text);
                            if let Some(id) = booked.body["id"].as_str().filter(|_| booked.status == 201) {
                                let path = format!("/v1/bookings/{id}:reschedule");
                                let to = json!({"slot_id": other});
                                let moved = app.post(&path).user("clerk1").once().if_match("\"v1\"").json(&to).send();
                                assert!(matches!(moved.status, 200 | 409), "{}", moved.text);
                            }
                        }
                        2 if client == 0 => {
                            let body = json!({"date": "2026-11-24", "part": "PM", "reason": "颱風"});
                            let closed = app.post("/v1/calendar/closures").user("chief1").json(&body).send();
                            assert!(matches!(closed.status, 201 | 409), "{}", closed.text);
                        }
                        _ => {
                            let booked = app.post("/v1/bookings").user("clerk1").once().json(&body).send();
                            assert!(matches!(booked.status, 201 | 409), "{}", booked.text);
                        }
                    }
                }
            });
        }
    });
    let sold = sold(&app);
    assert!(!sold.is_empty() && sold.values().all(|n| *n <= 4), "{sold:?}");
}

#[test]
fn five_equal_requests_at_once_have_one_effect_and_one_answer() {
    let app = TestApp::new();
    app.token("clerk1");
    let rounds = attempts() / 50;
    for round in 0..rounds {
        let slot = &slots()[round as usize % 25];
        let mut body = booking(slot);
        body["person"] = person(round);
        let key = format!("round-{round}");
        let answers: Vec<_> = thread::scope(|scope| {
            let send = || app.post("/v1/bookings").user("clerk1").key(&key).json(&body).send();
            let threads: Vec<_> = (0..5).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let first = &answers[0];
        assert!(answers.iter().all(|a| a.status == first.status), "{answers:?}");
        if first.status == 201 {
            assert!(answers.iter().all(|a| a.text == first.text));
        }
    }
    let total = app.get("/v1/bookings?include_total=true&limit=1").user("clerk1").send();
    assert_eq!(total.expect(200)["total"], rounds.min(100));
}

#[test]
fn two_clerks_on_one_record_do_not_overwrite_each_other() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    app.token("clerk1");
    let path = format!("/v1/bookings/{}:cancel", booked["id"].as_str().unwrap());
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let send = || app.post(&path).user("clerk1").if_match("\"v1\"").json(&json!({})).send().status;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}
