//! Complaints on the spot: every step with its moment and person, late ones marked, taken back, and kept from whom they are about.

use serde_json::{Value, json};

use crate::petitions::{Taken, account, act};
use crate::support::{Answer, TestApp, called};

const NOWHERE: &str = "/v1/on-site-complaints/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";

pub fn complaint() -> Value {
    json!({"what": "等候逾一小時未獲受理", "complainant": {"name": called(71)}, "contact": {"phone": "0912345678"}})
}

fn about(mut body: Value, concerns: Value) -> Value {
    body["concerns"] = concerns;
    body
}

pub fn enter(app: &TestApp, user: &str, body: &Value) -> String {
    let made = app.post("/v1/on-site-complaints").user(user).once().json(body).send();
    made.expect(201);
    made.headers["location"].clone()
}

pub fn get(app: &TestApp, user: &str, path: &str) -> Answer {
    app.get(path).user(user).send()
}

fn tag(app: &TestApp, path: &str) -> String {
    let shown = get(app, "director1", path);
    shown.headers.get("etag").map_or("\"v1\"", String::as_str).to_owned()
}

pub fn step(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    app.post(&format!("{path}/steps")).user(user).once().if_match(&tag(app, path)).json(body).send()
}

fn take_back(app: &TestApp, user: &str, path: &str, line: u32) -> Answer {
    let body = json!({"line": line, "reason": "誤登他案"});
    app.post(&format!("{path}:take-back")).user(user).once().if_match(&tag(app, path)).json(&body).send()
}

fn update(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    app.call("PATCH", path).user(user).if_match(&tag(app, path)).json(body).send()
}

