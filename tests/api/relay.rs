//! A mail relay: a small SMTP server (RFC 5321) that takes, refuses or hangs up as it is told; and what it was handed, decoded as a
//! mailbox does (RFC 2045, RFC 2047).

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::receiver::{bound, listen};

/// What the relay does with mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Fine,
    /// Refuses each recipient for now.
    Busy,
    /// Refuses each recipient for good.
    Refusing,
    /// Refuses the office.
    Strange,
    /// Lets nobody in.
    Closed,
    /// Takes the text and hangs up without an answer.
    HangingUp,
}

/// A mail as it came in.
#[derive(Clone, Debug)]
pub struct Letter {
    pub from: String,
    pub to: String,
    /// As it stood on the wire, without the dots that were doubled.
    pub raw: Vec<u8>,
}

#[derive(Clone)]
pub struct Relay {
    pub port: u16,
    mood: Arc<Mutex<Mood>>,
    letters: Arc<Mutex<Vec<Letter>>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    pub fn start() -> Self {
        let (listener, _) = bound();
        let port = listener.local_addr().unwrap().port();
        let relay = Self { port, mood: Arc::new(Mutex::new(Mood::Fine)), letters: Arc::default(), heard: Arc::default() };
        let shared = relay.clone();
        listen(listener, move |stream| shared.serve(stream));
        relay
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Every mail that came in whole, in order.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    /// Every command that came in.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let say = |answer: &str| (&stream).write_all(format!("{answer}\r\n").as_bytes()).is_ok();
        let mood = || *self.mood.lock().unwrap();
        if mood() == Mood::Closed {
            say("554 nobody is let in");
            return;
        }
        let mut going = say("220 relay.test ESMTP");
        let (mut from, mut to) = (String::new(), String::new());
        while going {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_owned();
            self.heard.lock().unwrap().push(line.clone());
            let address =
                || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(one, _)| one).to_owned();
            going = match (line.split([' ', ':']).next().unwrap_or_default().to_uppercase().as_str(), mood()) {
                ("EHLO", _) => say("250-relay.test\r\n250 8BITMIME"),
                ("MAIL", Mood::Strange) => say("530 5.7.0 log in first"),
                ("MAIL", _) => {
                    from = address();
                    say("250 ok")
                }
                ("RCPT", Mood::Busy) => say("451 4.3.0 come again"),
                ("RCPT", Mood::Refusing) => say(&format!("550 5.1.1 <{}>: no such user", address())),
                ("RCPT", _) => {
                    to = address();
                    say("250 ok")
                }
                ("DATA", mood) => {
                    say("354 go on");
                    let Some(raw) = text(&mut reader) else { return };
                    self.letters.lock().unwrap().push(Letter { from: from.clone(), to: to.clone(), raw });
                    if mood == Mood::HangingUp {
                        return;
                    }
                    say("250 taken")
                }
                ("QUIT", _) => {
                    say("221 bye");
                    return;
                }
                _ => say("502 unknown"),
            };
        }
    }
}

/// The text of a mail up to the line that ends it.
fn text(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

impl Letter {
    /// Headers by their names in small letters, unfolded and decoded; each stands once. And the body as it stands.
    fn parts(&self) -> (HashMap<String, String>, String) {
        assert!(self.raw.is_ascii(), "nothing but ASCII goes over the wire");
        let raw = String::from_utf8(self.raw.clone()).unwrap();
        assert!(raw.lines().all(|line| line.len() <= 998), "no line is longer than 998 (RFC 5322 §2.1.1)");
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "lines end with CRLF");
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        let mut headers = HashMap::new();
        for line in head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n") {
            let (name, value) = line.split_once(':').unwrap();
            let before = headers.insert(name.to_lowercase(), decoded(value.trim()));
            assert!(before.is_none(), "{name} stands twice");
        }
        (headers, body.to_owned())
    }

    pub fn headers(&self) -> HashMap<String, String> {
        self.parts().0
    }

    pub fn text(&self) -> String {
        let (headers, body) = self.parts();
        assert_eq!(headers["content-type"].to_lowercase(), "text/plain; charset=utf-8");
        let bytes = match headers["content-transfer-encoding"].as_str() {
            "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap(),
            "quoted-printable" => unquoted(&body.replace("=\r\n", ""), '='),
            "7bit" => body.into_bytes(),
            other => panic!("{other}"),
        };
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }
}

/// The bytes of a text in which some stand by two hexadecimal digits behind a sign.
fn unquoted(text: &str, sign: char) -> Vec<u8> {
    let mut parts = text.split(sign);
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

/// A header's value with its encoded words read (RFC 2047): each is whole characters by itself, and the space between two is none.
fn decoded(value: &str) -> String {
    let mut shown = String::new();
    let mut rest = value;
    let mut behind_word = false;
    while let Some(at) = rest.find("=?") {
        let mut parts = rest[at + 2..].splitn(4, '?');
        let (charset, kind) = (parts.next().unwrap(), parts.next().unwrap());
        let (word, after) = (parts.next().unwrap(), parts.next().unwrap().strip_prefix('=').unwrap());
        assert_eq!(charset.to_lowercase(), "utf-8");
        let bytes = match kind.to_lowercase().as_str() {
            "b" => STANDARD.decode(word).unwrap(),
            "q" => unquoted(&word.replace('_', " "), '='),
            other => panic!("{other}"),
        };
        if !(behind_word && rest[..at].trim().is_empty()) {
            shown.push_str(&rest[..at]);
        }
        shown.push_str(&String::from_utf8(bytes).unwrap());
        (rest, behind_word) = (after, true);
    }
    shown + rest
}
