//! People without a Taiwanese number: foreigners by their papers, whoever has no number yet or tells none, organisations and
//! agencies.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, papers_of, registered, revoke, take};
use crate::known::{GROWN, SECRET, code, complete, death, field, login, married, matter, prove, transcript};
use crate::support::{Answer, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, female, person};

pub fn passport(number: &str) -> Value {
    json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": number})
}

fn unknown() -> Value {
    json!({"kind": "NO_NUMBER", "reason": "UNKNOWN"})
}

fn known_by(name: &str, identity: Value) -> Value {
    json!({"name": name, "identified_by": identity})
}

/// Puts somebody else in a party's place.
fn replace(body: &mut Value, index: usize, name: &str, identity: Value) {
    let mut other = known_by(name, identity);
    other["role"] = body["parties"][index]["role"].clone();
    other["birth_on"] = body["parties"][index]["birth_on"].clone();
    body["parties"][index] = other;
}

/// A certificate for themselves.
fn certificate(app: &TestApp, kind: &str, name: &str, identity: Value) -> Answer {
    let person = known_by(name, identity);
    let mut applicant = person.clone();
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": kind, "person": person, "applicant": applicant, "scope": "PERSON", "purpose": "簽證", "copies": 1});
    app.post("/v1/certificates").user("clerk1").once().json(&body).send()
}

/// The record of somebody whom a case has named.
fn case_person(app: &TestApp, number: u32) -> String {
    let case = take(app, "clerk1", &matter(number)).expect(201).clone();
    case["parties"][0]["person_id"].as_str().unwrap().to_owned()
}

/// A wedding of a citizen and a foreigner, with all papers.
pub fn foreign_wedding(app: &TestApp, one: u32, name: &str, identity: Value) -> Value {
    let mut wedding = married(app, one, one + 1, GROWN);
    replace(&mut wedding, 1, name, identity);
    wedding["papers"].as_array_mut().unwrap().push(json!("SPOUSE_PASSPORT"));
    wedding
}

fn search(app: &TestApp, body: Value) -> Vec<Value> {
    let found = app.post("/v1/people:search").user("clerk1").json(&body).send();
    found.expect(200)["items"].as_array().unwrap().clone()
}

fn by_paper(app: &TestApp, number: &str) -> Vec<Value> {
    search(app, json!({"identified_by": passport(number), "reason": "核對"}))
}

fn whole(app: &TestApp, case: &Value) -> Value {
    let path = format!("/v1/cases/{}:reveal", case["id"].as_str().unwrap());
    app.post(&path).user("clerk1").json(&json!({"reason": "核對"})).send().expect(200).clone()
}

#[test]
fn a_foreign_spouse_marries_by_passport_and_is_found_by_it() {
    let app = TestApp::new();
    let wedding = foreign_wedding(&app, 1, "NGUYEN THI MINH", passport("c 123-4567"));
    let case = registered(&app, &wedding);
    let shown = |number: &str| json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": number});
    assert_eq!(case["parties"][1]["identified_by"], shown("C1****67"));
    assert_eq!(whole(&app, &case)["parties"][1]["identified_by"], shown("C1234567"));
    let found = by_paper(&app, "C1234567");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["found_by"], "CURRENT");
    assert!(by_paper(&app, "C7654321").is_empty());
    // Whoever has the same passport is the same person: nobody is married to two (民法 §985).
    let mut second = married(&app, 3, 4, GROWN);
    replace(&mut second, 1, "Nguyen Thi Minh", passport("C1234567"));
    assert_eq!(take(&app, "clerk1", &second).fields(), [field("/parties/1/identified_by", "already_married")]);
    let cases = json!({"identified_by": passport("C1234567"), "reason": "核對"});
    let theirs = app.post("/v1/cases:search").user("clerk1").json(&cases).send();
    assert_eq!(theirs.expect(200)["items"].as_array().unwrap().len(), 1);
    // Two of whom no register of the country has an entry do not marry here.
    let mut neither = married(&app, 5, 6, GROWN);
    replace(&mut neither, 0, "TRAN VAN A", passport("B1111111"));
    replace(&mut neither, 1, "TRAN THI B", passport("B2222222"));
    neither["applicant"] = json!({"name": "TRAN VAN A", "identified_by": passport("B1111111"), "relation": "BOTH_PARTIES"});
    assert_eq!(take(&app, "clerk1", &neither).fields(), [field("/parties", "required")]);
}

