//! Births: whose child somebody is by law, what they are called, and by which certificate; and the papers that a change of a registered
//! case asks for.

use chrono::Duration;
use huzheng::people::IdNumber;
use serde_json::{Value, json};

use crate::cases::{act, at, birth, correct, registered, revoke, tag, take};
use crate::known::{GROWN, complete, death, field, married};
use crate::relations::{as_applicant, as_party, guardianship, parental};
use crate::support::{Answer, TestApp, female, person};
use crate::unnumbered::passport;

/// What the check finds: circumstances, and papers that are missing.
fn seen(app: &TestApp, body: &Value) -> (Vec<String>, Vec<String>) {
    let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200).clone();
    (texts(&told["circumstances"]), documents(&told["missing_papers"]))
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn documents(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["document"].as_str().unwrap().to_owned()).collect()
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn fields(app: &TestApp, body: &Value) -> Vec<(String, String)> {
    app.post("/v1/cases:check").user("clerk1").json(body).send().fields()
}

fn hints(app: &TestApp, body: &Value) -> Vec<Value> {
    let told = app.post("/v1/cases:check").user("clerk1").json(body).send().expect(200).clone();
    told["register_hints"].as_array().unwrap().iter().map(|hint| hint["kind"].clone()).collect()
}

/// A birth without its acknowledgment, by parents who are old enough to have married before 2008.
fn unacknowledged(number: u32) -> Value {
    let mut body = birth(number);
    (body["parties"][0]["birth_on"], body["parties"][1]["birth_on"]) = (json!(GROWN.1), json!(GROWN.0));
    body["papers"].as_array_mut().unwrap().retain(|paper| paper != "ACK_PROOF");
    body
}

/// A birth of which the mother alone is named.
fn of_the_mother(number: u32) -> Value {
    let mut body = unacknowledged(number);
    body["parties"].as_array_mut().unwrap().pop();
    body["fields"]["surname_from"] = json!("MOTHER");
    body
}

/// A wedding of when a ceremony sufficed.
fn wed(app: &TestApp, man: u32, woman: u32) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!("2005-05-05");
    registered(app, &body)
}

fn divorced(app: &TestApp, man: u32, woman: u32, day: &str) {
    let mut body = married(app, man, woman, GROWN);
    (body["type_code"], body["event_on"], body["applicant"]["relation"]) =
        (json!("DIVORCE_COURT"), json!(day), json!("ONE_PARTY"));
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": day});
    registered(app, &complete(app, body));
}

fn died(app: &TestApp, number: u32, day: &str) {
    let mut body = death(app, number);
    (body["event_on"], body["fields"]["died_on"]) = (json!(day), json!(day));
    registered(app, &body);
}

/// A resident number (統一證號) of a man (8) or a woman (9).
fn resident(sex: u8, number: u32) -> String {
    IdNumber::make(&format!("A{sex}{number:07}")).unwrap().expose().to_owned()
}

fn known_by(party: &mut Value, name: &str, identity: Value) {
    party.as_object_mut().unwrap().remove("national_id");
    (party["name"], party["identified_by"]) = (json!(name), identity);
}

