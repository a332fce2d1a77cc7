//! Whom an application draws in beside whoever applies: nobody for whom they do not act, in no part that the type does not know, and
//! nobody a second time whom the register has.

use serde_json::{Value, json};

use crate::capacity::{born, custody};
use crate::cases::{own, papers_of, registered, revoke, take};
use crate::certificates::{apply, letter_of, transcript};
use crate::kinship::asks;
use crate::known::{complete, field, named_person};
use crate::moves::{HEMEI, TAICHUNG, moving};
use crate::relations::{as_applicant, as_party};
use crate::support::{TestApp, called, female, person};
use crate::unnumbered::passport;

fn words() -> Value {
    json!({"kind": "COMMON", "matter": "註記"})
}

/// An application of somebody for themselves, with another party.
fn beside(app: &TestApp, (type_code, number): (&str, u32), fields: Value, other: Value) -> Value {
    let mut body = complete(app, own(type_code, number, fields, &[]));
    body["parties"][0]["birth_on"] = json!("1990-05-04");
    body["parties"].as_array_mut().unwrap().push(other);
    (body["event_on"], body["confirm_not_duplicate"]) = (json!("2026-11-20"), json!(true));
    body
}

/// Registers the day of birth of somebody who is of age.
fn grown(app: &TestApp, number: u32) {
    let mut body = complete(app, own("BIRTHDATE_CORRECTION", number, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    body["parties"][0]["birth_on"] = json!("1980-05-04");
    registered(app, &body);
}

#[test]
fn nobody_applies_for_a_second_person_in_a_matter_of_their_own() {
    let app = TestApp::new();
    let two = field("/parties", "parties");
    let mut stranger = as_party(person(702), "SUBJECT");
    stranger["birth_on"] = json!("2012-01-01");
    for type_code in ["BIRTHDATE_CORRECTION", "CERT_MARRIAGE", "INITIAL", "OTHER_LAW", "PHOTO_FILE", "RECORD_COPY", "RECORD_VIEW"]
    {
        let told = take(&app, "clerk1", &beside(&app, (type_code, 701), words(), stranger.clone())).fields();
        assert!(told.contains(&two), "{type_code}: {told:?}");
    }
    let own = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    let lost = json!({
        "type_code": "ID_LOSS_REPORT", "parties": [as_party(own.clone(), "SUBJECT"), stranger],
        "applicant": as_applicant(own, "SELF"), "fields": words()
    });
    assert_eq!(take(&app, "citizen1", &lost).fields(), [two]);
}

#[test]
fn whoever_moves_takes_along_those_for_whom_they_act_and_nobody_else() {
    let app = TestApp::new();
    grown(&app, 711);
    born(&app, 712, "2015-05-04");
    let with = |mover: &Value, member: u32| {
        let mut body = moving(&app, "MOVE_OUT", 710, (HEMEI, ""), "2026-11-20");
        body["parties"] = json!([as_party(mover.clone(), "SUBJECT"), as_party(person(member), "MEMBER")]);
        body["applicant"] = as_applicant(mover.clone(), "SELF");
        body
    };
    let mut body = with(&person(710), 711);
    let refused = take(&app, "clerk1", &body);
    assert_eq!(refused.fields(), [field("/parties/1/national_id", "party_mismatch")]);
    assert!(refused.text.contains("§41") && refused.text.contains("HOUSEHOLD_HEAD"), "{}", refused.text);
    body["applicant"]["relation"] = json!("HOUSEHOLD_HEAD");
    take(&app, "clerk1", &body).expect(201);
    // Of whom the register does not tell it a paper does.
    let unknown = take(&app, "clerk1", &with(&person(710), 712)).expect(201).clone();
    assert!(asks(&unknown, "REPRESENTATIVE_PROOF"), "{unknown}");
    registered(&app, &custody(&app, 712, &female(713)));
    let mother = take(&app, "clerk1", &with(&female(713), 712)).expect(201).clone();
    assert!(!asks(&mother, "REPRESENTATIVE_PROOF"), "{mother}");
    // A letter of proxy is their own word.
    letter_of(&app, &person(711));
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    take(&app, "clerk1", &with(&proxy, 711)).expect(201);
}

#[test]
fn parts_that_a_type_does_not_know_are_refused() {
    let app = TestApp::new();
    let name = json!({"kind": "NAME", "old_name": called(731), "new_name": "測名字", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let shown = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    for (type_code, fields, role) in [
        ("HEAD_CHANGE", words(), "SPOUSE"),
        ("NAME_GIVEN", name.clone(), "HOUSEHOLD_HEAD"),
        ("NAME_GIVEN", name, "SPOUSE"),
        ("OTHER_LAW", words(), "DECEASED"),
        ("TRANSCRIPT_ZH", shown, "MEMBER"),
    ] {
        let body = beside(&app, (type_code, 731), fields, as_party(person(732), role));
        let told = take(&app, "clerk1", &body);
        assert_eq!(told.fields(), [field("/parties/1/role", "not_allowed")], "{type_code}: {role}: {}", told.text);
    }
    take(&app, "clerk1", &beside(&app, ("OTHER_LAW", 731), words(), as_party(person(732), "OTHER"))).expect(201);
}

#[test]
fn the_head_of_the_household_that_another_is_merged_into_consents() {
    let app = TestApp::new();
    let body = beside(&app, ("HOUSEHOLD_MERGE", 741), words(), as_party(person(742), "HOUSEHOLD_HEAD"));
    let case = take(&app, "clerk1", &body).expect(201).clone();
    assert!(asks(&case, "HEAD_CONSENT"), "{case}");
}

#[test]
fn nobody_is_registered_initially_whom_the_register_has() {
    let app = TestApp::new();
    let twice = field("/parties/0/national_id", "already_registered");
    let initial = |who: &Value, relation: &str| {
        let mut body = complete(&app, own("INITIAL", 751, json!({"kind": "COMMON", "matter": "初設戶籍"}), &[]));
        body["parties"] = json!([as_party(who.clone(), "SUBJECT")]);
        body["parties"][0]["birth_on"] = json!("1990-02-03");
        body["applicant"] = as_applicant(if relation == "SELF" { who.clone() } else { female(752) }, relation);
        (body["event_on"], body["confirm_not_duplicate"]) = (json!("2026-11-20"), json!(true));
        body
    };
    grown(&app, 753);
    assert_eq!(take(&app, "clerk1", &initial(&person(753), "SELF")).fields(), std::slice::from_ref(&twice));
    let newcomer = json!({"name": "阮氏明", "identified_by": passport("C7510001")});
    let mut first = initial(&newcomer, "SELF");
    first["papers"] = json!(papers_of(&app, "INITIAL"));
    first["fields"]["new_number"] = female(754)["national_id"].clone();
    let case = registered(&app, &first);
    let registered_now = json!({"name": "阮氏明", "national_id": female(754)["national_id"]});
    assert_eq!(take(&app, "clerk1", &initial(&registered_now, "SELF")).fields(), std::slice::from_ref(&twice));
    revoke(&app, &case);
    registered(&app, &first);
    // A birth has registered whoever was born.
    let mut birth = crate::cases::birth(755);
    birth["fields"]["national_id"] = female(756)["national_id"].clone();
    registered(&app, &birth);
    let mut child = initial(&json!({"name": "測小安", "national_id": female(756)["national_id"]}), "LEGAL_REPRESENTATIVE");
    child["parties"][0]["birth_on"] = json!("2026-11-10");
    let told = take(&app, "clerk1", &child).fields();
    assert!(told.contains(&twice), "{told:?}");
}

#[test]
fn a_certificate_rests_on_no_entry_of_whoever_is_only_named_as_the_head() {
    let app = TestApp::new();
    let mut body = moving(&app, "MOVE_OUT", 761, (HEMEI, TAICHUNG), "2026-11-20");
    for (number, role) in [(762, "HOUSEHOLD_HEAD"), (763, "MEMBER")] {
        body["parties"].as_array_mut().unwrap().push(as_party(person(number), role));
    }
    body["applicant"] = as_applicant(person(762), "HOUSEHOLD_HEAD");
    let case = registered(&app, &body);
    let of = |number: u32| {
        let mut body = transcript(number);
        body["case_id"] = case["id"].clone();
        apply(&app, "clerk1", &body)
    };
    assert_eq!(of(762).fields(), [field("/case_id", "party_mismatch")]);
    for number in [761, 763] {
        of(number).expect(201);
    }
}

#[test]
fn one_number_stands_with_one_name_in_an_application_for_a_certificate() {
    let app = TestApp::new();
    let mut body = transcript(771);
    let mut other = as_applicant(named_person(771, "李四維"), "SELF");
    body["applicant"] = other.clone();
    let refused = [field("/applicant/name", "party_mismatch")];
    assert_eq!(apply(&app, "clerk1", &body).fields(), refused);
    other["relation"] = json!("INTERESTED_PERSON");
    (body["applicant"], body["scope"], body["interest_proof"]) = (other, json!("PERSON"), json!("債權憑證"));
    assert_eq!(apply(&app, "clerk1", &body).fields(), refused);
    apply(&app, "clerk1", &transcript(771)).expect(201);
}