#[test]
fn a_mother_without_any_paper_is_known_within_her_case_alone() {
    let app = TestApp::new();
    let with_unknown_father = |number: u32| {
        let mut body = birth(number);
        replace(&mut body, 1, "阮文雄", unknown());
        body["fields"]["surname_from"] = json!("MOTHER");
        body["confirm_not_duplicate"] = json!(true);
        body
    };
    let one = take(&app, "clerk1", &with_unknown_father(1)).expect(201).clone();
    assert_eq!(one["parties"][1]["identified_by"], json!({"kind": "NO_NUMBER", "reason": "UNKNOWN"}));
    let other = take(&app, "clerk1", &with_unknown_father(2)).expect(201).clone();
    let father = |case: &Value| case["parties"][1]["person_id"].clone();
    assert_ne!(father(&one), father(&other), "a name makes nobody the same");
    // Editing the case keeps the record.
    let tag = app.get(&format!("/v1/cases/{}", one["id"].as_str().unwrap())).user("clerk1").send().etag().to_owned();
    let path = format!("/v1/cases/{}", one["id"].as_str().unwrap());
    let edited = app.call("PATCH", &path).user("clerk1").if_match(&tag).json(&json!({"papers": []})).send();
    assert_eq!(father(edited.expect(200)), father(&one));
    let refused =
        app.post("/v1/people:search").user("clerk1").json(&json!({"identified_by": unknown(), "reason": "核對"})).send();
    assert_eq!(refused.fields(), [field("/identified_by/kind", "not_allowed")]);
    // Two who are called the same are two; whoever applies is the one that the relation makes them.
    for relation in ["MOTHER", "FATHER"] {
        let mut both = with_unknown_father(3);
        replace(&mut both, 0, "阮文雄", unknown());
        both["fields"]["child_name"] = json!("阮小安");
        both["applicant"] = json!({"name": "阮文雄", "identified_by": unknown(), "relation": relation});
        let case = take(&app, "clerk1", &both).expect(201).clone();
        let person = |place: &Value| place["person_id"].clone();
        let parents = [person(&case["parties"][0]), person(&case["parties"][1])];
        assert_ne!(parents[0], parents[1]);
        assert_eq!(person(&case["applicant"]), parents[usize::from(relation == "FATHER")]);
        let tag = app.get(&at(&case, "")).user("clerk1").send().etag().to_owned();
        let edited = app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag).json(&json!({"papers": []})).send();
        assert_eq!((father(edited.expect(200)), person(&edited.body["parties"][0])), (parents[1].clone(), parents[0].clone()));
    }
    // One person with a paper is not both parents.
    let mut both = with_unknown_father(4);
    for place in [0, 1] {
        replace(&mut both, place, "NGUYEN VAN HUNG", passport("C1234567"));
    }
    both["applicant"] = json!({"name": "NGUYEN VAN HUNG", "identified_by": passport("C1234567"), "relation": "FATHER"});
    let twice = [field("/parties", "not_national"), field("/parties/1/identified_by", "same_person")];
    assert_eq!(take(&app, "clerk1", &both).fields(), twice);
    let nothing = json!({"kind": "NO_NUMBER", "reason": "UNKNOWN"});
    assert_eq!(whole(&app, &one)["parties"][1]["identified_by"], nothing, "a name is no number");
}

#[test]
fn an_initial_registration_gives_the_number_and_takes_it_back() {
    let app = TestApp::new();
    let mut subject = known_by("阮氏明", passport("C1234567"));
    (subject["role"], subject["birth_on"]) = (json!("SUBJECT"), json!("1990-02-03"));
    let mut applicant = known_by("阮氏明", passport("C1234567"));
    applicant["relation"] = json!("SELF");
    let number = female(50)["national_id"].clone();
    let body = json!({
        "type_code": "INITIAL", "parties": [subject], "applicant": applicant, "event_on": "2026-11-20",
        "fields": {"kind": "COMMON", "matter": "歸化後初設戶籍", "new_number": number}, "papers": papers_of(&app, "INITIAL")
    });
    let mut taken = body.clone();
    let other = take(&app, "clerk1", &matter(51)).expect(201)["parties"][0]["person_id"].clone();
    taken["fields"]["new_number"] = person(51)["national_id"].clone();
    assert_eq!(take(&app, "clerk1", &taken).fields(), [field("/fields/new_number", "taken")]);
    let case = registered(&app, &body);
    let person_id = case["parties"][0]["person_id"].clone();
    assert_ne!(person_id, other);
    let found = search(&app, json!({"national_id": number, "reason": "核對"}));
    assert_eq!((&found[0]["person_id"], &found[0]["found_by"]), (&person_id, &json!("CURRENT")));
    let before = by_paper(&app, "C1234567");
    assert_eq!((&before[0]["person_id"], &before[0]["found_by"]), (&person_id, &json!("FORMER")));
    revoke(&app, &case);
    assert!(search(&app, json!({"national_id": number, "reason": "核對"})).is_empty());
    assert_eq!(by_paper(&app, "C1234567")[0]["found_by"], "EMPTY");
    // Whoever has a number is given none.
    let mut has = matter(52);
    has["type_code"] = json!("INITIAL");
    has["event_on"] = json!("2026-11-20");
    has["fields"]["new_number"] = number.clone();
    assert_eq!(take(&app, "clerk1", &complete(&app, has)).fields(), [field("/fields/new_number", "not_allowed")]);
    // Nor is a number given to two at once.
    let mut first = body.clone();
    first["confirm_not_duplicate"] = json!(true);
    let mut second = first.clone();
    second["parties"][0]["identified_by"] = unknown();
    second["applicant"]["identified_by"] = unknown();
    registered(&app, &first);
    assert_eq!(take(&app, "clerk1", &second).fields(), [field("/fields/new_number", "taken")]);
}

