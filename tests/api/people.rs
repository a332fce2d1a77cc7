//! People as they are: names however they are typed, telephone numbers however they are written, half-known birthdays.

use serde_json::{Value, json};

use crate::cases::{birth, correct, own, papers_of, registered, revoke, take};
use crate::support::{Answer, TestApp, WEDNESDAY_9, WEDNESDAY_930, booking, female, person};

fn with_papers(app: &TestApp, mut body: Value) -> Value {
    body["papers"] = json!(papers_of(app, body["type_code"].as_str().unwrap()));
    body
}

/// Somebody's own matter that needs nothing else, under a name as it is typed.
fn matter(number: u32, name: &str) -> Value {
    let mut body = own("OTHER_LAW", number, json!({"kind": "COMMON", "matter": "註記"}), &[]);
    (body["parties"][0]["name"], body["applicant"]["name"]) = (json!(name), json!(name));
    body["confirm_not_duplicate"] = json!(true);
    body
}

fn named(app: &TestApp, number: u32, name: &str) -> Answer {
    take(app, "clerk1", &matter(number, name))
}

/// The subject's name as the register has it: a case shows its people as it named them, and who they are today beside.
fn revealed(app: &TestApp, case: &Value) -> Value {
    let path = format!("/v1/cases/{}:reveal", case["id"].as_str().unwrap());
    let whole = app.post(&path).user("clerk1").json(&json!({"reason": "核對"})).send();
    let party = &whole.expect(200)["parties"][0];
    if party["today"].is_null() { party["name"].clone() } else { party["today"]["name"].clone() }
}

fn refused(pointer: &str, code: &str) -> [(String, String); 1] {
    [(pointer.to_owned(), code.to_owned())]
}

#[test]
fn a_name_is_the_registers_however_it_is_typed() {
    let app = TestApp::new();
    for (number, kept, typed) in [
        (1, "夏曼‧藍波安", ["夏曼·藍波安", "夏曼・藍波 安", "夏曼•藍波安"]),
        (2, "Yawi'Nokan", ["YAWI’Nokan", "Yawi ʼNokan", "ｙａｗｉ`nokan"]),
        (3, "\u{2fa6}小明", ["金小明", "\u{f90a}小明", "金\u{3000}小 明"]),
        (4, "葛\u{e0100}城", ["葛城", "葛 城", "葛\u{fe00}城"]),
    ] {
        named(&app, number, kept).expect(201);
        for typed in &typed {
            let case = named(&app, number, typed);
            assert_eq!(revealed(&app, case.expect(201)), json!(kept), "{typed}");
        }
        let differs = |name: &str| named(&app, number, name).expect(201)["identity_differences"].as_array().unwrap().len();
        assert_eq!((differs("某人"), differs(typed[0])), (2, 0), "{kept}");
    }
    named(&app, 5, "\u{fa23}小明").expect(201);
    let other = named(&app, 5, "\u{7f51}小明");
    assert_eq!(other.expect(201)["identity_differences"][0]["kind"], "NAME", "a character of its own");
}

#[test]
fn the_register_is_asked_by_the_same_name_for_a_certificate() {
    let app = TestApp::new();
    named(&app, 1, "黃‧小明").expect(201);
    let number = person(1)["national_id"].clone();
    let apply = |name: &str| {
        let body = json!({
            "kind": "TRANSCRIPT_ZH", "person": {"name": name, "national_id": number},
            "applicant": {"name": name, "national_id": number, "relation": "SELF"}, "purpose": "就學", "copies": 1
        });
        app.post("/v1/certificates").user("clerk1").once().json(&body).send()
    };
    apply("黃·小 明").expect(201);
    apply("黄‧小明").expect(201);
    // Another name is settled by the paper first.
    apply("王‧小明").refused(409, "identity_unsettled");
}

