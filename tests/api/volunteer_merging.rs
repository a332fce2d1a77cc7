//! Two records of one human: found, merged into one that stands for both, and parted again.

use serde_json::{Value, json};

use crate::records::{join, on};
use crate::support::{TestApp, person};
use crate::volunteers::{act, at, field, get, made, member, reason, training, volunteer, with};

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

#[test]
fn two_records_of_one_human_are_merged_and_parted_again() {
    let app = TestApp::new();
    let one = member(&app, 1);
    let other = at(&made(&app, "clerk1", "/v1/volunteers", &by_passport(1)));
    made(&app, "clerk1", &format!("{other}/trainings"), &training("BASIC", "2026-06-06"));
    let shown = |path: &str| get(&app, "clerk1", path).expect(200).clone();
    let (first, second) = (shown(&one), shown(&other));
    let merging = json!({"into_volunteer_id": first["id"], "reason": "先以護照申請，為同一人"});
    act(&app, "clerk1", &other, "merge", &merging).refused(409, "conflict");
    let people = [&second, &first].map(|volunteer| volunteer["person_id"].as_str().unwrap().to_owned());
    join(&app, &people[0], &people[1]).expect(200);
    assert_eq!(shown(&one)["same_person_ids"], json!([second["id"]]));
    let itself = json!({"into_volunteer_id": second["id"], "reason": "x"});
    assert_eq!(act(&app, "clerk1", &other, "merge", &itself).fields(), field("/into_volunteer_id", "not_allowed"));
    let merged = act(&app, "clerk1", &other, "merge", &merging).expect(200).clone();
    assert_eq!((&merged["status"], &merged["merged_into_id"]), (&json!("MERGED"), &first["id"]));
    let standing = shown(&one);
    assert_eq!((&standing["merged_ids"], &standing["same_person_ids"]), (&json!([second["id"]]), &json!([])));
    let trainings = |path: &str| shown(&format!("{path}/trainings"))["items"].as_array().unwrap().len();
    assert_eq!((trainings(&one), trainings(&other)), (3, 1));
    act(&app, "clerk1", &other, "suspend", &reason()).refused(409, "wrong_state");
    let more = app.post(&format!("{other}/trainings")).user("clerk1").once().json(&training("BASIC", "2026-06-07")).send();
    more.refused(409, "wrong_state");
    let back = json!({"into_volunteer_id": second["id"], "reason": "x"});
    act(&app, "clerk1", &one, "merge", &back).refused(409, "conflict");
    let listed = shown("/v1/volunteers?limit=100").to_string();
    assert!(!listed.contains(second["id"].as_str().unwrap()), "one record stands for both");
    assert_eq!(act(&app, "chief1", &other, "unmerge", &reason()).expect(200)["status"], "TRAINEE");
    assert_eq!((trainings(&one), trainings(&other)), (2, 1));
    let acts = |path: &str| {
        let history = shown(&format!("{path}/history?limit=100"))["items"].clone();
        history.as_array().unwrap().iter().map(|line| line["act"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(acts(&other).ends_with(&["merged".to_owned(), "unmerged".to_owned()]), "{:?}", acts(&other));
    // The records of the person are parted, and with them those of the volunteer.
    act(&app, "clerk1", &other, "merge", &merging).expect(200);
    on(&app, "chief2", &people[0], ":part", &json!({"reason": "並非同一人"})).expect(200);
    let parted = shown(&other);
    assert_eq!((&parted["status"], &parted["merged_into_id"]), (&json!("TRAINEE"), &Value::Null));
}
