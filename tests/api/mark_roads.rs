//! Every road on which the data of somebody is read, and what a protection mark makes of it to whoever is barred and works in the
//! office.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cases::{act, at, birth, registered, take};
use crate::contract::{contract, operations};
use crate::holders::name_holder;
use crate::known::{complete, matter};
use crate::marks::of_both;
use crate::protection::{BARRED, PROTECTED, ask, citizen, mark, order};
use crate::support::{Answer, FRIDAY_9, TestApp, WEDNESDAY_9, booking, person};

/// What becomes of an operation that shows somebody's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bar {
    /// What is theirs is not found by its id.
    NotFound,
    /// A list, a search or a book leaves out what is theirs.
    LeftOut,
    /// It is the caller's own matter (`own_request`).
    Refused,
    /// It shows the caller themself, or what they have a key of their own to.
    Own,
    /// It shows those who work in the office, or the office.
    Staff,
    /// Another agency's clients alone read it.
    Agency,
    /// It shows nobody: what the members are called, or how much there is of something.
    Nobody,
}

/// Every reading operation whose answer can tell of a person. A new one is named here, once it asks `auth::protection`.
const ROADS: [(&str, Bar); 110] = [
    ("check_case", Bar::Refused),
    ("check_inquiry_answer", Bar::NotFound),
    ("export_maintenance_csv", Bar::LeftOut),
    ("export_maintenance_xlsx", Bar::LeftOut),
    ("export_spot_checks_csv", Bar::LeftOut),
    ("export_spot_checks_xlsx", Bar::LeftOut),
    ("get_agency_batch", Bar::Agency),
    ("get_agency_delivery", Bar::NotFound),
    ("get_agency_notice", Bar::NotFound),
    ("get_booking", Bar::NotFound),
    ("get_booking_calendar", Bar::NotFound),
    ("get_case", Bar::NotFound),
    ("get_case_history", Bar::NotFound),
    ("get_certificate", Bar::NotFound),
    ("get_disposal", Bar::NotFound),
    ("get_draw_population", Bar::LeftOut),
    ("get_error", Bar::NotFound),
    ("get_identity_proof", Bar::NotFound),
    ("get_inquiry", Bar::NotFound),
    ("get_letter_of_proxy", Bar::NotFound),
    ("get_mail", Bar::NotFound),
    ("get_maintenance_record", Bar::NotFound),
    ("get_me", Bar::Own),
    ("get_metrics", Bar::Nobody),
    ("get_my_calendar", Bar::LeftOut),
    ("get_notice", Bar::NotFound),
    ("get_notice_pdf", Bar::NotFound),
    ("get_notice_text", Bar::NotFound),
    ("get_office", Bar::Staff),
    ("get_on_site_complaint", Bar::NotFound),
    ("get_outgoing_letter", Bar::NotFound),
    ("get_outgoing_letter_pdf", Bar::NotFound),
    ("get_person", Bar::NotFound),
    ("get_petition", Bar::NotFound),
    ("get_petition_digest_page", Bar::Nobody),
    ("get_petition_digest_pdf", Bar::Nobody),
    ("get_petition_history", Bar::NotFound),
    ("get_petition_publication", Bar::NotFound),
    ("get_problem", Bar::Nobody),
    ("get_protection_mark", Bar::Refused),
    ("get_published_petition", Bar::Nobody),
    ("get_referral", Bar::NotFound),
    ("get_retention_hold", Bar::NotFound),
    ("get_promotion_partner", Bar::NotFound),
    ("get_similar_petitions", Bar::NotFound),
    ("get_spot_check", Bar::NotFound),
    ("get_spot_check_entry", Bar::NotFound),
    ("get_upload_content", Bar::NotFound),
    ("get_user", Bar::Staff),
    ("get_volunteer", Bar::NotFound),
    ("get_volunteer_application", Bar::NotFound),
    ("get_waitlist_entry", Bar::NotFound),
    ("list_agency_deliveries", Bar::LeftOut),
    ("list_agency_notices", Bar::LeftOut),
    ("list_agency_queue", Bar::Agency),
    ("list_audit_log", Bar::LeftOut),
    ("list_booking_conflicts", Bar::LeftOut),
    ("list_bookings", Bar::LeftOut),
    ("list_calls", Bar::LeftOut),
    ("list_case_changes", Bar::NotFound),
    ("list_cases", Bar::LeftOut),
    ("list_certificates", Bar::LeftOut),
    ("list_disposals", Bar::LeftOut),
    ("list_due_records", Bar::LeftOut),
    ("list_errors", Bar::LeftOut),
    ("list_facts", Bar::Refused),
    ("list_identity_proofs", Bar::LeftOut),
    ("list_letters_of_proxy", Bar::LeftOut),
    ("list_mails", Bar::LeftOut),
    ("list_maintenance_records", Bar::LeftOut),
    ("list_notice_ledger", Bar::LeftOut),
    ("list_outgoing_letters", Bar::LeftOut),
    ("list_digested_petitions", Bar::LeftOut),
    ("list_petition_publications", Bar::LeftOut),
    ("list_petitions", Bar::LeftOut),
    ("list_problems", Bar::Nobody),
    ("list_promotion_partners", Bar::LeftOut),
    ("list_protection_marks", Bar::Refused),
    ("list_published_petitions", Bar::Nobody),
    ("list_referrals", Bar::LeftOut),
    ("list_retention_holds", Bar::LeftOut),
    ("list_reviews", Bar::NotFound),
    ("list_spot_check_entries", Bar::LeftOut),
    ("list_spot_checks", Bar::LeftOut),
    ("list_users", Bar::Staff),
    ("list_volunteer_applications", Bar::LeftOut),
    ("list_volunteers", Bar::LeftOut),
    ("list_waitlist", Bar::LeftOut),
    ("look_up_booking", Bar::Own),
    ("look_up_receipt", Bar::Own),
    ("reveal_booking_contact", Bar::NotFound),
    ("reveal_calls", Bar::LeftOut),
    ("reveal_case", Bar::NotFound),
    ("reveal_case_contact", Bar::NotFound),
    ("reveal_certificate_contact", Bar::NotFound),
    ("reveal_inquiry_contact", Bar::NotFound),
    ("reveal_maintenance_record", Bar::NotFound),
    ("reveal_on_site_contact", Bar::NotFound),
    ("reveal_petition", Bar::NotFound),
    ("reveal_promotion_partner_contact", Bar::NotFound),
    ("reveal_protection_mark", Bar::Refused),
    ("reveal_volunteer_application_contact", Bar::NotFound),
    ("reveal_volunteer_contact", Bar::NotFound),
    ("reveal_waitlist_contact", Bar::NotFound),
    ("search_bookings", Bar::LeftOut),
    ("search_cases", Bar::LeftOut),
    ("search_people", Bar::LeftOut),
    ("search_petitions", Bar::LeftOut),
    ("search_volunteers", Bar::LeftOut),
    ("search_waitlist", Bar::LeftOut),
];

