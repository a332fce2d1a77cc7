//! Who acts in the matters of the dead: nobody represents them, and whoever has an interest applies for themselves (民法 §6, §550;
//! 戶籍法 §45, §46).

use serde_json::{Value, json};

use crate::capacity::{ruling, with};
use crate::cases::{act, own, papers_of, registered, review, revoke, take};
use crate::certificates::apply;
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::{as_applicant, as_party};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};

const REPRESENTATIVE: &str = "LEGAL_REPRESENTATIVE";

fn deceased() -> Vec<(String, String)> {
    vec![field("/applicant/relation", "person_deceased")]
}

fn whole(by: u32, paper: Option<&str>) -> Value {
    let mut body = crate::capacity::certificate(&person(1), &person(by), REPRESENTATIVE);
    body["scope"] = json!("WHOLE");
    if let Some(kind) = paper {
        body["representative_paper"] = json!({"kind": kind, "number": "115 年度監宣字第 1 號"});
    }
    body
}

fn common(app: &TestApp, type_code: &str, who: u32, by: (u32, &str)) -> Value {
    let mut body = complete(app, own(type_code, who, json!({"kind": "COMMON", "matter": "申請"}), &[]));
    (body["applicant"], body["confirm_not_duplicate"]) = (as_applicant(person(by.0), by.1), json!(true));
    body
}

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").json(body).send()
}

fn asks_for_interest(app: &TestApp, body: &Value) -> bool {
    let told = check(app, body).expect(200)["missing_papers"].clone();
    told.as_array().unwrap().iter().any(|paper| paper["document"] == "INTEREST_PROOF")
}

fn with_interest(mut body: Value) -> Value {
    body["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
    body
}

#[test]
fn nobody_represents_the_dead_by_the_register_or_by_a_paper() {
    let app = TestApp::new();
    registered(&app, &ruling(&app, "GUARDIANSHIP", (1, 2)));
    apply(&app, "clerk1", &whole(2, None)).expect(201);
    registered(&app, &death(&app, 1));
    for (by, paper) in [(2, None), (2, Some("GUARDIAN_PROOF")), (3, Some("COURT_RULING"))] {
        let refused = apply(&app, "clerk1", &whole(by, paper));
        assert_eq!(refused.fields(), deceased(), "{by} {paper:?}: {}", refused.text);
    }
    for type_code in ["CERT_MARRIAGE", "OTHER_LAW", "RECORD_COPY", "RECORD_VIEW"] {
        let told = check(&app, &common(&app, type_code, 1, (2, REPRESENTATIVE))).fields();
        assert!(told.contains(&deceased()[0]), "{type_code}: {told:?}");
    }
}

#[test]
fn what_a_guardian_asked_for_is_given_to_nobody_once_the_ward_has_died() {
    let app = TestApp::new();
    registered(&app, &ruling(&app, "GUARDIANSHIP", (1, 2)));
    let submitted = || {
        let case = take(&app, "clerk1", &common(&app, "RECORD_VIEW", 1, (2, REPRESENTATIVE))).expect(201).clone();
        act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
        case
    };
    let (first, second) = (submitted(), submitted());
    review(&app, "reviewer1", &first, "PASS").expect(201);
    registered(&app, &death(&app, 1));
    review(&app, "reviewer1", &second, "PASS").refused(409, "conflict");
}

#[test]
fn of_the_dead_an_interested_person_and_the_original_applicant_have_what_is_wrong_corrected() {
    let app = TestApp::new();
    registered(&app, &death(&app, 5));
    for type_code in ["BIRTHDATE_CORRECTION", "OTHER_LAW"] {
        let by = |relation: &str| {
            let mut body = common(&app, type_code, 5, (6, relation));
            body["parties"][0]["birth_on"] = json!("1950-01-02");
            body
        };
        let interested = by("INTERESTED_PERSON");
        assert!(asks_for_interest(&app, &interested), "{type_code}");
        registered(&app, &with_interest(interested));
        let original = by("ORIGINAL_APPLICANT");
        assert!(!asks_for_interest(&app, &original), "{type_code}");
        take(&app, "clerk1", &original).expect(201);
    }
}

#[test]
fn a_death_is_told_by_an_interested_person_where_nobody_of_the_family_lives() {
    let app = TestApp::new();
    let died = |number: u32| {
        let mut body = death(&app, number);
        body["applicant"] = as_applicant(person(12), "INTERESTED_PERSON");
        body
    };
    assert!(asks_for_interest(&app, &died(11)));
    registered(&app, &with_interest(died(11)));
    registered(&app, &married(&app, 13, 14, GROWN));
    let mut widowed = with_interest(with(died(13), "event_on", "2026-11-23"));
    widowed["fields"]["died_on"] = json!("2026-11-23");
    let refused = take(&app, "clerk1", &widowed);
    assert_eq!(refused.fields(), [field("/applicant/relation", "not_allowed")], "{}", refused.text);
    assert!(refused.text.contains("戶籍法 §45"), "{}", refused.text);
    widowed["applicant"] = as_applicant(female(14), "SPOUSE");
    registered(&app, &widowed);
}

#[test]
fn an_heir_enters_the_divorce_of_two_who_have_died_since() {
    let app = TestApp::new();
    let mut wedding = married(&app, 15, 16, GROWN);
    wedding["event_on"] = json!("2005-05-05");
    registered(&app, &wedding);
    let mut divorce = wedding.clone();
    (divorce["type_code"], divorce["papers"]) = (json!("DIVORCE_COURT"), json!(papers_of(&app, "DIVORCE_COURT")));
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-10"});
    (divorce["event_on"], divorce["applicant"]) = (json!("2026-11-10"), as_applicant(person(17), "INTERESTED_PERSON"));
    let divorce = with_interest(divorce);
    let refused = [field("/applicant/relation", "not_allowed")];
    assert_eq!(take(&app, "clerk1", &divorce).fields(), refused, "both live");
    registered(&app, &death(&app, 15));
    assert_eq!(take(&app, "clerk1", &divorce).fields(), refused, "she does");
    let mut hers = death(&app, 1);
    hers["parties"] = json!([as_party(female(16), "DECEASED")]);
    registered(&app, &hers);
    registered(&app, &divorce);
}

#[test]
fn a_marriage_that_death_has_ended_tells_until_when_it_held_in_the_facts_of_both() {
    let app = TestApp::new();
    let mut wedding = married(&app, 21, 22, GROWN);
    wedding["event_on"] = json!("2005-05-05");
    registered(&app, &wedding);
    let shown = |who: &Value| {
        let all = facts(&app, &person_id(&app, who));
        let marriage = all.iter().find(|fact| fact["kind"] == "MARRIAGE").unwrap();
        (marriage["is_todays"].clone(), marriage.get("valid_to").cloned())
    };
    assert_eq!(shown(&female(22)), (json!(true), None));
    let dead = registered(&app, &death(&app, 21));
    let ended = (json!(false), Some(json!("2026-11-20")));
    assert_eq!((shown(&person(21)), shown(&female(22))), (ended.clone(), ended));
    revoke(&app, &dead);
    assert_eq!(shown(&female(22)), (json!(true), None));
}
