//! What a digest keeps secret: whoever does not see a petition finds it in no number, no list, no change, no hash and no refusal, before
//! and after a month is frozen; beside each stands a control that is counted.

use serde_json::{Value, json};

use crate::digests::{NOVEMBER, act, by_one, frozen, hash, read};
use crate::petition_merging::{id, merge, unmerge};
use crate::petition_secrecy::let_out;
use crate::petitions::{self, Taken, account, assign, letter, replied, take, with};
use crate::support::{TestApp, person};

/// All that somebody is told of a month.
fn told(app: &TestApp, user: &str) -> Vec<String> {
    let mut all = vec![read(app, user, NOVEMBER).to_string()];
    for cell in ["RECEIVED", "PENDING", "CLOSED", "REPEATED", "FIRST_REPLIED"] {
        for scope in ["FIGURES", "SEEN"] {
            let path = format!("{NOVEMBER}/petitions?include_total=true&measure={cell}&scope={scope}");
            all.push(app.get(&path).user(user).send().expect(200).to_string());
        }
    }
    for end in ["/changes?include_total=true", "/digest.html"] {
        all.push(app.get(&format!("{NOVEMBER}{end}")).user(user).send().text);
    }
    all
}

fn received(app: &TestApp, user: &str, table: &str) -> i64 {
    read(app, user, NOVEMBER)[table]["received"].as_i64().unwrap()
}

#[test]
fn a_confidential_petition_is_counted_for_whoever_sees_it_alone() {
    let app = TestApp::new();
    let users = ["clerk1", "chief1", "chief2", "director1"];
    let before: Vec<Vec<String>> = users.iter().map(|user| told(&app, user)).collect();
    let seen = users.map(|user| received(&app, user, "seen"));
    let report = take(&app, Some("clerk1"), &letter("REPORT"));
    // In quarantine it is its custodian's alone.
    assert_eq!(users.map(|user| received(&app, user, "seen")), [seen[0], seen[1], seen[2] + 1, seen[3]]);
    let concerns = json!({"concerns": [{"kind": "ACCOUNT", "account_id": account(&app, "director1")}]});
    let tag = petitions::get(&app, "chief2", &report.path).etag().to_owned();
    app.call("PATCH", &report.path).user("chief2").if_match(&tag).json(&concerns).send().expect(200);
    let released = json!({"accept": true, "reason": "已確認"});
    petitions::act(&app, "chief2", &report, "screen", &released).expect(200);
    // Released, it is seen by supervisors with the duty, but not by whom it concerns.
    assert_eq!(users.map(|user| received(&app, user, "seen")), [seen[0], seen[1] + 1, seen[2] + 1, seen[3]]);
    for (place, user) in users.iter().enumerate().filter(|(_, user)| ["clerk1", "director1"].contains(*user)) {
        assert_eq!(told(&app, user), before[place], "{user}");
    }
    let figures = |user: &str| read(&app, user, NOVEMBER)["figures"].clone();
    assert_eq!(figures("chief2"), figures("clerk1"), "one table for all");
    // The control.
    take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assert_eq!(users.map(|user| received(&app, user, "seen")), [seen[0] + 1, seen[1] + 2, seen[2] + 2, seen[3] + 1]);
}

#[test]
fn a_frozen_month_tells_no_more_and_its_hash_is_of_what_all_see() {
    let app = TestApp::new();
    let other = TestApp::new();
    let report = take(&app, Some("clerk1"), &letter("REPORT"));
    for app in [&app, &other] {
        app.set_clock("2026-12-01T09:00:00+08:00");
    }
    let (with_report, without) = (frozen(&app, NOVEMBER), frozen(&other, NOVEMBER));
    assert_eq!(with_report["sha256"], without["sha256"]);
    assert_eq!(with_report["figures"], without["figures"]);
    let seen = |app: &TestApp| read(app, "chief2", NOVEMBER)["seen"]["received"].as_i64().unwrap();
    assert_eq!(seen(&app), seen(&other) + 1);
    // Put right afterwards, it changes nothing that others are told.
    let before = told(&app, "clerk1");
    let tag = petitions::get(&app, "chief2", &report.path).etag().to_owned();
    let topic = json!({"topic": "SERVICE"});
    app.call("PATCH", &report.path).user("chief2").if_match(&tag).json(&topic).send().expect(200);
    assert_eq!(told(&app, "clerk1"), before);
    assert_eq!(read(&app, "chief2", NOVEMBER)["changes"], 1);
}

