//! The proof that writes are serial: random acts by many clients at once, then the same acts one after another on a
//! fresh file, in the order in which the first store judged them; answers and final records must be equal.
//! DIFFERENTIAL_ACTS, DIFFERENTIAL_CLIENTS and DIFFERENTIAL_SEED set size and chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::acts::{self, Dice, Known, Record, Request};
use crate::cases::papers_of;
use crate::contract::operations;
use crate::mapping::Ids;
use crate::order;
use crate::support::{Answer, TestApp};

const USERS: [&str; 17] = [
    "citizen1",
    "citizen2",
    "citizen3",
    "citizen4",
    "citizen5",
    "citizen6",
    "clerk1",
    "clerk2",
    "reviewer1",
    "reviewer2",
    "chief1",
    "chief2",
    "director1",
    "admin1",
    "proxy1",
    "agency-land",
    "agency-tax",
];

const SERVICES: [&str; 2] = ["COUNTER", "LEGAL_CONSULTATION"];

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// A request as it was made, and its answer.
struct Done {
    kind: &'static str,
    trace: String,
    request: Request,
    answer: Answer,
}

/// A store under test, with a token for everybody who acts.
struct Office {
    app: TestApp,
    tokens: BTreeMap<&'static str, String>,
}

impl Office {
    fn new(app: TestApp) -> Self {
        let token = |user: &'static str| {
            let token = if user.starts_with("agency-") { app.client_token(user) } else { app.token(user) };
            (user, token)
        };
        let tokens = USERS.map(token).into_iter().collect();
        let office = Self { app, tokens };
        SERVICES.iter().for_each(|code| office.let_seats_go_at_once(code));
        office
    }

    /// A freed seat rests no longer than the clock stands still: not at all.
    fn let_seats_go_at_once(&self, code: &str) {
        let path = format!("/v1/services/{code}");
        let old = self.get("chief1", &path);
        let mut body = old.expect(200).clone();
        body["booking"]["quarantine_minutes"] = json!(0);
        let put = self.app.call("PUT", &path).bearer(&self.tokens["chief1"]).if_match(old.etag()).json(&json!({"service": body}));
        put.send().expect(200);
    }

    fn send(&self, trace: &str, request: &Request) -> Answer {
        let call = self.app.call(request.method, &request.path).bearer(&self.tokens[request.user]);
        let mut call = call.header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"));
        if request.method == "POST" {
            call = call.key(trace);
        }
        if let Some(tag) = &request.tag {
            call = call.if_match(tag);
        }
        if request.body.is_null() { call.send() } else { call.json(&request.body).send() }
    }

    fn get(&self, user: &str, path: &str) -> Answer {
        self.app.get(path).bearer(&self.tokens[user]).send()
    }

    /// All items of a list, page after page.
    fn every(&self, user: &str, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        let sign = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(user, &format!("{path}{sign}limit=100{cursor}"));
            all.extend(page.expect(200)["items"].as_array().unwrap().clone());
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// What both stores hold from their first day on, in one order.
    fn beginning(&self) -> Vec<Value> {
        let mut found = Vec::new();
        for (user, path, name) in [("admin1", "/v1/users", "username"), ("chief1", "/v1/consultations/advisers", "name")] {
            let mut all = self.every(user, path);
            all.sort_by_key(|item| item[name].to_string());
            found.extend(all.iter().map(|item| json!([item[name], item["id"]])));
        }
        found.extend(USERS[..6].iter().map(|user| self.get(user, "/v1/me").body["person"]["id"].clone()));
        found
    }

    fn known(&self) -> Known {
        let account = |user: &str| self.get(user, "/v1/me").expect(200)["id"].clone();
        let advisers = self.every("chief1", "/v1/consultations/advisers").iter().map(|adviser| adviser["id"].clone()).collect();
        let mut case_type = self.get("chief1", "/v1/case-types/OTHER_LAW").body;
        for member in ["code", "version", "valid_from", "party_roles"] {
            case_type.as_object_mut().unwrap().remove(member);
        }
        let mut known = Known {
            advisers,
            case_type,
            clerks: ["clerk1", "clerk2"].map(account).to_vec(),
            papers: [("MOVE_IN", json!(papers_of(&self.app, "MOVE_IN")))].into(),
            citizen_numbers: vec![json!(self.app.citizen_number(1))],
            ..Known::default()
        };
        for code in SERVICES {
            known.services.insert(code, self.get("chief1", &format!("/v1/services/{code}")).body);
        }
        let standing = ["/v1/services/COUNTER", "/v1/services/LEGAL_CONSULTATION", "/v1/case-types/OTHER_LAW"];
        for path in standing {
            learn(&mut known, path, self.get("chief1", path).etag(), "", "chief1");
        }
        for day in ["25", "26", "27", "30"] {
            learn(&mut known, &format!("/v1/calendar/days/2026-11-{day}"), "\"v0\"", "", "chief1");
            learn(&mut known, &format!("/v1/consultation-rota/2026-11-{day}"), "\"v0\"", "", "chief1");
        }
        known
    }
}

