//! Entries are revoked and restored in any order: what stands again is judged as at its intake, in its own place, and what follows from
//! entries follows from those that stand.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, own, papers_of, registered, review, revoke, take};
use crate::certificates::{apply, transcript};
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::moves::{HEMEI, HEMEI_WEST, TAICHUNG, moving};
use crate::reinstatements::reinstate;
use crate::relations::{as_applicant, as_party, guardianship, parental};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};

/// A proposal to let a case stand again, which waits for nobody where it is refused.
fn propose(app: &TestApp, case: &Value, confirmed: bool) -> Answer {
    let body = json!({"reason": "誤撤他案", "office_error": false, "confirm_not_duplicate": confirmed});
    act(app, "clerk1", case, ":reinstate", &body)
}

/// Told of another case that may be the same.
fn is_told(app: &TestApp, case: &Value, other: &Value) {
    let told = propose(app, case, false);
    assert_eq!(told.refused(409, "possible_duplicate")["matches"][0]["id"], other["id"], "{}", told.text);
}

/// Refused, since these rest on the case.
fn rests(app: &TestApp, case: &Value, entry: &Value, law: &str) {
    let refused = act(app, "clerk1", case, ":revoke", &json!({"reason": "登記無效", "office_error": false}));
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "later_entry")], "{}", refused.text);
    let source = format!("cases/{}", entry["id"].as_str().unwrap());
    assert!(refused.text.contains(&source) && refused.text.contains(law), "{}", refused.text);
}

fn renamed(app: &TestApp, number: u32, (old, new): (&str, &str)) -> Value {
    let fields = json!({
        "kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false
    });
    let mut body = complete(app, own("NAME_GIVEN", number, fields, &[]));
    (body["parties"][0]["name"], body["applicant"]["name"]) = (json!(old), json!(old));
    body["confirm_not_duplicate"] = json!(true);
    let case = registered(app, &body);
    app.advance(Duration::seconds(1));
    case
}

fn born(parents: u32, child: u32) -> Value {
    let mut body = birth(parents);
    body["fields"]["national_id"] = female(child)["national_id"].clone();
    body
}

fn child(number: u32) -> Value {
    json!({"name": "測小安", "national_id": female(number)["national_id"]})
}

/// Every paper of a type's checklist.
fn all_papers(app: &TestApp, type_code: &str) -> Value {
    let list = app.get(&format!("/v1/case-types/{type_code}")).send().expect(200)["papers"].clone();
    list.as_array().unwrap().iter().map(|paper| paper["document"].clone()).collect()
}

/// A wedding of when a ceremony sufficed.
fn wed(app: &TestApp, man: u32, woman: u32) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!("2005-05-05");
    registered(app, &body)
}

/// A birth in wedlock, without an acknowledgment.
fn born_in_wedlock(app: &TestApp, parents: u32, child: u32) -> Value {
    let mut body = born(parents, child);
    (body["parties"][0]["birth_on"], body["parties"][1]["birth_on"]) = (json!(GROWN.1), json!(GROWN.0));
    let papers = body["papers"].as_array_mut().unwrap();
    papers.retain(|paper| paper != "ACK_PROOF");
    papers.push(json!("SURNAME_AGREEMENT"));
    registered(app, &body)
}

#[test]
fn what_was_entered_anew_is_told_to_whoever_lets_the_old_entry_stand_again() {
    let app = TestApp::new();
    let first = registered(&app, &born(50, 60));
    revoke(&app, &first);
    is_told(&app, &first, &registered(&app, &born(50, 61)));
    let number = |to: u32| {
        let fields = json!({
            "kind": "UID", "old_number": person(3)["national_id"], "new_number": person(to)["national_id"], "reason": "DUPLICATE"
        });
        let mut body = complete(&app, own("UID_CHANGE", 3, fields, &[]));
        body["event_on"] = json!("2026-11-20");
        registered(&app, &body)
    };
    let first = number(103);
    revoke(&app, &first);
    is_told(&app, &first, &number(104));
    let moved = |on: &str| registered(&app, &moving(&app, "MOVE_IN", 7, (TAICHUNG, HEMEI), on));
    let first = moved("2026-11-02");
    revoke(&app, &first);
    // What came between the proposal and the approval is told as well.
    propose(&app, &first, false).expect(200);
    let second = moved("2026-11-03");
    let approve = || act(&app, "chief1", &first, ":approve-change", &json!({}));
    assert_eq!(approve().refused(409, "possible_duplicate")["matches"][0]["id"], second["id"]);
    act(&app, "clerk1", &first, ":withdraw-change", &json!({"reason": "再查"})).expect(200);
    is_told(&app, &first, &second);
    // Whoever has looked says that it is another matter.
    propose(&app, &first, true).expect(200);
    assert_eq!(approve().expect(200)["status"], "REGISTERED");
}

