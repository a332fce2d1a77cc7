//! Log-ins, tokens, keys, letters of proxy.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, TestApp, WEDNESDAY_9, booking, person};

pub const NEW_PASSWORD: &str = "Gruen-Tee-um-vier";

pub fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send()
}

fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/auth/refresh").json(&json!({"refresh_token": token})).send()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub fn user(app: &TestApp, username: &str) -> (String, String) {
    let list = app.get("/v1/users?limit=100").user("admin1").send();
    let items = list.expect(200)["items"].as_array().unwrap().clone();
    let found = items.iter().find(|u| u["username"] == username).unwrap();
    let path = format!("/v1/users/{}", found["id"].as_str().unwrap());
    let etag = app.get(&path).user("admin1").send().etag().to_owned();
    (path, etag)
}

#[test]
fn a_login_gives_tokens_that_work_for_a_quarter_of_an_hour() {
    let app = TestApp::new();
    let tokens = login(&app, "citizen1", PASSWORD);
    assert_eq!(tokens.expect(200)["expires_in"], 900);
    assert_eq!(tokens.body["roles"], json!(["CIT"]));
    let token = text(&tokens.body["access_token"]);
    let me = app.get("/v1/me").bearer(&token).send();
    assert_eq!(me.expect(200)["username"], "citizen1");
    assert_eq!(me.body["person"]["name"], "王○範");
    app.clock.advance(chrono::Duration::minutes(16));
    app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
}

#[test]
fn unknown_users_and_wrong_passwords_answer_alike_and_lock_alike() {
    let app = TestApp::new();
    for name in ["citizen1", "nobody-at-all"] {
        for _ in 0..5 {
            login(&app, name, "wrong-password").refused(401, "invalid_credentials");
        }
        let locked = login(&app, name, PASSWORD);
        locked.refused(429, "login_locked");
        assert_eq!(locked.headers["retry-after"], "901");
    }
    app.clock.advance(chrono::Duration::minutes(16));
    login(&app, "citizen1", PASSWORD).expect(200);
}

#[test]
fn guesses_at_once_get_no_more_than_guesses_in_turn() {
    let app = TestApp::new();
    for name in ["citizen3", "nobody-at-all"] {
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let guess = || login(&app, name, "wrong-password").status;
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(guess)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
        login(&app, name, PASSWORD).refused(429, "login_locked");
    }
}

#[test]
fn a_suspension_while_the_password_is_looked_at_stops_the_login() {
    let app = TestApp::new();
    thread::scope(|scope| {
        // The hashes of these are computed first, a few at a time.
        for number in 0..40 {
            let name = format!("nobody-{number}");
            let app = &app;
            scope.spawn(move || login(app, &name, PASSWORD));
        }
        thread::sleep(Duration::from_millis(100));
        let late = scope.spawn(|| login(&app, "citizen4", PASSWORD));
        thread::sleep(Duration::from_millis(100));
        app.sql("UPDATE accounts SET status = 'SUSPENDED' WHERE username = 'citizen4'");
        late.join().unwrap().refused(401, "invalid_credentials");
    });
}

#[test]
fn wrong_present_passwords_count_as_failed_logins() {
    let app = TestApp::new();
    let token = app.token("citizen1");
    let change = |current: &str| {
        let body = json!({"current_password": current, "new_password": NEW_PASSWORD});
        app.post("/v1/auth/password").bearer(&token).json(&body).send()
    };
    for _ in 0..5 {
        change("wrong").refused(422, "invalid");
    }
    change(PASSWORD).refused(429, "login_locked");
    login(&app, "citizen1", PASSWORD).refused(429, "login_locked");
    app.clock.advance(chrono::Duration::minutes(16));
    login(&app, "citizen1", PASSWORD).expect(200);
}

#[test]
fn a_login_sent_again_with_its_key_spends_no_attempt() {
    let app = TestApp::new();
    let body = json!({"username": "citizen1", "password": PASSWORD});
    for _ in 0..8 {
        app.post("/v1/auth/login").key("again").json(&body).send().expect(200);
    }
}

