//! Papers that nobody can have are not asked for, and those are that the law wants (戶籍法 §15, §17; 國籍法 §3, §4, §15).

use huzheng::people::IdNumber;
use serde_json::{Value, json};

use crate::cases::{move_in, own};
use crate::known::{GROWN, death, married};
use crate::relations::{as_applicant, as_party};
use crate::support::{TestApp, person};
use crate::unnumbered::passport;

/// Whether an application that shows no paper is asked for these; those who apply together are both there.
fn asks<const N: usize>(app: &TestApp, body: &Value, papers: [&str; N]) -> [bool; N] {
    let mut body = body.clone();
    let together = body["applicant"]["relation"] == "BOTH_PARTIES";
    body["papers"] = if together { json!(["BOTH_PARTIES_PRESENT"]) } else { json!([]) };
    let told = app.post("/v1/cases:check").user("clerk1").json(&body).send().expect(200).clone();
    let missing = told["missing_papers"].as_array().unwrap().clone();
    papers.map(|paper| missing.iter().any(|line| line["document"] == paper))
}

fn resident() -> Value {
    json!({"name": "阮氏明", "national_id": IdNumber::make("A90000001").unwrap().expose(), "birth_on": "1990-02-03"})
}

/// An application of one human for themself.
fn of(who: &Value, type_code: &str, fields: Value) -> Value {
    let mut body = own(type_code, 1, fields, &[]);
    let mut applicant = as_applicant(who.clone(), "SELF");
    applicant.as_object_mut().unwrap().remove("birth_on");
    (body["parties"], body["applicant"]) = (json!([as_party(who.clone(), "SUBJECT")]), applicant);
    body
}

#[test]
fn whoever_is_of_no_household_shows_none_of_its_papers() {
    let app = TestApp::new();
    let papers = ["HH_CERT", "DECEASED_ID", "ID_CARD"];
    let mut body = death(&app, 4);
    assert_eq!(asks(&app, &body, papers), [true; 3]);
    for relation in ["UNDERTAKER", "PREMISES_MANAGER"] {
        body["applicant"]["relation"] = json!(relation);
        assert_eq!(asks(&app, &body, papers), [false, false, true], "{relation}");
    }
    let mut divorce = married(&app, 5, 6, GROWN);
    divorce["type_code"] = json!("DIVORCE_COURT");
    divorce["fields"] =
        json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": "2026-11-20"});
    (divorce["event_on"], divorce["applicant"]["relation"]) = (json!("2026-11-20"), json!("ONE_PARTY"));
    assert_eq!(asks(&app, &divorce, ["HH_CERT", "ID_CARD"]), [true, true]);
    let wife = json!({"name": "NGUYEN THI MINH", "identified_by": passport("C5000009")});
    let mut spouse = as_party(wife.clone(), "SPOUSE");
    spouse["birth_on"] = json!(GROWN.1);
    (divorce["parties"][1], divorce["applicant"]) = (spouse, as_applicant(wife, "ONE_PARTY"));
    assert_eq!(asks(&app, &divorce, ["HH_CERT", "ID_CARD"]), [false, false]);
}

#[test]
fn a_birth_that_was_never_registered_wants_no_settlement_permit() {
    let app = TestApp::new();
    let papers = ["SETTLEMENT_PERMIT", "BIRTH_CERTIFICATE"];
    let initial = |who: &Value, circumstances: Value| {
        let mut body = of(who, "INITIAL", json!({"kind": "COMMON", "matter": "初設戶籍"}));
        (body["event_on"], body["circumstances"]) = (json!("2026-11-20"), circumstances);
        asks(&app, &body, papers)
    };
    assert_eq!(initial(&resident(), json!([])), [true, false]);
    assert_eq!(initial(&resident(), json!(["BORN_IN_THE_COUNTRY"])), [false, true]);
    // Whoever came by a foreign passport was settled here.
    let foreigner = json!({"name": "阮氏明", "identified_by": passport("C5000010"), "birth_on": "1990-02-03"});
    assert_eq!(initial(&foreigner, json!(["BORN_IN_THE_COUNTRY"])), [true, false]);
}

#[test]
fn a_nationals_spouse_or_child_shows_what_the_law_does_not_waive() {
    let app = TestApp::new();
    let papers = ["NO_RECORD_CERT", "LIVELIHOOD_PROOF", "LANGUAGE_PROOF", "RELATION_PROOF"];
    let asked = |type_code: &str, circumstances: Value| {
        let mut body = of(&resident(), type_code, json!({"kind": "NATIONALITY", "nationality": "越南"}));
        body["circumstances"] = circumstances;
        asks(&app, &body, papers)
    };
    assert_eq!(asked("NAT_ACQUIRE", json!([])), [true, true, true, false]);
    assert_eq!(asked("NAT_ACQUIRE", json!(["SPOUSE_OF_A_NATIONAL"])), [true, false, true, true]);
    assert_eq!(asked("NAT_ACQUIRE", json!(["CHILD_OF_A_NATIONAL"])), [true, false, false, true]);
    assert_eq!(asked("NAT_RESTORE", json!([])), [true, true, false, false]);
}

#[test]
fn whoever_comes_back_from_abroad_shows_by_what_they_entered() {
    let app = TestApp::new();
    let papers = ["ENTRY_PAPER", "OLD_ID_CARD", "HH_CERT", "ID_CARD"];
    let mut body = move_in(1);
    assert_eq!(asks(&app, &body, papers), [false, true, true, true]);
    // Nobody gets round the papers by naming it.
    body["circumstances"] = json!(["BACK_FROM_ABROAD"]);
    assert_eq!(asks(&app, &body, papers), [false, true, true, true]);
    (body["fields"]["from_address"], body["circumstances"]) = (json!("日本國東京都港區白金台五丁目"), json!([]));
    assert_eq!(asks(&app, &body, papers), [true, false, false, false]);
    // Whoever is the head of the household to which they come shows a card.
    body["applicant"] = as_applicant(person(2), "HOUSEHOLD_HEAD");
    assert_eq!(asks(&app, &body, papers), [true, false, false, true]);
}

#[test]
fn a_foreigner_who_marries_here_proves_to_be_free_by_whatever_they_are_known() {
    let app = TestApp::new();
    let mut wedding = married(&app, 7, 8, GROWN);
    assert_eq!(asks(&app, &wedding, ["SPOUSE_PASSPORT"]), [false]);
    wedding["parties"][1] = as_party(resident(), "SPOUSE");
    assert_eq!(asks(&app, &wedding, ["SPOUSE_PASSPORT"]), [true]);
}
