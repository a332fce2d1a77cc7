//! Records of people: two of one human joined and parted, one of two humans parted, a false paper and all that rests on it.

use serde_json::{Value, json};

use crate::cases::{act, at, correct, own, registered, review, revoke, take};
use crate::known::{
    GROWN, card, code, complete, death, declared, field, login, married, matter, named, named_person, paper, prove, transcript,
};
use crate::support::{Answer, TestApp, person};

pub fn found(app: &TestApp, who: &Value) -> Vec<Value> {
    let search = json!({"national_id": who["national_id"], "reason": "查詢"});
    app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200)["items"].as_array().unwrap().clone()
}

/// The record that somebody's first matter at the counter made.
pub fn known(app: &TestApp, number: u32) -> String {
    let case = take(app, "clerk1", &matter(number)).expect(201).clone();
    case["parties"][0]["person_id"].as_str().unwrap().to_owned()
}

pub fn on(app: &TestApp, user: &str, id: &str, act: &str, body: &Value) -> Answer {
    let path = format!("/v1/people/{id}");
    let tag = app.get(&path).user("chief1").send().etag().to_owned();
    app.post(&format!("{path}{act}")).user(user).if_match(&tag).json(body).send()
}

pub fn joining(into: &str) -> Value {
    let paper = json!({"kind": "COURT_RULING", "number": "115 年度訴字第 1 號"});
    json!({"into_person_id": into, "document": paper, "reason": "同一人"})
}

/// Joins a record to another, by two people where it takes two.
pub fn join(app: &TestApp, id: &str, into: &str) -> Answer {
    let asked = on(app, "clerk1", id, ":join", &joining(into));
    if asked.status == 200 && asked.body["status"] == "JOIN_ASKED" {
        return on(app, "chief1", id, ":join", &joining(into));
    }
    asked
}

#[test]
fn two_records_of_one_human_are_joined_and_parted() {
    let app = TestApp::new();
    let (one, other, third) = (known(&app, 1), known(&app, 2), known(&app, 3));
    let joined = join(&app, &one, &other);
    let body = joined.expect(200).clone();
    assert_eq!((&body["status"], &body["joined_into"]), (&json!("JOINED"), &json!(other)));
    join(&app, &one, &third).refused(409, "wrong_state");
    join(&app, &other, &third).refused(409, "conflict");
    join(&app, &third, &one).refused(409, "conflict");
    assert_eq!(join(&app, &third, &third).fields(), [field("/into_person_id", "same_person")]);
    // Whatever is registered in either holds for both, and either number finds the human.
    let case = registered(&app, &death(&app, 2));
    let refused = ["/applicant/national_id", "/parties/0/national_id"].map(|pointer| field(pointer, "person_deceased"));
    assert_eq!(take(&app, "clerk1", &married(&app, 1, 4, GROWN)).fields(), refused);
    assert_eq!(case["parties"][0]["person_id"], json!(other));
    let by: Vec<Value> = found(&app, &person(1)).iter().map(|one| one["found_by"].clone()).collect();
    assert_eq!(by, [json!("CURRENT"), json!("JOINED")]);
    let search = json!({"national_id": person(1)["national_id"], "reason": "查詢"});
    let cases = app.post("/v1/cases:search").user("clerk1").json(&search).send().expect(200).clone();
    assert_eq!((cases["items"].as_array().unwrap().len(), &cases["person_id"]), (3, &json!(other)));
    let parted = on(&app, "chief2", &one, ":part", &json!({"reason": "並非同一人"}));
    assert_eq!(parted.expect(200)["joined_into"], Value::Null);
    on(&app, "clerk2", &one, ":part", &json!({"reason": "並非同一人"})).refused(409, "wrong_state");
    take(&app, "clerk1", &married(&app, 1, 4, GROWN)).expect(201);
    let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200).clone();
    let told = |action: &str| log["items"].as_array().unwrap().iter().filter(|line| line["action"] == action).count();
    assert_eq!((told("person.joined"), told("person.parted")), (1, 1));
}

