//! What a correction, a revocation or the end of a join brings back, or takes away, of what later entries rest on: refused, or shown to
//! whoever decides.

use chrono::Duration;
use huzheng::accounts::AccountSettings;
use huzheng::config::Config;
use serde_json::{Value, json};

use crate::capacity;
use crate::cases::{act, at, birth, correct, registered, revoke};
use crate::known::{GROWN, complete, death, field, married};
use crate::reaching::{call, calls};
use crate::records::{join, joining, known, on};
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_applicant, as_party, guardianship, parental, revoked_ruling};
use crate::status::person_id;
use crate::support::{Answer, TestApp, female, person};

pub const LATER: &str = "later_entry";

/// An office whose accounts outlive a child's coming of age.
fn of_years() -> TestApp {
    let change = |config: &mut Config| {
        let settings = config.of_mut::<AccountSettings>();
        (settings.idle_account_days, settings.password_max_age_days) = (0, 0);
    };
    TestApp::with(change, "")
}

fn propose_revocation(app: &TestApp, case: &Value) -> Answer {
    act(app, "clerk1", case, ":revoke", &json!({"reason": "登記無效", "office_error": false}))
}

fn propose_correction(app: &TestApp, case: &Value, changes: &Value) -> Answer {
    act(app, "clerk1", case, ":correct", &json!({"changes": changes, "reason": "依證明更正", "office_error": false}))
}

/// What whoever decides on a change is shown, which is then taken back.
fn shown(app: &TestApp, case: &Value, proposed: &Answer) -> Value {
    let told = proposed.expect(200)["register_hints"].clone();
    let seen = app.get(&at(case, "")).user("chief1").send().expect(200)["register_hints"].clone();
    assert_eq!(seen, told, "the chief sees what the clerk was told");
    act(app, "clerk1", case, ":withdraw-change", &json!({"reason": "再查"})).expect(200);
    let after = app.get(&at(case, "")).user("chief1").send().expect(200)["register_hints"].clone();
    assert_eq!(after, json!([]));
    told
}

/// Refused, since an entry rests on the case.
pub fn rests(refused: &Answer, pointer: &str, entry: &Value) {
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field(pointer, LATER)], "{}", refused.text);
    assert!(refused.text.contains(&format!("cases/{}", entry["id"].as_str().unwrap())), "{}", refused.text);
}

/// Every paper of a type's checklist.
pub fn all_papers(app: &TestApp, type_code: &str) -> Value {
    let list = app.get(&format!("/v1/case-types/{type_code}")).send().expect(200)["papers"].clone();
    list.as_array().unwrap().iter().map(|paper| paper["document"].clone()).collect()
}

fn died(app: &TestApp, who: Value) -> Value {
    let mut body = death(app, 1);
    body["parties"] = json!([as_party(who, "DECEASED")]);
    registered(app, &body)
}

pub fn parent(app: &TestApp, child: u32, who: &Value, role: &str) -> Value {
    registered(app, &parental(app, "PARENTAGE", (person(child), as_party(who.clone(), role)), "ACKNOWLEDGER"))
}

#[test]
fn a_parent_does_not_live_again_beside_a_guardian_who_stands_in_their_place() {
    let app = TestApp::new();
    capacity::born(&app, 601, "2015-05-04");
    parent(&app, 601, &person(602), "FATHER");
    parent(&app, 601, &female(603), "MOTHER");
    died(&app, person(602));
    let mothers = died(&app, female(603));
    let guarded = registered(&app, &guardianship(&app, 601, (Some(604), "DECLARED"), "2026-11-21"));
    rests(&propose_revocation(&app, &mothers), "/status", &guarded);
    let to = |member: &str| json!({"pointer": format!("/parties/0/{member}"), "value": female(605)[member]});
    let another = ["national_id", "name"].map(to);
    rests(&correct(&app, &mothers, json!(another)), "/parties", &guarded);
    let day = |day: &str| json!([{"pointer": "/fields/died_on", "value": day}, {"pointer": "/event_on", "value": day}]);
    rests(&correct(&app, &mothers, day("2026-11-22")), "/changes/0/value", &guarded);
    // What leaves her dead before that is corrected.
    correct(&app, &mothers, json!([{"pointer": "/fields/place", "value": "秀傳紀念醫院"}])).expect(200);
    correct(&app, &mothers, day("2026-11-19")).expect(200);
    // Once the guardianship has ended she can live.
    registered(&app, &revoked_ruling(&app, 601, 604, "2026-11-22"));
    revoke(&app, &mothers);
}