#[test]
fn a_household_is_registered_for_the_first_time_once() {
    let app = TestApp::new();
    let resident = huzheng::people::IdNumber::make("A90000001").unwrap().expose().to_owned();
    let initial = |number: u32| {
        let subject = json!({"role": "SUBJECT", "name": "阮氏明", "national_id": resident, "birth_on": "1990-02-03"});
        let fields = json!({
            "kind": "COMMON", "matter": format!("初設戶籍 {number}"), "new_number": female(number)["national_id"]
        });
        registered(
            &app,
            &json!({
                "type_code": "INITIAL", "parties": [subject], "event_on": "2026-11-20", "fields": fields,
                "applicant": {"name": "阮氏明", "national_id": resident, "relation": "SELF"},
                "papers": papers_of(&app, "INITIAL"), "confirm_not_duplicate": true
            }),
        )
    };
    let first = initial(50);
    revoke(&app, &first);
    let second = initial(51);
    is_told(&app, &first, &second);
    revoke(&app, &second);
    reinstate(&app, &first).expect(200);
}

#[test]
fn a_limit_that_others_have_used_up_since_is_no_less_one() {
    let app = TestApp::new();
    renamed(&app, 1, ("測試甲", "測試一"));
    renamed(&app, 1, ("測試一", "測試二"));
    let third = renamed(&app, 1, ("測試二", "測試三"));
    revoke(&app, &third);
    let anew = renamed(&app, 1, ("測試二", "測試四"));
    let refused = propose(&app, &third, true);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/fields/earlier_changes", "range")], "{}", refused.text);
    assert!(refused.text.contains("姓名條例 §9"), "{}", refused.text);
    revoke(&app, &anew);
    reinstate(&app, &third).expect(200);
    let out = |on: &str| registered(&app, &moving(&app, "MOVE_OUT", 7, (HEMEI, TAICHUNG), on));
    let first = out("2026-11-16");
    revoke(&app, &first);
    // On its own day as well it is the first of the two.
    for on in ["2026-11-16", "2026-11-18"] {
        let second = out(on);
        let refused = propose(&app, &first, true);
        refused.refused(409, "conflict");
        assert_eq!(refused.fields(), [field("/event_on", "later_entry")], "{}", refused.text);
        revoke(&app, &second);
    }
    reinstate(&app, &first).expect(200);
}

#[test]
fn a_minors_change_of_name_does_not_stand_again_beside_another() {
    let app = TestApp::new();
    let change = |new: &str| {
        let fields = json!({
            "kind": "NAME", "old_name": person(40)["name"], "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0,
            "barred": false
        });
        let mut body = own("NAME_GIVEN", 40, fields, &[]);
        body["parties"][0]["birth_on"] = json!("2010-05-04");
        (body["applicant"], body["papers"]) = (as_applicant(female(900), "LEGAL_REPRESENTATIVE"), all_papers(&app, "NAME_GIVEN"));
        registered(&app, &body)
    };
    let first = change("測新名");
    revoke(&app, &first);
    let anew = change("測他名");
    let refused = propose(&app, &first, true);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/fields/earlier_changes", "too_young")], "{}", refused.text);
    revoke(&app, &anew);
    reinstate(&app, &first).expect(200);
}

#[test]
fn what_a_case_took_for_the_name_of_before_is_what_its_papers_showed() {
    let app = TestApp::new();
    let first = renamed(&app, 1, ("測試甲", "測試一"));
    let second = renamed(&app, 1, ("測試一", "測試二"));
    correct(&app, &first, json!([{"pointer": "/fields/new_name", "value": "測試壹"}])).expect(200);
    let name = || {
        let all = facts(&app, &person_id(&app, &person(1)));
        all.iter().find(|fact| fact["kind"] == "NAME" && fact["is_todays"] == true).unwrap()["value"].clone()
    };
    revoke(&app, &second);
    assert_eq!(name(), "測試壹");
    assert_eq!(reinstate(&app, &second).expect(200)["status"], "REGISTERED");
    assert_eq!(name(), "測試二");
}

