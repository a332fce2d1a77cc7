//! Time that is closed while others book it: afterwards no booking stands in it without its conflict.
//! CLOSURE_BOOKINGS sets how many bookings are tried.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::serial::{id, items, log_in};
use crate::support::{Answer, TestApp, booking, person};

const CLIENTS: u32 = 8;
const COUNTER: &str = "COUNTER";
const PASSPORT: &str = "PASSPORT_IDENTITY_CHECK";
const ADVICE: &str = "LEGAL_CONSULTATION";

fn attempts() -> u32 {
    std::env::var("CLOSURE_BOOKINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(480)
}

/// What takes the slots of a day away.
#[derive(Clone, Copy, PartialEq)]
enum Cause {
    WholeDay,
    Afternoon,
    OfficeDay,
    ServiceHours,
    Rota,
}

const CAUSES: [Cause; 5] = [Cause::WholeDay, Cause::ServiceHours, Cause::Afternoon, Cause::Rota, Cause::OfficeDay];

impl Cause {
    fn service(self) -> &'static str {
        match self {
            Self::ServiceHours => PASSPORT,
            Self::Rota => ADVICE,
            _ => COUNTER,
        }
    }
}

fn change_service(app: &TestApp, code: &str, change: impl Fn(&mut Value)) -> Answer {
    let path = format!("/v1/services/{code}");
    let old = app.get(&path).send();
    let mut body = old.expect(200).clone();
    change(&mut body["booking"]);
    app.call("PUT", &path).user("chief1").if_match(old.etag()).json(&json!({"service": body})).send()
}

/// Hours of every working day of the week.
fn weekly(to: &str) -> Value {
    json!(["MON", "TUE", "WED", "THU", "FRI"].map(|day| json!({"day": day, "from": "08:30:00", "to": to})))
}

/// Places for everybody, a year ahead.
fn open_wide(app: &TestApp) {
    for code in [COUNTER, PASSPORT, ADVICE] {
        let wide = |rule: &mut Value| {
            (rule["opens_days_before"], rule["weekly"], rule["slot_minutes"]) = (json!(366), weekly("16:30:00"), json!(15));
            rule["seats"] = json!(100);
        };
        change_service(app, code, wide).expect(200);
    }
}

/// Working days to come, of the week's days on which an adviser sits.
fn days(app: &TestApp) -> Vec<String> {
    let list = app.get("/v1/calendar/days?from=2026-11-25&to=2027-11-20").send();
    let found = list.expect(200)["items"].as_array().unwrap().clone();
    let open = found.iter().filter(|day| day["kind"] == "WORKDAY").map(|day| day["date"].as_str().unwrap().to_owned());
    let sits = |day: &String| {
        use chrono::{Datelike, NaiveDate, Weekday};
        matches!(day.parse::<NaiveDate>().unwrap().weekday(), Weekday::Mon | Weekday::Wed | Weekday::Fri)
    };
    open.filter(sits).collect()
}

struct Wave<'a> {
    app: &'a TestApp,
    cause: Cause,
    day: &'a str,
    attempts: u32,
    /// The first of the people who book.
    people: u32,
    next: AtomicU32,
    made: AtomicU32,
}

