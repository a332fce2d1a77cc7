//! The monthly digest of petitions: submitted by one, frozen by another, read by the director; what it counts, with what is behind each
//! number, what has changed since, and how it is printed.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::petition_merging::{id, merge, unmerge};
use crate::petitions::{self, Taken, account, assign, letter, replied, take, with};
use crate::reader::Reading;
use crate::support::{Answer, TestApp};

pub const OCTOBER: &str = "/v1/digests/petitions/2026-10";
pub const NOVEMBER: &str = "/v1/digests/petitions/2026-11";
const DECEMBER: &str = "/v1/digests/petitions/2026-12";

pub fn read(app: &TestApp, user: &str, month: &str) -> Value {
    app.get(month).user(user).send().expect(200).clone()
}

/// Acts on a month as it is read now, by whoever acts where they read it at all.
pub fn act(app: &TestApp, user: &str, month: &str, name: &str, body: &Value) -> Answer {
    let own = app.get(month).user(user).send();
    let tag = if own.status == 200 { own } else { app.get(month).user("director1").send() }.etag().to_owned();
    app.post(&format!("{month}:{name}")).user(user).once().if_match(&tag).json(body).send()
}

pub fn frozen(app: &TestApp, month: &str) -> Value {
    act(app, "clerk1", month, "submit", &json!({})).expect(200);
    act(app, "chief1", month, "freeze", &json!({})).expect(200).clone()
}

/// JSON in the canonical form of RFC 8785, written once more here so that nothing of ours is asked.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, &Value> = members.iter().collect();
            let members: Vec<String> =
                members.into_iter().map(|(name, value)| format!("{}:{}", json!(name), canonical(value))).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// The hash that a reader of the contract works out.