fn noted(kind: &str) -> Value {
    json!({"step": kind, "note": "已說明並致歉"})
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

/// As far as its result.
fn to_the_result(app: &TestApp, body: &Value) -> String {
    let path = enter(app, "clerk1", body);
    step(app, "clerk1", &path, &json!({"step": "CALMED"})).expect(200);
    step(app, "chief1", &path, &json!({"step": "TAKEN_OVER"})).expect(200);
    step(app, "chief1", &path, &noted("RECORDED")).expect(200);
    step(app, "chief1", &path, &noted("SOLVED")).expect(200);
    step(app, "chief1", &path, &noted("RESULT_NOTED")).expect(200);
    path
}

#[test]
fn a_complaint_goes_through_every_step_and_is_closed_by_a_call_of_another() {
    let app = TestApp::new();
    let path = enter(&app, "clerk1", &complaint());
    let open = get(&app, "clerk1", &path).expect(200).clone();
    assert_eq!((&open["status"], &open["takeover_due_at"]), (&json!("OPEN"), &json!("2026-11-23T09:05:00+08:00")));
    assert_eq!(open["missing"], json!(["CALMED", "TAKEN_OVER", "RECORDED", "SOLVED", "RESULT_NOTED", "FOLLOWED_UP"]));
    step(&app, "clerk1", &path, &json!({"step": "CALMED"})).expect(200);
    app.advance(chrono::Duration::minutes(4));
    assert_eq!(step(&app, "clerk1", &path, &json!({"step": "TAKEN_OVER"})).fields(), field("/done_by_id", "not_allowed"));
    // Entered by a clerk for the supervisor who has taken over.
    let taken = json!({"step": "TAKEN_OVER", "done_by_id": account(&app, "chief1")});
    let shown = step(&app, "clerk1", &path, &taken).expect(200).clone();
    assert_eq!(shown["steps"][1]["late"], false);
    assert_ne!(shown["steps"][1]["done_by"], shown["steps"][1]["entered_by"]);
    assert_eq!(step(&app, "chief1", &path, &json!({"step": "RECORDED"})).fields(), field("/note", "required"));
    for kind in ["RECORDED", "SOLVED", "RESULT_NOTED"] {
        step(&app, "chief1", &path, &noted(kind)).expect(200);
    }
    let shown = get(&app, "chief1", &path).expect(200).clone();
    assert_eq!((&shown["status"], &shown["missing"]), (&json!("AWAITING_FOLLOW_UP"), &json!(["FOLLOWED_UP"])));
    assert_eq!(shown["follow_up_due_at"], "2026-11-26T23:59:59+08:00");
    let called = get(&app, "clerk1", "/v1/call-list?date=2026-11-24&kind=FOLLOW_UP").expect(200)["items"].clone();
    assert_eq!(called[0]["number"], shown["number"]);
    step(&app, "chief1", &path, &json!({"step": "FOLLOWED_UP"})).refused(409, "same_person");
    let closed = step(&app, "clerk1", &path, &json!({"step": "FOLLOWED_UP", "note": "當事人表示滿意"})).expect(200).clone();
    assert_eq!((&closed["status"], &closed["missing"]), (&json!("CLOSED"), &json!([])));
    let called = get(&app, "clerk1", "/v1/call-list?date=2026-11-24&kind=FOLLOW_UP").expect(200)["items"].clone();
    assert_eq!(called, json!([]));
    step(&app, "clerk1", &path, &json!({"step": "FOLLOWED_UP"})).refused(409, "step_stands");
}

#[test]
fn what_is_entered_late_or_out_of_order_has_its_own_time_and_is_marked() {
    let app = TestApp::new();
    let mut body = complaint();
    body["began_at"] = json!("2026-11-23T08:10:00+08:00");
    let path = enter(&app, "clerk1", &body);
    let at = |kind: &str, at: &str| json!({"step": kind, "happened_at": at, "note": "補登"});
    for wrong in ["2026-11-23T08:09:59+08:00", "2026-11-23T09:00:01+08:00"] {
        assert_eq!(step(&app, "clerk1", &path, &at("CALMED", wrong)).fields(), field("/happened_at", "range"), "{wrong}");
    }
    step(&app, "chief1", &path, &at("RECORDED", "2026-11-23T08:20:00+08:00")).expect(200);
    step(&app, "chief1", &path, &at("TAKEN_OVER", "2026-11-23T08:25:00+08:00")).expect(200);
    let shown = step(&app, "clerk1", &path, &at("CALMED", "2026-11-23T08:40:00+08:00")).expect(200).clone();
    let marks = |n: usize| {
        let step = &shown["steps"][n];
        ["entered_late", "out_of_order", "late"].map(|mark| step[mark] == true)
    };
    assert_eq!([marks(0), marks(1), marks(2)], [[true, true, false], [true, true, true], [false, false, false]]);
    let late = |user: &str| {
        get(&app, user, "/v1/on-site-complaints?queue=TAKEOVER_LATE&include_total=true").expect(200)["total"].clone()
    };
    assert_eq!(late("chief1"), 0, "it was taken over, though late");
    assert_eq!(take_back(&app, "chief1", &path, 2).expect(200)["taken_over_at"], Value::Null);
    assert_eq!(late("chief1"), 1);
    assert_eq!(
        update(&app, "clerk1", &path, &json!({"began_at": "2026-11-23T08:21:00+08:00"})).fields(),
        field("/began_at", "range")
    );
    let moved = update(&app, "clerk1", &path, &json!({"began_at": "2026-11-23T08:20:00+08:00"})).expect(200).clone();
    assert_eq!(moved["takeover_due_at"], "2026-11-23T08:25:00+08:00");
    let mut early = complaint();
    early["began_at"] = json!("2026-11-23T09:00:01+08:00");
    let refused = app.post("/v1/on-site-complaints").user("clerk1").once().json(&early).send();
    assert_eq!(refused.fields(), field("/began_at", "range"));
}

#[test]
fn a_step_is_taken_back_with_a_reason_and_stays_readable() {
    let app = TestApp::new();
    let path = to_the_result(&app, &complaint());
    let missing = json!({"line": 5});
    let refused = app.post(&format!("{path}:take-back")).user("chief1").once().if_match("*").json(&missing).send();
    assert_eq!(refused.fields(), field("/reason", "required"));
    let shown = take_back(&app, "chief1", &path, 5).expect(200).clone();
    assert_eq!((&shown["status"], &shown["follow_up_due_at"]), (&json!("OPEN"), &Value::Null));
    assert_eq!(
        (&shown["steps"][4]["taken_back_because"], &shown["steps"][4]["note"]),
        (&json!("誤登他案"), &json!("已說明並致歉"))
    );
    take_back(&app, "chief1", &path, 5).refused(409, "step_taken_back");
    assert_eq!(take_back(&app, "chief1", &path, 6).fields(), field("/line", "unknown"));
    let again = step(&app, "director1", &path, &noted("RESULT_NOTED")).expect(200).clone();
    assert_eq!((&again["status"], &again["steps"][5]["line"]), (&json!("AWAITING_FOLLOW_UP"), &json!(6)));
}

#[test]
fn a_complaint_goes_on_as_a_petition_about_the_same_people() {
    let app = TestApp::new();
    let clerk = account(&app, "clerk2");
    let path = enter(&app, "clerk1", &about(complaint(), json!([{"kind": "ACCOUNT", "account_id": clerk}])));
    let petition = json!({
        "kind": "RIGHTS", "subject": "服務態度", "body": "承辦人態度不佳。", "petitioner": {"name": called(71)},
        "contact": {"phone": "0912345678"}
    });
    for (body, at, code) in [
        (json!({"step": "PETITION_OPENED"}), "/petition", "required"),
        (json!({"step": "CALMED", "petition": petition}), "/petition", "not_allowed"),
    ] {
        assert_eq!(step(&app, "chief1", &path, &body).fields(), field(at, code));
    }
    let mut wrong = json!({"step": "PETITION_OPENED", "petition": petition});
    wrong["petition"]["channel"] = json!("PHONE");
    assert_eq!(step(&app, "chief1", &path, &wrong).fields(), field("/petition/channel", "not_allowed"));
    let opened = step(&app, "chief1", &path, &json!({"step": "PETITION_OPENED", "petition": petition})).expect(200).clone();
    let tracked = app.post("/v1/petitions:track").json(&opened["petition"]).send();
    assert_eq!(tracked.expect(200)["status"], "AWAITING_SIGNATURE");
    let id = opened["steps"][0]["petition_id"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, "chief1", &format!("/v1/petitions/{id}")).expect(200)["concerns"][0]["account_id"], clerk);
    get(&app, "clerk2", &format!("/v1/petitions/{id}")).refused(404, "not_found");
    // A report of wrongdoing is its custodian's, and whoever's took it down.
    let other = enter(&app, "clerk1", &complaint());
    let mut report = json!({"step": "PETITION_OPENED", "petition": petition});
    report["petition"]["kind"] = json!("REPORT");
    step(&app, "chief1", &other, &report).expect(200);
    let told = |user: &str| {
        let shown = get(&app, user, &other);
        (shown.status, shown.body["steps"][0]["petition_id"].is_string())
    };
    let seen = ["chief1", "chief2", "clerk1", "director1"].map(told);
    assert_eq!(
        seen,
        [(200, true), (200, true), (404, false), (404, false)],
        "nor does anybody else see the complaint any longer"
    );
    assert!(!get(&app, "chief1", &path).expect(200)["missing"].as_array().unwrap().contains(&json!("SOLVED")));
}

