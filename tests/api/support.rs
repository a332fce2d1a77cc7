//! `TestApp`: a migrated copy, a clock that stands still, the real application on a port of its own.

use std::collections::{BTreeMap, HashMap};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Data};
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use diesel::RunQueryDsl;
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use huzheng::accounts::{self, NamedHolder};
use huzheng::clock::{Clock, Moment};
use huzheng::config::{Config, Switch};
use huzheng::db::{self, Conn, Db};
use huzheng::domain::Domains;
use huzheng::domains::ALL;
use huzheng::error::Language;
use huzheng::mail::{self, Mail};
use huzheng::node::Node;
use huzheng::people::{Email, IdNumber, Identifier};
use huzheng::secrets::keys::{self, KeyStore};
use huzheng::secrets::vault::Vault;
use huzheng::{app, contract, exchange, start, uploads};
use serde_json::{Value, json};
use tempfile::TempDir;
use utoipa::openapi::OpenApi;

/// Password of every demo account in the suite.
pub const PASSWORD: &str = "demo-password-1";
/// Monday morning; the slots of Wednesday and Friday are open.
pub const MONDAY: &str = "2026-11-23T09:00:00+08:00";
pub const WEDNESDAY_9: &str = "LEGAL_CONSULTATION-20261125T0900";
pub const WEDNESDAY_930: &str = "LEGAL_CONSULTATION-20261125T0930";
pub const FRIDAY_9: &str = "LEGAL_CONSULTATION-20261127T0900";

#[derive(diesel::QueryableByName)]
struct Cell {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// The queries that were made of each store, by its address, since somebody has begun to count.
static QUERIES: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);

/// Counts the queries on all connections that are opened from now on.
pub fn count_queries() {
    fn counting() -> Option<Box<dyn Instrumentation>> {
        let mut store = String::new();
        Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut store),
            InstrumentationEvent::StartQuery { query, .. } if !numbers_the_journal(&query.to_string()) => {
                *QUERIES.lock().unwrap().entry(store.clone()).or_default() += 1;
            }
            _ => {}
        }))
    }
    set_default_instrumentation(counting).unwrap();
}

/// Whether a query begins or ends an act, or belongs to those by which the office numbers what was done: on PostgreSQL it does that at
/// whatever moment, also while it answers somebody else.
fn numbers_the_journal(query: &str) -> bool {
    let ends = ["BEGIN", "COMMIT", "ROLLBACK"].iter().any(|word| query.starts_with(word));
    ends || ["journal_", "audit_log", "events"].iter().any(|table| query.contains(table))
}

pub struct TestApp {
    pub address: String,
    pub clock: Clock,
    node: Data<Node>,
    settings: db::Settings,
    agent: ureq::Agent,
    tokens: Mutex<HashMap<String, String>>,
    handle: ServerHandle,
    database: Option<Database>,
    pub folder: TempDir,
}

fn config(domains: Domains, folder: &Path) -> Config {
    let mut config = Config::usual(&domains.settings());
    config.data_dir = folder.to_owned();
    config.demo = Some(true);
    config.demo_password = Some(PASSWORD.to_owned());
    config.public_url = Some("http://office.test".to_owned());
    config.rate_limit = Switch::Off;
    config.writers = 4;
    config
}

/// The office's contract, made once.
pub static CONTRACT: LazyLock<Arc<OpenApi>> = LazyLock::new(|| Arc::new(contract::of(ALL)));

/// A filled store and its key, made once and copied by every test: a file, or a database in PostgreSQL.
struct Template {
    folder: TempDir,
    database: Option<Database>,
    /// Tells those who tidy up that the suite still runs.
    _keeper: Option<Mutex<Conn>>,
}

static EMBEDDED: LazyLock<Template> = LazyLock::new(|| Template::new(None));
static POSTGRES: LazyLock<Template> = LazyLock::new(|| Template::new(std::env::var("TEST_DATABASE_URL").ok()));