#[test]
fn a_number_that_was_never_there_is_taken_back_to_nothing() {
    let app = TestApp::new();
    let mut subject = known_by("無名氏", json!({"kind": "NO_NUMBER", "reason": "NOT_YET_GIVEN"}));
    subject["role"] = json!("SUBJECT");
    let mut applicant = subject.clone();
    applicant.as_object_mut().unwrap().remove("role");
    applicant["relation"] = json!("SELF");
    let number = person(60)["national_id"].clone();
    let body = json!({
        "type_code": "INITIAL", "parties": [subject], "applicant": applicant, "event_on": "2026-11-20",
        "fields": {"kind": "COMMON", "matter": "初設戶籍", "new_number": number}, "papers": papers_of(&app, "INITIAL")
    });
    let case = registered(&app, &body);
    assert_eq!(search(&app, json!({"national_id": number, "reason": "核對"})).len(), 1);
    revoke(&app, &case);
    assert!(search(&app, json!({"national_id": number, "reason": "核對"})).is_empty());
    registered(&app, &{
        let mut again = body.clone();
        again["confirm_not_duplicate"] = json!(true);
        again
    });
}

#[test]
fn organisations_and_agencies_apply_and_are_no_humans() {
    let app = TestApp::new();
    let company = json!({"kind": "ORGANISATION", "number": "04595257"});
    let mut house = json!({
        "type_code": "DOOR_CERT",
        "parties": [{"role": "SUBJECT", "name": "和美紡織股份有限公司", "identified_by": company}],
        "applicant": {"name": "和美紡織股份有限公司", "identified_by": company, "relation": "OWNER"},
        "fields": {"kind": "HOUSE_NUMBER", "act": "CERTIFY", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"},
        "papers": papers_of(&app, "DOOR_CERT")
    });
    let case = registered(&app, &house);
    assert_eq!(case["applicant"]["identified_by"], json!({"kind": "ORGANISATION", "number": "04595257"}));
    let found = search(&app, json!({"identified_by": company, "reason": "核對"}));
    assert_eq!(found[0]["person_id"], case["applicant"]["person_id"]);
    house["applicant"]["identified_by"]["number"] = json!("04595258");
    assert_eq!(take(&app, "clerk1", &house).fields(), [field("/applicant/identified_by/number", "check_digit")]);
    let agency = json!({"kind": "AGENCY", "number": "376480000A"});
    let statistics = json!({
        "type_code": "POP_STATS", "parties": [{"role": "SUBJECT", "name": "彰化縣政府", "identified_by": agency}],
        "applicant": {"name": "彰化縣政府", "identified_by": agency, "relation": "AGENCY"},
        "fields": {"kind": "COMMON", "matter": "人口統計資料"}, "papers": papers_of(&app, "POP_STATS")
    });
    take(&app, "clerk1", &statistics).expect(201);
    // It marries nobody, and nobody is represented by it.
    let mut wedding = married(&app, 1, 2, GROWN);
    replace(&mut wedding, 1, "和美紡織股份有限公司", company.clone());
    assert_eq!(take(&app, "clerk1", &wedding).fields(), [field("/parties/1/identified_by", "not_allowed")]);
    let mut proxy = birth(3);
    proxy["proxy"] = json!({"name": "和美紡織", "identified_by": company, "reason": "住院", "dated_on": "2026-11-20"});
    assert_eq!(take(&app, "clerk1", &proxy).fields(), [field("/proxy/identified_by", "not_allowed")]);
    // Nor is it the person of a booking, of a certificate about a human, or of another record.
    let mut booked = booking(WEDNESDAY_9);
    booked["person"] = known_by("和美紡織", company.clone());
    let refused = app.post("/v1/bookings").user("clerk1").once().json(&booked).send();
    assert_eq!(refused.fields(), [field("/person/identified_by", "not_allowed")]);
    let waits = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-30", "person": booked["person"]});
    let refused = app.post("/v1/waitlist").user("clerk1").once().json(&waits).send();
    assert_eq!(refused.fields(), [field("/person/identified_by", "not_allowed")]);
    for kind in ["TRANSCRIPT_ZH", "CERT_MARRIAGE"] {
        let refused = certificate(&app, kind, "和美紡織", company.clone());
        assert_eq!(refused.fields(), [field("/person/identified_by", "not_allowed")]);
    }
    let person = case_person(&app, 4);
    let path = format!("/v1/people/{person}");
    let tag = app.get(&path).user("clerk1").send().etag().to_owned();
    let other = json!({"person": known_by("和美紡織", company.clone()), "reason": "另一人"});
    let refused = app.post(&format!("{path}:part")).user("clerk1").if_match(&tag).json(&other).send();
    assert_eq!(refused.fields(), [field("/person/identified_by", "not_allowed")]);
    let letter = json!({
        "proxy_username": "proxy1", "principal": known_by("和美紡織", company), "scope": "CASE", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31"
    });
    let refused = app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send();
    assert_eq!(refused.fields(), [field("/principal/identified_by", "not_allowed")]);
}

#[test]
fn what_identifies_nobody_names_the_member_and_the_rule() {
    let app = TestApp::new();
    let answer = |identity: Value| -> Answer {
        let mut wedding = married(&app, 1, 2, GROWN);
        replace(&mut wedding, 1, "NGUYEN THI MINH", identity);
        take(&app, "clerk1", &wedding)
    };
    let mut both = married(&app, 1, 2, GROWN);
    both["parties"][1]["identified_by"] = unknown();
    assert_eq!(take(&app, "clerk1", &both).fields(), [field("/parties/1/identified_by", "not_both")]);
    let mut neither = married(&app, 1, 2, GROWN);
    neither["parties"][1].as_object_mut().unwrap().remove("national_id");
    assert_eq!(take(&app, "clerk1", &neither).fields(), [field("/parties/1/national_id", "required")]);
    let refused = answer(json!({"kind": "FOREIGN_PAPER", "country": "XYZ", "paper": "PASSPORT", "number": "C1234567"}));
    assert_eq!(refused.fields(), [field("/parties/1/identified_by/country", "unknown")]);
    assert!(!refused.text.contains("C1234567"), "{}", refused.text);
    let refused = answer(json!({"kind": "FOREIGN_PAPER", "paper": "PASSPORT", "number": "C1234567"}));
    assert_eq!(refused.fields(), [field("/parties/1/identified_by/country", "required")]);
    assert_eq!(answer(json!({"kind": "NO_NUMBER"})).fields(), [field("/parties/1/identified_by/reason", "required")]);
    let refused = answer(json!({"kind": "NO_NUMBER", "reason": "UNKNOWN", "name": "x"}));
    assert_eq!(refused.fields(), [field("/parties/1/identified_by/name", "unknown_field")]);
    // An entry of the register is about somebody who is in it, but for those of before there were numbers.
    let mut dead = death(&app, 7);
    replace(&mut dead, 0, "陳古人", unknown());
    assert_eq!(take(&app, "clerk1", &dead).fields(), [field("/parties/0/national_id", "required")]);
    replace(&mut dead, 0, "陳古人", json!({"kind": "NO_NUMBER", "reason": "BEFORE_NUMBERS"}));
    take(&app, "clerk1", &dead).expect(201);
}

#[test]
fn a_caller_who_tells_no_number_is_served_and_is_nobody_else() {
    let app = TestApp::new();
    let call = |slot: &str, name: &str| {
        let mut body = booking(slot);
        body["person"] = known_by(name, json!({"kind": "NO_NUMBER", "reason": "NOT_TOLD"}));
        body["channel"] = json!("PHONE");
        app.post("/v1/bookings").user("clerk1").once().json(&body).send()
    };
    let one = call(WEDNESDAY_9, "陳來電").expect(201).clone();
    assert_eq!(one["person"]["identified_by"], json!({"kind": "NO_NUMBER", "reason": "NOT_TOLD"}));
    // Another caller of the same name is another one, for whom no limit counts.
    let other = call(WEDNESDAY_930, "陳來電").expect(201).clone();
    assert_ne!(one["person"]["id"], other["person"]["id"]);
}

#[test]
fn a_certificate_is_for_whoever_a_paper_names() {
    let app = TestApp::new();
    let wedding = foreign_wedding(&app, 1, "NGUYEN THI MINH", passport("C1234567"));
    registered(&app, &wedding);
    let spouse = known_by("NGUYEN THI MINH", passport("C1234567"));
    let mut applicant = spouse.clone();
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": "CERT_MARRIAGE", "person": spouse, "applicant": applicant, "scope": "PERSON", "purpose": "簽證", "copies": 1});
    app.post("/v1/certificates").user("clerk1").once().json(&body).send().expect(201);
    assert_eq!(by_paper(&app, "C1234567").len(), 1);
    let mut other = body.clone();
    other["applicant"]["identified_by"] = passport("C7654321");
    let refused = app.post("/v1/certificates").user("clerk1").once().json(&other).send();
    assert_eq!(refused.fields(), [field("/applicant/relation", "not_allowed")]);
}

#[test]
fn a_citizen_names_a_foreign_parent_online_and_a_clerk_meets_them_by_the_paper() {
    let app = TestApp::new();
    let mut parent = known_by("NGUYEN VAN HUNG", passport("C1234567"));
    parent["role"] = json!("OTHER");
    let draft = transcript(&app, Some(parent));
    let case = app.post("/v1/cases").user("citizen1").once().json(&draft).send().expect(201).clone();
    assert!(by_paper(&app, "C1234567").iter().all(|one| one["found_by"] == "CLAIMED"), "a word is not the register");
    act(&app, "clerk1", &case, ":accept", &json!({})).expect(200);
    assert!(by_paper(&app, "C1234567").iter().any(|one| one["found_by"] == "CURRENT"));
}

#[test]
fn a_paper_is_corrected_by_two_and_a_number_that_came_to_light_takes_its_place() {
    let app = TestApp::new();
    let wedding = foreign_wedding(&app, 1, "NGUYEN THI MINH", passport("C1234567"));
    let case = registered(&app, &wedding);
    let change = |pointer: &str, value: Value| correct(&app, &case, json!([{"pointer": pointer, "value": value}]));
    change("/parties/1/identified_by", passport("C7654321")).expect(200);
    let spouse = by_paper(&app, "C7654321")[0]["person_id"].clone();
    let marriage = |person: &Value| {
        let path = format!("/v1/people/{}/facts?purpose=x", person.as_str().unwrap());
        let facts = app.get(&path).user("clerk1").send().expect(200)["items"].as_array().unwrap().clone();
        facts.iter().filter(|fact| fact["kind"] == "MARRIAGE" && fact["is_todays"] == true).count()
    };
    assert_eq!(marriage(&spouse), 1);
    let before = by_paper(&app, "C1234567");
    assert!(before.iter().all(|one| marriage(&one["person_id"]) == 0), "the paper of before marries nobody");
    let number = female(70)["national_id"].clone();
    change("/parties/1/national_id", number.clone()).expect(200);
    let found = search(&app, json!({"national_id": number, "reason": "核對"}));
    assert_eq!((found.len(), marriage(&found[0]["person_id"])), (1, 1));
    assert_eq!(marriage(&spouse), 0);
    let wrong = correct(&app, &case, json!([{"pointer": "/parties/1/identified_by", "value": {"kind": "NO_NUMBER"}}]));
    assert_eq!(wrong.fields(), [field("/changes/0/value/reason", "required")]);
    let number = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "OTHER", "number": "a12-345 6789"});
    let wrong = correct(&app, &case, json!([{"pointer": "/parties/1/identified_by", "value": number}]));
    assert_eq!(wrong.fields(), [field("/changes/0/value/number", "national_number")]);
}

