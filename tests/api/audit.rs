//! The audit log: every act is in it, and a changed line shows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::petition_secrecy::report;
use crate::petitions::{account, take};
use crate::support::{TestApp, WEDNESDAY_9};

/// All lines that somebody is shown, the newest first.
fn lines(app: &TestApp, user: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/audit-log?limit=100{cursor}")).user(user).send();
        all.extend(page.expect(200)["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn verify(app: &TestApp) -> Value {
    app.get("/v1/audit-log:verify").user("director1").send().expect(200).clone()
}

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
fn an_untouched_log_proves_itself_and_a_changed_one_tells_as_far_as_which_line_it_is_whole() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let (proof, shown) = (verify(&app), lines(&app, "director1"));
    assert_eq!((&proof["intact"], &proof["whole_to"], &proof["head"]), (&json!(true), &shown[0]["id"], &shown[0]["hash"]));
    app.sql("UPDATE audit_log SET actor = 'accounts/somebody-else' WHERE seq = 7");
    let proof = verify(&app);
    assert_eq!(proof["intact"], false);
    let place = shown.iter().position(|line| line["id"] == proof["whole_to"]).expect("a line of before it was changed");
    assert!(place > 0 && shown.len() - place <= 6, "{place} of {}", shown.len());
    assert_eq!(proof["head"], shown[place]["hash"]);
    app.sql("UPDATE audit_log SET actor = 'accounts/somebody-else' WHERE seq = 1");
    assert_eq!((&verify(&app)["whole_to"], &verify(&app)["head"]), (&Value::Null, &Value::Null));
}

#[test]
fn nothing_that_a_reader_is_given_of_the_log_counts_lines_that_they_do_not_see() {
    let app = TestApp::new();
    for user in ["director1", "chief2", "clerk1"] {
        app.token(user);
    }
    let concerns = json!([{"kind": "ACCOUNT", "account_id": account(&app, "director1")}]);
    let told = || {
        let page = app.get("/v1/audit-log?limit=1&include_total=true").user("director1").send();
        let proof = verify(&app);
        (
            lines(&app, "director1"),
            page.expect(200).clone(),
            (proof["intact"].clone(), proof["whole_to"].clone(), proof["head"].clone()),
        )
    };
    let (before, written) = (told(), app.contents()["audit_log"].len());
    take(&app, Some("clerk1"), &report(concerns));
    assert!(app.contents()["audit_log"].len() > written, "the control");
    assert_eq!(told(), before);
    let (before, page, _) = before;
    // Neither an id nor a hash can be worked out, nor does a cursor tell more than the id.
    let stored = app.contents()["audit_log"].join("\n");
    let mut ids: Vec<&str> = before.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| id.len() == 32));
    assert!(before.iter().all(|line| line["seq"].is_null() && !stored.contains(line["hash"].as_str().unwrap())));
    let cursor = URL_SAFE_NO_PAD.decode(page["next"].as_str().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&cursor).unwrap()["p"], before[0]["id"]);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), before.len());
}

#[test]
fn a_cursor_that_names_a_line_by_its_number_is_refused() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    let page = app.get("/v1/audit-log?limit=1").user("director1").send();
    let cursor = URL_SAFE_NO_PAD.decode(page.expect(200)["next"].as_str().unwrap()).unwrap();
    let mut cursor: Value = serde_json::from_slice(&cursor).unwrap();
    cursor["p"] = json!("9");
    let forged = URL_SAFE_NO_PAD.encode(cursor.to_string());
    app.get(&format!("/v1/audit-log?limit=1&cursor={forged}")).user("director1").send().refused(400, "invalid_cursor");
}

#[test]
fn a_line_cut_off_or_put_in_shows_too() {
    let app = TestApp::new();
    app.token("director1");
    app.sql("DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)");
    let proof = app.get("/v1/audit-log:verify").user("director1").send();
    assert_eq!(proof.expect(200)["intact"], false);
}
