//! Records of two humans that were taken for one: what is entered by either number while they are joined is of the record of that
//! number, and once they are parted each has its own, and whoever was told or given something of the one as the other is told right.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::{Value, json};

use crate::acts::Dice;
use crate::cases::{act, at, birth, correct, own, registered, review, take};
use crate::certificates::{apply, transcript};
use crate::known::{GROWN, complete, death, field, married, matter, named, transcript as online};
use crate::moves::{HEMEI, TAICHUNG, moving};
use crate::reaching::{call, calls};
use crate::records::{found, join, joining, known, on};
use crate::relations::{as_applicant, as_party, guardianship};
use crate::status::{facts, person_id};
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, female, person};

/// The records of two humans, of which the second is joined to the first.
fn confused(app: &TestApp, one: u32, other: u32) -> [String; 2] {
    let records = [known(app, one), known(app, other)];
    app.advance(Duration::seconds(1));
    join(app, &records[1], &records[0]).expect(200);
    app.advance(Duration::seconds(1));
    records
}

fn part(app: &TestApp, record: &str) -> Value {
    app.advance(Duration::seconds(1));
    let parted = on(app, "chief2", record, ":part", &json!({"reason": "並非同一人"})).expect(200).clone();
    app.advance(Duration::seconds(1));
    parted
}

fn shown(app: &TestApp, record: &str) -> Value {
    app.get(&format!("/v1/people/{record}")).user("chief1").send().expect(200).clone()
}

/// What cases have registered of a kind in a record that stands.
fn standing(app: &TestApp, record: &str, kind: &str) -> Vec<Value> {
    let all = facts(app, record).into_iter();
    all.filter(|fact| fact["kind"] == kind && fact["rank"] == "REGISTERED" && fact["struck_at"].is_null()).collect()
}

fn source(case: &Value) -> Value {
    json!(format!("cases/{}", case["id"].as_str().unwrap()))
}

fn certificate(kind: &str, number: u32) -> Value {
    let mut body = transcript(number);
    (body["kind"], body["scope"]) = (json!(kind), json!("PERSON"));
    body.as_object_mut().unwrap().remove("sheets");
    body
}

/// What becomes of a certificate: its state, and whether it is outdated.
fn now(app: &TestApp, one: &Value) -> (Value, Value) {
    let path = format!("/v1/certificates/{}", one["id"].as_str().unwrap());
    let one = app.get(&path).user("clerk2").send().expect(200).clone();
    (one["status"].clone(), one["outdated"].clone())
}

fn valid() -> (Value, Value) {
    (json!("ISSUED"), json!(false))
}

#[test]
fn a_death_by_the_number_of_a_joined_record_is_of_that_record_once_they_are_parted() {
    let app = TestApp::new();
    let [one, other] = confused(&app, 401, 402);
    let dead = registered(&app, &death(&app, 402));
    assert_eq!(dead["parties"][0]["person_id"], json!(other));
    let is_dead = |number: u32| apply(&app, "clerk1", &transcript(number)).text.contains("person_deceased");
    assert!(is_dead(401) && is_dead(402), "what holds of either holds of one human");
    let parted = part(&app, &other);
    assert_eq!(parted["entered_while_joined"], json!([source(&dead)]));
    assert_eq!(shown(&app, &one)["entered_while_joined"], json!([]));
    assert!(!is_dead(401) && is_dead(402));
    assert_eq!([&one, &other].map(|record| standing(&app, record, "DEATH").len()), [0, 1]);
    let married = [401, 402].map(|number| take(&app, "clerk1", &married(&app, number, number, GROWN)).status);
    assert_eq!(married, [201, 422]);
}