/// How the address of a POST ends that reads.
const READS: [&str; 6] = [":search", ":reveal", ":reveal-contact", ":lookup", ":receipt", ":check"];

/// Members by which an answer tells of a person, of what is theirs, or of who worked on it.
const TELLING: [&str; 18] = [
    "about",
    "person_id",
    "other_person_id",
    "person",
    "person_name",
    "applicant",
    "parties",
    "national_id",
    "contact",
    "case_id",
    "booking_id",
    "principal_person_id",
    "record",
    "subject",
    "notice_id",
    "delivery_id",
    "actor",
    "proposed_by",
];

/// The names of all members of what a part of the contract says, behind its references.
fn members(part: &'static Value, seen: &mut BTreeSet<&'static str>, names: &mut BTreeSet<&'static str>) {
    if let Some(reference) = part["$ref"].as_str() {
        if seen.insert(reference) {
            members(contract().pointer(&reference[1..]).unwrap(), seen, names);
        }
        return;
    }
    names.extend(part["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()));
    let parts: Vec<&Value> = match part {
        Value::Object(parts) => parts.values().collect(),
        Value::Array(parts) => parts.iter().collect(),
        _ => Vec::new(),
    };
    parts.into_iter().for_each(|part| members(part, seen, names));
}

/// Whether the answer to a reading operation can tell of a person.
fn tells((path, method, operation): &(&'static str, String, &'static Value)) -> bool {
    let reads = method == "GET" || method == "POST" && READS.iter().any(|end| path.ends_with(end));
    let answer = &operation["responses"]["200"];
    let mut names = BTreeSet::new();
    members(answer, &mut BTreeSet::new(), &mut names);
    let is_text = |content: &Value| content.as_object().is_some_and(|kinds| kinds.keys().any(|kind| kind != "application/json"));
    reads && (is_text(&answer["content"]) || TELLING.iter().any(|name| names.contains(name)))
}

#[test]
fn every_operation_that_shows_a_person_says_what_a_mark_makes_of_it() {
    let named: BTreeMap<&str, Bar> = ROADS.into_iter().collect();
    let id = |operation: &'static Value| operation["operationId"].as_str().unwrap();
    let showing: BTreeSet<&str> = operations().iter().filter(|one| tells(one)).map(|(.., operation)| id(operation)).collect();
    let unnamed: Vec<&&str> = showing.iter().filter(|id| !named.contains_key(**id)).collect();
    assert!(unnamed.is_empty(), "show a person, and stand in no line of ROADS: {unnamed:?}");
    let gone: Vec<&&str> = named.keys().filter(|id| !showing.contains(**id)).collect();
    assert!(gone.is_empty(), "show nobody: {gone:?}");
    // What nobody in the office reads is no office's to close.
    for (.., operation) in operations().iter().filter(|(.., operation)| named.get(id(operation)) == Some(&Bar::Agency)) {
        assert!(id(operation).contains("agency"), "{}", id(operation));
    }
}

/// One record of each kind of somebody on whom a mark stands.
struct Theirs {
    person: String,
    mark: Value,
    case: Value,
    bookings: [Value; 2],
    waits: Value,
    letter: Value,
    certificate: Value,
}

fn theirs(app: &TestApp) -> Theirs {
    let made = |path: &str, body: &Value| app.post(path).user("clerk1").once().json(body).send().expect(201).clone();
    let case = registered(app, &complete(app, matter(PROTECTED)));
    let person_id = case["parties"][0]["person_id"].as_str().unwrap().to_owned();
    let mut at_counter = booking(FRIDAY_9);
    at_counter["person"] = person(PROTECTED);
    let bookings = [made("/v1/bookings", &at_counter), app.book_for(PROTECTED, WEDNESDAY_9).expect(201).clone()];
    let waits = json!({"service": "COUNTER", "from": "2026-11-25", "to": "2026-11-30", "person": person(PROTECTED)});
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(PROTECTED), "scope": "CASE", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31"
    });
    Theirs {
        waits: made("/v1/waitlist", &waits),
        letter: app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send().expect(201).clone(),
        certificate: ask(app, "clerk1", &person(PROTECTED), &person(PROTECTED)).expect(201).clone(),
        mark: mark(app, "clerk1", &person_id, &order(&person(BARRED))).expect(201).clone(),
        person: person_id,
        case,
        bookings,
    }
}

