//! Invitations to surveys after a service: who gets one, and when, that each counts once, and that nothing leads from whoever was invited
//! to a token or an answer.

use std::collections::BTreeSet;

use huzheng::surveys::SurveySettings;
use serde_json::{Value, json};

use crate::cases::{birth, registered, revoke};
use crate::known::{complete, death, field, matter};
use crate::mails::with_relay;
use crate::petitions::{assign, letter, replied, take};
use crate::protection::{BARRED, mark, order};
use crate::relay::{Letter, Mood, Relay};
use crate::support::{TestApp, WEDNESDAY_9, booking, female, person, unlike};
use crate::surveys::{act, answer, closed, drafted, form, opened, rating, tokens, why};

/// The survey of the others, which is sent after a service.
fn sent_after(service: &str) -> Value {
    let mut form = form();
    form["sent_after"] = json!([service]);
    form
}

/// A case of somebody with an address, registered.
fn case_of(app: &TestApp, number: u32, email: &str) -> Value {
    let mut body = birth(number);
    body["contact"] = json!({"email": email});
    registered(app, &body)
}

/// Lets the batch of the day before go out.
fn next_day(app: &TestApp, day: u32) {
    app.set_clock(&format!("2026-11-{day}T10:00:00+08:00"));
    app.tick();
    app.send_mail();
}

/// Survey, token and code of an invitation.
fn link(letter: &Letter) -> [String; 3] {
    let text = letter.text();
    let link = text.split_whitespace().find_map(|word| word.split_once("/surveys/answer#")).expect("a link").1;
    let parts: Vec<String> = link.split('.').map(str::to_owned).collect();
    parts.try_into().expect("three parts")
}

fn invited(relay: &Relay) -> BTreeSet<String> {
    relay.letters().iter().map(|letter| letter.to.clone()).collect()
}

fn issued(app: &TestApp, survey: &str) -> Value {
    app.get(&format!("{survey}/results")).user("chief1").send().expect(200)["issued"].clone()
}

#[test]
fn whoever_had_a_service_is_invited_once_on_the_next_day() {
    let (app, relay) = with_relay();
    let survey = opened(&app, &sent_after("CASE_REGISTERED"));
    assert_eq!(app.get(&survey).send().expect(200)["sends_invitations"], true);
    for number in 1..=3 {
        case_of(&app, number, &format!("someone{number}@example.org"));
    }
    app.set_clock("2026-11-24T09:59:59+08:00");
    app.tick();
    app.send_mail();
    assert!(relay.letters().is_empty(), "before its hour");
    for day in [24, 24, 25] {
        next_day(&app, day);
        assert_eq!(invited(&relay).len(), relay.letters().len());
    }
    assert_eq!(invited(&relay), [1, 2, 3].map(|number| format!("someone{number}@example.org")).into());
    let links: Vec<[String; 3]> = relay.letters().iter().map(link).collect();
    let different: BTreeSet<&String> = links.iter().map(|[_, token, _]| token).collect();
    assert_eq!(different.len(), 3);
    for [id, token, _] in &links {
        assert!(survey.ends_with(id.as_str()));
        answer(&app, &survey, token, &rating(5)).expect(204);
        answer(&app, &survey, token, &rating(5)).refused(409, "already_answered");
    }
    // Nothing of the service, nor of whoever had it.
    let text = relay.letters()[0].text();
    assert!(!text.contains("測試") && !text.contains("出生") && !text.contains("someone"), "{text}");
    closed(&app, &survey);
    assert_eq!(issued(&app, &survey), 3);
}

#[test]
fn nobody_is_invited_twice_within_the_time_of_rest() {
    let (app, relay) = with_relay();
    for _ in 0..2 {
        opened(&app, &sent_after("CASE_REGISTERED"));
    }
    case_of(&app, 1, "someone@example.org");
    case_of(&app, 2, "SomeOne@example.org");
    next_day(&app, 24);
    assert_eq!(relay.letters().len(), 1, "one address, two records, two surveys");
    // One human, two addresses, two days.
    for (day, email) in [(24, "first@example.org"), (25, "second@example.org")] {
        app.set_clock(&format!("2026-11-{day}T11:00:00+08:00"));
        let mut body = complete(&app, matter(7));
        body["contact"] = json!({"email": email});
        registered(&app, &body);
        next_day(&app, day + 1);
    }
    let told: Vec<String> = relay.letters()[1..].iter().map(|letter| letter.to.clone()).collect();
    assert_eq!(told, ["first@example.org"]);
}

