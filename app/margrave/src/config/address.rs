use engine_net::Block;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Who belongs to the inside when the file does not say: private (RFC 1918, RFC 4193) and link-local addresses.
pub(crate) fn private() -> impl Iterator<Item = Block> {
    let v4 = |first, second| IpAddr::V4(Ipv4Addr::new(first, second, 0, 0));
    let v6 = |first| IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0));
    [
        Block::new(v4(10, 0), 8),
        Block::new(v4(172, 16), 12),
        Block::new(v4(192, 168), 16),
        Block::new(v4(169, 254), 16),
        Block::new(v6(0xfc00), 7),
        Block::new(v6(0xfe80), 10),
    ]
    .into_iter()
    .flatten()
}

/// Whether an address means nothing in the Internet: private, link-local, loopback, carrier-grade NAT (RFC 6598).
pub(crate) fn is_private(address: IpAddr) -> bool {
    let shared = Block::new(IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10);
    address.is_loopback() || private().chain(shared).any(|block| block.contains(address))
}

/// A host and port as they stand in an URL's authority; the port may be missing.
pub(crate) fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip().to_string(), Some(address.port())));
    }
    if let Ok(address) = text
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
    {
        return Some((address.to_string(), None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (text, None),
    };
    is_host_name(host).then(|| (host.to_owned(), port))
}

/// Letters, digits and hyphens between dots (RFC 1123 §2.1).
pub(crate) fn is_host_name(text: &str) -> bool {
    // RFC 1035 §2.3.4: 255 octets in all, 63 in a label.
    !text.is_empty()
        && text.len() <= 253
        && text.trim_end_matches('.').split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// Whether two bindings would meet on the same port: equal addresses, or one of them means all.
pub(crate) fn collide(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hosts_are_read_with_and_without_port() {
        let read = |text| host_and_port(text);
        assert_eq!(read("10.0.0.1:5080"), Some(("10.0.0.1".into(), Some(5080))));
        assert_eq!(read("10.0.0.1"), Some(("10.0.0.1".into(), None)));
        assert_eq!(
            read("[2001:db8::1]:5060"),
            Some(("2001:db8::1".into(), Some(5060)))
        );
        assert_eq!(read("2001:db8::1"), Some(("2001:db8::1".into(), None)));
        assert_eq!(
            read("pbx.example.com:5060"),
            Some(("pbx.example.com".into(), Some(5060)))
        );
        assert_eq!(read("sip:pbx.example.com"), None);
        assert_eq!(read("pbx example"), None);
        assert_eq!(read("pbx:99999"), None);
    }

    #[test]
    fn private_is_what_the_internet_cannot_reach() {
        for private in [
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "100.64.0.1",
            "fd00::1",
            "::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["203.0.113.5", "172.32.0.1", "2001:db8::1", "100.128.0.1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
