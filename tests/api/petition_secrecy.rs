//! What is kept secret of petitions: a walk over roles, acts and roads. Whoever does not see one is answered as if it were not
//! there, in each list, count, history, problem and log; beside each stands a control that is seen.

use serde_json::{Value, json};

use crate::petitions::{Taken, account, act, draft, get, letter, take, track, with};
use crate::support::{Answer, TestApp};

pub const NOWHERE: &str = "/v1/petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";

/// Everybody who works in the office, or asks from outside.
pub const USERS: [&str; 14] = [
    "clerk1",
    "clerk2",
    "clerk3",
    "clerk4",
    "reviewer1",
    "reviewer2",
    "chief1",
    "chief2",
    "director1",
    "adviser1",
    "volunteer1",
    "admin1",
    "citizen1",
    "proxy1",
];

/// An act and a body for it.
type Act = (&'static str, fn(&TestApp) -> Value);

const ACTS: [Act; 25] = [
    ("sign", |_| json!({})),
    ("unsign", |_| json!({"reason": "簽名人非本人"})),
    ("screen", |_| json!({"accept": true, "reason": "內容具體"})),
    ("assign", |app| json!({"handler_id": account(app, "clerk3")})),
    ("request-supplement", |_| json!({"what": "請敘明地點", "due_on": "2026-12-04"})),
    ("supplement", |_| json!({"text": "地點在一樓"})),
    ("correct-supplement-request", |_| json!({"what": "請敘明時間", "reason": "漏列"})),
    ("strike-supplement", |_| json!({"supplement": 1, "reason": "誤登"})),
    ("note-letters", |_| json!({"tellings": [1], "outcome": "POSTED"})),
    ("revoke-extension", |_| json!({"reason": "誤核"})),
    ("draft-reply", |_| draft("FINAL")),
    ("approve-reply", |_| json!({"draft": 1, "approve": true})),
    ("reply", |_| json!({})),
    ("extend", |_| json!({"days": 5, "reason": "須查證"})),
    ("transfer", |_| json!({"to": "彰化縣政府", "reason": "非本所權責"})),
    ("transfer-back", |_| json!({"reason": "退回"})),
    ("withdraw", |_| json!({"reason": "撤回"})),
    ("file-without-reply", |_| json!({"filing": {"ground": "NO_NAME"}, "reason": "未具名"})),
    ("reopen", |_| json!({"new_facts": "新事證"})),
    ("close", |_| json!({})),
    ("treat-as-appeal", |_| json!({"reason": "不服"})),
    ("merge", |_| json!({"into_id": NOWHERE.rsplit('/').next(), "reason": "同一事由"})),
    ("unmerge", |_| json!({"reason": "並非同一事由"})),
    ("split", |_| json!({"subject": "路燈", "body": "不亮", "writer": "PETITIONER", "reason": "一信二事"})),
    ("reveal", |_| json!({"reason": "須聯絡"})),
];

/// An answer without what differs between any two.
fn bare(answer: &Answer) -> (u16, String) {
    let mut body = answer.body.clone();
    if body["trace_id"].is_string() {
        body["trace_id"] = Value::Null;
    }
    (answer.status, body.to_string())
}

/// Asks on every road by id, as somebody: what each answers.
pub fn roads(app: &TestApp, user: &str, path: &str) -> Vec<(String, (u16, String))> {
    let mut all = Vec::new();
    for end in ["", "/history", "/history?include_total=true", "/deadline", "/similar"] {
        all.push((end.to_owned(), bare(&app.get(&format!("{path}{end}")).user(user).send())));
        let known = app.get(&format!("{path}{end}")).user(user).header("If-None-Match", "*").send();
        all.push((format!("{end} known"), (known.status, String::new())));
    }
    for (name, body) in ACTS {
        for tag in ["\"v1\"", "\"v2\"", "*"] {
            let call = app.post(&format!("{path}:{name}")).user(user).if_match(tag).json(&body(app));
            let call = if name == "reveal" { call } else { call.once() };
            all.push((format!("{name} {tag}"), bare(&call.send())));
        }
    }
    for body in [json!({"whistleblower": true}), json!({"concerns": []}), json!({"subject": "x"})] {
        let call = app.call("PATCH", path).user(user).if_match("*").json(&body);
        all.push(("update".to_owned(), bare(&call.send())));
    }
    all
}

/// What lists, counts, queues and the audit log tell somebody of petitions.
pub fn lists(app: &TestApp, user: &str) -> Vec<(u16, String)> {
    let mut all = Vec::new();
    for filter in [
        "",
        "&kind=REPORT",
        "&confidential=true",
        "&status=QUARANTINE",
        "&status=RECEIVED",
        "&status=ASSIGNED",
        "&status=IN_APPROVAL",
        "&queue=MINE",
        "&queue=TO_SCREEN",
        "&queue=TO_ASSIGN",
        "&queue=TO_APPROVE",
        "&queue=TO_POST",
        "&queue=DUE_SOON",
        "&queue=OVERDUE",
        "&from=2026-11-23",
        "&q=%E9%96%80%E7%89%8C",
        "&q=%E8%AB%8B",
    ] {
        all.push(bare(&app.get(&format!("/v1/petitions?include_total=true{filter}")).user(user).send()));
    }
    all.push(bare(&app.get("/v1/outgoing-letters?include_total=true").user(user).send()));
    for end in ["", "/petitions?measure=RECEIVED&scope=SEEN&include_total=true"] {
        all.push(bare(&app.get(&format!("/v1/digests/petitions/2026-11{end}")).user(user).send()));
    }
    all
}

pub fn log(app: &TestApp, bearer: &str) -> String {
    app.get("/v1/audit-log?limit=100").bearer(bearer).send().text
}

/// Checks that nothing betrays a petition to somebody, given what lists told before there was any.
pub fn is_nothing_to(app: &TestApp, user: &str, petition: &Taken, before: &[(u16, String)]) {
    let (theirs, nobodys) = (roads(app, user, &petition.path), roads(app, user, NOWHERE));
    for (there, nowhere) in theirs.iter().zip(&nobodys) {
        assert_eq!(there, nowhere, "{user}");
    }
    assert_eq!(lists(app, user), before, "{user}");
    let id = petition.path.rsplit('/').next().unwrap();
    let told = log(app, &app.token(user));
    assert!(!told.contains(id) && !told.contains(&petition.number), "{user}: {told}");
}

pub fn report(concerns: Value) -> Value {
    with(letter("REPORT"), "concerns", concerns)
}

#[test]
fn a_report_in_quarantine_is_its_custodians_alone() {
    let app = TestApp::new();
    let before: Vec<_> = USERS.iter().map(|user| lists(&app, user)).collect();
    let petition = take(&app, Some("clerk1"), &report(json!([{"kind": "OTHER", "words": "某同仁"}])));
    for (user, before) in USERS.iter().zip(&before).filter(|(user, _)| **user != "chief2") {
        is_nothing_to(&app, user, &petition, before);
    }
    // The control.
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["status"], "QUARANTINE");
    assert_ne!(lists(&app, "chief2")[0], before[7][0]);
    let id = petition.path.rsplit('/').next().unwrap();
    let county = app.client_token("county");
    assert!(!log(&app, &county).contains(id), "nor to the county");
    let open = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let (open, told) = (open.path.rsplit('/').next().unwrap(), log(&app, &county));
    assert!(told.contains(open), "an open one is told: {told}");
    let events = app.contents()["events"].clone();
    assert!(!events.iter().any(|row| row.contains(id)), "nor to the feed");
    assert!(events.iter().any(|row| row.contains(open)));
}