#[test]
fn the_end_of_an_adoption_stays_under_a_guardian_who_was_registered_since() {
    let app = TestApp::new();
    let of = |type_code: &str, day: &str| registered(&app, &adoption(&app, type_code, 611, &person(612), day));
    of("ADOPTION", "2026-11-02");
    let ended = of("ADOPTION_END", "2026-11-10");
    let guarded = registered(&app, &guardianship(&app, 611, (Some(613), "DECLARED"), "2026-11-15"));
    rests(&propose_revocation(&app, &ended), "/status", &guarded);
    revoke(&app, &guarded);
    revoke(&app, &ended);
}

#[test]
fn a_clerk_is_told_of_a_living_parent_beside_a_guardian() {
    let app = TestApp::new();
    registered(&app, &guardianship(&app, 621, (Some(622), "DECLARED"), "2026-11-15"));
    let hints = |child: u32| {
        let father = as_party(person(623), "FATHER");
        let body = parental(&app, "PARENTAGE", (person(child), father), "ACKNOWLEDGER");
        app.post("/v1/cases:check").user("clerk1").json(&body).send().expect(200)["register_hints"].clone()
    };
    assert_eq!(hints(621), json!([{"pointer": "/parties/0", "kind": "GUARDIAN_BESIDE_PARENT"}]));
    assert_eq!(hints(624), json!([]));
}

/// A wedding of when a ceremony sufficed.
fn wed(app: &TestApp, man: u32, woman: u32) {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!("2005-05-05");
    registered(app, &body);
}

fn divorced(app: &TestApp, man: u32, woman: u32, day: &str) -> Value {
    let mut body = married(app, man, woman, GROWN);
    (body["type_code"], body["event_on"], body["applicant"]["relation"]) =
        (json!("DIVORCE_COURT"), json!(day), json!("ONE_PARTY"));
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": day});
    body["papers"] = all_papers(app, "DIVORCE_COURT");
    registered(app, &body)
}

/// A birth in wedlock, without an acknowledgment; the child's record.
fn born_in_wedlock(app: &TestApp, parents: u32, child: u32) -> Value {
    let mut body = birth(parents);
    body["fields"]["national_id"] = female(child)["national_id"].clone();
    (body["parties"][0]["birth_on"], body["parties"][1]["birth_on"]) = (json!(GROWN.1), json!(GROWN.0));
    let papers = body["papers"].as_array_mut().unwrap();
    papers.retain(|paper| paper != "ACK_PROOF");
    papers.push(json!("SURNAME_AGREEMENT"));
    registered(app, &body)["parties"][2]["person_id"].clone()
}

#[test]
fn whoever_decides_sees_the_births_that_an_earlier_end_of_a_marriage_leaves_without_a_husband() {
    let app = TestApp::new();
    wed(&app, 631, 631);
    let child = born_in_wedlock(&app, 631, 632);
    let divorce = divorced(&app, 631, 631, "2026-10-01");
    let to = |day: &str| json!([{"pointer": "/fields/final_on", "value": day}, {"pointer": "/event_on", "value": day}]);
    let hints = |day: &str| shown(&app, &divorce, &propose_correction(&app, &divorce, &to(day)));
    let told = json!([{"pointer": "/fields/final_on", "kind": "FATHER_BY_MARRIAGE", "person_ids": [child]}]);
    assert_eq!((hints("2025-01-02"), hints("2026-09-01")), (told, json!([])));
    correct(&app, &divorce, to("2026-09-01")).expect(200);
    // So does a death, as it is taken and as it is corrected.
    wed(&app, 634, 634);
    let child = born_in_wedlock(&app, 634, 635);
    let told = json!([{"pointer": "/fields/died_on", "kind": "FATHER_BY_MARRIAGE", "person_ids": [child]}]);
    let mut early = death(&app, 634);
    (early["event_on"], early["fields"]["died_on"]) = (json!("2025-01-02"), json!("2025-01-02"));
    let check = app.post("/v1/cases:check").user("clerk1").json(&early).send().expect(200).clone();
    // His wedding was entered since then at his own word.
    assert_eq!(check["register_hints"], json!([{"pointer": "/fields/died_on", "kind": "ACTED_AFTER_DEATH"}, told[0]]));
    let dead = died(&app, person(634));
    let to = json!([{"pointer": "/fields/died_on", "value": "2025-01-02"}, {"pointer": "/event_on", "value": "2025-01-02"}]);
    assert_eq!(shown(&app, &dead, &propose_correction(&app, &dead, &to)), told);
}

