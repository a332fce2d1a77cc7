//! Who looks after a petition, and how its secret ends: by release and by two people, never by a detour, a claim or a guess.

use serde_json::{Value, json};

use crate::petition_secrecy::{is_nothing_to, let_out, lists, log, report};
use crate::petitions::{Taken, account, act, draft, get, hand_over, letter, send, status, take, track, with};
use crate::support::{Answer, TestApp, called, person};

pub fn patch(app: &TestApp, user: &str, petition: &Taken, body: &Value) -> Answer {
    let tag = get(app, user, &petition.path);
    let tag = tag.headers.get("etag").map_or("\"v1\"", String::as_str).to_owned();
    app.call("PATCH", &petition.path).user(user).if_match(&tag).json(body).send()
}

pub fn of(app: &TestApp, users: &[&str]) -> Value {
    users.iter().map(|user| json!({"kind": "ACCOUNT", "account_id": account(app, user)})).collect()
}

pub fn not_allowed(answer: &Answer, at: &str) {
    assert_eq!(answer.fields(), [(at.to_owned(), "not_allowed".to_owned())], "{}", answer.text);
}

/// Makes an account the county's ethics unit.
fn appoint_ethics_unit(app: &TestApp) {
    let duty = "roles = '[\"CTY\"]', duties = '[\"PETITION_CUSTODIAN\"]', service_point = NULL";
    app.sql(&format!("UPDATE accounts SET {duty} WHERE username = 'reviewer2'"));
}

