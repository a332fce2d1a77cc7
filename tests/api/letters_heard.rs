//! What waits to be told of a petition is judged by what each has heard last, and by what stands today: nothing is put right that nobody has
//! heard, nobody is told twice what they know, and whoever has heard something else is told so.

use serde_json::{Value, json};

use crate::outgoing_letters::{change, correct, letters, print, statuses, tellings, told};
use crate::petitions::{Taken, act, assign, field, get, hand_over, letter, note_call, note_letters, replied, take, with};
use crate::support::TestApp;

const LIMIT: &str = "2026-12-02T23:59:59+08:00";
const RIGHT: &str = "彰化縣和美鎮彰美路五段1號";
const WRONG: &str = "臺北市大安區和平東路一段1號";

fn view(app: &TestApp, petition: &Taken) -> Value {
    get(app, "chief1", &petition.path).expect(200).clone()
}

fn notices(app: &TestApp, petition: &Taken) -> Vec<Value> {
    view(app, petition)["notices"].as_array().unwrap().iter().map(|one| one["about"].clone()).collect()
}

/// Whom each telling tells.
fn whom(app: &TestApp, petition: &Taken) -> Vec<Value> {
    view(app, petition)["tellings"].as_array().unwrap().iter().map(|one| one["petitioner"].clone()).collect()
}

fn assigned(app: &TestApp, body: &Value) -> Taken {
    let petition = take(app, Some("clerk1"), body);
    assign(app, &petition, "clerk2");
    petition
}

fn ask(app: &TestApp, petition: &Taken) {
    let what = json!({"what": "請提供收據", "due_on": "2026-11-27"});
    act(app, "clerk2", petition, "request-supplement", &what).expect(200);
}

/// Asks for something else.
fn ask_right(app: &TestApp, petition: &Taken) {
    let what = json!({"what": "請提供身分證影本", "reason": "誤植"});
    act(app, "clerk2", petition, "correct-supplement-request", &what).expect(200);
}

/// Notes what became of the first letter.
fn note(app: &TestApp, petition: &Taken, outcome: &str) {
    note_letters(app, "chief1", petition, &[json!(1)], outcome).expect(200);
}

fn again(app: &TestApp, petition: &Taken) {
    act(app, "chief1", petition, "reopen", &json!({"mistake": "誤辦"})).expect(200);
}

fn move_to(app: &TestApp, petition: &Taken, address: &str) {
    correct(app, petition, &json!({"contact": {"address": address}, "reason": "地址有誤"})).expect(200);
}

/// What the last letter says, without the blanks of its lines.
fn last(app: &TestApp, petition: &Taken) -> String {
    let all = letters(app, "clerk1", petition);
    print(app, "clerk1", all.last().unwrap()).text().split_whitespace().collect()
}

fn against(received_on: &str) -> Value {
    json!({"case_number": "115-HEMEI-000001", "received_on": received_on})
}

fn by_letter(all: &[&str]) -> Vec<(String, String)> {
    told(&all.iter().map(|status| ("LETTER", *status)).collect::<Vec<_>>())
}

#[test]
fn what_never_went_out_is_not_put_right_and_goes_out_as_it_is_today() {
    let app = TestApp::new();
    let asked = assigned(&app, &letter("INQUIRY"));
    ask(&app, &asked);
    note(&app, &asked, "POSTED");
    ask_right(&app, &asked);
    assert_eq!(tellings(&app, &asked), by_letter(&["TOLD", "WAITING"]));
    note(&app, &asked, "NOT_SENT");
    assert_eq!(tellings(&app, &asked), by_letter(&["STOPPED", "STOPPED", "WAITING"]));
    let text = last(&app, &asked);
    assert!(text.contains("請提供身分證影本") && !text.contains("更正"), "{text}");
    assert_eq!(view(&app, &asked)["due_at"], LIMIT);
    let decided = take(&app, Some("clerk1"), &with(letter("RIGHTS"), "against_decision", against("2026-11-16")));
    note(&app, &decided, "POSTED");
    correct(&app, &decided, &json!({"against_decision": against("2026-11-18"), "reason": "收受日誤植"})).expect(200);
    assert_eq!(tellings(&app, &decided), by_letter(&["TOLD", "WAITING"]));
    note(&app, &decided, "NOT_SENT");
    assert_eq!(tellings(&app, &decided), by_letter(&["STOPPED", "STOPPED", "WAITING"]));
    let text = last(&app, &decided);
    assert!(text.contains("2026-12-18") && !text.contains("更正"), "{text}");
}

