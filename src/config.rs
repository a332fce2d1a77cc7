//! All settings of one node: its own, and those of the domains by their types. Faulty ones stop the start, all by name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;

use tracing_subscriber::EnvFilter;

use crate::clock::Moment;
use crate::db;
use crate::secrets::vault::MasterKey;
pub use crate::settings::Network;
use crate::settings::{
    BASE_URL, Fault, Faults, Reading, Settings, Sources, Table, Values, base_url, choice, count, database_url, list, minutes,
    network, optional, origin, outbound_host, parsed, plain_text, proxies, seconds, shown_database_url, switch,
};

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

/// The header in which proxies say who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedHeader {
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

impl ForwardedHeader {
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

const FOLDER: [&str; 2] = ["the path of a folder, or of one to make", "資料夾的路徑（可尚未存在）"];
const KEY_FILE: [&str; 2] = ["the path of a file, or of one to make", "檔案的路徑（可尚未存在）"];
const SOCKET: [&str; 2] = ["an address with a port, such as 127.0.0.1:8080", "位址與埠號，如 127.0.0.1:8080"];
const DATABASE: [&str; 2] = ["sqlite:PATH of a file, or postgres://…", "sqlite:檔案路徑，或 postgres://…"];
const PASSWORD: [&str; 2] = ["8 to 128 characters, no space at its ends", "8 至 128 個字元，前後不得有空白"];
const NETWORK: [&str; 2] = ["an address or a network such as 10.0.0.0/8", "位址或網段（如 10.0.0.0/8）"];
const PROXY: [&str; 2] =
    ["an address, or a network no wider than 10.0.0.0/8 or fc00::/7", "位址，或不大於 10.0.0.0/8、fc00::/7 的網段"];
const ORIGIN: [&str; 2] = [
    "an exact origin in lower case such as https://front.example, without wildcard, path or the usual port",
    "完整的小寫來源（如 https://front.example），不得有萬用字元、路徑或預設埠",
];
const KEY: [&str; 2] = ["32 random bytes in base64", "32 個隨機位元組（base64）"];
const CONNECTIONS: [&str; 2] = ["connections", "連線"];
const LOG: [&str; 2] = [
    "levels such as info, or huzheng=debug,warn (off, error, warn, info, debug, trace)",
    "等級，如 info 或 huzheng=debug,warn（off、error、warn、info、debug、trace）",
];
const HOST: [&str; 2] = ["host or host:port", "主機或主機:埠"];
const MOMENT: [&str; 2] = [
    "a moment of the years 2000 to 2099, such as 2026-11-23T09:00:00+08:00",
    "2000 至 2099 年的時刻，如 2026-11-23T09:00:00+08:00",
];

fn path(text: &str) -> Option<PathBuf> {
    plain_text(text, 4096).map(PathBuf::from)
}

fn folder(text: &str) -> Option<PathBuf> {
    path(text).filter(|path| path.is_dir() || !path.exists())
}

fn file(text: &str) -> Option<PathBuf> {
    path(text).filter(|path| !path.is_dir())
}

fn password(text: &str) -> Option<String> {
    plain_text(text, 128).filter(|text| text.chars().count() >= 8)
}

fn key(text: &str) -> Option<String> {
    (text.trim() == text && MasterKey::from_base64(text).is_ok()).then(|| text.to_owned())
}

fn moment(text: &str) -> Option<Moment> {
    let bounds = ["2000-01-01T00:00:00+08:00", "2099-12-31T23:59:59+08:00"].map(|bound| bound.parse().ok());
    text.parse().ok().filter(|moment: &Moment| bounds[0] <= Some(*moment) && Some(*moment) <= bounds[1])
}

/// A misspelt level is read as a target by the filter itself, and would silence the log.
fn log(text: &str) -> Option<String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |level: &str| levels.iter().any(|known| known.eq_ignore_ascii_case(level));
    let is_target = |target: &str| {
        let plain = target.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
        !target.is_empty() && plain
    };
    let fits = text.split(',').all(|part| match part.split_once('=') {
        Some((target, level)) => is_target(target) && is_level(level),
        None => is_level(part),
    });
    plain_text(text, 500).filter(|text| fits && EnvFilter::try_new(text).is_ok())
}

fn loopback() -> Vec<Network> {
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(Network::from).to_vec()
}

