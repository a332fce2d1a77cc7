//! Deliveries on their way: withdrawn, redirected, unsigned, rejected, found again and sent again.

use std::thread;
use std::time::Duration as Wait;

use chrono::Duration;
use huzheng::exchange::ExchangeSettings;
use serde_json::{Value, json};

use crate::cases::{act, correct, own, papers_of, registered, revoke};
use crate::exchange::{moved, notice, notify, notify_as_of, rotate_secret, set_agency, states, with_receiver};
use crate::receiver::{Mood, Receiver};
use crate::reinstatements::reinstate;
use crate::support::{Answer, TestApp};

fn withdraw(app: &TestApp, made: &Value) -> Answer {
    let path = format!("/v1/agency-notices/{}:withdraw-consent", made["id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match("*").send()
}

/// Withdraws while the receiver has a call and has not answered.
fn withdrawn_in_flight(app: &TestApp, receiver: &Receiver, made: &Value) {
    app.token("clerk1");
    let before = receiver.calls().len();
    thread::scope(|scope| {
        scope.spawn(|| app.deliver());
        while receiver.calls().len() == before {
            thread::sleep(Wait::from_millis(5));
        }
        let answer = withdraw(app, made);
        assert_eq!(states(answer.expect(200)), ["QUEUED"], "on its way");
        assert_eq!(answer.body["deliveries"][0]["attempts"], 0, "a call counts once it has ended");
        assert!(answer.body["withdrawn_at"].is_string());
    });
}

#[test]
fn consent_withdrawn_during_a_call_that_fails_is_not_tried_again() {
    let (app, receiver) = with_receiver();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    receiver.set(Mood::Late(1500));
    withdrawn_in_flight(&app, &receiver, &made);
    assert_eq!(states(&notice(&app, &made)), ["WITHDRAWN"]);
    receiver.set(Mood::Fine);
    app.advance(Duration::hours(80));
    app.deliver();
    assert_eq!(receiver.calls().len(), 1);
    withdraw(&app, &made).refused(409, "wrong_state");
}

#[test]
fn consent_withdrawn_during_a_call_that_succeeds_is_recorded_all_the_same() {
    let (app, receiver) = with_receiver();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    receiver.set(Mood::Late(500));
    withdrawn_in_flight(&app, &receiver, &made);
    let now = notice(&app, &made);
    assert_eq!(states(&now), ["ACKNOWLEDGED"]);
    assert!(now["withdrawn_at"].is_string());
}

#[test]
fn what_a_revoked_case_has_not_sent_is_withdrawn() {
    let (app, receiver) = with_receiver();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND", "LOCAL_TAX"]).expect(201).clone();
    revoke(&app, &case);
    app.deliver();
    let queue = app.get("/v1/agency-queue").bearer(&app.client_token("agency-tax")).send();
    assert!(queue.expect(200)["items"].as_array().unwrap().is_empty());
    assert!(receiver.calls().is_empty());
    app.tick();
    let now = notice(&app, &made);
    assert_eq!((states(&now), &now["status"]), (vec!["WITHDRAWN"; 2], &json!("CANCELLED")));
}

#[test]
fn a_withdrawn_delivery_that_died_with_its_node_ends_with_its_lease() {
    let (app, receiver) = with_receiver();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    app.sql("UPDATE agency_deliveries SET lease = 'dead', leased_until = '2026-11-23 01:02:00'");
    assert_eq!(states(withdraw(&app, &made).expect(200)), ["QUEUED"]);
    app.tick();
    assert_eq!(states(&notice(&app, &made)), ["QUEUED"], "somebody may still be sending it");
    app.advance(Duration::minutes(3));
    app.deliver();
    assert!(receiver.calls().is_empty());
    app.tick();
    assert_eq!(states(&notice(&app, &made)), ["WITHDRAWN"]);
}

#[test]
fn nothing_goes_out_unsigned() {
    let (app, receiver) = with_receiver();
    let url = json!("https://post.example.org/hook");
    let post = || set_agency(&app, "POST", |body| (body["channel"], body["webhook_url"]) = (json!("WEBHOOK"), url.clone()));
    assert_eq!(post().refused(422, "invalid")["errors"][0]["pointer"], "/channel");
    rotate_secret(&app, "POST");
    post().expect(200);
    app.sql("UPDATE agencies SET secret = NULL WHERE code = 'LAND'");
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    app.deliver();
    assert!(receiver.calls().is_empty());
    let delivery = &notice(&app, &made)["deliveries"][0];
    assert_eq!((delivery["status"].as_str(), delivery["last_outcome"].as_str()), (Some("QUEUED"), Some("no_secret")));
}

#[test]
fn two_secrets_sign_for_a_day_after_a_rotation() {
    let (app, receiver) = with_receiver();
    let sign = || {
        notify(&app, &moved(&app, 1), &["LAND"]).expect(201);
        app.deliver();
        receiver.calls().last().unwrap().signature.clone()
    };
    assert_eq!(sign().split(' ').count(), 1);
    rotate_secret(&app, "LAND");
    assert_eq!(sign().split(' ').count(), 2);
    app.advance(Duration::hours(25));
    assert_eq!(sign().split(' ').count(), 1);
}

#[test]
fn the_address_of_a_webhook_is_for_those_who_ask_for_it_and_approve_it() {
    let (app, receiver) = with_receiver();
    for call in [app.get("/v1/agencies/LAND"), app.get("/v1/agencies"), app.get("/v1/agencies").user("clerk1")] {
        let answer = call.send();
        answer.expect(200);
        assert!(!answer.text.contains(&receiver.address));
    }
    for user in ["admin1", "chief1", "director1"] {
        assert!(app.get("/v1/agencies").user(user).send().text.contains(&receiver.address), "{user}");
    }
}

#[test]
fn what_waits_goes_the_agencys_new_way() {
    let (app, receiver) = with_receiver();
    receiver.set(Mood::Failing);
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND"]).expect(201).clone();
    app.deliver();
    let batch = |cadence: &str| {
        let cadence = json!(cadence);
        set_agency(&app, "LAND", |body| (body["channel"], body["cadence"]) = (json!("BATCH"), cadence.clone())).expect(200);
        let delivery = notice(&app, &made)["deliveries"][0].clone();
        (delivery["channel"].as_str().unwrap().to_owned(), delivery["due_on"].as_str().unwrap().to_owned())
    };
    assert_eq!(batch("MONTHLY"), ("BATCH".to_owned(), "2026-12-01".to_owned()));
    assert_eq!(batch("DAILY").0, "BATCH");
    set_agency(&app, "LAND", |body| (body["channel"], body["cadence"]) = (json!("PULL"), Value::Null)).expect(200);
    let queue = app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send();
    assert_eq!(queue.expect(200)["items"][0]["delivery_id"], made["deliveries"][0]["id"]);
    assert_eq!(receiver.calls().len(), 1);
}

#[test]
fn a_pulled_queue_keeps_the_order_of_a_person_whose_elder_is_under_way() {
    let app = TestApp::new();
    for _ in 0..2 {
        notify(&app, &moved(&app, 1), &["LAND"]).expect(201);
    }
    notify(&app, &moved(&app, 2), &["LAND"]).expect(201);
    // A call that began under the channel before.
    app.sql(
        "UPDATE agency_deliveries SET lease = 'x', leased_until = '2026-11-23 01:02:00' \
         WHERE id = (SELECT min(id) FROM agency_deliveries)",
    );
    let pull = || {
        let land = app.client_token("agency-land");
        app.get("/v1/agency-queue").bearer(&land).send().expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(pull(), 1, "the other person's alone");
    app.advance(Duration::minutes(3));
    assert_eq!(pull(), 3);
}

#[test]
fn a_batch_is_late_against_its_closing_only() {
    let app = TestApp::new();
    set_agency(&app, "LAND", |body| (body["channel"], body["cadence"]) = (json!("BATCH"), json!("WEEKLY"))).expect(200);
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND", "NHI"]).expect(201).clone();
    let due: Vec<&str> = made["deliveries"].as_array().unwrap().iter().map(|d| d["due_on"].as_str().unwrap()).collect();
    assert_eq!(due, ["2026-11-30", "2026-11-23"]);
    app.set_clock("2026-11-30T00:00:05+08:00");
    app.tick();
    let ledger = app.get("/v1/notice-ledger?agency=LAND").user("director1").send();
    let line = &ledger.expect(200)["items"][0];
    assert_eq!((line["status"].as_str(), line["late"].as_bool()), (Some("SENT"), Some(false)));
}

#[test]
fn a_notice_is_due_on_the_day_of_a_consent_after_the_registration() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    app.set_clock("2026-11-25T10:00:00+08:00");
    notify_as_of(&app, &case, &["LAND"], "2026-11-22T23:59:00+08:00").refused(422, "invalid");
    let made = notify_as_of(&app, &case, &["LAND"], "2026-11-24T09:00:00+08:00");
    assert_eq!(made.expect(201)["deliveries"][0]["due_on"], "2026-11-24");
    app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send().expect(200);
    let late = app.get("/v1/notice-ledger?status=LATE").user("chief1").send();
    let line = &late.expect(200)["items"][0];
    assert_eq!((line["status"].as_str(), line["late"].as_bool()), (Some("SENT"), Some(true)), "sent, and late");
}

fn say(app: &TestApp, id: &Value, act: &str, body: &Value) -> Answer {
    let path = format!("/v1/agency-queue/{}:{act}", id.as_str().unwrap());
    app.post(&path).bearer(&app.client_token("agency-land")).json(body).send()
}

#[test]
fn a_rejection_is_no_dead_end() {
    let app = TestApp::new();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    let id = made["deliveries"][0]["id"].clone();
    app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send().expect(200);
    assert_eq!(say(&app, &id, "reject", &json!({"reason": "查無地籍"})).expect(200)["status"], "REJECTED");
    let path = format!("/v1/agency-deliveries/{}:resend", id.as_str().unwrap());
    assert_eq!(app.post(&path).user("clerk1").if_match("*").send().expect(200)["status"], "QUEUED");
    let refused = app.post(&path).user("clerk1").if_match("*").send();
    assert_eq!(refused.refused(409, "wrong_state")["allowed_actions"], json!(["withdraw-consent"]));
    app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send().expect(200);
    say(&app, &id, "reject", &json!({"code": "DATA_MISMATCH", "reason": "地址不符"})).expect(200);
    assert_eq!(say(&app, &id, "update", &json!({})).expect(200)["status"], "UPDATED");
    let refused = say(&app, &id, "reject", &json!({"reason": "又不行"}));
    assert_eq!(
        refused.refused(409, "wrong_state")["allowed_actions"],
        json!(["acknowledge", "update"]),
        "what the agency can do"
    );
    withdraw(&app, &made).expect(200);
    app.post(&path).user("clerk1").if_match("*").send().refused(409, "wrong_state");
}

#[test]
fn a_rejected_delivery_is_not_sent_again_without_consent() {
    let app = TestApp::new();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    let id = made["deliveries"][0]["id"].clone();
    app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send().expect(200);
    say(&app, &id, "reject", &json!({"reason": "查無地籍"})).expect(200);
    withdraw(&app, &made).expect(200);
    app.post(&format!("/v1/agency-deliveries/{}:resend", id.as_str().unwrap()))
        .user("clerk1")
        .if_match("*")
        .send()
        .refused(409, "conflict");
}

#[test]
fn an_agency_answers_a_call_whose_answer_was_lost() {
    let (app, receiver) = with_receiver();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    let id = made["deliveries"][0]["id"].clone();
    say(&app, &id, "acknowledge", &json!({})).refused(404, "not_found");
    receiver.set(Mood::HangingUp);
    app.deliver();
    assert_eq!(states(&notice(&app, &made)), ["QUEUED"]);
    assert_eq!(say(&app, &id, "update", &json!({})).expect(200)["status"], "UPDATED");
    receiver.set(Mood::Fine);
    app.advance(Duration::hours(1));
    app.deliver();
    assert_eq!(receiver.calls().len(), 1, "what was answered is not sent again");
}

#[test]
fn every_call_that_ended_is_counted_and_can_be_read() {
    let (app, receiver) = with_receiver();
    let made = notify(&app, &moved(&app, 1), &["LAND"]).expect(201).clone();
    receiver.set(Mood::Failing);
    app.deliver();
    let delivery = &notice(&app, &made)["deliveries"][0];
    assert_eq!((delivery["attempts"].as_i64(), delivery["last_outcome"].as_str()), (Some(1), Some("answered")));
    let shown = app.get(&format!("/v1/agency-deliveries/{}", delivery["id"].as_str().unwrap())).user("clerk1").send();
    assert_eq!(shown.expect(200)["log"][0]["http_status"], 500);
    assert_eq!(shown.body["notice_id"], made["id"]);
}

#[test]
fn dead_letters_are_found_within_the_own_service_point() {
    let app = TestApp::with(|config| config.of_mut::<ExchangeSettings>().delivery_retry_seconds = Vec::new(), "");
    rotate_secret(&app, "LAND");
    let url = json!("https://127-0-0-1.invalid/hook");
    set_agency(&app, "LAND", |body| (body["channel"], body["webhook_url"]) = (json!("WEBHOOK"), url.clone())).expect(200);
    let made = notify(&app, &moved(&app, 1), &["LAND", "NHI"]).expect(201).clone();
    app.deliver();
    let found = |user: &str, query: &str| {
        let list = app.get(&format!("/v1/agency-deliveries?include_total=true&{query}")).user(user).send();
        (list.expect(200)["items"].as_array().unwrap().clone(), list.body["total"].as_i64().unwrap())
    };
    let (dead, total) = found("clerk1", "status=DEAD");
    assert_eq!((dead[0]["id"].clone(), dead[0]["attempts"].as_i64(), total), (made["deliveries"][0]["id"].clone(), Some(1), 1));
    assert_eq!((found("reviewer1", "agency=NHI").1, found("clerk3", "").1), (1, 0));
    let path = format!("/v1/agency-deliveries/{}", dead[0]["id"].as_str().unwrap());
    app.get(&path).user("clerk3").send().refused(404, "not_found");
    app.post(&format!("{path}:resend")).user("clerk1").if_match("*").send().expect(200);
    assert_eq!(found("clerk1", "status=DEAD").1, 0);
}

#[test]
fn no_cell_of_a_batch_is_a_formula() {
    let app = TestApp::new();
    set_agency(&app, "LAND", |body| {
        (body["channel"], body["cadence"]) = (json!("BATCH"), json!("DAILY"));
        body["fields"] = json!(["ID_NUMBER", "OLD_NAME", "NEW_NAME"]);
    })
    .expect(200);
    let fields = json!({"kind": "NAME", "old_name": "測試甲", "new_name": "-甲乙", "reason": "TRANSLITERATION", "earlier_changes": 0, "barred": false});
    let mut body = own("NAME_FULL", 1, fields, &[]);
    body["papers"] = json!(papers_of(&app, "NAME_FULL"));
    notify(&app, &registered(&app, &body), &["LAND"]).expect(201);
    app.set_clock("2026-11-24T00:00:05+08:00");
    app.tick();
    let land = app.client_token("agency-land");
    let list = app.get("/v1/agency-batches").bearer(&land).send();
    let path = format!("/v1/agency-batches/{}", list.expect(200)["items"][0]["id"].as_str().unwrap());
    let file = app.get(&path).bearer(&land).send();
    assert!(file.status == 200 && file.text.contains(",'-甲乙,"), "{}", file.text);
    let log = app.get("/v1/audit-log?action=agency_delivery.read").user("director1").send();
    assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 1);
}

/// Corrects where somebody has moved to.
fn corrected_to(app: &TestApp, case: &Value, door: &str) {
    let value = json!(format!("彰化縣和美鎮和東里1鄰彰美路五段{door}"));
    correct(app, case, json!([{"pointer": "/fields/to_address", "value": value}])).expect(200);
}

fn queue(app: &TestApp, client: &str) -> Vec<Value> {
    app.get("/v1/agency-queue").bearer(&app.client_token(client)).send().expect(200)["items"].as_array().unwrap().clone()
}

fn door_of(item: &Value) -> &str {
    item["data"]["fields"]["NEW_ADDRESS"].as_str().unwrap().rsplit("五段").next().unwrap()
}

#[test]
fn what_waits_tells_the_corrected_value_and_whoever_was_told_is_told_right() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND", "LOCAL_TAX"]).expect(201).clone();
    let first = queue(&app, "agency-land")[0].clone();
    assert_eq!((first["kind"].as_str(), first["corrects"].is_null(), door_of(&first)), (Some("CHANGE"), true, "1號"));
    say(&app, &first["delivery_id"], "update", &json!({})).expect(200);
    // What no agency hears of changes nothing for them.
    correct(&app, &case, json!([{"pointer": "/fields/household_head", "value": "王小明"}])).expect(200);
    assert_eq!(notice(&app, &made)["deliveries"].as_array().unwrap().len(), 2);
    corrected_to(&app, &case, "2號");
    let tax = queue(&app, "agency-tax");
    assert_eq!((tax.len(), tax[0]["kind"].as_str(), door_of(&tax[0])), (1, Some("CHANGE"), "2號"));
    let land = queue(&app, "agency-land");
    assert_eq!((land.len(), land[0]["kind"].as_str(), door_of(&land[0])), (1, Some("CORRECTION"), "2號"));
    assert_eq!((&land[0]["corrects"], &land[0]["due_on"]), (&first["delivery_id"], &json!("2026-11-23")));
    // A second slip is told right as well, and nobody hears the same twice.
    corrected_to(&app, &case, "3號");
    let land = queue(&app, "agency-land");
    assert_eq!(land.iter().map(door_of).collect::<Vec<_>>(), ["2號", "3號"]);
    assert_eq!(land[1]["corrects"], land[0]["delivery_id"]);
    let shown = notice(&app, &made);
    assert_eq!((states(&shown), &shown["status"]), (vec!["UPDATED", "SENT", "SENT", "QUEUED", "SENT"], &json!("DISPATCHED")));
    say(&app, &land[1]["delivery_id"], "update", &json!({})).expect(200);
    let tax = queue(&app, "agency-tax");
    assert_eq!(tax.iter().map(door_of).collect::<Vec<_>>(), ["2號", "3號"]);
    let path = format!("/v1/agency-queue/{}:update", tax[1]["delivery_id"].as_str().unwrap());
    app.post(&path).bearer(&app.client_token("agency-tax")).send().expect(200);
    assert_eq!(notice(&app, &made)["status"], "COMPLETED");
    notify(&app, &case, &["LAND"]).refused(409, "conflict");
}

