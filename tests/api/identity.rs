//! Accounts, log-ins, tokens, clients, letters of proxy.

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, TestApp, WEDNESDAY_9, booking, person};

const NEW_PASSWORD: &str = "Gruen-Tee-um-vier";

fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send()
}

fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/auth/refresh").json(&json!({"refresh_token": token})).send()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn user(app: &TestApp, username: &str) -> (String, String) {
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
fn a_refresh_token_works_once_and_its_reuse_ends_the_login() {
    let app = TestApp::new();
    let first = text(&login(&app, "citizen1", PASSWORD).body["refresh_token"]);
    let second = text(&refresh(&app, &first).expect(200)["refresh_token"]);
    let third = text(&refresh(&app, &second).expect(200)["refresh_token"]);
    refresh(&app, &second).refused(401, "unauthenticated");
    refresh(&app, &third).refused(401, "unauthenticated");
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
fn logging_out_ends_the_token_and_the_refresh_at_once() {
    let app = TestApp::new();
    let tokens = login(&app, "clerk1", PASSWORD);
    let (access, again) = (text(&tokens.body["access_token"]), text(&tokens.body["refresh_token"]));
    assert_eq!(app.post("/v1/auth/logout").bearer(&access).send().status, 204);
    app.get("/v1/me").bearer(&access).send().refused(401, "unauthenticated");
    refresh(&app, &again).refused(401, "unauthenticated");
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
fn a_suspension_takes_effect_with_the_next_request() {
    let app = TestApp::new();
    let token = app.token("citizen2");
    let (path, etag) = user(&app, "citizen2");
    let suspended = app.post(&format!("{path}:suspend")).user("admin1").if_match(&etag).send();
    assert_eq!(suspended.expect(200)["status"], "SUSPENDED");
    app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
    login(&app, "citizen2", PASSWORD).refused(401, "invalid_credentials");
    let again = app.post(&format!("{path}:suspend")).user("admin1").if_match(suspended.etag()).send();
    assert_eq!(again.refused(409, "wrong_state")["allowed_actions"], json!(["reinstate"]));
    app.post(&format!("{path}:reinstate")).user("admin1").if_match(suspended.etag()).send().expect(200);
    login(&app, "citizen2", PASSWORD).expect(200);
}

#[test]
fn a_new_account_waits_for_the_chiefs_approval_and_a_password_of_its_own() {
    let app = TestApp::new();
    let body = json!({"username": "clerk9", "name": "林承辦", "roles": ["CLK"], "service_point": "HEMEI"});
    let made = app.post("/v1/users").user("admin1").json(&body).send();
    assert_eq!(made.expect(201)["status"], "PENDING");
    let path = made.headers["location"].clone();
    let first = text(&made.body["initial_password"]);
    login(&app, "clerk9", &first).refused(401, "invalid_credentials");
    app.post("/v1/users").user("admin1").json(&body).send().refused(409, "conflict");
    let bad = json!({"username": "x y", "name": "x", "roles": ["CLK"]});
    app.post("/v1/users").user("admin1").json(&bad).send().refused(422, "invalid");
    let approved = app.post(&format!("{path}:approve")).user("director1").if_match("\"v1\"").send();
    assert_eq!(approved.expect(200)["roles"], json!(["CLK"]));
    let token = text(&login(&app, "clerk9", &first).expect(200)["access_token"]);
    app.get("/v1/bookings").bearer(&token).send().refused(403, "password_change_required");
    app.get("/v1/me").bearer(&token).send().expect(200);
    let change = json!({"current_password": first, "new_password": NEW_PASSWORD});
    assert_eq!(app.post("/v1/auth/password").bearer(&token).json(&change).send().status, 204);
    let token = text(&login(&app, "clerk9", NEW_PASSWORD).expect(200)["access_token"]);
    app.get("/v1/bookings").bearer(&token).send().expect(200);
}

#[test]
fn nobody_approves_what_they_asked_for() {
    let app = TestApp::new();
    let (path, etag) = user(&app, "admin1");
    let both = json!({"roles": ["ADM", "CHF"]});
    let asked = app.call("PATCH", &path).user("admin1").if_match(&etag).json(&both).send();
    assert_eq!(asked.expect(200)["requested_roles"], json!(["ADM", "CHF"]));
    let approve = |user: &str, tag: &str| app.post(&format!("{path}:approve")).user(user).if_match(tag).send();
    let approved = approve("chief1", asked.etag());
    assert_eq!(approved.expect(200)["roles"], json!(["ADM", "CHF"]));
    app.advance(chrono::Duration::seconds(1));
    let more = json!({"roles": ["ADM", "CHF", "DIR"]});
    let asked = app.call("PATCH", &path).user("admin1").if_match(approved.etag()).json(&more).send();
    assert_eq!(asked.status, 200, "{}", asked.text);
    approve("admin1", asked.etag()).refused(409, "own_request");
}

#[test]
fn a_citizen_registers_once() {
    let app = TestApp::new();
    let person = person(77);
    let body = |username: &str| {
        json!({"username": username, "password": NEW_PASSWORD, "name": "王明華", "national_id": person["national_id"],
               "birth_on": "1990-05-04", "phone": "0912345678"})
    };
    let register = |username: &str| app.post("/v1/auth/register").json(&body(username)).send();
    assert_eq!(register("ming-hua").expect(201)["name"], "王○華");
    assert_eq!(register("ming-hua").refused(409, "conflict")["errors"][0]["pointer"], "/username");
    assert_eq!(register("another").refused(409, "conflict")["errors"][0]["pointer"], "/national_id");
    let token = text(&login(&app, "ming-hua", NEW_PASSWORD).expect(200)["access_token"]);
    let booked = app.post("/v1/bookings").bearer(&token).once().json(&booking(WEDNESDAY_9)).send();
    booked.expect(201);
}

#[test]
fn a_client_gets_tokens_within_its_scopes_until_it_is_revoked() {
    let app = TestApp::new();
    let body = json!({"name": "縣府同步", "roles": ["CTY"], "scopes": ["audit.read", "me.read"], "expires_on": "2027-11-22"});
    let made = app.post("/v1/clients").user("admin1").json(&body).send();
    made.expect(201);
    let (id, secret) = (text(&made.body["id"]), text(&made.body["client_secret"]));
    let token = |secret: &str, scope: &str| {
        let form = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", secret), ("scope", scope)];
        app.post("/v1/oauth/token").form(&form).send()
    };
    token("wrong-secret", "me.read").refused(401, "invalid_client");
    token(&secret, "user.write").refused(400, "malformed");
    let narrow = text(&token(&secret, "me.read").expect(200)["access_token"]);
    assert_eq!(app.get("/v1/me").bearer(&narrow).send().expect(200)["kind"], "CLIENT");
    assert_eq!(app.get("/v1/audit-log").bearer(&narrow).send().refused(403, "insufficient_scope")["scope"], "audit.read");
    let wide = text(&token(&secret, "").expect(200)["access_token"]);
    app.get("/v1/audit-log").bearer(&wide).send().expect(200);

    let look = |token: &str| {
        let form = [("token", token), ("client_id", id.as_str()), ("client_secret", secret.as_str())];
        app.post("/v1/oauth/introspect").form(&form).send()
    };
    assert_eq!(look(&wide).expect(200)["active"], true);
    let form = [("token", wide.as_str()), ("client_id", id.as_str()), ("client_secret", secret.as_str())];
    assert_eq!(app.post("/v1/oauth/revoke").form(&form).send().status, 204);
    assert_eq!(look(&wide).expect(200)["active"], false);
    app.get("/v1/audit-log").bearer(&wide).send().refused(401, "unauthenticated");
    app.get("/v1/me").bearer(&narrow).send().expect(200);

    let path = format!("/v1/clients/{id}");
    let rotated = app.post(&format!("{path}:rotate-secret")).user("admin1").if_match("\"v1\"").send();
    rotated.expect(200);
    token(&secret, "me.read").refused(401, "invalid_client");
    app.get("/v1/me").bearer(&narrow).send().refused(401, "unauthenticated");
    let secret = text(&rotated.body["client_secret"]);
    token(&secret, "me.read").expect(200);
    app.post(&format!("{path}:revoke")).user("admin1").if_match("\"v2\"").send().expect(200);
    token(&secret, "me.read").refused(401, "invalid_client");
}

#[test]
fn a_client_expires_with_its_approval() {
    let app = TestApp::new();
    let late = json!({"name": "x", "scopes": [], "expires_on": "2032-01-01"});
    app.post("/v1/clients").user("admin1").json(&late).send().refused(422, "invalid");
    let body = json!({"name": "x", "roles": ["CTY"], "scopes": ["me.read"], "expires_on": "2026-11-24"});
    let made = app.post("/v1/clients").user("admin1").json(&body).send();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", made.body["id"].as_str().unwrap()),
        ("client_secret", made.body["client_secret"].as_str().unwrap()),
    ];
    app.post("/v1/oauth/token").form(&form).send().expect(200);
    app.advance(chrono::Duration::days(2));
    app.post("/v1/oauth/token").form(&form).send().refused(401, "invalid_client");
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
    let booked = book();
    let path = format!("/v1/bookings/{}", booked.expect(201)["id"].as_str().unwrap());
    app.get(&path).user("proxy1").send().expect(200);
    assert_eq!(app.get("/v1/letters-of-proxy").user("proxy1").send().expect(200)["items"].as_array().unwrap().len(), 3);
    let revoke = format!("/v1/letters-of-proxy/{}:revoke", noted.body["id"].as_str().unwrap());
    app.post(&revoke).user("clerk1").send().expect(200);
    app.post(&revoke).user("clerk1").send().refused(409, "wrong_state");
    body["slot_id"] = json!("LEGAL_CONSULTATION-20261127T0900");
    let again = app.post("/v1/bookings").user("proxy1").once().json(&body).send();
    again.refused(422, "invalid");
}
