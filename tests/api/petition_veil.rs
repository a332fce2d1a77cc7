//! What a veil hides of a confidential petition: whoever is behind it, as they are told now and were told before, in every member that
//! somebody has written, in the names of files and in the audit log; and nobody writes what they read through it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::contract::contract;
use crate::mails::with_relay;
use crate::petition_custody::{not_allowed, of, patch};
use crate::petition_merging::id;
use crate::petitions::{Taken, account, act, confirm, draft, get, hand_over, letter, mailed, take, with};
use crate::relay::Mood;
use crate::support::{Answer, TestApp};
use crate::uploads::{content, sent};

const NAME: &str = "歐曄霏";
const HIDDEN: &str = "＊＊＊";

/// Something written that tells who is behind a petition.
fn told(what: &str) -> String {
    format!("{NAME}{what}")
}

/// A confidential letter that tells it wherever something is written.
fn secret(kind: &str) -> Value {
    let mut body = with(letter(kind), "petitioner", json!({"name": NAME}));
    (body["confidential"], body["subject"], body["body"]) = (json!(true), json!(told("陳情")), json!(told("所述")));
    body["concerns"] = json!([{"kind": "OTHER", "words": told("之鄰居")}]);
    body
}

/// Walks through what somebody is shown: every text with the member in which it stands.
fn texts(value: &Value, member: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((member.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, member, found)),
        Value::Object(members) => members.iter().for_each(|(member, value)| texts(value, member, found)),
        _ => {}
    }
}

/// The members of a schema, and of all that it holds, that are texts: neither of a list of values, nor a key, a day or a moment.
fn written(schema: &Value, member: &str, within: &mut Vec<String>, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        if !within.iter().any(|one| one == name) {
            within.push(name.to_owned());
            written(&contract()["components"]["schemas"][name], member, within, found);
            within.pop();
        }
        return;
    }
    for parts in ["oneOf", "anyOf", "allOf"] {
        schema[parts].as_array().into_iter().flatten().for_each(|part| written(part, member, within, found));
    }
    let is_text = schema["type"] == "string" || schema["type"].as_array().is_some_and(|types| types.contains(&json!("string")));
    let is_bound = schema["enum"].is_array() || ["uuid", "date", "date-time"].iter().any(|format| schema["format"] == **format);
    if is_text && !is_bound {
        found.insert(member.to_owned());
    }
    if schema["items"].is_object() {
        written(&schema["items"], member, within, found);
    }
    for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
        written(schema, member, within, found);
    }
}

/// Texts in which nobody has written anything, and what is not shown at all.
const PLAIN: [&str; 15] = [
    "number",
    "by",
    "asked_by",
    "proposed_by",
    "what_by",
    "noted_by",
    "written_by",
    "sent_by",
    "service_point",
    "secret",
    "renewed_secret",
    "action",
    "actor",
    "rule",
    "article",
];
const NOT_SHOWN: [&str; 8] =
    ["petitioners", "phone", "other_phones", "email", "address", "none_reason", "case_number", "forwarded_by"];

/// What these read, who have written nothing of it, of a petition, of its history, of its limit and of lists: nothing that tells who is
/// behind it. The members in which something was hidden.
fn looked_at(app: &TestApp, users: &[&str], petition: &Taken, seen: &mut BTreeSet<String>) {
    for user in users {
        for end in ["", "/history", "/deadline", "/similar"] {
            let shown = get(app, user, &format!("{}{end}", petition.path));
            let mut found = Vec::new();
            texts(shown.expect(200), "", &mut found);
            for (member, text) in found {
                assert!(!text.contains(NAME), "{user} {end} {member}: {text}");
                if text.contains(HIDDEN) {
                    seen.insert(member);
                }
            }
        }
        let shown = get(app, user, &petition.path).expect(200).clone();
        for member in ["petitioners", "contact", "against_decision", "forwarded_by"] {
            assert!(shown[member].is_null(), "{user} {member}");
        }
        for list in ["/v1/petitions?limit=100", "/v1/petitions?q=%E9%99%B3%E6%83%85"] {
            assert!(!get(app, user, list).expect(200).to_string().contains(NAME), "{user}");
        }
    }
}

