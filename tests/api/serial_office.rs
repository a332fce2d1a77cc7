//! Races over the rules of accounts, clients and of telling other agencies.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::exchange::{moved, notice, notify, set_agency, states};
use crate::identity::{NEW_PASSWORD, login, text, user};
use crate::petitions;
use crate::protection::{BARRED, PROTECTED, mark, order};
use crate::records::known;
use crate::serial::{CLIENTS, act, answered, at_once, id, items, log_in, made, once, reason};
use crate::support::{Answer, PASSWORD, TestApp, person};

pub fn an_agency_is_told_once_of_a_case(app: &TestApp) {
    let case = moved(app, 1);
    once(&at_once(CLIENTS, |_| notify(app, &case, &["LAND"])), "201", "409 conflict");
    assert_eq!(items(app, "clerk1", "/v1/agency-notices").len(), 1);
}

/// What an agency reads in its queue.
fn pull(app: &TestApp, token: &str) -> Vec<Value> {
    app.get("/v1/agency-queue").bearer(token).send().expect(200)["items"].as_array().unwrap().clone()
}

fn say(app: &TestApp, token: &str, delivery: &Value, word: &str) -> Answer {
    let path = format!("/v1/agency-queue/{}:{word}", delivery["delivery_id"].as_str().unwrap());
    app.post(&path).bearer(token).json(&reason()).send()
}

pub fn a_notice_knows_all_its_answers(app: &TestApp) {
    let case = moved(app, 1);
    let made = notify(app, &case, &["LAND", "LOCAL_TAX"]).expect(201).clone();
    let tokens = ["agency-land", "agency-tax"].map(|name| app.client_token(name));
    let queued: Vec<Value> = tokens.iter().map(|token| pull(app, token).remove(0)).collect();
    answered(&at_once(2, |client| say(app, &tokens[client], &queued[client], "update")), &[("200", 2)]);
    let now = notice(app, &made);
    assert_eq!((states(&now), now["status"].as_str()), (vec!["UPDATED"; 2], Some("COMPLETED")));
}

pub fn answers_to_a_delivery_follow_each_other(app: &TestApp) {
    let made = notify(app, &moved(app, 1), &["LAND"]).expect(201).clone();
    let land = app.client_token("agency-land");
    let queued = pull(app, &land).remove(0);
    let answers = at_once(CLIENTS, |client| say(app, &land, &queued, ["reject", "update"][client % 2]));
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.body["code"] == "wrong_state"), "{answers:?}");
    // What is rejected may be updated later, and not the other way round.
    let now = notice(app, &made);
    assert_eq!((states(&now), now["status"].as_str()), (vec!["UPDATED"], Some("COMPLETED")));
}

pub fn a_rejected_delivery_is_sent_again_once(app: &TestApp) {
    let made = notify(app, &moved(app, 1), &["LAND"]).expect(201).clone();
    let land = app.client_token("agency-land");
    let queued = pull(app, &land).remove(0);
    say(app, &land, &queued, "reject").expect(200);
    let path = format!("/v1/agency-deliveries/{}:resend", queued["delivery_id"].as_str().unwrap());
    once(&at_once(CLIENTS, |_| act(app, "clerk1", &path, &Value::Null)), "200", "409 wrong_state");
    let now = notice(app, &made);
    assert_eq!((states(&now), now["status"].as_str()), (vec!["QUEUED"], Some("ACCEPTED")));
}