pub fn hash(shown: &Value) -> String {
    let of = |name: &str| shown[name].clone();
    let whole = json!({
        "satisfaction": of("satisfaction"), "revision": of("revision"), "month": of("month"), "figures": of("figures")
    });
    digest(&SHA256, canonical(&whole).as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A letter that came on a day before today.
fn late_letter(kind: &str, day: &str) -> Value {
    with(letter(kind), "received_on", json!(day))
}

/// A letter of somebody who is known again by name and telephone.
pub fn by_one(kind: &str) -> Value {
    with(letter(kind), "contact", json!({"phone": "0912345678"}))
}

fn why() -> Value {
    json!({"reason": "統計有誤"})
}

/// Answered and closed on the next day.
pub fn closed(app: &TestApp, petition: &Taken) {
    assign(app, petition, "clerk2");
    replied(app, petition, "FINAL");
    app.advance(chrono::Duration::days(1));
    petitions::act(app, "clerk2", petition, "close", &json!({})).expect(200);
}

#[test]
fn a_month_is_submitted_frozen_by_another_read_and_taken_back() {
    let app = TestApp::new();
    let live = read(&app, "clerk1", OCTOBER);
    assert_eq!((&live["status"], &live["revision"], &live["sha256"]), (&json!("LIVE"), &json!(0), &Value::Null));
    assert_eq!(
        (&live["roc_period"], &live["from_on"], &live["to_on"]),
        (&json!("115-10"), &json!("2026-10-01"), &json!("2026-10-31"))
    );
    assert_eq!((&live["due_on"], &live["overdue"], &live["is_over"]), (&json!("2026-11-10"), &json!(true), &json!(true)));
    assert_eq!(live["allowed_actions"], json!(["submit"]));
    act(&app, "chief1", OCTOBER, "freeze", &json!({})).refused(409, "wrong_state");
    act(&app, "director1", OCTOBER, "mark-read", &json!({})).refused(409, "wrong_state");
    act(&app, "chief1", OCTOBER, "submit", &json!({})).refused(403, "forbidden");
    let submitted = act(&app, "clerk1", OCTOBER, "submit", &json!({"reason": "已核對"}));
    assert_eq!(
        (&submitted.expect(200)["status"], &submitted.body["submitted_by"]),
        (&json!("SUBMITTED"), &json!(format!("accounts/{}", account(&app, "clerk1").as_str().unwrap())),)
    );
    let blind = app.post(&format!("{OCTOBER}:freeze")).user("chief1").once().if_match("*").json(&json!({}));
    blind.send().refused(428, "precondition_required");
    act(&app, "clerk1", OCTOBER, "freeze", &json!({})).refused(403, "forbidden");
    let first = act(&app, "chief1", OCTOBER, "freeze", &json!({})).expect(200).clone();
    assert_eq!((&first["status"], &first["revision"]), (&json!("FROZEN"), &json!(1)));
    assert_eq!(first["sha256"], hash(&first), "anybody can work it out");
    assert_eq!(first["figures"], live["figures"]);
    act(&app, "clerk1", OCTOBER, "submit", &json!({})).refused(409, "wrong_state");
    let remarks = json!({"remarks": "逾期案件請於週會檢討"});
    let marked = act(&app, "director1", OCTOBER, "mark-read", &remarks);
    assert_eq!((&marked.expect(200)["status"], &marked.body["remarks"]), (&json!("READ"), &remarks["remarks"]));
    act(&app, "director1", OCTOBER, "mark-read", &json!({})).refused(409, "wrong_state");
    act(&app, "chief1", OCTOBER, "unfreeze", &why()).refused(403, "forbidden");
    assert_eq!(act(&app, "director1", OCTOBER, "unfreeze", &json!({})).status, 422);
    let back = act(&app, "director1", OCTOBER, "unfreeze", &why()).expect(200).clone();
    assert_eq!((&back["status"], &back["revision"], &back["remarks"]), (&json!("LIVE"), &json!(0), &Value::Null));
    assert!(back["freezings"][0]["unfrozen_at"].is_string());
    let kept = read(&app, "clerk1", &format!("{OCTOBER}?revision=1"));
    assert_eq!((&kept["figures"], &kept["sha256"]), (&first["figures"], &first["sha256"]), "the old one stays");
    app.get(&format!("{OCTOBER}?revision=2")).user("clerk1").send().refused(404, "not_found");
    let second = frozen(&app, OCTOBER);
    assert_eq!(second["revision"], 2);
    assert_ne!(second["sha256"], first["sha256"]);
    let actions: Vec<&Value> = second["history"].as_array().unwrap().iter().map(|line| &line["action"]).collect();
    assert_eq!(actions, ["submitted", "frozen", "read", "unfrozen", "submitted", "frozen"]);
    assert_eq!(second["history"][3]["reason"], "統計有誤");
}

#[test]
fn whoever_submits_a_month_does_not_freeze_it_by_whichever_account() {
    let app = TestApp::new();
    app.name_holder("clerk1", 71);
    app.name_holder("chief1", 71);
    act(&app, "clerk1", OCTOBER, "submit", &json!({})).expect(200);
    act(&app, "chief1", OCTOBER, "freeze", &json!({})).refused(409, "same_person");
    assert_eq!(read(&app, "chief1", OCTOBER)["allowed_actions"], json!(["return"]));
    app.sql("UPDATE accounts SET holder = NULL WHERE username = 'chief2'");
    act(&app, "chief2", OCTOBER, "freeze", &json!({})).refused(403, "forbidden");
    let returned = act(&app, "chief1", OCTOBER, "return", &why());
    assert_eq!((&returned.expect(200)["status"], &returned.body["submitted_by"]), (&json!("LIVE"), &Value::Null));
    act(&app, "chief1", OCTOBER, "return", &why()).refused(409, "wrong_state");
}

#[test]
fn figures_that_change_once_they_are_submitted_are_submitted_again() {
    let app = TestApp::new();
    act(&app, "clerk1", OCTOBER, "submit", &json!({})).expect(200);
    take(&app, Some("clerk1"), &late_letter("SUGGESTION", "2026-10-20"));
    act(&app, "chief1", OCTOBER, "freeze", &json!({})).refused(409, "figures_changed");
    act(&app, "clerk1", OCTOBER, "submit", &json!({})).expect(200);
    let frozen = act(&app, "chief1", OCTOBER, "freeze", &json!({})).expect(200).clone();
    assert_eq!((&frozen["figures"]["received"], &frozen["figures"]["pending"]), (&json!(3), &json!(1)));
}

#[test]
fn whoever_submits_or_freezes_a_month_names_all_that_they_saw() {
    let app = TestApp::new();
    let send = |user: &str, name: &str, tag: &str| {
        app.post(&format!("{OCTOBER}:{name}")).user(user).once().if_match(tag).json(&json!({})).send()
    };
    let tag = |user: &str| app.get(OCTOBER).user(user).send().etag().to_owned();
    let seen = tag("clerk1");
    take(&app, Some("clerk1"), &late_letter("SUGGESTION", "2026-10-20"));
    send("clerk1", "submit", &seen).refused(412, "version_mismatch");
    send("clerk1", "submit", "\"v1\"").refused(412, "version_mismatch");
    send("clerk1", "submit", "*").refused(428, "precondition_required");
    assert_eq!(read(&app, "clerk1", OCTOBER)["status"], "LIVE", "nothing is kept that nobody saw");
    send("clerk1", "submit", &tag("clerk1")).expect(200);
    let seen = tag("chief1");
    take(&app, Some("clerk1"), &late_letter("SUGGESTION", "2026-10-21"));
    send("chief1", "freeze", &seen).refused(412, "version_mismatch");
    send("chief1", "freeze", &tag("chief1")).refused(409, "figures_changed");
    send("clerk1", "submit", &tag("clerk1")).expect(200);
    send("chief1", "freeze", &tag("chief1")).expect(200);
}

#[test]
fn remarks_are_put_right_with_a_reason_and_each_version_stays_with_its_freezing() {
    let app = TestApp::new();
    let correct = |user: &str, body: &Value| act(&app, user, OCTOBER, "correct-remarks", body);
    let (first, right) = (json!({"remarks": "請於週會檢討"}), json!({"remarks": "請於月會檢討", "reason": "誤植會議"}));
    frozen(&app, OCTOBER);
    correct("director1", &right).refused(409, "wrong_state");
    act(&app, "director1", OCTOBER, "mark-read", &first).expect(200);
    correct("chief1", &right).refused(403, "forbidden");
    assert_eq!(correct("director1", &json!({"remarks": "請檢討"})).status, 422, "it wants a reason");
    let shown = correct("director1", &right).expect(200).clone();
    assert_eq!((&shown["status"], &shown["remarks"]), (&json!("READ"), &right["remarks"]));
    let all = shown["all_remarks"].as_array().unwrap();
    let said: Vec<(&Value, &Value)> = all.iter().map(|one| (&one["remarks"], &one["reason"])).collect();
    assert_eq!(said, [(&first["remarks"], &json!("")), (&right["remarks"], &right["reason"])]);
    assert_eq!(correct("director1", &json!({"reason": "無須批示"})).expect(200)["remarks"], Value::Null);
    correct("director1", &right).expect(200);
    act(&app, "director1", OCTOBER, "unfreeze", &why()).expect(200);
    frozen(&app, OCTOBER);
    let second = act(&app, "director1", OCTOBER, "mark-read", &json!({"remarks": "已更正"})).expect(200).clone();
    assert_eq!((&second["remarks"], second["all_remarks"].as_array().unwrap().len()), (&json!("已更正"), 5));
    assert_eq!(read(&app, "clerk1", &format!("{OCTOBER}?revision=1"))["remarks"], right["remarks"], "those on that freezing");
    let page = app.get(&format!("{OCTOBER}/digest.html?revision=1")).user("director1").send().text;
    assert!(page.contains("請於月會檢討") && !page.contains("已更正"));
    for (table, rows) in app.contents() {
        assert!(!table.starts_with("petition_digest") || !rows.iter().any(|row| row.contains("檢討") || row.contains("誤植")));
    }
}

#[test]
fn the_page_of_a_freezing_that_was_taken_back_says_so() {
    let app = TestApp::new();
    frozen(&app, OCTOBER);
    let page = |language: &str, revision: &str| {
        let path = format!("{OCTOBER}/digest.html{revision}");
        app.get(&path).user("director1").header("Accept-Language", language).send().text
    };
    assert!(!page("en", "?revision=1").contains("taken back") && !page("zh-TW", "").contains("撤銷"));
    act(&app, "director1", OCTOBER, "unfreeze", &why()).expect(200);
    assert!(page("en", "?revision=1").contains("taken back") && page("zh-TW", "?revision=1").contains("已於"));
    assert!(!page("en", "").contains("taken back"), "of what is counted now nothing was");
    frozen(&app, OCTOBER);
    assert!(page("en", "?revision=1").contains("taken back") && !page("en", "?revision=2").contains("taken back"));
}

#[test]
fn what_was_withdrawn_before_it_had_come_in_counts_nowhere() {
    let app = TestApp::new();
    let counted = || read(&app, "chief1", NOVEMBER)["figures"].clone();
    let before = counted();
    let spoken = || take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "channel", json!("PHONE")));
    let (unsigned, signed) = (spoken(), spoken());
    let withdraw = |petition: &Taken| {
        petitions::act(&app, "clerk1", petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    };
    withdraw(&unsigned);
    assert_eq!(counted(), before);
    let told = json!({"mistake": "並未撤回"});
    petitions::act(&app, "chief1", &unsigned, "reopen", &told).expect(200);
    assert_eq!(counted(), before, "it waits to be signed again");
    petitions::act(&app, "clerk1", &signed, "sign", &json!({})).expect(200);
    withdraw(&signed);
    let control = counted();
    assert_eq!(control["received"].as_i64(), before["received"].as_i64().map(|count| count + 1));
    assert_eq!(control["closed"].as_i64(), before["closed"].as_i64().map(|count| count + 1));
}

#[test]
fn what_changes_once_a_month_is_frozen_is_told_beside_it() {
    let app = TestApp::new();
    let before = frozen(&app, OCTOBER);
    assert_eq!(before["changes"], 0);
    app.advance(chrono::Duration::hours(1));
    let late = take(&app, Some("clerk1"), &late_letter("SUGGESTION", "2026-10-20"));
    let rights = app.get(&format!("{OCTOBER}/petitions?measure=RECEIVED&kind=RIGHTS")).user("chief1").send();
    let rights = rights.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/petitions/{rights}");
    let tag = app.get(&path).user("chief1").send().etag().to_owned();
    let moved = app.call("PATCH", &path).user("chief1").if_match(&tag).json(&json!({"topic": "OTHER"})).send();
    assert_eq!(moved.expect(200)["topic"], "OTHER");
    let after = read(&app, "chief1", OCTOBER);
    assert_eq!((&after["figures"], &after["sha256"], &after["changes"]), (&before["figures"], &before["sha256"], &json!(2)));
    let changes = app.get(&format!("{OCTOBER}/changes?include_total=true")).user("chief1").send();
    assert_eq!(changes.expect(200)["total"], 2);
    let of = |id: &str| {
        let items = changes.body["items"].as_array().unwrap();
        items.iter().find(|item| item["petition_id"] == id).unwrap().clone()
    };
    let newly = of(late.path.rsplit('/').next().unwrap());
    assert_eq!(
        (&newly["newly"], &newly["no_longer"], &newly["number"]),
        (&json!(["RECEIVED", "PENDING"]), &json!([]), &json!(late.number))
    );
    let topic = of(&rights);
    assert_eq!(
        (&topic["otherwise"], &topic["newly"], &topic["changed_at"]),
        (&json!(["TOPIC"]), &json!([]), &json!("2026-11-23T10:00:00+08:00"))
    );
    let one = app.get(&format!("{OCTOBER}/changes?limit=1")).user("chief1").send();
    let next = one.expect(200)["next"].as_str().unwrap().to_owned();
    let other = app.get(&format!("{OCTOBER}/changes?limit=1&cursor={next}")).user("chief1").send();
    assert_eq!((other.expect(200)["items"].as_array().unwrap().len(), &other.body["next"]), (1, &Value::Null));
    assert_ne!(one.body["items"], other.body["items"]);
}

#[test]
fn a_reopened_petition_stays_closed_in_its_month_and_counts_anew_in_another() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    closed(&app, &petition);
    app.set_clock("2026-12-10T09:00:00+08:00");
    let before = read(&app, "chief1", NOVEMBER)["figures"].clone();
    assert_eq!((&before["received"], &before["closed"], &before["closing_days"]), (&json!(5), &json!(1), &json!("1.00")));
    assert_eq!(before["by_outcome"], json!([{"code": "CLOSED", "count": 1}]));
    let fresh = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!(fresh["reopened"], 0);
    petitions::act(&app, "director1", &petition, "reopen", &json!({"new_facts": "另有新事證"})).expect(200);
    app.advance(chrono::Duration::days(2));
    assert_eq!(read(&app, "chief1", NOVEMBER)["figures"], before, "its first closing stays in its month");
    let again = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!((&again["received"], &again["reopened"], &again["closed"]), (&json!(0), &json!(1), &json!(0)));
    assert_eq!(again["pending"].as_i64(), fresh["pending"].as_i64().map(|pending| pending + 1));
    closed(&app, &petition);
    let ended = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!(
        (&ended["closed"], &ended["closing_days"], &ended["first_reply_days"]),
        (&json!(1), &json!("3.00"), &json!("2.00"))
    );
    assert_eq!(read(&app, "chief1", NOVEMBER)["figures"], before);
}

