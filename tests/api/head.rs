//! HEAD answers as GET does and changes nothing, whatever GET changes.

use serde_json::json;

use crate::contract::operations;
use crate::exchange::{moved, notify};
use crate::promises::{USERS, filled, line};
use crate::support::{FRIDAY_9, TestApp, WEDNESDAY_9};

/// Every address that can be read, with a token that may, and a record that is there where the list shows one.
fn readable(app: &TestApp) -> Vec<(String, String)> {
    let reads = operations().iter().filter(|(_, method, _)| method == "GET");
    let mut found = Vec::new();
    for (path, _, operation) in reads {
        let line = line(operation["operationId"].as_str().unwrap());
        let user = USERS.iter().rev().find(|(role, _)| line.reach(&[*role]).is_some());
        let token = user.map_or_else(|| app.client_token("agency-land"), |(_, user)| app.token(user));
        let list = path.split("/{").next().unwrap();
        let shown = app.get(list).bearer(&token).send();
        let id = shown.body["items"][0]["id"].as_str().filter(|_| path.contains("{id}"));
        let (_, path) = filled("GET", &id.map_or_else(|| (*path).to_owned(), |id| path.replace("{id}", id)));
        found.push((path, token));
    }
    found
}

#[test]
fn head_leaves_the_store_as_it_is() {
    let app = TestApp::new();
    app.book("citizen1", WEDNESDAY_9);
    app.book("citizen2", FRIDAY_9);
    notify(&app, &moved(&app, 1), &["LAND"]).expect(201);
    let reads = readable(&app);
    // Another one after the queue was read: it waits to be sent.
    notify(&app, &moved(&app, 2), &["LAND"]).expect(201);
    // Reading the log seals the journal: what was done so far is moved no more.
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let before = app.contents();
    let mut answered = 0;
    for (path, token) in &reads {
        let head = app.call("HEAD", path).bearer(token).send();
        assert!(head.status < 500, "{path}: {}", head.status);
        answered += u32::from(head.status == 200);
        for (table, rows) in app.contents() {
            assert!(rows == before[&table], "HEAD {path} changes {table}");
        }
    }
    assert!(answered >= 40, "{answered} of {} reads were answered", reads.len());
    // The comparison sees what GET does.
    app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send().expect(200);
    assert_ne!(app.contents()["agency_deliveries"], before["agency_deliveries"]);
}

#[test]
fn head_of_a_read_with_effects_answers_as_get_does() {
    let app = TestApp::new();
    notify(&app, &moved(&app, 1), &["LAND"]).expect(201);
    let token = app.client_token("agency-land");
    let head = app.call("HEAD", "/v1/agency-queue").bearer(&token).send();
    let get = app.get("/v1/agency-queue").bearer(&token).send();
    assert_eq!(get.expect(200)["items"][0]["status"], json!("SENT"));
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!((head.etag(), &head.headers["content-length"]), (get.etag(), &get.text.len().to_string()));
}
