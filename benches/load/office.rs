//! The product under load: a server of its own, keep-alive clients, figures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub const CLIENTS: usize = 64;
pub const PASSWORD: &str = "bench-password";
/// Nodes of one office share it; it protects invented people for as long as a run lasts.
const MASTER_KEY: &str = "YmVuY2gga2V5LCBuZXZlciB1c2VkIGVsc2V3aGVyZSE=";

pub fn phase() -> Duration {
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    Duration::from_secs(seconds)
}

/// The product as it is shipped, on a fresh store: an embedded file, or the PostgreSQL of BENCH_DATABASE_URL.
pub struct Office {
    child: Child,
    pub address: String,
    pub folder: TempDir,
    /// The PostgreSQL database; none where the store is a file.
    pub database: Option<String>,
}

/// The binary of this build.
pub fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_huzheng"))
}

/// Makes an empty database of its own on the PostgreSQL of BENCH_DATABASE_URL.
#[cfg(feature = "postgres")]
fn fresh_database(url: &str) -> String {
    use diesel::connection::{Connection, SimpleConnection};
    let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
    let mut conn = diesel::PgConnection::establish(url).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

#[cfg(not(feature = "postgres"))]
fn fresh_database(_url: &str) -> String {
    panic!("BENCH_DATABASE_URL needs --features postgres")
}

impl Office {
    /// With so many cases in it before it serves.
    pub fn start(cases: u64) -> Self {
        Self::nodes(&shipped(), 1, cases).remove(0)
    }

    /// Several nodes of one build on one fresh store.
    pub fn nodes(binary: &Path, count: usize, cases: u64) -> Vec<Self> {
        let url = std::env::var("BENCH_DATABASE_URL").ok().map(|url| fresh_database(&url));
        assert!(count == 1 || url.is_some(), "several nodes need BENCH_DATABASE_URL");
        let node = |number| {
            let folder = TempDir::new().unwrap();
            let command = || {
                let mut command = Command::new(binary);
                command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).env_clear();
                command.env("HUZHENG_LISTEN", "127.0.0.1:0").env("HUZHENG_DEMO", "true").env("HUZHENG_DEMO_PASSWORD", PASSWORD);
                command.env("HUZHENG_RATE_LIMIT", "off").env("HUZHENG_CLOCK_START", "2026-11-23T09:00:00+08:00");
                command.env("HUZHENG_LOG", "warn").env("HUZHENG_MASTER_KEY", MASTER_KEY);
                // One issuer of tokens, however many nodes.
                command.env("HUZHENG_PUBLIC_URL", "http://office.test");
                url.iter().for_each(|url| _ = command.env("HUZHENG_DATABASE_URL", url));
                command
            };
            if number == 0 && cases > 0 {
                let load = command().args(["demo", "--cases", &cases.to_string()]).stderr(Stdio::inherit()).status();
                assert!(load.unwrap().success());
            }
            let mut child = command().stdout(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
            let address = lines.find_map(|line| line.strip_prefix("listening on http://").map(ToOwned::to_owned)).unwrap();
            Self { child, address, folder, database: url.clone() }
        };
        (0..count).map(node).collect()
    }

    /// Resident memory in MiB.
    pub fn memory(&self) -> f64 {
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
pub struct Client(pub TcpStream, Vec<u8>);

impl Client {
    pub fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream, vec![0; 64 * 1024])
    }

    /// Sends and reads one whole answer; status and body.
    pub fn send(&mut self, request: &str) -> (u16, &[u8]) {
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

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")
}

pub fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

pub struct Figures {
    pub per_second: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
}

impl Figures {
    /// Of all times of a phase.
    pub fn of(times: &mut [Duration], elapsed: f64) -> Self {
        times.sort();
        let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1000.0;
        Self { per_second: times.len() as f64 / elapsed, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }
}

/// Lets so many clients send as fast as they are answered.
pub fn drive(clients: usize, address: &str, next: impl Fn(u32) -> String + Sync, wanted: u16) -> Figures {
    drive_all(clients, &[address], next, wanted)
}

/// The same, with the clients spread over several nodes.
pub fn drive_all(clients: usize, addresses: &[&str], next: impl Fn(u32) -> String + Sync, wanted: u16) -> Figures {
    let (number, times, begun) = (AtomicU32::new(0), Mutex::new(Vec::new()), Instant::now());
    let (number, times, next) = (&number, &times, &next);
    thread::scope(|scope| {
        for address in addresses.iter().cycle().take(clients) {
            scope.spawn(move || {
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
    Figures::of(&mut times.lock().unwrap(), elapsed)
}

/// Sends so many requests a second, evenly, until `done`; how many a second were really answered.
pub fn paced(rate: u32, address: &str, next: impl Fn(u32) -> String + Sync, done: &AtomicBool) -> f64 {
    let (number, begun, next) = (&AtomicU32::new(0), Instant::now(), &next);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(move || {
                let mut client = Client::new(address);
                while !done.load(Ordering::Relaxed) {
                    let mine = number.fetch_add(1, Ordering::Relaxed);
                    let due = begun + Duration::from_secs_f64(f64::from(mine) / f64::from(rate));
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let (status, body) = client.send(&next(mine));
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(body));
                }
            });
        }
    });
    f64::from(number.load(Ordering::Relaxed)) / begun.elapsed().as_secs_f64()
}

pub fn show(name: &str, figures: &Figures) {
    println!(
        "{name:<44} {:>9.0} /s   p50 {:>7.2} ms   p95 {:>7.2} ms   p99 {:>7.2} ms",
        figures.per_second, figures.p50, figures.p95, figures.p99
    );
}

pub fn token(client: &mut Client, username: &str) -> String {
    let body = format!(r#"{{"username":"{username}","password":"{PASSWORD}"}}"#);
    let (status, answer) = client.send(&post("/v1/auth/login", "", &body));
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}
