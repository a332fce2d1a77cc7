//! Petitions at the desk: what was taken down wrongly is put right before it is signed and after, what was done by mistake is undone,
//! and whoever petitions is told of each act by whatever way there is.

use serde_json::{Value, json};

use crate::mails::with_relay;
use crate::petitions::{Taken, act, assign, draft, get, goes_out, hand_over, letter, replied, status, take, track, with};
use crate::support::{Answer, TestApp, person};

fn view(app: &TestApp, user: &str, petition: &Taken) -> Value {
    get(app, user, &petition.path).expect(200).clone()
}

fn correct(app: &TestApp, user: &str, petition: &Taken, body: &Value) -> Answer {
    let tag = get(app, user, &petition.path).headers.get("etag").cloned().unwrap_or_default();
    app.call("PATCH", &petition.path).user(user).if_match(&tag).json(body).send()
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

fn decision() -> Value {
    json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"})
}

/// Of what the petitioner was told, and by which means.
fn notices(app: &TestApp, user: &str, petition: &Taken) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shown = view(app, user, petition);
    shown["notices"].as_array().unwrap().iter().map(|one| (text(&one["about"]), text(&one["told_by"]))).collect()
}

fn reached_by(contact: Value) -> Value {
    with(letter("INQUIRY"), "contact", contact)
}

#[test]
fn what_was_taken_down_wrongly_is_put_right_with_a_reason() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let mut body = json!({
        "subject": "巷口門牌鬆脫二處", "petitioner": {"name": "王曉明"}, "others": [{"name": "林小安"}], "language": "en", "channel": "FAX",
        "forwarded_by": "彰化縣政府", "contact": {"phone": "0912345678", "address": "臺北市大安區和平東路一段2號"}
    });
    assert_eq!(correct(&app, "clerk1", &petition, &body).fields(), field("/reason", "required"));
    body["reason"] = json!("登錄時誤植");
    let shown = correct(&app, "clerk1", &petition, &body).expect(200).clone();
    assert_eq!(shown["subject"], "巷口門牌鬆脫二處");
    assert_eq!((&shown["petitioners"], &shown["forwarded_by"]), (&json!(["王○明", "林○安"]), &json!("彰化縣政府")));
    assert_eq!((&shown["language"], &shown["channel"]), (&json!("en"), &json!("FAX")));
    assert_eq!(shown["contact"]["phone"], "0912***678");
    let history = get(&app, "chief1", &format!("{}/history", petition.path)).expect(200)["items"].clone();
    assert_eq!((&history[1]["action"], &history[1]["reason"]), (&json!("updated"), &json!("登錄時誤植")));
    let before = get(&app, "clerk1", &petition.path).etag().to_owned();
    let same = correct(&app, "clerk1", &petition, &body);
    same.expect(200);
    assert_eq!(get(&app, "clerk1", &petition.path).etag(), before, "nothing is different");
    let cleared = json!({"forwarded_by": null, "others": [], "reason": "誤植"});
    let shown = correct(&app, "clerk1", &petition, &cleared).expect(200).clone();
    assert_eq!((&shown["petitioners"], &shown["forwarded_by"]), (&json!(["王○明"]), &Value::Null));
    for (wrong, at, code) in [
        (json!({"channel": "COUNTER"}), "/channel", "not_allowed"),
        (json!({"channel": "MAILBOX"}), "/channel", "not_allowed"),
        (json!({"contact": {}}), "/contact", "required"),
        (json!({"petitioner": null, "others": [{"name": "林小安"}]}), "/petitioner", "required"),
        (json!({"received_on": "2026-11-24"}), "/received_on", "range"),
        (json!({"received_on": "1950-01-01"}), "/received_on", "range"),
    ] {
        assert_eq!(
            correct(&app, "clerk1", &petition, &with(wrong.clone(), "reason", json!("誤植"))).fields(),
            field(at, code),
            "{wrong}"
        );
    }
    let own = take(&app, None, &with(letter("INQUIRY"), "channel", json!("MAILBOX")));
    for (at, value) in [("body", json!("另一內容")), ("received_on", json!("2026-11-20"))] {
        let refused = correct(&app, "clerk1", &own, &json!({at: value, "reason": "誤植"}));
        assert_eq!(refused.fields(), field(&format!("/{at}"), "not_allowed"));
    }
}