/// Makes a petition confidential and a matter of clerk1's.
fn made_secret(app: &TestApp, path: &str) {
    let concerns = json!({"confidential": true, "concerns": [{"kind": "ACCOUNT", "account_id": account(app, "clerk1")}]});
    let tag = petitions::get(app, "chief2", path).etag().to_owned();
    app.call("PATCH", path).user("chief2").if_match(&tag).json(&concerns).send().expect(200);
}

#[test]
fn one_that_becomes_secret_after_the_freezing_is_found_in_no_list_no_change_and_no_figure() {
    let (app, other) = (TestApp::new(), TestApp::new());
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    for app in [&app, &other] {
        app.set_clock("2026-12-01T09:00:00+08:00");
    }
    let (before, without) = (frozen(&app, NOVEMBER), frozen(&other, NOVEMBER));
    assert_eq!(read(&app, "clerk1", NOVEMBER)["withdrawn"], false);
    made_secret(&app, &petition.path);
    let frozen_hash = before["sha256"].as_str().unwrap();
    for path in [NOVEMBER.to_owned(), format!("{NOVEMBER}?revision=1")] {
        let after = read(&app, "clerk1", &path);
        assert_eq!((&after["figures"], &after["changes"]), (&without["figures"], &json!(0)), "as if it had never been counted");
        assert_eq!((&after["withdrawn"], &after["sha256"]), (&json!(true), &Value::Null), "which is said plainly");
        assert!(!after.to_string().contains(frozen_hash), "by the hash it could be guessed");
        let whole = read(&app, "chief2", &path);
        assert_eq!((&whole["figures"], &whole["withdrawn"]), (&before["figures"], &json!(false)), "what was frozen stays");
        assert_eq!((&whole["sha256"], &whole["freezings"][0]["sha256"]), (&before["sha256"], &before["sha256"]));
        assert_eq!(whole["sha256"], hash(&whole));
    }
    let id = petition.path.rsplit('/').next().unwrap();
    for all in told(&app, "clerk1") {
        assert!(!all.contains(id) && !all.contains(&petition.number) && !all.contains(frozen_hash), "{all}");
    }
    let list = app.get(&format!("{NOVEMBER}/petitions?measure=RECEIVED&scope=SEEN")).user("chief2").send();
    assert!(list.expect(200).to_string().contains(id));
    // The page is handed on: it is the same for all, and so is the month in the trend of the next one.
    let page = |user: &str, month: &str| app.get(&format!("{month}/digest.html")).user(user).send().text;
    assert_eq!(page("chief2", NOVEMBER), page("clerk1", NOVEMBER));
    assert!(!page("chief2", NOVEMBER).contains(frozen_hash) && page("chief2", NOVEMBER).contains("剔除"));
    let december = "/v1/digests/petitions/2026-12";
    let trend = |page: String| page[page.find("trend-d").unwrap()..].split("</desc>").next().unwrap().to_owned();
    assert_eq!(trend(page("chief2", december)), trend(page("clerk1", december)));
    // Frozen anew, no difference of the two tells of it.
    act(&app, "director1", NOVEMBER, "unfreeze", &json!({"reason": "重新統計"})).expect(200);
    let second = frozen(&app, NOVEMBER);
    let (old, new) = (read(&app, "clerk1", &format!("{NOVEMBER}?revision=1")), read(&app, "clerk1", NOVEMBER));
    assert_eq!((&old["figures"], &new["figures"]), (&second["figures"], &second["figures"]));
    assert_eq!((&old["sha256"], &new["sha256"]), (&Value::Null, &second["sha256"]));
}

