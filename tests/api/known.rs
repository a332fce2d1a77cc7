//! People: what is said is not what is known. Strangers' words open and hinder nothing, papers settle, cases register.

use serde_json::{Value, json};

use crate::cases::{BIRTH_PAPERS, act, at, birth, own, papers_of, registered, review, revoke, take};
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, booking, female, person, version};

pub const SECRET: &str = "Tulpe-regnet-um-9";

/// Registers an account that says it is somebody, and logs it in.
pub fn declared(app: &TestApp, username: &str, who: &Value, birth_on: &str) -> String {
    let body = json!({"username": username, "password": SECRET, "name": who["name"], "national_id": who["national_id"], "birth_on": birth_on});
    app.post("/v1/auth/register").json(&body).send().expect(201);
    login(app, username, SECRET).expect(200)["access_token"].as_str().unwrap().to_owned()
}

pub fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send()
}

fn items(app: &TestApp, path: &str, token: &str) -> usize {
    app.get(path).bearer(token).send().expect(200)["items"].as_array().unwrap().len()
}

pub fn field(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

/// Somebody's own small matter at the counter.
pub fn matter(number: u32) -> Value {
    let mut body = own("OTHER_LAW", number, json!({"kind": "COMMON", "matter": "註記"}), &[]);
    body["confirm_not_duplicate"] = json!(true);
    body
}

pub fn named(mut body: Value, name: &str) -> Value {
    (body["parties"][0]["name"], body["applicant"]["name"]) = (json!(name), json!(name));
    body
}

pub fn complete(app: &TestApp, body: Value) -> Value {
    let type_code = body["type_code"].as_str().unwrap().to_owned();
    let mut body = body;
    body["papers"] = json!(papers_of(app, &type_code));
    body
}

#[test]
fn whoever_only_says_who_they_are_sees_what_they_began_and_nothing_else() {
    let app = TestApp::new();
    let theirs = take(&app, "clerk1", &matter(7)).expect(201).clone();
    let booked = app.book_for(7, WEDNESDAY_9).expect(201).clone();
    let stranger = declared(&app, "stranger", &person(7), "1990-05-04");
    assert_eq!(app.get("/v1/me").bearer(&stranger).send().expect(200)["identity_level"], "DECLARED");
    for path in ["/v1/cases", "/v1/bookings", "/v1/certificates", "/v1/waitlist", "/v1/referrals", "/v1/letters-of-proxy"] {
        assert_eq!(items(&app, path, &stranger), 0, "{path}");
    }
    app.get(&at(&theirs, "")).bearer(&stranger).send().refused(404, "not_found");
    let number = booked["id"].as_str().unwrap();
    app.get(&format!("/v1/bookings/{number}")).bearer(&stranger).send().refused(404, "not_found");
    let withdraw =
        app.post(&at(&theirs, ":withdraw")).bearer(&stranger).if_match("\"v1\"").json(&json!({"reason": "不辦了"})).send();
    withdraw.refused(404, "not_found");
    // Neither does the stranger's own booking count for the person.
    app.post("/v1/bookings").bearer(&stranger).once().json(&booking(FRIDAY_9)).send().expect(201);
    assert_eq!(items(&app, "/v1/bookings", &stranger), 1);
    let friday = FRIDAY_9.replace("T0900", "T0930");
    app.book_for(7, &friday).expect(201);
    // Nor is anybody hindered who says the same, or told that somebody has.
    declared(&app, "another", &person(7), "1990-05-04");
    assert!(!declared(&app, "third", &named_person(7, "別人"), "1970-01-01").is_empty());
}

pub fn named_person(number: u32, name: &str) -> Value {
    let mut one = person(number);
    one["name"] = json!(name);
    one
}

pub fn transcript(app: &TestApp, other: Option<Value>) -> Value {
    let number = app.citizen_number(1);
    let mut body = json!({
        "type_code": "TRANSCRIPT_ZH",
        "parties": [{"role": "SUBJECT", "name": "王示範", "national_id": number}],
        "applicant": {"name": "王示範", "national_id": number, "relation": "SELF"},
        "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 2}, "confirm_not_duplicate": true
    });
    body["parties"].as_array_mut().unwrap().extend(other);
    body
}

#[test]
fn what_is_said_online_or_by_telephone_hinders_nobody_at_the_counter() {
    let app = TestApp::new();
    let false_one = json!({"role": "OTHER", "name": "假名字", "national_id": person(8)["national_id"], "birth_on": "2015-01-01"});
    take(&app, "citizen1", &transcript(&app, Some(false_one))).expect(201);
    let mut by_phone = booking(WEDNESDAY_9);
    (by_phone["person"], by_phone["channel"]) = (named_person(8, "測試八"), json!("PHONE"));
    app.post("/v1/bookings").user("clerk1").once().json(&by_phone).send().expect(201);
    let case = registered(&app, &complete(&app, matter(8)));
    assert_eq!((&case["status"], &case["parties"][0]["name"]), (&json!("REGISTERED"), &json!("測○辛")));
}

#[test]
fn a_strangers_call_neither_books_nor_stays_away_to_anothers_account() {
    let app = TestApp::new();
    let call = |slot: &str| {
        let mut body = booking(slot);
        (body["person"], body["channel"]) = (person(6), json!("PHONE"));
        app.post("/v1/bookings").user("clerk1").once().json(&body).send()
    };
    let slots = [WEDNESDAY_9, FRIDAY_9].map(|slot| call(slot).expect(201)["id"].clone());
    call(&WEDNESDAY_9.replace("T0900", "T0930")).refused(409, "already_booked");
    // The person's own day is free, whoever called in their name, and they never stayed away themselves.
    let mut own = booking(&WEDNESDAY_9.replace("T0900", "T0930"));
    own["person"] = person(6);
    app.post("/v1/bookings").user("clerk1").once().json(&own).send().expect(201);
    let search = json!({"national_id": person(6)["national_id"], "reason": "查詢"});
    let found = app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200)["items"].clone();
    let counted = |n: usize| {
        items(&app, &format!("/v1/bookings?person_id={}", found[n]["person_id"].as_str().unwrap()), &app.token("clerk1"))
    };
    assert_eq!((&found[0]["found_by"], counted(0)), (&json!("CLAIMED"), slots.len()));
    assert_eq!((&found[1]["found_by"], counted(1)), (&json!("CURRENT"), 1));
}

