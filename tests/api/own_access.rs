//! What opens one's own account: passwords that nobody guesses, log-ins and addresses that end, and answers that are given
//! again only to whoever may still see them, with a line in the log each time.

use std::collections::BTreeSet;

use actix_web::post;
use chrono::Duration;
use huzheng::auth::May;
use huzheng::db::Record;
use huzheng::domain::{Domain, Domains};
use huzheng::domains::ALL;
use huzheng::error;
use huzheng::http::Reply;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::cases::{correct, move_in, papers_of, registered};
use crate::contract::{operation_of, operations};
use crate::identity::{NEW_PASSWORD, login, text, user};
use crate::inquiries::{ask, online};
use crate::on_site::{complaint, enter};
use crate::promises::line;
use crate::support::{Answer, PASSWORD, TestApp, WEDNESDAY_9, booking, person};
use crate::{promotion_partners, volunteer_recruitment, volunteers};

fn register(app: &TestApp, password: &str) -> Answer {
    let body = json!({
        "username": "ming-hua", "password": password, "name": "王明華", "national_id": person(77)["national_id"],
        "birth_on": "1990-05-04", "phone": "0935718264", "email": "wolfeschlegel@example.tw"
    });
    app.post("/v1/auth/register").json(&body).send()
}

#[test]
fn a_password_that_is_soon_guessed_is_refused() {
    let app = TestApp::new();
    let soon = [
        "P@ssw0rd1234",
        "Summer2026!!",
        "1qaz2wsx#EDC",
        "Aa1!Aa1!Aa1!",
        "Sunshine-2024",
        // One's own: e-mail address, phone, birthday by both calendars.
        "Wolfeschlegel-7",
        "0935718264-Ab",
        "Ab-19900504-!",
        "Ab-790504-790504",
    ];
    for password in soon {
        assert_eq!(register(&app, password).fields(), [("/password".to_owned(), "guessable".to_owned())], "{password}");
    }
    let said = |language: &str| {
        let body = json!({"current_password": PASSWORD, "new_password": "Summer2026!!"});
        let call = app.post("/v1/auth/password").user("citizen1").header("Accept-Language", language);
        text(&call.json(&body).send().refused(422, "invalid")["errors"][0]["detail"])
    };
    assert!(said("zh-TW").contains("過於容易猜中") && said("en").contains("soon guessed"));
    register(&app, NEW_PASSWORD).expect(201);
}

#[test]
fn a_new_password_is_no_better_for_ones_own_words() {
    let app = TestApp::new();
    let email_address = |new: &str| {
        let token = text(&login(&app, "ming-hua", NEW_PASSWORD).expect(200)["access_token"]);
        let body = json!({"current_password": NEW_PASSWORD, "new_password": new});
        app.post("/v1/auth/password").bearer(&token).json(&body).send()
    };
    register(&app, NEW_PASSWORD).expect(201);
    assert_eq!(email_address("Wolfeschlegel-7").fields(), [("/new_password".to_owned(), "guessable".to_owned())]);
    assert_eq!(email_address("Grün-Tee-um-fünf").status, 204);
}

/// The caller's log-ins: ids, and which one asks.
fn sessions(app: &TestApp, token: &str) -> Vec<(String, bool)> {
    let list = app.get("/v1/me/sessions").bearer(token).send();
    let items = list.expect(200)["items"].as_array().unwrap().clone();
    items.iter().map(|one| (text(&one["id"]), one["is_this_one"] == true)).collect()
}

#[test]
fn ones_own_log_ins_are_listed_and_ended() {
    let app = TestApp::new();
    let begin = || {
        app.advance(Duration::minutes(1));
        let tokens = login(&app, "citizen1", PASSWORD).expect(200).clone();
        (text(&tokens["access_token"]), text(&tokens["refresh_token"]))
    };
    let (here, there, elsewhere) = (begin(), begin(), begin());
    let listed = sessions(&app, &here.0);
    assert_eq!(listed.iter().map(|(_, this)| *this).collect::<Vec<_>>(), [false, false, true], "the newest first");
    app.advance(Duration::minutes(5));
    let refreshed = app.post("/v1/auth/refresh").json(&json!({"refresh_token": elsewhere.1})).send();
    let list = app.get("/v1/me/sessions?limit=1&include_total=true").bearer(&here.0).send();
    let first = &list.expect(200)["items"][0];
    assert_eq!((&list.body["total"], &first["client_id"]), (&json!(3), &json!("huzheng")));
    assert_eq!(first["last_used_at"], app.now().to_string());
    assert_ne!(first["begun_at"], first["last_used_at"]);

    let end = |id: &str, token: &str| app.post(&format!("/v1/me/sessions/{id}:end")).bearer(token).send();
    let stranger = app.token("citizen2");
    end(&listed[1].0, &stranger).refused(404, "not_found");
    assert_eq!(end(&listed[1].0, &here.0).status, 204);
    app.get("/v1/me").bearer(&there.0).send().refused(401, "unauthenticated");
    app.post("/v1/auth/refresh").json(&json!({"refresh_token": there.1})).send().refused(401, "unauthenticated");
    end(&listed[1].0, &here.0).refused(404, "not_found");
    assert_eq!(sessions(&app, &here.0).len(), 2);

    assert_eq!(app.post("/v1/me/sessions:end-others").bearer(&here.0).send().status, 204);
    let next = text(&refreshed.expect(200)["access_token"]);
    app.get("/v1/me").bearer(&next).send().refused(401, "unauthenticated");
    assert_eq!(sessions(&app, &here.0), [(listed[2].0.clone(), true)]);
    app.get("/v1/me").bearer(&stranger).send().expect(200);
    app.get("/v1/me/sessions").bearer(&app.client_token("county")).send().refused(403, "forbidden");
}

