//! Petitions on one matter are merged and answered together: files are merged, not people. What was merged is taken apart again.

use serde_json::{Value, json};

use crate::mails::with_relay;
use crate::petition_secrecy::report;
use crate::petitions::{Taken, account, act, assign, draft, get, hand_over, letter, replied, status, take, track, with};
use crate::relay::Letter;
use crate::support::{Answer, TestApp};

pub fn id(petition: &Taken) -> String {
    petition.path.rsplit('/').next().unwrap().to_owned()
}

pub fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

pub fn merge(app: &TestApp, user: &str, petition: &Taken, into: &str) -> Answer {
    act(app, user, petition, "merge", &json!({"into_id": into, "reason": "同一路段，併案答復"}))
}

pub fn unmerge(app: &TestApp, petition: &Taken) -> Answer {
    act(app, "chief1", petition, "unmerge", &json!({"reason": "並非同一事由"}))
}

fn by_mail(kind: &str, to: &str) -> Value {
    with(letter(kind), "contact", json!({"email": to}))
}

/// One petition merged into another.
pub fn merged(app: &TestApp, kind: &str) -> (Taken, Taken) {
    let (main, other) = (take(app, Some("clerk1"), &letter(kind)), take(app, Some("clerk1"), &letter(kind)));
    merge(app, "chief1", &other, &id(&main)).expect(200);
    (main, other)
}

/// How often the feed tells something of a petition.
fn told_of(app: &TestApp, petition: &Taken, what: &str) -> usize {
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    app.contents()["events"].iter().filter(|row| row.contains(&id(petition)) && row.contains(what)).count()
}