#[test]
fn no_exit_from_an_early_state_ends_the_protection_of_a_report() {
    for channel in ["PHONE", "COUNTER", "DIRECTOR_MEETING"] {
        let app = TestApp::new();
        let before: Vec<_> = ["chief1", "director1"].map(|user| lists(&app, user)).into();
        let petition = take(&app, Some("clerk4"), &with(report(json!([])), "channel", json!(channel)));
        act(&app, "clerk4", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
        assert_eq!(status(&app, &petition), "WITHDRAWN");
        for (user, before) in ["chief1", "director1"].iter().zip(&before) {
            is_nothing_to(&app, user, &petition, before);
        }
        let again = act(&app, "chief2", &petition, "reopen", &json!({"new_facts": "另有新事證"}));
        assert_eq!(again.expect(200)["status"], "QUARANTINE", "taken up where it was left");
        let due = again.body["due_at"].clone();
        assert!(due.is_string(), "its time runs from its receipt");
        is_nothing_to(&app, "director1", &petition, &before[1]);
        let_out(&app, &petition, "chief2", &json!([]));
        let shown = get(&app, "chief1", &petition.path).expect(200).clone();
        assert_eq!((&shown["status"], &shown["due_at"]), (&json!("RECEIVED"), &due));
    }
    // Whatever is confidential, and not a report alone.
    let app = TestApp::new();
    let before = lists(&app, "director1");
    let spoken = with(with(letter("RIGHTS"), "confidential", json!(true)), "channel", json!("PHONE"));
    let petition = take(&app, Some("clerk4"), &spoken);
    act(&app, "clerk4", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    is_nothing_to(&app, "director1", &petition, &before);
    let petition = take(&app, Some("clerk4"), &spoken);
    act(&app, "clerk4", &petition, "sign", &json!({})).expect(200);
    get(&app, "director1", &petition.path).expect(200);
}

#[test]
fn neither_history_nor_log_tells_who_brought_a_confidential_petition() {
    let app = TestApp::new();
    for whistleblower in ["clerk2", "citizen1"] {
        let me = format!("accounts/{}", account(&app, whistleblower).as_str().unwrap());
        let body = with(with(report(json!([])), "channel", json!("MAILBOX")), "whistleblower", json!(true));
        let petition = take(&app, Some(whistleblower), &body);
        let_out(&app, &petition, "chief2", &json!([]));
        act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
        let history = format!("{}/history", petition.path);
        for user in ["clerk3", "chief1", "director1"] {
            let shown = get(&app, user, &history);
            assert!(!shown.text.contains(&me), "{user}: {}", shown.text);
            assert_eq!(shown.expect(200)["items"][0]["actor"], "＊＊＊");
        }
        assert_eq!(get(&app, "chief2", &history).expect(200)["items"][0]["actor"], me, "its custodian reads the original");
        let id = petition.path.rsplit('/').next().unwrap();
        let lines = app.get("/v1/audit-log?action=petition.received&limit=100").user("director1").send();
        let line =
            lines.expect(200)["items"].as_array().unwrap().iter().find(|line| line["subject"].as_str().unwrap().contains(id));
        let line = line.unwrap();
        assert_eq!((&line["actor"], &line["address"], &line["trace_id"]), (&json!("＊＊＊"), &json!("＊＊＊"), &json!("")));
        let asked = app.get(&format!("/v1/audit-log?actor={me}&limit=100")).user("director1").send();
        assert!(!asked.expect(200).to_string().contains(id), "to ask who acted is to be told it");
    }
    // The control: who took an open one is told.
    let open = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let shown = get(&app, "chief1", &format!("{}/history", open.path));
    assert!(shown.expect(200)["items"][0]["actor"].as_str().unwrap().starts_with("accounts/"));
}

#[test]
fn nobody_learns_by_guessing_who_is_behind_a_confidential_petition() {
    let app = TestApp::new();
    app.name_holder("clerk2", 9);
    let petition = take(&app, Some("clerk1"), &with(report(json!([])), "petitioner", person(9)));
    let_out(&app, &petition, "chief2", &json!([]));
    for user in ["clerk1", "clerk2", "clerk3", "clerk4"] {
        act(&app, "chief1", &petition, "assign", &json!({"handler_id": account(&app, user)})).refused(403, "forbidden");
    }
    let refused = act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk2")}));
    not_allowed(&refused, "/handler_id");
    let logged = app.get("/v1/audit-log?action=petition.assignment_refused").user("director1").send();
    assert_eq!(logged.expect(200)["items"].as_array().unwrap().len(), 1, "a guess is told by the log");
    // Nor by petitions of which they know who has written them.
    let answered = |number: u32, confidential: bool| {
        let body = with(with(letter("SUGGESTION"), "petitioner", person(number)), "confidential", json!(confidential));
        let petition = take(&app, Some("clerk1"), &body);
        act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
        act(&app, "clerk3", &petition, "draft-reply", &draft("FINAL")).expect(200);
        act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
        act(&app, "clerk3", &petition, "reply", &json!({})).expect(200);
        hand_over(&app, "chief2", &petition);
        petition.path.rsplit('/').next().unwrap().to_owned()
    };
    let tried = |user: &str, of: &Taken, ids: &[String]| {
        let filing = json!({"ground": "ALREADY_ANSWERED", "earlier_ids": ids});
        act(&app, user, of, "file-without-reply", &json!({"filing": filing, "reason": "已答復"}))
    };
    let (theirs, others) = ([answered(9, false), answered(9, false)], [answered(5, false), answered(5, false)]);
    let confidential = answered(9, true);
    let secret = with(with(letter("SUGGESTION"), "petitioner", person(9)), "confidential", json!(true));
    let petition = take(&app, Some("clerk1"), &secret);
    let answers = [&theirs, &others].map(|ids| {
        let refused = tried("chief1", &petition, ids);
        (refused.fields(), refused.refused(422, "invalid")["errors"].clone())
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, [("/filing/ground".to_owned(), "not_met".to_owned())]);
    tried("chief2", &petition, &theirs).expect(200);
    let shown = get(&app, "director1", &petition.path);
    assert_eq!(shown.expect(200)["filing"]["earlier_ids"], json!([]), "all are one petitioner's");
    // A confidential one is not known by an open one of the same petitioner.
    let open = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "petitioner", person(9)));
    let [first, _] = theirs;
    let both = [first, confidential];
    let refused = tried("chief1", &open, &both);
    assert_eq!(refused.fields(), [("/filing/earlier_ids".to_owned(), "not_met".to_owned())]);
    tried("chief2", &open, &both).expect(200);
    let shown = get(&app, "director1", &open.path);
    assert_eq!(shown.expect(200)["filing"]["earlier_ids"], json!([both[0]]), "whose the other is stays its custodian's");
}

#[test]
fn whoever_closes_a_day_learns_of_no_limit_that_ends_on_it() {
    let lines = |hidden: Option<&str>| {
        let app = TestApp::new();
        if let Some(channel) = hidden {
            let about = with(with(letter("SUGGESTION"), "confidential", json!(false)), "concerns", of(&app, &["director1"]));
            let mut about = with(about, "channel", json!(channel));
            if channel == "EMAIL" {
                // Its petitioner is told by mail until when they may appeal: until that day.
                about["contact"] = json!({"email": "someone@example.org"});
                about["against_decision"] = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-08"});
            }
            take(&app, Some("clerk1"), &about);
        }
        let body = json!({"date": "2026-12-08", "part": "ALL", "reason": "颱風停止上班"});
        app.post("/v1/calendar/closures").user("chief1").once().json(&body).send().expect(201);
        let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200)["items"].clone();
        let all: Vec<Value> = log.as_array().unwrap().iter().map(|line| line["action"].clone()).collect();
        let end = all.iter().position(|action| action == "closure.created").unwrap();
        // As far as the request to close it goes back.
        let beginning = all.iter().position(|action| action == "petitions.recounted").unwrap();
        let (from, to) = (end.min(beginning), end.max(beginning));
        all[from..=to].to_vec()
    };
    for channel in ["LETTER", "EMAIL"] {
        assert_eq!(lines(Some(channel)), lines(None), "{channel}");
    }
}

