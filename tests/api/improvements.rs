//! What people say of the office, and what is made better because of it: proposed, adopted by another, carried out, measured, checked.

use serde_json::{Value, json};

use crate::petition_merging::{id, merged, unmerge};
use crate::petitions::{account, letter, take, track, with};
use crate::support::{Answer, TestApp};

pub fn cutting() -> Value {
    json!({
        "source": "PRESS", "said_on": "2026-11-20", "topic": "SERVICE", "tone": "NEGATIVE", "origin": "地方日報",
        "text": "洽公等候時間過長"
    })
}

pub fn proposal() -> Value {
    json!({
        "topic": "SERVICE", "title": "增設線上叫號", "cause": "尖峰時段等候過長", "plan": "於官網提供線上叫號",
        "measured": {"measure": "平均等候時間", "unit": "分鐘", "before": 18}
    })
}

pub fn made(app: &TestApp, user: &str, list: &str, body: &Value) -> Value {
    app.post(&format!("/v1/{list}")).user(user).once().json(body).send().expect(201).clone()
}

pub fn at(list: &str, item: &Value) -> String {
    format!("/v1/{list}/{}", item["id"].as_str().unwrap())
}

fn get(app: &TestApp, user: &str, path: &str) -> Answer {
    app.get(path).user(user).send()
}

pub fn act(app: &TestApp, user: &str, path: &str, name: &str, body: &Value) -> Answer {
    let tag = get(app, "director1", path).etag().to_owned();
    app.post(&format!("{path}:{name}")).user(user).once().if_match(&tag).json(body).send()
}

fn update(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    let tag = get(app, "director1", path).etag().to_owned();
    app.call("PATCH", path).user(user).if_match(&tag).json(body).send()
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

fn done() -> Value {
    json!({"result": "線上叫號已上線", "after": 11})
}

#[test]
fn a_cutting_is_entered_put_in_somebodys_charge_and_answered() {
    let app = TestApp::new();
    let path = at("opinion-items", &made(&app, "clerk1", "opinion-items", &cutting()));
    let owned = update(&app, "chief1", &path, &json!({"owner_id": account(&app, "clerk2")})).expect(200).clone();
    assert_eq!((&owned["status"], &owned["owner_id"]), (&json!("OPEN"), &account(&app, "clerk2")));
    let wrong = update(&app, "chief1", &path, &json!({"owner_id": account(&app, "citizen1")}));
    assert_eq!(wrong.fields(), field("/owner_id", "not_allowed"));
    assert_eq!(update(&app, "clerk1", &path, &json!({"said_on": "2026-11-24"})).fields(), field("/said_on", "range"));
    assert_eq!(update(&app, "clerk2", &path, &json!({"response": "已增開一櫃。"})).expect(200)["status"], "ANSWERED");
    act(&app, "chief1", &path, "set-aside", &json!({"reason": "已答復"})).refused(409, "wrong_state");
    assert_eq!(act(&app, "clerk1", &path, "reopen", &json!({"reason": "再度見報"})).expect(200)["status"], "OPEN");
    act(&app, "clerk1", &path, "set-aside", &json!({"reason": "與本所無涉"})).refused(403, "forbidden");
    assert_eq!(act(&app, "chief1", &path, "set-aside", &json!({"reason": "與本所無涉"})).expect(200)["reason"], "與本所無涉");
    act(&app, "clerk1", &path, "reopen", &json!({"reason": "誤判"})).expect(200);
    let listed =
        |query: &str| get(&app, "chief1", &format!("/v1/opinion-items?{query}&include_total=true")).expect(200)["total"].clone();
    let before = listed("source=PRESS&tone=NEGATIVE");
    made(&app, "clerk1", "opinion-items", &cutting());
    assert_eq!(listed("source=PRESS&tone=NEGATIVE").as_u64(), before.as_u64().map(|n| n + 1));
    assert_eq!(listed("from=2026-11-20&to=2026-11-20"), 2);
    assert_eq!(listed(&format!("owner_id={}", account(&app, "clerk2").as_str().unwrap())), 1);
    get(&app, "citizen1", "/v1/opinion-items").refused(403, "forbidden");
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains("洽公等候時間過長") || row.contains("已增開一櫃")), "{table}");
    }
}

