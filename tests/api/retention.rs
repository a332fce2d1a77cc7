//! Retention: what is due by the calendar and by what rests on it, disposed of by two people and the archive authority's word, taken back
//! in time, and erased for good.

use std::time::{Duration, Instant};

use huzheng::accounts::AccountSettings;
use huzheng::retention::RetentionSettings;
use serde_json::{Value, json};

use crate::improvements;
use crate::inquiries;
use crate::on_site;
use crate::petitions::{Taken, account, act, assign, get, goes_out, hand_over, letter, replied, take, track, with};
use crate::support::{Answer, TestApp, called, person};
use crate::uploads;

/// An office that keeps everything for a year, and whose accounts outlive that.
fn office() -> TestApp {
    office_with(1)
}

/// The same, but for petitions that ask about rules: they are kept for these years.
fn office_with(petition_inquiry_years: u32) -> TestApp {
    TestApp::with(
        |config| {
            let settings = config.of_mut::<AccountSettings>();
            (settings.idle_account_days, settings.password_max_age_days) = (0, 0);
            let years = config.of_mut::<RetentionSettings>();
            (years.suggestion_years, years.petition_inquiry_years, years.report_years) = (1, petition_inquiry_years, 1);
            (years.rights_years, years.inquiry_years, years.on_site_years) = (1, 1, 1);
        },
        "",
    )
}

const DUE: &str = "2028-01-03T09:00:00+08:00";

fn record(path: &str) -> &str {
    path.trim_start_matches("/v1/")
}

/// A letter that was answered and closed.
fn closed(app: &TestApp, body: &Value) -> Taken {
    let petition = take(app, Some("clerk1"), body);
    assign(app, &petition, "clerk2");
    replied(app, &petition, "FINAL");
    goes_out(app, "clerk2", &petition);
    act(app, "clerk2", &petition, "close", &json!({})).expect(200);
    petition
}

/// What is due, as somebody sees it, of what the demo has not invented.
fn due(app: &TestApp, user: &str, among: &[&str]) -> Vec<String> {
    let listed = app.get("/v1/due-records").user(user).send();
    let items = listed.expect(200)["items"].as_array().unwrap().clone();
    let records = items.iter().map(|item| item["record"].as_str().unwrap().to_owned());
    records.filter(|one| among.contains(&one.as_str())).collect()
}

fn propose(app: &TestApp, user: &str, records: &[&str]) -> Answer {
    app.post("/v1/disposals").user(user).once().json(&json!({"records": records})).send()
}

fn proposed(app: &TestApp, records: &[&str]) -> String {
    let made = propose(app, "chief1", records);
    made.expect(201);
    made.headers["location"].clone()
}

fn on(app: &TestApp, user: &str, path: &str, act: &str, body: &Value) -> Answer {
    let tag = app.get(path).user("chief1").send().etag().to_owned();
    app.post(&format!("{path}:{act}")).user(user).once().if_match(&tag).json(body).send()
}

fn approval() -> Value {
    json!({"document_number": "檔徵字第 1170000001 號", "document_on": "2028-01-02"})
}

/// Disposes of records together, and finds all of them erased on a later day.
fn erased(app: &TestApp, all: &[&str], later: &str) {
    let path = proposed(app, all);
    on(app, "director1", &path, "approve", &approval()).expect(200);
    app.set_clock(later);
    app.carry_out_disposals();
    let records = app.get(&path).user("chief1").send().expect(200)["records"].clone();
    assert!(records.as_array().unwrap().iter().all(|one| one["erased_at"].is_string()), "{records}");
}

fn hold(app: &TestApp, user: &str, record: &str) -> Answer {
    hold_because(app, user, record, "訴訟進行中")
}

fn hold_because(app: &TestApp, user: &str, record: &str, reason: &str) -> Answer {
    app.post("/v1/retention-holds").user(user).once().json(&json!({"record": record, "reason": reason})).send()
}

/// A hold; its path.
fn held_because(app: &TestApp, user: &str, record: &str, reason: &str) -> String {
    let made = hold_because(app, user, record, reason);
    made.expect(201);
    made.headers["location"].clone()
}