#[test]
fn a_father_to_whom_the_mother_is_not_married_is_one_by_acknowledgment() {
    let app = TestApp::new();
    let owed = (strings(&["BY_ACKNOWLEDGMENT"]), strings(&["ACK_PROOF"]));
    assert_eq!(seen(&app, &unacknowledged(1)), owed);
    assert_eq!(seen(&app, &of_the_mother(1)), (vec![], vec![]), "of a child of the mother alone nobody acknowledges");
    let case = take(&app, "clerk1", &unacknowledged(1)).expect(201).clone();
    assert_eq!(documents(&case["missing_papers"]), ["ACK_PROOF"]);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
    // Where the register cannot tell, a clerk has seen the parents' papers, and they agree on the surname.
    let named = |number: u32| {
        let mut body = unacknowledged(number);
        body["circumstances"] = json!(["PARENTS_MARRIED"]);
        body
    };
    assert_eq!(seen(&app, &named(2)), (strings(&["PARENTS_MARRIED"]), strings(&["SURNAME_AGREEMENT"])));
    // Nobody says so against the register, nor is a husband of before one of today.
    wed(&app, 3, 3);
    divorced(&app, 3, 3, "2025-06-01");
    for father in [3, 4] {
        let mut body = named(3);
        body["parties"][1] = as_party(person(father), "FATHER");
        let (circumstances, missing) = seen(&app, &body);
        assert!(circumstances.contains(&"BY_ACKNOWLEDGMENT".to_owned()), "{circumstances:?}");
        assert!(missing.contains(&"ACK_PROOF".to_owned()), "{missing:?}");
    }
    // A court's decision is as good; once the father has died there is no other way, but for whoever was married to the mother.
    let mut ruled = unacknowledged(5);
    ruled["circumstances"] = json!(["BY_COURT_DECISION"]);
    let by_court = (strings(&["BY_COURT_DECISION"]), strings(&["COURT_RULING"]));
    assert_eq!(seen(&app, &ruled), by_court);
    died(&app, 6, "2024-01-02");
    assert_eq!(seen(&app, &birth(6)), by_court);
    wed(&app, 7, 7);
    died(&app, 7, "2026-08-01");
    assert_eq!(seen(&app, &unacknowledged(7)).0, ["PARENTS_MARRIED"], "her husband was alive when the child was conceived");
    // A paper that is owed stays so, whoever of the office edits the case.
    let mut elses = unacknowledged(8);
    wed(&app, 9, 8);
    elses["confirm_not_duplicate"] = json!(true);
    let case = take(&app, "clerk1", &elses).expect(201).clone();
    let owed = strings(&["PATERNITY_PROOF", "ACK_PROOF"]);
    assert_eq!(documents(&case["missing_papers"]), owed);
    let edited =
        app.call("PATCH", &at(&case, "")).user("chief1").if_match(&tag(&app, &case)).json(&json!({"papers": elses["papers"]}));
    assert_eq!(documents(&edited.send().expect(200)["missing_papers"]), owed);
}

#[test]
fn a_dead_man_acknowledges_by_a_court_alone() {
    let app = TestApp::new();
    died(&app, 12, "2026-01-01");
    let acknowledged = |day: &str| {
        let mut body = parental(&app, "PARENTAGE", (person(11), as_party(person(12), "FATHER")), "ACKNOWLEDGED");
        (body["applicant"], body["event_on"]) = (as_applicant(person(11), "ACKNOWLEDGED"), json!(day));
        body
    };
    assert_eq!(seen(&app, &acknowledged("2026-11-20")), (strings(&["BY_COURT_DECISION"]), strings(&["COURT_RULING"])));
    assert_eq!(seen(&app, &acknowledged("2025-12-31")), (vec![], vec![]), "he did so while he lived");
    let case = take(&app, "clerk1", &acknowledged("2026-11-20")).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).refused(409, "documents_missing");
}

/// Another man in the place of the father.
fn fathered_by(number: u32) -> Value {
    let man = person(number);
    json!([
        {"pointer": "/parties/1/name", "value": man["name"]}, {"pointer": "/parties/1/national_id", "value": man["national_id"]}
    ])
}

fn proposed(app: &TestApp, case: &Value, changes: &Value, papers: &[&str]) -> Answer {
    let body = json!({"changes": changes, "papers": papers, "reason": "依證明更正", "office_error": false});
    act(app, "clerk1", case, ":correct", &body)
}

#[test]
fn a_correction_asks_for_the_papers_of_what_it_makes_true() {
    let app = TestApp::new();
    wed(&app, 21, 21);
    let mut body = unacknowledged(21);
    body["papers"].as_array_mut().unwrap().push(json!("SURNAME_AGREEMENT"));
    let case = registered(&app, &body);
    let owed = ["PATERNITY_PROOF", "ACK_PROOF"];
    let refused = proposed(&app, &case, &fathered_by(22), &[]);
    assert_eq!(documents(&refused.refused(409, "documents_missing")["missing_papers"]), owed);
    assert_eq!(documents(&proposed(&app, &case, &fathered_by(22), &owed[..1]).body["missing_papers"]), owed[1..]);
    assert_eq!(proposed(&app, &case, &fathered_by(22), &["DEED"]).fields(), [field("/papers/0", "unknown")]);
    proposed(&app, &case, &fathered_by(22), &owed).expect(200);
    let changes = app.get(&at(&case, "/changes")).user("chief1").send();
    assert_eq!(changes.expect(200)["items"][0]["papers"], json!(owed), "whoever approves it sees them");
    let corrected = act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200).clone();
    assert_eq!((corrected["status"].as_str(), documents(&corrected["missing_papers"]).len()), (Some("CORRECTED"), 0));
    assert!(texts(&corrected["circumstances"]).contains(&"HUSBAND_PRESUMED".to_owned()), "{corrected}");
    // One man's acknowledgment is not another's.
    let again = proposed(&app, &case, &fathered_by(23), &[]);
    assert_eq!(documents(&again.refused(409, "documents_missing")["missing_papers"]), owed);
    // What was asked for before is not asked for again by what changes nothing in it.
    correct(&app, &case, json!([{"pointer": "/fields/weeks", "value": 38}])).expect(200);
    // Nor are people alone corrected: by another day the mother was married when the child was conceived.
    wed(&app, 24, 24);
    divorced(&app, 24, 24, "2026-01-15");
    let mut body = of_the_mother(24);
    body["event_on"] = json!("2026-11-20");
    let case = registered(&app, &body);
    let earlier = json!([{"pointer": "/event_on", "value": "2026-11-10"}]);
    let refused = proposed(&app, &case, &earlier, &[]);
    assert_eq!(documents(&refused.refused(409, "documents_missing")["missing_papers"]), ["PATERNITY_PROOF"]);
    proposed(&app, &case, &earlier, &["PATERNITY_PROOF"]).expect(200);
}

