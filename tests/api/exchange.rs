//! Telling other agencies: forms, three channels, answers, order, outages, the ledger and its reconciliation.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, move_in, own, papers_of, registered};
use crate::known::field;
use crate::receiver::{Mood, Receiver};
use crate::support::{Answer, TestApp, person};

/// A registered move of a person.
pub fn moved(app: &TestApp, number: u32) -> Value {
    moved_to(app, number, "1號")
}

fn moved_to(app: &TestApp, number: u32, door: &str) -> Value {
    let mut body = move_in(number);
    body["papers"] = json!(papers_of(app, "MOVE_IN"));
    body["fields"]["to_address"] = json!(format!("彰化縣和美鎮和東里1鄰彰美路五段{door}"));
    body["confirm_not_duplicate"] = json!(true);
    registered(app, &body)
}

pub fn notify(app: &TestApp, case: &Value, agencies: &[&str]) -> Answer {
    notify_as_of(app, case, agencies, &app.now().to_string())
}

#[test]
fn no_party_consents_for_the_applicant() {
    let app = TestApp::new();
    let mut body = move_in(1);
    let mut other = crate::support::person(2);
    other["role"] = json!("OTHER");
    body["parties"].as_array_mut().unwrap().push(other);
    body["papers"] = json!(papers_of(&app, "MOVE_IN"));
    let case = registered(&app, &body);
    let id = case["id"].as_str().unwrap();
    for (user, role) in [("citizen1", "SUBJECT"), ("citizen2", "OTHER")] {
        let person = format!("(SELECT person_id FROM case_parties WHERE case_id = '{id}' AND role = '{role}')");
        app.sql(&format!("UPDATE accounts SET person_id = {person} WHERE username = '{user}'"));
    }
    let at = app.now().to_string();
    let consent = json!({"agencies": ["LAND"], "consent": {"at": at, "by": "SELF", "form": "WRITTEN"}});
    let path = format!("/v1/cases/{id}/agency-notices");
    app.get(&format!("/v1/cases/{id}")).user("citizen2").send().expect(200);
    app.post(&path).user("citizen2").once().json(&consent).send().refused(403, "forbidden");
    app.post(&path).user("citizen1").once().json(&consent).send().expect(201);
}

/// With consent given at a moment.
pub fn notify_as_of(app: &TestApp, case: &Value, agencies: &[&str], at: &str) -> Answer {
    let path = format!("/v1/cases/{}/agency-notices", case["id"].as_str().unwrap());
    let body = json!({"agencies": agencies, "consent": {"at": at, "by": "SELF", "form": "WRITTEN"}});
    app.post(&path).user("clerk1").once().json(&body).send()
}

/// Asks for a new secret and lets a section chief approve it: the halves that both are shown, one behind the other.
pub fn rotate_secret(app: &TestApp, code: &str) -> String {
    let path = format!("/v1/agencies/{code}");
    let asked = app.post(&format!("{path}:rotate-secret")).user("admin1").if_match("*").send();
    let first = asked.expect(200)["secret"].as_str().unwrap().to_owned();
    let approved = app.post(&format!("{path}:approve")).user("chief1").if_match(asked.etag()).send();
    first + approved.expect(200)["second_half"].as_str().unwrap()
}

/// Changes an agency, and lets a section chief approve it where that is asked for.
pub fn set_agency(app: &TestApp, code: &str, change: impl Fn(&mut Value)) -> Answer {
    let path = format!("/v1/agencies/{code}");
    let old = app.get(&path).user("admin1").send();
    let mut body = old.expect(200).clone();
    body.as_object_mut().unwrap().remove("code");
    change(&mut body);
    let asked = app.call("PUT", &path).user("admin1").if_match(old.etag()).json(&body).send();
    if asked.body["requested"].is_null() {
        return asked;
    }
    app.post(&format!("{path}:approve")).user("chief1").if_match(asked.etag()).send()
}

/// An office whose land agency takes webhooks at a receiver.
pub fn with_receiver() -> (TestApp, Receiver) {
    let receiver = Receiver::start();
    let allowed = receiver.address.clone();
    let app = TestApp::with(
        move |config| {
            config.outbound_allow = vec![allowed];
            config.outbound_timeout_seconds = 1;
        },
        "",
    );
    let url = format!("http://{}/hook", receiver.address);
    rotate_secret(&app, "LAND");
    set_agency(&app, "LAND", |body| (body["channel"], body["webhook_url"]) = (json!("WEBHOOK"), json!(url))).expect(200);
    (app, receiver)
}

