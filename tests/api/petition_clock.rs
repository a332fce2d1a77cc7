//! The clock of petitions by law: it runs from the receipt, whatever keeps one from being handled; nothing that is taken back makes a
//! limit whole; each limit follows the office's days, and whoever was told a wrong one is told right.

use serde_json::{Value, json};

use crate::mails::with_relay;
use crate::petitions::{Taken, act, assign, get, hand_over, letter, note_call, replied, status, take, track, waiting, with};
use crate::support::TestApp;

fn view(app: &TestApp, user: &str, petition: &Taken) -> Value {
    get(app, user, &petition.path).expect(200).clone()
}

fn due(app: &TestApp, petition: &Taken) -> String {
    view(app, "chief1", petition)["due_at"].as_str().unwrap_or_default().to_owned()
}

fn assigned(app: &TestApp, kind: &str) -> Taken {
    let petition = take(app, Some("clerk1"), &with(letter(kind), "confidential", json!(false)));
    assign(app, &petition, "clerk2");
    petition
}

/// Whether a petition stands in somebody's queue.
fn is_in(app: &TestApp, user: &str, queue: &str, petition: &Taken) -> bool {
    let id = petition.path.rsplit('/').next().unwrap();
    let listed = app.get(&format!("/v1/petitions?queue={queue}&limit=100")).user(user).send().expect(200)["items"].clone();
    listed.as_array().unwrap().iter().any(|one| one["id"] == id)
}

fn close_office(app: &TestApp, date: &str) -> String {
    let body = json!({"date": date, "part": "ALL", "reason": "颱風停止上班"});
    let made = app.post("/v1/calendar/closures").user("chief1").once().json(&body).send();
    format!("/v1/calendar/closures/{}", made.expect(201)["id"].as_str().unwrap())
}

fn open_office(app: &TestApp, closure: &str) {
    app.call("DELETE", closure).user("chief1").if_match("\"v1\"").send().expect(204);
}

fn away() -> Value {
    json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"})
}

fn returned(on: &str) -> Value {
    json!({"reason": "該所認非其權責", "returned": {"letter": "和鎮民字第 1150012345 號", "on": on}})
}

#[test]
fn an_expired_limit_is_made_whole_by_nothing_that_is_taken_back() {
    let app = TestApp::new();
    let petition = assigned(&app, "INQUIRY");
    let limit = "2026-12-02T23:59:59+08:00";
    app.set_clock("2026-12-03T09:00:00+08:00");
    act(&app, "clerk2", &petition, "transfer", &away()).expect(200);
    app.set_clock("2026-12-10T09:00:00+08:00");
    let back = act(&app, "clerk1", &petition, "transfer-back", &returned("2026-12-10"));
    assert_eq!((&back.expect(200)["status"], &back.body["due_at"]), (&json!("RECEIVED"), &json!(limit)));
    assert!(is_in(&app, "chief1", "OVERDUE", &petition));
    assign(&app, &petition, "clerk2");
    let ask = json!({"days": 5, "reason": "須查證"});
    act(&app, "clerk2", &petition, "extend", &ask).refused(409, "conflict");
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "誤認為撤回"})).expect(200);
    let again = act(&app, "chief1", &petition, "reopen", &json!({"mistake": "來電者非陳情人"}));
    assert_eq!((&again.expect(200)["status"], &again.body["due_at"]), (&json!("RECEIVED"), &json!(limit)));
    assert_eq!(again.body["closings"][1]["undone_at"], "2026-12-10T09:00:00+08:00");
    assert!(is_in(&app, "chief1", "OVERDUE", &petition));
    // On new facts a new period begins, by the word of another than whoever ended it.
    act(&app, "chief1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let facts = json!({"new_facts": "另有新事證"});
    act(&app, "chief1", &petition, "reopen", &facts).refused(409, "same_person");
    act(&app, "clerk1", &petition, "reopen", &facts).refused(403, "forbidden");
    let both = json!({"new_facts": "x", "mistake": "y"});
    assert_eq!(act(&app, "director1", &petition, "reopen", &both).fields(), [("/mistake".to_owned(), "not_both".to_owned())]);
    let none = act(&app, "director1", &petition, "reopen", &json!({}));
    assert_eq!(none.fields(), [("/new_facts".to_owned(), "required".to_owned())]);
    act(&app, "director1", &petition, "reopen", &facts).expect(200);
    let shown = app.get(&format!("{}/deadline", petition.path)).user("chief1").send().expect(200).clone();
    assert_eq!((&shown["periods"], &shown["deadline"]["from_on"]), (&json!(2), &json!("2026-12-10")));
}

