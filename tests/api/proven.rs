//! Who is proven to be whom: the register is asked, the dead and papers that prove nobody are refused, and what was given by a
//! right ends with it.

use huzheng::people::IdNumber;
use serde_json::{Value, json};

use crate::cases::{act, registered, take};
use crate::known::{code, death, declared, field, login, matter, named, named_person, paper, prove};
use crate::nobody_alone;
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, booking, person};

const BORN: &str = "1990-05-04";

fn settle(app: &TestApp, difference: &Value, mut body: Value) -> Answer {
    (body["document"], body["reason"]) = (json!({"kind": "ID_CARD", "number": "字第 41 號"}), json!("核對證件"));
    let path = format!("/v1/people/{}:settle", difference["person_id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match(&format!("\"v{}\"", difference["version"])).json(&body).send()
}

#[test]
fn a_proof_asks_the_register_who_has_the_number() {
    let app = TestApp::new();
    let mut seen = named(matter(41), "林真名");
    seen["parties"][0]["birth_on"] = json!("1980-02-03");
    take(&app, "clerk2", &seen).expect(201);
    let token = declared(&app, "owner", &person(41), BORN);
    let mut body = paper(&code(&app, &token), &person(41));
    body["person"]["birth_on"] = json!(BORN);
    let mut differences = Value::Null;
    for dry_run in [true, false] {
        body["dry_run"] = json!(dry_run);
        differences = prove(&app, &body).refused(409, "identity_unsettled")["differences"].clone();
        let told: Vec<&Value> = differences.as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
        assert_eq!(told, [&json!("/person/name"), &json!("/person/birth_on")]);
        assert_eq!(differences[0]["known_rank"], "SEEN");
    }
    assert_eq!(app.get("/v1/me").bearer(&token).send().expect(200)["identity_level"], "DECLARED");
    settle(&app, &differences[0], json!({"name": person(41)["name"], "birth_on": BORN})).expect(200);
    // The code is good still.
    prove(&app, &body).expect(201);
}

#[test]
fn nobody_is_proven_to_be_somebody_who_has_died() {
    let app = TestApp::new();
    registered(&app, &death(&app, 42));
    let token = declared(&app, "heir", &person(42), BORN);
    let mut body = paper(&code(&app, &token), &person(42));
    for dry_run in [true, false] {
        body["dry_run"] = json!(dry_run);
        assert_eq!(prove(&app, &body).fields(), [field("/person/national_id", "person_deceased")]);
    }
}

#[test]
fn only_papers_that_prove_who_somebody_is_prove_it_and_as_much_as_their_kind_is_worth() {
    let app = TestApp::new();
    for (number, kind, assurance) in [(43, "RESIDENT_CERT", "HIGH"), (44, "IDENTITY_CARD", "SUBSTANTIAL")] {
        let token = declared(&app, &format!("owner-{number}"), &person(number), BORN);
        let mut body = paper(&code(&app, &token), &person(number));
        body["document"]["kind"] = json!("BANANA");
        assert_eq!(prove(&app, &body).fields(), [field("/document/kind", "not_allowed")]);
        body["document"]["kind"] = json!(kind);
        let proof = prove(&app, &body).expect(201)["id"].as_str().unwrap().to_owned();
        assert_eq!(app.get(&format!("/v1/identity-proofs/{proof}")).user("chief1").send().expect(200)["assurance"], assurance);
    }
}

fn look_up(app: &TestApp, booked: &Value) -> Answer {
    app.post("/v1/bookings:lookup").json(&json!({"number": booked["number"], "secret": booked["secret"]})).send()
}

/// A token by a booking's secret.
fn opened(app: &TestApp, booked: &Value) -> String {
    look_up(app, booked).expect(200)["access_token"].as_str().unwrap().to_owned()
}

/// Neither the secret nor a token that it gave opens the booking any more.
#[track_caller]
fn is_closed(app: &TestApp, booked: &Value, token: &str) {
    look_up(app, booked).refused(404, "not_found");
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    app.get(&path).bearer(token).send().refused(401, "unauthenticated");
    let cancel = app.post(&format!("{path}:cancel")).bearer(token).if_match("\"v1\"").json(&json!({})).send();
    cancel.refused(401, "unauthenticated");
}

fn note(app: &TestApp, user: &str, proxy: &str, principal: &Value) -> Answer {
    let body = json!({
        "proxy_username": proxy, "principal": principal, "scope": "BOOKING", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
    });
    app.post("/v1/letters-of-proxy").user(user).json(&body).send()
}