crate::settings! {
    /// This node
    /// 節點
    pub struct NodeSettings, contradictions;

    /// Address to listen on; port 0 takes a free one and prints it.
    /// 監聽的位址；埠號 0 自動取用可用埠並顯示。
    listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
        parsed("ADDRESS", SOCKET, |text| text.parse().ok(), SocketAddr::to_string), Trial, Common;

    /// Where the data are kept.
    /// 資料存放之處。
    database_url: Option<String> = None, optional(
        parsed("URL", DATABASE, database_url, |url| shown_database_url(url)), ["a file in data_dir", "data_dir 內的檔案"]
    ), Common;

    /// Folder of database and keys.
    /// 資料庫與金鑰的資料夾。
    data_dir: PathBuf = PathBuf::from("./data"),
        parsed("FOLDER", FOLDER, folder, |path| path.display().to_string()), Trial, Common;

    /// Invented people and data.
    /// 虛構的人與資料。
    demo: Option<bool> = None, optional(
        switch(), ["true only when neither configuration nor data exist", "僅於沒有設定也沒有資料時為 true"]
    ), Trial, Common;

    /// Password of all demo accounts and secret of all demo clients.
    /// 所有示範帳號的密碼與示範用戶端的密鑰。
    demo_password: Option<String> = None, optional(
        parsed("PASSWORD", PASSWORD, password, Clone::clone), ["one is made and printed", "自動產生並顯示"]
    ), Trial, Secret;

    /// Demo only: the clock starts at this moment and runs on.
    /// 僅限示範：時鐘由此時刻起跑。
    clock_start: Option<Moment> = None, optional(
        parsed("MOMENT", MOMENT, moment, ToString::to_string), ["the system's clock", "系統時鐘"]
    ), Trial;

    /// Minutes for which the system's clock must go steadily after a jump to be trusted again; 0: every jump is right.
    /// 系統時鐘跳動後，須穩定運行幾分鐘才再採信；0 為一律採信。
    clock_trust_minutes: u32 = 60, minutes(0..=1440);

    /// Whether callers have allowances; off in demo only, for load tests.
    /// 流量限制；僅示範環境可為 off，供負載測試。
    rate_limit: Switch = Switch::On, choice(&[("on", Switch::On), ("off", Switch::Off)]), Trial;

    /// Requests that a caller may make a minute.
    /// 每位呼叫者每分鐘的請求數。
    rate_limit_per_minute: u32 = 600, count(["requests a minute", "次／分鐘"], 1..=100_000);

    /// Log-ins that an address may try a minute, and as many look-ups by receipt.
    /// 每個位址每分鐘的登入次數；憑收據查詢亦同。
    login_limit_per_minute: u32 = 30, count(["log-ins a minute", "次／分鐘"], 1..=10_000);

    /// Address under which clients reach the API; also the tokens' issuer.
    /// 用戶端連線的位址；也是權杖的簽發者。
    public_url: Option<String> = None, optional(
        parsed("URL", BASE_URL, base_url, Clone::clone), ["the listening address", "監聽位址"]
    );

    /// Reverse proxies in front, which end TLS and say who calls.
    /// 前端終止 TLS 並說明來源的反向代理。
    trusted_proxies: Vec<Network> = Vec::new(), list(
        100, parsed("NETWORK", PROXY, proxies, ToString::to_string)
    );

    /// The header in which proxies say who calls; the other one is not looked at.
    /// 反向代理說明來源所用的標頭；另一種不予讀取。
    forwarded_header: ForwardedHeader = ForwardedHeader::XForwardedFor,
        choice(&[("X-Forwarded-For", ForwardedHeader::XForwardedFor), ("Forwarded", ForwardedHeader::Forwarded)]);

    /// Origins whose pages may call the API.
    /// 可呼叫 API 的網頁來源。
    cors_origins: Vec<String> = Vec::new(), list(100, parsed("ORIGIN", ORIGIN, origin, Clone::clone));

    /// Who may read /metrics.
    /// 可讀取 /metrics 者。
    metrics_allow: Vec<Network> = loopback(), list(100, parsed("NETWORK", NETWORK, network, ToString::to_string));

    /// Seconds that a request's head may take, and its body until it must bring 4 KiB a second.
    /// 請求標頭可用的秒數；內容逾此秒數後須達每秒 4 KiB。
    request_patience_seconds: u64 = 10, seconds(1..=60);

    /// The key that protects personal data; wins over the file.
    /// 保護個人資料的金鑰；優先於檔案。
    master_key: Option<String> = None,
        optional(parsed("KEY", KEY, key, Clone::clone), ["that of master_key_file", "master_key_file 所存者"]), Secret;

    /// File of the key that protects personal data, of mode 0600.
    /// 保護個人資料的金鑰所存的檔案，權限 0600。
    master_key_file: Option<PathBuf> = None,
        optional(
            parsed("FILE", KEY_FILE, file, |path| path.display().to_string()),
            ["master.key in data_dir", "data_dir 內的 master.key"],
        );

    /// Connections that read the database.
    /// 讀取資料庫的連線數。
    readers: usize = 2, count(CONNECTIONS, 1..=64), Trial;

    /// Connections that write on PostgreSQL; SQLite always has one.
    /// PostgreSQL 的寫入連線數；SQLite 固定為一。
    writers: usize = 8, count(CONNECTIONS, 1..=200);

    /// Threads that serve HTTP.
    /// HTTP 執行緒數。
    workers: Option<usize> = None, optional(count(["threads", "執行緒"], 1..=256), ["one a core", "每核心一個"]), Trial;

    /// What is logged, in JSON lines to standard error.
    /// 日誌篩選；以 JSON 逐行輸出至標準錯誤。
    log: String = "info".to_owned(), parsed("FILTER", LOG, log, Clone::clone), Trial;

    /// Hosts that the office may call although they lie inside its own network.
    /// 雖位於內部網路、仍可呼叫的主機。
    outbound_allow: Vec<String> = Vec::new(), list(100, parsed("HOST", HOST, outbound_host, Clone::clone));

    /// Seconds that a call to another host may take.
    /// 呼叫其他主機的時限（秒）。
    outbound_timeout_seconds: u64 = 10, seconds(1..=60);
}

