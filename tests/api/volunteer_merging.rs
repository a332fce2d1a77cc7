//! Two records of one human: found, merged into one that stands for both, and parted again.

use serde_json::{Value, json};

use crate::records::{join, on};
use crate::support::{TestApp, person};
use crate::volunteers::{act, at, blockers, field, get, made, member, reason, training, volunteer, with};

/// The same human by a passport.
fn by_passport(number: u32) -> Value {
    let mut body = volunteer(number);
    let passport = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": format!("P88{number:05}")});
    body["person"] = json!({"name": person(number)["name"], "identified_by": passport, "birth_on": "1970-05-04"});
    body
}

#[test]
fn of_one_human_there_is_one_record() {
    let app = TestApp::new();
    let first = made(&app, "clerk1", "/v1/volunteers", &volunteer(1));
    let again = app.post("/v1/volunteers").user("clerk2").once().json(&volunteer(1)).send();
    assert_eq!(again.refused(409, "conflict")["standing_id"], first["id"]);
    act(&app, "clerk1", &at(&first), "retire", &reason()).expect(200);
    let again = app.post("/v1/volunteers").user("clerk2").once().json(&volunteer(1)).send();
    assert_eq!(again.refused(409, "conflict")["standing_id"], first["id"], "whoever has retired is reinstated");
    let otherwise = with(volunteer(1), "person", with(person(1), "name", json!("林測試")));
    app.post("/v1/volunteers").user("clerk2").once().json(&otherwise).send().refused(409, "identity_unsettled");
}

fn shown(app: &TestApp, path: &str) -> Value {
    get(app, "clerk1", path).expect(200).clone()
}

fn acts(app: &TestApp, path: &str) -> Vec<String> {
    let history = shown(app, &format!("{path}/history?limit=100"))["items"].clone();
    history.as_array().unwrap().iter().map(|line| line["act"].as_str().unwrap().to_owned()).collect()
}

fn person_of(app: &TestApp, path: &str) -> String {
    shown(app, path)["person_id"].as_str().unwrap().to_owned()
}

fn join_people(app: &TestApp, one: &str, other: &str) {
    let (one, other) = (person_of(app, one), person_of(app, other));
    join(app, &one, &other).expect(200);
}

fn absences(volunteer: &Value, of: &str) -> usize {
    volunteer[of].as_array().unwrap().len()
}

#[test]
fn two_live_records_of_one_human_are_one_once_their_people_are() {
    let app = TestApp::new();
    let one = member(&app, 1);
    let other = at(&made(&app, "clerk1", "/v1/volunteers", &by_passport(1)));
    made(&app, "clerk1", &format!("{other}/trainings"), &training("BASIC", "2026-06-06"));
    let (first, second) = (shown(&app, &one), shown(&app, &other));
    let merging = json!({"into_volunteer_id": first["id"], "reason": "先以護照申請，為同一人"});
    act(&app, "clerk1", &other, "merge", &merging).refused(409, "conflict");
    join_people(&app, &other, &one);
    let merged = shown(&app, &other);
    assert_eq!((&merged["status"], &merged["merged_into_id"]), (&json!("MERGED"), &first["id"]), "into the full member");
    let standing = shown(&app, &one);
    assert_eq!((&standing["merged_ids"], &standing["same_person_ids"]), (&json!([second["id"]]), &json!([])));
    let trainings = |path: &str| shown(&app, &format!("{path}/trainings"))["items"].as_array().unwrap().len();
    assert_eq!((trainings(&one), trainings(&other)), (3, 1));
    act(&app, "clerk1", &other, "suspend", &reason()).refused(409, "wrong_state");
    let more = app.post(&format!("{other}/trainings")).user("clerk1").once().json(&training("BASIC", "2026-06-07")).send();
    more.refused(409, "wrong_state");
    let listed = shown(&app, "/v1/volunteers?limit=100").to_string();
    assert!(!listed.contains(second["id"].as_str().unwrap()), "one record stands for both");
    // As long as they are one human, they are a volunteer by one record.
    let parted = act(&app, "chief1", &other, "unmerge", &reason());
    assert_eq!(parted.refused(409, "conflict")["standing_id"], first["id"]);
    on(&app, "chief2", &person_of(&app, &other), ":part", &json!({"reason": "並非同一人"})).expect(200);
    let parted = shown(&app, &other);
    assert_eq!((&parted["status"], &parted["merged_into_id"]), (&json!("TRAINEE"), &Value::Null));
    assert_eq!((trainings(&one), trainings(&other)), (2, 1));
    assert!(acts(&app, &other).ends_with(&["merged".to_owned(), "unmerged".to_owned()]), "{:?}", acts(&app, &other));
    assert!(acts(&app, &one).ends_with(&["took_in".to_owned(), "gave_back".to_owned()]), "{:?}", acts(&app, &one));
}

#[test]
fn what_kept_a_merged_record_from_serving_binds_the_one_that_stands() {
    let app = TestApp::new();
    let one = member(&app, 1);
    let other = at(&made(&app, "clerk1", "/v1/volunteers", &by_passport(1)));
    act(&app, "clerk1", &other, "suspend", &json!({"reason": "調查中"})).expect(200);
    join_people(&app, &other, &one);
    let standing = shown(&app, &one);
    assert_eq!((&standing["status"], &standing["absences"]), (&json!("SUSPENDED"), &json!([])));
    assert_eq!(absences(&standing, "merged_absences"), 1, "{standing}");
    assert_eq!(blockers(&app, &one, "2026-11-23"), ["SUSPENDED"]);
    app.advance(chrono::Duration::days(1));
    assert_eq!(act(&app, "chief1", &one, "reinstate", &reason()).expect(200)["status"], "ACTIVE");
    assert_eq!(blockers(&app, &one, "2026-11-23"), ["SUSPENDED"], "what was stays");
    assert!(blockers(&app, &one, "2026-11-24").is_empty());
    // Parted, each has exactly its own: nobody has brought that human back.
    on(&app, "chief2", &person_of(&app, &other), ":part", &json!({"reason": "並非同一人"})).expect(200);
    assert_eq!(shown(&app, &other)["status"], "SUSPENDED");
    let standing = shown(&app, &one);
    assert_eq!((&standing["status"], absences(&standing, "merged_absences")), (&json!("ACTIVE"), 0));
    assert!(blockers(&app, &one, "2026-11-23").is_empty());
}

