//! What hangs on a person and not on an account: a spoken report is whoever's who took it down, and words are read unveiled by whoever
//! wrote them, by whichever account they hold now; the next holder of an account has no part in either.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::holders::name_holder;
use crate::inquiries;
use crate::known::declared;
use crate::petition_custody::{of, patch};
use crate::petitions::{Taken, account, act, get, hand_over, letter, take, track, with};
use crate::support::{TestApp, called, person};
use crate::uploads::text;

/// Who holds an account first, and who next.
const FIRST: u32 = 201;
const NEXT: u32 = 202;

const NAME: &str = "歐曄霏";
/// Guesses among which is who petitions, as one text.
const GUESSES: &str = "候選：王大明、歐曄霏、林志明";
/// The same through the veil.
const VEILED: &str = "候選：王大明、＊＊＊、林志明";

fn pass_on(app: &TestApp, username: &str, to: u32) {
    name_holder(app, username, &person(to), "director1");
}

fn later(app: &TestApp) {
    app.advance(chrono::Duration::seconds(1));
}

/// A confidential petition in the charge of clerk3.
fn secret(app: &TestApp) -> Taken {
    let body = with(with(letter("RIGHTS"), "petitioner", json!({"name": NAME})), "confidential", json!(true));
    let petition = take(app, Some("clerk1"), &body);
    act(app, "chief2", &petition, "assign", &json!({"handler_id": account(app, "clerk3")})).expect(200);
    petition
}

/// The guesses that somebody reads in a history, each with who is told to have written it.
fn reasons(app: &TestApp, user: &str, petition: &Taken) -> BTreeSet<String> {
    let lines = get(app, user, &format!("{}/history?limit=100", petition.path)).expect(200)["items"].clone();
    let reasons = lines.as_array().unwrap().iter().map(|line| line["reason"].as_str().unwrap().to_owned());
    reasons.filter(|reason| reason.contains("候選")).collect()
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_spoken_report_stays_with_whoever_took_it_down_and_not_with_their_account() {
    let app = TestApp::new();
    pass_on(&app, "clerk2", FIRST);
    let body = with(with(letter("REPORT"), "channel", json!("COUNTER")), "body", json!("檢舉收受餽贈"));
    let petition = take(&app, Some("clerk2"), &body);
    assert_eq!(get(&app, "clerk2", &petition.path).expect(200)["body"], "檢舉收受餽贈");
    later(&app);
    let count =
        |user: &str| get(&app, user, "/v1/petitions?kind=REPORT&include_total=true").expect(200)["total"].as_i64().unwrap();
    let before = count("clerk2");
    pass_on(&app, "clerk2", NEXT);
    assert_eq!(count("clerk2"), before - 1, "nor in a list");
    for end in ["", "/history", "/deadline", "/similar"] {
        get(&app, "clerk2", &format!("{}{end}", petition.path)).refused(404, "not_found");
    }
    for (name, body) in [("sign", json!({})), ("withdraw", json!({"reason": "撤回"})), ("reveal", json!({"reason": "查閱"}))]
    {
        act(&app, "clerk2", &petition, name, &body).refused(404, "not_found");
    }
    patch(&app, "clerk2", &petition, &json!({"body": "改寫"})).refused(404, "not_found");
    // Whoever took it goes on with it by another account, and its custodian sees it.
    pass_on(&app, "clerk3", FIRST);
    assert_eq!(get(&app, "clerk3", &petition.path).expect(200)["body"], "檢舉收受餽贈");
    get(&app, "chief2", &petition.path).expect(200);
    act(&app, "clerk3", &petition, "sign", &json!({})).expect(200);
    // What the next holder takes down is theirs.
    let other = take(&app, Some("clerk2"), &body);
    get(&app, "clerk2", &other.path).expect(200);
    get(&app, "clerk3", &other.path).refused(404, "not_found");
}

#[test]
fn whom_a_petition_comes_to_concern_loses_its_secret_whichever_account_they_took_it_by() {
    let app = TestApp::new();
    pass_on(&app, "clerk2", FIRST);
    let petition = take(&app, Some("clerk2"), &letter("RIGHTS"));
    later(&app);
    pass_on(&app, "clerk2", NEXT);
    pass_on(&app, "clerk3", FIRST);
    track(&app, &petition.number, &petition.secret).expect(200);
    let named = patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &["clerk3"])}));
    let renewed = named.expect(200)["renewed_secret"].as_str().unwrap().to_owned();
    track(&app, &petition.number, &petition.secret).refused(404, "not_found");
    track(&app, &petition.number, &renewed).expect(200);
}