fn to_clerk3(app: &TestApp, petition: &Taken) {
    let why = json!({"handler_id": account(app, "clerk3"), "reason": told("指定")});
    act(app, "chief2", petition, "assign", &why).expect(200);
}

/// A confidential petition that is asked about, extended, answered with a file, and rated.
fn answered(app: &TestApp, seen: &mut BTreeSet<String>) {
    let mut body = secret("RIGHTS");
    body["against_decision"] = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    body["body"] = json!(told("不服115-HEMEI-000001"));
    let petition = take(app, Some("clerk1"), &body);
    to_clerk3(app, &petition);
    let ask = json!({"what": told("請補充"), "due_on": "2026-12-04"});
    act(app, "clerk3", &petition, "request-supplement", &ask).expect(200);
    act(app, "chief2", &petition, "supplement", &json!({"text": told("補充")})).expect(200);
    act(app, "clerk3", &petition, "extend", &json!({"days": 5, "reason": told("住院")})).expect(200);
    let (upload, _) = sent(app, Some("clerk3"), ("歐曄霏案.txt", "text/plain"), "函釋".as_bytes());
    let draft = json!({
        "kind": "FINAL", "text": told("您好"), "legal_ground": told("所引"), "remedies": told("得提起訴願"),
        "attachments": [upload.attachment()]
    });
    act(app, "clerk3", &petition, "draft-reply", &draft).expect(200);
    looked_at(app, &["chief1", "director1"], &petition, seen);
    assert!(!get(app, "clerk3", &petition.path).text.contains("HEMEI-000001"), "nor the decision");
    act(app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(app, "clerk3", &petition, "reply", &json!({})).expect(200);
    let rating = json!({"number": petition.number, "secret": petition.secret, "score": 2, "comment": told("不滿")});
    app.post(&format!("{}/satisfaction", petition.path)).once().json(&rating).send().expect(201);
    let lifting = json!({"confidential": false, "reason": told("同意")});
    patch(app, "chief2", &petition, &lifting).expect(200);
    let why = json!({"reason": told("須聯絡")});
    app.post(&format!("{}:reveal", petition.path)).user("clerk3").json(&why).send().expect(200);
    looked_at(app, &["chief1", "director1"], &petition, seen);
    let called = |user: &str| content(app, user, &upload).headers["content-disposition"].clone();
    assert!(called("chief2").contains("%E6%AD%90"), "{}", called("chief2"));
    assert!(!called("director1").contains("%E6%AD%90") && !called("director1").contains("%E9%9C%8F"), "{}", called("director1"));
}

#[test]
fn every_member_in_which_something_is_written_is_veiled() {
    let app = TestApp::new();
    let mut seen = BTreeSet::new();
    answered(&app, &mut seen);
    let sent_away = take(&app, Some("clerk1"), &secret("SUGGESTION"));
    let away = json!({"to": told("服務處"), "reason": told("權責"), "with_identity": true, "identity_ground": told("同意")});
    act(&app, "chief1", &sent_away, "transfer", &away).expect(200);
    let back = json!({"reason": told("退回"), "returned": {"letter": told("字第1號"), "on": "2026-11-23"}});
    act(&app, "chief1", &sent_away, "transfer-back", &back).expect(200);
    looked_at(&app, &["director1"], &sent_away, &mut seen);
    let filed = take(&app, Some("clerk1"), &with(secret("SUGGESTION"), "forwarded_by", json!("彰化縣政府")));
    let filing = json!({"ground": "NOT_COMPETENT", "sent_also_to": [told("公所")]});
    act(&app, "chief1", &filed, "file-without-reply", &json!({"filing": filing, "reason": told("無權責")})).expect(200);
    looked_at(&app, &["director1"], &filed, &mut seen);
    let mut members = BTreeSet::new();
    for schema in ["PetitionView", "PetitionHistoryLine", "PetitionDeadline", "PetitionSummary"] {
        let path = json!({"$ref": format!("#/components/schemas/{schema}")});
        written(&path, "", &mut Vec::new(), &mut members);
    }
    assert!(members.len() > 20, "{members:?}");
    members.retain(|member| !PLAIN.contains(&member.as_str()) && !NOT_SHOWN.contains(&member.as_str()));
    let missed: Vec<&String> = members.difference(&seen).collect();
    assert!(missed.is_empty(), "nobody has looked whether these are veiled: {missed:?}");
    assert!(!crate::petition_secrecy::log(&app, &app.token("director1")).contains(NAME), "nor by the log");
    assert!(get(&app, "chief2", &filed.path).text.contains(NAME), "the control: its custodian reads it as it was written");
}

#[test]
fn what_is_undone_with_it_is_read_without_who_is_behind_it() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &secret("RIGHTS"));
    to_clerk3(&app, &petition);
    let does = |user: &str, name: &str, body: Value| {
        app.advance(chrono::Duration::seconds(1));
        act(&app, user, &petition, name, &body).expect(200);
    };
    does("clerk3", "request-supplement", json!({"what": told("請補充"), "due_on": "2026-12-04"}));
    does("clerk3", "correct-supplement-request", json!({"what": told("請補正"), "reason": told("漏列")}));
    does("clerk3", "supplement", json!({"text": told("補充")}));
    does("clerk3", "strike-supplement", json!({"supplement": 1, "reason": told("誤登")}));
    does("clerk3", "correct-supplement-request", json!({"cancel": true, "reason": told("誤請")}));
    does("clerk3", "extend", json!({"days": 5, "reason": told("住院")}));
    does("chief1", "extend", json!({"approve": true}));
    does("chief1", "revoke-extension", json!({"reason": told("誤核")}));
    looked_at(&app, &["director1"], &petition, &mut BTreeSet::new());
    let undone = |user: &str| {
        let shown = get(&app, user, &petition.path).expect(200).clone();
        let [asked, struck] = [0, 1].map(|nth| shown["supplements"][nth].clone());
        let before = asked["corrections"][0].clone();
        let all = [
            &before["what"],
            &before["undone"]["reason"],
            &asked["what"],
            &asked["cancelled"]["reason"],
            &struck["text"],
            &struck["struck"]["reason"],
            &shown["extension"]["revoked"]["reason"],
        ];
        all.map(|text| text.as_str().unwrap().to_owned())
    };
    let whats = ["請補充", "漏列", "請補正", "誤請", "補充", "誤登", "誤核"];
    // Whoever has written something reads that alone as they wrote it.
    for (user, own) in [("clerk3", &whats[..6]), ("chief1", &whats[6..]), ("director1", &whats[..0])] {
        let read = whats.map(|what| if own.contains(&what) { told(what) } else { format!("{HIDDEN}{what}") });
        assert_eq!(undone(user), read, "{user}");
    }
    assert_eq!(undone("chief2"), whats.map(told), "the control: its custodian reads it as it was written");
    assert!(!crate::petition_secrecy::log(&app, &app.token("director1")).contains(NAME), "nor by the log");
}

