//! Moves by township: which office registers them, which kind of move it is, and where the register has whoever moves
//! (戶籍法 §16–18, §26).

use serde_json::{Value, json};

use crate::case_desk::door;
use crate::cases::{correct, move_in, own, registered, revoke, take};
use crate::known::{complete, field};
use crate::support::{Answer, TestApp, person};

pub const HEMEI: &str = "彰化縣和美鎮和東里1鄰彰美路五段1號";
pub const HEMEI_WEST: &str = "彰化縣和美鎮和西里2鄰彰新路5號";
pub const XIANXI: &str = "彰化縣線西鄉線西村2鄰和線路100巷5號";
pub const LUKANG: &str = "彰化縣鹿港鎮中山路1號";
pub const TAICHUNG: &str = "臺中市北區三民路一段2號";

/// A move of one person from one place to another, entered whole.
pub fn moving(app: &TestApp, kind: &str, number: u32, (from, to): (&str, &str), on: &str) -> Value {
    let mut fields = json!({"kind": kind, "from_address": from, "extent": "MEMBERS"});
    match (kind, to) {
        ("MOVE_OUT", "") => (fields["abroad"], fields["left_on"]) = (json!(true), json!("2020-01-01")),
        ("MOVE_OUT", to) => (fields["abroad"], fields["to_address"]) = (json!(false), json!(to)),
        (_, to) => {
            fields["to_address"] = json!(to);
            (fields["household_head"], fields["new_household"]) = (json!("王大明"), json!(false));
        }
    }
    let type_code = if kind == "MOVE_WITHIN" { "ADDRESS_CHANGE" } else { kind };
    let mut body = complete(app, own(type_code, number, fields, &[]));
    (body["event_on"], body["confirm_not_duplicate"]) = (json!(on), json!(true));
    body
}

fn asked(app: &TestApp, kind: &str, from: &str, to: &str) -> Answer {
    let body = moving(app, kind, 1, (from, to), "2026-11-20");
    app.post("/v1/cases:check").user("clerk1").json(&body).send()
}

const FROM: &str = "/fields/from_address";
const TO: &str = "/fields/to_address";

