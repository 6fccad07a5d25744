use serde::{Deserialize, Serialize};

/// What a worker refused before it belonged to a leg (what a leg refuses is in [`control_command::LegCounters`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Neither STUN nor DTLS nor RTP by the first octet, or longer than its buffer.
    pub alien: u64,
    /// STUN that does not parse.
    pub stun_malformed: u64,
    /// Checks that name no leg, are not authentic, are replayed or come from an address that serves another leg.
    pub stun_refused: u64,
    /// DTLS from an address that no check has validated, or of no use to its leg.
    pub dtls_refused: u64,
    /// RTP and RTCP from an address that no check has validated, or on a socket that is no more.
    pub rtp_strangers: u64,
    /// Sessions ended because an invariant broke. Worth waking for.
    pub sessions_broken: u64,
}
