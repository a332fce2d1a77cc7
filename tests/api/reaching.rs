//! Reaching people: how to reach somebody is said once, seen whole by whoever must call, and a day's calls are one list.

use serde_json::{Value, json};

use crate::cases::take;
use crate::holders::name_holder;
use crate::known::{matter, transcript};
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, person};

const OWN: u32 = 91;

fn contact() -> Value {
    json!({
        "phone": "0912345678", "other_phones": ["04-7551234"], "email": "someone@example.org", "language": "TAIWANESE",
        "address": "彰化縣和美鎮郵政12號信箱"
    })
}

pub fn at(collection: &str, record: &Value) -> String {
    format!("/v1/{collection}/{}", record["id"].as_str().unwrap())
}

pub fn read(app: &TestApp, user: &str, path: &str) -> Value {
    app.get(path).user(user).send().expect(200).clone()
}

pub fn change(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    app.call("PUT", &format!("{path}/contact")).user(user).if_match("*").json(body).send()
}

fn reveal(app: &TestApp, user: &str, path: &str) -> Answer {
    app.post(&format!("{path}:reveal-contact")).user(user).json(&json!({"reason": "電話通知"})).send()
}

pub fn logged(app: &TestApp, action: &str) -> usize {
    let log = app.get(&format!("/v1/audit-log?action={action}")).user("director1").send();
    log.expect(200)["items"].as_array().unwrap().len()
}

/// The calls of a day as (kind, record, status).
pub fn calls(app: &TestApp, query: &str) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = read(app, "clerk1", &format!("/v1/call-list?{query}"));
    let items = list["items"].as_array().unwrap().iter();
    items.map(|call| (text(&call["kind"]), text(&call["record"]), text(&call["status"]))).collect()
}

pub fn call(kind: &str, collection: &str, record: &Value, status: &str) -> (String, String, String) {
    (kind.to_owned(), format!("{collection}/{}", record["id"].as_str().unwrap()), status.to_owned())
}

