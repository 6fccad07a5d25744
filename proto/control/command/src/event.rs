use crate::{LegId, SessionId};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What media tells signalling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Which call's media.
    pub session: SessionId,
    /// Which leg, where it is about one.
    pub leg: Option<LegId>,
    /// What happened.
    pub what: What,
}

/// What happened to a leg or a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum What {
    /// A candidate pair is valid and nominated: packets can reach the browser here.
    IceConnected(SocketAddr),
    /// No valid check came in time, or consent is gone (RFC 7675).
    IceFailed,
    /// DTLS is done and the fingerprint is the one in the SDP; the SRTP profile by its RFC name.
    DtlsConnected(String),
    /// DTLS failed or the certificate is not the one announced: the leg carries nothing.
    DtlsFailed(String),
    /// The first packet that authenticated (or came from a plausible source) arrived from here.
    MediaStarted(SocketAddr),
    /// Nothing has arrived on the leg for the time the plan allows.
    MediaTimeout,
    /// A local port of the plan could not be bound.
    PortUnavailable(SocketAddr),
    /// The leg is gone from the session, and its ports are free; its last counters. Told once for each plan that lets go of a leg.
    LegEnded(LegCounters),
    /// What the legs have carried so far, because somebody asked. Empty: the worker knows no such session.
    Counted(Vec<(LegId, LegCounters)>),
    /// The session is gone; its last counters, leg by leg.
    Ended(Vec<LegCounters>),
}

/// What one leg carried, for the call's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegCounters {
    /// RTP packets received and accepted.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP payload octets received and accepted.
    pub octets_received: u64,
    /// RTP payload octets sent.
    pub octets_sent: u64,
    /// Packets missing in the received sequence (RFC 3550 §6.4.1).
    pub packets_lost: i64,
    /// Packets refused: not authentic, replayed, from a strange source, of an unknown payload type.
    pub packets_refused: u64,
    /// Interarrival jitter in RTP clock units (RFC 3550 §6.4.1).
    pub jitter: u32,
}
