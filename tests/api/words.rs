//! What people may write: no numbers of people in any text, names of letters, and what is kept of it sealed and masked; and the
//! people of the demo.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::bytes::with_json;
use crate::cases::{act, birth, correct, registered, review, take};
use crate::contract::{contract, operation_of};
use crate::known::{complete, married, matter, named};
use crate::records::{found, known, on};
use crate::status::facts;
use crate::support::{Answer, TestApp, person};
use crate::texts::{body_with, code_at, send, tried};

fn field(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

fn certificate(app: &TestApp, purpose: &str, proof: &str, applicant: &Value) -> Answer {
    let mut applicant = applicant.clone();
    applicant["relation"] = json!("INTERESTED_PERSON");
    let body = json!({
        "kind": "TRANSCRIPT_ZH", "person": person(1), "applicant": applicant, "purpose": purpose, "interest_proof": proof, "copies": 1
    });
    app.post("/v1/certificates").user("clerk1").once().json(&body).send()
}

#[test]
fn no_text_takes_a_personal_number_and_no_name_a_digit() {
    let app = TestApp::new();
    let mut counts = [0, 0, 0];
    for (target, example, member) in &tried() {
        let (text, code, place) = match member.schema["x-text"].as_str() {
            Some("NAME") => ("王小明2", "not_a_name", 0),
            Some("OPEN") => ("甲 0912-345-678", "personal_number", 1),
            Some("SEALED") => ("甲 А 1-2·3 ④⑤٦ 789", "personal_number", 2),
            _ => continue,
        };
        let answer = send(&app, target, &body_with(&app, example, member, json!(text)));
        assert_eq!(answer.status, 422, "{} {}: {}", target.id, member.pointer, answer.text);
        assert_eq!(code_at(&answer, &member.pointer).as_deref(), Some(code), "{} {}", target.id, answer.text);
        assert!(!answer.text.contains("345-678"), "{}", answer.text);
        counts[place] += 1;
    }
    assert!(counts[0] > 20 && counts[1] > 40 && counts[2] > 10, "{counts:?}");
}

#[test]
fn names_of_every_people_are_names() {
    let app = TestApp::new();
    let ask = |name: &str| take(&app, "clerk1", &named(matter(3), name));
    for name in ["Yawi’ Nokan", "ʼAʼo", "夏曼‧藍波安", "Łęcki-O'Brien Jr.", "Henry III", "明", "𠮷𡈽明", "王〇明"]
    {
        ask(name).expect(201);
    }
    for name in ["123", "王小明2", "王👍", "王○明", "☆☆", "a@b"] {
        assert_eq!(ask(name).fields(), ["/applicant/name", "/parties/0/name"].map(|at| field(at, "not_a_name")), "{name}");
    }
    let case = registered(&app, &complete(&app, matter(2)));
    let wrong = correct(&app, &case, json!([{"pointer": "/parties/0/name", "value": "王2"}]));
    assert_eq!(wrong.fields(), [field("/changes/0/value", "not_a_name")]);
    let company = json!({"name": "3M & Co.", "identified_by": {"kind": "ORGANISATION", "number": "04595257"}});
    certificate(&app, "訴訟", "債權憑證", &company).expect(201);
}

#[test]
fn user_names_are_no_numbers_of_people() {
    let app = TestApp::new();
    let number = person(5)["national_id"].as_str().unwrap().to_lowercase();
    for username in [number.as_str(), "0912345678"] {
        let body = json!({
            "username": username, "password": "Grün-Tee-um-vier", "name": person(5)["name"], "national_id": person(5)["national_id"],
            "birth_on": "1990-05-04"
        });
        let refused = app.post("/v1/auth/register").json(&body).send();
        assert_eq!(refused.fields(), [field("/username", "personal_number")]);
    }
}

#[test]
fn what_a_certificate_is_for_is_sealed_and_a_book_masks_numbers_within_texts() {
    let app = TestApp::new();
    let made = certificate(&app, "訴訟之用", "債權憑證第九號", &person(3));
    assert_eq!(made.expect(201)["purpose"], "訴訟之用");
    let kept = app.contents().remove("certificates").unwrap().join("\n");
    assert!(!kept.contains("訴訟之用") && !kept.contains("債權憑證"), "{kept}");
    let case = registered(&app, &complete(&app, matter(2)));
    let ground = json!([{"pointer": "/fields/ground", "value": "護照 C1234567，電話 0912345678"}]);
    correct(&app, &case, ground).expect(200);
    let book = app.get("/v1/record-books/maintenance").user("clerk1").send();
    assert_eq!(book.expect(200)["items"][0]["after"], "護照 C12***67，電話 091*****78");
    let export = "/v1/record-books/maintenance.csv?purpose=%E6%9F%A5%E6%A0%B8&legal_basis=%E5%80%8B%E8%B3%87%E6%B3%95";
    let csv = app.get(export).user("chief1").send();
    assert!(csv.text.contains("C12***67") && !csv.text.contains("C1234567") && !csv.text.contains("0912345678"), "{}", csv.text);
    let by_number = export.replace("%E6%9F%A5%E6%A0%B8", "A123456789");
    let refused = app.get(&by_number).user("chief1").send();
    assert_eq!(refused.refused(400, "invalid_parameter")["errors"][0]["code"], "personal_number");
}

#[test]
fn of_two_people_with_one_number_and_one_name_the_birthday_chooses() {
    let app = TestApp::new();
    let born = |day: &str| {
        let mut body = matter(21);
        body["parties"][0]["birth_on"] = json!(day);
        body
    };
    let first = take(&app, "clerk1", &born("1960-01-02")).expect(201)["parties"][0]["person_id"].clone();
    assert_eq!(json!(known(&app, 21)), first);
    let mut other = person(21);
    other["birth_on"] = json!("1990-05-04");
    let split = json!({"sources": [], "person": other, "document": {"kind": "ID_CARD", "number": "字第 21 號"}, "reason": "統一編號重號"});
    on(&app, "clerk1", first.as_str().unwrap(), ":part", &split).expect(200);
    let whom = |day: &str| take(&app, "clerk1", &born(day)).expect(201)["parties"][0]["person_id"].clone();
    assert_eq!((whom("1960-01-02"), whom("1960")), (first.clone(), first.clone()));
    let second = whom("1990-05-04");
    assert_ne!(second, first);
    assert_eq!(whom("1990-05"), second);
    let all = found(&app, &person(21));
    assert!(all.iter().any(|one| one["person_id"] == second) && all.len() == 2, "{all:?}");
}

#[test]
fn the_demo_has_people_of_every_kind() {
    let app = TestApp::new();
    let child = found(&app, &json!({"national_id": "N199010770"}))[0]["person_id"].as_str().unwrap().to_owned();
    let parents = facts(&app, &child).into_iter().filter(|fact| fact["kind"] == "PARENT" && fact["rank"] == "REGISTERED");
    let mut parts: Vec<Value> = parents.map(|fact| fact["value"].clone()).collect();
    parts.sort_by_key(ToString::to_string);
    assert_eq!(parts, [json!("FATHER"), json!("MOTHER")]);
    let mut dead = matter(1);
    for who in ["/parties/0", "/applicant"] {
        dead.pointer_mut(who).unwrap()["national_id"] = json!("N199020776");
        dead.pointer_mut(who).unwrap()["name"] = json!("蔡故示範");
    }
    let refused = take(&app, "clerk1", &dead).fields();
    assert!(refused.iter().any(|(_, code)| code == "person_deceased"), "{refused:?}");
    let others = [
        json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C0000001"}),
        json!({"kind": "ORGANISATION", "number": "00000016"}),
    ];
    for other in others {
        let search = json!({"identified_by": other, "reason": "查詢"});
        let people = app.post("/v1/people:search").user("clerk1").json(&search).send();
        assert_eq!(people.expect(200)["items"].as_array().unwrap().len(), 1, "{}", people.text);
    }
}

#[test]
fn what_may_be_left_out_of_a_body_may_be_null_by_its_schema() {
    let schemas = &contract()["components"]["schemas"];
    let input = &schemas["CaseInput"]["properties"];
    assert_eq!(input["event_on"]["type"], json!(["string", "null"]));
    assert_eq!(input["draft"]["type"], json!(["boolean", "null"]));
    assert!(input["proxy"]["oneOf"].as_array().unwrap().contains(&json!({"type": "null"})));
    // A form knows no null, and in a PATCH it clears.
    assert_eq!(schemas["TokenRequest"]["properties"]["client_id"]["type"], "string");
    assert_eq!(schemas["CasePatch"]["properties"]["papers"]["type"], "array");
    let app = TestApp::new();
    let mut body = matter(1);
    for member in ["event_on", "draft", "proxy", "papers", "circumstances", "off_site"] {
        body[member] = Value::Null;
    }
    body["fields"]["ground"] = Value::Null;
    take(&app, "clerk1", &body).expect(201);
}

#[test]
fn the_contract_says_how_numbers_are_checked() {
    let text = contract()["components"]["schemas"]["IdNumber"]["description"].as_str().unwrap();
    assert!(text.contains("A123456789") && text.contains("multiple of ten"), "{text}");
}

#[test]
fn an_age_that_a_birthday_known_in_part_leaves_open_is_looked_at_by_a_supervisor() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &married(&app, 31, 32, ("2008", "1981-01-01"))).expect(201).clone();
    assert_eq!(case["register_hints"], json!([{"pointer": "/parties/0/birth_on", "kind": "AGE_PRESUMED"}]));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &case, "PASS").refused(403, "forbidden");
    assert_eq!(review(&app, "chief1", &case, "PASS").expect(201)["case_status"], "REGISTERED");
}

