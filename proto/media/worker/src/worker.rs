use control_command::{Event, WorkerCommand};
use proto_base::{Random, SocketId, Time};
use std::net::SocketAddr;
use std::ops::Range;
/// The socket on the shared public port. All others are port-pair sockets that the worker asks for.
pub const PUBLIC: SocketId = SocketId(0);
/// A packet's place: the datagram is `buffer[..length]`, the rest is room to grow (an SRTP tag). At least 64 octets of room.
#[derive(Debug)]
pub struct Slot<'a> {
    pub buffer: &'a mut [u8],
    pub length: usize,
}
/// What to do with the packet just handled; it was rewritten in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send `buffer[range]` from `socket` to `to`.
    Forward {
        socket: SocketId,
        to: SocketAddr,
        range: Range<usize>,
    },
    /// It was for us (STUN, DTLS, RTCP); what follows from it comes by `poll_output`.
    Consumed,
    /// Refused, and counted.
    Drop,
}
/// What the worker wants of the world.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this (STUN, DTLS, RTCP: rare packets).
    Transmit {
        socket: SocketId,
        to: SocketAddr,
        bytes: Vec<u8>,
    },
    /// Bind a UDP socket here and call it so. If it cannot be: `bind_failed`.
    Bind { socket: SocketId, at: SocketAddr },
    /// Close it.
    Unbind { socket: SocketId },
    /// For signalling.
    Event(Event),
}
/// What a worker is made with. `certificate` and `private_key` in DER.
#[derive(Clone)]
pub struct WorkerPlan {
    pub worker: u16,
    pub certificate: Vec<u8>,
    pub private_key: Vec<u8>,
    /// `Instant` of `Time::ZERO`, named by the shell: dimpl counts in `Instant`.
    pub epoch: std::time::Instant,
}
/// One worker: it owns its sessions.
pub struct Worker {}
impl Worker {
    pub fn new(_plan: WorkerPlan, _random: Random) -> Self {
        todo!()
    }
    pub fn command(&mut self, _now: Time, _command: WorkerCommand) {
        todo!()
    }
    /// The packet path: no allocation, no lock, no copy for RTP that is relayed.
    pub fn handle_datagram(
        &mut self,
        _now: Time,
        _socket: SocketId,
        _from: SocketAddr,
        _slot: &mut Slot<'_>,
    ) -> Verdict {
        todo!()
    }
    pub fn bind_failed(&mut self, _now: Time, _socket: SocketId) {
        todo!()
    }
    pub fn handle_timeout(&mut self, _now: Time) {
        todo!()
    }
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }
    pub fn is_idle(&self) -> bool {
        todo!()
    }
    /// All sessions (latched addresses, ICE, SRTP keys with ROC and sequence numbers, counters, deadlines) as a versioned value. A DTLS handshake under way is not in it.
    pub fn snapshot(&self) -> Vec<u8> {
        todo!()
    }
    pub fn restore(
        _now: Time,
        _plan: WorkerPlan,
        _random: Random,
        _snapshot: &[u8],
    ) -> Result<Self, String> {
        todo!()
    }
}
