//! Letters after something was put right: what was told stays with whom it has told, whoever was told nothing is told, what waits says what
//! holds, and what was noted of a letter by mistake is taken back.

use serde_json::{Value, json};

use crate::outgoing_letters::{at, because, change, correct, letters, print, statuses, tellings, told};
use crate::petitions::{Taken, act, assign, draft, get, hand_over, letter, note_letters, replied, take, waiting, with};
use crate::support::TestApp;

fn view(app: &TestApp, petition: &Taken) -> Value {
    get(app, "chief1", &petition.path).expect(200).clone()
}

/// Whom each telling tells.
fn whom(app: &TestApp, petition: &Taken) -> Vec<Value> {
    view(app, petition)["tellings"].as_array().unwrap().iter().map(|one| one["petitioner"].clone()).collect()
}

fn named(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "name": name })).collect()
}

fn others(names: &[&str]) -> Value {
    json!({"others": named(names), "reason": "姓名登錄有誤"})
}

fn assigned(app: &TestApp, body: &Value) -> Taken {
    let petition = take(app, Some("clerk1"), body);
    assign(app, &petition, "clerk2");
    petition
}

/// Answered by letters to each of a group, which wait.
fn answered(app: &TestApp, names: &[&str]) -> Taken {
    let petition = assigned(app, &with(letter("SUGGESTION"), "others", named(names)));
    replied(app, &petition, "FINAL");
    petition
}

fn recipients(app: &TestApp, petition: &Taken) -> Vec<String> {
    letters(app, "clerk1", petition).iter().map(|one| one["recipient"].as_str().unwrap().to_owned()).collect()
}

/// What a letter says, without the blanks of its lines.
fn printed(app: &TestApp, letter: &Value) -> String {
    print(app, "clerk1", letter).text().split_whitespace().collect()
}

#[test]
fn what_a_letter_has_told_stays_with_whom_it_has_told() {
    let app = TestApp::new();
    let group = answered(&app, &["林小安", "陳小華"]);
    note_letters(&app, "clerk2", &group, &[json!(1), json!(2)], "HANDED_OVER").expect(200);
    correct(&app, &group, &others(&["陳小華"])).expect(200);
    assert_eq!(whom(&app, &group), [json!(1), Value::Null, json!(2)]);
    assert_eq!(statuses(&letters(&app, "clerk1", &group)), ["SENT", "SENT", "TO_PRINT"]);
    assert_eq!(view(&app, &group)["replies"][0]["told_by"], json!(["LETTER", "LETTER"]));
    assert_eq!(waiting(&app, "chief1", &group, "LETTER"), [json!(3)], "nobody has told the one who moved up");
    // Named again, they have been told.
    correct(&app, &group, &others(&["林小安", "陳小華"])).expect(200);
    assert_eq!(whom(&app, &group), [json!(1), json!(2), json!(3)]);
    assert_eq!(statuses(&letters(&app, "clerk1", &group)), ["SENT", "SENT", "TO_PRINT"]);
    // Whoever was taken for the representative was told, and whoever is it was not.
    let group = answered(&app, &["林小安"]);
    note_letters(&app, "clerk2", &group, &[json!(1)], "HANDED_OVER").expect(200);
    let swapped = with(others(&["王小明"]), "petitioner", json!({"name": "林小安"}));
    correct(&app, &group, &swapped).expect(200);
    let all = letters(&app, "clerk1", &group);
    assert_eq!((whom(&app, &group), statuses(&all)), (vec![json!(2), json!(1)], vec!["SENT", "TO_PRINT"]));
    assert_eq!(recipients(&app, &group), ["王○明", "林○安"]);
    assert!(printed(&app, &all[1]).contains("林小安"));
}