#[test]
fn a_romanised_name_is_a_fact_of_its_own_and_printed_in_english() {
    let app = TestApp::new();
    let id = known(&app, 41);
    let settle = |name: &str| {
        let body = json!({"romanised_name": name, "document": {"kind": "PASSPORT", "number": "300000001"}, "reason": "核對護照"});
        on(&app, "clerk1", &id, ":settle", &body)
    };
    assert_eq!(settle("王小明").fields(), [field("/romanised_name", "not_a_name")]);
    settle("CESHI, DINGJIA").expect(200);
    settle("CE-SHI, DING-JIA").expect(200);
    let all: Vec<Value> = facts(&app, &id).into_iter().filter(|fact| fact["kind"] == "ROMANISED_NAME").collect();
    let todays: Vec<&Value> = all.iter().filter(|fact| fact["is_todays"] == true).map(|fact| &fact["value"]).collect();
    assert_eq!((all.len(), todays), (2, vec![&json!("CE-SHI, DING-JIA")]));
    assert!(all.iter().all(|fact| fact["rank"] == "SEEN" && fact["document"]["kind"] == "PASSPORT"), "{all:?}");
    assert_eq!(app.get(&format!("/v1/people/{id}")).user("clerk1").send().expect(200)["name"], "測○○甲", "the name stays");
    let mut applicant = person(41);
    applicant["relation"] = json!("SELF");
    let apply = |kind: &str| {
        let body = json!({"kind": kind, "person": person(41), "applicant": applicant, "purpose": "留學", "copies": 1});
        app.post("/v1/certificates").user("clerk1").once().json(&body).send().expect(201).clone()
    };
    let printed = apply("TRANSCRIPT_EN");
    assert_eq!(printed["romanised_name"], "CE-SHI, DING-JIA");
    assert!(apply("TRANSCRIPT_ZH")["romanised_name"].is_null());
    let path = format!("/v1/certificates/{}", printed["id"].as_str().unwrap());
    assert!(app.get(&path).user("clerk1").send().expect(200)["romanised_name"].is_null(), "with the check code alone");
}