#[test]
fn an_account_stays_with_the_record_to_which_it_belongs() {
    let app = TestApp::new();
    let (one, other) = (known(&app, 11), known(&app, 12));
    let token = declared(&app, "owner", &person(12), "1990-05-04");
    let initial = prove(&app, &paper(&code(&app, &token), &person(12))).expect(201)["initial_password"].clone();
    let token = login(&app, "owner", initial.as_str().unwrap()).expect(200)["access_token"].as_str().unwrap().to_owned();
    let change = json!({"current_password": initial, "new_password": "Amsel-singt-um-5"});
    assert_eq!(app.post("/v1/auth/password").bearer(&token).json(&change).send().status, 204);
    let token = login(&app, "owner", "Amsel-singt-um-5").expect(200)["access_token"].as_str().unwrap().to_owned();
    let seen = || app.get("/v1/cases").bearer(&token).send().expect(200)["items"].as_array().unwrap().len();
    assert_eq!(seen(), 1);
    join(&app, &one, &other).expect(200);
    assert_eq!(seen(), 1, "the other record's cases are not theirs by a join");
    // A number that finds somebody by a join proves nobody.
    let second = declared(&app, "second", &person(11), "1990-05-04");
    prove(&app, &paper(&code(&app, &second), &person(11))).refused(409, "several_holders");
}

