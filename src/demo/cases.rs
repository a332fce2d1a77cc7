//! Plausible cases in any number, taken, submitted and reviewed by the office's own rules over the years before now.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::time::Instant;

use chrono::{Days, Duration, NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::auth::{AccountFacts, By, Caller, Reach, account_facts};
use crate::cases::CaseTypes;
use crate::cases::types::checklist::BroughtBy;
use crate::cases::{self, CaseInput};
use crate::clock::Moment;
use crate::db::{self, Conn, Id, Origin, Tx};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::IdNumber;
use crate::scheduling::Plans;
use crate::schema::{accounts, cases as table};

/// Cases that a year brings, and the people who bring them: the office's area.
const A_YEAR: u64 = 102_000;
const PEOPLE: u64 = 143_000;
/// The day on which the case types begin.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2018, 1, 2).expect("a day");
/// Cases of the last days, some of which are still open.
const FRESH_DAYS: u64 = 10;
/// Cases a commit, and beside a server that has the database open, whose own writes must find their turn in between.
const BATCH: u64 = 100;
const BATCH_BESIDE: u64 = 20;
const PAUSE_BESIDE: std::time::Duration = std::time::Duration::from_millis(250);

/// Types with their share in a hundred.
const TYPES: [(&str, u64); 11] = [
    ("TRANSCRIPT_ZH", 34),
    ("HC_REPLACE", 22),
    ("ID_REPLACE", 10),
    ("ID_REISSUE", 9),
    ("PASSPORT_ID", 6),
    ("ADDRESS_CHANGE", 5),
    ("MOVE_IN", 4),
    ("MOVE_OUT", 4),
    ("BIRTH", 2),
    ("DEATH", 2),
    ("MARRIAGE", 2),
];

/// The same number for the same question, evenly spread below a bound.
fn pick(case: u64, question: &str, below: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (case, question).hash(&mut hasher);
    hasher.finish() % below
}

struct Staff {
    clerks: Vec<AccountFacts>,
    reviewers: Vec<AccountFacts>,
    chiefs: Vec<AccountFacts>,
}

/// Adds `count` cases, telling the progress on standard error.
pub fn add(conn: &mut Conn, node: &Node, count: u64) -> Result<()> {
    let now = node.clock.now();
    let there: i64 = table::table.count().get_result(conn)?;
    let first = there.unsigned_abs();
    let staff =
        Staff { clerks: staff(conn, "clerk", 4)?, reviewers: staff(conn, "reviewer", 2)?, chiefs: staff(conn, "chief", 2)? };
    let days = office_days(conn, node, now, count)?;
    let begun = Instant::now();
    let mut start = 0;
    while start < count {
        let is_served = db::refuse_served(&node.config.store()).is_err();
        let end = count.min(start + if is_served { BATCH_BESIDE } else { BATCH });
        let acts = (start..end).flat_map(|n| {
            let at = moment_of(&days, n, count);
            acts_of(node, &staff, first + n, at, days.last().is_some_and(|last| is_fresh(*last, at)))
        });
        db::each_at_once(conn, &*node.vault, acts)?;
        told(end, count, begun);
        if is_served {
            std::thread::sleep(PAUSE_BESIDE);
        }
        start = end;
    }
    eprintln!();
    Ok(())
}

fn told(done: u64, count: u64, begun: Instant) {
    let rate = done as f64 / begun.elapsed().as_secs_f64().max(0.001);
    let left = (count - done) as f64 / rate.max(0.001);
    let _ = write!(std::io::stderr(), "\r{done} of {count} cases, {rate:.0}/s, {left:.0} s left   ");
}

fn staff(conn: &mut Conn, prefix: &str, count: u8) -> Result<Vec<AccountFacts>> {
    let one = |number| {
        let username = format!("{prefix}{number}");
        let missing = || Error::Internal(format!("{username} is missing: this is no demo store"));
        let id: Option<Id> =
            accounts::table.filter(accounts::username.eq(&username)).select(accounts::id).first(conn).optional()?;
        account_facts(conn, id.ok_or_else(missing)?)?.ok_or_else(missing)
    };
    (1..=count).map(one).collect()
}

/// Open days over as many years as the cases need, the last one yesterday.
fn office_days(conn: &mut Conn, node: &Node, now: Moment, count: u64) -> Result<Vec<NaiveDate>> {
    let plan = node.part::<Plans>().at(conn)?;
    let span = (count * 365 / A_YEAR).max(30);
    let mut day = (now.date() - Days::new(span)).max(FIRST_DAY);
    let mut days = Vec::new();
    while day < now.date() {
        if plan.calendar.is_workday(day) {
            days.push(day);
        }
        day = day + Days::new(1);
    }
    if days.is_empty() { Err(Error::Internal("the clock stands before the case types begin".to_owned())) } else { Ok(days) }
}

/// Cases come in the order of their days, from 08:00 to 17:00.
fn moment_of(days: &[NaiveDate], n: u64, count: u64) -> Moment {
    const OPEN_MILLIS: u64 = 9 * 3600 * 1000;
    let place = u128::from(n) * days.len() as u128 * u128::from(OPEN_MILLIS) / u128::from(count);
    let (day, millis) = (place / u128::from(OPEN_MILLIS), place % u128::from(OPEN_MILLIS));
    let opens = NaiveTime::from_hms_opt(8, 0, 0).expect("a time of day");
    Moment::from_taipei(days[day as usize], opens) + Duration::milliseconds(millis as i64)
}

fn is_fresh(last: NaiveDate, at: Moment) -> bool {
    at.date() + Days::new(FRESH_DAYS) > last
}

type Act<'a> = Box<dyn Fn(&mut Tx) -> Result<()> + 'a>;

/// Everything that happens to one case, in one transaction's hands: intake, and mostly review.
fn acts_of<'a>(node: &'a Node, staff: &'a Staff, n: u64, at: Moment, fresh: bool) -> Vec<(Origin, Act<'a>)> {
    // Two at the main office, one at each branch desk.
    let clerk = &staff.clerks[[0, 0, 0, 1, 1, 2, 3][pick(n, "clerk", 7) as usize]];
    let reviewer = &staff.reviewers[pick(n, "reviewer", 2) as usize];
    let chief = &staff.chiefs[pick(n, "reviewer", 2) as usize];
    let stage = if fresh { pick(n, "stage", 100) } else { 100 };
    let act: Act<'a> = Box::new(move |tx| {
        let input = serde_json::from_value::<CaseInput>(application(node, tx, n, at)?);
        let input = input.map_err(|e| Error::internal("an invented application is malformed", e))?;
        let (mut case, _) = cases::take(tx, node, &by(clerk, at), input)?;
        if stage >= 15 {
            cases::submit(tx, node, &by(clerk, at), &mut case)?;
        }
        if stage >= 25 {
            // An invented mother may bear again too soon for anybody else.
            let reviewer = if case.type_code == "BIRTH" { chief } else { reviewer };
            cases::pass(tx, node, &by(reviewer, at), &mut case)?;
        }
        Ok(())
    });
    let actor = Caller::Account(clerk.clone()).name();
    vec![(Origin { actor, operation: "demo cases", ..Origin::system("demo cases", at) }, act)]
}