#[test]
fn an_address_with_a_secret_ends_with_the_password() {
    let change = |app: &TestApp| {
        let body = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
        assert_eq!(app.post("/v1/auth/password").user("citizen1").json(&body).send().status, 204);
    };
    let suspend = |app: &TestApp| {
        let (path, tag) = user(app, "citizen1");
        let suspended = app.post(&format!("{path}:suspend")).user("admin1").if_match(&tag).send();
        suspended.expect(200);
        app.post(&format!("{path}:reinstate")).user("admin1").if_match(suspended.etag()).send().expect(200);
    };
    let reset = |app: &TestApp| {
        let (path, tag) = user(app, "citizen1");
        let asked = app.post(&format!("{path}:reset-password")).user("admin1").if_match(&tag).send();
        app.post(&format!("{path}:approve")).user("director1").if_match(asked.etag()).send().expect(200);
    };
    type End<'a> = &'a dyn Fn(&TestApp);
    let ends: [(&str, End); 3] = [("a new password", &change), ("a suspension", &suspend), ("a reset", &reset)];
    for (what, end) in ends {
        let app = TestApp::new();
        let url = text(&app.post("/v1/me/calendar-token").user("citizen1").json(&json!({})).send().expect(200)["url"]);
        let other = text(&app.post("/v1/me/calendar-token").user("citizen2").json(&json!({})).send().expect(200)["url"]);
        assert_eq!(app.get(&url).send().status, 200);
        end(&app);
        let after = app.get(&url).send();
        assert_eq!(after.status, 404, "{what} leaves the address open");
        assert_eq!(app.get(&other).send().status, 200, "{what} ends another's");
    }
}

/// Lines of the audit log with this action.
fn logged(app: &TestApp, action: &str) -> i64 {
    let log = app.get(&format!("/v1/audit-log?action={action}&include_total=true&limit=1")).user("director1").send();
    log.expect(200)["total"].as_i64().unwrap()
}