#[test]
fn a_clerks_typing_error_is_settled_by_the_paper_in_three_calls() {
    let app = TestApp::new();
    take(&app, "clerk2", &named(matter(9), "林志名")).expect(201);
    let case = take(&app, "clerk1", &named(complete(&app, matter(9)), "林志明")).expect(201).clone();
    let difference = &case["identity_differences"][0];
    assert_eq!((&difference["pointer"], &difference["known_rank"]), (&json!("/parties/0/name"), &json!("SEEN")), "{case}");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "identity_unsettled");
    let body = json!({"name": "林志明", "document": {"kind": "ID_CARD", "number": "字第 1 號"}, "reason": "前次登打錯誤"});
    let path = format!("/v1/people/{}", difference["person_id"].as_str().unwrap());
    let tag = format!("\"v{}\"", difference["version"]);
    let settled = app.post(&format!("{path}:settle")).user("clerk1").if_match(&tag).json(&body).send();
    let facts = settled.expect(200)["items"].as_array().unwrap().clone();
    let todays: Vec<_> = facts.iter().filter(|fact| fact["is_todays"] == true && fact["kind"] == "NAME").collect();
    assert_eq!((todays.len(), &todays[0]["value"]), (1, &json!("林志明")), "{facts:?}");
    assert!(facts.iter().any(|fact| fact["value"] == "林志名" && fact["struck_reason"] == "前次登打錯誤"), "{facts:?}");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &case, "PASS").expect(201);
    // What a case has registered is not overruled by a paper at the counter; what a case only says of somebody is.
    let settle = |name: &str| {
        let version = version(&app.get(&format!("{path}/facts?purpose=x")).user("clerk1").send());
        let body = json!({"name": name, "document": {"kind": "ID_CARD", "number": "字第 2 號"}, "reason": "證件"});
        app.post(&format!("{path}:settle")).user("clerk1").if_match(&format!("\"v{version}\"")).json(&body).send()
    };
    settle("林志銘").expect(200);
    settle("林志明").expect(200);
    let fields = json!({"kind": "NAME", "old_name": "林志明", "new_name": "林大明", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    registered(&app, &named(complete(&app, own("NAME_GIVEN", 9, fields, &[])), "林志明"));
    settle("林志銘").refused(409, "conflict");
    settle("林大明").expect(200);
}

#[test]
fn facts_are_for_staff_and_each_look_is_logged() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(5)).expect(201);
    let search = json!({"national_id": person(5)["national_id"], "reason": "臨櫃核對"});
    declared(&app, "stranger", &person(5), "1990-05-04");
    let found = app.post("/v1/people:search").user("clerk1").json(&search).send();
    let found = found.expect(200)["items"].as_array().unwrap().clone();
    let by: Vec<_> = found.iter().map(|one| one["found_by"].as_str().unwrap()).collect();
    assert_eq!(by, ["CURRENT", "CLAIMED"], "in the order in which they came up");
    let path = format!("/v1/people/{}/facts?purpose=x", found[0]["person_id"].as_str().unwrap());
    let facts = app.get(&path).user("clerk1").send().expect(200).clone();
    assert_eq!((&facts["items"][0]["value"], &facts["items"][0]["rank"]), (&json!("測試戊"), &json!("SEEN")));
    app.get(&path).user("citizen1").send().refused(403, "forbidden");
    let log = app.get("/v1/audit-log?limit=5").user("director1").send().expect(200).clone();
    let looks = log["items"].as_array().unwrap().iter().filter(|line| line["action"] == "person.looked_up").count();
    assert_eq!(looks, 1, "{log}");
}

