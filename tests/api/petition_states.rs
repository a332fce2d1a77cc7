//! The states of a petition are law: every act in every state either does what its table says, or is refused with what is
//! allowed.

use std::collections::BTreeSet;

use huzheng::petitions::DOMAIN;
use serde_json::{Value, json};

use crate::petitions::{Taken, account, act, assign, draft, get, letter, send, status, take, with};
use crate::support::{Answer, TestApp};

const STATES: [&str; 17] = [
    "AWAITING_CONFIRMATION",
    "AWAITING_SIGNATURE",
    "SCREENING",
    "QUARANTINE",
    "RECEIVED",
    "ASSIGNED",
    "AWAITING_SUPPLEMENT",
    "IN_APPROVAL",
    "APPROVED",
    "REPLIED",
    "CLOSED",
    "TRANSFERRED",
    "WITHDRAWN",
    "FILING_PROPOSED",
    "FILED",
    "APPEAL",
    "MERGED",
];

fn decision() -> Value {
    json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"})
}

/// Anonymous, and against a decision: what every act can be done with.
fn plain() -> Value {
    with(with(letter("RIGHTS"), "petitioner", Value::Null), "against_decision", decision())
}

/// A spoken one that was signed, and is in a state by it.
fn signed(app: &TestApp, state: &str) -> Taken {
    let (body, user) = match state {
        "RECEIVED" => (letter("RIGHTS"), "chief1"),
        "SCREENING" => (plain(), "chief1"),
        _ => (letter("REPORT"), "chief2"),
    };
    let petition = take(app, Some("clerk1"), &with(body, "channel", json!("COUNTER")));
    act(app, "clerk1", &petition, "sign", &json!({}));
    assert_eq!(get(app, user, &petition.path).expect(200)["status"], state);
    petition
}

/// A petition in a state.
fn ready(app: &TestApp, state: &str) -> Taken {
    match state {
        "AWAITING_CONFIRMATION" => {
            let mut body = with(letter("SUGGESTION"), "against_decision", decision());
            body["channel"] = json!("MAILBOX");
            body["contact"]["email"] = json!("someone@example.org");
            return take(app, None, &body);
        }
        "AWAITING_SIGNATURE" => return take(app, Some("clerk1"), &with(plain(), "channel", json!("COUNTER"))),
        "QUARANTINE" => {
            let petition = take(app, Some("clerk1"), &with(letter("REPORT"), "against_decision", decision()));
            let settled = app.call("PATCH", &petition.path).user("chief2").if_match("*").json(&json!({"concerns": []})).send();
            settled.expect(200);
            act(app, "chief2", &petition, "supplement", &json!({"text": "補寄照片"})).expect(200);
            return petition;
        }
        _ => {}
    }
    let petition = take(app, Some("clerk1"), &plain());
    act(app, "chief1", &petition, "supplement", &json!({"text": "補寄照片"})).expect(200);
    let steps: &[&str] = match state {
        "SCREENING" => &[],
        "RECEIVED" => &["screen"],
        "ASSIGNED" => &["screen", "assign"],
        "AWAITING_SUPPLEMENT" => &["screen", "assign", "request-supplement"],
        "IN_APPROVAL" => &["screen", "assign", "draft-reply"],
        "APPROVED" => &["screen", "assign", "draft-reply", "approve-reply"],
        "REPLIED" => &["screen", "assign", "draft-reply", "approve-reply", "reply"],
        "CLOSED" => &["screen", "assign", "draft-reply", "approve-reply", "reply", "close"],
        "TRANSFERRED" => &["screen", "transfer"],
        "WITHDRAWN" => &["withdraw"],
        "FILING_PROPOSED" => &["screen", "file-without-reply"],
        "FILED" => &["screen", "file-without-reply", "file-without-reply"],
        "APPEAL" => &["screen", "treat-as-appeal"],
        "MERGED" => &["screen", "merge"],
        other => panic!("{other} is no state"),
    };
    let mut proposed = false;
    for step in steps {
        let at = if *step == "file-without-reply" && proposed { "FILING_PROPOSED" } else { "" };
        proposed |= *step == "file-without-reply";
        try_act(app, &petition, step, at).expect(200);
    }
    petition
}

