//! Random acts of many kinds on whatever records are known so far: the moves of the differential test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cases::{birth, move_in, own};
use crate::support::{booking, female, person};

/// Chance that comes out again with its seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below a bound (SplitMix64).
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn number(&mut self, bound: usize) -> u32 {
        u32::try_from(self.below(bound)).unwrap() + 1
    }
}

/// A record as somebody knows it: its address, its version then, its state then.
#[derive(Clone, Debug)]
pub struct Record {
    pub path: String,
    pub tag: String,
    pub status: String,
    pub user: &'static str,
}

/// What is known so far, by collection.
#[derive(Default)]
pub struct Known {
    pub records: BTreeMap<String, Vec<Record>>,
    pub advisers: Vec<Value>,
    pub clerks: Vec<Value>,
    pub papers: BTreeMap<&'static str, Value>,
    pub services: BTreeMap<&'static str, Value>,
    pub case_type: Value,
    pub citizen_numbers: Vec<Value>,
}

impl Known {
    /// Any record of a collection, mostly one in a state that fits.
    fn any(&self, dice: &mut Dice, collection: &str, fitting: &[&str]) -> Option<Record> {
        let all = self.records.get(collection)?;
        let fit: Vec<&Record> = all.iter().filter(|record| fitting.contains(&record.status.as_str())).collect();
        if fitting.is_empty() || fit.is_empty() || dice.one_in(10) {
            return Some(all[dice.below(all.len())].clone());
        }
        // Mostly one of the newest, where others are at work too.
        let newest = if dice.one_in(3) { &fit[..] } else { &fit[fit.len().saturating_sub(6)..] };
        Some(dice.of(newest).clone())
    }
}

/// One request to make.
#[derive(Clone, Debug)]
pub struct Request {
    pub user: &'static str,
    pub method: &'static str,
    pub path: String,
    pub tag: Option<String>,
    pub body: Value,
}

fn post(user: &'static str, path: &str, body: Value) -> Option<Request> {
    Some(Request { user, method: "POST", path: path.to_owned(), tag: None, body })
}

/// An act on a record, at the version that is known.
fn on(record: &Record, user: &'static str, act: &str, body: Value) -> Option<Request> {
    let path = format!("{}{act}", record.path);
    let tag = Some(record.tag.clone()).filter(|tag| !tag.is_empty());
    Some(Request { user, method: "POST", path, tag, body })
}

fn with(method: &'static str, request: Option<Request>) -> Option<Request> {
    request.map(|request| Request { method, ..request })
}

type Act = fn(&mut Dice, &Known) -> Option<Request>;

