//! Petitions: taken from anybody, tracked by number and secret, replied to by two people, filed only on a ground that holds.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, person};

/// A petition as its taker knows it.
pub struct Taken {
    pub path: String,
    pub number: String,
    pub secret: String,
}

/// A letter with a name and a postal address.
pub fn letter(kind: &str) -> Value {
    json!({
        "kind": kind, "channel": "LETTER", "subject": "巷口門牌鬆脫", "body": "請問門牌鬆脫應如何處理？",
        "petitioner": {"name": "王小明"}, "contact": {"address": "臺北市大安區和平東路一段1號"}
    })
}

pub fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    body[pointer] = value;
    body
}

pub fn send(app: &TestApp, user: Option<&str>, body: &Value) -> Answer {
    let call = app.post("/v1/petitions").once().json(body);
    user.map_or_else(|| app.post("/v1/petitions").once().json(body), |user| call.user(user)).send()
}

pub fn take(app: &TestApp, user: Option<&str>, body: &Value) -> Taken {
    let made = send(app, user, body);
    let text = |name: &str| made.body[name].as_str().unwrap_or_default().to_owned();
    made.expect(201);
    Taken { path: made.headers["location"].clone(), number: text("number"), secret: text("secret") }
}

pub fn get(app: &TestApp, user: &str, path: &str) -> Answer {
    app.get(path).user(user).send()
}

pub fn status(app: &TestApp, petition: &Taken) -> String {
    let shown = track(app, &petition.number, &petition.secret);
    shown.expect(200)["status"].as_str().unwrap().to_owned()
}

/// Acts at the version that stands, as somebody who sees it.
pub fn act(app: &TestApp, user: &str, petition: &Taken, name: &str, body: &Value) -> Answer {
    let tag = get(app, user, &petition.path);
    let tag = tag.headers.get("etag").map_or("\"v1\"", String::as_str).to_owned();
    app.post(&format!("{}:{name}", petition.path)).user(user).once().if_match(&tag).json(body).send()
}

pub fn track(app: &TestApp, number: &str, secret: &str) -> Answer {
    app.post("/v1/petitions:track").json(&json!({"number": number, "secret": secret})).send()
}

pub fn account(app: &TestApp, user: &str) -> Value {
    app.get("/v1/me").user(user).send().expect(200)["id"].clone()
}

pub fn assign(app: &TestApp, petition: &Taken, to: &str) {
    act(app, "chief1", petition, "assign", &json!({"handler_id": account(app, to)})).expect(200);
}

pub fn draft(kind: &str) -> Value {
    json!({"kind": kind, "text": "依規定辦理。", "legal_ground": "戶籍法 §17", "remedies": "如有不服，得提起訴願。"})
}

/// Drafted by clerk2, approved by chief1 and sent.
pub fn replied(app: &TestApp, petition: &Taken, kind: &str) -> Value {
    act(app, "clerk2", petition, "draft-reply", &draft(kind)).expect(200);
    let version = get(app, "chief1", &petition.path).expect(200)["draft"]["version"].clone();
    act(app, "chief1", petition, "approve-reply", &json!({"draft": version, "approve": true})).expect(200);
    act(app, "clerk2", petition, "reply", &json!({})).expect(200).clone()
}

/// What waits to be told of a petition by a way, as somebody sees it: the numbers.
pub fn waiting(app: &TestApp, user: &str, petition: &Taken, way: &str) -> Vec<Value> {
    let tellings = get(app, user, &petition.path).expect(200)["tellings"].clone();
    let waits = |one: &&Value| one["status"] == "WAITING" && one["told_by"] == way;
    tellings.as_array().unwrap().iter().filter(waits).map(|one| one["number"].clone()).collect()
}

/// Notes what has become of letters.
pub fn note_letters(app: &TestApp, user: &str, petition: &Taken, numbers: &[Value], outcome: &str) -> Answer {
    act(app, user, petition, "note-letters", &json!({"tellings": numbers, "outcome": outcome, "reason": "依寄發紀錄"}))
}

