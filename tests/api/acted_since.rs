//! Whoever did anything in person after the day on which they are said to have died: refused where the death is entered first, and
//! shown to the clerk where it is entered last (民法 §6).

use serde_json::{Value, json};

use crate::cases::{act, registered, take};
use crate::certificates::{apply, letter_of, transcript};
use crate::known::{GROWN, code, death, declared, married, matter, paper, prove};
use crate::relations::{as_applicant, as_party};
use crate::support::{TestApp, WEDNESDAY_9, booking, person};

/// Lets the office know somebody whom another only names.
fn named(app: &TestApp, number: u32) {
    let mut body = matter(990);
    body["parties"].as_array_mut().unwrap().push(as_party(person(number), "OTHER"));
    take(app, "clerk1", &body).expect(201);
}

/// The hints of a death on a day.
fn told(app: &TestApp, number: u32, day: &str) -> Value {
    let mut body = death(app, number);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    let check = app.post("/v1/cases:check").user("clerk1").json(&body).send();
    check.expect(200)["register_hints"].clone()
}

/// Shows that somebody did something on the day of the clock, and nothing before.
fn acted(app: &TestApp, number: u32, as_what: &str) {
    let hint = json!([{"pointer": "/fields/died_on", "kind": "ACTED_AFTER_DEATH"}]);
    assert_eq!(told(app, number, "2025-01-01"), hint, "{as_what}");
    assert_eq!(told(app, number, &app.now().date().to_string()), json!([]), "{as_what}: on the day itself they may have");
}

#[test]
fn a_death_before_what_somebody_did_in_person_in_a_case_is_shown_to_the_clerk() {
    let app = TestApp::new();
    named(&app, 501);
    assert_eq!(told(&app, 501, "2025-01-01"), json!([]), "whoever is only named did nothing");
    take(&app, "clerk1", &matter(502)).expect(201);
    acted(&app, 502, "applies");
    let mut for_another = matter(503);
    for_another["applicant"] = as_applicant(person(504), "INTERESTED_PERSON");
    take(&app, "clerk1", &for_another).expect(201);
    acted(&app, 504, "applies for another");
    named(&app, 505);
    let mut sent = matter(506);
    sent["proxy"] = person(505);
    (sent["proxy"]["reason"], sent["proxy"]["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    take(&app, "clerk1", &sent).expect(201);
    acted(&app, 505, "comes for another");
    named(&app, 903);
    registered(&app, &married(&app, 507, 508, GROWN));
    acted(&app, 903, "is a witness");
    // What is withdrawn was brought all the same.
    named(&app, 509);
    let taken = take(&app, "clerk1", &matter(509)).expect(201).clone();
    act(&app, "clerk1", &taken, ":withdraw", &json!({"reason": "不辦了"})).expect(200);
    acted(&app, 509, "has applied");
}

#[test]
fn so_is_a_death_before_what_somebody_did_beside_the_cases() {
    let app = TestApp::new();
    for number in [511, 512, 513, 514] {
        named(&app, number);
        assert_eq!(told(&app, number, "2025-01-01"), json!([]));
    }
    apply(&app, "clerk1", &transcript(511)).expect(201);
    acted(&app, 511, "asks for a certificate");
    let token = declared(&app, "owner", &person(512), "1990-05-04");
    prove(&app, &paper(&code(&app, &token), &person(512))).expect(201);
    acted(&app, 512, "proves who they are");
    letter_of(&app, &person(513));
    acted(&app, 513, "gives a letter");
    let mut visit = booking(WEDNESDAY_9);
    visit["person"] = person(514);
    let booked = app.post("/v1/bookings").user("clerk1").once().json(&visit).send().expect(201).clone();
    let on = |act: &str, body: Value| {
        let path = format!("/v1/bookings/{}:{act}", booked["id"].as_str().unwrap());
        app.post(&path).user("clerk1").if_match("*").json(&body).send().expect(200);
    };
    app.set_clock("2026-11-25T09:10:00+08:00");
    assert_eq!(told(&app, 514, "2025-01-01"), json!([]), "nobody has come yet");
    on("check-in", json!({}));
    on("complete", json!({}));
    acted(&app, 514, "keeps an appointment");
    on("take-back", json!({"reason": "誤按"}));
    assert_eq!(told(&app, 514, "2025-01-01"), json!([]), "what was noted by mistake nobody did");
}
