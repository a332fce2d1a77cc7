//! Kin do not marry, adopt or acknowledge each other, as far as the register tells who is whose kin.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, at, correct, registered, revoke, take};
use crate::known::{GROWN, death, field, married};
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_party, guardianship, parental};
use crate::status::person_id;
use crate::support::{TestApp, female, person};

const CLOSE: &str = "close_relative";
/// Days of birth of two who could be parent and child.
const OLD: (&str, &str) = ("1950-01-01", "1981-01-01");

/// Registers that a man is somebody's father.
fn father_of(app: &TestApp, child: &Value, father: u32) -> Value {
    let man = as_party(person(father), "FATHER");
    registered(app, &parental(app, "PARENTAGE", (child.clone(), man), "ACKNOWLEDGER"))
}

/// An adoption of grown people, of whom nobody asks how old they are.
fn adopted(app: &TestApp, child: &Value, adopter: &Value) -> Value {
    let mut body = adoption(app, "ADOPTION", 1, adopter, "2026-11-02");
    body["parties"] = json!([as_party(adopter.clone(), "ADOPTER"), as_party(child.clone(), "ADOPTEE")]);
    body
}

fn marry(app: &TestApp, man: u32, woman: u32) -> Vec<(String, String)> {
    take(app, "clerk1", &married(app, man, woman, GROWN)).fields()
}

fn divorced(app: &TestApp, man: u32, woman: u32, births: (&str, &str)) -> Value {
    let mut body = married(app, man, woman, births);
    (body["type_code"], body["papers"]) = (json!("DIVORCE_AGREED"), json!(crate::cases::papers_of(app, "DIVORCE_AGREED")));
    let witnesses = body["fields"]["witnesses"].clone();
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": witnesses});
    registered(app, &body)
}

/// Whether a paper is missing.
pub fn asks(case: &Value, paper: &str) -> bool {
    case["missing_papers"].as_array().unwrap().iter().any(|one| one["document"] == paper)
}

#[test]
fn relatives_by_blood_do_not_marry() {
    let app = TestApp::new();
    let barred = [field("/parties/1/national_id", CLOSE)];
    // 1 is the father of 2 and 3, 3 of 4 and 2 of 5: siblings, uncle and niece, cousins, grandfather and granddaughter.
    for child in [person(2), female(3), person(6)] {
        father_of(&app, &child, 1);
    }
    father_of(&app, &female(5), 2);
    father_of(&app, &person(7), 6);
    for (man, woman) in [(2, 3), (1, 5), (6, 5), (7, 5)] {
        assert_eq!(marry(&app, man, woman), barred, "{man} and {woman}");
    }
    let text = take(&app, "clerk1", &married(&app, 2, 3, GROWN)).text;
    assert!(text.contains("民法 §983"), "{text}");
    take(&app, "clerk1", &married(&app, 7, 8, GROWN)).expect(201);
    // A sibling's other parent is no relative.
    let mother = as_party(female(9), "MOTHER");
    registered(&app, &parental(&app, "PARENTAGE", (person(7), mother), "ACKNOWLEDGER"));
    take(&app, "clerk1", &married(&app, 2, 9, GROWN)).expect(201);
}

#[test]
fn whoever_is_kin_by_adoption_marries_from_the_fourth_degree_on_and_never_in_the_direct_line() {
    let app = TestApp::new();
    let barred = [field("/parties/1/national_id", CLOSE)];
    father_of(&app, &person(12), 11);
    father_of(&app, &female(13), 12);
    let adoption = registered(&app, &adopted(&app, &person(14), &person(11)));
    // 14 is 12's sibling by adoption and 13's uncle; 15 the cousin of 13.
    assert_eq!(marry(&app, 14, 13), barred);
    father_of(&app, &person(15), 14);
    take(&app, "clerk1", &married(&app, 15, 13, GROWN)).expect(201);
    registered(&app, &adopted(&app, &female(16), &person(17)));
    let mut end = adopted(&app, &female(16), &person(17));
    (end["type_code"], end["papers"]) = (json!("ADOPTION_END"), json!(crate::cases::papers_of(&app, "ADOPTION_END")));
    (end["event_on"], end["fields"]["final_on"]) = (json!("2026-11-10"), json!("2026-11-10"));
    registered(&app, &end);
    assert_eq!(marry(&app, 17, 16), barred, "an adoption that has ended bars it as well");
    revoke(&app, &adoption);
    take(&app, "clerk1", &married(&app, 14, 13, GROWN)).expect(201);
}