#[test]
fn every_read_by_post_is_logged_each_time_that_it_is_sent() {
    let app = TestApp::new();
    let mut body = move_in(1);
    body["papers"] = json!(papers_of(&app, "MOVE_IN"));
    let case = registered(&app, &body);
    let changes = json!([{"pointer": "/fields/household_head", "value": "王二明"}]);
    correct(&app, &case, changes).expect(200);
    let booked = app.post("/v1/bookings").user("clerk1").once().json(&{
        let mut body = booking(WEDNESDAY_9);
        body["person"] = person(5);
        body
    });
    let booked = booked.send().expect(201).clone();
    let searched = json!({"national_id": person(1)["national_id"], "reason": "查詢"});
    let why = json!({"reason": "查詢"});
    let id = text(&case["id"]);
    let mut waits = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-25", "person": person(6)});
    waits["contact"] = json!({"phone": "0912345678"});
    let waits = app.post("/v1/waitlist").user("clerk1").once().json(&waits).send().expect(201).clone();
    let mut certified =
        json!({"kind": "TRANSCRIPT_ZH", "person": person(1), "applicant": person(1), "purpose": "就學", "copies": 1});
    certified["applicant"]["relation"] = json!("SELF");
    let certified = app.post("/v1/certificates").user("clerk1").once().json(&certified).send().expect(201).clone();
    let of = |kind: &str, one: &Value| format!("/v1/{kind}/{}:reveal-contact", text(&one["id"]));
    let called = json!({"phone": "0912345678", "reason": "查詢"});
    let barring = json!({
        "ground": "OWN_BAR", "barred": [person(7)], "from_on": "2026-11-20", "reason": "被害人申請"
    });
    let protected = format!("/v1/people/{}/protection-marks", text(&case["parties"][0]["person_id"]));
    let mark = app.post(&protected).user("clerk2").once().json(&barring).send().expect(201).clone();
    let petition =
        json!({"kind": "SUGGESTION", "channel": "LETTER", "subject": "門口路燈", "body": "夜間不亮", "petitioner": person(8)});
    let petition = app.post("/v1/petitions").user("clerk1").once().json(&petition).send();
    let petition = petition.headers["location"].clone();
    let inquiry = ask(&app, None, &online(json!({"phone": "0912345678"}))).path;
    let on_site = enter(&app, "clerk1", &complaint());
    let plan = volunteer_recruitment::published(&app);
    let made = |path: &str, body: &Value| app.post(path).user("clerk1").once().json(body).send().expect(201).clone();
    let volunteer = made("/v1/volunteers", &volunteers::volunteer(81));
    let application = made("/v1/volunteer-applications", &volunteer_recruitment::application(&plan, 82));
    let partner = made("/v1/promotion-partners", &promotion_partners::head());
    let reads: [(&str, &str, String, Value, &str); 21] = [
        ("reveal_inquiry_contact", "clerk1", format!("{inquiry}:reveal-contact"), why.clone(), "inquiry.contact_revealed"),
        (
            "reveal_on_site_contact",
            "clerk1",
            format!("{on_site}:reveal-contact"),
            why.clone(),
            "on_site_complaint.contact_revealed",
        ),
        ("search_petitions", "chief1", "/v1/petitions:search".to_owned(), json!({"q": "路燈"}), "petition.searched"),
        ("reveal_petition", "chief1", format!("{petition}:reveal"), why.clone(), "petition.revealed"),
        (
            "reveal_protection_mark",
            "clerk1",
            format!("/v1/protection-marks/{}:reveal", text(&mark["id"])),
            why.clone(),
            "protection_mark.revealed",
        ),
        ("reveal_booking_contact", "clerk1", of("bookings", &booked), why.clone(), "booking.contact_revealed"),
        ("reveal_waitlist_contact", "clerk1", of("waitlist", &waits), why.clone(), "waitlist.contact_revealed"),
        ("reveal_case_contact", "clerk1", of("cases", &case), why.clone(), "case.contact_revealed"),
        ("reveal_certificate_contact", "clerk1", of("certificates", &certified), why.clone(), "certificate.contact_revealed"),
        ("reveal_volunteer_contact", "clerk1", of("volunteers", &volunteer), why.clone(), "volunteer.contact_revealed"),
        (
            "reveal_volunteer_application_contact",
            "clerk1",
            of("volunteer-applications", &application),
            why.clone(),
            "volunteer_application.contact_revealed",
        ),
        (
            "reveal_promotion_partner_contact",
            "clerk1",
            of("promotion-partners", &partner),
            why.clone(),
            "promotion_partner.contact_revealed",
        ),
        (
            "reveal_calls",
            "clerk1",
            "/v1/call-list:reveal".to_owned(),
            json!({"date": "2026-11-25", "kind": "BOOKING", "reason": "電話通知"}),
            "call_list.revealed",
        ),
        ("reveal_case", "clerk1", format!("/v1/cases/{id}:reveal"), why.clone(), "case.revealed"),
        ("search_cases", "clerk1", "/v1/cases:search".to_owned(), searched.clone(), "person.searched"),
        ("search_people", "clerk1", "/v1/people:search".to_owned(), searched, "person.searched"),
        ("search_bookings", "clerk1", "/v1/bookings:search".to_owned(), called.clone(), "booking.searched"),
        ("search_waitlist", "clerk1", "/v1/waitlist:search".to_owned(), called, "waitlist.searched"),
        (
            "search_volunteers",
            "clerk1",
            "/v1/volunteers:search".to_owned(),
            json!({"national_id": volunteers::volunteer(81)["person"]["national_id"], "reason": "民眾詢問"}),
            "volunteer.searched",
        ),
        (
            "reveal_maintenance_record",
            "chief1",
            "/v1/record-books/maintenance/115/1:reveal".to_owned(),
            why,
            "maintenance.revealed",
        ),
        (
            "look_up_booking",
            "",
            "/v1/bookings:lookup".to_owned(),
            json!({"number": booked["number"], "secret": booked["secret"]}),
            "booking.read",
        ),
    ];
    // Who may read by POST, by the policy: nobody else may, so that a new one is walked here too.
    let read_by_post: BTreeSet<&str> = operations()
        .iter()
        .filter(|(_, method, _)| method == "POST")
        .map(|(.., operation)| line(operation["operationId"].as_str().unwrap()))
        .filter(|line| line.scope.ends_with(".read"))
        .map(|line| line.operation)
        .collect();
    let walked: BTreeSet<&str> = reads.iter().map(|(operation, ..)| *operation).filter(|one| *one != "look_up_booking").collect();
    assert_eq!(walked, read_by_post);
    for (operation, by, path, body, action) in reads {
        let before = logged(&app, action);
        for times in 1..=3 {
            let call = app.post(&path).key("one-key").json(&body);
            let answer = if by.is_empty() { call.send() } else { call.user(by).send() };
            answer.expect(200);
            assert_eq!(logged(&app, action) - before, times, "{operation}");
        }
    }
    // Whoever may no longer see it is given nothing.
    app.sql("UPDATE accounts SET service_point = 'XIANXI' WHERE username = 'clerk1'");
    app.post(&format!("/v1/cases/{id}:reveal"))
        .user("clerk1")
        .key("one-key")
        .json(&json!({"reason": "查詢"}))
        .send()
        .refused(404, "not_found");
}

