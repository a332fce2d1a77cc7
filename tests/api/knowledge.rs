//! Knowledge answers: written by one, published by another, read and searched by all, cited by version, withdrawn and put right.

use huzheng::accounts::AccountSettings;
use serde_json::{Value, json};

use crate::inquiries::{self, by_phone, with};
use crate::support::{Answer, TestApp};

/// A knowledge answer whose words no other has.
pub fn said(question: &str) -> Value {
    json!({
        "topic": "HOUSE_NUMBER",
        "zh": {"question": question, "answer": "請攜帶　身分證明文件，向門牌所在地申請。"},
        "en": {"question": "How do I apply for a House Number?", "answer": "Bring an identity paper."},
        "legal_grounds": [{"law": "門牌編釘辦法", "article": "§3"}]
    })
}

pub fn draft(app: &TestApp, user: &str, question: &str) -> String {
    let made = app.post("/v1/knowledge-answers").user(user).once().json(&said(question)).send();
    made.expect(201);
    made.headers["location"].clone()
}

pub fn act(app: &TestApp, user: &str, path: &str, name: &str, body: &Value) -> Answer {
    let tag = app.get(path).user("director1").send().etag().to_owned();
    app.post(&format!("{path}:{name}")).user(user).once().if_match(&tag).json(body).send()
}

fn rewrite(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    let tag = app.get(path).user("director1").send().etag().to_owned();
    app.call("PUT", path).user(user).if_match(&tag).json(body).send()
}

pub fn published(app: &TestApp, question: &str) -> String {
    let path = draft(app, "clerk1", question);
    act(app, "chief1", &path, "publish", &json!({})).expect(200);
    path
}

fn encoded(words: &str) -> String {
    form_urlencoded::byte_serialize(words.as_bytes()).collect()
}

