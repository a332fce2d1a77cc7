//! The only reader of environment, file and flags; unknown keys and unsafe settings stop the start.

use std::ffi::OsString;
use std::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::Duration;
use ipnet::IpNet;
use serde::Deserialize;

use crate::calendar::{Hours, Period};
use crate::clock::Moment;
use crate::db;

/// Every setting, by the name it has in the file; `HUZHENG_` + upper case in the environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://…`; by default a file in the data folder.
    pub database_url: Option<String>,
    /// Folder of database and keys.
    pub data_dir: PathBuf,
    /// Invented people and data; by default only when neither configuration nor data exist.
    pub demo: Option<bool>,
    /// Password of all demo accounts and secret of all demo clients; else one is made and printed.
    pub demo_password: Option<String>,
    /// Demo only: the clock starts here and runs on.
    pub clock_start: Option<Moment>,
    /// Minutes for which the system's clock must go steadily after a jump forward before what cannot be undone goes by it
    /// again; 0: every jump is right.
    pub clock_trust_minutes: u32,
    /// `off` in demo only, for load tests.
    pub rate_limit: Switch,
    /// Requests a minute and caller.
    pub rate_limit_per_minute: u32,
    /// Log-in attempts a minute and address.
    pub login_limit_per_minute: u32,
    /// The address under which clients reach the API; also the tokens' issuer.
    pub public_url: Option<String>,
    /// Addresses or networks of reverse proxies in front, which end TLS and say who calls.
    pub trusted_proxies: Vec<Network>,
    /// The header in which they say it; the other one is not looked at.
    pub forwarded_header: ForwardedHeader,
    /// Exact origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// Addresses or networks that may read `/metrics`.
    pub metrics_allow: Vec<Network>,
    /// Seconds that a request's head may take, and its body until it must bring 4 KiB a second.
    pub request_patience_seconds: u64,
    /// 32 random bytes in base64 that protect personal data; wins over the file.
    pub master_key: Option<String>,
    /// File of the master key, mode 0600; by default in the data folder.
    pub master_key_file: Option<PathBuf>,
    /// Reading connections.
    pub readers: usize,
    /// Writing connections on PostgreSQL.
    pub writers: usize,
    /// HTTP threads; by default one a core.
    pub workers: Option<usize>,
    /// Log filter: `info`, `warn`, `huzheng=debug`.
    pub log: String,
    /// Days that a refresh token lives.
    pub refresh_days: i64,
    /// Failed log-ins before the lock.
    pub login_failures: i32,
    /// Minutes that the lock lasts.
    pub login_lock_minutes: i64,
    /// Days after which staff must change their password; 0: never.
    pub password_max_age_days: i64,
    /// Days for which staff keep a password before they may change it again; 0: none.
    pub password_min_age_days: i64,
    /// Hours for which a password is good that somebody else has set.
    pub temporary_password_hours: i64,
    /// Days without a log-in after which a staff account is suspended at the next one; 0: never.
    pub idle_account_days: i64,
    /// Provider's address of a video meeting; `{room}` and `{token}` are filled in.
    pub join_url_template: String,
    /// Minutes that a join link is open before the slot and after it.
    pub join_margin_minutes: i64,
    /// Hours that a referral's offered slot is kept.
    pub referral_offer_hours: i64,
    /// Days in which a case of the same people and type is taken for a possible duplicate.
    pub duplicate_window_days: i64,
    /// Case types that the ministry has announced for online application (戶籍法 §27).
    pub listed_online: Vec<String>,
    /// Period for handing in missing papers.
    pub notice_period: String,
    /// Days after which a letter of proxy is too old for a case.
    pub proxy_letter_days: i64,
    /// Hosts that the office may call although they lie inside its own network: `host` or `host:port`.
    pub outbound_allow: Vec<String>,
    /// Cases of each clerk that a month's spot checks draw at least.
    pub spot_checks_per_clerk: i32,
    /// Seconds that a call to another host may take.
    pub outbound_timeout_seconds: u64,
    /// Seconds before each retry of a notice to an agency; after the last one it is given up and kept.
    pub delivery_retry_seconds: Vec<i64>,
    /// Seconds for which a node holds what it is sending; afterwards another takes it up.
    pub lease_seconds: i64,
    /// Hours before the office's limit at which a case is due soon.
    pub due_soon_hours: i64,
    /// Telephone number of the office, as GET /v1/office tells it.
    pub office_telephone: String,
    /// Address of the office in Chinese.
    pub office_address: String,
    /// Address of the office in English.
    pub office_address_en: String,
    /// Period for answering an inquiry about rules.
    pub inquiry_period: String,
    /// Period for answering a suggestion.
    pub suggestion_period: String,
    /// Period for answering a report of wrongdoing.
    pub report_period: String,
    /// Period for answering a petition for the protection of rights.
    pub rights_period: String,
    /// Office hours.
    pub hours: Hours,
}

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    On,
    Off,
}