#[test]
fn the_clock_stands_still_while_another_body_has_it_and_not_after_a_mistake() {
    let app = TestApp::new();
    let (returns, mistaken) = (assigned(&app, "INQUIRY"), assigned(&app, "INQUIRY"));
    app.set_clock("2026-11-24T09:00:00+08:00");
    for petition in [&returns, &mistaken] {
        act(&app, "clerk2", petition, "transfer", &away()).expect(200);
    }
    app.set_clock("2026-11-27T09:00:00+08:00");
    for wrong in ["2026-11-23", "2026-11-28"] {
        let refused = act(&app, "chief1", &returns, "transfer-back", &returned(wrong));
        assert_eq!(refused.fields(), [("/returned/on".to_owned(), "range".to_owned())], "{wrong}");
    }
    let back = act(&app, "chief1", &returns, "transfer-back", &returned("2026-11-26")).expect(200).clone();
    assert_eq!(back["due_at"], "2026-12-04T23:59:59+08:00");
    assert_eq!(back["transfer"]["returned"]["on"], "2026-11-26");
    assert!(back["closings"][0]["undone_at"].is_null());
    let back = act(&app, "chief1", &mistaken, "transfer-back", &json!({"reason": "誤送"})).expect(200).clone();
    assert_eq!(back["due_at"], "2026-12-02T23:59:59+08:00");
    assert!(back["closings"][0]["undone_at"].is_string());
}

#[test]
fn what_is_withdrawn_before_it_was_received_goes_back_to_where_it_was() {
    let app = TestApp::new();
    let again = |user: &str, petition: &Taken| {
        act(&app, user, petition, "reopen", &json!({"mistake": "誤登撤回"})).expect(200)["status"].clone()
    };
    let unsigned = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "channel", json!("COUNTER")));
    act(&app, "clerk1", &unsigned, "withdraw", &json!({"reason": "撤回"})).expect(200);
    assert_eq!(again("chief1", &unsigned), "AWAITING_SIGNATURE");
    let unnamed = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "petitioner", Value::Null));
    act(&app, "clerk1", &unnamed, "withdraw", &json!({"reason": "撤回"})).expect(200);
    assert_eq!(again("chief1", &unnamed), "SCREENING");
    let report = take(&app, Some("clerk1"), &letter("REPORT"));
    act(&app, "chief2", &report, "withdraw", &json!({"reason": "撤回"})).expect(200);
    assert_eq!(status(&app, &report), "WITHDRAWN");
    assert_eq!(again("chief2", &report), "QUARANTINE");
}

#[test]
fn the_clock_runs_from_the_receipt_whatever_keeps_it_from_being_handled() {
    let app = TestApp::new();
    let quarantined = take(&app, Some("clerk1"), &letter("REPORT"));
    let unnamed = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "petitioner", Value::Null));
    let unsigned = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "channel", json!("COUNTER")));
    let mut mail = with(letter("INQUIRY"), "channel", json!("MAILBOX"));
    mail["contact"]["email"] = json!("someone@example.org");
    let unconfirmed = take(&app, None, &mail);
    let earlier = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "received_on", json!("2026-11-20")));
    let limit = "2026-12-02T23:59:59+08:00";
    for petition in [&unnamed, &unsigned, &unconfirmed] {
        assert_eq!(due(&app, petition), limit);
    }
    assert_eq!(due(&app, &earlier), "2026-12-01T23:59:59+08:00", "from the day on which it came");
    let custodians = view(&app, "chief2", &quarantined)["due_at"].clone();
    assert_eq!(custodians, "2026-12-23T23:59:59+08:00");
    app.set_clock("2026-11-26T09:00:00+08:00");
    app.tick();
    act(&app, "chief1", &unconfirmed, "screen", &json!({"accept": true, "reason": "已電話確認"})).expect(200);
    act(&app, "chief1", &unsigned, "sign", &json!({})).expect(200);
    for petition in [&unconfirmed, &unsigned] {
        assert_eq!((due(&app, petition).as_str(), status(&app, petition).as_str()), (limit, "RECEIVED"));
    }
    app.set_clock("2026-12-24T09:00:00+08:00");
    assert!(is_in(&app, "chief1", "OVERDUE", &unnamed));
    assert!(is_in(&app, "chief2", "OVERDUE", &quarantined), "in the queue of its custodian");
    assert!(!is_in(&app, "chief1", "OVERDUE", &quarantined));
}

