//! Who applies for what ties people, and who is named in it, as the register has it; representatives, one party of two, and
//! whoever is registered as dead and lives.

use serde_json::{Value, json};

use crate::cases::{birth, own, papers_of, registered, revoke, take};
use crate::kinship::asks;
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::relations::{adoption, as_applicant, as_party, guardianship, parental, represented, revoked_ruling};
use crate::support::{TestApp, called, female, person};

fn mismatch() -> Vec<(String, String)> {
    vec![field("/applicant/relation", "party_mismatch")]
}

/// A child of whom the register has father and mother.
fn with_parents(app: &TestApp, child: u32, father: u32, mother: u32) {
    for parent in [as_party(person(father), "FATHER"), as_party(female(mother), "MOTHER")] {
        registered(app, &parental(app, "PARENTAGE", (person(child), parent), "ACKNOWLEDGER"));
    }
}

fn rights(app: &TestApp, child: u32, holder: Value) -> Value {
    parental(app, "PARENTAL_RIGHTS", (person(child), holder), "PARENT_ONE_OR_BOTH")
}

/// The end of the rights of a parent, at somebody's word.
fn rights_end(app: &TestApp, child: u32, by: Value) -> Value {
    let mut body = rights(app, child, as_party(by.clone(), "FATHER"));
    body["parties"].as_array_mut().unwrap().pop();
    body["fields"]["event"] = json!("REVOKED");
    body["applicant"] = as_applicant(by, "PARENT_ONE_OR_BOTH");
    body
}

#[test]
fn a_stranger_exercises_no_rights_of_a_parent_and_ends_none() {
    let app = TestApp::new();
    with_parents(&app, 101, 102, 103);
    let stranger = take(&app, "clerk1", &rights(&app, 101, as_party(person(104), "FATHER")));
    assert_eq!(stranger.fields(), [field("/parties/1/national_id", "party_mismatch")]);
    assert!(stranger.text.contains("民法 §1055"), "{}", stranger.text);
    let mut unheard = rights(&app, 101, as_party(person(102), "FATHER"));
    unheard["applicant"] = as_applicant(person(104), "PARENT_ONE_OR_BOTH");
    assert_eq!(take(&app, "clerk1", &unheard).fields(), mismatch(), "nor applies for the father");
    registered(&app, &rights(&app, 101, as_party(person(102), "FATHER")));
    assert_eq!(take(&app, "clerk1", &rights_end(&app, 101, person(104))).fields(), mismatch());
    represented(&app, 101, &person(102)).expect(201);
    registered(&app, &rights_end(&app, 101, female(103)));
    let again = take(&app, "clerk1", &rights_end(&app, 101, person(102)));
    assert_eq!(again.fields(), [field("/fields/event", "not_registered")]);
    // Whose parents the register does not know, a paper tells.
    let unknown = take(&app, "clerk1", &rights(&app, 105, as_party(person(106), "FATHER"))).expect(201).clone();
    assert!(asks(&unknown, "RELATION_PROOF"), "{unknown}");
}

#[test]
fn a_guardianship_ends_at_the_word_of_the_guardian_or_of_whoever_was_under_it() {
    let app = TestApp::new();
    let grown = |mut body: Value| {
        body["parties"][0]["birth_on"] = json!("1980-01-01");
        body
    };
    let ended = |by: u32| grown(revoked_ruling(&app, 111, by, "2026-11-20"));
    // Of one that the register does not have a paper tells.
    let unheld = take(&app, "clerk1", &ended(112)).expect(201).clone();
    assert!(asks(&unheld, "RELATION_PROOF"), "{unheld}");
    registered(&app, &grown(guardianship(&app, 111, (Some(112), "DECLARED"), "2026-11-01")));
    assert_eq!(take(&app, "clerk1", &ended(113)).fields(), mismatch());
    let mut named = ended(113);
    named["parties"].as_array_mut().unwrap().push(as_party(person(113), "GUARDIAN"));
    assert_eq!(take(&app, "clerk1", &named).fields(), mismatch(), "though they name themselves");
    take(&app, "clerk1", &ended(112)).expect(201);
    let mut own = ended(111);
    own["applicant"]["relation"] = json!("SELF");
    registered(&app, &own);
    assert_eq!(take(&app, "clerk1", &ended(112)).fields()[0], field("/fields/event", "not_registered"));
    // Nobody applies for a guardianship of their own to begin.
    let mut begun = grown(guardianship(&app, 114, (Some(115), "DECLARED"), "2026-11-01"));
    begun["applicant"] = as_applicant(person(114), "SELF");
    assert_eq!(take(&app, "clerk1", &begun).fields(), [field("/applicant/relation", "not_allowed")]);
}

