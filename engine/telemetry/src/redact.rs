use crate::Clean;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Whether log lines tell who calls whom and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redaction {
    /// Everything is told.
    #[default]
    Off,
    /// Users become `***`, addresses lose their last part. Domains and ports stay.
    On,
}

/// A name or an address on its way into a log line: told as the setting says, and always clean.
#[derive(Clone, Copy, Debug)]
pub struct Redact<T>(pub T, pub Redaction);

/// A SIP URI or an address-of-record: `sip:alice@example.com` becomes `sip:***@example.com`. A telephone number has no domain
/// and vanishes.
impl fmt::Display for Redact<&str> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Redact(text, redaction) = self;
        if *redaction == Redaction::Off {
            return Clean(text).fmt(formatter);
        }
        let scheme = ["sip:", "sips:", "tel:"]
            .into_iter()
            .find(|scheme| text.starts_with(scheme))
            .unwrap_or_default();
        formatter.write_str(scheme)?;
        // The last one: a user may hold an escaped or even a bare @.
        let host = text.rsplit_once('@').map(|(_, host)| host);
        match host {
            Some(host) => {
                formatter.write_str("***@")?;
                // Parameters may hold names again.
                Clean(host.split([';', '?', '>']).next().unwrap_or_default()).fmt(formatter)
            }
            None => formatter.write_str("***"),
        }
    }
}

/// `203.0.113.7:5060` becomes `203.0.113.x:5060`; of IPv6 the first 48 bits stay, which are a site's.
impl fmt::Display for Redact<SocketAddr> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Redact(address, redaction) = self;
        if *redaction == Redaction::Off {
            return address.fmt(formatter);
        }
        let port = address.port();
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                write!(formatter, "{a}.{b}.{c}.x:{port}")
            }
            IpAddr::V6(ip) => {
                let site = Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 80));
                write!(formatter, "[{site}x]:{port}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Redact, Redaction};
    use std::net::SocketAddr;

    fn told(text: &str) -> String {
        Redact(text, Redaction::On).to_string()
    }

    #[test]
    fn users_vanish_and_domains_stay() {
        assert_eq!(told("sip:alice@example.com"), "sip:***@example.com");
        assert_eq!(
            told("sip:a@b@example.com;user=alice"),
            "sip:***@example.com"
        );
        assert_eq!(told("alice@example.com"), "***@example.com");
        assert_eq!(told("tel:+4930123456"), "tel:***");
        assert_eq!(told("alice"), "***");
    }

    #[test]
    fn addresses_lose_their_last_part() {
        for (address, expected) in [
            ("203.0.113.7:5060", "203.0.113.x:5060"),
            ("[2001:db8:1:2::7]:5060", "[2001:db8:1::x]:5060"),
        ] {
            let address: SocketAddr = address.parse().expect("an address");
            assert_eq!(Redact(address, Redaction::On).to_string(), expected);
            assert_eq!(
                Redact(address, Redaction::Off).to_string(),
                address.to_string()
            );
        }
    }

    #[test]
    fn even_what_is_told_is_clean() {
        assert_eq!(
            Redact("sip:a\n@example.com", Redaction::Off).to_string(),
            r"sip:a\u{a}@example.com"
        );
    }
}
