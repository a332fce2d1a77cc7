//! Who somebody was proven to be, and how they came in this time: what the law ties to the citizen certificate (戶籍法 §28) asks
//! for the second as well.

use huzheng::accounts::external::ExternalSettings;
use huzheng::cases::CaseSettings;
use serde_json::{Value, json};

use crate::cases::{at, take};
use crate::certificates::transcript;
use crate::external::{begin, complete, prove_online, set_up};
use crate::identity::{NEW_PASSWORD, login, text};
use crate::known::{declared, matter};
use crate::provider::Provider;
use crate::support::{Answer, TestApp, person};

/// An office with a provider, in which somebody was proven through it; and their two log-ins, by the provider and by password.
fn office(types: &[&str]) -> (TestApp, Provider, [String; 2]) {
    let provider = Provider::start();
    let app = TestApp::with(
        |config| {
            set_up(config, &provider);
            let external: &mut ExternalSettings = config.of_mut();
            external.apply_acr = Some("certificate".to_owned());
            let cases: &mut CaseSettings = config.of_mut();
            cases.listed_online = vec!["OTHER_LAW".to_owned()];
            cases.strong_log_in = types.iter().map(|one| (*one).to_owned()).collect();
        },
        "",
    );
    let token = declared(&app, "owner", &person(80), "1990-05-04");
    let proven = prove_online(&app, &provider, &token, "subject-80", &person(80));
    let strong = text(&proven.expect(200)["access_token"]);
    let weak = text(&login(&app, "owner", NEW_PASSWORD).expect(200)["access_token"]);
    (app, provider, [strong, weak])
}

fn apply(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/cases").bearer(token).once().json(&matter(80)).send()
}

fn certificate(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/certificates").bearer(token).once().json(&transcript(80)).send()
}

#[test]
fn whoever_was_proven_applies_online_by_a_strong_log_in_alone() {
    let (app, provider, [strong, weak]) = office(&["REGISTRATIONS"]);
    let refused = |answer: &Answer| {
        assert_eq!(answer.refused(403, "stronger_login_required")["acr_values"], "certificate-in-person certificate");
    };
    refused(&apply(&app, &weak));
    // Nor by one that is weaker at the provider.
    let begun = begin(&app, "LOGIN", None);
    let mut claims = provider.claims(&begun.url, app.now(), "subject-80");
    claims["acr"] = json!("device");
    let by_device = complete(&app, &begun.body(&provider.grant(&begun.url, provider.key().sign(&claims))), None);
    refused(&apply(&app, &text(&by_device.expect(200)["access_token"])));
    let draft = apply(&app, &strong).expect(201).clone();
    let seen = |token: &str| app.get(&at(&draft, "")).bearer(token).send();
    let acts = |token: &str| seen(token).expect(200)["allowed_actions"].clone();
    assert_eq!((acts(&strong), acts(&weak)), (json!(["edit", "withdraw"]), json!(["withdraw"])));
    let edit = |token: &str| {
        let call = app.call("PATCH", &at(&draft, "")).bearer(token).if_match(seen(token).etag());
        call.json(&json!({"event_on": "2026-11-20"})).send()
    };
    refused(&edit(&weak));
    edit(&strong).expect(200);
    // What is taken back needs no certificate, and neither does what the law does not tie to one.
    let withdraw = app.post(&at(&draft, ":withdraw")).bearer(&weak).if_match(seen(&weak).etag());
    withdraw.json(&json!({"reason": "不辦了"})).send().expect(200);
    certificate(&app, &weak).expect(201);
    // A counter asks for the person, not for their log-in.
    take(&app, "clerk1", &matter(80)).expect(201);
}

#[test]
fn a_setting_says_what_is_applied_for_so() {
    let told = |app: &TestApp| {
        let check = app.post("/v1/cases:check").user("clerk1").json(&matter(80)).send();
        check.expect(200)["strong_log_in"].clone()
    };
    let (app, _provider, [strong, weak]) = office(&["CERTIFICATES"]);
    apply(&app, &weak).expect(201);
    certificate(&app, &weak).refused(403, "stronger_login_required");
    certificate(&app, &strong).expect(201);
    assert_eq!(told(&app), Value::Bool(false));
    let (app, _provider, [_, weak]) = office(&["OTHER_LAW"]);
    apply(&app, &weak).refused(403, "stronger_login_required");
    certificate(&app, &weak).expect(201);
    assert_eq!(told(&app), Value::Bool(true));
}

#[test]
fn where_no_provider_is_set_up_a_password_does() {
    let app = TestApp::with(|config| config.of_mut::<CaseSettings>().listed_online = vec!["OTHER_LAW".to_owned()], "");
    let token = declared(&app, "owner", &person(80), "1990-05-04");
    apply(&app, &token).expect(201);
}
