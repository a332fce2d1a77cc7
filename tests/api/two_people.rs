//! What takes two people with people's records: the end of a proof, whichever way it is begun, and a join of records that are not
//! alike. And what holds for a human in all of their records.

use serde_json::{Value, json};

use crate::cases::{own, registered, take};
use crate::known::{card, code, complete, death, declared, field, login, matter, named, named_person, paper};
use crate::records::{found, join, joining, known, on};
use crate::support::{Answer, PASSWORD, TestApp, female, person};
use crate::unnumbered::{foreign_wedding, passport};

fn prove(app: &TestApp, user: &str, token: &str, who: &Value) -> Answer {
    let body = paper(&code(app, token), who);
    app.post("/v1/identity-proofs").user(user).once().json(&body).send()
}

fn undo(app: &TestApp, user: &str, proof: &Value) -> Answer {
    let path = format!("/v1/identity-proofs/{}", proof["id"].as_str().unwrap());
    let tag = app.get(&path).user("chief1").send().etag().to_owned();
    app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "證件係冒用"})).send()
}

/// The record that somebody's first matter made under a name.
fn called(app: &TestApp, who: &Value, birth_on: Option<&str>, name: &str) -> String {
    let mut body = named(matter(1), name);
    body["parties"][0]["national_id"] = who["national_id"].clone();
    body["applicant"]["national_id"] = who["national_id"].clone();
    if let Some(day) = birth_on {
        body["parties"][0]["birth_on"] = json!(day);
    }
    take(app, "clerk1", &body).expect(201)["parties"][0]["person_id"].as_str().unwrap().to_owned()
}

fn shown(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/v1/people/{id}")).user("chief1").send().expect(200).clone()
}

#[test]
fn whoever_had_a_hand_in_the_end_of_a_proof_does_not_make_the_next_one() {
    let app = TestApp::new();
    let id = known(&app, 85);
    let token = declared(&app, "owner", &person(85), "1990-05-04");
    let proof = prove(&app, "clerk1", &token, &person(85)).expect(201).clone();
    let struck = json!({"document": card(&person(85)), "reason": "偽造"});
    on(&app, "clerk2", &id, ":strike-document", &struck).expect(200);
    undo(&app, "chief1", &proof).expect(200);
    let second = declared(&app, "second", &person(85), "1990-05-04");
    prove(&app, "clerk2", &second, &person(85)).refused(409, "same_person");
    let first = proof["initial_password"].as_str().unwrap();
    let again = login(&app, "owner", first).expect(200)["access_token"].as_str().unwrap().to_owned();
    let change = json!({"current_password": first, "new_password": "Amsel-singt-um-5"});
    assert_eq!(app.post("/v1/auth/password").bearer(&again).json(&change).send().status, 204);
    let again = login(&app, "owner", "Amsel-singt-um-5").expect(200)["access_token"].as_str().unwrap().to_owned();
    prove(&app, "clerk2", &again, &person(85)).refused(409, "same_person");
    prove(&app, "clerk1", &again, &person(85)).expect(201);
}

#[test]
fn nobody_strikes_the_paper_of_another_from_the_record_of_a_third() {
    let app = TestApp::new();
    let (mine, theirs) = (known(&app, 31), known(&app, 32));
    let document = json!({"kind": "ID_CARD", "number": "字第 32 號"});
    let settle = json!({"birth_on": "1990", "document": document, "reason": "證件"});
    on(&app, "clerk1", &theirs, ":settle", &settle).expect(200);
    let strike = |id: &str| on(&app, "clerk2", id, ":strike-document", &json!({"document": document, "reason": "偽造"}));
    assert_eq!(strike(&mine).fields(), [field("/document/number", "not_found")]);
    let standing = || {
        let facts = app.get(&format!("/v1/people/{theirs}/facts?purpose=x")).user("clerk1").send().expect(200)["items"].clone();
        facts.as_array().unwrap().iter().any(|fact| fact["kind"] == "BIRTH_ON" && fact["struck_at"].is_null())
    };
    assert!(standing());
    // Of the same human, by another of their records.
    join(&app, &mine, &theirs).expect(200);
    strike(&mine).expect(200);
    assert!(!standing());
}

