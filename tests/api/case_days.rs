//! One case does not contradict itself: its days and its names against each other, at the check, the intake, the edit and the
//! correction.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, own, papers_of, registered, review, tag, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::{adoption, as_applicant, as_party, parental};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").header("Accept-Language", "en").json(body).send()
}

fn on(mut body: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[member] = value.into();
    body
}

/// A birth whose child is named as a party too.
fn with_child(name: &str, born: Value) -> Value {
    let mut body = birth(1);
    let child = json!({
        "role": "SUBJECT", "name": name, "birth_on": born, "identified_by": {"kind": "NO_NUMBER", "reason": "NOT_YET_GIVEN"}
    });
    body["parties"].as_array_mut().unwrap().push(child);
    body
}

/// A ruling on somebody who was born on a day, from another day on.
fn ruling(app: &TestApp, type_code: &str, born: &str, day: &str) -> Value {
    let mut body = complete(app, own(type_code, 21, json!({"kind": "COMMON", "matter": "裁定"}), &[]));
    body["parties"][0]["birth_on"] = json!(born);
    let (role, relation) = match type_code {
        "GUARDIANSHIP" => ("GUARDIAN", "GUARDIAN"),
        "ASSISTANCE" => ("GUARDIAN", "ASSISTANT"),
        _ => ("FATHER", "PARENT_ONE_OR_BOTH"),
    };
    body["parties"].as_array_mut().unwrap().push(as_party(person(22), role));
    (body["applicant"], body["event_on"]) = (person(22), json!(day));
    body["applicant"]["relation"] = json!(relation);
    body
}

fn divorce(app: &TestApp) -> Value {
    let mut body = married(app, 31, 32, GROWN);
    body["type_code"] = json!("DIVORCE_AGREED");
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    body["papers"] = json!(papers_of(app, "DIVORCE_AGREED"));
    body
}

#[test]
fn nobody_dies_after_the_day_from_which_the_period_runs() {
    let app = TestApp::new();
    let died = [field("/fields/died_on", "range")];
    let told = check(&app, &on(death(&app, 1), "/fields/died_on", "2026-11-21"));
    assert_eq!(told.fields(), died);
    assert!(told.text.contains("戶籍法 §48"), "{}", told.text);
    // Found later than it was, or on a day that is known in part.
    for day in ["2026-11-20", "2026-11-19", "2026-11", "2025"] {
        check(&app, &on(death(&app, 1), "/fields/died_on", day)).expect(200);
    }
    assert_eq!(take(&app, "clerk1", &on(death(&app, 1), "/event_on", "2026-11-19")).fields(), died);
    let case = take(&app, "clerk1", &death(&app, 1)).expect(201).clone();
    let edited = |event_on: &str| {
        let tag = tag(&app, &case);
        app.call("PATCH", &at(&case, "")).user("clerk1").if_match(&tag).json(&json!({"event_on": event_on})).send()
    };
    assert_eq!(edited("2026-11-19").fields(), died);
    edited("2026-11-21").expect(200);
    let case = registered(&app, &death(&app, 2));
    let early = json!([{"pointer": "/event_on", "value": "2026-11-18"}]);
    assert_eq!(correct(&app, &case, early).fields(), died);
    let both = json!([{"pointer": "/event_on", "value": "2026-11-18"}, {"pointer": "/fields/died_on", "value": "2026-11-18"}]);
    correct(&app, &case, both).expect(200);
}