pub fn notice(app: &TestApp, notice: &Value) -> Value {
    let path = format!("/v1/agency-notices/{}", notice["id"].as_str().unwrap());
    app.get(&path).user("clerk1").send().expect(200).clone()
}

pub fn states(notice: &Value) -> Vec<&str> {
    notice["deliveries"].as_array().unwrap().iter().map(|d| d["status"].as_str().unwrap()).collect()
}

#[test]
fn a_move_names_the_agencies_that_must_hear_and_by_when() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    assert_eq!(
        (case["notification"]["trigger"].as_str(), case["notification"]["due_on"].as_str()),
        (Some("MOVE"), Some("2026-11-23"))
    );
    let agencies = case["notification"]["agencies"].as_array().unwrap();
    assert!(
        agencies.contains(&json!("LOCAL_TAX"))
            && !agencies.contains(&json!("POLICE"))
            && !agencies.contains(&json!("LABOUR_INSURANCE"))
    );
    let made = notify(&app, &case, &["LOCAL_TAX", "LAND", "NHI", "MOTOR_VEHICLES"]);
    assert_eq!(made.expect(201)["number"], "115-NOTICE-000001");
    assert_eq!(states(&made.body), ["QUEUED"; 4]);
    let again = notify(&app, &case, &["LAND"]);
    assert_eq!(
        (&again.refused(409, "conflict")["standing_id"], again.fields()),
        (&made.body["id"], vec![field("/agencies/0", "taken")])
    );
    notify(&app, &case, &["LABOUR_INSURANCE"]).refused(422, "invalid");
    notify(&app, &case, &["POLICE"]).refused(422, "invalid");
    let plain = registered(&app, &crate::cases::birth(5));
    notify(&app, &plain, &["LAND"]).refused(409, "wrong_state");
    let path = format!("/v1/cases/{}/agency-notices", case["id"].as_str().unwrap());
    let body =
        json!({"agencies": ["NATIONAL_TAX"], "consent": {"at": "2026-11-24T10:00:00+08:00", "by": "SELF", "form": "WRITTEN"}});
    app.post(&path).user("clerk1").once().json(&body).send().refused(422, "invalid");
    app.post(&path).user("clerk3").once().json(&body).send().refused(404, "not_found");
    assert_eq!(app.get("/v1/agency-notices").user("clerk1").send().expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/v1/agency-notices").user("clerk3").send().expect(200)["items"].as_array().unwrap().len(), 0);
}

#[test]
fn a_partner_pulls_its_own_queue_and_answers() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LOCAL_TAX", "LAND"]).expect(201).clone();
    let (land, tax) = (app.client_token("agency-land"), app.client_token("agency-tax"));
    let pull = |token: &str| app.get("/v1/agency-queue").bearer(token).send().expect(200)["items"].clone();
    let queue = pull(&land);
    assert_eq!(queue.as_array().unwrap().len(), 1);
    let fields = queue[0]["data"]["fields"].as_object().unwrap();
    assert_eq!(fields["ID_NUMBER"], person(1)["national_id"]);
    assert_eq!(fields["NEW_ADDRESS"], "彰化縣和美鎮和東里1鄰彰美路五段1號");
    assert!(fields.contains_key("OLD_ADDRESS"));
    assert!(!pull(&tax)[0]["data"]["fields"].as_object().unwrap().contains_key("OLD_ADDRESS"), "the least that it needs");
    // A job that starts again reads the same.
    assert_eq!(pull(&land)[0]["delivery_id"], queue[0]["delivery_id"]);
    let say = |token: &str, act: &str| {
        let path = format!("/v1/agency-queue/{}:{act}", queue[0]["delivery_id"].as_str().unwrap());
        app.post(&path).bearer(token).json(&json!({"reason": "查無此人"})).send()
    };
    say(&tax, "acknowledge").refused(404, "not_found");
    assert_eq!(say(&land, "acknowledge").expect(200)["status"], "ACKNOWLEDGED");
    say(&land, "acknowledge").expect(200);
    assert!(pull(&land).as_array().unwrap().is_empty());
    assert_eq!(say(&land, "update").expect(200)["status"], "UPDATED");
    say(&land, "reject").refused(409, "wrong_state");
    let other = format!("/v1/agency-queue/{}:reject", pull(&tax)[0]["delivery_id"].as_str().unwrap());
    app.post(&other).bearer(&tax).json(&json!({})).send().refused(422, "invalid");
    app.post(&other).bearer(&tax).json(&json!({"reason": "查無稅籍"})).send().expect(200);
    let now = notice(&app, &made);
    assert_eq!(now["status"], "PARTLY_FAILED");
    let log = app.get("/v1/audit-log?action=agency_delivery.read").user("director1").send();
    assert!(!log.expect(200)["items"].as_array().unwrap().is_empty(), "every reading is logged");
}