#[test]
fn whoever_is_the_representative_after_all_is_told_what_was_told_to_another() {
    let app = TestApp::new();
    let group = assigned(&app, &with(letter("SUGGESTION"), "others", named(&["林小安"])));
    act(&app, "clerk2", &group, "request-supplement", &json!({"what": "請敘明地點", "due_on": "2026-11-27"})).expect(200);
    hand_over(&app, "clerk2", &group);
    assert_eq!(view(&app, &group)["supplements"][0]["reached_on"], "2026-11-23");
    let swap = |first: &str, other: &str| {
        correct(&app, &group, &with(others(&[other]), "petitioner", json!({ "name": first }))).expect(200);
    };
    swap("林小安", "王小明");
    assert_eq!((whom(&app, &group), recipients(&app, &group)), (vec![json!(2), json!(1)], vec!["王○明".into(), "林○安".into()]));
    assert!(view(&app, &group)["supplements"][0]["reached_on"].is_null(), "the clock does not wait for whoever was not asked");
    swap("王小明", "林小安");
    assert_eq!(statuses(&letters(&app, "clerk1", &group)), ["SENT", "STOPPED"], "they were asked already");
    assert_eq!(view(&app, &group)["supplements"][0]["reached_on"], "2026-11-23");
}

#[test]
fn a_correction_that_is_undone_is_told_as_if_it_had_not_been() {
    let app = TestApp::new();
    let group = answered(&app, &["林小安", "陳小華"]);
    correct(&app, &group, &others(&["林小安"])).expect(200);
    correct(&app, &group, &others(&["林小安", "陳小華"])).expect(200);
    let all = letters(&app, "clerk1", &group);
    assert_eq!(statuses(&all), ["TO_PRINT", "TO_PRINT", "STOPPED", "TO_PRINT"]);
    assert_eq!((&all[3]["recipient"], whom(&app, &group).pop()), (&json!("陳○華"), Some(json!(3))));
    let petition = filed(&app, Some("彰化縣政府"));
    for body in [Value::Null, json!("彰化縣政府")] {
        correct(&app, &petition, &json!({"forwarded_by": body, "reason": "誤刪"})).expect(200);
    }
    let all = letters(&app, "clerk1", &petition);
    assert_eq!(statuses(&all), ["STOPPED", "TO_PRINT"]);
    assert!(printed(&app, &all[1]).contains("彰化縣政府"));
}

/// Filed for want of competence.
fn filed(app: &TestApp, forwarded_by: Option<&str>) -> Taken {
    let petition = take(app, Some("clerk1"), &with(letter("SUGGESTION"), "forwarded_by", json!(forwarded_by)));
    let filing = json!({"ground": "NOT_COMPETENT", "sent_also_to": ["彰化縣和美鎮公所"]});
    act(app, "chief1", &petition, "file-without-reply", &json!({"filing": filing, "reason": "非本所主管"})).expect(200);
    act(app, "director1", &petition, "file-without-reply", &json!({"approve": true})).expect(200);
    petition
}

#[test]
fn whoever_is_named_by_a_correction_is_told() {
    let app = TestApp::new();
    let group = answered(&app, &["林小安"]);
    correct(&app, &group, &others(&["林小安", "呂小漏"])).expect(200);
    assert_eq!((whom(&app, &group), recipients(&app, &group).pop()), (vec![json!(1), json!(2), json!(3)], Some("呂○漏".into())));
    assert_eq!(view(&app, &group)["replies"][0]["told_by"], json!(["LETTER", "LETTER", "LETTER"]));
    // The body to which nothing was written, and the one to which it was written wrongly.
    let said = |body: &str| json!({"forwarded_by": body, "reason": "機關登錄有誤"});
    let wrong = filed(&app, Some("彰化縣議會"));
    hand_over(&app, "chief1", &wrong);
    let unsaid = filed(&app, None);
    for (petition, expected) in [(&wrong, vec!["SENT", "TO_PRINT"]), (&unsaid, vec!["TO_PRINT"])] {
        correct(&app, petition, &said("彰化縣政府")).expect(200);
        let all = letters(&app, "clerk1", petition);
        assert_eq!(statuses(&all), expected);
        assert!(printed(&app, all.last().unwrap()).contains("彰化縣政府"));
    }
    assert_eq!(whom(&app, &wrong), [Value::Null, json!(0)]);
    correct(&app, &wrong, &said("彰化縣議會")).expect(200);
    assert_eq!(statuses(&letters(&app, "clerk1", &wrong)), ["SENT", "STOPPED"], "the first one was right, and knows");
    // A letter with a name that is none of theirs has told nobody.
    let petition = answered(&app, &[]);
    hand_over(&app, "clerk2", &petition);
    let name = json!({"petitioner": {"name": "李四"}, "reason": "姓名誤植"});
    correct(&app, &petition, &name).expect(200);
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "TOLD"), ("LETTER", "WAITING")]));
    assert_eq!((whom(&app, &petition), recipients(&app, &petition).pop()), (vec![Value::Null, json!(1)], Some("李○".into())));
}

