//! Who exercises the rights of a parent: of a guardianship, a ruling and an adoption the latest counts, whichever was registered
//! first, and none outlives the parentage on which it rests.

use chrono::Duration;
use serde_json::{Value, json};

use crate::capacity::born;
use crate::cases::{own, papers_of, registered, revoke, take};
use crate::kinship::asks;
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::{adoption, as_applicant, as_party, guardianship, parental, represented, revoked_ruling};
use crate::status::{facts, person_id};
use crate::support::{TestApp, female, person};

const BORN: &str = "2015-05-04";

/// What the register says of somebody who represents a child.
fn says(app: &TestApp, child: u32, by: &Value) -> &'static str {
    let answer = represented(app, child, by);
    match answer.status {
        201 if asks(&answer.body, "REPRESENTATIVE_PROOF") => "A PAPER",
        201 => "YES",
        _ => {
            assert_eq!(answer.fields(), [field("/applicant/relation", "not_representative")]);
            "NO"
        }
    }
}

/// Registers who somebody's father or mother is.
fn parent(app: &TestApp, child: u32, parent: &Value, role: &str) -> Value {
    registered(app, &parental(app, "PARENTAGE", (person(child), as_party(parent.clone(), role)), "ACKNOWLEDGER"))
}

/// A ruling by which a parent exercises the rights from a day on.
fn rights(app: &TestApp, child: u32, (holder, role): (&Value, &str), day: &str) -> Value {
    let mut body = parental(app, "PARENTAL_RIGHTS", (person(child), as_party(holder.clone(), role)), "PARENT_ONE_OR_BOTH");
    body["event_on"] = json!(day);
    body
}

/// The end of such a ruling at somebody's word.
fn rights_end(app: &TestApp, child: u32, by: &Value) -> Value {
    let mut body = rights(app, child, (by, "MOTHER"), "2026-11-20");
    body["parties"].as_array_mut().unwrap().pop();
    body["fields"]["event"] = json!("REVOKED");
    body["applicant"] = as_applicant(by.clone(), "PARENT_ONE_OR_BOTH");
    body
}

fn with_paper(mut body: Value, paper: &str) -> Value {
    body["papers"].as_array_mut().unwrap().push(json!(paper));
    body
}

fn wed(app: &TestApp, man: u32, woman: u32) {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!("2005-05-05");
    registered(app, &body);
}

/// A divorce today, with an agreement on the children.
fn divorce(app: &TestApp, man: u32, woman: u32) {
    let mut body = married(app, man, woman, GROWN);
    (body["type_code"], body["papers"]) = (json!("DIVORCE_AGREED"), json!(papers_of(app, "DIVORCE_AGREED")));
    let witnesses = body["fields"]["witnesses"].clone();
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": witnesses});
    registered(app, &with_paper(body, "PARENTAL_AGREEMENT"));
}

fn adopted_by_both(app: &TestApp, child: u32, (man, woman): (u32, u32), day: &str) -> Value {
    let mut body = adoption(app, "ADOPTION", child, &person(man), day);
    let mut other = as_party(female(woman), "ADOPTER");
    other["birth_on"] = json!(GROWN.1);
    body["parties"].as_array_mut().unwrap().push(other);
    body
}