fn text(id: &Value) -> &str {
    id["id"].as_str().unwrap()
}

impl Theirs {
    /// The ids of all that is theirs.
    fn ids(&self) -> Vec<&str> {
        let records = self.bookings.iter().chain([&self.mark, &self.case, &self.waits, &self.letter, &self.certificate]);
        records.map(text).chain([self.person.as_str()]).collect()
    }

    /// Addresses at which nothing is found.
    fn addresses(&self) -> Vec<String> {
        let [one, other] = self.bookings.each_ref().map(text);
        let calendar = format!("/v1/bookings/{one}/calendar.ics");
        let bookings = [one, other].map(|id| format!("/v1/bookings/{id}"));
        let others = [
            format!("/v1/people/{}", self.person),
            format!("/v1/waitlist/{}", text(&self.waits)),
            format!("/v1/letters-of-proxy/{}", text(&self.letter)),
            format!("/v1/certificates/{}", text(&self.certificate)),
        ];
        let of_case = ["", "/history", "/reviews", "/changes"].map(|under| at(&self.case, under));
        bookings.into_iter().chain([calendar]).chain(others).chain(of_case).collect()
    }
}

fn search(app: &TestApp, user: &str, of: &str, mut body: Value) -> Answer {
    body["reason"] = json!("查詢");
    let found = app.post(&format!("/v1/{of}:search")).user(user).json(&body).send();
    found.expect(200);
    found
}

