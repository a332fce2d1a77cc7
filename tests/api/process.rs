//! The real binary: first start, kill -9 under load, graceful stop, backup, unsafe settings.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PASSWORD, booking, person};

pub fn command(folder: &Path) -> Command {
    prepared(Command::new(env!("CARGO_BIN_EXE_huzheng")), folder)
}

fn prepared(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::null()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HUZHENG_LISTEN", "127.0.0.1:0").env("HUZHENG_DEMO_PASSWORD", PASSWORD).env("HUZHENG_DEMO", "true");
    command.env("HUZHENG_RATE_LIMIT", "off").env("HUZHENG_CLOCK_START", "2026-11-23T09:00:00+08:00");
    command.env("HUZHENG_PUBLIC_URL", "http://office.test");
    command
}

/// What was acknowledged: where, and its id.
type Kept = (&'static str, String);

/// How a load ended.
struct Load {
    /// Answers that are neither a success nor a refusal by the rules.
    failed: u32,
    /// Requests that got no answer, but for those that found nobody listening.
    dropped: Vec<String>,
}

pub struct Server {
    child: Child,
    pub address: String,
    agent: ureq::Agent,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::run(command(folder)).0
    }

    /// A server, and what it said before it listened.
    pub fn run(mut command: Command) -> (Self, String) {
        let mut child = command.spawn().unwrap();
        let (mut said, mut address) = (String::new(), None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            address = line.strip_prefix("listening on ").map(ToOwned::to_owned);
            if address.is_some() {
                break;
            }
            said.push_str(&(line + "\n"));
        }
        let address = address.expect("the server tells where it listens");
        let agent = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(30)));
        let agent = agent.max_idle_connections_per_host(16).build();
        (Self { child, address, agent: agent.into() }, said)
    }

    /// Status and body, or how the connection broke.
    pub fn send(&self, method: &str, path: &str, token: &str, key: &str, body: &Value) -> Result<(u16, Value), ureq::Error> {
        self.send_at("*", method, path, token, key, body)
    }

    /// At the version of a record that was seen.
    pub fn send_at(
        &self,
        tag: &str,
        method: &str,
        path: &str,
        token: &str,
        key: &str,
        body: &Value,
    ) -> Result<(u16, Value), ureq::Error> {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request =
            request.header("Authorization", format!("Bearer {token}")).header("Idempotency-Key", key).header("If-Match", tag);
        let sent = if method == "GET" {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.header("Content-Type", "application/json").body(body.to_string()).unwrap())
        };
        let mut answer = sent?;
        let text = answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
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

    /// Books for invented people, and puts them on the waiting list, which is never sold out.
    fn write(&self, token: &str, number: u32) -> Result<(&'static str, u16, Value), ureq::Error> {
        let (path, mut body) = if number.is_multiple_of(2) {
            ("/v1/waitlist", json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-24", "to": "2026-11-30"}))
        } else {
            let slot = format!("COUNTER-202611{:02}T{:02}{:02}", 24 + number % 4, 8 + number / 4 % 9, number / 36 % 4 * 15);
            ("/v1/bookings", booking(&slot))
        };
        body["person"] = person(number);
        let (status, answer) = self.send("POST", path, token, &format!("n-{number}"), &body)?;
        Ok((path, status, answer))
    }

    /// Writes from several threads until the server is gone.
    fn load(&self, token: &str, numbers: &AtomicU32, kept: &Mutex<Vec<Kept>>) -> Load {
        let (failed, dropped) = (AtomicU32::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    loop {
                        match self.write(token, numbers.fetch_add(1, Ordering::Relaxed)) {
                            Ok((path, 201, made)) => kept.lock().unwrap().push((path, made["id"].as_str().unwrap().to_owned())),
                            Ok((_, 409, _)) => {}
                            Ok(_) => _ = failed.fetch_add(1, Ordering::Relaxed),
                            Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => return,
                            Err(error) => return dropped.lock().unwrap().push(error.to_string()),
                        }
                    }
                });
            }
        });
        Load { failed: failed.into_inner(), dropped: dropped.into_inner().unwrap() }
    }

    /// Whether everything acknowledged is there.
    fn has_all(&self, token: &str, kept: &[Kept]) {
        for (_, id) in kept.iter().filter(|(path, _)| *path == "/v1/bookings") {
            let found = self.send("GET", &format!("/v1/bookings/{id}"), token, "", &Value::Null).unwrap();
            assert_eq!(found.0, 200, "booking {id} is lost");
        }
        let (mut waiting, mut cursor) = (HashSet::new(), String::new());
        loop {
            let path = format!("/v1/waitlist?limit=100{cursor}");
            let (_, page) = self.send("GET", &path, token, "", &Value::Null).unwrap();
            waiting.extend(page["items"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        for (_, id) in kept.iter().filter(|(path, _)| *path == "/v1/waitlist") {
            assert!(waiting.contains(id), "waiting-list entry {id} is lost");
        }
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
    let measured: Option<u32> = std::env::var("KILL_ROUNDS").ok().and_then(|n| n.parse().ok());
    let rounds = measured.unwrap_or(3);
    let folder = TempDir::new().unwrap();
    let (numbers, kept) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let mut fastest = Duration::MAX;
    for round in 0..rounds {
        let begun = Instant::now();
        let server = Server::start(folder.path());
        let ready = server.send("GET", "/readyz", "", "", &Value::Null).unwrap();
        if round > 0 {
            fastest = fastest.min(begun.elapsed());
        }
        assert_eq!(ready.0, 200);
        let token = server.token();
        let known = kept.lock().unwrap().clone();
        server.has_all(&token, &known[known.len().saturating_sub(40)..]);
        thread::scope(|scope| {
            scope.spawn(|| {
                let patience = Instant::now() + Duration::from_secs(20);
                while kept.lock().unwrap().len() < known.len() + 10 && Instant::now() < patience {
                    thread::sleep(Duration::from_millis(5));
                }
                thread::sleep(Duration::from_millis(u64::from(round * 37 % 200)));
                server.signal("-KILL");
            });
            server.load(&token, &numbers, &kept);
        });
        assert!(kept.lock().unwrap().len() > known.len(), "round {round} acknowledged nothing");
    }
    let server = Server::start(folder.path());
    server.has_all(&server.token(), &kept.into_inner().unwrap());
    // The promise of two seconds is for a machine that the rest of the suite does not share.
    let promised = Duration::from_secs(if measured.is_some() { 2 } else { 10 });
    assert!(rounds < 2 || fastest < promised, "ready after {fastest:?}");
}

#[test]
fn a_graceful_stop_fails_no_request() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path());
    let token = server.token();
    let (numbers, kept) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let load = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(500));
            server.signal("-TERM");
        });
        server.load(&token, &numbers, &kept)
    });
    assert_eq!((load.failed, load.dropped), (0, Vec::new()), "no request is dropped or answered with a failure");
    assert!(server.child.wait().unwrap().success());
    let server = Server::start(folder.path());
    let kept = kept.into_inner().unwrap();
    assert!(!kept.is_empty());
    server.has_all(&server.token(), &kept);
}

