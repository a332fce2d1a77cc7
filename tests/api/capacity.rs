//! Who can act, for whom, and by which papers: guardianship, minority, parents, proxies, both parties, nationals.

use serde_json::{Value, json};

use crate::cases::{birth, move_in, own, registered, revoke, take};
use crate::known::{GROWN, complete, death, declared, field, married, matter};
use crate::support::{Answer, TestApp, called, female, person};

pub fn with(mut who: Value, member: &str, value: &str) -> Value {
    who[member] = json!(value);
    who
}

fn no_capacity(pointer: &str) -> Vec<(String, String)> {
    vec![field(pointer, "no_capacity")]
}

/// A ruling that somebody is under guardianship or assistance of another from a day on.
pub fn ruling(app: &TestApp, type_code: &str, (who, by): (u32, u32)) -> Value {
    let mut body =
        complete(app, own(type_code, who, json!({"kind": "COMMON", "matter": "宣告", "ground": "115 年度監宣字第 1 號"}), &[]));
    body["parties"].as_array_mut().unwrap().push(with(person(by), "role", "GUARDIAN"));
    let relation = if type_code == "ASSISTANCE" { "ASSISTANT" } else { "GUARDIAN" };
    (body["applicant"], body["event_on"]) = (with(person(by), "relation", relation), json!("2026-11-20"));
    body
}