#[test]
fn staff_who_are_barred_find_nothing_of_whom_a_mark_protects_on_any_road() {
    let app = TestApp::new();
    for user in ["director1", "clerk2"] {
        name_holder(&app, user, &person(BARRED), "chief1");
    }
    let theirs = theirs(&app);
    let me = |user: &str| app.get("/v1/me").user(user).send().expect(200)["id"].as_str().unwrap().to_owned();
    let (clerk, reviewer) = (me("clerk1"), me("reviewer1"));
    let by_place = [
        format!("clerk_id={clerk}"),
        format!("reviewer_id={reviewer}"),
        "service_point=HEMEI".to_owned(),
        "type=OTHER_LAW".to_owned(),
    ];
    let mut lists: Vec<String> = by_place.iter().map(|filter| format!("/v1/cases?{filter}&limit=100")).collect();
    lists.push(format!("/v1/bookings?person_id={}", theirs.person));
    lists.extend(["2026-11-25", "2026-11-27"].map(|day| format!("/v1/call-list?date={day}")));
    let others = ["bookings", "certificates", "waitlist", "referrals", "booking-conflicts", "letters-of-proxy", "agency-notices"];
    lists.extend(others.map(|list| format!("/v1/{list}?limit=100")));
    lists.push("/v1/spot-checks?limit=100".to_owned());
    lists.extend(["maintenance", "spot-checks"].map(|book| format!("/v1/record-books/{book}")));
    let searches = [
        ("bookings", json!({"name": person(PROTECTED)["name"]})),
        ("bookings", json!({"phone": "0912345678"})),
        ("waitlist", json!({"name": person(PROTECTED)["name"]})),
        ("cases", json!({"national_id": person(PROTECTED)["national_id"]})),
        ("people", json!({"national_id": person(PROTECTED)["national_id"]})),
    ];
    for user in ["director1", "clerk2"] {
        for path in theirs.addresses() {
            app.get(&path).user(user).send().refused(404, "not_found");
        }
        let with_contacts = [
            format!("bookings/{}", text(&theirs.bookings[0])),
            format!("waitlist/{}", text(&theirs.waits)),
            format!("cases/{}", text(&theirs.case)),
            format!("certificates/{}", text(&theirs.certificate)),
        ];
        for path in with_contacts {
            let call = app.post(&format!("/v1/{path}:reveal-contact")).user(user);
            call.json(&json!({"reason": "通知"})).send().refused(404, "not_found");
        }
        let reveal = app.post(&at(&theirs.case, ":reveal")).user(user);
        reveal.json(&json!({"reason": "查詢"})).send().refused(404, "not_found");
        let read = lists.iter().map(|path| (path.clone(), app.get(path).user(user).send()));
        let found = searches.iter().map(|(of, body)| (format!("{of} {body}"), search(&app, user, of, body.clone())));
        for (road, answer) in read.chain(found) {
            answer.expect(200);
            for id in theirs.ids() {
                assert!(!answer.text.contains(id), "{user} {road}: {}", answer.text);
            }
        }
    }
    // Everybody else finds them as before: others do the work.
    for path in theirs.addresses() {
        assert_eq!(app.get(&path).user("clerk1").send().status, 200, "{path}");
    }
    for (of, body) in &searches {
        let found = search(&app, "clerk1", of, body.clone());
        assert!(theirs.ids().iter().any(|id| found.text.contains(id)), "{of}: {}", found.text);
    }
    let listed = app.get(&lists[0]).user("clerk1").send();
    assert!(listed.expect(200).to_string().contains(text(&theirs.case)), "{}", listed.text);
}

