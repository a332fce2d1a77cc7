//! Races over what the register says of people: whoever could say a second thing of somebody comes too late.

use serde_json::{Value, json};

use crate::cases::{birth, own, papers_of, registered, take};
use crate::known::{GROWN, complete, death, married, matter, named};
use crate::records::joining;
use crate::relations::{adoption, as_party, parental};
use crate::serial::{act, at_once, id, log_in, once};
use crate::status::person_id;
use crate::support::{Answer, TestApp, female, person};

fn at(case: &Value, act: &str) -> String {
    format!("/v1/cases/{}{act}", id(case))
}

/// A case that waits for its review.
fn submitted(app: &TestApp, body: &Value) -> Value {
    let case = take(app, "clerk1", body).expect(201).clone();
    act(app, "clerk1", &at(&case, ":submit-for-review"), &Value::Null).expect(200);
    case
}

fn pass(app: &TestApp, case: &Value) -> Answer {
    act(app, "reviewer1", &at(case, "/reviews"), &json!({"result": "PASS", "findings": []}))
}

/// Registers of many cases what only one of them may say.
fn registered_once(app: &TestApp, cases: &[Value]) {
    log_in(app, &["reviewer1"]);
    once(&at_once(cases.len(), |client| pass(app, &cases[client])), "201", "409 conflict");
}

pub fn nobody_marries_two_at_once(app: &TestApp) {
    let cases: Vec<Value> = (2..=5).map(|other| submitted(app, &married(app, 1, other, GROWN))).collect();
    registered_once(app, &cases);
}

pub fn a_marriage_binds_both_sides(app: &TestApp) {
    let mut two = married(app, 1, 3, GROWN);
    two["parties"][0] = person(2);
    (two["parties"][0]["role"], two["parties"][0]["birth_on"]) = (json!("SPOUSE"), json!(GROWN.0));
    two["applicant"] = person(2);
    two["applicant"]["relation"] = json!("BOTH_PARTIES");
    registered_once(app, &[submitted(app, &married(app, 1, 3, GROWN)), submitted(app, &two)]);
}

pub fn nobody_dies_twice(app: &TestApp) {
    let cases: Vec<Value> = (0..4).map(|_| submitted(app, &death(app, 1))).collect();
    registered_once(app, &cases);
}

pub fn nobody_marries_and_has_died(app: &TestApp) {
    let cases = [submitted(app, &married(app, 1, 2, GROWN)), submitted(app, &death(app, 1))];
    registered_once(app, &cases);
}

pub fn a_marriage_ends_once(app: &TestApp) {
    registered(app, &married(app, 1, 2, GROWN));
    let ended = |n: usize| {
        let mut body = married(app, 1, 2, GROWN);
        body["type_code"] = json!("DIVORCE_COURT");
        let ruling = format!("115 年度婚字第 {n} 號");
        body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": ruling, "final_on": app.now().date()});
        body["applicant"]["relation"] = json!("ONE_PARTY");
        submitted(app, &complete(app, body))
    };
    let cases: Vec<Value> = (1..=3).map(ended).collect();
    registered_once(app, &cases);
}

pub fn a_child_is_adopted_by_one(app: &TestApp) {
    let adopters = [202, 203, 204, 205].map(|number| adoption(app, "ADOPTION", 201, &person(number), "2026-11-02"));
    registered_once(app, &adopters.map(|body| submitted(app, &body)));
}

/// A birth by parents of their own, which gives the child a number.
fn born(parents: u32, number: &Value) -> Value {
    let mut body = birth(parents);
    body["fields"]["national_id"] = number.clone();
    body
}

pub fn a_number_makes_one_child(app: &TestApp) {
    let number = female(400)["national_id"].clone();
    let cases: Vec<Value> = (401..=404).map(|parents| submitted(app, &born(parents, &number))).collect();
    registered_once(app, &cases);
}

