//! The digest of a month over a store with many petitions: live and frozen, of the last month and of one long ago, and what is behind
//! its numbers.

use std::fmt::Write;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::connection::{Connection, SimpleConnection};

use crate::office::{Client, Figures, Office, phase, post, show, token};

/// The months over which petitions come, up to the bench's own moment.
const FIRST: &str = "2022-11-23";
const LAST: &str = "2026-11-22";
/// Rows in one statement.
const ROWS: u64 = 500;

const KINDS: [&str; 4] = ["SUGGESTION", "INQUIRY", "REPORT", "RIGHTS"];
const CHANNELS: [&str; 4] = ["LETTER", "MAILBOX", "COUNTER", "EMAIL"];
const TOPICS: [&str; 3] = ["REGISTRATION", "FEES", "SERVICE"];

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// A connection to the office's store beside its own.
fn store(office: &Office) -> Box<dyn SimpleConnection> {
    match &office.database {
        #[cfg(feature = "postgres")]
        Some(url) => Box::new(diesel::PgConnection::establish(url).unwrap()),
        #[cfg(not(feature = "postgres"))]
        Some(_) => panic!("BENCH_DATABASE_URL needs --features postgres"),
        None => {
            let file = office.folder.path().join("data/huzheng.db");
            Box::new(diesel::SqliteConnection::establish(file.to_str().unwrap()).unwrap())
        }
    }
}

/// One petition of so many: when it came, and whether it was closed, late or not.
struct Row {
    number: u64,
    at: NaiveDateTime,
    days: Option<i64>,
}

impl Row {
    fn of(number: u64, count: u64) -> Self {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap().and_hms_opt(1, 0, 0).unwrap();
        let (first, last) = (day(FIRST), day(LAST));
        let at = first + chrono::Duration::seconds((last - first).num_seconds() * number as i64 / count as i64);
        let days = if number.is_multiple_of(33) { 40 } else { 5 };
        Self { number, at, days: Some(days).filter(|days| at + chrono::Duration::days(*days) < last) }
    }

    fn id(&self) -> String {
        format!("019a5c3e-0000-7000-8000-{:012}", self.number)
    }

    fn after(&self, days: i64) -> String {
        format!("'{}'", (self.at + chrono::Duration::days(days)).format("%Y-%m-%d %H:%M:%S"))
    }

    fn kind(&self) -> &'static str {
        KINDS[self.number as usize % KINDS.len()]
    }

    /// Of `petitions`; what is sealed stays empty, since no digest opens it, nor does the index of words.
    fn petition(&self) -> String {
        let (id, number, kind, channel) = (self.id(), self.number, self.kind(), CHANNELS[self.number as usize / 4 % 4]);
        let (status, ended) = self.days.map_or(("ASSIGNED", "NULL".to_owned()), |days| ("CLOSED", self.after(days)));
        let (at, due, secret) = (self.after(0), self.after(15), number % 20 == 2);
        format!(
            "('{id}', 'bench-{number}', 100, {number}, '', '{status}', '{kind}', '{channel}', 'zh', {secret}, FALSE, FALSE, FALSE, \
             'petitioner-{}', '', '', '', 'system', {at}, {at}, {due}, {ended}, 1, FALSE)",
            number % 90_000
        )
    }

    fn period(&self) -> String {
        let (id, at, due) = (self.id(), self.after(0), self.after(15));
        match self.days {
            Some(days) => {
                let (replied, ended) = (self.after(days - 1), self.after(days));
                format!("('{id}', 1, {at}, {due}, {replied}, {replied}, {ended}, 'CLOSED')")
            }
            None => format!("('{id}', 1, {at}, {due}, NULL, NULL, NULL, NULL)"),
        }
    }

    fn topic(&self) -> String {
        format!("('{}', '{}')", self.id(), TOPICS[self.number as usize % TOPICS.len()])
    }
}

/// A petition as a row of one table.
type Written = fn(&Row) -> String;

/// Writes the rows of so many petitions behind the office's back.
fn load(office: &Office, count: u64) {
    let mut conn = store(office);
    let tables: [(&str, Written); 3] = [
        (
            "petitions (id, number, roc_year, register_number, secret_hash, status, kind, channel, language, confidential, \
             whistleblower, names_staff, concerns_settled, petitioner_index, matter, petitioners, handling, taken_by, received_at, \
             registered_at, due_at, closed_at, version, unsearched)",
            Row::petition,
        ),
        ("petition_periods (petition_id, place, began_at, due_at, first_reply_at, answered_at, ended_at, ended_as)", Row::period),
        ("petition_topics (petition_id, topic)", Row::topic),
    ];
    for first in (0..count).step_by(ROWS as usize) {
        let rows: Vec<Row> = (first..count.min(first + ROWS)).map(|number| Row::of(number, count)).collect();
        let mut statements = "BEGIN;".to_owned();
        for (table, row) in &tables {
            let values: Vec<String> = rows.iter().map(row).collect();
            write!(statements, "INSERT INTO {table} VALUES {};", values.join(",")).unwrap();
        }
        statements.push_str("COMMIT;");
        conn.batch_execute(&statements).unwrap();
    }
    conn.batch_execute("ANALYZE").unwrap();
}

/// Reads an address again and again.
fn repeated(client: &mut Client, request: &str) -> Figures {
    let (begun, mut times) = (Instant::now(), Vec::<Duration>::new());
    while begun.elapsed() < phase() {
        let sent = Instant::now();
        let (status, body) = client.send(request);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
        times.push(sent.elapsed());
    }
    Figures::of(&mut times, begun.elapsed().as_secs_f64())
}

/// Acts on a month, and how long that took.
fn act(client: &mut Client, token: &str, month: &str, name: &str, version: u32) -> f64 {
    let headers = format!("Authorization: Bearer {token}\r\nIf-Match: \"v{version}\"\r\n");
    let sent = Instant::now();
    let (status, body) = client.send(&post(&format!("/v1/digests/petitions/{month}:{name}"), &headers, "{}"));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
    sent.elapsed().as_secs_f64() * 1000.0
}

/// Measures over BENCH_PETITIONS petitions, 200,000 by default.
pub fn run() {
    let count = std::env::var("BENCH_PETITIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(200_000);
    let office = Office::start(0);
    let begun = Instant::now();
    load(&office, count);
    println!("digests: {count} petitions written in {:.0} s", begun.elapsed().as_secs_f64());
    let mut client = Client::new(&office.address);
    let (clerk, chief) = (token(&mut client, "clerk1"), token(&mut client, "chief1"));
    for (name, month) in [("last month", "2026-10"), ("the running month", "2026-11"), ("of three years ago", "2023-11")] {
        let figures = repeated(&mut client, &get(&format!("/v1/digests/petitions/{month}"), &chief));
        show(&format!("  live, {name}"), &figures);
    }
    let submitted = act(&mut client, &clerk, "2026-10", "submit", 1);
    let frozen = act(&mut client, &chief, "2026-10", "freeze", 2);
    println!("  submitted in {submitted:.0} ms, frozen in {frozen:.0} ms");
    for (name, end) in [("frozen, with what has changed", ""), ("its page", "/digest.html"), ("its changes", "/changes")] {
        let figures = repeated(&mut client, &get(&format!("/v1/digests/petitions/2026-10{end}"), &chief));
        show(&format!("  {name}"), &figures);
    }
}
