//! A guardian stands in the place of parents: by whichever road one comes beside them it is refused, until the guardianship is revoked
//! or its ground is shown. Once the rights of a parent are given after it, it has ended, as it is shown and as it is obeyed.

use chrono::Duration;
use serde_json::{Value, json};

use crate::capacity::born;
use crate::cases::{act, correct, registered, revoke, take};
use crate::kinship::asks;
use crate::known::{GROWN, death, field, married};
use crate::records::join;
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_applicant, as_party, guardianship, parental, represented};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};
use crate::what_comes_back::{LATER, all_papers, holds, parent, part, rests};

const BORN: &str = "2015-05-04";
const GROUND: &str = "GUARDIANSHIP_GROUND";

/// A guardianship without a ground, as of somebody of whom the register has no parent who lives.
fn guarded(app: &TestApp, child: u32, guardian: u32, day: &str) -> Value {
    registered(app, &guardianship(app, child, (Some(guardian), "DECLARED"), day))
}

fn dead(app: &TestApp, who: Value, day: &str) -> Value {
    let mut body = death(app, 1);
    body["parties"] = json!([as_party(who, "DECEASED")]);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    registered(app, &body)
}

fn rights(app: &TestApp, child: u32, mother: u32, day: &str) -> Value {
    let mother = as_party(female(mother), "MOTHER");
    let mut body = parental(app, "PARENTAL_RIGHTS", (person(child), mother), "PARENT_ONE_OR_BOTH");
    (body["papers"], body["event_on"]) = (all_papers(app, "PARENTAL_RIGHTS"), json!(day));
    body
}

/// Shows the ground of a guardianship by a correction of it.
fn show_ground(app: &TestApp, case: &Value) {
    let ground = json!({
        "changes": [{"pointer": "/fields/ground", "value": "115 年度監宣字第 2 號"}], "papers": [GROUND], "reason": "補具證明",
        "office_error": false
    });
    act(app, "clerk1", case, ":correct", &ground).expect(200);
    act(app, "chief1", case, ":approve-change", &json!({})).expect(200);
}

/// Refused at the counter, since a guardian would stand beside a parent.
fn refused(answer: &Answer, pointer: &str, guarded: &Value) {
    assert_eq!(answer.fields(), [field(pointer, LATER)], "{}", answer.text);
    assert!(answer.text.contains(&format!("cases/{}", guarded["id"].as_str().unwrap())), "{}", answer.text);
}

#[test]
fn nobody_is_adopted_late_beside_a_guardian_of_after_that() {
    let app = TestApp::new();
    for (child, is_shown) in [(801, true), (811, false)] {
        born(&app, child, BORN);
        let guarded = guarded(&app, child, child + 1, "2026-11-15");
        let of = |day: &str| adoption(&app, "ADOPTION", child, &person(child + 2), day);
        let late = of("2026-11-10");
        let check = app.post("/v1/cases:check").user("clerk1").json(&late).send();
        refused(&check, "/fields/final_on", &guarded);
        refused(&take(&app, "clerk1", &late), "/fields/final_on", &guarded);
        // One of after the guardianship comes in its place.
        app.post("/v1/cases:check").user("clerk1").json(&of("2026-11-20")).send().expect(200);
        if is_shown {
            show_ground(&app, &guarded);
        } else {
            revoke(&app, &guarded);
        }
        registered(&app, &late);
    }
}

#[test]
fn an_adoption_does_not_stand_again_beside_a_guardian_of_after_that() {
    let app = TestApp::new();
    born(&app, 821, BORN);
    let adopted = registered(&app, &adoption(&app, "ADOPTION", 821, &person(822), "2026-11-10"));
    revoke(&app, &adopted);
    let guarded = guarded(&app, 821, 823, "2026-11-15");
    rests(&reinstate(&app, &adopted), "/fields/final_on", &guarded);
    revoke(&app, &guarded);
    assert_eq!(reinstate(&app, &adopted).expect(200)["status"], "REGISTERED");
}