#[test]
fn the_audit_log_tells_nobody_who_is_barred_of_a_mark_or_of_whom_it_protects() {
    let app = TestApp::new();
    name_holder(&app, "director1", &person(BARRED), "chief1");
    let theirs = theirs(&app);
    name_holder(&app, "clerk2", &person(BARRED), "chief1");
    app.get(&format!("/v1/people/{}/protection-marks", theirs.person)).user("clerk2").send().refused(409, "own_request");
    let log = |user: &str, query: &str| app.get(&format!("/v1/audit-log?limit=100{query}")).user(user).send();
    let of_person = format!("&person_id={}", theirs.person);
    assert_eq!(log("director1", &format!("{of_person}&include_total=true")).expect(200)["total"], 0);
    for query in ["", of_person.as_str(), "&action=protection_mark.entered", "&action=own_request.refused", "&actor=system"] {
        let seen = log("director1", query);
        seen.expect(200);
        for id in theirs.ids() {
            assert!(!seen.text.contains(id), "{query}: {}", seen.text);
        }
    }
    // The county, which is barred from nobody, reads it whole.
    let county = app.client_token("county");
    let log = |query: &str| app.get(&format!("/v1/audit-log?limit=100{query}")).bearer(&county).send();
    let whole = log(&of_person);
    let actions: Vec<&Value> = whole.expect(200)["items"].as_array().unwrap().iter().map(|line| &line["action"]).collect();
    assert!(actions.contains(&&json!("protection_mark.entered")), "{actions:?}");
    let refused = log("&action=own_request.refused");
    assert!(refused.expect(200).to_string().contains(&theirs.person), "{}", refused.text);
    assert_eq!(app.get("/v1/audit-log:verify").user("director1").send().expect(200)["intact"], true);
}

#[test]
fn a_party_who_is_barred_finds_no_case_by_who_works_on_it() {
    let app = TestApp::new();
    let case = of_both(&app);
    let clerk = case["clerk_id"].as_str().unwrap();
    let listed = || app.get(&format!("/v1/cases?clerk_id={clerk}")).user("citizen1").send().expect(200).to_string();
    assert!(listed().contains(text(&case)));
    let protected = case["parties"][0]["person_id"].as_str().unwrap();
    mark(&app, "clerk1", protected, &order(&citizen(&app))).expect(201);
    assert!(!listed().contains(text(&case)));
    app.get(&at(&case, "")).user("citizen1").send().refused(404, "not_found");
}

#[test]
fn a_possible_duplicate_tells_no_barred_member_of_staff_at_which_desk_it_was_taken() {
    let app = TestApp::new();
    let case = take(&app, "clerk4", &birth(PROTECTED)).expect(201).clone();
    app.name_holder("clerk2", BARRED);
    mark(&app, "clerk1", case["parties"][1]["person_id"].as_str().unwrap(), &order(&person(BARRED))).expect(201);
    // By the certificate of birth, which names nobody.
    let mut other = birth(120);
    other["fields"]["certificate_number"] = birth(PROTECTED)["fields"]["certificate_number"].clone();
    let matched = |user: &str| take(&app, user, &other).refused(409, "possible_duplicate")["matches"][0].clone();
    assert_eq!([&matched("clerk1")["number"], &matched("clerk2")["number"]], [&case["number"], &Value::Null]);
    assert_eq!(matched("clerk2")["id"], case["id"]);
}

#[test]
fn no_desk_tells_a_barred_member_of_staff_where_a_case_was_taken_or_that_there_is_one() {
    for (taker, user) in [("clerk1", "clerk2"), ("clerk1", "clerk3"), ("clerk4", "clerk4"), ("clerk4", "chief2")] {
        let app = TestApp::new();
        let case = take(&app, taker, &matter(PROTECTED)).expect(201).clone();
        let protected = case["parties"][0]["person_id"].as_str().unwrap();
        let listed = |user: &str| app.get("/v1/cases?type=OTHER_LAW").user(user).send().expect(200).to_string();
        let sees = |user: &str| (app.get(&at(&case, "")).user(user).send().status, listed(user).contains(text(&case)));
        app.name_holder(user, BARRED);
        let is_in_reach = user != "clerk3";
        assert_eq!(sees(user), (if is_in_reach { 200 } else { 404 }, is_in_reach), "{user} of {taker}");
        mark(&app, "clerk1", protected, &order(&person(BARRED))).expect(201);
        assert_eq!(sees(user), (404, false), "{user} of {taker}");
        app.get(&at(&case, "")).user(user).send().refused(404, "not_found");
        act(&app, user, &case, ":withdraw", &json!({"reason": "x"})).refused(404, "not_found");
        // Others do the work.
        act(&app, "chief1", &case, ":withdraw", &json!({"reason": "申請人撤回"})).expect(200);
    }
}