#[test]
fn a_complaint_is_seen_by_whoever_reads_its_petition_as_it_was_written() {
    let app = TestApp::new();
    let path = enter(&app, "clerk1", &complaint());
    let petition = json!({
        "kind": "RIGHTS", "subject": "服務態度", "body": "承辦人態度不佳。", "petitioner": {"name": called(71)},
        "contact": {"phone": "0912345678"}, "confidential": true
    });
    let opened = step(&app, "chief1", &path, &json!({"step": "PETITION_OPENED", "petition": petition})).expect(200).clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let petition = Taken {
        path: format!("/v1/petitions/{}", text(&opened["steps"][0]["petition_id"])),
        number: text(&opened["petition"]["number"]),
        secret: text(&opened["petition"]["secret"]),
    };
    act(&app, "chief1", &petition, "sign", &json!({})).expect(200);
    get(&app, "chief1", &petition.path).expect(200);
    assert!(get(&app, "chief2", &path).expect(200)["steps"][0]["petition_id"].is_string());
    for user in ["chief1", "clerk1", "director1"] {
        get(&app, user, &path).refused(404, "not_found");
    }
}

/// What every road answers somebody, without what differs between any two.
fn roads(app: &TestApp, user: &str, path: &str) -> Vec<(u16, String)> {
    let bare = |answer: Answer| {
        let mut body = answer.body.clone();
        if body["trace_id"].is_string() {
            body["trace_id"] = Value::Null;
        }
        (answer.status, body.to_string())
    };
    let mut all = vec![bare(get(app, user, path))];
    for tag in ["\"v1\"", "\"v2\"", "*"] {
        let post =
            |end: &str, body: &Value| bare(app.post(&format!("{path}{end}")).user(user).once().if_match(tag).json(body).send());
        all.push(post("/steps", &json!({"step": "CALMED"})));
        all.push(post(":take-back", &json!({"line": 1, "reason": "誤登"})));
        let patched = app.call("PATCH", path).user(user).if_match(tag).json(&json!({"concerns": []})).send();
        all.push(bare(patched));
    }
    all.push(bare(app.post(&format!("{path}:reveal-contact")).user(user).json(&json!({"reason": "回電"})).send()));
    all
}

