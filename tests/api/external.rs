//! Log-in and proof through an external identity provider: what it proves, and all that must not prove anything.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huzheng::accounts::external::ExternalSettings;
use huzheng::config::Config;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::cases::{at, own, papers_of, registered, take};
use crate::identity::{NEW_PASSWORD, login, text, user};
use crate::known::{SECRET, code, death, declared, matter, paper, prove};
use crate::provider::{CLIENT_ID, CLIENT_SECRET, Key, Mood, Provider, query};
use crate::serial::{CLIENTS, answered, at_once, once};
use crate::support::{Answer, TestApp, WEDNESDAY_9, booking, person};

const BACK: &str = "https://front.example/back";
const BORN: &str = "1990-05-04";

pub fn set_up(config: &mut Config, provider: &Provider) {
    config.outbound_allow = vec![provider.address.clone()];
    config.outbound_timeout_seconds = 2;
    let external: &mut ExternalSettings = config.of_mut();
    external.issuer = Some(provider.issuer());
    external.client_id = Some(CLIENT_ID.to_owned());
    external.client_secret = Some(CLIENT_SECRET.to_owned());
    external.redirect_uris = vec![BACK.to_owned(), "tw.example.app:/back".to_owned()];
    external.acr_values = ["password", "device", "certificate", "certificate-in-person"].map(str::to_owned).to_vec();
    external.login_acr = Some("device".to_owned());
    external.proof_acr = Some("certificate".to_owned());
    external.high_acr = Some("certificate-in-person".to_owned());
}

fn office() -> (TestApp, Provider) {
    let provider = Provider::start();
    (TestApp::with(|config| set_up(config, &provider), ""), provider)
}

/// An attempt that was begun.
pub struct Begun {
    pub url: String,
    secret: String,
    state: String,
}

fn try_begin(app: &TestApp, purpose: &str, token: Option<&str>) -> Answer {
    let call = app.post("/v1/auth/external:start").json(&json!({"purpose": purpose}));
    match token {
        Some(token) => call.bearer(token).send(),
        None => call.send(),
    }
}

pub fn begin(app: &TestApp, purpose: &str, token: Option<&str>) -> Begun {
    let begun = try_begin(app, purpose, token).expect(200).clone();
    let url = text(&begun["authorization_url"]);
    Begun { state: query(&url)["state"].clone(), secret: text(&begun["attempt_secret"]), url }
}

impl Begun {
    /// What the app sends back with a code.
    pub fn body(&self, code: &str) -> Value {
        json!({"attempt_secret": self.secret, "state": self.state, "code": code})
    }
}

pub fn complete(app: &TestApp, body: &Value, token: Option<&str>) -> Answer {
    let call = app.post("/v1/auth/external:complete").json(body);
    match token {
        Some(token) => call.bearer(token).send(),
        None => call.send(),
    }
}

/// The claims of a sound ID token in which the provider names somebody.
fn naming(app: &TestApp, provider: &Provider, begun: &Begun, subject: &str, who: &Value) -> Value {
    let mut claims = provider.claims(&begun.url, app.now(), subject);
    (claims["national_id"], claims["name"], claims["birthdate"]) = (who["national_id"].clone(), who["name"].clone(), json!(BORN));
    claims
}

/// Proves an account through the provider, with some claims otherwise.
fn prove_with(app: &TestApp, provider: &Provider, token: &str, (subject, who): (&str, &Value), change: Value) -> Answer {
    let begun = begin(app, "PROVE", Some(token));
    let mut claims = naming(app, provider, &begun, subject, who);
    for (name, value) in change.as_object().into_iter().flatten() {
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value.clone(),
        }
    }
    let mut body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    body["new_password"] = json!(NEW_PASSWORD);
    complete(app, &body, Some(token))
}

pub fn prove_online(app: &TestApp, provider: &Provider, token: &str, subject: &str, who: &Value) -> Answer {
    prove_with(app, provider, token, (subject, who), json!({}))
}

fn log_in(app: &TestApp, provider: &Provider, subject: &str) -> Answer {
    let begun = begin(app, "LOGIN", None);
    let claims = provider.claims(&begun.url, app.now(), subject);
    complete(app, &begun.body(&provider.grant(&begun.url, provider.key().sign(&claims))), None)
}