/// Hands over each letter that waits.
pub fn hand_over(app: &TestApp, user: &str, petition: &Taken) {
    let letters = waiting(app, user, petition, "LETTER");
    assert!(!letters.is_empty(), "no letter waits");
    note_letters(app, user, petition, &letters, "HANDED_OVER").expect(200);
}

/// Notes what has come of a call about a petition.
pub fn note_call(app: &TestApp, user: &str, petition: &Taken, status: &str) -> Answer {
    let note = json!({"kind": "PETITION", "record": petition.path.trim_start_matches("/v1/"), "status": status});
    app.post("/v1/call-list:note").user(user).once().json(&note).send()
}

/// Lets all that waits to be told of a petition go out, by whichever way.
pub fn goes_out(app: &TestApp, user: &str, petition: &Taken) {
    app.send_mail();
    let letters = waiting(app, user, petition, "LETTER");
    if !letters.is_empty() {
        note_letters(app, user, petition, &letters, "HANDED_OVER").expect(200);
    }
    if !waiting(app, user, petition, "CALL").is_empty() {
        note_call(app, user, petition, "REACHED").expect(200);
    }
}

pub fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn a_letter_is_received_assigned_answered_by_two_and_closed() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assert_eq!(status(&app, &petition), "RECEIVED");
    assert_eq!(get(&app, "chief1", &petition.path).expect(200)["due_at"], "2026-12-02T23:59:59+08:00");
    get(&app, "clerk2", &petition.path).refused(404, "not_found");
    assign(&app, &petition, "clerk2");
    let lacking = json!({"kind": "FINAL", "text": "依規定辦理。"});
    assert_eq!(act(&app, "clerk2", &petition, "draft-reply", &lacking).fields(), field("/legal_ground", "required"));
    let shown = replied(&app, &petition, "FINAL");
    assert_eq!((&shown["status"], &shown["replies"][0]["told_by"]), (&json!("REPLIED"), &json!(["LETTER"])));
    assert!(shown["closed_at"].is_null() && shown["first_reply_at"].is_string());
    app.advance(chrono::Duration::days(1));
    let closed = act(&app, "clerk2", &petition, "close", &json!({}));
    assert_ne!(closed.expect(200)["first_reply_at"], closed.body["closed_at"], "counted apart");
    let read = track(&app, &petition.number, &petition.secret);
    assert_eq!(read.expect(200)["replies"][0]["text"], "依規定辦理。");
    let history = get(&app, "chief1", &format!("{}/history?include_total=true", petition.path));
    let actions: Vec<&str> =
        history.expect(200)["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["received", "assigned", "reply_drafted", "reply_approved", "replied", "closed"]);
    assert_eq!(history.body["total"], 6);
}

#[test]
fn an_answer_in_one_act_with_the_closing_is_a_first_reply_still() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "INTERIM");
    let first = get(&app, "chief1", &petition.path).expect(200).clone();
    assert_eq!((&first["status"], first["first_reply_at"].is_string()), (&json!("ASSIGNED"), true));
    app.advance(chrono::Duration::hours(1));
    act(&app, "clerk2", &petition, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "chief1", &petition, "approve-reply", &json!({"draft": 2, "approve": true})).expect(200);
    let closed = act(&app, "clerk2", &petition, "reply", &json!({"close": true}));
    assert_eq!(closed.expect(200)["status"], "CLOSED");
    assert_eq!(closed.body["first_reply_at"], first["first_reply_at"]);
    let other = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assign(&app, &other, "clerk2");
    act(&app, "clerk2", &other, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "chief1", &other, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    let closed = act(&app, "clerk2", &other, "reply", &json!({"close": true}));
    assert_eq!(closed.expect(200)["first_reply_at"], closed.body["closed_at"]);
}