#[test]
fn a_record_is_due_after_whole_calendar_years_to_whoever_sees_it() {
    let app = office();
    let petition = closed(&app, &letter("SUGGESTION"));
    let asked = inquiries::ask(&app, Some("clerk1"), &inquiries::by_phone());
    inquiries::act(&app, "clerk1", &asked, "answer", &inquiries::answer()).expect(200);
    let open = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let director = json!([{"kind": "ACCOUNT", "account_id": account(&app, "director1")}]);
    let accusing = closed(&app, &with(letter("SUGGESTION"), "concerns", director));
    let all = [&petition.path, &asked.path, &open.path, &accusing.path].map(|path| record(path));
    app.set_clock("2027-12-31T23:00:00+08:00");
    assert!(due(&app, "chief1", &all).is_empty());
    app.set_clock(DUE);
    let mut seen = due(&app, "chief1", &all);
    seen.sort();
    let mut wanted = [all[0], all[1], all[3]];
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
    let mut seen = due(&app, "director1", &all);
    seen.sort();
    let mut wanted = [all[0], all[1]];
    wanted.sort_unstable();
    assert_eq!(seen, wanted, "nobody finds one that concerns them");
    let one = app.get("/v1/due-records?category=SUGGESTION&include_total=true&limit=1").user("chief1").send();
    assert_eq!(one.expect(200)["items"][0]["category"], "SUGGESTION");
    let item = app.get("/v1/due-records").user("chief1").send().expect(200)["items"].clone();
    let own = item.as_array().unwrap().iter().find(|item| item["record"] == all[0]).unwrap().clone();
    assert_eq!((&own["ended_on"], &own["due_on"]), (&json!("2026-11-23"), &json!("2028-01-01")));
    app.get("/v1/due-records").user("clerk1").send().refused(403, "forbidden");
    let unseen = propose(&app, "director1", &[all[3]]);
    assert_eq!(unseen.fields(), [("/records/0".to_owned(), "unknown".to_owned())]);
    let early = propose(&app, "chief1", &[all[2]]);
    assert_eq!(early.fields(), [("/records/0".to_owned(), "not_due".to_owned())]);
    let twice = propose(&app, "chief1", &[all[0], all[0]]);
    assert_eq!(twice.fields(), [("/records/1".to_owned(), "duplicate".to_owned())]);
}

#[test]
fn what_is_held_under_appeal_or_bound_to_what_is_open_is_not_due() {
    let app = office();
    let held = closed(&app, &letter("SUGGESTION"));
    let cited = closed(&app, &with(letter("SUGGESTION"), "petitioner", person(1)));
    let second = closed(&app, &with(letter("SUGGESTION"), "petitioner", person(1)));
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    let appeal = take(&app, Some("clerk1"), &with(letter("RIGHTS"), "against_decision", decision));
    act(&app, "chief1", &appeal, "treat-as-appeal", &json!({"reason": "不服駁回處分"})).expect(200);
    let all = [&held.path, &cited.path, &appeal.path].map(|path| record(path));
    let first = hold(&app, "chief1", all[0]).expect(201).clone();
    assert!(hold(&app, "director1", all[0]).refused(409, "conflict")["standing_id"].is_string());
    app.set_clock(DUE);
    let again = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "petitioner", person(1)));
    assert_eq!(due(&app, "chief1", &all), [all[1]]);
    let earlier = [&cited, &second].map(|one| one.path.rsplit('/').next().unwrap());
    let filing = json!({"ground": "ALREADY_ANSWERED", "earlier_ids": earlier});
    act(&app, "chief1", &again, "file-without-reply", &json!({"filing": filing, "reason": "已明確答復"})).expect(200);
    assert!(due(&app, "chief1", &all).is_empty(), "an open petition cites it");
    let path = format!("/v1/retention-holds/{}", first["id"].as_str().unwrap());
    let lifted = on(&app, "director1", &path, "lift", &json!({"reason": "訴訟已終結"}));
    assert_eq!((&lifted.expect(200)["status"], &lifted.body["lifted_because"]), (&json!("LIFTED"), &json!("訴訟已終結")));
    on(&app, "director1", &path, "lift", &json!({"reason": "x"})).refused(409, "wrong_state");
    assert!(due(&app, "chief1", &all).contains(&all[0].to_owned()));
    hold(&app, "chief1", all[0]).expect(201);
    let listed = app.get("/v1/retention-holds?include_total=true").user("chief1").send();
    assert_eq!(listed.expect(200)["total"], 2);
    let nobodys = hold(&app, "chief1", "petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f");
    assert_eq!(nobodys.fields(), [("/record".to_owned(), "unknown".to_owned())]);
}