#[test]
fn a_personal_number_is_no_number_of_a_paper() {
    let app = TestApp::new();
    let paper = |country: &str, paper: &str, number: &str| json!({"kind": "FOREIGN_PAPER", "country": country, "paper": paper, "number": number});
    registered(&app, &complete(&app, death(&app, 7)));
    let dead = person(7)["national_id"].as_str().unwrap().to_lowercase();
    let written = format!("{}-{} {}", &dead[..1], &dead[1..6], &dead[6..]);
    for (country, kind) in [("TWN", "IDENTITY_CARD"), ("TWN", "PASSPORT"), ("VNM", "OTHER"), ("JPN", "TRAVEL_DOCUMENT")] {
        let identity = paper(country, kind, &written);
        let refused = |pointer: &str| field(&format!("{pointer}/identified_by/number"), "national_number");
        let wedding = foreign_wedding(&app, 1, "測試七", identity.clone());
        assert!(take(&app, "clerk1", &wedding).fields().contains(&refused("/parties/1")));
        let certified = certificate(&app, "CERT_MARRIAGE", "測試七", identity.clone()).fields();
        assert!([refused("/applicant"), refused("/person")].iter().any(|one| certified.contains(one)), "{certified:?}");
        let looked = json!({"identified_by": identity, "reason": "核對"});
        assert_eq!(app.post("/v1/people:search").user("clerk1").json(&looked).send().fields(), [refused("")]);
        assert_eq!(app.post("/v1/cases:search").user("clerk1").json(&looked).send().fields(), [refused("")]);
    }
    // A passport of somebody without a household registration is a paper like others, and so is Germany's by either code.
    take(&app, "clerk1", &foreign_wedding(&app, 1, "陳海外", paper("TWN", "PASSPORT", "300000001"))).expect(201);
    let one =
        take(&app, "clerk1", &foreign_wedding(&app, 3, "Anna Schmidt", paper("D", "PASSPORT", "C01X00T47"))).expect(201).clone();
    let found = search(&app, json!({"identified_by": paper("DEU", "PASSPORT", "C01X00T47"), "reason": "核對"}));
    assert_eq!(found[0]["person_id"], one["parties"][1]["person_id"]);
}

