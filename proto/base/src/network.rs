use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A named network (`outside`, `inside`, a trunk's), by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NetworkId(pub u16);

/// A datagram socket of the shell, by the number that the shell (signalling) or the worker (media) gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SocketId(pub u32);

/// How SIP is carried (RFC 3261 §18, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// RFC 3261 §17: a reliable transport needs no retransmission.
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// Whether SIP comes in WebSocket frames (RFC 7118): such a peer cannot be dialled, only answered on its flow.
    pub const fn is_websocket(self) -> bool {
        matches!(self, Transport::Ws | Transport::Wss)
    }

    /// The token in a Via: `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    pub const fn via_token(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }
}

/// Where a message came from and where an answer goes: the identity of a flow (RFC 5626 §3.1).
///
/// A connection is known by a number that the shell never uses twice; datagrams by network and remote address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Flow {
    /// A TCP, TLS or WebSocket connection.
    Connection(u64),
    /// Datagrams between the SIP socket of a network and one remote address.
    Datagram(NetworkId, SocketAddr),
}
