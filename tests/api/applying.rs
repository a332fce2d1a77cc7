//! Who applies, and who need not be named: the head for a household, nobody for their own death, one spouse for both.

use serde_json::{Value, json};

use crate::cases::{move_in, registered, revoke, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::moves::{HEMEI, TAICHUNG, moving};
use crate::relations::as_applicant;
use crate::support::{TestApp, called, female, person};
use crate::unnumbered::passport;

#[test]
fn the_head_applies_for_a_whole_household() {
    let app = TestApp::new();
    let barred = [field("/applicant/relation", "not_allowed")];
    let whole = |mut body: Value, relation: &str| {
        (body["fields"]["extent"], body["confirm_not_duplicate"]) = (json!("WHOLE_HOUSEHOLD"), json!(true));
        body["applicant"]["relation"] = json!(relation);
        take(&app, "clerk1", &body)
    };
    let member = whole(move_in(901), "SELF");
    assert_eq!(member.fields(), barred);
    assert!(member.text.contains("戶籍法 §41"), "{}", member.text);
    whole(move_in(901), "HOUSEHOLD_HEAD").expect(201);
    let mut own = move_in(901);
    (own["fields"]["household_head"], own["fields"]["new_household"]) = (json!(called(901)), json!(true));
    whole(own, "SELF").expect(201);
    let mut ward = move_in(901);
    ward["applicant"] = female(42);
    assert_eq!(whole(ward, "LEGAL_REPRESENTATIVE").fields(), barred, "whoever represents a member");
    let out = moving(&app, "MOVE_OUT", 902, (HEMEI, TAICHUNG), "2026-11-20");
    assert_eq!(whole(out.clone(), "SELF").fields(), barred);
    whole(out, "HOUSEHOLD_HEAD").expect(201);
}

#[test]
fn the_deceased_is_no_proxy_in_the_entry_of_their_death() {
    let app = TestApp::new();
    let mut body = death(&app, 911);
    body["proxy"] = person(911);
    (body["proxy"]["reason"], body["proxy"]["dated_on"]) = (json!("住院"), json!("2026-11-19"));
    let refused = take(&app, "clerk1", &body);
    assert_eq!(refused.fields(), [field("/proxy/national_id", "same_person")]);
    assert!(refused.text.contains("戶籍法 §36"), "{}", refused.text);
}

#[test]
fn a_court_divorces_from_somebody_without_a_number_who_is_not_named() {
    let app = TestApp::new();
    let mut wedding = married(&app, 921, 922, GROWN);
    wedding["parties"][1] =
        json!({"role": "SPOUSE", "name": "阮文明", "birth_on": "1980-01-01", "identified_by": passport("C9210001")});
    wedding["papers"].as_array_mut().unwrap().push(json!("SPOUSE_PASSPORT"));
    registered(&app, &wedding);
    let divorce = |number: u32| {
        let mut body = married(&app, number, 1, GROWN);
        body["parties"].as_array_mut().unwrap().truncate(1);
        (body["type_code"], body["applicant"]) = (json!("DIVORCE_COURT"), as_applicant(person(number), "ONE_PARTY"));
        body["fields"] =
            json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-23"});
        complete(&app, body)
    };
    let case = registered(&app, &divorce(921));
    // Both are free.
    let of_stranger = |woman: u32| {
        let mut body = wedding.clone();
        body["parties"][0] = female(woman);
        (body["parties"][0]["role"], body["parties"][0]["birth_on"]) = (json!("SPOUSE"), json!("1981-01-01"));
        body["applicant"] = as_applicant(female(woman), "BOTH_PARTIES");
        take(&app, "clerk1", &body)
    };
    let again = |woman: u32| take(&app, "clerk1", &married(&app, 921, woman, GROWN));
    again(923).expect(201);
    of_stranger(924).expect(201);
    revoke(&app, &case);
    assert_eq!(again(923).fields(), [field("/parties/0/national_id", "already_married")]);
    assert_eq!(of_stranger(924).fields(), [field("/parties/1/identified_by", "already_married")]);
    // Whoever has a number is named.
    registered(&app, &married(&app, 925, 926, GROWN));
    let refused = take(&app, "clerk1", &divorce(925));
    assert_eq!(refused.fields(), [field("/parties/0/national_id", "not_married")]);
    assert!(refused.text.contains("請將雙方均列為當事人"), "{}", refused.text);
}