#[test]
fn two_merges_into_one_are_parted_each_with_its_own() {
    let app = TestApp::new();
    let standing = member(&app, 1);
    let merged: Vec<String> =
        [11, 12].into_iter().map(|number| at(&made(&app, "clerk1", "/v1/volunteers", &by_passport(number)))).collect();
    act(&app, "clerk1", &merged[0], "suspend", &json!({"reason": "調查中"})).expect(200);
    act(&app, "clerk1", &merged[1], "suspend", &json!({"reason": "出國", "until_on": "2026-11-25"})).expect(200);
    for one in &merged {
        join_people(&app, one, &standing);
    }
    let shown_now = shown(&app, &standing);
    assert_eq!((&shown_now["suspended_until"], absences(&shown_now, "merged_absences")), (&Value::Null, 2));
    on(&app, "chief2", &person_of(&app, &merged[0]), ":part", &json!({"reason": "並非同一人"})).expect(200);
    let first = shown(&app, &merged[0]);
    assert_eq!((&first["status"], &first["suspended_until"]), (&json!("SUSPENDED"), &Value::Null));
    let shown_now = shown(&app, &standing);
    assert_eq!((&shown_now["status"], &shown_now["suspended_until"]), (&json!("SUSPENDED"), &json!("2026-11-25")));
    assert_eq!(shown(&app, &merged[1])["status"], "MERGED");
    app.set_clock("2026-11-26T09:00:00+08:00");
    app.tick();
    assert_eq!(shown(&app, &standing)["status"], "ACTIVE");
    on(&app, "chief2", &person_of(&app, &merged[1]), ":part", &json!({"reason": "並非同一人"})).expect(200);
    assert_eq!(shown(&app, &merged[1])["status"], "TRAINEE");
}

#[test]
fn whoever_has_retired_comes_back_beside_no_other_record_of_theirs() {
    let app = TestApp::new();
    let one = member(&app, 1);
    let other = at(&made(&app, "clerk1", "/v1/volunteers", &by_passport(1)));
    act(&app, "clerk1", &other, "retire", &reason()).expect(200);
    join_people(&app, &other, &one);
    let (standing, retired) = (shown(&app, &one), shown(&app, &other));
    assert_eq!((&retired["status"], &standing["same_person_ids"]), (&json!("RETIRED"), &json!([retired["id"]])));
    let back = act(&app, "chief1", &other, "reinstate", &reason());
    assert_eq!(back.refused(409, "conflict")["standing_id"], standing["id"]);
    let never = json!({"place": 0, "absence": null, "reason": "誤登"});
    act(&app, "chief1", &other, "correct-absence", &never).refused(409, "conflict");
    let itself = json!({"into_volunteer_id": retired["id"], "reason": "x"});
    assert_eq!(act(&app, "clerk1", &other, "merge", &itself).fields(), field("/into_volunteer_id", "not_allowed"));
    let unknown = json!({"into_volunteer_id": person_of(&app, &one), "reason": "x"});
    assert_eq!(act(&app, "clerk1", &other, "merge", &unknown).fields(), field("/into_volunteer_id", "unknown"));
    let backwards = json!({"into_volunteer_id": retired["id"], "reason": "x"});
    act(&app, "clerk1", &one, "merge", &backwards).refused(409, "conflict");
    let merging = json!({"into_volunteer_id": standing["id"], "reason": "同一人"});
    act(&app, "clerk1", &other, "merge", &merging).expect(200);
    assert_eq!(shown(&app, &one)["status"], "RETIRED", "a retirement binds too");
    assert_eq!(act(&app, "chief1", &other, "unmerge", &reason()).expect(200)["status"], "RETIRED");
    assert_eq!(shown(&app, &one)["status"], "ACTIVE");
    act(&app, "clerk1", &other, "merge", &merging).expect(200);
    assert_eq!(act(&app, "chief1", &one, "reinstate", &reason()).expect(200)["status"], "ACTIVE");
}

/// Of two retired records of one human one comes back, whoever is first.
pub fn one_of_two_records_comes_back(app: &TestApp) {
    let one = at(&made(app, "clerk1", "/v1/volunteers", &volunteer(1)));
    let other = at(&made(app, "clerk1", "/v1/volunteers", &by_passport(1)));
    for path in [&one, &other] {
        act(app, "clerk1", path, "retire", &reason()).expect(200);
    }
    join_people(app, &other, &one);
    crate::serial::log_in(app, &["chief1", "clerk2"]);
    let tags = [&one, &other].map(|path| get(app, "chief1", path).etag().to_owned());
    let answers = crate::serial::at_once(2, |client| {
        let (path, user) = ([&one, &other][client], ["chief1", "clerk2"][client]);
        app.post(&format!("{path}:reinstate")).user(user).once().if_match(&tags[client]).json(&reason()).send()
    });
    crate::serial::once(&answers, "200", "409 conflict");
}
