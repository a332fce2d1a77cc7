//! Protection marks against what gets around them: another paper or spelling, the household, answers that tell more to the one than
//! to the other, and questions that are asked of the register before they are refused.

use serde_json::{Value, json};

use crate::cases::{act, at, move_in, own, papers_of, registered, take};
use crate::holders::name_holder;
use crate::known::{GROWN, complete, declared, married, matter, named, named_person};
use crate::protection::{BARRED, PROTECTED, ask, citizen, looking, mark, order, record_of};
use crate::records::{known, on};
use crate::relations::{adoption, as_applicant, as_party};
use crate::support::{Answer, TestApp, person};
use crate::unnumbered::passport;

fn traveller(name: &str, number: &str) -> Value {
    json!({"name": name, "identified_by": passport(number)})
}

/// The record of a foreigner whom somebody's matter at the counter has named.
fn record(app: &TestApp, number: u32, who: &Value, birth_on: &str) -> String {
    let mut body = complete(app, matter(number));
    let mut other = as_party(who.clone(), "OTHER");
    other["birth_on"] = json!(birth_on);
    body["parties"].as_array_mut().unwrap().push(other);
    take(app, "clerk1", &body).expect(201)["parties"][1]["person_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_paper_or_another_spelling_makes_nobody_another_whom_a_mark_bars() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let barred = traveller("TRẦN VĂN DEMO", "C5100001");
    let first = record(&app, 171, &barred, "1990-02-03");
    mark(&app, "clerk1", &id, &order(&barred)).expect(201);
    let asked = |who: &Value| ask(&app, "clerk1", &person(PROTECTED), who);
    let resident = json!({"name": "Tran Van Demo", "national_id": "A800000014"});
    let renewed = traveller("TRAN VAN DEMO", "C6100001");
    for who in [&barred, &renewed, &resident, &named_person(172, "TRẦN VĂN DEMO")] {
        asked(who).refused(409, "protected");
    }
    // Another day of birth tells another human, and so does what a supervisor notes.
    let namesake = traveller("TRAN VAN DEMO", "C7100001");
    record(&app, 173, &namesake, "1971-05-05");
    asked(&namesake).expect(201);
    let again = record(&app, 174, &renewed, "1990-02-03");
    asked(&renewed).refused(409, "protected");
    on(&app, "chief1", &again, ":part", &json!({"to_person_id": first, "reason": "同名同日生，經查非同一人"})).expect(200);
    asked(&renewed).expect(201);
    asked(&barred).refused(409, "protected");
    // Dots are set between the parts of a name as people like.
    let other = known(&app, 105);
    mark(&app, "clerk1", &other, &order(&json!({"name": "阿布斯·瓦旦"}))).expect(201);
    ask(&app, "clerk1", &person(105), &named_person(175, "阿布斯瓦旦")).refused(409, "protected");
}

#[test]
fn a_new_passport_makes_nobody_another_whom_a_mark_protects() {
    let app = TestApp::new();
    let marked = traveller("NGUYỄN THỊ HOA", "K5100001");
    let first = record(&app, 176, &marked, "1991-02-03");
    mark(&app, "clerk1", &first, &order(&person(BARRED))).expect(201);
    let of = |who: &Value| {
        let mut asks = complete(&app, matter(BARRED));
        asks["parties"].as_array_mut().unwrap().push(as_party(who.clone(), "OTHER"));
        take(&app, "clerk1", &asks)
    };
    of(&marked).refused(409, "protected");
    let renewed = traveller("NGUYEN THI HOA", "K6100001");
    let second = record(&app, 177, &renewed, "1991-02-03");
    of(&renewed).refused(409, "protected");
    assert_eq!(app.get(&format!("/v1/people/{second}")).user("clerk1").send().expect(200)["protected"], true);
    let marks = app.get(&format!("/v1/people/{second}/protection-marks")).user("clerk1").send().expect(200)["items"].clone();
    assert_eq!((marks.as_array().unwrap().len(), &marks[0]["person_id"]), (1, &json!(first)));
    // Of a passport that nobody has seen before there is no day of birth either: what names it goes no further.
    let taken = of(&traveller("NGUYỄN THỊ HOA", "K7100001")).expect(201).clone();
    act(&app, "clerk1", &taken, ":submit-for-review", &json!({})).refused(409, "protected");
    let namesake = traveller("NGUYEN THI HOA", "K8100001");
    record(&app, 178, &namesake, "1960-01-01");
    of(&namesake).expect(201);
    on(&app, "chief1", &second, ":part", &json!({"to_person_id": first, "reason": "經查非同一人"})).expect(200);
    of(&renewed).expect(201);
    of(&marked).refused(409, "protected");
}

/// An online application that names somebody else.
fn visit(of: u32, applicant: &Value) -> Value {
    json!({
        "type_code": "HOME_VISIT", "parties": [as_party(person(of), "SUBJECT")], "confirm_not_duplicate": true,
        "applicant": as_applicant(applicant.clone(), "RELATIVE"), "fields": {"kind": "COMMON", "matter": "到宅"}
    })
}

fn delivery(app: &TestApp, of: u32) -> Value {
    json!({
        "type_code": "DELIVERY_ADDRESS", "parties": [as_party(citizen(app), "SUBJECT"), as_party(person(of), "OTHER")],
        "applicant": as_applicant(citizen(app), "SELF"), "fields": {"kind": "COMMON", "matter": "到宅"}, "confirm_not_duplicate": true
    })
}

/// What an account is told of its application: when it is made, changed, shown and listed.
fn told(app: &TestApp, token: &str, body: &Value) -> Vec<Value> {
    let case = app.post("/v1/cases").bearer(token).once().json(body).send().expect(201).clone();
    let path = at(&case, "");
    let change = json!({"fields": {"kind": "COMMON", "matter": "改期到宅"}});
    let changed = app.call("PATCH", &path).bearer(token).if_match("\"v1\"").json(&change).send().expect(200).clone();
    let seen = app.get(&path).bearer(token).send().expect(200).clone();
    let listed = app.get("/v1/cases?limit=100").bearer(token).send().expect(200)["items"].clone();
    let listed = listed.as_array().unwrap().iter().find(|one| one["id"] == case["id"]).unwrap().clone();
    let history = app.get(&at(&case, "/history")).bearer(token).send().expect(200)["items"].clone();
    let lines = history.as_array().unwrap().iter().map(|line| line["action"].clone()).collect();
    let fields = [case, changed, seen].map(|case| json!([case["fields"], case["service_point"], case["number"]]));
    fields.into_iter().chain([listed["service_point"].clone(), lines]).collect()
}

#[test]
fn what_somebody_has_said_themself_tells_them_of_no_mark() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    known(&app, 103);
    for barred in [person(BARRED), citizen(&app)] {
        mark(&app, "clerk1", &id, &order(&barred)).expect(201);
    }
    let stranger = declared(&app, "stranger", &person(BARRED), "1990-05-04");
    let visits = [PROTECTED, 103].map(|of| told(&app, &stranger, &visit(of, &person(BARRED))));
    assert_eq!(visits[0], visits[1]);
    let proven = app.token("citizen1");
    let deliveries = [PROTECTED, 103].map(|of| told(&app, &proven, &delivery(&app, of)));
    assert_eq!(deliveries[0], deliveries[1]);
    for told in [&visits[0], &deliveries[0]] {
        assert_eq!((&told[0][0]["matter"], &told[2][0]["matter"]), (&json!("到宅"), &json!("改期到宅")));
    }
}

