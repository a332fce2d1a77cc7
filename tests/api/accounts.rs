//! Accounts: suspension, approval, registration, and how long passwords and accounts are good.

use std::io::Write;
use std::net::TcpStream;

use chrono::Duration;
use huzheng::accounts::AccountSettings;
use huzheng::config::Switch;
use serde_json::{Value, json};

use crate::identity::{NEW_PASSWORD, login, text, user};
use crate::support::{Answer, PASSWORD, TestApp, WEDNESDAY_9, booking, person};

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
    login(&app, "clerk9", &first).refused(401, "invalid_credentials");
    let first = first + approved.body["second_half"].as_str().unwrap();
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
    let (path, etag) = user(&app, "director1");
    let asked = app.post(&format!("{path}:suspend")).user("admin1").if_match(&etag).send();
    let approve = |user: &str| app.post(&format!("{path}:approve")).user(user).if_match(asked.etag()).send();
    assert_eq!(asked.expect(200)["allowed_actions"], json!(["reject", "reset-password"]));
    approve("admin1").refused(409, "own_request");
    assert_eq!(approve("chief1").expect(200)["status"], "SUSPENDED");
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
    let taken = register("ming-hua");
    taken.refused(409, "conflict");
    assert_eq!(taken.fields(), [("/username".to_owned(), "taken".to_owned())]);
    register("another").expect(201);
    let token = text(&login(&app, "ming-hua", NEW_PASSWORD).expect(200)["access_token"]);
    let booked = app.post("/v1/bookings").bearer(&token).once().json(&booking(WEDNESDAY_9)).send();
    booked.expect(201);
}

#[test]
fn nobody_approves_what_they_gain() {
    let app = TestApp::new();
    let (path, etag) = user(&app, "chief1");
    let asked = app.call("PATCH", &path).user("admin1").if_match(&etag).json(&json!({"roles": ["CHF", "DIR"]})).send();
    asked.expect(200);
    let approve = |by: &str| app.post(&format!("{path}:approve")).user(by).if_match(asked.etag()).send();
    approve("chief1").refused(409, "own_request");
    assert_eq!(approve("chief2").expect(200)["roles"], json!(["CHF", "DIR"]));
}

#[test]
fn a_rejected_request_is_gone_and_the_roles_stay() {
    let app = TestApp::new();
    let (path, etag) = user(&app, "clerk1");
    let asked = app.call("PATCH", &path).user("admin1").if_match(&etag).json(&json!({"roles": ["CLK", "REV"]})).send();
    assert_eq!(asked.expect(200)["allowed_actions"], json!(["suspend", "reset-password"]), "not to decide on one's own request");
    assert_eq!(app.get(&path).user("director1").send().expect(200)["allowed_actions"], json!(["approve", "reject"]));
    let reject = |by: &str, tag: &str| app.post(&format!("{path}:reject")).user(by).if_match(tag).send();
    reject("admin1", asked.etag()).refused(403, "forbidden");
    let rejected = reject("director1", asked.etag());
    assert_eq!((&rejected.expect(200)["roles"], &rejected.body["requested_roles"]), (&json!(["CLK"]), &Value::Null));
    let again = reject("director1", rejected.etag());
    assert_eq!(again.refused(409, "wrong_state")["allowed_actions"], json!([]));
}

#[test]
fn whoever_asks_for_the_roles_in_force_takes_a_request_back() {
    let app = TestApp::new();
    let (path, etag) = user(&app, "clerk1");
    let ask =
        |roles: Value, tag: &str| app.call("PATCH", &path).user("admin1").if_match(tag).json(&json!({"roles": roles})).send();
    let asked = ask(json!(["CLK", "CHF"]), &etag);
    assert_eq!(asked.expect(200)["requested_roles"], json!(["CLK", "CHF"]));
    let taken_back = ask(json!(["CLK"]), asked.etag());
    assert_eq!(taken_back.expect(200)["requested_roles"], Value::Null);
    let approve = app.post(&format!("{path}:approve")).user("director1").if_match(taken_back.etag()).send();
    approve.refused(409, "wrong_state");
}

