//! Honours of volunteers: windows and grades, granted by two people, and lists that name what is missing.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};
use crate::volunteer_hours::{elsewhere, entered, give_book, line_at, of_day, own_record, timed, with_book};
use crate::volunteers::{act, at, field, get, insurance, made, member, reason, training, volunteer, with};

/// A card that was granted on a day.
pub fn card(granted_on: &str, expires_on: &str) -> Value {
    json!({"family": "HONOUR_CARD", "granted_on": granted_on, "expires_on": expires_on})
}

pub fn honour_at(honour: &Value) -> String {
    format!("/v1/volunteer-honours/{}", honour["id"].as_str().unwrap())
}

fn approve(app: &TestApp, user: &str, honour: &Value) -> Answer {
    let path = honour_at(honour);
    let tag = get(app, "director1", &path).etag().to_owned();
    app.post(&format!("{path}:approve")).user(user).once().if_match(&tag).send()
}

/// An honour that one chief has entered and another one approved.
fn granted(app: &TestApp, path: &str, body: &Value) -> Value {
    let honour = made(app, "chief1", &format!("{path}/honours"), body);
    approve(app, "chief2", &honour).expect(200).clone()
}

fn standing(app: &TestApp, path: &str, (family, grade): (&str, Value), on: &str) -> Value {
    let shown = get(app, "chief1", &format!("{path}/honours?on={on}")).expect(200).clone();
    let found = shown["standings"].as_array().unwrap().iter().find(|one| one["family"] == family && one["grade"] == grade);
    found.unwrap_or_else(|| panic!("{shown}")).clone()
}

/// A full member since April 2020 with a book.
fn veteran(app: &TestApp, number: u32) -> String {
    let body = with(volunteer(number), "joined_on", json!("2020-01-05"));
    let path = at(&made(app, "clerk1", "/v1/volunteers", &body));
    for (kind, day) in [("BASIC", "2020-02-01"), ("SPECIAL", "2020-03-14")] {
        made(app, "clerk1", &format!("{path}/trainings"), &training(kind, day));
    }
    made(app, "clerk1", &format!("{path}/insurances"), &insurance("2020-01-01", "2026-12-31"));
    act(app, "chief1", &path, "activate", &json!({"member_from": "2020-04-01", "reason": "實習期滿"})).expect(200);
    give_book(app, &path);
    path
}

/// Enters so many days of twenty hours, from a day on.
fn serve(app: &TestApp, path: &str, (first, days): (&str, u64), hours: i32) {
    let first: chrono::NaiveDate = first.parse().unwrap();
    for n in 0..days {
        entered(app, "clerk1", path, &of_day(&(first + chrono::Days::new(n)).to_string(), hours * 60));
    }
}

#[test]
fn a_card_takes_hours_from_the_next_card_and_from_nothing_else() {
    let app = TestApp::new();
    let path = veteran(&app, 1);
    entered(&app, "clerk1", &path, &of_day("2020-03-31", 600));
    serve(&app, &path, ("2021-01-04", 15), 20);
    let first = standing(&app, &path, ("HONOUR_CARD", Value::Null), "2023-03-31");
    assert_eq!((&first["counted_minutes"], &first["eligible"]), (&json!(18_000), &json!(false)), "the years are missing");
    assert_eq!((&first["window_from"], &first["earliest_on"]), (&json!("2020-04-01"), &json!("2023-04-01")));
    assert_eq!(standing(&app, &path, ("HONOUR_CARD", Value::Null), "2023-04-01")["eligible"], true);
    let honour = granted(&app, &path, &card("2023-04-10", "2026-04-09"));
    assert_eq!((&honour["status"], &honour["counts_from"]), (&json!("GRANTED"), &json!("2023-04-11")));
    assert_eq!(honour["counts_by"], "honours.card_rules after_later");
    serve(&app, &path, ("2024-01-08", 2), 20);
    let next = standing(&app, &path, ("HONOUR_CARD", Value::Null), "2026-11-23");
    assert_eq!((&next["counted_minutes"], &next["used_minutes"]), (&json!(2400), &json!(18_000)));
    assert_eq!((&next["missing_minutes"], &next["years_reached_on"]), (&json!(15_600), &json!("2026-04-11")));
    let certificate = standing(&app, &path, ("PERFORMANCE_CERTIFICATE", Value::Null), "2026-11-23");
    assert_eq!((&certificate["counted_minutes"], &certificate["used_minutes"]), (&json!(20_400), &json!(0)));
    let badge = standing(&app, &path, ("MINISTRY_BADGE", json!("BRONZE")), "2026-11-23");
    assert_eq!((&badge["counted_minutes"], &badge["next_deadline"]), (&json!(20_400), &json!("2027-01-31")));
    // Taken back, it has used nothing.
    act(&app, "chief2", &honour_at(&honour), "withdraw", &json!({"reason": "誤登他人"})).expect(200);
    let again = standing(&app, &path, ("HONOUR_CARD", Value::Null), "2026-11-23");
    assert_eq!((&again["counted_minutes"], &again["used_minutes"]), (&json!(20_400), &json!(0)));
}