#[test]
fn a_day_of_receipt_lies_within_a_year() {
    let app = TestApp::new();
    for wrong in ["1950-01-01", "2025-11-22", "2026-11-24"] {
        let answer = crate::petitions::send(&app, Some("clerk1"), &with(letter("INQUIRY"), "received_on", json!(wrong)));
        assert_eq!(answer.fields(), [("/received_on".to_owned(), "range".to_owned())], "{wrong}");
    }
    take(&app, Some("clerk1"), &with(letter("INQUIRY"), "received_on", json!("2025-11-23")));
}

fn against(kind: &str, received_on: &str) -> Value {
    with(letter(kind), "against_decision", json!({"case_number": "115-HEMEI-000001", "received_on": received_on}))
}

#[test]
fn the_last_day_for_an_appeal_follows_the_calendar_and_is_told_right() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &against("RIGHTS", "2026-10-26"));
    hand_over(&app, "chief1", &petition);
    let until = || track(&app, &petition.number, &petition.secret).expect(200)["appeal_until_on"].clone();
    assert_eq!(until(), "2026-11-25");
    let closure = close_office(&app, "2026-11-25");
    assert_eq!(until(), "2026-11-26");
    let notices = view(&app, "chief1", &petition)["notices"].clone();
    assert_eq!((&notices[0]["about"], &notices[0]["told_by"]), (&json!("APPEAL_MOVED"), &json!("LETTER")));
    open_office(&app, &closure);
    assert_eq!(until(), "2026-11-25");
    assert_eq!(view(&app, "chief1", &petition)["notices"].as_array().unwrap().len(), 1, "they know that day");
    assert!(waiting(&app, "chief1", &petition, "LETTER").is_empty(), "and are told no other one");
    // After it has passed, and the petition has ended.
    act(&app, "clerk1", &petition, "treat-as-appeal", &json!({"reason": "不服處分"})).expect(200);
    app.set_clock("2026-11-26T09:00:00+08:00");
    close_office(&app, "2026-11-25");
    assert_eq!(until(), "2026-11-26");
    // A day on which none of its limits ends says nothing.
    let told = view(&app, "chief1", &petition)["notices"].as_array().unwrap().len();
    close_office(&app, "2026-11-30");
    assert_eq!(view(&app, "chief1", &petition)["notices"].as_array().unwrap().len(), told);
}

fn ask(app: &TestApp, user: &str, petition: &Taken, until: &str) -> crate::support::Answer {
    act(app, user, petition, "request-supplement", &json!({"what": "請敘明地點", "due_on": until}))
}

