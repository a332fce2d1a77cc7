//! Corrections of whom a case means and what it says of them: by two people, judged when they are proposed, taken back by whoever
//! proposed them.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, own, papers_of, registered, revoke, tag, take};
use crate::holders::name_holder;
use crate::known::{GROWN, complete, death, field, married, matter, named};
use crate::records::found;
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};

fn with_number(parents: u32, child: &Value) -> Value {
    let mut body = birth(parents);
    (body["fields"]["national_id"], body["confirm_not_duplicate"]) = (child["national_id"].clone(), json!(true));
    body
}

fn one(pointer: &str, value: impl Into<Value>) -> Value {
    json!({"pointer": pointer, "value": value.into()})
}

/// The values of a kind that hold today.
fn todays(app: &TestApp, id: &str, kind: &str) -> Vec<Value> {
    let all = facts(app, id).into_iter().filter(|fact| fact["kind"] == kind && fact["is_todays"] == true);
    all.map(|fact| fact["value"].clone()).collect()
}

/// How many marriages of somebody hold today.
fn marriages(app: &TestApp, who: &Value) -> usize {
    todays(app, &person_id(app, who), "MARRIAGE").len()
}

/// The end of a marriage by agreement.
fn divorce(app: &TestApp, one: u32, other: u32) -> Value {
    let mut body = married(app, one, other, GROWN);
    body["type_code"] = json!("DIVORCE_AGREED");
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    body["papers"] = json!(papers_of(app, "DIVORCE_AGREED"));
    body
}

fn died(app: &TestApp, number: u32, day: &str) -> Value {
    let mut body = death(app, number);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    body
}

#[test]
fn a_registered_birth_is_corrected_and_its_child_follows() {
    let app = TestApp::new();
    let case = registered(&app, &with_number(50, &female(60)));
    let child = person_id(&app, &female(60));
    correct(&app, &case, json!([one("/fields/weeks", 40)])).expect(200);
    correct(&app, &case, json!([one("/fields/child_name", "測小寧"), one("/event_on", "2026-11-11")])).expect(200);
    assert_eq!(
        (todays(&app, &child, "NAME"), todays(&app, &child, "BIRTH_ON")),
        (vec![json!("測小寧")], vec![json!("2026-11-11")])
    );
    correct(&app, &case, json!([one("/fields/child_name", "測小安")])).expect(200);
    assert_eq!(todays(&app, &child, "NAME"), [json!("測小安")]);
    assert_eq!((todays(&app, &child, "PARENT").len(), todays(&app, &child, "SEX").len()), (2, 1));
    // Another number is the same child's, and so is the first one again; the wrong one was never theirs.
    for number in [female(61), female(60)] {
        correct(&app, &case, json!([one("/fields/national_id", number["national_id"].clone())])).expect(200);
        let all = found(&app, &number);
        assert_eq!((all.len(), &all[0]["person_id"], &all[0]["found_by"]), (1, &json!(child), &json!("CURRENT")));
    }
    assert_eq!(found(&app, &female(61)).len(), 0);
    // A twin is a child of their own.
    let mut twin = with_number(50, &female(62));
    (twin["fields"]["multiple"], twin["fields"]["birth_order"], twin["fields"]["child_name"]) =
        (json!(2), json!(2), json!("測小二"));
    let twin = registered(&app, &twin);
    correct(&app, &twin, json!([one("/fields/weeks", 38)])).expect(200);
    let taken = correct(&app, &twin, json!([one("/fields/national_id", female(60)["national_id"].clone())]));
    assert_eq!((taken.refused(409, "conflict").clone(), taken.fields()).1, [field("/changes/0/value", "taken")]);
    // A number that was assigned in vain is nobody's.
    correct(&app, &twin, json!([one("/fields/national_id", Value::Null)])).expect(200);
    assert_eq!(found(&app, &female(62)).len(), 0);
    revoke(&app, &case);
    take(&app, "clerk1", &with_number(53, &female(60))).expect(201);
}

