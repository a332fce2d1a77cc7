//! How an adoption ends: grown people agree on it, and for a child a court approves that.

use serde_json::{Value, json};

use crate::cases::{act, at, registered, review, take};
use crate::kinship::asks;
use crate::known::{GROWN, death, field, married, matter};
use crate::relations::{adoption, as_applicant, as_party};
use crate::status::{facts, person_id};
use crate::support::{TestApp, female, person};

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

/// A man and a woman who have long been married, who adopt a child together, or end that.
fn of_spouses(app: &TestApp, type_code: &str, child: u32, day: &str) -> Value {
    let mut body = adoption(app, type_code, child, &person(721), day);
    let mut mother = as_party(female(722), "ADOPTER");
    mother["birth_on"] = json!(GROWN.1);
    body["parties"][0]["birth_on"] = json!(GROWN.0);
    body["parties"].as_array_mut().unwrap().push(mother);
    body
}

fn wed_early(app: &TestApp) {
    let mut wedding = married(app, 721, 722, GROWN);
    wedding["event_on"] = json!("2005-05-05");
    registered(app, &wedding);
}

#[test]
fn one_of_spouses_who_ends_alone_what_both_began_is_a_hint() {
    let app = TestApp::new();
    wed_early(&app);
    registered(&app, &of_spouses(&app, "ADOPTION", 723, "2026-11-02"));
    let hints = |body: &Value| app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200)["register_hints"].clone();
    let mut end = of_spouses(&app, "ADOPTION_END", 723, "2026-11-10");
    assert_eq!(hints(&end), json!([]));
    end["parties"].as_array_mut().unwrap().pop();
    assert_eq!(hints(&end), json!([{"pointer": "/parties/0", "kind": "ENDS_ADOPTION_ALONE"}]));
    registered(&app, &end);
}

/// The death of one of the adopters, on a day.
fn adopter_died(app: &TestApp, adopter: u32, day: &str) -> Value {
    let mut body = death(app, adopter);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    body
}

#[test]
fn a_court_lets_the_dead_adopt_whoever_is_a_minor() {
    let app = TestApp::new();
    wed_early(&app);
    let mut asked = of_spouses(&app, "ADOPTION", 723, "2026-11-10");
    asked["applicant"] = as_applicant(female(722), "ADOPTER");
    let waiting = take(&app, "clerk1", &asked).expect(201).clone();
    act(&app, "clerk1", &waiting, ":submit-for-review", &json!({})).expect(200);
    registered(&app, &adopter_died(&app, 721, "2026-11-05"));
    let kept = app.get(&at(&waiting, "")).user("clerk1").send().expect(200).clone();
    assert_eq!(kept["register_hints"], json!([{"pointer": "/parties/0", "kind": "ADOPTER_DIED_BEFORE"}]));
    review(&app, "reviewer1", &waiting, "PASS").expect(201);
    // Nor does the death that is learned later stand against it; of grown people it does.
    registered(&app, &adoption(&app, "ADOPTION", 724, &person(725), "2026-11-10"));
    registered(&app, &adopter_died(&app, 725, "2026-11-05"));
    registered(&app, &grown(&app, "ADOPTION", (726, 727), "2026-11-10"));
    let refused = take(&app, "clerk1", &adopter_died(&app, 727, "2026-11-05"));
    assert_eq!(refused.fields(), [field("/fields/died_on", "later_entry")], "{}", refused.text);
    let waiting = take(&app, "clerk1", &grown(&app, "ADOPTION", (728, 729), "2026-11-10")).expect(201).clone();
    act(&app, "clerk1", &waiting, ":submit-for-review", &json!({})).expect(200);
    registered(&app, &adopter_died(&app, 729, "2026-11-05"));
    // Whoever adopts applies, and had died before they did.
    let refused = review(&app, "reviewer1", &waiting, "PASS");
    refused.refused(409, "conflict");
    assert!(refused.fields().contains(&field("/applicant/national_id", "person_deceased")), "{}", refused.text);
}

#[test]
fn a_day_of_birth_that_the_application_says_counts_where_the_record_has_none() {
    let app = TestApp::new();
    registered(&app, &adopter_died(&app, 732, "2026-11-05"));
    let asked = |child: u32| {
        let mut body = grown(&app, "ADOPTION", (child, 732), "2026-11-10");
        body["parties"].as_array_mut().unwrap().push(as_party(person(733), "ADOPTER"));
        body["applicant"] = as_applicant(person(733), "ADOPTER");
        take(&app, "clerk1", &body).fields()
    };
    let refused = field("/parties/0/national_id", "person_deceased");
    assert!(asked(730).contains(&refused), "of whom the office knows nothing");
    // So it is where it has a record, without a day of birth.
    take(&app, "clerk1", &matter(731)).expect(201);
    assert!(asked(731).contains(&refused), "{:?}", asked(731));
}
