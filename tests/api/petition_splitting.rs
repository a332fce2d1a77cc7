//! A piece of a petition becomes one of its own: that of whoever wrote the piece, with no limit made whole by it.

use serde_json::{Value, json};

use crate::petition_merging::{actions, field, id, merge, merged};
use crate::petitions::{Taken, account, act, assign, get, letter, status, take, track, with};
use crate::support::{Answer, TestApp};

pub fn piece(writer: &str) -> Value {
    json!({"subject": "路燈不亮", "body": "巷口路燈已三日不亮。", "writer": writer, "reason": "一信二事"})
}

pub fn split(app: &TestApp, user: &str, petition: &Taken, body: &Value) -> Answer {
    act(app, user, petition, "split", body)
}

pub fn made(answer: &Answer) -> Taken {
    let text = |name: &str| answer.expect(201)[name].as_str().unwrap().to_owned();
    Taken { path: answer.headers["location"].clone(), number: text("number"), secret: text("secret") }
}

#[test]
fn a_piece_is_its_writers_and_not_that_of_whoever_wrote_first() {
    let app = TestApp::new();
    let first = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &first, "clerk2");
    app.set_clock("2026-11-25T09:00:00+08:00");
    act(&app, "clerk1", &first, "supplement", &json!({"text": "巷口路燈已三日不亮。林小安"})).expect(200);
    app.set_clock("2026-11-26T09:00:00+08:00");
    let mut body = with(piece("OTHER"), "supplement", json!(1));
    (body["petitioner"], body["contact"]) = (json!({"name": "林小安"}), json!({"address": "彰化縣和美鎮和東里1鄰彰美路五段2號"}));
    split(&app, "clerk1", &first, &body).refused(403, "forbidden");
    assert_eq!(
        split(&app, "chief1", &first, &with(body.clone(), "supplement", json!(2))).fields(),
        field("/supplement", "unknown")
    );
    let other = made(&split(&app, "chief1", &first, &body));
    let shown = get(&app, "chief1", &other.path).expect(200).clone();
    assert_eq!((&shown["petitioners"], &shown["status"]), (&json!(["林○安"]), &json!("RECEIVED")));
    assert_eq!((&shown["subject"], &shown["body"]), (&json!("路燈不亮"), &json!("巷口路燈已三日不亮。")));
    assert_eq!(shown["received_at"], "2026-11-25T09:00:00+08:00", "from the day on which it came");
    assert_eq!(status(&app, &other), "RECEIVED");
    track(&app, &other.number, &first.secret).refused(404, "not_found");
    let left = get(&app, "chief1", &first.path).expect(200).clone();
    assert_eq!((&left["supplements"][0]["split_into"], &left["status"]), (&json!([id(&other)]), &json!("ASSIGNED")));
    // The letter has a third matter: it has the limit of that letter as well.
    let third = made(&split(&app, "chief1", &first, &with(body, "subject", json!("水溝不通"))));
    assert_eq!(get(&app, "chief1", &third.path).expect(200)["received_at"], "2026-11-25T09:00:00+08:00");
    let left = get(&app, "chief1", &first.path).expect(200).clone();
    assert_eq!(left["supplements"][0]["split_into"], json!([id(&other), id(&third)]));
    let strike = json!({"supplement": 1, "reason": "誤登"});
    act(&app, "chief1", &first, "strike-supplement", &strike).refused(409, "conflict");
    assert!(actions(&app, &first).contains(&"split".to_owned()));
}

#[test]
fn a_piece_of_the_first_letter_has_its_petitioner_and_no_new_limit() {
    let app = TestApp::new();
    let first = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let due = get(&app, "chief1", &first.path).expect(200)["due_at"].clone();
    app.set_clock("2026-11-30T09:00:00+08:00");
    let unsaid = split(&app, "chief1", &first, &json!({"subject": "路燈", "body": "不亮", "reason": "一信二事"}));
    assert_eq!(unsaid.fields(), field("/writer", "required"));
    let both = with(piece("PETITIONER"), "petitioner", json!({"name": "林小安"}));
    assert_eq!(split(&app, "chief1", &first, &both).fields(), field("/petitioner", "not_allowed"));
    let both = with(piece("PETITIONER"), "contact", json!({"phone": "0912345678"}));
    assert_eq!(split(&app, "chief1", &first, &both).fields(), field("/contact", "not_allowed"));
    let other = made(&split(&app, "chief1", &first, &piece("PETITIONER")));
    let shown = get(&app, "chief1", &other.path).expect(200).clone();
    assert_eq!((&shown["petitioners"], &shown["due_at"]), (&json!(["王○明"]), &due));
    // It is put back by a merge.
    merge(&app, "chief1", &other, &id(&first)).expect(200);
    // Nobody knows who wrote it.
    let unknown = made(&split(&app, "chief1", &first, &piece("OTHER")));
    assert_eq!(status(&app, &unknown), "SCREENING");
    let report = made(&split(&app, "chief1", &first, &with(piece("PETITIONER"), "kind", json!("REPORT"))));
    get(&app, "chief1", &report.path).refused(404, "not_found");
    assert_eq!(get(&app, "chief2", &report.path).expect(200)["status"], "QUARANTINE");
}

#[test]
fn a_letter_of_a_merged_petition_is_not_cut_off_but_the_petition_taken_out() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    act(&app, "clerk1", &other, "supplement", &json!({"text": "門牌在巷口右側"})).expect(200);
    let cut = split(&app, "chief1", &main, &with(piece("PETITIONER"), "supplement", json!(1)));
    assert_eq!(cut.fields(), field("/supplement", "not_allowed"));
    split(&app, "chief1", &other, &piece("PETITIONER")).refused(409, "wrong_state");
}

#[test]
fn a_piece_is_as_secret_as_the_petition_and_concerns_the_same_people() {
    let app = TestApp::new();
    let concerns = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}]);
    let body = with(with(letter("SUGGESTION"), "confidential", json!(true)), "concerns", concerns);
    let first = take(&app, Some("chief2"), &body);
    let other = made(&split(&app, "chief2", &first, &piece("PETITIONER")));
    let shown = get(&app, "chief2", &other.path).expect(200).clone();
    assert_eq!((&shown["confidential"], &shown["concerns"][0]["kind"]), (&json!(true), &json!("ACCOUNT")));
    get(&app, "clerk1", &other.path).refused(404, "not_found");
    split(&app, "chief1", &first, &piece("PETITIONER")).refused(403, "forbidden");
}

#[test]
fn a_piece_that_is_a_report_is_named_to_nobody_who_does_not_see_it() {
    let app = TestApp::new();
    let first = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    act(&app, "clerk1", &first, "supplement", &json!({"text": "另承辦人收受餽贈。"})).expect(200);
    let mut body = with(piece("PETITIONER"), "supplement", json!(1));
    body["kind"] = json!("REPORT");
    let report = made(&split(&app, "chief1", &first, &body));
    assert_eq!(get(&app, "chief2", &first.path).expect(200)["supplements"][0]["split_into"], json!([id(&report)]), "the control");
    for user in ["clerk1", "chief1", "director1"] {
        assert!(!get(&app, user, &first.path).text.contains(&id(&report)), "{user}");
    }
}
