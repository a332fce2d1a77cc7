//! A store of before people were told apart from what is said of them, brought up to date: each row answers as it must today.

use huzheng::secrets::vault::Vault;
use serde_json::{Value, json};

use crate::cases::act;
use crate::identity::login;
use crate::known::{complete, matter, named};
use crate::moves::{HEMEI, TAICHUNG, XIANXI};
use crate::support::{PASSWORD, TestApp, called, person};

/// The last migration that the old store has.
const LAST: &str = "2026-11-28-000033_findings";
const REGISTERED: &str = "019a5c3e-7b1a-7c3e-9f00-000000000001";
const SAID: &str = "019a5c3e-7b1a-7c3e-9f00-000000000002";
const MOVED: &str = "019a5c3e-7b1a-7c3e-9f00-000000000003";
const CLERK: &str = "019a5c3e-7b1a-7c3e-9f00-000000000011";
const OWNER: &str = "019a5c3e-7b1a-7c3e-9f00-000000000012";
const DIRECTOR: &str = "019a5c3e-7b1a-7c3e-9f00-000000000014";
const CHIEF: &str = "019a5c3e-7b1a-7c3e-9f00-000000000013";
const CASE: &str = "019a5c3e-7b1a-7c3e-9f00-000000000021";
const MOVED_WITHIN: (&str, &str) = ("019a5c3e-7b1a-7c3e-9f00-000000000023", "019a5c3e-7b1a-7c3e-9f00-000000000041");
const MOVED_AWAY: (&str, &str) = ("019a5c3e-7b1a-7c3e-9f00-000000000024", "019a5c3e-7b1a-7c3e-9f00-000000000042");
const OFF_SITE: &str = "019a5c3e-7b1a-7c3e-9f00-000000000022";
const CERTIFICATE: &str = "019a5c3e-7b1a-7c3e-9f00-000000000031";

fn number(of: u32) -> String {
    person(of)["national_id"].as_str().unwrap().to_owned()
}

fn sealed(vault: &Vault, identity: &str, text: &str) -> String {
    vault.seal(identity, text).into_stored()
}

fn index(vault: &Vault, of: u32) -> String {
    vault.blind_index("people/id_number", &number(of))
}

fn someone(vault: &Vault, id: &str, of: u32) -> String {
    let (name, own) =
        (sealed(vault, &format!("people/{id}/name"), &called(of)), sealed(vault, &format!("people/{id}/id_number"), &number(of)));
    format!(
        "INSERT INTO people (id, name, id_number, id_number_index, created_at) VALUES ('{id}', '{name}', '{own}', '{}', '2026-11-01 01:00:00');",
        index(vault, of)
    )
}

fn account(hash: &str, (id, username, role): (&str, &str, &str), person: Option<&str>) -> String {
    let person = person.map_or("NULL".to_owned(), |id| format!("'{id}'"));
    let point = if role == "CIT" { "NULL" } else { "'HEMEI'" };
    format!(
        "INSERT INTO accounts (id, username, name, password_hash, status, roles, duties, service_point, person_id, epoch, \
         must_change_password, password_changed_at, created_at, updated_at, version) VALUES ('{id}', '{username}', '{username}', '{hash}', \
         'ACTIVE', '[\"{role}\"]', '[]', {point}, {person}, 1, FALSE, '2026-11-01 01:00:00', '2026-11-01 01:00:00', '2026-11-01 01:00:00', 1);"
    )
}

/// A line of the audit log whose purpose stands in the clear, as that program wrote it.
fn line() -> String {
    use huzheng::db::journal::Line;
    let text = ToOwned::to_owned;
    let mut line = Line {
        seq: 1,
        at: "2026-11-02T09:00:00+08:00".parse().unwrap(),
        operation: text("search_people"),
        actor: format!("accounts/{CLERK}"),
        client: text("huzheng"),
        address: text("127.0.0.1"),
        trace_id: String::new(),
        action: text("person.searched"),
        subject: format!("people/{REGISTERED}"),
        person_id: Some(REGISTERED.parse().unwrap()),
        fields: text("cases"),
        purpose: text("鄰居林罕名詢問"),
        hash: String::new(),
    };
    line.hash = line.chained_to("");
    format!(
        "INSERT INTO audit_log (seq, at, operation, actor, client, address, trace_id, action, subject, person_id, fields, purpose, hash) \
         VALUES (1, '2026-11-02 01:00:00', 'search_people', '{}', 'huzheng', '127.0.0.1', '', 'person.searched', '{}', '{REGISTERED}', \
         'cases', '{}', '{}'); UPDATE journal_head SET seq = 1, hash = '{}';",
        line.actor, line.subject, line.purpose, line.hash, line.hash
    )
}