#[test]
fn the_subject_of_a_birth_is_the_child_of_that_day_and_name() {
    let app = TestApp::new();
    check(&app, &with_child("測小安", json!("2026-11-10"))).expect(200);
    check(&app, &with_child("測 小安", json!("2026-11"))).expect(200);
    let other_day = check(&app, &with_child("測小安", json!("2026-11-09")));
    assert_eq!(other_day.fields(), [field("/parties/2/birth_on", "party_mismatch")]);
    assert_eq!(check(&app, &with_child("測小安", json!("2026-12"))).fields()[0].0, "/parties/2/birth_on");
    let other_name = check(&app, &with_child("測小寧", json!("2026-11-10")));
    assert_eq!(other_name.fields(), [field("/parties/2/name", "party_mismatch")]);
    assert!(other_name.text.contains("/fields/child_name"), "{}", other_name.text);
    let case = registered(&app, &with_child("測小安", json!("2026-11-10")));
    let alone = json!([{"pointer": "/event_on", "value": "2026-11-11"}]);
    assert_eq!(correct(&app, &case, alone).fields(), [field("/parties/2/birth_on", "party_mismatch")]);
    let whole = json!([
        {"pointer": "/event_on", "value": "2026-11-11"}, {"pointer": "/parties/2/birth_on", "value": "2026-11-11"}
    ]);
    correct(&app, &case, whole).expect(200);
}

#[test]
fn a_marriage_and_its_end_by_agreement_are_of_the_day_of_their_registration() {
    let app = TestApp::new();
    let early = [field("/event_on", "range")];
    let told = check(&app, &on(married(&app, 1, 2, GROWN), "/event_on", "2026-11-22"));
    assert_eq!(told.fields(), early);
    assert!(told.text.contains("民法 §982"), "{}", told.text);
    assert_eq!(check(&app, &on(divorce(&app), "/event_on", "2026-11-22")).fields(), early);
    // Up to 2008-05-22 a ceremony sufficed, up to 1985-06-04 a paper; abroad the law there tells.
    check(&app, &on(married(&app, 1, 2, GROWN), "/event_on", "2008-05-22")).expect(200);
    assert_eq!(check(&app, &on(married(&app, 1, 2, GROWN), "/event_on", "2008-05-23")).fields(), early);
    check(&app, &on(on(married(&app, 1, 2, GROWN), "/fields/abroad", true), "/event_on", "2026-11-02")).expect(200);
    check(&app, &on(divorce(&app), "/event_on", "1985-06-04")).expect(200);
    assert_eq!(check(&app, &on(divorce(&app), "/event_on", "1985-06-05")).fields(), early);
    let mut abroad = on(on(divorce(&app), "/fields/abroad", true), "/event_on", "2026-11-02");
    abroad["fields"]["witnesses"] = json!([]);
    assert_eq!(check(&app, &abroad).expect(200)["legal_due_on"], "2026-12-02");
    abroad["type_code"] = json!("DIVORCE_COURT");
    assert!(check(&app, &abroad).fields().contains(&field("/fields/abroad", "not_allowed")));
    let case = registered(&app, &married(&app, 1, 2, GROWN));
    let back = json!([{"pointer": "/event_on", "value": "2026-11-20"}]);
    assert_eq!(correct(&app, &case, back).fields(), [field("/changes/0/value", "range")]);
}

#[test]
fn a_divorce_abroad_holds_from_its_own_day_on() {
    let app = TestApp::new();
    let abroad = |mut body: Value, day: &str| {
        let more = (body["type_code"] == "MARRIAGE").then(|| json!("FOREIGN_PAPERS"));
        body["papers"].as_array_mut().unwrap().extend(more);
        registered(&app, &on(on(body, "/fields/abroad", true), "/event_on", day))
    };
    abroad(married(&app, 31, 32, GROWN), "2020-01-02");
    abroad(divorce(&app), "2026-11-02");
    abroad(married(&app, 31, 33, GROWN), "2026-11-03");
}

