//! Addresses, networks and URLs as settings have them.

use std::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::str::FromStr;

use ipnet::IpNet;

use super::plain_text;

/// An address, or a network as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Whether it is no wider than the widest of the networks that are for private use.
    fn is_somebodys(&self) -> bool {
        match self.0 {
            IpNet::V4(network) => network.prefix_len() >= 8,
            IpNet::V6(network) => network.prefix_len() >= 7,
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical().into())
    }
}

impl FromStr for Network {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).or_else(|_| text.parse().map(|address: IpAddr| address.into()))
    }
}

/// The network of a text.
pub fn network(text: &str) -> Option<Network> {
    text.parse().ok()
}

/// The same of proxies: whoever trusts everybody believes what anybody says of himself.
pub fn proxies(text: &str) -> Option<Network> {
    network(text).filter(Network::is_somebodys)
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or("");
    // What ends in a number is an address, in the one spelling that everybody reads alike.
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    text.len() <= 253 && text.split('.').all(is_label) && (!numeric || text.parse::<Ipv4Addr>().is_ok())
}

/// Whether it is a name or an address, an IPv6 one in brackets, perhaps with a port.
fn is_host(text: &str) -> bool {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    match text.split_once(':') {
        Some((name, port)) => is_name(name) && is_port(port),
        None => is_name(text),
    }
}

/// Scheme, host with port, and the rest of an address without user and password.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, after) = text.split_once("://")?;
    let (host, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
    (is_host(host) && rest.bytes().all(|byte| byte.is_ascii_graphic())).then_some((scheme, host, rest))
}

/// What [`base_url`] takes.
pub const BASE_URL: [&str; 2] = [
    "http:// or https:// with a host and no slash at the end, of at most 200 characters",
    "http:// 或 https:// 加主機名稱，結尾不加斜線，至多 200 個字元",
];

/// `http` or `https`, host, perhaps a path, and no slash at its end.
pub fn base_url(text: &str) -> Option<String> {
    let (scheme, _, path) = split(text)?;
    let fits = matches!(scheme, "http" | "https") && !path.contains(['?', '#']) && !path.ends_with('/') && text.len() <= 200;
    fits.then(|| text.to_owned())
}

/// An issuer of identities: as [`base_url`], but that a slash may stand at its end, since it is compared letter by letter.
pub fn issuer(text: &str) -> Option<String> {
    base_url(text.strip_suffix('/').unwrap_or(text)).filter(|_| text.len() <= 200).map(|_| text.to_owned())
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let name = if host.ends_with(']') { host } else { host.rsplit_once(':').map_or(host, |(name, _)| name) };
    name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// An address to which people are sent back (RFC 8252): `https`, `http` on this machine, or an app's own scheme, which has a
/// dot in its name.
pub fn redirect_uri(text: &str) -> Option<String> {
    let own_scheme = |scheme: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
        scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.contains('.') && scheme.bytes().all(plain)
    };
    let fits = match split(text) {
        Some(("https", ..)) => true,
        Some(("http", host, _)) => is_here(host),
        _ => text
            .split_once(":/")
            .is_some_and(|(scheme, rest)| own_scheme(scheme) && rest.bytes().all(|byte| byte.is_ascii_graphic())),
    };
    // A comma would part it from the next of a list.
    (fits && text.len() <= 200 && !text.contains(['#', ','])).then(|| text.to_owned())
}

/// An origin exactly as browsers send it: in lower case, and without a port that goes without saying.
pub fn origin(text: &str) -> Option<String> {
    let (scheme, host, rest) = split(text)?;
    let needless = matches!(scheme, "http" if host.ends_with(":80")) || matches!(scheme, "https" if host.ends_with(":443"));
    let plain = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    let fits = plain && !needless && rest.is_empty() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) && text.len() <= 200;
    fits.then(|| text.to_owned())
}

/// A host that the office may call: `host` or `host:port`.
pub fn outbound_host(text: &str) -> Option<String> {
    is_host(text).then(|| text.to_owned())
}

/// An address with places for `{room}` and `{token}` and for nothing else; `https`, or `http` on this machine.
pub fn meeting_url(text: &str) -> Option<String> {
    let filled = text.replace("{room}", "room").replace("{token}", "token");
    let (scheme, host, _) = split(&filled)?;
    let fits = text.contains("{room}") && text.contains("{token}") && !filled.contains(['{', '}']) && text.len() <= 500;
    (fits && (scheme == "https" || (scheme == "http" && is_here(host)))).then(|| text.to_owned())
}

/// Whether a file can stand there: no space at its ends, and no slash behind it.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.ends_with('/') && !text.starts_with("//")
}

/// Whether it names a database: perhaps a user, a host and a port, and what follows a slash.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `sqlite:` and the path of a file, or an address of PostgreSQL.
pub fn database_url(text: &str) -> Option<String> {
    let text = plain_text(text, 2000)?;
    let fits = match text.strip_prefix("sqlite:") {
        // The engine has addresses of its own for what is in memory or opened in other ways: an office's data is a file.
        Some(path) => is_path(path) && path != ":memory:" && !path.starts_with("file:") && !Path::new(path).is_dir(),
        None => ["postgres://", "postgresql://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(is_place)),
    };
    fits.then_some(text)
}

/// The same without user, password and parameters.
pub fn shown_database_url(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let place = rest.split('?').next().unwrap_or("");
            format!("{scheme}://{}", place.rsplit_once('@').map_or(place, |(_, place)| place))
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_database_url_holds_no_secret() {
        for (url, shown) in [
            ("postgres://user:p@ss@db.test:5432/office?password=x", "postgres://db.test:5432/office"),
            ("postgres://db.test/office", "postgres://db.test/office"),
            ("sqlite:./data/huzheng.db", "sqlite:./data/huzheng.db"),
        ] {
            assert_eq!(shown_database_url(url), shown);
        }
    }
}
