//! What colleagues find in a case is told, in words, to nobody whose own matter it is (行政程序法 §32): codes are.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, take};
use crate::holders::name_holder;
use crate::support::{Answer, TestApp, person};

/// Stands in everything that is said of the case.
const WORD: &str = "林罕名";

fn finding() -> Value {
    json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": format!("{WORD}誤載")})
}

/// A case of person 1 and female 1 with words of everybody who worked on it or checked it.
fn checked(app: &TestApp) -> Value {
    let case = take(app, "clerk1", &birth(1)).expect(201).clone();
    let submit = || act(app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200).clone();
    submit();
    act(app, "reviewer1", &case, "/reviews", &json!({"result": "RETURN", "findings": [finding()]})).expect(201);
    submit();
    act(app, "reviewer1", &case, "/reviews", &json!({"result": "PASS"})).expect(201);
    let change = json!([{"pointer": "/fields/birth_order", "value": 2}]);
    let reason = json!({"changes": change, "reason": format!("據{WORD}告知"), "office_error": false});
    act(app, "clerk1", &case, ":correct", &reason).expect(200);
    act(app, "director1", &case, ":approve-change", &json!({})).expect(200);
    let plan =
        app.post("/v1/spot-check-plans").user("chief1").json(&json!({"period": "115-11"})).send().expect(201)["id"].clone();
    let draw = format!("/v1/spot-check-plans/{}/draws", plan.as_str().unwrap());
    app.post(&draw).user("chief1").if_match("*").json(&json!({})).send().expect(201);
    let check = app.get("/v1/spot-checks").user("chief1").send().expect(200)["items"][0]["id"].clone();
    let on = |user: &str, act: &str, body: Value| {
        let path = format!("/v1/spot-checks/{}", check.as_str().unwrap());
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}{act}")).user(user).if_match(&tag).json(&body).send()
    };
    on("chief1", "/findings", json!({"result": "ERROR", "finding": finding()})).expect(200);
    on("clerk1", ":rebut", json!({"rebuttal": format!("{WORD}親填")})).expect(200);
    case
}

#[test]
fn what_colleagues_find_is_told_in_words_to_nobody_whose_own_matter_it_is() {
    let app = TestApp::new();
    let case = checked(&app);
    name_holder(&app, "chief2", &person(1), "director1");
    let check = app.get("/v1/spot-checks").user("chief1").send().expect(200)["items"][0]["id"].clone();
    let check = format!("/v1/spot-checks/{}", check.as_str().unwrap());
    let reviews = at(&case, "/reviews");
    let roads = [
        reviews.as_str(),
        "/v1/spot-checks",
        &check,
        "/v1/record-books/spot-checks",
        "/v1/record-books/spot-checks/115/1",
        "/v1/record-books/maintenance",
        "/v1/record-books/maintenance/115/1",
    ];
    for road in roads {
        let seen = |user: &str| -> Answer { app.get(road).user(user).send() };
        let (told, kept) = (seen("chief1"), seen("chief2"));
        assert!(told.status == 200 && told.text.contains(WORD), "{road}: {}", told.text);
        assert!(kept.status == 200 && !kept.text.contains(WORD) && kept.text.contains("＊＊＊"), "{road}: {}", kept.text);
    }
    for under in ["/history", "/changes"] {
        let seen = |user: &str| app.get(&at(&case, under)).user(user).send().expect(200).to_string();
        let (told, kept) = (seen("chief1"), seen("chief2"));
        assert!(told.contains(WORD) && !kept.contains(WORD), "{under}: {told} {kept}");
    }
    let found = app.get(&check).user("chief2").send().expect(200)["finding"]["error_code"].clone();
    assert_eq!(found, "WRONG_ENTRY");
    // Nor do they look at a line whole, or strike one.
    let reveal =
        |user: &str| app.post("/v1/record-books/maintenance/115/1:reveal").user(user).json(&json!({"reason": "查核"})).send();
    reveal("chief2").refused(409, "own_request");
    reveal("chief1").expect(200);
    let strike = |user: &str| {
        let call = app.post("/v1/record-books/spot-checks/115/1:strike").user(user).if_match("*");
        call.json(&json!({"reason": "誤記"})).send()
    };
    strike("chief2").refused(409, "own_request");
    strike("director1").expect(200);
}