#[test]
fn one_proposes_another_approves_and_it_is_taken_back_until_it_is_carried_out() {
    let app = office();
    let petition = closed(&app, &letter("SUGGESTION"));
    let own = record(&petition.path);
    app.set_clock(DUE);
    let path = proposed(&app, &[own]);
    assert!(due(&app, "chief1", &[own]).is_empty(), "it stands in a disposal");
    on(&app, "chief1", &path, "approve", &approval()).refused(409, "own_request");
    let tomorrow = json!({"document_number": "檔徵字第 1 號", "document_on": "2028-01-04"});
    assert_eq!(on(&app, "director1", &path, "approve", &tomorrow).fields(), [("/document_on".to_owned(), "range".to_owned())]);
    let blind = app.post(&format!("{path}:approve")).user("director1").once().if_match("*").json(&approval()).send();
    blind.refused(428, "precondition_required");
    let approved = on(&app, "director1", &path, "approve", &approval());
    assert_eq!(
        (&approved.expect(200)["status"], &approved.body["document_number"]),
        (&json!("APPROVED"), &approval()["document_number"])
    );
    assert_eq!(approved.body["carried_out_from"], "2028-02-02T09:00:00+08:00");
    app.carry_out_disposals();
    assert_eq!(on(&app, "chief1", &path, "take-back", &json!({"reason": "目錄有誤"})).expect(200)["reason"], "目錄有誤");
    assert_eq!(due(&app, "chief1", &[own]), [own]);
    // Held back, or taken up again, until it is carried out: it is kept.
    let second = proposed(&app, &[own]);
    on(&app, "director1", &second, "approve", &approval()).expect(200);
    hold(&app, "chief1", own).expect(201);
    app.set_clock("2028-02-02T09:00:00+08:00");
    app.carry_out_disposals();
    let done = app.get(&second).user("chief1").send().expect(200).clone();
    assert_eq!((&done["status"], &done["records"][0]["kept_because"]), (&json!("CARRIED_OUT"), &json!("HELD")));
    assert_eq!(get(&app, "chief1", &petition.path).expect(200)["subject"], letter("SUGGESTION")["subject"]);
    on(&app, "chief1", &second, "take-back", &json!({"reason": "x"})).refused(409, "disposal_final");
    on(&app, "director1", &second, "approve", &approval()).refused(409, "disposal_final");
}

/// What nobody finds any more once it is erased: the longest sealed text of a row.
fn mark_of(app: &TestApp, table: &str, id: &str) -> String {
    let rows = app.contents()[table].clone();
    let own = rows.iter().find(|row| row.contains(id)).unwrap_or_else(|| panic!("{table} has nothing of {id}"));
    let is_sealed = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let sealed = own.split(|c: char| !is_sealed(c)).max_by_key(|text| text.len()).unwrap();
    assert!(sealed.len() >= 40, "{own}");
    sealed[..40].to_owned()
}

