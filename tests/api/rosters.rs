//! Who can be booked when is a domain's to say: a second one gives its own roster beside the advisers', and a service names
//! the one that serves it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use huzheng::accounts;
use huzheng::db::{Conn, Id};
use huzheng::domain::{Domain, Domains};
use huzheng::domains::ALL;
use huzheng::error;
use huzheng::scheduling::Plans;
use huzheng::scheduling::roster::{Duty, Roster, Rostered, publish};
use serde_json::{Value, json};

use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9};

/// Two rooms, open on Thursdays; the first is looked after by the account `adviser1`.
#[derive(Debug)]
struct Rooms;

const ROOMS: [&str; 2] = ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e01", "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e02"];

/// A Thursday on which both are closed.
const CLOSED: &str = "2026-12-03";

fn resource(id: &str) -> String {
    format!("rooms/{id}")
}

impl Roster for Rooms {
    fn code(&self) -> &'static str {
        "ROOMS"
    }

    fn duty(&self, _: &mut Conn) -> error::Result<Duty> {
        let room =
            |id: &str| Rostered { id: id.parse().unwrap(), name: "Room".into(), resource: resource(id), weekdays: vec![3] };
        Ok(Duty { all: ROOMS.map(room).into(), set: BTreeMap::from([(CLOSED.parse().unwrap(), vec![])]) })
    }

    fn of_account(&self, conn: &mut Conn, account: Id) -> error::Result<Vec<String>> {
        let keeper = accounts::id_of(conn, "adviser1")?;
        Ok(if keeper == Some(account) { vec![resource(ROOMS[0])] } else { vec![] })
    }

    fn day(&self, date: NaiveDate) -> String {
        format!("rooms/{date}")
    }
}

/// All that the application is told of the domain.
static ROOM_DOMAIN: Domain =
    Domain { parts: |node| node.given::<Plans>().add_roster(&Rooms), schemas: &[|all| publish(&Rooms, all)], ..Domain::EMPTY };

/// The office with these domains above its own.
fn with(domains: &[&'static Domain]) -> Domains {
    Domains(ALL.0.iter().chain(domains).copied().collect::<Vec<_>>().leak())
}

const THURSDAY: &str = "DIRECTOR_MEETING-20261126T1400";

/// Lets a roster serve the meetings with the director.
fn staff(app: &TestApp, staffing: &str) -> Answer {
    let service = app.get("/v1/services/DIRECTOR_MEETING").send();
    let mut body = service.expect(200).clone();
    body["booking"]["staffing"] = json!(staffing);
    body["booking"]["online_seats"] = json!(2);
    body["booking"]["seats"] = json!(2);
    let call = app.call("PUT", "/v1/services/DIRECTOR_MEETING").user("chief1").if_match(service.etag());
    call.json(&json!({"service": body})).send()
}

fn seats(app: &TestApp, service: &str, day: &str) -> Value {
    let slots = app.get(&format!("/v1/slots?service={service}&from={day}&to={day}&include_full=true")).send();
    slots.expect(200)["items"][0]["capacity"].clone()
}

#[test]
fn a_service_is_served_by_the_roster_that_it_names() {
    let app = TestApp::of(with(&[&ROOM_DOMAIN]));
    assert_eq!(staff(&app, "ROOMS").expect(200)["conflicts"], json!([]));
    assert_eq!(app.get("/v1/services/DIRECTOR_MEETING").send().expect(200)["booking"]["staffing"], "ROOMS");
    let meetings = |day| seats(&app, "DIRECTOR_MEETING", day);
    assert_eq!((meetings("2026-11-26"), meetings(CLOSED), meetings("2026-12-10")), (json!(2), Value::Null, json!(2)));
    assert_eq!((seats(&app, "LEGAL_CONSULTATION", "2026-11-25"), seats(&app, "COUNTER", "2026-11-26")), (json!(1), json!(4)));
    app.book("citizen1", THURSDAY);
    app.book("citizen2", THURSDAY);
    app.try_book("citizen3", THURSDAY).refused(409, "slot_taken");
}

#[test]
fn an_account_sees_the_bookings_of_what_it_stands_for_by_any_roster() {
    let app = TestApp::of(with(&[&ROOM_DOMAIN]));
    staff(&app, "ROOMS").expect(200);
    let (first, second) = (app.book("citizen1", THURSDAY), app.book("citizen2", THURSDAY));
    // Friday's first seat is adviser1's, Wednesday's adviser2's.
    let (own, other) = (app.book("citizen3", FRIDAY_9), app.book("citizen4", WEDNESDAY_9));
    let seen = |user: &str| {
        let list = app.get("/v1/bookings").user(user).send();
        list.expect(200)["items"].as_array().unwrap().iter().map(|booking| booking["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(seen("adviser1"), [first["id"].clone(), own["id"].clone()]);
    assert_eq!(seen("adviser2"), [other["id"].clone()]);
    let show = |booking: &Value| app.get(&format!("/v1/bookings/{}", booking["id"].as_str().unwrap())).user("adviser1").send();
    show(&first).expect(200);
    show(&second).refused(404, "not_found");
}

#[test]
fn a_conflict_that_a_roster_leaves_is_called_by_its_day() {
    let app = TestApp::of(with(&[&ROOM_DOMAIN]));
    let booked = app.book("citizen1", "DIRECTOR_MEETING-20261203T1400");
    let closure = json!({"date": CLOSED, "part": "ALL", "reason": "颱風停止上班"});
    let closure = app.post("/v1/calendar/closures").user("chief1").json(&closure).send();
    staff(&app, "ROOMS").expect(200);
    app.call("DELETE", &closure.headers["location"]).user("chief1").if_match("*").send();
    let open = app.get("/v1/booking-conflicts?resolved=false").user("clerk1").send();
    let left = &open.expect(200)["items"][0];
    assert_eq!((&left["booking_id"], &left["cause"]), (&booked["id"], &json!("ROTA")));
    assert_eq!(left["cause_id"], format!("rooms/{CLOSED}"));
}

#[test]
fn a_roster_that_no_domain_gives_serves_nothing() {
    let app = TestApp::new();
    let refused = staff(&app, "ROOMS");
    refused.refused(422, "invalid");
    assert_eq!(refused.fields(), [("/service/booking/staffing".into(), "not_allowed".into())]);
    assert_eq!(refused.body["errors"][0]["detail"], "應為 PLACES、ADVISERS 之一");
    staff(&app, "ADVISERS").expect(200);
    assert_eq!(seats(&app, "DIRECTOR_MEETING", "2026-11-26"), Value::Null);
}

#[test]
fn the_contract_names_the_rosters_of_its_domains() {
    let staffing = |domains: Domains| {
        let contract = serde_json::to_value(huzheng::contract::of(domains)).unwrap();
        contract["components"]["schemas"]["Staffing"]["enum"].clone()
    };
    assert_eq!(staffing(ALL), json!(["PLACES", "ADVISERS"]));
    assert_eq!(staffing(with(&[&ROOM_DOMAIN])), json!(["PLACES", "ADVISERS", "ROOMS"]));
}

#[test]
#[should_panic(expected = "ROOMS is given twice")]
fn two_rosters_cannot_have_one_code() {
    TestApp::of(with(&[&ROOM_DOMAIN, &ROOM_DOMAIN]));
}