/// One record of each kind that citizen1 has made by themselves, with how to reach them.
pub fn own_records(app: &TestApp) -> [(&'static str, Value); 4] {
    let mut booked = booking(WEDNESDAY_9);
    booked["contact"] = contact();
    let waits = json!({"service": "COUNTER", "from": "2026-11-25", "to": "2026-11-30", "contact": contact()});
    let mut case = transcript(app, None);
    case["contact"] = contact();
    let mut applicant = case["applicant"].clone();
    let who = json!({"name": applicant["name"], "national_id": applicant["national_id"]});
    applicant["relation"] = json!("SELF");
    let certificate = json!({
        "kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1, "contact": contact()
    });
    [("bookings", booked), ("waitlist", waits), ("cases", case), ("certificates", certificate)].map(|(collection, body)| {
        let made = app.post(&format!("/v1/{collection}")).user("citizen1").once().json(&body).send();
        (collection, made.expect(201).clone())
    })
}

#[test]
fn how_to_reach_somebody_is_whole_to_them_masked_to_staff_and_revealed_to_whoever_calls() {
    let app = TestApp::new();
    let whole = json!({
        "phone": "+886912345678", "other_phones": ["+88647551234"], "email": "someone@example.org", "language": "TAIWANESE",
        "address": "彰化縣和美鎮郵政12號信箱", "none_reason": null, "masked": false
    });
    let masked = json!({
        "phone": "0912***678", "other_phones": ["0475**234"], "email": "s***@example.org", "language": "TAIWANESE",
        "address": "彰化縣和美鎮***", "none_reason": null, "masked": true
    });
    for (collection, made) in own_records(&app) {
        let path = at(collection, &made);
        assert_eq!(made["contact"], whole, "{collection}");
        assert_eq!(read(&app, "citizen1", &path)["contact"], whole, "{collection}");
        assert_eq!(read(&app, "clerk1", &path)["contact"], masked, "{collection}");
        let revealed = reveal(&app, "clerk1", &path);
        assert_eq!(*revealed.expect(200), json!({"name": "王示範", "contact": whole}), "{collection}");
        reveal(&app, "citizen1", &path).refused(403, "forbidden");
        let action = collection.strip_suffix('s').unwrap_or(collection);
        assert_eq!(logged(&app, &format!("{action}.contact_revealed")), 1, "{collection}");
    }
    let own = own_list(&app, "/v1/waitlist");
    assert_eq!(own["contact"], whole);
    // A wrong contact is refused by its member, on each road.
    let mut booked = booking(FRIDAY_9);
    for (wrong, pointer, code) in [
        (json!({"language": "HAKKA"}), "/contact", "required"),
        (json!({"phone": "123"}), "/contact/phone", "phone"),
        (json!({"phone": "0912345678", "other_phones": ["1"]}), "/contact/other_phones/0", "phone"),
    ] {
        booked["contact"] = wrong;
        let refused = app.post("/v1/bookings").user("citizen1").once().json(&booked).send();
        assert_eq!(refused.fields(), [(pointer.to_owned(), code.to_owned())]);
    }
}

#[test]
fn an_adviser_reads_the_question_that_was_asked_and_nobody_elses() {
    let app = TestApp::new();
    let mut body = booking(WEDNESDAY_9);
    body["answers"]["summary"] = json!("繼承登記問題");
    let booked = app.post("/v1/bookings").user("citizen1").once().json(&body).send().expect(201).clone();
    let path = at("bookings", &booked);
    assert_eq!(reveal(&app, "adviser2", &path).expect(200)["answers"], json!({"topic": "FAMILY", "summary": "繼承登記問題"}));
    assert!(reveal(&app, "clerk1", &path).expect(200)["answers"].is_null());
    reveal(&app, "adviser1", &path).refused(404, "not_found");
}

fn own_list(app: &TestApp, path: &str) -> Value {
    read(app, "citizen1", path)["items"][0].clone()
}

#[test]
fn a_contact_is_put_right_by_whoever_said_it_and_by_a_clerk_with_a_reason() {
    let app = TestApp::new();
    let new = json!({"contact": {"none_reason": "僅能以書信聯絡"}});
    for (collection, made) in own_records(&app) {
        let path = at(collection, &made);
        let before = app.get(&path).user("citizen1").send();
        change(&app, "citizen2", &path, &new).refused(404, "not_found");
        let stale = app.call("PUT", &format!("{path}/contact")).user("citizen1").if_match("\"v99\"").json(&new).send();
        stale.refused(412, "version_mismatch");
        let done = change(&app, "citizen1", &path, &new);
        let shown = &done.expect(200)["contact"];
        assert_eq!((&shown["phone"], &shown["none_reason"]), (&Value::Null, &json!("僅能以書信聯絡")), "{collection}");
        assert_ne!(done.etag(), before.etag());
        let empty = change(&app, "citizen1", &path, &json!({"contact": {}}));
        assert_eq!(empty.fields(), [("/contact".to_owned(), "required".to_owned())]);
        let again = json!({"contact": {"phone": "0987654321"}});
        let unexplained = change(&app, "clerk1", &path, &again);
        assert_eq!(unexplained.fields(), [("/reason".to_owned(), "required".to_owned())], "{collection}");
        let explained = json!({"contact": {"phone": "0987654321"}, "reason": "當事人來電更正"});
        assert_eq!(change(&app, "clerk1", &path, &explained).expect(200)["contact"]["phone"], "0987***321");
        assert_eq!(read(&app, "citizen1", &path)["contact"]["phone"], "+886987654321");
        change(&app, "adviser1", &path, &explained).refused(403, "forbidden");
        // It is no act on the record: the state and what hangs on its moment stay.
        let after = read(&app, "citizen1", &path);
        assert_eq!(
            (&after["status"], &after["updated_at"]),
            (&before.body["status"], &before.body["updated_at"]),
            "{collection}"
        );
    }
}

#[test]
fn other_parties_of_a_case_learn_nothing_of_how_to_reach_the_applicant() {
    let app = TestApp::new();
    let other = json!({"role": "OTHER", "name": "林示範", "national_id": app.citizen_number(2)});
    let mut body = transcript(&app, Some(other));
    body["contact"] = contact();
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let path = at("cases", &case);
    assert_eq!(read(&app, "citizen1", &path)["contact"]["masked"], false);
    assert_eq!(read(&app, "citizen2", &path)["contact"], Value::Null);
    change(&app, "citizen2", &path, &json!({"contact": {"phone": "0987654321"}})).refused(403, "forbidden");
    let whole = app.post(&format!("{path}:reveal")).user("clerk1").json(&json!({"reason": "電話通知"})).send();
    assert_eq!(whole.expect(200)["contact"]["phone"], "+886912345678");
}

#[test]
fn a_clerk_enters_a_caller_on_the_waiting_list_and_answers_the_offer_for_them() {
    let app = TestApp::new();
    let booked = app.book_for(1, WEDNESDAY_9).expect(201).clone();
    let mut waits = json!({
        "service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25", "channel": "PHONE", "person": person(2)
    });
    let wait = |body: &Value| app.post("/v1/waitlist").user("clerk1").once().json(body).send();
    assert_eq!(wait(&waits).fields(), [("/contact".to_owned(), "required".to_owned())]);
    waits["contact"] = json!({"phone": "0912345678"});
    let first = wait(&waits).expect(201).clone();
    wait(&waits).refused(409, "already_waiting");
    assert_eq!((&first["channel"], &first["contact"]["phone"]), (&json!("PHONE"), &json!("0912***678")));
    // Somebody who tells no number, and one who has an e-mail address to which the offer is told.
    let mut second = waits.clone();
    second["person"] = json!({"name": "陳來電", "identified_by": {"kind": "NO_NUMBER", "reason": "NOT_TOLD"}});
    let second = wait(&second).expect(201).clone();
    let answer = |place: &Value, act: &str, body: &Value| {
        let call = app.post(&format!("{}:{act}", at("waitlist", place))).user("clerk1").once().if_match("*");
        if body.is_null() { call.send() } else { call.json(body).send() }
    };
    answer(&first, "accept", &json!({})).refused(409, "wrong_state");
    answer(&first, "decline", &Value::Null).refused(409, "wrong_state");
    let cancel = app.post(&format!("{}:cancel", at("bookings", &booked))).user("clerk1").if_match("*");
    cancel.json(&json!({})).send().expect(200);
    let offers = || calls(&app, "kind=OFFER");
    assert_eq!(offers(), [call("OFFER", "waitlist", &first, "TO_CALL")]);
    // The first declines and waits on; the slot goes to the next.
    assert_eq!(answer(&first, "decline", &Value::Null).expect(200)["status"], "WAITING");
    assert_eq!(offers(), [call("OFFER", "waitlist", &second, "TO_CALL")]);
    let wrong = answer(&second, "accept", &json!({"answers": {}}));
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let accepted = answer(&second, "accept", &json!({"answers": {"topic": "FAMILY"}}));
    let made = accepted.expect(201);
    assert_eq!(
        (&made["slot_id"], &made["channel"], &made["person"]["name"]),
        (&json!(WEDNESDAY_9), &json!("PHONE"), &json!("陳○電"))
    );
    assert_eq!((&made["contact"]["phone"], made["secret"].is_string()), (&json!("0912***678"), true));
    assert_eq!(read(&app, "clerk1", &at("waitlist", &second))["status"], "TAKEN");
    assert_eq!(offers(), []);
    answer(&second, "accept", &json!({"answers": {"topic": "FAMILY"}})).refused(409, "wrong_state");
    // An offer that can be told by e-mail needs no call.
    let cancel = app.post(&format!("{}:cancel", at("bookings", made))).user("clerk1").if_match("*");
    change(&app, "clerk1", &at("waitlist", &first), &json!({"contact": {"email": "someone@example.org"}, "reason": "來電"}))
        .expect(200);
    cancel.json(&json!({})).send().expect(200);
    assert_eq!(read(&app, "clerk1", &at("waitlist", &first))["status"], "OFFERED");
    assert_eq!(offers(), []);
}

#[test]
fn an_offer_is_taken_by_whoever_waits_by_themselves_too() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let waits = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25"});
    let place = app.post("/v1/waitlist").user("citizen2").once().json(&waits).send().expect(201).clone();
    app.post(&format!("{}:cancel", at("bookings", &booked))).user("citizen1").if_match("*").json(&json!({})).send().expect(200);
    let accept = |user: &str, body: &Value| {
        app.post(&format!("{}:accept", at("waitlist", &place))).user(user).once().if_match("*").json(body).send()
    };
    let body = json!({"answers": {"topic": "FAMILY"}, "contact": {"phone": "0912345678"}});
    accept("citizen3", &body).refused(404, "not_found");
    assert_eq!(
        accept("citizen2", &json!({"answers": {"topic": "FAMILY"}})).fields(),
        [("/contact".to_owned(), "required".to_owned())]
    );
    assert_eq!(accept("citizen2", &body).expect(201)["channel"], "ONLINE");
}