fn level(app: &TestApp, token: &str) -> Value {
    app.get("/v1/me").bearer(token).send().expect(200)["identity_level"].clone()
}

/// The claims of an access token.
fn payload(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn without_a_provider_nothing_begins_and_nothing_completes() {
    let app = TestApp::new();
    try_begin(&app, "LOGIN", None).refused(409, "external_not_set_up");
    let body = json!({"attempt_secret": "x", "state": "x", "code": "x"});
    complete(&app, &body, None).refused(409, "external_not_set_up");
}

#[test]
fn the_address_asks_for_a_code_with_pkce_and_holds_no_secret_of_the_app() {
    let (app, provider) = office();
    let begun = begin(&app, "LOGIN", None);
    assert!(begun.url.starts_with(&format!("{}/authorize?", provider.issuer())), "{}", begun.url);
    assert!(!begun.url.contains(&begun.secret) && begun.secret.len() >= 22 && begun.state.len() >= 22);
    let asked = query(&begun.url);
    let is = |name: &str, value: &str| assert_eq!(asked[name], value, "{name}");
    is("response_type", "code");
    is("client_id", CLIENT_ID);
    is("redirect_uri", BACK);
    is("scope", "openid profile");
    is("code_challenge_method", "S256");
    is("acr_values", "certificate-in-person certificate device");
    let token = declared(&app, "owner", &person(80), BORN);
    assert_eq!(query(&begin(&app, "PROVE", Some(&token)).url)["acr_values"], "certificate-in-person certificate");
    let at = |uri: &str| app.post("/v1/auth/external:start").json(&json!({"purpose": "LOGIN", "redirect_uri": uri})).send();
    assert_eq!(
        query(at("tw.example.app:/back").expect(200)["authorization_url"].as_str().unwrap())["redirect_uri"],
        "tw.example.app:/back"
    );
    assert_eq!(at("https://front.example/back/").fields(), [("/redirect_uri".to_owned(), "not_allowed".to_owned())]);
    // Nothing of it can be read in the store.
    let kept = format!("{:?}", app.contents());
    for secret in [&begun.secret, &begun.state, &asked["nonce"]] {
        assert!(!kept.contains(secret));
    }
}

#[test]
fn a_proof_through_the_provider_is_a_change_of_keys() {
    let (app, provider) = office();
    let theirs = take(&app, "clerk1", &matter(80)).expect(201).clone();
    let token = declared(&app, "owner", &person(80), BORN);
    let planted = declared(&app, "planted", &person(80), BORN);
    let calendar = text(&app.post("/v1/me/calendar-token").bearer(&token).json(&json!({})).send().expect(200)["url"]);
    let elsewhere = text(&login(&app, "owner", SECRET).expect(200)["access_token"]);
    let shown = code(&app, &token);
    let other_attempt = begin(&app, "PROVE", Some(&elsewhere));
    let proven = prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200).clone();
    assert_eq!((&proven["proof"]["identity_level"], &proven["proof"]["assurance"]), (&json!("PROVEN"), &json!("SUBSTANTIAL")));
    for old in [&token, &elsewhere] {
        app.get("/v1/me").bearer(old).send().refused(401, "unauthenticated");
    }
    login(&app, "owner", SECRET).refused(401, "invalid_credentials");
    assert_eq!(app.get(&calendar).send().status, 404);
    assert_eq!(prove(&app, &paper(&shown, &person(80))).fields(), [("/code".to_owned(), "unknown".to_owned())]);
    let access = text(&proven["access_token"]);
    let me = app.get("/v1/me").bearer(&access).send().expect(200).clone();
    assert_eq!((&me["identity"]["method"], &me["must_change_password"]), (&json!("EXTERNAL"), &json!(false)));
    assert_eq!(me["log_in"], json!({"method": "EXTERNAL", "acr": "certificate"}));
    let mut body = other_attempt.body("x");
    body["new_password"] = json!("Amsel-singt-um-5");
    assert_eq!(complete(&app, &body, Some(&access)).fields(), [("/attempt_secret".to_owned(), "unknown".to_owned())]);
    app.get(&at(&theirs, "")).bearer(&access).send().expect(200);
    login(&app, "owner", NEW_PASSWORD).expect(200);
    try_begin(&app, "PROVE", Some(&access)).refused(409, "wrong_state");
    // One account a person, and one an external identity.
    prove_online(&app, &provider, &planted, "subject-81", &person(80)).refused(409, "has_account");
    let other = declared(&app, "other", &person(82), BORN);
    prove_online(&app, &provider, &other, "subject-80", &person(82)).refused(409, "has_account");
    let path = format!("/v1/identity-proofs/{}", text(&proven["proof"]["id"]));
    let proof = app.get(&path).user("chief1").send().expect(200).clone();
    assert_eq!((&proof["method"], &proof["acr"]), (&json!("EXTERNAL"), &json!("certificate")));
    let kept = format!("{:?}", app.contents());
    assert!(!kept.contains("subject-80") && !kept.contains(person(80)["national_id"].as_str().unwrap()));
}

