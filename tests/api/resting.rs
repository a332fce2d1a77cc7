//! What presupposes an entry keeps it from being revoked or corrected away, and whoever died did nothing since, whichever of two
//! entries comes first.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, registered, review, revoke, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::moves::{HEMEI, TAICHUNG, moving};
use crate::records::found;
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_applicant, as_party, guardianship, parental, revoked_ruling};
use crate::support::{Answer, TestApp, female, person};

const LATER: &str = "later_entry";

fn divorce(app: &TestApp, man: u32, woman: u32) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["type_code"] = json!("DIVORCE_AGREED");
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    complete(app, body)
}

/// A wedding of when a ceremony sufficed.
fn wed_early(app: &TestApp, man: u32, woman: u32) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!("2005-05-05");
    registered(app, &body)
}

/// A proposal to revoke, which waits for nobody where it is refused.
fn propose_revocation(app: &TestApp, case: &Value) -> Answer {
    act(app, "clerk1", case, ":revoke", &json!({"reason": "登記無效", "office_error": false}))
}

/// Refused, since these entries rest on the case, in this order.
fn rests(app: &TestApp, case: &Value, entries: &[&Value]) {
    let refused = propose_revocation(app, case);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), vec![field("/status", LATER); entries.len()], "{}", refused.text);
    for entry in entries {
        assert!(refused.text.contains(&format!("cases/{}", entry["id"].as_str().unwrap())), "{}", refused.text);
        assert!(refused.text.contains(entry["number"].as_str().unwrap()), "{}", refused.text);
    }
}

/// Another person in a place.
fn exchanged(at: &str, who: &Value) -> [Value; 2] {
    ["national_id", "name"].map(|member| json!({"pointer": format!("{at}/{member}"), "value": who[member]}))
}

/// A child whom the mother alone has, by their numbers.
fn born(app: &TestApp, mother: u32, child: u32) -> Value {
    let mut body = birth(mother);
    body["parties"].as_array_mut().unwrap().pop();
    (body["fields"]["surname_from"], body["fields"]["child_name"]) = (json!("MOTHER"), json!("測小安"));
    body["fields"]["national_id"] = female(child)["national_id"].clone();
    registered(app, &body)
}

fn child(number: u32) -> Value {
    json!({"name": "測小安", "national_id": female(number)["national_id"]})
}

fn died(app: &TestApp, who: Value, day: &str) -> Value {
    let mut body = death(app, 1);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    body["parties"] = json!([as_party(who, "DECEASED")]);
    body
}

fn renamed(app: &TestApp, type_code: &str, who: &Value, new: &str, reason: &str) -> Value {
    let fields = json!({
        "kind": "NAME", "old_name": who["name"], "new_name": new, "reason": reason, "earlier_changes": 0, "barred": false
    });
    let mut body = complete(app, own(type_code, 1, fields, &[]));
    body["parties"] = json!([as_party(who.clone(), "SUBJECT")]);
    (body["applicant"], body["confirm_not_duplicate"]) = (as_applicant(who.clone(), "SELF"), json!(true));
    body
}

#[test]
fn a_marriage_stays_and_stays_theirs_under_its_divorce() {
    let app = TestApp::new();
    let wedding = wed_early(&app, 1, 2);
    let divorced = registered(&app, &divorce(&app, 1, 2));
    rests(&app, &wedding, &[&divorced]);
    let moved = correct(&app, &wedding, json!(exchanged("/parties/1", &female(3))));
    moved.refused(409, "conflict");
    assert_eq!(moved.fields(), [field("/parties", LATER)], "{}", moved.text);
    assert!(moved.text.contains(&format!("cases/{}", divorced["id"].as_str().unwrap())), "{}", moved.text);
    // What leaves the two and the day as they are is corrected.
    correct(&app, &wedding, json!([{"pointer": "/parties/1/birth_on", "value": "1981-01-02"}])).expect(200);
    revoke(&app, &divorced);
    correct(&app, &wedding, json!(exchanged("/parties/1", &female(3)))).expect(200);
    revoke(&app, &wedding);
}