fn body_of(app: &TestApp, name: &str, state: &str) -> Value {
    match name {
        "screen" => json!({"accept": true, "reason": "內容具體"}),
        "assign" => json!({"handler_id": account(app, "clerk2")}),
        "request-supplement" => json!({"what": "請敘明地點", "due_on": "2026-12-04"}),
        "supplement" => json!({"text": "地點在一樓"}),
        "draft-reply" => draft("FINAL"),
        "approve-reply" => json!({"draft": 1, "approve": true}),
        "extend" => json!({"days": 5, "reason": "須查證"}),
        "transfer" => json!({"to": "彰化縣和美鎮公所", "reason": "非本所權責"}),
        "file-without-reply" if state == "FILING_PROPOSED" => json!({"approve": true}),
        "file-without-reply" => json!({"filing": {"ground": "NO_NAME"}, "reason": "未具名"}),
        "reopen" if state == "APPEAL" => json!({"mistake": "陳情人表示非提起訴願"}),
        "reopen" => json!({"new_facts": "另有新事證"}),
        "update" if state == "MERGED" => json!({"forwarded_by": "彰化縣政府", "reason": "漏登"}),
        "update" => json!({"whistleblower": true}),
        "merge" => {
            let main = ready(app, "RECEIVED");
            json!({"into_id": main.path.rsplit('/').next(), "reason": "同一事由"})
        }
        "correct-supplement-request" => json!({"what": "請敘明時間", "reason": "漏列時間"}),
        "strike-supplement" => json!({"supplement": 1, "reason": "誤登他案"}),
        // The code that was mailed is told first.
        "note-letters" if state == "AWAITING_CONFIRMATION" => json!({"tellings": [2], "outcome": "POSTED"}),
        "note-letters" => json!({"tellings": [1], "outcome": "POSTED"}),
        "split" => json!({"subject": "路燈", "body": "路燈不亮。", "writer": "PETITIONER", "reason": "一信二事"}),
        "sign" | "reply" | "close" => json!({}),
        _ => json!({"reason": "依陳情人意思"}),
    }
}

/// Does an act by somebody who may, where the state allows it.
fn try_act(app: &TestApp, petition: &Taken, name: &str, state: &str) -> Answer {
    let user = match (name, state) {
        ("approve-reply", _) | ("file-without-reply", "FILING_PROPOSED") => "director1",
        (_, "QUARANTINE") => "chief2",
        // Whoever has ended it does not begin a new period.
        ("reopen", state) if state != "FILED" => "director1",
        _ => "chief1",
    };
    if name == "revoke-extension" && state != "AWAITING_SIGNATURE" {
        act(app, "chief1", petition, "extend", &json!({"days": 5, "reason": "須查證"}));
        act(app, "director1", petition, "extend", &json!({"approve": true}));
    }
    let body = body_of(app, name, state);
    if name == "update" {
        let tag = get(app, user, &petition.path).headers.get("etag").cloned().unwrap_or_default();
        return app.call("PATCH", &petition.path).user(user).if_match(&tag).json(&body).send();
    }
    act(app, user, petition, name, &body)
}

/// The names of all acts that somebody may ask for with a version.
fn names() -> BTreeSet<&'static str> {
    let acts = DOMAIN.acts[0].acts.iter().filter(|act| act.operation.is_some() && !act.moves.is_empty());
    acts.map(|act| act.name).filter(|name| *name != "confirm").collect()
}