#[test]
fn the_mail_of_a_confidential_petition_is_stopped_by_whoever_reads_that_as_it_was_written_alone() {
    let (app, relay) = with_relay();
    relay.set(Mood::Busy);
    let mut body = with(secret("RIGHTS"), "channel", json!("EMAIL"));
    body["contact"] = json!({"email": "feifei@example.org", "phone": "0912345678"});
    body["concerns"] = of(&app, &["chief1"]);
    let petition = take(&app, Some("clerk1"), &body);
    to_clerk3(&app, &petition);
    act(&app, "clerk3", &petition, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk3", &petition, "reply", &json!({})).expect(200);
    let about = petition.path.trim_start_matches("/v1/");
    let listed = |user: &str| get(&app, user, &format!("/v1/mails?about={about}")).expect(200)["items"].clone();
    let mail = format!("/v1/mails/{}", listed("chief2")[0]["id"].as_str().unwrap());
    let does = |user: &str, name: &str, key: &str| {
        let call = app.post(&format!("{mail}:{name}")).user(user).if_match("*").key(key);
        call.json(&json!({"reason": told("之鄰居收信")})).send()
    };
    for user in ["clerk3", "director1", "chief1"] {
        assert_eq!(listed(user), json!([]), "{user}");
        get(&app, user, &mail).refused(404, "not_found");
        for name in ["stop", "resend", "settle"] {
            does(user, name, &format!("{user}-{name}-a-key")).refused(404, "not_found");
        }
    }
    assert_eq!(does("chief2", "stop", "stopped-by-hand").expect(200)["stop_reason"], told("之鄰居收信"));
    // Whoever is told otherwise now is told by whoever knows who they are.
    let call_list = |user: &str| get(&app, user, "/v1/call-list?kind=PETITION&date=2026-11-23").expect(200)["items"].clone();
    assert_eq!(call_list("chief2").as_array().unwrap().len(), 1);
    for user in ["clerk3", "director1", "chief1"] {
        assert_eq!(call_list(user), json!([]), "{user}");
    }
    looked_at(&app, &["clerk3", "director1"], &petition, &mut BTreeSet::new());
    for user in ["clerk3", "director1"] {
        let shown = get(&app, user, &petition.path).expect(200).clone();
        assert_eq!((&shown["replies"][0]["told_by"], &shown["tellings"][0]["status"]), (&json!(["CALL"]), &json!("STOPPED")));
        let history = get(&app, user, &format!("{}/history", petition.path)).expect(200)["items"].clone();
        assert_eq!(history.as_array().unwrap().last().unwrap()["action"], "told_otherwise");
    }
    let stopped: Vec<Value> = lines(&app, "&action=mail.stopped");
    assert_eq!(stopped.len(), 1);
    assert_eq!((&stopped[0]["actor"], &stopped[0]["purpose"]), (&json!(HIDDEN), &json!(HIDDEN)));
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let id = about.rsplit('/').next().unwrap();
    assert!(!app.contents()["events"].iter().any(|row| row.contains(id)), "nor by the feed");
    // What is kept from its custodian now is not shown by an answer that was kept.
    patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &["chief1", "chief2"])})).expect(200);
    does("chief2", "stop", "stopped-by-hand").refused(404, "not_found");
}