#[test]
fn a_key_stands_for_one_version_of_one_action() {
    let app = TestApp::new();
    let (path, etag) = user(&app, "citizen2");
    let act = |tag: &str| app.post(&format!("{path}:suspend")).user("admin1").key("one").if_match(tag).send();
    assert_eq!(act(&etag).expect(200), act(&etag).expect(200));
    act("\"v2\"").refused(422, "idempotency_mismatch");
}

#[test]
fn a_refresh_token_works_once_and_its_reuse_ends_the_login() {
    let app = TestApp::new();
    let first = login(&app, "citizen1", PASSWORD);
    let second = text(&refresh(&app, &text(&first.body["refresh_token"])).expect(200)["refresh_token"]);
    let third = text(&refresh(&app, &second).expect(200)["refresh_token"]);
    let access = text(&first.body["access_token"]);
    app.get("/v1/me").bearer(&access).send().expect(200);
    refresh(&app, &second).refused(401, "unauthenticated");
    refresh(&app, &third).refused(401, "unauthenticated");
    app.get("/v1/me").bearer(&access).send().refused(401, "unauthenticated");
    let other = text(&login(&app, "citizen1", PASSWORD).body["refresh_token"]);
    refresh(&app, &other).expect(200);
}

#[test]
fn a_refresh_lost_on_the_way_can_be_sent_again_with_its_key() {
    let app = TestApp::new();
    let token = text(&login(&app, "citizen1", PASSWORD).body["refresh_token"]);
    let send = || app.post("/v1/auth/refresh").key("one").json(&json!({"refresh_token": token})).send();
    let (first, second) = (send(), send());
    assert_eq!(first.expect(200), second.expect(200));
    refresh(&app, &text(&first.body["refresh_token"])).expect(200);
}

#[test]
fn logging_out_ends_this_login_at_once_and_no_other() {
    let app = TestApp::new();
    let tokens = login(&app, "clerk1", PASSWORD);
    let (access, again) = (text(&tokens.body["access_token"]), text(&tokens.body["refresh_token"]));
    let other = login(&app, "clerk1", PASSWORD);
    assert_eq!(app.post("/v1/auth/logout").bearer(&access).send().status, 204);
    app.get("/v1/me").bearer(&access).send().refused(401, "unauthenticated");
    refresh(&app, &again).refused(401, "unauthenticated");
    app.get("/v1/me").bearer(&text(&other.body["access_token"])).send().expect(200);
    refresh(&app, &text(&other.body["refresh_token"])).expect(200);
    let client = app.client_token("county");
    assert_eq!(app.post("/v1/auth/logout").bearer(&client).send().status, 204);
    app.get("/v1/me").bearer(&client).send().refused(401, "unauthenticated");
}

#[test]
fn a_new_password_obeys_the_rules_and_ends_all_logins() {
    let app = TestApp::new();
    let token = app.token("citizen1");
    let change = |current: &str, new: &str, token: &str| {
        app.post("/v1/auth/password").bearer(token).json(&json!({"current_password": current, "new_password": new})).send()
    };
    assert_eq!(change("wrong", NEW_PASSWORD, &token).fields(), [("/current_password".into(), "wrong".into())]);
    assert_eq!(change(PASSWORD, "short", &token).fields(), [("/new_password".into(), "too_short".into())]);
    assert_eq!(change(PASSWORD, "citizen1-and-More", &token).fields(), [("/new_password".into(), "contains_username".into())]);
    assert_eq!(change(PASSWORD, NEW_PASSWORD, &token).status, 204);
    app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
    login(&app, "citizen1", PASSWORD).refused(401, "invalid_credentials");
    let token = text(&login(&app, "citizen1", NEW_PASSWORD).body["access_token"]);
    assert_eq!(change(NEW_PASSWORD, PASSWORD, &token).refused(422, "invalid")["errors"][0]["code"], "too_common");
    assert_eq!(change(NEW_PASSWORD, NEW_PASSWORD, &token).fields(), [("/new_password".into(), "reused".into())]);
}

