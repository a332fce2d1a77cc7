//! How the program starts and refuses: several at once, one server a folder, newer stores, missing keys, copies, checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use huzheng::config::{Config, Switch};
use huzheng::domains::ALL;
use huzheng::{db, start};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Server, command};
use crate::support::{Database, PASSWORD};

/// A folder, and on PostgreSQL an empty database, for programs to start on.
struct Place {
    folder: TempDir,
    database: Option<Database>,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), database: Database::empty() }
    }

    /// On SQLite whatever the rest of the suite runs on.
    fn of_files() -> Self {
        Self { folder: TempDir::new().unwrap(), database: None }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn url(&self) -> Option<String> {
        self.database.as_ref().map(|database| database.url.clone())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.path());
        command.args(arguments).stderr(Stdio::piped());
        if let Some(url) = self.url() {
            command.env("HUZHENG_DATABASE_URL", url);
        }
        command
    }

    fn settings(&self) -> db::Settings {
        let file = format!("sqlite:{}", self.path().join("data/huzheng.db").display());
        db::Settings { url: self.url().unwrap_or(file), readers: 1, writers: 1 }
    }

    fn sql(&self, sql: &str) {
        db::connect(&self.settings()).unwrap().batch_execute(sql).unwrap();
    }

    /// What a command says when it succeeds.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command complains of.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?} is not refused");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Every file with what is in it; what a database only remembers of its log is left out.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        fn walk(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = entry.display().to_string();
                if entry.is_dir() {
                    found.insert(name, Vec::new());
                    walk(&entry, found);
                } else if !name.ends_with("-shm") {
                    found.insert(name, fs::read(&entry).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(self.path(), &mut found);
        found
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn count(place: &Place, of: &str) -> i64 {
    let mut conn = db::connect(&place.settings()).unwrap();
    diesel::sql_query(format!("SELECT COUNT(*) AS count FROM {of}")).get_result::<Count>(&mut conn).unwrap().count
}

fn node_config(place: &Place, data: &str, url: Option<String>) -> Config {
    let mut config = Config::usual(&ALL.settings());
    config.data_dir = place.path().join(data);
    fs::create_dir_all(&config.data_dir).unwrap();
    config.database_url = url;
    config.demo = Some(true);
    config.rate_limit = Switch::Off;
    (config.readers, config.writers) = (1, 1);
    config
}

#[test]
fn two_offices_share_a_database_each_in_a_schema_of_its_own() {
    let place = Place::new();
    let Some(url) = place.url() else { return };
    let sign = if url.contains('?') { '&' } else { '?' };
    for schema in ["one", "two"] {
        place.sql(&format!("CREATE SCHEMA {schema}"));
        let url = format!("{url}{sign}options=-csearch_path%3D{schema}");
        let (_, welcome) = start::node(node_config(&place, schema, Some(url))).unwrap();
        assert!(welcome.is_some(), "{schema} is an office of its own");
        assert_eq!(count(&place, &format!("{schema}.accounts")), 31);
    }
}

#[test]
fn an_administrator_that_was_something_else_is_one_no_more() {
    let place = Place::new();
    let start = || start::node(node_config(&place, "data", place.url())).map(drop).unwrap();
    start();
    place.sql("UPDATE accounts SET roles = '[\"ADM\",\"CHF\"]' WHERE username = 'chief1'");
    start();
    start();
    assert_eq!(count(&place, "accounts WHERE roles = '[\"CHF\"]' AND epoch = 2 AND version = 2"), 1);
    assert_eq!(count(&place, "accounts WHERE roles = '[\"ADM\"]' AND epoch = 1"), 1);
    assert_eq!(count(&place, "audit_log WHERE action = 'user.administrator_parted'"), 1);
}

#[test]
fn nodes_that_start_at_once_on_an_empty_store_fill_it_once() {
    for _ in 0..3 {
        let place = Place::new();
        let config = || node_config(&place, "data", place.url());
        let barrier = Barrier::new(6);
        let told: Vec<bool> = thread::scope(|scope| {
            let node = || {
                barrier.wait();
                start::node(config()).map(|(_, welcome)| welcome.is_some()).unwrap()
            };
            let nodes: Vec<_> = (0..6).map(|_| scope.spawn(node)).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        assert_eq!(told.iter().filter(|told| **told).count(), 1, "one tells the password: {told:?}");
        assert_eq!((count(&place, "signing_keys"), count(&place, "accounts")), (1, 31));
        assert_eq!(
            fs::read_dir(place.path().join("data"))
                .unwrap()
                .filter(|file| { file.as_ref().unwrap().file_name().to_string_lossy().contains("master.key") })
                .count(),
            1
        );
    }
}

#[test]
fn programs_that_migrate_at_once_apply_every_migration_once() {
    let place = Place::new();
    let children: Vec<_> = (0..4).map(|_| place.command(&["migrate"]).spawn().unwrap()).collect();
    let mut applied = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        applied.extend(String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned));
    }
    applied.sort();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut all: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| format!("applied {}", entry.unwrap().file_name().display())).collect();
    all.sort();
    assert_eq!(applied, all);
}

#[test]
fn servers_that_start_at_once_on_an_empty_database_serve_together() {
    let place = Place::new();
    if place.database.is_none() {
        // One server a folder: the rule for SQLite has a test of its own.
        return;
    }
    let servers: Vec<(Server, String)> = thread::scope(|scope| {
        let starts: Vec<_> = (0..3).map(|_| scope.spawn(|| Server::run(place.command(&[])))).collect();
        starts.into_iter().map(|server| server.join().unwrap()).collect()
    });
    assert_eq!(servers.iter().filter(|(_, said)| said.contains(PASSWORD)).count(), 1);
    let token = servers[0].0.token_of("clerk1");
    for (server, _) in &servers {
        assert_eq!(server.send("GET", "/v1/me", &token, "", &Value::Null).unwrap().0, 200, "each knows the others' key");
    }
}

#[test]
fn a_second_server_on_one_database_is_refused_by_name_until_the_first_is_gone() {
    let place = Place::of_files();
    let first = Server::run(place.command(&[])).0;
    assert!(place.refuses(&["serve"]).contains("serves the database"), "at the same place");
    assert!(place.refuses(&["check"]).contains("serves the database"), "a check says what a start would");
    #[cfg(unix)]
    {
        let link = place.path().join("link");
        std::os::unix::fs::symlink(place.path().join("data"), &link).unwrap();
        let by_link = place.command(&["serve", "--data-dir", "link"]).output().unwrap();
        assert!(String::from_utf8(by_link.stderr).unwrap().contains("serves the database"), "by another way to it");
    }
    place.says(&["backup", "copy.db"]);
    place.says(&["key", "rotate"]);
    place.says(&["demo", "--cases", "1"]);
    assert_eq!(first.send("GET", "/readyz", "", "", &Value::Null).unwrap().0, 200);
    first.signal("-KILL");
    drop(first);
    let second = Server::run(place.command(&[])).0;
    assert_eq!(second.send("GET", "/readyz", "", "", &Value::Null).unwrap().0, 200);
}

/// Every command, with what it needs.
const COMMANDS: [&[&str]; 9] = [
    &["serve"],
    &["migrate"],
    &["check"],
    &["backup", "copy.db"],
    &["demo", "--cases", "1"],
    &["user", "create", "head", "--name", "主任", "--roles", "DIR"],
    &["user", "password", "head"],
    &["calendar", "load", "days.csv"],
    &["key", "rotate"],
];

#[test]
fn a_store_that_a_newer_version_has_changed_is_refused_by_every_command() {
    let place = Place::new();
    place.says(&["migrate"]);
    fs::write(place.path().join("days.csv"), "date,is_workday,description\n").unwrap();
    place.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000001')");
    let before = (place.files(), place.database.as_ref().map(|_| count(&place, "start_lock WHERE starts > 9")));
    for arguments in COMMANDS {
        let complaint = place.refuses(arguments);
        assert!(complaint.contains("newer version") && complaint.contains("29990101000001"), "{arguments:?}: {complaint}");
    }
    assert!(
        before == (place.files(), place.database.as_ref().map(|_| count(&place, "start_lock WHERE starts > 9"))),
        "nothing is written"
    );
}

#[test]
fn a_key_that_is_missing_or_strange_beside_data_is_refused() {
    let place = Place::new();
    drop(Server::run(place.command(&[])));
    let (key, away) = (place.path().join("data/master.key"), place.path().join("away.key"));
    fs::rename(&key, &away).unwrap();
    for arguments in [&["serve"][..], &["check"], &["key", "rotate"], &["demo", "--cases", "1"]] {
        let complaint = place.refuses(arguments);
        assert!(complaint.contains("no master key") && complaint.contains("master.key"), "{arguments:?}: {complaint}");
    }
    assert!(!key.exists(), "no new key is made");
    let other = TempDir::new().unwrap();
    drop(Server::run(command(other.path())));
    fs::copy(other.path().join("data/master.key"), &key).unwrap();
    for arguments in [&["serve"][..], &["check"], &["key", "rotate"]] {
        assert!(place.refuses(arguments).contains("does not open"), "{arguments:?}");
    }
    fs::rename(&away, &key).unwrap();
    assert!(place.says(&["check"]).contains("in order"));
}

#[test]
fn what_begins_no_store_makes_nothing_where_there_is_none() {
    let place = Place::of_files();
    let commands: [&[&str]; 4] =
        [&["backup", "copy.db"], &["user", "password", "head"], &["calendar", "load", "days.csv"], &["key", "rotate"]];
    for arguments in commands {
        assert!(place.refuses(arguments).contains("no database"), "{arguments:?}");
    }
    assert_eq!(place.files(), BTreeMap::new());
    fs::create_dir(place.path().join("data")).unwrap();
    fs::write(place.path().join("data/huzheng.db"), "").unwrap();
    assert!(place.refuses(&["backup", "copy.db"]).contains("no database"), "an empty file is none");
    assert!(!place.path().join("copy.db").exists());
}

#[test]
#[cfg(unix)]
fn databases_and_copies_are_private_wherever_they_are_and_a_copy_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::of_files();
    fs::create_dir(place.path().join("elsewhere")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("HUZHENG_DATABASE_URL", "sqlite:elsewhere/office.db");
        command
    };
    let server = Server::run(run(&[])).0;
    assert!(run(&["backup", "elsewhere/copy.db"]).status().unwrap().success());
    let mut seen = Vec::new();
    for entry in fs::read_dir(place.path().join("elsewhere")).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    seen.sort();
    assert_eq!(seen, ["copy.db", "office.db", "office.db-shm", "office.db-wal", "office.db.lock"]);
    drop(server);
    for content in ["", "somebody's letter"] {
        fs::write(place.path().join("letter"), content).unwrap();
        let output = run(&["backup", "letter"]).output().unwrap();
        assert!(String::from_utf8(output.stderr).unwrap().contains("exists already"));
        assert_eq!(fs::read_to_string(place.path().join("letter")).unwrap(), content);
    }
}

