use crate::{Direction, LegId, SessionId};
use proto_base::{NetworkId, Time};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a leg's far end speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dress {
    /// A browser: `UDP/TLS/RTP/SAVPF`, ICE, DTLS-SRTP, rtcp-mux, BUNDLE.
    WebRtc,
    /// A telephone: `RTP/AVP` on a port pair.
    Rtp,
}

/// One end of an offer: the leg, where it lives and what it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegEnd {
    /// Which leg of the session.
    pub leg: LegId,
    /// Its network: decides addresses told and ports bound.
    pub network: NetworkId,
    /// What its far end speaks.
    pub dress: Dress,
    /// Where its signalling comes from: with the address in the SDP, the only plausible sources of its RTP.
    pub signalled_from: Option<IpAddr>,
}

/// An SDP offer (RFC 3264) that `from` made, to be told to `to` in `to`'s dress. The first one opens the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The call's media.
    pub session: SessionId,
    /// Who offered.
    pub from: LegEnd,
    /// To whom.
    pub to: LegEnd,
    /// The body, as received.
    pub sdp: Vec<u8>,
}

/// An SDP answer that `from` gave to the offer outstanding towards it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The call's media.
    pub session: SessionId,
    /// Who answered.
    pub from: LegId,
    /// The body, as received.
    pub sdp: Vec<u8>,
    /// In a provisional response: a 200 will repeat or replace it. Once the final answer is given the exchange is closed.
    pub provisional: bool,
}

/// What to tell the other leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The body to send.
    pub sdp: Vec<u8>,
    /// What the description just received asks for, seen from its author: `SendOnly` or `Inactive` is a hold.
    pub direction: Direction,
}

/// Why media cannot do what was asked. Each maps to one SIP status in the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The body is no SDP, or breaks a limit: 400.
    Malformed,
    /// Nothing in it that we can carry: no audio, no common codec, no fingerprint: 488.
    NotAcceptable,
    /// An offer is already outstanding: 491.
    Pending,
    /// No such session or leg, or nothing was offered to that leg: 500, our own fault.
    Unknown,
    /// No port or worker is free: 503.
    Exhausted,
}

/// What there is to say of a session when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The codecs agreed last, leg by leg, as in an rtpmap (`PCMU/8000`).
    pub codecs: Vec<String>,
}

/// The media side, as signalling sees it. Every call answers at once, so the B2BUA has no state in which it waits for media.
pub trait Door {
    /// Takes an offer of one leg and words it for the other. A session's first offer opens it; a later one from either
    /// leg renegotiates, and while it is outstanding the session stands as it was (RFC 3264 §8, RFC 6141).
    fn offer(&mut self, now: Time, offer: Offer) -> Result<Description, Refusal>;

    /// Takes the answer and words it for the leg that offered. The same answer again gives the same description, and a
    /// browser gets one constant answer however many provisional ones arrive.
    fn answer(&mut self, now: Time, answer: Answer) -> Result<Description, Refusal>;

    /// The outstanding offer was refused or cancelled: the session stands as before it. Without one, nothing happens.
    fn withdraw(&mut self, now: Time, session: SessionId);

    /// Ends the session and frees what it held. Idempotent.
    fn delete(&mut self, now: Time, session: SessionId) -> Option<Summary>;
}