#[test]
fn a_spoken_record_is_put_right_before_it_is_signed_without_a_reason() {
    let app = TestApp::new();
    let spoken = take(&app, Some("clerk3"), &with(letter("INQUIRY"), "channel", json!("COUNTER")));
    let body =
        json!({"petitioner": {"name": "王曉明"}, "contact": {"phone": "0912345678"}, "kind": "RIGHTS", "channel": "PHONE"});
    let shown = correct(&app, "clerk3", &spoken, &body).expect(200).clone();
    assert_eq!((&shown["kind"], &shown["due_at"]), (&json!("RIGHTS"), &json!("2026-12-23T23:59:59+08:00")));
    assert!(notices(&app, "clerk3", &spoken).is_empty());
    act(&app, "clerk3", &spoken, "sign", &json!({})).expect(200);
    let late = json!({"body": "另一內容", "reason": "誤植"});
    correct(&app, "chief1", &spoken, &late).refused(409, "wrong_state");
    correct(&app, "chief1", &spoken, &json!({"petitioner": {"name": "王小明"}, "reason": "簽名不同"})).expect(200);
}

#[test]
fn who_somebody_is_hides_their_own_matter_from_them() {
    let app = TestApp::new();
    app.name_holder("clerk1", 9);
    let petition = take(&app, Some("clerk3"), &letter("RIGHTS"));
    get(&app, "clerk1", &petition.path).expect(200);
    correct(&app, "chief1", &petition, &json!({"petitioner": person(9), "reason": "補登身分"})).expect(200);
    get(&app, "clerk1", &petition.path).refused(404, "not_found");
}

#[test]
fn a_correction_by_which_the_limit_ends_later_is_a_supervisors() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "received_on", json!("2026-11-20")));
    assign(&app, &petition, "chief2");
    let kind = json!({"kind": "RIGHTS", "reason": "實為權益維護"});
    let day = json!({"received_on": "2026-11-23", "reason": "收文日誤植"});
    for later in [&kind, &day] {
        correct(&app, "clerk1", &petition, later).refused(403, "forbidden");
        correct(&app, "chief2", &petition, later).refused(403, "forbidden");
    }
    let shown = correct(&app, "chief1", &petition, &day).expect(200).clone();
    assert_eq!(
        (&shown["received_at"], &shown["due_at"]),
        (&json!("2026-11-23T09:00:00+08:00"), &json!("2026-12-02T23:59:59+08:00"))
    );
    let earlier = json!({"received_on": "2026-11-20", "reason": "誤改"});
    assert_eq!(correct(&app, "clerk1", &petition, &earlier).expect(200)["due_at"], "2026-12-01T23:59:59+08:00");
    let shown = correct(&app, "chief1", &petition, &kind).expect(200).clone();
    assert_eq!((&shown["kind"], &shown["due_at"]), (&json!("RIGHTS"), &json!("2026-12-21T23:59:59+08:00")));
    let told = ("CORRECTED".to_owned(), "LETTER".to_owned());
    assert_eq!(notices(&app, "chief1", &petition), vec![told; 3]);
    // Once something is drafted, the kind stands.
    act(&app, "chief2", &petition, "draft-reply", &draft("FINAL")).expect(200);
    correct(&app, "chief1", &petition, &json!({"kind": "INQUIRY", "reason": "誤改"})).refused(409, "wrong_state");
}