#[test]
fn whoever_was_told_is_told_of_a_revocation_and_what_stands_again() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND", "LOCAL_TAX"]).expect(201).clone();
    let first = queue(&app, "agency-land")[0].clone();
    say(&app, &first["delivery_id"], "acknowledge", &json!({})).expect(200);
    // Consent is for telling; telling right is owed in any case (個資法 §11).
    withdraw(&app, &made).expect(200);
    revoke(&app, &case);
    let land = queue(&app, "agency-land");
    assert_eq!((land.len(), land[0]["kind"].as_str()), (1, Some("REVOCATION")));
    let (fields, told) = (&land[0]["data"]["fields"], &first["data"]["fields"]);
    assert_eq!((&fields["NEW_ADDRESS"], &fields["OLD_ADDRESS"]), (&told["OLD_ADDRESS"], &told["NEW_ADDRESS"]));
    assert_eq!(fields["ID_NUMBER"], told["ID_NUMBER"]);
    assert!(queue(&app, "agency-tax").is_empty());
    app.tick();
    assert_eq!(states(&notice(&app, &made)), ["ACKNOWLEDGED", "WITHDRAWN", "SENT"]);
}

#[test]
fn a_reinstated_change_is_told_to_whoever_heard_of_its_revocation_and_to_whoever_was_to_hear_of_it() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND", "LOCAL_TAX"]).expect(201).clone();
    let first = queue(&app, "agency-land")[0].clone();
    say(&app, &first["delivery_id"], "acknowledge", &json!({})).expect(200);
    revoke(&app, &case);
    let revoked = queue(&app, "agency-land")[0].clone();
    assert_eq!(revoked["kind"], "REVOCATION");
    say(&app, &revoked["delivery_id"], "acknowledge", &json!({})).expect(200);
    app.tick();
    assert_eq!(states(&notice(&app, &made)), ["ACKNOWLEDGED", "WITHDRAWN", "ACKNOWLEDGED"]);
    reinstate(&app, &case).expect(200);
    let (land, tax) = (queue(&app, "agency-land"), queue(&app, "agency-tax"));
    assert_eq!((land.len(), &land[0]["kind"]), (1, &json!("CORRECTION")));
    assert_eq!(land[0]["data"]["fields"]["NEW_ADDRESS"], first["data"]["fields"]["NEW_ADDRESS"]);
    assert_eq!((tax.len(), &tax[0]["kind"]), (1, &json!("CHANGE")));
}