#[test]
fn whoever_renews_early_is_told_what_it_loses() {
    let app = TestApp::new();
    let path = veteran(&app, 1);
    granted(&app, &path, &card("2023-04-10", "2026-12-31"));
    serve(&app, &path, ("2026-01-05", 10), 20);
    let early = standing(&app, &path, ("HONOUR_CARD", Value::Null), "2026-11-23");
    assert_eq!((&early["would_lose_days"], &early["loses_nothing_from"]), (&json!(38), &json!("2026-12-31")));
    assert!(early["would_lose_minutes"].as_i64().unwrap() > 1000, "at the pace of the last year: {early}");
    let late = standing(&app, &path, ("HONOUR_CARD", Value::Null), "2026-12-31");
    assert_eq!((&late["would_lose_minutes"], &late["would_lose_days"]), (&json!(0), &json!(0)));
    let reviewed = with(card("2026-11-20", "2029-11-19"), "reviewed_on", json!("2026-11-10"));
    let next = made(&app, "chief1", &format!("{path}/honours"), &reviewed);
    assert_eq!(next["counts_from"], "2027-01-01", "the old one ends later than the review");
    let told = with(card("2026-11-19", "2029-11-18"), "counts_from", json!("2026-11-11"));
    let told = made(&app, "chief1", &format!("{path}/honours"), &told);
    assert_eq!((&told["counts_from"], &told["counts_by"]), (&json!("2026-11-11"), &Value::Null), "as the county has told it");
}

#[test]
fn badges_count_fields_of_interior_affairs_and_awards_all() {
    let app = TestApp::new();
    let path = veteran(&app, 1);
    serve(&app, &path, ("2021-01-04", 2), 20);
    let fire = entered(&app, "clerk1", &path, &elsewhere("2021-03-01", 600, "FIRE"));
    let health = entered(&app, "clerk1", &path, &elsewhere("2021-03-02", 300, "HEALTH"));
    for line in [&fire, &health] {
        act(&app, "clerk2", &line_at(line), "judge-overlap", &json!({"overlap": "APART", "reason": "已電洽"})).expect(200);
    }
    let counted = |family: &str| standing(&app, &path, (family, json!("BRONZE")), "2026-11-23")["counted_minutes"].clone();
    assert_eq!((counted("MINISTRY_BADGE"), counted("NATIONAL_AWARD")), (json!(3000), json!(3300)));
    assert_eq!(standing(&app, &path, ("MINISTRY_BADGE", json!("BRONZE")), "2026-11-23")["certificate_missing"], true);
    let certificate = json!({"family": "PERFORMANCE_CERTIFICATE", "granted_on": "2026-01-05"});
    granted(&app, &path, &certificate);
    assert_eq!(standing(&app, &path, ("MINISTRY_BADGE", json!("BRONZE")), "2026-11-23")["certificate_missing"], false);
    let badge = json!({"family": "MINISTRY_BADGE", "grade": "BRONZE", "granted_on": "2026-03-31"});
    let honour = granted(&app, &path, &badge);
    assert_eq!(counted("MINISTRY_BADGE"), json!(3000), "a badge uses nothing up");
    assert_eq!(standing(&app, &path, ("MINISTRY_BADGE", json!("BRONZE")), "2026-11-23")["granted"], true);
    let again = app.post(&format!("{path}/honours")).user("chief2").once().json(&badge).send();
    assert_eq!(again.refused(409, "conflict")["standing_id"], honour["id"], "each grade once");
}