#[test]
fn that_two_are_one_petitioners_is_told_to_whoever_reads_them_as_they_were_written_alone() {
    let app = TestApp::new();
    let body = || {
        let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-16"});
        with(secret("RIGHTS"), "against_decision", decision)
    };
    let (main, again) = (take(&app, Some("clerk1"), &body()), take(&app, Some("clerk1"), &body()));
    hand_over(&app, "chief2", &again);
    to_clerk3(&app, &main);
    let into = json!({"into_id": id(&main), "reason": "併案辦理", "entered_twice": true});
    act(&app, "chief2", &again, "merge", &into).expect(200);
    act(&app, "clerk3", &main, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "director1", &main, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk3", &main, "reply", &json!({})).expect(200);
    let told = |user: &str| {
        let shown = get(&app, user, &again.path);
        let all =
            json!([shown.expect(200)["entered_twice"], shown.body["notices"][0]["about"], shown.body["replies"][0]["told_by"]]);
        (all, shown.text.contains("ENTERED_TWICE") || shown.text.contains("ONCE"))
    };
    assert_eq!(told("chief2"), (json!([true, "ENTERED_TWICE", ["ONCE"]]), true));
    for user in ["clerk3", "chief1", "director1"] {
        assert_eq!(told(user), (json!([false, "MERGED", ["TRACKING"]]), false), "{user}");
    }
}

#[test]
fn what_was_put_right_stays_hidden() {
    let app = TestApp::new();
    let mut body = with(secret("RIGHTS"), "petitioner", json!({"name": "王大明"}));
    body["contact"] = json!({"phone": "0912345678", "email": "daming@example.org", "address": "臺北市大安區和平東路一段1號"});
    body["against_decision"] = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    body["forwarded_by"] = json!("王立委服務處");
    body["body"] = json!(
        "我是王大明，信箱 daming@example.org，電話 0912-345-678，住和平東路一段1號，不服 115-HEMEI-000001，由王立委服務處轉，又名歐曄霏"
    );
    let petition = take(&app, Some("clerk1"), &body);
    to_clerk3(&app, &petition);
    let tells = ["大明", "daming", "345", "和平東路", "HEMEI-000001", "王立委"];
    let read = |user: &str| get(&app, user, &petition.path).expect(200)["body"].as_str().unwrap().to_owned();
    let whole = |user: &str| tells.iter().filter(|tell| read(user).contains(**tell)).count();
    assert_eq!((whole("clerk3"), whole("chief2")), (0, tells.len()));
    let right = json!({
        "petitioner": {"name": NAME}, "contact": {"phone": "0987654321", "email": "right@example.org", "address": "彰化縣和美鎮和東里1鄰彰美路五段2號"},
        "against_decision": {"case_number": "115-HEMEI-000002", "received_on": "2026-11-20"}, "forwarded_by": null, "reason": "登錄有誤"
    });
    patch(&app, "chief2", &petition, &right).expect(200);
    for user in ["clerk3", "chief1", "director1"] {
        assert_eq!(whole(user), 0, "{user}: {}", read(user));
        assert!(!read(user).contains(NAME));
    }
    assert_eq!(whole("chief2"), tells.len());
}

/// Something tried of a petition: refused at a member, with nothing different now.
fn is_refused(app: &TestApp, user: &str, petition: &Taken, change: &Value, at: &str) -> Answer {
    let before = get(app, "chief2", &petition.path);
    let refused = patch(app, user, petition, change);
    not_allowed(&refused, at);
    assert_eq!(get(app, "chief2", &petition.path).etag(), before.etag(), "{change}");
    refused
}

#[test]
fn nobody_writes_what_they_read_through_a_veil_or_learns_it_by_guessing() {
    let app = TestApp::new();
    let mut body = with(secret("RIGHTS"), "forwarded_by", json!("王立委服務處"));
    body["against_decision"] = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    let petition = take(&app, Some("clerk1"), &body);
    to_clerk3(&app, &petition);
    let why = |change: Value| with(change, "reason", json!("登錄有誤"));
    for user in ["clerk3", "chief1", "director1"] {
        for said in [
            Value::Null,
            json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"}),
            json!({"case_number": "115-HEMEI-000002", "received_on": "2026-11-20"}),
        ] {
            is_refused(&app, user, &petition, &why(json!({"against_decision": said})), "/against_decision");
        }
        let guesses = [json!("王立委服務處"), json!("監察院"), Value::Null];
        let answers = guesses.map(|said| {
            let mut body = is_refused(&app, user, &petition, &why(json!({"forwarded_by": said})), "/forwarded_by").body;
            body["trace_id"] = Value::Null;
            body
        });
        assert!(answers.iter().all(|answer| answer == &answers[0]), "{user}: {answers:?}");
        for (member, value) in [
            ("petitioner", json!({"name": NAME})),
            ("others", json!([])),
            ("contact", json!({"phone": "0912345678"})),
            ("subject", json!("x")),
            ("body", json!("x")),
        ] {
            is_refused(&app, user, &petition, &why(json!({member: value})), &format!("/{member}"));
        }
        // Whom it concerns, in words: as they read it nothing is different, and neither a guess nor another word is taken.
        let words = |words: &str| why(json!({"concerns": [{"kind": "OTHER", "words": words}]}));
        let shown = get(&app, user, &petition.path).expect(200).clone();
        let read = shown["concerns"][0]["words"].as_str().unwrap().to_owned();
        assert_eq!(read, "＊＊＊之鄰居");
        let before = get(&app, "chief2", &petition.path);
        patch(&app, user, &petition, &words(&read)).expect(200);
        assert_eq!(get(&app, "chief2", &petition.path).etag(), before.etag());
        for said in [words(&told("之鄰居")), words("里長"), why(json!({"concerns": []}))] {
            is_refused(&app, user, &petition, &said, "/concerns");
        }
    }
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["concerns"][0]["words"], told("之鄰居"));
    let right = why(json!({"forwarded_by": null, "concerns": []}));
    assert!(patch(&app, "chief2", &petition, &right).expect(200)["forwarded_by"].is_null(), "the control: its custodian does");
}