#[test]
fn what_was_noted_of_a_letter_by_mistake_is_taken_back() {
    let app = TestApp::new();
    let petition = assigned(&app, &letter("INQUIRY"));
    replied(&app, &petition, "FINAL");
    let note = |outcome: &str| note_letters(&app, "chief1", &petition, &[json!(1)], outcome).expect(200).clone();
    let status = || letters(&app, "clerk1", &petition)[0]["status"].clone();
    for back in ["NOT_SENT", "POSTED"] {
        note("POSTED");
        note("RETURNED");
        assert_eq!(tellings(&app, &petition), told(&[("LETTER", "FAILED"), ("TRACKING", "TOLD")]));
        let silent = json!({"tellings": [1], "outcome": back});
        let refused = act(&app, "chief1", &petition, "note-letters", &silent);
        assert_eq!(refused.fields(), vec![("/reason".to_owned(), "required".to_owned())]);
        note(back);
        let (telling, letter) = if back == "POSTED" { ("TOLD", "SENT") } else { ("WAITING", "PRINTED") };
        assert_eq!((tellings(&app, &petition), status()), (told(&[("LETTER", telling), ("TRACKING", "STOPPED")]), json!(letter)));
        assert_eq!(view(&app, &petition)["replies"][0]["told_by"], json!(["LETTER"]));
    }
    act(&app, "director1", &petition, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    assert_eq!(view(&app, &petition)["notices"][0]["told_by"], "LETTER", "no way has failed");
    // Nothing went to the address that was wrong.
    let petition = assigned(&app, &letter("INQUIRY"));
    replied(&app, &petition, "FINAL");
    note_letters(&app, "chief1", &petition, &[json!(1)], "POSTED").expect(200);
    let contact = json!({"contact": {"address": "彰化縣和美鎮彰美路五段1號"}, "reason": "地址有誤"});
    correct(&app, &petition, &contact).expect(200);
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "ASTRAY"), ("LETTER", "WAITING")]));
    note_letters(&app, "chief1", &petition, &[json!(1)], "NOT_SENT").expect(200);
    let all = letters(&app, "clerk1", &petition);
    assert_eq!(tellings(&app, &petition), told(&[("LETTER", "STOPPED"), ("LETTER", "WAITING")]));
    assert_eq!((statuses(&all), &all[0]["stop"]), (vec!["STOPPED", "TO_PRINT"], &json!("ADDRESS_CORRECTED")));
}

#[test]
fn a_letter_that_is_stopped_and_goes_after_all_leaves_one_telling_of_either_way() {
    let app = TestApp::new();
    let petition = assigned(&app, &letter("INQUIRY"));
    replied(&app, &petition, "FINAL");
    let one = || letters(&app, "clerk1", &petition)[0].clone();
    for _ in 0..3 {
        change(&app, "clerk1", &one(), "stop", &because("地址存疑")).expect(200);
        assert_eq!(tellings(&app, &petition), told(&[("LETTER", "STOPPED"), ("TRACKING", "TOLD")]));
        change(&app, "clerk1", &one(), "print-again", &because("地址無誤")).expect(200);
        assert_eq!(tellings(&app, &petition), told(&[("LETTER", "WAITING"), ("TRACKING", "STOPPED")]));
    }
    let blind = app.post(&format!("{}:mark-printed", at(&one()))).user("clerk1").once().if_match("*");
    blind.send().refused(428, "precondition_required");
}