#[test]
fn variants_of_a_character_are_shown_to_staff_and_never_refused() {
    let app = TestApp::new();
    named(&app, 1, "黃溫").expect(201);
    let check = |user: Option<&str>, name: &str| {
        let call = app.post("/v1/cases:check").json(&matter(1, name));
        let answer = match user {
            Some(user) => call.user(user).send(),
            None => call.send(),
        };
        answer.expect(200)["variant_names"].clone()
    };
    assert_eq!(check(Some("clerk1"), "黄温"), json!(["/parties/0/name", "/applicant/name"]));
    assert_eq!(check(Some("clerk1"), "黃 溫"), json!([]));
    assert_eq!(check(None, "黄温"), json!([]), "the register stays closed");
    assert_eq!(revealed(&app, named(&app, 1, "黄温").expect(201)), "黃溫", "the register's form is what is printed");
}

#[test]
fn a_revoked_change_of_name_restores_the_registers_form_of_it() {
    let app = TestApp::new();
    named(&app, 1, "黃小明").expect(201);
    let change = |old: &str, new: &str| {
        let fields = json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
        let mut body = with_papers(&app, own("NAME_GIVEN", 1, fields, &[]));
        (body["applicant"]["name"], body["parties"][0]["name"]) = (json!(old), json!(old));
        body["confirm_not_duplicate"] = json!(true);
        body
    };
    assert_eq!(take(&app, "clerk1", &change("黄小明", "黃 小明")).fields(), refused("/fields/new_name", "not_allowed"));
    let case = registered(&app, &change("黄小明", "黃大明"));
    assert_eq!(revealed(&app, &case), "黃大明");
    revoke(&app, &case);
    assert_eq!(revealed(&app, &case), "黃小明");
}

#[test]
fn a_name_that_others_cannot_read_is_refused_by_the_rule_that_it_breaks() {
    let app = TestApp::new();
    for (name, code) in [
        ("王\u{202e}明", "invisible_characters"),
        ("王\u{3164}明", "invisible_characters"),
        ("王\u{fffd}明", "unassigned_characters"),
        ("\u{301}王明", "combining_characters"),
        ("王 \u{301}明", "combining_characters"),
        ("王\u{e000}明", "private_use_characters"),
    ] {
        let broken = named(&app, 1, name).fields();
        assert!(broken.contains(&refused("/applicant/name", code)[0]), "{name:?}: {broken:?}");
        let mut body = booking(WEDNESDAY_9);
        body["person"] = json!({"name": name, "national_id": person(1)["national_id"]});
        let booked = app.post("/v1/bookings").user("clerk1").once().json(&body).send();
        assert_eq!(booked.fields(), refused("/person/name", code));
    }
    for (number, name) in [(1, "𠮷𡈽\u{31350}"), (2, "Yawi’ Nokan"), (3, "Lrawbaq Ljavuras")] {
        named(&app, number, name).expect(201);
    }
}

#[test]
fn an_adviser_is_barred_from_the_other_side_however_it_is_typed() {
    let app = TestApp::new();
    let mut body = booking(WEDNESDAY_9);
    body["person"] = json!({"name": "夏曼‧藍波安", "national_id": person(1)["national_id"]});
    app.post("/v1/bookings").user("clerk1").once().json(&body).send().expect(201);
    let mut against = booking(WEDNESDAY_930);
    against["answers"]["opponent"] = json!("夏曼・藍波 安");
    app.post("/v1/bookings").user("citizen1").once().json(&against).send().refused(409, "slot_taken");
    against["answers"]["opponent"] = json!("夏曼・藍波定");
    app.post("/v1/bookings").user("citizen1").once().json(&against).send().expect(201);
}