#[test]
fn records_that_are_not_alike_are_joined_by_two_people() {
    let app = TestApp::new();
    let (one, other, third) = (known(&app, 51), known(&app, 52), known(&app, 53));
    let without = json!({"into_person_id": other, "reason": "同一人"});
    assert_eq!(on(&app, "clerk1", &one, ":join", &without).fields(), [field("/document", "required")]);
    let asked = on(&app, "clerk1", &one, ":join", &joining(&other));
    assert_eq!((&asked.expect(200)["status"], &asked.body["joined_into"]), (&json!("JOIN_ASKED"), &Value::Null));
    for id in [&one, &other] {
        let asked = shown(&app, id)["joins_asked"].clone();
        assert_eq!((asked.as_array().unwrap().len(), &asked[0]["into_person_id"]), (1, &json!(other)), "{asked}");
        assert!(asked[0]["asked_by"].as_str().unwrap().starts_with("accounts/"));
    }
    assert_eq!(found(&app, &person(51)).len(), 1, "nothing holds for the other one yet");
    on(&app, "clerk1", &one, ":join", &joining(&other)).refused(409, "own_request");
    on(&app, "clerk2", &one, ":join", &joining(&other)).refused(403, "forbidden");
    on(&app, "chief1", &one, ":join", &joining(&third)).refused(409, "wrong_state");
    let mut elsewhere = joining(&other);
    elsewhere["document"]["number"] = json!("115 年度訴字第 2 號");
    assert_eq!(on(&app, "chief1", &one, ":join", &elsewhere).fields(), [field("/document/number", "differs")]);
    on(&app, "clerk1", &other, ":join", &joining(&third)).refused(409, "conflict");
    on(&app, "clerk1", &third, ":join", &joining(&one)).refused(409, "conflict");
    let taken_back = on(&app, "clerk2", &one, ":part", &json!({"reason": "誤提"}));
    assert_eq!((&taken_back.expect(200)["status"], &taken_back.body["joins_asked"]), (&json!("KEPT"), &json!([])));
    on(&app, "chief1", &one, ":join", &joining(&other)).expect(200);
    assert_eq!(shown(&app, &one)["status"], "JOIN_ASKED", "asked anew, by the chief");
    on(&app, "chief1", &one, ":join", &joining(&other)).refused(409, "own_request");
    let joined = on(&app, "director1", &one, ":join", &joining(&other));
    assert_eq!((&joined.expect(200)["status"], &joined.body["joined_into"]), (&json!("JOINED"), &json!(other)));
    assert_eq!(shown(&app, &other)["joins_asked"], json!([]));
    let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200).clone();
    let told = |action: &str| log["items"].as_array().unwrap().iter().filter(|line| line["action"] == action).count();
    assert_eq!((told("person.join_asked"), told("person.join_taken_back"), told("person.joined")), (2, 1, 1));
}

#[test]
fn records_that_are_alike_are_joined_by_one_and_others_by_two() {
    let app = TestApp::new();
    let mut weddings = (200..).step_by(2);
    // Whom a wedding has named by a passport of theirs, without a personal number.
    let mut wedding = |name: &str, number: &str, birth_on: &str| {
        let mut body = foreign_wedding(&app, weddings.next().unwrap(), name, passport(number));
        body["parties"][1]["birth_on"] = json!(birth_on);
        body
    };
    let record = |case: &Value| case["parties"][1]["person_id"].as_str().unwrap().to_owned();
    let mut foreigner =
        |name: &str, number: &str, birth_on: &str| record(take(&app, "clerk1", &wedding(name, number, birth_on)).expect(201));
    let status = |id: &str, into: &str| on(&app, "clerk1", id, ":join", &joining(into)).expect(200)["status"].clone();
    let first = foreigner("NGUYEN THI MINH", "C6100001", "1990-05-04");
    let alike = foreigner("Nguyen Thi Minh", "C6100002", "1990-05-04");
    assert_eq!(status(&alike, &first), "JOINED");
    for (what, name, number, birth_on) in [
        ("another name", "NGUYEN THI MAI", "C6100003", "1990-05-04"),
        ("another day of birth", "NGUYEN THI MINH", "C6100004", "1990-05-05"),
    ] {
        assert_eq!(status(&foreigner(name, number, birth_on), &first), "JOIN_ASKED", "{what}");
    }
    let numbered = called(&app, &person(61), Some("1990-05-04"), "林測試");
    let other = called(&app, &person(62), Some("1990-05-04"), "林 測試");
    assert_eq!(status(&other, &numbered), "JOIN_ASKED", "another number");
    assert_eq!(status(&called(&app, &female(64), None, "林測試"), &numbered), "JOIN_ASKED", "another sex");
    // By the passport that a death names as well.
    let mut dies = |name: &str, number: &str| {
        let spouse = record(&registered(&app, &wedding(name, number, "1980-01-01")));
        let mut body = death(&app, 71);
        let today = app.now().date();
        (body["event_on"], body["fields"]["died_on"]) = (json!(today), json!(today));
        body["parties"][0] = json!({"role": "DECEASED", "name": name, "identified_by": passport(number)});
        registered(&app, &body);
        let namesake = wedding(name, &format!("{number}1"), "1980-01-01");
        (spouse, record(take(&app, "clerk1", &namesake).expect(201)))
    };
    let (dead, alive) = dies("TRAN VAN HAI", "C710000");
    assert_eq!(status(&alive, &dead), "JOIN_ASKED", "a death");
    let (dead, alive) = dies("PHAM VAN NAM", "C730000");
    assert_eq!(status(&dead, &alive), "JOIN_ASKED", "a death on the other side");
    let owned = known(&app, 75);
    let token = declared(&app, "owner", &person(75), "1990-05-04");
    prove(&app, "clerk1", &token, &person(75)).expect(201);
    assert_eq!(status(&called(&app, &person(76), None, "測試庚戊"), &owned), "JOIN_ASKED", "an account");
}