pub fn what_was_read_is_not_withdrawn(app: &TestApp) {
    let made = notify(app, &moved(app, 1), &["LAND", "LOCAL_TAX"]).expect(201).clone();
    let tokens = ["agency-land", "agency-tax"].map(|name| app.client_token(name));
    let path = format!("/v1/agency-notices/{}:withdraw-consent", id(&made));
    let read: Vec<usize> = at_once(3, |client| match tokens.get(client) {
        Some(token) => pull(app, token).len(),
        None => {
            act(app, "clerk1", &path, &Value::Null).expect(200);
            0
        }
    });
    let now = notice(app, &made);
    let (sent, withdrawn): (Vec<&str>, Vec<&str>) = states(&now).into_iter().partition(|state| *state == "SENT");
    assert!(withdrawn.iter().all(|state| *state == "WITHDRAWN"), "{now}");
    assert_eq!(sent.len(), read.iter().sum::<usize>());
    assert_eq!(now["status"], if sent.is_empty() { "CANCELLED" } else { "DISPATCHED" });
}

pub fn what_was_revoked_is_not_told(app: &TestApp) {
    let case = moved(app, 1);
    let at = |act: &str| format!("/v1/cases/{}{act}", id(&case));
    act(app, "clerk1", &at(":revoke"), &json!({"reason": "重複登記", "office_error": false})).expect(200);
    log_in(app, &["chief1"]);
    let answers = at_once(2, |client| match client {
        0 => act(app, "chief1", &at(":approve-change"), &json!({})),
        _ => notify(app, &case, &["LAND"]),
    });
    answers[0].expect(200);
    // Nobody is told of what waits for a decision, nor of what was revoked.
    assert!(["conflict", "wrong_state"].map(Value::from).contains(&answers[1].body["code"]), "{}", answers[1].text);
    assert!(pull(app, &app.client_token("agency-land")).is_empty());
}