#[test]
fn an_assistance_is_the_assistants_or_the_assisted_persons_matter() {
    let app = TestApp::new();
    let ruling = |event: &str, applicant: Value| {
        let fields = json!({"kind": "COMMON", "matter": "輔助宣告", "ground": "115 年度輔宣字第 1 號", "event": event});
        let mut body = complete(&app, own("ASSISTANCE", 121, fields, &[]));
        if event == "DECLARED" {
            body["parties"].as_array_mut().unwrap().push(as_party(person(122), "GUARDIAN"));
        }
        body["applicant"] = applicant;
        (body["event_on"], body["confirm_not_duplicate"]) = (json!("2026-11-10"), json!(true));
        body
    };
    let refused =
        |event: &str, relation: &str| take(&app, "clerk1", &ruling(event, as_applicant(person(123), relation))).fields();
    assert_eq!(refused("DECLARED", "ASSISTED_PERSON"), mismatch());
    assert_eq!(refused("DECLARED", "ASSISTANT"), mismatch());
    let declared = registered(&app, &ruling("DECLARED", as_applicant(person(121), "ASSISTED_PERSON")));
    assert_eq!(refused("REVOKED", "ASSISTANT"), mismatch());
    assert_eq!(refused("REVOKED", "ASSISTED_PERSON"), mismatch());
    registered(&app, &ruling("REVOKED", as_applicant(person(122), "ASSISTANT")));
    assert_eq!(declared["status"], "REGISTERED");
}

#[test]
fn whoever_lacks_capacity_is_represented_in_what_the_law_asks_of_them() {
    let app = TestApp::new();
    let no_capacity = [field("/applicant/national_id", "no_capacity")];
    // A child is acknowledged by a court's word.
    let mother = as_party(female(132), "MOTHER");
    registered(&app, &parental(&app, "PARENTAGE", (person(131), mother), "ACKNOWLEDGER"));
    let mut child = person(131);
    child["birth_on"] = json!("2023-05-04");
    let mut body = parental(&app, "PARENTAGE", (child, as_party(person(133), "FATHER")), "ACKNOWLEDGER");
    body["applicant"] = as_applicant(person(131), "ACKNOWLEDGED");
    assert_eq!(take(&app, "clerk1", &body).fields(), no_capacity);
    body["applicant"] = as_applicant(female(132), "LEGAL_REPRESENTATIVE");
    take(&app, "clerk1", &body).expect(201);
    // A ward is divorced by a court.
    let mut early = married(&app, 134, 135, GROWN);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    let mut ruling = guardianship(&app, 1, (Some(136), "DECLARED"), "2026-11-01");
    ruling["parties"][0] = as_party(female(135), "SUBJECT");
    registered(&app, &ruling);
    let mut divorce = early.clone();
    (divorce["type_code"], divorce["papers"]) = (json!("DIVORCE_COURT"), json!(papers_of(&app, "DIVORCE_COURT")));
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-20"});
    (divorce["event_on"], divorce["applicant"]) = (json!("2026-11-20"), as_applicant(female(135), "ONE_PARTY"));
    assert_eq!(take(&app, "clerk1", &divorce).fields(), no_capacity);
    divorce["applicant"] = as_applicant(person(136), "LEGAL_REPRESENTATIVE");
    let case = take(&app, "clerk1", &divorce).expect(201).clone();
    assert!(!asks(&case, "REPRESENTATIVE_PROOF"), "the register has the guardian: {case}");
    // The end of an adoption is the matter of whoever represents the child afterwards, as a paper shows.
    let mother = as_party(female(138), "MOTHER");
    registered(&app, &parental(&app, "PARENTAGE", (person(137), mother), "ACKNOWLEDGER"));
    registered(&app, &adoption(&app, "ADOPTION", 137, &person(139), "2026-11-02"));
    let mut end = adoption(&app, "ADOPTION_END", 137, &person(139), "2026-11-10");
    end["applicant"] = as_applicant(female(138), "LEGAL_REPRESENTATIVE");
    assert!(asks(take(&app, "clerk1", &end).expect(201), "REPRESENTATIVE_PROOF"));
    // A father whom the register does not have as well; once it has both parents nobody else.
    end["applicant"] = as_applicant(person(140), "LEGAL_REPRESENTATIVE");
    assert!(asks(take(&app, "clerk1", &end).expect(201), "REPRESENTATIVE_PROOF"));
    with_parents(&app, 143, 144, 145);
    registered(&app, &adoption(&app, "ADOPTION", 143, &person(139), "2026-11-02"));
    let mut end = adoption(&app, "ADOPTION_END", 143, &person(139), "2026-11-10");
    end["applicant"] = as_applicant(person(144), "LEGAL_REPRESENTATIVE");
    assert!(asks(take(&app, "clerk1", &end).expect(201), "REPRESENTATIVE_PROOF"));
    end["applicant"] = as_applicant(person(140), "LEGAL_REPRESENTATIVE");
    assert_eq!(take(&app, "clerk1", &end).fields(), [field("/applicant/relation", "not_representative")]);
    // Nor whoever has no capacity themself.
    let ward = crate::capacity::ruling(&app, "GUARDIANSHIP", (146, 147));
    registered(&app, &ward);
    end["parties"] = adoption(&app, "ADOPTION_END", 137, &person(139), "2026-11-10")["parties"].clone();
    end["applicant"] = as_applicant(person(146), "LEGAL_REPRESENTATIVE");
    assert_eq!(take(&app, "clerk1", &end).fields(), [field("/applicant/relation", "not_representative")]);
}

