//! What was judged at an earlier step is judged again at the last one, by those whom the record means then: whose right an account
//! acts by, which letter is in force, who consents, and who asks at all.

use serde_json::{Value, json};

use crate::capacity::{born, certificate, custody, seal, with};
use crate::cases::{act, own, registered, review, take};
use crate::certificates::letter_of;
use crate::known::{field, named, transcript};
use crate::protection::{BARRED, PROTECTED, ask, citizen, mark, order, record_of};
use crate::records::{known, on};
use crate::relations::{as_applicant, as_party};
use crate::support::{Answer, TestApp, person};

fn nameless(name: &str) -> Value {
    json!({"name": name, "identified_by": {"kind": "NO_NUMBER", "reason": "NOT_TOLD"}})
}

fn proxy() -> Value {
    json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()})
}

fn paper(kind: &str) -> Value {
    json!({"kind": kind, "number": "字第 1 號"})
}

fn asks(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/certificates").user("clerk1").once().json(body).send()
}

fn issue(app: &TestApp, asked: &Value, body: &Value) -> Answer {
    let path = format!("/v1/certificates/{}:issue", asked["id"].as_str().unwrap());
    app.post(&path).user("chief1").if_match("*").json(body).send()
}

/// One of kinship, which waits for another than whoever took it.
fn kinship(who: &Value, applicant: &Value, relation: &str) -> Value {
    let mut body = certificate(who, applicant, relation);
    (body["kind"], body["papers"]) = (json!("KINSHIP"), json!(["PURPOSE_PROOF"]));
    body
}

/// A child of sixteen whose one parent has their rights by the register.
fn child_of(app: &TestApp, child: u32, parent: u32) {
    born(app, child, "2010-05-04");
    registered(app, &custody(app, child, &person(parent)));
}

fn accept(app: &TestApp, draft: &Value) -> Answer {
    act(app, "clerk1", draft, ":accept", &json!({"confirm_not_duplicate": true}))
}

#[test]
fn no_account_applies_as_somebody_else_who_has_the_number_of_whom_it_acts_for() {
    let app = TestApp::new();
    let owner = citizen(&app);
    let mut twin = owner.clone();
    twin["name"] = json!("林同號");
    let beside = json!({"person": twin, "reason": "統一編號重號"});
    on(&app, "clerk1", &record_of(&app, &owner), ":part", &beside).expect(200);
    for user in ["citizen1", "proxy1"] {
        let draft = take(&app, user, &named(transcript(&app, None), "林同號")).expect(201).clone();
        let refused = accept(&app, &draft);
        let differences = refused.refused(409, "identity_unsettled")["differences"].clone();
        let pointers = differences.as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect::<Vec<_>>();
        assert_eq!(pointers, [json!("/parties/0/name")], "{user}");
        // Whoever calls them as they are called is served.
        let draft = take(&app, user, &transcript(&app, None)).expect(201).clone();
        accept(&app, &draft).expect(200);
    }
}

#[test]
fn a_letter_of_a_protected_minor_names_whoever_consents_to_it_and_one_of_before_rests() {
    let app = TestApp::new();
    child_of(&app, 901, 902);
    let letter = |scope: &str, representative: Option<&Value>| {
        let mut body = json!({
            "proxy_username": "proxy1", "principal": person(901), "scope": scope, "valid_from": "2026-11-23",
            "valid_to": "2026-12-31", "representative_paper": paper("LEGAL_REP_CONSENT")
        });
        if let Some(one) = representative {
            body["representative"] = one.clone();
        }
        app.post("/v1/letters-of-proxy").user("clerk1").once().json(&body).send()
    };
    let before = letter("BOOKING", None).expect(201).clone();
    assert_eq!(before["status"], "IN_FORCE");
    mark(&app, "clerk1", &record_of(&app, &person(901)), &order(&person(903))).expect(201);
    let seen = app.get(&format!("/v1/letters-of-proxy/{}", before["id"].as_str().unwrap())).user("clerk1").send();
    assert_eq!((&seen.expect(200)["status"], &seen.body["rests_for"]), (&json!("RESTING"), &json!(["PROTECTION_MARK"])));
    assert_eq!(letter("CASE", None).fields(), [field("/representative", "required")]);
    assert_eq!(letter("CASE", Some(&nameless("林無名"))).fields(), [field("/representative/identified_by", "required")]);
    letter("CASE", Some(&person(903))).refused(409, "protected");
    assert_eq!(letter("CASE", Some(&person(904))).fields(), [field("/representative/national_id", "not_representative")]);
    assert_eq!(letter("CASE", Some(&person(902))).expect(201)["status"], "IN_FORCE");
}