fn lists(app: &TestApp, user: &str) -> Vec<String> {
    let queries =
        ["", "&status=OPEN", "&queue=TAKEOVER_LATE", "&queue=TO_FOLLOW_UP", "&queue=FOLLOW_UP_OVERDUE", "&from=2026-11-23"];
    let list =
        |query: &&str| get(app, user, &format!("/v1/on-site-complaints?include_total=true{query}")).expect(200).to_string();
    let mut all: Vec<String> = queries.iter().map(list).collect();
    all.push(get(app, user, "/v1/call-list?date=2026-11-23&kind=FOLLOW_UP").expect(200).to_string());
    all
}

#[test]
fn whom_a_complaint_is_about_sees_nothing_on_any_road_by_whichever_account() {
    let app = TestApp::new();
    app.name_holder("clerk2", 7);
    app.name_holder("chief1", 7);
    let users = ["clerk2", "chief1"];
    let before = users.map(|user| lists(&app, user));
    let concerns = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}]);
    let path = enter(&app, "clerk1", &about(complaint(), concerns));
    let id = path.rsplit('/').next().unwrap().to_owned();
    for (user, before) in users.iter().zip(&before) {
        assert_eq!(roads(&app, user, &path), roads(&app, user, NOWHERE), "{user}");
        assert_eq!(&lists(&app, user), before, "{user}");
    }
    assert!(!app.get("/v1/audit-log?limit=100").user("chief1").send().text.contains(&id));
    assert!(app.get("/v1/audit-log?limit=100").user("director1").send().text.contains(&id), "the control");
    assert!(!app.contents()["events"].iter().any(|row| row.contains(&id)), "nor the feed");
    // Nor do they take it over, or call about it, by another's hand.
    let taken = json!({"step": "TAKEN_OVER", "done_by_id": account(&app, "chief1")});
    assert_eq!(step(&app, "clerk1", &path, &taken).fields(), field("/done_by_id", "not_allowed"));
    step(&app, "clerk1", &path, &json!({"step": "CALMED", "done_by_id": account(&app, "clerk2")})).expect(200);
    step(&app, "director1", &path, &json!({"step": "TAKEN_OVER"})).expect(200);
    // Whoever is named in turn loses it at once, and what was answered before is no road either.
    let key =
        |tag: &str| app.post(&format!("{path}/steps")).user("clerk1").key("own").if_match(tag).json(&noted("RECORDED")).send();
    let seen = tag(&app, &path);
    key(&seen).expect(200);
    let both = json!({"concerns": [
        {"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}, {"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}
    ]});
    update(&app, "director1", &path, &both).expect(200);
    key(&seen).refused(404, "not_found");
    get(&app, "clerk1", &path).refused(404, "not_found");
    let nobody = json!([{"kind": "ACCOUNT", "account_id": account(&app, "citizen1")}]);
    assert_eq!(
        update(&app, "director1", &path, &json!({"concerns": nobody})).fields(),
        field("/concerns/0/account_id", "not_allowed")
    );
}