#[test]
fn of_two_marriages_of_one_pair_each_has_its_own_divorce() {
    let app = TestApp::new();
    let first = wed_early(&app, 5, 6);
    let mut ended = divorce(&app, 5, 6);
    ended["type_code"] = json!("DIVORCE_COURT");
    ended["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "99 年度婚字第 1 號", "final_on": "2010-03-01"});
    (ended["event_on"], ended["applicant"]["relation"]) = (json!("2010-03-01"), json!("ONE_PARTY"));
    let ended = registered(&app, &complete(&app, ended));
    let second = registered(&app, &married(&app, 5, 6, GROWN));
    rests(&app, &first, &[&ended]);
    revoke(&app, &second);
}

#[test]
fn an_adoption_stays_and_keeps_its_adopter_and_its_day_under_its_end() {
    let app = TestApp::new();
    let of = |type_code: &str, day: &str| adoption(&app, type_code, 11, &person(12), day);
    let adopted = registered(&app, &of("ADOPTION", "2026-10-01"));
    let ended = registered(&app, &of("ADOPTION_END", "2026-11-01"));
    rests(&app, &adopted, &[&ended]);
    let another = [exchanged("/parties/0", &person(13)), exchanged("/applicant", &person(13))].concat();
    let moved = correct(&app, &adopted, json!(another));
    moved.refused(409, "conflict");
    assert_eq!(moved.fields(), [field("/parties", LATER)], "{}", moved.text);
    let day = "2026-11-10";
    let late = json!([{"pointer": "/event_on", "value": day}, {"pointer": "/fields/final_on", "value": day}]);
    let late = correct(&app, &adopted, late);
    late.refused(409, "conflict");
    assert_eq!(late.fields(), [field("/changes/1/value", LATER)], "{}", late.text);
    revoke(&app, &ended);
    revoke(&app, &adopted);
}

#[test]
fn a_guardianship_stays_under_its_end_and_ends_once() {
    let app = TestApp::new();
    let declared = registered(&app, &guardianship(&app, 103, (Some(104), "DECLARED"), "2026-11-01"));
    let ended = registered(&app, &revoked_ruling(&app, 103, 104, "2026-11-18"));
    rests(&app, &declared, &[&ended]);
    let late = correct(&app, &declared, json!([{"pointer": "/event_on", "value": "2026-11-19"}]));
    late.refused(409, "conflict");
    assert_eq!(late.fields(), [field("/changes/0/value", LATER)], "{}", late.text);
    let again = take(&app, "clerk1", &revoked_ruling(&app, 103, 104, "2026-11-10"));
    assert!(again.fields().contains(&field("/event_on", LATER)), "{}", again.text);
    revoke(&app, &ended);
    revoke(&app, &declared);
}

#[test]
fn a_birth_is_not_revoked_under_what_is_registered_of_the_child() {
    let app = TestApp::new();
    let case = born(&app, 20, 21);
    let father = as_party(person(22), "FATHER");
    let acknowledged = registered(&app, &parental(&app, "PARENTAGE", (child(21), father.clone()), "ACKNOWLEDGER"));
    let rights = parental(&app, "PARENTAL_RIGHTS", (child(21), father), "PARENT_ONE_OR_BOTH");
    let rights = registered(&app, &rights);
    rests(&app, &acknowledged, &[&rights]);
    rests(&app, &case, &[&acknowledged, &rights]);
    correct(&app, &case, json!([{"pointer": "/fields/weeks", "value": 40}])).expect(200);
    let late = correct(&app, &case, json!([{"pointer": "/event_on", "value": "2026-11-21"}]));
    late.refused(409, "conflict");
    assert_eq!(late.fields(), [field("/changes/0/value", LATER)], "{}", late.text);
    for one in [&rights, &acknowledged, &case] {
        revoke(&app, one);
    }
}

#[test]
fn swapped_numbers_of_two_births_are_corrected_under_what_rests_on_them() {
    let app = TestApp::new();
    let (one, other) = (born(&app, 20, 24), born(&app, 23, 21));
    let acknowledged =
        registered(&app, &parental(&app, "PARENTAGE", (child(24), as_party(person(22), "FATHER")), "ACKNOWLEDGER"));
    let another = registered(&app, &parental(&app, "PARENTAGE", (child(21), as_party(person(25), "FATHER")), "ACKNOWLEDGER"));
    let number = |case: &Value, value: Value| {
        correct(&app, case, json!([{"pointer": "/fields/national_id", "value": value}])).expect(200);
    };
    number(&one, Value::Null);
    rests(&app, &one, &[&acknowledged]);
    number(&other, female(24)["national_id"].clone());
    number(&one, female(21)["national_id"].clone());
    for (who, case) in [(21, &acknowledged), (24, &another)] {
        let all = found(&app, &female(who));
        assert_eq!((all.len(), &all[0]["person_id"]), (1, &case["parties"][0]["person_id"]));
    }
}

#[test]
fn a_marriage_stays_under_the_adoption_and_the_surname_that_rest_on_it() {
    let app = TestApp::new();
    let wedding = wed_early(&app, 65, 66);
    let mut together = adoption(&app, "ADOPTION", 71, &person(65), "2026-11-02");
    let mut mother = as_party(female(66), "ADOPTER");
    mother["birth_on"] = json!(GROWN.1);
    together["parties"][0]["birth_on"] = json!(GROWN.0);
    together["parties"].as_array_mut().unwrap().push(mother);
    let together = registered(&app, &together);
    let name = format!("測{}", female(66)["name"].as_str().unwrap());
    let renamed = registered(&app, &renamed(&app, "NAME_SPOUSE", &female(66), &name, "MARRIAGE_OR_DIVORCE"));
    rests(&app, &wedding, &[&together, &renamed]);
    revoke(&app, &renamed);
    revoke(&app, &together);
    revoke(&app, &wedding);
}

#[test]
fn nobody_died_before_an_entry_in_which_they_had_a_part() {
    let app = TestApp::new();
    let early = [field("/fields/died_on", LATER)];
    let refused = |who: Value, day: &str, by: &Value| {
        let told = take(&app, "clerk1", &died(&app, who, day));
        assert_eq!(told.fields(), early, "{}", told.text);
        assert!(told.text.contains(&format!("cases/{}", by["id"].as_str().unwrap())), "{}", told.text);
    };
    let case = born(&app, 30, 31);
    refused(female(30), "2026-11-09", &case);
    let mut grown = adoption(&app, "ADOPTION", 32, &person(33), "2026-10-01");
    (grown["parties"][0]["birth_on"], grown["parties"][1]["birth_on"]) = (json!("1960-01-01"), json!("1990-01-01"));
    let adopted = registered(&app, &grown);
    refused(person(33), "2026-09-30", &adopted);
    refused(person(32), "2026-09-30", &adopted);
    let ruling = registered(&app, &guardianship(&app, 34, (Some(35), "DECLARED"), "2026-11-01"));
    refused(person(34), "2026-10-31", &ruling);
    refused(person(35), "2026-10-31", &ruling);
    let name = registered(&app, &renamed(&app, "NAME_GIVEN", &person(36), "測新名", "SPECIAL_REASON"));
    let mut called_since = person(36);
    called_since["name"] = json!("測新名");
    refused(called_since.clone(), "2026-11-22", &name);
    let father = as_party(person(38), "FATHER");
    let acknowledged = registered(&app, &parental(&app, "PARENTAGE", (child(31), father), "ACKNOWLEDGER"));
    refused(person(38), "2026-11-19", &acknowledged);
    // On the day itself everybody may still have done it.
    take(&app, "clerk1", &died(&app, called_since, "2026-11-23")).expect(201);
    take(&app, "clerk1", &died(&app, person(33), "2026-10-01")).expect(201);
    let dead = registered(&app, &died(&app, person(38), "2026-11-20"));
    let day = |day: &str| json!([{"pointer": "/fields/died_on", "value": day}, {"pointer": "/event_on", "value": day}]);
    let back = correct(&app, &dead, day("2026-11-19"));
    back.refused(409, "conflict");
    assert_eq!(back.fields(), [field("/changes/0/value", LATER)]);
}

#[test]
fn papers_and_seals_of_the_deceased_from_after_the_death_are_a_hint() {
    let app = TestApp::new();
    let seal = json!({"kind": "SEAL", "village_code": "10007030-002"});
    registered(&app, &complete(&app, own("SEAL_REGISTER", 42, seal.clone(), &[])));
    let dead = take(&app, "clerk1", &died(&app, person(42), "2026-11-22")).expect(201).clone();
    assert_eq!(dead["register_hints"], json!([{"pointer": "/fields/died_on", "kind": "ACTED_AFTER_DEATH"}]));
    act(&app, "clerk1", &dead, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &dead, "PASS").expect(201);
    let gone = take(&app, "clerk1", &complete(&app, own("SEAL_CANCEL", 42, seal, &[])));
    assert!(gone.fields().contains(&field("/parties/0/national_id", "person_deceased")), "{}", gone.text);
    let fields = json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": true});
    let mut body = complete(&app, own("HC_REISSUE", 41, fields, &[]));
    body["applicant"]["relation"] = json!("HOUSEHOLD_HEAD");
    registered(&app, &body);
    let told = |day: &str| {
        let check = app.post("/v1/cases:check").user("clerk1").json(&died(&app, person(41), day)).send();
        check.expect(200)["register_hints"].clone()
    };
    assert_eq!(told("2026-11-22"), json!([{"pointer": "/fields/died_on", "kind": "ACTED_AFTER_DEATH"}]));
    assert_eq!(told("2026-11-23"), json!([]));
}

#[test]
fn a_seal_stays_under_its_cancellation() {
    let app = TestApp::new();
    let seal = |code: &str| {
        let body = own(code, 45, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]);
        registered(&app, &complete(&app, body))
    };
    let first = seal("SEAL_REGISTER");
    let cancelled = seal("SEAL_CANCEL");
    rests(&app, &first, &[&cancelled]);
    revoke(&app, &cancelled);
    revoke(&app, &first);
}