#[test]
fn whoever_drafts_does_not_approve_and_an_approval_names_the_draft() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "chief1");
    act(&app, "chief1", &petition, "draft-reply", &draft("FINAL")).expect(200);
    let approve = |user: &str, draft: u32| act(&app, user, &petition, "approve-reply", &json!({"draft": draft, "approve": true}));
    approve("chief1", 1).refused(409, "same_person");
    act(&app, "chief1", &petition, "draft-reply", &draft("FINAL")).expect(200);
    approve("director1", 1).refused(409, "conflict");
    let blind = app.post(&format!("{}:approve-reply", petition.path)).user("director1").once().if_match("*");
    blind.json(&json!({"draft": 2, "approve": true})).send().refused(428, "precondition_required");
    let returned = json!({"draft": 2, "approve": false});
    assert_eq!(act(&app, "director1", &petition, "approve-reply", &returned).fields(), field("/reason", "required"));
    approve("director1", 2).expect(200);
    // A new draft takes the approval along.
    act(&app, "chief1", &petition, "draft-reply", &draft("FINAL")).expect(200);
    let refused = act(&app, "chief1", &petition, "reply", &json!({}));
    assert!(!refused.refused(409, "wrong_state")["allowed_actions"].as_array().unwrap().contains(&json!("reply")));
}

#[test]
fn a_text_is_kept_to_its_last_character() {
    let app = TestApp::new();
    let body = "𠮷野家旁之門牌👍\n第二行\t終𡈽";
    let petition = take(
        &app,
        Some("clerk1"),
        &with(with(letter("SUGGESTION"), "body", json!(body)), "petitioner", json!({"name": "王罕明"})),
    );
    assert_eq!(get(&app, "chief1", &petition.path).expect(200)["body"], body);
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains("𠮷野家") || row.contains("王罕明") || row.contains("門牌鬆脫")), "{table}");
    }
}

#[test]
fn numbers_are_random_and_the_registers_own_is_told_to_nobody() {
    let app = TestApp::new();
    let before = registered(&app).len() as u64;
    let all: Vec<Taken> = (0..6).map(|_| take(&app, Some("clerk1"), &letter("INQUIRY"))).collect();
    let mut numbers: Vec<u64> = all.iter().map(|one| one.number.trim_start_matches("115-P").parse().unwrap()).collect();
    let steps: Vec<i128> = numbers.windows(2).map(|two| i128::from(two[1]) - i128::from(two[0])).collect();
    assert!(steps.iter().all(|step| step.abs() > 1), "{numbers:?}");
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 6);
    // A gap in it would tell even the custodian of what concerns them.
    for user in ["chief1", "chief2", "director1", "clerk1"] {
        let shown = get(&app, user, &all[0].path).expect(200).clone();
        let told = shown.as_object().unwrap().keys().filter(|name| name.contains("register"));
        assert_eq!(told.collect::<Vec<_>>(), ["registered_at"], "{user}");
    }
    assert_eq!(registered(&app), (1..=before + 6).collect::<Vec<_>>());
}