#[test]
fn who_died_is_protected_or_said_no_is_not_invited_nor_after_what_was_revoked() {
    let (app, relay) = with_relay();
    opened(&app, &sent_after("CASE_REGISTERED"));
    case_of(&app, 1, "invited@example.org");
    // Without an address.
    registered(&app, &birth(2));
    let theirs = case_of(&app, 3, "protected@example.org");
    mark(&app, "clerk1", theirs["parties"][0]["person_id"].as_str().unwrap(), &order(&person(BARRED))).expect(201);
    case_of(&app, 4, "refused@example.org");
    let refuse = |invited: bool| json!({"email": "Refused@example.org", "invited": invited, "reason": "當事人來電"});
    app.post("/v1/survey-choices:note").user("citizen1").json(&refuse(false)).send().refused(403, "forbidden");
    app.post("/v1/survey-choices:note").user("clerk1").json(&refuse(false)).send().expect(204);
    case_of(&app, 5, "dead@example.org");
    let mut died = death(&app, 5);
    died["parties"][0] = female(5);
    (died["parties"][0]["role"], died["parties"][0]["birth_on"]) = (json!("DECEASED"), json!("1995-05-04"));
    (died["event_on"], died["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
    registered(&app, &died);
    let wrong = case_of(&app, 6, "revoked@example.org");
    assert_eq!(revoke(&app, &wrong)["status"], "REVOKED");
    next_day(&app, 24);
    assert_eq!(invited(&relay), ["invited@example.org".to_owned()].into());
}

#[test]
fn whoever_chooses_by_the_code_of_an_invitation_is_invited_no_more_until_they_take_it_back() {
    let (app, relay) = with_relay();
    opened(&app, &sent_after("CASE_REGISTERED"));
    case_of(&app, 1, "someone@example.org");
    next_day(&app, 24);
    let [_, token, code] = link(&relay.letters()[0]);
    let choose =
        |code: &str, invited: bool| app.post("/v1/survey-choices").json(&json!({"code": code, "invited": invited})).send();
    for wrong in ["x", token.as_str(), &unlike(&code)] {
        assert_eq!(choose(wrong, false).fields(), [field("/code", "unknown")]);
    }
    let refusals = || app.contents()["survey_refusals"].len();
    for (invited, kept) in [(false, 1), (false, 1), (true, 0), (true, 0), (false, 1)] {
        choose(&code, invited).expect(204);
        assert_eq!(refusals(), kept);
    }
    // Long after, and at whoever's service.
    app.sql("DELETE FROM survey_asked");
    app.set_clock("2026-11-24T11:00:00+08:00");
    case_of(&app, 2, "someone@example.org");
    next_day(&app, 25);
    assert_eq!(relay.letters().len(), 1);
    let page = app.get("/surveys/answer").header("Accept-Language", "en").send();
    assert!(page.text.contains("<h1>Answer a survey</h1>"), "{}", page.text);
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
}

#[test]
fn whoever_had_a_booking_is_invited_unless_its_outcome_was_taken_back() {
    let (app, relay) = with_relay();
    opened(&app, &sent_after("BOOKING_DONE"));
    let book = |number: u32, slot: &str| {
        let mut body = booking(slot);
        (body["person"], body["channel"]) = (person(number), json!("COUNTER"));
        body["contact"] = json!({"email": format!("someone{number}@example.org")});
        let booked = app.post("/v1/bookings").user("clerk1").once().json(&body).send().expect(201)["id"].clone();
        format!("/v1/bookings/{}", booked.as_str().unwrap())
    };
    let paths = [book(43, WEDNESDAY_9), book(44, crate::support::WEDNESDAY_930)];
    next_day(&app, 24);
    next_day(&app, 25);
    let act = |path: &str, act: &str, body: &Value| {
        app.post(&format!("{path}{act}")).user("clerk1").once().if_match("*").json(body).send().expect(200).clone()
    };
    for path in &paths {
        act(path, ":complete", &json!({}));
    }
    act(&paths[1], ":take-back", &why());
    next_day(&app, 26);
    assert_eq!(invited(&relay), ["someone43@example.org".to_owned()].into());
}

#[test]
fn nobody_is_invited_after_a_petition_that_is_kept_from_somebody() {
    let (app, relay) = with_relay();
    opened(&app, &sent_after("PETITION_REPLIED"));
    for kept in ["", "confidential", "names_staff", "guarded"] {
        let mut body = letter("INQUIRY");
        body["contact"] = json!({"email": format!("{}open@example.org", kept.replace('_', "-"))});
        let petition = take(&app, Some("clerk1"), &body);
        assign(&app, &petition, "clerk2");
        replied(&app, &petition, "FINAL");
        app.send_mail();
        if !kept.is_empty() {
            app.sql(&format!("UPDATE petitions SET {kept} = TRUE WHERE number = '{}'", petition.number));
        }
    }
    let before = relay.letters().len();
    next_day(&app, 24);
    let told: Vec<String> = relay.letters()[before..].iter().map(|letter| letter.to.clone()).collect();
    assert_eq!(told, ["open@example.org"]);
    let text = relay.letters()[before].text();
    assert!(!text.contains("陳情") && !text.contains("petition"), "{text}");
}

#[test]
fn an_invitation_is_in_the_mailbox_alone_once_it_has_gone_out() {
    let (app, relay) = with_relay();
    let survey = opened(&app, &sent_after("CASE_REGISTERED"));
    case_of(&app, 1, "someone@example.org");
    app.set_clock("2026-11-24T10:00:00+08:00");
    app.tick();
    let written = app.contents();
    assert_eq!(written["mails"].len(), 1);
    app.send_mail();
    let [_, token, code] = link(&relay.letters()[0]);
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let after = app.contents();
    for contents in [&written, &after] {
        for secret in [token.as_str(), code.as_str(), "someone@example.org"] {
            let holding = contents.iter().filter(|(_, rows)| rows.iter().any(|row| row.contains(secret)));
            assert_eq!(holding.map(|(table, _)| table.as_str()).collect::<Vec<_>>(), [""; 0], "{secret}");
        }
    }
    let longest = |row: &str| row.split('\'').map(str::len).max().unwrap();
    assert!(longest(&after["mails"][0]) + 500 < longest(&written["mails"][0]), "its text is emptied");
    let told = after["events"].iter().filter(|row| row.contains("surveys/") && row.contains("mail."));
    assert_eq!(told.count(), 0, "the feed tells of none");
    // Nobody is shown to whom it went, nor sends it again.
    for user in ["clerk1", "chief1", "director1"] {
        let path = format!("/v1/mails?about={}", &survey["/v1/".len()..]);
        assert_eq!(app.get(&path).user(user).send().expect(200)["items"], json!([]));
    }
    // What it went to is forgotten.
    app.set_clock("2026-12-09T10:00:00+08:00");
    app.tick();
    assert!(app.contents()["mails"].is_empty());
}

#[test]
fn what_comes_back_or_is_refused_is_not_counted() {
    let (app, relay) = with_relay();
    let survey = opened(&app, &sent_after("CASE_REGISTERED"));
    for number in 1..=2 {
        case_of(&app, number, &format!("someone{number}@example.org"));
    }
    next_day(&app, 24);
    let letters = relay.letters();
    let bounced = letters[0].headers()["message-id"][1..37].to_owned();
    let hook = app.client_token("county");
    let report = || {
        let path = format!("/v1/mails/{bounced}:report-bounce");
        app.post(&path).bearer(&hook).if_match("*").json(&json!({"code": "5.1.1"})).send()
    };
    assert_eq!(report().expect(200)["status"], "BOUNCED");
    report().refused(404, "not_found");
    app.set_clock("2026-11-24T11:00:00+08:00");
    case_of(&app, 3, "someone3@example.org");
    relay.set(Mood::Refusing);
    next_day(&app, 25);
    assert_eq!(app.contents()["mails"].len(), 1, "of the one that went out");
    closed(&app, &survey);
    assert_eq!(issued(&app, &survey), 1);
}

#[test]
fn what_a_relay_may_have_taken_is_handed_over_again_with_the_same_token() {
    let (app, relay) = with_relay();
    opened(&app, &sent_after("CASE_REGISTERED"));
    case_of(&app, 1, "someone@example.org");
    relay.set(Mood::HangingUp);
    next_day(&app, 24);
    relay.set(Mood::Fine);
    app.advance(chrono::Duration::minutes(5));
    app.send_mail();
    let links: BTreeSet<[String; 3]> = relay.letters().iter().map(link).collect();
    assert_eq!((relay.letters().len(), links.len()), (2, 1));
}

#[test]
fn a_batch_is_written_once_by_whichever_nodes() {
    let (app, relay) = with_relay();
    let survey = opened(&app, &sent_after("CASE_REGISTERED"));
    let cases = [1, 2, 3].map(|number| case_of(&app, number, &format!("someone{number}@example.org")));
    app.set_clock("2026-11-24T10:00:00+08:00");
    let other = app.another_node(|_| {});
    std::thread::scope(|scope| {
        scope.spawn(|| app.tick());
        scope.spawn(|| {
            actix_web::rt::System::new().block_on(async { huzheng::start::tick(&other).await.unwrap() });
        });
    });
    app.send_mail();
    assert_eq!(relay.letters().len(), 3);
    // Nor does a clerk issue a token for the same record.
    let body = json!({"record": {"service": "CASE_REGISTERED", "id": cases[0]["id"]}});
    app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&body).send().refused(409, "already_invited");
}

#[test]
fn invitations_are_paused_and_go_on_with_a_reason() {
    let (app, relay) = with_relay();
    let none = opened(&app, &form());
    act(&app, "chief1", &none, ":pause-invitations", &why()).refused(409, "wrong_state");
    let survey = opened(&app, &sent_after("CASE_REGISTERED"));
    act(&app, "chief1", &survey, ":resume-invitations", &why()).refused(409, "wrong_state");
    case_of(&app, 1, "waits@example.org");
    app.set_clock("2026-11-24T10:00:00+08:00");
    app.tick();
    assert_eq!(app.contents()["mails"].len(), 1);
    let paused = act(&app, "chief1", &survey, ":pause-invitations", &why());
    assert_eq!((&paused.expect(200)["sends_invitations"], &paused.body["status"]), (&json!(false), &json!("OPEN")));
    assert_eq!(paused.body["allowed_actions"], json!(["close", "resume-invitations"]));
    assert!(app.contents()["mails"].is_empty(), "what waited is stopped");
    act(&app, "chief1", &survey, ":pause-invitations", &why()).refused(409, "wrong_state");
    case_of(&app, 2, "paused@example.org");
    next_day(&app, 25);
    act(&app, "chief1", &survey, ":resume-invitations", &why()).expect(200);
    case_of(&app, 3, "later@example.org");
    next_day(&app, 26);
    assert_eq!(invited(&relay), ["later@example.org".to_owned()].into());
    // What waits when it closes is stopped too.
    app.set_clock("2026-11-26T11:00:00+08:00");
    case_of(&app, 4, "closed@example.org");
    app.set_clock("2026-11-27T10:00:00+08:00");
    app.tick();
    closed(&app, &survey);
    app.send_mail();
    assert_eq!(relay.letters().len(), 1);
    assert_eq!(issued(&app, &survey), 1);
}

#[test]
fn no_more_are_invited_than_the_share_and_the_answers_that_are_taken() {
    let app = TestApp::with(
        |config| {
            let settings = config.of_mut::<SurveySettings>();
            (settings.survey_invitation_hour, settings.survey_answers_at_most) = (0, 100);
        },
        "",
    );
    let survey = opened(&app, &sent_after("CASE_REGISTERED"));
    tokens(&app, &survey, 99);
    for number in 1..=2 {
        case_of(&app, number, &format!("someone{number}@example.org"));
    }
    app.set_clock("2026-11-24T00:00:00+08:00");
    app.tick();
    assert_eq!(app.contents()["mails"].len(), 1);
    let mut twice = sent_after("CASE_REGISTERED");
    twice["sent_after"] = json!(["CASE_REGISTERED", "CASE_REGISTERED"]);
    let told = app.post("/v1/surveys").user("chief1").once().json(&twice).send();
    assert_eq!(told.fields(), [field("/sent_after/1", "duplicate")]);
    let kept = app.get(&drafted(&app, &sent_after("BOOKING_DONE"))).user("chief1").send();
    assert_eq!((&kept.expect(200)["sent_after"], &kept.body["sends_invitations"]), (&json!(["BOOKING_DONE"]), &json!(false)));
}

#[test]
fn the_files_of_the_store_keep_no_text_of_an_invitation() {
    let (app, _relay) = with_relay();
    if app.uses_postgres() {
        return;
    }
    opened(&app, &sent_after("CASE_REGISTERED"));
    case_of(&app, 1, "someone@example.org");
    app.set_clock("2026-11-24T10:00:00+08:00");
    app.tick();
    let written = app.contents().remove("mails").unwrap();
    // The text is the longest that is sealed: its last letters stand in the last of its pages.
    let sealed = written[0].split('\'').max_by_key(|text| text.len()).unwrap();
    let mark = sealed[..60].to_owned();
    let file = app.database_file();
    let files = [file.clone(), file.with_extension("db-wal")];
    let kept = || {
        let holds = |bytes: Vec<u8>| bytes.windows(mark.len()).any(|part| part == mark.as_bytes());
        files.iter().filter_map(|file| std::fs::read(file).ok()).any(holds)
    };
    assert!(kept(), "it is found where it is looked for");
    app.send_mail();
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while kept() && std::time::Instant::now() < patience {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(!kept());
}
