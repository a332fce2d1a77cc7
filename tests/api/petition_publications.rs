//! Petitions for publication: nothing tells who petitions or whom they concern, two people have read them, and what may not be public any
//! more is not.

use serde_json::{Value, json};

use crate::petitions::{Taken, account, act, assign, get, letter, replied, take, with};
use crate::support::{Answer, TestApp};

fn id(petition: &Taken) -> &str {
    petition.path.rsplit('/').next().unwrap()
}

/// A letter that was replied to.
fn answered(app: &TestApp, body: &Value) -> Taken {
    let petition = take(app, Some("clerk1"), body);
    assign(app, &petition, "clerk2");
    replied(app, &petition, "FINAL");
    petition
}

fn propose(app: &TestApp, user: &str, petition: &Taken) -> Answer {
    let body = json!({"petition_id": id(petition), "ground": "OPEN_LETTER"});
    app.post("/v1/petition-publications").user(user).once().json(&body).send()
}

fn proposed(app: &TestApp, petition: &Taken) -> String {
    let made = propose(app, "clerk2", petition);
    made.expect(201);
    made.headers["location"].clone()
}

fn on(app: &TestApp, user: &str, path: &str, act: &str, body: &Value) -> Answer {
    let tag = app.get(path).user("chief1").send();
    let tag = tag.headers.get("etag").map_or("\"v1\"", String::as_str).to_owned();
    app.post(&format!("{path}:{act}")).user(user).once().if_match(&tag).json(body).send()
}

fn hide(app: &TestApp, user: &str, path: &str, hidden: &Value) -> Answer {
    let tag = app.get(path).user("chief1").send().etag().to_owned();
    app.call("PATCH", path).user(user).if_match(&tag).json(&json!({"hidden": hidden})).send()
}

/// Published; by what the public reads it.
fn published(app: &TestApp, petition: &Taken) -> (String, String) {
    let path = proposed(app, petition);
    let shown = on(app, "chief1", &path, "publish", &json!({}));
    let key = shown.expect(200)["published_id"].as_str().unwrap().to_owned();
    (path, format!("/v1/published-petitions/{key}"))
}

/// What everybody reads.
fn public(app: &TestApp) -> Vec<Value> {
    app.get("/v1/published-petitions?limit=100").send().expect(200)["items"].as_array().unwrap().clone()
}

fn patch(app: &TestApp, user: &str, petition: &Taken, body: &Value) -> Answer {
    let tag = get(app, user, &petition.path).etag().to_owned();
    app.call("PATCH", &petition.path).user(user).if_match(&tag).json(body).send()
}

#[test]
fn what_tells_somebody_is_hidden_one_proposes_another_publishes_and_all_read_it() {
    let app = TestApp::new();
    let text = "我是王小明，住和平東路一段1號，請電0912-345-678或04-7551234，信箱 wang@mail.example.org。承辦人員林美麗態度不佳，李大同可證。";
    let body = with(with(letter("SUGGESTION"), "body", json!(text)), "concerns", json!([{"kind": "OTHER", "words": "林美麗"}]));
    let petition = answered(&app, &body);
    let draft = propose(&app, "clerk2", &petition);
    let shown = draft.expect(201)["shown"]["body"].as_str().unwrap().to_owned();
    for told in ["王小明", "和平東路", "0912", "7551234", "wang", "林美麗"] {
        assert!(!shown.contains(told), "{told}: {shown}");
    }
    assert!(shown.contains("態度不佳") && shown.contains("李大同"), "a stranger is for people to hide: {shown}");
    assert_eq!((&draft.body["original"]["body"], &draft.body["left_open"]), (&json!(text), &json!([])));
    let path = draft.headers["location"].clone();
    let at = u32::try_from(text.chars().take_while(|c| *c != '李').count()).unwrap();
    let mut hidden = draft.body["hidden"].as_array().unwrap().clone();
    hidden.push(json!({"part": "BODY", "from": at, "to": at + 3}));
    let wider = hide(&app, "clerk2", &path, &json!(hidden));
    assert!(!wider.expect(200)["shown"]["body"].as_str().unwrap().contains("李大同"));
    // What is opened is shown to whoever publishes it; a number of somebody is not opened.
    let outside = json!([{"part": "SUBJECT", "from": 0, "to": 99}]);
    assert_eq!(hide(&app, "clerk2", &path, &outside).fields(), [("/hidden/0/to".to_owned(), "range".to_owned())]);
    let none = hide(&app, "clerk2", &path, &json!([]));
    assert_eq!(none.fields(), [("/hidden".to_owned(), "personal_number".to_owned())]);
    let less: Vec<&Value> = hidden.iter().skip(1).collect();
    let opened = hide(&app, "clerk2", &path, &json!(less));
    assert_eq!(opened.expect(200)["left_open"].as_array().unwrap().len(), 1);
    hide(&app, "clerk2", &path, &json!(hidden)).expect(200);
    assert!(public(&app).is_empty());
    on(&app, "clerk2", &path, "publish", &json!({})).refused(403, "forbidden");
    let blind = app.post(&format!("{path}:publish")).user("chief1").once().if_match("*").send();
    blind.refused(428, "precondition_required");
    let done = on(&app, "chief1", &path, "publish", &json!({})).expect(200).clone();
    assert_eq!(done["allowed_actions"], json!(["withdraw"]));
    let read = public(&app);
    assert_eq!(read.len(), 1);
    let shown = read[0].to_string();
    for told in ["王小明", "和平東路", "0912", "7551234", "wang", "林美麗", "李大同", id(&petition), &petition.number]
    {
        assert!(!shown.contains(told), "{told}: {shown}");
    }
    assert_eq!((&read[0]["month"], &read[0]["reply"]), (&json!("2026-11"), &json!("依規定辦理。")));
    let own = app.get(&format!("/v1/published-petitions/{}", read[0]["id"].as_str().unwrap())).send();
    assert_eq!(own.expect(200), &read[0]);
    assert_eq!(own.headers["cache-control"], "public, no-cache");
    // The beginning of the month, and chance.
    let millis = i64::from_str_radix(&read[0]["id"].as_str().unwrap().replace('-', "")[..12], 16).unwrap();
    assert_eq!(millis, 1_793_462_400_000, "1 November 2026, 00:00 in Taipei");
    for filter in ["kind=INQUIRY", "language=en", "ground=DISCLOSURE", "topic=FEES"] {
        assert_eq!(app.get(&format!("/v1/published-petitions?{filter}")).send().expect(200)["items"], json!([]), "{filter}");
    }
    assert_eq!(app.get("/v1/published-petitions?kind=SUGGESTION&language=zh").send().expect(200)["items"], json!(read));
}

