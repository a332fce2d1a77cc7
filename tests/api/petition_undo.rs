//! What was done by mistake with a petition is undone with a reason: a supplement and a request for one, a signature, an extension, a reply,
//! a double entry. It stays readable as taken back, and the petitioner is told right where they were told anything.

use serde_json::{Value, json};

use crate::petition_merging::{actions, field, id};
use crate::petitions::{Taken, act, assign, get, hand_over, letter, note_letters, replied, status, take, track, waiting, with};
use crate::support::{Answer, TestApp};
use crate::uploads::{content, text};

const LIMIT: &str = "2026-12-02T23:59:59+08:00";

fn view(app: &TestApp, petition: &Taken) -> Value {
    get(app, "chief1", &petition.path).expect(200).clone()
}

fn assigned(app: &TestApp) -> Taken {
    let petition = take(app, Some("clerk1"), &letter("INQUIRY"));
    assign(app, &petition, "clerk2");
    petition
}

fn ask(app: &TestApp, petition: &Taken, until: &str) {
    act(app, "clerk2", petition, "request-supplement", &json!({"what": "請敘明地點", "due_on": until})).expect(200);
}

fn strike(app: &TestApp, user: &str, petition: &Taken, place: usize) -> Answer {
    act(app, user, petition, "strike-supplement", &json!({"supplement": place, "reason": "誤登，係他案之補充"}))
}

fn notices(app: &TestApp, petition: &Taken) -> Vec<String> {
    let all = view(app, petition)["notices"].clone();
    all.as_array().unwrap().iter().map(|one| one["about"].as_str().unwrap().to_owned()).collect()
}

