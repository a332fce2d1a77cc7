//! Digests under competing requests: begun once, frozen once, whole while petitions move, told of once.

use serde_json::{Value, json};

use crate::digests::{NOVEMBER, OCTOBER, act, hash, read};
use crate::petitions::{self, Taken, assign, letter, replied, take};
use crate::serial::{CLIENTS, at_once, log_in, once};
use crate::support::TestApp;

pub fn a_digest_is_begun_once(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let month = "/v1/digests/petitions/2020-01";
    let tag = app.get(month).user("clerk1").send().etag().to_owned();
    let answers =
        at_once(CLIENTS, |_| app.post(&format!("{month}:submit")).user("clerk1").once().if_match(&tag).json(&json!({})).send());
    once(&answers, "200", "412 version_mismatch");
    assert_eq!(read(app, "chief1", month)["history"].as_array().unwrap().len(), 1);
}

pub fn a_digest_is_frozen_once(app: &TestApp) {
    log_in(app, &["clerk1", "chief1", "chief2", "director1"]);
    act(app, "clerk1", OCTOBER, "submit", &json!({})).expect(200);
    let seen = ["chief1", "chief2"].map(|user| (user, app.get(OCTOBER).user(user).send().etag().to_owned()));
    let answers = at_once(CLIENTS, |client| {
        let (user, tag) = &seen[client % 2];
        app.post(&format!("{OCTOBER}:freeze")).user(user).once().if_match(tag).json(&json!({})).send()
    });
    once(&answers, "200", "412 version_mismatch");
    assert_eq!(read(app, "chief1", OCTOBER)["freezings"].as_array().unwrap().len(), 1);
}

pub fn a_month_is_frozen_while_petitions_are_closed(app: &TestApp) {
    log_in(app, &["clerk1", "clerk2", "chief1", "director1"]);
    let ready = |_| -> Taken {
        let petition = take(app, Some("clerk1"), &letter("INQUIRY"));
        assign(app, &petition, "clerk2");
        replied(app, &petition, "FINAL");
        petition
    };
    let all: Vec<Taken> = (1..CLIENTS).map(ready).collect();
    app.set_clock("2026-12-01T09:00:00+08:00");
    log_in(app, &["clerk1", "clerk2", "chief1", "director1"]);
    act(app, "clerk1", NOVEMBER, "submit", &json!({})).expect(200);
    let answers = at_once(CLIENTS, |client| match all.get(client) {
        Some(petition) => petitions::act(app, "clerk2", petition, "close", &json!({})),
        None => act(app, "chief1", NOVEMBER, "freeze", &json!({})),
    });
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{:?}",
        answers.iter().map(|answer| &answer.text).collect::<Vec<_>>()
    );
    let frozen = read(app, "chief1", NOVEMBER);
    assert_eq!(frozen["sha256"], hash(&frozen));
    // What ended in December is none of November's, whichever came first.
    assert_eq!((&frozen["figures"]["closed"], &frozen["changes"]), (&json!(0), &json!(0)));
    let december = read(app, "chief1", "/v1/digests/petitions/2026-12");
    assert_eq!(december["figures"]["closed"], json!(CLIENTS - 1));
}

pub fn a_due_day_is_told_of_once(app: &TestApp) {
    app.set_clock("2026-12-07T09:00:00+08:00");
    log_in(app, &["director1"]);
    at_once(CLIENTS, |_| app.tick());
    let log = app.get("/v1/audit-log?action=digest.due_soon&include_total=true").user("director1").send();
    assert_eq!(log.expect(200)["total"], 1);
    let months = app.get("/v1/digests/petitions?include_total=true").user("director1").send();
    assert_eq!(months.expect(200)["total"], Value::from(3));
}