#[test]
fn no_claim_and_no_number_hides_a_petition_from_everybody() {
    // The number of the custodian.
    let app = TestApp::new();
    app.name_holder("chief2", 9);
    let nameless = with(report(json!([])), "petitioner", person(9));
    let petition = take(&app, Some("clerk1"), &nameless);
    get(&app, "chief2", &petition.path).refused(404, "not_found");
    assert_eq!(get(&app, "director1", &petition.path).expect(200)["status"], "QUARANTINE");
    // The numbers of all who could look after it: the last who is left keeps it.
    let app = TestApp::new();
    for (user, number) in [("chief1", 11), ("chief2", 12), ("director1", 13)] {
        app.name_holder(user, number);
    }
    let mut group = with(letter("RIGHTS"), "petitioner", person(11));
    group["others"] = json!([person(12), person(13)]);
    let petition = take(&app, Some("clerk1"), &group);
    get(&app, "chief1", &petition.path).refused(404, "not_found");
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["status"], "RECEIVED", "the custodian is the first of the line");
    // A clerk who names everybody.
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("RIGHTS"));
    let everybody = json!({"concerns": of(&app, &["chief1", "chief2", "director1", "clerk1"])});
    not_allowed(&patch(&app, "clerk1", &petition, &everybody), "/concerns");
    for user in ["clerk1", "chief1", "chief2", "director1"] {
        get(&app, user, &petition.path).expect(200);
    }
    // A custodian who names a service point with all chiefs, and the director.
    let petition = take(&app, Some("clerk1"), &report(json!([])));
    let mut all = of(&app, &["director1"]);
    all.as_array_mut().unwrap().push(json!({"kind": "SERVICE_POINT", "service_point": "HEMEI"}));
    let kept = lists(&app, "chief1");
    not_allowed(&patch(&app, "chief2", &petition, &json!({"concerns": all})), "/concerns");
    get(&app, "chief2", &petition.path).expect(200);
    is_nothing_to(&app, "chief1", &petition, &kept);
}