#[test]
fn what_turns_out_to_be_a_report_goes_to_its_custodian() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("RIGHTS"));
    assign(&app, &petition, "clerk2");
    correct(&app, "clerk1", &petition, &json!({"kind": "REPORT", "reason": "實為檢舉"})).expect(200);
    for user in ["clerk1", "clerk2", "chief1"] {
        get(&app, user, &petition.path).refused(404, "not_found");
    }
    let shown = view(&app, "chief2", &petition);
    assert_eq!((&shown["status"], &shown["confidential"]), (&json!("QUARANTINE"), &json!(true)));
    let id = petition.path.rsplit('/').next().unwrap();
    let report = take(&app, Some("clerk1"), &letter("REPORT"));
    let settled = json!({"concerns": []});
    correct(&app, "chief2", &report, &settled).expect(200);
    act(&app, "chief2", &report, "screen", &json!({"accept": true, "reason": "已設定對象"})).expect(200);
    let refused = correct(&app, "chief1", &report, &json!({"kind": "RIGHTS", "reason": "並非檢舉"}));
    assert_eq!(refused.fields(), field("/kind", "not_allowed"));
    let refused = correct(&app, "chief1", &report, &json!({"petitioner": {"name": "王曉明"}, "reason": "誤植"}));
    assert_eq!(refused.fields(), field("/petitioner", "not_allowed"), "who petitions is the custodian's");
    assert!(!app.contents()["events"].iter().any(|row| row.contains(id) && row.contains("QUARANTINE")));
}

#[test]
fn a_decision_that_was_left_out_is_named_later_and_an_appeal_by_mistake_goes_on() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("RIGHTS"));
    act(&app, "clerk1", &petition, "treat-as-appeal", &json!({"reason": "不服"})).refused(422, "invalid");
    let named = correct(&app, "clerk1", &petition, &json!({"against_decision": decision(), "reason": "漏登"}));
    assert_eq!(named.expect(200)["remedies_told_by"], "LETTER");
    assert_eq!(named.body["against_decision"]["appeal_until_on"], "2026-12-16");
    hand_over(&app, "clerk1", &petition);
    let mut other = decision();
    other["received_on"] = json!("2026-11-18");
    let moved = correct(&app, "clerk1", &petition, &json!({"against_decision": other, "reason": "收受日誤植"}));
    assert_eq!(moved.expect(200)["against_decision"]["appeal_until_on"], "2026-12-18");
    assert_eq!(notices(&app, "clerk1", &petition), [("APPEAL_MOVED".to_owned(), "LETTER".to_owned())]);
    act(&app, "clerk1", &petition, "treat-as-appeal", &json!({"reason": "不服處分"})).expect(200);
    hand_over(&app, "clerk1", &petition);
    let shown = view(&app, "chief1", &petition);
    assert!(shown["allowed_actions"].as_array().unwrap().contains(&json!("reopen")), "{shown}");
    let facts = act(&app, "director1", &petition, "reopen", &json!({"new_facts": "x"}));
    assert_eq!(facts.fields(), field("/new_facts", "not_allowed"));
    let back = act(&app, "chief1", &petition, "reopen", &json!({"mistake": "陳情人表示非提起訴願"}));
    assert_eq!((&back.expect(200)["status"], &back.body["due_at"]), (&json!("RECEIVED"), &json!("2026-12-23T23:59:59+08:00")));
    let told: Vec<String> = notices(&app, "chief1", &petition).into_iter().map(|(about, _)| about).collect();
    assert_eq!(told, ["APPEAL_MOVED", "APPEAL", "TAKEN_UP_AGAIN"]);
    let gone = correct(&app, "clerk1", &petition, &json!({"against_decision": null, "reason": "誤認"}));
    assert_eq!((&gone.expect(200)["against_decision"], &gone.body["remedies_told_at"]), (&Value::Null, &Value::Null));
    assert_eq!(notices(&app, "chief1", &petition).last().unwrap().0, "CORRECTED");
}