#[test]
fn whom_a_case_means_is_corrected_by_two_people() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 31, 32, GROWN));
    take(&app, "clerk1", &matter(36)).expect(201);
    app.advance(Duration::days(1));
    let number = |who: &Value| who["national_id"].clone();
    let unsettled = correct(
        &app,
        &case,
        json!([one("/parties/0/national_id", number(&person(36))), one("/applicant/national_id", number(&person(36)))]),
    );
    let differences = unsettled.refused(409, "identity_unsettled")["differences"].clone();
    assert_eq!(differences[0]["pointer"], "/parties/0/name", "a number with another's name is a question");
    let wife = json!([one("/parties/1/national_id", number(&female(33))), one("/parties/1/name", "測試女丙丙")]);
    let corrected = correct(&app, &case, wife).expect(200).clone();
    assert_eq!(corrected["parties"][1]["person_id"], json!(person_id(&app, &female(33))));
    assert_eq!((marriages(&app, &person(31)), marriages(&app, &female(33))), (1, 1));
    let own = facts(&app, &person_id(&app, &female(33)));
    let marriage = own.iter().find(|fact| fact["kind"] == "MARRIAGE").unwrap();
    assert_eq!(marriage["valid_from"], "2026-11-23", "it goes on from the day of its registration");
    // Whom it named by mistake is free, and known by it no more.
    assert_eq!(found(&app, &female(32))[0]["found_by"], "EMPTY");
    assert!(facts(&app, &person_id(&app, &female(32))).iter().all(|fact| fact["struck_at"].is_string()));
    take(&app, "clerk1", &married(&app, 35, 32, GROWN)).expect(201);
    let again = take(&app, "clerk1", &married(&app, 35, 33, GROWN));
    assert_eq!(again.fields(), [field("/parties/1/national_id", "already_married")]);
    // The book keeps the number whole, and shows it to whoever may see it.
    let line = app.post("/v1/record-books/maintenance/115/1:reveal").user("chief1").json(&json!({"reason": "查核"})).send();
    assert_eq!((&line.expect(200)["before"], &line.body["after"]), (&number(&female(32)), &number(&female(33))));
    let changes = app.get(&at(&case, "/changes")).user("clerk1").send();
    assert!(!changes.expect(200).to_string().contains(number(&female(33)).as_str().unwrap()));
}

#[test]
fn an_applicant_is_corrected_too() {
    let app = TestApp::new();
    let case = registered(&app, &death(&app, 41));
    let other = female(901);
    let changes =
        json!([one("/applicant/national_id", other["national_id"].clone()), one("/applicant/name", other["name"].clone())]);
    let corrected = correct(&app, &case, changes).expect(200).clone();
    assert_eq!(corrected["applicant"]["person_id"], json!(person_id(&app, &other)));
    assert_eq!(found(&app, &female(900))[0]["found_by"], "EMPTY");
    correct(&app, &case, json!([one("/applicant/name", "測試女九")])).expect(200);
    assert_eq!(todays(&app, &person_id(&app, &other), "NAME"), [json!("測試女九")]);
}

#[test]
fn a_corrected_name_goes_before_what_was_seen_elsewhere_and_all_staff_see_the_difference() {
    let app = TestApp::new();
    let open = take(&app, "clerk1", &named(matter(71), "測試誤")).expect(201).clone();
    let case = registered(&app, &named(complete(&app, matter(71)), "測試誤"));
    correct(&app, &case, json!([one("/parties/0/name", "測試庚甲"), one("/applicant/name", "測試庚甲")])).expect(200);
    let id = person_id(&app, &person(71));
    assert_eq!(todays(&app, &id, "NAME"), [json!("測試庚甲")]);
    for user in ["clerk1", "reviewer1", "chief1", "director1"] {
        let shown = app.get(&at(&open, "")).user(user).send().expect(200).clone();
        assert_eq!(shown["identity_differences"][0]["pointer"], "/parties/0/name", "{user}");
        assert_eq!(shown["parties"][0]["today"]["name"], "測○○甲", "{user}");
    }
    let county = app.get(&at(&open, "")).bearer(&app.client_token("county")).send().expect(200).clone();
    assert!(county.get("identity_differences").is_none() && county["parties"][0].get("today").is_none(), "{county}");
}