fn listed(app: &TestApp, user: &str, query: &str) -> Vec<String> {
    let list = app.get(&format!("/v1/petitions?limit=100{query}")).user(user).send().expect(200)["items"].clone();
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

pub fn actions(app: &TestApp, petition: &Taken) -> Vec<String> {
    let history = get(app, "chief1", &format!("{}/history", petition.path)).expect(200)["items"].clone();
    history.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_reply_reaches_each_petitioner_by_a_mail_of_their_own_in_their_own_language() {
    let (app, relay) = with_relay();
    let main = take(&app, Some("clerk1"), &by_mail("INQUIRY", "someone@example.org"));
    let other = take(&app, Some("clerk1"), &with(by_mail("INQUIRY", "another@example.org"), "language", json!("en")));
    let shown = merge(&app, "chief1", &other, &id(&main));
    assert_eq!(
        (&shown.expect(200)["status"], &shown.body["merged_into_id"]),
        (&json!("MERGED"), &json!(id(&main))),
        "{}",
        shown.text
    );
    assert_eq!(get(&app, "chief1", &main.path).expect(200)["merged_ids"], json!([id(&other)]));
    assign(&app, &main, "clerk2");
    get(&app, "clerk2", &other.path).expect(200);
    let lacking = act(&app, "clerk2", &main, "draft-reply", &draft("FINAL"));
    assert_eq!(lacking.fields(), field("/translation", "required"));
    let english = json!({"text": "Please bring the plate.", "legal_ground": "HRA §17"});
    let lacking = act(&app, "clerk2", &main, "draft-reply", &with(draft("FINAL"), "translation", english.clone()));
    assert_eq!(lacking.fields(), field("/translation/remedies", "required"));
    let english = with(english, "remedies", json!("An administrative appeal."));
    act(&app, "clerk2", &main, "draft-reply", &with(draft("FINAL"), "translation", english)).expect(200);
    act(&app, "chief1", &main, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk2", &main, "reply", &json!({})).expect(200);
    app.send_mail();
    let letters = relay.letters();
    let to = |address: &str| letters.iter().filter(|letter| letter.to.contains(address)).map(Letter::text).collect();
    let (theirs, others): (Vec<String>, Vec<String>) = (to("someone@example.org"), to("another@example.org"));
    assert_eq!((theirs.len(), others.len(), letters.len()), (1, 2, 3), "one each, to nobody else, and that it was merged");
    assert!(theirs[0].contains("依規定辦理") && theirs[0].contains(&main.number) && !theirs[0].contains(&other.number));
    assert_eq!(others.iter().filter(|text| text.contains("Please bring the plate.")).count(), 1, "{others:?}");
    assert_eq!(others.iter().filter(|text| text.contains("together with others")).count(), 1, "{others:?}");
    for text in &others {
        assert!(text.contains(&other.number) && !text.contains(&main.number) && !text.contains("依規定辦理"), "{text}");
    }
    let read = track(&app, &other.number, &other.secret);
    assert_eq!(read.expect(200)["replies"][0]["text"], "Please bring the plate.");
    assert!(read.body["first_reply_at"].is_string() && !read.text.contains(&main.number) && !read.text.contains(&id(&main)));
    assert_eq!(read.body["status"], "MERGED");
    // Each rates the answer by their own secret, and whoever drafted or approved it is not shown how.
    let rate = |secret: &str| {
        let body = json!({"number": other.number, "secret": secret, "score": 2});
        app.post(&format!("{}/satisfaction", other.path)).once().json(&body).send()
    };
    rate(&main.secret).refused(404, "not_found");
    rate(&other.secret).expect(201);
    assert!(get(&app, "chief1", &other.path).expect(200)["rating"].is_null());
    assert_eq!(get(&app, "director1", &other.path).expect(200)["rating"]["score"], 2);
}

#[test]
fn whoever_drafted_a_common_reply_is_not_shown_how_any_of_them_rates_it() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    assign(&app, &main, "chief1");
    act(&app, "chief1", &main, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "director1", &main, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "chief1", &main, "reply", &json!({})).expect(200);
    let body = json!({"number": other.number, "secret": other.secret, "score": 1});
    app.post(&format!("{}/satisfaction", other.path)).once().json(&body).send().expect(201);
    unmerge(&app, &other).expect(200);
    for user in ["chief1", "director1"] {
        assert!(get(&app, user, &other.path).expect(200)["rating"].is_null(), "{user}: nor once it is on its own");
    }
    assert_eq!(get(&app, "chief2", &other.path).expect(200)["rating"]["score"], 1);
}

#[test]
fn a_merged_petition_leaves_the_queues_and_its_limit_presses_the_one_that_is_answered() {
    let app = TestApp::new();
    let main = take(&app, Some("clerk1"), &letter("RIGHTS"));
    let other = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let due = get(&app, "chief1", &other.path).expect(200)["due_at"].clone();
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assert_eq!(get(&app, "chief1", &other.path).expect(200)["due_at"], due, "its own");
    let in_queue = |name: &str| {
        let all = listed(&app, "chief1", &format!("&queue={name}"));
        (all.contains(&id(&main)), all.contains(&id(&other)))
    };
    assert_eq!(in_queue("TO_ASSIGN"), (true, false));
    assert_eq!(in_queue("OVERDUE"), (false, false));
    app.set_clock("2026-12-02T09:00:00+08:00");
    assert_eq!(in_queue("DUE_SOON"), (true, false));
    app.tick();
    app.tick();
    assert_eq!((told_of(&app, &other, "petition.due_soon"), told_of(&app, &main, "petition.due_soon")), (1, 0));
    app.set_clock("2026-12-03T09:00:00+08:00");
    assert_eq!(in_queue("OVERDUE"), (true, false));
    app.tick();
    assert_eq!((told_of(&app, &other, "petition.overdue"), told_of(&app, &main, "petition.overdue")), (1, 0));
    unmerge(&app, &other).expect(200);
    assert_eq!(in_queue("OVERDUE"), (false, true), "its clock never stood still");
}

#[test]
fn a_limit_within_which_a_merged_petition_was_answered_is_told_to_nobody() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "INQUIRY");
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    for moment in ["2026-12-02T09:00:00+08:00", "2026-12-03T09:00:00+08:00"] {
        app.set_clock(moment);
        app.tick();
    }
    assert_eq!((told_of(&app, &other, "petition.due_soon"), told_of(&app, &other, "petition.overdue")), (0, 0));
    assert!(!listed(&app, "chief1", "&queue=OVERDUE").contains(&id(&main)));
}

