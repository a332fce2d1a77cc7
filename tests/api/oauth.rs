//! Integration clients, and OAuth 2.0 as its standards tell it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::identity::{login, text};
use crate::support::{Answer, PASSWORD, TestApp, version};

/// Makes a client and lets the director approve it: its id and its secret, put together from both halves.
pub fn made(app: &TestApp, body: &Value) -> (String, String) {
    let made = app.post("/v1/clients").user("admin1").json(body).send();
    made.expect(201);
    let path = made.headers["location"].clone();
    let approved = app.post(&format!("{path}:approve")).user("director1").if_match(made.etag()).send();
    let second = text(&approved.expect(200)["second_half"]);
    (text(&made.body["id"]), text(&made.body["client_secret"]) + &second)
}

#[test]
fn a_client_gets_tokens_within_its_scopes_until_it_is_revoked() {
    let app = TestApp::new();
    let body = json!({"name": "縣府同步", "roles": ["CTY"], "scopes": ["audit.read", "me.read"], "expires_on": "2027-11-22"});
    let (id, secret) = made(&app, &body);
    let token = |secret: &str, scope: &str| {
        let form = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", secret), ("scope", scope)];
        app.post("/v1/oauth/token").form(&form).send()
    };
    token("wrong-secret", "me.read").refused(401, "invalid_client");
    assert_eq!(token(&secret, "user.write").refused(400, "malformed")["error"], "invalid_scope");
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
    app.post("/v1/oauth/revoke").form(&form).send().expect(200);
    assert_eq!(look(&wide).expect(200)["active"], false);
    app.get("/v1/audit-log").bearer(&wide).send().refused(401, "unauthenticated");
    app.get("/v1/me").bearer(&narrow).send().expect(200);

    let path = format!("/v1/clients/{id}");
    let rotated = app.post(&format!("{path}:rotate-secret")).user("admin1").if_match("\"v2\"").send();
    let first = text(&rotated.expect(200)["client_secret"]);
    token(&secret, "me.read").expect(200);
    app.get("/v1/me").bearer(&narrow).send().expect(200);
    let approved = app.post(&format!("{path}:approve")).user("chief1").if_match(rotated.etag()).send();
    token(&secret, "me.read").refused(401, "invalid_client");
    app.get("/v1/me").bearer(&narrow).send().refused(401, "unauthenticated");
    let secret = first + approved.expect(200)["second_half"].as_str().unwrap();
    token(&secret, "me.read").expect(200);
    app.post(&format!("{path}:revoke")).user("admin1").if_match(approved.etag()).send().expect(200);
    token(&secret, "me.read").refused(401, "invalid_client");
}

#[test]
fn no_key_brings_back_a_token() {
    let app = TestApp::new();
    let body = json!({"name": "縣府同步", "roles": ["CTY"], "scopes": ["me.read"], "expires_on": "2027-11-22"});
    let (id, secret) = made(&app, &body);
    let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let token = |secret: &str| {
        let call = app.post("/v1/oauth/token").header("Authorization", &basic(secret)).key("one-key");
        call.form(&[("grant_type", "client_credentials")]).send()
    };
    let issued = text(&token(&secret).expect(200)["access_token"]);
    token("wrong").refused(401, "invalid_client");
    assert_ne!(text(&token(&secret).expect(200)["access_token"]), issued);
    let end = |secret: &str| {
        let call = app.post("/v1/oauth/revoke").header("Authorization", &basic(secret)).key("another-key");
        call.form(&[("token", &issued)]).send()
    };
    end(&secret).expect(200);
    end("wrong").refused(401, "invalid_client");
}

#[test]
fn a_client_expires_with_its_approval() {
    let app = TestApp::new();
    let late = json!({"name": "x", "scopes": [], "expires_on": "2032-01-01"});
    app.post("/v1/clients").user("admin1").json(&late).send().refused(422, "invalid");
    let body = json!({"name": "x", "roles": ["CTY"], "scopes": ["me.read"], "expires_on": "2026-11-24"});
    let (id, secret) = made(&app, &body);
    let form = [("grant_type", "client_credentials"), ("client_id", id.as_str()), ("client_secret", secret.as_str())];
    app.post("/v1/oauth/token").form(&form).send().expect(200);
    app.advance(chrono::Duration::days(2));
    app.post("/v1/oauth/token").form(&form).send().refused(401, "invalid_client");
}