#[test]
fn whoever_decides_sees_whom_the_law_presumes_to_be_a_father_once_a_divorce_is_revoked() {
    let app = TestApp::new();
    wed(&app, 641, 641);
    let divorce = divorced(&app, 641, 641, "2020-05-05");
    assert_eq!(shown(&app, &divorce, &propose_revocation(&app, &divorce)), json!([]));
    let mut body = birth(641);
    body["parties"].as_array_mut().unwrap().pop();
    body["parties"][0]["birth_on"] = json!(GROWN.1);
    (body["fields"]["surname_from"], body["fields"]["national_id"]) = (json!("MOTHER"), female(642)["national_id"].clone());
    let child = registered(&app, &body)["parties"][1]["person_id"].clone();
    let told = shown(&app, &divorce, &propose_revocation(&app, &divorce));
    assert_eq!(told, json!([{"pointer": "/status", "kind": "HUSBAND_PRESUMED", "person_ids": [child]}]));
}

/// An adoption of grown people by a man, or its end.
fn adopted(app: &TestApp, type_code: &str, (child, adopter): (&Value, u32), day: &str) -> Value {
    let mut body = adoption(app, type_code, 1, &person(adopter), day);
    body["parties"] = json!([as_party(person(adopter), "ADOPTER"), as_party(child.clone(), "ADOPTEE")]);
    let case = registered(app, &body);
    app.advance(Duration::seconds(1));
    case
}

#[test]
fn whoever_decides_sees_spouses_who_are_siblings_again_once_the_end_of_an_adoption_is_revoked() {
    let app = TestApp::new();
    adopted(&app, "ADOPTION", (&person(651), 653), "2026-11-02");
    adopted(&app, "ADOPTION", (&female(652), 653), "2026-11-02");
    let ended = adopted(&app, "ADOPTION_END", (&person(651), 653), "2026-11-10");
    assert_eq!(shown(&app, &ended, &propose_revocation(&app, &ended)), json!([]));
    registered(&app, &married(&app, 651, 652, GROWN));
    let mut people = [person(651), female(652)].map(|who| person_id(&app, &who));
    people.sort();
    let told = shown(&app, &ended, &propose_revocation(&app, &ended));
    assert_eq!(told, json!([{"pointer": "/status", "kind": "SPOUSES_BECOME_KIN", "person_ids": people}]));
}

#[test]
fn the_end_of_an_adoption_stays_under_the_surname_that_was_taken_because_of_it() {
    let app = TestApp::new();
    let who = person(661);
    adopted(&app, "ADOPTION", (&who, 662), "2026-11-02");
    let ended = adopted(&app, "ADOPTION_END", (&who, 662), "2026-11-10");
    let new = who["name"].as_str().unwrap().replacen('測', "李", 1);
    let fields = json!({
        "kind": "NAME", "old_name": who["name"], "new_name": new, "reason": "ADOPTION_OR_PARENTAGE", "earlier_changes": 0,
        "barred": false
    });
    let mut body = complete(&app, crate::cases::own("NAME_SURNAME", 661, fields, &[]));
    (body["papers"], body["applicant"]) = (all_papers(&app, "NAME_SURNAME"), as_applicant(who.clone(), "SELF"));
    body["confirm_not_duplicate"] = json!(true);
    let name = registered(&app, &body);
    app.advance(Duration::seconds(1));
    rests(&propose_revocation(&app, &ended), "/status", &name);
    revoke(&app, &name);
    app.advance(Duration::seconds(1));
    revoke(&app, &ended);
    let refused = act(&app, "clerk1", &name, ":reinstate", &json!({"reason": "誤撤他案", "office_error": false}));
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "not_registered")], "{}", refused.text);
    reinstate(&app, &ended).expect(200);
    reinstate(&app, &name).expect(200);
}

