//! Attachments of petitions: sent by anybody, with supplements and replies, each once; read by whoever reads the petition, and of a
//! confidential one by its handlers only once its custodian has looked.

use serde_json::{Value, json};

use crate::petitions::{Taken, account, act, assign, draft, get, letter, replied, send, take, track, with};
use crate::serial::{CLIENTS, answered, at_once};
use crate::support::{Answer, TestApp};
use crate::uploads::{Upload, begin, content, text};

fn attaching(mut body: Value, uploads: &[&Upload]) -> Value {
    body["attachments"] = uploads.iter().map(|upload| upload.attachment()).collect();
    body
}

fn refused(answer: &Answer) -> (String, String) {
    answer.refused(422, "invalid");
    answer.fields().remove(0)
}

fn at(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

/// Attachments as somebody sees them: part, name, and whether they read it.
fn seen(app: &TestApp, user: &str, petition: &Taken) -> Vec<(String, Value, bool)> {
    let shown = get(app, user, &petition.path);
    let all = shown.expect(200)["attachments"].as_array().unwrap().clone();
    all.iter().map(|one| (one["part"].as_str().unwrap().to_owned(), one["name"].clone(), one["readable"] == true)).collect()
}

#[test]
fn anybody_attaches_uploads_to_a_petition_and_whoever_sees_it_reads_them() {
    let app = TestApp::new();
    let (one, other) = (text(&app, None, "第一張"), text(&app, None, "第二張"));
    let without = with(letter("INQUIRY"), "channel", json!("MAILBOX"));
    let petition = take(&app, None, &attaching(without.clone(), &[&one, &other]));
    let name = json!("說明.txt");
    let both = [("PETITION".to_owned(), name.clone(), true), ("PETITION".to_owned(), name, true)];
    assert_eq!(seen(&app, "chief1", &petition), both);
    assert_eq!(content(&app, "chief1", &one).text, "第一張");
    // Whoever does not see the petition, and whoever sent it, finds it no more by itself.
    for user in ["clerk2", "reviewer1", "admin1", "citizen1"] {
        let answer = content(&app, user, &one);
        assert!(matches!(answer.status, 403 | 404), "{user}: {}", answer.text);
    }
    one.get(&app, None).refused(404, "not_found");
    one.put(&app, None, "第一張".as_bytes()).refused(404, "not_found");
    let give_up = |secret: &str| app.call("DELETE", &one.path()).header("Upload-Secret", secret).send();
    give_up(one.secret.as_ref().unwrap()).refused(409, "conflict");
    assert_eq!(give_up("not-the-secret").status, 204, "whoever did not send it is told nothing of it");
    assign(&app, &petition, "clerk2");
    assert_eq!(content(&app, "clerk2", &one).text, "第一張", "it is still there, and its handler reads it");
    // Attached once.
    let again = send(&app, None, &attaching(without, &[&one]));
    assert_eq!(refused(&again), at("/attachments/0/upload_id", "unknown"));
    // What is attached does not run out.
    app.advance(chrono::Duration::hours(26));
    app.turn_uploads();
    assert_eq!(content(&app, "chief1", &other).text, "第二張");
}

#[test]
fn only_an_upload_of_ones_own_that_is_ready_is_attached_and_a_refusal_takes_nothing() {
    let app = TestApp::new();
    let mine = text(&app, Some("clerk1"), "自己的");
    let open = begin(&app, Some("clerk1"), ("a.txt", "text/plain"), b"not there yet");
    let theirs = text(&app, Some("clerk2"), "別人的");
    let mut guessed = text(&app, None, "匿名");
    guessed.secret = None;
    for (upload, code) in [(&open, "not_ready"), (&theirs, "unknown"), (&guessed, "unknown"), (&mine, "unknown")] {
        let answer = send(&app, Some("clerk1"), &attaching(letter("INQUIRY"), &[&mine, upload]));
        assert_eq!(refused(&answer), at("/attachments/1/upload_id", code));
    }
    take(&app, Some("clerk1"), &attaching(letter("INQUIRY"), &[&mine]));
}

#[test]
fn a_supplement_brings_attachments_along() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "request-supplement", &json!({"what": "請附照片", "due_on": "2026-12-04"})).expect(200);
    let upload = text(&app, Some("clerk2"), "補充");
    let came = act(&app, "clerk2", &petition, "supplement", &attaching(json!({"text": "如附件"}), &[&upload]));
    assert_eq!(came.expect(200)["supplements"][0]["attachments"], json!([upload.id]));
    assert_eq!(came.body["attachments"][0]["part"], "SUPPLEMENT");
    assert_eq!(content(&app, "chief1", &upload).text, "補充");
}