#[test]
fn a_check_finds_a_log_that_was_cut_or_changed() {
    let place = Place::new();
    drop(Server::run(place.command(&[])));
    assert!(place.says(&["check"]).contains("in order"));
    place.sql("UPDATE audit_log SET actor = 'nobody' WHERE seq = 1");
    assert!(place.refuses(&["check"]).contains("broken at line 1"));
    place.sql("UPDATE audit_log SET actor = 'system' WHERE seq = 1");
    assert!(place.says(&["check"]).contains("in order"));
    place.sql("CREATE TABLE kept AS SELECT MAX(seq) AS seq FROM audit_log");
    place.sql("UPDATE audit_log SET purpose = 'x' WHERE seq = (SELECT seq FROM kept)");
    assert!(place.refuses(&["check"]).contains("broken at line"));
    place.sql("UPDATE audit_log SET purpose = '' WHERE seq = (SELECT seq FROM kept)");
    place.sql("DELETE FROM audit_log WHERE seq = (SELECT seq FROM kept)");
    assert!(place.refuses(&["check"]).contains("broken at line"), "the end was cut off");
}

#[test]
fn a_check_finds_what_is_damaged_in_the_file() {
    let place = Place::of_files();
    drop(Server::run(place.command(&[])));
    place.sql("PRAGMA foreign_keys = OFF; INSERT INTO calendar_tokens VALUES ('nobody', 'x', '2026-11-23 01:00:00')");
    assert!(place.refuses(&["check"]).contains("calendar_tokens names what is not in accounts"));
    place.sql("DELETE FROM calendar_tokens");
    assert!(place.says(&["check"]).contains("in order"));
    place.sql("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'audit_log_by_actor'");
    assert!(place.refuses(&["check"]).contains("the database is damaged"), "pages that nothing uses");
}