#[test]
fn what_a_nameless_consent_opened_before_a_mark_goes_no_further_after_it() {
    let app = TestApp::new();
    child_of(&app, 911, 912);
    let child = person(911);
    let mut asked = kinship(&child, &child, "LISTED_PURPOSE_APPLICANT");
    asked["representative_paper"] = paper("LEGAL_REP_CONSENT");
    let asked = asks(&app, &asked).expect(201).clone();
    assert_eq!(asked["status"], "REQUESTED");
    let mut unnamed = seal(&app, 911, &child, "SELF");
    unnamed["papers"].as_array_mut().unwrap().push(json!("LEGAL_REP_CONSENT"));
    let mut consented = seal(&app, 911, &child, "SELF");
    consented["parties"].as_array_mut().unwrap().push(as_party(person(912), "LEGAL_REPRESENTATIVE"));
    let [waits, passes, right] = [&unnamed, &unnamed, &consented].map(|body| take(&app, "clerk1", body).expect(201).clone());
    act(&app, "clerk1", &passes, ":submit-for-review", &json!({})).expect(200);
    mark(&app, "clerk1", &record_of(&app, &child), &order(&person(913))).expect(201);
    let required = [field("/parties", "required")];
    assert_eq!(act(&app, "clerk1", &waits, ":submit-for-review", &json!({})).fields(), required);
    assert_eq!(review(&app, "reviewer1", &passes, "PASS").fields(), required);
    act(&app, "clerk1", &right, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &right, "PASS").expect(201);
    assert_eq!(issue(&app, &asked, &json!({})).fields(), [field("/representative", "required")]);
    issue(&app, &asked, &json!({"representative": person(913)})).refused(409, "protected");
    assert_eq!(issue(&app, &asked, &json!({"representative": person(912)})).expect(200)["status"], "ISSUED");
}

#[test]
fn whoever_consents_to_a_certificate_is_judged_as_whoever_consents_to_a_case() {
    let app = TestApp::new();
    born(&app, 921, "2010-05-04");
    let child = person(921);
    let by = |representative: &Value, proof: Option<&str>| {
        let mut body = certificate(&child, &child, "SELF");
        body["representative_paper"] = paper("LEGAL_REP_CONSENT");
        body["representative"] = representative.clone();
        if let Some(kind) = proof {
            body["representative_proof"] = paper(kind);
        }
        asks(&app, &body)
    };
    for stranger in [person(922), nameless("林無名")] {
        assert_eq!(by(&stranger, None).fields(), [field("/representative_proof", "required")], "{stranger}");
    }
    let issued = by(&person(922), Some("HH_CERT")).expect(201).clone();
    assert_eq!((&issued["status"], &issued["representative_proof"]["kind"]), (&json!("ISSUED"), &json!("HH_CERT")));
    by(&nameless("林無名"), Some("HH_CERT")).expect(201);
    mark(&app, "clerk1", &record_of(&app, &child), &order(&person(923))).expect(201);
    let refused = by(&nameless("林無名"), Some("HH_CERT"));
    assert_eq!(refused.fields(), [field("/representative/identified_by", "required")]);
    by(&person(923), Some("HH_CERT")).refused(409, "protected");
    by(&person(922), Some("HH_CERT")).expect(201);
    // A case says the same of its party.
    let mut case = seal(&app, 921, &child, "SELF");
    case["parties"].as_array_mut().unwrap().push(as_party(nameless("林無名"), "LEGAL_REPRESENTATIVE"));
    assert_eq!(take(&app, "clerk1", &case).fields(), [field("/parties/1/identified_by", "required")]);
    // Nobody shows a proof of nobody.
    let mut proof = certificate(&person(924), &person(924), "SELF");
    proof["representative_proof"] = paper("HH_CERT");
    assert_eq!(asks(&app, &proof).fields(), [field("/representative_proof", "not_allowed")]);
}