/// Lets no file grow beyond a number of bytes, or as far as it likes.
#[cfg(target_os = "linux")]
fn limit_files(server: &Server, bytes: &str) {
    let limited = Command::new("prlimit").args(["--pid", &server.child.id().to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(limited.expect("prlimit of util-linux is there").success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_commit_that_fails_is_told_and_the_store_recovers() {
    let folder = TempDir::new().unwrap();
    let mut ignoring = Command::new("sh");
    // The kernel's signal at the limit is ignored, so that the write itself fails.
    ignoring.args(["-c", "trap '' XFSZ; exec \"$0\"", env!("CARGO_BIN_EXE_huzheng")]);
    let server = Server::run(prepared(ignoring, folder.path())).0;
    let token = server.token();
    let status = |method: &str, path: &str| {
        let (status, body) = server.send(method, path, &token, "again", &json!({"slot_id": "none"})).unwrap();
        (status, body["code"].as_str().unwrap_or("").to_owned())
    };
    let refused = (503, "store_unavailable".to_owned());
    let (path, made, first) = server.write(&token, 2).unwrap();
    assert_eq!((path, made), ("/v1/waitlist", 201));

    limit_files(&server, "4096");
    let (_, failed, problem) = server.write(&token, 4).unwrap();
    assert_eq!((failed, problem["code"].as_str(), problem["retry_after"].as_u64()), (503, Some("store_unavailable"), Some(5)));
    assert_eq!(status("GET", "/readyz"), refused);
    assert_eq!(status("GET", "/v1/services/COUNTER").0, 200, "reading goes on");
    assert_eq!(status("POST", "/v1/holds"), refused, "a refusal would write nothing, and proves nothing");
    assert_eq!(status("GET", "/readyz"), refused);

    limit_files(&server, "unlimited");
    let (_, made, second) = server.write(&token, 6).unwrap();
    assert_eq!((made, status("GET", "/readyz").0), (201, 200));
    server.signal("-KILL");
    drop(server);
    let server = Server::start(folder.path());
    let token = server.token();
    let kept = [first, second].map(|entry| ("/v1/waitlist", entry["id"].as_str().unwrap().to_owned()));
    server.has_all(&token, &kept);
    let (_, list) = server.send("GET", "/v1/waitlist?include_total=true", &token, "", &Value::Null).unwrap();
    assert_eq!(list["total"], 2, "what was refused is not there");
}

#[test]
#[cfg(unix)]
fn a_folder_that_is_gone_is_told_and_one_that_is_back_is_served_again() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let token = server.token();
    let (data, away) = (folder.path().join("data"), folder.path().join("away"));
    let ready = || server.send("GET", "/readyz", "", "", &Value::Null).unwrap().0;
    assert_eq!((server.write(&token, 2).unwrap().1, ready()), (201, 200));
    std::fs::rename(&data, &away).unwrap();
    assert_eq!((ready(), server.write(&token, 4).unwrap().1, ready()), (503, 503, 503));
    std::fs::rename(&away, &data).unwrap();
    let waited = Instant::now();
    while ready() != 200 {
        assert!(waited.elapsed() < Duration::from_secs(10), "it does not recover by itself");
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.write(&token, 6).unwrap().1, 201);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_log_stops_nothing() {
    let folder = TempDir::new().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(folder.path());
    command.stderr(full);
    let server = Server::run(command).0;
    for _ in 0..5 {
        assert_eq!(server.send("GET", "/v1/office", "", "", &Value::Null).unwrap().0, 200);
    }
}

#[test]
fn a_governments_calendar_is_loaded_from_the_command_line() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let day = || server.send("GET", "/v1/calendar/days/2030-06-03", "", "", &Value::Null).unwrap().1;
    assert_eq!((day()["kind"].as_str(), day()["provisional"].as_bool()), (Some("WORKDAY"), Some(true)));
    let mut text = "date,is_workday,description\n".to_owned();
    let first: chrono::NaiveDate = "2030-01-01".parse().unwrap();
    for date in first.iter_days().take(365) {
        let holiday = date.to_string() == "2030-06-03";
        text += &format!("{date},{},{}\n", !holiday, if holiday { "地方慶典" } else { "" });
    }
    let file = folder.path().join("calendar_2030.csv");
    let load = |text: &str| {
        std::fs::write(&file, text).unwrap();
        command(folder.path()).args(["calendar", "load"]).arg(&file).stderr(Stdio::piped()).output().unwrap()
    };
    let cut = load(&text[..text.len() - 30]);
    assert!(!cut.status.success() && String::from_utf8(cut.stderr).unwrap().contains("line 36"));
    assert!(load(&text).status.success());
    // Another question: the same one may be answered from memory within its second.
    let days = "/v1/calendar/days?from=2030-06-03&to=2030-06-03";
    let loaded = server.send("GET", days, "", "", &Value::Null).unwrap().1["items"][0].clone();
    assert_eq!((loaded["kind"].as_str(), loaded["note"].as_str()), (Some("HOLIDAY"), Some("地方慶典")));
    assert_eq!(loaded["provisional"], false);
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
    assert!(complaint("HUZHENG_MASTER_KEY", &format!("{}=", "A".repeat(43))).contains("master_key"));
    assert!(!folder.path().join("data").exists(), "a check makes nothing");
}

#[test]
#[cfg(unix)]
fn a_key_that_others_can_read_stops_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    drop(Server::start(folder.path()));
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
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    assert!(run(&["check"], "").1.contains("the first start will make the database"));
    assert!(run(&["migrate"], "").0);
    assert!(run(&["key", "rotate"], "").1.contains("new signing key"));
    assert!(run(&["user", "create", "head", "--name", "主任", "--roles", "DIR"], "Gruen-Tee-um-vier\n").0);
    assert!(!run(&["user", "create", "weak", "--name", "x", "--roles", "DIR"], "short\n").0);
    assert!(!run(&["user", "create", "holder", "--name", "x", "--roles", "BOOKING"], "Gruen-Tee-um-vier\n").0);
    assert!(!run(&["user", "create", "mixed", "--name", "x", "--roles", "ADM,DIR"], "Gruen-Tee-um-vier\n").0);
    let (is_taken, said) = run(&["user", "holder", "head", "--name", "林主任"], "A123456788\n");
    assert!(!is_taken && said.contains("no national id"), "the check digit is wrong: {said}");
    for command in [&["user", "holder", "hed", "--name", "林主任"][..], &["user", "password", "hed"]] {
        let (is_taken, said) = run(command, "A123456789\n");
        assert!(!is_taken && said.contains("no account of the user name hed"), "{said}");
    }
    assert!(run(&["user", "holder", "head", "--name", "林主任"], "A123456789\n").0);
    assert!(run(&["user", "password", "head"], "Another-Tee-um-9\n").0);
    assert!(run(&["openapi"], "").1.contains("\"openapi\": \"3.1.0\""));
}

/// A command as somebody gives it who tries the product out.
fn bare(folder: &Path) -> Command {
    let mut command = command(folder);
    command.env_remove("HUZHENG_DEMO").env_remove("HUZHENG_PUBLIC_URL");
    command
}

#[test]
fn a_check_leaves_the_first_start_to_come() {
    let folder = TempDir::new().unwrap();
    let checked = bare(folder.path()).arg("check").output().unwrap();
    assert!(checked.status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a check makes nothing");
    let (server, said) = Server::run(bare(folder.path()));
    assert!(said.contains("demo: invented people") && said.contains(PASSWORD), "{said}");
    drop(server);
    let settings = bare(folder.path()).arg("check").stderr(Stdio::piped()).output().unwrap();
    assert!(String::from_utf8(settings.stderr).unwrap().contains("is for demo only"), "there are data now");
}

/// Writes to a command's standard input, and checks that it succeeds.
fn tell(folder: &Path, arguments: &[&str], input: &str) {
    use std::io::Write;
    let mut child = earnest(folder).args(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

/// A command of an office that is no demo.
fn earnest(folder: &Path) -> Command {
    let mut command = command(folder);
    for name in ["DEMO_PASSWORD", "RATE_LIMIT", "CLOCK_START"] {
        command.env_remove(format!("HUZHENG_{name}"));
    }
    command.env("HUZHENG_DEMO", "false");
    command
}

#[test]
fn an_office_begins_with_two_administrators_and_two_people() {
    let folder = TempDir::new().unwrap();
    let (server, said) = Server::run(earnest(folder.path()));
    let first_password = |name: &str| {
        let line = said.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{said}"));
        line.split_whitespace().last().unwrap().to_owned()
    };
    let key = || uuid::Uuid::new_v4().to_string();
    let log_in = |name: &str, password: &str| {
        let body = json!({"username": name, "password": password});
        let (status, answer) = server.send("POST", "/v1/auth/login", "", &key(), &body).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let choose = |name: &str, given: &str, own: &str| {
        let body = json!({"current_password": given, "new_password": own});
        assert_eq!(server.send("POST", "/v1/auth/password", &log_in(name, given), &key(), &body).unwrap().0, 204);
        log_in(name, own)
    };
    let [first, second] = ["first", "second"].map(|name| choose(name, &first_password(name), "Amsel-singt-um-5"));
    assert_ne!(first_password("first"), first_password("second"));
    let send = |token: &str, path: &str, body: &Value| server.send("POST", path, token, &key(), body).unwrap();
    let head = json!({
        "username": "head", "name": "林主任", "roles": ["DIR"], "holder": {"name": "林主任", "national_id": person(3)["national_id"]}
    });
    let (status, made) = send(&first, "/v1/users", &head);
    assert_eq!(status, 201, "{made}");
    let approve = |token: &str| {
        let path = format!("/v1/users/{}:approve", made["id"].as_str().unwrap());
        server.send_at("\"v1\"", "POST", &path, token, &key(), &json!({})).unwrap()
    };
    assert_eq!(approve(&second).1["code"], "holder_required");
    for (name, number) in [("first", 1), ("second", 1), ("second", 2)] {
        let who = format!("{}\n", person(number)["national_id"].as_str().unwrap());
        assert_eq!(approve(&second).0, 409, "{name} {number}");
        tell(folder.path(), &["user", "holder", name, "--name", "王管理"], &who);
    }
    assert_eq!(approve(&first).1["code"], "own_request");
    // Whoever holds an account after another has keys of their own.
    assert_eq!(approve(&second).0, 401);
    tell(folder.path(), &["user", "password", "second"], "Drossel-ruft-um-6\n");
    let second = choose("second", "Drossel-ruft-um-6", "Star-pfeift-um-sieben");
    let (status, approved) = approve(&second);
    assert_eq!((status, &approved["roles"]), (200, &json!(["DIR"])), "{approved}");
    // Half of the director's password is lost before the first log-in: nobody has come who could approve another one.
    let path = format!("/v1/users/{}", made["id"].as_str().unwrap());
    let tag = || {
        let answer = ureq::get(format!("{}{path}", server.address)).header("Authorization", format!("Bearer {first}")).call();
        answer.unwrap().headers()["etag"].to_str().unwrap().to_owned()
    };
    let decide = |token: &str, act: &str| {
        let (status, answer) = server.send_at(&tag(), "POST", &format!("{path}{act}"), token, &key(), &json!({})).unwrap();
        assert_eq!(status, 200, "{act}: {answer}");
        answer
    };
    decide(&first, ":suspend");
    assert_eq!(decide(&second, ":approve")["status"], "SUSPENDED");
    decide(&first, ":reinstate");
    decide(&second, ":approve");
    let one_half = decide(&first, ":reset-password")["initial_password"].clone();
    let other_half = decide(&second, ":approve")["second_half"].clone();
    log_in("head", &format!("{}{}", one_half.as_str().unwrap(), other_half.as_str().unwrap()));
    // From now on the director approves.
    let again = json!({"username": "clerk9", "name": "林承辦", "roles": ["CLK"]});
    let (_, made) = send(&first, "/v1/users", &again);
    let path = format!("/v1/users/{}:approve", made["id"].as_str().unwrap());
    assert_eq!(server.send_at("\"v1\"", "POST", &path, &second, &key(), &json!({})).unwrap().0, 403);
}

#[test]
fn an_office_whose_first_passwords_are_lost_is_told_the_way_out_until_an_administrator_has_come() {
    let folder = TempDir::new().unwrap();
    let told = "no administrator has logged in yet (first, second)";
    let (server, said) = Server::run(earnest(folder.path()));
    assert!(said.contains("the first two administrators") && !said.contains(told), "{said}");
    server.signal("-KILL");
    drop(server);
    let check = || {
        let output = earnest(folder.path()).arg("check").stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    let (server, said) = Server::run(earnest(folder.path()));
    drop(server);
    for text in [said, check()] {
        assert!(text.contains(told) && text.contains("huzheng user password first"), "{text}");
    }
    tell(folder.path(), &["user", "password", "first"], "Gruen-Tee-um-vier\n");
    let (server, _) = Server::run(earnest(folder.path()));
    let body = json!({"username": "first", "password": "Gruen-Tee-um-vier"});
    let (status, answer) = server.send("POST", "/v1/auth/login", "", "first", &body).unwrap();
    assert_eq!(status, 200, "{answer}");
    drop(server);
    let (server, said) = Server::run(earnest(folder.path()));
    drop(server);
    assert!(!said.contains("no administrator") && !check().contains("no administrator"), "{said}");
}

#[test]
fn any_setting_in_earnest_switches_the_demo_off() {
    let folder = TempDir::new().unwrap();
    let complaint = |name: &str, value: &str| {
        let output = bare(folder.path()).arg("check").env(name, value).stderr(Stdio::piped()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    for (name, value) in [("LOGIN_FAILURES", "3"), ("PUBLIC_URL", "http://office.test"), ("CORS_ORIGINS", "https://a.example")] {
        assert!(complaint(&format!("HUZHENG_{name}"), value).contains("is for demo only"), "{name}");
    }
    assert!(!complaint("HUZHENG_LOG", "warn").contains("is for demo only"));
}

#[test]
fn a_password_of_digits_is_taken_as_it_stands_and_a_free_port_is_the_issuers() {
    let folder = TempDir::new().unwrap();
    let mut command = bare(folder.path());
    command.env("HUZHENG_DEMO_PASSWORD", "012345678901");
    let (server, _) = Server::run(command);
    let body = json!({"username": "clerk1", "password": "012345678901"});
    let (status, tokens) = server.send("POST", "/v1/auth/login", "", "digits", &body).unwrap();
    assert_eq!(status, 200, "{tokens}");
    let (_, found) = server.send("GET", "/.well-known/oauth-authorization-server", "", "", &Value::Null).unwrap();
    assert_eq!(found["issuer"], server.address);
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.send("GET", "/v1/me", token, "", &Value::Null).unwrap().0, 200);
}