fn nationality(app: &TestApp, type_code: &str, day: &str) -> Value {
    let permission = json!({"number": "台內戶字第1150123456號", "permitted_on": day});
    let fields = json!({"kind": "NATIONALITY", "nationality": "日本", "permission": permission});
    let mut body = complete(app, own(type_code, 61, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

#[test]
fn the_nationality_is_lost_and_restored_in_turn() {
    let app = TestApp::new();
    let of = |type_code: &str, day: &str| nationality(&app, type_code, day);
    let hints = || {
        let check = app.post("/v1/cases:check").user("clerk1").json(&of("NAT_RESTORE", "2026-11-15")).send();
        check.expect(200)["register_hints"].clone()
    };
    assert_eq!(hints(), json!([{"pointer": "/parties/0", "kind": "LOSS_UNKNOWN"}]));
    let lost = registered(&app, &of("NAT_LOSS", "2026-11-10"));
    assert_eq!(hints(), json!([]));
    let refused = |type_code: &str, day: &str| take(&app, "clerk1", &of(type_code, day)).fields();
    let already = [field("/parties/0/national_id", "already_registered")];
    let later = [field("/fields/permission/permitted_on", LATER)];
    assert_eq!(refused("NAT_LOSS", "2026-11-12"), already);
    assert_eq!(refused("NAT_LOSS", "2026-11-08"), later);
    let restored = registered(&app, &of("NAT_RESTORE", "2026-11-15"));
    assert_eq!(refused("NAT_RESTORE", "2026-11-16"), already);
    assert_eq!(refused("NAT_ACQUIRE", "2026-11-16"), already);
    assert_eq!(refused("NAT_RESTORE", "2026-11-14"), later);
    let day = correct(&app, &lost, json!([{"pointer": "/fields/permission/permitted_on", "value": "2026-11-16"}]));
    day.refused(409, "conflict");
    assert!(day.fields().contains(&field("/changes/0/value", LATER)), "{}", day.text);
    rests(&app, &lost, &[&restored]);
    // With the nationality the household registration was lost: whoever had one moves in before all else (戶籍法 §17).
    let new_name = renamed(&app, "NAME_GIVEN", &person(61), "測新名", "SPECIAL_REASON");
    let early = take(&app, "clerk1", &new_name);
    assert_eq!(early.fields(), [field("/parties/0/national_id", "not_national")], "{}", early.text);
    assert!(early.text.contains("戶籍法 §15、§17"), "{}", early.text);
    let moved = registered(&app, &moving(&app, "MOVE_IN", 61, (TAICHUNG, HEMEI), "2026-11-20"));
    // What is for nationals was registered of one who had the nationality again.
    let renamed = registered(&app, &new_name);
    rests(&app, &restored, &[&moved, &renamed]);
    revoke(&app, &renamed);
    revoke(&app, &moved);
    revoke(&app, &restored);
    revoke(&app, &lost);
    let alone = act(&app, "clerk1", &restored, ":reinstate", &json!({"reason": "誤撤", "office_error": false}));
    alone.refused(409, "conflict");
    assert_eq!(alone.fields(), [field("/status", "not_registered")], "{}", alone.text);
    assert!(alone.text.contains("國籍法 §15"), "{}", alone.text);
}

#[test]
fn a_divorce_is_not_registered_once_its_marriage_is_revoked() {
    let app = TestApp::new();
    let wedding = wed_early(&app, 53, 54);
    let parted = take(&app, "clerk1", &divorce(&app, 53, 54)).expect(201).clone();
    act(&app, "clerk1", &parted, ":submit-for-review", &json!({})).expect(200);
    app.advance(Duration::seconds(1));
    revoke(&app, &wedding);
    let refused = review(&app, "reviewer1", &parted, "PASS");
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "not_registered")], "{}", refused.text);
    assert!(
        refused.text.contains("戶籍法 §34") && refused.text.contains(wedding["number"].as_str().unwrap()),
        "{}",
        refused.text
    );
    reinstate(&app, &wedding).expect(200);
    review(&app, "reviewer1", &parted, "PASS").expect(201);
    // Once it has ended it does not end again, and the register says so.
    let again = take(&app, "clerk1", &divorce(&app, 53, 54));
    assert_eq!(again.fields()[0], field("/parties/0/national_id", "not_married"), "{}", again.text);
    assert!(again.text.contains("已不存續"), "{}", again.text);
}

#[test]
fn an_entry_that_came_to_rest_on_another_meanwhile_is_found_by_whoever_approves() {
    let app = TestApp::new();
    let wedding = wed_early(&app, 51, 52);
    propose_revocation(&app, &wedding).expect(200);
    let divorced = registered(&app, &divorce(&app, 51, 52));
    let approve = || act(&app, "chief1", &wedding, ":approve-change", &json!({}));
    let refused = approve();
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", LATER)]);
    revoke(&app, &divorced);
    approve().expect(200);
}
