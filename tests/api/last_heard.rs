//! The last word that somebody has heard is the one that went out last, by whichever way and whenever that was noted. What puts right what
//! they were told goes out whatever has become of the petition since, and what is no longer so does not.

use serde_json::{Value, json};

use crate::inquiries;
use crate::outgoing_letters::{letters, print, statuses, tellings, told};
use crate::petition_merging::{id, merge, merged, unmerge};
use crate::petitions::{Taken, act, assign, field, get, hand_over, letter, note_call, note_letters, replied, take, with};
use crate::serial::{at_once, log_in};
use crate::support::{Answer, TestApp, called};

fn view(app: &TestApp, petition: &Taken) -> Value {
    get(app, "chief1", &petition.path).expect(200).clone()
}

fn notices(app: &TestApp, petition: &Taken) -> Vec<Value> {
    view(app, petition)["notices"].as_array().unwrap().iter().map(|one| one["about"].clone()).collect()
}

fn assigned(app: &TestApp, body: &Value) -> Taken {
    let petition = take(app, Some("clerk1"), body);
    assign(app, &petition, "clerk2");
    petition
}

fn by_phone() -> Value {
    with(letter("INQUIRY"), "contact", json!({"phone": "0912345678"}))
}

/// Notes that the first letter was posted on a day.
fn posted(app: &TestApp, petition: &Taken, on: &str) {
    let note = json!({"tellings": [1], "outcome": "POSTED", "on": on, "reason": "依寄發紀錄"});
    act(app, "chief1", petition, "note-letters", &note).expect(200);
}

fn withdraw(app: &TestApp, petition: &Taken) {
    act(app, "clerk1", petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
}

fn reopen(app: &TestApp, petition: &Taken) -> Answer {
    act(app, "chief1", petition, "reopen", &json!({"mistake": "誤登他案"}))
}

fn by_letter(all: &[&str]) -> Vec<(String, String)> {
    told(&all.iter().map(|status| ("LETTER", *status)).collect::<Vec<_>>())
}

fn note_call_at(app: &TestApp, petition: &Taken, status: &str, called_at: &str) -> Answer {
    let record = petition.path.trim_start_matches("/v1/");
    let note = json!({"kind": "PETITION", "record": record, "status": status, "called_at": called_at});
    app.post("/v1/call-list:note").user("clerk1").once().json(&note).send()
}

#[test]
fn a_letter_that_is_noted_late_is_not_the_last_word() {
    let app = TestApp::new();
    let asked = assigned(&app, &letter("INQUIRY"));
    act(&app, "clerk2", &asked, "request-supplement", &json!({"what": "請提供收據", "due_on": "2026-11-27"})).expect(200);
    let right = json!({"what": "請提供身分證影本", "reason": "誤植"});
    act(&app, "clerk2", &asked, "correct-supplement-request", &right).expect(200);
    app.advance(chrono::Duration::hours(1));
    hand_over(&app, "clerk2", &asked);
    app.advance(chrono::Duration::hours(1));
    note_letters(&app, "chief1", &asked, &[json!(1)], "POSTED").expect(200);
    assert_eq!(tellings(&app, &asked), by_letter(&["TOLD", "TOLD"]), "they know what they are asked for");
    assert_eq!(notices(&app, &asked), [] as [Value; 0]);
}

#[test]
fn whoever_hears_again_what_was_put_right_is_told_right_again_and_nobody_else() {
    for (on, expected) in [
        ("2026-11-23", (vec!["WITHDRAWN", "TAKEN_UP_AGAIN"], vec!["TOLD", "TOLD"])),
        ("2026-11-26", (vec!["WITHDRAWN", "TAKEN_UP_AGAIN", "CORRECTED"], vec!["TOLD", "TOLD", "WAITING"])),
    ] {
        let app = TestApp::new();
        let petition = assigned(&app, &letter("INQUIRY"));
        withdraw(&app, &petition);
        note_letters(&app, "chief1", &petition, &[json!(1)], "POSTED").expect(200);
        reopen(&app, &petition).expect(200);
        app.set_clock("2026-11-24T09:00:00+08:00");
        hand_over(&app, "chief1", &petition);
        note_letters(&app, "chief1", &petition, &[json!(1)], "NOT_SENT").expect(200);
        app.set_clock("2026-11-26T09:00:00+08:00");
        posted(&app, &petition, on);
        assert_eq!(
            (notices(&app, &petition), tellings(&app, &petition)),
            (expected.0.iter().map(|about| json!(about)).collect(), by_letter(&expected.1)),
            "{on}"
        );
    }
}

#[test]
fn a_call_tells_when_it_was_made_and_not_when_that_was_noted() {
    let app = TestApp::new();
    let petition = assigned(&app, &by_phone());
    withdraw(&app, &petition);
    app.advance(chrono::Duration::hours(3));
    let refused = |status: &str, at: &str| note_call_at(&app, &petition, status, at).fields();
    assert_eq!(refused("REACHED", "2026-11-23T13:00:00+08:00"), field("/called_at", "range"));
    assert_eq!(refused("REACHED", "2026-11-22T10:00:00+08:00"), field("/called_at", "range"));
    assert_eq!(refused("TO_CALL", "2026-11-23T10:00:00+08:00"), field("/called_at", "not_allowed"));
    let noted = note_call_at(&app, &petition, "REACHED", "2026-11-23T10:00:00+08:00");
    assert_eq!(noted.expect(200)["called_at"], "2026-11-23T10:00:00+08:00");
    assert_eq!(view(&app, &petition)["tellings"][0]["told_at"], "2026-11-23T10:00:00+08:00");
    let listed = app.get("/v1/call-list?kind=PETITION&date=2026-11-23").user("clerk1").send().expect(200)["items"].clone();
    assert_eq!(listed[0]["called_at"], "2026-11-23T10:00:00+08:00");
}

/// Told that its limit is longer, and to be told that it is not.
fn revoked(app: &TestApp) -> Taken {
    let petition = assigned(app, &letter("SUGGESTION"));
    act(app, "clerk2", &petition, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
    act(app, "chief1", &petition, "extend", &json!({"approve": true})).expect(200);
    hand_over(app, "clerk2", &petition);
    act(app, "chief1", &petition, "revoke-extension", &json!({"reason": "誤核"})).expect(200);
    assert_eq!(tellings(app, &petition), by_letter(&["TOLD", "WAITING"]));
    petition
}

#[test]
fn what_puts_right_goes_out_whatever_becomes_of_the_petition() {
    let app = TestApp::new();
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    for end in ["withdraw", "transfer", "reply", "merge"] {
        let petition = revoked(&app);
        match end {
            "withdraw" => withdraw(&app, &petition),
            "transfer" => {
                let away = json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"});
                act(&app, "clerk2", &petition, "transfer", &away).expect(200);
            }
            "reply" => _ = replied(&app, &petition, "FINAL"),
            _ => _ = merge(&app, "chief1", &petition, &id(&main)).expect(200),
        }
        assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "WAITING", "WAITING"]), "{end}");
        assert_eq!(statuses(&letters(&app, "clerk1", &petition)), ["SENT", "TO_PRINT", "TO_PRINT"], "{end}");
        hand_over(&app, "chief1", &petition);
        assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "TOLD", "TOLD"]), "{end}");
    }
}