#[test]
fn what_the_register_has_come_to_say_is_shown_by_papers_before_an_approval_and_a_reinstatement() {
    let app = TestApp::new();
    let case = registered(&app, &of_the_mother(31));
    // Of an acknowledged child the father has died meanwhile.
    let child = registered(&app, &parental(&app, "PARENTAGE", (person(32), as_party(person(33), "FATHER")), "ACKNOWLEDGER"));
    let later = json!([{"pointer": "/event_on", "value": "2026-11-22"}]);
    proposed(&app, &child, &later, &[]).expect(200);
    died(&app, 33, "2026-11-21");
    let late = act(&app, "chief1", &child, ":approve-change", &json!({}));
    assert_eq!(documents(&late.refused(409, "documents_missing")["missing_papers"]), ["COURT_RULING"]);
    // A marriage that is entered late makes another man the father.
    revoke(&app, &case);
    wed(&app, 34, 31);
    let reinstate = |papers: &[&str]| {
        let body = json!({"reason": "誤撤他案", "papers": papers, "office_error": false});
        act(&app, "clerk1", &case, ":reinstate", &body)
    };
    let refused = reinstate(&[]);
    assert_eq!(documents(&refused.refused(409, "documents_missing")["missing_papers"]), ["PATERNITY_PROOF"]);
    reinstate(&["PATERNITY_PROOF"]).expect(200);
    let stands = act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200).clone();
    assert_eq!((stands["status"].as_str(), documents(&stands["missing_papers"]).len()), (Some("REGISTERED"), 0));
}