#[test]
fn a_death_in_any_record_of_a_human_ends_what_it_must() {
    let app = TestApp::new();
    registered(&app, &death(&app, 82));
    let other = found(&app, &person(82))[0]["person_id"].as_str().unwrap().to_owned();
    let name = json!({"kind": "NAME", "name": "王示範", "national_id": app.citizen_number(1)});
    let own = found(&app, &name)[0]["person_id"].as_str().unwrap().to_owned();
    let letters = |user: &str| {
        let body = json!({
            "kind": "TRANSCRIPT_ZH", "person": {"name": "王示範", "national_id": app.citizen_number(1)}, "purpose": "就學", "copies": 1,
            "applicant": {"name": "王示範", "national_id": app.citizen_number(1), "relation": "SELF"}
        });
        app.post("/v1/certificates").user(user).once().json(&body).send().status
    };
    for (from, into) in [(&own, &other), (&other, &own)] {
        let token = app.token("citizen1");
        assert_eq!(letters("proxy1"), 201);
        join(&app, from, into).expect(200);
        app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
        login(&app, "citizen1", PASSWORD).refused(401, "invalid_credentials");
        assert_eq!(letters("proxy1"), 422, "a letter ends with its principal");
        on(&app, "clerk2", from, ":part", &json!({"reason": "並非同一人"})).refused(403, "forbidden");
        on(&app, "chief2", from, ":part", &json!({"reason": "並非同一人"})).expect(200);
        app.get("/v1/me").bearer(&token).send().expect(200);
        login(&app, "citizen1", PASSWORD).expect(200);
    }
}

#[test]
fn two_who_had_one_number_are_both_found_by_it() {
    let app = TestApp::new();
    let first = known(&app, 21);
    let wrongly = take(&app, "clerk1", &matter(21)).expect(201)["id"].clone();
    let twin = named_person(21, "同號之人");
    let split = json!({
        "sources": [format!("cases/{}", wrongly.as_str().unwrap())], "person": {"name": twin["name"], "national_id": twin["national_id"]},
        "reason": "統一編號重號"
    });
    on(&app, "chief1", &first, ":part", &split).expect(200);
    for (name, new) in [("測試乙甲", 121), ("同號之人", 122)] {
        let fields = json!({
            "kind": "UID", "old_number": twin["national_id"], "new_number": person(new)["national_id"], "reason": "DUPLICATE"
        });
        let mut change = named(complete(&app, own("UID_CHANGE", 21, fields, &[])), name);
        (change["event_on"], change["confirm_not_duplicate"]) = (json!("2026-11-20"), json!(true));
        registered(&app, &change);
    }
    let by: Vec<Value> = found(&app, &twin).iter().map(|one| one["found_by"].clone()).collect();
    assert_eq!(by, [json!("FORMER"), json!("FORMER")]);
    let search = json!({"national_id": twin["national_id"], "reason": "查詢"});
    let cases = app.post("/v1/cases:search").user("clerk1").json(&search).send().expect(200).clone();
    assert_eq!(cases["items"].as_array().unwrap().len(), 4);
}

