//! Races with real threads: exactly one winner, the rest coded refusals.
//! RACE_ATTEMPTS and IDEMPOTENT_REQUESTS set the size.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::cases;
use crate::support::{Answer, TestApp, WEDNESDAY_9, booking, person};

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

/// A booking that a swapper may move: id, slot, tag.
type Standing = (String, String, String);

/// Everything at once: holds left to run out or redeemed, bookings, swaps, closures made and undone.
struct Turmoil {
    app: TestApp,
    slots: Vec<String>,
    next: AtomicU32,
    /// Moves of the clock that are left: tokens must outlive the race.
    moves: AtomicI32,
    standing: Mutex<Vec<Standing>>,
    codes: Mutex<BTreeMap<(&'static str, u16, String), u32>>,
}

impl Turmoil {
    fn new() -> Self {
        let app = TestApp::new();
        for user in ["clerk1", "clerk2", "clerk3", "clerk4", "chief1"] {
            app.token(user);
        }
        let slots = [24, 25, 26]
            .iter()
            .flat_map(|day| slots().into_iter().map(move |s| s.replace("-20261124T", &format!("-202611{day}T"))));
        let slots = slots.collect();
        Self { app, slots, next: 0.into(), moves: 40.into(), standing: Mutex::default(), codes: Mutex::default() }
    }

    /// A refusal must be one of those that the contract names.
    fn judge(&self, act: &'static str, answer: Answer, won: u16, lost: &[&str]) -> Option<Answer> {
        let code = answer.body["code"].as_str().unwrap_or("").to_owned();
        let documented = answer.status == won || lost.contains(&code.as_str());
        assert!(documented, "{act}: {} {}", answer.status, answer.text);
        if code == "slot_taken" {
            assert!(answer.body["alternatives"].is_array(), "{act}: {}", answer.text);
        }
        *self.codes.lock().unwrap().entry((act, answer.status, code)).or_insert(0) += 1;
        (answer.status == won).then_some(answer)
    }

    fn slot(&self, number: u32) -> &str {
        &self.slots[(number.wrapping_mul(2_654_435_761) >> 8) as usize % self.slots.len()]
    }

    fn hold(&self, number: u32) -> Option<String> {
        let user = ["clerk1", "clerk2", "clerk3", "clerk4"][number as usize / 8 % 4];
        let body = json!({"slot_id": self.slot(number)});
        let answer = self.app.post("/v1/holds").user(user).once().json(&body).send();
        let held = self.judge("hold", answer, 201, &["slot_taken", "slot_not_bookable", "conflict"])?;
        if self.moves.fetch_sub(1, Ordering::Relaxed) > 0 {
            self.app.clock.advance(chrono::Duration::seconds(20));
        }
        if number.is_multiple_of(16) {
            return None;
        }
        let mut body = booking(self.slot(number));
        body["hold_id"] = held.body["id"].clone();
        body.as_object_mut().unwrap().remove("slot_id");
        self.book(number, user, body)
    }

    fn book(&self, number: u32, user: &str, mut body: Value) -> Option<String> {
        body["person"] = person(number);
        let answer = self.app.post("/v1/bookings").user(user).once().json(&body).send();
        let lost = ["slot_taken", "slot_not_bookable", "hold_expired", "already_booked"];
        let booked = self.judge("book", answer, 201, &lost)?;
        let text = |name: &str| booked.body[name].as_str().unwrap().to_owned();
        self.standing.lock().unwrap().push((text("id"), text("slot_id"), booked.etag().to_owned()));
        Some(text("id"))
    }

    /// Two bookings that want each other's slots, at the same moment.
    fn swap(&self) {
        let pair = {
            let mut standing = self.standing.lock().unwrap();
            (standing.len() > 1).then(|| (standing.pop().unwrap(), standing.pop().unwrap()))
        };
        let Some((one, other)) = pair.filter(|(one, other)| one.1 != other.1) else { return };
        let go = |from: &Standing, to: &str| {
            let path = format!("/v1/bookings/{}:reschedule", from.0);
            let body = json!({"slot_id": to});
            let answer = self.app.post(&path).user("clerk1").once().if_match(&from.2).json(&body).send();
            let lost = ["slot_taken", "slot_not_bookable", "already_booked", "wrong_state", "version_mismatch"];
            self.judge("swap", answer, 200, &lost)
        };
        thread::scope(|scope| {
            scope.spawn(|| go(&one, &other.1));
            scope.spawn(|| go(&other, &one.1));
        });
    }