#[test]
fn a_supplement_ends_on_no_day_on_which_nothing_can_be_handed_in() {
    let app = TestApp::new();
    let (closed, saturday, sunday) = (assigned(&app, "INQUIRY"), assigned(&app, "INQUIRY"), assigned(&app, "INQUIRY"));
    app.set_clock("2026-11-24T09:00:00+08:00");
    ask(&app, "clerk2", &closed, "2026-11-27").expect(200);
    let last = |petition: &Taken| view(&app, "chief1", petition)["supplements"][0]["due_at"].clone();
    let (noon, evening) = ("2026-11-30T12:00:00+08:00", "2026-11-30T23:59:59+08:00");
    ask(&app, "clerk2", &saturday, "2026-11-28").expect(200);
    ask(&app, "clerk2", &sunday, "2026-11-29").expect(200);
    for petition in [&closed, &saturday, &sunday] {
        hand_over(&app, "clerk2", petition);
    }
    assert_eq!((last(&saturday), last(&sunday)), (json!(noon), json!(evening)));
    let asked = track(&app, &saturday.number, &saturday.secret).expect(200)["supplement"].clone();
    assert_eq!((&asked["due_on"], &asked["due_at"]), (&json!("2026-11-30"), &json!(noon)));
    app.set_clock("2026-11-27T07:00:00+08:00");
    close_office(&app, "2026-11-27");
    assert_eq!(last(&closed), noon, "over the Saturday to Monday noon");
    let notices = view(&app, "chief1", &closed)["notices"].clone();
    assert_eq!((&notices[0]["about"], &notices[0]["told_by"]), (&json!("SUPPLEMENT_MOVED"), &json!("LETTER")));
    assert_eq!(due(&app, &closed), "2026-12-08T23:59:59+08:00");
    app.set_clock("2026-11-28T00:30:00+08:00");
    app.tick();
    assert_eq!(status(&app, &closed), "AWAITING_SUPPLEMENT");
    app.set_clock("2026-11-30T12:00:01+08:00");
    app.tick();
    assert_eq!((status(&app, &closed).as_str(), status(&app, &sunday).as_str()), ("ASSIGNED", "AWAITING_SUPPLEMENT"));
}

#[test]
fn a_supplement_that_lapsed_on_a_day_that_is_closed_afterwards_is_awaited_again() {
    let app = TestApp::new();
    let petition = assigned(&app, "INQUIRY");
    app.set_clock("2026-11-24T09:00:00+08:00");
    ask(&app, "clerk2", &petition, "2026-11-27").expect(200);
    hand_over(&app, "clerk2", &petition);
    app.set_clock("2026-11-28T09:00:00+08:00");
    app.tick();
    assert_eq!((status(&app, &petition).as_str(), due(&app, &petition).as_str()), ("ASSIGNED", "2026-12-07T23:59:59+08:00"));
    let closure = close_office(&app, "2026-11-27");
    assert_eq!(
        (status(&app, &petition).as_str(), due(&app, &petition).as_str()),
        ("AWAITING_SUPPLEMENT", "2026-12-08T23:59:59+08:00")
    );
    open_office(&app, &closure);
    app.tick();
    assert_eq!((status(&app, &petition).as_str(), due(&app, &petition).as_str()), ("ASSIGNED", "2026-12-07T23:59:59+08:00"));
}

/// A petition whose petitioner is called, and was asked for a supplement until a Friday.
fn called(app: &TestApp) -> Taken {
    let petition = take(app, Some("clerk1"), &with(letter("RIGHTS"), "contact", json!({"phone": "0912345678"})));
    assign(app, &petition, "clerk2");
    ask(app, "clerk2", &petition, "2026-12-04").expect(200);
    note_call(app, "clerk2", &petition, "REACHED").expect(200);
    petition
}

/// The last day of the supplement, and what was told of it: about what, how far, and until when.
fn told(app: &TestApp, petition: &Taken) -> (Value, Vec<Value>) {
    let shown = view(app, "chief1", petition);
    let of = |one: &Value| json!([one["about"], one["status"], one["until_at"].as_str().map(|until| &until[..10])]);
    (shown["supplements"][0]["due_on"].clone(), shown["tellings"].as_array().unwrap().iter().map(of).collect())
}

#[test]
fn a_day_that_was_told_is_taken_back_to_none_that_has_passed() {
    let app = TestApp::new();
    let petition = called(&app);
    let asked = json!(["SUPPLEMENT", "TOLD", "2026-12-04"]);
    assert_eq!(told(&app, &petition), (json!("2026-12-04"), vec![asked.clone()]));
    app.set_clock("2026-12-07T09:00:00+08:00");
    app.tick();
    assert_eq!(status(&app, &petition), "ASSIGNED");
    let closure = close_office(&app, "2026-12-04");
    assert_eq!(told(&app, &petition), (json!("2026-12-07"), vec![asked.clone(), json!(["NOTICE", "WAITING", "2026-12-07"])]));
    app.advance(chrono::Duration::minutes(5));
    note_call(&app, "clerk2", &petition, "REACHED").expect(200);
    app.advance(chrono::Duration::minutes(5));
    open_office(&app, &closure);
    app.tick();
    let moved = json!(["NOTICE", "TOLD", "2026-12-07"]);
    assert_eq!(told(&app, &petition), (json!("2026-12-07"), vec![asked, moved]), "it stands, and nothing is to be told");
    assert_eq!(status(&app, &petition), "AWAITING_SUPPLEMENT");
    let seen = track(&app, &petition.number, &petition.secret).expect(200)["supplement"]["due_on"].clone();
    assert_eq!(seen, "2026-12-07");
    // It is counted anew whenever the calendar changes, and stands until then.
    close_office(&app, "2026-12-01");
    assert_eq!(told(&app, &petition).0, "2026-12-07");
    app.set_clock("2026-12-08T09:00:00+08:00");
    app.tick();
    assert_eq!((status(&app, &petition).as_str(), told(&app, &petition).0), ("ASSIGNED", json!("2026-12-07")));
}