#[test]
fn one_party_applies_for_a_marriage_that_stands_without_its_registration() {
    let app = TestApp::new();
    let alone = |day: &str, abroad: bool| {
        let mut body = married(&app, 141, 142, GROWN);
        (body["event_on"], body["fields"]["abroad"]) = (json!(day), json!(abroad));
        body["applicant"] = as_applicant(female(142), "ONE_PARTY");
        body["papers"].as_array_mut().unwrap().retain(|paper| paper != "BOTH_PARTIES_PRESENT");
        body
    };
    let refused = take(&app, "clerk1", &alone("2026-11-23", false));
    assert_eq!(refused.fields(), [field("/applicant/relation", "not_allowed")]);
    assert!(refused.text.contains("戶籍法 §33"), "{}", refused.text);
    let mut stranger = alone("2026-11-20", true);
    stranger["applicant"] = as_applicant(person(143), "ONE_PARTY");
    assert_eq!(take(&app, "clerk1", &stranger).fields(), mismatch());
    assert!(!asks(take(&app, "clerk1", &alone("2026-11-20", true)).expect(201), "BOTH_PARTIES_PRESENT"));
    // A widow enters the marriage that nobody had entered.
    registered(&app, &death(&app, 141));
    registered(&app, &alone("2005-05-05", false));
}

#[test]
fn whoever_is_registered_as_dead_and_lives_applies_to_have_that_put_right() {
    let app = TestApp::new();
    let case = registered(&app, &death(&app, 151));
    for type_code in ["ANNULMENT", "CORRECTION", "REVOCATION"] {
        let mut body =
            complete(&app, own(type_code, 151, json!({"kind": "COMMON", "matter": "本人尚生存", "before": "死亡登記"}), &[]));
        body["event_on"] = json!("2026-11-20");
        registered(&app, &body);
        body["applicant"] = as_applicant(person(152), "INTERESTED_PERSON");
        body["confirm_not_duplicate"] = json!(true);
        take(&app, "clerk1", &body).expect(201);
    }
    let other = take(&app, "clerk1", &matter(151));
    assert_eq!(other.fields(), [field("/applicant/national_id", "person_deceased")]);
    assert!(other.text.contains("戶籍法 §46"), "{}", other.text);
    revoke(&app, &case);
    take(&app, "clerk1", &matter(151)).expect(201);
}

#[test]
fn a_day_of_birth_that_the_application_says_counts_where_the_register_has_none() {
    let app = TestApp::new();
    let mut ruling = guardianship(&app, 161, (Some(162), "DECLARED"), "2026-11-01");
    ruling["parties"][1]["birth_on"] = json!("2009-01-01");
    let young = take(&app, "clerk1", &ruling);
    assert_eq!(young.fields(), [field("/parties/1/birth_on", "too_young")]);
    assert!(young.text.contains("民法 §1096"), "{}", young.text);
    ruling["parties"][1]["birth_on"] = json!("1990-01-01");
    take(&app, "clerk1", &ruling).expect(201);
    let (type_code, relation) = (json!("ASSISTANCE"), json!("ASSISTANT"));
    (ruling["type_code"], ruling["applicant"]["relation"]) = (type_code, relation);
    ruling["papers"] = json!(papers_of(&app, "ASSISTANCE"));
    ruling["parties"][1]["birth_on"] = json!("2023-01-01");
    assert!(take(&app, "clerk1", &ruling).fields().contains(&field("/parties/1/birth_on", "too_young")));
    let no_capacity = [field("/applicant/national_id", "no_capacity")];
    let fields = json!({
        "kind": "NAME", "old_name": called(163), "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false
    });
    let transcript = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    for (type_code, fields) in [
        ("NAME_GIVEN", fields),
        ("SEAL_REGISTER", json!({"kind": "SEAL", "village_code": "10007030-002"})),
        ("TRANSCRIPT_ZH", transcript),
    ] {
        let mut body = complete(&app, own(type_code, 163, fields, &[]));
        body["parties"][0]["birth_on"] = json!("2020-11-24");
        assert_eq!(take(&app, "clerk1", &body).fields(), no_capacity, "{type_code}");
        // On the seventh birthday a consent suffices.
        body["parties"][0]["birth_on"] = json!("2019-11-23");
        assert!(asks(take(&app, "clerk1", &body).expect(201), "LEGAL_REP_CONSENT"), "{type_code}");
        let check = app.post("/v1/cases:check").json(&body).send();
        check.expect(200);
        body["parties"][0]["birth_on"] = json!("2020-11-24");
        assert_eq!(app.post("/v1/cases:check").json(&body).send().fields(), no_capacity, "{type_code}");
    }
    // What a parent tells of a newborn needs no capacity of the child.
    take(&app, "clerk1", &birth(164)).expect(201);
}