#[test]
fn an_end_that_was_a_mistake_has_ended_no_period_and_stands_beside_a_frozen_month() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
    closed(&app, &petition);
    app.set_clock("2026-12-01T09:00:00+08:00");
    assert_eq!(frozen(&app, NOVEMBER)["figures"]["closed"], 1);
    app.set_clock("2026-12-02T09:00:00+08:00");
    petitions::act(&app, "chief1", &petition, "reopen", &json!({"mistake": "誤寄他案之答復"})).expect(200);
    let changes = app.get(&format!("{NOVEMBER}/changes")).user("chief1").send().expect(200)["items"].clone();
    let expected = json!([{
        "petition_id": petition.path.rsplit('/').next().unwrap(), "number": petition.number, "period": 1,
        "changed_at": "2026-12-02T09:00:00+08:00", "no_longer": ["CLOSED"], "newly": ["PENDING"],
        "otherwise": ["CLOSING_DAYS", "OUTCOME", "PENDING_AGE"]
    }]);
    assert_eq!(changes, expected, "that it was replied to stays so");
    let december = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!((&december["reopened"], &december["closed"]), (&json!(0), &json!(0)));
    closed(&app, &petition);
    let ended = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!(
        (&ended["closed"], &ended["closed_late"], &ended["closing_days"], &ended["first_replied"]),
        (&json!(1), &json!(0), &json!("10.00"), &json!(0)),
        "from its receipt to its answer that stands"
    );
}

