//! Lists, queues, search and intake over a store with many cases.

use std::time::Instant;

use huzheng::people::IdNumber;
use serde_json::{Value, json};

use crate::office::{CLIENTS, Client, Figures, Office, drive, phase, post, show, token};

/// Staff who work at the same time.
const STAFF: usize = 8;

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// Goes from page to page, as deep as the phase lasts; every page is timed.
fn page_through(office: &Office, token: &str, filter: &str) -> (Figures, usize) {
    let (mut client, mut times, mut cursor, mut rows) = (Client::new(&office.address), Vec::new(), String::new(), 0);
    let begun = Instant::now();
    while begun.elapsed() < phase() {
        let sent = Instant::now();
        let (status, body) = client.send(&get(&format!("/v1/cases?limit=50{filter}{cursor}"), token));
        times.push(sent.elapsed());
        let page: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(status, 200, "{page}");
        rows += page["items"].as_array().unwrap().len();
        cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    (Figures::of(&mut times, begun.elapsed().as_secs_f64()), rows)
}

pub fn birth(number: u32, papers: &[String]) -> Value {
    let id = IdNumber::make(&format!("N2{:07}", 4_000_000 + number)).unwrap();
    json!({
        "type_code": "BIRTH", "event_on": "2026-11-10",
        "parties": [{"role": "MOTHER", "name": "林小美", "national_id": id.expose(), "birth_on": "1995-05-04"}],
        "applicant": {"name": "林小美", "national_id": id.expose(), "relation": "MOTHER"},
        "fields": {
            "kind": "BIRTH", "child_name": "林小安", "sex": "FEMALE", "surname_from": "MOTHER", "birth_place": "HOSPITAL",
            "certificate_number": format!("出字第 {number:07} 號"), "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1
        },
        "papers": papers
    })
}

pub fn papers(client: &mut Client) -> Vec<String> {
    let (_, body) = client.send(&crate::office::get("/v1/case-types/BIRTH"));
    let birth: Value = serde_json::from_slice(body).unwrap();
    let always = birth["papers"].as_array().unwrap().iter().filter(|paper| paper["when"] == "ALWAYS");
    always.map(|paper| paper["document"].as_str().unwrap().to_owned()).collect()
}

/// Measures over BENCH_CASES cases, a million by default.
pub fn run() {
    let count = std::env::var("BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let begun = Instant::now();
    let office = Office::start(count);
    println!("cases: {count} made by `huzheng demo --cases` in {:.0} s", begun.elapsed().as_secs_f64());
    let mut client = Client::new(&office.address);
    let (chief, branch, clerk) = (token(&mut client, "chief1"), token(&mut client, "clerk3"), token(&mut client, "clerk1"));

    for (name, token, filter) in [
        ("  all, page after page", &chief, ""),
        ("  one service point's (branch clerk)", &branch, ""),
        ("  registered births", &chief, "&type=BIRTH&status=REGISTERED"),
        ("  of five years ago", &chief, "&to=2021-11-23"),
        ("  by mail", &chief, "&channel=MAIL"),
        ("  overdue", &chief, "&overdue=true"),
    ] {
        let (figures, rows) = page_through(&office, token, filter);
        show(&format!("{name}, {rows} rows deep"), &figures);
    }
    let list = get("/v1/cases?limit=50", &branch);
    show(&format!("  one service point's, {STAFF} at once"), &drive(STAFF, &office.address, |_| list.clone(), 200));
    let queues = get("/v1/queues", &clerk);
    show("  GET /v1/queues, one client", &drive(1, &office.address, |_| queues.clone(), 200));
    show(&format!("  GET /v1/queues, {STAFF} at once"), &drive(STAFF, &office.address, |_| queues.clone(), 200));

    let search = |number: u32| {
        let number = u64::from(number) * 7919 % 143_000;
        let id = IdNumber::make(&format!("N{}{number:07}", 1 + number % 2)).unwrap();
        let body = json!({"national_id": id.expose(), "reason": "民眾臨櫃查詢"}).to_string();
        post("/v1/cases:search", &format!("Authorization: Bearer {clerk}\r\n"), &body)
    };
    show("  POST /v1/cases:search, 8 at once", &drive(STAFF, &office.address, search, 200));

    let papers = papers(&mut client);
    let intake = |number: u32| {
        let headers = format!("Authorization: Bearer {clerk}\r\nIdempotency-Key: c{number}\r\n");
        post("/v1/cases", &headers, &birth(number, &papers).to_string())
    };
    show(&format!("  POST /v1/cases, {CLIENTS} at once"), &drive(CLIENTS, &office.address, intake, 201));
    println!("  memory: {:.0} MiB after the load", office.memory());
}