pub fn a_batch_closes_a_period_once(app: &TestApp) {
    set_agency(app, "LAND", |body| (body["channel"], body["cadence"]) = (json!("BATCH"), json!("DAILY"))).expect(200);
    let made = notify(app, &moved(app, 1), &["LAND"]).expect(201).clone();
    app.set_clock("2026-11-24T00:00:05+08:00");
    at_once(CLIENTS, |_| app.tick());
    let batches = app.get("/v1/agency-batches").bearer(&app.client_token("agency-land")).send();
    assert_eq!(batches.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(states(&notice(app, &made)), ["SENT"]);
}

pub fn a_user_name_is_one_accounts(app: &TestApp) {
    log_in(app, &["admin1"]);
    let body = json!({"username": "clerk9", "name": "林承辦", "roles": ["CLK"]});
    let make = |_| app.post("/v1/users").user("admin1").once().json(&body).send();
    once(&at_once(CLIENTS, make), "201", "409 conflict");
}

pub fn a_person_has_one_account(app: &TestApp) {
    let register = |client: usize| {
        let body = json!({
            "username": format!("ming-{client}"), "password": NEW_PASSWORD, "name": "王明華", "birth_on": "1990-05-04",
            "national_id": person(77)["national_id"]
        });
        app.post("/v1/auth/register").json(&body).send().expect(201);
        let log_in = json!({"username": format!("ming-{client}"), "password": NEW_PASSWORD});
        let token = app.post("/v1/auth/login").json(&log_in).send().expect(200)["access_token"].as_str().unwrap().to_owned();
        app.post("/v1/me/identity-code").bearer(&token).send().expect(200)["code"].clone()
    };
    log_in(app, &["clerk1"]);
    let codes: Vec<Value> = (0..CLIENTS).map(register).collect();
    let prove = |client: usize| {
        let person = json!({"name": "王明華", "national_id": person(77)["national_id"]});
        let body = json!({"code": codes[client], "document": {"kind": "ID_CARD", "number": "製證字第 1 號"}, "person": person});
        app.post("/v1/identity-proofs").user("clerk1").once().json(&body).send()
    };
    once(&at_once(CLIENTS, prove), "201", "409 has_account");
}

pub fn an_account_has_one_identity_code(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let who = person(78);
    let token = crate::known::declared(app, "owner-of-codes", &who, "1990-05-04");
    let codes = at_once(CLIENTS, |_| app.post("/v1/me/identity-code").bearer(&token).send().expect(200)["code"].clone());
    let prove = |code: &Value| crate::known::prove(app, &crate::known::paper(code.as_str().unwrap(), &who));
    let proven: Vec<Answer> = codes.iter().map(prove).collect();
    once(&proven, "201", "422 invalid");
}

pub fn a_paper_proves_one_person(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let register = |client: usize| {
        let who = person(u32::try_from(60 + client).unwrap());
        let token = crate::known::declared(app, &format!("owner-{client}"), &who, "1990-05-04");
        let mut body = crate::known::paper(&crate::known::code(app, &token), &who);
        body["document"] = json!({"kind": "PASSPORT", "number": "C7654321"});
        body
    };
    let bodies: Vec<Value> = (0..CLIENTS).map(register).collect();
    let prove = |client: usize| app.post("/v1/identity-proofs").user("clerk1").once().json(&bodies[client]).send();
    once(&at_once(CLIENTS, prove), "201", "409 paper_proves_another");
}

pub fn a_client_name_is_one_clients(app: &TestApp) {
    log_in(app, &["admin1"]);
    let body = json!({"name": "地政事務所", "scopes": [], "expires_on": "2029-12-31"});
    let make = |_| app.post("/v1/clients").user("admin1").once().json(&body).send();
    once(&at_once(CLIENTS, make), "201", "409 conflict");
}

pub fn a_request_for_roles_is_decided_once(app: &TestApp) {
    let (path, _) = user(app, "clerk1");
    let patch = app.call("PATCH", &path).user("admin1").if_match("*").json(&json!({"roles": ["CLK", "REV"]})).send();
    patch.expect(200);
    log_in(app, &["chief1", "director1"]);
    let answers = at_once(CLIENTS, |client| {
        let (user, word) = [("chief1", "approve"), ("director1", "reject")][client % 2];
        app.post(&format!("{path}:{word}")).user(user).once().if_match(patch.etag()).send()
    });
    let decided = once(&answers, "200", "412 version_mismatch").body["roles"].clone();
    assert_eq!(app.get(&path).user("admin1").send().expect(200)["roles"], decided);
}

pub fn one_administrator_remains(app: &TestApp) {
    let (second, _) = user(app, "clerk4");
    let asked = app.call("PATCH", &second).user("admin1").if_match("*").json(&json!({"roles": ["ADM"]})).send();
    app.post(&format!("{second}:approve")).user("director1").if_match(asked.etag()).send().expect(200);
    let (first, _) = user(app, "admin1");
    // Each suspends the other, and two approve it at one moment.
    let asked =
        [("admin1", &second), ("clerk4", &first)].map(|(by, path)| act(app, by, &format!("{path}:suspend"), &Value::Null));
    log_in(app, &["chief1", "director1"]);
    let answers = at_once(2, |client| {
        let (by, path) = [("chief1", &second), ("director1", &first)][client];
        app.post(&format!("{path}:approve")).user(by).once().if_match(asked[client].etag()).send()
    });
    // Whoever is suspended has asked for nothing.
    answered(&answers, &[("200", 1), ("409 asker_gone", 1)]);
    assert_eq!(active(app, &["ADM"]), 1);
}

/// How many active accounts have one of these roles.
fn active(app: &TestApp, roles: &[&str]) -> usize {
    let working = items(app, "chief1", "/v1/users?status=ACTIVE&limit=100");
    let has = |user: &&Value| user["roles"].as_array().unwrap().iter().any(|role| roles.contains(&role.as_str().unwrap()));
    working.iter().filter(has).count()
}

pub fn one_supervisor_remains(app: &TestApp) {
    let suspend = |name: &str| {
        let (path, _) = user(app, name);
        let asked = act(app, "admin1", &format!("{path}:suspend"), &Value::Null);
        (path, asked.etag().to_owned())
    };
    let approve =
        |by: &str, (path, tag): &(String, String)| app.post(&format!("{path}:approve")).user(by).once().if_match(tag).send();
    approve("chief1", &suspend("director1")).expect(200);
    let asked = ["chief1", "chief2"].map(suspend);
    log_in(app, &["chief1", "chief2"]);
    // Each approves the other's suspension.
    let answers = at_once(2, |client| approve(["chief2", "chief1"][client], &asked[client]));
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 401 | 409)), "{answers:?}");
    let left = ["chief1", "chief2"].map(|name| login(app, name, PASSWORD).status);
    assert!(left == [200, 401] || left == [401, 200], "{left:?}");
    app.sql("UPDATE accounts SET status = 'ACTIVE' WHERE username = 'director1'");
}