#[test]
fn what_waits_is_written_anew_in_the_right_language_but_for_a_reply() {
    let app = TestApp::new();
    let in_english = || json!({"language": "en", "reason": "陳情人使用英文"});
    let languages = |petition: &Taken| -> Vec<Value> {
        letters(&app, "clerk1", petition).iter().map(|one| one["language"].clone()).collect()
    };
    let asked = assigned(&app, &letter("INQUIRY"));
    act(&app, "clerk2", &asked, "request-supplement", &json!({"what": "請敘明地點", "due_on": "2026-11-27"})).expect(200);
    correct(&app, &asked, &in_english()).expect(200);
    let all = letters(&app, "clerk1", &asked);
    assert_eq!((statuses(&all), languages(&asked)), (vec!["STOPPED", "TO_PRINT"], vec![json!("zh-TW"), json!("en")]));
    assert!(print(&app, "clerk1", &all[1]).text().contains("Please add to your petition"));
    // A draft in the wrong language is not sent, and what was sent says in which it is.
    let drafted = assigned(&app, &letter("INQUIRY"));
    act(&app, "clerk2", &drafted, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "chief1", &drafted, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    correct(&app, &drafted, &in_english()).expect(200);
    act(&app, "clerk2", &drafted, "reply", &json!({})).refused(409, "conflict");
    let sent = assigned(&app, &letter("INQUIRY"));
    replied(&app, &sent, "FINAL");
    correct(&app, &sent, &in_english()).expect(200);
    let shown = view(&app, &sent);
    assert_eq!((&shown["language"], &shown["replies"][0]["language"]), (&json!("en"), &json!("zh")));
    assert_eq!((statuses(&letters(&app, "clerk1", &sent)), languages(&sent)), (vec!["TO_PRINT"], vec![json!("zh-TW")]));
}

#[test]
fn the_day_from_which_an_appeal_counts_is_told_right() {
    let app = TestApp::new();
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"});
    let petition = take(&app, Some("clerk1"), &with(letter("RIGHTS"), "against_decision", decision));
    act(&app, "clerk1", &petition, "treat-as-appeal", &json!({"reason": "不服處分"})).expect(200);
    let receive = |day: &str| {
        let tag = get(&app, "chief1", &petition.path).etag().to_owned();
        let body = json!({"received_on": day, "reason": "收文日誤植"});
        app.call("PATCH", &petition.path).user("chief1").if_match(&tag).json(&body).send().expect(200);
    };
    let notices = || -> Vec<Value> {
        view(&app, &petition)["notices"].as_array().unwrap().iter().map(|one| one["about"].clone()).collect()
    };
    receive("2026-11-20");
    let all = letters(&app, "clerk1", &petition);
    assert_eq!((statuses(&all), notices()), (vec!["TO_PRINT", "STOPPED", "TO_PRINT"], vec![json!("APPEAL")]));
    let text = printed(&app, &all[2]);
    assert!(text.contains("以2026-11-20收受為準") && !text.contains("更正"), "{text}");
    hand_over(&app, "chief1", &petition);
    receive("2026-11-19");
    assert_eq!(notices(), ["APPEAL", "APPEAL"]);
    let text = printed(&app, letters(&app, "clerk1", &petition).last().unwrap());
    assert!(text.contains("以2026-11-19收受為準") && text.contains("更正"), "{text}");
    // They were told of an appeal, and learn that it is none.
    act(&app, "chief1", &petition, "reopen", &json!({"mistake": "未提起訴願"})).expect(200);
    assert_eq!(notices(), ["APPEAL", "APPEAL", "TAKEN_UP_AGAIN"]);
}