#[test]
fn nobody_is_told_of_the_undoing_of_what_never_reached_them() {
    let app = TestApp::new();
    let main = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let into = main.path.rsplit('/').next().unwrap();
    for case in ["extended", "asked", "transferred", "withdrawn", "answered", "merged"] {
        let petition = assigned(&app, &letter("INQUIRY"));
        let does = |user: &str, name: &str, body: &Value| _ = act(&app, user, &petition, name, body).expect(200);
        let because = json!({"reason": "誤辦"});
        match case {
            "extended" => {
                does("clerk2", "extend", &json!({"days": 5, "reason": "須查證"}));
                does("chief1", "extend", &json!({"approve": true}));
            }
            "asked" => ask(&app, &petition),
            "transferred" => does("clerk2", "transfer", &json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"})),
            "withdrawn" => does("clerk1", "withdraw", &because),
            "answered" => _ = replied(&app, &petition, "FINAL"),
            _ => does("chief1", "merge", &json!({"into_id": into, "reason": "同一路段"})),
        }
        note(&app, &petition, "POSTED");
        match case {
            "extended" => does("chief1", "revoke-extension", &because),
            "asked" => does("clerk2", "correct-supplement-request", &json!({"cancel": true, "reason": "無須補充"})),
            "transferred" => does("chief1", "transfer-back", &because),
            "merged" => does("chief1", "unmerge", &because),
            _ => again(&app, &petition),
        }
        assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "WAITING"]), "{case}");
        note(&app, &petition, "NOT_SENT");
        assert_eq!(tellings(&app, &petition), by_letter(&["STOPPED", "STOPPED"]), "{case}");
    }
    // Posted after it was stopped, and not posted after all.
    let petition = assigned(&app, &letter("INQUIRY"));
    replied(&app, &petition, "FINAL");
    again(&app, &petition);
    note(&app, &petition, "POSTED");
    assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "WAITING"]));
    note(&app, &petition, "NOT_SENT");
    assert_eq!(tellings(&app, &petition), by_letter(&["STOPPED", "STOPPED"]));
}

#[test]
fn a_letter_that_went_to_a_wrong_address_takes_nothing_of_the_one_that_goes_to_the_right_one() {
    let app = TestApp::new();
    for is_reply in [false, true] {
        let petition = assigned(&app, &letter("INQUIRY"));
        if is_reply {
            replied(&app, &petition, "FINAL");
        } else {
            ask(&app, &petition);
        }
        note(&app, &petition, "POSTED");
        note(&app, &petition, "RETURNED");
        move_to(&app, &petition, RIGHT);
        let shown = ("TRACKING", "TOLD");
        assert_eq!(tellings(&app, &petition), told(&[("LETTER", "FAILED"), shown, ("LETTER", "WAITING")]));
        let due = view(&app, &petition)["due_at"].clone();
        note(&app, &petition, "POSTED");
        assert_eq!(tellings(&app, &petition), told(&[("LETTER", "ASTRAY"), shown, ("LETTER", "WAITING")]));
        assert_eq!(view(&app, &petition)["due_at"], due, "the clock does not wait for whom it has not reached");
        let all = letters(&app, "clerk1", &petition);
        assert_eq!(statuses(&all), ["SENT", "TO_PRINT"]);
        for (one, address) in all.iter().zip([WRONG, RIGHT]) {
            let text = print(&app, "clerk1", one).text();
            assert!(text.contains(address), "{address} in {text}");
        }
        // It comes back, or has not: that is noted as it is.
        note(&app, &petition, "RETURNED");
        assert_eq!(statuses(&letters(&app, "clerk1", &petition)), ["RETURNED", "TO_PRINT"]);
        assert_eq!(tellings(&app, &petition)[0].1, "FAILED");
        note(&app, &petition, "POSTED");
        assert_eq!(tellings(&app, &petition)[0].1, "ASTRAY");
        hand_over(&app, "clerk2", &petition);
        let reached = told(&[("LETTER", "ASTRAY"), ("TRACKING", "STOPPED"), ("LETTER", "TOLD")]);
        assert_eq!(tellings(&app, &petition), reached);
    }
}

