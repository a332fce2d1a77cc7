//! Load and limits in one run: bookings and slot lists through HTTP against what the machine can do at all.
//! Prints ratios and percentiles; nothing is asserted. `cargo bench`; BENCH_SECONDS sets the length of a phase.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use huzheng::people::IdNumber;
use tempfile::TempDir;

const CLIENTS: usize = 64;
const PASSWORD: &str = "bench-password";

fn phase() -> Duration {
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    Duration::from_secs(seconds)
}

/// The product as it is shipped, on a fresh store.
struct Office {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Office {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_huzheng"));
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).env_clear();
        command.env("HUZHENG_LISTEN", "127.0.0.1:0").env("HUZHENG_DEMO", "true").env("HUZHENG_DEMO_PASSWORD", PASSWORD);
        command.env("HUZHENG_RATE_LIMIT", "off").env("HUZHENG_CLOCK_START", "2026-11-23T09:00:00+08:00");
        command.env("HUZHENG_LOG", "warn");
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.map_while(Result::ok).find_map(|l| l.strip_prefix("listening on http://").map(ToOwned::to_owned)).unwrap();
        Self { child, address, folder }
    }

    /// Resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or("0 0");
        line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One keep-alive connection that sends prepared requests.
struct Client(TcpStream, Vec<u8>);

impl Client {
    fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream, vec![0; 64 * 1024])
    }

    /// Sends and reads one whole answer; status and body.
    fn send(&mut self, request: &str) -> (u16, &[u8]) {
        self.0.write_all(request.as_bytes()).unwrap();
        let mut filled = 0;
        loop {
            filled += self.0.read(&mut self.1[filled..]).unwrap();
            let Some(head) = self.1[..filled].windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&self.1[..head]).to_ascii_lowercase();
            let length: usize = text.split("content-length: ").nth(1).and_then(|t| t.lines().next()?.parse().ok()).unwrap_or(0);
            while filled < head + 4 + length {
                filled += self.0.read(&mut self.1[filled..]).unwrap();
            }
            let status = text[9..12].parse().unwrap();
            return (status, &self.1[head + 4..head + 4 + length]);
        }
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

struct Figures {
    per_second: f64,
    p50: f64,
    p99: f64,
}

/// Lets 64 clients send as fast as they are answered.
fn drive(address: &str, next: impl Fn(u32) -> String + Sync, wanted: u16) -> Figures {
    let (number, times, begun) = (AtomicU32::new(0), Mutex::new(Vec::new()), Instant::now());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let (mut client, mut own) = (Client::new(address), Vec::new());
                while begun.elapsed() < phase() {
                    let request = next(number.fetch_add(1, Ordering::Relaxed));
                    let sent = Instant::now();
                    let (status, body) = client.send(&request);
                    assert_eq!(status, wanted, "{}", String::from_utf8_lossy(body));
                    own.push(sent.elapsed());
                }
                times.lock().unwrap().extend(own);
            });
        }
    });
    let elapsed = begun.elapsed().as_secs_f64();
    let mut times = times.into_inner().unwrap();
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1000.0;
    Figures { per_second: times.len() as f64 / elapsed, p50: at(0.5), p99: at(0.99) }
}

fn show(name: &str, figures: &Figures) {
    println!("{name:<44} {:>9.0} /s   p50 {:>7.2} ms   p99 {:>7.2} ms", figures.per_second, figures.p50, figures.p99);
}

/// The rows that one booking writes, as a plain program would write them.
const ROWS: [&str; 9] = [
    "INSERT INTO stored_answers VALUES (?1, ?1, ?1, 201, '[\"v1\"]', ?2, '2026-11-23 01:00:00')",
    "INSERT INTO people VALUES (?1, ?2, ?2, ?1, NULL, '2026-11-23 01:00:00')",
    "INSERT INTO claims VALUES (?1, 1, 0, 'BOOKING', ?1, NULL)",
    "INSERT INTO claims VALUES (?1, 2, 0, 'BOOKING', ?1, NULL)",
    "INSERT INTO bookings VALUES (?1, ?1, 'COUNTER', ?1, '2026-11-24 01:00:00', '2026-11-24 01:15:00', 'BOOKED', 'PHONE', ?1, ?1, 'services/COUNTER', ?2, ?2, ?2, ?1, 0, '2026-11-23 01:00:00', '2026-11-23 01:00:00', 1)",
    "INSERT INTO booking_history VALUES (?1, 1, '2026-11-23 01:00:00', 'BOOKED', ?1, ?1, '')",
    "UPDATE journal_head SET seq = seq + 1, hash = ?1 WHERE id = 1",
    "INSERT INTO audit_log SELECT seq, '2026-11-23 01:00:00', 'create_booking', ?1, 'huzheng', '127.0.0.1', ?1, 'booking.created', ?1, ?1, '', '', ?1 FROM journal_head",
    "INSERT INTO events SELECT seq, ?1, 'booking.created', ?1, '2026-11-23 01:00:00', ?2 FROM journal_head",
];

fn open(file: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").unwrap();
    conn
}

fn write_rows(conn: &mut SqliteConnection, text: &str) {
    let id = uuid::Uuid::now_v7().to_string();
    for sql in ROWS {
        let query = diesel::sql_query(sql).bind::<Text, _>(&id);
        if sql.contains("?2") {
            query.bind::<Text, _>(text).execute(conn).unwrap()
        } else {
            query.execute(conn).unwrap()
        };
    }
}