#[test]
fn what_puts_right_is_overtaken_where_it_has_come_to_be_so_again() {
    let app = TestApp::new();
    let petition = assigned(&app, &letter("SUGGESTION"));
    let away = json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"});
    act(&app, "clerk2", &petition, "transfer", &away).expect(200);
    hand_over(&app, "chief1", &petition);
    act(&app, "chief1", &petition, "transfer-back", &json!({"reason": "誤送"})).expect(200);
    assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "WAITING"]));
    assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "transfer", &away).expect(200);
    assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "STOPPED"]), "they were told so, and it is so");
    // What was withdrawn by mistake is withdrawn after all.
    let petition = assigned(&app, &letter("SUGGESTION"));
    withdraw(&app, &petition);
    hand_over(&app, "chief1", &petition);
    reopen(&app, &petition).expect(200);
    withdraw(&app, &petition);
    assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "STOPPED"]));
}

#[test]
fn an_answer_that_answers_a_petition_no_more_does_not_go_out() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    assert_eq!(tellings(&app, &other), by_letter(&["WAITING", "WAITING"]));
    let out = unmerge(&app, &other).expect(200).clone();
    assert!(out["replies"][0]["ceased_at"].is_string());
    assert_eq!(tellings(&app, &other), by_letter(&["STOPPED", "STOPPED"]));
    assert_eq!(statuses(&letters(&app, "clerk1", &other)), ["STOPPED", "STOPPED"]);
    assert_eq!(notices(&app, &other), ["MERGED"], "nobody was told anything");
    // Nor by a call.
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let other = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "contact", json!({"phone": "0912345678"})));
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    unmerge(&app, &other).expect(200);
    note_call(&app, "clerk1", &other, "REACHED").refused(404, "not_found");
}

#[test]
fn whoever_was_told_an_answer_that_answers_their_petition_no_more_is_told_so() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    hand_over(&app, "chief1", &other);
    unmerge(&app, &other).expect(200);
    assert_eq!(notices(&app, &other), ["MERGED", "UNMERGED"]);
    assert_eq!(tellings(&app, &other), by_letter(&["TOLD", "TOLD", "WAITING"]));
    let all = letters(&app, "clerk1", &other);
    let text: String = print(&app, "clerk1", all.last().unwrap()).text().split_whitespace().collect();
    assert!(text.contains("不作為本案之答復"), "{text}");
}