#[test]
fn how_strongly_somebody_logged_in_stands_in_the_token_and_in_their_log_ins() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    let strongest = json!({"acr": "certificate-in-person"});
    let proven = prove_with(&app, &provider, &token, ("subject-80", &person(80)), strongest);
    assert_eq!(proven.expect(200)["proof"]["assurance"], "HIGH");
    app.advance(chrono::Duration::minutes(1));
    let tokens = log_in(&app, &provider, "subject-80").expect(200).clone();
    assert!(tokens["proof"].is_null() && tokens["roles"] == json!(["CIT"]));
    assert_eq!(payload(tokens["access_token"].as_str().unwrap())["acr"], "certificate");
    let again = app.post("/v1/auth/refresh").json(&json!({"refresh_token": tokens["refresh_token"]})).send();
    let access = text(&again.expect(200)["access_token"]);
    assert_eq!(payload(&access)["acr"], "certificate");
    let by_password = text(&login(&app, "owner", NEW_PASSWORD).expect(200)["access_token"]);
    assert!(payload(&by_password)["acr"].is_null());
    let sessions = app.get("/v1/me/sessions").bearer(&access).send().expect(200)["items"].clone();
    let means: Vec<_> = sessions.as_array().unwrap().iter().map(|one| (&one["method"], &one["acr"])).collect();
    assert!(means.contains(&(&json!("PASSWORD"), &Value::Null)) && means.contains(&(&json!("EXTERNAL"), &json!("certificate"))));
    assert_eq!(app.get("/v1/me").bearer(&by_password).send().expect(200)["log_in"], json!({"method": "PASSWORD", "acr": null}));
}

#[test]
fn a_log_in_finds_the_account_of_the_external_identity_and_no_other() {
    let (app, provider) = office();
    // The provider names somebody who has an account that was proven at a counter.
    let number = app.citizen_number(1);
    let begun = begin(&app, "LOGIN", None);
    let claims = naming(&app, &provider, &begun, "subject-1", &json!({"name": "王示範", "national_id": number}));
    let body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    complete(&app, &body, None).refused(409, "not_linked");
    let token = declared(&app, "owner", &person(80), BORN);
    prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
    let access = text(&log_in(&app, &provider, "subject-80").expect(200)["access_token"]);
    assert_eq!(app.get("/v1/me").bearer(&access).send().expect(200)["username"], "owner");
    log_in(&app, &provider, "SUBJECT-80").refused(409, "not_linked");
    // A suspended account lets nobody in.
    let (path, tag) = user(&app, "owner");
    app.post(&format!("{path}:suspend")).user("admin1").if_match(&tag).send().expect(200);
    log_in(&app, &provider, "subject-80").refused(401, "invalid_credentials");
    app.get("/v1/me").bearer(&access).send().refused(401, "unauthenticated");
}