#[test]
fn certificates_that_certify_the_others_entry_are_void_once_they_are_parted_and_whoever_has_them_is_told() {
    let app = TestApp::new();
    let [one, other] = confused(&app, 411, 412);
    let wedding = registered(&app, &married(&app, 412, 413, GROWN));
    app.advance(Duration::seconds(1));
    let issue = |kind: &str, number: u32| apply(&app, "clerk1", &certificate(kind, number)).expect(201).clone();
    let [wrong, right] = [411, 412].map(|number| issue("CERT_MARRIAGE", number));
    let [beside, own] = [411, 412].map(|number| issue("TRANSCRIPT_ZH", number));
    part(&app, &other);
    assert_eq!(now(&app, &wrong), (json!("VOIDED"), json!(false)));
    assert_eq!(now(&app, &beside), (json!("ISSUED"), json!(true)), "it shows a marriage that is another's");
    assert_eq!([now(&app, &right), now(&app, &own)], [valid(), valid()]);
    let told = call("ENTRY", "certificates", &wrong, "TO_CALL");
    assert_eq!(calls(&app, "kind=ENTRY"), [told]);
    // Nobody lets it be valid again while they are two.
    let path = format!("/v1/certificates/{}:reinstate", wrong["id"].as_str().unwrap());
    app.post(&path).user("chief1").if_match("*").json(&json!({"reason": "誤作廢"})).send().refused(409, "conflict");
    // Of a marriage that the register does not know of the one, somebody decides.
    assert_eq!(apply(&app, "clerk1", &certificate("CERT_MARRIAGE", 411)).expect(201)["status"], "REQUESTED");
    issue("CERT_MARRIAGE", 412);
    assert_eq!([&one, &other].map(|record| standing(&app, record, "MARRIAGE").len()), [0, 1]);
    let spouse = standing(&app, &person_id(&app, &female(413)), "MARRIAGE");
    assert_eq!((&spouse[0]["other_person_id"], &wedding["parties"][0]["person_id"]), (&json!(other), &json!(other)));
    take(&app, "clerk1", &married(&app, 411, 414, GROWN)).expect(201);
}

#[test]
fn a_transcript_that_shows_where_the_other_lives_is_outdated_once_they_are_parted() {
    let app = TestApp::new();
    let [_, other] = confused(&app, 415, 416);
    registered(&app, &moving(&app, "MOVE_IN", 416, (TAICHUNG, HEMEI), "2026-11-20"));
    app.advance(Duration::seconds(1));
    let issue = |number: u32| apply(&app, "clerk1", &certificate("TRANSCRIPT_ZH", number)).expect(201).clone();
    let [wrong, right] = [415, 416].map(issue);
    part(&app, &other);
    assert_eq!((now(&app, &wrong), now(&app, &right)), ((json!("ISSUED"), json!(true)), valid()));
    assert_eq!(now(&app, &issue(415)), valid());
}

#[test]
fn a_guardian_by_the_number_of_a_joined_record_is_that_record_and_the_other_represents_nobody() {
    let app = TestApp::new();
    let [_, other] = confused(&app, 421, 422);
    registered(&app, &guardianship(&app, 423, (Some(422), "DECLARED"), "2026-11-01"));
    app.advance(Duration::seconds(1));
    let asked = |guardian: u32| {
        let mut body = certificate("TRANSCRIPT_ZH", 423);
        body["applicant"] = as_applicant(person(guardian), "LEGAL_REPRESENTATIVE");
        body["representative_paper"] = json!({"kind": "HH_CERT", "number": "和戶字第 1 號"});
        apply(&app, "clerk1", &body)
    };
    let [wrong, right] = [421, 422].map(|guardian| asked(guardian).expect(201).clone());
    part(&app, &other);
    assert_eq!((now(&app, &wrong).0, now(&app, &right)), (json!("VOIDED"), valid()));
    assert_eq!(asked(421).fields(), [field("/applicant/relation", "not_representative")]);
    asked(422).expect(201);
}

/// A letter to the proxy of the demo.
fn letter(principal: &Value) -> Value {
    json!({"proxy_username": "proxy1", "principal": principal, "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"})
}

/// What a proxy applies for online in somebody's name.
fn brought(app: &TestApp, who: &Value) -> Answer {
    let applicant = as_applicant(who.clone(), "SELF");
    let body = json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1});
    apply(app, "proxy1", &body)
}

#[test]
fn a_letter_is_of_the_record_whose_number_its_principal_has_named() {
    let app = TestApp::new();
    let [one, other] = confused(&app, 431, 432);
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&person(432))).send().expect(201);
    let given = |record: &str| {
        let list = app.get(&format!("/v1/letters-of-proxy?person_id={record}")).user("clerk1").send();
        list.expect(200)["items"].as_array().unwrap().len()
    };
    part(&app, &other);
    assert_eq!((given(&one), given(&other)), (0, 1));
    brought(&app, &person(432)).expect(201);
    assert_eq!(brought(&app, &person(431)).status, 422);
}

