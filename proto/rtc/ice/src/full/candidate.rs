use crate::Credentials;
use proto_base::SocketId;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Our candidates: an address in each family and network, rarely more than two.
pub const MAX_LOCALS: usize = 4;
/// The far end's candidates, told or learned. A browser with two interfaces, both families and a relay has ten.
pub const MAX_REMOTES: usize = 24;

/// RFC 8445 §5.1.2.2.
const HOST_PREFERENCE: u32 = 126;
const PEER_REFLEXIVE_PREFERENCE: u32 = 110;

/// RFC 8445 §5.1.2.1, for component 1.
const fn priority(kind: u32, preference: u16) -> u32 {
    (kind << 24) | ((preference as u32) << 8) | 255
}

/// A host candidate of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalCandidate {
    /// Its base: where checks leave from.
    pub socket: SocketId,
    /// As it is told.
    pub address: SocketAddr,
    /// The better of several addresses has the greater one (RFC 8445 §5.1.2.1).
    pub preference: u16,
}

impl LocalCandidate {
    /// Its priority.
    pub const fn priority(&self) -> u32 {
        priority(HOST_PREFERENCE, self.preference)
    }

    /// What its checks say in PRIORITY: that of a peer-reflexive candidate with the same base (RFC 8445 §7.1.1).
    pub(crate) const fn reflexive_priority(&self) -> u32 {
        priority(PEER_REFLEXIVE_PREFERENCE, self.preference)
    }
}

/// A candidate of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteCandidate {
    /// Where it is.
    pub address: SocketAddr,
    /// Its priority.
    pub priority: u32,
    /// The same for candidates with the same foundation.
    pub foundation: u32,
}

/// What a far end tells of its ICE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteDescription {
    /// Its ufrag and password.
    pub credentials: Credentials,
    /// Its candidates so far.
    pub candidates: Vec<RemoteCandidate>,
    /// It sends no checks, so it is we who control (RFC 8445 §6.1.1).
    pub lite: bool,
    /// No more candidates will come (RFC 8838 §14).
    pub candidates_ended: bool,
}

/// An address of some household or firm, which is another one for everybody.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        // RFC 1918, and RFC 6598's for carriers.
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private() || ip.is_loopback() || (a == 100 && b & 0xC0 == 64)
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_loopback(),
    }
}

/// Whether checks may be sent there. Who writes a description must not aim us at everybody, at ourselves, at services of our
/// own machine, or, where we are known by a public address, at what is private behind us. (A far end that shares a private
/// network with us all the same is learned from its checks.)
pub(crate) fn is_checkable(address: SocketAddr, ours: &[LocalCandidate]) -> bool {
    let ip = address.ip().to_canonical();
    let here = |test: fn(IpAddr) -> bool| ours.iter().any(|local| test(local.address.ip()));
    let everybody = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    let link = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    address.port() != 0
        && !ip.is_unspecified()
        && !ip.is_multicast()
        && !everybody
        // Its scope is not told, so it cannot be reached.
        && !link
        && (!ip.is_loopback() || here(|ip| ip.is_loopback()))
        && (!is_private(ip) || here(is_private))
        && ours.iter().all(|local| local.address != address)
}
