//! Surveys: who writes and opens them, when they take answers, what an answer must be, and who is given a token.

use huzheng::surveys::SurveySettings;
use serde_json::{Value, json};

use crate::cases::{birth, registered};
use crate::known::field;
use crate::serial::{CLIENTS, at_once, once};
use crate::support::{Answer, TestApp, booking, person, unlike};

fn wording(text: &str) -> Value {
    json!({"zh": text, "en": text})
}

/// A survey with an item of each kind, open from Monday to Friday.
pub fn form() -> Value {
    let option = |code: &str| json!({"code": code, "wording": wording(code)});
    json!({
        "title": wording("滿意度調查"), "services": ["BOOKING_DONE", "CASE_REGISTERED"], "opens_on": "2026-11-23", "closes_on": "2026-11-27",
        "items": [
            {"code": "OVERALL", "kind": "RATING", "required": true, "wording": wording("整體")},
            {"code": "HOW", "kind": "SINGLE_CHOICE", "required": false, "wording": wording("方式"), "options": [option("COUNTER"), option("ONLINE")]},
            {"code": "WHY", "kind": "MULTIPLE_CHOICE", "required": false, "wording": wording("事由"), "options": [option("CASE"), option("PAPER"), option("ADVICE")]},
            {"code": "MINUTES", "kind": "NUMBER", "required": false, "wording": wording("等候"), "minimum": 0, "maximum": 120},
            {"code": "WORDS", "kind": "TEXT", "required": false, "wording": wording("意見")}
        ]
    })
}

/// The address of a survey that chief1 wrote.
pub fn drafted(app: &TestApp, form: &Value) -> String {
    let made = app.post("/v1/surveys").user("chief1").once().json(form).send();
    format!("/v1/surveys/{}", made.expect(201)["id"].as_str().unwrap())
}

/// Acts on a survey at its present version.
pub fn act(app: &TestApp, user: &str, survey: &str, act: &str, body: &Value) -> Answer {
    let tag = app.get(survey).user("director1").send().etag().to_owned();
    let call = app.post(&format!("{survey}{act}")).user(user).if_match(&tag);
    if body.is_null() { call.send() } else { call.json(body).send() }
}

/// The address of a survey that director1 opened.
pub fn opened(app: &TestApp, form: &Value) -> String {
    let survey = drafted(app, form);
    act(app, "director1", &survey, ":open", &Value::Null).expect(200);
    survey
}

pub fn why() -> Value {
    json!({"reason": "測試"})
}

pub fn closed(app: &TestApp, survey: &str) {
    act(app, "chief1", survey, ":close", &why()).expect(200);
}

/// Tokens of so many slips.
pub fn tokens(app: &TestApp, survey: &str, count: usize) -> Vec<String> {
    let issued = app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&json!({"count": count})).send();
    let tokens = issued.expect(200)["tokens"].as_array().unwrap().clone();
    tokens.iter().map(|token| token.as_str().unwrap().to_owned()).collect()
}

/// Answers by nobody that is known.
pub fn answer(app: &TestApp, survey: &str, token: &str, answers: &Value) -> Answer {
    app.post(&format!("{survey}/responses")).json(&json!({"token": token, "answers": answers})).send()
}

pub fn rating(points: u32) -> Value {
    json!([{"item": "OVERALL", "rating": points}])
}

#[test]
fn whoever_wrote_a_survey_does_not_open_it() {
    let app = TestApp::new();
    let survey = drafted(&app, &form());
    act(&app, "chief1", &survey, ":open", &Value::Null).refused(409, "own_request");
    let tag = app.get(&survey).user("chief2").send().etag().to_owned();
    app.call("PUT", &survey).user("chief2").if_match(&tag).json(&form()).send().expect(200);
    act(&app, "chief2", &survey, ":open", &Value::Null).refused(409, "own_request");
    app.post(&format!("{survey}:open")).user("director1").if_match("*").send().refused(428, "precondition_required");
    let open = act(&app, "director1", &survey, ":open", &Value::Null);
    assert_eq!((&open.expect(200)["status"], &open.body["takes_answers"]), (&json!("OPEN"), &json!(true)));
    assert_eq!(open.body["allowed_actions"], json!(["close"]));
}

