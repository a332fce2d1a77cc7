//! The real binary: first start, kill -9 under load, graceful stop, backup, unsafe settings.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PASSWORD, booking, person};

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huzheng"));
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::null()).env_clear();
    command.env("HUZHENG_LISTEN", "127.0.0.1:0").env("HUZHENG_DEMO_PASSWORD", PASSWORD).env("HUZHENG_DEMO", "true");
    command.env("HUZHENG_RATE_LIMIT", "off").env("HUZHENG_CLOCK_START", "2026-11-23T09:00:00+08:00");
    command.env("HUZHENG_PUBLIC_URL", "http://office.test");
    command
}

pub struct Server {
    child: Child,
    pub address: String,
    agent: ureq::Agent,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::of(command(folder))
    }

    /// Starts a command and waits until it listens.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(ToOwned::to_owned))
            .expect("the server tells where it listens");
        let agent =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(30))).build();
        Self { child, address, agent: agent.into() }
    }

    /// Status and body, or nothing when the connection broke.
    pub fn send(&self, method: &str, path: &str, token: &str, key: &str, body: &Value) -> Option<(u16, Value)> {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request =
            request.header("Authorization", format!("Bearer {token}")).header("Idempotency-Key", key).header("If-Match", "*");
        let sent = if method == "GET" {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.header("Content-Type", "application/json").body(body.to_string()).unwrap())
        };
        let mut answer = sent.ok()?;
        let text = answer.body_mut().read_to_string().ok()?;
        Some((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    fn token(&self) -> String {
        self.token_of("clerk1")
    }

    pub fn token_of(&self, username: &str) -> String {
        let body = json!({"username": username, "password": PASSWORD});
        let (status, answer) = self.send("POST", "/v1/auth/login", "", &uuid::Uuid::new_v4().to_string(), &body).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Books for invented people from several threads until it is told to stop or the server dies.
    fn load(&self, token: &str, numbers: &AtomicU32, stop: &AtomicBool, booked: &Mutex<Vec<String>>) -> (u32, u32) {
        let (refused, broken) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let number = numbers.fetch_add(1, Ordering::Relaxed);
                        let slot =
                            format!("COUNTER-202611{:02}T{:02}{:02}", 24 + number % 4, 8 + number / 4 % 9, number / 36 % 4 * 15);
                        let mut body = booking(&slot);
                        body["person"] = person(number);
                        match self.send("POST", "/v1/bookings", token, &format!("n-{number}"), &body) {
                            Some((201, booking)) => booked.lock().unwrap().push(booking["id"].as_str().unwrap().to_owned()),
                            Some((409, _)) => {}
                            Some(_) => _ = refused.fetch_add(1, Ordering::Relaxed),
                            None => {
                                broken.fetch_add(1, Ordering::Relaxed);
                                return;
                            }
                        }
                    }
                });
            }
        });
        (refused.into_inner(), broken.into_inner())
    }

    pub fn signal(&self, name: &str) {
        Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn nothing_acknowledged_is_lost_to_kill_9() {
    let rounds: u32 = std::env::var("KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let folder = TempDir::new().unwrap();
    let (numbers, booked) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    for round in 0..rounds {
        let begun = Instant::now();
        let server = Server::start(folder.path());
        let ready = server.send("GET", "/readyz", "", "", &Value::Null).unwrap();
        if round > 0 {
            assert!(begun.elapsed() < Duration::from_secs(2), "ready after {:?}", begun.elapsed());
        }
        assert_eq!(ready.0, 200);
        let token = server.token();
        let known = booked.lock().unwrap().clone();
        for id in known.iter().rev().take(40) {
            assert_eq!(
                server.send("GET", &format!("/v1/bookings/{id}"), &token, "", &Value::Null).unwrap().0,
                200,
                "{id} is lost"
            );
        }
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(300 + u64::from(round * 37 % 200)));
                server.signal("-KILL");
            });
            server.load(&token, &numbers, &stop, &booked);
        });
    }
    let server = Server::start(folder.path());
    let token = server.token();
    let known = booked.into_inner().unwrap();
    assert!(!known.is_empty());
    for id in &known {
        assert_eq!(server.send("GET", &format!("/v1/bookings/{id}"), &token, "", &Value::Null).unwrap().0, 200, "{id} is lost");
    }
}