#[test]
fn limits_of_merged_petitions_follow_the_offices_days() {
    let app = TestApp::new();
    let (_, other) = merged(&app, "INQUIRY");
    hand_over(&app, "chief1", &other);
    assert_eq!(get(&app, "chief1", &other.path).expect(200)["due_at"], "2026-12-02T23:59:59+08:00");
    let set = app.call("PUT", "/v1/calendar/days/2026-11-25").user("chief1").if_match("\"v0\"");
    set.json(&json!({"kind": "HOLIDAY", "reason": "颱風停班"})).send().expect(200);
    assert_eq!(get(&app, "chief1", &other.path).expect(200)["due_at"], "2026-12-03T23:59:59+08:00");
    let out = unmerge(&app, &other).expect(200).clone();
    assert_eq!(out["due_at"], "2026-12-03T23:59:59+08:00", "by today's calendar");
    let told: Vec<&str> = out["notices"].as_array().unwrap().iter().map(|notice| notice["about"].as_str().unwrap()).collect();
    assert_eq!(told, ["MERGED", "UNMERGED"]);
}

#[test]
fn a_supplement_that_is_awaited_of_a_merged_petition_follows_the_offices_days_and_its_petitioner_is_told() {
    let app = TestApp::new();
    let (main, other) = (take(&app, Some("clerk1"), &letter("SUGGESTION")), take(&app, Some("clerk1"), &letter("SUGGESTION")));
    assign(&app, &other, "clerk2");
    let ask = json!({"what": "請敘明地點", "due_on": "2026-12-04"});
    act(&app, "clerk2", &other, "request-supplement", &ask).expect(200);
    hand_over(&app, "clerk2", &other);
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assert_eq!(track(&app, &other.number, &other.secret).expect(200)["supplement"]["due_on"], "2026-12-04", "still asked for");
    let set = app.call("PUT", "/v1/calendar/days/2026-12-04").user("chief1").if_match("\"v0\"");
    set.json(&json!({"kind": "HOLIDAY", "reason": "颱風停班"})).send().expect(200);
    let moved = track(&app, &other.number, &other.secret).expect(200)["supplement"]["due_on"].clone();
    assert_eq!(moved, "2026-12-07");
    let shown = get(&app, "chief1", &other.path).expect(200)["notices"].to_string();
    assert!(shown.contains("SUPPLEMENT_MOVED"), "{shown}");
    let out = unmerge(&app, &other).expect(200).clone();
    assert_eq!((&out["status"], &out["handler_id"]), (&json!("AWAITING_SUPPLEMENT"), &account(&app, "clerk2")));
    app.set_clock("2026-12-06T12:00:00+08:00");
    app.tick();
    assert_eq!(status(&app, &other), "AWAITING_SUPPLEMENT", "until its other last day");
}

#[test]
fn what_was_taken_down_wrongly_of_a_merged_petition_is_put_right() {
    let app = TestApp::new();
    let (_, other) = merged(&app, "SUGGESTION");
    let change = |body: &Value| {
        let tag = get(&app, "chief1", &other.path).etag().to_owned();
        app.call("PATCH", &other.path).user("chief1").if_match(&tag).json(body).send()
    };
    let right = change(&json!({"contact": {"email": "someone@example.org"}, "reason": "地址誤登"}));
    assert_eq!((&right.expect(200)["status"], &right.body["contact"]["address"]), (&json!("MERGED"), &Value::Null));
    for shared in [json!({"confidential": true}), json!({"concerns": []}), json!({"language": "en", "reason": "誤登"})] {
        change(&shared).refused(409, "conflict");
    }
}

