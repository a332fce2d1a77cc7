//! What the register knows of life, marriage and descent, and what it refuses because of it.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, registered, review, revoke, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::{adoption, parental};
use crate::status::{facts, person_id};
use crate::support::{TestApp, female, person};
use crate::unnumbered::passport;

const TODAY: &str = "2026-11-23";

/// A death as far as its day is known, found today.
fn death_of(app: &TestApp, number: u32, died_on: &str) -> Value {
    let mut body = death(app, number);
    (body["event_on"], body["fields"]["died_on"]) = (json!(TODAY), json!(died_on));
    body
}

fn seal(app: &TestApp, number: u32) -> Value {
    complete(app, own("SEAL_REGISTER", number, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]))
}

#[test]
fn nothing_new_is_taken_of_the_dead_whichever_day_of_a_range_it_was() {
    let app = TestApp::new();
    let deceased = field("/parties/0/national_id", "person_deceased");
    for (number, died_on) in [(301, "2026-11"), (303, "2026"), (305, TODAY)] {
        let waiting = take(&app, "clerk1", &married(&app, number, number + 1, GROWN)).expect(201).clone();
        act(&app, "clerk1", &waiting, ":submit-for-review", &json!({})).expect(200);
        registered(&app, &death_of(&app, number, died_on));
        assert!(take(&app, "clerk1", &seal(&app, number)).fields().contains(&deceased), "{died_on}");
        assert!(take(&app, "clerk1", &married(&app, number, 310, GROWN)).fields().contains(&deceased), "{died_on}");
        review(&app, "reviewer1", &waiting, "PASS").refused(409, "conflict");
        let known = facts(&app, &person_id(&app, &person(number)));
        let died = known.iter().find(|fact| fact["kind"] == "DEATH").unwrap();
        assert_eq!(died["valid_from"], TODAY, "no later than it was found");
    }
}

#[test]
fn a_death_frees_the_survivor_from_its_registration_on_and_what_was_before_is_mended() {
    let app = TestApp::new();
    let wedding = registered(&app, &married(&app, 321, 322, GROWN));
    registered(&app, &death_of(&app, 321, "2026"));
    registered(&app, &married(&app, 323, 322, GROWN));
    correct(&app, &wedding, json!([{"pointer": "/parties/0/birth_on", "value": "1980-01-02"}])).expect(200);
}

#[test]
fn the_death_of_a_spouse_from_abroad_is_noted_and_ends_the_marriage() {
    let app = TestApp::new();
    let abroad = |role: &str, number: &str| json!({"role": role, "name": "阮文明", "birth_on": "1980-01-01", "identified_by": passport(number)});
    let mut wedding = married(&app, 331, 332, GROWN);
    wedding["parties"][1] = abroad("SPOUSE", "C3310001");
    wedding["papers"].as_array_mut().unwrap().push(json!("SPOUSE_PASSPORT"));
    registered(&app, &wedding);
    let next = married(&app, 331, 333, GROWN);
    assert_eq!(take(&app, "clerk1", &next).fields(), [field("/parties/0/national_id", "already_married")]);
    let noted = |number: &str| {
        let mut body = death_of(&app, 1, TODAY);
        body["parties"][0] = abroad("DECEASED", number);
        body
    };
    let unknown = [field("/parties/0/identified_by", "not_registered")];
    assert_eq!(take(&app, "clerk1", &noted("C3310002")).fields(), unknown, "nobody's spouse or parent");
    registered(&app, &noted("C3310001"));
    registered(&app, &next);
}

#[test]
fn a_court_ends_an_adoption_after_the_adopters_death() {
    let app = TestApp::new();
    let of = |type_code: &str, adopter: u32, day: &str| {
        let mut body = adoption(&app, type_code, 341, &person(adopter), day);
        for (index, born) in ["1960-01-01", "1990-01-01"].into_iter().enumerate() {
            body["parties"][index]["birth_on"] = json!(born);
        }
        body
    };
    registered(&app, &of("ADOPTION", 342, "2026-11-02"));
    registered(&app, &death(&app, 342));
    let taken = [field("/parties/1/national_id", "already_adopted")];
    assert_eq!(take(&app, "clerk1", &of("ADOPTION", 343, TODAY)).fields(), taken);
    let mut end = of("ADOPTION_END", 342, "2026-11-22");
    end["applicant"] = person(341);
    end["applicant"]["relation"] = json!("ADOPTEE");
    registered(&app, &end);
    registered(&app, &of("ADOPTION", 343, TODAY));
}