#[test]
fn consent_is_withdrawn_until_sent() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LOCAL_TAX", "LAND"]).expect(201).clone();
    let land = app.client_token("agency-land");
    app.get("/v1/agency-queue").bearer(&land).send().expect(200);
    let path = format!("/v1/agency-notices/{}", made["id"].as_str().unwrap());
    let withdraw = || {
        let tag = app.get(&path).user("clerk1").send().etag().to_owned();
        app.post(&format!("{path}:withdraw-consent")).user("clerk1").if_match(&tag).send()
    };
    let left = withdraw();
    let mut now = states(left.expect(200));
    now.sort_unstable();
    assert_eq!(now, ["SENT", "WITHDRAWN"]);
    withdraw().refused(409, "wrong_state");
    let tax = app.client_token("agency-tax");
    assert!(app.get("/v1/agency-queue").bearer(&tax).send().expect(200)["items"].as_array().unwrap().is_empty());
    // Withdrawn is not told: the agency may be told anew.
    notify(&app, &case, &["LOCAL_TAX"]).expect(201);
}

#[test]
fn a_webhook_is_signed_and_sent_after_the_answer() {
    let (app, receiver) = with_receiver();
    assert!(rotate_secret(&app, "LAND").starts_with("whsec_"));
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND"]).expect(201).clone();
    assert!(receiver.calls().is_empty(), "never inline");
    app.deliver();
    let call = &receiver.taken()[0];
    assert_eq!(call.id, made["deliveries"][0]["id"].as_str().unwrap());
    assert!(call.signature.starts_with("v1,") && call.timestamp.parse::<i64>().is_ok());
    assert_eq!(call.data["fields"]["ID_NUMBER"], person(1)["national_id"]);
    assert!(call.body.contains("registration.changed"));
    assert_eq!(states(&notice(&app, &made)), ["ACKNOWLEDGED"]);
}

#[test]
fn addresses_inside_the_office_are_refused() {
    let app = TestApp::new();
    for url in [
        "http://127.0.0.1:9/",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "http://example.org/hook",
        "https://localhost/hook",
    ] {
        let refused = set_agency(&app, "LAND", |body| (body["channel"], body["webhook_url"]) = (json!("WEBHOOK"), json!(url)));
        assert_eq!(refused.refused(422, "invalid")["errors"][0]["pointer"], "/webhook_url");
    }
    set_agency(&app, "LAND", |body| body["channel"] = json!("WEBHOOK")).refused(422, "invalid");
}

#[test]
fn a_dead_agency_starves_nobody_and_an_outage_of_three_days_drains() {
    let (app, receiver) = with_receiver();
    let second = Receiver::start();
    rotate_secret(&app, "POST");
    // The second agency's host is not allowed: its calls are refused, as if it were down.
    app.sql("UPDATE agencies SET body = replace(body, '\"channel\":\"PULL\"', '\"channel\":\"WEBHOOK\"') WHERE code = 'POST'");
    let url = format!("http://{}/", second.address);
    app.sql(&format!(
        "UPDATE agencies SET body = replace(body, '\"webhook_url\":null', '\"webhook_url\":\"{url}\"') WHERE code = 'POST'"
    ));
    receiver.set(Mood::Failing);
    let mut notices = Vec::new();
    for n in 1..=12 {
        let case = moved(&app, n);
        notices.push(notify(&app, &case, &["LAND", "POST"]).expect(201).clone());
    }
    for _ in 0..9 {
        app.deliver();
        app.advance(Duration::hours(8));
    }
    assert!(receiver.taken().is_empty() && second.calls().is_empty());
    let waiting = notice(&app, &notices[0]);
    assert_eq!(states(&waiting), ["QUEUED"; 2], "72 hours and not given up");
    receiver.set(Mood::Fine);
    app.advance(Duration::hours(26));
    app.deliver();
    let taken = receiver.taken();
    let ids: std::collections::BTreeSet<&str> = taken.iter().map(|call| call.id.as_str()).collect();
    assert_eq!((taken.len(), ids.len()), (12, 12), "each once");
    // The other goes on failing and is given up, kept, and sent again by hand.
    for _ in 0..8 {
        app.advance(Duration::hours(26));
        app.deliver();
    }
    let dead = notice(&app, &notices[0]);
    assert_eq!((states(&dead), dead["status"].as_str()), (vec!["ACKNOWLEDGED", "DEAD"], Some("PARTLY_FAILED")));
    let path = format!("/v1/agency-deliveries/{}:resend", dead["deliveries"][1]["id"].as_str().unwrap());
    app.post(&path).user("clerk3").if_match("*").send().refused(404, "not_found");
    assert_eq!(app.post(&path).user("clerk1").if_match("*").send().expect(200)["status"], "QUEUED");
    app.post(&path).user("clerk1").if_match("*").send().refused(409, "wrong_state");
    let ledger = app.get("/v1/notice-ledger?status=DEAD&include_total=true").user("chief1").send();
    assert_eq!(ledger.expect(200)["total"], 11);
}