#[test]
fn two_true_people_of_one_number_are_told_apart_by_their_names() {
    let app = TestApp::new();
    let first = known(&app, 21);
    let wrongly = registered(&app, &complete(&app, matter(21)));
    let other = named_person(21, "同號之人");
    let split = json!({
        "sources": [format!("cases/{}", wrongly["id"].as_str().unwrap())], "person": {"name": other["name"], "national_id": other["national_id"]},
        "document": {"kind": "ID_CARD", "number": "字第 21 號"}, "reason": "統一編號重號"
    });
    // What is registered is corrected by two, once the other one has a record.
    on(&app, "chief1", &first, ":part", &split).refused(409, "conflict");
    let mut alone = split.clone();
    alone["sources"] = json!([]);
    on(&app, "clerk1", &first, ":part", &alone).expect(200);
    assert_eq!(on(&app, "clerk1", &first, ":part", &alone).fields(), [field("/person", "taken")], "one twin, not two");
    let names = ["/parties/0/name", "/applicant/name"].map(|pointer| json!({"pointer": pointer, "value": other["name"]}));
    correct(&app, &wrongly, json!(names)).expect(200);
    let second = app.get(&at(&wrongly, "")).user("clerk1").send().expect(200)["parties"][0]["person_id"].clone();
    assert_ne!(second, json!(first));
    // The clerk has the paper: whoever is called so is meant.
    let mine = take(&app, "clerk1", &complete(&app, matter(21))).expect(201).clone();
    let theirs = take(&app, "clerk1", &named(complete(&app, matter(21)), "同號之人")).expect(201).clone();
    for (case, who) in [(&mine, json!(first)), (&theirs, second.clone())] {
        assert_eq!(case["parties"][0]["person_id"], who);
        assert_eq!(case["identity_differences"], json!([]));
        act(&app, "clerk1", case, ":submit-for-review", &json!({})).expect(200);
    }
    assert_eq!(found(&app, &other).len(), 2);
    let search = json!({"national_id": other["national_id"], "reason": "查詢"});
    let all = app.post("/v1/cases:search").user("clerk1").json(&search).send();
    assert_eq!(all.expect(200)["items"].as_array().unwrap().len(), 4);
    let token = declared(&app, "online", &other, "1990-05-04");
    prove(&app, &paper(&code(&app, &token), &other)).refused(409, "several_holders");
    let nothing = json!({"sources": ["cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "to_person_id": second, "reason": "x"});
    assert_eq!(on(&app, "chief1", &first, ":part", &nothing).fields(), [field("/sources/0", "not_found")]);
    let strangers = take(&app, "clerk1", &matter(22)).expect(201)["id"].clone();
    let nobody = json!({"sources": [format!("cases/{}", strangers.as_str().unwrap())], "to_person_id": second, "reason": "x"});
    assert_eq!(on(&app, "chief1", &first, ":part", &nobody).fields(), [field("/sources/0", "not_found")]);
    let proof =
        json!({"sources": ["identity-proofs/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "to_person_id": second, "reason": "x"});
    assert_eq!(on(&app, "chief1", &first, ":part", &proof).fields(), [field("/sources/0", "pattern")]);
    // Whoever was given the number later yields (重號): their new one is theirs alone, and a revocation gives the old one back.
    let fields = json!({
        "kind": "UID", "old_number": other["national_id"], "new_number": person(121)["national_id"], "reason": "DUPLICATE"
    });
    let mut change = named(complete(&app, own("UID_CHANGE", 21, fields, &[])), "同號之人");
    change["event_on"] = json!("2026-11-20");
    let changed = registered(&app, &change);
    assert_eq!(found(&app, &person(121))[0]["person_id"], second);
    assert_eq!(take(&app, "clerk1", &complete(&app, matter(21))).expect(201)["parties"][0]["person_id"], json!(first));
    revoke(&app, &changed);
    let again = take(&app, "clerk1", &named(complete(&app, matter(21)), "同號之人")).expect(201).clone();
    assert_eq!(again["parties"][0]["person_id"], second);
}

/// An application for one's own transcript.
fn certificate(who: &Value) -> Value {
    let mut applicant = who.clone();
    applicant["relation"] = json!("SELF");
    json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1})
}

#[test]
fn whoever_parts_a_case_works_on_it() {
    let app = TestApp::new();
    let first = known(&app, 21);
    let case = take(&app, "clerk1", &complete(&app, matter(21))).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let split = |case: &Value| {
        json!({
            "sources": [format!("cases/{}", case["id"].as_str().unwrap())],
            "person": {"name": "同號之人", "national_id": person(21)["national_id"]}, "reason": "統一編號重號"
        })
    };
    on(&app, "clerk2", &first, ":part", &split(&case)).refused(409, "assigned_to_other");
    on(&app, "chief1", &first, ":part", &split(&case)).expect(200);
    // It names whom it means, says nothing of the other, and goes back to its clerk; the chief does not pass it.
    let parted = app.get(&at(&case, "")).user("clerk1").send().expect(200).clone();
    let named = [&parted["parties"][0]["name"], &parted["applicant"]["name"], &parted["status"]];
    assert_eq!(named, [&json!("同○○人"), &json!("同○○人"), &json!("RETURNED")]);
    assert_eq!(parted["identity_differences"], json!([]));
    let history = app.get(&at(&case, "/history")).user("clerk1").send().expect(200)["items"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["reason"]), (&json!("parted"), &json!("統一編號重號")));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "chief1", &case, "PASS").refused(409, "same_person");
    review(&app, "reviewer1", &case, "PASS").expect(201);
    // What was issued takes another, a supervisor; what an account applied for stays.
    let issued = app.post("/v1/certificates").user("clerk1").once().json(&certificate(&person(21))).send();
    let part = |user: &str, id: &Value| {
        let source = format!("certificates/{}", id.as_str().unwrap());
        on(
            &app,
            user,
            &first,
            ":part",
            &json!({"sources": [source], "to_person_id": parted["parties"][0]["person_id"], "reason": "重號"}),
        )
    };
    part("clerk2", &issued.expect(201)["id"]).refused(403, "forbidden");
    part("chief1", &issued.body["id"]).expect(200);
    let by_chief = app.post("/v1/certificates").user("chief1").once().json(&certificate(&person(21))).send();
    assert_eq!(by_chief.status, 403);
    // A draft is its applicant's.
    let draft = take(&app, "citizen1", &transcript(&app, None)).expect(201).clone();
    let theirs = draft["parties"][0]["person_id"].as_str().unwrap().to_owned();
    let moved = json!({"sources": [format!("cases/{}", draft["id"].as_str().unwrap())], "to_person_id": first, "reason": "重號"});
    on(&app, "chief1", &theirs, ":part", &moved).refused(409, "conflict");
    act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200);
    on(&app, "chief1", &theirs, ":part", &moved).refused(409, "conflict");
    let own = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    let online = app.post("/v1/certificates").user("citizen1").once().json(&certificate(&own)).send();
    let certificate = |reason: &str| {
        let source = format!("certificates/{}", online.expect(201)["id"].as_str().unwrap());
        let body = json!({"sources": [source], "to_person_id": first, "reason": reason});
        on(&app, "chief1", &theirs, ":part", &body)
    };
    certificate("重號").refused(409, "conflict");
    // Nor does a clerk alone overrule by what an account was proven.
    let settle = json!({"birth_on": "1950-01-01", "document": {"kind": "ID_CARD", "number": "字第 1 號"}, "reason": "證件"});
    on(&app, "clerk2", &theirs, ":settle", &settle).refused(403, "forbidden");
    on(&app, "chief1", &theirs, ":settle", &settle).expect(200);
}

#[test]
fn a_paper_is_named_as_in_a_checklist() {
    let app = TestApp::new();
    let id = known(&app, 1);
    let other = known(&app, 2);
    for kind in ["id card", "FEE", "NONSENSE", "POWER_OF_ATTORNEY"] {
        let paper = json!({"kind": kind, "number": "1"});
        for (act, mut body) in [
            (":settle", json!({"name": "測試甲"})),
            (":join", json!({"into_person_id": other})),
            (":part", json!({"to_person_id": other})),
        ] {
            (body["document"], body["reason"]) = (paper.clone(), json!("證件"));
            let refused = on(&app, "chief1", &id, act, &body);
            assert_eq!(refused.fields(), [field("/document/kind", "not_allowed")], "{act} {kind}");
            assert!(refused.text.contains("COURT_RULING"), "{}", refused.text);
        }
    }
}

fn letter_of(number: u32, document: &Value) -> Value {
    json!({
        "proxy_username": "proxy1", "principal": person(number), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31",
        "document": document
    })
}

fn brings(app: &TestApp, number: u32) -> u16 {
    app.post("/v1/certificates").user("proxy1").once().json(&certificate(&person(number))).send().status
}

#[test]
fn a_letter_under_the_wrong_record_moves_to_the_right_one_and_back_with_a_reason() {
    let app = TestApp::new();
    let (wrong, right) = (known(&app, 23), known(&app, 24));
    let power = json!({"kind": "POWER_OF_ATTORNEY", "number": "115 年 11 月 20 日委託書"});
    let letter = app.post("/v1/letters-of-proxy").user("clerk1").json(&letter_of(23, &power)).send().expect(201)["id"].clone();
    let source = format!("letters-of-proxy/{}", letter.as_str().unwrap());
    let part = |from: &str, to: &str| {
        on(&app, "clerk2", from, ":part", &json!({"sources": [source], "to_person_id": to, "reason": "登載於他人紀錄"}))
    };
    assert_eq!([brings(&app, 23), brings(&app, 24)], [201, 422]);
    assert_eq!(part(&right, &wrong).fields(), [field("/sources/0", "not_found")], "it is not theirs");
    part(&wrong, &right).expect(200);
    let shown = app.get(&format!("/v1/{source}")).user("clerk1").send().expect(200).clone();
    assert_eq!((&shown["principal_person_id"], &shown["status"]), (&json!(right), &json!("IN_FORCE")));
    assert_eq!([brings(&app, 23), brings(&app, 24)], [422, 201]);
    let said = |record: &str| {
        let all =
            app.get(&format!("/v1/people/{record}/facts?limit=100&purpose=x")).user("clerk1").send().expect(200)["items"].clone();
        all.as_array().unwrap().iter().filter(|fact| fact["source"] == source && fact["struck_at"].is_null()).count()
    };
    assert_eq!((said(&wrong), said(&right) > 0), (0, true), "what it says of its principal moves with it");
    part(&right, &wrong).expect(200);
    assert_eq!([brings(&app, 23), brings(&app, 24)], [201, 422]);
    let log = app.get("/v1/audit-log?limit=100&action=letter_of_proxy.parted").user("director1").send().expect(200).clone();
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    // Nobody has two of them at once, and the dead give none.
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter_of(24, &power)).send().expect(201);
    let twice = part(&wrong, &right);
    twice.refused(409, "conflict");
    assert_eq!(twice.fields(), [field("/to_person_id", "overlaps")]);
    registered(&app, &death(&app, 24));
    assert_eq!(part(&wrong, &right).fields(), [field("/to_person_id", "person_deceased")]);
}

