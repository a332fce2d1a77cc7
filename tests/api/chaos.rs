//! Delivery under chaos: a receiver that fails, hangs up and answers late, and a server that is killed between commit
//! and send, again and again. CHAOS_ROUNDS sets how often.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases::move_in;
use crate::process::{Server, command};
use crate::receiver::{Mood, Receiver};

fn start(folder: &Path, receiver: &Receiver, begun: Instant) -> Office {
    let mut command = command(folder);
    // The clock of one start goes on from that of the one before.
    let clock = chrono::DateTime::parse_from_rfc3339("2026-11-23T09:00:00+08:00").unwrap() + begun.elapsed();
    command.env("HUZHENG_CLOCK_START", clock.to_rfc3339()).env("HUZHENG_OUTBOUND_ALLOW", &receiver.address);
    command.env("HUZHENG_OUTBOUND_TIMEOUT_SECONDS", "1").env("HUZHENG_LEASE_SECONDS", "6");
    command.env("HUZHENG_DELIVERY_RETRY_SECONDS", ["1"; 40].join(","));
    let server = Server::run(command).0;
    let tokens = ["clerk1", "reviewer1"].map(|user| server.token_of(user));
    Office { server, tokens }
}

struct Office {
    server: Server,
    /// Of the clerk and the reviewer.
    tokens: [String; 2],
}

impl Office {
    #[track_caller]
    fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        self.call_at("*", method, path, token, body)
    }

    #[track_caller]
    fn call_at(&self, tag: &str, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let (status, answer) = self.server.send_at(tag, method, path, token, &uuid::Uuid::new_v4().to_string(), body).unwrap();
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Lets the land office be told by webhook, which one asks for and another approves; gives the secret that signs.
    fn subscribe(&self, receiver: &Receiver) -> String {
        let (admin, director) = (self.server.token_of("admin1"), self.server.token_of("director1"));
        let first = self.call_at("\"v1\"", "POST", "/v1/agencies/LAND:rotate-secret", &admin, &json!({}))["secret"].clone();
        let approve = |tag: &str| self.call_at(tag, "POST", "/v1/agencies/LAND:approve", &director, &json!({}));
        let second = approve("\"v2\"")["second_half"].clone();
        let mut agency = self.call("GET", "/v1/agencies/LAND", &admin, &Value::Null);
        agency.as_object_mut().unwrap().remove("code");
        (agency["channel"], agency["webhook_url"]) = (json!("WEBHOOK"), json!(format!("http://{}/hook", receiver.address)));
        self.call("PUT", "/v1/agencies/LAND", &admin, &agency);
        approve("\"v4\"");
        first.as_str().unwrap().to_owned() + second.as_str().unwrap()
    }

    /// Registers a move and tells the land office; gives the delivery's id, once that is committed.
    fn tell(&self, person: u32, papers: &Value) -> String {
        let [clerk, reviewer] = &self.tokens;
        let mut body = move_in(person);
        (body["papers"], body["confirm_not_duplicate"]) = (papers.clone(), json!(true));
        let case = self.call("POST", "/v1/cases", clerk, &body);
        let case = format!("/v1/cases/{}", case["id"].as_str().unwrap());
        self.call("POST", &format!("{case}:submit-for-review"), clerk, &json!({}));
        self.call("POST", &format!("{case}/reviews"), reviewer, &json!({"result": "PASS", "findings": []}));
        let at = self.call("GET", &case, clerk, &Value::Null)["registered_at"].clone();
        let consent = json!({"agencies": ["LAND"], "consent": {"at": at, "by": "SELF", "form": "WRITTEN"}});
        let notice = self.call("POST", &format!("{case}/agency-notices"), clerk, &consent);
        notice["deliveries"][0]["id"].as_str().unwrap().to_owned()
    }

    fn papers(&self) -> Value {
        let list = self.call("GET", "/v1/case-types/MOVE_IN", &self.tokens[0], &Value::Null);
        let is_asked = |paper: &&Value| paper["when"] == "ALWAYS" || paper["when"] == "JOINS_A_HOUSEHOLD";
        let papers = list["papers"].as_array().unwrap().iter().filter(is_asked);
        papers.map(|paper| paper["document"].clone()).collect()
    }

    fn count(&self, status: &str) -> usize {
        let path = format!("/v1/agency-deliveries?status={status}&include_total=true&limit=1");
        let list = self.call("GET", &path, &self.tokens[0], &Value::Null);
        usize::try_from(list["total"].as_u64().unwrap()).unwrap()
    }
}

fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

#[test]
fn nothing_is_lost_repeats_keep_their_id_and_each_persons_order_holds() {
    let rounds: u32 = std::env::var("CHAOS_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let (folder, receiver, begun) = (TempDir::new().unwrap(), Receiver::start(), Instant::now());
    receiver.set(Mood::Chaos);
    let (mut secret, mut made) = (String::new(), Vec::new());
    for round in 0..rounds {
        let office = start(folder.path(), &receiver, begun);
        if round == 0 {
            secret = office.subscribe(&receiver);
        }
        let papers = office.papers();
        // One person again and again, and another one each round.
        for person in [1, 2 + round, 1] {
            made.push(office.tell(person, &papers));
        }
        // At once: committed and not sent; or later, in the middle of a call or between calls.
        thread::sleep(Duration::from_millis([0, 1300, 300, 2100, 900][round as usize % 5]));
        office.server.signal("-KILL");
    }
    receiver.set(Mood::Fine);
    let office = start(folder.path(), &receiver, begun);
    let waited = Instant::now();
    while office.count("ACKNOWLEDGED") < made.len() {
        assert!(waited.elapsed() < Duration::from_secs(120), "{} still wait", office.count("QUEUED"));
        thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(office.count("DEAD"), 0);

    let (mut said, mut latest): (BTreeMap<String, Value>, BTreeMap<String, usize>) = Default::default();
    for call in receiver.calls() {
        assert_eq!(call.signature, signature(&secret, &call.id, &call.timestamp, &call.body));
        let position = made.iter().position(|id| *id == call.id).expect("only what was committed is sent");
        assert_eq!(said.entry(call.id.clone()).or_insert_with(|| call.data.clone()), &call.data, "a repeat says the same");
        let person = call.data["fields"]["ID_NUMBER"].as_str().unwrap().to_owned();
        let before = latest.insert(person, position).unwrap_or(0);
        assert!(before <= position, "a newer one of the same person was sent before {}", call.id);
    }
    assert!(receiver.calls().len() > made.len(), "chaos was seen");
    let taken: std::collections::BTreeSet<String> = receiver.taken().into_iter().map(|call| call.id).collect();
    assert_eq!(taken, made.into_iter().collect(), "each was taken");
}
