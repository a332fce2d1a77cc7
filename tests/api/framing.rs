//! Requests as bytes: slow ones, badly framed ones, and what stands behind them on their connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::TestApp;

/// An office that waits one second for what is slow.
fn hurried() -> TestApp {
    TestApp::with(|config| config.request_patience_seconds = 1, "")
}

/// Far longer than anything may take here: a connection that is still open then is held for ever.
const FOR_EVER: Duration = Duration::from_secs(20);

fn connect(app: &TestApp) -> TcpStream {
    let stream = TcpStream::connect(&app.address).unwrap();
    stream.set_read_timeout(Some(FOR_EVER)).unwrap();
    stream
}

/// All that is answered until the office closes the connection.
fn to_the_end(mut stream: &TcpStream, at: &str) -> String {
    let mut answered = Vec::new();
    match stream.read_to_end(&mut answered) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("{at}: the connection is held: {error}"),
        _ => String::from_utf8(answered).unwrap(),
    }
}

fn sent(app: &TestApp, bytes: &[u8]) -> String {
    let stream = connect(app);
    (&stream).write_all(bytes).unwrap();
    to_the_end(&stream, &String::from_utf8_lossy(bytes))
}

/// One answer on a connection that goes on.
fn answer(mut stream: &TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        text.push(char::from(byte[0]));
    }
    let length = text.to_ascii_lowercase().split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

const LOGIN: &str = "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const BEHIND: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn twenty_bodies_that_do_not_come_hold_no_connection() {
    let app = hurried();
    let framings = ["Content-Length: 50\r\n\r\n{", "Content-Length: 60000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"];
    let streams: Vec<_> = (0..20)
        .map(|number| {
            let stream = connect(&app);
            (&stream).write_all(format!("{LOGIN}{}", framings[number % framings.len()]).as_bytes()).unwrap();
            stream
        })
        .collect();
    for stream in streams {
        let answered = to_the_end(&stream, "a body that does not come");
        assert!(answered.starts_with("HTTP/1.1 408"), "{answered}");
        assert!(answered.contains("connection: close"), "{answered}");
        let problem: serde_json::Value = serde_json::from_str(answered.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        assert_eq!(problem["code"], "request_timeout");
    }
}

#[test]
fn a_body_for_which_nobody_asks_holds_no_connection_either() {
    let app = hurried();
    for framing in ["Content-Length: 50\r\n\r\n{", "Content-Length: 90000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"] {
        let answered = sent(&app, format!("GET /v1/office HTTP/1.1\r\nHost: a\r\n{framing}").as_bytes());
        assert_eq!(answered.matches("HTTP/1.1 ").count(), 1, "{answered}");
    }
}