#[test]
fn in_laws_of_the_direct_line_do_not_marry_even_after_a_divorce() {
    let app = TestApp::new();
    let barred = [field("/parties/1/national_id", CLOSE)];
    let mother = as_party(female(21), "MOTHER");
    registered(&app, &parental(&app, "PARENTAGE", (female(22), mother.clone()), "ACKNOWLEDGER"));
    registered(&app, &parental(&app, "PARENTAGE", (female(23), mother), "ACKNOWLEDGER"));
    registered(&app, &married(&app, 24, 21, GROWN));
    divorced(&app, 24, 21, GROWN);
    assert_eq!(marry(&app, 24, 22), barred, "a stepdaughter");
    // Those beside the direct line, such as a wife's niece, are in-laws as long as the marriage stands or a death has ended it.
    let mother = as_party(female(23), "MOTHER");
    registered(&app, &parental(&app, "PARENTAGE", (female(26), mother), "ACKNOWLEDGER"));
    registered(&app, &married(&app, 25, 22, GROWN));
    divorced(&app, 25, 22, GROWN);
    take(&app, "clerk1", &married(&app, 25, 26, GROWN)).expect(201);
    registered(&app, &married(&app, 27, 22, GROWN));
    let mut dead = death(&app, 1);
    dead["parties"] = json!([as_party(female(22), "DECEASED")]);
    for day in ["/event_on", "/fields/died_on"] {
        *dead.pointer_mut(day).unwrap() = json!("2026-11-23");
    }
    registered(&app, &dead);
    assert_eq!(marry(&app, 27, 26), barred, "the niece of the wife who has died");
    take(&app, "clerk1", &married(&app, 24, 21, GROWN)).expect(201);
    assert_eq!(marry(&app, 25, 21), barred, "the mother of the former wife");
}

