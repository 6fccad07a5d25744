//! The door: what signalling may ask of media, and what media tells.
//!
//! Signalling never reads SDP and media never reads SIP; they meet here, in plain types. [`Door`] is asked by the B2BUA and
//! answered at once, in the same thread, by `media-offer-answer`. That yields a [`SessionPlan`] for a media worker, and
//! the workers tell [`Event`]s upwards.

mod door;
mod event;
mod plan;

pub use door::{
    Answer, Answered, CodecWishes, Description, Door, Dress, LegEnd, Offer, Offered, Proposal,
    Refusal, Summary,
};
pub use event::{Event, LegCounters, What};
pub use plan::{
    ADOPTED, Candidate, Direction, DtlsRole, Fingerprint, Format, IcePlan, LegPlan, LocalCandidate,
    MAX_LEGS, PayloadMap, Protection, RemoteIce, RemoteRtp, RemoteWebRtc, Route, RtpPlan, Sdes,
    SessionPlan, Suite, Transcode, TransportPlan, WebRtcPlan, WorkerCommand,
};

use serde::{Deserialize, Serialize};

/// One call's media, everything between its legs. Chosen by signalling, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub u64);

/// One leg of a session. In a plain call 0 is the caller's and 1 the callee's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId(pub u8);
