//! How an adoption ends: grown people agree on it, and for a child a court approves that.

use serde_json::{Value, json};

use crate::cases::{registered, take};
use crate::kinship::asks;
use crate::known::{death, field};
use crate::relations::{adoption, as_applicant};
use crate::status::{facts, person_id};
use crate::support::{TestApp, person};

/// An adoption of somebody by somebody, or its end, of people who are of age.
fn grown(app: &TestApp, type_code: &str, (child, adopter): (u32, u32), day: &str) -> Value {
    let mut body = adoption(app, type_code, child, &person(adopter), day);
    (body["parties"][0]["birth_on"], body["parties"][1]["birth_on"]) = (json!("1960-01-01"), json!("1990-01-01"));
    body
}

fn agreed(mut body: Value) -> Value {
    body["fields"] = json!({"kind": "ADOPTION", "surname_from": "FATHER", "adopts_spouses_child": false});
    body
}

#[test]
fn grown_people_end_an_adoption_by_agreement() {
    let app = TestApp::new();
    registered(&app, &grown(&app, "ADOPTION", (701, 702), "2026-11-02"));
    let mut end = agreed(grown(&app, "ADOPTION_END", (701, 702), "2026-11-10"));
    (end["fields"]["court_ruling"], end["fields"]["final_on"]) = (Value::Null, Value::Null);
    end["papers"].as_array_mut().unwrap().retain(|paper| paper != "ADOPTION_END_PAPER" && paper != "COURT_RULING");
    let case = app.post("/v1/cases:check").user("clerk1").json(&end).send().expect(200).clone();
    assert_eq!(case["circumstances"], json!(["BY_AGREEMENT_OF_ADULTS"]));
    assert!(asks(&case, "ADOPTION_END_PAPER") && !asks(&case, "COURT_RULING"), "{case}");
    end["papers"].as_array_mut().unwrap().push(json!("ADOPTION_END_PAPER"));
    registered(&app, &end);
    let ended = facts(&app, &person_id(&app, &person(701)));
    let ended = ended.iter().find(|fact| fact["kind"] == "PARENT_END").unwrap();
    assert_eq!(ended["valid_from"], "2026-11-10");
    take(&app, "clerk1", &grown(&app, "ADOPTION", (701, 703), "2026-11-12")).expect(201);
}

#[test]
fn nobody_agrees_with_the_dead_and_a_court_ends_their_adoption() {
    let app = TestApp::new();
    registered(&app, &grown(&app, "ADOPTION", (704, 705), "2026-11-02"));
    registered(&app, &death(&app, 705));
    let mut end = grown(&app, "ADOPTION_END", (704, 705), "2026-11-22");
    end["applicant"] = as_applicant(person(704), "ADOPTEE");
    let refused = take(&app, "clerk1", &agreed(end.clone()));
    assert_eq!(refused.fields(), [field("/parties/0/national_id", "person_deceased")], "{}", refused.text);
    take(&app, "clerk1", &end).expect(201);
}

#[test]
fn a_court_approves_the_end_of_an_adoption_of_a_child() {
    let app = TestApp::new();
    let of = |type_code: &str| adoption(&app, type_code, 711, &person(712), "2026-11-10");
    let refused = take(&app, "clerk1", &agreed(of("ADOPTION_END")));
    assert_eq!(refused.fields(), [field("/fields/court_ruling", "required")]);
    assert!(refused.text.contains("民法 §1080"), "{}", refused.text);
    // How old somebody is must be known.
    let mut unknown = agreed(of("ADOPTION_END"));
    unknown["parties"][1].as_object_mut().unwrap().remove("birth_on");
    assert_eq!(take(&app, "clerk1", &unknown).fields(), [field("/parties/1/birth_on", "required")]);
    // Until 2007 a court had no part in it.
    let mut early = agreed(of("ADOPTION_END"));
    (early["event_on"], early["parties"][1]["birth_on"]) = (json!("2000-05-05"), json!("1990-05-04"));
    app.post("/v1/cases:check").user("clerk1").json(&early).send().expect(200);
    let mut half = of("ADOPTION_END");
    half["fields"].as_object_mut().unwrap().remove("final_on");
    assert_eq!(take(&app, "clerk1", &half).fields(), [field("/fields/final_on", "required")]);
    let both = [field("/fields/court_ruling", "required"), field("/fields/final_on", "required")];
    let begun = take(&app, "clerk1", &agreed(of("ADOPTION")));
    assert_eq!(begun.fields(), both);
    assert!(begun.text.contains("民法 §1079"), "{}", begun.text);
    // A ruling that is named is shown.
    let mut ruled = of("ADOPTION_END");
    ruled["papers"].as_array_mut().unwrap().retain(|paper| paper != "COURT_RULING");
    let case = take(&app, "clerk1", &ruled).expect(201).clone();
    assert!(asks(&case, "COURT_RULING") && !asks(&case, "ADOPTION_END_PAPER"), "{case}");
}
