//! What opens personal data takes two persons: one asks, another approves the version that they saw.

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use serde_json::{Value, json};

use crate::exchange::{rotate_secret, set_agency};
use crate::identity::{login, text, user};
use crate::oauth::made;
use crate::support::{Answer, TestApp, person};

#[derive(diesel::QueryableByName)]
struct Cell {
    #[diesel(sql_type = Text)]
    text: String,
}

pub fn act(app: &TestApp, by: &str, path: &str, act: &str, tag: &str) -> Answer {
    app.post(&format!("{path}{act}")).user(by).if_match(tag).send()
}

pub fn patch(app: &TestApp, path: &str, tag: &str, body: &Value) -> Answer {
    app.call("PATCH", path).user("admin1").if_match(tag).json(body).send()
}

const LAND: &str = "/v1/agencies/LAND";

/// The land office's settings, as a change of them is sent.
fn land(app: &TestApp) -> (Value, String) {
    let read = app.get(LAND).user("admin1").send();
    let mut body = read.expect(200).clone();
    ["code", "requested", "requested_secret"].iter().for_each(|name| _ = body.as_object_mut().unwrap().remove(*name));
    (body, read.etag().to_owned())
}

fn client_body(name: &str) -> Value {
    json!({"name": name, "agency_code": "LOCAL_TAX", "scopes": ["agency_queue.read"], "expires_on": "2027-11-22"})
}

fn client_token(app: &TestApp, id: &str, secret: &str) -> Answer {
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    app.post("/v1/oauth/token").form(&form).send()
}

/// Asks, as the administrator, for one thing that opens personal data: the record, its tag, what reads it as it is in force.
pub type Ask = fn(&TestApp) -> (String, String);

pub const ASKS: [(&str, Ask); 9] = [
    ("roles", |app| user_patch(app, json!({"roles": ["CLK", "CHF"]}))),
    ("duties", |app| user_patch(app, json!({"duties": ["PERSONNEL"]}))),
    ("a service point", |app| user_patch(app, json!({"service_point": null}))),
    ("a name", |app| user_patch(app, json!({"name": "陳大文"}))),
    ("who works with it", |app| user_patch(app, json!({"holder": person(60)}))),
    ("a password", |app| {
        let (path, tag) = user(app, "clerk3");
        let asked = act(app, "admin1", &path, ":reset-password", &tag);
        asked.expect(200);
        (path, asked.etag().to_owned())
    }),
    ("a client", |app| {
        let asked = app.post("/v1/clients").user("admin1").json(&client_body("新用戶端")).send();
        assert_eq!(asked.expect(201)["status"], "PENDING");
        (asked.headers["location"].clone(), asked.etag().to_owned())
    }),
    ("an agency's address", |app| {
        rotate_secret(app, "LAND");
        let (mut body, tag) = land(app);
        (body["channel"], body["webhook_url"]) = (json!("WEBHOOK"), json!("https://land.example.gov.tw/notices"));
        let asked = app.call("PUT", LAND).user("admin1").if_match(&tag).json(&body).send();
        assert_eq!(asked.expect(200)["requested"]["channel"], "WEBHOOK");
        (LAND.to_owned(), asked.etag().to_owned())
    }),
    ("an agency's secret", |app| {
        let asked = act(app, "admin1", LAND, ":rotate-secret", "*");
        asked.expect(200);
        (LAND.to_owned(), asked.etag().to_owned())
    }),
];

fn user_patch(app: &TestApp, body: Value) -> (String, String) {
    let (path, tag) = user(app, "clerk3");
    let asked = patch(app, &path, &tag, &body);
    asked.expect(200);
    (path, asked.etag().to_owned())
}

/// What is in force of a record, without what waits.
fn in_force(app: &TestApp, path: &str) -> Value {
    let mut shown = app.get(path).user("director1").send().expect(200).clone();
    let members = shown.as_object_mut().unwrap();
    members.retain(|name, _| {
        !name.starts_with("requested") && !matches!(name.as_str(), "allowed_actions" | "updated_at" | "version")
    });
    shown
}

#[test]
fn what_opens_personal_data_waits_and_both_see_it() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        let before = ["/v1/agencies/LAND".to_owned(), user(&app, "clerk3").0].map(|path| (in_force(&app, &path), path));
        let (path, _) = ask(&app);
        for (was, at) in before.into_iter().filter(|(_, at)| *at == path && what != "an agency's address") {
            assert_eq!(in_force(&app, &at), was, "{what} is in force at once");
        }
        let waits = |by: &str| {
            let shown = app.get(&path).user(by).send().expect(200).clone();
            let waiting = |(name, value): (&String, &Value)| {
                name.starts_with("requested") && !matches!(value, Value::Null | Value::Bool(false))
            };
            shown["status"] == "PENDING"
                || shown.as_object().unwrap().iter().any(waiting)
                || shown.get("requested_service_point").is_some()
        };
        assert!(["admin1", "chief1", "director1"].into_iter().all(waits), "{what} is not seen by both");
    }
}