#[test]
fn a_letter_that_an_account_gave_is_its_own_word() {
    let app = TestApp::new();
    let (own, other) = (json!({"name": "陳示範", "national_id": app.citizen_number(3)}), known(&app, 25));
    let mut body = letter_of(25, &Value::Null);
    body["principal"] = own.clone();
    body.as_object_mut().unwrap().remove("document");
    let letter = app.post("/v1/letters-of-proxy").user("citizen3").json(&body).send().expect(201).clone();
    let source = format!("letters-of-proxy/{}", letter["id"].as_str().unwrap());
    let moved = json!({"sources": [source], "to_person_id": other, "reason": "誤登"});
    on(&app, "chief1", letter["principal_person_id"].as_str().unwrap(), ":part", &moved).refused(409, "conflict");
}

#[test]
fn a_paper_under_the_wrong_record_moves_or_is_struck_of_that_record_alone() {
    let app = TestApp::new();
    let (wrong, right) = (known(&app, 26), known(&app, 27));
    let document = json!({"kind": "ID_CARD", "number": "字第 27 號"});
    let settle = |record: &str| {
        let body = json!({"birth_on": "1961-02-03", "document": document, "reason": "核對證件"});
        on(&app, "clerk1", record, ":settle", &body).expect(200);
    };
    let born = |record: &str| {
        let all =
            app.get(&format!("/v1/people/{record}/facts?limit=100&purpose=x")).user("clerk1").send().expect(200)["items"].clone();
        let mut standing =
            all.as_array().unwrap().iter().filter(|fact| fact["kind"] == "BIRTH_ON" && fact["struck_at"].is_null());
        standing.any(|fact| fact["value"] == "1961-02-03")
    };
    let part = |from: &str, to: &str, document: &Value| {
        on(&app, "clerk2", from, ":part", &json!({"papers": [document], "to_person_id": to, "reason": "登載於他人紀錄"}))
    };
    settle(&wrong);
    let another = json!({"kind": "ID_CARD", "number": "字第 28 號"});
    assert_eq!(part(&wrong, &right, &another).fields(), [field("/papers/0/number", "not_found")]);
    part(&wrong, &right, &document).expect(200);
    assert_eq!([born(&wrong), born(&right)], [false, true]);
    part(&right, &wrong, &document).expect(200);
    assert_eq!([born(&wrong), born(&right)], [true, false]);
    // Entered of both, it is struck where it is wrong.
    settle(&right);
    let strike = json!({"document": document, "only_this_record": true, "reason": "登載於他人紀錄"});
    on(&app, "clerk2", &wrong, ":strike-document", &strike).expect(200);
    assert_eq!([born(&wrong), born(&right)], [false, true]);
    assert_eq!(on(&app, "clerk2", &wrong, ":strike-document", &strike).fields(), [field("/document/number", "not_found")]);
    settle(&wrong);
    assert_eq!([born(&wrong), born(&right)], [true, true]);
    // A false one falls of both.
    let strike = json!({"document": document, "reason": "偽造"});
    on(&app, "clerk2", &wrong, ":strike-document", &strike).expect(200);
    assert_eq!([born(&wrong), born(&right)], [false, false]);
}

