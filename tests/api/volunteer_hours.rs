//! Hours of volunteers: lines that are never overwritten, judged by the days of trainings, vouched for by others, and reported.

use serde_json::{Value, json};

use crate::records::{join, on};
use crate::support::{Answer, TestApp};
use crate::volunteers::{act, at, entry_at, field, get, made, member, reason, training, update, volunteer, with};

/// A line from a moment of a day to another, Asia/Taipei.
pub fn timed(day: &str, from: &str, to: &str) -> Value {
    json!({
        "time": {"begins_at": format!("{day}T{from}:00+08:00"), "ends_at": format!("{day}T{to}:00+08:00")}, "category": "GUIDANCE",
        "field": "HOUSEHOLD", "kind": "SERVICE", "presence": "SEEN_BY_CLERK"
    })
}

/// A line of a day and how long.
pub fn of_day(day: &str, minutes: i32) -> Value {
    json!({
        "time": {"day": day, "minutes": minutes}, "category": "GUIDANCE", "field": "HOUSEHOLD", "kind": "SERVICE",
        "presence": "FROM_PAPER"
    })
}

/// A line of another unit.
pub fn elsewhere(day: &str, minutes: i32, of: &str) -> Value {
    let mut body = of_day(day, minutes);
    body["field"] = json!(of);
    body["category"] = Value::Null;
    body["other_unit"] = json!({"name": "和美消防分隊", "registrar": "陳登錄"});
    body
}

pub fn line_at(line: &Value) -> String {
    format!("/v1/hours/{}", line["id"].as_str().unwrap())
}

pub fn entered(app: &TestApp, user: &str, path: &str, body: &Value) -> Value {
    made(app, user, &format!("{path}/hours"), body)
}

/// Gives a volunteer their record book.
pub fn give_book(app: &TestApp, path: &str) {
    let book = json!({"record_book": {"number": "第 12 號", "issued_on": "2026-06-01"}, "reason": "核發"});
    update(app, "clerk1", path, &book).expect(200);
}

/// A full member with a record book.
pub fn with_book(app: &TestApp, number: u32) -> String {
    let path = member(app, number);
    give_book(app, &path);
    path
}

/// What a line is judged to be: verdict, reason and minutes.
pub fn judged(app: &TestApp, line: &Value) -> (String, Value, i64) {
    let judgement = get(app, "clerk1", &line_at(line)).expect(200)["judgement"].clone();
    (judgement["verdict"].as_str().unwrap().to_owned(), judgement["reason"].clone(), judgement["minutes"].as_i64().unwrap())
}

fn countable(minutes: i64) -> (String, Value, i64) {
    ("COUNTABLE".to_owned(), Value::Null, minutes)
}

fn waiting(reason: &str, minutes: i64) -> (String, Value, i64) {
    ("WAITING".to_owned(), json!(reason), minutes)
}

fn lost(reason: &str) -> (String, Value, i64) {
    ("NOT_COUNTABLE".to_owned(), json!(reason), 0)
}

/// Minutes of a volunteer that count.
pub fn counted(app: &TestApp, path: &str) -> i64 {
    let lines = get(app, "clerk1", &format!("{path}/hours?limit=100")).expect(200)["items"].as_array().unwrap().clone();
    let counts = lines.iter().filter(|line| line["judgement"]["verdict"] == "COUNTABLE");
    counts.map(|line| line["judgement"]["minutes"].as_i64().unwrap()).sum()
}

#[test]
fn hours_wait_for_the_book_and_are_never_lost() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let line = entered(&app, "clerk1", &path, &timed("2026-05-04", "09:00", "12:00"));
    assert_eq!(
        (&line["minutes"], &line["served_on"], &line["reporting"]),
        (&json!(180), &json!("2026-05-04"), &json!("NOT_REPORTED"))
    );
    assert_eq!(judged(&app, &line), waiting("BOOK_TO_COME", 180));
    give_book(&app, &path);
    assert_eq!(judged(&app, &line), countable(180), "also of a day before the book");
    let early = entered(&app, "clerk1", &path, &timed("2026-03-31", "09:00", "12:00"));
    assert_eq!(judged(&app, &early), lost("NOT_FULL_MEMBER"));
    for (kind, reason) in [("TRAINING", "TRAINING"), ("MEETING", "MEETING"), ("PROBATION", "PROBATION")] {
        let body = with(timed("2026-05-05", "09:00", "12:00"), "kind", json!(kind));
        let line = entered(&app, "clerk1", &path, &body);
        assert_eq!((judged(&app, &line), &line["reporting"]), (lost(reason), &json!("NOT_DUE")));
    }
    let paid = with(timed("2026-05-05", "13:00", "14:00"), "paid_time", json!(true));
    assert_eq!(judged(&app, &entered(&app, "clerk1", &path, &paid)), lost("PAID_TIME"));
}