#[test]
fn drafts_are_seen_by_staff_alone_and_open_surveys_by_everybody() {
    let app = TestApp::new();
    let survey = drafted(&app, &form());
    app.get(&survey).send().refused(404, "not_found");
    app.get(&survey).user("citizen1").send().refused(404, "not_found");
    app.get(&survey).user("clerk1").send().expect(200);
    let listed = |user: Option<&str>| {
        let call = app.get("/v1/surveys?include_total=true");
        let call = match user {
            Some(user) => call.user(user),
            None => call,
        };
        call.send().expect(200)["total"].as_i64().unwrap()
    };
    let (public, staff) = (listed(None), listed(Some("clerk1")));
    assert!(public < staff, "{public} {staff}");
    act(&app, "director1", &survey, ":open", &Value::Null).expect(200);
    assert_eq!((listed(None), listed(Some("clerk1"))), (public + 1, staff));
    let seen = app.get(&survey).send();
    assert_eq!((&seen.expect(200)["anonymous"], &seen.body["allowed_actions"]), (&json!(true), &json!([])));
    closed(&app, &survey);
    act(&app, "chief1", &survey, ":archive", &Value::Null).expect(200);
    assert_eq!((listed(None), listed(Some("clerk1"))), (public, staff));
    act(&app, "chief1", &survey, ":restore", &why()).expect(200);
    assert_eq!(app.get(&survey).send().expect(200)["status"], "CLOSED");
}

#[test]
fn all_that_is_wrong_with_a_form_is_told_at_once() {
    let app = TestApp::new();
    let mut wrong = form();
    wrong["items"][0]["options"] = wrong["items"][1]["options"].clone();
    wrong["items"][1].as_object_mut().unwrap().remove("options");
    wrong["items"][2]["options"][1]["code"] = json!("CASE");
    wrong["items"][3]["minimum"] = json!(120);
    wrong["items"][4]["code"] = json!("OVERALL");
    (wrong["services"], wrong["closes_on"]) = (json!(["BOOKING_DONE", "BOOKING_DONE"]), json!("2026-11-22"));
    let told = app.post("/v1/surveys").user("chief1").once().json(&wrong).send();
    for (pointer, code) in [
        ("/items/0/options", "not_allowed"),
        ("/items/1/options", "required"),
        ("/items/2/options/1/code", "duplicate"),
        ("/items/3/maximum", "range"),
        ("/items/4/code", "duplicate"),
        ("/services/1", "duplicate"),
        ("/closes_on", "range"),
    ] {
        assert!(told.fields().contains(&field(pointer, code)), "{pointer}: {}", told.text);
    }
}

#[test]
fn answers_are_taken_from_the_first_day_to_the_last_working_day() {
    let app = TestApp::new();
    let mut later = form();
    // A Sunday: the office is closed until Monday.
    (later["opens_on"], later["closes_on"]) = (json!("2026-11-24"), json!("2026-11-29"));
    let survey = opened(&app, &later);
    assert_eq!(app.get(&survey).send().expect(200)["ends_on"], "2026-11-30");
    let slips = tokens(&app, &survey, 3);
    answer(&app, &survey, &slips[0], &rating(5)).refused(409, "survey_not_open");
    app.set_clock("2026-11-24T00:00:00+08:00");
    answer(&app, &survey, &slips[0], &rating(5)).expect(204);
    app.set_clock("2026-11-30T23:59:59+08:00");
    answer(&app, &survey, &slips[1], &rating(5)).expect(204);
    app.tick();
    app.set_clock("2026-12-01T00:00:00+08:00");
    answer(&app, &survey, &slips[2], &rating(5)).refused(409, "survey_not_open");
    app.tick();
    assert_eq!(app.get(&survey).send().expect(200)["status"], "CLOSED");
}