/// The last line of what a check and a start complain of: the same.
#[track_caller]
fn both_refuse(place: &Place, change: impl Fn(&mut Command)) -> String {
    let complaint = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        change(&mut command);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?} is not refused");
        String::from_utf8(output.stderr).unwrap().lines().last().unwrap_or_default().to_owned()
    };
    let (checked, started) = (complaint(&["check"]), complaint(&["serve"]));
    assert_eq!(checked, started);
    checked
}

#[test]
fn a_check_says_no_to_settings_with_which_a_start_would() {
    let place = Place::of_files();
    let no_folder = both_refuse(&place, |command| _ = command.env("HUZHENG_DATABASE_URL", "sqlite:nowhere/office.db"));
    assert!(no_folder.contains("cannot use nowhere"), "{no_folder}");
    for address in ["sqlite::memory:", "sqlite:file:office.db", "sqlite:file:office.db?mode=memory", "sqlite:"] {
        let complaint = both_refuse(&place, |command| _ = command.env("HUZHENG_DATABASE_URL", address));
        assert!(complaint.contains("must be sqlite:PATH of a file"), "{address}: {complaint}");
    }
    let key = both_refuse(&place, |command| _ = command.env("HUZHENG_MASTER_KEY_FILE", "nowhere/master.key"));
    assert!(key.contains("cannot use the folder nowhere"), "{key}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let complaint = both_refuse(&place, |command| _ = command.env("HUZHENG_LISTEN", &address));
    assert!(complaint.contains(&format!("cannot listen on {address}")), "{complaint}");
    assert_eq!(place.files(), BTreeMap::new(), "nothing is made");
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_written_stops_a_check_and_a_start() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let place = Place::of_files();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let nobody = |command: &mut Command| {
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            command.uid(65534).gid(65534);
        }
    };
    let complaint = both_refuse(&place, nobody);
    assert!(complaint.contains("the data folder ./data") || complaint.contains("the data folder data"), "{complaint}");
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    drop(Server::run(place.command(&[])));
    if fs::metadata(place.path()).unwrap().uid() == 0 {
        let complaint = both_refuse(&place, nobody);
        assert!(complaint.contains("data"), "somebody else's folder: {complaint}");
    }
}