#[test]
fn what_went_to_a_wrong_address_is_told_again() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "request-supplement", &json!({"what": "請敘明地點", "due_on": "2026-11-27"})).expect(200);
    let phone = json!({"contact": {"phone": "0912345678"}, "reason": "地址有誤"});
    let shown = correct(&app, "clerk2", &petition, &phone).expect(200).clone();
    assert_eq!(shown["supplements"][0]["told_by"], "CALL");
    act(&app, "clerk2", &petition, "supplement", &json!({"text": "地點在一樓"})).expect(200);
    assert_eq!(replied(&app, &petition, "FINAL")["replies"][0]["told_by"], json!(["CALL"]));
    let before = app.contents()["mails"].len();
    let mail = json!({"contact": {"email": "someone@example.org"}, "reason": "陳情人來電更正"});
    let shown = correct(&app, "clerk1", &petition, &mail).expect(200).clone();
    assert_eq!((&shown["status"], &shown["replies"][0]["told_by"]), (&json!("REPLIED"), &json!(["MAIL"])));
    assert_eq!(app.contents()["mails"].len(), before + 1);
}

#[test]
fn whoever_petitions_is_told_of_each_act_by_whatever_way_there_is() {
    let (app, relay) = with_relay();
    let away = json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"});
    let ways = [
        (json!({"email": "someone@example.org", "phone": "0912345678"}), "MAIL"),
        (json!({"address": "臺北市大安區和平東路一段1號", "phone": "0912345678"}), "LETTER"),
        (json!({"phone": "0912345678"}), "CALL"),
        (json!({"none_reason": "不願留下"}), "TRACKING"),
    ];
    for (contact, way) in ways {
        let body = with(with(reached_by(contact), "channel", json!("EMAIL")), "against_decision", decision());
        let petition = take(&app, Some("clerk1"), &body);
        if way == "TRACKING" {
            act(&app, "chief1", &petition, "screen", &json!({"accept": true, "reason": "內容具體"})).expect(200);
        }
        goes_out(&app, "chief1", &petition);
        let does = |user: &str, name: &str, body: &Value| {
            app.advance(chrono::Duration::seconds(1));
            act(&app, user, &petition, name, body).expect(200);
            goes_out(&app, "chief1", &petition);
        };
        does("chief1", "transfer", &away);
        does("chief1", "transfer-back", &json!({"reason": "誤送"}));
        does("chief1", "withdraw", &json!({"reason": "撤回"}));
        does("chief1", "reopen", &json!({"mistake": "誤登"}));
        does("clerk1", "withdraw", &json!({"reason": "撤回"}));
        does("chief1", "reopen", &json!({"new_facts": "另有新事證"}));
        does("chief1", "treat-as-appeal", &json!({"reason": "不服"}));
        let acts = ["TRANSFERRED_BACK", "WITHDRAWN", "TAKEN_UP_AGAIN", "WITHDRAWN", "REOPENED", "APPEAL"];
        let expected: Vec<_> = acts.iter().map(|about| ((*about).to_owned(), way.to_owned())).collect();
        assert_eq!(notices(&app, "chief1", &petition), expected);
        assert_eq!(view(&app, "chief1", &petition)["remedies_told_by"], way);
    }
    assert_eq!(relay.letters().len(), 8, "the remedies, the transfer, and six acts");
}

