//! Writes: this build against another one in turn, one node and two, and what readers feel of them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::cases::{birth, papers};
use crate::office::{CLIENTS, Client, Figures, Office, drive_all, get, paced, phase, post, shipped, show, token};

/// Births handed in by 64 clients at the counter, spread over the nodes.
fn intake(nodes: &[Office]) -> Figures {
    let mut client = Client::new(&nodes[0].address);
    let (clerk, papers) = (token(&mut client, "clerk1"), papers(&mut client));
    let run = uuid::Uuid::now_v7();
    let request = |number: u32| {
        let headers = format!("Authorization: Bearer {clerk}\r\nIdempotency-Key: {run}-{number}\r\n");
        post("/v1/cases", &headers, &birth(number, &papers).to_string())
    };
    let addresses: Vec<&str> = nodes.iter().map(|node| node.address.as_str()).collect();
    drive_all(CLIENTS, &addresses, request, 201)
}

/// One of the figures of `/metrics`, summed over the nodes.
fn metric(nodes: &[Office], name: &str) -> f64 {
    let of = |node: &Office| {
        let mut client = Client::new(&node.address);
        let (_, body) = client.send(&get("/metrics"));
        let text = String::from_utf8_lossy(body).into_owned();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok()).unwrap_or(0.0)
    };
    nodes.iter().map(of).sum()
}

/// The median of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// This build and the one of BENCH_BEFORE in turn, as often as BENCH_ROUNDS says.
fn compare(nodes: usize) {
    let before = std::env::var_os("BENCH_BEFORE").map(PathBuf::from);
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let (mut old, mut new, mut retried, mut written) = (Vec::new(), Vec::new(), 0.0, 0.0);
    for round in 0..rounds {
        if let Some(before) = &before {
            let offices = Office::nodes(before, nodes, 0);
            let figures = intake(&offices);
            show(&format!("  round {round}: the build before, {nodes} node(s)"), &figures);
            old.push(figures.per_second);
        }
        let offices = Office::nodes(&shipped(), nodes, 0);
        let figures = intake(&offices);
        show(&format!("  round {round}: this build, {nodes} node(s)"), &figures);
        retried += metric(&offices, "huzheng_store_retried_writes");
        written += figures.per_second * phase().as_secs_f64();
        new.push(figures.per_second);
    }
    println!("  retried: {:.2} % of {written:.0} writes", 100.0 * retried / written);
    if !old.is_empty() {
        println!("  this build against the one before: {:.2}", median(new) / median(old));
    }
}

/// Slot lists of a week while so many births a second come in; the share of the quiet figure.
fn slots_beside(office: &Office, clerk: &str, papers: &[String], rate: u32, run: &AtomicU32) -> Figures {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        if rate > 0 {
            scope.spawn(|| {
                let request = |_| {
                    // Another person each time, over all phases: the office takes nobody's birth twice.
                    let number = run.fetch_add(1, Ordering::Relaxed);
                    let headers = format!("Authorization: Bearer {clerk}\r\nIdempotency-Key: s{number}\r\n");
                    post("/v1/cases", &headers, &birth(number, papers).to_string())
                };
                let written = paced(rate, &office.address, request, &done);
                println!("    {written:.0} writes a second came in");
            });
        }
        let list = get("/v1/slots?service=COUNTER&from=2026-11-24&to=2026-11-30");
        let figures = drive_all(CLIENTS, &[office.address.as_str()], |_| list.clone(), 200);
        done.store(true, Ordering::Relaxed);
        figures
    })
}

fn lists() {
    let office = Office::start(0);
    let mut client = Client::new(&office.address);
    let (clerk, papers, run) = (token(&mut client, "clerk1"), papers(&mut client), AtomicU32::new(0));
    let mut quiet = 0.0;
    for rate in [0, 100, 500] {
        let figures = slots_beside(&office, &clerk, &papers, rate, &run);
        quiet = if rate == 0 { figures.per_second } else { quiet };
        show(&format!("  GET /v1/slots beside {rate} writes a second"), &figures);
        println!("    {:.2} of the quiet figure", figures.per_second / quiet);
    }
}

/// How long a committed line of the journal waits for its number, at 1,000 writes a second.
fn sealing() {
    let office = [Office::start(0)];
    let mut client = Client::new(&office[0].address);
    let (clerk, papers, done) = (token(&mut client, "clerk1"), papers(&mut client), AtomicBool::new(false));
    let request = |number: u32| {
        let headers = format!("Authorization: Bearer {clerk}\r\nIdempotency-Key: j{number}\r\n");
        post("/v1/cases", &headers, &birth(number, &papers).to_string())
    };
    thread::scope(|scope| {
        let writes = scope.spawn(|| paced(1000, &office[0].address, request, &done));
        let (begun, mut ages) = (Instant::now(), Vec::new());
        while begun.elapsed() < phase() {
            ages.push(metric(&office, "huzheng_journal_unsealed_seconds"));
            thread::sleep(Duration::from_millis(20));
        }
        done.store(true, Ordering::Relaxed);
        let written = writes.join().unwrap();
        ages.sort_by(f64::total_cmp);
        let at = |share: f64| ages[(ages.len() as f64 * share) as usize];
        println!("  {written:.0} writes a second: the journal was unsealed for {} s (p50), {} s (p99)", at(0.5), at(0.99));
    });
}

/// BENCH_BEFORE names the binary of another build; without it this one is measured alone.
pub fn run() {
    println!("writes");
    compare(1);
    if std::env::var_os("BENCH_DATABASE_URL").is_some() {
        compare(2);
        sealing();
    }
    lists();
}
