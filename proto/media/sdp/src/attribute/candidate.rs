use super::Attributes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// An ICE candidate (RFC 8839 §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Equal for candidates that share base and kind.
    pub foundation: String,
    /// 1 is RTP, 2 is RTCP.
    pub component: u16,
    /// `udp` or `tcp`, as written.
    pub transport: String,
    /// Greater is better.
    pub priority: u32,
    /// An address or a name (`….local`).
    pub address: String,
    /// Its port.
    pub port: u16,
    /// `host`, `srflx`, `prflx` or `relay`.
    pub kind: String,
    /// `raddr`, `rport`, `generation`, `tcptype` and the like, in order.
    pub extensions: Vec<(String, String)>,
}

impl Candidate {
    /// A host candidate for UDP and component 1, with the priority of RFC 8445 §5.1.2.1. `preference` tells the better
    /// of several addresses; with a single one it is 65535.
    pub fn host(foundation: &str, address: SocketAddr, preference: u16) -> Self {
        /// RFC 8445 §5.1.2.2
        const HOST: u32 = 126;
        Self {
            foundation: foundation.to_owned(),
            component: 1,
            transport: "udp".to_owned(),
            priority: (HOST << 24) | (u32::from(preference) << 8) | (256 - 1),
            address: address.ip().to_string(),
            port: address.port(),
            kind: "host".to_owned(),
            extensions: Vec::new(),
        }
    }

    /// Where it is, if it has an address and not a name.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.address.parse().ok()?;
        Some(SocketAddr::new(address.to_canonical(), self.port))
    }

    /// Whether it is reached by UDP.
    pub fn is_udp(&self) -> bool {
        self.transport.eq_ignore_ascii_case("udp")
    }

    fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let mut next = || words.next();
        let candidate = Self {
            foundation: next().filter(|it| it.len() <= 32)?.to_owned(),
            component: next()?.parse().ok().filter(|it| (1..=256).contains(it))?,
            transport: next()?.to_owned(),
            priority: next()?.parse().ok()?,
            address: next()?.to_owned(),
            port: next()?.parse().ok()?,
            kind: next()
                .filter(|word| word.eq_ignore_ascii_case("typ"))
                .and_then(|_| next())?
                .to_owned(),
            extensions: Vec::new(),
        };
        let mut extensions = Vec::new();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            extensions.push((name.to_owned(), value.to_owned()));
        }
        Some(Self {
            extensions,
            ..candidate
        })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            foundation,
            component,
            transport,
            priority,
            address,
            port,
            kind,
            extensions,
        } = self;
        write!(
            out,
            "{foundation} {component} {transport} {priority} {address} {port} typ {kind}"
        )?;
        extensions
            .iter()
            .try_for_each(|(name, value)| write!(out, " {name} {value}"))
    }
}

impl Attributes {
    /// `a=candidate`
    pub fn candidates(&self) -> impl Iterator<Item = Candidate> {
        self.all("candidate").filter_map(Candidate::read)
    }
}