fn calls(app: &TestApp, user: &str, date: &str) -> Vec<Value> {
    let list = app.get(&format!("/v1/call-list?kind=PETITION&date={date}")).user(user).send();
    list.expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn whoever_has_only_a_telephone_stands_in_the_call_list() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &reached_by(json!({"phone": "0912345678"})));
    let record = petition.path.trim_start_matches("/v1/").to_owned();
    assert!(calls(&app, "chief1", "2026-11-23").is_empty());
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let listed = calls(&app, "chief1", "2026-11-23");
    assert_eq!((listed.len(), &listed[0]["record"], &listed[0]["number"]), (1, &json!(record), &json!(petition.number)));
    assert_eq!((&listed[0]["name"], &listed[0]["person_id"]), (&json!("王○明"), &Value::Null));
    assert_eq!((&listed[0]["status"], &listed[0]["contact"]["phone"]), (&json!("TO_CALL"), &json!("0912***678")));
    let why = json!({"kind": "PETITION", "reason": "電話告知"});
    let whole = app.post("/v1/call-list:reveal").user("clerk1").json(&why).send().expect(200)["items"].clone();
    assert_eq!((&whole[0]["name"], &whole[0]["contact"]["phone"]), (&json!("王小明"), &json!("+886912345678")));
    let note = json!({"kind": "PETITION", "record": record, "status": "REACHED"});
    app.post("/v1/call-list:note").user("clerk1").once().json(&note).send().expect(200);
    assert_eq!(calls(&app, "chief1", "2026-11-23")[0]["status"], "REACHED", "until the day ends");
    assert!(calls(&app, "chief1", "2026-11-24").is_empty());
    // Of a confidential one whoever reads it as it was written calls, and the feed is told of nothing.
    let secret = take(&app, Some("clerk1"), &with(reached_by(json!({"phone": "0912345678"})), "confidential", json!(true)));
    act(&app, "chief2", &secret, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let secret = secret.path.trim_start_matches("/v1/").to_owned();
    let stands = |user: &str| calls(&app, user, "2026-11-23").iter().any(|call| call["record"] == secret);
    assert_eq!(["chief2", "chief1", "director1", "clerk1"].map(stands), [true, false, false, false]);
    let note = json!({"kind": "PETITION", "record": secret, "status": "NOT_REACHED"});
    app.post("/v1/call-list:note").user("chief1").once().json(&note).send().refused(404, "not_found");
    app.post("/v1/call-list:note").user("chief2").once().json(&note).send().expect(200);
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    assert!(!app.contents()["events"].iter().any(|row| row.contains(&secret)));
}

#[test]
fn mail_about_what_is_withheld_stands_in_no_feed() {
    let app = TestApp::new();
    let of = |kind: &str| {
        let body = with(with(letter(kind), "channel", json!("EMAIL")), "against_decision", decision());
        take(&app, Some("clerk1"), &with(body, "contact", json!({"email": "someone@example.org"})))
    };
    let (report, open) = (of("REPORT"), of("RIGHTS"));
    assert_eq!(app.contents()["mails"].len(), 2);
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let events = app.contents()["events"].clone();
    let told = |petition: &Taken| {
        let id = petition.path.rsplit('/').next().unwrap().to_owned();
        events.iter().any(|row| row.contains(&id) && row.contains("mail.written"))
    };
    assert_eq!((told(&report), told(&open)), (false, true));
}

#[test]
fn a_group_without_an_address_is_told_by_its_representative() {
    let app = TestApp::new();
    let group = with(reached_by(json!({"phone": "0912345678"})), "others", json!([{"name": "林小安"}, {"name": "陳小華"}]));
    let petition = take(&app, Some("clerk1"), &group);
    assign(&app, &petition, "clerk2");
    let told = replied(&app, &petition, "FINAL")["replies"][0]["told_by"].clone();
    assert_eq!(told, json!(["CALL", "REPRESENTATIVE", "REPRESENTATIVE"]));
}

#[test]
fn a_mailbox_petition_with_a_name_and_a_way_to_reach_is_received() {
    let app = TestApp::new();
    for contact in [json!({"phone": "0912345678"}), json!({"address": "臺北市大安區和平東路一段1號"})] {
        let petition = take(&app, None, &with(reached_by(contact), "channel", json!("MAILBOX")));
        assert_eq!(status(&app, &petition), "RECEIVED");
    }
}