/// The kinds of acts, each with its weight.
pub const ACTS: [(&str, usize, Act); 49] = [
    ("book", 10, book),
    ("book for oneself", 6, book_own),
    ("hold", 6, hold),
    ("redeem a hold", 4, redeem),
    ("give a hold back", 2, give_back),
    ("move", 6, reschedule),
    ("cancel", 8, cancel),
    ("wait", 5, wait),
    ("leave the waiting list", 2, leave),
    ("take a birth", 8, take_birth),
    ("take a move", 7, take_move),
    ("take a house number", 3, take_door),
    ("accept", 3, |d, k| case(d, k, &["DRAFT"], &["clerk1", "clerk2"], ":accept", json!({}))),
    ("edit", 3, edit),
    ("submit", 12, |d, k| {
        case(d, k, &["ACCEPTED", "RETURNED"], &["clerk1", "clerk2", "chief1"], ":submit-for-review", Value::Null)
    }),
    ("review", 14, review),
    ("withdraw", 2, |d, k| case(d, k, &["ACCEPTED", "IN_REVIEW"], &["clerk1", "clerk2"], ":withdraw", json!({"reason": "撤回"}))),
    ("refuse", 2, |d, k| {
        case(d, k, &["ACCEPTED", "AWAITING_DOCUMENTS"], &["clerk1", "chief1"], ":refuse", json!({"reason": "未補正"}))
    }),
    ("assign", 3, assign),
    ("give a notice", 4, |d, k| case(d, k, &["ACCEPTED"], &["clerk1", "clerk2"], "/one-time-notice", json!({}))),
    ("receive a paper", 8, receive),
    ("correct", 5, correct),
    ("revoke", 3, |d, k| {
        case(d, k, &["REGISTERED"], &["clerk1", "clerk2"], ":revoke", json!({"reason": "重複登記", "office_error": true}))
    }),
    ("approve a change", 5, |d, k| case(d, k, &["REGISTERED"], &["chief1", "chief2"], ":approve-change", Value::Null)),
    ("reject a change", 2, |d, k| {
        case(d, k, &["REGISTERED"], &["chief1", "chief2"], ":reject-change", json!({"reason": "不符"}))
    }),
    ("certify", 5, certify),
    ("ask for a certificate", 4, ask_certificate),
    ("issue", 4, |d, k| any(d, k, "/v1/certificates", &["REQUESTED"], "clerk1", ":issue", Value::Null)),
    ("refuse a certificate", 2, |d, k| {
        any(d, k, "/v1/certificates", &["REQUESTED"], "clerk2", ":refuse", json!({"reason": "不符"}))
    }),
    ("tell agencies", 8, tell),
    ("read the queue", 3, read_queue),
    ("answer", 8, answer),
    ("send again", 2, send_again),
    ("withdraw a consent", 3, |d, k| {
        any(d, k, "/v1/agency-notices", &["ACCEPTED", "DISPATCHED"], "clerk1", ":withdraw-consent", Value::Null)
    }),
    ("close", 1, close),
    ("open again", 2, |d, k| with("DELETE", any(d, k, "/v1/calendar/closures", &[], "chief1", "", Value::Null))),
    ("set a day", 2, set_day),
    ("set a rota", 2, set_rota),
    ("change a service", 2, change_service),
    ("change a case type", 1, change_case_type),
    ("make a user", 1, make_user),
    ("ask for roles", 2, |d, k| with("PATCH", any(d, k, "/v1/users", &[], "admin1", "", json!({"roles": ["CLK", "REV"]})))),
    ("decide on roles", 3, decide_roles),
    ("suspend or reinstate", 2, suspend),
    ("make a client", 2, make_client),
    ("revoke a client", 1, |d, k| any(d, k, "/v1/clients", &["ACTIVE"], "admin1", ":revoke", Value::Null)),
    ("note a letter", 2, note_letter),
    ("revoke a letter", 2, |d, k| any(d, k, "/v1/letters-of-proxy", &[], "clerk1", ":revoke", Value::Null)),
    ("draw", 1, draw),
];

/// The next act, by chance.
pub fn next(dice: &mut Dice, known: &Known) -> Option<(&'static str, Request)> {
    let whole: usize = ACTS.iter().map(|(_, weight, _)| weight).sum();
    let mut at = dice.below(whole);
    let (name, _, act) = ACTS.iter().find(|(_, weight, _)| {
        let found = at < *weight;
        at = at.wrapping_sub(*weight);
        found
    })?;
    act(dice, known).map(|request| (*name, request))
}

/// An act on any record of a collection.
fn any(
    d: &mut Dice,
    k: &Known,
    collection: &str,
    fitting: &[&str],
    user: &'static str,
    act: &str,
    body: Value,
) -> Option<Request> {
    on(&k.any(d, collection, fitting)?, user, act, body)
}

