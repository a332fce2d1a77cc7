//! What keeps a volunteer from serving on a day: trainings by the day on which they were finished, insurances, consents; and what ends soon.

use serde_json::{Value, json};

use crate::support::{TestApp, person};
use crate::volunteers::{
    act, at, blockers, entry_at, field, get, insurance, made, member, reason, training, update, volunteer, with,
};

#[test]
fn every_blocker_of_a_day_is_named() {
    let app = TestApp::new();
    let path = at(&made(&app, "clerk1", "/v1/volunteers", &volunteer(1)));
    let nothing = ["NOT_FULL_MEMBER", "BASIC_TRAINING_MISSING", "SPECIAL_TRAINING_MISSING", "INSURANCE_MISSING"];
    assert_eq!(blockers(&app, &path, "2026-11-23"), nothing);
    let path = member(&app, 2);
    assert!(blockers(&app, &path, "2026-11-23").is_empty());
    assert_eq!(blockers(&app, &path, "2026-03-31"), ["NOT_FULL_MEMBER"]);
    assert_eq!(blockers(&app, &path, "2027-01-01"), ["INSURANCE_EXPIRED"], "judged by the day, not by today");
    let profile = with(volunteer(2)["profile"].clone(), "categories", json!(["INTERPRETING"]));
    update(&app, "clerk1", &path, &json!({"profile": profile, "reason": "改任通譯"})).expect(200);
    let readiness = get(&app, "clerk1", &path).expect(200)["readiness"].clone();
    assert_eq!(readiness[0]["blockers"], json!(["SPECIAL_TRAINING_MISSING"]), "of that category");
    get(&app, "clerk1", &format!("{path}?on=9999-01-01")).refused(400, "invalid_parameter");
}

#[test]
fn a_training_counts_from_the_day_on_which_it_was_finished() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let trainings = format!("{path}/trainings");
    let special = get(&app, "clerk1", &trainings).expect(200)["items"][1].clone();
    let entry = entry_at(&special);
    act(&app, "clerk1", &entry, "withdraw", &reason()).expect(200);
    assert_eq!(blockers(&app, &path, "2026-11-23"), ["SPECIAL_TRAINING_MISSING"]);
    act(&app, "clerk1", &entry, "withdraw", &reason()).refused(409, "wrong_state");
    // A certificate that is filed late tells of the day on which the training was finished.
    let late = made(&app, "clerk2", &trainings, &training("SPECIAL", "2026-05-02"));
    assert!(blockers(&app, &path, "2026-05-02").is_empty());
    let counts_from = || get(&app, "clerk1", &path).expect(200)["readiness"][0]["counts_from"].clone();
    assert_eq!(counts_from(), "2026-05-02", "not from the day on which it was typed");
    assert_eq!(blockers(&app, &path, "2026-05-01"), ["SPECIAL_TRAINING_MISSING"], "before it nothing ever counts");
    let ending = with(training("SPECIAL", "2026-05-02"), "valid_until", json!("2026-10-31"));
    act(&app, "clerk1", &entry_at(&late), "correct", &json!({"training": ending, "reason": "漏載效期"})).expect(200);
    assert_eq!(blockers(&app, &path, "2026-11-01"), ["SPECIAL_TRAINING_EXPIRED"]);
    made(&app, "clerk1", &trainings, &training("REFRESHER", "2026-11-10"));
    assert_eq!(blockers(&app, &path, "2026-11-09"), ["SPECIAL_TRAINING_EXPIRED"]);
    assert!(blockers(&app, &path, "2026-11-10").is_empty(), "renewed");
    assert_eq!(act(&app, "clerk1", &entry, "restore", &reason()).expect(200)["status"], "STANDING");
    assert!(blockers(&app, &path, "2026-11-09").is_empty());
    assert_eq!(counts_from(), "2026-04-01");
}