#[test]
fn the_secret_of_a_booking_ends_with_the_letter_by_which_a_proxy_booked() {
    let app = TestApp::new();
    let letter = note(&app, "clerk1", "proxy1", &person(45));
    let mut body = booking(WEDNESDAY_9);
    body["person"] = person(45);
    letter.expect(201);
    let booked = app.post("/v1/bookings").user("proxy1").once().json(&body).send().expect(201).clone();
    let by_clerk = app.book_for(46, FRIDAY_9).expect(201).clone();
    let token = opened(&app, &booked);
    let path = format!("/v1/letters-of-proxy/{}:revoke", letter.body["id"].as_str().unwrap());
    app.post(&path).user("clerk1").if_match("*").send().expect(200);
    is_closed(&app, &booked, &token);
    opened(&app, &by_clerk);
}

/// Proves whose an account is, and logs its owner in: the proof and the token.
fn proven(app: &TestApp, username: &str, token: &str, number: u32) -> (Value, String) {
    let proof = prove(app, &paper(&code(app, token), &person(number))).expect(201).clone();
    let initial = proof["initial_password"].as_str().unwrap();
    let token = |password: &str| login(app, username, password).expect(200)["access_token"].as_str().unwrap().to_owned();
    let change = json!({"current_password": initial, "new_password": "Amsel-singt-um-5"});
    assert_eq!(app.post("/v1/auth/password").bearer(&token(initial)).json(&change).send().status, 204);
    (proof, token("Amsel-singt-um-5"))
}

fn undo(app: &TestApp, proof: &Value) {
    let path = format!("/v1/identity-proofs/{}", proof["id"].as_str().unwrap());
    for user in ["chief1", "director1"] {
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "證件係冒用"})).send().expect(200);
    }
}

#[test]
fn the_secret_of_a_booking_ends_with_the_proof_of_another_and_with_the_end_of_the_own() {
    let app = TestApp::new();
    let stranger = declared(&app, "prepared", &person(47), BORN);
    let book = |token: &str, slot: &str| {
        let booked = app.post("/v1/bookings").bearer(token).once().json(&booking(slot)).send();
        booked.expect(201).clone()
    };
    let planted = book(&stranger, WEDNESDAY_9);
    let opened_by_stranger = opened(&app, &planted);
    let (proof, owner) = proven(&app, "prepared", &stranger, 47);
    assert_eq!(proof["bookings"], json!([planted["id"]]));
    is_closed(&app, &planted, &opened_by_stranger);
    app.get(&format!("/v1/bookings/{}", planted["id"].as_str().unwrap())).bearer(&owner).send().expect(200);
    let own = book(&owner, FRIDAY_9);
    let token = opened(&app, &own);
    undo(&app, &proof);
    is_closed(&app, &own, &token);
}

#[test]
fn a_certificate_that_was_applied_for_before_the_proof_is_shown_and_wants_the_paper_still() {
    let app = TestApp::new();
    let token = declared(&app, "prepared", &person(48), BORN);
    let mut applicant = person(48);
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": "TRANSCRIPT_ZH", "person": person(48), "applicant": applicant, "purpose": "就學", "copies": 1});
    let asked = app.post("/v1/certificates").bearer(&token).once().json(&body).send().expect(201)["id"].clone();
    let proof = prove(&app, &paper(&code(&app, &token), &person(48))).expect(201).clone();
    assert_eq!(proof["certificates"], json!([asked]));
    let issue = format!("/v1/certificates/{}:issue", asked.as_str().unwrap());
    let issue = |body: Value| app.post(&issue).user("clerk1").if_match("\"v1\"").json(&body).send();
    assert_eq!(issue(json!({})).fields(), [field("/document", "required")]);
    issue(json!({"document": {"kind": "ID_CARD", "number": "字第 48 號"}})).expect(200);
}