/// A wedding of when a ceremony sufficed, which stands from its day on.
fn wed_early(app: &TestApp, man: u32, woman: u32, day: &str) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!(day);
    body
}

/// A birth of today by a woman and a man, or by the woman alone.
fn born(mother: u32, father: Option<u32>) -> Value {
    let mut body = birth(mother);
    body["event_on"] = json!(TODAY);
    match father {
        Some(father) => {
            let mut man = person(father);
            (man["role"], man["birth_on"]) = (json!("FATHER"), json!("1980-01-01"));
            body["parties"][1] = man;
        }
        None => {
            body["parties"].as_array_mut().unwrap().pop();
            body["fields"]["surname_from"] = json!("MOTHER");
        }
    }
    body
}

fn acknowledged(app: &TestApp, child: &Value, father: u32) -> Value {
    let mut man = person(father);
    man["role"] = json!("FATHER");
    parental(app, "PARENTAGE", (child.clone(), man), "ACKNOWLEDGER")
}

#[test]
fn nobody_has_two_fathers_unless_the_first_entry_is_taken_back() {
    let app = TestApp::new();
    let child = female(350);
    let first = registered(&app, &acknowledged(&app, &child, 351));
    let second = acknowledged(&app, &child, 352);
    assert_eq!(take(&app, "clerk1", &second).fields(), [field("/parties/1/national_id", "already_has_father")]);
    revoke(&app, &first);
    registered(&app, &second);
    let mut stranger = acknowledged(&app, &female(353), 354);
    stranger["applicant"] = person(355);
    stranger["applicant"]["relation"] = json!("ACKNOWLEDGED");
    assert_eq!(take(&app, "clerk1", &stranger).fields(), [field("/applicant/relation", "party_mismatch")]);
}

#[test]
fn the_mothers_husband_is_presumed_and_a_paper_tells_otherwise() {
    let app = TestApp::new();
    registered(&app, &wed_early(&app, 361, 362, "2005-05-05"));
    let asked = |mother: u32, father: Option<u32>| {
        let body = born(mother, father);
        let case = take(&app, "clerk1", &body).expect(201).clone();
        let hints: Vec<Value> = case["register_hints"].as_array().unwrap().iter().map(|hint| hint["kind"].clone()).collect();
        let missing: Vec<Value> =
            case["missing_papers"].as_array().unwrap().iter().map(|paper| paper["document"].clone()).collect();
        act(&app, "clerk1", &case, ":withdraw", &json!({"reason": "測試"})).expect(200);
        (hints, missing)
    };
    let presumed = (vec![json!("HUSBAND_PRESUMED")], vec![json!("PATERNITY_PROOF")]);
    // Parents who are married agree on the surname.
    assert_eq!(asked(362, Some(361)), (vec![], vec![json!("SURNAME_AGREEMENT")]));
    assert_eq!(asked(362, Some(363)), presumed);
    assert_eq!(asked(362, None), presumed);
    let mut dead = death(&app, 364);
    (dead["event_on"], dead["fields"]["died_on"]) = (json!("2025-01-01"), json!("2025-01-01"));
    registered(&app, &dead);
    assert_eq!(asked(365, Some(364)), (vec![json!("FATHER_DIED_BEFORE")], vec![json!("COURT_RULING")]));
}