#[test]
fn nothing_happens_to_anybody_before_their_birth() {
    let app = TestApp::new();
    let early = [field("/event_on", "range")];
    for (type_code, born) in [("GUARDIANSHIP", "1990-05-04"), ("PARENTAL_RIGHTS", "2015-05-04")] {
        let day = &format!("{}-05-03", &born[..4]);
        let told = check(&app, &ruling(&app, type_code, born, day));
        assert_eq!(told.fields(), early, "{type_code}");
        assert!(told.text.contains("民法 §6"), "{}", told.text);
        // What is known in part refuses only what cannot be.
        check(&app, &ruling(&app, type_code, &born[..4], day)).expect(200);
        check(&app, &ruling(&app, type_code, born, &format!("{}-05-04", &born[..4]))).expect(200);
    }
    let told = check(&app, &ruling(&app, "ASSISTANCE", "1990-05-04", "1990-05-03"));
    assert!(told.fields().contains(&early[0]), "{}", told.text);
    let child = on(person(41), "/birth_on", "2015-05-04");
    let father = as_party(person(42), "FATHER");
    let acknowledged = parental(&app, "PARENTAGE", (child, father), "ACKNOWLEDGER");
    check(&app, &acknowledged).expect(200);
    assert_eq!(check(&app, &on(acknowledged, "/event_on", "2015-05-03")).fields(), early);
    let adopted = adoption(&app, "ADOPTION", 51, &person(52), "2015-05-03");
    assert_eq!(check(&app, &adopted).fields(), [early[0].clone(), field("/fields/final_on", "range")]);
    // No ruling becomes final after the day from which the period runs.
    let late = on(adoption(&app, "ADOPTION", 51, &person(52), "2026-11-02"), "/fields/final_on", "2026-11-03");
    assert_eq!(check(&app, &late).fields(), [field("/fields/final_on", "range")]);
    let mut guardian = ruling(&app, "GUARDIANSHIP", "1990-05-04", "2026-11-20");
    guardian["parties"][1]["birth_on"] = json!("2026-11-21");
    let told = check(&app, &guardian).fields();
    assert!(told.contains(&early[0]), "{told:?}");
}

#[test]
fn a_parent_who_has_died_exercises_no_rights_afterwards() {
    let app = TestApp::new();
    registered(&app, &death(&app, 22));
    let rights = |event: &str, day: &str| {
        let body = ruling(&app, "PARENTAL_RIGHTS", "2015-05-04", day);
        let mut body = on(on(body, "/fields/event", event), "/confirm_not_duplicate", true);
        body["parties"].as_array_mut().unwrap().push(as_party(female(23), "MOTHER"));
        body["applicant"] = as_applicant(female(23), "PARENT_ONE_OR_BOTH");
        take(&app, "clerk1", &body)
    };
    let dead = [field("/parties/1/national_id", "person_deceased")];
    assert_eq!(rights("DECLARED", "2026-11-21").fields(), dead);
    rights("DECLARED", "2026-11-20").expect(201);
    rights("REVOKED", "2026-11-21").expect(201);
}

#[test]
fn a_draft_is_judged_when_it_is_accepted() {
    let app = TestApp::new();
    let draft = on(with_child("測小寧", json!("2026-11-10")), "/draft", true);
    let case = take(&app, "clerk1", &draft).expect(201).clone();
    let told = act(&app, "clerk1", &case, ":accept", &json!({}));
    assert_eq!((told.status, told.fields()), (422, vec![field("/parties/2/name", "party_mismatch")]));
}

#[test]
fn a_marriage_that_waits_as_a_draft_is_of_the_day_on_which_it_is_accepted() {
    for name in ["married", "parted"] {
        let app = TestApp::new();
        let body = if name == "married" { married(&app, 31, 32, GROWN) } else { divorce(&app) };
        let draft = take(&app, "clerk1", &on(body, "/draft", true)).expect(201).clone();
        app.advance(Duration::days(2));
        let told = act(&app, "clerk1", &draft, ":accept", &json!({}));
        assert_eq!((told.status, told.fields()), (422, vec![field("/event_on", "range")]), "{name}");
        let patch = |day: &str| {
            let tag = tag(&app, &draft);
            app.call("PATCH", &at(&draft, "")).user("clerk1").if_match(&tag).json(&json!({"event_on": day})).send().expect(200);
        };
        patch("2026-11-26");
        assert_eq!(act(&app, "clerk1", &draft, ":accept", &json!({})).fields(), [field("/event_on", "range")], "{name}");
        patch("2026-11-25");
        assert_eq!(act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200)["status"], "ACCEPTED", "{name}");
        act(&app, "clerk1", &draft, ":submit-for-review", &json!({})).expect(200);
        review(&app, "reviewer1", &draft, "PASS").expect(201);
        let witness = json!([{"pointer": "/fields/witnesses/0/name", "value": "測試壬癸壬"}]);
        correct(&app, &draft, witness).expect(200);
    }
}