#[test]
fn a_supplement_is_noted_in_whichever_state_before_the_answer() {
    let app = TestApp::new();
    let text = json!({"text": "補寄照片"});
    let received = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let unnamed = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "petitioner", Value::Null));
    let report = take(&app, Some("clerk1"), &letter("REPORT"));
    for (user, petition, state) in
        [("clerk1", &received, "RECEIVED"), ("clerk1", &unnamed, "SCREENING"), ("chief2", &report, "QUARANTINE")]
    {
        let shown = act(&app, user, petition, "supplement", &text).expect(200).clone();
        assert_eq!((&shown["status"], &shown["supplements"][0]["text"]), (&json!(state), &json!("補寄照片")));
    }
}

fn file(app: &TestApp, petition: &Taken, filing: &Value) -> Answer {
    act(app, "chief1", petition, "file-without-reply", &json!({"filing": filing, "reason": "不予處理"}))
}

#[test]
fn only_what_was_answered_before_on_the_same_kind_of_matter_is_a_repetition() {
    let app = TestApp::new();
    let of = |kind: &str| {
        let mut body = letter(kind);
        body["petitioner"] = person(1);
        take(&app, Some("clerk1"), &body)
    };
    let answered = |kind: &str| {
        let petition = of(kind);
        assign(&app, &petition, "clerk2");
        replied(&app, &petition, "FINAL");
        hand_over(&app, "clerk2", &petition);
        petition.path.rsplit('/').next().unwrap().to_owned()
    };
    let before = [answered("INQUIRY"), answered("INQUIRY")];
    let others = [answered("SUGGESTION"), answered("RIGHTS")];
    app.set_clock("2026-11-24T09:00:00+08:00");
    let again = of("INQUIRY");
    app.set_clock("2026-11-25T09:00:00+08:00");
    let later = [answered("INQUIRY"), answered("INQUIRY")];
    let ground = |ids: &[String; 2]| json!({"ground": "ALREADY_ANSWERED", "earlier_ids": ids});
    for wrong in [&others, &later] {
        assert_eq!(file(&app, &again, &ground(wrong)).fields(), field("/filing/earlier_ids", "not_met"));
    }
    file(&app, &again, &ground(&before)).expect(200);
}

#[test]
fn nobody_was_asked_in_vain_whom_no_question_has_reached() {
    let app = TestApp::new();
    let asked = || {
        let petition = take(&app, Some("clerk1"), &reached_by(json!({"phone": "0912345678"})));
        assign(&app, &petition, "clerk2");
        let ask = json!({"what": "請敘明地點", "due_on": "2026-11-26"});
        act(&app, "clerk2", &petition, "request-supplement", &ask).expect(200);
        petition
    };
    let (unreached, reached, answering) = (asked(), asked(), asked());
    for petition in [&reached, &answering] {
        let record = petition.path.trim_start_matches("/v1/");
        let note = json!({"kind": "PETITION", "record": record, "status": "REACHED"});
        app.post("/v1/call-list:note").user("clerk1").once().json(&note).send().expect(200);
    }
    app.set_clock("2026-11-27T09:00:00+08:00");
    app.tick();
    act(&app, "clerk2", &answering, "supplement", &json!({"text": "地點在一樓"})).expect(200);
    let ground = json!({"ground": "NO_CONTENT"});
    for petition in [&unreached, &answering] {
        assert_eq!(file(&app, petition, &ground).fields(), field("/filing/ground", "not_met"));
    }
    file(&app, &reached, &ground).expect(200);
}

#[test]
fn each_final_reply_is_rated_once() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    let rate = |score: u32| {
        let body = json!({"number": petition.number, "secret": petition.secret, "score": score});
        app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send()
    };
    rate(2).expect(201);
    rate(3).refused(409, "conflict");
    app.set_clock("2026-11-24T09:00:00+08:00");
    act(&app, "director1", &petition, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    rate(3).refused(409, "conflict");
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    rate(5).expect(201);
    rate(1).refused(409, "conflict");
    assert_eq!(view(&app, "director1", &petition)["rating"]["score"], 5);
    assert_eq!(track(&app, &petition.number, &petition.secret).expect(200)["replies"].as_array().unwrap().len(), 2);
}