#[test]
fn what_accuses_everybody_of_the_office_is_the_countys() {
    let app = TestApp::new();
    appoint_ethics_unit(&app);
    let accused = ["chief1", "chief2", "director1"];
    let petition = take(&app, Some("clerk1"), &report(of(&app, &accused)));
    for user in accused {
        get(&app, user, &petition.path).refused(404, "not_found");
    }
    let shown = get(&app, "reviewer2", &petition.path);
    assert_eq!((&shown.expect(200)["with_county"], &shown.body["petitioners"]), (&json!(true), &Value::Null));
    assert!(shown.text.contains(report(json!([]))["body"].as_str().unwrap()));
    assert_eq!(track(&app, &petition.number, &petition.secret).expect(200)["with_county"], true);
    let id = petition.path.rsplit('/').next().unwrap();
    assert!(log(&app, &app.client_token("county")).contains(id), "the county's log tells that it is there");
    // Anything else is not the county's.
    let other = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    get(&app, "reviewer2", &other.path).refused(404, "not_found");
    assert_eq!(track(&app, &other.number, &other.secret).expect(200)["with_county"], false);
    // It takes a wrong name out, or sends it to whoever is competent.
    let fewer = json!({"concerns": of(&app, &["chief1", "director1"]), "reason": "經查與其無涉"});
    patch(&app, "reviewer2", &petition, &fewer).expect(200);
    get(&app, "reviewer2", &petition.path).refused(404, "not_found");
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["status"], "QUARANTINE");
    let petition = take(&app, Some("clerk1"), &report(of(&app, &accused)));
    let settled = json!({"concerns": of(&app, &accused)});
    patch(&app, "reviewer2", &petition, &settled).expect(200);
    act(&app, "reviewer2", &petition, "screen", &json!({"accept": true, "reason": "移縣府"})).expect(200);
    let away = json!({"to": "彰化縣政府政風處", "reason": "涉及主管"});
    act(&app, "reviewer2", &petition, "transfer", &away).expect(200);
    for user in accused {
        get(&app, user, &petition.path).refused(404, "not_found");
    }
}

#[test]
fn what_is_spoken_about_everybody_at_the_desk_is_signed_by_whoever_is_left() {
    let app = TestApp::new();
    let point = app.get("/v1/me").user("clerk1").send().expect(200)["service_point"].clone();
    let about = with(report(json!([{"kind": "SERVICE_POINT", "service_point": point}])), "channel", json!("COUNTER"));
    let made = send(&app, Some("clerk1"), &about);
    assert!(made.expect(201).get("secret").is_none());
    let petition = Taken { path: made.headers["location"].clone(), number: String::new(), secret: String::new() };
    for user in ["clerk1", "chief1", "chief2"] {
        get(&app, user, &petition.path).refused(404, "not_found");
    }
    assert_eq!(act(&app, "director1", &petition, "sign", &json!({})).expect(200)["status"], "QUARANTINE");
    let settled = patch(&app, "director1", &petition, &json!({"concerns": about["concerns"]}));
    assert!(settled.expect(200)["renewed_secret"].is_string());
    act(&app, "director1", &petition, "screen", &json!({"accept": true, "reason": "已設定對象"})).expect(200);
    act(&app, "director1", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    act(&app, "clerk3", &petition, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk3", &petition, "reply", &json!({})).expect(200);
}

#[test]
fn names_are_taken_out_by_another_than_whoever_named_them() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk3"), &letter("RIGHTS"));
    patch(&app, "clerk1", &petition, &json!({"concerns": of(&app, &["chief1"])})).expect(200);
    get(&app, "chief1", &petition.path).refused(404, "not_found");
    let none = json!({"concerns": [], "reason": "無涉"});
    not_allowed(&patch(&app, "clerk1", &petition, &none), "/concerns");
    get(&app, "chief1", &petition.path).refused(404, "not_found");
    let silent = patch(&app, "director1", &petition, &json!({"concerns": []}));
    assert_eq!(silent.fields(), [("/reason".to_owned(), "required".to_owned())]);
    patch(&app, "director1", &petition, &none).expect(200);
    get(&app, "chief1", &petition.path).expect(200);
    // A supervisor by whom somebody is named is not the one either, by whichever account.
    patch(&app, "director1", &petition, &json!({"concerns": of(&app, &["clerk1"])})).expect(200);
    patch(&app, "director1", &petition, &none).refused(409, "same_person");
    patch(&app, "chief2", &petition, &none).expect(200);
    // A custodian who has named themself is brought back by others.
    let petition = take(&app, Some("clerk3"), &report(json!([])));
    let_out(&app, &petition, "chief2", &json!([]));
    patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &["chief2"])})).expect(200);
    get(&app, "chief2", &petition.path).refused(404, "not_found");
    patch(&app, "director1", &petition, &none).expect(200);
    get(&app, "chief2", &petition.path).expect(200);
}