#[test]
fn a_certificate_that_is_filed_late_judges_past_hours_anew() {
    let app = TestApp::new();
    let path = with_book(&app, 1);
    let trainings = format!("{path}/trainings");
    let special = get(&app, "clerk1", &trainings).expect(200)["items"][1].clone();
    act(&app, "clerk1", &entry_at(&special), "withdraw", &reason()).expect(200);
    let before = entered(&app, "clerk1", &path, &timed("2026-05-01", "09:00", "12:00"));
    let after = entered(&app, "clerk1", &path, &timed("2026-05-04", "09:00", "12:00"));
    assert_eq!((judged(&app, &before), judged(&app, &after)), (lost("BEFORE_TRAINING"), lost("BEFORE_TRAINING")));
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let contents = app.contents();
    let tried = with(training("SPECIAL", "2026-05-02"), "dry_run", json!(true));
    let told = app.post(&trainings).user("clerk1").once().json(&tried).send().expect(200).clone();
    assert_eq!(told["changes"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!((&told["changes"][0]["hour_id"], &told["changes"][0]["after"]["verdict"]), (&after["id"], &json!("COUNTABLE")));
    for (table, rows) in contents.iter().filter(|(table, _)| *table != "stored_answers") {
        assert!(*rows == app.contents()[table], "{table}");
    }
    made(&app, "clerk1", &trainings, &training("SPECIAL", "2026-05-02"));
    assert_eq!((judged(&app, &before), judged(&app, &after)), (lost("BEFORE_TRAINING"), countable(180)));
}

#[test]
fn times_across_midnight_and_overlaps_are_right() {
    let app = TestApp::new();
    let path = with_book(&app, 1);
    let mut night = timed("2026-11-20", "22:00", "23:00");
    night["time"]["ends_at"] = json!("2026-11-20T18:00:00Z");
    let first = entered(&app, "clerk1", &path, &night);
    assert_eq!((&first["minutes"], &first["served_on"]), (&json!(240), &json!("2026-11-20")));
    let second = entered(&app, "clerk2", &path, &timed("2026-11-21", "01:00", "03:00"));
    assert_eq!((judged(&app, &first), judged(&app, &second)), (countable(240), countable(60)));
    let third = entered(&app, "clerk1", &path, &timed("2026-11-20", "22:30", "23:30"));
    assert_eq!(judged(&app, &third), lost("OVERLAPS"));
    assert_eq!(counted(&app, &path), 300);
    let unit = entered(&app, "clerk1", &path, &elsewhere("2026-10-05", 120, "FIRE"));
    assert_eq!((judged(&app, &unit), &unit["reporting"]), (waiting("OVERLAP_UNKNOWN", 120), &json!("NOT_DUE")));
    let apart = json!({"overlap": "APART", "reason": "已電洽該單位"});
    act(&app, "clerk2", &line_at(&unit), "judge-overlap", &apart).expect(200);
    assert_eq!(judged(&app, &unit), countable(120));
    act(&app, "clerk2", &line_at(&unit), "judge-overlap", &json!({"overlap": "SAME", "reason": "同一活動"})).expect(200);
    assert_eq!(judged(&app, &unit), lost("OVERLAPS"));
    assert_eq!(act(&app, "clerk2", &line_at(&first), "judge-overlap", &apart).fields(), field("/overlap", "not_allowed"));
}

#[test]
fn what_cannot_be_is_no_line() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let refused = |body: Value| {
        let answer = app.post(&format!("{path}/hours")).user("clerk1").once().json(&body).send();
        answer.refused(422, "invalid");
        answer.fields()
    };
    assert_eq!(refused(timed("2026-11-20", "12:00", "09:00")), field("/time/ends_at", "range"));
    assert_eq!(refused(timed("2026-11-23", "08:00", "09:01")), field("/time/ends_at", "range"));
    assert_eq!(refused(of_day("2026-11-24", 60)), field("/time/day", "range"));
    let mut both = timed("2026-11-20", "09:00", "12:00");
    both["time"]["day"] = json!("2026-11-20");
    assert_eq!(refused(both), field("/time/day", "not_both"));
    let mut excluded = timed("2026-11-20", "09:00", "12:00");
    excluded["time"]["excluded_minutes"] = json!(180);
    assert_eq!(refused(excluded), field("/time/excluded_minutes", "range"));
    assert_eq!(refused(with(timed("2026-11-20", "09:00", "12:00"), "category", Value::Null)), field("/category", "required"));
    let seen = with(elsewhere("2026-11-20", 60, "FIRE"), "presence", json!("SEEN_BY_CLERK"));
    assert_eq!(refused(seen), field("/presence", "not_allowed"));
    let english = app.post(&format!("{path}/hours")).user("clerk1").once().header("Accept-Language", "en");
    let english = english.json(&of_day("2026-11-24", 60)).send();
    assert_eq!(english.body["errors"][0]["detail"], "not after 2026-11-23");
    let chinese = app.post(&format!("{path}/hours")).user("clerk1").once().json(&of_day("2026-11-24", 60)).send();
    assert_eq!(chinese.body["errors"][0]["detail"], "不得晚於 2026-11-23");
}

#[test]
fn nobody_registers_or_corrects_their_own_hours() {
    let app = TestApp::new();
    app.name_holder("clerk2", 7);
    let path = with_book(&app, 7);
    let body = timed("2026-11-20", "09:00", "12:00");
    let own = app.post(&format!("{path}/hours")).user("clerk2").once().json(&body).send();
    own.refused(409, "own_request");
    let unsaid = app.post(&format!("{path}/hours")).user("clerk1").once().json(&body).send();
    assert_eq!(unsaid.fields(), field("/paid_time", "required"), "of one who works in the office");
    let line = entered(&app, "clerk1", &path, &with(body, "paid_time", json!(false)));
    let correction = json!({"hours": with(timed("2026-11-20", "09:00", "13:00"), "paid_time", json!(false)), "reason": "誤植"});
    act(&app, "clerk2", &line_at(&line), "correct", &correction).refused(409, "own_request");
    act(&app, "clerk2", &line_at(&line), "withdraw", &reason()).refused(409, "own_request");
    assert_eq!(get(&app, "clerk2", &line_at(&line)).expect(200)["allowed_actions"], json!([]));
    let report = json!({"reported_on": "2026-11-23", "lines": [{"hour_id": line["id"], "outcome": "TAKEN"}]});
    app.post("/v1/hour-reports").user("clerk2").once().json(&report).send().refused(409, "own_request");
    let claim = format!(
        "UPDATE volunteer_hours SET status = 'CLAIMED', registrar = NULL, registered_at = NULL WHERE id = '{}'",
        line["id"].as_str().unwrap()
    );
    app.sql(&claim);
    assert_eq!(judged(&app, &line), waiting("NOT_VOUCHED_FOR", 180));
    let confirm = |user: &str| {
        let tag = get(&app, "director1", &line_at(&line)).etag().to_owned();
        app.post(&format!("{}:confirm", line_at(&line))).user(user).once().if_match(&tag).send()
    };
    confirm("clerk2").refused(409, "own_request");
    let vouched = confirm("clerk1").expect(200).clone();
    assert_eq!(vouched["status"], "ENTERED");
    assert!(vouched["registrar"].as_str().is_some_and(|name| name.starts_with("accounts/")));
    assert_eq!(judged(&app, &line), countable(180));
}

/// The record of the demo's first volunteer.
pub fn own_record(app: &TestApp) -> String {
    at(&get(app, "volunteer1", "/v1/volunteers").expect(200)["items"][0])
}

#[test]
fn a_volunteer_confirms_or_disputes_and_another_clerk_answers() {
    let app = TestApp::new();
    let path = own_record(&app);
    let line = entered(&app, "clerk1", &path, &timed("2026-11-20", "09:00", "12:00"));
    let at_line = line_at(&line);
    let say = |user: &str, act: &str, body: Option<Value>| -> Answer {
        let tag = get(&app, "director1", &at_line).etag().to_owned();
        let call = app.post(&format!("{at_line}:{act}")).user(user).once().if_match(&tag);
        match body {
            Some(body) => call.json(&body).send(),
            None => call.send(),
        }
    };
    say("clerk2", "confirm", None).refused(409, "wrong_state");
    assert_eq!(get(&app, "volunteer1", &at_line).expect(200)["allowed_actions"], json!(["confirm", "dispute"]));
    assert_eq!(say("volunteer1", "confirm", None).expect(200)["status"], "CONFIRMED");
    assert_eq!(say("volunteer1", "dispute", Some(json!({"reason": "應至十三時"}))).expect(200)["status"], "DISPUTED");
    assert_eq!(judged(&app, &line), waiting("DISPUTED", 180));
    let listed = get(&app, "clerk2", "/v1/hours?status=DISPUTED").expect(200)["items"].clone();
    assert_eq!(listed[0]["id"], line["id"]);
    say("clerk1", "answer-dispute", Some(reason())).refused(409, "same_person");
    let correction = json!({"hours": timed("2026-11-20", "09:00", "13:00"), "reason": "依簽到單"});
    say("clerk1", "correct", Some(correction.clone())).refused(409, "same_person");
    say("volunteer1", "answer-dispute", Some(reason())).refused(403, "forbidden");
    assert_eq!(say("clerk2", "answer-dispute", Some(reason())).expect(200)["status"], "ANSWERED");
    say("volunteer1", "dispute", Some(json!({"reason": "仍有出入"}))).expect(200);
    let corrected = say("clerk2", "correct", Some(correction)).expect(201).clone();
    assert_eq!((&corrected["stands_for_id"], &corrected["minutes"]), (&line["id"], &json!(240)));
    let old = get(&app, "volunteer1", &at_line).expect(200).clone();
    assert_eq!((&old["status"], &old["minutes"], &old["replaced_by_id"]), (&json!("REPLACED"), &json!(180), &corrected["id"]));
    for user in ["volunteer2", "volunteer9"] {
        get(&app, user, &at_line).refused(404, "not_found");
        get(&app, user, &format!("{path}/hours")).refused(404, "not_found");
        assert_eq!(get(&app, user, "/v1/hours").expect(200)["items"], json!([]));
    }
    for user in ["citizen1", "reviewer1", "admin1"] {
        get(&app, user, "/v1/hours").refused(403, "forbidden");
    }
    let own = app.post(&format!("{path}/hours")).user("volunteer1").once().json(&timed("2026-11-20", "14:00", "15:00")).send();
    own.refused(403, "forbidden");
}

#[test]
fn a_correction_that_is_taken_back_lets_the_line_stand_again() {
    let app = TestApp::new();
    let path = with_book(&app, 1);
    let line = entered(&app, "clerk1", &path, &timed("2026-11-20", "09:00", "12:00"));
    let correction = json!({"hours": timed("2026-11-20", "09:00", "10:00"), "reason": "誤植"});
    let corrected = act(&app, "clerk1", &line_at(&line), "correct", &correction).expect(201).clone();
    assert_eq!((counted(&app, &path), judged(&app, &line)), (60, lost("REPLACED")));
    act(&app, "clerk1", &line_at(&line), "correct", &correction).refused(409, "wrong_state");
    act(&app, "clerk2", &line_at(&corrected), "withdraw", &reason()).expect(200);
    assert_eq!((counted(&app, &path), judged(&app, &corrected)), (180, lost("WITHDRAWN")));
    act(&app, "clerk2", &line_at(&corrected), "restore", &reason()).expect(200);
    assert_eq!((counted(&app, &path), judged(&app, &line)), (60, lost("REPLACED")));
    act(&app, "clerk2", &line_at(&corrected), "withdraw", &reason()).expect(200);
    let other = act(&app, "clerk1", &line_at(&line), "correct", &correction).expect(201).clone();
    act(&app, "clerk2", &line_at(&corrected), "restore", &reason()).refused(409, "conflict");
    act(&app, "clerk2", &line_at(&other), "withdraw", &reason()).expect(200);
    act(&app, "clerk2", &line_at(&line), "withdraw", &reason()).expect(200);
    assert_eq!(counted(&app, &path), 0);
    act(&app, "clerk2", &line_at(&line), "restore", &reason()).expect(200);
    assert_eq!(counted(&app, &path), 180);
    let history = get(&app, "chief1", &format!("{path}/history?limit=100")).expect(200).to_string();
    assert!(history.contains("volunteer_hours.replaced") && history.contains("volunteer_hours.restored"), "{history}");
}

#[test]
fn what_was_reported_and_is_otherwise_since_is_to_be_put_right_there() {
    let app = TestApp::new();
    let path = with_book(&app, 1);
    let line = entered(&app, "clerk1", &path, &timed("2026-11-20", "09:00", "12:00"));
    let long = entered(&app, "clerk1", &path, &timed("2026-11-19", "09:00", "12:00"));
    let uncounted = entered(&app, "clerk1", &path, &timed("2026-03-20", "09:00", "12:00"));
    let report = |lines: Value| {
        let body = json!({"reported_on": "2026-11-23", "reference": "115-11 批次", "lines": lines});
        app.post("/v1/hour-reports").user("clerk2").once().json(&body).send()
    };
    let listed = |state: &str| {
        let found = get(&app, "clerk1", &format!("/v1/hours?reporting={state}")).expect(200)["items"].clone();
        found.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed("NOT_REPORTED").len(), 3);
    let unfit = report(json!([{"hour_id": uncounted["id"], "outcome": "TAKEN"}]));
    assert_eq!(unfit.fields(), field("/lines/0/hour_id", "not_allowed"), "it does not count");
    let twice = report(json!([{"hour_id": line["id"], "outcome": "TAKEN"}, {"hour_id": line["id"], "outcome": "TAKEN"}]));
    assert_eq!(twice.fields(), field("/lines/1/hour_id", "not_allowed"));
    let batch = report(json!([
        {"hour_id": line["id"], "outcome": "TAKEN"}, {"hour_id": long["id"], "outcome": "REFUSED_LENGTH"}
    ]));
    let batch = batch.expect(201).clone();
    assert_eq!((listed("REPORTED"), listed("REFUSED")), (vec![line["id"].clone()], vec![long["id"].clone()]));
    assert_eq!(report(json!([{"hour_id": line["id"], "outcome": "TAKEN"}])).fields(), field("/lines/0/hour_id", "not_allowed"));
    let correction = json!({"hours": timed("2026-11-20", "09:00", "10:00"), "reason": "誤植"});
    let corrected = act(&app, "clerk1", &line_at(&line), "correct", &correction).expect(201).clone();
    assert_eq!(listed("TO_CORRECT"), [line["id"].clone()]);
    let second = report(json!([
        {"hour_id": line["id"], "outcome": "CORRECTED"}, {"hour_id": corrected["id"], "outcome": "TAKEN"},
        {"hour_id": long["id"], "outcome": "TAKEN"}
    ]));
    let second = second.expect(201).clone();
    assert!(listed("TO_CORRECT").is_empty() && listed("REFUSED").is_empty());
    let at_report = |batch: &Value| format!("/v1/hour-reports/{}", batch["id"].as_str().unwrap());
    act(&app, "clerk1", &at_report(&second), "withdraw", &json!({"reason": "誤送"})).expect(200);
    assert_eq!((listed("TO_CORRECT"), listed("REFUSED")), (vec![line["id"].clone()], vec![long["id"].clone()]));
    act(&app, "clerk1", &at_report(&second), "withdraw", &json!({"reason": "誤送"})).refused(409, "wrong_state");
    act(&app, "clerk1", &at_report(&batch), "withdraw", &json!({"reason": "誤送"})).expect(200);
    assert!(listed("TO_CORRECT").is_empty());
    for user in ["volunteer1", "citizen1"] {
        get(&app, user, "/v1/hour-reports").refused(403, "forbidden");
    }
}

#[test]
fn hours_of_merged_records_count_once_and_come_apart_again() {
    let app = TestApp::new();
    let one = with_book(&app, 1);
    let mut body = volunteer(1);
    let passport = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "P8800001"});
    body["person"] = json!({"name": body["person"]["name"], "identified_by": passport, "birth_on": "1970-05-04"});
    let other = at(&made(&app, "clerk1", "/v1/volunteers", &body));
    entered(&app, "clerk1", &one, &timed("2026-11-20", "09:00", "12:00"));
    let second = entered(&app, "clerk1", &other, &timed("2026-11-20", "11:00", "13:00"));
    assert_eq!((counted(&app, &one), judged(&app, &second)), (180, lost("NOT_FULL_MEMBER")));
    let people = [&other, &one].map(|path| get(&app, "clerk1", path).expect(200)["person_id"].as_str().unwrap().to_owned());
    join(&app, &people[0], &people[1]).expect(200);
    assert_eq!(get(&app, "clerk1", &other).expect(200)["status"], "MERGED");
    assert_eq!((counted(&app, &one), counted(&app, &other)), (240, 240), "an hour of them overlaps");
    let merged = app.post(&format!("{other}/hours")).user("clerk1").once().json(&timed("2026-11-19", "09:00", "10:00")).send();
    merged.refused(409, "wrong_state");
    on(&app, "chief2", &people[0], ":part", &json!({"reason": "並非同一人"})).expect(200);
    assert_eq!((counted(&app, &one), counted(&app, &other)), (180, 0));
}