/// A case taken off site whose one-time notice was given once more.
fn noticed(fields: &str) -> String {
    let item = json!({
        "n": 1, "document": "ID_CARD", "name": {"zh": "國民身分證", "en": "ID card"}, "form": "ORIGINAL", "note": "向林罕名索取",
        "received_at": null
    });
    let giving =
        json!({"given_how": "MAIL", "given_at": "2026-11-03T09:00:00+08:00", "period": "10WD", "new_fact": "據林罕名告知"});
    format!(
        "INSERT INTO cases (id, number, type_code, type_version, status, channel, service_point, off_site, registered_area, person_id, \
         applicant_id, relation, fields, papers, circumstances, received_at, accepted_at, late, clerk, updated_at, version) VALUES \
         ('{OFF_SITE}', '115-HEMEI-000901', 'OTHER_LAW', 1, 'AWAITING_DOCUMENTS', 'COUNTER', 'HEMEI', TRUE, '臺中市林罕名區', '{REGISTERED}', \
         '{REGISTERED}', 'SELF', '{fields}', '[]', '[]', '2026-11-02 01:00:00', '2026-11-02 01:00:00', FALSE, '{CLERK}', \
         '2026-11-03 01:00:00', 3); \
         INSERT INTO case_parties (case_id, line, role, person_id) VALUES ('{OFF_SITE}', 1, 'SUBJECT', '{REGISTERED}'); \
         INSERT INTO one_time_notices (case_id, number, given_how, due_on, due_at, items, new_fact, made_by, made_at, givings) VALUES \
         ('{OFF_SITE}', '115-HEMEI-000901-N', 'MAIL', '2026-11-17', '2026-11-17 15:59:59', '{}', '據林罕名告知', 'accounts/{CLERK}', \
         '2026-11-03 01:00:00', '{}');",
        json!([item]),
        json!([giving])
    )
}

/// A registered move of somebody, which has ended their seal as every move did.
fn moved(vault: &Vault, (case, seal): (&str, &str), person: &str, to: &str) -> String {
    let fields = json!({"kind": "MOVE_OUT", "from_address": HEMEI, "to_address": to, "extent": "MEMBERS", "abroad": false});
    let fields = sealed(vault, &format!("cases/{case}/fields"), &fields.to_string());
    format!(
        "INSERT INTO cases (id, number, type_code, type_version, status, channel, service_point, off_site, person_id, applicant_id, \
         relation, fields, papers, circumstances, received_at, accepted_at, late, registered_at, clerk, updated_at, version) VALUES \
         ('{case}', '{case}', 'MOVE_OUT', 1, 'REGISTERED', 'COUNTER', 'HEMEI', FALSE, '{person}', '{person}', 'SELF', '{fields}', '[]', \
         '[]', '2026-11-04 01:00:00', '2026-11-04 01:00:00', FALSE, '2026-11-04 02:00:00', '{CLERK}', '2026-11-04 02:00:00', 3); \
         INSERT INTO case_parties (case_id, line, role, person_id) VALUES ('{case}', 1, 'SUBJECT', '{person}'); \
         INSERT INTO seals (id, person_id, status, village_code, case_id, registered_at, ended_at, ended_by) VALUES \
         ('{seal}', '{person}', 'CANCELLED', '10007030-002', '{CASE}', '2026-11-02 02:00:00', '2026-11-04 02:00:00', '{case}');"
    )
}