#[test]
fn what_one_proposes_another_adopts_and_what_one_carries_out_another_checks() {
    let app = TestApp::new();
    let item = made(&app, "chief1", "improvement-items", &proposal());
    let path = at("improvement-items", &item);
    assert_eq!((&item["due_on"], &item["due_at"]), (&json!("2026-12-23"), &json!("2026-12-23T23:59:59+08:00")));
    act(&app, "chief1", &path, "complete", &done()).refused(409, "wrong_state");
    act(&app, "chief1", &path, "adopt", &json!({})).refused(409, "own_request");
    act(&app, "clerk1", &path, "adopt", &json!({})).refused(403, "forbidden");
    let blind = app.post(&format!("{path}:adopt")).user("director1").once().if_match("*").send();
    blind.refused(428, "precondition_required");
    act(&app, "director1", &path, "adopt", &json!({})).expect(200);
    let finished = act(&app, "chief1", &path, "complete", &done()).expect(200).clone();
    assert_eq!(finished["effect"], json!({"measure": "平均等候時間", "unit": "分鐘", "before": 18, "after": 11, "change": -7}));
    act(&app, "chief1", &path, "check", &json!({"accept": true})).refused(409, "same_person");
    assert_eq!(act(&app, "chief2", &path, "check", &json!({"accept": false})).fields(), field("/reason", "required"));
    let returned = act(&app, "chief2", &path, "check", &json!({"accept": false, "reason": "數據不足"})).expect(200).clone();
    assert_eq!(
        (&returned["status"], &returned["done_by"], &returned["reason"]),
        (&json!("ADOPTED"), &Value::Null, &json!("數據不足"))
    );
    act(&app, "chief1", &path, "complete", &done()).expect(200);
    assert_eq!(act(&app, "chief2", &path, "check", &json!({"accept": true})).expect(200)["status"], "CHECKED");
    update(&app, "chief1", &path, &json!({"plan": "另案"})).refused(409, "wrong_state");
    let again = act(&app, "director1", &path, "reopen", &json!({"reason": "成效未如預期"})).expect(200).clone();
    assert_eq!((&again["status"], &again["checked_by"]), (&json!("ADOPTED"), &Value::Null));
}

#[test]
fn an_improvement_comes_of_opinions_each_of_one() {
    let app = TestApp::new();
    let (one, other) = (made(&app, "clerk1", "opinion-items", &cutting()), made(&app, "clerk1", "opinion-items", &cutting()));
    let item = made(&app, "clerk1", "improvement-items", &with(proposal(), "opinion_item_ids", json!([one["id"]])));
    assert_eq!(item["opinion_item_ids"], json!([one["id"]]));
    let taken = get(&app, "clerk1", &at("opinion-items", &one)).expect(200).clone();
    assert_eq!((&taken["status"], &taken["improvement_item_id"]), (&json!("TAKEN_UP"), &item["id"]));
    let propose = |ids: Value| {
        app.post("/v1/improvement-items").user("clerk1").once().json(&with(proposal(), "opinion_item_ids", ids)).send()
    };
    propose(json!([one["id"]])).refused(409, "wrong_state");
    assert_eq!(propose(json!(["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"])).fields(), field("/opinion_item_ids/0", "unknown"));
    let path = at("improvement-items", &item);
    let moved = update(&app, "clerk1", &path, &json!({"opinion_item_ids": [other["id"]]})).expect(200).clone();
    assert_eq!(moved["opinion_item_ids"], json!([other["id"]]));
    assert_eq!(get(&app, "clerk1", &at("opinion-items", &one)).expect(200)["status"], "OPEN", "linked by mistake");
    act(&app, "chief1", &path, "adopt", &json!({})).expect(200);
    let late = update(&app, "clerk1", &path, &json!({"opinion_item_ids": []}));
    assert_eq!(late.fields(), field("/opinion_item_ids", "not_allowed"));
}