#[test]
fn what_is_carried_out_leaves_the_bare_row_alone() {
    let app = office();
    let file = uploads::text(&app, Some("clerk1"), "照片攝於巷口。");
    let mut body = with(letter("SUGGESTION"), "attachments", json!([file.attachment()]));
    (body["petitioner"], body["concerns"]) = (person(1), json!([{"kind": "OTHER", "words": "林美麗"}]));
    let petition = closed(&app, &body);
    let id = petition.path.rsplit('/').next().unwrap().to_owned();
    let asked = inquiries::ask(&app, None, &inquiries::online(json!({"phone": "0912345678"})));
    inquiries::act(&app, "clerk1", &asked, "answer", &inquiries::answer()).expect(200);
    let complaint = on_site::enter(&app, "clerk1", &on_site::complaint());
    for (user, step) in [
        ("clerk1", "CALMED"),
        ("chief1", "TAKEN_OVER"),
        ("chief1", "RECORDED"),
        ("chief1", "SOLVED"),
        ("chief1", "RESULT_NOTED"),
        ("director1", "FOLLOWED_UP"),
    ] {
        let mut body = json!({"step": step});
        if ["RECORDED", "SOLVED", "RESULT_NOTED"].contains(&step) {
            body["note"] = json!("已說明並致歉");
        }
        on_site::step(&app, user, &complaint, &body).expect(200);
    }
    app.take_in_words();
    let figures = || app.get("/v1/digests/petitions/2026-11").user("chief1").send().expect(200)["figures"].clone();
    let mark = mark_of(&app, "petitions", &id);
    app.set_clock(DUE);
    let all = [record(&petition.path), record(&asked.path), record(&complaint)];
    let apart = [
        ("contacts", all[0]),
        ("contacts", all[1]),
        ("contacts", all[2]),
        ("contact_phones", all[1]),
        ("contact_phones", all[2]),
        ("uploads", all[0]),
        ("mails", all[1]),
        ("outgoing_letters", all[0]),
    ];
    let contents = app.contents();
    assert!(contents["outgoing_letters"].iter().any(|row| row.contains(all[0])), "the control");
    assert!(contents["contact_phones"].iter().any(|row| row.contains(all[1])), "the control");
    let path = proposed(&app, &all);
    on(&app, "director1", &path, "approve", &approval()).expect(200);
    app.set_clock("2028-02-02T08:59:00+08:00");
    app.tick();
    let before = figures();
    app.set_clock("2028-02-02T09:00:00+08:00");
    app.carry_out_disposals();
    let done = app.get(&path).user("chief1").send().expect(200).clone();
    let records = done["records"].as_array().unwrap();
    assert!(records.len() == 3 && records.iter().all(|one| one["erased_at"].is_string()), "{done}");
    let bare = get(&app, "chief1", &petition.path).expect(200).clone();
    assert_eq!((&bare["subject"], &bare["body"], &bare["petitioners"]), (&json!(""), &json!(""), &json!([])));
    assert_eq!((&bare["contact"], &bare["attachments"], &bare["replies"]), (&Value::Null, &json!([]), &json!([])));
    assert_eq!((&bare["concerns"], &bare["allowed_actions"], &bare["status"]), (&json!([]), &json!([]), &json!("CLOSED")));
    act(&app, "director1", &petition, "reopen", &json!({"new_facts": "x"})).refused(409, "wrong_state");
    let tag = get(&app, "chief1", &petition.path).etag().to_owned();
    let patched = app.call("PATCH", &petition.path).user("chief1").if_match(&tag).json(&json!({"topic": "FEES"})).send();
    patched.refused(409, "wrong_state");
    track(&app, &petition.number, &petition.secret).refused(404, "not_found");
    let history = get(&app, "chief1", &format!("{}/history", petition.path)).expect(200)["items"].clone();
    assert!(history.as_array().unwrap().iter().all(|line| line["reason"] == ""), "{history}");
    let found = app
        .post("/v1/petitions:search")
        .user("chief1")
        .json(&json!({"q": "門牌鬆脫", "from": "2026-11-23", "to": "2026-11-23"}))
        .send();
    assert!(!found.expect(200).to_string().contains(&id), "{}", found.text);
    assert_eq!(uploads::content(&app, "clerk1", &file).status, 404);
    let asked_now = inquiries::get(&app, "chief1", &asked.path).expect(200).clone();
    assert_eq!((&asked_now["question"], &asked_now["asker"], &asked_now["answers"]), (&json!(""), &Value::Null, &json!([])));
    inquiries::act(&app, "clerk1", &asked, "reopen", &json!({"reason": "x"})).refused(409, "wrong_state");
    let complaint_now = on_site::get(&app, "chief1", &complaint).expect(200).clone();
    assert_eq!(
        (&complaint_now["what"], &complaint_now["complainant"], &complaint_now["contact"]),
        (&json!(""), &Value::Null, &Value::Null)
    );
    assert!(complaint_now["steps"].as_array().unwrap().iter().all(|step| step["note"].is_null()), "{complaint_now}");
    on_site::step(&app, "chief1", &complaint, &json!({"step": "POLICE_CALLED"})).refused(409, "wrong_state");
    let contents = app.contents();
    for (table, of) in apart {
        assert!(!contents[table].iter().any(|row| row.contains(of)), "{table}");
    }
    assert!(!contents["petition_people"].iter().any(|row| row.contains(&id)));
    assert!(!contents["people"].iter().any(|row| row.contains(all[1]) || row.contains(all[2])), "what was said of who they are");
    assert_eq!(figures(), before, "the digest of its month stays");
    if app.uses_postgres() {
        return;
    }
    let files = [app.database_file(), app.database_file().with_extension("db-wal")];
    let kept = || {
        let holds = |bytes: Vec<u8>| bytes.windows(mark.len()).any(|part| part == mark.as_bytes());
        files.iter().filter_map(|file| std::fs::read(file).ok()).any(holds)
    };
    let patience = Instant::now() + Duration::from_secs(20);
    while kept() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(!kept(), "neither the file nor its log holds what stood there");
}