#[test]
fn a_certificate_is_valid_again_once_every_entry_stands_on_which_it_rests() {
    let app = TestApp::new();
    let first = renamed(&app, 1, ("測試甲", "測試一"));
    let second = renamed(&app, 1, ("測試一", "測試二"));
    let mut record = transcript(1);
    (record["kind"], record["scope"]) = (json!("CERT_NAME_RECORD"), json!("PERSON"));
    (record["person"]["name"], record["applicant"]["name"]) = (json!("測試二"), json!("測試二"));
    let issued = apply(&app, "clerk1", &record).expect(201).clone();
    app.advance(Duration::seconds(1));
    let genuine = || {
        let proof = json!({"serial": issued["serial"], "check_code": issued["check_code"]});
        app.post("/v1/certificates:verify").json(&proof).send().expect(200)["genuine"].clone()
    };
    assert_eq!(genuine(), true);
    revoke(&app, &first);
    revoke(&app, &second);
    reinstate(&app, &first).expect(200);
    assert_eq!(genuine(), false, "the second change of name is still revoked");
    let path = format!("/v1/certificates/{}:reinstate", issued["id"].as_str().unwrap());
    app.post(&path).user("clerk2").if_match("*").json(&json!({"reason": "誤作廢"})).send().refused(409, "conflict");
    reinstate(&app, &second).expect(200);
    assert_eq!(genuine(), true);
}