#[test]
fn the_end_of_an_adoption_stays_under_the_rights_of_a_natural_parent() {
    let app = TestApp::new();
    capacity::born(&app, 671, "2015-05-04");
    parent(&app, 671, &female(672), "MOTHER");
    let of = |type_code: &str, day: &str| registered(&app, &adoption(&app, type_code, 671, &person(673), day));
    of("ADOPTION", "2026-11-02");
    let ended = of("ADOPTION_END", "2026-11-10");
    let mut rights = parental(&app, "PARENTAL_RIGHTS", (person(671), as_party(female(672), "MOTHER")), "PARENT_ONE_OR_BOTH");
    rights["papers"] = all_papers(&app, "PARENTAL_RIGHTS");
    let rights = registered(&app, &rights);
    rests(&propose_revocation(&app, &ended), "/status", &rights);
    revoke(&app, &rights);
    revoke(&app, &ended);
}

#[test]
fn whoever_decides_sees_whom_a_widow_has_adopted_alone_once_her_husband_lives() {
    let app = TestApp::new();
    wed(&app, 681, 681);
    let mut body = death(&app, 681);
    (body["event_on"], body["fields"]["died_on"]) = (json!("2026-10-20"), json!("2026-10-20"));
    let dead = registered(&app, &body);
    assert_eq!(shown(&app, &dead, &propose_revocation(&app, &dead)), json!([]));
    let mut body = adoption(&app, "ADOPTION", 682, &female(681), "2026-11-02");
    body["parties"][0]["birth_on"] = json!(GROWN.1);
    let adopted = registered(&app, &body);
    let child = adopted["parties"][1]["person_id"].clone();
    let told = shown(&app, &dead, &propose_revocation(&app, &dead));
    assert_eq!(told, json!([{"pointer": "/status", "kind": "ADOPTS_ALONE", "person_ids": [child]}]));
}

/// The join of one record to another that is undone, by its number or with its paper.
pub fn part(app: &TestApp, record: &str) -> Answer {
    on(app, "chief2", record, ":part", &json!({"reason": "並非同一人"}))
}

fn strike(app: &TestApp, record: &str) -> Answer {
    let body = json!({"document": joining("")["document"], "reason": "判決係偽造"});
    on(app, "chief2", record, ":strike-document", &body)
}

/// Nobody is parted as long as an entry stands by the join.
pub fn holds(parted: &Answer, code: &str, entry: &Value) {
    parted.refused(409, "conflict");
    assert_eq!(parted.fields(), [field("/joined_into", code)], "{}", parted.text);
    assert!(parted.text.contains(&format!("cases/{}", entry["id"].as_str().unwrap())), "{}", parted.text);
}