#[test]
fn what_cannot_be_is_no_entry() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let refused = |noun: &str, body: Value| {
        let answer = app.post(&format!("{path}/{noun}")).user("clerk1").once().json(&body).send();
        answer.refused(422, "invalid");
        answer.fields()
    };
    assert_eq!(refused("trainings", training("BASIC", "2026-11-24")), field("/completed_on", "range"));
    let nameless = with(training("SPECIAL", "2026-11-20"), "category", Value::Null);
    assert_eq!(refused("trainings", nameless), field("/category", "required"));
    let of_category = with(training("BASIC", "2026-11-20"), "category", json!("GUIDANCE"));
    assert_eq!(refused("trainings", of_category), field("/category", "not_allowed"));
    let over = with(training("BASIC", "2026-11-20"), "valid_until", json!("2026-11-19"));
    assert_eq!(refused("trainings", over), field("/valid_until", "range"));
    assert_eq!(refused("insurances", insurance("2026-11-20", "2026-11-19")), field("/to_on", "range"));
    // Born in May 1970: the insurer insures up to eighty, to the day before the next birthday.
    made(&app, "clerk1", &format!("{path}/insurances"), &insurance("2051-01-01", "2051-05-03"));
    assert_eq!(refused("insurances", insurance("2051-01-01", "2051-05-04")), field("/to_on", "range"));
    let certificate =
        |from: &str, to: &str, number: &str| json!({"number": number, "issued_on": "2026-11-20", "from_on": from, "to_on": to});
    let certificates = format!("{path}/certificates");
    assert_eq!(refused("certificates", certificate("2026-03-31", "2026-10-31", "第 1 號")), field("/from_on", "range"));
    assert_eq!(refused("certificates", certificate("2026-04-01", "2026-11-21", "第 1 號")), field("/to_on", "range"));
    made(&app, "clerk1", &certificates, &certificate("2026-04-01", "2026-10-31", "第 1 號"));
    assert_eq!(refused("certificates", certificate("2026-04-01", "2026-10-31", "第 1 號")), field("/number", "taken"));
    // One that was withdrawn keeps its number from nobody, and does not come back beside another.
    let first = entry_at(&get(&app, "clerk1", &certificates).expect(200)["items"][0]);
    act(&app, "clerk1", &first, "withdraw", &reason()).expect(200);
    let second = entry_at(&made(&app, "clerk1", &certificates, &certificate("2026-04-01", "2026-10-31", "第 1 號")));
    assert_eq!(act(&app, "clerk1", &first, "restore", &reason()).fields(), field("/number", "taken"));
    act(&app, "clerk1", &second, "withdraw", &reason()).expect(200);
    act(&app, "clerk1", &first, "restore", &reason()).expect(200);
    let appraisal = json!({"appraised_on": "2026-11-20", "from_on": "2026-01-01", "to_on": "2026-11-21", "result": "GOOD"});
    assert_eq!(refused("appraisals", appraisal), field("/to_on", "range"));
    let entry = entry_at(&get(&app, "clerk1", &certificates).expect(200)["items"][0]);
    let other = json!({"training": training("BASIC", "2026-02-01"), "reason": "更正"});
    assert_eq!(act(&app, "clerk1", &entry, "correct", &other).fields(), field("/training", "not_allowed"));
    assert_eq!(act(&app, "clerk1", &entry, "correct", &reason()).fields(), field("/certificate", "required"));
}

#[test]
fn a_minor_serves_with_the_consent_of_whoever_represents_them() {
    let app = TestApp::new();
    let mut body = volunteer(1);
    body["person"]["birth_on"] = json!("2009-05-04");
    let path = at(&made(&app, "clerk1", "/v1/volunteers", &body));
    for (kind, day) in [("BASIC", "2026-02-01"), ("SPECIAL", "2026-03-14")] {
        made(&app, "clerk1", &format!("{path}/trainings"), &training(kind, day));
    }
    made(&app, "clerk1", &format!("{path}/insurances"), &insurance("2026-01-01", "2027-12-31"));
    act(&app, "chief1", &path, "activate", &json!({"member_from": "2026-04-01", "reason": "實習期滿"})).expect(200);
    assert_eq!(blockers(&app, &path, "2026-11-23"), ["CONSENT_MISSING"]);
    let consent = json!({
        "representative": "王大明", "relation": "PARENT", "document": "家長同意書", "seen_on": "2026-11-20", "from_on": "2026-09-01",
        "to_on": "2027-01-31"
    });
    let entered = made(&app, "clerk2", &format!("{path}/consents"), &consent);
    assert_eq!(
        entered["entered_by"],
        get(&app, "clerk2", "/v1/me").expect(200)["id"].as_str().map(|id| format!("accounts/{id}")).unwrap()
    );
    assert!(blockers(&app, &path, "2026-11-23").is_empty());
    assert_eq!(blockers(&app, &path, "2027-02-01"), ["CONSENT_EXPIRED"]);
    assert!(blockers(&app, &path, "2027-05-04").is_empty(), "of age on that day");
    let unknown = with(volunteer(2), "person", person(2));
    let path = at(&made(&app, "clerk1", "/v1/volunteers", &unknown));
    assert!(blockers(&app, &path, "2026-11-23").contains(&"AGE_UNKNOWN".to_owned()));
}