/// A token with a header and a signature of one's own.
fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// Tokens that prove nothing, by what is wrong with them.
fn bad_tokens(provider: &Provider, sound: &Value) -> Vec<(String, String)> {
    let (key, stranger) = (provider.key(), Key::new());
    let now = sound["iat"].as_i64().unwrap();
    let changed = |name: &str, value: Value| {
        let mut claims = sound.clone();
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value,
        }
        claims
    };
    let wrong = [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", provider.issuer()))),
        ("aud", json!("another")),
        ("aud", json!([])),
        ("aud", json!([CLIENT_ID, "another"])),
        ("azp", json!("another")),
        ("nonce", json!("another")),
        ("exp", json!(now - 31)),
        ("exp", json!("never")),
        ("iat", json!(now + 61)),
        ("iat", json!(now - 3600)),
        ("nbf", json!(now + 61)),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("iss", Value::Null),
        ("aud", Value::Null),
        ("nonce", Value::Null),
        ("exp", Value::Null),
        ("iat", Value::Null),
        ("sub", Value::Null),
    ];
    let claims = wrong.into_iter().map(|(name, value)| (format!("{name} {value}"), key.sign(&changed(name, value))));
    let hmac = |secret: &str| {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, sound, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    let genuine = key.sign(sound);
    let signature = genuine.rsplit('.').next().unwrap();
    let mut renamed = stranger.clone();
    renamed.kid.clone_from(&key.kid);
    let forms = [
        ("alg none", forged(&json!({"alg": "none", "kid": key.kid}), sound, "")),
        ("alg none, signed", forged(&json!({"alg": "none", "kid": key.kid}), sound, signature)),
        ("HS256 by the public key", hmac(&key.public.to_string())),
        ("HS256 by a coordinate", hmac(key.public["x"].as_str().unwrap())),
        ("another's signature", renamed.sign(sound)),
        ("an unknown key", stranger.sign(sound)),
        ("RS256 said of ES256", forged(&json!({"alg": "RS256", "kid": key.kid}), sound, signature)),
        ("crit", forged(&json!({"alg": "ES256", "kid": key.kid, "crit": ["exp"]}), sound, signature)),
        ("another payload", forged(&json!({"alg": "ES256", "kid": key.kid}), &changed("sub", json!("other")), signature)),
        ("no signature", forged(&json!({"alg": "ES256", "kid": key.kid}), sound, "")),
        ("too long", key.sign(&changed("x", json!("x".repeat(20_000))))),
        ("no token", "token".to_owned()),
    ];
    claims.chain(forms.map(|(kind, token)| (kind.to_owned(), token))).collect()
}

#[test]
fn an_id_token_that_is_wrong_in_anything_proves_nothing() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
    let kinds = bad_tokens(&provider, &json!({"iat": 0})).len();
    assert!(kinds > 30);
    for kind in 0..kinds {
        let begun = begin(&app, "LOGIN", None);
        let sound = provider.claims(&begun.url, app.now(), "subject-80");
        let (what, bad) = bad_tokens(&provider, &sound).swap_remove(kind);
        let answer = complete(&app, &begun.body(&provider.grant(&begun.url, bad)), None);
        assert_eq!(answer.body["code"], "external_refused", "{what}: {}", answer.text);
    }
    // Several audiences are fine where the office is the one that asked.
    let begun = begin(&app, "LOGIN", None);
    let mut claims = provider.claims(&begun.url, app.now(), "subject-80");
    (claims["aud"], claims["azp"]) = (json!([CLIENT_ID, "another"]), json!(CLIENT_ID));
    complete(&app, &begun.body(&provider.grant(&begun.url, provider.key().sign(&claims))), None).expect(200);
}

#[test]
fn a_token_of_another_attempt_proves_nothing() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
    let (mine, victims) = (begin(&app, "LOGIN", None), begin(&app, "LOGIN", None));
    let claims = provider.claims(&victims.url, app.now(), "subject-80");
    // The code was given for the victim's verifier.
    let stolen = provider.grant(&victims.url, provider.key().sign(&claims));
    complete(&app, &mine.body(&stolen), None).refused(409, "external_refused");
    let mine = begin(&app, "LOGIN", None);
    let code = provider.grant(&mine.url, provider.key().sign(&claims));
    complete(&app, &mine.body(&code), None).refused(409, "external_refused");
}

#[test]
fn an_acr_that_is_too_low_unknown_or_missing_is_not_enough() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    for acr in [json!("password"), json!("device"), json!("gold"), json!(["certificate"]), json!(3), Value::Null] {
        let answer = prove_with(&app, &provider, &token, ("subject-80", &person(80)), json!({"acr": acr}));
        answer.refused(409, "assurance_too_low");
    }
    assert_eq!(level(&app, &token), "DECLARED");
    prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
    for (acr, status) in [("password", 409), ("device", 200), ("CERTIFICATE", 409), ("certificate-in-person", 200)] {
        let begun = begin(&app, "LOGIN", None);
        let mut claims = provider.claims(&begun.url, app.now(), "subject-80");
        claims["acr"] = json!(acr);
        let code = provider.grant(&begun.url, provider.key().sign(&claims));
        assert_eq!(complete(&app, &begun.body(&code), None).status, status, "{acr}");
    }
}

