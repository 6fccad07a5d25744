use control_command::Event;
use proto_base::SocketId;
use std::net::SocketAddr;
use std::ops::Range;

/// A packet's place: the datagram is `buffer[..length]`, the rest is room to grow (an SRTP tag). At least 64 octets of room.
#[derive(Debug)]
pub struct Slot<'a> {
    /// The datagram and the room behind it.
    pub buffer: &'a mut [u8],
    /// The datagram's length.
    pub length: usize,
}

/// What to do with the packet just handled; it was rewritten in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send `buffer[range]` from `socket` to `to`.
    Forward {
        /// The socket that it leaves from.
        socket: SocketId,
        /// Whereto.
        to: SocketAddr,
        /// What to send of the buffer.
        range: Range<usize>,
    },
    /// It was for us (STUN, DTLS, RTCP, sound that is transcoded); what follows from it comes by `poll_output`.
    Consumed,
    /// Refused, and counted.
    Drop,
}

/// What the worker wants of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this (STUN, DTLS, RTCP: rare packets; and sound that was transcoded).
    Transmit {
        /// The socket that it leaves from.
        socket: SocketId,
        /// Whereto.
        to: SocketAddr,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// Bind a UDP socket here and call it so. If it cannot be: `bind_failed`.
    Bind {
        /// Its name. No number is used twice in a worker's life.
        socket: SocketId,
        /// Where.
        at: SocketAddr,
    },
    /// Close it.
    Unbind {
        /// Its name.
        socket: SocketId,
    },
    /// For signalling.
    Event(Event),
}
