use crate::HeaderError;
use crate::syntax::{self, HOST, TextV4, number};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host as written (RFC 3261 §25.1 `host`). Names are kept as written and compare without case.
#[derive(Clone, Debug, Eq, serde::Serialize, serde::Deserialize)]
pub enum Host {
    /// A domain name. Empty for URIs that have no host (`tel:`).
    Name(Box<str>),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; in brackets on the wire.
    V6(Ipv6Addr),
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Host::Name(one), Host::Name(two)) => one.eq_ignore_ascii_case(two),
            (Host::V4(one), Host::V4(two)) => one == two,
            (Host::V6(one), Host::V6(two)) => one == two,
            _ => false,
        }
    }
}

impl Host {
    /// The address, if it is one and not a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(*address)),
            Host::V6(address) => Some(IpAddr::V6(*address)),
        }
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Host::V4(address),
            IpAddr::V6(address) => Host::V6(address),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) if syntax::all(name, HOST) => out.write_str(name),
            // A name made by hand from something else: it must not become more than a name.
            Host::Name(name) => name
                .bytes()
                .filter(|byte| syntax::is(*byte, HOST))
                .try_for_each(|byte| fmt::Write::write_char(out, char::from(byte))),
            Host::V4(address) => out.write_str(TextV4::of(*address).as_str()),
            Host::V6(address) => write!(out, "[{address}]"),
        }
    }
}

/// Accepts an IPv6 address without brackets as well (`received=2001:db8::1`, RFC 5118 §4.5).
impl std::str::FromStr for Host {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Host::V6(address));
        }
        match RawHost::scan(text)? {
            (raw, "") => Ok(raw.into()),
            _ => Err(HeaderError { what: "host" }),
        }
    }
}

/// A host and a port, borrowed from the text they stand in.
#[derive(Clone, Copy)]
pub(crate) enum RawHost<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> RawHost<'a> {
    /// A host at the beginning of the text, and what follows.
    pub(crate) fn scan(text: &'a str) -> Result<(Self, &'a str), HeaderError> {
        const BAD: HeaderError = HeaderError { what: "host" };
        if let Some(inside) = text.strip_prefix('[') {
            let (address, rest) = syntax::cut(inside, b']').ok_or(BAD)?;
            return Ok((RawHost::V6(address.parse().map_err(|_| BAD)?), rest));
        }
        let (name, rest) = syntax::take(text, HOST);
        if !is_letter(name.as_bytes().last()) {
            if let Some(address) = syntax::v4(name) {
                return Ok((RawHost::V4(address), rest));
            }
            let last_label = name.trim_end_matches('.').rsplit('.').next().unwrap_or("");
            if last_label.bytes().all(|byte| byte.is_ascii_digit()) {
                // A top label is never all digits (RFC 3261 §25.1 `toplabel`): it is an address or nothing.
                return Err(BAD);
            }
        }
        if matches!(name.as_bytes(), [b'.' | b'-', ..])
            || name.as_bytes().windows(2).any(|pair| pair == b"..")
        {
            return Err(BAD);
        }
        Ok((RawHost::Name(name), rest))
    }

    /// `host [":" port]`, with white space around the colon where headers allow it.
    pub(crate) fn scan_with_port(
        text: &'a str,
        white: bool,
    ) -> Result<(Self, Option<u16>, &'a str), HeaderError> {
        let (host, rest) = Self::scan(text)?;
        let after = if white {
            syntax::after(rest, b':')
        } else {
            rest.strip_prefix(':')
        };
        let Some(after) = after else {
            return Ok((host, None, rest));
        };
        let end = after
            .bytes()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(after.len());
        let (digits, rest) = after
            .split_at_checked(end)
            .ok_or(HeaderError { what: "port" })?;
        let port = number(digits, u64::from(u16::MAX), "port")?;
        Ok((host, u16::try_from(port).ok(), rest))
    }
}

fn is_letter(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_alphabetic)
}

impl From<RawHost<'_>> for Host {
    fn from(raw: RawHost<'_>) -> Self {
        match raw {
            RawHost::Name(name) => Host::Name(name.into()),
            RawHost::V4(address) => Host::V4(address),
            RawHost::V6(address) => Host::V6(address),
        }
    }
}
