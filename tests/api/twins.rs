//! Two who truly have one number and one name: a clerk says by the record who stands at the counter, and nobody outside the office
//! learns that there are two.

use serde_json::{Value, json};

use crate::capacity::{born, certificate};
use crate::cases::{act, at, papers_of, take};
use crate::certificates::transcript;
use crate::known::{complete, declared, field, matter};
use crate::protection::{BARRED, ask, mark, order};
use crate::records::{found, known, on};
use crate::support::{Answer, TestApp, booking, person};

const TWIN: u32 = 131;

/// The records of two people who have one number and are called alike.
fn twins(app: &TestApp) -> (String, String) {
    let first = known(app, TWIN);
    let beside = json!({"person": person(TWIN), "reason": "統一編號重號"});
    on(app, "clerk1", &first, ":part", &beside).expect(200);
    let other = found(app, &person(TWIN)).into_iter().map(|one| one["person_id"].as_str().unwrap().to_owned());
    let other = other.into_iter().find(|id| *id != first).unwrap();
    (first, other)
}

/// Whoever is named by number and name, and by a record.
fn of(id: &str) -> Value {
    let mut who = person(TWIN);
    who["person_id"] = json!(id);
    who
}

/// Checks that a request is refused, and names both at a member.
fn names_both(answer: &Answer, pointer: &str, (one, other): (&str, &str)) {
    let candidates = answer.refused(409, "ambiguous_person")["candidates"].clone();
    let mut named: Vec<(&str, &str)> = Vec::new();
    for candidate in candidates.as_array().unwrap() {
        named.push((candidate["pointer"].as_str().unwrap(), candidate["person_id"].as_str().unwrap()));
    }
    let mut both = [(pointer, one), (pointer, other)];
    named.sort_unstable();
    both.sort_unstable();
    assert_eq!(named, both);
}

#[test]
fn a_clerk_books_for_the_one_of_two_who_stands_at_the_counter() {
    let app = TestApp::new();
    let (first, second) = twins(&app);
    let book = |user: &str, who: &Value, channel: &str| {
        let mut body = booking(if channel == "PHONE" { "COUNTER-20261124T1000" } else { "COUNTER-20261124T0900" });
        (body["person"], body["channel"]) = (who.clone(), json!(channel));
        app.post("/v1/bookings").user(user).once().json(&body).send()
    };
    names_both(&book("clerk1", &person(TWIN), "COUNTER"), "/person/person_id", (&first, &second));
    let stranger = known(&app, 132);
    assert_eq!(book("clerk1", &of(&stranger), "COUNTER").fields(), [field("/person/person_id", "not_found")]);
    for id in [&first, &second] {
        assert_eq!(book("clerk1", &of(id), "COUNTER").expect(201)["person"]["id"], json!(id), "each has a day of their own");
    }
    // Whoever telephones is as they call themselves.
    assert_eq!(book("clerk1", &of(&first), "PHONE").fields(), [field("/person/person_id", "not_allowed")]);
    book("clerk1", &person(TWIN), "PHONE").expect(201);
    let outside = book("citizen1", &of(&first), "ONLINE");
    assert_eq!(outside.fields(), [field("/person/person_id", "not_allowed")]);
    let outside = book("citizen1", &person(TWIN), "ONLINE");
    assert_eq!(outside.fields(), [field("/person/national_id", "no_letter_of_proxy")]);
    assert!(!outside.text.contains(&first) && !outside.text.contains("candidates"), "{}", outside.text);
    let wait = |who: &Value| {
        let body = json!({"service": "COUNTER", "from": "2026-11-25", "to": "2026-11-25", "person": who});
        app.post("/v1/waitlist").user("clerk1").once().json(&body).send()
    };
    names_both(&wait(&person(TWIN)), "/person/person_id", (&first, &second));
    assert_eq!(wait(&of(&second)).expect(201)["person_id"], json!(second));
}

#[test]
fn a_certificate_is_of_the_one_of_two_who_is_meant() {
    let app = TestApp::new();
    let (first, second) = twins(&app);
    mark(&app, "clerk1", &second, &order(&person(BARRED))).expect(201);
    names_both(&ask(&app, "clerk1", &person(TWIN), &person(BARRED)), "/person/person_id", (&first, &second));
    ask(&app, "clerk1", &of(&second), &person(BARRED)).refused(409, "protected");
    ask(&app, "clerk1", &of(&first), &person(BARRED)).expect(201);
    // For themselves: said once, it is said of both.
    let own = |who: &Value, applicant: &Value| {
        let mut applicant = applicant.clone();
        applicant["relation"] = json!("SELF");
        let body = json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1});
        app.post("/v1/certificates").user("clerk1").once().json(&body).send()
    };
    names_both(&own(&person(TWIN), &person(TWIN)), "/person/person_id", (&first, &second));
    own(&of(&second), &person(TWIN)).expect(201);
    own(&person(TWIN), &of(&second)).expect(201);
    assert_eq!(own(&of(&first), &of(&second)).fields(), [field("/applicant/person_id", "not_allowed")]);
    let body = json!({
        "kind": "TRANSCRIPT_ZH", "person": {"name": "王示範", "national_id": app.citizen_number(1), "person_id": first},
        "applicant": {"name": "王示範", "national_id": app.citizen_number(1), "relation": "SELF"}, "purpose": "就學", "copies": 1
    });
    let outside = app.post("/v1/certificates").user("citizen1").once().json(&body).send();
    assert_eq!(outside.fields(), [field("/person/person_id", "not_allowed")]);
}

