//! Where a request comes from: the last address before the stated proxies, by what these say of the hops before them.

use std::net::{IpAddr, SocketAddr};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest};

use crate::config::{ForwardedHeader, Network};

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    address: Option<IpAddr>,
    /// A proxy of ours passed the request on without a word that can be read about who sent it.
    hidden: bool,
}

impl ClientAddress {
    /// The peer, or, when the peer is a stated proxy, what the chain of hops says.
    pub fn of(request: &ServiceRequest, header: ForwardedHeader, proxies: &[Network]) -> Self {
        match request.peer_addr() {
            Some(peer) => walk(peer.ip(), &hops(request.headers(), header), proxies),
            None => Self { address: None, hidden: true },
        }
    }

    /// That of a request that has passed the edge.
    pub fn of_request(request: &HttpRequest) -> Self {
        request.extensions().get().cloned().unwrap_or(Self { address: None, hidden: true })
    }

    /// Whether the caller is known to be in one of these networks.
    pub fn is_within(&self, networks: &[Network]) -> bool {
        !self.hidden && self.address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
    }
}

impl std::fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// Goes back from hop to hop as long as each one is a proxy of ours; one that cannot be read ends the walk, since
/// whatever stands before it may be anybody's invention.
fn walk(peer: IpAddr, hops: &[Option<IpAddr>], proxies: &[Network]) -> ClientAddress {
    let is_ours = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut address = peer.to_canonical();
    for hop in hops {
        if !is_ours(address) {
            break;
        }
        match hop {
            Some(before) => address = *before,
            None => return ClientAddress { address: Some(address), hidden: true },
        }
    }
    ClientAddress { address: Some(address), hidden: false }
}

/// The hops, the nearest one first; `None` for one that cannot be read.
fn hops(headers: &HeaderMap, header: ForwardedHeader) -> Vec<Option<IpAddr>> {
    let lines: Vec<_> = headers.get_all(header.name()).collect();
    let from_the_right = lines.into_iter().rev();
    from_the_right
        .flat_map(|line| {
            let line = line.to_str().unwrap_or_default();
            match header {
                ForwardedHeader::XForwardedFor => line.rsplit(',').map(|hop| address(hop.trim())).collect::<Vec<_>>(),
                ForwardedHeader::Forwarded => from_right(line, b',').into_iter().map(node).collect(),
            }
        })
        .collect()
}

/// The address in an element of `Forwarded` (RFC 7239); `unknown` and made-up names have none.
fn node(element: &str) -> Option<IpAddr> {
    let pairs = from_right(element, b';').into_iter().filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    match (named.next(), named.next()) {
        (Some((_, value)), None) => {
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            address(quoted.unwrap_or(value))
        }
        _ => None,
    }
}

/// An address with or without port and brackets; one of IPv4 that is written as IPv6 is taken for what it is.
fn address(node: &str) -> Option<IpAddr> {
    let without_port = match node.rsplit_once(':') {
        // A port that the proxy would not tell.
        Some((host, port)) if port.starts_with('_') => host,
        _ => node,
    };
    let bracketed = without_port.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let address = match bracketed {
        Some(host) => host.parse().ok().map(IpAddr::V6),
        None => without_port.parse().or_else(|_| without_port.parse().map(|socket: SocketAddr| socket.ip())).ok(),
    };
    address.map(|address| address.to_canonical())
}

/// The parts between separators, the last one first. A separator within quotes is none: they are counted from the right,
/// so that nothing further left, which a caller may have written, changes how what our proxies wrote is read.
fn from_right(text: &str, separator: u8) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut parts, mut end, mut quoted) = (Vec::new(), text.len(), false);
    for at in (0..text.len()).rev() {
        let escaped = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        if bytes[at] == b'"' && !(quoted && escaped) {
            quoted = !quoted;
        } else if bytes[at] == separator && !quoted {
            parts.push(&text[at + 1..end]);
            end = at;
        }
    }
    parts.push(&text[..end]);
    parts
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    /// Who calls through 10.0.0.0/8 and 2001:db8:1::/48 with these lines.
    fn caller(header: ForwardedHeader, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static(header.name()), HeaderValue::from_str(line).unwrap());
        }
        let proxies = ["10.0.0.0/8", "2001:db8:1::/48"].map(|network| network.parse().unwrap());
        let found = walk("::ffff:10.0.0.1".parse().unwrap(), &hops(&headers, header), &proxies);
        format!("{found}{}", if found.hidden { " hidden" } else { "" })
    }

    #[test]
    fn the_de_facto_header_is_read_from_the_right_over_all_its_lines() {
        let tried: [(&[&str], &str); 15] = [
            (&[], "10.0.0.1"),
            (&["203.0.113.7"], "203.0.113.7"),
            (&["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (&["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
            (&["198.51.100.1, 203.0.113.7", "10.9.9.9,10.0.0.2"], "203.0.113.7"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["198.51.100.1, junk, 10.0.0.2"], "10.0.0.2 hidden"),
            (&["198.51.100.1, , 10.0.0.2"], "10.0.0.2 hidden"),
            (&["unknown"], "10.0.0.1 hidden"),
            (&["203.0.113.7:4711"], "203.0.113.7"),
            (&["2001:db8::7"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["[2001:db8::7]:443, 2001:db8:1::2"], "2001:db8::7"),
            (&["::ffff:203.0.113.7, ::ffff:10.0.0.2"], "203.0.113.7"),
            (&["203.0.113.7, é"], "10.0.0.1 hidden"),
        ];
        for (lines, expected) in tried {
            assert_eq!(caller(ForwardedHeader::XForwardedFor, lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_standard_header_is_read_with_its_quotes_ports_and_unknown_nodes() {
        let tried: [(&[&str], &str); 16] = [
            (&["for=203.0.113.7"], "203.0.113.7"),
            (&["For=203.0.113.7;proto=https;by=10.0.0.1"], "203.0.113.7"),
            (&["proto=https; for=\"203.0.113.7:4711\""], "203.0.113.7"),
            (&["for=198.51.100.1, for=203.0.113.7", "for=10.0.0.2"], "203.0.113.7"),
            (&["for=\"[2001:db8::7]\""], "2001:db8::7"),
            (&["for=\"[2001:db8::7]:443\", for=\"[2001:db8:1::2]:_x\""], "2001:db8::7"),
            (&["for=unknown"], "10.0.0.1 hidden"),
            (&["for=_hidden, for=10.0.0.2"], "10.0.0.2 hidden"),
            (&["for=203.0.113.7, proto=https"], "10.0.0.1 hidden"),
            (&["for=203.0.113.7;for=198.51.100.1"], "10.0.0.1 hidden"),
            (&["for=\"198.51.100.1, for=203.0.113.7"], "203.0.113.7"),
            (&["for=\"198.51.100.1", "for=203.0.113.7"], "203.0.113.7"),
            (&["for=203.0.113.7;host=\"a, for=198.51.100.1\""], "203.0.113.7"),
            (&["for=203.0.113.7;host=\"a\\\", for=198.51.100.1\""], "203.0.113.7"),
            (&["for=203.0.113.7, "], "10.0.0.1 hidden"),
            (&["203.0.113.7"], "10.0.0.1 hidden"),
        ];
        for (lines, expected) in tried {
            assert_eq!(caller(ForwardedHeader::Forwarded, lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn nobody_but_a_stated_proxy_is_believed() {
        let peer = "203.0.113.9".parse().unwrap();
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let found = walk(peer, &[Some("198.51.100.1".parse().unwrap())], &proxies);
        assert_eq!(found, ClientAddress { address: Some(peer), hidden: false });
    }
}