#[test]
fn people_are_hidden_by_whichever_part_of_their_name_they_are_called() {
    let app = TestApp::new();
    for (name, body, shown) in [
        ("瓦歷斯‧諾幹", "瓦歷斯先生與諾幹同往，瓦歷斯．諾幹簽名。", "＊＊＊先生與＊＊＊同往，＊＊＊簽名。"),
        ("巴奈‧庫穗‧母路", "巴奈說，庫穗也在。", "＊＊＊說，＊＊＊也在。"),
        ("示範食品股份有限公司", "示範食品來函，示範食品公司用印。", "＊＊＊來函，＊＊＊用印。"),
        ("王大明 David", "大明，即David。", "＊＊＊，即＊＊＊。"),
    ] {
        let written = with(with(secret("RIGHTS"), "petitioner", json!({"name": name})), "body", json!(body));
        let petition = take(&app, Some("clerk1"), &written);
        to_clerk3(&app, &petition);
        assert_eq!(get(&app, "clerk3", &petition.path).expect(200)["body"], shown, "{name}");
        assert_eq!(get(&app, "chief2", &petition.path).expect(200)["body"], body, "the control");
    }
}

/// Guesses among which is who petitions, as one text.
const GUESSES: &str = "候選：王大明、歐曄霏、林志明";
/// The same through the veil.
const VEILED: &str = "候選：王大明、＊＊＊、林志明";