#[test]
fn what_the_register_forbids_is_refused_before_anybody_has_to_decide() {
    let app = TestApp::new();
    registered(&app, &married(&app, 61, 62, GROWN));
    let case = registered(&app, &died(&app, 61, "2026-11-23"));
    let early = json!({"changes": [one("/fields/died_on", "2026-11-22")], "reason": "更正", "office_error": false});
    let refused = act(&app, "clerk1", &case, ":correct", &early);
    assert_eq!(refused.refused(409, "conflict")["allowed_actions"], json!(["correct", "revoke"]));
    assert_eq!(refused.fields(), [field("/changes/0/value", "later_entry")]);
}

#[test]
fn a_wrong_role_is_corrected_with_what_it_said() {
    let app = TestApp::new();
    let case = registered(&app, &birth(34));
    let swapped = json!([one("/parties/0/role", "FATHER"), one("/parties/1/role", "MOTHER")]);
    assert_ne!(correct(&app, &case, swapped).status, 200, "no mother by a man's number");
    let seal = own("SEAL_REGISTER", 36, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]);
    registered(&app, &complete(&app, seal));
    let has_seal = || {
        let mut applicant = person(36);
        applicant["relation"] = json!("SELF");
        let body = json!({"kind": "SEAL_CERT", "person": person(36), "applicant": applicant, "purpose": "貸款", "copies": 1});
        app.post("/v1/certificates").user("clerk1").once().json(&body).send().status == 201
    };
    let fields = json!({
        "kind": "MOVE_OUT", "from_address": "彰化縣和美鎮和東里1鄰彰美路五段1號", "to_address": "臺中市北區三民路一段2號",
        "extent": "MEMBERS", "abroad": false
    });
    let mut moved = own("MOVE_OUT", 35, fields, &[]);
    let mut second = person(36);
    second["role"] = json!("MEMBER");
    moved["parties"].as_array_mut().unwrap().push(second);
    (moved["applicant"]["relation"], moved["event_on"]) = (json!("HOUSEHOLD_HEAD"), json!("2026-11-20"));
    assert!(has_seal());
    let case = registered(&app, &complete(&app, moved));
    assert!(!has_seal(), "whoever moves away has none");
    let corrected = correct(&app, &case, json!([one("/parties/1/role", "OTHER")]));
    assert_eq!(corrected.expect(200)["parties"][1]["role"], "OTHER");
    assert!(has_seal(), "they have not moved");
    correct(&app, &case, json!([one("/parties/1/role", "OTHER")])).refused(422, "invalid");
    correct(&app, &case, json!([one("/parties/1/role", "KING")])).refused(422, "invalid");
}

#[test]
fn nothing_is_chosen_where_no_marriages_contradict_each_other() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 31, 32, GROWN));
    act(&app, "clerk1", &case, ":revoke", &json!({"reason": "重複登記", "office_error": false})).expect(200);
    let approve = |body: Value| act(&app, "chief1", &case, ":approve-change", &body);
    assert_eq!(approve(json!({"confirm_contradictions": "EARLIER"})).fields(), [field("/confirm_contradictions", "not_allowed")]);
    approve(json!({})).expect(200);
}