/// Lets it out of quarantine with whom it concerns, and puts clerk3 in charge.
pub fn let_out(app: &TestApp, petition: &Taken, custodian: &str, concerns: &Value) {
    let tag = get(app, custodian, &petition.path).etag().to_owned();
    let settled = app.call("PATCH", &petition.path).user(custodian).if_match(&tag).json(&json!({"concerns": concerns})).send();
    settled.expect(200);
    act(app, custodian, petition, "screen", &json!({"accept": true, "reason": "已設定對象"})).expect(200);
}

#[test]
fn whoever_is_complained_about_sees_nothing_by_whichever_account() {
    let app = TestApp::new();
    app.name_holder("clerk2", 7);
    app.name_holder("clerk4", 7);
    let before: Vec<_> = USERS.iter().map(|user| lists(&app, user)).collect();
    let petition = take(&app, Some("clerk1"), &report(json!([])));
    act(&app, "chief2", &petition, "screen", &json!({"accept": true, "reason": "x"})).refused(422, "invalid");
    let_out(&app, &petition, "chief2", &json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}]));
    // No road ends at them.
    for user in ["clerk2", "clerk4"] {
        let refused = act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, user)}));
        assert_eq!(refused.fields(), [("/handler_id".to_owned(), "not_allowed".to_owned())], "{user}");
    }
    act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    act(&app, "clerk3", &petition, "draft-reply", &draft("FINAL")).expect(200);
    let sees = ["clerk3", "chief1", "chief2", "director1"];
    for (user, before) in USERS.iter().zip(&before) {
        if sees.contains(user) {
            get(&app, user, &petition.path).expect(200);
        } else {
            is_nothing_to(&app, user, &petition, before);
        }
    }
    // What they did before is no road either: the one who is in charge is named in turn.
    let key = "a-key-of-their-own";
    let tag = get(&app, "clerk3", &petition.path).etag().to_owned();
    let again = || {
        app.post(&format!("{}:draft-reply", petition.path)).user("clerk3").key(key).if_match(&tag).json(&draft("FINAL")).send()
    };
    again().expect(200);
    assert_eq!(again().headers.get("idempotency-replayed").map(String::as_str), Some("true"));
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let both = json!({"concerns": [
        {"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}, {"kind": "ACCOUNT", "account_id": account(&app, "clerk3")}
    ]});
    let named = app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&both).send();
    assert!(named.expect(200)["handler_id"].is_null());
    again().refused(404, "not_found");
    is_nothing_to(&app, "clerk3", &petition, &before[2]);
}