#[test]
fn whoever_guesses_reads_back_what_they_wrote_and_no_more() {
    let app = TestApp::new();
    // One person by two accounts.
    app.name_holder("clerk3", 7);
    app.name_holder("chief1", 7);
    let petition = take(&app, Some("clerk1"), &secret("RIGHTS"));
    to_clerk3(&app, &petition);
    let does = |user: &str, name: &str, body: Value| {
        app.advance(chrono::Duration::seconds(1));
        act(&app, user, &petition, name, &body).expect(200).clone()
    };
    let ask = does("clerk3", "request-supplement", json!({"what": GUESSES, "due_on": "2026-12-04"}));
    assert_eq!(ask["supplements"][0]["what"], GUESSES);
    let corrected = json!({"what": format!("{GUESSES}？"), "reason": GUESSES});
    let corrected = does("clerk3", "correct-supplement-request", corrected)["supplements"][0].clone();
    assert_eq!(
        (&corrected["what"], &corrected["corrections"][0]["what"], &corrected["corrections"][0]["undone"]["reason"]),
        (&json!(format!("{GUESSES}？")), &json!(GUESSES), &json!(GUESSES))
    );
    assert_eq!(does("clerk3", "supplement", json!({"text": GUESSES}))["supplements"][0]["text"], GUESSES);
    let struck = does("clerk3", "strike-supplement", json!({"supplement": 1, "reason": GUESSES}))["supplements"][1].clone();
    assert_eq!((&struck["text"], &struck["struck"]["reason"]), (&json!(GUESSES), &json!(GUESSES)));
    does("clerk3", "correct-supplement-request", json!({"cancel": true, "reason": GUESSES}));
    assert_eq!(does("clerk3", "extend", json!({"days": 5, "reason": GUESSES}))["extension"]["reason"], GUESSES);
    let (upload, _) = sent(&app, Some("clerk3"), ("王大明歐曄霏.txt", "text/plain"), "函釋".as_bytes());
    let draft = json!({
        "kind": "FINAL", "text": GUESSES, "legal_ground": GUESSES, "remedies": GUESSES, "attachments": [upload.attachment()],
        "translation": {"text": GUESSES, "legal_ground": GUESSES, "remedies": GUESSES}
    });
    let drafted = does("clerk3", "draft-reply", draft);
    assert_eq!(drafted["attachments"][0]["name"], "王大明歐曄霏.txt");
    does("director1", "approve-reply", json!({"draft": 1, "approve": true}));
    let shown = does("clerk3", "reply", json!({}));
    let words = |shown: &Value| {
        [&shown["draft"]["text"], &shown["draft"]["translation"]["remedies"], &shown["replies"][0]["text"]].map(Value::clone)
    };
    assert_eq!(
        (words(&shown), words(&get(&app, "director1", &petition.path).body)),
        ([(); 3].map(|()| json!(GUESSES)), [(); 3].map(|()| json!(VEILED)))
    );
    let reasons = |user: &str| {
        let lines = get(&app, user, &format!("{}/history?limit=100", petition.path)).expect(200)["items"].clone();
        let reasons = lines.as_array().unwrap().iter().map(|line| line["reason"].as_str().unwrap().to_owned());
        reasons.filter(|reason| reason.contains("候選")).collect::<BTreeSet<String>>()
    };
    assert_eq!((reasons("clerk3"), reasons("director1")), ([GUESSES.to_owned()].into(), [VEILED.to_owned()].into()));
    // What others have written stays hidden from them, and by whichever of their accounts they read their own.
    assert_eq!(get(&app, "clerk3", &petition.path).expect(200)["subject"], "＊＊＊陳情");
    assert_eq!(get(&app, "chief1", &petition.path).expect(200)["draft"]["text"], GUESSES);
    let track = crate::petitions::track(&app, &petition.number, &petition.secret);
    assert!(track.expect(200)["replies"][0].get("written_by").is_none(), "{}", track.text);
}