#[test]
fn whoever_proposed_a_change_takes_it_back() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let why = json!({"reason": "證明有誤"});
    let withdraw = |user: &str| act(&app, user, &case, ":withdraw-change", &why);
    withdraw("clerk1").refused(409, "wrong_state");
    let change = json!({"changes": [one("/fields/weeks", 40)], "reason": "依證明更正", "office_error": true});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    withdraw("chief1").refused(403, "forbidden");
    let taken_back = withdraw("clerk1").expect(200).clone();
    assert_eq!((&taken_back["status"], &taken_back["allowed_actions"]), (&json!("REGISTERED"), &json!(["correct", "revoke"])));
    act(&app, "chief1", &case, ":approve-change", &json!({})).refused(409, "wrong_state");
    let changes = app.get(&at(&case, "/changes")).user("clerk1").send();
    assert_eq!(changes.expect(200)["items"][0]["status"], "WITHDRAWN");
    let history = app.get(&at(&case, "/history")).user("clerk1").send().expect(200)["items"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["reason"]), (&json!("change_withdrawn"), &json!("證明有誤")));
    correct(&app, &case, json!([one("/fields/weeks", 40)])).expect(200);
}

#[test]
fn a_death_ends_a_marriage_and_a_second_marriage_of_two_ends_their_divorce() {
    let app = TestApp::new();
    registered(&app, &married(&app, 41, 42, GROWN));
    let dead = registered(&app, &died(&app, 41, "2026-11-23"));
    assert_eq!((marriages(&app, &person(41)), marriages(&app, &female(42))), (0, 0));
    revoke(&app, &dead);
    assert_eq!((marriages(&app, &person(41)), marriages(&app, &female(42))), (1, 1));
    let divorced = registered(&app, &divorce(&app, 41, 42));
    let ends = || todays(&app, &person_id(&app, &person(41)), "MARRIAGE_END").len();
    assert_eq!((marriages(&app, &person(41)), ends()), (0, 1));
    // On the very same day.
    let second = registered(&app, &married(&app, 41, 42, GROWN));
    assert_eq!((marriages(&app, &person(41)), ends()), (1, 0));
    let third = take(&app, "clerk1", &married(&app, 41, 43, GROWN));
    assert_eq!(third.fields(), [field("/parties/0/national_id", "already_married")]);
    // The divorce between them does not fall unasked.
    act(&app, "clerk1", &divorced, ":revoke", &json!({"reason": "離婚無效", "office_error": false})).expect(200);
    let approve = |body: Value| act(&app, "chief1", &divorced, ":approve-change", &body);
    let shown = approve(json!({})).refused(409, "register_contradicts")["contradictions"].clone();
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["later_case_id"]), (1, &second["id"]), "{shown}");
    approve(json!({"confirm_contradictions": "EARLIER"})).expect(200);
    assert_eq!(app.get(&at(&second, "")).user("clerk1").send().expect(200)["status"], "REVOKED");
    assert_eq!((marriages(&app, &person(41)), marriages(&app, &female(42)), ends()), (1, 1, 0));
}

/// The registered death of person 41, and the marriage of the widow, person 42, with person 43 on the next day.
pub fn remarried_widow(app: &TestApp) -> (Value, Value) {
    registered(app, &married(app, 41, 42, GROWN));
    let dead = registered(app, &died(app, 41, "2026-11-23"));
    app.advance(Duration::days(1));
    let mut again = married(app, 43, 42, GROWN);
    again["event_on"] = json!("2026-11-24");
    (dead, registered(app, &again))
}

#[test]
fn a_marriage_after_a_death_that_never_was_is_void() {
    let app = TestApp::new();
    let (dead, second) = remarried_widow(&app);
    act(&app, "clerk1", &dead, ":revoke", &json!({"reason": "登錄錯人", "office_error": true})).expect(200);
    let approve = |body: Value| -> Answer { act(&app, "chief1", &dead, ":approve-change", &body) };
    // Good faith in a death that no court has declared saves no marriage.
    for standing in ["BOTH", "LATER"] {
        let told = approve(json!({"confirm_contradictions": standing}));
        assert_eq!(told.fields(), [field("/confirm_contradictions", "not_allowed")], "{}", told.text);
    }
    approve(json!({"confirm_contradictions": "EARLIER"})).expect(200);
    assert_eq!((marriages(&app, &person(41)), marriages(&app, &female(42)), marriages(&app, &person(43))), (1, 1, 0));
    let history = app.get(&at(&second, "/history")).user("clerk1").send().expect(200)["items"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["status"]), (&json!("voided"), &json!("REVOKED")));
    let book = app.get("/v1/record-books/maintenance").user("chief1").send();
    assert_eq!(book.expect(200)["items"].as_array().unwrap().len(), 2, "a line for either case");
}