/// Where an act can lead from a state.
fn after(name: &str, state: &str) -> BTreeSet<&'static str> {
    let acts = DOMAIN.acts[0].acts.iter().filter(|act| act.name == name && act.operation.is_some());
    acts.flat_map(|act| act.moves).filter(|(from, _)| *from == state).map(|(_, to)| *to).collect()
}

#[test]
fn every_act_in_every_state_does_what_the_table_says_or_is_refused_with_what_is_allowed() {
    let app = TestApp::new();
    let (mut worked, mut refused) = (0, 0);
    for state in STATES {
        let resting = ready(&app, state);
        assert_eq!(status(&app, &resting), state);
        for name in names() {
            let leads = after(name, state);
            if leads.is_empty() {
                if name == "approve-reply" && state == "QUARANTINE" {
                    // The director does not see it yet.
                    try_act(&app, &resting, name, state).refused(404, "not_found");
                    continue;
                }
                let answer = try_act(&app, &resting, name, state);
                let allowed = answer.refused(409, "wrong_state")["allowed_actions"].as_array().unwrap().clone();
                for one in allowed {
                    assert!(!after(one.as_str().unwrap(), state).is_empty(), "{state} {name}: {one}");
                }
                assert_eq!(status(&app, &resting), state, "{name}");
                refused += 1;
            } else {
                let petition = if name == "unsign" { signed(&app, state) } else { ready(&app, state) };
                let answer = try_act(&app, &petition, name, state);
                assert_eq!(answer.status, if name == "split" { 201 } else { 200 }, "{state} {name}: {}", answer.text);
                assert!(leads.contains(status(&app, &petition).as_str()), "{state} {name}");
                worked += 1;
            }
        }
    }
    assert!(worked > 50 && refused > 150, "{worked} {refused}");
}

#[test]
fn what_is_returned_refused_or_rejected_goes_back() {
    let app = TestApp::new();
    let petition = ready(&app, "IN_APPROVAL");
    let back = json!({"draft": 1, "approve": false, "reason": "法令依據有誤"});
    assert_eq!(act(&app, "director1", &petition, "approve-reply", &back).expect(200)["status"], "ASSIGNED");
    let petition = ready(&app, "FILING_PROPOSED");
    let back = json!({"approve": false, "reason": "仍應答復"});
    assert_eq!(act(&app, "director1", &petition, "file-without-reply", &back).expect(200)["status"], "RECEIVED");
    let petition = ready(&app, "ASSIGNED");
    let ask = json!({"days": 5, "reason": "須查證"});
    act(&app, "chief1", &petition, "extend", &ask).expect(200);
    let refused = act(&app, "director1", &petition, "extend", &json!({"approve": false, "reason": "無須延長"}));
    assert!(refused.expect(200)["extension"].is_null());
    act(&app, "chief1", &petition, "extend", &ask).expect(200);
}

#[test]
fn a_director_or_chief_alone_decides_what_is_theirs() {
    let app = TestApp::new();
    let petition = ready(&app, "SCREENING");
    act(&app, "clerk1", &petition, "screen", &json!({"accept": true, "reason": "x"})).refused(403, "forbidden");
    act(&app, "director1", &petition, "screen", &json!({"accept": true, "reason": "x"})).refused(403, "forbidden");
    let petition = ready(&app, "ASSIGNED");
    act(&app, "clerk1", &petition, "draft-reply", &draft("FINAL")).refused(403, "forbidden");
    assign(&app, &petition, "clerk1");
    act(&app, "clerk1", &petition, "draft-reply", &draft("FINAL")).expect(200);
    let shown = get(&app, "clerk1", &petition.path);
    let allowed = shown.expect(200)["allowed_actions"].as_array().unwrap().clone();
    assert!(!allowed.contains(&json!("approve-reply")) && allowed.contains(&json!("draft-reply")), "{allowed:?}");
    let body = with(letter("SUGGESTION"), "channel", json!("PHONE"));
    assert_eq!(send(&app, Some("volunteer1"), &body).fields()[0].0, "/channel");
}