#[test]
fn the_last_administrator_stays_one() {
    let app = TestApp::new();
    let (path, etag) = user(&app, "admin1");
    let suspend = |tag: &str| app.post(&format!("{path}:suspend")).user("admin1").if_match(tag).send();
    suspend(&etag).refused(409, "conflict");
    let asked = app.call("PATCH", &path).user("admin1").if_match(&etag).json(&json!({"roles": ["CLK"]})).send();
    asked.expect(200);
    let approve = |path: &str, tag: &str| app.post(&format!("{path}:approve")).user("director1").if_match(tag).send();
    assert_eq!(approve(&path, asked.etag()).refused(409, "conflict")["errors"][0]["code"], "last_administrator");
    let (other, etag) = user(&app, "clerk4");
    let second = app.call("PATCH", &other).user("admin1").if_match(&etag).json(&json!({"roles": ["ADM"]})).send();
    approve(&other, second.etag()).expect(200);
    assert_eq!(approve(&path, asked.etag()).expect(200)["roles"], json!(["CLK"]));
}

fn register(app: &TestApp, username: &str, name: &str, number: &Value, birth_on: &str) -> Answer {
    let body = json!({"username": username, "password": NEW_PASSWORD, "name": name, "national_id": number, "birth_on": birth_on});
    app.post("/v1/auth/register").json(&body).send()
}

#[test]
fn what_is_said_in_registering_is_believed_by_nobody_and_refused_to_nobody() {
    let app = TestApp::new();
    app.book_for(78, WEDNESDAY_9).expect(201);
    let known = &person(78)["national_id"];
    register(&app, "one", "別人", known, "1990-05-04").expect(201);
    register(&app, "two", "測試庚辛", known, "1990-05-04").expect(201);
    let number = json!(app.citizen_number(1));
    register(&app, "three", "王示範", &number, "1964-05-04").expect(201);
    assert_eq!(register(&app, "first", "  ", known, "1990-05-04").fields(), [("/name".into(), "blank".into())]);
    let token = text(&login(&app, "three", NEW_PASSWORD).expect(200)["access_token"]);
    let me = app.get("/v1/me").bearer(&token).send();
    assert_eq!((&me.expect(200)["identity_level"], &me.body["identity"]), (&json!("DECLARED"), &Value::Null));
    let me = app.get("/v1/me").user("citizen1").send();
    assert_eq!((&me.expect(200)["identity_level"], &me.body["identity"]["method"]), (&json!("PROVEN"), &json!("COUNTER")));
    assert_eq!(app.get("/v1/me").user("citizen9").send().expect(200)["identity_level"], "DECLARED");
}

#[test]
fn an_old_password_of_staff_must_be_changed_first() {
    let app = TestApp::with(|config| config.of_mut::<AccountSettings>().idle_account_days = 0, "");
    app.advance(Duration::days(181));
    let token = app.token("clerk1");
    app.get("/v1/bookings").bearer(&token).send().refused(403, "password_change_required");
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    assert_eq!(app.post("/v1/auth/password").bearer(&token).json(&change).send().status, 204);
    let token = text(&login(&app, "clerk1", NEW_PASSWORD).expect(200)["access_token"]);
    app.get("/v1/bookings").bearer(&token).send().expect(200);
    app.get("/v1/bookings").user("citizen1").send().expect(200);
}

#[test]
fn a_password_of_staff_is_kept_for_a_day() {
    let app = TestApp::new();
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let send = || app.post("/v1/auth/password").user("clerk1").json(&change).send();
    assert_eq!(send().fields(), [("/new_password".into(), "too_recent".into())]);
    app.advance(Duration::days(1));
    assert_eq!(send().status, 204);
}

#[test]
fn a_password_set_by_others_lapses() {
    let app = TestApp::new();
    let reset = || {
        let (path, etag) = user(&app, "clerk2");
        let reset = app.post(&format!("{path}:reset-password")).user("admin1").if_match(&etag).send();
        let approved = app.post(&format!("{path}:approve")).user("chief1").if_match(reset.etag()).send();
        text(&reset.expect(200)["initial_password"]) + approved.expect(200)["second_half"].as_str().unwrap()
    };
    let first = reset();
    login(&app, "clerk2", &first).expect(200);
    app.advance(Duration::hours(72));
    login(&app, "clerk2", &first).refused(401, "invalid_credentials");
    login(&app, "clerk2", &reset()).expect(200);
}

fn forgot(app: &TestApp, username: &str) -> Answer {
    app.post("/v1/auth/password-resets").json(&json!({"username": username})).send()
}