impl Template {
    fn new(url: Option<String>) -> Self {
        let (folder, keeper) = (TempDir::new().unwrap(), url.as_ref().map(|url| Mutex::new(keeper(url))));
        let mut config = config(ALL, folder.path());
        let database = url.map(|url| Database::new(url, "template1"));
        config.database_url = database.as_ref().map(|database| database.url.clone());
        fill(ALL, &config, &config.store());
        let hash = cheap_hash();
        run(&mut db::connect(&config.store()).unwrap(), &format!("UPDATE accounts SET password_hash = '{hash}'"));
        Self { folder, database, _keeper: keeper }
    }
}

/// A log-in costs 46 MiB and the better part of a tenth of a second, as it should, but not ten times a test.
fn cheap_hash() -> String {
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    cheap.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
}

/// A database of its own in the PostgreSQL that an address names.
pub struct Database {
    pub url: String,
    name: String,
    server: db::Settings,
}

impl Database {
    /// An empty one in the PostgreSQL that TEST_DATABASE_URL names.
    pub fn empty() -> Option<Self> {
        std::env::var("TEST_DATABASE_URL").ok().map(|url| Self::new(url, "template1"))
    }

    fn new(server: String, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = owned(&COUNT.fetch_add(1, Ordering::Relaxed).to_string());
        let parameters = server.find('?').unwrap_or(server.len());
        let (address, parameters) = server.split_at(parameters);
        let url = format!("{}/{name}{parameters}", address.rsplit_once('/').unwrap().0);
        let server = db::Settings { url: server, readers: 1, writers: 1 };
        run(&mut db::connect(&server).unwrap(), &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url, name, server }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let _ = db::connect(&self.server).map(|mut conn| conn.batch_execute(&drop));
    }
}

/// A name that this run of the suite alone uses.
fn owned(name: &str) -> String {
    format!("huzheng_test_{}_{name}", std::process::id())
}

/// Removes what suites that have ended left, and keeps what this one makes from others that do the same.
fn keeper(url: &str) -> Conn {
    let mut conn = db::connect(&db::Settings { url: url.to_owned(), readers: 1, writers: 1 }).unwrap();
    run(&mut conn, &format!("SET application_name = '{}'", owned("")));
    let left = "SELECT datname::text AS text FROM pg_database AS kept WHERE starts_with(datname::text, 'huzheng_test_') AND NOT \
         EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name <> '' AND starts_with(kept.datname::text, application_name))";
    let left: Vec<Cell> = diesel::sql_query(left).load(&mut conn).unwrap();
    for Cell { text } in left {
        run(&mut conn, &format!("DROP DATABASE IF EXISTS {text} WITH (FORCE)"));
    }
    conn
}

fn fill(domains: Domains, config: &Config, settings: &db::Settings) {
    let vault = start::vault(config).unwrap();
    let mut conn = db::connect(settings).unwrap();
    db::migrate(&mut conn).unwrap();
    start::first_start(domains, &mut conn, config, &vault, &Clock::fixed(MONDAY.parse().unwrap())).unwrap();
}

fn run(conn: &mut Conn, sql: &str) {
    conn.batch_execute(sql).unwrap();
}

fn is_office(domains: Domains) -> bool {
    std::ptr::eq(domains.0, ALL.0)
}

/// Fills a store of its own: a copied file, or a copied database in the PostgreSQL of that address.
fn store(domains: Domains, config: &mut Config, url: Option<String>) -> Option<Database> {
    let template = is_office(domains).then(|| if url.is_some() { &*POSTGRES } else { &*EMBEDDED });
    let model = template.and_then(|template| template.database.as_ref()).map_or("template1", |database| &database.name);
    let database = url.map(|url| Database::new(url, model));
    config.database_url = database.as_ref().map(|database| database.url.clone());
    let Some(template) = template else {
        fill(domains, config, &config.store());
        return database;
    };
    let files = if database.is_some() { ["master.key"].as_slice() } else { &["master.key", "huzheng.db"] };
    for name in files {
        std::fs::copy(template.folder.path().join(name), config.data_dir.join(name)).unwrap();
    }
    database
}

