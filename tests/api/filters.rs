//! No filter of a list tells what its items do not show, or what is not the reader's.

use serde_json::{Value, json};

use crate::cases::take;
use crate::holders::name_holder;
use crate::marks::of_both;
use crate::protection::{PROTECTED, citizen, mark, order};
use crate::records::{found, join, known};
use crate::support::{TestApp, WEDNESDAY_9, person};

/// The ids of what a list holds.
fn listed(app: &TestApp, user: &str, path: &str) -> Vec<Value> {
    let list = app.get(path).user(user).send().expect(200)["items"].clone();
    list.as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

#[test]
fn no_filter_tells_where_a_case_was_taken_of_whom_the_reader_is_barred_from() {
    let app = TestApp::new();
    let case = of_both(&app);
    let protected = case["parties"][0]["person_id"].as_str().unwrap().to_owned();
    name_holder(&app, "clerk2", &citizen(&app), "director1");
    let here = |user: &str| listed(&app, user, "/v1/cases?service_point=HEMEI&limit=100").contains(&case["id"]);
    let of_person = |user: &str| listed(&app, user, &format!("/v1/cases?person_id={protected}")).contains(&case["id"]);
    assert!(here("citizen1") && here("clerk2") && of_person("clerk2"));
    mark(&app, "clerk1", &protected, &order(&citizen(&app))).expect(201);
    // Whoever is named beside them is shown nothing of it any more, and to staff who are barred there is no such case.
    for user in ["citizen1", "clerk2"] {
        assert!(!listed(&app, user, "/v1/cases?limit=100").contains(&case["id"]), "{user}");
        assert!(!here(user) && !of_person(user), "{user}");
        let total =
            app.get("/v1/cases?service_point=HEMEI&include_total=true&limit=1").user(user).send().expect(200)["total"].clone();
        let all = listed(&app, user, "/v1/cases?service_point=HEMEI&limit=100").len();
        assert_eq!(total, json!(all), "{user}");
    }
    assert!(here("clerk1") && of_person("clerk1"));
    // Whoever applied knows where.
    let own = take(&app, "citizen1", &own_application(&app)).expect(201).clone();
    assert!(listed(&app, "citizen1", "/v1/cases?service_point=HEMEI").contains(&own["id"]));
}

/// An application of the citizen's for themself alone.
fn own_application(app: &TestApp) -> Value {
    let mut subject = citizen(app);
    subject["role"] = json!("SUBJECT");
    let mut applicant = citizen(app);
    applicant["relation"] = json!("SELF");
    json!({
        "type_code": "TRANSCRIPT_ZH", "parties": [subject], "applicant": applicant,
        "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1}
    })
}

#[test]
fn nobody_outside_learns_by_a_filter_whose_records_are_one_humans() {
    let app = TestApp::new();
    let booked = app.book("citizen1", WEDNESDAY_9);
    let own = booked["person"]["id"].as_str().unwrap().to_owned();
    let stranger = known(&app, 41);
    join(&app, &stranger, &own).expect(200);
    let by_person = |user: &str, person: &str| listed(&app, user, &format!("/v1/bookings?person_id={person}")).len();
    assert_eq!((by_person("citizen1", &own), by_person("citizen1", &stranger)), (1, 0));
    assert_eq!((by_person("adviser2", &own), by_person("adviser2", &stranger)), (1, 0));
    assert_eq!((by_person("clerk1", &own), by_person("clerk1", &stranger)), (1, 1));
}

#[test]
fn outside_the_office_cases_are_looked_for_by_ones_own_record_alone() {
    let app = TestApp::new();
    let case = take(&app, "citizen1", &own_application(&app)).expect(201).clone();
    let own = case["parties"][0]["person_id"].as_str().unwrap().to_owned();
    assert_eq!(listed(&app, "citizen1", &format!("/v1/cases?person_id={own}")), [case["id"].clone()]);
    let both = of_both(&app);
    let other = found(&app, &person(PROTECTED))[0]["person_id"].as_str().unwrap().to_owned();
    assert!(listed(&app, "citizen1", "/v1/cases").contains(&both["id"]));
    assert!(listed(&app, "clerk1", &format!("/v1/cases?person_id={other}")).contains(&both["id"]));
    assert!(listed(&app, "citizen1", &format!("/v1/cases?person_id={other}")).is_empty());
    // What waits in the office is the office's.
    app.get("/v1/cases?queue=TO_APPROVE").user("citizen1").send().refused(400, "invalid_parameter");
    assert!(!listed(&app, "clerk1", "/v1/cases?queue=TO_ACCEPT").is_empty());
}
