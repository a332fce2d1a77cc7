//! The proof that the journal is whole: nodes that write at once, each a process of its own, are killed at random, and every act
//! that was kept stands in it once, numbered without a gap, after those that it rests on, and never before its commit.
//! `JOURNAL_LINES` sets the size. On PostgreSQL four nodes share the store, on SQLite one has it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use actix_web::rt::{System, spawn};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use huzheng::clock::Moment;
use huzheng::db::{self, Conn, Db, Mode, Origin, Record, Seals};
use huzheng::error::Result;
use serde_json::json;

use crate::acts::Dice;
use crate::support::{MONDAY, TestApp};

const WRITERS: usize = 64;
/// What the acts count: few, so that they rest on each other's.
const SUBJECTS: usize = 40;
/// Lines of one act, at most.
const LINES: usize = 4;

/// Nothing here is said of anybody.
struct Plain;

impl Seals for Plain {
    fn seal_text(&self, _: &str, text: &str) -> String {
        text.to_owned()
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(conn: &mut Conn, sql: &str) -> i64 {
    diesel::sql_query(sql).get_result::<Count>(conn).unwrap().n
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
struct Line {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    fields: String,
}

const LINES_OF: &str = "SELECT seq, action, subject, fields FROM audit_log WHERE";

/// Counts one subject up, which the next to count it up rests on, and tells it to the journal beside lines that say nothing.
async fn act(db: &Db, subject: usize, lines: usize) -> Result<(usize, i64)> {
    let origin = Origin::system("count", MONDAY.parse::<Moment>().unwrap());
    db.write(origin, Mode::Shared, move |tx| {
        let counted = format!("UPDATE counted SET steps = steps + 1 WHERE subject = {subject} RETURNING steps AS n");
        let step = diesel::sql_query(counted).get_result::<Count>(&mut **tx)?.n;
        let mut record = Record::change("step.taken", format!("steps/{subject}"), json!({"step": step}));
        record.fields = step.to_string().into();
        tx.record(record);
        for _ in 1..lines {
            tx.record(Record::read("step.read", format!("steps/{subject}"), "steps"));
        }
        Ok((subject, step))
    })
    .await
}

#[test]
#[ignore = "a node of the test below, in a process of its own"]
fn a_node_that_writes_until_it_is_killed() {
    let setting = |name: &str| std::env::var(name).unwrap();
    let settings = db::Settings { url: setting("JOURNAL_STORE"), readers: 1, writers: 8 };
    let writers: usize = setting("JOURNAL_WRITERS").parse().unwrap();
    System::new().block_on(async move {
        let db = Db::open(&settings, Arc::new(Plain)).unwrap();
        for number in 0..writers {
            let (db, mut dice) = (db.clone(), Dice::new(u64::from(std::process::id()) << 8 | number as u64));
            spawn(async move {
                loop {
                    match act(&db, dice.below(SUBJECTS), 1 + dice.below(LINES)).await {
                        Ok((subject, step)) => println!("took {subject} {step}"),
                        Err(error) => println!("failed {error:?}"),
                    }
                }
            });
        }
        std::future::pending::<()>().await;
    });
}

fn node(url: &str, writers: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", "journal::a_node_that_writes_until_it_is_killed"]);
    command.env("JOURNAL_STORE", url).env("JOURNAL_WRITERS", writers.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a node was told to be kept: of each subject the last step; and what failed.
struct Heard {
    kept: [i64; SUBJECTS],
    failed: Vec<String>,
}

impl Heard {
    fn listen(&mut self, child: &mut Child) {
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(std::result::Result::ok) {
            let mut words = line.split(' ');
            match (words.next(), words.next().and_then(|n| n.parse::<usize>().ok()), words.next().and_then(|n| n.parse().ok())) {
                (Some("took"), Some(subject), Some(step)) => self.kept[subject] = self.kept[subject].max(step),
                (Some("failed"), ..) => self.failed.push(line),
                _ => {}
            }
        }
    }
}

/// Runs nodes in one place, one after another, each until a moment that chance sets, as long as there is work.
fn killed_again_and_again(url: &str, writers: usize, seed: u64, (over, kills): (&AtomicBool, &AtomicU32)) -> Heard {
    let (mut heard, mut dice) = (Heard { kept: [0; SUBJECTS], failed: Vec::new() }, Dice::new(seed));
    while !over.load(Ordering::Relaxed) {
        let mut child = node(url, writers);
        let pid = child.id().to_string();
        let moment = Duration::from_millis(400 + dice.below(2_000) as u64);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(moment);
                Command::new("kill").args(["-KILL", &pid]).status().unwrap();
            });
            heard.listen(&mut child);
        });
        child.wait().unwrap();
        kills.fetch_add(1, Ordering::Relaxed);
    }
    heard
}

/// What is wrong with a journal, whose lines come in order: a gap, or a step that does not follow the one before it.
struct Reader {
    seq: i64,
    steps: [i64; SUBJECTS],
}

impl Reader {
    fn after(seq: i64) -> Self {
        Self { seq, steps: [0; SUBJECTS] }
    }