/// Whether a schema admits null.
fn admits_null(schema: &Value) -> bool {
    let null = json!({"type": "null"});
    let has = |list: &Value, one: &Value| list.as_array().is_some_and(|list| list.contains(one));
    let is_any = ["type", "oneOf", "anyOf", "allOf", "$ref", "enum"].iter().all(|word| schema[*word].is_null());
    is_any || has(&schema["type"], &json!("null")) || has(&schema["oneOf"], &null) || has(&schema["anyOf"], &null)
}

/// Members that may be missing from what a schema describes, at any depth, though they must not be null.
fn never_null(schema: &Value, is_patch: bool, seen: &mut BTreeSet<String>, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        if seen.insert(reference.to_owned()) {
            never_null(contract().pointer(&reference[1..]).unwrap(), is_patch, seen, found);
        }
        return;
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        schema[word].as_array().into_iter().flatten().for_each(|choice| never_null(choice, is_patch, seen, found));
    }
    if schema["items"].is_object() {
        never_null(&schema["items"], false, seen, found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|required| required.contains(&json!(name)));
        if !required && !is_patch && !admits_null(member) {
            found.push(name.clone());
        }
        never_null(member, false, seen, found);
    }
}

#[test]
fn every_member_of_a_body_that_may_be_missing_may_be_null_by_its_schema() {
    for (target, _) in with_json() {
        let schema = &operation_of(&target.id)["requestBody"]["content"]["application/json"]["schema"];
        let mut found = Vec::new();
        never_null(schema, target.method == "PATCH", &mut BTreeSet::new(), &mut found);
        assert_eq!(found, [""; 0], "{}", target.id);
    }
}

#[test]
fn an_answer_leaves_out_what_a_body_may_leave_out() {
    let app = TestApp::new();
    let mut body = birth(1);
    body["fields"]["national_id"] = Value::Null;
    let case = take(&app, "clerk1", &body).expect(201).clone();
    assert!(case["fields"].as_object().unwrap().values().all(|member| !member.is_null()), "{case}");
}