#[test]
fn a_letter_holds_for_a_human_by_whichever_number_until_their_records_are_parted() {
    let app = TestApp::new();
    let records = [known(&app, 433), known(&app, 434)];
    let note = |number: u32| app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&person(number))).send();
    note(434).expect(201);
    assert_eq!([433, 434].map(|number| brought(&app, &person(number)).status), [422, 201]);
    app.advance(Duration::seconds(1));
    join(&app, &records[1], &records[0]).expect(200);
    // It is used by either number, and no second one of the same proxy stands beside it.
    assert_eq!([433, 434].map(|number| brought(&app, &person(number)).status), [201, 201]);
    let refused = note(433);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/valid_from", "overlaps")]);
    part(&app, &records[1]);
    assert_eq!([433, 434].map(|number| brought(&app, &person(number)).status), [422, 201]);
    note(433).expect(201);
    // So it is where the record that gave it is the one to which the other points.
    join(&app, &records[0], &records[1]).expect(200);
    note(434).refused(409, "conflict");
}

#[test]
fn at_the_counter_a_letter_on_record_serves_by_either_number() {
    let app = TestApp::new();
    let [_, other] = confused(&app, 435, 436);
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&person(436))).send().expect(201);
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    let asked = |number: u32| {
        let mut body = transcript(number);
        body["proxy"] = proxy.clone();
        apply(&app, "clerk1", &body)
    };
    assert_eq!([435, 436].map(|number| asked(number).status), [201, 201]);
    part(&app, &other);
    assert_eq!(asked(435).fields(), [field("/letter", "required")]);
    asked(436).expect(201);
}

#[test]
fn the_numbers_of_all_joined_records_are_the_own_ones() {
    let app = TestApp::new();
    let mine = person_id(&app, &json!({"national_id": app.citizen_number(3)}));
    let (other, third) = (known(&app, 442), known(&app, 443));
    let own = |number: u32| {
        let mut body = json!({"kind": "TRANSCRIPT_ZH", "purpose": "就學", "copies": 1});
        (body["person"], body["applicant"]) = (person(number), as_applicant(person(number), "SELF"));
        apply(&app, "citizen3", &body)
    };
    let gives = |number: u32| app.post("/v1/letters-of-proxy").user("citizen3").json(&letter(&person(number))).send();
    let not_theirs = |number: u32| {
        assert_eq!(own(number).fields(), [field("/applicant/national_id", "no_letter_of_proxy")]);
        assert_eq!(gives(number).fields(), [field("/principal/national_id", "not_allowed")]);
    };
    [442, 443].into_iter().for_each(not_theirs);
    // Theirs is the one that points, and so does another.
    for record in [&mine, &third] {
        join(&app, record, &other).expect(200);
    }
    for number in [442, 443] {
        own(number).expect(201);
        let given = gives(number);
        assert_eq!(given.expect(201)["principal_person_id"], json!(mine));
        let path = format!("/v1/letters-of-proxy/{}:revoke", given.body["id"].as_str().unwrap());
        app.post(&path).user("citizen3").if_match(given.etag()).send().expect(200);
    }
    part(&app, &mine);
    [442, 443].into_iter().for_each(not_theirs);
}

/// The record of the demo's first citizen.
fn own_record(app: &TestApp) -> String {
    person_id(app, &json!({"national_id": app.citizen_number(1)}))
}

#[test]
fn an_account_sees_and_withdraws_nothing_that_was_entered_by_the_number_of_another_record() {
    let app = TestApp::new();
    let (mine, other) = (own_record(&app), known(&app, 441));
    join(&app, &other, &mine).expect(200);
    let theirs = take(&app, "clerk1", &complete(&app, matter(441))).expect(201).clone();
    let issued = apply(&app, "clerk1", &transcript(441)).expect(201)["id"].as_str().unwrap().to_owned();
    let as_citizen = || {
        app.get(&at(&theirs, "")).user("citizen1").send().refused(404, "not_found");
        app.get(&format!("/v1/certificates/{issued}")).user("citizen1").send().refused(404, "not_found");
        let withdraw = app.post(&at(&theirs, ":withdraw")).user("citizen1").if_match("*").json(&json!({"reason": "不辦了"}));
        withdraw.send().refused(404, "not_found");
    };
    as_citizen();
    part(&app, &other);
    as_citizen();
    act(&app, "clerk1", &theirs, ":submit-for-review", &json!({})).expect(200);
}

