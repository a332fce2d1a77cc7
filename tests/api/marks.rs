//! Protection marks on the roads beside applications: call lists, cases of both, acts after the entry, what staff tell, and who
//! moves what from whom.

use serde_json::{Value, json};

use crate::holders::name_holder;
use crate::known::named_person;
use crate::protection::{BARRED, PROTECTED, ask, citizen, mark, order};
use crate::records::known;
use crate::support::{Answer, TestApp, person};

/// Marks a person of the register, from whom another is barred; the record.
fn marked(app: &TestApp, barred: &Value) -> String {
    let id = known(app, PROTECTED);
    mark(app, "clerk1", &id, &order(barred)).expect(201);
    id
}

fn certificate_act(app: &TestApp, user: &str, id: &str, act: &str, body: &Value) -> Answer {
    app.post(&format!("/v1/certificates/{id}{act}")).user(user).if_match("*").json(body).send()
}

#[test]
fn the_call_list_shows_nobody_whom_the_record_itself_keeps_closed() {
    let app = TestApp::new();
    marked(&app, &person(BARRED));
    let asked = ask(&app, "citizen1", &person(PROTECTED), &citizen(&app)).expect(201)["id"].clone();
    let id = asked.as_str().unwrap();
    let contact = json!({"contact": {"phone": "0912345678", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"}});
    let path = format!("/v1/certificates/{id}/contact");
    app.call("PUT", &path).user("citizen1").if_match("*").json(&contact).send().expect(200);
    certificate_act(&app, "clerk1", id, ":issue", &json!({})).expect(200);
    name_holder(&app, "clerk2", &person(BARRED), "director1");
    name_holder(&app, "chief2", &person(PROTECTED), "director1");
    let reveal = |user: &str| {
        let body = json!({"kind": "CERTIFICATE", "reason": "通知領件"});
        app.post("/v1/call-list:reveal").user(user).json(&body).send()
    };
    let note = |user: &str| {
        let body = json!({"kind": "CERTIFICATE", "record": format!("certificates/{id}"), "status": "REACHED"});
        app.post("/v1/call-list:note").user(user).json(&body).send()
    };
    // Whoever is barred from the person, and the person: neither is the one to be called.
    for user in ["clerk2", "chief2"] {
        certificate_act(&app, user, id, ":reveal-contact", &json!({"reason": "x"})).refused(409, "own_request");
        let listed = app.get("/v1/call-list?kind=CERTIFICATE").user(user).send();
        for answer in [reveal(user), listed] {
            let call = &answer.expect(200)["items"][0];
            let shown = (&call["own_matter"], &call["name"], &call["contact"]);
            assert_eq!(shown, (&json!(true), &json!("○"), &Value::Null), "{user}");
        }
        note(user).refused(409, "own_request");
    }
    assert_eq!(reveal("clerk1").expect(200)["items"][0]["contact"]["phone"], "+886912345678");
    note("clerk1").expect(200);
}