#[test]
fn a_service_point_that_is_complained_about_sees_nothing() {
    let app = TestApp::new();
    let point = app.get("/v1/me").user("clerk3").send().expect(200)["service_point"].clone();
    let before = lists(&app, "clerk3");
    let mut body = with(letter("SUGGESTION"), "concerns", json!([{"kind": "SERVICE_POINT", "service_point": point}]));
    let petition = take(&app, None, &with(body.clone(), "channel", json!("MAILBOX")));
    is_nothing_to(&app, "clerk3", &petition, &before);
    get(&app, "chief1", &petition.path).expect(200);
    body["concerns"] = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}]);
    let answer = crate::petitions::send(&app, None, &with(body, "channel", json!("MAILBOX")));
    assert_eq!(answer.fields(), [("/concerns/0/account_id".to_owned(), "not_allowed".to_owned())]);
}

#[test]
fn the_director_and_the_custodian_lose_every_road_and_a_deputy_takes_their_place() {
    let app = TestApp::new();
    let custodian = account(&app, "chief2");
    let named = |id: &Value| json!([{"kind": "ACCOUNT", "account_id": id}]);
    let before: Vec<_> = USERS.iter().map(|user| lists(&app, user)).collect();
    let of_custodian = take(&app, Some("clerk1"), &report(named(&custodian)));
    is_nothing_to(&app, "chief2", &of_custodian, &before[7]);
    assert_eq!(get(&app, "director1", &of_custodian.path).expect(200)["status"], "QUARANTINE", "the director is the deputy");
    is_nothing_to(&app, "chief1", &of_custodian, &before[6]);
    let_out(&app, &of_custodian, "director1", &named(&custodian));
    act(&app, "director1", &of_custodian, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    is_nothing_to(&app, "chief2", &of_custodian, &before[7]);
    let app = TestApp::new();
    let (director, custodian) = (account(&app, "director1"), account(&app, "chief2"));
    let before: Vec<_> = USERS.iter().map(|user| lists(&app, user)).collect();
    let both = json!([{"kind": "ACCOUNT", "account_id": director}, {"kind": "ACCOUNT", "account_id": custodian}]);
    let petition = take(&app, Some("clerk1"), &report(both.clone()));
    for (n, user) in [(8, "director1"), (7, "chief2")] {
        is_nothing_to(&app, user, &petition, &before[n]);
    }
    let_out(&app, &petition, "chief1", &both);
    // What the director decides, another does whom it does not concern, and who has not proposed it.
    let filing = json!({"filing": {"ground": "NO_NAME"}, "reason": "未具名"});
    act(&app, "chief1", &petition, "file-without-reply", &filing).refused(422, "invalid");
    is_nothing_to(&app, "director1", &petition, &before[8]);
}

#[test]
fn the_handler_reads_the_matter_and_not_the_person_and_a_reveal_is_logged() {
    let app = TestApp::new();
    let mut body = report(json!([]));
    body["body"] = json!("我是王小明，住臺北市大安區和平東路一段1號，看見承辦人收受餽贈。");
    let petition = take(&app, Some("clerk1"), &body);
    let_out(&app, &petition, "chief2", &json!([]));
    act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    for user in ["clerk3", "chief1", "director1"] {
        let shown = get(&app, user, &petition.path);
        assert!(!shown.text.contains("王小明") && !shown.text.contains("和平東路"), "{user}: {}", shown.text);
        assert!(shown.expect(200)["body"].as_str().unwrap().contains("看見承辦人收受餽贈"));
        assert!(shown.body["petitioners"].is_null() && shown.body["contact"].is_null());
    }
    assert!(get(&app, "chief2", &petition.path).text.contains("王小明"), "its custodian reads the original");
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let text = json!({"shown_body": "陳情人指稱承辦人收受餽贈。"});
    app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&text).send().expect(200);
    assert_eq!(get(&app, "clerk3", &petition.path).expect(200)["body"], "陳情人指稱承辦人收受餽贈。");
    app.post(&format!("{}:reveal", petition.path)).user("clerk3").json(&json!({})).send().refused(422, "invalid");
    let why = json!({"reason": "須當面訪談"});
    let revealed = app.post(&format!("{}:reveal", petition.path)).user("clerk3").json(&why).send();
    assert_eq!(revealed.expect(200)["petitioners"][0]["name"], "王小明");
    let line = app.get("/v1/audit-log?action=petition.revealed").user("director1").send().expect(200)["items"][0].clone();
    assert_eq!((&line["purpose"], &line["actor"]), (&json!("＊＊＊"), &json!("＊＊＊")), "a reason may name who is behind it");
    let history = get(&app, "chief2", &format!("{}/history", petition.path)).expect(200)["items"].clone();
    let line = history.as_array().unwrap().last().unwrap();
    let me = format!("accounts/{}", account(&app, "clerk3").as_str().unwrap());
    assert_eq!((&line["action"], &line["reason"], &line["actor"]), (&json!("revealed"), &json!("須當面訪談"), &json!(me)));
    let reads = app.get("/v1/audit-log?action=petition.read").user("director1").send();
    assert!(!reads.expect(200)["items"].as_array().unwrap().is_empty(), "each look is logged");
    // Elsewhere the identity goes by consent or duty alone.
    let away = json!({"to": "彰化縣政府政風處", "reason": "涉及違失", "with_identity": true});
    let refused = act(&app, "chief1", &petition, "transfer", &away);
    assert_eq!(refused.fields(), [("/identity_ground".to_owned(), "required".to_owned())]);
    let away = with(away, "identity_ground", json!("當事人 115 年 11 月 23 日書面同意"));
    act(&app, "chief1", &petition, "transfer", &away).expect(200);
}

#[test]
fn the_secret_that_a_taker_knows_ends_once_it_concerns_them() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &report(json!([])));
    track(&app, &petition.number, &petition.secret).expect(200);
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let taker = json!({"concerns": [{"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}]});
    let named = app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&taker).send();
    let renewed = named.expect(200)["renewed_secret"].as_str().unwrap().to_owned();
    track(&app, &petition.number, &petition.secret).refused(404, "not_found");
    track(&app, &petition.number, &renewed).expect(200);
    assert!(get(&app, "chief2", &petition.path).expect(200).get("renewed_secret").is_none(), "shown once");
}

#[test]
fn staff_see_no_petition_of_their_own() {
    let app = TestApp::new();
    app.name_holder("clerk1", 9);
    let before = lists(&app, "clerk1");
    let petition = take(&app, Some("clerk3"), &with(letter("RIGHTS"), "petitioner", crate::support::person(9)));
    is_nothing_to(&app, "clerk1", &petition, &before);
    get(&app, "chief1", &petition.path).expect(200);
    let refused = act(&app, "chief1", &petition, "assign", &json!({"handler_id": account(&app, "clerk1")}));
    assert_eq!(refused.fields(), [("/handler_id".to_owned(), "not_allowed".to_owned())]);
}