#[test]
fn an_attempt_is_good_once_for_its_secret_its_state_and_its_account() {
    let (app, provider) = office();
    let owner = declared(&app, "owner", &person(80), BORN);
    let other = declared(&app, "other", &person(81), BORN);
    let unknown = [("/attempt_secret".to_owned(), "unknown".to_owned())];
    let with = |begun: &Begun, change: Value, token: Option<&str>| {
        let claims = naming(&app, &provider, begun, "subject-80", &person(80));
        let mut body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
        body["new_password"] = json!(NEW_PASSWORD);
        change.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        (complete(&app, &body, token), complete(&app, &begun_again(&body, begun), token))
    };
    // The right values afterwards: the attempt is over.
    fn begun_again(body: &Value, begun: &Begun) -> Value {
        let mut body = body.clone();
        (body["attempt_secret"], body["state"]) = (json!(begun.secret), json!(begun.state));
        body
    }
    let (wrong, again) = with(&begin(&app, "PROVE", Some(&owner)), json!({"state": "another"}), Some(&owner));
    assert_eq!((wrong.fields(), again.fields()), (unknown.to_vec(), unknown.to_vec()));
    let (wrong, again) = with(&begin(&app, "PROVE", Some(&owner)), json!({}), Some(&other));
    assert_eq!((wrong.fields(), again.fields()), (unknown.to_vec(), unknown.to_vec()));
    // Another app's secret, begun for another account: neither is proven.
    let (mine, others) = (begin(&app, "PROVE", Some(&owner)), begin(&app, "PROVE", Some(&other)));
    for (secret, state, token) in [(&others.secret, &mine.state, &owner), (&mine.secret, &others.state, &other)] {
        let body = json!({"attempt_secret": secret, "state": state, "code": "x", "new_password": NEW_PASSWORD});
        assert_eq!(complete(&app, &body, Some(token)).fields(), unknown);
    }
    let (wrong, _) = with(&begin(&app, "PROVE", Some(&owner)), json!({"iss": "https://evil.example"}), Some(&owner));
    wrong.refused(409, "external_refused");
    let nobody = begin(&app, "PROVE", Some(&owner));
    with(&nobody, json!({}), None).0.refused(401, "unauthenticated");
    let late = begin(&app, "PROVE", Some(&owner));
    app.clock.advance(chrono::Duration::minutes(10));
    assert_eq!(with(&late, json!({}), Some(&owner)).0.fields(), unknown);
    app.tick();
    for token in [&owner, &other] {
        assert_eq!(level(&app, token), "DECLARED");
    }
    try_begin(&app, "PROVE", None).refused(401, "unauthenticated");
    let staff = app.token("clerk1");
    try_begin(&app, "PROVE", Some(&staff)).refused(409, "wrong_state");
    let (proven, replayed) = with(&begin(&app, "PROVE", Some(&owner)), json!({"iss": provider.issuer()}), Some(&owner));
    proven.expect(200);
    assert_eq!(replayed.fields(), unknown);
    // A log-in is over after its first completion too, and its code is good once.
    let begun = begin(&app, "LOGIN", None);
    let claims = provider.claims(&begun.url, app.now(), "subject-80");
    let body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    complete(&app, &body, None).expect(200);
    assert_eq!(complete(&app, &body, None).fields(), unknown);
    let next = begin(&app, "LOGIN", None);
    complete(&app, &next.body(body["code"].as_str().unwrap()), None).refused(409, "external_refused");
}

