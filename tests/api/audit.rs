//! The audit log: every act is in it, and a changed line shows.

use serde_json::json;

use crate::support::{TestApp, WEDNESDAY_9};

#[test]
fn every_act_is_logged_with_who_and_what_and_never_the_value() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let person = booked["person"]["id"].as_str().unwrap();
    let log = app.get(&format!("/v1/audit-log?action=booking.created&person_id={person}")).user("director1").send();
    let line = log.expect(200)["items"][0].clone();
    assert_eq!(line["operation"], "create_booking");
    assert!(line["actor"].as_str().unwrap().starts_with("accounts/"));
    assert_eq!(line["subject"], format!("bookings/{}", booked["id"].as_str().unwrap()));
    assert_eq!((line["client"].as_str(), line["address"].as_str()), (Some("huzheng"), Some("127.0.0.1")));
}

#[test]
fn an_untouched_log_proves_itself_and_a_changed_one_names_the_line() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let verify = || app.get("/v1/audit-log:verify").user("director1").send().expect(200).clone();
    let proof = verify();
    assert_eq!((proof["intact"].as_bool(), proof["first_broken_line"].is_null()), (Some(true), true));
    assert!(proof["lines"].as_i64().unwrap() > 30);
    app.sql("UPDATE audit_log SET actor = 'accounts/somebody-else' WHERE seq = 7");
    assert_eq!((verify()["intact"].clone(), verify()["first_broken_line"].clone()), (json!(false), json!(7)));
}

#[test]
fn a_line_cut_off_or_put_in_shows_too() {
    let app = TestApp::new();
    app.token("director1");
    app.sql("DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)");
    let proof = app.get("/v1/audit-log:verify").user("director1").send();
    assert_eq!(proof.expect(200)["intact"], false);
}