#[test]
fn a_service_point_that_is_complained_of_on_the_spot_sees_nothing() {
    let app = TestApp::new();
    let concerns = json!([{"kind": "SERVICE_POINT", "service_point": "XIANXI"}]);
    let mut body = about(complaint(), concerns);
    body["service_point"] = json!("XIANXI");
    let path = enter(&app, "chief2", &body);
    get(&app, "clerk3", &path).refused(404, "not_found");
    get(&app, "clerk1", &path).expect(200);
    // Whoever stood there then sees nothing wherever they go, when it is said again as well.
    app.sql("UPDATE accounts SET service_point = 'SHENGANG' WHERE username = 'clerk3'");
    let there = |mut body: Value| {
        body["service_point"] = json!("SHENGANG");
        enter(&app, "chief2", &body)
    };
    get(&app, "clerk3", &there(complaint())).expect(200);
    app.sql("UPDATE accounts SET service_point = 'XIANXI' WHERE username = 'clerk3'");
    let theirs = there(about(complaint(), json!([{"kind": "SERVICE_POINT", "service_point": "XIANXI"}])));
    app.sql("UPDATE accounts SET service_point = 'SHENGANG' WHERE username = 'clerk3'");
    get(&app, "clerk3", &theirs).refused(404, "not_found");
    let again = json!({"concerns": [{"kind": "SERVICE_POINT", "service_point": "XIANXI"}, {"kind": "OTHER", "words": "櫃檯"}]});
    update(&app, "chief2", &theirs, &again).expect(200);
    get(&app, "clerk3", &theirs).refused(404, "not_found");
    update(&app, "chief2", &theirs, &json!({"concerns": []})).expect(200);
    get(&app, "clerk3", &theirs).expect(200);
    let unknown = app.get("/v1/on-site-complaints?service_point=NO_SUCH").user("chief1").send();
    unknown.refused(400, "invalid_parameter");
}

#[test]
fn lateness_is_told_once_and_a_follow_up_call_follows_the_calendar() {
    let app = TestApp::new();
    let left = enter(&app, "clerk1", &complaint());
    app.advance(chrono::Duration::minutes(6));
    let told = |path: &str, what: &str| {
        app.tick();
        app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
        let id = path.rsplit('/').next().unwrap();
        app.contents()["events"].iter().filter(|row| row.contains(what) && row.contains(id)).count()
    };
    assert_eq!([told(&left, "takeover_late"), told(&left, "takeover_late")], [1, 1]);
    let path = to_the_result(&app, &complaint());
    let due = || get(&app, "chief1", &path).expect(200)["follow_up_due_at"].clone();
    let closed = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closed).send().expect(201);
    assert_eq!(due(), "2026-11-27T23:59:59+08:00");
    app.set_clock("2026-11-30T09:00:00+08:00");
    assert_eq!([told(&path, "follow_up_overdue"), told(&path, "follow_up_overdue")], [1, 1]);
    let queued = get(&app, "clerk1", "/v1/on-site-complaints?queue=FOLLOW_UP_OVERDUE&include_total=true");
    assert_eq!(queued.expect(200)["total"], 1);
    let shown = step(&app, "clerk1", &path, &json!({"step": "FOLLOWED_UP"})).expect(200).clone();
    assert_eq!(shown["steps"][5]["late"], true);
}