#[test]
fn a_day_that_nobody_was_told_follows_the_calendar_wherever_it_goes() {
    let app = TestApp::new();
    let petition = called(&app);
    app.set_clock("2026-12-07T09:00:00+08:00");
    let closure = close_office(&app, "2026-12-04");
    app.advance(chrono::Duration::minutes(5));
    open_office(&app, &closure);
    let (asked, stopped) = (json!(["SUPPLEMENT", "TOLD", "2026-12-04"]), json!(["NOTICE", "STOPPED", "2026-12-07"]));
    assert_eq!(told(&app, &petition), (json!("2026-12-04"), vec![asked, stopped]), "they know no other day");
    app.tick();
    assert_eq!(status(&app, &petition), "ASSIGNED");
}

#[test]
fn whoever_was_told_a_later_day_is_told_right_though_the_supplement_has_lapsed() {
    let app = TestApp::new();
    let petition = called(&app);
    app.advance(chrono::Duration::minutes(5));
    let closure = close_office(&app, "2026-12-04");
    app.advance(chrono::Duration::minutes(5));
    note_call(&app, "clerk2", &petition, "REACHED").expect(200);
    app.advance(chrono::Duration::minutes(5));
    open_office(&app, &closure);
    let last = || told(&app, &petition).1.last().cloned().unwrap();
    assert_eq!((told(&app, &petition).0, last()), (json!("2026-12-04"), json!(["NOTICE", "WAITING", "2026-12-04"])));
    app.set_clock("2026-12-05T09:00:00+08:00");
    app.tick();
    assert_eq!((status(&app, &petition).as_str(), last()), ("ASSIGNED", json!(["NOTICE", "WAITING", "2026-12-04"])));
    note_call(&app, "clerk2", &petition, "REACHED").expect(200);
    assert_eq!(last(), json!(["NOTICE", "TOLD", "2026-12-04"]));
}

#[test]
fn a_last_day_for_an_appeal_that_was_told_is_taken_back_to_none_that_has_passed() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &against("RIGHTS", "2026-10-26"));
    hand_over(&app, "chief1", &petition);
    let until = || track(&app, &petition.number, &petition.secret).expect(200)["appeal_until_on"].clone();
    app.set_clock("2026-11-26T09:00:00+08:00");
    let closure = close_office(&app, "2026-11-25");
    app.advance(chrono::Duration::minutes(5));
    hand_over(&app, "chief1", &petition);
    app.advance(chrono::Duration::minutes(5));
    open_office(&app, &closure);
    assert_eq!(until(), "2026-11-26");
    assert_eq!(view(&app, "chief1", &petition)["notices"].as_array().unwrap().len(), 1);
}

#[test]
fn a_second_supplement_in_a_period_is_anothers_decision() {
    let app = TestApp::new();
    let petition = assigned(&app, "RIGHTS");
    let comes = || {
        hand_over(&app, "chief1", &petition);
        act(&app, "clerk1", &petition, "supplement", &json!({"text": "地點在一樓"})).expect(200);
    };
    ask(&app, "clerk2", &petition, "2026-11-27").expect(200);
    comes();
    app.advance(chrono::Duration::seconds(1));
    ask(&app, "clerk2", &petition, "2026-11-27").refused(403, "forbidden");
    assert!(
        !get(&app, "clerk2", &petition.path).expect(200)["allowed_actions"]
            .as_array()
            .unwrap()
            .contains(&json!("request-supplement"))
    );
    ask(&app, "chief1", &petition, "2026-11-27").expect(200);
    comes();
    app.advance(chrono::Duration::seconds(1));
    ask(&app, "chief1", &petition, "2026-11-27").refused(409, "same_person");
    ask(&app, "chief2", &petition, "2026-11-27").expect(200);
}