#[test]
fn whoever_accepts_by_themselves_does_so_online_whichever_way_the_place_was_asked_for() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let waits = json!({
        "service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25", "channel": "COUNTER",
        "person": {"name": "林示範", "national_id": app.citizen_number(2)}, "contact": {"phone": "0912345678"}
    });
    let place = app.post("/v1/waitlist").user("clerk1").once().json(&waits).send().expect(201).clone();
    app.post(&format!("{}:cancel", at("bookings", &booked))).user("citizen1").if_match("*").json(&json!({})).send().expect(200);
    let accept = app.post(&format!("{}:accept", at("waitlist", &place))).user("citizen2").once().if_match("*");
    assert_eq!(accept.json(&json!({"answers": {"topic": "FAMILY"}})).send().expect(201)["channel"], "ONLINE");
}

#[test]
fn nobody_acts_on_bookings_and_places_of_their_own_or_of_their_kin() {
    let app = TestApp::new();
    take(&app, "clerk2", &matter(OWN)).expect(201);
    name_holder(&app, "clerk1", &person(OWN), "director1");
    let book = |user: &str, channel: &str, slot: &str| {
        let mut body = booking(slot);
        (body["person"], body["channel"]) = (person(OWN), json!(channel));
        app.post("/v1/bookings").user(user).once().json(&body).send()
    };
    for channel in ["COUNTER", "PHONE"] {
        book("clerk1", channel, WEDNESDAY_9).refused(409, "own_request");
    }
    let booked = book("clerk2", "COUNTER", WEDNESDAY_9).expect(201).clone();
    let by_phone = book("clerk2", "PHONE", FRIDAY_9).expect(201).clone();
    for own in [&booked, &by_phone] {
        let path = at("bookings", own);
        assert_eq!(read(&app, "clerk1", &path)["allowed_actions"], json!([]));
        assert_ne!(read(&app, "clerk2", &path)["allowed_actions"], json!([]));
        let act = |user: &str, act: &str, body: &Value| {
            app.post(&format!("{path}{act}")).user(user).once().if_match("*").json(body).send()
        };
        act("clerk1", ":reschedule", &json!({"slot_id": WEDNESDAY_930})).refused(409, "own_request");
        for name in [":cancel", ":check-in", ":complete", ":no-show"] {
            act("clerk1", name, &json!({})).refused(409, "own_request");
        }
        act("clerk1", ":take-back", &json!({"reason": "誤按"})).refused(409, "own_request");
        act("clerk1", ":reveal-contact", &json!({"reason": "電話"})).refused(409, "own_request");
        change(&app, "clerk1", &path, &json!({"contact": {"phone": "0987654321"}, "reason": "更正"})).refused(409, "own_request");
    }
    let all = read(&app, "clerk1", "/v1/bookings");
    assert!(all["items"].as_array().unwrap().iter().all(|one| one["allowed_actions"] == json!([])));
    // The list shows it without name and contact, and somebody else calls.
    let whole = app.post("/v1/call-list:reveal").user("clerk1").json(&json!({"date": "2026-11-25", "reason": "通知"})).send();
    let listed = &whole.expect(200)["items"][0];
    assert_eq!((&listed["own_matter"], &listed["contact"], &listed["name"]), (&json!(true), &Value::Null, &json!("○")));
    let record = format!("bookings/{}", booked["id"].as_str().unwrap());
    let note = json!({"date": "2026-11-25", "kind": "BOOKING", "record": record, "status": "REACHED"});
    app.post("/v1/call-list:note").user("clerk1").json(&note).send().refused(409, "own_request");
    let consulted = format!("/v1/consultations/{}", booked["id"].as_str().unwrap());
    let refer = |user: &str| {
        let body = json!({"reason": "案情需進一步面談", "consent": true});
        app.post(&format!("{consulted}/referrals")).user(user).once().json(&body).send()
    };
    refer("clerk1").refused(409, "own_request");
    let referral = at("referrals", &refer("clerk2").expect(201).clone());
    for act in ["accept", "decline"] {
        app.post(&format!("{referral}:{act}")).user("clerk1").if_match("*").send().refused(409, "own_request");
    }
    let outcome = app.post(&format!("{consulted}/outcome")).user("clerk1").if_match("*");
    outcome.json(&json!({"result": "ADVISED", "minutes": 25})).send().refused(409, "own_request");
    let waits = json!({"service": "COUNTER", "from": "2026-11-25", "to": "2026-11-30", "person": person(OWN)});
    let wait = |user: &str| app.post("/v1/waitlist").user(user).once().json(&waits).send();
    wait("clerk1").refused(409, "own_request");
    let place = at("waitlist", &wait("clerk2").expect(201).clone());
    app.call("DELETE", &place).user("clerk1").if_match("*").send().refused(409, "own_request");
    for act in ["accept", "decline"] {
        let path = format!("{place}:{act}");
        let answer = app.post(&path).user("clerk1").once().if_match("*");
        let answer = if act == "accept" { answer.json(&json!({})) } else { answer };
        answer.send().refused(409, "own_request");
    }
    assert_eq!(app.call("DELETE", &place).user("clerk2").if_match("*").send().status, 204);
}
