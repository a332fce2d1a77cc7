//! What petitions come out of: whoever a petition is kept from is kept from the inquiry, the complaint on the spot and the petition out of
//! which it came, and from what came out of it, on every road.

use serde_json::{Value, json};

use crate::inquiries::{self, Asked, answer, ask, by_phone};
use crate::mails::with_relay;
use crate::on_site::{complaint, enter, step};
use crate::petition_custody::{of, patch};
use crate::petition_secrecy::{is_nothing_to, let_out, lists, log};
use crate::petition_splitting::{made, piece, split};
use crate::petitions::{Taken, account, act, assign, draft, get, letter, status, take, with};
use crate::relay::Mood;
use crate::support::{Answer, TestApp, called, person};

const ID: &str = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";

/// An answer without what differs between any two.
fn bare(answer: &Answer, id: &str) -> (u16, String) {
    let mut body = answer.body.clone();
    if body["trace_id"].is_string() {
        body["trace_id"] = Value::Null;
    }
    (answer.status, body.to_string().replace(id, ID))
}

/// What every road to a record answers somebody, and every list that may name it.
fn roads(app: &TestApp, user: &str, kind: &str, id: &str) -> Vec<(String, (u16, String))> {
    let path = format!("/v1/{kind}/{id}");
    let why = json!({"reason": "回電"});
    let contact = json!({"contact": {"phone": "0987654321"}, "reason": "更正"});
    let acts: Vec<(&str, &str, Value)> = match kind {
        "inquiries" => vec![
            ("PUT", "/contact", contact),
            ("POST", ":answer", answer()),
            ("POST", ":correct", inquiries::correction()),
            ("POST", ":check", json!({})),
            ("POST", ":close", why.clone()),
            ("POST", ":reopen", why.clone()),
            ("POST", ":open-petition", opening("INQUIRY", json!([]))),
        ],
        _ => vec![
            ("PATCH", "", json!({"concerns": []})),
            ("PATCH", "", json!({"contact": {"phone": "0987654321"}})),
            ("POST", "/steps", json!({"step": "CALMED"})),
            ("POST", ":take-back", json!({"line": 1, "reason": "誤登"})),
        ],
    };
    let mut all = vec![("read".to_owned(), bare(&get(app, user, &path), id))];
    for tag in ["\"v1\"", "\"v2\"", "\"v3\"", "*"] {
        for (method, end, body) in &acts {
            let call = app.call(method, &format!("{path}{end}")).user(user).if_match(tag).json(body);
            let call = if *method == "POST" { call.once() } else { call };
            all.push((format!("{end} {tag}"), bare(&call.send(), id)));
        }
    }
    let revealed = app.post(&format!("{path}:reveal-contact")).user(user).json(&why).send();
    all.push(("reveal".to_owned(), bare(&revealed, id)));
    all.push(("mails".to_owned(), bare(&get(app, user, &format!("/v1/mails?about={kind}/{id}")), id)));
    let call = if kind == "inquiries" { "ANSWER" } else { "FOLLOW_UP" };
    let noted = json!({"kind": call, "record": format!("{kind}/{id}"), "status": "NOT_REACHED"});
    all.push(("noted".to_owned(), bare(&app.post("/v1/call-list:note").user(user).once().json(&noted).send(), id)));
    all
}

/// What lists tell somebody of inquiries and complaints.
fn listed(app: &TestApp, user: &str) -> Vec<(u16, String)> {
    let both = ["inquiries", "on-site-complaints"];
    let all =
        both.iter().flat_map(|kind| ["", "&from=2026-11-23"].map(|filter| format!("/v1/{kind}?include_total=true{filter}")));
    let more = ["/v1/call-list?date=2026-11-23", "/v1/inquiries?status=PETITION&include_total=true", "/v1/mails?limit=100"];
    all.chain(more.map(str::to_owned)).map(|path| bare(&get(app, user, &path), ID)).collect()
}

/// Checks that a record is to somebody as if it were not there.
fn is_hidden(app: &TestApp, user: &str, path: &str, before: &[(u16, String)]) {
    let (kind, id) = path.trim_start_matches("/v1/").split_once('/').unwrap();
    for (there, nowhere) in roads(app, user, kind, id).iter().zip(&roads(app, user, kind, ID)) {
        assert_eq!(there, nowhere, "{user}");
    }
    assert_eq!(listed(app, user), before, "{user}");
    let told = log(app, &app.token(user));
    assert!(!told.contains(id), "{user}: {told}");
}

/// To make a petition of an inquiry.
fn opening(kind: &str, concerns: Value) -> Value {
    let petition = with(with(letter(kind), "concerns", concerns), "petitioner", json!({"name": called(61)}));
    json!({"reason": "檢舉承辦人", "petition": petition})
}