#[test]
fn one_that_another_body_had_ended_in_its_month_and_one_that_was_sent_by_mistake_did_not() {
    let app = TestApp::new();
    let (returns, mistaken) = (take(&app, Some("clerk1"), &letter("INQUIRY")), take(&app, Some("clerk1"), &letter("INQUIRY")));
    app.set_clock("2026-11-24T09:00:00+08:00");
    let away = json!({"to": "彰化縣和美鎮公所", "reason": "道路屬鎮公所"});
    for petition in [&returns, &mistaken] {
        assign(&app, petition, "clerk2");
        petitions::act(&app, "clerk2", petition, "transfer", &away).expect(200);
    }
    let ends = || read(&app, "chief1", NOVEMBER)["figures"]["by_outcome"].clone();
    assert_eq!(ends(), json!([{"code": "TRANSFERRED", "count": 2}]));
    app.set_clock("2026-12-02T09:00:00+08:00");
    let back = json!({"reason": "該所認非其權責", "returned": {"letter": "和鎮民字第 1150012345 號", "on": "2026-12-01"}});
    petitions::act(&app, "chief1", &returns, "transfer-back", &back).expect(200);
    petitions::act(&app, "chief1", &mistaken, "transfer-back", &json!({"reason": "誤送"})).expect(200);
    assert_eq!(ends(), json!([{"code": "TRANSFERRED", "count": 1}]));
    let december = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!((&december["received"], &december["reopened"]), (&json!(0), &json!(1)));
}

#[test]
fn when_it_came_and_how_late_it_was_are_counted_as_they_stand() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let received = |month: &str| read(&app, "chief1", month)["figures"]["received"].clone();
    assert_eq!((received(OCTOBER), received(NOVEMBER)), (json!(2), json!(5)));
    let corrected = |day: &str| {
        let tag = petitions::get(&app, "chief1", &petition.path).etag().to_owned();
        let body = json!({"received_on": day, "reason": "收文日誤登"});
        app.call("PATCH", &petition.path).user("chief1").if_match(&tag).json(&body).send().expect(200);
    };
    corrected("2026-10-20");
    assert_eq!((received(OCTOBER), received(NOVEMBER)), (json!(3), json!(4)));
    corrected("2026-11-23");
    assert_eq!((received(OCTOBER), received(NOVEMBER)), (json!(2), json!(5)));
    app.set_clock("2026-12-09T09:00:00+08:00");
    closed(&app, &petition);
    let late = || read(&app, "chief1", DECEMBER)["figures"]["closed_late"].clone();
    assert_eq!(late(), 1);
    // The office was closed on its last day, as is said afterwards.
    let closure = json!({"date": "2026-12-08", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closure).send().expect(201);
    assert_eq!(late(), 0);
}

#[test]
fn one_that_is_answered_together_with_another_counts_once_and_goes_on_once_it_is_taken_out() {
    let app = TestApp::new();
    let (main, other) = (take(&app, Some("clerk1"), &letter("INQUIRY")), take(&app, Some("clerk1"), &letter("INQUIRY")));
    assign(&app, &main, "clerk2");
    let counted = || {
        let figures = read(&app, "chief1", NOVEMBER)["figures"].clone();
        ["received", "reopened", "first_replied", "closed", "pending"].map(|name| figures[name].as_i64().unwrap())
    };
    // With those of the demo.
    assert_eq!(counted(), [6, 0, 1, 0, 5]);
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assert_eq!(counted(), [6, 0, 1, 0, 5], "that it is merged ends nothing");
    replied(&app, &main, "FINAL");
    assert_eq!(counted(), [6, 0, 3, 0, 3]);
    app.advance(chrono::Duration::days(1));
    petitions::act(&app, "clerk2", &main, "close", &json!({})).expect(200);
    assert_eq!(counted(), [6, 0, 3, 2, 3]);
    let ends = read(&app, "chief1", NOVEMBER)["figures"]["by_outcome"].clone();
    assert_eq!(ends, json!([{"code": "CLOSED", "count": 1}, {"code": "MERGED", "count": 1}]));
    unmerge(&app, &other).expect(200);
    assert_eq!(counted(), [6, 0, 3, 1, 4], "its period goes on, until it is answered by itself");
    closed(&app, &other);
    assert_eq!(counted(), [6, 0, 3, 2, 3]);
}

