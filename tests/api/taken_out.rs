//! Whoever a correction takes out of an entry: what certifies it of them is void, what shows it is outdated, and they are told of a
//! mistake of the office (戶籍法 §22, §46; 施行細則 §15).

use chrono::Duration;
use serde_json::{Value, json};

use crate::capacity::seal;
use crate::cases::{act, registered};
use crate::certificates::{apply, transcript};
use crate::known::{death, field};
use crate::moves::{HEMEI, TAICHUNG, moving};
use crate::reaching::read;
use crate::relations::as_party;
use crate::status::person_id;
use crate::support::{Answer, TestApp, female, person};

/// Changes by which somebody else stands at these places.
pub fn replaced(places: &[&str], who: &Value) -> Value {
    let of = |place: &&str| {
        ["national_id", "name"].map(|member| json!({"pointer": format!("{place}/{member}"), "value": who[member]}))
    };
    places.iter().flat_map(of).collect()
}

/// Corrects a registered case by two people, a second after what was done before.
pub fn amend(app: &TestApp, case: &Value, changes: &Value, papers: &[&str], office_error: bool) -> Answer {
    app.advance(Duration::seconds(1));
    let body = json!({"changes": changes, "papers": papers, "reason": "登錄錯人", "office_error": office_error});
    act(app, "clerk1", case, ":correct", &body).expect(200);
    let approved = act(app, "chief1", case, ":approve-change", &json!({}));
    app.advance(Duration::seconds(1));
    approved
}

fn issued(app: &TestApp, number: u32, kind: &str, case: Option<&Value>) -> Value {
    let mut body = transcript(number);
    body["kind"] = json!(kind);
    if kind == "CERT_MOVE_RECORD" {
        body["scope"] = json!("PERSON");
    }
    if let Some(case) = case {
        body["case_id"] = case["id"].clone();
    }
    apply(app, "clerk1", &body).expect(201).clone()
}

/// Its status, and whether it is outdated.
fn now(app: &TestApp, certificate: &Value) -> (Value, Value) {
    let path = format!("/v1/certificates/{}", certificate["id"].as_str().unwrap());
    let one = read(app, "clerk2", &path);
    (one["status"].clone(), one["outdated"].clone())
}

/// Whether it is genuine and outdated to whoever holds it.
fn verdict(app: &TestApp, certificate: &Value) -> (Value, Value) {
    let proof = json!({"serial": certificate["serial"], "check_code": certificate["check_code"]});
    let told = app.post("/v1/certificates:verify").json(&proof).send().expect(200).clone();
    (told["genuine"].clone(), told["outdated"].clone())
}

fn void() -> (Value, Value) {
    (json!("VOIDED"), json!(false))
}

fn valid(outdated: bool) -> (Value, Value) {
    (json!("ISSUED"), json!(outdated))
}

#[test]
fn a_seal_certificate_of_whoever_never_had_the_seal_is_void_until_they_are_put_back() {
    let app = TestApp::new();
    let case = registered(&app, &seal(&app, 1, &person(1), "SELF"));
    app.advance(Duration::seconds(1));
    let (bare, named) = (issued(&app, 1, "SEAL_CERT", None), issued(&app, 1, "SEAL_CERT", Some(&case)));
    let shown = issued(&app, 1, "TRANSCRIPT_ZH", None);
    assert_eq!((now(&app, &bare), now(&app, &named), now(&app, &shown)), (valid(false), valid(false), valid(false)));
    amend(&app, &case, &replaced(&["/parties/0", "/applicant"], &person(2)), &[], true).expect(200);
    assert_eq!((now(&app, &bare), now(&app, &named), now(&app, &shown)), (void(), void(), valid(true)));
    assert_eq!((verdict(&app, &bare).0, verdict(&app, &shown)), (json!(false), (json!(true), json!(true))));
    // Nobody lets it be valid by hand.
    let path = format!("/v1/certificates/{}:reinstate", bare["id"].as_str().unwrap());
    app.post(&path).user("clerk2").if_match("*").json(&json!({"reason": "誤作廢"})).send().refused(409, "conflict");
    let others = issued(&app, 2, "SEAL_CERT", None);
    assert_eq!(now(&app, &others), valid(false));
    app.advance(Duration::seconds(1));
    // The case as a whole goes and comes back, and none of it is the first one's.
    act(&app, "clerk1", &case, ":revoke", &json!({"reason": "撤銷", "office_error": false})).expect(200);
    act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200);
    assert_eq!((now(&app, &bare), now(&app, &others)), (void(), void()));
    app.advance(Duration::seconds(1));
    crate::reinstatements::reinstate(&app, &case).expect(200);
    assert_eq!((now(&app, &bare), now(&app, &others)), (void(), valid(false)));
    amend(&app, &case, &replaced(&["/parties/0", "/applicant"], &person(1)), &[], true).expect(200);
    assert_eq!((now(&app, &bare), now(&app, &named), now(&app, &others)), (valid(true), valid(true), void()));
}

