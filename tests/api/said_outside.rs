//! What is said outside the office of somebody else is answered alike, whatever the register says of them: nobody learns by an answer
//! whether somebody is known, has died, is married, under guardianship or of two records. The difference shows to staff alone.

use huzheng::cases::CaseSettings;
use serde_json::{Value, json};

use crate::cases::{at, papers_of, registered, take};
use crate::known::{GROWN, death, declared, married, matter};
use crate::records::{join, known};
use crate::relations::guardianship;
use crate::support::{Answer, FRIDAY_9, TestApp, booking, female, person};

/// Of whom the register says something else each, and one of whom it says nothing.
const OTHERS: [u32; 6] = [760, 761, 762, 763, 764, 765];

/// An office whose register has all of them but the first.
fn office() -> TestApp {
    let app = TestApp::with(
        |config| config.of_mut::<CaseSettings>().listed_online = vec!["MARRIAGE".to_owned(), "OTHER_LAW".to_owned()],
        "",
    );
    known(&app, 761);
    registered(&app, &death(&app, 762));
    registered(&app, &married(&app, 763, 773, GROWN));
    let (one, other) = (known(&app, 764), known(&app, 774));
    join(&app, &one, &other).expect(200);
    registered(&app, &guardianship(&app, 765, (Some(775), "DECLARED"), "2026-11-01"));
    app
}

/// What somebody is told: the status, the code, and what is wrong with which member.
fn told(answer: &Answer) -> (u16, Value, Vec<(Value, Value)>) {
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let errors = errors.iter().map(|error| (error["pointer"].clone(), error["code"].clone())).collect();
    (answer.status, answer.body["code"].clone(), errors)
}

fn me(app: &TestApp) -> Value {
    json!({"name": "王示範", "national_id": app.citizen_number(1)})
}

fn as_one(mut who: Value, member: &str, value: &str) -> Value {
    who[member] = json!(value);
    who
}

/// A wedding of the caller to somebody, before somebody.
fn wedding(app: &TestApp, number: u32, witness: u32) -> Value {
    let mut body = married(app, number, number, GROWN);
    body["parties"][0] = as_one(as_one(me(app), "role", "SPOUSE"), "birth_on", GROWN.0);
    body["applicant"] = as_one(me(app), "relation", "BOTH_PARTIES");
    body["parties"][1] = as_one(as_one(person(number), "role", "SPOUSE"), "birth_on", GROWN.1);
    body["fields"]["witnesses"] = json!([person(witness), female(799)]);
    body
}

fn certificate(app: &TestApp, number: u32, relation: &str) -> Value {
    json!({
        "kind": "TRANSCRIPT_ZH", "person": person(number), "applicant": as_one(me(app), "relation", relation), "purpose": "訴訟",
        "copies": 1
    })
}

/// What a road answers of each of them.
fn alike(road: &str, answer: impl Fn(u32) -> Answer) {
    let answers = OTHERS.map(|number| told(&answer(number)));
    for (number, one) in OTHERS.iter().zip(&answers) {
        assert_eq!(one, &answers[0], "{road}: {number}");
    }
}

