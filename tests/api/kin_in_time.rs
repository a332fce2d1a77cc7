//! A marriage or an adoption is lawful by the ties of its own day: in whatever order these are entered, with their ends, the register says
//! the same of it.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{correct, registered, revoke, take};
use crate::kinship::asks;
use crate::known::{GROWN, field, married};
use crate::records::{join, known};
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_party, guardianship, parental, revoked_ruling};
use crate::status::person_id;
use crate::support::{TestApp, female, person};
use crate::what_comes_back::all_papers;

const CLOSE: &str = "close_relative";
/// Days of birth of two who marry each other.
const BIRTHS: (&str, &str) = ("1950-01-01", "1970-01-01");

/// A wedding of when a ceremony sufficed.
fn wedding(app: &TestApp, (man, woman): (u32, u32), births: (&str, &str), day: &str) -> Value {
    let mut body = married(app, man, woman, births);
    body["event_on"] = json!(day);
    body
}

/// A court's divorce.
fn divorce(app: &TestApp, pair: (u32, u32), births: (&str, &str), day: &str) -> Value {
    let mut body = wedding(app, pair, births, day);
    (body["type_code"], body["applicant"]["relation"]) = (json!("DIVORCE_COURT"), json!("ONE_PARTY"));
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "99 年度婚字第 1 號", "final_on": day});
    body["papers"] = all_papers(app, "DIVORCE_COURT");
    body
}

/// An adoption of grown people, or its end.
fn adopts(app: &TestApp, type_code: &str, (adopter, child): (&Value, &Value), day: &str) -> Value {
    let mut body = adoption(app, type_code, 1, adopter, day);
    body["parties"] = json!([as_party(adopter.clone(), "ADOPTER"), as_party(child.clone(), "ADOPTEE")]);
    body
}

fn child_of(app: &TestApp, child: &Value, parent: &Value, role: &str) -> Value {
    parental(app, "PARENTAGE", (child.clone(), as_party(parent.clone(), role)), "ACKNOWLEDGER")
}

/// All orders of so many entries in which each of these pairs stays in its own.
fn orders(of: usize, fixed: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..of {
        let longer = all.iter().flat_map(|order| {
            let others = (0..of).filter(|next| !order.contains(next));
            others.map(|next| [order.as_slice(), &[next]].concat()).collect::<Vec<_>>()
        });
        all = longer.collect();
    }
    let at = |order: &[usize], entry: usize| order.iter().position(|one| *one == entry);
    all.retain(|order| fixed.iter().all(|(first, second)| at(order, *first) < at(order, *second)));
    all
}

fn enter(app: &TestApp, body: &Value) -> Value {
    app.advance(Duration::seconds(1));
    registered(app, body)
}

/// Enters what happened in an order: whether one entry was refused since it ties kin, or told what it makes void.
fn is_told(app: &TestApp, happened: &[Value], order: &[usize]) -> bool {
    let mut is_void = false;
    for entry in order.iter().map(|entry| &happened[*entry]) {
        let checked = app.post("/v1/cases:check").user("clerk1").json(entry).send();
        if checked.text.contains(CLOSE) {
            return true;
        }
        let hints = checked.expect(200)["register_hints"].as_array().unwrap().clone();
        is_void |= hints.iter().any(|hint| hint["kind"] == "SPOUSES_BECOME_KIN" || hint["kind"] == "ADOPTION_VOID");
        enter(app, entry);
    }
    is_void
}

#[test]
fn siblings_by_an_adoption_that_stood_on_the_day_are_not_married_in_whatever_order_it_is_entered() {
    let app = TestApp::new();
    for (n, order) in orders(4, &[(1, 2)]).iter().enumerate() {
        let base = 100 + 10 * u32::try_from(n).unwrap();
        let (father, man, woman) = (person(base), person(base + 1), female(base + 2));
        let happened = [
            child_of(&app, &man, &father, "FATHER"),
            adopts(&app, "ADOPTION", (&father, &woman), "2003-03-03"),
            adopts(&app, "ADOPTION_END", (&father, &woman), "2010-03-03"),
            wedding(&app, (base + 1, base + 2), GROWN, "2006-06-06"),
        ];
        assert!(is_told(&app, &happened, order), "{order:?}");
    }
}