#[test]
fn a_later_adoption_or_ruling_comes_in_the_place_of_a_guardian() {
    let app = TestApp::new();
    let guarded = |child: u32| guardianship(&app, child, (Some(202), "DECLARED"), "2020-05-05");
    for child in [201, 211] {
        born(&app, child, BORN);
    }
    registered(&app, &guarded(201));
    assert_eq!(says(&app, 201, &person(202)), "YES");
    registered(&app, &adoption(&app, "ADOPTION", 201, &person(203), "2026-11-02"));
    // The same, entered in the other order.
    registered(&app, &adoption(&app, "ADOPTION", 211, &person(203), "2026-11-02"));
    registered(&app, &guarded(211));
    for child in [201, 211] {
        assert_eq!(says(&app, child, &person(203)), "YES", "{child}");
        assert_eq!(says(&app, child, &person(202)), "NO", "{child}");
    }
    // Whoever becomes the guardian afterwards is; a guardian of before is none again when an adoption ends.
    let later = guardianship(&app, 201, (Some(204), "CHANGED"), "2026-11-10");
    registered(&app, &with_paper(later, "GUARDIANSHIP_GROUND"));
    assert_eq!((says(&app, 201, &person(204)), says(&app, 201, &person(203))), ("YES", "NO"));
    registered(&app, &adoption(&app, "ADOPTION_END", 211, &person(203), "2026-11-12"));
    assert_eq!(says(&app, 211, &person(202)), "A PAPER");
    // One by a declaration lasts until a court revokes that.
    born(&app, 205, BORN);
    let mut declared = guarded(205);
    declared["fields"]["by_declaration"] = json!(true);
    registered(&app, &declared);
    registered(&app, &adoption(&app, "ADOPTION", 205, &person(203), "2026-11-02"));
    assert_eq!((says(&app, 205, &person(202)), says(&app, 205, &person(203))), ("YES", "NO"));
    // A court gives the rights to a mother.
    born(&app, 221, BORN);
    registered(&app, &guarded(221));
    parent(&app, 221, &female(222), "MOTHER");
    assert_eq!((says(&app, 221, &person(202)), says(&app, 221, &female(222))), ("YES", "NO"));
    registered(&app, &rights(&app, 221, (&female(222), "MOTHER"), "2026-11-02"));
    assert_eq!((says(&app, 221, &person(202)), says(&app, 221, &female(222))), ("NO", "YES"));
}

#[test]
fn a_parent_whose_spouse_adopts_the_child_stays_one_when_they_part() {
    let app = TestApp::new();
    for (child, man, woman) in [(231, 232, 233), (241, 242, 243)] {
        born(&app, child, BORN);
        parent(&app, child, &female(woman), "MOTHER");
        parent(&app, child, &person(child + 3), "FATHER");
        wed(&app, man, woman);
        registered(&app, &adoption(&app, "ADOPTION", child, &person(man), "2026-11-02"));
        assert_eq!((says(&app, child, &female(woman)), says(&app, child, &person(man))), ("YES", "YES"));
        assert_eq!(says(&app, child, &person(child + 3)), "NO", "the father");
    }
    divorce(&app, 232, 233);
    assert_eq!((says(&app, 231, &female(233)), says(&app, 231, &person(232))), ("A PAPER", "A PAPER"));
    assert_eq!(says(&app, 231, &person(234)), "NO");
    registered(&app, &rights(&app, 231, (&female(233), "MOTHER"), "2026-11-23"));
    assert_eq!((says(&app, 231, &female(233)), says(&app, 231, &person(232))), ("YES", "NO"));
    registered(&app, &death(&app, 242));
    assert_eq!((says(&app, 241, &female(243)), says(&app, 241, &person(244))), ("YES", "NO"));
}

#[test]
fn adopters_who_have_parted_show_a_paper_as_natural_parents_do() {
    let app = TestApp::new();
    born(&app, 251, BORN);
    wed(&app, 252, 253);
    registered(&app, &adopted_by_both(&app, 251, (252, 253), "2026-11-02"));
    assert_eq!((says(&app, 251, &person(252)), says(&app, 251, &female(253))), ("YES", "YES"));
    divorce(&app, 252, 253);
    assert_eq!((says(&app, 251, &person(252)), says(&app, 251, &female(253))), ("A PAPER", "A PAPER"));
    assert_eq!(says(&app, 251, &female(254)), "NO");
    registered(&app, &rights(&app, 251, (&female(253), "MOTHER"), "2026-11-23"));
    assert_eq!((says(&app, 251, &person(252)), says(&app, 251, &female(253))), ("NO", "YES"));
}

#[test]
fn natural_parents_have_no_rights_while_others_have_adopted_their_child() {
    let app = TestApp::new();
    let mother = female(262);
    wed(&app, 263, 264);
    for child in [261, 271] {
        born(&app, child, BORN);
        parent(&app, child, &mother, "MOTHER");
    }
    registered(&app, &adopted_by_both(&app, 261, (263, 264), "2026-11-02"));
    let refused = take(&app, "clerk1", &rights(&app, 261, (&mother, "MOTHER"), "2026-11-20"));
    assert_eq!(refused.fields(), [field("/parties/1/national_id", "party_mismatch")]);
    assert!(refused.text.contains("民法 §1077"), "{}", refused.text);
    let ended = take(&app, "clerk1", &rights_end(&app, 261, &mother));
    assert_eq!(ended.fields(), [field("/applicant/relation", "party_mismatch")]);
    let third = take(&app, "clerk1", &rights(&app, 261, (&person(265), "FATHER"), "2026-11-20"));
    assert_eq!(third.fields(), [field("/parties/1/national_id", "party_mismatch")]);
    // What was entered before the adoption was known says no more.
    registered(&app, &rights(&app, 271, (&mother, "MOTHER"), "2026-11-20"));
    assert_eq!(says(&app, 271, &mother), "YES");
    registered(&app, &adopted_by_both(&app, 271, (263, 264), "2026-11-02"));
    for child in [261, 271] {
        let said = [says(&app, child, &mother), says(&app, child, &person(263)), says(&app, child, &female(264))];
        assert_eq!(said, ["NO", "YES", "YES"], "{child}");
    }
}

