//! What the intake would refuse is refused at each later step as well, by what the register has come to say of the day of the
//! acceptance: when a case is submitted, when it is registered, and when a revoked one is to stand again.

use serde_json::{Value, json};

use crate::capacity::{ruling, seal};
use crate::cases::{act, own, papers_of, registered, review, revoke, take};
use crate::known::{GROWN, complete, death, married, matter};
use crate::moves::{HEMEI, HEMEI_WEST, TAICHUNG, moving};
use crate::reinstatements::reinstate;
use crate::relations::{as_party, parental};
use crate::support::{Answer, TestApp, called, female, person};

/// A rule of the intake and what breaks it.
struct Rule {
    about: &'static str,
    /// What is applied for.
    body: fn(&TestApp) -> Value,
    /// What the register knows before.
    before: fn(&TestApp),
    /// What it learns while the case waits.
    learn: fn(&TestApp),
    code: &'static str,
    /// Whether it lets an entry that was revoked stand no more again: others are shown beside it, judged in their place, or certified what
    /// was so on its day.
    bars_reinstatement: bool,
}

fn nothing(_: &TestApp) {}

fn died(app: &TestApp, number: u32) {
    let mut body = death(app, number);
    (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-15"), json!("2026-11-15"));
    registered(app, &body);
}

fn under_guardianship(app: &TestApp, number: u32) {
    let mut body = ruling(app, "GUARDIANSHIP", (number, 990));
    body["event_on"] = json!("2026-11-15");
    registered(app, &body);
}

fn wed(app: &TestApp, one: u32, other: u32) {
    registered(app, &married(app, one, other, GROWN));
}

fn divorced(app: &TestApp, one: u32, other: u32) -> Value {
    let mut body = married(app, one, other, GROWN);
    (body["type_code"], body["papers"]) = (json!("DIVORCE_AGREED"), json!(papers_of(app, "DIVORCE_AGREED")));
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    body
}

fn no_national(app: &TestApp, number: u32) {
    let permission = json!({"number": "台內戶字第1150123456號", "permitted_on": "2026-11-15"});
    let fields = json!({"kind": "NATIONALITY", "nationality": "日本", "permission": permission});
    registered(app, &complete(app, own("NAT_LOSS", number, fields, &[])));
}

fn renamed(app: &TestApp, number: u32) -> Value {
    let fields = json!({
        "kind": "NAME", "old_name": called(number), "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0,
        "barred": false
    });
    let mut body = complete(app, own("NAME_GIVEN", number, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

fn father(app: &TestApp, child: Value, father: u32) {
    registered(app, &parental(app, "PARENTAGE", (child, as_party(person(father), "FATHER")), "ACKNOWLEDGER"));
}

fn seal_act(app: &TestApp, type_code: &str, fields: Value) -> Value {
    let mut body = complete(app, own(type_code, 61, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

const RULES: [Rule; 12] = [
    Rule {
        about: "a marriage whose witness had died",
        body: |app| married(app, 11, 12, GROWN),
        before: nothing,
        learn: |app| died(app, 903),
        code: "person_deceased",
        bars_reinstatement: true,
    },
    Rule {
        about: "a marriage whose witness was under guardianship",
        body: |app| married(app, 11, 12, GROWN),
        before: nothing,
        learn: |app| under_guardianship(app, 904),
        code: "no_capacity",
        bars_reinstatement: true,
    },
    Rule {
        about: "an agreed divorce whose witness had died",
        body: |app| divorced(app, 13, 14),
        before: |app| wed(app, 13, 14),
        learn: |app| died(app, 904),
        code: "person_deceased",
        bars_reinstatement: true,
    },
    Rule {
        about: "an agreed divorce whose witness was under guardianship",
        body: |app| divorced(app, 13, 14),
        before: |app| wed(app, 13, 14),
        learn: |app| under_guardianship(app, 903),
        code: "no_capacity",
        bars_reinstatement: true,
    },
    Rule {
        about: "a marriage of somebody who was married",
        body: |app| married(app, 15, 16, GROWN),
        before: nothing,
        learn: |app| wed(app, 15, 17),
        code: "already_married",
        bars_reinstatement: false,
    },
    Rule {
        about: "a marriage of siblings",
        body: |app| married(app, 21, 22, GROWN),
        before: nothing,
        learn: |app| [person(21), female(22)].into_iter().for_each(|child| father(app, child, 23)),
        code: "close_relative",
        bars_reinstatement: true,
    },
    Rule {
        about: "a seal of whoever was no national",
        body: |app| seal(app, 31, &person(31), "SELF"),
        before: nothing,
        learn: |app| no_national(app, 31),
        code: "not_national",
        bars_reinstatement: true,
    },
    Rule {
        about: "a name of whoever was no national",
        body: |app| renamed(app, 32),
        before: nothing,
        learn: |app| no_national(app, 32),
        code: "not_national",
        bars_reinstatement: true,
    },
    Rule {
        about: "a seal of whoever was under guardianship",
        body: |app| seal(app, 33, &person(33), "SELF"),
        before: nothing,
        learn: |app| under_guardianship(app, 33),
        code: "no_capacity",
        bars_reinstatement: true,
    },
    Rule {
        about: "a matter of whoever had died",
        body: |app| complete(app, matter(41)),
        before: nothing,
        learn: |app| died(app, 41),
        code: "person_deceased",
        bars_reinstatement: true,
    },
    Rule {
        about: "a move from where somebody had left",
        body: |app| moving(app, "MOVE_WITHIN", 51, (HEMEI_WEST, HEMEI), "2026-11-20"),
        before: nothing,
        learn: |app| _ = registered(app, &moving(app, "MOVE_OUT", 51, (HEMEI_WEST, TAICHUNG), "2026-11-16")),
        code: "not_registered_there",
        bars_reinstatement: false,
    },
    Rule {
        about: "a certificate of a seal that is none any more",
        body: |app| seal_act(app, "SEAL_CERT", json!({"kind": "SEAL_CERTIFICATE", "purpose": "不動產登記", "copies": 1})),
        before: |app| _ = registered(app, &seal(app, 61, &person(61), "SELF")),
        learn: |app| _ = registered(app, &seal_act(app, "SEAL_CANCEL", json!({"kind": "SEAL", "village_code": "10007030-002"}))),
        code: "not_registered",
        bars_reinstatement: false,
    },
];

fn submit(app: &TestApp, case: &Value) -> Answer {
    act(app, "clerk1", case, ":submit-for-review", &json!({}))
}

#[track_caller]
fn says(answer: &Answer, (status, code): (u16, &str), (about, step): (&str, &str)) {
    assert_eq!(answer.status, status, "{about}, {step}: {}", answer.text);
    assert!(answer.fields().iter().any(|(_, one)| one == code), "{about}, {step}: {}", answer.text);
}

#[test]
fn what_the_intake_refuses_stops_every_later_step_once_the_register_has_learnt_it() {
    for rule in &RULES {
        let app = TestApp::new();
        (rule.before)(&app);
        let body = (rule.body)(&app);
        let taken = || take(&app, "clerk1", &body).expect(201).clone();
        let revoked = rule.bars_reinstatement.then(|| {
            let case = registered(&app, &body);
            revoke(&app, &case);
            case
        });
        let (waits, passes) = (taken(), taken());
        submit(&app, &passes).expect(200);
        app.advance(chrono::Duration::seconds(1));
        (rule.learn)(&app);
        says(&take(&app, "clerk1", &body), (422, rule.code), (rule.about, "taken"));
        says(&submit(&app, &waits), (409, rule.code), (rule.about, "submitted"));
        says(&review(&app, "reviewer1", &passes, "PASS"), (409, rule.code), (rule.about, "registered"));
        if let Some(case) = &revoked {
            says(&reinstate(&app, case), (409, rule.code), (rule.about, "reinstated"));
        }
        // It is sent back and given up all the same.
        review(&app, "reviewer1", &passes, "RETURN").expect(201);
        act(&app, "clerk1", &waits, ":withdraw", &json!({"reason": "申請人撤回"})).expect(200);
    }
}

#[test]
fn what_the_register_learns_of_a_later_day_takes_nothing_from_what_was_done() {
    let app = TestApp::new();
    let wedding = take(&app, "clerk1", &married(&app, 11, 12, GROWN)).expect(201).clone();
    let named = take(&app, "clerk1", &renamed(&app, 32)).expect(201).clone();
    app.set_clock("2026-11-24T09:00:00+08:00");
    let mut later = death(&app, 903);
    (later["event_on"], later["fields"]["died_on"]) = (json!("2026-11-24"), json!("2026-11-24"));
    registered(&app, &later);
    let mut ward = ruling(&app, "GUARDIANSHIP", (32, 992));
    ward["event_on"] = json!("2026-11-24");
    registered(&app, &ward);
    for case in [&wedding, &named] {
        submit(&app, case).expect(200);
        review(&app, "reviewer1", case, "PASS").expect(201);
    }
}

#[test]
fn papers_for_which_the_register_has_given_cause_since_are_wanted_at_each_step() {
    let app = TestApp::new();
    let mut body = married(&app, 71, 72, GROWN);
    let [waits, passes] = [0, 1].map(|_| take(&app, "clerk1", &body).expect(201).clone());
    submit(&app, &passes).expect(200);
    under_guardianship(&app, 71);
    for refused in [submit(&app, &waits), review(&app, "reviewer1", &passes, "PASS")] {
        let missing = refused.refused(409, "documents_missing")["missing_papers"].clone();
        assert_eq!((missing.as_array().unwrap().len(), &missing[0]["document"]), (1, &json!("UNDERSTANDING_PROOF")));
    }
    review(&app, "reviewer1", &passes, "RETURN").expect(201);
    body["papers"].as_array_mut().unwrap().push(json!("UNDERSTANDING_PROOF"));
    let path = format!("/v1/cases/{}", waits["id"].as_str().unwrap());
    let shown = app.call("PATCH", &path).user("clerk1").if_match("*").json(&json!({"papers": body["papers"]})).send();
    shown.expect(200);
    submit(&app, &waits).expect(200);
    review(&app, "reviewer1", &waits, "PASS").expect(201);
}