#[test]
fn a_last_day_moves_with_a_reason_follows_the_calendar_and_is_told_once() {
    let app = TestApp::new();
    let saturday = made(&app, "clerk1", "improvement-items", &with(proposal(), "due_on", json!("2026-11-28")));
    let path = at("improvement-items", &saturday);
    assert_eq!((&saturday["due_on"], &saturday["due_at"]), (&json!("2026-11-28"), &json!("2026-11-30T23:59:59+08:00")));
    let past =
        app.post("/v1/improvement-items").user("clerk1").once().json(&with(proposal(), "due_on", json!("2026-11-22"))).send();
    assert_eq!(past.fields(), field("/due_on", "range"));
    assert_eq!(update(&app, "clerk1", &path, &json!({"due_on": "2026-11-27"})).fields(), field("/reason", "required"));
    let moved = update(&app, "clerk1", &path, &json!({"due_on": "2026-11-27", "reason": "提前完成"})).expect(200).clone();
    assert_eq!(moved["due_at"], "2026-11-27T23:59:59+08:00");
    let closed = json!({"date": "2026-11-27", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closed).send().expect(201);
    assert_eq!(get(&app, "clerk1", &path).expect(200)["due_at"], "2026-11-30T23:59:59+08:00");
    app.set_clock("2026-12-01T09:00:00+08:00");
    app.tick();
    app.tick();
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let id = saturday["id"].as_str().unwrap();
    let told = app.contents()["events"].iter().filter(|row| row.contains("improvement_item.overdue") && row.contains(id)).count();
    assert_eq!(told, 1);
    let listed = |overdue: bool| {
        let listed = get(&app, "clerk1", &format!("/v1/improvement-items?overdue={overdue}")).expect(200)["items"].clone();
        listed.as_array().unwrap().iter().any(|item| item["id"] == id)
    };
    assert!(listed(true) && !listed(false));
    assert_eq!(get(&app, "clerk1", &path).expect(200)["overdue"], true);
}

#[test]
fn whoever_suggested_it_is_told_that_it_is_adopted_and_that_it_is_dropped_after_all() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let id = petition.path.rsplit('/').next().unwrap();
    let from = |id: &str| with(with(cutting(), "source", json!("PETITION")), "petition_id", json!(id));
    let enter = |user: &str, body: &Value| app.post("/v1/opinion-items").user(user).once().json(body).send();
    assert_eq!(enter("clerk1", &with(cutting(), "source", json!("PETITION"))).fields(), field("/petition_id", "required"));
    assert_eq!(enter("clerk1", &with(cutting(), "petition_id", json!(id))).fields(), field("/petition_id", "not_allowed"));
    assert_eq!(enter("clerk2", &from(id)).fields(), field("/petition_id", "unknown"), "clerk2 does not see the petition");
    let secret = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "confidential", json!(true)));
    let secret = secret.path.rsplit('/').next().unwrap();
    for user in ["clerk1", "chief1"] {
        assert_eq!(enter(user, &from(secret)).fields(), field("/petition_id", "unknown"), "{user}");
    }
    // Nor is one open that its custodian has not released, though it is no secret otherwise.
    let report = take(&app, Some("clerk1"), &with(letter("REPORT"), "confidential", json!(false)));
    get(&app, "chief2", &report.path).expect(200);
    let guarded = report.path.rsplit('/').next().unwrap();
    assert_eq!(enter("chief2", &from(guarded)).fields(), field("/petition_id", "unknown"));
    let opinion = made(&app, "clerk1", "opinion-items", &from(id));
    get(&app, "clerk2", &at("opinion-items", &opinion)).refused(404, "not_found");
    let counted =
        |user: &str| get(&app, user, "/v1/opinion-items?source=PETITION&include_total=true").expect(200)["total"].clone();
    assert_eq!((counted("clerk1"), counted("clerk2")), (json!(1), json!(0)));
    let item = made(&app, "clerk1", "improvement-items", &with(proposal(), "opinion_item_ids", json!([opinion["id"]])));
    let path = at("improvement-items", &item);
    let told = || track(&app, &petition.number, &petition.secret).expect(200)["adoptions"].clone();
    assert_eq!(told(), json!([]));
    app.advance(chrono::Duration::seconds(1));
    let adopted = act(&app, "chief1", &path, "adopt", &json!({})).expect(200).clone();
    assert_eq!((&adopted["told"][0]["adopted"], &adopted["told"][0]["told_by"]), (&json!(true), &json!("LETTER")));
    assert_eq!((&told()[0]["adopted"], &adopted["told"][0]["petition_id"]), (&json!(true), &json!(id)));
    assert_eq!(get(&app, "chief1", &petition.path).expect(200)["adoptions"], told(), "a letter that is to be posted");
    let seen = get(&app, "clerk2", &path).expect(200).clone();
    assert_eq!((&seen["opinion_item_ids"], &seen["told"]), (&json!([]), &json!([])), "to whoever reads the petition");
    app.advance(chrono::Duration::seconds(1));
    act(&app, "director1", &path, "drop", &json!({"reason": "經費未核定"})).expect(200);
    assert_eq!(told().as_array().unwrap().iter().map(|one| one["adopted"] == true).collect::<Vec<_>>(), [true, false]);
    // The letter that nobody had posted is not to be posted any more, and nothing need be put right.
    let tellings = get(&app, "chief1", &petition.path).expect(200)["tellings"].clone();
    assert_eq!((&tellings[0]["status"], &tellings[1]), (&json!("STOPPED"), &Value::Null), "{tellings}");
    act(&app, "director1", &path, "reopen", &json!({"reason": "經費核定"})).expect(200);
    assert_eq!(told().as_array().unwrap().len(), 2, "proposed again, and adopted by nobody yet");
    act(&app, "chief1", &path, "adopt", &json!({})).expect(200);
    assert_eq!(told().as_array().unwrap().len(), 3);
    // One that was never adopted is dropped without a word.
    let other = at("improvement-items", &made(&app, "clerk1", "improvement-items", &proposal()));
    assert_eq!(act(&app, "chief1", &other, "drop", &json!({"reason": "重複"})).expect(200)["told"], json!([]));
    let history = get(&app, "chief1", &format!("{}/history", petition.path)).expect(200)["items"].clone();
    let lines: Vec<&str> = history.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(lines, ["received", "suggestion_adopted", "suggestion_dropped", "suggestion_adopted"]);
}