fn statuses(app: &TestApp, petition: &Taken) -> Vec<String> {
    let all = view(app, petition)["tellings"].clone();
    all.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_supplement_of_another_petition_is_struck_and_what_was_asked_for_is_awaited_again() {
    let app = TestApp::new();
    let petition = assigned(&app);
    ask(&app, &petition, "2026-11-30");
    hand_over(&app, "clerk2", &petition);
    app.set_clock("2026-11-24T09:00:00+08:00");
    let upload = text(&app, Some("clerk2"), "他案附件");
    let wrong = json!({"text": "他案之補充", "attachments": [upload.attachment()]});
    act(&app, "clerk2", &petition, "supplement", &wrong).expect(200);
    let early = view(&app, &petition)["due_at"].clone();
    assert_eq!(strike(&app, "clerk2", &petition, 2).fields(), field("/supplement", "unknown"));
    let unexplained = act(&app, "clerk2", &petition, "strike-supplement", &json!({"supplement": 1}));
    assert_eq!(unexplained.fields(), field("/reason", "required"));
    // The limit ends later by it: that is another's word than whoever is in charge.
    strike(&app, "clerk2", &petition, 1).refused(403, "forbidden");
    let struck = strike(&app, "chief1", &petition, 1).expect(200).clone();
    assert_eq!((&struck["status"], &struck["supplements"][0]["came_at"]), (&json!("AWAITING_SUPPLEMENT"), &Value::Null));
    assert!(struck["due_at"].as_str() > early.as_str(), "{struck}");
    let kept = &struck["supplements"][1];
    assert_eq!((&kept["text"], &kept["struck"]["reason"]), (&json!("他案之補充"), &json!("誤登，係他案之補充")));
    assert_eq!((&struck["attachments"][0]["struck"], &struck["attachments"][0]["readable"]), (&json!(true), &json!(true)));
    assert_eq!(content(&app, "chief1", &upload).text, "他案附件", "it stays readable");
    app.call("DELETE", &upload.path()).user("clerk2").send().refused(409, "conflict");
    strike(&app, "chief1", &petition, 2).refused(409, "conflict");
    let piece = json!({"subject": "路燈", "body": "不亮", "supplement": 2, "writer": "PETITIONER", "reason": "一信二事"});
    assert_eq!(act(&app, "chief1", &petition, "split", &piece).fields(), field("/supplement", "not_allowed"));
    // What was struck is no supplement that came.
    app.set_clock("2026-12-01T09:00:00+08:00");
    app.tick();
    let filing = json!({"filing": {"ground": "NO_CONTENT"}, "reason": "未補充"});
    act(&app, "chief1", &petition, "file-without-reply", &filing).expect(200);
}

/// The limit while the clock stands still until 8 December.
const STOPPED: &str = "2026-12-17T23:59:59+08:00";

fn note(app: &TestApp, petition: &Taken, text: &str) -> Value {
    app.advance(chrono::Duration::seconds(1));
    act(app, "clerk2", petition, "supplement", &json!({"text": text})).expect(200).clone()
}

/// A petition of which two requests wait: the first until 8 December, since what came was struck, and another one until a day.
fn asked_twice(app: &TestApp, until: &str) -> Taken {
    let petition = assigned(app);
    ask(app, &petition, "2026-12-08");
    hand_over(app, "clerk2", &petition);
    assert_eq!(note(app, &petition, "他案之補充")["due_at"], LIMIT);
    let again = json!({"what": "請敘明時間", "due_on": until});
    act(app, "chief1", &petition, "request-supplement", &again).expect(200);
    let struck = strike(app, "chief1", &petition, 1).expect(200).clone();
    assert_eq!((&struck["status"], &struck["due_at"]), (&json!("AWAITING_SUPPLEMENT"), &json!(STOPPED)));
    petition
}

#[test]
fn what_comes_answers_each_of_two_requests_that_wait() {
    let app = TestApp::new();
    let petition = asked_twice(&app, "2026-12-10");
    let limit = get(&app, "chief1", &format!("{}/deadline", petition.path));
    assert_eq!(limit.expect(200)["stopped"], true);
    let came = note(&app, &petition, "於巷口");
    assert_eq!((&came["status"], &came["due_at"]), (&json!("ASSIGNED"), &json!(LIMIT)));
    let answered = |shown: &Value| {
        [0, 1].map(|nth| json!([shown["supplements"][nth]["came_at"].is_string(), shown["supplements"][nth]["text"]]))
    };
    assert_eq!(answered(&came), [json!([true, null]), json!([true, "於巷口"])]);
    // It stands with the one that was asked for last, and is struck there: then both wait again.
    assert_eq!(strike(&app, "chief1", &petition, 1).fields(), field("/supplement", "unknown"));
    let struck = strike(&app, "chief1", &petition, 2).expect(200).clone();
    assert_eq!(answered(&struck), [json!([false, null]), json!([false, null])]);
    assert_eq!((&struck["status"], &struck["due_at"]), (&json!("AWAITING_SUPPLEMENT"), &json!(STOPPED)));
    assert_eq!(note(&app, &petition, "於巷口")["due_at"], LIMIT);
}

#[test]
fn of_two_requests_that_wait_both_are_taken_back() {
    let app = TestApp::new();
    let petition = asked_twice(&app, "2026-12-10");
    let cancel = json!({"cancel": true, "reason": "無須補充"});
    let shown = act(&app, "chief1", &petition, "correct-supplement-request", &cancel).expect(200).clone();
    assert_eq!((&shown["status"], &shown["due_at"]), (&json!("ASSIGNED"), &json!(LIMIT)));
    assert!([0, 1].iter().all(|nth: &usize| shown["supplements"][*nth]["cancelled"].is_object()), "{shown}");
    assert_eq!(notices(&app, &petition), ["SUPPLEMENT_CANCELLED"]);
}

#[test]
fn two_requests_wait_until_the_later_of_their_last_days() {
    let app = TestApp::new();
    let petition = asked_twice(&app, "2026-11-30");
    app.set_clock("2026-12-01T09:00:00+08:00");
    app.tick();
    assert_eq!(status(&app, &petition), "AWAITING_SUPPLEMENT");
    let closed = json!({"date": "2026-12-08", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closed).send().expect(201);
    assert_eq!(view(&app, &petition)["supplements"][0]["due_on"], "2026-12-09", "each follows the office's days");
    app.set_clock("2026-12-10T09:00:00+08:00");
    app.tick();
    assert_eq!(status(&app, &petition), "ASSIGNED");
}

#[test]
fn what_is_struck_late_is_not_awaited_where_something_has_come_since() {
    let app = TestApp::new();
    let petition = assigned(&app);
    ask(&app, &petition, "2026-12-08");
    hand_over(&app, "clerk2", &petition);
    note(&app, &petition, "他案之補充");
    let again = json!({"what": "請敘明時間", "due_on": "2026-12-10"});
    act(&app, "chief1", &petition, "request-supplement", &again).expect(200);
    let came = note(&app, &petition, "於巷口，晚間")["supplements"][1]["came_at"].clone();
    let struck = strike(&app, "chief1", &petition, 1).expect(200).clone();
    assert_eq!((&struck["status"], &struck["due_at"]), (&json!("ASSIGNED"), &json!(LIMIT)));
    assert_eq!((&struck["supplements"][0]["came_at"], &struck["supplements"][0]["text"]), (&came, &Value::Null));
}

#[test]
fn a_supplement_that_came_unasked_is_struck_by_whoever_noted_it() {
    let app = TestApp::new();
    let petition = assigned(&app);
    act(&app, "clerk2", &petition, "supplement", &json!({"text": "他案之補充"})).expect(200);
    let shown = strike(&app, "clerk2", &petition, 1).expect(200).clone();
    assert_eq!((&shown["status"], &shown["due_at"]), (&json!("ASSIGNED"), &json!(LIMIT)));
    assert!(shown["supplements"][0]["struck"]["at"].is_string());
    assert_eq!(actions(&app, &petition).last().unwrap(), "supplement_struck");
}

#[test]
fn a_request_that_had_not_gone_out_when_the_wrong_supplement_came_is_told_again() {
    let app = TestApp::new();
    let petition = assigned(&app);
    ask(&app, &petition, "2026-11-30");
    act(&app, "clerk2", &petition, "supplement", &json!({"text": "他案之補充"})).expect(200);
    assert_eq!(statuses(&app, &petition), ["STOPPED"], "nothing is asked for any more");
    strike(&app, "clerk2", &petition, 1).expect(200);
    assert_eq!(statuses(&app, &petition), ["STOPPED", "WAITING"]);
}

#[test]
fn a_supplement_to_a_merged_petition_is_struck_in_both() {
    let app = TestApp::new();
    let main = assigned(&app);
    let other = assigned(&app);
    act(&app, "chief1", &other, "merge", &json!({"into_id": id(&main), "reason": "同一路段"})).expect(200);
    act(&app, "clerk2", &other, "supplement", &json!({"text": "他案之補充"})).expect(200);
    assert_eq!(strike(&app, "clerk2", &main, 1).fields(), field("/supplement", "not_allowed"));
    strike(&app, "clerk2", &other, 1).expect(200);
    assert!(view(&app, &main)["supplements"][0]["struck"]["at"].is_string());
    assert_eq!(actions(&app, &main).last().unwrap(), "letter_struck");
}

#[test]
fn a_request_for_a_supplement_is_put_right_while_it_waits() {
    let app = TestApp::new();
    let petition = assigned(&app);
    ask(&app, &petition, "2026-11-27");
    let correct = |user: &str, body: &Value| act(&app, user, &petition, "correct-supplement-request", body);
    assert_eq!(correct("clerk2", &json!({"reason": "誤植"})).fields(), field("/what", "required"));
    assert_eq!(correct("clerk2", &json!({"what": "x", "cancel": true, "reason": "誤植"})).fields(), field("/cancel", "not_both"));
    for wrong in ["2026-11-23", "2026-12-24"] {
        assert_eq!(correct("clerk2", &json!({"due_on": wrong, "reason": "誤植"})).fields(), field("/due_on", "range"));
    }
    correct("clerk1", &json!({"what": "請敘明時間", "reason": "誤植"})).refused(403, "forbidden");
    // Before it has gone out, it goes out as it is now.
    let put = correct("clerk2", &json!({"what": "請敘明時間", "due_on": "2026-11-30", "reason": "誤植"})).expect(200).clone();
    let asked = &put["supplements"][0];
    assert_eq!((&asked["what"], &asked["due_on"]), (&json!("請敘明時間"), &json!("2026-11-30")));
    let before = &asked["corrections"][0];
    assert_eq!((&before["what"], &before["due_on"]), (&json!("請敘明地點"), &json!("2026-11-27")));
    assert_eq!(before["undone"]["reason"], "誤植");
    assert_eq!((statuses(&app, &petition), notices(&app, &petition)), (vec!["STOPPED".to_owned(), "WAITING".to_owned()], vec![]));
    assert_eq!(track(&app, &petition.number, &petition.secret).expect(200)["supplement"]["what"], "請敘明時間");
    // Afterwards, whoever was told it is told right; and a limit gets later by another's word.
    hand_over(&app, "clerk2", &petition);
    let later = json!({"due_on": "2026-12-04", "reason": "展延"});
    correct("clerk2", &later).refused(403, "forbidden");
    correct("chief1", &later).expect(200);
    assert_eq!(notices(&app, &petition), ["SUPPLEMENT_CORRECTED"]);
    assert_eq!(statuses(&app, &petition), ["STOPPED", "TOLD", "WAITING"]);
    // They must have known what is asked for in time.
    app.set_clock("2026-12-05T09:00:00+08:00");
    app.tick();
    let filing = json!({"filing": {"ground": "NO_CONTENT"}, "reason": "未補充"});
    let refused = act(&app, "chief1", &petition, "file-without-reply", &filing);
    assert_eq!(refused.fields(), field("/filing/ground", "not_met"));
}

#[test]
fn a_request_for_a_supplement_by_mistake_is_taken_back_and_has_never_stopped_the_clock() {
    let app = TestApp::new();
    let (untold, told) = (assigned(&app), assigned(&app));
    let cancel = json!({"cancel": true, "reason": "誤登他案"});
    for petition in [&untold, &told] {
        ask(&app, petition, "2026-11-27");
    }
    hand_over(&app, "clerk2", &told);
    assert_ne!(view(&app, &told)["due_at"], LIMIT);
    for petition in [&untold, &told] {
        let shown = act(&app, "clerk2", petition, "correct-supplement-request", &cancel).expect(200).clone();
        assert_eq!((&shown["status"], &shown["due_at"]), (&json!("ASSIGNED"), &json!(LIMIT)));
        assert_eq!(shown["supplements"][0]["cancelled"]["reason"], "誤登他案");
        assert!(track(&app, &petition.number, &petition.secret).expect(200)["supplement"].is_null());
    }
    assert_eq!((notices(&app, &untold), notices(&app, &told)), (vec![], vec!["SUPPLEMENT_CANCELLED".to_owned()]));
    assert_eq!(actions(&app, &told).last().unwrap(), "supplement_request_cancelled");
    // It was none, so that whoever is in charge asks.
    ask(&app, &told, "2026-11-27");
}

#[test]
fn a_signature_by_mistake_is_taken_back_by_another_before_anything_rests_on_it() {
    let app = TestApp::new();
    let spoken = || {
        let petition = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "channel", json!("COUNTER")));
        act(&app, "clerk1", &petition, "sign", &json!({})).expect(200);
        petition
    };
    let correct = |petition: &Taken| {
        let tag = get(&app, "chief1", &petition.path).etag().to_owned();
        let body = json!({"body": "更正後之內容"});
        app.call("PATCH", &petition.path).user("chief1").if_match(&tag).json(&body).send()
    };
    let unsign = |user: &str, petition: &Taken| act(&app, user, petition, "unsign", &json!({"reason": "尚未朗讀確認"}));
    let petition = spoken();
    correct(&petition).refused(409, "wrong_state");
    unsign("clerk1", &petition).refused(409, "same_person");
    let shown = unsign("chief1", &petition).expect(200).clone();
    assert_eq!((&shown["status"], &shown["registered_at"]), (&json!("AWAITING_SIGNATURE"), &Value::Null));
    assert_eq!(correct(&petition).expect(200)["body"], "更正後之內容");
    act(&app, "clerk1", &petition, "sign", &json!({})).expect(200);
    // Also once it was withdrawn by mistake in between.
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "誤登"})).expect(200);
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "誤登"})).expect(200);
    unsign("chief1", &petition).expect(200);
    // Something rests on it.
    let other = spoken();
    act(&app, "clerk1", &other, "supplement", &json!({"text": "補寄照片"})).expect(200);
    unsign("chief1", &other).refused(409, "conflict");
    let written = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    unsign("chief1", &written).refused(409, "conflict");
    for petition in [&other, &written] {
        assert!(!view(&app, petition)["allowed_actions"].as_array().unwrap().contains(&json!("unsign")));
    }
    // A report is its taker's and its custodian's again.
    let report = take(&app, Some("clerk1"), &with(letter("REPORT"), "channel", json!("COUNTER")));
    act(&app, "clerk1", &report, "sign", &json!({}));
    get(&app, "clerk1", &report.path).refused(404, "not_found");
    unsign("chief2", &report).expect(200);
    get(&app, "clerk1", &report.path).expect(200);
    get(&app, "chief1", &report.path).refused(404, "not_found");
}