#[test]
fn nobody_is_parted_from_the_dead_as_long_as_their_spouse_is_married_to_another() {
    for undo in [part, strike] {
        let app = TestApp::new();
        let first = registered(&app, &married(&app, 691, 692, GROWN));
        let husband = first["parties"][0]["person_id"].as_str().unwrap().to_owned();
        let other = known(&app, 693);
        join(&app, &other, &husband).expect(200);
        let mut body = death(&app, 693);
        (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
        registered(&app, &body);
        app.advance(Duration::days(1));
        let second = registered(&app, &married(&app, 694, 692, GROWN));
        holds(&undo(&app, &other), "already_married", &second);
        let joined = app.get(&format!("/v1/people/{other}")).user("chief1").send().expect(200).clone();
        assert_eq!((&joined["status"], &joined["joined_into"]), (&json!("JOINED"), &json!(husband)));
        // The void marriage goes first, and both of whom it was are told.
        revoke(&app, &second);
        let told = call("ENTRY", "cases", &second, "TO_CALL");
        assert_eq!(calls(&app, "kind=ENTRY"), [told.clone(), told]);
        undo(&app, &other).expect(200);
        let parted = app.get(&format!("/v1/people/{other}")).user("chief1").send().expect(200).clone();
        assert_eq!(parted["joined_into"], Value::Null);
        // She is married to whoever lives.
        let again = app.post("/v1/cases:check").user("clerk1").json(&married(&app, 695, 692, GROWN)).send();
        assert!(again.text.contains("already_married"), "{}", again.text);
    }
}

#[test]
fn nobody_is_parted_from_the_dead_as_long_as_their_child_has_a_guardian_in_their_place() {
    let app = TestApp::new();
    capacity::born(&app, 701, "2015-05-04");
    parent(&app, 701, &person(702), "FATHER");
    parent(&app, 701, &female(703), "MOTHER");
    died(&app, person(702));
    let (mother, other) = (person_id(&app, &female(703)), known(&app, 705));
    join(&app, &other, &mother).expect(200);
    died(&app, person(705));
    let guarded = registered(&app, &guardianship(&app, 701, (Some(704), "DECLARED"), "2026-11-21"));
    holds(&part(&app, &other), LATER, &guarded);
    revoke(&app, &guarded);
    part(&app, &other).expect(200);
}

#[test]
fn nobody_is_parted_from_an_adopter_by_whose_marriage_another_has_adopted() {
    let app = TestApp::new();
    registered(&app, &adoption(&app, "ADOPTION", 711, &person(712), "2026-11-02"));
    let adopter = person_id(&app, &person(712));
    let wedding = registered(&app, &married(&app, 713, 714, GROWN));
    let husband = wedding["parties"][0]["person_id"].as_str().unwrap().to_owned();
    join(&app, &husband, &adopter).expect(200);
    app.advance(Duration::days(1));
    let mut body = adoption(&app, "ADOPTION", 711, &female(714), "2026-11-24");
    body["parties"][0]["birth_on"] = json!(GROWN.1);
    body["fields"]["adopts_spouses_child"] = json!(true);
    let second = registered(&app, &body);
    let parted = part(&app, &husband);
    parted.refused(409, "conflict");
    assert!(parted.text.contains("/joined_into") && parted.text.contains("already_adopted"), "{}", parted.text);
    assert!(parted.text.contains(&format!("cases/{}", second["id"].as_str().unwrap())), "{}", parted.text);
    revoke(&app, &second);
    part(&app, &husband).expect(200);
}

/// The end of a ruling, or another guardian in its place.
fn no_more_guarded(app: &TestApp, child: u32, guardian: u32, is_end: bool) -> Value {
    if is_end {
        return registered(app, &revoked_ruling(app, child, guardian, "2026-11-22"));
    }
    let mut changed = guardianship(app, child, (Some(guardian + 1), "CHANGED"), "2026-11-22");
    changed["papers"].as_array_mut().unwrap().push(json!("GUARDIANSHIP_GROUND"));
    registered(app, &changed)
}

#[test]
fn a_guardian_does_not_come_back_beside_a_parent_once_what_hides_them_is_revoked() {
    for (n, is_end) in [(0, true), (1, false)] {
        let app = TestApp::new();
        let [child, father, mother, guardian, dead] = [0, 1, 2, 3, 5].map(|one| 721 + 10 * n + one);
        capacity::born(&app, child, "2015-05-04");
        parent(&app, child, &person(father), "FATHER");
        parent(&app, child, &female(mother), "MOTHER");
        died(&app, female(mother));
        let (father, other) = (person_id(&app, &person(father)), known(&app, dead));
        join(&app, &other, &father).expect(200);
        died(&app, person(dead));
        let guarded = registered(&app, &guardianship(&app, child, (Some(guardian), "DECLARED"), "2026-11-21"));
        let hides = no_more_guarded(&app, child, guardian, is_end);
        part(&app, &other).expect(200);
        rests(&propose_revocation(&app, &hides), "/status", &guarded);
        // Nor by another day of the one or the other.
        if is_end {
            let early = json!([{"pointer": "/event_on", "value": "2026-11-20"}]);
            rests(&correct(&app, &hides, early), "/changes/0/value", &guarded);
        }
        // Where papers show why there is a guardian though a parent lives, they are one again.
        let ground = json!({
            "changes": [{"pointer": "/fields/ground", "value": "115 年度監宣字第 2 號"}], "papers": ["GUARDIANSHIP_GROUND"],
            "reason": "補具證明", "office_error": false
        });
        act(&app, "clerk1", &guarded, ":correct", &ground).expect(200);
        act(&app, "chief1", &guarded, ":approve-change", &json!({})).expect(200);
        revoke(&app, &hides);
    }
}

#[test]
fn a_guardian_does_not_come_back_once_a_parent_lives_again_or_is_one_by_an_adoption() {
    let app = TestApp::new();
    capacity::born(&app, 741, "2015-05-04");
    parent(&app, 741, &person(742), "FATHER");
    let fathers = died(&app, person(742));
    let guarded = registered(&app, &guardianship(&app, 741, (Some(743), "DECLARED"), "2026-11-21"));
    let ended = registered(&app, &revoked_ruling(&app, 741, 743, "2026-11-22"));
    revoke(&app, &fathers);
    rests(&propose_revocation(&app, &ended), "/status", &guarded);
    reinstate(&app, &fathers).expect(200);
    revoke(&app, &ended);
    // The same of an adoption that has not ended.
    let of = |type_code: &str, day: &str| registered(&app, &adoption(&app, type_code, 751, &person(752), day));
    of("ADOPTION", "2026-11-02");
    let parted = of("ADOPTION_END", "2026-11-10");
    let guarded = registered(&app, &guardianship(&app, 751, (Some(753), "DECLARED"), "2026-11-15"));
    let ended = registered(&app, &revoked_ruling(&app, 751, 753, "2026-11-18"));
    revoke(&app, &parted);
    rests(&propose_revocation(&app, &ended), "/status", &guarded);
}

#[test]
fn a_guardian_does_not_come_back_beside_a_parent_to_whom_a_court_has_given_their_rights() {
    let app = TestApp::new();
    capacity::born(&app, 761, "2015-05-04");
    let guarded = registered(&app, &guardianship(&app, 761, (Some(762), "DECLARED"), "2026-11-01"));
    parent(&app, 761, &female(763), "MOTHER");
    let mut body = parental(&app, "PARENTAL_RIGHTS", (person(761), as_party(female(763), "MOTHER")), "PARENT_ONE_OR_BOTH");
    body["papers"] = all_papers(&app, "PARENTAL_RIGHTS");
    let rights = registered(&app, &body);
    rests(&propose_revocation(&app, &rights), "/status", &guarded);
    let early = json!([{"pointer": "/event_on", "value": "2026-10-20"}]);
    rests(&correct(&app, &rights, early), "/changes/0/value", &guarded);
    correct(&app, &rights, json!([{"pointer": "/event_on", "value": "2026-11-21"}])).expect(200);
    revoke(&app, &guarded);
    revoke(&app, &rights);
}

#[test]
fn a_guardian_of_whoever_has_come_of_age_does_not_come_back_with_another_day_of_birth() {
    let app = of_years();
    let mut body = birth(771);
    (body["event_on"], body["fields"]["national_id"]) = (json!("2015-11-01"), female(772)["national_id"].clone());
    (body["parties"][0]["birth_on"], body["parties"][1]["birth_on"]) = (json!(GROWN.1), json!(GROWN.0));
    let born = registered(&app, &body);
    let who = json!({"name": body["fields"]["child_name"], "national_id": female(772)["national_id"]});
    died(&app, female(771));
    let fathers = died(&app, person(771));
    let mut body = guardianship(&app, 1, (Some(773), "DECLARED"), "2026-11-21");
    body["parties"][0] = as_party(who, "SUBJECT");
    let guarded = registered(&app, &body);
    app.set_clock("2033-11-24T09:00:00+08:00");
    // The ward is of age, and their guardian stands in nobody's way.
    revoke(&app, &fathers);
    let another = json!([{"pointer": "/event_on", "value": "2016-11-01"}]);
    propose_correction(&app, &born, &another).expect(200);
    rests(&act(&app, "chief1", &born, ":approve-change", &json!({})), "/status", &guarded);
}