#[test]
fn whoever_is_answered_together_with_whoever_suggested_it_is_told_too() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    let body = with(with(cutting(), "source", json!("PETITION")), "petition_id", json!(id(&main)));
    let opinion = made(&app, "clerk1", "opinion-items", &body);
    let item = made(&app, "clerk1", "improvement-items", &with(proposal(), "opinion_item_ids", json!([opinion["id"]])));
    let path = at("improvement-items", &item);
    let adopted = act(&app, "chief1", &path, "adopt", &json!({})).expect(200).clone();
    assert_eq!(adopted["told"].as_array().unwrap().len(), 2, "{adopted}");
    // Also that it is dropped, though it is on its own by then.
    unmerge(&app, &other).expect(200);
    act(&app, "director1", &path, "drop", &json!({"reason": "經費未核定"})).expect(200);
    for petition in [&main, &other] {
        let told = track(&app, &petition.number, &petition.secret).expect(200)["adoptions"].clone();
        assert_eq!((&told[0]["adopted"], &told[1]["adopted"], &told[2]), (&json!(true), &json!(false), &Value::Null));
    }
}

#[test]
fn whoever_has_only_a_telephone_is_called_with_what_became_of_their_suggestion() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "contact", json!({"phone": "0912345678"})));
    let id = petition.path.rsplit('/').next().unwrap();
    let body = with(with(cutting(), "source", json!("PETITION")), "petition_id", json!(id));
    let opinion = made(&app, "clerk1", "opinion-items", &body);
    let item = made(&app, "clerk1", "improvement-items", &with(proposal(), "opinion_item_ids", json!([opinion["id"]])));
    let called = || get(&app, "chief1", "/v1/call-list?kind=PETITION&date=2026-11-23").expect(200)["items"].clone();
    assert_eq!(called(), json!([]));
    let adopted = act(&app, "chief1", &at("improvement-items", &item), "adopt", &json!({})).expect(200).clone();
    assert_eq!(adopted["told"][0]["told_by"], "CALL");
    assert_eq!(called()[0]["record"], petition.path.trim_start_matches("/v1/"));
}

#[test]
fn a_petition_that_becomes_a_secret_takes_its_opinion_along() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let id = petition.path.rsplit('/').next().unwrap();
    let body = with(with(cutting(), "source", json!("PETITION")), "petition_id", json!(id));
    let opinion = at("opinion-items", &made(&app, "clerk1", "opinion-items", &body));
    let tag = get(&app, "chief1", &petition.path).etag().to_owned();
    app.call("PATCH", &petition.path).user("chief1").if_match(&tag).json(&json!({"confidential": true})).send().expect(200);
    // It tells who is behind the petition to whoever handles that and does not read it as it was written.
    get(&app, "chief1", &petition.path).expect(200);
    for user in ["clerk1", "chief1"] {
        get(&app, user, &opinion).refused(404, "not_found");
    }
    get(&app, "chief2", &opinion).expect(200);
    let events = app.contents()["events"].clone();
    assert!(!events.iter().any(|row| row.contains(opinion.rsplit('/').next().unwrap())), "nor does the feed tell of it");
}

pub fn an_opinion_becomes_one_improvement(app: &TestApp) {
    let opinion = made(app, "clerk1", "opinion-items", &cutting());
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let body = with(proposal(), "opinion_item_ids", json!([opinion["id"]]));
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post("/v1/improvement-items").user(user).once().json(&body).send()
    });
    crate::serial::once(&answers, "201", "409 wrong_state");
}

pub fn an_improvement_is_adopted_once(app: &TestApp) {
    let path = at("improvement-items", &made(app, "clerk1", "improvement-items", &proposal()));
    crate::serial::log_in(app, &["chief1", "director1"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["chief1", "director1"][client % 2];
        app.post(&format!("{path}:adopt")).user(user).once().if_match("\"v1\"").send()
    });
    crate::serial::once(&answers, "200", "412 version_mismatch");
}