#[test]
fn what_one_of_two_applied_for_online_is_issued_about_whoever_shows_the_paper() {
    let app = TestApp::new();
    let (first, second) = twins(&app);
    let token = declared(&app, "online", &person(TWIN), "1990-05-04");
    let made = app.post("/v1/certificates").bearer(&token).once().json(&transcript(TWIN)).send();
    let path = format!("/v1/certificates/{}:issue", made.expect(201)["id"].as_str().unwrap());
    let paper = json!({"kind": "ID_CARD", "number": "字第 131 號"});
    let issue = |member: &str, id: Option<&str>| {
        let mut body = json!({"document": paper});
        if let Some(id) = id {
            body[member] = json!({"person_id": id});
        }
        app.post(&path).user("clerk1").if_match("\"v1\"").json(&body).send()
    };
    names_both(&issue("person", None), "/person/person_id", (&first, &second));
    let stranger = known(&app, 132);
    assert_eq!(issue("person", Some(&stranger)).fields(), [field("/person/person_id", "not_found")]);
    // Said once, it is said of both.
    issue("applicant", Some(&second)).expect(200);
    let shows_paper = |id: &str| {
        let facts = app.get(&format!("/v1/people/{id}/facts?purpose=x")).user("clerk1").send();
        facts.expect(200)["items"].as_array().unwrap().iter().any(|fact| fact["document"] == paper)
    };
    assert_eq!((shows_paper(&first), shows_paper(&second)), (false, true));
}

#[test]
fn a_case_is_of_the_one_of_two_who_is_meant_from_the_draft_on() {
    let app = TestApp::new();
    let (first, second) = twins(&app);
    let mut body = complete(&app, matter(TWIN));
    names_both(&take(&app, "clerk1", &body), "/parties/0/person_id", (&first, &second));
    let check = app.post("/v1/cases:check").user("clerk1").json(&body).send();
    names_both(&check, "/parties/0/person_id", (&first, &second));
    body["parties"][0]["person_id"] = json!(known(&app, 133));
    assert_eq!(take(&app, "clerk1", &body).fields(), [field("/parties/0/person_id", "not_found")]);
    (body["parties"][0]["person_id"], body["draft"]) = (json!(second), json!(true));
    let draft = take(&app, "clerk1", &body).expect(201).clone();
    let meant = |case: &Value| (case["parties"][0]["person_id"].clone(), case["applicant"]["person_id"].clone());
    assert_eq!(meant(&draft), (json!(second), json!(second)));
    let change = |body: &Value| {
        let tag = app.get(&at(&draft, "")).user("clerk1").send().etag().to_owned();
        app.call("PATCH", &at(&draft, "")).user("clerk1").if_match(&tag).json(body).send()
    };
    let changed = change(&json!({"papers": papers_of(&app, "OTHER_LAW").into_iter().take(1).collect::<Vec<_>>()}));
    assert_eq!(meant(changed.expect(200)), (json!(second), json!(second)));
    let accepted = act(&app, "clerk1", &draft, ":accept", &json!({"confirm_not_duplicate": true}));
    assert_eq!(meant(accepted.expect(200)), (json!(second), json!(second)));
    body["parties"][0]["person_id"] = json!(first);
    let parties = change(&json!({"parties": body["parties"]}));
    assert_eq!(meant(parties.expect(200)), (json!(first), json!(first)));
    // Outside the office nobody says it, signed in or not.
    for user in ["citizen1", ""] {
        let request = app.post("/v1/cases:check");
        let request = if user.is_empty() { request } else { request.user(user) };
        let refused = request.json(&body).send();
        assert_eq!(refused.fields(), [field("/parties/0/person_id", "not_allowed")], "{user}");
    }
}

#[test]
fn a_letter_of_proxy_and_a_consent_are_of_the_one_of_two_who_is_meant() {
    let app = TestApp::new();
    let (first, second) = twins(&app);
    let note = |user: &str, principal: &Value| {
        let body = json!({
            "proxy_username": "proxy1", "principal": principal, "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-11-25"
        });
        app.post("/v1/letters-of-proxy").user(user).once().json(&body).send()
    };
    names_both(&note("clerk1", &person(TWIN)), "/principal/person_id", (&first, &second));
    let stranger = known(&app, 132);
    assert_eq!(note("clerk1", &of(&stranger)).fields(), [field("/principal/person_id", "not_found")]);
    note("clerk1", &of(&second)).expect(201);
    let given = |id: &str| {
        let list = app.get(&format!("/v1/letters-of-proxy?person_id={id}")).user("clerk1").send();
        list.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!((given(&first), given(&second)), (0, 1));
    let own = json!({"name": "王示範", "national_id": app.citizen_number(1), "person_id": first});
    assert_eq!(note("citizen1", &own).fields(), [field("/principal/person_id", "not_allowed")]);
    born(&app, 134, "2010-05-04");
    let asked = |representative: &Value| {
        let mut body = certificate(&person(134), &person(134), "SELF");
        body["representative_paper"] = json!({"kind": "LEGAL_REP_CONSENT", "number": "同意書第 1 號"});
        body["representative"] = representative.clone();
        body["representative_proof"] = json!({"kind": "HH_CERT", "number": "戶口名簿第 1 號"});
        app.post("/v1/certificates").user("clerk1").once().json(&body).send()
    };
    names_both(&asked(&person(TWIN)), "/representative/person_id", (&first, &second));
    asked(&of(&first)).expect(201);
}