#[test]
fn an_extension_by_mistake_is_taken_back_untold_or_told_right() {
    let app = TestApp::new();
    let (untold, told, merged) = (assigned(&app), assigned(&app), assigned(&app));
    act(&app, "chief1", &merged, "merge", &json!({"into_id": id(&told), "reason": "同一路段"})).expect(200);
    hand_over(&app, "chief1", &merged);
    for petition in [&untold, &told] {
        act(&app, "chief1", petition, "revoke-extension", &json!({"reason": "誤核"})).refused(409, "conflict");
        act(&app, "clerk2", petition, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
        act(&app, "chief1", petition, "extend", &json!({"approve": true})).expect(200);
        assert_ne!(view(&app, petition)["due_at"], LIMIT);
    }
    hand_over(&app, "clerk2", &told);
    let revoke = |user: &str, petition: &Taken| act(&app, user, petition, "revoke-extension", &json!({"reason": "誤核他案"}));
    revoke("clerk2", &untold).refused(403, "forbidden");
    for petition in [&untold, &told] {
        let shown = revoke("chief1", petition).expect(200).clone();
        assert_eq!((&shown["due_at"], &shown["extension"]["revoked"]["reason"]), (&json!(LIMIT), &json!("誤核他案")));
        assert!(track(&app, &petition.number, &petition.secret).expect(200)["extension_reason"].is_null());
    }
    assert_eq!((notices(&app, &untold), notices(&app, &told)), (vec![], vec!["EXTENSION_REVOKED".to_owned()]));
    assert_eq!(statuses(&app, &untold), ["STOPPED"]);
    // Those that are answered with it were extended with it; this one was not told yet.
    let shown = view(&app, &merged);
    assert_eq!((&shown["due_at"], &shown["extension"]["revoked"]["reason"]), (&json!(LIMIT), &json!("誤核他案")));
    assert_eq!(notices(&app, &merged), ["MERGED"]);
    assert_eq!(actions(&app, &merged).last().unwrap(), "extension_revoked_together");
    revoke("chief1", &told).refused(409, "conflict");
    // It can be asked for anew.
    act(&app, "clerk2", &untold, "extend", &json!({"days": 3, "reason": "須會勘"})).expect(200);
    act(&app, "chief1", &untold, "extend", &json!({"approve": true})).expect(200);
    assert_eq!(view(&app, &untold)["extension"]["days"], 3);
}

#[test]
fn a_reply_that_was_taken_back_is_not_rated_and_its_rating_is_set_aside() {
    let app = TestApp::new();
    let petition = assigned(&app);
    let rate = |score: u32| {
        let body = json!({"number": petition.number, "secret": petition.secret, "score": score});
        app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send()
    };
    replied(&app, &petition, "FINAL");
    hand_over(&app, "clerk2", &petition);
    rate(1).expect(201);
    assert_eq!(get(&app, "director1", &petition.path).expect(200)["rating"]["score"], 1);
    let back = act(&app, "chief2", &petition, "reopen", &json!({"mistake": "引用法令有誤"})).expect(200).clone();
    assert!(back["replies"][0]["taken_back_at"].is_string());
    assert!(get(&app, "director1", &petition.path).expect(200)["rating"].is_null(), "it rated what is no answer");
    rate(2).refused(409, "conflict");
    let read = track(&app, &petition.number, &petition.secret);
    assert!(read.expect(200)["replies"][0]["taken_back_at"].is_string(), "they read that it does not hold");
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    rate(5).expect(201);
    rate(4).refused(409, "conflict");
    assert_eq!(get(&app, "director1", &petition.path).expect(200)["rating"]["score"], 5);
}

/// Into which petition another is merged that staff have entered twice.
fn double(app: &TestApp, petition: &Taken, main: &Taken) -> Answer {
    let body = json!({"into_id": id(main), "reason": "同一信函重複登錄", "entered_twice": true});
    act(app, "chief1", petition, "merge", &body)
}

fn against() -> Value {
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"});
    with(letter("INQUIRY"), "against_decision", decision)
}

#[test]
fn whoever_was_entered_twice_is_told_once_and_counted_once() {
    let app = TestApp::new();
    let (main, again) = (take(&app, Some("clerk1"), &against()), take(&app, Some("clerk3"), &against()));
    let another = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "petitioner", json!({"name": "林小安"})));
    assert_eq!(double(&app, &another, &main).fields(), field("/entered_twice", "not_met"));
    let own = take(&app, None, &with(letter("INQUIRY"), "channel", json!("MAILBOX")));
    assert_eq!(double(&app, &own, &main).fields(), field("/entered_twice", "not_met"));
    let received = || {
        let digest = app.get("/v1/digests/petitions/2026-11").user("director1").send().expect(200).clone();
        digest["figures"]["received"].clone()
    };
    let before = received();
    let shown = double(&app, &again, &main).expect(200).clone();
    assert_eq!((&shown["status"], &shown["entered_twice"]), (&json!("MERGED"), &json!(true)));
    assert_eq!((statuses(&app, &again), notices(&app, &again)), (vec!["STOPPED".to_owned()], vec![]), "nothing is told twice");
    assert_eq!(received().as_i64(), before.as_i64().map(|before| before - 1));
    assign(&app, &main, "clerk2");
    act(&app, "clerk2", &main, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
    act(&app, "chief1", &main, "extend", &json!({"approve": true})).expect(200);
    replied(&app, &main, "FINAL");
    let told = view(&app, &again);
    assert_eq!((&told["replies"][0]["told_by"], &told["extension"]["told_by"]), (&json!(["ONCE"]), &json!("ONCE")));
    assert_eq!(statuses(&app, &again), ["STOPPED"]);
    // Under either number the reply is read.
    assert_eq!(track(&app, &again.number, &again.secret).expect(200)["replies"][0]["text"], "依規定辦理。");
}

