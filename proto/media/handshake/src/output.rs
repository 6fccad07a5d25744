use proto_base::SocketId;
use rtc_srtp::SrtpKeys;
use std::net::SocketAddr;

/// What a leg's handshake wants of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this STUN or DTLS datagram.
    Transmit {
        /// From this socket; `None`: from where this far end was heard.
        from: Option<SocketId>,
        /// Whereto.
        to: SocketAddr,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// A pair is nominated: media goes there from now on. Again when the browser moves, and after a restart.
    IceConnected(SocketAddr),
    /// No pair was nominated in time, or consent is lost.
    IceFailed,
    /// DTLS is done with a certificate that the description names.
    DtlsConnected(SrtpKeys),
    /// DTLS failed, in words for the log.
    DtlsFailed(String),
}