huzheng::policy! {
    OpenDrawer "open_drawer" "drawer.write" [Clerk Own];
}

/// A drawer.
#[derive(Serialize, ToSchema)]
struct Drawer {
    letters: u32,
}

/// Opens the drawer.
///
/// And shows what lies in it.
#[utoipa::path(tag = "Drawers", operation_id = "open_drawer", responses((status = 200, description = "The drawer.", body = Drawer)))]
#[post("/v1/drawer:open")]
async fn open_drawer(may: May<OpenDrawer>) -> error::Result<Reply> {
    may.write(|tx, _| {
        tx.record(Record::read("drawer.read", "drawer".to_owned(), "letters").because("取件"));
        Reply::ok(&Drawer { letters: 3 })
    })
    .await
}

static DRAWERS: Domain = Domain {
    tag: Some(("Drawers", "What lies in them.")),
    policy: LINES,
    routes: |operations| _ = operations.service(open_drawer),
    ..Domain::EMPTY
};

#[test]
fn what_an_act_shows_is_logged_again_when_its_answer_is_given_again() {
    let app = TestApp::of(Domains(ALL.0.iter().copied().chain([&DRAWERS]).collect::<Vec<_>>().leak()));
    let open = || app.post("/v1/drawer:open").user("clerk1").key("one-key").send();
    assert_eq!(open().expect(200)["letters"], 3);
    assert_eq!(open().headers["idempotency-replayed"], "true");
    assert_eq!(logged(&app, "drawer.read"), 2);
    let log = app.get("/v1/audit-log?action=drawer.read").user("director1").send();
    let lines = log.expect(200)["items"].as_array().unwrap();
    assert_eq!(
        (&lines[0]["actor"], &lines[0]["fields"], &lines[0]["purpose"]),
        (&lines[1]["actor"], &lines[1]["fields"], &lines[1]["purpose"])
    );
    for change in ["duties = '[\"PRESS\"]'", "service_point = 'XIANXI'"] {
        app.sql(&format!("UPDATE accounts SET {change} WHERE username = 'clerk1'"));
        open().refused(422, "idempotency_mismatch");
    }
    assert_eq!(logged(&app, "drawer.read"), 2);
}

#[test]
fn a_client_has_no_log_ins_and_who_names_no_role_that_only_clients_have() {
    let app = TestApp::new();
    let password = json!({"current_password": "x", "new_password": "Gruen-Tee-um-fuenf"});
    for client in ["county", "agency-land"] {
        let token = app.client_token(client);
        let send = |method: &'static str, path: &str| app.call(method, path).bearer(&token).once();
        send("GET", "/v1/me/sessions").send().refused(403, "forbidden");
        send("POST", "/v1/me/sessions:end-others").send().refused(403, "forbidden");
        send("POST", "/v1/me/sessions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f:end").send().refused(403, "forbidden");
        send("POST", "/v1/auth/password").json(&password).send().refused(403, "forbidden");
    }
    for id in ["list_sessions", "end_session", "end_other_sessions", "change_password"] {
        let text = operation_of(id)["description"].as_str().unwrap();
        assert!(!text.contains("PAR") && text.contains("403"), "{id}: {text}");
    }
    let body = json!({"username": "partner1", "name": "林合作", "roles": ["PAR"]});
    let made = app.post("/v1/users").user("admin1").json(&body).send();
    made.refused(422, "invalid");
    assert_eq!(made.fields(), [("/roles".to_owned(), "not_allowed".to_owned())]);
}
