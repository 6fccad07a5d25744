use proto_base::{Flow, NetworkId, Transport};
use std::net::SocketAddr;

/// What the world tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetEvent {
    /// A connection was accepted (a WebSocket: its handshake is done), or one that we opened is up. With it the domains that the
    /// far end's certificate proves (RFC 5922 §7.1), vouched for by our authorities: none without TLS, or where none was shown.
    Opened(Arrival, Vec<String>),
    /// One whole SIP message: a datagram, a WebSocket message, or a piece of a stream cut by Content-Length.
    Received(Arrival, Vec<u8>),
    /// A connection is gone. May be told once more for a flow whose end [`Outlet::send`](crate::Outlet::send) has told already.
    Closed(Flow),
    /// No connection to this address could be made; what was to be sent there is lost.
    Unreachable(Target),
}

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The flow that answers go to.
    pub flow: Flow,
    /// The network of the listener, or of the one who asked for the connection.
    pub network: NetworkId,
    /// How it came.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// Their end, or what a trusted proxy says of it; IPv4 is told as IPv4, never mapped into IPv6.
    pub remote: SocketAddr,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// On this flow and no other.
    Flow(Flow),
    /// To this address; a TCP connection is reused or opened.
    Address {
        /// From which network.
        network: NetworkId,
        /// UDP, TCP or TLS. A browser cannot be dialled.
        transport: Transport,
        /// Whom.
        address: SocketAddr,
    },
}

/// Why a message was not sent. Told at once, on the caller's thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// The flow is gone, or was just closed because its far end does not read: treat it as closed.
    Closed(Flow),
    /// The network has no such transport, the address cannot be reached, or there is no room for another connection.
    Unreachable,
}