#[test]
fn an_answer_that_does_not_fit_is_refused_by_item_and_uses_no_token() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let token = tokens(&app, &survey, 1).remove(0);
    for (answers, pointer, code) in [
        (json!([]), "/answers", "required"),
        (json!([{"item": "OVERALL", "rating": 6}]), "/answers/0/rating", "range"),
        (json!([{"item": "OVERALL", "number": 5}]), "/answers/0/rating", "required"),
        (json!([{"item": "OVERALL", "rating": 5, "number": 5}]), "/answers/0/number", "not_allowed"),
        (json!([{"item": "OVERALL", "rating": 5}, {"item": "OVERALL", "rating": 4}]), "/answers/1/item", "duplicate"),
        (json!([{"item": "NOBODY", "rating": 5}]), "/answers/0/item", "unknown"),
        (json!([{"item": "HOW", "choices": ["COUNTER", "ONLINE"]}]), "/answers/0/choices", "range"),
        (json!([{"item": "WHY", "choices": ["CASE", "CASE"]}]), "/answers/0/choices/1", "duplicate"),
        (json!([{"item": "WHY", "choices": ["NONE"]}]), "/answers/0/choices/0", "unknown"),
        (json!([{"item": "MINUTES", "number": 121}]), "/answers/0/number", "range"),
        (json!([{"item": "WORDS", "text": "我是 A123456789"}]), "/answers/0/text", "personal_number"),
    ] {
        let told = answer(&app, &survey, &token, &answers);
        told.refused(422, "invalid");
        assert!(told.fields().contains(&field(pointer, code)), "{answers}: {}", told.text);
    }
    let unknown = answer(&app, &survey, &unlike(&token), &rating(5));
    assert_eq!(unknown.fields(), [field("/token", "unknown")]);
    let other = tokens(&app, &opened(&app, &form()), 1).remove(0);
    assert_eq!(answer(&app, &survey, &other, &rating(5)).fields(), [field("/token", "unknown")]);
    let whole = json!([
        {"item": "OVERALL", "rating": 5}, {"item": "HOW", "choices": ["ONLINE"]}, {"item": "WHY", "choices": ["CASE", "PAPER"]},
        {"item": "MINUTES", "number": 0}, {"item": "WORDS", "text": "很好"}
    ]);
    answer(&app, &survey, &token, &whole).expect(204);
}

#[test]
fn a_token_is_drawn_by_anybody_only_where_a_survey_is_open_to_all() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    app.post(&format!("{survey}/open-tokens")).send().refused(409, "survey_not_open");
    let mut to_all = form();
    to_all["open_to_all"] = json!(true);
    let survey = opened(&app, &to_all);
    let draw = || app.post(&format!("{survey}/open-tokens")).send().expect(200)["token"].as_str().unwrap().to_owned();
    let (one, other) = (draw(), draw());
    assert_ne!(one, other);
    answer(&app, &survey, &one, &rating(5)).expect(204);
    answer(&app, &survey, &one, &rating(5)).refused(409, "already_answered");
    answer(&app, &survey, &other, &rating(5)).expect(204);
}

#[test]
fn a_request_for_tokens_that_is_sent_again_brings_none_of_those_of_before() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    app.token("clerk1");
    let kept = app.contents()["stored_answers"].len();
    let issue = || app.post(&format!("{survey}/tokens")).user("clerk1").key("a-key-of-theirs").json(&json!({"count": 2})).send();
    let (first, again) = (issue(), issue());
    assert_ne!(first.expect(200)["tokens"], again.expect(200)["tokens"], "no answer is kept");
    assert!(!again.headers.contains_key("idempotency-replayed"));
    assert_eq!(app.contents()["stored_answers"].len(), kept);
}