/// The numbers of the office's register, in order.
pub fn registered(app: &TestApp) -> Vec<u64> {
    let rows = app.contents()["petitions"].clone();
    let mut numbers: Vec<u64> = rows.iter().map(|row| row.split(',').nth(3).unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_wrong_number_and_a_wrong_secret_look_alike() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let other = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let mut wrong = track(&app, "115-P00000000", &petition.secret).refused(404, "not_found").clone();
    let mut secret = track(&app, &petition.number, &other.secret).refused(404, "not_found").clone();
    wrong["trace_id"] = Value::Null;
    secret["trace_id"] = Value::Null;
    assert_eq!(wrong, secret);
    assert!(petition.secret.len() >= 22, "128 bits");
    let app = TestApp::with(|config| (config.rate_limit, config.login_limit_per_minute) = (huzheng::config::Switch::On, 3), "");
    for _ in 0..3 {
        track(&app, "115-P00000000", "x").refused(404, "not_found");
    }
    track(&app, "115-P00000000", "x").refused(429, "rate_limited");
}

pub fn mailed(kind: &str) -> Value {
    json!({
        "kind": kind, "subject": "門牌", "body": "門牌脫落。", "petitioner": {"name": "李小華"},
        "contact": {"email": "someone@example.org"}
    })
}

pub fn confirm(app: &TestApp, petition: &Taken, code: &str) -> Answer {
    app.post(&format!("{}:confirm", petition.path)).once().json(&json!({"code": code})).send()
}

#[test]
fn a_mailbox_petition_is_confirmed_by_its_code_and_screened_without_it() {
    let app = TestApp::new();
    let petition = take(&app, None, &mailed("SUGGESTION"));
    assert_eq!(status(&app, &petition), "AWAITING_CONFIRMATION");
    confirm(&app, &petition, "wrong").refused(404, "not_found");
    app.sql(&format!(
        "UPDATE petitions SET confirm_hash = '{}' WHERE number = '{}'",
        app.secret_hash("the-code"),
        petition.number
    ));
    for (language, heading) in [("zh-TW", "確認陳情"), ("en", "Confirm your petition")] {
        let page = app.get("/petitions/confirm").header("Accept-Language", language).send();
        assert!(page.text.contains(&format!("<h1>{heading}</h1>")), "{}", page.text);
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(status(&app, &petition), "AWAITING_CONFIRMATION", "to look at the page does nothing");
    assert_eq!(confirm(&app, &petition, "the-code").expect(200)["status"], "RECEIVED");
    assert_eq!(confirm(&app, &petition, "the-code").expect(200)["status"], "RECEIVED", "a second click");
    confirm(&app, &petition, "wrong").refused(404, "not_found");
    assign(&app, &petition, "clerk2");
    assert_eq!(replied(&app, &petition, "FINAL")["replies"][0]["told_by"], json!(["MAIL"]));
    // Not void without it: a section chief looks at it.
    let left = take(&app, None, &mailed("SUGGESTION"));
    app.advance(chrono::Duration::days(3));
    app.tick();
    assert_eq!(status(&app, &left), "SCREENING");
    act(&app, "chief1", &left, "screen", &json!({"accept": true, "reason": "內容具體"})).expect(200);
    assign(&app, &left, "clerk2");
    let told = replied(&app, &left, "FINAL")["replies"][0]["told_by"].clone();
    assert_eq!(told, json!(["TRACKING"]), "anyone may have typed that address");
    let report = take(&app, None, &mailed("REPORT"));
    app.advance(chrono::Duration::days(3));
    app.tick();
    assert_eq!(status(&app, &report), "QUARANTINE");
}

#[test]
fn a_spoken_petition_is_corrected_and_signed_and_staff_alone_take_one() {
    let app = TestApp::new();
    let spoken = with(letter("SUGGESTION"), "channel", json!("COUNTER"));
    assert_eq!(send(&app, None, &spoken).fields(), field("/channel", "not_allowed"));
    assert_eq!(send(&app, Some("citizen1"), &spoken).fields(), field("/channel", "not_allowed"));
    let petition = take(&app, Some("clerk3"), &spoken);
    assert_eq!(status(&app, &petition), "AWAITING_SIGNATURE");
    let correct = |subject: &str| {
        let tag = get(&app, "clerk3", &petition.path).etag().to_owned();
        app.call("PATCH", &petition.path).user("clerk3").if_match(&tag).json(&json!({"subject": subject})).send()
    };
    assert_eq!(correct("門牌整編").expect(200)["subject"], "門牌整編");
    act(&app, "clerk3", &petition, "sign", &json!({})).expect(200);
    assert_eq!(status(&app, &petition), "RECEIVED");
    get(&app, "clerk3", &petition.path).refused(404, "not_found");
    let late = app.call("PATCH", &petition.path).user("chief1").if_match("*").json(&json!({"subject": "再改"})).send();
    late.refused(409, "wrong_state");
    let nameless = with(spoken, "petitioner", Value::Null);
    let petition = take(&app, Some("clerk1"), &nameless);
    act(&app, "clerk1", &petition, "sign", &json!({})).expect(200);
    assert_eq!(status(&app, &petition), "SCREENING");
}

#[test]
fn organisations_foreigners_and_groups_petition_and_are_answered_in_their_language() {
    let app = TestApp::new();
    let mut body = letter("SUGGESTION");
    body["petitioner"] = json!({"name": "示範股份有限公司", "identified_by": {"kind": "ORGANISATION", "number": "00000016"}});
    let petition = take(&app, Some("clerk1"), &body);
    assert_eq!(get(&app, "chief1", &petition.path).expect(200)["petitioners"], json!(["示範股份有限公司"]));
    body["petitioner"] = json!({"name": "NGUYEN THI DEMO", "identified_by": {"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C0000001"}});
    (body["language"], body["others"]) = (json!("en"), json!([{"name": "林小安"}]));
    let group = take(&app, Some("clerk1"), &body);
    assign(&app, &group, "clerk2");
    let sent = replied(&app, &group, "FINAL");
    assert_eq!((&sent["language"], &sent["replies"][0]["told_by"]), (&json!("en"), &json!(["LETTER", "LETTER"])));
    body["petitioner"] = Value::Null;
    assert_eq!(send(&app, Some("clerk1"), &body).fields(), field("/petitioner", "required"));
    body = letter("SUGGESTION");
    body["petitioner"]["identified_by"] = json!({"kind": "ORGANISATION", "number": "00000017"});
    assert_eq!(send(&app, Some("clerk1"), &body).fields(), field("/petitioner/identified_by/number", "check_digit"));
    body = letter("SUGGESTION");
    body["contact"] = json!({});
    assert_eq!(send(&app, Some("clerk1"), &body).fields(), field("/contact", "required"));
    body["contact"] = json!({"none_reason": "不願留下"});
    assert_eq!(status(&app, &take(&app, Some("clerk1"), &body)), "SCREENING");
}

fn file(app: &TestApp, petition: &Taken, filing: &Value) -> Answer {
    act(app, "chief1", petition, "file-without-reply", &json!({"filing": filing, "reason": "不予處理"}))
}

#[test]
fn a_name_and_any_way_to_reach_it_leave_no_ground_of_a_missing_name() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assert_eq!(file(&app, &petition, &json!({"ground": "NO_NAME"})).fields(), field("/filing/ground", "not_met"));
    assert_eq!(file(&app, &petition, &json!({"ground": "NO_CONTENT"})).fields(), field("/filing/ground", "not_met"));
    // Asked in vain.
    assign(&app, &petition, "clerk2");
    let ask = json!({"what": "請敘明地點", "due_on": "2026-11-26"});
    act(&app, "clerk2", &petition, "request-supplement", &ask).expect(200);
    hand_over(&app, "clerk2", &petition);
    app.set_clock("2026-11-27T09:00:00+08:00");
    app.tick();
    file(&app, &petition, &json!({"ground": "NO_CONTENT"})).expect(200);
    act(&app, "chief1", &petition, "file-without-reply", &json!({"approve": true})).refused(403, "forbidden");
    let filed = act(&app, "director1", &petition, "file-without-reply", &json!({"approve": true}));
    assert_eq!(filed.expect(200)["status"], "FILED");
    // Nobody signed it.
    let anonymous = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "petitioner", Value::Null));
    let out = json!({"accept": false, "reason": "未具名", "filing": {"ground": "NO_NAME"}});
    act(&app, "chief1", &anonymous, "screen", &out).expect(200);
    let rejected = json!({"approve": false, "reason": "內容具體，仍應查明"});
    assert_eq!(act(&app, "director1", &anonymous, "file-without-reply", &rejected).expect(200)["status"], "RECEIVED");
}