/// Rows as that program wrote them.
fn rows(vault: &Vault, hash: &str) -> String {
    let fields = json!({"kind": "COMMON", "matter": format!("同{}案", number(1))}).to_string();
    let fields = sealed(vault, &format!("cases/{CASE}/fields"), &fields);
    let off_site = json!({"kind": "COMMON", "matter": "註記"}).to_string();
    let off_site = sealed(vault, &format!("cases/{OFF_SITE}/fields"), &off_site);
    let former = sealed(vault, &format!("former_id_numbers/{}", index(vault, 101)), &number(101));
    [
        line(),
        someone(vault, REGISTERED, 1),
        someone(vault, SAID, 2),
        someone(vault, MOVED, 4),
        account(hash, (CLERK, "clerk1", "CLK"), None),
        account(hash, (CHIEF, "chief1", "CHF"), None),
        account(hash, (DIRECTOR, "director1", "DIR"), None),
        account(hash, (OWNER, "owner", "CIT"), Some(REGISTERED)),
        format!(
            "INSERT INTO cases (id, number, type_code, type_version, status, channel, service_point, off_site, person_id, applicant_id, \
             relation, fields, papers, circumstances, received_at, accepted_at, late, registered_at, clerk, updated_at, version) VALUES \
             ('{CASE}', '115-HEMEI-000900', 'OTHER_LAW', 1, 'REGISTERED', 'COUNTER', 'HEMEI', FALSE, '{REGISTERED}', '{REGISTERED}', \
             'SELF', '{fields}', '[]', '[]', '2026-11-02 01:00:00', '2026-11-02 01:00:00', FALSE, '2026-11-02 02:00:00', '{CLERK}', \
             '2026-11-02 02:00:00', 3);"
        ),
        format!("INSERT INTO case_parties (case_id, line, role, person_id) VALUES ('{CASE}', 1, 'SUBJECT', '{REGISTERED}');"),
        format!(
            "INSERT INTO case_history (case_id, line, at, action, status, actor, reason) VALUES \
             ('{CASE}', 1, '2026-11-02 01:00:00', 'accepted', 'ACCEPTED', 'accounts/{CLERK}', '同{}案');",
            number(1)
        ),
        format!(
            "INSERT INTO former_id_numbers (id_number_index, person_id, id_number, replaced_at, case_id) VALUES \
             ('{}', '{REGISTERED}', '{former}', '2026-11-02 02:00:00', '{CASE}');",
            index(vault, 101)
        ),
        format!(
            "INSERT INTO certificates (id, kind, status, serial, person_id, applicant_id, relation, channel, service_point, scope, \
             purpose, interest_proof, copies, sheets, fee_twd, requested_by, requested_at, issued_by, issued_at, version) VALUES \
             ('{CERTIFICATE}', 'TRANSCRIPT_ZH', 'ISSUED', '115-TRANSCRIPT_ZH-000001', '{REGISTERED}', '{SAID}', 'INTERESTED_PERSON', \
             'COUNTER', 'HEMEI', 'PERSON', '訴訟 {}', '債權憑證第九號', 1, 1, 15, 'accounts/{CLERK}', '2026-11-03 01:00:00', \
             'accounts/{CLERK}', '2026-11-03 01:00:00', 1);",
            number(2)
        ),
        noticed(&off_site),
        moved(vault, MOVED_WITHIN, REGISTERED, XIANXI),
        moved(vault, MOVED_AWAY, MOVED, TAICHUNG),
    ]
    .join("\n")
}

/// The store as it is once an operator has said who works with the accounts.
fn upgraded() -> TestApp {
    let app = TestApp::upgraded(LAST, rows);
    let refused = app.post("/v1/cases").user("clerk1").once().json(&complete(&app, matter(3))).send();
    refused.refused(409, "holder_required");
    for (username, of) in [("clerk1", 201), ("chief1", 202), ("director1", 203)] {
        app.name_holder(username, of);
    }
    app
}

#[test]
fn an_old_store_answers_as_it_must_today() {
    let app = upgraded();
    // What stands behind a name: a registered case, or nothing but somebody's word.
    for (id, rank) in [(REGISTERED, "REGISTERED"), (SAID, "CLAIMED")] {
        assert_eq!(app.get(&format!("/v1/people/{id}")).user("clerk1").send().expect(200)["name_rank"], rank);
    }
    let differs = |of: u32| {
        let case = app.post("/v1/cases").user("clerk1").once().json(&complete(&app, named(matter(of), "另有其名"))).send();
        case.expect(201)["identity_differences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["known_rank"].clone())
            .collect::<Vec<_>>()
    };
    // Named as the subject and as the applicant.
    assert_eq!((differs(1), differs(2)), (vec![json!("REGISTERED"); 2], vec![]));
    // Both numbers find the person of today's.
    let found = |of: u32| {
        let search = json!({"national_id": number(of), "reason": "查詢"});
        let all = app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200)["items"].clone();
        let all = all.as_array().unwrap().iter().filter(|one| one["found_by"] != "CLAIMED");
        all.map(|one| json!([one["person_id"], one["found_by"]])).collect::<Vec<Value>>()
    };
    assert_eq!(found(1), [json!([REGISTERED, "CURRENT"])]);
    assert_eq!(found(101), [json!([REGISTERED, "FORMER"])]);
    // Whoever registered an account has said who they are, and sees nothing of the person's until a clerk has seen them.
    let token = login(&app, "owner", PASSWORD).expect(200)["access_token"].as_str().unwrap().to_owned();
    let me = app.get("/v1/me").bearer(&token).send();
    assert_eq!(me.expect(200)["identity_level"], "DECLARED");
    assert_ne!(me.body["person"]["id"], REGISTERED);
    assert_eq!(app.get("/v1/cases").bearer(&token).send().expect(200)["items"], json!([]));
    app.get(&format!("/v1/cases/{CASE}")).bearer(&token).send().refused(404, "not_found");
}