#[test]
fn a_false_paper_falls_with_all_that_rests_on_it() {
    let app = TestApp::new();
    let id = known(&app, 31);
    let token = declared(&app, "swindler", &person(31), "1990-05-04");
    let proven = prove(&app, &paper(&code(&app, &token), &person(31))).expect(201).clone();
    let token = login(&app, "swindler", proven["initial_password"].as_str().unwrap()).expect(200)["access_token"].clone();
    let document = card(&person(31));
    let settle = json!({"name": "假冒之名", "document": document, "reason": "證件"});
    on(&app, "chief2", &id, ":settle", &settle).expect(200);
    let letter = json!({
        "proxy_username": "proxy1", "principal": named_person(31, "假冒之名"), "scope": "CASE", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31", "document": document
    });
    let letter = app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send().expect(201)["id"].clone();
    let other = json!({"document": {"kind": "ID_CARD", "number": "製證字第 2 號"}, "reason": "偽造"});
    assert_eq!(on(&app, "clerk2", &id, ":strike-document", &other).fields(), [field("/document/number", "not_found")]);
    let strike = |user: &str| on(&app, user, &id, ":strike-document", &json!({"document": document, "reason": "偽造"}));
    strike("clerk1").refused(409, "same_person");
    strike("clerk2").expect(200);
    // The proof stands until a second person ends it.
    app.get("/v1/me").bearer(token.as_str().unwrap()).send().expect(200);
    let path = format!("/v1/identity-proofs/{}", proven["id"].as_str().unwrap());
    let proof = app.get(&path).user("chief1").send();
    assert_eq!((&proof.expect(200)["status"], &proof.body["undo_reason"]), (&json!("UNDO_ASKED"), &json!("偽造")));
    let undone =
        app.post(&format!("{path}:undo")).user("chief1").if_match(proof.etag()).json(&json!({"reason": "查證屬實"})).send();
    assert_eq!(undone.expect(200)["status"], "UNDONE");
    app.get("/v1/me").bearer(token.as_str().unwrap()).send().refused(401, "unauthenticated");
    let letter = app.get(&format!("/v1/letters-of-proxy/{}", letter.as_str().unwrap())).user("clerk1").send();
    assert!(letter.expect(200)["revoked_at"].is_string());
    let facts = app.get(&format!("/v1/people/{id}/facts?purpose=x")).user("clerk1").send().expect(200)["items"].clone();
    assert!(facts.as_array().unwrap().iter().all(|fact| fact["document"].is_null() || fact["struck_at"].is_string()), "{facts}");
    // The true person is served by their own name at once.
    let next = take(&app, "clerk1", &complete(&app, matter(31))).expect(201).clone();
    act(&app, "clerk1", &next, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn nobody_is_sure_of_a_day_of_birth_that_nobody_knows() {
    let app = TestApp::new();
    let id = known(&app, 61);
    let rank = || app.get(&format!("/v1/people/{id}")).user("clerk1").send().expect(200)["birth_rank"].clone();
    assert_eq!(rank(), Value::Null);
    let settle = json!({"birth_on": "1960-01-02", "document": {"kind": "ID_CARD", "number": "字第 61 號"}, "reason": "核對證件"});
    on(&app, "clerk1", &id, ":settle", &settle).expect(200);
    assert_eq!(rank(), "SEEN");
}

#[test]
fn a_source_that_is_nowhere_is_named_by_its_place() {
    let app = TestApp::new();
    let (id, elsewhere) = (known(&app, 62), take(&app, "clerk1", &matter(63)).expect(201).clone());
    let other = json!({"name": "同號之人", "national_id": person(62)["national_id"]});
    let nowhere = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";
    let unrelated = format!("cases/{}", elsewhere["id"].as_str().unwrap());
    for source in [format!("cases/{nowhere}"), format!("certificates/{nowhere}"), unrelated] {
        let split = json!({
            "sources": [source], "person": other, "document": {"kind": "ID_CARD", "number": "字第 62 號"}, "reason": "統一編號重號"
        });
        let refused = on(&app, "clerk1", &id, ":part", &split);
        refused.refused(422, "invalid");
        assert_eq!(refused.fields(), [field("/sources/0", "not_found")]);
    }
}