#[test]
fn a_spouses_sister_is_not_adopted_before_the_divorce_in_whatever_order_it_is_entered() {
    let app = TestApp::new();
    for (n, order) in orders(3, &[(0, 1)]).iter().enumerate() {
        let base = 100 + 10 * u32::try_from(n).unwrap();
        for sister in [base + 1, base + 2] {
            enter(&app, &child_of(&app, &female(sister), &female(base + 3), "MOTHER"));
        }
        let happened = [
            wedding(&app, (base, base + 1), BIRTHS, "2000-01-01"),
            divorce(&app, (base, base + 1), BIRTHS, "2010-01-01"),
            adopts(&app, "ADOPTION", (&person(base), &female(base + 2)), "2005-03-03"),
        ];
        assert!(is_told(&app, &happened, order), "{order:?}");
    }
    // An adoption that is made void by a marriage of before it is told by whom it is.
    let happened = wedding(&app, (201, 202), BIRTHS, "2000-01-01");
    for sister in [202, 203] {
        enter(&app, &child_of(&app, &female(sister), &female(204), "MOTHER"));
    }
    enter(&app, &adopts(&app, "ADOPTION", (&person(201), &female(203)), "2005-03-03"));
    let told = app.post("/v1/cases:check").user("clerk1").json(&happened).send().expect(200)["register_hints"].clone();
    let mut people = [person(201), female(203)].map(|who| person_id(&app, &who));
    people.sort();
    assert_eq!(told, json!([{"pointer": "/parties/1", "kind": "ADOPTION_VOID", "person_ids": people}]));
}

#[test]
fn whoever_marries_the_adopted_childs_sister_later_has_adopted_lawfully() {
    let app = TestApp::new();
    for (n, order) in orders(2, &[]).iter().enumerate() {
        let base = 100 + 10 * u32::try_from(n).unwrap();
        enter(&app, &child_of(&app, &person(base + 1), &person(base + 3), "FATHER"));
        enter(&app, &child_of(&app, &female(base + 2), &person(base + 3), "FATHER"));
        let happened = [
            adopts(&app, "ADOPTION", (&person(base), &person(base + 1)), "2003-03-03"),
            wedding(&app, (base, base + 2), BIRTHS, "2006-06-06"),
        ];
        assert!(!is_told(&app, &happened, order), "{order:?}");
    }
}

#[test]
fn an_adoption_that_was_lawful_is_corrected_restored_and_joined_after_a_later_marriage() {
    let app = TestApp::new();
    for (child, role) in [(person(102), "FATHER"), (female(103), "FATHER")] {
        enter(&app, &child_of(&app, &child, &person(104), role));
    }
    let adoption = enter(&app, &adopts(&app, "ADOPTION", (&person(101), &person(102)), "2003-03-03"));
    enter(&app, &wedding(&app, (101, 103), BIRTHS, "2006-06-06"));
    let ruling = json!([{"pointer": "/fields/court_ruling", "value": "彰化地方法院 92 年度養聲字第 9 號"}]);
    correct(&app, &adoption, ruling).expect(200);
    let day = ["/event_on", "/fields/final_on"].map(|pointer| json!({"pointer": pointer, "value": "2003-03-04"}));
    correct(&app, &adoption, json!(day)).expect(200);
    revoke(&app, &adoption);
    reinstate(&app, &adoption).expect(200);
    let (other, sister) = (known(&app, 105), person_id(&app, &female(103)));
    join(&app, &other, &sister).expect(200);
}

#[test]
fn a_marriage_stays_lawful_whoever_adopts_the_former_wife_after_the_divorce() {
    let app = TestApp::new();
    // The divorce is told no later than what is lawful by it.
    for (n, order) in orders(3, &[]).iter().filter(|order| order[2] != 1).enumerate() {
        let base = 100 + 10 * u32::try_from(n).unwrap();
        enter(&app, &child_of(&app, &person(base + 1), &person(base), "FATHER"));
        let pair = (base + 1, base + 2);
        let happened = [
            wedding(&app, pair, GROWN, "2006-06-06"),
            divorce(&app, pair, GROWN, "2012-12-12"),
            adopts(&app, "ADOPTION", (&person(base), &female(base + 2)), "2018-08-08"),
        ];
        assert!(!is_told(&app, &happened, order), "{order:?}");
    }
    enter(&app, &child_of(&app, &person(201), &person(200), "FATHER"));
    let wedding = enter(&app, &wedding(&app, (201, 202), GROWN, "2006-06-06"));
    let divorce = enter(&app, &divorce(&app, (201, 202), GROWN, "2012-12-12"));
    enter(&app, &adopts(&app, "ADOPTION", (&person(200), &female(202)), "2018-08-08"));
    correct(&app, &wedding, json!([{"pointer": "/event_on", "value": "2006-06-07"}])).expect(200);
    revoke(&app, &divorce);
    revoke(&app, &wedding);
    reinstate(&app, &wedding).expect(200);
    reinstate(&app, &divorce).expect(200);
}