pub fn married(app: &TestApp, one: u32, other: u32, births: (&str, &str)) -> Value {
    let (mut a, mut b) = (person(one), female(other));
    (a["role"], b["role"]) = (json!("SPOUSE"), json!("SPOUSE"));
    (a["birth_on"], b["birth_on"]) = (json!(births.0), json!(births.1));
    let mut applicant = person(one);
    applicant["relation"] = json!("BOTH_PARTIES");
    let witnesses = [named_person(903, "測試壬癸丙"), named_person(904, "測試壬癸丁")];
    json!({
        "type_code": "MARRIAGE", "parties": [a, b], "applicant": applicant, "event_on": app.now().date(),
        "fields": {"kind": "MARRIAGE", "abroad": false, "witnesses": witnesses}, "papers": papers_of(app, "MARRIAGE"),
        "confirm_not_duplicate": true
    })
}

pub const GROWN: (&str, &str) = ("1980-01-01", "1981-01-01");

#[test]
fn a_day_of_birth_that_was_seen_is_asked_for_where_another_is_said() {
    let app = TestApp::new();
    let mut child = matter(11);
    child["parties"][0]["birth_on"] = json!("2012-03-01");
    take(&app, "clerk1", &child).expect(201);
    let mut said = married(&app, 11, 12, ("1995-01-01", "1981-01-01"));
    said["papers"].as_array_mut().unwrap().push(json!("LEGAL_REP_CONSENT"));
    let said = take(&app, "clerk1", &said).expect(201).clone();
    let difference = &said["identity_differences"][0];
    assert_eq!((&difference["pointer"], &difference["known_rank"]), (&json!("/parties/0/birth_on"), &json!("SEEN")));
    act(&app, "clerk1", &said, ":submit-for-review", &json!({})).refused(409, "identity_unsettled");
    // Where nothing is said, what was seen counts, and the refusal tells what to do.
    let mut unsaid = married(&app, 11, 13, GROWN);
    unsaid["parties"][0].as_object_mut().unwrap().remove("birth_on");
    assert_eq!(take(&app, "clerk1", &unsaid).fields(), [field("/parties/0/birth_on", "too_young")]);
}

