//! Protection marks and what an entry shows beside whom it is of: those who live with them, however the register came to know it,
//! relatives, and the places of both.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, move_in, own, registered, take};
use crate::certificates::apply;
use crate::holders::name_holder;
use crate::known::{GROWN, complete, married};
use crate::moves::{HEMEI, HEMEI_WEST, TAICHUNG, moving};
use crate::protection::{BARRED, PROTECTED, ask, certificate, citizen, mark, order, record_of};
use crate::relations::{adoption, as_applicant, as_party, parental};
use crate::support::{Answer, TestApp, called, female, person};

/// With whom whoever is protected lives.
const HOST: u32 = 108;

/// Registers that somebody moves to Hemei, into the household of a head.
fn moved(app: &TestApp, number: u32, head: &str, is_new: bool, on: &str) -> Value {
    let mut body = moving(app, "MOVE_IN", number, (TAICHUNG, HEMEI), on);
    (body["fields"]["household_head"], body["fields"]["new_household"]) = (json!(head), json!(is_new));
    registered(app, &body)
}

/// The host lives in Hemei, and the protected one moves to them by a case of their own: that of the host.
fn joined(app: &TestApp) -> Value {
    let host = moved(app, HOST, &called(HOST), true, "2026-11-02");
    moved(app, PROTECTED, &called(HOST), false, "2026-11-16");
    host
}

fn marked(app: &TestApp, who: &Value) {
    mark(app, "clerk1", &record_of(app, who), &order(&person(BARRED))).expect(201);
}

/// The transcript of one, asked for by another.
fn by(app: &TestApp, of: u32, applicant: u32) -> Answer {
    ask(app, "clerk1", &person(of), &person(applicant))
}

fn closed(answer: &Answer) {
    answer.refused(409, "protected");
}

fn letter() -> Value {
    json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "委託書"}})
}

/// A certificate of somebody, asked for by another in their place.
fn by_proxy(app: &TestApp, (kind, scope): (&str, &str), of: u32, proxy: u32) -> Answer {
    let mut body = certificate(&person(of), &person(of));
    (body["kind"], body["scope"]) = (json!(kind), json!(scope));
    if kind == "HC_REISSUE" {
        body["applicant"]["relation"] = json!("HOUSEHOLD_HEAD");
    }
    body.as_object_mut().unwrap().remove("interest_proof");
    (body["proxy"], body["letter"]) = (person(proxy), letter());
    apply(app, "clerk1", &body)
}

#[test]
fn whom_somebody_joins_by_a_move_of_their_own_is_closed_as_they_are_until_they_leave() {
    let app = TestApp::new();
    joined(&app);
    by(&app, HOST, BARRED).expect(201);
    marked(&app, &person(PROTECTED));
    closed(&by(&app, HOST, BARRED));
    for (kind, scope) in [("TRANSCRIPT_ZH", "PERSON"), ("TRANSCRIPT_ZH", "WHOLE"), ("HC_REISSUE", "PERSON")] {
        closed(&by_proxy(&app, (kind, scope), HOST, BARRED));
        by_proxy(&app, (kind, scope), HOST, 103).expect(201);
    }
    // The other way round: what the host's own entry shows, and what theirs does, is open to both.
    for applicant in [103, HOST, PROTECTED] {
        by(&app, HOST, applicant).expect(201);
    }
    by(&app, PROTECTED, HOST).expect(201);
    let mut away = moving(&app, "MOVE_WITHIN", PROTECTED, (HEMEI, HEMEI_WEST), "2026-11-20");
    away["fields"]["household_head"] = json!(called(PROTECTED));
    registered(&app, &away);
    by(&app, HOST, BARRED).expect(201);
}

#[test]
fn those_who_name_the_same_head_at_one_address_live_together_however_the_address_is_written() {
    let app = TestApp::new();
    moved(&app, HOST, "王大明", false, "2026-11-02");
    let mut body = moving(&app, "MOVE_IN", PROTECTED, (TAICHUNG, "彰化縣和美鎮和東里彰美路5段1號"), "2026-11-16");
    body["fields"]["household_head"] = json!("王大明");
    registered(&app, &body);
    marked(&app, &person(PROTECTED));
    closed(&by(&app, HOST, BARRED));
    by(&app, HOST, 103).expect(201);
}

/// Registers that somebody moves to an address, into the household of a head.
fn moved_to(app: &TestApp, number: u32, (address, head): (&str, &str), on: &str) -> Value {
    let mut body = moving(app, "MOVE_IN", number, (TAICHUNG, address), on);
    body["fields"]["household_head"] = json!(head);
    registered(app, &body)
}

