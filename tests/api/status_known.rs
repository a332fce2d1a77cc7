//! What the register knows of life, marriage and descent, and what it refuses because of it.

use serde_json::{Value, json};

use crate::cases::{act, correct, own, registered, review, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::adoption;
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
    let abroad = |role: &str, number: &str| {
        json!({"role": role, "name": "阮文明", "birth_on": "1980-01-01", "identified_by": passport(number)})
    };
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