/// Records of a collection that are remembered: the newest.
const REMEMBERED: usize = 300;

fn learn(known: &mut Known, path: &str, tag: &str, status: &str, user: &'static str) {
    let collection = path.rsplit_once('/').unwrap().0.to_owned();
    let records = known.records.entry(collection).or_default();
    if records.len() > REMEMBERED {
        records.remove(0);
    }
    match records.iter_mut().find(|record| record.path == path) {
        // What was learned later may be told first: the newest version counts.
        Some(record) if number(tag) >= number(&record.tag) => {
            (record.tag, record.status) = (tag.to_owned(), status.to_owned());
        }
        Some(_) => {}
        None => records.push(Record { path: path.to_owned(), tag: tag.to_owned(), status: status.to_owned(), user }),
    }
}

fn number(tag: &str) -> u64 {
    let version = tag.trim_start_matches("\"v").split(['.', '"']).next();
    version.and_then(|version| version.parse().ok()).unwrap_or(0)
}

/// The record that a request was about: that which it made, else that which it names.
fn record_of(request: &Request, answer: &Answer) -> Option<String> {
    let is_record = |path: &str| path.matches('/').count() <= 4 && !path.ends_with("reviews") && !path.ends_with("notice");
    let made = answer.headers.get("location").filter(|path| answer.status == 201 && is_record(path));
    let named = || {
        let path = request.path.split(['?', ':']).next().unwrap();
        let end = path.match_indices('/').map(|(at, _)| at).nth(if path.contains("calendar/") || path.contains("rota/") {
            4
        } else {
            3
        });
        let path = &path[..end.unwrap_or(path.len())];
        (path.matches('/').count() >= 3).then(|| path.to_owned())
    };
    made.cloned().or_else(named)
}

/// Takes in what an answer tells.
fn note(known: &mut Known, request: &Request, answer: &Answer) {
    if answer.status >= 300 || request.method == "GET" {
        return;
    }
    for delivery in answer.body["deliveries"].as_array().into_iter().flatten() {
        if let (Some(id), Some(agency)) = (delivery["id"].as_str(), delivery["agency_code"].as_str()) {
            learn(known, &format!("/v1/agency-queue/{id}"), "", agency, "clerk1");
        }
    }
    for (act, status) in [(":reject", "REJECTED"), (":resend", "QUEUED")] {
        if let Some(path) = request.path.strip_suffix(act).filter(|path| path.contains("/agency-")) {
            learn(known, &path.replace("agency-queue", "agency-deliveries"), "*", status, "clerk1");
        }
    }
    let Some(path) = record_of(request, answer) else { return };
    let tag = match answer.headers.get("etag") {
        Some(tag) => tag,
        None if answer.status == 201 => "",
        None => return,
    };
    let status = ["case_status", "status", "slot_id"].iter().find_map(|name| answer.body[*name].as_str());
    // A notice's items tell no state of the case: it waits until they are all in.
    let waits = || if answer.body["complete"] == true { "ACCEPTED" } else { "AWAITING_DOCUMENTS" };
    learn(known, &path, tag, status.unwrap_or_else(waits), request.user);
}