#[test]
fn a_revoked_change_of_name_gives_agencies_the_former_name() {
    let app = TestApp::new();
    let fields = json!({"kind": "NAME", "old_name": "測試甲", "new_name": "測試一", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = own("NAME_GIVEN", 1, fields, &[]);
    body["papers"] = json!(papers_of(&app, "NAME_GIVEN"));
    let case = registered(&app, &body);
    notify(&app, &case, &["LAND"]).expect(201);
    queue(&app, "agency-land");
    correct(&app, &case, json!([{"pointer": "/fields/new_name", "value": "測試壹"}])).expect(200);
    revoke(&app, &case);
    let land = queue(&app, "agency-land");
    let names: Vec<_> =
        land.iter().map(|item| (&item["data"]["fields"]["OLD_NAME"], &item["data"]["fields"]["NEW_NAME"])).collect();
    // The correction had not gone out: the revocation took its place.
    assert_eq!(names, [(&json!("測試甲"), &json!("測試一")), (&json!("測試壹"), &json!("測試甲"))]);
    assert_eq!(land[1]["kind"], "REVOCATION");
}

#[test]
fn a_call_that_may_have_arrived_is_followed_by_the_right_one() {
    let (app, receiver) = with_receiver();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND"]).expect(201).clone();
    receiver.set(Mood::HangingUp);
    app.deliver();
    corrected_to(&app, &case, "2號");
    assert_eq!(states(&notice(&app, &made)), ["WITHDRAWN", "QUEUED"]);
    receiver.set(Mood::Fine);
    app.advance(Duration::hours(1));
    app.deliver();
    let calls = receiver.calls();
    let last = &calls.last().unwrap().data;
    assert_eq!((calls.len(), last["kind"].as_str()), (2, Some("CORRECTION")));
    assert_eq!((&last["corrects"], door_of(&json!({"data": last}))), (&made["deliveries"][0]["id"], "2號"));
    let shown = notice(&app, &made);
    assert_eq!((states(&shown), &shown["status"]), (vec!["WITHDRAWN", "ACKNOWLEDGED"], &json!("DISPATCHED")));
}

#[test]
fn an_agency_that_was_told_something_newer_hears_no_correction_of_the_older() {
    let app = TestApp::new();
    let older = moved(&app, 1);
    let made = notify(&app, &older, &["LAND"]).expect(201).clone();
    notify(&app, &moved(&app, 1), &["LAND"]).expect(201);
    assert_eq!(queue(&app, "agency-land").len(), 2);
    corrected_to(&app, &older, "9號");
    assert_eq!(states(&notice(&app, &made)), ["SENT"]);
}

#[test]
fn nobody_is_told_of_a_case_while_a_change_of_it_waits() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let may = || {
        let shown = app.get(&format!("/v1/cases/{}", case["id"].as_str().unwrap())).user("clerk1").send();
        shown.expect(200)["allowed_actions"].clone()
    };
    assert_eq!(may(), json!(["correct", "revoke", "agency-notices"]));
    let change = json!({"changes": [{"pointer": "/fields/to_address", "value": "彰化縣和美鎮和東里1鄰彰美路五段2號"}], "reason": "誤繕", "office_error": true});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    assert_eq!(may(), json!(["withdraw-change"]));
    notify(&app, &case, &["LAND"]).refused(409, "conflict");
    act(&app, "chief1", &case, ":reject-change", &json!({"reason": "證明不足"})).expect(200);
    let all: Vec<String> =
        case["notification"]["agencies"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    notify(&app, &case, &all[1..]).expect(201);
    assert_eq!(may(), json!(["correct", "revoke", "agency-notices"]), "one is left");
    notify(&app, &case, &all[..1]).expect(201);
    assert_eq!(may(), json!(["correct", "revoke"]), "all were told");
}