/// Filed for want of competence, which a body learns that has sent it on.
fn filed(app: &TestApp, forwarded_by: Option<&str>) -> Taken {
    let petition = take(app, Some("clerk1"), &with(letter("SUGGESTION"), "forwarded_by", json!(forwarded_by)));
    let filing = json!({"ground": "NOT_COMPETENT", "sent_also_to": ["彰化縣和美鎮公所"]});
    act(app, "chief1", &petition, "file-without-reply", &json!({"filing": filing, "reason": "非本所主管"})).expect(200);
    act(app, "director1", &petition, "file-without-reply", &json!({"approve": true})).expect(200);
    petition
}

#[test]
fn whoever_was_told_of_an_end_that_was_a_mistake_is_told_right_and_nobody_else() {
    let app = TestApp::new();
    let petition = filed(&app, Some("彰化縣政府"));
    hand_over(&app, "chief1", &petition);
    again(&app, &petition);
    assert_eq!((whom(&app, &petition), notices(&app, &petition)), (vec![json!(0), json!(0)], vec![json!("TAKEN_UP_AGAIN")]));
    assert_eq!(view(&app, &petition)["notices"][0]["told_by"], "LETTER");
    let text = last(&app, &petition);
    assert!(text.contains("彰化縣政府") && text.contains("係屬誤辦") && text.contains("續行辦理"), "{text}");
    assert!(!text.contains("臺北市"), "it is the body's");
    // What has not gone out is stopped, and nobody is told of what nobody was told.
    let waits = filed(&app, Some("彰化縣政府"));
    let unsaid = filed(&app, None);
    for (petition, expected) in [(&waits, by_letter(&["STOPPED"])), (&unsaid, vec![])] {
        again(&app, petition);
        assert_eq!((tellings(&app, petition), notices(&app, petition)), (expected, vec![]));
    }
    // A reply had told each of a group.
    let group = assigned(&app, &with(letter("SUGGESTION"), "others", json!([{"name": "林小安"}])));
    replied(&app, &group, "FINAL");
    hand_over(&app, "clerk2", &group);
    again(&app, &group);
    assert_eq!(whom(&app, &group), [json!(1), json!(2), json!(1), json!(2)]);
    assert!(last(&app, &group).contains("林小安"));
}

#[test]
fn whoever_was_sent_an_old_print_is_told_that_what_comes_next_takes_its_place() {
    let app = TestApp::new();
    let petition = assigned(&app, &letter("INQUIRY"));
    ask(&app, &petition);
    ask_right(&app, &petition);
    change(&app, "clerk1", &letters(&app, "clerk1", &petition)[1], "mark-printed", &Value::Null).expect(200);
    note(&app, &petition, "POSTED");
    assert_eq!(tellings(&app, &petition), by_letter(&["TOLD", "WAITING"]));
    assert_eq!(statuses(&letters(&app, "clerk1", &petition)), ["SENT", "TO_PRINT"], "what was printed says nothing of it");
    let text = last(&app, &petition);
    assert!(text.contains("更正") && text.contains("請提供身分證影本"), "{text}");
    note(&app, &petition, "NOT_SENT");
    assert_eq!(tellings(&app, &petition), by_letter(&["STOPPED", "WAITING"]));
    assert!(!last(&app, &petition).contains("更正"), "they were told nothing before");
    // Nobody is filed for want of what they were not asked.
    let other = assigned(&app, &letter("INQUIRY"));
    ask(&app, &other);
    ask_right(&app, &other);
    note(&app, &other, "HANDED_OVER");
    app.set_clock("2026-11-28T09:00:00+08:00");
    app.tick();
    let filing = json!({"filing": {"ground": "NO_CONTENT"}, "reason": "未補充"});
    let refused = act(&app, "chief1", &other, "file-without-reply", &filing);
    assert_eq!(refused.fields(), field("/filing/ground", "not_met"));
}