#[test]
fn a_ruling_on_the_rights_of_a_parent_falls_with_the_parentage() {
    let app = TestApp::new();
    let (father, mother) = (person(282), female(283));
    born(&app, 281, BORN);
    parent(&app, 281, &mother, "MOTHER");
    let acknowledged = parent(&app, 281, &father, "FATHER");
    let ruling = registered(&app, &rights(&app, 281, (&father, "FATHER"), "2026-11-20"));
    assert_eq!((says(&app, 281, &father), says(&app, 281, &mother)), ("YES", "NO"));
    // It goes with what it rests on, and where it is entered without that it gives nothing.
    revoke(&app, &ruling);
    revoke(&app, &acknowledged);
    assert_eq!((says(&app, 281, &father), says(&app, 281, &mother)), ("A PAPER", "YES"));
    registered(&app, &with_paper(rights(&app, 281, (&father, "FATHER"), "2026-11-20"), "RELATION_PROOF"));
    assert_eq!((says(&app, 281, &father), says(&app, 281, &mother)), ("A PAPER", "YES"));
    // And it ends with an adoption.
    born(&app, 291, BORN);
    parent(&app, 291, &mother, "MOTHER");
    registered(&app, &adoption(&app, "ADOPTION", 291, &person(292), "2026-11-02"));
    registered(&app, &rights(&app, 291, (&person(292), "FATHER"), "2026-11-10"));
    assert_eq!((says(&app, 291, &person(292)), says(&app, 291, &mother)), ("YES", "NO"));
    registered(&app, &adoption(&app, "ADOPTION_END", 291, &person(292), "2026-11-15"));
    assert_eq!((says(&app, 291, &person(292)), says(&app, 291, &mother)), ("A PAPER", "YES"));
}

#[test]
fn a_child_whose_parents_live_gets_a_guardian_on_a_ground_that_is_shown() {
    let app = TestApp::new();
    let asked = |body: &Value| {
        let case = take(&app, "clerk1", body).expect(201).clone();
        asks(&case, "GUARDIANSHIP_GROUND")
    };
    let guarded = |child: u32| guardianship(&app, child, (Some(304), "DECLARED"), "2026-11-20");
    parent(&app, 301, &person(302), "FATHER");
    assert!(asked(&guarded(301)));
    assert!(!asked(&with_paper(guarded(301), "GUARDIANSHIP_GROUND")));
    assert!(!asked(&guarded(305)), "of whom the register has no parent");
    let mut grown = guarded(301);
    grown["parties"][0]["birth_on"] = json!("1980-01-01");
    assert!(!asked(&grown), "of whoever is of age a court names the guardian");
    registered(&app, &death(&app, 302));
    assert!(!asked(&guarded(301)), "an orphan");
}

#[test]
fn what_changes_is_a_guardianship_that_stands() {
    let app = TestApp::new();
    let changed = |day: &str| guardianship(&app, 311, (Some(313), "CHANGED"), day);
    let unknown = take(&app, "clerk1", &changed("2026-11-20")).expect(201).clone();
    assert!(asks(&unknown, "RELATION_PROOF"), "the register knows none: {unknown}");
    registered(&app, &guardianship(&app, 311, (Some(312), "DECLARED"), "2026-11-01"));
    assert!(!asks(take(&app, "clerk1", &changed("2026-11-05")).expect(201), "RELATION_PROOF"));
    registered(&app, &revoked_ruling(&app, 311, 312, "2026-11-10"));
    let refused = take(&app, "clerk1", &changed("2026-11-20"));
    assert_eq!(refused.fields(), [field("/fields/event", "not_registered")]);
    assert!(refused.text.contains("民法 §1055、§1106-1"), "{}", refused.text);
    parent(&app, 314, &person(315), "FATHER");
    let mut ruled = rights(&app, 314, (&person(315), "FATHER"), "2026-11-20");
    assert!(!asks(take(&app, "clerk1", &ruled).expect(201), "RELATION_PROOF"));
    ruled["fields"]["event"] = json!("CHANGED");
    assert!(asks(take(&app, "clerk1", &ruled).expect(201), "RELATION_PROOF"), "a ruling that the register does not have");
}