#[test]
fn whatever_a_whistleblower_says_is_confidential_and_waits_for_its_custodian() {
    for kind in ["RIGHTS", "SUGGESTION", "INQUIRY"] {
        let app = TestApp::new();
        let before = lists(&app, "director1");
        let said = with(with(letter(kind), "whistleblower", json!(true)), "confidential", json!(false));
        let petition = take(&app, Some("clerk3"), &said);
        assert_eq!(status(&app, &petition), "QUARANTINE");
        is_nothing_to(&app, "director1", &petition, &before);
        assert_eq!(get(&app, "chief2", &petition.path).expect(200)["confidential"], true);
    }
    // Marked later it goes to its custodian from wherever it is.
    let app = TestApp::new();
    let before: Vec<_> = ["clerk1", "clerk2", "chief1"].map(|user| lists(&app, user)).into();
    let petition = take(&app, Some("clerk3"), &letter("RIGHTS"));
    crate::petitions::assign(&app, &petition, "clerk2");
    act(&app, "clerk2", &petition, "draft-reply", &draft("FINAL")).expect(200);
    assert_eq!(patch(&app, "clerk2", &petition, &json!({"whistleblower": true})).expect(200)["status"], "QUARANTINE");
    for (user, before) in ["clerk1", "clerk2", "chief1"].iter().zip(&before) {
        is_nothing_to(&app, user, &petition, before);
    }
    let_out(&app, &petition, "chief2", &json!([]));
    let away = json!({"to": "彰化縣政府政風處", "reason": "涉及違失", "with_identity": true});
    let refused = act(&app, "chief1", &petition, "transfer", &away);
    assert_eq!(refused.fields(), [("/identity_ground".to_owned(), "required".to_owned())]);
    // A mark falls by two.
    act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk2")})).expect(200);
    let off = json!({"whistleblower": false, "reason": "非揭弊事項"});
    not_allowed(&patch(&app, "clerk2", &petition, &off), "/whistleblower");
    not_allowed(&patch(&app, "chief2", &petition, &json!({"confidential": false, "reason": "公開"})), "/confidential");
    let silent = patch(&app, "chief2", &petition, &json!({"whistleblower": false}));
    assert_eq!(silent.fields(), [("/reason".to_owned(), "required".to_owned())]);
    let proposed = patch(&app, "chief2", &petition, &with(off, "confidential", json!(false)));
    assert_eq!((&proposed.expect(200)["whistleblower"], &proposed.body["confidential"]), (&json!(true), &json!(true)));
    assert_eq!(proposed.body["lifting"]["whistleblower"], true);
    let decide = |user: &str, approve: bool| patch(&app, user, &petition, &json!({"approve_lifting": approve}));
    decide("chief2", true).refused(409, "own_request");
    decide("clerk2", true).refused(403, "forbidden");
    let blind = app.call("PATCH", &petition.path).user("director1").if_match("*").json(&json!({"approve_lifting": true}));
    blind.send().refused(428, "precondition_required");
    let lifted = decide("director1", true);
    assert_eq!((&lifted.expect(200)["whistleblower"], &lifted.body["confidential"]), (&json!(false), &json!(false)));
    assert!(lifted.body["lifting"].is_null());
    decide("director1", true).refused(409, "conflict");
}

