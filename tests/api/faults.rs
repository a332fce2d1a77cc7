//! What the store itself cannot do: locks of others, full disks, files that are gone. Told as 503, never hidden, never ours.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestApp, WEDNESDAY_9, WEDNESDAY_930};

#[track_caller]
fn is_unavailable(answer: &Answer) {
    answer.refused(503, "store_unavailable");
    assert!(answer.headers["retry-after"].parse::<u32>().unwrap() > 0);
}

/// Whether the office says that it is ready; it must say either within two seconds.
#[track_caller]
fn ready(app: &TestApp) -> bool {
    let asked = Instant::now();
    let answer = app.get("/readyz").send();
    assert!(asked.elapsed() < Duration::from_secs(2), "readyz took {:?}", asked.elapsed());
    if answer.status != 200 {
        is_unavailable(&answer);
    }
    answer.status == 200
}

#[track_caller]
fn becomes_ready(app: &TestApp) {
    let waited = Instant::now();
    while !ready(app) {
        assert!(waited.elapsed() < Duration::from_secs(10), "it does not recover by itself");
        thread::sleep(Duration::from_millis(100));
    }
}

fn log_in(app: &TestApp) -> Answer {
    app.post("/v1/auth/login").json(&json!({"username": "clerk2", "password": PASSWORD})).send()
}

#[test]
fn a_strangers_lock_on_one_table_starves_no_read_of_another() {
    let app = TestApp::new();
    if !app.uses_postgres() {
        return;
    }
    app.token("clerk1");
    assert!(ready(&app));
    let mut stranger = app.stranger();
    stranger.batch_execute("BEGIN; LOCK TABLE cases IN ACCESS EXCLUSIVE MODE").unwrap();
    thread::scope(|scope| {
        let stuck: Vec<_> = (0..40).map(|_| scope.spawn(|| app.get("/v1/cases").user("clerk1").send())).collect();
        thread::sleep(Duration::from_millis(300));
        assert!(!ready(&app), "both readers wait for the lock");
        thread::sleep(Duration::from_secs(1));
        let asked = Instant::now();
        app.get("/v1/me").user("clerk1").send().expect(200);
        assert!(asked.elapsed() < Duration::from_secs(4), "another table's reader waited {:?}", asked.elapsed());
        log_in(&app).expect(200);
        for answer in stuck {
            is_unavailable(&answer.join().unwrap());
        }
    });
    assert!(!ready(&app), "the lock is still there");
    stranger.batch_execute("ROLLBACK").unwrap();
    becomes_ready(&app);
    app.get("/v1/cases").user("clerk1").send().expect(200);
}

#[test]
fn a_log_in_behind_a_strangers_lock_ends_with_a_refusal_in_time() {
    let app = TestApp::new();
    if !app.uses_postgres() {
        return;
    }
    let mut stranger = app.stranger();
    for (table, patience) in [("accounts", 4), ("refresh_families", 9)] {
        stranger.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).unwrap();
        let asked = Instant::now();
        is_unavailable(&log_in(&app));
        assert!(asked.elapsed() < Duration::from_secs(patience), "{table}: {:?}", asked.elapsed());
        assert!(!ready(&app), "{table}");
        is_unavailable(&log_in(&app));
        assert!(!ready(&app), "a proof needs that table, too: {table}");
        stranger.batch_execute("ROLLBACK").unwrap();
        log_in(&app).expect(200);
        becomes_ready(&app);
    }
}

#[test]
fn what_the_server_has_run_out_of_is_no_fault_of_ours() {
    let app = TestApp::new();
    if !app.uses_postgres() {
        return;
    }
    let raise = |code: &str| {
        app.sql(&format!(
            "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN RAISE EXCEPTION 'kein Platz' USING ERRCODE = '{code}'; END $$; \
             CREATE TRIGGER broken BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION broken()"
        ));
    };
    // Full disk, memory, connections; an input/output error; a read-only server; a lock, a statement, the server itself.
    for code in ["53100", "53200", "53300", "58030", "25006", "55P03", "57014", "57P03", "XX001"] {
        raise(code);
        is_unavailable(&app.try_book("citizen1", WEDNESDAY_9));
        assert!(!ready(&app), "{code}");
        app.sql("DROP TRIGGER broken ON bookings");
        log_in(&app).expect(200);
        assert!(ready(&app), "{code}: a write was kept");
    }
    raise("22003");
    app.try_book("citizen1", WEDNESDAY_9).refused(500, "internal");
    assert!(ready(&app), "a mistake of ours says nothing of the store");
    app.sql("DROP TRIGGER broken ON bookings");
    // A backend that somebody ends in the middle is replaced by another one.
    app.sql(
        "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; \
         CREATE TRIGGER broken BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION broken()",
    );
    is_unavailable(&app.try_book("citizen1", WEDNESDAY_9));
    assert!(!ready(&app));
    app.sql("DROP TRIGGER broken ON bookings");
    app.book("citizen1", WEDNESDAY_9);
    becomes_ready(&app);
}

#[test]
fn a_connection_opened_while_the_server_took_no_writes_is_not_kept() {
    let app = TestApp::new();
    let Some(database) = app.database_name() else { return };
    app.token("citizen1");
    app.sql(&format!("ALTER DATABASE {database} SET default_transaction_read_only = on"));
    let mut stranger = app.stranger();
    stranger
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
    thread::scope(|scope| {
        let refused: Vec<_> = (0..16).map(|_| scope.spawn(|| log_in(&app))).collect();
        for answer in refused {
            is_unavailable(&answer.join().unwrap());
        }
    });
    stranger.batch_execute("SET default_transaction_read_only = off").unwrap();
    stranger.batch_execute(&format!("ALTER DATABASE {database} RESET ALL")).unwrap();
    for _ in 0..16 {
        log_in(&app).expect(200);
    }
    becomes_ready(&app);
}

#[test]
#[cfg(unix)]
fn a_database_that_is_not_at_its_place_any_more_takes_no_write() {
    let app = TestApp::on_sqlite();
    app.token("citizen1");
    app.token("citizen2");
    let (file, away) = (app.database_file(), app.folder.path().join("away.db"));
    app.book("citizen1", WEDNESDAY_9);
    assert!(ready(&app));
    let refuses = |what: &str| {
        assert!(!ready(&app), "{what}, found before any write");
        is_unavailable(&app.try_book("citizen2", WEDNESDAY_930));
        assert!(!ready(&app), "{what}");
    };
    fs::rename(&file, &away).unwrap();
    refuses("moved away");
    assert!(!file.exists(), "no empty database is made in its place");
    fs::copy(&away, &file).unwrap();
    refuses("replaced by a copy");
    fs::rename(&away, &file).unwrap();
    app.book("citizen2", WEDNESDAY_930);
    assert!(ready(&app), "it is back");
    for ending in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{ending}", file.display()));
        fs::rename(&beside, &away).unwrap();
        refuses(ending);
        fs::rename(&away, &beside).unwrap();
        log_in(&app).expect(200);
        assert!(ready(&app), "{ending} is back");
    }
}

#[test]
fn timers_with_nothing_to_do_write_nothing() {
    let app = TestApp::on_sqlite();
    app.tick();
    let before = app.commits();
    assert!(before.is_some());
    app.tick();
    app.tick();
    assert_eq!(app.commits(), before);
}