#[test]
fn how_late_an_answer_was_follows_the_calendar_as_it_stands() {
    let app = TestApp::new();
    let (closed, open) = (assigned(&app, "SUGGESTION"), assigned(&app, "SUGGESTION"));
    app.set_clock("2026-12-09T09:00:00+08:00");
    for petition in [&closed, &open] {
        assert_eq!(replied(&app, petition, "FINAL")["due_at"], "2026-12-08T23:59:59+08:00");
    }
    act(&app, "clerk2", &closed, "close", &json!({})).expect(200);
    app.set_clock("2026-12-10T09:00:00+08:00");
    let closure = close_office(&app, "2026-12-08");
    let moved = "2026-12-09T23:59:59+08:00";
    let shown = view(&app, "chief1", &closed);
    assert_eq!((&shown["due_at"], &shown["closings"][0]["due_at"]), (&json!(moved), &json!(moved)));
    assert_eq!(due(&app, &open), moved);
    // Taken up again, what comes to the new period moves nothing of the old one.
    act(&app, "chief1", &closed, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    open_office(&app, &closure);
    let shown = view(&app, "chief1", &closed);
    assert_eq!(shown["closings"][0]["due_at"], "2026-12-08T23:59:59+08:00");
    let counted = app.get("/v1/deadlines/preview?from=2026-12-10&rule=SUGGESTION").user("chief1").send().expect(200).clone();
    assert_eq!(shown["due_at"], counted["due_at"]);
}

#[test]
fn the_remedies_are_told_at_once_in_whichever_state_it_is() {
    let (app, _relay) = with_relay();
    let told = |user: &str, petition: &Taken| {
        let shown = view(&app, user, petition);
        (shown["status"].clone(), shown["remedies_told_at"].clone(), shown["remedies_told_by"].clone())
    };
    let at = json!("2026-11-23T09:00:00+08:00");
    let body = || against("RIGHTS", "2026-10-30");
    let unnamed = take(&app, Some("clerk1"), &with(body(), "petitioner", Value::Null));
    let unsigned = take(&app, Some("clerk1"), &with(body(), "channel", json!("COUNTER")));
    let report = take(&app, Some("clerk1"), &against("REPORT", "2026-10-30"));
    let all = [("chief1", &unnamed, "SCREENING"), ("clerk1", &unsigned, "AWAITING_SIGNATURE"), ("chief2", &report, "QUARANTINE")];
    for (user, petition, state) in all {
        assert_eq!(told(user, petition), (json!(state), Value::Null, json!("LETTER")), "it is to be posted at once");
        hand_over(&app, user, petition);
        assert_eq!(told(user, petition), (json!(state), at.clone(), json!("LETTER")));
    }
    // An address that is proven later is told what nobody could be told before.
    let mut mail = with(body(), "channel", json!("MAILBOX"));
    mail["contact"] = json!({"email": "someone@example.org"});
    let unconfirmed = take(&app, None, &mail);
    assert_eq!(told("chief1", &unconfirmed), (json!("AWAITING_CONFIRMATION"), at, json!("TRACKING")));
    let hash = app.secret_hash("the-code");
    app.sql(&format!("UPDATE petitions SET confirm_hash = '{hash}' WHERE number = '{}'", unconfirmed.number));
    app.advance(chrono::Duration::hours(1));
    app.post(&format!("{}:confirm", unconfirmed.path)).once().json(&json!({"code": "the-code"})).send().expect(200);
    assert_eq!(told("chief1", &unconfirmed), (json!("RECEIVED"), Value::Null, json!("MAIL")));
    app.send_mail();
    assert_eq!(told("chief1", &unconfirmed), (json!("RECEIVED"), json!("2026-11-23T10:00:00+08:00"), json!("MAIL")));
}