#[test]
fn what_goes_out_with_a_reply_was_seen_by_whoever_approved_it_and_is_read_by_number_and_secret() {
    let app = TestApp::new();
    let (sent, kept) = (text(&app, Some("clerk2"), "函釋"), text(&app, Some("clerk2"), "不寄"));
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &petition, "clerk2");
    let both = attaching(draft("FINAL"), &[&sent, &kept]);
    act(&app, "clerk2", &petition, "draft-reply", &both).expect(200);
    let twice = attaching(draft("FINAL"), &[&sent, &sent]);
    assert_eq!(refused(&act(&app, "clerk2", &petition, "draft-reply", &twice)), at("/attachments/1/upload_id", "duplicate"));
    let drafted = act(&app, "clerk2", &petition, "draft-reply", &attaching(draft("FINAL"), &[&sent]));
    assert_eq!(drafted.expect(200)["draft"]["attachments"], json!([sent.id]), "it goes on from the draft before");
    let ask = |upload: &Upload, secret: &str| {
        let body = json!({"number": petition.number, "secret": secret, "upload_id": upload.id});
        app.post("/v1/petitions:attachment").json(&body).send()
    };
    ask(&sent, &petition.secret).refused(404, "not_found");
    assert_eq!(content(&app, "chief1", &sent).text, "函釋", "whoever approves it reads it");
    act(&app, "chief1", &petition, "approve-reply", &json!({"draft": 2, "approve": true})).expect(200);
    act(&app, "clerk2", &petition, "reply", &json!({})).expect(200);
    let told = track(&app, &petition.number, &petition.secret);
    assert_eq!(told.expect(200)["replies"][0]["attachments"], json!([sent.id]));
    assert_eq!(told.body["attachments"].as_array().unwrap().len(), 1);
    assert_eq!(told.body["attachments"][0]["name"], "說明.txt");
    let read = ask(&sent, &petition.secret);
    assert_eq!((read.status, read.text.as_str()), (200, "函釋"));
    assert!(read.headers["content-disposition"].starts_with("attachment"));
    ask(&kept, &petition.secret).refused(404, "not_found");
    ask(&sent, "wrong").refused(404, "not_found");
    // A petition without attachments, drafted as before.
    let other = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assign(&app, &other, "clerk2");
    assert_eq!(replied(&app, &other, "FINAL")["replies"][0]["attachments"], json!([]));
}

/// A report that clerk1 has taken with an attachment; out of quarantine, concerning `concerns`, with clerk3 in charge.
fn report(app: &TestApp, concerns: &Value) -> (Taken, Upload) {
    let upload = text(app, Some("clerk1"), "我是王小明，親眼所見");
    let petition = take(app, Some("clerk1"), &attaching(letter("REPORT"), &[&upload]));
    let tag = get(app, "chief2", &petition.path).etag().to_owned();
    let settled = app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&json!({"concerns": concerns})).send();
    settled.expect(200);
    act(app, "chief2", &petition, "screen", &json!({"accept": true, "reason": "已設定對象"})).expect(200);
    act(app, "chief2", &petition, "assign", &json!({"handler_id": account(app, "clerk3")})).expect(200);
    (petition, upload)
}

fn reads_logged(app: &TestApp) -> usize {
    let lines = app.get("/v1/audit-log?action=petition.attachment_read").user("director1").send();
    lines.expect(200)["items"].as_array().unwrap().len()
}

#[test]
fn a_confidential_attachment_is_its_custodians_until_they_let_handlers_see_it_and_each_reading_is_logged() {
    let app = TestApp::new();
    let (petition, upload) = report(&app, &json!([]));
    for user in ["clerk3", "chief1", "director1"] {
        assert_eq!(seen(&app, user, &petition), [("PETITION".to_owned(), Value::Null, false)], "{user}");
        content(&app, user, &upload).refused(404, "not_found");
    }
    content(&app, "clerk1", &upload).refused(404, "not_found");
    upload.get(&app, Some("clerk1")).refused(404, "not_found");
    assert_eq!(seen(&app, "chief2", &petition), [("PETITION".to_owned(), json!("說明.txt"), true)]);
    assert_eq!(content(&app, "chief2", &upload).text, "我是王小明，親眼所見");
    assert_eq!(reads_logged(&app), 1);
    let show = |user: &str, ids: Value| {
        let tag = get(&app, user, &petition.path).etag().to_owned();
        app.call("PATCH", &petition.path).user(user).if_match(&tag).json(&json!({"shown_attachments": ids})).send()
    };
    assert_eq!(refused(&show("clerk3", json!([upload.id]))), at("/shown_attachments", "not_allowed"));
    let strange = json!(["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"]);
    assert_eq!(refused(&show("chief2", strange)), at("/shown_attachments/0", "unknown"));
    show("chief2", json!([upload.id])).expect(200);
    assert_eq!(seen(&app, "clerk3", &petition), [("PETITION".to_owned(), json!("說明.txt"), true)]);
    assert_eq!(content(&app, "clerk3", &upload).text, "我是王小明，親眼所見");
    assert_eq!(reads_logged(&app), 2);
    // And taken back.
    show("chief2", json!([])).expect(200);
    content(&app, "clerk3", &upload).refused(404, "not_found");
}

#[test]
fn whoever_is_complained_about_finds_no_attachment_and_no_trace_of_one() {
    let app = TestApp::new();
    let (petition, upload) = report(&app, &json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk2")}]));
    content(&app, "clerk2", &upload).refused(404, "not_found");
    // By their own upload, though they had sent it themselves.
    content(&app, "clerk1", &upload).refused(404, "not_found");
    let log = app.get("/v1/audit-log?limit=100").user("admin1").send().text
        + &app.get("/v1/audit-log?limit=100").user("director1").send().text;
    assert!(!log.contains(&format!("uploads/{}", upload.id)), "{log}");
    let events = app.contents()["events"].clone();
    assert!(!events.iter().any(|row| row.contains(&upload.id)));
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let released = json!({"shown_attachments": [upload.id]});
    app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&released).send().expect(200);
    content(&app, "clerk2", &upload).refused(404, "not_found");
}

/// One upload, and many petitions at once.
pub fn an_upload_is_attached_once(app: &TestApp) {
    let upload = text(app, None, "一次");
    let body = attaching(with(letter("INQUIRY"), "channel", json!("MAILBOX")), &[&upload]);
    let answers = at_once(CLIENTS, |_| send(app, None, &body));
    answered(&answers, &[("201", 1), ("422 invalid", CLIENTS - 1)]);
}