#[test]
fn an_answer_that_does_not_stand_leaves_a_petition_pending_whichever_it_is_merged_into() {
    let app = TestApp::new();
    let one = || take(&app, Some("clerk1"), &letter("INQUIRY"));
    let (main, other, third) = (one(), one(), one());
    assign(&app, &main, "clerk2");
    let pending = || read(&app, "chief1", NOVEMBER)["figures"]["pending"].as_i64().unwrap();
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    replied(&app, &main, "FINAL");
    let answered = pending();
    let out = unmerge(&app, &other).expect(200).clone();
    assert!(out["replies"][0]["ceased_at"].is_string() && out["replies"][0]["taken_back_at"].is_null(), "it stays told");
    assert_eq!(pending(), answered + 1);
    merge(&app, "chief1", &other, &id(&third)).expect(200);
    assert_eq!(pending(), answered + 1, "nobody has answered it");
    assign(&app, &third, "clerk2");
    replied(&app, &third, "FINAL");
    assert_eq!(pending(), answered - 1, "the control");
}

#[test]
fn a_late_answer_an_extension_and_what_waits_are_counted() {
    let app = TestApp::new();
    let late = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let longer = take(&app, Some("clerk1"), &letter("INQUIRY"));
    assign(&app, &longer, "clerk2");
    petitions::act(&app, "clerk2", &longer, "extend", &json!({"days": 30, "reason": "須查證"})).expect(200);
    petitions::act(&app, "chief1", &longer, "extend", &json!({"approve": true})).expect(200);
    app.advance(chrono::Duration::hours(1));
    let running = read(&app, "chief1", NOVEMBER);
    assert_eq!((&running["is_over"], &running["figures"]["extended"]), (&json!(false), &json!(1)));
    app.set_clock("2026-12-07T09:00:00+08:00");
    closed(&app, &late);
    let december = read(&app, "chief1", DECEMBER)["figures"].clone();
    assert_eq!((&december["closed"], &december["closed_late"]), (&json!(1), &json!(1)));
    let november = read(&app, "chief1", NOVEMBER)["figures"].clone();
    // Both, and those that the demo has received and assigned or screens.
    assert_eq!((&november["pending"], &november["pending_late"]), (&json!(5), &json!(0)));
    assert_eq!(november["pending_by_age"][0], json!({"code": "UP_TO_7", "count": 5}));
    assert!(december["pending_late"].as_i64().unwrap() >= 1, "{december}");
}

#[test]
fn a_number_and_the_petitions_behind_it_agree() {
    let app = TestApp::new();
    for _ in 0..2 {
        take(&app, Some("clerk1"), &by_one("SUGGESTION"));
    }
    let petition = take(&app, Some("clerk1"), &with(letter("INQUIRY"), "petitioner", json!({"name": "李小華"})));
    closed(&app, &petition);
    app.set_clock("2026-12-01T09:00:00+08:00");
    let total = |cell: &str| {
        let list = app.get(&format!("{NOVEMBER}/petitions?include_total=true&{cell}")).user("chief1").send();
        assert_eq!(list.expect(200)["items"].as_array().unwrap().len() as i64, list.body["total"].as_i64().unwrap());
        list.body["total"].clone()
    };
    for shown in [read(&app, "chief1", NOVEMBER), frozen(&app, NOVEMBER)] {
        let figures = &shown["figures"];
        for (measure, name) in [
            ("RECEIVED", "received"),
            ("REOPENED", "reopened"),
            ("FIRST_REPLIED", "first_replied"),
            ("CLOSED", "closed"),
            ("CLOSED_LATE", "closed_late"),
            ("EXTENDED", "extended"),
            ("ADOPTED", "suggestions_adopted"),
            ("PENDING", "pending"),
            ("PENDING_LATE", "pending_late"),
        ] {
            assert_eq!(total(&format!("measure={measure}")), figures[name], "{measure}");
        }
        assert_eq!((&figures["repeated"]["petitioners"], &figures["repeated"]["petitions"]), (&json!(1), &json!(2)));
        assert_eq!(total("measure=REPEATED"), 2);
        for (table, parameter) in [("by_kind", "kind"), ("by_channel", "channel"), ("by_topic", "topic")] {
            let rows = figures[table].as_array().unwrap();
            for row in rows {
                let code = row["code"].as_str().unwrap();
                let cell = if code == "NONE" { "no_topic=true".to_owned() } else { format!("{parameter}={code}") };
                assert_eq!(total(&format!("measure=RECEIVED&{cell}")), row["received"], "{cell}");
                assert_eq!(total(&format!("measure=PENDING&{cell}")), row["pending"], "{cell}");
            }
            let sum: i64 = rows.iter().map(|row| row["received"].as_i64().unwrap()).sum();
            assert_eq!(Some(sum), figures["received"].as_i64(), "{table}");
        }
        assert_eq!(total("measure=CLOSED&outcome=CLOSED"), 1);
        assert_eq!(total("measure=PENDING&age=UP_TO_15"), figures["pending_by_age"][1]["count"]);
    }
    app.get(&format!("{NOVEMBER}/petitions")).user("chief1").send().refused(400, "invalid_parameter");
    app.get(&format!("{NOVEMBER}/petitions?measure=NO")).user("chief1").send().refused(400, "invalid_parameter");
}