impl Wave<'_> {
    fn slot(&self, number: u32) -> String {
        // Half of them in the afternoon; the quarters of both half days in turn.
        let minute = if number.is_multiple_of(2) { 8 * 60 + 30 } else { 13 * 60 } + number / 2 % 14 * 15;
        format!("{}-{}T{:02}{:02}", self.cause.service(), self.day.replace('-', ""), minute / 60, minute % 60)
    }

    fn book(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.attempts {
                return;
            }
            let mut body = booking(&self.slot(number));
            body["person"] = person(self.people + number);
            let answer = self.app.post("/v1/bookings").user("clerk1").once().json(&body).send();
            let code = answer.body["code"].as_str().unwrap_or("");
            assert!(answer.status == 201 || ["slot_not_bookable", "slot_taken"].contains(&code), "{}", answer.text);
            if answer.status == 201 {
                self.made.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn close(&self) -> Answer {
        let closure = |part: &str| {
            let body = json!({"date": self.day, "part": part, "reason": "颱風"});
            self.app.post("/v1/calendar/closures").user("chief1").once().json(&body).send()
        };
        let put = |path: &str, body: &Value| self.app.call("PUT", path).user("chief1").if_match("*").json(body).send();
        match self.cause {
            Cause::WholeDay => closure("ALL"),
            Cause::Afternoon => closure("PM"),
            Cause::OfficeDay => {
                let body = json!({"kind": "WORKDAY", "opens": "08:00:00", "closes": "10:00:00", "reason": "停電"});
                put(&format!("/v1/calendar/days/{}", self.day), &body)
            }
            Cause::ServiceHours => change_service(self.app, PASSPORT, |rule| rule["weekly"] = weekly("10:00:00")),
            Cause::Rota => {
                let nobody = json!({"adviser_ids": [], "reason": "律師請假"});
                put(&format!("/v1/consultation-rota/{}", self.day), &nobody)
            }
        }
    }

    /// Books from all sides, and closes in the midst of it.
    fn run(&self) -> Answer {
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| self.book());
            }
            // Not before a fifth is booked, and while the others are at it.
            while self.made.load(Ordering::Relaxed) < self.attempts / 5 && self.next.load(Ordering::Relaxed) < self.attempts {
                thread::yield_now();
            }
            self.close()
        })
    }

    /// The day's bookings that stand.
    fn booked(&self) -> Vec<Value> {
        let query = format!("service={}&from={}&to={}&status=BOOKED", self.cause.service(), self.day, self.day);
        every(self.app, &format!("/v1/bookings?{query}"))
    }

    /// The slots of the day as they are now.
    fn slots(&self) -> BTreeSet<String> {
        let (service, day) = (self.cause.service(), self.day);
        let path = format!("/v1/slots?service={service}&from={day}&to={day}&include_full=true");
        items(self.app, "clerk1", &path).iter().map(|slot| id(slot).to_owned()).collect()
    }
}

/// All items of a list, page after page.
fn every(app: &TestApp, path: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    let sign = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = app.get(&format!("{path}{sign}limit=100{cursor}")).user("clerk1").send();
        all.extend(page.expect(200)["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// Checks a wave; gives the bookings that were hit.
fn hit(wave: &Wave, number: usize) -> Vec<String> {
    let (slots, booked) = (wave.slots(), wave.booked());
    let hit: Vec<&Value> = booked.iter().filter(|booking| !slots.contains(booking["slot_id"].as_str().unwrap())).collect();
    let forgotten = hit.iter().filter(|booking| booking["conflict"].is_null()).count();
    let all = booked.len();
    assert_eq!(forgotten, 0, "wave {number}: {forgotten} of {all} bookings stand in closed time without a conflict");
    hit.into_iter().map(|booking| id(booking).to_owned()).collect()
}

/// Takes a cause back, so that the waves to come find open hours; whether its conflicts stay.
fn reopen(wave: &Wave, closed: &Answer) -> bool {
    match wave.cause {
        Cause::ServiceHours => {
            change_service(wave.app, PASSPORT, |rule| rule["weekly"] = weekly("16:30:00")).expect(200);
            false
        }
        Cause::WholeDay => {
            let undo = wave.app.call("DELETE", &closed.headers["location"]).user("chief1").if_match("*").send();
            assert_eq!(undo.status, 204, "{}", undo.text);
            assert!(wave.booked().iter().all(|booking| booking["conflict"].is_null()), "open again, and still a conflict");
            false
        }
        _ => true,
    }
}

#[test]
fn what_is_closed_while_others_book_leaves_no_booking_without_its_conflict() {
    let app = TestApp::new();
    log_in(&app, &["clerk1", "chief1"]);
    open_wide(&app);
    let (total, days) = (attempts(), days(&app));
    let size = (total / u32::try_from(days.len()).unwrap()).max(48);
    let (mut hits, mut standing) = ([0; CAUSES.len()], Vec::new());
    for (number, day) in days.iter().take((total / size) as usize).enumerate() {
        let people = u32::try_from(number).unwrap() * size;
        let cause = CAUSES[number % CAUSES.len()];
        let wave = Wave { app: &app, cause, day, attempts: size, people, next: 0.into(), made: 0.into() };
        let closed = wave.run();
        assert!(closed.status < 300, "{}", closed.text);
        let hit = hit(&wave, number);
        hits[number % CAUSES.len()] += hit.len();
        if reopen(&wave, &closed) {
            standing.extend(hit);
        }
    }
    assert!(hits.iter().all(|hits| *hits > 0), "nothing was booked before it was closed: {hits:?}");
    let open = every(&app, "/v1/booking-conflicts?resolved=false");
    let open: BTreeSet<&str> = open.iter().map(|conflict| conflict["booking_id"].as_str().unwrap()).collect();
    assert!(standing.iter().all(|booking| open.contains(booking.as_str())), "a conflict that is in no list");
}