impl NodeSettings {
    /// Where the database is.
    pub fn store(&self) -> db::Settings {
        let url = self.database_url.clone();
        let url = url.unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("huzheng.db").display()));
        db::Settings { url, readers: self.readers, writers: self.writers }
    }

    pub fn demo(&self) -> bool {
        self.demo.unwrap_or(false)
    }

    /// The tokens' issuer and the base of every absolute address.
    pub fn issuer(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    pub fn key_file(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }

    fn has_data(&self) -> bool {
        self.database_url.is_some() || db::exists(&self.store())
    }

    /// What is allowed but deserves a word at the start.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if runs_as_root() {
            warnings.push("running as root: give the office an account of its own");
        }
        if !self.demo() && self.demo_password.is_some() {
            warnings.push("demo_password is set but demo is off: it is not used");
        }
        if !self.demo() && self.public_url.is_none() {
            warnings.push("public_url is not set: the tokens' issuer is the listening address");
        }
        warnings
    }
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let own: &NodeSettings = values.of();
    let (demo, here) = (own.demo(), own.listen.ip().is_loopback());
    let rules: [(bool, &[&'static str], &str); 5] = [
        (
            !here && own.trusted_proxies.is_empty(),
            &["listen", "trusted_proxies"],
            "listen beyond this machine only behind a proxy that ends TLS, which trusted_proxies must name",
        ),
        (
            !here && demo,
            &["demo", "listen"],
            "demo must be off when listen is beyond this machine: its invented people share one password",
        ),
        (!demo && own.rate_limit == Switch::Off, &["rate_limit", "demo"], "rate_limit must be on: off is for demo only"),
        (
            !demo && own.clock_start.is_some(),
            &["clock_start", "demo"],
            "clock_start must not be set: a clock of one's own is for demo only",
        ),
        (
            !here && own.public_url.as_deref().is_some_and(|url| !url.starts_with("https://")),
            &["public_url", "listen"],
            "public_url must start with https:// when listen is beyond this machine",
        ),
    ];
    rules.into_iter().filter(|(broken, ..)| *broken).map(|(_, names, text)| Fault::between(names, text)).collect()
}

/// The settings of a node and of its domains. The node's own are fields of it; a domain's are found by their type:
/// `config.of::<CaseSettings>()`.
pub struct Config(Values);

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // There are secrets among them.
        f.write_str("Config")
    }
}

impl Deref for Config {
    type Target = NodeSettings;

    fn deref(&self) -> &NodeSettings {
        self.of()
    }
}

impl DerefMut for Config {
    fn deref_mut(&mut self) -> &mut NodeSettings {
        self.of_mut()
    }
}

impl Config {
    /// Reads the settings of these tables, or says everything that is wrong with them.
    pub fn load(sources: &Sources, tables: &[&'static Table]) -> Result<Self, Faults> {
        let mut reading = sources.read(tables);
        let mut config = Self(Values::read(tables, &mut reading));
        let trial = !reading.in_earnest && config.listen.ip().is_loopback() && !config.has_data();
        config.demo = Some(config.demo.unwrap_or(trial));
        let mut faults = reading.faults;
        // A setting that could not be read has its default here, which contradicts nobody.
        let mut contradictions = config.0.contradictions();
        contradictions.retain(|fault| !fault.follows(&faults));
        faults.extend(contradictions);
        if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) }
    }

    /// Every setting with its default.
    pub fn usual(tables: &[&'static Table]) -> Self {
        Self(Values::read(tables, &mut Reading::default()))
    }

    /// The settings of one table.
    pub fn of<T: Settings>(&self) -> &T {
        self.0.of()
    }

    /// The same, to change them.
    pub fn of_mut<T: Settings>(&mut self) -> &mut T {
        self.0.of_mut()
    }

    /// Settings that differ from their defaults, a line each; of a secret only that it is set.
    pub fn changed(&self) -> Vec<String> {
        self.0.changed()
    }
}

#[cfg(unix)]
fn runs_as_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[cfg(not(unix))]
fn runs_as_root() -> bool {
    false
}