/// Registers a minor's day of birth, at their representative's word.
pub fn born(app: &TestApp, number: u32, day: &str) {
    let mut body = complete(app, own("BIRTHDATE_CORRECTION", number, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    body["papers"].as_array_mut().unwrap().push(json!("REPRESENTATIVE_PROOF"));
    body["parties"][0]["birth_on"] = json!(day);
    body["applicant"] = with(female(42), "relation", "LEGAL_REPRESENTATIVE");
    registered(app, &body);
}

pub fn seal(app: &TestApp, number: u32, applicant: &Value, relation: &str) -> Value {
    let mut body = complete(app, own("SEAL_REGISTER", number, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]));
    (body["applicant"], body["confirm_not_duplicate"]) = (with(applicant.clone(), "relation", relation), json!(true));
    body
}

fn renamed(app: &TestApp, number: u32) -> Value {
    let fields = json!({"kind": "NAME", "old_name": called(number), "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = complete(app, own("NAME_GIVEN", number, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

pub fn certificate(who: &Value, applicant: &Value, relation: &str) -> Value {
    json!({
        "kind": "TRANSCRIPT_ZH", "person": who, "applicant": with(applicant.clone(), "relation", relation), "scope": "PERSON",
        "purpose": "就學", "copies": 1
    })
}

fn apply(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/certificates").user("clerk1").once().json(body).send()
}

fn letter(app: &TestApp, principal: &Value, more: &Value) -> Answer {
    let mut body = json!({"proxy_username": "proxy1", "principal": principal, "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/v1/letters-of-proxy").user("clerk1").json(&body).send()
}

fn missing(case: &Value) -> Vec<&str> {
    case["missing_papers"].as_array().unwrap().iter().map(|paper| paper["document"].as_str().unwrap()).collect()
}

fn paper(kind: &str) -> Value {
    json!({"kind": kind, "number": "字第 1 號"})
}

#[test]
fn whoever_is_under_guardianship_acts_by_the_guardian_alone() {
    let app = TestApp::new();
    // What is only applied for refuses nobody.
    take(&app, "clerk1", &ruling(&app, "GUARDIANSHIP", (31, 32))).expect(201);
    take(&app, "clerk1", &seal(&app, 31, &person(31), "SELF")).expect(201);
    let mut again = ruling(&app, "GUARDIANSHIP", (31, 32));
    again["confirm_not_duplicate"] = json!(true);
    let case = registered(&app, &again);
    let refused = take(&app, "clerk1", &seal(&app, 31, &person(31), "SELF"));
    assert_eq!(refused.fields(), no_capacity("/applicant/national_id"));
    assert!(refused.text.contains("民法 §15"), "{}", refused.text);
    assert_eq!(take(&app, "clerk1", &renamed(&app, 31)).fields(), no_capacity("/applicant/national_id"));
    take(&app, "clerk1", &seal(&app, 31, &person(32), "LEGAL_REPRESENTATIVE")).expect(201);
    let other = take(&app, "clerk1", &seal(&app, 31, &person(33), "LEGAL_REPRESENTATIVE"));
    assert_eq!(other.fields(), [field("/applicant/relation", "not_representative")]);
    let own = certificate(&person(31), &person(31), "SELF");
    assert_eq!(apply(&app, &own).fields(), no_capacity("/applicant/national_id"));
    apply(&app, &certificate(&person(31), &person(32), "LEGAL_REPRESENTATIVE")).expect(201);
    let by_other = apply(&app, &certificate(&person(31), &person(33), "LEGAL_REPRESENTATIVE"));
    assert_eq!(by_other.fields(), [field("/applicant/relation", "not_representative")]);
    assert_eq!(letter(&app, &person(31), &json!({})).fields(), no_capacity("/principal/national_id"));
    // A visit is asked for by anybody, and what nobody can do for another wants a paper.
    let married = take(&app, "clerk1", &married(&app, 31, 34, GROWN)).expect(201).clone();
    assert_eq!(missing(&married), ["UNDERSTANDING_PROOF"]);
    // Whoever is a ward guards nobody.
    let ward = take(&app, "clerk1", &ruling(&app, "GUARDIANSHIP", (35, 31)));
    assert!(ward.fields().contains(&field("/parties/1/national_id", "no_capacity")), "{}", ward.text);
    revoke(&app, &case);
    take(&app, "clerk1", &renamed(&app, 31)).expect(201);
    apply(&app, &own).expect(201);
    letter(&app, &person(31), &json!({})).expect(201);
}

#[test]
fn a_ward_consents_to_nothing() {
    let app = TestApp::new();
    let mut body = complete(&app, move_in(36));
    body["confirm_not_duplicate"] = json!(true);
    let case = registered(&app, &body);
    registered(&app, &ruling(&app, "GUARDIANSHIP", (36, 37)));
    let notice = |by: &str| {
        let body =
            json!({"agencies": ["LOCAL_TAX"], "consent": {"at": "2026-11-23T09:00:00+08:00", "by": by, "form": "WRITTEN"}});
        app.post(&format!("/v1/cases/{}/agency-notices", case["id"].as_str().unwrap())).user("clerk1").once().json(&body).send()
    };
    assert_eq!(notice("SELF").fields(), no_capacity("/consent/by"));
    notice("LEGAL_REPRESENTATIVE").expect(201);
}

#[test]
fn a_minor_acts_with_the_consent_of_the_legal_representative() {
    let app = TestApp::new();
    born(&app, 41, "2010-05-04");
    let case = take(&app, "clerk1", &seal(&app, 41, &person(41), "SELF")).expect(201).clone();
    assert_eq!((missing(&case), &case["circumstances"]), (vec!["LEGAL_REP_CONSENT"], &json!(["LIMITED_CAPACITY"])));
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    let mut papers = case["papers"].as_array().unwrap().clone();
    papers.push(json!("LEGAL_REP_CONSENT"));
    let shown = app.call("PATCH", &path).user("clerk1").if_match("*").json(&json!({"papers": papers})).send();
    assert_eq!(missing(shown.expect(200)), [""; 0]);
    let mut present = seal(&app, 41, &person(41), "SELF");
    present["parties"].as_array_mut().unwrap().push(with(female(42), "role", "LEGAL_REPRESENTATIVE"));
    let present = take(&app, "clerk1", &present).expect(201).clone();
    assert_eq!(missing(&present), ["REPRESENTATIVE_PROOF"], "who consents is a party, and shows by what right");
    let mut own = certificate(&person(41), &person(41), "SELF");
    assert_eq!(apply(&app, &own).fields(), [field("/representative_paper", "required")]);
    own["representative_paper"] = paper("LEGAL_REP_CONSENT");
    assert_eq!(apply(&app, &own).expect(201)["representative_paper"], own["representative_paper"]);
    assert_eq!(letter(&app, &person(41), &json!({})).fields(), [field("/representative_paper", "required")]);
    letter(&app, &person(41), &json!({"representative_paper": paper("LEGAL_REP_CONSENT")})).expect(201);
    // Under seven nobody but the representative acts; the register does not know who that is, and a paper tells.
    born(&app, 43, "2021-05-04");
    assert_eq!(take(&app, "clerk1", &renamed(&app, 43)).fields(), no_capacity("/applicant/national_id"));
    assert_eq!(letter(&app, &person(43), &json!({})).fields(), no_capacity("/principal/national_id"));
    let mut child = certificate(&person(43), &female(42), "LEGAL_REPRESENTATIVE");
    assert_eq!(apply(&app, &child).fields(), [field("/representative_paper", "required")]);
    child["representative_paper"] = paper("HH_CERT");
    apply(&app, &child).expect(201);
    // Nothing but what shows it: no other paper, and no consent of whoever is none.
    let refused = [field("/representative_paper/kind", "not_allowed")];
    for kind in ["ID_CARD", "PASSPORT", "OTHER", "NONSENSE", "FEE", "LEGAL_REP_CONSENT"] {
        child["representative_paper"] = paper(kind);
        let told = apply(&app, &child);
        assert_eq!(told.fields(), refused, "{kind}");
        assert!(told.text.contains("REPRESENTATIVE_PROOF"), "{}", told.text);
    }
    for kind in ["HH_CERT", "FEE"] {
        own["representative_paper"] = paper(kind);
        assert_eq!(apply(&app, &own).fields(), refused, "{kind} is no consent");
        let consent = json!({"representative_paper": paper(kind)});
        assert_eq!(letter(&app, &person(41), &consent).fields(), refused, "{kind} is no consent");
    }
    let case = take(&app, "clerk1", &seal(&app, 43, &female(42), "LEGAL_REPRESENTATIVE")).expect(201).clone();
    assert_eq!(missing(&case), ["REPRESENTATIVE_PROOF"]);
}

#[test]
fn a_birthday_that_was_only_seen_asks_for_a_paper_and_refuses_nobody() {
    let app = TestApp::new();
    let mut seen = matter(44);
    seen["parties"][0]["birth_on"] = json!("2021-05-04");
    // Whoever says that they are five is told that somebody else applies.
    assert_eq!(take(&app, "clerk1", &seen).fields(), no_capacity("/applicant/national_id"));
    seen["applicant"] = with(female(42), "relation", "LEGAL_REPRESENTATIVE");
    take(&app, "clerk1", &seen).expect(201);
    assert_eq!(missing(take(&app, "clerk1", &seal(&app, 44, &person(44), "SELF")).expect(201)), ["LEGAL_REP_CONSENT"]);
    assert_eq!(
        apply(&app, &certificate(&person(44), &person(44), "SELF")).fields(),
        [field("/representative_paper", "required")]
    );
    // What somebody says online counts for nobody at the counter.
    declared(&app, "young", &person(45), "2021-05-04");
    apply(&app, &certificate(&person(45), &person(45), "SELF")).expect(201);
}

#[test]
fn a_presumed_birthday_is_said_to_be_presumed() {
    let app = TestApp::new();
    born(&app, 46, "2008-12");
    app.set_clock("2026-12-14T09:00:00+08:00");
    let own = certificate(&person(46), &person(46), "SELF");
    let asked = apply(&app, &own);
    assert_eq!(asked.fields(), [field("/representative_paper", "required")]);
    assert!(asked.text.contains("presumed: true"), "{}", asked.text);
    app.set_clock("2026-12-15T09:00:00+08:00");
    apply(&app, &own).expect(201);
}

#[test]
fn whoever_is_assisted_needs_consent_for_seals_alone() {
    let app = TestApp::new();
    registered(&app, &ruling(&app, "ASSISTANCE", (51, 52)));
    let case = take(&app, "clerk1", &seal(&app, 51, &person(51), "SELF")).expect(201).clone();
    assert_eq!(missing(&case), ["LEGAL_REP_CONSENT"]);
    assert_eq!(missing(take(&app, "clerk1", &renamed(&app, 51)).expect(201)), [""; 0]);
    apply(&app, &certificate(&person(51), &person(51), "SELF")).expect(201);
    letter(&app, &person(51), &json!({})).expect(201);
}

/// A child of one parent, who exercises the rights alone by a registered ruling.
pub fn custody(app: &TestApp, child: u32, parent: &Value) -> Value {
    let mut body = complete(app, own("PARENTAL_RIGHTS", child, json!({"kind": "COMMON", "matter": "由母行使負擔"}), &[]));
    body["parties"].as_array_mut().unwrap().push(with(parent.clone(), "role", "MOTHER"));
    (body["applicant"], body["event_on"]) = (with(parent.clone(), "relation", "PARENT_ONE_OR_BOTH"), json!("2026-11-20"));
    body["papers"].as_array_mut().unwrap().push(json!("RELATION_PROOF"));
    body
}

#[test]
fn a_parent_acts_online_on_what_the_register_knows_until_the_first_minute_of_the_18th_birthday() {
    let app = TestApp::new();
    let mother = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    born(&app, 61, "2008-11-25");
    let asked = |user: &str, parent: &Value| {
        let body = certificate(&person(61), parent, "LEGAL_REPRESENTATIVE");
        app.post("/v1/certificates").user(user).once().json(&body).send()
    };
    let refused = [field("/applicant/relation", "not_representative")];
    assert_eq!(asked("citizen1", &mother).fields(), refused, "the register cannot tell");
    registered(&app, &custody(&app, 61, &mother));
    let first = asked("citizen1", &mother).expect(201).clone();
    let other = json!({"name": "林示範", "national_id": app.citizen_number(2)});
    assert_eq!(asked("citizen2", &other).fields(), refused);
    // Somebody who only says who they are is told nothing else.
    let token = declared(&app, "stranger", &mother, "1964-05-04");
    let body = certificate(&person(61), &mother, "LEGAL_REPRESENTATIVE");
    let stranger = app.post("/v1/certificates").bearer(&token).once().json(&body).send();
    assert_eq!(stranger.fields(), refused);
    app.set_clock("2026-11-24T23:59:00+08:00");
    asked("citizen1", &mother).expect(201);
    app.set_clock("2026-11-25T00:00:00+08:00");
    assert_eq!(asked("citizen1", &mother).fields(), refused);
    let path = format!("/v1/certificates/{}:issue", first["id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match("\"v1\"").send().refused(409, "conflict");
    assert_eq!(apply(&app, &body).fields(), refused, "at the counter too");
}

#[test]
fn a_parent_is_no_custodian_where_the_register_does_not_say_so() {
    let app = TestApp::new();
    let mut body = birth(62);
    (body["fields"]["national_id"], body["fields"]["child_name"]) = (female(63)["national_id"].clone(), json!("測小安"));
    body["event_on"] = json!("2026-11-10");
    registered(&app, &body);
    let child = json!({"name": "測小安", "national_id": female(63)["national_id"]});
    let by = |parent: &Value| apply(&app, &certificate(&child, parent, "LEGAL_REPRESENTATIVE"));
    let paper = [field("/representative_paper", "required")];
    assert_eq!(by(&female(62)).fields(), paper, "two parents of whom the register knows no marriage");
    let wedding = registered(&app, &married(&app, 62, 62, ("1993-02-11", "1995-05-04")));
    by(&female(62)).expect(201);
    by(&person(62)).expect(201);
    assert_eq!(by(&person(64)).fields(), paper);
    revoke(&app, &wedding);
    assert_eq!(by(&person(62)).fields(), paper);
    // Whoever has outlived the other acts alone.
    registered(&app, &death(&app, 62));
    by(&female(62)).expect(201);
}

#[test]
fn a_proxy_at_the_counter_shows_a_letter() {
    let app = TestApp::new();
    let mut by_relation = certificate(&person(71), &person(72), "PROXY");
    assert_eq!(apply(&app, &by_relation).fields(), [field("/letter", "required")]);
    by_relation["letter"] = json!({"dated_on": "2020-01-02", "document": paper("POWER_OF_ATTORNEY")});
    assert_eq!(apply(&app, &by_relation).fields(), [field("/letter/dated_on", "too_old")]);
    let mut fee = by_relation.clone();
    fee["letter"]["document"] = paper("FEE");
    assert_eq!(apply(&app, &fee).fields(), [field("/letter/document/kind", "not_allowed")]);
    let noted = letter(&app, &person(71), &json!({"document": paper("NONSENSE")}));
    assert_eq!(noted.fields(), [field("/document/kind", "not_allowed")]);
    by_relation["letter"]["dated_on"] = json!("2026-11-20");
    let issued = apply(&app, &by_relation).expect(201).clone();
    assert_eq!(issued["letter"], by_relation["letter"]);
    let mut named = certificate(&person(71), &person(71), "SELF");
    named["proxy"] = person(72);
    assert_eq!(apply(&app, &named).fields(), [field("/letter", "required")]);
    named["letter"] = by_relation["letter"].clone();
    assert_eq!(apply(&app, &named).expect(201)["proxy"], "測○○乙");
    named["proxy"] = person(71);
    assert_eq!(apply(&app, &named).fields(), [field("/proxy/national_id", "same_person")]);
    let mut nobodys = certificate(&person(71), &person(71), "SELF");
    nobodys["letter"] = by_relation["letter"].clone();
    assert_eq!(apply(&app, &nobodys).fields(), [field("/letter", "not_allowed")]);
    // Cases ask for the same papers.
    let fields = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    let mut case = complete(&app, own("TRANSCRIPT_ZH", 71, fields, &[]));
    case["applicant"] = with(person(72), "relation", "PROXY");
    assert_eq!(missing(take(&app, "clerk1", &case).expect(201)), ["POWER_OF_ATTORNEY", "PROXY_ID"]);
    // Online nobody is anybody's proxy by saying so.
    let other = json!({"name": "林示範", "national_id": app.citizen_number(2)});
    let online = app.post("/v1/certificates").user("citizen2").once().json(&certificate(&person(71), &other, "PROXY")).send();
    assert_eq!(online.fields(), [field("/person/national_id", "no_letter_of_proxy")]);
    case["applicant"] = with(other, "relation", "PROXY");
    case["papers"] = json!([]);
    assert_eq!(take(&app, "citizen2", &case).fields(), [field("/parties/0/national_id", "no_letter_of_proxy")]);
    // Mandates end with the guardianship or the death of either side.
    registered(&app, &ruling(&app, "GUARDIANSHIP", (72, 73)));
    named["proxy"] = person(72);
    assert_eq!(apply(&app, &named).fields(), no_capacity("/proxy/national_id"));
    assert_eq!(apply(&app, &by_relation).fields(), no_capacity("/applicant/national_id"));
    registered(&app, &death(&app, 71));
    by_relation["applicant"] = with(person(74), "relation", "PROXY");
    assert_eq!(apply(&app, &by_relation).fields(), [field("/person/national_id", "person_deceased")]);
}

#[test]
fn a_marriage_by_proxy_wants_the_letter_and_no_spouse_stands_on_both_sides() {
    let app = TestApp::new();
    let mut body = married(&app, 81, 82, GROWN);
    let comes = |mut proxy: Value| {
        (proxy["reason"], proxy["dated_on"]) = (json!("住院"), json!("2026-11-20"));
        proxy
    };
    body["proxy"] = comes(person(83));
    assert_eq!(missing(take(&app, "clerk1", &body).expect(201)), ["POWER_OF_ATTORNEY", "PROXY_ID"]);
    body["proxy"] = comes(female(82));
    assert_eq!(take(&app, "clerk1", &body).fields(), [field("/proxy/national_id", "same_person")]);
}

#[test]
fn both_parties_apply_together() {
    let app = TestApp::new();
    let mut body = married(&app, 84, 85, GROWN);
    body["papers"].as_array_mut().unwrap().retain(|paper| paper != "BOTH_PARTIES_PRESENT");
    assert_eq!(take(&app, "clerk1", &body).fields(), [field("/papers", "required")]);
}

#[test]
fn an_interested_person_is_given_a_part() {
    let app = TestApp::new();
    let mut body = certificate(&person(86), &person(87), "INTERESTED_PERSON");
    (body["scope"], body["interest_proof"]) = (json!("WHOLE"), json!("債權憑證 115 年度司促字第 1 號"));
    assert_eq!(apply(&app, &body).fields(), [field("/scope", "not_allowed")]);
    body["scope"] = json!("PART");
    apply(&app, &body).expect(201);
    let fields = json!({"kind": "TRANSCRIPT", "scope": "WHOLE", "purpose": "繼承", "copies": 1, "interest_proof": "債權憑證"});
    let mut case = complete(&app, own("TRANSCRIPT_ZH", 86, fields, &[]));
    case["applicant"] = with(person(87), "relation", "INTERESTED_PERSON");
    assert_eq!(take(&app, "clerk1", &case).fields(), [field("/fields/scope", "not_allowed")]);
}

#[test]
fn households_are_of_nationals() {
    let app = TestApp::new();
    let mut foreign = complete(&app, move_in(88));
    for member in ["/parties/0", "/applicant"] {
        foreign.pointer_mut(member).unwrap()["national_id"] = json!("A800000014");
    }
    assert_eq!(take(&app, "clerk1", &foreign).fields(), [field("/parties/0/national_id", "not_national")]);
    let fields = json!({
        "kind": "NATIONALITY", "nationality": "日本", "forwarding_number": "彰和戶字第1150000123號",
        "permission": {"number": "台內戶字第1150123456號", "permitted_on": "2026-11-20"}
    });
    registered(&app, &complete(&app, own("NAT_LOSS", 89, fields, &[])));
    assert_eq!(take(&app, "clerk1", &move_in(89)).fields(), [field("/parties/0/national_id", "not_national")]);
}