    fn read(&mut self, lines: &[Line]) -> std::result::Result<(), String> {
        for line in lines {
            if line.seq != self.seq + 1 {
                return Err(format!("a gap between {} and {}", self.seq, line.seq));
            }
            self.seq = line.seq;
            if line.action == "step.taken" {
                let subject: usize = line.subject.strip_prefix("steps/").unwrap().parse().unwrap();
                self.steps[subject] += 1;
                if line.fields != self.steps[subject].to_string() {
                    return Err(format!("step {} of {subject} where {} follows", line.fields, self.steps[subject]));
                }
            }
        }
        Ok(())
    }
}

/// Makes what the acts count.
fn prepare(app: &TestApp) {
    app.sql("CREATE TABLE counted (subject INTEGER NOT NULL PRIMARY KEY, steps BIGINT NOT NULL)");
    let rows: Vec<String> = (0..SUBJECTS).map(|subject| format!("({subject}, 0)")).collect();
    app.sql(&format!("INSERT INTO counted (subject, steps) VALUES {}", rows.join(", ")));
}

fn is_intact(app: &TestApp) -> i64 {
    let proof = app.get("/v1/audit-log:verify").user("director1").send().expect(200).clone();
    assert_eq!(proof["intact"], true, "{proof}");
    i64::try_from(app.contents()["audit_log"].len()).unwrap()
}

#[test]
fn an_act_of_more_lines_than_a_statement_takes_is_sealed_whole() {
    let app = TestApp::new();
    prepare(&app);
    let (before, url) = (is_intact(&app), app.store_url().to_owned());
    System::new().block_on(async move {
        let db = Db::open(&db::Settings { url, readers: 1, writers: 1 }, Arc::new(Plain)).unwrap();
        act(&db, 0, 6_000).await.unwrap();
    });
    assert!(is_intact(&app) >= before + 6_000);
}

#[test]
fn the_journal_is_whole_whichever_node_is_killed() {
    let wanted: i64 = std::env::var("JOURNAL_LINES").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000);
    let app = TestApp::new();
    prepare(&app);
    let nodes = if app.uses_postgres() { 4 } else { 1 };
    let (over, kills) = (AtomicBool::new(false), AtomicU32::new(0));
    let mut conn = app.stranger();
    let heard: Vec<Heard> = thread::scope(|scope| {
        let nodes: Vec<_> = (0..nodes)
            .map(|number| {
                let (url, counts) = (app.store_url(), (&over, &kills));
                scope.spawn(move || killed_again_and_again(url, WRITERS / nodes, number as u64, counts))
            })
            .collect();
        let wide = "ORDER BY seq DESC LIMIT 40";
        while count(&mut conn, "SELECT coalesce(max(seq), 0) AS n FROM audit_log") < wanted || kills.load(Ordering::Relaxed) < 4 {
            let seen: Vec<Line> = diesel::sql_query(format!("{LINES_OF} action = 'step.taken' {wide}")).load(&mut conn).unwrap();
            for line in seen {
                let subject = line.subject.trim_start_matches("steps/");
                let kept = count(&mut conn, &format!("SELECT steps AS n FROM counted WHERE subject = {subject}"));
                if kept < line.fields.parse().unwrap() {
                    over.store(true, Ordering::Relaxed);
                    panic!("{line:?} was sealed before its commit");
                }
            }
            thread::sleep(Duration::from_millis(50));
        }
        over.store(true, Ordering::Relaxed);
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    if app.uses_postgres() {
        // What the killed ones had asked for last may still be under way.
        app.sql("BEGIN; LOCK TABLE counted IN ACCESS EXCLUSIVE MODE; COMMIT");
    }
    is_intact(&app);
    let mut reader = Reader::after(0);
    let mut last: Vec<Line> = Vec::new();
    loop {
        let page = format!("{LINES_OF} seq > {} ORDER BY seq LIMIT 10000", reader.seq);
        let lines: Vec<Line> = diesel::sql_query(page).load(&mut conn).unwrap();
        if lines.is_empty() {
            break;
        }
        reader.read(&lines).unwrap();
        // However few the last page has.
        last.drain(..last.len().saturating_sub(1_000));
        last.extend(lines);
    }
    for subject in 0..SUBJECTS {
        let steps = count(&mut conn, &format!("SELECT steps AS n FROM counted WHERE subject = {subject}"));
        assert_eq!(reader.steps[subject], steps, "steps of {subject}");
        assert!(heard.iter().all(|node| node.kept[subject] <= steps), "of {subject} a step is lost that was told to be kept");
    }
    let failed: Vec<&String> = heard.iter().flat_map(|node| &node.failed).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let told = heard.iter().flat_map(|node| node.kept).filter(|step| *step > 0).count();
    assert!(told > 0, "no node was told anything");
    println!("{} lines, {} steps, {} kills", reader.seq, reader.steps.iter().sum::<i64>(), kills.into_inner());
    // A line that is lost, told twice or out of its order is found.
    let broken = |change: &dyn Fn(&mut Vec<Line>)| {
        let (mut lines, mut reader) = (last.clone(), Reader::after(last[0].seq - 1));
        // Backwards, so that of each subject its first step there counts.
        for line in lines.iter().rev() {
            if let (Some(subject), Ok(step)) = (line.subject.strip_prefix("steps/"), line.fields.parse::<i64>()) {
                reader.steps[subject.parse::<usize>().unwrap()] = step - 1;
            }
        }
        change(&mut lines);
        reader.read(&lines)
    };
    broken(&|_| {}).unwrap();
    let middle = last.len() / 2;
    broken(&|lines| _ = lines.remove(middle)).unwrap_err();
    let second = last.iter().rposition(|line| line.action == "step.taken").unwrap();
    let alike = |line: &Line| line.action == "step.taken" && line.subject == last[second].subject;
    let first = last[..second].iter().rposition(alike).unwrap();
    broken(&|lines| {
        let fields = lines[first].fields.clone();
        lines[first].fields = std::mem::replace(&mut lines[second].fields, fields);
    })
    .unwrap_err();
}