#[test]
fn a_move_is_registered_where_the_law_says_and_another_office_is_named() {
    let app = TestApp::new();
    for (kind, from, to) in [
        ("MOVE_IN", TAICHUNG, HEMEI),
        ("MOVE_IN", LUKANG, XIANXI),
        // From one township of the area to another, and from abroad.
        ("MOVE_IN", XIANXI, HEMEI),
        ("MOVE_IN", "12 Rue de Rivoli, Paris", HEMEI),
        ("MOVE_WITHIN", HEMEI_WEST, HEMEI),
        ("MOVE_OUT", HEMEI, TAICHUNG),
        ("MOVE_OUT", TAICHUNG, HEMEI),
        ("MOVE_OUT", XIANXI, HEMEI),
        ("MOVE_OUT", HEMEI, ""),
    ] {
        asked(&app, kind, from, to).expect(200);
    }
    for (kind, from, to, refused) in [
        ("MOVE_IN", TAICHUNG, LUKANG, field(TO, "other_office")),
        ("MOVE_IN", HEMEI, TAICHUNG, field(TO, "other_office")),
        ("MOVE_IN", TAICHUNG, "和美鎮和東里彰美路五段1號", field(TO, "township")),
        ("MOVE_IN", HEMEI_WEST, HEMEI, field(TO, "not_allowed")),
        ("MOVE_WITHIN", HEMEI, XIANXI, field(TO, "not_allowed")),
        ("MOVE_WITHIN", TAICHUNG, HEMEI, field(FROM, "other_office")),
        ("MOVE_WITHIN", HEMEI, LUKANG, field(TO, "other_office")),
        ("MOVE_OUT", TAICHUNG, LUKANG, field(FROM, "other_office")),
        ("MOVE_OUT", TAICHUNG, "", field(FROM, "other_office")),
        ("MOVE_OUT", HEMEI_WEST, HEMEI, field(TO, "not_allowed")),
        ("MOVE_OUT", HEMEI, "某處", field(TO, "township")),
    ] {
        assert_eq!(asked(&app, kind, from, to).fields(), [refused], "{kind} {from} {to}");
    }
    let named = asked(&app, "MOVE_IN", TAICHUNG, LUKANG).body["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(named.contains("彰化縣鹿港鎮戶政事務所") && named.contains("戶籍法 §17、§26"), "{named}");
    let mut drafted = moving(&app, "MOVE_IN", 1, (TAICHUNG, LUKANG), "2026-11-20");
    drafted["draft"] = json!(true);
    assert_eq!(take(&app, "clerk1", &drafted).fields(), [field(TO, "other_office")]);
    let mut house = door(5);
    house["fields"]["address"] = json!(LUKANG);
    assert_eq!(take(&app, "clerk1", &house).fields(), [field("/fields/address", "other_office")]);
}

#[test]
fn the_area_of_the_register_is_that_from_which_somebody_moves() {
    let app = TestApp::new();
    let off_site = |kind: &str, (from, to): (&str, &str), area: &str| {
        let mut body = moving(&app, kind, 1, (from, to), "2026-11-20");
        (body["off_site"], body["registered_area"]) = (json!(true), json!(area));
        take(&app, "clerk1", &body)
    };
    let wrong = [field("/registered_area", "not_allowed")];
    assert_eq!(off_site("MOVE_IN", (TAICHUNG, HEMEI), "彰化縣鹿港鎮").fields(), wrong);
    assert_eq!(off_site("MOVE_IN", (XIANXI, HEMEI), "彰化縣線西鄉").fields(), wrong);
    let taken = off_site("MOVE_IN", (TAICHUNG, HEMEI), "台中市北區");
    assert_eq!(taken.expect(201)["registered_office"], "台中市北區戶政事務所");
    off_site("MOVE_OUT", (TAICHUNG, HEMEI), "臺中市北區").expect(201);
    let within = off_site("MOVE_WITHIN", (HEMEI_WEST, HEMEI), "臺中市北區");
    assert!(within.fields().contains(&field("/off_site", "not_allowed")), "{:?}", within.body);
}

#[test]
fn nobody_moves_from_where_the_register_does_not_have_them() {
    let app = TestApp::new();
    let enter = |kind: &str, places: (&str, &str), on: &str| registered(&app, &moving(&app, kind, 7, places, on));
    let tried = |kind: &str, places: (&str, &str)| take(&app, "clerk1", &moving(&app, kind, 7, places, "2026-11-20"));
    let there = [field(FROM, "not_registered_there")];
    // Of whom it holds no move it knows nothing.
    enter("MOVE_IN", (TAICHUNG, XIANXI), "2026-11-02");
    assert_eq!(tried("MOVE_WITHIN", (HEMEI_WEST, HEMEI)).fields(), there);
    assert_eq!(tried("MOVE_OUT", (HEMEI, TAICHUNG)).fields(), there);
    assert_eq!(tried("MOVE_IN", (HEMEI, XIANXI)).fields(), there);
    let second = enter("MOVE_IN", (XIANXI, HEMEI), "2026-11-09");
    tried("MOVE_WITHIN", (HEMEI, HEMEI_WEST)).expect(201);
    let gone = enter("MOVE_OUT", (HEMEI, TAICHUNG), "2026-11-16");
    assert_eq!(tried("MOVE_WITHIN", (HEMEI, HEMEI_WEST)).fields(), there);
    revoke(&app, &gone);
    tried("MOVE_OUT", (HEMEI, "")).expect(201);
    revoke(&app, &second);
    assert_eq!(tried("MOVE_OUT", (HEMEI, TAICHUNG)).fields(), there);
    tried("MOVE_OUT", (XIANXI, TAICHUNG)).expect(201);
}

#[test]
fn a_move_that_waits_is_judged_again_when_it_is_registered() {
    let app = TestApp::new();
    let waits = take(&app, "clerk1", &moving(&app, "MOVE_WITHIN", 7, (HEMEI_WEST, HEMEI), "2026-11-20")).expect(201).clone();
    crate::cases::act(&app, "clerk1", &waits, ":submit-for-review", &json!({})).expect(200);
    registered(&app, &moving(&app, "MOVE_OUT", 7, (HEMEI_WEST, TAICHUNG), "2026-11-16"));
    let refused = crate::cases::review(&app, "reviewer1", &waits, "PASS");
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field(FROM, "not_registered_there")]);
}

#[test]
fn what_the_register_may_not_have_been_told_is_a_hint() {
    let app = TestApp::new();
    registered(&app, &moving(&app, "MOVE_IN", 7, (TAICHUNG, HEMEI), "2026-11-02"));
    let hints = |kind: &str, places: (&str, &str)| {
        let body = moving(&app, kind, 7, places, "2026-11-20");
        app.post("/v1/cases:check").user("clerk1").json(&body).send().expect(200)["register_hints"].clone()
    };
    let asks = json!([{"pointer": FROM, "kind": "REGISTERED_ELSEWHERE"}]);
    assert_eq!(hints("MOVE_IN", (LUKANG, XIANXI)), asks);
    assert_eq!(hints("MOVE_WITHIN", (HEMEI_WEST, "彰化縣和美鎮和西里2鄰彰新路9號")), asks);
    assert_eq!(hints("MOVE_WITHIN", (HEMEI, HEMEI_WEST)), json!([]));
}

#[test]
fn a_correction_leads_to_no_other_offices_area() {
    let app = TestApp::new();
    let case = registered(&app, &complete(&app, move_in(3)));
    let to = |address: &str| correct(&app, &case, json!([{"pointer": TO, "value": address}]));
    assert_eq!(to(LUKANG).fields(), [field("/changes/0/value", "other_office")]);
    to(XIANXI).expect(200);
}