#[test]
fn a_relation_names_both_of_its_people() {
    let app = TestApp::new();
    for (code, role) in [
        ("PARENTAGE", "FATHER or MOTHER"),
        ("PARENTAL_RIGHTS", "FATHER or MOTHER"),
        ("GUARDIANSHIP", "GUARDIAN"),
        ("ASSISTANCE", "GUARDIAN"),
    ] {
        let mut body = crate::cases::own(code, 81, json!({"kind": "COMMON", "matter": "登記"}), &[]);
        body["event_on"] = json!("2026-11-20");
        let answer = app.post("/v1/cases:check").header("Accept-Language", "en").json(&body).send();
        assert!(answer.fields().contains(&field("/parties", "parties")), "{code}: {}", answer.text);
        assert!(answer.text.contains(&format!("the role {role},")), "{code}: {}", answer.text);
    }
    let mut two = death(&app, 82);
    let second = two["parties"][0].clone();
    two["parties"].as_array_mut().unwrap().push(second);
    let text = app.post("/v1/cases:check").header("Accept-Language", "en").json(&two).send().text;
    assert!(text.contains("exactly 1 must have the role DECEASED, and 2 have it (戶籍法 §36)"), "{text}");
}

#[test]
fn a_divorce_of_two_of_whose_marriage_nothing_is_known_is_a_hint() {
    let app = TestApp::new();
    let told = |body: &Value| -> Value {
        let check = app.post("/v1/cases:check").user("clerk1").json(body).send();
        check.expect(200)["register_hints"].as_array().unwrap().iter().map(|hint| hint["kind"].clone()).collect()
    };
    let unknown = divorce(&app, 91, 92);
    assert_eq!(told(&unknown), json!(["MARRIAGE_UNKNOWN"]));
    let case = take(&app, "clerk1", &unknown).expect(201).clone();
    assert_eq!(case["register_hints"], json!([{"pointer": "/parties", "kind": "MARRIAGE_UNKNOWN"}]));
    registered(&app, &married(&app, 93, 94, GROWN));
    assert_eq!(told(&divorce(&app, 93, 94)), json!([]));
    // A court divorces from somebody abroad, who has no number.
    let mut abroad = married(&app, 95, 96, GROWN);
    abroad["parties"].as_array_mut().unwrap().truncate(1);
    (abroad["fields"]["spouse_name"], abroad["fields"]["spouse_nationality"]) = (json!("NGUYEN THI HOA"), json!("越南"));
    abroad["papers"].as_array_mut().unwrap().push(json!("SPOUSE_PASSPORT"));
    registered(&app, &abroad);
    let court = |number: u32| {
        let mut body = divorce(&app, number, 1);
        body["parties"].as_array_mut().unwrap().truncate(1);
        body["type_code"] = json!("DIVORCE_COURT");
        body["fields"] =
            json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-23"});
        (body["event_on"], body["applicant"]["relation"]) = (json!("2026-11-23"), json!("ONE_PARTY"));
        complete(&app, body)
    };
    assert_eq!(told(&court(97)), json!(["MARRIAGE_UNKNOWN", "SPOUSE_NOT_NAMED"]));
    assert_eq!(told(&court(95)), json!(["SPOUSE_NOT_NAMED"]));
    registered(&app, &court(95));
    assert_eq!(marriages(&app, &person(95)), 0);
    // Whom the office knows is named.
    assert_eq!(take(&app, "clerk1", &court(93)).fields(), [field("/parties/0/national_id", "not_married")]);
}