#[test]
fn the_handler_of_a_confidential_petition_reads_no_text_that_tells_the_person() {
    let app = TestApp::new();
    let mut body = with(report(json!([])), "petitioner", json!({"name": "王大明"}));
    body["contact"] = json!({
        "phone": "0912345678", "email": "daming@example.org", "address": "臺北市大安區和平東路一段1號"
    });
    body["subject"] = json!("王 大 明檢舉");
    body["forwarded_by"] = json!("某立法委員服務處");
    body["against_decision"] = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    let petition = take(&app, Some("clerk1"), &body);
    let_out(&app, &petition, "chief2", &json!([]));
    act(&app, "chief2", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")})).expect(200);
    let came = "我是王 大 明，電話０９１２－３４５－６７８，ＤＡＭＩＮＧ@example.org，住和平東路1段1號。";
    act(&app, "chief2", &petition, "supplement", &json!({"text": came})).expect(200);
    let tells = ["王", "大明", "0912", "０９１２", "678", "６７８", "和平東路", "DAMING", "ＤＡＭＩＮＧ", "立法委員", "000001"];
    for user in ["clerk3", "chief1", "director1"] {
        for end in ["", "/history", "/deadline"] {
            let shown = get(&app, user, &format!("{}{end}", petition.path));
            let mut told = shown.expect(200).clone();
            (told["id"], told["number"], told["handler_id"]) = (Value::Null, Value::Null, Value::Null);
            for tell in tells {
                assert!(!told["subject"].to_string().contains(tell), "{user} {end} {tell}: {}", shown.text);
                assert!(!told["supplements"].to_string().contains(tell), "{user} {end} {tell}: {}", shown.text);
                assert!(!told["body"].to_string().contains(tell), "{user} {end} {tell}: {}", shown.text);
            }
            assert!(told["forwarded_by"].is_null() && told["against_decision"].is_null());
        }
    }
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["supplements"][0]["text"], came);
    let why = json!({"reason": "須查該處分"});
    let revealed = app.post(&format!("{}:reveal", petition.path)).user("clerk3").json(&why).send();
    assert_eq!(revealed.expect(200)["against_decision"]["case_number"], "115-HEMEI-000001");
    not_allowed(&patch(&app, "clerk3", &petition, &json!({"shown_subject": "檢舉"})), "/shown_subject");
    patch(&app, "chief2", &petition, &json!({"shown_subject": "檢舉某同仁"})).expect(200);
    assert_eq!(get(&app, "clerk3", &petition.path).expect(200)["subject"], "檢舉某同仁");
    assert_eq!(get(&app, "chief2", &petition.path).expect(200)["subject"], "王 大 明檢舉");
}

#[test]
fn whoever_takes_what_concerns_them_is_handed_no_secret() {
    let app = TestApp::new();
    let body = report(of(&app, &["clerk2"]));
    let made = send(&app, Some("clerk2"), &body);
    assert!(made.expect(201).get("secret").is_none());
    let petition = Taken {
        path: made.headers["location"].clone(),
        number: made.body["number"].as_str().unwrap().to_owned(),
        secret: String::new(),
    };
    track(&app, &petition.number, "x").refused(404, "not_found");
    let settled = patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &["clerk2"])}));
    let secret = settled.expect(200)["renewed_secret"].as_str().unwrap().to_owned();
    track(&app, &petition.number, &secret).expect(200);
    // Of an open one as well, by whoever may hand it over.
    let open = with(letter("SUGGESTION"), "concerns", of(&app, &["clerk2"]));
    let made = send(&app, Some("clerk2"), &open);
    assert!(made.expect(201).get("secret").is_none());
    let petition = Taken { path: made.headers["location"].clone(), number: String::new(), secret: String::new() };
    let handed = patch(&app, "chief1", &petition, &json!({"concerns": of(&app, &["clerk2"])}));
    assert!(handed.expect(200)["renewed_secret"].is_string());
    // Who writes for themself, by their number, keeps what is theirs.
    app.name_holder("clerk3", 9);
    let point = app.get("/v1/me").user("clerk3").send().expect(200)["service_point"].clone();
    let about = json!([{"kind": "SERVICE_POINT", "service_point": point}]);
    let theirs = with(with(report(about.clone()), "channel", json!("MAILBOX")), "petitioner", person(9));
    let own = take(&app, Some("clerk3"), &theirs);
    let settled = patch(&app, "chief2", &own, &json!({"concerns": about}));
    assert!(settled.expect(200).get("renewed_secret").is_none());
    track(&app, &own.number, &own.secret).expect(200);
}