#[test]
fn neither_a_call_nor_a_closed_day_tells_of_a_complaint_about_staff() {
    let app = TestApp::new();
    let concerns = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}]);
    let (path, open) = (to_the_result(&app, &about(complaint(), concerns)), to_the_result(&app, &complaint()));
    let call = |path: &str| {
        let note = json!({"kind": "FOLLOW_UP", "record": path.trim_start_matches("/v1/"), "status": "NOT_REACHED"});
        app.post("/v1/call-list:note").user("clerk1").once().json(&note).send().expect(200);
    };
    call(&path);
    call(&open);
    let closed = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closed).send().expect(201);
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let [number, other] = [&path, &open].map(|path| get(&app, "clerk1", path).expect(200)["number"].as_str().unwrap().to_owned());
    let told = |text: &str| app.contents()["events"].iter().any(|row| row.contains(text));
    assert!(!told(path.rsplit('/').next().unwrap()) && !told(&number));
    assert!(told(open.rsplit('/').next().unwrap()) && told(&other), "the control");
}

#[test]
fn what_is_complained_about_stands_nowhere_in_the_clear_and_is_put_right() {
    let app = TestApp::new();
    let mut body = complaint();
    body["what"] = json!("櫃臺𠮷號無人👍");
    let path = enter(&app, "clerk1", &body);
    step(&app, "clerk1", &path, &json!({"step": "POLICE_CALLED", "note": "揚言𠮷毆打"})).expect(200);
    for (table, rows) in app.contents() {
        assert!(
            !rows.iter().any(|row| row.contains("櫃臺𠮷號") || row.contains("揚言𠮷") || row.contains(&called(71))),
            "{table}"
        );
    }
    let shown = app.post(&format!("{path}:reveal-contact")).user("clerk1").json(&json!({"reason": "回訪"})).send();
    assert_eq!(shown.expect(200)["contact"]["phone"], "+886912345678");
    let other = update(&app, "clerk1", &path, &json!({"what": "櫃臺無人", "contact": {"email": "someone@example.org"}}))
        .expect(200)
        .clone();
    assert_eq!((&other["what"], &other["contact"]["email"]), (&json!("櫃臺無人"), &json!("s***@example.org")));
    let unnamed = enter(&app, "clerk1", &json!({"what": "大聲喧嘩"}));
    let refused = update(&app, "clerk1", &unnamed, &json!({"contact": {"phone": "0912345678"}}));
    assert_eq!(refused.fields(), field("/complainant", "required"));
    app.post(&format!("{unnamed}:reveal-contact"))
        .user("clerk1")
        .json(&json!({"reason": "回訪"}))
        .send()
        .refused(404, "not_found");
    update(&app, "clerk1", &unnamed, &json!({"complainant": {"name": called(72)}, "contact": {"phone": "0912345678"}}))
        .expect(200);
    app.post(&format!("{unnamed}:reveal-contact")).user("clerk1").json(&json!({"reason": "回訪"})).send().expect(200);
}

pub fn a_step_stands_once(app: &TestApp) {
    let path = enter(app, "clerk1", &complaint());
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post(&format!("{path}/steps")).user(user).once().if_match("*").json(&json!({"step": "CALMED"})).send()
    });
    crate::serial::once(&answers, "200", "409 step_stands");
    assert_eq!(get(app, "clerk1", &path).expect(200)["steps"].as_array().unwrap().len(), 1);
}