fn by(account: &AccountFacts, now: Moment) -> By {
    By { caller: Caller::Account(account.clone()), reach: Reach::Any, now }
}

/// An invented person; the same number is always the same one.
fn person(number: u64) -> Value {
    const FAMILY: [&str; 10] = ["王", "林", "陳", "黃", "張", "李", "吳", "劉", "蔡", "楊"];
    const GIVEN: [&str; 10] = ["志明", "淑芬", "俊傑", "雅婷", "家豪", "怡君", "建宏", "美玲", "冠宇", "佩珊"];
    let stem = format!("N{}{:07}", 1 + number % 2, number);
    let id = IdNumber::make(&stem).expect("a letter and eight digits");
    let name = format!("{}{}", FAMILY[pick(number, "family", 10) as usize], GIVEN[pick(number, "given", 10) as usize]);
    let birth_on = NaiveDate::from_ymd_opt(1940 + (number % 60) as i32, 1 + (number % 12) as u32, 1 + (number % 28) as u32);
    json!({"name": name, "national_id": id.expose(), "birth_on": birth_on})
}

fn with_role(mut person: Value, role: &str) -> Value {
    person["role"] = role.into();
    person
}

/// The application of one case, by its type's own checklist.
fn application(node: &Node, conn: &mut Conn, n: u64, at: Moment) -> Result<Value> {
    let mut share = pick(n, "type", TYPES.iter().map(|(_, share)| share).sum());
    let drawn = TYPES.iter().find(|(_, part)| {
        let here = share < *part;
        share = share.saturating_sub(*part);
        here
    });
    let code = drawn.map_or(TYPES[0].0, |(code, _)| code);
    let catalogue = node.part::<CaseTypes>().at(conn)?;
    let case_type = catalogue.on(code, at.date()).ok_or_else(|| Error::Internal(format!("{code} is missing")))?;
    let seen = ["14_AND_OVER", "JOINS_A_HOUSEHOLD"].map(str::to_owned);
    let papers: Vec<&str> =
        case_type.rules.papers_for(&seen, BroughtBy::Applicant).map(|paper| paper.document.as_str()).collect();
    let channels: Vec<&str> = case_type.rules.channels.iter().map(|c| c.as_str()).filter(|c| *c != "PROXY").collect();
    let elsewhere = pick(n, "channel", 100) < 6;
    let channel = if elsewhere { channels[pick(n, "which", channels.len() as u64) as usize] } else { "COUNTER" };
    // A marriage is concluded by its registration.
    let ago = if code == "MARRIAGE" { 0 } else { pick(n, "event", 40) };
    let event_on = at.date() - Days::new(ago);
    let (parties, relation, fields) = form(code, n, event_on);
    let mut applicant = json!({"name": parties[0]["name"], "national_id": parties[0]["national_id"], "relation": relation});
    if code == "DEATH" {
        let relative = person(pick(n, "relative", PEOPLE));
        (applicant["name"], applicant["national_id"]) = (relative["name"].clone(), relative["national_id"].clone());
    }
    Ok(json!({
        "type_code": code, "channel": channel, "event_on": event_on, "parties": parties, "applicant": applicant,
        "fields": fields, "papers": papers, "confirm_not_duplicate": true
    }))
}