#[test]
fn a_letter_shows_a_proxy_what_they_bring_and_nothing_else() {
    let app = TestApp::new();
    let mut counter = complete(&app, matter(88));
    let plain = take(&app, "clerk1", &counter).expect(201)["id"].clone();
    counter["proxy"] = json!({
        "name": "何代理", "national_id": proxy_number(), "reason": "住院", "dated_on": "2026-11-20"
    });
    let brought = take(&app, "clerk1", &counter).expect(201)["id"].clone();
    let mut applicant = person(88);
    applicant["relation"] = json!("SELF");
    let transcript =
        json!({"kind": "TRANSCRIPT_ZH", "person": person(88), "applicant": applicant, "purpose": "就學", "copies": 1});
    let certificate = |user: &str| app.post("/v1/certificates").user(user).once().json(&transcript).send();
    let issued = certificate("clerk1").expect(201)["id"].clone();
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(88), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
    });
    let letter = app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send();
    letter.expect(201);
    let mut subject = person(88);
    subject["role"] = json!("SUBJECT");
    let draft = json!({
        "type_code": "TRANSCRIPT_ZH", "parties": [subject], "applicant": applicant,
        "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 2}, "confirm_not_duplicate": true
    });
    let draft = take(&app, "proxy1", &draft).expect(201)["id"].clone();
    let asked = certificate("proxy1").expect(201)["id"].clone();
    let seen = |path: &str| -> Vec<Value> {
        let list = app.get(path).user("proxy1").send().expect(200)["items"].as_array().unwrap().clone();
        list.into_iter().map(|one| one["id"].clone()).collect()
    };
    let cases = seen("/v1/cases?limit=100");
    assert_eq!([&plain, &brought, &draft].map(|id| cases.contains(id)), [false, true, true]);
    let certificates = seen("/v1/certificates?limit=100");
    assert_eq!([&issued, &asked].map(|id| certificates.contains(id)), [false, true]);
    let read = |kind: &str, id: &Value| app.get(&format!("/v1/{kind}/{}", id.as_str().unwrap())).user("proxy1").send().status;
    assert_eq!([&plain, &brought, &draft].map(|id| read("cases", id)), [404, 200, 200]);
    assert_eq!([&issued, &asked].map(|id| read("certificates", id)), [404, 200]);
    let revoke = format!("/v1/letters-of-proxy/{}:revoke", letter.body["id"].as_str().unwrap());
    app.post(&revoke).user("clerk2").if_match(letter.etag()).send().expect(200);
    assert_eq!([&plain, &brought, &draft].map(|id| read("cases", id)), [404, 404, 404]);
    assert_eq!([&issued, &asked].map(|id| read("certificates", id)), [404, 404]);
    assert!(!seen("/v1/cases?limit=100").contains(&draft) && !seen("/v1/certificates?limit=100").contains(&asked));
}

/// The number of the person behind the demo's proxy, by the rule that makes them.
fn proxy_number() -> String {
    huzheng::people::IdNumber::make("N19800001").unwrap().expose().to_owned()
}

#[test]
fn a_record_whose_proof_stands_is_not_empty() {
    let app = TestApp::new();
    let token = declared(&app, "owner", &person(95), "1990-05-04");
    prove(&app, "clerk2", &token, &person(95)).expect(201);
    let all = found(&app, &person(95));
    let id = all.iter().find(|one| one["found_by"] == "CURRENT").unwrap()["person_id"].as_str().unwrap();
    let twin = named_person(95, "同號之人");
    let noted = json!({"person": {"name": twin["name"], "national_id": twin["national_id"]}, "reason": "統一編號重號"});
    on(&app, "clerk1", id, ":part", &noted).expect(200);
    let struck = json!({"document": card(&person(95)), "reason": "偽造"});
    on(&app, "clerk1", id, ":strike-document", &struck).expect(200);
    let by: Vec<Value> = found(&app, &person(95)).iter().map(|one| one["found_by"].clone()).collect();
    assert!(!by.contains(&json!("EMPTY")), "{by:?}");
    let second = declared(&app, "second", &person(95), "1990-05-04");
    for user in ["clerk1", "clerk2"] {
        prove(&app, user, &second, &person(95)).refused(409, "several_holders");
    }
}

#[test]
fn records_that_were_made_alike_are_joined_by_two() {
    let app = TestApp::new();
    let one = called(&app, &person(96), Some("1950-01-02"), "趙大年");
    let other = called(&app, &person(97), Some("1950-01-02"), "錢大年");
    assert_eq!(join_by_one(&app, &one, &other), "JOIN_ASKED");
    on(&app, "clerk1", &one, ":part", &json!({"reason": "誤提"})).expect(200);
    let settled = json!({"name": "錢大年", "document": {"kind": "ID_CARD", "number": "字第 96 號"}, "reason": "核對證件"});
    on(&app, "clerk1", &one, ":settle", &settled).expect(200);
    assert_eq!(join_by_one(&app, &one, &other), "JOIN_ASKED", "whoever makes them alike does not join them alone");
}

fn join_by_one(app: &TestApp, from: &str, into: &str) -> Value {
    on(app, "clerk1", from, ":join", &joining(into)).expect(200)["status"].clone()
}