#[test]
fn a_petition_that_was_replied_to_and_that_nobody_closes_is_over_once_nothing_has_come_for_long() {
    let app = office();
    let answered = |body: &Value| {
        let petition = take(&app, Some("clerk1"), body);
        assign(&app, &petition, "clerk2");
        replied(&app, &petition, "FINAL");
        goes_out(&app, "clerk2", &petition);
        petition
    };
    let (left, spoken_of, unsent) =
        (answered(&letter("SUGGESTION")), answered(&letter("SUGGESTION")), take(&app, Some("clerk1"), &letter("SUGGESTION")));
    assign(&app, &unsent, "clerk2");
    replied(&app, &unsent, "FINAL");
    let all = [&left.path, &spoken_of.path, &unsent.path].map(|path| record(path));
    // Something comes before the days are over, and begins them anew.
    app.set_clock("2027-12-15T09:00:00+08:00");
    correct_contact(&app, &spoken_of);
    app.set_clock("2028-12-30T09:00:00+08:00");
    assert!(due(&app, "chief1", &all).is_empty(), "the days have ended in 2027");
    app.set_clock("2029-01-03T09:00:00+08:00");
    assert_eq!(due(&app, "chief1", &all), [all[0]], "what was never told has not ended");
    let listed = app.get("/v1/due-records").user("chief1").send().expect(200)["items"].clone();
    let own = listed.as_array().unwrap().iter().find(|item| item["record"] == all[0]).unwrap().clone();
    assert_eq!((&own["ended_on"], &own["due_on"]), (&json!("2027-01-22"), &json!("2029-01-01")));
    erased(&app, &[all[0]], "2029-03-01T09:00:00+08:00");
    assert!(due(&app, "chief1", &all).is_empty());
    app.set_clock("2030-01-03T09:00:00+08:00");
    assert_eq!(due(&app, "chief1", &all), [all[1]]);
}

/// Puts right how somebody is reached, by telephone alone beside their address.
fn correct_contact(app: &TestApp, petition: &Taken) {
    let contact = json!({"address": "臺北市大安區和平東路一段1號", "phone": "0912345678"});
    let tag = get(app, "chief1", &petition.path).etag().to_owned();
    let change = app.call("PATCH", &petition.path).user("chief1").if_match(&tag);
    change.json(&json!({"contact": contact, "reason": "陳情人來電"})).send().expect(200);
}

#[test]
fn a_petition_whose_answer_was_never_posted_is_not_due() {
    let app = office();
    let petition = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    assign(&app, &petition, "clerk2");
    replied(&app, &petition, "FINAL");
    act(&app, "clerk2", &petition, "close", &json!({})).expect(200);
    let own = record(&petition.path);
    app.set_clock(DUE);
    assert!(due(&app, "chief1", &[own]).is_empty(), "its letter waits still");
    assert_eq!(propose(&app, "chief1", &[own]).fields(), [("/records/0".to_owned(), "not_due".to_owned())]);
    hand_over(&app, "clerk2", &petition);
    assert_eq!(due(&app, "chief1", &[own]), [own]);
}