pub fn the_last_password_that_was_set_is_the_password(app: &TestApp) {
    let (path, _) = user(app, "clerk1");
    let reset = |_| act(app, "admin1", &format!("{path}:reset-password"), &Value::Null);
    let answers = at_once(4, reset);
    answered(&answers, &[("200", 4)]);
    let tags: BTreeSet<&str> = answers.iter().map(Answer::etag).collect();
    assert_eq!(tags.len(), 4, "each makes a version of its own");
    let (_, tag) = user(app, "clerk1");
    let approved = app.post(&format!("{path}:approve")).user("director1").if_match(&tag).send();
    let second = text(&approved.expect(200)["second_half"]);
    let works = |answer: &&Answer| login(app, "clerk1", &(text(&answer.body["initial_password"]) + &second)).status == 200;
    assert_eq!(answers.iter().filter(works).count(), 1);
}

pub fn a_password_is_changed_from_the_password_of_now(app: &TestApp) {
    let tokens = [(); 2].map(|()| text(&login(app, "citizen1", PASSWORD).expect(200)["access_token"]));
    let new = [NEW_PASSWORD, "Gruen-Tee-um-sechs"];
    let change = |client: usize| {
        let body = json!({"current_password": PASSWORD, "new_password": new[client]});
        app.post("/v1/auth/password").bearer(&tokens[client]).json(&body).send()
    };
    // Whoever comes second comes from a log-in that has ended, and with a password of before.
    let answers = at_once(2, change);
    let won: Vec<usize> = (0..2).filter(|client| answers[*client].status == 204).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(matches!(answers[1 - won[0]].status, 401 | 422), "{answers:?}");
    login(app, "citizen1", new[won[0]]).expect(200);
}

pub fn a_refresh_token_has_one_successor(app: &TestApp) {
    let token = text(&login(app, "citizen1", PASSWORD).expect(200)["refresh_token"]);
    let refresh = |_| app.post("/v1/auth/refresh").json(&json!({"refresh_token": token})).send();
    let answers = at_once(CLIENTS, refresh);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 401)), "{answers:?}");
    let successors: BTreeSet<String> =
        answers.iter().filter(|answer| answer.status == 200).map(|answer| text(&answer.body["refresh_token"])).collect();
    assert_eq!(successors.len(), 1);
}

pub fn wrong_passwords_at_once_are_counted_one_by_one(app: &TestApp) {
    let answers = at_once(2 * CLIENTS, |_| login(app, "citizen3", "wrong-password"));
    answered(&answers, &[("401 invalid_credentials", 5), ("429 login_locked", 2 * CLIENTS - 5)]);
    login(app, "citizen3", PASSWORD).refused(429, "login_locked");
}

pub fn right_and_wrong_guesses_at_once_have_each_their_answer(app: &TestApp) {
    let guess = |client: usize| login(app, "citizen3", [PASSWORD, "wrong-password"][client % 2]);
    let answers = at_once(2 * CLIENTS, guess);
    for (client, answer) in answers.iter().enumerate() {
        let own = [200, 401][client % 2];
        assert!(answer.status == own || answer.status == 429, "{client}: {answer:?}");
    }
}