#[test]
fn a_transcript_shows_a_move_no_more_of_whom_a_correction_has_added_and_taken_out_again() {
    let app = TestApp::new();
    let case = registered(&app, &moving(&app, "MOVE_IN", 70, (TAICHUNG, HEMEI), "2026-11-04"));
    app.advance(Duration::seconds(1));
    let of_subject = issued(&app, 70, "TRANSCRIPT_ZH", None);
    let add = json!([{"pointer": "/parties/-", "value": as_party(person(71), "MEMBER")}]);
    amend(&app, &case, &add, &["REPRESENTATIVE_PROOF"], false).expect(200);
    assert_eq!(now(&app, &of_subject), valid(true));
    let (of_member, record) = (issued(&app, 71, "TRANSCRIPT_ZH", None), issued(&app, 71, "CERT_MOVE_RECORD", None));
    assert_eq!((now(&app, &of_member), now(&app, &record)), (valid(false), valid(false)));
    let mut waiting = transcript(71);
    (waiting["kind"], waiting["scope"], waiting["case_id"]) = (json!("KINSHIP"), json!("PERSON"), case["id"].clone());
    (waiting["applicant"]["relation"], waiting["papers"]) = (json!("LISTED_PURPOSE_APPLICANT"), json!(["PURPOSE_PROOF"]));
    waiting.as_object_mut().unwrap().remove("sheets");
    let waiting = apply(&app, "clerk1", &waiting).expect(201).clone();
    let path = format!("/v1/certificates/{}", waiting["id"].as_str().unwrap());
    let may_issue = || read(&app, "clerk2", &path)["allowed_actions"].as_array().unwrap().contains(&json!("issue"));
    assert!(may_issue());
    amend(&app, &case, &json!([{"pointer": "/parties/1", "value": null}]), &[], false).expect(200);
    assert!(!may_issue());
    app.post(&format!("{path}:issue")).user("clerk2").if_match("*").json(&json!({})).send().refused(409, "conflict");
    assert_eq!((now(&app, &of_subject), now(&app, &of_member), now(&app, &record)), (valid(true), valid(true), void()));
    assert_eq!(verdict(&app, &of_member), (json!(true), json!(true)));
    let anew = issued(&app, 71, "TRANSCRIPT_ZH", None);
    // What becomes of the move from now on is nothing of theirs.
    let road = json!([{"pointer": "/fields/to_address", "value": "彰化縣和美鎮和東里1鄰彰美路五段3號"}]);
    amend(&app, &case, &road, &[], false).expect(200);
    assert_eq!(now(&app, &anew), valid(false));
}

/// Whom the office calls about its own entries, with the state and how to reach them.
fn told(app: &TestApp) -> Vec<(Value, Value, Value)> {
    let list = read(app, "clerk1", "/v1/call-list?kind=ENTRY")["items"].clone();
    let one = |call: &Value| (call["person_id"].clone(), call["status"].clone(), call["contact"]["phone"].clone());
    list.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn whoever_was_entered_as_dead_by_mistake_is_told_and_so_is_whoever_applied() {
    let app = TestApp::new();
    let mut body = death(&app, 21);
    body["contact"] = json!({"phone": "0912345678"});
    let case = registered(&app, &body);
    assert_eq!(told(&app), []);
    amend(&app, &case, &replaced(&["/parties/0"], &person(22)), &[], true).expect(200);
    let (living, applicant) = (json!(person_id(&app, &person(21))), json!(person_id(&app, &female(900))));
    let list = told(&app);
    let of = |who: &Value, list: &[(Value, Value, Value)]| list.iter().find(|(one, ..)| one == who).cloned().unwrap();
    assert_eq!(list.len(), 2, "{list:?}");
    assert_eq!(of(&living, &list).2, Value::Null, "how to reach the applicant is nothing of theirs");
    assert!(of(&applicant, &list).2.is_string(), "{list:?}");
    // Each of them is called by themselves.
    let record = format!("cases/{}", case["id"].as_str().unwrap());
    let note = |who: Option<&Value>| {
        let mut note = json!({"kind": "ENTRY", "record": record, "status": "REACHED"});
        if let Some(who) = who {
            note["person_id"] = who.clone();
        }
        app.post("/v1/call-list:note").user("clerk1").json(&note).send()
    };
    assert_eq!(note(None).fields(), [field("/person_id", "required")]);
    assert_eq!(note(Some(&living)).expect(200)["person_id"], living);
    let list = told(&app);
    assert_eq!((of(&living, &list).1, of(&applicant, &list).1), (json!("REACHED"), json!("TO_CALL")));
    note(Some(&json!(person_id(&app, &person(22))))).refused(404, "not_found");
}

#[test]
fn everybody_whom_a_correction_adds_or_takes_out_is_told_whosever_mistake_it_was() {
    let app = TestApp::new();
    let case = registered(&app, &moving(&app, "MOVE_IN", 70, (TAICHUNG, HEMEI), "2026-11-04"));
    let add = |number: u32| json!([{"pointer": "/parties/-", "value": as_party(person(number), "MEMBER")}]);
    let whom = |app: &TestApp| {
        let mut whom: Vec<Value> = told(app).into_iter().map(|(person, ..)| person).collect();
        whom.sort_by_key(ToString::to_string);
        whom
    };
    let ids = |numbers: &[u32]| {
        let mut ids: Vec<Value> = numbers.iter().map(|number| json!(person_id(&app, &person(*number)))).collect();
        ids.sort_by_key(ToString::to_string);
        ids
    };
    amend(&app, &case, &add(71), &["REPRESENTATIVE_PROOF"], false).expect(200);
    assert_eq!(whom(&app), ids(&[71]), "what was applied for is known to whoever applied");
    amend(&app, &case, &add(72), &["REPRESENTATIVE_PROOF"], true).expect(200);
    assert_eq!(whom(&app), ids(&[70, 71, 72]), "of a mistake of the office everybody");
    amend(&app, &case, &json!([{"pointer": "/parties/1", "value": null}]), &[], true).expect(200);
    assert_eq!(whom(&app), ids(&[70, 71, 72]));
}
