use control_command::{Event, LegId};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::ops::Range;

/// Which of a leg's ports a packet arrives on or leaves from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Port {
    /// An RTP leg's even port.
    Rtp,
    /// An RTP leg's odd port.
    Rtcp,
    /// A WebRTC leg's share of the public port: RTP and RTCP, told apart by RFC 5761 §4.
    Mux,
}

/// What to do with the packet just handled; it was rewritten in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send `buffer[range]` from this port of this leg.
    Forward {
        /// The leg that it leaves on.
        leg: LegId,
        /// The port that it leaves from: `Rtp` or `Mux`.
        port: Port,
        /// Whereto.
        to: SocketAddr,
        /// What to send of the buffer.
        range: Range<usize>,
    },
    /// It was for us (RTCP), or its sound leaves by [`Output::Transmit`] when its time has come (transcoding).
    Consumed,
    /// Refused (and counted), or nobody to relay it to.
    Drop,
}

/// What the session wants of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// Send this: RTCP, or what was transcoded; already protected.
    Transmit {
        /// The leg.
        leg: LegId,
        /// The port that it leaves from.
        port: Port,
        /// Whereto.
        to: SocketAddr,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// For signalling: [`control_command::What::MediaStarted`], [`control_command::What::MediaTimeout`].
    Event(Event),
}
