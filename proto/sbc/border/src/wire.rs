use proto_base::{Flow, NetworkId, Transport};
use std::net::SocketAddr;

/// What the world tells the border.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection (TCP, TLS, WS, WSS) was accepted, or one we asked for is up.
    Opened(Arrival),
    /// One whole SIP message (a datagram, a WebSocket frame, a framed piece of a stream).
    Received(Arrival, Vec<u8>),
    /// A connection is gone, or could not be opened.
    Closed(Flow),
    /// A datagram could not be delivered (ICMP), or a connection to this target could not be made.
    Unreachable(Target),
    /// Media tells.
    Media(control_command::Event),
    /// The deadline told by `poll_timeout` has come. Harmless if early.
    Timeout,
    /// The operator wants us to stop: refuse new work, end every call on both sides. When idle, `Tell::Drained`.
    Shutdown,
}
/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub flow: Flow,
    pub network: NetworkId,
    pub transport: Transport,
    pub local: SocketAddr,
    pub remote: SocketAddr,
}
/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// On this flow and no other.
    Flow(Flow),
    /// To this address; the shell reuses or opens a connection for stream transports.
    Address {
        network: NetworkId,
        transport: Transport,
        address: SocketAddr,
    },
}
/// What the border wants of the world.
#[derive(Clone, Debug)]
pub enum Output {
    Send(Target, Vec<u8>),
    /// Close this connection (a peer that broke the rules, or at the end of a shutdown).
    Close(Flow),
    Tell(Tell),
}
/// Why a deadline is there: for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    Transaction,
    Dialog,
    Registration,
    Call,
    Grace,
}
/// What an operator cares about, or a metric counts. Declared once; log, metric and test feed from it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Tell {
    Registered {
        address_of_record: String,
        flow: Flow,
        remote: SocketAddr,
        expires: u32,
    },
    RegistrationRefused {
        address_of_record: String,
        status: u16,
        remote: SocketAddr,
    },
    Unregistered {
        address_of_record: String,
        why: &'static str,
    },
    CallStarted {
        call: u64,
        from: String,
        to: String,
    },
    CallAnswered {
        call: u64,
        after_ms: u64,
    },
    CallEnded(CallRecord),
    /// Refused before it was a call.
    Refused {
        status: u16,
        remote: SocketAddr,
        why: &'static str,
    },
    Malformed {
        remote: SocketAddr,
        why: String,
    },
    ServerDown {
        why: &'static str,
    },
    ServerUp,
    Drained,
}
/// One ended call.
#[derive(Clone, Debug)]
pub struct CallRecord {
    pub call: u64,
    pub from: String,
    pub to: String,
    pub answered: bool,
    /// Seconds from answer to end.
    pub duration_ms: u64,
    /// Who or what ended it: `caller`, `callee`, `refused 486`, `connection lost`, `media failed`, `shutdown`, ...
    pub ended_by: String,
    pub codecs: Vec<String>,
}