#[test]
fn there_are_no_chains_and_nothing_is_merged_into_what_is_drafted_or_answered() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    let third = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let not_allowed = field("/into_id", "not_allowed");
    assert_eq!(merge(&app, "chief1", &third, &id(&other)).fields(), not_allowed, "nothing into a merged one");
    assert_eq!(merge(&app, "chief1", &third, &id(&third)).fields(), not_allowed);
    let nowhere = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";
    assert_eq!(merge(&app, "chief1", &third, nowhere).fields(), field("/into_id", "unknown"));
    merge(&app, "chief1", &main, &id(&third)).refused(409, "conflict");
    merge(&app, "chief1", &other, &id(&third)).refused(409, "wrong_state");
    let blind = json!({"into_id": id(&third)});
    assert_eq!(act(&app, "chief1", &main, "merge", &blind).fields(), field("/reason", "required"));
    assign(&app, &main, "clerk2");
    merge(&app, "clerk1", &third, &id(&main)).refused(403, "forbidden");
    act(&app, "clerk2", &main, "draft-reply", &draft("FINAL")).expect(200);
    merge(&app, "chief1", &third, &id(&main)).refused(409, "conflict");
    assert_eq!(status(&app, &third), "RECEIVED", "nothing has changed");
    act(&app, "director1", &main, "approve-reply", &json!({"draft": 1, "approve": false, "reason": "併入他案"})).expect(200);
    merge(&app, "chief1", &third, &id(&main)).expect(200);
    assert_eq!(get(&app, "chief1", &main.path).expect(200)["merged_ids"], json!([id(&other), id(&third)]));
}

#[test]
fn a_draft_does_for_each_of_those_that_it_answers() {
    let app = TestApp::new();
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let other = take(&app, Some("clerk1"), &letter("RIGHTS"));
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assign(&app, &main, "clerk2");
    let lacking = json!({"kind": "FINAL", "text": "依規定。", "legal_ground": "戶籍法 §17"});
    assert_eq!(act(&app, "clerk2", &main, "draft-reply", &lacking).fields(), field("/remedies", "required"));
    act(&app, "clerk2", &main, "draft-reply", &draft("FINAL")).expect(200);
}

#[test]
fn a_confidential_petition_is_merged_only_with_one_as_confidential_that_concerns_the_same() {
    let app = TestApp::new();
    let secret = |concerns: Value| {
        let body = with(with(letter("SUGGESTION"), "confidential", json!(true)), "concerns", concerns);
        take(&app, Some("clerk1"), &body)
    };
    let (one, like, open) = (secret(json!([])), secret(json!([])), take(&app, Some("clerk1"), &letter("SUGGESTION")));
    let of_others = secret(json!([{"kind": "OTHER", "words": "某業者"}]));
    let not_allowed = field("/into_id", "not_allowed");
    for (petition, into) in [(&one, &open), (&open, &one), (&one, &of_others), (&of_others, &one)] {
        assert_eq!(merge(&app, "chief2", petition, &id(into)).fields(), not_allowed);
    }
    merge(&app, "chief2", &one, &id(&like)).expect(200);
    // Whoever sees neither learns of neither.
    let hidden = listed(&app, "clerk1", "");
    assert!(!hidden.contains(&id(&one)) && !hidden.contains(&id(&like)) && hidden.contains(&id(&open)));
    let unseen = merge(&app, "chief1", &open, &id(&take(&app, Some("clerk1"), &report(json!([])))));
    assert_eq!(unseen.fields(), field("/into_id", "unknown"), "as if it were not there");
}

#[test]
fn whoever_is_kept_from_one_is_kept_from_all_as_long_as_they_are_merged() {
    let app = TestApp::new();
    let main = take(&app, Some("chief2"), &letter("SUGGESTION"));
    let known = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let concerns = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}]);
    let other = take(&app, Some("chief1"), &with(letter("SUGGESTION"), "concerns", concerns));
    get(&app, "clerk1", &main.path).expect(200);
    get(&app, "clerk1", &other.path).refused(404, "not_found");
    assert_eq!(merge(&app, "chief1", &other, &id(&known)).fields(), field("/into_id", "not_allowed"), "they know its secret");
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    get(&app, "clerk1", &main.path).refused(404, "not_found");
    assert!(!listed(&app, "clerk1", "").contains(&id(&main)));
    let to_them = act(&app, "chief1", &main, "assign", &json!({"handler_id": account(&app, "clerk1")}));
    assert_eq!(to_them.fields(), field("/handler_id", "not_allowed"));
    unmerge(&app, &other).expect(200);
    get(&app, "clerk1", &main.path).expect(200);
}