#[test]
fn the_new_password_is_judged_before_the_attempt_is_used_up() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    let begun = begin(&app, "PROVE", Some(&token));
    let claims = naming(&app, &provider, &begun, "subject-80", &person(80));
    let mut body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    let refused = |body: &Value, code: &str| {
        assert_eq!(complete(&app, body, Some(&token)).fields(), [("/new_password".to_owned(), code.to_owned())]);
    };
    refused(&body, "required");
    for (password, code) in [("Summer2026!!", "guessable"), ("owner-and-More-1", "contains_username")] {
        body["new_password"] = json!(password);
        refused(&body, code);
    }
    body["new_password"] = json!(NEW_PASSWORD);
    // The one of before is told from others to nobody whom the provider has not confirmed.
    let next = begin(&app, "PROVE", Some(&token));
    let mut old = next.body("no code of the provider's");
    old["new_password"] = json!(SECRET);
    complete(&app, &old, Some(&token)).refused(409, "external_refused");
    let next = begin(&app, "PROVE", Some(&token));
    let claims = naming(&app, &provider, &next, "subject-80", &person(80));
    let mut old = next.body(&provider.grant(&next.url, provider.key().sign(&claims)));
    old["new_password"] = json!(SECRET);
    refused(&old, "reused");
    complete(&app, &body, Some(&token)).expect(200);
    let begun = begin(&app, "LOGIN", None);
    let mut body = begun.body("x");
    body["new_password"] = json!(NEW_PASSWORD);
    assert_eq!(complete(&app, &body, None).fields(), [("/new_password".to_owned(), "not_allowed".to_owned())]);
}

#[test]
fn a_provider_that_names_somebody_else_proves_nobody() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    let otherwise = [
        json!({"national_id": person(81)["national_id"]}),
        json!({"national_id": null}),
        json!({"national_id": "A123"}),
        json!({"national_id": 5}),
        json!({"name": "別人"}),
        json!({"name": null}),
        json!({"birthdate": "1990-05-05"}),
    ];
    for change in otherwise {
        let refused = prove_with(&app, &provider, &token, ("subject-80", &person(80)), change);
        let problem = refused.refused(409, "external_mismatch");
        assert!(!problem.to_string().contains("別人"));
    }
    assert_eq!(level(&app, &token), "DECLARED");
    login(&app, "owner", SECRET).expect(200);
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
    // The day of birth may be unknown to the provider.
    prove_with(&app, &provider, &token, ("subject-80", &person(80)), json!({"birthdate": null})).expect(200);
}

#[test]
fn what_the_register_knows_of_a_number_is_not_proven_away() {
    let (app, provider) = office();
    let with_papers = |mut body: Value| {
        body["papers"] = json!(papers_of(&app, body["type_code"].as_str().unwrap()));
        body
    };
    let fields = json!({"kind": "UID", "old_number": person(85)["national_id"], "new_number": person(185)["national_id"], "reason": "OTHER"});
    let mut change = with_papers(own("UID_CHANGE", 85, fields, &[]));
    change["event_on"] = json!("2026-11-20");
    registered(&app, &change);
    let former = declared(&app, "former", &person(85), BORN);
    prove_online(&app, &provider, &former, "subject-85", &person(85)).refused(409, "several_holders");
    // The register has another name, and no day of birth that would tell more.
    let fields = json!({"kind": "NAME", "old_name": "測試辛己", "new_name": "測試改名", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    registered(&app, &with_papers(own("NAME_GIVEN", 86, fields, &[])));
    let renamed = declared(&app, "renamed", &person(86), BORN);
    prove_online(&app, &provider, &renamed, "subject-86", &person(86)).refused(409, "external_mismatch");
    registered(&app, &death(&app, 87));
    let dead = declared(&app, "dead", &json!({"name": "測試辛庚", "national_id": person(87)["national_id"]}), BORN);
    prove_online(&app, &provider, &dead, "subject-87", &person(87)).refused(409, "external_mismatch");
    // What somebody only said hinders nobody.
    let mut booked = booking(WEDNESDAY_9);
    (booked["person"], booked["channel"]) = (json!({"name": "別人", "national_id": person(88)["national_id"]}), json!("PHONE"));
    app.post("/v1/bookings").user("clerk1").once().json(&booked).send().expect(201);
    let owner = declared(&app, "owner", &person(88), BORN);
    prove_online(&app, &provider, &owner, "subject-88", &person(88)).expect(200);
}

/// Links an external identity in which the provider names somebody to a proven account.
fn link_with(app: &TestApp, provider: &Provider, token: &str, (subject, who): (&str, &Value)) -> Answer {
    let begun = begin(app, "LINK", Some(token));
    let claims = naming(app, provider, &begun, subject, who);
    complete(app, &begun.body(&provider.grant(&begun.url, provider.key().sign(&claims))), Some(token))
}

#[test]
fn whoever_was_proven_at_the_counter_links_their_own_external_identity() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    try_begin(&app, "LINK", Some(&token)).refused(409, "wrong_state");
    try_begin(&app, "LINK", None).refused(401, "unauthenticated");
    let first = text(&prove(&app, &paper(&code(&app, &token), &person(80))).expect(201)["initial_password"]);
    let token = text(&login(&app, "owner", &first).expect(200)["access_token"]);
    let change = json!({"current_password": first, "new_password": NEW_PASSWORD});
    assert_eq!(app.post("/v1/auth/password").bearer(&token).json(&change).send().status, 204);
    let token = text(&login(&app, "owner", NEW_PASSWORD).expect(200)["access_token"]);
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
    link_with(&app, &provider, &token, ("subject-80", &person(81))).refused(409, "external_mismatch");
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
    let linked = link_with(&app, &provider, &token, ("subject-80", &person(80)));
    assert!(linked.expect(200).get("proof").is_none());
    log_in(&app, &provider, "subject-80").expect(200);
    link_with(&app, &provider, &token, ("subject-80", &person(80))).expect(200);
    login(&app, "owner", NEW_PASSWORD).expect(200);
    // It ends with the proof, and is nobody else's meanwhile.
    let other = declared(&app, "other", &person(82), BORN);
    prove_online(&app, &provider, &other, "subject-80", &person(82)).refused(409, "has_account");
    let id = app.get("/v1/identity-proofs").user("chief1").send().expect(200)["items"][0]["id"].clone();
    for user in ["chief1", "director1"] {
        let path = format!("/v1/identity-proofs/{}", text(&id));
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "證件係冒用"})).send().expect(200);
    }
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
}