#[test]
fn nobody_is_an_in_law_by_an_adoption_that_had_ended_before_the_marriage() {
    let app = TestApp::new();
    // The end is told no later than what is lawful by it.
    for (n, order) in orders(3, &[]).iter().filter(|order| order[2] != 1).enumerate() {
        let base = 100 + 10 * u32::try_from(n).unwrap();
        let (pair, births) = ((base, base + 2), ("1935-01-01", "1970-01-01"));
        enter(&app, &wedding(&app, pair, births, "1995-01-01"));
        enter(&app, &divorce(&app, pair, births, "2000-01-01"));
        let of = |type_code: &str, day: &str| adopts(&app, type_code, (&person(base), &person(base + 1)), day);
        let mut end = of("ADOPTION_END", "1992-03-03");
        end["papers"].as_array_mut().unwrap().push(json!("RELATION_PROOF"));
        let second = wedding(&app, (base + 1, base + 2), ("1960-01-01", "1970-01-01"), "2005-05-05");
        assert!(!is_told(&app, &[of("ADOPTION", "1987-03-03"), end, second], order), "{order:?}");
    }
}

#[test]
fn a_former_spouse_marries_whom_the_other_adopted_after_the_divorce_and_not_whom_they_adopted_before_it() {
    let app = TestApp::new();
    for (n, (day, is_barred)) in [("1988-08-08", true), ("1998-08-08", false)].into_iter().enumerate() {
        for (m, order) in orders(2, &[]).iter().enumerate() {
            let base = 100 + 10 * u32::try_from(2 * n + m).unwrap();
            let (pair, births) = ((base, base + 1), ("1940-01-01", "1940-01-01"));
            enter(&app, &wedding(&app, pair, births, "1985-05-05"));
            enter(&app, &divorce(&app, pair, births, "1990-01-01"));
            let happened = [
                adopts(&app, "ADOPTION", (&female(base + 1), &female(base + 2)), day),
                wedding(&app, (base, base + 2), ("1940-01-01", "1965-01-01"), "2005-05-05"),
            ];
            assert_eq!(is_told(&app, &happened, order), is_barred, "{day} {order:?}");
        }
    }
}

#[test]
fn a_descendant_who_was_of_age_is_no_kin_of_whoever_adopts_their_parent() {
    let app = TestApp::new();
    for (child, born) in [(103, "1980-01-01"), (104, "1995-01-01")] {
        let mut one = female(child);
        one["birth_on"] = json!(born);
        enter(&app, &child_of(&app, &one, &person(102), "FATHER"));
    }
    enter(&app, &adopts(&app, "ADOPTION", (&person(101), &person(102)), "2006-06-06"));
    let minor = take(&app, "clerk1", &married(&app, 101, 104, ("1930-01-01", "1995-01-01")));
    assert_eq!(minor.fields(), [field("/parties/1/national_id", CLOSE)], "{}", minor.text);
    take(&app, "clerk1", &married(&app, 101, 103, ("1930-01-01", "1980-01-01"))).expect(201);
}

#[test]
fn the_parents_of_a_ward_consent_where_the_guardian_was_one_on_the_day_of_the_marriage() {
    let app = TestApp::new();
    let of_grown = |mut body: Value, ward: u32| {
        body["parties"][0] = as_party(female(ward), "SUBJECT");
        body
    };
    let asks_parents = |guardian: u32, ward: u32| {
        let body = wedding(&app, (guardian, ward), GROWN, "2006-06-06");
        asks(app.post("/v1/cases:check").user("clerk1").json(&body).send().expect(200), "PARENTS_CONSENT")
    };
    enter(&app, &of_grown(guardianship(&app, 1, (Some(101), "DECLARED"), "2003-03-03"), 102));
    assert!(asks_parents(101, 102));
    enter(&app, &of_grown(revoked_ruling(&app, 1, 101, "2010-03-03"), 102));
    assert!(asks_parents(101, 102), "what ended later");
    enter(&app, &of_grown(guardianship(&app, 1, (Some(103), "DECLARED"), "2020-03-03"), 104));
    assert!(!asks_parents(103, 104), "what began later");
}