/// A call that races with what leaves nothing to call about: either it has told them, and they are told right, or nobody was called.
#[test]
fn a_call_that_was_made_as_it_came_to_be_wrong_is_put_right() {
    let app = TestApp::new();
    let petitions: Vec<Taken> = (0..8).map(|_| assigned(&app, &by_phone())).collect();
    for petition in &petitions {
        withdraw(&app, petition);
    }
    log_in(&app, &["clerk1", "chief1"]);
    let answers = at_once(2, |client| -> Vec<u16> {
        let each = |petition: &Taken| {
            if client == 0 { note_call(&app, "clerk1", petition, "REACHED").status } else { reopen(&app, petition).status }
        };
        petitions.iter().map(each).collect()
    });
    for (petition, noted) in petitions.iter().zip(&answers[0]) {
        // Whoever reopened at a version of before the call reopens now.
        if view(&app, petition)["status"] == "WITHDRAWN" {
            reopen(&app, petition).expect(200);
        }
        let expected: &[&str] = if *noted == 200 { &["WITHDRAWN", "TAKEN_UP_AGAIN"] } else { &["WITHDRAWN"] };
        assert!([200, 404].contains(noted), "{noted}");
        assert_eq!(notices(&app, petition), expected, "{noted}");
    }
}

#[test]
fn a_call_is_noted_by_whoever_still_knows_the_petition() {
    let app = TestApp::new();
    let petition = assigned(&app, &by_phone());
    withdraw(&app, &petition);
    note_call(&app, "clerk2", &petition, "NOT_REACHED").expect(200);
    let tag = get(&app, "chief1", &petition.path).etag().to_owned();
    let secret = app.call("PATCH", &petition.path).user("chief1").if_match(&tag);
    secret.json(&json!({"confidential": true})).send().expect(200);
    for status in ["NOT_REACHED", "REACHED", "TO_CALL"] {
        note_call(&app, "clerk2", &petition, status).refused(404, "not_found");
    }
    assert_eq!(view(&app, &petition)["tellings"][0]["status"], "WAITING");
}

#[test]
fn no_inquiry_is_closed_while_whoever_asked_knows_an_answer_that_does_not_stand() {
    let app = TestApp::new();
    let spoken = inquiries::with(inquiries::by_phone(), "asker", json!({"name": called(62)}));
    let spoken = inquiries::with(spoken, "contact", json!({"phone": "0912345678"}));
    let asked = inquiries::ask(&app, Some("clerk1"), &spoken);
    let does = |name: &str, body: &Value| inquiries::act(&app, "clerk1", &asked, name, body);
    does("answer", &inquiries::answer()).expect(200);
    let open = does("reopen", &json!({"reason": "答復有誤"})).expect(200).clone();
    assert!(!open["allowed_actions"].as_array().unwrap().contains(&json!("close")), "{open}");
    does("close", &json!({"reason": "重複登錄"})).refused(409, "conflict");
    assert_eq!(does("answer", &inquiries::answer()).expect(200)["answers"][1]["told_by"], "CALL");
    // What puts it right is told though the matter goes on as a petition.
    let petition = json!({"reason": "詢問人要求查明", "petition": {
        "kind": "RIGHTS", "subject": "申請過程查明", "body": "請查明辦理過程。", "petitioner": {"name": called(62)}
    }});
    assert_eq!(does("open-petition", &petition).expect(200)["status"], "PETITION");
    let calls = || {
        let listed = app.get("/v1/call-list?kind=ANSWER&date=2026-11-23").user("clerk1").send().expect(200)["items"].clone();
        listed.as_array().unwrap().iter().map(|call| call["status"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(calls(), ["TO_CALL"]);
    let record = asked.path.trim_start_matches("/v1/");
    let reached = json!({"kind": "ANSWER", "record": record, "status": "REACHED"});
    app.post("/v1/call-list:note").user("clerk1").once().json(&reached).send().expect(200);
    assert_eq!(calls(), ["REACHED"]);
    assert!(inquiries::get(&app, "chief1", &asked.path).expect(200)["answers"][1]["told_at"].is_string());
}

#[test]
fn an_inquiry_of_which_nobody_was_told_anything_is_closed() {
    let app = TestApp::new();
    let by_mail = inquiries::with(inquiries::online(json!({"email": "someone@example.org"})), "channel", json!("EMAIL"));
    let asked = inquiries::ask(&app, Some("clerk1"), &by_mail);
    inquiries::act(&app, "clerk1", &asked, "answer", &inquiries::answer()).expect(200);
    inquiries::act(&app, "clerk1", &asked, "reopen", &json!({"reason": "誤登他案"})).expect(200);
    inquiries::act(&app, "clerk1", &asked, "close", &json!({"reason": "重複詢問"})).expect(200);
}
