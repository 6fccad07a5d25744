use std::fmt;

/// Why a packet was neither protected nor unprotected. The context is what it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No RTP or RTCP packet, or too short for its tag.
    Malformed,
    /// The tag is not the packet's.
    NotAuthentic,
    /// Its index was used before, or is older than the replay window (RFC 3711 §3.3.2).
    Replayed,
    /// More SSRCs than [`crate::MAX_STREAMS`].
    TooManyStreams,
    /// The buffer has no room for the tag.
    NoRoom,
    /// The key has served its life: 2^48 SRTP or 2^31 SRTCP packets (RFC 3711 §9.2).
    KeyExhausted,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Refused::Malformed => "malformed packet",
            Refused::NotAuthentic => "packet not authentic",
            Refused::Replayed => "packet replayed or too old",
            Refused::TooManyStreams => "too many SSRCs",
            Refused::NoRoom => "no room for the tag",
            Refused::KeyExhausted => "key exhausted",
        })
    }
}

impl std::error::Error for Refused {}
