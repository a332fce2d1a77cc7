//! Seats that are passed on from one volunteer to another.

use serde_json::{Value, json};

use crate::serial::items;
use crate::shifts::{MONDAY, morning, status};
use crate::signups::{id_of, seated};
use crate::support::TestApp;
use crate::volunteers::{act, member};

#[test]
fn a_seat_is_swapped_for_another_and_both_pass_all_rules() {
    let app = TestApp::new();
    let (giver, taker) = (member(&app, 1), member(&app, 2));
    let (monday, tuesday) = (morning(&app, MONDAY, 1), morning(&app, "2026-12-01", 1));
    let (seat, wanted) = (seated(&app, &monday, &giver), seated(&app, &tuesday, &taker));
    let ask = |body: Value| app.post(&format!("{seat}/swap-requests")).user("clerk1").once().json(&body).send();
    ask(json!({"to_volunteer_id": id_of(&taker), "for_signup_id": id_of(&wanted)})).expect(201);
    ask(json!({})).refused(409, "conflict");
    let accept = |who: &str| {
        let body = json!({"volunteer_id": id_of(who)});
        app.post(&format!("{seat}/swap-requests:accept")).user("clerk1").once().json(&body).send()
    };
    accept(&member(&app, 3)).refused(404, "not_found");
    let taken = accept(&taker).expect(200).clone();
    assert_eq!((&taken["volunteer_id"], &taken["status"]), (&id_of(&taker), &json!("PLACED")));
    assert_eq!((status(&app, &seat), status(&app, &wanted)), (json!("SWAPPED"), json!("SWAPPED")));
    let of_tuesday = items(&app, "clerk1", &format!("/v1/signups?status=PLACED&shift_id={}", id_of(&tuesday).as_str().unwrap()));
    assert_eq!(of_tuesday[0]["volunteer_id"], id_of(&giver));
}

#[test]
fn whoever_breaks_a_rule_takes_no_seat_over() {
    let app = TestApp::new();
    let (giver, busy) = (member(&app, 1), member(&app, 2));
    let seat = seated(&app, &morning(&app, MONDAY, 1), &giver);
    seated(&app, &morning(&app, MONDAY, 1), &busy);
    app.post(&format!("{seat}/swap-requests")).user("clerk1").once().json(&json!({})).send().expect(201);
    let body = json!({"volunteer_id": id_of(&busy)});
    app.post(&format!("{seat}/swap-requests:accept")).user("clerk1").once().json(&body).send().refused(409, "overlap");
    assert_eq!(status(&app, &seat), json!("PLACED"));
    app.post(&format!("{seat}/swap-requests:withdraw")).user("clerk1").once().send().expect(200);
    let asked = app.post(&format!("{seat}/swap-requests")).user("clerk1").once().json(&json!({})).send().expect(201).clone();
    act(&app, "clerk1", &seat, "cancel", &json!({})).expect(200);
    let path = format!("/v1/swap-requests/{}", asked["id"].as_str().unwrap());
    assert_eq!(status(&app, &path), json!("WITHDRAWN"), "a request goes with its seat");
}