#[test]
fn what_somebody_sent_or_asked_by_an_account_is_none_of_its_next_holders() {
    let app = TestApp::new();
    pass_on(&app, "clerk2", FIRST);
    let upload = text(&app, Some("clerk2"), "附件");
    later(&app);
    pass_on(&app, "clerk2", NEXT);
    get(&app, "clerk2", &upload.path()).refused(404, "not_found");
    let body = with(letter("SUGGESTION"), "attachments", json!([upload.attachment()]));
    let refused = crate::petitions::send(&app, Some("clerk2"), &body);
    assert_eq!(refused.fields()[0].0, "/attachments/0/upload_id");
    let own = text(&app, Some("clerk2"), "附件");
    get(&app, "clerk2", &own.path()).expect(200);
    // From outside the office, too.
    declared(&app, "unproven", &person(58), "1990-05-05");
    app.name_holder("unproven", 58);
    let online = json!({"topic": "SERVICE", "question": "規費多少？"});
    let asked = inquiries::ask(&app, Some("unproven"), &online);
    get(&app, "unproven", &asked.path).expect(200);
    later(&app);
    assert_eq!(app.try_name_holder("unproven", 59, &called(59)), Ok(true));
    app.known_password("unproven");
    later(&app);
    get(&app, "unproven", &asked.path).refused(404, "not_found");
    let listed = |user: &str| get(&app, user, "/v1/inquiries?include_total=true").expect(200)["total"].clone();
    assert_eq!(listed("unproven"), 0);
    inquiries::ask(&app, Some("unproven"), &online);
    assert_eq!(listed("unproven"), 1, "the control");
}

#[test]
fn a_later_holder_reads_the_words_of_the_one_before_through_the_veil() {
    let app = TestApp::new();
    pass_on(&app, "clerk3", FIRST);
    let petition = secret(&app);
    let does = |name: &str, body: Value| {
        later(&app);
        act(&app, "clerk3", &petition, name, &body).expect(200).clone()
    };
    does("request-supplement", json!({"what": GUESSES, "due_on": "2026-12-04"}));
    does("correct-supplement-request", json!({"what": format!("{GUESSES}？"), "reason": GUESSES}));
    does("supplement", json!({"text": GUESSES}));
    does("extend", json!({"days": 5, "reason": GUESSES}));
    let draft = json!({"kind": "INTERIM", "text": GUESSES});
    does("draft-reply", draft.clone());
    act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    does("reply", json!({}));
    later(&app);
    let words = |user: &str| {
        let shown = get(&app, user, &petition.path).expect(200).clone();
        let asked = &shown["supplements"][0];
        [
            &asked["what"],
            &asked["text"],
            &asked["corrections"][0]["what"],
            &asked["corrections"][0]["undone"]["reason"],
            &shown["extension"]["reason"],
            &shown["draft"]["text"],
            &shown["replies"][0]["text"],
        ]
        .map(|text| text.as_str().unwrap().trim_end_matches('？').to_owned())
    };
    assert_eq!(words("clerk3"), [(); 7].map(|()| GUESSES.to_owned()), "the control");
    assert_eq!(reasons(&app, "clerk3", &petition), set(&[GUESSES]));
    pass_on(&app, "clerk3", NEXT);
    assert_eq!(words("clerk3"), [(); 7].map(|()| VEILED.to_owned()));
    assert_eq!(reasons(&app, "clerk3", &petition), set(&[VEILED]));
    // What they write themselves they read back, beside that.
    does("draft-reply", draft);
    assert_eq!(get(&app, "clerk3", &petition.path).expect(200)["draft"]["text"], GUESSES);
    assert_eq!(words("clerk3")[6], VEILED);
    later(&app);
    // Whoever wrote before reads that and no more, by the account that they have now.
    pass_on(&app, "chief1", FIRST);
    let (mut read, shown) = (words("chief1"), get(&app, "chief1", &petition.path).body);
    assert_eq!(shown["draft"]["text"], VEILED);
    GUESSES.clone_into(&mut read[5]);
    assert_eq!(read, [(); 7].map(|()| GUESSES.to_owned()));
}