#[test]
fn telephone_numbers_are_taken_as_people_write_them() {
    let app = TestApp::new();
    let book = |number: u32, slot: &str, phone: &str| {
        let mut body = booking(&format!("LEGAL_CONSULTATION-202611{slot}"));
        (body["person"], body["contact"]["phone"]) = (person(number), json!(phone));
        app.post("/v1/bookings").user("clerk1").once().json(&body).send()
    };
    for (number, slot, phone, shown) in [
        (1, "25T0900", "0912 345 678", "0912***678"),
        (2, "25T0930", "＋８８６－４－７５５－１２３４", "0475**234"),
        (3, "25T1000", "(04) 755-1234 分機 12", "0475**234 #**"),
        (4, "25T1030", "04-7551234#123", "0475**234 #***"),
        (5, "25T1100", "886912345678", "0912***678"),
        (6, "27T0900", "002 81 90-1234-5678", "+8190*****678"),
        (7, "27T0930", "+1 (650) 253-0000 ext. 9", "+1650****000 #*"),
    ] {
        let booked = book(number, slot, phone);
        assert_eq!(booked.expect(201)["contact"]["phone"], shown, "{phone}");
        let kept = app.get(&format!("/v1/bookings/{}", booked.body["id"].as_str().unwrap())).user("clerk1").send();
        assert_eq!(kept.expect(200)["contact"]["phone"], shown, "{phone}");
    }
    for phone in ["7551234", "0912345678x", "+999 12345678", "+1 650 253", "0912345678#1234567"] {
        assert_eq!(book(9, "27T1000", phone).fields(), refused("/contact/phone", "phone"), "{phone}");
    }
}

fn register(app: &TestApp, username: &str, number: u32, birth_on: &str) -> Answer {
    let body = json!({
        "username": username, "password": "Grün-Tee-um-vier", "name": person(number)["name"],
        "national_id": person(number)["national_id"], "birth_on": birth_on, "phone": "04-7551234 #12"
    });
    app.post("/v1/auth/register").json(&body).send()
}

#[test]
fn a_day_of_birth_is_taken_as_far_as_it_is_known() {
    let app = TestApp::new();
    register(&app, "year-only", 1, "1932").expect(201);
    for (born, code) in [
        ("1932-00-00", "unknown_part"),
        ("1932-13", "date"),
        ("1932-02-30", "date"),
        ("1849", "range"),
        ("2027", "range"),
        ("1870", "range"),
    ] {
        assert_eq!(register(&app, "somebody", 2, born).fields(), refused("/birth_on", code), "{born}");
    }
    let detail = register(&app, "somebody", 2, "1932-00-00").body["errors"][0]["detail"].clone();
    assert!(detail.as_str().unwrap().contains("1932"), "{detail}");
    let mut body = birth(1);
    body["parties"][1]["birth_on"] = json!("2027-01");
    assert_eq!(take(&app, "clerk1", &body).fields(), refused("/parties/1/birth_on", "range"));
    body["parties"][1]["birth_on"] = json!("1932");
    body["parties"][0]["birth_on"] = json!("1995-05");
    take(&app, "clerk1", &body).expect(201);
}

#[test]
fn a_half_known_birthday_is_proven_by_itself_or_by_the_day_presumed_for_it() {
    let app = TestApp::new();
    let prove = |username: &str, number: u32, shown: &str| {
        register(&app, username, number, "1932-05").expect(201);
        let token = app.post("/v1/auth/login").json(&json!({"username": username, "password": "Grün-Tee-um-vier"})).send();
        let token = token.expect(200)["access_token"].as_str().unwrap().to_owned();
        let code = app.post("/v1/me/identity-code").bearer(&token).send().expect(200)["code"].clone();
        let mut who = person(number);
        who["birth_on"] = json!(shown);
        let body = json!({"code": code, "document": crate::known::card(&who), "person": who});
        app.post("/v1/identity-proofs").user("clerk1").once().json(&body).send()
    };
    prove("the-month", 1, "1932-05").expect(201);
    prove("the-presumed-day", 2, "1932-05-15").expect(201);
    for (number, guess) in [(3, "1932"), (4, "1932-05-16"), (5, "1932-06")] {
        prove(&format!("a-guess-{number}"), number, guess).refused(409, "identity_mismatch");
    }
}

fn marriage(app: &TestApp, births: [&str; 2], on: &str) -> Value {
    let (mut a, mut b, mut applicant) = (person(1), female(2), person(1));
    (a["role"], b["role"]) = (json!("SPOUSE"), json!("SPOUSE"));
    (a["birth_on"], b["birth_on"]) = (json!(births[0]), json!(births[1]));
    applicant["relation"] = json!("BOTH_PARTIES");
    let body = json!({
        "type_code": "MARRIAGE", "parties": [a, b], "applicant": applicant, "event_on": on,
        "fields": {"kind": "MARRIAGE", "abroad": true, "witnesses": []}
    });
    with_papers(app, body)
}

