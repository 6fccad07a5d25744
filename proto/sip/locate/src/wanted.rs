use proto_base::Transport;
use serde::{Deserialize, Serialize};
use sip_message::{Host, Scheme, Uri};

/// What is looked for: the parts of a URI, or of a peer's configuration, that say where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wanted {
    /// A name, or an address as text (IPv6 without brackets).
    pub host: String,
    /// Given, SRV is not asked.
    pub port: Option<u16>,
    /// Given, NAPTR is not asked.
    pub transport: Option<Transport>,
    /// `sips:`: TLS and nothing else.
    pub secure: bool,
}

impl Wanted {
    /// From a SIP URI (RFC 3263 §4): `maddr` takes the host's place. `None`: it is no SIP URI, or names a transport that we
    /// never speak, or one that its scheme forbids.
    pub fn of_uri(uri: &Uri) -> Option<Self> {
        let secure = match uri.scheme {
            Scheme::Sip => false,
            Scheme::Sips => true,
            Scheme::Tel | Scheme::Other(_) => return None,
        };
        let host: Host = match uri.params.value("maddr") {
            Some(maddr) => maddr.parse().ok()?,
            None => uri.host.clone(),
        };
        let transport = match uri.params.value("transport") {
            None => None,
            Some(token) => Some(transport(token, secure)?),
        };
        Some(Self {
            host: match host {
                Host::Name(name) => name.into(),
                Host::V4(address) => address.to_string(),
                Host::V6(address) => address.to_string(),
            },
            port: uri.port,
            transport,
            secure,
        })
    }
}

/// RFC 3261 §26.2.2: under `sips:`, tcp means TLS over TCP, and UDP is impossible. `tls` is deprecated and yet written.
fn transport(token: &str, secure: bool) -> Option<Transport> {
    let known = [
        ("udp", Transport::Udp),
        ("tcp", Transport::Tcp),
        ("tls", Transport::Tls),
        ("ws", Transport::Ws),
        ("wss", Transport::Wss),
    ];
    let (_, transport) = known
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(token))?;
    match (secure, transport) {
        (true, Transport::Udp) => None,
        (true, Transport::Tcp) => Some(Transport::Tls),
        (true, Transport::Ws) => Some(Transport::Wss),
        (_, transport) => Some(transport),
    }
}