#[test]
fn a_repetition_wants_clear_answers_to_the_same_petitioner() {
    let app = TestApp::new();
    let of = |number: u32| {
        let mut body = letter("INQUIRY");
        body["petitioner"] = person(number);
        take(&app, Some("clerk1"), &body)
    };
    let id = |petition: &Taken| petition.path.rsplit('/').next().unwrap().to_owned();
    let answered = |number: u32| {
        let petition = of(number);
        assign(&app, &petition, "clerk2");
        replied(&app, &petition, "FINAL");
        hand_over(&app, "clerk2", &petition);
        id(&petition)
    };
    let (first, second, other) = (answered(1), answered(1), answered(2));
    let interim = of(1);
    assign(&app, &interim, "clerk2");
    replied(&app, &interim, "INTERIM");
    let again = of(1);
    let ground = |ids: &[&String]| json!({"ground": "ALREADY_ANSWERED", "earlier_ids": ids});
    let not_met = field("/filing/earlier_ids", "not_met");
    let interim = id(&interim);
    let own = id(&again);
    for ids in [vec![], vec![&first], vec![&first, &first], vec![&first, &other], vec![&first, &interim], vec![&first, &own]] {
        assert_eq!(file(&app, &again, &ground(&ids)).fields(), not_met, "{ids:?}");
    }
    file(&app, &again, &ground(&[&first, &second])).expect(200);
    assert_eq!(act(&app, "director1", &again, "file-without-reply", &json!({"approve": true})).expect(200)["status"], "FILED");
    // New facts take it up again, and the first closing stays.
    let reopened = act(&app, "chief1", &again, "reopen", &json!({"new_facts": "另有新事證"}));
    assert_eq!(reopened.expect(200)["status"], "RECEIVED");
    assert_eq!(reopened.body["closings"][0]["status"], "FILED");
}