#[test]
fn papers_are_not_avoided_by_silence() {
    let app = TestApp::new();
    let missing = |body: &Value| -> (Vec<Value>, Vec<Value>) {
        let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200).clone();
        let papers = told["missing_papers"].as_array().unwrap().iter().map(|paper| paper["document"].clone());
        (told["circumstances"].as_array().unwrap().clone(), papers.collect())
    };
    assert_eq!(missing(&married(&app, 1, 2, GROWN)), (vec![], vec![]));
    let mut wedding = married(&app, 1, 2, GROWN);
    replace(&mut wedding, 1, "NGUYEN THI MINH", passport("C1234567"));
    assert_eq!(missing(&wedding), (vec![json!("FOREIGN_PARTY")], vec![json!("SPOUSE_PASSPORT")]));
    // What is named adds, and is not told twice.
    wedding["circumstances"] = json!(["FOREIGN_PARTY", "MARRIED_ABROAD"]);
    assert_eq!(missing(&wedding).0, [json!("FOREIGN_PARTY"), json!("MARRIED_ABROAD")]);
    wedding["circumstances"] = json!([]);
    let case = take(&app, "clerk1", &wedding).expect(201).clone();
    assert_eq!(
        (&case["circumstances"], &case["missing_papers"][0]["document"]),
        (&json!(["FOREIGN_PARTY"]), &json!("SPOUSE_PASSPORT"))
    );
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
    let mut child = birth(3);
    replace(&mut child, 1, "NGUYEN VAN HUNG", passport("C7654321"));
    assert!(missing(&child).0.contains(&json!("BORN_ABROAD_OR_A_PARENT_IS_FOREIGN")));
}