#[test]
fn a_strangers_database_is_refused_before_anything_is_made_in_it() {
    let place = Place::new();
    if place.database.is_none() {
        fs::create_dir(place.path().join("data")).unwrap();
    }
    place.sql("CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY)");
    let before = place.files();
    let complaint = both_refuse(&place, |_| {});
    assert!(complaint.contains("somebody else's table letters"), "{complaint}");
    for arguments in [&["migrate"][..], &["user", "create", "head", "--name", "x", "--roles", "DIR"], &["demo", "--cases", "1"]] {
        assert!(place.refuses(arguments).contains("letters"), "{arguments:?}");
    }
    assert!(place.files() == before, "nothing is made");
    let tables = match place.database {
        Some(_) => "pg_tables WHERE schemaname = current_schema()",
        None => "sqlite_schema WHERE type = 'table'",
    };
    assert_eq!(count(&place, tables), 1);
    place.sql("DROP TABLE letters");
    assert!(place.says(&["check"]).contains("the first start will make"));
}

#[test]
fn a_store_that_has_lost_something_is_refused_by_name() {
    let place = Place::new();
    drop(Server::run(place.command(&[])));
    for (lose, named, mend) in [
        ("DELETE FROM clock_mark", "table clock_mark must hold", "INSERT INTO clock_mark (id, at) VALUES (1, NULL)"),
        ("ALTER TABLE rota RENAME TO rota_away", "lost its table rota", "ALTER TABLE rota_away RENAME TO rota"),
        ("ALTER TABLE start_lock RENAME TO lock_away", "lost its table start_lock", "ALTER TABLE lock_away RENAME TO start_lock"),
    ] {
        place.sql(lose);
        let complaint = both_refuse(&place, |_| {});
        assert!(complaint.contains(named), "{lose}: {complaint}");
        place.sql(mend);
    }
    place.sql("CREATE TABLE our_own_notes (id INTEGER NOT NULL PRIMARY KEY)");
    assert!(place.says(&["check"]).contains("in order"), "further tables disturb nobody");
}