/// Bookings a second that SQLite takes from `threads` connections, `batch` of them a commit.
fn bare(template: &Path, threads: usize, batch: u32) -> f64 {
    let folder = TempDir::new_in(template).unwrap();
    let file = folder.path().join("bare.db");
    let mut source = open(&template.join("data/huzheng.db"));
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file.to_str().unwrap()).execute(&mut source).unwrap();
    let (count, begun, text) = (AtomicU32::new(0), Instant::now(), "x".repeat(600));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut conn = open(&file);
                while begun.elapsed() < phase() {
                    conn.batch_execute("BEGIN IMMEDIATE").unwrap();
                    (0..batch).for_each(|_| write_rows(&mut conn, &text));
                    conn.batch_execute("COMMIT").unwrap();
                    count.fetch_add(batch, Ordering::Relaxed);
                }
            });
        }
    });
    f64::from(count.into_inner()) / begun.elapsed().as_secs_f64()
}

/// Serves one fixed JSON answer with the same framework.
fn fixed(body: Vec<u8>) -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let body = web::Bytes::from(body);
            let app = move || {
                let body = body.clone();
                let answer = move || {
                    let body = body.clone();
                    async move { HttpResponse::Ok().content_type("application/json").body(body) }
                };
                App::new().route("/", web::get().to(answer))
            };
            let server = HttpServer::new(app).bind("127.0.0.1:0").unwrap();
            tell.send(server.addrs()[0].to_string()).unwrap();
            server.run().await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// Every slot of the counter within a year: four places each.
fn slots(client: &mut Client) -> Vec<String> {
    let first = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    let mut slots = Vec::new();
    for start in (0..360).step_by(30) {
        let (from, to) = (first + chrono::Duration::days(start), first + chrono::Duration::days(start + 29));
        // Longer than the client's buffer: a connection of its own, read to its end.
        let mut stream = TcpStream::connect(client.0.peer_addr().unwrap()).unwrap();
        let path = format!("/v1/slots?service=COUNTER&from={from}&to={to}");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let body: serde_json::Value = serde_json::from_str(text.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        slots.extend(body["items"].as_array().unwrap().iter().map(|slot| slot["id"].as_str().unwrap().to_owned()));
    }
    slots
}

fn token(client: &mut Client, username: &str) -> String {
    let body = format!(r#"{{"username":"{username}","password":"{PASSWORD}"}}"#);
    let (status, answer) = client.send(&post("/v1/auth/login", "", &body));
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Opens the counter for a year ahead, so that every booking finds a place.
fn open_counter(client: &mut Client) {
    let chief = token(client, "chief1");
    let service = client.send(&get("/v1/services/COUNTER")).1.to_vec();
    let mut service: serde_json::Value = serde_json::from_slice(&service).unwrap();
    service["booking"]["opens_days_before"] = 366.into();
    let body = service.to_string();
    let headers = format!("Authorization: Bearer {chief}\r\nIf-Match: \"v1\"\r\n");
    let request = post("/v1/services/COUNTER", &headers, &body).replacen("POST", "PUT", 1);
    let (status, answer) = client.send(&request);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(answer));
}

fn main() {
    let office = Office::start();
    let mut client = Client::new(&office.address);
    thread::sleep(Duration::from_secs(1));
    let idle = office.memory();

    println!("slot lists, {CLIENTS} clients");
    let list = get("/v1/slots?service=LEGAL_CONSULTATION");
    let body = client.send(&list).1.to_vec();
    println!("  an answer has {} bytes", body.len());
    let fixed_address = fixed(body);
    let floor = drive(&fixed_address, |_| get("/"), 200);
    let lists = drive(&office.address, |_| list.clone(), 200);
    show("  a fixed answer of that size", &floor);
    show("  GET /v1/slots", &lists);
    println!("  ratio {:.2}\n", lists.per_second / floor.per_second);

    println!("bookings, {CLIENTS} clients: claims, booking, history, person, audit, event, stored answer");
    open_counter(&mut client);
    let slots = slots(&mut client);
    let clerk = token(&mut client, "clerk1");
    let booking = |number: u32| {
        let id = IdNumber::make(&format!("N1{number:07}")).unwrap();
        let body = format!(
            r#"{{"slot_id":"{}","person":{{"name":"測試","national_id":"{}"}},"contact":{{"phone":"0912345678"}},"channel":"PHONE"}}"#,
            slots[number as usize % slots.len()],
            id.expose()
        );
        post("/v1/bookings", &format!("Authorization: Bearer {clerk}\r\nIdempotency-Key: b{number}\r\n"), &body)
    };
    let bookings = drive(&office.address, booking, 201);
    let loaded = office.memory();
    let limit = bare(office.folder.path(), 1, 64);
    let single = bare(office.folder.path(), 1, 1);
    let pool = bare(office.folder.path(), 8, 1);
    show("  POST /v1/bookings", &bookings);
    println!("{:<44} {limit:>9.0} /s", "  the same rows bare, 64 bookings a commit");
    println!("{:<44} {single:>9.0} /s", "  the same rows bare, one commit each");
    println!("{:<44} {pool:>9.0} /s", "  the same rows bare, pool of 8 connections");
    println!(
        "  ratio to the bare limit {:.2}, to one commit each {:.2}, to the pool {:.2}",
        bookings.per_second / limit,
        bookings.per_second / single,
        bookings.per_second / pool
    );
    println!("\nmemory: {idle:.0} MiB idle, {loaded:.0} MiB after the load");
}