#[test]
fn a_head_who_is_named_is_met_however_their_address_is_written_and_where_it_is_unclear_as_well() {
    const HOME: &str = "彰化縣和美鎮和東里1鄰彰美路五段12號";
    const NUMBERED: &str = "彰化縣和美鎮和東里1鄰彰美路五段12之1號";
    const UNIT_UPSTAIRS: &str = "彰化縣和美鎮和東里1鄰彰美路五段12之1號2樓";
    const UPSTAIRS: &str = "彰化縣和美鎮和東里1鄰彰美路五段12號2樓";
    let written = [
        (HOME, "彰化縣和美鎮和東里1鄰彰美路五段十二號", true),
        (HOME, "508彰化縣和美鎮和東里1鄰彰美路五段12號", true),
        (HOME, "彰化縣和美鎮和東里彰美路5段１２號", true),
        (NUMBERED, "彰化縣和美鎮和東里1鄰彰美路五段12-1號", true),
        (NUMBERED, "彰化縣和美鎮和東里1鄰彰美路五段12號之1", true),
        (UPSTAIRS, "彰化縣和美鎮和東里1鄰彰美路五段12號2F", true),
        (UNIT_UPSTAIRS, "彰化縣和美鎮和東里1鄰彰美路五段12號之1二樓", true),
        (UNIT_UPSTAIRS, "彰化縣和美鎮和東里1鄰彰美路五段12號之1 2樓", true),
        (UNIT_UPSTAIRS, "彰化縣和美鎮和東里1鄰彰美路五段12號之一二樓", true),
        ("彰化縣和美鎮和東里1鄰彰美路12號", "彰化縣和美鎮和東里1鄰彰美路門牌第12號", true),
        ("彰化縣和美鎮和東里1鄰彰美路42號", "彰化縣和美鎮和東里1鄰彰美路卌二號", true),
        ("彰化縣和美鎮和東里1鄰彰美路五段12號2樓之1", "彰化縣和美鎮和東里1鄰彰美路五段12號2-1F", true),
        ("彰化縣和美鎮和東里1鄰彰美路105號", "彰化縣和美鎮和東里1鄰彰美路一百五號", true),
        // Nobody can tell from the one whether it is the other.
        (UPSTAIRS, HOME, true),
        (HOME, "彰化縣和美鎮和東里1鄰彰美路五段14號", false),
        (HOME, NUMBERED, false),
        (UPSTAIRS, "彰化縣和美鎮和東里1鄰彰美路五段12號3樓", false),
        (UNIT_UPSTAIRS, "彰化縣和美鎮和東里1鄰彰美路五段12號之1三樓", false),
    ];
    for (home, other, is_one) in written {
        let app = TestApp::new();
        moved_to(&app, PROTECTED, (home, called(PROTECTED).as_str()), "2026-11-02");
        moved_to(&app, HOST, (other, called(PROTECTED).as_str()), "2026-11-16");
        moved_to(&app, 106, (other, called(106).as_str()), "2026-11-16");
        by(&app, HOST, BARRED).expect(201);
        marked(&app, &person(PROTECTED));
        let asked = by(&app, HOST, BARRED);
        let refused = asked.status == 409 && asked.body["code"] == "protected";
        assert_eq!(refused, is_one, "{home} {other}: {}", asked.text);
        by(&app, HOST, 103).expect(201);
        // A neighbour with a head of their own is of another household, whatever the address.
        by(&app, 106, BARRED).expect(201);
    }
}