#[test]
fn whoever_stood_at_a_service_point_when_it_was_named_stays_concerned_wherever_they_go() {
    let app = TestApp::new();
    let point = app.get("/v1/me").user("clerk3").send().expect(200)["service_point"].clone();
    let before = lists(&app, "clerk3");
    let body = with(letter("SUGGESTION"), "concerns", json!([{"kind": "SERVICE_POINT", "service_point": point}]));
    let petition = take(&app, None, &with(body, "channel", json!("MAILBOX")));
    is_nothing_to(&app, "clerk3", &petition, &before);
    app.sql("UPDATE accounts SET service_point = 'SHENGANG' WHERE username = 'clerk3'");
    is_nothing_to(&app, "clerk3", &petition, &before);
    let refused = act(&app, "chief1", &petition, "assign", &json!({"handler_id": account(&app, "clerk3")}));
    not_allowed(&refused, "/handler_id");
    // Said again, whoever stood there then is not let off.
    let again = json!({"concerns": [{"kind": "SERVICE_POINT", "service_point": point}, {"kind": "OTHER", "words": "櫃檯"}]});
    patch(&app, "chief1", &petition, &again).expect(200);
    is_nothing_to(&app, "clerk3", &petition, &before);
}

#[test]
fn what_is_under_way_goes_with_whom_the_petition_comes_to_concern() {
    for (accused, drafter, approver) in [("clerk2", "clerk2", "chief1"), ("chief1", "clerk2", "chief1")] {
        let app = TestApp::new();
        let petition = take(&app, Some("clerk3"), &letter("INQUIRY"));
        crate::petitions::assign(&app, &petition, drafter);
        act(&app, drafter, &petition, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
        act(&app, drafter, &petition, "draft-reply", &draft("FINAL")).expect(200);
        let approved = act(&app, approver, &petition, "approve-reply", &json!({"draft": 1, "approve": true}));
        assert_eq!(approved.expect(200)["status"], "APPROVED");
        let named = patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &[accused])}));
        assert_eq!(named.expect(200)["status"], "ASSIGNED", "{accused}");
        assert_eq!((&named.body["draft"], &named.body["approved_draft"]), (&Value::Null, &Value::Null));
        assert_eq!(named.body["extension"].is_null(), accused == drafter);
        act(&app, "chief2", &petition, "reply", &json!({})).refused(409, "wrong_state");
        act(&app, "chief2", &petition, "draft-reply", &draft("FINAL")).expect(200);
        let stale = act(&app, "director1", &petition, "approve-reply", &json!({"draft": 1, "approve": true}));
        stale.refused(409, "conflict");
        act(&app, "director1", &petition, "approve-reply", &json!({"draft": 2, "approve": true})).expect(200);
    }
    let app = TestApp::new();
    let petition = take(&app, Some("clerk3"), &with(letter("SUGGESTION"), "petitioner", Value::Null));
    let out = json!({"accept": false, "reason": "未具名", "filing": {"ground": "NO_NAME"}});
    act(&app, "chief1", &petition, "screen", &out).expect(200);
    let named = patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &["chief1"])}));
    assert_eq!((&named.expect(200)["status"], &named.body["filing"]), (&json!("RECEIVED"), &Value::Null));
    assert!(named.body["due_at"].is_string());
    // Whom it does not concern keeps it, but for the charge.
    let petition = take(&app, Some("clerk3"), &letter("INQUIRY"));
    crate::petitions::assign(&app, &petition, "clerk2");
    act(&app, "chief1", &petition, "draft-reply", &draft("FINAL")).expect(200);
    let named = patch(&app, "chief2", &petition, &json!({"concerns": of(&app, &["clerk2"])}));
    assert_eq!((&named.expect(200)["status"], &named.body["handler_id"]), (&json!("IN_APPROVAL"), &Value::Null));
    let waiting = app.get("/v1/petitions?queue=TO_ASSIGN").user("chief1").send();
    assert!(waiting.text.contains(&petition.number), "it waits to be assigned: {}", waiting.text);
}

#[test]
fn what_somebody_is_called_is_hidden_in_a_reason_as_well() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &with(report(json!([])), "petitioner", person(9)));
    let_out(&app, &petition, "chief2", &json!([]));
    let why = json!({"handler_id": account(&app, "clerk3"), "reason": format!("{}指定", called(9))});
    act(&app, "chief2", &petition, "assign", &why).expect(200);
    let shown = get(&app, "clerk3", &format!("{}/history", petition.path));
    assert!(!shown.text.contains(&called(9)) && shown.text.contains("＊＊＊指定"), "{}", shown.text);
}