#[test]
fn entries_are_of_those_whom_the_register_has() {
    let app = TestApp::new();
    let neither = [field("/parties", "not_national")];
    let mut abroad = birth(41);
    known_by(&mut abroad["parties"][0], "NGUYEN THI MINH", passport("C4100001"));
    known_by(&mut abroad["parties"][1], "NGUYEN VAN HUNG", passport("C4100002"));
    (abroad["applicant"], abroad["fields"]["child_name"]) = (abroad["parties"][0].clone(), json!("阮小安"));
    for member in ["role", "birth_on"] {
        abroad["applicant"].as_object_mut().unwrap().remove(member);
    }
    abroad["applicant"]["relation"] = json!("MOTHER");
    assert_eq!(fields(&app, &abroad), neither);
    let mut national = abroad.clone();
    national["parties"][1] = birth(41)["parties"][1].clone();
    national["fields"]["child_name"] = json!("測小安");
    assert_eq!(seen(&app, &national).1, ["FOREIGN_PAPERS"], "one of the parents is a national");
    let mut alone = abroad.clone();
    alone["parties"].as_array_mut().unwrap().pop();
    alone["fields"]["surname_from"] = json!("MOTHER");
    assert_eq!(fields(&app, &alone), neither);
    let mut settled = of_the_mother(42);
    for place in ["/parties/0", "/applicant"] {
        settled.pointer_mut(place).unwrap()["national_id"] = json!(resident(9, 42));
    }
    assert_eq!(fields(&app, &settled), neither);
    // A child of parents without a nationality is a national.
    let mut stateless = abroad.clone();
    for place in ["/parties/0", "/parties/1", "/applicant"] {
        stateless.pointer_mut(place).unwrap()["identified_by"]["paper"] = json!("TRAVEL_DOCUMENT");
    }
    app.post("/v1/cases:check").user("clerk1").json(&stateless).send().expect(200);
    // Nor is one corrected to parents from abroad.
    national["papers"].as_array_mut().unwrap().push(json!("FOREIGN_PAPERS"));
    let case = registered(&app, &national);
    let exchanged = json!([{"pointer": "/parties/1/identified_by", "value": passport("C4100003")}]);
    assert_eq!(proposed(&app, &case, &exchanged, &[]).fields(), neither);
    // Wards, the dead, spouses, adopted and acknowledged children.
    let mut ward = guardianship(&app, 43, (Some(44), "DECLARED"), "2026-11-01");
    known_by(&mut ward["parties"][0], "NGUYEN THI MAI", passport("C4300001"));
    assert_eq!(fields(&app, &ward), [field("/parties/0/identified_by", "not_national")]);
    let mut dead = death(&app, 45);
    dead["parties"][0]["national_id"] = json!(resident(8, 45));
    assert_eq!(fields(&app, &dead), [field("/parties/0/national_id", "not_registered")]);
    let mut wedding = married(&app, 46, 47, GROWN);
    wedding["parties"][0]["national_id"] = json!(resident(8, 46));
    wedding["applicant"]["national_id"] = json!(resident(8, 46));
    app.post("/v1/cases:check").user("clerk1").json(&wedding).send().expect(200);
    wedding["parties"][1]["national_id"] = json!(resident(9, 47));
    assert_eq!(fields(&app, &wedding), [field("/parties", "required")]);
    let mut acknowledged = parental(&app, "PARENTAGE", (person(48), as_party(person(49), "FATHER")), "ACKNOWLEDGER");
    acknowledged["parties"][0]["national_id"] = json!(resident(8, 48));
    app.post("/v1/cases:check").user("clerk1").json(&acknowledged).send().expect(200);
    for place in ["/parties/1", "/applicant"] {
        acknowledged.pointer_mut(place).unwrap()["national_id"] = json!(resident(8, 49));
    }
    assert_eq!(fields(&app, &acknowledged), neither);
    // Whoever had lost the nationality before the birth is no national either.
    let fields_of_loss = json!({
        "kind": "NATIONALITY", "nationality": "日本",
        "permission": {"number": "台內戶字第 1150000001 號", "permitted_on": "2026-11-20"}
    });
    let mut loss = complete(&app, crate::cases::own("NAT_LOSS", 1, fields_of_loss, &[]));
    loss["parties"] = json!([as_party(female(50), "SUBJECT")]);
    (loss["applicant"], loss["event_on"]) = (as_applicant(female(50), "SELF"), json!("2026-11-20"));
    registered(&app, &loss);
    app.post("/v1/cases:check").user("clerk1").json(&of_the_mother(50)).send().expect(200);
    app.advance(Duration::days(10));
    let mut after = of_the_mother(50);
    after["event_on"] = json!("2026-12-01");
    assert_eq!(fields(&app, &after), neither);
}

#[test]
fn a_childs_surname_is_its_fathers_or_its_mothers() {
    let app = TestApp::new();
    let called = |child: &str, from: &str, (mother, father): (&str, &str)| {
        let mut body = birth(51);
        (body["fields"]["child_name"], body["fields"]["surname_from"]) = (json!(child), json!(from));
        (body["parties"][0]["name"], body["applicant"]["name"], body["parties"][1]["name"]) =
            (json!(mother), json!(mother), json!(father));
        body
    };
    let parents = ("林小美", "王大明");
    let wrong = [field("/fields/child_name", "surname_mismatch")];
    for (child, from) in [("林小安", "FATHER"), ("王小安", "MOTHER"), ("陳小安", "FATHER"), ("陳小安", "LOT"), ("小安", "FATHER")]
    {
        assert_eq!(fields(&app, &called(child, from, parents)), wrong, "{child} {from}");
    }
    for (child, from) in [("王小安", "FATHER"), ("林小安", "MOTHER"), ("林小安", "LOT"), ("王小安", "LOT")] {
        assert_eq!(hints(&app, &called(child, from, parents)), [] as [Value; 0], "{child} {from}");
    }
    // Variants, compound surnames, and a mother who has put her husband's surname before her own.
    for (child, from, both) in [
        ("黄小安", "FATHER", ("林小美", "黃大明")),
        ("歐陽小安", "FATHER", ("林小美", "歐陽大明")),
        ("林小安", "MOTHER", ("王林小美", "王大明")),
    ] {
        assert_eq!(hints(&app, &called(child, from, both)), [] as [Value; 0], "{child}");
    }
    // Where names are not of one custom a clerk compares them.
    for both in [("林小美", "夏曼·藍波安"), ("林小美", "Pacidal")] {
        assert_eq!(hints(&app, &called("藍小安", "FATHER", both)), ["SURNAME_UNKNOWN"], "{both:?}");
    }
    let mut abroad = called("阮小安", "FATHER", parents);
    known_by(&mut abroad["parties"][1], "阮文雄", passport("C5100001"));
    assert_eq!(hints(&app, &abroad), ["SURNAME_UNKNOWN"]);
    abroad["papers"].as_array_mut().unwrap().push(json!("FOREIGN_PAPERS"));
    let kept = take(&app, "clerk1", &abroad).expect(201).clone();
    assert_eq!(kept["register_hints"][0], json!({"pointer": "/fields/child_name", "kind": "SURNAME_UNKNOWN"}));
    let mut by_custom = called("伊斯坦大", "FATHER", parents);
    by_custom["circumstances"] = json!(["INDIGENOUS_NAME"]);
    assert_eq!(seen(&app, &by_custom).1, ["INDIGENOUS_PROOF"]);
    // A correction is judged as the intake is; what it leaves as it stands is not judged again.
    let mut body = called("林小安", "MOTHER", parents);
    body["confirm_not_duplicate"] = json!(true);
    let case = registered(&app, &body);
    let to = |pointer: &str, value: &str| proposed(&app, &case, &json!([{"pointer": pointer, "value": value}]), &[]);
    assert_eq!(to("/fields/child_name", "陳小安").fields(), [field("/changes/0/value", "surname_mismatch")]);
    assert_eq!(to("/fields/surname_from", "FATHER").fields(), wrong);
    to("/fields/child_name", "林小寧").expect(200);
}