/// An act on any case, mostly by its clerk where a clerk acts.
fn case(d: &mut Dice, k: &Known, fitting: &[&str], users: &[&'static str], act: &str, body: Value) -> Option<Request> {
    let case = k.any(d, "/v1/cases", fitting)?;
    let own = users.contains(&case.user) && !d.one_in(5);
    on(&case, if own { case.user } else { d.of(users) }, act, body)
}

const SLOTS: [&str; 12] = [
    "COUNTER-20261124T0800",
    "COUNTER-20261124T0815",
    "COUNTER-20261125T0930",
    "COUNTER-20261126T1400",
    "COUNTER-20261127T1015",
    "COUNTER-20261130T1630",
    "LEGAL_CONSULTATION-20261125T0900",
    "LEGAL_CONSULTATION-20261125T0930",
    "LEGAL_CONSULTATION-20261127T0900",
    "LEGAL_CONSULTATION-20261127T1030",
    "LEGAL_CONSULTATION-20261130T0900",
    "LEGAL_CONSULTATION-20261130T1000",
];
const CITIZENS: [&str; 6] = ["citizen1", "citizen2", "citizen3", "citizen4", "citizen5", "citizen6"];

/// Half of the time one that many want.
fn slot(d: &mut Dice) -> String {
    if d.one_in(2) {
        return d.of(&SLOTS).to_owned();
    }
    let minute = 8 * 60 + 15 * d.below(36);
    format!("COUNTER-202611{}T{:02}{:02}", d.of(&["24", "25", "26", "27", "30"]), minute / 60, minute % 60)
}

fn wish(d: &mut Dice) -> Value {
    let mut body = booking(&slot(d));
    if body["answers"].get("topic").is_some() && d.one_in(3) {
        body["answers"]["opponent"] = person(d.number(40))["name"].clone();
    }
    body
}

fn book(d: &mut Dice, _: &Known) -> Option<Request> {
    let mut body = wish(d);
    (body["person"], body["channel"]) = (person(d.number(40)), json!("PHONE"));
    post(d.of(&["clerk1", "clerk2"]), "/v1/bookings", body)
}

fn book_own(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = wish(d);
    post(d.of(&CITIZENS), "/v1/bookings", body)
}

fn hold(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = json!({"slot_id": slot(d)});
    post(d.of(&CITIZENS[..3]), "/v1/holds", body)
}

fn redeem(d: &mut Dice, k: &Known) -> Option<Request> {
    let held = k.any(d, "/v1/holds", &[])?;
    let answers = if held.status.starts_with("COUNTER") { json!({}) } else { json!({"topic": "FAMILY"}) };
    let id = held.path.rsplit('/').next().unwrap();
    post(held.user, "/v1/bookings", json!({"hold_id": id, "contact": {"phone": "0912345678"}, "answers": answers}))
}

fn give_back(d: &mut Dice, k: &Known) -> Option<Request> {
    let held = k.any(d, "/v1/holds", &[])?;
    with("DELETE", on(&held, held.user, "", Value::Null))
}

fn reschedule(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"slot_id": slot(d)});
    any(d, k, "/v1/bookings", &["BOOKED"], "clerk1", ":reschedule", body)
}

fn cancel(d: &mut Dice, k: &Known) -> Option<Request> {
    let booked = k.any(d, "/v1/bookings", &["BOOKED"])?;
    on(&booked, booked.user, ":cancel", json!({"reason": "臨時有事"}))
}

fn wait(d: &mut Dice, _: &Known) -> Option<Request> {
    let service = d.of(&["LEGAL_CONSULTATION", "COUNTER"]);
    let mut body = json!({"service": service, "from": "2026-11-24", "to": "2026-11-30"});
    if d.one_in(2) {
        return post(d.of(&CITIZENS), "/v1/waitlist", body);
    }
    body["person"] = person(d.number(40));
    post("clerk1", "/v1/waitlist", body)
}

fn leave(d: &mut Dice, k: &Known) -> Option<Request> {
    with("DELETE", any(d, k, "/v1/waitlist", &["WAITING"], "clerk2", "", Value::Null))
}

fn intake(d: &mut Dice, mut body: Value) -> Option<Request> {
    if d.one_in(4) {
        body["draft"] = json!(true);
    }
    if d.one_in(3) {
        body["confirm_not_duplicate"] = json!(true);
    }
    post(d.of(&["clerk1", "clerk2"]), "/v1/cases", body)
}