#[test]
fn another_approves_an_honour_than_whoever_entered_it() {
    let app = TestApp::new();
    app.name_holder("chief2", 7);
    let path = member(&app, 7);
    let honour = made(&app, "chief1", &format!("{path}/honours"), &card("2023-04-10", "2026-04-09"));
    assert_eq!(honour["status"], "PROPOSED");
    approve(&app, "chief1", &honour).refused(409, "own_request");
    approve(&app, "chief2", &honour).refused(409, "own_request");
    let own = app.post(&format!("{path}/honours")).user("chief2").once().json(&card("2022-04-10", "2025-04-09")).send();
    own.refused(409, "own_request");
    let rejected = act(&app, "director1", &honour_at(&honour), "reject", &json!({"reason": "證號不符"})).expect(200).clone();
    assert_eq!(rejected["status"], "REJECTED");
    approve(&app, "director1", &honour).refused(409, "wrong_state");
    assert_eq!(act(&app, "chief1", &honour_at(&honour), "restore", &reason()).expect(200)["status"], "PROPOSED");
    approve(&app, "chief1", &honour).refused(409, "own_request");
    approve(&app, "director1", &honour).expect(200);
    let refused = |body: Value| app.post(&format!("{path}/honours")).user("chief1").once().json(&body).send().fields();
    assert_eq!(refused(json!({"family": "HONOUR_CARD", "granted_on": "2023-04-10"})), field("/expires_on", "required"));
    assert_eq!(refused(json!({"family": "NATIONAL_AWARD", "granted_on": "2023-04-10"})), field("/grade", "required"));
    assert_eq!(refused(with(card("2023-04-10", "2026-04-09"), "grade", json!("GOLD"))), field("/grade", "not_allowed"));
    assert_eq!(refused(card("2026-11-24", "2029-11-23")), field("/granted_on", "range"));
    let english = app.post(&format!("{path}/honours")).user("chief1").once().header("Accept-Language", "en");
    let again = english.json(&card("2023-04-10", "2026-04-09")).send();
    assert_eq!(again.refused(409, "conflict")["detail"], "the same honour is entered already");
    let chinese = app.post(&format!("{path}/honours")).user("chief1").once().json(&card("2023-04-10", "2026-04-09")).send();
    assert_eq!(chinese.body["detail"], "已有同一獎勵之紀錄");
}

#[test]
fn volunteers_see_their_own_honours_alone() {
    let app = TestApp::new();
    let path = own_record(&app);
    let honour = made(&app, "chief1", &format!("{path}/honours"), &card("2023-04-10", "2026-04-09"));
    let shown = get(&app, "volunteer1", &format!("{path}/honours")).expect(200).clone();
    assert_eq!((&shown["grants"][0]["id"], &shown["grants"][0]["allowed_actions"]), (&honour["id"], &json!([])));
    assert_eq!(shown["standings"].as_array().unwrap().len(), 8);
    get(&app, "volunteer2", &format!("{path}/honours")).refused(404, "not_found");
    get(&app, "volunteer2", &honour_at(&honour)).refused(404, "not_found");
    for user in ["clerk1", "citizen1", "reviewer1", "admin1"] {
        get(&app, user, &format!("{path}/honours")).refused(403, "forbidden");
    }
    get(&app, "volunteer1", "/v1/honour-batches").refused(403, "forbidden");
}