pub fn death(app: &TestApp, number: u32) -> Value {
    let mut deceased = person(number);
    deceased["role"] = json!("DECEASED");
    let mut applicant = female(900);
    applicant["relation"] = json!("RELATIVE");
    json!({
        "type_code": "DEATH", "parties": [deceased], "applicant": applicant, "event_on": "2026-11-20",
        "fields": {"kind": "DEATH", "died_on": "2026-11-20", "manner": "NATURAL", "place": "彰化基督教醫院", "certificate_number": "死字第 1150001 號"},
        "papers": papers_of(app, "DEATH"), "confirm_not_duplicate": true
    })
}

#[test]
fn the_dead_neither_marry_nor_register_seals_nor_die_again() {
    let app = TestApp::new();
    let case = registered(&app, &death(&app, 21));
    let deceased = [field("/parties/0/national_id", "person_deceased")];
    assert_eq!(take(&app, "clerk1", &married(&app, 21, 22, GROWN)).fields()[1..], deceased);
    let seal = own("SEAL_REGISTER", 21, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]);
    assert!(take(&app, "clerk1", &seal).fields().contains(&deceased[0]));
    assert_eq!(take(&app, "clerk1", &death(&app, 21)).fields(), [field("/parties/0/national_id", "already_registered")]);
    // What was only said of a death refuses nobody.
    take(&app, "clerk1", &death(&app, 23)).expect(201);
    take(&app, "clerk1", &married(&app, 23, 24, GROWN)).expect(201);
    revoke(&app, &case);
    take(&app, "clerk1", &married(&app, 21, 22, GROWN)).expect(201);
}