fn seal(app: &TestApp, code: &str) -> Value {
    let mut body = complete(app, own(code, 7, json!({"kind": "SEAL", "village_code": "10007040-001"}), &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

/// Whoever has the seal died today.
fn died(app: &TestApp) -> Value {
    let mut body = death(app, 7);
    (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-23"), json!("2026-11-23"));
    registered(app, &body)
}

/// A certificate for whoever has a seal.
fn certified(app: &TestApp, kind: &str, relation: &str) -> Answer {
    let applicant = as_applicant(person(7), relation);
    let body = json!({
        "kind": kind, "person": person(7), "applicant": applicant, "scope": "PERSON", "purpose": "貸款", "copies": 1
    });
    apply(app, "clerk1", &body)
}

fn has_seal(app: &TestApp) -> bool {
    certified(app, "SEAL_CERT", "SELF").status == 201
}

#[test]
fn a_seal_lives_only_while_nothing_stands_that_ends_it() {
    let app = TestApp::new();
    let registration = registered(&app, &seal(&app, "SEAL_REGISTER"));
    let away = registered(&app, &moving(&app, "MOVE_OUT", 7, (HEMEI, TAICHUNG), "2026-11-04"));
    let dead = died(&app);
    // Both are taken back and stand again the other way round.
    revoke(&app, &dead);
    revoke(&app, &away);
    assert!(has_seal(&app));
    reinstate(&app, &dead).expect(200);
    reinstate(&app, &away).expect(200);
    revoke(&app, &dead);
    assert!(!has_seal(&app), "they have moved out");
    // So does the seal itself under the two.
    reinstate(&app, &dead).expect(200);
    revoke(&app, &registration);
    reinstate(&app, &registration).expect(200);
    revoke(&app, &dead);
    assert!(!has_seal(&app), "they have moved out");
    revoke(&app, &away);
    assert!(has_seal(&app));
    // A seal that was revoked when they left has ended with that.
    revoke(&app, &registration);
    reinstate(&app, &away).expect(200);
    assert_eq!(reinstate(&app, &registration).expect(200)["status"], "REGISTERED");
    assert!(!has_seal(&app));
    revoke(&app, &away);
    assert!(has_seal(&app));
}

#[test]
fn what_changes_a_seal_follows_on_one_that_stood_in_its_place() {
    let app = TestApp::new();
    registered(&app, &seal(&app, "SEAL_REGISTER"));
    let changed = registered(&app, &seal(&app, "SEAL_CHANGE"));
    revoke(&app, &changed);
    let dead = died(&app);
    reinstate(&app, &changed).expect(200);
    revoke(&app, &dead);
    assert!(has_seal(&app));
    let cancelled = registered(&app, &seal(&app, "SEAL_CANCEL"));
    revoke(&app, &cancelled);
    registered(&app, &seal(&app, "SEAL_CHANGE"));
    propose(&app, &cancelled, true).refused(409, "conflict");
}

#[test]
fn what_no_approval_would_enter_is_refused_where_it_is_proposed_and_leaves_nothing() {
    let app = TestApp::new();
    registered(&app, &seal(&app, "SEAL_REGISTER"));
    let changed = registered(&app, &seal(&app, "SEAL_CHANGE"));
    let other = take(&app, "clerk1", &matter(8)).expect(201)["parties"][0]["person_id"].as_str().unwrap().to_owned();
    let (before, logged) = (facts(&app, &other), logged(&app));
    // Whoever it is said to be of has no seal to change.
    let of_another = ["/parties/0", "/applicant"].iter().flat_map(|of| {
        ["name", "national_id"].map(|member| json!({"pointer": format!("{of}/{member}"), "value": person(8)[member]}))
    });
    let body = json!({"changes": of_another.collect::<Vec<_>>(), "reason": "誤載他人", "office_error": false});
    act(&app, "clerk1", &changed, ":correct", &body).refused(409, "conflict");
    // Nothing of it stays: no change that waits, no fact, no line in the log or in the book.
    assert_eq!(app.get(&at(&changed, "/changes")).user("clerk1").send().expect(200)["items"], json!([]));
    assert_eq!((facts(&app, &other), self::logged(&app)), (before, logged));
    let book = || app.get("/v1/record-books/maintenance").user("chief1").send().expect(200)["items"].as_array().unwrap().len();
    assert_eq!(book(), 0);
    assert!(has_seal(&app));
    // What is proposed and can be approved is entered once, by its approval.
    let village = json!([{"pointer": "/fields/village_code", "value": "10007040-002"}]);
    let body = json!({"changes": village, "reason": "誤載", "office_error": false});
    act(&app, "clerk1", &changed, ":correct", &body).expect(200);
    assert_eq!(book(), 0);
    act(&app, "chief1", &changed, ":approve-change", &json!({})).expect(200);
    assert_eq!(book(), 1);
}

/// How many seals and numbers were ended, restored or given, as the audit log has it.
fn logged(app: &TestApp) -> usize {
    let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200)["items"].clone();
    let is_meant = |action: &str| action.starts_with("seal.") || action.starts_with("maintenance.");
    log.as_array().unwrap().iter().filter(|line| is_meant(line["action"].as_str().unwrap())).count()
}

#[test]
fn the_office_of_the_household_alone_registers_a_seal_and_gives_its_first_certificate() {
    let app = TestApp::new();
    let head = "HOUSEHOLD_HEAD";
    let away = registered(&app, &moving(&app, "MOVE_OUT", 7, (HEMEI, TAICHUNG), "2026-11-04"));
    let there = [field("/parties/0/national_id", "not_registered_there")];
    assert_eq!(take(&app, "clerk1", &seal(&app, "SEAL_REGISTER")).fields(), there);
    let household = json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": true});
    let mut first = complete(&app, own("HC_FIRST", 7, household, &[]));
    first["applicant"] = as_applicant(person(7), head);
    assert_eq!(take(&app, "clerk1", &first).fields(), there);
    certified(&app, "HC_FIRST", head).refused(409, "conflict");
    revoke(&app, &away);
    certified(&app, "HC_FIRST", head).expect(201);
    take(&app, "clerk1", &seal(&app, "SEAL_REGISTER")).expect(201);
}

#[test]
fn an_entry_stays_revoked_under_the_application_by_which_it_was() {
    let app = TestApp::new();
    let case = registered(&app, &complete(&app, matter(1)));
    revoke(&app, &case);
    let fields = json!({"kind": "COMMON", "matter": "登記自始不存在", "revokes": case["number"]});
    let mut body = complete(&app, own("REVOCATION", 1, fields, &[]));
    body["event_on"] = json!("2026-11-20");
    let application = registered(&app, &body);
    let refused = propose(&app, &case, true);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "later_entry")], "{}", refused.text);
    assert!(refused.text.contains(application["number"].as_str().unwrap()), "{}", refused.text);
    revoke(&app, &application);
    reinstate(&app, &case).expect(200);
}