#[test]
fn what_cannot_have_been_is_not_registered() {
    let app = TestApp::new();
    registered(&app, &{
        let mut body = death(&app, 1);
        body["parties"][0] = female(371);
        body["parties"][0]["role"] = json!("DECEASED");
        body
    });
    let refused = |body: &Value| take(&app, "clerk1", body).fields();
    let mut orphan = born(371, Some(372));
    orphan["applicant"] = person(372);
    orphan["applicant"]["relation"] = json!("FATHER");
    assert_eq!(refused(&orphan), [field("/parties/0/national_id", "person_deceased")]);
    // A parent does not adopt their own child.
    registered(&app, &acknowledged(&app, &person(373), 374));
    let own_child = adoption(&app, "ADOPTION", 373, &person(374), "2026-11-20");
    assert_eq!(refused(&own_child), [field("/parties/0/national_id", "close_relative")]);
    // The deceased does not tell their own death, nor whoever is not the spouse as the spouse.
    let mut told = death(&app, 375);
    told["applicant"] = person(375);
    told["applicant"]["relation"] = json!("RELATIVE");
    assert_eq!(refused(&told), [field("/applicant/national_id", "same_person")]);
    registered(&app, &married(&app, 376, 377, GROWN));
    let mut claimed = death_of(&app, 376, TODAY);
    claimed["applicant"]["relation"] = json!("SPOUSE");
    assert_eq!(refused(&claimed), [field("/applicant/relation", "party_mismatch")]);
    claimed["applicant"] = female(377);
    claimed["applicant"]["relation"] = json!("SPOUSE");
    registered(&app, &claimed);
    // The dead witness nothing.
    let mut seen = married(&app, 378, 379, GROWN);
    seen["fields"]["witnesses"][1] = female(371);
    assert_eq!(refused(&seen), [field("/fields/witnesses/1/national_id", "person_deceased")]);
    let mut grown = acknowledged(&app, &person(380), 381);
    (grown["type_code"], grown["applicant"]["relation"]) = (json!("PARENTAL_RIGHTS"), json!("PARENT_ONE_OR_BOTH"));
    grown["parties"][0]["birth_on"] = json!("1990-05-04");
    grown["papers"] = json!(crate::cases::papers_of(&app, "PARENTAL_RIGHTS"));
    assert_eq!(refused(&grown), [field("/parties/0/birth_on", "range")]);
}

#[test]
fn a_correction_that_nobody_could_approve_is_refused_when_it_is_proposed() {
    let app = TestApp::new();
    let rename = |old: &str, new: &str| {
        let fields = json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
        let mut body = complete(&app, own("NAME_GIVEN", 391, fields, &[]));
        (body["applicant"]["name"], body["confirm_not_duplicate"]) = (json!(old), json!(true));
        body["parties"][0]["name"] = json!(old);
        registered(&app, &body)
    };
    let first = rename("測試丙壬甲", "測試一");
    app.advance(Duration::seconds(1));
    rename("測試一", "測試二");
    let propose = |case: &Value, pointer: &str, value: &str| {
        let body = json!({"changes": [{"pointer": pointer, "value": value}], "reason": "依證明更正", "office_error": false});
        act(&app, "clerk1", case, ":correct", &body)
    };
    // What a later change took for the name of before is what its papers showed.
    propose(&first, "/fields/new_name", "測試三").expect(200);
    let corrected = act(&app, "chief1", &first, ":approve-change", &json!({}));
    assert_eq!(corrected.expect(200)["parties"][0]["today"]["name"], "測○二");
    revoke(&app, &first);
    // A marriage does not begin after its own end, nor a child's life after its death.
    let wedding = registered(&app, &wed_early(&app, 392, 393, "2000-05-05"));
    let mut divorce = wed_early(&app, 392, 393, "2004-06-06");
    divorce["type_code"] = json!("DIVORCE_COURT");
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "93 年度婚字第 1 號", "final_on": "2004-06-06"});
    divorce["applicant"]["relation"] = json!("ONE_PARTY");
    registered(&app, &complete(&app, divorce));
    let late = propose(&wedding, "/event_on", "2006-01-01");
    late.refused(409, "conflict");
    assert!(late.fields().contains(&field("/changes/0/value", "later_entry")), "{}", late.text);
    let mut child = birth(394);
    child["fields"]["national_id"] = female(395)["national_id"].clone();
    let child = registered(&app, &child);
    let mut dead = death(&app, 1);
    (dead["event_on"], dead["fields"]["died_on"]) = (json!("2026-11-12"), json!("2026-11-12"));
    dead["parties"][0] = json!({"role": "DECEASED", "name": "測小安", "national_id": female(395)["national_id"]});
    registered(&app, &dead);
    let late = propose(&child, "/event_on", "2026-11-13");
    late.refused(409, "conflict");
    assert_eq!(late.fields(), [field("/changes/0/value", "later_entry")]);
}