impl TestApp {
    pub fn new() -> Self {
        Self::with(|_| {}, "")
    }

    /// With other settings, and after a change of the store behind the application's back.
    pub fn with(change: impl FnOnce(&mut Config), sql: &str) -> Self {
        Self::on(std::env::var("TEST_DATABASE_URL").ok(), ALL, change, sql)
    }

    /// On a file of its own, whatever TEST_DATABASE_URL says.
    pub fn on_sqlite() -> Self {
        Self::on(None, ALL, |_| {}, "")
    }

    /// With other domains than the office's.
    pub fn of(domains: Domains) -> Self {
        Self::of_with(domains, |_| {})
    }

    /// With other domains and other settings.
    pub fn of_with(domains: Domains, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(std::env::var("TEST_DATABASE_URL").ok(), domains, change, "")
    }

    /// On a store that had the migrations up to one and the rows that somebody gives, brought up to date. Its accounts have
    /// [`PASSWORD`], by the hash that is handed over.
    pub fn upgraded(last: &str, rows: impl FnOnce(&Vault, &str) -> String) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = config(ALL, folder.path());
        let database = Database::empty();
        config.database_url = database.as_ref().map(|database| database.url.clone());
        let vault = start::vault(&config).unwrap();
        let mut conn = db::connect(&config.store()).unwrap();
        let noted = "CREATE TABLE __diesel_schema_migrations \
             (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";
        run(&mut conn, noted);
        run(&mut conn, "CREATE TABLE start_lock (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), starts BIGINT NOT NULL)");
        run(&mut conn, "INSERT INTO start_lock (id, starts) VALUES (1, 0)");
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let names = std::fs::read_dir(&migrations).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.as_str() <= last).collect();
        names.sort();
        for name in names {
            run(&mut conn, &std::fs::read_to_string(migrations.join(&name).join("up.sql")).unwrap());
            let version = name.split('_').next().unwrap().replace('-', "");
            run(&mut conn, &format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"));
        }
        run(&mut conn, &rows(&vault, &cheap_hash()));
        drop(conn);
        fill(ALL, &config, &config.store());
        Self::serving(ALL, config, (folder, database), "")
    }

    fn on(url: Option<String>, domains: Domains, change: impl FnOnce(&mut Config), sql: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = config(domains, folder.path());
        let database = store(domains, &mut config, url);
        change(&mut config);
        Self::serving(domains, config, (folder, database), sql)
    }

    fn serving(domains: Domains, config: Config, (folder, database): (TempDir, Option<Database>), sql: &str) -> Self {
        let settings = config.store();
        let clock = Clock::fixed(MONDAY.parse().unwrap());
        let vault = start::vault(&config).unwrap();
        let mut conn = db::connect(&settings).unwrap();
        if !sql.is_empty() {
            run(&mut conn, sql);
        }
        let ring = keys::load(&mut conn, &vault, clock.now()).unwrap().unwrap();
        let vault = Arc::new(vault);
        let db = Db::open(&settings, Arc::<Vault>::clone(&vault)).unwrap();
        let contract = if is_office(domains) { Arc::clone(&CONTRACT) } else { Arc::new(contract::of(domains)) };
        let node = Data::new(app::node(domains, &contract, config, db, clock.clone(), vault, KeyStore::new(ring)));
        let (address, handle) = serve(node.clone());
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections_per_host(64)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self { address, clock, node, settings, agent, tokens: Mutex::default(), handle, database, folder }
    }

    /// Changes the store behind the application's back.
    pub fn sql(&self, sql: &str) {
        run(&mut db::connect(&self.settings).unwrap(), sql);
    }

    /// A stranger's connection to the store, on which what was begun stays open.
    pub fn stranger(&self) -> Conn {
        db::connect(&self.settings).unwrap()
    }

    /// How many writes the office has made.
    pub fn commits(&self) -> Option<u64> {
        self.node.db.commits()
    }

    /// How many queries were made of its store, where they are counted.
    pub fn queries(&self) -> usize {
        let file = self.database_file();
        let name = self.database_name().unwrap_or_else(|| file.to_str().unwrap());
        let is_own = |url: &str| url == name || url.split(['/', '?']).any(|part| part == name);
        QUERIES.lock().unwrap().iter().filter(|(url, _)| is_own(url)).map(|(_, queries)| queries).sum()
    }

    /// All that the store holds: each table's rows as text.
    pub fn contents(&self) -> BTreeMap<String, Vec<String>> {
        let mut conn = db::connect(&self.settings).unwrap();
        let text = |conn: &mut Conn, query: &str| -> Vec<String> {
            let rows: Vec<Cell> = diesel::sql_query(query).load(conn).unwrap();
            rows.into_iter().map(|row| row.text).collect()
        };
        // What an act has left in the journal's inbox is sealed a moment later, by a thread of its own.
        let left = "SELECT n::text AS text FROM journal_inbox LIMIT 1";
        let end = Instant::now() + Duration::from_secs(20);
        while self.uses_postgres() && !text(&mut conn, left).is_empty() {
            assert!(Instant::now() < end, "nobody seals the journal");
            std::thread::sleep(Duration::from_millis(5));
        }
        let tables = if self.uses_postgres() {
            "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = current_schema()"
        } else {
            "SELECT name AS text FROM sqlite_master WHERE type = 'table'"
        };
        let tables = text(&mut conn, tables).into_iter().map(|table| {
            let rows = if self.uses_postgres() {
                format!("SELECT t::text AS text FROM {table} t ORDER BY 1")
            } else {
                let columns = format!("SELECT 'quote(' || name || ')' AS text FROM pragma_table_info('{table}')");
                format!("SELECT {} AS text FROM {table} ORDER BY 1", text(&mut conn, &columns).join(" || ',' || "))
            };
            let rows = text(&mut conn, &rows);
            (table, rows)
        });
        tables.collect()
    }

    /// Moves the clock on; tokens of before are forgotten.
    pub fn advance(&self, by: chrono::Duration) {
        self.clock.advance(by);
        self.tokens.lock().unwrap().clear();
    }

    /// Sets the clock to a moment; tokens of before are forgotten.
    pub fn set_clock(&self, to: &str) {
        self.clock.set(to.parse().unwrap());
        self.tokens.lock().unwrap().clear();
    }

    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Lets the timers have one turn.
    pub fn tick(&self) {
        let node: Arc<Node> = Arc::clone(&self.node);
        actix_web::rt::System::new().block_on(async move { start::tick(&node).await.unwrap() });
    }

    /// Lets the index of petitions take in what was saved.
    pub fn take_in_words(&self) {
        let node: Arc<Node> = Arc::clone(&self.node);
        actix_web::rt::System::new().block_on(async move { huzheng::petitions::keep_up(node).await.unwrap() });
    }

    /// Lets the workers send until nothing is due.
    pub fn deliver(&self) {
        let node: Arc<Node> = Arc::clone(&self.node);
        actix_web::rt::System::new().block_on(async move {
            loop {
                let lanes = exchange::turn(&node).await.unwrap();
                if lanes.is_empty() {
                    return;
                }
                for lane in lanes {
                    lane.await.unwrap();
                }
            }
        });
    }

    /// Writes a mail in Chinese about a record, as a domain does; its id.
    pub fn mail(&self, to: &str, about: &str, said: (&str, &str)) -> String {
        self.try_mail(to, about, said).unwrap()
    }

    /// The same, with a subject and a text that may be refused.
    pub fn try_mail(&self, to: &str, about: &str, (subject, text): (&str, &str)) -> Result<String, String> {
        let to: Email = to.parse().unwrap();
        let mail = Mail { to: &to, language: Language::Chinese, subject, text, quoted: &[], about };
        let mut conn = db::connect(&self.settings).unwrap();
        let origin = db::Origin::system("mail", self.now());
        let written = db::at_once(&mut conn, &*self.node.vault, &origin, |tx| mail::send(tx, &self.node, &mail));
        written.map(|id| id.to_string()).map_err(|refused| refused.to_string())
    }

    /// Lets the office send mail until none is due.
    pub fn send_mail(&self) {
        send_mail(&self.node);
    }

    /// Lets uploads that wait be looked at, run out, and leave no files behind.
    pub fn turn_uploads(&self) {
        let node: Arc<Node> = Arc::clone(&self.node);
        actix_web::rt::System::new().block_on(async move { uploads::turn(&node).await.unwrap() });
    }

    /// Lets disposals whose grace is over be carried out.
    pub fn carry_out_disposals(&self) {
        let node: Arc<Node> = Arc::clone(&self.node);
        actix_web::rt::System::new().block_on(async move { huzheng::retention::carry_out(node).await.unwrap() });
    }

    /// Another node of the office, with its own settings, on the same store and clock.
    pub fn another_node(&self, change: impl FnOnce(&mut Config)) -> Arc<Node> {
        let mut config = config(ALL, self.folder.path());
        config.database_url = Some(self.settings.url.clone());
        change(&mut config);
        let vault = Arc::new(start::vault(&config).unwrap());
        let ring = keys::load(&mut db::connect(&self.settings).unwrap(), &vault, self.clock.now()).unwrap().unwrap();
        let db = Db::open(&self.settings, Arc::<Vault>::clone(&vault)).unwrap();
        Arc::new(app::node(ALL, &CONTRACT, config, db, self.clock.clone(), vault, KeyStore::new(ring)))
    }

    /// A token of a demo agency's or the county's client.
    pub fn client_token(&self, name: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("client_id", name), ("client_secret", PASSWORD)];
        let answer = self.post("/v1/oauth/token").form(&form).send();
        answer.expect(200)["access_token"].as_str().unwrap().to_owned()
    }

    /// Makes a new signing key, as `huzheng key rotate` does.
    pub fn rotate_keys(&self) {
        let mut conn = db::connect(&self.settings).unwrap();
        let origin = db::Origin::system("key rotate", self.now());
        db::at_once(&mut conn, &*self.node.vault, &origin, |tx| keys::rotate(tx, &self.node.vault, self.clock.now())).unwrap();
    }

    /// Brings the data up to what the program counts on, as each start does.
    pub fn start_again(&self) {
        let mut conn = db::connect(&self.settings).unwrap();
        let (origin, domains) = (db::Origin::system("first_start", self.now()), self.node.part::<Domains>());
        let seed = |tx: &mut db::Tx| domains.iter().try_for_each(|domain| (domain.seed)(tx, &self.node.vault, self.now()));
        db::at_once(&mut conn, &*self.node.vault, &origin, seed).unwrap();
    }

    /// Says who works with an account, as `huzheng user holder` does.
    pub fn name_holder(&self, username: &str, of: u32) {
        self.try_name_holder(username, of, &called(of)).unwrap();
        self.known_password(username);
    }

    /// Lets an account that has passed on have [`PASSWORD`] again, as if its next holder had chosen that.
    pub fn known_password(&self, username: &str) {
        let chosen = format!("password_hash = '{}', must_change_password = FALSE, temporary_until = NULL", cheap_hash());
        self.sql(&format!("UPDATE accounts SET {chosen} WHERE username = '{username}'"));
        self.tokens.lock().unwrap().remove(username);
    }

    /// The same, by whatever name; what the command says where it refuses.
    pub fn try_name_holder(&self, username: &str, of: u32, name: &str) -> Result<bool, String> {
        let (name, national_id) = (name.parse().unwrap(), self::person(of)["national_id"].as_str().unwrap().parse().unwrap());
        let named = NamedHolder { name, national_id: Identifier::Number(national_id) };
        let mut conn = db::connect(&self.settings).unwrap();
        let origin = db::Origin::system("user holder", self.now());
        db::at_once(&mut conn, &*self.node.vault, &origin, |tx| {
            accounts::name_holder(tx, &self.node.vault, username, &named, self.clock.now())
        })
        .map_err(|refused| refused.to_string())
    }

    /// An access token of a demo account, from one log-in a test.
    pub fn token(&self, username: &str) -> String {
        if let Some(token) = self.tokens.lock().unwrap().get(username) {
            return token.clone();
        }
        let answer = self.post("/v1/auth/login").json(&json!({"username": username, "password": PASSWORD})).send();
        let token = answer.expect(200)["access_token"].as_str().unwrap().to_owned();
        self.tokens.lock().unwrap().insert(username.to_owned(), token.clone());
        token
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        Call::new(self, "GET", path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        Call::new(self, "POST", path)
    }

    pub fn call(&self, method: &'static str, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    /// Books as a citizen and gives the booking.
    pub fn book(&self, username: &str, slot: &str) -> Value {
        let answer = self.try_book(username, slot);
        answer.expect(201).clone()
    }

    pub fn try_book(&self, username: &str, slot: &str) -> Answer {
        self.post("/v1/bookings").user(username).once().json(&booking(slot)).send()
    }

    /// Books for an invented person as a clerk.
    pub fn book_for(&self, number: u32, slot: &str) -> Answer {
        let mut body = booking(slot);
        body["person"] = person(number);
        body["channel"] = json!("PHONE");
        self.post("/v1/bookings").user("clerk1").once().json(&body).send()
    }

    /// The number of a demo citizen, by the rule that makes them.
    pub fn citizen_number(&self, number: u8) -> String {
        let stem = format!("N{}9900{number}77", 1 + number % 2);
        IdNumber::make(&format!("{stem:0<9}")).unwrap().expose().to_owned()
    }

    /// The hash under which the office keeps a secret.
    pub fn secret_hash(&self, secret: &str) -> String {
        self.node.vault.secret_hash(secret)
    }

    /// Where its store is.
    pub fn store_url(&self) -> &str {
        &self.settings.url
    }

    pub fn uses_postgres(&self) -> bool {
        self.database.is_some()
    }

    /// Its own database's name in PostgreSQL.
    pub fn database_name(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.name.as_str())
    }

    pub fn database_file(&self) -> PathBuf {
        self.folder.path().join("huzheng.db")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Lets a node send mail until none is due.
pub fn send_mail(node: &Arc<Node>) {
    let node = Arc::clone(node);
    actix_web::rt::System::new().block_on(async move {
        while let Some(sending) = mail::turn(&node).await.unwrap() {
            sending.await.unwrap();
        }
    });
}

fn serve(node: Data<Node>) -> (String, ServerHandle) {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let broken = || async { if true { panic!("a handler that panics") } else { "" } };
        actix_web::rt::System::new().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let patience = Duration::from_secs(node.config.request_patience_seconds);
            let app = move || app::app(node.clone()).route("/panics", web::get().to(broken));
            let server = Server::build().workers(1).disable_signals();
            let server = huzheng::edge::serve_on(server, listener, patience, app).unwrap().run();
            tell.send((address, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// A request body for a booking of legal advice (other services take no answers).
pub fn booking(slot: &str) -> Value {
    let answers = if slot.starts_with("LEGAL_CONSULTATION") { json!({"topic": "FAMILY"}) } else { json!({}) };
    json!({"slot_id": slot, "contact": {"phone": "0912345678"}, "answers": answers})
}

/// What an invented person is called, by number: names are of letters.
pub fn called(number: u32) -> String {
    const LETTERS: [char; 10] = ['癸', '甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬'];
    let digits = number.to_string();
    let letters = digits.chars().filter_map(|digit| digit.to_digit(10)).map(|digit| LETTERS[digit as usize]);
    format!("測試{}", letters.collect::<String>())
}

/// A secret of the same form as another, and surely not the same.
pub fn unlike(secret: &str) -> String {
    format!("{}{}", if secret.starts_with('A') { 'B' } else { 'A' }, &secret[1..])
}

/// An invented person by number.
pub fn person(number: u32) -> Value {
    let id = IdNumber::make(&format!("N1{number:07}")).unwrap();
    json!({"name": called(number), "national_id": id.expose()})
}

/// An invented woman by number.
pub fn female(number: u32) -> Value {
    let id = IdNumber::make(&format!("N2{number:07}")).unwrap();
    json!({"name": called(number).replace("測試", "測試女"), "national_id": id.expose()})
}

pub struct Call<'a> {
    app: &'a TestApp,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub text: String,
    pub body: Value,
}

impl<'a> Call<'a> {
    fn new(app: &'a TestApp, method: &'static str, path: &str) -> Self {
        Self { app, method, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    pub fn user(self, username: &str) -> Self {
        let token = self.app.token(username);
        self.bearer(&token)
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// With a new Idempotency-Key.
    pub fn once(self) -> Self {
        self.key(&uuid::Uuid::new_v4().to_string())
    }

    pub fn if_match(self, tag: &str) -> Self {
        self.header("If-Match", tag)
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into());
        self.header("Content-Type", "application/json")
    }

    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> =
            pairs.iter().map(|(k, v)| format!("{k}={}", v.replace('%', "%25").replace('+', "%2B").replace('&', "%26"))).collect();
        self.body = Some(pairs.join("&").into());
        self.header("Content-Type", "application/x-www-form-urlencoded")
    }

    pub fn raw(mut self, body: impl AsRef<[u8]>, content_type: &str) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self.header("Content-Type", content_type)
    }

    /// The body of an answer that is no text.
    pub fn bytes(self) -> Vec<u8> {
        let uri = format!("http://{}{}", self.app.address, self.path);
        let mut request = ureq::http::Request::builder().method(self.method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = self.app.agent.run(request.body(()).unwrap()).unwrap();
        assert_eq!(response.status().as_u16(), 200);
        response.body_mut().read_to_vec().unwrap()
    }

    pub fn send(self) -> Answer {
        let uri = format!("http://{}{}", self.app.address, self.path);
        let mut request = ureq::http::Request::builder().method(self.method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = match self.body {
            Some(body) => self.app.agent.run(request.body(body).unwrap()),
            None => self.app.agent.run(request.body(()).unwrap()),
        }
        .unwrap_or_else(|e| panic!("{} {}: {e}", self.method, self.path));
        let mut headers: HashMap<String, String> = HashMap::new();
        for (name, value) in response.headers() {
            let value = value.to_str().unwrap_or("");
            headers.entry(name.to_string()).and_modify(|line| *line = format!("{line}, {value}")).or_insert(value.to_owned());
        }
        let bytes = response.body_mut().read_to_vec().unwrap();
        let is_binary = headers.get("content-type").is_some_and(|kind| kind == "application/pdf" || kind.starts_with("image/"));
        let text = if is_binary { String::from_utf8_lossy(&bytes).into_owned() } else { String::from_utf8(bytes).unwrap() };
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let status = response.status().as_u16();
        if is_office(*self.app.node.part()) {
            crate::contract::check_headers(self.method, &self.path, status, &headers);
        }
        let kind = headers.get("content-type").filter(|_| self.method != "HEAD" && is_office(*self.app.node.part()));
        match kind.map(String::as_str) {
            Some("application/problem+json") => crate::contract::check_refusal(self.method, &self.path, &body),
            Some("application/json") => crate::contract::check_answer(self.method, &self.path, status, &body),
            _ => {}
        }
        Answer { status, headers, text, body }
    }
}

/// The record's version, from the tag of an answer that shows it.
#[track_caller]
pub fn version(answer: &Answer) -> i32 {
    let version = answer.etag().trim_start_matches("\"v").split('.').next().unwrap();
    version.parse().unwrap_or_else(|_| panic!("{} is no tag of a version", answer.etag()))
}

impl Answer {
    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body
    }

    /// Checks a refusal's status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        &self.body
    }

    pub fn etag(&self) -> &str {
        &self.headers["etag"]
    }

    /// Pointers of the fields that a refusal names, with their codes.
    pub fn fields(&self) -> Vec<(String, String)> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("no field is refused: {}", self.text));
        errors.iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect()
    }
}