#[test]
fn an_approval_names_what_was_seen_and_falls_with_any_change() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        let (path, seen) = ask(&app);
        let any = act(&app, "director1", &path, ":approve", "*");
        assert_eq!((any.status, any.fields()), (428, vec![("#If-Match".to_owned(), "not_allowed".to_owned())]), "{what}");
        // Anything in between, though it opens nothing.
        let (body, tag) = if path == LAND { land(&app) } else { (json!({"name": "別的名字"}), seen.clone()) };
        let changed = match path == LAND {
            true => app.call("PUT", &path).user("admin1").if_match(&tag).json(&body).send(),
            false => patch(&app, &path, &tag, &body),
        };
        changed.expect(200);
        act(&app, "director1", &path, ":approve", &seen).refused(412, "version_mismatch");
    }
}

#[test]
fn whoever_asks_approves_nothing() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        // As it was before the administrator's role stood alone.
        app.sql("UPDATE accounts SET roles = '[\"ADM\",\"DIR\"]' WHERE username = 'admin1'");
        let (path, tag) = ask(&app);
        let own = act(&app, "admin1", &path, ":approve", &tag);
        assert_eq!((own.status, &own.body["code"]), (409, &json!("own_request")), "{what}");
        act(&app, "chief1", &path, ":approve", &tag).expect(200);
        let again = app.get(&path).user("chief1").send().etag().to_owned();
        act(&app, "chief1", &path, ":approve", &again).refused(409, "wrong_state");
    }
}

#[test]
fn what_is_rejected_is_gone() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        let (path, tag) = ask(&app);
        act(&app, "admin1", &path, ":reject", &tag).refused(403, "forbidden");
        let rejected = act(&app, "chief1", &path, ":reject", &tag);
        assert_eq!(rejected.status, 200, "{what}: {}", rejected.text);
        act(&app, "director1", &path, ":approve", rejected.etag()).refused(409, "wrong_state");
    }
}

/// Lets two accounts be one person's, which registration never makes.
fn of_one_person(app: &TestApp, users: [&str; 2]) {
    if app.uses_postgres() {
        app.sql("ALTER TABLE accounts DROP CONSTRAINT accounts_person_id_key");
    } else {
        let made: Vec<Cell> =
            diesel::sql_query("SELECT sql AS text FROM sqlite_schema WHERE name = 'accounts'").load(&mut app.stranger()).unwrap();
        let copied = made[0].text.replace("person_id TEXT UNIQUE", "person_id TEXT").replacen("accounts", "copied", 1);
        app.sql(&format!(
            "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; {copied}; INSERT INTO copied SELECT * FROM accounts; \
             DROP TABLE accounts; ALTER TABLE copied RENAME TO accounts;"
        ));
    }
    let person = "(SELECT person_id FROM accounts WHERE username = 'citizen1')";
    for name in users {
        app.sql(&format!("UPDATE accounts SET person_id = {person} WHERE username = '{name}'"));
    }
}

#[test]
fn accounts_of_one_person_count_as_one() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        of_one_person(&app, ["admin1", "director1"]);
        let (path, tag) = ask(&app);
        let own = act(&app, "director1", &path, ":approve", &tag);
        assert_eq!((own.status, &own.body["code"]), (409, &json!("own_request")), "{what}");
        act(&app, "chief1", &path, ":approve", &tag).expect(200);
    }
}

#[test]
fn neither_half_of_a_password_logs_anybody_in() {
    let app = TestApp::new();
    let body = json!({"username": "clerk9", "name": "林承辦", "roles": ["CLK"], "duties": ["PRESS"], "service_point": "HEMEI"});
    let new = app.post("/v1/users").user("admin1").json(&body).send();
    new.expect(201);
    let (clerk, tag) = user(&app, "clerk1");
    let reset = act(&app, "admin1", &clerk, ":reset-password", &tag);
    for (name, path, asked) in [("clerk9", new.headers["location"].clone(), &new), ("clerk1", clerk, &reset)] {
        let approved = act(&app, "director1", &path, ":approve", asked.etag());
        let (first, second) = (text(&asked.body["initial_password"]), text(&approved.expect(200)["second_half"]));
        assert_eq!(approved.body["requested_password"], false);
        for part in [&first, &second, &(second.clone() + &first)] {
            login(&app, name, part).refused(401, "invalid_credentials");
        }
        let token = text(&login(&app, name, &(first + &second)).expect(200)["access_token"]);
        app.get("/v1/cases").bearer(&token).send().refused(403, "password_change_required");
        let again = app.get(&path).user("director1").send();
        assert!(again.expect(200).get("second_half").is_none(), "it is shown once");
    }
}