#[test]
fn that_a_petition_was_entered_twice_is_told_where_anything_has_gone_out_and_undone_where_it_is_none() {
    let app = TestApp::new();
    let (main, again) = (take(&app, Some("clerk1"), &against()), take(&app, Some("clerk3"), &against()));
    hand_over(&app, "chief1", &again);
    double(&app, &again, &main).expect(200);
    assert_eq!(
        (notices(&app, &again), statuses(&app, &again)),
        (vec!["ENTERED_TWICE".to_owned()], vec!["TOLD".to_owned(), "WAITING".to_owned()])
    );
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    // It is one of its own after all: its petitioner is told what they were not told by itself.
    let out = act(&app, "chief1", &again, "unmerge", &json!({"reason": "係另一陳情"})).expect(200).clone();
    assert_eq!((&out["entered_twice"], &out["replies"][0]["told_by"]), (&json!(false), &json!(["LETTER"])));
    assert_eq!(notices(&app, &again), ["ENTERED_TWICE"], "which had not gone out");
    let letters = waiting(&app, "chief1", &again, "LETTER");
    note_letters(&app, "chief1", &again, &letters, "HANDED_OVER").expect(200);
    assert_eq!(statuses(&app, &again), ["TOLD", "STOPPED", "TOLD"]);
    assert_eq!(status(&app, &again), "RECEIVED");
}