#[test]
fn a_slow_body_that_keeps_coming_is_heard() {
    let app = hurried();
    let stream = connect(&app);
    let body = format!("{{\"username\":\"{}\"}}", "x".repeat(40_000));
    (&stream).write_all(format!("{LOGIN}Content-Length: {}\r\n\r\n", body.len()).as_bytes()).unwrap();
    for part in body.as_bytes().chunks(8_500) {
        (&stream).write_all(part).unwrap();
        // Altogether longer than the patience for a body that brings nothing.
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(answer(&stream).starts_with("HTTP/1.1 422"));
}

#[test]
fn a_head_that_does_not_come_to_its_end_holds_no_connection() {
    let app = hurried();
    assert!(sent(&app, b"GET /healthz HTTP/1.1\r\nHost:").starts_with("HTTP/1.1 408"));
    let stream = connect(&app);
    for _ in 0..2 {
        (&stream).write_all(BEHIND.as_bytes()).unwrap();
        assert!(answer(&stream).starts_with("HTTP/1.1 200"));
    }
    (&stream).write_all(b"GET /healthz HTTP/1.1\r\nHost:").unwrap();
    assert_eq!(to_the_end(&stream, "a second head"), "");
}

#[test]
fn nothing_that_stands_behind_a_badly_framed_request_is_run() {
    let app = hurried();
    let heads = [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "Content-Length: +2\r\n\r\n{}",
        "Content-Length: -2\r\n\r\n{}",
        "Content-Length: 2, 2\r\n\r\n{}",
        "Content-Length: 0x2\r\n\r\n{}",
        "Content-Length: 99999999999999999999\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\n{}",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n folded\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nHost: b\r\n\r\n0\r\n\r\n",
    ];
    let bodies = [
        "0\r\n\n",
        "0\n\n",
        "0\n\r\n",
        "0\r\r\n",
        "0\r\nX\n\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "3\r\n{}\r\n0\r\n\r\n",
        "2\r\n{} \r\n0\r\n\r\n",
        "\r\n\r\n",
        "x\r\n\r\n",
        "-1\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "2;\n{}\r\n0\r\n\r\n",
        "ffffffffffffffff1\r\n{}\r\n0\r\n\r\n",
        "2 2\r\n{}\r\n0\r\n\r\n",
        "0\r\n\r\n",
        "2\r\n{}\r\n0\r\nA: b\r\n\r\n",
    ];
    let chunked = bodies.iter().map(|body| format!("Transfer-Encoding: chunked\r\n\r\n{body}"));
    for framing in heads.iter().map(ToString::to_string).chain(chunked) {
        // What follows is a request of its own to some, and to others the end of a trailer with a request in a body.
        let carrier = format!("POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{BEHIND}", BEHIND.len());
        for behind in [BEHIND, carrier.as_str()] {
            let answered = sent(&app, format!("{LOGIN}{framing}{behind}").as_bytes());
            assert!(!answered.contains("HTTP/1.1 2"), "{framing:?} lets {behind:?} run: {answered}");
            assert!(!answered.contains("HTTP/1.1 5"), "{framing:?}: {answered}");
        }
    }
}

#[test]
fn nothing_sent_later_on_the_connection_of_a_chunked_body_is_run() {
    let app = TestApp::new();
    let stream = connect(&app);
    (&stream).write_all(format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n").as_bytes()).unwrap();
    let first = answer(&stream);
    assert!(first.starts_with("HTTP/1.1 422") && first.contains("connection: close"), "a good one is answered: {first}");
    let _ = (&stream).write_all(BEHIND.as_bytes());
    assert_eq!(to_the_end(&stream, "behind a chunked body"), "");
}

#[test]
fn a_body_that_is_said_to_be_too_large_is_refused_before_it_comes() {
    let app = TestApp::new();
    for (length, more) in [("90000", ""), ("90000", "Expect: 100-continue\r\n"), ("9999999999999", "Expect: 100-continue\r\n")] {
        let asked = std::time::Instant::now();
        let answered = sent(&app, format!("{LOGIN}{more}Content-Length: {length}\r\n\r\n").as_bytes());
        assert!(asked.elapsed() < Duration::from_secs(5), "{length} {more:?}: {:?}", asked.elapsed());
        assert!(answered.starts_with("HTTP/1.1 413") && answered.contains("\"code\":\"too_large\""), "{answered}");
        assert_eq!(answered.matches("HTTP/1.1 ").count(), 1, "{answered}");
    }
    let stream = connect(&app);
    (&stream).write_all(format!("{LOGIN}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").as_bytes()).unwrap();
    let mut invitation = [0; 25];
    (&stream).read_exact(&mut invitation).unwrap();
    assert_eq!(&invitation, b"HTTP/1.1 100 Continue\r\n\r\n");
    (&stream).write_all(b"{}").unwrap();
    assert!(answer(&stream).starts_with("HTTP/1.1 422"));
}

#[test]
fn a_connection_that_is_said_to_close_runs_nothing_more_and_closes() {
    let app = TestApp::new();
    let body = "x".repeat(90_000);
    let head = format!("{LOGIN}Content-Length: {}\r\n\r\n", body.len());
    let answered = sent(&app, format!("{head}{body}{BEHIND}").as_bytes());
    assert!(answered.starts_with("HTTP/1.1 413") && answered.contains("connection: close"), "{answered}");
    assert!(!answered.contains("HTTP/1.1 2"), "{answered}");
    // The same where the body comes only after the answer.
    let stream = connect(&app);
    (&stream).write_all(head.as_bytes()).unwrap();
    assert!(answer(&stream).starts_with("HTTP/1.1 413"));
    for part in body.as_bytes().chunks(30_000) {
        (&stream).write_all(part).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    (&stream).write_all(BEHIND.as_bytes()).unwrap();
    assert_eq!(to_the_end(&stream, "behind a body that is too large"), "");
    // Whoever goes on sending is not listened to for ever.
    let stream = connect(&app);
    (&stream).write_all(format!("{LOGIN}Content-Length: 999999999\r\n\r\n").as_bytes()).unwrap();
    let more = vec![b'x'; 1024 * 1024];
    let ended = (0..64).any(|_| (&stream).write_all(&more).is_err());
    assert!(ended, "the office takes 64 MiB of a body that it has refused");
}

#[test]
fn what_callers_get_wrong_on_their_connections_is_no_error_in_the_log() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut command = crate::process::command(folder.path());
    command.stderr(std::fs::File::create(&log).unwrap());
    let server = crate::process::Server::run(command).0;
    let address = server.address.strip_prefix("http://").unwrap();
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(300_000));
    let chunk = format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\nx\r\n");
    for (bytes, status) in [("nonsense\r\n\r\n", "400"), (long.as_str(), "431"), (chunk.as_str(), "400")] {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(FOR_EVER)).unwrap();
        // The office may have closed the connection before all of it is sent.
        let _ = (&stream).write_all(bytes.as_bytes());
        let answered = to_the_end(&stream, status);
        assert!(answered.is_empty() || answered.starts_with(&format!("HTTP/1.1 {status}")), "{answered}");
    }
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(told.contains("huzheng::access"), "{told}");
    assert!(!told.contains("ERROR"), "{told}");
}

#[test]
fn a_chunked_body_beyond_the_limit_is_told_so() {
    let app = TestApp::new();
    let body = format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", 300_000, "x".repeat(300_000));
    let answered = sent(&app, body.as_bytes());
    assert!(answered.starts_with("HTTP/1.1 413") && answered.contains("\"code\":\"too_large\""), "{answered}");
}