#[test]
fn what_was_made_of_a_petition_loses_its_words_with_it() {
    let app = office();
    let petition = closed(&app, &letter("SUGGESTION"));
    let own = record(&petition.path);
    let opinion = with(improvements::cutting(), "source", json!("PETITION"));
    let opinion = with(opinion, "petition_id", json!(own.rsplit('/').next().unwrap()));
    let opinion = with(opinion, "text", json!("林罕名建議增設叫號"));
    let opinion = improvements::made(&app, "chief1", "opinion-items", &opinion);
    let proposal = with(improvements::proposal(), "opinion_item_ids", json!([opinion["id"]]));
    let proposal = with(proposal, "plan", json!("依林罕名之建議辦理"));
    let item = improvements::at("improvement-items", &improvements::made(&app, "chief1", "improvement-items", &proposal));
    app.set_clock(DUE);
    assert!(due(&app, "chief1", &[own]).is_empty(), "an improvement that comes of it is still to be carried out");
    improvements::act(&app, "director1", &item, "drop", &json!({"reason": "林罕名撤回"})).expect(200);
    let path = proposed(&app, &[own]);
    on(&app, "director1", &path, "approve", &approval()).expect(200);
    app.set_clock("2028-02-02T09:00:00+08:00");
    app.carry_out_disposals();
    let shown = |path: &str| app.get(path).user("chief1").send().expect(200).clone();
    let opinion = shown(&improvements::at("opinion-items", &opinion));
    assert_eq!((&opinion["text"], &opinion["origin"], &opinion["topic"]), (&json!(""), &Value::Null, &json!("SERVICE")));
    let item = shown(&item);
    assert_eq!((&item["title"], &item["plan"], &item["reason"]), (&json!(""), &json!(""), &Value::Null));
    assert_eq!(item["effect"]["before"], 18, "what was measured stays");
}

#[test]
fn a_merged_petition_waits_for_the_one_with_which_it_is_answered() {
    let app = office();
    let main = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let merged = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    let into = main.path.rsplit('/').next().unwrap();
    act(&app, "chief1", &merged, "merge", &json!({"into_id": into, "reason": "同一事由"})).expect(200);
    let all = [&main.path, &merged.path].map(|path| record(path));
    app.set_clock(DUE);
    assert!(due(&app, "chief1", &all).is_empty());
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    hand_over(&app, "clerk2", &main);
    goes_out(&app, "chief1", &merged);
    act(&app, "clerk2", &main, "close", &json!({})).expect(200);
    app.set_clock("2030-01-02T09:00:00+08:00");
    let mut seen = due(&app, "chief1", &all);
    seen.sort();
    let mut wanted = all;
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
    let alone = propose(&app, "chief1", &[all[0]]);
    assert_eq!(alone.fields(), [("/records/0".to_owned(), "incomplete".to_owned())]);
    let path = proposed(&app, &all);
    on(&app, "director1", &path, "approve", &approval()).expect(200);
    hold(&app, "chief1", all[1]).expect(201);
    app.set_clock("2030-02-02T09:00:00+08:00");
    app.carry_out_disposals();
    let records = app.get(&path).user("chief1").send().expect(200)["records"].clone();
    assert_eq!((&records[0]["kept_because"], &records[1]["kept_because"]), (&json!("TOGETHER"), &json!("HELD")));
}

