//! What is kept of a session. Three lives are told apart:
//!
//! - an [`Identity`] lasts as long as its leg: what the far end was told once stays true (P27, P40);
//! - the [`Standing`] agreement is what the last finished exchange left, and changes only with the next finished one;
//! - an [`Outstanding`] offer carries its changes itself, so refusing it means forgetting it (RFC 3264 §8, RFC 6141).

use crate::codec::Passed;
use crate::layout::Layout;
use crate::payload_type::PayloadTypes;
use crate::ports::Lease;
use control_command::{
    Direction, Dress, Format, LegId, RemoteRtp, RemoteWebRtc, Route, SessionPlan,
};
use proto_base::{NetworkId, Random};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One call's media.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) worker: u16,
    pub(crate) identities: BTreeMap<LegId, Identity>,
    pub(crate) standing: Standing,
    pub(crate) outstanding: Option<Outstanding>,
    /// The last finished exchange's answer, for those who give it again.
    pub(crate) finished: Option<Finished>,
    /// What the worker was told last; `None` while it knows nothing of the session.
    pub(crate) applied: Option<SessionPlan>,
}

/// What has been agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) legs: BTreeMap<LegId, Leg>,
    pub(crate) routes: Vec<Route>,
}

/// One leg as agreed, or as proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) network: NetworkId,
    pub(crate) dress: Dress,
    pub(crate) signalled_from: Option<IpAddr>,
    pub(crate) layout: Layout,
    pub(crate) local: Local,
    pub(crate) remote: Option<Remote>,
    pub(crate) formats: Vec<Format>,
    /// Ours, not the far end's.
    pub(crate) direction: Direction,
}

/// Our end of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Local {
    WebRtc(Credentials),
    Rtp(Lease),
}

/// ICE credentials (RFC 8839 §5.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
}

/// The far end of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Remote {
    WebRtc {
        transport: RemoteWebRtc,
        /// RFC 8842 §4
        tls_id: Option<String>,
    },
    Rtp(RemoteRtp),
}

/// What a leg is and stays, whatever is negotiated on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) ssrc: u32,
    pub(crate) cname: String,
    /// The track's name in `a=msid`.
    pub(crate) track: String,
    /// In `o=`.
    pub(crate) session_id: u64,
    /// Where the leg begins; an ICE restart changes the leg's, not these.
    pub(crate) local: Local,
    /// What was told cannot be unsaid, so a withdrawn offer leaves its numbers here.
    pub(crate) payload_types: PayloadTypes,
    /// What the far end was told last.
    pub(crate) told: Option<Worded>,
}

/// A description given out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Worded {
    pub(crate) version: u64,
    pub(crate) sdp: Body,
}

/// An offer that has not been answered for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outstanding {
    pub(crate) from: LegId,
    pub(crate) to: LegId,
    /// The offerer's leg as it will be.
    pub(crate) offerer: Leg,
    /// The answerer's leg as it was proposed.
    pub(crate) answerer: Leg,
    pub(crate) passed: Vec<Passed>,
    /// The offerer's.
    pub(crate) direction: Direction,
    /// After a provisional answer.
    pub(crate) accepted: Option<Accepted>,
}

/// What a provisional answer brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) standing: Standing,
    /// What the offerer was told.
    pub(crate) sdp: Body,
    /// The codecs in it, by the offerer's payload types.
    pub(crate) formats: Vec<Format>,
    /// The direction in it.
    pub(crate) direction: Direction,
}

/// The end of an exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) answerer: LegId,
    pub(crate) sdp: Body,
    pub(crate) direction: Direction,
}

/// A description as text. It holds an ICE password, so it is not for logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Body(pub(crate) String);

impl Body {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Body({} octets)", self.0.len())
    }
}

impl Session {
    pub(crate) fn new(worker: u16) -> Self {
        Self {
            worker,
            identities: BTreeMap::new(),
            standing: Standing::default(),
            outstanding: None,
            finished: None,
            applied: None,
        }
    }

    /// What holds now: a provisional answer counts until it is taken back.
    pub(crate) fn effective(&self) -> &Standing {
        self.outstanding
            .as_ref()
            .and_then(|outstanding| outstanding.accepted.as_ref())
            .map_or(&self.standing, |accepted| &accepted.standing)
    }

    pub(crate) fn leases(&self) -> impl Iterator<Item = Lease> {
        self.identities
            .values()
            .filter_map(|identity| match identity.local {
                Local::Rtp(lease) => Some(lease),
                Local::WebRtc(_) => None,
            })
    }
}

impl Credentials {
    /// The first four characters name the worker, so that any worker knows whose check it has received.
    pub(crate) fn new(worker: u16, random: &mut Random) -> Self {
        /// 47 bits beside the worker; RFC 8445 §5.3 asks for 24 in all.
        const UFRAG: usize = 8;
        /// 142 bits; RFC 8445 §5.3 asks for 128.
        const PWD: usize = 24;
        Self {
            ufrag: format!("{worker:04x}{}", random.token(UFRAG)),
            pwd: random.token(PWD),
        }
    }
}

/// The password is not for logs.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("ufrag", &self.ufrag)
            .finish_non_exhaustive()
    }
}

impl Identity {
    pub(crate) fn new(local: Local, random: &mut Random) -> Self {
        /// RFC 7022 §4.2: at least 96 bits.
        const CNAME: usize = 20;
        Self {
            ssrc: random.u32().max(1),
            cname: random.token(CNAME),
            track: random.token(CNAME),
            // RFC 8866 §5.2 sets no limit, but telephones are known that read 31 bits.
            session_id: u64::from(random.u32() >> 1),
            local,
            payload_types: PayloadTypes::default(),
            told: None,
        }
    }
}
