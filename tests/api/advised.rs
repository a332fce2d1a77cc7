//! Who is advised against whom nobody learns by booking: a seat that is barred is as one that is taken, to all but staff.

use serde_json::{Value, json};

use crate::consultations::book_against;
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking};

/// Books for somebody at the counter.
pub fn by_clerk(app: &TestApp, slot: &str, who: &Value, opponent: Option<&str>) -> Answer {
    let mut body = booking(slot);
    body["person"] = who.clone();
    if let Some(opponent) = opponent {
        body["answers"]["opponent"] = json!(opponent);
    }
    app.post("/v1/bookings").user("clerk1").once().json(&body).send()
}

/// A refusal without what each has of its own.
fn told(answer: &Answer) -> Value {
    let mut body = answer.refused(409, "slot_taken").clone();
    body.as_object_mut().unwrap().remove("trace_id");
    body
}

#[test]
fn nobody_learns_by_booking_who_is_advised() {
    let app = TestApp::new();
    // Wednesday's adviser hears 李示範.
    app.book("citizen4", WEDNESDAY_9);
    let named = |user: &str, slot: &str, opponent: &str| book_against(&app, user, slot, opponent);
    let advised = app.citizen_number(4);
    // Of a slot that is taken the name changes nothing.
    let (known, other) = (named("citizen1", WEDNESDAY_9, &advised), named("citizen1", WEDNESDAY_9, "張三"));
    assert_eq!(told(&known), told(&other));
    // A slot whose adviser must not hear it is told as one that somebody has taken: with the same alternatives, those of that
    // adviser among them, and without itself.
    let barred = told(&named("citizen1", WEDNESDAY_930, &advised));
    app.book("citizen2", WEDNESDAY_930);
    assert_eq!(barred, told(&named("citizen1", WEDNESDAY_930, "張三")));
    let ids: Vec<&str> = barred["alternatives"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.first(), Some(&"LEGAL_CONSULTATION-20261125T1000"), "{ids:?}");
    assert_eq!(ids.len(), 3);
    // Nor does it where they have a booking that day: the day goes before the seats.
    app.book("citizen3", "LEGAL_CONSULTATION-20261125T1000");
    for opponent in [advised.as_str(), "張三"] {
        named("citizen3", "LEGAL_CONSULTATION-20261125T1030", opponent).refused(409, "already_booked");
    }
    // Another adviser is given where there is one.
    named("citizen1", FRIDAY_9, &advised).expect(201);
}

#[test]
fn staff_are_told_of_a_conflict_where_nothing_else_is_left() {
    let app = TestApp::new();
    app.book("citizen4", WEDNESDAY_9);
    let advised = app.citizen_number(4);
    let citizen = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    let alternatives = by_clerk(&app, WEDNESDAY_930, &citizen, Some(&advised));
    let alternatives = alternatives.refused(409, "adviser_conflict")["alternatives"].clone();
    // Theirs leave out the adviser's other slots.
    assert_eq!(alternatives[0]["id"], FRIDAY_9);
    by_clerk(&app, WEDNESDAY_9, &citizen, Some(&advised)).refused(409, "slot_taken");
}