#[test]
fn whoever_asks_for_the_data_of_the_protected_says_who_they_are() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let stranger = nameless("林無名");
    let mut by_proxy = certificate(&person(PROTECTED), &person(PROTECTED), "SELF");
    by_proxy["proxy"] = stranger.clone();
    by_proxy["letter"] = json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "委託書"}});
    asks(&app, &by_proxy).expect(201);
    let check = |body: &Value| app.post("/v1/cases:check").user("clerk1").json(body).send();
    let mut address = own("DELIVERY_ADDRESS", PROTECTED, json!({"kind": "COMMON", "matter": "受送達處所"}), &[]);
    address["applicant"] = as_applicant(stranger.clone(), "PREMISES_OWNER");
    assert!(!check(&address).text.contains("identified_by"));
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    assert_eq!(asks(&app, &by_proxy).fields(), [field("/proxy/identified_by", "required")]);
    assert_eq!(check(&address).fields(), [field("/applicant/identified_by", "required")]);
    // Of an interested person the law asks it in any case.
    let interested = [field("/applicant/identified_by", "required")];
    for of in [PROTECTED, 931] {
        assert_eq!(ask(&app, "clerk1", &person(of), &stranger).fields(), interested);
    }
    let mut seen = transcript(&app, None);
    seen["fields"]["interest_proof"] = json!("債權憑證");
    seen["applicant"] = with(stranger, "relation", "INTERESTED_PERSON");
    assert_eq!(check(&seen).fields(), interested);
    // Whoever says it is served, and so does whoever comes for the protected by name and number.
    ask(&app, "clerk1", &person(PROTECTED), &person(932)).expect(201);
    by_proxy["proxy"] = person(933);
    asks(&app, &by_proxy).expect(201);
    seen["applicant"] = as_applicant(person(932), "INTERESTED_PERSON");
    check(&seen).expect(200);
}

#[test]
fn nothing_that_waits_is_done_by_a_letter_that_was_revoked() {
    let app = TestApp::new();
    let principal = person(941);
    let letter = letter_of(&app, &principal);
    let mut comes = kinship(&principal, &principal, "LISTED_PURPOSE_APPLICANT");
    comes["proxy"] = proxy();
    let own_name = kinship(&principal, &proxy(), "PROXY");
    let taken = [comes, own_name].map(|body| asks(&app, &body).expect(201).clone());
    let mut draft = transcript(&app, None);
    for member in ["name", "national_id"] {
        draft["parties"][0][member] = principal[member].clone();
        draft["applicant"][member] = principal[member].clone();
    }
    let draft = take(&app, "proxy1", &draft).expect(201).clone();
    accept(&app, &draft).expect(200);
    let submit = || act(&app, "clerk1", &draft, ":submit-for-review", &json!({}));
    app.post(&format!("{letter}:revoke")).user("clerk1").if_match("*").send().expect(200);
    let ended = |answer: Answer| assert_eq!(answer.refused(409, "conflict")["detail"], "代理權已消滅");
    ended(submit());
    for one in &taken {
        assert_eq!(one["status"], "REQUESTED");
        ended(issue(&app, one, &json!({})));
    }
    letter_of(&app, &principal);
    for one in &taken {
        issue(&app, one, &json!({})).expect(200);
    }
    assert_ne!(submit().body["code"], "conflict");
}