#[test]
fn an_account_of_which_nobody_knows_who_works_with_it_does_nothing_for_the_office() {
    let app = TestApp::new();
    let mut applicant = person(49);
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": "TRANSCRIPT_ZH", "person": person(49), "applicant": applicant, "purpose": "就學", "copies": 1});
    let certify = |user: &str| app.post("/v1/certificates").user(user).once().json(&body).send();
    let issued = certify("clerk2").expect(201)["id"].as_str().unwrap().to_owned();
    let case = take(&app, "clerk2", &matter(50)).expect(201).clone();
    let token = declared(&app, "owner", &person(51), BORN);
    let shown = paper(&code(&app, &token), &person(51));
    app.sql("UPDATE accounts SET holder = NULL WHERE username = 'clerk1'");
    certify("clerk1").refused(409, "holder_required");
    let void = app.post(&format!("/v1/certificates/{issued}:void")).user("clerk1").if_match("\"v1\"");
    void.json(&json!({"reason": "誤發"})).send().refused(409, "holder_required");
    note(&app, "clerk1", "proxy1", &person(52)).refused(409, "holder_required");
    prove(&app, &shown).refused(409, "holder_required");
    take(&app, "clerk1", &matter(53)).refused(409, "holder_required");
    act(&app, "clerk1", &case, ":withdraw", &json!({"reason": "不辦了"})).refused(409, "holder_required");
    let mut walk_in = booking(WEDNESDAY_9);
    walk_in["person"] = person(54);
    app.post("/v1/bookings").user("clerk1").once().json(&walk_in).send().refused(409, "holder_required");
    // What a declared account applied for is theirs to withdraw, though nobody has proven whose it is.
    let mut own = body.clone();
    (own["person"], own["applicant"]) = (person(51), person(51));
    own["applicant"]["relation"] = json!("SELF");
    let asked = app.post("/v1/certificates").bearer(&token).once().json(&own).send().expect(201)["id"].clone();
    let withdraw = format!("/v1/certificates/{}:withdraw", asked.as_str().unwrap());
    let withdraw = app.post(&withdraw).bearer(&token).if_match("\"v1\"").json(&json!({"reason": "不需要了"})).send();
    assert_eq!(withdraw.expect(200)["status"], "WITHDRAWN");
}

#[test]
fn the_holder_of_an_account_is_whom_the_office_knows_by_that_number() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(55)).expect(201);
    registered(&app, &death(&app, 56));
    let create = |username: &str, holder: &Value| {
        let body = json!({"username": username, "name": "林承辦", "roles": ["CLK"], "holder": holder});
        app.post("/v1/users").user("admin1").json(&body).send()
    };
    // The administrator, who has no personal data, is told nothing: whoever approves it is.
    let approve = |asked: &Answer| {
        let path = format!("/v1/users/{}", asked.expect(201)["id"].as_str().unwrap());
        nobody_alone::act(&app, "chief1", &path, ":approve", asked.etag())
    };
    let other = approve(&create("clerk5", &named_person(55, "別人")));
    assert_eq!(other.refused(409, "identity_unsettled")["differences"][0]["pointer"], "/holder/name");
    assert_eq!(approve(&create("clerk6", &person(56))).fields(), [field("/holder/national_id", "person_deceased")]);
    let child = json!({"name": "劉小示範", "national_id": IdNumber::make("N19901077").unwrap().expose()});
    assert_eq!(approve(&create("clerk7", &child)).fields(), [field("/holder/national_id", "no_capacity")]);
    let (path, tag) = crate::identity::user(&app, "clerk3");
    let patch = nobody_alone::patch(&app, &path, &tag, &json!({"holder": named_person(55, "別人")}));
    patch.expect(200);
    nobody_alone::act(&app, "chief1", &path, ":approve", patch.etag()).refused(409, "identity_unsettled");
    let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200)["items"].clone();
    let refused: Vec<&Value> = log.as_array().unwrap().iter().filter(|line| line["action"] == "user.holder_refused").collect();
    assert_eq!((refused.len(), refused.iter().all(|line| line["person_id"].is_string())), (4, true), "{log}");
    // The register moves on before it is approved.
    let asked = create("clerk9", &person(57));
    let path = format!("/v1/users/{}", asked.expect(201)["id"].as_str().unwrap());
    registered(&app, &death(&app, 57));
    let approved = nobody_alone::act(&app, "chief1", &path, ":approve", asked.etag());
    assert_eq!(approved.fields(), [field("/holder/national_id", "person_deceased")]);
    let asked = create("clerk8", &person(55));
    let path = format!("/v1/users/{}", asked.expect(201)["id"].as_str().unwrap());
    nobody_alone::act(&app, "chief1", &path, ":approve", asked.etag()).expect(200);
}

#[test]
fn a_proxy_acts_by_a_proven_account_alone() {
    let app = TestApp::new();
    declared(&app, "unproven", &person(58), BORN);
    app.sql("UPDATE accounts SET roles = '[\"CIT\",\"PRX\"]' WHERE username = 'unproven'");
    assert_eq!(note(&app, "clerk1", "unproven", &person(59)).fields(), [field("/proxy_username", "not_allowed")]);
    note(&app, "clerk1", "proxy1", &person(59)).expect(201);
    app.sql("UPDATE accounts SET person_id = NULL WHERE username = 'proxy1'");
    let mut body = booking(WEDNESDAY_9);
    body["person"] = person(59);
    let refused = app.post("/v1/bookings").user("proxy1").once().json(&body).send();
    assert_eq!(refused.fields(), [field("/person/national_id", "no_letter_of_proxy")]);
    assert_eq!(note(&app, "clerk1", "proxy1", &person(60)).fields(), [field("/proxy_username", "not_allowed")]);
}