/// Somebody asks by e-mail, is answered, and it becomes a petition; both.
fn became(app: &TestApp, body: &Value) -> (Asked, Taken) {
    let asked =
        with(with(by_phone(), "asker", person(61)), "contact", json!({"phone": "0912345678", "email": "someone@example.org"}));
    let asked =
        ask(app, Some("clerk1"), &with(with(asked, "channel", json!("EMAIL")), "question", json!("承辦人收我紅包怎麼辦？")));
    inquiries::act(app, "clerk1", &asked, "answer", &answer()).expect(200);
    let opened = inquiries::act(app, "clerk1", &asked, "open-petition", body).expect(200).clone();
    let text = |name: &str| opened["petition"][name].as_str().unwrap_or_default().to_owned();
    let id = get(app, "chief2", &asked.path).expect(200)["petition_id"].as_str().unwrap().to_owned();
    (asked, Taken { path: format!("/v1/petitions/{id}"), number: text("number"), secret: text("secret") })
}

#[test]
fn an_inquiry_is_kept_from_whom_the_petition_concerns_that_came_out_of_it() {
    for accused in ["clerk2", "chief1", "director1"] {
        let app = TestApp::new();
        let before = (listed(&app, accused), lists(&app, accused));
        let (asked, petition) = became(&app, &opening("RIGHTS", of(&app, &[accused])));
        is_hidden(&app, accused, &asked.path, &before.0);
        is_nothing_to(&app, accused, &petition, &before.1);
        // The control: it is there for whoever else sees the petition, with its mail.
        for user in ["clerk1", "chief2"] {
            assert!(get(&app, user, &asked.path).expect(200)["petition_id"].is_string(), "{user}");
        }
        let about = asked.path.trim_start_matches("/v1/").to_owned();
        let mails = get(&app, "chief2", &format!("/v1/mails?about={about}")).expect(200)["items"].clone();
        assert!(!mails.as_array().unwrap().is_empty());
        // Nor once it is taken up again: what came of it stays.
        let tag = get(&app, "chief2", &asked.path).etag().to_owned();
        let again = app.post(&format!("{}:reopen", asked.path)).user("chief2").once().if_match(&tag);
        let again = again.json(&json!({"reason": "誤開"})).send();
        assert_eq!((&again.expect(200)["status"], again.body["petition_id"].is_string()), (&json!("OPEN"), true));
        is_hidden(&app, accused, &asked.path, &before.0);
        // Whoever is named later loses it, too.
        let last = listed(&app, "clerk1");
        patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &[accused, "clerk1"])})).expect(200);
        assert_ne!(listed(&app, "clerk1"), last);
        get(&app, "clerk1", &asked.path).refused(404, "not_found");
    }
}

#[test]
fn what_a_secret_petition_came_out_of_is_for_whoever_reads_it_as_it_was_written() {
    let app = TestApp::new();
    let users = ["clerk1", "clerk3", "chief1", "director1"];
    let before = users.map(|user| listed(&app, user));
    let (asked, petition) = became(&app, &opening("REPORT", json!([])));
    for (user, before) in users.iter().zip(&before) {
        is_hidden(&app, user, &asked.path, before);
    }
    let_out(&app, &petition, "chief2", &json!([]));
    act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    for (user, before) in users.iter().zip(&before) {
        is_hidden(&app, user, &asked.path, before);
    }
    get(&app, "clerk3", &petition.path).expect(200);
    assert_eq!(get(&app, "chief2", &asked.path).expect(200)["question"], "承辦人收我紅包怎麼辦？");
    // What was told of it there is told nowhere: neither by the feed nor to those who read the petition.
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let id = asked.path.rsplit('/').next().unwrap();
    let events = app.contents()["events"].clone();
    assert!(!events.iter().any(|row| row.contains(id) && row.contains("became_petition")), "{events:?}");
    assert!(events.iter().any(|row| row.contains(id) && row.contains("inquiry.answered")), "what went out before");
    let told = json!({"text": format!("{}，電話 0912-345-678，someone@example.org", called(61))});
    act(&app, "chief2", &petition, "supplement", &told).expect(200);
    let shown = get(&app, "clerk3", &petition.path).expect(200)["supplements"][0]["text"].clone();
    for tell in [&called(61), "345", "someone"] {
        assert!(!shown.to_string().contains(tell), "what the inquiry tells is hidden, too: {shown}");
    }
    assert!(shown.to_string().contains("電話"));
}

