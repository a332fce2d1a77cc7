//! Slot lists and bookings through HTTP against what the machine can do at all.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use huzheng::people::IdNumber;
use tempfile::TempDir;

use crate::office::{CLIENTS, Client, Office, drive, get, phase, post, show, token};

/// The rows that one booking writes, as a plain program would write them.
const ROWS: [&str; 9] = [
    "INSERT INTO stored_answers VALUES (?1, ?1, ?1, 201, '[\"v1\"]', ?2, '2026-11-23 01:00:00')",
    "INSERT INTO people VALUES (?1, ?2, ?2, ?1, NULL, '2026-11-23 01:00:00')",
    "INSERT INTO claims VALUES (?1, 1, 0, 'BOOKING', ?1, NULL)",
    "INSERT INTO claims VALUES (?1, 2, 0, 'BOOKING', ?1, NULL)",
    "INSERT INTO bookings VALUES (?1, ?1, 'COUNTER', ?1, '2026-11-24 01:00:00', '2026-11-24 01:15:00', 'BOOKED', 'PHONE', ?1, ?1, 'services/COUNTER', ?2, ?2, ?1, 0, '2026-11-23 01:00:00', '2026-11-23 01:00:00', 1)",
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
    // One connection changes the journal's mode; many at once would lock each other out.
    open(&file);
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

/// Opens the counter for a year ahead, so that every booking finds a place.
fn open_counter(client: &mut Client) {
    let chief = token(client, "chief1");
    let service = client.send(&get("/v1/services/COUNTER")).1.to_vec();
    let mut service: serde_json::Value = serde_json::from_slice(&service).unwrap();
    service["booking"]["opens_days_before"] = 366.into();
    let body = serde_json::json!({"service": service}).to_string();
    let headers = format!("Authorization: Bearer {chief}\r\nIf-Match: \"v1\"\r\n");
    let request = post("/v1/services/COUNTER", &headers, &body).replacen("POST", "PUT", 1);
    let (status, answer) = client.send(&request);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(answer));
}

/// Measures both in one run.
pub fn run() {
    let office = Office::start(0);
    let mut client = Client::new(&office.address);
    thread::sleep(Duration::from_secs(4));
    let idle = office.memory();

    println!("slot lists, {CLIENTS} clients");
    let list = get("/v1/slots?service=LEGAL_CONSULTATION");
    let body = client.send(&list).1.to_vec();
    println!("  an answer has {} bytes", body.len());
    let fixed_address = fixed(body);
    let floor = drive(CLIENTS, &fixed_address, |_| get("/"), 200);
    let lists = drive(CLIENTS, &office.address, |_| list.clone(), 200);
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
    let bookings = drive(CLIENTS, &office.address, booking, 201);
    let loaded = office.memory();
    show("  POST /v1/bookings", &bookings);
    if std::env::var("BENCH_DATABASE_URL").is_err() {
        compare(&office, bookings.per_second);
    }
    println!("\nmemory: {idle:.0} MiB idle, {loaded:.0} MiB after the load");
}

/// The same rows, written by a plain program to a file of the same make.
fn compare(office: &Office, bookings: f64) {
    let limit = bare(office.folder.path(), 1, 64);
    let single = bare(office.folder.path(), 1, 1);
    let pool = bare(office.folder.path(), 8, 1);
    println!("{:<44} {limit:>9.0} /s", "  the same rows bare, 64 bookings a commit");
    println!("{:<44} {single:>9.0} /s", "  the same rows bare, one commit each");
    println!("{:<44} {pool:>9.0} /s", "  the same rows bare, pool of 8 connections");
    let (to_limit, to_single, to_pool) = (bookings / limit, bookings / single, bookings / pool);
    println!("  ratio to the bare limit {to_limit:.2}, to one commit each {to_single:.2}, to the pool {to_pool:.2}");
}