#[test]
fn the_passport_of_an_initial_registration_is_corrected() {
    let app = TestApp::new();
    let mut subject = known_by("阮氏明", passport("C1234567"));
    (subject["role"], subject["birth_on"]) = (json!("SUBJECT"), json!("1990-02-03"));
    let mut applicant = known_by("阮氏明", passport("C1234567"));
    applicant["relation"] = json!("SELF");
    let number = female(50)["national_id"].clone();
    let body = json!({
        "type_code": "INITIAL", "parties": [subject], "applicant": applicant, "event_on": "2026-11-20",
        "fields": {"kind": "COMMON", "matter": "歸化後初設戶籍", "new_number": number}, "papers": papers_of(&app, "INITIAL")
    });
    let case = registered(&app, &body);
    let both = json!([
        {"pointer": "/parties/0/identified_by", "value": passport("C7654321")},
        {"pointer": "/applicant/identified_by", "value": passport("C7654321")}
    ]);
    correct(&app, &case, both).expect(200);
    let found = search(&app, json!({"national_id": number, "reason": "核對"}));
    let current: Vec<&Value> = found.iter().filter(|one| one["found_by"] == "CURRENT").collect();
    assert_eq!(current.len(), 1);
    assert_eq!(by_paper(&app, "C7654321")[0]["person_id"], current[0]["person_id"]);
}