/// Accounts of which it was said that the password is forgotten.
fn forgotten(app: &TestApp) -> Vec<Value> {
    let list = app.get("/v1/users?reset_asked=true").user("admin1").send();
    list.expect(200)["items"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect()
}

#[test]
fn whoever_forgot_a_password_says_so_and_learns_nothing() {
    let app = TestApp::new();
    let told = ["clerk2", "citizen1", "nobody-at-all", "Not a name", "clerk2"].map(|name| forgot(&app, name));
    for answer in &told {
        assert_eq!(answer.expect(202), &json!({"kept_until": "2026-11-26T09:00:00+08:00"}));
        assert_eq!(answer.headers.len(), told[0].headers.len());
    }
    assert_eq!(forgotten(&app), ["citizen1", "clerk2"]);
    login(&app, "clerk2", PASSWORD).expect(200);
    // Two work it off, each with a half for the holder.
    let (path, etag) = user(&app, "clerk2");
    assert_eq!(app.get(&path).user("chief1").send().expect(200)["reset_asked_at"], app.now().to_string());
    let reset = app.post(&format!("{path}:reset-password")).user("admin1").if_match(&etag).send();
    let approved = app.post(&format!("{path}:approve")).user("chief1").if_match(reset.etag()).send();
    let whole = text(&reset.expect(200)["initial_password"]) + approved.expect(200)["second_half"].as_str().unwrap();
    login(&app, "clerk2", &whole).expect(200);
    assert_eq!(forgotten(&app), ["citizen1"]);
}

#[test]
fn a_password_that_was_forgotten_long_ago_is_nobodys_care_and_names_are_not_asked_through() {
    let app = TestApp::with(|config| (config.rate_limit, config.login_limit_per_minute) = (Switch::On, 3), "");
    let told = [(); 4].map(|()| forgot(&app, "citizen1").status);
    assert_eq!(told, [202, 202, 202, 429]);
    let kept = || app.contents()["password_resets"].len();
    app.tick();
    assert_eq!(kept(), 1);
    app.advance(Duration::hours(72));
    app.tick();
    assert_eq!(kept(), 0);
}

#[test]
fn a_staff_account_that_lay_idle_is_suspended() {
    let app = TestApp::with(|config| config.of_mut::<AccountSettings>().password_max_age_days = 0, "");
    app.advance(Duration::days(181));
    login(&app, "clerk1", PASSWORD).refused(401, "invalid_credentials");
    let (path, etag) = user(&app, "clerk1");
    assert_eq!(app.get(&path).user("admin1").send().expect(200)["status"], "SUSPENDED");
    app.post(&format!("{path}:reinstate")).user("admin1").if_match(&etag).send().expect(200);
    login(&app, "clerk1", PASSWORD).expect(200);
    assert_eq!(app.get(&path).user("admin1").send().expect(200)["last_login_at"], app.now().to_string());
    login(&app, "citizen1", PASSWORD).expect(200);
}

#[test]
fn right_log_ins_at_once_wait_for_each_other() {
    let app = TestApp::new();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| login(&app, "citizen1", PASSWORD).status)).collect();
        let all: Vec<u16> = all.into_iter().map(|one| one.join().unwrap()).collect();
        assert_eq!(all, [200; 8]);
    });
}

#[test]
fn log_ins_whose_connections_break_lock_nobody_out() {
    let app = TestApp::new();
    let body = json!({"username": "citizen1", "password": PASSWORD}).to_string();
    let head = "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    for _ in 0..5 {
        let mut stream = TcpStream::connect(&app.address).unwrap();
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    login(&app, "citizen1", PASSWORD).expect(200);
}

#[test]
fn guesses_at_invented_names_are_forgotten_when_their_window_is_over() {
    let app = TestApp::new();
    for n in 0..15 {
        login(&app, &format!("nobody{n}"), PASSWORD).refused(401, "invalid_credentials");
    }
    let kept = || app.contents()["login_failures"].len();
    app.tick();
    assert_eq!(kept(), 15);
    app.advance(chrono::Duration::minutes(16));
    app.tick();
    assert_eq!(kept(), 0);
}

#[test]
fn a_wrong_present_password_sent_again_with_its_key_is_one_guess() {
    let app = TestApp::with(|config| config.of_mut::<AccountSettings>().login_failures = 2, "");
    let guess = |key: &str| {
        let body = json!({"current_password": "no such password", "new_password": "Grün-Tee-um-fünf"});
        app.post("/v1/auth/password").user("citizen1").key(key).json(&body).send()
    };
    for _ in 0..4 {
        guess("first").refused(422, "invalid");
        assert_eq!(guess("first").fields(), [("/current_password".into(), "wrong".into())]);
    }
    guess("second").refused(422, "invalid");
    guess("third").refused(429, "login_locked");
    guess("second").refused(422, "invalid");
}