#[test]
fn what_a_clerk_should_look_at_is_told_while_a_reinstatement_waits() {
    let app = TestApp::new();
    let acknowledged = |child: Value| {
        let father = as_party(person(90), "FATHER");
        registered(&app, &parental(&app, "PARENTAGE", (child, father), "ACKNOWLEDGER"))
    };
    acknowledged(person(91));
    let case = acknowledged(female(92));
    revoke(&app, &case);
    registered(&app, &married(&app, 91, 92, GROWN));
    let hints = |shown: &Value| shown["register_hints"].clone();
    let seen = || app.get(&at(&case, "")).user("chief1").send().expect(200).clone();
    assert_eq!(hints(&seen()), json!([]));
    let proposed = propose(&app, &case, false).expect(200).clone();
    assert_eq!((&hints(&proposed)[0]["kind"], hints(&seen())), (&json!("SPOUSES_BECOME_KIN"), hints(&proposed)));
    act(&app, "clerk1", &case, ":withdraw-change", &json!({"reason": "再查"})).expect(200);
    assert_eq!(hints(&seen()), json!([]));
}

#[test]
fn a_father_by_marriage_stays_while_the_marriage_does() {
    let app = TestApp::new();
    let wedding = wed(&app, 11, 11);
    let birth = born_in_wedlock(&app, 11, 12);
    rests(&app, &wedding, &birth, "民法 §1061");
    // By a divorce of long before the birth he never was the father: a clerk looks.
    let hints = |day: &str| {
        let mut body = married(&app, 11, 11, GROWN);
        (body["type_code"], body["event_on"], body["applicant"]["relation"]) =
            (json!("DIVORCE_COURT"), json!(day), json!("ONE_PARTY"));
        body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": day});
        let check = app.post("/v1/cases:check").user("clerk1").json(&complete(&app, body)).send();
        check.expect(200)["register_hints"].clone()
    };
    let children = json!([birth["parties"][2]["person_id"]]);
    let told = json!([{"pointer": "/fields/final_on", "kind": "FATHER_BY_MARRIAGE", "person_ids": children}]);
    assert_eq!((hints("2025-06-01"), hints("2026-10-01")), (told, json!([])));
    revoke(&app, &birth);
    revoke(&app, &wedding);
}

#[test]
fn who_exercises_the_rights_of_a_parent_by_agreement_rests_on_the_divorce() {
    let app = TestApp::new();
    let births = ("1993-02-11", "1995-05-04");
    registered(&app, &born(13, 14));
    registered(&app, &married(&app, 13, 13, births));
    app.advance(Duration::days(1));
    let mut parted = married(&app, 13, 13, births);
    parted["type_code"] = json!("DIVORCE_AGREED");
    parted["fields"] = json!({"kind": "DIVORCE", "witnesses": parted["fields"]["witnesses"]});
    parted["papers"] = all_papers(&app, "DIVORCE_AGREED");
    let parted = registered(&app, &parted);
    let father = as_party(person(13), "FATHER");
    let mut rights = parental(&app, "PARENTAL_RIGHTS", (child(14), father), "PARENT_ONE_OR_BOTH");
    (rights["event_on"], rights["papers"]) = (json!(app.now().date()), all_papers(&app, "PARENTAL_RIGHTS"));
    let rights = registered(&app, &rights);
    rests(&app, &parted, &rights, "民法 §1055");
    revoke(&app, &rights);
    revoke(&app, &parted);
    let refused = propose(&app, &rights, false);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field("/status", "not_registered")], "{}", refused.text);
    reinstate(&app, &parted).expect(200);
    reinstate(&app, &rights).expect(200);
}

#[test]
fn another_guardian_takes_the_place_of_one_who_was_appointed() {
    let app = TestApp::new();
    let declared = registered(&app, &guardianship(&app, 103, (Some(104), "DECLARED"), "2026-11-01"));
    let changed = registered(&app, &guardianship(&app, 103, (Some(105), "CHANGED"), "2026-11-10"));
    rests(&app, &declared, &changed, "民法 §14");
    revoke(&app, &changed);
    revoke(&app, &declared);
}