#[test]
fn whoever_knows_what_stands_again_is_told_nothing() {
    let app = TestApp::new();
    // An address, there and back.
    let answered = assigned(&app, &letter("INQUIRY"));
    replied(&app, &answered, "FINAL");
    note(&app, &answered, "POSTED");
    move_to(&app, &answered, RIGHT);
    assert_eq!(tellings(&app, &answered), by_letter(&["ASTRAY", "WAITING"]));
    move_to(&app, &answered, WRONG);
    assert_eq!(tellings(&app, &answered), by_letter(&["TOLD", "STOPPED"]));
    assert!(view(&app, &answered)["tellings"][0]["reached_on"].is_string());
    // What is asked for.
    let asked = assigned(&app, &letter("INQUIRY"));
    ask(&app, &asked);
    note(&app, &asked, "POSTED");
    ask_right(&app, &asked);
    let back = json!({"what": "請提供收據", "reason": "原即無誤"});
    act(&app, "clerk2", &asked, "correct-supplement-request", &back).expect(200);
    assert_eq!(tellings(&app, &asked), by_letter(&["TOLD", "STOPPED"]));
    // A decision that is left out, and named again; and left out after all.
    let decided = take(&app, Some("clerk1"), &with(letter("RIGHTS"), "against_decision", against("2026-11-16")));
    note(&app, &decided, "POSTED");
    let decision = |decision: Value| {
        app.advance(chrono::Duration::minutes(1));
        correct(&app, &decided, &json!({"against_decision": decision, "reason": "誤刪"})).expect(200);
    };
    decision(Value::Null);
    assert_eq!(tellings(&app, &decided), by_letter(&["TOLD", "WAITING"]));
    decision(against("2026-11-16"));
    assert_eq!(tellings(&app, &decided), by_letter(&["TOLD", "STOPPED"]));
    decision(Value::Null);
    assert_eq!(tellings(&app, &decided), by_letter(&["TOLD", "STOPPED", "WAITING"]));
    decision(against("2026-11-16"));
    // An appeal, taken back and taken up again before anything of that went out.
    let appeal =
        |petition: &Taken| act(&app, "clerk1", petition, "treat-as-appeal", &json!({"reason": "不服處分"})).expect(200).clone();
    appeal(&decided);
    hand_over(&app, "chief1", &decided);
    again(&app, &decided);
    appeal(&decided);
    assert_eq!(tellings(&app, &decided), by_letter(&["TOLD", "STOPPED", "STOPPED", "TOLD", "STOPPED"]));
    assert_eq!(notices(&app, &decided), ["CORRECTED", "CORRECTED", "APPEAL", "TAKEN_UP_AGAIN"]);
    again(&app, &decided);
    assert_eq!(notices(&app, &decided).last().unwrap(), "TAKEN_UP_AGAIN");
    assert_eq!(tellings(&app, &decided).last().unwrap().1, "WAITING", "they know of the appeal still");
}

#[test]
fn a_call_that_was_not_made_after_all_leaves_one_call_with_the_words_of_today() {
    let app = TestApp::new();
    let petition = assigned(&app, &with(letter("INQUIRY"), "contact", json!({"phone": "0912345678"})));
    ask(&app, &petition);
    note_call(&app, "clerk2", &petition, "REACHED").expect(200);
    app.advance(chrono::Duration::hours(1));
    ask_right(&app, &petition);
    assert_eq!(tellings(&app, &petition), told(&[("CALL", "TOLD"), ("CALL", "WAITING")]));
    let record = petition.path.trim_start_matches("/v1/");
    let back = json!({"kind": "PETITION", "record": record, "status": "TO_CALL", "about_at": "2026-11-23T09:00:00+08:00"});
    app.post("/v1/call-list:note").user("clerk2").once().json(&back).send().expect(200);
    assert_eq!(tellings(&app, &petition), told(&[("CALL", "WAITING"), ("CALL", "STOPPED")]));
    assert_eq!(view(&app, &petition)["due_at"], LIMIT);
}
