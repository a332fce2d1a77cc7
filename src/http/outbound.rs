//! The one client for calls to other hosts: no redirects, no proxies, and no address inside a network of ours
//! unless the settings name the host. The address that was judged is the one that is connected to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use ureq::AsSendBody;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::error::{Error, Result, Text};

/// The client; one a node.
pub struct Outbound {
    agent: ureq::Agent,
    allowed: Arc<Vec<String>>,
}

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Timeout,
    /// The host's address is none that the office calls.
    AddressRefused,
    /// No connection, or it broke, or its answer was longer than it may be.
    Connection,
}

/// What another host answered.
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Whether an address lies on the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only global unicast (2000::/3), and of that nothing that wraps an IPv4 address or is for examples.
    let [first, second, ..] = address.segments();
    let global = (first & 0xe000) == 0x2000;
    let wrapped = first == 0x2002 || (first == 0x2001 && second < 0x0200) || (first == 0x2001 && second == 0x0db8);
    global && !wrapped
}

/// Resolves a name once a call and gives only addresses that may be called: the connection goes to one of these.
struct Guard<R> {
    inner: R,
    allowed: Arc<Vec<String>>,
}

impl<R> fmt::Debug for Guard<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

/// Whether the settings name the host of an address.
fn names(allowed: &[String], uri: &Uri) -> bool {
    let host = uri.host().unwrap_or("");
    let with_port = uri.port_u16().map(|port| format!("{host}:{port}"));
    allowed.iter().any(|name| name.eq_ignore_ascii_case(host) || Some(name) == with_port.as_ref())
}

/// Whether a host is seen to lie inside a network without asking for its address: one that is not public,
/// `localhost` and what is below it, and the old spellings of addresses (`127.1`, `2130706433`, `0x7f.1`).
fn leads_inside(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = host.parse::<IpAddr>() {
        return !is_public(address);
    }
    let last = host.rsplit('.').next().unwrap_or("");
    let number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    number || last == "localhost"
}

/// Why an address would never be called by whoever may call the hosts that are named beside the open internet, where that can
/// be seen at once.
pub fn refusal_to_call(allowed: &[String], url: &str) -> Option<Text> {
    let text = |zh, en| Some(Text::new(zh, en));
    let Ok(uri) = url.parse::<Uri>() else { return text("網址格式不符", "this is no address") };
    let Some(host) = uri.host() else { return text("網址格式不符", "this is no address") };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return text("網址不得含帳號密碼", "no user or password in an address");
    }
    if names(allowed, &uri) {
        return None;
    }
    if uri.scheme_str() != Some("https") {
        return text("須為 https", "it must be https");
    }
    if leads_inside(host) {
        return text("不得為內部位址", "an address inside a network must be named in the settings");
    }
    None
}

impl<R: Resolver> Resolver for Guard<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if names(&self.allowed, uri) {
            return Ok(found);
        }
        let mut public = self.empty();
        found.iter().filter(|address| is_public(address.ip())).for_each(|address| public.push(*address));
        if public.is_empty() { Err(ureq::Error::Other(Box::new(Refused))) } else { Ok(public) }
    }
}

/// No address of the host may be called.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is not on the open internet")]
struct Refused;

/// The authorities that this machine trusts, read once.
static TLS: LazyLock<TlsConfig> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<Certificate<'static>> = found.iter().map(|cert| Certificate::from_der(cert.as_ref()).to_owned()).collect();
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .build()
});

impl Outbound {
    /// A client for hosts on the open internet and those named; a call takes at most so long.
    pub fn new(allowed: &[String], timeout: Duration) -> Self {
        Self::resolving(allowed, timeout, DefaultResolver::default())
    }

    fn resolving(allowed: &[String], timeout: Duration, inner: impl Resolver) -> Self {
        let allowed = Arc::new(allowed.to_vec());
        let config = Config::builder()
            .tls_config(TLS.clone())
            .max_redirects(0)
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .max_idle_connections_per_host(2)
            .user_agent("Huzheng")
            .build();
        let guard = Guard { inner, allowed: Arc::clone(&allowed) };
        Self { agent: ureq::Agent::with_parts(config, DefaultConnector::default(), guard), allowed }
    }

    /// Refuses an address that would never be called, where that can be seen at once.
    pub fn check(&self, url: &str) -> Result<()> {
        refusal_to_call(&self.allowed, url).map_or(Ok(()), |text| Err(Error::field("/webhook_url", "not_allowed", text)))
    }

    /// Whether an address may be called, as far as that can be seen at once.
    pub fn may_call(&self, url: &str) -> bool {
        refusal_to_call(&self.allowed, url).is_none()
    }

