//! Settings of mail; without a relay's host nothing goes out, and what is written waits.

use crate::people::Email;
use crate::secrets::file::SecretFile;
use crate::settings::{Fault, Values, choice, count, days, optional, outbound_host, parsed, plain_text, seconds};

/// How the connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayTls {
    /// Begins in the clear and goes on only under TLS (RFC 3207).
    Starttls,
    /// From the first byte (RFC 8314).
    Implicit,
    /// Never: for a relay on this machine.
    None,
}

const HOST: [&str; 2] = ["the name or address of a host, without a port", "主機名稱或位址，不含埠號"];
const TEXT: [&str; 2] = ["1 to 200 characters", "1 至 200 個字元"];
const SECRET: [&str; 2] = ["1 to 500 characters", "1 至 500 個字元"];
const ADDRESS: [&str; 2] = ["an e-mail address in ASCII", "電子郵件地址（ASCII）"];
const BOUNCES: [&str; 2] = [
    "an e-mail address in ASCII with {id} before its @, such as bounces+{id}@office.example",
    "電子郵件地址（ASCII），@ 前含 {id}，如 bounces+{id}@office.example",
];
const PORT: [&str; 2] = ["ports", "埠號"];
const MAILS: [&str; 2] = ["mails an hour", "封／小時"];

/// Stands for the id of a mail.
const ID: &str = "{id}";

fn host(text: &str) -> Option<String> {
    // An address of IPv6 has colons of its own, and no port behind brackets.
    let is_name = !text.contains(':') && outbound_host(text).is_some();
    (is_name || text.parse::<std::net::Ipv6Addr>().is_ok()).then(|| text.to_owned())
}

fn address(text: &str) -> Option<Email> {
    text.parse().ok()
}

fn bounces(text: &str) -> Option<String> {
    let (local, _) = text.split_once('@')?;
    let fits = local.matches(ID).count() == 1 && text.matches(['{', '}']).count() == 2;
    let tried = text.replace(ID, &"0".repeat(36));
    let local_fits = tried.split_once('@').is_some_and(|(local, _)| local.len() <= 64);
    (fits && local_fits && address(&tried).is_some()).then(|| text.to_owned())
}

crate::settings! {
    /// Mail
    /// 電子郵件
    pub struct MailSettings, contradictions;

    /// Host of the relay to which mail is handed.
    /// 郵件轉送主機。
    host as "mail.host": Option<String> = None,
        optional(parsed("HOST", HOST, host, Clone::clone), ["none: what is written waits", "無：郵件留待設定後寄送"]);

    /// Port of the relay.
    /// 郵件轉送主機的埠號。
    port as "mail.port": u16 = 587, count(PORT, 1..=65_535);

    /// How the connection to the relay is protected; none only for a relay on this machine.
    /// 與郵件轉送主機連線的保護方式；none 僅限本機之轉送主機。
    tls as "mail.tls": RelayTls = RelayTls::Starttls,
        choice(&[("starttls", RelayTls::Starttls), ("implicit", RelayTls::Implicit), ("none", RelayTls::None)]);

    /// The office's user name at the relay.
    /// 本所於郵件轉送主機的帳號。
    user as "mail.user": Option<String> = None,
        optional(parsed("TEXT", TEXT, |text| plain_text(text, 200), Clone::clone), ["none: no log-in", "無：不登入"]);

    /// The office's password at the relay.
    /// 本所於郵件轉送主機的密碼。
    password as "mail.password": Option<String> = None, optional(
        parsed("TEXT", SECRET, |text| plain_text(text, 500), Clone::clone),
        ["that of mail.password_file", "mail.password_file 所存者"]
    ), Secret;

    /// File of the office's password at the relay, of mode 0600.
    /// 本所於郵件轉送主機之密碼所存的檔案，權限 0600。
    password_file as "mail.password_file": Option<SecretFile> = None,
        optional(parsed("FILE", SecretFile::RULE, SecretFile::read, SecretFile::place), ["none", "無"]);

    /// Address from which mail comes; its domain also stands in the ids of messages.
    /// 寄件地址；其網域亦用於郵件識別碼。
    from as "mail.from": Option<Email> = None,
        optional(parsed("ADDRESS", ADDRESS, address, |address| address.expose().to_owned()), ["none", "無"]);

    /// Address to which answers to mail go.
    /// 回信地址。
    reply_to as "mail.reply_to": Option<Email> = None, optional(
        parsed("ADDRESS", ADDRESS, address, |address| address.expose().to_owned()), ["that of mail.from", "mail.from 之地址"]
    );

    /// Address to which mail comes back that cannot be delivered; {id} stands for the mail's id.
    /// 退信地址；{id} 代表郵件編號。
    bounces as "mail.bounces": Option<String> = None,
        optional(parsed("ADDRESS", BOUNCES, bounces, Clone::clone), ["that of mail.from", "mail.from 之地址"]);

    /// Seconds for which the relay may let each answer wait.
    /// 等候郵件轉送主機每次回應的時限（秒）。
    timeout_seconds as "mail.timeout_seconds": u32 = 30, seconds(1..=300);

    /// Days for which a mail is tried again before it is given up.
    /// 郵件持續重試的日數，逾期即停止。
    give_up_days as "mail.give_up_days": i64 = 3, days(1..=14);

    /// Mails that one address is sent an hour; further ones wait.
    /// 同一地址每小時寄送的郵件數；超過者延後。
    hourly_limit as "mail.hourly_limit": u32 = 20, count(MAILS, 1..=1000);

    /// Days after which the text of a mail that no longer waits is emptied.
    /// 郵件內文於寫成後保存的日數（待寄者除外）。
    text_days as "mail.text_days": i64 = 90, days(1..=3650);
}