#[test]
fn a_suggestion_that_is_adopted_counts_in_the_month_of_its_adoption_unless_it_is_dropped() {
    let app = TestApp::new();
    let adopted = |at: &str, line: u32, action: &str| {
        // As the history has it, whoever wrote it.
        app.sql(&format!(
            "INSERT INTO petition_history (petition_id, line, at, action, status, actor, reason) \
             SELECT id, {line}, '{at}', '{action}', status, 'system', '' FROM petitions WHERE kind = 'SUGGESTION' AND status = 'ASSIGNED'"
        ));
    };
    let count = |month: &str| read(&app, "chief1", month)["figures"]["suggestions_adopted"].as_i64().unwrap();
    adopted("2026-11-02 01:00:00", 91, "suggestion_adopted");
    assert_eq!((count(OCTOBER), count(NOVEMBER)), (0, 1));
    let behind = app.get(&format!("{NOVEMBER}/petitions?measure=ADOPTED")).user("chief1").send();
    assert_eq!(behind.expect(200)["items"][0]["kind"], "SUGGESTION");
    adopted("2026-11-03 01:00:00", 92, "suggestion_dropped");
    assert_eq!(count(NOVEMBER), 0);
}

/// Petitions of November, each answered.
fn answered(app: &TestApp, count: usize) -> Vec<Taken> {
    let one = |_| {
        let petition = take(app, Some("clerk1"), &letter("INQUIRY"));
        assign(app, &petition, "clerk2");
        replied(app, &petition, "FINAL");
        petition
    };
    (0..count).map(one).collect()
}

fn rate(app: &TestApp, petitions: &[Taken], scores: &[u8]) {
    for (petition, score) in petitions.iter().zip(scores) {
        let body = json!({"number": petition.number, "secret": petition.secret, "score": score});
        app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send().expect(201);
    }
}

/// Petitions of November, each answered and rated.
fn rated(app: &TestApp, scores: &[u8]) {
    rate(app, &answered(app, scores.len()), scores);
}

#[test]
fn a_rating_counts_in_the_month_in_which_it_is_given() {
    let app = TestApp::new();
    let petitions = answered(&app, 6);
    app.set_clock("2026-12-01T09:00:00+08:00");
    rate(&app, &petitions, &[5, 5, 5, 5, 5, 1]);
    let path = &petitions[5].path;
    let tag = petitions::get(&app, "chief2", path).etag().to_owned();
    app.call("PATCH", path).user("chief2").if_match(&tag).json(&json!({"confidential": true})).send().expect(200);
    app.set_clock("2027-01-04T09:00:00+08:00");
    assert_eq!(frozen(&app, NOVEMBER)["satisfaction"]["ratings"], Value::Null);
    assert_eq!(frozen(&app, DECEMBER)["satisfaction"]["ratings"], 5, "of those that all see");
}

#[test]
fn satisfaction_is_shown_once_a_month_is_frozen_and_nothing_of_few_ratings() {
    let app = TestApp::new();
    rated(&app, &[5, 5, 4, 4]);
    app.set_clock("2026-12-01T09:00:00+08:00");
    assert_eq!(read(&app, "director1", NOVEMBER)["satisfaction"], Value::Null);
    let few = frozen(&app, NOVEMBER)["satisfaction"].clone();
    assert_eq!((&few["ratings"], &few["mean_low"], &few["mean_high"]), (&Value::Null, &Value::Null, &Value::Null));
    assert!(few["scores"].as_array().unwrap().iter().all(|score| score["count"].is_null()));
}

#[test]
fn satisfaction_hides_small_numbers_and_stays_as_it_was_first_frozen() {
    let app = TestApp::new();
    rated(&app, &[1, 2, 5, 5, 5, 5, 5, 5]);
    app.set_clock("2026-12-01T09:00:00+08:00");
    let first = frozen(&app, NOVEMBER)["satisfaction"].clone();
    let counts: Vec<&Value> = first["scores"].as_array().unwrap().iter().map(|score| &score["count"]).collect();
    assert_eq!((&first["ratings"], counts[4], counts[0]), (&json!(8), &json!(6), &Value::Null));
    assert_ne!(first["mean_low"], first["mean_high"], "a mean tells no more than the table");
    act(&app, "director1", NOVEMBER, "unfreeze", &why()).expect(200);
    let kind = app.get(&format!("{NOVEMBER}/petitions?measure=FIRST_REPLIED&limit=1")).user("chief1").send();
    let path = format!("/v1/petitions/{}", kind.expect(200)["items"][0]["id"].as_str().unwrap());
    let tag = app.get(&path).user("chief1").send().etag().to_owned();
    app.call("PATCH", &path).user("chief1").if_match(&tag).json(&json!({"confidential": true})).send().expect(200);
    let second = frozen(&app, NOVEMBER);
    assert_eq!(second["satisfaction"], first, "else the difference of two freezings would tell one rating");
    assert_eq!(second["sha256"], hash(&second));
}

/// Answered petitions of November, approved by a section chief.
fn approved_by(app: &TestApp, chief: &str, count: usize) -> Vec<Taken> {
    let one = |_| {
        let petition = take(app, Some("clerk1"), &letter("INQUIRY"));
        assign(app, &petition, "clerk2");
        petitions::act(app, "clerk2", &petition, "draft-reply", &petitions::draft("FINAL")).expect(200);
        petitions::act(app, chief, &petition, "approve-reply", &json!({"draft": 1, "approve": true})).expect(200);
        petitions::act(app, "clerk2", &petition, "reply", &json!({})).expect(200);
        petition
    };
    (0..count).map(one).collect()
}