#[test]
fn nobody_marries_twice_and_a_divorce_or_a_death_opens_the_way_again() {
    let app = TestApp::new();
    let same = take(&app, "clerk1", &{
        let mut body = married(&app, 31, 32, GROWN);
        body["parties"][1] = body["parties"][0].clone();
        body
    });
    assert!(same.fields().contains(&field("/parties/1/national_id", "same_person")), "{}", same.text);
    registered(&app, &married(&app, 31, 32, GROWN));
    let again = take(&app, "clerk1", &married(&app, 31, 33, GROWN));
    assert_eq!(again.fields(), [field("/parties/0/national_id", "already_married")]);
    let mut divorce = married(&app, 31, 33, GROWN);
    divorce["type_code"] = json!("DIVORCE_AGREED");
    divorce["fields"] = json!({"kind": "DIVORCE", "witnesses": divorce["fields"]["witnesses"]});
    divorce["papers"] = json!(papers_of(&app, "DIVORCE_AGREED"));
    assert_eq!(take(&app, "clerk1", &divorce).fields(), [field("/parties/0/national_id", "not_married")]);
    divorce["parties"][1] = married(&app, 31, 32, GROWN)["parties"][1].clone();
    let divorced = registered(&app, &divorce);
    let second = registered(&app, &married(&app, 31, 33, GROWN));
    // A divorce that is taken back after that does not make two marriages of one: whoever approves it sees both.
    act(&app, "clerk1", &divorced, ":revoke", &json!({"reason": "離婚無效", "office_error": false})).expect(200);
    let approve = |body: Value| act(&app, "chief1", &divorced, ":approve-change", &body);
    let shown = approve(json!({})).refused(409, "register_contradicts")["contradictions"].clone();
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["later_case_id"]), (1, &second["id"]), "{shown}");
    approve(json!({"confirm_contradictions": "LATER"})).expect(200);
    assert_eq!(
        take(&app, "clerk1", &married(&app, 31, 34, GROWN)).fields(),
        [field("/parties/0/national_id", "already_married")]
    );
    revoke(&app, &second);
    registered(&app, &married(&app, 41, 42, GROWN));
    let mut husband = death(&app, 41);
    (husband["event_on"], husband["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
    registered(&app, &husband);
    let mut widow = married(&app, 43, 42, GROWN);
    app.advance(chrono::Duration::days(1));
    widow["event_on"] = json!("2026-11-24");
    take(&app, "clerk1", &widow).expect(201);
}

#[test]
fn a_birth_makes_a_person_with_a_number_that_nobody_holds() {
    let app = TestApp::new();
    let with = |parents: u32, child: &Value| {
        let mut body = birth(parents);
        body["fields"]["national_id"] = child["national_id"].clone();
        body
    };
    take(&app, "clerk1", &birth(50)).expect(201);
    let taken = [field("/fields/national_id", "taken")];
    assert_eq!(take(&app, "clerk1", &with(51, &female(50))).fields(), taken);
    let case = registered(&app, &with(52, &female(60)));
    assert_eq!(take(&app, "clerk1", &with(53, &female(60))).fields(), taken);
    let search = json!({"national_id": female(60)["national_id"], "reason": "查詢"});
    let found = app.post("/v1/cases:search").user("clerk1").json(&search).send().expect(200).clone();
    assert_eq!(found["items"][0]["id"], case["id"], "{found}");
    revoke(&app, &case);
    let same = take(&app, "clerk1", &{
        let mut body = birth(54);
        body["parties"][1]["national_id"] = body["parties"][0]["national_id"].clone();
        body
    });
    assert!(same.fields().contains(&field("/parties/1/national_id", "same_person")), "{}", same.text);
    assert_eq!(BIRTH_PAPERS.len(), 6);
}

#[test]
fn no_answer_tells_a_citizen_what_the_register_holds() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(70)).expect(201);
    let other = |number: u32, name: &str| json!({"role": "OTHER", "name": name, "national_id": person(number)["national_id"]});
    let asked = |one: Value| {
        let body = transcript(&app, Some(one));
        let check = app.post("/v1/cases:check").user("citizen1").json(&body).send();
        let certificate = json!({
            "kind": "TRANSCRIPT_ZH", "person": {"name": body["parties"][1]["name"], "national_id": body["parties"][1]["national_id"]},
            "applicant": {"name": "王示範", "national_id": app.citizen_number(1), "relation": "INTERESTED_PERSON"},
            "interest_proof": "債權憑證", "purpose": "訴訟", "copies": 1
        });
        let made = app.post("/v1/certificates").user("citizen1").json(&certificate).send();
        (check.status, check.text, made.status)
    };
    let right = asked(other(70, "測試庚癸"));
    assert_eq!(asked(other(70, "別人")), right);
    assert_eq!(asked(other(71, "測試庚甲")), right);
    let register = |username: &str, who: Value| {
        let body = json!({"username": username, "password": SECRET, "name": who["name"], "national_id": who["national_id"], "birth_on": "1990-05-04"});
        app.post("/v1/auth/register").json(&body).send().status
    };
    assert_eq!(
        (register("one", person(70)), register("two", named_person(70, "別人")), register("three", person(71))),
        (201, 201, 201)
    );
}

pub fn code(app: &TestApp, token: &str) -> String {
    app.post("/v1/me/identity-code").bearer(token).send().expect(200)["code"].as_str().unwrap().to_owned()
}

/// The identity card of somebody.
pub fn card(who: &Value) -> Value {
    json!({"kind": "ID_CARD", "number": format!("製證字第 {} 號", &who["national_id"].as_str().unwrap()[5..])})
}

pub fn paper(code: &str, who: &Value) -> Value {
    json!({"code": code, "document": card(who), "person": {"name": who["name"], "national_id": who["national_id"]}})
}

pub fn prove(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/identity-proofs").user("clerk1").once().json(body).send()
}