#[test]
fn what_an_account_began_stays_its_own_though_the_office_takes_it_in_while_the_records_are_joined() {
    let app = TestApp::new();
    let draft = take(&app, "citizen1", &online(&app, None)).expect(201).clone();
    let (mine, other) = (own_record(&app), known(&app, 461));
    join(&app, &mine, &other).expect(200);
    let papers = complete(&app, online(&app, None))["papers"].clone();
    act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200);
    let tag = app.get(&at(&draft, "")).user("clerk1").send().etag().to_owned();
    let edit = app.call("PATCH", &at(&draft, "")).user("clerk1").if_match(&tag).json(&json!({"papers": papers})).send();
    let taken = edit.expect(200).clone();
    assert_eq!([&taken["applicant"]["person_id"], &taken["parties"][0]["person_id"]], [&json!(mine), &json!(mine)]);
    part(&app, &mine);
    app.get(&at(&draft, "")).user("citizen1").send().expect(200);
}

/// Books at the counter.
fn book(app: &TestApp, who: &Value, slot: &str) -> Answer {
    let mut body = booking(slot);
    body["person"] = who.clone();
    app.post("/v1/bookings").user("clerk1").once().json(&body).send()
}

/// The slots that are booked for a record.
fn booked(app: &TestApp, record: &str) -> Vec<String> {
    let list = app.get(&format!("/v1/bookings?limit=100&person_id={record}")).user("clerk1").send();
    let mut slots: Vec<String> =
        list.expect(200)["items"].as_array().unwrap().iter().map(|one| one["slot_id"].as_str().unwrap().to_owned()).collect();
    slots.sort();
    slots
}

#[test]
fn one_human_has_one_booking_a_day_by_whichever_number_and_each_keeps_its_own() {
    let app = TestApp::new();
    let [one, other] = confused(&app, 451, 452);
    book(&app, &person(452), WEDNESDAY_9).expect(201);
    book(&app, &person(451), WEDNESDAY_930).refused(409, "already_booked");
    book(&app, &person(451), FRIDAY_9).expect(201);
    let waits = |number: u32| {
        let body = json!({"service": "COUNTER", "from": "2026-11-25", "to": "2026-11-30", "person": person(number)});
        app.post("/v1/waitlist").user("clerk1").once().json(&body).send()
    };
    waits(452).expect(201);
    waits(451).refused(409, "already_waiting");
    part(&app, &other);
    assert_eq!((booked(&app, &one), booked(&app, &other)), (vec![FRIDAY_9.to_owned()], vec![WEDNESDAY_9.to_owned()]));
    book(&app, &person(451), WEDNESDAY_930).expect(201);
    waits(451).expect(201);
    waits(452).refused(409, "already_waiting");
}

#[test]
fn what_is_booked_for_the_living_is_no_longer_noted_as_the_deads() {
    let app = TestApp::new();
    let records = [known(&app, 455), known(&app, 456)];
    let visit = book(&app, &person(455), FRIDAY_9).expect(201)["id"].as_str().unwrap().to_owned();
    let cause = || {
        let seen = app.get(&format!("/v1/bookings/{visit}")).user("clerk1").send().expect(200).clone();
        seen["conflict"]["cause"].clone()
    };
    registered(&app, &death(&app, 456));
    assert_eq!(cause(), Value::Null);
    join(&app, &records[1], &records[0]).expect(200);
    assert_eq!(cause(), "DEATH");
    part(&app, &records[1]);
    assert_eq!(cause(), Value::Null);
}