#[test]
fn whoever_is_known_by_nothing_has_no_entry_to_certify() {
    let app = TestApp::new();
    let untold = || json!({"kind": "NO_NUMBER", "reason": "NOT_TOLD"});
    assert_eq!(certificate(&app, "TRANSCRIPT_ZH", "陳來電", untold()).fields(), [field("/person/identified_by", "required")]);
    let mut case = transcript(&app, None);
    for place in ["/parties/0", "/applicant"] {
        let one = case.pointer_mut(place).unwrap();
        one.as_object_mut().unwrap().remove("national_id");
        one["identified_by"] = untold();
    }
    assert_eq!(take(&app, "clerk1", &case).fields(), [field("/parties/0/national_id", "required")]);
    let waits = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-30", "person": known_by("陳來電", untold())});
    let wait = |body: &Value| app.post("/v1/waitlist").user("clerk1").once().json(body).send();
    assert_eq!(wait(&waits).fields(), [field("/person/identified_by", "required")]);
    let mut known = waits.clone();
    known["person"] = known_by("NGUYEN THI MINH", passport("C1234567"));
    wait(&known).expect(201);
    assert_eq!(wait(&known).refused(409, "already_waiting")["errors"][0]["pointer"], "/person/identified_by");
}

#[test]
fn a_foreigner_is_proven_by_a_passport_and_gives_a_letter_of_proxy() {
    let app = TestApp::new();
    let who = known_by("NGUYEN THI MINH", passport("c 123-4567"));
    let mut account = who.clone();
    (account["username"], account["password"], account["birth_on"]) = (json!("minh"), json!(SECRET), json!("1990-05-04"));
    app.post("/v1/auth/register").json(&account).send().expect(201);
    let mut nobody = account.clone();
    nobody["identified_by"] = unknown();
    assert_eq!(app.post("/v1/auth/register").json(&nobody).send().fields(), [field("/identified_by", "required")]);
    let token = login(&app, "minh", SECRET).expect(200)["access_token"].as_str().unwrap().to_owned();
    let mut shown = json!({"code": code(&app, &token), "document": {"kind": "PASSPORT", "number": "C1234567"}, "person": who});
    shown["person"]["identified_by"] = passport("C1234567");
    let proven = prove(&app, &shown).expect(201).clone();
    assert_eq!(proven["identity_level"], "PROVEN");
    assert_eq!(by_paper(&app, "C1234567").iter().filter(|one| one["found_by"] == "CURRENT").count(), 1);
    let letter = json!({
        "proxy_username": "proxy1", "principal": shown["person"], "scope": "CASE", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31"
    });
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send().expect(201);
    let mut nameless = letter.clone();
    nameless["principal"]["identified_by"] = unknown();
    let refused = app.post("/v1/letters-of-proxy").user("clerk1").json(&nameless).send();
    assert_eq!(refused.fields(), [field("/principal/identified_by", "required")]);
}