#[test]
fn a_proof_at_the_counter_is_a_change_of_keys() {
    let app = TestApp::new();
    let theirs = take(&app, "clerk1", &matter(80)).expect(201).clone();
    let token = declared(&app, "owner", &person(80), "1990-05-04");
    let planted = app.post("/v1/bookings").bearer(&token).once().json(&booking(FRIDAY_9)).send().expect(201)["id"].clone();
    let shown = code(&app, &token);
    let mut body = paper(&shown, &person(80));
    body["dry_run"] = json!(true);
    assert_eq!(prove(&app, &body).expect(200)["account_name"], "測○○癸");
    body["dry_run"] = json!(false);
    let proven = prove(&app, &body);
    assert_eq!(proven.expect(201)["identity_level"], "PROVEN");
    // Whoever prepared the account is out.
    app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
    login(&app, "owner", SECRET).refused(401, "invalid_credentials");
    let first = proven.body["initial_password"].as_str().unwrap();
    let token = login(&app, "owner", first).expect(200)["access_token"].as_str().unwrap().to_owned();
    let change = json!({"current_password": first, "new_password": "Amsel-singt-um-5"});
    assert_eq!(app.post("/v1/auth/password").bearer(&token).json(&change).send().status, 204);
    let token = login(&app, "owner", "Amsel-singt-um-5").expect(200)["access_token"].as_str().unwrap().to_owned();
    let me = app.get("/v1/me").bearer(&token).send().expect(200).clone();
    assert_eq!((&me["identity_level"], &me["identity"]["assurance"]), (&json!("PROVEN"), &json!("HIGH")));
    app.get(&at(&theirs, "")).bearer(&token).send().expect(200);
    app.get(&format!("/v1/bookings/{}", planted.as_str().unwrap())).bearer(&token).send().expect(200);
    // One account a person.
    let second = declared(&app, "second", &person(80), "1990-05-04");
    let mut body = paper(&code(&app, &second), &person(80));
    for dry_run in [true, false, true] {
        body["dry_run"] = json!(dry_run);
        let refused = prove(&app, &body);
        assert_eq!(refused.refused(409, "has_account")["proof_id"], proven.body["id"], "{dry_run}");
        assert!(refused.body["detail"].as_str().unwrap().contains("/v1/identity-proofs/{id}:undo"));
    }
}

#[test]
fn a_paper_that_says_otherwise_spends_the_code() {
    let app = TestApp::new();
    let swindler = declared(&app, "swindler", &person(81), "1990-05-04");
    let shown = code(&app, &swindler);
    prove(&app, &paper(&shown, &person(82))).refused(409, "identity_mismatch");
    assert_eq!(prove(&app, &paper(&shown, &person(81))).fields(), [field("/code", "unknown")]);
    let tried = code(&app, &swindler);
    let mut body = paper(&tried, &person(82));
    body["dry_run"] = json!(true);
    prove(&app, &body).refused(409, "identity_mismatch");
    assert_eq!(prove(&app, &paper(&tried, &person(81))).fields(), [field("/code", "unknown")]);
    let late = code(&app, &swindler);
    app.advance(chrono::Duration::minutes(10));
    assert_eq!(prove(&app, &paper(&late, &person(81))).fields(), [field("/code", "unknown")]);
    assert_eq!(app.get("/v1/me").bearer(&swindler).send().expect(200)["identity_level"], "DECLARED");
    app.post("/v1/identity-proofs").user("citizen1").once().json(&paper(&late, &person(81))).send().refused(403, "forbidden");
}

#[test]
fn a_number_that_was_anothers_proves_nobody() {
    let app = TestApp::new();
    let fields = json!({"kind": "UID", "old_number": person(85)["national_id"], "new_number": person(185)["national_id"], "reason": "OTHER"});
    let mut change = complete(&app, own("UID_CHANGE", 85, fields, &[]));
    change["event_on"] = json!("2026-11-20");
    registered(&app, &change);
    let token = declared(&app, "former", &person(85), "1990-05-04");
    let mut body = paper(&code(&app, &token), &person(85));
    for dry_run in [true, false] {
        body["dry_run"] = json!(dry_run);
        prove(&app, &body).refused(409, "several_holders");
    }
}

#[test]
fn one_person_with_two_accounts_undoes_no_proof() {
    let app = TestApp::new();
    let token = declared(&app, "wrongly", &person(83), "1990-05-04");
    let proven = prove(&app, &paper(&code(&app, &token), &person(83))).expect(201).clone();
    let path = format!("/v1/identity-proofs/{}", proven["id"].as_str().unwrap());
    let holder = |of: &str, is: &str| {
        let theirs = format!("(SELECT holder FROM accounts WHERE username = '{is}')");
        app.sql(&format!("UPDATE accounts SET holder = {theirs} WHERE username = '{of}'"));
    };
    let undo = |user: &str| {
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "證件係冒用"})).send()
    };
    app.sql("UPDATE accounts SET holder = NULL WHERE username = 'director1'");
    undo("director1").refused(409, "holder_required");
    holder("chief2", "clerk1");
    undo("chief2").refused(409, "same_person");
    undo("chief1").expect(200);
    holder("director1", "chief1");
    undo("director1").refused(409, "own_request");
    assert_eq!(app.get(&path).user("director1").send().expect(200)["allowed_actions"], json!([]));
}