/// Lets many clients act at once.
fn at_once(office: &Office, seed: u64, acts: usize, clients: usize) -> Vec<Done> {
    let (known, done, next) = (Mutex::new(office.known()), Mutex::new(Vec::new()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for client in 0..clients {
            let (known, done, next) = (&known, &done, &next);
            scope.spawn(move || {
                let mut dice = Dice::new(seed * 1_000 + client as u64);
                while next.load(Ordering::Relaxed) < acts {
                    let Some((kind, request)) = acts::next(&mut dice, &known.lock().unwrap()) else { continue };
                    let number = next.fetch_add(1, Ordering::Relaxed) + 1;
                    let trace = format!("{}{seed:012x}{number:016x}", order::PREFIX);
                    let answer = office.send(&trace, &request);
                    assert!(answer.status < 500, "{kind} {}: {}", request.path, answer.text);
                    note(&mut known.lock().unwrap(), &request, &answer);
                    done.lock().unwrap().push(Done { kind, trace, request, answer });
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// The acts in the order in which the store judged them: as it tells, else as the journal shows what was kept.
fn in_order(office: &Office, mut done: Vec<Done>) -> Vec<Done> {
    let traces: BTreeSet<&str> = done.iter().map(|done| done.trace.as_str()).collect();
    let mut places = order::judged();
    places.retain(|trace, _| traces.contains(trace.as_str()));
    if places.is_empty() {
        // The newest first.
        for (place, line) in (0..).zip(office.every("director1", "/v1/audit-log").iter().rev()) {
            places.entry(line["trace_id"].as_str().unwrap().to_owned()).or_insert(place);
        }
    }
    // What changed nothing and is not told has no place; what changed something must have one.
    let lost = |done: &&Done| !places.contains_key(&done.trace) && done.answer.status < 300 && done.request.method != "GET";
    let lost: Vec<String> = done.iter().filter(lost).map(|d| format!("{} {}", d.kind, d.answer.text)).collect();
    let lost: Vec<&String> = lost.iter().filter(|text| !text.contains("\"delivery_id\"")).collect();
    assert!(lost.is_empty(), "done, and in no order: {lost:?}");
    done.retain(|done| places.contains_key(&done.trace));
    done.sort_by_key(|done| places[&done.trace]);
    done
}

/// The ids of both stores, numbered alike.
struct Twins {
    first: Ids,
    second: Ids,
}

impl Twins {
    /// The request as it is made to the second store.
    fn translated(&self, request: &Request) -> Request {
        let text = |text: &str| self.first.translated(text, &self.second);
        let body = serde_json::from_str(&text(&request.body.to_string())).unwrap();
        Request { path: text(&request.path), body, ..request.clone() }
    }

    /// Makes the same request to the second store; its answer must be the same.
    fn repeat(&mut self, office: &Office, place: usize, done: &Done) {
        let again = office.send(&done.trace, &self.translated(&done.request));
        let (one, other) = (self.first.numbered(&done.answer.body), self.second.numbered(&again.body));
        // What else a tag holds is made of the content, and so of its ids.
        let tag = |answer: &Answer| answer.headers.get("etag").map(|tag| number(tag));
        let at = format!("act {place}, {}: {} {} as {}", done.kind, done.request.method, done.request.path, done.request.user);
        assert_eq!((done.answer.status, &one), (again.status, &other), "{at}\n{}\n{}", done.answer.text, again.text);
        assert_eq!(tag(&done.answer), tag(&again), "{at}");
    }
}

/// Lists that are no records, or that reading changes.
const NO_RECORDS: [&str; 4] = ["list_signing_keys", "list_agency_queue", "list_agency_batches", "list_audit_log"];

/// The lists of the contract with who reads them.
fn lists() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (path, method, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap().to_owned();
        if method != "GET" || !name.starts_with("list_") || path.contains('{') || NO_RECORDS.contains(&name.as_str()) {
            continue;
        }
        let queries: &[&str] = match name.as_str() {
            "list_slots" => &[
                "service=COUNTER&include_full=true&from=2026-11-24&to=2026-12-01",
                "service=LEGAL_CONSULTATION&include_full=true&from=2026-11-24&to=2026-12-01",
            ],
            "list_calendar_days" | "list_consultation_sessions" => &["from=2026-11-23&to=2026-12-04"],
            "list_closures" => &["include_withdrawn=true"],
            "list_error_rates" => &["by=TYPE"],
            _ => &[""],
        };
        let user = match name.as_str() {
            "list_queues" => "clerk1",
            "list_honour_batches" => "chief1",
            _ => "director1",
        };
        found.extend(queries.iter().map(|query| (user, format!("{path}?{query}").trim_end_matches('?').to_owned())));
    }
    found
}

/// Without what each store has drawn by itself: numbers that nobody guesses are random.
fn without_drawn(path: &str, mut item: Value) -> Value {
    if ["/v1/petitions", "/v1/inquiries", "/v1/on-site-complaints"].contains(&path) {
        item["number"] = Value::Null;
    }
    item
}

/// A list's items in an order that hangs on nothing, or the whole answer of one without pages.
fn read(office: &Office, ids: &Ids, user: &str, path: &str) -> Vec<String> {
    let first = office.get(user, path);
    let body = first.expect(200);
    let items =
        if body["next"].is_string() { office.every(user, path) } else { body["items"].as_array().cloned().unwrap_or_default() };
    let mut shown: Vec<String> = items.into_iter().map(|item| ids.shown(&without_drawn(path, item)).to_string()).collect();
    shown.sort();
    shown
}

const KEPT_APART: [&str; 4] = ["own_request.refused", "same_person.refused", "holder_required.refused", "asker_gone.refused"];

/// What the journal says of the acts.
fn journal(office: &Office, ids: &Ids) -> Vec<String> {
    let lines = office.every("director1", "/v1/audit-log");
    // Which of many like refusals is kept hangs on who was told first.
    let is_act = |line: &&Value| !KEPT_APART.iter().any(|refusal| line["action"] == *refusal);
    let ours = lines.iter().filter(|line| line["trace_id"].as_str().unwrap().starts_with(order::PREFIX)).filter(is_act);
    let line = |line: &Value| {
        ids.shown(&json!([line["trace_id"], line["operation"], line["actor"], line["action"], line["subject"], line["fields"]]))
    };
    let mut lines: Vec<String> = ours.map(|one| line(one).to_string()).collect();
    lines.sort();
    lines
}

/// Names what only one of two has.
fn assert_same(what: &str, one: &[String], other: &[String]) {
    let only =
        |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(
        one == other,
        "{what} differs ({} and {}):\nfirst store only:\n{}\nsecond store only:\n{}",
        one.len(),
        other.len(),
        only(one, other),
        only(other, one)
    );
}

#[test]
fn acts_at_once_are_the_same_acts_one_after_another() {
    order::listen();
    let (acts, clients) = (setting("DIFFERENTIAL_ACTS", 1_000), setting("DIFFERENTIAL_CLIENTS", 12));
    let seed = setting("DIFFERENTIAL_SEED", 1) as u64;
    let (one, other) = (Office::new(TestApp::new()), Office::new(TestApp::on_sqlite()));
    let mut twins = Twins { first: Ids::default(), second: Ids::default() };
    let (first, second) = (json!(one.beginning()), json!(other.beginning()));
    assert_eq!(twins.first.numbered(&first), twins.second.numbered(&second));
    let done = in_order(&one, at_once(&one, seed, acts, clients));
    for (place, done) in done.iter().enumerate() {
        twins.repeat(&other, place, done);
    }
    for (user, path) in lists() {
        assert_same(&path, &read(&one, &twins.first, user, &path), &read(&other, &twins.second, user, &path));
    }
    assert_same("the journal", &journal(&one, &twins.first), &journal(&other, &twins.second));
    let kinds: BTreeSet<&str> = done.iter().filter(|done| done.answer.status < 300).map(|done| done.kind).collect();
    let refused = done.iter().filter(|done| done.answer.status >= 300).count();
    println!("{} of {acts} acts repeated, {refused} of them refused, {} kinds", done.len(), kinds.len());
    assert!(kinds.len() > acts::ACTS.len() / 2, "only these were done: {kinds:?}");
}