/// What the satisfaction of November shows, of petitions whose answers one section chief approved, and another.
fn satisfaction_of(theirs: &[u8], others: &[u8]) -> (Value, Vec<Value>) {
    let app = TestApp::new();
    rate(&app, &approved_by(&app, "chief2", theirs.len()), theirs);
    rate(&app, &approved_by(&app, "chief1", others.len()), others);
    app.set_clock("2026-12-01T09:00:00+08:00");
    let shown = frozen(&app, NOVEMBER)["satisfaction"].clone();
    (shown["ratings"].clone(), shown["scores"].as_array().unwrap().iter().map(|score| score["count"].clone()).collect())
}

#[test]
fn no_supervisor_learns_by_subtraction_how_an_answer_of_theirs_was_rated() {
    let none = vec![Value::Null; 5];
    assert_eq!(
        satisfaction_of(&[1], &[5, 5, 5, 5, 5]),
        (Value::Null, none.clone()),
        "the difference is the rating that is hidden"
    );
    assert_eq!(satisfaction_of(&[1, 1, 1, 1, 1], &[5, 5, 5, 5, 5, 5]), (json!(11), none), "nor that all of theirs are alike");
    let (ratings, counts) = satisfaction_of(&[1, 2, 5, 5, 5, 5, 5], &[]);
    assert_eq!((ratings, &counts[4]), (json!(7), &json!(5)), "whoever is shown none of them reads the table as all do");
}

#[test]
fn the_month_with_which_digests_begin_is_told_by_what_everybody_sees() {
    let app = TestApp::new();
    app.name_holder("clerk3", 72);
    let first = || read(&app, "chief1", OCTOBER)["first_month"].clone();
    let of = |who: u32| {
        take(&app, Some("clerk2"), &with(late_letter("INQUIRY", "2026-06-15"), "petitioner", crate::support::person(who)))
    };
    assert_eq!(first(), "2026-09");
    of(72);
    assert_eq!(first(), "2026-09", "a matter of somebody who handles petitions");
    of(99);
    assert_eq!(first(), "2026-06", "the control");
}

#[test]
fn a_month_that_runs_has_not_begun_or_was_before_the_first_petition_is_answered_clearly() {
    let app = TestApp::new();
    app.get(DECEMBER).user("clerk1").send().refused(404, "not_found");
    for month in ["2026-13", "115-10", "2026-1", "x"] {
        app.get(&format!("/v1/digests/petitions/{month}")).user("clerk1").send().refused(404, "not_found");
    }
    let running = read(&app, "clerk1", NOVEMBER);
    assert_eq!(
        (&running["is_over"], &running["overdue"], &running["allowed_actions"]),
        (&json!(false), &json!(false), &json!([]))
    );
    act(&app, "clerk1", NOVEMBER, "submit", &json!({})).refused(409, "month_not_over");
    let early = read(&app, "clerk1", "/v1/digests/petitions/1999-01");
    assert_eq!((&early["figures"]["received"], &early["figures"]["pending"]), (&json!(0), &json!(0)));
    assert_eq!(early["first_month"], "2026-09");
    // Clerks without the duty see no count of what they do not see.
    app.get(OCTOBER).user("clerk2").send().refused(403, "forbidden");
    app.get("/v1/digests/petitions").user("clerk2").send().refused(403, "forbidden");
    act(&app, "clerk2", OCTOBER, "submit", &json!({})).refused(403, "forbidden");
}