#[test]
fn a_birth_is_not_revoked_under_the_card_of_whoever_was_born() {
    let app = TestApp::new();
    let mut born = born(20, 21);
    born["parties"].as_array_mut().unwrap().pop();
    born["fields"]["surname_from"] = json!("MOTHER");
    let birth = registered(&app, &born);
    let mut card = own("ID_FIRST", 21, json!({"kind": "ID_CARD", "photo_taken_on": "2026-11-15"}), &[]);
    card["parties"] = json!([as_party(child(21), "SUBJECT")]);
    card["applicant"] = as_applicant(female(20), "LEGAL_REPRESENTATIVE");
    card["papers"] = all_papers(&app, "ID_FIRST");
    let card = registered(&app, &card);
    rests(&app, &birth, &card, "民法 §6");
    revoke(&app, &card);
    revoke(&app, &birth);
}

/// A court's divorce of two, of today.
fn divorce(app: &TestApp, man: u32, woman: u32) -> Value {
    let today = json!(app.now().date());
    let mut body = married(app, man, woman, GROWN);
    (body["type_code"], body["applicant"]["relation"]) = (json!("DIVORCE_COURT"), json!("ONE_PARTY"));
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": today});
    (body["event_on"], body["papers"]) = (today, all_papers(app, "DIVORCE_COURT"));
    body
}

/// A court has divorced two whose marriage the register does not know.
fn divorced(app: &TestApp, man: u32, woman: u32) -> Value {
    registered(app, &divorce(app, man, woman))
}

#[test]
fn of_one_day_that_comes_later_which_was_registered_later_whichever_case_was_begun_first() {
    let app = TestApp::new();
    let next = || app.advance(Duration::seconds(1));
    let ended = take(&app, "clerk1", &divorce(&app, 71, 72)).expect(201).clone();
    next();
    let wedding = registered(&app, &married(&app, 71, 72, GROWN));
    next();
    act(&app, "clerk1", &ended, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &ended, "PASS").expect(201);
    let marriage = facts(&app, wedding["parties"][0]["person_id"].as_str().unwrap());
    let marriage = marriage.iter().find(|fact| fact["kind"] == "MARRIAGE").unwrap();
    assert_eq!(marriage["is_todays"], false, "{marriage}");
    take(&app, "clerk1", &married(&app, 71, 73, GROWN)).expect(201);
}

#[test]
fn what_was_registered_later_on_its_day_keeps_no_entry_from_standing_again() {
    let app = TestApp::new();
    let next = || app.advance(Duration::seconds(1));
    // A divorce, before the marriage of the same day.
    let divorce = divorced(&app, 61, 62);
    next();
    registered(&app, &married(&app, 61, 63, GROWN));
    next();
    revoke(&app, &divorce);
    reinstate(&app, &divorce).expect(200);
    let again = take(&app, "clerk1", &married(&app, 61, 64, GROWN));
    assert_eq!(again.fields(), [field("/parties/0/national_id", "already_married")]);
    // A move, before the one that goes on from there.
    let on = "2026-11-16";
    let out = registered(&app, &moving(&app, "MOVE_OUT", 7, (HEMEI, TAICHUNG), on));
    revoke(&app, &out);
    next();
    registered(&app, &moving(&app, "MOVE_IN", 7, (TAICHUNG, HEMEI_WEST), on));
    reinstate(&app, &out).expect(200);
    // A name, before the nationality was lost.
    let name = renamed(&app, 8, ("測試辛", "測試八"));
    let permission = json!({"number": "台內戶字第1150123456號", "permitted_on": app.now().date()});
    let fields = json!({"kind": "NATIONALITY", "nationality": "日本", "permission": permission});
    let mut loss = complete(&app, own("NAT_LOSS", 8, fields, &[]));
    (loss["parties"][0]["name"], loss["applicant"]["name"]) = (json!("測試八"), json!("測試八"));
    registered(&app, &loss);
    revoke(&app, &name);
    reinstate(&app, &name).expect(200);
}

#[test]
fn whatever_the_order_of_a_day_nobody_is_married_twice() {
    let app = TestApp::new();
    let first = registered(&app, &married(&app, 71, 72, GROWN));
    revoke(&app, &first);
    app.advance(Duration::seconds(1));
    let second = registered(&app, &married(&app, 71, 73, GROWN));
    propose(&app, &first, true).expect(200);
    let told = act(&app, "chief1", &first, ":approve-change", &json!({}));
    assert_eq!(told.refused(409, "register_contradicts")["contradictions"][0]["later_case_id"], second["id"], "{}", told.text);
}