#[test]
fn the_trend_goes_by_what_everybody_sees_still() {
    let (app, other) = (TestApp::new(), TestApp::new());
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    for app in [&app, &other] {
        app.set_clock("2026-12-01T09:00:00+08:00");
        frozen(app, NOVEMBER);
    }
    let trend = |app: &TestApp| {
        let page = app.get("/v1/digests/petitions/2026-12/digest.html").user("clerk1").send().text;
        page[page.find("trend-d").unwrap()..].split("</desc>").next().unwrap().to_owned()
    };
    assert_ne!(trend(&app), trend(&other), "the control");
    made_secret(&app, &petition.path);
    assert_eq!(trend(&app), trend(&other));
}

#[test]
fn satisfaction_is_withdrawn_with_a_rated_petition_that_becomes_secret() {
    let app = TestApp::new();
    let rated = || {
        let petition = take(&app, Some("clerk1"), &letter("INQUIRY"));
        assign(&app, &petition, "clerk2");
        replied(&app, &petition, "FINAL");
        let body = json!({"number": petition.number, "secret": petition.secret, "score": 5});
        app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send().expect(201);
        petition
    };
    let all: Vec<Taken> = (0..6).map(|_| rated()).collect();
    app.set_clock("2026-12-01T09:00:00+08:00");
    let before = frozen(&app, NOVEMBER);
    assert_eq!(before["satisfaction"]["ratings"], 6);
    made_secret(&app, &all[0].path);
    let (after, whole) = (read(&app, "clerk1", NOVEMBER), read(&app, "chief2", NOVEMBER));
    assert_eq!((&after["satisfaction"], &after["withdrawn"]), (&Value::Null, &json!(true)));
    assert_eq!((&whole["satisfaction"], &whole["sha256"]), (&before["satisfaction"], &before["sha256"]));
}

#[test]
fn one_that_names_staff_or_is_a_matter_of_theirs_is_in_no_number_that_all_see() {
    let app = TestApp::new();
    app.name_holder("clerk3", 72);
    app.name_holder("clerk1", 73);
    let (all, clerk, chief) =
        (received(&app, "chief1", "figures"), received(&app, "clerk1", "seen"), received(&app, "chief1", "seen"));
    // Of somebody who handles petitions, and of one whom it names: neither is secret to others.
    for (who, own) in [(72, 1), (73, 0)] {
        let before = (received(&app, "clerk1", "seen"), received(&app, "chief1", "seen"));
        take(&app, Some("clerk2"), &with(letter("INQUIRY"), "petitioner", person(who)));
        assert_eq!(received(&app, "chief1", "figures"), all, "{who}");
        assert_eq!((received(&app, "clerk1", "seen"), received(&app, "chief1", "seen")), (before.0 + own, before.1 + 1), "{who}");
    }
    let named = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}]);
    take(&app, Some("clerk2"), &with(letter("SUGGESTION"), "concerns", named));
    assert_eq!(received(&app, "chief1", "figures"), all);
    assert_eq!((received(&app, "clerk1", "seen"), received(&app, "chief1", "seen")), (clerk + 1, chief + 3));
    take(&app, Some("clerk2"), &letter("SUGGESTION"));
    assert_eq!(received(&app, "chief1", "figures"), all + 1);
}

#[test]
fn one_that_is_answered_together_with_another_is_in_no_number_of_whoever_does_not_see_that() {
    let app = TestApp::new();
    let before = told(&app, "clerk1");
    let named = json!([{"kind": "ACCOUNT", "account_id": account(&app, "clerk1")}]);
    let main = take(&app, Some("clerk3"), &with(letter("SUGGESTION"), "concerns", named));
    let other = take(&app, Some("clerk3"), &letter("SUGGESTION"));
    assert_ne!(told(&app, "clerk1"), before);
    merge(&app, "chief1", &other, &id(&main)).expect(200);
    assert_eq!(told(&app, "clerk1"), before);
    let (all, seen) = (received(&app, "chief1", "figures"), received(&app, "chief1", "seen"));
    assert_eq!(seen, all + 2);
    unmerge(&app, &other).expect(200);
    assert_eq!((received(&app, "clerk1", "figures"), received(&app, "clerk1", "seen")), (all + 1, all + 1));
}