#[test]
fn whoever_is_signed_in_is_told_nothing_of_others() {
    let app = office();
    let post = |path: &str, body: Value| app.post(path).user("citizen1").once().json(&body).send();
    for relation in ["INTERESTED_PERSON", "LEGAL_REPRESENTATIVE", "GUARDIAN", "SELF", "PROXY", "RELATIVE_OF_DECEASED"] {
        alike(relation, |number| post("/v1/certificates", certificate(&app, number, relation)));
        let interested = |number: u32| as_one(certificate(&app, number, relation), "interest_proof", "借據");
        alike(&format!("{relation}, with a proof"), |number| post("/v1/certificates", interested(number)));
    }
    alike("a booking", |number| {
        let mut body = booking(FRIDAY_9);
        body["person"] = person(number);
        post("/v1/bookings", body)
    });
    alike("a letter", |number| {
        let letter = json!({
            "proxy_username": "proxy1", "principal": person(number), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
        });
        post("/v1/letters-of-proxy", letter)
    });
    let check = |body: &Value| app.post("/v1/cases:check").user("citizen1").json(body).send();
    alike("the check of a wedding", |number| check(&wedding(&app, number, 796)));
    alike("the check of one before a witness", |number| check(&wedding(&app, 795, number)));
    alike("a wedding", |number| post("/v1/cases", wedding(&app, number, 796)));
    alike("one before a witness", |number| post("/v1/cases", wedding(&app, 795, number)));
    for relation in ["SELF", "LEGAL_REPRESENTATIVE", "GUARDIAN", "PROXY", "INTERESTED_PERSON"] {
        alike(&format!("another's matter as {relation}"), |number| {
            let mut body = matter(number);
            body["applicant"] = as_one(me(&app), "relation", relation);
            post("/v1/cases", body)
        });
    }
    alike("an edit of a draft", |number| {
        let mut body = matter(number);
        (body["parties"][0], body["applicant"]) = (as_one(me(&app), "role", "SUBJECT"), as_one(me(&app), "relation", "SELF"));
        body["papers"] = json!(papers_of(&app, "OTHER_LAW"));
        let draft = take(&app, "citizen1", &body);
        let parties = json!([as_one(me(&app), "role", "SUBJECT"), as_one(person(number), "role", "OTHER")]);
        let edit = app.call("PATCH", &at(&draft.body, "")).user("citizen1").if_match(draft.etag());
        edit.json(&json!({"parties": parties})).send()
    });
}

#[test]
fn whoever_only_says_that_they_are_somebody_is_told_nothing_of_them() {
    let app = office();
    let token = |number: u32| declared(&app, &format!("says-{number}"), &person(number), "1980-01-01");
    let tokens = OTHERS.map(token);
    let of = |number: u32| &tokens[OTHERS.iter().position(|one| *one == number).unwrap()];
    let post = |number: u32, path: &str, body: Value| app.post(path).bearer(of(number)).once().json(&body).send();
    let own = |number: u32| as_one(person(number), "relation", "SELF");
    alike("a certificate", |number| {
        let body =
            json!({"kind": "TRANSCRIPT_ZH", "person": person(number), "applicant": own(number), "purpose": "就學", "copies": 1});
        post(number, "/v1/certificates", body)
    });
    alike("a matter", |number| post(number, "/v1/cases", matter(number)));
    alike("a letter", |number| {
        let letter = json!({
            "proxy_username": "proxy1", "principal": person(number), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
        });
        post(number, "/v1/letters-of-proxy", letter)
    });
    alike("what they began", |number| app.get("/v1/cases").bearer(of(number)).send());
}

#[test]
fn whoever_is_not_signed_in_is_told_nothing_of_anybody() {
    let app = office();
    alike("a wedding", |number| app.post("/v1/cases:check").json(&married(&app, number, 798, GROWN)).send());
    alike("a wedding before a witness", |number| {
        let mut body = married(&app, 795, 798, GROWN);
        body["fields"]["witnesses"] = json!([person(number), female(799)]);
        app.post("/v1/cases:check").json(&body).send()
    });
    alike("a matter", |number| app.post("/v1/cases:check").json(&matter(number)).send());
    alike("a death", |number| app.post("/v1/cases:check").json(&death(&app, number)).send());
    alike("an account", |number| {
        let body = json!({
            "username": format!("one-{number}"), "password": crate::known::SECRET, "name": person(number)["name"],
            "national_id": person(number)["national_id"], "birth_on": "1980-01-01"
        });
        app.post("/v1/auth/register").json(&body).send()
    });
    // To staff the difference shows.
    let told: Vec<u16> = OTHERS.iter().map(|number| take(&app, "clerk1", &married(&app, *number, 797, GROWN)).status).collect();
    assert_eq!((told[0], told[2], told[3]), (201, 422, 422), "{told:?}");
}