#[test]
fn where_a_petition_was_sent_and_why_it_was_filed_is_read_back_as_it_was_written() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &secret("SUGGESTION"));
    let away = json!({"to": GUESSES, "reason": GUESSES, "with_identity": true, "identity_ground": GUESSES});
    let sent = act(&app, "chief1", &petition, "transfer", &away).expect(200)["transfer"].clone();
    assert_eq!([&sent["to"], &sent["reason"], &sent["identity_ground"]], [&json!(GUESSES); 3]);
    let back = json!({"reason": GUESSES, "returned": {"letter": GUESSES, "on": "2026-11-23"}});
    let shown = act(&app, "chief1", &petition, "transfer-back", &back).expect(200)["transfer"].clone();
    assert_eq!(shown["returned"]["letter"], GUESSES);
    let read = get(&app, "director1", &petition.path).expect(200)["transfer"].clone();
    assert_eq!((&read["to"], &read["returned"]["letter"]), (&json!(VEILED), &json!(VEILED)));
    let filed = take(&app, Some("clerk1"), &with(secret("SUGGESTION"), "forwarded_by", json!("彰化縣政府")));
    let filing = json!({"ground": "NOT_COMPETENT", "sent_also_to": [GUESSES]});
    let filed = act(&app, "chief1", &filed, "file-without-reply", &json!({"filing": filing, "reason": GUESSES}));
    assert_eq!(
        (&filed.expect(200)["filing"]["sent_also_to"][0], &filed.body["filing"]["reason"]),
        (&json!(GUESSES), &json!(GUESSES))
    );
}

#[test]
fn an_answer_that_was_kept_passes_no_veil() {
    let app = TestApp::new();
    let mut body = secret("RIGHTS");
    body["confidential"] = json!(false);
    let petition = take(&app, Some("clerk1"), &body);
    crate::petitions::assign(&app, &petition, "clerk2");
    let tag = get(&app, "clerk2", &petition.path).etag().to_owned();
    let again = || {
        let call = app.post(&format!("{}:draft-reply", petition.path)).user("clerk2").key("drafted-in-the-open");
        call.if_match(&tag).json(&draft("FINAL")).send()
    };
    assert!(again().expect(200)["petitioners"].is_array());
    assert_eq!(again().headers.get("idempotency-replayed").map(String::as_str), Some("true"), "the control");
    patch(&app, "chief2", &petition, &json!({"confidential": true})).expect(200);
    let veiled = get(&app, "clerk2", &petition.path);
    assert!(veiled.expect(200)["petitioners"].is_null() && !veiled.text.contains(NAME), "{}", veiled.text);
    let refused = again();
    refused.refused(422, "idempotency_mismatch");
    assert!(!refused.text.contains(NAME), "{}", refused.text);
    // Under the veil an answer is given again as it was.
    let tag = veiled.etag().to_owned();
    let more = || {
        let call = app.post(&format!("{}:draft-reply", petition.path)).user("clerk2").key("drafted-under-the-veil");
        call.if_match(&tag).json(&draft("FINAL")).send()
    };
    let first = more().expect(200).clone();
    assert_eq!((more().expect(200), more().headers.get("idempotency-replayed").map(String::as_str)), (&first, Some("true")));
}

#[test]
fn a_custodian_who_loses_the_duty_and_whoever_calls_read_nothing_by_an_answer_that_was_kept() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &secret("RIGHTS"));
    to_clerk3(&app, &petition);
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let why = json!({"handler_id": account(&app, "clerk2"), "reason": "改派"});
    let again = || {
        let call = app.post(&format!("{}:assign", petition.path)).user("chief2").key("assigned-by-its-custodian");
        call.if_match(&tag).json(&why).send()
    };
    assert!(again().expect(200)["subject"].as_str().unwrap().contains(NAME));
    app.sql("UPDATE accounts SET duties = '[]' WHERE username = 'chief2'");
    let refused = again();
    assert!(refused.status >= 400 && !refused.text.contains(NAME), "{}", refused.text);
    // Whoever is called of a petition is told to nobody any more who does not know them.
    let app = TestApp::new();
    let body = with(with(secret("RIGHTS"), "confidential", json!(false)), "contact", json!({"phone": "0912345678"}));
    let petition = take(&app, Some("clerk1"), &body);
    crate::petitions::assign(&app, &petition, "clerk2");
    crate::petitions::replied(&app, &petition, "INTERIM");
    let note = json!({"kind": "PETITION", "record": petition.path.trim_start_matches("/v1/"), "status": "REACHED"});
    let again = || app.post("/v1/call-list:note").user("clerk2").key("called-in-the-open").json(&note).send();
    assert!(again().expect(200)["contact"].is_object());
    assert_eq!(again().headers.get("idempotency-replayed").map(String::as_str), Some("true"), "the control");
    patch(&app, "chief2", &petition, &json!({"confidential": true})).expect(200);
    again().refused(422, "idempotency_mismatch");
}