#[test]
fn those_ever_answered_together_are_disposed_of_together_though_one_is_kept_for_longer() {
    let app = office_with(5);
    let main = take(&app, Some("clerk1"), &letter("INQUIRY"));
    let other = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "petitioner", json!({"name": "趙子龍"})));
    let into = main.path.rsplit('/').next().unwrap();
    act(&app, "chief1", &other, "merge", &json!({"into_id": into, "reason": "同一事由"})).expect(200);
    act(&app, "chief1", &other, "unmerge", &json!({"reason": "並非同一事由"})).expect(200);
    act(&app, "chief1", &other, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    assign(&app, &main, "clerk2");
    replied(&app, &main, "FINAL");
    goes_out(&app, "clerk2", &main);
    act(&app, "clerk2", &main, "close", &json!({})).expect(200);
    let alone = take(&app, Some("clerk1"), &letter("SUGGESTION"));
    act(&app, "chief1", &alone, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let all = [&main.path, &other.path, &alone.path].map(|path| record(path));
    app.set_clock(DUE);
    assert_eq!(due(&app, "chief1", &all), [all[2]], "what hides the one in the other is kept as long as that");
    let early = propose(&app, "chief1", &[all[1]]);
    assert_eq!(early.fields(), [("/records/0".to_owned(), "not_due".to_owned())]);
    app.set_clock("2032-01-05T09:00:00+08:00");
    let half = propose(&app, "chief1", &[all[1]]);
    assert_eq!(half.fields(), [("/records/0".to_owned(), "incomplete".to_owned())]);
    erased(&app, &all, "2032-02-05T09:00:00+08:00");
}

/// Somebody asks by telephone, is answered, and it becomes a petition; both.
fn became(app: &TestApp, concerns: &Value) -> (inquiries::Asked, Taken) {
    let body = inquiries::with(inquiries::by_phone(), "asker", person(61));
    let asked = inquiries::ask(app, Some("clerk1"), &inquiries::with(body, "contact", json!({"phone": "0912345678"})));
    inquiries::act(app, "clerk1", &asked, "answer", &inquiries::answer()).expect(200);
    let petition = with(with(letter("INQUIRY"), "petitioner", json!({"name": called(61)})), "concerns", concerns.clone());
    let body = json!({"reason": "另有陳情", "petition": petition});
    let opened = inquiries::act(app, "clerk1", &asked, "open-petition", &body).expect(200).clone();
    let text = |name: &str| opened["petition"][name].as_str().unwrap_or_default().to_owned();
    let id = inquiries::get(app, "chief2", &asked.path).expect(200)["petition_id"].as_str().unwrap().to_owned();
    (asked, Taken { path: format!("/v1/petitions/{id}"), number: text("number"), secret: text("secret") })
}

#[test]
fn an_inquiry_is_disposed_of_with_the_petition_that_came_out_of_it() {
    let app = office();
    let (asked, petition) = became(&app, &json!([]));
    act(&app, "chief1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let all = [&asked.path, &petition.path].map(|path| record(path));
    app.set_clock(DUE);
    assert_eq!(due(&app, "chief1", &all).len(), 2);
    for one in all {
        let alone = propose(&app, "chief1", &[one]);
        assert_eq!(alone.fields(), [("/records/0".to_owned(), "incomplete".to_owned())], "{one}");
    }
    erased(&app, &all, "2028-02-02T09:00:00+08:00");
}

#[test]
fn nothing_that_was_said_about_an_erased_record_is_left_beside_it() {
    let app = office();
    let petition = closed(&app, &with(letter("SUGGESTION"), "contact", json!({"phone": "0912345678"})));
    let own = record(&petition.path);
    let hold = held_because(&app, "chief1", own, "孫悟空訴訟中");
    on(&app, "chief1", &hold, "lift", &json!({"reason": "孫悟空撤訴"})).expect(200);
    app.set_clock(DUE);
    let first = proposed(&app, &[own]);
    on(&app, "chief1", &first, "take-back", &json!({"reason": "孫悟空另案"})).expect(200);
    let beside = ["calls", "contact_phones"];
    for table in beside {
        assert!(app.contents()[table].iter().any(|row| row.contains(own)), "the control: {table}");
    }
    let path = proposed(&app, &[own]);
    on(&app, "director1", &path, "approve", &approval()).expect(200);
    app.set_clock("2028-02-02T09:00:00+08:00");
    app.carry_out_disposals();
    let kept = app.get(&hold).user("chief1").send().expect(200).clone();
    assert_eq!((&kept["reason"], &kept["lifted_because"], &kept["status"]), (&json!(""), &json!(""), &json!("LIFTED")));
    assert!(kept["held_by"].as_str().unwrap().starts_with("accounts/"), "who did it stays");
    assert_eq!(app.get(&first).user("chief1").send().expect(200)["reason"], "");
    let listed = ["/v1/retention-holds", "/v1/disposals"].map(|path| app.get(path).user("chief1").send().text);
    assert!(!listed.concat().contains("孫悟空"));
    for table in beside {
        assert!(!app.contents()[table].iter().any(|row| row.contains(own)), "{table}");
    }
    let again = hold_because(&app, "chief1", own, "孫悟空再訴");
    assert_eq!(again.fields(), [("/record".to_owned(), "not_allowed".to_owned())]);
}

/// What the director reads of what was done to holds and disposals.
fn lines(app: &TestApp) -> String {
    let of = |action: &&str| {
        app.get(&format!("/v1/audit-log?limit=100&action={action}")).user("director1").send().expect(200).to_string()
    };
    let actions = ["retention_hold.held", "retention_hold.lifted", "disposal.proposed", "disposal.taken_back"];
    actions.iter().map(of).collect()
}

#[test]
fn whoever_does_not_see_a_record_reads_no_line_about_its_holds_and_disposals() {
    let app = office();
    let director = json!([{"kind": "ACCOUNT", "account_id": account(&app, "director1")}]);
    let accusing = closed(&app, &with(letter("SUGGESTION"), "concerns", director.clone()));
    let report = take(&app, Some("clerk1"), &letter("REPORT"));
    let complaint = on_site::enter(&app, "clerk1", &with(on_site::complaint(), "concerns", director.clone()));
    let (asked, _) = became(&app, &director);
    let mut paths = Vec::new();
    for (user, path, reason) in [
        ("chief1", &accusing.path, "檢舉主任收受餽贈"),
        ("chief2", &report.path, "告密者案偵查中"),
        ("chief1", &complaint, "主任當場辱罵"),
        ("chief2", &asked.path, "主任遭陳情"),
    ] {
        app.get(path).user("director1").send().refused(404, "not_found");
        let hold = held_because(&app, user, record(path), reason);
        app.get(&hold).user("director1").send().refused(404, "not_found");
        let tag = app.get(&hold).user(user).send().etag().to_owned();
        let why = json!({"reason": "主任案已結"});
        app.post(&format!("{hold}:lift")).user(user).once().if_match(&tag).json(&why).send().expect(200);
        paths.push(hold);
    }
    let open = closed(&app, &letter("SUGGESTION"));
    let shown = held_because(&app, "chief1", record(&open.path), "訴訟進行中");
    on(&app, "chief1", &shown, "lift", &json!({"reason": "訴訟終結"})).expect(200);
    app.set_clock(DUE);
    let disposal = proposed(&app, &[record(&accusing.path)]);
    on(&app, "chief1", &disposal, "take-back", &json!({"reason": "主任涉案，先不銷毀"})).expect(200);
    app.get(&disposal).user("director1").send().refused(404, "not_found");
    paths.push(disposal);
    let seen = proposed(&app, &[record(&open.path)]);
    let lines = lines(&app);
    assert!(
        lines.contains(record(&shown)) && lines.contains("訴訟終結") && lines.contains(record(&seen)),
        "the control: {lines}"
    );
    assert!(!["餽贈", "告密者", "主任"].iter().any(|told| lines.contains(told)), "{lines}");
    for path in &paths {
        assert!(!lines.contains(record(path)), "{path}: {lines}");
    }
}

#[test]
fn why_a_confidential_petition_is_held_is_for_whoever_reads_it_as_it_was_written() {
    let app = office();
    let petition = take(&app, Some("clerk1"), &with(letter("SUGGESTION"), "confidential", json!(true)));
    let hold = held_because(&app, "chief2", record(&petition.path), "王小明訴訟中");
    let veiled = app.get(&hold).user("director1").send();
    assert_eq!(veiled.expect(200)["reason"], "＊＊＊");
    assert_eq!(app.get(&hold).user("chief2").send().expect(200)["reason"], "王小明訴訟中");
    let lines = app.get("/v1/audit-log?action=retention_hold.held").user("director1").send().expect(200)["items"].clone();
    let line = lines.as_array().unwrap().iter().find(|line| line["subject"] == record(&hold)).unwrap().clone();
    assert_eq!((&line["actor"], &line["purpose"]), (&json!("＊＊＊"), &json!("＊＊＊")));
    let tag = veiled.etag().to_owned();
    let why = json!({"reason": "依法院函"});
    let lifted = app.post(&format!("{hold}:lift")).user("director1").once().if_match(&tag).json(&why).send();
    assert_eq!(lifted.expect(200)["lifted_because"], "依法院函", "what they said themselves");
    assert_eq!(app.get(&hold).user("chief1").send().expect(200)["lifted_because"], "＊＊＊");
}

/// Two propose the same record at once: it stands in one disposal.
pub fn a_record_stands_in_one_disposal(app: &TestApp) {
    let petition = take(app, Some("clerk1"), &letter("SUGGESTION"));
    act(app, "chief1", &petition, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let own = record(&petition.path).to_owned();
    let id = petition.path.rsplit('/').next().unwrap();
    app.sql(&format!("UPDATE petitions SET closed_at = '2019-06-03 01:00:00' WHERE id = '{id}'"));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all = ["chief1", "chief2", "director1"].map(|user| {
            let own = own.as_str();
            scope.spawn(move || propose(app, user, &[own]).status)
        });
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
}