#[test]
fn an_answer_from_which_a_petition_was_taken_out_is_no_ground_for_a_repetition() {
    let app = TestApp::new();
    let of = |number: u32| take(&app, Some("clerk1"), &with(letter("INQUIRY"), "petitioner", person(number)));
    let id = |petition: &Taken| petition.path.rsplit('/').next().unwrap().to_owned();
    let into = |petition: &Taken, main: &Taken| {
        act(&app, "chief1", petition, "merge", &json!({"into_id": id(main), "reason": "同一事由"})).expect(200);
    };
    let (main, next, first, second) = (of(2), of(3), of(1), of(1));
    assign(&app, &main, "clerk2");
    into(&first, &main);
    into(&second, &main);
    replied(&app, &main, "FINAL");
    for petition in [&first, &second] {
        hand_over(&app, "chief1", petition);
    }
    let ground = json!({"ground": "ALREADY_ANSWERED", "earlier_ids": [id(&first), id(&second)]});
    let again = of(1);
    let answered = || -> Vec<bool> {
        let like = get(&app, "chief1", &format!("{}/similar", again.path)).expect(200)["items"].clone();
        let own =
            |petition: &Taken| like.as_array().unwrap().iter().find(|item| item["id"] == json!(id(petition))).unwrap().clone();
        [&first, &second].iter().map(|petition| own(petition)["answered_at"].is_string()).collect()
    };
    assert_eq!(answered(), [true, true]);
    file(&app, &of(1), &ground).expect(200);
    for petition in [&first, &second] {
        act(&app, "chief1", petition, "unmerge", &json!({"reason": "並非同一事由"})).expect(200);
    }
    assert_eq!(answered(), [false, false]);
    let not_met = field("/filing/earlier_ids", "not_met");
    assert_eq!(file(&app, &again, &ground).fields(), not_met);
    into(&first, &next);
    into(&second, &next);
    assert_eq!((answered(), file(&app, &again, &ground).fields()), (vec![false, false], not_met), "merged into one that is open");
    let rate = |petition: &Taken| {
        let body = json!({"number": petition.number, "secret": petition.secret, "score": 2});
        app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send()
    };
    rate(&first).refused(409, "conflict");
    assign(&app, &next, "clerk2");
    replied(&app, &next, "FINAL");
    rate(&first).expect(201);
    for petition in [&first, &second] {
        hand_over(&app, "chief1", petition);
    }
    assert_eq!(answered(), [true, true]);
    file(&app, &again, &ground).expect(200);
}

#[test]
fn the_office_is_competent_for_its_own_decisions_and_staff() {
    let app = TestApp::new();
    let mut body = letter("SUGGESTION");
    body["forwarded_by"] = json!("彰化縣政府");
    let petition = take(&app, Some("clerk1"), &body);
    let elsewhere = json!({"ground": "NOT_COMPETENT", "sent_also_to": ["彰化縣和美鎮公所"]});
    let alone = json!({"ground": "NOT_COMPETENT"});
    assert_eq!(file(&app, &petition, &alone).fields(), field("/filing/sent_also_to", "required"));
    file(&app, &petition, &elsewhere).expect(200);
    let filed = act(&app, "director1", &petition, "file-without-reply", &json!({"approve": true}));
    assert_eq!(filed.expect(200)["filing"]["body_told_by"], "LETTER", "whoever sent it on is told");
    body["against_decision"] = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    let ours = take(&app, Some("clerk1"), &body);
    assert_eq!(file(&app, &ours, &elsewhere).fields(), field("/filing/ground", "not_met"));
}