fn take_birth(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = birth(d.number(200));
    intake(d, body)
}

fn take_move(d: &mut Dice, k: &Known) -> Option<Request> {
    let mut body = move_in(d.number(120));
    body["papers"] = k.papers["MOVE_IN"].clone();
    intake(d, body)
}

fn take_door(d: &mut Dice, _: &Known) -> Option<Request> {
    let fields = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    let mut body = own("DOOR_NEW", d.number(120), fields, &[]);
    body["applicant"]["relation"] = json!("OWNER");
    intake(d, body)
}

fn edit(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"papers": if d.one_in(2) { json!(["ID_CARD"]) } else { json!(crate::cases::BIRTH_PAPERS) }});
    with("PATCH", case(d, k, &["ACCEPTED", "DRAFT", "RETURNED"], &["clerk1", "clerk2"], "", body))
}

fn review(d: &mut Dice, k: &Known) -> Option<Request> {
    let finding = json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "登載錯誤"});
    let body = match d.below(6) {
        0 => json!({"result": "RETURN", "findings": [finding]}),
        1 => json!({"result": "ERROR", "findings": [finding]}),
        _ => json!({"result": "PASS", "findings": []}),
    };
    case(d, k, &["IN_REVIEW"], &["reviewer1", "reviewer2", "director1"], "/reviews", body)
}

fn assign(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"clerk": k.clerks[d.below(k.clerks.len())], "reason": "請假"});
    case(d, k, &["ACCEPTED", "IN_REVIEW"], &["chief1", "chief2"], ":assign", body)
}

fn receive(d: &mut Dice, k: &Known) -> Option<Request> {
    let path = format!("/one-time-notice/items/{}", d.number(5));
    let body = json!({"received": !d.one_in(6)});
    with("PATCH", case(d, k, &["AWAITING_DOCUMENTS"], &["clerk1", "clerk2"], &path, body))
}

fn correct(d: &mut Dice, k: &Known) -> Option<Request> {
    let change = json!({"pointer": "/fields/birth_order", "value": d.number(4)});
    let body = json!({"changes": [change], "reason": "依證明更正", "office_error": d.one_in(2)});
    case(d, k, &["REGISTERED", "CORRECTED"], &["clerk1", "clerk2"], ":correct", body)
}

fn transcript(who: Value) -> Value {
    let mut applicant = who.clone();
    applicant["relation"] = json!("SELF");
    json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1})
}

fn certify(d: &mut Dice, _: &Known) -> Option<Request> {
    let who = if d.one_in(2) { person(d.number(40)) } else { female(d.number(40)) };
    post(d.of(&["clerk1", "clerk2"]), "/v1/certificates", transcript(who))
}

fn ask_certificate(_: &mut Dice, k: &Known) -> Option<Request> {
    post("citizen1", "/v1/certificates", transcript(json!({"name": "王示範", "national_id": k.citizen_numbers[0]})))
}

fn tell(d: &mut Dice, k: &Known) -> Option<Request> {
    let all = ["LAND", "LOCAL_TAX", "NHI", "MOTOR_VEHICLES"];
    let first = d.below(all.len());
    let agencies: Vec<&str> = all.iter().cycle().skip(first).take(1 + d.below(2)).copied().collect();
    let consent = json!({"at": crate::support::MONDAY, "by": "SELF", "form": "WRITTEN"});
    let case = k.any(d, "/v1/cases", &["REGISTERED"])?;
    post("clerk1", &format!("{}/agency-notices", case.path), json!({"agencies": agencies, "consent": consent}))
}

fn client_of(agency: &str) -> Option<&'static str> {
    [("LAND", "agency-land"), ("LOCAL_TAX", "agency-tax")].into_iter().find(|(code, _)| *code == agency).map(|(_, name)| name)
}

fn read_queue(d: &mut Dice, _: &Known) -> Option<Request> {
    let user = d.of(&["agency-land", "agency-tax"]);
    Some(Request { user, method: "GET", path: "/v1/agency-queue?limit=100".to_owned(), tag: None, body: Value::Null })
}