#[test]
fn addresses_numbers_and_mailboxes_of_whomever_are_hidden_whole_and_what_may_be_innocent_is_shown_to_whoever_publishes() {
    let app = TestApp::new();
    let somebodys = [
        "彰化市中山路二段100巷5弄6之1號",
        "和美鎮和東里一鄰彰美路伍段拾貳號三樓",
        "888-7777",
        "012-345678901234",
        "4111-1111-1111-1111",
        "chen(at)example.org",
        "陳@例子.台灣",
        "零玖壹贰叁肆伍陆柒捌",
    ];
    let innocent = ["共計12345678件", "20261123", "門牌12號", "04-7560000", "info@hemei.gov.tw"];
    let text = format!("他是{}；另有{}。", somebodys.join("；是"), innocent.join("；有"));
    let petition = answered(&app, &with(letter("SUGGESTION"), "body", json!(text)));
    let (year, own) = petition.number.split_once('-').unwrap();
    let spelled = format!("案號{}、{year}{own}、{}", petition.number, own.to_lowercase());
    let changed = patch(&app, "chief1", &petition, &json!({"body": format!("{text}{spelled}"), "reason": "補登文字"}));
    changed.expect(200);
    let draft = propose(&app, "clerk2", &petition);
    let shown = draft.expect(201)["shown"]["body"].as_str().unwrap().to_owned();
    for told in somebodys {
        assert!(!shown.contains(told) && shown.contains("；是＊＊＊"), "{told}: {shown}");
    }
    assert!(!shown.contains("901234") && !shown.contains("1111") && !shown.contains(&own[1..]), "{shown}");
    for told in innocent {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let original: Vec<char> = draft.body["original"]["body"].as_str().unwrap().chars().collect();
    let place = |span: &Value, end: &str| span[end].as_u64().unwrap() as usize;
    let open = draft.body["left_open"].as_array().unwrap().iter();
    let open: Vec<String> = open.map(|span| original[place(span, "from")..place(span, "to")].iter().collect()).collect();
    for told in ["12345678", "20261123", "12號", "04-7560000", "info@hemei.gov.tw"] {
        assert!(open.contains(&told.to_owned()), "{told}: {open:?}");
    }
}

#[test]
fn how_and_when_it_came_put_right_takes_a_publication_down() {
    let app = TestApp::new();
    for change in [json!({"channel": "FAX"}), json!({"received_on": "2026-11-20"})] {
        let petition = answered(&app, &letter("SUGGESTION"));
        let (path, key) = published(&app, &petition);
        app.get(&key).send().expect(200);
        patch(&app, "chief1", &petition, &with(change, "reason", json!("登錄有誤"))).expect(200);
        app.get(&key).send().refused(404, "not_found");
        assert_eq!(app.get(&path).user("chief1").send().expect(200)["status"], "WITHDRAWN");
    }
}

#[test]
fn what_is_confidential_open_or_refused_is_not_published_and_the_rule_is_named() {
    let app = TestApp::new();
    let rule = |answer: &Answer| answer.refused(409, "publication_barred")["rule"].clone();
    let open = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assert_eq!(rule(&propose(&app, "chief1", &open)), "OPEN");
    let unwilling = answered(&app, &with(letter("SUGGESTION"), "refuses_publication", json!(true)));
    assert_eq!(get(&app, "chief1", &unwilling.path).expect(200)["refuses_publication"], true);
    assert_eq!(rule(&propose(&app, "clerk2", &unwilling)), "REFUSED");
    let secret = with(letter("SUGGESTION"), "confidential", json!(true));
    let secret = take(&app, Some("clerk1"), &secret);
    let custodians = propose(&app, "chief2", &secret);
    assert_eq!(rule(&custodians), "CONFIDENTIAL");
    assert_eq!(propose(&app, "chief1", &secret).fields(), [("/petition_id".to_owned(), "unknown".to_owned())]);
    let withdrawn = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    act(&app, "chief1", &withdrawn, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    assert_eq!(rule(&propose(&app, "chief1", &withdrawn)), "NO_REPLY");
    let answered = answered(&app, &letter("SUGGESTION"));
    proposed(&app, &answered);
    assert!(propose(&app, "chief1", &answered).refused(409, "conflict")["standing_id"].is_string());
    app.get("/v1/petition-publications").user("citizen1").send().refused(403, "forbidden");
    propose(&app, "citizen1", &answered).refused(403, "forbidden");
}

#[test]
fn whoever_has_said_what_is_hidden_does_not_publish_it() {
    let app = TestApp::new();
    let petition = answered(&app, &letter("SUGGESTION"));
    let path = propose(&app, "chief1", &petition).headers["location"].clone();
    on(&app, "chief1", &path, "publish", &json!({})).refused(409, "own_request");
    hide(&app, "director1", &path, &json!([{"part": "BODY", "from": 0, "to": 2}])).expect(200);
    on(&app, "director1", &path, "publish", &json!({})).refused(409, "own_request");
    on(&app, "chief2", &path, "publish", &json!({})).expect(200);
    hide(&app, "director1", &path, &json!([])).refused(409, "wrong_state");
}

#[test]
fn what_may_not_be_public_any_more_disappears_at_once() {
    let app = TestApp::new();
    type Change = fn(&TestApp, &Taken) -> Answer;
    let changes: [(&str, Change); 8] = [
        ("confidential", |app, petition| patch(app, "chief2", petition, &json!({"confidential": true}))),
        ("refused", |app, petition| patch(app, "chief1", petition, &json!({"refuses_publication": true}))),
        ("name", |app, petition| {
            patch(app, "chief1", petition, &json!({"petitioner": {"name": "王曉明"}, "reason": "姓名誤植"}))
        }),
        ("concerns", |app, petition| {
            patch(app, "chief1", petition, &json!({"concerns": [{"kind": "ACCOUNT", "account_id": account(app, "clerk4")}]}))
        }),
        ("topic", |app, petition| patch(app, "chief1", petition, &json!({"topic": "FEES"}))),
        ("language", |app, petition| patch(app, "chief1", petition, &json!({"language": "en", "reason": "以英文陳情"}))),
        ("reopened", |app, petition| act(app, "director1", petition, "reopen", &json!({"new_facts": "另有新事證"}))),
        ("mistaken", |app, petition| act(app, "director1", petition, "reopen", &json!({"mistake": "誤覆他案"}))),
    ];
    for (name, change) in changes {
        let petition = answered(&app, &letter("SUGGESTION"));
        let (path, key) = published(&app, &petition);
        app.get(&key).send().expect(200);
        change(&app, &petition).expect(200);
        app.get(&key).send().refused(404, "not_found");
        assert!(public(&app).is_empty(), "{name}");
        let kept = app.get(&path).user("chief2").send();
        assert_eq!(kept.expect(200)["status"], "WITHDRAWN", "{name}: {}", kept.text);
        assert!(!kept.body["reason"].as_str().unwrap().is_empty() && kept.body["published_id"].is_null());
    }
    // A draft falls as well.
    let petition = answered(&app, &letter("SUGGESTION"));
    let path = proposed(&app, &petition);
    patch(&app, "chief1", &petition, &json!({"refuses_publication": true})).expect(200);
    on(&app, "chief1", &path, "publish", &json!({})).refused(409, "wrong_state");
    // What is classified otherwise by then is published so.
    let petition = answered(&app, &letter("SUGGESTION"));
    let path = proposed(&app, &petition);
    patch(&app, "chief1", &petition, &json!({"topic": "FEES"})).expect(200);
    patch(&app, "chief1", &petition, &json!({"language": "en", "reason": "以英文陳情"})).expect(200);
    on(&app, "chief1", &path, "publish", &json!({})).expect(200);
    let found = app.get("/v1/published-petitions?topic=FEES&language=en").send();
    assert_eq!(found.expect(200)["items"].as_array().unwrap().len(), 1, "{}", found.text);
}

#[test]
fn whom_a_petition_concerns_is_hidden_by_their_own_name_and_not_by_that_of_the_account_alone() {
    let app = TestApp::new();
    let clerk = account(&app, "clerk4");
    app.try_name_holder("clerk4", 9, "趙子龍").unwrap();
    let mut body = with(letter("SUGGESTION"), "concerns", json!([{"kind": "ACCOUNT", "account_id": clerk}]));
    (body["subject"], body["body"]) = (json!("趙子龍收件太慢"), json!("我是王小明，clerk 4 趙 子 龍與李大同態度不佳。"));
    let petition = answered(&app, &body);
    let draft = propose(&app, "clerk2", &petition);
    let shown = draft.expect(201)["shown"].clone();
    assert_eq!(shown["subject"], "＊＊＊收件太慢");
    assert!(!["clerk", "趙", "子 龍"].iter().any(|told| shown.to_string().contains(told)), "{shown}");
    assert!(shown["body"].as_str().unwrap().contains("李大同態度不佳") && draft.body["left_open"] == json!([]));
}

#[test]
fn whoever_reads_one_finds_it_in_the_list() {
    let app = TestApp::new();
    let petition = answered(&app, &letter("SUGGESTION"));
    let path = proposed(&app, &petition);
    patch(&app, "chief2", &petition, &json!({"confidential": true})).expect(200);
    for (user, status, total) in [("chief2", 200, 1), ("chief1", 404, 0)] {
        assert_eq!(app.get(&path).user(user).send().status, status, "{user}");
        let list = format!("/v1/petition-publications?petition_id={}&include_total=true", id(&petition));
        assert_eq!(app.get(&list).user(user).send().expect(200)["total"], total, "{user}");
    }
}

#[test]
fn it_is_withdrawn_with_a_reason_and_proposed_anew_under_another_key() {
    let app = TestApp::new();
    let petition = answered(&app, &letter("SUGGESTION"));
    let (path, key) = published(&app, &petition);
    let gone = on(&app, "clerk2", &path, "withdraw", &json!({"reason": "尚有可辨識之處"}));
    assert_eq!((&gone.expect(200)["status"], &gone.body["reason"]), (&json!("WITHDRAWN"), &json!("尚有可辨識之處")));
    on(&app, "clerk2", &path, "withdraw", &json!({"reason": "x"})).refused(409, "wrong_state");
    app.get(&key).send().refused(404, "not_found");
    let (_, again) = published(&app, &petition);
    assert_ne!(key, again);
    app.get(&again).send().expect(200);
    let own =
        app.get(&format!("/v1/petition-publications?petition_id={}&include_total=true", id(&petition))).user("chief1").send();
    assert_eq!(own.expect(200)["total"], 2);
    app.get(&path).user("clerk3").send().refused(404, "not_found");
    let others = app.get("/v1/petition-publications?include_total=true").user("clerk3").send();
    assert_eq!(others.expect(200)["total"], 0, "a clerk sees those of petitions in their charge");
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains("門牌鬆脫") || row.contains("辨識")), "{table}");
    }
}

#[test]
fn whom_a_petition_concerns_learns_nothing_of_its_publication() {
    let app = TestApp::new();
    let concerns = json!([{"kind": "ACCOUNT", "account_id": account(&app, "director1")}]);
    let petition = answered(&app, &with(letter("SUGGESTION"), "concerns", concerns));
    let path = proposed(&app, &petition);
    app.get(&path).user("director1").send().refused(404, "not_found");
    on(&app, "director1", &path, "withdraw", &json!({"reason": "x"})).refused(404, "not_found");
    let log = app.get("/v1/audit-log?limit=100").user("director1").send();
    assert!(!log.expect(200).to_string().contains(path.trim_start_matches("/v1/")));
}

/// Two publish one at once: it is published once, and who comes second is told.
pub fn a_petition_is_published_once(app: &TestApp) {
    let petition = answered(app, &letter("SUGGESTION"));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all = ["clerk2", "chief1", "director1"].map(|user| {
            let petition = &petition;
            scope.spawn(move || propose(app, user, petition).status)
        });
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
}