#[test]
fn one_token_is_issued_for_a_record_and_only_after_the_service() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let issue =
        |record: Value| app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&json!({"record": record})).send();
    let case = registered(&app, &birth(1));
    let record = json!({"service": "CASE_REGISTERED", "id": case["id"]});
    let token = issue(record.clone()).expect(200)["tokens"][0].as_str().unwrap().to_owned();
    issue(record).refused(409, "already_invited");
    answer(&app, &survey, &token, &rating(4)).expect(204);
    let mut booked = booking(crate::support::WEDNESDAY_9);
    (booked["person"], booked["channel"]) = (person(43), json!("PHONE"));
    let booked = app.post("/v1/bookings").user("clerk1").once().json(&booked).send().expect(201)["id"].clone();
    let open = issue(json!({"service": "BOOKING_DONE", "id": booked}));
    assert_eq!(open.fields(), [field("/record/id", "not_allowed")]);
    let nobodys = issue(json!({"service": "CASE_REGISTERED", "id": booked}));
    assert_eq!(nobodys.fields(), [field("/record/id", "not_allowed")], "what is not there reads alike");
    let tokens = |body: Value| app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&body).send().fields();
    assert_eq!(tokens(json!({})), [field("/count", "required")]);
    assert_eq!(
        tokens(json!({"count": 1, "record": {"service": "CASE_REGISTERED", "id": booked}})),
        [field("/record", "not_both")]
    );
    let mut without = form();
    without["services"] = json!([]);
    let survey = opened(&app, &without);
    let body = json!({"record": {"service": "CASE_REGISTERED", "id": case["id"]}});
    let told = app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&body).send();
    assert_eq!(told.fields(), [field("/record/service", "not_allowed")]);
}

#[test]
fn a_paper_counts_once_whoever_enters_it() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let slip = tokens(&app, &survey, 1).remove(0);
    let body = json!({"token": slip, "answers": rating(3)});
    let enter = |user: &str| app.post(&format!("{survey}/paper-responses")).user(user).json(&body).send();
    enter("citizen1").refused(403, "forbidden");
    enter("clerk1").expect(204);
    enter("clerk2").refused(409, "already_answered");
    answer(&app, &survey, &slip, &rating(5)).refused(409, "already_answered");
}

#[test]
fn a_survey_takes_so_many_answers_and_no_more() {
    let app = TestApp::with(|config| config.of_mut::<SurveySettings>().survey_answers_at_most = 100, "");
    let survey = opened(&app, &form());
    for (n, token) in tokens(&app, &survey, 101).iter().enumerate() {
        let given = answer(&app, &survey, token, &rating(5));
        if n < 100 {
            given.expect(204);
        } else {
            given.refused(409, "survey_full");
        }
    }
}

pub fn a_token_counts_once(app: &TestApp) {
    let survey = opened(app, &form());
    let token = tokens(app, &survey, 1).remove(0);
    once(&at_once(CLIENTS, |_| answer(app, &survey, &token, &rating(5))), "204", "409 already_answered");
}

pub fn answers_at_once_are_all_counted(app: &TestApp) {
    let survey = opened(app, &form());
    let slips = tokens(app, &survey, CLIENTS);
    let answers = at_once(CLIENTS, |client| answer(app, &survey, &slips[client], &rating(5)));
    assert!(answers.iter().all(|answer| answer.status == 204), "{answers:?}");
    closed(app, &survey);
    let results = app.get(&format!("{survey}/results")).user("chief1").send();
    assert_eq!(results.expect(200)["answers"], CLIENTS);
}

pub fn a_record_is_invited_once(app: &TestApp) {
    let survey = opened(app, &form());
    let body = json!({"record": {"service": "CASE_REGISTERED", "id": registered(app, &birth(1))["id"]}});
    let issue = |_| app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&body).send();
    once(&at_once(CLIENTS, issue), "200", "409 already_invited");
}