#[test]
fn order_is_kept_for_each_person_whatever_fails() {
    let (app, receiver) = with_receiver();
    let mut ids = Vec::new();
    for door in ["1號", "2號", "3號"] {
        let case = moved_to(&app, 1, door);
        ids.push(notify(&app, &case, &["LAND"]).expect(201)["deliveries"][0]["id"].as_str().unwrap().to_owned());
    }
    receiver.set(Mood::Failing);
    app.deliver();
    assert_eq!(receiver.calls().len(), 1, "what is newer waits");
    receiver.set(Mood::Late(1500));
    app.advance(Duration::minutes(2));
    app.deliver();
    assert_eq!(receiver.calls().len(), 2, "answered too late counts as failed");
    receiver.set(Mood::Redirecting);
    app.advance(Duration::minutes(10));
    app.deliver();
    assert_eq!(receiver.calls().len(), 3, "redirects are not followed");
    receiver.set(Mood::Fine);
    app.advance(Duration::hours(2));
    app.deliver();
    let calls: Vec<String> = receiver.calls().into_iter().map(|call| call.id).collect();
    assert!(calls[..4].iter().all(|id| *id == ids[0]), "repeats carry the same id");
    assert_eq!(calls[4..], [ids[1].clone(), ids[2].clone()]);
}

#[test]
fn a_batch_closes_by_its_cadence_and_reads_as_csv() {
    let app = TestApp::new();
    set_agency(&app, "LAND", |body| (body["channel"], body["cadence"]) = (json!("BATCH"), json!("DAILY"))).expect(200);
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND"]).expect(201).clone();
    app.tick();
    let list = || app.get("/v1/agency-batches").bearer(&app.client_token("agency-land")).send().expect(200)["items"].clone();
    assert!(list().as_array().unwrap().is_empty(), "the day has not ended");
    app.set_clock("2026-11-24T00:00:05+08:00");
    app.tick();
    app.tick();
    let batches = list();
    assert_eq!((batches.as_array().unwrap().len(), batches[0]["period"].as_str()), (1, Some("2026-11-23")));
    let path = format!("/v1/agency-batches/{}", batches[0]["id"].as_str().unwrap());
    let file = app.get(&path).bearer(&app.client_token("agency-land")).send();
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.text.lines().collect();
    assert!(lines[0].starts_with("delivery_id,trigger,event_on,ID_NUMBER") && lines.len() == 2);
    assert!(lines[1].contains(person(1)["national_id"].as_str().unwrap()));
    app.get(&path).bearer(&app.client_token("agency-tax")).send().refused(404, "not_found");
    assert_eq!(states(&notice(&app, &made)), ["SENT"]);
}