#[test]
fn what_is_said_of_hours_stands_in_the_clear_nowhere() {
    let app = TestApp::new();
    const CANARY: &str = "鄰居林罕名";
    let path = with_book(&app, 1);
    let body = with(timed("2026-11-20", "09:00", "12:00"), "note", json!(format!("協助{CANARY}")));
    let line = entered(&app, "clerk1", &path, &body);
    let mut unit = elsewhere("2026-11-18", 60, "FIRE");
    unit["other_unit"]["name"] = json!(format!("{CANARY}工作室"));
    entered(&app, "clerk1", &path, &unit);
    act(&app, "clerk2", &line_at(&line), "withdraw", &json!({"reason": format!("據{CANARY}告知")})).expect(200);
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains(CANARY)), "{table}");
    }
}

/// A small generator, so that each run does the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn whatever_is_corrected_and_taken_back_no_minute_is_lost_or_counted_twice() {
    let app = TestApp::new();
    let path = with_book(&app, 1);
    let mut dice = Dice(20_261_123);
    let span = |dice: &mut Dice| {
        let from = 8 + dice.roll(6);
        (from, from + 1 + dice.roll(4))
    };
    let body = |(from, to): (u64, u64)| timed("2026-11-20", &format!("{from:02}:00"), &format!("{to:02}:00"));
    for round in 0..40 {
        let lines = get(&app, "clerk1", &format!("{path}/hours?limit=100")).expect(200)["items"].as_array().unwrap().clone();
        let drawn = (!lines.is_empty()).then(|| lines[usize::try_from(dice.roll(lines.len() as u64)).unwrap()].clone());
        match (dice.roll(4), drawn) {
            (0, _) | (_, None) => _ = entered(&app, "clerk1", &path, &body(span(&mut dice))),
            (1, Some(line)) => {
                let correction = json!({"hours": body(span(&mut dice)), "reason": "誤植"});
                act(&app, "clerk2", &line_at(&line), "correct", &correction);
            }
            (2, Some(line)) => _ = act(&app, "clerk2", &line_at(&line), "withdraw", &reason()),
            (_, Some(line)) => _ = act(&app, "clerk2", &line_at(&line), "restore", &reason()),
        }
        let lines = get(&app, "clerk1", &format!("{path}/hours?limit=100")).expect(200)["items"].as_array().unwrap().clone();
        let hour = |moment: &Value| moment.as_str().unwrap()[11..13].parse::<u64>().unwrap();
        let standing: Vec<(u64, u64)> = lines
            .iter()
            .filter(|line| !["REPLACED", "WITHDRAWN"].contains(&line["status"].as_str().unwrap()))
            .map(|line| (hour(&line["begins_at"]), hour(&line["ends_at"])))
            .collect();
        let covered = (0..24).filter(|at| standing.iter().any(|(from, to)| from <= at && at < to)).count();
        assert_eq!(counted(&app, &path), i64::try_from(covered * 60).unwrap(), "round {round}");
        for line in &lines {
            let heads =
                lines.iter().filter(|other| other["stands_for_id"] == line["id"] && other["status"] != "WITHDRAWN").count();
            assert!(heads <= 1, "two corrections of one line stand");
            assert_eq!(heads == 1, line["status"] == "REPLACED", "{line}");
        }
    }
}

pub fn a_line_of_hours_is_corrected_once(app: &TestApp) {
    let path = member(app, 1);
    let line = entered(app, "clerk1", &path, &timed("2026-11-20", "09:00", "12:00"));
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let correction = json!({"hours": timed("2026-11-20", "09:00", "10:00"), "reason": "誤植"});
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        crate::serial::act(app, user, &format!("{}:correct", line_at(&line)), &correction)
    });
    crate::serial::once(&answers, "201", "409 wrong_state");
}

pub fn a_line_of_hours_is_reported_once(app: &TestApp) {
    let path = with_book(app, 1);
    let line = entered(app, "clerk1", &path, &timed("2026-11-20", "09:00", "12:00"));
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let report = json!({"reported_on": "2026-11-23", "lines": [{"hour_id": line["id"], "outcome": "TAKEN"}]});
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post("/v1/hour-reports").user(user).once().json(&report).send()
    });
    crate::serial::once(&answers, "201", "422 invalid");
}