#[test]
fn whoever_withdraws_a_petition_reads_back_why_though_it_is_not_told_who_did() {
    let app = TestApp::new();
    let petition = secret(&app);
    later(&app);
    act(&app, "clerk3", &petition, "withdraw", &json!({"reason": GUESSES})).expect(200);
    let lines = get(&app, "clerk3", &format!("{}/history?limit=100", petition.path)).expect(200)["items"].clone();
    let last = lines.as_array().unwrap().last().unwrap();
    assert_eq!((&last["action"], &last["actor"], &last["reason"]), (&json!("withdrawn"), &json!("＊＊＊"), &json!(GUESSES)));
    assert_eq!(lines[0]["actor"], "＊＊＊");
    assert_eq!((reasons(&app, "director1", &petition), reasons(&app, "chief2", &petition)), (set(&[VEILED]), set(&[GUESSES])));
}

#[test]
fn whoever_has_said_whom_a_petition_concerns_reads_back_their_words() {
    let app = TestApp::new();
    let mut body = with(with(letter("RIGHTS"), "petitioner", json!({"name": NAME})), "confidential", json!(true));
    body["concerns"] = json!([{"kind": "OTHER", "words": GUESSES}]);
    let petition = take(&app, Some("clerk3"), &body);
    act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    let words = |user: &str| get(&app, user, &petition.path).expect(200)["concerns"][0]["words"].clone();
    assert_eq!((words("clerk3"), words("director1")), (json!(GUESSES), json!(VEILED)));
    // And sends them back as they are read.
    let again = json!({"concerns": [{"kind": "OTHER", "words": GUESSES}], "reason": "未變更"});
    patch(&app, "clerk3", &petition, &again).expect(200);
    assert_eq!(patch(&app, "director1", &petition, &again).fields()[0].0, "/concerns");
}

#[test]
fn a_search_finds_somebodys_own_words_as_they_read_them() {
    let app = TestApp::new();
    let petition = secret(&app);
    later(&app);
    act(&app, "clerk3", &petition, "draft-reply", &json!({"kind": "INTERIM", "text": GUESSES})).expect(200);
    act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk3", &petition, "reply", &json!({})).expect(200);
    hand_over(&app, "chief2", &petition);
    let found = |user: &str, text: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
        get(&app, user, &format!("/v1/petitions?{query}&include_total=true")).expect(200)["total"].as_i64().unwrap()
    };
    for _ in 0..2 {
        for name in ["王大明", NAME, "林志明"] {
            assert_eq!(found("clerk3", name), 1, "{name}");
        }
        assert_eq!((found("clerk3", GUESSES), found("clerk3", VEILED)), (1, 0), "as they read it");
        assert_eq!((found("director1", NAME), found("director1", "王大明"), found("director1", VEILED)), (0, 1, 1));
        assert_eq!(found("chief2", NAME), 1, "its custodian reads the original");
        app.take_in_words();
    }
}