#[test]
fn nobody_under_age_has_an_assistant() {
    let app = TestApp::new();
    let fields = json!({"kind": "COMMON", "matter": "輔助宣告", "ground": "115 年度輔宣字第 1 號"});
    let mut body = complete(&app, own("ASSISTANCE", 321, fields, &[]));
    body["parties"].as_array_mut().unwrap().push(as_party(person(322), "GUARDIAN"));
    (body["applicant"], body["event_on"]) = (as_applicant(person(322), "ASSISTANT"), json!("2026-11-20"));
    body["parties"][0]["birth_on"] = json!("2020-05-04");
    let refused = take(&app, "clerk1", &body);
    assert_eq!(refused.fields(), [field("/parties/0/birth_on", "too_young")]);
    assert!(refused.text.contains("民法 §15-1"), "{}", refused.text);
    // On the day of the ruling, however old they are by now.
    (body["parties"][0]["birth_on"], body["event_on"]) = (json!("2003-05-04"), json!("2015-06-01"));
    assert_eq!(take(&app, "clerk1", &body).fields(), [field("/parties/0/birth_on", "too_young")]);
    (body["parties"][0]["birth_on"], body["event_on"]) = (json!("2008-11-20"), json!("2026-11-20"));
    take(&app, "clerk1", &body).expect(201);
}

#[test]
fn parents_who_marry_each_other_again_exercise_together_what_they_had_agreed_on() {
    let app = TestApp::new();
    let (father, mother) = (person(802), female(803));
    for child in [801, 811] {
        born(&app, child, BORN);
        parent(&app, child, &mother, "MOTHER");
        parent(&app, child, &father, "FATHER");
    }
    wed(&app, 802, 803);
    divorce(&app, 802, 803);
    app.advance(Duration::days(1));
    let agreed = |child: u32| rights(&app, child, (&mother, "MOTHER"), "2026-11-24");
    registered(&app, &agreed(801));
    let mut ruled = agreed(811);
    ruled["fields"]["ground"] = json!("115 年度家親聲字第 1 號");
    let list = app.get("/v1/case-types/PARENTAL_RIGHTS").send().expect(200)["papers"].clone();
    ruled["papers"] = list.as_array().unwrap().iter().map(|paper| paper["document"].clone()).collect();
    registered(&app, &ruled);
    for child in [801, 811] {
        assert_eq!((says(&app, child, &mother), says(&app, child, &father)), ("YES", "NO"), "{child}");
    }
    app.advance(Duration::days(1));
    let again = married(&app, 802, 803, GROWN);
    let told = app.post("/v1/cases:check").user("clerk1").json(&again).send().expect(200)["register_hints"].clone();
    let of_ruling = json!([person_id(&app, &person(811))]);
    assert_eq!(told, json!([{"pointer": "/parties", "kind": "CUSTODY_OF_ONE", "person_ids": of_ruling}]));
    let again = registered(&app, &again);
    let shown = |child: u32| {
        let all = facts(&app, &person_id(&app, &person(child)));
        let custody = all.iter().find(|fact| fact["kind"] == "CUSTODY").unwrap();
        (custody["is_todays"].clone(), custody.get("valid_to").cloned())
    };
    assert_eq!((shown(801), shown(811)), ((json!(false), Some(json!("2026-11-25"))), (json!(true), None)));
    assert_eq!((says(&app, 801, &mother), says(&app, 801, &father)), ("YES", "YES"));
    assert_eq!((says(&app, 811, &mother), says(&app, 811, &father)), ("YES", "NO"), "a court's ruling holds");
    // The agreement holds as long as the two are not married.
    revoke(&app, &again);
    assert_eq!(shown(801), (json!(true), None));
    assert_eq!((says(&app, 801, &mother), says(&app, 801, &father)), ("YES", "NO"));
}
