use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// One service's media socket, by a number never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MediaId(pub u64);

/// What the world tells the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A datagram on the SIP socket.
    Datagram {
        /// From where.
        from: SocketAddr,
        /// The whole of it.
        bytes: Vec<u8>,
    },
    /// A datagram on a media socket.
    Rtp {
        /// Which.
        id: MediaId,
        /// From where.
        from: SocketAddr,
        /// The whole of it.
        bytes: Vec<u8>,
    },
    /// A media socket could not be opened: its call ends.
    MediaFailed {
        /// Which.
        id: MediaId,
    },
    /// A datagram to this SIP address could not be delivered (ICMP).
    Unreachable(SocketAddr),
    /// The deadline told by `poll_timeout` has come. Harmless if early.
    Timeout,
}

/// What the exchange wants of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// On the SIP socket.
    Send {
        /// Where to.
        to: SocketAddr,
        /// The whole datagram.
        bytes: Vec<u8>,
    },
    /// Open a media socket here; what it hears comes as [`Input::Rtp`].
    OpenMedia {
        /// Its name from now on.
        id: MediaId,
        /// Where.
        local: SocketAddr,
    },
    /// It is no longer needed.
    CloseMedia {
        /// Which.
        id: MediaId,
    },
    /// On a media socket.
    SendRtp {
        /// Which.
        id: MediaId,
        /// Where to.
        to: SocketAddr,
        /// The whole packet.
        bytes: Vec<u8>,
    },
}