#[test]
fn a_store_that_is_half_up_to_date_is_told_from_a_strangers() {
    let place = Place::new();
    drop(Server::run(place.command(&[])));
    place.sql("DELETE FROM __diesel_schema_migrations WHERE version = '20261129000174'");
    let complaint = both_refuse(&place, |_| {});
    assert!(complaint.contains("table protection_names already") && complaint.contains("in part"), "{complaint}");
    place.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261129000174')");
    assert!(place.says(&["check"]).contains("in order"));
}

#[test]
fn a_check_finds_columns_and_indexes_that_are_not_as_the_migrations_make_them() {
    let place = Place::new();
    drop(Server::run(place.command(&[])));
    for (alter, named, mend) in [
        ("ALTER TABLE rota ADD COLUMN mood TEXT", "the column rota.mood was added", "ALTER TABLE rota DROP COLUMN mood"),
        (
            "ALTER TABLE clock_mark RENAME COLUMN at TO moment",
            "the column clock_mark.at is gone",
            "ALTER TABLE clock_mark RENAME COLUMN moment TO at",
        ),
        (
            "DROP INDEX seals_one_a_person",
            "the unique index of some rows of seals by person_id is gone",
            "CREATE UNIQUE INDEX seals_one_a_person ON seals (person_id) WHERE status = 'ACTIVE'",
        ),
    ] {
        place.sql(alter);
        let complaint = place.refuses(&["check"]);
        assert!(complaint.contains(named), "{alter}: {complaint}");
        place.sql(mend);
    }
    assert!(place.says(&["check"]).contains("in order"));
}

#[test]
fn a_check_changes_no_byte_also_after_a_crash() {
    let place = Place::of_files();
    let server = Server::run(place.command(&[])).0;
    server.token_of("clerk1");
    server.signal("-KILL");
    drop(server);
    assert!(place.path().join("data/huzheng.db-wal").exists());
    let before = place.files();
    assert!(place.says(&["check"]).contains("in order"));
    assert!(place.files() == before);
    // Closing takes the log back into the file.
    place.sql("SELECT 1");
    let before = place.files();
    assert!(place.says(&["check"]).contains("in order"));
    assert!(place.files() == before);
}

#[test]
fn after_a_long_rest_the_clock_is_not_trusted_unless_the_settings_say_so() {
    let place = Place::new();
    let found = |minutes: &str| {
        let mut command = place.command(&[]);
        command.env_remove("HUZHENG_CLOCK_START").env("HUZHENG_CLOCK_TRUST_MINUTES", minutes);
        let server = Server::run(command).0;
        let text = ureq::get(format!("{}/metrics", server.address)).call().unwrap().body_mut().read_to_string().unwrap();
        let trusted = text.lines().find_map(|line| line.strip_prefix("huzheng_clock_trusted ")).unwrap().to_owned();
        (trusted, server.send("GET", "/readyz", "", "", &Value::Null).unwrap().0)
    };
    assert_eq!(found("60"), ("1".to_owned(), 200), "an empty store holds no moment");
    place.sql("UPDATE clock_mark SET at = '2020-01-01 00:00:00'");
    assert_eq!(found("60"), ("0".to_owned(), 503));
    place.sql("UPDATE clock_mark SET at = '2020-01-01 00:00:00'");
    assert_eq!(found("0"), ("1".to_owned(), 200));
    let refused = place.command(&["check"]).env("HUZHENG_CLOCK_TRUST_MINUTES", "1441").output().unwrap();
    assert!(String::from_utf8(refused.stderr).unwrap().contains("clock_trust_minutes"));
}