#[test]
fn a_graceful_stop_fails_no_request_under_way() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path());
    let token = server.token();
    let (numbers, booked, stop) = (AtomicU32::new(0), Mutex::new(Vec::new()), AtomicBool::new(false));
    let (refused, _) = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            server.signal("-TERM");
        });
        server.load(&token, &numbers, &stop, &booked)
    });
    assert_eq!(refused, 0, "no request is answered with a failure");
    assert!(server.child.wait().unwrap().success());
    let known = booked.into_inner().unwrap();
    let server = Server::start(folder.path());
    let token = server.token();
    for id in known {
        assert_eq!(server.send("GET", &format!("/v1/bookings/{id}"), &token, "", &Value::Null).unwrap().0, 200);
    }
}

#[test]
fn a_backup_made_while_serving_can_be_restored() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let token = server.token();
    let mut body = booking("COUNTER-20261124T0900");
    body["person"] = person(1);
    let (status, booked) = server.send("POST", "/v1/bookings", &token, "one", &body).unwrap();
    assert_eq!(status, 201, "{booked}");
    let copy = folder.path().join("copy.db");
    assert!(command(folder.path()).arg("backup").arg(&copy).status().unwrap().success());
    assert!(!command(folder.path()).arg("backup").arg(&copy).status().unwrap().success(), "a copy is never overwritten");
    drop(server);

    let restored = TempDir::new().unwrap();
    std::fs::create_dir(restored.path().join("data")).unwrap();
    std::fs::copy(&copy, restored.path().join("data/huzheng.db")).unwrap();
    std::fs::copy(folder.path().join("data/master.key"), restored.path().join("data/master.key")).unwrap();
    let server = Server::start(restored.path());
    let path = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    let (status, found) = server.send("GET", &path, &server.token(), "", &Value::Null).unwrap();
    assert_eq!((status, &found["number"]), (200, &booked["number"]));
}

#[test]
fn unknown_and_unsafe_settings_stop_the_start_by_name() {
    let folder = TempDir::new().unwrap();
    let complaint = |name: &str, value: &str| {
        let output = command(folder.path()).arg("check").env(name, value).stderr(Stdio::piped()).output().unwrap();
        assert!(!output.status.success(), "{name}={value} is accepted");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(complaint("HUZHENG_LISTENN", "x").contains("listenn"));
    assert!(complaint("HUZHENG_LISTEN", "0.0.0.0:0").contains("listen"));
    assert!(complaint("HUZHENG_CORS_ORIGINS", "*").contains("cors_origins"));
    assert!(complaint("HUZHENG_DEMO", "false").contains("rate_limit"));
    assert!(complaint("HUZHENG_LEASE_SECONDS", "50").contains("lease_seconds"));
    assert!(complaint("HUZHENG_DATABASE_URL", "mysql://x").contains("database_url"));
}

#[test]
#[cfg(unix)]
fn a_key_that_others_can_read_stops_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    assert!(command(folder.path()).arg("check").status().unwrap().success());
    let key = folder.path().join("data/master.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = command(folder.path()).arg("check").stderr(Stdio::piped()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("master_key_file"));
}

#[test]
fn keys_and_accounts_are_kept_from_the_command_line() {
    let folder = TempDir::new().unwrap();
    let run = |arguments: &[&str], input: &str| {
        use std::io::Write;
        let mut child = command(folder.path()).args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(run(&["check"], "").0);
    assert!(run(&["key", "rotate"], "").1.contains("new signing key"));
    assert!(run(&["user", "create", "head", "--name", "主任", "--roles", "DIR"], "Gruen-Tee-um-vier\n").0);
    assert!(!run(&["user", "create", "weak", "--name", "x", "--roles", "DIR"], "short\n").0);
    assert!(run(&["user", "password", "head"], "Another-Tee-um-9\n").0);
    assert!(run(&["openapi"], "").1.contains("\"openapi\": \"3.1.0\""));
}