#[test]
fn a_list_names_what_is_missing_and_a_dry_run_keeps_nothing() {
    let app = TestApp::new();
    let path = with_book(&app, 1);
    let id = get(&app, "chief1", &path).expect(200)["id"].clone();
    let line = entered(&app, "clerk1", &path, &timed("2026-11-20", "09:00", "12:00"));
    let unit = entered(&app, "clerk1", &path, &elsewhere("2026-11-18", 60, "FIRE"));
    let body = |dry_run: bool| json!({"family": "MINISTRY_BADGE", "grade": "BRONZE", "volunteer_ids": [id], "on": "2026-11-23", "dry_run": dry_run});
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    app.token("chief1");
    let before = app.contents();
    let tried = app.post("/v1/honour-batches").user("chief1").once().json(&body(true)).send().expect(200).clone();
    for (table, rows) in before.iter().filter(|(table, _)| *table != "stored_answers") {
        assert!(*rows == app.contents()[table], "{table}");
    }
    let proposal = tried["proposals"][0].clone();
    assert_eq!((&tried["id"], &proposal["complete"]), (&Value::Null, &json!(false)));
    let has = |gap: &str, line: Value| {
        proposal["findings"].as_array().unwrap().iter().any(|one| one["gap"] == gap && one["hour_id"] == line)
    };
    assert!(has("CERTIFICATE_MISSING", Value::Null) && has("NOT_REPORTED", line["id"].clone()), "{proposal}");
    assert!(has("LINE_WAITS", unit["id"].clone()) && !has("BOOK_MISSING", Value::Null), "{proposal}");
    let kept = made(&app, "chief1", "/v1/honour-batches", &body(false));
    let read = get(&app, "chief2", &format!("/v1/honour-batches/{}", kept["id"].as_str().unwrap())).expect(200).clone();
    assert_eq!(read["proposals"], kept["proposals"]);
    assert_eq!(get(&app, "chief2", "/v1/honour-batches").expect(200)["items"].as_array().unwrap().len(), 1);
    let unknown = json!({"family": "HONOUR_CARD", "volunteer_ids": [kept["id"]]});
    let unknown = app.post("/v1/honour-batches").user("chief1").once().json(&unknown).send();
    assert_eq!(unknown.fields(), field("/volunteer_ids/0", "unknown"));
}

#[test]
fn only_those_who_have_the_hours_are_proposed_where_nobody_is_named() {
    let app = TestApp::new();
    let path = veteran(&app, 1);
    serve(&app, &path, ("2021-01-04", 15), 20);
    let body = json!({"family": "HONOUR_CARD", "dry_run": true});
    let tried = app.post("/v1/honour-batches").user("chief1").once().json(&body).send().expect(200).clone();
    let proposals = tried["proposals"].as_array().unwrap();
    assert_eq!(proposals.len(), 1, "{tried}");
    assert_eq!((&proposals[0]["standing"]["eligible"], &proposals[0]["complete"]), (&json!(true), &json!(false)));
    assert_eq!(proposals[0]["findings"].as_array().unwrap().len(), 15, "none of them is reported");
}

pub fn an_honour_is_granted_once(app: &TestApp) {
    let path = member(app, 1);
    crate::serial::log_in(app, &["chief1", "chief2"]);
    let badge = json!({"family": "MINISTRY_BADGE", "grade": "BRONZE", "granted_on": "2026-03-31"});
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["chief1", "chief2"][client % 2];
        app.post(&format!("{path}/honours")).user(user).once().json(&badge).send()
    });
    crate::serial::once(&answers, "201", "409 conflict");
}

pub fn an_honour_is_approved_once(app: &TestApp) {
    let path = member(app, 1);
    let honour = made(app, "chief1", &format!("{path}/honours"), &card("2023-04-10", "2026-04-09"));
    crate::serial::log_in(app, &["chief2", "director1"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["chief2", "director1"][client % 2];
        app.post(&format!("{}:approve", honour_at(&honour))).user(user).once().if_match("\"v1\"").send()
    });
    crate::serial::once(&answers, "200", "412 version_mismatch");
}