/// The questions that anybody finds.
fn found(app: &TestApp, query: &str) -> Vec<String> {
    let listed = app.get(&format!("/v1/knowledge-answers?topic=HOUSE_NUMBER{query}")).send();
    let items = listed.expect(200)["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["published"]["zh"]["question"].as_str().unwrap().to_owned()).collect()
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn what_one_writes_another_publishes_and_all_read_it() {
    let app = TestApp::new();
    let path = draft(&app, "chief1", "門牌如何補發？");
    app.get(&path).send().refused(404, "not_found");
    app.get(&path).user("citizen1").send().refused(404, "not_found");
    app.get(&format!("{path}/versions")).send().refused(404, "not_found");
    assert_eq!(found(&app, ""), [""; 0]);
    act(&app, "clerk1", &path, "publish", &json!({})).refused(403, "forbidden");
    act(&app, "chief1", &path, "publish", &json!({})).refused(409, "own_request");
    let blind = app.post(&format!("{path}:publish")).user("director1").once().if_match("*").json(&json!({})).send();
    blind.refused(428, "precondition_required");
    rewrite(&app, "clerk2", &path, &said("門牌如何申請補發？")).expect(200);
    act(&app, "chief1", &path, "publish", &json!({})).refused(409, "own_request");
    act(&app, "director1", &path, "publish", &json!({})).expect(200);
    act(&app, "director1", &path, "publish", &json!({})).refused(409, "wrong_state");
    assert_eq!(found(&app, ""), ["門牌如何申請補發？"]);
    let read = app.get(&path).send();
    assert_eq!(read.expect(200)["published"]["number"], 1);
    assert!(["draft", "owner_id", "allowed_actions", "review_due_on"].iter().all(|member| read.body.get(member).is_none()));
    assert_eq!(read.headers["cache-control"], "public, no-cache");
    let again = app.get(&path).header("If-None-Match", read.etag()).send();
    assert_eq!(again.status, 304);
    assert!(app.get(&path).user("clerk1").send().headers["cache-control"].contains("no-store"));
}

#[test]
fn words_are_found_however_they_are_typed() {
    let app = TestApp::new();
    published(&app, "門牌如何補發？");
    for q in ["門牌", "補發", "身分", "攜帶身分", "house number", "HOUSENUMBER", "ＨＯＵＳＥ", "編釘", "identity"]
    {
        assert_eq!(found(&app, &format!("&q={}", encoded(q))), ["門牌如何補發？"], "{q}");
    }
    for q in ["印鑑", "門補", "發請", "houses"] {
        assert_eq!(found(&app, &format!("&q={}", encoded(q))), [""; 0], "{q}");
    }
    for q in ["%25", "_", "%7C%20"] {
        let refused = app.get(&format!("/v1/knowledge-answers?q={q}")).send();
        refused.refused(400, "invalid_parameter");
        assert_eq!(refused.fields(), field("?q", "pattern"), "{q}");
    }
    let total = app.get(&format!("/v1/knowledge-answers?q={}&include_total=true&limit=1", encoded("門牌"))).send();
    assert_eq!(total.expect(200)["total"], 1);
}

#[test]
fn old_versions_stay_and_each_is_true_in_its_days() {
    let app = TestApp::new();
    let path = published(&app, "門牌如何補發？");
    let mut next = said("門牌如何線上補發？");
    next["valid_from"] = json!("2026-12-01");
    rewrite(&app, "clerk1", &path, &next).expect(200);
    assert_eq!(found(&app, ""), ["門牌如何補發？"], "a draft is nobody's");
    act(&app, "chief1", &path, "publish", &json!({})).expect(200);
    assert_eq!(found(&app, ""), ["門牌如何補發？"], "until its first day");
    assert_eq!(found(&app, "&on=2026-12-01"), ["門牌如何線上補發？"]);
    assert_eq!(found(&app, "&on=2026-11-22"), [""; 0]);
    let versions = app.get(&format!("{path}/versions?include_total=true")).send().expect(200).clone();
    let days = |n: usize| (versions["items"][n]["valid_from"].clone(), versions["items"][n]["valid_to"].clone());
    assert_eq!((days(0), days(1)), ((json!("2026-11-23"), json!("2026-11-30")), (json!("2026-12-01"), Value::Null)));
    assert_eq!(versions["total"], 2);
    app.set_clock("2026-12-01T09:00:00+08:00");
    assert_eq!(app.get(&path).send().expect(200)["published"]["number"], 2);
    let mut ended = said("門牌");
    (ended["valid_from"], ended["valid_to"]) = (json!("2026-12-02"), json!("2026-12-01"));
    assert_eq!(rewrite(&app, "clerk1", &path, &ended).fields(), field("/valid_to", "range"));
    ended["valid_from"] = json!("2026-11-01");
    ended["valid_to"] = json!("2026-11-30");
    rewrite(&app, "clerk1", &path, &ended).expect(200);
    assert_eq!(act(&app, "chief1", &path, "publish", &json!({})).fields(), field("/valid_to", "range"));
    act(&app, "clerk2", &path, "discard-draft", &json!({"reason": "效期有誤"})).expect(200);
    act(&app, "clerk2", &path, "discard-draft", &json!({"reason": "效期有誤"})).refused(409, "wrong_state");
}

#[test]
fn what_was_wrong_is_looked_at_again_wherever_it_was_told() {
    let app = TestApp::new();
    let path = published(&app, "門牌如何補發？");
    let id = path.rsplit('/').next().unwrap().to_owned();
    let cites = |number: u32| with(inquiries::answer(), "cites", json!([{"knowledge_answer_id": id, "number": number}]));
    let asked = inquiries::ask(&app, Some("clerk1"), &by_phone());
    assert_eq!(inquiries::act(&app, "clerk1", &asked, "answer", &cites(2)).fields(), field("/cites/0", "unknown"));
    let (mut twice, once) = (cites(1), cites(1)["cites"][0].clone());
    twice["cites"] = json!([once, once]);
    assert_eq!(inquiries::act(&app, "clerk1", &asked, "answer", &twice).fields(), field("/cites/1", "not_allowed"));
    inquiries::act(&app, "clerk1", &asked, "answer", &cites(1)).expect(200);
    let queued = |query: &str| {
        let listed = inquiries::get(&app, "chief1", &format!("/v1/inquiries?{query}")).expect(200)["items"].clone();
        listed.as_array().unwrap().iter().any(|one| one["number"] == asked.number.as_str())
    };
    assert!(queued(&format!("cites_id={id}")) && !queued("queue=TO_RECHECK"));
    // A new version alone says nothing against the old one.
    rewrite(&app, "clerk1", &path, &said("門牌如何線上補發？")).expect(200);
    act(&app, "chief1", &path, "publish", &json!({})).expect(200);
    assert!(!queued("queue=TO_RECHECK"));
    let second = inquiries::ask(&app, Some("clerk1"), &by_phone());
    inquiries::act(&app, "clerk1", &second, "answer", &cites(2)).expect(200);
    rewrite(&app, "clerk1", &path, &said("門牌如何臨櫃補發？")).expect(200);
    act(&app, "chief1", &path, "publish", &json!({"corrects": true})).expect(200);
    assert!(!queued("queue=TO_RECHECK"), "it cites the version before");
    let rechecked = || inquiries::get(&app, "clerk1", &second.path).expect(200)["recheck_at"].clone();
    assert!(rechecked().is_string());
    assert_eq!(app.get(&format!("{path}/versions")).send().expect(200)["items"][1]["wrong"], true);
    let correct = |number: u32| with(inquiries::correction(), "cites", json!([{"knowledge_answer_id": id, "number": number}]));
    assert_eq!(inquiries::act(&app, "clerk1", &second, "correct", &correct(2)).fields(), field("/cites/0", "not_allowed"));
    inquiries::act(&app, "clerk1", &second, "correct", &correct(3)).expect(200);
    assert!(rechecked().is_null());
    // Looked at by another and found right, it waits no more either.
    act(&app, "chief1", &path, "withdraw", &json!({"reason": "法規已廢止", "wrong": true})).expect(200);
    assert!(rechecked().is_string());
    let tag = inquiries::get(&app, "chief1", &second.path).etag().to_owned();
    app.post(&format!("{}:check", second.path)).user("chief1").once().if_match(&tag).send().expect(200);
    assert!(rechecked().is_null());
}

#[test]
fn a_withdrawn_answer_is_found_no_more_and_restored_with_a_reason() {
    let app = TestApp::new();
    let path = published(&app, "門牌如何補發？");
    assert_eq!(act(&app, "chief1", &path, "withdraw", &json!({})).fields(), field("/reason", "required"));
    act(&app, "chief1", &path, "withdraw", &json!({"reason": "法規已修正"})).expect(200);
    assert_eq!(found(&app, ""), [""; 0]);
    app.get(&path).send().refused(404, "not_found");
    assert_eq!(app.get(&format!("{path}/versions")).send().expect(200)["items"][0]["number"], 1, "answers cite it");
    rewrite(&app, "clerk1", &path, &said("門牌")).refused(409, "wrong_state");
    act(&app, "chief1", &path, "confirm", &json!({})).refused(409, "wrong_state");
    assert_eq!(act(&app, "director1", &path, "restore", &json!({"reason": "誤撤"})).expect(200)["status"], "PUBLISHED");
    assert_eq!(found(&app, ""), ["門牌如何補發？"]);
    let never = draft(&app, "clerk1", "門牌遺失？");
    act(&app, "chief1", &never, "withdraw", &json!({"reason": "重複"})).expect(200);
    assert_eq!(act(&app, "chief1", &never, "restore", &json!({"reason": "並未重複"})).expect(200)["status"], "DRAFT");
}

#[test]
fn a_change_of_a_law_brings_up_what_rests_on_it() {
    let app = TestApp::with(
        |config| {
            let settings = config.of_mut::<AccountSettings>();
            (settings.idle_account_days, settings.password_max_age_days) = (0, 0);
        },
        "",
    );
    let path = published(&app, "門牌如何補發？");
    let id = path.rsplit('/').next().unwrap();
    let due = |user: Option<&str>| {
        let call = app.get("/v1/knowledge-answers?topic=HOUSE_NUMBER&review_due=true&include_total=true");
        let call = match user {
            Some(user) => call.user(user),
            None => call,
        };
        call.send().expect(200)["total"].clone()
    };
    assert_eq!(due(Some("clerk1")), 0);
    let change = |law: &str| {
        let body = json!({"law": law, "reason": "第 3 條修正公布"});
        app.post("/v1/knowledge-answers:note-law-change").user("chief1").once().json(&body).send().expect(200)["knowledge_answer_ids"].clone()
    };
    assert_eq!(change("姓名條例"), json!([]));
    assert_eq!(change("門牌 編釘辦法"), json!([id]));
    assert_eq!((due(Some("clerk1")), due(None)), (json!(1), json!(0)), "the office's alone");
    let shown = app.get(&path).user("clerk1").send().expect(200).clone();
    assert_eq!((&shown["review_due_on"], &shown["review_reason"]), (&json!("2026-11-23"), &json!("第 3 條修正公布")));
    let confirmed = act(&app, "chief1", &path, "confirm", &json!({})).expect(200).clone();
    assert_eq!((&confirmed["review_due_on"], due(Some("clerk1"))), (&json!("2027-11-23"), json!(0)));
    let told = |what: &str| {
        app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
        app.contents()["events"].iter().filter(|row| row.contains(what) && row.contains(id)).count()
    };
    assert_eq!(told("knowledge_answer.law_changed"), 1);
    app.set_clock("2027-11-23T09:00:00+08:00");
    app.tick();
    app.tick();
    assert_eq!(told("knowledge_answer.review_due"), 1);
    assert_eq!(due(Some("clerk1")), 1);
}

#[test]
fn whoever_is_put_in_charge_of_an_answer_works_here() {
    let app = TestApp::new();
    let with_owner = |user: &str| {
        let owner = app.get("/v1/me").user(user).send().expect(200)["id"].clone();
        let mut body = said("門牌");
        body["owner_id"] = owner;
        app.post("/v1/knowledge-answers").user("clerk1").once().json(&body).send()
    };
    assert_eq!(with_owner("citizen1").fields(), field("/owner_id", "not_allowed"));
    let made = with_owner("clerk2");
    let owner = made.expect(201)["owner_id"].clone();
    let listed = app.get(&format!("/v1/knowledge-answers?owner_id={}", owner.as_str().unwrap())).user("chief1").send();
    assert_eq!(listed.expect(200)["items"][0]["id"], made.body["id"]);
    let drafts = app.get("/v1/knowledge-answers?status=DRAFT").send();
    assert_eq!(drafts.expect(200)["items"], json!([]), "nobody else finds one");
}

pub fn a_knowledge_answer_is_published_once(app: &TestApp) {
    let path = draft(app, "clerk1", "門牌如何補發？");
    crate::serial::log_in(app, &["chief1", "director1"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["chief1", "director1"][client % 2];
        app.post(&format!("{path}:publish")).user(user).once().if_match("\"v1\"").json(&json!({})).send()
    });
    crate::serial::once(&answers, "200", "412 version_mismatch");
    let versions = app.get(&format!("{path}/versions?include_total=true")).send();
    assert_eq!(versions.expect(200)["total"], 1);
}

pub fn what_cites_a_wrong_version_is_looked_at_again(app: &TestApp) {
    let path = published(app, "門牌如何補發？");
    rewrite(app, "clerk1", &path, &said("門牌如何臨櫃補發？")).expect(200);
    let tag = app.get(&path).user("director1").send().etag().to_owned();
    let id = path.rsplit('/').next().unwrap();
    let cites = with(inquiries::answer(), "cites", json!([{"knowledge_answer_id": id, "number": 1}]));
    let asked: Vec<_> = (0..crate::serial::CLIENTS).map(|_| inquiries::ask(app, Some("clerk1"), &by_phone())).collect();
    crate::serial::log_in(app, &["chief1", "clerk1"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        if client == 0 {
            let publish = app.post(&format!("{path}:publish")).user("chief1").once().if_match(&tag);
            return publish.json(&json!({"corrects": true})).send();
        }
        app.post(&format!("{}:answer", asked[client].path)).user("clerk1").once().if_match("*").json(&cites).send()
    });
    answers[0].expect(200);
    for (answer, asked) in answers.iter().zip(&asked).skip(1) {
        let shown = inquiries::get(app, "clerk1", &asked.path).expect(200).clone();
        match answer.status {
            200 => assert!(shown["recheck_at"].is_string(), "{shown}"),
            _ => assert_eq!(answer.fields(), field("/cites/0", "not_allowed")),
        }
    }
}