#[test]
fn an_undone_proof_ends_the_link_too() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    let proven = prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200).clone();
    let path = format!("/v1/identity-proofs/{}", text(&proven["proof"]["id"]));
    for user in ["chief1", "director1"] {
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "憑證係冒用"})).send().expect(200);
    }
    app.get("/v1/me").bearer(proven["access_token"].as_str().unwrap()).send().refused(401, "unauthenticated");
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
    let token = text(&login(&app, "owner", NEW_PASSWORD).expect(200)["access_token"]);
    assert_eq!(level(&app, &token), "DECLARED");
    let begun = begin(&app, "PROVE", Some(&token));
    let claims = naming(&app, &provider, &begun, "subject-80", &person(80));
    let mut body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    body["new_password"] = json!("Amsel-singt-um-5");
    complete(&app, &body, Some(&token)).refused(409, "link_ended");
    // At a counter it is proven anew; the external identity stays out.
    prove(&app, &paper(&code(&app, &token), &person(80))).expect(201);
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
}

#[test]
fn a_proof_at_the_counter_ends_one_that_was_begun_online() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    let begun = begin(&app, "PROVE", Some(&token));
    let proven = prove(&app, &paper(&code(&app, &token), &person(80))).expect(201).clone();
    let token = text(&login(&app, "owner", proven["initial_password"].as_str().unwrap()).expect(200)["access_token"]);
    let claims = naming(&app, &provider, &begun, "subject-80", &person(80));
    let mut body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    body["new_password"] = json!(NEW_PASSWORD);
    assert_eq!(complete(&app, &body, Some(&token)).fields(), [("/attempt_secret".to_owned(), "unknown".to_owned())]);
    log_in(&app, &provider, "subject-80").refused(409, "not_linked");
}

#[test]
fn a_provider_that_is_dead_slow_or_talks_too_much_changes_nothing() {
    for path in ["/.well-known/openid-configuration", "/keys", "/token"] {
        for mood in [Mood::Failing, Mood::HangingUp, Mood::Redirecting, Mood::Endless, Mood::Babbling, Mood::Late(4_000)] {
            let (app, provider) = office();
            let token = declared(&app, "owner", &person(80), BORN);
            provider.set(path, mood);
            let asked = Instant::now();
            if path == "/.well-known/openid-configuration" {
                try_begin(&app, "LOGIN", None).refused(503, "external_unavailable");
            } else {
                let refused = prove_online(&app, &provider, &token, "subject-80", &person(80));
                assert!(refused.refused(503, "external_unavailable")["retry_after"].as_i64().unwrap() > 0);
                assert!(!refused.text.contains("A123456789"), "{}", refused.text);
            }
            assert!(asked.elapsed() < Duration::from_secs(4), "the time is bounded");
            assert_eq!(level(&app, &token), "DECLARED");
            login(&app, "owner", SECRET).expect(200);
            provider.set(path, Mood::Fine);
            prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
        }
    }
}