#[test]
fn whoever_comes_of_age_before_a_draft_is_accepted_marries_then() {
    let app = TestApp::new();
    let mut body = on(married(&app, 33, 34, ("2008-11-25", "1981-01-01")), "/draft", true);
    body["papers"].as_array_mut().unwrap().push(json!("LEGAL_REP_CONSENT"));
    let draft = take(&app, "clerk1", &body).expect(201).clone();
    let told = act(&app, "clerk1", &draft, ":accept", &json!({}));
    assert!(told.fields().contains(&field("/parties/0/birth_on", "too_young")), "{}", told.text);
    app.advance(Duration::days(2));
    let tag = tag(&app, &draft);
    let day = json!({"event_on": "2026-11-25"});
    app.call("PATCH", &at(&draft, "")).user("clerk1").if_match(&tag).json(&day).send().expect(200);
    act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200);
}

#[test]
fn an_acknowledgment_before_the_birth_is_of_the_day_of_birth() {
    let app = TestApp::new();
    let mut child = person(41);
    child["birth_on"] = json!("2026-11-10");
    let mut body = parental(&app, "PARENTAGE", (child, as_party(person(42), "FATHER")), "ACKNOWLEDGER");
    body["event_on"] = json!("2026-10-01");
    let told = check(&app, &body);
    assert_eq!(told.fields(), [field("/event_on", "range")]);
    assert!(told.text.contains("event_on is the day of birth") && told.text.contains("民法 §7"), "{}", told.text);
    body["event_on"] = json!("2026-11-10");
    assert_eq!(check(&app, &body).expect(200)["late"], false);
}

#[test]
fn a_day_of_birth_that_the_register_has_is_corrected_to_the_day_that_is_said() {
    let app = TestApp::new();
    let corrected = |after: &str| {
        let fields = json!({"kind": "COMMON", "matter": "出生日期更正", "after": after});
        let mut body = complete(&app, own("BIRTHDATE_CORRECTION", 72, fields, &[]));
        (body["parties"][0]["birth_on"], body["confirm_not_duplicate"]) = (json!(after), json!(true));
        body
    };
    for after in ["1991-06-05", "1991-06-08"] {
        registered(&app, &corrected(after));
        app.advance(Duration::seconds(1));
    }
    let known = facts(&app, &person_id(&app, &person(72)));
    let today = known.iter().find(|fact| fact["kind"] == "BIRTH_ON" && fact["is_todays"] == true).unwrap();
    assert_eq!(today["value"], "1991-06-08");
    // Of a birth as well.
    let mut born = birth(73);
    born["fields"]["national_id"] = female(74)["national_id"].clone();
    registered(&app, &born);
    let mut body = corrected("2026-11-12");
    let child = json!({"name": "測小安", "national_id": female(74)["national_id"], "birth_on": "2026-11-12"});
    (body["parties"], body["applicant"]) =
        (json!([as_party(child, "SUBJECT")]), as_applicant(female(73), "LEGAL_REPRESENTATIVE"));
    check(&app, &body).expect(200);
    body["fields"]["after"] = json!("2026-11-10");
    assert_eq!(check(&app, &body).fields(), [field("/fields/after", "party_mismatch")]);
}

#[test]
fn a_corrected_birthday_stands_with_the_subject_and_the_words_agree() {
    let app = TestApp::new();
    let fields = json!({"kind": "COMMON", "matter": "出生日期更正", "before": "1990-05-04", "after": "1991-06-05"});
    let mut body = complete(&app, own("BIRTHDATE_CORRECTION", 71, fields, &[]));
    body["parties"][0]["birth_on"] = json!("1990-05-04");
    let told = check(&app, &body);
    assert_eq!(told.fields(), [field("/fields/after", "party_mismatch")]);
    body["parties"][0]["birth_on"] = json!("1991-06-05");
    check(&app, &body).expect(200);
    body["fields"]["after"] = json!("民國 80 年 6 月 5 日");
    check(&app, &body).expect(200);
}
