//! Limits of petitions: by the office's days, stopped by supplements, extended once, and following every change of the calendar.

use huzheng::calendar::Period;
use huzheng::petitions::PetitionSettings;
use serde_json::{Value, json};

use crate::petitions::{Taken, act, assign, get, hand_over, letter, take};
use crate::support::TestApp;

fn due(app: &TestApp, petition: &Taken) -> String {
    get(app, "chief1", &petition.path).expect(200)["due_at"].as_str().unwrap_or_default().to_owned()
}

fn deadline(app: &TestApp, petition: &Taken) -> Value {
    get(app, "chief1", &format!("{}/deadline", petition.path)).expect(200).clone()
}

fn of(app: &TestApp, kind: &str) -> Taken {
    take(app, Some("clerk1"), &crate::petitions::with(letter(kind), "confidential", json!(false)))
}

fn assigned(app: &TestApp, kind: &str) -> Taken {
    let petition = of(app, kind);
    assign(app, &petition, "clerk2");
    petition
}

fn close_office(app: &TestApp, date: &str) -> Value {
    let body = json!({"date": date, "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&body).send().expect(201).clone()
}

fn ask(app: &TestApp, petition: &Taken, until: &str) -> crate::support::Answer {
    act(app, "clerk2", petition, "request-supplement", &json!({"what": "請敘明地點", "due_on": until}))
}

#[test]
fn each_kind_has_its_limit_and_a_ledger_as_the_preview_counts_it() {
    for clock in ["2026-11-23T09:00:00+08:00", "2026-12-24T16:59:00+08:00", "2027-02-01T09:00:00+08:00"] {
        let app = TestApp::new();
        app.set_clock(clock);
        for kind in ["INQUIRY", "SUGGESTION", "RIGHTS"] {
            let petition = of(&app, kind);
            let preview = app.get(&format!("/v1/deadlines/preview?from={}&rule={kind}", &clock[..10])).user("chief1").send();
            assert_eq!(&deadline(&app, &petition)["deadline"], preview.expect(200), "{clock} {kind}");
            assert_eq!(due(&app, &petition), preview.body["due_at"], "{clock} {kind}");
        }
    }
}

#[test]
fn a_make_up_saturday_counts_and_a_saturdays_end_moves_to_monday_noon() {
    let app = TestApp::new();
    let before = of(&app, "INQUIRY");
    assert_eq!(due(&app, &before), "2026-12-02T23:59:59+08:00");
    let set = app.call("PUT", "/v1/calendar/days/2026-11-28").user("chief1").if_match("\"v0\"");
    set.json(&json!({"kind": "MAKE_UP_WORKDAY", "reason": "補行上班"})).send().expect(200);
    assert_eq!(due(&app, &before), "2026-12-01T23:59:59+08:00", "a running one follows");
    assert_eq!(due(&app, &of(&app, "INQUIRY")), "2026-12-01T23:59:59+08:00");
    app.set_clock("2026-11-27T09:00:00+08:00");
    assert_eq!(due(&app, &of(&app, "SUGGESTION")), "2026-12-14T12:00:00+08:00");
}

#[test]
fn a_long_holiday_is_passed_over_by_working_days_alone() {
    let app = TestApp::new();
    app.set_clock("2027-02-01T09:00:00+08:00");
    let inquiry = deadline(&app, &of(&app, "INQUIRY"));
    let ledger = inquiry["deadline"]["ledger"].as_array().unwrap().clone();
    assert_eq!(ledger.iter().filter(|line| line["counted"] == true).count(), 7);
    assert!(ledger.iter().filter(|line| line["kind"] == "NOT_A_WORKDAY").count() >= 6, "{ledger:?}");
    let suggestion = deadline(&app, &of(&app, "SUGGESTION"));
    assert_eq!(suggestion["deadline"]["ends_on"], "2027-02-16");
}

#[test]
fn a_closure_before_on_and_after_the_last_day_moves_what_it_must() {
    let app = TestApp::new();
    let (inquiry, suggestion) = (of(&app, "INQUIRY"), of(&app, "SUGGESTION"));
    assert_eq!(due(&app, &suggestion), "2026-12-08T23:59:59+08:00");
    close_office(&app, "2026-11-25");
    assert_eq!(due(&app, &inquiry), "2026-12-03T23:59:59+08:00", "a working day less");
    assert_eq!(due(&app, &suggestion), "2026-12-08T23:59:59+08:00", "its days count whichever they are");
    close_office(&app, "2026-12-04");
    assert_eq!(due(&app, &inquiry), "2026-12-03T23:59:59+08:00", "after the last day");
    let on = close_office(&app, "2026-12-08");
    assert_eq!(due(&app, &suggestion), "2026-12-09T23:59:59+08:00", "on the last day");
    assert_eq!(on["deadlines"], json!([]), "no petition is named by a closure");
    let path = format!("/v1/calendar/closures/{}", on["id"].as_str().unwrap());
    app.call("DELETE", &path).user("chief1").if_match("\"v1\"").send().expect(204);
    assert_eq!(due(&app, &suggestion), "2026-12-08T23:59:59+08:00", "undone");
    let tried = json!({"date": "2026-12-08", "part": "ALL", "reason": "颱風", "dry_run": true});
    app.post("/v1/calendar/closures").user("chief1").once().json(&tried).send().expect(200);
    assert_eq!(due(&app, &suggestion), "2026-12-08T23:59:59+08:00", "only tried");
}

#[test]
fn a_supplement_stops_the_clock_until_it_comes_or_lapses() {
    let app = TestApp::new();
    let (comes, lapses) = (assigned(&app, "INQUIRY"), assigned(&app, "INQUIRY"));
    app.set_clock("2026-11-24T09:00:00+08:00");
    for petition in [&comes, &lapses] {
        ask(&app, petition, "2026-11-27").expect(200);
        assert_eq!(
            (&deadline(&app, petition)["stopped"], due(&app, petition).as_str()),
            (&json!(false), "2026-12-02T23:59:59+08:00")
        );
        hand_over(&app, "clerk2", petition);
        assert_eq!(deadline(&app, petition)["stopped"], true);
        assert_eq!(due(&app, petition), "2026-12-07T23:59:59+08:00", "at the latest");
    }
    assert_eq!(ask(&app, &comes, "2026-11-27").status, 409);
    app.set_clock("2026-11-26T09:00:00+08:00");
    act(&app, "clerk1", &comes, "supplement", &json!({"text": "地點在一樓"})).expect(200);
    assert_eq!(due(&app, &comes), "2026-12-04T23:59:59+08:00");
    app.set_clock("2026-11-27T23:59:00+08:00");
    app.tick();
    assert_eq!(get(&app, "chief1", &lapses.path).expect(200)["status"], "AWAITING_SUPPLEMENT");
    app.set_clock("2026-11-28T00:00:00+08:00");
    app.tick();
    let shown = get(&app, "chief1", &lapses.path).expect(200).clone();
    assert_eq!((&shown["status"], &shown["due_at"]), (&json!("ASSIGNED"), &json!("2026-12-07T23:59:59+08:00")));
    // What comes later is taken, and stops nothing.
    app.set_clock("2026-11-30T09:00:00+08:00");
    act(&app, "clerk2", &lapses, "supplement", &json!({"text": "補寄照片"})).expect(200);
    assert_eq!(due(&app, &lapses), "2026-12-07T23:59:59+08:00");
    app.set_clock("2026-12-08T09:00:00+08:00");
    ask(&app, &lapses, "2026-12-10").refused(403, "forbidden");
    let more = json!({"what": "請敘明地點", "due_on": "2026-12-10"});
    act(&app, "chief1", &lapses, "request-supplement", &more).refused(409, "conflict");
    let wrong = ask(&app, &assigned(&app, "INQUIRY"), "2026-12-08");
    assert_eq!(wrong.fields(), [("/due_on".to_owned(), "range".to_owned())]);
}

#[test]
fn whether_a_supplement_stops_the_clock_is_kept_with_the_petition() {
    let app = TestApp::with(|config| config.of_mut::<PetitionSettings>().supplement_stops_clock = false, "");
    let petition = assigned(&app, "INQUIRY");
    app.set_clock("2026-11-24T09:00:00+08:00");
    ask(&app, &petition, "2026-11-27").expect(200);
    hand_over(&app, "clerk2", &petition);
    assert_eq!(due(&app, &petition), "2026-12-02T23:59:59+08:00");
    assert_eq!(deadline(&app, &petition)["supplement_stops_clock"], false);
}

#[test]
fn an_extension_is_asked_by_one_given_by_another_and_once() {
    let app = TestApp::new();
    let petition = assigned(&app, "INQUIRY");
    let ask = |days: u32| act(&app, "clerk2", &petition, "extend", &json!({"days": days, "reason": "須向他機關查證"}));
    act(&app, "chief1", &petition, "extend", &json!({"approve": true})).refused(409, "conflict");
    ask(10).expect(200);
    assert_eq!(due(&app, &petition), "2026-12-02T23:59:59+08:00", "not before another has approved it");
    assert!(crate::petitions::track(&app, &petition.number, &petition.secret).expect(200)["extension_reason"].is_null());
    act(&app, "clerk2", &petition, "extend", &json!({"approve": true})).refused(403, "forbidden");
    let given = act(&app, "chief1", &petition, "extend", &json!({"approve": true}));
    assert_eq!(
        (&given.expect(200)["due_at"], &given.body["extension"]["told_by"]),
        (&json!("2026-12-14T12:00:00+08:00"), &json!("LETTER"))
    );
    let told = crate::petitions::track(&app, &petition.number, &petition.secret);
    assert_eq!(told.expect(200)["extension_reason"], "須向他機關查證");
    ask(5).refused(409, "conflict");
    // Whoever asks does not give it.
    let own = assigned(&app, "INQUIRY");
    act(&app, "chief1", &own, "extend", &json!({"days": 5, "reason": "須查證"})).expect(200);
    act(&app, "chief1", &own, "extend", &json!({"approve": true})).refused(409, "own_request");
    app.set_clock("2026-12-03T09:00:00+08:00");
    act(&app, "director1", &own, "extend", &json!({"approve": true})).refused(409, "conflict");
    let late = assigned(&app, "INQUIRY");
    app.set_clock("2026-12-20T09:00:00+08:00");
    act(&app, "clerk2", &late, "extend", &json!({"days": 5, "reason": "須查證"})).refused(409, "conflict");
}

#[test]
fn no_extension_leads_past_sixty_days_in_all() {
    let app = TestApp::with(|config| config.of_mut::<PetitionSettings>().rights_period = Period::WorkingDays(30), "");
    let petition = assigned(&app, "RIGHTS");
    let ask = |days: u32| act(&app, "clerk2", &petition, "extend", &json!({"days": days, "reason": "須查證"}));
    assert_eq!(ask(30).fields(), [("/days".to_owned(), "range".to_owned())]);
    ask(10).expect(200);
    let app = TestApp::with(|config| config.of_mut::<PetitionSettings>().extension_days = 7, "");
    let petition = assigned(&app, "SUGGESTION");
    let answer = act(&app, "clerk2", &petition, "extend", &json!({"days": 8, "reason": "須查證"}));
    assert_eq!(answer.fields(), [("/days".to_owned(), "range".to_owned())]);
}

#[test]
fn a_limit_that_comes_near_or_has_passed_is_told_once_and_stands_in_its_queue() {
    let app = TestApp::new();
    let petition = assigned(&app, "INQUIRY");
    let count = |queue: &str| {
        let path = format!(
            "/v1/petitions?queue={queue}&include_total=true&handler_id={}",
            crate::petitions::account(&app, "clerk2").as_str().unwrap()
        );
        app.get(&path).user("chief1").send().expect(200)["total"].as_i64().unwrap()
    };
    let told = |what: &str| {
        let id = petition.path.rsplit('/').next().unwrap().to_owned();
        app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
        let rows = app.contents()["events"].clone();
        rows.iter().filter(|row| row.contains(&id) && row.contains(what)).count()
    };
    assert_eq!((count("DUE_SOON"), count("OVERDUE")), (0, 0));
    app.set_clock("2026-12-01T20:00:00+08:00");
    app.tick();
    assert_eq!(told("petition.due_soon"), 0, "in office hours only");
    app.set_clock("2026-12-02T09:00:00+08:00");
    app.tick();
    app.tick();
    assert_eq!((told("petition.due_soon"), count("DUE_SOON")), (1, 1));
    app.set_clock("2026-12-03T09:00:00+08:00");
    app.tick();
    assert_eq!((told("petition.overdue"), count("OVERDUE"), count("DUE_SOON")), (1, 1, 0));
    act(&app, "clerk1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    assert_eq!(count("OVERDUE"), 0);
}

#[test]
fn a_petition_taken_up_again_has_a_period_of_its_own() {
    let app = TestApp::new();
    let petition = assigned(&app, "INQUIRY");
    app.set_clock("2026-11-25T09:00:00+08:00");
    let first = crate::petitions::replied(&app, &petition, "FINAL");
    act(&app, "clerk2", &petition, "close", &json!({})).expect(200);
    app.set_clock("2027-01-04T09:00:00+08:00");
    let again = act(&app, "chief1", &petition, "reopen", &json!({"new_facts": "另有新事證"}));
    assert_eq!(again.expect(200)["first_reply_at"], first["first_reply_at"]);
    let shown = deadline(&app, &petition);
    assert_eq!((&shown["deadline"]["from_on"], &shown["periods"]), (&json!("2027-01-04"), &json!(2)));
    assert_eq!(shown["closings"][0]["at"], "2026-11-25T09:00:00+08:00");
    assert_eq!(shown["closings"][0]["due_at"], "2026-12-02T23:59:59+08:00");
}