#[test]
fn what_ends_soon_is_listed_and_told_of_once() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let told = |app: &TestApp| app.contents()["events"].iter().filter(|row| row.contains("volunteer.entry_expiring")).count();
    let is_listed = |app: &TestApp| {
        let listed = get(app, "clerk1", "/v1/volunteers?expiring=true").expect(200).to_string();
        listed.contains(path.rsplit('/').next().unwrap())
    };
    app.tick();
    assert!(!is_listed(&app), "the year ends in more than twenty working days");
    app.set_clock("2026-12-15T07:00:00+08:00");
    app.tick();
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    assert_eq!(told(&app), 0, "nobody is told before the office opens");
    assert!(is_listed(&app));
    for clock in ["2026-12-15T09:00:00+08:00", "2026-12-16T09:00:00+08:00"] {
        app.set_clock(clock);
        app.tick();
    }
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    assert_eq!(told(&app), 1);
    made(&app, "clerk1", &format!("{path}/insurances"), &insurance("2027-01-01", "2027-12-31"));
    assert!(!is_listed(&app), "the next one goes on after it");
}

#[test]
fn a_training_that_was_too_short_is_named() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let trainings = get(&app, "clerk1", &format!("{path}/trainings")).expect(200)["items"].clone();
    for (place, kind, day) in [(0, "BASIC", "2026-02-01"), (1, "SPECIAL", "2026-03-14")] {
        let short = with(training(kind, day), "minutes", json!(359));
        act(&app, "clerk1", &entry_at(&trainings[place]), "correct", &json!({"training": short, "reason": "時數誤植"}))
            .expect(200);
    }
    assert_eq!(blockers(&app, &path, "2026-11-23"), ["BASIC_TRAINING_TOO_SHORT", "SPECIAL_TRAINING_TOO_SHORT"]);
    assert_eq!(get(&app, "clerk1", &path).expect(200)["readiness"][0]["counts_from"], Value::Null);
}

#[test]
fn what_goes_on_after_a_gap_is_told_of_and_again_where_its_renewal_falls() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let told = |app: &TestApp| {
        app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
        app.contents()["events"].iter().filter(|row| row.contains("volunteer.entry_expiring")).count()
    };
    let insurances = format!("{path}/insurances");
    let late = made(&app, "clerk1", &insurances, &insurance("2027-01-02", "2027-12-31"));
    app.set_clock("2026-12-15T09:00:00+08:00");
    app.tick();
    assert_eq!(told(&app), 1, "a day without insurance");
    let body = json!({"insurance": insurance("2027-01-01", "2027-12-31"), "reason": "起日誤植"});
    act(&app, "clerk1", &entry_at(&late), "correct", &body).expect(200);
    let is_listed = || {
        let listed = get(&app, "clerk1", "/v1/volunteers?expiring=true").expect(200).to_string();
        listed.contains(path.rsplit('/').next().unwrap())
    };
    assert!(!is_listed());
    act(&app, "clerk1", &entry_at(&late), "withdraw", &reason()).expect(200);
    assert!(is_listed());
    app.set_clock("2026-12-16T09:00:00+08:00");
    app.tick();
    assert_eq!(told(&app), 2, "it was renewed, and is so no more");
    act(&app, "clerk1", &path, "retire", &reason()).expect(200);
    assert!(!is_listed());
}