#[test]
fn a_seal_is_of_the_record_whose_number_has_registered_it() {
    let app = TestApp::new();
    let [_, other] = confused(&app, 491, 492);
    let seal = |number: u32| {
        let fields = json!({"kind": "SEAL", "village_code": "10007030-002"});
        complete(&app, own("SEAL_REGISTER", number, fields, &[]))
    };
    registered(&app, &seal(492));
    assert_eq!(take(&app, "clerk1", &seal(491)).fields(), [field("/parties/0/national_id", "already_registered")]);
    part(&app, &other);
    let certified = |number: u32| apply(&app, "clerk1", &certificate("SEAL_CERT", number));
    certified(491).refused(422, "invalid");
    certified(492).expect(201);
    registered(&app, &seal(491));
    // Of one human one lives, the later one; of two both do.
    join(&app, &person_id(&app, &person(492)), &person_id(&app, &person(491))).expect(200);
    part(&app, &other);
    for number in [491, 492] {
        certified(number).expect(201);
    }
}

const ALIKE: &str = "林同名";

/// The record of somebody of whom many have the name and the day of birth.
fn namesake(app: &TestApp, number: u32) -> String {
    let mut body = named(matter(number), ALIKE);
    body["parties"][0]["birth_on"] = json!("1980-05-04");
    take(app, "clerk1", &body).expect(201)["parties"][0]["person_id"].as_str().unwrap().to_owned()
}

#[test]
fn an_entry_of_before_that_was_kept_of_the_wrong_record_is_moved_to_whom_its_number_names() {
    let app = TestApp::new();
    let [one, other] = [471, 472].map(|number| namesake(&app, number));
    app.advance(Duration::seconds(1));
    join(&app, &other, &one).expect(200);
    let mut body = death(&app, 472);
    body["parties"][0]["name"] = json!(ALIKE);
    let dead = registered(&app, &body);
    // As the office kept it before it looked at the number alone: of the record to which the other is joined.
    let id = dead["id"].as_str().unwrap();
    app.sql(&format!("UPDATE cases SET person_id = '{one}' WHERE id = '{id}'"));
    app.sql(&format!("UPDATE case_parties SET person_id = '{one}' WHERE case_id = '{id}' AND person_id = '{other}'"));
    app.sql(&format!("UPDATE facts SET person_id = '{one}' WHERE source = 'cases/{id}' AND person_id = '{other}'"));
    part(&app, &other);
    assert_eq!(shown(&app, &one)["entered_while_joined"], json!([source(&dead)]));
    let moved = json!([{"pointer": "/parties/0/national_id", "value": person(472)["national_id"]}]);
    let corrected = correct(&app, &dead, moved.clone());
    assert_eq!(corrected.expect(200)["parties"][0]["person_id"], json!(other));
    assert_eq!([&one, &other].map(|record| standing(&app, record, "DEATH").len()), [0, 1]);
    assert_eq!(correct(&app, &dead, moved).fields(), [field("/changes/0/value", "unchanged")]);
}

#[test]
fn two_numbers_are_joined_by_two_people_though_their_names_and_birthdays_are_alike() {
    let app = TestApp::new();
    let records = [481, 482].map(|number| namesake(&app, number));
    let asked = on(&app, "clerk1", &records[1], ":join", &joining(&records[0]));
    assert_eq!((&asked.expect(200)["status"], &asked.body["joined_into"]), (&json!("JOIN_ASKED"), &Value::Null));
    on(&app, "clerk1", &records[1], ":join", &joining(&records[0])).refused(409, "own_request");
    assert_eq!(on(&app, "chief1", &records[1], ":join", &joining(&records[0])).expect(200)["status"], "JOINED");
}

fn ruling() -> Value {
    joining("")["document"].clone()
}

fn strike(app: &TestApp, user: &str, record: &str) -> Answer {
    on(app, user, record, ":strike-document", &json!({"document": ruling(), "reason": "判決係偽造"}))
}