#[test]
fn keys_rotate_with_an_overlap() {
    let app = TestApp::new();
    let old = app.token("citizen1");
    let keys = |app: &TestApp| app.get("/.well-known/jwks.json").send().expect(200)["keys"].as_array().unwrap().len();
    assert_eq!(keys(&app), 1);
    app.rotate_keys();
    app.tick();
    assert_eq!(keys(&app), 2);
    app.get("/v1/me").bearer(&old).send().expect(200);
    let new = text(&login(&app, "citizen1", PASSWORD).body["access_token"]);
    assert_ne!(old.split('.').next(), new.split('.').next(), "another kid");
    app.get("/v1/me").bearer(&new).send().expect(200);
    app.advance(chrono::Duration::minutes(61));
    app.tick();
    assert_eq!(keys(&app), 1);
}

#[test]
fn the_discovery_document_leads_to_the_endpoints() {
    let app = TestApp::new();
    let found = app.get("/.well-known/oauth-authorization-server").send();
    assert_eq!(found.expect(200)["issuer"], "http://office.test");
    assert_eq!(found.body["jwks_uri"], "http://office.test/.well-known/jwks.json");
}

#[test]
fn whoever_ends_their_own_log_in_may_ask_again() {
    let app = TestApp::new();
    let change = json!({"current_password": PASSWORD, "new_password": "Another-password-2"});
    for (path, body) in [("/v1/auth/logout", json!({})), ("/v1/auth/password", change)] {
        app.clock.advance(chrono::Duration::days(2));
        app.advance(chrono::Duration::seconds(1));
        let token = app.token("citizen1");
        let send = |key: &str| {
            let call = app.post(path).bearer(&token).key(key);
            let call = if path.ends_with("logout") { call } else { call.json(&body) };
            call.send()
        };
        assert_eq!(send(path).status, 204, "{path}");
        let again = send(path);
        assert_eq!((again.status, again.headers["idempotency-replayed"].as_str()), (204, "true"), "{path}");
        send("another-key").refused(401, "unauthenticated");
        app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
    }
}

#[test]
fn a_proxy_acts_for_the_principal_while_the_letter_is_in_force() {
    let app = TestApp::new();
    let principal = person(88);
    let mut body = booking(WEDNESDAY_9);
    body["person"] = principal.clone();
    let book = || app.post("/v1/bookings").user("proxy1").once().json(&body).send();
    assert_eq!(book().refused(422, "invalid")["errors"][0]["code"], "no_letter_of_proxy");
    let letter = json!({"proxy_username": "proxy1", "principal": principal, "scope": "BOOKING", "valid_from": "2026-11-23", "valid_to": "2026-12-31"});
    let noted = app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send();
    noted.expect(201);
    let again = app.post("/v1/letters-of-proxy").user("clerk2").json(&letter).send();
    assert_eq!(again.refused(409, "conflict")["errors"][0]["code"], "overlaps");
    let booked = book();
    let retry = || {
        let mut body = body.clone();
        body["slot_id"] = json!("LEGAL_CONSULTATION-20261127T0900");
        app.post("/v1/bookings").user("proxy1").key("one-key").json(&body).send()
    };
    retry().expect(201);
    assert_eq!(retry().headers["idempotency-replayed"], "true");
    let path = format!("/v1/bookings/{}", booked.expect(201)["id"].as_str().unwrap());
    app.get(&path).user("proxy1").send().expect(200);
    assert_eq!(app.get("/v1/letters-of-proxy").user("proxy1").send().expect(200)["items"].as_array().unwrap().len(), 3);
    let revoke = format!("/v1/letters-of-proxy/{}:revoke", noted.body["id"].as_str().unwrap());
    app.post(&revoke).user("clerk1").if_match(noted.etag()).send().expect(200);
    app.post(&revoke).user("clerk1").if_match("*").send().refused(409, "wrong_state");
    retry().refused(422, "idempotency_mismatch");
    for gone in [path.clone(), format!("{path}/calendar.ics")] {
        app.get(&gone).user("proxy1").send().refused(404, "not_found");
    }
    let cancel = app.post(&format!("{path}:cancel")).user("proxy1").if_match(booked.etag()).json(&json!({})).send();
    cancel.refused(404, "not_found");
    let listed = app.get("/v1/bookings").user("proxy1").send();
    assert!(listed.expect(200)["items"].as_array().unwrap().iter().all(|one| one["id"] != booked.body["id"]));
    body["slot_id"] = json!("LEGAL_CONSULTATION-20261127T0900");
    let again = app.post("/v1/bookings").user("proxy1").once().json(&body).send();
    again.refused(422, "invalid");
}