    /// Closes one of several half days, and opens it again every other time.
    fn close(&self, number: u32) {
        let (date, part) = [("24", "PM"), ("25", "AM"), ("26", "ALL"), ("25", "PM")][number as usize / 32 % 4];
        let body = json!({"date": format!("2026-11-{date}"), "part": part, "reason": "颱風"});
        let answer = self.app.post("/v1/calendar/closures").user("chief1").once().json(&body).send();
        let Some(closed) = self.judge("close", answer, 201, &["conflict"]) else { return };
        if number.is_multiple_of(64) {
            let undo = self.app.call("DELETE", &closed.headers["location"]).user("chief1").if_match(closed.etag()).send();
            self.judge("undo", undo, 204, &[]);
        }
    }

    fn run(&self, attempts: u32) {
        let start = Barrier::new(CLIENTS as usize);
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    start.wait();
                    loop {
                        let number = self.next.fetch_add(1, Ordering::Relaxed);
                        match number % 8 {
                            _ if number >= attempts => return,
                            _ if number % 32 == 31 => self.close(number),
                            0 | 1 => _ = self.hold(number),
                            2 | 3 => self.swap(),
                            _ => _ = self.book(number, "clerk1", booking(self.slot(number))),
                        }
                    }
                });
            }
        });
    }

    /// Seats kept for bookings that lost theirs.
    fn reserves(&self) -> BTreeMap<String, u32> {
        let (mut kept, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let page = self.app.get(&format!("/v1/booking-conflicts?resolved=false&limit=100{cursor}")).user("clerk1").send();
            for conflict in page.expect(200)["items"].as_array().unwrap() {
                if let Some(slot) = conflict["reserved_slot_id"].as_str() {
                    *kept.entry(slot.to_owned()).or_insert(0) += 1;
                }
            }
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return kept,
            }
        }
    }
}

#[test]
fn holds_that_expire_moves_that_swap_and_closures_lose_nothing() {
    let race = Turmoil::new();
    race.run(attempts());
    let codes = race.codes.lock().unwrap().clone();
    for act in ["hold", "book", "swap", "close"] {
        assert!(codes.iter().any(|((done, status, _), _)| *done == act && *status < 300), "no {act} succeeded: {codes:?}");
    }
    // Holds and rests run out; what is left are bookings and what is kept for them.
    race.app.advance(chrono::Duration::hours(1));
    let (sold, kept) = (sold(&race.app), race.reserves());
    let list = race.app.get("/v1/slots?service=COUNTER&include_full=true&from=2026-11-24&to=2027-01-10").send();
    for slot in list.expect(200)["items"].as_array().unwrap() {
        let id = slot["id"].as_str().unwrap();
        let taken = sold.get(id).unwrap_or(&0) + kept.get(id).unwrap_or(&0);
        let free = slot["free"].as_u64().unwrap();
        assert_eq!(free + u64::from(taken), slot["capacity"].as_u64().unwrap(), "{id}: {sold:?} {kept:?} {codes:?}");
    }
}

#[test]
fn five_equal_requests_at_once_have_one_effect_and_one_answer() {
    let requests: u32 = std::env::var("IDEMPOTENT_REQUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let app = TestApp::new();
    app.token("clerk1");
    for request in 0..requests {
        let body = json!({
            "service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-30", "person": person(request),
        });
        let key = format!("request-{request}");
        let answers: Vec<Answer> = thread::scope(|scope| {
            let send = || app.post("/v1/waitlist").user("clerk1").key(&key).json(&body).send();
            let threads: Vec<_> = (0..5).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        for answer in &answers {
            answer.expect(201);
            assert_eq!(answer.text, answers[0].text);
        }
        let replayed = answers.iter().filter(|a| a.headers.contains_key("idempotency-replayed")).count();
        assert_eq!(replayed, 4);
    }
    let total = app.get("/v1/waitlist?include_total=true&limit=1").user("clerk1").send();
    assert_eq!(total.expect(200)["total"], requests);
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

#[test]
fn timers_that_turn_at_once_on_many_nodes_do_each_thing_once() {
    const CASES: u32 = 40;
    let app = TestApp::new();
    app.set_clock("2026-11-24T08:30:00+08:00");
    let booked = app.book("citizen1", WEDNESDAY_9);
    let referral = format!("/v1/consultations/{}/referrals", booked["id"].as_str().unwrap());
    app.post(&referral).user("clerk1").once().json(&json!({"reason": "需面談", "consent": true})).send().expect(201);
    (0..CASES).for_each(|number| _ = cases::take(&app, "clerk1", &cases::birth(number)).expect(201));
    app.advance(chrono::Duration::hours(49));
    let start = Barrier::new(6);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                start.wait();
                app.tick();
            });
        }
    });
    for (action, count) in [("case.due_soon", CASES), ("case.overdue", CASES), ("referral.expired", 1)] {
        let log = app.get(&format!("/v1/audit-log?action={action}&limit=100&include_total=true")).user("director1").send();
        assert_eq!(log.expect(200)["total"], count, "{action}");
    }
}