#[test]
fn both_sides_are_compared() {
    let app = TestApp::new();
    let ids: Vec<String> = (1..=3)
        .map(|n| {
            let case = moved(&app, n);
            notify(&app, &case, &["LAND"]).expect(201)["deliveries"][0]["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let land = app.client_token("agency-land");
    app.get("/v1/agency-queue?limit=2").bearer(&land).send().expect(200);
    let stranger = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";
    let compare = |token: &str, code: &str, to: &str| {
        let body = json!({"from_on": "2026-11-23", "to_on": to, "received_ids": [ids[0], stranger]});
        app.post(&format!("/v1/agencies/{code}/reconciliations")).bearer(token).json(&body).send()
    };
    let result = compare(&land, "LAND", "2026-11-23");
    let body = result.expect(201);
    assert_eq!(body["matched"], 1);
    assert_eq!((&body["missing_there_ids"], &body["unknown_here_ids"]), (&json!([ids[1]]), &json!([stranger])));
    assert_eq!(body["unsent_ids"], json!([ids[2]]));
    compare(&land, "LOCAL_TAX", "2026-11-23").refused(404, "not_found");
    compare(&app.token("director1"), "LAND", "2026-11-23").expect(201);
    let kept = app.get("/v1/agencies/LAND/reconciliations").bearer(&land).send();
    assert_eq!(kept.expect(200)["items"].as_array().unwrap().len(), 2);
    let path = result.headers["location"].clone();
    assert_eq!(app.get(&path).user("chief1").send().expect(200), body);
    app.get(&path.replace("LAND", "LOCAL_TAX")).user("chief1").send().refused(404, "not_found");
    app.get("/v1/agencies/LOCAL_TAX/reconciliations").bearer(&land).send().refused(404, "not_found");
    compare(&land, "LAND", "2027-11-23").refused(422, "invalid");
    app.set_clock("2026-11-28T09:00:00+08:00");
    let count = |query: &str| {
        app.get(&format!("/v1/notice-ledger?{query}")).user("chief1").send().expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!((count("status=DUE"), count("status=SENT"), count("status=LATE"), count("status=MISSING")), (1, 2, 1, 3));
    let ledger = app.get("/v1/notice-ledger?agency=LAND").user("director1").send();
    assert_eq!(ledger.expect(200)["totals"], json!({"due": 1, "sent": 2, "acknowledged": 0, "late": 1, "missing": 3}));
    let lines: Vec<_> =
        ledger.body["items"].as_array().unwrap().iter().map(|l| (l["status"].clone(), l["late"].clone())).collect();
    assert_eq!(lines, [(json!("MISSING"), json!(false)), (json!("MISSING"), json!(false)), (json!("MISSING"), json!(true))]);
    assert_eq!((count("agency=LAND&date=2026-11-23"), count("agency=NHI"), count("status=ACKNOWLEDGED")), (3, 0, 0));
    let land = app.client_token("agency-land");
    assert_eq!(
        app.get("/v1/notice-ledger?agency=LOCAL_TAX").bearer(&land).send().expect(200)["items"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn a_citizen_chooses_the_agencies_for_the_own_move() {
    let app = TestApp::new();
    let number = app.citizen_number(1);
    let mut body = move_in(1);
    body["parties"] = json!([{"role": "SUBJECT", "name": "王示範", "national_id": number}]);
    body["applicant"] = json!({"name": "王示範", "national_id": number, "relation": "SELF"});
    body["papers"] = json!(papers_of(&app, "MOVE_IN"));
    let case = registered(&app, &body);
    let path = format!("/v1/cases/{}/agency-notices", case["id"].as_str().unwrap());
    let consent = json!({"agencies": ["LAND"], "consent": {"at": app.now().to_string(), "by": "SELF", "form": "ONLINE"}});
    app.post(&path).user("citizen2").once().json(&consent).send().refused(404, "not_found");
    let made = app.post(&path).user("citizen1").once().json(&consent).send();
    let own = format!("/v1/agency-notices/{}", made.expect(201)["id"].as_str().unwrap());
    app.get(&own).user("citizen1").send().expect(200);
    app.get(&own).user("citizen2").send().refused(404, "not_found");
    app.get(&own).user("proxy1").send().refused(404, "not_found");
}

#[test]
fn a_change_of_name_tells_the_old_and_the_new() {
    let app = TestApp::new();
    let fields = json!({"kind": "NAME", "old_name": "測試甲", "new_name": "測試一", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = own("NAME_GIVEN", 1, fields, &[]);
    body["papers"] = json!(papers_of(&app, "NAME_GIVEN"));
    let case = registered(&app, &body);
    notify(&app, &case, &["LABOUR_INSURANCE", "LAND"]).expect(201);
    let queue = app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send();
    let fields = &queue.expect(200)["items"][0]["data"]["fields"];
    assert_eq!((fields["OLD_NAME"].as_str(), fields["NEW_NAME"].as_str()), (Some("測試甲"), Some("測試一")));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "wrong_state");
}