#[test]
fn merged_petitions_become_as_secret_as_the_one_that_is_answered() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    let change = |user: &str, body: &Value| {
        let tag = get(&app, user, &main.path).etag().to_owned();
        app.call("PATCH", &main.path).user(user).if_match(&tag).json(body).send()
    };
    let names_taker = json!({"concerns": [{"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}]});
    let renewed = change("chief1", &names_taker);
    let secrets = renewed.expect(200)["renewed_secrets"].clone();
    assert_eq!((secrets[0]["number"].as_str(), secrets.as_array().unwrap().len()), (Some(other.number.as_str()), 1));
    track(&app, &other.number, &other.secret).refused(404, "not_found");
    track(&app, &other.number, secrets[0]["secret"].as_str().unwrap()).expect(200);
    get(&app, "clerk1", &other.path).refused(404, "not_found");
    change("chief1", &json!({"confidential": true})).expect(200);
    assert_eq!(get(&app, "chief1", &other.path).expect(200)["confidential"], true);
    let alone = app.call("PATCH", &other.path).user("chief1").if_match("*").json(&json!({"confidential": false})).send();
    alone.refused(409, "conflict");
    // Less secret by nobody's word while each has one of their own.
    let tag = get(&app, "chief2", &main.path).etag().to_owned();
    let less = json!({"confidential": false, "reason": "當事人同意公開"});
    app.call("PATCH", &main.path).user("chief2").if_match(&tag).json(&less).send().refused(409, "conflict");
}

#[test]
fn what_is_unmerged_is_as_it_was_and_each_act_has_its_line() {
    let app = TestApp::new();
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assign(&app, &main, "clerk1");
    for state in ["ASSIGNED", "AWAITING_SUPPLEMENT", "IN_APPROVAL"] {
        let other = take(&app, Some("clerk1"), &letter("INQUIRY"));
        assign(&app, &other, "clerk2");
        match state {
            "AWAITING_SUPPLEMENT" => {
                let ask = json!({"what": "請敘明地點", "due_on": "2026-12-04"});
                act(&app, "clerk2", &other, "request-supplement", &ask).expect(200);
            }
            "IN_APPROVAL" => _ = act(&app, "clerk2", &other, "draft-reply", &draft("FINAL")).expect(200),
            _ => {}
        }
        let before = get(&app, "chief1", &other.path).expect(200).clone();
        let shown = merge(&app, "chief1", &other, &id(&main)).expect(200).clone();
        assert_eq!((&shown["status"], &shown["handler_id"]), (&json!("MERGED"), &account(&app, "clerk1")));
        app.advance(chrono::Duration::hours(1));
        assert_eq!(act(&app, "chief1", &other, "unmerge", &json!({})).fields(), field("/reason", "required"));
        let after = unmerge(&app, &other).expect(200).clone();
        for member in ["status", "handler_id", "due_at", "draft", "supplements", "merged_into_id", "closed_at"] {
            assert_eq!(after[member], before[member], "{state} {member}");
        }
        assert_eq!(after["status"], state);
        let told = actions(&app, &other);
        assert!(told.ends_with(&["merged".to_owned(), "unmerged".to_owned()]), "{told:?}");
    }
    assert_eq!(get(&app, "chief1", &main.path).expect(200)["merged_ids"], json!([]));
    assert_eq!(actions(&app, &main)[2..4], ["another_merged", "another_unmerged"]);
}

#[test]
fn a_letter_to_the_number_of_a_merged_petition_lands_in_the_one_that_is_answered() {
    let app = TestApp::new();
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assign(&app, &main, "clerk2");
    let ask = json!({"what": "請敘明地點", "due_on": "2026-12-04"});
    act(&app, "clerk2", &main, "request-supplement", &ask).expect(200);
    let other = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    act(&app, "clerk1", &other, "supplement", &json!({"text": "門牌在巷口右側"})).expect(200);
    let shown = get(&app, "chief1", &main.path).expect(200).clone();
    let letter = &shown["supplements"][1];
    assert_eq!((&letter["text"], &letter["from_id"]), (&json!("門牌在巷口右側"), &json!(id(&other))));
    assert_eq!((&shown["status"], &shown["supplements"][0]["came_at"]), (&json!("AWAITING_SUPPLEMENT"), &Value::Null));
    let own = act(&app, "clerk1", &main, "supplement", &json!({"text": "地點在一樓"}));
    assert_eq!((&own.expect(200)["status"], &own.body["supplements"][0]["text"]), (&json!("ASSIGNED"), &json!("地點在一樓")));
    // However far it has come.
    replied(&app, &main, "FINAL");
    act(&app, "clerk2", &main, "close", &json!({})).expect(200);
    act(&app, "clerk1", &other, "supplement", &json!({"text": "仍未修復"})).expect(200);
    assert_eq!(get(&app, "chief1", &main.path).expect(200)["supplements"][2]["text"], "仍未修復");
    assert!(!track(&app, &main.number, &main.secret).text.contains("仍未修復"), "nor do they read each other's letters");
}

#[test]
fn what_one_petitioner_decides_is_not_decided_for_the_others() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    let shown = get(&app, "chief1", &main.path).expect(200)["allowed_actions"].clone();
    for (name, body) in [
        ("withdraw", json!({"reason": "陳情人撤回"})),
        ("transfer", json!({"to": "彰化縣和美鎮公所", "reason": "非本所權責"})),
        ("treat-as-appeal", json!({"reason": "不服"})),
        ("file-without-reply", json!({"filing": {"ground": "NO_NAME"}, "reason": "未具名"})),
    ] {
        act(&app, "chief1", &main, name, &body).refused(409, "conflict");
        assert!(!shown.as_array().unwrap().contains(&json!(name)), "{name}");
    }
    unmerge(&app, &other).expect(200);
    act(&app, "chief1", &main, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    assert_eq!(status(&app, &other), "RECEIVED");
}

#[test]
fn what_is_done_with_the_one_is_done_with_those_that_are_merged_into_it_and_each_is_told() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "INQUIRY");
    assign(&app, &main, "clerk2");
    act(&app, "clerk2", &main, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
    act(&app, "chief1", &main, "extend", &json!({"approve": true})).expect(200);
    let extended = get(&app, "chief1", &other.path).expect(200).clone();
    assert_eq!(extended["due_at"], get(&app, "chief1", &main.path).expect(200)["due_at"]);
    assert_eq!(track(&app, &other.number, &other.secret).expect(200)["extension_reason"], "須查證");
    replied(&app, &main, "INTERIM");
    replied(&app, &main, "FINAL");
    act(&app, "clerk2", &main, "close", &json!({})).expect(200);
    let closed = track(&app, &other.number, &other.secret).expect(200).clone();
    assert!(closed["closed_at"].is_string());
    assert_eq!(closed["replies"].as_array().unwrap().len(), 2);
    app.set_clock("2026-12-21T09:00:00+08:00");
    act(&app, "chief1", &main, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    let again = get(&app, "chief1", &other.path).expect(200).clone();
    assert!(again["closed_at"].is_null() && again["due_at"].as_str() > extended["due_at"].as_str());
    assert_eq!(again["closings"][0]["status"], "MERGED", "the first end stays in its month");
    let told = actions(&app, &other);
    let after = told.iter().skip_while(|action| *action != "merged").skip(1).cloned().collect::<Vec<_>>();
    let wanted =
        ["followed", "extended_together", "replied_together", "replied_together", "closed_together", "reopened_together"];
    assert_eq!(after, wanted);
}

#[test]
fn an_extension_that_was_asked_for_before_it_was_merged_waits_for_nobody() {
    let app = TestApp::new();
    let [main, other] = [(); 2].map(|()| take(&app, Some("clerk1"), &letter("INQUIRY")));
    for petition in [&main, &other] {
        assign(&app, petition, "clerk2");
    }
    act(&app, "clerk2", &other, "extend", &json!({"days": 3, "reason": "須查證"})).expect(200);
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    act(&app, "clerk2", &main, "extend", &json!({"days": 5, "reason": "須會勘"})).expect(200);
    let due = act(&app, "chief1", &main, "extend", &json!({"approve": true})).expect(200)["due_at"].clone();
    let shown = get(&app, "chief1", &other.path).expect(200).clone();
    assert_eq!((&shown["due_at"], &shown["extension"]["days"]), (&due, &json!(5)));
}

#[test]
fn an_answer_with_its_closing_closes_each_and_an_answered_one_can_be_taken_out() {
    let app = TestApp::new();
    let (main, other) = merged(&app, "SUGGESTION");
    assign(&app, &main, "clerk2");
    act(&app, "clerk2", &main, "draft-reply", &draft("FINAL")).expect(200);
    act(&app, "chief1", &main, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
    act(&app, "clerk2", &main, "reply", &json!({"close": true})).expect(200);
    assert!(track(&app, &other.number, &other.secret).expect(200)["closed_at"].is_string());
    let out = unmerge(&app, &other).expect(200).clone();
    assert_eq!((&out["status"], &out["closed_at"]), (&json!("RECEIVED"), &Value::Null));
    assert_eq!(out["replies"][0]["text"], "依規定辦理。", "what they were told stays told");
    assign(&app, &other, "clerk2");
    replied(&app, &other, "FINAL");
    assert_eq!(get(&app, "chief1", &main.path).expect(200)["replies"].as_array().unwrap().len(), 1);
}

/// A petition as a program of before kept it.
const OLD: &str = "019a5c3e-7b1a-7c3e-9f00-0000000000e1";

#[test]
fn a_petition_of_a_store_of_before_keeps_its_state_is_found_and_is_merged() {
    let app = TestApp::upgraded("2026-11-30-000197_letter_consents", |vault, _| {
        let sealed =
            |column: &str, said: &Value| vault.seal(&format!("petitions/{OLD}/{column}"), &said.to_string()).into_stored();
        let matter = json!({"subject": "龜裂", "body": "巷口路面龜裂。", "against_decision": null, "forwarded_by": null});
        let handling = json!({
            "periods": [], "supplements": [], "drafts": [], "replies": [], "closings": [], "mail_proven": true
        });
        format!(
            "INSERT INTO petitions (id, number, roc_year, register_number, secret_hash, status, kind, channel, language, confidential, \
             whistleblower, names_staff, concerns_settled, matter, petitioners, handling, taken_by, received_at, registered_at, version) \
             VALUES ('{OLD}', '114-P00000001', 114, 1, '', 'AWAITING_SUPPLEMENT', 'SUGGESTION', 'LETTER', 'zh', FALSE, FALSE, FALSE, \
             FALSE, '{}', '{}', '{}', 'system', '2026-11-20 01:00:00', '2026-11-20 01:00:00', 1)",
            sealed("matter", &matter),
            sealed("petitioners", &json!([])),
            sealed("handling", &handling)
        )
    });
    let old = Taken { path: format!("/v1/petitions/{OLD}"), number: String::new(), secret: String::new() };
    assert_eq!(get(&app, "chief1", &old.path).expect(200)["status"], "AWAITING_SUPPLEMENT");
    for _ in 0..2 {
        assert_eq!(listed(&app, "chief1", "&q=%E9%BE%9C%E8%A3%82"), [OLD]);
        app.take_in_words();
    }
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assert_eq!(merge(&app, "chief1", &old, &id(&main)).expect(200)["merged_into_id"], json!(id(&main)));
}