    /// Asks for a document of at most so many bytes; blocks until the moment at most.
    pub fn get(&self, url: &str, most: u64, until: Instant) -> Result<Answered, Failure> {
        let request = ureq::http::Request::builder().uri(url).header("Accept", "application/json");
        self.ask(request.body(()).map_err(|_| Failure::Connection)?, most, until)
    }

    /// Posts a form and gives the answer, as [`get`](Self::get).
    pub fn post_form(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        form: String,
        most: u64,
        until: Instant,
    ) -> Result<Answered, Failure> {
        let mut request = ureq::http::Request::builder().method("POST").uri(url).header("Accept", "application/json");
        request = request.header("Content-Type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(form).map_err(|_| Failure::Connection)?, most, until)
    }

    fn ask(&self, request: ureq::http::Request<impl AsSendBody>, most: u64, until: Instant) -> Result<Answered, Failure> {
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or(Failure::Timeout)?;
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        let mut response = self.agent.run(request).map_err(|error| failure(&error))?;
        let body = response.body_mut().with_config().limit(most).read_to_vec().map_err(|error| failure(&error))?;
        Ok(Answered { status: response.status().as_u16(), body })
    }

    /// Posts a body and gives the status; blocks at most for the client's time.
    pub fn post(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Result<u16, Failure> {
        let mut request = ureq::http::Request::builder().method("POST").uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).map_err(|_| Failure::Connection)?;
        self.agent.run(request).map(|response| response.status().as_u16()).map_err(|error| failure(&error))
    }
}

fn failure(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Timeout,
        ureq::Error::Other(cause) if cause.is::<Refused>() => Failure::AddressRefused,
        _ => Failure::Connection,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        for text in ["93.184.216.34", "2606:2800:220:1::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::1",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_inside_are_refused_unless_named() {
        let outbound = Outbound::new(&["127.0.0.1:9000".to_owned()], Duration::from_secs(1));
        for url in [
            "http://example.org/",
            "https://127.0.0.1/",
            "https://127.0.0.1./",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://hook.localhost/",
            "https://2130706433/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://0x7f000001/",
            "https://017700000001/",
            "https://example.org.1/",
            "https://user@example.org/",
            "https://example.org@127.0.0.1/",
            "no",
            "http://127.0.0.1:9001/",
        ] {
            assert!(outbound.check(url).is_err(), "{url}");
        }
        for url in ["https://example.org/hook", "https://93.184.216.34/", "http://127.0.0.1:9000/hook"] {
            assert!(outbound.check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_name_that_leads_inside_is_not_called() {
        let (listener, port) = listener();
        let outbound = Outbound::new(&[], Duration::from_secs(1));
        for host in ["localhost", "localhost.", "2130706433", "127.1", "[::ffff:127.0.0.1]"] {
            let ended = outbound.post(&format!("http://{host}:{port}/"), &[], "{}");
            assert!(matches!(ended, Err(Failure::AddressRefused | Failure::Connection)), "{host}: {ended:?}");
        }
        assert!(listener.accept().is_err(), "nobody connected");
    }

    /// A listener that does not wait, and its port.
    fn listener() -> (std::net::TcpListener, u16) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    /// A name server that gives another answer each time, the last one for ever.
    #[derive(Debug)]
    struct Changing {
        answers: Vec<Vec<SocketAddr>>,
        asked: Arc<AtomicUsize>,
    }

    impl Resolver for Changing {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let turn = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
            let mut found = self.empty();
            self.answers[turn].iter().for_each(|address| found.push(*address));
            Ok(found)
        }
    }

    #[test]
    fn a_public_name_with_a_private_address_is_not_called() {
        let (listener, port) = listener();
        let inside = vec![SocketAddr::from(([127, 0, 0, 1], port))];
        let names = Changing { answers: vec![inside], asked: Arc::default() };
        let outbound = Outbound::resolving(&[], Duration::from_secs(1), names);
        let ended = outbound.post(&format!("http://127-0-0-1.names.example:{port}/"), &[], "{}");
        assert_eq!(ended, Err(Failure::AddressRefused));
        assert!(listener.accept().is_err(), "nobody connected");
    }

    #[test]
    fn a_name_that_changes_is_asked_for_once_and_the_judged_address_is_called() {
        let (listener, port) = listener();
        let (outside, inside) = (SocketAddr::from(([203, 0, 114, 1], port)), SocketAddr::from(([127, 0, 0, 1], port)));
        let asked = Arc::new(AtomicUsize::new(0));
        let names = Changing { answers: vec![vec![outside, inside], vec![inside]], asked: Arc::clone(&asked) };
        let outbound = Outbound::resolving(&[], Duration::from_millis(200), names);
        let ended = outbound.post(&format!("http://rebinding.example:{port}/"), &[], "{}");
        assert!(matches!(ended, Err(Failure::Timeout | Failure::Connection)), "{ended:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "resolved once");
        assert!(listener.accept().is_err(), "nobody connected to the private one");
    }
}