#[test]
fn an_age_is_asked_where_the_day_of_birth_is_known_in_part_and_the_true_one_could_turn_it() {
    let app = TestApp::new();
    let wed = |born: &str, on: &str| {
        let mut body = marriage(&app, [born, "1980-01-01"], on);
        body["draft"] = json!(false);
        app.post("/v1/cases:check").user("clerk1").json(&body).send()
    };
    // Neither refused nor allowed unseen, on whichever side the presumed day lies.
    for (born, on) in [("2008", "2026-07-01"), ("2008", "2026-06-30"), ("2008-11", "2026-11-14")] {
        let hints = wed(born, on).expect(200)["register_hints"].clone();
        assert_eq!(hints, json!([{"pointer": "/parties/0/birth_on", "kind": "AGE_PRESUMED"}]), "{born}");
    }
    assert_eq!(wed("2007", "2026-07-01").expect(200)["register_hints"], json!([]));
    for (born, on) in [("2009", "2026-11-14"), ("2008-11-23", "2026-11-22")] {
        assert_eq!(wed(born, on).fields(), refused("/parties/0/birth_on", "too_young"), "{born}");
    }
}

#[test]
fn a_birthday_is_corrected_to_what_is_known_of_it() {
    let app = TestApp::new();
    let mut body = matter(1, "測試甲");
    body["parties"][0]["birth_on"] = json!("1932-01-01");
    let case = registered(&app, &with_papers(&app, body));
    let change = |value: &str| correct(&app, &case, json!([{"pointer": "/parties/0/birth_on", "value": value}]));
    assert_eq!(change("1932-01-00").fields(), refused("/changes/0/value", "invalid_type"));
    change("1932").expect(200);
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    let whole = app.post(&format!("{path}:reveal")).user("clerk1").json(&json!({"reason": "核對"})).send();
    assert_eq!(whole.expect(200)["parties"][0]["birth_on"], "1932");
    let masked = app.get(&path).user("clerk1").send();
    assert!(masked.expect(200)["parties"][0]["birth_on"].is_null(), "only where people are shown whole");
    register(&app, "the-presumed-day", 1, "1932-07-01").expect(201);
}

#[test]
fn a_death_of_unknown_day_and_events_before_1900_are_entered() {
    let app = TestApp::new();
    let death = |number: u32, died_on: &str, event_on: &str| {
        let (mut dead, mut applicant) = (person(number), person(30));
        (dead["role"], dead["birth_on"], applicant["relation"]) = (json!("DECEASED"), json!("1932"), json!("SPOUSE"));
        let body = json!({
            "type_code": "DEATH", "event_on": event_on, "parties": [dead], "applicant": applicant,
            "fields": {"kind": "DEATH", "died_on": died_on, "manner": "UNDETERMINED", "place": "自宅", "certificate_number": format!("死字 {number} 號")}
        });
        take(&app, "clerk1", &with_papers(&app, body))
    };
    let found = death(1, "2026-11", "2026-11-20");
    assert_eq!(found.expect(201)["fields"]["died_on"], "2026-11");
    assert_eq!(death(2, "2026-12", "2026-11-20").fields(), refused("/fields/died_on", "range"));
    assert_eq!(death(2, "1931", "2026-11-20").fields(), refused("/fields/died_on", "range"));
    death(2, "1932-01", "2026-11-20").expect(201);
    let mut old = matter(3, "測試丙");
    old["event_on"] = json!("1896-04-01");
    assert_eq!(take(&app, "clerk1", &old).expect(201)["event_on"], "1896-04-01");
    let mut older = matter(4, "測試丁");
    older["event_on"] = json!("1849-12-31");
    assert_eq!(take(&app, "clerk1", &older).fields(), refused("/event_on", "range"));
}