#[test]
fn a_petition_against_a_decision_is_told_its_remedies_at_once_and_may_be_an_appeal() {
    let app = TestApp::new();
    let mut body = letter("RIGHTS");
    (body["against_decision"], body["received_on"]) =
        (json!({"case_number": "115-HEMEI-000001", "received_on": "2026-10-30"}), json!("2026-11-20"));
    let petition = take(&app, Some("clerk1"), &body);
    assert!(get(&app, "chief1", &petition.path).expect(200)["remedies_told_at"].is_null(), "the letter is to be posted");
    hand_over(&app, "chief1", &petition);
    let shown = get(&app, "chief1", &petition.path).expect(200).clone();
    assert_eq!(shown["remedies_told_at"], "2026-11-23T09:00:00+08:00");
    assert_eq!(shown["against_decision"]["appeal_until_on"], "2026-11-30", "a Sunday moves to Monday");
    assert_eq!(track(&app, &petition.number, &petition.secret).expect(200)["appeal_until_on"], "2026-11-30");
    assign(&app, &petition, "clerk2");
    let lacking = json!({"kind": "FINAL", "text": "依規定。", "legal_ground": "戶籍法 §17"});
    assert_eq!(act(&app, "clerk2", &petition, "draft-reply", &lacking).fields(), field("/remedies", "required"));
    let appeal = act(&app, "chief1", &petition, "treat-as-appeal", &json!({"reason": "不服駁回處分"}));
    assert_eq!(
        (&appeal.expect(200)["status"], &appeal.body["received_at"]),
        (&json!("APPEAL"), &json!("2026-11-20T00:00:00+08:00"))
    );
    let plain = take(&app, Some("clerk1"), &letter("RIGHTS"));
    let refused = act(&app, "chief1", &plain, "treat-as-appeal", &json!({"reason": "x"}));
    assert_eq!(refused.fields(), field("/against_decision", "required"));
}

#[test]
fn a_rating_is_given_once_and_kept_from_whom_it_rates() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let rate = || {
        let body = json!({"number": petition.number, "secret": petition.secret, "score": 2, "comment": "太慢"});
        app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send()
    };
    rate().refused(409, "conflict");
    assign(&app, &petition, "chief1");
    act(&app, "chief1", &petition, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "chief1", &petition, "reply", &json!({})).expect(200);
    let before = get(&app, "chief1", &petition.path);
    rate().expect(201);
    rate().refused(409, "conflict");
    let after = get(&app, "chief1", &petition.path);
    assert_eq!((before.etag(), &before.text), (after.etag(), &after.text), "not even a version tells of it");
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["rating"]["score"], 2);
    assert!(get(&app, "director1", &petition.path).expect(200)["rating"].is_null(), "who approved the answer is rated too");
    let other = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let body = json!({"number": petition.number, "secret": petition.secret, "score": 2});
    app.post(&format!("{}/satisfaction", other.path)).once().json(&body).send().refused(404, "not_found");
}

#[test]
fn a_transfer_is_told_and_what_comes_back_goes_on_with_the_rest_of_its_period() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let away = json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"});
    let sent = act(&app, "chief1", &petition, "transfer", &away);
    assert_eq!((&sent.expect(200)["status"], &sent.body["transfer"]["told_by"]), (&json!("TRANSFERRED"), &json!("LETTER")));
    assert_eq!(track(&app, &petition.number, &petition.secret).expect(200)["transferred_to"], "彰化縣和美鎮公所");
    app.set_clock("2026-11-25T09:00:00+08:00");
    let letter = json!({"letter": "和鎮民字第 1150012345 號", "on": "2026-11-25"});
    let back = act(&app, "chief1", &petition, "transfer-back", &json!({"reason": "該所認非其權責", "returned": letter}));
    assert_eq!((&back.expect(200)["status"], &back.body["due_at"]), (&json!("RECEIVED"), &json!("2026-12-10T23:59:59+08:00")));
    assert_eq!(back.body["closings"][0]["status"], "TRANSFERRED");
}