/// The header in which proxies say who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ForwardedHeader {
    #[serde(rename = "X-Forwarded-For")]
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

/// An address, or a network as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.to_canonical().into())).map(Self)
    }
}

impl TryFrom<String> for Network {
    type Error = AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Default for Config {
    fn default() -> Self {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(|ip| Network(ip.into())).to_vec();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            database_url: None,
            data_dir: PathBuf::from("./data"),
            demo: None,
            demo_password: None,
            clock_start: None,
            clock_trust_minutes: 60,
            rate_limit: Switch::On,
            rate_limit_per_minute: 600,
            login_limit_per_minute: 30,
            public_url: None,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::XForwardedFor,
            cors_origins: Vec::new(),
            metrics_allow: loopback,
            request_patience_seconds: 10,
            master_key: None,
            master_key_file: None,
            readers: 2,
            writers: 8,
            workers: None,
            log: "info".to_owned(),
            refresh_days: 14,
            login_failures: 5,
            login_lock_minutes: 15,
            password_max_age_days: 180,
            password_min_age_days: 1,
            temporary_password_hours: 72,
            idle_account_days: 180,
            join_url_template: "https://meet.example.gov.tw/{room}?token={token}".to_owned(),
            join_margin_minutes: 10,
            referral_offer_hours: 48,
            duplicate_window_days: 30,
            listed_online: Vec::new(),
            notice_period: "10WD".to_owned(),
            proxy_letter_days: 365,
            outbound_allow: Vec::new(),
            spot_checks_per_clerk: 5,
            outbound_timeout_seconds: 10,
            // Ten retries over about three days.
            delivery_retry_seconds: [1, 5, 15, 60, 120, 240, 480, 720, 1200, 1440].map(|minutes| minutes * 60).to_vec(),
            lease_seconds: 120,
            due_soon_hours: 24,
            // Assumed until the office sets its own.
            office_telephone: "04-7560000".to_owned(),
            office_address: "彰化縣和美鎮".to_owned(),
            office_address_en: "Hemei Township, Changhua County".to_owned(),
            inquiry_period: "7WD".to_owned(),
            suggestion_period: "15D".to_owned(),
            report_period: "30D".to_owned(),
            rights_period: "30D".to_owned(),
            hours: Hours::default(),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Read(#[from] config::ConfigError),
    #[error("unsafe setting {name}: {reason}")]
    Unsafe { name: &'static str, reason: &'static str },
}

/// Deliveries leased at a time: a lease outlasts as many calls.
pub const CALLS_PER_LEASE: i64 = 5;

const FILE: &str = "huzheng.toml";
const PREFIX: &str = "huzheng_";

/// Settings that hold several values; in the environment separated by commas.
const LISTS: [&str; 6] =
    ["trusted_proxies", "cors_origins", "metrics_allow", "listed_online", "outbound_allow", "delivery_retry_seconds"];

/// Settings that somebody who only tries the product out may make; any other one means an office in earnest.
const TRIAL: [&str; 9] =
    ["listen", "data_dir", "demo", "demo_password", "clock_start", "log", "rate_limit", "readers", "workers"];

/// The environment's settings by their names in the file.
fn environment() -> Vec<(String, String)> {
    let named = |(name, value): (OsString, OsString)| {
        let name = name.into_string().ok()?.to_lowercase();
        Some((name.strip_prefix(PREFIX)?.to_owned(), value.to_string_lossy().into_owned()))
    };
    std::env::vars_os().filter_map(named).collect()
}

impl Config {
    /// Reads file, environment and flags, in rising order of weight.
    pub fn load(file: Option<&Path>, flags: &[(&str, String)]) -> Result<Self, ConfigError> {
        let mut builder = config::Config::builder();
        builder = match file {
            Some(path) => builder.add_source(config::File::from(path).format(config::FileFormat::Toml)),
            None => builder.add_source(config::File::new(FILE, config::FileFormat::Toml).required(false)),
        };
        let environment = environment();
        for (name, value) in &environment {
            // Taken as it stands: each setting's own type reads it, so that a password of digits stays one.
            builder = if LISTS.contains(&name.as_str()) {
                builder.set_override(name, value.split(',').map(ToOwned::to_owned).collect::<Vec<_>>())?
            } else {
                builder.set_override(name, value.as_str())?
            };
        }
        for (name, value) in flags {
            builder = builder.set_override(*name, value.as_str())?;
        }
        let in_earnest = |name: &str| !TRIAL.contains(&name);
        let configured = file.is_some()
            || Path::new(FILE).exists()
            || environment.iter().any(|(name, _)| in_earnest(name))
            || flags.iter().any(|(name, _)| in_earnest(name));
        let mut config: Self = builder.build()?.try_deserialize()?;
        config.demo = Some(config.demo.unwrap_or(!configured && config.listen.ip().is_loopback() && !config.has_data()));
        config.refuse_unsafe()?;
        Ok(config)
    }

    /// Where the database is.
    pub fn store(&self) -> db::Settings {
        let url = self.database_url.clone();
        let url = url.unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("huzheng.db").display()));
        db::Settings { url, readers: self.readers.max(1), writers: self.writers.max(1) }
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

    /// Until when a password is good that somebody else sets now.
    pub fn temporary_until(&self, now: Moment) -> Moment {
        now + Duration::hours(self.temporary_password_hours)
    }

    fn has_data(&self) -> bool {
        self.database_url.is_some() || db::exists(&self.store())
    }

    fn refuse_unsafe(&self) -> Result<(), ConfigError> {
        let refuse = |name, reason| Err(ConfigError::Unsafe { name, reason });
        if !self.listen.ip().is_loopback() && self.trusted_proxies.is_empty() {
            return refuse("listen", "beyond this machine only behind a proxy that ends TLS: state it in trusted_proxies");
        }
        if self.demo() && !self.listen.ip().is_loopback() {
            return refuse("demo", "invented people share one password: demo listens on this machine only");
        }
        if !self.demo() && self.rate_limit == Switch::Off {
            return refuse("rate_limit", "off is for demo only");
        }
        if !self.demo() && self.clock_start.is_some() {
            return refuse("clock_start", "a clock of one's own is for demo only");
        }
        if self.clock_trust_minutes > 24 * 60 {
            return refuse("clock_trust_minutes", "at most 1440, a day");
        }
        if self.public_url.as_deref().is_some_and(|url| !url.starts_with("https://") && !self.listen.ip().is_loopback()) {
            return refuse("public_url", "must start with https:// when the office listens beyond this machine");
        }
        let periods = [
            ("notice_period", &self.notice_period),
            ("inquiry_period", &self.inquiry_period),
            ("suggestion_period", &self.suggestion_period),
            ("report_period", &self.report_period),
            ("rights_period", &self.rights_period),
        ];
        for (name, period) in periods {
            if period.parse::<Period>().is_err() {
                return refuse(name, "a period such as 10WD, 30D or 1M");
            }
        }
        // A lease outlasts the calls of one lane, else two nodes send at once.
        let calls = u64::try_from(CALLS_PER_LEASE).unwrap_or(0).saturating_mul(self.outbound_timeout_seconds);
        if u64::try_from(self.lease_seconds).unwrap_or(0) <= calls {
            return refuse("lease_seconds", "more than five times outbound_timeout_seconds: a lease outlasts a lane's calls");
        }
        if self.cors_origins.iter().any(|origin| origin.contains('*')) {
            return refuse("cors_origins", "name each origin; no wildcards");
        }
        if !(1..=60).contains(&self.request_patience_seconds) {
            return refuse("request_patience_seconds", "1 to 60");
        }
        if self.demo_password.as_ref().is_some_and(|p| self.demo() && p.len() < 8) {
            return refuse("demo_password", "at least 8 characters");
        }
        Ok(())
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

#[cfg(unix)]
fn runs_as_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[cfg(not(unix))]
fn runs_as_root() -> bool {
    false
}