#[test]
fn repeated_petitioners_are_told_of_without_those_that_somebody_does_not_see() {
    let app = TestApp::new();
    take(&app, Some("clerk1"), &by_one("SUGGESTION"));
    let repeated = |user: &str, table: &str| read(&app, user, NOVEMBER)[table]["repeated"]["petitioners"].clone();
    take(&app, Some("clerk1"), &by_one("REPORT"));
    assert_eq!((repeated("clerk1", "seen"), repeated("chief2", "figures")), (json!(0), json!(0)));
    assert_eq!(repeated("chief2", "seen"), json!(1), "one of the two is secret");
    take(&app, Some("clerk1"), &by_one("SUGGESTION"));
    assert_eq!((repeated("clerk1", "seen"), repeated("chief2", "figures")), (json!(1), json!(1)));
}

#[test]
fn whoever_reads_a_petition_without_its_petitioner_is_not_told_that_they_have_petitioned_before() {
    let app = TestApp::new();
    take(&app, Some("clerk1"), &by_one("SUGGESTION"));
    let report = take(&app, Some("clerk1"), &by_one("REPORT"));
    let_out(&app, &report, "chief2", &json!([]));
    let told = |user: &str| {
        let repeated = read(&app, user, NOVEMBER)["seen"]["repeated"].clone();
        let list = app.get(&format!("{NOVEMBER}/petitions?measure=REPEATED&scope=SEEN&include_total=true")).user(user).send();
        (repeated["petitions"].clone(), list.expect(200)["total"].clone())
    };
    // Both see it, its custodian alone as it was written.
    petitions::get(&app, "chief1", &report.path).expect(200);
    assert_eq!((told("chief1"), told("chief2")), ((json!(0), json!(0)), (json!(2), json!(2))));
    take(&app, Some("clerk1"), &by_one("INQUIRY"));
    assert_eq!((told("chief1"), told("chief2")), ((json!(2), json!(2)), (json!(3), json!(3))));
    app.set_clock("2026-12-01T09:00:00+08:00");
    frozen(&app, NOVEMBER);
    assert_eq!((told("chief1"), told("chief2")), ((json!(2), json!(2)), (json!(3), json!(3))), "nor once it is frozen");
}

#[test]
fn what_is_frozen_stands_sealed() {
    let app = TestApp::new();
    app.set_clock("2026-12-01T09:00:00+08:00");
    act(&app, "clerk1", NOVEMBER, "submit", &json!({"reason": "已核對收受簿"})).expect(200);
    act(&app, "chief1", NOVEMBER, "freeze", &json!({})).expect(200);
    act(&app, "director1", NOVEMBER, "mark-read", &json!({"remarks": "請檢討等候時間"})).expect(200);
    assert_eq!(read(&app, "director1", NOVEMBER)["remarks"], "請檢討等候時間");
    for (table, rows) in app.contents() {
        for said in ["已核對收受簿", "請檢討等候時間", "\"received\"", "pending_by_age", "RECEIVED\","] {
            let telling = rows.iter().filter(|row| row.contains(said)).count();
            assert!(telling == 0 || !table.starts_with("petition_digest"), "{table}: {said}");
        }
    }
}

#[test]
fn an_answer_that_was_kept_is_no_road_around_it() {
    let app = TestApp::new();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let list = |user: &str| {
        let path = format!("{NOVEMBER}/petitions?measure=RECEIVED&include_total=true");
        app.get(&path).user(user).send().expect(200)["total"].as_i64().unwrap()
    };
    let before = list("clerk1");
    let tag = petitions::get(&app, "chief2", &petition.path).etag().to_owned();
    let known = app.get(NOVEMBER).user("clerk1").send().etag().to_owned();
    let secret = json!({"confidential": true});
    app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&secret).send().expect(200);
    assert_eq!(list("clerk1"), before - 1);
    let again = app.get(NOVEMBER).user("clerk1").header("If-None-Match", &known).send();
    assert_eq!(again.expect(200)["figures"]["received"], Value::from(before - 1), "not even 304 tells of what was");
}