pub fn a_number_is_a_childs_or_somebody_elses(app: &TestApp) {
    let number = female(410)["national_id"].clone();
    let fields = json!({
        "kind": "UID", "old_number": female(411)["national_id"], "new_number": number, "reason": "DUPLICATE"
    });
    let mut change = complete(app, own("UID_CHANGE", 411, fields, &[]));
    let mut subject = female(411);
    subject["role"] = json!("SUBJECT");
    (change["parties"], change["event_on"]) = (json!([subject]), json!("2026-11-20"));
    (change["applicant"]["name"], change["applicant"]["national_id"]) = (subject["name"].clone(), subject["national_id"].clone());
    registered_once(app, &[submitted(app, &born(412, &number)), submitted(app, &change)]);
}

pub fn a_number_is_a_childs_or_a_newcomers(app: &TestApp) {
    let number = female(420)["national_id"].clone();
    let who = json!({"name": "無名氏", "identified_by": {"kind": "NO_NUMBER", "reason": "NOT_YET_GIVEN"}});
    let (mut subject, mut applicant) = (who.clone(), who);
    (subject["role"], applicant["relation"]) = (json!("SUBJECT"), json!("SELF"));
    let initial = json!({
        "type_code": "INITIAL", "parties": [subject], "applicant": applicant, "event_on": "2026-11-20",
        "fields": {"kind": "COMMON", "matter": "初設戶籍", "new_number": number}, "papers": papers_of(app, "INITIAL")
    });
    registered_once(app, &[submitted(app, &born(421, &number)), submitted(app, &initial)]);
}

pub fn a_child_has_one_father(app: &TestApp) {
    let father = |number: u32| {
        let man = as_party(person(number), "FATHER");
        submitted(app, &parental(app, "PARENTAGE", (female(430), man), "ACKNOWLEDGER"))
    };
    registered_once(app, &[431, 432, 433].map(father));
}

pub fn nobody_is_their_own_ancestor(app: &TestApp) {
    let acknowledged = |child: u32, father: u32| {
        let man = as_party(person(father), "FATHER");
        submitted(app, &parental(app, "PARENTAGE", (person(child), man), "ACKNOWLEDGER"))
    };
    // A circle of four, closed by two cases that name nobody in common.
    for case in [acknowledged(441, 442), acknowledged(443, 444)] {
        pass(app, &case);
    }
    registered_once(app, &[acknowledged(442, 443), acknowledged(444, 441)]);
}

/// Two records of one human, each married: the second marriage and the join that would make it one meet at one moment.
pub fn a_join_and_a_marriage_make_no_second_one(app: &TestApp) {
    registered(app, &married(app, 31, 32, GROWN));
    let wedding = submitted(app, &married(app, 33, 34, GROWN));
    let [from, into] = [33, 31].map(|number| person_id(app, &person(number)));
    let path = format!("/v1/people/{from}:join");
    act(app, "clerk1", &path, &joining(&into)).expect(200);
    log_in(app, &["chief1", "reviewer1"]);
    let answers = at_once(2, |client| match client {
        0 => pass(app, &wedding),
        _ => act(app, "chief1", &path, &joining(&into)),
    });
    let won = answers.iter().filter(|answer| answer.status < 300).count();
    assert_eq!(won, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.status < 300 || answer.status == 409), "{answers:?}");
}

/// Two papers about one name at one moment: the second clerk is shown that the first one has settled it.
pub fn a_difference_is_settled_once(app: &TestApp) {
    take(app, "clerk1", &named(matter(7), "林志名")).expect(201);
    let case = take(app, "clerk1", &named(matter(7), "林志明")).expect(201).clone();
    let difference = &case["identity_differences"][0];
    let path = format!("/v1/people/{}:settle", difference["person_id"].as_str().unwrap());
    let tag = format!("\"v{}\"", difference["version"]);
    log_in(app, &["clerk1", "clerk2"]);
    let answers = at_once(4, |client| {
        let name = ["林志名", "林志明"][client % 2];
        let body = json!({"name": name, "document": {"kind": "ID_CARD", "number": "字第 9 號"}, "reason": "依證件"});
        app.post(&path).user(["clerk1", "clerk2"][client % 2]).if_match(&tag).json(&body).send()
    });
    once(&answers, "200", "412 version_mismatch");
}