/// Parties, relation of the applicant, and fields of a type.
fn form(code: &str, n: u64, event_on: NaiveDate) -> (Vec<Value>, &'static str, Value) {
    let somebody = || person(pick(n, "person", PEOPLE));
    let subject = || vec![with_role(somebody(), "SUBJECT")];
    let house = |question: &str| format!("彰化縣和美鎮和東里1鄰彰美路五段{}號", 1 + pick(n, question, 900));
    let away = || format!("臺中市北區三民路一段{}號", 1 + pick(n, "away", 900));
    let head = || somebody()["name"].clone();
    match code {
        "BIRTH" => {
            let mother = person(pick(n, "person", PEOPLE / 2) * 2 + 1);
            let fields = json!({
                "kind": "BIRTH", "child_name": format!("{}小安", mother["name"].as_str().unwrap_or("王").chars().next().unwrap_or('王')),
                "sex": if n.is_multiple_of(2) { "MALE" } else { "FEMALE" }, "surname_from": "MOTHER", "birth_place": "HOSPITAL",
                "certificate_number": format!("出字第 {n:07} 號"), "weight_g": 2500 + pick(n, "weight", 1500), "weeks": 39,
                "birth_order": 1, "multiple": 1
            });
            (vec![with_role(mother, "MOTHER")], "MOTHER", fields)
        }
        "DEATH" => {
            // Of people who do nothing else here.
            let fields = json!({
                "kind": "DEATH", "died_on": event_on, "manner": "NATURAL", "place": "彰化基督教醫院",
                "certificate_number": format!("死字第 {n:07} 號")
            });
            (vec![with_role(person(3_000_000 + n % 6_000_000), "DECEASED")], "RELATIVE", fields)
        }
        "MARRIAGE" => {
            let pair = pick(n, "person", PEOPLE / 2) * 2;
            let witness = |question| {
                let one = person(1_000_000 + pick(n, question, PEOPLE));
                json!({"name": one["name"], "national_id": one["national_id"]})
            };
            let fields =
                json!({"kind": "MARRIAGE", "abroad": false, "witnesses": [witness("first witness"), witness("second witness")]});
            (vec![with_role(person(pair), "SPOUSE"), with_role(person(pair + 1), "SPOUSE")], "BOTH_PARTIES", fields)
        }
        "MOVE_IN" => {
            let fields = json!({"kind": "MOVE_IN", "from_address": away(), "to_address": house("to"), "extent": "MEMBERS",
                "household_head": head(), "new_household": false});
            (subject(), "SELF", fields)
        }
        "MOVE_OUT" => {
            let fields = json!({"kind": "MOVE_OUT", "from_address": house("from"), "to_address": away(), "extent": "MEMBERS",
                "abroad": false});
            // Whoever has moved away moves nowhere else from here.
            (vec![with_role(person(3_000_000 + n % 6_000_000), "SUBJECT")], "SELF", fields)
        }
        "ADDRESS_CHANGE" => {
            let to = format!("彰化縣和美鎮和西里2鄰彰新路{}號", 1 + pick(n, "to", 900));
            let fields = json!({"kind": "MOVE_WITHIN", "from_address": house("from"), "to_address": to, "extent": "MEMBERS",
                "household_head": head(), "new_household": false});
            (subject(), "SELF", fields)
        }
        "ID_REPLACE" => (subject(), "SELF", json!({"kind": "ID_CARD", "photo_taken_on": event_on})),
        "ID_REISSUE" => {
            let report = format!("掛字第 {n:07} 號");
            (subject(), "SELF", json!({"kind": "ID_CARD", "photo_taken_on": event_on, "loss_report_number": report}))
        }
        "HC_REPLACE" => (subject(), "HOUSEHOLD_HEAD", json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": true})),
        "PASSPORT_ID" => {
            let fields = json!({"kind": "PASSPORT", "document": "ID_CARD", "photo_matches": true, "present": true});
            (subject(), "SELF", fields)
        }
        _ => (subject(), "SELF", json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "金融機構開戶", "copies": 1})),
    }
}