pub fn a_letter_of_proxy_is_revoked_once(app: &TestApp) {
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(88), "scope": "BOOKING", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31"
    });
    let letter = made(app, "clerk1", "/v1/letters-of-proxy", &letter);
    let path = format!("/v1/letters-of-proxy/{}:revoke", id(&letter));
    once(&at_once(CLIENTS, |_| app.post(&path).user("clerk1").if_match("*").send()), "200", "409 wrong_state");
}

pub fn a_mark_is_entered_once(app: &TestApp) {
    log_in(app, &["clerk1", "clerk2"]);
    let id = known(app, PROTECTED);
    let answers = at_once(CLIENTS, |client| mark(app, ["clerk1", "clerk2"][client % 2], &id, &order(&person(BARRED))));
    once(&answers, "201", "409 conflict");
    assert_eq!(items(app, "clerk1", &format!("/v1/people/{id}/protection-marks")).len(), 1);
}

pub fn a_petition_is_rated_once(app: &TestApp) {
    let petition = petitions::take(app, Some("clerk1"), &petitions::letter("SUGGESTION"));
    petitions::assign(app, &petition, "clerk2");
    petitions::replied(app, &petition, "FINAL");
    let body = json!({"number": petition.number, "secret": petition.secret, "score": 4});
    let answers = at_once(CLIENTS, |_| app.post(&format!("{}/satisfaction", petition.path)).once().json(&body).send());
    once(&answers, "201", "409 conflict");
}

pub fn two_petitions_are_not_merged_into_each_other(app: &TestApp) {
    let both = [(); 2].map(|()| petitions::take(app, Some("clerk1"), &petitions::letter("SUGGESTION")));
    log_in(app, &["chief1", "director1"]);
    let seen = both.each_ref().map(|one| petitions::get(app, "chief1", &one.path).etag().split('.').next().unwrap().to_owned());
    let answers = at_once(CLIENTS, |client| {
        let (one, other) = (client % 2, 1 - client % 2);
        let call = app.post(&format!("{}:merge", both[one].path)).user(["chief1", "director1"][one]).once();
        let into = both[other].path.rsplit('/').next();
        call.if_match(&format!("{}\"", seen[one])).json(&json!({"into_id": into, "reason": "同一事由"})).send()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| [200, 409, 412, 422].contains(&answer.status)));
    let merged = both.iter().filter(|one| petitions::status(app, one) == "MERGED").count();
    assert_eq!(merged, 1);
}

pub fn a_draft_is_approved_once(app: &TestApp) {
    let petition = petitions::take(app, Some("clerk1"), &petitions::letter("SUGGESTION"));
    petitions::assign(app, &petition, "clerk2");
    petitions::act(app, "clerk2", &petition, "draft-reply", &petitions::draft("FINAL")).expect(200);
    log_in(app, &["chief1", "director1"]);
    let tag = petitions::get(app, "chief1", &petition.path).etag().to_owned();
    let version = format!("{}\"", tag.split('.').next().unwrap());
    let answers = at_once(CLIENTS, |client| {
        let user = ["chief1", "director1"][client % 2];
        let call = app.post(&format!("{}:approve-reply", petition.path)).user(user).once().if_match(&version);
        call.json(&json!({"draft": 1, "approve": true})).send()
    });
    once(&answers, "200", "412 version_mismatch");
}

pub fn registers_of_petitions_have_no_gaps(app: &TestApp) {
    log_in(app, &["clerk1"]);
    at_once(CLIENTS, |_| petitions::take(app, Some("clerk1"), &petitions::letter("SUGGESTION")));
    let numbers = petitions::registered(app);
    let all: BTreeSet<u64> = numbers.iter().copied().collect();
    let (first, last) = (all.first().unwrap(), all.last().unwrap());
    assert_eq!((all.len(), last - first + 1), (numbers.len(), numbers.len() as u64), "{numbers:?}");
    assert!(numbers.len() >= CLIENTS);
}