#[test]
fn the_office_goes_on_writing_while_the_provider_is_slow() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    app.token("citizen2");
    provider.set("/token", Mood::Late(1_500));
    std::thread::scope(|scope| {
        let proof = scope.spawn(|| prove_online(&app, &provider, &token, "subject-80", &person(80)));
        std::thread::sleep(Duration::from_millis(600));
        let asked = Instant::now();
        app.book("citizen2", WEDNESDAY_9);
        assert!(asked.elapsed() < Duration::from_millis(700), "{:?}", asked.elapsed());
        proof.join().unwrap().expect(200);
    });
}

#[test]
fn a_document_of_another_issuer_or_with_an_address_inside_is_not_believed() {
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://127.0.0.1:1/token")),
        ("token_endpoint", json!("https://10.0.0.1/token")),
        ("jwks_uri", json!("http://id.example/keys")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
    ] {
        let (app, provider) = office();
        provider.set_metadata(name, value);
        try_begin(&app, "LOGIN", None).refused(503, "external_unavailable");
    }
}

#[test]
fn keys_are_kept_and_fetched_anew_when_they_were_rotated() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
    log_in(&app, &provider, "subject-80").expect(200);
    let fetched = |path: &str| provider.calls().iter().filter(|call| *call == path).count();
    assert_eq!((fetched("/keys"), fetched("/.well-known/openid-configuration")), (1, 1));
    let gone = provider.key();
    provider.set_keys(vec![Key::rsa(), Key::new()]);
    log_in(&app, &provider, "subject-80").expect(200);
    assert_eq!(fetched("/keys"), 2);
    // The key that is gone proves nothing, and does not make the office ask each time.
    for _ in 0..3 {
        let begun = begin(&app, "LOGIN", None);
        let claims = provider.claims(&begun.url, app.now(), "subject-80");
        complete(&app, &begun.body(&provider.grant(&begun.url, gone.sign(&claims))), None).refused(409, "external_refused");
    }
    assert_eq!(fetched("/keys"), 2);
}

#[test]
fn a_provider_may_want_the_secret_in_the_form_and_say_who_answers() {
    let (app, provider) = office();
    provider.set_metadata("token_endpoint_auth_methods_supported", json!(["client_secret_post"]));
    provider.set_metadata("authorization_response_iss_parameter_supported", json!(true));
    let token = declared(&app, "owner", &person(80), BORN);
    let complete_with = |issuer: Option<String>| {
        let begun = begin(&app, "PROVE", Some(&token));
        let claims = naming(&app, &provider, &begun, "subject-80", &person(80));
        let mut body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
        body["new_password"] = json!(NEW_PASSWORD);
        issuer.into_iter().for_each(|issuer| body["iss"] = json!(issuer));
        complete(&app, &body, Some(&token))
    };
    complete_with(None).refused(409, "external_refused");
    complete_with(Some(provider.issuer())).expect(200);
}

#[test]
fn an_attempt_that_many_complete_at_once_is_completed_once() {
    let (app, provider) = office();
    let token = declared(&app, "owner", &person(80), BORN);
    prove_online(&app, &provider, &token, "subject-80", &person(80)).expect(200);
    let begun = begin(&app, "LOGIN", None);
    let claims = provider.claims(&begun.url, app.now(), "subject-80");
    let body = begun.body(&provider.grant(&begun.url, provider.key().sign(&claims)));
    once(&at_once(CLIENTS, |_| complete(&app, &body, None)), "200", "422 invalid");
}

#[test]
fn an_external_identity_and_a_person_have_one_account() {
    let (app, provider) = office();
    let tokens: Vec<String> = (0..4).map(|n| declared(&app, &format!("owner-{n}"), &person(80), BORN)).collect();
    let answers = at_once(4, |client| prove_online(&app, &provider, &tokens[client], "subject-80", &person(80)));
    answered(&answers, &[("200", 1), ("409 has_account", 3)]);
    let proof = app.get("/v1/audit-log:verify").user("director1").send();
    assert_eq!(proof.expect(200)["intact"], true);
}