#[test]
fn a_join_ends_with_the_false_paper_on_which_it_rests_of_whichever_record_it_is_struck() {
    for side in [0, 1] {
        let app = TestApp::new();
        let records = confused(&app, 501, 502);
        let third = known(&app, 503);
        registered(&app, &death(&app, 502));
        let unrelated = [field("/document/number", "not_found")];
        assert_eq!(strike(&app, "chief2", &third).fields(), unrelated);
        // As `:part`, what took two people.
        strike(&app, "clerk2", &records[side]).refused(403, "forbidden");
        assert_eq!(shown(&app, &records[1])["status"], "JOINED");
        strike(&app, "chief2", &records[side]).expect(200);
        let parted = shown(&app, &records[1]);
        assert_eq!((&parted["status"], &parted["joined_into"]), (&json!("KEPT"), &Value::Null));
        apply(&app, "clerk1", &transcript(501)).expect(201);
        assert_eq!(apply(&app, "clerk1", &transcript(502)).status, 422);
        assert_eq!(strike(&app, "chief2", &records[side]).fields(), unrelated);
        let log = app.get("/v1/audit-log?action=person.parted").user("director1").send();
        assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_join_that_was_asked_for_falls_with_its_paper() {
    let app = TestApp::new();
    let records = [known(&app, 511), known(&app, 512)];
    on(&app, "clerk1", &records[1], ":join", &joining(&records[0])).expect(200);
    strike(&app, "clerk2", &records[0]).expect(200);
    for record in &records {
        let shown = shown(&app, record);
        assert_eq!((&shown["status"], &shown["joins_asked"]), (&json!("KEPT"), &json!([])));
    }
    on(&app, "chief1", &records[1], ":join", &joining(&records[0])).expect(200);
    assert_eq!(shown(&app, &records[1])["status"], "JOIN_ASKED", "asked anew, not confirmed");
}

#[test]
fn a_join_of_before_is_found_by_its_paper_from_the_next_start_on() {
    let app = TestApp::new();
    let records = confused(&app, 521, 522);
    app.sql("UPDATE person_joins SET document_index = NULL");
    assert_eq!(strike(&app, "chief2", &records[0]).fields(), [field("/document/number", "not_found")]);
    app.start_again();
    strike(&app, "chief2", &records[0]).expect(200);
    assert_eq!(shown(&app, &records[1])["status"], "KEPT");
}

/// How an office answers, by its code and the members that it names.
fn answered(answer: &Answer) -> Value {
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    let named: Vec<Value> = errors.map(|error| json!([error["pointer"], error["code"]])).collect();
    json!([answer.status, answer.body["code"], named])
}

/// Humans whom an office takes for one from time to time.
const NUMBERS: [u32; 3] = [601, 602, 603];

const BORN: [&str; 3] = ["1980-01-01", "1981-02-02", "1982-03-03"];

/// The record whose number it is, whatever it is joined to.
fn record(app: &TestApp, number: u32) -> String {
    let all = found(app, &person(number));
    let own = all.iter().find(|one| one["found_by"] != "JOINED").unwrap();
    own["person_id"].as_str().unwrap().to_owned()
}

/// Two offices in which the same is entered: in the one records are joined and parted meanwhile, in its twin never.
struct Offices {
    joined: TestApp,
    apart: TestApp,
    /// Everybody of whom something was entered.
    met: Vec<Value>,
    /// What was registered in both.
    cases: Vec<(Value, Value)>,
    /// The next number that nobody has.
    next: u32,
}

impl Offices {
    fn new() -> Self {
        let (joined, apart) = (TestApp::new(), TestApp::new());
        for app in [&joined, &apart] {
            for (number, born) in NUMBERS.into_iter().zip(BORN) {
                let mut body = matter(number);
                body["parties"][0]["birth_on"] = json!(born);
                take(app, "clerk1", &body).expect(201);
            }
        }
        Self { joined, apart, met: NUMBERS.map(person).to_vec(), cases: Vec::new(), next: 700 }
    }

    fn advance(&self) {
        for app in [&self.joined, &self.apart] {
            app.advance(Duration::seconds(1));
        }
    }

    /// Somebody whom neither office knows.
    fn stranger(&mut self, make: fn(u32) -> Value) -> (u32, Value) {
        self.next += 1;
        (self.next, make(self.next))
    }

    /// Somebody as they are called by now, where nobody takes them for another.
    fn who(&self, number: u32) -> Value {
        let mut who = person(number);
        let all = facts(&self.apart, &person_id(&self.apart, &who));
        let name = all.iter().find(|fact| fact["kind"] == "NAME" && fact["is_todays"] == true).unwrap();
        who["name"] = name["value"].clone();
        who
    }

    /// Enters a case in both where the first takes it, which may take two for one who are not.
    fn enter(&mut self, body: &Value, others: impl IntoIterator<Item = Value>) {
        let taken = take(&self.joined, "clerk1", body);
        if taken.status != 201 {
            return;
        }
        act(&self.joined, "clerk1", &taken.body, ":submit-for-review", &json!({})).expect(200);
        review(&self.joined, "reviewer1", &taken.body, "PASS").expect(201);
        let twin = registered(&self.apart, body);
        self.cases.push((taken.body.clone(), twin));
        self.met.extend(others);
    }

    /// Revokes one of the cases in both, or lets it stand again, where the first lets it.
    fn turn(&self, dice: &mut Dice) {
        if self.cases.is_empty() {
            return;
        }
        let (case, twin) = &self.cases[dice.below(self.cases.len())];
        let status = self.joined.get(&at(case, "")).user("clerk1").send().expect(200)["status"].clone();
        let (name, body) = if status == "REVOKED" {
            (":reinstate", json!({"reason": "誤撤", "office_error": false, "confirm_not_duplicate": true}))
        } else {
            (":revoke", json!({"reason": "誤登", "office_error": false}))
        };
        if act(&self.joined, "clerk1", case, name, &body).status != 200 {
            return;
        }
        if act(&self.joined, "chief1", case, ":approve-change", &json!({})).status != 200 {
            act(&self.joined, "clerk1", case, ":withdraw-change", &json!({"reason": "再查"})).expect(200);
            return;
        }
        act(&self.apart, "clerk1", twin, name, &body).expect(200);
        act(&self.apart, "chief1", twin, ":approve-change", &json!({})).expect(200);
    }

    /// Enters something of one of the humans by their number.
    fn write(&mut self, dice: &mut Dice, step: usize) {
        let place = dice.below(NUMBERS.len());
        let (number, born) = (NUMBERS[place], BORN[place]);
        let who = self.who(number);
        let of_them = |mut body: Value| {
            for at in ["/parties/0/name", "/applicant/name"] {
                *body.pointer_mut(at).unwrap() = who["name"].clone();
            }
            body["parties"][0]["birth_on"] = json!(born);
            body["confirm_not_duplicate"] = json!(true);
            body
        };
        let app = &self.apart;
        match dice.below(9) {
            0 => {
                let body = of_them(complete(app, matter(number)));
                self.enter(&body, []);
            }
            1 => {
                let (wife, spouse) = self.stranger(female);
                let body = of_them(married(&self.apart, number, wife, (born, GROWN.1)));
                self.enter(&body, [spouse]);
            }
            2 => {
                let fields = json!({"kind": "SEAL", "village_code": "10007030-002"});
                let body = of_them(complete(app, own("SEAL_REGISTER", number, fields, &[])));
                self.enter(&body, []);
            }
            3 => {
                let (ward, child) = self.stranger(person);
                let mut body = guardianship(&self.apart, ward, (Some(number), "DECLARED"), "2026-11-01");
                body["parties"][1] = as_party(who.clone(), "GUARDIAN");
                body["parties"][1]["birth_on"] = json!(born);
                body["applicant"] = as_applicant(who, "GUARDIAN");
                self.enter(&body, [child]);
            }
            4 => {
                let (mother, woman) = self.stranger(female);
                let mut body = birth(mother);
                body["parties"][1] = as_party(who, "FATHER");
                (body["parties"][1]["birth_on"], body["confirm_not_duplicate"]) = (json!(born), json!(true));
                self.enter(&body, [woman]);
            }
            5 => {
                let new = format!("測{}", ["一", "二", "三", "四", "五", "六", "七", "八", "九"][step % 9]);
                let fields = json!({
                    "kind": "NAME", "old_name": who["name"], "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0,
                    "barred": false
                });
                let body = of_them(complete(app, own("NAME_GIVEN", number, fields, &[])));
                self.enter(&body, []);
            }
            6 => {
                let slot = dice.of(&[WEDNESDAY_9, WEDNESDAY_930, FRIDAY_9]);
                if book(&self.joined, &who, slot).status == 201 {
                    book(&self.apart, &who, slot).expect(201);
                }
            }
            7 => {
                let given = |app: &TestApp| app.post("/v1/letters-of-proxy").user("clerk1").json(&letter(&who)).send();
                if given(&self.joined).status == 201 {
                    given(&self.apart).expect(201);
                }
            }
            _ if dice.one_in(4) => {
                let mut body = of_them(death(app, number));
                body["applicant"] = death(app, number)["applicant"].clone();
                (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
                self.enter(&body, []);
            }
            _ => self.turn(dice),
        }
    }

    /// Joins two of the records in the first office, as far as it lets them be joined.
    fn join(&self, dice: &mut Dice) {
        let [one, other] = [dice.of(&NUMBERS), dice.of(&NUMBERS)].map(|number| record(&self.joined, number));
        join(&self.joined, &one, &other);
    }

    fn part(&self, number: u32) {
        let own = record(&self.joined, number);
        let parted = on(&self.joined, "chief2", &own, ":part", &json!({"reason": "並非同一人"}));
        assert!(parted.status == 200 || parted.body["code"] == "wrong_state", "{}", parted.text);
    }

    /// What an office has of somebody, and what it answers whoever asks for it.
    fn held(&self, app: &TestApp, number: u32, case: impl Fn(&(Value, Value)) -> Value) -> Value {
        let numbers: BTreeMap<String, Value> =
            self.met.iter().map(|who| (person_id(app, who), who["national_id"].clone())).collect();
        let called = |id: &Value| id.as_str().and_then(|id| numbers.get(id)).cloned();
        let own = record(app, number);
        let mut said: Vec<String> = facts(app, &own)
            .iter()
            .map(|fact| {
                let (rank, is_struck) = (&fact["rank"], !fact["struck_at"].is_null());
                let other = called(&fact["other_person_id"]);
                json!([fact["kind"], fact["value"], rank, fact["valid_from"], fact["is_todays"], is_struck, other]).to_string()
            })
            .collect();
        said.sort();
        let search = json!({"national_id": person(number)["national_id"], "reason": "查詢"});
        let theirs = app.post("/v1/cases:search").user("clerk1").json(&search).send().expect(200)["items"].clone();
        let mut theirs: Vec<String> =
            theirs.as_array().unwrap().iter().map(|one| format!("{} {}", one["type_code"], one["status"])).collect();
        theirs.sort();
        let parties = self.cases.iter().map(|both| {
            let one = app.get(&at(&case(both), "")).user("clerk1").send().expect(200).clone();
            let parties: Vec<Option<Value>> =
                one["parties"].as_array().unwrap().iter().map(|party| called(&party["person_id"])).collect();
            json!([one["type_code"], one["status"], called(&one["applicant"]["person_id"]), parties])
        });
        let (parties, who) = (parties.collect::<Vec<Value>>(), self.who(number));
        let asked = ["TRANSCRIPT_ZH", "CERT_MARRIAGE", "SEAL_CERT"].map(|kind| {
            let mut body = certificate(kind, number);
            (body["person"]["name"], body["applicant"]["name"]) = (who["name"].clone(), who["name"].clone());
            answered(&apply(app, "clerk1", &body))
        });
        let mut wedding = married(app, number, 699, (BORN[0], GROWN.1));
        (wedding["parties"][0]["name"], wedding["applicant"]["name"]) = (who["name"].clone(), who["name"].clone());
        wedding["parties"][0].as_object_mut().unwrap().remove("birth_on");
        let wedding = app.post("/v1/cases:check").user("clerk1").json(&wedding).send();
        json!({
            "facts": said, "cases": theirs, "parties": parties, "bookings": booked(app, &own), "asked": asked,
            "wedding": answered(&wedding), "brought": answered(&brought(app, &who))
        })
    }
}

#[test]
fn after_any_history_of_joins_and_partings_each_has_what_was_entered_by_its_own_number() {
    for seed in 1..=3 {
        let (mut offices, mut dice) = (Offices::new(), Dice::new(seed));
        for step in 0..24 {
            offices.advance();
            match dice.below(6) {
                0 | 1 => offices.join(&mut dice),
                2 => offices.part(dice.of(&NUMBERS)),
                _ => offices.write(&mut dice, step),
            }
        }
        for number in NUMBERS {
            offices.part(number);
        }
        offices.advance();
        for number in NUMBERS {
            let joined = offices.held(&offices.joined, number, |both| both.0.clone());
            let apart = offices.held(&offices.apart, number, |both| both.1.clone());
            assert_eq!(joined, apart, "seed {seed}, number {number}");
        }
    }
}