#[test]
fn an_edited_case_says_nothing_of_whom_it_names_no_longer() {
    let app = TestApp::new();
    let innocent = take(&app, "clerk2", &matter(82)).expect(201).clone();
    let patched = |number: u32| {
        let case = take(&app, "clerk1", &named(matter(number), "測試辛癸")).expect(201).clone();
        let right = matter(80);
        let body = json!({"parties": right["parties"], "applicant": right["applicant"]});
        let tag = tag(&app, &case);
        app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag).json(&body).send().expect(200).clone()
    };
    assert_eq!(patched(82)["identity_differences"], json!([]));
    let all = facts(&app, &person_id(&app, &person(82)));
    assert!(all.iter().all(|fact| fact["value"] == "測試辛乙" || fact["struck_at"].is_string()), "{all:?}");
    assert_eq!(app.get(&at(&innocent, "")).user("clerk2").send().expect(200)["identity_differences"], json!([]));
    // Nobody else was known by that number: whoever it truly is of has a record of their own.
    patched(83);
    assert_eq!(found(&app, &person(83))[0]["found_by"], "EMPTY");
    let next = take(&app, "clerk1", &matter(83)).expect(201).clone();
    assert_eq!(next["identity_differences"], json!([]));
    let by: Vec<Value> = found(&app, &person(83)).iter().map(|one| one["found_by"].clone()).collect();
    assert_eq!(by, [json!("EMPTY"), json!("CURRENT")]);
    assert_eq!(found(&app, &person(83))[1]["person_id"], next["parties"][0]["person_id"]);
    // A name that is mended in time was never seen.
    let typed = take(&app, "clerk1", &named(matter(84), "測試誤")).expect(201).clone();
    let right = matter(84);
    let body = json!({"parties": right["parties"], "applicant": right["applicant"]});
    let mended = app.call("PATCH", &at(&typed, "")).user("clerk1").if_match("\"v1\"").json(&body).send().expect(200).clone();
    assert_eq!(mended["identity_differences"], json!([]));
    assert_eq!(todays(&app, &person_id(&app, &person(84)), "NAME"), [json!("測試辛丁")]);
}

#[test]
fn a_death_that_was_anothers_is_not_moved_past_the_widows_next_marriage_and_nobody_decides_on_their_own() {
    let app = TestApp::new();
    let (dead, second) = remarried_widow(&app);
    take(&app, "clerk1", &matter(44)).expect(201);
    let changes = json!([
        {"pointer": "/parties/0/national_id", "value": person(44)["national_id"]},
        {"pointer": "/parties/0/name", "value": person(44)["name"]}
    ]);
    let body = json!({"changes": changes, "reason": "登錄錯人", "office_error": true});
    act(&app, "clerk1", &dead, ":correct", &body).expect(200);
    let approve = |user: &str, body: Value| -> Answer { act(&app, user, &dead, ":approve-change", &body) };
    approve("chief1", json!({})).refused(409, "register_contradicts");
    // Whoever is married to one of them decides on neither marriage.
    name_holder(&app, "chief2", &person(43), "director1");
    for standing in ["EARLIER", "LATER"] {
        approve("chief2", json!({"confirm_contradictions": standing})).refused(409, "own_request");
    }
    // Nor has whoever proposed it.
    let holds = |username: &str| {
        let theirs = format!("(SELECT holder FROM accounts WHERE username = '{username}')");
        app.sql(&format!("UPDATE accounts SET holder = {theirs} WHERE username = 'clerk1'"));
    };
    holds("chief2");
    approve("chief1", json!({"confirm_contradictions": "EARLIER"})).refused(409, "own_request");
    holds("clerk3");
    approve("chief1", json!({"confirm_contradictions": "EARLIER"})).expect(200);
    assert_eq!(app.get(&at(&second, "")).user("director1").send().expect(200)["status"], "REVOKED");
    assert_eq!((marriages(&app, &person(41)), marriages(&app, &female(42))), (1, 1));
}
