use proto_base::Transport;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Where a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// How.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
}

/// What the network that the request leaves from can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach<'a> {
    /// The transports it speaks, the ones it likes best first.
    pub transports: &'a [Transport],
    /// Whether it has an IPv4 address.
    pub v4: bool,
    /// Whether it has an IPv6 address.
    pub v6: bool,
}