#[test]
fn a_guardian_marries_the_ward_with_the_consent_of_the_wards_parents() {
    let app = TestApp::new();
    let mut ruling = guardianship(&app, 1, (Some(31), "DECLARED"), "2026-11-01");
    ruling["parties"][0] = as_party(female(32), "SUBJECT");
    registered(&app, &ruling);
    let mut body = married(&app, 31, 32, GROWN);
    let missing = |body: &Value| {
        let case = take(&app, "clerk1", body).expect(201).clone();
        case["missing_papers"].as_array().unwrap().iter().map(|paper| paper["document"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(missing(&body), ["UNDERSTANDING_PROOF", "PARENTS_CONSENT"]);
    body["papers"].as_array_mut().unwrap().extend([json!("UNDERSTANDING_PROOF"), json!("PARENTS_CONSENT")]);
    registered(&app, &body);
}

#[test]
fn kin_are_adopted_as_children_of_their_generation_alone() {
    let app = TestApp::new();
    let refused = |child: &Value, adopter: &Value| take(&app, "clerk1", &adopted(&app, child, adopter)).fields();
    let barred = [field("/parties/0/national_id", CLOSE)];
    father_of(&app, &person(42), 41);
    father_of(&app, &person(43), 41);
    father_of(&app, &person(44), 42);
    assert_eq!(refused(&person(44), &person(41)), barred, "a grandfather");
    assert_eq!(refused(&person(41), &person(44)), barred, "a grandchild");
    assert_eq!(refused(&person(43), &person(42)), barred, "a sibling");
    assert_eq!(refused(&person(42), &person(44)), barred, "the father");
    take(&app, "clerk1", &adopted(&app, &person(44), &person(43))).expect(201);
    let wed = |man: u32, woman: u32, births: (&str, &str)| {
        let mut early = married(&app, man, woman, births);
        early["event_on"] = json!("2005-05-05");
        registered(&app, &early);
    };
    wed(42, 45, OLD);
    assert_eq!(refused(&female(45), &person(42)), barred, "one's wife");
    assert_eq!(refused(&female(45), &person(41)), barred, "the son's wife");
    // The spouse's child is adopted.
    take(&app, "clerk1", &adopted(&app, &person(44), &female(45))).expect(201);
    // Nor do spouses become siblings.
    wed(46, 47, GROWN);
    registered(&app, &adopted(&app, &person(46), &person(48)));
    assert_eq!(refused(&female(47), &person(48)), barred, "the adopted son's wife");
}

#[test]
fn nobody_adopts_whom_they_are_married_to_whichever_was_first() {
    let app = TestApp::new();
    let barred = [field("/parties/0/national_id", CLOSE)];
    registered(&app, &married(&app, 81, 82, OLD));
    assert_eq!(take(&app, "clerk1", &adopted(&app, &female(82), &person(81))).fields(), barred, "as of before the wedding");
    let adoption = registered(&app, &adopted(&app, &female(84), &person(83)));
    revoke(&app, &adoption);
    registered(&app, &married(&app, 83, 84, OLD));
    let restored = reinstate(&app, &adoption);
    assert_eq!(restored.refused(409, "conflict")["errors"][0]["code"], CLOSE);
    // Who were married to each other before are free to.
    let mut early = married(&app, 85, 86, OLD);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    let mut end = early.clone();
    (end["type_code"], end["papers"]) = (json!("DIVORCE_COURT"), json!(crate::cases::papers_of(&app, "DIVORCE_COURT")));
    end["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-10-20"});
    (end["event_on"], end["applicant"]["relation"]) = (json!("2026-10-20"), json!("ONE_PARTY"));
    registered(&app, &end);
    take(&app, "clerk1", &adopted(&app, &female(86), &person(85))).expect(201);
}

#[test]
fn a_clerk_is_told_of_spouses_whom_an_acknowledgment_makes_kin() {
    let app = TestApp::new();
    let acknowledgment = |child: &Value, father: u32| {
        let man = as_party(person(father), "FATHER");
        parental(&app, "PARENTAGE", (child.clone(), man), "ACKNOWLEDGER")
    };
    let hints = |body: &Value| app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200)["register_hints"].clone();
    father_of(&app, &person(91), 90);
    registered(&app, &married(&app, 91, 92, GROWN));
    assert_eq!(hints(&acknowledgment(&female(92), 93)), json!([]));
    let siblings = acknowledgment(&female(92), 90);
    let told = hints(&siblings);
    assert_eq!((&told[0]["pointer"], &told[0]["kind"]), (&json!("/parties/1"), &json!("SPOUSES_BECOME_KIN")));
    assert_eq!(told[0]["person_ids"].as_array().unwrap().len(), 2);
    // It states a fact: nobody is refused, and the reviewer sees it as well.
    let case = take(&app, "clerk1", &siblings).expect(201).clone();
    let seen = app.get(&at(&case, "")).user("reviewer1").send().expect(200)["register_hints"].clone();
    assert_eq!(seen, told);
    registered(&app, &siblings);
    // Whoever was married to the father before is an in-law of his son.
    registered(&app, &married(&app, 95, 96, OLD));
    divorced(&app, 95, 96, OLD);
    registered(&app, &married(&app, 97, 96, GROWN));
    assert_eq!(hints(&acknowledgment(&person(97), 95))[0]["kind"], "SPOUSES_BECOME_KIN");
}

#[test]
fn nobody_is_the_child_of_their_spouse_or_descendant_or_twice_of_one_father() {
    let app = TestApp::new();
    let acknowledge = |child: &Value, father: u32| {
        let man = as_party(person(father), "FATHER");
        take(&app, "clerk1", &parental(&app, "PARENTAGE", (child.clone(), man), "ACKNOWLEDGER")).fields()
    };
    let barred = [field("/parties/1/national_id", CLOSE)];
    registered(&app, &married(&app, 51, 52, OLD));
    assert_eq!(acknowledge(&female(52), 51), barred);
    father_of(&app, &person(53), 54);
    assert_eq!(acknowledge(&person(54), 53), barred);
    father_of(&app, &person(55), 53);
    assert_eq!(acknowledge(&person(54), 55), barred, "no circle");
    assert_eq!(acknowledge(&person(53), 54), [field("/parties/1/national_id", "already_registered")]);
}

#[test]
fn a_change_that_would_let_two_adoptions_stand_is_shown_first() {
    let app = TestApp::new();
    let of = |type_code: &str, adopter: u32, day: &str| adoption(&app, type_code, 61, &person(adopter), day);
    registered(&app, &of("ADOPTION", 62, "2026-10-01"));
    let end = registered(&app, &of("ADOPTION_END", 62, "2026-11-01"));
    let second = registered(&app, &of("ADOPTION", 63, "2026-11-10"));
    let moved = json!([
        {"pointer": "/event_on", "value": "2026-11-15"}, {"pointer": "/fields/final_on", "value": "2026-11-15"}
    ]);
    let shown = correct(&app, &end, moved);
    let contradiction = shown.refused(409, "register_contradicts")["contradictions"][0].clone();
    assert_eq!((&contradiction["kind"], &contradiction["later_case_id"]), (&json!("ADOPTION"), &second["id"]));
    act(&app, "clerk1", &end, ":withdraw-change", &json!({"reason": "重新查核"})).expect(200);
    act(&app, "clerk1", &end, ":revoke", &json!({"reason": "終止無效", "office_error": false})).expect(200);
    let approve = |body: Value| act(&app, "chief1", &end, ":approve-change", &body);
    approve(json!({})).refused(409, "register_contradicts");
    let later = approve(json!({"confirm_contradictions": "LATER"}));
    assert_eq!(later.fields(), [field("/confirm_contradictions", "not_allowed")], "there is no good faith in it");
    approve(json!({"confirm_contradictions": "EARLIER"})).expect(200);
    assert_eq!(app.get(&at(&second, "")).user("clerk1").send().expect(200)["status"], "REVOKED");
}

#[test]
fn a_marriage_by_which_two_adopted_one_child_is_not_taken_back_unseen() {
    let app = TestApp::new();
    let mut early = married(&app, 65, 66, GROWN);
    early["event_on"] = json!("2005-05-05");
    let wedding = registered(&app, &early);
    registered(&app, &adoption(&app, "ADOPTION", 67, &person(65), "2026-10-01"));
    let mut second = adoption(&app, "ADOPTION", 67, &female(66), "2026-11-01");
    second["parties"][0]["birth_on"] = json!(GROWN.1);
    let second = registered(&app, &second);
    act(&app, "clerk1", &wedding, ":revoke", &json!({"reason": "婚姻無效", "office_error": false})).expect(200);
    let shown = act(&app, "chief1", &wedding, ":approve-change", &json!({}));
    assert_eq!(shown.refused(409, "register_contradicts")["contradictions"][0]["later_case_id"], second["id"]);
}

#[test]
fn two_adopt_as_spouses_alone_and_what_ends_is_an_adoption_that_stands() {
    let app = TestApp::new();
    let together = |one: &Value, other: &Value| {
        let mut body = adopted(&app, &person(71), one);
        body["parties"].as_array_mut().unwrap().push(as_party(other.clone(), "ADOPTER"));
        body
    };
    let wed = |man: u32, woman: u32| {
        let mut body = married(&app, man, woman, GROWN);
        body["event_on"] = json!("2005-05-05");
        registered(&app, &body)
    };
    let asked = take(&app, "clerk1", &together(&person(72), &female(73))).expect(201).clone();
    assert!(asks(&asked, "RELATION_PROOF"), "the register knows no marriage of either");
    wed(72, 74);
    let refused = take(&app, "clerk1", &together(&person(72), &female(73)));
    assert_eq!(refused.fields(), [field("/parties/2/national_id", "not_married")]);
    registered(&app, &together(&person(72), &female(74)));
    let ended = |adopter: u32, day: &str| take(&app, "clerk1", &adoption(&app, "ADOPTION_END", 71, &person(adopter), day));
    let unfounded = [field("/parties/0/national_id", "not_adopted")];
    assert_eq!(ended(75, "2026-11-10").fields(), unfounded, "whose adopters are others");
    assert!(asks(ended(72, "2026-11-01").expect(201), "RELATION_PROOF"), "of one before it a paper tells");
    ended(72, "2026-11-10").expect(201);
    // Of somebody of whom the register knows no adoption a paper tells.
    let unknown = take(&app, "clerk1", &adoption(&app, "ADOPTION_END", 76, &person(77), "2026-11-10")).expect(201).clone();
    assert!(asks(&unknown, "RELATION_PROOF"));
}

#[test]
fn a_divorce_stays_under_the_adoption_of_the_one_by_the_other_and_its_revocation_tells_of_spouses_who_became_kin() {
    let app = TestApp::new();
    registered(&app, &married(&app, 81, 82, OLD));
    let divorce = divorced(&app, 81, 82, OLD);
    app.advance(Duration::days(1));
    let mut body = adopted(&app, &female(82), &person(81));
    (body["event_on"], body["fields"]["final_on"]) = (json!("2026-11-24"), json!("2026-11-24"));
    let adoption = registered(&app, &body);
    let proposed = || act(&app, "clerk1", &divorce, ":revoke", &json!({"reason": "離婚無效", "office_error": false}));
    let refused = proposed();
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "later_entry")], "{}", refused.text);
    assert!(refused.text.contains(&format!("cases/{}", adoption["id"].as_str().unwrap())), "{}", refused.text);
    revoke(&app, &adoption);
    // A father whom they turn out to have in common makes the marriage void, and whoever decides sees it.
    for child in [person(81), female(82)] {
        father_of(&app, &child, 83);
    }
    let told = proposed().expect(200)["register_hints"].clone();
    let mut people = [person(81), female(82)].map(|who| person_id(&app, &who));
    people.sort();
    assert_eq!(told, json!([{"pointer": "/status", "kind": "SPOUSES_BECOME_KIN", "person_ids": people}]));
}