/// Lines of the audit log that are about a petition or that somebody did.
fn lines(app: &TestApp, query: &str) -> Vec<Value> {
    let all = app.get(&format!("/v1/audit-log?limit=100{query}")).user("director1").send();
    all.expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn the_log_tells_of_a_confidential_petition_what_was_done_and_neither_by_whom_nor_why() {
    for accused in ["chief1", "chief2"] {
        let app = TestApp::new();
        let me = format!("accounts/{}", account(&app, "citizen2").as_str().unwrap());
        let mut body = with(mailed("RIGHTS"), "confidential", json!(true));
        let (upload, _) = sent(&app, Some("citizen2"), ("照片.txt", "text/plain"), "照片".as_bytes());
        body["attachments"] = json!([upload.attachment()]);
        let petition = take(&app, Some("citizen2"), &body);
        let id = petition.path.rsplit('/').next().unwrap().to_owned();
        patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &[accused])})).expect(200);
        app.sql(&format!("UPDATE petitions SET confirm_hash = '{}' WHERE id IS NOT NULL", app.secret_hash("the-code")));
        confirm(&app, &petition, "the-code").expect(200);
        let custodian = if accused == "chief2" { "director1" } else { "chief2" };
        let why = json!({"handler_id": account(&app, "clerk3"), "reason": "李小華案請速辦"});
        act(&app, custodian, &petition, "assign", &why).expect(200);
        act(&app, "clerk3", &petition, "draft-reply", &draft("FINAL")).expect(200);
        act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
        act(&app, "clerk3", &petition, "reply", &json!({})).expect(200);
        let rating = json!({"number": petition.number, "secret": petition.secret, "score": 2});
        app.post(&format!("{}/satisfaction", petition.path)).user("citizen2").once().json(&rating).send().expect(201);
        let about = get(&app, custodian, &format!("/v1/mails?about=petitions/{id}")).expect(200)["items"].clone();
        let mut subjects: Vec<String> =
            about.as_array().unwrap().iter().map(|mail| format!("mails/{}", mail["id"].as_str().unwrap())).collect();
        assert!(subjects.len() >= 2, "the code, and the reply");
        subjects.extend([format!("petitions/{id}"), format!("uploads/{}", upload.id)]);
        let is_of = |line: &Value| {
            let subject = line["subject"].as_str().unwrap();
            subjects.iter().any(|one| subject == one || subject.starts_with(&format!("{one}/")))
        };
        let all: Vec<Value> = lines(&app, "").into_iter().filter(|line| is_of(line)).collect();
        let has = |action: &str| all.iter().any(|line| line["action"] == action);
        assert!(has("petition.received") && has("petition.rated") && has("mail.written"), "{all:?}");
        let theirs = lines(&app, &format!("&actor={me}"));
        if custodian == "director1" {
            assert!(all.iter().any(|line| line["actor"] == *me), "the control: its custodian reads who brought it");
            assert!(theirs.iter().any(is_of));
            continue;
        }
        for line in &all {
            let told = json!([line["actor"], line["client"], line["address"], line["trace_id"], line["purpose"]]);
            assert_eq!(told, json!([HIDDEN, HIDDEN, HIDDEN, "", HIDDEN]), "{line}");
        }
        assert!(!theirs.iter().any(is_of), "to ask who acted is to be told it: {theirs:?}");
        let whole = json!(lines(&app, "")).to_string();
        assert!(!whole.contains("李小華"), "{whole}");
    }
}