fn basic(scheme: &str, id: &str, secret: &str) -> String {
    format!("{scheme} {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn token(app: &TestApp, form: &[(&str, &str)]) -> Answer {
    app.post("/v1/oauth/token").form(form).send()
}

const COUNTY: [(&str, &str); 2] = [("client_id", "county"), ("client_secret", PASSWORD)];

fn as_county<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&COUNTY[..], more].concat()
}

#[test]
fn a_client_is_known_by_its_name_in_the_form_and_in_basic() {
    let app = TestApp::new();
    for name in ["county", "agency-tax", "agency-land", "frontend"] {
        let form = [("grant_type", "client_credentials"), ("client_id", name), ("client_secret", PASSWORD)];
        let answer = token(&app, &form);
        assert_eq!(
            (answer.expect(200)["expires_in"].as_i64(), answer.headers["cache-control"].as_str()),
            (Some(900), "no-store")
        );
        for (scheme, secret) in [("Basic", PASSWORD), ("bAsIc", "demo%2Dpassword-1")] {
            let call = app.post("/v1/oauth/token").header("Authorization", &basic(scheme, name, secret));
            call.form(&form[..1]).send().expect(200);
        }
    }
    // Who has no scope has no role, and is told what gives one.
    let bare = app.get("/v1/me").bearer(&app.client_token("frontend")).header("Accept-Language", "en").send();
    let told = bare.refused(403, "forbidden")["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("no role"), "{told}");
    let wrong = app
        .post("/v1/oauth/token")
        .header("Authorization", &basic("Basic", "county", "wrong"))
        .form(&[("grant_type", "client_credentials")])
        .send();
    assert_eq!(wrong.refused(401, "invalid_client")["error"], "invalid_client");
    assert!(wrong.headers["www-authenticate"].starts_with("Basic"));
}

#[test]
fn a_clients_name_is_its_own_while_it_is_active() {
    let app = TestApp::new();
    let body = json!({"name": "county", "scopes": [], "expires_on": "2027-11-22"});
    let make = |body: &Value| app.post("/v1/clients").user("admin1").json(body).send();
    assert_eq!(make(&body).refused(409, "conflict")["errors"][0]["pointer"], "/name");
    let other = make(&json!({"name": "another", "scopes": [], "expires_on": "2027-11-22"}));
    let path = other.headers["location"].clone();
    let rename = app.call("PATCH", &path).user("admin1").if_match(other.etag()).json(&json!({"name": "county"})).send();
    assert_eq!(rename.refused(409, "conflict")["errors"][0]["pointer"], "/name");
    let list = app.get("/v1/clients").user("admin1").send();
    let county = list.expect(200)["items"].as_array().unwrap().iter().find(|c| c["name"] == "county").unwrap().clone();
    let path = format!("/v1/clients/{}", county["id"].as_str().unwrap());
    let read = app.get(&path).user("chief1").send();
    assert_eq!((read.expect(200), version(&read)), (&county, 1));
    app.post(&format!("{path}:revoke")).user("admin1").if_match(&format!("\"v{}\"", county["version"])).send().expect(200);
    token(&app, &as_county(&[("grant_type", "client_credentials")])).refused(401, "invalid_client");
    make(&body).expect(201);
}

#[test]
fn a_clients_roles_follow_from_agency_and_scopes() {
    let app = TestApp::new();
    let make = |more: Value| {
        let mut body = json!({"name": more.to_string(), "scopes": [], "expires_on": "2027-11-22"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post("/v1/clients").user("admin1").json(&body).send()
    };
    let agency = json!({"agency_code": "LOCAL_TAX", "scopes": ["agency_queue.read"]});
    assert_eq!(make(agency).expect(201)["roles"], json!(["PAR"]));
    assert_eq!(make(json!({"scopes": ["audit.read"]})).expect(201)["roles"], json!(["CTY"]));
    assert_eq!(make(json!({})).expect(201)["roles"], json!([]));
    let unknown = make(json!({"agency_code": "NOBODY"}));
    assert_eq!(unknown.refused(422, "invalid")["errors"][0]["pointer"], "/agency_code");
    let wide = make(json!({"scopes": ["user.write"]}));
    assert_eq!(wide.refused(422, "invalid")["errors"][0]["pointer"], "/scopes/0");
}

#[test]
fn refusals_carry_the_error_of_the_standard() {
    let app = TestApp::new();
    let error = |form: &[(&str, &str)]| {
        let answer = token(&app, form);
        (answer.status, answer.body["error"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(error(&COUNTY), (400, "invalid_request".into()));
    assert_eq!(error(&as_county(&[("grant_type", "password")])), (400, "unsupported_grant_type".into()));
    assert_eq!(error(&[("grant_type", "client_credentials")]), (401, "invalid_client".into()));
    assert_eq!(
        error(&as_county(&[("grant_type", "client_credentials"), ("scope", "user.write")])),
        (400, "invalid_scope".into())
    );
    assert_eq!(error(&[("grant_type", "refresh_token")]), (400, "invalid_request".into()));
    assert_eq!(error(&[("grant_type", "refresh_token"), ("refresh_token", "none")]), (400, "invalid_grant".into()));
    assert_eq!(
        error(&as_county(&[("client_id", "county"), ("grant_type", "client_credentials")])),
        (400, "invalid_request".into())
    );
    let long = "x".repeat(101);
    assert_eq!(error(&[("grant_type", "refresh_token"), ("refresh_token", &long)]), (400, "invalid_request".into()));
    let answer = app.post("/v1/oauth/token").json(&json!({})).send();
    assert_eq!(answer.refused(415, "unsupported_media_type")["error"], "invalid_request");
    assert_eq!(error(&as_county(&[("grant_type", "client_credentials"), ("resource", "x")])), (200, String::new()));
}

#[test]
fn a_refresh_at_the_token_endpoint_says_its_scope() {
    let app = TestApp::new();
    let logged_in = login(&app, "citizen1", PASSWORD);
    let first = text(&logged_in.expect(200)["refresh_token"]);
    let wrong = [("grant_type", "refresh_token"), ("refresh_token", &first), ("client_id", "county"), ("client_secret", "wrong")];
    token(&app, &wrong).refused(401, "invalid_client");
    let next = token(&app, &wrong[..2]);
    assert_eq!(next.expect(200)["scope"], logged_in.body["scope"]);
    assert!(next.body["scope"].as_str().unwrap().contains("booking.write"));
    assert_eq!(next.headers["cache-control"], "no-store");
    let next = text(&next.body["refresh_token"]);
    let next = token(&app, &as_county(&[("grant_type", "refresh_token"), ("refresh_token", &next)]));
    app.get("/v1/me").bearer(&text(&next.expect(200)["access_token"])).send().expect(200);
    token(&app, &wrong[..2]).refused(400, "invalid_grant");
    app.get("/v1/me").bearer(&text(&next.body["access_token"])).send().refused(401, "unauthenticated");
}

#[test]
fn a_refresh_token_can_be_looked_into_and_revoked() {
    let app = TestApp::new();
    let tokens = login(&app, "citizen1", PASSWORD).body;
    let call = |what: &str, token: &str| app.post(&format!("/v1/oauth/{what}")).form(&as_county(&[("token", token)])).send();
    let (access, refresh) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
    let worth = call("introspect", &refresh);
    assert_eq!((&worth.expect(200)["active"], &worth.body["client_id"]), (&json!(true), &json!("huzheng")));
    assert_eq!(worth.body["scope"], tokens["scope"]);
    assert_eq!(call("introspect", &access).expect(200)["sub"], worth.body["sub"]);
    assert_eq!(call("revoke", "no-such-token").expect(200), &json!({}));
    call("revoke", &refresh).expect(200);
    assert_eq!(call("introspect", &refresh).expect(200), &json!({"active": false}));
    assert_eq!(call("introspect", &access).expect(200), &json!({"active": false}));
    app.get("/v1/me").bearer(&access).send().refused(401, "unauthenticated");
}

#[test]
fn a_refused_token_is_told_why_in_the_challenge() {
    let app = TestApp::new();
    let challenge = |answer: Answer| answer.headers["www-authenticate"].clone();
    assert_eq!(challenge(app.get("/v1/me").send()), "Bearer realm=\"huzheng\"");
    assert_eq!(challenge(app.get("/v1/me").bearer("x.y.z").send()), "Bearer realm=\"huzheng\", error=\"invalid_token\"");
    let (gone, narrow) =
        (app.token("citizen1"), token(&app, &as_county(&[("grant_type", "client_credentials"), ("scope", "me.read")])));
    app.post("/v1/auth/logout").bearer(&gone).send();
    assert_eq!(challenge(app.get("/v1/me").bearer(&gone).send()), "Bearer realm=\"huzheng\", error=\"invalid_token\"");
    let narrow = text(&narrow.expect(200)["access_token"]);
    assert_eq!(
        challenge(app.get("/v1/audit-log").bearer(&narrow).send()),
        "Bearer realm=\"huzheng\", error=\"insufficient_scope\", scope=\"audit.read\""
    );
}