/// Somebody who is given another name, and has it from now on.
fn renamed(app: &TestApp, number: u32, new: &str) {
    let old = called(number);
    let fields = json!({
        "kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false
    });
    let mut body = complete(app, own("NAME_GIVEN", number, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    registered(app, &body);
}

#[test]
fn a_head_who_takes_another_name_stays_the_head_of_whoever_has_named_them() {
    let app = TestApp::new();
    moved_to(&app, PROTECTED, (HEMEI, called(PROTECTED).as_str()), "2026-11-02");
    let host = moved_to(&app, HOST, (HEMEI, called(PROTECTED).as_str()), "2026-11-16");
    marked(&app, &person(PROTECTED));
    name_holder(&app, "clerk2", &person(BARRED), "director1");
    let hidden = || app.get(&at(&host, "")).user("clerk2").send().status;
    closed(&by(&app, HOST, BARRED));
    assert_eq!(hidden(), 404);
    renamed(&app, PROTECTED, "測試新名");
    closed(&by(&app, HOST, BARRED));
    by(&app, HOST, 103).expect(201);
    assert_eq!(hidden(), 404);
    // Of what was kept before former names were found, from a start on.
    app.sql("DELETE FROM people_names");
    app.sql("UPDATE people SET namesake_index = NULL");
    app.start_again();
    closed(&by(&app, HOST, BARRED));
}

#[test]
fn whoever_names_a_head_by_the_former_name_lives_with_those_who_name_them_by_the_new_one() {
    let app = TestApp::new();
    moved_to(&app, 107, (HEMEI, called(107).as_str()), "2026-11-02");
    moved_to(&app, HOST, (HEMEI, called(107).as_str()), "2026-11-09");
    renamed(&app, 107, "測試新名");
    moved_to(&app, PROTECTED, (HEMEI, "測試新名"), "2026-11-16");
    marked(&app, &person(PROTECTED));
    closed(&by(&app, HOST, BARRED));
    by(&app, HOST, 103).expect(201);
}

#[test]
fn whoever_names_the_protected_as_their_head_is_nowhere_to_staff_who_are_barred() {
    let app = TestApp::new();
    moved_to(&app, PROTECTED, (HEMEI, called(PROTECTED).as_str()), "2026-11-02");
    let host = moved_to(&app, HOST, (HEMEI, called(PROTECTED).as_str()), "2026-11-16");
    let issued = by(&app, HOST, HOST).expect(201).clone();
    let other = moved_to(&app, 107, (HEMEI_WEST, called(107).as_str()), "2026-11-16");
    marked(&app, &person(PROTECTED));
    name_holder(&app, "clerk2", &person(BARRED), "director1");
    let listed = |list: &str, one: &Value| {
        let page = app.get(&format!("/v1/{list}?limit=100&include_total=true")).user("clerk2").send().expect(200).clone();
        let items = page["items"].as_array().unwrap();
        assert_eq!(page["total"], json!(items.len()), "{list}");
        items.iter().any(|item| item["id"] == one["id"])
    };
    let finds = || [listed("cases", &host), listed("certificates", &issued), listed("cases", &other)];
    assert_eq!(finds(), [false, false, true]);
    app.get(&at(&host, "")).user("clerk2").send().refused(404, "not_found");
    app.get(&at(&other, "")).user("clerk2").send().expect(200);
    // Of what was entered before the names of heads were kept as well, from a start on.
    app.sql("UPDATE case_heads SET name_index = NULL");
    app.start_again();
    assert_eq!(finds(), [false, false, true]);
}

#[test]
fn neither_the_audit_log_nor_the_call_list_tells_the_barred_of_whoever_lives_with_the_protected() {
    let app = TestApp::new();
    name_holder(&app, "director1", &person(BARRED), "chief1");
    let host = joined(&app);
    let issued = by(&app, HOST, HOST).expect(201)["id"].as_str().unwrap().to_owned();
    let other = moved_to(&app, 107, (HEMEI_WEST, called(107).as_str()), "2026-11-16");
    let sent = ask(&app, "citizen1", &person(HOST), &citizen(&app)).expect(201)["id"].as_str().unwrap().to_owned();
    let (path, contact) = (format!("/v1/certificates/{sent}"), json!({"contact": {"phone": "0912345678"}}));
    app.call("PUT", &format!("{path}/contact")).user("citizen1").if_match("*").json(&contact).send().expect(200);
    app.post(&format!("{path}:issue")).user("clerk1").if_match("*").json(&json!({})).send().expect(200);
    let log = || app.get("/v1/audit-log?limit=100").user("director1").send().expect(200).to_string();
    let calls = || app.get("/v1/call-list?kind=CERTIFICATE").user("director1").send().expect(200).to_string();
    let theirs = [host["id"].as_str().unwrap(), issued.as_str(), sent.as_str()];
    let own = record_of(&app, &person(HOST));
    assert!(theirs.iter().all(|id| log().contains(id)) && log().contains(&own) && calls().contains(&sent));
    marked(&app, &person(PROTECTED));
    let (log, calls) = (log(), calls());
    assert!(theirs.iter().all(|id| !log.contains(id)), "{log}");
    assert!(!log.contains(&format!("people/{own}")) && !calls.contains(&sent), "{log} {calls}");
    assert!(log.contains(other["id"].as_str().unwrap()), "{log}");
}

#[test]
fn a_relative_who_is_named_as_the_head_is_meant_whatever_the_addresses_say() {
    let app = TestApp::new();
    moved_to(&app, PROTECTED, (HEMEI, called(PROTECTED).as_str()), "2026-11-02");
    for number in [HOST, 107] {
        moved_to(&app, number, (HEMEI_WEST, called(PROTECTED).as_str()), "2026-11-16");
    }
    let father = as_party(person(PROTECTED), "FATHER");
    registered(&app, &parental(&app, "PARENTAGE", (person(HOST), father), "ACKNOWLEDGER"));
    marked(&app, &person(PROTECTED));
    closed(&by(&app, HOST, BARRED));
    by(&app, HOST, 103).expect(201);
    // Of whoever is no relative it may be a namesake.
    by(&app, 107, BARRED).expect(201);
}

#[test]
fn a_neighbour_at_the_same_address_is_open_unless_they_are_kin_of_whom_a_mark_protects() {
    let app = TestApp::new();
    joined(&app);
    moved(&app, 107, &called(107), true, "2026-11-16");
    moved(&app, 106, &called(106), true, "2026-11-16");
    let father = as_party(person(107), "FATHER");
    registered(&app, &parental(&app, "PARENTAGE", (person(PROTECTED), father), "ACKNOWLEDGER"));
    by(&app, 107, BARRED).expect(201);
    marked(&app, &person(PROTECTED));
    closed(&by(&app, 107, BARRED));
    by(&app, 106, BARRED).expect(201);
    by(&app, 107, 103).expect(201);
}

#[test]
fn a_child_lives_where_the_parent_did_into_whose_household_it_was_born_or_adopted() {
    let app = TestApp::new();
    let mut mother = moving(&app, "MOVE_IN", 120, (TAICHUNG, HEMEI), "2026-11-02");
    (mother["parties"], mother["applicant"]) = (json!([as_party(female(120), "SUBJECT")]), as_applicant(female(120), "SELF"));
    registered(&app, &mother);
    let mut born = birth(120);
    (born["fields"]["national_id"], born["fields"]["child_name"]) = (female(121)["national_id"].clone(), json!("測小安"));
    registered(&app, &born);
    let child = json!({"name": "測小安", "national_id": female(121)["national_id"]});
    let asked = |of: &Value, applicant: u32| ask(&app, "clerk1", of, &person(applicant));
    asked(&female(120), BARRED).expect(201);
    marked(&app, &child);
    closed(&asked(&female(120), BARRED));
    asked(&female(120), 103).expect(201);
    // And of a mark on the parent the child's entry.
    moved(&app, 122, &called(122), true, "2026-11-02");
    registered(&app, &adoption(&app, "ADOPTION", 123, &person(122), "2026-11-09"));
    asked(&person(123), BARRED).expect(201);
    marked(&app, &person(122));
    closed(&asked(&person(123), BARRED));
    asked(&person(123), 103).expect(201);
}

#[test]
fn a_household_stays_one_when_its_head_changes() {
    let app = TestApp::new();
    moved(&app, HOST, &called(HOST), true, "2026-11-02");
    moved(&app, 109, &called(HOST), false, "2026-11-02");
    let mut change = complete(&app, own("HEAD_CHANGE", 109, json!({"kind": "COMMON", "matter": "戶長變更"}), &[]));
    (change["event_on"], change["confirm_not_duplicate"]) = (json!("2026-11-09"), json!(true));
    registered(&app, &change);
    moved(&app, PROTECTED, &called(109), false, "2026-11-16");
    marked(&app, &person(PROTECTED));
    for of in [HOST, 109] {
        closed(&by(&app, of, BARRED));
        by(&app, of, 103).expect(201);
    }
}

#[test]
fn an_old_household_shows_who_was_of_it_to_nobody_who_is_barred_from_one_of_them() {
    let app = TestApp::new();
    let mut together = complete(&app, move_in(PROTECTED));
    together["event_on"] = json!("2026-11-02");
    together["applicant"]["relation"] = json!("HOUSEHOLD_HEAD");
    together["parties"].as_array_mut().unwrap().push(as_party(person(HOST), "MEMBER"));
    registered(&app, &together);
    registered(&app, &moving(&app, "MOVE_WITHIN", PROTECTED, (HEMEI, HEMEI_WEST), "2026-11-16"));
    marked(&app, &person(PROTECTED));
    let asked = |(kind, scope): (&str, &str), applicant: u32| {
        let mut body = certificate(&person(HOST), &person(applicant));
        (body["kind"], body["scope"]) = (json!(kind), json!(scope));
        apply(&app, "clerk1", &body)
    };
    let old = [("TRANSCRIPT_ZH", "CANCELLED"), ("RECORD_COPY", "PERSON"), ("RECORD_VIEW", "PERSON")];
    for entry in old {
        closed(&asked(entry, BARRED));
        asked(entry, 103).expect(201);
    }
    asked(("TRANSCRIPT_ZH", "PERSON"), BARRED).expect(201);
}

/// Kinship of somebody, asked for by another for a purpose that is shown.
fn kinship(app: &TestApp, of: &Value, applicant: &Value) -> Answer {
    let asks = as_applicant(applicant.clone(), "LISTED_PURPOSE_APPLICANT");
    let body = json!({
        "kind": "KINSHIP", "person": of, "applicant": asks, "scope": "PERSON", "purpose": "繼承", "copies": 1,
        "papers": ["PURPOSE_PROOF"]
    });
    apply(app, "clerk1", &body)
}

#[test]
fn kinship_is_certified_to_nobody_who_is_barred_from_one_of_the_kin() {
    let app = TestApp::new();
    let child = person(110);
    for parent in [as_party(person(BARRED), "FATHER"), as_party(female(111), "MOTHER")] {
        registered(&app, &parental(&app, "PARENTAGE", (child.clone(), parent), "ACKNOWLEDGER"));
    }
    let taken = kinship(&app, &person(BARRED), &person(BARRED)).expect(201).clone();
    marked(&app, &child);
    for of in [person(BARRED), female(111)] {
        closed(&kinship(&app, &of, &person(BARRED)));
        kinship(&app, &of, &female(111)).expect(201);
        kinship(&app, &of, &person(103)).expect(201);
    }
    let path = format!("/v1/certificates/{}:issue", taken["id"].as_str().unwrap());
    closed(&app.post(&path).user("clerk2").if_match("\"v1\"").json(&json!({})).send());
    // As a case too.
    let words = json!({"kind": "COMMON", "matter": "親等關聯"});
    let mut case = complete(&app, own("KINSHIP", BARRED, words, &[]));
    case["applicant"] = as_applicant(person(BARRED), "LISTED_PURPOSE_APPLICANT");
    closed(&app.post("/v1/cases:check").user("clerk1").json(&case).send());
    // Their own entry, which shows no children, is theirs.
    by(&app, BARRED, BARRED).expect(201);
}

#[test]
fn a_certificate_of_a_marriage_shows_the_spouse_and_somebodys_transcript_to_whom_they_are_married() {
    let app = TestApp::new();
    registered(&app, &married(&app, BARRED, 112, GROWN));
    registered(&app, &married(&app, 113, 114, GROWN));
    let certified = |of: &Value, applicant: &Value| {
        let mut body = certificate(of, applicant);
        body["kind"] = json!("CERT_MARRIAGE");
        body.as_object_mut().unwrap().remove("interest_proof");
        apply(&app, "clerk1", &body)
    };
    certified(&person(BARRED), &person(BARRED)).expect(201);
    by(&app, 113, BARRED).expect(201);
    marked(&app, &female(112));
    marked(&app, &female(114));
    closed(&certified(&person(BARRED), &person(BARRED)));
    closed(&by(&app, 113, BARRED));
    certified(&female(112), &female(112)).expect(201);
    certified(&person(113), &person(113)).expect(201);
    by(&app, 113, 103).expect(201);
    by(&app, BARRED, BARRED).expect(201);
}

#[test]
fn a_party_who_is_barred_sees_no_place_of_those_with_whom_the_protected_one_lives() {
    let app = TestApp::new();
    let host = joined(&app);
    let mut body = moving(&app, "MOVE_WITHIN", HOST, (HEMEI, HEMEI_WEST), "2026-11-20");
    body["parties"].as_array_mut().unwrap().push(as_party(citizen(&app), "OTHER"));
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let seen = || app.get(&at(&case, "")).user("citizen1").send();
    assert!(seen().expect(200)["fields"]["from_address"].as_str().unwrap().contains("和美鎮"));
    mark(&app, "clerk1", &record_of(&app, &person(PROTECTED)), &order(&citizen(&app))).expect(201);
    let hidden = seen();
    assert_eq!(hidden.expect(200)["fields"]["from_address"], "***");
    assert!(!hidden.text.contains("和美鎮"), "{}", hidden.text);
    // To a member of staff who is there is no case of theirs, at whichever desk, and they take none; everybody else does the work.
    name_holder(&app, "clerk2", &citizen(&app), "director1");
    let branch = take(&app, "clerk4", &crate::known::matter(HOST)).expect(201).clone();
    let listed = |user: &str| app.get("/v1/cases?limit=100").user(user).send().expect(200).to_string();
    for one in [&host, &case, &branch] {
        let id = one["id"].as_str().unwrap();
        app.get(&at(one, "")).user("clerk2").send().refused(404, "not_found");
        assert!(!listed("clerk2").contains(id) && listed("clerk1").contains(id));
    }
    let another = complete(&app, crate::known::matter(HOST));
    take(&app, "clerk2", &another).refused(409, "own_request");
    ask(&app, "clerk2", &person(HOST), &person(HOST)).refused(409, "own_request");
    let issued = by(&app, HOST, HOST).expect(201)["id"].as_str().unwrap().to_owned();
    app.get(&format!("/v1/certificates/{issued}")).user("clerk2").send().refused(404, "not_found");
    let certificates = |user: &str| app.get("/v1/certificates?limit=100").user(user).send().expect(200).to_string();
    assert!(!certificates("clerk2").contains(&issued) && certificates("clerk1").contains(&issued));
    // Nor a line of it in the record books, which tells the desk.
    act(
        &app,
        "clerk1",
        &host,
        ":correct",
        &json!({
            "changes": [{"pointer": "/fields/household_head", "value": "王二明"}], "reason": "登載錯誤", "office_error": true
        }),
    )
    .expect(200);
    act(&app, "chief1", &host, ":approve-change", &json!({})).expect(200);
    let book =
        |user: &str| app.get("/v1/record-books/maintenance").user(user).send().expect(200)["items"].as_array().unwrap().len();
    let told = |user: &str| app.get("/v1/call-list?kind=ENTRY").user(user).send().expect(200)["items"].as_array().unwrap().len();
    assert_eq!([book("clerk1"), book("clerk2"), told("clerk1"), told("clerk2")], [1, 0, 1, 0]);
    app.post("/v1/cases:check").user("clerk2").json(&another).send().refused(409, "own_request");
    take(&app, "clerk1", &another).expect(201);
    assert_ne!(app.get(&at(&host, "")).user("clerk1").send().expect(200)["fields"]["to_address"], "***");
}

#[test]
fn no_reason_tells_the_barred_that_whom_they_ask_for_lives_with_somebody_protected() {
    let app = TestApp::new();
    joined(&app);
    let mut looking = complete(&app, crate::protection::looking(&person(HOST), &citizen(&app)));
    looking["papers"].as_array_mut().unwrap().push(json!("INTEREST_PROOF"));
    looking["fields"]["interest_proof"] = json!("債權憑證 115 年度司促字第 1 號");
    let looked = take(&app, "clerk1", &looking).expect(201).clone();
    let asks = |of: u32| {
        let asked = ask(&app, "citizen1", &person(of), &citizen(&app)).expect(201)["id"].clone();
        format!("/v1/certificates/{}", asked.as_str().unwrap())
    };
    let paths = [asks(HOST), asks(103)];
    mark(&app, "clerk1", &record_of(&app, &person(PROTECTED)), &order(&citizen(&app))).expect(201);
    let on = |path: &str, act: &str, body: &Value| {
        app.post(&format!("{path}:{act}")).user("clerk1").if_match("\"v1\"").json(body).send()
    };
    let why = json!({"reason": "其同住者受保護"});
    closed(&on(&paths[0], "issue", &json!({})));
    let reasons = paths.each_ref().map(|path| {
        on(path, "refuse", &why).expect(200);
        app.get(path).user("citizen1").send().expect(200)["reason"].clone()
    });
    assert_eq!(reasons, [json!("不符申請資格（戶籍法 §65）"), why["reason"].clone()]);
    // As a case too.
    act(&app, "clerk1", &looked, ":submit-for-review", &json!({})).refused(409, "protected");
    act(&app, "clerk1", &looked, ":refuse", &why).expect(200);
    let history = app.get(&at(&looked, "/history")).user("citizen1").send();
    assert_eq!(history.expect(200)["items"].as_array().unwrap().last().unwrap()["reason"], "不符申請資格（戶籍法 §65）");
}
