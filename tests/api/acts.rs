//! Random acts of many kinds on whatever records are known so far: the moves of the differential test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::acts_on_bookings::{
    book, book_own, cancel, change_service, close, give_back, hold, leave, redeem, reschedule, set_day, set_rota, wait,
};
use crate::acts_on_cases::{
    answer, ask_certificate, assign, certify, correct, edit, read_queue, receive, review, send_again, take_birth, take_door,
    take_move, tell,
};
use crate::support::person;

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

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub fn number(&mut self, bound: usize) -> u32 {
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
    pub fn any(&self, dice: &mut Dice, collection: &str, fitting: &[&str]) -> Option<Record> {
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

pub fn post(user: &'static str, path: &str, body: Value) -> Option<Request> {
    Some(Request { user, method: "POST", path: path.to_owned(), tag: None, body })
}

/// An act on a record, at the version that is known.
pub fn on(record: &Record, user: &'static str, act: &str, body: Value) -> Option<Request> {
    let path = format!("{}{act}", record.path);
    let tag = Some(record.tag.clone()).filter(|tag| !tag.is_empty());
    Some(Request { user, method: "POST", path, tag, body })
}

pub fn with(method: &'static str, request: Option<Request>) -> Option<Request> {
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
    ("approve a change", 5, |d, k| case(d, k, &["REGISTERED"], &["chief1", "chief2"], ":approve-change", json!({}))),
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
    // Draws are left out: what is drawn hangs on running numbers, which are drawn beside the act. `serial` races them.
    ("plan spot checks", 1, |_, _| post("chief2", "/v1/spot-check-plans", json!({"period": "115-11"}))),
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
pub fn any(
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
pub fn case(d: &mut Dice, k: &Known, fitting: &[&str], users: &[&'static str], act: &str, body: Value) -> Option<Request> {
    let case = k.any(d, "/v1/cases", fitting)?;
    let own = users.contains(&case.user) && !d.one_in(5);
    on(&case, if own { case.user } else { d.of(users) }, act, body)
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