#[test]
fn what_becomes_of_the_answer_to_a_hidden_inquiry_is_told_to_nobody_it_is_hidden_from() {
    let (app, relay) = with_relay();
    relay.set(Mood::Refusing);
    let plain = with(by_phone(), "contact", json!({"phone": "0912345678", "email": "someone@example.org"}));
    let plain = ask(&app, Some("clerk1"), &with(with(plain, "asker", person(61)), "channel", json!("EMAIL")));
    inquiries::act(&app, "clerk1", &plain, "answer", &answer()).expect(200);
    app.send_mail();
    let users = ["clerk1", "clerk3", "chief1", "director1"];
    let before = users.map(|user| listed(&app, user));
    let (asked, _) = became(&app, &opening("REPORT", json!([])));
    // Taken up again and answered again by whoever sees it, and no mail reaches whoever asked.
    let does = |name: &str, body: &Value| {
        let tag = get(&app, "chief2", &asked.path).etag().to_owned();
        app.post(&format!("{}:{name}", asked.path)).user("chief2").once().if_match(&tag).json(body).send().expect(200).clone()
    };
    does("reopen", &json!({"reason": "誤開"}));
    app.advance(chrono::Duration::seconds(1));
    does("answer", &answer());
    app.send_mail();
    let shown = get(&app, "chief2", &asked.path).expect(200)["answers"][1].clone();
    assert_eq!((&shown["told_by"], &shown["told_at"]), (&json!("CALL"), &Value::Null));
    let called = |user: &str| get(&app, user, "/v1/call-list?kind=ANSWER&date=2026-11-23").expect(200)["items"].clone();
    assert_eq!((called("chief2").as_array().unwrap().len(), called("clerk1").as_array().unwrap().len()), (2, 1));
    for (user, before) in users.iter().zip(&before) {
        is_hidden(&app, user, &asked.path, before);
    }
    app.advance(chrono::Duration::seconds(1));
    let note = json!({"kind": "ANSWER", "record": asked.path.trim_start_matches("/v1/"), "status": "REACHED"});
    app.post("/v1/call-list:note").user("chief2").once().json(&note).send().expect(200);
    for (user, before) in users.iter().zip(&before) {
        is_hidden(&app, user, &asked.path, before);
    }
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let events = app.contents()["events"].clone();
    let told = |path: &str| {
        let id = path.rsplit('/').next().unwrap();
        events.iter().filter(|row| row.contains(id) && row.contains("told_otherwise")).count()
    };
    assert_eq!((told(&plain.path), told(&asked.path)), (1, 0));
}

#[test]
fn nobody_follows_an_inquiry_by_the_secret_they_were_handed_as_its_taker_once_it_concerns_them() {
    let app = TestApp::new();
    let track =
        |asked: &Asked| app.post("/v1/inquiries:track").json(&json!({"number": asked.number, "secret": asked.secret})).send();
    let (asked, _) = became(&app, &opening("RIGHTS", of(&app, &["clerk2"])));
    track(&asked).expect(200);
    let (asked, petition) = became(&app, &opening("RIGHTS", json!([])));
    track(&asked).expect(200);
    patch(&app, "chief1", &petition, &json!({"concerns": of(&app, &["clerk1"])})).expect(200);
    track(&asked).refused(404, "not_found");
}

/// A complaint on the spot that becomes a petition by its section chief; both.
fn goes_on(app: &TestApp, body: &Value, petition: Value) -> (String, Taken) {
    let path = enter(app, "clerk1", body);
    step(app, "chief1", &path, &json!({"step": "RECORDED", "note": "歐曄霏稱其收賄"})).expect(200);
    let opened = step(app, "chief1", &path, &json!({"step": "PETITION_OPENED", "petition": petition})).expect(200).clone();
    let id = opened["steps"][1]["petition_id"].as_str().unwrap().to_owned();
    let text = |name: &str| opened["petition"][name].as_str().unwrap_or_default().to_owned();
    (path, Taken { path: format!("/v1/petitions/{id}"), number: text("number"), secret: text("secret") })
}

fn spoken(concerns: Value) -> Value {
    json!({
        "kind": "RIGHTS", "subject": "服務態度", "body": "承辦人態度不佳。", "petitioner": {"name": called(71)},
        "contact": {"phone": "0912345678"}, "concerns": concerns
    })
}

#[test]
fn a_complaint_on_the_spot_is_kept_from_whom_the_petition_concerns_that_came_out_of_it() {
    for accused in ["clerk2", "director1"] {
        let app = TestApp::new();
        let before = listed(&app, accused);
        let (path, petition) = goes_on(&app, &complaint(), spoken(of(&app, &[accused])));
        is_hidden(&app, accused, &path, &before);
        for user in ["clerk1", "chief1"] {
            assert_eq!(get(&app, user, &path).expect(200)["steps"][0]["note"], "歐曄霏稱其收賄", "{user}");
        }
        // Whom the petition comes to concern loses the complaint at once.
        let last = listed(&app, "clerk1");
        patch(&app, "chief1", &petition, &json!({"concerns": of(&app, &[accused, "clerk1"])})).expect(200);
        assert_ne!(listed(&app, "clerk1"), last);
        get(&app, "clerk1", &path).refused(404, "not_found");
        is_hidden(&app, accused, &path, &before);
    }
}