#[test]
fn texts_of_an_old_store_stay_readable_and_are_sealed_and_masked() {
    let app = upgraded();
    let case = app.get(&format!("/v1/cases/{CASE}")).user("clerk1").send();
    let masked = |of: u32| format!("{}*****{}", &number(of)[..3], &number(of)[8..]);
    assert_eq!(case.expect(200)["fields"]["matter"], format!("同{}案", masked(1)));
    let history = app.get(&format!("/v1/cases/{CASE}/history")).user("clerk1").send();
    assert_eq!(history.expect(200)["items"][0]["reason"], format!("同{}案", masked(1)));
    let certificate = app.get(&format!("/v1/certificates/{CERTIFICATE}")).user("clerk1").send();
    assert_eq!(certificate.expect(200)["purpose"], format!("訴訟 {}", masked(2)));
    let kept = app.contents().remove("certificates").unwrap().join("\n");
    assert!(!kept.contains("訴訟") && !kept.contains("債權憑證") && !kept.contains(&number(2)), "{kept}");
    // What is corrected is judged; what stands there already stays.
    let wrong = json!({"changes": [{"pointer": "/fields/before", "value": format!("同{}案", number(1))}], "reason": "更正", "office_error": true});
    let ask = |body: &Value| act(&app, "clerk1", &case.body, ":correct", body);
    assert_eq!(ask(&wrong).fields(), [("/changes/0/value".to_owned(), "personal_number".to_owned())]);
    let right = json!({"changes": [{"pointer": "/fields/before", "value": "舊記事"}], "reason": "更正", "office_error": true});
    ask(&right).expect(200);
}

#[test]
fn a_seal_that_a_move_within_the_offices_area_has_ended_stands_again() {
    let app = upgraded();
    let certified = |of: u32| {
        let mut applicant = person(of);
        applicant["relation"] = json!("SELF");
        let body = json!({"kind": "SEAL_CERT", "person": person(of), "applicant": applicant, "purpose": "貸款", "copies": 1});
        app.post("/v1/certificates").user("clerk1").once().json(&body).send()
    };
    certified(1).expect(201);
    assert_eq!(certified(4).fields(), [("/person/national_id".to_owned(), "not_registered".to_owned())]);
    let told = app.get("/v1/audit-log?action=seal.restored").user("director1").send().expect(200)["items"].clone();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["person_id"]), (1, &json!(REGISTERED)), "{told}");
}

#[test]
fn what_an_old_notice_says_is_sealed_and_told_as_it_was() {
    let app = upgraded();
    let shown = |under: &str| app.get(&format!("/v1/cases/{OFF_SITE}{under}")).user("clerk1").send().expect(200).clone();
    assert_eq!(shown("")["registered_area"], "臺中市林罕名區");
    let notice = shown("/one-time-notice");
    assert_eq!(
        (&notice["items"][0]["note"], &notice["new_fact"], &notice["givings"][0]["new_fact"]),
        (&json!("向林罕名索取"), &json!("據林罕名告知"), &json!("據林罕名告知"))
    );
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains("林罕名")), "{table}: {rows:?}");
    }
}

#[test]
fn texts_of_an_old_store_are_sealed_and_the_audit_log_proves_itself_still() {
    let app = upgraded();
    let old = app.get("/v1/audit-log?action=person.searched").user("director1").send().expect(200)["items"].clone();
    assert_eq!(old[0]["purpose"], "鄰居林罕名詢問", "{old}");
    let proof = app.get("/v1/audit-log:verify").user("director1").send().expect(200).clone();
    assert_eq!((&proof["intact"], proof["whole_to"].is_string()), (&json!(true), true));
    let contents = app.contents();
    for (table, text) in [("audit_log", "林罕名"), ("case_history", "同"), ("accounts", "'chief1','chief1'")] {
        assert!(!contents[table].iter().any(|row| row.contains(text)), "{table}: {:?}", contents[table]);
    }
    // Who changes what was sealed is found out.
    app.sql("UPDATE audit_log SET purpose = 'over:sealed:1AAAA' WHERE seq = 1");
    let proof = app.get("/v1/audit-log:verify").user("director1").send().expect(200).clone();
    assert_eq!((&proof["intact"], &proof["whole_to"]), (&json!(false), &Value::Null));
}