#[test]
fn due_days_are_told_of_once_in_office_hours_and_months_wait_in_a_list() {
    let app = TestApp::new();
    let told = |action: &str| {
        let log = app.get(&format!("/v1/audit-log?action={action}&include_total=true")).user("director1").send();
        log.expect(200)["total"].as_i64().unwrap()
    };
    app.tick();
    assert_eq!((told("digest.due_soon"), told("digest.overdue")), (0, 0));
    app.set_clock("2026-12-07T03:00:00+08:00");
    app.tick();
    assert_eq!(told("digest.due_soon"), 0, "at night nobody is told");
    for _ in 0..2 {
        app.set_clock("2026-12-07T09:00:00+08:00");
        app.tick();
        assert_eq!((told("digest.due_soon"), told("digest.overdue")), (1, 0));
    }
    let waiting = app.get("/v1/digests/petitions?status=LIVE").user("clerk1").send();
    let months: Vec<&Value> = waiting.expect(200)["items"].as_array().unwrap().iter().map(|one| &one["month"]).collect();
    assert_eq!(months, ["2026-11", "2026-10"]);
    let one = app.get("/v1/digests/petitions?limit=1&include_total=true").user("clerk1").send();
    assert_eq!((&one.expect(200)["total"], &one.body["items"][0]["overdue"]), (&json!(3), &json!(false)));
    let next = one.body["next"].as_str().unwrap();
    let two = app.get(&format!("/v1/digests/petitions?limit=1&include_total=true&cursor={next}")).user("clerk1").send();
    assert_eq!((&two.expect(200)["items"][0]["month"], &two.body["items"][0]["overdue"]), (&json!("2026-10"), &json!(true)));
    // A closure on the due day moves it, and what was told of the old day is told anew of the new one.
    let closure = json!({"date": "2026-12-10", "part": "ALL", "reason": "颱風"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&closure).send().expect(201);
    assert_eq!(read(&app, "clerk1", NOVEMBER)["due_on"], "2026-12-11");
    app.set_clock("2026-12-08T09:00:00+08:00");
    app.tick();
    assert_eq!((told("digest.due_soon"), told("digest.overdue")), (2, 0));
    app.set_clock("2026-12-14T09:00:00+08:00");
    app.tick();
    app.tick();
    assert_eq!(told("digest.overdue"), 1);
    let list = app.get("/v1/digests/petitions?status=READ").user("director1").send();
    assert_eq!(list.expect(200)["items"][0]["month"], "2026-09");
}

#[test]
fn the_page_prints_what_everybody_sees_in_both_languages_without_scripts() {
    let app = TestApp::new();
    let path = format!("{OCTOBER}/digest.html");
    take(&app, Some("clerk1"), &late_letter("REPORT", "2026-10-20"));
    let frozen = frozen(&app, OCTOBER);
    let remarks = json!({"remarks": "<b>已閱</b>"});
    act(&app, "director1", OCTOBER, "mark-read", &remarks).expect(200);
    let chinese = app.get(&path).user("director1").send();
    chinese.expect(200);
    assert_eq!(chinese.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(chinese.headers["content-language"], "zh-TW");
    assert!(chinese.headers["content-security-policy"].starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(chinese.text.starts_with("<!doctype html>\n<html lang=\"zh-TW\">") && !chinese.text.contains("<script"));
    assert!(!chinese.text.contains("<b>") && chinese.text.contains("已閱"), "what is said stays text");
    assert!(chinese.text.contains(frozen["sha256"].as_str().unwrap()));
    assert!(chinese.text.contains("115-10") && chinese.text.contains("2026-10-31"));
    for chart in ["kind", "channel", "topic", "age", "trend"] {
        assert!(chinese.text.contains(&format!("role=\"img\" aria-labelledby=\"{chart}-t {chart}-d\"")), "{chart}");
    }
    let english = app.get(&path).user("director1").header("Accept-Language", "en").send();
    english.expect(200);
    assert_eq!(english.headers["content-language"], "en");
    assert!(english.text.contains("Monthly digest of petitions") && english.text.contains("Suggestion"));
    // The same for whoever sees a confidential petition and whoever does not.
    assert_eq!(app.get(&path).user("clerk1").send().text, app.get(&path).user("chief2").send().text);
    let known = app.get(&path).user("director1").header("If-None-Match", chinese.etag()).send();
    assert_eq!(known.status, 304);
}

/// The texts of a page of HTML, without those of its head and its charts.
fn texts(page: &str) -> Vec<String> {
    let body = page.split_once("<body>").unwrap().1;
    let plain: String = body.split("<svg ").map(|part| part.split_once("</svg>").map_or(part, |(_, behind)| behind)).collect();
    let texts = plain.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text).trim());
    let written = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    texts
        .filter(|text| !text.is_empty())
        .map(|text| written.iter().fold(text.to_owned(), |all, (from, to)| all.replace(from, to)))
        .collect()
}

/// A text without what tells where its lines end.
fn run_on(text: &str) -> String {
    text.replace(|c: char| c.is_whitespace() || c == '\u{200b}', "")
}

#[test]
fn the_pdf_says_what_the_page_says_and_tells_each_chart_to_whoever_hears_it() {
    let app = TestApp::new();
    take(&app, Some("clerk1"), &late_letter("REPORT", "2026-10-20"));
    let before = app.get(&format!("{OCTOBER}/digest.pdf")).user("clerk1");
    assert!(Reading::of(&before.bytes()).text().contains("尚未定稿"));
    let frozen = frozen(&app, OCTOBER);
    let remarks = json!({"remarks": "<b>已閱</b> #strong[速辦] $x$"});
    act(&app, "director1", OCTOBER, "mark-read", &remarks).expect(200);
    let ask = |end: &str, user: &str, language: &str| {
        app.get(&format!("{OCTOBER}/digest.{end}")).user(user).header("Accept-Language", language)
    };
    for (language, chart) in [("zh-TW", "依類別: "), ("en", "By kind: ")] {
        let reading = Reading::of(&ask("pdf", "director1", language).bytes());
        let printed = run_on(&reading.text());
        let said = texts(&ask("html", "director1", language).send().text);
        assert!(said.len() > 100 && said.iter().any(|text| text.contains("#strong[速辦] $x$")), "{said:?}");
        for text in &said {
            assert!(printed.contains(&run_on(text)), "{text} in {printed}");
        }
        assert!(reading.metadata.contains(frozen["freezings"][0]["frozen_at"].as_str().unwrap()), "{}", reading.metadata);
        assert_eq!(reading.alternatives.len(), 5, "{:?}", reading.alternatives);
        assert!(reading.alternatives.iter().any(|text| text.starts_with(chart)), "{:?}", reading.alternatives);
        for kind in ["Figure", "H1", "Table", "TH", "TD"] {
            assert!(reading.structure.contains(kind), "{kind} in {:?}", reading.structure);
        }
        assert!(reading.pages.len() > 1 && reading.fonts.iter().all(|(_, embedded)| *embedded), "{:?}", reading.fonts);
    }
    let told = ask("pdf", "director1", "en").send();
    assert_eq!((told.status, told.headers["content-type"].as_str()), (200, "application/pdf"));
    assert!(told.headers["content-language"] == "en" && told.headers["vary"].contains("accept-language"), "{:?}", told.headers);
    // The same bytes on another day, and for whoever sees a confidential petition and whoever does not.
    app.set_clock("2026-11-25T10:00:00+08:00");
    assert_eq!(ask("pdf", "director1", "en").header("If-None-Match", told.etag()).send().status, 304);
    assert!(ask("pdf", "clerk1", "zh-TW").bytes() == ask("pdf", "chief2", "zh-TW").bytes());
}