fn answer(d: &mut Dice, k: &Known) -> Option<Request> {
    let delivery = k.any(d, "/v1/agency-queue", &["LAND", "LOCAL_TAX"])?;
    let act = d.of(&[":acknowledge", ":update", ":reject"]);
    let body = if act == ":reject" { json!({"reason": "查無此人"}) } else { Value::Null };
    post(client_of(&delivery.status)?, &format!("{}{act}", delivery.path), body)
}

fn send_again(d: &mut Dice, k: &Known) -> Option<Request> {
    any(d, k, "/v1/agency-deliveries", &["REJECTED"], "clerk1", ":resend", Value::Null)
}

const DAYS: [&str; 4] = ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30"];

fn close(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = json!({"date": d.of(&DAYS), "part": d.of(&["AM", "PM"]), "reason": "颱風"});
    post("chief1", "/v1/calendar/closures", body)
}

fn set_day(d: &mut Dice, k: &Known) -> Option<Request> {
    let hours = d.of(&["12:00:00", "17:00:00"]);
    let body = json!({"kind": "WORKDAY", "opens": "08:00:00", "closes": hours, "reason": "停電"});
    with("PUT", any(d, k, "/v1/calendar/days", &[], "chief1", "", body))
}

fn set_rota(d: &mut Dice, k: &Known) -> Option<Request> {
    let advisers = if d.one_in(4) { json!([]) } else { json!([k.advisers[d.below(k.advisers.len())]]) };
    let body = json!({"adviser_ids": advisers, "reason": "調班"});
    with("PUT", any(d, k, "/v1/consultations/rota", &[], "chief1", "", body))
}

fn change_service(d: &mut Dice, k: &Known) -> Option<Request> {
    let service = k.any(d, "/v1/services", &[])?;
    let mut body = k.services[service.path.rsplit('/').next().unwrap()].clone();
    body["booking"]["seats"] = json!(2 + d.below(3));
    body["booking"]["hold_minutes"] = json!(5 + d.below(10));
    with("PUT", on(&service, "chief2", "", body))
}

fn change_case_type(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"valid_from": "2026-11-23", "reason": "簡化", "rules": k.case_type});
    with("PUT", any(d, k, "/v1/case-types", &[], "chief1", "", body))
}

fn make_user(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = json!({"username": format!("user-{}", d.number(30)), "name": "林承辦", "roles": ["CLK"]});
    post("admin1", "/v1/users", body)
}

fn decide_roles(d: &mut Dice, k: &Known) -> Option<Request> {
    let act = if d.one_in(3) { ":reject" } else { ":approve" };
    let by = d.of(&["chief1", "director1"]);
    any(d, k, "/v1/users", &["PENDING"], by, act, Value::Null)
}

fn suspend(d: &mut Dice, k: &Known) -> Option<Request> {
    let (act, fitting) = if d.one_in(2) { (":reinstate", "SUSPENDED") } else { (":suspend", "ACTIVE") };
    any(d, k, "/v1/users", &[fitting], "admin1", act, Value::Null)
}

fn make_client(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = json!({"name": format!("client-{}", d.number(20)), "scopes": [], "expires_on": "2029-12-31"});
    post("admin1", "/v1/clients", body)
}

fn note_letter(d: &mut Dice, _: &Known) -> Option<Request> {
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(d.number(40)), "scope": "BOOKING", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31"
    });
    post("clerk1", "/v1/letters-of-proxy", letter)
}

fn draw(d: &mut Dice, k: &Known) -> Option<Request> {
    if d.one_in(3) {
        return post("chief2", "/v1/spot-check-plans", json!({"period": "115-11"}));
    }
    let plan = k.any(d, "/v1/spot-check-plans", &[])?;
    post("chief2", &format!("{}/draws", plan.path), json!({"seed": format!("dice {}", d.number(1000))}))
}