#[test]
fn an_adoption_is_not_corrected_to_somebody_who_lives_beside_a_guardian() {
    let app = TestApp::new();
    born(&app, 831, BORN);
    let adopted = registered(&app, &adoption(&app, "ADOPTION", 831, &person(832), "2026-11-02"));
    app.advance(Duration::days(1));
    dead(&app, person(832), "2026-11-23");
    let guarded = guarded(&app, 831, 833, "2026-11-24");
    let to = |member: &str| json!({"pointer": member, "value": person(834)[member.rsplit('/').next().unwrap()]});
    let another = ["/parties/0/national_id", "/parties/0/name", "/applicant/national_id", "/applicant/name"].map(to);
    rests(&correct(&app, &adopted, json!(another)), "/parties", &guarded);
}

#[test]
fn an_adoption_does_not_end_late_where_a_natural_parent_lives_beside_a_guardian() {
    let app = TestApp::new();
    born(&app, 841, BORN);
    parent(&app, 841, &female(842), "MOTHER");
    registered(&app, &adoption(&app, "ADOPTION", 841, &person(843), "2026-11-02"));
    app.advance(Duration::days(1));
    dead(&app, person(843), "2026-11-23");
    let guarded = guarded(&app, 841, 844, "2026-11-24");
    let mut ended = adoption(&app, "ADOPTION_END", 841, &person(843), "2026-11-22");
    ended["applicant"] = as_applicant(person(844), "LEGAL_REPRESENTATIVE");
    let answer = take(&app, "clerk1", &ended);
    assert!(answer.fields().contains(&field("/fields/final_on", LATER)), "{}", answer.text);
    assert!(answer.text.contains(&format!("cases/{}", guarded["id"].as_str().unwrap())), "{}", answer.text);
}

#[test]
fn nobody_is_given_the_rights_of_a_parent_late_beside_a_guardian_of_after_that() {
    let app = TestApp::new();
    born(&app, 851, BORN);
    let guarded = guarded(&app, 851, 852, "2026-11-15");
    refused(&take(&app, "clerk1", &rights(&app, 851, 853, "2026-11-10")), "/event_on", &guarded);
    take(&app, "clerk1", &rights(&app, 851, 853, "2026-11-20")).expect(201);
}

#[test]
fn two_records_of_a_child_are_not_joined_of_which_one_has_a_parent_and_the_other_a_guardian() {
    let app = TestApp::new();
    for child in [861, 863] {
        born(&app, child, BORN);
    }
    let first = guarded(&app, 861, 862, "2026-11-15");
    registered(&app, &adoption(&app, "ADOPTION", 863, &person(864), "2026-11-10"));
    let [own, other] = [861, 863].map(|child| person_id(&app, &person(child)));
    rests(&join(&app, &other, &own), "/into_person_id", &first);
    revoke(&app, &first);
    assert_eq!(join(&app, &other, &own).expect(200)["status"], "JOINED");
    part(&app, &other).expect(200);
    // Nor are they parted where the guardian would be one again.
    let second = guarded(&app, 861, 862, "2026-11-05");
    parent(&app, 861, &female(865), "MOTHER");
    join(&app, &other, &own).expect(200);
    holds(&part(&app, &other), LATER, &second);
    show_ground(&app, &second);
    part(&app, &other).expect(200);
}

#[test]
fn a_marriage_does_not_stand_again_that_lets_a_natural_parent_be_one_beside_a_guardian() {
    let app = TestApp::new();
    born(&app, 871, BORN);
    let mut body = married(&app, 873, 872, GROWN);
    body["event_on"] = json!("2005-05-05");
    let wedding = registered(&app, &body);
    revoke(&app, &wedding);
    parent(&app, 871, &female(872), "MOTHER");
    registered(&app, &adoption(&app, "ADOPTION", 871, &person(873), "2026-11-02"));
    app.advance(Duration::days(1));
    dead(&app, person(873), "2026-11-23");
    let guarded = guarded(&app, 871, 874, "2026-11-24");
    // Nobody is asked to approve it: what its approval would refuse its proposal does.
    let body = json!({"reason": "誤撤他案", "office_error": false});
    rests(&act(&app, "clerk1", &wedding, ":reinstate", &body), "/status", &guarded);
    revoke(&app, &guarded);
    assert_eq!(reinstate(&app, &wedding).expect(200)["status"], "REGISTERED");
}