#[test]
fn a_reset_that_nobody_has_approved_changes_nothing() {
    let app = TestApp::new();
    let token = app.token("clerk1");
    let (path, tag) = user(&app, "clerk1");
    let reset = act(&app, "admin1", &path, ":reset-password", &tag);
    assert_eq!(reset.expect(200)["requested_password"], true);
    app.get("/v1/me").bearer(&token).send().expect(200);
    login(&app, "clerk1", crate::support::PASSWORD).expect(200);
    act(&app, "director1", &path, ":approve", reset.etag()).expect(200);
    app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
    login(&app, "clerk1", crate::support::PASSWORD).refused(401, "invalid_credentials");
}

#[test]
fn neither_half_of_a_clients_secret_gets_a_token() {
    let app = TestApp::new();
    let asked = app.post("/v1/clients").user("admin1").json(&client_body("新用戶端")).send();
    let (id, first) = (text(&asked.expect(201)["id"]), text(&asked.body["client_secret"]));
    client_token(&app, &id, &first).refused(401, "invalid_client");
    let approved = act(&app, "chief1", &asked.headers["location"], ":approve", asked.etag());
    let second = text(&approved.expect(200)["second_half"]);
    for part in [&first, &second] {
        client_token(&app, &id, part).refused(401, "invalid_client");
    }
    client_token(&app, &id, &(first + &second)).expect(200);
}

#[test]
fn a_client_sees_more_only_once_that_is_approved_and_less_at_once() {
    let app = TestApp::new();
    let (id, secret) = made(&app, &client_body("新用戶端"));
    let path = format!("/v1/clients/{id}");
    let scope = || text(&client_token(&app, &id, &secret).expect(200)["scope"]);
    let both = json!({"scopes": ["agency_queue.read", "agency_queue.write"], "expires_on": "2028-11-22"});
    let asked = patch(&app, &path, "\"v2\"", &both);
    assert_eq!((&asked.expect(200)["requested"], scope().as_str()), (&both, "agency_queue.read"));
    let wide = act(&app, "director1", &path, ":approve", asked.etag());
    assert_eq!(wide.expect(200)["expires_on"], "2028-11-22");
    assert_eq!((wide.body.get("requested"), scope().as_str()), (None, "agency_queue.read agency_queue.write"));
    let narrow = patch(&app, &path, wide.etag(), &json!({"scopes": ["agency_queue.read"]}));
    assert_eq!((narrow.expect(200).get("requested"), scope().as_str()), (None, "agency_queue.read"));
    let asked = patch(&app, &path, narrow.etag(), &both);
    let taken_back = patch(&app, &path, asked.etag(), &json!({"scopes": ["agency_queue.read"], "expires_on": "2028-11-22"}));
    assert_eq!(taken_back.expect(200).get("requested"), None);
    let rejected = act(&app, "chief1", &path, ":reject", taken_back.etag());
    assert_eq!(rejected.refused(409, "wrong_state")["allowed_actions"], json!(["rotate-secret", "revoke"]));
}

#[test]
fn a_client_that_sees_nothing_is_active_at_once() {
    let app = TestApp::new();
    let body = json!({"name": "前端", "scopes": [], "expires_on": "2027-11-22"});
    let made = app.post("/v1/clients").user("admin1").json(&body).send();
    assert_eq!(made.expect(201)["status"], "ACTIVE");
    client_token(&app, &text(&made.body["id"]), &text(&made.body["client_secret"])).expect(200);
}

#[test]
fn an_agencys_new_way_is_in_force_with_the_approval() {
    let app = TestApp::new();
    let url = "https://land.example.gov.tw/notices";
    let change = |body: &mut Value| (body["channel"], body["webhook_url"]) = (json!("WEBHOOK"), json!(url));
    let (mut body, tag) = land(&app);
    change(&mut body);
    let early = app.call("PUT", LAND).user("admin1").if_match(&tag).json(&body).send();
    assert_eq!(early.fields(), [("/channel".to_owned(), "secret_required".to_owned())]);
    let first = act(&app, "admin1", LAND, ":rotate-secret", "*");
    assert!(text(&first.expect(200)["secret"]).starts_with("whsec_"));
    let asked = app.call("PUT", LAND).user("admin1").if_match(first.etag()).json(&body).send();
    assert_eq!((&asked.expect(200)["channel"], &asked.body["requested_secret"]), (&json!("PULL"), &json!(true)));
    assert!(app.get(LAND).send().expect(200).get("requested").is_none(), "everybody else sees nothing of it");
    let approved = act(&app, "chief1", LAND, ":approve", asked.etag());
    assert_eq!((&approved.expect(200)["channel"], &approved.body["webhook_url"]), (&json!("WEBHOOK"), &json!(url)));
    let whole = text(&first.body["secret"]) + approved.body["second_half"].as_str().unwrap();
    assert_eq!(whole.len(), "whsec_".len() + 32);
    let named = set_agency(&app, "LAND", |body| body["note"] = json!("改名"));
    assert_eq!(named.expect(200)["note"], "改名");
    assert!(named.body.get("second_half").is_none(), "what opens nothing needs no approval");
}