#[test]
fn an_applicant_at_the_counter_sees_what_they_have_said_of_both() {
    let app = TestApp::new();
    let mut divorce = married(&app, PROTECTED, 135, GROWN);
    divorce["parties"] = json!([as_party(person(PROTECTED), "SPOUSE"), as_party(citizen(&app), "SPOUSE")]);
    (divorce["type_code"], divorce["papers"]) = (json!("DIVORCE_COURT"), json!(papers_of(&app, "DIVORCE_COURT")));
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-20"});
    (divorce["event_on"], divorce["applicant"]) = (json!("2026-11-20"), as_applicant(citizen(&app), "ONE_PARTY"));
    let case = take(&app, "clerk1", &divorce).expect(201).clone();
    mark(&app, "clerk1", case["parties"][0]["person_id"].as_str().unwrap(), &order(&citizen(&app))).expect(201);
    let seen = app.get(&at(&case, "")).user("citizen1").send();
    assert_eq!(seen.expect(200)["fields"]["court_ruling"], "115 年度婚字第 1 號");
}

#[test]
fn staff_who_are_barred_are_told_nothing_by_a_number_and_refused_before_the_register_is_asked() {
    let app = TestApp::new();
    let theirs = registered(&app, &complete(&app, matter(PROTECTED)));
    let mut both = complete(&app, matter(105));
    both["parties"].as_array_mut().unwrap().push(as_party(person(PROTECTED), "OTHER"));
    let both = take(&app, "clerk1", &both).expect(201).clone();
    let certificate = ask(&app, "clerk1", &person(PROTECTED), &person(PROTECTED)).expect(201)["id"].clone();
    let id = record_of(&app, &person(PROTECTED));
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    for user in ["clerk2", "chief2"] {
        name_holder(&app, user, &person(BARRED), "director1");
    }
    let search = |user: &str, number: u32| {
        let body = json!({"national_id": person(number)["national_id"], "reason": "查詢"});
        app.post("/v1/cases:search?include_total=true").user(user).json(&body).send().expect(200).clone()
    };
    for user in ["clerk2", "chief2"] {
        let found = search(user, PROTECTED);
        assert_eq!((&found["person_id"], &found["items"], &found["total"]), (&Value::Null, &json!([]), &json!(0)), "{user}");
        assert!(!search(user, 105).to_string().contains(both["id"].as_str().unwrap()), "{user}");
        let certificate = format!("/v1/certificates/{}", certificate.as_str().unwrap());
        for path in [at(&theirs, ""), at(&both, ""), certificate] {
            app.get(&path).user(user).send().refused(404, "not_found");
        }
    }
    assert!(search("clerk1", PROTECTED).to_string().contains(theirs["id"].as_str().unwrap()));
    // Whatever is said of them, right or wrong, the answer is one.
    let wrong = "別人名";
    let fields = |old: &str| json!({"kind": "NAME", "old_name": old, "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let right = person(PROTECTED)["name"].as_str().unwrap().to_owned();
    let asked = [
        matter(PROTECTED),
        named(matter(PROTECTED), wrong),
        own("NAME_GIVEN", PROTECTED, fields(&right), &[]),
        own("NAME_GIVEN", PROTECTED, fields(wrong), &[]),
        own("SEAL_CHANGE", PROTECTED, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]),
    ];
    let refused = |answer: &Answer, what: &Value| {
        assert_eq!((answer.status, &answer.body["code"]), (409, &json!("own_request")), "{what}: {}", answer.text);
    };
    for body in &asked {
        refused(&app.post("/v1/cases:check").user("clerk2").json(body).send(), body);
        refused(&take(&app, "clerk2", body), body);
    }
    let case = take(&app, "clerk2", &matter(107)).expect(201).clone();
    let changed = app.call("PATCH", &at(&case, ""));
    let parties = json!({"parties": [as_party(person(107), "SUBJECT"), as_party(named_person(PROTECTED, wrong), "OTHER")]});
    refused(&changed.user("clerk2").if_match("*").json(&parties).send(), &parties);
    for name in [right.as_str(), wrong] {
        let whom = named_person(PROTECTED, name);
        refused(&ask(&app, "clerk2", &whom, &person(103)), &json!(name));
        let letter = json!({
            "proxy_username": "proxy1", "principal": whom, "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
        });
        refused(&app.post("/v1/letters-of-proxy").user("clerk2").json(&letter).send(), &letter);
    }
}

#[test]
fn an_entry_of_whoever_lives_with_whom_a_mark_protects_is_closed_as_theirs_is() {
    let app = TestApp::new();
    let mut moved = complete(&app, move_in(PROTECTED));
    moved["applicant"]["relation"] = json!("HOUSEHOLD_HEAD");
    moved["parties"].as_array_mut().unwrap().push(as_party(person(108), "MEMBER"));
    let moved = registered(&app, &moved);
    let id = moved["parties"][0]["person_id"].as_str().unwrap();
    let asked = |by: u32| ask(&app, "clerk1", &person(108), &person(by));
    asked(BARRED).expect(201);
    mark(&app, "clerk1", id, &order(&person(BARRED))).expect(201);
    asked(BARRED).refused(409, "protected");
    asked(103).expect(201);
    asked(PROTECTED).expect(201);
}

#[test]
fn a_clerk_is_told_that_an_order_may_cover_the_child_of_whom_a_mark_protects() {
    let app = TestApp::new();
    let adopted = registered(&app, &adoption(&app, "ADOPTION", 109, &person(PROTECTED), "2026-11-02"));
    let adopter = adopted["parties"][0]["person_id"].as_str().unwrap();
    mark(&app, "clerk1", adopter, &order(&person(BARRED))).expect(201);
    let hints = |by: u32| {
        let mut body = complete(&app, looking(&person(109), &person(by)));
        body["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
        body["fields"]["interest_proof"] = json!("債權憑證 115 年度司促字第 1 號");
        let checked = app.post("/v1/cases:check").user("clerk1").json(&body).send().expect(200)["register_hints"].clone();
        let taken = take(&app, "clerk1", &body).expect(201)["register_hints"].clone();
        assert_eq!(checked, taken);
        taken
    };
    assert_eq!(hints(BARRED), json!([{"pointer": "/parties/0", "kind": "ORDER_MAY_COVER_CHILD"}]));
    assert_eq!(hints(103), json!([]));
}