#[test]
fn a_corrected_identity_is_one_fact_masked_wherever_it_is_not_asked_for() {
    let app = TestApp::new();
    let case = registered(&app, &foreign_wedding(&app, 1, "NGUYEN THI MINH", passport("C1234567")));
    let one = |pointer: &str, value: Value| json!({"pointer": pointer, "value": value});
    let again = correct(&app, &case, json!([one("/parties/1/identified_by", passport("c-1234 567"))]));
    assert_eq!(again.fields(), [field("/changes/0/value", "unchanged")], "another spelling is the same paper");
    let number = female(2)["national_id"].clone();
    let both = json!([one("/parties/1/identified_by", passport("C7654321")), one("/parties/1/national_id", number.clone())]);
    assert_eq!(correct(&app, &case, both).fields(), [field("/changes/1/pointer", "not_both")]);
    let twice = json!([one("/parties/1/identified_by", passport("C7654321")), one("/parties/1/identified_by", passport("C7"))]);
    assert_eq!(correct(&app, &case, twice).fields(), [field("/changes/1/pointer", "duplicate")]);
    correct(&app, &case, json!([one("/parties/1/identified_by", passport("C7654321"))])).expect(200);
    correct(&app, &case, json!([one("/parties/1/national_id", number.clone())])).expect(200);
    let book = app.get("/v1/record-books/maintenance").user("chief1").send();
    let csv = app
        .get("/v1/record-books/maintenance.csv?purpose=%E6%9F%A5%E6%A0%B8&legal_basis=%E5%80%8B%E8%B3%87%E6%B3%95")
        .user("chief1")
        .send();
    let changes = app.get(&format!("/v1/cases/{}/changes", case["id"].as_str().unwrap())).user("clerk1").send();
    book.expect(200);
    assert_eq!(csv.status, 200, "{}", csv.text);
    changes.expect(200);
    for shown in [&book.text, &csv.text, &changes.text] {
        assert!(shown.contains("C7****21"), "{shown}");
        for whole in ["C7654321", "C1234567", number.as_str().unwrap()] {
            assert!(!shown.contains(whole), "{whole} in {shown}");
        }
    }
    // Of another kind, both of its members have changed.
    let lines = book.body["items"].as_array().unwrap();
    let fields: Vec<&str> = lines.iter().map(|line| line["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["/parties/1/identified_by", "/parties/1/national_id", "/parties/1/identified_by"]);
    assert_eq!((&lines[1]["before"], &lines[2]["after"]), (&json!("null"), &json!("null")));
    let whole = |line: usize| {
        let path = format!("/v1/record-books/maintenance/115/{line}:reveal");
        app.post(&path).user("chief1").json(&json!({"reason": "查核"})).send().expect(200).clone()
    };
    assert_eq!((&whole(1)["before"]["number"], &whole(2)["after"]), (&json!("C1234567"), &number));
}

#[test]
fn a_birth_is_a_possible_duplicate_though_its_child_has_no_number() {
    let app = TestApp::new();
    let mut body = birth(1);
    let mut child = known_by("測小安", json!({"kind": "NO_NUMBER", "reason": "NOT_YET_GIVEN"}));
    child["role"] = json!("SUBJECT");
    body["parties"].as_array_mut().unwrap().insert(0, child);
    let first = take(&app, "clerk1", &body).expect(201)["id"].clone();
    let again = take(&app, "clerk2", &body);
    assert_eq!(again.refused(409, "possible_duplicate")["matches"][0]["id"], first);
}

#[test]
fn a_renewed_passport_is_told_to_staff_as_likely_the_same_and_joined_by_the_paper() {
    let app = TestApp::new();
    let wedding = |number: u32, name: &str, paper: &str| {
        let mut body = foreign_wedding(&app, number, name, passport(paper));
        for party in body["parties"].as_array_mut().unwrap().iter_mut().filter(|party| party["identified_by"].is_object()) {
            party["birth_on"] = json!("1991-02-03");
        }
        body
    };
    let foreigner = |case: &Value| {
        let parties = case["parties"].as_array().unwrap();
        parties.iter().find(|party| party["identified_by"].is_object()).unwrap()["person_id"].as_str().unwrap().to_owned()
    };
    let likely = |hints: &Value| {
        let all = hints.as_array().unwrap().iter().filter(|hint| hint["kind"] == "LIKELY_SAME");
        all.map(|hint| hint["person_ids"].clone()).collect::<Vec<_>>()
    };
    let first = take(&app, "clerk1", &wedding(1, "NGUYEN THI MINH", "C1234567")).expect(201).clone();
    assert_eq!(likely(&first["register_hints"]), Vec::<Value>::new());
    let earlier = foreigner(&first);
    let again = wedding(2, "Nguyen Thi Minh", "K7654321");
    let checked = app.post("/v1/cases:check").user("clerk1").json(&again).send().expect(200).clone();
    assert_eq!(likely(&checked["register_hints"]), [json!([earlier])]);
    let other = app.post("/v1/cases:check").user("clerk1").json(&wedding(3, "TRAN VAN HAI", "K7654322")).send();
    assert_eq!(likely(&other.expect(200)["register_hints"]), Vec::<Value>::new());
    let open = app.post("/v1/cases:check").json(&again).send();
    assert!(open.status != 200 || open.body["register_hints"] == json!([]), "{}", open.body);
    let second = take(&app, "clerk1", &again).expect(201).clone();
    assert_eq!(likely(&second["register_hints"]), [json!([earlier])]);
    let renewed = foreigner(&second);
    assert_ne!(renewed, earlier);
    let join = json!({
        "into_person_id": earlier, "reason": "換發護照",
        "document": {"kind": "PASSPORT", "number": "K7654321", "valid_to": "2036-05-31"}
    });
    crate::records::on(&app, "clerk1", &renewed, ":join", &join).expect(200);
    let seen = app.get(&at(&second, "")).user("clerk1").send().expect(200)["register_hints"].clone();
    assert_eq!(likely(&seen), Vec::<Value>::new(), "once joined they are one");
}