#[test]
fn whom_a_complaint_comes_to_be_about_loses_the_petition_that_came_out_of_it() {
    let app = TestApp::new();
    let before = lists(&app, "clerk2");
    let (path, petition) = goes_on(&app, &complaint(), spoken(json!([])));
    act(&app, "chief1", &petition, "sign", &json!({})).expect(200);
    assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "draft-reply", &draft("FINAL")).expect(200);
    let tag = get(&app, "chief1", &path).etag().to_owned();
    let about = json!({"concerns": of(&app, &["clerk2"])});
    app.call("PATCH", &path).user("chief1").if_match(&tag).json(&about).send().expect(200);
    is_nothing_to(&app, "clerk2", &petition, &before);
    let shown = get(&app, "chief1", &petition.path).expect(200).clone();
    assert_eq!((&shown["concerns"][0]["account_id"], &shown["status"]), (&account(&app, "clerk2"), &json!("ASSIGNED")));
    assert!(shown["draft"].is_null() && shown["handler_id"].is_null(), "what was under way goes with them");
}

#[test]
fn whom_a_piece_concerns_loses_the_petition_that_it_was_cut_out_of_and_the_other_way_round() {
    for named in ["whole", "piece"] {
        let app = TestApp::new();
        let before = lists(&app, "clerk2");
        let whole = take(&app, Some("clerk1"), &letter("RIGHTS"));
        let piece = made(&split(&app, "chief1", &whole, &piece("PETITIONER")));
        assign(&app, if named == "whole" { &piece } else { &whole }, "clerk2");
        let (first, other) = if named == "whole" { (&whole, &piece) } else { (&piece, &whole) };
        patch(&app, "chief1", first, &json!({"concerns": of(&app, &["clerk2"])})).expect(200);
        is_nothing_to(&app, "clerk2", first, &before);
        is_nothing_to(&app, "clerk2", other, &before);
        assert!(get(&app, "chief1", &other.path).expect(200)["handler_id"].is_null(), "{named}");
    }
}

#[test]
fn what_is_claimed_in_a_hidden_record_is_found_by_nobody_it_is_hidden_from() {
    let app = TestApp::new();
    let search = |user: &str| {
        let asked = json!({"national_id": person(9)["national_id"], "reason": "查詢"});
        app.post("/v1/people:search").user(user).json(&asked).send().expect(200).clone()
    };
    let nobody = search("clerk2");
    let told = with(with(complaint(), "complainant", person(9)), "concerns", of(&app, &["clerk2"]));
    enter(&app, "clerk1", &told);
    assert_eq!(search("clerk2"), nobody);
    let seen = search("clerk1");
    assert_ne!(seen, nobody, "the control");
    let id = seen["items"][0]["person_id"].as_str().unwrap().to_owned();
    for end in ["", "/facts?purpose=x"] {
        get(&app, "clerk1", &format!("/v1/people/{id}{end}")).expect(200);
        get(&app, "clerk2", &format!("/v1/people/{id}{end}")).refused(404, "not_found");
    }
    // Out of a petition as well: whoever asked is not found by whom it concerns.
    let inquired = became(&app, &opening("RIGHTS", of(&app, &["clerk2"])));
    let search = |user: &str| {
        let asked = json!({"national_id": person(61)["national_id"], "reason": "查詢"});
        app.post("/v1/people:search").user(user).json(&asked).send().expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!((search("clerk2"), search("clerk1")), (0, 1));
    get(&app, "clerk1", &inquired.0.path).expect(200);
}

#[test]
fn a_step_that_makes_a_complaint_a_report_of_wrongdoing_hides_it_from_whoever_entered_it() {
    let app = TestApp::new();
    let before = listed(&app, "clerk1");
    let mut body = spoken(json!([]));
    body["kind"] = json!("REPORT");
    let (path, petition) = goes_on(&app, &complaint(), body);
    is_hidden(&app, "clerk1", &path, &before);
    act(&app, "chief1", &petition, "sign", &json!({}));
    assert_eq!(status(&app, &petition), "QUARANTINE");
    for user in ["chief1", "director1"] {
        get(&app, user, &path).refused(404, "not_found");
    }
    get(&app, "chief2", &path).expect(200);
}