#[test]
fn an_adoption_in_the_place_of_a_guardian_stays_as_long_as_they_would_be_one_again_beside_a_parent() {
    let app = TestApp::new();
    born(&app, 921, BORN);
    let guarded = guarded(&app, 921, 922, "2026-11-01");
    parent(&app, 921, &female(923), "MOTHER");
    let adopted = registered(&app, &adoption(&app, "ADOPTION", 921, &person(924), "2026-11-10"));
    let body = json!({"reason": "收養無效", "office_error": false});
    rests(&act(&app, "clerk1", &adopted, ":revoke", &body), "/status", &guarded);
    show_ground(&app, &guarded);
    revoke(&app, &adopted);
}

/// Whether the rulings of a kind on a child hold today, and until when they did.
fn shown(app: &TestApp, child: u32, kind: &str) -> (Value, Option<Value>) {
    let all = facts(app, &person_id(app, &person(child)));
    let ruling = all.iter().find(|fact| fact["kind"] == kind && fact["struck_at"].is_null()).unwrap();
    (ruling["is_todays"].clone(), ruling.get("valid_to").cloned())
}

#[test]
fn a_guardian_is_shown_as_none_of_today_once_others_have_adopted_the_ward() {
    let app = TestApp::new();
    let ended = (json!(false), Some(json!("2026-09-21")));
    let not_representative = [field("/applicant/relation", "not_representative")];
    for (child, is_late) in [(881, false), (891, true)] {
        born(&app, child, BORN);
        let adopted = adoption(&app, "ADOPTION", child, &person(child + 2), "2026-09-21");
        let guardian = person(child + 1);
        let adopted = if is_late {
            let adopted = registered(&app, &adopted);
            guarded(&app, child, child + 1, "2026-06-16");
            adopted
        } else {
            guarded(&app, child, child + 1, "2026-06-16");
            assert_eq!(shown(&app, child, "GUARDIANSHIP"), (json!(true), None));
            registered(&app, &adopted)
        };
        assert_eq!(shown(&app, child, "GUARDIANSHIP"), ended, "{child}");
        assert_eq!(represented(&app, child, &guardian).fields(), not_representative, "{child}");
        revoke(&app, &adopted);
        assert_eq!(shown(&app, child, "GUARDIANSHIP"), (json!(true), None), "{child}");
        represented(&app, child, &guardian).expect(201);
    }
}

#[test]
fn the_rights_of_a_mother_are_shown_as_none_of_today_while_others_have_adopted_her_child() {
    let app = TestApp::new();
    born(&app, 901, BORN);
    parent(&app, 901, &female(902), "MOTHER");
    registered(&app, &rights(&app, 901, 902, "2026-06-16"));
    assert_eq!(shown(&app, 901, "CUSTODY"), (json!(true), None));
    registered(&app, &adoption(&app, "ADOPTION", 901, &person(903), "2026-09-21"));
    assert_eq!(shown(&app, 901, "CUSTODY"), (json!(false), Some(json!("2026-09-21"))));
    // They are hers again once it has ended.
    registered(&app, &adoption(&app, "ADOPTION_END", 901, &person(903), "2026-11-12"));
    assert_eq!(shown(&app, 901, "CUSTODY"), (json!(true), None));
}

#[test]
fn a_guardianship_that_was_revoked_by_mistake_stands_again_beside_a_parent_with_its_ground() {
    let app = TestApp::new();
    born(&app, 911, BORN);
    let case = guarded(&app, 911, 912, "2026-11-01");
    parent(&app, 911, &female(913), "MOTHER");
    revoke(&app, &case);
    let mut body = json!({"reason": "誤撤他案，原登記無誤", "office_error": false});
    let missing = act(&app, "clerk1", &case, ":reinstate", &body).refused(409, "documents_missing").clone();
    assert!(asks(&missing, GROUND), "{missing}");
    body["papers"] = json!([GROUND]);
    act(&app, "clerk1", &case, ":reinstate", &body).expect(200);
    let again = act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200).clone();
    assert_eq!(again["status"], "REGISTERED");
    assert!(again["papers"].as_array().unwrap().contains(&json!(GROUND)), "{again}");
    represented(&app, 911, &person(912)).expect(201);
}
