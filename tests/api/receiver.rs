//! An agency's receiver: a small HTTP server that answers, fails, stalls or hangs up as it is told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// What the receiver does with a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Fine,
    Failing,
    /// Answers well, but after this many milliseconds.
    Late(u64),
    HangingUp,
    Redirecting,
    /// Each call otherwise, by its number.
    Chaos,
}

/// One call as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
    pub data: Value,
}

#[derive(Clone)]
pub struct Receiver {
    pub address: String,
    mood: Arc<Mutex<Mood>>,
    all: Arc<Mutex<Vec<(Received, bool)>>>,
}

impl Receiver {
    pub fn start() -> Self {
        let (listener, address) = bound();
        let receiver = Self { address, mood: Arc::new(Mutex::new(Mood::Fine)), all: Arc::default() };
        let shared = receiver.clone();
        listen(listener, move |stream| shared.serve(stream));
        receiver
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Calls that were answered well, in order.
    pub fn taken(&self) -> Vec<Received> {
        self.all.lock().unwrap().iter().filter(|(_, well)| *well).map(|(call, _)| call.clone()).collect()
    }

    /// Every call that came in whole.
    pub fn calls(&self) -> Vec<Received> {
        self.all.lock().unwrap().iter().map(|(call, _)| call.clone()).collect()
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(call) = read(&mut reader).and_then(Received::of) {
            let mood = self.note(call);
            let line = match mood {
                Mood::HangingUp => return,
                Mood::Failing => "500 Internal Server Error\r\n",
                Mood::Redirecting => "302 Found\r\nLocation: http://127.0.0.1:1/\r\n",
                Mood::Late(milliseconds) => {
                    std::thread::sleep(Duration::from_millis(milliseconds));
                    "200 OK\r\n"
                }
                Mood::Fine | Mood::Chaos => "200 OK\r\n",
            };
            if write!(&stream, "HTTP/1.1 {line}Content-Length: 0\r\n\r\n").is_err() {
                return;
            }
        }
    }

    fn note(&self, call: Received) -> Mood {
        let mut all = self.all.lock().unwrap();
        let mut mood = *self.mood.lock().unwrap();
        if mood == Mood::Chaos {
            mood = match all.len() % 7 {
                1 => Mood::Failing,
                3 => Mood::HangingUp,
                5 => Mood::Late(1500),
                _ => Mood::Fine,
            };
        }
        // A late answer is a taken call all the same: the sender repeats it with the same id.
        all.push((call, matches!(mood, Mood::Fine | Mood::Late(_))));
        mood
    }
}

impl Received {
    fn of(call: Call) -> Option<Self> {
        let header = |name: &str| call.headers.get(name).cloned().unwrap_or_default();
        Some(Self {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            data: serde_json::from_str::<Value>(&call.body).ok()?["data"].clone(),
            body: call.body,
        })
    }
}

/// A free port, and its address.
pub fn bound() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Serves each connection on a thread of its own.
pub fn listen(listener: TcpListener, serve: impl Fn(TcpStream) + Clone + Send + 'static) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
}

/// A request as it came in.
pub struct Call {
    pub path: String,
    /// By their names in small letters.
    pub headers: HashMap<String, String>,
    pub body: String,
}

/// The next request of a connection, if it comes in whole.
pub fn read(reader: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Call { path, headers, body: String::from_utf8(body).ok()? })
}