#[test]
fn a_seal_ends_when_its_person_leaves_the_offices_area_and_not_the_township() {
    let app = TestApp::new();
    let seal = own("SEAL_REGISTER", 7, json!({"kind": "SEAL", "village_code": "10007040-001"}), &[]);
    registered(&app, &complete(&app, seal));
    let has_seal = || {
        let mut applicant = person(7);
        applicant["relation"] = json!("SELF");
        let body = json!({"kind": "SEAL_CERT", "person": person(7), "applicant": applicant, "purpose": "貸款", "copies": 1});
        app.post("/v1/certificates").user("clerk1").once().json(&body).send().status == 201
    };
    let out = |places: (&str, &str), on: &str| registered(&app, &moving(&app, "MOVE_OUT", 7, places, on));
    assert!(has_seal());
    let within = out((XIANXI, HEMEI), "2026-11-02");
    assert!(has_seal(), "the new place is this office's too");
    let abroad = out((HEMEI, ""), "2026-11-03");
    assert!(has_seal(), "abroad it stays (印鑑登記辦法 §6)");
    revoke(&app, &abroad);
    let away = out((HEMEI, TAICHUNG), "2026-11-04");
    assert!(!has_seal());
    revoke(&app, &away);
    assert!(has_seal(), "they have not left");
    revoke(&app, &within);
    assert!(has_seal());
    // A correction of where they went ends it, and brings it back.
    let case = out((XIANXI, TAICHUNG), "2026-11-05");
    assert!(!has_seal());
    let to = |address: &str| correct(&app, &case, json!([{"pointer": TO, "value": address}])).expect(200).clone();
    to(HEMEI);
    assert!(has_seal());
    to(TAICHUNG);
    assert!(!has_seal());
}

/// Refused, since the next move begins where this one has led.
fn is_next(refused: &Answer, pointer: &str, next: &Value) {
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), [field(pointer, "later_entry")], "{}", refused.text);
    assert!(refused.text.contains(&format!("cases/{}", next["id"].as_str().unwrap())), "{}", refused.text);
}

#[test]
fn a_correction_or_a_revocation_breaks_no_chain_of_moves() {
    let app = TestApp::new();
    let enter = |kind: &str, places: (&str, &str), on: &str| registered(&app, &moving(&app, kind, 7, places, on));
    let day = |case: &Value, on: &str| correct(&app, case, json!([{"pointer": "/event_on", "value": on}]));
    let propose =
        |case: &Value| crate::cases::act(&app, "clerk1", case, ":revoke", &json!({"reason": "誤登", "office_error": false}));
    let first = enter("MOVE_IN", (TAICHUNG, HEMEI), "2026-10-01");
    let second = enter("MOVE_IN", (HEMEI, XIANXI), "2026-10-20");
    is_next(&day(&first, "2026-10-25"), "/changes/0/value", &second);
    is_next(&correct(&app, &first, json!([{"pointer": TO, "value": XIANXI}])), "/changes/0/value", &second);
    is_next(&propose(&first), "/status", &second);
    let another =
        |at: &str| ["national_id", "name"].map(|member| json!({"pointer": format!("{at}/{member}"), "value": person(8)[member]}));
    let other = ["/parties/0", "/applicant"].map(another).concat();
    is_next(&correct(&app, &first, json!(other)), "/parties", &second);
    // Nor does a move come to begin where the register has nobody by then.
    let third = enter("MOVE_OUT", (XIANXI, TAICHUNG), "2026-10-30");
    let early = day(&third, "2026-10-10");
    early.refused(409, "conflict");
    assert_eq!(early.fields(), [field("/changes/0/value", "not_registered_there")], "{}", early.text);
    // What keeps the chain is corrected, and the last move revoked.
    day(&first, "2026-10-19").expect(200);
    correct(&app, &first, json!([{"pointer": TO, "value": HEMEI_WEST}])).expect(200);
    correct(&app, &first, json!([{"pointer": "/fields/household_head", "value": "王中明"}])).expect(200);
    for case in [&third, &second, &first] {
        revoke(&app, case);
    }
}

#[test]
fn an_address_that_is_written_otherwise_is_no_other_one() {
    let app = TestApp::new();
    let ways =
        ["彰化縣和美鎮和東里彰美路5段1號", "彰化縣和美鎮和東里1鄰彰美路五段一號", "508彰化縣和美鎮和東里1鄰彰美路５段１號"];
    for other in ways {
        let refused = asked(&app, "MOVE_WITHIN", HEMEI, other).fields();
        assert!(refused.contains(&field(TO, "not_allowed")), "{other}: {refused:?}");
    }
    asked(&app, "MOVE_WITHIN", HEMEI, "彰化縣和美鎮和東里1鄰彰美路五段1之1號").expect(200);
    // Nor is it a hint that whoever moves on from there was registered elsewhere.
    let hints = |number: u32, from: &str| {
        registered(&app, &moving(&app, "MOVE_IN", number, (TAICHUNG, HEMEI), "2026-11-02"));
        let body = moving(&app, "MOVE_WITHIN", number, (from, HEMEI_WEST), "2026-11-20");
        take(&app, "clerk1", &body).expect(201)["register_hints"].clone()
    };
    let elsewhere = |hints: &Value| hints.as_array().unwrap().iter().any(|hint| hint["kind"] == "REGISTERED_ELSEWHERE");
    assert!(!elsewhere(&hints(81, ways[0])));
    assert!(elsewhere(&hints(82, "彰化縣和美鎮和東里1鄰彰美路五段3號")));
}