#[test]
fn two_supervisors_undo_a_proof() {
    let app = TestApp::new();
    let theirs = take(&app, "clerk1", &matter(83)).expect(201).clone();
    let token = declared(&app, "wrongly", &person(83), "1990-05-04");
    let proven = prove(&app, &paper(&code(&app, &token), &person(83))).expect(201).clone();
    let token = login(&app, "wrongly", proven["initial_password"].as_str().unwrap()).expect(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/identity-proofs/{}", proven["id"].as_str().unwrap());
    let undo = |user: &str| {
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "證件係冒用"})).send()
    };
    assert_eq!(undo("chief1").expect(200)["status"], "UNDO_ASKED");
    undo("chief1").refused(409, "own_request");
    assert_eq!(undo("director1").expect(200)["status"], "UNDONE");
    undo("chief2").refused(409, "wrong_state");
    app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
    let again = login(&app, "wrongly", proven["initial_password"].as_str().unwrap()).expect(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    app.get(&at(&theirs, ""))
        .bearer(&again)
        .send()
        .status
        .to_string()
        .starts_with('4')
        .then_some(())
        .expect("the case is not theirs");
}

#[test]
fn what_a_declared_account_began_is_the_persons_once_the_office_has_met_them() {
    let app = TestApp::new();
    let token = declared(&app, "early", &person(84), "1990-05-04");
    let body = {
        let mut body = transcript(&app, None);
        body["parties"][0] = json!({"role": "SUBJECT", "name": "測試辛丁", "national_id": person(84)["national_id"]});
        body["applicant"] = json!({"name": "測試辛丁", "national_id": person(84)["national_id"], "relation": "SELF"});
        body
    };
    let draft = app.post("/v1/cases").bearer(&token).once().json(&body).send().expect(201).clone();
    assert_eq!(items(&app, "/v1/cases", &token), 1);
    assert!(draft.get("identity_level").is_none(), "to staff only");
    assert_eq!(app.get(&at(&draft, "")).user("clerk1").send().expect(200)["identity_level"], "DECLARED");
    assert_eq!(act(&app, "clerk1", &draft, ":accept", &json!({})).fields(), [field("/document", "required")]);
    let card = json!({"kind": "ID_CARD", "number": "字第 84 號"});
    let accepted = act(&app, "clerk1", &draft, ":accept", &json!({"document": card})).expect(200).clone();
    let id = accepted["applicant"]["person_id"].as_str().unwrap();
    let facts = app.get(&format!("/v1/people/{id}/facts?purpose=x")).user("clerk1").send().expect(200)["items"].clone();
    assert!(facts.as_array().unwrap().iter().any(|fact| fact["document"] == card && fact["rank"] == "SEEN"), "{facts}");
    let seen = app.get(&at(&draft, "")).bearer(&token).send().expect(200).clone();
    assert_eq!((&seen["status"], &seen["allowed_actions"]), (&json!("ACCEPTED"), &json!([])), "{seen}");
    let tag = format!("\"v{}\"", 2);
    let withdraw = app.post(&at(&draft, ":withdraw")).bearer(&token).if_match(&tag).json(&json!({"reason": "不辦了"})).send();
    assert_eq!(withdraw.refused(409, "ask_at_counter")["allowed_actions"], json!([]));
    let search = json!({"national_id": person(84)["national_id"], "reason": "查詢"});
    let found = app.post("/v1/cases:search").user("clerk1").json(&search).send().expect(200).clone();
    assert_eq!(found["items"][0]["id"], draft["id"]);
}