#[test]
fn a_certificate_is_of_one_child_and_twins_are_two() {
    let app = TestApp::new();
    let certified = |number: u32, certificate: u32| {
        let mut body = birth(number);
        body["fields"]["certificate_number"] = json!(format!("出字第 {certificate:07} 號"));
        body
    };
    let first = take(&app, "clerk1", &certified(61, 61)).expect(201)["id"].clone();
    let mut other = certified(62, 61);
    let found = take(&app, "clerk2", &other);
    assert_eq!(found.refused(409, "possible_duplicate")["matches"][0]["id"], first, "another mother, one certificate");
    other["fields"]["certificate_number"] = json!("出字第0000061號");
    let told = app.post("/v1/cases:check").user("clerk1").json(&other).send();
    assert_eq!(told.expect(200)["possible_duplicates"][0]["id"], first, "however it is typed");
    other["confirm_not_duplicate"] = json!(true);
    take(&app, "clerk2", &other).expect(201);
    // Another child of the mother under the first one's certificate.
    let child = |certificate: u32, order: u8, multiple: u8| {
        let mut body = certified(63, certificate);
        (body["fields"]["birth_order"], body["fields"]["multiple"]) = (json!(order), json!(multiple));
        body["fields"]["child_name"] = json!(format!("測小{}", ['一', '二', '三'][usize::from(order) - 1]));
        body
    };
    let duplicate =
        |body: &Value| take(&app, "clerk1", body).refused(409, "possible_duplicate")["matches"].as_array().unwrap().len();
    take(&app, "clerk1", &child(631, 1, 2)).expect(201);
    assert_eq!(duplicate(&child(631, 2, 2)), 1);
    assert_eq!(duplicate(&child(632, 2, 1)), 1, "one of two and a single child");
    take(&app, "clerk1", &child(632, 2, 2)).expect(201);
    assert_eq!(duplicate(&child(633, 3, 2)), 2, "a third one of two");
    let mut late = child(634, 3, 1);
    late["event_on"] = json!("2025-09-01");
    take(&app, "clerk1", &late).expect(201);
    // A number is what was corrected to, of a draft as well, and a case that came to nothing has none.
    let case = registered(&app, &certified(64, 64));
    correct(&app, &case, json!([{"pointer": "/fields/certificate_number", "value": "出字第 0000065 號"}])).expect(200);
    take(&app, "clerk1", &certified(65, 64)).expect(201);
    assert_eq!(duplicate(&certified(66, 65)), 1);
    revoke(&app, &case);
    take(&app, "clerk1", &certified(66, 65)).expect(201);
    // Of two deaths there are two certificates too.
    let mut dead = death(&app, 67);
    take(&app, "clerk1", &dead).expect(201);
    dead["parties"][0] = as_party(person(68), "DECEASED");
    dead["confirm_not_duplicate"] = json!(false);
    assert_eq!(duplicate(&dead), 1);
}