/// The relay as it is set up.
#[derive(Clone)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub tls: RelayTls,
    pub user: Option<(String, String)>,
    pub from: Email,
    pub reply_to: Option<Email>,
    pub bounces: Option<String>,
    pub timeout_seconds: u32,
}

impl Relay {
    /// Where a mail comes back that cannot be delivered.
    pub fn returns_to(&self, id: &str) -> String {
        self.bounces.as_ref().map_or_else(|| self.from.expose().to_owned(), |pattern| pattern.replace(ID, id))
    }

    /// The domain of the address from which mail comes.
    pub fn domain(&self) -> &str {
        self.from.expose().rsplit('@').next().unwrap_or_default()
    }
}

impl MailSettings {
    fn password(&self) -> Option<&str> {
        self.password.as_deref().or(self.password_file.as_ref().map(SecretFile::secret))
    }

    /// The relay, where one is set up.
    pub fn relay(&self) -> Option<Relay> {
        let (host, from) = (self.host.clone()?, self.from.clone()?);
        Some(Relay {
            host,
            from,
            port: self.port,
            tls: self.tls,
            user: self.user.clone().zip(self.password().map(str::to_owned)),
            reply_to: self.reply_to.clone(),
            bounces: self.bounces.clone(),
            timeout_seconds: self.timeout_seconds,
        })
    }

    /// Whether the relay is on this machine, so that nobody listens to what it is told.
    fn is_here(&self) -> bool {
        let here = |host: &str| host.parse::<std::net::IpAddr>().map_or(host == "localhost", |address| address.is_loopback());
        self.host.as_deref().is_none_or(here)
    }
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let own: &MailSettings = values.of();
    let rules: [(bool, &[&'static str], &str); 4] = [
        (
            own.host.is_some() != own.from.is_some(),
            &["mail.host", "mail.from"],
            "mail.host and mail.from must be set both or neither",
        ),
        (
            own.user.is_some() != own.password().is_some(),
            &["mail.user", "mail.password", "mail.password_file"],
            "mail.user must be set with its mail.password or mail.password_file, and neither of these without it",
        ),
        (
            own.password.is_some() && own.password_file.is_some(),
            &["mail.password", "mail.password_file"],
            "mail.password or mail.password_file must be set, and not both",
        ),
        (
            own.tls == RelayTls::None && !own.is_here(),
            &["mail.tls", "mail.host"],
            "mail.tls must not be none unless mail.host is this machine: what is mailed would be read on the way",
        ),
    ];
    rules.into_iter().filter(|(broken, ..)| *broken).map(|(_, names, text)| Fault::between(names, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_comes_back_tells_which_it_was() {
        assert_eq!(bounces("bounces+{id}@office.example").as_deref(), Some("bounces+{id}@office.example"));
        for wrong in ["bounces@office.example", "b@{id}.example", "{id}{id}@office.example", "b+{id}{x}@office.example", "{id}"] {
            assert_eq!(bounces(wrong), None, "{wrong}");
        }
        assert_eq!(bounces(&format!("{}{{id}}@office.example", "b".repeat(29))), None, "too long before its @");
    }

    #[test]
    fn hosts_are_named_without_a_port() {
        for right in ["mail.office.example", "localhost", "127.0.0.1", "::1"] {
            assert!(host(right).is_some(), "{right}");
        }
        for wrong in ["mail.office.example:25", "[::1]:25", "smtp://mail.example", "a b", ""] {
            assert!(host(wrong).is_none(), "{wrong}");
        }
    }
}
